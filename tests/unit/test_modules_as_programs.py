# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module as the program that Ansible runs elsewhere: arguments come in as JSON, and one result goes out."""

from __future__ import annotations

import contextlib
import json
import runpy
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.module_utils import basic

from ansible_collections.alicloud.ram.tests.lib.paths import PLUGINS

MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))


@contextlib.contextmanager
def arguments_given(arguments: dict[str, Any]) -> Iterator[None]:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # ansible-core 2.16
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
            yield
    else:
        with patch_module_args(arguments):
            yield


def result_of(module: str, arguments: dict[str, Any], capsys: Any) -> tuple[int, dict[str, Any]]:
    """The exit status and the result."""
    with arguments_given(arguments), pytest.raises(SystemExit) as ended:
        runpy.run_path(str(PLUGINS / "modules" / f"{module}.py"), run_name="__main__")
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return int(ended.value.code or 0), result


@pytest.mark.parametrize("module", MODULES)
def test_an_option_that_it_does_not_have(module: str, capsys: Any) -> None:
    status, result = result_of(module, {"colour": "blue"}, capsys)
    # Ansible names a required option that is missing first.
    assert status == 1 and result["failed"]
    assert "colour" in result["msg"] or result["msg"].startswith("missing required arguments: ")


def test_a_value_that_is_refused_before_any_call(capsys: Any) -> None:
    key = {"access_key_id": "LTAIx", "access_key_secret": "a-canary"}
    status, result = result_of("policy", {"name": "a_b", "document": {}, **key}, capsys)
    assert status == 1 and not result["changed"] and "'a_b' is not the name of a policy" in result["msg"]
    assert "a-canary" not in json.dumps(result)


def test_a_service_that_does_not_answer(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    key = {"access_key_id": "LTAIx", "access_key_secret": "a-canary"}
    nowhere = {"sts_endpoint": "127.0.0.1:1", "retry_timeout": 0, "connect_timeout": 1}
    status, result = result_of("caller_identity_info", {**key, **nowhere}, capsys)
    assert status == 1 and "127.0.0.1:1 cannot be reached" in result["msg"] and not result["changed"]
