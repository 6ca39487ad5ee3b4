# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy evaluation, as pure functions."""

from __future__ import annotations

import pytest

from alicloud_emulator.authorize import Decision, compile_document, condition_holds, evaluate
from alicloud_emulator.documents import DocumentError, check_policy, check_trust_policy

ALLOW, EXPLICIT, IMPLICIT = Decision.ALLOW, Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY
ROLE = "acs:ram:*:1:role/Deploy"


def statement(effect="Allow", action="*", resource="*", **more):
    found = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return {key: value for key, value in found.items() if value is not None}


def decide(*statements, action="ram:GetRole", resource=ROLE, context=None):
    policies = [compile_document({"Version": "1", "Statement": [item]}) for item in statements]
    return evaluate(policies, action, resource, context or {})


def test_nothing_allows_nothing():
    assert decide() is IMPLICIT


@pytest.mark.parametrize("order", [1, -1])
def test_deny_beats_allow_in_any_order(order):
    statements = [statement(), statement("Deny", "ram:GetRole")][::order]
    assert decide(*statements) is EXPLICIT
    assert decide(*statements, action="ram:ListRoles") is ALLOW


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("ram:GetRole", "ram:GetRole", ALLOW),
        ("RAM:getrole", "ram:GetRole", ALLOW),
        ("ram:Get*", "ram:GetRole", ALLOW),
        ("*", "ram:GetRole", ALLOW),
        ("ram:*", "sts:AssumeRole", IMPLICIT),
        ("ram:Get", "ram:GetRole", IMPLICIT),
        ("ram:GetRol?", "ram:GetRole", ALLOW),
        ("ram:GetRole?", "ram:GetRole", IMPLICIT),
        ("ram.GetRole", "ram:GetRole", IMPLICIT),
        (["ram:ListRoles", "ram:GetRole"], "ram:GetRole", ALLOW),
    ],
)
def test_actions(pattern, action, expected):
    assert decide(statement(action=pattern), action=action) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", ALLOW),
        (ROLE, ALLOW),
        ("acs:ram:*:1:role/*", ALLOW),
        ("acs:ram:*:*:role/Dep?oy", ALLOW),
        ("acs:ram:*:1:role/deploy", IMPLICIT),
        ("acs:ram:*:2:role/*", IMPLICIT),
        ("acs:ram:*:1:user/*", IMPLICIT),
        (["acs:ram:*:1:user/*", ROLE], ALLOW),
    ],
)
def test_resources(pattern, expected):
    assert decide(statement(resource=pattern)) is expected


def test_not_action_and_not_resource():
    not_action = statement(action=None, NotAction=["ram:Delete*", "ram:Get*"])
    assert decide(not_action) is IMPLICIT
    assert decide(not_action, action="ram:ListRoles") is ALLOW
    not_resource = statement(resource=None, NotResource="acs:ram:*:1:role/D*")
    assert decide(not_resource) is IMPLICIT
    assert decide(not_resource, resource="acs:ram:*:1:role/Other") is ALLOW


@pytest.mark.parametrize(
    ("operator", "values", "actual", "expected"),
    [
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", ["a"], "A", False),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringEqualsIgnoreCase", ["a"], "A", True),
        ("StringNotEqualsIgnoreCase", ["a"], "A", False),
        ("StringLike", ["a*c?"], "abbcd", True),
        ("StringLike", ["a*c?"], "abbc", False),
        ("StringNotLike", ["a*"], "b", True),
        ("StringNotLike", ["a*"], "ab", False),
        ("NumericEquals", ["10"], "10.0", True),
        ("NumericNotEquals", ["10"], "10", False),
        ("NumericLessThan", ["10"], "9", True),
        ("NumericLessThan", ["10"], "10", False),
        ("NumericLessThanEquals", ["10"], "10", True),
        ("NumericGreaterThan", ["9"], "10", True),
        ("NumericGreaterThan", ["10"], "10", False),
        ("NumericGreaterThanEquals", ["10"], "10", True),
        ("NumericEquals", ["ten"], "10", False),
        ("DateEquals", ["2026-01-01T08:00:00+08:00"], "2026-01-01T00:00:00Z", True),
        ("DateNotEquals", ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z", False),
        ("DateLessThan", ["2026-01-02T00:00:00Z"], "2026-01-01T00:00:00Z", True),
        ("DateLessThan", ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z", False),
        ("DateLessThanEquals", ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z", True),
        ("DateGreaterThan", ["2026-01-01T00:00:00Z"], "2026-01-02T00:00:00Z", True),
        ("DateGreaterThan", ["2026-01-02T00:00:00Z"], "2026-01-02T00:00:00Z", False),
        ("DateGreaterThanEquals", ["2026-01-02T00:00:00Z"], "2026-01-02T00:00:00Z", True),
        ("DateLessThan", ["tomorrow"], "2026-01-02T00:00:00Z", False),
        ("Bool", ["true"], "True", True),
        ("Bool", ["false"], "true", False),
        ("IpAddress", ["10.0.0.0/8", "192.0.2.1"], "192.0.2.1", True),
        ("IpAddress", ["10.0.0.0/8"], "192.0.2.1", False),
        ("NotIpAddress", ["10.0.0.0/8"], "10.1.1.1", False),
        ("NotIpAddress", ["10.0.0.0/8"], "192.0.2.1", True),
        ("IpAddress", ["nowhere"], "192.0.2.1", False),
        ("StringMatches", ["a"], "a", False),
    ],
)
def test_condition_operators(operator, values, actual, expected):
    assert condition_holds(operator, "key", values, {"key": actual}) is expected


def test_a_key_that_the_request_lacks():
    assert condition_holds("StringEquals", "key", ["a"], {}) is False
    assert condition_holds("StringNotEquals", "key", ["a"], {}) is True


def test_keys_and_operators_are_all_needed():
    condition = {"StringEquals": {"a": "1", "b": ["2", "3"]}, "Bool": {"c": "true"}}
    item = statement(Condition=condition)
    assert decide(item, context={"a": "1", "b": "3", "c": "true"}) is ALLOW
    assert decide(item, context={"a": "1", "b": "4", "c": "true"}) is IMPLICIT
    assert decide(item, context={"a": "1", "b": "3", "c": "false"}) is IMPLICIT


GOOD = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:*","Resource":["*","acs:oss:*:*:bucket/*"]}]}'


def test_a_good_document():
    check_policy(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"Version":"1"', '"Version":1', "Version"),
        ('"Version":"1"', '"Version":"2012-10-17"', "Version"),
        ('"Version":"1",', "", "Version"),
        ("[{", "{", "JSON"),
        ('[{"Effect', '{"Effect', "JSON"),
        ('"Allow"', '"allow"', "Statement[0].Effect"),
        ('"Effect":"Allow",', "", "Statement[0].Effect"),
        ('"Action":"ram:*",', "", "Action and NotAction"),
        ('"Action":"ram:*"', '"Action":"ram:*","NotAction":"ram:*"', "Action and NotAction"),
        ('"Action":"ram:*"', '"Action":"GetRole"', "Statement[0].Action"),
        ('"Action":"ram:*"', '"Action":[]', "Statement[0].Action"),
        ('"Action":"ram:*"', '"Action":[1]', "Statement[0].Action"),
        ('"Action":"ram:*"', '"Action":"ram:*","Sid":"x"', "Sid"),
        ('"Action":"ram:*"', '"Action":"ram:*","Principal":{"RAM":"*"}', "Principal"),
        ('"Action":"ram:*"', '"Action":"ram:*","Condition":{"ForAnyValue:StringEquals":{"a":"b"}}', "Condition"),
        ('"Action":"ram:*"', '"Action":"ram:*","Condition":{"Bool":{"a":true}}', "Condition.Bool.a"),
        ('"acs:oss:*:*:bucket/*"', '"bucket"', "Statement[0].Resource"),
    ],
)
def test_bad_documents(old, new, place):
    assert old in GOOD
    with pytest.raises(DocumentError) as caught:
        check_policy(GOOD.replace(old, new))
    assert place in str(caught.value)


def test_a_single_statement_object_is_refused():
    with pytest.raises(DocumentError, match="Statement"):
        check_policy('{"Version":"1","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}')


def test_trust_policies():
    good = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["x"]}}]}'
    check_trust_policy(good)
    for old, new in (('{"RAM":["x"]}', "{}"), ('"RAM"', '"AWS"'), ('"Action"', '"Resource":"*","Action"')):
        with pytest.raises(DocumentError):
            check_trust_policy(good.replace(old, new))
