# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a caller was denied, as the service says it, whichever way a task runs."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, allow, deny, trust


def new_key() -> dict[str, str]:
    return {"access_key_id": f"LTAI{uuid.uuid4().hex[:20]}", "access_key_secret": uuid.uuid4().hex[:30]}


@pytest.fixture(name="accounts")
def _accounts(account: Any) -> tuple[Any, Any, dict[str, dict[str, str]]]:
    """A hub, a member, and the keys of the hub's users."""
    keys = {name: new_key() for name in ("admin", "blind", "nobody", "barred", "root")}
    hub = account(
        root_access_key=keys["root"],
        users=[
            {"name": "admin", "policies": ADMINISTRATOR, "access_keys": [keys["admin"]]},
            {"name": "blind", "policies": [{"name": "assume", "type": "Custom"}], "access_keys": [keys["blind"]]},
            {"name": "nobody", "access_keys": [keys["nobody"]]},
            {"name": "barred", "groups": ["g"], "policies": ADMINISTRATOR, "access_keys": [keys["barred"]]},
        ],
        groups=[{"name": "g", "policies": [{"name": "no-roles", "type": "Custom"}]}],
        policies=[
            {"name": "assume", "document": allow("sts:AssumeRole")},
            {"name": "no-roles", "document": deny("sts:AssumeRole")},
        ],
    )
    external = {"StringEquals": {"sts:ExternalId": "a-word"}}
    of_hub = f"acs:ram::{hub.account_id}:root"
    member = account(
        roles=[
            {"name": "Open", "trust_policy": trust(of_hub)},
            {"name": "Closed", "trust_policy": trust("acs:ram::1000000000000001:root")},
            {"name": "External", "trust_policy": trust(of_hub, Condition=external)},
        ]
    )
    return hub, member, keys


# By user and role: the kind of policy, whether explicit, words of the message, and what is decoded.
IDENTITY = "AccountLevelIdentityBasedPolicy"
CASES: dict[str, tuple[str, str, str | None, bool | None, str, bool]] = {
    "trust": ("admin", "Closed", "AssumeRolePolicy", False, "trust policy does not allow sts:AssumeRole", True),
    "trust, not decoded": ("blind", "Closed", "AssumeRolePolicy", False, "trust policy does not allow", False),
    "no external ID": ("admin", "External", "AssumeRolePolicy", False, "external ID, and none was sent", True),
    "wrong external ID": (
        "admin",
        "External",
        "AssumeRolePolicy",
        False,
        "the external ID that was sent is wrong",
        True,
    ),
    "root": ("root", "Open", None, None, "An account's own (root) access key cannot assume roles", False),
    "no right": ("nobody", "Open", IDENTITY, False, "lacks the RAM action sts:AssumeRole", False),
    "denied": ("barred", "Open", IDENTITY, True, "Denied by: 'no-roles' (Custom, v1, attached to RamGroup).", True),
}


def test_a_role_that_cannot_be_assumed(accounts: Any, playbook: Any) -> None:
    hub, member, keys = accounts
    tasks = []
    for name, (user, role, *dummy) in CASES.items():
        assume = {"account_id": member.account_id, "role_name": role}
        if name == "wrong external ID":
            assume["external_id"] = "another-word"
        for inside in (True, False) if name in ("trust", "denied") else (True,):
            tasks.append(
                {
                    "name": f"{name}, {inside}",
                    "alicloud.ram.caller_identity_info": {**keys[user], "assume_role": assume},
                    "vars": {"alicloud_ram_inside_worker": inside},
                    "ignore_errors": True,
                }
            )
    run = playbook(tasks).succeeded()
    for task in tasks:
        name = task["name"].rsplit(", ", 1)[0]
        user, role, kind, explicit, words, decoded = CASES[name]
        result = run.of(task["name"])
        assert words in result["msg"] and result["code"] == "NoPermission", result["msg"]
        # The account of the role, which is the one that the task was for.
        assert result["account_id"] == member.account_id
        assert result.get("missing_action") == ("sts:AssumeRole" if name == "no right" else None)
        if kind is None:
            assert "denied_by" not in result
            continue
        told = result["denied_by"]
        assert (told["policy_type"], told["explicit"], told["action"]) == (kind, explicit, "sts:AssumeRole")
        assert (told["policies"] is not None) == decoded
        if name == "denied":
            denying = [policy for policy in told["policies"] if policy["effect"] == "Deny"]
            assert [policy["name"] for policy in denying] == ["no-roles"]
    # One call of it after each failure that carries a diagnosis.
    failures = [task for task in tasks if not task["name"].startswith("root")]
    assert hub.calls().count("DecodeDiagnosticMessage") == len(failures) and member.calls() == []


def test_what_many_accounts_refuse(accounts: Any, account: Any, playbook: Any) -> None:
    hub, member, keys = accounts
    others = [account(roles=[{"name": "Closed", "trust_policy": trust("acs:ram::1:root")}]) for dummy in range(7)]
    entries = [{"account_id": one.account_id, "assume_role": {"role_name": "Closed"}} for one in others]
    named = {"account_id": member.account_id, "assume_role": {"role_name": "Open"}}
    run = playbook(
        [
            {"name": name, "alicloud.ram.baseline": {**keys[user], "accounts": listed, **more}, "ignore_errors": True}
            for name, user, listed, more in (
                ("closed", "admin", entries, {}),
                ("root", "root", [named, *entries], {"max_concurrency": 1}),
                ("inside", "admin", [named], {"policies": [{"name": "p", "document": allow("oss:*")}]}),
            )
        ]
    ).succeeded()
    result = run.of("closed")
    assert result["counts"]["failed"] == 7 and "lacks" not in result["msg"]
    for found in result["accounts"]:
        assert "missing_action" not in found and found["denied_by"]["policy_type"] == "AssumeRolePolicy"
        assert "does not name the caller" in found["msg"]
    assert sum(found["denied_by"]["policies"] is not None for found in result["accounts"]) == 5
    # No role can be assumed with an account's own key, so no other account is tried.
    result = run.of("root")
    assert (
        result["counts"]["not_started"] == 7 and "own (root) access key, which cannot assume any role" in result["msg"]
    )
    # The session has no rights; it asks for itself, and may not even do that.
    (found,) = run.of("inside")["accounts"]
    assert found["missing_action"] == "ram:GetPolicy" == found["denied_by"]["action"]
    assert member.calls() == ["GetPolicy", "DecodeDiagnosticMessage"]
    assert hub.calls().count("DecodeDiagnosticMessage") == 5
