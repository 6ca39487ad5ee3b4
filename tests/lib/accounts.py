# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts of the emulator, as the tests see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.alicloud.ram.tests.lib import emulated

READS = ("Get", "List", "AssumeRole", "DecodeDiagnosticMessage")


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
