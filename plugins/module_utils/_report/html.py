# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML page, which needs no network and no other file."""

from __future__ import annotations

import base64
import hashlib
import json
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._engine.access import access_in_words
from ansible_collections.alicloud.ram.plugins.module_utils._engine.fleet import OK, label
from ansible_collections.alicloud.ram.plugins.module_utils._engine.review import AS_DECLARED, grant_in_words
from ansible_collections.alicloud.ram.plugins.module_utils._report.compare import rows
from ansible_collections.alicloud.ram.plugins.module_utils._report.model import STATUSES
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import in_words
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable

_PAGE = pathlib.Path(__file__).parent / "page"


def as_html(report: Mapping[str, Any]) -> str:
    """Return the report of ``report_of`` as a page.

    Accounts that need somebody come first, equal findings of many accounts once. The page may run its own script and nothing
    else, and load nothing.
    """
    import jinja2  # not needed by modules, which may run where it is not installed

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(shown=_shown, words=_words, label=_label)
    style, script = ((_PAGE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    accounts = report["accounts"]
    return environment.from_string((_PAGE / "page.html.j2").read_text(encoding="utf-8")).render(
        report=report,
        title={"audit": "Audit", "check": "Check", "apply": "Run"}[report["mode"]],
        statuses=STATUSES,
        groups=_groups(account for account in accounts if _needs_somebody(account)),
        others=[account for account in accounts if not _needs_somebody(account)],
        access=_by_text(accounts, _accesses),
        warnings=_by_text(accounts, _warnings),
        kinds=sorted({one["kind"] for account in accounts for one in account["resources"]}),
        rows=rows,
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'",
    )


def _needs_somebody(account: Mapping[str, Any]) -> bool:
    return account["status"] != OK or account["changed"]


def _groups(accounts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return accounts with equal findings as one group, with the findings of its first account; dangerous and large groups of a status first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for account in accounts:
        found.setdefault(_likeness(account), []).append(account)
    groups = []
    for those in found.values():
        account = those[0]
        resources = [one for one in account["resources"] if one["status"] != AS_DECLARED]
        groups.append(
            {
                "status": account["status"],
                "accounts": those,
                "resources": resources,
                "changes": [] if resources else account["changes"],
                "account": account,
                "is_dangerous": any(one["warnings"] for one in resources),
                "kinds": sorted({one["kind"] for one in resources}),
            }
        )
    return sorted(
        groups,
        key=lambda group: (STATUSES.index(group["status"]), not group["is_dangerous"], -len(group["accounts"])),
    )


def _likeness(account: Mapping[str, Any]) -> str:
    """Return a text that is the same for accounts whose findings differ only in the account's ID or name."""
    about = {name: account[name] for name in ("status", "msg", "changes", "uncertain", "denied_by", "left")}
    about["resources"] = [one for one in account["resources"] if one["status"] != AS_DECLARED]
    text = json.dumps(about, sort_keys=True, default=str)
    for key in ("request_id", "account_id", "name"):
        quoted = json.dumps(account[key] or "")[1:-1]
        text = text.replace(quoted, f"${{{key}}}") if quoted else text
    return text


def _by_text(
    accounts: Iterable[Mapping[str, Any]], texts_of: Callable[[Mapping[str, Any]], Iterable[tuple[str, str]]]
) -> list[dict[str, Any]]:
    """Return (kind, text) pairs about accounts, equal ones once, each with its accounts."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for account in accounts:
        for kind, text in texts_of(account):
            found.setdefault((kind, text.replace(account["account_id"] or "\0", "${account_id}")), []).append(account)
    return [
        {"kind": kind, "text": text, "accounts": those} for (kind, text), those in sorted(found.items(), key=_order)
    ]


def _order(item: tuple[tuple[str, str], Any]) -> tuple[bool, str, str]:
    (kind, text), _accounts = item
    return kind == "allowed", kind, text


def _accesses(account: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return [(access["decision"], f"{access_in_words(access)}.") for access in account["access"]]


def _warnings(account: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield from (
        ("danger", f"{one['kind']} {one['name']}: {text}")
        for one in account["resources"]
        for text in one.get("warnings", ())
    )
    yield from (("danger", f"{grant_in_words(grant)}.") for grant in account["unexpected_grants"])
    yield from (("note", text) for text in account["warnings"])
    yield from (("note", f"Not read: {text}.") for text in account["not_read"])
    if account["declares_nobody"]:
        yield "note", "No users, groups or roles are declared."


def _words(change: Mapping[str, Any]) -> str:
    return in_words(change["operation"], change["target"], change["parameters"])


def _label(account: Mapping[str, Any]) -> str:
    return printable(label(account))


def _shown(text: Any) -> str:
    return printable(str(text), lines=True)


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
