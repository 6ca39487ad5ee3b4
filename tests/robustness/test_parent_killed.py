# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook killed with SIGKILL before a task's first call, in a write, and in its last reads.

No write begins without it, and all processes end. A run whose ansible-playbook lives is never stopped. THOROUGH=1 tries
all kinds of plays in both ways of running a module.
"""

from __future__ import annotations

import contextlib
import getpass
import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any

import pytest
import yaml

from ansible_collections.alicloud.ram.tests.lib import emulated
from ansible_collections.alicloud.ram.tests.lib.amounts import THOROUGH, amount
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, allow, trust_accounts
from ansible_collections.alicloud.ram.tests.lib.paths import BIN, CALLBACKS

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="looks at processes as Linux shows them")

HOSTS = ("one", "two", "three")
READ = allow("oss:Get*")
POLICY = {"name": "{{ inventory_hostname }}-{{ item | default(0) }}", "document": READ}
DECLARE: dict[str, Any] = {"name": "alicloud.ram.policy", "alicloud.ram.policy": POLICY}
FAIL = {"name": "fail", "ansible.builtin.fail": {}}

# Kinds of plays, by what they add to the play and to the task.
PLAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "linear": ({}, {}),
    "free": ({"strategy": "free"}, {}),
    "host_pinned": ({"strategy": "host_pinned"}, {}),
    "one fork": ({"serial": 1}, {}),
    "loop": ({}, {"loop": [1, 2, 3]}),
    "until": ({}, {"until": "again.attempts > 1", "register": "again", "retries": 3, "delay": 0}),
    "delegated": ({}, {"delegate_to": "localhost"}),
    "once": ({}, {"run_once": True}),
    "rescue": ({}, {}),
    "handler": ({}, {}),
    "become": ({}, {"become": True}),
    "environment": ({}, {"environment": {"ANY": "thing"}}),
}


def play(kind: str) -> list[dict[str, Any]]:
    more, keywords = PLAYS.get(kind, ({}, {}))
    task = {**DECLARE, **keywords}
    tasks: dict[str, Any] = {"tasks": [task]}
    if kind == "rescue":
        tasks = {"tasks": [{"block": [FAIL], "rescue": [task]}]}
    elif kind == "handler":
        notify = {"name": "notify", "ansible.builtin.command": "true", "notify": DECLARE["name"]}
        tasks = {"tasks": [notify], "handlers": [task]}
    return [{"hosts": "hosts", "gather_facts": False, **more, **tasks}]


# Where a module is when ansible-playbook is killed: the package that it is about to import.
IMPORTS = ("site", "ansible_collections.alicloud.ram.plugins.module_utils._task.run", "aiohttp")
KILLS_AT_IMPORT = """
import os, signal, sys
killed, wanted = os.environ.get("KILLED_PROCESS"), os.environ.get("KILLED_AT_IMPORT")
class Finder:
    def find_spec(name, path=None, target=None):
        if name == wanted:
            try:
                os.kill(int(killed), signal.SIGKILL)
            except ProcessLookupError:
                pass
if killed and wanted and any("AnsiballZ" in argument for argument in sys.orig_argv):
    sys.meta_path.insert(0, Finder)
    Finder.find_spec("site")
"""


class Playbook:
    """A run of ansible-playbook, or of another command with its options, in a directory of its own."""

    def __init__(self, directory: pathlib.Path, account: Any, plays: list[dict[str, Any]], inside: bool, **more: str):
        self.account, self.directory = account, directory
        directory.mkdir()
        (directory / "play.yml").write_text(json.dumps(plays), encoding="utf-8")
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "ansible_become_user": getpass.getuser(),  # whom Ansible becomes without sudo
            "alicloud_ram_inside_worker": inside,
        }
        hosts = {"hosts": {name: {} for name in HOSTS}}
        inventory = {"all": {"vars": variables, "hosts": {"localhost": {}}, "children": {"hosts": hosts}}}
        (directory / "inventory.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
        self.environment = {
            **emulated.clean_environment(directory),
            **account.emulator.environment,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": account.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": account.access_key_secret,
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "kills_itself",
            "ANSIBLE_LOAD_CALLBACK_PLUGINS": "true",
            "TASK_RESULTS": os.devnull,
            **more,
        }
        self.process: subprocess.Popen[str] | None = None

    def start(self, *command: str) -> Playbook:
        command = command or (str(BIN / "ansible-playbook"), "play.yml", "-i", "inventory.yml")
        with open(self.directory / "output", "w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                command,
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        return self

    @property
    def output(self) -> str:
        return (self.directory / "output").read_text(encoding="utf-8")

    def processes(self) -> list[int]:
        """What runs of it, however orphaned."""
        found, home = [], f"HOME={self.directory}\0".encode()
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdecimal() and home in (entry / "environ").read_bytes():
                    found.append(int(entry.name))  # a zombie has no environment
        return found

    def until_gone(self, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while left := self.processes():
            assert time.monotonic() < deadline, (
                self.output,
                [pathlib.Path(f"/proc/{pid}/wchan").read_text() for pid in left],
            )
            time.sleep(0.05)

    def kill(self) -> None:
        for pid in self.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


AD_HOC = json.dumps({"name": "{{ inventory_hostname }}", "document": READ})
FORKS = [("free", True), ("ad hoc", True), ("loop", False)]
if THOROUGH:
    FORKS = list(itertools.product([*PLAYS, "ad hoc"], (True, False)))


@pytest.fixture(name="start")
def _start(account: Any, tmp_path: pathlib.Path) -> Any:
    made: list[Playbook] = []

    def start(
        plays: list[dict[str, Any]], inside: bool, *command: str, there: Any = None, **environment: str
    ) -> Playbook:
        directory = tmp_path / f"run{len(made)}"
        made.append(Playbook(directory, there or account(), plays, inside, **environment))
        return made[-1].start(*command)

    yield start
    for playbook in made:
        playbook.kill()
        playbook.process.wait()


@pytest.mark.parametrize("kind, inside", FORKS)
def test_killed_as_it_has_forked(kind: str, inside: bool, start: Any) -> None:
    command = [str(BIN / "ansible"), "hosts", "-i", "inventory.yml", "-m", "alicloud.ram.policy", "-a", AD_HOC]
    run = start(play(kind), inside, *(command if kind == "ad hoc" else []), KILLED_TASK=DECLARE["name"])
    assert run.process.wait(60) == -signal.SIGKILL, run.output
    run.until_gone()
    assert run.account.writes() == []


@pytest.mark.parametrize("imported", amount(IMPORTS[1:2], IMPORTS))
def test_killed_while_a_module_starts(imported: str, start: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(KILLS_AT_IMPORT, encoding="utf-8")
    run = start(play("linear"), False, PYTHONPATH=str(tmp_path), KILLED_AT_IMPORT=imported)
    assert run.process.wait(60) == -signal.SIGKILL, run.output
    run.until_gone()
    assert run.account.writes() == []


LONG = allow("oss:Get*", resource=[f"acs:oss:*:*:{n:090}" for n in range(50)])
NAMES = [f"p{number}" for number in range(20)]
LAST_MOMENTS = [("last read", True), ("result", False), *amount([], [("last read", False), ("result", True)])]
LOOK = {"name": "look", "alicloud.ram.baseline_info": {"policies": [{"name": name} for name in NAMES]}}


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def blocked_in_a_pipe(pid: int) -> bool:
    return "pipe_write" in pathlib.Path(f"/proc/{pid}/wchan").read_text(encoding="ascii")


@pytest.mark.parametrize("moment, inside", LAST_MOMENTS)
def test_killed_in_the_last_reads(moment: str, inside: bool, start: Any, account: Any, emulator: Any) -> None:
    """The result is more than a pipe takes, and nobody reads it."""
    there = account(policies=[{"name": name, "document": LONG} for name in NAMES])
    stopped = {"KILLED_TASK": LOOK["name"], "KILLED_WITH": "SIGSTOP"} if moment == "result" else {}
    if not stopped:
        slow = {"operation": "GetPolicy", "account_id": there.account_id, "fault": "latency", "seconds": 1}
        emulator.ask("rules", {"rules": [slow]})
    run = start([{"hosts": "one", "gather_facts": False, "tasks": [LOOK]}], inside, there=there, **stopped)
    wait_for(run.account.calls)
    if stopped:
        wait_for(lambda: any(map(blocked_in_a_pipe, run.processes())))
    run.process.kill()
    run.process.wait()
    run.until_gone()


@pytest.mark.parametrize("inside", [True, False])
def test_killed_in_a_write(inside: bool, start: Any, account: Any, emulator: Any) -> None:
    """The write takes its time and ends, although another account has nothing under way that is worth waiting for."""
    hub = account()
    role = {"trust_policy": trust_accounts(hub.account_id), "policies": ADMINISTRATOR}
    member = account(roles=[{"name": "Access", **role}])
    rules = [
        {"operation": "CreatePolicy", "account_id": hub.account_id, "fault": "latency", "seconds": 1.5},
        {"operation": "GetPolicy", "account_id": member.account_id, "fault": "latency", "seconds": 30},
    ]
    emulator.ask("rules", {"rules": rules})
    accounts = [
        {"account_id": hub.account_id},
        {"account_id": member.account_id, "assume_role": {"role_name": "Access"}},
    ]
    declared = {"policies": [{"name": name, "document": READ} for name in ("p1", "p2")], "accounts": accounts}
    tasks = [{"name": "declare", "alicloud.ram.baseline": declared}]
    run = start([{"hosts": "one", "gather_facts": False, "tasks": tasks}], inside, there=hub)
    operations: list[str] = []
    wait_for(lambda: operations.extend(hub.calls()) or "CreatePolicy" in operations)
    run.process.kill()
    run.process.wait()
    run.until_gone()
    assert list(hub.state["policies"]) == ["p1"] and hub.writes() == [] == member.writes()
    made = f"account {hub.account_id}: policy 'p1' created"
    message = f"ansible-playbook is no longer running, so the task was stopped. Changes made: {made}."
    assert run.output.splitlines()[-1] == f"alicloud.ram: {message}"


def healthy(kinds: Iterable[str]) -> list[dict[str, Any]]:
    """Plays in which each task makes a policy of its own for each host, or for one."""
    plays = []
    for number, kind in enumerate(kinds):
        text = json.dumps(play(kind)).replace("{{ inventory_hostname }}", f"{{{{ inventory_hostname }}}}-{number}")
        plays += json.loads(text)
    return plays


def policies(kinds: Iterable[str]) -> list[str]:
    """What the tasks of these plays make."""
    return sorted(
        f"{host}-{number}-{item}"
        for number, kind in enumerate(kinds)
        for host in (HOSTS[:1] if kind == "once" else HOSTS)
        for item in ((1, 2, 3) if kind == "loop" else (0,))
    )


# How ansible-playbook is started, by a shell in whose $@ it is.
STARTS = {
    "by a shell that ends": '"$@" &',
    "after its shell has ended": '(while kill -0 $$; do sleep 0.01; done; exec "$@") 2>&1 &',
    "in a session of its own": 'setsid "$@" &',
    "by nohup": 'nohup "$@" &',
    "as the first process of a container": 'exec unshare --pid --fork --mount-proc "$@"',
}


@pytest.mark.parametrize("way", amount(list(STARTS)[:1], list(STARTS)))
@pytest.mark.parametrize("inside", [True, False])
def test_not_stopped(way: str, inside: bool, start: Any) -> None:
    if "unshare" in STARTS[way]:
        probe = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"], check=False, capture_output=True)
        if probe.returncode:
            pytest.skip("needs the right to make namespaces")
    kinds = amount(["linear"], list(PLAYS))
    command = ["ansible-playbook", "play.yml", "-i", "inventory.yml"]
    run = start(healthy(kinds), inside, "/bin/sh", "-c", STARTS[way], "sh", str(BIN / command[0]), *command[1:])
    assert run.process.wait(900) == 0
    run.until_gone(900)
    assert sorted(run.account.state["policies"]) == policies(kinds), run.output
    assert "failed=0" in run.output and "no longer running" not in run.output


def test_async_goes_on(start: Any, account: Any, emulator: Any) -> None:
    """A task with async is made to outlive ansible-playbook."""
    there = account()
    slow = {"operation": "GetPolicy", "account_id": there.account_id, "fault": "latency", "seconds": 1}
    emulator.ask("rules", {"rules": [slow]})
    task = {**DECLARE, "async": 60, "poll": 0}
    run = start([{"hosts": "one", "gather_facts": False, "tasks": [task]}], True, there=there)
    assert run.process.wait(60) == 0, run.output
    wait_for(lambda: there.writes() == ["CreatePolicy"])
