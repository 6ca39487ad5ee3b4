#!/usr/bin/env python
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the pictures of the HTML report that the docs show: docs/images/audit-*.png.

Usage: pictures.py DIRECTORY
"""

from __future__ import annotations

import pathlib
import sys
import tempfile
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._report.html import as_html
from ansible_collections.alicloud.ram.tests.lib.browser import browser
from ansible_collections.alicloud.ram.tests.lib.documents import allow
from ansible_collections.alicloud.ram.tests.lib.sample_reports import as_declared, audit, drifted, failed

OPEN = "document.querySelectorAll('details.group')[arguments[0]].open = true"


def results() -> list[dict[str, Any]]:
    allowed = {
        "principal_type": "user", "principal_name": "ci-deployer", "action": "oss:PutObject",
        "resource": "acs:oss:*:*:releases/*", "exists": True, "decision": "allowed", "explicit_deny": False, "reasons": [],
        "statements": [{"policy_name": "publish", "statement": 1, "through": "group 'release'"}], "would_allow": None,
    }  # fmt: skip
    denied = {**allowed, "decision": "denied", "explicit_deny": True,
              "statements": [{"policy_name": "deny-storage", "statement": 2, "through": None}]}  # fmt: skip
    wide = drifted(1, document=allow("ram:*"))
    wide["resources"][0]["warnings"] = [
        "The observed policy_document gives away the account: statement 1 allows ram:* on everything."
    ]
    grant = {"reason": "undeclared_holder", "principal_type": "user", "principal_name": "bob", "policy_name": "publish",
             "policy_type": "Custom"}  # fmt: skip
    found = [wide, *(drifted(number) for number in range(2, 14))]
    found += [failed(14, "AssumeRole failed: the role AuditReader does not exist.")]
    found += [as_declared(number) for number in range(15, 120)]
    for number, one in enumerate(found):
        one["name"] = f"{('payments', 'logistics', 'analytics', 'shop')[number % 4]}-{number:03}"
        one["access"] = [denied if number == 40 else allowed] if one["status"] != "failed" else []
    found[50]["unexpected_grants"] = [grant]
    return found


def main(directory: pathlib.Path) -> None:
    with tempfile.TemporaryDirectory() as temporary, browser() as window:
        path = pathlib.Path(temporary) / "audit.html"
        path.write_text(as_html(audit(results())), encoding="utf-8")
        window.open(path, 1200, 1150)
        window.script(OPEN, 0)
        window.driver.save_screenshot(str(directory / "audit-wide.png"))
        window.open(path, 1200, 900)
        window.emulate(scheme="dark", width=420)
        window.script(OPEN, 0)
        window.script("document.getElementById('attention').scrollIntoView()")
        window.driver.save_screenshot(str(directory / "audit-narrow-dark.png"))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
