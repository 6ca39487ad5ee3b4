# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes each task's result as a line of JSON to the file that TASK_RESULTS names."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
---
name: task_results
type: aggregate
short_description: Keeps each task's result for the tests
description:
  - Appends a line of JSON for each result to the file that the environment variable E(TASK_RESULTS) names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_results"

    _play = ""

    def v2_playbook_on_play_start(self, play):
        self._play = play.get_name()

    def _keep(self, result, outcome):
        line = {
            "play": self._play,
            "task": result._task.name,
            "host": result._host.name,
            "outcome": outcome,
            "result": result._result,
        }
        with open(os.environ["TASK_RESULTS"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        self._keep(result, "ok")

    def v2_runner_on_skipped(self, result):
        self._keep(result, "skipped")

    def v2_runner_on_unreachable(self, result):
        self._keep(result, "unreachable")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._keep(result, "failed")
