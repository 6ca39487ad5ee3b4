# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a run as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._engine.access import access_in_words
from ansible_collections.alicloud.ram.plugins.module_utils._engine.fleet import (
    DRIFT,
    FAILED,
    NOT_STARTED,
    OK,
    count_by_status,
    label,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.review import grant_in_words
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import in_words
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable

# Accounts and writes that the lines name. All of them are in the file.
MAX_ACCOUNTS, MAX_WRITES, MAX_NAMES = 40, 8, 5


def mark_drift(results: Iterable[dict[str, Any]], grants_count: bool = False) -> None:
    """Give the accounts that would be changed the status ``drift``, and a message that says what would be changed.

    With ``grants_count``, an account with grants that nobody declared has that status, too.
    """
    for result in results:
        if result["status"] != OK:
            continue
        texts = [f"What would be done: {changes_in_words(result)}."] if result["changed"] else []
        grants = [grant_in_words(grant) for grant in result.get("unexpected_grants") or ()] if grants_count else []
        if grants:
            texts.append(f"Not declared: {_first(grants)}.")
        if texts:
            result.update(status=DRIFT, msg=f"Not as declared. {' '.join(texts)}")


def _first(texts: Sequence[str]) -> str:
    more = f"; and {len(texts) - MAX_WRITES} more" if len(texts) > MAX_WRITES else ""
    return "; ".join(texts[:MAX_WRITES]) + more


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
    for text, names in _by_text(results, _left)[:MAX_ACCOUNTS]:
        lines.append(f"{names}: {text}")
    for text, names in _by_text(results, _accesses)[:MAX_ACCOUNTS]:
        lines.append(f"{names}: {text}.")
    for text, names in _by_text(results, _warnings)[:MAX_ACCOUNTS]:
        lines.append(f"Warning: {names}: {text}")
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
            message = message.replace(str(result.get("request_id") or "\0"), "${request_id}")
            found.setdefault(message, []).append(result)
    return [
        (message if len(those) > 1 else str(those[0].get("msg") or ""), _names([label(one) for one in those]))
        for message, those in found.items()
    ]


def _by_text(
    results: Iterable[Mapping[str, Any]], texts_of: Callable[[Mapping[str, Any]], Iterable[str]]
) -> list[tuple[str, str]]:
    """Return texts about accounts, equal ones once, each with the names of its accounts."""
    found: dict[str, list[str]] = {}
    for result in results:
        for text in texts_of(result):
            found.setdefault(text.replace(result["account_id"] or "\0", "${account_id}"), []).append(label(result))
    return [(text, _names(names)) for text, names in found.items()]


def _left(result: Mapping[str, Any]) -> Iterable[str]:
    return result.get("left") or ()


def _accesses(result: Mapping[str, Any]) -> Iterable[str]:
    return [access_in_words(access) for access in result.get("access") or ()]


def _warnings(result: Mapping[str, Any]) -> Iterable[str]:
    """Return the dangers that were found; those of one resource, and grants that nobody declared."""
    found = [
        f"{one['kind']} {one['name']}: {text}"
        for one in result.get("resources") or ()
        for text in one.get("warnings", ())
    ]
    return found + [f"{grant_in_words(grant)}." for grant in result.get("unexpected_grants") or ()]


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more
