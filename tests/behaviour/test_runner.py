# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs by ansible-runner, the engine under AWX: on another node, and in slices side by side."""

from __future__ import annotations

import collections
import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest
import yaml

from ansible_collections.alicloud.ram.tests.lib import emulated
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, trust_accounts
from ansible_collections.alicloud.ram.tests.lib.paths import BIN

RUNNER = BIN / "ansible-runner"
PLAYBOOK = [{"ansible.builtin.import_playbook": "alicloud.ram.apply"}]
SLICES, ACCOUNTS = 4, 200


@pytest.fixture(scope="module", name="fleet")
def _fleet(account: Any, emulator: emulated.Emulator) -> tuple[Any, dict[str, Any]]:
    """A hub, and many accounts that it may enter, as hosts."""
    hub = account()
    role = {"name": "Access", "trust_policy": trust_accounts(hub.account_id), "policies": ADMINISTRATOR}
    members = emulator.add(*[{"roles": [role]} for dummy in range(ACCOUNTS)])
    return hub, {
        f"account-{number:03}": {"alicloud_assume_role": {"account_id": one["account_id"], "role_name": "Access"}}
        for number, one in enumerate(members)
    }


def prepared(directory: pathlib.Path, hub: Any, hosts: dict[str, Any], users: list[str]) -> pathlib.Path:
    """A folder as AWX gives it to ansible-runner."""
    baseline = {"users": [{"name": name} for name in users]}
    inventory = {"alicloud_accounts": {"hosts": hosts, "vars": {"alicloud_baseline": baseline}}}
    environment = {
        **hub.environment,
        "ANSIBLE_COLLECTIONS_PATH": os.environ.get("ANSIBLE_COLLECTIONS_PATH", ""),
        "ANSIBLE_NOCOLOR": "true",
    }
    for name, content in (
        ("project/site.yml", PLAYBOOK), ("inventory/hosts.yml", inventory), ("env/envvars", environment),
        ("env/settings", {"idle_timeout": 120, "job_timeout": 300}),
    ):  # fmt: skip
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(yaml.safe_dump(json.loads(json.dumps(content))), encoding="utf-8")
    return directory


def clean(home: pathlib.Path) -> dict[str, str]:
    path = os.pathsep.join((str(BIN), os.environ["PATH"]))
    return {**emulated.clean_environment(home), "PATH": path}


def events(directory: pathlib.Path) -> list[dict[str, Any]]:
    found = directory.rglob("job_events/*.json")
    return [json.loads(path.read_text(encoding="utf-8")) for path in found if "partial" not in path.name]


def writes(hub: Any, hosts: dict[str, Any]) -> collections.Counter[str]:
    accounts = {host["alicloud_assume_role"]["account_id"]: name for name, host in hosts.items()}
    log = hub.emulator.calls()
    return collections.Counter(
        accounts[call["account_id"]] for call in log if call["write"] and call["account_id"] in accounts
    )


@pytest.mark.skipif(not RUNNER.exists(), reason="ansible-runner is not installed")
def test_on_another_node(fleet: Any, tmp_path: pathlib.Path) -> None:
    """What AWX sends to an execution node, runs there, and gets back."""
    hub, hosts = fleet
    some = dict(list(hosts.items())[:3])
    before = writes(hub, hosts)
    sent = prepared(tmp_path / "sent", hub, some, ["remote"])
    node, back = tmp_path / "node", tmp_path / "back"
    node.mkdir()
    back.mkdir()
    steps = (
        [RUNNER, "transmit", sent, "-p", "site.yml"],
        [RUNNER, "worker", "--private-data-dir", node],
        [RUNNER, "process", back],
    )
    data: bytes | None = None
    for step in steps:
        command = [sys.executable, *map(str, step)]
        done = subprocess.run(command, input=data, env=clean(tmp_path), capture_output=True, check=False, timeout=300)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
        data = done.stdout
    (status,) = back.rglob("artifacts/**/status")
    assert status.read_text() == "successful"
    assert writes(hub, hosts) - before == dict.fromkeys(some, 1)
    assert any(one["event"] == "runner_on_ok" and "counts" in json.dumps(one) for one in events(back))


@pytest.mark.skipif(not RUNNER.exists(), reason="ansible-runner is not installed")
def test_slices_side_by_side(fleet: Any, tmp_path: pathlib.Path) -> None:
    """Each slice of a job has every n-th host, as in AWX. Together they do all, and nothing twice."""
    hub, hosts = fleet
    before = writes(hub, hosts)
    names = sorted(hosts)
    slices = [
        prepared(tmp_path / f"slice{number}", hub, {name: hosts[name] for name in names[number::SLICES]}, ["sliced"])
        for number in range(SLICES)
    ]
    jobs = [
        subprocess.Popen(
            [sys.executable, str(RUNNER), "run", str(one), "-p", "site.yml", "--ident", "job"],
            env=clean(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for one in slices
    ]  # fmt: skip
    outputs = [job.communicate(timeout=300)[0].decode() for job in jobs]
    assert [job.returncode for job in jobs] == [0] * SLICES, outputs
    assert writes(hub, hosts) - before == dict.fromkeys(names, 1)
    for one in slices:
        (stats,) = [event for event in events(one) if event["event"] == "playbook_on_stats"]
        assert not stats["event_data"]["failures"]
        assert stats["event_data"]["artifact_data"]["alicloud_run_counts"]["changed"] == ACCOUNTS // SLICES
