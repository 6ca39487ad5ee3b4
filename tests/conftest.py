# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator for all tests of a process, each test in accounts of its own."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud import client
from ansible_collections.alicloud.ram.tests.lib import emulated
from ansible_collections.alicloud.ram.tests.lib.accounts import Account
from ansible_collections.alicloud.ram.tests.lib.paths import LIB
from ansible_collections.alicloud.ram.tests.lib.playbooks import Playbooks, Run

pytest_plugins = ["alicloud_emulator.pytest_plugin"]


def pytest_make_parametrize_id(val: Any) -> str | None:
    """Cut what names a test: the name is in the environment of each process that the test starts."""
    is_long = isinstance(val, (str, bytes)) and len(val) > 200
    return f"{ascii(val[:50])} and {len(val) - 50} more" if is_long else None


@pytest.fixture(scope="session")
def alicloud_emulator_options() -> list[str]:
    # What the collection sends has to be what the service documents.
    return ["--strict", "--seed", str(LIB / "seed.yml")]


@pytest.fixture(scope="session", name="emulator")
def _emulator(alicloud_emulator: emulated.Emulator) -> emulated.Emulator:
    return alicloud_emulator


@pytest.fixture(scope="session", name="account")
def _account(emulator: emulated.Emulator) -> Callable[..., Account]:
    """Make an account: its seed without account_id."""

    def make(**seed: Any) -> Account:
        (added,) = emulator.add(seed)
        return Account(emulator, **added)

    return make


@pytest.fixture(scope="module", name="playbooks")
def _playbooks(emulator: emulated.Emulator, tmp_path_factory: pytest.TempPathFactory) -> Playbooks:
    """Runs whose results several tests look at."""
    return Playbooks(emulator, tmp_path_factory.mktemp("playbooks"))


@pytest.fixture(name="playbook")
def _playbook(emulator: emulated.Emulator, tmp_path: pathlib.Path) -> Callable[..., Run]:
    """Run a list of tasks on all hosts, a list of plays, or a playbook file, in a directory of the test's own."""
    return Playbooks(emulator, tmp_path).run


@pytest.fixture(scope="session", name="emulator_in_process")
def _emulator_in_process() -> Iterator[emulated.InProcess]:
    with emulated.in_process() as server:
        yield server


@pytest.fixture(name="server")
def _server(emulator_in_process: emulated.InProcess, monkeypatch: pytest.MonkeyPatch) -> emulated.InProcess:
    """The emulator in a thread of this process, for tests that set its accounts (``restart``), its rules and its time.

    This process's environment names its endpoints, and nothing is known of earlier worlds, as in a new process.
    """
    monkeypatch.setattr(client, "_constants", {})
    for name, value in emulator_in_process.environment.items():
        monkeypatch.setenv(name, value)
    return emulator_in_process
