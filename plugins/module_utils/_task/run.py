# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a task: from a module's parameters to its result, without Ansible; and the ``main`` function of modules.

An ordinary module and the action plugin of the same name are thin wrappers around ``outcome_of``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import threading
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from ansible.module_utils.basic import AnsibleModule, _load_params

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api, Clock, ProgressCallback, open_api
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.credentials import fingerprint
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.denials import Diagnoses
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import Parent
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.requirements import unmet_requirements
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import (
    CONNECTION_RULES,
    CONNECTION_SPEC,
    Settings,
)
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.transport import Transport
from ansible_collections.alicloud.ram.plugins.module_utils._engine.module import ModuleTask, Prepare
from ansible_collections.alicloud.ram.plugins.module_utils._engine.options import check_arguments
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    DeclarationError,
    RamError,
    carrying,
    own_fault,
)
from ansible_collections.alicloud.ram.plugins.module_utils._names import environment_names, option_names, passed_on
from ansible_collections.alicloud.ram.plugins.module_utils._task.lint import lint_options
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable

T = TypeVar("T")

INSECURE = "validate_certs is false: TLS verification is disabled; traffic can be intercepted and modified."


def run_module(prepare: Prepare, argument_spec: Mapping[str, Any]) -> None:
    """Run as an ordinary module; this is a module's ``main``."""
    argument_spec = {**CONNECTION_SPEC, **argument_spec}
    arguments = _load_params() or {}
    with option_names({**passed_on(), **environment_names(arguments, argument_spec)}):
        _run_module(prepare, argument_spec, arguments)


def _run_module(prepare: Prepare, argument_spec: Mapping[str, Any], arguments: Mapping[str, Any]) -> None:
    try:
        check_arguments(arguments, argument_spec)
    except DeclarationError as error:  # AnsibleModule would fail on these arguments
        print(  # pylint: disable=ansible-bad-function
            json.dumps({"failed": True, "changed": False, "msg": error.message})
        )
        sys.exit(1)  # pylint: disable=ansible-bad-function
    module = AnsibleModule(argument_spec=argument_spec, supports_check_mode=True, **CONNECTION_RULES)
    unmet = unmet_requirements()
    if unmet:
        module.fail_json(msg=unmet)
    with Process(parent=Parent.of_module()) as process:
        process.parent.watch()
        result = outcome_of(process, prepare, module.params, module.check_mode, module._diff)
    for text in result.pop("warnings"):
        module.warn(text)
    if result.pop("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


def outcome_of(
    process: Process, prepare: Prepare, params: Mapping[str, Any], check_mode: bool, diff: bool
) -> dict[str, Any]:
    """Return the result of a task, with ``failed`` and ``warnings``, and with ``msg`` if it failed. Raises no RamError."""
    lint, warnings = lint_options(params), []
    if not params["validate_certs"]:
        warnings.append(INSECURE)
    try:
        result = run(prepare, params, check_mode, process)
    except RamError as error:
        details = error.details
        changed = bool(details.get("changes") or details.get("uncertain"))
        if not isinstance(error, DeclarationError):  # after one, nothing was sent
            warnings = lint + warnings
        warnings += [printable(text, lines=True) for text in error.warnings]
        return {"failed": True, "msg": error.message, "changed": changed, "warnings": warnings, **details}
    if not diff:
        result.pop("diff", None)
    if "msg" in result:
        result["msg"] = printable(result["msg"], lines=True)
    warnings = lint + warnings + [printable(text, lines=True) for text in result["warnings"]]
    return {"failed": False, **result, "warnings": warnings}  # the result of a fleet contains its own failed


def run(
    prepare: Prepare, params: Mapping[str, Any], check_mode: bool, process: Process | None = None
) -> dict[str, Any]:
    """Return the result of a task, including ``warnings``. Raises RamError."""
    try:
        work = prepare(params)
        settings = Settings.from_params(params)
        if process is not None:
            return process.run(settings, work, check_mode)
        with Process() as own:
            return own.run(settings, work, check_mode)
    except RamError:
        raise
    except Exception as error:
        raise own_fault(error) from error


class Process:
    """The state that the tasks of one process share: an event loop, connections, and a session for each set of options.

    It must be used by one thread only. As a context manager, it closes its connections at the end; Ansible workers exit
    without closing them. ``report_progress``, if set, applies to the following tasks; it is set if a user watches the
    terminal. ``parent`` represents the processes that wait for the results. ``clock`` is for tests.
    """

    def __init__(self, clock: Clock | None = None, parent: Parent | None = None) -> None:
        self.report_progress: ProgressCallback | None = None
        self.parent = parent or Parent()
        self.clock = clock or Clock()
        self._opening = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._transports: dict[Settings, Transport] = {}
        self._apis: dict[Any, Api] = {}

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self.close()

    def close(self) -> None:
        loop, self._loop = self._loop, None
        transports, self._transports = self._transports, {}
        self._apis = {}
        if loop is None:
            return
        try:
            _cancel_all(loop)
            for transport in transports.values():
                loop.run_until_complete(transport.close())
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()

    def run(self, settings: Settings, work: ModuleTask, check_mode: bool) -> dict[str, Any]:
        """Run a task with the Api that the settings select. Raises RamError."""
        return self.complete(self._work(settings, work, check_mode))

    def complete(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine, which gets the Apis that it needs from ``open``. Raises RamError."""
        if self._loop is None:
            self._loop, self._opening = asyncio.new_event_loop(), asyncio.Lock()
        try:
            result: T = self._complete(self._loop, work)
        except (Exception, asyncio.CancelledError):
            if self.parent.is_orphaned:
                raise self.parent.error() from None
            raise
        if self.parent.is_orphaned:
            raise self.parent.error()
        return result

    async def _work(self, settings: Settings, work: ModuleTask, check_mode: bool) -> dict[str, Any]:
        transport = await self._transport(settings)
        with transport.in_use(), carrying(transport.warnings):
            api = None
            try:
                api = await self._api(settings, transport)
                result = await work(api, check_mode)
            except RamError as error:
                if api and api.account_id:
                    error.details.setdefault("account_id", api.account_id)
                await Diagnoses().explain(error)
                raise
        return {**result, "warnings": transport.warnings + result["warnings"]}

    async def open(self, settings: Settings) -> Api:
        """Return the Api that the settings select; its calls are made inside ``in_use``. Raises RamError."""
        transport = await self._transport(settings)
        with transport.in_use(), carrying(transport.warnings):
            return await self._api(settings, transport)

    def warnings(self, settings: Settings) -> list[str]:
        """Return the warnings about the connections that these settings, which were opened before, select."""
        transport = self._transports.get(_without_caller(settings))
        return list(transport.warnings) if transport else []

    async def _api(self, settings: Settings, transport: Transport) -> Api:
        # Environment variables and profiles also determine the caller.
        key = (settings, fingerprint(settings))
        api = self._apis.get(key)
        if api is None:
            api = self._apis[key] = await open_api(settings, transport, self.clock, self.parent)
        api.report_progress = self.report_progress
        return api

    async def _transport(self, settings: Settings) -> Transport:
        """Return the transport, shared by all callers, so that a loop over many accounts keeps few connections open."""
        anybody = _without_caller(settings)
        if anybody in self._transports:
            # Let the event loop notice connections that the server closed between two tasks.
            for dummy in range(3):
                await asyncio.sleep(0)
        async with self._opening:
            if anybody not in self._transports:
                transport = Transport(anybody)
                await transport.open()
                self._transports[anybody] = transport
        return self._transports[anybody]

    def _complete(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> Any:
        task = loop.create_task(coroutine)
        try:
            with self.parent.cancelling(lambda: loop.call_soon_threadsafe(task.cancel)), _alarm_cancels(task):
                return loop.run_until_complete(task)
        except RamError:
            _cancel_all(loop)
            raise
        except BaseException:
            # Interrupted: end all running work before the exception propagates, and discard loop and connections.
            self.close()
            raise


def _without_caller(settings: Settings) -> Settings:
    return replace(
        settings,
        access_key_id=None,
        access_key_secret=None,
        security_token=None,
        profile=None,
        assume_role=None,
        account_id=None,
    )


@contextlib.contextmanager
def _alarm_cancels(task: asyncio.Task[Any]) -> Iterator[None]:
    """Let SIGALRM cancel the task, and call the previous signal handler after the task has ended.

    Ansible's ``timeout`` raises an exception in that handler. Inside the event loop, that exception could be mistaken for
    a connection error, or only be logged.
    """
    handler = signal.getsignal(signal.SIGALRM)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return
    fired = False

    def cancel(signum: int, frame: Any) -> None:
        nonlocal fired
        fired = True
        task.get_loop().call_soon_threadsafe(task.cancel)

    signal.signal(signal.SIGALRM, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, handler)
        if fired:
            handler(signal.SIGALRM, None)


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
