# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making changes: pauses, repeats, and what is told of a failure. The API at the boundary is a stand-in."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import Parent
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import Settings
from ansible_collections.alicloud.ram.plugins.module_utils._engine.apply import Executor
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ApiError, RamError, UnreachableError
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    Change,
    Plan,
    References,
    Resource,
    Stage,
    Wait,
)


class StandIn:
    """Answers each call with what ``answers`` gives for its number; time passes only by sleeping."""

    def __init__(self, answers: Callable[[int], Any], **settings: Any) -> None:
        self.settings = Settings(**settings)
        self.clock = self
        self.time = 0.0
        self.account_id = "1000000000000001"
        self.parent = Parent()
        self.told: list[str] = []
        self.report_progress = self.told.append
        self.calls: list[tuple[float, str]] = []
        self._answers = answers

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds

    async def call(self, operation: str, **parameters: Any) -> Any:
        self.calls.append((self.time, operation))
        answer = self._answers(len(self.calls))
        if isinstance(answer, Exception):
            raise answer
        return answer


class Seen(Resource):
    """A resource of which each observation says whether the write is visible, and counts that it was made."""

    identity = label = "seen"  # type: ignore[assignment]

    def __init__(self, done: Callable[[], bool]) -> None:
        self.looks = 0
        self._done = done

    async def observe(self, api: Any) -> bool:
        self.looks += 1
        return self._done()

    def plan(self, observed: Any, references: References) -> Plan:
        raise NotImplementedError

    result = diff_view = plan  # type: ignore[assignment]


def change(done: Callable[[], bool], operation: str = "CreatePolicy", **options: Any) -> Change:
    stage = options.pop("stage", Stage.PREPARE)
    return Change(operation, "policy 'p'", {}, stage, Seen(done), lambda observed: observed, **options)


async def without_waits(plan: Plan) -> Plan:
    return replace(plan, waits=())


def executor(api: StandIn, *changes: Change) -> Executor:
    return Executor(api, [Plan(None, changes)], without_waits)


def made(api: StandIn, *changes: Change) -> Executor:
    work = executor(api, *changes)
    asyncio.run(work.run())
    return work


def test_each_write_is_told_once_it_is_made() -> None:
    api = StandIn(lambda number: api_error("Wrong", 400) if number == 3 else {})
    with pytest.raises(ApiError):
        made(api, *(change(lambda: True, operation) for operation in ("CreatePolicy", "TagResources", "DeletePolicy")))
    assert api.told == [
        "account 1000000000000001: policy 'p' created",
        "account 1000000000000001: policy 'p' tagged ",
    ]
    assert api.parent.changes == dict.fromkeys(api.told, True)


def held(
    operation: str, stage: Stage, target: str = "user 'alice'", policy_type: str = "Custom", name: str = "p"
) -> Change:
    parameters = {"PolicyType": policy_type, "PolicyName": name}
    return Change(operation, target, parameters, stage, Seen(lambda: True), lambda observed: observed)


@pytest.mark.parametrize("principal", ["User", "Group", "Role"])
def test_a_principal_at_its_limit_first_loses_what_is_replaced(principal: str) -> None:
    full = api_error(f"LimitExceeded.{principal}.Policy")
    api = StandIn(lambda number: full if number == 1 else {})
    detached = [
        held("DetachOfAnother", Stage.DETACH, target="user 'bob'"),
        held("DetachOfAnotherType", Stage.DETACH, policy_type="System"),
        held("Detach", Stage.DETACH),
        held("DetachNext", Stage.DETACH, name="q"),
    ]
    work = made(api, held("Attach", Stage.ATTACH), *detached, held("Delete", Stage.DELETE))
    order = ["Attach", "Detach", "Attach", "DetachOfAnother", "DetachOfAnotherType", "DetachNext", "Delete"]
    assert [operation for dummy, operation in api.calls] == order
    assert [change["operation"] for change in work.applied] == order[1:]


@pytest.mark.parametrize(
    "code, stage, others",
    [
        ("LimitExceeded.User.Policy", Stage.ATTACH, []),
        ("LimitExceeded.User.Policy", Stage.ATTACH, [held("Detach", Stage.DETACH, target="user 'bob'")]),
        ("LimitExceeded.User.Policy", Stage.ATTACH, [held("Detach", Stage.DETACH, policy_type="System")]),
        ("LimitExceeded.User.Policy", Stage.ATTACH, [held("Delete", Stage.DELETE), held("Attach", Stage.ATTACH)]),
        ("LimitExceeded.User.Policy", Stage.PREPARE, [held("Detach", Stage.DETACH)]),
        ("LimitExceeded.User.Policy", Stage.DETACH, [held("Detach", Stage.DETACH)]),
        ("LimitExceeded.User", Stage.ATTACH, [held("Detach", Stage.DETACH)]),
        ("LimitExceeded.User.Policy.Version", Stage.ATTACH, [held("Detach", Stage.DETACH)]),
    ],
)
def test_no_room_is_made_by_what_does_not_replace(code: str, stage: Stage, others: list[Change]) -> None:
    api = StandIn(lambda number: api_error(code))
    with pytest.raises(ApiError):
        made(api, held("First", stage), *others)
    assert [operation for dummy, operation in api.calls] == ["First"]


def test_room_is_made_once() -> None:
    full = api_error("LimitExceeded.User.Policy")
    api = StandIn(lambda number: full if number in (1, 3) else {}, consistency_timeout=0)
    with pytest.raises(ApiError):
        made(
            api, held("Attach", Stage.ATTACH), held("Detach", Stage.DETACH), held("DetachNext", Stage.DETACH, name="q")
        )
    assert [operation for dummy, operation in api.calls] == ["Attach", "Detach", "Attach"]


def test_room_that_is_made_may_be_seen_late() -> None:
    full = api_error("LimitExceeded.User.Policy")
    api = StandIn(lambda number: full if number in (1, 3, 4) else {}, consistency_timeout=10)
    made(api, held("Attach", Stage.ATTACH), held("Detach", Stage.DETACH))
    assert [operation for dummy, operation in api.calls] == ["Attach", "Detach", "Attach", "Attach", "Attach"]
    assert 0 < api.time < 10
    api = StandIn(lambda number: {} if number == 2 else full, consistency_timeout=10)
    with pytest.raises(ApiError):
        made(api, held("Attach", Stage.ATTACH), held("Detach", Stage.DETACH))
    assert 10 <= api.time < 30


@pytest.mark.parametrize("retry_after", [119, 121, 86400])
def test_the_service_cannot_have_a_write_wait_for_long(retry_after: float) -> None:
    lost = ApiError("Later.", "Odd", 500, retry_after=retry_after)
    api = StandIn(lambda number: lost if number == 1 else {}, retry_timeout=120, consistency_timeout=0)
    work = executor(api, change(lambda: len(api.calls) > 1))
    if retry_after < 120:
        asyncio.run(work.run())
        assert api.time == retry_after
    else:
        with pytest.raises(ApiError) as failure:
            asyncio.run(work.run())
        work.report(failure.value)
        assert api.time == 0 and failure.value.details["uncertain"]


def test_pauses_grow_from_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    api = StandIn(lambda number: UnreachableError("no answer.", sent=True) if number < 5 else {}, consistency_timeout=0)
    made(api, change(lambda: len(api.calls) > 4))
    times = [when for when, dummy in api.calls]
    assert [later - when for when, later in zip(times, times[1:])] == [0.5, 1, 2, 4]


def api_error(code: str, status: int = 409, **details: Any) -> ApiError:
    return ApiError(f"{code}.", code, status, **details)


LOST = UnreachableError("The connection broke.", sent=True)


def test_a_lost_write_is_repeated_only_after_looking_and_waiting() -> None:
    api = StandIn(lambda number: LOST if number < 4 else {}, consistency_timeout=0, retry_timeout=600)
    work = made(api, change(lambda: len(api.calls) >= 4))
    assert [entry["operation"] for entry in work.applied] == ["CreatePolicy"]
    times = [time for time, operation in api.calls]
    assert len(times) == 4 and all(later > earlier for earlier, later in zip(times, times[1:]))


def test_writes_that_fail_for_ever_are_few() -> None:
    api = StandIn(lambda number: LOST, consistency_timeout=0, retry_timeout=120)
    work = executor(api, change(lambda: False))
    with pytest.raises(UnreachableError) as failure:
        asyncio.run(work.run())
    work.report(failure.value)
    assert 100 < api.time <= 120 and len(api.calls) < 60
    assert failure.value.details["changes"] == []
    assert [entry["operation"] for entry in failure.value.details["uncertain"]] == ["CreatePolicy"]
    assert list(api.parent.changes.values()) == [False]


# Every write that is made, and whether RAM, as documented, can be given it twice.
REPEATED = {
    "CreateServiceLinkedRole": True,
    "CreatePolicy": True,
    "CreatePolicyVersion": False,
    "SetDefaultPolicyVersion": True,
    "UpdatePolicyDescription": True,
    "TagResources": True,
    "UntagResources": True,
    **{f"{verb}{kind}": True for verb in ("AttachPolicyTo", "DetachPolicyFrom") for kind in ("User", "Group", "Role")},
    "DeletePolicy": True,
    "DeleteServiceLinkedRole": False,
    "SomethingNew": False,
}


@pytest.mark.parametrize("operation", REPEATED)
@pytest.mark.parametrize("visible", [0, 8, 12, math.inf])
@pytest.mark.parametrize("lost", [UnreachableError("The connection broke.", sent=True), ApiError("No.", "Odd", 500)])
def test_a_write_that_ram_would_make_twice_is_never_repeated(operation: str, visible: float, lost: Exception) -> None:
    api = StandIn(lambda number: lost if number == 1 else {}, consistency_timeout=10, retry_timeout=120)
    # Its effect is seen so many seconds after it was sent first.
    work = executor(api, change(lambda: api.time >= visible or len(api.calls) > 1, operation))
    if visible <= 10 or REPEATED[operation]:
        asyncio.run(work.run())
        assert [entry["operation"] for entry in work.applied] == [operation]
        assert len(api.calls) == (1 if visible <= 10 else 2)
        return
    with pytest.raises(RamError) as failure:
        asyncio.run(work.run())
    work.report(failure.value)
    assert len(api.calls) == 1 and failure.value.details["changes"] == []
    assert [entry["operation"] for entry in failure.value.details["uncertain"]] == [operation]
    assert f"Whether {operation} of policy 'p' took effect is not known." in failure.value.message


def test_the_service_says_when_to_come_back() -> None:
    busy = api_error("ServiceUnavailable", 503, retry_after=7.0)
    api = StandIn(lambda number: busy if number == 1 else {}, consistency_timeout=0)
    made(api, change(lambda: len(api.calls) == 2))
    assert api.calls[1][0] - api.calls[0][0] >= 7


def test_a_write_that_took_effect_is_not_repeated() -> None:
    api = StandIn(lambda number: LOST)
    work = made(api, change(lambda: True))
    assert len(api.calls) == 1 and len(work.applied) == 1


def test_what_somebody_else_made_is_not_ours() -> None:
    api = StandIn(lambda number: api_error("EntityAlreadyExists.Policy"))
    assert made(api, change(lambda: True, satisfied_by=("EntityAlreadyExists",))).applied == []


def test_what_exists_otherwise_is_an_error() -> None:
    api = StandIn(lambda number: api_error("EntityAlreadyExists.Policy"), consistency_timeout=3)
    with pytest.raises(ApiError, match="policy 'p': EntityAlreadyExists"):
        made(api, change(lambda: False, satisfied_by=("EntityAlreadyExists",)))
    assert len(api.calls) == 1


def test_an_own_write_that_was_lost_and_then_found() -> None:
    api = StandIn(
        lambda number: LOST if number == 1 else api_error("EntityAlreadyExists.Policy"), consistency_timeout=0
    )
    seen = iter([False, True, True])
    assert len(made(api, change(lambda: next(seen), satisfied_by=("EntityAlreadyExists",))).applied) == 1


def test_an_earlier_change_that_is_not_visible_yet() -> None:
    def answers(number: int) -> Any:
        return api_error("EntityNotExist.Policy", 404) if number in (2, 3) else {}

    api = StandIn(answers)
    attach = change(lambda: True, "AttachPolicyToUser", retry_on=("EntityNotExist.",))
    assert len(made(api, change(lambda: True), attach).applied) == 2
    assert [operation for time, operation in api.calls] == ["CreatePolicy"] + ["AttachPolicyToUser"] * 3

    late = StandIn(lambda number: api_error("EntityNotExist.Policy", 404) if number > 1 else {}, consistency_timeout=10)
    with pytest.raises(ApiError, match="policy 'p': .* an earlier change .* CreatePolicy of policy 'p'"):
        made(late, change(lambda: True), attach)
    assert 0 < late.time < 30

    alone = StandIn(lambda number: api_error("EntityNotExist.Policy", 404))
    with pytest.raises(ApiError):
        made(alone, attach)
    assert len(alone.calls) == 1


def test_what_was_made_before_a_failure_is_told() -> None:
    async def finish(api: Any, answer: dict[str, Any]) -> None:
        raise RamError("It did not end well.")

    api = StandIn(lambda number: {})
    work = executor(api, change(lambda: True), change(lambda: True, "DeleteServiceLinkedRole", finish=finish))
    with pytest.raises(RamError) as failure:
        asyncio.run(work.run())
    work.report(failure.value)
    assert [entry["operation"] for entry in failure.value.details["changes"]] == [
        "CreatePolicy",
        "DeleteServiceLinkedRole",
    ]
    assert "uncertain" not in failure.value.details


@pytest.mark.parametrize("visible", [True, False])
def test_nothing_is_looked_at_where_every_write_is_answered(visible: bool) -> None:
    async def finish(api: Any, answer: dict[str, Any]) -> None:
        finished.append(answer)

    finished: list[Any] = []
    api = StandIn(lambda number: {"number": number})
    changes = [change(lambda: visible, operation, finish=finish) for operation in ("CreatePolicy", "TagResources")]
    work = made(api, *changes)
    assert [looked.resource.looks for looked in work.made] == [0, 0]  # type: ignore[attr-defined]
    assert work.made == changes and api.time == 0 and len(api.calls) == 2
    assert finished == [{"number": 1}, {"number": 2}]


def test_what_is_to_be_made_is_told_before_and_what_was_made_after() -> None:
    async def wait(api: Any) -> None:
        api.calls.append((api.time, "Wait"))

    api = StandIn(lambda number: {})
    attach, create = held("Attach", Stage.ATTACH), held("Create", Stage.PREPARE)
    work = Executor(api, [Plan(None, [attach], [Wait(Stage.ATTACH, wait)]), Plan(None, [create])], without_waits)
    assert work.planned == [create.describe(), attach.describe()] and work.applied == []
    asyncio.run(work.run())
    assert work.planned == [] and work.applied == [create.describe(), attach.describe()]
    assert [operation for dummy, operation in api.calls] == ["Create", "Wait", "Attach"]


def test_what_was_waited_for_is_no_write_that_others_follow() -> None:
    async def wait(api: Any) -> None:
        pass

    api = StandIn(lambda number: api_error("EntityNotExist.Policy", 404))
    attach = change(lambda: True, "AttachPolicyToUser", retry_on=("EntityNotExist.",))
    with pytest.raises(ApiError):
        asyncio.run(Executor(api, [Plan(None, [attach], [Wait(Stage.PREPARE, wait)])], without_waits).run())
    assert len(api.calls) == 1 and api.time == 0


def test_after_a_wait_the_new_plan_is_made_and_not_the_old_one() -> None:
    async def wait(api: Any) -> None:
        await api.call("Wait")

    async def replan(plan: Plan) -> Plan:
        assert plan is begun
        api.calls.append((api.time, "replan"))
        return Plan(None, [held("New", Stage.ATTACH), held("NewDelete", Stage.DELETE)])

    api = StandIn(lambda number: {})
    begun = Plan(None, [held("Old", Stage.PREPARE), held("OldDelete", Stage.DELETE)], [Wait(Stage.PREPARE, wait)])
    other = Plan(None, [held("Other", Stage.PREPARE), held("OtherDetach", Stage.DETACH)])
    work = Executor(api, [begun, other], replan)
    assert [entry["operation"] for entry in work.planned] == ["Old", "Other", "OtherDetach", "OldDelete"]
    asyncio.run(work.run())
    made_ones = ["Other", "New", "OtherDetach", "NewDelete"]
    assert [operation for dummy, operation in api.calls] == ["Wait", "replan", *made_ones]
    assert [entry["operation"] for entry in work.applied] == made_ones


@pytest.mark.parametrize("satisfied_by", [(), ("EntityAlreadyExists",)])
def test_each_look_is_an_observation_of_its_own(satisfied_by: tuple[str, ...]) -> None:
    class Asking(Seen):
        """Asks the service twice for the same; one observation answers both alike."""

        async def observe(self, api: Any) -> bool:
            self.looks += 1
            first, second = [await api.call("GetPolicy", PolicyName="p") for dummy in range(2)]
            assert first == second
            return bool(first["number"] > 4)

    api = StandIn(lambda number: (api_error("EntityAlreadyExists") if satisfied_by else LOST) if number == 1
                  else {"number": number})  # fmt: skip
    looked = Asking(lambda: True)
    write = Change(
        "CreatePolicy", "policy 'p'", {}, Stage.PREPARE, looked, lambda observed: observed, satisfied_by=satisfied_by
    )
    work = made(api, write)
    assert [operation for dummy, operation in api.calls] == ["CreatePolicy"] + ["GetPolicy"] * 4 and looked.looks == 4
    assert work.made == ([] if satisfied_by else [write])


def test_an_observation_that_fails_ends_it_as_uncertain() -> None:
    class Unreadable(Seen):
        async def observe(self, api: Any) -> bool:
            raise api_error("NoPermission", 403)

    api = StandIn(lambda number: LOST)
    work = executor(api, replace(change(lambda: True), resource=Unreadable(lambda: True)))
    with pytest.raises(ApiError, match="NoPermission") as failure:
        asyncio.run(work.run())
    work.report(failure.value)
    assert failure.value.details["changes"] == [] and len(api.calls) == 1
    assert [entry["operation"] for entry in failure.value.details["uncertain"]] == ["CreatePolicy"]
