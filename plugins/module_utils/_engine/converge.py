# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From declared to observed state in one account: observe, plan, apply."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._engine.apply import Executor
from ansible_collections.alicloud.ram.plugins.module_utils._engine.observe import observe, try_observe
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ConflictError,
    DeclarationError,
    RamError,
    carrying,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    Change,
    Plan,
    References,
    Resource,
    Stage,
    eventually,
)
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable


@dataclass
class ResourceResult:
    """One resource of a run: as it was observed, and as it is, or will be, after the changes."""

    resource: Resource
    before: Any
    plan: Plan
    after: Any
    touched: bool

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
    """What a run did, or in check mode would do. ``pending`` are changes that were made but are not visible yet."""

    settled: list[ResourceResult]
    changes: list[dict[str, Any]] = field(default_factory=list)
    pending: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def assumed(self) -> list[str]:
        return sorted({text for settled in self.settled for text in settled.plan.assumed})


async def converge(api: Api, resources: Sequence[Resource], check_mode: bool, assume: bool = False) -> RunResult:
    """Bring the account to the declared state, or with ``check_mode`` return what would do so.

    ``assume``: see References; it has an effect in check mode only. Raises RamError; if changes had been made before,
    its details list them under ``changes``.
    """
    warnings: list[str] = []
    with carrying(warnings):
        _refuse_duplicates(resources)
        for kind in {type(resource): None for resource in resources}:
            resources = kind.share_reads(resources)
        before = await observe(api, resources)
        references = _references(resources, before, check_mode and assume)
        settled = []
        for resource, observed in zip(resources, before):
            plan = resource.plan(observed, references)
            warnings += plan.warnings
            settled.append(ResourceResult(resource, observed, plan, plan.after, bool(plan.waits or plan.changes)))

        async def replan(plan: Plan) -> Plan:
            item = next(item for item in settled if item.plan is plan)
            (observed,) = await observe(api, [item.resource])
            item.plan = item.resource.plan(observed, references)
            item.after = item.plan.after
            warnings.extend(text for text in item.plan.warnings if text not in warnings)
            return item.plan

        work = Executor(api, [item.plan for item in settled], replan)
        if check_mode:
            return RunResult(settled, work.planned, [], warnings)
        try:
            with carrying(()):
                await work.run()
                pending = await _verify(api, settled, work.made, warnings)
        except RamError as error:
            work.report(error)
            raise
        return RunResult(settled, work.applied, pending, warnings)


@dataclass
class _Verdict:
    """How an observation after the writes compares with the plan: ``conflict`` is a sentence, empty if there is none."""

    pending: list[Change] = field(default_factory=list)
    conflict: str = ""


async def _verify(
    api: Api, settled: Sequence[ResourceResult], made: Sequence[Change], warnings: list[str]
) -> list[dict[str, Any]]:
    """Observe what was touched until it is as planned or ``consistency_timeout`` has passed, so that no state is reported that was not seen.

    Returns the changes that RAM acknowledged and that are not visible, each with a warning. Raises ConflictError if
    something is neither as before nor as planned; its details show what was expected and what was seen.
    """
    left = [item for item in settled if item.touched]
    verdicts: list[_Verdict] = []

    async def reached(api: Api) -> bool:
        nonlocal left, verdicts
        seen = await try_observe(api, [item.resource for item in left])
        for item, observed in zip(left, seen):
            if isinstance(observed, RamError):
                warnings.append(
                    f"{item.resource.label}: the changes were made, but could not be verified, because it cannot be read: "
                    f"{observed.message}"
                )
            else:
                item.after = observed
        readable = [item for item, observed in zip(left, seen) if not isinstance(observed, RamError)]
        references = _references([item.resource for item in settled], [item.after for item in settled])
        judged = [(item, _compare(item, references, made, warnings)) for item in readable]
        open_ones = [(item, verdict) for item, verdict in judged if verdict.pending or verdict.conflict]
        left, verdicts = [item for item, dummy in open_ones], [verdict for dummy, verdict in open_ones]
        return not left

    if left and not await eventually(api, reached):
        timeout = f"{api.settings.consistency_timeout:g} s"
        pending = [change for verdict in verdicts for change in verdict.pending]
        warnings += [
            f"{change.operation} of {change.target} succeeded, but is not visible after {timeout}; a following task may "
            "not see it yet."
            for change in pending
        ]
        conflicts = [(item, verdict.conflict) for item, verdict in zip(left, verdicts) if verdict.conflict]
        if conflicts:
            raise _not_reached(conflicts)
        return [change.describe() for change in pending]
    return []


def _compare(item: ResourceResult, references: References, made: Sequence[Change], warnings: list[str]) -> _Verdict:
    unseen = [change for change in item.plan.changes if change in made and not change.is_visible(item.after)]
    for change in unseen:
        if change.shows(item.after) != change.shows(item.before):
            return _Verdict(conflict=f"It is neither as before nor as after {change.operation} of {change.target}.")
    try:
        plan = item.resource.plan(item.after, references)
    except RamError as error:
        return _Verdict(unseen, "" if unseen else error.message)
    others = [change for change in plan.changes if not any(_same(change, other) for other in unseen)]
    if others:
        needed = ", ".join(f"{change.operation} of {change.target}" for change in others)
        return _Verdict(unseen, f"{needed} would be needed.")
    if plan.waits and not unseen:
        return _Verdict(conflict="What it waited for has begun again.")
    warnings += [text for text in plan.warnings if text not in warnings]
    return _Verdict(unseen)


def _same(change: Change, other: Change) -> bool:
    """Whether one of two changes is planned as long as the other is not visible.

    Attachments are told apart by their parameters; what else is written to an object follows from what is seen of it.
    """
    attaching = (Stage.ATTACH, Stage.DETACH)
    if change.stage in attaching or other.stage in attaching:
        return (change.operation, change.parameters) == (other.operation, other.parameters)
    return change.target == other.target


def _not_reached(conflicts: Sequence[tuple[ResourceResult, str]]) -> ConflictError:
    reasons = " ".join(f"{item.resource.label}: {reason}" for item, reason in conflicts)
    return ConflictError(
        f"All changes were made, but what was observed afterwards is not what was declared. {reasons} "
        "Somebody else may have changed it at the same time. Run the task again.",
        not_reached=[
            {
                "resource": item.resource.label,
                "expected": item.resource.diff_view(item.plan.after),
                "observed": item.resource.diff_view(item.after),
            }
            for item, dummy in conflicts
        ],
    )


def _references(resources: Sequence[Resource], observed: Sequence[Any], assume: bool = False) -> References:
    return References.collect((resource.effects(seen) for resource, seen in zip(resources, observed)), assume)


def _refuse_duplicates(resources: Iterable[Resource]) -> None:
    seen: set[Any] = set()
    for resource in resources:
        if resource.identity in seen:
            raise DeclarationError(f"Declared twice: {resource.label}. Make it one entry.")
        seen.add(resource.identity)
