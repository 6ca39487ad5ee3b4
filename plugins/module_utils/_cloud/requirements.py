# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that the Python packages that a task needs are installed in the Python that runs it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import re
import shlex
import sys

# The same as in requirements.txt, which is not copied to the machine on which a module runs.
REQUIREMENTS = {
    "alibabacloud-ram20150501": ">=1.3.0,<2",
    "alibabacloud-sts20150401": ">=1.2.0,<2",
    "alibabacloud-resourcemanager20200331": ">=2.6.0,<3",
    "alibabacloud-credentials": ">=1.0.12,<2",
}


def unmet_requirements() -> str:
    """Return a message about packages that are missing or have the wrong version; empty if there are none.

    All packages are checked for every task, because after the first calls it would be too late to fail.
    """
    wrong = {}
    for package, wanted in REQUIREMENTS.items():
        if importlib.util.find_spec(package.replace("-", "_")) is None:
            wrong[package] = f"{package} is not installed"
            continue
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue  # it can be imported; missing metadata is no reason to reject it
        if not _admits(wanted, version):
            wrong[package] = f"{package} is {version}, but {wanted} is needed"
    if not wrong:
        return ""
    packages = " ".join(shlex.quote(package + REQUIREMENTS[package]) for package in wrong)
    return (
        f"alicloud.ram needs other Python packages than {sys.executable} on {platform.node()} has: "
        f"{'; '.join(wrong.values())}. Install them with: {shlex.quote(sys.executable)} -m pip install {packages} "
        "(requirements.txt of the collection lists all)."
    )


def _admits(wanted: str, version: str) -> bool:
    """Return whether a version is in a range such as ``>=1.3.0,<2``."""
    lowest, end = wanted[2:].split(",<")
    found = _numbers(version)
    return not found or _numbers(lowest) <= found < _numbers(end)


def _numbers(version: str) -> list[int]:
    match = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    return [int(part) for part in match.group().split(".")] if match else []
