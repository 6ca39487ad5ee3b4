# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters that nobody sees, over the parts of Unicode that have any."""

from __future__ import annotations

import datetime
import sys
import unicodedata
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ApiError,
    RamError,
    UnreachableError,
    quote,
)
from ansible_collections.alicloud.ram.plugins.module_utils._text import (
    describe,
    escaped,
    flaw_in_term,
    flaw_in_text,
    foreign_letter,
    how_to_write,
    is_hidden,
    printable,
    twin_of,
)

# The first two planes, and what is special in others.
EVERY = [chr(code) for code in [*range(0x20000), 0x2FFFE, *range(0xE0000, 0xE1000), 0xF0000, sys.maxunicode]]
UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def test_nothing_unseen_is_left_of_any_character() -> None:
    for char in EVERY:
        shown = printable(char)
        if unicodedata.category(char) in UNPRINTABLE or (unicodedata.category(char) == "Zs" and char != " "):
            assert shown.isascii() and shown.isprintable() and is_hidden(char), describe(char)
            assert shown.encode().decode("unicode_escape") == char
        elif shown != char:  # without ink, or assigned by a later Unicode
            assert shown.encode().decode("unicode_escape") == char and not char.isascii()
        assert printable(shown) == shown
        assert printable(char, lines=True) == ("\n" if char == "\n" else shown)


@pytest.mark.parametrize(
    "char",
    "\u034f\u115f\u1160\u17b4\u180b\u180e\u200b\u2060\u2800\u3164\ufe00\ufe0f\uffa0\ufffe\U000e0001\U000e0100\U000e01ef\U000e0fff",
)
def test_letters_and_marks_without_ink_are_hidden(char: str) -> None:
    assert is_hidden(char) and printable(char) != char


def test_what_can_be_seen_stays() -> None:
    for text in ("", "plain", "付款、（x）", "e\u0301", "שלום", "𝒑", "naïve – \u201cquoted\u201d"):
        assert printable(text) == text


def test_a_message_is_xml_wherever_it_came_from() -> None:
    for error in (RamError("".join(EVERY)), ApiError("a\x00", "X", 400), UnreachableError("\ufffe", sent=True)):
        ElementTree.fromstring(f"<a>{escape(error.message)}</a>")
        error.message += "\x1b\u202e"
        assert error.message.endswith("\\x1b\\u202e") and str(error) == error.message


@pytest.mark.parametrize(
    "char, ascii_char",
    list(zip("‐‑‒–—―−﹘－：∶꞉＊∗⁎．․。？／⁄∕＿‿\u2019\u201c\u201dʼ，", "---------:::***...?///__'\"\"',")),
)
def test_what_looks_like_an_ascii_character(char: str, ascii_char: str) -> None:
    assert twin_of(char) == ascii_char
    assert escaped(char) == f"\\u{ord(char):04x}" and printable(char) == char
    assert flaw_in_term(f"a{char}b") == f"has {describe(char)}, which looks like {ascii_char}, as its character 2"


def test_no_letter_is_taken_for_punctuation() -> None:
    for char in EVERY:
        if twin_of(char) and unicodedata.category(char)[0] in "LN":
            twin = twin_of(char)
            assert not twin.isalnum() or "\uff01" <= char <= "\uff5e", describe(char)
        assert char not in twin_of(char)


@pytest.mark.parametrize(
    "text, in_term, in_text, in_prose",
    [
        ("a", "", "", ""),
        ("a b", "has U+0020 SPACE as its character 2", "", ""),
        ("a ", *["ends with U+0020 SPACE"] * 3),
        (" a", *["begins with U+0020 SPACE"] * 3),
        ("a \n", *["ends with U+000A LINE FEED"] * 3),
        ("a\nb", *["has U+000A LINE FEED as its character 2"] * 2, ""),
        ("\u200b", *["begins with U+200B ZERO WIDTH SPACE"] * 3),
        ("a\u200db", *["has U+200D ZERO WIDTH JOINER as its character 2"] * 3),
        ("项\u200d目", "has U+200D ZERO WIDTH JOINER as its character 2", "", ""),
        ("⚠\ufe0f", "ends with U+FE0F VARIATION SELECTOR-16", "", ""),
        ("项：a", "has U+FF1A FULLWIDTH COLON, which looks like :, as its character 2", "", ""),
        ("a：", *["ends with U+FF1A FULLWIDTH COLON, which looks like :"] * 2, ""),
        (
            "A – B",
            "has U+0020 SPACE as its character 2",
            "has U+2013 EN DASH, which looks like -, as its character 3",
            "",
        ),
    ],
)
def test_what_is_most_likely_a_mistake(text: str, in_term: str, in_text: str, in_prose: str) -> None:
    assert (flaw_in_term(text), flaw_in_text(text), flaw_in_text(text, prose=True)) == (in_term, in_text, in_prose)


def test_strict_texts_have_no_joiners_and_no_look_alikes() -> None:
    assert "U+200D" in flaw_in_text("项\u200d目", strict=True) and "U+FF1A" in flaw_in_text("项：a", strict=True)
    assert flaw_in_text("a b", strict=True) == ""


def test_quoted_values() -> None:
    assert quote("a\u200bb") == "'a\\u200bb' (it has U+200B ZERO WIDTH SPACE as its character 2)"
    assert quote("a ", explain=False) == "'a '"
    assert quote("\ufe0f" * 500).isascii() and len(quote("\ufe0f" * 500)) < 200
    assert quote(5) == "5" and quote(["\u202e"]) == "['\\u202e']"
    assert foreign_letter("аlice") == "U+0430 CYRILLIC SMALL LETTER A" and foreign_letter("alice") == ""


@pytest.mark.parametrize(
    "value, words",
    [
        (5, ['("5")', "| string"]),
        (1.5, ['("1.5")', "| string"]),
        (True, ['("true")', "| string | lower"]),
        (10**400, ["in quotes,", "| string"]),
        (datetime.date(2026, 1, 1), ["in quotes,", "| string"]),
        (None, ["a key without a value", "a template without a result"]),
    ],
)
def test_how_what_is_no_text_is_to_be_written(value: Any, words: list[str]) -> None:
    assert all(word in how_to_write(value) for word in words)


def test_lists_and_mappings_are_no_texts_at_all() -> None:
    assert how_to_write([]) == how_to_write({}) == ""
