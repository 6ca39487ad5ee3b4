# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of ansible-playbook against the emulator."""

from __future__ import annotations

import itertools
import json
import pathlib
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from ansible_collections.alicloud.ram.tests.lib import emulated
from ansible_collections.alicloud.ram.tests.lib.accounts import Account
from ansible_collections.alicloud.ram.tests.lib.paths import BIN, CALLBACKS


@dataclass
class Run:
    """What a run of ansible-playbook said and did, and the directory in which it ran."""

    status: int
    stdout: str
    stderr: str
    directory: pathlib.Path
    results: list[dict[str, Any]] = field(default_factory=list)

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    def of(self, task: str, host: str | None = None) -> dict[str, Any]:
        """The one result of a task."""
        found = [item for item in self.results if item["task"] == task and host in (None, item["host"])]
        assert len(found) == 1, f"{len(found)} results of {task!r} on {host or 'any host'}:\n{self.output}"
        return found[0]["result"]

    @property
    def outcomes(self) -> list[str]:
        """``ok``, ``failed`` or ``skipped``, for each result."""
        return [item["outcome"] for item in self.results]

    def on(self, host: str) -> Run:
        """The same run with the results of one host."""
        return replace(self, results=[item for item in self.results if item["host"] == host])

    def succeeded(self) -> Run:
        assert self.status == 0, self.output
        return self


@dataclass(frozen=True)
class Case:
    """Tasks to run in an account, beside other cases in one run of ansible-playbook.

    ``play`` holds further keywords of the case's play, such as ``check_mode`` and ``vars``.
    """

    account: Account
    tasks: Sequence[Mapping[str, Any]]
    play: Mapping[str, Any] = field(default_factory=dict)


class Playbooks:
    """Runs ansible-playbook against an emulator, each time in a new directory below ``directory``.

    With ``measured``, what runs in ansible-playbook counts for the coverage; that is slow.
    """

    def __init__(self, emulator: emulated.Emulator, directory: pathlib.Path, measured: bool = False) -> None:
        self._emulator, self._directory, self._measured = emulator, directory, measured
        self._numbers = itertools.count()

    def run(
        self,
        tasks: list[dict[str, Any]] | str,
        *options: str,
        account: Account | None = None,
        defaults: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        inventory: dict[str, Any] | None = None,
        command: Sequence[str] = (str(BIN / "ansible-playbook"),),
        meanwhile: Callable[[subprocess.Popen[str]], None] = lambda process: None,
        measured: bool = True,
    ) -> Run:
        """Run a list of tasks on all hosts, a list of plays, or a playbook file.

        With ``measured=False``, the run does not count for the coverage even if others do.
        """
        directory = self._directory / f"run{next(self._numbers)}"
        directory.mkdir(parents=True)
        results = directory / "results.jsonl"
        results.touch()
        shared = dict(account.options if account else {}, **(defaults or {}))
        if isinstance(tasks, str):
            path = tasks
        else:
            common = {"hosts": "all", "gather_facts": False, "module_defaults": _module_defaults(shared)}
            plays = tasks if "hosts" in tasks[0] else [{"tasks": tasks}]
            path = str(directory / "play.yml")
            text = yaml.dump([{**common, **play} for play in plays], Dumper=_PlainDumper, sort_keys=False)
            pathlib.Path(path).write_text(text, encoding="utf-8")
        hosts = dict(inventory or {"all": {"hosts": {"localhost": {}}}})
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "shared": shared}
        hosts["all"] = {**hosts.get("all", {}), "vars": {**local, **hosts.get("all", {}).get("vars", {})}}
        (directory / "inventory.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
        with subprocess.Popen(
            [*command, path, "-i", "inventory.yml", *options],
            cwd=directory,
            env={
                **emulated.clean_environment(directory, self._measured and measured),
                **self._emulator.environment,
                "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
                "ANSIBLE_CALLBACKS_ENABLED": "task_results",
                "ANSIBLE_INJECT_INVOCATION": "true",
                "TASK_RESULTS": str(results),
                **(environment or {}),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            stdin=subprocess.DEVNULL,
        ) as process:
            try:
                meanwhile(process)
                stdout, stderr = process.communicate(timeout=600)
            finally:
                process.kill()
        lines = results.read_text(encoding="utf-8").splitlines()
        return Run(process.returncode, stdout, stderr, directory, [json.loads(line) for line in lines])

    def run_cases(self, cases: Mapping[str, Case], *options: str, **more: Any) -> dict[str, Run]:
        """Run each case on a host and in a play of its own, all in one run of ansible-playbook.

        The cases run one after the other. A case ends at a task that fails, which changes neither the cases after it nor
        the status. What is printed is that of all cases; the results are each case's own.
        """
        hosts = {name: f"case{number}" for number, name in enumerate(cases)}
        plays = [
            {
                "hosts": hosts[name],
                # Ansible starts no further play after one whose host has failed.
                "tasks": [{"block": list(case.tasks), "rescue": [{"ansible.builtin.meta": "noop"}]}],
                "module_defaults": _module_defaults(case.account.options),
                **case.play,
            }
            for name, case in cases.items()
        ]
        inventory = {"all": {"hosts": {hosts[name]: {"shared": case.account.options} for name, case in cases.items()}}}
        run = self.run(plays, *options, inventory=inventory, **more)
        return {name: run.on(host) for name, host in hosts.items()}


def _module_defaults(shared: Mapping[str, Any]) -> dict[str, Any]:
    """By reference, because Ansible shows lines of the playbook when a task fails."""
    return {"group/alicloud.ram.all": {name: f"{{{{ shared.{name} }}}}" for name in shared}}


class _PlainDumper(yaml.SafeDumper):
    """Values that occur twice are written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
