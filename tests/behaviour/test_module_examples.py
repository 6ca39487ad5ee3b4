# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the modules' documentation do what their names say, and a second run changes nothing.

An example is a task, together with the tasks after it that use what it registered. CASES has the API writes that each
example makes, and the accounts that it needs if those of ``accounts()`` are not enough. An example without an entry
must change nothing.
"""

from __future__ import annotations

import ast
import json
import os
import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from ansible_collections.alicloud.ram.tests.lib import emulated
from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE, document, statement, trust, trust_accounts
from ansible_collections.alicloud.ram.tests.lib.paths import COLLECTION, EMULATOR

KEY = {"access_key_id": "LTAIexamples", "access_key_secret": "secret-of-the-examples"}
SCALING = "ess.aliyuncs.com"
POLICY = "acr-connect-customer-vpc"
PRINCIPALS = {"user": ("ci-deployer", "ci-builder"), "group": ("release-managers", "auditors"), "role": ("ci-runner", "ci-builder")}  # fmt: skip


def creating(account_id: str = "${account_id}") -> dict[str, Any]:
    """The policy that examples declare."""
    condition = {"StringEquals": {"ram:ServiceName": SERVICE}}
    resource = f"acs:ram:*:{account_id}:role/*"
    return document(statement("ram:CreateServiceLinkedRole", resource, Condition=condition))


OLD = document(statement("ram:CreateServiceLinkedRole"))
CUSTOM = {"name": POLICY, "type": "Custom"}
READ, ADMIN = (
    {"name": name, "type": "System"} for name in ("AliyunContainerRegistryReadOnlyAccess", "AdministratorAccess")
)


def principals(*policies: dict[str, str]) -> dict[str, Any]:
    """The users, groups and roles that the examples name, the first of each with these policies."""
    more = {"role": {"trust_policy": trust("ecs.aliyuncs.com", kind="Service")}}
    return {
        f"{kind}s": [{"name": name, **more.get(kind, {}), "policies": list(policies) if name == names[0] else []} for name in names]
        for kind, names in PRINCIPALS.items()
    }  # fmt: skip


def accounts(attached: tuple[dict[str, str], ...] = (), **changes: Any) -> list[dict[str, Any]]:
    """The account of the credentials, with the policy, and two member accounts, without it. ``changes``: of the first."""
    hub = {
        "account_id": "1000000000000001",
        "policies": [{"name": POLICY, "document": OLD}],
        **principals(*attached),
        **changes,
    }
    hub["users"] = [*hub["users"], {"name": "administrator", "policies": [ADMIN], "access_keys": [KEY]}]
    members = [{"account_id": f"10000000000000{number}", **principals()} for number in (11, 12)]
    for member in members:
        access = {
            "name": "ResourceDirectoryAccountAccessRole",
            "trust_policy": trust_accounts("1000000000000001"),
            "policies": [ADMIN],
        }
        member["roles"] = [*member["roles"], access]
    return [hub, *members]


@dataclass
class Case:
    """What an example writes in these accounts, at first and when it is run again."""

    writes: list[str] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=accounts)
    again: list[str] = field(default_factory=list)
    run_again: bool = False  # although it writes nothing


def role(service: str, **more: Any) -> list[dict[str, Any]]:
    return [{"service_name": service, **more}]


IN_USE = {"usages": [{"region": "cn-hangzhou", "resources": ["acs:cr:cn-hangzhou:1000000000000001:instance/cri-1"]}]}
AT_ONCE = {"polls": 0}
NO_POLICY = accounts(policies=[])
UPLOADER = [{"name": "publish-artifacts", "type": "Custom"}]
ARTIFACTS = accounts(
    groups=[{"name": "artifact-readers", "policies": [{"name": "AliyunOSSReadOnlyAccess", "type": "System"}]}],
    users=[{"name": "artifact-uploader", "groups": ["artifact-readers"], "access_keys": [{}]}],
    roles=[{"name": "artifact-publisher", "trust_policy": trust_accounts("1000000000000001"), "policies": UPLOADER}],
    policies=[{"name": "publish-artifacts", "document": OLD}],
)
CREATE, DELETE = "CreateServiceLinkedRole", "DeleteServiceLinkedRole"
CASES: dict[str, Case | list[Case]] = {
    "baseline: Set up a deploy user, its group, the role that it enters, and what both may do": Case(
        ["CreateUser", "CreateGroup", "CreateRole", "CreatePolicy", *["AddUserToGroup"] * 2]
        + ["AttachPolicyToGroup", "AttachPolicyToRole"]
    ),
    "baseline: Remove them": Case(
        ["RemoveUserFromGroup", "DetachPolicyFromGroup", "DetachPolicyFromRole", "UpdateAccessKey", "DeleteAccessKey"]
        + ["DeleteUser", "DeleteGroup", "DeleteRole", "DeletePolicy"],
        ARTIFACTS,
    ),
    "baseline: Set up everything that image import needs": Case(
        [CREATE, "CreatePolicy", "AttachPolicyToUser", "AttachPolicyToGroup", "AttachPolicyToGroup"], NO_POLICY
    ),
    "baseline: Set up what a variables file declares": Case(["CreatePolicy", "AttachPolicyToGroup"], NO_POLICY),
    "baseline: Create the service-linked role and a policy with the account's own name in each member account": Case(
        [CREATE, "CreatePolicy"] * 2
    ),
    "baseline: Give the release managers access in all accounts of the inventory": Case(["AttachPolicyToGroup"] * 2),
    "baseline: Remove everything that image import needed": Case(
        ["DetachPolicyFromGroup", "DetachPolicyFromRole", "DetachPolicyFromUser", "DeletePolicy", DELETE],
        accounts((CUSTOM, READ), service_linked_roles=role(SERVICE, deletion=AT_ONCE)),
    ),
    "baseline_info: Get everything that image import needs": Case(
        accounts=accounts((CUSTOM,), service_linked_roles=role(SERVICE))
    ),
    "policy: Create a policy that allows creating one service-linked role": Case(["CreatePolicy"], NO_POLICY),
    "policy: Create a policy from a JSON file": Case(["CreatePolicy"], NO_POLICY),
    "policy: Create a policy for each JSON file in a directory": Case(["CreatePolicy"] * 2, NO_POLICY),
    "policy: Create a policy for each team from one template": Case(["CreatePolicy"] * 2),
    "policy: Set the tags of a policy, and remove all others": Case(
        ["UntagResources", "TagResources"],
        accounts(policies=[{"name": POLICY, "document": creating("1000000000000001"), "tags": {"owner": "somebody"}}]),
    ),
    "policy: Take over a policy that was created by hand, and mark it as managed by the platform team": Case(
        ["CreatePolicyVersion", "TagResources"]
    ),
    "policy: Detach a policy from all users, groups and roles, and delete it": Case(
        ["DetachPolicyFromGroup", "DetachPolicyFromRole", "DetachPolicyFromUser", "DeletePolicy"],
        accounts((CUSTOM, READ)),
    ),
    "policy: Create a policy in a member account, through a role of that account": Case(["CreatePolicy"]),
    "policy: Use one profile for several tasks, and fail if it belongs to a different account": Case(
        ["CreatePolicy", "AttachPolicyToUser"], NO_POLICY
    ),
    "policy_info: Get a custom policy": Case(accounts=accounts((CUSTOM,))),
    "policy_info: Get a policy that another team manages": Case(["AttachPolicyToGroup"]),
    "service_linked_role: Create the role that Container Registry needs to import images over a VPC": Case([CREATE]),
    "service_linked_role: Create the role, and fail if its system policy does not grant all that image import needs": Case([CREATE]),
    "service_linked_role: Create the roles of several services": Case([CREATE] * 2),
    "service_linked_role: Delete the role of Auto Scaling, and wait for up to ten minutes": Case(
        [DELETE], accounts(service_linked_roles=role(SCALING))
    ),
    "service_linked_role: Delete the role, unless Container Registry still uses it": [
        Case([DELETE], accounts(service_linked_roles=role(SERVICE, deletion=AT_ONCE))),
        Case([DELETE], accounts(service_linked_roles=role(SERVICE, in_use=IN_USE, deletion=AT_ONCE)), again=[DELETE]),
    ],
    "service_linked_role_info: Get the role that image import needs": Case(
        accounts=accounts(service_linked_roles=role(SERVICE))
    ),
    # When the example is run again, the deletion has failed.
    "service_linked_role_info: Get a role that could not be deleted": Case(
        accounts=accounts(service_linked_roles=role(SCALING, in_use=IN_USE, deleting=True)), run_again=True
    ),
}  # fmt: skip
for kind in PRINCIPALS:
    attach, detach = f"AttachPolicyTo{kind.title()}", f"DetachPolicyFrom{kind.title()}"
    module = f"{kind}_policies"
    CASES.update(
        {
            f"{module}: Attach a system policy and a custom policy to a {kind}": Case([attach] * 2),
            f"{module}: Attach a policy to several {kind}s": Case([attach] * 2),
            f"{module}: Attach exactly these policies, and detach all others": Case(
                [attach, detach], accounts((CUSTOM, ADMIN))
            ),
            f"{module}: Detach a policy": Case([detach], accounts((CUSTOM, ADMIN))),
            f"{module}: Detach all policies before the {kind} is deleted": Case([detach] * 2, accounts((CUSTOM, READ))),
            f"{module}: Attach a policy to a {kind} of a member account": Case([attach]),
            f"{module}_info: Get the policies of the {kind} to copy": Case([attach] * 2, accounts((CUSTOM, READ))),
        }
    )

NOBODY = accounts(users=[], groups=[], roles=[])
FREE = accounts(users=[{"name": "ci-builder"}, {"name": "ci-deployer", "comments": "old"}])
LEAVING = {"name": "former-contractor", "groups": ["release-managers"], "policies": [READ], "access_keys": [{}],
           "login_profile": {}, "mfa_device": "VMFA"}  # fmt: skip
MEMBER = {"name": "ci-builder", "groups": ["release-managers"]}
USER_KEYS = ["UpdateAccessKey", "DeleteAccessKey", "DeleteLoginProfile", "UnbindMFADevice", "DeleteVirtualMFADevice"]
JOIN, LEAVE = "AddUserToGroup", "RemoveUserFromGroup"
CASES.update(
    {
        "user: Create a user for a pipeline": Case(["CreateUser"], NOBODY),
        "user: Create a user for each engineer": Case(["CreateUser"] * 2, NOBODY),
        "user: Remove the comments of a user": Case(["UpdateUser"], FREE),
        "user: Delete a user that has no policies, groups and credentials any more": Case(["DeleteUser"], FREE),
        "user: Delete a user with everything that belongs to it": Case(
            ["DetachPolicyFromUser", LEAVE, *USER_KEYS, "DeleteUser"],
            accounts(users=[*principals()["users"], {"name": "administrator-2", "policies": [ADMIN]}, LEAVING]),
        ),
        "group: Create a group with two members": Case(["CreateGroup", JOIN, JOIN], accounts(groups=[])),
        "group: Add a user to a group that exists": Case([JOIN]),
        "group: Make these users the only members": Case(
            [JOIN, LEAVE], accounts(users=[{"name": "ci-deployer"}, MEMBER])
        ),
        "group: Remove all members": Case([LEAVE], accounts(users=[MEMBER])),
        "group: Delete a group, after its members and policies are taken from it": Case(
            ["DetachPolicyFromGroup", LEAVE, "DeleteGroup"], accounts((READ,), users=[MEMBER])
        ),
        "role: Create a role for the instances of a service": Case(["CreateRole"]),
        "role: Create a role that another account assumes with an external ID": Case(["CreateRole"]),
        "role: Take the trust policy from a file": Case(["CreateRole"]),
        "role: Create a role that only this project may change": Case(["CreateRole"]),
        "role: Delete a role, after its policies are detached": Case(
            ["DetachPolicyFromRole", "DeleteRole"],
            accounts(
                roles=[
                    {
                        "name": "image-builder",
                        "trust_policy": trust("ecs.aliyuncs.com", kind="Service"),
                        "policies": [READ],
                    }
                ]
            ),
        ),
        "user_info: Get a user with its groups, access keys, login profile and MFA device": Case(),
        "role_info: Get a role with its trust policy": Case(),
    }
)

MEMBERS = {"payments": "1000000000000011", "logistics": "1000000000000012"}
INVENTORY = {
    name: {"alicloud_account": {"name": name, "account_id": account_id, "assume_role": {"role_name": "ResourceDirectoryAccountAccessRole"}}}
    for name, account_id in MEMBERS.items()
}  # fmt: skip
IMAGE_PULL = {
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": "cr:PullRepository", "Resource": "acs:cr:*:${account_id}:repository/{{ item }}/*"}
    ],
}
# What the examples look up.
FILES = {
    "files/acr-connect-customer-vpc.json": json.dumps(creating()),
    "files/image-builder-trust.json": json.dumps(trust("ecs.aliyuncs.com", kind="Service")),
    "files/policies/acr-connect-customer-vpc.json": json.dumps(creating()),
    "files/policies/image-pull.json": json.dumps(IMAGE_PULL).replace("{{ item }}", "*"),
    "templates/image-pull.json.j2": json.dumps(IMAGE_PULL),
    "files/platform.yml": yaml.safe_dump(
        {
            "account_id": "1000000000000001",
            "policies": [{"name": POLICY, "document": creating()}],
            "group_policies": [{"group_name": "release-managers", "policies": [{"name": POLICY}]}],
        }
    ),
}


def examples_of(text: str) -> list[list[dict[str, Any]]]:
    """The examples of a text: a task, and those after it that use what a task of the example registered."""
    found: list[list[dict[str, Any]]] = []
    for task in yaml.safe_load(text):
        registered = [part["register"] for part in found[-1] if "register" in part] if found else []
        options = str({key: value for key, value in task.items() if key not in ("name", "register")})
        if any(re.search(rf"\b{name}\b", options) for name in registered):
            found[-1].append(task)
        else:
            found.append([task])
    return found


TEXTS = {
    path.stem: ast.literal_eval(node.value)
    for path in sorted(COLLECTION.glob("plugins/modules/*.py"))
    for node in ast.parse(path.read_text(encoding="utf-8")).body
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "EXAMPLES"
}
# Each has its module and the name of its first task.
EXAMPLES = {f"{module}: {tasks[0]['name']}": tasks for module, text in TEXTS.items() for tasks in examples_of(text)}


def leaves(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The tasks, with those in blocks."""
    for task in tasks:
        if "block" in task:
            yield from leaves(task["block"])
        else:
            yield task


def parts(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of a task's loop and of its accounts, or the one result."""
    found = [part for item in result.get("results", [result]) for part in item.get("accounts", [item])]
    return [part for part in found if "changes" in part]


def play_of(name: str, tasks: list[dict[str, Any]]) -> dict[str, Any]:
    """A play of an example. If the example fails, the next play begins nevertheless."""
    rescue = {"name": "Go on", "ansible.builtin.debug": {"msg": "The example failed."}}
    block = {"name": name, "block": tasks, "rescue": [rescue]}
    return {"name": name, "hosts": "localhost", "gather_facts": False, "tasks": [block]}


def wrong(tasks: list[dict[str, Any]], writes: list[str], again: bool, results: list[dict[str, Any]]) -> Iterator[str]:
    """What is wrong with the results of an example's first run, or of another one (``again``)."""
    by_name = {task["name"]: task for task in leaves(tasks)}
    made: list[str] = []
    for one in results:
        name, result = one["task"], one["result"]
        if one["outcome"] not in ("ok", "skipped"):
            yield f"{name!r} failed: {result.get('msg')}"
        # What check mode predicts is not made.
        elif name in by_name and not by_name[name].get("check_mode"):
            operations = [[change["operation"] for change in part["changes"]] for part in parts(result)]
            made += sum(operations, [])
            if not again and not all(operations):
                yield f"{name!r} did not change everything that it is for"
            if again and result.get("changed") and not writes:
                yield f"{name!r} changed something"
    if sorted(made) != sorted(writes):
        yield f"it made {made}, not {writes}"


@pytest.fixture(scope="module", name="emulator")
def _emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulated.Emulator]:
    """An emulator without accounts: the callback plugin new_world gives it those of each example."""
    seed = tmp_path_factory.mktemp("emulator") / "seed.yml"
    seed.write_text("accounts: []\n", encoding="utf-8")
    with emulated.running("--strict", "--admin", "--seed", str(seed)) as emulator:
        yield emulator


def test_examples(playbook: Any, tmp_path: pathlib.Path) -> None:
    assert set(CASES) <= set(EXAMPLES), f"no examples: {sorted(set(CASES) - set(EXAMPLES))}"
    tried: dict[str, tuple[str, Case]] = {}
    for name in EXAMPLES:
        cases = CASES.get(name, Case())
        for number, case in enumerate(cases if isinstance(cases, list) else [cases], 1):
            tried[f"{name} ({number})"] = name, case
    again = {f"{label} again": label for label, (dummy, case) in tried.items() if case.writes or case.run_again}
    plays = [play for label in tried for play in (label, f"{label} again") if play in tried or play in again]
    profile = {"name": "platform", "mode": "AK", "region_id": "cn-hangzhou", **KEY}
    files = {
        **FILES,
        ".aliyun/config.json": json.dumps({"current": "platform", "profiles": [profile]}),
        "worlds.json": json.dumps({label: case.accounts for label, (dummy, case) in tried.items()}),
        "play.yml": yaml.safe_dump(
            [play_of(play, EXAMPLES[tried[again.get(play, play)][0]]) for play in plays], sort_keys=False
        ),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    run = playbook(
        str(tmp_path / "play.yml"),
        inventory={"all": {"hosts": {"localhost": {}}, "children": {"alicloud_accounts": {"hosts": INVENTORY}}}},
        environment={
            "HOME": str(tmp_path),
            "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY["access_key_id"],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY["access_key_secret"],
            "ANSIBLE_CALLBACKS_ENABLED": "task_results,new_world",
            "NEW_WORLDS": str(tmp_path / "worlds.json"),
            # The callback plugin speaks to the emulator.
            "PYTHONPATH": os.pathsep.join(filter(None, (str(EMULATOR), os.environ.get("PYTHONPATH")))),
        },
    ).succeeded()
    found = []
    undone = {(name, task["name"]) for name, tasks in EXAMPLES.items() for task in leaves(tasks)}
    for play in plays:
        name, case = tried[again.get(play, play)]
        results = [one for one in run.results if one["play"] == play]
        undone -= {(name, one["task"]) for one in results if one["outcome"] == "ok"}
        writes = case.again if play in again else case.writes
        found += [f"{play}: {text}" for text in wrong(EXAMPLES[name], writes, play in again, results)]
    found += [f"{name}: {task!r} was never done" for name, task in sorted(undone)]
    assert not found, "\n".join(found)


def test_every_module_has_three_examples() -> None:
    modules = {path.stem for path in COLLECTION.glob("plugins/modules/*.py")}
    numbers = {module: sum(name.startswith(f"{module}: ") for name in EXAMPLES) for module in modules}
    assert {module: number for module, number in numbers.items() if number < 3} == {}


def test_an_example_is_counted_once() -> None:
    for module, text in TEXTS.items():
        assert sum(name.startswith(f"{module}: ") for name in EXAMPLES) == len(examples_of(text)), "same name twice"
