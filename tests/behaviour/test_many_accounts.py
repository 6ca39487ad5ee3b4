# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task for many accounts."""

from __future__ import annotations

import json
import os
import pathlib
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import yaml

from ansible_collections.alicloud.ram.tests.lib import emulated
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, SERVICE
from ansible_collections.alicloud.ram.tests.lib.paths import BIN
from ansible_collections.alicloud.ram.tests.lib.playbooks import Case, Playbooks

POLICY = "image-import"
ATTACH = "AttachPolicyToUser"
TEMPLATE = "GetServiceLinkedRoleTemplate"


def document(resource: str = "acs:ram:*:${account_id}:role/*") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "ram:CreateServiceLinkedRole", "Resource": resource}
    return {"Version": "1", "Statement": [statement]}


DECLARED = {
    "service_linked_roles": [{"service_name": SERVICE}],
    "policies": [{"name": POLICY, "document": document()}],
    "user_policies": [{"user_name": "alice", "policies": [{"name": POLICY}]}],
}
ALL_WRITES = ["CreateServiceLinkedRole", "CreatePolicy", ATTACH]


@pytest.fixture(name="hub")
def _hub(account: Any) -> Any:
    return account()


def trusting(account_id: str) -> list[dict[str, Any]]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{account_id}:root"]}}
    return [{"name": "Access", "trust_policy": {"Version": "1", "Statement": [statement]}, "policies": ADMINISTRATOR}]


@pytest.fixture(name="member")
def _member(account: Any, hub: Any) -> Any:
    """Make an account whose role ``Access`` the hub may assume."""

    def make(trusted: Any = hub, **seed: Any) -> Any:
        seed.setdefault("users", [{"name": "alice"}, {"name": "bob"}])
        seed.setdefault("roles", trusting(trusted.account_id))
        return account(**seed)

    return make


def entry(there: Any, **more: Any) -> dict[str, Any]:
    return {"account_id": there.account_id, "assume_role": {"role_name": "Access"}, **more}


def fleet(hub: Any, accounts: Iterable[Any], declared: Any = None, play: Any = None, **more: Any) -> Case:
    """Run baseline over entries of accounts with the hub's credentials."""
    arguments = {**(DECLARED if declared is None else declared), "accounts": list(accounts), **more}
    return Case(hub, [{"name": "declare", "alicloud.ram.baseline": arguments}], play or {})


CHECKED = {"check_mode": True, "diff": True}


@pytest.fixture(name="run")
def _run(playbooks: Playbooks) -> Callable[..., dict[str, Any]]:
    """Run fleets one after the other; gives their results by name, of which those named in ``failing`` have failed."""

    def run(failing: Iterable[str] = (), **fleets: Case) -> dict[str, Any]:
        runs = playbooks.run_cases(fleets, in_turn=True)
        outcomes = {name: one.outcomes for name, one in runs.items()}
        expected = {name: ["failed" if name in failing else "ok"] for name in fleets}
        assert outcomes == expected, next(iter(runs.values())).output
        return {name: one.of("declare") for name, one in runs.items()}

    return run


def statuses(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(account["account_id"], account["status"]) for account in result["accounts"]]


def operations(result: dict[str, Any]) -> list[str]:
    return [change["operation"] for change in result["changes"]]


def by_fleet(hub: Any, there: Any) -> list[list[dict[str, Any]]]:
    """All calls in an account, for each fleet that the hub ran; a fleet begins with the question who the hub is."""
    calls = [call for call in there.emulator.calls() if call["account_id"] in (hub.account_id, there.account_id)]
    found: list[list[dict[str, Any]]] = []
    for call in calls:
        if call["account_id"] == hub.account_id and call["operation"] == "GetCallerIdentity":
            found.append([])
        if call["account_id"] == there.account_id:
            found[-1].append(call)
    return found


def writes_by_fleet(hub: Any, there: Any) -> list[list[str]]:
    return [[str(call["operation"]) for call in calls if call["write"]] for calls in by_fleet(hub, there)]


def test_check_then_run_then_again(member: Any, run: Any, hub: Any) -> None:
    half = member(policies=[{"name": POLICY, "document": document("*")}])
    whole = member()
    refused = member(users=[])
    entries = [entry(half, name="half"), entry(whole, name="whole"), entry(refused, name="refused")]
    results = run(
        failing=("checked", "made"),
        checked=fleet(hub, entries, play=CHECKED),
        made=fleet(hub, entries, play={"diff": True}),
        again=fleet(hub, entries[:2]),
        shown=fleet(hub, entries[:2], return_resources=True),
    )
    checked, made = results["checked"], results["made"]
    written = ["CreateServiceLinkedRole", "CreatePolicyVersion", ATTACH]
    assert writes_by_fleet(hub, half) == [[], written, [], []]
    assert writes_by_fleet(hub, whole) == [[], ALL_WRITES, [], []]
    assert writes_by_fleet(hub, refused) == [[]] * 4

    for key in ("changed", "counts", "diff"):
        assert checked[key] == made[key]
    assert made["counts"] == {"total": 3, "ok": 2, "changed": 2, "failed": 1, "not_started": 0}
    for predicted, done in zip(checked["accounts"], made["accounts"]):
        for key in ("name", "account_id", "status", "changed", "msg", "changes"):
            assert predicted.get(key) == done.get(key)
    assert "user 'alice' does not exist" in made["msg"]
    assert {part["before_header"] for part in made["diff"]} == {
        f"{label}: {what}"
        for label in (f"half ({half.account_id})", f"whole ({whole.account_id})")
        for what in (f"service-linked role of {SERVICE}", f"policy '{POLICY}'", "policies of user 'alice'")
    }

    result = results["again"]
    assert not result["changed"] and "diff" not in result
    # Thousands of accounts may be as declared, and Ansible keeps and prints all of a result.
    for found in result["accounts"]:
        assert found.keys() == {"name", "account_id", "status", "changed", "changes"} and len(json.dumps(found)) < 150
    result = results["shown"]
    assert result["counts"] == {"total": 2, "ok": 2, "changed": 0, "failed": 0, "not_started": 0}
    for found, there in zip(result["accounts"], (half, whole)):
        assert found["baseline"]["account_id"] == there.account_id
        (policy,) = found["baseline"]["policies"]
        assert there.account_id in json.dumps(policy["policy_document"])


# What is the same in every account is asked in one of them.
ONCE = [TEMPLATE, "GetPolicy System"]


def test_the_calls_of_an_account(account: Any, member: Any, run: Any) -> None:
    numbers = (1, 2, 4)
    hubs = {users: account() for users in numbers}
    names = {users: [f"u{number}" for number in range(users)] for users in numbers}
    there = {
        users: [
            member(hubs[users], users=[{"name": name} for name in names[users]], groups=[{"name": "g"}])
            for dummy in range(3)
        ]
        for users in numbers
    }

    def declared(users: int) -> dict[str, Any]:
        held = [{"name": POLICY}]
        return {
            **DECLARED,
            "user_policies": [{"user_name": name, "policies": held} for name in names[users]],
            "group_policies": [{"group_name": "g", "policies": held}],
        }

    run(
        **{
            f"{turn} {users}": fleet(hubs[users], map(entry, there[users]), declared(users))
            for users in numbers
            for turn in ("first", "again")
        }
    )

    def named(call: dict[str, Any]) -> str:
        return "GetPolicy System" if call["parameters"].get("PolicyType") == "System" else str(call["operation"])

    def calls(users: int, turn: int, asked_once: list[str]) -> list[list[str]]:
        hub = hubs[users]
        asked = sorted(call["operation"] for call in by_fleet(hub, hub)[turn])
        assert asked == ["AssumeRole"] * 3 + ["GetCallerIdentity"], users
        found = [[named(call) for call in by_fleet(hub, one)[turn]] for one in there[users]]
        assert sorted(name for names in found for name in names if name in ONCE) == sorted(asked_once), users
        return [[name for name in names if name not in ONCE] for names in found]

    for users in numbers:
        for operations in calls(users, 0, ONCE):
            reads, writes, verification = operations[: 3 + users], operations[3 + users : -3], operations[-3:]
            assert sorted(reads) == sorted(["GetRole", "GetPolicy", "GetGroup", *["GetUser"] * users])
            assert writes == ["CreateServiceLinkedRole", "CreatePolicy", *[ATTACH] * users, "AttachPolicyToGroup"]
            assert sorted(verification) == ["GetPolicy", "GetRole", "ListEntitiesForPolicy"]
            if users == 2:
                assert len(operations) + len(["AssumeRole"]) == 14
        for operations in calls(users, 1, [TEMPLATE]):
            assert sorted(operations) == ["GetPolicy", "GetRole", "ListEntitiesForPolicy"], users


def test_each_failure_is_one_accounts_own(member: Any, run: Any, hub: Any, emulator: Any) -> None:
    roleless, refusing, denied, half = member(roles=[]), member(roles=trusting("1")), member(), member()
    good = [member() for dummy in range(3)]
    unknown = {"account_id": "9999999999999999", "assume_role": {"role_name": "Access"}}
    rules = [
        {"operation": "GetPolicy", "account_id": denied.account_id, "code": "NoPermission", "status": 403},
        {"operation": ATTACH, "account_id": half.account_id, "code": "LimitExceeded.User.Policy", "status": 409},
    ]
    emulator.ask("rules", {"rules": [{"fault": "error", "count": 0, **rule} for rule in rules]})
    entries = [entry(good[0]), entry(roleless), entry(refusing), entry(denied, name="denied"), unknown, entry(good[1])]
    result = run(failing=["fleet"], fleet=fleet(hub, [*entries, entry(half), entry(good[2])]))["fleet"]
    assert result["changed"]
    assert statuses(result) == [
        *((there.account_id, "failed") for there in (roleless, refusing, denied)),
        (unknown["account_id"], "failed"),
        (half.account_id, "failed"),
        *((there.account_id, "ok") for there in good),
    ]
    assert result["counts"] == {"total": 8, "ok": 3, "changed": 4, "failed": 5, "not_started": 0}
    for there in good:
        assert there.writes() == ALL_WRITES
    assert [found.get("code") for found in result["accounts"][:3]] == ["EntityNotExist.Role", "NoPermission"] + [
        "NoPermission"
    ]
    for found in result["accounts"][:5]:
        assert found["msg"] in result["msg"]
    assert result["msg"].startswith("5 of 8 accounts failed.\n")
    assert (
        f"\ndenied ({denied.account_id}): GetPolicy in account {denied.account_id} failed: NoPermission"
        in result["msg"]
    )
    # The role's trust policy refuses, whatever rights the caller has.
    assert "missing_action" not in result["accounts"][1]
    assert result["accounts"][1]["denied_by"]["policy_type"] == "AssumeRolePolicy"

    partly = result["accounts"][4]
    assert partly["changed"] and operations(partly) == ["CreateServiceLinkedRole", "CreatePolicy"]
    assert "LimitExceeded.User.Policy" in partly["msg"]
    emulator.ask("rules", method="DELETE")
    again = run(fleet=fleet(hub, [entry(half)]))["fleet"]
    assert operations(again["accounts"][0]) == [ATTACH]


@pytest.mark.parametrize("inside", [True, False])
def test_all_kinds_of_accounts_in_one_task(inside: bool, account: Any, run: Any, emulator: Any) -> None:
    hub = account(users=[{"name": "alice"}, {"name": "op", "policies": ADMINISTRATOR, "access_keys": [{}]}])

    def member(**seed: Any) -> Any:
        return account(**{"users": [{"name": "alice"}], "roles": trusting(hub.account_id), **seed})

    good = [member() for dummy in range(3)]
    twice, other, roleless, refusing, userless = (
        member(),
        member(),
        member(roles=[]),
        member(roles=trusting("1")),
        member(users=[]),
    )
    suspended = member()
    # How the service answers in the name of a suspended account is not published; that it refuses is what counts here.
    rule = {"fault": "error", "account_id": suspended.account_id, "code": "Inactive", "status": 403, "count": 0}
    emulator.ask("rules", {"rules": [rule]})
    unknown = {"account_id": "9999999999999999", "name": "unknown", "assume_role": {"role_name": "Access"}}
    entries = [
        entry(good[0]), entry(twice), entry(roleless), {"account_id": hub.account_id, "name": "hub"}, unknown, entry(refusing),
        {"assume_role": {"role_arn": f"acs:ram::{twice.account_id}:role/access"}}, entry(good[1]), entry(suspended),
        {"account_id": other.account_id, "name": "no role"}, entry(userless), entry(good[2]),
    ]  # fmt: skip
    way = {"vars": {"alicloud_ram_inside_worker": inside}}
    chosen = [entries[0], entries[3], entries[7], entries[11]]
    results = run(failing=["all"], all=fleet(hub, entries, play=way), again=fleet(hub, chosen, play=way))
    emulator.ask("rules", method="DELETE")
    result = results["all"]
    assert result["changed"]
    assert result["counts"] == {"total": 12, "ok": 4, "changed": 4, "failed": 8, "not_started": 0}
    for there in (*good, hub):
        assert there.writes() == ALL_WRITES
    for there in (twice, other, roleless, refusing, suspended, userless):
        assert there.writes() == []
    told = {(found["account_id"], found["status"]): found for found in result["accounts"]}
    reasons = {
        twice.account_id: "as entries 2, 7",
        roleless.account_id: "EntityNotExist.Role",
        unknown["account_id"]: "EntityNotExist.Role",
        refusing.account_id: "NoPermission",
        suspended.account_id: "Inactive",
        other.account_id: f"the account of the task's credentials, which is {hub.account_id}",
        userless.account_id: "user 'alice' does not exist",
    }
    for account_id, reason in reasons.items():
        assert reason in told[account_id, "failed"]["msg"] and not told[account_id, "failed"]["changed"]
    assert {account_id for account_id, status in told if status == "ok"} == {there.account_id for there in (*good, hub)}
    assert not results["again"]["changed"]


TOO_MANY = {"0": 1, 1: 2, "25%": 2, "49%": 2, "50%": 3, "100%": 4}  # max_failures, and how many accounts are begun


def test_too_many_failures(account: Any, member: Any, run: Any) -> None:
    hubs = {allowed: account() for allowed in TOO_MANY}
    there = {allowed: [member(hub, roles=[]) for dummy in range(3)] + [member(hub)] for allowed, hub in hubs.items()}
    results = run(
        failing=map(str, TOO_MANY),
        **{
            str(allowed): fleet(hub, map(entry, there[allowed]), max_failures=allowed, max_concurrency=1)
            for allowed, hub in hubs.items()
        },
    )
    for allowed, begun in TOO_MANY.items():
        result = results[str(allowed)]
        assert hubs[allowed].calls() == ["GetCallerIdentity"] + ["AssumeRole"] * begun, allowed
        assert result["counts"]["not_started"] == 4 - begun, allowed
        assert (f", {4 - begun} not started. Stopped: max_failures (" in result["msg"]) == (begun < 4), allowed
        order = ["failed"] * min(begun, 3) + ["not_started"] * (4 - begun) + ["ok"] * (begun == 4)
        assert [found["status"] for found in result["accounts"]] == order, allowed
        assert there[allowed][3].writes() == (ALL_WRITES if begun == 4 else []), allowed


def test_an_account_that_is_there_twice(member: Any, run: Any, hub: Any) -> None:
    twice, once = member(), member()
    by_arn = {"assume_role": {"role_arn": f"acs:ram::{twice.account_id}:role/Other"}}
    result = run(failing=["fleet"], fleet=fleet(hub, [entry(twice, name="a"), entry(once, name="a"), by_arn]))["fleet"]
    assert twice.calls() == [] and once.writes() == ALL_WRITES
    assert statuses(result) == [(twice.account_id, "failed")] * 2 + [(once.account_id, "ok")]
    assert [found["name"] for found in result["accounts"]] == ["a", twice.account_id, "a"]
    for found in result["accounts"][:2]:
        assert "as entries 1, 3" in found["msg"] and not found["changed"]


def test_the_hubs_own_account_is_named_and_never_meant_by_omission(account: Any, member: Any, run: Any) -> None:
    hub = account(users=[{"name": "alice"}, {"name": "op", "policies": ADMINISTRATOR, "access_keys": [{}]}])
    there, other = member(hub), member()
    results = run(
        failing=["omitted"],
        named=fleet(hub, [{"account_id": hub.account_id, "name": "hub"}, entry(there)], return_resources=True),
        omitted=fleet(hub, [{"account_id": other.account_id}, entry(there)]),
    )
    assert writes_by_fleet(hub, hub) == writes_by_fleet(hub, there) == [ALL_WRITES, []]
    assert results["named"]["accounts"][0]["baseline"]["account_id"] == hub.account_id

    result = results["omitted"]
    assert statuses(result) == [(other.account_id, "failed"), (there.account_id, "ok")]
    assert f"the account of the task's credentials, which is {hub.account_id}" in result["msg"]
    assert other.calls() == []


def test_the_guard_of_the_task_is_the_hubs(member: Any, run: Any, hub: Any) -> None:
    there = member()
    results = run(
        failing=["wrong"],
        right=fleet(hub, [entry(there)], account_id=hub.account_id),
        wrong=fleet(hub, [entry(there)], account_id=there.account_id),
    )
    assert hub.calls() == ["GetCallerIdentity", "AssumeRole", "GetCallerIdentity"]
    assert "nothing was done" in results["wrong"]["msg"] and "accounts" not in results["wrong"]


def test_names_and_documents_by_variables(member: Any, run: Any, hub: Any) -> None:
    users = [{"name": "pay-deployer"}, {"name": "log-deployer"}]
    there = [member(users=users), member(users=users)]
    awkward = 'a", "Effect": "Deny", "x": "${team} \\ ü'
    declared = {
        "policies": [
            {"name": "${team}-${tier}", "description": "${name}: ${note}", "tags": {"${team}": "$${team}"},
             "document": json.dumps(document("acs:oss:*:${account_id}:${note}"))},
            {"name": "same", "document": document("acs:oss:*:${account_id}:$${x}")},
        ],
        "user_policies": [{"user_name": "${team}-deployer", "policies": [{"name": "${team}-${tier}"}]}],
    }  # fmt: skip
    entries = [
        entry(there[0], name="付款 ü", variables={"team": "pay", "tier": 1, "note": awkward}),
        entry(there[1], variables={"team": "log", "tier": "two", "note": "-"}),
    ]
    results = run(made=fleet(hub, entries, declared, return_resources=True), again=fleet(hub, entries, declared))
    first, second = (found["baseline"] for found in results["made"]["accounts"])
    assert [policy["policy_name"] for policy in first["policies"]] == ["pay-1", "same"]
    assert [policy["policy_name"] for policy in second["policies"]] == ["log-two", "same"]
    (statement,) = first["policies"][0]["policy_document"]["Statement"]
    assert statement["Resource"] == f"acs:oss:*:{there[0].account_id}:{awkward}" and statement["Effect"] == "Allow"
    assert first["policies"][0]["tags"] == {"pay": "${team}"}
    assert first["policies"][0]["description"] == f"付款 ü: {awkward}"
    assert second["policies"][0]["description"] == f"{there[1].account_id}: -"
    assert second["policies"][1]["policy_document"] == document(f"acs:oss:*:{there[1].account_id}:${{x}}")
    assert first["user_policies"][0]["user_name"] == "pay-deployer"
    assert not results["again"]["changed"]


def test_a_warning_of_many_accounts_is_one(member: Any, run: Any, hub: Any) -> None:
    several = "several.example.aliyuncs.com"
    seed = [{"service_name": several, "custom_suffix": "x"}]
    there = [member(service_linked_roles=seed), member(service_linked_roles=seed), member()]
    declared = {"service_linked_roles": [{"service_name": several, "custom_suffix": "x", "description": "Mine."}]}
    entries = [entry(there[0], name="a"), entry(there[1]), entry(there[2])]
    result = run(fleet=fleet(hub, entries, declared))["fleet"]
    (warning,) = result["warnings"]
    assert warning.startswith(f"a ({there[0].account_id}), {there[1].account_id}: The description of ")
    assert result["counts"]["changed"] == 1
    assert not any("warnings" in found or "diff" in found for found in result["accounts"])


ROLE = {"role_name": "Access"}
ARN = "acs:ram::1000000000000011:role/Access"
BAD = [
    ([], {}, ["accounts", "empty"]),
    ([{}], {}, ["accounts entry 1: account_id is missing, or assume_role"]),
    ([{"account_id": "12"}, {"name": "payments"}], {}, ["accounts entry 2 (payments): account_id is missing"]),
    ([{"account_id": "eleven"}], {}, ["accounts entry 1: account_id: 'eleven'"]),
    ([{"assume_role": ROLE}], {}, ["accounts entry 1: account_id is missing"]),
    ([{"account_id": "12", "assume_role": {}}], {}, ["accounts entry 1: assume_role: the value is empty"]),
    ([{"account_id": "12", "assume_role": {"role_arn": ARN}}], {}, ["accounts entry 1: account_id is 12", "0011"]),
    ([{"account_id": "12", "assume_role": {**ROLE, "account_id": "13"}}], {}, ["account_id is 12", "account 13"]),
    ([{"assume_role": {"role_arn": ARN, **ROLE}}], {}, ["accounts entry 1: assume_role", "role_arn and role_name"]),
    ([{"assume_role": {"role_arn": ARN, "account_id": "1"}}], {}, ["accounts entry 1: assume_role: role_arn and acc"]),
    ([{"assume_role": {"role_arn": "acs:1"}}], {}, ["accounts entry 1: assume_role.role_arn", "'acs:1'"]),
    ([{"account_id": "12", "assume_role": {"role_name": "/"}}], {}, ["accounts entry 1: assume_role.role_name"]),
    ([{"account_id": "12", "assume_role": {**ROLE, "duration_seconds": 9}}], {}, ["assume_role.duration_seconds"]),
    ([{"account_id": "12", "role_name": "x"}], {}, ["accounts", "role_name"]),
    (["12"], {}, ["accounts entry 1: it is a text, where a mapping is needed, for example {account_id: 12}."]),
    ([{"account_id": "12", "variables": {"a-b": "x"}}], {}, ["accounts entry 1: variables: 'a-b'"]),
    ([{"account_id": "12", "variables": {"a": True}}], {}, ["accounts entry 1: variables: a ", "quotes"]),
    ([{"account_id": "12", "variables": {"a": 1.10}}], {}, ["accounts entry 1: variables: a ", "quotes"]),
    ([{"account_id": "12", "variables": {"a": ["x"]}}], {}, ["accounts entry 1: variables: a "]),
    ([{"account_id": "12", "variables": {"a": None}}], {}, ["accounts entry 1: variables: a "]),
    ([{"account_id": "12", "variables": {"account_id": "1"}}], {}, ["accounts entry 1: variables: account_id"]),
    ([{"account_id": "12"}], {"max_failures": "many"}, ["max_failures", "'many'"]),
    ([{"account_id": "12"}], {"max_failures": "101%"}, ["max_failures", "101%"]),
    ([{"account_id": "12"}], {"max_failures": "-1"}, ["max_failures", "-1"]),
    ([{"account_id": "12"}], {"max_concurrency": 0}, ["max_concurrency", "1 to 1000"]),
    ([{"account_id": "12"}], {"max_concurrency": 1001}, ["max_concurrency", "1001"]),
    ([{"account_id": "12"}], {"assume_role_rate": -1}, ["assume_role_rate"]),
    ([{"account_id": "12"}], {"assume_role_rate": "nan"}, ["assume_role_rate"]),
    ([{"account_id": "12"}], {"assume_role_rate": "inf"}, ["assume_role_rate"]),
]
TEXT = '{"Version": "1", "Statement": [${statement}]}'
SECOND = "accounts entry 2 (payments): "
BAD_TEXTS = [
    (
        {"policies": [{"name": "${x}", "document": document()}]},
        ["accounts entry 1: policies entry 1: name: ${x} is", "account_id, n, name"],
    ),
    (
        {"policies": [{"name": "p", "document": document("${account-id}")}]},
        ["accounts entry 1: policies entry 1: ", "${account-id}"],
    ),
    ({"policies": [{"name": "p", "document": document("${n")}]}, ["accounts entry 1: policies entry 1: ", "$${"]),
    ({"policies": [{"name": "${n}", "document": document()}]}, [SECOND + "policies entry 1: name: 'a b'"]),
    ({"policies": [{"name": "p", "document": TEXT}]}, ["policies entry 1: document of policy 'p'", "JSON"]),
    (
        {"policies": [{"name": "p", "document": document(), "tags": {"${n}": "1", "a b": "2"}}]},
        [SECOND + "policies entry 1: tags: two keys are 'a b'"],
    ),
    ({"user_policies": [{"user_name": "${n}", "policies": []}]}, [SECOND + "user_policies entry 1: user_name: 'a b'"]),
    (
        {"service_linked_roles": [{"service_name": "${n}"}]},
        [SECOND + "service_linked_roles entry 1: service_name: 'a b'"],
    ),
]


def test_bad_entries_are_refused_before_any_call(playbook: Any, hub: Any) -> None:
    cases = [(entries, {**DECLARED, **options}, words) for entries, options, words in BAD]
    good = {"account_id": "12", "variables": {"n": "1"}}
    awkward = {"name": "payments", "account_id": "13", "variables": {"n": "a b"}}
    cases += [([good, awkward], options, words) for options, words in BAD_TEXTS]
    tasks = [
        {"name": str(number), "alicloud.ram.baseline": {**options, "accounts": entries}, "ignore_errors": True}
        for number, (entries, options, dummy) in enumerate(cases)
    ]
    run = playbook(tasks, account=hub, measured=True)
    for number, (entries, options, words) in enumerate(cases):
        result = run.of(str(number))
        assert not result.get("changed"), (entries, options, result)
        for word in words:
            assert word in result["msg"], (entries, options, result["msg"])
    assert {item["outcome"] for item in run.results} == {"failed"} and hub.calls() == []


def test_the_hubs_own_bad_credentials_fail_the_task_at_once(member: Any, run: Any, hub: Any) -> None:
    there = [member() for dummy in range(3)]
    result = run(failing=["fleet"], fleet=fleet(hub, map(entry, there), access_key_secret="wrong"))["fleet"]
    assert "accounts" not in result and not result["changed"]
    assert result["msg"].startswith("GetCallerIdentity failed: SignatureDoesNotMatch")


def test_the_hubs_credentials_end_in_the_midst(member: Any, run: Any, hub: Any, emulator: Any) -> None:
    there = [member() for dummy in range(5)]
    expired = {"fault": "error", "account_id": hub.account_id, "code": "InvalidSecurityToken.Expired", "status": 403}
    rules = [{**expired, "operation": "AssumeRole", "nth": 3}, {**expired, "operation": "GetCallerIdentity", "nth": 2}]
    emulator.ask("rules", {"rules": [{**rule, "count": 0} for rule in rules]})
    result = run(failing=["fleet"], fleet=fleet(hub, map(entry, there), max_concurrency=1))["fleet"]
    emulator.ask("rules", method="DELETE")
    assert result["changed"]
    assert result["counts"] == {"total": 5, "ok": 2, "changed": 2, "failed": 1, "not_started": 2}
    assert hub.calls() == ["GetCallerIdentity"] + ["AssumeRole"] * 3 + ["GetCallerIdentity"]
    assert result["msg"].startswith(
        "1 of 5 accounts failed, 2 not started. The task's own credentials do not serve any more: "
        f"GetCallerIdentity in account {hub.account_id} failed: InvalidSecurityToken.Expired"
    )
    assert result["accounts"][0]["account_id"] == there[2].account_id
    assert there[0].writes() == there[1].writes() == ALL_WRITES and there[3].calls() == []


def test_a_role_that_cannot_be_assumed_once_is_not_the_hubs_fault(
    member: Any, run: Any, hub: Any, emulator: Any
) -> None:
    there = [member() for dummy in range(3)]
    rule = {"fault": "error", "account_id": hub.account_id, "operation": "AssumeRole", "code": "Odd", "status": 400}
    emulator.ask("rules", {"rules": [rule]})
    result = run(failing=["fleet"], fleet=fleet(hub, map(entry, there), max_concurrency=1))["fleet"]
    assert statuses(result) == [(there[0].account_id, "failed")] + [(one.account_id, "ok") for one in there[1:]]
    assert result["accounts"][0]["code"] == "Odd"


def test_a_throttled_hub_is_not_asked_who_it_is(member: Any, run: Any, hub: Any, emulator: Any) -> None:
    there = [member() for dummy in range(3)]
    rule = {"fault": "throttle", "account_id": hub.account_id, "operation": "AssumeRole", "count": 0}
    emulator.ask("rules", {"rules": [rule]})
    result = run(failing=["fleet"], fleet=fleet(hub, map(entry, there), retry_timeout=1))["fleet"]
    emulator.ask("rules", method="DELETE")
    assert result["counts"] == {"total": 3, "ok": 0, "changed": 0, "failed": 3, "not_started": 0}
    assert set(hub.calls()[1:]) == {"AssumeRole"}


def test_removal(member: Any, run: Any, hub: Any) -> None:
    there = [member() for dummy in range(3)]
    entries = list(map(entry, there))
    absent = {
        "service_linked_roles": [{"service_name": SERVICE, "state": "absent"}],
        "policies": [{"name": POLICY, "state": "absent"}],
        "user_policies": [{"user_name": "alice", "policies": [{"name": POLICY}], "state": "absent"}],
    }
    results = run(
        made=fleet(hub, entries),
        checked=fleet(hub, entries, absent, play={"check_mode": True}),
        removed=fleet(hub, entries, absent),
        again=fleet(hub, entries, absent),
    )
    predicted, made = (results[name]["accounts"] for name in ("checked", "removed"))
    assert [found["changes"] for found in predicted] == [found["changes"] for found in made]
    removal = ["DetachPolicyFromUser", "DeleteServiceLinkedRole", "DeletePolicy"]
    for account in there:
        assert writes_by_fleet(hub, account) == [ALL_WRITES, [], removal, []]
    assert not results["again"]["changed"]


def test_the_ordinary_module_does_the_same(member: Any, run: Any, hub: Any) -> None:
    there = [member(), member(roles=[]), member()]
    ways = {
        name: fleet(hub, map(entry, there), play={"check_mode": True, "vars": {"alicloud_ram_inside_worker": way}})
        for name, way in (("inside", True), ("outside", False))
    }
    results = run(failing=ways, **ways)
    inside, outside = results["inside"], results["outside"]
    for result in (inside, outside):
        for found in result["accounts"]:
            found.pop("request_id", None), found.pop("msg", None)
    for key in ("changed", "counts", "accounts"):
        assert inside[key] == outside[key]


def test_a_task_that_ansible_ends_goes_on_in_the_next_run(
    member: Any, playbook: Any, run: Any, hub: Any, emulator: Any
) -> None:
    there = [member(), member()]
    rule = {"fault": "latency", "operation": "GetRole", "account_id": there[1].account_id, "seconds": 60}
    emulator.ask("rules", {"rules": [rule]})
    arguments = {**DECLARED, "accounts": list(map(entry, there))}
    ended = playbook([{"name": "declare", "alicloud.ram.baseline": arguments, "timeout": 4}], account=hub)
    emulator.ask("rules", method="DELETE")
    assert ended.status == 2 and "accounts" not in ended.of("declare")
    assert there[0].writes() == ALL_WRITES and there[1].writes() == []
    again = run(fleet=fleet(hub, map(entry, there)))["fleet"]
    assert [found["changed"] for found in again["accounts"]] == [False, True]


def test_progress_is_told_to_who_watches(account: Any, member: Any, emulator: Any, tmp_path: pathlib.Path) -> None:
    """Two runs at the same time, one whose messages go to a terminal and one whose messages go to a pipe."""
    terminal, end = pty.openpty()
    watched = start_slowly(account(), member, emulator, tmp_path / "watched", end)
    unwatched = start_slowly(account(), member, emulator, tmp_path / "unwatched", subprocess.PIPE)
    shown, dummy = watched.communicate(timeout=120)
    os.close(end)
    on_terminal = os.read(terminal, 65536).decode()
    os.close(terminal)
    piped, errors = unwatched.communicate(timeout=120)
    for process, stdout in ((watched, shown), (unwatched, piped)):
        assert process.returncode == 0, stdout
        assert "accounts done" not in stdout
        assert json.loads(stdout[stdout.index("=> {") + 3 : stdout.rindex("}") + 1])["counts"]["changed"] == 2
    told = re.compile(r"alicloud.ram: (.*) after [0-9]+ s, (.*?)\r?\n")
    assert told.findall(on_terminal) == [
        ("1 of 2 accounts done", "1 changed, 0 failed"),
        ("done: 2 of 2 accounts done", "2 changed, 0 failed"),
    ]
    assert told.findall(errors) == []


def start_slowly(hub: Any, member: Any, emulator: Any, directory: pathlib.Path, stderr: int) -> subprocess.Popen[str]:
    """Start ansible-playbook with a fleet of two accounts, one of which takes some seconds."""
    there = [member(hub), member(hub)]
    rule = {"fault": "latency", "operation": "GetRole", "account_id": there[1].account_id, "seconds": 8}
    emulator.ask("rules", {"rules": [rule]})
    task = {"name": "declare", "alicloud.ram.baseline": {**DECLARED, "accounts": list(map(entry, there))}}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task],
            "vars": {"ansible_python_interpreter": sys.executable}}  # fmt: skip
    directory.mkdir()
    (directory / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    return subprocess.Popen(
        [str(BIN / "ansible-playbook"), "play.yml", "-i", "localhost,", "-v"],
        cwd=directory,
        env={
            **emulated.clean_environment(directory),
            **emulator.environment,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": hub.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": hub.access_key_secret,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )
