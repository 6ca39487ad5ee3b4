# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether policies allow an action on a resource: pure functions over policy documents.

Source: RAM documentation, "Policy structure and syntax", "Policy elements", "Policy evaluation process".
"""

from __future__ import annotations

import enum
import functools
import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any


class Decision(enum.Enum):
    """The values are those of AccessDeniedDetail.NoPermissionType."""

    ALLOW = "Allow"
    EXPLICIT_DENY = "ExplicitDeny"
    IMPLICIT_DENY = "ImplicitDeny"


Condition = tuple[str, str, tuple[str, ...]]  # operator, key, values


@dataclass(frozen=True)
class Statement:
    """One statement, compiled. A principal is (kind, value), e.g. ("RAM", "acs:ram::1:root")."""

    allow: bool
    actions: tuple[re.Pattern[str], ...]
    not_action: bool
    resources: tuple[re.Pattern[str], ...]
    not_resource: bool
    conditions: tuple[Condition, ...]
    principals: tuple[tuple[str, str], ...]

    def applies(self, action: str, resource: str | None, context: Mapping[str, str]) -> bool:
        if _any_match(self.actions, action) == self.not_action:
            return False
        # A trust policy's statements have no resource: the role is the resource.
        if self.resources and resource is not None and _any_match(self.resources, resource) == self.not_resource:
            return False
        return all(condition_holds(operator, key, values, context) for operator, key, values in self.conditions)


Policy = tuple[Statement, ...]


def evaluate(policies: Iterable[Policy], action: str, resource: str | None, context: Mapping[str, str]) -> Decision:
    """Deny beats Allow; neither means an implicit deny."""
    allowed = False
    for policy in policies:
        for statement in policy:
            if statement.allow and allowed:
                continue
            if statement.applies(action, resource, context):
                if not statement.allow:
                    return Decision.EXPLICIT_DENY
                allowed = True
    return Decision.ALLOW if allowed else Decision.IMPLICIT_DENY


@functools.lru_cache(maxsize=8192)
def compile_text(text: str) -> Policy:
    """A document's statements; cached, because thousands of accounts carry the same documents."""
    return compile_document(json.loads(text))


def compile_document(document: Mapping[str, Any]) -> Policy:
    return tuple(_compile_statement(statement) for statement in document["Statement"])


def _compile_statement(statement: Mapping[str, Any]) -> Statement:
    not_action = "NotAction" in statement
    not_resource = "NotResource" in statement
    return Statement(
        allow=statement["Effect"] == "Allow",
        # Actions are not case-sensitive "in most cases"; resources are taken as they are written.
        actions=_patterns(statement["NotAction" if not_action else "Action"], re.IGNORECASE),
        not_action=not_action,
        resources=_patterns(statement.get("NotResource" if not_resource else "Resource", ()), 0),
        not_resource=not_resource,
        conditions=tuple(
            (operator, key, tuple(strings(values)))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        ),
        principals=tuple(
            (kind, value) for kind, values in statement.get("Principal", {}).items() for value in strings(values)
        ),
    )


def strings(value: Any) -> list[str]:
    """A string is the same as a list of that one string."""
    return [value] if isinstance(value, str) else list(value)


@functools.lru_cache(maxsize=8192)
def wildcard(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The expression for a pattern of the policy language: * is any text, ? any one character."""
    body = "".join({"*": ".*", "?": "."}.get(char) or re.escape(char) for char in pattern)
    return re.compile(body, flags | re.DOTALL)


def _patterns(value: Any, flags: int) -> tuple[re.Pattern[str], ...]:
    return tuple(wildcard(item, int(flags)) for item in strings(value))


def _any_match(patterns: tuple[re.Pattern[str], ...], text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in patterns)


# Conditions


def _number(left: str, right: str, test: Callable[[float, float], bool]) -> bool:
    try:
        return test(float(left), float(right))
    except ValueError:
        return False


def parse_time(text: str) -> datetime:
    """ISO 8601; without an offset it is UTC."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _date(left: str, right: str, test: Callable[[datetime, datetime], bool]) -> bool:
    try:
        return test(parse_time(left), parse_time(right))
    except ValueError:
        return False


def _address(left: str, right: str) -> bool:
    try:
        return ipaddress.ip_address(left) in ipaddress.ip_network(right, strict=False)
    except ValueError:
        return False


# The comparisons, each of the request's value with one value of the policy.
_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda left, right: left == right,
    "StringEqualsIgnoreCase": lambda left, right: left.lower() == right.lower(),
    "StringLike": lambda left, right: wildcard(right).fullmatch(left) is not None,
    "NumericEquals": lambda left, right: _number(left, right, lambda a, b: a == b),
    "NumericLessThan": lambda left, right: _number(left, right, lambda a, b: a < b),
    "NumericLessThanEquals": lambda left, right: _number(left, right, lambda a, b: a <= b),
    "NumericGreaterThan": lambda left, right: _number(left, right, lambda a, b: a > b),
    "NumericGreaterThanEquals": lambda left, right: _number(left, right, lambda a, b: a >= b),
    "DateEquals": lambda left, right: _date(left, right, lambda a, b: a == b),
    "DateLessThan": lambda left, right: _date(left, right, lambda a, b: a < b),
    "DateLessThanEquals": lambda left, right: _date(left, right, lambda a, b: a <= b),
    "DateGreaterThan": lambda left, right: _date(left, right, lambda a, b: a > b),
    "DateGreaterThanEquals": lambda left, right: _date(left, right, lambda a, b: a >= b),
    "Bool": lambda left, right: left.lower() == right.lower(),
    "IpAddress": _address,
}

# A negated operator holds when none of its values compares.
_NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}

OPERATORS = frozenset(_COMPARISONS) | frozenset(_NEGATIONS)


def condition_holds(operator: str, key: str, values: Iterable[str], context: Mapping[str, str]) -> bool:
    """Several values of one key are alternatives."""
    actual = context.get(key)
    negated = operator in _NEGATIONS
    compare = _COMPARISONS.get(_NEGATIONS.get(operator, operator))
    if compare is None:
        return False
    if actual is None:
        # unknown: a key that the request does not carry. Taken to differ from every value.
        return negated
    return any(compare(actual, value) for value in values) != negated
