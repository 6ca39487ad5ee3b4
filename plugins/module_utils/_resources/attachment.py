# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies and principals: references to both, reading attachments, and the changes that attach and detach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import required
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ConflictError, UnreachableError
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    Change,
    Resource,
    Stage,
    concurrently,
    pages_if_any,
    read_or_none,
)

KINDS = ("user", "group", "role")

# Applies to all resources of a task.
SELF_SPEC: dict[str, Any] = {"allow_self": {"type": "bool", "default": False}}


@dataclass(frozen=True, order=True)
class PolicyRef:
    """A policy's identity: its name and its type, ``System`` or ``Custom``."""

    name: str
    type: str

    def __str__(self) -> str:
        return f"{self.type.lower()} policy {self.name!r}"

    @property
    def parameters(self) -> dict[str, str]:
        return {"PolicyName": self.name, "PolicyType": self.type}


@dataclass(frozen=True, order=True)
class Principal:
    """A user, group or role of the account."""

    kind: str
    name: str = field(compare=False)
    key: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Role names are case-insensitive in RAM; whether the names of users and groups are is not known.
        object.__setattr__(self, "key", self.name.lower() if self.kind == "role" else self.name)

    def __str__(self) -> str:
        return f"{self.kind} {self.name!r}"

    @property
    def parameters(self) -> dict[str, str]:
        return {f"{self.kind.title()}Name": self.name}

    async def policies(self, api: Any) -> dict[PolicyRef, dict[str, Any]] | None:
        """Return the directly attached policies, None if the principal does not exist.

        Source: ListPoliciesForUser, ListPoliciesForGroup, ListPoliciesForRole.
        """
        operation = f"ListPoliciesFor{self.kind.title()}"
        answer = await read_or_none(api, operation, **self.parameters)
        if answer is None:
            return None
        found = required(answer, "Policies", operation).get("Policy") or []
        return {
            PolicyRef(required(policy, "PolicyName", operation), required(policy, "PolicyType", operation)): policy
            for policy in found
        }


async def exists(api: Any, policy: PolicyRef) -> bool:
    """Return whether the policy exists. Source: GetPolicy; system policies are the same in every account."""
    if policy.type == "System":
        return await api.call_cached("GetPolicy", "Policy", may_lack=True, **policy.parameters) is not None
    return await read_or_none(api, "GetPolicy", **policy.parameters) is not None


async def holders(api: Any, policy: PolicyRef) -> dict[Principal, dict[str, Any]] | None:
    """Return the principals to which a policy is attached, None if it does not exist. Source: ListEntitiesForPolicy."""
    answer = await read_or_none(api, "ListEntitiesForPolicy", **policy.parameters)
    if answer is None:
        return None
    if not any(f"{kind.title()}s" in answer for kind in KINDS):
        raise UnreachableError("ListEntitiesForPolicy: the answer lacks Users, Groups and Roles.", sent=True)
    return {
        Principal(kind, required(entity, f"{kind.title()}Name", "ListEntitiesForPolicy")): entity
        for kind in KINDS
        for entity in (answer.get(f"{kind.title()}s") or {}).get(kind.title()) or []
    }


async def callers_among(api: Any, principals: Iterable[Principal]) -> frozenset[Principal]:
    """Return those principals that the run stands on: the caller, whoever assumed its role, and groups that contain one.

    Source: GetCallerIdentity, ListGroupsForUser.
    """
    principals = list(principals)
    if not principals:
        return frozenset()
    callers = await api.callers()
    found = {
        principal
        for principal in principals
        if any((principal.kind, principal.name.lower()) == (kind, name.lower()) for kind, name in callers)
    }
    groups = [principal for principal in principals if principal.kind == "group"]
    if groups:
        users = [name for kind, name in callers if kind == "user"]
        names = set().union(*await concurrently(*(groups_of(api, user) for user in users)))
        found.update(group for group in groups if group.name in names)
    return frozenset(found)


async def groups_of(api: Any, user: str) -> set[str]:
    """Return the names of a user's groups; none if there is no such user. Source: ListGroupsForUser."""
    answer = await read_or_none(api, "ListGroupsForUser", UserName=user)
    if answer is None:
        return set()
    groups = required(answer, "Groups", "ListGroupsForUser").get("Group") or []
    return {required(group, "GroupName", "ListGroupsForUser") for group in groups}


async def members_of(api: Any, group: str) -> list[str]:
    """Return the names of a group's users, sorted; none if there is no such group. Source: ListUsersForGroup."""
    names = []
    for page in await pages_if_any(api, "ListUsersForGroup", "Marker", MaxItems=1000, GroupName=group):
        users = required(page, "Users", "ListUsersForGroup").get("User") or []
        names += [required(user, "UserName", "ListUsersForGroup") for user in users]
    return sorted(names)


_PRINCIPAL_TYPES = {"user": "IMSUser", "group": "IMSGroup", "role": "ServiceRole"}


async def resource_group_grants(api: Any, *kinds: str) -> list[tuple[Principal, PolicyRef, str]]:
    """Return the policies that are attached to principals of these kinds in resource groups, with the group's ID.

    Source: ListPolicyAttachments of Resource Manager. The lists of RAM have only those of the whole account.
    """
    account_id = await api.find_account_id()
    lists = await concurrently(*(_grants(api, kind) for kind in kinds))
    found = []
    for kind, grants in zip(kinds, lists):
        for grant in grants:
            # What follows the @ is the account's domain, which can be its own.
            name = str(grant.get("PrincipalName")).rpartition("@")[0]
            group = grant.get("ResourceGroupId")
            if name and group and group != account_id:
                policy = PolicyRef(str(grant.get("PolicyName")), str(grant.get("PolicyType")))
                found.append((Principal(kind, name), policy, str(group)))
    return found


async def _grants(api: Any, kind: str) -> list[dict[str, Any]]:
    pages = api.pages(
        "ListPolicyAttachments", "PageNumber", PrincipalType=_PRINCIPAL_TYPES[kind], PageNumber=1, PageSize=100
    )
    return [
        grant
        async for page in pages
        for grant in required(page, "PolicyAttachments", "ListPolicyAttachments").get("PolicyAttachment") or []
    ]


def self_detachment(principal: Principal, policy: PolicyRef) -> ConflictError:
    """Return the error for detaching a policy from the caller itself."""
    relation = "is a member of" if principal.kind == "group" else "is"
    return ConflictError(
        f"The caller {relation} {principal}, which would lose the {policy}. Set {option_name('allow_self')}: true "
        "if that is meant."
    )


def attachment(
    resource: Resource, principal: Principal, policy: PolicyRef, shows: Callable[[Any], bool | None]
) -> Change:
    """Return the change that attaches the policy.

    ``shows`` returns whether it is attached in an observation of the resource, None if the principal does not exist.
    Source: AttachPolicyToUser, AttachPolicyToGroup, AttachPolicyToRole.
    """
    return Change(
        f"AttachPolicyTo{principal.kind.title()}",
        str(principal),
        {**policy.parameters, **principal.parameters},
        Stage.ATTACH,
        resource,
        shows,
        satisfied_by=("EntityAlreadyExists.",),
        retry_on=("EntityNotExist.",),
    )


def detachment(resource: Resource, principal: Principal, policy: PolicyRef, shows: Callable[[Any], bool]) -> Change:
    """Return the change that detaches the policy; ``shows`` is the same as in ``attachment``.

    Source: DetachPolicyFromUser, DetachPolicyFromGroup, DetachPolicyFromRole.
    """
    return Change(
        f"DetachPolicyFrom{principal.kind.title()}",
        str(principal),
        {**policy.parameters, **principal.parameters},
        Stage.DETACH,
        resource,
        shows,
        wanted=False,
        satisfied_by=("EntityNotExist",),
    )
