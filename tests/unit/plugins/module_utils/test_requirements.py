# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which versions of the SDKs are taken, and what is said of others."""

from __future__ import annotations

import importlib
import pathlib
import shlex
import sys
from typing import Callable

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.operations import SERVICES
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.requirements import REQUIREMENTS, unmet_requirements
from ansible_collections.alicloud.ram.tests.lib.paths import COLLECTION

for package in SERVICES.values():
    pytest.importorskip(package)


@pytest.fixture(name="installed")
def _installed(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Callable[[str, str], None]:
    """Have a package say that it is of a version."""

    def install(name: str, version: str) -> None:
        info = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        importlib.invalidate_caches()

    return install


def test_they_are_those_of_requirements_txt() -> None:
    lines = (COLLECTION / "requirements.txt").read_text(encoding="utf-8").splitlines()
    declared = dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    assert {name: text.replace(" ", "") for name, text in declared.items()} == REQUIREMENTS
    assert {name.replace("-", "_") for name in REQUIREMENTS} > set(SERVICES.values())


def test_what_is_installed_will_do() -> None:
    assert unmet_requirements() == ""


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_versions(name: str, installed: Callable[[str, str], None], tmp_path: pathlib.Path) -> None:
    lowest, end = REQUIREMENTS[name].lstrip(">=").split(",<")
    numbers = [int(part) for part in lowest.split(".")]
    good = [lowest, f"{lowest}.post1", f"{numbers[0]}.{numbers[1]}.{numbers[2] + 10}", f"{int(end) - 1}.999.0"]
    bad = ["0", "0.9.99", end, f"{end}.0.0", f"{end}.0.0rc1", "99.1"]
    below = f"{numbers[0]}.{numbers[1] - 1}.99" if numbers[1] else f"{numbers[0]}.{numbers[1]}.{numbers[2] - 1}"
    for version in [*good, below, *bad]:
        installed(name, version)
        message = unmet_requirements()
        for path in tmp_path.glob("*.dist-info/METADATA"):
            path.unlink()
            path.parent.rmdir()
        if version in good:
            assert message == "", version
        else:
            assert f"{name} is {version}, but {REQUIREMENTS[name]} is needed" in message
            command = message.split("Install them with: ")[1].split(" (")[0]
            assert shlex.split(command) == [sys.executable, "-m", "pip", "install", f"{name}{REQUIREMENTS[name]}"]


def test_a_package_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name.replace("-", "_"): name for name in list(REQUIREMENTS)[:2]}
    find_spec = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name in names else find_spec(name))
    message = unmet_requirements()
    for name in names.values():
        assert f"{name} is not installed" in message and f"'{name}{REQUIREMENTS[name]}'" in message
    assert sys.executable in message and "requirements.txt" in message
