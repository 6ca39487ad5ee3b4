# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a module's parameters to its result, with nothing of Ansible in between; and the wiring of a module."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Awaitable, Mapping
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.alicloud.ram.plugins.module_utils._api import SDK, Api, open_api
from ansible_collections.alicloud.ram.plugins.module_utils._converge import Outcome, converge, observe
from ansible_collections.alicloud.ram.plugins.module_utils._errors import RamError
from ansible_collections.alicloud.ram.plugins.module_utils._options import CONNECTION_RULES, CONNECTION_SPEC, Settings
from ansible_collections.alicloud.ram.plugins.module_utils._plan import Resource
from ansible_collections.alicloud.ram.plugins.module_utils._transport import Transport

Work = Callable[[Api, bool], Awaitable[dict[str, Any]]]
"""What a module does once its arguments are valid: given the API and whether in check mode, its result."""

Prepare = Callable[[Mapping[str, Any]], Work]
"""A module's own part: its parameters, checked, become work. Raises DeclarationError; calls nothing."""


def run_module(prepare: Prepare, argument_spec: Mapping[str, Any]) -> None:
    """A module's ``main``."""
    module = AnsibleModule(
        argument_spec={**CONNECTION_SPEC, **argument_spec}, supports_check_mode=True, **CONNECTION_RULES
    )
    absent = missing_package()
    if absent:
        module.fail_json(
            msg=missing_required_lib(absent, reason="and the other packages of the collection's requirements.txt")
        )
    if not module.params["validate_certs"]:
        module.warn("validate_certs is false: whoever is on the way to the endpoint can read and change what is sent.")
    failure, result = None, {}
    try:
        result = run(prepare, module.params, module.check_mode)
    except RamError as error:
        failure = error
    if failure:  # outside of the except clause, where fail_json would add a traceback
        details = failure.details
        module.fail_json(
            msg=failure.message, changed=bool(details.get("changes") or details.get("uncertain")), **details
        )
    if not module._diff:
        result.pop("diff", None)
    for text in result.pop("warnings"):
        module.warn(text)
    module.exit_json(**result)


def missing_package() -> str | None:
    """The package to install, None where all are there.

    All are needed, whatever the task: finding out in the midst of it would be too late.
    """
    for name in SDK.values():
        if importlib.util.find_spec(name) is None:
            return name.replace("_", "-")
    return None


def run(prepare: Prepare, params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The result of one task, with ``warnings`` in it. Raises RamError."""
    work = prepare(params)
    settings = Settings.from_params(params)

    async def main() -> dict[str, Any]:
        async with Transport(settings) as transport:
            return await work(await open_api(settings, transport), check_mode)

    return asyncio.run(main())


def manage(key: str, resource: Resource) -> Work:
    """The work of a module that manages one resource, whose facts it returns under ``key``."""

    async def work(api: Api, check_mode: bool) -> dict[str, Any]:
        outcome = await converge(api, [resource], check_mode, assume=True)
        return result_of(outcome, {key: outcome.settled[0].facts}, outcome.settled[0].diff())

    return work


def inform(key: str, resource: Resource) -> Work:
    """The work of a module that only tells what is there."""

    async def work(api: Api, check_mode: bool) -> dict[str, Any]:
        return {"changed": False, key: resource.facts((await observe(api, [resource]))[0]), "warnings": []}

    return work


def result_of(outcome: Outcome, facts: Mapping[str, Any], diff: Any) -> dict[str, Any]:
    """The result that all managing modules share."""
    warnings = list(outcome.warnings)
    if outcome.assumed:
        warnings.append(
            "Taken for granted, because a task in check mode cannot see what the tasks before it would have done: "
            + "; ".join(outcome.assumed)
        )
    return {
        "changed": bool(outcome.changes),
        "changes": outcome.changes,
        "assumed": outcome.assumed,
        "diff": diff,
        "warnings": warnings,
        **facts,
    }
