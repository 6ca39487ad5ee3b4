# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warn about options that are valid, but most likely contain an invisible mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._errors import quote
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._resources import registry
from ansible_collections.alicloud.ram.plugins.module_utils._text import flaw_in_text

# Options that accept any text. All others are validated where they are read.
_PROSE = ("description", "comments", "display_name")
_TEXTS = ("managed_by", "ca_bundle", "email", "mobile_phone")
_MAPPINGS = ("tags", "variables")
# Options that are not used with state=absent.
_UNUSED_IF_ABSENT = (*_PROSE, "tags")


def lint_options(params: Mapping[str, Any]) -> list[str]:
    """Return the warnings about a task's options, without duplicates. Makes no calls, never raises."""
    return list(dict.fromkeys(_warnings(params, "")))


def _warnings(params: Mapping[str, Any], where: str) -> Iterator[str]:
    documents = {name: (kind.name, grammar) for kind in registry.KINDS for name, grammar in kind.documents.items()}
    for name, value in params.items():
        if value is None or (params.get("state") == "absent" and name in (*_UNUSED_IF_ABSENT, *documents)):
            continue
        if name in documents:
            noun, grammar = documents[name]
            title = f"{where}{name} of {noun} {quote(params.get('name'), explain=False)}"
            yield from _document.lint(value, title, grammar)
        elif name in _MAPPINGS and isinstance(value, Mapping):
            for key, item in value.items():
                shown = quote(key, explain=False)
                yield from _of_text(f"{where}{name}: the key {shown}", key)
                yield from _of_text(f"{where}{name}: the value of {shown}", item)
        elif name in (*_PROSE, *_TEXTS):
            yield from _of_text(f"{where}{name}:", value, name in _PROSE)
        elif name == "baseline" and isinstance(value, Mapping):
            yield from _warnings(value, f"{where}{name}.")
        elif isinstance(value, list):
            for number, entry in enumerate(value, 1):
                if isinstance(entry, Mapping):
                    place = f"{where}{name} entry {number}: "
                    if name == "accounts":
                        yield from _of_text(f"{place}name:", entry.get("name"))
                    yield from _warnings(entry, place)


def _of_text(place: str, text: Any, prose: bool = False) -> Iterator[str]:
    flaw = flaw_in_text(text, prose=prose) if isinstance(text, str) else ""
    if flaw:
        yield f"{place} {'it ' if place.endswith(':') else ''}{flaw}. It is used as it is."
