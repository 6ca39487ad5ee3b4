# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks run inside Ansible's worker only where that comes to the same, and then with the same result.

Which way a task went is told by the files that Ansible leaves of ordinary modules when asked to keep them: they hold the
arguments, so each task's own marker.
"""

from __future__ import annotations

import datetime
import getpass
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import Settings
from ansible_collections.alicloud.ram.plugins.module_utils._engine.module import info_module
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process
from ansible_collections.alicloud.ram.tests.lib.accounts import Account
from ansible_collections.alicloud.ram.tests.lib.amounts import amount
from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE
from ansible_collections.alicloud.ram.tests.lib.playbooks import Playbooks, Run
from ansible_collections.alicloud.ram.tests.lib.servers import Authority

SECRET = "a-canary-that-must-not-be-shown"
READ = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["oss:Get*", "oss:List*"], "Resource": "*"}]}
TRUST = {
    "Version": "1",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["ecs.aliyuncs.com"]}}],
}
HELD = [{"name": "held", "type": "Custom"}]
SEED = {
    "policies": [{"name": "held", "document": READ, "description": "{{ 7 * 7 }}"}],
    "users": [{"name": "alice"}, {"name": "bob", "policies": HELD}],
    "groups": [{"name": "ops"}],
    "roles": [{"name": "ci", "trust_policy": TRUST}],
}

Tasks = list[tuple[str, dict[str, Any], dict[str, Any]]]
CHECK, DIFF = {"check_mode": True}, {"diff": True}
# An ordinary module takes a second, so only these modules go through all states in every run of the tests, the
# others through a change or a look.
IN_FULL = ("baseline", "policy", "policy_info")
SHARE = ("present", "there")


def manage(present: dict[str, Any], absent: dict[str, Any], failing: dict[str, Any]) -> Tasks:
    """Name, options and keywords of tasks that take a resource through its states."""
    return [
        ("present, predicted", present, {**CHECK, **DIFF}),
        ("present", present, DIFF),
        ("present already", present, {}),
        ("absent, predicted", absent, {**CHECK, **DIFF}),
        ("absent", absent, {}),
        ("failing", failing, DIFF),
        ("not an option", {**present, "colour": "blue"}, {}),
    ]


def inform(there: dict[str, Any], missing: dict[str, Any]) -> Tasks:
    return [
        ("there", there, DIFF),
        ("missing", missing, CHECK),
        ("not an option", {**there, "colour": "blue"}, {}),
    ]


def share_of(tasks: Tasks) -> Tasks:
    return amount([task for task in tasks if task[0] in SHARE], tasks)


def principal(kind: str, name: str) -> Tasks:
    policies = [{"name": "held"}, {"name": "ReadOnlyAccess", "type": "System"}]
    options = {f"{kind}_name": name, "policies": policies}
    return manage(options, {**options, "state": "absent"}, {**options, f"{kind}_name": "nobody"})


DATED = {**READ, "Statement": [{**READ["Statement"][0], "Condition": {
    "DateLessThan": {"acs:CurrentTime": datetime.datetime(2030, 1, 2, 3, 4, 5)}}}]}  # fmt: skip
BASELINE = {
    "service_linked_roles": [{"service_name": SERVICE}],
    "policies": [{"name": "p", "document": READ}],
    "user_policies": [{"user_name": "alice", "policies": [{"name": "p"}], "exclusive": True}],
}
GONE = {
    "service_linked_roles": [{"service_name": SERVICE, "state": "absent"}],
    "policies": [{"name": "p", "state": "absent"}],
    "user_policies": [{"user_name": "alice", "policies": [{"name": "p"}], "state": "absent"}],
}
MISSING_USER = {
    "policies": BASELINE["policies"],
    "user_policies": [{"user_name": "nobody", "policies": [{"name": "p"}]}],
}
FLEET = {**BASELINE, "accounts": [{"account_id": "{{ account_id }}"}, {"account_id": "1", "name": "other"}]}
ODD: Tasks = [  # what Ansible and the module make of unusual arguments
    ("keys and values that are no texts", {"name": "p1", "document": READ, "tags": {1: 2, 2.5: True}}, DIFF),
    ("dates", {"name": "p2", "document": DATED}, DIFF),
    ("texts like templates", {"name": "p4", "document": READ, "description": "{% raw %}{{ 7 * 7 }}{% endraw %}"}, {}),
    ("a secret that comes back", {"name": "p5", "document": READ, "description": f"of {SECRET}",
                                  "proxy": SECRET}, CHECK),
    ("a secret in a failure", {"name": SECRET * 9, "document": READ, "assume_role": {
        "role_arn": "acs:ram::1:role/r", "external_id": SECRET}}, {}),
    ("a warning", {"name": "held", "document": READ, "validate_certs": False}, {}),
    ("a path from the home", {"name": "held", "document": READ, "ca_bundle": "~/nowhere.pem"}, {}),
    ("a relative path", {"name": "held", "document": READ, "ca_bundle": "nowhere.pem"}, {}),
    ("numbers as text", {"name": "held", "document": READ, "read_timeout": "20", "retry_timeout": "soon"}, {}),
    ("not a choice", {"name": "held", "document": READ, "state": "gone"}, {}),
    ("not a boolean", {"name": "held", "document": READ, "detach": "perhaps"}, {}),
    ("a required option", {"document": READ}, {}),
    ("several not options", {"name": "held", "shade": 1, "colour": {"hue": 1}}, CHECK),
    ("options that exclude each other", {"name": "held", "document": READ, "profile": "p"}, {}),
    ("options that belong together", {"name": "held", "document": READ, "access_key_secret": "{{ omit }}"}, {}),
    ("not a suboption", {"name": "held", "document": READ, "assume_role": {"role": "r"}}, {}),
    ("suboptions that belong together", {"name": "held", "document": READ, "assume_role": {"account_id": "1"}}, {}),
    ("a suboption of a wrong type", {"name": "held", "document": READ, "assume_role": {
        "role_arn": "acs:ram::1:role/r", "duration_seconds": "long"}}, {}),
    ("no invocation", {"name": "held", "document": READ}, {"vars": {"ansible_inject_invocation": False}}),
    ("another account", {"name": "held", "document": READ, "account_id": "1"}, DIFF),
    ("attached", {"name": "held", "state": "absent"}, {}),
]  # fmt: skip

ASKED = {"actions": ["ram:GetRole"], "resources": ["acs:ram:*:${account_id}:role/ci"]}
CASES: dict[str, Tasks] = {
    "access_info": inform({"users": ["bob"], **ASKED}, {"users": ["nobody"], **ASKED}),
    "baseline": manage(BASELINE, GONE, MISSING_USER)
    + [("two accounts", FLEET, DIFF), ("predicted in two", FLEET, CHECK)],
    "baseline_info": inform(
        {"policies": [{"name": "held"}], "user_policies": [{"user_name": "bob"}]}, {"policies": []}
    ),
    "caller_identity_info": inform({}, {"account_id": "1"}),
    "group_policies": principal("group", "ops"),
    "group_policies_info": inform({"group_name": "ops"}, {"group_name": "nobody"}),
    "policy": manage(
        {"name": "p", "document": READ, "description": "Reads", "tags": {"team": "a"}},
        {"name": "p", "state": "absent"},
        {"name": "a_b", "document": READ},
    ),
    "policy_info": inform({"name": "held"}, {"name": "nobody"}),
    "role_policies": principal("role", "ci"),
    "role_policies_info": inform({"role_name": "ci"}, {"role_name": "nobody"}),
    "service_linked_role": manage(
        {"service_name": SERVICE, "verify": True},
        {"service_name": SERVICE, "state": "absent"},
        {"service_name": "nope.aliyuncs.com"},
    ),
    "service_linked_role_info": inform({"service_name": SERVICE}, {"service_name": "nope.aliyuncs.com"}),
    "user": manage(
        {"name": "carol", "display_name": "Carol"},
        {"name": "carol", "state": "absent"},
        {"name": "bob", "state": "absent"},
    ),
    "user_info": inform({"name": "bob"}, {"name": "nobody"}),
    "group": manage(
        {"name": "new", "members": ["alice"]},
        {"name": "new", "state": "absent", "detach": True},
        {"name": "x", "members": ["nobody"]},
    ),
    "group_info": inform({"name": "ops"}, {"name": "nobody"}),
    "role": manage({"name": "new", "trust_policy": TRUST}, {"name": "new", "state": "absent"}, {"name": "other"}),
    "role_info": inform({"name": "ci"}, {"name": "nobody"}),
    "user_policies": principal("user", "alice"),
    "user_policies_info": inform({"user_name": "bob"}, {"user_name": "nobody"}),
}


PIPELINED = {"ANSIBLE_PIPELINING": "true"}  # an ordinary module then is one command


class Ordinary:
    """What Ansible has left of ordinary modules."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        self.environment = {
            "ANSIBLE_KEEP_REMOTE_FILES": "true",
            "ANSIBLE_REMOTE_TEMP": str(directory),
            "ANSIBLE_ASYNC_DIR": str(directory / "async"),
        }

    def ran(self, *markers: str) -> dict[str, int]:
        """How many ordinary modules had each marker among their arguments."""
        texts = [path.read_text(encoding="utf-8") for path in self.directory.rglob("AnsiballZ_*.py")]
        return {marker: sum(marker in text for text in texts) for marker in markers}


@pytest.fixture(name="ordinary")
def _ordinary(tmp_path: pathlib.Path) -> Ordinary:
    return Ordinary(tmp_path / "ordinary")


def neutral(value: Any, there: Any) -> Any:
    """Without what differs between any two accounts, calls and runs."""
    text = json.dumps(value, indent=1, sort_keys=True)
    text = re.sub(r"/run\d+/", "/RUN/", text)  # the directory of a run, which is its home
    text = text.replace(there.account_id, "ACCOUNT").replace(there.access_key_id, "KEY")
    text = re.sub(r"\b[2-4]0{6}\d{11}\b", "NUMBER", text)  # the emulator's IDs of principals
    text = re.sub(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", "UUID", text, flags=re.IGNORECASE)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "DATE", text)
    return json.loads(text)


ALL_CASES = {
    **{module: (module, tasks if module in IN_FULL else share_of(tasks)) for module, tasks in CASES.items()},
    "odd arguments": ("policy", ODD),
}
WAYS = ("inside", "outside")


@dataclass
class OneWay:
    """A run of all cases in one way, each on a host and in an account of its own."""

    run: Run
    accounts: dict[str, Account]

    @staticmethod
    def host(case: str) -> str:
        return f"host.{case.replace(' ', '_')}"


@pytest.fixture(scope="module", name="both_ways")
def _both_ways(account: Any, playbooks: Playbooks) -> dict[str, OneWay]:
    def run(way: str) -> OneWay:
        accounts = {case: account(**SEED) for case in ALL_CASES}
        hosts = {
            OneWay.host(case): {"shared": there.options, "account_id": there.account_id}
            for case, there in accounts.items()
        }
        plays = [
            {
                "hosts": OneWay.host(case),
                "tasks": [
                    {"name": name, f"alicloud.ram.{module}": options, "ignore_errors": True, **keywords}
                    for name, options, keywords in tasks
                ],
            }
            for case, (module, tasks) in ALL_CASES.items()
        ]
        result = playbooks.run(
            plays,
            "-vvvv",
            account=accounts["policy"],
            inventory={"all": {"hosts": hosts, "vars": {"alicloud_ram_inside_worker": way == "inside"}}},
            environment={
                **PIPELINED,
                "PYTHONHASHSEED": "0",  # some of Ansible's messages show sets
            },
            # What an ordinary module executes is a copy, which is never part of the coverage.
            measured=way == "inside",
        )
        return OneWay(result, accounts)

    return {way: run(way) for way in WAYS}


@pytest.mark.xdist_group("both_ways")
@pytest.mark.parametrize("case", ALL_CASES)
def test_the_same_both_ways(case: str, both_ways: dict[str, OneWay]) -> None:
    tasks = ALL_CASES[case][1]
    there = {way: one.accounts[case] for way, one in both_ways.items()}
    results = {way: one.run.on(one.host(case)).results for way, one in both_ways.items()}
    for name, _options, _keywords in tasks:
        inside, outside = (
            [neutral([item["outcome"], item["result"]], there[way]) for item in results[way] if item["task"] == name]
            for way in WAYS
        )
        assert len(inside) == 1 and inside == outside, name
    assert neutral(there["inside"].state, there["inside"]) == neutral(there["outside"].state, there["outside"])
    assert sorted(there["inside"].calls()) == sorted(there["outside"].calls())
    for one in both_ways.values():
        shown = one.run.output + json.dumps(one.run.results)
        for secret in (SECRET, *(key.access_key_secret for key in there.values())):
            assert secret not in shown
    commands = {way: one.run.stdout.count(f"<{one.host(case)}> EXEC ") for way, one in both_ways.items()}
    assert commands == {"inside": 0, "outside": len(tasks)}


@pytest.mark.xdist_group("both_ways")
@pytest.mark.parametrize("way", WAYS)
def test_no_traceback_is_shown(way: str, both_ways: dict[str, OneWay]) -> None:
    run = both_ways[way].run
    assert "Traceback" not in run.output + json.dumps(run.results)


def look(name: str, /, **options: Any) -> dict[str, Any]:
    """A task that looks for a policy of that name, which is its marker."""
    return {"name": name, "alicloud.ram.policy_info": {"name": marker(name), **options}}


def marker(name: str) -> str:
    return "way-" + name.replace(" ", "-")


CONNECTION = '''
from __future__ import annotations
from ansible.plugins.connection.local import Connection as Local
DOCUMENTATION = """
name: {name}
short_description: Runs commands here
description: [Runs commands here.]
author: [test]
extends_documentation_fragment: [connection_pipelining]
"""
class Connection(Local):
    transport = "{transport}"
'''


def ways(tmp_path: pathlib.Path) -> tuple[dict[str, Any], list[dict[str, Any]], set[str]]:
    """Hosts, plays, and the names of the tasks that are to run inside the worker; all others are not."""
    python = sys.executable
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\nexec {python} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    shell = tmp_path / "shell"
    shell.symlink_to("/bin/sh")
    # Connections of one's own; the second calls itself local.
    for name, transport in (("elsewhere", "elsewhere"), ("nearly", "local")):
        path = tmp_path / "connections" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(CONNECTION.format(name=name, transport=transport), encoding="utf-8")
    hosts = {
        "here": {},
        "wrapped": {"ansible_python_interpreter": str(wrapper)},
        "elsewhere": {"ansible_connection": "elsewhere"},
        "nearly": {"ansible_connection": "nearly"},
        "full": {"ansible_connection": "ansible.builtin.local"},
        "keyword": {"ansible_connection": None},
        "configured": {"ansible_python_interpreter": None},
        "off": {"alicloud_ram_inside_worker": False},
        "sudo": {"ansible_become": True},
    }
    shared = {
        "ansible_become_user": getpass.getuser(),  # whom Ansible becomes without sudo
        "python_here": "{{ ansible_playbook_python }}",
        "nothing": {},
        "something": {"ANY": "thing"},
        "arguments": {"name": marker("arguments from a variable")},
        "yes": True,
    }
    inside = [
        look("plain"),
        {**look("python by template"), "vars": {"ansible_python_interpreter": "{{ python_here }}"}},
        {**look("on"), "vars": {"alicloud_ram_inside_worker": "{{ yes }}"}},
        {**look("environment is empty"), "environment": {}},
        {**look("environment is empty by template"), "environment": "{{ nothing }}"},
        {**look("no async"), "async": 0},
        {**look("no become"), "become": False},
        {**look("delegated to the full name"), "delegate_to": "full"},
        {**look("delegated by template"), "delegate_to": "{{ 'full' if yes else 'elsewhere' }}"},
        {**look("delegated to a new host"), "delegate_to": "127.0.0.1", "vars": {"ansible_python_interpreter": python}},
        {**look("loop"), "loop": [1, 2]},
        {**look("until"), "until": "tries.attempts | default(1) > 1", "retries": 3, "delay": 0, "register": "tries"},
        {**look("in time"), "timeout": 60},
        {**look("kept secret"), "no_log": True},
        {**look("once"), "run_once": True},
        {"name": "action", "action": f"alicloud.ram.policy_info name={marker('action')}"},
        {"name": "local action", "local_action": f"alicloud.ram.policy_info name={marker('local action')}"},
        {"name": "free form", "alicloud.ram.policy_info": f"name={marker('free form')}"},
        {"name": "args", "alicloud.ram.policy_info": None, "args": {"name": marker("args")}},
        {"name": "arguments from a variable", "alicloud.ram.policy_info": {"account_id": "{{ account_id }}"},
         "args": "{{ arguments }}"},
        {**look("notifies"), "changed_when": True, "notify": "handler"},
        {"name": "block", "block": [look("in a block")], "environment": {}},
    ]  # fmt: skip
    outside = [
        {**look("python by its other name"), "vars": {"ansible_python_interpreter": str(wrapper)}},
        {**look("off by variable"), "vars": {"alicloud_ram_inside_worker": False}},
        {**look("off by template"), "vars": {"alicloud_ram_inside_worker": "{{ not yes }}"}},
        {**look("off perhaps"), "vars": {"alicloud_ram_inside_worker": "perhaps"}},
        {**look("off undefined"), "vars": {"alicloud_ram_inside_worker": "{{ no_such_variable }}"}},
        {**look("environment"), "environment": {"ANY": "thing"}},
        {**look("environment by template"), "environment": "{{ something }}"},
        {"name": "block", "block": [look("environment of a block")], "environment": [{}, {"ANY": "thing"}]},
        {**look("async waited for"), "async": 60, "poll": 1},
        {**look("async"), "async": 60, "poll": 0, "register": "job"},
        {"name": "fetched", "ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"}, "register": "fetch",
         "until": "fetch is finished", "retries": 60, "delay": 1},
        {**look("become"), "become": True},
        {**look("shell"), "vars": {"ansible_shell_executable": str(shell)}},
        {**look("delegated to another python"), "delegate_to": "wrapped"},
        {**look("delegated elsewhere"), "delegate_to": "elsewhere"},
        {**look("delegated to who is off"), "delegate_to": "off"},
        {**look("delegated to who becomes"), "delegate_to": "sudo"},
    ]  # fmt: skip
    plays: list[dict[str, Any]] = [
        {"hosts": "here", "tasks": inside + outside, "handlers": [look("handler")]},
        {"hosts": "localhost", "tasks": [look("implicit localhost")]},
        {"hosts": "full", "tasks": [look("local by its full name")]},
        {"hosts": "keyword", "connection": "local", "tasks": [look("local by keyword")]},
        {"hosts": "configured", "tasks": [look("python of the configuration")]},
        {"hosts": "here", "strategy": "free", "tasks": [look("free")]},
        {"hosts": "here", "collections": ["alicloud.ram"], "tasks": [
            {"name": "short name", "policy_info": {"name": marker("short name")}}]},
        {"hosts": "here", "module_defaults": {"alicloud.ram.policy_info": {
            name: f"{{{{ shared.{name} }}}}" for name in ("access_key_id", "access_key_secret")}},
         "tasks": [look("defaults of one module")]},
        {"hosts": "elsewhere", "tasks": [
            look("another connection"), {**look("delegated back"), "delegate_to": "here"},
            {**look("delegated to localhost"), "delegate_to": "localhost"}]},
        {"hosts": "nearly", "tasks": [look("another connection that calls itself local")]},
        {"hosts": "off", "tasks": [look("off for a host"), {**look("off and delegated"), "delegate_to": "here"}]},
        {"hosts": "sudo", "tasks": [look("become of the host")]},
        {"hosts": "here", "become": True, "tasks": [look("become of the play")]},
        {"hosts": "here", "environment": {"ANY": "thing"}, "tasks": [
            look("environment of the play"), {**look("environment of the play kept"), "environment": {}}]},
    ]  # fmt: skip
    names = {str(task["name"]) for task in inside} - {"block"} | {
        "in a block", "handler", "implicit localhost", "local by its full name", "local by keyword", "free", "short name",
        "python of the configuration", "defaults of one module", "delegated back", "delegated to localhost",
    }  # fmt: skip
    return {"all": {"hosts": hosts, "vars": shared}}, plays, names


def test_the_way(account: Any, playbook: Any, ordinary: Ordinary, tmp_path: pathlib.Path) -> None:
    inventory, plays, inside = ways(tmp_path)
    environment = {
        **ordinary.environment,
        "ANSIBLE_CONNECTION_PLUGINS": str(tmp_path / "connections"),
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
    }
    there = account()
    options = ("-e", f"account_id={there.account_id}")
    run = playbook(plays, *options, account=there, inventory=inventory, environment=environment).succeeded()
    names = {item["task"] for item in run.results} - {"fetched"}
    assert inside < names
    ran = ordinary.ran(*(f'"{marker(name)}"' for name in names))
    assert {name for name in names if not ran[f'"{marker(name)}"']} == inside


@pytest.mark.parametrize("case", ["bash", "bash with a file", "another shell", "another shell for all but this task"])
def test_a_shell_that_may_do_more(
    case: str, account: Any, playbook: Any, ordinary: Ordinary, tmp_path: pathlib.Path
) -> None:
    """Credentials that a shell sets at its start, if it does, are those that are used."""
    ours, theirs = account(), account()
    setting = "".join(f"export {name}={value}\n" for name, value in keys(theirs).items())
    (tmp_path / "start").write_text(setting, encoding="utf-8")
    shell = tmp_path / "shell"
    shell.write_text(f'#!/bin/sh\n{setting}exec /bin/sh "$@"\n', encoding="utf-8")
    shell.chmod(0o755)
    environment = {
        **keys(ours),
        "ANSIBLE_EXECUTABLE": "/bin/bash" if case.startswith("bash") else str(shell),
        **({"BASH_ENV": str(tmp_path / "start")} if case == "bash with a file" else {}),
    }
    plain = {"ansible_shell_executable": "/bin/sh"} if case.endswith("this task") else {}
    run = playbook([{**who("ask"), "vars": plain}], environment={**ordinary.environment, **environment}).succeeded()
    caller = ours if case == "bash" else theirs
    assert run.of("ask")["caller_identity"]["account_id"] == caller.account_id
    assert bool(list(ordinary.directory.rglob("AnsiballZ_*.py"))) is (case != "bash")


def keys(there: Any) -> dict[str, str]:
    return {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": there.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": there.access_key_secret,
    }


def who(name: str) -> dict[str, Any]:
    return {"name": name, "alicloud.ram.caller_identity_info": {}}


def test_credentials_of_a_tasks_environment(account: Any, playbook: Any) -> None:
    ours, theirs = account(), account()
    environment = keys(theirs)
    run = playbook(
        [
            {
                "hosts": "all",
                "tasks": [
                    who("no environment"),
                    {**who("task"), "environment": environment},
                    {"block": [who("block"), {**who("block kept"), "environment": {}}], "environment": environment},
                ],
            },
            {"hosts": "all", "environment": environment, "tasks": [who("play")]},
        ],
        environment=keys(ours),
    ).succeeded()
    accounts = {item["task"]: item["result"]["caller_identity"]["account_id"] for item in run.results}
    assert accounts.pop("no environment") == ours.account_id
    assert accounts == dict.fromkeys(["task", "block", "block kept", "play"], theirs.account_id)


def test_relative_paths_are_the_playbooks(account: Any, playbook: Any, emulator: Any, tmp_path: pathlib.Path) -> None:
    ours, theirs = account(), account()
    directory = tmp_path / "project" / "playbooks"
    directory.mkdir(parents=True)
    # ansible-playbook itself runs in another directory below tmp_path.
    for path, there in ((directory.parent, ours), (tmp_path, theirs)):
        profile = (
            f"type = access_key\naccess_key_id = {there.access_key_id}\naccess_key_secret = {there.access_key_secret}\n"
        )
        (path / "credentials.ini").write_text(f"[default]\n{profile}", encoding="utf-8")
    shutil.copy(emulator.ca_bundle, directory.parent / "ca.pem")
    shutil.copy(Authority().bundle, tmp_path / "ca.pem")
    for path in (directory.parent, tmp_path):
        os.utime(path / "ca.pem", (0, 0))  # so that neither time tells them apart
    tasks = [who("inside"), {**who("outside"), "vars": {"alicloud_ram_inside_worker": False}}]
    (directory / "play.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    environment = {"ALIBABA_CLOUD_CREDENTIALS_FILE": "../credentials.ini", "ALIBABA_CLOUD_CA_BUNDLE": "../ca.pem"}
    run = playbook(str(directory / "play.yml"), environment=environment).succeeded()
    for name in ("inside", "outside"):
        assert run.of(name)["caller_identity"]["account_id"] == ours.account_id


def test_a_loop_shares_a_session(account: Any, playbook: Any, emulator: Any) -> None:
    hub = account()
    trust = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"RAM": [f"acs:ram::{hub.account_id}:root"]}}]}  # fmt: skip
    admin = [{"name": "AdministratorAccess", "type": "System"}]
    there = account(roles=[{"name": "Access", "trust_policy": trust, "policies": admin}])
    role = {"assume_role": {"account_id": there.account_id, "role_name": "Access"}}
    run = playbook(
        [{**look("items", **role), "loop": [1, 2, 3]}], account=hub, environment={"ANSIBLE_STRATEGY": "free"}
    )
    assert len(run.succeeded().of("items")["results"]) == 3
    assert hub.calls() == ["AssumeRole"] and there.calls() == ["GetPolicy"] * 3


def test_many_accounts_share_connections(account: Any, emulator: Any) -> None:
    def sockets() -> int:
        return sum(os.readlink(entry.path).startswith("socket:") for entry in os.scandir("/proc/self/fd"))

    reach = {"ca_bundle": emulator.ca_bundle, "ram_endpoint": emulator.endpoint}
    work = info_module("policy")[1]({"name": "held", "type": "Custom"})
    with Process() as process:
        counts = []
        for dummy in range(20):
            there = account(**SEED)
            settings = Settings(access_key_id=there.access_key_id, access_key_secret=there.access_key_secret, **reach)
            result = process.run(settings, work, False)
            assert there.account_id in json.dumps(there.calls() and result | {"account": there.account_id})
            counts.append(sockets())
    assert counts[0] == counts[-1]


def test_texts_of_the_cloud_are_never_templates(account: Any, playbook: Any) -> None:
    tasks = [
        {"name": "look", "alicloud.ram.policy_info": {"name": "held"}, "register": "found"},
        {"name": "show", "ansible.builtin.debug": {"msg": "{{ found.policy.description }}"}},
        {"name": "pass on", "ansible.builtin.set_fact": {"kept": "{{ found.policy }}"}},
        {"name": "show again", "ansible.builtin.debug": {"msg": "{{ kept.description }}"}},
        {"name": "loop", "alicloud.ram.policy_info": {"name": "held"}, "loop": [1], "register": "loop",
         "until": "loop.policy.description is search('7')"},
        {"name": "show the loop", "ansible.builtin.debug": {"msg": "{{ loop.results[0].policy.description }}"}},
    ]  # fmt: skip
    hosts = {way: {"alicloud_ram_inside_worker": way == "inside"} for way in WAYS}
    run = playbook(tasks, "-vvv", account=account(**SEED), inventory={"all": {"hosts": hosts}}).succeeded()
    for way in WAYS:
        shown = {run.of(name, way)["msg"] for name in ("show", "show again", "show the loop")}
        assert shown == {"{{ 7 * 7 }}"}, way
        assert (f"<{way}> EXEC" in run.stdout) == (way == "outside")


def test_the_same_is_shown(account: Any, playbook: Any) -> None:
    """Which of the two ran is told by Ansible only: it calls a failure one of an action or of a module."""
    tasks = [
        {"name": "warns", "alicloud.ram.policy": {"name": "held", "document": READ, "validate_certs": False}},
        {"name": "changes", "alicloud.ram.policy": {"name": "p", "document": READ, "description": "{{ 7 }}"}},
        {"name": "loops", "alicloud.ram.policy": {"name": "{{ item }}", "document": READ}, "loop": ["q", "a_b"],
         "ignore_errors": True},
        {"name": "assumes", "alicloud.ram.policy": {"name": "held", "state": "absent"}, "check_mode": True},
        {"name": "hides", "alicloud.ram.policy": {"name": "held", "description": SECRET, "document": READ},
         "no_log": True},
        {"name": "hides a failure", "alicloud.ram.policy": {"name": SECRET * 9, "document": READ}, "no_log": True,
         "ignore_errors": True},
        {"name": "refuses", "alicloud.ram.user_policies": {"user_name": SECRET, "policies": [], "state": "gone"}},
    ]  # fmt: skip
    shown = {}
    for way in ("inside", "outside"):
        there = account(**SEED)
        inventory = {"all": {"hosts": {"localhost": {}}, "vars": {"alicloud_ram_inside_worker": way == "inside"}}}
        run = playbook(tasks, "-v", "--diff", account=there, inventory=inventory, environment=PIPELINED)
        assert run.status == 2 and run.results[-1]["task"] == "refuses"
        text = re.sub(r"/\S*/run\d+/", "", run.output).replace("Action failed", "Module failed")
        shown[way] = neutral(text, there)
    assert shown["inside"] == shown["outside"]
    assert shown["inside"].count("TLS verification is disabled") == 1


def test_a_task_that_takes_too_long(account: Any, playbook: Any, emulator: Any) -> None:
    there = account()
    rule = {"operation": "GetPolicy", "account_id": there.account_id, "fault": "latency", "seconds": 60, "count": 1}
    emulator.ask("rules", {"rules": [rule]})
    tasks = [
        {**look("too long"), "loop": [1, 2], "timeout": 2, "ignore_errors": True},
        look("next"),
    ]
    run = playbook(tasks, "-vvv", account=there).succeeded()
    first, second = run.of("too long")["results"]
    assert "policy" not in first and re.search("(?i)timed out|expected time", first["msg"])
    assert second["policy"] == {} == run.of("next")["policy"]
    assert there.calls() == ["GetPolicy"] * 3
    assert "EXEC" not in run.stdout and "Traceback" not in run.output


def test_secrets_of_a_vault(account: Any, playbook: Any, tmp_path: pathlib.Path) -> None:
    there = account()
    vault = VaultLib([("default", VaultSecret(b"password"))])
    encrypted = vault.encrypt(there.access_key_secret, VaultSecret(b"password")).decode()
    lines = "".join(f"  {line}\n" for line in encrypted.splitlines())
    text = f"vaulted: &vaulted !vault |\n{lines}arguments: {{name: way-args, access_key_secret: *vaulted}}\n"
    (tmp_path / "variables.yml").write_text(text, encoding="utf-8")
    (tmp_path / "password").write_text("password", encoding="utf-8")
    tasks = [
        look("text", access_key_secret="{{ vaulted }}"),
        {"name": "arguments", "alicloud.ram.policy_info": {"account_id": there.account_id}, "args": "{{ arguments }}"},
    ]
    run = playbook(
        [{**task, "name": f"{task['name']} {way}", "vars": {"alicloud_ram_inside_worker": way == "inside"}}
         for task in tasks for way in ("inside", "outside")],
        "-vvvv", "-e", f"@{tmp_path}/variables.yml", "--vault-password-file", str(tmp_path / "password"),
        account=there,
        defaults={"access_key_secret": "wrong"},
        environment=PIPELINED,
    ).succeeded()  # fmt: skip
    for name in ("text", "arguments"):
        assert run.of(f"{name} inside")["policy"] == {} == run.of(f"{name} outside")["policy"]
    assert run.stdout.count("EXEC ") == 2
    assert there.access_key_secret not in run.output + json.dumps(run.results)


def test_a_python_that_is_not_known_beforehand(account: Any, playbook: Any) -> None:
    pythons = {"unknown": "{{ no_such_variable }}", "sought": "auto_silent"}
    hosts = {
        f"{python}.{way}": {"alicloud_ram_inside_worker": way == "inside", "ansible_python_interpreter": template}
        for python, template in pythons.items()
        for way in WAYS
    }
    there = account()
    run = playbook([look("task")], account=there, inventory={"all": {"hosts": hosts}})
    for python in pythons:
        inside, outside = (neutral(run.of("task", f"{python}.{way}"), there) for way in WAYS)
        assert inside == outside, python
    assert "no_such_variable" in run.of("task", "unknown.inside")["msg"]
    assert "discovered_interpreter_python" in run.of("task", "sought.inside")["ansible_facts"]


def test_check_mode_of_a_play(account: Any, playbook: Any) -> None:
    there = account()
    task = {"name": "make", "alicloud.ram.policy": {"name": "p", "document": READ}}
    play = {"hosts": "all", "check_mode": True, "diff": True, "tasks": [task]}
    result = playbook([play], account=there).succeeded().of("make")
    assert result["changed"] and result["diff"]["before"] == {} and there.writes() == []


def test_without_the_sdk_in_the_worker(account: Any, playbook: Any, ordinary: Ordinary, tmp_path: pathlib.Path) -> None:
    """The ordinary module looks for itself."""
    there = account()
    hidden = tmp_path / "packages"
    hidden.mkdir()
    for path in pathlib.Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith("alibabacloud_ram"):
            (hidden / path.name).symlink_to(path)
    run = playbook(
        [look("task")],
        account=there,
        environment={**ordinary.environment, "PYTHONPATH": str(hidden)},
        command=[sys.executable, "-S", "-m", "ansible", "playbook"],
    ).succeeded()
    assert list(ordinary.ran(f'"{marker("task")}"').values()) == [1] and run.of("task")["policy"] == {}


def test_a_worker_whose_ansible_is_gone_stops(account: Any, playbook: Any, emulator: Any) -> None:
    there = account(**SEED)
    rule = {"operation": "CreatePolicy", "account_id": there.account_id, "fault": "latency", "seconds": 2, "count": 1}
    emulator.ask("rules", {"rules": [rule]})
    writes: list[str] = []

    def meanwhile(process: subprocess.Popen[str]) -> None:
        while not writes:
            time.sleep(0.1)
            assert process.poll() is None
            writes.extend(there.writes())
        (worker,) = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.kill()
        deadline = time.monotonic() + 60
        while os.path.exists(f"/proc/{worker}") and time.monotonic() < deadline:
            time.sleep(0.1)

    declared = {name: BASELINE[name] for name in ("policies", "user_policies")}
    run = playbook(
        [{"name": "declare", "alicloud.ram.baseline": declared}],
        "-vvv",
        account=there,
        meanwhile=meanwhile,
        measured=False,
    )
    assert run.status == -signal.SIGKILL and "EXEC" not in run.stdout
    assert writes == ["CreatePolicy"] and there.writes() == []
    assert "p" in there.state["policies"] and there.state["users"]["alice"]["policies"] == []
