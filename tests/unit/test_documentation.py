# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people copy from the documentation is safe to copy."""

from __future__ import annotations

import ast
import fnmatch
import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.alicloud.ram.plugins.doc_fragments._connection import ModuleDocFragment
from ansible_collections.alicloud.ram.plugins.module_utils._resources.registry import KINDS
from ansible_collections.alicloud.ram.tests.lib.paths import COLLECTION

PAGES = [
    *COLLECTION.glob("*.md"),
    *COLLECTION.glob("docs/*.md"),
    *COLLECTION.glob("docs/rights/*.md"),
    *COLLECTION.glob("roles/*/README.md"),
    *COLLECTION.glob("tests/emulator/*.md"),
]
PLUGINS = [*COLLECTION.glob("plugins/modules/*.py"), *COLLECTION.glob("plugins/inventory/*.py")]
FILES = [
    *COLLECTION.glob("docs/rights/*.json"),
    *COLLECTION.glob("roles/*/files/*.json"),
    *COLLECTION.glob("roles/*/vars/*.yml"),
    *COLLECTION.glob("playbooks/*.yml"),
    COLLECTION / "tests/demo/accounts.yml",
]
SOURCES = {str(path.relative_to(COLLECTION)): path for path in PAGES + PLUGINS + FILES}
ACTION = "ram:CreateServiceLinkedRole"


def literal(path: pathlib.Path, name: str) -> str:
    """A plugin's DOCUMENTATION, EXAMPLES or RETURN."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == name:
            return ast.literal_eval(node.value)
    raise ValueError(f"{path} has no {name}")


def texts(path: pathlib.Path) -> list[str]:
    """The YAML and JSON texts of a page, a plugin's examples, or a file."""
    if path.suffix == ".py":
        return [literal(path, "EXAMPLES")]
    text = path.read_text(encoding="utf-8")
    return (
        re.findall(r"^```(?:yaml|json)\n(.*?)^```", text, re.DOTALL | re.MULTILINE) if path.suffix == ".md" else [text]
    )


def mappings(data: Any) -> Iterator[dict[str, Any]]:
    """All mappings in it, those in JSON texts too."""
    if isinstance(data, str) and data.lstrip().startswith("{") and not data.startswith("{{"):
        yield from mappings(json.loads(data))
    elif isinstance(data, dict):
        yield data
        for value in data.values():
            yield from mappings(value)
    elif isinstance(data, list):
        for value in data:
            yield from mappings(value)


def covers(patterns: Any) -> bool:
    listed = patterns if isinstance(patterns, list) else [patterns]
    return any(fnmatch.fnmatchcase(ACTION.lower(), pattern.lower()) for pattern in listed)


def creating(text: str) -> list[dict[str, Any]]:
    """The statements that allow creating a service-linked role."""
    found = [statement for data in yaml.safe_load_all(text) for statement in mappings(data)]
    return [
        statement
        for statement in found
        if statement.get("Effect") == "Allow"
        and (covers(statement["Action"]) if "Action" in statement else not covers(statement.get("NotAction", "*")))
    ]


def bound(statement: dict[str, Any]) -> bool:
    """Whether it is for named services alone."""
    named = statement.get("Condition", {}).get("StringEquals", {}).get("ram:ServiceName")
    return bool(named) and "*" not in str(named)


def test_what_allows_too_much_is_found() -> None:
    document = "Statement: [{Effect: Allow, Resource: '*', %s}]"
    for wide in (f"Action: '{ACTION}'", "Action: ['ecs:*', 'ram:Create*']", "Action: '*'", "NotAction: 'ecs:*'"):
        text = document % wide
        (statement,) = creating(text)
        assert not bound(statement), text
        # As JSON text in an example, too.
        assert creating(json.dumps({"document": json.dumps(yaml.safe_load(text))})) == [statement]
    for narrow in ("Action: 'ram:CreatePolicy'", "NotAction: 'ram:*'"):
        assert creating(document % narrow) == []
    for services, good in (("s.aliyuncs.com", True), ("[s.aliyuncs.com]", True), ("'*'", False)):
        condition = f"Condition: {{StringEquals: {{'ram:ServiceName': {services}}}}}"
        assert [bound(found) for found in creating(document % f"Action: '{ACTION}', {condition}")] == [good]


@pytest.mark.parametrize("source", SOURCES)
def test_nobody_is_allowed_the_roles_of_all_services(source: str) -> None:
    for text in texts(SOURCES[source]):
        for statement in creating(text):
            assert bound(statement), statement


def test_the_statements_of_the_documentation_are_seen() -> None:
    seen = {source for source, path in SOURCES.items() if any(creating(text) for text in texts(path))}
    assert seen >= {
        "docs/many-accounts.md",
        "docs/rights/baseline-present.json",
        "docs/rights/service_linked_role-present.json",
        "plugins/modules/baseline.py",
        "plugins/modules/policy.py",
        "roles/acr_vpc_access/files/setup-policy.json",
        "roles/acr_vpc_access/vars/main.yml",
    }


def test_plays_on_localhost_run_where_the_sdks_are() -> None:
    # A localhost that is in the inventory can have another connection and another Python.
    plays = [
        (source, play)
        for source, path in SOURCES.items()
        if path in PAGES and path.parent in (COLLECTION, COLLECTION / "docs")
        for text in texts(path)
        for data in yaml.safe_load_all(text)
        for play in (data if isinstance(data, list) else ())
        if play.get("hosts") == "localhost" and "alicloud.ram." in str(play)
    ]
    assert {source for source, play in plays} == {
        "README.md",
        "docs/cookbook.md",
        "docs/getting-started.md",
        "docs/many-accounts.md",
    }
    for source, play in plays:
        assert play["connection"] == "local", source
        assert play["vars"]["ansible_python_interpreter"] == "{{ ansible_playbook_python }}", source


def test_the_documentation_requires_what_is_installed() -> None:
    lines = (COLLECTION / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line.replace(" ", "") for line in lines if line and not line.startswith("#")]
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["requirements"]
    assert documented[0] == "python >= 3.9"
    assert [line.replace(" ", "") for line in documented[1:]] == wanted


def test_a_baseline_documents_the_failures_of_all_that_it_declares() -> None:
    def failures(module: str) -> set[str]:
        path = COLLECTION / f"plugins/modules/{module}.py"
        return {
            name
            for name, value in yaml.safe_load(literal(path, "RETURN")).items()
            if value["returned"].startswith("failure")
        }

    wanted = set.union(*(failures(kind.name) for kind in KINDS))
    assert wanted > {"attached_to", "reason", "role_usages", "missing_action"}
    baseline = yaml.safe_load(literal(COLLECTION / "plugins/modules/baseline.py", "RETURN"))
    assert set(baseline) >= wanted
    assert set(baseline["accounts"]["contains"]) >= wanted


def test_the_changelog_names_every_module() -> None:
    releases = yaml.safe_load((COLLECTION / "changelogs/changelog.yaml").read_text(encoding="utf-8"))["releases"]
    named = [module["name"] for release in releases.values() for module in release.get("modules", ())]
    assert sorted(named) == sorted(path.stem for path in COLLECTION.glob("plugins/modules/*.py"))
