# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invisible and look-alike characters: find them in declarations, escape them in output."""

from __future__ import annotations

import datetime
import functools
import re
import unicodedata
from typing import Any

# Letters, marks and symbols that render as nothing. Python reports all other invisible characters as not printable.
_INKLESS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Code points that are not characters, or that Unicode reserves for invisible characters.
_NO_CHARACTER = re.compile("[\u2065\ufdd0-\ufdef\ufff0-\ufff8\U000e0000-\U000e0fff]")
# Valid in emoji and in several scripts if they follow a non-ASCII character.
_JOINING = re.compile("[\u200c\u200d\u3000\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]")

# Unicode has no names for these.
_NAMES = {"\0": "NUL", "\t": "TAB", "\n": "LINE FEED", "\r": "CARRIAGE RETURN", "\x1b": "ESC", "\x7f": "DEL"}
_KINDS = {"Cc": "(control)", "Cn": "(not a character)", "Co": "(private use)", "Cs": "(half a surrogate pair)"}

# Characters that look like an ASCII character, but that Unicode normalization does not map to it.
_TWINS = {
    twin: char
    for char, twins in {
        "-": "\u02d7\u2043\u2212",
        "'": "\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u02ca\u02cb\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a",
        '"': "\u02ba\u02ee\u2033\u2036\u301d\u301e\u301f",
        ":": "\u02d0\u02f8\u0589\u05c3\u0703\u0704\u1803\u2236\ua789",
        "*": "\u066d\u204e\u2217\u22c6\u2731",
        "/": "\u2044\u2215\u2571\u29f8",
        ".": "\u0701\u3002\uff61",
        ",": "\u060c\u3001",
        "~": "\u02dc\u223c",
        "|": "\u01c0\u2223",
    }.items()
    for twin in twins
}


@functools.lru_cache(maxsize=4096)
def twin_of(char: str) -> str:
    """Return the ASCII punctuation that a character looks like, or the ASCII character whose wide form it is.

    Empty if there is none.
    """
    if char.isascii():
        return ""
    if char in _TWINS:
        return _TWINS[char]
    category = unicodedata.category(char)
    by_category = {"Pd": "-", "Pc": "_", "Pi": '"', "Pf": '"'}.get(category)
    if by_category:
        return by_category
    plain = unicodedata.normalize("NFKC", char)
    wide = "\uff01" <= char <= "\uff5e"
    punctuation = not any(part.isalnum() or part == " " for part in plain)
    return plain if plain.isascii() and (wide or punctuation) else ""


def is_hidden(char: str) -> bool:
    """Return whether the character is invisible: a control or format character, a non-ASCII blank, and similar."""
    if char.isprintable():
        return bool(_INKLESS.match(char))
    if unicodedata.category(char) != "Cn":
        return True
    return ord(char) & 0xFFFE == 0xFFFE or bool(_NO_CHARACTER.match(char))  # a later Unicode may assign the others


def printable(text: str, lines: bool = False) -> str:
    """Return the text for a terminal, a log or XML: invisible characters are escaped.

    With ``lines``, line feeds are kept.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if (char.isprintable() and not _INKLESS.match(char)) or (lines and char == "\n") else _escape(char)
        for char in text
    )


def escaped(text: str) -> str:
    """Return the text for a quoted value: invisible and look-alike characters are escaped."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if twin_of(char) else char for char in printable(text))


def _escape(char: str) -> str:
    code = ord(char)
    if char in "\t\n\r":
        return repr(char)[1:-1]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def describe(char: str) -> str:
    """Return the code point and name of a character, for example ``U+200B ZERO WIDTH SPACE``."""
    kind = _KINDS.get(unicodedata.category(char), "(without a name)")
    return f"U+{ord(char):04X} {_NAMES.get(char) or unicodedata.name(char, kind)}"


def flaw_in_term(text: str) -> str:
    """Return the flaw of a text in which blanks and look-alikes are not allowed, such as an action. Empty if there is none.

    The result is a phrase that follows the text in a message: ``ends with U+0020 SPACE``.
    """
    return _first(text, [char == " " or is_hidden(char) or bool(twin_of(char)) for char in text])


def flaw_in_text(text: str, strict: bool = False, prose: bool = False) -> str:
    """Return the likely mistake in a text that may contain anything, such as a tag. Empty if there is none.

    Blanks are reported only at the start and the end; in ``prose``, so are tabs and line breaks. Characters that look like
    ASCII are reported only if the rest of the text is ASCII, because other scripts use them correctly; with ``strict``
    they are always reported, in ``prose`` never.
    """
    if text.isascii() and text.isprintable() and text == text.strip(" "):
        return ""
    twins_count = strict or not (
        prose or any(not char.isascii() and not is_hidden(char) and not twin_of(char) for char in text)
    )
    flaws = []
    for at, char in enumerate(text):
        if char == " " or (prose and char in "\t\r\n"):
            flaws.append(not (text[:at].strip(" \t\r\n") and text[at:].strip(" \t\r\n")))
        elif is_hidden(char):
            joins = _JOINING.match(char) and at and not text[at - 1].isascii()
            flaws.append(strict or not joins)
        else:
            flaws.append(twins_count and bool(twin_of(char)))
    return _first(text, flaws)


def foreign_letter(text: str) -> str:
    """Return a description of the first non-ASCII character: a Cyrillic letter can look like a Latin one."""
    return next((describe(char) for char in text if not char.isascii()), "")


def _first(text: str, flaws: list[bool]) -> str:
    if True not in flaws:
        return ""
    at = flaws.index(True)
    if at == 0:
        place, char = "begins with ", text[0]
    elif flaws[-1] and all(flaws[at:]):
        place, char = "ends with ", text[-1]
    else:
        place, char = "has ", text[at]
    looks = f", which looks like {twin_of(char)}" if twin_of(char) else ""
    end = f"{',' if looks else ''} as its character {at + 1}" if place == "has " else ""
    return f"{place}{describe(char)}{looks}{end}"


def how_to_write(value: Any) -> str:
    """Return how to write a number, boolean, date or null as a string. Empty for lists and mappings."""
    if value is None:
        return "it is a key without a value, or a template without a result"
    if isinstance(value, bool):
        shown = "true" if value else "false"
        return f'put it in quotes ("{shown}"), or, if it is a template, let that end with | string | lower'
    if isinstance(value, (int, float)) and abs(value) < 10**18:
        return f'put it in quotes ("{value}"), or, if it is a template, let that end with | string'
    if isinstance(value, (int, float, datetime.date)):
        return "put it in quotes, or, if it is a template, let that end with | string"
    return ""
