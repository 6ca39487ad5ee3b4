# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users, groups and roles have in common as managed resources: deletion, and what the run itself stands on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Callable, ClassVar

from ansible_collections.alicloud.ram.plugins.module_utils._errors import ConflictError
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import (
    SELF_SPEC,
    PolicyRef,
    Principal,
    callers_among,
    detachment,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    Change,
    Effects,
    Plan,
    References,
    Stage,
    concurrently,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.crud import Entity, Observed

Membership = tuple[Principal, Principal]
"""A user and a group. In Effects, memberships are attached and detached like policies."""


@dataclass(frozen=True)
class ObservedPrincipal(Observed):
    """The observed state of a user, group or role.

    ``policies`` are the attached policies and ``memberships`` the groups of a user or the members of a group; both are
    read only if they are needed. ``callers`` are those principals among the affected ones that the run stands on.
    """

    policies: tuple[PolicyRef, ...] = ()
    memberships: tuple[str, ...] = ()
    callers: frozenset[Principal] = frozenset()


@dataclass(frozen=True)
class Obstacle:
    """What RAM wants to be removed before it deletes a principal.

    ``option`` is the option that has it removed, by these changes; None if no module can. ``assumable``: in check mode, an
    earlier task may have removed it. ``declared``: the same declaration says that it is to go.
    """

    what: str
    code: str
    option: str | None = None
    changes: Sequence[Change] = ()
    assumable: bool = False
    declared: bool = False


@dataclass(frozen=True)
class PrincipalEntity(Entity):
    """A declared user, group or role. With ``detach``, its deletion takes its policies and memberships from it first."""

    task_spec: ClassVar[Mapping[str, Any]] = SELF_SPEC

    detach: bool = False
    allow_self: bool = False

    @classmethod
    def spec(cls) -> dict[str, Any]:
        spec = super().spec()
        state = spec.pop("state")
        return {**spec, "detach": {"type": "bool", "default": False}, "state": state}

    @classmethod
    def from_params(cls, options: Mapping[str, Any], where: str = "", alone: bool = False) -> Any:
        entity = super().from_params(options, where, alone)
        return replace(entity, detach=bool(options.get("detach")), allow_self=bool(options.get("allow_self")))

    @property
    def principal(self) -> Principal:
        return Principal(self._api_kind, self.name)

    @property
    def identity(self) -> tuple[str, ...]:
        return (self.noun, self.principal.key)

    async def observe(self, api: Any) -> ObservedPrincipal:
        observed = self.observation(await super().observe(api))
        if not self.present and observed.entity is not None:
            policies, observed = await concurrently(self.principal.policies(api), self.observe_obstacles(api, observed))
            observed = replace(observed, policies=tuple(sorted(policies or ())))
            if not self.allow_self:
                observed = replace(observed, callers=await callers_among(api, [self.principal]))
        return observed

    def observation(self, observed: Observed) -> ObservedPrincipal:
        """Return the observation, as the type that the kind uses."""
        return ObservedPrincipal(observed.entity, observed.tags)

    async def observe_obstacles(self, api: Any, observed: Any) -> Any:
        """Return the observation with what else may be an obstacle to the deletion."""
        return observed

    def effects(self, observed: ObservedPrincipal) -> Effects:
        effects = super().effects(observed)
        if self.present or not self.detach:
            return effects
        return replace(effects, detaches=frozenset((self.principal, policy) for policy in observed.policies))

    def plan_deletion(self, observed: ObservedPrincipal, references: References) -> Plan:
        self.check_owner(observed)
        self.refuse_callers(observed.callers, "deleted")
        obstacles = [*self._policies_in_the_way(observed, references), *self.obstacles(observed, references)]
        left = [one for one in obstacles if not (one.declared or (one.option and getattr(self, one.option)))]
        if [one for one in left if not (one.assumable and references.assume)]:
            raise self._in_the_way(left)
        cleared = [one for one in obstacles if one not in left]
        codes = tuple(dict.fromkeys(one.code for one in obstacles))
        return Plan(
            self._without(observed),
            [*(change for one in cleared for change in one.changes), self.deletion(codes)],
            assumed=[f"{one.what} is taken from {self.label} by an earlier task" for one in left],
        )

    def obstacles(self, observed: Any, references: References) -> Iterable[Obstacle]:
        """Yield what else is in the way of the deletion."""
        return ()

    def _without(self, observed: ObservedPrincipal) -> ObservedPrincipal:
        return self.observation(Observed(None))

    def _policies_in_the_way(self, observed: ObservedPrincipal, references: References) -> Iterable[Obstacle]:
        for policy in observed.policies:
            change = detachment(self, self.principal, policy, _holds(policy))
            declared = (self.principal, policy) in references.detaches
            yield Obstacle(f"the {policy}", f"DeleteConflict.{self.entity}.Policy", "detach", [change], True, declared)

    def _in_the_way(self, obstacles: Sequence[Obstacle]) -> ConflictError:
        ways = []
        for option in dict.fromkeys(one.option for one in obstacles):
            what = ", ".join(one.what for one in obstacles if one.option == option)
            how = f"set {option_name(option)}: true" if option else "no module can remove it; remove it first"
            ways.append(f"{what} ({how})")
        return ConflictError(
            f"{self.label[:1].upper()}{self.label[1:]} is kept, because RAM deletes none that still has {'; '.join(ways)}.",
            in_the_way=[one.what for one in obstacles],
        )

    def diff_view(self, observed: ObservedPrincipal) -> dict[str, Any]:
        view = super().diff_view(observed)
        if view and observed.policies:
            view["policies"] = [str(policy) for policy in observed.policies]
        return view

    def refuse_callers(self, callers: Iterable[Principal], fate: str) -> None:
        """Raise ConflictError if the run stands on this principal, which would be deleted, changed or the like."""
        for principal in callers:
            if self.allow_self:
                return
            relation = "belongs to" if principal.kind == "group" else "is, or was entered by,"
            raise ConflictError(
                f"The caller {relation} {principal}, which would be {fate}. Set {option_name('allow_self')}: true if that "
                "is meant."
            )


def _holds(policy: PolicyRef) -> Callable[[ObservedPrincipal], bool]:
    return lambda seen: policy in seen.policies


def membership_change(resource: Entity, adds: bool, user: str, group: str, shows: Any) -> Change:
    """Return the change that adds a user to a group or removes it from there.

    ``shows`` returns whether the user is a member in an observation of the resource. Source: AddUserToGroup,
    RemoveUserFromGroup.
    """
    return Change(
        "AddUserToGroup" if adds else "RemoveUserFromGroup",
        f"user {user!r} in group {group!r}",
        {"UserName": user, "GroupName": group},
        Stage.ATTACH if adds else Stage.DETACH,
        resource,
        shows,
        wanted=adds,
        satisfied_by=("EntityAlreadyExists.User.Group",) if adds else ("EntityNotExist",),
        retry_on=("EntityNotExist.",) if adds else (),
    )
