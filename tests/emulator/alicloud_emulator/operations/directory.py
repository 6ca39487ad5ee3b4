# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Resource Directory: its accounts and folders (Resource Manager)."""

from __future__ import annotations

from typing import Any

from ..errors import ApiError, unknown, verified
from ..parameters import Boolean, FlatTags, Integer, Param, matches_tags
from ..registry import Body, Call, operation, page_by_number
from ..store import Directory, Member

_PAGING = (
    Integer("PageNumber", default=1, low=1),
    Integer("PageSize", default=10, low=1, high=100),
)
# unknown: the resource names of these permissions.
_PERMISSION: dict[str, Any] = {"resources": ["*"], "code": "resourcemanager"}


# Source: the pages of ListAccounts, ListAccountsForParent and ListFoldersForParent.
_NO_DIRECTORY = verified("EntityNotExists.ResourceDirectory")
_NO_FOLDER = verified("EntityNotExists.Folder")


def _directory(call: Call, code: str) -> Directory:
    """The directory that the caller's account belongs to, as its management account or as a member."""
    directory = call.world.directory
    if directory is None or (
        call.account.id != directory.management_account and call.account.id not in directory.members
    ):
        raise ApiError(code)
    return directory


def _managed(call: Call) -> Directory:
    """Lists are for the management account (and delegated administrators, which are not served here)."""
    directory = _directory(call, "EntityNotExists.ResourceDirectory")
    if call.account.id != directory.management_account:
        raise ApiError("NoPermission")  # unknown: what a member's call is answered
    return directory


def _path(directory: Directory, member: Member) -> str:
    return f"{directory.folders[member.folder].ancestry}/{member.account_id}"


def _account(directory: Directory, member: Member, with_tags: bool) -> Body:
    body: Body = {
        "AccountId": member.account_id,
        "DisplayName": member.display_name,
        "FolderId": member.folder,
        "JoinMethod": member.join_method,
        "JoinTime": member.joined,
        "ModifyTime": member.joined,
        "ResourceDirectoryId": directory.id,
        "Status": member.status,
        "Type": "CloudAccount" if member.join_method == "invited" else "ResourceAccount",
    }
    if with_tags:
        body["Tags"] = {"Tag": [{"Key": key, "Value": value} for key, value in member.tags.items()]}
    return body


@operation("resourcemanager", "GetResourceDirectory", **_PERMISSION, errors=verified("ResourceDirectoryNotInUse"))
def get_resource_directory(call: Call) -> Body:
    directory = _directory(call, "ResourceDirectoryNotInUse")
    return {
        "ResourceDirectory": {
            "ResourceDirectoryId": directory.id,
            "MasterAccountId": directory.management_account,
            "MasterAccountName": call.world.accounts[directory.management_account].name,
            "RootFolderId": directory.root,
            "CreateTime": directory.created,
            "ControlPolicyStatus": "Disabled",
            "MemberDeletionStatus": "Disabled",
            # unknown: the value of IdentityInformation.
            "IdentityInformation": "",
        }
    }


@operation(
    "resourcemanager",
    "ListAccounts",
    *_PAGING,
    FlatTags("Tag"),
    Boolean("IncludeTags"),
    **_PERMISSION,
    errors=_NO_DIRECTORY,
)
def list_accounts(call: Call) -> Body:
    """The members; the management account is not among them (inferred)."""
    directory = _managed(call)
    members = [member for member in directory.members.values() if matches_tags(member.tags, call["Tag"])]
    page, body = page_by_number(call, members)
    body["Accounts"] = {
        "Account": [
            {**_account(directory, member, call["IncludeTags"]), "ResourceDirectoryPath": _path(directory, member)}
            for member in page
        ]
    }
    return body


@operation(
    "resourcemanager",
    "GetAccount",
    Param("AccountId", True),
    Boolean("IncludeTags"),
    **_PERMISSION,
    errors=_NO_DIRECTORY + unknown("EntityNotExists.Account"),
)
def get_account(call: Call) -> Body:
    """unknown: what the management account's own ID, or that of no member, is answered. That there is none."""
    directory = _managed(call)
    member = directory.members.get(call["AccountId"])
    if member is None:
        raise ApiError("EntityNotExists.Account")
    # unknown: Location, EmailStatus and IdentityInformation. They are left out.
    found = {**_account(directory, member, False), "ResourceDirectoryPath": _path(directory, member)}
    found["AccountName"] = member.display_name
    if call["IncludeTags"]:  # a plain array here, by the SDK's model
        found["Tags"] = [{"Key": key, "Value": value} for key, value in member.tags.items()]
    return {"Account": found}


def _folder(directory: Directory, folder_id: str) -> str:
    if folder_id not in directory.folders:
        raise ApiError("EntityNotExists.Folder")
    return folder_id


@operation(
    "resourcemanager",
    "ListAccountsForParent",
    Param("ParentFolderId", True),
    Param("QueryKeyword", default=""),
    *_PAGING,
    FlatTags("Tag"),
    Boolean("IncludeTags"),
    **_PERMISSION,
    errors=_NO_DIRECTORY + _NO_FOLDER,
)
def list_accounts_for_parent(call: Call) -> Body:
    """Direct children only (inferred). The keyword is looked for in name and ID (inferred)."""
    directory = _managed(call)
    folder, keyword = _folder(directory, call["ParentFolderId"]), call["QueryKeyword"].lower()
    members = [
        member
        for member in directory.members.values()
        if member.folder == folder
        and (keyword in member.display_name.lower() or keyword in member.account_id)
        and matches_tags(member.tags, call["Tag"])
    ]
    page, body = page_by_number(call, members)
    body["Accounts"] = {"Account": [_account(directory, member, call["IncludeTags"]) for member in page]}
    return body


@operation(
    "resourcemanager",
    "ListFoldersForParent",
    Param("ParentFolderId", default=""),
    Param("QueryKeyword", default=""),
    *_PAGING,
    **_PERMISSION,
    errors=_NO_DIRECTORY + _NO_FOLDER,
)
def list_folders_for_parent(call: Call) -> Body:
    directory = _managed(call)
    parent, keyword = _folder(directory, call["ParentFolderId"] or directory.root), call["QueryKeyword"].lower()
    folders = [
        folder for folder in directory.folders.values() if folder.parent == parent and keyword in folder.name.lower()
    ]
    page, body = page_by_number(call, folders)
    body["Folders"] = {
        "Folder": [{"FolderId": folder.id, "FolderName": folder.name, "CreateTime": folder.created} for folder in page]
    }
    return body
