# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a Resource Directory, select accounts, and name their hosts."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api, required
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.credentials import fingerprint
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import Settings, account_id_of
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ApiError, DeclarationError, quote
from ansible_collections.alicloud.ram.plugins.module_utils._text import how_to_write, is_hidden

# Folders whose sub-folders are listed at the same time; the service's rate limit is not published.
PARALLEL = 8
PAGE_SIZE = 100
# Format version, part of the cache key, so that another version of the collection does not use this one's data.
SHAPE = 1

STATUSES = (
    "CreateSuccess",
    "InviteSuccess",
    "PromoteCancelled",
    "PromoteExpired",
    "PromoteFailed",
    "PromoteSuccess",
    "PromoteVerifying",
)

# None (not set) means no condition; an empty list matches no account.
SELECTION_SPEC: dict[str, Any] = {
    "hostnames": {"type": "str", "default": "account_id", "choices": ["account_id", "display_name"]},
    "statuses": {"type": "list", "elements": "str", "choices": list(STATUSES)},
    "folders": {"type": "list", "elements": "str"},
    "tags": {"type": "dict"},
    "only_accounts": {"type": "list", "elements": "str"},
    "exclude_accounts": {"type": "list", "elements": "str"},
    "include_management_account": {"type": "bool", "default": False},
}

_NO_DIRECTORY = (
    " The account of the credentials neither has a Resource Directory nor belongs to one; call with credentials of the "
    "directory's management account."
)
_HINTS = {
    "ResourceDirectoryNotInUse": _NO_DIRECTORY,
    "EntityNotExists.ResourceDirectory": _NO_DIRECTORY,
    "NoPermission": " Only the directory's management account, or a delegated administrator account, can list members.",
}


@dataclass(frozen=True)
class Selection:
    """The conditions for selecting accounts. None means no condition."""

    statuses: frozenset[str] | None = None
    folders: tuple[str, ...] | None = None
    tags: Mapping[str, frozenset[str]] | None = None
    only: frozenset[str] | None = None
    excluded: frozenset[str] = frozenset()
    management_account: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Selection:
        """Create the selection from options of SELECTION_SPEC. Raises DeclarationError, which names the option."""

        def account_ids(option: str) -> frozenset[str] | None:
            given = params.get(option)
            return None if given is None else frozenset(account_id_of({"account_id": item}, option) for item in given)

        statuses, folders = params.get("statuses"), params.get("folders")
        return cls(
            statuses=None if statuses is None else frozenset(statuses),
            folders=None if folders is None else tuple(folders),
            tags={key: _tag_values(key, value) for key, value in (params.get("tags") or {}).items()},
            only=account_ids("only_accounts"),
            excluded=account_ids("exclude_accounts") or frozenset(),
            management_account=params["include_management_account"],
        )


def _tag_values(key: str, value: Any) -> frozenset[str]:
    values = value if isinstance(value, list) else [value]
    for item in values:
        if not isinstance(item, str):
            how = how_to_write(item)
            raise DeclarationError(
                f"tags: the value of {quote(key)} is neither a text nor a list of texts{'; ' if how else ''}{how}."
            )
    return frozenset(values)


def cache_key(settings: Settings) -> str:
    """Return a hash that is the same as long as caller and service are the same. It reveals nothing about them."""
    # The repr of the settings contains no secrets.
    return hashlib.sha256(repr((SHAPE, settings, fingerprint(settings))).encode()).hexdigest()


async def read(api: Api) -> dict[str, Any]:
    """Return the whole directory, as plain data without credentials::

        {"resource_directory_id", "warnings": [...], "folders": {ID: path}, "management_account": {...}, "accounts": [
            {"account_id", "display_name", "folder_id", "status", "join_method", "account_type", "tags": {...}}]}

    Raises RamError.
    """
    try:
        return await _read(api)
    except ApiError as error:
        error.message += _HINTS.get(error.code, "")
        raise


async def _read(api: Api) -> dict[str, Any]:
    operation = "GetResourceDirectory"
    directory = required(await api.call(operation), "ResourceDirectory", operation)
    management = {
        "account_id": required(directory, "MasterAccountId", operation),
        "display_name": directory.get("MasterAccountName") or "",
    }
    accounts, totals = await _accounts(api)
    if {len(accounts)} != totals:  # an account that leaves between two pages shifts the others, so one may be missed
        accounts, totals = await _accounts(api)
    warnings = []
    if {len(accounts)} != totals:
        warnings.append(
            f"Resource Manager counts {' and '.join(map(str, sorted(totals)))} accounts, but {len(accounts)} were listed; "
            "some may have joined or left the directory meanwhile. Read it again."
        )
    accounts.pop(management["account_id"], None)
    # Folders are read after the accounts, so that the folder of every account is known.
    folders = await _folders(api, required(directory, "RootFolderId", "GetResourceDirectory"))
    adrift = [account["account_id"] for account in accounts.values() if account["folder_id"] not in folders]
    if adrift:
        warnings.append(
            f"The folders of these accounts are not in the directory's tree: {', '.join(adrift)}. They may have been moved "
            "meanwhile. Read it again."
        )
    return {
        "resource_directory_id": required(directory, "ResourceDirectoryId", "GetResourceDirectory"),
        "management_account": management,
        "folders": folders,
        "accounts": list(accounts.values()),
        "warnings": warnings,
    }


async def _accounts(api: Api) -> tuple[dict[str, dict[str, Any]], set[int]]:
    """Return the accounts by ID, and the total counts that the pages reported."""
    accounts: dict[str, dict[str, Any]] = {}
    operation, totals = "ListAccounts", set()
    async for page in api.pages(operation, "PageNumber", PageSize=PAGE_SIZE, IncludeTags=True):
        totals.add(required(page, "TotalCount", operation))
        for item in required(required(page, "Accounts", operation), "Account", operation):
            account_id = required(item, "AccountId", operation)
            accounts[account_id] = {
                "account_id": account_id,
                "display_name": item.get("DisplayName") or "",
                "folder_id": item.get("FolderId"),
                "status": required(item, "Status", operation),
                "join_method": item.get("JoinMethod"),
                "account_type": item.get("Type"),
                "tags": {
                    required(tag, "Key", operation): tag.get("Value") or ""
                    for tag in (item.get("Tags") or {}).get("Tag") or ()
                },
            }
    return accounts, totals


async def _folders(api: Api, root: str) -> dict[str, str]:
    """Return the path of each folder by ID, for example ``/prod/eu``; the root folder's path is ``/``."""
    places = asyncio.Semaphore(PARALLEL)

    async def children(parent: str) -> list[tuple[str, str]]:
        operation, found = "ListFoldersForParent", []
        async with places:
            async for page in api.pages(operation, "PageNumber", ParentFolderId=parent, PageSize=PAGE_SIZE):
                for item in required(required(page, "Folders", operation), "Folder", operation):
                    path = f"{paths[parent].rstrip('/')}/{required(item, 'FolderName', operation)}"
                    found.append((required(item, "FolderId", operation), path))
        return found

    paths, level = {root: "/"}, [root]
    while level:
        found = [pair for pairs in await asyncio.gather(*map(children, level)) for pair in pairs]
        level = [folder for folder, path in found if folder not in paths]
        paths.update(found)
    return paths


def choose(directory: Mapping[str, Any], selection: Selection) -> list[dict[str, Any]]:
    """Return the selected accounts, sorted by ID, with ``folder_path`` and ``management_account`` added.

    Raises DeclarationError if a filter names a folder or an account that is not in the directory.
    """
    folders, management = directory["folders"], directory["management_account"]
    members = [{**account, "folder_path": folders.get(account["folder_id"])} for account in directory["accounts"]]
    known = {account["account_id"] for account in members} | {management["account_id"]}
    for option, named in (("only_accounts", selection.only or ()), ("exclude_accounts", selection.excluded)):
        missing = sorted(set(named) - known)
        if missing:
            raise DeclarationError(f"{option}: not in the Resource Directory: {', '.join(missing)}.")
    wanted = _with_subfolders(selection.folders, folders)
    chosen = [
        {**account, "management_account": False}
        for account in members
        if (selection.statuses is None or account["status"] in selection.statuses)
        and (wanted is None or account["folder_id"] in wanted)
        and all(account["tags"].get(key) in values for key, values in (selection.tags or {}).items())
    ]
    if selection.management_account:
        none = {"folder_id": None, "folder_path": None, "status": None, "join_method": None, "account_type": None}
        chosen.append({**management, **none, "tags": {}, "management_account": True})
    return sorted(
        (
            account
            for account in chosen
            if (selection.only is None or account["account_id"] in selection.only)
            and account["account_id"] not in selection.excluded
        ),
        key=lambda account: str(account["account_id"]),
    )


def explain_empty_selection(directory: Mapping[str, Any], selection: Selection) -> str:
    """Return a message that names the options because of which ``choose`` returns no account."""
    everybody = Selection(management_account=selection.management_account)
    total = len(choose(directory, everybody))
    if not total:
        return "The Resource Directory has no members."
    parts: dict[str, dict[str, Any]] = {
        "statuses": {"statuses": selection.statuses},
        "folders": {"folders": selection.folders},
        "tags": {"tags": selection.tags},
        "only_accounts": {"only": selection.only},
        "exclude_accounts": {"excluded": selection.excluded},
    }
    options = [name for name, part in parts.items() if len(choose(directory, replace(everybody, **part))) < total]
    return f"No account is left of {total} by {', '.join(options)}."


def _with_subfolders(named: Sequence[str] | None, folders: Mapping[str, str]) -> set[str] | None:
    """Return the IDs of the named folders and of all folders below them; None if ``named`` is None."""
    if named is None:
        return None
    found: set[str] = set()
    for name in named:
        path = f"/{name.strip('/')}" if name.startswith("/") else folders.get(name)
        if path not in folders.values():
            raise DeclarationError(
                f"folders: {quote(name)} is neither the ID nor the path of a folder in the Resource Directory. Paths have the "
                "form /prod/eu; the root folder's is /."
            )
        below = f"{str(path).rstrip('/')}/"
        found.update(folder for folder, place in folders.items() if place == path or place.startswith(below))
    return found


def host_names(accounts: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    """Return the host name of each account, from the ``key`` that ``hostnames`` selects. Raises DeclarationError.

    Characters with a meaning in Ansible's patterns or in paths are replaced by ``_``.
    """
    names: dict[str, str] = {}
    for account in accounts:
        name = "".join("_" if is_hidden(char) else char for char in re.sub(r"^\W|[^\w.-]", "_", account[key]))
        if not name:
            raise DeclarationError(f"hostnames: account {account['account_id']} has no {key}.")
        if name in names:
            raise DeclarationError(
                f"hostnames: the accounts {names[name]} and {account['account_id']} would both be the host {name!r}, because "
                "their display names are alike. Rename one, leave one out, or use hostnames: account_id."
            )
        names[name] = account["account_id"]
    return list(names)
