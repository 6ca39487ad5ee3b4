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

# The tasks before and, if one has failed, after those of a case.
BEGUN, FAILED = "case begins", "case failed"


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
        """The same run for one host: its results, and for a case whether it failed."""
        results = [item for item in self.results if item["host"] == host]
        status = self.status or (2 if any(item["task"] == FAILED for item in results) else 0)
        return replace(self, status=status, results=[item for item in results if item["task"] not in (BEGUN, FAILED)])

    def succeeded(self) -> Run:
        assert self.status == 0, self.output
        return self


@dataclass(frozen=True)
class Case:
    """Tasks to run in an account, beside other cases in one run of ansible-playbook.

    ``keywords`` apply to all its tasks, such as ``check_mode`` and ``vars``.
    """

    account: Account
    tasks: Sequence[Mapping[str, Any]]
    keywords: Mapping[str, Any] = field(default_factory=dict)


class Playbooks:
    """Runs ansible-playbook against an emulator, each time in a new directory below ``directory``."""

    def __init__(self, emulator: emulated.Emulator, directory: pathlib.Path) -> None:
        self._emulator, self._directory = emulator, directory
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
        measured: bool = False,
    ) -> Run:
        """Run a list of tasks on all hosts, a list of plays, or a playbook file.

        With ``measured``, what runs in ansible-playbook and its modules counts for the coverage; that is slow.
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
            pathlib.Path(path).write_text(_yaml([{**common, **play} for play in plays]), encoding="utf-8")
        hosts = dict(inventory or {"all": {"hosts": {"localhost": {}}}})
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "shared": shared}
        hosts["all"] = {**hosts.get("all", {}), "vars": {**local, **hosts.get("all", {}).get("vars", {})}}
        (directory / "inventory.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
        with subprocess.Popen(
            [*command, path, "-i", "inventory.yml", *options],
            cwd=directory,
            env={
                **emulated.clean_environment(directory, measured),
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

    def run_cases(self, cases: Mapping[str, Case], *options: str, in_turn: bool = False, **more: Any) -> dict[str, Run]:
        """Run each case on a host of its own, all in one run of ansible-playbook: side by side, or one after the other.

        Status and results are each case's own; what is printed is that of all.
        """
        directory = self._directory / f"cases{next(self._numbers)}"
        directory.mkdir(parents=True)
        hosts = {}
        for number, case in enumerate(cases.values()):
            path = directory / f"case{number}.yml"
            rescue = [{"name": FAILED, "ansible.builtin.debug": {}}]
            block = {"block": list(case.tasks), "rescue": rescue, **case.keywords}
            path.write_text(_yaml([block]), encoding="utf-8")
            hosts[f"case{number}"] = {"shared": case.account.options, "case_tasks": str(path)}
        options_of_all = next(iter(cases.values())).account.options
        play = {
            "strategy": "free",
            "serial": 1 if in_turn else len(cases),
            "hosts": "all",
            "module_defaults": _module_defaults(options_of_all),
            "tasks": [{"name": BEGUN, "ansible.builtin.include_tasks": "{{ case_tasks }}"}],
        }
        run = self.run([play], *options, inventory={"all": {"hosts": hosts}}, **more)
        return {name: run.on(f"case{number}") for number, name in enumerate(cases)}


def _yaml(value: Any) -> str:
    return yaml.dump(value, Dumper=_PlainDumper, sort_keys=False)


def _module_defaults(shared: Mapping[str, Any]) -> dict[str, Any]:
    """By reference, because Ansible shows lines of the playbook when a task fails."""
    return {"group/alicloud.ram.all": {name: f"{{{{ shared.{name} }}}}" for name in shared}}


class _PlainDumper(yaml.SafeDumper):
    """Values that occur twice are written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
