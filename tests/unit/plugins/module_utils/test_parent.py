# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who notices that Ansible has gone: its worker, and a module under the worker's shells."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import time

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils import _parent
from ansible_collections.alicloud.ram.plugins.module_utils._parent import Parent

# What Ansible's processes are to each other: main forks a worker, whose shell runs a module.
MAIN = """
import os, subprocess, sys, time
worker = os.fork()
if worker:
    time.sleep(60)
else:
    module = [sys.executable, "-c", sys.argv[1], sys.argv[2]]
    if sys.argv[3] == "module":
        subprocess.run(["/bin/sh", "-c", '"$@" && sleep 0', "sh", *module])
    else:
        sys.argv = ["-c", sys.argv[2]]
        exec(module[2])
"""
MODULE = """
import sys, time
from ansible_collections.alicloud.ram.plugins.module_utils._parent import Parent
parent = Parent()
for dummy in range(600):
    with open(sys.argv[1], "a") as file:
        print(parent.gone(), file=file)
    if parent.gone():
        break
    time.sleep(0.1)
"""


def test_this_process_is_not_left() -> None:
    assert not Parent().gone()


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="looks at processes as Linux shows them")
@pytest.mark.parametrize("what", ["worker", "module"])
def test_main_is_killed(what: str, tmp_path: pathlib.Path) -> None:
    seen = tmp_path / "seen"
    seen.touch()

    def lines() -> list[str]:
        return seen.read_text(encoding="ascii").split()

    with subprocess.Popen(
        [sys.executable, "-c", MAIN, MODULE, str(seen), what],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as main:
        deadline = time.monotonic() + 60
        while len(lines()) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert set(lines()) == {"False"}
        main.kill()
        main.wait()
        while "True" not in lines() and time.monotonic() < deadline:
            time.sleep(0.05)
    assert lines()[-1] == "True"


def test_where_processes_cannot_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def unseen(*dummy: object, **more: object) -> None:
        raise OSError

    monkeypatch.setattr(_parent, "open", unseen, raising=False)
    monkeypatch.setattr(os, "getppid", lambda: 4711)
    parent = Parent()
    assert not parent.gone()
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert parent.gone()
