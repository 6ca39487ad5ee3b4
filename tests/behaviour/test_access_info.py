# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what, and because of which policy: the question of the vendor's page, and what cannot be told."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.alicloud.ram.tests.lib.accounts import Account
from ansible_collections.alicloud.ram.tests.lib.documents import (
    ADMINISTRATOR,
    SERVICE,
    allow,
    deny,
    document,
    statement,
    trust_accounts,
)

CREATE = {
    "actions": ["ram:CreateServiceLinkedRole"],
    "resources": ["acs:ram:*:${account_id}:role/*"],
    "context": {"ram:ServiceName": SERVICE},
}
MAY = allow("ram:CreateServiceLinkedRole", Condition={"StringEquals": {"ram:ServiceName": SERVICE}})
DENY = document(statement("oss:*"), *deny("ram:*")["Statement"])


def custom(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"name": name, "type": "Custom", **more} for name in names]


def ask(there: Account, playbook: Any, *tasks: dict[str, Any], **more: Any) -> list[list[dict[str, Any]]]:
    listed = [{"name": str(number), "alicloud.ram.access_info": task} for number, task in enumerate(tasks)]
    run = playbook(listed, account=there, measured=True, **more).succeeded()
    return [run.of(str(number))["access"] for number in range(len(tasks))]


@pytest.fixture(name="there")
def _there(account: Any) -> Account:
    return account(
        policies=[
            {"name": "acr", "document": MAY},
            {"name": "deny-iam", "document": DENY},
            {"name": "mfa", "document": allow("ram:*", Condition={"Bool": {"acs:MFAPresent": "true"}})},
        ],
        groups=[{"name": "deployers", "policies": custom("acr")}],
        users=[
            {"name": "ci-deployer", "groups": ["deployers"]},
            {"name": "guarded", "groups": ["deployers"], "policies": custom("deny-iam")},
            {"name": "nobody"},
            {"name": "careful", "policies": custom("mfa")},
            {"name": "root-like", "policies": ADMINISTRATOR},
        ],
        roles=[{"name": "runner", "trust_policy": trust_accounts("1"), "policies": custom("acr")}],
    )


def test_why_was_the_role_not_created(there: Account, playbook: Any) -> None:
    users = ["ci-deployer", "guarded", "nobody", "root-like", "careful", "missing"]
    (answers,) = ask(there, playbook, {**CREATE, "users": users, "groups": ["deployers"], "roles": ["runner"]})
    by_name = {one["principal_name"]: one for one in answers}
    assert {name: one["decision"] for name, one in by_name.items()} == {
        "ci-deployer": "allowed",
        "guarded": "denied",
        "nobody": "denied",
        "root-like": "allowed",
        "careful": "undetermined",
        "missing": "denied",
        "deployers": "allowed",
        "runner": "allowed",
    }
    (through,) = by_name["ci-deployer"]["statements"]
    assert (through["policy_name"], through["statement"], through["through"]) == ("acr", 1, "group 'deployers'")
    (denying,) = by_name["guarded"]["statements"]
    assert (denying["policy_name"], denying["statement"], denying["effect"]) == ("deny-iam", 2, "Deny")
    assert by_name["guarded"]["explicit_deny"] and by_name["guarded"]["would_allow"] is None
    assert by_name["careful"]["reasons"] == ["the value of acs:MFAPresent is not known"]
    assert not by_name["missing"]["exists"] and by_name["nobody"]["exists"]
    resource = f"acs:ram:*:{there.account_id}:role/*"
    assert by_name["nobody"]["resource"] == resource
    assert by_name["nobody"]["would_allow"] == document(
        {"Effect": "Allow", "Action": "ram:CreateServiceLinkedRole", "Resource": resource}
    )
    assert there.writes() == []


def test_the_calls(there: Account, playbook: Any) -> None:
    """A policy that several hold is read once, and so are the grants in resource groups."""
    there.calls()
    ask(there, playbook, {**CREATE, "users": ["ci-deployer", "guarded"], "account_id": there.account_id})
    reads = [name for name in there.calls() if name != "GetCallerIdentity"]
    assert sorted(reads) == sorted(
        ["ListPoliciesForUser", "ListGroupsForUser"] * 2
        + ["ListPolicyAttachments"] * 2
        + ["ListPoliciesForGroup", "GetPolicy", "GetPolicy"]
    )


def test_what_the_caller_may_not_read(account: Any, playbook: Any) -> None:
    """The decision then is undetermined, and says which action is missing; what is certain all the same is told."""
    key = {"access_key_id": "LTAIaccessreader", "access_key_secret": "accessreadersecret"}
    looks = allow(
        "ram:ListPoliciesForUser", "ram:ListGroupsForUser", "ram:ListPoliciesForGroup", "ram:ListPolicyAttachments"
    )
    there = account(
        policies=[
            {"name": "look", "document": looks},
            {"name": "read-deny", "document": allow("ram:GetPolicy", resource="acs:ram:*:*:policy/deny-iam")},
            {"name": "acr", "document": MAY},
            {"name": "deny-iam", "document": DENY},
        ],
        users=[
            {"name": "reader", "access_keys": [key], "policies": custom("look", "read-deny")},
            {
                "name": "blind",
                "access_keys": [{"access_key_id": "LTAIaccessblind", "access_key_secret": "blindsecret"}],
            },
            {"name": "holder", "policies": custom("acr")},
            {"name": "denied", "policies": custom("acr", "deny-iam")},
        ],
    )
    question = {**CREATE, "users": ["holder", "denied"]}
    blind = {"access_key_id": "LTAIaccessblind", "access_key_secret": "blindsecret"}
    seen, unseen = ask(there, playbook, {**question, **key}, {**question, **blind})
    assert [one["decision"] for one in seen] == ["undetermined", "denied"]
    assert seen[0]["reasons"] == ["the caller may not read the custom policy 'acr', which needs ram:GetPolicy"]
    assert [one["decision"] for one in unseen] == ["undetermined"] * 2
    assert (
        "the caller may not read the policies of user 'holder', which needs ram:ListPoliciesForUser"
        in unseen[0]["reasons"]
    )


def test_grants_in_resource_groups(account: Any, playbook: Any) -> None:
    there = account(
        policies=[{"name": "acr", "document": MAY}, {"name": "deny-iam", "document": DENY}],
        users=[
            {"name": "limited", "resource_group_policies": custom("acr", resource_group="rg-1")},
            {
                "name": "limited-deny",
                "policies": custom("acr"),
                "resource_group_policies": custom("deny-iam", resource_group="rg-1"),
            },
        ],
    )
    (answers,) = ask(there, playbook, {**CREATE, "users": ["limited", "limited-deny"]})
    assert [one["decision"] for one in answers] == ["undetermined"] * 2
    assert all("limited to resource group rg-1" in one["reasons"][-1] for one in answers)
    assert answers[0]["statements"][0]["resource_group"] == "rg-1"


def test_what_other_policies_decide_too(there: Account, playbook: Any) -> None:
    admin = {"users": ["root-like", "nobody"], "resources": ["*"]}
    assume, bucket = ask(
        there, playbook, {**admin, "actions": ["sts:AssumeRole"]}, {**admin, "actions": ["oss:GetObject"]}
    )
    assert [one["decision"] for one in assume] == ["undetermined", "denied"]
    assert [one["decision"] for one in bucket] == ["undetermined", "undetermined"]
    assert "trust policy" in assume[0]["reasons"][0] and "bucket policy" in bucket[1]["reasons"][0]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"users": []}, "users, groups, roles: name at least one"),
        ({"users": ["a b"]}, "users: 'a b'"),
        ({"actions": []}, "actions: the list is empty"),
        ({"actions": ["ram:Get*"]}, "actions: 'ram:Get*' is not one action"),
        ({"resources": ["role/x"]}, "resources: 'role/x' is not a resource"),
        ({"resources": ["acs:ram:*:${acount_id}:role/*"]}, "acount_id"),
        ({"context": {"acs:SourceIp": ["x"]}}, "context: the value of 'acs:SourceIp'"),
    ],
)
def test_bad_input(options: dict[str, Any], message: str, there: Account, playbook: Any) -> None:
    task = {"name": "ask", "alicloud.ram.access_info": {"users": ["nobody"], **CREATE, **options}}
    run = playbook([task], account=there)
    assert run.status == 2 and message in run.of("ask")["msg"] and there.calls() == []
