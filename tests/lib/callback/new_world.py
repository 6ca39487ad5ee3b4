# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replaces the emulator's accounts before a play."""

from __future__ import annotations

import json
import os
import pathlib

from ansible.plugins.callback import CallbackBase

from ansible_collections.alicloud.ram.tests.lib import emulated

DOCUMENTATION = r"""
---
name: new_world
type: aggregate
short_description: Replaces the emulator's accounts before a play
description:
  - Before each play that the JSON file E(NEW_WORLDS) names, the emulator gets the accounts that the file has for it, and
    no others. They are in the form of the emulator's seed.
  - The emulator must not have any accounts at first.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "new_world"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self._worlds = json.loads(pathlib.Path(os.environ["NEW_WORLDS"]).read_text(encoding="utf-8"))
        self._emulator = emulated.Emulator(
            {
                "endpoint": os.environ["ALIBABA_CLOUD_RAM_ENDPOINT"],
                "ca_bundle": os.environ["ALIBABA_CLOUD_CA_BUNDLE"],
                "accounts": [],
            }
        )
        self._empty = self._emulator.ask("snapshot")

    def v2_playbook_on_play_start(self, play):
        if play.get_name() in self._worlds:
            self._emulator.ask("snapshot", self._empty)
            self._emulator.add(*self._worlds[play.get_name()])
