# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parameters of operations: how each is read from the request, and which error a bad value gives."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import ApiError, Fact, Facts, Mark


@dataclass(frozen=True)
class Param:
    """A parameter that is any text.

    mark: how the codes for its bad values are known.
    """

    name: str
    required: bool = False
    default: Any = None
    mark: Mark = field(default=Mark.UNKNOWN, kw_only=True)

    def owns(self, key: str) -> bool:
        """Whether a key of the request belongs to this parameter."""
        return key == self.name

    def present(self, raw: Mapping[str, str]) -> bool:
        return self.name in raw

    def read(self, raw: Mapping[str, str]) -> Any:
        """The value, or the default; raises ApiError for a value that is not allowed."""
        return self.parse(raw[self.name]) if self.name in raw else self.default

    def parse(self, text: str) -> Any:
        return text

    def errors(self) -> Facts:
        """The codes for a bad value; absence of a required one is not among them."""
        return ()

    def limits(self) -> str:
        """What is allowed, for people."""
        return ""


@dataclass(frozen=True)
class Text(Param):
    """Text with a length and, with pattern, an alphabet."""

    low: int = 1
    high: int = 1024
    pattern: str = ""
    code: str = ""  # one code for every fault, in place of .Length and .InvalidChars
    pattern_code: str = "InvalidChars"
    in_bytes: bool = False
    mark: Mark = field(default=Mark.VERIFIED, kw_only=True)

    def parse(self, text: str) -> str:
        if not self.low <= len(text.encode() if self.in_bytes else text) <= self.high:
            raise ApiError(self._length_code)
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise ApiError(self._pattern_code)
        return text

    @property
    def _length_code(self) -> str:
        return self.code or f"InvalidParameter.{self.name}.Length"

    @property
    def _pattern_code(self) -> str:
        return self.code or f"InvalidParameter.{self.name}.{self.pattern_code}"

    def errors(self) -> Facts:
        codes = [self._length_code] + ([self._pattern_code] if self.pattern else [])
        return tuple(Fact(code, self.mark) for code in dict.fromkeys(codes))

    def limits(self) -> str:
        text = f"{self.low}-{self.high} {'bytes' if self.in_bytes else 'characters'}"
        return f"{text}, `{self.pattern}`" if self.pattern else text


@dataclass(frozen=True)
class Description(Text):
    """unknown: whether it can be emptied; the pages say 1 or more characters. ``--empty-descriptions`` admits it."""

    def read_in(self, raw: Mapping[str, str], empty_allowed: bool) -> Any:
        return "" if empty_allowed and raw.get(self.name) == "" else self.read(raw)


@dataclass(frozen=True)
class Choice(Param):
    """One of some values, in exact case."""

    choices: tuple[str, ...] = ()

    def parse(self, text: str) -> str:
        if text not in self.choices:
            raise ApiError(f"InvalidParameter.{self.name}")
        return text

    def errors(self) -> Facts:
        return (Fact(f"InvalidParameter.{self.name}", self.mark),)

    def limits(self) -> str:
        return ", ".join(self.choices)


@dataclass(frozen=True)
class Integer(Param):
    low: int = 0
    high: int = 2**31

    def parse(self, text: str) -> int:
        # unknown: the code for a number out of range, but for STS's DurationSeconds.
        if not re.fullmatch(r"-?[0-9]{1,12}", text) or not self.low <= int(text) <= self.high:
            raise ApiError(f"InvalidParameter.{self.name}")
        return int(text)

    def errors(self) -> Facts:
        return (Fact(f"InvalidParameter.{self.name}", self.mark),)

    def limits(self) -> str:
        return f"{self.low}-{self.high}" if self.high < 2**31 else f"{self.low} or more"


@dataclass(frozen=True)
class Boolean(Param):
    """SDKs write booleans in their language's way, e.g. True."""

    default: bool | None = False

    def parse(self, text: str) -> bool:
        if text.lower() not in ("true", "false"):
            raise ApiError(f"InvalidParameter.{self.name}")  # unknown: the code
        return text.lower() == "true"

    def errors(self) -> Facts:
        return (Fact(f"InvalidParameter.{self.name}", self.mark),)

    def limits(self) -> str:
        return "true, false"


@dataclass(frozen=True)
class JsonNames(Param):
    """RAM's lists of text: one JSON array of strings."""

    high: int = 50

    def parse(self, text: str) -> list[str]:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        # unknown: the codes for a bad list and for too many elements.
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ApiError(f"InvalidParameter.{self.name}")
        if not 1 <= len(value) <= self.high:
            raise ApiError(f"InvalidParameter.{self.name}.Length")
        return value

    def errors(self) -> Facts:
        return _list_errors(self)

    def limits(self) -> str:
        return f"JSON array of 1-{self.high} strings"


def _list_errors(param: Param) -> Facts:
    return tuple(Fact(f"InvalidParameter.{param.name}{part}", param.mark) for part in ("", ".Length"))


Tags = list[tuple[str, "str | None"]]


def _checked_tags(name: str, pairs: Tags) -> Tags:
    # unknown: the codes for bad tags.
    if not 1 <= len(pairs) <= 20:
        raise ApiError(f"InvalidParameter.{name}.Length")
    for key, value in pairs:
        if not 1 <= len(key) <= 128 or (value is not None and len(value) > 256):
            raise ApiError(f"InvalidParameter.{name}.Length")
        if key.startswith(("aliyun", "acs:")) or "http://" in key or "https://" in key:
            raise ApiError(f"InvalidParameter.{name}")
    if len({key for key, dummy in pairs}) != len(pairs):
        raise ApiError(f"InvalidParameter.{name}")
    return pairs


@dataclass(frozen=True)
class JsonTags(Param):
    """RAM's tags: one JSON array of {"Key", "Value"}."""

    def parse(self, text: str) -> Tags:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, list):
            raise ApiError(f"InvalidParameter.{self.name}")
        pairs: Tags = []
        for item in value:
            if not isinstance(item, dict) or not set(item) <= {"Key", "Value"}:
                raise ApiError(f"InvalidParameter.{self.name}")
            key, text_value = item.get("Key"), item.get("Value")
            if not isinstance(key, str) or not isinstance(text_value, (str, type(None))):
                raise ApiError(f"InvalidParameter.{self.name}")
            pairs.append((key, text_value))
        return _checked_tags(self.name, pairs)

    def errors(self) -> Facts:
        return _list_errors(self)

    def limits(self) -> str:
        return 'JSON array of 1-20 `{"Key", "Value"}`, 1-128 and 0-256 characters'


@dataclass(frozen=True)
class FlatTags(Param):
    """Resource Manager's tags: Tag.1.Key=k&Tag.1.Value=v."""

    def owns(self, key: str) -> bool:
        return re.fullmatch(re.escape(self.name) + r"\.[0-9]{1,9}\.(Key|Value)", key) is not None

    def present(self, raw: Mapping[str, str]) -> bool:
        return any(self.owns(key) for key in raw)

    def read(self, raw: Mapping[str, str]) -> Any:
        found: dict[int, dict[str, str]] = {}
        for key, value in raw.items():
            if self.owns(key):
                dummy, index, part = key.split(".")
                found.setdefault(int(index), {})[part] = value
        if not found:
            return self.default
        pairs: Tags = []
        for number in sorted(found):
            if "Key" not in found[number]:
                raise ApiError(f"InvalidParameter.{self.name}")
            pairs.append((found[number]["Key"], found[number].get("Value")))
        return _checked_tags(self.name, pairs)

    def errors(self) -> Facts:
        return _list_errors(self)

    def limits(self) -> str:
        return f"{self.name}.N.Key, {self.name}.N.Value; at most 20, 1-128 and 0-256 characters"


def matches_tags(tags: Mapping[str, str], wanted: Tags | None) -> bool:
    """Whether a resource carries all the tags; a tag without a value asks for the key alone."""
    return all(key in tags and value in (None, tags[key]) for key, value in wanted or ())


# Parameters that many operations share. Alphabets and lengths: the SDK's models.

_NAME = "[A-Za-z0-9._-]+"


def user_name(name: str = "UserName", required: bool = True) -> Param:
    return Text(name, required, low=1, high=64, pattern=_NAME)


def group_name(name: str = "GroupName", required: bool = True) -> Param:
    return Text(name, required, low=1, high=64, pattern=_NAME)


def role_name(new: bool = False) -> Param:
    """The stated alphabet has no underscore, but service-linked roles with a suffix have one in their names."""
    return Text("RoleName", True, low=1, high=64, pattern="[A-Za-z0-9.-]+" if new else _NAME)


def policy_name(required: bool = True) -> Param:
    return Text("PolicyName", required, low=1, high=128, pattern="[A-Za-z0-9-]+")


def policy_type(required: bool = True) -> Param:
    return Choice("PolicyType", required, choices=("System", "Custom"), mark=Mark.VERIFIED)


def version_id() -> Param:
    return Text("VersionId", True, high=64, pattern="v[1-9][0-9]*", code="InvalidParameter.VersionId.Format")


@dataclass(frozen=True)
class Marker(Param):
    """Where a page begins, as an earlier answer gave it."""

    def errors(self) -> Facts:
        return (Fact(f"InvalidParameter.{self.name}", self.mark),)


def marker(name: str = "Marker") -> Param:
    return Marker(name)


def max_items(high: int = 1000) -> Param:
    return Integer("MaxItems", default=100, low=1, high=high)
