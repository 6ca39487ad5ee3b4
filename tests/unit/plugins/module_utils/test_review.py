# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit says of a resource, and of statements that give away an account."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alicloud.ram.plugins.module_utils._engine.converge import ResourceResult
from ansible_collections.alicloud.ram.plugins.module_utils._engine.review import _described
from ansible_collections.alicloud.ram.plugins.module_utils._policy.evaluate import Decision, Held, Request, evaluate
from ansible_collections.alicloud.ram.plugins.module_utils._policy.wide import wide_grants
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import References
from ansible_collections.alicloud.ram.plugins.module_utils._resources.policy import Observed, Policy
from ansible_collections.alicloud.ram.tests.lib.documents import allow, document, statement

ACCOUNT = "1000000000000001"


@pytest.mark.parametrize(
    "given_statement, shown",
    [
        (statement("*"), "statement 1 allows * on everything"),
        (statement("*:*"), "statement 1 allows *:* on everything"),
        (statement(["oss:Get*", "RAM:*"]), "statement 1 allows RAM:* on everything"),
        (statement("ram:*", "acs:ram:*:*:*"), "statement 1 allows ram:* on everything"),
        (statement("ram:*", f"acs:ram:*:{ACCOUNT}:*"), "statement 1 allows ram:* on everything"),
        (statement("ram:*", ["acs:oss:*:*:*", "*"]), "statement 1 allows ram:* on everything"),
        (statement("ram:*", Condition={"Bool": {"acs:MFAPresent": "true"}}), "statement 1 allows ram:* on everything under a condition"),
        ({"Effect": "Allow", "NotAction": "oss:*", "Resource": "*"}, "statement 1 allows all actions but oss:* on everything"),
        ({"Effect": "Allow", "NotAction": ["ram:*"], "Resource": "*"}, None),
        ({"Effect": "Allow", "NotAction": ["ram:Any*"], "Resource": "*"}, None),
        (statement("ram:*", effect="Deny"), None),
        (statement("ram:Get*"), None),
        (statement("ecs:*"), None),
        (statement("ram:*", f"acs:ram:*:{ACCOUNT}:user/alice"), None),
        (statement("*", "acs:oss:*:*:bucket/*"), None),
        ({"Effect": "Allow", "Action": {"a": 1}, "Resource": "*"}, None),
        ({"Effect": "Allow", "Action": "*"}, None),
        ("text", None),
    ],
)  # fmt: skip
def test_statements_that_give_away_an_account(given_statement: Any, shown: str | None) -> None:
    found = wide_grants({"Version": "1", "Statement": [given_statement]})
    assert [str(one) for one in found] == ([] if shown is None else [shown])
    assert wide_grants({"Statement": given_statement}) == found  # a single statement need not be in a list


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner),
    )
)
def test_no_document_is_too_odd(data: Any) -> None:
    assert wide_grants(data) == []


@given(st.lists(st.sampled_from([
    statement("*"), statement("ram:*"), statement("ram:Get*"), statement("oss:*"), statement("ram:*", "acs:ram:*:*:user/a"),
]), max_size=4))  # fmt: skip
def test_a_wide_grant_allows_what_no_policy_names(statements: list[Any]) -> None:
    """It agrees with the evaluation of an action and a resource that nobody has ever thought of."""
    one = document(*statements)
    request = Request("ram:Zzz", f"acs:ram:*:{ACCOUNT}:zzz/zzz")
    allowed = evaluate(request, [Held("p", "Custom", one)]).decision is Decision.ALLOWED
    assert bool(wide_grants(one)) is allowed


def described(policy: Policy, observed: Observed) -> dict[str, Any]:
    plan = policy.plan(observed, References())
    return _described(ResourceResult(policy, observed, observed, plan, plan.after, True))


def observed_policy(found: Any) -> Observed:
    facts = {"PolicyName": "p", "Description": "", "DefaultVersion": "v1", "AttachmentCount": 0}
    return Observed(facts, found, versions=(("v1", found),))


def test_a_resource_as_declared_and_as_observed() -> None:
    policy = Policy("p", allow("oss:PutObject"))
    assert described(policy, observed_policy(allow("oss:PutObject"))) == {"kind": "policy", "name": "p", "status": "ok"}
    missing = described(policy, Observed(None))
    assert (missing["status"], missing["observed"], missing["warnings"]) == ("missing", None, [])
    assert [change["operation"] for change in missing["changes"]] == ["CreatePolicy"]
    different = described(policy, observed_policy(allow("*")))
    assert different["status"] == "different" and different["observed"]["policy_document"] == allow("*")
    assert different["warnings"] == [
        "The observed policy_document gives away the account: statement 1 allows * on everything."
    ]
    unexpected = described(Policy("p", present=False), observed_policy(allow("oss:PutObject")))
    assert (unexpected["status"], unexpected["declared"]) == ("unexpected", None)


def test_a_document_that_cannot_be_parsed() -> None:
    found = described(Policy("p", allow("oss:PutObject")), observed_policy("{not json"))
    assert found["status"] == "different" and found["observed"]["policy_document"] == "{not json"
    assert found["warnings"] == ["The observed policy_document cannot be understood; it is shown as it is."]
