# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-lint finds mistakes in the options of the modules, and calls nothing."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from ansible_collections.alicloud.ram.tests.lib.paths import BIN, COLLECTION

TASKS: dict[str, tuple[dict[str, Any], str]] = {
    "misspelt": ({"policy": {"nam": "p", "document": "{{ document }}"}}, "nam"),
    "misspelt below": ({"user_policies": {"user_name": "ci", "policies": [{"name": "p", "typ": "Custom"}]}}, "policies.typ"),
    "choice": ({"user": {"name": "x", "state": "presen"}}, "value of state must be one of"),
    "missing": ({"role_info": {"name_patern": "x*"}}, "name_patern"),
    "on hosts": ({"inventory_baseline": {"max_change": 3}}, "max_change"),
    "good": ({"baseline": {"users": [{"name": "x"}], "policies": "{{ policies }}", "preflight": "{{ x }}"}}, ""),
    "good on hosts": ({"inventory_baseline": {"max_changes": "{{ x }}"}}, ""),
    "good again": ({"group": {"name": "{{ x }}", "members": "{{ members | default(omit) }}"}}, ""),
}  # fmt: skip


@pytest.mark.skipif(not (BIN / "ansible-lint").exists(), reason="ansible-lint is not for this release of ansible-core")
def test_wrong_options_are_found(account: Any, tmp_path: pathlib.Path) -> None:
    there = account()
    tasks = [
        {"name": name.capitalize(), **{f"alicloud.ram.{module}": options for module, options in task.items()}}
        for name, (task, _found) in TASKS.items()
    ]
    plays = [{"name": "All", "hosts": "localhost", "gather_facts": False, "tasks": tasks}]
    (tmp_path / "play.yml").write_text("---\n" + yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    environment = {**os.environ, **there.environment, "NO_COLOR": "1", "HOME": str(tmp_path),
                   "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2])}  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(BIN / "ansible-lint"), "--offline", "--nocolor", "-p", "play.yml"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    found = [line for line in done.stdout.splitlines() if "args[module]" in line]
    wrong = [text for _task, text in TASKS.values() if text]
    assert len(found) == len(wrong), done.stdout + done.stderr
    for text in wrong:
        assert any(re.search(re.escape(text), line) for line in found) or text == "nam", (text, found)
    assert there.calls() == []
