# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for pytest, which finds them by itself where the package is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .testing import Account, Emulator, running


@pytest.fixture(scope="session")
def alicloud_emulator_options() -> list[str]:
    """The options of the command line with which the emulator is started. Override it, for example to return ["--strict"]."""
    return []


@pytest.fixture(scope="session")
def alicloud_emulator(alicloud_emulator_options: list[str]) -> Iterator[Emulator]:
    """An emulator for all tests of the session. It ends with the session."""
    with running("--admin", *alicloud_emulator_options) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def alicloud_accounts(alicloud_emulator: Emulator) -> Callable[..., Account]:
    """Makes accounts; its arguments are an account's seed, such as ``users=[{"name": "alice"}]``."""
    return alicloud_emulator.account


@pytest.fixture
def alicloud_account(alicloud_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Account:
    """A fresh account. During the test, the environment makes clients call the emulator as its administrator."""
    account = alicloud_emulator.account()
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)
    return account


__all__: list[Any] = ["alicloud_account", "alicloud_accounts", "alicloud_emulator", "alicloud_emulator_options"]
