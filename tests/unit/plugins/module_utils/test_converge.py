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
from ansible_collections.alicloud.ram.plugins.module_utils._engine.converge import Reads, RunResult, converge, observe
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    RamError,
    UnreachableError,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import PolicyRef, Principal
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    VISIBILITY_PAUSES,
    Change,
    Context,
    Plan,
    Resource,
    Stage,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.policy import Policy
from ansible_collections.alicloud.ram.plugins.module_utils._resources.principal_policies import PrincipalPolicies

from .model import Account, document


class Api:
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

    async def identity(self) -> Any:
        return "alice"

    async def caller_is(self, kind: str, name: str) -> bool:
        return (kind, name) == ("user", "alice")

    async def pages(self, operation: str, token: str, **parameters: Any) -> Any:
        yield operation, token, parameters

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        self.calls.append(operation)
        await asyncio.sleep(0)
        answers = self.script.get(operation) or [{}]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
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
        assert reads.assumed_role_arn == api.assumed_role_arn and await reads.identity() == "alice"
        assert await reads.caller_is("user", "alice") and not await reads.caller_is("user", "bob")
        assert [page async for page in reads.pages("ListX", "Marker", Size=1)] == [("ListX", "Marker", {"Size": 1})]

    api = Api()
    asyncio.run(main())


@dataclass
class Note(Resource):
    """A resource of tests: it observes what GetNote answers, after a number of turns, and plans the changes given."""

    name: str
    turns: int = 0
    reads: str = "GetNote"
    changes: list[Change] = field(default_factory=list)
    waits: list[Any] = field(default_factory=list)
    plans: list[Any] = field(default_factory=lambda: [None])

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

    def plan(self, observed: Any, context: Context) -> Plan:
        if self.plans:  # what was planned first has been done
            self.plans.pop(0)
            after = {"planned": self.name} if self.changes else observed
            return Plan(after, self.changes, waits=self.waits)
        return Plan(observed)

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
    shared = _converge._share_reads(resources)  # pylint: disable=protected-access
    assert [getattr(item, "by_policy", False) for item in shared] == by_policy
    assert [item.identity for item in shared] == [item.identity for item in resources]
    assert not any(getattr(item, "by_policy", False) for item in resources)


def test_many_principals_of_one_policy_cost_one_read() -> None:
    holding = {"Users": {"User": [{"UserName": f"u{number}"} for number in range(20)]}}
    api = Api(ListEntitiesForPolicy=[holding])
    outcome = run(api, *(principal(number, "p") for number in range(20)))
    assert api.calls == ["ListEntitiesForPolicy"] and outcome.changes == []


# Applying


def change(stage: Stage = Stage.PREPARE, done: Any = None, name: str = "Note", **more: Any) -> Change:
    async def ready(api: Any) -> bool:
        return bool((await api.call(f"Get{name}")).get("done", True))

    return Change(f"Create{name}", f"note {name}", {"NoteName": name}, stage, done or ready, **more)


def run(api: Api, *resources: Resource, check_mode: bool = False) -> RunResult:
    return asyncio.run(converge(api, list(resources), check_mode))  # type: ignore[arg-type]


def note(*changes: Change, **more: Any) -> Note:
    return Note("n", changes=list(changes), **more)


def test_changes_are_made_by_stage_and_then_by_declaration() -> None:
    stages = [Stage.DELETE, Stage.ATTACH, Stage.PREPARE, Stage.DETACH]
    first = Note("a", changes=[change(stage, name=f"A{stage.name}") for stage in stages])
    second = Note("b", changes=[change(stage, name=f"B{stage.name}") for stage in stages])
    api = Api()
    outcome = run(api, first, second)
    expected = [f"Create{letter}{stage.name}" for stage in Stage for letter in "AB"]
    assert [call for call in api.calls if call.startswith("Create")] == expected
    assert [made["operation"] for made in outcome.changes] == expected


def test_check_mode_tells_and_does_nothing() -> None:
    async def wait(api: Any) -> None:
        raise AssertionError

    api = Api(GetNote=[{"x": 1}])
    outcome = run(api, note(change(), waits=[wait]), check_mode=True)
    assert api.calls == ["GetNote"]
    assert outcome.changes == [{"operation": "CreateNote", "target": "note Note", "parameters": {"NoteName": "Note"}}]
    assert outcome.settled[0].result == {"planned": "n"}
    assert outcome.settled[0].diff() == {
        "before_header": "note 'n'",
        "after_header": "note 'n'",
        "before": {"view": {"x": 1}},
        "after": {"view": {"planned": "n"}},
    }


def test_what_was_changed_is_looked_at_again_and_nothing_else() -> None:
    api = Api(GetNote=[{"x": 1}, {"done": True}, {"x": 2}], GetOther=[{"x": 3}, {"x": 4}])
    outcome = run(api, note(change()), Note("other", reads="GetOther"))
    assert [item.result for item in outcome.settled] == [{"x": 2}, {"x": 3}]
    assert api.calls.count("GetOther") == 1


def test_what_others_have_started_is_waited_for_at_the_end() -> None:
    async def wait(api: Any) -> None:
        await api.call("Wait")

    api = Api(GetNote=[{"x": 1}, {"done": True}, {"x": 2}])
    outcome = run(api, Note("a", waits=[wait]), Note("b", changes=[change()]))
    assert [call for call in api.calls if not call.startswith("Get")] == ["CreateNote", "Wait"]
    assert api.calls[-1] == "GetNote" and outcome.settled[0].result == {"x": 2}


@pytest.mark.parametrize("needed", [True, False])
def test_a_change_that_is_no_longer_called_for_is_left_out(needed: bool) -> None:
    async def ask(api: Any) -> bool:
        await api.call("Ask")
        return needed

    api = Api()
    outcome = run(api, note(change(needed=ask), change(name="Second")))
    written = [call for call in api.calls if not call.startswith("Get")]
    assert written == ["Ask", *(["CreateNote"] if needed else []), "CreateSecond"]
    assert [made["operation"] for made in outcome.changes] == [call for call in written if call != "Ask"]


def test_a_change_that_is_not_visible_yet_is_waited_for() -> None:
    api = Api(GetNote=[{}, {"done": False}, {"done": False}, {"done": False}, {"done": True}])
    outcome = run(api, note(change()))
    assert api.pauses == pytest.approx([0.2, 0.3, 0.45]) and outcome.warnings == []


def test_a_change_that_stays_invisible_is_a_warning() -> None:
    api = Api(GetNote=[{}, {"done": False}])
    outcome = run(api, note(change()))
    (warning,) = outcome.warnings
    assert "CreateNote of note Note succeeded, but is not visible after 10 s" in warning
    assert sum(api.pauses) <= 10 and max(api.pauses) <= VISIBILITY_PAUSES[1]
    assert len(outcome.changes) == 1


def test_finish_gets_the_answer() -> None:
    seen = []

    async def finish(api: Any, answer: dict[str, Any]) -> None:
        seen.append(answer)

    run(Api(CreateNote=[{"TaskId": "t"}]), note(change(finish=finish)))
    assert seen == [{"TaskId": "t", "Asked": {"NoteName": "Note"}}]


@pytest.mark.parametrize("error", [lost(), api_error("InternalError", 500)])
def test_a_lost_answer_is_looked_for_before_the_write_is_made_again(error: Exception) -> None:
    api = Api(CreatePolicy=[error, {}], GetPolicy=[{"done": False}, {"done": True}])
    outcome = run(api, note(change(name="Policy")))
    assert api.calls.count("CreatePolicy") == 1 and len(outcome.changes) == 1


def test_a_write_that_did_not_happen_is_made_again() -> None:
    api = Api(CreatePolicy=[lost(), {}])

    async def done(api: Any) -> bool:
        return api.calls.count("CreatePolicy") == 2

    outcome = run(api, note(change(done=done, name="Policy")))
    assert api.calls.count("CreatePolicy") == 2 and len(outcome.changes) == 1
    assert sum(api.pauses) >= api.settings.consistency_timeout - VISIBILITY_PAUSES[1]


def test_a_write_that_never_happens_is_given_up() -> None:
    api = Api(CreatePolicy=[lost()], GetPolicy=[{"done": False}])
    with pytest.raises(UnreachableError) as caught:
        run(api, note(change(name="Policy")))
    assert caught.value.message.startswith("note Policy: ") and caught.value.details["changes"] == []
    assert sum(api.pauses) <= api.settings.retry_timeout + 2 * api.settings.consistency_timeout


def test_somebody_else_was_first() -> None:
    api = Api(CreateNote=[api_error("EntityAlreadyExists.Note", 409)], GetNote=[{}, {"done": True}])
    outcome = run(api, note(change(satisfied_by=("EntityAlreadyExists",))))
    assert outcome.changes == [] and outcome.warnings == []


def test_it_was_ours_where_the_answer_was_lost_before() -> None:
    async def done(api: Any) -> bool:
        return api.calls.count("CreatePolicy") == 2

    api = Api(CreatePolicy=[lost(), api_error("EntityAlreadyExists.Note", 409)])
    assert len(run(api, note(change(name="Policy", done=done, satisfied_by=("EntityAlreadyExists",)))).changes) == 1


def test_what_somebody_else_made_has_to_be_as_wanted() -> None:
    api = Api(CreateNote=[api_error("EntityAlreadyExists.Note", 409)], GetNote=[{}, {"done": False}])
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


ALICE, P = Principal("user", "alice"), PolicyRef("p", "Custom")


def account_of_alice() -> Account:
    account = Account()
    account.settings = Settings(consistency_timeout=10, retry_timeout=30)
    account.time = 0.0

    async def sleep(seconds: float) -> None:
        account.time += seconds

    account.clock = SimpleNamespace(now=lambda: account.time, sleep=sleep)
    account.principals = {ALICE}
    account.CreatePolicy("p", json.dumps(document("old")))
    account.CreatePolicy("q", json.dumps(document("old")))
    account.TagResources("policy", ["q"], [{"Key": "team", "Value": "old"}])
    account.attached.add((ALICE, PolicyRef("Admin", "System")))
    account.writes = []
    return account


def undo_document(account: Account) -> None:
    account.policies["p"]["default"] = 1


def undo_creation(account: Account) -> None:
    account.policies.pop("new", None)


def undo_deletion(account: Account) -> None:
    account.CreatePolicy("q", json.dumps(document("old")))


def undo_tags(account: Account) -> None:
    account.policies["q"]["tags"].clear()


def undo_description(account: Account) -> None:
    account.policies["p"]["description"] = "other"


def undo_attaching(account: Account) -> None:
    account.attached.discard((ALICE, P))


def undo_detaching(account: Account) -> None:
    account.attached.add((ALICE, PolicyRef("Admin", "System")))


def attach_another(account: Account) -> None:
    account.attached.add((ALICE, PolicyRef("q", "Custom")))


def remove_alice(account: Account) -> None:
    account.principals.clear()
    account.attached.clear()


# A declaration, and what somebody else does to it after it was seen to be so; None where nothing declared is touched.
UNDONE: list[tuple[Resource, Callable[[Account], None], str | None]] = [
    (Policy("p", document("new")), undo_document, "SetDefaultPolicyVersion of policy 'p' would be needed"),
    (Policy("p", document("old"), description="d"), undo_description, "UpdatePolicyDescription of policy 'p'"),
    (Policy("new", document("new")), undo_creation, "CreatePolicy of policy 'new'"),
    (Policy("q", present=False), undo_deletion, "DeletePolicy of policy 'q'"),
    (Policy("q", document("old"), tags={"team": "new"}), undo_tags, "TagResources of policy 'q'"),
    (PrincipalPolicies(ALICE, (P,)), undo_attaching, "AttachPolicyToUser of user 'alice'"),
    (PrincipalPolicies(ALICE, (P,), by_policy=True), undo_attaching, "AttachPolicyToUser of user 'alice'"),
    (PrincipalPolicies(ALICE, (P,), exclusive=True), undo_detaching, "DetachPolicyFromUser of user 'alice'"),
    (PrincipalPolicies(ALICE, (P,), exclusive=True), attach_another, "DetachPolicyFromUser of user 'alice'"),
    (PrincipalPolicies(ALICE, (P,)), remove_alice, "user 'alice' does not exist"),
    (PrincipalPolicies(ALICE, (P,)), attach_another, None),
    (
        PrincipalPolicies(ALICE, (PolicyRef("Admin", "System"),), present=False),
        undo_detaching,
        "DetachPolicyFromUser of user 'alice'",
    ),
]


@pytest.mark.parametrize("until", [0.0, 5.0, 20.0])
@pytest.mark.parametrize("number", range(len(UNDONE)))
def test_what_is_reported_as_reached_was_seen_last(number: int, until: float, monkeypatch: pytest.MonkeyPatch) -> None:
    declared, undo, words = UNDONE[number]
    account = account_of_alice()
    made: list[Any] = []
    run_all = _converge.Executor.run

    async def then_undo(self: Any) -> None:
        await run_all(self)  # each write has been seen
        made.append(account.data())
        undo(account)

    sleep = account.clock.sleep

    async def meanwhile(seconds: float) -> None:
        await sleep(seconds)
        if account.time >= until:  # it was an old state that was seen; now the new one is
            account.policies, account.principals, account.attached = made[0]

    account.clock.sleep = meanwhile
    monkeypatch.setattr(_converge.Executor, "run", then_undo)
    if words is None or until < account.settings.consistency_timeout:
        outcome = asyncio.run(converge(account, [declared], False))  # type: ignore[arg-type]
        assert outcome.changes and outcome.warnings == []
        assert outcome.settled[0].resource.diff_view(outcome.settled[0].after) or not declared.present  # type: ignore[attr-defined]
        return
    with pytest.raises(ConflictError) as caught:
        asyncio.run(converge(account, [declared], False))  # type: ignore[arg-type]
    assert words in caught.value.message and declared.label in caught.value.message
    (shown,) = caught.value.details["not_reached"]
    assert shown["resource"] == declared.label and shown["expected"] != shown["observed"]
    assert [change["operation"] for change in caught.value.details["changes"]] == account.writes


def test_a_write_that_is_not_visible_yet_is_warned_of_and_is_no_failure() -> None:
    for declared in (Policy("p", document("new")), Policy("new", document("new")), PrincipalPolicies(ALICE, (P,))):
        account = account_of_alice()
        before = account.data()
        for name in ("CreatePolicyVersion", "CreatePolicy", "AttachPolicyTo"):
            setattr(account, name, lambda *dummy, **more: {})
        outcome = asyncio.run(converge(account, [declared], False))  # type: ignore[arg-type]
        (warning,) = outcome.warnings
        assert "is not visible after 10 s" in warning and len(outcome.changes) == 1
        assert account.data() == before
        # What is returned is what was seen.
        seen = asyncio.run(observe(account, [declared]))[0]  # type: ignore[arg-type]
        assert outcome.settled[0].result == declared.result(seen)


def test_one_write_that_is_not_visible_excuses_no_other() -> None:
    account = account_of_alice()
    attach = account.AttachPolicyTo

    def attached(principal: Any, PolicyName: str, PolicyType: str) -> Any:
        if PolicyName == "q":
            account.attached.discard((ALICE, P))  # at the same time as somebody else takes the first one away
            return {}
        return attach(principal, PolicyName, PolicyType)

    account.AttachPolicyTo = attached  # type: ignore[method-assign]
    declared = PrincipalPolicies(ALICE, (P, PolicyRef("q", "Custom")))
    with pytest.raises(ConflictError) as caught:
        asyncio.run(converge(account, [declared], False))  # type: ignore[arg-type]
    assert caught.value.message.count("AttachPolicyToUser") == 1 and len(caught.value.warnings) == 1


# Warnings


@dataclass
class Cautious(Note):
    """Warns when it is planned."""

    def plan(self, observed: Any, context: Context) -> Plan:
        return replace(super().plan(observed, context), warnings=[f"Of the plan of {self.name}."])


@pytest.mark.parametrize("where", ["plan", "write", "finish", "done", "needed", "wait", "the last look"])
@pytest.mark.parametrize("defect", [True, False])
def test_a_failure_keeps_what_was_warned_of_before(where: str, defect: bool) -> None:
    error = KeyError("Role") if defect else api_error("NoPermission", 403)

    async def failing(api: Any, answer: Any = None) -> Any:
        raise error

    async def never(api: Any) -> bool:
        return False

    class Failing(Note):
        def plan(self, observed: Any, context: Context) -> Plan:
            if where == "plan":
                raise error
            return super().plan(observed, context)

    more = {where: failing} if where in ("finish", "done", "needed") else {}
    changes = [change(name="First", done=never), change(name="Second", **more)]
    api = Api(GetLast=[{}, error] if where == "the last look" else [{}])
    if where == "write":
        api.script["CreateSecond"] = [error]
    resources = [Cautious("a"), Failing("n", 0, "GetLast", changes, [failing] if where == "wait" else [])]
    with pytest.raises(RamError) as caught:
        run(api, *resources)
    first, *others = caught.value.warnings
    assert first == "Of the plan of a."
    assert ["CreateFirst of note First succeeded, but is not visible" in text for text in others] == [True] * (
        where != "plan"
    )


@pytest.mark.parametrize("where", ["finish", "done", "needed", "wait", "the last look"])
def test_a_defect_in_the_midst_tells_what_was_done_before(where: str) -> None:
    async def unforeseen(api: Any, answer: Any = None) -> Any:
        raise KeyError("Role")

    more = {where: unforeseen} if where in ("finish", "done", "needed") else {}
    changes = [change(name="First"), change(name="Second", **more)]
    waits = [unforeseen] if where == "wait" else []
    api = Api(GetNote=[{}, KeyError("Role") if where == "the last look" else {}])
    with pytest.raises(RamError) as caught:
        run(api, note(*changes, waits=waits))
    assert caught.value.message.startswith("This is a bug in alicloud.ram (KeyError: 'Role'), not a mistake in your")
    assert caught.value.details["traceback"].endswith("KeyError: 'Role'\n")
    made = [call for call in api.calls if call.startswith("Create")]
    assert made == ["CreateFirst", *(["CreateSecond"] if where != "needed" else [])]
    assert [one["operation"] for one in caught.value.details["changes"]] == made
