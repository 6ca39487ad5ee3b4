# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tool that writes what follows from the kinds of resources and from the modules' documentation."""

from __future__ import annotations

import ast
import importlib.util
import pathlib
import shutil
import subprocess
import sys
from typing import Any

import pytest
import yaml

from ansible_collections.alicloud.ram.plugins.module_utils._resources import registry
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Kind
from ansible_collections.alicloud.ram.tests.lib.paths import COLLECTION, MODULES

TOOL = COLLECTION / "tests/tools/generate.py"
PARTS = ("docs/shared", "plugins/modules", "plugins/action", "plugins/module_utils")


def load() -> Any:
    spec = importlib.util.spec_from_file_location("generate", TOOL)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["generate"] = module  # for its dataclasses
    spec.loader.exec_module(module)
    return module


generate = load()
FILES = {
    path.relative_to(COLLECTION).as_posix(): path.read_text(encoding="utf-8")
    for pattern in ("docs/shared/*", "plugins/modules/*.py", "plugins/action/*.py", "meta/runtime.yml")
    for path in COLLECTION.glob(pattern)
}
# A kind that nobody has, and all that is written for it by hand.
TOY = Kind(
    name="toy",
    section="toys",
    spec={"name": {"type": "str", "required": True}, "colour": {"type": "str"}, "wanted": {"type": "bool"}},
    info_spec={"name": {"type": "str", "required": True}},
    declare=lambda options, where, alone: pytest.fail("not called"),
    look_up=lambda options, where: pytest.fail("not called"),
    task_spec={"gently": {"type": "bool", "default": True}},
)
TOY_MODULE = '''#!/usr/bin/python
DOCUMENTATION = r"""
---
module: toy
short_description: Manage toys
version_added: 1.0.0
options:
  gently:
    description: How to do it. Not with O(wanted=false).
    type: bool
    default: true
  name:
    description: Name of the toy, whatever its O(colour).
    type: str
    required: true
  wanted:
    description:
      - Whether O(name) is wanted. See O(account_id).
    type: bool
  colour:
    description: Its colour.
    type: str
    choices: [red, blue]
"""

RETURN = r"""
---
toy:
  description: The toy. In check mode, the predicted toy. C({}) if it does not exist.
  returned: success
  type: dict
owner:
  description: Who has O(name).
  returned: failure because somebody else has it
  type: str
# BEGIN shared: return_changes
# END shared: return_changes
# BEGIN shared: return_failure
# END shared: return_failure
"""

# BEGIN shared: managed_module
# END shared: managed_module
'''


def run(root: pathlib.Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "tests/tools/generate.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def copied(to: pathlib.Path) -> pathlib.Path:
    for part in PARTS:
        shutil.copytree(COLLECTION / part, to / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("meta/runtime.yml", "tests/tools/generate.py"):
        (to / name).parent.mkdir(parents=True)
        shutil.copy(COLLECTION / name, to / name)
    return to


def literal(text: str, name: str) -> dict[str, Any]:
    (found,) = (
        node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name
    )
    return dict(yaml.safe_load(ast.literal_eval(found)))


def with_toy(**files: str) -> dict[str, str]:
    return dict(generate.generate({**FILES, "plugins/modules/toy.py": TOY_MODULE, **files}, registry.KINDS))


@pytest.fixture(name="toy")
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "KINDS", (*registry.KINDS, TOY))


def test_what_is_generated_is_up_to_date() -> None:
    checked = run(COLLECTION, "--check")
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr


def test_a_change_reaches_every_module_that_shares_it(tmp_path: pathlib.Path) -> None:
    root = copied(tmp_path)
    source = root / "docs/shared/return_failure.yml"
    old, new = "The error code of the service.", "The code of the service's error."
    source.write_text(source.read_text().replace(old, new))
    modules = [root / "plugins/modules" / f"{name}.py" for name in MODULES]
    before = {path: path.read_text() for path in modules}
    checked = run(root, "--check")
    assert checked.returncode == 1 and "plugins/modules/policy.py" in checked.stdout
    assert {path: path.read_text() for path in modules} == before
    assert run(root).returncode == 0 and run(root, "--check").returncode == 0
    for path in modules:
        assert old in before[path]
        assert path.read_text() == before[path].replace(old, new)


def test_action_plugins_follow_the_modules(tmp_path: pathlib.Path) -> None:
    root = copied(tmp_path)
    lost, stray = root / "plugins/action/policy.py", root / "plugins/action/stray.py"
    text = lost.read_text()
    lost.unlink()
    stray.write_text(text)
    checked = run(root, "--check")
    assert checked.returncode == 1
    assert "plugins/action/policy.py" in checked.stdout and "plugins/action/stray.py" in checked.stdout
    assert run(root).returncode == 0
    assert lost.read_text() == text and not stray.exists()


def test_every_module_has_what_all_modules_return() -> None:
    for name in MODULES:
        text = (COLLECTION / "plugins/modules" / f"{name}.py").read_text(encoding="utf-8")
        assert "# BEGIN shared: return_failure" in text, name


@pytest.mark.usefixtures("toy")
def test_a_new_kind_is_in_the_baseline() -> None:
    written = with_toy()
    baseline = written["plugins/modules/baseline.py"]
    options = literal(baseline, "DOCUMENTATION")["options"]
    assert options["toys"] == {
        "description": "Manage toys. Each entry has the options of M(alicloud.ram.toy).",
        "type": "list",
        "elements": "dict",
        "default": [],
        "suboptions": {
            "name": {
                "description": "Name of the toy, whatever its O(toys[].colour).",
                "type": "str",
                "required": True,
            },
            "colour": {"description": "Its colour.", "type": "str", "choices": ["red", "blue"]},
            "wanted": {
                "description": ["Whether O(toys[].name) is wanted. See O(account_id)."],
                "type": "bool",
            },
        },
    }
    assert list(options["toys"]["suboptions"]) == list(TOY.spec)
    assert options["gently"]["description"] == "How to do it. Not with O(toys[].wanted=false)."
    returned = literal(baseline, "RETURN")
    assert returned["baseline"]["contains"]["toys"]["description"] == "As RV(alicloud.ram.toy#module:toy)."
    assert returned["owner"] == {
        "description": "Who has O(toys[].name).",
        "returned": "failure without O(accounts), because somebody else has it",
        "type": "str",
    }
    assert returned["accounts"]["contains"]["owner"]["description"] == "As RV(owner)."
    info = written["plugins/modules/baseline_info.py"]
    assert list(literal(info, "DOCUMENTATION")["options"]["toys"]["suboptions"]) == ["name"]
    assert "toys" in literal(info, "RETURN")["baseline"]["contains"]


@pytest.mark.usefixtures("toy")
def test_a_new_kind_has_all_other_files() -> None:
    written = with_toy()
    assert written["plugins/action/toy.py"] == written["plugins/action/toy_info.py"]
    groups = yaml.safe_load(written["meta/runtime.yml"])["action_groups"]["all"]
    assert groups == sorted(groups) and {"toy", "toy_info"} < set(groups)
    assert 'managed_module("toy")' in written["plugins/modules/toy.py"]
    info = written["plugins/modules/toy_info.py"]
    assert 'info_module("toy")' in info
    documentation = literal(info, "DOCUMENTATION")
    assert documentation["short_description"] == "Get toys" and list(documentation["options"]) == ["name"]
    returned = literal(info, "RETURN")
    assert returned["toy"]["description"] == "The toy. C({}) if it does not exist." and "code" in returned
    # Once it is there, what its author wrote stays.
    own = info.replace("short_description: Get toys", "short_description: Get one toy")
    again = with_toy(**{**written, "plugins/modules/toy_info.py": own})
    assert again["plugins/modules/toy_info.py"] == own
    assert "Get one toy. Each entry" in again["plugins/modules/baseline_info.py"]
    assert again == {
        **written,
        **{name: again[name] for name in ("plugins/modules/toy_info.py", "plugins/modules/baseline_info.py")},
    }


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    "module, message",
    [
        ({}, "plugins/modules/toy.py is missing"),
        ({"plugins/modules/toy.py": TOY_MODULE.replace("  colour:", "  color:")}, "does not document colour"),
        (
            {"plugins/modules/toy.py": TOY_MODULE.replace("return_failure", "nothing")},
            "there is no docs/shared/nothing",
        ),
        (
            {"plugins/modules/toy.py": TOY_MODULE.replace("short_description: ", "short_description: one: ")},
            "plugins/modules/toy.py: DOCUMENTATION is not YAML",
        ),
    ],
)
def test_what_is_missing_is_named(module: dict[str, str], message: str) -> None:
    with pytest.raises(generate.GenerateError, match=message):
        generate.generate({**FILES, **module}, registry.KINDS)


def test_placeholders() -> None:
    shared = {"part": "{who}, {how=well} in {module} of {kind}\nC({}) ${name} {{ found.{who} }}"}
    text = '  # BEGIN shared: part who="a user"\n  # END shared: part\n'
    written = generate.with_shared(text, "policy_info", shared)
    assert written == (
        '  # BEGIN shared: part who="a user"\n'
        "  a user, well in policy_info of policy\n"
        "  C({}) ${name} {{ found.a user }}\n"
        "  # END shared: part\n"
    )
    assert generate.with_shared(written, "policy_info", shared) == written
    with pytest.raises(generate.GenerateError, match="needs who="):
        generate.with_shared(text.replace(' who="a user"', ""), "policy", shared)
