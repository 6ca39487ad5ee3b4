# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find statements that give away an account: those that allow all actions of RAM on everything, or all actions altogether."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._policy.document import matches, matches_action

# What no pattern matches unless it is meant for all.
_ACTION, _RESOURCE = "ram:AnyActionAtAll", "acs:ram:*:{}:any/thing"


@dataclass(frozen=True)
class WideGrant:
    """A statement with which its holder can give itself any right. ``statement`` counts from 1.

    ``actions`` has its patterns that cover all actions, or "all but ..." for a NotAction. ``has_condition`` is whether a Condition
    limits it.
    """

    statement: int
    actions: tuple[str, ...]
    has_condition: bool

    def __str__(self) -> str:
        limit = " under a condition" if self.has_condition else ""
        return f"statement {self.statement} allows {', '.join(self.actions)} on everything{limit}"


def wide_grants(document: Any) -> list[WideGrant]:
    """Return the statements of an observed document that allow everything, or all of RAM. Never raises.

    What cannot be understood is left out.
    """
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    statements = [statements] if isinstance(statements, Mapping) else statements
    found = []
    for number, statement in enumerate(statements if isinstance(statements, list) else (), 1):
        if not isinstance(statement, Mapping) or statement.get("Effect") != "Allow":
            continue
        actions = _wide_actions(statement)
        if actions and any(_is_everything(pattern) for pattern in _texts(statement.get("Resource"))):
            found.append(WideGrant(number, actions, bool(statement.get("Condition"))))
    return found


def _wide_actions(statement: Mapping[str, Any]) -> tuple[str, ...]:
    left_out = _texts(statement.get("NotAction"))
    if left_out and not any(matches_action(pattern, _ACTION) for pattern in left_out):
        return (f"all actions but {', '.join(left_out)}",)
    return tuple(pattern for pattern in _texts(statement.get("Action")) if matches_action(pattern, _ACTION))


def _is_everything(pattern: str) -> bool:
    parts = pattern.split(":")
    account = parts[3] if len(parts) > 4 and parts[3].isdigit() else "0"
    return matches(pattern, _RESOURCE.format(account))


def _texts(value: Any) -> list[str]:
    values = [value] if isinstance(value, str) else value
    return [text for text in values if isinstance(text, str)] if isinstance(values, list) else []
