# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of operations against what is published, and against what the emulator demands."""

from __future__ import annotations

from typing import Any

import pytest

from alicloud_emulator import server
from alicloud_emulator.registry import OPERATIONS as EMULATED
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.operations import OPERATIONS, SERVICES, Operation

# "RAM authentication" and the operations' pages: the resource that each operation's action is allowed on.
PUBLISHED_RESOURCES = {
    "GetRole": ["role/{RoleName}"],
    "CreateServiceLinkedRole": ["role/*"],  # the vendor's page on the role for VPC access
    "DeleteServiceLinkedRole": ["role/{RoleName}"],
    "GetServiceLinkedRoleDeletionStatus": ["role/{RoleName}"],
    **dict.fromkeys(("CreateRole", "UpdateRole", "DeleteRole"), ["role/{RoleName}"]),
    "ListRoles": ["role/*"],
    **dict.fromkeys(("GetUser", "UpdateUser", "DeleteUser", "ListGroupsForUser"), ["user/{UserName}"]),
    **dict.fromkeys(
        ("ListAccessKeys", "GetAccessKeyLastUsed", "UpdateAccessKey", "DeleteAccessKey"), ["user/{UserName}"]
    ),
    **dict.fromkeys(
        ("GetLoginProfile", "DeleteLoginProfile", "GetUserMFAInfo", "UnbindMFADevice"), ["user/{UserName}"]
    ),
    **dict.fromkeys(("CreateUser", "ListUsers"), ["user/*"]),
    "ListVirtualMFADevices": ["mfa/*"],
    "DeleteVirtualMFADevice": ["{SerialNumber}"],
    "ListPolicyAttachments": ["*"],
    **dict.fromkeys(("GetGroup", "UpdateGroup", "DeleteGroup", "ListUsersForGroup"), ["group/{GroupName}"]),
    **dict.fromkeys(("CreateGroup", "ListGroups"), ["group/*"]),
    **dict.fromkeys(("AddUserToGroup", "RemoveUserFromGroup"), ["user/{UserName}", "group/{GroupName}"]),
    "ListPolicies": ["policy/*"],
    "GetPolicy": ["policy/{PolicyName}"],
    "ListPolicyVersions": ["policy/{PolicyName}"],
    "ListEntitiesForPolicy": ["policy/{PolicyName}"],
    "CreatePolicy": ["policy/{PolicyName}"],
    "CreatePolicyVersion": ["policy/{PolicyName}"],
    "SetDefaultPolicyVersion": ["policy/{PolicyName}"],
    "DeletePolicy": ["policy/{PolicyName}"],
    "ListTagResources": ["*"],
    "TagResources": ["*"],
    "UntagResources": ["*"],
    "ListPoliciesForUser": ["user/{UserName}"],
    "AttachPolicyToUser": ["user/{UserName}", "policy/{PolicyName}"],
    "AttachPolicyToGroup": ["group/{GroupName}", "policy/{PolicyName}"],
    "AttachPolicyToRole": ["role/{RoleName}", "policy/{PolicyName}"],
    "DetachPolicyFromUser": ["user/{UserName}", "policy/{PolicyName}"],
    "DetachPolicyFromGroup": ["group/{GroupName}", "policy/{PolicyName}"],
    "DetachPolicyFromRole": ["role/{RoleName}", "policy/{PolicyName}"],
    "DecodeDiagnosticMessage": ["*"],
}
# The pages api-ram-2015-05-01-quota and api-sts-2015-04-01-quota: calls a second, for each API.
PUBLISHED_RATES = {
    **dict.fromkeys(("GetUser", "GetRole", "ListPoliciesForRole", "ListEntitiesForPolicy", "ListGroupsForUser"), 100),
    **dict.fromkeys(("ListPolicies", "ListAccessKeys", "ListVirtualMFADevices"), 100),
    **dict.fromkeys(
        ("DeletePolicy", "CreatePolicyVersion", "UpdateGroup", "UpdateAccessKey", "DeleteLoginProfile"), 20
    ),
    **dict.fromkeys(("DetachPolicyFromRole", "DetachPolicyFromGroup"), 10),
    **dict.fromkeys(("AssumeRole", "GetCallerIdentity"), 100),
}
ACCOUNT = "1000000000000001"

assert server.Emulator  # its import registers all operations


def emulated(operation: Operation) -> Any:
    return EMULATED[(operation.service, operation.name)]


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_what_is_published(operation: Operation) -> None:
    """What the table does not mark as inferred is what the documentation says, and the other way round."""
    if operation.name in PUBLISHED_RESOURCES:
        assert list(operation.resources) == PUBLISHED_RESOURCES[operation.name]
        assert "resources" not in operation.inferred
    assert ("rate" in operation.inferred or operation.rate is None) == (operation.name not in PUBLISHED_RATES)
    if operation.name in PUBLISHED_RATES:
        assert operation.rate == PUBLISHED_RATES[operation.name]
    assert operation.inferred <= {"action", "resources", "rate"} and operation.service in SERVICES


def test_everything_published_is_of_an_operation_in_use() -> None:
    assert PUBLISHED_RESOURCES.keys() | PUBLISHED_RATES.keys() <= OPERATIONS.keys()


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_what_the_emulator_demands(operation: Operation) -> None:
    there = emulated(operation)
    assert there.write == operation.is_write
    if there.action is None:  # STS: everybody is told who they are, and a role's trust policy decides as well
        assert operation.service == "sts"
        return
    assert there.action == operation.action
    if all(isinstance(resource, str) for resource in there.resources):
        assert sorted(there.resources) == sorted(operation.resources)
    else:  # the resource follows from a task's ID, or from the caller if no user is named
        assert operation.name == "GetServiceLinkedRoleDeletionStatus" or "AccessKey" in operation.name


@pytest.mark.parametrize(
    "name, parameters, arns",
    [
        ("GetRole", {"RoleName": "x"}, [f"acs:ram:*:{ACCOUNT}:role/x"]),
        ("GetRole", {}, [f"acs:ram:*:{ACCOUNT}:role/*"]),
        ("GetPolicy", {"PolicyName": "p", "PolicyType": "Custom"}, [f"acs:ram:*:{ACCOUNT}:policy/p"]),
        ("GetPolicy", {"PolicyName": "p", "PolicyType": "System"}, ["acs:ram:*:system:policy/p"]),
        (
            "AttachPolicyToUser",
            {"UserName": "u", "PolicyName": "p", "PolicyType": "System"},
            [f"acs:ram:*:{ACCOUNT}:user/u", "acs:ram:*:system:policy/p"],
        ),
        ("TagResources", {"ResourceNames": ["p"]}, ["*"]),
        ("AssumeRole", {"RoleArn": "acs:ram::1:role/r"}, ["acs:ram::1:role/r"]),
        (
            "GetServiceLinkedRoleDeletionStatus",
            {"DeletionTaskId": "task/acs-service-role/ess.aliyuncs.com/AliyunServiceRoleForAutoScaling/1-2"},
            [f"acs:ram:*:{ACCOUNT}:role/AliyunServiceRoleForAutoScaling"],
        ),
    ],
)
def test_arns(name: str, parameters: dict[str, Any], arns: list[str]) -> None:
    assert OPERATIONS[name].resource_arns(ACCOUNT, parameters) == arns
