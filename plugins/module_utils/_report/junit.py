# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JUnit: a test suite for each account, a test case for each resource."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from ansible_collections.alicloud.ram.plugins.module_utils._engine.access import access_in_words
from ansible_collections.alicloud.ram.plugins.module_utils._engine.fleet import DRIFT, OK, label
from ansible_collections.alicloud.ram.plugins.module_utils._engine.review import AS_DECLARED, grant_in_words
from ansible_collections.alicloud.ram.plugins.module_utils._report.files import as_json
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import in_words

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(report: Mapping[str, Any]) -> str:
    """Return the report of ``report_of`` as JUnit.

    In an audit, a resource that is not as declared is a failure. An account that could not be looked at, or was not started, is an
    error of the test case ``account``.
    """
    suites = ElementTree.Element("testsuites", name="alicloud.ram")
    for account in report["accounts"]:
        suites.append(_suite(account, report))
    for name in ("tests", "failures", "errors"):
        suites.set(name, str(sum(int(suite.get(name) or 0) for suite in suites)))
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _suite(account: Mapping[str, Any], report: Mapping[str, Any]) -> ElementTree.Element:
    # Without fractions of a second and the zone, which the schemas of JUnit do not have.
    suite = ElementTree.Element("testsuite", name=_xml(label(account)), timestamp=report["began"][:19])
    properties = ElementTree.SubElement(suite, "properties")
    for name in ("account_id", "name", "status"):
        ElementTree.SubElement(properties, "property", name=name, value=_xml(str(account[name])))
    failures = 0
    for resource in account["resources"]:
        case = _case(suite, resource["kind"], resource["name"])
        if resource["status"] != AS_DECLARED and account["status"] == DRIFT:
            failures += 1
            writes = [in_words(one["operation"], one["target"], one["parameters"]) for one in resource["changes"]]
            message = f"{resource['status']}: {', '.join(writes) or 'wait'}"
            part = ElementTree.SubElement(case, "failure", type=resource["status"], message=_xml(message))
            shown = {name: resource[name] for name in ("declared", "observed", "warnings")}
            part.text = _xml(as_json(shown))
    errors = int(account["status"] not in (OK, DRIFT))
    drifted_otherwise = account["status"] == DRIFT and not failures
    case = _case(suite, "account", account["account_id"] or account["name"])
    if errors or drifted_otherwise:
        failures += drifted_otherwise
        kind = "error" if errors else "failure"
        part = ElementTree.SubElement(case, kind, type=account["status"], message=_xml(str(account["msg"] or "")))
        denied = account["denied_by"]
        part.text = _xml(as_json({"denied_by": denied}) if denied else "")
    told = [f"{access_in_words(access)}." for access in account["access"]]
    told += [f"Warning: {grant_in_words(grant)}." for grant in account["unexpected_grants"]]
    told += [f"Warning: {text}" for text in account["warnings"]]
    if told:
        ElementTree.SubElement(suite, "system-out").text = _xml("\n".join(told))
    cases = suite.findall("testcase")
    for name, number in (("tests", len(cases)), ("failures", failures), ("errors", errors)):
        suite.set(name, str(number))
    return suite


def _case(suite: ElementTree.Element, kind: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(
        suite, "testcase", classname=_xml(f"alicloud.ram.{kind}"), name=_xml(f"{kind} {name}")
    )


def _xml(text: str) -> str:
    """Return the text without the characters that XML 1.0 has no place for, not even escaped."""
    return _NOT_XML.sub("\ufffd", text)
