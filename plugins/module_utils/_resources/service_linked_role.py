# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service-linked roles: the role that a service needs in an account is present or absent."""

from __future__ import annotations

import calendar
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import required
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    DeclarationError,
    RamError,
    UnreachableError,
    quote,
)
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    Change,
    Kind,
    Listing,
    Plan,
    References,
    Removal,
    Resource,
    Stage,
    Wait,
    checked_name,
    concurrently,
    eventually,
    read_or_none,
    snake,
    split_texts,
)
from ansible_collections.alicloud.ram.plugins.module_utils._text import flaw_in_term

# The options of one role, in the module and in a baseline entry; WAIT_SPEC applies to all roles of a task.
SPEC: dict[str, Any] = {
    "service_name": {"type": "str", "required": True},
    "custom_suffix": {"type": "str"},
    "description": {"type": "str"},
    "required_actions": {"type": "list", "elements": "str", "default": []},
    "verify": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}
WAIT_SPEC: dict[str, Any] = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 300},
}

_ACTION = re.compile(r"[^\s:]{1,64}:[^\s:]{1,128}")
# ListRoles does not return what says that a role is service-linked; the names of all of them begin so.
NAME_PREFIX = "AliyunServiceRoleFor"
RUNNING = ("NOT_STARTED", "IN_PROGRESS")
FAILED = ("FAILED", "INTERNAL_ERROR")
DELETED = "SUCCEEDED"
# Seconds between reads of a deletion task, increasing from the first to the second value.
POLL_PAUSES = (0.5, 5.0)
# Seconds after which a task unknown to the service counts as ended. How long the service keeps tasks is not published.
FORGOTTEN_AFTER = 86400

_ROLE_FACTS = (
    "RoleName",
    "RoleId",
    "Arn",
    "Description",
    "CreateDate",
    "UpdateDate",
    "MaxSessionDuration",
    "IsServiceLinkedRole",
    "RolePrincipalName",
)


@dataclass(frozen=True)
class Observed:
    """The observed state.

    ``role`` is as returned by GetRole, None if the role does not exist. ``task`` is the ID of the role's latest deletion
    task, and ``deletion`` the response of GetServiceLinkedRoleDeletionStatus, empty if the service does not know the task.
    ``deleting`` is true while that task runs; ``deleted`` if it has succeeded, but the role is still returned; ``unseen``
    if there is a task, but its status is unknown.
    """

    role_name: str
    system_policy_name: str | None
    multiple_roles_allowed: bool
    role: dict[str, Any] | None
    deleting: bool = False
    missing_actions: tuple[str, ...] | None = ()
    """The required actions that the system policy lacks.

    None if the policy does not exist; it may be created together with the first role.
    """
    deletion: Mapping[str, Any] = field(default_factory=dict)
    task: str = ""
    deleted: bool = False
    unseen: bool = False

    @property
    def lasting(self) -> dict[str, Any] | None:
        """The role, None if it is being deleted or was deleted."""
        return None if self.deleting or self.deleted else self.role


@dataclass(frozen=True)
class ServiceLinkedRole(Resource):
    """A declared service-linked role.

    ``required_actions`` are the actions that the role's system policy grants according to the service's documentation.
    They are checked when the role is created, and with ``verify`` on every run.
    """

    service_name: str
    custom_suffix: str | None = None
    description: str | None = None
    present: bool = True
    wait: bool = True
    wait_timeout: float = 300
    required_actions: tuple[str, ...] = ()
    verify: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any], where: str = "", alone: bool = True) -> ServiceLinkedRole:
        """Create the resource from the options of a module or a baseline entry.

        Raises DeclarationError, which names the option.
        """
        suffix, description = params.get("custom_suffix"), params.get("description")
        if suffix is not None and not re.fullmatch(r"[A-Za-z0-9.-]{1,63}", suffix):
            raise DeclarationError(
                f"{where}custom_suffix: {quote(suffix)} is not a suffix of a role's name (letters, digits, '.' and '-')."
            )
        actions = split_texts(params.get("required_actions") or ())
        for action in actions:
            if not _ACTION.fullmatch(action) or flaw_in_term(action):
                raise DeclarationError(
                    f"{where}required_actions: {quote(action)} is not an action, which has the form <service code>:<action>."
                )
        if description is not None and not 1 <= len(description) <= 1024:
            raise DeclarationError(f"{where}description: it has {len(description)} characters; 1 to 1024 are allowed.")
        return cls(
            service_name=checked_name("service", params["service_name"], f"{where}service_name"),
            custom_suffix=suffix,
            description=description,
            present=params.get("state", "present") == "present",
            wait=params.get("wait", True),
            wait_timeout=_wait_timeout(params),
            required_actions=tuple(actions),
            verify=bool(params.get("verify")),
        )

    @property
    def identity(self) -> tuple[str, ...]:
        return ("service_linked_role", self.service_name, self.custom_suffix or "")

    @property
    def label(self) -> str:
        return f"service-linked role of {self.service_name}" + (
            f" with suffix {self.custom_suffix}" if self.custom_suffix else ""
        )

    async def observe(self, api: Any) -> Observed:
        template = await self._template(api)
        prefix = required(template, "RoleNamePrefix", "GetServiceLinkedRoleTemplate")
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", prefix):
            raise UnreachableError(
                f"GetServiceLinkedRoleTemplate: RoleNamePrefix in the answer, {quote(prefix)}, begins no role's name.",
                sent=True,
            )
        several = bool(template.get("MultipleRolesAllowed"))
        for option, value in (("custom_suffix", self.custom_suffix), ("description", self.description)):
            if value is not None and not several:
                raise DeclarationError(
                    f"{option}: {self.service_name} has one role only, {prefix}, which takes no {option}; leave it out."
                )
        name = f"{prefix}_{self.custom_suffix}" if self.custom_suffix else prefix
        if len(name) > 64:
            raise DeclarationError(
                f"custom_suffix: the role's name would be {name}, of {len(name)} characters; 64 are allowed, so the "
                f"suffix can have {63 - len(prefix)}."
            )
        policy = template.get("SystemPolicyName")
        if self.required_actions:
            policy = required(template, "SystemPolicyName", "GetServiceLinkedRoleTemplate")
        observed = Observed(name, policy, several, None)
        looks: list[Any] = [self._observe_role(api, api.fresh, observed)]
        if self.present and self.verify:
            looks.append(self._unmet(api, observed))
        observed, *unmet = await concurrently(*looks)
        if self.present and not unmet and observed.lasting is None:
            unmet = [await self._unmet(api, observed)]
        return replace(observed, missing_actions=unmet[0]) if unmet else observed

    def plan(self, observed: Observed, references: References) -> Plan:
        lasting = observed.lasting
        if observed.missing_actions or (observed.missing_actions is None and lasting is not None):
            raise self._lacking(observed, observed.missing_actions)
        if self.present and lasting is not None:
            warnings = []
            if self.description is not None and self.description != (lasting.get("Description") or ""):
                warnings.append(
                    f"The description of {observed.role_name} differs from the declared one and is left as it is: "
                    "RAM has no way to change the description of a service-linked role."
                )
            if observed.unseen:
                warnings.append(
                    f"{observed.role_name} exists, but whether it is being deleted is not known: {_status(observed)}."
                )
            return Plan(observed, warnings=warnings)
        if self.present:
            if observed.deleting and not self.wait:
                raise ConflictError(
                    f"{observed.role_name} is being deleted (task {observed.task}), so it cannot be created yet. "
                    "Set wait: true, or run again when the deletion has ended."
                )
            return Plan(
                replace(observed, role=self._predicted(observed), deleting=False, deleted=False, unseen=False),
                [self._creation(observed)],
                [Wait(Stage.PREPARE, lambda api: self._wait(api, observed, observed.task))]
                if observed.deleting
                else (),
            )
        if observed.role is None:
            return Plan(observed)
        if observed.deleted:
            return Plan(observed, warnings=[f"{observed.role_name} was deleted, but is still shown."])
        if observed.deleting:
            if not self.wait:
                return Plan(observed)
            wait = Wait(Stage.WAIT, lambda api: self._wait_until_deleted(api, observed, observed.task))
            return Plan(replace(observed, role=None, deleting=False), waits=[wait])
        after = replace(observed, role=None) if self.wait else replace(observed, deleting=True)
        return Plan(after, [self._deletion(observed)])

    def result(self, observed: Observed) -> dict[str, Any]:
        role = observed.role
        if role is None:
            return {}
        facts: dict[str, Any] = {snake(key): role.get(key) for key in _ROLE_FACTS}
        facts["service_name"] = self.service_name
        facts["system_policy_name"] = observed.system_policy_name
        facts["assume_role_policy_document"] = _document.read(role.get("AssumeRolePolicyDocument"))
        task = {snake(key): value for key, value in (role.get("LatestDeletionTask") or {}).items()}
        if task:
            task["status"] = observed.deletion.get("Status")
            task["reason"], task["role_usages"] = _reason(observed.deletion.get("Reason") or {})
        facts["latest_deletion_task"] = task
        return facts

    def diff_view(self, observed: Observed) -> dict[str, Any]:
        if observed.role is None:
            return {}
        view = {"role_name": observed.role_name, "service_name": self.service_name}
        if self.custom_suffix or self.description:
            view["description"] = observed.role.get("Description") or ""
        return dict(view, being_deleted=True) if observed.deleting or observed.deleted else view

    async def _observe_role(self, api: Any, fresh: Any, observed: Observed) -> Observed:
        """Return the role and the state of its deletion. ``fresh`` makes each call, while ``api`` may return cached reads."""
        role = await self._read(api, observed.role_name)
        while _task_of(role):
            task = _task_of(role)
            deletion = await _deletion(api, task)
            status = deletion.get("Status")
            observed = replace(observed, role=role, task=task, deletion=deletion, deleting=status in RUNNING)
            if status in (*RUNNING, *FAILED) or (status != DELETED and _is_forgotten(role or {}, api.clock.wall())):
                return observed
            # The role may have been deleted since it was read.
            if status == DELETED:
                role = await self._after_deletion(fresh, observed.role_name, task)
            else:
                role = await self._read(fresh, observed.role_name)
            if _task_of(role) == task:
                return replace(observed, role=role, deleted=status == DELETED, unseen=status != DELETED)
        return replace(observed, role=role, task="", deletion={}, deleting=False, deleted=False, unseen=False)

    async def _unmet(self, api: Any, observed: Observed) -> tuple[str, ...] | None:
        """Return the ``required_actions`` that the role's system policy does not grant; None if it does not exist.

        Source: GetPolicy.
        """
        if not self.required_actions:
            return ()
        try:
            version = await api.call_cached(
                "GetPolicy", "DefaultPolicyVersion", PolicyName=observed.system_policy_name, PolicyType="System"
            )
        except ApiError as error:
            if error.missing:  # not cached: the policy may be created with the first role
                return None
            raise
        return tuple(_document.missing_actions(_document.read(version.get("PolicyDocument")), self.required_actions))

    async def _template(self, api: Any) -> dict[str, Any]:
        """Return the service's template, which is the same in every account."""
        try:
            template: dict[str, Any] = await api.call_cached(
                "GetServiceLinkedRoleTemplate", "ServiceLinkedRoleTemplate", ServiceName=self.service_name
            )
        except ApiError as error:
            if error.missing:
                raise DeclarationError(
                    f"service_name: RAM knows no service {self.service_name!r} that has a service-linked role "
                    f"({error.code}, request ID {error.details.get('request_id')}). The name is the trusted "
                    "service's, for example connect-customer-vpc.cr.aliyuncs.com."
                ) from None
            raise
        return template

    async def _read(self, api: Any, name: str) -> dict[str, Any] | None:
        """Return the role of that name. Raises ConflictError if it does not belong to this service."""
        answer = await read_or_none(api, "GetRole", RoleName=name)
        if answer is None:
            return None
        role = required(answer, "Role", "GetRole")
        if not role.get("IsServiceLinkedRole"):
            raise ConflictError(
                f"A role named {name} exists, but it is not a service-linked role; it is left alone. Remove it or "
                "rename what uses it, so that the service can have its own."
            )
        trusted = _trusted_services(_document.read(role.get("AssumeRolePolicyDocument")))
        if trusted != [self.service_name]:
            raise ConflictError(
                f"The service-linked role {name} trusts {', '.join(trusted) or 'no service'}, not {self.service_name}; "
                "it is left alone."
            )
        return role

    def _predicted(self, observed: Observed) -> dict[str, Any]:
        return {"RoleName": observed.role_name, "Description": self.description, "IsServiceLinkedRole": True}

    def _creation(self, observed: Observed) -> Change:
        parameters: dict[str, Any] = {"ServiceName": self.service_name}
        if self.custom_suffix:
            parameters["CustomSuffix"] = self.custom_suffix
        if self.description:
            parameters["Description"] = self.description

        def shows(seen: Observed) -> Any:
            # The deleted role may still be returned.
            if seen.role is None or (observed.role is not None and _is_same(seen.role, observed.role)):
                return False
            return True if seen.lasting is not None and not seen.unseen else "is being deleted"

        async def finish(api: Any, answer: dict[str, Any]) -> None:
            unmet = await self._unmet(api, observed)
            if unmet is None or unmet:
                raise self._lacking(observed, unmet)

        return Change(
            "CreateServiceLinkedRole",
            f"role {observed.role_name}",
            parameters,
            Stage.PREPARE,
            self,
            shows,
            satisfied_by=("EntityAlreadyExist",),  # some services spell the code without the s
            finish=finish if observed.missing_actions is None else None,
        )

    def _deletion(self, observed: Observed) -> Change:
        name, before = observed.role_name, observed.task

        def shows(seen: Observed) -> bool:
            started, status = bool(seen.task) and seen.task != before, seen.deletion.get("Status")
            if started and not self.wait and status in FAILED:
                raise _deletion_failed(seen)
            return seen.role is None or (started and (self.wait or status in (*RUNNING, DELETED)))

        async def finish(api: Any, answer: dict[str, Any]) -> None:
            task = answer.get("DeletionTaskId") or await self._new_task(api, name, before)
            if task:
                await self._wait_until_deleted(api, observed, task)

        return Change(
            "DeleteServiceLinkedRole",
            f"role {name}",
            {"RoleName": name},
            Stage.DELETE,
            self,
            shows,
            satisfied_by=("EntityNotExist",),
            finish=finish if self.wait else None,
        )

    async def _new_task(self, api: Any, name: str, before: str) -> str:
        """Return the task of a deletion whose response was lost, empty if the role is already deleted. Raises RamError."""
        task: str | None = None

        async def known(api: Any) -> bool:
            nonlocal task
            role = await self._read(api, name)
            task = _task_of(role)
            return role is None or task not in ("", before)

        if not await eventually(api, known):
            raise RamError(
                f"The deletion of {name} was accepted, but its task is not known and the role is still shown, so it cannot "
                "be waited for. Run the task again."
            )
        return task or ""

    async def _after_deletion(self, api: Any, name: str, task: str) -> dict[str, Any] | None:
        """Wait until the role that the task has deleted is no longer returned, and return the current role.

        If the deleted role is still returned after ``consistency_timeout``, return that.
        """
        role: dict[str, Any] | None = None

        async def gone(api: Any) -> bool:
            nonlocal role
            role = await self._read(api, name)
            return _task_of(role) != task

        await eventually(api, gone)
        return role

    def _lacking(self, observed: Observed, actions: tuple[str, ...] | None) -> ConflictError:
        lacks = f"does not grant {', '.join(actions)}" if actions else "does not exist, so it grants nothing of"
        lacks += "" if actions else f" {', '.join(self.required_actions)}"
        return ConflictError(
            f"The system policy {observed.system_policy_name} of {observed.role_name} {lacks}, which "
            f"{self.service_name} is declared to need. RAM lets nobody edit it; ask the service's support.",
            missing_actions=list(actions or self.required_actions),
        )

    async def _wait_until_deleted(self, api: Any, observed: Observed, task: str) -> None:
        """Wait for a deletion. Raises RamError if the role was not deleted, or if that is not known."""
        ended = await self._wait(api, observed, task)
        if ended.role is not None and ended.deletion.get("Status") in FAILED:
            raise _deletion_failed(ended)
        if ended.unseen:
            raise _not_known(ended)

    async def _wait(self, api: Any, observed: Observed, task: str) -> Observed:
        """Return the state of the role when the deletion has ended, or was unknown for ``consistency_timeout``.

        If somebody else has started another deletion meanwhile, wait for that as well. Raises RamError after
        ``wait_timeout``. Source: GetServiceLinkedRoleDeletionStatus.
        """
        started = known = api.clock.now()
        pause = POLL_PAUSES[0]
        while True:
            deletion = await _deletion(api, task)
            status, now = deletion.get("Status"), api.clock.now()
            found = replace(observed, deletion=deletion, task=task)
            if status in RUNNING:
                known = now
            else:  # the role is more reliable than its task
                found = replace(await self._observe_role(api, api, observed), deletion=deletion, task=task)
                shown = _task_of(found.role)
                if found.role is None:
                    return found
                if found.deleting:
                    task, known = shown, now
                elif status == DELETED:
                    return replace(found, deleted=_is_same(found.role, observed.role), unseen=False)
                elif status in FAILED:
                    return replace(found, unseen=False)
                else:
                    found = replace(found, unseen=True)
                    if now - known > api.settings.consistency_timeout:
                        return found
            if now - started + pause > self.wait_timeout:
                if found.unseen:
                    raise _not_known(found)
                raise RamError(
                    f"The deletion of {found.role_name} has not ended in {self.wait_timeout:g} s (status {status}, task "
                    f"{task}). It goes on; run again to wait for it, or with a longer {option_name('wait_timeout')}.",
                    deletion_task_id=task,
                )
            await api.clock.sleep(pause)
            pause = min(pause * 1.5, POLL_PAUSES[1])


def _wait_timeout(params: Mapping[str, Any]) -> float:
    seconds = params.get("wait_timeout")
    if seconds is not None and not 0 < seconds < math.inf:
        name = option_name("wait_timeout")
        raise DeclarationError(f"{name}: {seconds:g} is not a number of seconds above 0; see wait, to not wait.")
    return 300 if seconds is None else float(seconds)


def _deletion_failed(observed: Observed) -> ConflictError:
    name, task, deletion = observed.role_name, observed.task, observed.deletion
    message, usages = _reason(deletion.get("Reason") or {})
    text = (message or "no reason was given").rstrip(".")
    used = "; ".join(f"{usage['region']}: {', '.join(usage['resources'])}" for usage in usages)
    return ConflictError(
        f"{name} was not deleted: {text} (status {deletion.get('Status')}, task {task})."
        + (f" It is still used in {used}." if used else ""),
        deletion_task_id=task,
        reason=message,
        role_usages=usages,
    )


def _not_known(observed: Observed) -> RamError:
    return RamError(
        f"Whether {observed.role_name} will be deleted is not known: it is still shown, and {_status(observed)}. "
        "Run the task again.",
        deletion_task_id=observed.task,
    )


def _status(observed: Observed) -> str:
    status = observed.deletion.get("Status")
    if status is None:
        return f"its deletion task {observed.task} is not known to the service"
    return f"its deletion task {observed.task} has the status {quote(status)}, which is not documented"


def _reason(reason: Mapping[str, Any]) -> tuple[str | None, list[dict[str, Any]]]:
    """Return why a deletion has failed: the service's message, and where the role is in use."""
    return reason.get("Message"), [
        {"region": usage.get("Region"), "resources": list((usage.get("Resources") or {}).get("Resource") or [])}
        for usage in (reason.get("RoleUsages") or {}).get("RoleUsage") or []
    ]


async def _deletion(api: Any, task: str) -> Mapping[str, Any]:
    """Return the status of a deletion task, empty if the service does not know the task or cannot read its ID."""
    try:
        answer: dict[str, Any] = await api.call("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)
    except ApiError as error:
        if error.missing or error.code.startswith("InvalidParameter"):
            return {}
        raise
    return answer


def _task_of(role: Mapping[str, Any] | None) -> str:
    """Return the ID of a role's latest deletion task, empty if there is none.

    A task that is older than the role is ignored: whether a recreated role still returns the task that deleted its
    predecessor is not published.
    """
    role = role or {}
    task = role.get("LatestDeletionTask") or {}
    if (task.get("CreateDate") or "~") < (role.get("CreateDate") or ""):
        return ""
    return task.get("DeletionTaskId") or ""


def _is_same(role: Mapping[str, Any], other: Mapping[str, Any] | None) -> bool:
    """Return whether both are the same role, and not one that was recreated with the same name."""
    other = other or {}
    if role.get("RoleId") and other.get("RoleId"):
        return bool(role["RoleId"] == other["RoleId"])
    return _task_of(role) == _task_of(other)


def _is_forgotten(role: Mapping[str, Any], now: float) -> bool:
    """Return whether a task that the service does not know is old enough to count as ended."""
    started = role["LatestDeletionTask"].get("CreateDate") or ""
    try:
        return now - calendar.timegm(time.strptime(started, "%Y-%m-%dT%H:%M:%SZ")) > FORGOTTEN_AFTER
    except ValueError:
        return False


def _trusted_services(document: Any) -> list[str]:
    services: list[str] = []
    statements = document.get("Statement") if isinstance(document, dict) else None
    for statement in statements if isinstance(statements, list) else []:
        principal = statement.get("Principal") if isinstance(statement, dict) else None
        service = principal.get("Service") if isinstance(principal, dict) else None
        services += [service] if isinstance(service, str) else service or []
    return sorted(set(services))


KIND = Kind(
    name="service_linked_role",
    section="service_linked_roles",
    spec=SPEC,
    info_spec={name: SPEC[name] for name in ("service_name", "custom_suffix")},
    declare=ServiceLinkedRole.from_params,
    look_up=ServiceLinkedRole.from_params,
    task_spec=WAIT_SPEC,
    listing=Listing(
        "ListRoles",
        ("Roles", "Role"),
        "RoleName",
        ("RoleId", "Arn", "Description", "CreateDate", "UpdateDate", "MaxSessionDuration"),
        prefix=NAME_PREFIX,
    ),
    removal=Removal.ON_REQUEST,
)
