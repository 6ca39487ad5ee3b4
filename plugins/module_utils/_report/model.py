# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a run as data. Its JSON Schema is ``docs/report.schema.json``; all views are made from it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._engine.fleet import (
    DRIFT,
    FAILED,
    NOT_STARTED,
    OK,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.review import (
    AS_DECLARED,
    DIFFERENT,
    MISSING,
    UNEXPECTED,
)

SCHEMA_VERSION = 1
ERROR, UNREACHABLE = "error", "unreachable"
STATUSES = (DRIFT, ERROR, UNREACHABLE, NOT_STARTED, OK)
"""The status of an account, those that need somebody first."""
RESOURCE_STATUSES = (MISSING, DIFFERENT, UNEXPECTED, AS_DECLARED)


@dataclass(frozen=True)
class Head:
    """What a report says of its run. ``mode`` is ``audit``, ``check`` or ``apply``, ``state`` what the task declares.

    ``began`` and ``ended`` are in UTC, as in ISO 8601. ``callers`` are the ARNs of the credentials with which the run began.
    ``variable`` and ``files`` say where the declarations are from, the latter as far as Ansible knows them.
    """

    mode: str
    state: str
    began: str
    ended: str
    collection_version: str
    callers: Sequence[str]
    variable: str
    files: Sequence[str]


def report_of(results: Iterable[Mapping[str, Any]], head: Head) -> dict[str, Any]:
    """Return the report of accounts, those that need somebody first."""
    accounts = sorted((_account(result) for result in results), key=lambda one: STATUSES.index(one["status"]))
    data = asdict(head)
    digests = sorted(filter(None, (one["declaration_sha256"] for one in accounts)))
    declaration = {
        "variable": data.pop("variable"),
        "files": list(data.pop("files")),
        "sha256": digest_of(digests),
    }
    return {
        "schema_version": SCHEMA_VERSION,
        **data,
        "callers": list(head.callers),
        "declaration": declaration,
        "totals": _totals(accounts),
        "accounts": accounts,
    }


def digest_of(value: Any) -> str:
    """Return the SHA-256 of plain data, which does not depend on the order of keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _account(result: Mapping[str, Any]) -> dict[str, Any]:
    status = result["status"]
    if status == FAILED:
        status = UNREACHABLE if result.get("unreachable") else ERROR
    return {
        "name": result["name"],
        "account_id": result["account_id"],
        "status": status,
        "changed": bool(result["changed"]),
        "msg": result.get("msg"),
        **{name: list(result.get(name) or ()) for name in _LISTS},
        **{
            name: result.get(name)
            for name in ("code", "request_id", "denied_by", "missing_action", "rights", "declaration_sha256")
        },
        "declares_nobody": bool(result.get("declares_nobody")),
    }


_LISTS = (
    "resources",
    "changes",
    "uncertain",
    "pending",
    "left",
    "access",
    "unexpected_grants",
    "not_read",
    "warnings",
)


def _totals(accounts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    statuses = Counter(account["status"] for account in accounts)
    resources = Counter(one["status"] for account in accounts for one in account["resources"])
    return {
        "accounts": len(accounts),
        "changed": sum(account["changed"] for account in accounts),
        **{status: statuses[status] for status in STATUSES},
        "resources": {status: resources[status] for status in RESOURCE_STATUSES},
    }
