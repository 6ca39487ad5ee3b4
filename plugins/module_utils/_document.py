# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents: validate what is declared, read what is observed, compare the two by meaning.

The grammar is the published one: "Policy structure and syntax", "Basic elements of a permission policy" and
"Conditional operators" of Alibaba Cloud's RAM documentation.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, valid_unicode

# CreatePolicyVersion counts bytes; CreatePolicy says characters. Bytes satisfy both.
MAX_BYTES = 6144
# A policy has 7 levels. What is nested some hundred levels deep, neither Python nor Ansible can handle.
MAX_DEPTH = 32

_ACTION = re.compile(r"\*|[^\s:]+:[^\s:]+")
_OPERATORS = (
    "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike "
    "NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals "
    "DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals "
    "Bool IpAddress NotIpAddress"
).split()
# Whether RAM knows these prefixes and this suffix is not published: they are left for the service to judge.
_OPERATOR = re.compile(rf"(ForAllValues:|ForAnyValue:)?({'|'.join(_OPERATORS)})(IfExists)?")


def parse(document: Mapping[Any, Any] | str, where: str) -> dict[str, Any]:
    """Validate a declared identity policy, an object or its JSON text, and return a plain copy of it.

    The copy is made of dict, list and str only. Raises DeclarationError, whose message begins with ``where`` and
    names the statement (counted from 1) and the element.
    """
    top = _object(load(document, where) if isinstance(document, str) else document, where)
    for name in top:
        if name not in ("Version", "Statement"):
            hint = ". This looks like a single statement: put it into the list Statement" if "Effect" in top else ""
            _refuse(where, f"unknown element {_show(name)}; a document has Version and Statement only{hint}")
    if top.get("Version") != "1":
        hint = " in quotes, a string" if isinstance(top.get("Version"), (int, float)) else ""
        hint = " (2012-10-17 is another cloud's)" if top.get("Version") == "2012-10-17" else hint
        found = f"not {_show(top['Version'])}" if "Version" in top else "and is missing"
        _refuse(f"{where}: Version", f'must be "1"{hint}, {found}')
    statements = top.get("Statement")
    if not isinstance(statements, (list, tuple)) or not statements:
        found = f"not {_show(statements)}" if "Statement" in top else "and is missing"
        _refuse(f"{where}: Statement", f"must be a list of one or more statements, {found}")
    copies = [_statement(item, f"{where}: statement {number}") for number, item in enumerate(statements, 1)]
    result = {name: "1" if name == "Version" else copies for name in top}
    size = len(render(result).encode("utf-8"))
    if size > MAX_BYTES:
        _refuse(where, f"the document is too long: {size} bytes as compact JSON, where RAM takes {MAX_BYTES} at most")
    return result


def render(document: Mapping[str, Any]) -> str:
    """Return the compact JSON text that is sent to the API; keys keep their order."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def read(text: str | None) -> Any:
    """Return an observed document: the parsed JSON, or the text itself where it is none of a document's. Never raises."""
    try:
        document = json.loads(text)  # type: ignore[arg-type]
    except (TypeError, ValueError, RecursionError):
        return text
    return document if _sound(document) else text


def _sound(value: Any, depth: int = 0) -> bool:
    """Whether data can be handed on: valid Unicode, and nested no deeper than MAX_DEPTH."""
    if isinstance(value, str):
        return value == valid_unicode(value)
    if isinstance(value, dict):
        return depth < MAX_DEPTH and all(_sound(key) and _sound(item, depth + 1) for key, item in value.items())
    return not isinstance(value, list) or (depth < MAX_DEPTH and all(_sound(item, depth + 1) for item in value))


def equal(a: Any, b: Any) -> bool:
    """Tell whether two documents, as returned by ``parse`` or ``read``, mean the same. Never raises.

    These do not count: the order of keys; the order and repetition of statements, actions, resources, condition
    values and principals; a string against a list of it alone; an empty Condition against none. All else does.
    """
    # Compared as JSON text because Python takes True, 1 and 1.0 for equal.
    try:
        return json.dumps(_normal(a), sort_keys=True) == json.dumps(_normal(b), sort_keys=True)
    except RecursionError:  # nested far deeper than any policy
        return a is b


def missing_actions(document: Any, actions: Iterable[str]) -> list[str]:
    """Return those of ``actions`` that an observed document does not allow on every resource unconditionally.

    Any Deny that matches an action takes it away, even one with a Condition or for some resources only.
    """
    statements = document.get("Statement") if isinstance(document, dict) else None
    statements = [item for item in statements if isinstance(item, dict)] if isinstance(statements, list) else []
    denied = [item for item in statements if item.get("Effect") == "Deny"]
    allowed = [
        item
        for item in statements
        if item.get("Effect") == "Allow" and not item.get("Condition") and "*" in _texts(item.get("Resource"))
    ]
    return [
        action
        for action in actions
        if any(_concerns(item, action) for item in denied) or not any(_concerns(item, action) for item in allowed)
    ]


# Validation


def _refuse(place: str, problem: str) -> NoReturn:
    raise DeclarationError(f"{place}: {problem}.")


def load(text: str, where: str) -> Any:
    """A document that is JSON text, as data. Raises DeclarationError, whose message begins with ``where``."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, value in pairs:
            if name in result:
                _refuse(where, f"the key {_show(name)} occurs more than once in the same object")
            result[name] = value
        return result

    def constant(name: str) -> NoReturn:
        _refuse(where, f"the text is not JSON: it holds {name}")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        _refuse(where, f"the text is not one JSON object: {error.msg} ({place})")
    except (ValueError, RecursionError):
        _refuse(where, "the text is not a policy: it is nested too deeply or holds a number that is too long")


def _statement(value: Any, place: str) -> dict[str, Any]:
    statement = _object(value, place)
    for name in statement:
        if name == "Principal":
            _refuse(place, "Principal belongs to the trust policies of roles only; remove it")
        if name == "NotResource":
            _refuse(place, "NotResource is not in RAM's published grammar; use Resource")
        if name not in ("Effect", "Action", "NotAction", "Resource", "Condition"):
            known = "Effect, Action or NotAction, Resource, Condition"
            _refuse(place, f"unknown element {_show(name)}; a statement has {known}")
    if statement.get("Effect") not in ("Allow", "Deny"):
        found = f"not {_show(statement['Effect'])}" if "Effect" in statement else "and is missing"
        _refuse(f"{place}: Effect", f"must be Allow or Deny, {found}")
    if ("Action" in statement) == ("NotAction" in statement):
        found = "has both" if "Action" in statement else "has neither"
        _refuse(place, f"exactly one of Action and NotAction is needed; this statement {found}")
    if "Resource" not in statement:
        _refuse(f"{place}: Resource", 'is missing; write "*" for every resource')
    return {name: _element(name, item, f"{place}: {name}") for name, item in statement.items()}


def _element(name: str, value: Any, place: str) -> Any:
    if name == "Condition":
        return _condition(value, place)
    result = _strings(value, place)
    for item in [result] if isinstance(result, str) else result:
        if not item:
            _refuse(place, "must not hold an empty string")
        if name in ("Action", "NotAction") and not _ACTION.fullmatch(item):
            _refuse(place, f'{_show(item)} is not an action; write "<service code>:<action>" or "*"')
    return result


def _condition(value: Any, place: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for operator, keys in _object(value, place).items():
        if not _OPERATOR.fullmatch(operator):
            _refuse(place, f"unknown operator {_show(operator)}; known are {', '.join(_OPERATORS)}")
        keys = _object(keys, f"{place}: {operator}")
        if not keys:
            _refuse(f"{place}: {operator}", "must hold at least one condition key")
        # An empty value is meant at times: the prefix of a bucket's root, a tag without a value.
        result[operator] = {key: _strings(item, f"{place}: {operator}: {key}") for key, item in keys.items()}
    return result


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        _refuse(place, f"must be an object, not {_show(value)}")
    for key in value:
        if not isinstance(key, str) or not key:
            _refuse(place, f"every key must be a string that is not empty, not {_show(key)}")
    return {_plain(key, place): item for key, item in value.items()}


def _strings(value: Any, place: str) -> str | list[str]:
    if isinstance(value, str):
        return _plain(value, place)
    if not isinstance(value, (list, tuple)):
        _refuse(place, f"must be a string or a list of strings, not {_show(value)}{_quoted(value)}")
    if not value:
        _refuse(place, "must not be an empty list")
    for item in value:
        if not isinstance(item, str):
            _refuse(place, f"every item must be a string, not {_show(item)}{_quoted(item)}")
    return [_plain(item, place) for item in value]


def _plain(text: str, place: str) -> str:
    """Return a str proper where a subclass of it came in, as Ansible's tagged strings are."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        _refuse(place, f"{_show(text)} is not valid Unicode")
    return str.__str__(text)


def _show(value: Any) -> str:
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")
        return text if len(text) <= 80 else f"{text[:76]}..."
    if isinstance(value, (bool, float)) or value is None or (isinstance(value, int) and abs(value) < 10**18):
        return json.dumps(value)
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    if isinstance(value, datetime.date):  # what YAML makes of a date without quotes
        return "a date"
    return "an object" if isinstance(value, Mapping) else f"a value of type {type(value).__name__}"


def _quoted(value: Any) -> str:
    if value is None or isinstance(value, (list, tuple, Mapping)):
        return ""
    return f'; quote it: "{_show(value)}"' if isinstance(value, (bool, int, float)) else "; quote it"


# Comparison

# The elements that hold strings which form a set, and how many objects lie around these.
_DEPTHS = {"Action": 0, "NotAction": 0, "Resource": 0, "NotResource": 0, "Principal": 1, "Condition": 2}


def _normal(document: Any) -> Any:
    """Return the document with everything that carries no meaning taken out; what it does not know it keeps."""
    if not isinstance(document, dict) or not isinstance(document.get("Statement"), list):
        return document
    statements = {json.dumps(_normal_statement(item), sort_keys=True) for item in document["Statement"]}
    return {**document, "Statement": sorted(statements)}


def _normal_statement(statement: Any) -> Any:
    if not isinstance(statement, dict):
        return statement
    return {
        name: _normal_values(value, _DEPTHS[name]) if name in _DEPTHS else value
        for name, value in statement.items()
        if name != "Condition" or value != {}
    }


def _normal_values(value: Any, depth: int) -> Any:
    if depth:
        if not isinstance(value, dict):
            return value
        return {key: _normal_values(item, depth - 1) for key, item in value.items()}
    if isinstance(value, str):
        return [value]
    # Case counts. RAM ignores that of actions in most services, but not in all: to show a change of case as drift is
    # the safe choice, since a document written once too often does no harm, and a wrong one kept does.
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return sorted(set(value))
    return value


# Evaluation


def _concerns(statement: dict[str, Any], action: str) -> bool:
    if "Action" in statement:
        return any(_covers(pattern, action) for pattern in _texts(statement["Action"]))
    patterns = _texts(statement.get("NotAction"))
    return bool(patterns) and not any(_covers(pattern, action) for pattern in patterns)


def _texts(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _covers(pattern: str, action: str) -> bool:
    """Match with ``*`` and ``?``, whatever the case. All ways to match are followed at once: no backtracking."""
    action = action.lower()
    reached = {0}
    for char in pattern.lower():
        if char == "*":
            reached = set(range(min(reached), len(action) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(action) and char in ("?", action[at])}
        if not reached:
            return False
    return len(action) in reached
