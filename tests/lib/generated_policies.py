# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strategies of Hypothesis for policies and requests, of few values, so that what is drawn often meets."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from alicloud_emulator.authorize import OPERATORS

Document = dict[str, Any]

ACTIONS = ["ram:GetRole", "ram:getrole", "ram:ListRoles", "sts:AssumeRole", "ram:Get"]
RESOURCES = ["acs:ram:*:1:role/a", "acs:ram:*:1:role/A", "acs:ram:*:1:role/ab", "acs:ram::2:role/a", "acs:oss:::x"]
VALUES = {
    "String": ["", "a", "A", "ab", "a*", "?", "*b", "é"],
    "Numeric": ["1", "1.0", "01", "-1", "2", "2.50", "10", "nan", "inf", "1e3", "", "x"],
    "Date": [
        "2026-01-01T00:00:00Z",
        "2026-01-01T08:00:00+08:00",
        "2026-01-01",
        "2025-12-31T23:59:59",
        "2026-02-30T00:00:00Z",
        "soon",
    ],
    "Bool": ["true", "True", "false", "maybe"],
    "Ip": [
        "192.0.2.1",
        "192.0.2.0/24",
        "192.0.2.77/24",
        "192.0.2.77/30",
        "0.0.0.0/0",
        "10.0.0.1",
        "2001:db8::1",
        "::/0",
        "1.2.3",
        "",
    ],
}
KEYS = ["acs:SourceIp", "acs:sourceip", "ram:ServiceName"]


def family(operator: str) -> str:
    """The kind of values that an operator compares."""
    return "Ip" if "Ip" in operator else next(name for name in VALUES if operator.startswith(name))


def one_or_more(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.one_of(texts, st.lists(texts, min_size=1, max_size=3))


action_patterns = st.sampled_from([*ACTIONS, "*", "ram:*", "RAM:get*", "*:?etRole", "ram:Get?*"])
resource_patterns = st.sampled_from([*RESOURCES, "*", "acs:ram:*:*:*", "acs:ram:*:1:role/*", "acs:ram:?:?:role/?"])


@st.composite
def conditions(draw: st.DrawFn) -> Document:
    found: Document = {}
    for operator in draw(st.lists(st.sampled_from(sorted(OPERATORS)), max_size=2, unique=True)):
        values = one_or_more(st.sampled_from(VALUES[family(operator)]))
        found[operator] = draw(st.dictionaries(st.sampled_from(KEYS), values, min_size=1, max_size=2))
    return found


@st.composite
def statements(draw: st.DrawFn) -> Document:
    found = {
        "Effect": draw(st.sampled_from(["Allow", "Deny"])),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(one_or_more(action_patterns)),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(one_or_more(resource_patterns)),
    }
    if draw(st.booleans()):
        found["Condition"] = draw(conditions())
    return found


def document(*items: Document) -> Document:
    return {"Version": "1", "Statement": list(items)}


documents = st.lists(statements(), min_size=1, max_size=3).map(lambda items: document(*items))
all_values = st.sampled_from(sorted({value for values in VALUES.values() for value in values}))
requests = st.tuples(
    st.sampled_from(ACTIONS), st.sampled_from(RESOURCES), st.dictionaries(st.sampled_from(KEYS), all_values)
)
