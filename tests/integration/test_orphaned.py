# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook killed with SIGKILL before a task has called anything, or in its last reads.

Nothing is written without it, and no process stays. KILL_ALL=1 tries all kinds of plays in both ways of running a
module.
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
from typing import Any

import emulated
import pytest
import yaml

pytestmark = pytest.mark.skipif(
    not os.path.isdir("/proc/self/task"), reason="looks at processes as Linux shows them"
)

KILL_ALL = bool(os.environ.get("KILL_ALL"))
BIN = pathlib.Path(sys.executable).parent
CALLBACKS = pathlib.Path(__file__).resolve().parent.parent / "tools" / "callback"
HOSTS = ("one", "two", "three")
READ = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["oss:Get*"], "Resource": "*"}]}
POLICY = {"name": "{{ inventory_hostname }}-{{ item | default(0) }}", "document": READ}
DECLARE = {"name": "declare", "alicloud.ram.policy": POLICY}
FAIL = {"name": "fail", "ansible.builtin.fail": {}}

# Kinds of plays, by what they add to the play and to the task.
PLAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "linear": ({}, {}),
    "free": ({"strategy": "free"}, {}),
    "host_pinned": ({"strategy": "host_pinned"}, {}),
    "one fork": ({"serial": 1}, {}),
    "loop": ({}, {"loop": [1, 2, 3]}),
    "until": ({}, {"until": False, "retries": 3, "delay": 1}),
    "delegated": ({}, {"delegate_to": "localhost"}),
    "once": ({}, {"run_once": True}),
    "rescue": ({}, {}),
    "handler": ({}, {}),
    "become": ({}, {"become": True}),
    "environment": ({}, {"environment": {"ANY": "thing"}}),
}


def play(kind: str, inside: bool) -> list[dict[str, Any]]:
    more, keywords = PLAYS[kind]
    task = {**DECLARE, **keywords}
    tasks: dict[str, Any] = {"tasks": [task]}
    if kind == "rescue":
        tasks = {"tasks": [{"block": [FAIL], "rescue": [task]}]}
    elif kind == "handler":
        notify = {"name": "notify", "ansible.builtin.command": "true", "notify": "declare"}
        tasks = {"tasks": [notify], "handlers": [task]}
    return [{"hosts": "hosts", "gather_facts": False, **more, **tasks}]


# Where a module is when ansible-playbook is killed: the package that it is about to import.
IMPORTS = ("site", "ansible_collections.alicloud.ram.plugins.module_utils._run", "aiohttp")
KILLS_AT_IMPORT = '''
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
'''


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
                command, cwd=self.directory, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
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

    def until_gone(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while left := self.processes():
            assert time.monotonic() < deadline, (self.output, [pathlib.Path(f"/proc/{pid}/wchan").read_text() for pid in left])
            time.sleep(0.05)

    def kill(self) -> None:
        for pid in self.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


FORKS = list(itertools.product(PLAYS, (True, False)))
if not KILL_ALL:
    FORKS = [case for case in FORKS if case in (("linear", True), ("loop", False), ("free", False), ("rescue", True))]


@pytest.fixture(name="start")
def _start(account: Any, tmp_path: pathlib.Path) -> Any:
    made: list[Playbook] = []

    def start(plays: list[dict[str, Any]], inside: bool, *command: str, seed: Any = None, **environment: str) -> Playbook:
        directory = tmp_path / f"run{len(made)}"
        made.append(Playbook(directory, account(**(seed or {})), plays, inside, **environment))
        return made[-1].start(*command)

    yield start
    for playbook in made:
        playbook.kill()
        playbook.process.wait()


@pytest.mark.parametrize("kind, inside", FORKS)
def test_killed_as_it_has_forked(kind: str, inside: bool, start: Any) -> None:
    run = start(play(kind, inside), inside, KILLED_TASK="declare")
    assert run.process.wait(60) == -signal.SIGKILL, run.output
    run.until_gone(5)
    assert run.account.writes() == []


@pytest.mark.parametrize("imported", IMPORTS)
def test_killed_while_a_module_starts(imported: str, start: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(KILLS_AT_IMPORT, encoding="utf-8")
    run = start(play("linear", False), False, PYTHONPATH=str(tmp_path), KILLED_AT_IMPORT=imported)
    assert run.process.wait(60) == -signal.SIGKILL, run.output
    run.until_gone(5)
    assert run.account.writes() == []
