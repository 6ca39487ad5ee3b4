# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a run over many accounts: what it says, how long it may be, and what it never shows."""

from __future__ import annotations

import json
import pathlib
from typing import Any
from xml.etree import ElementTree

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.operations import OPERATIONS
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import in_words
from ansible_collections.alicloud.ram.plugins.module_utils._task import report
from ansible_collections.alicloud.ram.tests.lib import inprocess

CREATED = {"operation": "CreateUser", "target": "user 'ci'", "parameters": {"UserName": "ci"}}
HOSTILE = "\x00\x1b[2J\x9b\ufffe\u202e\u200b <&\"'"


def account(number: int, status: str = "ok", **more: Any) -> dict[str, Any]:
    account_id = str(1000000000000000 + number)
    return {"name": f"host{number}", "account_id": account_id, "status": status, "changed": False, **more}


def failed(number: int, message: str) -> dict[str, Any]:
    return account(number, "failed", msg=message)


@pytest.mark.parametrize(
    "operation, target, parameters, words",
    [
        ("CreatePolicy", "policy 'p'", {"PolicyName": "p"}, "policy 'p' created"),
        ("CreatePolicyVersion", "policy 'p'", {"PolicyName": "p"}, "document of policy 'p' changed"),
        ("SetDefaultPolicyVersion", "policy 'p'", {"VersionId": "v2"},
         "document of policy 'p' changed back to that of version v2"),
        ("UpdatePolicyDescription", "policy 'p'", {}, "description of policy 'p' changed"),
        ("AttachPolicyToUser", "user 'u'", {"PolicyName": "p"}, "policy 'p' attached to user 'u'"),
        ("DetachPolicyFromGroup", "group 'g'", {"PolicyName": "p"}, "policy 'p' detached from group 'g'"),
        ("AddUserToGroup", "group 'g'", {"UserName": "u", "GroupName": "g"}, "user 'u' added to group 'g'"),
        ("TagResources", "role 'r'", {"Tag": [{"Key": "a", "Value": "b"}]}, "role 'r' tagged a=b"),
        ("UntagResources", "role 'r'", {"TagKeys": ["a", "b"]}, "tags a, b removed from role 'r'"),
        ("UnbindMFADevice", "MFA device of user 'u'", {}, "MFA device of user 'u' unbound"),
        ("AttachPolicyToUser", "user 'u'", {}, "AttachPolicyToUser of user 'u'"),
    ],
)  # fmt: skip
def test_a_write_in_words(operation: str, target: str, parameters: dict[str, Any], words: str) -> None:
    assert in_words(operation, target, parameters) == words


def test_each_write_has_words() -> None:
    parameters = {name: "x" for name in ("PolicyName", "UserName", "GroupName", "VersionId")}
    for name, operation in OPERATIONS.items():
        if operation.is_write:
            assert name not in in_words(name, "it", parameters), name


def test_the_lines() -> None:
    reason = "AssumeRole failed for acs:ram::{}:role/r."
    results = [
        failed(1, reason.format("1000000000000001")),
        failed(2, reason.format("1000000000000002")),
        failed(3, "Something else about 1000000000000003."),
        account(4, "not_started", msg="Not started. Stopped: max_failures (2) exceeded."),
        account(5, changed=True, changes=[CREATED]),
        account(6, declares_nobody=True),
        account(
            7, "failed", msg="Cut off.", changed=True, changes=[CREATED], uncertain=[{**CREATED, "target": "user 'x'"}]
        ),
    ]
    assert report.report_lines(results, False) == [
        "7 accounts: 2 ok, 2 of them changed, 4 failed, 1 not started.",
        "host5 (1000000000000005): user 'ci' created",
        "host7 (1000000000000007): user 'ci' created; not known whether user 'x' created",
        "Failed: host1 (1000000000000001), host2 (1000000000000002): AssumeRole failed for acs:ram::${account_id}:role/r.",
        "Failed: host3 (1000000000000003): Something else about 1000000000000003.",
        "Failed: host7 (1000000000000007): Cut off.",
        "Not started. Stopped: max_failures (2) exceeded. host4 (1000000000000004)",
        "Warning: no users, groups or roles are declared for host6 (1000000000000006).",
    ]


def test_the_lines_are_few_whatever_happened() -> None:
    changes = [{**CREATED, "target": f"user {number}"} for number in range(100)]
    results = [account(number, changed=True, changes=changes) for number in range(2000)]
    results += [failed(number, f"reason {number}") for number in range(2000, 4000)]
    results += [account(number, "not_started", msg="Not started. Why.") for number in range(4000, 5000)]
    lines = report.report_lines(results, True)
    assert len(lines) < 100 and max(map(len, lines)) < 1000
    assert lines[0] == "5000 accounts: 2000 ok, 2000 of them would be changed, 2000 failed, 1000 not started."
    assert "... and 1960 accounts more would be changed." in lines and "... and 1960 more reasons." in lines
    assert lines[1].endswith("user 7 created, and 92 more") and lines[1].startswith(
        "host0 (1000000000000000): would be: "
    )


def test_an_audit() -> None:
    results = [account(1), account(2, changed=True, changes=[CREATED]), failed(3, "No.")]
    report.mark_drift(results)
    assert [(one["status"], one.get("msg")) for one in results] == [
        ("ok", None),
        ("drift", "Not as declared. What would be done: user 'ci' created."),
        ("failed", "No."),
    ]
    assert (
        report.report_lines(results, True, True)[0]
        == "3 accounts: 1 as declared, 1 not as declared, 1 could not be compared."
    )


def test_nothing_hostile_is_shown(tmp_path: pathlib.Path) -> None:
    hostile = {"operation": "CreateUser", "target": f"user {HOSTILE}", "parameters": {"UserName": HOSTILE}}
    results = [
        {**account(1, "drift", msg=f"m{HOSTILE}", changes=[hostile]), "name": f"a{HOSTILE}"},
        *(failed(number, f"m{chr(number)}") for number in range(0x20)),
        account(40, changed=True, changes=[hostile]),
    ]
    assert not any(inprocess.is_raw(line) for line in report.report_lines(results, False))
    text = report.as_junit(results)
    suite = ElementTree.fromstring(text.encode()).find("testsuite")
    assert suite is not None and len(suite) == len(results)
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("34", "1", "32")
    told = [part.get("message", "") for case in suite for part in case]
    assert told[0].endswith("<&\"'") and "\x1b" not in text and "\ufffe" not in text
    assert report.write_file(str(tmp_path / "x.xml"), text) == ""
    assert ElementTree.parse(tmp_path / "x.xml").getroot().tag == "testsuites"
    assert json.loads(report.as_json(report.report_data(results, True)))["counts"]["failed"] == 32


def test_files_that_cannot_be_written(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "x", tmp_path, "/proc/none/x", f"{tmp_path}/a\0b"):
        with pytest.raises(DeclarationError, match="(?s)^report: .* cannot be written: .* Nothing was done.$"):
            report.check_writable(str(path), "report")
    report.check_writable(str(tmp_path / "new" / "x"), "report")
    assert list((tmp_path / "new").iterdir()) == []
    warning = report.write_file(str(tmp_path / "gone" / "x"), "text")
    assert (
        warning.startswith(f"{tmp_path}/gone/x could not be written: ")
        and "The result of the task is complete" in warning
    )
    assert report.write_file(str(tmp_path / "new" / "x"), "text") == ""
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["x"]
