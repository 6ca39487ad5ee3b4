# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles: a role with this trust policy is present, or no role with this name exists. Service-linked roles are left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._errors import ConflictError, DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._names import entry_option
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import callers_among
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Listing, Plan, References
from ansible_collections.alicloud.ram.plugins.module_utils._resources.crud import Field, FieldType, Observed
from ansible_collections.alicloud.ram.plugins.module_utils._resources.principal import (
    ObservedPrincipal,
    PrincipalEntity,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.service_linked_role import NAME_PREFIX

_TRUST = Field("trust_policy", "AssumeRolePolicyDocument", FieldType.DOCUMENT, required=True, grammar=_document.TRUST)


@dataclass(frozen=True)
class ObservedRole(ObservedPrincipal):
    """``account_id`` is that of the role's account, if the trust policy lets in users or roles of accounts."""

    account_id: str = ""


@dataclass(frozen=True)
class Role(PrincipalEntity):
    """A declared role."""

    noun = "role"
    entity = "Role"
    fields = (
        _TRUST,
        # Whether RAM lets a description be emptied is not documented; RAM decides.
        Field("description", "Description", high=1024, default=""),
        Field("max_session_duration", "MaxSessionDuration", FieldType.NUMBER, default=3600, low=3600, high=43200),
    )
    facts = ("RoleId", "Arn", "CreateDate", "UpdateDate")
    kept = ("MaxSessionDuration", "AllowConsoleLogin")
    tagged = True
    owned = True
    name_rule = None
    listing = Listing(
        "ListRoles",
        ("Roles", "Role"),
        "RoleName",
        ("RoleId", "Arn", "Description", "MaxSessionDuration", "CreateDate", "UpdateDate"),
        prefix=NAME_PREFIX,
        without=True,
    )

    @classmethod
    def from_params(cls, options: Mapping[str, Any], where: str = "", alone: bool = False) -> Any:
        role = super().from_params(options, where, alone)
        if role.name.lower().startswith(NAME_PREFIX.lower()):
            raise DeclarationError(
                f"{entry_option(where, 'name')}: {role.name!r} is the name of a service-linked role; manage it with the module "
                "service_linked_role."
            )
        return role

    def observation(self, observed: Observed) -> ObservedRole:
        return ObservedRole(observed.entity, observed.tags)

    async def observe(self, api: Any) -> ObservedRole:
        observed: Any = await super().observe(api)
        if not self.present or _TRUST.option not in self.values:
            return observed
        if observed.entity is not None and self._changes_trust(observed) and not self.allow_self:
            observed = replace(observed, callers=await callers_among(api, [self.principal]))
        if _document.trusted_accounts(self.values[_TRUST.option]) - {"*"}:
            arn = str((observed.entity or {}).get("Arn") or "").split(":")
            account_id = arn[3] if len(arn) > 4 else await api.find_account_id()
            observed = replace(observed, account_id=account_id)
        return observed

    def plan(self, observed: Any, references: References) -> Plan:
        if observed.entity is not None and observed.entity.get("IsServiceLinkedRole"):
            raise ConflictError(
                f"{self.name!r} is a service-linked role; it belongs to its service. Manage it with the module "
                "service_linked_role."
            )
        if self.present and observed.entity is not None and self._changes_trust(observed):
            self.refuse_callers(observed.callers, "given another trust policy")
        plan = super().plan(observed, references)
        others = _document.trusted_accounts(self.values.get(_TRUST.option)) - {"*", observed.account_id}
        if not others or not observed.account_id:
            return plan
        return replace(
            plan,
            warnings=[
                f"{self.label}: trust_policy lets users and roles of account {', '.join(sorted(others))} assume the role "
                "without any condition. Consider a Condition with sts:ExternalId or acs:MFAPresent."
            ],
        )

    def _changes_trust(self, observed: Observed) -> bool:
        wanted, shown = self._wanted, self._shown(observed) or {}
        return wanted.get(_TRUST.option) != shown.get(_TRUST.option)


KIND = Role.kind("roles")
