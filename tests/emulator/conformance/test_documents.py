# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The grammar of policy documents, as pure functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from alicloud_emulator.authorize import OPERATORS, compile_text, evaluate
from alicloud_emulator.documents import DocumentError, check_policy, check_trust_policy
from alicloud_emulator.seed import new_world
from ansible_collections.alicloud.ram.tests.lib.amounts import amount

patient = hypothesis.settings(
    deadline=None,
    max_examples=amount(80, 5000),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)

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
        ('"acs:oss:*:*:bucket/*"', '"acs:oss:*"', "Statement[0].Resource"),
        ('"acs:oss:*:*:bucket/*"', '"acs:oss:*:*:"', "Statement[0].Resource"),
        ('"acs:oss:*:*:bucket/*"', '"acs::*:*:bucket"', "Statement[0].Resource"),
        ('"acs:oss:*:*:bucket/*"', '"arn:oss:*:*:bucket"', "Statement[0].Resource"),
        ('"acs:oss:*:*:bucket/*"', '""', "Statement[0].Resource"),
        ('["*","acs:oss:*:*:bucket/*"]', "null", "Statement[0].Resource"),
        ('["*","acs:oss:*:*:bucket/*"]', '{"a":"*"}', "Statement[0].Resource"),
        ('["*","acs:oss:*:*:bucket/*"]', '[["*"]]', "Statement[0].Resource"),
        ('"Resource":', '"NotResource":"*","Resource":', "Resource and NotResource"),
        ('"Effect":"Allow"', '"Effect":["Allow"]', "Statement[0].Effect"),
        ('"Effect":"Allow"', '"Effect":{}', "Statement[0].Effect"),
        ('"Effect":"Allow"', '"Effect":"Deny","Effect":"Allow"', "'Effect' is there more than once"),
        ('"Action":"ram:*"', '"Action":"ram:*","Action":"ram:*"', "'Action' is there more than once"),
        ('"Action":"ram:*"', '"Action":"ram:*","Condition":[]', "Condition"),
        ('"Action":"ram:*"', '"Action":"ram:*","Condition":{"Bool":{}}', "Condition.Bool"),
        ('"Action":"ram:*"', '"Action":"ram:*","Condition":{"bool":{"a":"true"}}', "Condition"),
        ('"Action":"ram:*"', '"Action":"ram:*","Condition":{"BoolIfExists":{"a":"true"}}', "Condition"),
        ('"Action":"ram:*"', '"Action":"ram:*","Condition":{"NumericEquals":{"a":1}}', "Condition.NumericEquals.a"),
        ('"Action":"ram:*"', '"Action":"ram:*","Condition":{"Bool":{"a":[]}}', "Condition.Bool.a"),
        ('"Action":"ram:*"', '"Action":"ram:"', "Statement[0].Action"),
        ('"Action":"ram:*"', '"Action":":*"', "Statement[0].Action"),
        ('"Action":"ram:*"', '"Action":""', "Statement[0].Action"),
        ('"Action":"ram:*"', '"Action":NaN', "Statement[0].Action"),
        ('"Version":"1"', '"version":"1"', "'version'"),
        ('"Version":"1"', '"Version":1.0', "Version"),
        ('"Version":"1"', '"Version":1e999', "Version"),
        ('"Version":"1"', '"Version":"1","Id":"x"', "'Id'"),
    ],
)
def test_bad_documents(old, new, place):
    assert old in GOOD
    with pytest.raises(DocumentError) as caught:
        check_policy(GOOD.replace(old, new))
    assert place in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"1"',
        "NaN",
        "\ufeff" + GOOD,
        GOOD + GOOD,
        GOOD.encode().decode("utf-16-le", "replace"),
        "[" * 6000,
        '{"Version":"1","Statement":' + "[" * 3000 + "]" * 3000 + "}",
        '{"a":' * 1200,
        '{"Version":' + "1" * 6000 + "}",
        '{"Version":"1","Statement":[]}',
        '{"Version":"1","Statement":[null]}',
        '{"Version":"1","Statement":[[]]}',
        '{"Version":"1","Statement":["Allow"]}',
        '{"Statement":[]}',
        '{"\\ud800":1}',
        "\ud800",
        "\x00",
    ],
)
def test_texts_that_are_no_policy(text):
    for check in (check_policy, check_trust_policy):
        with pytest.raises(DocumentError):
            check(text)


@pytest.mark.parametrize("name", ["\x00", "\ud800", "\u2028", "\ufffe", "a\nb"])
@pytest.mark.parametrize(
    "template",
    [
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{NAME:true}}}]}',
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{NAME:{}}}]}',
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":NAME,"Resource":"*"}]}',
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":NAME}]}',
        "{NAME:{},NAME:{}}",
    ],
)
def test_what_a_message_quotes_can_be_sent(template, name):
    with pytest.raises(DocumentError) as caught:
        check_policy(template.replace("NAME", json.dumps(name)))
    assert str(caught.value).isprintable()


def test_what_is_unusual_but_good():
    for old, new in (
        ('"ram:*"', '["*","ims:Get?ser","ecs:描述*"]'),
        ('"*","acs', '"acs:ram::1000000000000001:role/x","acs:ecs:::a:b:c","acs'),
        ('"Action":"ram:*"', '"NotAction":["ram:*"],"Condition":{}'),
        ('"Action":"ram:*"', '"Action":"ram:*","Condition":{"StringLike":{"\\ud800":["","*"]}}'),
    ):
        assert old in GOOD
        check_policy(GOOD.replace(old, new))
    check_policy(json.dumps(json.loads(GOOD), indent=4) + "\n")


def test_the_system_policies_are_good():
    policies = new_world().system_policies
    assert "AdministratorAccess" in policies
    for policy in policies.values():
        check_policy(policy.document)


def test_a_single_statement_object_is_refused():
    with pytest.raises(DocumentError, match="Statement"):
        check_policy('{"Version":"1","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}')


def test_trust_policies():
    good = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["x"]}}]}'
    check_trust_policy(good)
    for old, new in (('{"RAM":["x"]}', "{}"), ('"RAM"', '"AWS"'), ('"Action"', '"Resource":"*","Action"')):
        with pytest.raises(DocumentError):
            check_trust_policy(good.replace(old, new))


def test_trust_policies_that_are_none():
    good = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["x"]}}]}'
    for old, new in (
        ('"Principal":{"RAM":["x"]}', '"Resource":"*"'),
        ('{"RAM":["x"]}', '"*"'),
        ('{"RAM":["x"]}', '["acs:ram::1:root"]'),
        ('["x"]', "[]"),
        ('["x"]', "[1]"),
        ('["x"]', '{"x":"y"}'),
        ('{"RAM":["x"]}', '{"RAM":["x"],"RAM":["y"]}'),
        ('"Principal"', '"NotPrincipal"'),
    ):
        assert old in good
        with pytest.raises(DocumentError):
            check_trust_policy(good.replace(old, new))


# Any text

texts = st.text(st.characters(), max_size=6)  # lone surrogates included
actions = st.sampled_from(["*", "ram:*", "ram:Get?ole", "*:List*", "ecs:描述"])
resources = st.sampled_from(["*", "acs:ram:*:*:role/*", "acs:ram::1:root", "acs:oss:*:*:a:b"])
values = st.one_of(texts, st.sampled_from(["true", "10.0.0.0/8", "2026-01-01T00:00:00Z", "7", "*"]))


def one_or_more(strings: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.one_of(strings, st.lists(strings, min_size=1, max_size=3))


@st.composite
def documents(draw: st.DrawFn, trust: bool) -> dict[str, Any]:
    """A document within the grammar."""
    conditions = st.dictionaries(
        st.sampled_from(sorted(OPERATORS)), st.dictionaries(texts, one_or_more(values), min_size=1, max_size=2)
    )
    if trust:
        kinds = st.sampled_from(["RAM", "Service", "Federated"])
        about = st.tuples(st.just("Principal"), st.dictionaries(kinds, one_or_more(texts), min_size=1))
    else:
        about = st.tuples(st.sampled_from(["Resource", "NotResource"]), one_or_more(resources))
    statements = []
    for dummy in range(draw(st.integers(1, 3))):
        statement = {
            "Effect": draw(st.sampled_from(["Allow", "Deny"])),
            draw(st.sampled_from(["Action", "NotAction"])): draw(one_or_more(actions)),
            **dict([draw(about)]),
        }
        if draw(st.booleans()):
            statement["Condition"] = draw(conditions)
        statements.append(statement)
    return {"Version": "1", "Statement": statements}


any_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, actions),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """The text of a document with one part replaced, removed or added, or with a few of its characters changed."""
    whole = {"": draw(documents(draw(st.booleans())))}
    parent: Any = whole
    key: Any = ""
    while isinstance(parent[key], (dict, list)) and parent[key] and draw(st.integers(0, 3)):
        parent = parent[key]
        key = draw(st.sampled_from(list(parent) if isinstance(parent, dict) else range(len(parent))))
    how = draw(st.sampled_from(["replace", "remove", "add", "text"]))
    if how == "remove" and parent is not whole:
        del parent[key]
    elif how == "add" and isinstance(parent[key], dict):
        parent[key][draw(texts)] = draw(any_json)
    elif how == "replace":
        parent[key] = draw(any_json)
    text = json.dumps(whole.get(""))
    if how == "text":
        start, length = draw(st.integers(0, len(text))), draw(st.integers(0, 4))
        text = text[:start] + draw(st.one_of(st.just(text[start : start + length] * 2), texts)) + text[start + length :]
    return text


def judge(text: str, check: Callable[[str], None]) -> bool:
    """Whether a text is good. What is good can be decided by, and nothing but DocumentError tells what is not."""
    try:
        check(text)
    except DocumentError as exc:
        assert str(exc).isprintable()
        return False
    policy = compile_text(text)
    assert len(policy) == len(json.loads(text)["Statement"]) > 0
    evaluate([policy], "ram:GetRole", "acs:ram:*:1:role/x", {"acs:SourceIp": "192.0.2.1"})
    return True


@patient
@hypothesis.given(st.booleans(), st.data())
def test_every_document_of_the_grammar_is_good(trust: bool, data: st.DataObject) -> None:
    text = json.dumps(data.draw(documents(trust)), indent=data.draw(st.sampled_from([None, 0, 4])))
    assert judge(text, check_trust_policy if trust else check_policy)
    assert not judge(text, check_policy if trust else check_trust_policy)


@patient
@hypothesis.given(st.one_of(st.text(max_size=30), any_json.map(json.dumps), damaged(), damaged()))
def test_any_text_is_good_or_refused(text: str) -> None:
    assert not (judge(text, check_policy) and judge(text, check_trust_policy))
