# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of API operations in use. An operation that is not listed here cannot be called.

Sources: the operations' pages, "RAM authentication" and the quota pages of the services' documentation. For a few
operations, they do not name the action, resources or rate; these are inferred from other operations, and marked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SERVICES = {
    "ram": "alibabacloud_ram20150501",
    "sts": "alibabacloud_sts20150401",
    "resourcemanager": "alibabacloud_resourcemanager20200331",
}
"""The SDK package of each service."""

_PARAMETER = re.compile(r"\{(\w+)\}")
_READS, _WRITES, _ATTACHMENTS, _STS = 100, 20, 10, 100


@dataclass(frozen=True)
class Operation:
    """An API operation.

    ``action`` is the RAM action that the operation needs. ``resources`` are the resources on which the action must be
    allowed, all of them; they are relative to the account, with the operation's parameters in braces, and ``*`` alone
    means all resources. ``rate`` is the quota in calls per second and account, None if it is not known. ``inferred``
    lists which of these values the documentation does not state.

    ``is_repeatable``: a write that may be repeated if its outcome is unknown, because it leads to the same state if the
    first one took effect. RAM rejects a second creation, attachment, detachment or deletion (409 EntityAlreadyExists, 404
    EntityNotExist); setting the default version, description or tags changes nothing.
    """

    name: str
    service: str
    is_write: bool
    action: str
    resources: tuple[str, ...]
    rate: int | None
    inferred: frozenset[str] = frozenset()
    is_repeatable: bool = False

    def resource_arns(self, account_id: str, parameters: Mapping[str, Any]) -> list[str]:
        """Return the ARNs on which a call with these parameters needs the action.

        A system policy belongs to the account ``system``. A missing parameter stands for any value.
        """
        known = dict(parameters)
        task = str(known.get("DeletionTaskId") or "").split("/")
        if len(task) >= 2:  # task/acs-service-role/<service>/<role>/<UUID>
            known.setdefault("RoleName", task[-2])
        arns = []
        for resource in self.resources:
            path = _PARAMETER.sub(lambda found: str(known.get(found.group(1)) or "*"), resource)
            is_system = resource.startswith("policy/") and known.get("PolicyType") == "System"
            is_whole = path == "*" or path.startswith("acs:")
            arns.append(path if is_whole else f"acs:ram:*:{'system' if is_system else account_id}:{path}")
        return arns


def _read(name: str, *resources: str, inferred: str = "", rate: int | None = _READS) -> Operation:
    return Operation(name, "ram", False, f"ram:{name}", resources, rate, frozenset(inferred.split()))


def _write(
    name: str, *resources: str, repeatable: bool = False, inferred: str = "", rate: int | None = _WRITES
) -> Operation:
    return Operation(name, "ram", True, f"ram:{name}", resources, rate, frozenset(inferred.split()), repeatable)


def _of(service: str, name: str, action: str, *resources: str, inferred: str = "") -> Operation:
    rate = _STS if service == "sts" else None
    return Operation(name, service, False, action, resources, rate, frozenset(inferred.split()))


_ROLE, _POLICY = "role/{RoleName}", "policy/{PolicyName}"
_USER, _GROUP = "user/{UserName}", "group/{GroupName}"
_TABLE = (
    _of("sts", "AssumeRole", "sts:AssumeRole", "{RoleArn}"),
    _of("sts", "GetCallerIdentity", "sts:GetCallerIdentity", "*", inferred="action resources"),
    _of("resourcemanager", "GetResourceDirectory", "resourcemanager:GetResourceDirectory", "*", inferred="resources"),
    _of("resourcemanager", "ListAccounts", "resourcemanager:ListAccounts", "*", inferred="resources"),
    _of("resourcemanager", "ListFoldersForParent", "resourcemanager:ListFoldersForParent", "*", inferred="resources"),
    # An operation of Resource Manager on a role, which needs an action of RAM.
    _of("resourcemanager", "GetServiceLinkedRoleDeletionStatus", "ram:GetServiceLinkedRoleDeletionStatus", _ROLE),
    _read("GetServiceLinkedRoleTemplate", "role/*", inferred="action resources rate"),
    _write("CreateServiceLinkedRole", "role/*", repeatable=True, inferred="rate"),
    _write("DeleteServiceLinkedRole", _ROLE, inferred="rate"),  # what a second deletion task does is not published
    _read("GetRole", _ROLE),
    _read("ListRoles", "role/*", inferred="rate"),
    _write("CreateRole", _ROLE, repeatable=True, inferred="rate"),
    _write("UpdateRole", _ROLE, repeatable=True, inferred="rate"),
    _write("DeleteRole", _ROLE, repeatable=True, inferred="rate"),
    _read("GetUser", _USER),
    _read("ListUsers", "user/*", inferred="rate"),
    _write("CreateUser", "user/*", repeatable=True, inferred="rate"),
    _write("UpdateUser", _USER, repeatable=True, inferred="rate"),
    _write("DeleteUser", _USER, repeatable=True, inferred="rate"),
    _read("ListAccessKeys", _USER),
    _read("GetAccessKeyLastUsed", _USER, inferred="rate"),
    _write("UpdateAccessKey", _USER, repeatable=True),
    _write("DeleteAccessKey", _USER, repeatable=True, inferred="rate"),
    _read("GetLoginProfile", _USER, inferred="rate"),
    _write("DeleteLoginProfile", _USER, repeatable=True),
    _read("GetUserMFAInfo", _USER, inferred="rate"),
    _write("UnbindMFADevice", _USER, repeatable=True, inferred="rate"),
    _read("ListVirtualMFADevices", "mfa/*"),
    _write("DeleteVirtualMFADevice", "{SerialNumber}", repeatable=True, inferred="rate"),
    _of("resourcemanager", "ListPolicyAttachments", "ram:ListPolicyAttachments", "*"),
    _read("GetGroup", _GROUP, inferred="rate"),
    _read("ListGroups", "group/*", inferred="rate"),
    _write("CreateGroup", "group/*", repeatable=True, inferred="rate"),
    _write("UpdateGroup", _GROUP, repeatable=True),
    _write("DeleteGroup", _GROUP, repeatable=True, inferred="rate"),
    _read("ListGroupsForUser", _USER),
    _read("ListUsersForGroup", _GROUP, inferred="rate"),
    _write("AddUserToGroup", _USER, _GROUP, repeatable=True, inferred="rate"),
    _write("RemoveUserFromGroup", _USER, _GROUP, repeatable=True, inferred="rate"),
    _read("ListPolicies", "policy/*"),
    _read("GetPolicy", _POLICY, inferred="rate"),
    _read("ListPolicyVersions", _POLICY, inferred="rate"),
    _read("ListEntitiesForPolicy", _POLICY),
    _write("CreatePolicy", _POLICY, repeatable=True, inferred="rate"),
    _write("CreatePolicyVersion", _POLICY),  # another version each time and, with a rotation strategy, one less
    _write("SetDefaultPolicyVersion", _POLICY, repeatable=True, inferred="rate"),
    _write("UpdatePolicyDescription", _POLICY, repeatable=True, inferred="resources rate"),
    _write("DeletePolicy", _POLICY, repeatable=True),
    _read("ListTagResources", "*", inferred="rate"),
    _write("TagResources", "*", repeatable=True, inferred="rate"),
    _write("UntagResources", "*", repeatable=True, inferred="rate"),
    _read("ListPoliciesForUser", "user/{UserName}", inferred="rate"),
    _read("ListPoliciesForGroup", "group/{GroupName}", inferred="resources rate"),
    _read("ListPoliciesForRole", _ROLE, inferred="resources"),
    *(
        _write(
            f"{verb}{kind}", f"{kind.lower()}/{{{kind}Name}}", _POLICY, repeatable=True, rate=_ATTACHMENTS,
            inferred="" if verb == "DetachPolicyFrom" and kind != "User" else "rate",
        )
        for verb in ("AttachPolicyTo", "DetachPolicyFrom")
        for kind in ("User", "Group", "Role")
    ),
    _read("DecodeDiagnosticMessage", "*", inferred="rate"),
)  # fmt: skip

OPERATIONS = {operation.name: operation for operation in _TABLE}
