# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making the changes of a plan, one after the other, each seen before the next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import backoff_delay
from ansible_collections.alicloud.ram.plugins.module_utils._errors import RamError, outcome_unknown
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Change, Stage, eventually

# What RAM makes of a write that has taken effect already and is sent again; without that answer, it is not sent again.
# - Refused: to create or attach what exists or is attached, to delete or detach what is not (409 EntityAlreadyExists, 404
#   EntityNotExist).
# - The same state again: to set the default version, the description or tags, and to take tags away.
# - CreatePolicyVersion makes another version, and with a strategy of rotation deletes another.
# - DeleteServiceLinkedRole: what a second task does is not published.
_REPEATABLE = re.compile(
    r"(Create(Policy|ServiceLinkedRole)|DeletePolicy|(AttachPolicyTo|DetachPolicyFrom)(User|Group|Role)"
    r"|SetDefaultPolicyVersion|UpdatePolicyDescription|TagResources|UntagResources)"
)
_FULL = re.compile(r"LimitExceeded\.(User|Group|Role)\.Policy")


class Executor:
    """The changes of one run. ``applied`` grows as they are made, so that a failure can tell what was done before it.

    ``invisible`` are those of them that were acknowledged and not seen; each is warned of.
    """

    def __init__(self, api: Any, changes: Sequence[Change], warnings: list[str] | None = None) -> None:
        self.applied: list[dict[str, Any]] = []
        self.warnings: list[str] = [] if warnings is None else warnings
        self.invisible: list[Change] = []
        self._api = api
        self._pending = list(changes)
        self._uncertain: Change | None = None

    async def run(self) -> None:
        """Make the changes. Raises RamError."""
        after_earlier_write = False
        while self._pending:
            await self._make(self._pending.pop(0), after_earlier_write)
            after_earlier_write = True

    def report(self, error: RamError) -> None:
        """Add to an error what was done before it."""
        error.details["changes"] = self.applied
        if self._uncertain:
            error.message += (
                f" Whether {self._uncertain.operation} of {self._uncertain.target} took effect is not known."
            )
            error.details["uncertain"] = [self._uncertain.describe()]

    def _label(self, change: Change) -> str:
        where = f"account {self._api.account_id}: " if self._api.account_id else ""
        return f"{where}{change.operation} of {change.target}"

    async def _make(self, change: Change, after_earlier_write: bool) -> None:
        """``after_earlier_write``: earlier changes of the plan may not be visible everywhere yet."""
        if change.needed and not await change.needed(self._api):
            return
        answer = await self._write(change, after_earlier_write)
        if answer is None:
            return
        self.applied.append(change.describe())
        self._api.parent.changes[self._label(change)] = True
        if self._api.report_progress:
            self._api.report_progress(self._label(change))
        if change.finish:
            await change.finish(self._api, answer)
        if not await eventually(self._api, change.is_visible):
            self.invisible.append(change)
            self.warnings.append(
                f"{change.operation} of {change.target} succeeded, but is not visible after "
                f"{self._api.settings.consistency_timeout:g} s; a following task may not see it yet."
            )

    async def _write(self, change: Change, after_earlier_write: bool) -> dict[str, Any] | None:
        """The answer, ``{}`` where it was lost; None where somebody else had made the change before."""
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
                if (lost or code.startswith(change.satisfied_by)) and await eventually(api, change.is_visible):
                    ours, self._uncertain = self._uncertain is not None, None
                    return {} if ours else None
                pause = backoff_delay(attempt, error)
                late = (after_earlier_write and code.startswith(change.retry_on)) or (
                    made_room and _FULL.fullmatch(code)
                )
                if late and elapsed < api.settings.consistency_timeout:
                    pause = min(pause, api.settings.consistency_timeout)
                elif change.stage == Stage.ATTACH and not made_room and await self._free_quota(change, code):
                    made_room, started = True, api.clock.now()
                    continue
                elif not lost or elapsed + pause > api.settings.retry_timeout or not _repeatable(change):
                    error.message = f"{change.target}: {error.message}"
                    raise
                await api.clock.sleep(pause)
            else:
                self._uncertain = None
                return answer

    async def _free_quota(self, change: Change, code: str) -> bool:
        """A principal that is at its limit has to lose what is replaced before it can get the replacement.

        System and custom policies have a limit each, so one detachment of the same type makes room.
        """
        if not _FULL.fullmatch(code):
            return False
        for other in self._pending:
            replaced = other.stage == Stage.DETACH and other.target == change.target
            if replaced and other.parameters["PolicyType"] == change.parameters["PolicyType"]:
                self._pending.remove(other)
                await self._make(other, True)
                return True
        return False


def _repeatable(change: Change) -> bool:
    return bool(_REPEATABLE.fullmatch(change.operation))
