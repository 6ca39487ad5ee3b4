# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account with something of everything, and for each operation a call that succeeds there."""

from __future__ import annotations

import json
from typing import Any

from alicloud_emulator.registry import Operation
from alicloud_emulator.server import OPERATIONS  # the server's import of all families fills the table
from ansible_collections.alicloud.ram.tests.lib.documents import (
    ADMINISTRATOR,
    SERVICE,
    document,
    statement,
    trust_accounts,
)

from .clients import Account, Client, refusal

Key = tuple[str, str]  # service as clients have it (ram, sts, rm), operation

DOCUMENT = json.dumps(document(statement("oss:Get*")))
TRUST = json.dumps(trust_accounts("ACCOUNT"))
MANY = "many.example.aliyuncs.com"  # of the shared emulator's seed: the service allows several roles
LINKED = "AliyunServiceRoleForAlb"
LEAVING = "AliyunServiceRoleForActionTrail"  # a deletion task is under way


def _custom(name: str) -> list[dict[str, str]]:
    return [{"name": name, "type": "Custom"}]


# In it, "spare" and "S" stand alone, and everything else holds something. ACCOUNT stands for the account's ID.
SAMPLE: dict[str, Any] = {
    "users": [
        {"name": "administrator", "policies": ADMINISTRATOR},
        {"name": "nobody"},
        {"name": "assumer", "policies": [{"name": "AliyunSTSAssumeRoleAccess", "type": "System"}]},
        {"name": "keyed"},
        {"name": "spare", "access_keys": []},
        {"name": "member", "access_keys": [], "groups": ["team"]},
        {"name": "logon", "access_keys": [], "login_profile": {"mfa_bind_required": True}},
        {"name": "bound", "access_keys": [], "mfa_device": "VMFA"},
        {"name": "holder", "access_keys": [], "policies": _custom("OfUser")},
    ],
    "groups": [
        {"name": "spare"},
        {"name": "team"},
        {"name": "holder", "policies": _custom("OfGroup")},
    ],
    "roles": [
        {"name": "spare", "trust_policy": json.loads(TRUST), "tags": {"team": "a"}},
        {"name": "holder", "trust_policy": json.loads(TRUST), "policies": _custom("OfRole")},
    ],
    "policies": [
        {"name": "S", "document": json.loads(DOCUMENT), "tags": {"team": "a"}},
        {"name": "OfUser", "document": json.loads(DOCUMENT)},
        {"name": "OfGroup", "document": json.loads(DOCUMENT)},
        {"name": "OfRole", "document": json.loads(DOCUMENT)},
        {"name": "Versions", "versions": [{"document": json.loads(DOCUMENT)}] * 2},
    ],
    "service_linked_roles": [
        {"service_name": "alb.aliyuncs.com"},
        {"service_name": "actiontrail.aliyuncs.com", "deletion": {"polls": 9}, "deleting": True},
    ],
    "virtual_mfa_devices": ["spare"],
    "root_access_key": {"access_key_id": "ACCOUNT.root", "access_key_secret": "secret"},
}

_S = {"policy_type": "Custom", "policy_name": "S"}
_KEY = {"user_name": "keyed", "user_access_key_id": "ACCOUNT.keyed"}

# The arguments of a call that succeeds, with every parameter that the operation requires. What _TOLD
# has stands for what it gives.
CALLS: dict[Key, dict[str, Any]] = {
    ("ram", "AddUserToGroup"): {"user_name": "spare", "group_name": "spare"},
    ("ram", "AttachPolicyToGroup"): {**_S, "group_name": "spare"},
    ("ram", "AttachPolicyToRole"): {**_S, "role_name": "spare"},
    ("ram", "AttachPolicyToUser"): {**_S, "user_name": "spare"},
    ("ram", "ClearAccountAlias"): {},
    ("ram", "CreateAccessKey"): {"user_name": "spare"},
    ("ram", "CreateGroup"): {"group_name": "new"},
    ("ram", "CreateLoginProfile"): {"user_name": "spare", "password": "a password"},
    ("ram", "CreatePolicy"): {"policy_name": "new", "policy_document": DOCUMENT},
    ("ram", "CreatePolicyVersion"): {"policy_name": "S", "policy_document": DOCUMENT},
    ("ram", "CreateRole"): {"role_name": "new", "assume_role_policy_document": TRUST},
    ("ram", "CreateServiceLinkedRole"): {"service_name": SERVICE},
    ("ram", "CreateUser"): {"user_name": "new"},
    ("ram", "DecodeDiagnosticMessage"): {"encoded_diagnostic_message": "DIAGNOSIS"},
    ("ram", "DeleteAccessKey"): _KEY,
    ("ram", "DeleteGroup"): {"group_name": "spare"},
    ("ram", "DeleteLoginProfile"): {"user_name": "logon"},
    ("ram", "DeletePolicy"): {"policy_name": "S"},
    ("ram", "DeletePolicyVersion"): {"policy_name": "Versions", "version_id": "v2"},
    ("ram", "DeleteRole"): {"role_name": "spare"},
    ("ram", "DeleteServiceLinkedRole"): {"role_name": LINKED},
    ("ram", "DeleteUser"): {"user_name": "spare"},
    ("ram", "DeleteVirtualMFADevice"): {"serial_number": "acs:ram::ACCOUNT:mfa/spare"},
    ("ram", "DetachPolicyFromGroup"): {"policy_type": "Custom", "policy_name": "OfGroup", "group_name": "holder"},
    ("ram", "DetachPolicyFromRole"): {"policy_type": "Custom", "policy_name": "OfRole", "role_name": "holder"},
    ("ram", "DetachPolicyFromUser"): {"policy_type": "Custom", "policy_name": "OfUser", "user_name": "holder"},
    ("ram", "GetAccessKeyLastUsed"): _KEY,
    ("ram", "GetAccountAlias"): {},
    ("ram", "GetGroup"): {"group_name": "team"},
    ("ram", "GetLoginProfile"): {"user_name": "logon"},
    ("ram", "GetPasswordPolicy"): {},
    ("ram", "GetPolicy"): _S,
    ("ram", "GetPolicyVersion"): {**_S, "version_id": "v1"},
    ("ram", "GetRole"): {"role_name": LEAVING},
    ("ram", "GetSecurityPreference"): {},
    ("ram", "GetServiceLinkedRoleTemplate"): {"service_name": SERVICE},
    ("ram", "GetUser"): {"user_name": "member"},
    ("ram", "GetUserMFAInfo"): {"user_name": "bound"},
    ("ram", "ListAccessKeys"): {"user_name": "keyed"},
    ("ram", "ListEntitiesForPolicy"): {"policy_type": "Custom", "policy_name": "OfRole"},
    ("ram", "ListGroups"): {},
    ("ram", "ListGroupsForUser"): {"user_name": "member"},
    ("ram", "ListPolicies"): {"policy_type": "Custom"},
    ("ram", "ListPoliciesForGroup"): {"group_name": "holder"},
    ("ram", "ListPoliciesForRole"): {"role_name": "holder"},
    ("ram", "ListPoliciesForUser"): {"user_name": "holder"},
    ("ram", "ListPolicyVersions"): {"policy_type": "Custom", "policy_name": "Versions"},
    ("ram", "ListRoles"): {},
    ("ram", "ListTagResources"): {"resource_type": "role", "resource_names": ["spare"]},
    ("ram", "ListUsers"): {"max_items": 2},
    ("ram", "ListUsersForGroup"): {"group_name": "team"},
    ("ram", "ListVirtualMFADevices"): {},
    ("ram", "RemoveUserFromGroup"): {"user_name": "member", "group_name": "team"},
    ("ram", "SetAccountAlias"): {"account_alias": "a-ACCOUNT"},
    ("ram", "SetDefaultPolicyVersion"): {"policy_name": "Versions", "version_id": "v2"},
    ("ram", "TagResources"): {"resource_type": "role", "resource_names": ["spare"], "tag": {"k": "v"}},
    ("ram", "UnbindMFADevice"): {"user_name": "bound"},
    ("ram", "UntagResources"): {"resource_type": "role", "resource_names": ["spare"], "tag_keys": ["team"]},
    ("ram", "UpdateAccessKey"): {**_KEY, "status": "Inactive"},
    ("ram", "UpdateGroup"): {"group_name": "team", "new_comments": "new"},
    ("ram", "UpdatePolicyDescription"): {"policy_name": "S", "new_description": "new"},
    ("ram", "UpdateRole"): {"role_name": "spare", "new_description": "new"},
    ("ram", "UpdateUser"): {"user_name": "spare", "new_comments": "new"},
    ("rm", "CreateServiceLinkedRole"): {"service_name": SERVICE},
    ("rm", "DeleteServiceLinkedRole"): {"role_name": LINKED},
    ("rm", "GetAccount"): {"account_id": "MEMBER", "include_tags": True},
    ("rm", "GetResourceDirectory"): {},
    ("rm", "GetRole"): {"role_name": "spare"},
    ("rm", "GetServiceLinkedRoleDeletionStatus"): {"deletion_task_id": "TASK"},
    ("rm", "ListAccounts"): {"page_size": 2, "include_tags": True},
    ("rm", "ListAccountsForParent"): {"parent_folder_id": "ROOT", "include_tags": True},
    ("rm", "ListFoldersForParent"): {},
    ("rm", "ListPolicyAttachments"): {"principal_type": "IMSUser"},
    ("sts", "AssumeRole"): {"role_arn": "acs:ram::ACCOUNT:role/spare", "role_session_name": "session"},
    ("sts", "GetCallerIdentity"): {},
}

# They are answered to the management account of the Resource Directory, not to an account made for one test.
OF_DIRECTORY = {"GetAccount", "GetResourceDirectory", "ListAccounts", "ListAccountsForParent", "ListFoldersForParent"}


def operations() -> dict[Key, Operation]:
    """The emulator's table of operations."""
    return {("rm" if key[0] == "resourcemanager" else key[0], key[1]): found for key, found in OPERATIONS.items()}


def _task(account: Account) -> str:
    return next(iter(account.state()["deletion_tasks"]))


def _root_folder(account: Account) -> str:
    return account.rm("GetResourceDirectory")["ResourceDirectory"]["RootFolderId"]


def _member(account: Account) -> str:
    return account.rm("ListAccounts")["Accounts"]["Account"][0]["AccountId"]


def _diagnosis(account: Account) -> str:
    with refusal("NoPermission", 403) as caught:
        account.client("nobody").ram("ListUsers")
    return caught.value.data["AccessDeniedDetail"]["EncodedDiagnosticMessage"]


# What a call of CALLS needs that only the account itself can tell.
_TOLD = {"TASK": _task, "ROOT": _root_folder, "MEMBER": _member, "DIAGNOSIS": _diagnosis}


def arguments_of(account: Account, key: Key, **changes: Any) -> dict[str, Any]:
    """The arguments of a call in an account, with some changed."""
    arguments = {**CALLS[key], **changes}
    told = {
        name: _TOLD[value](account) for name, value in arguments.items() if isinstance(value, str) and value in _TOLD
    }
    return {**json.loads(json.dumps(arguments).replace("ACCOUNT", account.id)), **told}


def call(client: Client, key: Key, arguments: dict[str, Any]) -> dict[str, Any]:
    return client.call(key[0], key[1], arguments)
