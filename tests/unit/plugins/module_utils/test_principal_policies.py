# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies of one principal, case by case: options, what is refused, planned and told."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._engine.converge import RunResult, converge
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ConflictError, DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import PolicyRef, Principal
from ansible_collections.alicloud.ram.plugins.module_utils._resources.policy import Policy
from ansible_collections.alicloud.ram.plugins.module_utils._resources.principal_policies import PrincipalPolicies
from ansible_collections.alicloud.ram.tests.lib.table_account import LINKED, Account, document

ADMIN, READ_ONLY, OWN = PolicyRef("Admin", "System"), PolicyRef("ReadOnly", "System"), PolicyRef("p", "Custom")
KINDS = ["user", "group", "role"]


def account(kind: str = "user", *attached: PolicyRef) -> Account:
    """One with the custom policy p and the principal x, which holds those."""
    made = Account()
    asyncio.run(made.call("CreatePolicy", PolicyName="p", PolicyDocument=json.dumps(document("a"))))
    made.writes.clear()
    principal = Principal(kind, "x")
    made.principals.add(principal)
    made.attached = {(principal, policy) for policy in attached}
    return made


def declared(kind: str, *policies: PolicyRef, name: str = "x", **options: Any) -> PrincipalPolicies:
    entries = [{"name": policy.name, "type": policy.type} for policy in policies]
    return PrincipalPolicies.from_params(kind, {f"{kind}_name": name, "policies": entries, **options})


def run(where: Account, resource: PrincipalPolicies, check_mode: bool = False, assume: bool = False) -> RunResult:
    return asyncio.run(converge(where, [resource], check_mode, assume))  # type: ignore[arg-type]


def held(where: Account, kind: str = "user") -> list[PolicyRef]:
    return sorted(policy for principal, policy in where.attached if principal == Principal(kind, "x"))


def refused(kind: type[Exception], where: Account, resource: PrincipalPolicies, **modes: bool) -> str:
    before = where.data()
    with pytest.raises(kind) as caught:
        run(where, resource, **modes)
    assert caught.type is kind and where.data() == before and where.writes == []
    return str(caught.value)


# Options


@pytest.mark.parametrize("kind", KINDS)
def test_options(kind: str) -> None:
    plain = declared(kind, OWN, ADMIN, OWN)
    assert plain.principal == Principal(kind, "x") and plain.policies == (ADMIN, OWN)
    assert (plain.present, plain.exclusive, plain.allow_self, plain.by_policy, plain.declared_only) == (
        True, False, False, False, False,
    )  # fmt: skip
    other = declared(kind, OWN, state="absent", allow_self=True)
    assert (other.present, other.allow_self) == (False, True)
    assert declared(kind, OWN, exclusive=True).exclusive and declared(kind).policies == ()
    assert declared(kind, exclusive=True, allow_empty=True).policies == ()
    assert PrincipalPolicies.from_params(kind, {f"{kind}_name": "x", "policies": [{"name": "p"}]}).policies == (OWN,)
    assert plain.label == f"policies of {kind} 'x'" and plain.identity == (f"{kind}_policies", "x")


@pytest.mark.parametrize(
    "option, value, more",
    [
        ("user_name", "no name", {}),
        ("policies.name", "p", {"policies": [{"name": "no name"}]}),
        ("exclusive", True, {"state": "absent"}),
        ("policies", [], {"exclusive": True}),
    ],
)
def test_options_that_cannot_be(option: str, value: Any, more: dict[str, Any]) -> None:
    params = {"user_name": "x", "policies": [{"name": "p"}], option: value, **more}
    with pytest.raises(DeclarationError) as caught:
        PrincipalPolicies.from_params("user", params, "user_policies[0].")
    assert caught.value.message.startswith(f"user_policies[0].{option}: ")


def test_only_roles_are_alike_in_any_case() -> None:
    assert declared("role", name="X").identity == declared("role", name="x").identity
    assert declared("user", name="X").identity != declared("user", name="x").identity


# What is planned


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "before, options, after, writes",
    [
        ([], {}, [ADMIN, OWN], "Attach Attach"),
        ([ADMIN, READ_ONLY], {}, [ADMIN, READ_ONLY, OWN], "Attach"),
        ([ADMIN, OWN], {}, [ADMIN, OWN], ""),
        ([READ_ONLY], {"exclusive": True}, [ADMIN, OWN], "Attach Attach Detach"),
        ([ADMIN, READ_ONLY], {"state": "absent"}, [READ_ONLY], "Detach"),
        ([READ_ONLY], {"state": "absent"}, [READ_ONLY], ""),
    ],
)
def test_what_is_attached(kind: str, before: Any, options: Any, after: Any, writes: str) -> None:
    where = account(kind, *before)
    resource = declared(kind, ADMIN, OWN, **options)
    told, made = run(where, resource, check_mode=True), run(where, resource)
    assert held(where, kind) == sorted(after)
    names = {"Attach": f"AttachPolicyTo{kind.title()}", "Detach": f"DetachPolicyFrom{kind.title()}"}
    assert where.writes == [names[name] for name in writes.split()]
    assert told.changes == made.changes and told.results[0].diff() == made.results[0].diff()
    found = [(policy["policy_name"], policy["policy_type"]) for policy in made.results[0].result["policies"]]
    assert made.results[0].result[f"{kind}_name"] == "x"
    assert found == [(policy.name, policy.type) for policy in sorted(after)]
    assert run(where, resource).changes == []


def test_an_exclusive_list_may_be_empty_where_that_is_said() -> None:
    where = account("user", ADMIN, OWN)
    run(where, declared("user", exclusive=True, allow_empty=True))
    assert held(where) == []


def test_what_is_told_of_the_declared_alone() -> None:
    where = account("user", ADMIN, READ_ONLY)
    resource = replace(declared("user", ADMIN, OWN, state="absent"), declared_only=True)
    diff = run(where, resource).results[0].diff()
    assert diff["before"] == {"user_name": "x", "policies": [{"name": "Admin", "type": "System"}]}
    assert diff["after"] == {"user_name": "x", "policies": []}
    nobody = replace(declared("user", ADMIN, name="nobody", state="absent"), declared_only=True)
    outcome = run(where, nobody)
    assert outcome.changes == [] and outcome.results[0].result == {"user_name": "nobody", "policies": []}
    assert outcome.results[0].diff()["after"] == {"user_name": "nobody", "policies": []}


def test_a_principal_that_is_not_there_has_nothing() -> None:
    outcome = run(account(), declared("user", ADMIN, name="nobody", state="absent"))
    assert outcome.changes == [] and outcome.results[0].result == {} and outcome.results[0].diff()["after"] == {}


# What is refused


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by_policy, policies", [(False, ()), (False, (ADMIN,)), (True, (ADMIN,))])
def test_a_principal_that_is_not_there(kind: str, by_policy: bool, policies: Any) -> None:
    resource = replace(declared(kind, *policies, name="nobody"), by_policy=by_policy)
    message = refused(ConflictError, account(), resource)
    assert message.startswith(f"{kind}_name: {kind} 'nobody' does not exist. Create it first")
    outcome = run(account(), resource, check_mode=True, assume=True)
    assert outcome.assumed == [f"{kind} 'nobody' exists"] and len(outcome.changes) == len(policies)


@pytest.mark.parametrize("by_policy", [False, True])
def test_a_policy_that_is_not_there(by_policy: bool) -> None:
    def resource(policy: PolicyRef) -> PrincipalPolicies:
        return replace(declared("user", policy), by_policy=by_policy)

    missing = resource(PolicyRef("q", "Custom"))
    assert refused(ConflictError, account(), missing).startswith(
        "policies: the custom policy 'q', declared for user 'x',"
    )
    assert run(account(), missing, check_mode=True, assume=True).assumed == ["custom policy 'q' exists"]
    for check_mode in (False, True):
        modes = {"check_mode": check_mode, "assume": check_mode}
        message = refused(ConflictError, account(), resource(PolicyRef("q", "System")), **modes)
        assert message.endswith("system policies are the service's, check the name.")
        message = refused(ConflictError, account(), resource(PolicyRef("Admin", "Custom")), **modes)
        assert message.endswith("there is a policy of that name with type: System.")
        message = refused(ConflictError, account(), resource(PolicyRef("p", "System")), **modes)
        assert message.endswith("there is a policy of that name with type: Custom.")


def test_a_policy_that_the_baseline_creates() -> None:
    where = account()
    resources = [declared("user", PolicyRef("q", "Custom")), Policy("q", document("a"))]
    asyncio.run(converge(where, resources, False))  # type: ignore[arg-type]
    assert where.writes == ["CreatePolicy", "AttachPolicyToUser"]


def test_a_policy_that_the_baseline_deletes() -> None:
    where = account("user", OWN)
    resources = [declared("user", OWN), Policy("p", present=False)]
    with pytest.raises(DeclarationError, match="custom policy 'p' is declared for user 'x' and as absent"):
        asyncio.run(converge(where, resources, False))  # type: ignore[arg-type]
    asyncio.run(converge(where, [declared("user", OWN, state="absent"), resources[1]], False))  # type: ignore[arg-type]
    assert where.writes == ["DetachPolicyFromUser", "DeletePolicy"]


@pytest.mark.parametrize("options", [{}, {"state": "absent"}], ids=str)
def test_a_service_linked_role_is_the_services(options: dict[str, Any]) -> None:
    where = account()
    where.principals.add(LINKED)
    if options:
        where.attached.add((LINKED, ADMIN))
    message = refused(ConflictError, where, declared("role", ADMIN, name=LINKED.name, **options))
    assert message.startswith("role_name: 'linked' is a service-linked role")
    other = {"state": "absent"} if not options else {}
    assert run(where, declared("role", ADMIN, name=LINKED.name, **other)).changes == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_caller_keeps_its_own(kind: str) -> None:
    where = account(kind, ADMIN)
    where.caller, where.groups_of_caller = ("user/me", ["x"]) if kind == "group" else (f"{kind}/x", [])
    for options in ({"state": "absent"}, {"exclusive": True}):
        policies = [ADMIN] if "state" in options else [OWN]
        message = refused(ConflictError, where, declared(kind, *policies, **options))
        assert "which would lose the system policy 'Admin'" in message and "allow_self: true" in message
    assert run(where, declared(kind, OWN)).changes  # gaining is no loss
    assert run(where, declared(kind, ADMIN, state="absent", allow_self=True)).changes
