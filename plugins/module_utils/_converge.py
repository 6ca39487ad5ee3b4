# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From declared to observed state in one account: observe, plan, apply."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._api import Api, Identity
from ansible_collections.alicloud.ram.plugins.module_utils._apply import Application
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    DeclarationError,
    RamError,
    not_understood,
)
from ansible_collections.alicloud.ram.plugins.module_utils._plan import Context, Plan, Resource
from ansible_collections.alicloud.ram.plugins.module_utils._resources.policy import Policy
from ansible_collections.alicloud.ram.plugins.module_utils._resources.principal_policies import PrincipalPolicies
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable


class Reads:
    """One observation: every call is made once, however many resources ask for it; ``fresh`` calls anew."""

    def __init__(self, api: Api) -> None:
        self.fresh = api
        self.settings = api.settings
        self.clock = api.clock
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        key = json.dumps([operation, parameters], sort_keys=True)
        if key not in self._answers:
            self._answers[key] = asyncio.ensure_future(self.fresh.call(operation, **parameters))
        return await self._answers[key]

    async def constant(self, operation: str, part: str, **parameters: Any) -> dict[str, Any]:
        return await self.fresh.constant(operation, part, **parameters)

    def pages(self, operation: str, token: str, **parameters: Any) -> AsyncIterator[dict[str, Any]]:
        return self.fresh.pages(operation, token, **parameters)

    @property
    def assumed_role_arn(self) -> str | None:
        return self.fresh.assumed_role_arn

    async def identity(self) -> Identity:
        return await self.fresh.identity()

    async def caller_is(self, kind: str, name: str) -> bool:
        return await self.fresh.caller_is(kind, name)


@dataclass
class Settled:
    """One resource of a run: as it was observed, and as it is, or will be, after the changes."""

    resource: Resource
    before: Any
    plan: Plan
    after: Any

    @property
    def facts(self) -> Any:
        return self.resource.facts(self.after)

    def diff(self) -> dict[str, Any]:
        header = printable(self.resource.label)
        return {
            "before_header": header,
            "after_header": header,
            "before": self.resource.view(self.before),
            "after": self.resource.view(self.plan.after),
        }


@dataclass
class Outcome:
    """What a run did, or in check mode would do."""

    settled: list[Settled]
    changes: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def assumed(self) -> list[str]:
        return sorted({text for settled in self.settled for text in settled.plan.assumed})


async def observe(api: Api, resources: Sequence[Resource]) -> list[Any]:
    """The observed state of each resource, independent reads side by side.

    Raises the first RamError in the order of declaration.
    """
    reads = Reads(api)
    results = await asyncio.gather(*(resource.observe(reads) for resource in resources), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return list(results)


async def converge(api: Api, resources: Sequence[Resource], check_mode: bool, assume: bool = False) -> Outcome:
    """Bring the account to the declared state, or with ``check_mode`` tell what would do so.

    ``assume``: see Context; it has an effect in check mode only. Raises RamError; where changes had been made before,
    its details list them under ``changes``.
    """
    _refuse_duplicates(resources)
    resources = _share_reads(resources)
    before = await observe(api, resources)
    plans = _plan(resources, before, check_mode and assume)
    settled = [
        Settled(resource, observed, plan, plan.after) for resource, observed, plan in zip(resources, before, plans)
    ]
    warnings = [text for plan in plans for text in plan.warnings]
    changes = sorted((change for plan in plans for change in plan.changes), key=lambda change: change.stage)
    if check_mode:
        return Outcome(settled, [change.describe() for change in changes], warnings)
    touched = [item for item in settled if item.plan.changes or item.plan.waits]
    work = Application(api, changes)
    try:
        await work.run()
        for wait in (wait for plan in plans for wait in plan.waits):
            warning = await wait(api)
            if warning:
                warnings.append(warning)
        for item, observed in zip(touched, await observe(api, [item.resource for item in touched])):
            item.after = observed
    except RamError as error:
        work.report(error)
        raise
    except Exception as error:
        defect = not_understood(error)
        work.report(defect)
        raise defect from error
    return Outcome(settled, work.made, warnings + work.warnings)


def _plan(resources: Sequence[Resource], before: Sequence[Any], assume: bool) -> list[Plan]:
    policies = [resource for resource in resources if isinstance(resource, Policy)]
    context = Context(
        assume=assume,
        creating=frozenset(policy.name for policy in policies if policy.present),
        deleting=frozenset(policy.name for policy in policies if not policy.present),
    )
    # Whether a policy can be deleted depends on what the principals' plans take from their holders.
    order = sorted(range(len(resources)), key=lambda index: isinstance(resources[index], Policy))
    plans = {index: resources[index].plan(before[index], context) for index in order}
    return [plans[index] for index in range(len(resources))]


def _refuse_duplicates(resources: Iterable[Resource]) -> None:
    seen: set[Any] = set()
    for resource in resources:
        if resource.identity in seen:
            raise DeclarationError(f"Declared twice: {resource.label}. Make it one entry.")
        seen.add(resource.identity)


def _share_reads(resources: Sequence[Resource]) -> list[Resource]:
    """Where fewer policies than principals are declared, ask each policy who holds it."""
    shared = [
        item for item in resources if isinstance(item, PrincipalPolicies) and item.policies and not item.exclusive
    ]
    policies = {policy for item in shared for policy in item.policies}
    if len(resources) == 1 or len(policies) > len(shared):
        return list(resources)
    return [replace(item, by_policy=True) if item in shared else item for item in resources]
