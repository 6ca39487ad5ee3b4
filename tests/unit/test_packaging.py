# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is packed and what is staged: the project's own files, and nothing that lies about beside them."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

import pytest

from ansible_collections.alicloud.ram.tests.lib.paths import COLLECTION


def lying_about() -> set[str]:
    """A file for each pattern of .gitignore, and one further below where the pattern holds there, too."""
    found = set()
    for pattern in (COLLECTION / ".gitignore").read_text(encoding="utf-8").splitlines():
        if pattern and not pattern.startswith("#"):
            name = re.sub(r"\[(.).*?\]", r"\1", pattern.strip("/")).replace("*", "x")
            name += "/file" if pattern.endswith("/") else ""
            found |= {name} if pattern.startswith("/") else {name, f"plugins/{name}"}
    return found


def made(directory: pathlib.Path, names: set[str]) -> None:
    for name in names:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text("{}", encoding="utf-8")


@pytest.mark.skipif(not (COLLECTION / ".gitignore").exists(), reason="This tree is a released archive.")
def test_what_git_ignores_is_not_packed(tmp_path: pathlib.Path) -> None:
    source = tmp_path / "source"
    own = {"README.md", "playbooks/audit.yml", "plugins/modules/policy.py", "docs/audit.md"}
    made(source, own | lying_about() | {"tests/tools/stage.py", "Makefile", "docs/shared/text.yml"})
    shutil.copy(COLLECTION / "galaxy.yml", source)
    command = [str(pathlib.Path(sys.executable).parent / "ansible-galaxy"), "collection", "build", "--output-path"]
    subprocess.run([*command, tmp_path, source], check=True, capture_output=True, timeout=120)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        listing = json.load(packed.extractfile("FILES.json"))
    assert {entry["name"] for entry in listing["files"] if entry["ftype"] == "file"} == own


def test_what_is_built_or_cached_is_not_staged(tmp_path: pathlib.Path) -> None:
    own = {"plugins/modules/policy.py", "playbooks/build.yml", "tests/tools/build/kept.py", "tests/tools/stage.py"}
    built = {"build/venv/bin/tool", "build/ansible_collections/other.txt", "tests/tools/__pycache__/stage.pyc"}
    made(tmp_path, own | built)
    script = shutil.copy(COLLECTION / "tests" / "tools" / "stage.py", tmp_path / "tests" / "tools" / "stage.py")
    stage = tmp_path / "build" / "ansible_collections" / "alicloud" / "ram"
    for dummy in range(2):
        subprocess.run([sys.executable, script, stage], check=True, capture_output=True, timeout=120)
        staged = {path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file()}
        assert {name for name in staged if not name.startswith(".git/")} == own
