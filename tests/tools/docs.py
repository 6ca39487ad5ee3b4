#!/usr/bin/env python
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the docs site: the README as its first page, the guides, and the reference of all modules, the role and the inventory.

Warnings are errors. Nothing is fetched.

Usage: docs.py DESTINATION    (with antsibull-docs, sphinx-build and ansible-doc on the PATH, and ANSIBLE_COLLECTIONS_PATH set)
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = "https://github.com/alicloud-ram/alicloud.ram/blob/main/"
IMAGES = "https://raw.githubusercontent.com/alicloud-ram/alicloud.ram/main/docs/images/"
# Pages of the site, by the file that they are made from.
GUIDES = {
    **{f"docs/{path.name}": f"guides/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))},
    "roles/acr_vpc_access/README.md": "guides/acr_vpc_access.md",
    "docs/rights/README.md": "guides/rights.md",
}
LINK = re.compile(r"(?<=\]\()([^)\s#]+)(#[^)\s]*)?(?=\))")


def linked(text: str, source: str) -> str:
    """The text of a page, with links to other pages of the site where these are, and to the repository where they are not."""

    def one(found: re.Match[str]) -> str:
        target, anchor = found[1], found[2] or ""
        if target.startswith(IMAGES):
            return f"guides/images/{target.removeprefix(IMAGES)}"
        if target.startswith(REPOSITORY):
            path = target.removeprefix(REPOSITORY)
        elif "://" in target or target.startswith("images/"):
            return found[0]
        else:
            path = (ROOT / source).parent.joinpath(target).resolve().relative_to(ROOT).as_posix()
        if path in GUIDES:
            up = "" if source == "README.md" else "../"
            return f"{up}{GUIDES[path]}{anchor}"
        return f"{REPOSITORY}{path}{anchor}"

    return LINK.sub(one, text)


def main(destination: Path) -> None:
    pages = destination / "pages"
    shutil.rmtree(destination, ignore_errors=True)
    (pages / "guides").mkdir(parents=True)
    for source, target in GUIDES.items():
        text = linked((ROOT / source).read_text(encoding="utf-8"), source)
        (pages / target).write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "docs/images", pages / "guides/images")
    shutil.copy(ROOT / "docs/docsite/conf.py", pages)
    first = linked((ROOT / "README.md").read_text(encoding="utf-8"), "README.md")
    contents = (ROOT / "docs/docsite/index.md").read_text(encoding="utf-8")
    (pages / "index.md").write_text(f"{first}\n{contents}", encoding="utf-8")
    (pages / "collections").mkdir()
    reference = ["antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error"]
    subprocess.run([*reference, "--dest-dir", pages / "collections", "alicloud.ram"], check=True)
    build = ["sphinx-build", "--fail-on-warning", "--keep-going", "-q", "-b", "html", pages, destination / "html"]
    subprocess.run(build, check=True)
    print(f"The docs site is in {destination / 'html' / 'index.html'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
