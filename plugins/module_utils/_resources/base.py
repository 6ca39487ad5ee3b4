# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of all resources: a resource reads its own state, and plans the changes from observed to declared state."""

from __future__ import annotations

import asyncio
import enum
import fnmatch
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Callable, TypeVar

from ansible_collections.alicloud.ram.plugins.module_utils._errors import ApiError, DeclarationError, quote
from ansible_collections.alicloud.ram.plugins.module_utils._policy.document import Grammar
from ansible_collections.alicloud.ram.plugins.module_utils._text import foreign_letter, printable

T = TypeVar("T")

# Seconds between reads while a write is not visible yet, increasing from the first to the second value.
VISIBILITY_PAUSES = (0.2, 2.0)


class Stage(enum.IntEnum):
    """The order of changes in one account.

    What other changes need comes first; replacements come before the removal of what they replace.
    """

    PREPARE = 0
    ATTACH = 1
    DETACH = 2
    DELETE = 3
    WAIT = 4


class Removal(enum.Enum):
    """What happens to a kind's resources when a declaration is removed; see ``removal.py``."""

    OWNED = "deleted, if the tag of the declared owner is there"
    DETACH = "detached"
    ON_REQUEST = "deleted, if that is asked for"
    LEAVE = "left"


@dataclass(frozen=True, eq=False)
class Change:
    """One API write.

    ``shows`` extracts from an observation of ``resource`` what the write sets; the write is visible once that equals
    ``wanted``. It raises ConflictError if the write started work that has failed. ``satisfied_by`` are error codes which
    mean that somebody else may have made the change already; ``retry_on`` are codes which RAM returns as long as an
    earlier write of the same plan is not visible everywhere. Both contain prefixes of codes. ``finish`` is called with
    the response to the write, ``{}`` if that was lost, and waits for work that the write only started. ``removes``
    names what the write deletes as a side effect.
    """

    operation: str
    target: str
    parameters: Mapping[str, Any]
    stage: Stage
    resource: Resource
    shows: Callable[[Any], Any]
    wanted: Any = True
    satisfied_by: tuple[str, ...] = ()
    retry_on: tuple[str, ...] = ()
    finish: Callable[[Any, dict[str, Any]], Awaitable[None]] | None = None
    removes: str | None = None

    def is_visible(self, observed: Any) -> bool:
        """Return whether an observation of ``resource`` shows the effect of the write. Raises ConflictError."""
        return bool(self.shows(observed) == self.wanted)

    @property
    def words(self) -> str:
        """The write in words, see ``in_words``."""
        return in_words(self.operation, self.target, self.parameters)

    def describe(self) -> dict[str, Any]:
        """Return the operation, its target and the parameters, with documents as data, for results and messages."""
        parameters = {
            name: json.loads(value) if name.endswith("PolicyDocument") else value
            for name, value in self.parameters.items()
        }
        described = {"operation": self.operation, "target": printable(self.target), "parameters": parameters}
        return dict(described, removes=printable(self.removes)) if self.removes else described


# How a write is described; the longest name that the operation begins with counts.
_WORDS = {
    "Create": "{target} created",
    "Update": "{target} changed",
    "UpdatePolicyDescription": "description of {target} changed",
    "Delete": "{target} deleted",
    "Unbind": "{target} unbound",
    "CreatePolicyVersion": "document of {target} changed",
    "SetDefaultPolicyVersion": "document of {target} changed back to that of version {VersionId}",
    "AttachPolicyTo": "policy '{PolicyName}' attached to {target}",
    "DetachPolicyFrom": "policy '{PolicyName}' detached from {target}",
    "AddUserToGroup": "user '{UserName}' added to group '{GroupName}'",
    "RemoveUserFromGroup": "user '{UserName}' removed from group '{GroupName}'",
    "TagResources": "{target} tagged {tags}",
    "UntagResources": "tags {tags} removed from {target}",
}


def in_words(operation: str, target: str, parameters: Mapping[str, Any]) -> str:
    """Return a write in words, such as ``policy 'p' created``; ``parameters`` are those of the operation."""
    known = [name for name in _WORDS if operation.startswith(name)]
    words = _WORDS[max(known, key=len)] if known else f"{operation} of {{target}}"
    tags = [f"{tag['Key']}={tag['Value']}" for tag in parameters.get("Tag") or ()] or parameters.get("TagKeys") or ()
    try:
        return printable(words.format_map({**parameters, "target": target, "tags": ", ".join(tags)}))
    except KeyError:
        return printable(f"{operation} of {target}")


@dataclass(frozen=True)
class Wait:
    """Work started by somebody else, for which the plan's changes of that stage wait.

    After that the resource is planned again. ``run`` raises RamError.
    """

    stage: Stage
    run: Callable[[Any], Awaitable[Any]]


@dataclass(frozen=True)
class Plan:
    """The changes of one resource.

    ``after`` is the predicted observation after the changes; ``assumed`` is what is assumed about earlier tasks. A plan
    without changes and waits means that the observed state is the declared one; ``warnings`` then say what could not be
    read. ``left`` says what is not removed, and why. ``limits`` says which published limits the changes pass, as far as what was read
    shows it.
    """

    after: Any
    changes: Sequence[Change] = ()
    waits: Sequence[Wait] = ()
    assumed: Sequence[str] = ()
    warnings: Sequence[str] = ()
    left: Sequence[str] = ()
    limits: Sequence[str] = ()


@dataclass(frozen=True)
class Effects:
    """The effects of a resource that other resources of the same declaration depend on.

    ``provides`` and ``removes`` are the principals and policies that it declares present and absent; ``attaches`` and
    ``detaches`` are the (principal, policy) pairs that it will attach and detach.
    """

    provides: frozenset[Any] = frozenset()
    removes: frozenset[Any] = frozenset()
    attaches: frozenset[tuple[Any, Any]] = frozenset()
    detaches: frozenset[tuple[Any, Any]] = frozenset()


@dataclass(frozen=True)
class References(Effects):
    """The effects of all resources that are declared together.

    ``assume`` is set for a single task in check mode. It cannot see what earlier tasks would have done, so it assumes that
    they create what is missing.
    """

    assume: bool = False

    @classmethod
    def collect(cls, effects: Iterable[Effects], assume: bool = False) -> References:
        found = list(effects)
        return cls(
            **{part.name: frozenset().union(*(getattr(one, part.name) for one in found)) for part in fields(Effects)},
            assume=assume,
        )


class Resource(ABC):
    """A declared resource. Only ``observe`` makes calls. Each class has its own type of observation."""

    @property
    @abstractmethod
    def identity(self) -> tuple[str, ...]:
        """The key that must be unique among the declared resources."""

    @property
    @abstractmethod
    def label(self) -> str:
        """The resource's name in messages, for example ``policy 'x'``."""

    @abstractmethod
    async def observe(self, api: Any) -> Any:
        """Read everything that planning may need. Raises RamError."""

    @classmethod
    def share_reads(cls, resources: Sequence[Resource]) -> list[Resource]:
        """Return all resources of a declaration; those of this class share reads, so that they need the fewest calls."""
        return list(resources)

    @property
    def provides(self) -> frozenset[Any]:
        """The principals and policies that the resource declares present."""
        return frozenset()

    @property
    def grants(self) -> frozenset[tuple[Any, Any]]:
        """The attachments that the resource declares present, as (principal, policy)."""
        return frozenset()

    def effects(self, observed: Any) -> Effects:
        """Return the effects that the other resources need for their plans."""
        return Effects(self.provides)

    def check_owner(self, observed: Any) -> None:  # noqa: B027  most kinds have no owners
        """Raise NotOwnedError unless the existing resource belongs to its declared owner."""

    @abstractmethod
    def plan(self, observed: Any, references: References) -> Plan:
        """Return the changes from observed to declared state, without modifying the arguments.

        Raises DeclarationError and ConflictError.
        """

    @abstractmethod
    def result(self, observed: Any) -> Any:
        """Return the task's result: the API's names in snake_case, ``{}`` if the resource does not exist."""

    @abstractmethod
    def diff_view(self, observed: Any) -> Any:
        """Return what a diff shows: the values that can be declared, without those that the service assigns."""


@dataclass(frozen=True)
class Listing:
    """How all resources of a kind are read.

    ``operation`` returns them page by page under ``part``, a path of two keys; ``size`` is the greatest page. ``name`` is
    the API's name of a resource's name, ``facts`` are those of the other values to return, ``parameters`` those of the
    info module's options that the operation takes, by option. ``prefix`` is what the names of this kind begin with, if the
    operation returns others, too, in any case of letters.
    """

    operation: str
    part: tuple[str, str]
    name: str
    facts: tuple[str, ...]
    size: int = 1000
    parameters: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    without: bool = False
    """Whether those with the prefix are left out, not the others."""

    async def read(self, api: Any, options: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the resources whose names match ``name_pattern``, sorted by name. Raises RamError."""
        pattern = options.get("name_pattern") or "*"
        parameters = {
            parameter: options[option] for option, parameter in self.parameters.items() if options.get(option)
        }
        found = []
        async for page in api.pages(self.operation, "Marker", MaxItems=self.size, **parameters):
            for entity in (page.get(self.part[0]) or {}).get(self.part[1]) or []:
                name = entity.get(self.name) or ""
                has_prefix = bool(self.prefix) and name.lower().startswith(self.prefix.lower())
                if (not self.prefix or has_prefix is not self.without) and fnmatch.fnmatchcase(name, pattern):
                    found.append({snake(key): entity.get(key) for key in (self.name, *self.facts)})
        return sorted(found, key=lambda one: str(one[snake(self.name)]))


@dataclass(frozen=True)
class Kind:
    """A kind of resource, as used by modules and baselines.

    ``name`` is the name of its module, ``section`` the option of a baseline that lists such resources. ``spec`` contains
    the options of one resource, ``task_spec`` the options that apply to all resources of a task. ``documents`` has the
    grammar of each option that takes a policy document. ``declare(options, where, alone)`` creates the declared resource: ``where``
    is the prefix of its messages; ``alone`` means that the task declares only this resource, so that the result is
    complete. ``info_spec`` contains the options that select the resource to return; ``look_up(options, where)`` creates
    a resource that is only read. Both functions raise DeclarationError, which names the option. ``listing`` is how all
    resources of the kind are read. ``removal`` says what happens to them when a declaration is removed.
    """

    name: str
    section: str
    spec: Mapping[str, Any]
    info_spec: Mapping[str, Any]
    declare: Callable[[Mapping[str, Any], str, bool], Resource]
    look_up: Callable[[Mapping[str, Any], str], Resource]
    task_spec: Mapping[str, Any] = field(default_factory=dict)
    documents: Mapping[str, Grammar] = field(default_factory=dict)
    listing: Listing | None = None
    removal: Removal = Removal.LEAVE


async def eventually(api: Any, condition: Callable[[Any], Awaitable[bool]]) -> bool:
    """Return whether the condition becomes true within ``consistency_timeout``. It is checked at least once."""
    started, pause = api.clock.now(), VISIBILITY_PAUSES[0]
    while not await condition(api):
        if api.clock.now() - started + pause > api.settings.consistency_timeout:
            return False
        await api.clock.sleep(pause)
        pause = min(pause * 1.5, VISIBILITY_PAUSES[1])
    return True


async def concurrently(*reads: Awaitable[T]) -> list[T]:
    """Return the results of independent reads, which run concurrently.

    All reads have ended when this returns. Raises the first error in the order of the reads.
    """
    if len(reads) < 2:
        return [await read for read in reads]
    tasks = [asyncio.ensure_future(read) for read in reads]
    await asyncio.gather(*tasks, return_exceptions=True)
    return [task.result() for task in tasks]


async def read_or_none(api: Any, operation: str, **parameters: Any) -> dict[str, Any] | None:
    """Return the response to a read, None if the entity does not exist. Raises RamError."""
    try:
        return await api.call(operation, **parameters)
    except ApiError as error:
        if error.missing:
            return None
        raise


async def pages_if_any(api: Any, operation: str, token: str, **parameters: Any) -> list[dict[str, Any]]:
    """Return the pages of a list, see ``Api.pages``; none if what it is about has just been deleted. Raises RamError."""
    try:
        return [page async for page in api.pages(operation, token, **parameters)]
    except ApiError as error:
        if error.missing:
            return []
        raise


NameRule = tuple[re.Pattern[str], str]
"""What a name has to match, and the same in words."""

PRINCIPAL_NAME: NameRule = (re.compile(r"[A-Za-z0-9._-]{1,64}"), "1 to 64 letters, digits, '.', '-' and '_'")
_NAMES: dict[str, NameRule] = {
    "user": PRINCIPAL_NAME,
    "group": PRINCIPAL_NAME,
    "role": (PRINCIPAL_NAME[0], "1 to 64 letters, digits, '.' and '-'"),
    "policy": (re.compile(r"[A-Za-z0-9-]{1,128}"), "1 to 128 letters, digits and '-'"),
    "service": (re.compile(r"[A-Za-z0-9.-]{1,255}"), "letters, digits, '.' and '-', for example ess.aliyuncs.com"),
}
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def checked_name(kind: str, name: Any, option: str, rule: NameRule | None = None) -> str:
    """Return the name if RAM accepts it. Raises DeclarationError, which names the option.

    ``rule`` is that of a kind that has none here.
    """
    pattern, words = _NAMES[kind] if rule is None else rule
    if not isinstance(name, str) or not pattern.fullmatch(name):
        letter = foreign_letter(name) if isinstance(name, str) else ""
        hint = f"; {letter} is none of these" if letter else ""
        raise DeclarationError(
            f"{option}: {quote(name)} is not the name of a {kind} ({words}{hint}).{_name_hint(kind, pattern, name)}"
        )
    return str(name)


def _name_hint(kind: str, pattern: re.Pattern[str], text: Any) -> str:
    """Return a hint about what the user may have meant by an invalid name; empty if there is none."""
    if not isinstance(text, str):
        return ""
    before, at, dummy = text.rpartition("@")
    if at and kind in ("user", "group", "role") and pattern.fullmatch(before):
        return f" It looks like a principal name; give only the part before the @: {before}."
    arn = re.fullmatch(rf"acs:ram:[^/]*:{kind}/(.*)", text)
    if arn and pattern.fullmatch(arn.group(1)):
        return f" It is an ARN; give only the name: {arn.group(1)}."
    if re.match(r"\s*[\[{]?\s*\"", text):
        return " If it is JSON, give it as data, with {{ ... | from_json }}."
    return ""


def split_texts(texts: Iterable[str]) -> list[str]:
    """Return the entries of a list of texts, split at line breaks and without blanks.

    Ansible splits a text only at commas.
    """
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]


def snake(key: str) -> str:
    """Return an API key as a result key: ``CreateDate`` becomes ``create_date``."""
    return _WORD.sub("_", key).lower()
