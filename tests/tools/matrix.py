#!/usr/bin/env python
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the tests on several releases of ansible-core, each with a Python that it supports and this machine has.

Usage: matrix.py MAKE
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

# For each release, the Pythons that its controller supports, the one to take first.
RELEASES = {
    "2.16": ("3.10", "3.12", "3.11"),
    "2.19": ("3.12", "3.11", "3.13"),
    "2.21": ("3.13", "3.12", "3.14"),
}
TARGETS = ("test-unit", "test-conformance", "test-integration", "sanity")


def find(version: str) -> str | None:
    """Find a Python that runs: on the PATH, else among pyenv's."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    installed = sorted(home.glob(f"versions/{version}.*/bin/python{version}"), key=lambda path: path.stat().st_mtime)
    for candidate in (shutil.which(f"python{version}"), *map(str, reversed(installed))):
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def main() -> int:
    pythons = {version: find(version) for version in sorted({python for row in RELEASES.values() for python in row})}
    report, failed = [], False
    for release, supported in RELEASES.items():
        version = next((version for version in supported if pythons[version]), None)
        if version is None:
            report.append(f"ansible-core {release}: left out, there is no Python {' or '.join(sorted(supported))} here")
            continue
        for target in TARGETS:
            print(f"\n=== ansible-core {release}, Python {version}: {target}", flush=True)
            begin = time.monotonic()
            command = [sys.argv[1], "--no-print-directory", target, f"PYTHON={pythons[version]}", f"CORE={release}"]
            code = subprocess.call(command)
            failed = failed or code != 0
            result = f"{'failed' if code else 'passed'} in {time.monotonic() - begin:.0f} s"
            report.append(f"ansible-core {release}, Python {version}: {target} {result}")
    print("\n=== What was run")
    print("\n".join(report))
    missing = [version for version, path in pythons.items() if path is None]
    if missing:
        print(f"Not here, so not used: Python {', '.join(missing)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
