# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of accounts, as the engine returns them, and reports made from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._report import lines
from ansible_collections.alicloud.ram.plugins.module_utils._report.model import Head, digest_of, report_of
from ansible_collections.alicloud.ram.tests.lib.documents import allow

HOSTILE = "\x00\x1b[2J\x9b\ufffe\u202e\u200b <&\"'</script><script>document.title='taken'</script><img src=x onerror=alert(1)>"
CREATED = {"operation": "CreateUser", "target": "user 'ci'", "parameters": {"UserName": "ci"}}
FINE = {"kind": "policy", "name": "publish", "status": "ok"}


def account(number: int, status: str = "ok", **more: Any) -> dict[str, Any]:
    account_id = str(1000000000000000 + number)
    return {"name": f"host{number}", "account_id": account_id, "status": status, "changed": False, **more}


def failed(number: int, message: str, **more: Any) -> dict[str, Any]:
    return account(number, "failed", msg=message, **more)


def drifted(number: int, name: str = "publish", document: Any = None, **more: Any) -> dict[str, Any]:
    """An account in which a policy has another document than the declared one, and a user is missing."""
    account_id = str(1000000000000000 + number)
    declared = allow("oss:PutObject", "oss:GetObject", resource=f"acs:oss:*:{account_id}:releases/*")
    version = {"operation": "CreatePolicyVersion", "target": f"policy {name!r}", "parameters": {"PolicyName": name}}
    resources = [
        {
            "kind": "policy",
            "name": name,
            "status": "different",
            "declared": {"policy_name": name, "description": "Publishes releases.", "policy_document": declared},
            "observed": {
                "policy_name": name,
                "description": "Publishes releases.",
                "policy_document": allow("oss:*") if document is None else document,
            },
            "changes": [version],
            "warnings": [],
        },
        {
            "kind": "user",
            "name": "ci",
            "status": "missing",
            "declared": {"user_name": "ci", "comments": "Deploys."},
            "observed": None,
            "changes": [CREATED],
            "warnings": [],
        },
        FINE,
    ]
    return account(number, changed=True, changes=[version, CREATED], resources=resources, **more)


def as_declared(number: int) -> dict[str, Any]:
    return account(number, resources=[FINE, {"kind": "user", "name": "ci", "status": "ok"}])


def audit(results: Iterable[Mapping[str, Any]], **head: Any) -> dict[str, Any]:
    """The report of an audit with these results."""
    copies = [{"declaration_sha256": digest_of(result["name"]), **result} for result in results]
    lines.mark_drift(copies)
    return report(copies, mode="audit", **head)


def report(results: Iterable[Mapping[str, Any]], **head: Any) -> dict[str, Any]:
    about: dict[str, Any] = {
        "mode": "apply",
        "state": "present",
        "began": "2026-01-31T10:20:30.405060+00:00",
        "ended": "2026-01-31T10:20:40.405060+00:00",
        "collection_version": "1.0.0",
        "callers": ["acs:ram::1000000000000001:user/automation"],
        "variable": "alicloud_baseline",
        "files": ["/srv/inventory/group_vars/alicloud_accounts.yml"],
    }
    return report_of(results, Head(**{**about, **head}))


def large(total: int, different: int) -> dict[str, Any]:
    """An audit of many accounts, some of which are not as declared, each in a way of its own."""
    results = [as_declared(number) for number in range(total - different)]
    results += [drifted(number, f"publish-{number}") for number in range(total - different, total)]
    return audit(results)
