# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles: GetRole, ListRoles, CreateRole, DeleteRole. Service-linked ones are made in service_linked_roles.py."""

from __future__ import annotations

from ..documents import DocumentError, check_trust_policy
from ..errors import ApiError, Mark, inferred, unknown, verified
from ..parameters import (
    Boolean,
    Choice,
    Description,
    Integer,
    JsonTags,
    Text,
    marker,
    matches_tags,
    max_items,
    role_name,
)
from ..registry import Body, Call, operation, page_by_marker
from ..store import Account, Role, role_arn

_ABSENT = verified("EntityNotExist.Role")


def principal_name(account: Account, role: Role) -> str:
    """Source: samples, <RoleName>@role.<domain>.onaliyunservice.com. That the domain is the account's ID: inferred."""
    return f"{role.name}@role.{account.id}.onaliyunservice.com"


def _full(call: Call, role: Role) -> Body:
    body = {
        "RoleId": role.id,
        "RoleName": role.name,
        "Arn": role.arn,
        "Description": role.description,
        "AssumeRolePolicyDocument": role.trust_policy,
        "MaxSessionDuration": role.max_session_duration,
        "CreateDate": role.created,
        "UpdateDate": role.updated,
        "IsServiceLinkedRole": bool(role.service_name),
        "RolePrincipalName": principal_name(call.account, role),
        "AllowConsoleLogin": role.allow_console_login,
    }
    task = call.account.tasks.get(role.latest_task)
    if task:
        # A published sample shows a shorter task ID, without the service; DeleteServiceLinkedRole's own form is taken.
        body["LatestDeletionTask"] = {"DeletionTaskId": task.id, "CreateDate": task.created}
    return body


@operation("ram", "GetRole", role_name(), resources=["role/{RoleName}"], errors=_ABSENT)
def get_role(call: Call) -> Body:
    return {"Role": _full(call, call.account.role(call["RoleName"]))}


@operation(
    "resourcemanager",
    "GetRole",
    role_name(),
    Choice("Language", choices=("en", "zh-CN", "ja")),
    resources=["role/{RoleName}"],
    errors=_ABSENT,
)
def get_role_of_resource_manager(call: Call) -> Body:
    """The language would choose a service-linked role's description; the catalogue has English only."""
    body = _full(call, call.account.role(call["RoleName"]))
    del body["AllowConsoleLogin"]
    return {"Role": body}


@operation("ram", "ListRoles", marker(), max_items(), JsonTags("Tag"), resources=["role/*"])
def list_roles(call: Call) -> Body:
    """No trust policy, and nothing that tells service-linked roles apart."""
    roles = [role for role in call.account.roles.values() if matches_tags(role.tags, call["Tag"])]
    page, body = page_by_marker(call, roles, lambda role: role.name)
    body["Roles"] = {
        "Role": [
            {
                "RoleId": role.id,
                "RoleName": role.name,
                "Arn": role.arn,
                "Description": role.description,
                "MaxSessionDuration": role.max_session_duration,
                "CreateDate": role.created,
                "UpdateDate": role.updated,
                "AllowConsoleLogin": role.allow_console_login,
                "Tags": {"Tag": [{"TagKey": key, "TagValue": value} for key, value in role.tags.items()]},
            }
            for role in page
        ]
    }
    return body


def _checked(document: str) -> str:
    try:
        check_trust_policy(document)
    except DocumentError as exc:
        raise ApiError("MalformedPolicyDocument", str(exc)) from None
    return document


@operation(
    "ram",
    "CreateRole",
    role_name(new=True),
    # unknown: the greatest length of a trust policy. That of a custom policy.
    Text("AssumeRolePolicyDocument", True, high=6144),
    Text("Description", default="", low=0, high=1024),
    Integer("MaxSessionDuration", default=3600, low=3600, high=43200),
    Boolean("AllowConsoleLogin", default=True),  # unknown: the default
    JsonTags("Tag"),
    resources=["role/{RoleName}"],  # an older page, and a refusal of 2019, have role/*
    write=True,
    errors=verified("EntityAlreadyExists.Role", "LimitExceeded.Role", "MalformedPolicyDocument")
    + unknown("LimitExceeded.Tag"),
)
def create_role(call: Call) -> Body:
    account, name = call.account, call["RoleName"]
    document = _checked(call["AssumeRolePolicyDocument"])
    if name.lower() in account.roles:
        raise ApiError("EntityAlreadyExists.Role")
    if len(account.roles) >= account.quotas.roles:
        raise ApiError("LimitExceeded.Role")
    tags = {key: value or "" for key, value in call["Tag"] or ()}
    if len(tags) > account.quotas.tags:
        raise ApiError("LimitExceeded.Tag")
    role = Role(
        name=name,
        id=call.world.new_id("Role"),
        arn=role_arn(account.id, name),
        trust_policy=document,
        created=call.time,
        updated=call.time,
        description=call["Description"],
        max_session_duration=call["MaxSessionDuration"],
        allow_console_login=call["AllowConsoleLogin"],
        tags=tags,
    )
    account.roles[name.lower()] = role
    body = _full(call, role)
    for key in ("UpdateDate", "IsServiceLinkedRole", "RolePrincipalName"):
        del body[key]
    return {"Role": body}


@operation(
    "ram",
    "UpdateRole",
    role_name(),
    Text("NewAssumeRolePolicyDocument", high=6144, mark=Mark.INFERRED),
    Description("NewDescription", high=1024, mark=Mark.INFERRED),
    Integer("NewMaxSessionDuration", low=3600, high=43200),
    Boolean("NewAllowConsoleLogin", default=None),
    resources=["role/{RoleName}"],
    write=True,
    errors=_ABSENT + inferred("MalformedPolicyDocument") + unknown("OperationDenied.ServiceLinkedRole"),
)
def update_role(call: Call) -> Body:
    """unknown: a page has it that an absent NewMaxSessionDuration sets the default. What is absent is left alone."""
    role = call.account.role(call["RoleName"])
    if role.service_name:
        raise ApiError("OperationDenied.ServiceLinkedRole")
    if call["NewAssumeRolePolicyDocument"] is not None:
        role.trust_policy = _checked(call["NewAssumeRolePolicyDocument"])
    if call["NewDescription"] is not None:
        role.description = call["NewDescription"]
    if call["NewMaxSessionDuration"] is not None:
        role.max_session_duration = call["NewMaxSessionDuration"]
    if call["NewAllowConsoleLogin"] is not None:
        role.allow_console_login = call["NewAllowConsoleLogin"]
    role.updated = call.time
    body = _full(call, role)
    for key in ("IsServiceLinkedRole", "RolePrincipalName"):
        del body[key]
    return {"Role": body}


@operation(
    "ram",
    "DeleteRole",
    role_name(),
    resources=["role/{RoleName}"],
    write=True,
    errors=_ABSENT + verified("DeleteConflict.Role.Policy") + unknown("OperationDenied.ServiceLinkedRole"),
)
def delete_role(call: Call) -> Body:
    """Grants in resource groups hold it back, too (inferred)."""
    role = call.account.role(call["RoleName"])
    if role.service_name:
        # unknown: what DeleteRole does to a service-linked role. Refused.
        raise ApiError("OperationDenied.ServiceLinkedRole")
    if role.policies or call.account.is_scoped(("Role", role.name)):
        raise ApiError("DeleteConflict.Role.Policy")
    call.account.remove_role(role)
    return {}
