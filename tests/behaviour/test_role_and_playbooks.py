# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the playbooks, over accounts that are hosts."""

from __future__ import annotations

import itertools
import json
import pathlib
import re
import shutil
import uuid
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from ansible_collections.alicloud.ram.tests.lib import inprocess
from ansible_collections.alicloud.ram.tests.lib.accounts import Account
from ansible_collections.alicloud.ram.tests.lib.documents import ROLE_NAME, SERVICE
from ansible_collections.alicloud.ram.tests.lib.emulated import create_role
from ansible_collections.alicloud.ram.tests.lib.paths import COLLECTION
from ansible_collections.alicloud.ram.tests.lib.playbooks import Case, Playbooks, Run

POLICY = "acr-connect-customer-vpc"
OWNED = {"managed-by": "alicloud.ram/acr_vpc_access"}
PLAYBOOKS = {name: f"alicloud.ram.acr_{name}" for name in ("setup", "teardown", "audit")}
DECLARE = "Declare what image import needs as "


def document(account_id: str) -> dict[str, Any]:
    return {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["ram:CreateServiceLinkedRole"],
                "Resource": f"acs:ram:*:{account_id}:role/*",
                "Condition": {"StringEquals": {"ram:ServiceName": [SERVICE]}},
            }
        ],
    }


@pytest.fixture(name="hub")
def _hub(account: Any) -> Any:
    return account()


@pytest.fixture(name="member")
def _member(account: Any, hub: Any) -> Any:
    """Make an account that the hub's user can set up, with three users and two groups."""
    return lambda **seed: make_member(account, hub, **seed)


def make_member(account: Any, hub: Any, **seed: Any) -> Any:
    trust = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"RAM": [f"acs:ram::{hub.account_id}:root"]},
            }
        ],
    }
    admin = [{"name": "AdministratorAccess", "type": "System"}]
    seed.setdefault("users", [{"name": name} for name in ("alice", "bob", "carol")])
    seed.setdefault("groups", [{"name": "ops"}, {"name": "dev"}])
    return account(roles=[{"name": "Access", "trust_policy": trust, "policies": admin}], **seed)


def host(there: Any, **variables: Any) -> dict[str, Any]:
    return {
        "alicloud_assume_role": {"account_id": there.account_id, "role_name": "Access"},
        "acr_vpc_access_users": ["alice", "bob"],
        "acr_vpc_access_groups": ["ops"],
        **variables,
    }


def run_over(playbooks: Playbooks, hub: Any, name: str, hosts: dict[str, Any], *options: str, **variables: str) -> Run:
    """Run one of the collection's playbooks over hosts, with the hub's credentials in the environment."""
    environment = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": hub.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": hub.access_key_secret,
        "ANSIBLE_PIPELINING": "true",  # Ansible's own modules, of which the audit runs some, then take less time
        **variables,
    }
    inventory = {"alicloud_accounts": {"hosts": hosts}}
    return playbooks.run(PLAYBOOKS[name], *options, environment=environment, inventory=inventory)


@pytest.fixture(name="over")
def _over(playbooks: Playbooks, hub: Any) -> Any:
    return lambda name, hosts, *options, **variables: run_over(playbooks, hub, name, hosts, *options, **variables)


def declared(run: Any, name: str | None = None, state: str = "present") -> Any:
    return run.of(DECLARE + state, name)


BATCH = "Work on all accounts of the batch"


def account_of(run: Run, name: str) -> dict[str, Any]:
    """What became of a host's account."""
    found = [one for one in run.of(BATCH)["accounts"] if one["name"] == name]
    assert len(found) == 1, run.output
    return found[0]


def operations(result: Any) -> list[str]:
    return [change["operation"] for change in result["changes"]]


def recap(run: Any) -> dict[str, bool]:
    """Which hosts the recap shows, and whether as failed."""
    lines = run.stdout.split("PLAY RECAP")[1].splitlines()[1:]
    return {line.split(":")[0].strip(): "failed=0" not in line for line in lines if ":" in line}


def failed(run: Any) -> set[str]:
    """Which hosts the recap shows as failed."""
    return {name for name, has_failed in recap(run).items() if has_failed}


@dataclass
class Steps:
    """Accounts, and what became of them in runs of the playbooks one after the other, by the runs' names."""

    accounts: dict[str, Account]
    unallowed: str  # what alice was told who created the role before she held the policy
    runs: dict[str, Run] = field(default_factory=dict)
    calls: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    writes: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)

    def note(self, name: str) -> None:
        """Note what has been called since the last time, and what there is now."""
        logs = {account: there.log() for account, there in self.accounts.items()}
        self.calls[name] = {account: [call["operation"] for call in log] for account, log in logs.items()}
        self.writes[name] = {
            account: [call["operation"] for call in log if call["write"]] for account, log in logs.items()
        }
        self.states[name] = {account: there.state for account, there in self.accounts.items()}


KEYS = {
    name: {"access_key_id": f"LTAI{uuid.uuid4().hex[:20]}", "access_key_secret": uuid.uuid4().hex[:30]}
    for name in ("alice", "bob")
}


@pytest.fixture(scope="module", name="steps")
def _steps(account: Any, playbooks: Playbooks) -> Steps:
    hub, other = account(), account()
    by_hand = {
        "name": POLICY,
        "document": {**document("1"), "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]},
    }
    hand_made = {
        "policies": [by_hand],
        "users": [{"name": "alice", "policies": [{"name": POLICY, "type": "Custom"}]}, {"name": "bob"}],
    }
    seeds: dict[str, dict[str, Any]] = {
        "one": {},
        "few": {},
        "many": {},
        "creator": {"users": [{"name": name, "access_keys": [key]} for name, key in KEYS.items()]},
        "hand_made": hand_made,
        "adopted": hand_made,
        "held": {},
        "single": {},
        "number": {},
        "wrong": {},
    }
    there = {name: make_member(account, hub, **seed) for name, seed in seeds.items()}
    own = {name: account(users=[{"name": "alice"}]) for name in ("own", "spaced", "strange")}
    unallowed = create_role(hub.emulator, KEYS["alice"], SERVICE)
    steps = Steps({**there, **own, "hub": hub, "other": other}, unallowed)

    def hosts(*names: str, **variables: Any) -> dict[str, Any]:
        return {name: host(there[name], **variables) for name in names}

    def by_id(account_id: str, key: Account) -> dict[str, Any]:
        credentials = {f"alicloud_{name}": getattr(key, name) for name in ("access_key_id", "access_key_secret")}
        return {"acr_vpc_access_users": ["alice"], "alicloud_account_id": account_id, **credentials}

    def step(name: str, playbook: str, over: dict[str, Any], *options: str) -> None:
        steps.runs[name] = run_over(playbooks, hub, playbook, over, *options)
        steps.note(name)

    everyone = ["alice", "bob", "carol"]
    few, many = hosts("few", acr_vpc_access_users=["alice"]), hosts("many", acr_vpc_access_users=everyone)
    unnamed = {"unnamed": {"acr_vpc_access_users": ["alice"]}}
    number = {"account_id": int(there["number"].account_id), "role_name": "Access"}
    steps.note("nothing")
    step("checked", "setup", hosts("one"), "--check", "--diff")
    step(
        "made",
        "setup",
        {
            **hosts("one", "hand_made", "adopted"),
            **few,
            **many,
            **hosts(
                "creator",
                acr_vpc_access_users=["alice"],
                acr_vpc_access_groups=[],
                acr_vpc_access_service_linked_role=False,
            ),
            **hosts("held", acr_vpc_access_users=everyone),
            **hosts("single", acr_vpc_access_users="alice"),
            **hosts("number", alicloud_assume_role=number),
            **hosts("wrong", acr_vpc_access_adopt="perhaps"),
            **unnamed,
            "own": by_id(own["own"].account_id, own["own"]),
            "spaced": by_id(f" {own['spaced'].account_id} ", own["spaced"]),
            "stranger": by_id(own["strange"].account_id, other),
        },
        "--diff",
    )
    step("again", "setup", {**hosts("one"), **few, **many, **hosts("adopted", acr_vpc_access_adopt="true")})
    step("removed", "teardown", {**hosts("one", "hand_made", "adopted", "held"), **unnamed})
    more = {"acr_vpc_access_delete_service_linked_role": "true", "acr_vpc_access_detach_others": "true"}
    step("all removed", "teardown", hosts("one", "held", **more))
    step("removed again", "teardown", hosts("one"))
    return steps


in_steps = pytest.mark.xdist_group("steps")


@in_steps
def test_set_up_and_tear_down(steps: Steps) -> None:
    writes = {name: step["one"] for name, step in steps.writes.items()}
    checked, made = steps.runs["checked"].succeeded(), steps.runs["made"]
    assert "one" not in failed(made)
    assert writes["checked"] == []
    attach = ["AttachPolicyToUser", "AttachPolicyToUser", "AttachPolicyToGroup"]
    assert writes["made"] == ["CreateServiceLinkedRole", "CreatePolicy", *attach]
    assert account_of(checked, "one")["changes"] == account_of(made, "one")["changes"]
    shown = [part for part in made.of(BATCH)["diff"] if part["before_header"].startswith("one (")]
    assert shown and shown == checked.of(BATCH)["diff"]
    assert steps.runs["again"].succeeded() and writes["again"] == []

    assert "one" not in failed(steps.runs["removed"])
    assert operations(account_of(steps.runs["removed"], "one")) == [
        "DetachPolicyFromUser",
        "DetachPolicyFromUser",
        "DetachPolicyFromGroup",
        "DeletePolicy",
    ]
    assert ROLE_NAME in json.dumps(steps.states["removed"]["one"])
    assert steps.runs["all removed"].succeeded() and writes["all removed"] == ["DeleteServiceLinkedRole"]
    assert steps.runs["removed again"].succeeded() and writes["removed again"] == []
    before, after = steps.states["nothing"]["one"], steps.states["removed again"]["one"]
    for kind in ("users", "groups", "roles", "policies"):
        assert after[kind] == before[kind]


@in_steps
@pytest.mark.parametrize("name", ["few", "many"])
def test_the_calls_of_a_re_check(name: str, steps: Steps) -> None:
    assert name not in failed(steps.runs["made"])
    calls = steps.calls["again"]
    assert calls["hub"] == ["GetCallerIdentity", *["AssumeRole"] * steps.runs["again"].of(BATCH)["counts"]["total"]]
    # What is the same in all accounts is asked in one of them.
    asked = sorted(set(calls[name]) - {"GetServiceLinkedRoleTemplate"})
    assert asked == ["GetPolicy", "GetRole", "ListEntitiesForPolicy"] and len(calls[name]) <= 4
    assert sum(call.count("GetServiceLinkedRoleTemplate") for call in calls.values()) == 1


@in_steps
def test_the_policy_lets_its_holder_create_this_role_and_no_other(steps: Steps, emulator: Any) -> None:
    assert steps.unallowed == "NoPermission"
    assert "creator" not in failed(steps.runs["made"])
    assert ROLE_NAME not in json.dumps(steps.states["made"]["creator"]["roles"])
    assert create_role(emulator, KEYS["bob"], SERVICE) == "NoPermission"
    assert create_role(emulator, KEYS["alice"], "ess.aliyuncs.com") == "NoPermission"
    assert create_role(emulator, KEYS["alice"], SERVICE) == "created"


@in_steps
def test_a_hand_made_policy_survives(steps: Steps) -> None:
    for name in ("made", "removed"):
        run = steps.runs[name]
        assert "hand_made" in failed(run)
        message = run.of("Fail if the account failed", "hand_made")["msg"]
        assert "not managed by alicloud.ram/acr_vpc_access" in message
        assert message == account_of(run, "hand_made")["msg"]
        assert steps.writes[name]["hand_made"] == []
        assert steps.states[name]["hand_made"] == steps.states["nothing"]["hand_made"]


@in_steps
def test_a_hand_made_policy_is_adopted_on_request(steps: Steps) -> None:
    assert "not managed by alicloud.ram/acr_vpc_access" in account_of(steps.runs["made"], "adopted")["msg"]
    assert operations(account_of(steps.runs["again"].succeeded(), "adopted"))[1:4] == [
        "CreatePolicyVersion",
        "UpdatePolicyDescription",
        "TagResources",
    ]
    assert "adopted" not in failed(steps.runs["removed"])
    assert POLICY not in json.dumps(steps.states["removed"]["adopted"]["policies"])


@in_steps
def test_others_who_hold_the_policy_keep_it(steps: Steps) -> None:
    assert "held" not in failed(steps.runs["made"])
    assert "user 'carol'" in account_of(steps.runs["removed"], "held")["msg"]
    assert steps.writes["removed"]["held"] == []
    assert steps.runs["all removed"].succeeded()
    assert POLICY not in json.dumps(steps.states["all removed"]["held"]["policies"])


@in_steps
@pytest.mark.parametrize("name", ["made", "removed"])
def test_a_host_without_its_account_does_not_configure_the_hub(name: str, steps: Steps) -> None:
    run = steps.runs[name]
    assert "unnamed" in failed(run)
    message = account_of(run, "unnamed")["msg"]
    assert message.startswith(
        "unnamed needs alicloud_account_id, or alicloud_assume_role with account_id and role_name"
    )
    without_the_hub = {"unnamed", "wrong", "own", "spaced", "stranger"}
    entered = {one["name"] for one in run.of(BATCH)["accounts"]} - without_the_hub
    calls = Counter(steps.calls[name]["hub"])
    # Once for the run; and before anything is taken from a principal, each host asks once who entered its account.
    assert 1 <= calls.pop("GetCallerIdentity") <= (1 + len(entered) if name == "removed" else 1)
    assert calls == {"AssumeRole": len(entered)}


@in_steps
def test_the_account_of_the_credentials_by_its_id(steps: Steps) -> None:
    made = steps.runs["made"]
    for name in ("own", "spaced"):
        assert name not in failed(made)
        assert POLICY in json.dumps(steps.states["made"][name]["policies"])
    other = steps.accounts["other"].account_id
    assert f"which is {other}; nothing was done" in account_of(made, "stranger")["msg"]
    assert steps.calls["made"]["other"] == ["GetCallerIdentity"] and steps.calls["made"]["strange"] == []


@in_steps
@pytest.mark.parametrize("name", ["number", "own", "spaced"])
def test_an_account_id_is_what_the_policy_says(name: str, steps: Steps) -> None:
    assert name not in failed(steps.runs["made"])
    expected = f"acs:ram:*:{steps.accounts[name].account_id}:role/*"
    assert expected in json.dumps(steps.states["made"][name]["policies"])


@in_steps
def test_wrong_variables_are_refused(steps: Steps) -> None:
    run = steps.runs["made"]
    assert "wrong" in failed(run) and account_of(run, "wrong")["msg"].startswith(
        "acr_vpc_access_adopt: 'perhaps' is not"
    )
    assert steps.calls["made"]["wrong"] == []


@in_steps
def test_one_name_is_a_list_of_one(steps: Steps) -> None:
    assert "single" not in failed(steps.runs["made"])
    changes = account_of(steps.runs["made"], "single")["changes"]
    assert [one["parameters"]["UserName"] for one in changes if one["operation"] == "AttachPolicyToUser"] == ["alice"]


def test_the_role_looks_the_account_up(playbook: Any, account: Any) -> None:
    there = account(users=[{"name": "alice"}])
    include = {
        "ansible.builtin.include_role": {"name": "alicloud.ram.acr_vpc_access"},
        "vars": {"acr_vpc_access_users": ["alice"]},
    }
    result = declared(playbook([include], account=there).succeeded(), "localhost")
    assert result["baseline"]["account_id"] == there.account_id
    assert f"acs:ram:*:{there.account_id}:role/*" in json.dumps(there.state["policies"])


def test_no_account_at_all(over: Any, tmp_path: pathlib.Path) -> None:
    for name in PLAYBOOKS:
        assert over(name, {}, "-e", f"alicloud_audit_directory={tmp_path}").status == 2, name


WRONG_ROLES: list[Any] = [
    None, "Access", {}, {"role_arn": "acs-ram-1"}, {"role_arn": None}, {"role_arn": "acs:ram::1:role/"},
    {"acount_id": "1", "role_name": "Access"}, {"account_id": "1"}, {"account_id": "1", "role_name": ""},
    {"account_id": None, "role_name": "Access"}, {"account_id": "me", "role_name": "Access"},
]  # fmt: skip


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_hosts_that_do_not_name_their_account(name: str, over: Any, hub: Any, tmp_path: pathlib.Path) -> None:
    wrong: list[dict[str, Any]] = [{"alicloud_assume_role": role} for role in WRONG_ROLES]
    wrong += [{"alicloud_account_id": account_id} for account_id in (None, "", " ", "me")]
    wrong += [{"alicloud_account_id": hub.account_id, "alicloud_assume_role": role} for role in WRONG_ROLES[:5]]
    hosts = {f"host{number}": {"acr_vpc_access_users": ["alice"], **one} for number, one in enumerate(wrong)}
    run = over(name, hosts, "-e", f"alicloud_audit_directory={tmp_path}")
    assert run.status == 2 and hub.calls() == []
    for host_name in hosts:
        message = account_of(run, host_name)["msg"]
        assert "alicloud_assume_role" in message or message.startswith("alicloud_account_id: "), (host_name, message)
        assert run.of("Fail if the account failed", host_name)["msg"] == message
    if name == "audit":
        found = json.loads((tmp_path / "audit.json").read_text())["accounts"]
        assert [(one["status"], type(one["account_id"])) for one in found] == [("error", str)] * len(hosts)


def renamed(directory: pathlib.Path) -> str:
    """A copy of the playbook for the set-up, in which plays have other names."""
    copy = directory / "playbooks"
    shutil.copytree(COLLECTION / "playbooks", copy)
    plays = yaml.safe_load((copy / "acr_setup.yml").read_text(encoding="utf-8"))
    named = [{**play, "name": "Something in elsewhere"} for play in plays]
    (copy / "acr_setup.yml").write_text(yaml.safe_dump(named, sort_keys=False), encoding="utf-8")
    return str(copy / "acr_setup.yml")


@pytest.mark.parametrize("name", [*PLAYBOOKS, "renamed"])
def test_a_play_is_about_the_hosts_that_were_meant(
    name: str, member: Any, playbook: Any, hub: Any, tmp_path: pathlib.Path
) -> None:
    path = PLAYBOOKS[name] if name in PLAYBOOKS else renamed(tmp_path)
    canary, other = member(), member()
    groups = {
        "alicloud_accounts": {"hosts": {"canary": host(canary), "other": host(other)}},
        "some": {"hosts": {"canary": {}}, "vars": {"alicloud_hosts": "some"}},
    }
    environment = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": hub.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": hub.access_key_secret,
    }
    run = playbook(path, environment=environment, inventory=groups)
    assert run.status == 2 and hub.calls() == []
    assert "alicloud_hosts is a variable of the inventory" in run.output
    assert "this play is about alicloud_accounts" in run.output
    option = ("-e", "alicloud_hosts=some", "-e", "alicloud_audit_directory=here")
    run = playbook(path, *option, environment=environment, inventory=groups)
    assert (run.status == 0) == (name != "audit") and hub.calls() == ["GetCallerIdentity", "AssumeRole"]
    assert canary.calls() and other.calls() == []
    run = playbook(path, "-e", "alicloud_hosts=sme", environment=environment, inventory=groups)
    assert run.status == 2 and "There is no account in sme." in run.output


def test_every_variable_of_the_role_is_passed_on(member: Any, role: Any, hub: Any) -> None:
    there = member()
    cases = {}
    for state, declares in itertools.product(("present", "absent"), (False, True)):
        variables = {
            "account_id": there.account_id, "users": ["alice"], "groups": ["ops"], "policy_name": "other-name",
            "adopt": True, "detach_others": True, "allow_self": True, "verify": True, "wait_timeout": 17.0,
            "service_linked_role": state == "absent", "delete_service_linked_role": state == "present", "state": state,
            "service_linked_role" if state == "present" else "delete_service_linked_role": declares,
        }  # fmt: skip
        cases[state, declares] = {f"acr_vpc_access_{name}": value for name, value in variables.items()}
    for (state, declares), run in role(cases, "--check").items():
        case = f"{state} {declares}"
        passed_on = declared(run, state=state)["invocation"]["module_args"]
        (policy,) = passed_on["policies"]
        assert {name: policy[name] for name in ("name", "state", "adopt", "detach")} == {
            "name": "other-name", "state": state, "adopt": True, "detach": True,
        }, case  # fmt: skip
        guarded = (passed_on["allow_self"], passed_on["wait_timeout"], passed_on["account_id"])
        assert guarded == (True, 17, there.account_id), case
        holders = passed_on["user_policies"] + passed_on["group_policies"]
        assert [[held["name"] for held in one["policies"]] for one in holders] == [["other-name"]] * 2, case
        assert [one["state"] for one in holders] == [state] * 2, case
        roles = [(one["verify"], one["state"]) for one in passed_on["service_linked_roles"]]
        assert roles == [(True, state)] * declares, case


def test_an_audit_of_nobody_says_so(member: Any, over: Any) -> None:
    nobody = {"acr_vpc_access_users": [], "acr_vpc_access_groups": ""}
    hosts = {"one": host(member(), **nobody), "two": host(member(), acr_vpc_access_users="alice, bob")}
    over("setup", hosts).succeeded()
    run = over("audit", hosts, "-e", "alicloud_audit_directory=here").succeeded()
    first, *dummy, warning = run.of(BATCH)["report"]
    assert first == "2 accounts: 2 as declared."
    assert re.fullmatch(r"Warning: no users, groups or roles are declared for one \([0-9]+\)\.", warning)
    # Whatever else there is to say, the warning is given.
    hosts["drifted"], hosts["lost"] = host(member(), **nobody), host(member())
    hosts["lost"]["alicloud_assume_role"]["role_name"] = "Nope"
    run = over("audit", hosts, "-e", "alicloud_audit_directory=here")
    report = run.of(BATCH)["report"]
    assert run.status == 2 and report[0] == ("4 accounts: 2 as declared, 1 not as declared, 1 could not be compared.")
    assert (
        report[-1].startswith("Warning: no users, groups or roles are declared for drifted (") and "one (" in report[-1]
    )


@pytest.fixture(scope="module", name="audited")
def _audited(account: Any, playbooks: Playbooks) -> Iterator[Any]:
    """A hub, and accounts of which one is as declared."""
    hub = account()
    there = {name: make_member(account, hub) for name in ("right", "drifted", "lost", "hostile")}
    message = "\x00\x1b[2J\x9b\ufffe\u202e\u200b <&"
    rule = {"fault": "error", "account_id": there["hostile"].account_id, "count": 0, "code": "Odd",
            "operation": "GetRole", "status": 400, "message": message}  # fmt: skip
    hub.emulator.ask("rules", {"rules": [rule]})
    run_over(playbooks, hub, "setup", {"right": host(there["right"])}).succeeded()
    yield hub, there
    hub.emulator.ask("rules", method="DELETE")


# The first host by name is the one on which what runs once is run.
@pytest.mark.xdist_group("audited")
@pytest.mark.parametrize("first, strategy", [("right", "linear"), ("lost", "free")])
def test_the_audit(first: str, strategy: str, audited: Any, playbooks: Playbooks, tmp_path: pathlib.Path) -> None:
    hub, there = audited
    hosts = {name: host(one) for name, one in there.items()}
    hosts["lost"]["alicloud_assume_role"]["role_name"] = "Nope"
    hosts = {f"{'a' if name == first else 'b'}-{name}": variables for name, variables in hosts.items()}
    for one in there.values():
        one.calls()

    directory = ("-e", f"alicloud_audit_directory={tmp_path / 'audit'}")
    run = run_over(playbooks, hub, "audit", hosts, *directory, ANSIBLE_STRATEGY=strategy)
    assert run.status == 2
    assert there["right"].writes() == there["drifted"].writes() == []
    report = json.loads((tmp_path / "audit" / "audit.json").read_text())
    assert report["mode"] == "audit" and report["began"] < report["ended"]
    totals = {key: number for key, number in report["totals"].items() if key != "resources"}
    assert totals == {
        "accounts": 4, "ok": 1, "changed": 1, "drift": 1, "error": 2, "unreachable": 0, "not_started": 0,
    }  # fmt: skip
    found = {one["name"].partition("-")[2]: one for one in report["accounts"]}
    assert {name: one["status"] for name, one in found.items()} == {
        "right": "ok",
        "drifted": "drift",
        "lost": "error",
        "hostile": "error",
    }
    assert "Odd: \\x00\\x1b[2J\\x9b\\ufffe\\u202e\\u200b <& (" in found["hostile"]["msg"]
    assert not inprocess.is_raw(run.output.replace("\n", ""))
    assert operations(found["drifted"])[:2] == ["CreateServiceLinkedRole", "CreatePolicy"]
    assert "Nope" in found["lost"]["msg"]
    suites = ElementTree.parse(tmp_path / "audit" / "audit.xml").getroot()
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("14", "5", "2")
    cases = {
        suite.get("name", "").partition("-")[2].partition(" ")[0]: [
            part for case in suite.iter("testcase") for part in case
        ]
        for suite in suites
    }
    assert {name: {part.tag for part in parts} for name, parts in cases.items()} == {
        "right": set(),
        "drifted": {"failure"},
        "lost": {"error"},
        "hostile": {"error"},
    }
    assert [part.get("message") for part in cases["hostile"]] == [found["hostile"]["msg"]]
    assert {name: one["account_id"] for name, one in found.items()} == {
        name: one.account_id for name, one in there.items()
    }

    # Those hosts fail that are not as declared; another one is there, because a play in which all fail ends the run.
    shown = {name.partition("-")[2]: has_failed for name, has_failed in recap(run).items() if "-" in name}
    assert shown == {"right": False, "drifted": True, "lost": True, "hostile": True}
    told = {
        item["host"].partition("-")[2]: item["result"]["msg"]
        for item in run.results
        if item["task"] == "Fail if the account failed" and item["outcome"] == "failed"
    }
    assert set(told) == {"drifted", "lost", "hostile"} and "Nope" in told["lost"]
    assert told["drifted"].startswith(
        f"Not as declared. What would be done: role {ROLE_NAME} created, policy '{POLICY}' created, policy '{POLICY}' attached to user"
    )


@pytest.mark.xdist_group("audited")
def test_an_audit_of_some(audited: Any, playbooks: Playbooks, tmp_path: pathlib.Path) -> None:
    hub, there = audited
    right = there["right"]
    right.calls()
    run = run_over(playbooks, hub, "audit", {"right": host(right)}, "-e", "alicloud_audit_directory=beside").succeeded()
    assert "alicloud.ram: 1 account: 1 as declared." in run.stderr
    assert {item["outcome"] for item in run.results if item["outcome"] != "skipped"} == {"ok"}
    # Of the policy, and of the system policy that the service-linked role has.
    assert right.calls().count("GetPolicy") == 2, "read once, for the comparison and for who may create the role"
    # A relative path is below the directory of the run.
    assert list(run.directory.glob("beside/audit.json"))

    hosts = {name: host(one) for name, one in there.items()}
    directory = ("-e", f"alicloud_audit_directory={tmp_path}")
    limited = run_over(playbooks, hub, "audit", hosts, "--limit", "drifted", *directory)
    assert limited.status == 2 and "1 account: 0 as declared, 1 not as declared." in limited.stderr


# The role's fleet form


@pytest.fixture(name="role")
def _role(playbooks: Playbooks, hub: Any) -> Any:
    """Run the role once for each case, its variables, and look at its result whether or not it failed.

    What begins with an underscore is no variable but a keyword of the case.
    """

    def run(cases: Mapping[Hashable, Mapping[str, Any]], *options: str) -> dict[Hashable, Run]:
        return playbooks.run_cases({name: case(variables) for name, variables in cases.items()}, *options, in_turn=True)

    def case(given: Mapping[str, Any]) -> Case:
        variables = {name: value for name, value in given.items() if not name.startswith("_")}
        keywords = {name[1:]: value for name, value in given.items() if name.startswith("_")}
        include = {
            "name": "the role",
            "ansible.builtin.include_role": {"name": "alicloud.ram.acr_vpc_access"},
            "vars": variables,
        }
        told = {"name": "told", "ansible.builtin.debug": {"var": "acr_vpc_access_result"}}
        return Case(hub, [{"block": [include], "always": [told]}], keywords)

    return run


def entry(there: Any, **more: Any) -> dict[str, Any]:
    return {"account_id": there.account_id, "assume_role": {"role_name": "Access"}, **more}


def test_many_accounts_in_one_task(member: Any, role: Any, hub: Any) -> None:
    there = [member(), member()]
    variables = {
        "acr_vpc_access_accounts": [entry(there[0], name="a", variables={"who": "alice"}),
                                    entry(there[1], name="b", variables={"who": "carol"})],
        "acr_vpc_access_users": ["${who}", "bob"],
        "acr_vpc_access_groups": ["ops"],
    }  # fmt: skip
    runs = role(
        {
            "checked": {**variables, "_check_mode": True, "_diff": True},
            "made": {**variables, "_diff": True},
            "again": variables,
        }
    )
    assert not any("failed" in run.outcomes for run in runs.values()), runs["made"].output
    checked, result = declared(runs["checked"]), declared(runs["made"])
    assert hub.calls() == ["GetCallerIdentity", "AssumeRole", "AssumeRole"] * 3
    look_up = [item["outcome"] for item in runs["made"].results if item["task"] == "Look up the account"]
    assert look_up == ["skipped"]
    for key in ("counts", "diff"):
        assert checked[key] == result[key]
    for predicted, made, account, who in zip(checked["accounts"], result["accounts"], there, ("alice", "carol")):
        assert predicted["changes"] == made["changes"]
        # If check mode had written anything, these would be more, or nothing would have been left to change.
        assert made["changed"] and account.writes() == operations(made)
        assert document(account.account_id)["Statement"][0]["Resource"] in json.dumps(made["changes"])
        attached = [
            one["parameters"]["UserName"] for one in made["changes"] if one["operation"] == "AttachPolicyToUser"
        ]
        assert attached == [who, "bob"]
        assert json.dumps(OWNED)[1:-1] in json.dumps(account.state["policies"])
    again = declared(runs["again"])
    assert not again["changed"] and again["counts"]["ok"] == 2

    absent = {"acr_vpc_access_state": "absent", "acr_vpc_access_delete_service_linked_role": True}
    removed = role({"removed": {**variables, **absent}})["removed"]
    assert declared(removed, state="absent")["counts"]["changed"] == 2
    for account in there:
        left = json.dumps([account.state[kind] for kind in ("policies", "roles", "users", "groups")])
        assert POLICY not in left and ROLE_NAME not in left


def test_a_failed_fleet_tells_of_all_accounts(member: Any, role: Any, hub: Any) -> None:
    there = [member() for dummy in range(4)]
    entries = [entry(one, assume_role={"role_name": "Access" if one is there[3] else "Nope"}) for one in there]
    options = {"acr_vpc_access_accounts": entries, "acr_vpc_access_users": ["alice"]}
    limits = {"max_concurrency": 1, "max_failures": "25%", "assume_role_rate": 50}
    limited = {**options, **{f"acr_vpc_access_{name}": value for name, value in limits.items()}}
    runs = role({"all": options, "limited": limited})
    for name, run in runs.items():
        assert "failed" in run.outcomes, name
    result = runs["all"].of("told")["acr_vpc_access_result"]
    assert result["counts"]["failed"] == 3
    assert [found["status"] for found in result["accounts"]] == ["failed"] * 3 + ["ok"]
    assert "CreatePolicy" in there[3].writes()
    calls = hub.calls()
    assert calls[:1] + calls[5:] == ["GetCallerIdentity"] + ["GetCallerIdentity", "AssumeRole", "AssumeRole"]
    assert runs["limited"].of("told")["acr_vpc_access_result"]["counts"]["not_started"] == 2
    passed_on = declared(runs["limited"])["invocation"]["module_args"]
    assert {name: passed_on[name] for name in limits} == limits


def test_the_guard_of_a_fleet_is_the_hubs(member: Any, role: Any, hub: Any) -> None:
    there = member()
    options = {"acr_vpc_access_accounts": [entry(there)], "acr_vpc_access_users": ["alice"]}
    guarded = {"hub": hub.account_id, "member": there.account_id}
    runs = role({name: {**options, "acr_vpc_access_account_id": guard} for name, guard in guarded.items()})
    assert "failed" not in runs["hub"].outcomes
    assert f":{there.account_id}:role/*" in json.dumps(there.state["policies"])
    assert "failed" in runs["member"].outcomes and "nothing was done" in declared(runs["member"])["msg"]


def test_what_the_role_refuses(member: Any, role: Any, hub: Any) -> None:
    """A guard without an account, a fleet of nobody, which never means the hub, and wrong entries of a fleet."""
    refused: dict[Hashable, tuple[str, dict[str, Any]]] = {}
    for account_id, fleet in itertools.product((None, "", " "), (False, True)):
        refused["guard", account_id, fleet] = (
            "account_id: the value is an empty text",
            {
                "acr_vpc_access_account_id": account_id,
                "acr_vpc_access_users": ["alice"],
                **({"acr_vpc_access_accounts": [entry(member())]} if fleet else {}),
            },
        )
    for name, accounts in (("empty", []), ("none", None)):
        refused["fleet", name] = ("accounts: the value is empty", {"acr_vpc_access_accounts": accounts})
    for wrong, word in (({"acount_id": "1"}, "acount_id"), ({"account_id": "1", "variables": 5}, "variables")):
        refused["entry", word] = (word, {"acr_vpc_access_accounts": [wrong]})
    runs = role({name: variables for name, (told, variables) in refused.items()})
    for name, (told, _variables) in refused.items():
        run = runs[name]
        assert "failed" in run.outcomes, name
        (failed,) = [item["result"]["msg"] for item in run.results if item["outcome"] == "failed"]
        assert told in failed, name
        assert name[0] == "entry" or failed == declared(run)["msg"], name
    assert hub.calls() == []
