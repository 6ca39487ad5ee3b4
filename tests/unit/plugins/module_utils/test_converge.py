# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: how it reads, in what order it fails, what it waits for, and what it makes of a write's answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import LONGEST_PAUSE
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import Parent
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import Settings
from ansible_collections.alicloud.ram.plugins.module_utils._engine import converge as _converge
from ansible_collections.alicloud.ram.plugins.module_utils._engine.converge import RunResult, converge
from ansible_collections.alicloud.ram.plugins.module_utils._engine.observe import Reads, observe, try_observe
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    CredentialsError,
    DeclarationError,
    RamError,
    UnreachableError,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import PolicyRef, Principal
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    VISIBILITY_PAUSES,
    Change,
    Plan,
    References,
    Resource,
    Stage,
    Wait,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.policy import Policy
from ansible_collections.alicloud.ram.plugins.module_utils._resources.principal_policies import PrincipalPolicies
from ansible_collections.alicloud.ram.tests.lib.table_account import Account, Uncached, document


class Api(Uncached):
    """Answers each operation with the next of its script, and with the last of it from then on; time is its own."""

    def __init__(self, **script: list[Any]) -> None:
        self.settings = Settings(consistency_timeout=10, retry_timeout=30)
        self.clock = self
        self.time = 100.0
        self.pauses: list[float] = []
        self.script = script
        self.calls: list[str] = []
        self.assumed_role_arn = "acs:ram::1000000000000001:role/x/y"
        self.account_id = "1000000000000001"
        self.report_progress = None
        self.parent = Parent()

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)

    async def find_account_id(self) -> str:
        return self.account_id

    async def callers(self) -> list[tuple[str, str]]:
        return [("user", "alice")]

    async def pages(self, operation: str, token: str, **parameters: Any) -> Any:
        yield operation, token, parameters

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        self.calls.append(operation)
        await asyncio.sleep(0)
        answers = self.script.get(operation) or [{}]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        answer = answer() if callable(answer) else answer
        return dict(answer, **{"Asked": parameters} if parameters else {})


def api_error(code: str, status: int = 400) -> ApiError:
    return ApiError(f"{code} was said.", code, status)


def lost() -> UnreachableError:
    return UnreachableError("no answer.", sent=True)


# Reading


def test_every_read_is_made_once() -> None:
    async def main() -> Any:
        reads = Reads(api)  # type: ignore[arg-type]
        return await asyncio.gather(
            reads.call("GetUser", UserName="alice"),
            reads.call("GetUser", UserName="alice"),
            reads.call("GetUser", UserName="bob"),
            reads.call("GetPolicy", PolicyName="p", PolicyType="Custom"),
            reads.call("GetPolicy", PolicyType="Custom", PolicyName="p"),
        )

    api = Api()
    answers = asyncio.run(main())
    assert sorted(api.calls) == ["GetPolicy", "GetUser", "GetUser"]
    assert answers[0] == answers[1] == {"Asked": {"UserName": "alice"}}
    assert answers[2] == {"Asked": {"UserName": "bob"}} and answers[3] == answers[4]


def test_a_read_that_was_made_is_not_made_again_later() -> None:
    async def main() -> None:
        reads = Reads(api)  # type: ignore[arg-type]
        assert await reads.call("GetUser") == {"number": 1}
        assert await reads.call("GetUser") == {"number": 1}
        assert await reads.fresh.call("GetUser") == {"number": 2}
        assert await reads.call("GetUser") == {"number": 1}

    api = Api(GetUser=[{"number": 1}, {"number": 2}])
    asyncio.run(main())
    assert len(api.calls) == 2


def test_all_who_ask_get_the_same_error() -> None:
    async def main() -> Any:
        reads = Reads(api)  # type: ignore[arg-type]
        together = await asyncio.gather(*(reads.call("GetUser") for dummy in range(3)), return_exceptions=True)
        return together + await asyncio.gather(reads.call("GetUser"), return_exceptions=True)

    error = api_error("Throttling")
    api = Api(GetUser=[error, {}])
    assert asyncio.run(main()) == [error] * 4 and api.calls == ["GetUser"]


def test_reads_pass_the_rest_on() -> None:
    async def main() -> None:
        reads = Reads(api)  # type: ignore[arg-type]
        assert reads.settings is api.settings and reads.clock is api.clock
        assert await reads.find_account_id() == api.account_id and await reads.callers() == [("user", "alice")]
        assert [page async for page in reads.pages("ListX", "Marker", Size=1)] == [("ListX", "Marker", {"Size": 1})]
        # What is kept for all accounts is not kept once more.
        assert [await reads.call_cached("GetX", "X") for dummy in range(2)] == [1, 2]
        assert await reads.call_cached("GetX", "X", may_lack=True) is None

    api = Api(GetX=[{"X": 1}, {"X": 2}, api_error("EntityNotExist.X", 404)])
    asyncio.run(main())


@dataclass
class Note(Resource):
    """A resource of tests: it observes what GetNote answers, after a number of turns, and plans the changes given."""

    name: str
    turns: int = 0
    reads: str = "GetNote"
    changes: list[Change] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    planned: int = 0

    @property
    def identity(self) -> tuple[str, ...]:
        return ("note", self.name)

    @property
    def label(self) -> str:
        return f"note {self.name!r}"

    async def observe(self, api: Any) -> Any:
        for dummy in range(self.turns):
            await asyncio.sleep(0)
        return await api.call(self.reads)

    def plan(self, observed: Any, references: References) -> Plan:
        """What was planned is waited for, and then done."""
        self.planned += 1
        if self.planned > 1 + bool(self.waits):
            return Plan(observed)
        after = {"planned": self.name} if self.changes else observed
        return Plan(after, self.changes, self.waits if self.planned == 1 else ())

    def result(self, observed: Any) -> Any:
        return observed

    def diff_view(self, observed: Any) -> Any:
        return {"view": observed}


def test_observing_shares_reads_and_keeps_the_order() -> None:
    api = Api(GetNote=[{"x": 1}], GetOther=[{"x": 2}])
    resources = [Note("a", 3), Note("b", 0, "GetOther"), Note("c")]
    assert asyncio.run(observe(api, resources)) == [{"x": 1}, {"x": 2}, {"x": 1}]  # type: ignore[arg-type]
    assert sorted(api.calls) == ["GetNote", "GetOther"]


@pytest.mark.parametrize("turns", [(0, 0, 0), (9, 3, 0), (0, 9, 3)])
def test_the_first_error_in_the_order_of_declaration_is_raised(turns: tuple[int, ...]) -> None:
    first, second = api_error("First"), api_error("Second")
    api = Api(GetFirst=[first], GetSecond=[second])
    resources = [Note("a", turns[0]), Note("b", turns[1], "GetFirst"), Note("c", turns[2], "GetSecond")]
    with pytest.raises(ApiError) as caught:
        asyncio.run(observe(api, resources))  # type: ignore[arg-type]
    assert caught.value is first
    assert sorted(api.calls) == ["GetFirst", "GetNote", "GetSecond"]  # the others went on to their ends


def unreadable_for(why: str) -> RamError:
    errors = {"forbidden": api_error("NoPermission", 403), "away": lost(), "no keys": CredentialsError("It has ended.")}
    return errors[why]


@pytest.mark.parametrize("why", ["forbidden", "away", "no keys"])
def test_an_observation_can_tell_what_cannot_be_read(why: str) -> None:
    error = unreadable_for(why)
    api = Api(GetNote=[{"x": 1}], GetOther=[error])
    found = asyncio.run(try_observe(api, [Note("a", 3), Note("b", 0, "GetOther"), Note("c")]))  # type: ignore[arg-type]
    assert found == [{"x": 1}, error, {"x": 1}] and sorted(api.calls) == ["GetNote", "GetOther"]


@pytest.mark.parametrize("error", [ConflictError("It is another's."), DeclarationError("Wrong."), KeyError("Role")])
def test_what_is_wrong_with_what_was_read_is_raised(error: Exception) -> None:
    api = Api(GetOther=[error])
    with pytest.raises(type(error)) as caught:
        asyncio.run(try_observe(api, [Note("a", 3), Note("b", 0, "GetOther")]))  # type: ignore[arg-type]
    assert caught.value is error


def test_a_failed_reading_changes_nothing() -> None:
    api = Api(GetOther=[api_error("NoPermission", 403)])
    with pytest.raises(ApiError):
        run(api, Note("a", changes=[change()]), Note("b", 0, "GetOther"))
    assert "CreateNote" not in api.calls


# Reading by policy


def principal(number: int, *policies: str, **more: Any) -> PrincipalPolicies:
    refs = tuple(PolicyRef(name, "Custom") for name in policies)
    return PrincipalPolicies(Principal("user", f"u{number}"), refs, **more)


@pytest.mark.parametrize(
    "resources, by_policy",
    [
        ([principal(1, "p")], [False]),  # one alone, in full
        ([principal(1, "p"), principal(2, "p")], [True, True]),
        ([principal(1, "p"), Policy("p")], [True, False]),
        ([principal(1, "p", "q"), Policy("p")], [False, False]),  # more policies than principals
        ([principal(1, "p", "q"), principal(2, "q")], [True, True]),
        ([principal(1, "p", "q"), principal(2, "r")], [False, False]),
        ([principal(1, "p", exclusive=True), principal(2, "p")], [False, True]),  # exclusive needs all of its own
        ([principal(1, "p", exclusive=True), principal(2, "q", exclusive=True)], [False, False]),
        ([principal(1, "p", "q", exclusive=True), principal(2, "r")], [False, True]),
        ([principal(1, "p", present=False), principal(2, "p")], [True, True]),
        ([Policy("p"), Policy("q")], [False, False]),
        ([], []),
    ],
)
def test_which_principals_are_read_by_policy(resources: list[Any], by_policy: list[bool]) -> None:
    shared = PrincipalPolicies.share_reads(resources)
    assert [getattr(item, "by_policy", False) for item in shared] == by_policy
    assert [item.identity for item in shared] == [item.identity for item in resources]
    assert not any(getattr(item, "by_policy", False) for item in resources)
    assert Policy.share_reads(resources) == resources


def test_what_is_declared_beside_the_principals_is_known_to_them() -> None:
    resources = [principal(1, "p"), principal(2, "p", "q"), Policy("p"), Policy("r"), Policy("q", present=False)]
    first, second, *others = PrincipalPolicies.share_reads(resources)
    assert [item.beside for item in (first, second)] == [{PolicyRef("p", "Custom")}] * 2
    assert others == resources[2:]


@pytest.mark.parametrize("number", [2, 3, 20])
@pytest.mark.parametrize("there", [True, False])
def test_who_holds_a_declared_policy_is_asked_only_where_there_is_one(there: bool, number: int) -> None:
    policy = {"Policy": {"PolicyName": "p"}, "DefaultPolicyVersion": {"PolicyDocument": json.dumps(document("a"))}}
    none = api_error("EntityNotExist.Policy", 404)

    class Named(Api):
        async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
            asked.append((operation, parameters.get("PolicyType")))
            if operation == "GetPolicy" and (not there or parameters["PolicyType"] == "System"):
                raise none
            return await super().call(operation, **parameters)

    asked: list[Any] = []
    api = Named(GetPolicy=[policy], ListEntitiesForPolicy=[{"Users": {}}])
    resources = [*(principal(count, "p") for count in range(number)), Policy("p", document("a"))]
    outcome = run(api, *resources, check_mode=True)
    attach = ["AttachPolicyToUser"] * number
    assert [made["operation"] for made in outcome.changes] == [*([] if there else ["CreatePolicy"]), *attach]
    assert asked.count(("GetPolicy", "Custom")) == 1
    assert asked.count(("ListEntitiesForPolicy", "Custom")) == there
    # A policy that is not declared is only asked to whom it is attached, which also shows whether it exists.
    asked.clear()
    api.script["ListEntitiesForPolicy"] = [none]
    run_of_others = converge(api, resources[:-1], True, True)  # type: ignore[arg-type]
    assert len(asyncio.run(run_of_others).assumed) == 1
    assert asked.count(("GetPolicy", "Custom")) == 0 and asked.count(("ListEntitiesForPolicy", "Custom")) == 1


def test_many_principals_of_one_policy_cost_one_read() -> None:
    holding = {"Users": {"User": [{"UserName": f"u{number}"} for number in range(20)]}}
    api = Api(ListEntitiesForPolicy=[holding])
    outcome = run(api, *(principal(number, "p") for number in range(20)))
    assert api.calls == ["ListEntitiesForPolicy"] and outcome.changes == []


# Applying


def change(
    stage: Stage = Stage.PREPARE, name: str = "Note", shows: Any = None, resource: Resource | None = None, **more: Any
) -> Change:
    """It is visible unless what is observed says that it is not done."""
    return Change(
        f"Create{name}",
        f"note {name}",
        {"NoteName": name},
        stage,
        resource or Note("own"),
        shows or (lambda observed: observed.get("done", True)),
        **more,
    )


def run(api: Any, *resources: Resource, check_mode: bool = False) -> RunResult:
    return asyncio.run(converge(api, list(resources), check_mode))


def note(*changes: Change, **more: Any) -> Note:
    return Note("n", changes=list(changes), **more)


def wait_for(operation: str, stage: Stage = Stage.WAIT) -> Wait:
    async def wait(api: Any) -> None:
        await api.call(operation)

    return Wait(stage, wait)


def test_changes_are_made_by_stage_and_then_by_declaration() -> None:
    stages = [Stage.DELETE, Stage.ATTACH, Stage.PREPARE, Stage.DETACH]
    first = Note("a", changes=[change(stage, name=f"A{stage.name}") for stage in stages])
    second = Note("b", changes=[change(stage, name=f"B{stage.name}") for stage in stages])
    api = Api()
    outcome = run(api, first, second)
    expected = [f"Create{letter}{stage.name}" for stage in sorted(stages) for letter in "AB"]
    assert [call for call in api.calls if call.startswith("Create")] == expected
    assert [made["operation"] for made in outcome.changes] == expected


def test_check_mode_tells_and_does_nothing() -> None:
    async def wait(api: Any) -> None:
        raise AssertionError

    api = Api(GetNote=[{"x": 1}])
    outcome = run(api, note(change(), waits=[Wait(Stage.WAIT, wait)]), check_mode=True)
    assert api.calls == ["GetNote"]
    assert outcome.changes == [{"operation": "CreateNote", "target": "note Note", "parameters": {"NoteName": "Note"}}]
    assert outcome.pending == []
    assert outcome.results[0].result == {"planned": "n"}
    assert outcome.results[0].diff() == {
        "before_header": "note 'n'",
        "after_header": "note 'n'",
        "before": {"view": {"x": 1}},
        "after": {"view": {"planned": "n"}},
    }


def test_what_was_changed_is_looked_at_again_and_nothing_else() -> None:
    api = Api(GetNote=[{"x": 1}, {"x": 2}, {"x": 5}], GetOther=[{"x": 3}, {"x": 4}])
    outcome = run(api, note(change()), Note("other", reads="GetOther"))
    assert [item.result for item in outcome.results] == [{"x": 2}, {"x": 3}]
    assert (api.calls.count("GetNote"), api.calls.count("GetOther")) == (2, 1) and api.pauses == []


def test_nothing_is_read_between_the_writes() -> None:
    api = Api()
    run(api, note(change(name="First"), change(name="Second"), change(name="Third")), Note("o", reads="GetOther"))
    assert api.calls == ["GetNote", "GetOther", "CreateFirst", "CreateSecond", "CreateThird", "GetNote"]


def test_what_others_have_started_is_waited_for_at_the_end() -> None:
    api = Api(GetNote=[{"x": 1}, {"x": 2}])
    outcome = run(api, Note("a", waits=[wait_for("Wait")]), Note("b", changes=[change()]))
    assert [call for call in api.calls if not call.startswith("Get")] == ["CreateNote", "Wait"]
    assert api.calls[-1] == "GetNote" and outcome.results[0].result == {"x": 2}


@pytest.mark.parametrize("stage", Stage)
def test_what_a_change_has_to_wait_for_is_awaited_in_its_stage(stage: Stage) -> None:
    api = Api()
    waiting = Note("w", changes=[change(stage, name="Own")], waits=[wait_for("Wait", stage)])
    others = Note("o", changes=[change(other, name=other.name) for other in Stage])
    outcome = run(api, waiting, others)
    stages = [f"Create{other.name}" for other in Stage]
    assert [made["operation"] for made in outcome.changes if made["operation"] != "CreateOwn"] == stages
    calls = [call for call in api.calls if not call.startswith("Get")]
    assert calls[: stage + 1] == [*stages[:stage], "Wait"]
    assert sorted(calls[stage + 1 : stage + 3]) == sorted(["CreateOwn", stages[stage]])
    assert calls[stage + 3 :] == stages[stage + 1 :]


def test_what_was_waited_for_is_planned_again() -> None:
    class Waiting(Note):
        """Once what somebody else has begun has ended, that decides."""

        def plan(self, observed: Any, references: References) -> Plan:
            if observed["state"] == "begun":
                return Plan({"state": "new"}, [change(name="New")], [wait_for("Wait", Stage.PREPARE)])
            return Plan({"state": "new"}, [change(name="New")] if observed["state"] == "gone" else ())

    begun, gone, kept, new = ({"state": state} for state in ("begun", "gone", "kept", "new"))
    for states, changes, state in (
        ([begun, gone, new], ["CreateNew"], "new"),
        ([begun, kept], [], "kept"),
    ):
        api = Api(GetNote=list(states))
        outcome = run(api, Waiting("n"))
        assert [made["operation"] for made in outcome.changes] == changes
        assert outcome.results[0].result == {"state": state} and api.calls.count("Wait") == states.count(begun)
        assert [call for call in api.calls if call.startswith("Create")] == changes
    # It is waited for once, because a run has to end.
    api = Api(GetNote=[begun])
    with pytest.raises(ConflictError, match="note 'n': CreateNew of note New would be needed"):
        run(api, Waiting("n"))
    assert api.calls.count("Wait") == 1 and "CreateNew" not in api.calls


def test_what_was_not_planned_is_not_done_after_a_wait() -> None:
    class Waiting(Note):
        def plan(self, observed: Any, references: References) -> Plan:
            if observed["state"] == "begun":
                return Plan({"state": "gone"}, waits=[wait_for("Wait", Stage.WAIT)])
            return Plan({"state": "gone"}, [change(name="Removal")] if observed["state"] == "another" else ())

    api = Api(GetNote=[{"state": "begun"}, {"state": "another"}])
    with pytest.raises(ConflictError, match="note 'n': CreateRemoval of note Removal would be needed"):
        run(api, Waiting("n"))
    assert "CreateRemoval" not in api.calls


def test_a_change_that_is_not_visible_yet_is_waited_for() -> None:
    api = Api(GetNote=[{"done": False}] * 4 + [{"done": True}])
    outcome = run(api, note(change()))
    assert api.pauses == pytest.approx([0.2, 0.3, 0.45]) and outcome.warnings == [] and outcome.pending == []
    assert outcome.results[0].result == {"done": True}


def test_a_change_that_stays_invisible_is_a_warning() -> None:
    api = Api(GetNote=[{"done": False}])
    outcome = run(api, note(change()))
    (warning,) = outcome.warnings
    assert "CreateNote of note Note succeeded, but is not visible after 10 s" in warning
    assert sum(api.pauses) <= 10 and max(api.pauses) <= VISIBILITY_PAUSES[1]
    assert len(outcome.changes) == 1 and outcome.pending == outcome.changes
    assert outcome.results[0].result == {"done": False}


def test_what_becomes_neither_old_nor_new_is_a_conflict() -> None:
    api = Api(GetNote=[{"done": False}, {"done": "by somebody else"}])
    with pytest.raises(ConflictError) as caught:
        run(api, note(change(name="First", shows=lambda observed: True), change()), Note("o", changes=[change()]))
    assert "note 'n': It is neither as before nor as after CreateNote of note Note." in caught.value.message
    expected, observed = {"view": {"planned": "n"}}, {"view": {"done": "by somebody else"}}
    assert caught.value.details["not_reached"] == [
        {"resource": "note 'n'", "expected": expected, "observed": observed},
        {"resource": "note 'o'", "expected": {"view": {"planned": "o"}}, "observed": observed},
    ]
    assert [made["operation"] for made in caught.value.details["changes"]] == ["CreateFirst", *["CreateNote"] * 2]
    assert caught.value.warnings == [] and 5 < sum(api.pauses) <= 10


def test_a_state_between_old_and_new_is_waited_out() -> None:
    api = Api(GetNote=[{"done": False}, {"done": "half"}, {"done": False}, {"done": "half"}, {"done": True}])
    outcome = run(api, note(change()))
    assert outcome.results[0].result == {"done": True} and (outcome.warnings, outcome.pending) == ([], [])


def test_only_what_is_not_as_planned_is_looked_at_again() -> None:
    api = Api(GetNote=[{"done": False}], GetOther=[{"done": False}, {"done": False}, {"done": True}])
    outcome = run(api, note(change()), Note("other", reads="GetOther", changes=[change(name="Other")]))
    assert api.calls.count("GetOther") == 3 and api.calls.count("GetNote") > 5
    assert [made["operation"] for made in outcome.pending] == ["CreateNote"]
    assert [item.result["done"] for item in outcome.results] == [False, True]


def test_finish_gets_the_answer() -> None:
    seen = []

    async def finish(api: Any, answer: dict[str, Any]) -> None:
        seen.append(answer)

    run(Api(CreateNote=[{"TaskId": "t"}]), note(change(finish=finish)))
    assert seen == [{"TaskId": "t", "Asked": {"NoteName": "Note"}}]


@pytest.mark.parametrize("error", [lost(), api_error("InternalError", 500)])
def test_a_lost_answer_is_looked_for_before_the_write_is_made_again(error: Exception) -> None:
    api = Api(CreatePolicy=[error, {}], GetNote=[{"done": False}, {"done": False}, {"done": True}])
    outcome = run(api, note(change(name="Policy")))
    assert api.calls.count("CreatePolicy") == 1 and len(outcome.changes) == 1 and outcome.pending == []


def test_a_write_that_did_not_happen_is_made_again() -> None:
    api = Api(CreatePolicy=[lost(), {}])
    api.script["GetNote"] = [lambda: {"done": api.calls.count("CreatePolicy") == 2}]
    outcome = run(api, note(change(name="Policy")))
    assert api.calls.count("CreatePolicy") == 2 and len(outcome.changes) == 1
    assert sum(api.pauses) >= api.settings.consistency_timeout - VISIBILITY_PAUSES[1]


def test_a_write_that_never_happens_is_given_up() -> None:
    api = Api(CreatePolicy=[lost()], GetNote=[{"done": False}])
    with pytest.raises(UnreachableError) as caught:
        run(api, note(change(name="Policy")))
    assert caught.value.message.startswith("note Policy: ") and caught.value.details["changes"] == []
    assert sum(api.pauses) <= api.settings.retry_timeout + 2 * api.settings.consistency_timeout


def test_somebody_else_was_first() -> None:
    api = Api(CreateNote=[api_error("EntityAlreadyExists.Note", 409)], GetNote=[{"done": False}, {"done": True}])
    outcome = run(api, note(change(satisfied_by=("EntityAlreadyExists",))))
    assert outcome.changes == [] and outcome.warnings == [] and outcome.pending == []
    assert outcome.results[0].result == {"done": True}


def test_it_was_ours_where_the_answer_was_lost_before() -> None:
    api = Api(CreatePolicy=[lost(), api_error("EntityAlreadyExists.Note", 409)])
    api.script["GetNote"] = [lambda: {"done": api.calls.count("CreatePolicy") == 2}]
    assert len(run(api, note(change(name="Policy", satisfied_by=("EntityAlreadyExists",)))).changes) == 1


def test_what_somebody_else_made_has_to_be_as_wanted() -> None:
    api = Api(CreateNote=[api_error("EntityAlreadyExists.Note", 409)], GetNote=[{"done": False}])
    with pytest.raises(ApiError, match="EntityAlreadyExists"):
        run(api, note(change(satisfied_by=("EntityAlreadyExists",))))


def test_a_refusal_that_says_something_else_ends_it() -> None:
    api = Api(CreateNote=[api_error("LimitExceeded.Note", 409)])
    with pytest.raises(ApiError) as caught:
        run(api, note(change(name="First"), change(satisfied_by=("EntityAlreadyExists",)), change(name="Third")))
    assert caught.value.message == "note Note: LimitExceeded.Note was said."
    assert [made["operation"] for made in caught.value.details["changes"]] == ["CreateFirst"]
    assert api.pauses == [] and "CreateThird" not in api.calls


def test_an_earlier_write_may_not_be_visible_everywhere_yet() -> None:
    not_yet = api_error("EntityNotExist.Policy", 404)
    api = Api(CreateNote=[not_yet, not_yet, {}])
    outcome = run(api, note(change(name="First"), change(retry_on=("EntityNotExist.",))))
    assert api.calls.count("CreateNote") == 3 and len(outcome.changes) == 2


def test_that_ends_with_the_consistency_timeout() -> None:
    api = Api(CreateNote=[api_error("EntityNotExist.Policy", 404)])
    with pytest.raises(ApiError):
        run(api, note(change(name="First"), change(retry_on=("EntityNotExist.",))))
    assert 0 < sum(api.pauses) <= api.settings.consistency_timeout + LONGEST_PAUSE


def test_the_first_write_waits_for_nothing() -> None:
    api = Api(CreateNote=[api_error("EntityNotExist.Policy", 404)])
    with pytest.raises(ApiError):
        run(api, note(change(retry_on=("EntityNotExist.",))))
    assert api.pauses == []


# What was seen last


ALICE, BOB = Principal("user", "alice"), Principal("user", "bob")
P, Q, ADMIN, READ_ONLY = (
    PolicyRef(name, type)
    for name, type in (("p", "Custom"), ("q", "Custom"), ("Admin", "System"), ("ReadOnly", "System"))
)


class Listened(Account):
    """Keeps a list of all calls, and refuses to show the policies in ``unreadable`` as soon as something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.unreadable: dict[str, Exception] = {}

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        self.calls.append(operation)
        if self.writes and operation == "GetPolicy" and parameters["PolicyName"] in self.unreadable:
            raise self.unreadable[parameters["PolicyName"]]
        return await super().call(operation, **parameters)

    async def pages(self, operation: str, token: str, **parameters: Any) -> Any:
        self.calls.append(operation)
        async for page in super().pages(operation, token, **parameters):
            yield page


def account_of_alice() -> Listened:
    account = Listened()
    account.settings = Settings(consistency_timeout=10, retry_timeout=30)
    account.time = 0.0

    async def sleep(seconds: float) -> None:
        account.time += seconds

    account.clock = SimpleNamespace(now=lambda: account.time, sleep=sleep)
    account.principals = {ALICE, BOB}
    account.CreatePolicy("p", json.dumps(document("old")))
    account.CreatePolicy("q", json.dumps(document("old")))
    account.TagResources("policy", ["q"], [{"Key": "team", "Value": "old"}])
    account.attached.add((ALICE, ADMIN))
    account.writes = []
    return account


def undo_document(account: Account) -> None:
    account.policies["p"]["default"] = 1


def another_document(account: Account) -> None:
    account.CreatePolicyVersion("p", json.dumps(document("other")), True)


def remove_p(account: Account) -> None:
    del account.policies["p"]


def undo_creation(account: Account) -> None:
    account.policies.pop("new", None)


def another_creation(account: Account) -> None:
    account.policies.pop("new", None)
    account.CreatePolicy("new", json.dumps(document("other")))


def undo_deletion(account: Account) -> None:
    account.policies["q"] = account_of_alice().policies["q"]


def create_again(account: Account) -> None:
    account.CreatePolicy("q", json.dumps(document("old")))


def undo_tags(account: Account) -> None:
    account.policies["q"]["tags"] = {"team": "old"}


def remove_tags(account: Account) -> None:
    account.policies["q"]["tags"].clear()


def undo_description(account: Account) -> None:
    account.policies["p"]["description"] = ""


def another_description(account: Account) -> None:
    account.policies["p"]["description"] = "other"


def undo_attaching(account: Account) -> None:
    account.attached.discard((ALICE, P))


def undo_detaching(account: Account) -> None:
    account.attached.add((ALICE, ADMIN))


def attach_another(account: Account) -> None:
    account.attached.add((ALICE, Q))


def remove_alice(account: Account) -> None:
    account.principals.remove(ALICE)
    account.attached.clear()


# A declaration, and what somebody else does to it after the writes: what is left is not as before ("conflict", with
# words of the message), it is as if a write had not been made ("pending", with that write), or nothing that is declared
# is touched ("reached").
NEW, TAGGED = Policy("new", document("new")), Policy("q", document("old"), tags={"team": "new"})
DESCRIBED, GONE = Policy("p", document("old"), description="d"), Policy("q", present=False)
ATTACHED, DETACHED = PrincipalPolicies(ALICE, (P,)), PrincipalPolicies(ALICE, (ADMIN,), present=False)
EXACT = PrincipalPolicies(ALICE, (P,), exclusive=True)
NEITHER = "It is neither as before nor as after"
UNDONE: list[tuple[Resource, Callable[[Account], None], str, str]] = [
    (Policy("p", document("new")), undo_document, "pending", "CreatePolicyVersion of policy 'p'"),
    (Policy("p", document("new")), another_document, "conflict", f"{NEITHER} CreatePolicyVersion of policy 'p'"),
    (Policy("p", document("new")), remove_p, "conflict", f"{NEITHER} CreatePolicyVersion of policy 'p'"),
    (DESCRIBED, undo_description, "pending", "UpdatePolicyDescription of policy 'p'"),
    (DESCRIBED, another_description, "conflict", f"{NEITHER} UpdatePolicyDescription of policy 'p'"),
    (DESCRIBED, another_document, "conflict", "SetDefaultPolicyVersion of policy 'p' would be needed"),
    (NEW, undo_creation, "pending", "CreatePolicy of policy 'new'"),
    (NEW, another_creation, "conflict", f"{NEITHER} CreatePolicy of policy 'new'"),
    (GONE, undo_deletion, "pending", "DeletePolicy of policy 'q'"),
    (GONE, create_again, "conflict", f"{NEITHER} DeletePolicy of policy 'q'"),
    (TAGGED, undo_tags, "pending", "TagResources of policy 'q'"),
    (TAGGED, remove_tags, "conflict", f"{NEITHER} TagResources of policy 'q'"),
    (ATTACHED, undo_attaching, "pending", "AttachPolicyToUser of user 'alice'"),
    (replace(ATTACHED, by_policy=True), undo_attaching, "pending", "AttachPolicyToUser of user 'alice'"),
    (EXACT, undo_detaching, "pending", "DetachPolicyFromUser of user 'alice'"),
    (EXACT, undo_attaching, "pending", "AttachPolicyToUser of user 'alice'"),
    (EXACT, attach_another, "conflict", "DetachPolicyFromUser of user 'alice' would be needed"),
    (ATTACHED, remove_alice, "conflict", "user 'alice'"),
    (ATTACHED, attach_another, "reached", ""),
    (DETACHED, undo_detaching, "pending", "DetachPolicyFromUser of user 'alice'"),
    (DETACHED, remove_alice, "reached", ""),
]


@pytest.mark.parametrize("until", [0.0, 5.0, 20.0])
@pytest.mark.parametrize("number", range(len(UNDONE)))
def test_what_is_reported_as_reached_was_seen_last(number: int, until: float, monkeypatch: pytest.MonkeyPatch) -> None:
    declared, undo, end, words = UNDONE[number]
    account = account_of_alice()
    made: list[Any] = []
    run_all = _converge.Executor.run

    async def then_undo(self: Any) -> None:
        await run_all(self)
        made.append(account.data())
        undo(account)

    sleep = account.clock.sleep

    async def meanwhile(seconds: float) -> None:
        await sleep(seconds)
        if account.time >= until:  # it was an old state that was seen; now the new one is
            account.policies, account.principals, account.attached = made[0]

    account.clock.sleep = meanwhile
    monkeypatch.setattr(_converge.Executor, "run", then_undo)
    if end == "reached" or until < account.settings.consistency_timeout:
        outcome = run(account, declared)
        assert outcome.changes and outcome.warnings == [] and outcome.pending == []
        seen, planned = (
            declared.diff_view(found) for found in (outcome.results[0].after, outcome.results[0].plan.after)
        )
        assert seen.items() <= planned.items() or end == "reached"  # tags that were not needed are not read
        return
    if end == "pending":
        outcome = run(account, declared)
        (pending,), (warning,) = outcome.pending, outcome.warnings
        assert f"{pending['operation']} of {pending['target']}" == words and pending in outcome.changes
        assert warning.startswith(f"{words} succeeded, but is not visible after 10 s;")
        # What is returned is what was seen.
        assert outcome.results[0].result == declared.result(asyncio.run(observe(account, [declared]))[0])  # type: ignore[arg-type]
        return
    with pytest.raises(ConflictError) as caught:
        run(account, declared)
    assert words in caught.value.message and declared.label in caught.value.message
    (shown,) = caught.value.details["not_reached"]
    assert shown["resource"] == declared.label and shown["expected"] != shown["observed"]
    assert [change["operation"] for change in caught.value.details["changes"]] == account.writes


# A declaration, and the operation of the account that says that it is done, and does nothing.
INEFFECTIVE: list[tuple[Resource, str]] = [
    (Policy("p", document("new")), "CreatePolicyVersion"),
    (NEW, "CreatePolicy"),
    (replace(NEW, managed_by="me"), "CreatePolicy"),
    (GONE, "DeletePolicy"),
    (TAGGED, "TagResources"),
    (replace(TAGGED, tags={}, purge_tags=True), "UntagResources"),
    (DESCRIBED, "UpdatePolicyDescription"),
    (ATTACHED, "AttachPolicyTo"),
    (replace(ATTACHED, by_policy=True), "AttachPolicyTo"),
    (DETACHED, "DetachPolicyFrom"),
    (replace(DETACHED, by_policy=True), "DetachPolicyFrom"),
]


@pytest.mark.parametrize("declared, operation", INEFFECTIVE)
def test_a_write_that_is_not_visible_yet_is_warned_of_and_is_no_failure(declared: Any, operation: str) -> None:
    account = account_of_alice()
    before = account.data()
    setattr(account, operation, lambda *dummy, **more: {})
    outcome = run(account, declared)
    (warning,) = outcome.warnings
    assert "is not visible after 10 s" in warning and len(outcome.changes) == 1
    assert outcome.pending == outcome.changes and outcome.pending[0]["operation"].startswith(operation)
    assert account.data() == before
    # What is returned is what was seen.
    seen = asyncio.run(observe(account, [declared]))[0]  # type: ignore[arg-type]
    assert outcome.results[0].result == declared.result(seen)


def test_several_writes_of_one_policy_may_stay_invisible() -> None:
    account = account_of_alice()
    for operation in ("CreatePolicyVersion", "UpdatePolicyDescription", "TagResources"):
        setattr(account, operation, lambda *dummy, **more: {})
    outcome = run(account, Policy("q", document("new"), description="d", tags={"team": "new"}))
    assert outcome.pending == outcome.changes and len(outcome.warnings) == len(outcome.changes) == 3
    del account.UpdatePolicyDescription
    outcome = run(account, Policy("q", document("new"), description="d", tags={"team": "new"}))
    assert [change["operation"] for change in outcome.pending] == ["CreatePolicyVersion", "TagResources"]
    assert len(outcome.changes) == 3 and outcome.results[0].result["description"] == "d"


def test_a_document_that_is_neither_the_old_nor_the_new_one() -> None:
    account = account_of_alice()
    create = account.CreatePolicyVersion

    def twice(PolicyName: str, PolicyDocument: str, **more: Any) -> Any:
        create(PolicyName, PolicyDocument, **more)
        return create(PolicyName, json.dumps(document("other")), **more)

    account.CreatePolicyVersion = twice  # type: ignore[method-assign]
    with pytest.raises(ConflictError) as caught:
        run(account, Policy("p", document("new")), ATTACHED)
    (shown,) = caught.value.details["not_reached"]
    assert shown["resource"] == "policy 'p'"
    assert shown["expected"]["policy_document"] == document("new")
    assert shown["observed"]["policy_document"] == document("other")
    changes = [change["operation"] for change in caught.value.details["changes"]]
    assert changes == ["CreatePolicyVersion", "AttachPolicyToUser"] and caught.value.warnings == []


def test_one_write_that_is_not_visible_excuses_no_other() -> None:
    account = account_of_alice()
    attach = account.AttachPolicyTo

    def attached(principal: Any, PolicyName: str, PolicyType: str) -> Any:
        if PolicyName == "q":
            account.attached.add((ALICE, READ_ONLY))  # at the same time as somebody else attaches another
            return {}
        return attach(principal, PolicyName, PolicyType)

    account.AttachPolicyTo = attached  # type: ignore[method-assign]
    with pytest.raises(ConflictError) as caught:
        run(account, PrincipalPolicies(ALICE, (P, Q), exclusive=True))
    assert "policies of user 'alice': DetachPolicyFromUser of user 'alice' would be needed." in caught.value.message
    assert "AttachPolicyToUser" not in caught.value.message
    (warning,) = caught.value.warnings
    assert warning.startswith("AttachPolicyToUser of user 'alice' succeeded, but is not visible after 10 s")
    assert [change["operation"] for change in caught.value.details["changes"]] == [
        "AttachPolicyToUser",
        "AttachPolicyToUser",
        "DetachPolicyFromUser",
    ]


@pytest.mark.parametrize("by_policy", [True, False])
@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("visible", [P, Q, READ_ONLY])
def test_of_several_attachments_those_that_are_not_visible_are_reported(
    visible: PolicyRef, present: bool, by_policy: bool
) -> None:
    account, policies = account_of_alice(), tuple(sorted([P, Q, READ_ONLY]))
    write, name = (
        (account.AttachPolicyTo, "AttachPolicyTo") if present else (account.DetachPolicyFrom, "DetachPolicyFrom")
    )
    if not present:
        account.attached.update((ALICE, policy) for policy in policies)

    def one_of_them(principal: Any, PolicyName: str, PolicyType: str) -> Any:
        return write(principal, PolicyName, PolicyType) if PolicyName == visible.name else {}

    setattr(account, name, one_of_them)
    outcome = run(account, PrincipalPolicies(ALICE, policies, present=present, by_policy=by_policy))
    assert [change["parameters"] for change in outcome.changes] == [
        {**policy.parameters, "UserName": "alice"} for policy in policies
    ]
    assert outcome.pending == [
        change for change in outcome.changes if change["parameters"]["PolicyName"] != visible.name
    ]
    assert len(outcome.pending) == len(outcome.warnings) == 2
    returned = {policy["policy_name"] for policy in outcome.results[0].result["policies"]}
    expected = {visible.name} if present else {policy.name for policy in policies} - {visible.name}
    assert returned - {"Admin"} == expected


@pytest.mark.parametrize("visible", [0, 1, 2])
def test_of_several_principals_those_that_are_not_visible_are_reported(visible: int) -> None:
    account = account_of_alice()
    principals = [ALICE, BOB, Principal("group", "ops")]
    account.principals.update(principals)
    attach = account.AttachPolicyTo

    def one_of_them(principal: Any, PolicyName: str, PolicyType: str) -> Any:
        return attach(principal, PolicyName, PolicyType) if principal == principals[visible] else {}

    account.AttachPolicyTo = one_of_them  # type: ignore[method-assign]
    outcome = run(account, *(PrincipalPolicies(principal, (P,)) for principal in principals))
    others = [str(principal) for principal in principals if principal != principals[visible]]
    assert [change["target"] for change in outcome.pending] == others and len(outcome.changes) == 3
    assert [bool(item.result["policies"]) for item in outcome.results] == [
        number == visible or principal == ALICE and not item.resource.by_policy  # type: ignore[attr-defined]
        for number, (principal, item) in enumerate(zip(principals, outcome.results))
    ]


def test_an_ordinary_run_reads_then_writes_then_reads_once() -> None:
    account = account_of_alice()
    account.attached.add((BOB, P))
    resources: list[Resource] = [
        Policy("new", document("new"), managed_by="me"),
        Policy("p", document("new"), description="d"),
        Policy("q", present=False),
        PrincipalPolicies(ALICE, (PolicyRef("new", "Custom"), P), exclusive=True),
        PrincipalPolicies(BOB, (P,)),
    ]
    outcome = run(account, *resources)
    assert outcome.warnings == [] and outcome.pending == []
    operations = [change["operation"] for change in outcome.changes]
    assert len(operations) == 7 and operations == account.writes
    first = account.calls.index(operations[0])
    # From the first write to the last there is nothing else.
    assert account.calls[first : first + 7] == operations
    touched = [item.resource for item in outcome.results if item.plan.changes]
    assert len(touched) == 4
    verifying, account.calls = account.calls[first + 7 :], []
    asyncio.run(observe(account, touched))  # type: ignore[arg-type]
    assert sorted(verifying) == sorted(account.calls) and account.time == 0


def test_a_run_without_changes_reads_once() -> None:
    account = account_of_alice()
    outcome = run(account, Policy("p", document("old")))
    assert outcome.changes == [] and account.calls == ["GetPolicy"]


# What cannot be read afterwards


@pytest.mark.parametrize("why", ["forbidden", "away", "no keys"])
def test_what_cannot_be_read_afterwards_is_as_predicted(why: str) -> None:
    account, error = account_of_alice(), unreadable_for(why)
    account.unreadable = {"p": error}
    declared = Policy("p", document("new"), description="d")
    predicted = run(account_of_alice(), declared, check_mode=True)
    outcome = run(account, declared)
    (warning,) = outcome.warnings
    assert warning.startswith("policy 'p': ") and "could not be verified" in warning and error.message in warning
    assert outcome.changes == predicted.changes and outcome.pending == []
    assert outcome.results[0].result == predicted.results[0].result
    # It is asked once more and not again.
    assert account.calls.count("GetPolicy") == 2 and account.time == 0


@pytest.mark.parametrize("why", ["forbidden", "away", "no keys"])
def test_the_others_of_the_run_are_verified_nevertheless(why: str) -> None:
    def unreadable() -> Listened:
        account = account_of_alice()
        account.unreadable = {"p": unreadable_for(why)}
        return account

    resources = [
        Policy("p", document("new")),
        PrincipalPolicies(ALICE, (READ_ONLY,)),
        PrincipalPolicies(BOB, (ADMIN, Q)),
    ]
    account = unreadable()
    outcome = run(account, *resources)
    (warning,) = outcome.warnings
    assert "policy 'p'" in warning and "could not be verified" in warning and outcome.pending == []
    assert account.calls.count("ListPoliciesForUser") == 4

    account = unreadable()
    attach = account.AttachPolicyTo
    account.AttachPolicyTo = lambda principal, *parts, **more: (  # type: ignore[method-assign]
        {} if principal == ALICE else attach(principal, *parts, **more)
    )
    outcome = run(account, *resources)
    first, second = outcome.warnings
    assert "could not be verified" in first and "AttachPolicyToUser of user 'alice' succeeded" in second
    assert [change["target"] for change in outcome.pending] == ["user 'alice'"] and len(outcome.changes) == 4
    returned = [[policy["policy_name"] for policy in item.result["policies"]] for item in outcome.results[1:]]
    assert returned == [["Admin"], ["Admin", "q"]]
    assert account.calls.count("ListPoliciesForUser") > 4  # alice's were looked at again

    account = unreadable()
    exact = PrincipalPolicies(ALICE, (READ_ONLY,), exclusive=True)
    detach = account.DetachPolicyFrom

    def detached(*parts: Any, **more: Any) -> Any:
        account.attached.add((ALICE, Q))
        return detach(*parts, **more)

    account.DetachPolicyFrom = detached  # type: ignore[method-assign]
    with pytest.raises(ConflictError) as caught:
        run(account, resources[0], exact)
    (shown,) = caught.value.details["not_reached"]
    assert shown["resource"] == exact.label and "policy 'p'" not in caught.value.message
    (warning,) = caught.value.warnings
    assert "policy 'p'" in warning and "could not be verified" in warning


@pytest.mark.parametrize("before", ["old", "other"])
@pytest.mark.parametrize("why", ["forbidden", "away", "no keys"])
def test_what_cannot_be_read_any_more_is_as_predicted(why: str, before: str) -> None:
    account = account_of_alice()
    write = account.CreatePolicyVersion
    account.CreatePolicyVersion = lambda *dummy, **more: (  # type: ignore[method-assign]
        {} if before == "old" else write("p", json.dumps(document("other")), SetAsDefault=True)
    )
    sleep = account.clock.sleep

    async def then_refuse(seconds: float) -> None:
        account.unreadable = {"p": unreadable_for(why)}
        await sleep(seconds)

    account.clock.sleep = then_refuse
    outcome = run(account, Policy("p", document("new")))
    (warning,) = outcome.warnings
    assert "could not be verified" in warning and outcome.pending == []
    assert outcome.results[0].result["policy_document"] == document("new")


# Warnings


@dataclass
class Cautious(Note):
    """Warns when it is planned."""

    def plan(self, observed: Any, references: References) -> Plan:
        return replace(super().plan(observed, references), warnings=[f"Of the plan of {self.name}."])


@dataclass
class Doubtful(Note):
    """Warns when it is planned from a state in which it is not done."""

    def plan(self, observed: Any, references: References) -> Plan:
        doubts = [] if observed.get("done", True) else [f"{self.name} is not done."]
        return replace(super().plan(observed, references), warnings=doubts if self.planned > 1 else [])


def test_what_the_last_look_warns_of_is_reported_and_no_earlier_one() -> None:
    done, open_ = {"done": True}, {"done": False}
    outcome = run(Api(GetNote=[open_, open_, open_, done]), Doubtful("n", changes=[change()]))
    assert outcome.warnings == []
    outcome = run(Api(GetNote=[open_]), Doubtful("n", changes=[change()]))
    assert "is not visible after 10 s" in outcome.warnings[-1]
    outcome = run(Api(), Cautious("n", changes=[change()]))
    assert outcome.warnings == ["Of the plan of n."]


WHERE = ["plan", "write", "finish", "shows", "wait", "the last look"]


def failing_at(where: str, error: Exception) -> tuple[Api, Note]:
    async def failing(api: Any, answer: Any = None) -> Any:
        raise error

    def shows(observed: Any) -> Any:
        raise error

    class Failing(Note):
        def plan(self, observed: Any, references: References) -> Plan:
            if where == "plan":
                raise error
            return super().plan(observed, references)

    more: dict[str, Any] = {"finish": {"finish": failing}, "shows": {"shows": shows}}.get(where, {})
    waits = [Wait(Stage.WAIT, failing)] if where == "wait" else []
    api = Api(GetLast=[{}, error] if where == "the last look" else [{}])
    if where == "write":
        api.script["CreateSecond"] = [error]
    return api, Failing("n", 0, "GetLast", [change(name="First"), change(name="Second", **more)], waits)


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("kind", ["defect", "conflict", "forbidden"])
def test_a_failure_keeps_what_was_warned_of_before(where: str, kind: str) -> None:
    errors = {"defect": KeyError("Role"), "conflict": ConflictError("It failed."), "forbidden": api_error("No", 403)}
    error = errors[kind]
    api, failing = failing_at(where, error)
    api.script["GetFirst"] = [{}, api_error("NoPermission", 403)]
    resources = [Cautious("a"), Note("first", reads="GetFirst", changes=[change(name="Zero")]), failing]
    unverified = "note 'first': the changes were made, but could not be verified"
    if where == "the last look" and kind == "forbidden":
        first, *others = run(api, *resources).warnings
        assert [text.split(", because")[0] for text in others] == [unverified, unverified.replace("first", "n")]
    else:
        with pytest.raises(RamError) as caught:
            run(api, *resources)
        first, *others = caught.value.warnings
        assert [text.split(", because")[0] for text in others] == ([unverified] if where == "shows" else [])
    assert first == "Of the plan of a."


@pytest.mark.parametrize("where", WHERE[1:])
def test_a_defect_in_the_midst_tells_what_was_done_before(where: str) -> None:
    api, failing = failing_at(where, KeyError("Role"))
    with pytest.raises(RamError) as caught:
        run(api, failing)
    assert caught.value.message.startswith("This is a bug in alicloud.ram (KeyError: 'Role'), not a mistake in your")
    assert caught.value.details["traceback"].endswith("KeyError: 'Role'\n")
    assert [call for call in api.calls if call.startswith("Create")] == ["CreateFirst", "CreateSecond"]
    made = ["CreateFirst", *(["CreateSecond"] if where != "write" else [])]
    assert [one["operation"] for one in caught.value.details["changes"]] == made
