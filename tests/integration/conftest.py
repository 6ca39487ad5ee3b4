# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real ansible-playbook runs against the emulator, each test in accounts of its own."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

import pytest
import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))

import emulated  # noqa: E402  pylint: disable=wrong-import-position

SERVICE = "connect-customer-vpc.cr.aliyuncs.com"
ROLE_NAME = "AliyunServiceRoleForContainerRegistryConnectCustomerVPC"
READS = ("Get", "List", "AssumeRole", "DecodeDiagnosticMessage")


@pytest.fixture(scope="session", name="emulator")
def _emulator() -> Iterator[emulated.Emulator]:
    with emulated.running("--admin", "--seed", str(HERE / "seed.yml")) as emulator:
        yield emulator


@dataclass
class Account:
    """An account of the emulator, with the key of its administrator."""

    emulator: emulated.Emulator
    account_id: str
    access_key_id: str
    access_key_secret: str
    _mark: int = 0

    @property
    def options(self) -> dict[str, Any]:
        """The shared options with which a module calls in this account."""
        return {
            "access_key_id": self.access_key_id,
            "access_key_secret": self.access_key_secret,
            "retry_timeout": 10,
            "consistency_timeout": 5,
        }

    @property
    def state(self) -> dict[str, Any]:
        return self.emulator.state(self.account_id)

    def log(self) -> list[dict[str, Any]]:
        """The calls since the last time this was asked."""
        log = self.emulator.calls(self.account_id, self._mark)
        self._mark = max([call["seq"] for call in log], default=self._mark)
        return log

    def calls(self) -> list[str]:
        """The operations of these calls."""
        return [call["operation"] for call in self.log()]

    def writes(self) -> list[str]:
        return [operation for operation in self.calls() if not operation.startswith(READS)]


@pytest.fixture(name="account")
def _account(emulator: emulated.Emulator) -> Callable[..., Account]:
    """Make an account: its seed without account_id."""

    def make(**seed: Any) -> Account:
        (added,) = emulator.add(seed)
        return Account(emulator, **added)

    return make


@dataclass
class Run:
    """What a run of ansible-playbook said and did."""

    status: int
    stdout: str
    stderr: str
    results: list[dict[str, Any]] = field(default_factory=list)

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    def of(self, task: str, host: str | None = None) -> dict[str, Any]:
        """The one result of a task."""
        found = [item for item in self.results if item["task"] == task and host in (None, item["host"])]
        assert len(found) == 1, f"{len(found)} results of {task!r}:\n{self.output}"
        return found[0]["result"]

    def succeeded(self) -> Run:
        assert self.status == 0, self.output
        return self


@pytest.fixture(name="playbook")
def _playbook(
    request: pytest.FixtureRequest, emulator: emulated.Emulator, tmp_path: pathlib.Path
) -> Callable[..., Run]:
    """Run a list of tasks on all hosts, a list of plays, or a playbook file."""
    number = iter(range(1000))
    measured = getattr(request.module, "MEASURED", False)

    def run(
        tasks: list[dict[str, Any]] | str,
        *options: str,
        account: Account | None = None,
        defaults: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        inventory: dict[str, Any] | None = None,
        command: Sequence[str] = (os.path.join(os.path.dirname(sys.executable), "ansible-playbook"),),
        meanwhile: Callable[[subprocess.Popen[str]], None] = lambda process: None,
    ) -> Run:
        directory = tmp_path / f"run{next(number)}"
        directory.mkdir()
        results = directory / "results.jsonl"
        results.touch()
        shared = dict(account.options if account else {}, **(defaults or {}))
        if isinstance(tasks, str):
            path = tasks
        else:
            # By reference, because Ansible shows lines of the playbook when a task fails.
            module_defaults = {"group/alicloud.ram.all": {name: f"{{{{ shared.{name} }}}}" for name in shared}}
            common = {"hosts": "all", "gather_facts": False, "module_defaults": module_defaults}
            plays = tasks if "hosts" in tasks[0] else [{"tasks": tasks}]
            path = str(directory / "play.yml")
            text = yaml.safe_dump([{**common, **play} for play in plays], sort_keys=False)
            pathlib.Path(path).write_text(text, encoding="utf-8")
        hosts = dict(inventory or {"all": {"hosts": {"localhost": {}}}})
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "shared": shared}
        hosts["all"] = {**hosts.get("all", {}), "vars": {**local, **hosts.get("all", {}).get("vars", {})}}
        (directory / "inventory.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
        with subprocess.Popen(
            [*command, path, "-i", "inventory.yml", *options],
            cwd=directory,
            env={
                **emulated.clean_environment(directory, measured),
                **emulator.environment,
                "ANSIBLE_CALLBACK_PLUGINS": str(HERE.parent / "tools" / "callback"),
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
                stdout, stderr = process.communicate(timeout=300)
            finally:
                process.kill()
        lines = results.read_text(encoding="utf-8").splitlines()
        return Run(process.returncode, stdout, stderr, [json.loads(line) for line in lines])

    return run
