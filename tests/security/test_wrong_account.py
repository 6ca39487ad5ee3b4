# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing acts in an account that was not meant, whatever becomes of the values that name it.

The credentials are those of the hub. ``meant`` and ``other`` have a role that the hub may assume. A value that is null,
empty, omitted, undefined, of a wrong type or of the other account, from wherever it comes, ends the task; in the log of
the emulator there is then no write, and no read outside ``meant`` but those that tell whose account it is.

Impossible, so not tried: ``account_id``, ``assume_role`` and ``accounts`` from the environment or a profile of the CLI,
which have no such setting (a profile's own role is one of the credentials); ``accounts`` for modules other than
``baseline``; omitted values in inventory files and in the environment; null in the environment.

THOROUGH=1 tries every module and source with every value, in both ways of running a module.
"""

from __future__ import annotations

import collections
import itertools
import json
import pathlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.alicloud.ram.tests.lib.amounts import THOROUGH
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, SERVICE, allow, trust_accounts

TELLING = {"GetCallerIdentity", "AssumeRole"}
OMITTED = "{{ misspelt | default(omit) }}"
UNDEFINED = "{{ misspelt }}"
GROUP = "group/alicloud.ram.all"

MODULES: dict[str, dict[str, Any]] = {
    "access_info": {"users": ["u"], "actions": ["ram:GetRole"], "resources": ["*"]},
    "baseline": {"policies": [{"name": "cell", "document": allow("oss:Get*")}]},
    "baseline_info": {"policies": [{"name": "cell"}]},
    "caller_identity_info": {},
    "group_policies": {"group_name": "g", "policies": [{"name": "p"}]},
    "group_policies_info": {"group_name": "g"},
    "policy": {"name": "cell", "document": allow("oss:Get*")},
    "policy_info": {"name": "cell"},
    "role_policies": {"role_name": "Access", "policies": [{"name": "p"}]},
    "role_policies_info": {"role_name": "Access"},
    "service_linked_role": {"service_name": SERVICE},
    "service_linked_role_info": {"service_name": SERVICE},
    "user_policies": {"user_name": "u", "policies": [{"name": "p"}]},
    "user_policies_info": {"user_name": "u"},
}
COUNT: dict[str, int] = {}


@dataclass
class World:
    hub: Any
    meant: Any
    other: Any
    _mark: int = 0

    @property
    def environment(self) -> dict[str, str]:
        return {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.hub.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.hub.access_key_secret,
        }

    def role(self, there: Any, **more: Any) -> dict[str, Any]:
        return {"account_id": there.account_id, "role_name": "Access", **more}

    def arn(self, there: Any) -> str:
        return f"acs:ram::{there.account_id}:role/Access"

    def log(self) -> list[dict[str, Any]]:
        """The calls since the last time this was asked."""
        calls = self.hub.emulator.calls(since=self._mark)
        self._mark = max([call["seq"] for call in calls], default=self._mark)
        ours = {self.hub.account_id, self.meant.account_id, self.other.account_id}
        return [call for call in calls if call["account_id"] in ours]

    def check_log(self, meant: bool = True) -> None:
        """Nothing but what tells was called outside ``meant``, and in there only if it was ``meant``."""
        for call in self.log():
            if call["account_id"] != self.meant.account_id or not meant:
                assert call["operation"] in TELLING, call
            assert call["account_id"] != self.other.account_id, call


@pytest.fixture(name="world")
def _world(account: Any) -> World:
    hub = account()
    roles = [{"name": "Access", "trust_policy": trust_accounts(hub.account_id), "policies": ADMINISTRATOR}]
    seed = {
        "users": [{"name": "u"}],
        "groups": [{"name": "g"}],
        "policies": [{"name": "p", "document": allow("oss:Get*")}],
    }
    world = World(hub, account(roles=roles, **seed), account(roles=roles, **seed))
    world.log()
    return world


@dataclass
class Cell:
    """One try. ``variables`` are the host's, ``extra`` those of the command line. A refusal contains ``message``. ``traits``,
    by which ``share`` chooses, are module, source, option and kind of value.
    """

    name: str
    module: str
    options: dict[str, Any]
    refused: bool = True
    message: str = ""
    keywords: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    traits: tuple[str, ...] = ()

    def task(self, way: str) -> dict[str, Any]:
        task = {"name": f"{way}: {self.name}", f"alicloud.ram.{self.module}": self.options, "ignore_errors": True}
        return {**task, **self.keywords, "vars": {"alicloud_ram_inside_worker": way == "inside"}}


def values(world: World, option: str) -> dict[str, Any]:
    """Wrong values of an option that says where to act."""
    other: dict[str, Any] = {
        "account_id": world.other.account_id,
        # Together with the account_id of the account that is meant.
        "assume_role": world.role(world.other),
        "accounts": [{"account_id": world.other.account_id, "assume_role": {"role_arn": world.arn(world.meant)}}],
    }
    wrong = {"account_id": ["x"], "assume_role": "Access", "accounts": {"account_id": "x"}}
    return {
        "null": None,
        "none": "{{ none }}",
        "omitted": OMITTED,
        "undefined": UNDEFINED,
        "empty": "",
        "blank": " ",
        "wrong type": wrong[option],
        "other": other[option],
    }


def expected(option: str, kind: str) -> str:
    return option if kind in ("null", "none", "omitted", "empty", "blank") else ""


SOURCES = (
    "host variable",
    "extra variable",
    "module_defaults",
    "arguments as a template",
    "module_defaults as a template",
)


def target_cells(world: World, modules: list[str], sources: Sequence[str]) -> Iterator[Cell]:
    """Each option that says where to act, with each wrong value, from each source."""
    numbers = itertools.count()
    for module, source in itertools.product(modules, sources):
        targets = ("account_id", "assume_role", "accounts") if module == "baseline" else ("account_id", "assume_role")
        for option in targets:
            for kind, value in values(world, option).items():
                if source.endswith("template") and kind in ("blank", "wrong type", "other"):
                    continue  # once it is there, it is like any other
                beside = {"account_id": world.meant.account_id} if (option, kind) == ("assume_role", "other") else {}
                cell = Cell(
                    f"{module} {option} {kind} {source}",
                    module,
                    {**MODULES[module], **beside},
                    message=expected(option, kind),
                    traits=(module, source, option, f"other {option}" if kind == "other" else kind),
                )
                variable = f"value_{module}_{next(numbers)}"
                if source == "option":
                    cell.options[option] = value
                elif source == "module_defaults":
                    cell.keywords["module_defaults"] = {GROUP: {option: value}}
                    if option == "accounts":
                        cell.keywords["module_defaults"] = {f"alicloud.ram.{module}": {option: value}}
                elif source == "module_defaults as a template":
                    cell.keywords["module_defaults"] = {GROUP: f"{{{{ {variable} }}}}"}
                    cell.variables[variable] = {option: value}
                    cell.message = ""
                elif source == "arguments as a template":
                    cell.variables[variable] = {**cell.options, option: value}
                    cell.options, cell.keywords["args"], cell.message = {}, f"{{{{ {variable} }}}}", ""
                else:
                    cell.options[option] = f"{{{{ {variable} }}}}"
                    (cell.extra if source == "extra variable" else cell.variables)[variable] = value
                yield cell


EACH = ((0,), (1,), (2,), (3,))
PAIRS = ((0, 2), (1, 2), (1, 3), (2, 3))


def share(cells: Iterable[Cell], together: tuple[tuple[int, ...], ...]) -> list[Cell]:
    """A few of the cells, always the same, in which all traits occur, or with PAIRS those that occur together.

    Cells without traits are all in it.
    """
    cells = list(cells)
    if THOROUGH:
        return cells
    parts = [
        {(places, tuple(cell.traits[place] for place in places)) for places in together if cell.traits}
        for cell in cells
    ]  # fmt: skip
    left, kept = set().union(*parts), {number for number, cell in enumerate(cells) if not cell.traits}
    used: collections.Counter[str] = collections.Counter()

    def gain(number: int) -> tuple[int, int]:
        return len(parts[number] & left), -sum(used[trait] for trait in cells[number].traits)

    while left:
        best = max(range(len(cells)), key=gain)
        left -= parts[best]
        used.update(cells[best].traits)
        kept.add(best)
    return [cells[number] for number in sorted(kept)]


def part_cells(world: World) -> Iterator[Cell]:
    """Parts of these options, and the options that say who calls and where the service is."""
    role = {"role_arn": world.arn(world.meant), "account_id": world.meant.account_id, "role_name": "Access"}
    wrong: dict[str, Any] = {"null": None, "none": "{{ none }}", "omitted": OMITTED, "undefined": UNDEFINED, "empty": "",
                             "blank": " ", "wrong type": [1]}  # fmt: skip
    for kind, value in wrong.items():
        for part in role:
            whole = {part: value} if part == "role_arn" else {**role, part: value}
            if part != "role_arn":
                del whole["role_arn"]
            yield Cell(
                f"assume_role.{part} {kind}", "policy", {**MODULES["policy"], "assume_role": whole},
                traits=("policy", "option", part, kind),
            )  # fmt: skip
            entry = {"account_id": world.meant.account_id, "assume_role": whole}
            # The account is named beside the role.
            acts = part == "account_id" and kind == "omitted"
            yield Cell(
                f"accounts[].assume_role.{part} {kind}", "baseline", {**MODULES["baseline"], "accounts": [entry]},
                refused=not acts, traits=("baseline", "option", part, kind),
            )  # fmt: skip
        entry = {"account_id": value, "assume_role": {"role_name": "Access"}}
        yield Cell(f"accounts[].account_id {kind}", "baseline", {**MODULES["baseline"], "accounts": [entry]})
        entry = {"account_id": world.meant.account_id, "assume_role": value}
        yield Cell(f"accounts[].assume_role {kind}", "baseline", {**MODULES["baseline"], "accounts": [entry]})
        if kind in ("omitted", "wrong type"):
            continue  # omitted, they are not given, which is not to say where to act; a text can be made of [1]
        for name in ("access_key_id", "access_key_secret", "profile", "ram_endpoint", "sts_endpoint"):
            options: dict[str, Any] = {**MODULES["policy"], "assume_role": world.role(world.meant), name: value}
            if name == "access_key_id":
                options["access_key_secret"] = value
            if name == "access_key_secret":
                options["access_key_id"] = world.hub.access_key_id
            yield Cell(f"{name} {kind}", "policy", options)
    lost = {"profile": "hub", "access_key_id": world.hub.access_key_id}
    for name, value in lost.items():
        secret = {"access_key_secret": world.hub.access_key_secret} if name == "access_key_id" else {}
        yield Cell(
            f"{name} of module_defaults omitted", "policy",
            {**MODULES["policy"], name: OMITTED, **dict.fromkeys(secret, OMITTED), "account_id": world.hub.account_id},
            message=name, keywords={"module_defaults": {GROUP: {name: value, **secret}}},
        )  # fmt: skip
    yield Cell(
        "account_id of module_defaults disagrees", "policy",
        {**MODULES["policy"], "account_id": world.hub.account_id}, message="module_defaults",
        keywords={"module_defaults": {GROUP: {"account_id": world.meant.account_id}}},
    )  # fmt: skip
    yield Cell(
        "accounts omitted beside the guard of module_defaults", "baseline",
        {**MODULES["baseline"], "accounts": OMITTED}, message="accounts",
        keywords={"module_defaults": {GROUP: {"account_id": world.hub.account_id}}},
    )  # fmt: skip
    yield Cell(
        "the guard of module_defaults omitted beside accounts", "baseline",
        {**MODULES["baseline"], "account_id": OMITTED, "accounts": [
            {"account_id": world.meant.account_id, "assume_role": {"role_name": "Access"}}]}, message="account_id",
        keywords={"module_defaults": {GROUP: {"account_id": world.other.account_id}}},
    )  # fmt: skip


def right_cells(world: World) -> Iterator[Cell]:
    """What says where to act in one way or another, and does: without these, a test could pass by refusing all."""
    role, arn = world.role(world.meant), {"role_arn": world.arn(world.meant)}
    policy = MODULES["policy"]
    for name, options, keywords in (
        ("by its role", {**policy, "assume_role": role}, {}),
        ("by its role and account", {**policy, "assume_role": arn, "account_id": world.meant.account_id}, {}),
        ("account omitted beside a role", {**policy, "assume_role": role, "account_id": OMITTED}, {}),
        ("by module_defaults", policy, {"module_defaults": {GROUP: {"assume_role": role}}}),
        ("account omitted beside a role of module_defaults", {**policy, "account_id": OMITTED},
         {"module_defaults": {GROUP: {"assume_role": role}}}),
    ):  # fmt: skip
        yield Cell(f"right {name}", "policy", options, refused=False, keywords=keywords)
    entry = {"account_id": world.meant.account_id, "assume_role": {"role_name": "Access"}}
    yield Cell("right fleet", "baseline", {**MODULES["baseline"], "accounts": [entry]}, refused=False)
    yield Cell("right entry by its role alone", "baseline",
               {**MODULES["baseline"], "accounts": [{"account_id": OMITTED, "assume_role": arn}]}, refused=False)  # fmt: skip


def try_cells(world: World, playbook: Any, cells: list[Cell], *ways: str) -> None:
    tasks = [cell.task(way) for cell in cells for way in ways]
    variables = {name: value for cell in cells for name, value in cell.variables.items()}
    extra = {name: value for cell in cells for name, value in cell.extra.items()}
    play = {"hosts": "all", "gather_facts": False, "module_defaults": {}, "tasks": tasks}
    run = playbook(
        [play],
        "-e",
        json.dumps(extra),
        inventory={"all": {"hosts": {"localhost": variables}}},
        environment={**world.environment, "ANSIBLE_PIPELINING": "true"},
        measured=True,
    )
    check_results(world, run, cells, ways)


def check_results(world: World, run: Any, cells: list[Cell], ways: tuple[str, ...]) -> None:
    results = {item["task"]: item for item in run.results}
    for cell, way in itertools.product(cells, ways):
        item = results[f"{way}: {cell.name}"]
        assert (item["outcome"] == "failed") == cell.refused, (item, run.output if len(cells) == 1 else "")
        if cell.refused:
            assert not item["result"].get("changed") and cell.message in item["result"]["msg"], item
    COUNT[cells[0].name] = len(cells) * len(ways)
    world.check_log()


def test_every_module_and_source(world: World, playbook: Any) -> None:
    modules = share(target_cells(world, sorted(MODULES), ["option"]), PAIRS)
    sources = share(target_cells(world, ["policy", "baseline"], SOURCES), PAIRS)
    try_cells(world, playbook, [*modules, *sources], "inside")


def test_parts_and_callers(world: World, playbook: Any) -> None:
    try_cells(world, playbook, [*share(part_cells(world), PAIRS), *right_cells(world)], "inside")
    assert "cell" in json.dumps(world.meant.state["policies"])


def test_ordinary_modules(world: World, playbook: Any) -> None:
    """Each takes half a second, but for those whose value is lost before the way is chosen."""
    found = list(target_cells(world, ["policy", "baseline"], ["option", *SOURCES]))
    lost = [cell for cell in found if cell.traits[-1] in ("omitted", "undefined")]
    cells = [*share((cell for cell in found if cell not in lost), EACH), *share(lost, EACH)]
    right = [cell for cell in right_cells(world) if THOROUGH or cell.name in ("right by its role", "right fleet")]
    try_cells(world, playbook, [*cells, *right], "outside")
    assert "cell" in json.dumps(world.meant.state["policies"])


ENVIRONMENT = {
    "empty keys": {"ALIBABA_CLOUD_ACCESS_KEY_ID": "", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""},
    "empty profile": {"ALIBABA_CLOUD_PROFILE": ""},
    "a profile that is not there": {"ALIBABA_CLOUD_ACCESS_KEY_ID": "", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "",
                                    "ALIBABA_CLOUD_PROFILE": "misspelt"},
    "half a key": {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""},
}  # fmt: skip


def test_the_environment_and_profiles(world: World, playbook: Any) -> None:
    """An empty variable counts as not set; what is not set, or not there, is never somebody else's."""
    tasks = []
    for name in ENVIRONMENT:
        tasks.append({"name": name, "alicloud.ram.policy": {**MODULES["policy"], "account_id": world.meant.account_id},
                      "environment": ENVIRONMENT[name], "ignore_errors": True})  # fmt: skip
    for name in ("", " ", "misspelt", None):
        tasks.append({"name": f"profile {name!r}", "alicloud.ram.policy": {**MODULES["policy"], "profile": name},
                      "ignore_errors": True})  # fmt: skip
    play = {"hosts": "all", "gather_facts": False, "module_defaults": {}, "tasks": tasks}
    run = playbook([play], environment=world.environment, measured=True)
    for task in tasks:
        (item,) = [found for found in run.results if found["task"] == task["name"]]
        assert item["outcome"] == "failed" and not item["result"].get("changed"), item
    world.check_log(meant=False)


# The role


def test_the_role(world: World, playbook: Any) -> None:
    """Each host is a try: ``target`` is the variable of the role that gets its value."""
    hosts, refused = {}, set()
    for target in ("account_id", "accounts"):
        for kind, value in values(world, target).items():
            name = f"{target}-{kind.replace(' ', '-')}"
            hosts[name] = {"target": target, "value": value}
            refused.add(name)
    entry = {"account_id": world.meant.account_id, "assume_role": {"role_name": "Access"}}
    hosts["right-accounts"] = {"target": "accounts", "value": [entry]}

    def include(target: str, defaults: dict[str, Any]) -> dict[str, Any]:
        role = {
            "name": target,
            "ansible.builtin.include_role": {"name": "alicloud.ram.acr_vpc_access"},
            "vars": {f"acr_vpc_access_{target}": "{{ value }}", "acr_vpc_access_users": ["u"]},
        }
        acted = {"name": "acted", "ansible.builtin.debug": {"msg": "acted"}}
        return {"block": [role, acted], "rescue": [{"name": "refused", "ansible.builtin.debug": {"msg": "refused"}}],
                "when": f"target == '{target}'", "module_defaults": defaults}  # fmt: skip

    tasks = [include(target, {}) for target in ("account_id", "accounts")]
    play = {"hosts": "all", "gather_facts": False, "module_defaults": {}, "tasks": tasks}
    inventory = {"all": {"hosts": hosts}}
    run = playbook([play], inventory=inventory, environment={**world.environment, "ANSIBLE_FORKS": "10"}).succeeded()
    ended = {item["host"]: item["task"] for item in run.results if item["task"] in ("acted", "refused")
             and item["outcome"] == "ok"}  # fmt: skip
    assert ended == {name: "refused" if name in refused else "acted" for name in hosts}, run.output
    COUNT["role"] = len(hosts)
    world.check_log()


def test_the_role_with_lost_credentials_of_module_defaults(world: World, playbook: Any) -> None:
    """Without a variable that names the account, it is that of the credentials; which somebody else said to be another."""
    role = {"name": "role", "ansible.builtin.include_role": {"name": "alicloud.ram.acr_vpc_access"}}
    acted = {"name": "acted", "ansible.builtin.debug": {"msg": "acted"}}
    refused = {"name": "refused", "ansible.builtin.debug": {"msg": "{{ ansible_failed_result.msg }}"}}
    block = {"block": [role, acted], "rescue": [refused]}
    kinds = ("null", "none", "omitted", "empty")
    plays = [
        {"hosts": "all", "gather_facts": False, "tasks": [block],
         "module_defaults": {GROUP: {"assume_role": values(world, "assume_role")[kind]}}}
        for kind in kinds
    ]  # fmt: skip
    run = playbook(plays, environment=world.environment).succeeded()
    messages = [item["result"]["msg"] for item in run.results if item["task"] == "refused"]
    assert len(messages) == len(kinds) and all("assume_role" in text for text in messages), run.output
    assert not [item for item in run.results if item["task"] == "acted"]
    world.check_log(meant=False)


# The playbooks


def host_variables(world: World) -> dict[str, dict[str, Any]]:
    hosts: dict[str, dict[str, Any]] = {"absent": {}}
    for variable, option in (("alicloud_account_id", "account_id"), ("alicloud_assume_role", "assume_role")):
        for kind, value in values(world, option).items():
            beside = (
                {"alicloud_account_id": world.meant.account_id} if (option, kind) == ("assume_role", "other") else {}
            )
            hosts[f"{option}-{kind.replace(' ', '-')}"] = {**beside, variable: value}
    for part, kind in itertools.product(("account_id", "role_name"), ("null", "none", "empty", "undefined")):
        role = world.role(world.meant, **{part: values(world, "account_id")[kind]})
        hosts[f"role-{part}-{kind}"] = {"alicloud_assume_role": role}
    return hosts


@pytest.mark.parametrize("name", ["setup", "teardown", "audit"])
def test_playbooks(name: str, world: World, playbook: Any) -> None:
    done = {"setup": "ok", "teardown": "ok", "audit": "drift"}
    hosts = host_variables(world)
    if not THOROUGH and name != "setup":  # the others check as it does, so each takes every second
        hosts = dict(list(hosts.items())[name == "audit" :: 2])
    right = {"alicloud_assume_role": world.role(world.meant), "acr_vpc_access_users": ["u"]}
    inventory = {"alicloud_accounts": {"hosts": {**hosts, "right": right}}}
    environment = {**world.environment, "ANSIBLE_FORKS": "10"}
    run = playbook(f"alicloud.ram.acr_{name}", inventory=inventory, environment=environment)
    assert run.status == 2
    world.check_log()
    accounts = run.of("Work on all accounts of the batch")["accounts"]
    assert {one["name"]: one["status"] for one in accounts} == {**dict.fromkeys(hosts, "failed"), "right": done[name]}
    # Each of them fails with its own message, and no other host does.
    told = {item["host"]: item["result"]["msg"] for item in run.results if item["outcome"] == "failed"}
    assert set(told) == {one["name"] for one in accounts if one["status"] != "ok"}
    assert all(told[one["name"]] == one["msg"] for one in accounts if one["status"] != "ok")
    COUNT[f"playbook {name}"] = len(hosts) + 1


EXTRA = ("null", "none", "omitted", "empty", "wrong type", "other", "hub")


def extra_values(world: World) -> dict[str, Any]:
    return {kind: {**values(world, "account_id"), "hub": world.hub.account_id}[kind] for kind in EXTRA}


def check_disagreement(world: World, playbook: Any, extra: dict[str, Any], hosts: dict[str, dict[str, Any]]) -> None:
    """Each host is tried with its account named by ``alicloud_account_id``, and by its role."""
    by_account = {"alicloud_account_id": world.meant.account_id, "acr_vpc_access_users": ["u"]}
    by_role = {"alicloud_assume_role": world.role(world.meant), "acr_vpc_access_users": ["u"]}
    tried = {f"{name}-{way}": {**variables, **more} for name, variables in hosts.items()
             for way, more in (("by-account", by_account), ("by-role", by_role))}  # fmt: skip
    inventory = {"alicloud_accounts": {"hosts": tried}}
    environment = {**world.environment, "ANSIBLE_FORKS": "10"}
    run = playbook("alicloud.ram.acr_setup", "-e", json.dumps(extra), inventory=inventory, environment=environment)
    assert run.status == 2
    messages = {item["host"]: item["result"]["msg"] for item in run.results if item["outcome"] == "failed"}
    assert set(messages) == set(tried) and all("acr_vpc_access_account" in text for text in messages.values()), (
        run.output
    )
    assert world.log() == []


@pytest.mark.parametrize("kind", [*(EXTRA if THOROUGH else ("null",)), "accounts"])
def test_an_extra_variable_that_disagrees_with_the_host(kind: str, world: World, playbook: Any) -> None:
    if kind == "accounts":
        extra: dict[str, Any] = {"acr_vpc_access_accounts": [{"account_id": world.hub.account_id}]}
    else:
        extra = {"acr_vpc_access_account_id": extra_values(world)[kind]}
    check_disagreement(world, playbook, extra, {"host": {}})


def test_an_extra_variable_that_is_a_template_and_disagrees_with_the_host(world: World, playbook: Any) -> None:
    hosts = {kind.replace(" ", "-"): {"value": value} for kind, value in extra_values(world).items()}
    check_disagreement(world, playbook, {"acr_vpc_access_account_id": "{{ value }}"}, hosts)


def test_two_hosts_with_different_credentials(
    world: World, playbook: Any, account: Any, tmp_path: pathlib.Path
) -> None:
    """What belongs to a host is done with its own profile, and nothing of it with that of the other."""
    accounts = {name: account(users=[{"name": "u"}]) for name in ("first", "second")}
    profiles = [{"name": name, "mode": "AK", "access_key_id": there.access_key_id,
                 "access_key_secret": there.access_key_secret} for name, there in accounts.items()]  # fmt: skip
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun/config.json").write_text(json.dumps({"current": "first", "profiles": profiles}))
    hosts = {name: {"alicloud_account_id": there.account_id, "alicloud_profile": name, "acr_vpc_access_users": ["u"]}
             for name, there in accounts.items()}  # fmt: skip
    world.log()
    for name in ("setup", "teardown") if THOROUGH else ("setup",):
        playbook(f"alicloud.ram.acr_{name}", inventory={"alicloud_accounts": {"hosts": hosts}},
                 environment={"HOME": str(tmp_path)}).succeeded()  # fmt: skip
    crossed = {
        name: {**host, "alicloud_profile": "second" if name == "first" else "first"} for name, host in hosts.items()
    }
    writes = {name: there.writes() for name, there in accounts.items()}
    assert writes["first"] == writes["second"] and "CreatePolicy" in writes["first"]
    run = playbook("alicloud.ram.acr_setup", inventory={"alicloud_accounts": {"hosts": crossed}},
                   environment={"HOME": str(tmp_path)})  # fmt: skip
    assert run.status == 2
    for there in accounts.values():
        assert set(there.calls()) <= TELLING


# The inventory


def test_inventory_files(world: World, playbook: Any, tmp_path: pathlib.Path) -> None:
    """Each file is a try; Ansible goes on without those that it cannot read."""
    wrong: dict[str, Any] = {"null": None, "none": "{{ none }}", "empty": "", "blank": " ", "wrong type": ["x"]}
    sources = []
    for option, kind in itertools.product(
        ("account_id", "assume_role", "access_key_id", "access_key_secret", "profile", "resourcemanager_endpoint",
         "assume_role.role_arn", "folders", "tags", "only_accounts", "exclude_accounts", "statuses"), wrong,
    ):  # fmt: skip
        if option in ("folders", "tags", "only_accounts", "exclude_accounts", "statuses") and kind != "null":
            continue
        outer, _dot, inner = option.partition(".")
        value = {inner: wrong[kind]} if inner else wrong[kind]
        content = {"plugin": "alicloud.ram.resource_directory", outer: value, "group": f"g{len(sources)}"}
        path = tmp_path / f"{option}-{kind}.resource_directory.yml".replace(" ", "-")
        path.write_text(json.dumps(content))
        sources.append(path)
    options = [part for path in sources for part in ("-i", str(path))]
    play = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [{"name": "look", "ansible.builtin.debug": {"var": "groups"}}],
    }
    run = playbook([play], *options, environment=world.environment)
    groups = next(item["result"]["groups"] for item in run.results if item["task"] == "look")
    assert not any(groups.get(f"g{number}") for number in range(len(sources))), run.output
    shown = "".join(run.output.split())  # Ansible wraps its warnings
    for path in sources:
        assert path.name in shown
    COUNT["inventory"] = len(sources)
    world.check_log(meant=False)


@pytest.fixture(scope="module", autouse=True)
def _counted(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    print(f"\nwrong accounts: {sum(COUNT.values())} combinations tried in this process: {COUNT}")
