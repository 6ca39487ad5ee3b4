# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents by property: what keeps their meaning, what changes it, and what any input may do."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any, Callable

import hypothesis
import pytest
from hypothesis import strategies as st

from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._policy.document import (
    equal,
    missing_actions,
    parse,
    read,
    render,
)

WHERE = "policy 'X': document"


def given(*args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    """Hypothesis's own, without its judgement of time, which fails on a busy machine."""
    patient = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
    return lambda test: patient(hypothesis.given(*args, **kwargs)(test))


# Few and short texts, so that two that are drawn are often the same, or differ by case only.
action_names = st.sampled_from(["*", "ecs:*", "ecs:Start?", "ecs:start?", "ecs:StartInstance", "ram:GetRole", "vpc:*"])
resource_names = st.sampled_from(["*", "acs:ecs:*:*:instance/i-1", "acs:ecs:*:*:instance/I-1", "acs:oss:*:*:é/中 x"])
values = st.sampled_from(["", "true", "True", "1", "192.0.2.0/24", 'quoted "a\\b"', "\u2028"])
operators = st.sampled_from(["StringEquals", "Bool", "NotIpAddress", "DateLessThan", "ForAnyValue:StringLikeIfExists"])
condition_keys = st.sampled_from(["acs:SourceIp", "acs:sourceip", "ram:ServiceName", "ecs:tag/x"])


def one_or_more(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.one_of(texts, st.lists(texts, min_size=1, max_size=4))


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    elements = [
        ("Effect", draw(st.sampled_from(["Allow", "Deny"]))),
        (draw(st.sampled_from(["Action", "NotAction"])), draw(one_or_more(action_names))),
        ("Resource", draw(one_or_more(resource_names))),
    ]
    if draw(st.booleans()):
        keys = st.dictionaries(condition_keys, one_or_more(values), min_size=1, max_size=2)
        elements.append(("Condition", draw(st.dictionaries(operators, keys, max_size=2))))
    return dict(draw(st.permutations(elements)))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    elements = [("Version", "1"), ("Statement", draw(st.lists(statements(), min_size=1, max_size=3)))]
    return dict(draw(st.permutations(elements)))


texts = st.text(st.characters(), max_size=6)  # lone surrogates included
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, values, action_names)
names = st.one_of(
    texts, operators, st.sampled_from("Version Statement Effect Action NotAction Resource Principal Condition".split())
)
any_json = st.recursive(
    st.one_of(scalars, statements()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=5)),
    max_leaves=15,
)


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A valid document of which one part, at any depth, is replaced, removed or joined by another."""
    result = {"": draw(documents())}
    parent: Any = result
    key: Any = ""
    while isinstance(parent[key], (dict, list)) and parent[key] and (parent is result or draw(st.integers(0, 3))):
        parent = parent[key]
        key = draw(st.sampled_from(list(parent) if isinstance(parent, dict) else range(len(parent))))
    how = draw(st.sampled_from(["replace", "remove", "join"]))
    if how == "remove" and parent is not result:
        del parent[key]
    elif how == "join" and isinstance(parent[key], dict):
        parent[key][draw(names)] = draw(any_json)
    elif how == "join" and isinstance(parent[key], list):
        parent[key].append(draw(any_json))
    else:
        parent[key] = draw(any_json)
    return result.get("")


observed = st.one_of(any_json, damaged(), documents())


# Rewrites that keep the meaning


def rewritten(document: dict[str, Any], random: Random) -> dict[str, Any]:
    """The same meaning in another spelling: keys, statements and lists shuffled, repeated, wrapped, unwrapped."""

    def shuffled(mapping: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
        return {name: change(mapping[name]) for name in random.sample(list(mapping), len(mapping))}

    def repeated(items: list[Any]) -> list[Any]:
        items = items + random.choices(items, k=random.randrange(3))
        return random.sample(items, len(items))

    def strings(value: Any) -> Any:
        items = repeated([value] if isinstance(value, str) else value)
        return items[0] if len(set(items)) == 1 and random.random() < 0.5 else items

    def statement(value: dict[str, Any]) -> dict[str, Any]:
        plain = {name: item for name, item in value.items() if name not in ("Effect", "Condition")}
        result = {"Effect": value["Effect"], **shuffled(plain, strings)}
        condition = shuffled(value.get("Condition", {}), lambda keys: shuffled(keys, strings))
        if condition or random.random() < 0.5:
            result["Condition"] = condition
        return shuffled(result, lambda item: item)

    changed = [statement(item) for item in repeated(document["Statement"])]
    return shuffled({**document, "Statement": changed}, lambda item: item)


@given(documents(), st.randoms(use_true_random=False))
def test_another_spelling_is_equal(document: dict[str, Any], random: Random) -> None:
    other = rewritten(document, random)
    assert equal(document, other)
    assert equal(parse(document, WHERE), parse(other, WHERE))
    assert equal(read(render(other)), parse(document, WHERE))


@given(documents(), st.sampled_from([None, 0, 3]), st.booleans())
def test_white_space_and_escapes_do_not_count(document: dict[str, Any], indent: int | None, escape: bool) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=escape)
    assert equal(read(text), document)
    assert parse(text, WHERE) == document


# Rewrites that change the meaning


def flip_effect(statement: dict[str, Any], random: Random) -> None:
    statement["Effect"] = "Deny" if statement["Effect"] == "Allow" else "Allow"


def swap_action_and_not_action(statement: dict[str, Any], random: Random) -> None:
    old, new = ("Action", "NotAction") if "Action" in statement else ("NotAction", "Action")
    statement[new] = statement.pop(old)


def string_lists(statement: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Where in a statement strings or lists of them stand, as pairs of an object and a key."""
    places = [(statement, name) for name in ("Action", "NotAction", "Resource") if name in statement]
    return places + [(keys, key) for keys in statement.get("Condition", {}).values() for key in keys]


def as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def add_string(statement: dict[str, Any], random: Random) -> None:
    holder, key = random.choice(string_lists(statement))
    holder[key] = [*as_list(holder[key]), "new:One"]


def change_string(statement: dict[str, Any], random: Random) -> None:
    holder, key = random.choice(string_lists(statement))
    gone = random.choice(as_list(holder[key]))
    holder[key] = ["new:One" if item == gone else item for item in as_list(holder[key])]


def drop_string(statement: dict[str, Any], random: Random) -> None:
    holder, key = random.choice(string_lists(statement))
    gone = random.choice(as_list(holder[key]))
    holder[key] = [item for item in as_list(holder[key]) if item != gone]


def unquote(statement: dict[str, Any], random: Random) -> None:
    holder, key = random.choice(string_lists(statement))
    holder[key] = random.choice([True, 1, 1.0, None])


def add_operator(statement: dict[str, Any], random: Random) -> None:
    statement["Condition"] = {**statement.get("Condition", {}), "IpAddress": {"acs:SourceIp": "192.0.2.1"}}


def add_key(statement: dict[str, Any], random: Random) -> None:
    condition = statement.setdefault("Condition", {})
    condition.setdefault("Bool", {})["new:Key"] = "x"


def rename_operator(statement: dict[str, Any], random: Random) -> None:
    condition = statement.setdefault("Condition", {"StringEquals": {"new:Key": "x"}})
    if not condition:
        add_operator(statement, random)
    else:
        condition["NumericEquals"] = condition.pop(random.choice(list(condition)))


def drop_element(statement: dict[str, Any], random: Random) -> None:
    del statement[random.choice([name for name in statement if statement[name] != {}])]


def add_element(statement: dict[str, Any], random: Random) -> None:
    statement[random.choice(["Principal", "NotResource", "Sid"])] = random.choice(["*", [], {}, None])


CHANGES = [
    flip_effect,
    swap_action_and_not_action,
    add_string,
    change_string,
    drop_string,
    unquote,
    add_operator,
    add_key,
    rename_operator,
    drop_element,
    add_element,
]


@pytest.mark.parametrize("change", CHANGES)
@given(statement=statements(), random=st.randoms(use_true_random=False))
def test_a_changed_statement_is_another(
    change: Callable[[dict[str, Any], Random], None], statement: dict[str, Any], random: Random
) -> None:
    changed = copy.deepcopy(statement)
    change(changed, random)
    before = {"Version": "1", "Statement": [statement]}
    after = {"Version": "1", "Statement": [changed]}
    assert not equal(before, after)
    assert not equal(after, before)
    # Also among others, and with what was there before.
    assert not equal(before, {"Version": "1", "Statement": [statement, changed]})
    assert not equal(rewritten(before, random), after)


@given(statements())
def test_case_counts(statement: dict[str, Any]) -> None:
    for number, (holder, key) in enumerate(string_lists(statement)):
        old = as_list(holder[key])
        new = [item.upper() for item in old]
        changed = copy.deepcopy(statement)
        holder, key = string_lists(changed)[number]
        holder[key] = new
        assert equal({"Statement": [statement]}, {"Statement": [changed]}) == (set(old) == set(new))


@given(documents(), statements())
def test_one_statement_more_counts_unless_it_is_there(document: dict[str, Any], statement: dict[str, Any]) -> None:
    there = any(equal({"Statement": [statement]}, {"Statement": [item]}) for item in document["Statement"])
    longer = {**document, "Statement": [*document["Statement"], statement]}
    assert equal(document, longer) == there
    assert equal(longer, document) == there


# Any input at all


@given(observed, observed)
def test_equal_is_reflexive_and_symmetric(left: Any, right: Any) -> None:
    assert equal(left, left) is True
    assert equal(left, copy.deepcopy(left)) is True
    assert equal(left, right) is equal(right, left)


@given(observed, st.sampled_from(["Version", "Statement", "Effect", "x"]))
def test_equal_tells_a_value_from_one_around_it(a: Any, name: str) -> None:
    assert not equal(a, {name: a})
    assert not equal(a, [a])
    assert not equal({"Statement": a}, {"Statement": {"Statement": a}})


@given(documents())
def test_parse_is_stable(document: dict[str, Any]) -> None:
    parsed = parse(document, WHERE)
    assert parsed == document
    assert parse(parsed, WHERE) == parsed
    assert parse(render(parsed), WHERE) == parsed
    assert list(parse(render(parsed), WHERE)) == list(document)
    assert read(render(parsed)) == parsed


def returns_or_refuses(declared: Any) -> None:
    before = copy.deepcopy(declared)
    try:
        parsed = parse(declared, WHERE)
    except DeclarationError as error:
        assert error.message.startswith(f"{WHERE}: ")
        error.message.encode("utf-8")
    else:
        assert equal(parsed, read(declared) if isinstance(declared, str) else declared)
        assert parse(render(parsed), WHERE) == parsed
    assert equal(declared, before)


@given(observed)
def test_parse_returns_or_refuses_any_value(value: Any) -> None:
    returns_or_refuses(value)


@given(observed, st.booleans())
def test_parse_returns_or_refuses_any_json_text(value: Any, escape: bool) -> None:
    returns_or_refuses(json.dumps(value, ensure_ascii=escape))


@given(
    st.one_of(st.text(), st.text('{}[]",: \\u019Eeran"'), documents().map(render)), st.text(max_size=2), st.integers(0)
)
def test_parse_returns_or_refuses_any_text(text: str, other: str, at: int) -> None:
    at %= len(text) + 1
    returns_or_refuses(text[:at] + other + text[at + 1 :])


@given(st.one_of(st.text(), st.none(), observed.map(json.dumps)))
def test_read_never_raises(text: str | None) -> None:
    result = read(text)
    assert equal(result, result)


actions = st.lists(st.sampled_from(["ecs:StartInstance", "ecs:Start1", "ram:GetRole", "vpc:X"]), max_size=4)


@given(observed, actions)
def test_missing_actions_are_some_of_those_asked_for(document: Any, asked: list[str]) -> None:
    missing = missing_actions(document, asked)
    rest = iter(asked)
    assert all(action in rest for action in missing)  # a subsequence: the order is kept


@given(documents(), actions, st.randoms(use_true_random=False))
def test_missing_actions_do_not_depend_on_the_spelling(
    document: dict[str, Any], asked: list[str], random: Random
) -> None:
    assert missing_actions(rewritten(document, random), asked) == missing_actions(document, asked)


@given(documents(), actions, action_names)
def test_a_deny_never_grants_and_an_allow_never_takes_away(
    document: dict[str, Any], asked: list[str], action: str
) -> None:
    def with_one_more(effect: str) -> set[str]:
        more = {"Effect": effect, "Action": action, "Resource": "*"}
        return set(missing_actions({**document, "Statement": [*document["Statement"], more]}, asked))

    missing = set(missing_actions(document, asked))
    assert with_one_more("Deny") >= missing
    assert with_one_more("Allow") <= missing
