# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning by property: what is planned, done and predicted, for any declaration in any account."""

from __future__ import annotations

import asyncio
import copy
import json
from dataclasses import replace
from typing import Any, Callable

import hypothesis
import pytest
from hypothesis import strategies as st

from ansible_collections.alicloud.ram.plugins.module_utils._engine.converge import RunResult, converge
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ConflictError,
    DeclarationError,
    RamError,
)
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._resources import policy as policies
from ansible_collections.alicloud.ram.plugins.module_utils._resources import principal_policies, service_linked_role
from ansible_collections.alicloud.ram.plugins.module_utils._resources import tags as tags_of
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import PolicyRef, Principal
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import References, Resource, Stage
from ansible_collections.alicloud.ram.plugins.module_utils._resources.policy import Policy
from ansible_collections.alicloud.ram.plugins.module_utils._resources.principal_policies import PrincipalPolicies
from ansible_collections.alicloud.ram.plugins.module_utils._resources.service_linked_role import ServiceLinkedRole
from ansible_collections.alicloud.ram.tests.lib.table_account import LINKED, SYSTEM, Account, document, refusal


def given(*args: Any, derandomize: bool = False, **kwargs: Any) -> Callable[[Any], Any]:
    """Hypothesis's own, without its judgement of time, which fails on a busy machine."""
    patient = hypothesis.settings(
        deadline=None,
        max_examples=60,
        derandomize=derandomize,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    return lambda test: patient(hypothesis.given(*args, **kwargs)(test))


def given_often(least: int, strategy: Any) -> Callable[[Any], Any]:
    """``given`` for a test that returns whether it met what it is about, which ``least`` of the 60 examples have to.

    The examples are the same each time, so that this does not fail by chance.
    """

    def decorate(test: Any) -> Any:
        def run() -> None:
            met = 0

            @given(strategy, derandomize=True)
            def example(drawn: Any) -> None:
                nonlocal met
                met += test(drawn)

            example()
            assert met >= least

        return run

    return decorate


# Strategies

NAMES = ["p", "q", "r"]
PRINCIPALS = [Principal("user", "alice"), Principal("group", "ops"), Principal("role", "ci"), LINKED]
REFS = [PolicyRef(name, "Custom") for name in NAMES] + [PolicyRef(name, "System") for name in SYSTEM]
REFS += [PolicyRef("p", "System"), PolicyRef("Admin", "Custom")]  # which do not exist

documents = st.builds(document, st.sampled_from("abc"), st.booleans())
descriptions = st.sampled_from(["", "one", "two"])
tag_sets = st.dictionaries(st.sampled_from(["k", "l", tags_of.OWNER_TAG]), st.sampled_from(["", "x", "me"]))
refs = st.lists(st.sampled_from(REFS), unique=True, max_size=4).map(lambda found: tuple(sorted(found)))


def existing(account: Account, principal: Principal | None = None) -> list[PolicyRef]:
    """The policies that there are; of those that a service-linked role can have, there are no custom ones."""
    return [
        policy
        for policy in REFS
        if policy.name in (account.policies if policy.type == "Custom" else SYSTEM)
        and (principal != LINKED or policy.type == "System")
    ]


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    account = Account(draw(st.sampled_from(["user/administrator", "user/alice", "role/ci"])))
    for name in draw(st.sets(st.sampled_from(NAMES))):
        texts = draw(st.lists(documents.map(_document.render), min_size=1, max_size=policies.MAX_VERSIONS))
        first = draw(st.integers(1, 8))  # so that v9 and v10 meet
        versions = dict(enumerate(texts, first))
        account.policies[name] = {
            "description": draw(descriptions),
            "versions": versions,
            "default": draw(st.sampled_from(list(versions))),
            "tags": draw(tag_sets),
        }
    account.principals = {LINKED, *draw(st.sets(st.sampled_from(PRINCIPALS)))}
    for principal in sorted(account.principals):
        for policy in draw(st.sets(st.sampled_from(existing(account, principal)))):
            account.attached.add((principal, policy))
    if account.caller == "user/alice":
        account.groups_of_caller = draw(st.lists(st.just("ops"), max_size=1))
    return account


@st.composite
def declared_policies(draw: st.DrawFn, **fixed: Any) -> Policy:
    present = fixed.pop("present", draw(st.booleans()))
    managed_by = draw(st.sampled_from([None, "me"]))
    return replace(
        Policy(
            name=draw(st.sampled_from(NAMES)),
            document=draw(documents) if present else None,
            description=draw(st.sampled_from([None, "one", "two"])),
            tags=draw(st.none() | tag_sets.map(lambda tags: {**tags, tags_of.OWNER_TAG: "me"})),
            purge_tags=draw(st.booleans()),
            present=present,
            rotate_versions=draw(st.booleans()),
            detach=draw(st.booleans()),
            allow_self=draw(st.booleans()),
            managed_by=managed_by,
            adopt=draw(st.booleans()),
        ),
        **fixed,
    )


@st.composite
def declared_principals(draw: st.DrawFn, **fixed: Any) -> PrincipalPolicies:
    present = draw(st.booleans())
    return replace(
        PrincipalPolicies(
            principal=draw(st.sampled_from(PRINCIPALS)),
            policies=draw(refs),
            present=present,
            exclusive=present and draw(st.booleans()),
            allow_self=draw(st.booleans()),
        ),
        **fixed,
    )


def one_of_each(resources: list[Resource]) -> list[Resource]:
    return list({resource.identity: resource for resource in resources}.values())


# As a baseline declares them.
baselines = st.lists(
    st.one_of(
        declared_policies(),
        declared_principals().map(lambda resource: replace(resource, declared_only=not resource.exclusive)),
    ),
    min_size=1,
    max_size=5,
).map(one_of_each)


LOOP = asyncio.new_event_loop()  # one for all, because thousands of runs would spend their time on making theirs


def now(coroutine: Any) -> Any:
    return LOOP.run_until_complete(coroutine)


def outcome(account: Account, resources: list[Resource], **modes: bool) -> RunResult | str:
    """What a run did, or why it refused."""
    try:
        return asyncio.run(converge(account, resources, **modes))  # type: ignore[arg-type]
    except (ConflictError, DeclarationError) as error:
        return error.message


@st.composite
def baselines_in_accounts(draw: st.DrawFn) -> tuple[Account, list[Resource]]:
    """An account and what a baseline declares in it, most often without what would be refused."""
    account, drawn = draw(accounts()), draw(baselines)
    if not draw(st.sampled_from([True, True, True, False])):
        return account, drawn
    kept: list[Resource] = []
    for resource in drawn:
        if isinstance(outcome(copy.deepcopy(account), [*kept, resource], check_mode=True), RunResult):
            kept.append(resource)
    return account, kept


@st.composite
def full_policies(draw: st.DrawFn) -> tuple[Account, Policy]:
    """An account with a policy that has as many versions as can be, or one less, and what is declared of it."""
    account = draw(accounts())
    texts = st.builds(document, st.sampled_from("ab"), st.booleans()).map(_document.render)
    number = policies.MAX_VERSIONS - draw(st.sampled_from([0, 0, 1]))
    versions = dict(enumerate(draw(st.lists(texts, min_size=number, max_size=number)), draw(st.integers(1, 8))))
    account.policies.setdefault("p", {"description": "", "tags": {}})
    account.policies["p"].update(versions=versions, default=draw(st.sampled_from(list(versions))))
    meaning = draw(st.sampled_from("cccab"))
    fixed = {"name": "p", "document": document(meaning), "managed_by": None, "rotate_versions": False, "tags": None}
    return account, draw(declared_policies(present=True, **fixed))


@st.composite
def detachments(draw: st.DrawFn) -> tuple[Account, PrincipalPolicies, set[PolicyRef], bool]:
    """An account, what is declared of a principal in it, the policies that go by that, and whether it is the caller."""
    account = draw(accounts())
    account.caller = draw(st.sampled_from(["user/alice", "role/ci", account.caller]))
    principals = PRINCIPALS[:3]
    own = [one for one in principals if f"{one.kind}/{one.name}" == account.caller]
    own += [
        one
        for one in principals
        if one.kind == "group" and account.caller == "user/alice" and one.name in account.groups_of_caller
    ]
    principal = draw(st.sampled_from(own * 9 + principals))
    account.principals.add(principal)
    held = draw(st.sets(st.sampled_from(existing(account)), min_size=1))
    account.attached = {pair for pair in account.attached if pair[0] != principal} | {(principal, one) for one in held}
    exclusive = draw(st.booleans())
    listed = draw(st.sets(st.sampled_from(sorted(held) + existing(account)), min_size=1, max_size=2))
    gone = held - listed if exclusive else held & listed
    declared = PrincipalPolicies(principal, tuple(sorted(listed)), present=exclusive, exclusive=exclusive)
    return account, declared, gone, principal in own


def described(changes: list[Any]) -> list[Any]:
    return [change.describe() for change in changes]


def perform(account: Account, changes: list[Any]) -> None:
    for change in sorted(changes, key=lambda change: change.stage):
        now(account.call(change.operation, **change.parameters))


def planned(resource: Resource, account: Account, references: References | None = None) -> Any:
    """(observed, plan), with the example left out where the declaration is refused."""
    observed = now(resource.observe(account))
    try:
        return observed, resource.plan(observed, references or References())
    except (ConflictError, DeclarationError):
        hypothesis.reject()


def comparable(view: Any, other: Any) -> Any:
    """A view without tags where the other one, for which they were not needed, has none."""
    shown = {key: value for key, value in view.items() if key != "tags" or "tags" in other}
    if "policy_document" in shown:
        shown["policy_document"] = _document._normal(shown["policy_document"])  # pylint: disable=protected-access
    return shown


# One resource


single = st.one_of(declared_policies(), declared_principals(), declared_principals(by_policy=True, exclusive=False))


@given(accounts(), single)
def test_the_changes_lead_to_what_the_plan_says(account: Account, resource: Resource) -> None:
    dummy, plan = planned(resource, account)
    perform(account, plan.changes)
    seen, predicted = resource.diff_view(now(resource.observe(account))), resource.diff_view(plan.after)
    assert comparable(seen, predicted) == comparable(predicted, seen)


@given(accounts(), single)
def test_after_the_changes_there_are_none(account: Account, resource: Resource) -> None:
    dummy, plan = planned(resource, account)
    assert not resource.plan(plan.after, References()).changes
    perform(account, plan.changes)
    again = planned(resource, account)[1]
    assert not again.changes and not again.assumed


@given(accounts(), single)
def test_every_change_tells_whether_it_is_done(account: Account, resource: Resource) -> None:
    observed, plan = planned(resource, account)
    for change in sorted(plan.changes, key=lambda change: change.stage):
        assert change.is_visible(now(change.resource.observe(account))) is False
        now(account.call(change.operation, **change.parameters))
        assert change.is_visible(now(change.resource.observe(account))) is True
        # The observation that was planned from shows what will be there again if the write has no effect.
        assert change.shows(observed) != change.wanted and change.is_visible(plan.after)


@given(accounts(), single)
def test_planning_changes_nothing_it_is_given(account: Account, resource: Resource) -> None:
    before, observed = account.data(), now(resource.observe(account))
    kept = copy.deepcopy((resource, observed))
    try:
        first = resource.plan(observed, References())
        second = resource.plan(observed, References())
    except (ConflictError, DeclarationError):
        pass
    else:
        assert described(first.changes) == described(second.changes) and first.after == second.after
    assert account.data() == before and account.writes == [] and (resource, observed) == kept


@given(accounts(), declared_policies(present=False))
def test_absent_leaves_nothing(account: Account, policy: Policy) -> None:
    observed, plan = planned(policy, account)
    assert policy.result(plan.after) == {} and policy.diff_view(plan.after) == {}
    perform(account, plan.changes)
    assert policy.name not in account.policies
    assert not any(held == PolicyRef(policy.name, "Custom") for dummy, held in account.attached)
    assert bool(plan.changes) == (observed.policy is not None)


@given(accounts(), declared_policies(present=False, detach=False), st.sets(st.sampled_from(PRINCIPALS[:3]), min_size=1))
def test_an_attached_policy_is_kept_unless_told_otherwise(
    account: Account, policy: Policy, holders: set[Principal]
) -> None:
    hypothesis.assume(policy.name in account.policies)
    account.principals.update(holders)
    account.attached.update((holder, PolicyRef(policy.name, "Custom")) for holder in holders)
    observed = now(policy.observe(account))
    assert holders <= set(observed.holders)
    with pytest.raises(ConflictError) as caught:
        policy.plan(observed, References())
    if "attached_to" in caught.value.details:
        named = {(holder["kind"], holder["name"]) for holder in caught.value.details["attached_to"]}
        assert named == {(holder.kind, holder.name) for holder in observed.holders}
        assert all(str(holder) in caught.value.message for holder in observed.holders)
    else:
        assert policy.managed_by and not policy.adopt


@given(accounts(), declared_policies(present=False, detach=True, allow_self=False, managed_by=None))
def test_a_policy_is_not_taken_from_the_caller(account: Account, policy: Policy) -> None:
    held = {holder for holder, ref in account.attached if ref == PolicyRef(policy.name, "Custom")}
    own = {holder for holder in held if f"{holder.kind}/{holder.name}" == account.caller}
    own |= {holder for holder in held if holder.kind == "group" and holder.name in account.groups_of_caller}
    observed = now(policy.observe(account))
    if own:
        with pytest.raises(ConflictError, match="allow_self"):
            policy.plan(observed, References())
    else:
        policy.plan(observed, References())
    replace(policy, allow_self=True).plan(now(replace(policy, allow_self=True).observe(account)), References())


@given(accounts(), declared_policies(present=True, managed_by=None, tags=None, purge_tags=False))
def test_an_older_version_of_equal_meaning_is_chosen(account: Account, policy: Policy) -> None:
    dummy, plan = planned(policy, account)
    hypothesis.assume(policy.name in account.policies)
    found = account.policies[policy.name]
    meant = [
        number for number, text in found["versions"].items() if _document.equal(_document.read(text), policy.document)
    ]
    operations = [change.operation for change in plan.changes if "Version" in change.operation]
    if found["default"] in meant:
        assert operations == []
    elif meant:
        assert operations == ["SetDefaultPolicyVersion"]
        chosen = next(change for change in plan.changes if change.operation == operations[0])
        assert chosen.parameters["VersionId"] == f"v{max(meant)}"
    else:
        assert operations == ["CreatePolicyVersion"]


@given_often(12, full_policies())
def test_no_version_goes_unless_it_may(drawn: tuple[Account, Policy]) -> bool:
    account, policy = drawn
    before = dict(account.policies["p"]["versions"])
    there = any(_document.equal(_document.read(text), policy.document) for text in before.values())
    full = len(before) == policies.MAX_VERSIONS and not there
    try:
        plan = policy.plan(now(policy.observe(account)), References())
    except ConflictError as error:
        assert full and "rotate_versions" in error.message
    else:
        assert not full
        perform(account, plan.changes)
        assert before.items() <= account.policies["p"]["versions"].items()
    return full


def test_at_the_limit_the_oldest_version_that_is_not_the_default_goes() -> None:
    account = Account()
    account.CreatePolicy("p", _document.render(document("a")))
    versions = {number: _document.render(document("ab"[number % 2])) for number in range(8, 8 + policies.MAX_VERSIONS)}
    account.policies["p"].update(versions=versions, default=8)
    for rotate in (True, False):
        policy = Policy("p", document("c"), rotate_versions=rotate)
        observed = now(policy.observe(account))
        if not rotate:
            with pytest.raises(ConflictError, match="5 versions.*v8, v9, v10, v11, v12.*rotate_versions: true"):
                policy.plan(observed, References())
            continue
        (change,) = policy.plan(observed, References()).changes
        assert change.describe()["removes"] == "version v9"
        copied = copy.deepcopy(account)
        perform(copied, [change])
        assert sorted(copied.policies["p"]["versions"]) == [8, 10, 11, 12, 13]
    del versions[12]
    (change,) = (
        Policy("p", document("c"), rotate_versions=False)
        .plan(now(Policy("p", document("c")).observe(account)), References())
        .changes
    )
    assert "removes" not in change.describe() and "RotateStrategy" not in change.parameters


@given(accounts(), declared_policies(managed_by="me", adopt=False))
def test_an_unmarked_policy_is_left_alone(account: Account, policy: Policy) -> None:
    hypothesis.assume(policy.name in account.policies)
    observed = now(policy.observe(account))
    marked = account.policies[policy.name]["tags"].get(tags_of.OWNER_TAG) == "me"
    try:
        changes = policy.plan(observed, References(assume=True)).changes
    except ConflictError as error:
        assert not marked or "managed by" not in error.message
        return
    assert marked or not changes
    if not policy.present:
        assert marked


@given(accounts(), declared_policies(managed_by="me", adopt=True, present=True))
def test_an_adopted_policy_is_marked(account: Account, policy: Policy) -> None:
    dummy, plan = planned(policy, account)
    perform(account, plan.changes)
    assert account.policies[policy.name]["tags"][tags_of.OWNER_TAG] == "me"
    assert not planned(replace(policy, adopt=False, description=None), account)[1].changes


@given(accounts(), declared_policies(present=True))
def test_tags_are_as_declared(account: Account, policy: Policy) -> None:
    before = dict(account.policies.get(policy.name, {"tags": {}})["tags"])
    created = policy.name not in account.policies
    dummy, plan = planned(policy, account)
    perform(account, plan.changes)
    after, declared = account.policies[policy.name]["tags"], policy.tags or {}
    assert declared.items() <= after.items()
    marks = {tags_of.OWNER_TAG: policy.managed_by} if policy.managed_by else {}
    kept, purge = before, policy.purge_tags and policy.tags is not None
    if purge and not created:  # the mark of an owner is never purged
        kept = {key: value for key, value in before.items() if key == tags_of.OWNER_TAG}
    assert after.keys() <= {**kept, **declared, **marks}.keys()
    assert purge or before.keys() <= after.keys()


def test_a_description_cannot_be_emptied() -> None:
    account = Account()
    account.CreatePolicy("p", _document.render(document("a")), Description="one")
    policy = Policy("p", document("a"), description="")
    with pytest.raises(DeclarationError, match="description"):
        policy.plan(now(policy.observe(account)), References())
    account.policies["p"]["description"] = ""
    assert not policy.plan(now(policy.observe(account)), References()).changes


def test_a_system_policys_name_is_not_taken() -> None:
    policy = Policy("Admin", document("a"))
    with pytest.raises(ConflictError, match="system policy"):
        policy.plan(now(policy.observe(Account())), References())


@given(accounts(), declared_principals(exclusive=True, present=True))
def test_exclusive_leaves_exactly_the_declared_list(account: Account, declared: PrincipalPolicies) -> None:
    hypothesis.assume(declared.principal != LINKED)
    account.principals.add(declared.principal)
    there = tuple(
        ref for ref in declared.policies if ref.name in (account.policies if ref.type == "Custom" else SYSTEM)
    )
    declared, before = replace(declared, policies=there, allow_self=True), set(account.attached)
    plan = declared.plan(now(declared.observe(account)), References())
    perform(account, plan.changes)
    here = {policy for holder, policy in account.attached if holder == declared.principal}
    assert here == set(declared.policies) == set(plan.after.attached)
    gone = {(change.parameters["PolicyName"], change.parameters["PolicyType"]) for change in plan.changes
            if change.stage is Stage.DETACH}  # fmt: skip
    assert {(policy.name, policy.type) for dummy, policy in before - account.attached} == gone
    assert {pair for pair in before ^ account.attached if pair[0] != declared.principal} == set()


@given(accounts(), declared_principals(exclusive=False))
def test_without_exclusive_only_the_declared_change(account: Account, declared: PrincipalPolicies) -> None:
    before = set(account.attached)
    dummy, plan = planned(declared, account)
    perform(account, plan.changes)
    changed = before ^ account.attached
    assert all(holder == declared.principal and policy in declared.policies for holder, policy in changed)
    for policy in declared.policies:
        assert ((declared.principal, policy) in account.attached) is declared.present


def by_either(account: Account, declared: PrincipalPolicies, references: References) -> Any:
    observed = now(declared.observe(account))
    try:
        plan = declared.plan(observed, references)
    except (ConflictError, DeclarationError) as error:
        return type(error), error.message
    held = {policy for policy in plan.after.attached if policy in declared.policies}
    return described(plan.changes), sorted(plan.assumed), held, declared.effects(observed)


custom = st.sampled_from([ref for ref in REFS if ref.type == "Custom"])
references_to_others = st.builds(
    References,
    assume=st.booleans(),
    provides=st.frozensets(custom | st.sampled_from(PRINCIPALS)),
    removes=st.frozensets(custom, max_size=1),
)


@given(accounts(), declared_principals(exclusive=False), references_to_others)
def test_reading_by_policy_plans_the_same(
    account: Account, declared: PrincipalPolicies, references: References
) -> None:
    hypothesis.assume(declared.policies)
    one = by_either(account, declared, references)
    other = by_either(account, replace(declared, by_policy=True), references)
    assert one == other
    # If the policies are declared, too, each is asked for before those who hold it.
    beside = frozenset(policy for policy in references.provides if isinstance(policy, PolicyRef))
    assert by_either(account, replace(declared, by_policy=True, beside=beside), references) == one


@given_often(12, detachments())
def test_the_caller_keeps_its_own(drawn: tuple[Account, PrincipalPolicies, set[PolicyRef], bool]) -> bool:
    account, declared, gone, own = drawn
    observed = now(declared.observe(account))
    if own and gone:
        with pytest.raises(ConflictError, match="allow_self"):
            declared.plan(observed, References())
        return True
    detached = [change for change in declared.plan(observed, References()).changes if change.stage is Stage.DETACH]
    assert {(change.parameters["PolicyName"], change.parameters["PolicyType"]) for change in detached} == {
        (policy.name, policy.type) for policy in gone
    }
    return False


@pytest.mark.parametrize(
    "caller, principal, own",
    [
        ("user/alice", PRINCIPALS[0], True),
        ("user/bob", PRINCIPALS[0], False),
        ("role/alice", PRINCIPALS[0], False),
        ("user/alice", PRINCIPALS[1], True),  # by its group
        ("role/ci", PRINCIPALS[1], False),
        ("role/ci", PRINCIPALS[2], True),
        ("user/ci", PRINCIPALS[2], False),
    ],
)
@pytest.mark.parametrize("by_policy", [True, False])
@pytest.mark.parametrize("exclusive", [True, False])
def test_detaching_from_the_caller_takes_allow_self(
    caller: str, principal: Principal, own: bool, by_policy: bool, exclusive: bool
) -> None:
    account, policy = Account(caller), PolicyRef("Admin", "System")
    account.principals, account.groups_of_caller = set(PRINCIPALS), ["ops"]
    account.attached = {(principal, policy)}
    declared = PrincipalPolicies(principal, () if exclusive else (policy,), exclusive, exclusive, by_policy=by_policy)
    if own:
        with pytest.raises(ConflictError, match="allow_self"):
            declared.plan(now(declared.observe(account)), References())
        declared = replace(declared, allow_self=True)
    (change,) = declared.plan(now(declared.observe(account)), References()).changes
    assert change.operation == f"DetachPolicyFrom{principal.kind.title()}"
    # To attach is no danger.
    other = PrincipalPolicies(principal, (PolicyRef("ReadOnly", "System"),), by_policy=by_policy)
    assert len(other.plan(now(other.observe(account)), References()).changes) == 1


@given(accounts(), declared_principals(principal=LINKED))
def test_a_service_linked_roles_policies_are_the_services(account: Account, declared: PrincipalPolicies) -> None:
    assert not planned(declared, account)[1].changes


@given(accounts(), declared_principals())
def test_what_is_assumed_is_what_is_missing(account: Account, declared: PrincipalPolicies) -> None:
    dummy, plan = planned(declared, account, References(assume=True))
    expected = set()
    if declared.present:
        if declared.principal not in account.principals:
            expected.add(f"{declared.principal} exists")
        expected |= {f"{ref} exists" for ref in declared.policies
                     if ref.type == "Custom" and ref.name not in account.policies}  # fmt: skip
    assert set(plan.assumed) == expected


def test_a_missing_policy_that_the_baseline_creates_is_not_missing() -> None:
    declared = PrincipalPolicies(PRINCIPALS[0], (PolicyRef("p", "Custom"),))
    observed = principal_policies.Observed(missing=frozenset(declared.policies))
    with pytest.raises(ConflictError, match="custom policy 'p'.*does not exist"):
        declared.plan(observed, References())
    provided = References(provides=frozenset(declared.policies))
    assert len(declared.plan(observed, provided).changes) == 1
    with pytest.raises(DeclarationError, match="absent"):
        declared.plan(observed, References(removes=frozenset(declared.policies)))
    system = replace(declared, policies=(PolicyRef("p", "System"),))
    with pytest.raises(ConflictError, match="system policy 'p'"):
        system.plan(replace(observed, missing=frozenset(system.policies)), replace(provided, assume=True))


def test_a_missing_principal_that_the_baseline_creates_is_not_missing() -> None:
    declared = PrincipalPolicies(PRINCIPALS[0], (PolicyRef("Admin", "System"),))
    observed = principal_policies.Observed(exists=False)
    for others in (frozenset(), frozenset([PRINCIPALS[1]])):
        with pytest.raises(ConflictError, match="user 'alice' does not exist"):
            declared.plan(observed, References(provides=others))
    plan = declared.plan(observed, References(provides=frozenset([PRINCIPALS[0]]), assume=True))
    assert len(plan.changes) == 1 and not plan.assumed


def test_the_effects_of_all_are_collected() -> None:
    p, q = PolicyRef("p", "Custom"), PolicyRef("q", "Custom")
    observed = principal_policies.Observed(attached={q: {}})
    declared: list[tuple[Resource, Any]] = [
        (Policy("p", document("a")), policies.Observed(None)),
        (Policy("q", present=False), policies.Observed({"PolicyName": "q"})),
        (PrincipalPolicies(PRINCIPALS[0], (p, q)), observed),
        (PrincipalPolicies(PRINCIPALS[1], (p,), exclusive=True), observed),
        (PrincipalPolicies(PRINCIPALS[2], (p, q), present=False), observed),
        (ServiceLinkedRole(SERVICE), None),
    ]
    found = References.collect((resource.effects(seen) for resource, seen in declared), assume=True)
    assert found == References(
        provides=frozenset([p]),
        removes=frozenset([q]),
        attaches=frozenset([(PRINCIPALS[0], p), (PRINCIPALS[1], p)]),
        detaches=frozenset([(PRINCIPALS[1], q), (PRINCIPALS[2], q)]),
        assume=True,
    )
    assert References.collect([]) == References()
    assert all(resource.effects(seen).provides == resource.provides for resource, seen in declared)


# Many resources


@given_often(15, baselines_in_accounts())
def test_a_baseline_does_what_check_mode_says(drawn: tuple[Account, list[Resource]]) -> bool:
    account, resources = drawn
    before = account.data()
    said = outcome(account, resources, check_mode=True)
    assert account.writes == [] and account.data() == before
    did = outcome(account, resources, check_mode=False)
    if isinstance(did, str) or isinstance(said, str):
        assert did == said
        assert account.writes == [] and account.data() == before
        return False
    assert did.changes == said.changes and did.warnings == said.warnings and did.pending == said.pending == []
    assert account.writes == [change["operation"] for change in said.changes]
    for item in did.results:
        seen, predicted = item.resource.result(item.after), item.resource.result(item.plan.after)
        if isinstance(item.resource, Policy):
            for key in ("policy_name", "policy_type", "description", "attachment_count"):
                assert seen.get(key) == predicted.get(key), key
            assert (seen.get("tags") or {}) == (predicted.get("tags") or {})
            if predicted.get("default_version"):  # RAM numbers a new one
                assert seen["default_version"] == predicted["default_version"]
        seen = item.resource.diff_view(now(item.resource.observe(account)))
        for told in item.resource.diff_view(item.after), item.resource.diff_view(item.plan.after):
            assert comparable(seen, told) == comparable(told, seen)
    return bool(did.changes)


@given(baselines_in_accounts())
def test_a_baseline_twice(drawn: tuple[Account, list[Resource]]) -> None:
    account, resources = drawn
    if isinstance(outcome(account, resources, check_mode=False), str):
        hypothesis.reject()
    after = account.data()
    again = outcome(account, resources, check_mode=False)
    assert isinstance(again, RunResult) and again.changes == [] and account.data() == after


ORDER = {"Create": 0, "Set": 0, "Update": 0, "Tag": 0, "Untag": 0, "Attach": 1, "Detach": 2, "Delete": 3}


@given(baselines_in_accounts())
def test_attach_before_detach_before_delete(drawn: tuple[Account, list[Resource]]) -> None:
    account, resources = drawn
    if isinstance(outcome(account, resources, check_mode=False), str):
        hypothesis.reject()
    stages = [next(stage for verb, stage in ORDER.items() if write.startswith(verb)) for write in account.writes]
    assert stages == sorted(stages)


@given(baselines_in_accounts(), st.randoms(use_true_random=False))
def test_the_order_of_declaration_does_not_count(drawn: tuple[Account, list[Resource]], random: Any) -> None:
    account, resources = drawn

    def changes(declared: list[Resource]) -> Any:
        found = outcome(copy.deepcopy(account), declared, check_mode=True)
        if isinstance(found, str):
            return None
        return sorted(json.dumps(change, sort_keys=True) for change in found.changes)

    assert changes(resources) == changes(random.sample(resources, len(resources)))


def plans_in(
    order: list[int], resources: list[Resource], observed: list[Any], references: References
) -> dict[int, Any]:
    """The plan of each resource, made in that order: what can be compared of it, or why it is refused."""
    plans: dict[int, Any] = {}
    for number in order:
        try:
            plan = resources[number].plan(observed[number], references)
        except (ConflictError, DeclarationError) as error:
            plans[number] = type(error), error.message, repr(error.details)
        else:
            view = resources[number].diff_view(plan.after)
            facts = resources[number].result(plan.after)
            plans[number] = described(plan.changes), view, facts, list(plan.assumed), list(plan.warnings)
    return plans


@given_often(12, st.tuples(baselines_in_accounts(), st.booleans(), st.randoms(use_true_random=False)))
def test_resources_can_be_planned_in_any_order(drawn: tuple[tuple[Account, list[Resource]], bool, Any]) -> bool:
    (account, declared), assume, random = drawn
    resources = PrincipalPolicies.share_reads(declared)
    observed = [now(resource.observe(account)) for resource in resources]
    found = [resource.effects(seen) for resource, seen in zip(resources, observed)]
    references = References.collect(found, assume)
    assert references == References.collect(random.sample(found, len(found)), assume)
    kept = copy.deepcopy((resources, observed, references))
    shown = repr((resources, observed, references))
    orders = [list(range(len(resources)))]
    orders += [orders[0][::-1], *(random.sample(orders[0], len(resources)) for dummy in range(3))]
    first, *others = (plans_in(order, resources, observed, references) for order in orders)
    assert all(other == first for other in others)
    # Nor has any of it changed what it was given.
    assert (resources, observed, references) == kept and repr((resources, observed, references)) == shown
    return len(resources) > 1 and any(isinstance(plan[0], list) and plan[0] for plan in first.values())


@given(accounts(), st.sets(st.sampled_from(PRINCIPALS[:3]), min_size=1))
def test_a_policy_is_replaced_by_another(account: Account, holders: set[Principal]) -> None:
    old, new = PolicyRef("p", "Custom"), PolicyRef("q", "Custom")
    for policy in (old, new):
        account.policies.pop(policy.name, None)
    account.principals.update(holders)
    account.attached = {pair for pair in account.attached if pair[1] not in (old, new)}
    account.CreatePolicy("p", _document.render(document("a")))
    account.attached.update((holder, old) for holder in holders)
    resources: list[Resource] = [Policy("p", present=False), Policy("q", document("a"))]
    resources += [PrincipalPolicies(holder, (new,), exclusive=True, allow_self=True) for holder in sorted(holders)]
    assert isinstance(outcome(account, resources, check_mode=False), RunResult)
    assert "p" not in account.policies
    assert {holder for holder, policy in account.attached if policy == new} == holders
    # One holder more, of whom nothing is declared, and the policy is kept.
    other = Principal("user", "bob")
    account.principals.add(other)
    account.CreatePolicy("p", _document.render(document("a")))
    account.attached.add((other, old))
    account.writes.clear()
    refusal = outcome(account, resources, check_mode=False)
    assert isinstance(refusal, str) and "user 'bob'" in refusal and account.writes == []


def test_the_number_of_attachments_is_predicted() -> None:
    account, ref = Account(), PolicyRef("p", "Custom")
    account.principals = set(PRINCIPALS[:3])
    account.CreatePolicy("p", _document.render(document("a")))
    account.attached = {(PRINCIPALS[0], ref), (PRINCIPALS[1], ref)}
    resources: list[Resource] = [
        Policy("p", document("a")),
        Policy("q", document("b")),
        PrincipalPolicies(PRINCIPALS[0], (PolicyRef("q", "Custom"),), exclusive=True),
        PrincipalPolicies(PRINCIPALS[1], (ref,), present=False),
        PrincipalPolicies(PRINCIPALS[2], (ref,)),
    ]
    for check_mode in (True, False):
        found = outcome(account, resources, check_mode=check_mode)
        assert isinstance(found, RunResult)
        assert [found.results[number].result["attachment_count"] for number in (0, 1)] == [1, 1]


class Full(Account):
    """An account in which nothing more can be attached."""

    def AttachPolicyTo(self, principal: Principal, PolicyName: str, PolicyType: str) -> dict[str, Any]:
        raise refusal("InternalRefusal")


def test_a_failure_stops_the_rest_and_tells_what_was_done() -> None:
    account = Full()
    account.principals.add(PRINCIPALS[0])
    account.attached.add((PRINCIPALS[0], PolicyRef("Admin", "System")))
    resources: list[Resource] = [
        PrincipalPolicies(PRINCIPALS[0], (PolicyRef("p", "Custom"),), exclusive=True),
        Policy("p", document("a")),
    ]
    with pytest.raises(RamError) as caught:
        asyncio.run(converge(account, resources, False))  # type: ignore[arg-type]
    assert [change["operation"] for change in caught.value.details["changes"]] == ["CreatePolicy"]
    assert str(PRINCIPALS[0]) in caught.value.message
    assert account.writes == ["CreatePolicy", "AttachPolicyToUser"]


class AtItsLimit(Account):
    """An account in which a principal can have one policy."""

    def AttachPolicyTo(self, principal: Principal, PolicyName: str, PolicyType: str) -> dict[str, Any]:
        if any(holder == principal for holder, dummy in self.attached):
            raise refusal("LimitExceeded.User.Policy")
        return super().AttachPolicyTo(principal, PolicyName, PolicyType)


def test_a_principal_at_its_limit_loses_what_is_replaced_first() -> None:
    account = AtItsLimit()
    account.principals.update(PRINCIPALS[:2])
    old, new = PolicyRef("Admin", "System"), PolicyRef("ReadOnly", "System")
    account.attached = {(PRINCIPALS[0], old), (PRINCIPALS[1], old)}
    outcome_of_one = outcome(account, [PrincipalPolicies(PRINCIPALS[0], (new,), exclusive=True)], check_mode=False)
    assert isinstance(outcome_of_one, RunResult)
    assert account.attached == {(PRINCIPALS[0], new), (PRINCIPALS[1], old)}
    assert account.writes == ["AttachPolicyToUser", "DetachPolicyFromUser", "AttachPolicyToUser"]
    # Where nothing of its own is to go, the refusal stands.
    more = PrincipalPolicies(PRINCIPALS[0], (new, old))
    with pytest.raises(RamError, match="LimitExceeded"):
        asyncio.run(converge(account, [more, PrincipalPolicies(PRINCIPALS[1], (), exclusive=True)], False))  # type: ignore[arg-type]
    assert (PRINCIPALS[1], old) in account.attached


# Service-linked roles

SERVICE = "many.example.aliyuncs.com"


def linked_role(description: str, task: str | None) -> dict[str, Any]:
    role: dict[str, Any] = {"RoleName": "Many_x", "Description": description, "IsServiceLinkedRole": True}
    return dict(role, LatestDeletionTask={"DeletionTaskId": task}) if task else role


@st.composite
def linked(draw: st.DrawFn) -> service_linked_role.Observed:
    task = draw(st.sampled_from([None, "task"]))
    role = draw(st.none() | descriptions.map(lambda description: linked_role(description, task)))
    deleting = role is not None and task is not None and draw(st.booleans())
    return service_linked_role.Observed("Many_x", "ManyPolicy", True, role, deleting)


linked_declarations = st.builds(
    ServiceLinkedRole,
    st.just(SERVICE),
    custom_suffix=st.just("x"),
    description=st.sampled_from([None, "one", "two"]),
    present=st.booleans(),
    wait=st.booleans(),
)


def linked_plan(declared: ServiceLinkedRole, observed: service_linked_role.Observed) -> Any:
    try:
        return declared.plan(observed, References())
    except ConflictError as error:
        assert declared.present and observed.deleting and not declared.wait and "wait: true" in error.message
        hypothesis.reject()


@given(linked_declarations, linked())
def test_a_linked_role_becomes_what_the_plan_says(
    declared: ServiceLinkedRole, observed: service_linked_role.Observed
) -> None:
    plan = linked_plan(declared, observed)
    role, deleting = observed.role, observed.deleting
    if deleting and declared.wait:
        assert [wait.stage for wait in plan.waits] == [Stage.PREPARE if declared.present else Stage.WAIT]
        role, deleting = None, False
    else:
        assert not plan.waits
    for change in plan.changes:
        if change.operation == "CreateServiceLinkedRole":
            assert role is None and declared.present and change.stage is Stage.PREPARE
            assert change.parameters["ServiceName"] == SERVICE and change.parameters["CustomSuffix"] == "x"
            role = linked_role(change.parameters.get("Description") or "", None)
        else:
            assert change.operation == "DeleteServiceLinkedRole" and change.stage is Stage.DELETE
            assert role is not None and not deleting and not declared.present
            role, deleting = (None, False) if declared.wait else (role, True)
    after = service_linked_role.Observed("Many_x", "ManyPolicy", True, role, deleting)
    assert declared.diff_view(after) == declared.diff_view(plan.after)
    assert plan.after.deleting == deleting
    assert declared.present == (role is not None) or not declared.wait


@given(linked_declarations, linked())
def test_a_linked_role_is_planned_once(declared: ServiceLinkedRole, observed: service_linked_role.Observed) -> None:
    again = linked_plan(declared, linked_plan(declared, observed).after)
    assert not again.changes and not again.waits


@given(linked_declarations, linked())
def test_a_description_that_differs_is_told(
    declared: ServiceLinkedRole, observed: service_linked_role.Observed
) -> None:
    plan = linked_plan(declared, observed)
    differs = observed.role is not None and declared.description not in (None, observed.role["Description"])
    assert bool(plan.warnings) == bool(declared.present and not observed.deleting and differs)


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("deleting", [True, False])
def test_actions_that_are_not_granted_are_refused(present: bool, deleting: bool) -> None:
    declared = ServiceLinkedRole(SERVICE, present=present, required_actions=("ecs:A",))
    observed = service_linked_role.Observed("Many", "ManyPolicy", True, linked_role("", None), deleting, ("ecs:A",))
    with pytest.raises(ConflictError, match="ManyPolicy of Many.*ecs:A") as caught:
        declared.plan(observed, References())
    assert caught.value.details["missing_actions"] == ["ecs:A"]


def test_a_missing_user_is_missed_also_without_policies() -> None:
    alone = [PrincipalPolicies(PRINCIPALS[0], ())]
    both = [*alone, PrincipalPolicies(PRINCIPALS[1], ())]
    for resources in (alone, both):
        assert "does not exist" in str(outcome(Account(), resources, check_mode=True))


def test_the_tags_of_a_new_policy_are_predicted() -> None:
    for declared in (Policy("p", document("a"), tags={}), Policy("p", document("a"), managed_by="me")):
        said, did = (outcome(Account(), [declared], check_mode=check) for check in (True, False))
        assert said.results[0].result["tags"] == did.results[0].result["tags"]


def test_another_limit_takes_nothing_away() -> None:
    class Full(Account):
        def AttachPolicyTo(self, principal: Any, PolicyName: Any, PolicyType: Any) -> Any:
            raise refusal("LimitExceeded.Something.Else")

    account, old = Full(), PolicyRef("Admin", "System")
    account.principals, account.attached = {PRINCIPALS[0]}, {(PRINCIPALS[0], old)}
    declared = PrincipalPolicies(PRINCIPALS[0], (PolicyRef("ReadOnly", "System"),), exclusive=True)
    with pytest.raises(RamError):
        asyncio.run(converge(account, [declared], False))
    assert account.attached == {(PRINCIPALS[0], old)}
