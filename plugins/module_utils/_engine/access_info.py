# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ``access_info``: what users, groups and roles may do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._engine.access import NOT_READ, access_of
from ansible_collections.alicloud.ram.plugins.module_utils._engine.module import ModuleTask
from ansible_collections.alicloud.ram.plugins.module_utils._engine.placeholders import for_own_account, substituted
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, quote
from ansible_collections.alicloud.ram.plugins.module_utils._policy.evaluate import Request
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import KINDS, Principal
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import checked_name

SPEC: dict[str, Any] = {
    **{f"{kind}s": {"type": "list", "elements": "str", "default": []} for kind in KINDS},
    "actions": {"type": "list", "elements": "str", "required": True},
    "resources": {"type": "list", "elements": "str", "required": True},
    "context": {"type": "dict", "default": {}},
}
"""The options of the module ``access_info``."""

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")


def prepare(params: Mapping[str, Any]) -> ModuleTask:
    """Check the options of ``access_info``, and return its task. Raises DeclarationError, which names the option."""
    principals = [
        Principal(kind, checked_name(kind, name, f"{kind}s")) for kind in KINDS for name in params[f"{kind}s"]
    ]
    if not principals:
        raise DeclarationError("users, groups, roles: name at least one of whom to tell the access.")
    for option in ("actions", "resources"):
        if not params[option]:
            raise DeclarationError(f"{option}: the list is empty, so there is nothing to tell.")
    for action in params["actions"]:
        if not _ACTION.fullmatch(action):
            raise DeclarationError(
                f"actions: {quote(action)} is not one action; write <service code>:<action>, such as "
                "ram:CreateServiceLinkedRole."
            )
    context = {str(key): _value_of(key, value) for key, value in params["context"].items()}
    resources_in = for_own_account(
        lambda variables: _resources(substituted(params["resources"], variables, "resources: "))
    )

    async def work(api: Api, check_mode: bool) -> dict[str, Any]:
        requests = [
            Request(action, resource, context) for action in params["actions"] for resource in await resources_in(api)
        ]
        access = await access_of(api, list(dict.fromkeys(principals)), requests)
        return {"changed": False, "access": access, "not_read": list(NOT_READ), "warnings": []}

    return work


def _resources(texts: Sequence[str]) -> list[str]:
    for text in texts:
        if text != "*" and not text.startswith("acs:"):
            raise DeclarationError(
                f"resources: {quote(text)} is not a resource; write its ARN, such as acs:ram:*:${{account_id}}:role/*, or *."
            )
    return list(texts)


def _value_of(key: Any, value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, (str, int, float)):
        return None if value is None else str(value)
    raise DeclarationError(
        f"context: the value of {quote(key)} is {quote(value)}, where a text, a number or null belongs."
    )
