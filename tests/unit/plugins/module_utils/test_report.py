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

import junitparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.operations import OPERATIONS
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._report import compare, files, lines
from ansible_collections.alicloud.ram.plugins.module_utils._report.html import as_html
from ansible_collections.alicloud.ram.plugins.module_utils._report.junit import as_junit
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import in_words
from ansible_collections.alicloud.ram.tests.lib import inprocess
from ansible_collections.alicloud.ram.tests.lib.documents import allow, document, statement
from ansible_collections.alicloud.ram.tests.lib.sample_reports import (
    CREATED,
    HOSTILE,
    account,
    as_declared,
    audit,
    drifted,
    failed,
    large,
    report,
)
from ansible_collections.alicloud.ram.tests.lib.schemas import check_report


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
    assert lines.report_lines(results, False) == [
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
    told = lines.report_lines(results, True)
    assert len(told) < 100 and max(map(len, told)) < 1000
    assert told[0] == "5000 accounts: 2000 ok, 2000 of them would be changed, 2000 failed, 1000 not started."
    assert "... and 1960 accounts more would be changed." in told and "... and 1960 more reasons." in told
    assert told[1].endswith("user 7 created, and 92 more") and told[1].startswith(
        "host0 (1000000000000000): would be: "
    )


def test_an_audit() -> None:
    results = [account(1), account(2, changed=True, changes=[CREATED]), failed(3, "No.")]
    lines.mark_drift(results)
    assert [(one["status"], one.get("msg")) for one in results] == [
        ("ok", None),
        ("drift", "Not as declared. What would be done: user 'ci' created."),
        ("failed", "No."),
    ]
    assert (
        lines.report_lines(results, True, True)[0]
        == "3 accounts: 1 as declared, 1 not as declared, 1 could not be compared."
    )


def test_equal_failures_are_one_line_whatever_their_request() -> None:
    results = [failed(number, f"Denied (request ID R{number}).", request_id=f"R{number}") for number in range(3)]
    assert len(lines.report_lines(results, False)) == 2


def hostile_results() -> list[dict[str, Any]]:
    hostile = {"operation": "CreateUser", "target": f"user {HOSTILE}", "parameters": {"UserName": HOSTILE}}
    views = {"declared": {HOSTILE: HOSTILE}, "observed": {"policy_document": HOSTILE}}
    resource = {"kind": HOSTILE, "name": HOSTILE, "status": "different", "changes": [hostile], "warnings": [HOSTILE]}
    grant = {"reason": "undeclared_holder", "principal_type": "user", "principal_name": HOSTILE, "policy_name": HOSTILE,
             "policy_type": "Custom"}  # fmt: skip
    return [
        {**account(1, "drift", msg=f"m{HOSTILE}", changes=[hostile]), "name": f"a{HOSTILE}",
         "resources": [{**resource, **views}], "warnings": [HOSTILE], "not_read": [HOSTILE], "unexpected_grants": [grant]},
        *(failed(number, f"m{chr(number)}") for number in range(0x20)),
        account(40, changed=True, changes=[hostile], left=[HOSTILE]),
    ]  # fmt: skip


def test_nothing_hostile_is_shown(tmp_path: pathlib.Path) -> None:
    results = hostile_results()
    assert not any(inprocess.is_raw(line) for line in lines.report_lines(results, False))
    data = audit(results, callers=[HOSTILE], files=[HOSTILE], variable=HOSTILE)
    check_report(data)
    text = as_junit(data)
    assert "\x1b" not in text and "\ufffe" not in text
    assert files.write_file(str(tmp_path / "x.xml"), text) == ""
    suites = junitparser.JUnitXml.fromfile(str(tmp_path / "x.xml"))
    assert (len(suites), suites.failures, suites.errors) == (34, 2, 32)
    assert ElementTree.parse(tmp_path / "x.xml").getroot().tag == "testsuites"
    page = as_html(data)
    assert not any(inprocess.is_raw(line) for line in page.splitlines())
    assert page.count("<script>") == 1 and "<img" not in page
    assert json.loads(files.as_json(data))["totals"]["error"] == 32


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_valid_in_all_views(name: str, text: str) -> None:
    results = [{**drifted(1), "name": name}, failed(2, text), {**as_declared(3), "warnings": [text]}]
    data = audit(results)
    check_report(json.loads(files.as_json(data).encode("utf-8", "replace")))
    suites = junitparser.JUnitXml.fromstring(as_junit(data).encode("utf-8", "replace"))
    assert suites.tests == 8
    assert as_html(data).rstrip().endswith("</html>")


def test_the_report_as_data() -> None:
    results = [
        as_declared(1), drifted(2), failed(3, "No."), failed(4, "Cut off.", unreachable=True),
        account(5, "not_started", msg="Not started."), drifted(6),
    ]  # fmt: skip
    data = audit(results)
    check_report(data)
    assert [one["status"] for one in data["accounts"]] == [
        "drift",
        "drift",
        "error",
        "unreachable",
        "not_started",
        "ok",
    ]
    assert data["totals"] == {
        "accounts": 6, "changed": 2, "drift": 2, "error": 1, "unreachable": 1, "not_started": 1, "ok": 1,
        "resources": {"missing": 2, "different": 2, "unexpected": 0, "ok": 4},
    }  # fmt: skip
    # Its digest does not depend on the order of the accounts, only on what they declare.
    assert data["declaration"] == audit(reversed(results))["declaration"] != audit(results[:5])["declaration"]


def test_the_schema_refuses_what_no_report_has() -> None:
    data = audit([drifted(1)])
    for key, value in (("mode", "x"), ("schema_version", 2), ("accounts", [{}]), ("other", 1)):
        with pytest.raises(Exception, match="(?s)."):
            check_report({**data, key: value})


def test_junit() -> None:
    grant = {"reason": "undeclared_holder", "principal_type": "user", "principal_name": "u", "policy_name": "p",
             "policy_type": "Custom"}  # fmt: skip
    only_grants = {**as_declared(4), "unexpected_grants": [grant], "status": "drift", "msg": "Not declared."}
    denied = failed(3, "No.", denied_by={"policy_type": "ControlPolicy"})
    suites = junitparser.JUnitXml.fromstring(
        as_junit(audit([as_declared(1), drifted(2), denied, only_grants])).encode()
    )
    found = {suite.name: suite for suite in suites}
    assert sorted(found) == [f"host{number} (100000000000000{number})" for number in (1, 2, 3, 4)]
    counts = [(suite.tests, suite.failures, suite.errors) for _name, suite in sorted(found.items())]
    assert counts == [(3, 0, 0), (4, 2, 0), (1, 0, 1), (3, 1, 0)]
    drift = found["host2 (1000000000000002)"]
    assert {prop.name: prop.value for prop in drift.properties()}["account_id"] == "1000000000000002"
    cases = {case.name: case.result for case in drift}
    assert set(cases) == {"policy publish", "user ci", "account 1000000000000002"}
    (failure,) = cases["user ci"]
    assert failure.type == "missing" and failure.message == "missing: user 'ci' created"
    assert json.loads(failure.text)["observed"] is None
    (error,) = next(iter(found["host3 (1000000000000003)"])).result
    assert error.type == "error" and "ControlPolicy" in error.text
    # A run that changes things fails no test because of it.
    assert junitparser.JUnitXml.fromstring(as_junit(report([drifted(1)])).encode()).failures == 0


def test_documents_are_compared_statement_by_statement() -> None:
    one, two, three = statement("oss:PutObject"), statement("ecs:Start*"), statement("ram:Get*")
    rows = compare.rows(
        {"name": "p", "policy_document": document(one, two)},
        {"name": "p", "policy_document": document({**two, "Action": ["ecs:Start*"]}, three, one)},
    )
    found = {row.name: row.differs for row in rows}
    assert found == {
        "name": False, "policy_document: Version": False, "policy_document: statement 1": False,
        "policy_document: statement 2": False, "policy_document: statement 3": True,
    }  # fmt: skip
    assert rows[-1].declared == [] and [text for text, _marked in rows[-1].observed][2] == '  "Action": "ram:Get*",'
    (row,) = [
        row for row in compare.rows({"policy_document": allow("a:B")}, {"policy_document": allow("a:C")}) if row.differs
    ]
    assert [text for text, marked in row.declared if marked] == ['    "a:B"']
    # A document that is none is shown as it is.
    (row,) = compare.rows({"policy_document": allow("a:B")}, {"policy_document": "{not json"})
    assert row.observed == [("{not json", True)]
    (row,) = compare.rows({"policies": [{"name": "p", "type": "Custom"}]}, {"policies": []})
    assert row.declared == [("name: p, type: Custom", True)] and row.observed == []


def test_a_page_of_many_accounts_is_not_large() -> None:
    page = as_html(large(5000, 500))
    assert len(page.encode()) < 30_000_000
    # Equal drift of many accounts is shown once.
    same = as_html(audit([as_declared(1), *(drifted(number) for number in range(100, 400))]))
    assert same.count('class="group"') == 1 and "300 accounts" in same


def test_files_that_cannot_be_written(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "x", tmp_path, "/proc/none/x", f"{tmp_path}/a\0b"):
        with pytest.raises(DeclarationError, match="(?s)^report: .* cannot be written: .* Nothing was done.$"):
            files.check_writable(str(path), "report")
    files.check_writable(str(tmp_path / "new" / "x"), "report")
    assert list((tmp_path / "new").iterdir()) == []
    warning = files.write_file(str(tmp_path / "gone" / "x"), "text")
    assert (
        warning.startswith(f"{tmp_path}/gone/x could not be written: ")
        and "The result of the task is complete" in warning
    )
    assert files.write_file(str(tmp_path / "new" / "x"), "text") == ""
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["x"]
