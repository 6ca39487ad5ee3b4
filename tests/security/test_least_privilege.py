# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The RAM policies that the documentation and the role give: enough for everything, and nothing in them is too much."""

from __future__ import annotations

import copy
import importlib
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud import client as _api
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.operations import OPERATIONS
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._resources.registry import kind_named
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process, outcome_of
from ansible_collections.alicloud.ram.tests.lib import emulated, inprocess
from ansible_collections.alicloud.ram.tests.lib.amounts import amount
from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE, allow, document, trust, trust_accounts
from ansible_collections.alicloud.ram.tests.lib.paths import COLLECTION, MODULES
from ansible_collections.alicloud.ram.tests.lib.playbooks import Run

POLICY, OTHER, RIGHTS = "acr-connect-customer-vpc", "hand-made", "rights"
READ, FULL = "AliyunContainerRegistryReadOnlyAccess", "AliyunContainerRegistryFullAccess"
NAMES = {"user": "ci-deployer", "group": "release-managers", "role": "ci-runner"}
# What stands for the accounts in the documentation.
ACCOUNT, MEMBER = "1000000000000001", "1000000000000011"
PATIENCE = {"retry_timeout": 10, "consistency_timeout": 5}
# Actions that the services do not publish, and why these are taken. Whether they are asked for is the emulator's guess.
UNPUBLISHED = {
    "ram:GetServiceLinkedRoleTemplate": "The operation's page has no action; that of the operation's name is taken.",
    "sts:GetCallerIdentity": "The operation's page has no action, and callers without any rights are answered.",
}
# Actions for which RAM knows no single resource, or none whose name is known beforehand.
WIDE = {
    *(f"ram:{name}" for name in ("CreateServiceLinkedRole", "ListTagResources", "TagResources", "UntagResources")),
    *(f"ram:{name}" for name in ("CreateUser", "CreateGroup", "ListVirtualMFADevices", "ListPolicyAttachments")),
    *(f"ram:{name}" for name in ("ListUsers", "ListGroups", "ListRoles", "ListPolicies")),
    *UNPUBLISHED,
}
_account_ids = itertools.count(1200000000000001)


ECS = trust("ecs.aliyuncs.com", kind="Service")
WANTED, DRIFTED = allow("oss:Get*"), allow("oss:Put*")


@dataclass(frozen=True)
class Path:
    """One way through a module: its options, what there is, as the emulator's seed, and the writes made or predicted."""

    options: dict[str, Any]
    there: dict[str, Any] = field(default_factory=dict)
    writes: tuple[str, ...] = ()
    check: bool = False


def custom(**entry: Any) -> dict[str, Any]:
    return {"name": POLICY, "document": WANTED, **entry}


def holding(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "type": "Custom" if name in (POLICY, OTHER, RIGHTS) else "System"} for name in names]


def there(*held: str, policies: Any = None) -> dict[str, Any]:
    """The policies, and a user, a group and a role that hold some of them."""
    policies = [custom()] if policies is None else policies
    return {
        "policies": [*policies, {"name": OTHER, "document": allow("ecs:*")}],
        "users": [{"name": NAMES["user"], "policies": holding(*held)}],
        "groups": [{"name": NAMES["group"], "policies": holding(*held)}],
        "roles": [{"name": NAMES["role"], "policies": holding(*held), "trust_policy": trust_accounts(ACCOUNT)}],
    }


def twice(names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in names for dummy in range(2))


def linked_role(**entry: Any) -> dict[str, Any]:
    return {"service_linked_roles": [{"service_name": SERVICE, "deletion": {"polls": 0}, **entry}]}


BEING_DELETED = linked_role(deleting=True, deletion={"polls": 1, "outcome": "SUCCEEDED"})
NOT_DELETED = linked_role(deleting=True, deletion={"polls": 1, "outcome": "FAILED"})
OWNED = custom(tags={"managed-by": "us"})


def of_policy() -> dict[str, list[Path]]:
    def path(*policies: Any, writes: str = "", check: bool = False, **options: Any) -> Path:
        options = {"name": POLICY, "document": WANTED, **options}
        if options.get("state") == "absent":
            del options["document"]
        return Path(options, {"policies": list(policies)}, tuple(writes.split()), check)

    held = there(POLICY)
    detach = "DetachPolicyFromGroup DetachPolicyFromRole DetachPolicyFromUser DeletePolicy"
    return {
        "present": [
            path(writes="CreatePolicy", description="d", tags={"team": "x"}, managed_by="us"),
            path(writes="CreatePolicy", check=True, tags={"team": "x"}),
            path(custom()),
            path(custom(document=DRIFTED), writes="CreatePolicyVersion"),
            path(
                custom(document=None, versions=[{"document": allow(f"oss:Get{number}")} for number in range(5)]),
                writes="CreatePolicyVersion",
            ),
            path(
                custom(document=None, versions=[{"document": WANTED}, {"document": DRIFTED}], default_version="v2"),
                writes="SetDefaultPolicyVersion",
            ),
            path(custom(description="old"), writes="UpdatePolicyDescription", description="new"),
            path(custom(), writes="TagResources", tags={"team": "x"}),
            path(custom(), writes="TagResources", managed_by="us", adopt=True),
            path(custom(tags={"old": "x"}), writes="UntagResources", tags={}, purge_tags=True),
        ],
        "absent": [
            path(state="absent"),
            path(custom(), state="absent", writes="DeletePolicy"),
            path(OWNED, state="absent", managed_by="us", writes="DeletePolicy"),
            Path({"name": POLICY, "state": "absent", "detach": True}, held, tuple(detach.split())),
            Path({"name": POLICY, "state": "absent", "detach": True}, held, tuple(detach.split()), check=True),
        ],
    }


def of_service_linked_role() -> dict[str, list[Path]]:
    def path(seed: Any, *writes: str, check: bool = False, **options: Any) -> Path:
        return Path({"service_name": SERVICE, **options}, seed, writes, check)

    required = {"required_actions": ["vpc:DescribeVpcs"]}
    return {
        "present": [
            path({}, "CreateServiceLinkedRole", **required),
            path({}, "CreateServiceLinkedRole", check=True, **required),
            path(linked_role()),
            path(linked_role(), verify=True, **required),
            path(BEING_DELETED, "CreateServiceLinkedRole"),
            path(NOT_DELETED),
        ],
        "absent": [
            path({}, state="absent"),
            path(linked_role(), "DeleteServiceLinkedRole", state="absent"),
            path(linked_role(), "DeleteServiceLinkedRole", state="absent", wait=False),
            path(linked_role(), "DeleteServiceLinkedRole", state="absent", check=True),
            path(BEING_DELETED, state="absent"),
        ],
    }


def of_principal(kind: str) -> dict[str, list[Path]]:
    def path(seed: Any, *writes: str, check: bool = False, **options: Any) -> Path:
        policies = holding(*options.pop("policies", (POLICY, READ)))
        return Path({f"{kind}_name": NAMES[kind], "policies": policies, **options}, seed, writes, check)

    attach, detach = f"AttachPolicyTo{kind.title()}", f"DetachPolicyFrom{kind.title()}"
    return {
        "present": [
            path(there(), attach, attach),
            path(there(POLICY, READ)),
            path(there(), attach, policies=[POLICY]),
            path(there(OTHER, FULL), attach, attach, detach, detach, exclusive=True),
            path(there(OTHER, FULL), attach, attach, detach, detach, exclusive=True, check=True),
            path(there(OTHER), attach, detach, exclusive=True, allow_self=True, policies=[POLICY]),
            path(there(policies=[]), attach, attach, check=True),
        ],
        "absent": [
            path(there(), state="absent"),
            path(there(POLICY, READ), detach, detach, state="absent"),
            path(there(POLICY, READ), detach, detach, state="absent", check=True),
        ],
    }


def of_user() -> dict[str, list[Path]]:
    def path(seed: Any, *writes: str, check: bool = False, **options: Any) -> Path:
        return Path({"name": NAMES["user"], **options}, seed, writes, check)

    def one(**more: Any) -> dict[str, Any]:
        return {"users": [{"name": NAMES["user"], **more}], "groups": [{"name": "any"}]}

    whole = one(policies=holding(READ), groups=["any"], access_keys=[{}], login_profile={}, mfa_device="VMFA")
    took = ("DetachPolicyFromUser", "RemoveUserFromGroup")
    keys = ("UpdateAccessKey", "DeleteAccessKey", "DeleteLoginProfile", "UnbindMFADevice", "DeleteVirtualMFADevice")
    absent = {"state": "absent"}
    return {
        "present": [path({}, "CreateUser", comments="c"), path(one()), path(one(), "UpdateUser", comments="c")],
        "absent": [
            path({}, **absent),
            path(one(), "DeleteUser", **absent),
            path(one(groups=["any"], policies=holding(READ)), *took, "DeleteUser", detach=True, **absent),
            path({**one(), "policies": [custom()], "users": [{"name": NAMES["user"], "policies": holding(POLICY)}]},
                 "DetachPolicyFromUser", "DeleteUser", detach=True, **absent),
            path(whole, *took, *keys, "DeleteUser", detach=True, delete_credentials=True, **absent),
            path(whole, *took, *keys, "DeleteUser", check=True, detach=True, delete_credentials=True, **absent),
        ],
    }  # fmt: skip


def of_group() -> dict[str, list[Path]]:
    def path(seed: Any, *writes: str, check: bool = False, **options: Any) -> Path:
        return Path({"name": NAMES["group"], **options}, seed, writes, check)

    def one(*members: str, **more: Any) -> dict[str, Any]:
        users = [{"name": name, "groups": [NAMES["group"]]} for name in members]
        users += [{"name": NAMES["user"]}] * (NAMES["user"] not in members)
        return {"users": users, "groups": [{"name": NAMES["group"], **more}]}

    members = {"members": [NAMES["user"]]}
    absent = {"state": "absent"}
    return {
        "present": [
            path({"users": [{"name": NAMES["user"]}]}, "CreateGroup", "AddUserToGroup", **members),
            path(one(NAMES["user"]), **members),
            path(one(), "UpdateGroup", comments="c"),
            path(one("other"), "AddUserToGroup", "RemoveUserFromGroup", exclusive=True, **members),
        ],
        "absent": [
            path({}, **absent),
            path(one(), "DeleteGroup", **absent),
            path(one("other", policies=holding(READ)), "DetachPolicyFromGroup", "RemoveUserFromGroup", "DeleteGroup",
                 detach=True, **absent),
            path({**one(policies=holding(POLICY)), "policies": [custom()]}, "DetachPolicyFromGroup", "DeleteGroup",
                 detach=True, **absent),
        ],
    }  # fmt: skip


def of_role() -> dict[str, list[Path]]:
    def path(seed: Any, *writes: str, check: bool = False, **options: Any) -> Path:
        return Path({"name": NAMES["role"], **options}, seed, writes, check)

    def one(**more: Any) -> dict[str, Any]:
        return {"roles": [{"name": NAMES["role"], "trust_policy": ECS, **more}]}

    absent = {"state": "absent"}
    return {
        "present": [
            path({}, "CreateRole", trust_policy=ECS, tags={"team": "x"}),
            path(one(), trust_policy=ECS),
            path(one(), "UpdateRole", description="d"),
            path(one(), "TagResources", tags={"team": "x"}),
            path(one(), "TagResources", managed_by="us", adopt=True),
            path(one(tags={"old": "x"}), "UntagResources", tags={}, purge_tags=True),
        ],
        "absent": [
            path({}, **absent),
            path(one(), "DeleteRole", **absent),
            path(one(tags={"managed-by": "us"}), "DeleteRole", managed_by="us", **absent),
            path(one(policies=holding(READ)), "DetachPolicyFromRole", "DeleteRole", detach=True, **absent),
            path({**one(policies=holding(POLICY)), "policies": [custom()]}, "DetachPolicyFromRole", "DeleteRole",
                 detach=True, **absent),
        ],
    }  # fmt: skip


def of_baseline() -> dict[str, list[Path]]:
    def principals(*names: str, kinds: tuple[str, ...] = tuple(NAMES), **options: Any) -> dict[str, Any]:
        return {
            f"{kind}_policies": [{f"{kind}_name": NAMES[kind], "policies": holding(*names), **options}]
            for kind in kinds
        }

    def policy(**options: Any) -> dict[str, Any]:
        return {"policies": [{"name": POLICY, "document": WANTED, **options}]}

    def role(**options: Any) -> dict[str, Any]:
        return {"service_linked_roles": [{"service_name": SERVICE, **options}]}

    attach = [f"AttachPolicyTo{kind.title()}" for kind in NAMES]
    detach = [f"DetachPolicyFrom{kind.title()}" for kind in NAMES]
    required = role(required_actions=["vpc:DescribeVpcs"])
    whole = {**required, **policy(managed_by="us", description="d"), **principals(POLICY, FULL)}
    created = ["CreateServiceLinkedRole", "CreatePolicy"]
    absent = {"state": "absent"}
    gone = {**role(**absent), "policies": [{"name": POLICY, "managed_by": "us", **absent}]}
    versions = [{"document": WANTED}, {"document": DRIFTED}]
    return {
        "present": [
            Path(whole, there(policies=[]), (*created, *twice(attach))),
            Path(whole, there(policies=[]), (*created, *twice(attach)), check=True),
            Path({**whole, **policy()}, {**there(POLICY, FULL), **linked_role()}),
            Path(policy(), {"policies": [custom(document=DRIFTED)]}, ("CreatePolicyVersion",)),
            Path(
                policy(),
                {"policies": [custom(document=None, versions=versions, default_version="v2")]},
                ("SetDefaultPolicyVersion",),
            ),
            Path(policy(description="new"), {"policies": [custom(description="old")]}, ("UpdatePolicyDescription",)),
            Path(policy(tags={"team": "x"}), {"policies": [custom()]}, ("TagResources",)),
            Path(policy(managed_by="us", adopt=True), {"policies": [custom()]}, ("TagResources",)),
            Path(policy(tags={}, purge_tags=True), {"policies": [custom(tags={"old": "x"})]}, ("UntagResources",)),
            Path(role(), NOT_DELETED),
            Path(role(), BEING_DELETED, ("CreateServiceLinkedRole",)),
            Path(required, linked_role()),
            *(Path(principals(POLICY, kinds=(kind,)), there(), (write,)) for kind, write in zip(NAMES, attach)),
            Path(principals(exclusive=True, allow_empty=True), there(OTHER, READ), twice(detach)),
        ],
        "absent": [
            Path(
                {**gone, **principals(POLICY, FULL, **absent)},
                {**there(POLICY, FULL, policies=[OWNED]), **linked_role()},
                (*twice(detach), "DeleteServiceLinkedRole", "DeletePolicy"),
            ),
            Path({**gone, **principals(POLICY, FULL, **absent)}, there(policies=[])),
            Path(
                {"policies": [{"name": POLICY, "detach": True, **absent}]},
                there(POLICY),
                tuple(sorted(detach)) + ("DeletePolicy",),
            ),
            Path(role(**absent), BEING_DELETED),
            *(
                Path(principals(POLICY, kinds=(kind,), **absent), there(POLICY), (write,))
                for kind, write in zip(NAMES, detach)
            ),
        ],
    }


SUBJECTS = {
    "service_linked_roles": [{"service_name": SERVICE}],
    "policies": [{"name": POLICY}],
    **{f"{kind}_policies": [{f"{kind}_name": name}] for kind, name in NAMES.items()},
}
READS = "read"
PATHS: dict[str, dict[str, list[Path]]] = {
    "user": of_user(),
    "group": of_group(),
    "role": of_role(),
    "user_info": {
        READS: [
            Path({"name": NAMES["user"]}, {"users": [{"name": NAMES["user"], "access_keys": [{}]}]}),
            Path({}, there()),
            Path({"name_pattern": "ci-*"}, there()),
        ]
    },
    "group_info": {READS: [Path({"name": NAMES["group"]}, there()), Path({}, there())]},
    "role_info": {READS: [Path({"name": NAMES["role"]}, there()), Path({}, there())]},
    "policy": of_policy(),
    "policy_info": {
        READS: [
            Path({"name": POLICY}, {"policies": [custom()]}),
            Path({"name": POLICY}),
            Path({}, {"policies": [custom()]}),
            Path({"name": "AliyunServiceRolePolicyForContainerRegistryConnectCustomerVPC", "type": "System"}),
        ]
    },
    "service_linked_role": of_service_linked_role(),
    "service_linked_role_info": {
        READS: [
            *(Path({"service_name": SERVICE}, seed) for seed in ({}, linked_role(), BEING_DELETED, NOT_DELETED)),
            Path({}, linked_role()),
        ]
    },
    **{f"{kind}_policies": of_principal(kind) for kind in NAMES},
    **{
        f"{kind}_policies_info": {READS: [Path({f"{kind}_name": name}, seed) for seed in ({}, there(POLICY, READ))]}
        for kind, name in NAMES.items()
    },
    "access_info": {
        READS: [
            Path(
                {
                    **{f"{kind}s": [name] for kind, name in NAMES.items()},
                    "actions": ["ram:CreateServiceLinkedRole"],
                    "resources": [f"acs:ram:*:{ACCOUNT}:role/*"],
                    "context": {"ram:ServiceName": SERVICE},
                },
                there(POLICY, FULL),
            )
        ]
    },
    "baseline": of_baseline(),
    "baseline_info": {
        READS: [
            Path(SUBJECTS, {**there(POLICY, FULL), **linked_role()}),
            Path(SUBJECTS),
            Path({"service_linked_roles": SUBJECTS["service_linked_roles"]}, BEING_DELETED),
        ]
    },
    "caller_identity_info": {
        READS: [Path({})],
        "assume_role": [
            Path({"assume_role": {"account_id": MEMBER, "role_name": "ResourceDirectoryAccountAccessRole"}})
        ],
    },
}
CASES = [(module, label) for module, labels in PATHS.items() for label in labels]


# The files

RIGHTS_FILES = COLLECTION / "docs" / "rights"


@dataclass(frozen=True)
class Documented:
    """A policy of docs/rights, with what README.md says of it."""

    text: str
    remarks: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def actions(self) -> list[str]:
        return sorted({action for statement in self.document["Statement"] for action in statement["Action"]})

    @property
    def only_with(self) -> dict[str, set[str]]:
        """The options of which one has to be given for an action to be needed."""
        found: dict[str, set[str]] = {}
        for options, actions in re.findall(
            r"Only with ([\w=]+(?:(?:, | or )[\w=]+)*): (\w+:\w+(?:, \w+:\w+)*)\.", self.remarks
        ):
            for action in actions.split(", "):
                found.setdefault(action, set()).update(re.split(", | or ", options))
        return found


def _remarks() -> dict[str, str]:
    """What README.md says of each file, without its markup."""
    text = (RIGHTS_FILES / "README.md").read_text(encoding="utf-8")
    found = {}
    for heading, remarks in re.findall(r"^### (.*)\n((?:(?!^#).*\n)*)", text, re.MULTILINE):
        for name in re.findall(r"\[([\w.-]+)\]\(\1\)", heading):
            assert name not in found, name
            found[name] = re.sub(r"\s+", " ", remarks.replace("`", ""))
    return found


@pytest.fixture(scope="module", name="documentation")
def _documentation(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What ansible-doc tells of each module."""
    program = os.path.join(os.path.dirname(sys.executable), "ansible-doc")
    completed = subprocess.run(
        [program, "-t", "module", "--json", *(f"alicloud.ram.{name}" for name in MODULES)],
        env=emulated.clean_environment(tmp_path_factory.mktemp("home")),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return {name.rsplit(".", 1)[-1]: told for name, told in json.loads(completed.stdout).items()}


@pytest.fixture(scope="module", name="documented")
def _documented() -> dict[str, dict[str, Documented]]:
    """The policies by module and by what they are for."""
    remarks = _remarks()
    found: dict[str, dict[str, Documented]] = {}
    for path in RIGHTS_FILES.glob("*.json"):
        module, label = path.stem.split("-")
        found.setdefault(module, {})[label] = Documented(path.read_text(encoding="utf-8"), remarks[path.name])
    assert set(remarks) == {path.name for path in RIGHTS_FILES.glob("*.json")}
    return found


def test_every_module_documents_its_rights(documented: Any, documentation: Any) -> None:
    assert sorted(documented) == MODULES
    assert {module: set(labels) for module, labels in documented.items()} == {
        module: set(PATHS.get(module, {})) for module in MODULES
    }
    for module in MODULES:
        states = documentation[module]["doc"]["options"].get("state", {}).get("choices", [])
        assert set(states) <= set(documented[module]), module
        notes = json.dumps(documentation[module]["doc"]["notes"])
        assert "docs/rights" in notes and "sts:AssumeRole" in notes


@pytest.mark.parametrize("module, label", CASES)
def test_a_documented_policy_is_one(module: str, label: str, documented: Any) -> None:
    found = documented[module][label]
    _document.parse(found.document, "document")
    assert len(found.text) < 6144  # as it is pasted
    for statement in found.document["Statement"]:
        assert set(statement) <= {"Effect", "Action", "Resource", "Condition"} and statement["Effect"] == "Allow"
        if any(resource.endswith("*") for resource in resources_of(statement)):
            for action in statement["Action"]:
                # Whoever else holds a policy, and whatever else a principal holds, has any name.
                assert action in WIDE or found.only_with.get(action) in ({"detach"}, {"exclusive"}), action
    for action in found.actions:
        # What a message names where the service itself does not.
        assert OPERATIONS[action.split(":")[1]].action == action
        # It says so where it is a guess.
        assert (action in UNPUBLISHED) == (f"which action {action.split(':')[1]} needs" in found.remarks)
    assert set(found.only_with) <= set(found.actions)


# The modules, as a caller that has just these rights


@dataclass(frozen=True)
class Ran:
    """One run: its result, the operations that were called, the writes that took effect, and the options."""

    result: dict[str, Any]
    calls: tuple[str, ...]
    done: tuple[str, ...]
    params: dict[str, Any]

    @property
    def changes(self) -> tuple[str, ...]:
        return tuple(change["operation"] for change in self.result.get("changes", ()))

    def succeeded(self, path: Path) -> Ran:
        assert not self.result["failed"], self.result
        assert self.changes == path.writes and self.done == (() if path.check else path.writes)
        return self

    def was_refused(self, action: str) -> None:
        """It failed for want of the action, said so, and told all that it had done before."""
        assert self.result["failed"], f"{action} is not needed: {self.calls}"
        assert action in self.result["msg"] and self.result["missing_action"] == action, self.result
        assert self.changes == self.done and self.result["changed"] == bool(self.done)
        assert "uncertain" not in self.result


@pytest.fixture(scope="module", name="process")
def _process() -> Iterator[Process]:
    with Process() as process:
        yield process


@pytest.fixture(name="place")
def _place(emulator: Any) -> Any:
    """Make an account with what a path starts from, and a user ``ansible`` that has just the given rights.

    Gives its ID and the options with which a task calls there.
    """

    def place(path: Path, rights: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        account_id, member_id = str(next(_account_ids)), str(next(_account_ids))
        key = new_key()

        def placed(value: Any) -> Any:
            return json.loads(json.dumps(value).replace(ACCOUNT, account_id).replace(MEMBER, member_id))

        seed = placed({"account_id": ACCOUNT, **path.there})
        held = give(seed, placed(rights))
        seed["users"] = [*seed.get("users", ()), {"name": "ansible", "access_keys": [key], "policies": held}]
        entered = {
            "name": "ResourceDirectoryAccountAccessRole",
            "trust_policy": trust(f"acs:ram::{ACCOUNT}:user/ansible"),
        }
        emulator.add(seed, placed({"account_id": MEMBER, "roles": [entered]}))
        return account_id, {**key, **PATIENCE, **placed(path.options)}

    return place


def new_key() -> dict[str, str]:
    return {"access_key_id": f"LTAI{uuid.uuid4().hex[:20]}", "access_key_secret": uuid.uuid4().hex[:30]}


def give(seed: dict[str, Any], rights: dict[str, Any]) -> list[dict[str, str]]:
    """Add a policy with these rights, and give what its holder holds: nothing where there are no rights."""
    if not rights["Statement"]:
        return []
    seed["policies"] = [*seed.get("policies", ()), {"name": RIGHTS, "document": rights}]
    return holding(RIGHTS)


@pytest.fixture(name="writes")
def _writes(emulator: Any) -> Any:
    """The writes that took effect in an account."""

    def writes(account_id: str) -> tuple[str, ...]:
        log = emulator.ask(f"calls?account_id={account_id}")
        return tuple(call["operation"] for call in log if call["write"] and call["status"] == 200)

    return writes


@pytest.fixture(name="run")
def _run(emulator: Any, process: Process, place: Any, writes: Any) -> Any:
    """Run a module once, as a caller in a new account that has the given rights and no others."""

    def run(module: str, path: Path, rights: dict[str, Any]) -> Ran:
        account_id, options = place(path, rights)
        imported = importlib.import_module(f"ansible_collections.alicloud.ram.plugins.modules.{module}")
        endpoints = {f"{name}_endpoint": emulator.endpoint for name in ("ram", "sts", "resourcemanager")}
        params = inprocess.validated(module, {"ca_bundle": emulator.ca_bundle, **endpoints, **options})
        _api._constants.clear()  # as in a new process, which has asked for no template yet
        result = outcome_of(process, imported.prepare, params, path.check, False)
        calls = tuple(call["operation"] for call in emulator.ask(f"calls?account_id={account_id}"))
        return Ran(result, calls, writes(account_id), params)

    return run


def of_playbook(run: Any, task: str, host: str, done: tuple[str, ...]) -> Ran:
    """A task's one result, and whether it failed, which Ansible tells beside it."""
    (found,) = (item for item in run.results if (item["task"], item["host"]) == (task, host))
    return Ran({**found["result"], "failed": found["outcome"] == "failed"}, (), done, {})


def of_batch(run: Run, host: str, done: tuple[str, ...]) -> Ran:
    """What became of a host's account in the one task of a playbook."""
    (found,) = (one for one in run.of("Work on all accounts of the batch")["accounts"] if one["name"] == host)
    return Ran({**found, "failed": found["status"] == "failed"}, (), done, {})


def without(rights: dict[str, Any], action: str, number: int | None = None) -> dict[str, Any]:
    """The policy less an action, in all of its statements or in one."""
    statements = copy.deepcopy(rights["Statement"])
    for index, statement in enumerate(statements):
        if number in (None, index):
            statement["Action"] = [other for other in statement["Action"] if other != action]
    return {**rights, "Statement": [statement for statement in statements if statement["Action"]]}


def without_resource(rights: dict[str, Any], number: int, resource: str) -> dict[str, Any]:
    statements = copy.deepcopy(rights["Statement"])
    statements[number]["Resource"] = [other for other in resources_of(statements[number]) if other != resource]
    return {**rights, "Statement": [statement for statement in statements if statement["Resource"]]}


def resources_of(statement: dict[str, Any]) -> list[str]:
    return [statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"]


def given(params: Any, option: str) -> bool:
    """Whether an option, at any depth, is set, be it to an empty mapping; ``name=value`` asks for that value."""
    name, equals, value = option.partition("=")
    if isinstance(params, list):
        return any(given(item, option) for item in params)
    if not isinstance(params, dict):
        return False
    own = params.get(name)
    return bool(own == value if equals else own or own == {}) or any(given(item, option) for item in params.values())


@pytest.mark.parametrize("label", ["present", "absent"])
@pytest.mark.parametrize("module", NAMES)
def test_an_entry_of_a_baseline_needs_the_rights_of_its_module(
    module: str, label: str, documented: Any, run: Any
) -> None:
    for path in PATHS[module][label]:
        entry = {name: value for name, value in path.options.items() if name != "allow_self"}
        options = {kind_named(module).section: [entry], "allow_self": bool(path.options.get("allow_self"))}
        run("baseline", replace(path, options=options), documented[module][label].document).succeeded(path)


def is_told(result: dict[str, Any], action: str) -> bool:
    """Whether decisions are undetermined for lack of the action, which is no failure."""
    reasons = [one["reasons"] for one in result.get("access", ()) if one["decision"] == "undetermined"]
    return any(reason.endswith(f"which needs {action}") for those in reasons for reason in those)


@pytest.mark.parametrize("module, label", CASES)
def test_the_rights_are_enough_and_none_is_too_much(module: str, label: str, documented: Any, run: Any) -> None:
    found, paths = documented[module][label], PATHS[module][label]
    rights = found.document
    ran = [run(module, path, rights).succeeded(path) for path in paths]
    refused: set[str] = set()
    for action in found.actions:
        operation = action.split(":")[1]
        callers = [(path, once) for path, once in zip(paths, ran) if operation in once.calls]
        assert callers, f"{action} is not needed"
        for path, once in callers:
            options = found.only_with.get(action)
            assert not options or any(given(once.params, option) for option in options), (action, path)
            less = run(module, path, without(rights, action))
            if less.result["failed"]:
                less.was_refused(action)
                refused.add(action)
            elif is_told(less.result, action):
                refused.add(action)
            elif action not in UNPUBLISHED:
                # It was needed to see the effect of the writes, and only for that.
                assert any(action in warning for warning in less.succeeded(path).result["warnings"]), (action, path)
        assert action in refused or action in UNPUBLISHED, f"{action} is not needed"

    def breaks(less: dict[str, Any], actions: list[str]) -> bool:
        operations = {action.split(":")[1] for action in actions}
        return any(
            (result := run(module, path, less).result)["failed"] or any(is_told(result, action) for action in actions)
            for path, once in zip(paths, ran)
            if operations & set(once.calls)
        )

    for number, statement in enumerate(rights["Statement"]):
        if len(rights["Statement"]) == 1:
            continue  # done above
        for action in statement["Action"]:
            assert action in UNPUBLISHED or breaks(without(rights, action, number), [action]), (action, statement)
        for resource in resources_of(statement):
            if UNPUBLISHED.keys() >= set(statement["Action"]):
                continue
            assert breaks(without_resource(rights, number, resource), statement["Action"]), (resource, statement)


# module, what for, which of its paths, action to take away
THROUGH_PLAYBOOKS = [
    ("policy", "present", 0, "ram:CreatePolicy"),
    ("service_linked_role", "absent", 1, "ram:GetServiceLinkedRoleDeletionStatus"),
    ("user_policies", "present", 0, "ram:AttachPolicyToUser"),
    ("baseline", "present", 0, "ram:AttachPolicyToGroup"),
    ("caller_identity_info", "assume_role", 0, "sts:AssumeRole"),
]


def test_the_rights_through_ansible_playbook(documented: Any, place: Any, writes: Any, playbook: Any) -> None:
    tasks, accounts = [], {}
    for module, label, number, action in THROUGH_PLAYBOOKS:
        path, rights = PATHS[module][label][number], documented[module][label].document
        for how, inside, held in (
            ("allowed", True, rights),
            ("denied", True, without(rights, action)),
            ("denied as a module", False, without(rights, action)),
        ):
            name = f"{module}, {label}, {how}"
            accounts[name], options = place(path, held)
            variables = {"alicloud_ram_inside_worker": inside}
            tasks.append({"name": name, f"alicloud.ram.{module}": options, "ignore_errors": True, "vars": variables})
    run = playbook(tasks).succeeded()
    for module, label, number, action in THROUGH_PLAYBOOKS:
        allowed, *denied = (f"{module}, {label}, {how}" for how in ("allowed", "denied", "denied as a module"))
        of_playbook(run, allowed, "localhost", writes(accounts[allowed])).succeeded(PATHS[module][label][number])
        for name in denied:
            of_playbook(run, name, "localhost", writes(accounts[name])).was_refused(action)


# The role's files

FILES = COLLECTION / "roles" / "acr_vpc_access" / "files"
OPERATOR = "AcrVpcAccess"
DECLARE = "Declare what image import needs as present"


def shipped(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FILES / f"{name}-policy.json").read_text(encoding="utf-8"))
    return found


def made(*, tagged: bool = True, **entry: Any) -> dict[str, Any]:
    """The policy that the role makes."""
    allowed = {"Action": "ram:CreateServiceLinkedRole", "Resource": f"acs:ram:*:{ACCOUNT}:role/*"}
    condition = {"StringEquals": {"ram:ServiceName": SERVICE}}
    return (
        custom(
            document=document({"Effect": "Allow", **allowed, "Condition": condition}),
            description="Allows creating the service-linked role with which Container Registry imports images over a VPC.",
            tags={"managed-by": "alicloud.ram/acr_vpc_access"} if tagged else {},
        )
        | entry
    )


WHOLE = {**there(POLICY, policies=[made()]), **linked_role()}
OLD = made(document=None, versions=[{"document": made()["document"]}, {"document": DRIFTED}], default_version="v2")
DRIFT = [
    Path({}, there(policies=[])),
    Path({}, {**there(POLICY, policies=[made(document=DRIFTED)]), **linked_role()}),
    Path({}, {**there(POLICY, policies=[made()]), **BEING_DELETED}),
]
# What the playbooks run over. The options are variables of the role.
ROLE_PATHS = {
    "setup": [
        *DRIFT,
        Path({}, WHOLE),
        Path({}, {**there(POLICY, policies=[OLD]), **linked_role()}),
        Path({"acr_vpc_access_adopt": True}, there(POLICY, policies=[made(tagged=False, description="by hand")])),
    ],
    "audit": [*DRIFT, Path({}, WHOLE)],
    "teardown": [
        Path({"acr_vpc_access_delete_service_linked_role": True, "acr_vpc_access_detach_others": True}, WHOLE),
        Path({}, there(policies=[])),
    ],
}


@dataclass
class Fleet:
    """Accounts that are hosts, entered by the hub's user ``ansible`` through a role, or each by its own user."""

    emulator: Any
    playbook: Any
    hub_id: str = ""
    key: dict[str, str] = field(default_factory=new_key)
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)

    def found(self, rights: dict[str, Any]) -> None:
        self.hub_id = str(next(_account_ids))
        seed: dict[str, Any] = {"account_id": self.hub_id}
        held = give(seed, rights)
        self.emulator.add({**seed, "users": [{"name": "ansible", "access_keys": [self.key], "policies": held}]})

    def join(self, name: str, path: Path, rights: dict[str, Any], alone: bool = False) -> None:
        account_id = self.accounts[name] = str(next(_account_ids))
        trusting = json.loads(json.dumps(shipped("member-trust")).replace(ACCOUNT, self.hub_id))
        seed = json.loads(json.dumps(path.there).replace(ACCOUNT, account_id))
        seed["account_id"] = account_id
        host: dict[str, Any] = {"alicloud_assume_role": {"account_id": account_id, "role_name": OPERATOR}}
        held = give(seed, rights)
        if alone:
            key = new_key()
            seed["users"].append({"name": "ansible", "access_keys": [key], "policies": held})
            host = {"alicloud_account_id": account_id, **{f"alicloud_{option}": key[option] for option in key}}
        else:
            seed["roles"].append({"name": OPERATOR, "trust_policy": trusting, "policies": held})
        self.emulator.add(seed)
        subjects = {f"acr_vpc_access_{kind}s": [NAMES[kind]] for kind in ("user", "group")}
        self.hosts[name] = {**host, **subjects, **path.options}

    def run(self, name: str, *options: str) -> Any:
        environment = {f"ALIBABA_CLOUD_{option.upper()}": value for option, value in self.key.items()}
        inventory = {"alicloud_accounts": {"hosts": self.hosts}}
        return self.playbook(f"alicloud.ram.acr_{name}", *options, environment=environment, inventory=inventory)


@pytest.fixture(name="fleet")
def _fleet(emulator: Any, playbook: Any) -> Any:
    def make(rights: dict[str, Any] | None = None) -> Fleet:
        fleet = Fleet(emulator, playbook)
        fleet.found(shipped("hub") if rights is None else rights)
        return fleet

    return make


@pytest.mark.parametrize("name", list(ROLE_PATHS))
def test_a_playbook_runs_with_the_role_s_files(
    name: str, fleet: Any, emulator: Any, writes: Any, tmp_path: pathlib.Path
) -> None:
    rights, able, unable = shipped(name), fleet(), fleet()
    ways = [*((path, False) for path in ROLE_PATHS[name]), (ROLE_PATHS[name][0], True)]
    for number, (path, alone) in enumerate(ways):
        able.join(f"{number}", path, rights, alone)
    run = able.run(name, "-e", f"alicloud_audit_directory={tmp_path / 'able'}")
    called: dict[str, set[str]] = {}
    for host, account_id in able.accounts.items():
        called[host] = {call["operation"] for call in emulator.ask(f"calls?account_id={account_id}")}
    if name == "audit":
        report = json.loads((tmp_path / "able" / "audit.json").read_text(encoding="utf-8"))["accounts"]
        statuses = {found["name"]: found["status"] for found in report}
        assert statuses == {"0": "drift", "1": "drift", "2": "drift", "3": "ok", "4": "drift"}
    else:
        run.succeeded()

    taken: dict[str, tuple[int, str]] = {}
    for number, statement in enumerate(rights["Statement"]):
        for action in statement["Action"]:
            hosts = [host for host in called if action.split(":")[1] in called[host]]
            assert hosts, f"{action} is not needed"
            elsewhere = any(action in other["Action"] for other in rights["Statement"] if other is not statement)
            # Without the right to read what it wrote, a run only warns.
            verifies = not OPERATIONS[action.split(":")[1]].is_write
            for host in amount(hosts[:2], hosts) if elsewhere or verifies else hosts[:1]:
                way = f"{host} without {action.replace(':', ' ')} in {number}"
                taken[way] = number, action
                path, alone = ways[int(host)]
                unable.join(way, path, without(rights, action, number), alone)
    # What is the same in all accounts is asked in one of them, so who may not ask it has to be alone.
    alone_ways = [way for way in taken if taken[way][1] == "ram:GetPolicy"]
    directory = ("-e", f"alicloud_audit_directory={tmp_path / 'unable'}")
    runs = {way: unable.run(name, "--limit", f"~^{way}$,", *directory) for way in alone_ways}
    run = unable.run(name, "--limit", ",".join(["all", *(f"!~^{way}$" for way in alone_ways)]), *directory)
    assert run.status == 2
    broken = set()
    for way in taken:
        done = writes(unable.accounts[way])
        ran = of_batch(runs.get(way, run), way, done)
        if ran.result["failed"]:
            ran.was_refused(taken[way][1])
            broken.add(taken[way])
        elif f"which needs {taken[way][1]}" in json.dumps(ran.result):  # who may do what is not known without it
            broken.add(taken[way])
        assert not (name == "audit" and done)
    assert broken >= {(number, action) for number, action in taken.values() if action not in UNPUBLISHED}


def test_the_hub_s_user_needs_to_assume_the_roles(fleet: Any) -> None:
    hub = fleet(document())
    hub.join("one", ROLE_PATHS["setup"][0], shipped("setup"))
    run = hub.run("setup")
    assert run.status == 2
    of_batch(run, "one", ()).was_refused("sts:AssumeRole")
    assert {action for statement in shipped("hub")["Statement"] for action in statement["Action"]} == {"sts:AssumeRole"}


def test_the_role_s_files_in_the_fleet_form(fleet: Any, writes: Any) -> None:
    hub, rights = fleet(), shipped("setup")
    hub.join("able", ROLE_PATHS["setup"][0], rights)
    hub.join("unable", ROLE_PATHS["setup"][0], without(rights, "ram:AttachPolicyToGroup"))
    entries = [
        {"name": name, "account_id": account_id, "assume_role": {"role_name": OPERATOR}}
        for name, account_id in hub.accounts.items()
    ]
    variables = {
        "acr_vpc_access_accounts": entries,
        **{f"acr_vpc_access_{kind}s": [NAMES[kind]] for kind in ("user", "group")},
    }
    include = {"ansible.builtin.include_role": {"name": "alicloud.ram.acr_vpc_access"}, "vars": variables}
    run = hub.playbook([include], defaults={**hub.key, **PATIENCE})
    unable, able = run.of(DECLARE)["accounts"]
    assert able["status"] == "ok" and able["changed"]
    Ran({**unable, "failed": True}, (), writes(hub.accounts["unable"]), {}).was_refused("ram:AttachPolicyToGroup")
