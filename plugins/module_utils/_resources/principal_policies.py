# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies attached to a user, group or role."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._errors import ConflictError, DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._names import entry_option, option_name
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import (
    KINDS as PRINCIPALS,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import (
    SELF_SPEC,
    PolicyRef,
    Principal,
    attachment,
    callers_among,
    detachment,
    exists,
    holders,
    self_detachment,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    Effects,
    Kind,
    Plan,
    References,
    Removal,
    Resource,
    checked_name,
    concurrently,
    read_or_none,
)


def spec(kind: str) -> dict[str, Any]:
    """Return the options of one principal, for the module and for a baseline entry."""
    return {
        f"{kind}_name": {"type": "str", "required": True},
        "policies": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "name": {"type": "str", "required": True},
                "type": {"type": "str", "choices": ["Custom", "System"], "default": "Custom"},
            },
        },
        "exclusive": {"type": "bool", "default": False},
        "allow_empty": {"type": "bool", "default": False},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }


# Policies that can be attached to a user, group or role, by type. Source: RAM's "Limitations".
MAX_ATTACHED = {"Custom": 10, "System": 20}


@dataclass(frozen=True)
class Observed:
    """The observed state.

    ``attached`` contains all policies of the principal, or only the declared ones if they were read by policy.
    """

    exists: bool = True
    attached: Mapping[PolicyRef, Mapping[str, Any]] = field(default_factory=dict)
    missing: frozenset[PolicyRef] = frozenset()
    namesakes: frozenset[str] = frozenset()
    """Names of missing policies for which a policy of the other type exists."""
    service_linked: bool = False
    is_caller: bool = False


@dataclass(frozen=True)
class PrincipalPolicies(Resource):
    """The declared policies of a principal, attached or not; with ``exclusive``, no other policies are attached.

    With ``by_policy``, it reads the principals of each declared policy, not the policies of this principal. That is one
    call per policy, however many principals are declared for it.
    """

    principal: Principal
    policies: tuple[PolicyRef, ...]
    present: bool = True
    exclusive: bool = False
    allow_self: bool = False
    by_policy: bool = False
    beside: frozenset[PolicyRef] = frozenset()
    """The policies in use that other resources of the declaration declare present."""
    declared_only: bool = False
    """Whether to return only the declared policies; reading by policy returns no others."""

    @classmethod
    def from_params(
        cls, kind: str, params: Mapping[str, Any], where: str = "", alone: bool = True
    ) -> PrincipalPolicies:
        """Create the resource from the options of a module or a baseline entry.

        Raises DeclarationError, which names the option.
        """
        principal = Principal(kind, checked_name(kind, params[f"{kind}_name"], entry_option(where, f"{kind}_name")))
        policies = [
            PolicyRef(
                checked_name("policy", policy["name"], entry_option(where, "policies.name")),
                policy.get("type") or "Custom",
            )
            for policy in params["policies"]
        ]
        present, exclusive = params.get("state", "present") == "present", bool(params.get("exclusive"))
        if exclusive and not present:
            raise DeclarationError(
                f"{where}exclusive: it says that {principal} has the listed policies and no others, which has no "
                "meaning with state=absent."
            )
        if exclusive and not policies and not params.get("allow_empty"):
            raise DeclarationError(
                f"{where}policies: an empty list with exclusive=true takes every policy from {principal}. Set "
                "allow_empty: true if that is meant."
            )
        return cls(
            principal=principal,
            policies=tuple(sorted(set(policies))),
            present=present,
            exclusive=exclusive,
            allow_self=bool(params.get("allow_self")),
            declared_only=not (alone or exclusive),
        )

    @property
    def identity(self) -> tuple[str, ...]:
        return (f"{self.principal.kind}_policies", self.principal.key)

    @property
    def label(self) -> str:
        return f"policies of {self.principal}"

    @property
    def grants(self) -> frozenset[tuple[Principal, PolicyRef]]:
        return frozenset((self.principal, policy) for policy in self.policies if self.present)

    @classmethod
    def share_reads(cls, resources: Sequence[Resource]) -> list[Resource]:
        """Read by policy unless more policies than principals are declared; see ``by_policy``."""
        shared = {
            number: item
            for number, item in enumerate(resources)
            if isinstance(item, PrincipalPolicies) and item.policies and not item.exclusive
        }
        policies = {policy for item in shared.values() for policy in item.policies}
        if len(resources) == 1 or len(policies) > len(shared):
            return list(resources)
        beside: frozenset[Any] = frozenset().union(*(item.provides for item in resources)) & policies
        return [
            replace(shared[number], by_policy=True, beside=beside) if number in shared else item
            for number, item in enumerate(resources)
        ]

    async def observe(self, api: Any) -> Observed:
        if self.by_policy and not self.exclusive:
            observed = await self._observe_by_policy(api)
        else:
            attached = await self.principal.policies(api)
            observed = Observed(exists=attached is not None, attached=attached or {})
        attaching, detaching = self._to_attach(observed), self._to_detach(observed)
        reads: dict[Any, Any] = {}
        if attaching and self.by_policy and not observed.attached:
            reads["exists"] = self._exists(api)
        for policy in attaching:
            reads[policy] = self._namesake(api, policy, observed)
        if (attaching or detaching) and self.principal.kind == "role":
            reads["service_linked"] = self._is_service_linked(api)
        if detaching and not self.allow_self:
            reads["is_caller"] = self._is_caller(api)
        found = dict(zip(reads, await concurrently(*reads.values())))
        namesakes = {policy: found.pop(policy) for policy in attaching}
        return replace(
            observed,
            missing=observed.missing.union(policy for policy, namesake in namesakes.items() if namesake is not None),
            namesakes=frozenset(policy.name for policy, namesake in namesakes.items() if namesake),
            **found,
        )

    def effects(self, observed: Observed) -> Effects:
        return Effects(
            attaches=frozenset((self.principal, policy) for policy in self._to_attach(observed)),
            detaches=frozenset((self.principal, policy) for policy in self._to_detach(observed)),
        )

    def plan(self, observed: Observed, references: References) -> Plan:
        attaching, detaching = self._to_attach(observed), self._to_detach(observed)
        assumed: list[str] = []
        principal_goes = self.principal in references.removes
        if principal_goes and self.present:
            raise DeclarationError(
                f"Policies are declared for {self.principal}, which is declared as absent. Leave out one of the two."
            )
        for policy in self.policies if self.present else ():
            if policy in references.removes:
                raise DeclarationError(
                    f"The {policy} is declared for {self.principal} and as absent; it cannot be both."
                )
        if not observed.exists and self.present and self.principal not in references.provides:
            problem = f"{option_name(f'{self.principal.kind}_name')}: {self.principal} does not exist"
            assumed += _assumed(problem, f"{self.principal} exists", references)
        if observed.service_linked:
            raise ConflictError(
                f"role_name: {self.principal.name!r} is a service-linked role; its policies are the service's own and "
                "cannot be changed."
            )
        for policy in attaching:
            if policy in observed.missing and policy not in references.provides:
                assumed += self._missing(policy, observed, references)
        if detaching and observed.is_caller:
            raise self_detachment(self.principal, detaching[0])
        detachments = [detachment(self, self.principal, policy, _is_listed(policy)) for policy in detaching]
        attached = {policy: facts for policy, facts in observed.attached.items() if policy not in detaching}
        attached.update({policy: {} for policy in attaching})
        return Plan(
            replace(observed, exists=observed.exists or bool(attaching), attached=attached),
            [attachment(self, self.principal, policy, _is_attached(policy)) for policy in attaching]
            + ([] if principal_goes else detachments),  # the deletion of the principal includes them
            assumed=assumed,
            limits=self._passed_limits(attached) if attaching else (),
        )

    def _passed_limits(self, attached: Mapping[PolicyRef, Any]) -> list[str]:
        """Return which limits on attached policies are passed; all that are attached are known unless they were read by policy."""
        found = []
        for kind, limit in MAX_ATTACHED.items():
            number = sum(policy.type == kind for policy in attached)
            if number > limit:
                found.append(
                    f"{self.principal} would have {number} {kind.lower()} policies attached; RAM allows {limit}, unless the account's "
                    "quota was raised."
                )
        return found

    def result(self, observed: Observed) -> dict[str, Any]:
        if not observed.exists and not self.declared_only:
            return {}
        policies = [
            {
                "policy_name": policy.name,
                "policy_type": policy.type,
                "attach_date": facts.get("AttachDate"),
            }
            for policy, facts in sorted(self._returned(observed).items())
        ]
        return {f"{self.principal.kind}_name": self.principal.name, "policies": policies}

    def diff_view(self, observed: Observed) -> dict[str, Any]:
        if not observed.exists and not self.declared_only:
            return {}
        return {
            f"{self.principal.kind}_name": self.principal.name,
            "policies": [{"name": policy.name, "type": policy.type} for policy in sorted(self._returned(observed))],
        }

    def _returned(self, observed: Observed) -> dict[PolicyRef, Mapping[str, Any]]:
        return {
            policy: facts
            for policy, facts in observed.attached.items()
            if not self.declared_only or policy in self.policies
        }

    def _to_attach(self, observed: Observed) -> list[PolicyRef]:
        return [policy for policy in self.policies if self.present and policy not in observed.attached]

    def _to_detach(self, observed: Observed) -> list[PolicyRef]:
        if self.exclusive:
            return [policy for policy in sorted(observed.attached) if policy not in self.policies]
        return [policy for policy in self.policies if not self.present and policy in observed.attached]

    async def _observe_by_policy(self, api: Any) -> Observed:
        found = dict(zip(self.policies, await concurrently(*(self._holders(api, policy) for policy in self.policies))))
        return Observed(
            attached={
                policy: holding[self.principal]
                for policy, holding in found.items()
                if holding and self.principal in holding
            },
            missing=frozenset(policy for policy, holding in found.items() if holding is None),
        )

    async def _exists(self, api: Any) -> bool:
        operation = f"Get{self.principal.kind.title()}"
        return await read_or_none(api, operation, **self.principal.parameters) is not None

    async def _holders(self, api: Any, policy: PolicyRef) -> Mapping[Principal, Mapping[str, Any]] | None:
        # A declared policy is read anyway; if it does not exist, it is attached to nobody, which saves this call.
        if policy in self.beside and not await exists(api, policy):
            return None
        return await holders(api, policy)

    async def _namesake(self, api: Any, policy: PolicyRef, observed: Observed) -> bool | None:
        """Return None if the policy exists, otherwise whether one of the same name and the other type exists."""
        if policy not in observed.missing and await exists(api, policy):
            return None
        return await exists(api, PolicyRef(policy.name, "System" if policy.type == "Custom" else "Custom"))

    async def _is_service_linked(self, api: Any) -> bool:
        answer = await read_or_none(api, "GetRole", **self.principal.parameters)
        return bool(((answer or {}).get("Role") or {}).get("IsServiceLinkedRole"))

    async def _is_caller(self, api: Any) -> bool:
        return bool(await callers_among(api, [self.principal]))

    def _missing(self, policy: PolicyRef, observed: Observed, references: References) -> list[str]:
        problem = f"{policy}, declared for {self.principal}, does not exist"
        if policy.name in observed.namesakes:
            other = "System" if policy.type == "Custom" else "Custom"
            raise ConflictError(f"policies: the {problem}; there is a policy of that name with type: {other}.")
        if policy.type == "System":
            raise ConflictError(f"policies: the {problem}; system policies are the service's, check the name.")
        return _assumed(f"policies: the {problem}", f"{policy} exists", references)


def _is_attached(policy: PolicyRef) -> Callable[[Observed], bool | None]:
    return lambda observed: policy in observed.attached if observed.exists else None


def _is_listed(policy: PolicyRef) -> Callable[[Observed], bool]:
    return lambda observed: policy in observed.attached


def _assumed(problem: str, assumption: str, references: References) -> list[str]:
    """Return the assumption under which the problem does not exist. Raises ConflictError if nothing may be assumed."""
    if not references.assume:
        raise ConflictError(f"{problem}. Create it first, or correct the name.")
    return [assumption]


def _kind(principal: str) -> Kind:
    options, name = spec(principal), f"{principal}_name"
    return Kind(
        name=f"{principal}_policies",
        section=f"{principal}_policies",
        spec=options,
        info_spec={name: options[name]},
        declare=functools.partial(PrincipalPolicies.from_params, principal),
        look_up=lambda params, where: PrincipalPolicies.from_params(principal, {"policies": [], **params}, where),
        task_spec=SELF_SPEC,
        removal=Removal.DETACH,
    )


KINDS = tuple(_kind(principal) for principal in PRINCIPALS)
