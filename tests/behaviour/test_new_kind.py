# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kind of resource that is one class and one entry of the registry, in everything that serves all kinds.

The kind of this file, ``badge``, has a field of each type. RAM has no badges, so it uses the operations on roles.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.alicloud.ram.plugins.module_utils._cloud import operations
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import CONNECTION_RULES, CONNECTION_SPEC
from ansible_collections.alicloud.ram.plugins.module_utils._engine import baseline, module
from ansible_collections.alicloud.ram.plugins.module_utils._engine.options import check_arguments
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._resources import registry
from ansible_collections.alicloud.ram.plugins.module_utils._resources.crud import Entity, Field, FieldType
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process, outcome_of
from ansible_collections.alicloud.ram.tests.lib import emulated, inprocess

OWN, OTHER = "1000000000000001", "1000000000000002"


def trust(*accounts: str) -> dict[str, Any]:
    principal = {"RAM": [f"acs:ram::{account}:root" for account in accounts]}
    return {"Version": "1", "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": principal}]}


class Badge(Entity):
    noun: ClassVar[str] = "badge"
    entity: ClassVar[str] = "Role"
    tagged: ClassVar[bool] = True
    facts: ClassVar[tuple[str, ...]] = ("RoleId", "Arn", "CreateDate", "UpdateDate")
    fields: ClassVar[tuple[Field, ...]] = (
        Field("description", "Description", low=1, high=1024),
        Field("hours", "MaxSessionDuration", FieldType.NUMBER, default=3600, low=3600, high=43200),
        Field("console", "AllowConsoleLogin", FieldType.FLAG, default=True),
        Field("trusts", "AssumeRolePolicyDocument", FieldType.DOCUMENT, grammar=_document.TRUST),
    )


WHOLE = {
    "name": "b",
    "description": "d",
    "hours": 7200,
    "console": False,
    "trusts": trust(OTHER, OWN),
    "tags": {"team": "x"},
}
STATE = {
    "role_name": "b",
    "description": "d",
    "hours": 7200,
    "console": False,
    "trusts": trust(OTHER, OWN),
    "tags": {"team": "x"},
}


@pytest.fixture(name="registered", autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "KINDS", (*registry.KINDS, Badge.kind("badges")))
    for verb, is_write in (("Create", True), ("Update", True), ("Delete", True)):
        operation = operations.Operation(f"{verb}Role", "ram", is_write, f"ram:{verb}Role", ("role/{RoleName}",), 20)
        monkeypatch.setitem(operations.OPERATIONS, operation.name, operation)


class Here:
    """Two accounts; modules are run by their own functions, with the credentials of the first."""

    def __init__(self, server: emulated.InProcess) -> None:
        self.server = server
        admin = [{"name": "AdministratorAccess", "type": "System"}]
        access = {"name": "Access", "trust_policy": trust(OWN), "policies": admin}
        self.key = server.restart(
            {"account_id": OWN, "users": [{"name": "op", "policies": admin, "access_keys": [{}]}]},
            {"account_id": OTHER, "roles": [access]},
        )[0]

    def run(self, spec: Any, prepare: Any, check: bool = False, **options: Any) -> dict[str, Any]:
        spec = {**CONNECTION_SPEC, **spec}
        key = {name: self.key[name] for name in ("access_key_id", "access_key_secret")}
        arguments = {**key, **options}
        check_arguments(arguments, spec)
        checked = ArgumentSpecValidator(spec, **CONNECTION_RULES).validate(arguments)
        assert not checked.error_messages
        with Process(inprocess.Passing(self.server)) as process:
            return outcome_of(process, prepare, checked.validated_parameters, check, True)

    def baseline(self, check: bool = False, **options: Any) -> dict[str, Any]:
        return self.run(baseline.argument_spec(), baseline.prepare, check, **options)

    def module(self, check: bool = False, **options: Any) -> dict[str, Any]:
        return self.run(*module.managed_module("badge"), check, **options)

    def writes(self, since: int = 0) -> list[str]:
        """The writes that took effect, also those whose answer was lost."""
        calls = [call for call in self.server.calls(since) if call["write"]]
        return [call["operation"] for call in calls if call["code"] in ("", "Fault.drop_after")]


@pytest.fixture(name="here")
def _here(server: emulated.InProcess) -> Here:
    return Here(server)


def within(whole: dict[str, Any], part: dict[str, Any]) -> bool:
    return whole.items() >= part.items()


@pytest.mark.parametrize("way", ["module", "baseline", "fleet"])
def test_a_badge_is_created_kept_changed_and_deleted(here: Here, way: str) -> None:
    def run(check: bool = False, **options: Any) -> tuple[dict[str, Any], Any]:
        if way == "module":
            result = here.module(check, **options)
            return result, result.get("badge")
        if way == "baseline":
            result = here.baseline(check, badges=[options])
        else:
            result = here.baseline(
                check, badges=[options], return_resources=True,
                accounts=[{"account_id": OWN}, {"account_id": OTHER, "assume_role": {"role_name": "Access"}}],
            )  # fmt: skip
            assert not result["failed"], result
            result = {**result["accounts"][0], "failed": False, "diff": result["diff"]}
        return result, result["baseline"]["badges"][0]

    def both(*writes: str, becomes: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Check mode predicts what a run does, and a second run does nothing."""
        seen = here.server.calls()[-1]["seq"] if here.server.calls() else 0
        checked, predicted = run(check=True, **options)
        assert here.writes(seen) == []
        done, found = run(**options)
        assert not checked["failed"] and not done["failed"], (checked, done)
        assert sorted(here.writes(seen)) == sorted(list(writes) * (2 if way == "fleet" else 1))
        assert checked["changes"] == done["changes"] and [one["operation"] for one in done["changes"]] == list(writes)
        assert checked["diff"] == done["diff"]
        assert within(predicted, becomes) and within(found, becomes) and bool(found) == bool(becomes)
        again, kept = run(**options)
        assert not again["changed"] and again["changes"] == [] and kept == found
        return done

    done = both("CreateRole", becomes=STATE, **WHOLE)
    diff = done["diff"] if way == "module" else done["diff"][0]
    assert diff["before"] == {} and diff["after"] == STATE
    assert done["changes"][0]["parameters"]["AssumeRolePolicyDocument"] == WHOLE["trusts"]
    # Documents are compared by meaning, and what is not declared is left as it is.
    bare = {name: value for name, value in STATE.items() if name != "tags"}
    both(becomes=bare, name="b", trusts=json.dumps(trust(OWN, OTHER)))
    changed = {"description": "e", "hours": 3600, "console": True}
    both("UpdateRole", becomes={**STATE, **changed}, **{**WHOLE, **changed})
    both("UntagResources", "TagResources", becomes={"tags": {"new": "1"}}, name="b", tags={"new": 1}, purge_tags=True)
    both("UpdateRole", becomes={"trusts": trust(OWN)}, name="b", trusts=trust(OWN), tags={"new": "1"})
    done = both("DeleteRole", becomes={}, name="b", state="absent")
    diff = done["diff"] if way == "module" else done["diff"][0]
    assert diff["before"]["role_name"] == "b" and diff["after"] == {}


def test_what_one_entry_creates_another_refers_to(here: Here) -> None:
    for check in (True, False):
        result = here.baseline(
            check, badges=[WHOLE],
            role_policies=[{"role_name": "b", "policies": [{"name": "ReadOnlyAccess", "type": "System"}]}],
        )  # fmt: skip
        assert [one["operation"] for one in result["changes"]] == ["CreateRole", "AttachPolicyToRole"], result
    assert here.writes() == ["CreateRole", "AttachPolicyToRole"]
    # It cannot be declared absent as well.
    result = here.baseline(badges=[{"name": "b", "state": "absent"}, {"name": "b", "state": "present"}])
    assert result["failed"] and "Declared twice: badge 'b'" in result["msg"]


def test_a_text_that_ram_cannot_empty(here: Here) -> None:
    assert not here.module(name="b", description="", trusts=trust(OWN))["failed"]
    assert not here.module(name="b", description="")["changed"]
    here.module(name="b", description="d")
    result = here.module(name="b", description="")
    assert result["failed"] and "description: RAM cannot empty it once the badge 'b' has one" in result["msg"]
    assert here.writes() == ["CreateRole", "UpdateRole"]


def test_a_badge_is_read(here: Here) -> None:
    here.module(**WHOLE)
    spec, prepare = module.info_module("badge")
    alone = here.run(spec, prepare, name="b")["badge"]
    assert within(alone, STATE) and alone["arn"] == f"acs:ram::{OWN}:role/b"
    together = here.run(baseline.info_argument_spec(), baseline.prepare_info, badges=[{"name": "b"}, {"name": "c"}])
    assert together["baseline"]["badges"] == [alone, {}]


def test_messages_about_a_badge_name_its_options(here: Here) -> None:
    for wrong, words in (
        ({"name": "a b"}, "badges entry 1: name: 'a b' is not the name of a badge"),
        ({"name": "b", "hours": 60}, "badges entry 1: hours: 60; 3600 to 43200 are allowed."),
        ({"name": "b", "description": "x" * 1025}, "badges entry 1: description: 1025 characters; 1 to 1024"),
        ({"name": "b", "trusts": "{"}, "badges entry 1: trusts of badge 'b'"),
        ({"name": "b", "tags": {"a": True}}, "badges entry 1: tags: the value of 'a' is not a text"),
        ({"name": "${who}"}, "badges entry 1: name: ${who} is not a variable"),
    ):
        result = here.baseline(badges=[wrong])
        assert result["failed"] and words in result["msg"], result["msg"]
    assert here.server.calls() == []


def test_what_is_neither_the_old_nor_the_new_value_is_a_conflict(here: Here) -> None:
    here.module(**WHOLE)
    here.server.rule({"operation": "UpdateRole", "fault": "delay_visibility", "seconds": 200})
    pending = here.module(name="b", description="e")
    assert not pending["failed"] and [one["operation"] for one in pending["pending"]] == ["UpdateRole"]
    here.server.clock.advance(300)

    role = {"RoleName": "b", "Description": "theirs"}
    body = json.dumps({"RequestId": "R", "Role": role})
    here.server.rule({"operation": "GetRole", "fault": "malformed", "body": body, "nth": 2, "count": 0})
    result = here.module(name="b", description="f")
    assert result["failed"] and "neither as before nor as after UpdateRole of badge 'b'" in result["msg"], result
    (shown,) = result["not_reached"]
    assert (shown["expected"]["description"], shown["observed"]["description"]) == ("f", "theirs")


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "delay_visibility"])
@pytest.mark.parametrize("operation", ["CreateRole", "UpdateRole", "DeleteRole"])
def test_a_badge_survives_faults(here: Here, operation: str, fault: str) -> None:
    if operation != "CreateRole":
        here.module(**WHOLE)
    seconds = {"seconds": 5} if fault == "delay_visibility" else {}
    here.server.rule({"operation": operation, "fault": fault, **seconds})
    declared = {"name": "b", "state": "absent"} if operation == "DeleteRole" else {**WHOLE, "description": "e"}
    result = here.module(**declared)
    # RAM may be given these twice, but whether UpdateRole and DeleteRole can be is not published.
    assert here.writes().count(operation) == (1 if fault != "drop_before" or result["failed"] is False else 0)
    if result["failed"]:
        assert fault == "drop_before" and result["uncertain"][0]["operation"] == operation
        assert not here.module(**declared)["failed"]
    assert not here.module(**declared)["changed"]
