# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules ``baseline`` and ``baseline_info``: any number of resources that are declared together."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._engine.accounts import ACCOUNTS_SPEC, in_accounts
from ansible_collections.alicloud.ram.plugins.module_utils._engine.converge import converge
from ansible_collections.alicloud.ram.plugins.module_utils._engine.module import ModuleTask, result_of
from ansible_collections.alicloud.ram.plugins.module_utils._engine.observe import observe
from ansible_collections.alicloud.ram.plugins.module_utils._engine.placeholders import (
    documents_as_data,
    for_own_account,
    has_placeholder,
    options_with,
)
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._resources import registry
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Kind, Resource

Declared = list[tuple[str, Resource]]
"""The declared resources, each with its section, in the order of declaration."""


def argument_spec() -> dict[str, Any]:
    """Return the options of the module ``baseline``."""
    return {
        **{kind.section: _entries(kind.spec) for kind in registry.KINDS},
        **{name: option for kind in registry.KINDS for name, option in kind.task_spec.items()},
        "return_resources": {"type": "bool"},
        **ACCOUNTS_SPEC,
    }


def info_argument_spec() -> dict[str, Any]:
    """Return the options of the module ``baseline_info``."""
    return {kind.section: _entries(kind.info_spec) for kind in registry.KINDS}


def _entries(options: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "options": dict(options), "default": []}


class Declaration:
    """The resources of a task's sections. Resources without placeholders are created once for all accounts.

    Raises DeclarationError, which names the section and the entry.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._shared = {name: params[name] for kind in registry.KINDS for name in kind.task_spec if name in params}
        self._entries: list[tuple[Kind, Mapping[str, Any], str, Resource | None]] = []
        for kind in registry.KINDS:
            for number, entry in enumerate(params.get(kind.section) or (), 1):
                where = f"{kind.section} entry {number}: "
                try:
                    options = documents_as_data(kind, entry, where)
                    built = None if has_placeholder(options) else self._declare(kind, options, where)
                except RecursionError:
                    raise DeclarationError(f"{where}a document is nested far deeper than any policy.") from None
                self._entries.append((kind, options, where, built))

    def resources(self, variables: Mapping[str, str]) -> Declared:
        """Return the resources with these variables substituted. Raises DeclarationError."""
        return [
            (kind.section, built or self._declare(kind, options_with(options, variables, where), where))
            for kind, options, where, built in self._entries
        ]

    def _declare(self, kind: Kind, options: Mapping[str, Any], where: str) -> Resource:
        return kind.declare({**options, **self._shared}, where, False)


def prepare(params: Mapping[str, Any]) -> ModuleTask:
    """Return the task of the module ``baseline``. Raises DeclarationError."""
    declaration, accounts = Declaration(params), params.get("accounts")
    with_resources = params.get("return_resources")
    if with_resources is None:
        with_resources = accounts is None
    if accounts is None:
        return _converging(for_own_account(declaration.resources), with_resources)
    return in_accounts(params, lambda variables: _converging(_given(declaration.resources(variables)), with_resources))


def _converging(declared_in: Callable[[Api], Awaitable[Declared]], with_resources: bool) -> ModuleTask:
    async def work(api: Api, check_mode: bool) -> dict[str, Any]:
        account_id = await api.find_account_id()
        declared = await declared_in(api)
        outcome = await converge(api, [resource for dummy, resource in declared], check_mode)
        returned = {}
        if with_resources:
            states = [one.result for one in outcome.results]
            returned = {"baseline": _grouped(account_id, declared, states)}
        diff = [part for part in (one.diff() for one in outcome.results) if part["before"] != part["after"]]
        return result_of(outcome, returned, diff)

    return work


def _given(declared: Declared) -> Callable[[Api], Awaitable[Declared]]:
    async def given(api: Api) -> Declared:
        return declared

    return given


def prepare_info(params: Mapping[str, Any]) -> ModuleTask:
    """Return the task of the module ``baseline_info``. Raises DeclarationError."""
    declared = [
        (kind.section, kind.look_up(entry, f"{kind.section} entry {number}: "))
        for kind in registry.KINDS
        for number, entry in enumerate(params[kind.section], 1)
    ]

    async def work(api: Api, check_mode: bool) -> dict[str, Any]:
        account_id = await api.find_account_id()
        resources = [resource for dummy, resource in declared]
        states = [resource.result(seen) for resource, seen in zip(resources, await observe(api, resources))]
        return {"changed": False, "baseline": _grouped(account_id, declared, states), "warnings": []}

    return work


def _grouped(account_id: str, declared: Declared, states: list[Any]) -> dict[str, Any]:
    grouped: dict[str, Any] = {"account_id": account_id, **{kind.section: [] for kind in registry.KINDS}}
    for (section, dummy), state in zip(declared, states):
        grouped[section].append(state)
    return grouped
