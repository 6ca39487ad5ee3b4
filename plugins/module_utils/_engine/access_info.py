# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ``access_info``: what users, groups and roles may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._engine.access import (
    NOT_READ,
    REQUEST_SPEC,
    access_of,
    checked_requests,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.module import ModuleTask
from ansible_collections.alicloud.ram.plugins.module_utils._engine.placeholders import for_own_account
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import KINDS, Principal
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import checked_name

SPEC: dict[str, Any] = {
    **{f"{kind}s": {"type": "list", "elements": "str", "default": []} for kind in KINDS},
    **REQUEST_SPEC,
}
"""The options of the module ``access_info``."""


def prepare(params: Mapping[str, Any]) -> ModuleTask:
    """Check the options of ``access_info``, and return its task. Raises DeclarationError, which names the option."""
    principals = [
        Principal(kind, checked_name(kind, name, f"{kind}s")) for kind in KINDS for name in params[f"{kind}s"]
    ]
    if not principals:
        raise DeclarationError("users, groups, roles: name at least one whose access is to be evaluated.")
    requests_in = for_own_account(checked_requests(params))

    async def work(api: Api, check_mode: bool) -> dict[str, Any]:
        access = await access_of(api, list(dict.fromkeys(principals)), await requests_in(api))
        return {"changed": False, "access": access, "not_read": list(NOT_READ), "warnings": []}

    return work
