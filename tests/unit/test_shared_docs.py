# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tool that writes what the modules' documentation shares."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(root: pathlib.Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "tests/tools/shared_docs.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_change_reaches_every_module_that_shares_it(tmp_path: pathlib.Path) -> None:
    for part in ("docs/shared", "plugins/modules"):
        shutil.copytree(ROOT / part, tmp_path / part)
    (tmp_path / "tests/tools").mkdir(parents=True)
    shutil.copy(ROOT / "tests/tools/shared_docs.py", tmp_path / "tests/tools")
    assert run(tmp_path, "--check").returncode == 0
    source = tmp_path / "docs/shared/return_failure.yml"
    source.write_text(source.read_text().replace("The service's error code.", "The code of the service's error."))
    modules = sorted((tmp_path / "plugins/modules").glob("*.py"))
    before = {path: path.read_text() for path in modules}
    checked = run(tmp_path, "--check")
    assert checked.returncode == 1 and "plugins/modules/policy.py" in checked.stdout
    assert {path: path.read_text() for path in modules} == before
    assert run(tmp_path).returncode == 0 and run(tmp_path, "--check").returncode == 0
    for path in modules:
        assert path.read_text() == before[path].replace("The service's error code.", "The code of the service's error.")


def test_every_module_has_what_all_modules_return() -> None:
    for path in (ROOT / "plugins/modules").glob("*.py"):
        assert "# BEGIN shared: return_failure" in path.read_text(encoding="utf-8"), path.name
