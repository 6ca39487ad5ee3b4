# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks for any baseline: each host is an account, all hosts of a batch are worked on by one task."""

from __future__ import annotations

import json
import pathlib
import re
import time
from typing import Any, Callable

import pytest

from ansible_collections.alicloud.ram.tests.lib.accounts import Account
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, allow, trust_accounts
from ansible_collections.alicloud.ram.tests.lib.playbooks import Playbooks, Run

APPLY = "alicloud.ram.apply"
BATCH = "Work on all accounts of the batch"
FAILED = "Fail if the account failed"


class World:
    """A hub, and the accounts that it may enter, which are hosts."""

    def __init__(self, account: Callable[..., Account], playbooks: Playbooks) -> None:
        self._account, self._playbooks = account, playbooks
        self.playbook = playbooks.run
        self.hub = account()
        self.accounts: dict[str, Account] = {}
        self.environment = {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.hub.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.hub.access_key_secret,
        }

    def host(self, name: str, **variables: Any) -> dict[str, Any]:
        """The variables of a host with an account of its own."""
        role = {"name": "Access", "trust_policy": trust_accounts(self.hub.account_id), "policies": ADMINISTRATOR}
        there = self.accounts[name] = self._account(roles=[role], users=[{"name": "alice"}])
        return {"alicloud_assume_role": {"account_id": there.account_id, "role_name": "Access"}, **variables}

    def run(
        self,
        hosts: dict[str, Any],
        *options: str,
        variables: dict[str, Any] | None = None,
        name: Any = APPLY,
        **more: Any,
    ) -> Run:
        inventory = {"alicloud_accounts": {"hosts": hosts, "vars": {"alicloud_baseline": USER, **(variables or {})}}}
        environment = {**self.environment, **more.pop("environment", {})}
        return self._playbooks.run(name, *options, inventory=inventory, environment=environment, **more)

    def writes(self) -> dict[str, list[str]]:
        """The writes in each account since the last time this was asked, without those that had none."""
        found = {name: there.writes() for name, there in self.accounts.items()}
        return {name: writes for name, writes in found.items() if writes}


USER = {"users": [{"name": "ci"}]}


@pytest.fixture(name="world")
def _world(account: Any, playbooks: Playbooks) -> World:
    return World(account, playbooks)


def states(run: Run) -> dict[str, str]:
    return {one["name"]: one["status"] for one in run.of(BATCH)["accounts"]}


def message_of(run: Run, name: str) -> str:
    (message,) = [one["msg"] for one in run.of(BATCH)["accounts"] if one["name"] == name]
    return str(message)


def failed_hosts(run: Run) -> set[str]:
    """Which hosts the recap shows as failed."""
    lines = run.stdout.split("PLAY RECAP")[1].split("CUSTOM STATS")[0].splitlines()[1:]
    return {line.split(":")[0].strip() for line in lines if ":" in line and "failed=0" not in line}


def changed_hosts(run: Run) -> dict[str, int]:
    """How often the recap shows a host as changed, without those that it does not."""
    lines = run.stdout.split("PLAY RECAP")[1].splitlines()
    found = {
        line.split(":")[0].strip(): int(line.split("changed=")[1].split()[0]) for line in lines if "changed=" in line
    }
    return {name: number for name, number in found.items() if number}


def held(name: str, policy: str) -> dict[str, Any]:
    return {"user_name": name, "policies": [{"name": policy}]}


def test_declarations_that_differ_by_host(world: World) -> None:
    common = {
        "users": [{"name": "{{ deployer }}"}],
        "policies": [{"name": "publish", "document": allow("oss:PutObject", resource="acs:oss:*:${account_id}:*")}],
        "user_policies": "{{ [{'user_name': deployer, 'policies': [{'name': 'publish'}]}] }}",
    }
    own = {"users": [{"name": "only-here", "comments": "{{ inventory_hostname }} ${name}"}]}
    shared = {"groups": [{"name": "{{ hostvars['payments'].deployer }}-friends"}]}
    hosts = {
        "payments": world.host("payments", deployer="pay-ci"),
        "logistics": world.host("logistics", deployer="log-ci"),
        "lab": world.host("lab", alicloud_baseline=own),
        "shared": world.host("shared", alicloud_baseline=shared),
    }
    checked = world.run(hosts, "--check", "--diff", variables={"alicloud_baseline": common}).succeeded()
    assert world.writes() == {}
    made = world.run(hosts, "--diff", variables={"alicloud_baseline": common}, measured=True).succeeded()
    first = ["CreateUser", "CreatePolicy", "AttachPolicyToUser"]
    assert world.writes() == {"payments": first, "logistics": first, "lab": ["CreateUser"], "shared": ["CreateGroup"]}
    assert checked.of(BATCH)["accounts"] == made.of(BATCH)["accounts"]
    ids = {name: there.account_id for name, there in world.accounts.items()}
    # In check mode and in the run, the difference of each account is shown once, with its name.
    for run in (checked, made):
        assert run.output.count(f"--- before: payments ({ids['payments']}): user 'pay-ci'") == 1, run.output
        assert run.output.count(f"--- before: lab ({ids['lab']}): user 'only-here'") == 1
        assert set(states(run).values()) == {"ok"}
    there = {name: account.state for name, account in world.accounts.items()}
    assert {"pay-ci"} == set(there["payments"]["users"]) - {"alice", "administrator"}
    assert {"log-ci"} == set(there["logistics"]["users"]) - {"alice", "administrator"}
    assert f":{ids['payments']}:" in json.dumps(there["payments"]["policies"])
    assert "lab lab" in json.dumps(there["lab"]["users"]["only-here"])
    assert set(there["shared"]["groups"]) == {"pay-ci-friends"}
    assert made.of(BATCH)["report"] == [
        "4 accounts: 4 ok, 4 of them changed.",
        f"lab ({ids['lab']}): user 'only-here' created",
        f"logistics ({ids['logistics']}): user 'log-ci' created, policy 'publish' created, "
        "policy 'publish' attached to user 'log-ci'",
        f"payments ({ids['payments']}): user 'pay-ci' created, policy 'publish' created, "
        "policy 'publish' attached to user 'pay-ci'",
        f"shared ({ids['shared']}): group 'pay-ci-friends' created",
    ]
    again = world.run(hosts, variables={"alicloud_baseline": common}).succeeded()
    assert world.writes() == {} and again.of(BATCH)["counts"]["changed"] == 0
    assert "alicloud.ram: 4 accounts: 4 ok, 0 of them changed." in again.stderr


def test_one_failing_account_of_twenty(world: World, tmp_path: pathlib.Path) -> None:
    hosts = {f"host{number:02}": world.host(f"host{number:02}") for number in range(20)}
    hosts["host07"]["alicloud_assume_role"]["role_name"] = "Nope"
    files = {
        "alicloud_report": str(tmp_path / "new" / "report.json"),
        "alicloud_failed_hosts": str(tmp_path / "failed"),
    }
    options = ("-e", json.dumps(files))
    for check in (("--check",), ()):
        run = world.run(hosts, *check, *options, environment={"ANSIBLE_SHOW_CUSTOM_STATS": "true"})
        assert run.status == 2 and failed_hosts(run) == {"host07"}
        # What set_stats has is what AWX keeps of a job.
        stats = run.stdout.split("CUSTOM STATS: ")[1]
        assert re.search(r'"alicloud_run_failed_hosts": \[\s*"host07"\s*\]', stats) and '"failed": 1' in stats
        assert len(world.writes()) == (0 if check else 19)
        assert run.of(FAILED, "host07")["msg"] == message_of(run, "host07")
        assert "AssumeRole" in message_of(run, "host07")
        report = json.loads((tmp_path / "new" / "report.json").read_text())
        assert report["mode"] == ("check" if check else "apply")
        assert run.of(BATCH)["counts"] == {"total": 20, "ok": 19, "changed": 19, "failed": 1, "not_started": 0}
        totals = {key: number for key, number in report["totals"].items() if number and key != "resources"}
        assert totals == {"accounts": 20, "ok": 19, "changed": 19, "error": 1}
        assert report["totals"]["resources"]["missing"] == 19
        assert len(report["accounts"]) == 20 and report["accounts"][0]["name"] == "host07"
        assert (tmp_path / "failed").read_text() == "host07\n"
        assert (tmp_path / "failed").stat().st_mode & 0o777 == 0o640
    # The cause is gone: the failed host alone is tried again.
    hosts["host07"]["alicloud_assume_role"]["role_name"] = "Access"
    again = world.run(hosts, "--limit", f"@{tmp_path / 'failed'}", *options).succeeded()
    assert states(again) == {"host07": "ok"} and world.writes() == {"host07": ["CreateUser"]}
    assert (tmp_path / "failed").read_text() == ""


def test_the_failures_of_all_batches_count(world: World, tmp_path: pathlib.Path) -> None:
    hosts = {f"host{number:02}": world.host(f"host{number:02}") for number in range(14)}
    for number in (2, 6, 7):
        hosts[f"host{number:02}"]["alicloud_assume_role"]["role_name"] = "Nope"
    given = {
        "alicloud_serial": 5,
        "alicloud_max_failures": 1,
        "alicloud_failed_hosts": str(tmp_path / "failed"),
        "alicloud_report": str(tmp_path / "report.json"),
        "alicloud_max_concurrency": 1,
    }
    run = world.run(hosts, "-e", json.dumps(given), measured=True)
    assert run.status == 2
    batches = [item["result"] for item in run.results if item["task"] == BATCH]
    assert [len(batch["accounts"]) for batch in batches] == [5, 5, 4]
    counts = batches[-1]["counts"]
    assert counts == {"total": 14, "ok": 5, "changed": 5, "failed": 2, "not_started": 7}
    behind = ["host02", *(f"host{number:02}" for number in range(6, 14))]
    assert sorted(world.writes()) == [f"host{number:02}" for number in (0, 1, 3, 4, 5)]
    assert failed_hosts(run) == set(behind)
    assert (tmp_path / "failed").read_text().split() == behind == sorted(batches[-1]["failed_hosts"])
    assert "Not started. Stopped: alicloud_max_failures (1) exceeded." in run.of(FAILED, "host13")["msg"]
    totals = json.loads((tmp_path / "report.json").read_text())["totals"]
    assert [totals[key] for key in ("accounts", "ok", "error", "not_started")] == [14, 5, 2, 7]
    assert run.stderr.count("alicloud.ram: 14 accounts: 5 ok, 5 of them changed, 2 failed, 7 not started.") == 1
    for number in (2, 6, 7):
        hosts[f"host{number:02}"]["alicloud_assume_role"]["role_name"] = "Access"
    rest = world.run(hosts, "--limit", f"@{tmp_path / 'failed'}", "-e", json.dumps(given)).succeeded()
    assert sorted(world.writes()) == behind and "9 ok, 9 of them changed" in rest.stderr


def test_what_is_wrong_with_a_host_is_its_own_failure(world: World) -> None:
    twin = world.host("twin")
    other = {"account_id": "1", "role_name": "Access"}
    wrong: dict[str, tuple[dict[str, Any], str]] = {
        "undefined": ({"alicloud_baseline": {"users": [{"name": "{{ nobody }}"}]}}, "alicloud_baseline: .*nobody.* is undefined"),
        "syntax": ({"alicloud_baseline": {"users": "{{ ["}}, "alicloud_baseline: "),
        "text": ({"alicloud_baseline": "users"}, "alicloud_baseline: it is .*, where a mapping of lists"),
        "null": ({"alicloud_baseline": None}, "alicloud_baseline: it is .*, where a mapping of lists"),
        "nothing": ({"alicloud_baseline": {}}, "alicloud_baseline: nothing is declared"),
        "empty": ({"alicloud_baseline": {"users": [], "policies": []}}, "alicloud_baseline: nothing is declared"),
        "section": ({"alicloud_baseline": {"user": []}}, "alicloud_baseline: 'user' is not an option of it, .* Did you mean users"),
        "entry": ({"alicloud_baseline": {"users": [{"nam": "x"}]}}, "alicloud_baseline: users entry 1: 'nam' is not an option"),
        "value": ({"alicloud_baseline": {"users": [{"name": "a b"}]}}, "alicloud_baseline: users entry 1: name: 'a b' is not"),
        "twice": ({"alicloud_baseline": {"users": [{"name": "x"}, {"name": "x"}]}},
                  "alicloud_baseline: Declared twice: user 'x', by users entry 1 and by users entry 2"),
        "guard": ({"alicloud_baseline": {**USER, "account_id": "1"}}, "alicloud_baseline.account_id is 1, but by its variables"),
        "accounts": ({"alicloud_baseline": {**USER, "accounts": []}}, "alicloud_baseline: accounts: each host of the play is one"),
        "unnamed": ({"alicloud_assume_role": "{{ omit }}"}, "alicloud_assume_role: it is omitted"),
        "profile": ({"alicloud_profile": "{{ omit }}"}, "alicloud_profile: it is omitted"),
        "no profile": ({"alicloud_profile": None}, "alicloud_profile: the value is null"),
        "key": ({"alicloud_access_key_id": ""}, "alicloud_access_key_id: the value is an empty text"),
        "half": ({"alicloud_access_key_id": "LTAIx"}, "access_key_secret"),
        "endpoint": ({"alicloud_ram_endpoint": "http://x"}, "alicloud_ram_endpoint: 'http://x' is not an endpoint"),
        "twin 1": (twin, "twin 1, twin 2 are all account .*; nothing was done in it"),
        "twin 2": (twin, "twin 1, twin 2 are all account"),
        "other": ({"alicloud_account_id": "2", "alicloud_assume_role": other}, "alicloud_account_id is 2, but alicloud_assume_role is"),
    }  # fmt: skip
    hosts = {name: {**world.host(name), **variables} for name, (variables, dummy) in wrong.items()}
    hosts["right"] = world.host("right")
    run = world.run(hosts, measured=True)
    assert run.status == 2
    assert states(run) == {**dict.fromkeys(wrong, "failed"), "right": "ok"}
    for name, (dummy, words) in wrong.items():
        assert re.search(words, message_of(run, name).replace("\n", " ")), (name, message_of(run, name))
        assert run.of(FAILED, name)["msg"] == message_of(run, name)
    assert failed_hosts(run) == set(wrong) and world.writes() == {"right": ["CreateUser"]}
    # None of them was as much as entered.
    assert world.hub.calls() == ["GetCallerIdentity", "AssumeRole"]


def test_an_account_is_worked_on_once_in_all_batches(world: World) -> None:
    first = world.host("first")
    run = world.run({"first": first, "second": world.host("second"), "third": first}, "-e", "alicloud_serial=1")
    assert run.status == 2 and failed_hosts(run) == {"third"}
    assert world.writes() == {"first": ["CreateUser"], "second": ["CreateUser"]}
    message = run.of(FAILED, "third")["msg"]
    assert "is also host first, which was worked on before; nothing was done for third" in message


def test_plays_one_after_the_other(world: World, tmp_path: pathlib.Path) -> None:
    users = {"acr_vpc_access_users": ["alice"]}
    hosts = {name: world.host(name, **users) for name in ("one", "two", "three")}
    hosts["two"]["alicloud_assume_role"]["role_name"] = "Nope"
    site = [{"ansible.builtin.import_playbook": f"alicloud.ram.{name}"} for name in ("apply", "acr_setup")]
    (tmp_path / "site.yml").write_text(json.dumps(site))
    run = world.run(hosts, "-e", "alicloud_serial=1", name=str(tmp_path / "site.yml"), measured=True)
    # What failed in the first one is not in the second one; the others are, although they were worked on before.
    assert run.status == 2 and failed_hosts(run) == {"two"}
    writes = world.writes()
    assert set(writes) == {"one", "three"}
    assert all("CreateUser" in made and "CreatePolicy" in made for made in writes.values())


def test_changed_hosts_are_shown_on_request(world: World, emulator: Any, tmp_path: pathlib.Path) -> None:
    """Each once, by the playbook that changed it; also one that was changed and then failed."""
    users = {"acr_vpc_access_users": ["alice"]}
    there = {"users": [{"name": "alice"}]}
    hosts = {
        "1st": world.host("1st", **users),
        "2nd": world.host("2nd", **users),
        "as-declared": world.host("as-declared", alicloud_baseline=there, **users),
        "only-now": world.host("only-now", alicloud_baseline=there, **users),
        "partly": world.host("partly", alicloud_baseline={**USER, "groups": [{"name": "ops"}]}, **users),
    }
    refused = {"account_id": world.accounts["partly"].account_id, "operation": "CreateGroup", "count": 0}
    emulator.ask("rules", {"rules": [{"fault": "error", "code": "QuotaExceeded.Group", "status": 409, **refused}]})
    noted = ("-e", "alicloud_note_changes=true")
    assert changed_hosts(world.run(hosts, "--check")) == {"1st": 1}
    checked = world.run(hosts, "--check", *noted).succeeded()
    assert changed_hosts(checked) == {"1st": 1, "2nd": 1, "partly": 1}
    run = world.run(hosts, *noted, "-e", "alicloud_serial=3", measured=True)
    assert changed_hosts(run) == {"1st": 1, "2nd": 1, "partly": 1} and failed_hosts(run) == {"partly"}
    assert run.of("Show what was changed in the account", "2nd")["ansible_facts"]["alicloud_shown_changes"][
        "writes"
    ] == ("user 'ci' created")
    world.writes()
    emulator.ask("rules", method="DELETE")
    site = [{"ansible.builtin.import_playbook": f"alicloud.ram.{name}"} for name in ("acr_setup", "apply", "apply")]
    (tmp_path / "site.yml").write_text(json.dumps(site))
    for there_ in ("as-declared", "only-now"):
        hosts[there_]["alicloud_baseline"] = USER
    run = world.run(hosts, *noted, name=str(tmp_path / "site.yml"))
    assert set(world.writes()) == set(hosts)
    assert changed_hosts(run) == {"1st": 1, "2nd": 1, "as-declared": 2, "only-now": 2, "partly": 2}


def test_each_host_is_entered_with_its_own_key(world: World, account: Any) -> None:
    """Keys of two hubs, one of which is gone: that is the failure of its own hosts, and told once for each."""
    another, gone = account(), account()
    keys = {
        name: {f"alicloud_{option}": getattr(hub, option) for option in ("access_key_id", "access_key_secret")}
        for name, hub in (("another", another), ("gone", gone))
    }
    keys["gone"]["alicloud_access_key_secret"] = "not-the-secret"
    hosts = {"by-hub": world.host("by-hub")}
    for name, hub in (("another", another), ("gone", gone)):
        role = {"name": "Access", "trust_policy": trust_accounts(hub.account_id), "policies": ADMINISTRATOR}
        for number in (1, 2):
            there = world.accounts[f"{name}{number}"] = account(roles=[role])
            entered = {"account_id": there.account_id, "role_name": "Access"}
            hosts[f"{name}{number}"] = {"alicloud_assume_role": entered, **keys[name]}
    run = world.run(hosts)
    assert run.status == 2 and failed_hosts(run) == {"gone1", "gone2"}
    assert set(world.writes()) == {"by-hub", "another1", "another2"}
    assert world.hub.calls() == ["GetCallerIdentity", "AssumeRole"]
    assert another.calls() == ["GetCallerIdentity", "AssumeRole", "AssumeRole"]
    assert "not-the-secret" not in run.output


def test_the_limit_on_changes(world: World) -> None:
    two = {"users": [{"name": "one"}, {"name": "two"}]}
    hosts = {"many": world.host("many", alicloud_baseline=two), "few": world.host("few")}
    run = world.run(hosts, "-e", "alicloud_max_changes=1")
    assert run.status == 2 and failed_hosts(run) == {"many"} and world.writes() == {"few": ["CreateUser"]}
    assert message_of(run, "many").startswith(
        "2 changes are needed, but alicloud_max_changes allows 1, so none was made: CreateUser"
    )


def test_no_terminal_and_another_callback(world: World) -> None:
    hosts = {"one": world.host("one"), "two": world.host("two")}
    hosts["two"]["alicloud_assume_role"]["role_name"] = "Nope"
    run = world.run(
        hosts, "--diff", "--tags", "none", environment={"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal"}
    )
    # A selection of tags leaves neither the work nor the failures out.
    assert run.status == 2 and world.writes() == {"one": ["CreateUser"]}
    assert "alicloud.ram: 2 accounts: 1 ok, 1 of them changed, 1 failed." in run.stderr
    assert "alicloud.ram:" not in run.stdout


WAYS: dict[str, dict[str, Any]] = {
    "async": {"async": 10, "poll": 0},
    "environment": {"environment": {"HTTPS_PROXY": "http://proxy"}},
    "loop": {"loop": [1, 2]},
    "delegate_to": {"delegate_to": "localhost"},
}


def test_what_the_task_cannot_be(world: World) -> None:
    hosts = {"one": world.host("one"), "two": world.host("two")}
    tasks = [
        {"name": name, "alicloud.ram.inventory_baseline": {}, "ignore_errors": True, **keywords}
        for name, keywords in WAYS.items()
    ]
    for option, value in (
        ("report", "/dev/null/x"),
        ("max_failures", "many"),
        ("max_concurrency", 0),
        ("baseline", {}),
    ):
        tasks.append({"name": option, "alicloud.ram.inventory_baseline": {option: value}, "ignore_errors": True})
    tasks.append({"name": "done", "alicloud.ram.inventory_baseline": {}})
    play = {"hosts": "alicloud_accounts", "gather_facts": False, "strategy": "linear", "tasks": tasks}
    run = world.run(hosts, name=[play], measured=True)
    for item in run.results:
        text = json.dumps(item["result"])
        assert item["outcome"] == ("ok" if item["task"] == "done" else "failed"), item
        assert item["task"] == "done" or item["task"] in text, item
    assert world.writes() == {"one": ["CreateUser"], "two": ["CreateUser"]}


def test_a_free_strategy_is_refused(world: World) -> None:
    hosts = {"one": world.host("one"), "two": world.host("two")}
    play = {"hosts": "alicloud_accounts", "gather_facts": False, "tasks": [{"alicloud.ram.inventory_baseline": {}}]}
    run = world.run(hosts, name=[play], environment={"ANSIBLE_STRATEGY": "free"})
    assert run.status != 0 and "bypasses the host loop" in run.output and world.writes() == {}


REMOVE = "alicloud.ram.remove"
OWNER = {"managed-by": "platform"}
PUBLISH = allow("oss:PutObject")


def left(run: Run, name: str) -> list[str]:
    (found,) = [one.get("left", []) for one in results_of(run)[-1]["accounts"] if one["name"] == name]
    return found


def results_of(run: Run) -> list[dict[str, Any]]:
    return [item["result"] for item in run.results if item["task"] == BATCH and item["outcome"] != "skipped"]


def test_removal(world: World) -> None:
    baseline = {
        "users": [{"name": "ci"}],
        "groups": [{"name": "ops", "members": ["ci"]}],
        "roles": [{"name": "runner", "trust_policy": trust_accounts("1"), "managed_by": "platform"}],
        "policies": [
            {"name": "publish", "document": PUBLISH, "managed_by": "platform"},
            {"name": "unmarked", "document": PUBLISH},
            {"name": "never-wanted", "state": "absent"},
        ],
        "user_policies": [{"user_name": "ci", "policies": [{"name": "publish"}, {"name": "unmarked"}]}],
        "group_policies": [{"group_name": "ops", "policies": [{"name": "publish"}]}],
        "role_policies": [{"role_name": "runner", "policies": [{"name": "publish"}]}],
        "service_linked_roles": [{"service_name": "connect-customer-vpc.cr.aliyuncs.com"}],
    }
    hosts = {name: world.host(name) for name in ("ours", "by-hand", "held")}
    variables = {"alicloud_baseline": baseline}
    world.run(hosts, variables=variables).succeeded()
    ours, by_hand, held_ = (world.accounts[name] for name in ("ours", "by-hand", "held"))
    assert by_hand.state["policies"]["publish"]["tags"] == OWNER
    # Somebody makes the policy and the role theirs in one account, and gives the policy to somebody else in another.
    theirs = {"managed_by": "them", "adopt": True}
    settle = [{"alicloud.ram.policy": {"name": "publish", "document": PUBLISH, **theirs}},
              {"alicloud.ram.role": {"name": "runner", **theirs}}]  # fmt: skip
    give = [{"alicloud.ram.user_policies": {"user_name": "alice", "policies": [{"name": "publish"}]}}]
    for there, tasks in ((by_hand, settle), (held_, give)):
        world.playbook(tasks, account=there).succeeded()
    world.writes()

    checked = world.run(hosts, "--check", name=REMOVE, variables=variables)
    assert world.writes() == {} and len(results_of(checked)) == 1
    run = world.run(hosts, name=REMOVE, variables=variables, measured=True)
    plan, done = results_of(run)
    assert run.status == 2 and failed_hosts(run) == {"held"} == failed_hosts(checked)
    # What is shown first is what is done.
    assert {one["name"]: one.get("changes") for one in plan["accounts"]} == {
        one["name"]: one.get("changes") for one in done["accounts"]
    }
    detached = ["DetachPolicyFromUser", "DetachPolicyFromUser", "DetachPolicyFromGroup"]
    made = {name: sorted(writes) for name, writes in world.writes().items()}
    assert made == {
        "ours": sorted([*detached, "DetachPolicyFromRole", "DeleteRole", "DeletePolicy"]),
        "by-hand": sorted([*detached, "DetachPolicyFromRole"]),
    }
    assert "user 'alice'" in [one["msg"] for one in done["accounts"] if one["name"] == "held"][0]
    common = [
        "service-linked role of connect-customer-vpc.cr.aliyuncs.com is left: its service may stop working without it; "
        "delete_service_linked_roles deletes it",
        "user 'ci' is left: RAM keeps no tag on it that says who made it",
        "group 'ops' is left: RAM keeps no tag on it that says who made it",
    ]
    unmarked = "policy 'unmarked' is left: it is declared without managed_by, so nothing says who made it"
    assert left(run, "ours") == [*common, unmarked]
    policy, role = (
        f"{kind} is left: its tag managed-by is 'them', not 'platform'"
        for kind in ("policy 'publish'", "role 'runner'")
    )
    assert left(run, "by-hand") == [*common, role, policy, unmarked]
    assert any(line.endswith(f"): {policy}") for line in done["report"])

    # A second removal does nothing.
    del hosts["held"]
    again = world.run(hosts, name=REMOVE, variables=variables).succeeded()
    assert world.writes() == {} and left(again, "ours") == [*common, unmarked]
    # What is named is deleted, whatever its tags are; and the service-linked role, when that is asked for.
    told = {"alicloud_delete_unowned": ["unmarked"], "alicloud_delete_service_linked_roles": True}
    world.run(hosts, "-e", json.dumps(told), name=REMOVE, variables=variables).succeeded()
    assert {name: sorted(writes) for name, writes in world.writes().items()} == {
        "ours": ["DeletePolicy", "DeleteServiceLinkedRole"],
        "by-hand": ["DeletePolicy", "DeleteServiceLinkedRole"],
    }
    assert set(by_hand.state["policies"]) == {"publish"} and ours.state["policies"] == {}
    assert "runner" in by_hand.state["roles"] and "runner" not in ours.state["roles"]
    assert {"ci"} <= set(ours.state["users"])


def test_what_only_a_removal_takes(world: World) -> None:
    hosts = {"one": world.host("one")}
    for option in ({"alicloud_delete_unowned": ["p"]}, {"alicloud_delete_service_linked_roles": True}):
        run = world.run(hosts, "-e", json.dumps(option), measured=True)
        assert run.status == 2 and f"{next(iter(option))}: it deletes something only with state=absent" in run.output
    assert world.writes() == {}


def test_faults_are_those_of_their_hosts(world: World, emulator: Any) -> None:
    hosts = {name: world.host(name) for name in ("throttled", "lost", "shaky", "refused", "calm")}
    faults: dict[str, dict[str, Any]] = {
        "throttled": {"fault": "throttle", "count": 3},
        "lost": {"fault": "drop_after", "operation": "CreateUser", "count": 1},
        "shaky": {"fault": "error", "code": "InternalError", "status": 500, "operation": "GetUser", "count": 1},
        "refused": {"fault": "error", "code": "NoPermission", "status": 403, "operation": "CreateUser", "count": 0},
    }
    emulator.ask(
        "rules",
        {"rules": [{"account_id": world.accounts[name].account_id, **rule} for name, rule in faults.items()]},
    )
    run = world.run(hosts, "-e", "alicloud_retry_timeout=20")
    emulator.ask("rules", method="DELETE")
    assert states(run) == {**dict.fromkeys(hosts, "ok"), "refused": "failed"} and failed_hosts(run) == {"refused"}
    log = {
        name: [call for call in emulator.calls(there.account_id) if call["status"] not in (200, 404)]
        for name, there in world.accounts.items()
    }
    assert {name for name, calls in log.items() if calls} == set(faults)
    # The answer to a write was lost: the outcome was read, and the write not repeated.
    made = {name: writes for name, writes in world.writes().items() if name != "refused"}
    assert made == dict.fromkeys(set(hosts) - {"refused"}, ["CreateUser"])
    world.run(hosts).succeeded()
    assert world.writes() == {"refused": ["CreateUser"]}


def test_what_all_hosts_share_is_told_for_each(world: World) -> None:
    nowhere = {"alicloud_sts_endpoint": "127.0.0.1:1", "alicloud_retry_timeout": 0}
    hosts = {name: world.host(name, **nowhere) for name in ("one", "two")}
    run = world.run(hosts, measured=True)
    assert failed_hosts(run) == set(hosts)
    assert all("127.0.0.1:1" in message_of(run, name) and "bug" not in message_of(run, name) for name in hosts)


def test_killed_in_the_midst_and_run_again(world: World, emulator: Any) -> None:
    hosts = {f"host{number}": world.host(f"host{number}") for number in range(6)}
    stuck = world.accounts["host3"].account_id
    rule = {
        "fault": "hang",
        "account_id": stuck,
        "operation": "CreateUser",
        "seconds": 8,
        "effect": "before",
        "count": 1,
    }
    emulator.ask("rules", {"rules": [rule]})

    def kill(process: Any) -> None:
        deadline = time.monotonic() + 60
        while not any(call["operation"] == "CreateUser" for call in emulator.calls(stuck)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()

    one_at_a_time = ("-e", "alicloud_max_concurrency=1")
    run = world.run(hosts, *one_at_a_time, meanwhile=kill)
    assert run.status == -9
    time.sleep(1)
    emulator.ask("rules", method="DELETE")
    made = world.writes()
    assert set(made) - {"host3"} == {"host0", "host1", "host2"}
    again = world.run(hosts, *one_at_a_time).succeeded()
    # Nobody goes on with the first run, and nothing of it is done twice.
    more = world.writes()
    assert set(more) - {"host3"} == {"host4", "host5"}
    assert again.of(BATCH)["counts"]["changed"] == len(more)
    assert all("ci" in there.state["users"] for there in world.accounts.values())
