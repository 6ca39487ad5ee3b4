# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether policies allow an action on a resource: pure functions over policy documents that documents.py accepted.

Source: RAM documentation, "Policy structure and syntax", "Policy elements", "Policy evaluation process".
"""

from __future__ import annotations

import enum
import functools
import ipaddress
import json
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any


class Decision(enum.Enum):
    """The values are those of AccessDeniedDetail.NoPermissionType."""

    ALLOW = "Allow"
    EXPLICIT_DENY = "ExplicitDeny"
    IMPLICIT_DENY = "ImplicitDeny"


Test = Callable[[str], bool]
Condition = tuple[str, str, tuple[str, ...]]  # operator, key, values


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, compiled. A principal is (kind, value), e.g. ("RAM", "acs:ram::1:root")."""

    allow: bool
    actions: tuple[Test, ...]  # of an action in lower case
    not_action: bool
    resources: tuple[Test, ...]
    not_resource: bool
    conditions: tuple[Condition, ...]
    principals: tuple[tuple[str, str], ...]

    def applies(self, action: str, resource: str | None, context: Mapping[str, str]) -> bool:
        if _any_fits(self.actions, action.lower()) == self.not_action:
            return False
        # A trust policy's statements have no resource: the role is the resource.
        if self.resources and resource is not None and _any_fits(self.resources, resource) == self.not_resource:
            return False
        return all(condition_holds(name, key, values, context) for name, key, values in self.conditions)


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
    actions = strings(statement["NotAction" if not_action else "Action"])
    resources = strings(statement.get("NotResource" if not_resource else "Resource", ()))
    return Statement(
        allow=statement["Effect"] == "Allow",
        # Actions are not case-sensitive "in most cases"; resources are taken as they are written.
        actions=tuple(wildcard(action.lower()) for action in actions),
        not_action=not_action,
        resources=tuple(wildcard(resource) for resource in resources),
        not_resource=not_resource,
        conditions=tuple(
            (name, key, tuple(strings(values)))
            for name, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        ),
        principals=tuple(
            (kind, value) for kind, values in statement.get("Principal", {}).items() for value in strings(values)
        ),
    )


def strings(value: Any) -> list[str]:
    """A string is the same as a list of that one string."""
    return [value] if isinstance(value, str) else list(value)


def _any_fits(tests: tuple[Test, ...], text: str) -> bool:
    return any(test(text) for test in tests)


@functools.lru_cache(maxsize=8192)
def wildcard(pattern: str) -> Test:
    """The test for a pattern of the policy language: * is any text, also none, ? any one character.

    It follows all ways to match at once, so that no pattern makes it slow: bit n of the states is set while the first
    n characters of the pattern, stars not counted, match the text so far.
    """
    if "*" not in pattern and "?" not in pattern:
        return pattern.__eq__
    stay = any_one = 0
    end = 1
    by_character: dict[str, int] = {}
    for character in pattern:
        if character == "*":
            stay |= end
        else:
            if character == "?":
                any_one |= end
            else:
                by_character[character] = by_character.get(character, 0) | end
            end <<= 1

    def fits(text: str) -> bool:
        states = 1
        for character in text:
            if states & stay & end:
                return True
            states = states & stay | (states & (by_character.get(character, 0) | any_one)) << 1
            if not states:
                return False
        return states & end != 0

    return fits


# Conditions

# unknown: how the service reads numbers with exponents and dates in other forms of ISO 8601, and what it makes of a
# value that is not what the operator compares. Such a value is taken to differ from all others.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?(Z|[+-][0-9]{2}:[0-9]{2})?)?")


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def parse_time(text: str) -> datetime:
    """ISO 8601; without an offset it is UTC, without a time midnight."""
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _in_network(left: str, right: str) -> bool:
    address = ipaddress.ip_address(left)
    # A server that listens on IPv6 sees callers by IPv4 as ::ffff:192.0.2.1.
    return (getattr(address, "ipv4_mapped", None) or address) in ipaddress.ip_network(right, strict=False)


def _compare(read: Callable[[str], Any], test: Callable[[Any, Any], bool]) -> Callable[[str, str], bool]:
    return lambda left, right: test(read(left), read(right))


# The comparisons, each of the request's value with one value of the policy; a ValueError is a value that is none.
_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": operator.eq,
    "StringEqualsIgnoreCase": _compare(str.lower, operator.eq),
    "StringLike": lambda left, right: wildcard(right)(left),
    "NumericEquals": _compare(_number, operator.eq),
    "NumericLessThan": _compare(_number, operator.lt),
    "NumericLessThanEquals": _compare(_number, operator.le),
    "NumericGreaterThan": _compare(_number, operator.gt),
    "NumericGreaterThanEquals": _compare(_number, operator.ge),
    "DateEquals": _compare(parse_time, operator.eq),
    "DateLessThan": _compare(parse_time, operator.lt),
    "DateLessThanEquals": _compare(parse_time, operator.le),
    "DateGreaterThan": _compare(parse_time, operator.gt),
    "DateGreaterThanEquals": _compare(parse_time, operator.ge),
    "Bool": _compare(str.lower, operator.eq),
    "IpAddress": _in_network,
    # unknown: what border is meant. It is documented for OSS; taken for the same.
    "IpAddressIncludeBorder": _in_network,
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


def condition_holds(name: str, key: str, values: Iterable[str], context: Mapping[str, str]) -> bool:
    """Whether an operator holds; several values of one key are alternatives."""
    actual = context.get(key)
    negated = name in _NEGATIONS
    compare = _COMPARISONS.get(_NEGATIONS.get(name, name))
    if compare is None:
        return False
    if actual is None:
        # unknown: a key that the request does not carry. Taken to differ from every value.
        return negated
    return any(_compares(compare, actual, value) for value in values) != negated


def _compares(compare: Callable[[str, str], bool], actual: str, value: str) -> bool:
    try:
        return compare(actual, value)
    except ValueError:
        return False
