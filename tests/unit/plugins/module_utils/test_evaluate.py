# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What policies allow, told offline: the published rules one by one, and against the emulator's own evaluation."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from alicloud_emulator import authorize
from ansible_collections.alicloud.ram.plugins.module_utils._policy.document import matches
from ansible_collections.alicloud.ram.plugins.module_utils._policy.evaluate import (
    Answer,
    Decision,
    Held,
    Request,
    evaluate,
)
from ansible_collections.alicloud.ram.tests.lib import generated_policies
from ansible_collections.alicloud.ram.tests.lib.amounts import amount
from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE, allow, deny, document, statement

ROLES = "acs:ram:*:1:role/*"
CREATE = Request("ram:CreateServiceLinkedRole", ROLES, {"ram:ServiceName": SERVICE})
ALLOWED, DENIED, UNDETERMINED = Decision.ALLOWED, Decision.DENIED, Decision.UNDETERMINED


def held(document_: Any, name: str = "p", **more: Any) -> Held:
    return Held(name, "Custom", document_, **more)


def ask(*documents: Any, request: Request = CREATE) -> Answer:
    return evaluate(request, [held(one, f"p{number}") for number, one in enumerate(documents, 1)])


def decided_by(answer: Answer) -> list[str]:
    return [f"{match.policy.name}.{match.statement} {match.effect}" for match in answer.statements]


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


OF_SERVICE = when("StringEquals", "ram:ServiceName", [SERVICE, "other.aliyuncs.com"])


def test_who_decides() -> None:
    create = allow("ram:CreateServiceLinkedRole", resource=ROLES, **OF_SERVICE)
    assert ask() == Answer(DENIED)
    answer = ask(allow("oss:*"), document(statement("oss:*"), *create["Statement"]))
    assert (answer.decision, decided_by(answer)) == (ALLOWED, ["p2.2 Allow"])
    answer = ask(create, allow("*"), document(statement("ecs:*"), *deny("ram:Create*")["Statement"]))
    assert (answer.decision, answer.is_explicit, decided_by(answer)) == (DENIED, True, ["p3.2 Deny"])
    another = allow("ram:CreateServiceLinkedRole", **when("StringEquals", "ram:ServiceName", "other.aliyuncs.com"))
    assert ask(another) == Answer(DENIED)


@pytest.mark.parametrize(
    "text, reason",
    [
        (None, "the policy's document cannot be understood"),
        ("{", "the policy's document cannot be understood"),
        ({"Version": "1"}, "the policy's document cannot be understood"),
        ({"Statement": ["x"]}, "the statement cannot be understood"),
        (document({"Effect": "allow", "Action": "*", "Resource": "*"}), "its effect cannot be understood"),
        (document({"Effect": "Allow", "Action": [], "Resource": "*"}), "its Action cannot be understood"),
        (document({"Effect": "Allow", "Resource": "*"}), "a statement needs either Action or NotAction"),
        (document({"Effect": "Allow", "Action": "*", "NotAction": "x:y", "Resource": "*"}), "either Action or NotAction"),
        (document({"Effect": "Allow", "Action": "*"}), "a statement without Resource is not documented"),
        (document({"Effect": "Allow", "Action": "*", "NotResource": "*"}), "a statement without Resource"),
        (allow("*", resource=7), "its Resource cannot be understood"),
        (allow("*", resource="acs:ram::1:role/*"), "whether acs:ram::1:role/* is acs:ram:*:1:role/* is not documented"),
        (allow("*", resource="acs:ram:*:1:role/${x}"), "what ${...} means in a resource is not documented"),
        (allow("*", Condition=7), "its Condition cannot be understood"),
        (allow("*", Condition={"Bool": 7}), "its Condition cannot be understood"),
        (allow("*", **when("Bool", "acs:MFAPresent", "true")), "the value of acs:MFAPresent is not known"),
        (allow("*", **when("StringEquals", "ram:servicename", SERVICE)), "the value of ram:servicename is not known"),
        (allow("*", **when("ForAllValues:StringEquals", "ram:ServiceName", "x")), "the operator ForAllValues:StringEquals"),
        (allow("*", **when("StringEqualsIfExists", "ram:ServiceName", "x")), "the operator StringEqualsIfExists"),
        (allow("*", **when("NumericEquals", "ram:ServiceName", "1")), "NumericEquals cannot compare ram:ServiceName with 1"),
        (allow("*", **when("StringLike", "ram:ServiceName", "${x}.aliyuncs.com")), "means is not documented"),
        (allow("*", **when("StringEquals", "ram:ServiceName", [])), "its condition on ram:ServiceName cannot be"),
    ],
)  # fmt: skip
def test_what_cannot_be_told(text: Any, reason: str) -> None:
    answer = ask(text)
    assert answer.decision is UNDETERMINED and len(answer.statements) == 1
    assert reason in "; ".join(answer.reasons)
    # Nor can it be told whether it takes away what another policy allows. A certain denial is one all the same.
    denying = text
    if isinstance(text, dict) and isinstance(text.get("Statement", [0])[0], dict) and "effect" not in reason:
        denying = document({**text["Statement"][0], "Effect": "Deny"})
    assert ask(allow("*"), denying).decision is UNDETERMINED
    answer = ask(text, deny("*"))
    assert (answer.decision, answer.is_explicit, decided_by(answer)) == (DENIED, True, ["p2.1 Deny"])


def test_what_is_certainly_absent() -> None:
    request = Request("ram:GetRole", ROLES, {"acs:MFAPresent": None})
    assert ask(allow("*", **when("Bool", "acs:MFAPresent", "true")), request=request).decision is DENIED
    answer = ask(allow("*", **when("StringNotEquals", "acs:MFAPresent", "true")), request=request)
    assert answer.decision is UNDETERMINED and "has no acs:MFAPresent" in answer.reasons[0]


def test_a_doubt_does_not_count_where_another_part_does_not_apply() -> None:
    odd = {"Bool": {"acs:MFAPresent": "true"}}
    assert ask(allow("oss:*", Condition=odd)).decision is DENIED
    assert ask(allow("*", Condition={**odd, "StringEquals": {"ram:ServiceName": "x"}})).decision is DENIED
    assert ask(allow("*"), deny("*", resource="acs:ram::2:role/*", Condition=odd)).decision is ALLOWED


@pytest.mark.parametrize(
    "operator, actual, fits, differs",
    [
        ("StringEqualsIgnoreCase", "aB", ["Ab"], "b"),
        ("StringLike", "a/b", ["a*", "a?b", "*"], "A*"),
        ("NumericLessThan", "9", ["10", "9.5"], "9"),
        ("NumericGreaterThanEquals", "9.0", ["9", "-1"], "9.1"),
        ("DateLessThan", "2026-01-01T00:00:00Z", ["2026-01-01T00:00:00-01:00"], "2026-01-01T00:00:00Z"),
        ("DateEquals", "2026-01-01T00:00:00Z", ["2026-01-01T08:00:00+08:00"], "2026-01-01T00:00:01Z"),
        ("Bool", "True", ["true"], "false"),
        ("IpAddress", "192.0.2.7", ["192.0.2.0/24", "192.0.2.7"], "192.0.3.0/24"),
        ("IpAddressIncludeBorder", "192.0.2.7", ["192.0.2.0/24"], "192.0.3.0/24"),
        ("IpAddress", "2001:db8::1", ["2001:db8::/32"], "0.0.0.0/0"),
    ],
)
def test_operators(operator: str, actual: str, fits: list[str], differs: str) -> None:
    request = Request("ecs:X", "*", {"k": actual})

    def decision(name: str, *values: str) -> Decision:
        return ask(allow("*", **when(name, "k", list(values))), request=request).decision

    for value in fits:
        assert decision(operator, differs, value) is ALLOWED
    assert decision(operator, differs) is DENIED
    kind = next(kind for kind in ("String", "Numeric", "Date", "IpAddress", "Bool") if operator.startswith(kind))
    negation = "NotIpAddress" if kind == "IpAddress" else f"{kind}Not{operator.removeprefix(kind)}"
    if negation in authorize.OPERATORS and operator != "IpAddressIncludeBorder":
        assert decision(negation, differs) is ALLOWED and decision(negation, differs, fits[0]) is DENIED


@pytest.mark.parametrize("address", ["192.0.2.0", "192.0.2.255"])
def test_the_border_of_a_block(address: str) -> None:
    request = Request("ecs:X", "*", {"acs:SourceIp": address})
    condition = when("IpAddressIncludeBorder", "acs:SourceIp", "192.0.2.0/24")
    assert ask(allow("*", **condition), request=request).decision is UNDETERMINED


LIMITED = {"resource_group": "rg-1"}


@pytest.mark.parametrize(
    "whole, limited, decision",
    [
        (allow("*"), allow("*"), ALLOWED),
        (allow("*"), deny("*"), UNDETERMINED),
        (allow("*"), deny("oss:*"), ALLOWED),
        (allow("oss:*"), allow("*"), UNDETERMINED),
        (allow("oss:*"), deny("*"), DENIED),
        (deny("*"), allow("*"), DENIED),
        (allow("*", **when("Bool", "acs:MFAPresent", "true")), allow("*"), UNDETERMINED),
    ],
)
def test_grants_that_are_limited_to_a_resource_group(whole: Any, limited: Any, decision: Decision) -> None:
    answer = evaluate(CREATE, [held(whole), held(limited, "q", **LIMITED)])
    assert answer.decision is decision
    if decision is UNDETERMINED and "Condition" not in whole["Statement"][0]:
        assert "limited to resource group rg-1" in answer.reasons[-1]


def test_a_deny_of_one_resource_group_leaves_the_allow_of_another() -> None:
    policies = [held(deny("*"), "d", resource_group="rg-1"), held(allow("*"), "a", resource_group="rg-2")]
    assert evaluate(CREATE, policies).decision is UNDETERMINED


@pytest.mark.parametrize(
    "session, role, decision, explicit",
    [
        (allow("*"), allow("*"), ALLOWED, False),
        (allow("oss:*"), allow("*"), DENIED, False),
        (allow("*"), allow("oss:*"), DENIED, False),
        (allow("oss:*"), deny("*"), DENIED, True),
        (deny("*"), allow("*"), DENIED, True),
        (None, allow("*"), UNDETERMINED, False),
        (None, allow("oss:*"), DENIED, False),
        (allow("*"), None, UNDETERMINED, False),
    ],
)
def test_a_session_is_limited_by_its_policy(session: Any, role: Any, decision: Decision, explicit: bool) -> None:
    answer = evaluate(CREATE, [held(role)], [held(session, "session")])
    assert (answer.decision, answer.is_explicit) == (decision, explicit)


@hypothesis.settings(deadline=None, max_examples=amount(200, 20000))
@hypothesis.given(st.text("ab*?", max_size=8), st.text("ab*?", max_size=9))
def test_patterns(pattern: str, text: str) -> None:
    assert matches(pattern, text) is authorize.wildcard(pattern)(text)


def test_no_pattern_takes_long() -> None:
    assert not matches("*a" * 2000 + "b", "a" * 4000)


small = st.lists(generated_policies.documents, max_size=3)
EXPLICIT = (authorize.Decision.EXPLICIT_DENY,)
KINDS = {ALLOWED: (authorize.Decision.ALLOW,), UNDETERMINED: tuple(authorize.Decision)}


@hypothesis.settings(
    deadline=None, max_examples=amount(300, 120000), suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
@hypothesis.given(small, st.none() | small, generated_policies.requests)
def test_like_the_emulator_or_undetermined(documents: Any, session: Any, drawn: Any) -> None:
    """What the emulator had to choose because it is not published, is undetermined here."""
    action, resource, context = drawn

    def emulated(these: Any) -> authorize.Decision:
        return authorize.evaluate(map(authorize.compile_document, these), action, resource, context)

    found = [emulated(documents), *([emulated(session)] if session is not None else [])]
    theirs = next(
        (one for one in (*EXPLICIT, authorize.Decision.IMPLICIT_DENY) if one in found),
        authorize.Decision.ALLOW,
    )
    request = Request(action, resource, {**dict.fromkeys(generated_policies.KEYS), **context})
    limit = None if session is None else [held(one) for one in session]
    answer = evaluate(request, [held(one) for one in documents], limit)
    # Where nothing allows the request, a Deny of which nobody knows whether it applies changes nothing.
    denials = EXPLICIT if answer.is_explicit else (authorize.Decision.IMPLICIT_DENY, *EXPLICIT)
    assert theirs in KINDS.get(answer.decision, denials)
