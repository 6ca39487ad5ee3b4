# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The grammar of policy documents: what CreatePolicy, CreatePolicyVersion and CreateRole accept.

Source: RAM documentation, "Policy structure and syntax" and "Policy elements".
"""

from __future__ import annotations

import functools
import json
from typing import Any

from .authorize import OPERATORS

_PRINCIPAL_KINDS = ("RAM", "Service", "Federated")


class DocumentError(ValueError):
    """Why a document is not a policy."""


@functools.lru_cache(maxsize=8192)
def check_policy(text: str) -> None:
    """Refuse what is not a permission policy. Successes are cached: many accounts carry one document."""
    for index, statement in enumerate(_statements(text)):
        place = f"Statement[{index}]"
        _keys(statement, place, {"Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})
        _common(statement, place)
        # unknown: NotResource is in no published grammar; accepted as the counterpart of NotAction.
        _exactly_one(statement, place, "Resource", "NotResource")
        for name in ("Resource", "NotResource"):
            for value in _strings(statement, place, name):
                if not _is_resource(value):
                    raise DocumentError(f"{place}.{name}: {value!r} is not a resource name")


@functools.lru_cache(maxsize=8192)
def check_trust_policy(text: str) -> None:
    """Refuse what is not the trust policy of a role."""
    for index, statement in enumerate(_statements(text)):
        place = f"Statement[{index}]"
        _keys(statement, place, {"Effect", "Action", "NotAction", "Principal", "Condition"})
        _common(statement, place)
        principal = statement.get("Principal")
        if not isinstance(principal, dict) or not principal:
            raise DocumentError(f"{place}.Principal: an object with RAM, Service or Federated is required")
        _keys(principal, f"{place}.Principal", set(_PRINCIPAL_KINDS))
        for kind in principal:
            _strings(principal, f"{place}.Principal", kind)


def _statements(text: str) -> list[dict[str, Any]]:
    try:
        document = json.loads(text, object_pairs_hook=_object)
    except DocumentError:
        raise
    except (ValueError, RecursionError) as exc:
        raise DocumentError(f"The document is not JSON: {exc}") from exc
    if not isinstance(document, dict):
        raise DocumentError("The document is not an object")
    _keys(document, "The document", {"Version", "Statement"})
    if document.get("Version") != "1":
        raise DocumentError('Version: it must be the string "1"')
    statements = document.get("Statement")
    # unknown: whether a single statement object, without an array, is accepted. Refused.
    if not isinstance(statements, list) or not statements:
        raise DocumentError("Statement: it must be an array with at least one statement")
    for index, statement in enumerate(statements):
        if not isinstance(statement, dict):
            raise DocumentError(f"Statement[{index}]: it is not an object")
    return statements


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """unknown: which of two values of one key counts for the service. Refused, because readers of JSON differ in it."""
    mapping: dict[str, Any] = {}
    for key, value in pairs:
        if key in mapping:
            raise DocumentError(f"{key!r} is there more than once in one object")
        mapping[key] = value
    return mapping


def _common(statement: dict[str, Any], place: str) -> None:
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise DocumentError(f"{place}.Effect: it must be Allow or Deny")
    _exactly_one(statement, place, "Action", "NotAction")
    for name in ("Action", "NotAction"):
        for value in _strings(statement, place, name):
            service, colon, action = value.partition(":")
            if value != "*" and not (colon and service and action):
                raise DocumentError(f"{place}.{name}: {value!r} is not of the form <service>:<action>")
    _check_condition(statement.get("Condition", {}), f"{place}.Condition")


def _check_condition(condition: Any, place: str) -> None:
    if not isinstance(condition, dict):
        raise DocumentError(f"{place}: it is not an object")
    for operator, keys in condition.items():
        # unknown: set operators (ForAllValues, ForAnyValue) and IfExists. Refused.
        if operator not in OPERATORS:
            raise DocumentError(f"{place}: {operator!r} is not a condition operator")
        if not isinstance(keys, dict) or not keys:
            raise DocumentError(f"{place}.{operator}: it must be an object of condition keys")
        for key in keys:
            _strings(keys, f"{place}.{operator}", key)


def _is_resource(value: str) -> bool:
    """* or acs:<ram-code>:<region>:<account>:<relative-id>; region and account may be empty, as in the samples.

    unknown: whether a * can stand for several of the fields, e.g. acs:ecs:*. Refused.
    """
    fields = value.split(":", 4)
    return value == "*" or (len(fields) == 5 and fields[0] == "acs" and fields[1] != "" and fields[4] != "")


def _keys(mapping: dict[str, Any], place: str, allowed: set[str]) -> None:
    for key in mapping:
        if key not in allowed:
            raise DocumentError(f"{place}: {key!r} is not an element of the policy language")


def _exactly_one(statement: dict[str, Any], place: str, first: str, second: str) -> None:
    if (first in statement) == (second in statement):
        raise DocumentError(f"{place}: exactly one of {first} and {second} is required")


def _strings(mapping: dict[str, Any], place: str, key: str) -> list[str]:
    """The grammar wants every value as a quoted string, or an array of such."""
    if key not in mapping:
        return []
    value = mapping[key]
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not all(isinstance(item, str) for item in values):
        # A condition key is any text, also such as an answer cannot carry.
        name = key if key.isascii() and key.isprintable() else repr(key)
        raise DocumentError(f"{place}.{name}: it must be a string or an array of strings")
    return values
