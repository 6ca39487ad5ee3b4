# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop a task whose ansible-playbook was killed.

If ansible-playbook is killed, its workers keep running; if a worker is killed, its module keeps running. Nobody reads
their results, so they must stop writing and exit.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Callable

from ansible_collections.alicloud.ram.plugins.module_utils._errors import RamError

VARIABLE = "ALICLOUD_RAM_STARTED_BY"
"""The environment variable that names the processes that wait for the result of an ordinary module."""

INTERVAL = 0.25  # seconds between two checks
GRACE = 3.0  # seconds that an orphaned process has to exit by itself
MAX_LISTED = 50  # changes that a message lists
_PF_EXITING = 4  # one of the flags in /proc/PID/stat


class Parent:
    """The processes that wait for the result of this one.

    ``is_gone`` returns whether one of them has ended; without it, nothing is checked. ``changes`` maps the description of
    each change that was made to whether it is known to have taken effect.
    """

    def __init__(self, is_gone: Callable[[], bool] | None = None) -> None:
        self.changes: dict[str, bool] = {}
        self._is_gone = is_gone
        self._is_orphaned = False
        self._is_watched = False
        self._busy = 0
        self._cancel: Callable[[], object] | None = None

    @classmethod
    def of_worker(cls) -> Parent:
        """Return the parent of an Ansible worker: the ansible-playbook that forked it.

        A forked process gets another parent only if its own has ended, so a reused process ID does no harm. Outside a
        worker, nothing is checked.
        """
        parent = multiprocessing.parent_process()
        if parent is None or parent.pid is None:
            return cls()
        pid, is_shown = parent.pid, bool(_place())

        def is_gone() -> bool:
            # Linux takes some time to end a process of this size, and only then assigns its children another parent.
            return os.getppid() != pid or (is_shown and _has_ended(pid))

        return cls(is_gone)

    @classmethod
    def of_module(cls) -> Parent:
        """Return the parents of an ordinary module: the process that started it, and those that VARIABLE names."""
        started_by, processes = os.getppid(), _parse(os.environ.get(VARIABLE, ""))
        return cls(lambda: os.getppid() != started_by or not all(_is_running(*process) for process in processes))

    @property
    def is_orphaned(self) -> bool:
        self._is_orphaned = self._is_orphaned or (self._is_gone is not None and self._is_gone())
        return self._is_orphaned

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Let an orphaned process finish the code in this context."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1

    @contextlib.contextmanager
    def calling(self, is_read: bool) -> Iterator[None]:
        """Raise RamError if this process is orphaned before the call in this context; let it finish a write."""
        # Busy must be set before the check, so that watch() does not end the process between the check and the write.
        with contextlib.nullcontext() if is_read else self.busy():
            if self.is_orphaned:
                raise self.error()
            yield

    @contextlib.contextmanager
    def cancelling(self, cancel: Callable[[], object]) -> Iterator[None]:
        """Call ``cancel``, in another thread, if this process becomes orphaned within this context."""
        self._cancel = cancel
        try:
            yield
        finally:
            self._cancel = None

    def error(self) -> RamError:
        """Return the error for an orphaned task, which lists the changes that were made."""
        made = [change for change, certain in self.changes.items() if certain]
        unknown = [change for change, certain in self.changes.items() if not certain]
        text = f"Changes made: {_listed(made)}." if made else "It made no changes."
        if unknown:
            text += f" Not known to have taken effect: {_listed(unknown)}."
        return RamError(f"ansible-playbook is no longer running, so the task was stopped. {text}")

    def watch(self) -> None:
        """End this process once it is orphaned and no longer busy.

        The running task is cancelled first, so that it can clean up. This is done by a thread, because the process may
        be blocked: Ansible's workers write their results to a pipe that they themselves keep open.
        """
        if self._is_gone is not None and not self._is_watched:
            self._is_watched = True
            threading.Thread(target=self._watch, name="alicloud.ram parent", daemon=True).start()

    def _watch(self) -> None:
        while not self.is_orphaned or self._busy:
            time.sleep(INTERVAL)
        cancel = self._cancel
        if cancel:
            with contextlib.suppress(RuntimeError):  # the event loop was closed meanwhile
                cancel()
        time.sleep(GRACE)
        os._exit(1)


def _listed(texts: Sequence[str]) -> str:
    more = f"; and {len(texts) - MAX_LISTED} more" if len(texts) > MAX_LISTED else ""
    return "; ".join(texts[:MAX_LISTED]) + more


def worker_identity() -> str:
    """Return the value of VARIABLE for a module that this worker starts: the worker and its parent; "" if unknown.

    On another machine, in another container, or later, a process ID may belong to a different process. So the value also
    contains the boot ID, the namespaces and the start times.
    """
    place, own, parent = _place(), os.getpid(), multiprocessing.parent_process()
    started = _state_and_start(own)
    if not place or parent is None or started is None:
        return ""
    parent_started = _state_and_start(parent.pid or 0)
    if os.getppid() != parent.pid:
        parent_started = "X", 0  # it has just ended, which the module must not treat as unknown
    if parent_started is None:
        return ""
    return f"{place} {own}:{started[1]} {parent.pid}:{parent_started[1]}"


def _parse(identity: str) -> list[tuple[int, int]]:
    """Return process IDs and start times; none if they come from a different boot or namespace than this process."""
    place, *processes = identity.split(" ")
    if not processes or place != _place():
        return []
    try:
        pairs = [process.split(":") for process in processes]
        return [(int(pid), int(started)) for pid, started in pairs]
    except ValueError:
        return []


def _place() -> str:
    """Return the boot ID and namespaces within which a process ID is unambiguous; "" if unknown."""
    try:
        if os.readlink("/proc/self") != str(os.getpid()):
            return ""  # /proc shows the processes of another namespace
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip()
        namespaces = [os.readlink("/proc/self/ns/pid")]
        if os.path.lexists("/proc/self/ns/time"):  # the start times depend on this namespace
            namespaces.append(os.readlink("/proc/self/ns/time"))
    except (OSError, ValueError):  # not Linux, or no access
        return ""
    return ",".join([boot, *namespaces])


def _has_ended(pid: int) -> bool:
    found = _state_and_start(pid)
    return found is not None and found[0] in "XZ"


def _is_running(pid: int, started: int) -> bool:
    found = _state_and_start(pid)
    if found is not None:
        return found[0] not in "XZ" and found[1] == started
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it belongs to another user, and /proc is mounted with hidepid
    return True


def _state_and_start(pid: int) -> tuple[str, int] | None:
    """Return the state and start time of a process; the state is X if it is exiting. None if /proc does not show it."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return "X" if int(fields[6]) & _PF_EXITING else fields[0].decode(), int(fields[19])
    except (OSError, ValueError, IndexError):
        return None
