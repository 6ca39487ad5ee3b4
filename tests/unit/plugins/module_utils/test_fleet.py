# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the accounts of a fleet are begun, counted, told of and ended."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Clock, Pacer
from ansible_collections.alicloud.ram.plugins.module_utils._engine.fleet import (
    NAMED,
    REPORT_EVERY,
    FleetError,
    Member,
    allowed_failures,
    count_by_status,
    failures_first,
    merge_warnings,
    run_fleet,
    summary,
)
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, RamError


class HandClock(Clock):
    """Time that the test moves; who sleeps wakes when it has come that far."""

    def __init__(self) -> None:
        self.time = 1000.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        self._sleepers.append((self.time + seconds, event))
        await event.wait()

    async def move(self, seconds: float) -> None:
        self.time += seconds
        for wakes, event in self._sleepers:
            if wakes <= self.time:
                event.set()
        await settle()


async def settle() -> None:
    """Let everybody go on who can."""
    for dummy in range(20):
        await asyncio.sleep(0)


class Fleet:
    """Accounts ``0``, ``1``, ... Each ends as the test lets it: ``ok``, ``changed``, or with the error given."""

    def __init__(self, *outcomes: Any, hold: bool = False) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.gates = [asyncio.Event() for dummy in outcomes]
        for gate in self.gates:
            if not hold:
                gate.set()
        self.members = [Member(str(number), str(number), self.work(number, end)) for number, end in enumerate(outcomes)]

    def work(self, number: int, outcome: Any) -> Any:
        async def work() -> dict[str, Any]:
            self.begun.append(str(number))
            try:
                await self.gates[number].wait()
                await asyncio.sleep(0)
                if isinstance(outcome, BaseException):
                    raise outcome
                return {"changed": outcome == "changed"}
            finally:
                await asyncio.sleep(0)
                self.ended.append(str(number))

        return work

    async def run(
        self, concurrency: int = 2, allowed: int = 1000, clock: Any = None, report_progress: Any = None
    ) -> Any:
        return await run_fleet(self.members, concurrency, allowed, clock or HandClock(), report_progress)


def bad(text: str = "It went wrong.", **details: Any) -> RamError:
    return RamError(text, **details)


@pytest.mark.parametrize(
    "text, total, allowed",
    [
        ("0", 10, 0),
        (" 3 ", 10, 3),
        ("12", 10, 12),
        ("0%", 10, 0),
        ("100%", 10, 10),
        ("5%", 10, 0),
        ("5%", 20, 1),
        ("33%", 10, 3),
        ("99%", 1, 0),
        ("7%", 5000, 350),
    ],
)
def test_the_failures_that_are_allowed(text: str, total: int, allowed: int) -> None:
    assert allowed_failures(text, total) == allowed


@pytest.mark.parametrize("text", ["", "%", "-1", "1.5", "101%", "1 0", "10 %", "1e3", "ten", "1%%", "٣", "9" * 10])
def test_what_is_no_number_of_failures(text: str) -> None:
    with pytest.raises(DeclarationError, match=r"^max_failures: "):
        allowed_failures(text, 10)


def test_results_have_the_order_of_the_accounts() -> None:
    async def main() -> Any:
        fleet = Fleet("ok", bad(code="NoPermission"), "changed", hold=True)
        running = asyncio.ensure_future(fleet.run(3))
        for number in (2, 0, 1):
            await settle()
            fleet.gates[number].set()
        return await running, fleet.ended

    (results, ended_by), ended = asyncio.run(main())
    assert ended == ["2", "0", "1"] and ended_by == ""
    assert results == [
        {"name": "0", "account_id": "0", "status": "ok", "changed": False},
        {
            "name": "1",
            "account_id": "1",
            "status": "failed",
            "changed": False,
            "msg": "It went wrong.",
            "code": "NoPermission",
        },
        {"name": "2", "account_id": "2", "status": "ok", "changed": True},
    ]


@pytest.mark.parametrize("concurrency", [1, 3, 10, 1000])
def test_no_more_at_a_time_than_asked_for(concurrency: int) -> None:
    async def main() -> None:
        fleet = Fleet(*["ok"] * 10, hold=True)
        running = asyncio.ensure_future(fleet.run(concurrency))
        for number in range(10):
            await settle()
            assert fleet.begun == [str(index) for index in range(min(number + concurrency, 10))]
            fleet.gates[number].set()
        results, dummy = await running
        assert {result["status"] for result in results} == {"ok"}

    asyncio.run(main())


@pytest.mark.parametrize("allowed, statuses", [(0, "fffnnn"), (1, "ffffnn"), (2, "fffffn"), (9, "ffffff")])
def test_those_under_way_end_when_too_many_have_failed(allowed: int, statuses: str) -> None:
    async def main() -> Any:
        fleet = Fleet(*(bad() for dummy in range(6)), hold=True)
        running = asyncio.ensure_future(fleet.run(3, allowed))
        for gate in fleet.gates:
            await settle()
            gate.set()
        return await running, fleet.begun

    (results, ended_by), begun = asyncio.run(main())
    assert [result["status"][0] for result in results] == list(statuses)
    assert len(begun) == statuses.count("f") and bool(ended_by) == (allowed < 6)
    for result in results:
        assert result["changed"] is False and result["name"] == result["account_id"]


def test_whatever_is_raised_is_that_accounts_own() -> None:
    wrong = [KeyError("Role"), MemoryError(), RecursionError("deep"), ZeroDivisionError(), asyncio.TimeoutError()]
    results, dummy = asyncio.run(Fleet("ok", *wrong, "changed").run())
    assert [result["status"] for result in results] == ["ok"] + ["failed"] * 5 + ["ok"]
    assert "KeyError: 'Role'" in results[1]["msg"]


@pytest.mark.parametrize("details, changed", [({}, False), ({"changes": [{}]}, True), ({"changes": []}, False),
                                              ({"changes": [], "uncertain": [{}]}, True)])  # fmt: skip
def test_a_failed_account_may_have_changed(details: dict[str, Any], changed: bool) -> None:
    (result,), dummy = asyncio.run(Fleet(bad(account_id="other", **details)).run())
    assert result["changed"] is changed and result["account_id"] == "0"
    assert list(result)[:5] == ["name", "account_id", "status", "changed", "msg"]


def test_a_failed_account_keeps_its_warnings() -> None:
    error = bad()
    error.warnings = ["One.", "Two."]
    results, dummy = asyncio.run(Fleet("ok", error, bad()).run())
    assert [result.get("warnings", []) for result in results] == [[], ["One.", "Two."], []]


def test_a_failure_of_what_all_have_in_common_ends_the_fleet() -> None:
    async def main() -> Any:
        fleet = Fleet("ok", FleetError("One.", "All.", code="X"), "changed", "ok", "ok", hold=True)
        running = asyncio.ensure_future(fleet.run(3))
        for number in (1, 0, 2):
            await settle()
            fleet.gates[number].set()
        return await running

    results, ended_by = asyncio.run(main())
    assert ended_by == "All." and results[1]["msg"] == "One." and results[1]["code"] == "X"
    assert [result["status"] for result in results] == ["ok", "failed", "ok", "not_started", "not_started"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), asyncio.CancelledError()])
def test_what_is_not_an_accounts_ends_all_before_it_goes_on(failure: BaseException) -> None:
    async def main() -> None:
        fleet = Fleet("ok", failure, *["ok"] * 5, hold=True)
        fleet.gates[1].set()
        with pytest.raises(type(failure)):
            await fleet.run(3)
        assert sorted(fleet.begun) == sorted(fleet.ended) == ["0", "1", "2"]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    try:
        asyncio.run(main())
    except KeyboardInterrupt:  # a task lets this one through to the loop, whatever awaits it
        assert isinstance(failure, KeyboardInterrupt)


def test_an_interruption_ends_all_and_is_told() -> None:
    async def main() -> None:
        clock = HandClock()
        fleet = Fleet("changed", *["ok"] * 5, hold=True)
        running = asyncio.ensure_future(fleet.run(3, clock=clock, report_progress=lines.append))
        await settle()
        fleet.gates[0].set()
        await clock.move(REPORT_EVERY)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert fleet.begun == ["0", "1", "2", "3"] and sorted(fleet.ended) == fleet.begun
        assert asyncio.all_tasks() == {asyncio.current_task()}

    lines: list[str] = []
    asyncio.run(main())
    assert lines[-1] == "interrupted: 1 of 6 accounts done after 5 s, 1 changed, 0 failed"


def test_progress() -> None:
    async def main() -> None:
        clock = HandClock()
        fleet = Fleet("changed", bad(), "ok", "ok", hold=True)
        running = asyncio.ensure_future(fleet.run(4, clock=clock, report_progress=lines.append))
        await settle()
        assert lines == []
        await clock.move(REPORT_EVERY)  # a line comes although nothing has ended
        fleet.gates[0].set()
        fleet.gates[1].set()
        await settle()
        assert len(lines) == 1
        await clock.move(REPORT_EVERY)
        fleet.gates[2].set()
        fleet.gates[3].set()
        await running

    lines: list[str] = []
    asyncio.run(main())
    assert lines == [
        "0 of 4 accounts done after 5 s, 0 changed, 0 failed",
        "2 of 4 accounts done after 10 s, 1 changed, 1 failed",
        "done: 4 of 4 accounts done after 10 s, 1 changed, 1 failed",
    ]


def test_a_short_run_tells_nothing() -> None:
    lines: list[str] = []
    asyncio.run(Fleet("ok", "changed").run(report_progress=lines.append))
    assert lines == []


def test_turns_are_even_also_for_those_who_come_together() -> None:
    async def main() -> list[float]:
        clock = HandClock()
        pacer = Pacer(10, clock)
        times: list[float] = []

        async def turn() -> None:
            await pacer.acquire()
            times.append(round(clock.now() - 1000, 3))

        turns = [asyncio.ensure_future(turn()) for dummy in range(4)]
        await settle()
        for dummy in range(8):
            await clock.move(0.0501)
        await asyncio.gather(*turns)
        await clock.move(10)  # what was not used is not saved up
        turns = [asyncio.ensure_future(turn()) for dummy in range(2)]
        await settle()
        await clock.move(0.06)
        await clock.move(0.06)
        await asyncio.gather(*turns)
        return times

    assert asyncio.run(main()) == [0, 0.1, 0.2, 0.301, 10.401, 10.521]


# What is told


def result(name: str, status: str, changed: bool = False, **more: Any) -> dict[str, Any]:
    return {"name": name, "account_id": f"id-{name}", "status": status, "changed": changed, **more}


MIXED = [
    result("a", "ok", True),
    result("b", "failed", True, msg="B."),
    result("c", "not_started"),
    result("d", "failed", msg="D."),
    result("e", "ok"),
]


def test_counts_and_order() -> None:
    assert count_by_status(MIXED) == {"total": 5, "ok": 2, "changed": 2, "failed": 2, "not_started": 1}
    assert count_by_status([]) == {"total": 0, "ok": 0, "changed": 0, "failed": 0, "not_started": 0}
    assert [found["name"] for found in failures_first(MIXED)] == ["b", "d", "c", "a", "e"]


def test_the_message_of_a_failed_fleet() -> None:
    assert summary(MIXED[:1], "") == ""
    assert summary(MIXED[:2], "") == "1 of 2 accounts failed.\nb (id-b): B."
    assert summary(MIXED, "Why.") == "2 of 5 accounts failed, 1 not started. Why.\nb (id-b): B.\nd (id-d): D."
    many = [result(str(number), "failed", msg="No.", code="X" if number % 3 else None) for number in range(NAMED + 4)]
    text = summary(many, "")
    assert text.count("No.") == NAMED
    assert text.endswith("\nAnd 4 more, which accounts lists. All by code: 6 X, 3 no code.")
    nameless = {"name": "1", "account_id": "1", "status": "failed", "changed": False, "msg": "No."}
    assert summary([nameless], "") == "1 of 1 accounts failed.\n1: No."


def test_the_same_warning_is_given_once() -> None:
    assert merge_warnings([]) == []
    assert merge_warnings([("a", "X."), ("b", "Y."), ("c", "X.")]) == ["a, c: X.", "b: Y."]
    (many,) = merge_warnings((str(number), "X.") for number in range(NAMED + 2))
    assert many == "0, 1, 2, 3, 4 and 2 more: X."
