# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy evaluation by property: against a plain reading of the documentation, and by the laws that follow from it."""

from __future__ import annotations

import calendar
import json
import time
from collections.abc import Mapping
from fractions import Fraction
from random import Random
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from alicloud_emulator import access, seed
from alicloud_emulator.authorize import OPERATORS, Decision, compile_document, condition_holds, evaluate, wildcard
from alicloud_emulator.diagnosis import decode_diagnosis
from alicloud_emulator.errors import ApiError
from alicloud_emulator.registry import Caller
from alicloud_emulator.store import Credential
from ansible_collections.alicloud.ram.tests.lib.amounts import amount
from ansible_collections.alicloud.ram.tests.lib.generated_policies import (
    KEYS,
    VALUES,
    Document,
    action_patterns,
    document,
    documents,
    family,
    one_or_more,
    requests,
    resource_patterns,
    statements,
)

patient = hypothesis.settings(
    deadline=None,
    max_examples=amount(80, 5000),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
patterns = st.one_of(st.text("ab*?", max_size=8), st.text("a.+[(^$\\|*?", max_size=8))
texts = st.text("ab.+[(^$\\|*?\n", max_size=10)
policy_lists = st.lists(documents, max_size=3)
Request = tuple[str, str, dict[str, str]]


def decide(policies: list[Document], request: Request) -> Decision:
    return evaluate([compile_document(policy) for policy in policies], *request)


# A plain reading


def like(pattern: str, text: str) -> bool:
    """By the meaning of the first character of the pattern."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(like(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and like(pattern[1:], text[1:])


def number(text: str) -> Fraction | None:
    digits = text.removeprefix("-").replace(".", "", 1)
    return Fraction(text) if digits.isdecimal() else None


def seconds(text: str) -> int | None:
    """Since the epoch."""
    day, offset = text.removesuffix("Z"), 0
    if day.endswith("+08:00"):
        day, offset = day.removesuffix("+08:00"), 8 * 3600
    for form in ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"):
        try:
            return calendar.timegm(time.strptime(day, form)) - offset
        except ValueError:
            pass
    return None


def bits(text: str) -> str | None:
    """An address or a network as its fixed bits, of IPv4 behind a 4 and of IPv6 behind a 6."""
    if ":" in text:
        return {"2001:db8::1": "6" + f"{0x20010DB8 << 96 | 1:0128b}", "::/0": "6"}.get(text)
    address, dummy, length = text.partition("/")
    parts = address.split(".")
    if len(parts) != 4:
        return None
    return ("4" + "".join(f"{int(part):08b}" for part in parts))[: 1 + int(length or 32)]


def meets(kind: str, test: str, actual: str, value: str) -> bool:
    """A comparison without negation, e.g. of the kind Numeric with the test LessThan."""
    if kind == "String":
        if test == "Like":
            return like(value, actual)
        return actual.lower() == value.lower() if test == "EqualsIgnoreCase" else actual == value
    if kind == "Bool":
        return actual.lower() == value.lower()
    if kind == "Ip":
        network, address = bits(value), bits(actual)
        return None not in (network, address) and "/" not in actual and str(address).startswith(str(network))
    left, right = (number(text) if kind == "Numeric" else seconds(text) for text in (actual, value))
    if left is None or right is None:
        return False
    return (test.endswith("Equals") and left == right) or (
        left < right if test.startswith("Less") else test.startswith("Greater") and left > right
    )


def holds(operator: str, key: str, values: Any, context: Mapping[str, str]) -> bool:
    negated = "Not" in operator
    kind = family(operator)
    test = operator.removeprefix(kind).replace("Not", "")
    values = [values] if isinstance(values, str) else values
    found = [value for value in values if key in context and meets(kind, test, context[key], value)]
    return not found if negated else bool(found)


def fits(statement: Document, name: str, text: str, fold: bool) -> bool:
    """Whether Action or Resource, or their opposites, take in a text."""
    for element, taken in ((name, True), (f"Not{name}", False)):
        if element in statement:
            values = statement[element]
            values = [values] if isinstance(values, str) else values
            return (
                any(like(value.lower() if fold else value, text.lower() if fold else text) for value in values) is taken
            )
    raise AssertionError(statement)


def applies(statement: Document, request: Request) -> bool:
    action, resource, context = request
    return (
        fits(statement, "Action", action, fold=True)
        and fits(statement, "Resource", resource, fold=False)
        and all(
            holds(operator, key, values, context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def expected(policies: list[Document], request: Request) -> Decision:
    effects = {item["Effect"] for policy in policies for item in policy["Statement"] if applies(item, request)}
    if "Deny" in effects:
        return Decision.EXPLICIT_DENY
    return Decision.ALLOW if effects else Decision.IMPLICIT_DENY


@patient
@hypothesis.given(patterns, texts)
def test_wildcards(pattern: str, text: str) -> None:
    assert wildcard(pattern)(text) is like(pattern, text)
    assert wildcard(f"*{pattern}*")(text) is any(
        like(pattern, text[start:end]) for start in range(len(text) + 1) for end in range(start, len(text) + 1)
    )


@pytest.mark.parametrize("operator", sorted(OPERATORS))
@patient
@hypothesis.given(st.data())
def test_operators(operator: str, data: st.DataObject) -> None:
    values = st.sampled_from(VALUES[family(operator)])
    wanted = data.draw(one_or_more(values))
    context = data.draw(st.dictionaries(st.sampled_from(KEYS), values))
    listed = [wanted] if isinstance(wanted, str) else wanted
    assert condition_holds(operator, KEYS[0], listed, context) is holds(operator, KEYS[0], wanted, context)


@patient
@hypothesis.given(st.sampled_from(sorted(OPERATORS)), st.text(max_size=8), st.text(max_size=8))
def test_operators_on_any_text(operator: str, wanted: str, actual: str) -> None:
    """They decide and do not fail; a negated operator is the opposite of the plain one."""
    found = condition_holds(operator, "key", [wanted], {"key": actual})
    plain = operator.replace("Not", "")
    assert found is (condition_holds(plain, "key", [wanted], {"key": actual}) ^ (plain != operator))


@patient
@hypothesis.given(policy_lists, requests)
def test_decisions(policies: list[Document], request: Request) -> None:
    assert decide(policies, request) is expected(policies, request)


# Laws


@patient
@hypothesis.given(policy_lists, requests, statements())
def test_a_deny_that_applies_always_wins(policies: list[Document], request: Request, statement: Document) -> None:
    deny = document({**statement, "Effect": "Deny"})
    applies_alone = decide([deny], request) is Decision.EXPLICIT_DENY
    for place in range(len(policies) + 1):
        found = decide([*policies[:place], deny, *policies[place:]], request)
        assert found is (Decision.EXPLICIT_DENY if applies_alone else decide(policies, request))


@patient
@hypothesis.given(policy_lists, requests, statements())
def test_another_allow_takes_nothing_away(policies: list[Document], request: Request, statement: Document) -> None:
    before = decide(policies, request)
    after = decide([*policies, document({**statement, "Effect": "Allow"})], request)
    assert after is before or (before, after) == (Decision.IMPLICIT_DENY, Decision.ALLOW)


@patient
@hypothesis.given(policy_lists, requests, st.randoms(use_true_random=False))
def test_order_and_division_do_not_matter(policies: list[Document], request: Request, random: Random) -> None:
    """Statements may be in any order, in one policy or in several, and more than once."""
    items = [item for policy in policies for item in policy["Statement"]]
    items += random.choices(items, k=random.randrange(3)) if items else []
    random.shuffle(items)
    place = random.randrange(len(items) + 1)
    parted = [document(*part) for part in (items[:place], items[place:])]
    assert decide(parted, request) is decide(policies, request)


def respelled(value: Any, random: Random) -> Any:
    """The same document with strings as lists of one, such lists as strings, and lists shuffled."""
    if isinstance(value, dict):
        keep = ("Effect", "Version")
        return {key: item if key in keep else respelled(item, random) for key, item in value.items()}
    if isinstance(value, str):
        return [value] if random.random() < 0.5 else value
    if all(isinstance(item, str) for item in value):
        return value[0] if len(value) == 1 else random.sample(value, len(value))
    return [respelled(item, random) for item in value]


@patient
@hypothesis.given(policy_lists, requests, st.randoms(use_true_random=False))
def test_a_string_is_a_list_of_one(policies: list[Document], request: Request, random: Random) -> None:
    assert decide([respelled(policy, random) for policy in policies], request) is decide(policies, request)


@pytest.mark.parametrize(("name", "place"), [("Action", 0), ("Resource", 1)])
@patient
@hypothesis.given(st.data(), requests)
def test_the_opposite_is_the_complement(name: str, place: int, data: st.DataObject, request: Request) -> None:
    values = data.draw(one_or_more((action_patterns, resource_patterns)[place]))
    items = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    plain = decide([document({**items, name: values})], request)
    del items[name]
    opposite = decide([document({**items, f"Not{name}": values})], request)
    assert {plain, opposite} == {Decision.ALLOW, Decision.IMPLICIT_DENY}


@patient
@hypothesis.given(policy_lists, requests)
def test_the_case_of_actions_does_not_matter(policies: list[Document], request: Request) -> None:
    action, *rest = request
    swapped = (action.swapcase(), *rest)
    assert decide(policies, swapped) is decide(policies, request)


# Through the caller's identity


def world_of(user: list[Document], group: list[Document], role: list[Document]) -> tuple[Any, Any]:
    """A world and its one account, where the user u is in the group g and there is the role r; each has policies."""
    world = seed.new_world()
    named = {
        holder: [{"name": f"{holder}{number}", "document": policy} for number, policy in enumerate(policies)]
        for holder, policies in (("u", user), ("g", group), ("r", role))
    }
    held = {holder: [{"name": item["name"], "type": "Custom"} for item in items] for holder, items in named.items()}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": "acs:ram::1000000000000001:root"}}
    account = {
        "account_id": "1000000000000001",
        "users": [{"name": "u", "groups": ["g"], "policies": held["u"]}],
        "groups": [{"name": "g", "policies": held["g"]}],
        "roles": [{"name": "r", "trust_policy": document(trust), "policies": held["r"]}],
        "policies": [item for items in named.values() for item in items],
    }
    seed.apply(world, {"accounts": [account]}, 0.0)
    return world, world.accounts["1000000000000001"]


def authorised(world: Any, account: Any, request: Request, **credential: Any) -> tuple[Decision, dict[str, Any]]:
    """The decision, and the detail of a refusal."""
    action, resource, context = request
    key = Credential("id", "secret", account.id, **credential)
    try:
        access.authorise(world, Caller(key, account), action, [resource], context)
    except ApiError as refusal:
        assert refusal.code == "NoPermission" and refusal.detail
        return Decision(refusal.detail["NoPermissionType"]), refusal.detail
    return Decision.ALLOW, {}


small = st.lists(documents, max_size=2)


@patient
@hypothesis.given(small, small, requests)
def test_a_user_has_its_own_policies_and_its_groups(
    user: list[Document], group: list[Document], request: Request
) -> None:
    everything = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
    world, account = world_of(user, group, [everything])
    found, detail = authorised(world, account, request, kind="user", name="u")
    assert found is decide(user + group, request)
    if detail:
        diagnosis = decode_diagnosis(detail["EncodedDiagnosticMessage"])
        assert diagnosis["ExplicitDeny"] is (found is Decision.EXPLICIT_DENY)
        wanted = {
            (f"{holder}{number}", "Deny" if decision is Decision.EXPLICIT_DENY else "Allow")
            for holder, policies in (("u", user), ("g", group))
            for number, policy in enumerate(policies)
            if (decision := decide([policy], request)) is not Decision.IMPLICIT_DENY
        }
        assert {(item["PolicyIdentifier"], item["Effect"]) for item in diagnosis["MatchedPolicies"]} == wanted


@patient
@hypothesis.given(small, documents, requests)
def test_a_session_s_policy_never_widens(role: list[Document], session: Document, request: Request) -> None:
    """A session may do what both the role and the session's policy allow."""
    world, account = world_of([], [], role)
    who = {"kind": "session", "name": "r", "role_id": account.role("r").id, "session_name": "s"}
    plain, dummy = authorised(world, account, request, **who)
    assert plain is decide(role, request)
    # A role that was deleted and made again is another one.
    assert authorised(world, account, request, **{**who, "role_id": "0"})[0] is Decision.IMPLICIT_DENY
    narrowed, detail = authorised(world, account, request, **who, policy=json.dumps(session))
    own = decide([session], request)
    assert narrowed is (own if own is not Decision.ALLOW else plain)
    if detail:
        wanted = "AccountLevelIdentityBasedPolicy" if own is Decision.ALLOW else "SessionPolicy"
        assert detail["PolicyType"] == wanted
