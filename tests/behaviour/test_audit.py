# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit: what it finds in accounts that are not as declared, and that its three reports say the same."""

from __future__ import annotations

import collections
import json
import pathlib
from dataclasses import dataclass
from typing import Any

import junitparser
import pytest
import yaml

from ansible_collections.alicloud.ram.tests.lib import inprocess
from ansible_collections.alicloud.ram.tests.lib.accounts import READS, Account
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, allow, deny, trust_accounts
from ansible_collections.alicloud.ram.tests.lib.paths import COLLECTION
from ansible_collections.alicloud.ram.tests.lib.playbooks import Case, Run
from ansible_collections.alicloud.ram.tests.lib.schemas import check_report

POLICY = "acr-connect-customer-vpc"
BATCH = "Work on all accounts of the batch"
FAILED = "Fail if the account failed"
CREATE = "ram:CreateServiceLinkedRole"


@dataclass
class Audited:
    """A run of the audit, with its reports."""

    run: Run
    accounts: dict[str, Account]
    report: dict[str, Any]
    junit: junitparser.JUnitXml
    page: str
    log: dict[str, list[str]]

    def of(self, name: str) -> dict[str, Any]:
        (found,) = [one for one in self.report["accounts"] if one["name"] == name]
        return dict(found)

    def resource(self, name: str, kind: str) -> dict[str, Any]:
        (found,) = [one for one in self.of(name)["resources"] if one["kind"] == kind]
        return dict(found)

    def failed(self) -> dict[str, str]:
        return {item["host"]: item["result"]["msg"] for item in self.run.results if item["outcome"] == "failed"}


def read(directory: pathlib.Path) -> tuple[dict[str, Any], Any, str]:
    report = json.loads((directory / "audit.json").read_text(encoding="utf-8"))
    check_report(report)
    junit = junitparser.JUnitXml.fromfile(str(directory / "audit.xml"))
    return report, junit, (directory / "audit.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module", name="audited")
def _audited(account: Any, playbooks: Any, tmp_path_factory: Any) -> Audited:
    """Accounts that were set up by the playbook, and in which then something happened; an audit of them."""
    hub = account()
    access = {"name": "Access", "trust_policy": trust_accounts(hub.account_id), "policies": ADMINISTRATOR}
    seed = {"roles": [access], "users": [{"name": "ci-deployer"}, {"name": "other", "groups": ["release"]}],
            "groups": [{"name": "release"}]}  # fmt: skip
    accounts = {name: account(**seed) for name in ("good", "wide", "denied", "admin", "held")}
    hosts = {
        name: {
            "alicloud_assume_role": {"account_id": there.account_id, "role_name": "Access"},
            "acr_vpc_access_users": ["ci-deployer"],
            "acr_vpc_access_groups": ["release"],
        }
        for name, there in accounts.items()
    }
    environment = {
        f"ALIBABA_CLOUD_{name.upper()}": hub.options[name] for name in ("access_key_id", "access_key_secret")
    }
    inventory = {"alicloud_accounts": {"hosts": hosts}}
    playbooks.run("alicloud.ram.acr_setup", inventory=inventory, environment=environment).succeeded()
    everything = {
        "user_policies": [{"user_name": "ci-deployer", "policies": [{"name": "AdministratorAccess", "type": "System"}]}]
    }
    happened: dict[str, dict[str, Any]] = {
        "wide": {"policies": [{"name": POLICY, "document": allow("ram:*")}]},
        "denied": {
            "policies": [{"name": "deny-iam", "document": {
                "Version": "1", "Statement": [
                    {"Effect": "Allow", "Action": "oss:*", "Resource": "*"},
                    {"Effect": "Deny", "Action": "ram:*", "Resource": "*"}]}}],
            "user_policies": [{"user_name": "ci-deployer", "policies": [{"name": "deny-iam"}]}],
        },
        "admin": everything,
        "held": {"role_policies": [{"role_name": "Access", "policies": [{"name": POLICY}]}]},
    }  # fmt: skip
    cases = {name: Case(accounts[name], [{"alicloud.ram.baseline": one}]) for name, one in happened.items()}
    assert all(run.status == 0 for run in playbooks.run_cases(cases).values())
    accounts["bare"] = account(**seed)
    for name, role in (("bare", "Access"), ("error", "Nope")):
        there = accounts.setdefault(name, account())
        hosts[name] = {**hosts["good"], "alicloud_assume_role": {"account_id": there.account_id, "role_name": role}}
    for there in accounts.values():
        there.calls()
    directory = tmp_path_factory.mktemp("audit")
    run = playbooks.run(
        "alicloud.ram.acr_audit", "-e", f"alicloud_audit_directory={directory}",
        inventory=inventory, environment=environment, measured=True,
    )  # fmt: skip
    return Audited(run, accounts, *read(directory), {name: there.calls() for name, there in accounts.items()})


def test_the_status_of_each_account(audited: Audited) -> None:
    assert {one["name"]: one["status"] for one in audited.report["accounts"]} == {
        "good": "ok", "wide": "drift", "denied": "ok", "admin": "ok", "held": "ok", "bare": "drift", "error": "error",
    }  # fmt: skip
    # Those that are not as declared fail on their own hosts, and no others.
    assert audited.run.status == 2 and set(audited.failed()) == {"wide", "bare", "error"}
    assert not any(not one.startswith(READS) for calls in audited.log.values() for one in calls)
    totals = audited.report["totals"]
    assert totals["resources"] == {"missing": 2, "different": 3, "unexpected": 0, "ok": 19}
    assert (totals["accounts"], totals["drift"], totals["error"], totals["ok"]) == (7, 2, 1, 4)
    assert audited.report["mode"] == "audit" and audited.report["collection_version"] == version()
    (file,) = audited.report["declaration"]["files"]
    assert file.endswith("roles/acr_vpc_access/vars/main.yml")
    (caller,) = audited.report["callers"]
    assert caller.endswith(":user/administrator")


def version() -> str:
    return str(yaml.safe_load((COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))["version"])


def test_a_policy_that_was_replaced_is_shown_with_its_danger(audited: Audited) -> None:
    """Before, the report said that a version would be set, and nothing of what the policy allows."""
    policy = audited.resource("wide", "policy")
    assert policy["status"] == "different"
    assert policy["observed"]["policy_document"] == allow("ram:*")
    assert policy["declared"]["policy_document"]["Statement"][0]["Action"] == CREATE
    (danger,) = policy["warnings"]
    assert danger == "The observed policy_document gives away the account: statement 1 allows ram:* on everything."
    lines = audited.run.of(BATCH)["report"]
    assert any(line.startswith("Warning: wide (") and danger in line for line in lines), lines
    assert danger in audited.page
    (failure,) = [case.result[0] for suite in audited.junit if suite.name.startswith("wide (")
                  for case in suite if case.name == f"policy {POLICY}"]  # fmt: skip
    assert danger in failure.text and failure.type == "different"


def decisions(account: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    return {
        one["principal_name"]: (one["decision"], [(match["policy_name"], match["statement"], match["through"]) for match in one["statements"]])
        for one in account["access"]
    }  # fmt: skip


def test_why_a_user_may_not_create_the_role(audited: Audited) -> None:
    """The question of the vendor's page: which users may create the role, and which policy decides."""
    granted, through = ("allowed", [(POLICY, 1, None)]), ("allowed", [(POLICY, 1, "group 'release'")])
    assert decisions(audited.of("good")) == {"ci-deployer": granted, "other": through}
    assert decisions(audited.of("denied")) == {"ci-deployer": ("denied", [("deny-iam", 2, None)]), "other": through}
    assert decisions(audited.of("bare")) == {"ci-deployer": ("denied", []), "other": ("denied", [])}
    for text in ("denied by statement 2 of policy 'deny-iam'.", "no policy allows it."):
        assert any(text in line for line in audited.run.of(BATCH)["report"])


def test_grants_that_nobody_declared(audited: Audited) -> None:
    def of(name: str) -> list[tuple[str, ...]]:
        keys = ("reason", "principal_type", "principal_name", "policy_name")
        return [tuple(one[key] for key in keys) for one in audited.of(name)["unexpected_grants"]]

    assert of("good") == of("denied") == of("bare") == []
    assert of("admin") == [("wide_grant", "user", "ci-deployer", "AdministratorAccess")]
    assert of("held") == [("undeclared_holder", "role", "Access", POLICY)]
    assert set(of("wide")) == {("wide_grant", "user", "ci-deployer", POLICY), ("wide_grant", "user", "other", POLICY)}
    assert audited.of("admin")["status"] == "ok"  # it is shown, and no drift unless asked


def test_the_three_reports_agree(audited: Audited) -> None:
    assert {suite.name for suite in audited.junit} == {
        f"{one['name']} ({one['account_id']})" for one in audited.report["accounts"]
    }
    totals = audited.report["totals"]["resources"]
    assert audited.junit.failures == totals["missing"] + totals["different"] and audited.junit.errors == 1
    assert sum(len(list(suite)) for suite in audited.junit) == sum(totals.values()) + len(audited.report["accounts"])
    for one in audited.report["accounts"]:
        assert f"{one['name']} ({one['account_id']})" in audited.page
    assert audited.run.of(BATCH)["counts"]["drift"] == 2


def test_what_it_costs(audited: Audited) -> None:
    calls = collections.Counter(audited.log["good"])
    # As declared: what a run reads, then the policies of a user, a group and its member, and grants in resource groups.
    assert calls == {
        "GetRole": 1, "GetPolicy": 1, "ListEntitiesForPolicy": 1, "ListUsersForGroup": 1,
        "ListPoliciesForUser": 2, "ListGroupsForUser": 2, "ListPoliciesForGroup": 1, "ListPolicyAttachments": 2,
    }, calls  # fmt: skip


def test_grants_count_as_drift_if_asked(playbook: Any, account: Any, tmp_path: pathlib.Path) -> None:
    there = account(users=[{"name": "ci", "policies": ADMINISTRATOR}])
    inventory = {"alicloud_accounts": {"hosts": {"one": {
        "alicloud_account_id": there.account_id, "alicloud_baseline": {"users": [{"name": "ci"}], "allow_self": False}}}}}  # fmt: skip
    environment = {
        f"ALIBABA_CLOUD_{name.upper()}": there.options[name] for name in ("access_key_id", "access_key_secret")
    }

    def run(grants: str) -> Any:
        options = ("-e", f"alicloud_audit_directory={tmp_path}", "-e", f"alicloud_unexpected_grants={grants}")
        return playbook("alicloud.ram.audit", *options, inventory=inventory, environment=environment, measured=True)

    assert run("ignore").status == 0 and read(tmp_path)[0]["accounts"][0]["unexpected_grants"] == []
    found = run("drift")
    report, junit, page = read(tmp_path)
    assert found.status == 2 and report["accounts"][0]["status"] == "drift" and junit.failures == 1
    message = found.of(FAILED)["msg"]
    assert message == (
        "Not as declared. Not declared: user 'ci' can give itself any right: statement 1 of policy 'AdministratorAccess' "
        "allows * on everything."
    )
    assert "can give itself any right" in page and there.writes() == []


def test_what_may_not_be_read_is_said(playbook: Any, account: Any, tmp_path: pathlib.Path) -> None:
    """Without the rights to look at grants, the audit still compares; who may do what is undetermined, with the reason."""
    key = {"access_key_id": "LTAIauditblind", "access_key_secret": "auditblindsecret"}
    looks = {"name": "look", "document": allow("ram:GetUser", "ram:GetGroup")}
    there = account(
        users=[{"name": "ci", "groups": ["team"]}, {"name": "auditor", "access_keys": [key],
                "policies": [{"name": "look", "type": "Custom"}]}],
        groups=[{"name": "team"}], policies=[looks],
    )  # fmt: skip
    request = {"actions": ["ecs:RunInstances"], "resources": ["*"]}
    inventory = {"alicloud_accounts": {"hosts": {"one": {
        "alicloud_account_id": there.account_id, "alicloud_access": [request],
        "alicloud_baseline": {"users": [{"name": "ci"}], "groups": [{"name": "team"}]}}}}}  # fmt: skip
    environment = {f"ALIBABA_CLOUD_{name.upper()}": value for name, value in key.items()}
    run = playbook(
        "alicloud.ram.audit", "-e", f"alicloud_audit_directory={tmp_path}", inventory=inventory, environment=environment
    ).succeeded()
    (found,) = read(tmp_path)[0]["accounts"]
    (access,) = found["access"]
    assert (found["status"], access["decision"]) == ("ok", "undetermined"), run.output
    assert any("ram:ListPoliciesForUser" in reason for reason in access["reasons"])
    assert "the caller may not read the members of group 'team', which needs ram:ListUsersForGroup" in found["not_read"]


def test_reports_that_cannot_be_written(playbook: Any, account: Any, tmp_path: pathlib.Path) -> None:
    there = account(users=[{"name": "ci"}])
    inventory = {"alicloud_accounts": {"hosts": {"one": {
        "alicloud_account_id": there.account_id, "alicloud_baseline": {"users": [{"name": "ci"}]}}}}}  # fmt: skip
    environment = {
        f"ALIBABA_CLOUD_{name.upper()}": there.options[name] for name in ("access_key_id", "access_key_secret")
    }
    (tmp_path / "file").touch()
    run = playbook(
        "alicloud.ram.apply",
        "-e",
        f"alicloud_html={tmp_path}/file/x.html",
        inventory=inventory,
        environment=environment,
    )
    assert run.status == 2 and f"alicloud_html: {tmp_path}/file/x.html cannot be written" in run.output
    assert there.calls() == []


def test_the_role_says_who_may_not_create_the_role(playbook: Any, account: Any) -> None:
    """With acr_vpc_access_check_access, a set-up that leaves somebody without the right warns of it."""
    deny_iam = {"name": "deny-iam", "document": deny("ram:*")}
    there = account(
        users=[{"name": "ci", "policies": [{"name": "deny-iam", "type": "Custom"}]}, {"name": "dev", "groups": ["team"]}],
        groups=[{"name": "team"}], policies=[deny_iam],
    )  # fmt: skip
    variables = {"acr_vpc_access_users": ["ci"], "acr_vpc_access_groups": ["team"], "acr_vpc_access_check_access": True}
    include = {"ansible.builtin.include_role": {"name": "alicloud.ram.acr_vpc_access"}, "vars": variables}
    run = playbook([include], account=there).succeeded()
    result = run.of("Declare what image import needs as present")
    assert {one["principal_name"]: one["decision"] for one in result["access"]} == {"ci": "denied", "dev": "allowed"}
    (warning,) = [text for text in result["warnings"] if text.startswith("access: ")]
    assert warning == (
        f"access: user 'ci' may not do {CREATE} on acs:ram:*:{there.account_id}:role/*: denied by statement 1 of policy "
        "'deny-iam'."
    )
    absent = {**include, "vars": {**variables, "acr_vpc_access_state": "absent"}}
    assert "access" not in playbook([absent], account=there).succeeded().of("Declare what image import needs as absent")


def test_access_of_many_accounts_in_one_task(playbook: Any, account: Any) -> None:
    hub = account()
    role = {"name": "Access", "trust_policy": trust_accounts(hub.account_id), "policies": ADMINISTRATOR}
    members = [account(roles=[role], users=[{"name": "ci", "policies": policies}]) for policies in ([], ADMINISTRATOR)]
    task = {
        "name": "Ask",
        "alicloud.ram.baseline": {
            "accounts": [{"account_id": one.account_id, "assume_role": {"role_name": "Access"}} for one in members],
            "users": [{"name": "ci"}],
            "access": [{"actions": ["ecs:RunInstances"], "resources": ["acs:ecs:*:${account_id}:instance/*"]}],
        },
    }
    result = playbook([task], account=hub).succeeded().of("Ask")
    found = {one["account_id"]: one["access"][0] for one in result["accounts"]}
    assert [found[one.account_id]["decision"] for one in members] == ["denied", "allowed"]
    assert found[members[0].account_id]["would_allow"]["Statement"][0]["Action"] == "ecs:RunInstances"
    assert all(one["resource"] == f"acs:ecs:*:{account_id}:instance/*" for account_id, one in found.items())


@pytest.mark.parametrize(
    "entry, message",
    [
        ({"actions": [], "resources": ["*"]}, "access entry 1: actions: the list is empty, so there is nothing to evaluate."),
        ({"actions": ["ram:*"], "resources": ["*"]}, "access entry 1: actions: 'ram:*' is not one action; "),
        ({"actions": ["ram:GetUser"], "resources": ["user/x"]}, "access entry 1: resources: 'user/x' is not a resource; "),
        ({"actions": ["ram:GetUser"], "resources": ["${nam}"]}, "access entry 1: resources: "),
        ({"actions": ["ram:GetUser"], "resources": ["*"], "context": {"a": []}}, "access entry 1: context: the value of 'a' is []"),
    ],
)  # fmt: skip
def test_what_is_no_request(entry: Any, message: str, account: Any) -> None:
    there = account()
    result = inprocess.run("baseline", {**there.options, "users": [{"name": "ci"}], "access": [entry]})
    assert result["failed"] and result["msg"].startswith(message) and there.calls() == []
