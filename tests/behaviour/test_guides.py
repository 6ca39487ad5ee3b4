# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages of docs/ show is run as it stands there, with the demo's seed."""

from __future__ import annotations

import json
import pathlib
import re
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any, Callable

import pytest
import yaml

from ansible_collections.alicloud.ram.tests.lib import emulated
from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE
from ansible_collections.alicloud.ram.tests.lib.paths import BIN, COLLECTION

MANAGEMENT = "1000000000000001"
MEMBERS = {f"10000000000000{number}" for number in range(11, 15)}


@pytest.fixture(name="demo")
def _demo() -> Iterator[emulated.Emulator]:
    with emulated.running("--strict", "--seed", str(COLLECTION / "tests" / "demo" / "seed.yml")) as emulator:
        yield emulator


@pytest.fixture(name="run")
def _run(demo: emulated.Emulator, tmp_path: pathlib.Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command of Ansible in ``tmp_path``, with the key that the emulator prints."""
    key = demo.accounts[0]
    assert key["account_id"] == MANAGEMENT

    def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            cwd=tmp_path,
            env={
                **emulated.clean_environment(tmp_path),
                **demo.environment,
                "ALIBABA_CLOUD_ACCESS_KEY_ID": key["access_key_id"],
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET": key["access_key_secret"],
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )

    return run


def shown(page: str) -> dict[str, str]:
    """The files that a page shows: their names are the comments in their first lines."""
    text = (COLLECTION / page).read_text(encoding="utf-8")
    found = re.finditer(
        r"^```(?:yaml\n# ([\w./]+\.yml)\b[^\n]*|jinja\n{# ([\w./]+\.j2) #})\n(.*?)^```", text, re.S | re.M
    )
    return {block[1] or block[2]: block[3] for block in found}


def written(directory: pathlib.Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")


def test_the_project_of_the_page_on_awx(run: Any, tmp_path: pathlib.Path) -> None:
    written(tmp_path, shown("docs/awx.md"))
    listing = run("ansible-inventory", "-i", "prod.resource_directory.yml", "--list")
    assert set(json.loads(listing.stdout)["alicloud_accounts"]["hosts"]) == MEMBERS, listing.stderr
    for playbook, batches in (("setup.yml", 1), ("rollout.yml", 3)):
        done = run("ansible-playbook", "-i", "prod.resource_directory.yml", playbook, "--check")
        assert done.returncode == 0 and "alicloud.ram: 4 accounts: 4 ok," in done.stderr, done.stdout + done.stderr
        assert done.stdout.count("TASK [Work on all accounts of the batch]") == batches, done.stdout


def test_a_rollout_to_no_account_fails(run: Any, tmp_path: pathlib.Path) -> None:
    none = {"prod.resource_directory.yml": "plugin: alicloud.ram.resource_directory\nonly_accounts: []\n"}
    written(tmp_path, {**shown("docs/awx.md"), **none})
    done = run("ansible-playbook", "-i", "prod.resource_directory.yml", "rollout.yml", "--check")
    assert done.returncode == 2 and "There is no account" in done.stdout, done.stdout + done.stderr


def test_of_two_variables_the_inventory_takes_the_modules_first(run: Any, tmp_path: pathlib.Path) -> None:
    # Machines in a company's network have the second one set for everything else.
    written(tmp_path, shown("docs/awx.md"))
    (tmp_path / "other.pem").touch()
    listing = run(
        "ansible-inventory",
        "-i",
        "prod.resource_directory.yml",
        "--list",
        REQUESTS_CA_BUNDLE=str(tmp_path / "other.pem"),
    )
    assert set(json.loads(listing.stdout).get("alicloud_accounts", {}).get("hosts", ())) == MEMBERS, listing.stderr


@pytest.mark.parametrize("name", ["deploy_user.yml", "acr.yml"])
def test_the_examples_of_the_readme(name: str, run: Any, tmp_path: pathlib.Path) -> None:
    files = shown("README.md")
    assert {"deploy_user.yml", "publish.json.j2", "accounts.yml", "acr.yml"} == set(files)
    written(tmp_path, files)
    for options, changed in ((["--check", "--diff"], 1), ([], 1), ([], 0)):
        done = run("ansible-playbook", name, *options)
        assert done.returncode == 0 and f" changed={changed} " in done.stdout, done.stdout + done.stderr


def commands(page: str, first: str) -> list[list[str]]:
    """The commands of a page's console blocks that begin with a word."""
    blocks = re.findall(r"^```console\n(.*?)^```", (COLLECTION / page).read_text(encoding="utf-8"), re.S | re.M)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line[2:], comments=True) for line in lines if line.startswith(f"$ {first} ")]


@pytest.mark.parametrize("page", ["README.md", "docs/many-accounts.md"])
def test_the_accounts_and_commands_of_a_page(page: str, run: Any, tmp_path: pathlib.Path) -> None:
    written(tmp_path, shown(page))
    tried = [command for command in commands(page, "ansible-playbook") if "accounts.yml" in command]
    assert len(tried) >= 4
    for command in tried:
        done = run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"^alicloud\.ram: [0-9]+ accounts?: [0-9]+ (ok|as declared)", done.stderr, re.M), done.stderr
    if "own.yml" in shown(page):
        done = run("ansible-playbook", "-i", "accounts.yml", "own.yml")
        assert done.returncode == 0 and "All assertions passed" in done.stdout, done.stdout + done.stderr


def test_an_inventory_becomes_the_list_of_a_fleet(run: Any, tmp_path: pathlib.Path) -> None:
    text = (COLLECTION / "docs" / "many-accounts.md").read_text(encoding="utf-8")
    (accounts,) = re.findall(r"^accounts: (\"{{ groups.*)$", text, re.M)
    role = {"account_id": "{{ account }}", "role_name": "ResourceDirectoryAccountAccessRole"}
    hosts = {
        "own": {"alicloud_account_id": MANAGEMENT},
        "guarded": {
            "account": "1000000000000011",
            "alicloud_account_id": "1000000000000011",
            "alicloud_assume_role": role,
        },
        "entered": {"account": "1000000000000012", "alicloud_assume_role": role},
        "another": {"account": "1000000000000013", "alicloud_account_id": MANAGEMENT, "alicloud_assume_role": role},
    }
    task = {
        "name": "All of them",
        "alicloud.ram.baseline": {
            "accounts": yaml.safe_load(accounts),
            "service_linked_roles": [{"service_name": SERVICE}],
        },
        "register": "fleet",
        "check_mode": True,
        "failed_when": False,
    }
    told = {
        "name": "What became of them",
        "ansible.builtin.copy": {"content": "{{ fleet | to_json }}", "dest": "{{ playbook_dir }}/fleet.json"},
    }
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "tasks": [task, told],
    }
    files = {
        **shown("docs/many-accounts.md"),
        "accounts.yml": yaml.safe_dump({"alicloud_accounts": {"hosts": hosts}}),
        "play.yml": yaml.safe_dump([play], sort_keys=False),
    }
    written(tmp_path, files)
    done = run("ansible-playbook", "-i", "accounts.yml", "play.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    fleet = json.loads((tmp_path / "fleet.json").read_text(encoding="utf-8"))
    # The last one's guard is of another account than its role, which nothing is done with.
    assert "another" in fleet["msg"] and f"account_id is {MANAGEMENT}" in fleet["msg"] and "accounts" not in fleet
    del hosts["another"]
    written(tmp_path, {"accounts.yml": yaml.safe_dump({"alicloud_accounts": {"hosts": hosts}})})
    done = run("ansible-playbook", "-i", "accounts.yml", "play.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    fleet = json.loads((tmp_path / "fleet.json").read_text(encoding="utf-8"))
    assert [(account["name"], account["account_id"], account["status"]) for account in fleet["accounts"]] == [
        ("own", MANAGEMENT, "failed"),
        ("entered", "1000000000000012", "ok"),
        ("guarded", "1000000000000011", "ok"),
    ]
    # It was called with the operator's own credentials, which may do nothing but assume roles.
    assert fleet["accounts"][0]["missing_action"] == "ram:GetServiceLinkedRoleTemplate"


def test_getting_started(run: Any, tmp_path: pathlib.Path) -> None:
    """Every command of the page that is Ansible's, in its order. What installs and starts is what "make" and the fixture do."""
    page = "docs/getting-started.md"
    written(tmp_path, shown(page))
    outputs = []
    for command in commands(page, "ansible-playbook"):
        done = run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        outputs.append(done.stdout)
    who, checked, made, again = outputs
    assert "acs:ram::1000000000000001:user/operator" in who
    assert " changed=1 " in checked and " changed=1 " in made and " changed=0 " in again
    text = (tmp_path / "first.yml").read_text(encoding="utf-8").replace("comments:", "commments:")
    (tmp_path / "first.yml").write_text(text, encoding="utf-8")
    wrong = run("ansible-playbook", "first.yml")
    assert wrong.returncode == 2 and "commments" in wrong.stdout and "comments" in wrong.stdout


def test_the_jobs_of_the_cookbook(run: Any, tmp_path: pathlib.Path) -> None:
    """In their order, because one removes what another declares; first in check mode, at the end without changes."""
    files = shown("docs/cookbook.md")
    written(tmp_path, files)
    assert len(files) == 5
    for name in files:
        for options in (["--check", "--diff"], []):
            done = run("ansible-playbook", name, *options)
            assert done.returncode == 0, (name, done.stdout + done.stderr)
        if name == "who_may.yml":
            assert '"msg": "denied: []"' in done.stdout, done.stdout
    # But for the team, of which somebody left, nothing is to be done a second time.
    again = run("ansible-playbook", *(name for name in files if name != "team.yml"))
    assert again.returncode == 0 and " changed=0 " in again.stdout, again.stdout
