# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of all action plugins: the module of the same name, run inside the Ansible worker.

Starting a Python process and importing the SDK costs an ordinary module some 400 ms for each task and host. An action
plugin is loaded, with all that it imports here, before Ansible forks its workers, so none of that is paid again.
"""

from __future__ import annotations

import contextlib
import datetime
import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import ansible.plugins.connection
from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.text.converters import to_text
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import filter_loader, test_loader
from ansible.utils.display import Display

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import VARIABLE as PARENT_VARIABLE
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import Parent, worker_identity
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.requirements import unmet_requirements
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import (
    CONNECTION_RULES,
    CONNECTION_SPEC,
    Settings,
)
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.transport import tls_context
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, RamError
from ansible_collections.alicloud.ram.plugins.module_utils._names import VARIABLE as NAMES_VARIABLE
from ansible_collections.alicloud.ram.plugins.module_utils._names import environment_names, option_names
from ansible_collections.alicloud.ram.plugins.module_utils._task.options import MAX_DEPTH, check_arguments
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process, outcome_of
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable
from ansible_collections.alicloud.ram.plugins.plugin_utils._targets import checked_arguments

SWITCH = "alicloud_ram_inside_worker"
"""A variable that, set to false, has every task run as an ordinary module."""
OPTION_NAMES = "alicloud_ram_option_names"
"""A variable with which a role says what messages call the options that it passes on: names by options."""

# Shells that read no file before a command, where BASH_ENV names none.
_SHELLS = ("/bin/sh", "/bin/bash", "/usr/bin/bash")
_LOCAL = os.path.join(os.path.dirname(ansible.plugins.connection.__file__), "local.py")
_COMPLETE = not unmet_requirements()
# From ansible-core 2.22 on, validation registers the values of secret options, and Ansible masks what it shows.
_MASKED_BY_ANSIBLE = importlib.util.find_spec("ansible.module_utils.secrets") is not None
# Ansible's workers have no terminal of their own.
_WATCHED = sys.stderr.isatty()
_display = Display()
# Ansible takes its workers' standard error away.
_stderr: int | None = None
with contextlib.suppress(OSError):
    _stderr = os.dup(2)
_process: tuple[int, Process] | None = None


def _prepare_to_fork() -> None:
    """Do once, before Ansible forks, what each worker would do again. Opens no socket and starts no thread."""
    if not _COMPLETE:
        return
    import aiohttp  # noqa: F401  pylint: disable=unused-import
    import alibabacloud_ram20150501.client  # noqa: F401  pylint: disable=unused-import

    # The first filter of a process has Ansible load them all, so as a rule each worker does.
    with contextlib.suppress(KeyError):  # ansible-core 2.16 where it is imported by something else than Ansible
        filter_loader.get("default")
        test_loader.get("defined")
    try:
        tls_context(Settings(ca_bundle=_environment_bundle()))
    except RamError:
        pass  # the task that needs it says so


def _environment_bundle() -> str | None:
    paths = [os.environ.get(name, "") for name in CONNECTION_SPEC["ca_bundle"]["fallback"][1]]
    return next((path for path in paths if os.path.isabs(path)), None)  # a task may be in another directory


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
        parent = _worker_process().parent
        parent.watch()
        result = {} if parent.is_orphaned else self._run(tmp, task_vars or {})
        if not parent.is_orphaned:
            return result
        message = str(result.get("msg") or parent.error())
        if not self._task.no_log:
            _write_once_to_stderr(f"alicloud.ram: {message}")
        return {"failed": True, "msg": message}  # short, because Ansible writes it to a pipe that nobody reads

    def _run(self, tmp: str | None, task_vars: dict[str, Any]) -> dict[str, Any]:
        names = self._option_names(task_vars)
        try:
            with option_names(names):
                self._task.args = checked_arguments(self._task, self._templar, task_vars.get("omit"))
        except DeclarationError as error:
            return {"failed": True, "changed": False, "msg": error.message}
        try:
            arguments = as_json(self._task.args) if self._can_run_in_worker(task_vars) else None
        except RecursionError:
            return {"failed": True, "changed": False, "msg": _too_deep(self._task.args)}
        except (AnsibleError, TypeError, ValueError):
            arguments = None  # the ordinary way says what is wrong
        if arguments is None:
            result: dict[str, Any] = self._run_as_module(task_vars, names)
        else:
            result = super().run(tmp, task_vars)
            with option_names(names), _in_directory(self._loader.get_basedir()):
                result.update(self._run_in_worker(arguments, _injects_invocation(task_vars)))
        found = result.pop("traceback", None)
        if found and not self._task.no_log:
            _display.vvv(found)
        return result

    def _can_run_in_worker(self, task_vars: Mapping[str, Any]) -> bool:
        """Whether the ordinary module would run on this machine, as this user, with this environment and Python."""
        task, connection, shell = self._task, self._connection, self._play_context.executable
        if not _COMPLETE or task.async_val or task.become or self._play_context.become or connection.become:
            return False
        if getattr(connection, "_original_path", None) != _LOCAL:
            return False
        # An action plugin does not see the environment that play, block and task set, nor what a shell sets at its start.
        if any(task.environment or ()) or "BASH_ENV" in os.environ:
            return False
        if C.DEFAULT_EXECUTABLE not in _SHELLS or shell not in (None, *_SHELLS):
            return False
        target = task_vars
        if task.delegate_to:
            target = task_vars.get("ansible_delegated_vars", {}).get(task.delegate_to, {})
        for variables in (task_vars, target):
            if not boolean(self._templar.template(variables.get(SWITCH, True)), strict=False):
                return False
        python = C.config.get_config_value("INTERPRETER_PYTHON", variables=target)
        return str(self._templar.template(python)).strip() == sys.executable

    def _option_names(self, task_vars: Mapping[str, Any]) -> dict[str, str]:
        names = self._templar.template(task_vars[OPTION_NAMES]) if OPTION_NAMES in task_vars else {}
        return {str(option): str(name) for option, name in names.items()} if isinstance(names, Mapping) else {}

    def _run_as_module(self, task_vars: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
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
        added = {NAMES_VARIABLE: json.dumps(names)} if names else {}
        # With async, the module is meant to go on without Ansible.
        identity = "" if self._task.async_val else worker_identity()
        if identity:
            added[PARENT_VARIABLE] = identity
        environment = self._task.environment if added else []
        environment.append(added)
        try:
            with _worker_process().parent.busy():  # an orphaned worker still removes the module's files
                result: dict[str, Any] = action.run(task_vars=task_vars)
        finally:
            environment.pop()  # callbacks are given the task
        return result

    def _run_in_worker(self, arguments: dict[str, Any], invocation: bool) -> dict[str, Any]:
        spec = {**CONNECTION_SPEC, **self._module.ARGUMENT_SPEC}
        with option_names(environment_names(arguments, spec)):
            return self._outcome(arguments, spec, invocation)

    def _outcome(self, arguments: dict[str, Any], spec: dict[str, Any], invocation: bool) -> dict[str, Any]:
        try:
            check_arguments(arguments, spec)
        except DeclarationError as error:
            return {"failed": True, "changed": False, "msg": error.message}
        checked = ArgumentSpecValidator(spec, **CONNECTION_RULES).validate(arguments)
        params = checked.validated_parameters
        if checked.error_messages:
            message = checked.errors.msg
            if isinstance(checked.errors[0], UnsupportedError):
                message = f"Unsupported parameters for ({self._task.action}) module: {message}"
            result: dict[str, Any] = {"failed": True, "msg": message}
        else:
            process = _worker_process()
            process.report_progress = _report_progress if _WATCHED and not self._task.no_log else None
            result = outcome_of(process, self._module.prepare, params, self._task.check_mode, self._task.diff)
            if not result["warnings"]:
                del result["warnings"]
            if not result["failed"]:
                del result["failed"]
        result = masked(result, checked._no_log_values)
        if invocation:
            result["invocation"] = masked({"module_args": params}, checked._no_log_values)
        return result


def _too_deep(arguments: Mapping[str, Any]) -> str:
    for name, value in arguments.items():
        try:
            as_json(value)
        except RecursionError:
            return f"{name}: it is nested more than {MAX_DEPTH} levels deep."
    return "The options are nested too deeply."


def _injects_invocation(task_vars: Mapping[str, Any]) -> bool:
    """Whether results tell the arguments: always, until ansible-core 2.21 made it an option."""
    option = "INJECT_INVOCATION"
    return not C.config.get_configuration_definition(option) or bool(
        C.config.get_config_value(option, variables=task_vars)
    )


@contextlib.contextmanager
def _in_directory(path: str) -> Iterator[None]:
    """Where an ordinary module would run, for what relative paths mean."""
    before = os.getcwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


def _worker_process() -> Process:
    """One for each worker, which all items of a loop share; what a parent had is not used."""
    global _process  # pylint: disable=global-statement
    if _process is None or _process[0] != os.getpid():
        _process = os.getpid(), Process(parent=Parent.of_worker())
    return _process[1]


def _write_once_to_stderr(text: str) -> None:
    """Write to the standard error that ansible-playbook had: Ansible's display no longer works in an orphaned worker."""
    global _stderr  # pylint: disable=global-statement
    stderr, _stderr = _stderr, None
    if stderr is not None:
        with contextlib.suppress(OSError):
            os.write(stderr, f"{text}\n".encode(errors="replace"))


def _report_progress(text: str) -> None:
    if not _worker_process().parent.is_orphaned:
        _display.display(f"alicloud.ram: {printable(text)}", stderr=True)


def masked(result: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
    """The result as JSON values, without the values of secret options, as an ordinary module masks them."""
    text = json.dumps(result, default=_plain)
    result = json.loads(text)
    # To look through a fleet's result value by value takes long.
    if _MASKED_BY_ANSIBLE or not any(json.dumps(secret)[1:-1] in text for secret in secrets):
        return result
    from ansible.module_utils.common.parameters import remove_values

    kept = {key: value for key, value in result.items() if value is None or isinstance(value, bool)}
    return {**remove_values(result, secrets), **kept}


def as_json(value: Any) -> Any:
    """The value as it would reach an ordinary module, or come from it, and without Ansible's tags on texts.

    Raises TypeError for what JSON does not know, and ValueError.
    """
    return json.loads(json.dumps(value, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if getattr(value, "__ENCRYPTED__", False):  # of a vault, before ansible-core 2.19
        return to_text(value)
    raise TypeError(type(value).__name__)
