# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the playbooks, over accounts that are hosts."""

from __future__ import annotations

import json
import pathlib
import shutil
import uuid
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from ansible_collections.alicloud.ram.tests.lib import inprocess
from ansible_collections.alicloud.ram.tests.lib.documents import ROLE_NAME, SERVICE
from ansible_collections.alicloud.ram.tests.lib.paths import COLLECTION

POLICY = "acr-connect-customer-vpc"
OWNED = {"managed-by": "alicloud.ram/acr_vpc_access"}
PLAYBOOKS = {name: f"alicloud.ram.{name}" for name in ("setup", "teardown", "audit")}
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

    def make(**seed: Any) -> Any:
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

    return make


def host(there: Any, **variables: Any) -> dict[str, Any]:
    return {
        "alicloud_assume_role": {"account_id": there.account_id, "role_name": "Access"},
        "acr_vpc_access_users": ["alice", "bob"],
        "acr_vpc_access_groups": ["ops"],
        **variables,
    }


@pytest.fixture(name="over")
def _over(playbook: Any, hub: Any) -> Any:
    """Run one of the collection's playbooks over hosts."""

    def run(name: str, hosts: dict[str, Any], *options: str, key: Any = hub) -> Any:
        environment = {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": key.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": key.access_key_secret,
        }
        inventory = {"alicloud_accounts": {"hosts": hosts}}
        return playbook(PLAYBOOKS[name], *options, environment=environment, inventory=inventory)

    return run


def declared(run: Any, name: str, state: str = "present") -> Any:
    return run.of(DECLARE + state, name)


def operations(result: Any) -> list[str]:
    return [change["operation"] for change in result["changes"]]


def test_set_up_and_tear_down(member: Any, over: Any, hub: Any) -> None:
    there = member()
    hosts = {"one": host(there)}
    before = there.state
    checked = over("setup", hosts, "--check", "--diff").succeeded()
    assert there.writes() == []
    ran = over("setup", hosts, "--diff").succeeded()
    attach = ["AttachPolicyToUser", "AttachPolicyToUser", "AttachPolicyToGroup"]
    assert there.writes() == ["CreateServiceLinkedRole", "CreatePolicy", *attach]
    assert declared(checked, "one")["changes"] == declared(ran, "one")["changes"]
    assert declared(checked, "one")["diff"] == declared(ran, "one")["diff"]
    assert over("setup", hosts).succeeded() and there.writes() == []

    kept = over("teardown", hosts).succeeded()
    assert operations(declared(kept, "one", "absent")) == [
        "DetachPolicyFromUser",
        "DetachPolicyFromUser",
        "DetachPolicyFromGroup",
        "DeletePolicy",
    ]
    assert ROLE_NAME in json.dumps(there.state)
    there.writes()
    over("teardown", hosts, "-e", "acr_vpc_access_delete_service_linked_role=true").succeeded()
    assert there.writes() == ["DeleteServiceLinkedRole"]
    assert over("teardown", hosts).succeeded() and there.writes() == []
    after = there.state
    for kind in ("users", "groups", "roles", "policies"):
        assert after[kind] == before[kind]


@pytest.mark.parametrize("users", [["alice"], ["alice", "bob", "carol"]])
def test_the_calls_of_a_re_check(users: list[str], member: Any, over: Any, hub: Any) -> None:
    there = member()
    hosts = {"one": host(there, acr_vpc_access_users=users)}
    over("setup", hosts).succeeded()
    there.calls(), hub.calls()
    over("setup", hosts).succeeded()
    assert hub.calls() == ["AssumeRole"]
    assert sorted(there.calls()) == ["GetPolicy", "GetRole", "GetServiceLinkedRoleTemplate", "ListEntitiesForPolicy"]


def test_the_policy_lets_its_holder_create_this_role_and_no_other(member: Any, over: Any, emulator: Any) -> None:
    keys = {
        name: {"access_key_id": f"LTAI{uuid.uuid4().hex[:20]}", "access_key_secret": uuid.uuid4().hex[:30]}
        for name in ("alice", "bob")
    }
    there = member(users=[{"name": name, "access_keys": [key]} for name, key in keys.items()])
    hosts = {
        "one": host(
            there, acr_vpc_access_users=["alice"], acr_vpc_access_groups=[], acr_vpc_access_service_linked_role=False
        )
    }
    assert emulator.create_role(keys["alice"], SERVICE) == "NoPermission"
    over("setup", hosts).succeeded()
    assert ROLE_NAME not in json.dumps(there.state["roles"])
    assert emulator.create_role(keys["bob"], SERVICE) == "NoPermission"
    assert emulator.create_role(keys["alice"], "ess.aliyuncs.com") == "NoPermission"
    assert emulator.create_role(keys["alice"], SERVICE) == "created"


def test_a_hand_made_policy_survives(member: Any, over: Any) -> None:
    by_hand = {
        "name": POLICY,
        "document": {**document("1"), "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]},
    }
    holds = [{"name": POLICY, "type": "Custom"}]
    there = member(policies=[by_hand], users=[{"name": "alice", "policies": holds}, {"name": "bob"}])
    hosts = {"one": host(there)}
    before = there.state
    for name, state in (("setup", "present"), ("teardown", "absent")):
        run = over(name, hosts)
        assert run.status == 2
        assert "not managed by alicloud.ram/acr_vpc_access" in declared(run, "one", state)["msg"]
        assert there.writes() == [] and there.state == before
    adopted = over("setup", hosts, "-e", "acr_vpc_access_adopt=true").succeeded()
    assert operations(declared(adopted, "one"))[1:4] == [
        "CreatePolicyVersion",
        "UpdatePolicyDescription",
        "TagResources",
    ]
    over("teardown", hosts).succeeded()
    assert POLICY not in json.dumps(there.state["policies"])


def test_others_who_hold_the_policy_keep_it(member: Any, over: Any) -> None:
    there = member()
    hosts = {"one": host(there)}
    over("setup", {"one": host(there, acr_vpc_access_users=["alice", "bob", "carol"])}).succeeded()
    there.calls()
    run = over("teardown", hosts)
    assert "user 'carol'" in declared(run, "one", "absent")["msg"] and there.writes() == []
    over("teardown", hosts, "-e", "acr_vpc_access_detach_others=true").succeeded()
    assert POLICY not in json.dumps(there.state["policies"])


def test_a_host_without_its_account_does_not_configure_the_hub(over: Any, hub: Any, member: Any) -> None:
    there = member()
    named = {"one": host(there), "unnamed": {"acr_vpc_access_users": ["alice"]}}
    for name in ("setup", "teardown"):
        hub.calls()
        run = over(name, named)
        assert run.status == 2
        assert "alicloud_assume_role" in run.of("Make sure that the account is named", "unnamed")["msg"]
        assert hub.calls() == ["AssumeRole"]


def test_the_account_of_the_credentials_by_its_id(over: Any, playbook: Any, account: Any, hub: Any) -> None:
    there = account(users=[{"name": "alice"}, {"name": "bob"}], groups=[{"name": "ops"}])
    variables = {"acr_vpc_access_users": ["alice"], "alicloud_account_id": there.account_id}
    over("setup", {"one": variables}, key=there).succeeded()
    assert POLICY in json.dumps(there.state["policies"])
    hub.calls()
    run = over("setup", {"one": variables})
    assert there.account_id in declared(run, "one")["msg"] and hub.calls() == ["GetCallerIdentity"]


def test_the_role_looks_the_account_up(playbook: Any, account: Any) -> None:
    there = account(users=[{"name": "alice"}])
    include = {
        "ansible.builtin.include_role": {"name": "alicloud.ram.acr_vpc_access"},
        "vars": {"acr_vpc_access_users": ["alice"]},
    }
    result = declared(playbook([include], account=there).succeeded(), "localhost")
    assert result["baseline"]["account_id"] == there.account_id
    assert f"acs:ram:*:{there.account_id}:role/*" in json.dumps(there.state["policies"])


def test_wrong_variables_are_refused(member: Any, over: Any) -> None:
    there = member()
    run = over("setup", {"one": host(there, acr_vpc_access_adopt="perhaps")})
    assert run.status == 2 and "acr_vpc_access_adopt" in run.output and there.calls() == []


def test_one_name_is_a_list_of_one(member: Any, over: Any) -> None:
    there = member()
    result = declared(over("setup", {"one": host(there, acr_vpc_access_users="alice")}).succeeded(), "one")
    assert [entry["user_name"] for entry in result["baseline"]["user_policies"]] == ["alice"]


def test_no_account_at_all(over: Any) -> None:
    for name in PLAYBOOKS:
        assert over(name, {}).status == 2


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
    run = over(name, hosts, "-e", f"acr_vpc_access_audit_directory={tmp_path}")
    assert run.status == 2 and hub.calls() == []
    for host_name in hosts:
        assert "role_arn of the form" in run.of("Make sure that the account is named", host_name)["msg"], host_name
    if name == "audit":
        found = json.loads((tmp_path / "acr_vpc_access.json").read_text())["accounts"]
        assert [(one["status"], type(one["account_id"])) for one in found] == [("error", str)] * len(hosts)


def renamed(directory: pathlib.Path) -> str:
    """A copy of the playbook for the set-up, in which plays have other names."""
    copy = directory / "playbooks"
    shutil.copytree(COLLECTION / "playbooks", copy)
    plays = yaml.safe_load((copy / "setup.yml").read_text(encoding="utf-8"))
    named = [{**play, "name": "Something in elsewhere"} for play in plays]
    (copy / "setup.yml").write_text(yaml.safe_dump(named, sort_keys=False), encoding="utf-8")
    return str(copy / "setup.yml")


@pytest.mark.parametrize("name", [*PLAYBOOKS, "renamed"])
def test_a_play_is_about_the_hosts_that_were_meant(
    name: str, member: Any, playbook: Any, hub: Any, tmp_path: pathlib.Path
) -> None:
    path = PLAYBOOKS[name] if name in PLAYBOOKS else renamed(tmp_path)
    canary, other = member(), member()
    groups = {
        "alicloud_accounts": {"hosts": {"canary": host(canary), "other": host(other)}},
        "some": {"hosts": {"canary": {}}, "vars": {"acr_vpc_access_hosts": "some"}},
    }
    environment = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": hub.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": hub.access_key_secret,
    }
    run = playbook(path, environment=environment, inventory=groups)
    assert run.status == 2 and hub.calls() == []
    assert "acr_vpc_access_hosts is a variable of the inventory" in run.output
    assert "this play is about alicloud_accounts" in run.output
    option = ("-e", "acr_vpc_access_hosts=some", "-e", "acr_vpc_access_audit_directory=here")
    run = playbook(path, *option, environment=environment, inventory=groups)
    assert (run.status == 0) == (name != "audit") and hub.calls() == ["AssumeRole"]
    assert canary.calls() and other.calls() == []
    run = playbook(path, "-e", "acr_vpc_access_hosts=sme", environment=environment, inventory=groups)
    assert run.status == 2 and "There is no account in sme." in run.output


def test_an_account_id_is_what_the_policy_says(playbook: Any, account: Any, member: Any, over: Any) -> None:
    there, plain = member(), account(users=[{"name": "alice"}])
    by_id = {"acr_vpc_access_users": ["alice"], "alicloud_account_id": f" {plain.account_id} "}
    over("setup", {"one": by_id}, key=plain).succeeded()
    number = {"account_id": int(there.account_id), "role_name": "Access"}
    over("setup", {"one": host(there, alicloud_assume_role=number)}).succeeded()
    for one in (there, plain):
        assert f"acs:ram:*:{one.account_id}:role/*" in json.dumps(one.state["policies"])


@pytest.mark.parametrize("account_id", [None, "", " "])
@pytest.mark.parametrize("fleet", [False, True])
def test_a_guard_without_an_account_is_no_guard(account_id: Any, fleet: bool, role: Any, member: Any, hub: Any) -> None:
    more = {"acr_vpc_access_accounts": [entry(member())]} if fleet else {}
    run = role(acr_vpc_access_account_id=account_id, acr_vpc_access_users=["alice"], **more)
    assert run.status == 2 and "account_id: the value is an empty text" in declared(run, "localhost")["msg"]
    assert hub.calls() == []


@pytest.mark.parametrize("state", ["present", "absent"])
def test_every_variable_of_the_role_is_passed_on(state: str, member: Any, role: Any) -> None:
    variables = {
        "account_id": (there := member()).account_id, "users": ["alice"], "groups": ["ops"], "policy_name": "other-name",
        "adopt": True, "detach_others": True, "allow_self": True, "verify": True, "wait_timeout": 17.0,
        "service_linked_role": state == "absent", "delete_service_linked_role": state == "present", "state": state,
    }  # fmt: skip
    for declares in (False, True):
        which = "service_linked_role" if state == "present" else "delete_service_linked_role"
        run = role(
            "--check", **{f"acr_vpc_access_{name}": value for name, value in {**variables, which: declares}.items()}
        )
        passed_on = declared(run, "localhost", state)["invocation"]["module_args"]
        (policy,) = passed_on["policies"]
        assert {name: policy[name] for name in ("name", "state", "adopt", "detach")} == {
            "name": "other-name", "state": state, "adopt": True, "detach": True,
        }  # fmt: skip
        assert (passed_on["allow_self"], passed_on["wait_timeout"], passed_on["account_id"]) == (
            True,
            17,
            there.account_id,
        )
        holders = passed_on["user_policies"] + passed_on["group_policies"]
        assert [[held["name"] for held in one["policies"]] for one in holders] == [["other-name"]] * 2
        assert [one["state"] for one in holders] == [state] * 2
        assert [(one["verify"], one["state"]) for one in passed_on["service_linked_roles"]] == [
            (True, state)
        ] * declares


def test_an_audit_of_nobody_says_so(member: Any, over: Any) -> None:
    nobody = {"acr_vpc_access_users": [], "acr_vpc_access_groups": ""}
    hosts = {"one": host(member(), **nobody), "two": host(member(), acr_vpc_access_users="alice, bob")}
    over("setup", hosts).succeeded()
    run = over("audit", hosts, "-e", "acr_vpc_access_audit_directory=here").succeeded()
    message = run.of("Sum up")["msg"]
    assert message.startswith("2 accounts checked: as declared. Warning: no users or groups are declared for one. The")
    # Whatever else there is to say, the warning is given.
    hosts["drifted"], hosts["lost"] = host(member(), **nobody), host(member())
    hosts["lost"]["alicloud_assume_role"]["role_name"] = "Nope"
    run = over("audit", hosts, "-e", "acr_vpc_access_audit_directory=here")
    assert run.status == 2 and run.of("Sum up")["msg"].startswith(
        "4 accounts checked: 2 as declared, 1 not as declared (drifted), 1 could not be compared (lost). "
        "Warning: no users or groups are declared for drifted, one. The"
    )


def recap(run: Any) -> dict[str, bool]:
    """Which hosts the recap shows as failed."""
    lines = run.stdout.split("PLAY RECAP")[1].splitlines()[1:]
    return {line.split(":")[0].strip(): "failed=0" not in line for line in lines if ":" in line}


# The first host by name is the one on which what runs once is run.
@pytest.mark.parametrize("first, strategy", [("ok", "linear"), ("lost", "free")])
def test_the_audit_fails_the_hosts_that_are_not_as_declared(
    first: str, strategy: str, member: Any, playbook: Any, over: Any, hub: Any
) -> None:
    hosts = {name: host(member()) for name in ("ok", "drifted", "lost")}
    over("setup", {"ok": hosts["ok"]}).succeeded()
    hosts["lost"]["alicloud_assume_role"]["role_name"] = "Nope"
    named = {f"{'a' if name == first else 'b'}-{name}": variables for name, variables in hosts.items()}
    run = playbook(
        PLAYBOOKS["audit"],
        environment={
            "ALIBABA_CLOUD_ACCESS_KEY_ID": hub.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": hub.access_key_secret,
            "ANSIBLE_STRATEGY": strategy,
        },
        inventory={"alicloud_accounts": {"hosts": named}},
    )
    assert run.status == 2
    shown = {name.partition("-")[2]: failed for name, failed in recap(run).items() if "-" in name}
    assert shown == {"ok": False, "drifted": True, "lost": True}
    failed = {
        item["host"].partition("-")[2]: item["result"]["msg"]
        for item in run.results
        if item["task"] == "Fail if the account is not as declared" and item["outcome"] == "failed"
    }
    assert set(failed) == {"drifted", "lost"} and "Nope" in failed["lost"]
    assert failed["drifted"].startswith(
        "Not as declared; alicloud.ram.setup would call CreateServiceLinkedRole of role"
    )
    assert "3 accounts checked: 1 as declared, 1 not as declared (" in run.of("Sum up")["msg"]


def test_the_audit(member: Any, over: Any, tmp_path: pathlib.Path) -> None:
    right, drifted, refusing, hostile = member(), member(), member(), member()
    hosts = {"right": host(right), "drifted": host(drifted), "refusing": host(refusing), "hostile": host(hostile)}
    message = "\x00\x1b[2J\x9b\ufffe\u202e\u200b <&"
    hostile.emulator.ask("rules", {"rules": [{"fault": "error", "account_id": hostile.account_id, "count": 0, "code": "Odd",
                                              "operation": "GetRole", "status": 400, "message": message}]})  # fmt: skip
    over("setup", {"right": hosts["right"]}).succeeded()
    hosts["refusing"]["alicloud_assume_role"]["role_name"] = "Nope"
    right.calls(), drifted.calls()

    run = over("audit", hosts, "-e", f"acr_vpc_access_audit_directory={tmp_path / 'audit'}")
    hostile.emulator.ask("rules", method="DELETE")
    assert run.status == 2
    assert right.writes() == drifted.writes() == []
    report = json.loads((tmp_path / "audit" / "acr_vpc_access.json").read_text())
    found = {finding["account"]: finding for finding in report["accounts"]}
    assert {name: finding["status"] for name, finding in found.items()} == {
        "right": "ok",
        "drifted": "drift",
        "refusing": "error",
        "hostile": "error",
    }
    assert "Odd: \\x00\\x1b[2J\\x9b\\ufffe\\u202e\\u200b <& (" in found["hostile"]["message"]
    assert not inprocess.is_raw(run.output.replace("\n", ""))
    assert operations(found["drifted"])[:2] == ["CreateServiceLinkedRole", "CreatePolicy"]
    assert "Nope" in found["refusing"]["message"]
    suite = ElementTree.parse(tmp_path / "audit" / "acr_vpc_access.xml").getroot().find("testsuite")
    assert suite is not None and (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "1", "2")
    assert {case.get("name"): [part.tag for part in case] for case in suite} == {
        "right": [],
        "drifted": ["failure"],
        "refusing": ["error"],
        "hostile": ["error"],
    }
    (shown,) = [part.get("message") for case in suite for part in case if case.get("name") == "hostile"]
    assert shown == found["hostile"]["message"]

    assert {name: finding["account_id"] for name, finding in found.items()} == {
        "right": right.account_id,
        "drifted": drifted.account_id,
        "refusing": refusing.account_id,
        "hostile": hostile.account_id,
    }
    assert (found["right"]["users"], found["right"]["groups"]) == (["alice", "bob"], ["ops"])

    right.calls()
    only_right = over("audit", {"right": hosts["right"]}, "-e", f"acr_vpc_access_audit_directory={tmp_path / 'audit'}")
    assert only_right.status == 0, only_right.output
    assert "1 account checked: as declared. The" in only_right.output
    assert {item["outcome"] for item in only_right.results if item["outcome"] != "skipped"} == {"ok"}
    # Of the policy, and of the system policy that the service-linked role has.
    assert right.calls().count("GetPolicy") == 2
    beside = over("audit", {"right": hosts["right"]}, "-e", "acr_vpc_access_audit_directory=here").succeeded()
    assert "/here" in beside.output and list(tmp_path.glob("run*/here/acr_vpc_access.json"))
    limited = over("audit", hosts, "--limit", "drifted", "-e", f"acr_vpc_access_audit_directory={tmp_path / 'audit'}")
    assert limited.status == 2 and "1 account checked: 0 as declared, 1 not as declared (drifted)." in limited.output
    none = over("audit", {}, "-e", f"acr_vpc_access_audit_directory={tmp_path / 'audit'}")
    assert none.status == 2


# The role's fleet form


@pytest.fixture(name="role")
def _role(playbook: Any, hub: Any) -> Any:
    """Run the role once, with the variables given, and look at its result whether or not it failed."""

    def run(*options: str, key: Any = hub, **variables: Any) -> Any:
        include = {
            "name": "the role",
            "ansible.builtin.include_role": {"name": "alicloud.ram.acr_vpc_access"},
            "vars": variables,
        }
        told = {"name": "told", "ansible.builtin.debug": {"var": "acr_vpc_access_result"}}
        return playbook([{"block": [include], "always": [told]}], *options, account=key)

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
    checked = declared(role("--check", "--diff", **variables).succeeded(), "localhost")
    assert there[0].writes() == there[1].writes() == []
    hub.calls()
    run = role("--diff", **variables).succeeded()
    result = declared(run, "localhost")
    assert hub.calls() == ["GetCallerIdentity", "AssumeRole", "AssumeRole"]
    assert [item["outcome"] for item in run.results if item["task"] == "Look up the account"] == ["skipped"]
    for key in ("counts", "diff"):
        assert checked[key] == result[key]
    for predicted, made, account, who in zip(checked["accounts"], result["accounts"], there, ("alice", "carol")):
        assert predicted["changes"] == made["changes"]
        assert document(account.account_id)["Statement"][0]["Resource"] in json.dumps(made["changes"])
        attached = [
            one["parameters"]["UserName"] for one in made["changes"] if one["operation"] == "AttachPolicyToUser"
        ]
        assert attached == [who, "bob"]
        assert json.dumps(OWNED)[1:-1] in json.dumps(account.state["policies"])
    again = declared(role(**variables).succeeded(), "localhost")
    assert not again["changed"] and again["counts"]["ok"] == 2

    gone = role(acr_vpc_access_state="absent", acr_vpc_access_delete_service_linked_role=True, **variables).succeeded()
    assert declared(gone, "localhost", "absent")["counts"]["changed"] == 2
    for account in there:
        left = json.dumps([account.state[kind] for kind in ("policies", "roles", "users", "groups")])
        assert POLICY not in left and ROLE_NAME not in left


def test_a_failed_fleet_tells_of_all_accounts(member: Any, role: Any, hub: Any) -> None:
    there = [member() for dummy in range(4)]
    entries = [entry(one, assume_role={"role_name": "Access" if one is there[3] else "Nope"}) for one in there]
    options = {"acr_vpc_access_accounts": entries, "acr_vpc_access_users": ["alice"]}
    run = role(**options)
    assert run.status == 2 and run.of("told")["acr_vpc_access_result"]["counts"]["failed"] == 3
    result = run.of("told")["acr_vpc_access_result"]
    assert [found["status"] for found in result["accounts"]] == ["failed"] * 3 + ["ok"]
    assert "CreatePolicy" in there[3].writes()
    hub.calls()
    limits = {"max_concurrency": 1, "max_failures": "25%", "assume_role_rate": 50}
    run = role(**options, **{f"acr_vpc_access_{name}": value for name, value in limits.items()})
    assert hub.calls() == ["GetCallerIdentity", "AssumeRole", "AssumeRole"]
    assert run.of("told")["acr_vpc_access_result"]["counts"]["not_started"] == 2
    passed_on = declared(run, "localhost")["invocation"]["module_args"]
    assert {name: passed_on[name] for name in limits} == limits


@pytest.mark.parametrize("accounts", [[], None])
def test_a_fleet_of_nobody_never_means_the_hub(accounts: Any, role: Any, hub: Any) -> None:
    run = role(acr_vpc_access_accounts=accounts)
    assert run.status == 2 and "accounts: the value is empty" in declared(run, "localhost")["msg"] and hub.calls() == []


def test_the_guard_of_a_fleet_is_the_hubs(member: Any, role: Any, hub: Any) -> None:
    there = member()
    options = {"acr_vpc_access_accounts": [entry(there)], "acr_vpc_access_users": ["alice"]}
    role(acr_vpc_access_account_id=hub.account_id, **options).succeeded()
    assert f":{there.account_id}:role/*" in json.dumps(there.state["policies"])
    run = role(acr_vpc_access_account_id=there.account_id, **options)
    assert run.status == 2 and "nothing was done" in declared(run, "localhost")["msg"]


def test_wrong_entries_of_a_fleet_are_refused(role: Any, hub: Any) -> None:
    for wrong, word in (({"acount_id": "1"}, "acount_id"), ({"account_id": "1", "variables": 5}, "variables")):
        run = role(acr_vpc_access_accounts=[wrong])
        assert run.status == 2 and word in run.output and hub.calls() == []
