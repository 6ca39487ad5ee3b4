# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts of the emulator, as the tests see them."""

from __future__ import annotations

from typing import Any

from alicloud_emulator import testing

READS = ("Get", "List", "AssumeRole", "DecodeDiagnosticMessage")


class Account(testing.Account):
    """An account of the emulator, with the key of its administrator."""

    @property
    def options(self) -> dict[str, Any]:
        """The shared options with which a module calls in this account."""
        return {
            "access_key_id": self.access_key_id,
            "access_key_secret": self.access_key_secret,
            "retry_timeout": 10,
            "consistency_timeout": 5,
        }

    def writes(self) -> list[str]:
        return [operation for operation in self.calls() if not operation.startswith(READS)]
