# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's README tells what is served, and nothing is built on what it guesses."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

EMULATOR = Path(__file__).resolve().parents[1]


def test_the_table_is_up_to_date():
    """After a change: python -m alicloud_emulator.table README.md, in tests/emulator."""
    from alicloud_emulator.table import updated

    text = (EMULATOR / "README.md").read_text(encoding="utf-8")
    assert updated(text) == text


def test_a_readme_without_a_place_for_the_table():
    from alicloud_emulator.table import updated

    with pytest.raises(ValueError, match="no lines"):
        updated("# The emulator\n")


def test_every_operation_has_its_row():
    from alicloud_emulator.registry import OPERATIONS

    text = (EMULATOR / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| (?:read|write) \|", text, flags=re.MULTILINE)
    assert sorted(rows) == sorted(name for dummy, name in OPERATIONS)


def test_no_test_of_a_module_relies_on_an_unknown_code():
    from alicloud_emulator.errors import PROTOCOL, Mark
    from alicloud_emulator.registry import OPERATIONS

    facts = [*PROTOCOL, *(fact for operation in OPERATIONS.values() for fact in operation.errors)]
    guessed = {fact.code for fact in facts if fact.mark is Mark.UNKNOWN}
    guessed -= {fact.code for fact in facts if fact.mark is not Mark.UNKNOWN}
    assert guessed
    folders = ("behaviour", "robustness", "security")
    paths = {folder: list((EMULATOR.parent / folder).glob("test_*.py")) for folder in folders}
    assert all(paths.values())
    for path in itertools.chain(*paths.values()):
        quoted = set(re.findall(r"[A-Z][A-Za-z]+(?:[.-][A-Za-z]+)+", path.read_text(encoding="utf-8")))
        assert not quoted & guessed, path
