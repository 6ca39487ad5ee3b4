# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network and other people do meanwhile."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE, allow, trust
from ansible_collections.alicloud.ram.tests.lib.playbooks import Case, Playbooks

SEVERAL = "several.example.aliyuncs.com"
DOCUMENT = allow("oss:*")
POLICY = {"name": "ensure", "alicloud.ram.policy": {"name": "p", "document": DOCUMENT}}
ROLE = {"name": "ensure", "alicloud.ram.service_linked_role": {"service_name": SERVICE}}
ATTACH = {
    "name": "ensure",
    "alicloud.ram.user_policies": {"user_name": "alice", "policies": [{"name": "ReadOnlyAccess", "type": "System"}]},
}
WRITES = [
    (ROLE, "CreateServiceLinkedRole"),
    (POLICY, "CreatePolicy"),
    (ATTACH, "AttachPolicyToUser"),
]


def test_a_write_whose_answer_is_lost(account: Any, playbooks: Playbooks, emulator: Any) -> None:
    cases, expected, rules = {}, {}, []
    for (task, operation), fault in itertools.product(
        WRITES, ("drop_after", "drop_before", "throttle", "error", "malformed")
    ):
        case, there = f"{operation}, {fault}", account(users=[{"name": "alice"}])
        cases[case] = Case(there, [task, {**task, "name": "again"}])
        # If the write took effect, it is not repeated: the module reads.
        expected[case] = [operation] * (1 if fault in ("drop_after", "malformed") else 2)
        rules.append({"operation": operation, "account_id": there.account_id, "fault": fault})
    emulator.ask("rules", {"rules": rules})
    for case, run in playbooks.run_cases(cases).items():
        result = run.succeeded().of("ensure")
        assert result["changed"], case
        assert [change["operation"] for change in result["changes"]] == expected[case][:1], case
        assert cases[case].account.writes() == expected[case], case
        assert not run.of("again")["changed"], case


@pytest.mark.parametrize("task, operation", WRITES)
def test_two_runs_at_once(task: Any, operation: str, account: Any, playbook: Any, emulator: Any) -> None:
    there = account(users=[{"name": "alice"}])
    rule = {"operation": operation, "account_id": there.account_id, "fault": "latency", "seconds": 1.5, "count": 2}
    emulator.ask("rules", {"rules": [rule]})
    both = {"all": {"hosts": {"one": {}, "other": {}}}}
    run = playbook([task], account=there, inventory=both).succeeded()
    changed = sorted(run.of("ensure", host)["changed"] for host in ("one", "other"))
    assert changed == [False, True]
    assert there.writes() == [operation] * 2


def test_writes_that_become_visible_later(account: Any, playbook: Any, emulator: Any) -> None:
    there = account(users=[{"name": "alice"}])
    rule = {"operation": "CreatePolicy", "account_id": there.account_id, "fault": "delay_visibility", "seconds": 1.5}
    emulator.ask("rules", {"rules": [rule]})
    attach = {"user_name": "alice", "policies": [{"name": "p"}]}
    run = playbook([POLICY, {"name": "attach", "alicloud.ram.user_policies": attach}], account=there).succeeded()
    assert run.of("attach")["changed"] and run.of("ensure")["policy"]["policy_name"] == "p"
    assert there.writes() == ["CreatePolicy", "AttachPolicyToUser"]


def test_a_failure_tells_what_was_done_before_it(account: Any, playbook: Any, emulator: Any) -> None:
    there = account(users=[{"name": "alice"}])
    rule = {"operation": "AttachPolicyToUser", "account_id": there.account_id, "fault": "error",
            "code": "LimitExceeded.User.Policy", "status": 409, "count": 0}  # fmt: skip
    emulator.ask("rules", {"rules": [rule]})
    options = {
        "policies": [{"name": "p", "document": DOCUMENT}],
        "user_policies": [{"user_name": "alice", "policies": [{"name": "p"}]}],
    }
    task = {"name": "declare", "alicloud.ram.baseline": options}
    result = playbook([task], account=there).of("declare")
    assert "user 'alice'" in result["msg"] and "LimitExceeded.User.Policy" in result["msg"]
    assert result["changed"] and [change["operation"] for change in result["changes"]] == ["CreatePolicy"]
    emulator.ask("rules", method="DELETE")
    assert [change["operation"] for change in playbook([task], account=there).succeeded().of("declare")["changes"]] == [
        "AttachPolicyToUser"
    ]


def test_a_deletion_that_ends_while_it_is_looked_at(account: Any, playbook: Any) -> None:
    there = account(service_linked_roles=[{"service_name": SERVICE, "deleting": True}])
    playbook([ROLE], "--check", account=there).succeeded()  # its look is the one after which the task has ended
    assert playbook([ROLE], account=there).succeeded().of("ensure")["changed"]
    assert there.writes() == ["CreateServiceLinkedRole"]


def test_a_write_that_cannot_be_read_back_is_told(account: Any, playbook: Any, emulator: Any) -> None:
    there = account()
    rule = {"operation": "GetPolicy", "account_id": there.account_id, "fault": "error", "code": "NoPermission",
            "status": 403, "nth": 3, "count": 0}  # fmt: skip
    emulator.ask("rules", {"rules": [rule]})
    result = playbook([POLICY], account=there).of("ensure")
    assert result["changed"] and [change["operation"] for change in result["changes"]] == ["CreatePolicy"]
    assert "uncertain" not in result

    lost = account()
    drop = {"operation": "CreatePolicy", "account_id": lost.account_id, "fault": "drop_after"}
    emulator.ask("rules", {"rules": [{**rule, "account_id": lost.account_id}, drop]})
    result = playbook([POLICY], account=lost).of("ensure")
    assert result["changed"] and result["changes"] == []
    assert [change["operation"] for change in result["uncertain"]] == ["CreatePolicy"]
    assert "CreatePolicy of policy 'p' took effect is not known" in result["msg"]
    assert lost.writes() == ["CreatePolicy"]


def test_an_exact_list_at_the_limit(account: Any, playbook: Any) -> None:
    names = [f"p{number}" for number in range(11)]
    there = account(
        policies=[{"name": name, "document": DOCUMENT} for name in names],
        users=[{"name": "alice", "policies": [{"name": name, "type": "Custom"} for name in names[:10]]}],
    )
    declared = {"user_name": "alice", "policies": [{"name": name} for name in names[1:]], "exclusive": True}
    task = {"name": "ensure", "alicloud.ram.user_policies": declared}
    assert playbook([task], account=there).succeeded().of("ensure")["changed"]
    assert there.writes() == ["AttachPolicyToUser", "DetachPolicyFromUser", "AttachPolicyToUser"]
    assert not playbook([task], account=there).succeeded().of("ensure")["changed"]


def test_a_role_named_in_another_case(account: Any, playbook: Any) -> None:
    held = [{"name": "ReadOnlyAccess", "type": "System"}]
    there = account(
        roles=[{"name": "Runner", "trust_policy": trust("ecs.aliyuncs.com", kind="Service"), "policies": held}],
        users=[{"name": "alice"}],
    )
    entry = {"role_name": "runner", "policies": held}
    other = {"user_name": "alice", "policies": held}
    options = {"role_policies": [entry], "user_policies": [other]}
    result = playbook([{"name": "ensure", "alicloud.ram.baseline": options}], account=there).succeeded().of("ensure")
    assert [change["operation"] for change in result["changes"]] == ["AttachPolicyToUser"]
    options = {"role_policies": [{**entry, "state": "absent"}], "user_policies": [other]}
    result = playbook([{"name": "ensure", "alicloud.ram.baseline": options}], account=there).succeeded().of("ensure")
    assert [change["operation"] for change in result["changes"]] == ["DetachPolicyFromRole"]


@pytest.mark.parametrize("check", [True, False])
def test_what_the_system_policy_lacks(check: bool, account: Any, playbook: Any) -> None:
    there = account()
    options = {"service_name": SERVICE, "required_actions": ["vpc:DescribeVpcs", "vpc:DeleteVpc"]}
    run = playbook(
        [{"name": "ensure", "alicloud.ram.service_linked_role": options}], *["--check"] * check, account=there
    )
    assert run.of("ensure")["missing_actions"] == ["vpc:DeleteVpc"] and "vpc:DeleteVpc" in run.of("ensure")["msg"]
    assert there.writes() == []


def test_a_failure_shows_its_warnings_wherever_it_runs(account: Any, playbook: Any, emulator: Any) -> None:
    there = account(users=[{"name": "alice"}], service_linked_roles=[{"service_name": SEVERAL, "custom_suffix": "x"}])
    late = {"operation": "CreatePolicy", "account_id": there.account_id, "fault": "delay_visibility", "seconds": 300,
            "count": 0}  # fmt: skip
    not_yet = {"operation": "AttachPolicyToUser", "account_id": there.account_id, "fault": "error",
               "code": "EntityNotExist.Policy", "status": 404, "count": 0}  # fmt: skip
    emulator.ask("rules", {"rules": [late, not_yet]})
    tasks = [
        {
            "name": name,
            "alicloud.ram.baseline": {
                "service_linked_roles": [{"service_name": SEVERAL, "custom_suffix": "x", "description": "Mine."}],
                "policies": [{"name": name, "document": DOCUMENT}],
                "user_policies": [{"user_name": "alice", "policies": [{"name": name}]}],
                "consistency_timeout": 0.5,
                "validate_certs": False,
            },
            "vars": {"alicloud_ram_inside_worker": name == "inside"},
            "ignore_errors": True,
        }
        for name in ("inside", "ordinary")
    ]
    run = playbook(tasks, account=there)
    for name in ("inside", "ordinary"):
        result = run.of(name)
        assert "EntityNotExist.Policy" in result["msg"]
        assert [text.split(" ")[0] for text in result["warnings"]] == ["validate_certs", "The"], result
        assert "is left as it is" in " ".join(run.output.split())
        assert f"may not be visible everywhere yet: CreatePolicy of policy '{name}'." in result["msg"]
