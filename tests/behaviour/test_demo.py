# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration, which checks what it shows."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from ansible_collections.alicloud.ram.tests.lib import emulated
from ansible_collections.alicloud.ram.tests.lib.paths import COLLECTION, EMULATOR


def test_the_demo_shows_what_it_says(tmp_path: pathlib.Path) -> None:
    path = os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"]))
    done = subprocess.run(
        [sys.executable, "tests/demo/run.py"],
        cwd=COLLECTION,
        env={
            **emulated.clean_environment(tmp_path),
            "PATH": path,
            "PYTHONPATH": os.pathsep.join((str(COLLECTION.parents[2]), str(EMULATOR))),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0 and "NOT SO" not in done.stdout, done.stdout + done.stderr
