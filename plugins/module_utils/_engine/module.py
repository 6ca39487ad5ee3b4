# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of modules that manage one resource or return its state."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._engine.converge import RunResult, converge
from ansible_collections.alicloud.ram.plugins.module_utils._engine.observe import observe
from ansible_collections.alicloud.ram.plugins.module_utils._engine.placeholders import (
    documents_as_data,
    for_own_account,
    options_with,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.preflight import PREFLIGHT_SPEC, Guard
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, quote
from ansible_collections.alicloud.ram.plugins.module_utils._resources import registry
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Kind, Listing
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable

_PATTERN = re.compile(r"[A-Za-z0-9._*?\[\]!-]+")

ModuleTask = Callable[[Api, bool], Awaitable[dict[str, Any]]]
"""The work of a module after its arguments were validated: takes the Api and the check mode, returns the result."""

Prepare = Callable[[Mapping[str, Any]], ModuleTask]
"""Checks the parameters of a module and returns its task. Raises DeclarationError; makes no calls."""


def managed_module(name: str) -> tuple[dict[str, Any], Prepare]:
    """Return the argument spec and the Prepare function of the module that manages a resource of a kind.

    The module returns the resource's state under the module's name.
    """
    kind = registry.kind_named(name)
    of_kind = {**kind.spec, **kind.task_spec}

    def prepare(params: Mapping[str, Any]) -> ModuleTask:
        guard = Guard.from_params(params)
        own = documents_as_data(kind, {option: params.get(option) for option in of_kind})
        declared_in = for_own_account(lambda variables: kind.declare(options_with(own, variables), "", True))

        async def work(api: Api, check_mode: bool) -> dict[str, Any]:
            outcome = await converge(api, [await declared_in(api)], check_mode, assume=True, guard=guard)
            return result_of(outcome, {name: outcome.results[0].result}, outcome.results[0].diff())

        return work

    return {**of_kind, **PREFLIGHT_SPEC}, prepare


def info_module(name: str) -> tuple[dict[str, Any], Prepare]:
    """Return the argument spec and the Prepare function of the module that returns resources of a kind.

    The module returns the state of one resource under the name of the kind. If the kind can be listed and no resource is
    selected, it returns all resources under the name of the kind's section.
    """
    kind = registry.kind_named(name)
    selector = next(iter(kind.info_spec))

    def prepare(params: Mapping[str, Any]) -> ModuleTask:
        if kind.listing is not None and params.get(selector) is None:
            return _listing(kind, kind.listing, selector, params)
        if params.get("name_pattern") is not None:
            raise DeclarationError(f"name_pattern: it selects among all; leave it out, or leave out {selector}.")
        resource = kind.look_up({option: params.get(option) for option in kind.info_spec}, "")

        async def work(api: Api, check_mode: bool) -> dict[str, Any]:
            (observed,) = await observe(api, [resource])
            return {"changed": False, name: resource.result(observed), "warnings": []}

        return work

    if kind.listing is None:
        return dict(kind.info_spec), prepare
    listed = {selector: {**kind.info_spec[selector], "required": False}, "name_pattern": {"type": "str"}}
    return {**kind.info_spec, **listed}, prepare


def _listing(kind: Kind, listing: Listing, selector: str, params: Mapping[str, Any]) -> ModuleTask:
    for option in kind.info_spec:
        if params.get(option) is not None and option not in listing.parameters:
            raise DeclarationError(
                f"{option}: {quote(params[option])} is given without {selector}, which it belongs to."
            )
    pattern = params.get("name_pattern")
    if pattern is not None and not _PATTERN.fullmatch(pattern):
        raise DeclarationError(
            f"name_pattern: {quote(pattern)} matches no name. Names have letters, digits, '.', '-' and '_'; write * for any text "
            "and ? for any character."
        )

    async def work(api: Api, check_mode: bool) -> dict[str, Any]:
        return {"changed": False, kind.section: await listing.read(api, params), "warnings": []}

    return work


def result_of(outcome: RunResult, facts: Mapping[str, Any], diff: Any) -> dict[str, Any]:
    """Return the result in the format that all managing modules share."""
    warnings, assumed = list(outcome.warnings), [printable(text) for text in outcome.assumed]
    if assumed:
        warnings.append(
            "Assumed in check mode, which cannot see what earlier tasks would have done: " + "; ".join(assumed)
        )
    return {
        "changed": bool(outcome.changes),
        "changes": outcome.changes,
        "pending": outcome.pending,
        "assumed": assumed,
        **({"left": [printable(text) for text in outcome.left]} if outcome.left else {}),
        **({"rights": outcome.rights} if outcome.rights is not None else {}),
        "diff": diff,
        "warnings": warnings,
        **facts,
    }
