# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user sees of a fault of the collection's own, and of an SDK that it is not made for."""

from __future__ import annotations

import pathlib
import shutil
import sys
from typing import Any

import pytest

from ansible_collections.alicloud.ram.tests.lib.documents import allow
from ansible_collections.alicloud.ram.tests.lib.paths import COLLECTION

RESOURCE = "plugins/module_utils/_resources/policy.py"
FAULT = 'observed = {}["NoSuchPart"]'


@pytest.fixture(name="defective")
def _defective(tmp_path: pathlib.Path) -> pathlib.Path:
    """A copy of the collection with a fault in the reading of policies."""
    copy = tmp_path / "collections" / "ansible_collections" / "alicloud" / "ram"
    for name in ("plugins", "meta"):
        shutil.copytree(COLLECTION / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(COLLECTION / "galaxy.yml", copy)
    path = copy / RESOURCE
    text = path.read_text(encoding="utf-8")
    line = "        observed = await self._read(api)\n"
    assert text.count(line) >= 1
    path.write_text(text.replace(line, f"        {FAULT}\n"), encoding="utf-8")
    return tmp_path / "collections"


def test_a_fault_of_our_own(defective: pathlib.Path, account: Any, playbook: Any) -> None:
    there = account()
    fleet = {"accounts": [{"account_id": there.account_id}], "policies": [{"name": "p", "document": allow("oss:*")}]}
    tasks: dict[str, dict[str, Any]] = {
        "worker": {"alicloud.ram.policy_info": {"name": "p"}},
        "module": {"alicloud.ram.policy_info": {"name": "p"}, "vars": {"alicloud_ram_inside_worker": False}},
        "fleet": {"alicloud.ram.baseline": fleet},
    }
    run = playbook(
        [{"name": name, "ignore_errors": True, **task} for name, task in tasks.items()],
        "-vvv",
        account=there,
        environment={"ANSIBLE_COLLECTIONS_PATH": str(defective)},
    ).succeeded()
    for name in tasks:
        result = run.of(name)
        assert (
            "This is a bug in alicloud.ram (KeyError: 'NoSuchPart'), not a mistake in your playbook." in result["msg"]
        )
        assert "https://github.com/alicloud-ram/alicloud.ram/issues" in result["msg"]
    (found,) = run.of("fleet")["accounts"]
    assert found["status"] == "failed" and "traceback" not in found
    # The line that failed, once for each task.
    assert run.output.count("KeyError: 'NoSuchPart'\n") == 3, run.output
    assert there.access_key_secret not in run.output


def test_an_sdk_of_the_wrong_version(account: Any, playbook: Any, tmp_path: pathlib.Path) -> None:
    info = tmp_path / "packages" / "alibabacloud_ram20150501-1.2.0.dist-info"
    info.mkdir(parents=True)
    text = "Metadata-Version: 2.1\nName: alibabacloud-ram20150501\nVersion: 1.2.0\n"
    (info / "METADATA").write_text(text, encoding="utf-8")
    there = account()
    task = {"name": "who", "alicloud.ram.caller_identity_info": {}}
    run = playbook([task], "-vvv", account=there, environment={"PYTHONPATH": str(info.parent)})
    message = run.of("who")["msg"]
    assert run.status == 2 and there.calls() == []
    assert "alibabacloud-ram20150501 is 1.2.0, but >=1.3.0,<2 is needed" in message
    assert f"{sys.executable} -m pip install 'alibabacloud-ram20150501>=1.3.0,<2'" in message
