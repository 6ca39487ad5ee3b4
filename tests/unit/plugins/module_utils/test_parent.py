# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who notices that Ansible was killed, who ends then, and what is never taken for that."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud import orphan as _parent
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import (
    GRACE,
    MAX_LISTED,
    VARIABLE,
    Parent,
    worker_identity,
)
from ansible_collections.alicloud.ram.plugins.module_utils._errors import RamError

linux = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="needs processes as Linux shows them")

# What Ansible's processes are to each other: main forks a worker, whose shell runs a module. Each says who it is.
MAIN = """
import multiprocessing, os, subprocess, sys, threading, time
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import VARIABLE, Parent, worker_identity
def say(*words):
    with open(sys.argv[1], "a") as file:
        print(*words, file=file)
def report(name, parent):
    say(name, os.getpid())
    while not parent.is_orphaned:
        time.sleep(0.02)
    say(name, "orphaned")
def worker():
    parent = Parent.of_worker()
    if sys.argv[2] == "blocked":
        parent.watch()
        say("worker", os.getpid())
        os.write(os.pipe()[1], bytes(1 << 20))
    threading.Thread(target=report, args=("worker", parent)).start()
    module = [sys.executable, "-c", "import sys; exec(sys.argv[2])", sys.argv[1], MODULE]
    environment = {**os.environ, VARIABLE: worker_identity()}
    subprocess.run(["/bin/sh", "-c", '"$@" && sleep 0', "sh", *module], env=environment)
MODULE = '''
import os, sys, time
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import Parent
with open(sys.argv[1], "a") as file:
    print("starting", os.getpid(), file=file)
{wait}
parent = Parent.of_module()
with open(sys.argv[1], "a") as file:
    print("module", os.getpid(), file=file)
while not parent.is_orphaned:
    time.sleep(0.02)
with open(sys.argv[1], "a") as file:
    print("module orphaned", file=file)
'''.replace("{wait}", "time.sleep(1.5)" if sys.argv[2] == "starting" else "")
process = multiprocessing.get_context("fork").Process(target=worker)
process.start()
process.join()
time.sleep(60)
"""


class Said:
    def __init__(self, path: pathlib.Path) -> None:
        self._path = path

    def lines(self) -> list[list[str]]:
        with contextlib.suppress(OSError):
            return [line.split() for line in self._path.read_text(encoding="ascii").splitlines()]
        return []

    def pid(self, name: str) -> int:
        return next((int(words[1]) for words in self.lines() if words[0] == name and words[1].isdecimal()), 0)

    def orphaned(self) -> set[str]:
        return {words[0] for words in self.lines() if words[1] == "orphaned"}


@pytest.fixture(name="said")
def _said(tmp_path: pathlib.Path) -> Said:
    return Said(tmp_path / "said")


@contextlib.contextmanager
def ansible(tmp_path: pathlib.Path, what: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", MAIN, str(tmp_path / "said"), what], env=environment) as main:
        try:
            yield main
        finally:
            main.kill()


def until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@linux
@pytest.mark.parametrize("killed", ["main", "worker"])
def test_a_process_is_killed(killed: str, said: Said, tmp_path: pathlib.Path) -> None:
    with ansible(tmp_path, "") as main:
        until(lambda: said.pid("worker") and said.pid("module"))
        time.sleep(0.1)
        assert said.orphaned() == set()
        os.kill(main.pid if killed == "main" else said.pid("worker"), signal.SIGKILL)
        until(lambda: said.orphaned() == ({"worker", "module"} if killed == "main" else {"module"}))


@linux
def test_a_module_that_starts_later_than_its_ansible_ends(said: Said, tmp_path: pathlib.Path) -> None:
    with ansible(tmp_path, "starting") as main:
        until(lambda: said.pid("starting"))
        main.kill()
        main.wait()
        assert not said.pid("module")
        until(lambda: "module" in said.orphaned())


@linux
def test_a_worker_that_is_blocked_ends(said: Said, tmp_path: pathlib.Path) -> None:
    with ansible(tmp_path, "blocked") as main:
        until(lambda: said.pid("worker"))
        worker = pathlib.Path(f"/proc/{said.pid('worker')}")
        until(lambda: "pipe_write" in (worker / "wchan").read_text(encoding="ascii"))
        main.kill()
        main.wait()
        until(lambda: not worker.exists() or "State:\tZ" in (worker / "status").read_text(), GRACE + 10)


def test_outside_of_a_worker_nothing_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    for parent in (Parent(), Parent.of_worker()):
        monkeypatch.setattr(os, "getppid", lambda: 1)
        assert not parent.is_orphaned
        with parent.calling(is_read=False):
            parent.watch()  # or this process would end


def test_a_module_without_further_knowledge_checks_its_own_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(os, "getppid", lambda: 4711)
    parent = Parent.of_module()
    assert not parent.is_orphaned
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert parent.is_orphaned
    monkeypatch.setattr(os, "getppid", lambda: 4711)
    assert parent.is_orphaned


@pytest.fixture(name="identity")
def _identity(monkeypatch: pytest.MonkeyPatch) -> str:
    """What a worker would pass on, were this process one."""
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(pid=os.getppid()))
    return worker_identity()


def is_orphaned(identity: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setenv(VARIABLE, identity)
    return Parent.of_module().is_orphaned


def ended_process() -> int:
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


@linux
def test_a_process_id_that_another_process_has_now(identity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, own, parent = identity.split(" ")
    assert own.split(":")[0] == str(os.getpid()) and parent.split(":")[0] == str(os.getppid())
    assert not is_orphaned(identity, monkeypatch)
    pid, started = own.split(":")
    assert is_orphaned(f"{place} {pid}:{int(started) - 1} {parent}", monkeypatch)
    assert is_orphaned(f"{place} {own} {ended_process()}:1", monkeypatch)


@linux
@pytest.mark.parametrize("reused", [False, True])
def test_a_parent_that_ends_before_the_module_is_started(reused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = os.getpid() if reused else ended_process()
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(pid=pid))
    assert is_orphaned(worker_identity(), monkeypatch)


@linux
def test_a_process_that_nobody_has_waited_for_has_ended(identity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        status = pathlib.Path(f"/proc/{process.pid}/stat")
        started = status.read_text(encoding="utf-8").rpartition(")")[2].split()[19]
        text = f"{identity} {process.pid}:{started}"
        assert not is_orphaned(text, monkeypatch)
        process.kill()
        until(lambda: status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z")
        assert is_orphaned(text, monkeypatch)


@linux
@pytest.mark.parametrize(
    "case", ["boot", "pid namespace", "time namespace", "no number", "half", "no process", "nothing"]
)
def test_processes_of_another_place_are_not_checked(case: str, identity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    boot, *namespaces = identity.split(" ")[0].split(",")
    gone = f"{ended_process()}:1"
    text = {
        "boot": f"{'0' * len(boot)},{','.join(namespaces)} {gone}",
        "pid namespace": f"{boot},pid:[1],{','.join(namespaces[1:])} {gone}",
        "time namespace": f"{boot},{namespaces[0]},time:[1] {gone}",
        "no number": f"{boot},{','.join(namespaces)} a:b",
        "half": f"{boot},{','.join(namespaces)} {gone.partition(':')[0]}",
        "no process": f"{boot},{','.join(namespaces)}",
        "nothing": " ",
    }[case]
    assert not is_orphaned(text, monkeypatch)


def unreadable(monkeypatch: pytest.MonkeyPatch, hidden: str) -> None:
    def opened(path: str, *more: Any, **options: Any) -> Any:
        if str(path).startswith(hidden):
            raise FileNotFoundError
        return open(path, *more, **options)

    monkeypatch.setattr(_parent, "open", opened, raising=False)


@linux
def test_processes_that_proc_hides(identity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mounted with hidepid, /proc does not show who else's module this is."""
    place = identity.split(" ")[0]
    unreadable(monkeypatch, "/proc/1/")
    assert not is_orphaned(f"{place} 1:1", monkeypatch)
    pid = ended_process()
    unreadable(monkeypatch, f"/proc/{pid}/")
    assert is_orphaned(f"{place} {pid}:1", monkeypatch)


@linux
@pytest.mark.parametrize("case", ["no /proc", "of other processes", "not a worker"])
def test_no_identity(case: str, identity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if case == "no /proc":
        unreadable(monkeypatch, "/proc")
    elif case == "of other processes":
        monkeypatch.setattr(os, "readlink", lambda path: "1")
    else:
        monkeypatch.setattr(multiprocessing, "parent_process", lambda: None)
    assert identity and worker_identity() == ""


def test_what_an_orphan_says() -> None:
    gone = False
    parent = Parent(lambda: gone)
    begin = "ansible-playbook is no longer running, so the task was stopped."
    assert parent.error().message == f"{begin} It made no changes."
    parent.changes["A of b"] = False
    assert parent.error().message == f"{begin} It made no changes. Not known to have taken effect: A of b."
    parent.changes["A of b"] = True
    with parent.calling(is_read=False):
        gone = True  # what is under way goes on
    for is_read in (True, False):
        with pytest.raises(RamError, match="Changes made: A of b.$"), parent.calling(is_read):
            raise AssertionError("it began")
    parent.changes.update({f"C of {number}": True for number in range(MAX_LISTED)})
    assert parent.error().message.endswith(f"C of {MAX_LISTED - 2}; and 1 more.")
