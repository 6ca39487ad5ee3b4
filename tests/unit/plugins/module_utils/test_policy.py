# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One custom policy, case by case: its options, what is read for it, planned, refused and shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._engine.converge import RunResult, converge
from ansible_collections.alicloud.ram.plugins.module_utils._engine.observe import Reads
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ConflictError, DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import PolicyRef, Principal
from ansible_collections.alicloud.ram.plugins.module_utils._resources.policy import Policy
from ansible_collections.alicloud.ram.plugins.module_utils._resources.principal_policies import PrincipalPolicies
from ansible_collections.alicloud.ram.tests.lib.table_account import Account, document

ALICE = Principal("user", "alice")
MINE = {"managed-by": "me"}


def account(*meanings: str, default: int | None = None, description: str = "", **tags: str) -> Account:
    """One with the policy p, a version for each meaning, the last of them the default unless it is said."""
    made = Account()
    if meanings:
        versions = {number: _document.render(document(meaning)) for number, meaning in enumerate(meanings, 1)}
        tags = {key.replace("_", "-"): value for key, value in tags.items()}
        made.policies["p"] = {
            "description": description,
            "versions": versions,
            "default": default or len(meanings),
            "tags": tags,
        }
    return made


def declared(**options: Any) -> Policy:
    if options.get("state") != "absent":
        options = {"document": document("a"), **options}
    return Policy.from_params({"name": "p", **options})


def run(where: Account, check_mode: bool = False, **options: Any) -> RunResult:
    return asyncio.run(converge(where, [declared(**options)], check_mode))  # type: ignore[arg-type]


def reads(where: Account, check_mode: bool = True, **options: Any) -> list[str]:
    """The operations by which a run looks."""
    asked: list[str] = []
    call, pages = where.call, where.pages

    def listen(operation: str, **parameters: Any) -> Any:
        asked.append(operation)
        return call(operation, **parameters)

    def turn(operation: str, token: str, **parameters: Any) -> Any:
        asked.append(operation)
        return pages(operation, token, **parameters)

    where.call, where.pages = listen, turn  # type: ignore[method-assign]
    run(where, check_mode, **options)
    return asked


# Options


@pytest.mark.parametrize(
    "option, value",
    [
        ("name", "no name"),
        ("document", None),
        ("document", "{"),
        ("description", "d" * 1025),
        ("managed_by", ""),
        ("managed_by", "m" * 257),
        ("tags", {"": "x"}),
        ("tags", {"k" * 129: "x"}),
        ("tags", {"k": "v" * 257}),
        ("tags", {"k": ["v"]}),
        ("tags", {"k": {"v": "w"}}),
        ("tags", {"k": True}),
        ("tags", {"k": 1.10}),
        ("tags", {str(number): "x" for number in range(21)}),
    ],
    ids=lambda value: str(value)[:20],
)
def test_options_that_cannot_be(option: str, value: Any) -> None:
    with pytest.raises(DeclarationError) as caught:
        Policy.from_params({"name": "p", "document": document("a"), option: value}, where="policies[0].")
    assert caught.value.message.startswith(f"policies[0].{option}")


def test_options_at_their_bounds() -> None:
    tags = {"k" * 128: None, "n": 1, **{str(number): "v" * 256 for number in range(18)}}
    found = declared(description="d" * 1024, tags=tags)
    assert found.tags == {**tags, "k" * 128: "", "n": "1"} and len(found.tags) == 20 and found.description == "d" * 1024
    assert declared(managed_by="m" * 256).managed_by == "m" * 256 and declared(managed_by="m").managed_by == "m"
    assert declared(document=document("b")).document == document("b")
    plain = declared()
    assert (plain.tags, plain.description, plain.managed_by) == (None, None, None)
    assert (plain.purge_tags, plain.rotate_versions, plain.detach, plain.allow_self) == (False, True, False, False)
    assert (plain.adopt, plain.read_tags, plain.present, plain.type) == (False, False, True, "Custom")
    gone = declared(
        state="absent", document=document("a"), detach=True, allow_self=True, adopt=True, rotate_versions=False
    )
    assert (gone.present, gone.detach, gone.allow_self, gone.adopt, gone.rotate_versions) == (
        False,
        True,
        True,
        True,
        False,
    )


def test_the_owners_tag_counts_among_the_twenty() -> None:
    tags = {str(number): "v" for number in range(19)}
    assert declared(managed_by="me", tags=tags)
    assert declared(managed_by="me", tags={**tags, **MINE})
    with pytest.raises(DeclarationError, match="20 tags; RAM keeps 20"):
        declared(managed_by="me", tags={**tags, "20": "v"})
    for other in ("you", "her"):
        with pytest.raises(DeclarationError, match="managed-by is set by managed_by"):
            declared(managed_by="me", tags={"managed-by": other})
    assert declared(tags={"managed-by": "you"}).tags == {"managed-by": "you"}


def test_a_policy_to_look_at() -> None:
    custom, system = (
        Policy.for_info({"name": name, "type": type}) for name, type in (("p", "Custom"), ("Admin", "System"))
    )
    assert (custom.read_tags, system.read_tags, system.type, system.document) == (True, False, "System", None)
    with pytest.raises(DeclarationError, match="^policies.0..name: "):
        Policy.for_info({"name": "no name", "type": "Custom"}, "policies[0].")
    found = asyncio.run(system.observe(Reads(Account())))  # type: ignore[arg-type]
    assert system.result(found)["policy_name"] == "Admin" and system.result(found)["tags"] is None
    found = asyncio.run(custom.observe(Reads(account("a", k="v"))))  # type: ignore[arg-type]
    assert custom.result(found)["tags"] == {"k": "v"} and custom.result(found)["policy_document"] == document("a")


def test_policies_are_told_apart_by_name() -> None:
    assert declared().identity == ("policy", "p") and declared().label == "policy 'p'"


# What is read: no more than the declaration needs


@pytest.mark.parametrize(
    "options, more",
    [
        ({}, []),
        ({"description": "new"}, []),
        ({"tags": {}}, ["ListTagResources"]),
        ({"purge_tags": True}, []),
        ({"managed_by": "me"}, []),
        ({"managed_by": "me", "adopt": True}, ["ListTagResources"]),
        ({"managed_by": "me", "description": "new"}, ["ListTagResources"]),
        ({"managed_by": "me", "description": "old"}, []),
        ({"managed_by": "me", "document": document("b")}, ["ListTagResources", "ListPolicyVersions"]),
        ({"document": document("b")}, ["ListPolicyVersions"]),
        ({"state": "absent"}, ["ListEntitiesForPolicy"]),
        ({"state": "absent", "tags": {"k": "v"}}, ["ListEntitiesForPolicy"]),
        ({"state": "absent", "managed_by": "me"}, ["ListTagResources", "ListEntitiesForPolicy"]),
    ],
    ids=str,
)
def test_what_is_read(options: dict[str, Any], more: list[str]) -> None:
    assert reads(account("a", description="old", managed_by="me"), **options) == ["GetPolicy", *more]


def test_what_is_read_of_what_is_not_there() -> None:
    assert reads(Account()) == ["GetPolicy", "GetPolicy"]  # the second is of a system policy of that name
    assert reads(Account(), state="absent") == ["GetPolicy"]


# What is planned


@pytest.mark.parametrize(
    "options, parameters",
    [
        ({}, {}),
        ({"description": ""}, {}),
        ({"description": "new"}, {"Description": "new"}),
        ({"tags": {}}, {}),
        ({"tags": {"l": "2", "k": "1"}}, {"Tag": [{"Key": "k", "Value": "1"}, {"Key": "l", "Value": "2"}]}),
        ({"managed_by": "me"}, {"Tag": [{"Key": "managed-by", "Value": "me"}]}),
    ],
    ids=str,
)
def test_a_creation_says_what_is_declared(options: dict[str, Any], parameters: dict[str, Any]) -> None:
    (change,) = run(Account(), check_mode=True, **options).results[0].plan.changes
    said = dict(change.parameters)
    assert _document.read(said.pop("PolicyDocument")) == document("a")
    assert change.operation == "CreatePolicy" and said == {"PolicyName": "p", **parameters}


@pytest.mark.parametrize("versions, default, chosen", [("abac", 4, "v3"), ("ba", 1, "v2"), ("abab", 2, "v3")])
def test_the_newest_equal_version_is_chosen(versions: str, default: int, chosen: str) -> None:
    (change,) = run(account(*versions, default=default), check_mode=True).results[0].plan.changes
    assert change.operation == "SetDefaultPolicyVersion"
    assert change.parameters == {"PolicyName": "p", "VersionId": chosen}


@pytest.mark.parametrize("versions, default, removed", [("bcde", 4, None), ("bcdef", 5, "v1"), ("bcdef", 1, "v2")])
def test_a_version_goes_only_where_there_is_no_room(versions: str, default: int, removed: str | None) -> None:
    where = account(*versions, default=default)
    outcome = run(where)
    (change,) = outcome.results[0].plan.changes
    assert change.operation == "CreatePolicyVersion" and change.parameters["SetAsDefault"] is True
    assert change.removes == (removed and f"version {removed}")
    assert ("RotateStrategy" in change.parameters) == bool(removed)
    kept = [f"v{number}" for number in where.policies["p"]["versions"]]
    assert removed not in kept and len(kept) == 5 and outcome.results[0].result["default_version"] == kept[-1]


def test_versions_that_may_not_go() -> None:
    where = account(*"bcdef")
    with pytest.raises(ConflictError, match=r"has 5 versions \(v1, v2, v3, v4, v5\)"):
        run(where, rotate_versions=False)
    assert where.writes == [] and run(account(*"bcde"), rotate_versions=False).changes


def test_a_description_is_changed_only_where_it_is_declared() -> None:
    assert run(account("a", description="old")).changes == []
    where = account("a", description="old")
    assert [change["operation"] for change in run(where, description="new").changes] == ["UpdatePolicyDescription"]
    assert where.policies["p"]["description"] == "new" and run(where, description="new").changes == []
    assert run(account("a"), description="").changes == []
    with pytest.raises(DeclarationError, match="^description: RAM cannot empty"):
        run(where, description="")


@pytest.mark.parametrize(
    "options, tags, writes",
    [
        ({}, {"k": "v", "l": "w"}, []),
        ({"tags": {"k": "v"}}, {"k": "v", "l": "w"}, []),
        ({"tags": {"k": "new", "m": ""}}, {"k": "new", "l": "w", "m": ""}, ["TagResources"]),
        ({"tags": {"k": "v"}, "purge_tags": True}, {"k": "v"}, ["UntagResources"]),
        ({"tags": {"m": "x"}, "purge_tags": True}, {"m": "x"}, ["UntagResources", "TagResources"]),
        ({"purge_tags": True}, {"k": "v", "l": "w"}, []),
        ({"purge_tags": True, "tags": {}}, {}, ["UntagResources"]),
        ({"managed_by": "me", "adopt": True}, {"k": "v", "l": "w", **MINE}, ["TagResources"]),
    ],
    ids=str,
)
def test_tags(options: dict[str, Any], tags: dict[str, str], writes: list[str]) -> None:
    where = account("a", k="v", l="w")
    outcome = run(where, **options)
    assert where.policies["p"]["tags"] == tags and where.writes == writes and outcome.warnings == []
    if writes:
        assert outcome.results[0].plan.after.tags == tags
    assert outcome.results[0].result["tags"] == (tags if "tags" in options else None)


def test_tags_up_to_the_limit() -> None:
    old, new = ({f"{kind}{number}": "x" for number in range(10)} for kind in ("old", "new"))
    where = account("a", **old)
    for check_mode in (True, False):
        assert run(where, check_mode, tags=new).changes
    assert len(where.policies["p"]["tags"]) == 20
    more = {**new, "one": "more"}
    for check_mode in (True, False):
        with pytest.raises(
            ConflictError, match="^tags: policy 'p' would have 21 tags .* RAM keeps 20.*purge_tags: true"
        ):
            run(where, check_mode, tags=more)
    run(where, tags=more, purge_tags=True)
    assert where.policies["p"]["tags"] == more


@pytest.mark.parametrize("tags", [{}, {"managed-by": "you"}])
@pytest.mark.parametrize("options", [{"document": document("b")}, {"description": "new"}, {"state": "absent"}], ids=str)
def test_anothers_policy_is_left_alone(options: dict[str, Any], tags: dict[str, str]) -> None:
    where = account("a")
    where.policies["p"]["tags"] = dict(tags)
    with pytest.raises(ConflictError, match="not managed by me: its tag managed-by is (not set|'you')"):
        run(where, managed_by="me", **options)
    assert where.writes == []
    assert run(where, managed_by="me").changes == []  # it is as declared
    assert run(where, managed_by="me", tags={}).changes == []
    assert run(where, managed_by="me", adopt=True, **options).changes
    where = account("a", managed_by="me")
    assert run(where, managed_by="me", **options).changes


def test_the_owners_tag_is_never_purged() -> None:
    where = account("a", managed_by="you", k="v")
    run(where, purge_tags=True, tags={})
    assert where.policies["p"]["tags"] == {"managed-by": "you"}
    assert run(where, purge_tags=True, tags={"k": "v"}, managed_by="me", adopt=True).changes
    assert where.policies["p"]["tags"] == {"managed-by": "me", "k": "v"}


def test_what_is_predicted_is_what_ram_will_say() -> None:
    where = account("b")
    where.principals.add(ALICE)
    where.attached.add((ALICE, PolicyRef("p", "Custom")))
    options = {"description": "new", "tags": {"k": "v"}}
    told, made = run(where, True, **options), run(where, **options)
    said, got = told.results[0].result, made.results[0].result
    assert (said.pop("default_version"), got.pop("default_version")) == (None, "v2")
    assert said.pop("update_date") is None and got.pop("update_date")
    assert said == got
    assert got["attachment_count"] == 1 and run(account("a", "b"), True).results[0].result["default_version"] == "v1"
    assert run(Account(), True).results[0].result["attachment_count"] == 0
    assert run(account("b"), True).results[0].result["attachment_count"] == 0


def test_an_older_version_is_predicted_as_it_is_stored() -> None:
    where = account("a", "b")
    where.policies["p"]["versions"][1] = _document.render(document("a", wrapped=True))
    told, made = run(where, True), run(where)
    assert told.results[0].result["policy_document"] == made.results[0].result["policy_document"] == document("a", True)


def test_attachments_of_other_policies_do_not_count() -> None:
    where = account("a")
    where.policies["q"] = {**where.policies["p"], "tags": {}}
    where.principals.add(ALICE)
    where.attached.add((ALICE, PolicyRef("q", "Custom")))
    for policies, count in (
        ([PolicyRef("Admin", "System"), PolicyRef("ReadOnly", "System")], 0),
        ([PolicyRef("p", "Custom")], 1),
    ):
        holder = PrincipalPolicies(ALICE, tuple(policies), exclusive=True)
        told = asyncio.run(converge(where, [declared(), holder], True))  # type: ignore[arg-type]
        assert told.results[0].result["attachment_count"] == count


def test_a_system_policys_name() -> None:
    for check_mode in (True, False):
        with pytest.raises(ConflictError, match="^name: 'Admin' is the name of a system policy"):
            run(Account(), check_mode, name="Admin")
    assert run(Account(), state="absent", name="Admin").changes == []


def test_somebody_else_created_it_at_the_same_time() -> None:
    def at_once(meaning: str, tags: dict[str, str]) -> Account:
        where = Account()
        create = where.CreatePolicy

        def other(**parameters: Any) -> Any:
            parameters["PolicyDocument"] = _document.render(document(meaning))
            create(**{**parameters, "Tag": [{"Key": key, "Value": value} for key, value in tags.items()]})
            return create(**parameters)

        where.CreatePolicy = other  # type: ignore[method-assign]
        return where

    assert run(at_once("a", {})).changes == []
    assert run(at_once("a", MINE), managed_by="me").changes == []
    for where, options in (at_once("b", {}), {}), (at_once("a", {}), {"managed_by": "me"}):
        with pytest.raises(Exception, match="EntityAlreadyExists.Policy"):
            run(where, **options)


# Deleting


def held(*holders: Principal, caller: str = "user/administrator") -> Account:
    where = account("a")
    where.caller = caller
    for holder in holders:
        where.principals.add(holder)
        where.attached.add((holder, PolicyRef("p", "Custom")))
    return where


def test_a_policy_that_is_held_is_kept() -> None:
    where = held(ALICE, Principal("group", "ops"))
    with pytest.raises(ConflictError, match="still attached to group 'ops', user 'alice', so it is kept") as caught:
        run(where, state="absent")
    assert caught.value.details["attached_to"] == [{"kind": "group", "name": "ops"}, {"kind": "user", "name": "alice"}]
    assert where.writes == []


def test_a_policy_is_detached_before_it_goes() -> None:
    where = held(ALICE, Principal("group", "ops"))
    outcome = run(where, state="absent", detach=True)
    assert where.writes == ["DetachPolicyFromGroup", "DetachPolicyFromUser", "DeletePolicy"] and where.policies == {}
    assert outcome.results[0].diff()["before"]["attached_to"] == ["group 'ops'", "user 'alice'"]
    assert outcome.results[0].result == {} and outcome.results[0].diff()["after"] == {}


def test_a_policy_is_not_taken_from_the_caller() -> None:
    where = held(ALICE, caller="user/alice")
    with pytest.raises(ConflictError, match="allow_self"):
        run(where, state="absent", detach=True)
    assert where.writes == [] and run(where, state="absent", detach=True, allow_self=True).changes


def test_a_policy_goes_with_all_its_versions() -> None:
    where = account("a", "b", "c")
    assert run(where, state="absent").changes and where.policies == {}


def test_what_is_not_there_is_not_deleted() -> None:
    assert run(Account(), state="absent").changes == []


def test_what_a_diff_shows() -> None:
    shown = run(account("a", description="d", k="v"), True).results[0].diff()["before"]
    assert shown == {"policy_name": "p", "description": "d", "policy_document": document("a")}
    shown = run(account("a", k="v"), True, tags={}).results[0].diff()["before"]
    assert shown == {"policy_name": "p", "description": "", "policy_document": document("a"), "tags": {"k": "v"}}
    assert run(Account(), True).results[0].diff()["before"] == {}
