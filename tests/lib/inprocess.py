# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks run as Ansible's worker runs them, but in this process and without a playbook, so thousands in a minute."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import pathlib
import re
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Clock
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import CONNECTION_RULES, CONNECTION_SPEC
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process, outcome_of
from ansible_collections.alicloud.ram.plugins.plugin_utils._action import _worker_process, as_json
from ansible_collections.alicloud.ram.tests.lib import emulated

COLLECTION = "ansible_collections.alicloud.ram.plugins"

# What a message must not show: Python's own words, and the words for what nobody has thought of.
INTERNAL = re.compile(
    r"Traceback|\bNoneType\b|<class |object has no attribute|not understood|bug in alicloud|\w+(Error|Exception)\b(?! failed)|"
    r"unhashable|not iterable|not subscriptable|codec can't|unexpected keyword|positional argument"
)

# How the texts of Ansible's own validation begin, which name the option but do not cut its value.
OF_ANSIBLE = (
    "argument '",
    "value of ",
    "Elements value for option ",
    "missing required arguments: ",
    "parameters are ",
)


# What a terminal, a log or a reader would not survive; line feeds are between the lines of a message.
_RAW = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    "\u2800\u3000\u3164\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)


def is_raw(text: str) -> bool:
    """Whether a text has a character that nobody sees, as it is."""
    return bool(_RAW.search(text))


def spec_of(module: str) -> dict[str, Any]:
    """The argument specification of a module, with the options that all share."""
    return {**CONNECTION_SPEC, **importlib.import_module(f"{COLLECTION}.modules.{module}").ARGUMENT_SPEC}


def validated(module: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """A module's parameters, of arguments that are good. Raises ValueError."""
    checked = ArgumentSpecValidator(spec_of(module), **CONNECTION_RULES).validate(arguments)
    if checked.error_messages:
        raise ValueError(checked.error_messages)
    parameters: dict[str, Any] = checked.validated_parameters
    return parameters


def outcome(
    process: Process, module: str, arguments: dict[str, Any], check_mode: bool = False, diff: bool = False
) -> dict[str, Any]:
    """The result of a task, with ``failed`` and ``warnings``, in a process of the test's."""
    prepare = importlib.import_module(f"{COLLECTION}.modules.{module}").prepare
    return outcome_of(process, prepare, validated(module, arguments), check_mode, diff)


class Passing(Clock):
    """Nobody waits: time passes at once, for the engine and for the emulator."""

    def __init__(self, here: emulated.InProcess) -> None:
        self._clock = here.clock

    def now(self) -> float:
        return float(self._clock.monotonic())

    def wall(self) -> float:
        return float(self._clock.now())

    async def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)
        await asyncio.sleep(0)


def forget_the_user(monkeypatch: pytest.MonkeyPatch, home: pathlib.Path) -> None:
    """Take credentials, proxies and the like out of this process's environment, and work in another home."""
    for name in list(os.environ):
        if name.upper().startswith(("ALIBABA", "HTTP", "NO_PROXY", "REQUESTS_", "SSL_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
    monkeypatch.chdir(home)


def run(module: str, arguments: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """The result of a task, as the action plugin of the module gives it, with nothing known from earlier tasks.

    Raises what the plugin would raise.
    """
    plugin = importlib.import_module(f"{COLLECTION}.action.{module}").ActionModule
    action = plugin.__new__(plugin)  # what else it is made of says where a task runs, which is settled here
    action._task = SimpleNamespace(action=f"alicloud.ram.{module}", check_mode=check_mode, diff=True)
    try:
        result = action._run_in_worker(as_json(arguments), False)
    finally:
        _worker_process().close()
    json.dumps(result, ensure_ascii=False).encode("utf-8")  # it can be handed on
    return result
