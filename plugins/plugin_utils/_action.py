# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of all action plugins, which run the module of the same name inside the Ansible worker.

An ordinary module takes some 400 ms for each task and host to start a Python process and to import the SDK. An action
plugin is loaded with all its imports before Ansible forks its workers, so that each worker saves this time.
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
from ansible.module_utils import basic
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
from ansible_collections.alicloud.ram.plugins.module_utils._engine.options import MAX_DEPTH, check_arguments
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, RamError
from ansible_collections.alicloud.ram.plugins.module_utils._names import VARIABLE as NAMES_VARIABLE
from ansible_collections.alicloud.ram.plugins.module_utils._names import environment_names, option_names
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process, outcome_of
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable
from ansible_collections.alicloud.ram.plugins.plugin_utils._targets import checked_arguments

SWITCH = "alicloud_ram_inside_worker"
"""The variable that, if false, makes every task run as an ordinary module."""
OPTION_NAMES = "alicloud_ram_option_names"
"""The variable in which a role sets the names of options in messages: a mapping of options to names."""

# Shells that read no file before a command, unless BASH_ENV is set.
_SHELLS = ("/bin/sh", "/bin/bash", "/usr/bin/bash")
_LOCAL = os.path.join(os.path.dirname(ansible.plugins.connection.__file__), "local.py")
_COMPLETE = not unmet_requirements()
# Since ansible-core 2.22, validation registers the values of secret options, and Ansible masks them in its output.
_MASKED_BY_ANSIBLE = importlib.util.find_spec("ansible.module_utils.secrets") is not None
# Evaluated before the fork, because Ansible's workers have no terminal.
_WATCHED = sys.stderr.isatty()
_display = Display()
# Duplicated before the fork, because Ansible redirects the standard error of its workers.
_stderr: int | None = None
with contextlib.suppress(OSError):
    _stderr = os.dup(2)
_process: tuple[int, Process] | None = None


def _prepare_to_fork() -> None:
    """Do once, before Ansible forks, what each worker would have to do. Opens no sockets and starts no threads."""
    if not _COMPLETE:
        return
    import aiohttp  # noqa: F401  pylint: disable=unused-import
    import alibabacloud_ram20150501.client  # noqa: F401  pylint: disable=unused-import

    # Ansible loads all filters when a process uses the first one, which is usually in each worker.
    with contextlib.suppress(KeyError):  # ansible-core 2.16, if this is not imported by Ansible itself
        filter_loader.get("default")
        test_loader.get("defined")
    try:
        tls_context(Settings(ca_bundle=_environment_bundle()))
    except RamError:
        pass  # the task that needs the bundle reports the error


def _environment_bundle() -> str | None:
    paths = [os.environ.get(name, "") for name in CONNECTION_SPEC["ca_bundle"]["fallback"][1]]
    return next((path for path in paths if os.path.isabs(path)), None)  # a task may run in another directory


_prepare_to_fork()


class RamAction(ActionBase):
    """Runs the module of the same name inside the worker if the result is the same, else as an ordinary module."""

    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False

    _module: ClassVar[Any]

    @classmethod
    def validate_options(cls) -> None:
        """Validate the options of a task as an ordinary module does, and do nothing else.

        ansible-lint calls it as the ``main`` of an action plugin: it replaces AnsibleModule by a class that stops here.
        """
        basic.AnsibleModule(argument_spec=cls._argument_spec(), supports_check_mode=True, **cls._argument_rules)

    _argument_rules: ClassVar[Mapping[str, Any]] = CONNECTION_RULES

    @classmethod
    def _argument_spec(cls) -> dict[str, Any]:
        return {**CONNECTION_SPEC, **cls._module.ARGUMENT_SPEC}

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
        return {"failed": True, "msg": message}  # short, because nobody reads the pipe to which Ansible writes it

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
            arguments = None  # the ordinary module reports the error
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
        """Return whether the module would run on this machine, as this user, with this environment and Python."""
        task, connection, shell = self._task, self._connection, self._play_context.executable
        if not _COMPLETE or task.async_val or task.become or self._play_context.become or connection.become:
            return False
        if getattr(connection, "_original_path", None) != _LOCAL:
            return False
        # An action plugin does not see the environment of play, block and task, or what a shell sets when it starts.
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
        """Run the module as Ansible does without an action plugin."""
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
        # With async, the module is meant to continue without Ansible.
        identity = "" if self._task.async_val else worker_identity()
        if identity:
            added[PARENT_VARIABLE] = identity
        environment = self._task.environment if added else []
        environment.append(added)
        try:
            with _worker_process().parent.busy():  # an orphaned worker still removes the module's files
                result: dict[str, Any] = action.run(task_vars=task_vars)
        finally:
            environment.pop()  # callbacks receive the task
        return result

    def _run_in_worker(self, arguments: dict[str, Any], invocation: bool) -> dict[str, Any]:
        spec = self._argument_spec()
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
    """Return whether results contain the arguments: always, until ansible-core 2.21 made it an option."""
    option = "INJECT_INVOCATION"
    return not C.config.get_configuration_definition(option) or bool(
        C.config.get_config_value(option, variables=task_vars)
    )


@contextlib.contextmanager
def _in_directory(path: str) -> Iterator[None]:
    """Change to the directory in which an ordinary module would run, because relative paths depend on it."""
    before = os.getcwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


def _worker_process() -> Process:
    """Return the Process of this worker, which all items of a loop share; one inherited by a fork is not used."""
    global _process  # pylint: disable=global-statement
    if _process is None or _process[0] != os.getpid():
        _process = os.getpid(), Process(parent=Parent.of_worker())
    return _process[1]


def _write_once_to_stderr(text: str) -> None:
    """Write to ansible-playbook's standard error, because Ansible's display does not work in an orphaned worker."""
    global _stderr  # pylint: disable=global-statement
    stderr, _stderr = _stderr, None
    if stderr is not None:
        with contextlib.suppress(OSError):
            os.write(stderr, f"{text}\n".encode(errors="replace"))


def _report_progress(text: str) -> None:
    if not _worker_process().parent.is_orphaned:
        _display.display(f"alicloud.ram: {printable(text)}", stderr=True)


def masked(result: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
    """Return the result as JSON values, with the values of secret options masked as in an ordinary module."""
    text = json.dumps(result, default=_plain)
    result = json.loads(text)
    # Searching a fleet's result value by value takes long, so look into the JSON text first.
    if _MASKED_BY_ANSIBLE or not any(json.dumps(secret)[1:-1] in text for secret in secrets):
        return result
    from ansible.module_utils.common.parameters import remove_values

    kept = {key: value for key, value in result.items() if value is None or isinstance(value, bool)}
    return {**remove_values(result, secrets), **kept}


def as_json(value: Any) -> Any:
    """Return the value as if it were passed to or from an ordinary module, without Ansible's tags on strings.

    Raises TypeError for types that JSON does not support, and ValueError.
    """
    return json.loads(json.dumps(value, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if getattr(value, "__ENCRYPTED__", False):  # a vaulted string, before ansible-core 2.19
        return to_text(value)
    raise TypeError(type(value).__name__)
