# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From many starting states: check mode predicts, one run reaches the declared state, a second writes nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE, allow, trust
from ansible_collections.alicloud.ram.tests.lib.playbooks import Case, Playbooks, Run

pytestmark = pytest.mark.xdist_group("idempotence")  # all cases share two runs


READ, WRITE = allow("oss:Get*", "oss:List*"), allow("oss:Put*")
SHUFFLED = {"Statement": [{"Resource": ["*"], "Action": ["oss:List*", "oss:Get*"], "Effect": "Allow"}], "Version": "1"}
FIVE = [allow(f"oss:Get{number}") for number in range(5)]
ALICE = {"name": "alice"}
TRUST = trust("ecs.aliyuncs.com", kind="Service")


def policy(**entry: Any) -> dict[str, Any]:
    return {"name": "p", "document": READ, **entry}


def attached(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "type": "Custom" if len(name) < 3 else "System"} for name in names]


CASES: dict[str, tuple[dict[str, Any], str, dict[str, Any], list[str]]] = {
    # what there is, the module, its options, the writes to expect
    "role created": ({}, "service_linked_role", {"service_name": SERVICE}, ["CreateServiceLinkedRole"]),
    "role there": (
        {"service_linked_roles": [{"service_name": SERVICE}]},
        "service_linked_role",
        {"service_name": SERVICE, "verify": True, "required_actions": ["vpc:DescribeVpcs"]},
        [],
    ),
    "role deleted": (
        {"service_linked_roles": [{"service_name": SERVICE, "deletion": {"polls": 2, "outcome": "SUCCEEDED"}}]},
        "service_linked_role",
        {"service_name": SERVICE, "state": "absent"},
        ["DeleteServiceLinkedRole"],
    ),
    "role gone": ({}, "service_linked_role", {"service_name": SERVICE, "state": "absent"}, []),
    "role's deletion joined": (
        {"service_linked_roles": [{"service_name": SERVICE, "deleting": True, "deletion": {"polls": 4, "outcome": "SUCCEEDED"}}]},
        "service_linked_role",
        {"service_name": SERVICE, "state": "absent"},
        [],
    ),
    "role created once its deletion has ended": (
        {"service_linked_roles": [{"service_name": SERVICE, "deleting": True, "deletion": {"polls": 4, "outcome": "SUCCEEDED"}}]},
        "service_linked_role",
        {"service_name": SERVICE},
        ["CreateServiceLinkedRole"],
    ),
    "role with suffix and description": (
        {},
        "service_linked_role",
        {"service_name": "several.example.aliyuncs.com", "custom_suffix": "blue", "description": "The blue one"},
        ["CreateServiceLinkedRole"],
    ),
    "policy created": ({}, "policy", policy(description="Reads", tags={"team": "a"}), ["CreatePolicy"]),
    "policy created from text": ({}, "policy", policy(document=json.dumps(WRITE)), ["CreatePolicy"]),
    "policy of the same meaning": ({"policies": [{"name": "p", "document": SHUFFLED}]}, "policy", policy(), []),
    "policy drifted": ({"policies": [{"name": "p", "document": WRITE}]}, "policy", policy(), ["CreatePolicyVersion"]),
    "policy in an older version": (
        {"policies": [{"name": "p", "versions": [{"document": SHUFFLED}, {"document": WRITE}], "default_version": "v2"}]},
        "policy",
        policy(),
        ["SetDefaultPolicyVersion"],
    ),
    "policy with five versions": (
        {"policies": [{"name": "p", "versions": [{"document": one} for one in FIVE], "default_version": "v1"}]},
        "policy",
        policy(),
        ["CreatePolicyVersion"],
    ),
    "policy's description and tags": (
        {"policies": [{"name": "p", "document": READ, "description": "old", "tags": {"team": "a", "extra": "x"}}]},
        "policy",
        policy(description="new", tags={"team": "b", "cost": "1"}, purge_tags=True),
        ["UpdatePolicyDescription", "UntagResources", "TagResources"],
    ),
    "policy deleted with its versions": (
        {"policies": [{"name": "p", "versions": [{"document": READ}, {"document": WRITE}]}]},
        "policy",
        {"name": "p", "state": "absent"},
        ["DeletePolicy"],
    ),
    "policy detached and deleted": (
        {
            "policies": [{"name": "p", "document": READ}],
            "users": [{"name": "alice", "policies": attached("p")}],
            "groups": [{"name": "ops", "policies": attached("p")}],
        },
        "policy",
        {"name": "p", "state": "absent", "detach": True},
        ["DetachPolicyFromGroup", "DetachPolicyFromUser", "DeletePolicy"],
    ),
    "policy gone": ({}, "policy", {"name": "p", "state": "absent"}, []),
    "user given policies": (
        {"users": [ALICE], "policies": [{"name": "p", "document": READ}]},
        "user_policies",
        {"user_name": "alice", "policies": attached("p", "ReadOnlyAccess")},
        ["AttachPolicyToUser", "AttachPolicyToUser"],
    ),
    "user half done": (
        {"users": [{"name": "alice", "policies": attached("p")}], "policies": [{"name": "p", "document": READ}]},
        "user_policies",
        {"user_name": "alice", "policies": attached("p", "ReadOnlyAccess")},
        ["AttachPolicyToUser"],
    ),
    "user's list made exact": (
        {"users": [{"name": "alice", "policies": attached("p", "AdministratorAccess")}],
         "policies": [{"name": "p", "document": READ}]},
        "user_policies",
        {"user_name": "alice", "policies": attached("ReadOnlyAccess"), "exclusive": True},
        ["AttachPolicyToUser", "DetachPolicyFromUser", "DetachPolicyFromUser"],
    ),
    "user emptied": (
        {"users": [{"name": "alice", "policies": attached("ReadOnlyAccess")}]},
        "user_policies",
        {"user_name": "alice", "policies": [], "exclusive": True, "allow_empty": True},
        ["DetachPolicyFromUser"],
    ),
    "user's policy taken": (
        {"users": [{"name": "alice", "policies": attached("ReadOnlyAccess")}]},
        "user_policies",
        {"user_name": "alice", "policies": attached("ReadOnlyAccess", "p"), "state": "absent"},
        ["DetachPolicyFromUser"],
    ),
    "user gone": ({}, "user_policies", {"user_name": "alice", "policies": attached("p"), "state": "absent"}, []),
    "group given a policy": (
        {"groups": [{"name": "ops"}]},
        "group_policies",
        {"group_name": "ops", "policies": attached("ReadOnlyAccess")},
        ["AttachPolicyToGroup"],
    ),
    "group's policy taken": (
        {"groups": [{"name": "ops", "policies": attached("ReadOnlyAccess")}]},
        "group_policies",
        {"group_name": "ops", "policies": attached("ReadOnlyAccess"), "state": "absent"},
        ["DetachPolicyFromGroup"],
    ),
    "role's list made exact": (
        {"roles": [{"name": "ci", "trust_policy": TRUST, "policies": attached("AdministratorAccess")}]},
        "role_policies",
        {"role_name": "ci", "policies": attached("ReadOnlyAccess"), "exclusive": True},
        ["AttachPolicyToRole", "DetachPolicyFromRole"],
    ),
    "user created": (
        {},
        "user",
        {"name": "alice", "display_name": "Alice", "comments": "c", "email": "a@example.com", "mobile_phone": "86-18600008888"},
        ["CreateUser"],
    ),
    "user created with its name only": ({}, "user", {"name": "alice"}, ["CreateUser"]),
    "user there": (
        {"users": [{"name": "alice", "comments": "c"}]},
        "user",
        {"name": "alice", "display_name": "alice", "comments": "c"},
        [],
    ),
    "user changed": (
        {"users": [{"name": "alice", "display_name": "A", "comments": "c"}]},
        "user",
        {"name": "alice", "display_name": "Alice", "comments": ""},
        ["UpdateUser"],
    ),
    "user deleted": ({"users": [ALICE]}, "user", {"name": "alice", "state": "absent"}, ["DeleteUser"]),
    "user deleted with all that it has": (
        {
            "users": [
                {"name": "admin", "policies": attached("AdministratorAccess"), "access_keys": [{}]},
                {**ALICE, "groups": ["ops"], "policies": attached("ReadOnlyAccess"), "access_keys": [{}]},
            ],
            "groups": [{"name": "ops"}],
        },
        "user",
        {"name": "alice", "state": "absent", "detach": True, "delete_credentials": True},
        ["DetachPolicyFromUser", "RemoveUserFromGroup", "UpdateAccessKey", "DeleteAccessKey", "DeleteUser"],
    ),
    "user missing": ({}, "user", {"name": "alice", "state": "absent", "delete_credentials": True}, []),
    "group created with members": (
        {"users": [ALICE, {"name": "bob"}]},
        "group",
        {"name": "ops", "comments": "c", "members": ["bob", "alice"]},
        ["CreateGroup", "AddUserToGroup", "AddUserToGroup"],
    ),
    "group's comments changed": (
        {"groups": [{"name": "ops", "comments": "old"}]},
        "group",
        {"name": "ops", "comments": "new"},
        ["UpdateGroup"],
    ),
    "group's members made exact": (
        {"users": [{**ALICE, "groups": ["ops"]}, {"name": "bob"}], "groups": [{"name": "ops"}]},
        "group",
        {"name": "ops", "members": ["bob"], "exclusive": True},
        ["AddUserToGroup", "RemoveUserFromGroup"],
    ),
    "group deleted with all that it has": (
        {"users": [{**ALICE, "groups": ["ops"]}], "groups": [{"name": "ops", "policies": attached("ReadOnlyAccess")}]},
        "group",
        {"name": "ops", "state": "absent", "detach": True},
        ["DetachPolicyFromGroup", "RemoveUserFromGroup", "DeleteGroup"],
    ),
    "group missing": ({}, "group", {"name": "ops", "state": "absent"}, []),
    "ordinary role created": (
        {},
        "role",
        {"name": "ci", "trust_policy": TRUST, "description": "d", "max_session_duration": 7200, "tags": {"team": "a"}},
        ["CreateRole"],
    ),
    "ordinary role of the same meaning": (
        {"roles": [{"name": "ci", "trust_policy": TRUST}]},
        "role",
        {"name": "ci", "trust_policy": json.dumps(trust("ecs.aliyuncs.com", kind="Service", Action=["sts:AssumeRole"]))},
        [],
    ),
    "ordinary role drifted": (
        {"roles": [{"name": "ci", "trust_policy": TRUST, "description": "d", "max_session_duration": 7200}]},
        "role",
        {"name": "ci", "trust_policy": trust("ess.aliyuncs.com", kind="Service"), "description": "e"},
        ["UpdateRole"],
    ),
    "ordinary role taken over": (
        {"roles": [{"name": "ci", "trust_policy": TRUST, "tags": {"managed-by": "hand"}}]},
        "role",
        {"name": "ci", "trust_policy": TRUST, "managed_by": "me", "adopt": True},
        ["TagResources"],
    ),
    "ordinary role deleted with its policies": (
        {"roles": [{"name": "ci", "trust_policy": TRUST, "policies": attached("ReadOnlyAccess")}]},
        "role",
        {"name": "ci", "state": "absent", "detach": True},
        ["DetachPolicyFromRole", "DeleteRole"],
    ),
    "ordinary role missing": ({}, "role", {"name": "ci", "state": "absent"}, []),
    "whole set-up from nothing": (
        {},
        "baseline",
        {
            "user_policies": [{"user_name": "alice", "policies": attached("p")}],
            "role_policies": [{"role_name": "ci", "policies": attached("p")}],
            "group_policies": [{"group_name": "ops", "policies": attached("p", "ReadOnlyAccess")}],
            "groups": [{"name": "ops", "members": ["alice"]}],
            "roles": [{"name": "ci", "trust_policy": TRUST}],
            "policies": [policy()],
            "users": [{"name": "alice", "display_name": "Alice"}],
            "service_linked_roles": [{"service_name": SERVICE}],
        },
        ["CreateServiceLinkedRole", "CreateUser", "CreateGroup", "CreateRole", "CreatePolicy", "AddUserToGroup",
         "AttachPolicyToUser", "AttachPolicyToGroup", "AttachPolicyToGroup", "AttachPolicyToRole"],
    ),
    "whole set-up removed": (
        {
            "users": [
                {"name": "admin", "policies": attached("AdministratorAccess"), "access_keys": [{}]},
                {**ALICE, "groups": ["ops"], "policies": attached("p"), "access_keys": [{}]},
            ],
            "groups": [{"name": "ops", "policies": attached("p", "ReadOnlyAccess")}],
            "roles": [{"name": "ci", "trust_policy": TRUST, "policies": attached("p")}],
            "policies": [{"name": "p", "document": READ}],
            "service_linked_roles": [{"service_name": SERVICE}],
        },
        "baseline",
        {
            "users": [{"name": "alice", "state": "absent", "detach": True, "delete_credentials": True}],
            "groups": [{"name": "ops", "state": "absent", "detach": True}],
            "roles": [{"name": "ci", "state": "absent", "detach": True}],
            "policies": [{"name": "p", "state": "absent"}],
            "service_linked_roles": [{"service_name": SERVICE, "state": "absent"}],
        },
        ["DetachPolicyFromUser", "DetachPolicyFromGroup", "DetachPolicyFromGroup", "RemoveUserFromGroup",
         "DetachPolicyFromRole", "DeleteServiceLinkedRole", "UpdateAccessKey", "DeleteAccessKey", "DeleteUser", "DeleteGroup",
         "DeleteRole", "DeletePolicy"],
    ),
    "baseline from nothing": (
        {"users": [ALICE, {"name": "bob"}], "groups": [{"name": "ops"}]},
        "baseline",
        {
            "service_linked_roles": [{"service_name": SERVICE}],
            "policies": [policy(), policy(name="q", document=WRITE)],
            "user_policies": [
                {"user_name": "alice", "policies": attached("p", "q")},
                {"user_name": "bob", "policies": attached("p")},
            ],
            "group_policies": [{"group_name": "ops", "policies": attached("q"), "exclusive": True}],
        },
        ["CreateServiceLinkedRole", "CreatePolicy", "CreatePolicy", *["AttachPolicyToUser"] * 3, "AttachPolicyToGroup"],
    ),
    "baseline that replaces and removes": (
        {
            "policies": [{"name": "p", "document": READ}, {"name": "q", "document": WRITE}],
            "users": [{"name": "alice", "policies": attached("q", "ReadOnlyAccess")}],
            "groups": [{"name": "ops", "policies": attached("q")}],
        },
        "baseline",
        {
            "policies": [policy(document=WRITE), {"name": "q", "state": "absent"}],
            "user_policies": [{"user_name": "alice", "policies": attached("p"), "exclusive": True}],
            "group_policies": [{"group_name": "ops", "policies": attached("q"), "state": "absent"}],
        },
        ["CreatePolicyVersion", "AttachPolicyToUser", "DetachPolicyFromUser", "DetachPolicyFromUser",
         "DetachPolicyFromGroup", "DeletePolicy"],
    ),
}  # fmt: skip


def predicted(prediction: Any, fact: Any) -> bool:
    """Whether a prediction is right: the same shape and values, null where the service assigns the value."""
    if isinstance(prediction, dict) and isinstance(fact, dict):
        return set(prediction) == set(fact) and all(predicted(prediction[key], fact[key]) for key in fact)
    if isinstance(prediction, list) and isinstance(fact, list):
        return len(prediction) == len(fact) and all(map(predicted, prediction, fact))
    return prediction is None or prediction == fact


@dataclass
class Converged:
    """A case in check mode, and then run twice, with the account's states and writes."""

    checked: Run
    ran: Run
    before: dict[str, Any]
    after_check: dict[str, Any]
    writes_of_check: list[str]
    writes: list[str]


@pytest.fixture(scope="module", name="converged")
def _converged(account: Any, playbooks: Playbooks) -> dict[str, Converged]:
    """All cases, each in an account of its own, in two runs of ansible-playbook."""
    accounts = {case: account(**seed) for case, (seed, *_rest) in CASES.items()}
    before = {case: there.state for case, there in accounts.items()}
    tasks = {
        case: {f"alicloud.ram.{module}": options, "diff": True} for case, (_seed, module, options, _w) in CASES.items()
    }
    checked = playbooks.run_cases(
        {case: Case(there, [{"name": "check", "check_mode": True, **tasks[case]}]) for case, there in accounts.items()}
    )
    after = {case: (there.state, there.writes()) for case, there in accounts.items()}
    ran = playbooks.run_cases(
        {
            case: Case(there, [{"name": "run", **tasks[case]}, {"name": "again", **tasks[case]}])
            for case, there in accounts.items()
        }
    )
    return {
        case: Converged(
            checked[case],
            ran[case],
            before[case],
            *after[case],
            there.writes(),
        )
        for case, there in accounts.items()
    }


@pytest.mark.parametrize("case", CASES)
def test_converges(case: str, converged: dict[str, Converged]) -> None:
    seed, module, _options, expected = CASES[case]
    found = converged[case]
    checked, ran, again = found.checked.of("check"), found.ran.of("run"), found.ran.of("again")
    assert found.writes_of_check == []
    assert found.after_check == found.before or "deleting" in str(seed)
    assert not any(result.get("failed") for result in (checked, ran, again)), (checked, ran, again)
    assert found.writes == expected

    assert checked["assumed"] == [] == ran["assumed"]
    assert [change["operation"] for change in ran["changes"]] == expected
    assert checked["changes"] == ran["changes"]
    assert checked["changed"] is ran["changed"] is bool(expected)
    assert checked["diff"] == ran["diff"]
    assert not again["changed"] and again["changes"] == []
    assert again[module] == ran[module]
    assert predicted(checked[module], ran[module])


def test_info_has_the_managers_shape(account: Any, playbooks: Playbooks) -> None:
    cases = {}
    for case, (seed, module, options, _expected) in CASES.items():
        if module == "baseline" or "deletion" in case:
            continue
        selects = ("service_name", "custom_suffix", "name", "user_name", "group_name", "role_name")
        names = {name: value for name, value in options.items() if name in selects}
        manage = {"name": "manage", f"alicloud.ram.{module}": options}
        cases[case] = Case(account(**seed), [manage, {"name": "inform", f"alicloud.ram.{module}_info": names}])
    assert len(cases) > 20
    for case, run in playbooks.run_cases(cases).items():
        module = CASES[case][1]
        told, managed = run.of("inform")[module], run.of("manage")[module]
        # What only the info module reads is null in the other's result.
        assert told.keys() == managed.keys(), case
        assert {key: value for key, value in told.items() if managed[key] is not None} == {
            key: value for key, value in managed.items() if value is not None
        }, case
        assert run.of("inform")["changed"] is False, case


def test_baseline_info(account: Any, playbook: Any) -> None:
    there = account(users=[{"name": "alice", "policies": attached("ReadOnlyAccess")}], groups=[{"name": "ops"}])
    names = {
        "service_linked_roles": [{"service_name": SERVICE}],
        "policies": [{"name": "p"}],
        "user_policies": [{"user_name": "alice"}, {"user_name": "nobody"}],
        "group_policies": [{"group_name": "ops"}],
    }
    task = {"name": "inform", "alicloud.ram.baseline_info": names}
    found = playbook([task], account=there).succeeded().of("inform")["baseline"]
    assert found["account_id"] == there.account_id
    assert found["service_linked_roles"] == found["policies"] == [{}] and found["role_policies"] == []
    assert [policy["policy_name"] for policy in found["user_policies"][0]["policies"]] == ["ReadOnlyAccess"]
    assert found["user_policies"][1] == {}
    assert found["group_policies"] == [{"group_name": "ops", "policies": []}]
