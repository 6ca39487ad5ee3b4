# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator as a package of its own: built, installed alone, started, and used by a script and by pytest."""

from __future__ import annotations

import ast
import os
import pathlib
import re
import subprocess
import sys
import sysconfig
import venv

import pytest

from ansible_collections.alicloud.ram.tests.lib.paths import EMULATOR

PACKAGE = EMULATOR / "alicloud_emulator"
README = (EMULATOR / "README.md").read_text(encoding="utf-8")
TESTS = """
import os


def test_an_account(alicloud_account, alicloud_accounts):
    assert os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] == alicloud_account.access_key_id
    assert alicloud_account.calls() == [] and "administrator" in alicloud_account.state["users"]
    other = alicloud_accounts(users=[{"name": "alice"}])
    assert other.account_id != alicloud_account.account_id and "alice" in other.state["users"]


def test_its_emulator(alicloud_emulator, alicloud_account):
    assert alicloud_account.environment["ALIBABA_CLOUD_RAM_ENDPOINT"] == alicloud_emulator.endpoint
"""


@pytest.fixture(scope="module", name="installed")
def fixture_installed(tmp_path_factory):
    """An environment with the package; what it depends on is that of the development environment."""
    directory = tmp_path_factory.mktemp("package")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(directory), str(EMULATOR)], check=True
    )
    (wheel,) = directory.glob("*.whl")
    venv.create(directory / "venv", symlinks=True)
    site = directory / "venv" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True)
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return directory / "venv" / "bin" / "python"


def clean():
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV", "PYTEST"))}


def test_it_needs_little():
    (listed,) = re.findall(
        r"^dependencies = (.*)$", (EMULATOR / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(ast.literal_eval(listed)) <= 4
    third = {
        alias.name.partition(".")[0]
        for path in PACKAGE.rglob("*.py")
        if path.name != "pytest_plugin.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import)
        for alias in node.names
    } - sys.stdlib_module_names
    assert third <= {"yaml", "trustme", "aiohttp"}
    assert "ansible" not in README.partition("## Connect")[0].lower().replace("nothing of ansible", "")


def test_the_script_of_the_readme(installed, tmp_path):
    (script,) = [text for text in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "running(" in text]
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [installed, "script.py"], cwd=tmp_path, env=clean(), capture_output=True, text=True, check=True
    )
    (printed,) = re.findall(r"It prints `(.*)`", README)
    assert done.stdout == printed + "\n"


def test_the_command(installed):
    done = subprocess.run(
        [installed, "-c", "import importlib.metadata as m; "
         "(e,) = [e for e in m.entry_points(group='console_scripts') if e.name == 'alicloud-emulator']; e.load()(['--help'])"],
        env=clean(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "--strict" in done.stdout, done.stderr


def test_the_fixtures(installed, tmp_path):
    (tmp_path / "test_it.py").write_text(TESTS, encoding="utf-8")
    done = subprocess.run(
        [installed, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path, env=clean(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout + done.stderr


def imports(path: pathlib.Path) -> set[str]:
    """Names of the package's modules that a module imports at its top."""
    inside = "operations." if path.parent.name == "operations" else ""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            prefix = inside if node.level == 1 else ""
            if node.module:
                found.add(prefix + node.module)
            else:
                found |= {prefix + alias.name for alias in node.names}
    return found


def test_no_module_imports_itself_over_others():
    """Neither at the top, nor later: no import hides in a function."""
    modules = {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
        for path in PACKAGE.rglob("*.py")
    }
    edges = {name: imports(path) & set(modules) - {name} for name, path in modules.items()}
    done: set[str] = set()

    def visit(name, above):
        assert name not in above, " imports ".join([*above, name])
        if name not in done:
            for other in sorted(edges[name]):
                visit(other, (*above, name))
            done.add(name)

    for name in sorted(edges):
        visit(name, ())
    for path in modules.values():
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                assert not [node for node in ast.walk(function) if isinstance(node, ast.ImportFrom) and node.level], (
                    path
                )
