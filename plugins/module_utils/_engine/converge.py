# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring one account to the declared state: observe, plan, apply, verify."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._engine.apply import Executor
from ansible_collections.alicloud.ram.plugins.module_utils._engine.observe import Reads, observe, try_observe
from ansible_collections.alicloud.ram.plugins.module_utils._engine.preflight import Guard
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ConflictError,
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

NO_GUARD = Guard()


@dataclass
class ResourceResult:
    """A resource in a run: its state before the changes, and its observed or predicted state after them.

    ``planned_from`` is the observation on which the plan is based: ``before``, or, if the plan had to wait for something,
    the observation after that.
    """

    resource: Resource
    before: Any
    planned_from: Any
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
    """What a run did, or would do in check mode. ``pending`` lists changes that were made but are not visible yet.

    ``rights`` is what the guard found out about the caller's rights, None if it was not asked. ``reads`` has what was read, if that
    is still so because nothing was changed.
    """

    results: list[ResourceResult]
    changes: list[dict[str, Any]] = field(default_factory=list)
    pending: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    rights: dict[str, Any] | None = None
    reads: Reads | None = None

    @property
    def assumed(self) -> list[str]:
        return sorted({text for one in self.results for text in one.plan.assumed})

    @property
    def left(self) -> list[str]:
        """What a removal leaves, and why."""
        return [text for one in self.results for text in one.plan.left]


async def converge(
    api: Api,
    resources: Sequence[Resource],
    check_mode: bool,
    assume: bool = False,
    guard: Guard = NO_GUARD,
) -> RunResult:
    """Bring the account to the declared state, or in check mode return the changes that would do so.

    ``assume`` (see References) applies only in check mode. Nothing is changed unless ``guard`` lets the plan pass. Raises
    RamError; its details list the changes that were made before the error under ``changes``.
    """
    warnings: list[str] = []
    with carrying(warnings):
        for kind in {type(resource): None for resource in resources}:
            resources = kind.share_reads(resources)
        reads = Reads(api)
        before = await observe(api, resources, reads)
        references = _references(resources, before, check_mode and assume)
        results = []
        for resource, observed in zip(resources, before):
            plan = resource.plan(observed, references)
            _add(warnings, plan.warnings)
            results.append(
                ResourceResult(resource, observed, observed, plan, plan.after, bool(plan.waits or plan.changes))
            )

        async def replan(plan: Plan) -> Plan:
            item = next(item for item in results if item.plan is plan)
            (observed,) = await observe(api, [item.resource])
            new = item.resource.plan(observed, references)
            if new.waits or not plan.changes:  # do nothing that was not planned; verification reports the difference
                return Plan(observed)
            item.plan, item.planned_from, item.after = new, observed, new.after
            _add(warnings, new.warnings)
            return new

        work = Executor(api, [item.plan for item in results], replan)
        planned = work.planned if check_mode or guard != NO_GUARD else []
        limits = [text for item in results for text in item.plan.limits]
        rights = await guard.check(api, planned, limits, warnings)
        if check_mode:
            return RunResult(results, planned, [], warnings, rights, reads)
        try:
            with carrying(()):
                await work.run()
                pending = await _verify(api, results, work.made, warnings)
        except RamError as error:
            work.report(error)
            raise
        unchanged = None if any(item.touched for item in results) else reads
        return RunResult(results, work.applied, pending, warnings, rights, unchanged)


@dataclass
class _Verdict:
    """The comparison of an observation after the writes with the plan. ``conflict`` is a sentence, empty if none."""

    item: ResourceResult
    pending: Sequence[Change] = ()
    conflict: str = ""
    warnings: Sequence[str] = ()

    @property
    def is_reached(self) -> bool:
        return not (self.pending or self.conflict)


async def _verify(
    api: Api, results: Sequence[ResourceResult], made: Sequence[Change], warnings: list[str]
) -> list[dict[str, Any]]:
    """Observe the changed resources until they are as planned, or ``consistency_timeout`` has passed.

    So every reported state was observed. Returns the acknowledged changes that are not visible, and adds a warning for
    each. Raises ConflictError if a resource is neither as before nor as planned.
    """
    left = [item for item in results if item.touched]
    verdicts: list[_Verdict] = []

    async def reached(api: Api) -> bool:
        nonlocal left, verdicts
        readable = []
        for item, observed in zip(left, await try_observe(api, [item.resource for item in left])):
            if isinstance(observed, RamError):
                item.after = item.plan.after
                warnings.append(
                    f"{item.resource.label}: the changes were made, but could not be verified, because it cannot be read: "
                    f"{observed.message}"
                )
            else:
                item.after = observed
                readable.append(item)
        references = _references([item.resource for item in results], [item.after for item in results])
        found = [_compare(item, references, made) for item in readable]
        verdicts = [verdict for verdict in found if not verdict.is_reached]
        for verdict in found:
            if verdict.is_reached:
                _add(warnings, verdict.warnings)
        left = [verdict.item for verdict in verdicts]
        return not left

    if not left or await eventually(api, reached):
        return []
    pending = [change for verdict in verdicts for change in verdict.pending]
    for verdict in verdicts:
        _add(warnings, verdict.warnings)
    warnings += [
        f"{change.operation} of {change.target} succeeded, but is not visible after "
        f"{api.settings.consistency_timeout:g} s; a following task may not see it yet."
        for change in pending
    ]
    conflicts = [verdict for verdict in verdicts if verdict.conflict]
    if conflicts:
        raise _not_reached(conflicts)
    return [change.describe() for change in pending]


def _compare(item: ResourceResult, references: References, made: Sequence[Change]) -> _Verdict:
    unseen = [change for change in item.plan.changes if change in made and not change.is_visible(item.after)]
    changed = [change for change in unseen if change.shows(item.after) != change.shows(item.planned_from)]
    unseen = [change for change in unseen if change not in changed]
    if changed:
        shown = ", ".join(f"{change.operation} of {change.target}" for change in changed)
        return _Verdict(item, unseen, f"It is neither as before nor as after {shown}.")
    try:
        plan = item.resource.plan(item.after, references)
    except RamError as error:
        return _Verdict(item, unseen, "" if unseen else error.message)
    others = [change for change in plan.changes if not any(_same(change, other) for other in unseen)]
    conflict = ""
    if others:
        needed = ", ".join(f"{change.operation} of {change.target}" for change in others)
        conflict = f"{needed} would be needed."
    elif plan.waits and not unseen:
        conflict = "What it waited for has begun again."
    return _Verdict(item, unseen, conflict, plan.warnings)


def _add(warnings: list[str], texts: Iterable[str]) -> None:
    warnings += [text for text in texts if text not in warnings]


def _same(change: Change, other: Change) -> bool:
    """Return whether a change is planned only because the other one is not visible yet.

    Attachments are compared by their parameters. Other changes follow from the observed state of their target, so they
    are compared by target.
    """
    attaching = (Stage.ATTACH, Stage.DETACH)
    if change.stage in attaching or other.stage in attaching:
        return (change.operation, change.parameters) == (other.operation, other.parameters)
    return change.target == other.target


def _not_reached(conflicts: Sequence[_Verdict]) -> ConflictError:
    reasons = " ".join(f"{verdict.item.resource.label}: {verdict.conflict}" for verdict in conflicts)
    return ConflictError(
        f"All changes were made, but what was observed afterwards is not what was declared. {reasons} "
        "Somebody else may have changed it at the same time. Run the task again.",
        not_reached=[
            {
                "resource": item.resource.label,
                "expected": item.resource.diff_view(item.plan.after),
                "observed": item.resource.diff_view(item.after),
            }
            for item in (verdict.item for verdict in conflicts)
        ],
    )


def _references(resources: Sequence[Resource], observed: Sequence[Any], assume: bool = False) -> References:
    return References.collect((resource.effects(seen) for resource, seen in zip(resources, observed)), assume)
