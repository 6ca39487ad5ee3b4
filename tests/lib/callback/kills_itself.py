# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills or stops ansible-playbook as soon as it has forked the worker of a task."""

from __future__ import annotations

import os
import signal

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
---
name: kills_itself
type: aggregate
short_description: Kills ansible-playbook for the tests
description:
  - Kills the process after the first fork that follows the start of the task that the environment variable
    E(KILLED_TASK) names, with SIGKILL or the signal that E(KILLED_WITH) names.
  - Sets the environment variable E(KILLED_PROCESS) to the ID of the process, for whatever else is to kill it.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "kills_itself"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        os.environ["KILLED_PROCESS"] = str(os.getpid())

    def v2_playbook_on_task_start(self, task, is_conditional):
        if os.environ.get("KILLED_TASK") in (task.name, task.action):
            number = signal.Signals[os.environ.get("KILLED_WITH", "SIGKILL")]
            os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), number))

    def v2_playbook_on_handler_task_start(self, task):
        self.v2_playbook_on_task_start(task, False)
