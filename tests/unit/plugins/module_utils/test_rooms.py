# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms of plugins/ that docs/architecture.md describes: imports go down, never up, sideways or round."""

from __future__ import annotations

import ast
import pathlib
from collections.abc import Iterator

import pytest

from ansible_collections.alicloud.ram.tests.lib.paths import PLUGINS

PACKAGE = "ansible_collections.alicloud.ram.plugins."
# From the top; rooms of one level do not know each other.
LEVELS = [
    {"action", "inventory", "modules"},
    {"plugin_utils"},
    {"_task", "_report"},
    {"_engine"},
    {"_resources"},
    {"_cloud", "_policy"},
    {"_errors", "_names", "_text"},
]
LEVEL = {room: number for number, rooms in enumerate(LEVELS) for room in rooms}
FILES = sorted(
    path for path in PLUGINS.rglob("*.py") if path.name != "__init__.py" and "doc_fragments" not in path.parts
)


def name_of(path: pathlib.Path) -> str:
    return ".".join(path.relative_to(PLUGINS).with_suffix("").parts)


def room_of(name: str) -> str:
    parts = name.split(".")
    return parts[1] if parts[0] == "module_utils" else parts[0]


def imported(path: pathlib.Path) -> Iterator[str]:
    """Names, below plugins/, of the files that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            name = (node.module or "")[len(PACKAGE) :]
            for alias in node.names:
                inner = PLUGINS / (name.replace(".", "/") + f"/{alias.name}.py")
                yield f"{name}.{alias.name}" if inner.exists() else name
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: relative import"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_go_down(path: pathlib.Path) -> None:
    own = room_of(name_of(path))
    for name in imported(path):
        other = room_of(name)
        if LEVEL[own] == len(LEVELS) - 1:
            assert LEVEL[other] == LEVEL[own], f"{name_of(path)} imports {name}"
        else:
            assert other == own or LEVEL[other] > LEVEL[own], f"{name_of(path)} imports {name}"


def test_no_file_imports_itself_over_others() -> None:
    edges = {name_of(path): set(imported(path)) for path in FILES}
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " imports ".join([*above[above.index(name) :], name])
        if name not in done:
            for other in sorted(edges.get(name, ())):
                visit(other, (*above, name))
            done.add(name)

    for name in sorted(edges):
        visit(name, ())


def test_every_file_is_in_a_room() -> None:
    assert {room_of(name_of(path)) for path in FILES} == set(LEVEL)
