#!/usr/bin/env python
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find phrases in what users read that have to be decoded, and say what to write instead.

Usage: words.py    (it fails if it finds one)
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = ("*.md", "docs/**/*.md", "docs/shared/*", "plugins/**/*.py", "roles/**/*.yml", "roles/**/*.md", "playbooks/**/*.yml",
        "changelogs/changelog.yaml", "tests/emulator/README.md")  # fmt: skip
PHRASES = {
    r"\btells\b(?! \w+ apart)": "returns, describes, reports",
    r"\band its (kin|like)\b": "and related",
    r"\b(are|is) of another\b": "belong to another",
    r"\bin the midst\b": "during the run",
    r"\bno further (one|account)\b": "no more accounts",
    r"\bbecomes? of\b": "happens to",
    r"\bwhoever is on the way\b": "traffic can be intercepted",
    r"\b[Tt]aken for granted\b": "assumed",
    r"\bthe very (plan|same)\b": "the plan, the same",
    r"\bWhether the [a-z-]+ is there\b": "V(present) sets up, V(absent) removes",
    r"\bWhere they (end|are not)\b": "if",
    r"\bper cent of all\b": "percentage of all",
    r"\bWithout, ": "otherwise",
    r"\ball who hold\b": "all attached users, groups and roles",
    r"\bin place of one that\b": "instead of",
}


def main() -> int:
    found = 0
    for path in sorted({path for pattern in READ for path in ROOT.glob(pattern)}):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for phrase, better in PHRASES.items():
                for match in re.finditer(phrase, line):
                    found += 1
                    print(f"{path.relative_to(ROOT)}:{number}: {match[0]!r}: better: {better}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
