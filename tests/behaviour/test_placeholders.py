# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``${name}`` in every text of every declaration, for one account and for many: put in, or refused before any write.

The modules' own function runs in this process, over HTTPS to an emulator in a thread of it.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process
from ansible_collections.alicloud.ram.tests.lib import emulated, inprocess

OWN, OTHER = "1000000000000001", "1000000000000002"
SEVERAL = "several.example.aliyuncs.com"
SERVICES = [{"service_name": SEVERAL, "role_name_prefix": "Several", "system_policy_name": "SeveralPolicy",
             "multiple_roles_allowed": True}]  # fmt: skip
X = "@"  # where the placeholder goes


def document(**more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "oss:Get*", "Resource": "*", **more}
    return {"Version": "1", "Statement": [statement]}


def policy(**more: Any) -> dict[str, Any]:
    return {"name": "p", "document": document(), **more}


# A section and an entry, with a place for the placeholder in a text that RAM takes anything in.
FREE: dict[str, tuple[str, dict[str, Any]]] = {
    "description": ("policies", policy(description=f"of {X}.")),
    "resource": ("policies", policy(document=document(Resource=f"acs:oss:*:{X}:*"))),
    "one of several": ("policies", policy(document=document(Resource=["*", f"acs:oss:*:{X}:x"]))),
    "condition value": ("policies", policy(document=document(Condition={"StringLike": {"acs:Source": [f"{X}x"]}}))),
    "condition key": ("policies", policy(document=document(Condition={"StringLike": {f"acs:{X}": "x"}}))),
    "JSON text": ("policies", policy(document=json.dumps(document(Resource=f"acs:oss:*:{X}:*")))),
    "key in JSON text": (
        "policies",
        policy(document=json.dumps(document(Condition={"StringLike": {f"acs:{X}": "x"}}))),
    ),
    "tag": ("policies", policy(tags={"team": f"{X}"})),
    "key of a tag": ("policies", policy(tags={f"t{X}": "x"})),
    "managed_by": ("policies", policy(managed_by=f"{X}")),
    "role description": (
        "service_linked_roles",
        {"service_name": SEVERAL, "custom_suffix": "x", "description": f"of {X}."},
    ),
}
# The same in names, which have no dollar.
NAMES: dict[str, tuple[str, dict[str, Any]]] = {
    "name": ("policies", policy(name=f"p-{X}")),
    "suffix": ("service_linked_roles", {"service_name": SEVERAL, "custom_suffix": f"s{X}"}),
    **{kind: (f"{kind}_policies", {f"{kind}_name": f"{kind}-{X}", "policies": [{"name": "held"}]})
       for kind in ("user", "group", "role")},
    **{f"policy of a {kind}": (f"{kind}_policies", {f"{kind}_name": "one", "policies": [{"name": f"held-{X}"}]})
       for kind in ("user", "group", "role")},
}  # fmt: skip
PLACES = {**FREE, **NAMES}
MODULES = {"service_linked_roles": "service_linked_role", "policies": "policy"}
FORMS = ("module", "baseline", "accounts")


def restart(server: emulated.InProcess) -> None:
    trust = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"RAM": [f"acs:ram::{OWN}:root"]}}]}  # fmt: skip
    administrator = [{"name": "AdministratorAccess", "type": "System"}]
    seeds = [
        {
            "account_id": account_id,
            "users": [{"name": "one"}, {"name": f"user-{account_id}"}],
            "groups": [{"name": "one"}, {"name": f"group-{account_id}"}],
            "roles": [
                *({"name": name, "trust_policy": trust} for name in ("one", f"role-{account_id}")),
                {"name": "Access", "trust_policy": trust, "policies": administrator},
            ],
            "policies": [{"name": name, "document": document()} for name in ("held", f"held-{account_id}")],
        }
        for account_id in (OWN, OTHER)
    ]
    key = {"access_key_id": "LTAI1", "access_key_secret": "secret-1"}
    seeds[0]["users"] += [{"name": "admin", "policies": administrator, "access_keys": [key]}]
    server.restart(*seeds, services=SERVICES)


def put(value: Any, text: str) -> Any:
    if isinstance(value, str):
        return value.replace(X, text)
    if isinstance(value, dict):
        return {put(key, text): put(item, text) for key, item in value.items()}
    return [put(item, text) for item in value] if isinstance(value, list) else value


class Run:
    """One task, and what it sent to the account that it is for."""

    def __init__(self, server: emulated.InProcess, place: str, text: str, form: str, check_mode: bool = False) -> None:
        section, entry = PLACES[place]
        entry = put(copy.deepcopy(entry), text)
        options = {"access_key_id": "LTAI1", "access_key_secret": "secret-1", "retry_timeout": 5}
        self.account_id = OTHER if form == "accounts" else OWN
        if form == "module":
            module, options = MODULES.get(section, section), {**options, **entry}
        else:
            module, options = "baseline", {**options, section: [entry]}
            if form == "accounts":
                options["accounts"] = [{"account_id": OTHER, "assume_role": {"role_name": "Access"}}]
        with Process(clock=inprocess.Passing(server)) as process:
            result = inprocess.outcome(process, module, options, check_mode)
        self.result = result["accounts"][0] if result.get("accounts") else result
        self.failed = result["failed"]
        self.calls = [call["operation"] for call in server.calls()]
        self.writes = [change["operation"] for change in self.result.get("changes", ())]
        self.sent = json.dumps([change["parameters"] for change in self.result.get("changes", ())])


@pytest.mark.parametrize("form", FORMS)
def test_what_stands_for_a_variable_is_put_in(form: str, server: emulated.InProcess) -> None:
    for place in PLACES:
        restart(server)
        run = Run(server, place, "${account_id}", form)
        assert not run.failed and run.writes, (place, run.result)
        assert run.account_id in run.sent and "${" not in run.sent, (place, run.sent)
        state = json.dumps(server.state(run.account_id))
        assert "${" not in state, place
        # It is there now, and is found there.
        assert not Run(server, place, "${account_id}", form).writes


@pytest.mark.parametrize("form", FORMS)
def test_what_is_escaped_is_meant_as_it_is(form: str, server: emulated.InProcess) -> None:
    restart(server)
    for place in PLACES:
        for text in ("$${account_id}", "$${"):
            run = Run(server, place, text, form, check_mode=True)
            if place in NAMES:  # a name cannot have it
                assert run.failed and not run.writes, (place, run.result)
            else:
                assert not run.failed and text[1:] in run.sent and text not in run.sent, (place, text, run.result)


@pytest.mark.parametrize("form", FORMS)
def test_what_stands_for_nothing_is_refused_before_any_call(form: str, server: emulated.InProcess) -> None:
    restart(server)
    for place, (section, entry) in PLACES.items():
        option = next(name for name, value in entry.items() if X in json.dumps(value))
        for text in ("${x}", "${", "${}", "${account-id}", "${ACCOUNT_ID}", *["${name}"] * (form != "accounts")):
            run = Run(server, place, text, form)
            where = {"module": "", "baseline": f"{section} entry 1: ",
                     "accounts": f"accounts entry 1: {section} entry 1: "}[form]  # fmt: skip
            assert run.failed and run.calls == [], (place, text, run.calls)
            assert run.result["msg"].startswith(f"{where}{option}: "), (place, text, run.result)
            assert "$${" in run.result["msg"], run.result


def test_an_account_that_is_not_known_yet_is_not_shown(server: emulated.InProcess) -> None:
    restart(server)
    for form in ("module", "baseline"):
        run = Run(server, "name", "${account_id} x", form)
        assert "name: 'p-${account_id} x' is not the name of a policy" in run.result["msg"] and run.calls == []


def test_the_account_is_asked_for_where_it_is_needed(server: emulated.InProcess) -> None:
    for text, asked in (("${account_id}", 1), ("x", 0), ("$${x}", 0)):
        restart(server)
        run = Run(server, "resource", text, "module", check_mode=True)
        assert run.calls.count("GetCallerIdentity") == asked and not run.failed
