# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run says of what it did not see: a deletion that nobody knows, a write that is not visible, what it warned of.

The modules' own function runs in this process, over HTTPS to an emulator in a thread of it, and time passes at once.
"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process
from ansible_collections.alicloud.ram.tests.lib import emulated, inprocess
from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE

OWN, OTHER = "1000000000000001", "1000000000000002"
ROLE = "AliyunServiceRoleForContainerRegistryConnectCustomerVPC"
SEVERAL = "several.example.aliyuncs.com"
SERVICES = [{"service_name": SEVERAL, "role_name_prefix": "Several", "system_policy_name": "SeveralPolicy",
             "multiple_roles_allowed": True}]  # fmt: skip
# It takes 10 s to know that a write is not visible.
TIMEOUTS = {"consistency_timeout": 10, "retry_timeout": 60, "read_timeout": 5}


def document(action: str = "oss:Get*") -> dict[str, Any]:
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


class Here:
    """An account, and another that its administrator may enter."""

    def __init__(self, server: emulated.InProcess) -> None:
        self.server = server
        trust = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                 "Principal": {"RAM": [f"acs:ram::{OWN}:root"]}}]}  # fmt: skip
        administrator = [{"name": "AdministratorAccess", "type": "System"}]
        key = {"access_key_id": "LTAI1", "access_key_secret": "secret-1"}
        seed = {
            "users": [{"name": "alice"}, {"name": "admin", "policies": administrator, "access_keys": [key]}],
            "roles": [{"name": "Access", "trust_policy": trust, "policies": administrator}],
            "policies": [{"name": "p", "document": document()}],
            "service_linked_roles": [
                {"service_name": SERVICE},
                {"service_name": SEVERAL, "custom_suffix": "x"},
            ],
        }
        other = {**seed, "users": [{"name": "alice"}]}
        server.restart({"account_id": OWN, **seed}, {"account_id": OTHER, **other}, services=SERVICES)

    def run(self, module: str, *rules: dict[str, Any], **options: Any) -> dict[str, Any]:
        self.server.rule(*rules)
        since = max((call["seq"] for call in self.server.calls()), default=0)
        with Process(clock=inprocess.Passing(self.server)) as process:
            options = {"access_key_id": "LTAI1", "access_key_secret": "secret-1", **TIMEOUTS, **options}
            result = inprocess.outcome(process, module, options)
        self.server.rule()
        self.writes = [
            call["operation"]
            for call in self.server.calls(since)
            if call["write"] and not call["operation"].startswith("AssumeRole")
        ]
        return result

    def roles(self) -> list[str]:
        return [name for name, role in self.server.state(OWN)["roles"].items() if role["service_name"] == SERVICE]

    def start_deleting(self, **how: Any) -> None:
        result = self.run(
            "service_linked_role", {"fault": "deletion", **how}, service_name=SERVICE, state="absent", wait=False
        )
        assert not result["failed"] and self.writes == ["DeleteServiceLinkedRole"]


@pytest.fixture(name="here")
def _here(server: emulated.InProcess) -> Here:
    return Here(server)


def unknown(seen: int) -> dict[str, Any]:
    """The task is not known any more once it was seen so many times."""
    return {
        "fault": "error",
        "operation": "GetServiceLinkedRoleDeletionStatus",
        "code": "EntityNotExist.ServiceLinkedRole.DeletionTask",
        "status": 404,
        "nth": seen + 1,
        "count": 0,
    }


@pytest.mark.parametrize("seen", [1, 3])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_task_that_is_not_known_any_more_though_the_role_is_deleted(here: Here, state: str, seen: int) -> None:
    here.start_deleting(seconds=8)
    result = here.run("service_linked_role", unknown(seen), service_name=SERVICE, state=state)
    assert not result["failed"] and result["warnings"] == [], result
    if state == "present":
        assert result["changed"] and here.writes == ["CreateServiceLinkedRole"]
        assert result["service_linked_role"]["role_name"] == ROLE and here.roles() == [ROLE]
    else:
        assert not result["changed"] and here.writes == []
        assert result["service_linked_role"] == {} and here.roles() == []


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_task_that_is_not_known_any_more_while_the_role_is_there(here: Here, state: str) -> None:
    here.start_deleting(seconds=4000)
    result = here.run("service_linked_role", unknown(1), service_name=SERVICE, state=state)
    assert here.writes == [] and not result["changed"]
    if state == "present":
        (warning,) = result["warnings"]
        assert not result["failed"] and f"{ROLE} exists, but whether it is being deleted is not known" in warning
        assert result["service_linked_role"]["role_name"] == ROLE
    else:
        assert result["failed"] and f"Whether {ROLE} will be deleted is not known" in result["msg"]
        assert "was not deleted" not in result["msg"]


def test_a_new_version_is_not_made_twice(here: Here) -> None:
    late = {"fault": "delay_visibility", "operation": "CreatePolicyVersion", "seconds": 15}
    lost = {"fault": "drop_after", "operation": "CreatePolicyVersion"}
    result = here.run("policy", late, lost, name="p", document=document("oss:Put*"))
    assert result["failed"] and result["changed"] and result["changes"] == []
    assert [change["operation"] for change in result["uncertain"]] == ["CreatePolicyVersion"]
    assert "Whether CreatePolicyVersion of policy 'p' took effect is not known" in result["msg"]
    assert here.writes == ["CreatePolicyVersion"]
    here.server.clock.advance(60)
    result = here.run("policy", name="p", document=document("oss:Put*"))
    assert not result["failed"] and not result["changed"]
    assert len(here.server.state(OWN)["policies"]["p"]["versions"]) == 2
    # Where reading settles it, it is ours.
    result = here.run("policy", {**late, "seconds": 5}, lost, name="p", document=document("oss:List*"))
    assert not result["failed"] and here.writes == ["CreatePolicyVersion"]


LATE = {"fault": "delay_visibility", "operation": "CreatePolicy", "seconds": 200}
NOT_YET = {
    "fault": "error",
    "operation": "AttachPolicyToUser",
    "code": "EntityNotExist.Policy",
    "status": 404,
    "count": 0,
}
FAILING = {
    "service_linked_roles": [{"service_name": SEVERAL, "custom_suffix": "x", "description": "Mine."}],
    "policies": [{"name": "new", "document": document()}],
    "user_policies": [{"user_name": "alice", "policies": [{"name": "new"}]}],
}


@pytest.mark.parametrize("fleet", [True, False])
def test_a_failure_keeps_its_warnings(here: Here, fleet: bool) -> None:
    accounts: dict[str, Any] = {"accounts": [{"account_id": OTHER, "assume_role": {"role_name": "Access"}},
                                             {"account_id": OWN}]}  # fmt: skip
    where = {"account_id": OTHER if fleet else OWN}
    result = here.run("baseline", {**LATE, **where}, {**NOT_YET, **where}, **FAILING, **(accounts if fleet else {}))
    assert result["failed"] and "EntityNotExist.Policy" in result["msg"], result
    planned = [text for text in result["warnings"] if "The description of Several_x differs" in text]
    assert len(planned) == 1 and "may not be visible everywhere yet: CreatePolicy of policy 'new'" in result["msg"]
    if fleet:
        assert planned[0].startswith(f"{OTHER}, {OWN}: ") and result["counts"]["ok"] == 1
        assert not any("warnings" in found for found in result["accounts"])
