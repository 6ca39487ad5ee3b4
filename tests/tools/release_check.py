#!/usr/bin/env python
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check what a release needs before it is tagged: the version is the same everywhere, and the changelog has it.

It changes nothing. The workflow "Release" runs it for the tag, too.

Usage: release_check.py [TAG]    (TAG: what the version must be)
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def problems(tag: str | None) -> list[str]:
    """Return what is in the way of a release, as sentences."""
    found = []
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", version):
        found.append(f"galaxy.yml: the version {version} is not semantic.")
    if tag is not None and tag != version:
        found.append(f"The tag is {tag}, but galaxy.yml has the version {version}.")
    releases = yaml.safe_load((ROOT / "changelogs/changelog.yaml").read_text(encoding="utf-8"))["releases"]
    if version not in releases:
        found.append(f"changelogs/changelog.yaml has no release {version}: run antsibull-changelog release.")
    elif not releases[version].get("changes", {}).get("release_summary"):
        found.append(f"The release {version} in changelogs/changelog.yaml has no release_summary.")
    fragments = sorted(path.name for path in (ROOT / "changelogs/fragments").glob("*.y*ml"))
    if fragments:
        found.append(f"changelogs/fragments still has {', '.join(fragments)}: run antsibull-changelog release.")
    emulator = re.search(
        r'^version = "(.*)"$', (ROOT / "tests/emulator/pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    if emulator is None or emulator[1] != version:
        found.append(f"tests/emulator/pyproject.toml has not the version {version}.")
    if tag is None:
        tags = subprocess.run(["git", "tag"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
        if version in tags:
            found.append(f"There is a tag {version} already.")
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    if status:
        found.append("The tree has changes that are not committed.")
    return found


def main() -> int:
    found = problems(sys.argv[1] if len(sys.argv) > 1 else None)
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
