# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of a Resource Directory as hosts: ansible-inventory and ansible-playbook against the emulator."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.directory import SELECTION_SPEC
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import CONNECTION_SPEC
from ansible_collections.alicloud.ram.tests.lib import emulated
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR
from ansible_collections.alicloud.ram.tests.lib.paths import BIN, COLLECTION

NAME = "alicloud.ram.resource_directory"
HUB = "1000000000000001"
ACTIONS = ["GetResourceDirectory", "ListAccounts", "ListFoldersForParent"]
MANY = [str(3000000000000000 + number) for number in range(251)]
# Ansible goes on without a source that failed, unless it is told not to.
STOP = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
# This ends it only if all sources failed.
STOP_IF_ALL = {"ANSIBLE_INVENTORY_UNPARSED_FAILED": "true"}
# Whoever evaluates this says "evaluated" and leaves a file behind.
TRAP = "{{ lookup('ansible.builtin.pipe', 'touch trap; echo evalu' ~ 'ated') }}"


def key(name: str) -> dict[str, str]:
    return {"access_key_id": f"LTAI{name}", "access_key_secret": f"canary-{name}"}


def environment(name: str) -> dict[str, str]:
    return {f"ALIBABA_CLOUD_{option.upper()}": value for option, value in key(name).items()}


def user(name: str, policies: list[dict[str, str]]) -> dict[str, Any]:
    return {"name": name, "policies": policies, "access_keys": [key(name)]}


def trusting(account_id: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"RAM": [f"acs:ram::{account_id}:root"]},
    }
    return {"Version": "1", "Statement": [statement]}


def allowing(*actions: str) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Action": [f"resourcemanager:{action}" for action in actions], "Resource": "*"}
    return {"Version": "1", "Statement": [allow]}


def member(account_id: str, name: str, **more: Any) -> dict[str, Any]:
    role = {"name": "ResourceDirectoryAccountAccessRole", "trust_policy": trusting(HUB), "policies": ADMINISTRATOR}
    return {"account_id": account_id, "display_name": name, "directory": "member", "roles": [role], **more}


SEED = {
    "accounts": [
        {
            "account_id": HUB,
            "display_name": "hub",
            "directory": "management",
            "policies": [
                {"name": "read", "document": allowing(*ACTIONS)},
                {"name": "no-folders", "document": allowing(*ACTIONS[:2])},
            ],
            "users": [
                user(
                    "operator",
                    [{"name": "read", "type": "Custom"}, {"name": "AliyunSTSAssumeRoleAccess", "type": "System"}],
                ),
                user("other", [{"name": "read", "type": "Custom"}]),
                user("half", [{"name": "no-folders", "type": "Custom"}]),
                user("nobody", []),
            ],
            "roles": [
                {
                    "name": "Reader",
                    "trust_policy": trusting("1000000000000002"),
                    "policies": [{"name": "read", "type": "Custom"}],
                }
            ],
        },
        {"account_id": "1000000000000002", "display_name": "outside", "users": [user("outsider", ADMINISTRATOR)]},
        member(
            "2000000000000001",
            "payments",
            folder="/prod/eu",
            tags={"env": "prod", "team": "pay"},
            users=[user("ci-deployer", []), user("member", ADMINISTRATOR)],
        ),
        member("2000000000000002", "logistics", folder="/prod", tags={"env": "prod"}, users=[user("ci-deployer2", [])]),
        member("2000000000000003", "lab", tags={"env": "test"}),
        member("2000000000000004", "bought", folder="/prod/eu", status="InviteSuccess"),
        member("2000000000000005", "pending", folder="/prod", status="PromoteVerifying"),
        member("2000000000000006", "twin", folder="/odd/twins"),
        member("2000000000000007", "twin", folder="/odd/twins"),
        member("2000000000000008", TRAP, folder="/odd/trap", tags={"note": TRAP, TRAP: "x", "#jinja2:a:1\n[[7]]": "y"}),
        member("2000000000000009", "localhost", folder="/odd/localhost"),
        member("2000000000000010", "alicloud_accounts", folder="/odd/group"),
        *(member(account_id, f"many-{account_id}", folder="/many", roles=[]) for account_id in MANY),
    ]
}
FOLDERS = ["", "/prod", "/prod/eu", "/odd", "/odd/twins", "/odd/trap", "/odd/localhost", "/odd/group", "/many"]


@pytest.fixture(scope="module", name="directory")
def _directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulated.Emulator]:
    seed = tmp_path_factory.mktemp("seed") / "seed.json"
    seed.write_text(json.dumps(SEED), encoding="utf-8")
    with emulated.running("--strict", "--admin", "--seed", str(seed)) as emulator:
        yield emulator


@dataclass
class Run:
    """What a command said, and which operations it called."""

    status: int
    stdout: str
    stderr: str
    calls: list[dict[str, Any]]

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def words(self) -> str:
        """The output without the line breaks that Ansible puts into its warnings."""
        return " ".join(self.output.split())

    @property
    def listing(self) -> dict[str, Any]:
        assert self.status == 0, self.output
        return json.loads(self.stdout)

    @property
    def hosts(self) -> dict[str, Any]:
        return self.listing["_meta"]["hostvars"]

    def group(self, name: str) -> set[str]:
        return set(self.listing.get(name, {}).get("hosts", ()))

    @property
    def operations(self) -> Counter[str]:
        return Counter(call["operation"] for call in self.calls)

    @property
    def failures(self) -> dict[str, str]:
        """What Ansible said of the sources that it could not use, by their names."""
        parts = re.split(r"(\w+)\.resource_directory\.yml as an inventory source", self.words)
        return dict(zip(parts[1::2], parts[::2]))


def numbered(options: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give each of several sources a name."""
    return {f"source{number}": one for number, one in enumerate(options)}


def run_command(
    directory: emulated.Emulator,
    path: pathlib.Path,
    command: list[str],
    sources: dict[str, dict[str, Any]],
    as_user: str | None,
    variables: dict[str, str],
) -> Run:
    """Run a command of Ansible in ``path``, with sources of an inventory: their names and options."""
    chosen = []
    for name, options in sources.items():
        text = yaml.safe_dump({"plugin": NAME, **options}, sort_keys=False)
        (path / f"{name}.resource_directory.yml").write_text(text, encoding="utf-8")
        chosen += ["-i", f"{name}.resource_directory.yml"]
    since = max([call["seq"] for call in directory.calls()], default=0)
    completed = subprocess.run(
        [str(BIN / command[0]), *chosen, *command[1:]],
        cwd=path,
        env={
            **emulated.clean_environment(path, measured=False),
            **directory.environment,
            **(environment(as_user) if as_user else {}),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    return Run(completed.returncode, completed.stdout, completed.stderr, directory.calls(since=since))


@pytest.fixture(name="command")
def _command(directory: emulated.Emulator, tmp_path: pathlib.Path) -> Callable[..., Run]:
    """Run a command of Ansible with an inventory of these options."""

    def run(command: list[str], options: dict[str, Any], as_user: str | None = "operator", **variables: str) -> Run:
        return run_command(directory, tmp_path, command, {"accounts": options}, as_user, variables)

    return run


@pytest.fixture(name="inventory")
def _inventory(command: Callable[..., Run]) -> Callable[..., Run]:
    """The listing of an inventory with these options."""

    def run(
        *arguments: str, as_user: str | None = "operator", variables: dict[str, str] | None = None, **options: Any
    ) -> Run:
        return command(["ansible-inventory", "--list", *arguments], options, as_user, **(variables or {}))

    return run


@pytest.fixture(name="sources")
def _sources(directory: emulated.Emulator, tmp_path: pathlib.Path) -> Callable[..., Run]:
    """The listing of several sources: their names and options. Ansible goes on after one that failed."""

    def run(
        sources: dict[str, dict[str, Any]], *arguments: str, as_user: str | None = "operator", **variables: str
    ) -> Run:
        command = ["ansible-inventory", "--list", *arguments]
        return run_command(directory, tmp_path, command, sources, as_user, variables)

    return run


# What is documented


@pytest.fixture(scope="module", name="documented")
def _documented(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("home")
    command = [str(BIN / "ansible-doc"), "-t", "inventory", "--json", NAME]
    completed = subprocess.run(
        command, env=emulated.clean_environment(home), capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(completed.stdout)[NAME]


def test_every_option_of_the_modules_is_taken_with_its_default_and_its_variables(documented: Any) -> None:
    options = documented["doc"]["options"]
    for name, spec in CONNECTION_SPEC.items():
        assert options[name]["type"] == spec["type"], name
        assert options[name].get("default") == spec.get("default"), name
        variables = spec["fallback"][1] if "fallback" in spec else []
        # A module takes the first that is set, and Ansible the last.
        assert [source["name"] for source in options[name].get("env", ())] == variables[::-1], name
    assert set(options["assume_role"]["suboptions"]) == set(CONNECTION_SPEC["assume_role"]["options"])


def test_the_options_of_the_choice_are_documented_as_they_are_checked(documented: Any) -> None:
    for name, spec in SELECTION_SPEC.items():
        for part in ("type", "elements", "choices"):
            assert documented["doc"]["options"][name].get(part) == spec.get(part), (name, part)


def test_the_examples_use_options_that_there_are(documented: Any) -> None:
    # All but the first are comments, because ansible-core 2.16 wants one document.
    blocks = [re.sub("^# ?", "", block, flags=re.M) for block in documented["examples"].strip().split("\n\n")]
    examples = [yaml.safe_load(block[re.search("^plugin:", block, re.M).start() :]) for block in blocks]
    assert len(examples) == 3
    for example in examples:
        assert example["plugin"] == NAME and set(example) <= set(documented["doc"]["options"])


# Hosts and their variables


def test_every_usable_member_is_a_host(inventory: Any) -> None:
    run = inventory()
    members = {account["account_id"] for account in SEED["accounts"] if account.get("directory") == "member"}
    assert set(run.hosts) == run.group("alicloud_accounts") == members - {"2000000000000005"}
    assert len(run.hosts) > 250
    assert run.operations == {"GetResourceDirectory": 1, "ListAccounts": 3, "ListFoldersForParent": len(FOLDERS)}
    assert "WARNING" not in run.stderr


# What each says of a host is not said differently by another.
LISTED = {
    "one": {"only_accounts": ["2000000000000001"], "group": "members"},
    "chosen": {
        "folders": ["/prod"],
        "hostnames": "display_name",
        "include_management_account": True,
        "group": "by_folder",
    },
    "some": {
        "folders": ["/prod"],
        "tags": {"env": ["prod", "test"]},
        "exclude_accounts": [2000000000000001],
        "group": "by_tag",
    },
    "promoted": {"statuses": ["PromoteVerifying"], "group": "by_status"},
    "composed": {
        "folders": ["/prod"],
        "hostnames": "display_name",
        "strict": True,
        "keyed_groups": [
            {"prefix": "env", "key": "alicloud_tags.env | default('none')"},
            {"prefix": "where", "key": "region"},
        ],
        "groups": {"invited": "alicloud_join_method == 'invited'"},
        "compose": {
            "region": "alicloud_folder_path.split('/')[2] | default('anywhere')",
            "who": "inventory_hostname",
        },
    },
}


@pytest.fixture(scope="module", name="listed")
def _listed(directory: emulated.Emulator, tmp_path_factory: pytest.TempPathFactory) -> Run:
    path = tmp_path_factory.mktemp("listed")
    return run_command(directory, path, ["ansible-inventory", "--list"], LISTED, "operator", STOP)


@pytest.mark.xdist_group("listed")
def test_the_variables_of_a_host(listed: Run) -> None:
    assert listed.group("members") == {"2000000000000001"}
    variables = dict(listed.hosts["2000000000000001"])
    assert variables.pop("alicloud_folder_id").startswith("fd-")
    assert variables.pop("alicloud_resource_directory_id").startswith("rd-")
    assert variables == {
        "alicloud_account_id": "2000000000000001",
        "alicloud_account_type": "ResourceAccount",
        "alicloud_assume_role": {"account_id": "2000000000000001", "role_name": "ResourceDirectoryAccountAccessRole"},
        "alicloud_display_name": "payments",
        "alicloud_folder_path": "/prod/eu",
        "alicloud_join_method": "created",
        "alicloud_management_account": False,
        "alicloud_status": "CreateSuccess",
        "alicloud_tags": {"env": "prod", "team": "pay"},
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }


@pytest.mark.xdist_group("listed")
def test_what_is_chosen(listed: Run) -> None:
    assert listed.group("by_folder") == {"hub", "payments", "logistics", "bought"}
    hub = listed.hosts["hub"]
    assert hub["alicloud_account_id"] == HUB and hub["alicloud_management_account"] is True
    assert "alicloud_assume_role" not in hub
    assert listed.group("by_tag") == {"2000000000000002"}
    assert listed.group("by_status") == {"2000000000000005"}
    assert "WARNING" not in listed.stderr


@pytest.mark.xdist_group("listed")
def test_groups_and_composed_variables(listed: Run) -> None:
    assert listed.group("env_prod") == {"payments", "logistics"} and listed.group("env_none") == {"bought"}
    assert listed.group("where_eu") == {"payments", "bought"} and listed.group("where_anywhere") == {"logistics"}
    assert listed.group("invited") == {"bought"}


def test_that_no_account_is_left_is_told(inventory: Any, command: Any, tmp_path: pathlib.Path) -> None:
    members = sum(account.get("directory") == "member" for account in SEED["accounts"])
    (tmp_path / "play.yml").write_text("[{hosts: alicloud_accounts, gather_facts: false}]", encoding="utf-8")
    play = command(["ansible-playbook", "play.yml"], {"folders": ["/prod"], "tags": {"env": "prdo"}})
    assert play.status == 0 and f"No account is left of {members} by statuses, folders, tags." in play.words
    # From the cache, too.
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    for turn in ("read", "cached"):
        run = inventory(only_accounts=[], **cache)
        assert run.hosts == {} and f"No account is left of {members} by statuses, only_accounts." in run.words
        assert bool(run.calls) is (turn == "read")


def test_names_that_are_not_one_account(sources: Any, tmp_path: pathlib.Path) -> None:
    """A source that fails, be it half-way, leaves no host."""
    (tmp_path / "static.yml").write_text("{more: {hosts: {static: {x: 1}}}}", encoding="utf-8")
    by_name = {"hostnames": "display_name"}
    failing = {
        "half": ({"folders": ["/prod"], "strict": True, "groups": {"mine": "alicloud_tags.team == 'pay'"}}, "team"),
        "twins": (
            {"folders": ["/odd/twins"], **by_name},
            "2000000000000006 and 2000000000000007 would both be the host 'twin'",
        ),
        "local": ({"folders": ["/odd/localhost"], **by_name}, "no account can be the host 'localhost'"),
        "group": ({"folders": ["/odd/group"], **by_name}, "no account can be the host 'alicloud_accounts'"),
        "keyed": (
            {"folders": ["/prod"], **by_name, "keyed_groups": [{"key": "alicloud_display_name", "separator": ""}]},
            "no account can be the host 'payments'",
        ),
    }
    run = sources({name: options for name, (options, dummy) in failing.items()}, "-i", "static.yml")
    for name, (_options, told) in failing.items():
        assert told in run.failures.get(name, ""), name
    assert set(run.hosts) == {"static"} and "alicloud_accounts" not in run.listing

    run = sources(
        {
            "one": {"folders": ["/odd/twins"], **by_name, "exclude_accounts": ["2000000000000007"], "group": "one"},
            "both": {"folders": ["/odd/twins"], "group": "both"},
        }
    )
    assert run.group("one") == {"twin"}
    assert run.group("both") == {"2000000000000006", "2000000000000007"}


def test_what_the_service_says_is_never_evaluated(command: Any, tmp_path: pathlib.Path) -> None:
    play = {
        "hosts": "alicloud_accounts",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Look",
                "ansible.builtin.copy": {
                    "content": "{{ [alicloud_display_name, alicloud_tags, shown, note, inventory_hostname, group_names,"
                    " hostvars[inventory_hostname].alicloud_tags] | to_json }}",
                    "dest": str(tmp_path / "looked.json"),
                },
            },
            {"name": "Show", "ansible.builtin.debug": {"var": "alicloud_tags"}},
            {"name": "Show all", "ansible.builtin.debug": {"msg": "{{ hostvars[inventory_hostname] }}"}},
        ],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    options = {
        "folders": ["/odd/trap"],
        "hostnames": "display_name",
        "compose": {"shown": "alicloud_display_name", "note": "'<' ~ alicloud_tags.note ~ '>'"},
        "keyed_groups": [{"key": "alicloud_display_name", "prefix": "name"}, {"key": "alicloud_tags", "prefix": "tag"}],
        "groups": {"same": "alicloud_display_name == alicloud_tags.note"},
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    for turn in ("read", "cached"):
        listed = command(["ansible-inventory", "--list"], options)
        ran = command(["ansible-playbook", "play.yml", "-v"], options)
        assert ran.status == 0, ran.output
        assert bool(listed.calls) is (turn == "read") and not ran.calls
        assert "evaluated" not in listed.output + ran.output and not list(tmp_path.rglob("trap"))
        tags = next(account["tags"] for account in SEED["accounts"] if account["display_name"] == TRAP)
        name, told, shown, note, host, groups, through = json.loads((tmp_path / "looked.json").read_text())
        assert (name, told, through) == (TRAP, tags, tags) and (shown, note) == (TRAP, f"<{TRAP}>")
        assert "same" in groups and all(re.fullmatch(r"[\w.]+", name) for name in (host, *groups))


def test_roles_may_be_templates_that_are_not_shown(command: Any, inventory: Any, tmp_path: pathlib.Path) -> None:
    options = {
        "folders": ["/prod"],
        "role_name": "{{ alicloud_display_name | upper }}",
        "role_session_name": "nightly",
        "role_duration_seconds": 1800,
        "role_external_id": "{{ lookup('ansible.builtin.env', 'EXTERNAL') }}",
    }
    listed = inventory(variables={"EXTERNAL": "canary-external"}, **options)
    assert "canary-external" not in listed.output
    assert listed.hosts["2000000000000002"]["alicloud_assume_role"]["session_name"] == "nightly"
    ran = command(
        ["ansible", "2000000000000002", "-m", "ansible.builtin.debug", "-a", "var=alicloud_assume_role"],
        options,
        EXTERNAL="canary-external",
    )
    for text in ('"LOGISTICS"', '"canary-external"', '"1800"', '"2000000000000002"'):
        assert text in ran.output


# Who calls


def test_options_name_the_caller_and_nothing_shows_them(sources: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "password").write_text("vault")
    encrypted = subprocess.run(
        [str(BIN / "ansible-vault"), "encrypt_string", "--vault-password-file", "password", "canary-operator"],
        cwd=tmp_path,
        env=emulated.clean_environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    (tmp_path / "vaulted.resource_directory.yml").write_text(
        f"plugin: {NAME}\naccess_key_id: LTAIoperator\naccess_key_secret: {encrypted}\nfolders: [/prod]\ngroup: vaulted\n"
    )
    named = {
        name: {
            "access_key_id": "{{ key_id }}",
            "access_key_secret": f"{{{{ lookup('ansible.builtin.env', '{name.upper()}') }}}}",
            "group": name,
        }
        for name in ("right", "wrong")
    }
    run = sources(
        named, "-e", "key_id=LTAIoperator", "-vvvv", "-i", "vaulted.resource_directory.yml",
        "--vault-password-file", "password",
        as_user="nobody", RIGHT="canary-operator", WRONG="canary-wrong",
    )  # fmt: skip
    assert "canary" not in run.output
    assert list(run.failures) == ["wrong"] and "SignatureDoesNotMatch" in run.failures["wrong"]
    shown = json.loads(run.stdout[run.stdout.index("\n{") :])  # after what -vvvv shows
    for name, is_read in (("right", True), ("vaulted", True), ("wrong", False)):
        assert ("2000000000000001" in shown.get(name, {}).get("hosts", ())) is is_read, name


def test_of_several_variables_the_one_that_a_module_would_take_is_taken(inventory: Any) -> None:
    variables = {
        "REQUESTS_CA_BUNDLE": "/nowhere.pem",  # beside ALIBABA_CLOUD_CA_BUNDLE
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "https_proxy": "the wrong one",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "elsewhere.example.com",
    }
    assert set(inventory(folders=["/prod/eu"], variables={**variables, **STOP}).hosts) == {
        "2000000000000001",
        "2000000000000004",
    }
    proxied = inventory(retry_timeout=0, variables={**variables, "NO_PROXY": "elsewhere.example.com", **STOP})
    assert proxied.status != 0 and "proxy" in proxied.words and "not the URL" not in proxied.words


def test_a_role_to_read_with(inventory: Any) -> None:
    role = {"account_id": HUB, "role_name": "Reader", "session_name": "inventory"}
    run = inventory(as_user="outsider", assume_role=role, account_id=HUB, folders=["/prod/eu"])
    assert run.hosts["2000000000000001"]["alicloud_assume_role"]["role_name"] == "ResourceDirectoryAccountAccessRole"
    assert run.operations["AssumeRole"] == 1 and run.operations["GetCallerIdentity"] == 0
    callers = {call["caller"] for call in run.calls if call["operation"] == "ListAccounts"}
    assert callers == {f"acs:ram::{HUB}:role/Reader/inventory"}


def test_the_wrong_account_is_not_read(inventory: Any) -> None:
    run = inventory(account_id="1000000000000002")
    assert "account_id is 1000000000000002, but the credentials" in run.words and HUB in run.words
    assert run.hosts == {} and run.operations == {"GetCallerIdentity": 1}


TOLD = {
    "nobody": [
        "GetResourceDirectory failed: NoPermission",
        "resourcemanager:GetResourceDirectory",
        "request ID",
    ],
    "half": ["ListFoldersForParent failed: NoPermission", "resourcemanager:ListFoldersForParent"],
    "outsider": ["GetResourceDirectory failed: ResourceDirectoryNotInUse", "neither has a Resource Directory"],
    "member": ["ListAccounts failed: NoPermission", "Only the directory's management account"],
    "unknown": ["GetResourceDirectory failed: InvalidAccessKeyId.NotFound"],
    "none": ["No credentials were found"],
}


def test_what_a_caller_is_told(directory: Any, sources: Any) -> None:
    # What a member's call is answered is not known; this is about that it is refused.
    refused = {"operation": "ListAccounts", "account_id": "2000000000000001", "code": "NoPermission", "status": 403}
    directory.ask("rules", [{"fault": "error", **refused}])
    callers = {name: {} if name == "none" else key(name) for name in TOLD}
    try:
        run = sources(callers, as_user=None, **STOP_IF_ALL)
    finally:
        directory.ask("rules", method="DELETE")
    assert run.status != 0 and set(run.failures) == set(TOLD)
    for name, told in TOLD.items():
        for text in told:
            assert text in run.failures[name], name


WRONG_OPTIONS: list[tuple[dict[str, Any], str]] = [
    ({"folder": ["/prod"], "tag": {"env": "prod"}}, "Unsupported options: folder, tag."),
    ({"hostnames": "arn"}, "hostnames: 'arn' is not one of account_id, display_name."),
    ({"assume_role": {"role_name": "Reader"}}, "assume_role: account_id is missing; account_id and role_name belong"),
    ({"assume_role": {"role_arn": "acs:ram::1:role/x", "arn": "x"}}, "assume_role: 'arn' is not an option of it, only"),
    ({"access_key_id": "LTAIx"}, "required together: access_key_id, access_key_secret"),
    ({"resourcemanager_endpoint": "http://x/"}, "resourcemanager_endpoint: 'http://x/' is not an endpoint"),
    ({"folders": ["/prod/us"]}, "'/prod/us' is neither the ID nor the path of a folder"),
    ({"only_accounts": ["payments"]}, "only_accounts: 'payments' is not an account ID"),
    ({"exclude_accounts": ["2999999999999999"]}, "exclude_accounts: not in the Resource Directory: 2999999999999999"),
    ({"tags": {"costs": 1}}, "tags: the value of 'costs'"),
]


def test_wrong_options_are_named(sources: Any) -> None:
    wrong = numbered([options for options, dummy in WRONG_OPTIONS])
    run = sources(wrong, **STOP_IF_ALL)
    assert run.status != 0 and set(run.failures) == set(wrong)
    for name, (options, told) in zip(wrong, WRONG_OPTIONS):
        assert told in run.failures[name], options


def test_faults_of_the_service_are_sat_out(directory: Any, inventory: Any) -> None:
    rules = [
        {"fault": "throttle", "operation": "ListAccounts", "nth": 2, "count": 2},
        {"fault": "error", "operation": "ListFoldersForParent", "count": 2},
        {"fault": "drop_after", "operation": "GetResourceDirectory"},
    ]
    directory.ask("rules", rules)
    try:
        run = inventory()
    finally:
        directory.ask("rules", method="DELETE")
    assert set(MANY) < set(run.hosts)
    for rule in rules:
        assert any(call["operation"] == rule["operation"] and call["code"] for call in run.calls), rule


def test_what_to_beware_of_is_told(directory: Any, inventory: Any) -> None:
    account = {"AccountId": "2000000000000001", "Status": "CreateSuccess", "FolderId": "fd-gone"}
    body = json.dumps({"TotalCount": 2, "Accounts": {"Account": [account]}})
    directory.ask("rules", [{"fault": "malformed", "operation": "ListAccounts", "body": body, "count": 0}])
    try:
        run = inventory(validate_certs=False)
    finally:
        directory.ask("rules", method="DELETE")
    assert set(run.hosts) == {"2000000000000001"}
    for text in (
        "validate_certs is false: TLS verification is disabled",
        "Resource Manager counts 2 accounts, but 1 were listed; some may have joined or left the directory meanwhile. Read",
        "The folders of these accounts are not in the directory's tree: 2000000000000001.",
    ):
        assert run.words.count(text) == 1, text


def test_without_the_sdk(command: Any, tmp_path: pathlib.Path) -> None:
    hidden = tmp_path / "packages"
    hidden.mkdir()
    for path in pathlib.Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith("alibabacloud_resourcemanager"):
            (hidden / path.name).symlink_to(path)
    script = tmp_path / "ansible-inventory"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -S -m ansible inventory "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    run = command([str(script), "--list"], {}, PYTHONPATH=str(hidden), **STOP)
    assert run.status != 0 and run.calls == [] and "Traceback" not in run.output
    words = run.words.replace("- ", "-")  # ansible-core 2.16 breaks lines at hyphens
    assert "alibabacloud-resourcemanager20200331 is not installed" in words
    assert "-m pip install 'alibabacloud-resourcemanager20200331>=2.6.0,<3' (requirements.txt" in words


# The cache


def test_what_is_cached_is_not_asked_for_again(
    inventory: Any, sources: Any, command: Any, tmp_path: pathlib.Path
) -> None:
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    first = inventory(folders=["/prod"], **cache)
    assert first.operations["ListAccounts"] == 3
    again = inventory(folders=["/prod"], **cache)
    assert again.calls == [] and again.listing == first.listing
    # Whatever else is chosen from it, or how hosts are named and grouped.
    other = inventory(tags={"env": "test"}, hostnames="display_name", include_management_account=True, **cache)
    assert other.calls == [] and set(other.hosts) == {"hub", "lab"}
    (tmp_path / "play.yml").write_text("[{hosts: all}]", encoding="utf-8")
    flushed = command(["ansible-playbook", "play.yml", "--flush-cache", "--list-hosts"], cache)
    assert flushed.status == 0 and flushed.operations["ListAccounts"] == 3
    assert inventory(folders=["/prod"], **cache).calls == []
    # Another caller, another guard.
    others = sources(
        {
            "other": {**key("other"), "folders": ["/prod"], **cache},
            "guarded": {**key("operator"), "account_id": HUB, "folders": ["/prod"], **cache},
            "denied": {**key("nobody"), "group": "denied", **cache},
        },
        as_user=None,
    )
    made = Counter((call["caller"].rpartition("/")[2], call["operation"]) for call in others.calls)
    assert made["other", "ListAccounts"] == 3 and made["operator", "GetCallerIdentity"] == 1
    assert others.group("denied") == set() and list(others.failures) == ["denied"]
    assert "NoPermission" in others.failures["denied"]
    kept = [path.read_text(encoding="utf-8") for path in (tmp_path / "cache").iterdir()]
    assert len(kept) == 3
    for text in kept:
        assert "payments" in text and "canary" not in text and "LTAI" not in text


# Playbooks


def test_set_up_what_the_inventory_lists(command: Any, directory: Any) -> None:
    options = {"folders": ["/prod"], "tags": {"env": "prod"}, "hostnames": "display_name"}
    options["compose"] = {
        "acr_vpc_access_users": "['ci-deployer' if alicloud_display_name == 'payments' else 'ci-deployer2']"
    }
    for turn in ("first", "again"):
        run = command(["ansible-playbook", "alicloud.ram.acr_setup"], options)
        assert run.status == 0, run.output
        writes = {call["account_id"] for call in run.calls if call["write"]}
        assert writes == ({"2000000000000001", "2000000000000002"} if turn == "first" else set())
    for account_id in ("2000000000000001", "2000000000000002"):
        assert "acr-connect-customer-vpc" in json.dumps(directory.state(account_id)["policies"])


def test_tasks_act_in_the_account_of_their_host(command: Any, tmp_path: pathlib.Path) -> None:
    play = {
        "hosts": "alicloud_accounts",
        "gather_facts": False,
        "module_defaults": {
            "group/alicloud.ram.all": {
                "account_id": "{{ alicloud_account_id }}",
                "assume_role": "{{ alicloud_assume_role | default(omit) }}",
            }
        },
        "tasks": [
            {"name": "Ask", "alicloud.ram.caller_identity_info": {}, "register": "caller"},
            {
                "name": "Compare",
                "ansible.builtin.assert": {"that": "caller.caller_identity.account_id == alicloud_account_id"},
            },
        ],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    options = {"folders": ["/prod"], "include_management_account": True}
    run = command(["ansible-playbook", "play.yml"], options)
    assert run.status == 0 and run.stdout.count("failed=0") == 4, run.output
    assert run.operations["AssumeRole"] == 3


@pytest.fixture(name="rollout")
def _rollout(command: Callable[..., Run], tmp_path: pathlib.Path) -> Callable[..., Run]:
    """Run the play that docs/awx.md shows."""
    text = (COLLECTION / "docs" / "awx.md").read_text(encoding="utf-8")
    (shown,) = (block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "serial:" in block)
    (tmp_path / "rollout.yml").write_text(shown, encoding="utf-8")

    def run(*accounts: str) -> Run:
        return command(["ansible-playbook", "rollout.yml"], {"only_accounts": list(accounts)})

    return run


def test_a_rollout_in_steps(rollout: Any, directory: Any) -> None:
    good, bad = ["2000000000000003", "2000000000000004"], MANY[:2]
    assert rollout(*good).status == 0
    for account_id in good:
        assert "acr-connect-customer-vpc" in json.dumps(directory.state(account_id)["policies"])
    # Accounts without the role to assume: the first one ends it.
    stopped = rollout(*bad)
    assert stopped.status != 0
    assert [
        call["parameters"]["RoleArn"].split(":")[3] for call in stopped.calls if call["operation"] == "AssumeRole"
    ] == (bad[:1])
