# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many accounts in one task: a bounded number at a time, each account's failure its own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, RamError, not_understood

# Seconds between two words on progress.
TELL_EVERY = 5.0
# Failed accounts that the message of a task names.
NAMED = 5

FAILED, NOT_STARTED, OK = "failed", "not_started", "ok"


@dataclass(frozen=True)
class Member:
    """One account of a fleet. ``work`` gives its result; it raises RamError."""

    name: str
    account_id: str
    work: Callable[[], Awaitable[dict[str, Any]]]

    @property
    def label(self) -> str:
        return self.name if self.name == self.account_id else f"{self.name} ({self.account_id})"


def allowed_failures(text: str, total: int) -> int:
    """The failures that a run goes on with: a number, or a share of ``total`` such as ``10%``, rounded down.

    Raises DeclarationError.
    """
    match = re.fullmatch(r"(\d{1,9})(%?)", text.strip())
    if not match or (match.group(2) and int(match.group(1)) > 100):
        raise DeclarationError(f"max_failures: {text!r} is neither a number nor a per cent from 0% to 100%.")
    number = int(match.group(1))
    return total * number // 100 if match.group(2) else number


async def run_fleet(
    members: Sequence[Member],
    max_concurrency: int,
    failures_allowed: int,
    clock: Any,
    tell: Callable[[str], None] | None = None,
) -> list[dict[str, Any]]:
    """The result of each account, in the order of ``members``.

    Each has ``name``, ``account_id``, ``status`` and ``changed``. Once more than ``failures_allowed`` have failed, no
    further account is begun; those that are under way end as they will. ``tell`` is given a line on the progress now
    and then.
    """
    results: list[dict[str, Any] | None] = [None] * len(members)
    waiting = iter(enumerate(members))
    progress = _Progress(len(members), clock, tell)

    async def worker() -> None:
        for index, member in waiting:
            if progress.failed > failures_allowed:
                return
            results[index] = result = await _result(member)
            progress.count(result)

    workers = [asyncio.ensure_future(worker()) for dummy in range(min(max_concurrency, len(members)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for task in workers:
            task.cancel()
    return [
        result or {**_head(member), "status": NOT_STARTED, "changed": False} for member, result in zip(members, results)
    ]


def counted(results: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many accounts there are of each kind."""
    counts = dict.fromkeys(("total", "ok", "changed", "failed", "not_started"), 0)
    for result in results:
        counts["total"] += 1
        counts[result["status"]] += 1
        counts["changed"] += result["changed"]
    return counts


def failures_first(results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Failed accounts, then those that were not begun, then the others."""
    order = {FAILED: 0, NOT_STARTED: 1, OK: 2}
    return sorted(results, key=lambda result: order[result["status"]])


def summary(results: Sequence[dict[str, Any]]) -> str:
    """What a failed task says of its accounts; empty where none failed."""
    failed = [result for result in results if result["status"] == FAILED]
    if not failed:
        return ""
    behind = sum(result["status"] == NOT_STARTED for result in results)
    text = f"{len(failed)} of {len(results)} accounts failed"
    if behind:
        text += f", and {behind} were not begun because of max_failures"
    text += ". " + " ".join(f"{result['name']}: {result['msg']}" for result in failed[:NAMED])
    if len(failed) > NAMED:
        text += f" And {len(failed) - NAMED} more, which accounts lists."
    return text


def gathered(texts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Warnings of many accounts, as (account, text): each text once, with the accounts that it is of."""
    accounts: dict[str, list[str]] = {}
    for account, text in texts:
        accounts.setdefault(text, []).append(account)
    for text, names in accounts.items():
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield f"{', '.join(names[:NAMED])}{more}: {text}"


def _head(member: Member) -> dict[str, Any]:
    return {"name": member.name, "account_id": member.account_id}


async def _result(member: Member) -> dict[str, Any]:
    try:
        result = await member.work()
    except Exception as caught:  # whatever it is, it is this account's
        error = caught if isinstance(caught, RamError) else not_understood(caught)
        details = error.details
        changed = bool(details.get("changes") or details.get("uncertain"))
        return {**details, **_head(member), "status": FAILED, "changed": changed, "msg": error.message}
    return {**result, **_head(member), "status": OK}


class _Progress:
    def __init__(self, total: int, clock: Any, tell: Callable[[str], None] | None) -> None:
        self.failed = 0
        self._total = total
        self._done = 0
        self._changed = 0
        self._clock = clock
        self._tell = tell
        self._started = self._told = clock.now()

    def count(self, result: dict[str, Any]) -> None:
        self._done += 1
        self._changed += result["changed"]
        self.failed += result["status"] == FAILED
        now = self._clock.now()
        if self._tell and now - self._told >= TELL_EVERY and self._done < self._total:
            self._told = now
            self._tell(
                f"{self._done} of {self._total} accounts done after {now - self._started:.0f} s, "
                f"{self._changed} changed, {self.failed} failed"
            )
