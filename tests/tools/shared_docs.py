#!/usr/bin/env python
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what the modules' documentation shares, docs/shared/NAME.yml, between the markers that name it.

ansible-doc needs RETURN blocks in full in every module; documentation fragments can carry options only.

Usage: shared_docs.py [--check]    (--check: change nothing, and fail if a file is not up to date)
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^# BEGIN shared: (\w+)\n.*?^# END shared: \1$", re.MULTILINE | re.DOTALL)


def shared(name: str) -> str:
    """The text of a shared part, without the comments at its beginning."""
    text = (ROOT / "docs" / "shared" / f"{name}.yml").read_text(encoding="utf-8")
    return re.sub(r"\A---\n(#.*\n)*", "", text).rstrip("\n")


def with_shared_parts(text: str) -> str:
    return BLOCK.sub(lambda found: f"# BEGIN shared: {found[1]}\n{shared(found[1])}\n# END shared: {found[1]}", text)


def main() -> int:
    stale = []
    for path in sorted((ROOT / "plugins" / "modules").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        wanted = with_shared_parts(text)
        if text != wanted:
            stale.append(str(path.relative_to(ROOT)))
            if "--check" not in sys.argv:
                path.write_text(wanted, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print(f"Run make docs-shared: not up to date with docs/shared: {', '.join(stale)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
