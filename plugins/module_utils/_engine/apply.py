# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the changes of the plans, one after the other."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterable
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import backoff_delay
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.operations import OPERATIONS
from ansible_collections.alicloud.ram.plugins.module_utils._engine.observe import observe
from ansible_collections.alicloud.ram.plugins.module_utils._errors import RamError, outcome_unknown
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Change, Plan, Stage, Wait, eventually

_FULL = re.compile(r"LimitExceeded\.(User|Group|Role)\.Policy")


Replan = Callable[[Plan], Awaitable[Plan]]
"""Observes the resource of a plan again, after the plan has waited for something, and returns the new plan."""


class Executor:
    """Makes the changes of one run, in stages.

    ``made`` contains the changes that RAM has acknowledged so far, so that an error can list them.
    """

    def __init__(self, api: Any, plans: Iterable[Plan], replan: Replan) -> None:
        self.made: list[Change] = []
        self._api = api
        self._replan = replan
        self._pending: list[tuple[Plan, Change | Wait]] = []
        self._uncertain: Change | None = None
        for plan in plans:
            self._add(plan)

    def _add(self, plan: Plan) -> None:
        self._pending += [(plan, wait) for wait in plan.waits]
        self._pending += [(plan, change) for change in plan.changes]
        self._pending.sort(key=lambda pending: pending[1].stage)

    @property
    def planned(self) -> list[dict[str, Any]]:
        return [step.describe() for dummy, step in self._pending if isinstance(step, Change)]

    @property
    def applied(self) -> list[dict[str, Any]]:
        return [change.describe() for change in self.made]

    async def run(self) -> None:
        """Make all changes. Raises RamError."""
        while self._pending:
            plan, step = self._pending.pop(0)
            if isinstance(step, Change):
                await self._make(step)
            else:
                await step.run(self._api)
                self._pending = [(other, left) for other, left in self._pending if other is not plan]
                self._add(await self._replan(plan))

    def report(self, error: RamError) -> None:
        """Add the changes that were made, and the one with unknown outcome, to an error."""
        error.details["changes"] = self.applied
        if self._uncertain:
            error.message += (
                f" Whether {self._uncertain.operation} of {self._uncertain.target} took effect is not known."
            )
            error.details["uncertain"] = [self._uncertain.describe()]

    def _label(self, change: Change) -> str:
        where = f"account {self._api.account_id}: " if self._api.account_id else ""
        return f"{where}{change.words}"

    async def _make(self, change: Change) -> None:
        answer = await self._write(change)
        if answer is None:
            return
        self.made.append(change)
        self._api.parent.changes[self._label(change)] = True
        if self._api.report_progress:
            self._api.report_progress(self._label(change))
        if change.finish:
            await change.finish(self._api, answer)

    async def _becomes_visible(self, change: Change) -> bool:
        async def visible(api: Any) -> bool:
            return change.is_visible(*await observe(api, [change.resource]))

        return await eventually(self._api, visible)

    async def _write(self, change: Change) -> dict[str, Any] | None:
        """Send a write. Return its response, ``{}`` if that was lost; None if somebody else had already made the change."""
        api, attempt, made_room = self._api, 0, False
        started = api.clock.now()
        while True:
            attempt += 1
            try:
                answer: dict[str, Any] = await api.call(change.operation, **change.parameters)
            except RamError as error:
                code, elapsed = getattr(error, "code", ""), api.clock.now() - started
                lost = outcome_unknown(error)
                if lost:
                    self._uncertain = change
                    api.parent.changes[self._label(change)] = False
                if (lost or code.startswith(change.satisfied_by)) and await self._becomes_visible(change):
                    ours, self._uncertain = self._uncertain is not None, None
                    return {} if ours else None
                pause = backoff_delay(attempt, error)
                late = (self.made and code.startswith(change.retry_on)) or (made_room and _FULL.fullmatch(code))
                if late and elapsed < api.settings.consistency_timeout:
                    pause = min(pause, api.settings.consistency_timeout)
                elif change.stage == Stage.ATTACH and not made_room and await self._free_quota(change, code):
                    made_room, started = True, api.clock.now()
                    continue
                elif not lost or elapsed + pause > api.settings.retry_timeout or not _is_repeatable(change):
                    error.message = f"{change.target}: {error.message}"
                    if late and self.made:
                        error.message += (
                            f" It was repeated for {elapsed:.0f} s, because an earlier change of this task may not be visible "
                            f"everywhere yet: {self.made[-1].operation} of {self.made[-1].target}."
                        )
                    raise
                await api.clock.sleep(pause)
            else:
                self._uncertain = None
                return answer

    async def _free_quota(self, change: Change, code: str) -> bool:
        """Make a pending detachment now if the principal has reached its limit of policies. Return whether one was made.

        System and custom policies have separate limits, so the detached policy must have the same type.
        """
        if not _FULL.fullmatch(code):
            return False
        for pending in self._pending:
            other = pending[1]
            if not isinstance(other, Change) or (other.stage, other.target) != (Stage.DETACH, change.target):
                continue
            if other.parameters["PolicyType"] == change.parameters["PolicyType"]:
                self._pending.remove(pending)
                await self._make(other)
                return True
        return False


def _is_repeatable(change: Change) -> bool:
    operation = OPERATIONS.get(change.operation)
    return operation is not None and operation.is_repeatable
