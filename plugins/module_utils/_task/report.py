# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a run over many accounts: for people as lines, for machines as data."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from ansible_collections.alicloud.ram.plugins.module_utils._engine.fleet import (
    DRIFT,
    FAILED,
    NOT_STARTED,
    OK,
    count_by_status,
    label,
)
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import in_words
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Accounts and writes that the lines name. All of them are in the file.
MAX_ACCOUNTS, MAX_WRITES, MAX_NAMES = 40, 8, 5


def mark_drift(results: Iterable[dict[str, Any]]) -> None:
    """Give the accounts that would be changed the status ``drift``, and a message that says what would be changed."""
    for result in results:
        if result["status"] == OK and result["changed"]:
            result.update(status=DRIFT, msg=f"Not as declared. What would be done: {changes_in_words(result)}.")


def report_lines(results: Sequence[Mapping[str, Any]], check_mode: bool, audit: bool = False) -> list[str]:
    """Return the report: the counts, then each changed account with its writes, then the failures, equal ones as one.

    ``audit`` chooses the words for a run that only compares.
    """
    counts = count_by_status(results)
    would = "would be changed" if check_mode else "changed"
    words = {
        OK: "as declared" if audit else f"ok, {counts['changed']} of them {would}",
        DRIFT: "not as declared",
        FAILED: "could not be compared" if audit else "failed",
        NOT_STARTED: "not started",
    }
    parts = [f"{counts.get(status, 0)} {text}" for status, text in words.items() if status == OK or counts.get(status)]
    lines = [f"{_accounts(counts['total'])}: {', '.join(parts)}."]
    changed = [result for result in results if result.get("changes") or result.get("uncertain")]
    for result in changed[:MAX_ACCOUNTS]:
        lines.append(f"{label(result)}: {'would be: ' if check_mode else ''}{changes_in_words(result)}")
    if len(changed) > MAX_ACCOUNTS:
        lines.append(f"... and {_accounts(len(changed) - MAX_ACCOUNTS)} more {would}.")
    failures = _grouped(results, FAILED)
    lines += [f"Failed: {names}: {message}" for message, names in failures[:MAX_ACCOUNTS]]
    if len(failures) > MAX_ACCOUNTS:
        lines.append(f"... and {len(failures) - MAX_ACCOUNTS} more reasons.")
    for message, names in _grouped(results, NOT_STARTED):
        lines.append(f"{message} {names}")
    for text, names in _left(results)[:MAX_ACCOUNTS]:
        lines.append(f"{names}: {text}")
    nobody = [label(result) for result in results if result.get("declares_nobody")]
    if nobody:
        lines.append(f"Warning: no users, groups or roles are declared for {_names(nobody)}.")
    return [printable(line, lines=True) for line in lines]


def changes_in_words(result: Mapping[str, Any]) -> str:
    """Return what was changed in an account, or would be, and what is not known to be; of many writes, the first ones."""
    made = [in_words(one["operation"], one["target"], one["parameters"]) for one in result.get("changes") or ()]
    more = f", and {len(made) - MAX_WRITES} more" if len(made) > MAX_WRITES else ""
    text = ", ".join(made[:MAX_WRITES]) + more
    unknown = [in_words(one["operation"], one["target"], one["parameters"]) for one in result.get("uncertain") or ()]
    if unknown:
        text += f"{'; ' if text else ''}not known whether {', '.join(unknown)}"
    return text


def _accounts(number: int) -> str:
    return f"{number} account{'' if number == 1 else 's'}"


def _grouped(results: Iterable[Mapping[str, Any]], status: str) -> list[tuple[str, str]]:
    """Return the messages of the accounts with a status, each with the names of its accounts."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for result in results:
        if result["status"] == status:
            message = str(result.get("msg") or "").replace(result["account_id"] or "\0", "${account_id}")
            found.setdefault(message, []).append(result)
    return [
        (message if len(those) > 1 else str(those[0].get("msg") or ""), _names([label(one) for one in those]))
        for message, those in found.items()
    ]


def _left(results: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return what a removal left, equal texts once, each with the names of its accounts."""
    found: dict[str, list[str]] = {}
    for result in results:
        for text in result.get("left") or ():
            found.setdefault(text, []).append(label(result))
    return [(text, _names(names)) for text, names in found.items()]


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


def report_data(results: Sequence[Mapping[str, Any]], check_mode: bool, **head: Any) -> dict[str, Any]:
    """Return the report as data: ``head``, the counts, and all accounts with everything that is known of them."""
    return {
        **head,
        "check_mode": check_mode,
        "counts": count_by_status(results),
        "accounts": results,
    }


def check_writable(path: str, option: str) -> None:
    """Raise DeclarationError, which names the option, if no file can be written there. Creates its directory."""
    try:
        directory = os.path.dirname(os.path.abspath(path))
        os.makedirs(directory, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISDIR(os.stat(path).st_mode):  # unlike isdir, this raises for what can be no path
                raise IsADirectoryError(f"{path} is a directory")
        with tempfile.TemporaryFile(dir=directory):
            pass
    except (OSError, ValueError) as error:
        raise DeclarationError(f"{option_name(option)}: {path} cannot be written: {error}. Nothing was done.") from None


def write_file(path: str, text: str) -> str:
    """Replace a file as a whole, readable for its owner and group. Return a warning if that failed, else an empty text."""
    try:
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)), prefix=".alicloud-ram-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            os.chmod(temporary, 0o640)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        return f"{path} could not be written: {error}. The result of the task is complete."
    return ""


def as_junit(results: Sequence[Mapping[str, Any]]) -> str:
    """Return the report as JUnit, one test case per account."""
    counts = count_by_status(results)
    failures, errors = counts.get(DRIFT, 0), counts["failed"] + counts["not_started"]
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        suites,
        "testsuite",
        name="alicloud.ram",
        tests=str(counts["total"]),
        failures=str(failures),
        errors=str(errors),
    )
    for result in results:
        case = ElementTree.SubElement(suite, "testcase", classname="alicloud.ram", name=_xml(label(result)))
        if result["status"] != OK:
            kind = "failure" if result["status"] == DRIFT else "error"
            part = ElementTree.SubElement(case, kind, message=_xml(str(result.get("msg") or "")))
            part.text = _xml(as_json(result.get("changes") or []))
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _xml(text: str) -> str:
    """Return the text without the characters that XML 1.0 has no place for, not even escaped."""
    return _NOT_XML.sub("\ufffd", text)


def as_json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n"
