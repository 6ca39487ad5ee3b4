# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of a play, each of which is an account: bring all of them to their baselines in one run.

Each host has its own connection options, account and declaration. What is wrong with one of them is that host's failure.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api, Clock, ProgressCallback
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import (
    ASSUME_ROLE_SPEC,
    CONNECTION_RULES,
    CONNECTION_SPEC,
    AssumeRole,
    Settings,
    account_id_of,
    refuse_empty,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.accounts import (
    Account,
    Hub,
    checked_pace,
    completed_role,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.baseline import (
    Declaration,
    Declared,
    all_of,
    converging,
    given,
    sections,
    task_options,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.fleet import (
    NOT_STARTED,
    Member,
    allowed_failures,
    run_fleet,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.module import ModuleTask
from ansible_collections.alicloud.ram.plugins.module_utils._engine.options import (
    check_arguments,
    checked_options,
    unknown_option,
    validated,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.placeholders import ACCOUNT_ID
from ansible_collections.alicloud.ram.plugins.module_utils._engine.preflight import GUARD_SPEC, Guard
from ansible_collections.alicloud.ram.plugins.module_utils._engine.review import REVIEW_SPEC, Review
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ConflictError, DeclarationError, RamError
from ansible_collections.alicloud.ram.plugins.module_utils._names import environment_names, option_name, option_names
from ansible_collections.alicloud.ram.plugins.module_utils._resources import registry
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import KINDS as PRINCIPALS
from ansible_collections.alicloud.ram.plugins.module_utils._resources.removal import RemovalRules

HOSTS_SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "delete_service_linked_roles": {"type": "bool", "default": False},
    "delete_unowned": {"type": "list", "elements": "str", "default": []},
    "max_concurrency": {"type": "int", "default": 50},
    "max_failures": {"type": "str", "default": "100%"},
    **GUARD_SPEC,
    **REVIEW_SPEC,
    "assume_role_rate": {"type": "float", "default": 90},
}

CONNECTION_OPTIONS = tuple(name for name in CONNECTION_SPEC if name not in ("account_id", "assume_role"))
"""The options of a host that may be the same for many hosts: credentials, endpoints and connection."""

BASELINE = "baseline"
"""What messages call the declaration of a host, unless ``option_names`` has another name."""

OpenApi = Callable[[Settings], Awaitable[Api]]


@dataclass(frozen=True)
class Host:
    """A host as its variables describe it.

    ``options`` are the shared options that it sets, by name, ``declared`` its declaration: values by section, and by option
    of the task, and ``account_id`` to check. Values that are the same object for several hosts are checked once. ``error``
    says why the variables cannot be used; it is empty if they can.
    """

    name: str
    options: Mapping[str, Any]
    declared: Mapping[str, Any]
    error: str = ""


@dataclass(frozen=True)
class Earlier:
    """What the play did before, with other hosts: the accounts, with the name of the host that each was, and failures."""

    accounts: Mapping[str, str]
    failed: int = 0


class Batch:
    """Hosts that are worked on together, ``total`` of which are in the play. Raises DeclarationError for bad ``params``.

    ``in_full`` is whether the results have each resource. ``secrets`` are the values of the hosts' secret options. ``declared`` has
    the different values of sections, for warnings.
    """

    def __init__(
        self, hosts: Sequence[Host], params: Mapping[str, Any], earlier: Earlier, total: int, in_full: bool = False
    ) -> None:
        self._concurrency, self._rate = checked_pace(params)
        self._guard = Guard.from_params(params)
        self._review = Review.from_params(params, in_full, warns=False)
        self._rules = _removal_rules(params)
        self._allowed = allowed_failures(params["max_failures"], total)
        self._earlier = earlier
        self._callers: dict[Settings, _Caller] = {}
        self._settings: dict[str, Settings | DeclarationError] = {}
        self._declarations: dict[tuple[str, int, str], Declaration] = {}
        self._hosts = hosts
        self._sections, self._shared = sections(), task_options()
        self.secrets: set[str] = set()
        self.declared: dict[int, tuple[str, Any]] = {}

    @property
    def settings(self) -> list[Settings]:
        """The different connection settings of the hosts that were started."""
        return [settings for settings, caller in self._callers.items() if caller.was_used]

    @property
    def callers(self) -> list[str]:
        """The ARNs of the hosts' own credentials, which assume their roles, as far as they could be used."""
        return sorted({caller.arn for caller in self._callers.values() if caller.arn})

    async def run(
        self, open_api: OpenApi, clock: Clock, report_progress: ProgressCallback | None, check_mode: bool
    ) -> list[dict[str, Any]]:
        """Return the result of each host, in their order; one that was not started has a ``msg`` that says why."""
        ready = [self._ready(host) for host in self._hosts]
        places: dict[str, list[str]] = {}
        for host, found in zip(self._hosts, ready):
            if not isinstance(found, RamError):
                places.setdefault(found.account.account_id, []).append(host.name)

        def member(host: Host, found: _Ready | RamError) -> Member:
            async def work() -> dict[str, Any]:
                if isinstance(found, RamError):
                    raise found
                self._refuse_twice(found.account, places[found.account.account_id])
                return await found.caller.run_in(open_api, found.account, found.work, check_mode)

            if isinstance(found, RamError):
                return Member(host.name, "", work)
            return Member(host.name, found.account.account_id, work, found.caller)

        members = [member(host, found) for host, found in zip(self._hosts, ready)]
        results, ended_by = await run_fleet(
            members, self._concurrency, self._allowed, clock, report_progress, self._earlier.failed
        )
        for result in results:
            if result["status"] == NOT_STARTED:
                result["msg"] = f"Not started. {ended_by}"
        for host, result in zip(self._hosts, results):
            if _declares_nobody(host.declared):
                result["declares_nobody"] = True
        return results

    def _refuse_twice(self, account: Account, names: Sequence[str]) -> None:
        if len(names) > 1:
            raise ConflictError(f"{', '.join(names)} are all account {account.account_id}; nothing was done in it.")
        before = self._earlier.accounts.get(account.account_id)
        if before is not None:
            raise ConflictError(
                f"The account {account.account_id} is also host {before}, which was worked on before; nothing was done for "
                f"{account.name}."
            )

    def _ready(self, host: Host) -> _Ready | RamError:
        try:
            if host.error:
                raise DeclarationError(host.error)
            settings = self._settings_of(host)
            account = _account(host)
            if account.role and account.role.external_id:
                self.secrets.add(account.role.external_id)
            declared = self._declared_by(host, account)
            if "account_id" in host.declared:
                _check_guard(host.declared["account_id"], account)
        except DeclarationError as error:
            return error
        except RecursionError:
            return DeclarationError("A document is nested far deeper than any policy.")
        caller = self._callers.setdefault(settings, _Caller(settings, self._rate))
        return _Ready(account, converging(given(declared), self._guard, self._review, False), caller)

    def _settings_of(self, host: Host) -> Settings:
        """Return the settings of the host's own credentials. Raises DeclarationError."""
        options = {name: host.options[name] for name in CONNECTION_OPTIONS if name in host.options}
        key = repr(options)
        if key not in self._settings:
            try:
                self._settings[key] = self._checked_settings(options)
            except DeclarationError as error:
                self._settings[key] = error
        found = self._settings[key]
        if isinstance(found, DeclarationError):
            raise copy.copy(found)
        return found

    def _checked_settings(self, options: Mapping[str, Any]) -> Settings:
        spec = {name: CONNECTION_SPEC[name] for name in CONNECTION_OPTIONS}
        with option_names(environment_names(options, spec)):
            for name, value in options.items():
                if value is None:
                    raise DeclarationError(
                        f"{option_name(name)}: the value is null. Give a value, or remove the variable."
                    )
            check_arguments(options, spec)
            checked = ArgumentSpecValidator(spec, **CONNECTION_RULES).validate(options)
            self.secrets |= checked._no_log_values
            if checked.error_messages:
                raise DeclarationError(f"The connection variables: {checked.errors.msg}")
            return Settings.from_params(checked.validated_parameters)

    def _declared_by(self, host: Host, account: Account) -> list[Declared]:
        """Return what a host declares. Raises DeclarationError, which names the variable."""
        try:
            return all_of(self._declarations_of(host), account.variables)
        except DeclarationError as error:
            where = option_name(BASELINE)
            raise DeclarationError(f"{where}: {error.message}" if where else error.message) from None

    def _declarations_of(self, host: Host) -> list[Declaration]:
        if "accounts" in host.declared:
            raise DeclarationError(f"{option_name('accounts')}: each host of the play is one account. Remove it.")
        for name in host.declared:
            if name not in self._sections and name not in self._shared and name != "account_id":
                raise DeclarationError(unknown_option(name, {**self._sections, **self._shared, "account_id": {}}))
        shared = {name: host.declared[name] for name in self._shared if name in host.declared}
        shared_key = repr(shared)
        keys = {
            section: (section, id(host.declared[section]), shared_key)
            for section in self._sections
            if section in host.declared
        }
        new = {section: host.declared[section] for section, key in keys.items() if key not in self._declarations}
        if new:
            spec = {name: option for name, option in self._sections.items() if name in new}
            params = validated({**shared, **new}, {**self._shared, **spec})
            for section, value in new.items():
                self.declared[id(value)] = section, value
                self._declarations[keys[section]] = Declaration({section: params[section]}, params, rules=self._rules)
        found = [self._declarations[key] for key in keys.values()]
        if not any(host.declared.get(section) for section in self._sections):
            raise DeclarationError(f"nothing is declared, in none of {', '.join(self._sections)}.")
        return found


@dataclass(frozen=True)
class _Ready:
    account: Account
    work: ModuleTask
    caller: _Caller


class _Caller:
    """The credentials of some hosts, opened for the first host that needs them. If that fails, it fails for all of them."""

    def __init__(self, settings: Settings, rate: float) -> None:
        self._settings = settings
        self._rate = rate
        self._lock = asyncio.Lock()
        self._opened: tuple[Api, Hub] | RamError | None = None
        self.arn = ""

    @property
    def was_used(self) -> bool:
        return self._opened is not None

    async def run_in(self, open_api: OpenApi, account: Account, work: ModuleTask, check_mode: bool) -> dict[str, Any]:
        """Return the result of a task in an account. Raises RamError."""
        async with self._lock:
            if self._opened is None:
                try:
                    self._opened = await self._open(open_api)
                except RamError as error:
                    self._opened = error
        if isinstance(self._opened, RamError):
            raise copy.copy(self._opened)
        api, hub = self._opened
        with api.in_use():
            return await hub.run_in(account, work, check_mode)

    async def _open(self, open_api: OpenApi) -> tuple[Api, Hub]:
        api = await open_api(self._settings)
        hub = Hub(api, self._rate)
        with api.in_use():
            await hub.check_credentials()
            self.arn = await api.caller_arn()
        return api, hub


def _removal_rules(params: Mapping[str, Any]) -> RemovalRules | None:
    """Return the rules by which declarations are removed, None if they are applied. Raises DeclarationError."""
    roles, unowned = params["delete_service_linked_roles"], params["delete_unowned"]
    if params["state"] == "absent":
        return RemovalRules(roles, frozenset(unowned))
    for name in ("delete_service_linked_roles", "delete_unowned"):
        if params[name]:
            raise DeclarationError(f"{option_name(name)}: it deletes something only with state=absent. Remove it.")
    return None


def _declares_nobody(declared: Mapping[str, Any]) -> bool:
    """Return whether there are lists of principals, but all of them are empty, for example because of a misspelt variable."""
    about = [kind.section for kind in registry.KINDS if kind.name.startswith(PRINCIPALS)]
    return any(name in declared for name in about) and not any(declared.get(name) for name in about)


def _account(host: Host) -> Account:
    """Return the account that a host is. Raises DeclarationError."""
    options = host.options
    for name in ("account_id", "assume_role"):
        if name in options:
            refuse_empty(options[name], option_name(name))
    own = account_id_of(options, option_name("account_id")) if "account_id" in options else None
    role = None
    if "assume_role" in options:
        where = option_name("assume_role")
        params = checked_options(options["assume_role"], where, ASSUME_ROLE_SPEC)
        role = AssumeRole.from_params(completed_role(params, own, where), where)
        if own and role.account_id != own:
            raise DeclarationError(
                f"{option_name('account_id')} is {own}, but {where} is a role of account {role.account_id}."
            )
    account_id = own or (role.account_id if role else None)
    if account_id is None:
        raise DeclarationError(
            f"{host.name} needs {option_name('account_id')}, or {option_name('assume_role')} with account_id and role_name or a "
            "role_arn, as host variables. Without them, nothing says which account it is."
        )
    return Account("", host.name, account_id, role, {ACCOUNT_ID: account_id, "name": host.name})


def _check_guard(value: Any, account: Account) -> None:
    """Raise DeclarationError unless a declaration that names its account names this one."""
    name = option_name(f"{BASELINE}.account_id")
    refuse_empty(value, name)
    declared = account_id_of({"account_id": value}, name)
    if declared != account.account_id:
        raise DeclarationError(
            f"{name} is {declared}, but by its variables {account.name} is account {account.account_id}. They have to agree; "
            "nothing was done in it."
        )
