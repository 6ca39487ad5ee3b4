# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service-linked roles against a model of an account: what is refused, created, deleted, waited for and said."""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import Parent
from ansible_collections.alicloud.ram.plugins.module_utils._engine.converge import RunResult, converge
from ansible_collections.alicloud.ram.plugins.module_utils._engine.observe import observe
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    DeclarationError,
    RamError,
    UnreachableError,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.service_linked_role import ServiceLinkedRole
from ansible_collections.alicloud.ram.tests.lib.table_account import Uncached, refusal

SERVICE = "many.example.aliyuncs.com"
USES = {
    "RoleUsage": [{"Region": "cn-hangzhou", "Resources": {"Resource": ["vpc-1", "vpc-2"]}}, {"Region": "cn-beijing"}]
}


class Account(Uncached):
    """One service's role and its deletion tasks, on plain data; time passes by sleeping only."""

    def __init__(self, *tasks: list[Any], role: str | None = None, several: bool = True, prefix: str = "Many") -> None:
        """``tasks`` are the statuses that each deletion task gives in turn, the last from then on."""
        self.template: Any = {
            "RoleNamePrefix": prefix,
            "MultipleRolesAllowed": several,
            "SystemPolicyName": "ManyPolicy",
        }
        self.tasks = [list(statuses) for statuses in tasks]
        self.role: dict[str, Any] | None = self.made(role) if role else None
        self.stays = 0  # how many reads a deleted role is still seen in
        self.granted: list[str] | None = ["ecs:A", "ecs:B"]
        self.reason: dict[str, Any] | None = None
        self.time = 1.0
        self.pauses: list[float] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.settings = SimpleNamespace(consistency_timeout=10, retry_timeout=0)
        self.clock = SimpleNamespace(now=lambda: self.time, wall=lambda: self.time, sleep=self.sleep)
        self.account_id = self.assumed_role_arn = self.report_progress = None
        self.parent = Parent()

    def made(self, name: str) -> dict[str, Any]:
        trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": [SERVICE]}}]}
        return {"RoleName": name, "IsServiceLinkedRole": True, "AssumeRolePolicyDocument": json.dumps(trust)}

    def deleting(self) -> Account:
        """Its role is being deleted, by the first of the tasks."""
        assert self.role
        self.role["LatestDeletionTask"] = {"DeletionTaskId": "task 0"}
        return self

    @property
    def writes(self) -> list[str]:
        return [operation for operation, dummy in self.calls if not operation.startswith("Get")]

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        self.calls.append((operation, parameters))
        answer: dict[str, Any] = getattr(self, operation)(**parameters)
        return answer

    # pylint: disable=invalid-name

    def GetServiceLinkedRoleTemplate(self, ServiceName: str) -> dict[str, Any]:
        if ServiceName != SERVICE:
            raise refusal("EntityNotExist.ServiceName")
        return {"ServiceLinkedRoleTemplate": self.template}

    def GetRole(self, RoleName: str) -> dict[str, Any]:
        if self.role and self.role.get("gone"):
            self.stays -= 1
            self.role = self.role if self.stays >= 0 else None
        if not self.role or self.role["RoleName"] != RoleName:
            raise refusal("EntityNotExist.Role")
        return {"Role": json.loads(json.dumps(self.role))}

    def GetPolicy(self, PolicyName: str, PolicyType: str) -> dict[str, Any]:
        assert (PolicyName, PolicyType) == ("ManyPolicy", "System")
        if self.granted is None:
            raise refusal("EntityNotExist.Policy")
        statement = {"Effect": "Allow", "Action": self.granted, "Resource": "*"}
        return {"DefaultPolicyVersion": {"PolicyDocument": json.dumps({"Version": "1", "Statement": [statement]})}}

    def CreateServiceLinkedRole(
        self, ServiceName: str, CustomSuffix: str = "", Description: str = ""
    ) -> dict[str, Any]:
        assert ServiceName == SERVICE
        name = self.template["RoleNamePrefix"] + (f"_{CustomSuffix}" if CustomSuffix else "")
        if self.role and self.role["RoleName"] == name:
            raise refusal("EntityAlreadyExist.Role")
        self.role = dict(self.made(name), Description=Description)
        self.granted = self.granted or ["ecs:A"]
        return {}

    def DeleteServiceLinkedRole(self, RoleName: str) -> dict[str, Any]:
        assert self.role and self.role["RoleName"] == RoleName
        self.deleting()
        return {"DeletionTaskId": "task 0"}

    def GetServiceLinkedRoleDeletionStatus(self, DeletionTaskId: str) -> dict[str, Any]:
        statuses = self.tasks[int(DeletionTaskId.split()[1])]
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        if isinstance(status, ApiError):
            raise status
        if status == "SUCCEEDED" and self.role:
            self.role["gone"] = True
        return {"Status": status, "Reason": self.reason}


def refusing(code: str) -> Callable[..., Any]:
    def operation(**dummy: Any) -> Any:
        raise refusal(code)

    return operation


NOBODY = refusal("EntityNotExist.DeletionTask")


def declared(**options: Any) -> ServiceLinkedRole:
    return ServiceLinkedRole.from_params({"service_name": SERVICE, **options})


def run(account: Account, check_mode: bool = False, **options: Any) -> RunResult:
    return asyncio.run(converge(account, [declared(**options)], check_mode))  # type: ignore[arg-type]


def both(account: Account, **options: Any) -> list[str]:
    """The writes of a run, which are the ones that check mode tells."""
    told = run(account, check_mode=True, **options)
    assert account.writes == []
    made = run(account, **options)
    assert made.changes == told.changes and len(told.results) == 1
    assert made.results[0].result == {} or made.results[0].resource.diff_view(made.results[0].after) == told.results[
        0
    ].resource.diff_view(told.results[0].after)
    return account.writes


def refused(kind: type[RamError], account: Account, **options: Any) -> Any:
    with pytest.raises(kind) as caught:
        run(account, **options)
    assert caught.type is kind
    return caught.value


# Options


@pytest.mark.parametrize(
    "options",
    [
        {"custom_suffix": ""},
        {"custom_suffix": "a_b"},
        {"custom_suffix": "a" * 64},
        {"description": ""},
        {"description": "d" * 1025},
        {"required_actions": ["ecs"]},
        {"required_actions": ["ecs:A", "ecs:"]},
        {"service_name": "no service"},
        {"wait_timeout": 0},
        {"wait_timeout": -1},
        {"wait_timeout": float("inf")},
        {"wait_timeout": float("nan")},
    ],
    ids=str,
)
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError) as caught:
        ServiceLinkedRole.from_params({"service_name": SERVICE, **options}, where="service_linked_roles[0].")
    assert caught.value.message.startswith((f"service_linked_roles[0].{next(iter(options))}: ", "wait_timeout: "))


def test_options_at_their_bounds() -> None:
    assert declared(custom_suffix="a" * 63, description="d", required_actions=["ecs:A"], wait_timeout=0.1)
    assert declared(description="d" * 1024).description == "d" * 1024
    found = declared(state="absent", wait=False, wait_timeout=7, verify=True, required_actions=["ecs:A", "ecs:B"])
    assert (found.present, found.wait, found.wait_timeout, found.verify) == (False, False, 7, True)
    assert found.required_actions == ("ecs:A", "ecs:B")
    plain = declared()
    assert (plain.present, plain.wait, plain.wait_timeout, plain.verify, plain.required_actions) == (
        True,
        True,
        300,
        False,
        (),
    )


def test_roles_are_told_apart_by_service_and_suffix() -> None:
    assert declared().identity != declared(custom_suffix="x").identity != declared(custom_suffix="y").identity
    assert declared().label == f"service-linked role of {SERVICE}"
    assert declared(custom_suffix="x").label == f"service-linked role of {SERVICE} with suffix x"


# What the service's template says


@pytest.mark.parametrize("options", [{"custom_suffix": "x"}, {"description": "d"}], ids=str)
def test_one_role_takes_neither_suffix_nor_description(options: dict[str, Any]) -> None:
    account = Account(several=False)
    assert refused(DeclarationError, account, **options).message.startswith(f"{next(iter(options))}: ")
    assert account.writes == [] and both(Account(several=False)) == ["CreateServiceLinkedRole"]


def test_a_suffix_has_the_room_that_the_prefix_leaves() -> None:
    account = Account(prefix="p" * 60)
    assert both(account, custom_suffix="abc") == ["CreateServiceLinkedRole"]
    message = refused(DeclarationError, account, custom_suffix="abcd").message
    assert "of 65 characters" in message and message.endswith("so the suffix can have 3.")


@pytest.mark.parametrize("prefix", ["", "p" * 65, "a/b"])
def test_a_prefix_that_begins_no_name(prefix: str) -> None:
    assert "RoleNamePrefix" in refused(UnreachableError, Account(prefix=prefix)).message


def test_a_service_that_ram_does_not_know() -> None:
    message = refused(DeclarationError, Account(), service_name="none.example.aliyuncs.com").message
    assert message.startswith("service_name: RAM knows no service 'none.example.aliyuncs.com'")


def test_what_else_ram_says_of_the_service_stands() -> None:
    account = Account()
    account.GetServiceLinkedRoleTemplate = refusing("NoPermission")  # type: ignore[method-assign]
    assert refused(ApiError, account).code == "NoPermission"


# What is there


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_role_of_the_name_that_is_no_service_linked_one(state: str) -> None:
    account = Account(role="Many")
    assert account.role
    account.role["IsServiceLinkedRole"] = False
    assert "is not a service-linked role" in refused(ConflictError, account, state=state).message
    assert account.writes == []


@pytest.mark.parametrize(
    "trust, told",
    [
        ({"Statement": [{"Principal": {"Service": ["a.aliyuncs.com"]}}]}, "trusts a.aliyuncs.com,"),
        ({"Statement": [{"Principal": {"Service": "z.aliyuncs.com"}}]}, "trusts z.aliyuncs.com,"),
        (
            {"Statement": [{"Principal": {"Service": [SERVICE, "z.aliyuncs.com"]}}]},
            f"trusts {SERVICE}, z.aliyuncs.com,",
        ),
        ({"Statement": [{"Principal": {"RAM": ["acs:ram::1:root"]}}]}, "trusts no service,"),
        ({"Statement": [{"Principal": "*"}, "odd"]}, "trusts no service,"),
        ({"Statement": "odd"}, "trusts no service,"),
        ([], "trusts no service,"),
    ],
)
def test_a_role_that_trusts_another(trust: Any, told: str) -> None:
    account = Account(role="Many")
    assert account.role
    account.role["AssumeRolePolicyDocument"] = json.dumps(trust)
    assert told in refused(ConflictError, account, state="absent").message and account.writes == []


def test_a_role_that_trusts_the_service_twice_is_its_own() -> None:
    account = Account(role="Many")
    assert account.role
    statement = {"Principal": {"Service": SERVICE}}
    account.role["AssumeRolePolicyDocument"] = json.dumps({"Statement": [statement, statement]})
    assert both(account) == []


def test_what_is_returned() -> None:
    account = Account(["FAILED"], role="Many_x").deleting()
    facts = run(account, custom_suffix="x").results[0].result
    assert (facts["role_name"], facts["service_name"], facts["system_policy_name"]) == ("Many_x", SERVICE, "ManyPolicy")
    task = {"deletion_task_id": "task 0", "status": "FAILED", "reason": None, "role_usages": []}
    assert facts["latest_deletion_task"] == task
    assert facts["assume_role_policy_document"]["Statement"][0]["Principal"] == {"Service": [SERVICE]}


def test_what_a_diff_shows() -> None:
    account = Account(["IN_PROGRESS"], role="Many_x")
    assert account.role
    account.role["Description"] = "d"
    shown = {"role_name": "Many_x", "service_name": SERVICE, "description": "d"}
    assert run(account, True, custom_suffix="x").results[0].diff()["after"] == shown
    diff = run(account, True, custom_suffix="x", state="absent", wait=False).results[0].diff()
    assert (diff["before"], diff["after"]) == (shown, {**shown, "being_deleted": True})
    account = Account(role="Many")
    assert run(account, True).results[0].diff()["after"] == {"role_name": "Many", "service_name": SERVICE}


def test_what_became_of_a_deletion_is_returned() -> None:
    account = Account(["IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "FAILED"], role="Many")
    account.reason = {"Message": "It is in use.", "RoleUsages": USES}
    begun = run(account, state="absent", wait=False).results[0].result["latest_deletion_task"]
    assert begun["status"] == "IN_PROGRESS"
    look = run(account, True).results[0].result["latest_deletion_task"]  # while it runs, it is to be created anew
    found = run(account).results[0].result["latest_deletion_task"]
    assert (found["status"], found["reason"]) == ("FAILED", "It is in use.")
    assert found["role_usages"][0] == {"region": "cn-hangzhou", "resources": ["vpc-1", "vpc-2"]}
    unknown = Account([NOBODY], role="Many").deleting()
    assert run(unknown).results[0].result["latest_deletion_task"]["status"] is None
    assert run(Account(role="Many")).results[0].result["latest_deletion_task"] == {} and look == {}


# Creating


def test_a_role_is_created_as_declared() -> None:
    account = Account()
    assert both(account, custom_suffix="x", description="mine") == ["CreateServiceLinkedRole"]
    made = {"ServiceName": SERVICE, "CustomSuffix": "x", "Description": "mine"}
    assert ("CreateServiceLinkedRole", made) in account.calls
    assert account.role and account.role["RoleName"] == "Many_x"
    again = run(account, custom_suffix="x", description="mine")
    assert again.changes == [] and again.warnings == [] and account.pauses == []


def test_a_description_that_cannot_be_changed() -> None:
    account = Account(role="Many")
    outcome = run(account, description="mine")
    assert outcome.changes == [] and "The description of Many differs" in outcome.warnings[0]


def test_somebody_else_created_it() -> None:
    account = Account()
    create = account.CreateServiceLinkedRole

    def twice(**parameters: Any) -> Any:
        create(**parameters)
        return create(**parameters)

    account.CreateServiceLinkedRole = twice  # type: ignore[assignment]
    assert run(account).changes == []


def test_a_deletion_is_waited_for_before_creating() -> None:
    account = Account(["NOT_STARTED", "IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"], role="Many").deleting()
    account.stays = 2
    assert run(account).changes and account.writes == ["CreateServiceLinkedRole"]
    assert account.role and "gone" not in account.role


@pytest.mark.parametrize("creates", [True, False])
def test_a_role_that_is_deleted_but_still_shown_is_not_taken_for_the_new_one(creates: bool) -> None:
    account = Account(["IN_PROGRESS", "SUCCEEDED"], role="Many").deleting()
    account.stays = 1000
    if creates:
        account.CreateServiceLinkedRole = lambda **dummy: {}  # type: ignore[method-assign, assignment]
        outcome = run(account)
        assert [change["operation"] for change in outcome.changes] == ["CreateServiceLinkedRole"]
        assert "is not visible after 10 s" in outcome.warnings[0] and outcome.pending == outcome.changes
    else:
        assert refused(ApiError, account).code == "EntityAlreadyExist.Role"


def test_a_deletion_that_fails_leaves_the_role_that_is_wanted() -> None:
    account = Account(["IN_PROGRESS", "IN_PROGRESS", "FAILED"], role="Many").deleting()
    outcome = run(account)
    assert outcome.changes == [] and account.writes == [] and account.role
    assert outcome.results[0].result["role_name"] == "Many"


def test_a_role_that_is_being_deleted_takes_a_wait() -> None:
    account = Account(["IN_PROGRESS"], role="Many").deleting()
    message = refused(ConflictError, account, wait=False).message
    assert "Many is being deleted (task task 0)" in message and account.writes == []


@pytest.mark.parametrize("age", [None, 0, 86399, 86401])
@pytest.mark.parametrize("status", ["FAILED", "INTERNAL_ERROR", NOBODY, refusal("InvalidParameter.DeletionTaskId")])
def test_an_old_task_does_not_matter(status: Any, age: int | None) -> None:
    account = Account([status], role="Many").deleting()
    assert account.role
    account.time = 1_800_000_000.5
    if age is not None:
        date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(account.time - age))
        account.role["LatestDeletionTask"]["CreateDate"] = date
    assert both(account) == []
    # Whether a new one has ended is not known.
    assert bool(run(account).warnings) == (isinstance(status, ApiError) and age != 86401)


def test_a_task_of_the_role_before_does_not_matter() -> None:
    account = Account(["SUCCEEDED"], role="Many").deleting()
    assert account.role
    account.role["CreateDate"] = "2026-01-01T00:00:01Z"
    account.role["LatestDeletionTask"]["CreateDate"] = "2026-01-01T00:00:00Z"
    assert both(account) == [] and run(account).warnings == []


def test_a_status_that_cannot_be_read_does() -> None:
    assert refused(ApiError, Account([refusal("NoPermission")], role="Many").deleting()).code == "NoPermission"


def test_a_deletion_that_ended_between_the_reads() -> None:
    account = Account(["SUCCEEDED"], role="Many").deleting()
    assert both(account) == ["CreateServiceLinkedRole"]


# Required actions


@pytest.mark.parametrize("granted, lacking", [(["ecs:A", "ecs:B"], None), (["ecs:*"], None), (["ecs:A"], ["ecs:B"])])
@pytest.mark.parametrize("options", [{}, {"verify": True}], ids=str)
@pytest.mark.parametrize("role", [None, "Many"])
def test_what_the_system_policy_grants(granted: Any, lacking: Any, options: Any, role: Any) -> None:
    account = Account(role=role)
    account.granted = granted
    actions = ["ecs:A", "ecs:B"]
    if lacking is None or (role and not options):
        assert both(account, required_actions=actions, **options) == [] if role else ["CreateServiceLinkedRole"]
    else:
        error = refused(ConflictError, account, required_actions=actions, **options)
        assert "ManyPolicy of Many does not grant ecs:B" in error.message
        assert error.details["missing_actions"] == lacking and account.writes == []


def test_a_system_policy_that_comes_with_the_role_is_looked_at_then() -> None:
    account = Account()
    account.granted = None
    assert both(account, required_actions=["ecs:A"]) == ["CreateServiceLinkedRole"]
    account = Account()
    account.granted = None
    error = refused(ConflictError, account, required_actions=["ecs:A", "ecs:C"])
    assert error.details["missing_actions"] == ["ecs:C"]
    assert [change["operation"] for change in error.details["changes"]] == ["CreateServiceLinkedRole"]


def test_a_system_policy_that_never_comes() -> None:
    account = Account()
    account.granted = None
    account.GetPolicy = refusing("EntityNotExist.Policy")  # type: ignore[method-assign]
    error = refused(ConflictError, account, required_actions=["ecs:A", "ecs:B"])
    assert "does not exist, so it grants nothing of ecs:A, ecs:B" in error.message
    assert error.details["missing_actions"] == ["ecs:A", "ecs:B"]


def test_a_role_whose_system_policy_is_not_there() -> None:
    account = Account(role="Many")
    account.granted = None
    assert both(account, required_actions=["ecs:A"]) == []
    error = refused(ConflictError, account, required_actions=["ecs:A"], verify=True)
    assert "does not exist, so it grants nothing of ecs:A" in error.message and account.writes == []


def test_actions_take_a_system_policy() -> None:
    account = Account()
    del account.template["SystemPolicyName"]
    assert "SystemPolicyName" in refused(UnreachableError, account, required_actions=["ecs:A"]).message
    assert both(account) == ["CreateServiceLinkedRole"]


# Deleting


def test_a_role_is_deleted_and_seen_to_be_gone() -> None:
    account = Account(["NOT_STARTED", "IN_PROGRESS", "SUCCEEDED"], role="Many")
    account.stays = 3
    assert both(account, state="absent") == ["DeleteServiceLinkedRole"]
    assert account.role is None and account.pauses[:2] == [0.5, 0.75]
    assert run(account, state="absent").changes == []


@pytest.mark.parametrize("deleting", [True, False])
def test_a_role_that_is_shown_after_its_deletion_is_told(deleting: bool) -> None:
    account = Account(["IN_PROGRESS", "SUCCEEDED"], role="Many")
    account.stays = 1000
    outcome = run(account.deleting() if deleting else account, state="absent")
    assert outcome.warnings == ["Many was deleted, but is still shown."]
    assert bool(outcome.changes) != deleting


def test_without_wait_the_deletion_is_only_begun() -> None:
    account = Account(["IN_PROGRESS"], role="Many")
    assert both(account, state="absent", wait=False) == ["DeleteServiceLinkedRole"]
    assert account.pauses == [] and run(account, state="absent", wait=False).changes == []


def test_a_deletion_that_runs_is_joined() -> None:
    account = Account(["IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"], role="Many").deleting()
    outcome = run(account, state="absent")
    assert outcome.changes == [] and account.writes == [] and account.role is None and account.pauses
    assert outcome.results[0].result == {}


def test_looks_at_a_deletion_become_rarer() -> None:
    account = Account(["IN_PROGRESS"] * 12 + ["SUCCEEDED"], role="Many")
    run(account, state="absent")
    assert account.pauses[:2] == [0.5, 0.75] and account.pauses[-1] == 5 and account.pauses == sorted(account.pauses)


@pytest.mark.parametrize("timeout", [0.1, 3, 60])
def test_wait_timeout_bounds_the_wait(timeout: float) -> None:
    account = Account(["IN_PROGRESS"], role="Many")
    error = refused(RamError, account, state="absent", wait_timeout=timeout)
    assert f"has not ended in {timeout:g} s (status IN_PROGRESS, task task 0)" in error.message
    assert error.details["deletion_task_id"] == "task 0" and sum(account.pauses) <= timeout
    assert sum(account.pauses) + 5 > timeout
    assert [change["operation"] for change in error.details["changes"]] == ["DeleteServiceLinkedRole"]


def test_a_wait_as_long_as_the_timeout_is_made() -> None:
    account = Account(["IN_PROGRESS", "SUCCEEDED"], role="Many")
    run(account, state="absent", wait_timeout=0.5)
    assert account.pauses == [0.5] and account.role is None


@pytest.mark.parametrize("status", ["FAILED", "INTERNAL_ERROR"])
def test_a_deletion_that_fails_says_why(status: str) -> None:
    account = Account(["IN_PROGRESS", status], role="Many")
    account.reason = {"Message": "It is in use.", "RoleUsages": USES}
    error = refused(ConflictError, account, state="absent")
    assert f"Many was not deleted: It is in use (status {status}, task task 0)." in error.message
    assert " It is still used in cn-hangzhou: vpc-1, vpc-2; cn-beijing: ." in error.message
    assert error.details["deletion_task_id"] == "task 0" and error.details["reason"] == "It is in use."
    assert error.details["role_usages"][0] == {"region": "cn-hangzhou", "resources": ["vpc-1", "vpc-2"]}
    account.reason = None
    assert "no reason was given" in refused(ConflictError, account, state="absent").message


def test_a_task_that_nobody_knows() -> None:
    account = Account([NOBODY], role="Many")
    error = refused(RamError, account, state="absent")
    assert "Whether Many will be deleted is not known: it is still shown" in error.message
    assert "deletion task task 0 is not known" in error.message and "was not deleted" not in error.message
    assert 10 < sum(account.pauses) < 10 + 5


def test_a_task_that_is_known_late() -> None:
    account = Account([NOBODY, NOBODY, "IN_PROGRESS", "SUCCEEDED"], role="Many")
    assert run(account, state="absent").changes and account.role is None


def test_a_deletion_whose_answer_is_lost_is_found_and_waited_for() -> None:
    account = Account(["IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"], role="Many")
    delete = account.DeleteServiceLinkedRole

    def lost(RoleName: str) -> Any:
        delete(RoleName)
        raise UnreachableError("it is away.", sent=True)

    account.DeleteServiceLinkedRole = lost  # type: ignore[method-assign]
    assert run(account, state="absent").changes
    assert account.writes == ["DeleteServiceLinkedRole"] and account.role is None and account.pauses


def test_a_new_deletion_is_told_from_an_old_one() -> None:
    account = Account(["FAILED"], ["SUCCEEDED"], role="Many").deleting()

    def lost(RoleName: str) -> Any:
        raise UnreachableError("it is away.", sent=True)

    account.DeleteServiceLinkedRole = lost  # type: ignore[method-assign]
    error = refused(UnreachableError, account, state="absent")
    assert error.details["uncertain"][0]["operation"] == "DeleteServiceLinkedRole"


# What may become of a deletion that is found, and what a run makes of it


ENDS = {
    "running": "IN_PROGRESS",
    "succeeded": "SUCCEEDED",
    "failed": "FAILED",
    "fault": "INTERNAL_ERROR",
    "unknown": NOBODY,
    "unreadable": refusal("InvalidParameter.DeletionTaskId"),
    "odd": "PAUSED",
}
# The statuses before the last one.
BEGINNINGS: tuple[tuple[Any, ...], ...] = (
    (),
    ("IN_PROGRESS",),
    ("NOT_STARTED", "IN_PROGRESS", "IN_PROGRESS"),
    ("IN_PROGRESS", NOBODY, "IN_PROGRESS"),
    ("IN_PROGRESS", NOBODY),
)


class Sequel(Account):
    """Once the deletion that was found is told to have ended in any way, the role stays, is gone, or is another."""

    def __init__(self, statuses: list[Any], role: str, lost: str) -> None:
        super().__init__(statuses, ["NOT_STARTED", "IN_PROGRESS", "SUCCEEDED"], role="Many")
        self.deleting()
        self.settings.retry_timeout = 60
        self.left = len(statuses)
        self.becomes = role
        self.lost = lost

    def GetServiceLinkedRoleDeletionStatus(self, DeletionTaskId: str) -> dict[str, Any]:
        if DeletionTaskId == "task 0":
            self.left -= 1
            if self.left == 0 and self.becomes != "shown":
                self.role = self.made("Many") if self.becomes == "another" else None
        before, self.role = self.role, None  # the end of a task does not take the role
        try:
            answer = super().GetServiceLinkedRoleDeletionStatus(DeletionTaskId)
        finally:
            self.role = before
        if DeletionTaskId == "task 1" and answer["Status"] == "SUCCEEDED":
            self.role = None
        return answer

    def DeleteServiceLinkedRole(self, RoleName: str) -> dict[str, Any]:
        assert self.role and self.role["RoleName"] == RoleName
        return self.maybe_lost(lambda: self.role.update(LatestDeletionTask={"DeletionTaskId": "task 1"}), "task 1")  # type: ignore[union-attr]

    def CreateServiceLinkedRole(self, **parameters: Any) -> dict[str, Any]:
        return self.maybe_lost(functools.partial(super().CreateServiceLinkedRole, **parameters))

    def maybe_lost(self, write: Callable[[], Any], task: str | None = None) -> dict[str, Any]:
        lost, self.lost = self.lost, ""
        if lost != "before":
            write()
        if lost:
            raise UnreachableError("it is away.", sent=True)
        return {"DeletionTaskId": task} if task else {}


def expected(present: bool, wait: bool, beginning: tuple[Any, ...], end: str, role: str, lost: str) -> Any:
    """The writes that take effect and the warning of a run that does not fail, or what its message says."""
    creating, deleting = (["CreateServiceLinkedRole"], ""), (["DeleteServiceLinkedRole"], "")
    begun, nothing = bool(beginning) or end == "running", ([], "")
    if begun and not wait:
        return "is being deleted (task task 0)" if present else nothing
    if end == "running":
        return "has not ended in 60 s"
    if present:
        if role == "another" or (role == "shown" and end in ("failed", "fault")):
            return nothing
        if role == "gone":
            return creating
        if end == "succeeded":  # it is refused as long as the old one is shown
            return (
                "EntityAlreadyExist.Role"
                if lost != "before"
                else "Whether CreateServiceLinkedRole of role Many took effect"
            )
        return [], "whether it is being deleted is not known"
    if role == "gone":
        return nothing
    if end == "succeeded" and role == "shown":
        return [], "Many was deleted, but is still shown."
    if begun and end == "succeeded" and role == "another":  # check mode announced no deletion
        return "DeleteServiceLinkedRole of role Many would be needed"
    if begun:
        return "was not deleted" if end in ("failed", "fault") else "Whether Many will be deleted is not known"
    return deleting if lost != "before" else "Whether DeleteServiceLinkedRole of role Many took effect is not known"


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_whatever_becomes_of_a_deletion_is_said_as_it_was_seen(state: str, wait: bool) -> None:
    for beginning, end, role, lost in itertools.product(
        BEGINNINGS, ENDS, ("shown", "gone", "another"), ("", "after", "before")
    ):
        if not beginning and role != "shown" and end in ("running", "failed", "fault"):
            continue  # it would have gone between the two reads that say that it is there
        if end == "running" and role != "shown":
            continue
        case = (state, wait, beginning, end, role, lost)
        account = Sequel([*beginning, ENDS[end]], role, lost)
        wanted = expected(state == "present", wait, beginning, end, role, lost)
        try:
            outcome = run(account, state=state, wait=wait, wait_timeout=60)
        except RamError as error:
            assert isinstance(wanted, str) and wanted in error.message, (case, error.message)
            assert account.role or "was not deleted" not in error.message
            continue
        assert not isinstance(wanted, str), (case, outcome.warnings)
        writes, warning = wanted
        assert [change["operation"] for change in outcome.changes] == writes, case
        assert outcome.pending == [], case
        assert len(outcome.warnings) == bool(warning) and warning in "".join(outcome.warnings), (case, outcome.warnings)
        # What is returned is what there is.
        facts = outcome.results[0].result
        assert facts.get("role_name") == (account.role["RoleName"] if account.role else None), case
        if not warning:
            assert bool(facts) == (state == "present") or not wait, case
            if facts and state == "absent":
                assert facts["latest_deletion_task"]["status"] in ("NOT_STARTED", "IN_PROGRESS"), case


@pytest.mark.parametrize("status", ["FAILED", "INTERNAL_ERROR"])
def test_a_deletion_that_has_failed_at_once_is_no_deletion(status: str) -> None:
    account = Account([status], role="Many")
    error = refused(ConflictError, account, state="absent", wait=False)
    assert "Many was not deleted" in error.message and error.details["deletion_task_id"] == "task 0"


def test_a_deletion_that_cannot_be_followed_is_warned_of() -> None:
    account = Account([NOBODY], role="Many")
    outcome = run(account, state="absent", wait=False)
    (warning,) = outcome.warnings
    assert "DeleteServiceLinkedRole of role Many succeeded, but is not visible" in warning
    assert [change["operation"] for change in outcome.pending] == ["DeleteServiceLinkedRole"]


def test_a_deletion_without_a_task_is_not_taken_for_done() -> None:
    account = Account(role="Many")
    account.DeleteServiceLinkedRole = lambda **dummy: {}  # type: ignore[method-assign, assignment]
    error = refused(RamError, account, state="absent")
    assert "its task is not known" in error.message
    assert [change["operation"] for change in error.details["changes"]] == ["DeleteServiceLinkedRole"]


def test_a_deletion_of_somebody_else_is_waited_for() -> None:
    account = Account(
        ["IN_PROGRESS", "IN_PROGRESS", "FAILED"], ["IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"], role="Many"
    )
    ask = account.deleting().GetServiceLinkedRoleDeletionStatus

    def asked(DeletionTaskId: str) -> Any:
        answer = ask(DeletionTaskId)
        if answer["Status"] == "FAILED" and account.role:
            account.role["LatestDeletionTask"] = {"DeletionTaskId": "task 1"}
        return answer

    account.GetServiceLinkedRoleDeletionStatus = asked  # type: ignore[method-assign]
    outcome = run(account, state="absent")
    assert outcome.changes == [] and outcome.results[0].result == {} and account.role is None


def test_a_role_that_is_gone_again_is_not_said_to_be_there() -> None:
    account = Account()
    create = account.CreateServiceLinkedRole

    def then_gone(**parameters: Any) -> Any:
        create(**parameters)
        account.role = None
        return {}

    account.CreateServiceLinkedRole = then_gone  # type: ignore[method-assign]
    outcome = run(account)
    (warning,) = outcome.warnings
    # It cannot be told from one that is not shown yet.
    assert warning.startswith("CreateServiceLinkedRole of role Many succeeded, but is not visible after 10 s")
    assert [change["operation"] for change in outcome.changes] == ["CreateServiceLinkedRole"]
    assert outcome.pending == outcome.changes and outcome.results[0].result == {}


@pytest.mark.parametrize("shown", [1, 3])
def test_a_role_that_somebody_else_deletes_at_the_same_time_is_not_said_to_be_there(shown: int) -> None:
    account = Account(["IN_PROGRESS"])
    create, get = account.CreateServiceLinkedRole, account.GetRole
    looks: list[str] = []

    def then_deleted(**parameters: Any) -> Any:
        create(**parameters)
        account.deleting()
        return {}

    def looked(RoleName: str) -> Any:
        looks.append(RoleName)
        if 1 < len(looks) <= shown:
            raise refusal("EntityNotExist.Role")
        return get(RoleName)

    account.CreateServiceLinkedRole = then_deleted  # type: ignore[method-assign]
    account.GetRole = looked  # type: ignore[method-assign]
    error = refused(ConflictError, account)
    (found,) = error.details["not_reached"]
    expected = {"role_name": "Many", "service_name": SERVICE}
    assert (found["expected"], found["observed"]) == (expected, {**expected, "being_deleted": True})
    assert "CreateServiceLinkedRole of role Many" in error.message
    assert [change["operation"] for change in error.details["changes"]] == ["CreateServiceLinkedRole"]


def test_somebody_else_deleted_it() -> None:
    account = Account(role="Many")

    def gone(RoleName: str) -> Any:
        account.role = None
        raise refusal("EntityNotExist.Role")

    account.DeleteServiceLinkedRole = gone  # type: ignore[method-assign]
    assert run(account, state="absent").changes == [] and account.role is None


def test_what_is_not_there_is_not_deleted() -> None:
    account = Account()
    assert both(account, state="absent") == []


def test_reads_of_one_observation_are_shared() -> None:
    account = Account(["IN_PROGRESS", "SUCCEEDED"], role="Many").deleting()
    found = asyncio.run(observe(account, [declared(), declared(description="d"), declared(custom_suffix="x")]))  # type: ignore[arg-type]
    assert found[0].deleting and found[1].deleting and found[2].role is None
    assert [operation for operation, dummy in account.calls].count("GetRole") == 2
