# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the Ansible that runs this task still lives: a killed ansible-playbook leaves its workers behind."""

from __future__ import annotations

import os

_GENERATIONS = 8  # a module's shell, its sudo and so on, up to the worker


class Parent:
    """Made when a process begins its work; ``gone`` tells later."""

    def __init__(self) -> None:
        self._own = os.getppid()
        self._worker = _worker(os.getpid())

    def gone(self) -> bool:
        if os.getppid() != self._own:
            return True
        return self._worker is not None and _parent_of(self._worker[0]) != self._worker[1]


def _worker(pid: int) -> tuple[int, int] | None:
    """The Ansible worker that an ordinary module runs under, and the worker's parent; None where none is seen.

    A worker is a fork of ansible-playbook, so the command lines of both are the same; between it and the module are
    shells, which outlive them. None above the worker is asked for, because a playbook may outlive the shell that
    started it.
    """
    for dummy in range(_GENERATIONS):
        line = _command_line(pid)
        above = _parent_of(pid)
        if not line or not above or above == 1:
            return None
        if line == _command_line(above):
            return pid, above
        pid = above
    return None


def _command_line(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:  # not Linux, or ended
        return b""


def _parent_of(pid: int) -> int:
    """0 where it is not known."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0
