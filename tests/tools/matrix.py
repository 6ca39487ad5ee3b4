#!/usr/bin/env python
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the tests on several releases of ansible-core, each with a Python that it supports and this machine has.

The unit tests, among them those of what is taken for granted of the SDK, also run with the oldest and the newest SDK
that requirements.txt admits. Each release of Ansible hands on options in a way of its own, so all that could name a
wrong account is tried with each (THOROUGH=1 for tests/security).

Usage: matrix.py MAKE [sdk]    (sdk: only with the SDKs)
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

# For each release, the Pythons that its controller supports, the one to take first.
RELEASES = {
    "2.16": ("3.10", "3.12", "3.11"),
    "2.17": ("3.12", "3.11", "3.10"),
    "2.18": ("3.12", "3.11", "3.13"),
    "2.19": ("3.12", "3.11", "3.13"),
    "2.20": ("3.13", "3.12", "3.14"),
    "2.21": ("3.13", "3.12", "3.14"),
}
# The oldest, the one that development uses, and the newest run everything; the others what shows that they can be used.
IN_FULL = ("2.16", "2.19", "2.21")
TARGETS = ("test-unit", "test-behaviour", "test-robustness", "test-security", "test-emulator", "sanity")
SMOKE = ("test-smoke", "sanity")

ROOT = Path(__file__).resolve().parents[2]
BUILD, STAGE = ROOT / "build", ROOT / "build/ansible_collections/alicloud/ram"
# The oldest of what the packages of requirements.txt bring with them, as far as that Python can have it.
OLDEST = ("alibabacloud-tea-openapi==0.4.5", "darabonba-core==1.0.8", "aiohttp==3.8.1")
OLDEST_PYTHON = "3.10"
NEWEST_PYTHONS = ("3.13", "3.12", "3.11", "3.10")
UNIT_TEST_TOOLS = re.compile(
    r"(ansible-core|pytest|pytest-xdist|hypothesis|trustme|PyYAML|cryptography|jsonschema|junitparser|hatchling)\b"
)


def find(version: str) -> str | None:
    """Find a Python that runs: on the PATH, else among pyenv's."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    installed = sorted(home.glob(f"versions/{version}.*/bin/python{version}"), key=lambda path: path.stat().st_mtime)
    for candidate in (shutil.which(f"python{version}"), *map(str, reversed(installed))):
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def sdk_requirements(oldest: bool) -> list[str]:
    """The oldest versions of the SDK's packages, or what pip takes to be the newest."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    declared = [line for line in lines if line and not line.startswith("#")]
    if not oldest:
        return declared
    floors = dict(re.match(r"([\w-]+) *>= *([^,]+)", line).groups() for line in declared)
    brought = [line for line in OLDEST if line.split("==", maxsplit=1)[0] not in floors]
    return [f"{name}=={version}" for name, version in floors.items()] + brought


def run_with_sdk(python: str, name: str) -> int:
    """The unit tests' exit status, in an environment of its own."""
    environment = BUILD / f"venv-sdk-{name}"
    tools = (ROOT / "tests/requirements.in").read_text(encoding="utf-8").splitlines()
    requirements = [line for line in tools if UNIT_TEST_TOOLS.match(line)] + sdk_requirements(name == "oldest")
    subprocess.run([python, "-m", "venv", "--clear", environment], check=True)
    command = [environment / "bin/python", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*command, *requirements], check=True)
    path = os.pathsep.join((str(environment / "bin"), os.environ.get("PATH", "")))
    return subprocess.call(
        [environment / "bin/pytest", "-q", "-n", "auto", "tests/unit"], cwd=STAGE, env={**os.environ, "PATH": path}
    )


def sdk_report(pythons: dict[str, str | None]) -> tuple[list[str], bool]:
    report, failed = [], False
    newest = next((version for version in NEWEST_PYTHONS if pythons.get(version)), OLDEST_PYTHON)
    for name, version in (("oldest", OLDEST_PYTHON), ("newest", newest)):
        python = pythons.get(version)
        if python is None:
            report.append(f"{name} SDK: left out, there is no Python {version} here")
            continue
        print(f"\n=== {name} SDK, Python {version}: tests/unit", flush=True)
        begin = time.monotonic()
        code = run_with_sdk(python, name)
        failed = failed or code != 0
        result = f"{'failed' if code else 'passed'} in {time.monotonic() - begin:.0f} s"
        report.append(f"{name} SDK, Python {version}: tests/unit {result}")
    return report, failed


def main() -> int:
    pythons = {version: find(version) for version in sorted({python for row in RELEASES.values() for python in row})}
    report, failed = sdk_report(pythons)
    for release, supported in () if sys.argv[2:] == ["sdk"] else RELEASES.items():
        version = next((version for version in supported if pythons[version]), None)
        if version is None:
            report.append(f"ansible-core {release}: left out, there is no Python {' or '.join(sorted(supported))} here")
            continue
        for target in TARGETS if release in IN_FULL else SMOKE:
            print(f"\n=== ansible-core {release}, Python {version}: {target}", flush=True)
            begin = time.monotonic()
            command = [sys.argv[1], "--no-print-directory", target, f"PYTHON={pythons[version]}", f"CORE={release}"]
            thorough = {"THOROUGH": "1"} if target == "test-security" else {}
            code = subprocess.call(command, env={**thorough, **os.environ})
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
