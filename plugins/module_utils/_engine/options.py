# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check a task's arguments before Ansible does, so that messages use the names that the user wrote."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import (
    check_type_bool,
    check_type_dict,
    check_type_float,
    check_type_int,
)

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import BLANKS, NEVER_EMPTY, refuse_empty
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, quote
from ansible_collections.alicloud.ram.plugins.module_utils._names import fallback_values, option_name
from ansible_collections.alicloud.ram.plugins.module_utils._text import flaw_in_term, flaw_in_text

# The placeholder that ansible-core 2.16 leaves for an omitted list item.
_OMITTED = "__omit_place_holder__"

# No option needs more levels; Ansible itself fails on data that is nested some hundred levels deep.
MAX_DEPTH = 64
_EXAMPLE = re.compile(r"[A-Za-z0-9._-]{1,64}")


def check_arguments(arguments: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    """Check for empty values, wrong types, and whatever makes Ansible's validation crash or give an unclear message.

    ``arguments`` are as given by the user, ``spec`` is the argument specification. Errors at the module's top level, such
    as a missing option, are left to Ansible. Raises DeclarationError, which names the option, or the environment variable
    that the value comes from.
    """
    fallbacks = {name: value for name, (dummy, value) in fallback_values(arguments, spec).items()}
    _check_argument({**fallbacks, **arguments}, "", "", {"type": "dict", "options": spec}, 0)


def validated(arguments: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return checked arguments, converted and with their defaults. Raises DeclarationError, which names the option."""
    check_arguments(arguments, spec)
    checked = ArgumentSpecValidator(dict(spec)).validate(dict(arguments))
    if checked.error_messages:
        raise DeclarationError(str(checked.errors.msg))
    return dict(checked.validated_parameters)


def checked_options(value: Any, place: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping of options that is itself the value of an option, converted and with its defaults.

    ``place`` is its name in messages. Raises DeclarationError, which names the option.
    """
    if value is None:
        raise DeclarationError(f"{place}: it is null, where a mapping is needed.")
    option = {"type": "dict", "options": spec}
    _check_argument(value, place, place, option, 0)
    checked = ArgumentSpecValidator(dict(spec)).validate(dict(_as_mapping(value, place, option)))
    if checked.error_messages:
        raise DeclarationError(f"{place}: {checked.errors.msg}")
    return dict(checked.validated_parameters)


def _check_argument(value: Any, place: str, path: str, option: Mapping[str, Any], depth: int) -> None:
    """Check one value; ``place`` is its name in messages, ``path`` its path in the table of option names."""
    if depth > MAX_DEPTH:
        raise DeclarationError(f"{place}: it is nested more than {MAX_DEPTH} levels deep.")
    kind = option.get("type", "raw")
    if value is None:
        return
    if kind == "list":
        _check_list(value, place, path, option, depth)
    elif kind == "dict" and not isinstance(value, Mapping):
        _check_options(_as_mapping(value, place, option), place, path, option, depth)
    elif isinstance(value, (Mapping, list, tuple)):
        if kind not in ("dict", "raw"):
            raise DeclarationError(f"{place}: it is {_kind_of(value)}, where {_WANTED[kind]} is needed.")
        if isinstance(value, Mapping):
            _check_options(value, place, path, option, depth)
        else:
            for item in value:
                _check_argument(item, place, path, {}, depth + 1)
    else:
        _check_text(value, place)
        _check_scalar(value, place, option)


def _check_options(value: Mapping[Any, Any], place: str, path: str, option: Mapping[str, Any], depth: int) -> None:
    known: Mapping[str, Mapping[str, Any]] = option.get("options") or {}
    for key, item in value.items():
        _check_text(key, place)
        if known and key not in known and (not isinstance(key, str) or flaw_in_term(key)):
            raise DeclarationError(f"{place + ': ' if place else ''}{quote(key)} is not the name of an option.")
        if known and path and key not in known:
            raise DeclarationError(f"{place}: {unknown_option(key, known)}")
        inner = f"{path}.{key}" if path else str(key)
        where = _place(place, key, inner) if key in known else place or quote(key)
        if key in known and key in NEVER_EMPTY:
            refuse_empty(item, where)
        _check_argument(item, where, inner, known.get(key, {}), depth + 1)
    for name, part in known.items():
        if path and part.get("required") and value.get(name) is None:
            raise DeclarationError(f"{place}: {name} is missing.")
    for names in option.get("mutually_exclusive", ()):
        if all(value.get(name) is not None for name in names):
            raise DeclarationError(f"{place}: {' and '.join(names)} are not for use together.")
    for names in option.get("required_together", ()):
        missing = [name for name in names if value.get(name) is None]
        if missing and len(missing) < len(names):
            raise DeclarationError(f"{place}: {', '.join(missing)} is missing; {' and '.join(names)} belong together.")
    for names in option.get("required_one_of", ()):
        if all(value.get(name) is None for name in names):
            raise DeclarationError(f"{place}: {' or '.join(names)} is missing.")


def _place(place: str, key: str, path: str) -> str:
    joint = "" if not place else ": " if re.search(r" entry [0-9]+$", place) else "."
    name = option_name(path)
    return f"{place}{joint}{key}" if name == path else name


def unknown_option(key: str, known: Mapping[str, Any]) -> str:
    """Return the message for a key that is none of the known options."""
    similar = difflib.get_close_matches(key, known, 2, 0.5)
    hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
    return f"{quote(key)} is not an option of it, only {', '.join(sorted(known))} are.{hint}"


def _check_list(value: Any, place: str, path: str, option: Mapping[str, Any], depth: int) -> None:
    """Check a list, also in the forms that Ansible converts to one: a number, and a text, which it splits at commas."""
    of_mappings = option["elements"] == "dict"
    entry = {**option, "type": option["elements"]}
    if isinstance(value, (list, tuple)):
        for number, item in enumerate(value, 1):
            where = f"{place} entry {number}"
            if item is None:
                raise DeclarationError(f"{where}: it is null, where {_WANTED[option['elements']]} is needed.")
            _check_argument(item, where, path, entry, depth + 1)
    elif isinstance(value, Mapping) or (of_mappings and not isinstance(value, str)):
        wanted = "mappings" if of_mappings else "texts"
        raise DeclarationError(f"{place}: it is {_kind_of(value)}, where a list of {wanted} is needed.")
    else:
        _check_text(value, place)
        for part in str(value).split(",") if option.get("choices") else ():
            _check_scalar(part.strip(), place, entry)
        mappings = [_mapping_of(part) for part in value.split(",")] if of_mappings else []
        for number, item in enumerate(mappings, 1):
            if item is not None:
                _check_argument(item, f"{place} entry {number}", path, entry, depth + 1)
        if None in mappings:
            example = _example(value, option)
            raise DeclarationError(
                f"{place}: it is a text, where a list of mappings is needed"
                + (f"; {_FROM_JSON}." if _looks_like_json(value) else f", for example [{example}].")
            )


def _as_mapping(value: Any, place: str, option: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the mapping to which Ansible converts a text. Raises DeclarationError."""
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, (str, bytes)):
        raise DeclarationError(f"{place}: it is {_kind_of(value)}, where a mapping is needed.")
    _check_text(value, place)
    found = _mapping_of(value)
    if found is None:
        # The message must not show the value if it may contain a secret.
        hint = f", for example {_example(value, option)}" if option.get("options") else ""
        hint = f"; {_FROM_JSON}" if _looks_like_json(value) else hint
        raise DeclarationError(f"{place}: it is a text, where a mapping is needed{hint}.")
    return found


_FROM_JSON = "if it is JSON, give it as data, with {{ ... | from_json }}"
_WANTED = {
    "str": "a text",
    "path": "a path",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "dict": "a mapping",
}


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    return "a mapping" if isinstance(value, Mapping) else "a list" if isinstance(value, (list, tuple)) else "a text"


def _mapping_of(text: Any) -> Mapping[str, Any] | None:
    """Return the mapping to which Ansible converts a text with JSON or key=value; None if it cannot convert it."""
    try:
        found = check_type_dict(text)
    except (TypeError, ValueError, RecursionError, MemoryError, SyntaxError):
        return None
    return found if isinstance(found, Mapping) else None


def _looks_like_json(text: Any) -> bool:
    return isinstance(text, str) and text.lstrip().startswith(("[", "{"))


def _example(text: Any, option: Mapping[str, Any]) -> str:
    """Return an example of the mapping that is probably meant by a text that is only a name."""
    options = option["options"]
    name = next((name for name, part in options.items() if part.get("required")), next(iter(options)))
    name = "account_id" if "account_id" in options and "variables" in options else name
    shown = (
        isinstance(text, str) and _EXAMPLE.fullmatch(text) and not any(part.get("no_log") for part in options.values())
    )
    return f"{{{name}: {text if shown else '...'}}}"


def _check_scalar(value: Any, place: str, option: Mapping[str, Any]) -> None:
    kind = option.get("type")
    if option.get("choices") or kind in ("int", "float", "bool"):
        _check_visible(value, place)
    if kind in ("int", "float"):
        _check_number(value, place, str(kind))
    check = {"int": check_type_int, "float": check_type_float, "bool": check_type_bool}.get(str(kind))
    try:
        if check:
            check(value)
    except (TypeError, ValueError, OverflowError):
        raise DeclarationError(f"{place}: {quote(value)} is not {_WANTED[str(kind)]}.") from None
    choices = option.get("choices")
    if choices and str(value) not in choices:
        raise DeclarationError(f"{place}: {quote(value)} is not one of {', '.join(choices)}.")


def _check_text(value: Any, place: str) -> None:
    text = str(value)
    if _OMITTED in text:
        raise DeclarationError(
            f"{place}: an item of a list, or a part of a text, is omitted, which ansible-core cannot do. Build "
            "the list or text without it."
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise DeclarationError(f"{place}: it holds half a surrogate pair, so it is not valid Unicode.") from None


def _check_visible(value: Any, place: str) -> None:
    """Raise DeclarationError for invisible or look-alike characters, which Ansible's own message would not escape."""
    flaw = flaw_in_text(value.strip(BLANKS), strict=True) if isinstance(value, str) else ""
    if flaw:
        raise DeclarationError(f"{place}: {quote(value, explain=False)} {flaw}.")


def _check_number(value: Any, place: str, kind: str) -> None:
    try:
        number = Decimal(value)
    except (ArithmeticError, TypeError, ValueError):
        return  # Ansible's validation reports the error
    if kind == "int" and not (number.is_finite() and number.adjusted() < 18):
        raise DeclarationError(f"{place}: {quote(value)} is not a whole number of at most 18 digits.")
    if number.is_finite() and number.adjusted() > 300:
        raise DeclarationError(f"{place}: {quote(value)} is a number beyond all bounds.")
