# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What observing a resource costs: which calls, and how many of them have to wait for others."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._engine.observe import observe
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ApiError
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import PolicyRef, Principal
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Resource
from ansible_collections.alicloud.ram.plugins.module_utils._resources.policy import Policy
from ansible_collections.alicloud.ram.plugins.module_utils._resources.principal_policies import PrincipalPolicies
from ansible_collections.alicloud.ram.plugins.module_utils._resources.service_linked_role import ServiceLinkedRole
from ansible_collections.alicloud.ram.tests.lib.table_account import Account, document

SERVICE = "one.example.aliyuncs.com"
ALICE, OPS, RUNNER = Principal("user", "alice"), Principal("group", "ops"), Principal("role", "runner")
CUSTOM = [PolicyRef(f"p{number}", "Custom") for number in range(10)]
NEW = [PolicyRef(f"new{number}", "Custom") for number in range(3)]


class Rounds(Account):
    """Answers calls in rounds: all that were made before anybody waits for them."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.rounds = 0
        self.refused: tuple[str, ...] = ()
        self._waiting: list[asyncio.Future[None]] = []
        self.principals = {ALICE, OPS, RUNNER}
        for policy in CUSTOM:
            self.CreatePolicy(policy.name, json.dumps(document("a")))

    async def turn(self, operation: str) -> None:
        self.asked.append(operation)
        answered = asyncio.get_running_loop().create_future()
        self._waiting.append(answered)
        await answered

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        await self.turn(operation)
        if operation in self.refused or parameters.get("PolicyName") in self.refused:
            raise ApiError("No.", f"No.{parameters.get('PolicyName', operation)}", 403)
        return await super().call(operation, **parameters)

    async def pages(self, operation: str, token: str, **parameters: Any) -> Any:
        await self.turn(operation)
        async for page in super().pages(operation, token, **parameters):
            yield page

    async def identity(self) -> Any:
        await self.turn("GetCallerIdentity")
        return await super().identity()

    # pylint: disable=invalid-name

    def GetServiceLinkedRoleTemplate(self, ServiceName: str) -> dict[str, Any]:
        return {"ServiceLinkedRoleTemplate": {"RoleNamePrefix": "linked", "SystemPolicyName": "Admin"}}

    def Get(self, principal: Principal) -> dict[str, Any]:
        found = super().Get(principal)
        if found.get("Role", {}).get("IsServiceLinkedRole"):
            trust = {"Statement": [{"Principal": {"Service": SERVICE}}]}
            found["Role"].update(
                AssumeRolePolicyDocument=json.dumps(trust), LatestDeletionTask={"DeletionTaskId": "task"}
            )
        return found

    def GetServiceLinkedRoleDeletionStatus(self, DeletionTaskId: str) -> dict[str, Any]:
        return {"Status": "FAILED"}

    async def serve(self) -> None:
        while True:
            for dummy in range(50):
                await asyncio.sleep(0)
            if self._waiting:
                self.rounds += 1
                waiting, self._waiting = self._waiting, []
                for answered in waiting:
                    answered.set_result(None)


def look(account: Rounds, *resources: Resource) -> list[Any]:
    """Observe; nothing may be left behind that nobody looks after."""
    complaints: list[Any] = []

    async def main() -> list[Any]:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
        serving = asyncio.ensure_future(account.serve())
        try:
            return await observe(account, resources)  # type: ignore[arg-type]
        finally:
            serving.cancel()
            gc.collect()
            assert asyncio.all_tasks() <= {asyncio.current_task(), serving}

    try:
        return asyncio.run(main())
    finally:
        gc.collect()
        assert not complaints


def attached(account: Rounds, *pairs: tuple[Principal, Sequence[PolicyRef]]) -> Rounds:
    account.attached.update((principal, policy) for principal, policies in pairs for policy in policies)
    return account


def held_by(principal: Principal, policies: Sequence[PolicyRef], **options: Any) -> PrincipalPolicies:
    return PrincipalPolicies(principal, tuple(policies), **options)


def linked(**options: Any) -> ServiceLinkedRole:
    return ServiceLinkedRole(SERVICE, **options)


# What is observed, in how many rounds, and with which calls: as many as when one was made after the other.
COSTS: dict[str, tuple[Resource, int, dict[str, int]]] = {
    "ten policies to attach": (held_by(ALICE, CUSTOM), 2, {"ListPoliciesForUser": 1, "GetPolicy": 10}),
    "some that do not exist": (held_by(ALICE, CUSTOM + NEW), 3, {"ListPoliciesForUser": 1, "GetPolicy": 16}),
    "to a role": (held_by(RUNNER, CUSTOM), 2, {"ListPoliciesForRole": 1, "GetPolicy": 10, "GetRole": 1}),
    "an exact list": (
        held_by(OPS, CUSTOM, exclusive=True),
        3,
        {"ListPoliciesForGroup": 1, "GetPolicy": 10, "GetCallerIdentity": 1, "ListGroupsForUser": 1},
    ),
    "by policy": (
        held_by(ALICE, CUSTOM, by_policy=True),
        2,
        {"ListEntitiesForPolicy": 10, "GetUser": 1, "GetPolicy": 10},
    ),
    "by policy, some that do not exist": (
        held_by(ALICE, CUSTOM + NEW, by_policy=True),
        2,
        {"ListEntitiesForPolicy": 13, "GetUser": 1, "GetPolicy": 13},
    ),
    "by policy, which are declared, too": (
        held_by(ALICE, CUSTOM + NEW, by_policy=True, beside=frozenset(CUSTOM + NEW)),
        3,
        {"GetPolicy": 16, "ListEntitiesForPolicy": 10, "GetUser": 1},
    ),
    "a policy that changes": (
        Policy("p0", document("b"), tags={"team": "x"}),
        2,
        {"GetPolicy": 1, "ListTagResources": 1, "ListPolicyVersions": 1},
    ),
    "a policy that goes": (
        Policy("p0", present=False, detach=True, managed_by="me"),
        3,
        {"GetPolicy": 1, "ListTagResources": 1, "ListEntitiesForPolicy": 1, "GetCallerIdentity": 1},
    ),
    "a linked role": (
        linked(required_actions=("ecs:A",), verify=True),
        3,
        {"GetServiceLinkedRoleTemplate": 1, "GetRole": 1, "GetPolicy": 1, "GetServiceLinkedRoleDeletionStatus": 1},
    ),
}


@pytest.mark.parametrize("what", COSTS)
def test_reads_of_one_resource_are_made_side_by_side(what: str) -> None:
    resource, rounds, calls = COSTS[what]
    account = attached(
        Rounds(),
        (OPS, [PolicyRef("Admin", "System")]),
        (ALICE, [PolicyRef("p0", "Custom")] if isinstance(resource, Policy) else []),
    )
    account.principals.add(Principal("role", "linked"))
    look(account, resource)
    assert Counter(account.asked) == Counter(calls) and account.rounds == rounds


def test_those_of_several_resources_are_too() -> None:
    account = Rounds()
    look(account, *(held_by(principal, CUSTOM) for principal in (ALICE, OPS)), Policy("p0", document("b")))
    # A policy is asked for once, whoever asks.
    assert account.rounds == 2 and account.asked.count("GetPolicy") == 10


@pytest.mark.parametrize("there", [True, False])
def test_a_policy_and_who_is_to_hold_it_cost_no_more_than_has_to_be_known(there: bool) -> None:
    account, policy = Rounds(), CUSTOM[0] if there else NEW[0]
    declared = [Policy(policy.name, document("a")), *(held_by(principal, [policy]) for principal in (ALICE, OPS))]
    look(account, *PrincipalPolicies.share_reads(declared))
    # Whether a system policy has the name is asked once by each in this account; in a process it is asked once.
    asked = {"GetPolicy": 1, "ListEntitiesForPolicy": 1} if there else {"GetPolicy": 4}
    assert Counter(account.asked) == Counter({**asked, "GetUser": 1, "GetGroup": 1}) and account.rounds <= 3


@pytest.mark.parametrize("refused", [*itertools.permutations(["p7", "p2", "new1"], 2)])
@pytest.mark.parametrize("by_policy", [True, False])
def test_the_first_error_in_the_order_of_declaration_is_raised(refused: tuple[str, ...], by_policy: bool) -> None:
    account = Rounds()
    account.refused = refused
    declared = replace(held_by(RUNNER, CUSTOM + NEW), by_policy=by_policy)
    with pytest.raises(ApiError) as caught:
        look(account, declared)
    order = [policy.name for policy in declared.policies]
    assert caught.value.code == f"No.{min(refused, key=order.index)}"


@pytest.mark.parametrize("refused", ["GetServiceLinkedRoleTemplate", "GetRole", "GetPolicy"])
def test_an_error_leaves_nothing_behind(refused: str) -> None:
    account = Rounds()
    account.principals.add(Principal("role", "linked"))
    account.refused = (refused, "GetServiceLinkedRoleDeletionStatus")
    with pytest.raises(ApiError) as caught:
        look(account, linked(required_actions=("ecs:A",), verify=True))
    expected = "GetServiceLinkedRoleDeletionStatus" if refused == "GetPolicy" else refused
    assert caught.value.code == f"No.{expected}"
