# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Resource Directory as an inventory: its options, how it is read, what is chosen and how hosts are named."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from typing import Any

import pytest
from ansible.errors import AnsibleParserError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alicloud.ram.plugins.inventory.resource_directory import InventoryModule
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.directory import (
    PAGE_SIZE,
    SELECTION_SPEC,
    Selection,
    cache_key,
    choose,
    explain_empty_selection,
    host_names,
    read,
)
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import AssumeRole, Settings
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ApiError, DeclarationError, UnreachableError

# The file


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("resource_directory.yml", True),
        ("prod.resource_directory.yaml", True),
        ("alicloud_resource_directory.yml", True),
        ("resource_directory.json", False),
        ("accounts.yml", False),
    ],
)
def test_the_files_that_are_taken(name: str, wanted: bool, tmp_path: Any) -> None:
    path = tmp_path / name
    assert InventoryModule().verify_file(str(path)) is False
    path.touch()
    if wanted:
        assert InventoryModule().verify_file(str(path)) is True
    else:
        with pytest.raises(AnsibleParserError, match=f"has to end in resource_directory.yml or .*: rename .*{name}"):
            InventoryModule().verify_file(str(path))


# Reading


class Answers(Api):
    """An Api whose operations answer from a table, by operation and the folder that is asked about."""

    def __init__(self, **answers: Any) -> None:
        super().__init__(Settings(), None, None)
        self.answers = answers
        self.calls: list[Any] = []

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        self.calls.append((operation, parameters))
        answer = self.answers[operation]
        if callable(answer):
            answer = answer(**parameters)
        if isinstance(answer, Exception):
            raise answer
        return answer


DIRECTORY = {
    "ResourceDirectory": {
        "ResourceDirectoryId": "rd-1",
        "RootFolderId": "r-1",
        "MasterAccountId": "100",
        "MasterAccountName": "hub",
    }
}


def account(account_id: str, **more: Any) -> dict[str, Any]:
    return {"AccountId": account_id, "Status": "CreateSuccess", "FolderId": "r-1", **more}


def page(kind: str, items: list[Any], total: int | None = None) -> dict[str, Any]:
    return {f"{kind}s": {kind: items}, "TotalCount": len(items) if total is None else total}


def no_folder(**parameters: Any) -> dict[str, Any]:
    return page("Folder", [])


def reading(**answers: Any) -> tuple[dict[str, Any], Answers]:
    api = Answers(**{"GetResourceDirectory": DIRECTORY, "ListFoldersForParent": no_folder, **answers})
    return asyncio.run(read(api)), api


def test_an_account_as_it_is_told() -> None:
    told = account(
        "101",
        DisplayName="payments",
        JoinMethod="created",
        Type="ResourceAccount",
        Tags={"Tag": [{"Key": "env", "Value": "prod"}, {"Key": "empty"}]},
    )
    found, api = reading(ListAccounts=page("Account", [told, account("102")]))
    assert found == {
        "resource_directory_id": "rd-1",
        "management_account": {"account_id": "100", "display_name": "hub"},
        "folders": {"r-1": "/"},
        "accounts": [
            {
                "account_id": "101",
                "display_name": "payments",
                "folder_id": "r-1",
                "status": "CreateSuccess",
                "join_method": "created",
                "account_type": "ResourceAccount",
                "tags": {"env": "prod", "empty": ""},
            },
            {
                "account_id": "102",
                "display_name": "",
                "folder_id": "r-1",
                "status": "CreateSuccess",
                "join_method": None,
                "account_type": None,
                "tags": {},
            },
        ],
        "warnings": [],
    }


@pytest.mark.parametrize("total", [0, 1, PAGE_SIZE, PAGE_SIZE + 1, 5 * PAGE_SIZE - 1])
def test_all_pages_are_read(total: int) -> None:
    def accounts(**parameters: Any) -> dict[str, Any]:
        first = (parameters.get("PageNumber", 1) - 1) * PAGE_SIZE
        return page("Account", [account(str(n)) for n in range(1000, 1000 + total)][first : first + PAGE_SIZE], total)

    found, api = reading(ListAccounts=accounts)
    assert len(found["accounts"]) == total and not found["warnings"]
    assert sum(operation == "ListAccounts" for operation, parameters in api.calls) == max(1, -(-total // PAGE_SIZE))


def test_the_tree_of_folders() -> None:
    tree = {"r-1": [("fd-1", "prod"), ("fd-2", "test")], "fd-1": [("fd-3", "eu")], "fd-3": [("fd-4", "prod")]}

    def folders(ParentFolderId: str, **parameters: Any) -> dict[str, Any]:
        return page("Folder", [{"FolderId": key, "FolderName": name} for key, name in tree.get(ParentFolderId, [])])

    found, api = reading(ListAccounts=page("Account", []), ListFoldersForParent=folders)
    assert found["folders"] == {
        "r-1": "/",
        "fd-1": "/prod",
        "fd-2": "/test",
        "fd-3": "/prod/eu",
        "fd-4": "/prod/eu/prod",
    }
    assert [operation for operation, parameters in api.calls].count("ListFoldersForParent") == 5


def test_the_management_account_is_never_taken_for_a_member() -> None:
    found, api = reading(ListAccounts=page("Account", [account("100"), account("101")]))
    assert [entry["account_id"] for entry in found["accounts"]] == ["101"]


def test_what_moved_while_it_was_read_is_told() -> None:
    found, api = reading(ListAccounts=page("Account", [account("101")], total=2))
    assert any("2 accounts, but 1" in text for text in found["warnings"])
    found, api = reading(ListAccounts=page("Account", [account("101", FolderId="fd-9")]))
    assert any("101" in text and "tree" in text for text in found["warnings"])


@pytest.mark.parametrize("leaving", [1, 1000])
def test_who_leaves_while_pages_are_read_hides_nobody(leaving: int) -> None:
    """Each time that the second page is read, up to that many times, the first member leaves."""
    members = [account(str(n)) for n in range(1000, 1000 + 2 * PAGE_SIZE)]
    left: list[int] = []

    def accounts(**parameters: Any) -> dict[str, Any]:
        number = parameters.get("PageNumber", 1)
        if number == 2 and len(left) < leaving:
            left.append(number)
            del members[0]
        return page("Account", members[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], len(members))

    found, api = reading(ListAccounts=accounts)
    names = {entry["account_id"] for entry in found["accounts"]}
    if leaving == 1:
        assert names == {entry["AccountId"] for entry in members} and not found["warnings"]
    else:
        assert "Read it again" in found["warnings"][0] and len(left) == 2


@pytest.mark.parametrize(
    "answers",
    [
        {"GetResourceDirectory": {}},
        {"GetResourceDirectory": {"ResourceDirectory": {"ResourceDirectoryId": "rd-1", "MasterAccountId": "100"}}},
        {"ListAccounts": {"TotalCount": 1}},
        {"ListAccounts": {"Accounts": {"Account": []}}},
        {"ListAccounts": page("Account", [{"AccountId": "101"}])},
        {"ListAccounts": page("Account", [{"Status": "CreateSuccess"}])},
        {"ListFoldersForParent": {"TotalCount": 1}},
        {"ListFoldersForParent": page("Folder", [{"FolderId": "fd-1"}])},
    ],
)
def test_an_answer_that_lacks_something_is_not_relied_on(answers: dict[str, Any]) -> None:
    with pytest.raises(UnreachableError, match="lacks"):
        reading(**{"ListAccounts": page("Account", []), **answers})


@pytest.mark.parametrize(
    ("operation", "code", "hint"),
    [
        ("GetResourceDirectory", "ResourceDirectoryNotInUse", "neither has a Resource Directory"),
        ("ListAccounts", "EntityNotExists.ResourceDirectory", "neither has a Resource Directory"),
        ("ListAccounts", "NoPermission", "delegated administrator"),
        ("ListFoldersForParent", "InternalError", "was said.$"),
    ],
)
def test_errors_say_what_to_do(operation: str, code: str, hint: str) -> None:
    error = ApiError(f"{code} was said.", code, 404)
    with pytest.raises(ApiError, match=hint):
        reading(**{"ListAccounts": page("Account", []), operation: error})


# Choosing


def member(account_id: str, **more: Any) -> dict[str, Any]:
    base = {"display_name": f"a{account_id}", "folder_id": "r-1", "status": "CreateSuccess", "tags": {}}
    return {"account_id": account_id, **base, "join_method": "created", "account_type": "ResourceAccount", **more}


FOLDERS = {"r-1": "/", "fd-1": "/prod", "fd-2": "/prod/eu", "fd-3": "/production", "fd-4": "/prod/eu/x"}
SOME = {
    "resource_directory_id": "rd-1",
    "management_account": {"account_id": "100", "display_name": "hub"},
    "folders": FOLDERS,
    "accounts": [
        member("105", folder_id="fd-4", tags={"env": "prod", "team": "b"}),
        member("101"),
        member("102", folder_id="fd-1", tags={"env": "prod", "team": "a"}),
        member("103", folder_id="fd-2", tags={"env": "test"}, status="InviteSuccess"),
        member("104", folder_id="fd-3", status="PromoteFailed"),
    ],
}


def chosen(**options: Any) -> str:
    """The last digits of the chosen accounts' IDs, after the checks that the plugin makes."""
    checked = ArgumentSpecValidator(SELECTION_SPEC).validate(options)
    assert not checked.error_messages
    accounts = choose(SOME, Selection.from_params(checked.validated_parameters))
    return "".join(entry["account_id"][-1] for entry in accounts)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "12345"),
        ({"statuses": ["CreateSuccess", "InviteSuccess"]}, "1235"),
        ({"statuses": []}, ""),
        ({"folders": ["/"]}, "12345"),
        ({"folders": ["/prod"]}, "235"),
        ({"folders": ["/prod/"]}, "235"),
        ({"folders": ["fd-1"]}, "235"),
        ({"folders": ["r-1"]}, "12345"),
        ({"folders": ["/prod/eu", "/production"]}, "345"),
        ({"folders": ["/prod", "fd-2"]}, "235"),
        ({"folders": []}, ""),
        ({"tags": {"env": "prod"}}, "25"),
        ({"tags": {"env": ["prod", "test"]}}, "235"),
        ({"tags": {"env": ["prod", "test"], "team": "a"}}, "2"),
        ({"tags": {"env": []}}, ""),
        ({"tags": {"Env": "prod"}}, ""),
        ({"only_accounts": ["103", 104]}, "34"),
        ({"only_accounts": []}, ""),
        ({"only_accounts": ["103", "104"], "statuses": ["InviteSuccess"]}, "3"),
        ({"exclude_accounts": ["101", "100"]}, "2345"),
        ({"only_accounts": ["101", "102"], "exclude_accounts": ["101"]}, "2"),
        ({"include_management_account": True}, "012345"),
        ({"include_management_account": True, "folders": ["/prod"], "statuses": ["InviteSuccess"]}, "03"),
        ({"include_management_account": True, "only_accounts": ["101"]}, "1"),
        ({"include_management_account": True, "exclude_accounts": ["100"]}, "12345"),
        ({"only_accounts": ["100", "101"]}, "1"),
    ],
)
def test_what_is_chosen(options: dict[str, Any], expected: str) -> None:
    assert chosen(**options) == expected


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"folders": ["/prod/us"]}, "folders.*/prod/us"),
        ({"folders": ["prod"]}, "folders.*'prod'"),
        ({"folders": ["fd-9"]}, "folders.*fd-9"),
        ({"folders": ["/PROD"]}, "folders.*/PROD"),
        ({"only_accounts": ["101", "999"]}, "only_accounts.* 999"),
        ({"exclude_accounts": ["999"]}, "exclude_accounts.* 999"),
        ({"only_accounts": ["payments"]}, "only_accounts.*payments"),
        ({"tags": {"costs": True}}, r'tags.*costs.*\("true"\).*\| string \| lower'),
        ({"tags": {"costs": [1]}}, r'tags.*costs.*\("1"\).*\| string'),
        ({"tags": {"costs": None}}, "tags.*costs"),
    ],
)
def test_what_is_not_there_is_named(options: dict[str, Any], names: str) -> None:
    with pytest.raises(DeclarationError, match=names):
        chosen(**options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"statuses": ["PromoteExpired"]}, "No account is left of 5 by statuses."),
        ({"statuses": ["InviteSuccess"], "tags": {"env": "prod"}}, "No account is left of 5 by statuses, tags."),
        ({"folders": ["/"], "tags": {"env": "none"}}, "No account is left of 5 by tags."),
        ({"folders": ["/production"], "only_accounts": ["101"]}, "No account is left of 5 by folders, only_accounts."),
        (
            {"include_management_account": True, "only_accounts": ["100"], "exclude_accounts": ["100"]},
            "No account is left of 6 by only_accounts, exclude_accounts.",
        ),
    ],
)
def test_who_leaves_none_is_named(options: dict[str, Any], told: str) -> None:
    assert chosen(**options) == ""
    selection = Selection.from_params(ArgumentSpecValidator(SELECTION_SPEC).validate(options).validated_parameters)
    assert explain_empty_selection(SOME, selection) == told


def test_a_directory_without_members() -> None:
    assert explain_empty_selection({**SOME, "accounts": []}, Selection()) == "The Resource Directory has no members."


def test_what_is_told_of_the_chosen() -> None:
    selection = Selection(only=frozenset({"100", "103"}), management_account=True)
    management, invited = choose(SOME, selection)
    assert invited == {**SOME["accounts"][3], "folder_path": "/prod/eu", "management_account": False}
    assert set(management) == set(invited)
    assert (management["management_account"], management["display_name"]) == (True, "hub")


_NAMES = st.text("ab", min_size=1, max_size=2)


@given(st.lists(st.tuples(st.integers(0, 30), _NAMES), max_size=12), st.data())
def test_a_folder_is_chosen_with_all_below_it(children: list[tuple[int, str]], data: st.DataObject) -> None:
    parents, folders = {"f0": ""}, {"f0": "/"}
    for place, name in children:
        parent = f"f{place % len(folders)}"
        path = f"{folders[parent].rstrip('/')}/{name}"
        if path not in folders.values():
            key = f"f{len(folders)}"
            parents[key], folders[key] = parent, path
    top = data.draw(st.sampled_from(sorted(folders)))

    def below(folder: str) -> bool:
        return folder == top or (folder != "f0" and below(parents[folder]))

    directory = {**SOME, "folders": folders, "accounts": [member(key, folder_id=key) for key in folders]}
    for name in (top, folders[top]):
        found = {entry["account_id"] for entry in choose(directory, Selection(folders=(name,)))}
        assert found == {folder for folder in folders if below(folder)}


# Names


@given(st.lists(st.text(min_size=1, max_size=12), max_size=8))
def test_a_host_is_one_account_and_its_name_means_nothing_else(displayed: list[str]) -> None:
    accounts = [{"account_id": str(number), "display_name": name} for number, name in enumerate(displayed)]
    try:
        names = host_names(accounts, "display_name")
    except DeclarationError as error:
        assert "alike" in error.message
        return
    assert len(set(names)) == len(names) == len(accounts)
    for name in names:
        assert re.fullmatch(r"\w[\w.-]*", name)


def test_names_are_kept_where_they_can_be() -> None:
    shown = ["payments-eu.1", "支付", "a b/c", "..", "-x", "{{ 7*7 }}"]
    accounts = [{"account_id": str(number), "display_name": name} for number, name in enumerate(shown)]
    assert host_names(accounts, "display_name") == ["payments-eu.1", "支付", "a_b_c", "_.", "_x", "___7_7___"]
    assert host_names(accounts, "account_id") == ["0", "1", "2", "3", "4", "5"]


def test_names_that_are_alike_are_an_error_with_both_accounts() -> None:
    accounts = [{"account_id": "101", "display_name": "a b"}, {"account_id": "102", "display_name": "a_b"}]
    with pytest.raises(DeclarationError, match="101 and 102.*'a_b'"):
        host_names(accounts, "display_name")
    assert host_names(accounts, "account_id") == ["101", "102"]


def test_a_name_that_is_missing() -> None:
    with pytest.raises(DeclarationError, match="101 has no display_name"):
        host_names([{"account_id": "101", "display_name": ""}], "display_name")


# The cache's key


KEYS = Settings(access_key_id="LTAI1", access_key_secret="canary-secret", security_token="canary-token")
ROLE = AssumeRole("acs:ram::1000000000000001:role/Access", external_id="canary-id")


def test_another_caller_has_another_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    callers = [
        KEYS,
        dataclasses.replace(KEYS, access_key_id="LTAI2"),
        dataclasses.replace(KEYS, assume_role=ROLE),
        dataclasses.replace(KEYS, assume_role=dataclasses.replace(ROLE, role_arn="acs:ram::2:role/Access")),
        dataclasses.replace(KEYS, resourcemanager_endpoint="127.0.0.1:1"),
        Settings(profile="a"),
        Settings(profile="b"),
        Settings(),
    ]
    keys = [cache_key(caller) for caller in callers]
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI3")
    keys.append(cache_key(Settings()))
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI4")
    keys.append(cache_key(Settings()))
    monkeypatch.delenv("ALIBABA_CLOUD_ACCESS_KEY_ID")
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text("{}")
    keys.append(cache_key(Settings()))
    assert len(set(keys)) == len(keys)
    assert cache_key(KEYS) == cache_key(dataclasses.replace(KEYS)) and re.fullmatch("[0-9a-f]{64}", keys[0])
