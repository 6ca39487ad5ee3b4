# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The removal of what a declaration has made: which resources are deleted or detached, and which are left.

Only what carries the tag of its declared owner is certain to be the declaration's. Everything else is left, and listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._errors import NotOwnedError
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    Effects,
    Kind,
    Plan,
    References,
    Removal,
    Resource,
)


@dataclass(frozen=True)
class RemovalRules:
    """What may be deleted although no tag says that it is the declaration's: service-linked roles, and these names."""

    service_linked_roles: bool = False
    unowned: frozenset[str] = frozenset()


def removal(kind: Kind, options: Mapping[str, Any], where: str, rules: RemovalRules) -> Resource:
    """Return the resource that removes what an entry with these options declares present. Raises DeclarationError."""
    absent = {**options, "state": "absent"}
    if kind.removal is Removal.DETACH:
        return kind.declare({**absent, "exclusive": False}, where, False)
    if kind.removal is Removal.OWNED:
        name = str(options["name"])
        if name in rules.unowned:
            return kind.declare({**absent, "adopt": True}, where, False)
        if options.get("managed_by"):
            return _IfOwned(kind.declare({**absent, "adopt": False}, where, False))
        return _left(kind, options, where, "it is declared without managed_by, so nothing says who made it")
    if kind.removal is Removal.ON_REQUEST and rules.service_linked_roles:
        return kind.declare(absent, where, False)
    reasons = {
        Removal.ON_REQUEST: "its service may stop working without it; delete_service_linked_roles deletes it",
        Removal.LEAVE: "RAM keeps no tag on it that says who made it",
    }
    return _left(kind, options, where, reasons[kind.removal])


def _left(kind: Kind, options: Mapping[str, Any], where: str, reason: str) -> Resource:
    selected = {option: options[option] for option in kind.info_spec if options.get(option) is not None}
    defaults = {option: spec["default"] for option, spec in kind.info_spec.items() if "default" in spec}
    return _Left(kind.look_up({**dict.fromkeys(kind.info_spec), **defaults, **selected}, where), reason)


@dataclass(frozen=True)
class _Wrapper(Resource):
    """A resource that is planned by rules of its own, and otherwise is the one in it."""

    resource: Resource

    @property
    def identity(self) -> tuple[str, ...]:
        return self.resource.identity

    @property
    def label(self) -> str:
        return self.resource.label

    async def observe(self, api: Any) -> Any:
        return await self.resource.observe(api)

    def result(self, observed: Any) -> Any:
        return self.resource.result(observed)

    def diff_view(self, observed: Any) -> Any:
        return self.resource.diff_view(observed)


@dataclass(frozen=True)
class _IfOwned(_Wrapper):
    """Is removed if its tag names its owner, else left."""

    def effects(self, observed: Any) -> Effects:
        return Effects() if self._left(observed) else self.resource.effects(observed)

    def plan(self, observed: Any, references: References) -> Plan:
        left = self._left(observed)
        return Plan(observed, left=left) if left else self.resource.plan(observed, references)

    def _left(self, observed: Any) -> list[str]:
        if not self.resource.result(observed):
            return []  # it does not exist
        try:
            self.resource.check_owner(observed)
        except NotOwnedError as error:
            return [f"{self.label} is left: {error.reason}"]
        return []


@dataclass(frozen=True)
class _Left(_Wrapper):
    """Is left, and listed if it exists."""

    reason: str

    def plan(self, observed: Any, references: References) -> Plan:
        exists = bool(self.resource.result(observed))
        return Plan(observed, left=[f"{self.label} is left: {self.reason}"] if exists else [])
