# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules ``baseline`` and ``baseline_info``: any number of resources that are declared together."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._engine.accounts import ACCOUNTS_SPEC, Account, in_accounts
from ansible_collections.alicloud.ram.plugins.module_utils._engine.converge import converge
from ansible_collections.alicloud.ram.plugins.module_utils._engine.module import ModuleTask, result_of
from ansible_collections.alicloud.ram.plugins.module_utils._engine.observe import observe
from ansible_collections.alicloud.ram.plugins.module_utils._engine.options import checked_options
from ansible_collections.alicloud.ram.plugins.module_utils._engine.placeholders import (
    documents_as_data,
    for_own_account,
    has_placeholder,
    options_with,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.preflight import GUARD_SPEC, Guard
from ansible_collections.alicloud.ram.plugins.module_utils._engine.review import ACCESS_SPEC, Review
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._resources import registry
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Kind, Resource
from ansible_collections.alicloud.ram.plugins.module_utils._resources.removal import RemovalRules, removal


@dataclass(frozen=True)
class Declared:
    """A declared resource. ``section`` and ``where`` are where it is declared, the latter with the entry's number."""

    section: str
    where: str
    resource: Resource


def argument_spec() -> dict[str, Any]:
    """Return the options of the module ``baseline``."""
    return {
        **sections(),
        **task_options(),
        "return_resources": {"type": "bool"},
        **GUARD_SPEC,
        **ACCESS_SPEC,
        **ACCOUNTS_SPEC,
    }


def info_argument_spec() -> dict[str, Any]:
    """Return the options of the module ``baseline_info``."""
    return {kind.section: _entries(kind.info_spec) for kind in registry.KINDS}


def sections() -> dict[str, Any]:
    """Return the options of a baseline that list resources."""
    return {kind.section: _entries(kind.spec) for kind in registry.KINDS}


def task_options() -> dict[str, Any]:
    """Return the options of a baseline that apply to all its resources."""
    return {name: option for kind in registry.KINDS for name, option in kind.task_spec.items()}


def _entries(options: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "options": dict(options), "default": []}


class Declaration:
    """The resources of some sections. Those without placeholders are created once for all accounts.

    ``shared`` has the options that apply to all resources of the task. ``title`` is the name of the option that has the
    sections, for messages; empty if they are the task's own. With ``rules``, the resources are those that remove what is
    declared present; what is declared absent has no part in it. Raises DeclarationError, which names the section and the
    entry.
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        shared: Mapping[str, Any],
        title: str = "",
        rules: RemovalRules | None = None,
    ) -> None:
        self._rules = rules
        self._shared = {name: shared[name] for kind in registry.KINDS for name in kind.task_spec if name in shared}
        self._entries: list[tuple[Kind, Mapping[str, Any], str, Resource | None]] = []
        for kind in registry.KINDS:
            for number, entry in enumerate(params.get(kind.section) or (), 1):
                where = f"{title}{'.' if title else ''}{kind.section} entry {number}: "
                if rules is not None and entry.get("state") == "absent":
                    continue
                try:
                    options = documents_as_data(kind, entry, where)
                    built = None if has_placeholder(options) else self._declare(kind, options, where)
                except RecursionError:
                    raise DeclarationError(f"{where}a document is nested far deeper than any policy.") from None
                self._entries.append((kind, options, where, built))

    def resources(self, variables: Mapping[str, str]) -> list[Declared]:
        """Return the resources with these variables substituted. Raises DeclarationError."""
        return [
            Declared(kind.section, where, built or self._declare(kind, options_with(options, variables, where), where))
            for kind, options, where, built in self._entries
        ]

    def _declare(self, kind: Kind, options: Mapping[str, Any], where: str) -> Resource:
        options = {**options, **self._shared}
        return (
            kind.declare(options, where, False) if self._rules is None else removal(kind, options, where, self._rules)
        )


def prepare(params: Mapping[str, Any]) -> ModuleTask:
    """Return the task of the module ``baseline``. Raises DeclarationError."""
    common, accounts = Declaration(params, params), params.get("accounts")
    with_resources, guard = params.get("return_resources"), Guard.from_params(params)
    review = Review.from_params(params)
    if with_resources is None:
        with_resources = accounts is None
    if accounts is None:
        return converging(for_own_account(lambda variables: all_of([common], variables)), guard, review, with_resources)

    def work_with(account: Account) -> ModuleTask:
        declarations = [common]
        if account.baseline is not None:
            own = checked_options(account.baseline, "baseline", sections())
            declarations.append(Declaration(own, params, "baseline"))
        return converging(given(all_of(declarations, account.variables)), guard, review, with_resources)

    return in_accounts(params, work_with)


def all_of(declarations: Iterable[Declaration], variables: Mapping[str, str]) -> list[Declared]:
    """Return the resources of all declarations. Raises DeclarationError, also if one is declared twice."""
    declared = [one for declaration in declarations for one in declaration.resources(variables)]
    places: dict[tuple[str, ...], str] = {}
    for one in declared:
        place = one.where.removesuffix(": ")
        other = places.setdefault(one.resource.identity, place)
        if other is not place:
            raise DeclarationError(
                f"Declared twice: {one.resource.label}, by {other} and by {place}. Make it one entry."
            )
    return declared


def converging(
    declared_in: Callable[[Api], Awaitable[list[Declared]]], guard: Guard, review: Review, with_resources: bool
) -> ModuleTask:
    """Return the task that brings one account to its baseline, which ``declared_in`` returns."""

    async def work(api: Api, check_mode: bool) -> dict[str, Any]:
        account_id = await api.find_account_id()
        declared = await declared_in(api)
        outcome = await converge(api, [one.resource for one in declared], check_mode, guard=guard)
        returned = {}
        if with_resources:
            states = [one.result for one in outcome.results]
            returned = {"baseline": _grouped(account_id, [one.section for one in declared], states)}
        diff = [part for part in (one.diff() for one in outcome.results) if part["before"] != part["after"]]
        returned.update(await review.of(api, outcome, check_mode))
        return result_of(outcome, returned, diff)

    return work


def given(declared: list[Declared]) -> Callable[[Api], Awaitable[list[Declared]]]:
    async def in_any_account(api: Api) -> list[Declared]:
        return declared

    return in_any_account


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
        named = [section for section, dummy in declared]
        return {"changed": False, "baseline": _grouped(account_id, named, states), "warnings": []}

    return work


def _grouped(account_id: str, sections_: Iterable[str], states: Iterable[Any]) -> dict[str, Any]:
    grouped: dict[str, Any] = {"account_id": account_id, **{kind.section: [] for kind in registry.KINDS}}
    for section, state in zip(sections_, states):
        grouped[section].append(state)
    return grouped
