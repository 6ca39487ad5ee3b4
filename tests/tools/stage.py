#!/usr/bin/env python
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mirror the working tree to the place where Ansible's tools expect a collection.

Usage: stage.py DESTINATION, with DESTINATION ending in ansible_collections/alicloud/ram

Copied is every file that the .gitignore does not name, whether or not the tree
is a git checkout. What is built or cached is never copied: a released archive
comes without the .gitignore. The copy gets an empty git repository of its own: without
one, ansible-test would ask the outer repository, which ignores the copy, and
would find nothing to test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Left alone in the destination: its repository, and what tools cache there.
KEEP = {".git", ".ansible", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__"}


def wanted(git_dir: Path) -> set[str]:
    """List the files to copy: to the empty repository, each one is new."""
    command = ["git", f"--git-dir={git_dir}", f"--work-tree={ROOT}", "ls-files", "-z", "--others", "--exclude-standard"]
    command += [f"--exclude={name}/" for name in ("/build", *KEEP)]
    listing = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    names = os.fsdecode(listing).split("\0")
    # A name that ends with a slash is a nested repository, which is not ours.
    return {name for name in names if name and not name.endswith("/") and os.path.lexists(ROOT / name)}


def same(source: Path, target: Path) -> bool:
    """Tell whether the copy is up to date."""
    if target.is_symlink() or not target.is_file():
        return False
    old, new = target.stat(), source.stat()
    return (old.st_size, old.st_mtime_ns, old.st_mode) == (new.st_size, new.st_mtime_ns, new.st_mode)


def copy(source: Path, target: Path) -> None:
    """Put one file into place with one rename, so that nobody sees half of it."""
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    shutil.copy2(source, partial, follow_symlinks=False)
    os.replace(partial, target)


def prune(destination: Path, names: set[str]) -> None:
    """Delete what the working tree no longer has."""
    for folder, subfolders, files in os.walk(destination):
        subfolders[:] = [name for name in subfolders if name not in KEEP]
        for name in files + [name for name in subfolders if os.path.islink(os.path.join(folder, name))]:
            path = Path(folder, name)
            if path.relative_to(destination).as_posix() not in names:
                path.unlink(missing_ok=True)
    for folder, _subfolders, _files in os.walk(destination, topdown=False):
        inside = set(Path(folder).relative_to(destination).parts)
        if not inside & (KEEP - {"__pycache__"}) and set(os.listdir(folder)) <= {"__pycache__"}:
            shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    destination = Path(sys.argv[1]).resolve()
    if destination.parts[-3:] != ("ansible_collections", "alicloud", "ram"):
        sys.exit("stage.py: the destination must end in ansible_collections/alicloud/ram")
    destination.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "init", "--quiet", str(destination)], check=True)
    names = wanted(destination / ".git")
    prune(destination, names)
    for name in sorted(names):
        if (ROOT / name).is_symlink() or not same(ROOT / name, destination / name):
            copy(ROOT / name, destination / name)


if __name__ == "__main__":
    main()
