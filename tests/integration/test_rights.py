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
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.alicloud.ram.plugins.module_utils import _api, _document
from ansible_collections.alicloud.ram.plugins.module_utils._options import CONNECTION_RULES, CONNECTION_SPEC
from ansible_collections.alicloud.ram.plugins.module_utils._run import Process, outcome_of

COLLECTION = pathlib.Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (COLLECTION / "plugins" / "modules").glob("*.py"))
SERVICE = "connect-customer-vpc.cr.aliyuncs.com"
POLICY, OTHER, RIGHTS = "acr-connect-customer-vpc", "hand-made", "rights"
READ, FULL = "AliyunContainerRegistryReadOnlyAccess", "AliyunContainerRegistryFullAccess"
NAMES = {"user": "ci-deployer", "group": "release-managers", "role": "ci-runner"}
# What stands for the accounts in the documentation.
ACCOUNT, MEMBER = "1000000000000001", "1000000000000011"
# Actions that the services do not publish: why, and whether the emulator asks for them all the same.
UNPUBLISHED = {
    "ram:GetServiceLinkedRoleTemplate": (
        "The operation's page has no action; that of the operation's name is taken.",
        True,
    ),
    "sts:GetCallerIdentity": (
        "The operation's page has no action, and callers without any rights are answered.",
        False,
    ),
}
# Actions for which RAM knows no single resource, or none whose name is known beforehand.
WIDE = {
    *(f"ram:{name}" for name in ("CreateServiceLinkedRole", "ListTagResources", "TagResources", "UntagResources")),
    *UNPUBLISHED,
}
_account_ids = itertools.count(1200000000000001)


def document(*actions: str) -> dict[str, Any]:
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


WANTED, DRIFTED = document("oss:Get*"), document("oss:Put*")


@dataclass(frozen=True)
class Path:
    """One way through a module: what there is, as the emulator's seed, the options, and the writes that are made or predicted."""

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
        "policies": [*policies, {"name": OTHER, "document": document("ecs:*")}],
        "users": [{"name": NAMES["user"], "policies": holding(*held)}],
        "groups": [{"name": NAMES["group"], "policies": holding(*held)}],
        "roles": [{"name": NAMES["role"], "policies": holding(*held), "trust_policy": trust("root")}],
    }


def trust(who: str, account_id: str = ACCOUNT) -> dict[str, Any]:
    principal = {"RAM": [f"acs:ram::{account_id}:{who}"]}
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]}


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
        "state=present": [
            path(writes="CreatePolicy", description="d", tags={"team": "x"}, managed_by="us"),
            path(writes="CreatePolicy", check=True, tags={"team": "x"}),
            path(custom()),
            path(custom(document=DRIFTED), writes="CreatePolicyVersion"),
            path(
                custom(document=None, versions=[{"document": document(f"oss:Get{number}")} for number in range(5)]),
                writes="CreatePolicyVersion",
            ),
            path(
                custom(document=None, versions=[{"document": WANTED}, {"document": DRIFTED}], default_version="v2"),
                writes="SetDefaultPolicyVersion",
            ),
            path(custom(description="old"), writes="UpdatePolicyDescription", description="new"),
            path(custom(), writes="TagResources", tags={"team": "x"}),
            path(custom(), writes="TagResources", managed_by="us", adopt=True),
            path(custom(tags={"old": "x"}), writes="UntagResources", purge_tags=True),
        ],
        "state=absent": [
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
        "state=present": [
            path({}, "CreateServiceLinkedRole", **required),
            path({}, "CreateServiceLinkedRole", check=True, **required),
            path(linked_role()),
            path(linked_role(), verify=True, **required),
            path(BEING_DELETED, "CreateServiceLinkedRole"),
            path(NOT_DELETED),
        ],
        "state=absent": [
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
        "state=present": [
            path(there(), attach, attach),
            path(there(POLICY, READ)),
            path(there(), attach, policies=[POLICY]),
            path(there(OTHER, FULL), attach, attach, detach, detach, exclusive=True),
            path(there(OTHER, FULL), attach, attach, detach, detach, exclusive=True, check=True),
            path(there(OTHER), attach, detach, exclusive=True, allow_self=True, policies=[POLICY]),
            path(there(policies=[]), attach, attach, check=True),
        ],
        "state=absent": [
            path(there(), state="absent"),
            path(there(POLICY, READ), detach, detach, state="absent"),
            path(there(POLICY, READ), detach, detach, state="absent", check=True),
        ],
    }


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
        "state=present": [
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
            Path(policy(purge_tags=True), {"policies": [custom(tags={"old": "x"})]}, ("UntagResources",)),
            Path(role(), NOT_DELETED),
            Path(role(), BEING_DELETED, ("CreateServiceLinkedRole",)),
            Path(required, linked_role()),
            *(Path(principals(POLICY, kinds=(kind,)), there(), (write,)) for kind, write in zip(NAMES, attach)),
            Path(principals(exclusive=True, allow_empty=True), there(OTHER, READ), twice(detach)),
        ],
        "state=absent": [
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
THIS = "this module"
PATHS: dict[str, dict[str, list[Path]]] = {
    "policy": of_policy(),
    "policy_info": {
        THIS: [
            Path({"name": POLICY}, {"policies": [custom()]}),
            Path({"name": POLICY}),
            Path({"name": "AliyunServiceRolePolicyForContainerRegistryConnectCustomerVPC", "type": "System"}),
        ]
    },
    "service_linked_role": of_service_linked_role(),
    "service_linked_role_info": {
        THIS: [Path({"service_name": SERVICE}, seed) for seed in ({}, linked_role(), BEING_DELETED, NOT_DELETED)]
    },
    **{f"{kind}_policies": of_principal(kind) for kind in NAMES},
    **{
        f"{kind}_policies_info": {THIS: [Path({f"{kind}_name": name}, seed) for seed in ({}, there(POLICY, READ))]}
        for kind, name in NAMES.items()
    },
    "baseline": of_baseline(),
    "baseline_info": {
        THIS: [
            Path(SUBJECTS, {**there(POLICY, FULL), **linked_role()}),
            Path(SUBJECTS),
            Path({"service_linked_roles": SUBJECTS["service_linked_roles"]}, BEING_DELETED),
        ]
    },
    "caller_identity_info": {
        THIS: [Path({})],
        "assume_role": [
            Path({"assume_role": {"account_id": MEMBER, "role_name": "ResourceDirectoryAccountAccessRole"}})
        ],
    },
}
CASES = [(module, label) for module, labels in PATHS.items() for label in labels]


# The documentation


@dataclass(frozen=True)
class Documented:
    """A policy as the examples of a module give it, with the comment above it."""

    document: dict[str, Any]
    comment: str

    @property
    def actions(self) -> list[str]:
        return sorted({action for statement in self.document["Statement"] for action in statement["Action"]})

    @property
    def only_with(self) -> dict[str, set[str]]:
        """The options of which one has to be given for an action to be needed."""
        found: dict[str, set[str]] = {}
        for options, actions in re.findall(
            r"Only with ([\w=]+(?:(?:, | or )[\w=]+)*): (\w+:\w+(?:, \w+:\w+)*)\.", self.comment
        ):
            for action in actions.split(", "):
                found.setdefault(action, set()).update(re.split(", | or ", options))
        return found


@pytest.fixture(scope="module", name="documentation")
def _documentation() -> dict[str, dict[str, Any]]:
    """What ansible-doc tells of each module."""
    command = [os.path.join(os.path.dirname(sys.executable), "ansible-doc"), "--json", "-t", "module"]
    run = subprocess.run(
        [*command, *(f"alicloud.ram.{name}" for name in MODULES)], check=True, stdout=subprocess.PIPE, text=True
    )
    return {name.rsplit(".", 1)[-1]: told for name, told in json.loads(run.stdout).items()}


@pytest.fixture(scope="module", name="documented")
def _documented(documentation: dict[str, dict[str, Any]]) -> dict[str, dict[str, Documented]]:
    """The policies by module and by what they are for."""
    found: dict[str, dict[str, Documented]] = {}
    for module, told in documentation.items():
        tasks = {task["name"]: task for task in yaml.safe_load(told["examples"])}
        heads = re.findall(r"^((?:# .*\n)*)- name: (Allow what (.*) needs)$", told["examples"], re.MULTILINE)
        found[module] = {
            label: Documented(
                json.loads(tasks[name]["alicloud.ram.policy"]["document"]), re.sub(r"\s*^# ", " ", comment, flags=re.M)
            )
            for comment, name, label in heads
        }
    return found


def test_every_module_documents_its_rights(documented: Any, documentation: Any) -> None:
    assert sorted(documented) == MODULES
    assert {module: set(labels) for module, labels in documented.items()} == {
        module: set(PATHS.get(module, {})) for module in MODULES
    }
    for module in MODULES:
        states = documentation[module]["doc"]["options"].get("state", {}).get("choices", [])
        assert {f"state={state}" for state in states} <= set(documented[module]), module
        assert "sts:AssumeRole" in json.dumps(documentation[module]["doc"]["notes"])


@pytest.mark.parametrize("module, label", CASES)
def test_a_documented_policy_is_one(module: str, label: str, documented: Any) -> None:
    found = documented[module][label]
    _document.parse(found.document, "document")
    assert len(json.dumps(found.document)) < 6144
    for statement in found.document["Statement"]:
        assert set(statement) <= {"Effect", "Action", "Resource", "Condition"} and statement["Effect"] == "Allow"
        if any(resource.endswith("*") for resource in resources_of(statement)):
            for action in statement["Action"]:
                # Whoever else holds a policy, and whatever else a principal holds, has any name.
                assert action in WIDE or found.only_with.get(action) in ({"detach"}, {"exclusive"}), action
    for action in found.actions:
        # It says so where it is a guess.
        assert (action in UNPUBLISHED) == (f"Which action {action.split(':')[1]} needs" in found.comment)
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


@pytest.fixture(name="run")
def _run(emulator: Any, process: Process) -> Any:
    """Run a module once, as the user ``ansible`` of a new account, which has the given rights and no others."""

    def run(module: str, path: Path, rights: dict[str, Any]) -> Ran:
        account_id, member_id = str(next(_account_ids)), str(next(_account_ids))
        key = {"access_key_id": f"LTAI{uuid.uuid4().hex[:20]}", "access_key_secret": uuid.uuid4().hex[:30]}

        def placed(value: Any) -> Any:
            return json.loads(json.dumps(value).replace(ACCOUNT, account_id).replace(MEMBER, member_id))

        seed = placed({"account_id": ACCOUNT, **path.there})
        held = []
        if rights["Statement"]:
            held = holding(RIGHTS)
            seed["policies"] = [*seed.get("policies", ()), {"name": RIGHTS, "document": placed(rights)}]
        seed["users"] = [*seed.get("users", ()), {"name": "ansible", "access_keys": [key], "policies": held}]
        entered = {"name": "ResourceDirectoryAccountAccessRole", "trust_policy": trust("user/ansible")}
        emulator.add(seed, placed({"account_id": MEMBER, "roles": [entered]}))

        imported = importlib.import_module(f"ansible_collections.alicloud.ram.plugins.modules.{module}")
        validator = ArgumentSpecValidator({**CONNECTION_SPEC, **imported.ARGUMENT_SPEC}, **CONNECTION_RULES)
        endpoints = {f"{name}_endpoint": emulator.endpoint for name in ("ram", "sts", "resourcemanager")}
        patience = {"retry_timeout": 10, "consistency_timeout": 5}
        options = {**key, **endpoints, "ca_bundle": emulator.ca_bundle, **patience, **placed(path.options)}
        checked = validator.validate(options)
        assert not checked.error_messages, checked.error_messages
        _api._constants.clear()  # as in a new process, which has asked for no template yet
        result = outcome_of(process, imported.prepare, checked.validated_parameters, path.check, False)
        log = emulator.ask(f"calls?account_id={account_id}")
        return Ran(
            result,
            tuple(call["operation"] for call in log),
            tuple(call["operation"] for call in log if call["write"] and call["status"] == 200),
            checked.validated_parameters,
        )

    return run


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
    """Whether an option, at any depth, is set; ``name=value`` asks for that value."""
    name, equals, value = option.partition("=")
    if isinstance(params, list):
        return any(given(item, option) for item in params)
    if not isinstance(params, dict):
        return False
    own = params.get(name)
    return bool(own == value if equals else own) or any(given(item, option) for item in params.values())


@pytest.mark.parametrize("module, label", CASES)
def test_the_rights_are_enough_and_none_is_too_much(module: str, label: str, documented: Any, run: Any) -> None:
    found, paths = documented[module][label], PATHS[module][label]
    rights = found.document
    ran = [run(module, path, rights).succeeded(path) for path in paths]
    for action in found.actions:
        operation = action.split(":")[1]
        callers = [(path, once) for path, once in zip(paths, ran) if operation in once.calls]
        assert callers, f"{action} is not needed"
        for path, once in callers:
            options = found.only_with.get(action)
            assert not options or any(given(once.params, option) for option in options), (action, path)
            if UNPUBLISHED.get(action, ("", True))[1]:
                run(module, path, without(rights, action)).was_refused(action)

    def breaks(less: dict[str, Any], actions: list[str]) -> bool:
        operations = {action.split(":")[1] for action in actions}
        return any(
            run(module, path, less).result["failed"] for path, once in zip(paths, ran) if operations & set(once.calls)
        )

    for number, statement in enumerate(rights["Statement"]):
        if len(rights["Statement"]) == 1:
            continue  # done above
        for action in statement["Action"]:
            assert breaks(without(rights, action, number), [action]), (action, statement)
        for resource in resources_of(statement):
            assert breaks(without_resource(rights, number, resource), statement["Action"]), (resource, statement)
