# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a task in many accounts, with limited concurrency. The failure of one account does not affect the others."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
from collections import Counter
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    DeclarationError,
    RamError,
    UnreachableError,
    own_fault,
    quote,
)
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable

# Seconds between two progress lines.
REPORT_EVERY = 5.0
# Number of accounts that a message names.
NAMED = 5

FAILED, NOT_STARTED, OK = "failed", "not_started", "ok"
DRIFT = "drift"
"""The status of an account that an audit found not to be as declared."""


class FleetError(RamError):
    """An account failed for a reason that affects all accounts of its caller, so no more of them are started.

    ``reason`` is a sentence that describes it.
    """

    def __init__(self, message: str, reason: str, **details: Any) -> None:
        super().__init__(message, **details)
        self.reason = reason


@dataclass(frozen=True)
class Member:
    """One account of a fleet. ``work`` returns its result; it raises RamError. ``caller`` stands for its credentials."""

    name: str
    account_id: str
    work: Callable[[], Awaitable[dict[str, Any]]]
    caller: Any = None


def label(result: Mapping[str, Any]) -> str:
    """Return an account's name for messages, always with its ID, because two accounts may have the same name."""
    name, account_id = printable(result["name"]), result["account_id"]
    return name if account_id in (name, "") else f"{name} ({account_id})"


def allowed_failures(text: str, total: int) -> int:
    """Return the number of failures after which a run still continues.

    ``text`` is a number, or a percentage of ``total`` such as ``10%``, which is rounded down. Raises DeclarationError.
    """
    match = re.fullmatch(r"([0-9]{1,9})(%?)", text.strip(" \t\r\n"))
    if not match or (match.group(2) and int(match.group(1)) > 100):
        raise DeclarationError(
            f"{option_name('max_failures')}: {quote(text)} is neither a whole number nor a per cent from 0% to 100%."
        )
    number = int(match.group(1))
    return total * number // 100 if match.group(2) else number


async def run_fleet(
    members: Sequence[Member],
    max_concurrency: int,
    failures_allowed: int,
    clock: Any,
    report_progress: Callable[[str], None] | None = None,
    failed_before: int = 0,
) -> tuple[list[dict[str, Any]], str]:
    """Return the result of each account, in the order of ``members``, and why accounts were not started, in sentences.

    The latter is empty if all were started. A result contains ``name``, ``account_id``, ``status`` and ``changed``. After
    more than ``failures_allowed`` failures, to which ``failed_before`` are added, no more accounts are started, and after
    a FleetError none of the same caller; those that are running are finished. ``report_progress`` receives a line on the
    progress every REPORT_EVERY seconds.
    """
    results: list[dict[str, Any] | None] = [None] * len(members)
    waiting = iter(enumerate(members))
    progress = _Progress(len(members), failures_allowed, clock, report_progress, failed_before)

    async def worker() -> None:
        for index, member in waiting:
            if not progress.has_ended(member):
                results[index] = result = await _result(member, progress)
                progress.count(result)

    workers = [asyncio.ensure_future(worker()) for dummy in range(min(max_concurrency, len(members)))]
    reporter = asyncio.ensure_future(progress.report_periodically())
    try:
        with _collecting_less():
            await asyncio.gather(*workers)
        progress.end("done")
    except asyncio.CancelledError:
        progress.end("interrupted")
        raise
    finally:
        # None of these tasks may continue when something else runs in this event loop.
        for task in (reporter, *workers):
            task.cancel()
        await asyncio.gather(reporter, *workers, return_exceptions=True)
    return [
        result or {**_head(member), "status": NOT_STARTED, "changed": False} for member, result in zip(members, results)
    ], " ".join(dict.fromkeys(progress.ended_by.values()))


@contextlib.contextmanager
def _collecting_less() -> Iterator[None]:
    """Run the garbage collector less often: it takes up to a quarter of the time, but finds few cycles in the results."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def count_by_status(results: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the number of accounts by status."""
    counts = dict.fromkeys(("total", "ok", "changed", "failed", "not_started"), 0)
    for result in results:
        counts["total"] += 1
        counts[result["status"]] = counts.get(result["status"], 0) + 1
        counts["changed"] += result["changed"]
    return counts


def failures_first(results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the results sorted: failed accounts, then those that were not started, then the others."""
    order = {FAILED: 0, NOT_STARTED: 1, DRIFT: 2, OK: 3}
    return sorted(results, key=lambda result: order[result["status"]])


def summary(results: Sequence[dict[str, Any]], ended_by: str) -> str:
    """Return the message of a failed task about its accounts; empty if none failed."""
    failed = [result for result in results if result["status"] == FAILED]
    if not failed:
        return ""
    behind = sum(result["status"] == NOT_STARTED for result in results)
    text = f"{len(failed)} of {len(results)} accounts failed" + (f", {behind} not started." if behind else ".")
    text += f" {ended_by}" if ended_by else ""
    text += "".join(f"\n{label(result)}: {result['msg']}" for result in failed[:NAMED])
    if len(failed) > NAMED:
        codes = Counter(result.get("code") or "no code" for result in failed)
        kinds = ", ".join(f"{number} {code}" for code, number in codes.most_common())
        text += f"\nAnd {len(failed) - NAMED} more, which accounts lists. All by code: {kinds}."
    return text


def collect(results: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Remove from the results what is reported once for all accounts. Return it: the diff, by account, and the warnings."""
    diff, warnings = [], []
    for result in results:
        warnings += [(label(result), text) for text in result.pop("warnings", ())]
        for part in result.pop("diff", ()):
            header = f"{label(result)}: {part['before_header']}"
            diff.append({**part, "before_header": header, "after_header": header})
        result.pop("assumed", None)  # always empty for a baseline
        if not result.get("pending", True):
            del result["pending"]
    return diff, merge_warnings(warnings)


def merge_warnings(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Merge the warnings of many accounts, given as (account, text): each text once, with its accounts."""
    accounts: dict[str, list[str]] = {}
    for account, text in texts:
        accounts.setdefault(text, []).append(account)
    found = []
    for text, names in accounts.items():
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        found.append(f"{', '.join(names[:NAMED])}{more}: {text}")
    return found


def _head(member: Member) -> dict[str, Any]:
    return {"name": member.name, "account_id": member.account_id}


async def _result(member: Member, progress: _Progress) -> dict[str, Any]:
    try:
        result = await member.work()
    except Exception as caught:  # any error counts as a failure of this account only
        error = caught if isinstance(caught, RamError) else own_fault(caught)
        if isinstance(error, FleetError):
            progress.ended_by.setdefault(member.caller, error.reason)
        details = error.details
        changed = bool(details.get("changes") or details.get("uncertain"))
        told = {**_head(member), "status": FAILED, "changed": changed, "msg": error.message}
        # This order is for readers; details may contain another account_id.
        if isinstance(error, UnreachableError) or isinstance(error.__cause__, UnreachableError):
            told["unreachable"] = True
        return {**told, **details, **told, **({"warnings": error.warnings} if error.warnings else {})}
    return {**_head(member), "status": OK, **result}


_ALL = object()


class _Progress:
    """The progress of a run. ``ended_by`` says why no more accounts of a caller, or of ``_ALL``, are started."""

    def __init__(
        self,
        total: int,
        failures_allowed: int,
        clock: Any,
        report_progress: Callable[[str], None] | None,
        failed_before: int,
    ) -> None:
        self.ended_by: dict[Any, str] = {}
        self._total = total
        self._failed_before = failed_before
        self._allowed = failures_allowed
        self._done = self._changed = self._failed = 0
        self._clock = clock
        self._report_progress = report_progress
        self._reported = False
        self._started = clock.now()
        self._check()

    def has_ended(self, member: Member) -> bool:
        return bool(self.ended_by) and not self.ended_by.keys().isdisjoint((_ALL, member.caller))

    def count(self, result: dict[str, Any]) -> None:
        self._done += 1
        self._changed += result["changed"]
        self._failed += result["status"] == FAILED
        self._check()

    def _check(self) -> None:
        if self._failed + self._failed_before > self._allowed and not self.ended_by:
            self.ended_by[_ALL] = f"Stopped: {option_name('max_failures')} ({self._allowed}) exceeded."

    async def report_periodically(self) -> None:
        while self._report_progress:
            await self._clock.sleep(REPORT_EVERY)
            self._report_progress(self._line())
            self._reported = True

    def end(self, how: str) -> None:
        """Report the last line if a progress line was reported before."""
        if self._report_progress and self._reported:
            self._report_progress(f"{how}: {self._line()}")

    def _line(self) -> str:
        return (
            f"{self._done} of {self._total} accounts done after {self._clock.now() - self._started:.0f} s, "
            f"{self._changed} changed, {self._failed} failed"
        )
