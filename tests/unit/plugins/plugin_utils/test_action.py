# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins bring into Ansible's process before it forks. How they run tasks is an integration test."""

from __future__ import annotations

import datetime
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.operations import SERVICES
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import CONNECTION_SPEC
from ansible_collections.alicloud.ram.plugins.plugin_utils._action import RamAction, _report_progress, as_json
from ansible_collections.alicloud.ram.tests.lib.paths import PLUGINS

NAMES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
COLLECTION = "ansible_collections.alicloud.ram.plugins"

HEAD = f"""
import json, os, sys, threading
sys.path[:0] = {[path for path in sys.path if path]}
import ansible.plugins.loader
def sockets():
    links = [entry.path for entry in os.scandir("/proc/self/fd")]
    return sum(os.path.lexists(link) and os.readlink(link).startswith("socket:") for link in links)
before = sockets()
for name in {NAMES}:
    __import__("{COLLECTION}.action." + name)
"""


def in_a_process(script: str) -> Any:
    """What a script prints as JSON, once all action plugins are imported."""
    completed = subprocess.run(
        [sys.executable, "-c", HEAD + script],
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0 and not completed.stderr, completed.stderr
    return json.loads(completed.stdout)


def test_each_module_has_an_action_plugin() -> None:
    assert NAMES == sorted(path.stem for path in (PLUGINS / "action").glob("*.py"))
    for name in NAMES:
        plugin = importlib.import_module(f"{COLLECTION}.action.{name}").ActionModule
        assert issubclass(plugin, RamAction)
        assert plugin._module is importlib.import_module(f"{COLLECTION}.modules.{name}")


def test_what_is_imported_before_the_fork() -> None:
    pytest.importorskip(SERVICES["ram"])
    modules = set(in_a_process("print(json.dumps(sorted(sys.modules)))"))
    assert {"aiohttp", f"{SERVICES['ram']}.client", f"{SERVICES['ram']}.models"} <= modules
    assert not {SERVICES["sts"], SERVICES["resourcemanager"]} & modules


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_no_socket_and_no_thread_before_the_fork() -> None:
    assert in_a_process("print(json.dumps([sockets() - before, threading.active_count()]))") == [0, 1]


TASK = """
known = set(sys.modules)
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import (CONNECTION_SPEC)
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process, outcome_of
from ansible_collections.alicloud.ram.plugins.modules import policy
nowhere = {"ram_endpoint": "127.0.0.1:1", "retry_timeout": 0, "access_key_id": "k", "access_key_secret": "s"}
options = {"name": "p", "state": "absent", **nowhere}
params = ArgumentSpecValidator({**CONNECTION_SPEC, **policy.ARGUMENT_SPEC}).validate(options).validated_parameters
result = outcome_of(Process(), policy.prepare, params, False, False)
print(json.dumps([result["msg"], sorted(set(sys.modules) - known)]))
os._exit(sys.stdout.flush() or 0)
"""


def test_a_task_imports_nothing_more() -> None:
    pytest.importorskip(SERVICES["ram"])
    message, imported = in_a_process(TASK)
    assert "127.0.0.1:1 cannot be reached" in message
    assert imported == []


def test_a_forked_process_starts_anew() -> None:
    assert in_a_process(
        f"""
from {COLLECTION}.plugin_utils import _action
mine = _action._worker_process()
same = _action._worker_process() is mine
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, b"same" if _action._worker_process() is mine else b"anew")
    os._exit(0)
os.wait()
print(json.dumps([same, os.read(reading, 4).decode()]))
"""
    ) == [True, "anew"]


def options_of(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for option in spec.values():
        yield option
        yield from options_of(option.get("options") or {})


@pytest.mark.parametrize("name", NAMES)
def test_no_option_has_something_to_tell_about_its_use(name: str) -> None:
    """The validation that action plugins can use tells neither of aliases nor of options that are deprecated."""
    spec = importlib.import_module(f"{COLLECTION}.modules.{name}").ARGUMENT_SPEC
    for option in options_of({**CONNECTION_SPEC, **spec}):
        assert not {"aliases", "deprecated_aliases", "removed_in_version", "removed_at_date"} & set(option)


def test_progress_is_shown_with_nothing_unseen(capfd: pytest.CaptureFixture[str]) -> None:
    _report_progress("account 1: DetachPolicyFromUser of user 'al\x1b[31mice\u202e\x9b\nfatal'")
    assert (
        capfd.readouterr().err
        == "alicloud.ram: account 1: DetachPolicyFromUser of user 'al\\x1b[31mice\\u202e\\x9b\\nfatal'\n"
    )


class Text(str):
    """As Ansible's texts are, which know where they came from."""


def test_arguments_are_what_a_module_would_read() -> None:
    given = {
        "text": Text("a"),
        Text("key"): [Text("b"), (1, 2.5, None, True)],
        1: {False: Text("c"), None: 2},
        "date": datetime.date(2030, 1, 2),
        "time": datetime.datetime(2030, 1, 2, 3, 4, 5),
    }
    found = as_json(given)
    assert found == {
        "text": "a",
        "key": ["b", [1, 2.5, None, True]],
        "1": {"false": "c", "null": 2},
        "date": "2030-01-02",
        "time": "2030-01-02T03:04:05",
    }
    assert found["text"].__class__ is str and {key.__class__ for key in found} == {str}


@pytest.mark.parametrize("value", [{"a"}, b"a", object()], ids=["set", "bytes", "object"])
def test_what_json_does_not_know_is_left_to_ansible(value: Any) -> None:
    with pytest.raises(TypeError):
        as_json({"option": value})
