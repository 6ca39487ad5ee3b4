# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A baseline: any number of resources that are declared together, for one account or for many."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._api import Api, Pacer
from ansible_collections.alicloud.ram.plugins.module_utils._converge import converge, observe
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ConflictError, DeclarationError, RamError
from ansible_collections.alicloud.ram.plugins.module_utils._fleet import (
    Member,
    allowed_failures,
    counted,
    failures_first,
    gathered,
    run_fleet,
    summary,
)
from ansible_collections.alicloud.ram.plugins.module_utils._options import (
    ASSUME_ROLE_SPEC,
    AssumeRole,
    account_id_of,
)
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


ACCOUNT_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "account_id": {"type": "str"},
    "assume_role": {
        "type": "dict",
        "options": ASSUME_ROLE_SPEC,
        "required_one_of": [("role_arn", "role_name")],
        "mutually_exclusive": [("role_arn", "account_id"), ("role_arn", "role_name")],
    },
    "variables": {"type": "dict", "default": {}},
}

SPEC: dict[str, Any] = {
    "service_linked_roles": _entries(service_linked_role.SPEC),
    "policies": _entries(policy.SPEC),
    **{f"{kind}_policies": _entries(principal_policies.spec(kind)) for kind in KINDS},
    **service_linked_role.WAIT_SPEC,
    **principal_policies.SELF_SPEC,
    "accounts": {
        "type": "list",
        "elements": "dict",
        "options": ACCOUNT_SPEC,
        "required_one_of": [("account_id", "assume_role")],
    },
    "max_concurrency": {"type": "int", "default": 50},
    "max_failures": {"type": "str", "default": "100%"},
    "assume_role_rate": {"type": "float", "default": 90},
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
    if params.get("accounts") is not None:
        return _prepare_fleet(params)
    return _prepare_one(params)


def _prepare_one(params: Mapping[str, Any]) -> Work:
    declared = resources_of(params)

    async def work(api: Api, check_mode: bool) -> dict[str, Any]:
        account_id = await _account_id(api)
        outcome = await converge(api, [resource for section, resource in declared], check_mode)
        facts = [settled.facts for settled in outcome.settled]
        diff = [part for part in (settled.diff() for settled in outcome.settled) if part["before"] != part["after"]]
        return result_of(outcome, {"baseline": _grouped(account_id, declared, facts)}, diff)

    return work


_NAME = "[A-Za-z_][A-Za-z0-9_]*"


@dataclass(frozen=True)
class _Account:
    """An entry of ``accounts``: ``role`` None means the credentials' own account."""

    name: str
    account_id: str
    role: AssumeRole | None
    variables: Mapping[str, Any]

    @classmethod
    def from_params(cls, params: Mapping[str, Any], where: str) -> _Account:
        """Raises DeclarationError, naming the entry and the option."""
        declared = account_id_of(params, f"{where}account_id") if params.get("account_id") is not None else None
        role = None
        if params.get("assume_role"):
            given = dict(params["assume_role"])
            if given.get("role_arn") is None and given.get("account_id") is None:
                given["account_id"] = declared
            role = AssumeRole.from_params(given, f"{where}assume_role")
            if declared and role.account_id != declared:
                raise DeclarationError(
                    f"{where}account_id is {declared}, but assume_role is a role of account {role.account_id}."
                )
        variables = params.get("variables") or {}
        for name, value in variables.items():
            if not re.fullmatch(_NAME, str(name)) or not isinstance(value, (str, int, float)):
                raise DeclarationError(
                    f"{where}variables: {name!r} must be a name of letters, digits and '_', with a text or a number."
                )
        account_id = declared or (role.account_id if role else "")
        own = {"account_id": account_id, "name": params.get("name") or account_id}
        return cls(own["name"], account_id, role, {**variables, **own})


def _prepare_fleet(params: Mapping[str, Any]) -> Work:
    """The same baseline for many accounts, each with its own variables. Raises DeclarationError, for any of them."""
    entries = params["accounts"]
    if not entries:
        raise DeclarationError("accounts: the list is empty. Leave it out to declare the credentials' own account.")
    if params["max_concurrency"] < 1:
        raise DeclarationError(f"max_concurrency: {params['max_concurrency']} is not a number from 1 on.")
    if not params["assume_role_rate"] >= 0:
        raise DeclarationError(f"assume_role_rate: {params['assume_role_rate']} is not a number of calls a second.")
    failures_allowed = allowed_failures(params["max_failures"], len(entries))
    sections: dict[str, Any] = {name: params.get(name) or [] for name in _SECTIONS}
    sections["policies"] = [_with_document_as_data(entry) for entry in sections["policies"]]
    shared = {name: value for name, value in params.items() if name not in _SECTIONS}
    accounts = [_Account.from_params(entry, f"accounts entry {index}: ") for index, entry in enumerate(entries, 1)]
    works = []
    for index, account in enumerate(accounts, 1):
        try:
            works.append(_prepare_one({**shared, **substituted(sections, account.variables)}))
        except RamError as error:
            raise DeclarationError(f"accounts entry {index} ({account.name}): {error.message}") from None
    seen: dict[str, list[int]] = {}
    for index, account in enumerate(accounts, 1):
        seen.setdefault(account.account_id, []).append(index)

    async def work(hub: Api, check_mode: bool) -> dict[str, Any]:
        if params["assume_role_rate"]:
            hub.assume_role_pacer = Pacer(params["assume_role_rate"], hub.clock)

        def member(account: _Account, declared: Work) -> Member:
            async def converged() -> dict[str, Any]:
                if len(seen[account.account_id]) > 1:
                    numbers = " and ".join(map(str, seen[account.account_id]))
                    raise ConflictError(f"The account is in accounts more than once, as entries {numbers}.")
                api = hub.assuming(account.role) if account.role else hub
                return await declared(await api.guarded(account.account_id), check_mode)

            return Member(account.name, account.account_id, converged)

        members = [member(account, declared) for account, declared in zip(accounts, works)]
        results = await run_fleet(members, params["max_concurrency"], failures_allowed, hub.clock, hub.tell)
        return _fleet_result(results)

    return work


def _with_document_as_data(policy: Mapping[str, Any]) -> Mapping[str, Any]:
    """So that a variable cannot be anything but text inside of one of the document's texts."""
    try:
        return {**policy, "document": json.loads(policy["document"])}
    except (TypeError, ValueError, RecursionError):
        return policy  # it is data already or, if it is not JSON, refused like any other


def _fleet_result(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    warnings, diff = [], []
    for result in results:
        warnings += [(result["name"], text) for text in result.pop("warnings", ())]
        for part in result.pop("diff", ()):
            header = f"{result['name']}: {part['before_header']}"
            diff.append({**part, "before_header": header, "after_header": header})
    message = summary(results)
    return {
        **({"failed": True, "msg": message} if message else {}),
        "changed": any(result["changed"] for result in results),
        "counts": counted(results),
        "accounts": failures_first(results),
        "diff": diff,
        "warnings": list(gathered(warnings)),
    }


_PLACEHOLDER = re.compile(rf"\$\$\{{|\$\{{({_NAME})\}}")


def substituted(value: Any, variables: Mapping[str, Any]) -> Any:
    """A declaration with each ``${name}`` in its texts replaced; ``$${`` stands for ``${``.

    Raises DeclarationError for a name that is not among the variables.
    """

    def one(found: re.Match[str]) -> str:
        name = found.group(1)
        if name is None:
            return "${"
        if name not in variables:
            raise DeclarationError(
                f"${{{name}}} is not a variable of this account, which has {', '.join(sorted(variables))}. "
                f"Write $${{{name}}} for the text itself."
            )
        return str(variables[name])

    if isinstance(value, str):
        return _PLACEHOLDER.sub(one, value)
    if isinstance(value, Mapping):
        return {substituted(key, variables): substituted(item, variables) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [substituted(item, variables) for item in value]
    return value


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
