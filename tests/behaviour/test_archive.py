# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive for Galaxy: what it has, and that everything runs from it where it is installed."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tarfile
from typing import Any

import pytest
import yaml

from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, SERVICE, trust_accounts
from ansible_collections.alicloud.ram.tests.lib.paths import BIN, COLLECTION

INSTALLED = "ansible_collections/alicloud/ram"


@pytest.fixture(scope="module", name="archive")
def _archive(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    directory = tmp_path_factory.mktemp("archive")
    command = [sys.executable, str(BIN / "ansible-galaxy"), "collection", "build", "--output-path", str(directory)]
    subprocess.run([*command, str(COLLECTION)], check=True, capture_output=True, timeout=120)
    (archive,) = directory.glob("*.tar.gz")
    return archive


@pytest.fixture(scope="module", name="root")
def _root(archive: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of collections that the archive is installed in."""
    root = tmp_path_factory.mktemp("collections")
    command = [
        sys.executable,
        str(BIN / "ansible-galaxy"),
        "collection",
        "install",
        str(archive),
        "-p",
        str(root),
        "--offline",
    ]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(root), "HOME": str(root)}
    subprocess.run(command, check=True, capture_output=True, timeout=120, env=environment)
    return str(root)


def test_what_it_has(archive: pathlib.Path) -> None:
    with tarfile.open(archive) as packed:
        names = {name for name in packed.getnames() if not name.endswith("/")}
    tops = {name.partition("/")[0] for name in names}
    assert tops >= {
        "plugins",
        "roles",
        "playbooks",
        "docs",
        "meta",
        "changelogs",
        "README.md",
        "LICENSE",
        "requirements.txt",
    }
    assert not tops & {"tests", "build", "Makefile", "pyproject.toml", ".github", ".ci", ".git"}
    assert {"plugins/module_utils/_report/page/page.html.j2", "docs/report.schema.json"} <= names
    assert archive.stat().st_size < 350_000


def test_everything_runs_from_it(root: str, account: Any, playbook: Any, tmp_path: pathlib.Path) -> None:
    hub = account()
    role = {"name": "Access", "trust_policy": trust_accounts(hub.account_id), "policies": ADMINISTRATOR}
    there = account(roles=[role], users=[{"name": "ci"}])
    environment = {
        "ANSIBLE_COLLECTIONS_PATH": root,
        "PYTHONPATH": "",
        **{f"ALIBABA_CLOUD_{name.upper()}": hub.options[name] for name in ("access_key_id", "access_key_secret")},
    }
    hosts = {"one": {"alicloud_assume_role": {"account_id": there.account_id, "role_name": "Access"},
                     "acr_vpc_access_users": ["ci"]}}  # fmt: skip
    inventory = {"alicloud_accounts": {"hosts": hosts}}

    def run(what: Any, *options: str, **more: Any) -> Any:
        return playbook(what, *options, environment=environment, **{"inventory": inventory, **more})

    run("alicloud.ram.acr_setup").succeeded()
    assert "CreateServiceLinkedRole" in there.writes()
    run("alicloud.ram.acr_audit", "-e", f"alicloud_audit_directory={tmp_path}").succeeded()
    report = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    version = yaml.safe_load((COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    assert report["collection_version"] == version and (tmp_path / "audit.html").stat().st_size > 5000
    (file,) = report["declaration"]["files"]
    assert file.startswith(root)  # and not from the tree of the tests
    tasks = [
        {"name": "module", "alicloud.ram.user_info": {"name": "administrator"}},
        {"name": "outside", "alicloud.ram.service_linked_role_info": {"service_name": SERVICE},
         "vars": {"alicloud_ram_inside_worker": False}},
        {"name": "role", "ansible.builtin.include_role": {"name": "alicloud.ram.acr_vpc_access"},
         "vars": {"acr_vpc_access_users": ["administrator"]}},
    ]  # fmt: skip
    local = run(tasks, account=hub, inventory={"all": {"hosts": {"localhost": {}}}}).succeeded()
    assert local.of("module")["user"]["user_name"] == "administrator"


def test_the_inventory_plugin_runs_from_it(root: str, emulator: Any, account: Any, tmp_path: pathlib.Path) -> None:
    hub = account()
    (tmp_path / "prod.resource_directory.yml").write_text("plugin: alicloud.ram.resource_directory\n", encoding="utf-8")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE", "PYTHON"))},
        **emulator.environment,
        "ANSIBLE_COLLECTIONS_PATH": root,
        **{f"ALIBABA_CLOUD_{name.upper()}": hub.options[name] for name in ("access_key_id", "access_key_secret")},
    }
    command = [sys.executable, str(BIN / "ansible-inventory"), "-i", "prod.resource_directory.yml", "--list"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    # This account is in no directory: the service, not Ansible, says so.
    assert "GetResourceDirectory failed: ResourceDirectoryNotInUse" in done.stderr, done.stderr
