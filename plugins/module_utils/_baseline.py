# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A baseline: any number of resources that are declared together for one account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._api import Api
from ansible_collections.alicloud.ram.plugins.module_utils._converge import converge, observe
from ansible_collections.alicloud.ram.plugins.module_utils._plan import Resource
from ansible_collections.alicloud.ram.plugins.module_utils._resources import (
    policy,
    principal_policies,
    service_linked_role,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import KINDS
from ansible_collections.alicloud.ram.plugins.module_utils._resources.policy import Policy
from ansible_collections.alicloud.ram.plugins.module_utils._resources.principal_policies import PrincipalPolicies
from ansible_collections.alicloud.ram.plugins.module_utils._resources.service_linked_role import ServiceLinkedRole
from ansible_collections.alicloud.ram.plugins.module_utils._run import Work, result_of

_SECTIONS = ("service_linked_roles", "policies") + tuple(f"{kind}_policies" for kind in KINDS)


def _entries(options: dict[str, Any]) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "options": options, "default": []}


SPEC: dict[str, Any] = {
    "service_linked_roles": _entries(service_linked_role.SPEC),
    "policies": _entries(policy.SPEC),
    **{f"{kind}_policies": _entries(principal_policies.spec(kind)) for kind in KINDS},
    **service_linked_role.WAIT_SPEC,
    **principal_policies.SELF_SPEC,
}

INFO_SPEC: dict[str, Any] = {
    "service_linked_roles": _entries(
        {name: service_linked_role.SPEC[name] for name in ("service_name", "custom_suffix")}
    ),
    "policies": _entries({"name": policy.SPEC["name"]}),
    **{f"{kind}_policies": _entries({f"{kind}_name": principal_policies.spec(kind)[f"{kind}_name"]}) for kind in KINDS},
}


def resources_of(params: Mapping[str, Any]) -> list[tuple[str, Resource]]:
    """(section, resource) in the order of declaration. Raises DeclarationError, naming section and entry."""
    shared = {name: params[name] for name in ("wait", "wait_timeout", "allow_self") if name in params}
    found: list[tuple[str, Resource]] = []
    for section in _SECTIONS:
        for number, entry in enumerate(params.get(section) or (), 1):
            found.append((section, _resource(section, {**entry, **shared}, f"{section} entry {number}: ")))
    return found


def prepare(params: Mapping[str, Any]) -> Work:
    """The work of the module ``baseline``."""
    declared = resources_of(params)

    async def work(api: Api, check_mode: bool) -> dict[str, Any]:
        account_id = await _account_id(api)
        outcome = await converge(api, [resource for section, resource in declared], check_mode)
        facts = [settled.facts for settled in outcome.settled]
        diff = [part for part in (settled.diff() for settled in outcome.settled) if part["before"] != part["after"]]
        return result_of(outcome, {"baseline": _grouped(account_id, declared, facts)}, diff)

    return work


def prepare_info(params: Mapping[str, Any]) -> Work:
    """The work of the module ``baseline_info``."""
    declared = [
        (section, _to_look_at(section, entry, f"{section} entry {number}: "))
        for section in _SECTIONS
        for number, entry in enumerate(params[section], 1)
    ]

    async def work(api: Api, check_mode: bool) -> dict[str, Any]:
        account_id = await _account_id(api)
        resources = [resource for section, resource in declared]
        facts = [resource.facts(seen) for resource, seen in zip(resources, await observe(api, resources))]
        return {"changed": False, "baseline": _grouped(account_id, declared, facts), "warnings": []}

    return work


def _resource(section: str, entry: Mapping[str, Any], where: str) -> Resource:
    if section == "service_linked_roles":
        return ServiceLinkedRole.from_params(entry, where)
    if section == "policies":
        return Policy.from_params(entry, where)
    resource = PrincipalPolicies.from_params(section.split("_", 1)[0], entry, where)
    return replace(resource, declared_only=not resource.exclusive)


def _to_look_at(section: str, entry: Mapping[str, Any], where: str) -> Resource:
    if section == "policies":
        return Policy.to_look_at(entry["name"], "Custom", where)
    if section == "service_linked_roles":
        return ServiceLinkedRole.from_params(entry, where)
    return PrincipalPolicies.from_params(section.split("_", 1)[0], {"policies": [], **entry}, where)


async def _account_id(api: Api) -> str:
    return api.account_id or (await api.identity()).account_id


def _grouped(account_id: str, declared: list[tuple[str, Resource]], facts: list[Any]) -> dict[str, Any]:
    grouped: dict[str, Any] = {"account_id": account_id, **{section: [] for section in _SECTIONS}}
    for (section, _resource_), found in zip(declared, facts):
        grouped[section].append(found)
    return grouped
