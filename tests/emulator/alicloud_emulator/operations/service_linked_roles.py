# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Service-linked roles: their template, creation, and deletion by a task.

Source: Alibaba Cloud help, CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus (of
Resource Manager); that RAM's own calls give the same codes is inferred.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from ..errors import ApiError, Mark, inferred, verified
from ..parameters import Param, Text, role_name
from ..registry import Body, Call, operation
from ..store import Account, DeletionTask, InUse, Role, Service, new_service_linked_role, service_linked_arn
from .roles import principal_name

_CREATE = (
    Text("ServiceName", True, high=256, mark=Mark.UNKNOWN),
    Param("CustomSuffix"),
    Param("Description"),
)
_CREATE_CODES = (
    "EntityAlreadyExists.Role",
    "EntityNotExist.Service",
    "InvalidParameter.CustomSuffix.InvalidChars",
    "InvalidParameter.CustomSuffix.Length",
    "InvalidParameter.CustomSuffix.NotAllowed",
    "InvalidParameter.Description.Length",
    "InvalidParameter.Description.NotAllowed",
)
_DELETE_CODES = ("EntityNotExist.Role", "EntityNotExist.ServiceLinkedRole")
# The codes are published for Resource Manager's calls; that RAM's own give the same is inferred.
_SOURCE = "SDK's models; Resource Manager help"


def _service_name(call: Call) -> dict[str, str]:
    return {"ram:ServiceName": call.raw.get("ServiceName", "")}


def _service_name_of_role(call: Call) -> dict[str, str]:
    """Source: DeleteServiceLinkedRole's page has the condition key too."""
    role = call.account.roles.get(call.raw.get("RoleName", "").lower())
    return {"ram:ServiceName": role.service_name} if role and role.service_name else {}


def _service(call: Call) -> Service:
    try:
        return call.world.services[call["ServiceName"]]
    except KeyError:
        raise ApiError("EntityNotExist.Service") from None


# unknown: the action and the resource of the permission for the template, which the operation's page leaves out.
@operation(
    "ram",
    "GetServiceLinkedRoleTemplate",
    Text("ServiceName", True, high=256, mark=Mark.UNKNOWN),
    resources=["role/*"],
    errors=inferred("EntityNotExist.Service"),
    source="SDK's models",
)
def get_service_linked_role_template(call: Call) -> Body:
    service = _service(call)  # for an unknown service, the code of CreateServiceLinkedRole (inferred)
    return {
        "ServiceLinkedRoleTemplate": {
            "ServiceName": service.name,
            "RoleNamePrefix": service.role_name_prefix,
            "SystemPolicyName": service.system_policy_name,
            "MultipleRolesAllowed": service.multiple_roles_allowed,
            "RoleDescriptions": {"RoleDescription": [{"Language": "en", "Description": service.description}]},
        }
    }


def _create(call: Call) -> Role:
    service = _service(call)
    suffix, description = call["CustomSuffix"], call["Description"]
    if suffix is not None:
        _check_suffix(service, suffix)
    if description is not None:
        if not service.multiple_roles_allowed:
            raise ApiError("InvalidParameter.Description.NotAllowed")
        if not 1 <= len(description) <= 1024:
            raise ApiError("InvalidParameter.Description.Length")
    # unknown: whether the bare name is made where several roles are allowed and no suffix is given. It is made.
    name = f"{service.role_name_prefix}_{suffix}" if suffix else service.role_name_prefix
    if name.lower() in call.account.roles:
        raise ApiError("EntityAlreadyExists.Role")
    # Service-linked roles can be created when the quota of roles is full.
    return new_service_linked_role(call.world, call.account, service, suffix or "", description or "", call.time)


def _check_suffix(service: Service, suffix: str) -> None:
    if not service.multiple_roles_allowed:
        raise ApiError("InvalidParameter.CustomSuffix.NotAllowed")
    if not suffix or len(service.role_name_prefix) + 1 + len(suffix) > 64:
        raise ApiError("InvalidParameter.CustomSuffix.Length")
    if not re.fullmatch("[A-Za-z0-9.-]+", suffix):
        raise ApiError("InvalidParameter.CustomSuffix.InvalidChars")


@operation(
    "ram",
    "CreateServiceLinkedRole",
    *_CREATE,
    resources=["role/*"],
    write=True,
    context=_service_name,
    errors=inferred(*_CREATE_CODES, "NoPermission"),
    source=_SOURCE,
)
def create_service_linked_role(call: Call) -> Body:
    role = _create(call)
    return {
        "Role": {
            "RoleId": role.id,
            "RoleName": role.name,
            "Arn": role.arn,
            "Description": role.description,
            "AssumeRolePolicyDocument": role.trust_policy,
            "CreateDate": role.created,
            "IsServiceLinkedRole": True,
        }
    }


@operation(
    "resourcemanager",
    "CreateServiceLinkedRole",
    *_CREATE,
    resources=["role/*"],
    write=True,
    context=_service_name,
    errors=verified(*_CREATE_CODES),
)
def create_service_linked_role_of_resource_manager(call: Call) -> Body:
    body = create_service_linked_role(call)
    body["Role"]["RolePrincipalName"] = principal_name(call.account, call.account.role(body["Role"]["RoleName"]))
    return body


_DELETE: dict[str, Any] = {"resources": ["role/{RoleName}"], "write": True, "context": _service_name_of_role}


@operation("resourcemanager", "DeleteServiceLinkedRole", role_name(), **_DELETE, errors=verified(*_DELETE_CODES))
@operation("ram", "DeleteServiceLinkedRole", role_name(), **_DELETE, errors=inferred(*_DELETE_CODES), source=_SOURCE)
def delete_service_linked_role(call: Call) -> Body:
    account = call.account
    role = account.role(call["RoleName"])
    if not role.service_name:
        raise ApiError("EntityNotExist.ServiceLinkedRole")
    running = account.tasks.get(role.latest_task)
    if running and running.running:
        # unknown: a second deletion during a task. The running task's ID is given.
        return {"DeletionTaskId": running.id}
    return {"DeletionTaskId": start_deletion(account, role, call.time).id}


def start_deletion(account: Account, role: Role, now: str) -> DeletionTask:
    task = DeletionTask(
        id=f"task/acs-service-role/{role.service_name}/{role.name}/{uuid.uuid4()}",
        role=role.name,
        created=now,
        polls=role.deletion.polls,
        outcome=role.deletion.outcome,
    )
    account.tasks[task.id] = task
    role.latest_task = task.id
    if not task.polls:
        _finish(account, task)
    return task


def _finish(account: Account, task: DeletionTask) -> None:
    task.status = task.outcome
    role = account.role(task.role)  # it is there, because only its one running task takes it away
    if task.outcome == "SUCCEEDED":
        account.remove_role(role)
    elif task.outcome == "FAILED":
        task.reason = role.in_use or InUse(
            f"Service-Linked Role {service_linked_arn(account.id, role.name)} cannot be deleted.", []
        )


def _role_of_task(call: Call) -> list[str]:
    """Source: the permission is on the role; the task's ID names it."""
    parts = call.raw.get("DeletionTaskId", "").split("/")
    return [f"role/{parts[-2] if len(parts) >= 2 else '*'}"]


@operation(
    "resourcemanager",
    "GetServiceLinkedRoleDeletionStatus",
    Param("DeletionTaskId", True),
    resources=[_role_of_task],
    errors=verified(
        "EntityNotExist.ServiceLinkedRole.DeletionTask",
        "InvalidParameter.DeletionTaskId",
        "InvalidParameter.DeletionTaskId.Length",
    ),
    live=True,  # the task goes on by being asked for, so it must be the real one
)
def get_service_linked_role_deletion_status(call: Call) -> Body:
    """Only Resource Manager has this. A task is NOT_STARTED, then IN_PROGRESS, for its number of polls in all."""
    task_id = call["DeletionTaskId"]
    if not 26 <= len(task_id) <= 255:
        raise ApiError("InvalidParameter.DeletionTaskId.Length")
    if not re.fullmatch(r"task/acs-service-role/[^/]+/[^/]+/[0-9a-fA-F-]+", task_id):
        raise ApiError("InvalidParameter.DeletionTaskId")
    task = call.account.tasks.get(task_id)
    if task is None:
        raise ApiError("EntityNotExist.ServiceLinkedRole.DeletionTask")
    if task.running:
        if task.polled >= task.polls:
            _finish(call.account, task)
        else:
            # The last poll before the end is always IN_PROGRESS.
            task.status = "NOT_STARTED" if task.polled == 0 and task.polls > 1 else "IN_PROGRESS"
            task.polled += 1
    body: Body = {"Status": task.status}
    # unknown: the form of Reason on other statuses. Absent.
    if task.reason:
        body["Reason"] = {
            "Message": task.reason.message,
            "RoleUsages": {
                "RoleUsage": [
                    {"Region": usage.region, "Resources": {"Resource": list(usage.resources)}}
                    for usage in task.reason.usages
                ]
            },
        }
    return body
