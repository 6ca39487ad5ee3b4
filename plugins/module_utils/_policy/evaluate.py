# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluate policies offline: whether an action on a resource is allowed, denied or undetermined, and which statements decide.

The order and the operators are the published ones: "How RAM evaluates policies", "Policy evaluation process" and "Conditional
operators" in Alibaba Cloud's RAM documentation. What is not published is never guessed. A statement whose effect depends on it
makes the answer undetermined, unless other statements decide.
"""

from __future__ import annotations

import datetime
import enum
import ipaddress
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._policy.document import matches, matches_action


class Decision(enum.Enum):
    """Whether a request is allowed."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class Held:
    """A policy that a principal has.

    ``document`` is as ``document.read`` returns it, so a text if it cannot be parsed. ``unread`` says why it was not read, or why
    there may be policies that nobody knows of; such a policy may allow or deny anything.
    ``through`` names the group by which a user has the policy; empty if it is attached to the principal itself.
    ``resource_group`` is the group of resources to which the attachment is limited; empty for the whole account.
    """

    name: str
    type: str
    document: Any = field(compare=False)
    through: str = ""
    resource_group: str = ""
    unread: str = ""


@dataclass(frozen=True)
class Request:
    """An action on a resource, with what is known of the request.

    ``resource`` is an ARN. ``context`` has the condition keys, each with its value, or with None if the request certainly does
    not have the key. A key that is not in it may have any value.
    """

    action: str
    resource: str
    context: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """A statement that decided, or that may apply. ``statement`` counts from 1; 0 stands for all of a policy that is not known.

    ``effect`` is empty if it is not known.
    """

    policy: Held
    statement: int
    effect: str


@dataclass(frozen=True)
class Answer:
    """What policies say of a request.

    ``statements`` are those that decided: the allowing ones, the denying ones, or those on which an undetermined answer
    depends. ``is_explicit`` is whether a Deny applies; a denial without one is an implicit denial: nothing allows the request.
    ``reasons`` say why the answer is undetermined.
    """

    decision: Decision
    statements: tuple[Match, ...] = ()
    is_explicit: bool = False
    reasons: tuple[str, ...] = ()


def evaluate(request: Request, policies: Iterable[Held], session: Sequence[Held] | None = None) -> Answer:
    """Evaluate what a principal may do by its own policies: those of a user and its groups, or those of a role.

    ``session`` are the policies that limit a role's session, None if there are none. Control policies, and the policies of
    resources such as OSS buckets, are not part of this.
    """
    identity = _of_identity(request, list(policies))
    if session is None:
        return identity
    limit = _of_scope(request, session)
    denials = [answer for answer in (limit, identity) if answer.decision is Decision.DENIED]
    if denials:
        return max(denials, key=lambda answer: answer.is_explicit)
    questions = [answer for answer in (limit, identity) if answer.decision is Decision.UNDETERMINED]
    statements = [match for answer in questions or (limit, identity) for match in answer.statements]
    if not questions:
        return Answer(Decision.ALLOWED, tuple(statements))
    return _undetermined(statements, [reason for answer in questions for reason in answer.reasons])


def _of_identity(request: Request, policies: Sequence[Held]) -> Answer:
    """Policies for the whole account come first. If they say nothing, those that are limited to resource groups count.

    Whether the resource is in such a group is not known. Nor is whether a Deny that is limited to a group beats an Allow for
    the whole account: the published texts differ.
    """
    whole = _of_scope(request, [policy for policy in policies if not policy.resource_group])
    if whole.decision is Decision.DENIED and whole.is_explicit:
        return whole
    limited = _applying(request, [policy for policy in policies if policy.resource_group])
    # What the limited policies may add to the answer for the whole account.
    questions = limited["Allow" if whole.decision is Decision.DENIED else "Deny"]
    if not questions:
        return whole
    groups = ", ".join(sorted({match.policy.resource_group for match, _doubts in questions}))
    doubts = [doubt for _match, those in questions for doubt in those]
    return _undetermined(
        [*whole.statements, *(match for match, _doubts in questions)],
        [*whole.reasons, *doubts, f"a policy that applies is limited to resource group {groups}"],
    )


def _undetermined(statements: Iterable[Match], reasons: Iterable[str]) -> Answer:
    return Answer(Decision.UNDETERMINED, tuple(dict.fromkeys(statements)), reasons=tuple(dict.fromkeys(reasons)))


def _of_scope(request: Request, policies: Iterable[Held]) -> Answer:
    """A Deny that applies beats every Allow. If nothing applies, the request is denied implicitly."""
    applying = _applying(request, policies)
    denying = tuple(match for match, doubts in applying["Deny"] if not doubts)
    allowing = tuple(match for match, doubts in applying["Allow"] if not doubts)
    if denying:
        return Answer(Decision.DENIED, denying, is_explicit=True)
    if not applying["Allow"]:
        return Answer(Decision.DENIED)
    questions = applying["Deny"] if allowing else applying["Allow"] + applying["Deny"]
    if not questions:
        return Answer(Decision.ALLOWED, allowing)
    return _undetermined(
        [*allowing, *(match for match, _doubts in questions)],
        [doubt for _match, doubts in questions for doubt in doubts],
    )


def _applying(request: Request, policies: Iterable[Held]) -> dict[str, list[tuple[Match, list[str]]]]:
    """Return the statements that apply or may apply, by effect, with the doubts. One of an unknown effect is in both lists."""
    found: dict[str, list[tuple[Match, list[str]]]] = {"Allow": [], "Deny": []}
    for policy in policies:
        for number, effect, doubts in _statements(request, policy):
            for one in (effect,) if effect else found:
                found[one].append((Match(policy, number, effect), doubts))
    return found


class _Doubt(Exception):
    """It is undetermined whether a part of a statement applies; the text says why."""


def _statements(request: Request, policy: Held) -> Iterable[tuple[int, str, list[str]]]:
    """Yield the number and effect of each statement that applies or may apply, with the doubts; no doubt means that it applies.

    An effect that is neither Allow nor Deny may be any.
    """
    document = policy.document
    statements = document.get("Statement") if isinstance(document, dict) else None
    statements = [statements] if isinstance(statements, dict) else statements
    if not isinstance(statements, list):
        yield 0, "", [policy.unread or "the policy's document cannot be understood"]
        return
    for number, statement in enumerate(statements, 1):
        if not isinstance(statement, dict):
            yield number, "", ["the statement cannot be understood"]
            continue
        doubts = []
        for test in (_action_applies, _resource_applies, _conditions_hold):
            try:
                if not test(request, statement):
                    break
            except _Doubt as doubt:
                doubts.append(str(doubt))
        else:
            effect = statement.get("Effect")
            known = effect in ("Allow", "Deny")
            yield (
                number,
                str(effect) if known else "",
                doubts if known else [*doubts, "its effect cannot be understood"],
            )


def _action_applies(request: Request, statement: Mapping[str, Any]) -> bool:
    if ("Action" in statement) == ("NotAction" in statement):
        raise _Doubt("a statement needs either Action or NotAction")
    patterns = _texts(statement.get("Action", statement.get("NotAction")), "Action")
    named = any(matches_action(pattern, request.action) for pattern in patterns)
    return named is ("Action" in statement)


def _resource_applies(request: Request, statement: Mapping[str, Any]) -> bool:
    if "NotResource" in statement or "Resource" not in statement:
        raise _Doubt("a statement without Resource is not documented")
    patterns = _texts(statement["Resource"], "Resource")
    if any("${" not in pattern and matches(pattern, request.resource) for pattern in patterns):
        return True
    for pattern in patterns:
        if "${" in pattern and matches(_any_variable(pattern), request.resource):
            raise _Doubt("what ${...} means in a resource is not documented")
        if _may_be_the_same(pattern, request.resource):
            raise _Doubt(f"whether {pattern} is {request.resource} is not documented")
    return False


def _may_be_the_same(pattern: str, resource: str) -> bool:
    """Return whether only the region of the two ARNs differs, which RAM's resources do not have: it is empty or ``*``."""
    parts, found = pattern.split(":", 3), resource.split(":", 3)
    no_region = len(parts) == len(found) == 4 and {parts[2], found[2]} <= {"", "*"}
    return no_region and parts[2] != found[2] and matches(":".join((*parts[:2], found[2], parts[3])), resource)


def _any_variable(pattern: str) -> str:
    return re.sub(r"\$\{[^}]*\}?", "*", pattern)


def _texts(value: Any, element: str) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise _Doubt(f"its {element} cannot be understood")
    return texts


# Conditions: those of a statement must hold together; the values of one key are alternatives.


def _conditions_hold(request: Request, statement: Mapping[str, Any]) -> bool:
    conditions = statement.get("Condition")
    if conditions in (None, {}):
        return True
    if not isinstance(conditions, dict):
        raise _Doubt("its Condition cannot be understood")
    doubts = []
    for name, keys in conditions.items():
        if not isinstance(keys, dict):
            doubts.append("its Condition cannot be understood")
            continue
        for key, values in keys.items():
            try:
                if not _holds(name, key, values, request.context):
                    return False
            except _Doubt as doubt:
                doubts.append(str(doubt))
    if doubts:
        raise _Doubt("; ".join(dict.fromkeys(doubts)))
    return True


def _holds(name: str, key: str, values: Any, context: Mapping[str, str | None]) -> bool:
    negated = name in _NEGATIONS
    compare = _COMPARISONS.get(_NEGATIONS.get(name, name))
    if compare is None:
        raise _Doubt(f"what the operator {name} does is not documented")
    if key not in context:
        raise _Doubt(f"the value of {key} is not known")
    actual = context[key]
    if actual is None:
        if negated:
            raise _Doubt(f"what {name} does if the request has no {key} is not documented")
        return False
    expected = _texts(values, f"condition on {key}")
    doubt = None
    found = False
    for value in expected:
        try:
            found = found or compare(actual, value)
        except ValueError:
            doubt = _Doubt(f"{name} cannot compare {key} with {value}")
        except _Doubt as caught:
            doubt = caught
    if doubt and not found:
        raise doubt
    return found is not negated


_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})")


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _time(text: str) -> datetime.datetime:
    """Return a time. How the service reads a time without seconds or offset is not published: ValueError."""
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(text)
    return datetime.datetime.fromisoformat(f"{found[1]}T{found[2]}{'+00:00' if found[3] == 'Z' else found[3]}")


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _address_in(actual: str, value: str) -> bool:
    return ipaddress.ip_address(actual) in ipaddress.ip_network(value, strict=False)


def _address_in_or_at_border(actual: str, value: str) -> bool:
    """The first and the last address of a block are its border; whether they belong to it is not documented."""
    network = ipaddress.ip_network(value, strict=False)
    address = ipaddress.ip_address(actual)
    if address in network and address in (network[0], network[-1]):
        raise _Doubt(f"whether {actual} belongs to {value} is not documented")
    return address in network


def _like(actual: str, value: str) -> bool:
    return matches(value, actual)


def _literal(compare: Callable[[str, str], bool]) -> Callable[[str, str], bool]:
    """A comparison of texts. Whether ``${...}`` is replaced in the policy's text is not published."""

    def compared(actual: str, value: str) -> bool:
        if "${" in value and matches(_any_variable(value), actual):
            raise _Doubt(f"what {value} means is not documented")
        return compare(actual, value)

    return compared


def _read_by(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Callable[[str, str], bool]:
    return lambda actual, value: compare(read(actual), read(value))


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": _literal(operator.eq),
    "StringEqualsIgnoreCase": _literal(_read_by(str.lower, operator.eq)),
    "StringLike": _literal(_like),
    **{f"Numeric{name}": _read_by(_number, compare) for name, compare in _ORDERS.items()},
    **{f"Date{name}": _read_by(_time, compare) for name, compare in _ORDERS.items()},
    "Bool": _read_by(_boolean, operator.eq),
    "IpAddress": _address_in,
    "IpAddressIncludeBorder": _address_in_or_at_border,
}
# The documentation names a negation of these only.
_NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}
