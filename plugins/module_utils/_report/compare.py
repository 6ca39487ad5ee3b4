# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set the declared state of a resource beside the observed one, and mark the lines that differ."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._policy.document import equal

Line = tuple[str, bool]
"""A line of text, and whether the other side does not have it."""


@dataclass(frozen=True)
class Row:
    """A part of a resource, such as its description or a statement of its document, on both sides."""

    name: str
    declared: Sequence[Line]
    observed: Sequence[Line]

    @property
    def differs(self) -> bool:
        return any(marked for _text, marked in (*self.declared, *self.observed))


def rows(declared: Mapping[str, Any] | None, observed: Mapping[str, Any] | None) -> list[Row]:
    """Return the parts of both states in the order of the declared one. Documents are compared statement by statement."""
    ours, theirs = declared or {}, observed or {}
    found: list[Row] = []
    for name in dict.fromkeys((*ours, *theirs)):
        one, other = ours.get(name, _NONE), theirs.get(name, _NONE)
        if name.endswith("_document") and _is_document(one, other):
            found += _document_rows(name, one, other)
        else:
            found.append(_row(name, one, other))
    return found


_NONE = object()


def _is_document(*values: Any) -> bool:
    documents = [value for value in values if value is not _NONE]
    return all(isinstance(value, Mapping) and isinstance(_statements(value), list) for value in documents)


def _statements(document: Mapping[str, Any]) -> Any:
    found = document.get("Statement")
    return [found] if isinstance(found, Mapping) else found


def _document_rows(name: str, declared: Any, observed: Any) -> Iterable[Row]:
    """Yield a row for each statement: equal ones first matched with each other, the rest in their order."""
    sides = [{} if side is _NONE else dict(side) for side in (declared, observed)]
    ours, theirs = ([] if side is _NONE else list(_statements(side)) for side in (declared, observed))
    for key in dict.fromkeys(key for side in sides for key in side if key != "Statement"):
        yield _row(f"{name}: {key}", sides[0].get(key, _NONE), sides[1].get(key, _NONE))
    pairs: list[tuple[Any, Any]] = []
    lonely = []
    for statement in ours:
        match = next((number for number, other in enumerate(theirs) if _same(statement, other)), None)
        if match is None:
            lonely.append(len(pairs))
        pairs.append((statement, _NONE if match is None else theirs.pop(match)))
    for place in lonely:
        if theirs:
            pairs[place] = (pairs[place][0], theirs.pop(0))
    pairs += [(_NONE, statement) for statement in theirs]
    for number, (one, other) in enumerate(pairs, 1):
        yield _row(f"{name}: statement {number}", one, other, one is not _NONE and _same(one, other))


def _same(one: Any, other: Any) -> bool:
    return other is not _NONE and equal({"Statement": [one]}, {"Statement": [other]})


def _row(name: str, declared: Any, observed: Any, same: bool = False) -> Row:
    ours, theirs = _lines(declared), _lines(observed)
    marks: list[set[int]] = [set(), set()]
    if not same:
        for tag, *spans in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
            if tag != "equal":
                marks[0].update(range(spans[0], spans[1]))
                marks[1].update(range(spans[2], spans[3]))
    return Row(
        name,
        [(text, number in marks[0]) for number, text in enumerate(ours)],
        [(text, number in marks[1]) for number, text in enumerate(theirs)],
    )


def _lines(value: Any) -> list[str]:
    if value is _NONE or value == []:
        return []
    if isinstance(value, str):
        return value.split("\n")
    if isinstance(value, list) and not any(isinstance(item, (list, Mapping)) for item in value):
        return [str(item) for item in value]
    if isinstance(value, list) and all(isinstance(item, Mapping) and _is_flat(item) for item in value):
        return [", ".join(f"{name}: {part}" for name, part in item.items()) for item in value]
    return json.dumps(value, indent=2, ensure_ascii=False, default=str).split("\n")


def _is_flat(value: Mapping[str, Any]) -> bool:
    return not any(isinstance(part, (list, Mapping)) for part in value.values())
