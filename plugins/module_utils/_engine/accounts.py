# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of a task: validating the list, assuming the role of each account, and the common result."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api, Pacer
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.denials import Diagnoses
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import (
    ASSUME_ROLE_SPEC,
    AssumeRole,
    account_id_of,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.fleet import (
    FleetError,
    Member,
    allowed_failures,
    collect,
    count_by_status,
    failures_first,
    run_fleet,
    summary,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.module import ModuleTask
from ansible_collections.alicloud.ram.plugins.module_utils._engine.placeholders import ACCOUNT_ID, NAME
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    CredentialsError,
    DeclarationError,
    RamError,
    quote,
)
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name
from ansible_collections.alicloud.ram.plugins.module_utils._text import how_to_write

# More accounts at a time than connections are useful if all of them wait for deletions.
MAX_CONCURRENCY = 1000
# Calls per second; with less than one call in 100 seconds, a task seems to hang.
MIN_RATE = 0.01

# Account checks which options belong together, because its messages name the entry.
ACCOUNT_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "account_id": {"type": "str"},
    "assume_role": {"type": "dict", "options": ASSUME_ROLE_SPEC},
    "variables": {"type": "dict", "default": {}},
    "baseline": {"type": "dict"},
}

ACCOUNTS_SPEC: dict[str, Any] = {
    "accounts": {"type": "list", "elements": "dict", "options": ACCOUNT_SPEC},
    "max_concurrency": {"type": "int", "default": 50},
    "max_failures": {"type": "str", "default": "100%"},
    "assume_role_rate": {"type": "float", "default": 90},
}


@dataclass(frozen=True)
class Account:
    """An entry of ``accounts``.

    ``role`` is None for the account that the task's credentials belong to. ``where`` is the prefix of its messages.
    ``baseline`` is what is declared for this account alone, as the user wrote it; None if nothing is.
    """

    where: str
    name: str
    account_id: str
    role: AssumeRole | None
    variables: Mapping[str, str]
    baseline: Any = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any], where: str) -> Account:
        """Create the account from an entry. Raises DeclarationError, which names the entry and the option."""
        named = params.get("name")
        shown = named if named is None or len(named) <= 80 else f"{named[:80]}..."
        where += f" ({shown}): " if shown else ": "
        declared = account_id_of(params, f"{where}account_id") if params.get("account_id") is not None else None
        role = cls._role(params.get("assume_role"), declared, where)
        account_id = declared or (role.account_id if role else None)
        if account_id is None:
            raise DeclarationError(f"{where}account_id is missing, or assume_role in its place.")
        if role and role.account_id != account_id:
            raise DeclarationError(
                f"{where}account_id is {account_id}, but assume_role is a role of account {role.account_id}."
            )
        own = {ACCOUNT_ID: account_id, "name": named or account_id}
        variables = cls._variables(params.get("variables") or {}, own, where)
        return cls(where, own["name"], account_id, role, variables, params.get("baseline"))

    @staticmethod
    def _role(params: Mapping[str, Any] | None, account_id: str | None, where: str) -> AssumeRole | None:
        if params is None:
            return None
        params = completed_role(params, account_id, f"{where}assume_role")
        if params.get("role_arn") is None:
            if params.get("role_name") is None:
                raise DeclarationError(f"{where}assume_role: role_name is missing, or role_arn in its place.")
            if params.get("account_id") is None:
                raise DeclarationError(f"{where}account_id is missing; assume_role.role_name alone names no account.")
        return AssumeRole.from_params(params, f"{where}assume_role")

    @staticmethod
    def _variables(given: Mapping[Any, Any], own: Mapping[str, str], where: str) -> dict[str, str]:
        for name, value in given.items():
            if not re.fullmatch(NAME, str(name)):
                raise DeclarationError(f"{where}variables: {quote(name)} is not a name of letters, digits and '_'.")
            if name in own:
                raise DeclarationError(f"{where}variables: {name} is there already; it is the account's own.")
            if isinstance(value, bool) or not isinstance(value, (str, int)):
                how = how_to_write(value)
                raise DeclarationError(
                    f"{where}variables: {name} must be a text or a whole number{'; ' if how else ''}{how}."
                )
        return {**{name: str(value) for name, value in given.items()}, **own}


def completed_role(params: Mapping[str, Any], account_id: str | None, place: str) -> Mapping[str, Any]:
    """Return the options of ``assume_role``, with the account if only the account itself names it.

    ``place`` is the option's name in messages. Raises DeclarationError if the role is named in both ways.
    """
    if params.get("role_arn") is not None:
        for name in ("account_id", "role_name"):
            if params.get(name) is not None:
                raise DeclarationError(f"{place}: role_arn and {name} are not for use together.")
        return params
    if params.get("account_id") is None and account_id is not None:
        return {**params, "account_id": account_id}
    return params


def in_accounts(params: Mapping[str, Any], work_with: Callable[[Account], ModuleTask]) -> ModuleTask:
    """Return a task that runs in many accounts; ``work_with`` creates the task of each account.

    Raises DeclarationError if any of them is invalid.
    """
    entries, (concurrency, rate) = params["accounts"], checked_pace(params)
    if not entries:
        raise DeclarationError(
            f"{option_name('accounts')}: the list is empty. Leave it out to declare the credentials' own account."
        )
    failures_allowed = allowed_failures(params["max_failures"], len(entries))
    accounts = [
        Account.from_params(entry, f"{option_name('accounts')} entry {number}")
        for number, entry in enumerate(entries, 1)
    ]
    works = []
    for account in accounts:
        try:
            works.append(work_with(account))
        except DeclarationError as error:
            raise DeclarationError(account.where + error.message) from None
        except RecursionError:
            raise DeclarationError(f"{account.where}a document is nested far deeper than any policy.") from None
    places: dict[str, list[int]] = {}
    for number, account in enumerate(accounts, 1):
        places.setdefault(account.account_id, []).append(number)

    async def work(api: Api, check_mode: bool) -> dict[str, Any]:
        hub = Hub(api, rate)
        await hub.check_credentials()

        def member(account: Account, converging: ModuleTask) -> Member:
            async def converged() -> dict[str, Any]:
                numbers = places[account.account_id]
                if len(numbers) > 1:
                    raise ConflictError(
                        f"{option_name('accounts')} has the account more than once, as entries {', '.join(map(str, numbers))}; "
                        "nothing was done in it."
                    )
                return await hub.run_in(account, converging, check_mode)

            return Member(account.name, account.account_id, converged)

        members = [member(account, converging) for account, converging in zip(accounts, works)]
        return _fleet_result(*await run_fleet(members, concurrency, failures_allowed, api.clock, api.report_progress))

    return work


def checked_pace(params: Mapping[str, Any]) -> tuple[int, float]:
    """Return how many accounts are processed at the same time, and how many roles are assumed per second.

    Raises DeclarationError.
    """
    concurrency, rate = params["max_concurrency"], params["assume_role_rate"]
    if not 1 <= concurrency <= MAX_CONCURRENCY:
        name = option_name("max_concurrency")
        raise DeclarationError(f"{name}: {concurrency} is not a number from 1 to {MAX_CONCURRENCY}.")
    if rate and not MIN_RATE <= rate < math.inf:
        raise DeclarationError(
            f"{option_name('assume_role_rate')}: {rate} is not a number of calls a second, from {MIN_RATE} on, or 0 for no limit."
        )
    return concurrency, rate


class Hub:
    """The hub: the task's own credentials, which assume the roles in the accounts, ``rate`` of them per second.

    A rate of 0 is no limit.
    """

    def __init__(self, api: Api, rate: float) -> None:
        self._api = api
        api.assume_role_pacer = Pacer(rate, api.clock) if rate else None
        self._diagnoses = Diagnoses()
        self._lock = asyncio.Lock()
        self._reason = ""

    async def check_credentials(self) -> None:
        """Check that the credentials are valid, so that the task fails once and not in each account. Raises RamError."""
        if self._api.account_id is None:
            await _served(self._api.identity())

    async def run_in(self, account: Account, work: ModuleTask, check_mode: bool) -> dict[str, Any]:
        """Return the result of a task in an account. Raises RamError."""
        try:
            return await work(await self._enter(account), check_mode)
        except RamError as error:
            await self._diagnoses.explain(error)
            raise

    async def _enter(self, account: Account) -> Api:
        """Return the Api of an account.

        Raises CredentialsError, or FleetError if the hub's own credentials are no longer usable.
        """
        if account.role is None:
            own = self._api.account_id
            if own not in (None, account.account_id):
                raise CredentialsError(
                    f"Without assume_role it would have to be the account of the task's credentials, which is {own}; "
                    "nothing was done."
                )
            return await self._api.verify_account(account.account_id)
        try:
            return await self._api.assume_role(account.role).verify_account(account.account_id)
        except CredentialsError as error:
            if error.denial is not None and error.denial.root:
                reason = "The task's credentials are an account's own (root) access key, which cannot assume any role."
                raise FleetError(error.message, reason, **error.details) from None
            of_the_role = error.denial is not None or str(error.details.get("code", "")).startswith("EntityNotExist")
            if not of_the_role and not error.throttled:
                await self._attribute_failure(error)
            raise

    async def _attribute_failure(self, error: CredentialsError) -> None:
        async with self._lock:
            if not self._reason:
                try:
                    await _served(self._api.call("GetCallerIdentity"))
                except RamError as reason:
                    self._reason = f"The task's own credentials do not serve any more: {reason.message}"
            if self._reason:
                raise FleetError(error.message, self._reason, **error.details)


async def _served(asking: Awaitable[Any]) -> None:
    """Await GetCallerIdentity; if the call is denied, the credentials are valid as well. Raises RamError."""
    try:
        await asking
    except ApiError as error:
        if not (error.throttled or error.denial is not None):
            raise


def _fleet_result(results: Sequence[dict[str, Any]], ended_by: str) -> dict[str, Any]:
    message = summary(results, ended_by)
    tracebacks = [result.pop("traceback") for result in results if "traceback" in result]
    diff, warnings = collect(results)
    for result in results if message else ():
        result.pop("baseline", None)  # Ansible prints the complete result of a failed task
    return {
        **({"failed": True, "msg": message} if message else {}),
        **({"traceback": tracebacks[0]} if tracebacks else {}),
        "changed": any(result["changed"] for result in results),
        "counts": count_by_status(results),
        "accounts": failures_first(results),
        "diff": diff,
        "warnings": warnings,
    }
