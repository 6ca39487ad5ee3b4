# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups: a group with these comments and members is present, or no group with this name exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._errors import ConflictError, DeclarationError, quote
from ansible_collections.alicloud.ram.plugins.module_utils._names import entry_option, option_name
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import (
    Principal,
    callers_among,
    members_of,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    Change,
    Effects,
    Listing,
    Plan,
    References,
    checked_name,
    concurrently,
    read_or_none,
    split_texts,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.crud import Field, Observed
from ansible_collections.alicloud.ram.plugins.module_utils._resources.principal import (
    ObservedPrincipal,
    Obstacle,
    PrincipalEntity,
    membership_change,
)


@dataclass(frozen=True)
class ObservedGroup(ObservedPrincipal):
    """``missing`` are the declared members that are no users of the account."""

    missing: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Group(PrincipalEntity):
    """A declared group. ``members`` are users that belong to it, with ``exclusive`` no others; None leaves members alone."""

    noun = "group"
    entity = "Group"
    # Whether RAM lets comments be emptied is not documented; RAM decides.
    fields = (Field("comments", "Comments", high=128, default=""),)
    facts = ("GroupId", "CreateDate", "UpdateDate")
    listing = Listing(
        "ListGroups", ("Groups", "Group"), "GroupName", ("GroupId", "Comments", "CreateDate", "UpdateDate"), size=100
    )

    members: tuple[str, ...] | None = None
    exclusive: bool = False
    reads_members: bool = False

    @classmethod
    def spec(cls) -> dict[str, Any]:
        spec = super().spec()
        detach, state = spec.pop("detach"), spec.pop("state")
        return {
            **spec,
            "members": {"type": "list", "elements": "str"},
            "exclusive": {"type": "bool", "default": False},
            "allow_empty": {"type": "bool", "default": False},
            "detach": detach,
            "state": state,
        }

    @classmethod
    def from_params(cls, options: Mapping[str, Any], where: str = "", alone: bool = False) -> Any:
        group = super().from_params(options, where, alone)
        members, place = options.get("members"), entry_option(where, "members")
        exclusive = bool(options.get("exclusive"))
        if members is not None:
            members = [checked_name("user", name, place) for name in split_texts(members)]
            _refuse_twins(members, place)
        if exclusive and members is None:
            raise DeclarationError(f"{entry_option(where, 'exclusive')}: it is about members, which are not given.")
        if exclusive and not members and not options.get("allow_empty"):
            raise DeclarationError(
                f"{place}: an empty list with exclusive=true takes every member from {group.label}. Set "
                f"{entry_option(where, 'allow_empty')}: true if that is meant."
            )
        if not group.present:
            members, exclusive = None, False
        return replace(
            group, members=None if members is None else tuple(sorted(members)), exclusive=exclusive, reads_members=alone
        )

    @classmethod
    def look_up(cls, options: Mapping[str, Any], where: str = "") -> Any:
        return replace(super().look_up(options, where), reads_members=True)

    def observation(self, observed: Observed) -> ObservedGroup:
        return ObservedGroup(observed.entity, observed.tags)

    async def observe(self, api: Any) -> ObservedGroup:
        observed: Any = await super().observe(api)
        if observed.entity is not None and self.present and (self.members is not None or self.reads_members):
            observed = replace(observed, memberships=tuple(await members_of(api, self.name)))
        adding, removing = self._adding(observed), self._removing(observed)
        if adding:
            users = await concurrently(*(read_or_none(api, "GetUser", UserName=name) for name in adding))
            observed = replace(observed, missing=frozenset(name for name, user in zip(adding, users) if user is None))
        if removing and not self.allow_self:
            found = await callers_among(api, [Principal("user", name) for name in removing])
            observed = replace(observed, callers=observed.callers | found)
        return observed

    async def observe_obstacles(self, api: Any, observed: Any) -> Any:
        return replace(observed, memberships=tuple(await members_of(api, self.name)))

    def _adding(self, observed: ObservedGroup) -> list[str]:
        return [name for name in self.members or () if name not in observed.memberships]

    def _removing(self, observed: ObservedGroup) -> list[str]:
        if not self.present:
            return list(observed.memberships) if self.detach else []
        return [name for name in observed.memberships if name not in (self.members or ())] if self.exclusive else []

    def effects(self, observed: Any) -> Effects:
        effects = super().effects(observed)
        leaving = frozenset((Principal("user", name), self.principal) for name in self._removing(observed))
        return replace(effects, detaches=effects.detaches | leaving)

    def plan(self, observed: Any, references: References) -> Plan:
        plan = super().plan(observed, references)
        if not self.present:
            return plan
        adding, removing = self._adding(observed), self._removing(observed)
        assumed = list(plan.assumed)
        for name in self.members or ():
            user = Principal("user", name)
            if user in references.removes:
                raise DeclarationError(
                    f"The {user} is declared as a member of {self.label} and as absent; it cannot be both."
                )
            if name in observed.missing and user not in references.provides:
                if not references.assume:
                    raise ConflictError(
                        f"{option_name('members')}: the {user}, declared as a member of {self.label}, does not exist. Create "
                        "it first, or correct the name."
                    )
                assumed.append(f"{user} exists")
        self.refuse_callers([one for one in observed.callers if one.name in removing], f"taken out of {self.label}")
        changes = [self._membership(True, name) for name in adding] + [
            self._membership(False, name) for name in removing
        ]
        members = tuple(sorted({*observed.memberships, *adding} - {*removing}))
        return replace(
            plan,
            after=replace(plan.after, memberships=members, missing=frozenset()),
            changes=[*plan.changes, *changes],
            assumed=assumed,
        )

    def obstacles(self, observed: Any, references: References) -> Iterable[Obstacle]:
        for name in observed.memberships:
            change = self._membership(False, name)
            yield Obstacle(f"the member {name!r}", "DeleteConflict.Group.User", "detach", [change], True)

    def _membership(self, adds: bool, name: str) -> Change:
        return membership_change(self, adds, name, self.name, lambda seen: name in seen.memberships)

    def result(self, observed: Any) -> dict[str, Any]:
        result = super().result(observed)
        if result:
            is_read = self.members is not None or self.reads_members
            result["members"] = list(observed.memberships) if is_read else None
        return result

    def diff_view(self, observed: Any) -> dict[str, Any]:
        view = super().diff_view(observed)
        if view and (self.members is not None or observed.memberships):
            view["members"] = list(observed.memberships)
        return view


def _refuse_twins(names: list[str], place: str) -> None:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.get(name.lower())
        if other is not None:
            same = "twice" if other == name else f"beside {quote(other)}, which differs in case only"
            raise DeclarationError(f"{place}: {quote(name)} is listed {same}. List each user once.")
        seen[name.lower()] = name


KIND = Group.kind("groups")
