# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of all action plugins: the module of the same name, run inside the Ansible worker.

Starting a Python process and importing the SDK costs an ordinary module some 400 ms for each task and host. An action
plugin is loaded, with all that it imports here, before Ansible forks its workers, so none of that is paid again.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.common.text.converters import to_text
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.alicloud.ram.plugins.module_utils._errors import RamError
from ansible_collections.alicloud.ram.plugins.module_utils._options import CONNECTION_RULES, CONNECTION_SPEC, Settings
from ansible_collections.alicloud.ram.plugins.module_utils._run import Process, missing_package, outcome_of
from ansible_collections.alicloud.ram.plugins.module_utils._transport import tls_context

SWITCH = "alicloud_ram_inside_worker"
"""A variable that, set to false, has every task run as an ordinary module."""

_COMPLETE = missing_package() is None
# Ansible's workers have no terminal of their own.
_WATCHED = sys.stderr.isatty()
_display = Display()
_process: tuple[int, Process] | None = None


def _prepare_to_fork() -> None:
    """Do once, before Ansible forks, what each worker would do again. Opens no socket and starts no thread."""
    if not _COMPLETE:
        return
    import aiohttp  # noqa: F401  pylint: disable=unused-import
    import alibabacloud_ram20150501.client  # noqa: F401  pylint: disable=unused-import

    try:
        tls_context(Settings(ca_bundle=_environment_bundle()))
    except RamError:
        pass  # the task that needs it says so


def _environment_bundle() -> str | None:
    names = CONNECTION_SPEC["ca_bundle"]["fallback"][1]
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


_prepare_to_fork()


class RamAction(ActionBase):
    """Runs the module of its own name, inside the worker where that comes to the same, else as an ordinary module."""

    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False

    _module: ClassVar[Any]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._module = importlib.import_module(cls.__module__.replace(".plugins.action.", ".plugins.modules."))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        if not self._comes_to_the_same(task_vars):
            return self._run_as_module(task_vars)
        result: dict[str, Any] = super().run(tmp, task_vars)
        result.update(self._run_here())
        return result

    def _comes_to_the_same(self, task_vars: Mapping[str, Any]) -> bool:
        """Whether the ordinary module would run on this machine, as this user, with this environment and Python."""
        task, connection = self._task, self._connection
        if not _COMPLETE or task.async_val or connection.transport != "local":
            return False
        if task.become or self._play_context.become or getattr(connection, "become", None):
            return False
        # An action plugin does not see the environment that play, block and task set.
        if any(self._templar.template(variables) for variables in task.environment or ()):
            return False
        variables = task_vars
        if task.delegate_to:
            variables = task_vars.get("ansible_delegated_vars", {}).get(task.delegate_to, {})
        if not boolean(self._templar.template(variables.get(SWITCH, task_vars.get(SWITCH, True)))):
            return False
        return str(self._templar.template(variables.get("ansible_python_interpreter"))) == sys.executable

    def _run_as_module(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """As Ansible does where there is no action plugin."""
        action = self._shared_loader_obj.action_loader.get(
            "ansible.legacy.normal",
            task=self._task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        result: dict[str, Any] = action.run(task_vars=task_vars)
        return result

    def _run_here(self) -> dict[str, Any]:
        validator = ArgumentSpecValidator({**CONNECTION_SPEC, **self._module.ARGUMENT_SPEC}, **CONNECTION_RULES)
        checked = validator.validate(plain(self._task.args))
        params = checked.validated_parameters
        if checked.error_messages:
            message = checked.errors.msg
            if isinstance(checked.errors[0], UnsupportedError):
                message = f"Unsupported parameters for ({self._task.action}) module: {message}"
            result: dict[str, Any] = {"failed": True, "msg": message}
        else:
            result = outcome_of(_worker_process(), self._module.prepare, params, self._task.check_mode, self._task.diff)
            if not result["warnings"]:
                del result["warnings"]
            if not result["failed"]:
                del result["failed"]
        result["invocation"] = {"module_args": params}
        return masked(result, checked._no_log_values)


def _worker_process() -> Process:
    """One for each worker, which all items of a loop share; what a parent had is not used."""
    global _process  # pylint: disable=global-statement
    if _process is None or _process[0] != os.getpid():
        _process = os.getpid(), Process(_tell if _WATCHED else None)
    return _process[1]


def _tell(text: str) -> None:
    _display.display(f"alicloud.ram: {text}", stderr=True)


def masked(result: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
    """The result without the values of secret options, as an ordinary module masks them."""
    kept = {key: value for key, value in result.items() if value is None or isinstance(value, bool)}
    return {**remove_values(result, secrets), **kept}


def plain(value: Any) -> Any:
    """Arguments without what Ansible adds to its texts, such as where they came from."""
    if value is None or type(value) in (str, bool):
        return value
    if isinstance(value, (int, float)):
        return (int if isinstance(value, int) else float)(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return "".join(to_text(value))
