# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks run as Ansible's worker runs them, but in this process and without a playbook, so thousands in a minute."""

from __future__ import annotations

import importlib
import json
import pathlib
import re
from types import SimpleNamespace
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._options import CONNECTION_SPEC
from ansible_collections.alicloud.ram.plugins.plugin_utils._action import _worker_process, as_json

COLLECTION = "ansible_collections.alicloud.ram.plugins"
MODULES = sorted(
    path.stem for path in (pathlib.Path(__file__).resolve().parents[2] / "plugins" / "modules").glob("*.py")
)

# What a message must not show: Python's own words, and the words for what nobody has thought of.
INTERNAL = re.compile(
    r"Traceback|\bNoneType\b|<class |object has no attribute|not understood|\w+(Error|Exception)\b(?! failed)|"
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


def spec_of(module: str) -> dict[str, Any]:
    """The argument specification of a module, with the options that all share."""
    return {**CONNECTION_SPEC, **importlib.import_module(f"{COLLECTION}.modules.{module}").ARGUMENT_SPEC}


def run(module: str, arguments: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """The result of a task, as the action plugin of the module gives it, with nothing known from earlier tasks.

    Raises what the plugin would raise.
    """
    plugin = importlib.import_module(f"{COLLECTION}.action.{module}").ActionModule
    action = plugin.__new__(plugin)  # what else it is made of says where a task runs, which is settled here
    action._task = SimpleNamespace(action=f"alicloud.ram.{module}", check_mode=check_mode, diff=True)
    try:
        result = action._run_here(as_json(arguments), False)
    finally:
        _worker_process().close()
    json.dumps(result, ensure_ascii=False).encode("utf-8")  # it can be handed on
    return result
