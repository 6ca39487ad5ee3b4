# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the task of ``inventory_baseline``: from the variables of a play's hosts to the result of each, without Ansible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._engine.fleet import collect
from ansible_collections.alicloud.ram.plugins.module_utils._engine.hosts import Batch, Earlier, Host
from ansible_collections.alicloud.ram.plugins.module_utils._task.lint import lint_options
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import INSECURE, Process
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable


@dataclass(frozen=True)
class Outcome:
    """The results of the hosts, in their order, what the task warns of, and the values that must not be shown.

    ``callers`` are the ARNs of the credentials with which the hosts' accounts were entered.
    """

    results: list[dict[str, Any]]
    diff: list[dict[str, Any]]
    warnings: list[str]
    secrets: set[str]
    callers: list[str]


def outcome_of_hosts(
    process: Process,
    hosts: Sequence[Host],
    params: Mapping[str, Any],
    earlier: Earlier,
    total: int,
    check_mode: bool,
    in_full: bool,
) -> Outcome:
    """Return what became of each host; ``in_full`` also has each resource and each account's warnings.

    Raises DeclarationError for the task's own options, and RamError.
    """
    batch = Batch(hosts, params, earlier, total, in_full)
    results = process.complete(batch.run(process.open, process.clock, process.report_progress, check_mode))
    warnings = [text for section, value in batch.declared.values() for text in lint_options({section: value})]
    for settings in batch.settings:
        warnings += process.warnings(settings)
        if not settings.validate_certs:
            warnings.append(INSECURE)
    of_each = [list(result.get("warnings", ())) for result in results]
    diff, of_accounts = collect(results)
    if in_full:
        for result, texts in zip(results, of_each):
            result["warnings"] = texts
    warnings = list(dict.fromkeys([*warnings, *of_accounts]))
    return Outcome(results, diff, [printable(text, lines=True) for text in warnings], batch.secrets, batch.callers)
