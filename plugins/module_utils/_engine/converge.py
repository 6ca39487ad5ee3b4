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

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api, Identity
from ansible_collections.alicloud.ram.plugins.module_utils._engine.apply import Executor
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ConflictError,
    DeclarationError,
    RamError,
    carrying,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    Change,
    Context,
    Plan,
    Resource,
    Stage,
    concurrently,
    eventually,
)
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

    async def call_cached(self, operation: str, part: str, **parameters: Any) -> dict[str, Any]:
        return await self.fresh.call_cached(operation, part, **parameters)

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
class ResourceResult:
    """One resource of a run: as it was observed, and as it is, or will be, after the changes."""

    resource: Resource
    before: Any
    plan: Plan
    after: Any

    @property
    def result(self) -> Any:
        return self.resource.result(self.after)

    def diff(self) -> dict[str, Any]:
        header = printable(self.resource.label)
        return {
            "before_header": header,
            "after_header": header,
            "before": self.resource.diff_view(self.before),
            "after": self.resource.diff_view(self.plan.after),
        }


@dataclass
class RunResult:
    """What a run did, or in check mode would do."""

    settled: list[ResourceResult]
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
    return await concurrently(*(resource.observe(reads) for resource in resources))


async def converge(api: Api, resources: Sequence[Resource], check_mode: bool, assume: bool = False) -> RunResult:
    """Bring the account to the declared state, or with ``check_mode`` tell what would do so.

    ``assume``: see Context; it has an effect in check mode only. Raises RamError; where changes had been made before,
    its details list them under ``changes``.
    """
    warnings: list[str] = []
    with carrying(warnings):
        _refuse_duplicates(resources)
        resources = _share_reads(resources)
        before = await observe(api, resources)
        plans = _plan(resources, before, _context(resources, check_mode and assume), warnings)
        settled = [
            ResourceResult(resource, observed, plan, plan.after)
            for resource, observed, plan in zip(resources, before, plans)
        ]
        changes = sorted((change for plan in plans for change in plan.changes), key=lambda change: change.stage)
        if check_mode:
            return RunResult(settled, [change.describe() for change in changes], warnings)
        work = Executor(api, changes, warnings)
        try:
            with carrying(()):
                await work.run()
                for wait in (wait for plan in plans for wait in plan.waits):
                    await wait(api)
                await _verify(api, settled, work.invisible, warnings)
        except RamError as error:
            work.report(error)
            raise
        return RunResult(settled, work.applied, warnings)


async def _verify(
    api: Api, settled: Sequence[ResourceResult], invisible: Sequence[Change], warnings: list[str]
) -> None:
    """Observe what was touched again, until planning from there leaves nothing to do but what is not visible yet.

    So what is reported as reached is what was seen last. Raises ConflictError, whose details show what was expected and
    what was seen.
    """
    left = [item for item in settled if item.plan.changes or item.plan.waits]
    reasons: list[str] = []

    async def reached(api: Api) -> bool:
        nonlocal left
        unmet = []
        reasons.clear()
        context = _context([item.resource for item in settled])
        for item, observed in zip(left, await observe(api, [item.resource for item in left])):
            item.after = observed
            reason = _lacks(item, context, invisible, warnings)
            if reason:
                unmet.append(item)
                reasons.append(f"{item.resource.label}: {reason}")
        left = unmet
        return not left

    if left and not await eventually(api, reached):
        raise ConflictError(
            "All changes were made, but what was observed afterwards is not what was declared. "
            + " ".join(reasons)
            + " Somebody else may have changed it at the same time. Run the task again.",
            not_reached=[
                {
                    "resource": item.resource.label,
                    "expected": item.resource.diff_view(item.plan.after),
                    "observed": item.resource.diff_view(item.after),
                }
                for item in left
            ],
        )


def _lacks(item: ResourceResult, context: Context, invisible: Sequence[Change], warnings: list[str]) -> str:
    """What the last observation lacks of what is declared, a sentence; empty where it lacks nothing."""
    own = [change for change in item.plan.changes if change in invisible]
    try:
        plan = item.resource.plan(item.after, context)
    except RamError as error:
        return "" if own else error.message
    changes = [change for change in plan.changes if not any(_same(change, other) for other in own)]
    if changes:
        return f"{', '.join(f'{change.operation} of {change.target}' for change in changes)} would be needed."
    if plan.waits and not own:
        return "What it waited for has begun again."
    warnings += [text for text in plan.warnings if text not in warnings]
    return ""


def _same(change: Change, other: Change) -> bool:
    """Whether one of two changes is planned as long as the other is not visible.

    Attachments are told apart by their parameters; what else is written to an object follows from what is seen of it.
    """
    attaching = (Stage.ATTACH, Stage.DETACH)
    if change.stage in attaching or other.stage in attaching:
        return (change.operation, change.parameters) == (other.operation, other.parameters)
    return change.target == other.target


def _context(resources: Sequence[Resource], assume: bool = False) -> Context:
    policies = [resource for resource in resources if isinstance(resource, Policy)]
    return Context(
        assume=assume,
        creating=frozenset(policy.name for policy in policies if policy.present),
        deleting=frozenset(policy.name for policy in policies if not policy.present),
    )


def _plan(resources: Sequence[Resource], before: Sequence[Any], context: Context, warnings: list[str]) -> list[Plan]:
    # Whether a policy can be deleted depends on what the principals' plans take from their holders.
    order = sorted(range(len(resources)), key=lambda index: isinstance(resources[index], Policy))
    plans = {}
    for index in order:
        plans[index] = resources[index].plan(before[index], context)
        warnings += plans[index].warnings
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
