# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator as a process, started through its command line, and the vendor's SDKs that call it."""

from __future__ import annotations

import copy
import itertools
import json
import os
import subprocess

import pytest

from alicloud_emulator.errors import PROTOCOL
from ansible_collections.alicloud.ram.tests.lib.emulated import EmulatorProcess

from .clients import Account, Current, refusal
from .sample_account import SAMPLE, operations


class Emulator(EmulatorProcess):
    """A running emulator that knows what the tests expect in its log."""

    def __init__(self, directory, seed=None, arguments=()):
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        super().__init__(directory, *arguments, seed=seed, environment={"TMPDIR": str(directory)}, **streams)
        self.by_rules = {"InternalError", "Throttling.User"}  # codes that rules give
        self._note_rules(seed)
        self._last = 1

    def _note_rules(self, body):
        rules = body if isinstance(body, list) else (body or {}).get("rules", [])
        self.by_rules.update(rule["code"] for rule in rules if "code" in rule)

    def admin(self, path, method="GET", body=None):
        if method == "POST":
            self._note_rules(body)
        status, dummy, text = self.http(f"/_emulator/{path}", method, body)
        assert status == 200, text
        return json.loads(text)

    def refused_admin(self, path, method="GET", body=None):
        status, dummy, text = self.http(f"/_emulator/{path}", method, body)
        assert status == 400, text
        return json.loads(text)["error"]

    def undeclared(self):
        """The codes in the log that the table of operations does not declare, each with its operation."""
        declared = {
            (found.service, found.name): {fact.code for fact in found.errors} for found in operations().values()
        }
        known = {fact.code for fact in PROTOCOL} | self.by_rules | {""}
        return {
            (entry["service"], entry["operation"], entry["code"])
            for entry in self.calls()
            if not entry["code"].startswith("Fault.")
            and entry["code"] not in declared.get((entry["service"], entry["operation"]), set()) | known
        }

    def last_call(self):
        last = self.calls(since=self._last - 1)[-1]  # the log grows long
        self._last = last["seq"]
        return last

    def set_rules(self, *rules):
        return self.admin("rules", "POST", {"rules": list(rules), "replace": True})


_NUMBERS = itertools.count(2000000000000001)


@pytest.fixture(name="refused")
def fixture_refused():
    return refusal


@pytest.fixture(scope="session", autouse=True)
def fixture_environment():
    """The SDKs ask a proxy even for loopback addresses, and the asynchronous one reads the system's CAs for each call."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", os.devnull)
        patch.setenv("SSL_CERT_DIR", os.devnull)
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            patch.delenv(name, raising=False)
            patch.delenv(name.upper(), raising=False)
        yield


@pytest.fixture(scope="session", name="emulator")
def fixture_emulator(tmp_path_factory):
    """One emulator with the administrative endpoint, for all tests that do not need their own."""
    emulator = Emulator(
        tmp_path_factory.mktemp("emulator"),
        {
            "accounts": [{"account_id": "1000000000000001"}],
            "services": [
                {
                    "service_name": "many.example.aliyuncs.com",
                    "role_name_prefix": "AliyunServiceRoleForMany",
                    "multiple_roles_allowed": True,
                },
            ],
        },
        ["--admin", "--strict"],
    )
    yield emulator
    undeclared = emulator.undeclared()
    status, dummy, err = emulator.stop()
    assert (status, err) == (0, "")
    assert not undeclared


@pytest.fixture(name="new_emulator")
def fixture_new_emulator(tmp_path):
    """A function that starts an emulator of the test's own."""
    started = []

    def start(seed=None, *arguments):
        started.append(Emulator(tmp_path, seed, arguments))
        return started[-1]

    yield start
    for emulator in started:
        if emulator.process.poll() is None:
            undeclared = emulator.undeclared()
            emulator.stop()
            assert not undeclared


@pytest.fixture(name="client_class")
def fixture_client_class():
    """The client that accounts come with; modules that try several have a fixture of this name of their own."""
    return Current


@pytest.fixture(name="new_account")
def fixture_new_account(emulator, client_class):
    """A function that adds an account; keys of its users are named for the user, with the secret "secret"."""

    def add(**seed):
        account_id = str(next(_NUMBERS))
        for user in seed.get("users", ()):
            user.setdefault(
                "access_keys", [{"access_key_id": f"{account_id}.{user['name']}", "access_key_secret": "secret"}]
            )
        text = json.dumps({"accounts": [{"account_id": account_id, **seed}]}).replace("ACCOUNT", account_id)
        listed = emulator.admin("accounts", "POST", json.loads(text))["accounts"][0]
        return Account(emulator, listed, client_class)

    return add


@pytest.fixture(name="new_house")
def fixture_new_house(new_account):
    """A function that adds an account with something of everything, see sample_account.py."""

    def add(**more):
        return new_account(**copy.deepcopy(SAMPLE), **more)

    return add


@pytest.fixture(name="directory_keys", scope="session")
def fixture_directory_keys(emulator):
    """The one directory of the shared emulator: keys of its management account, a member and an outsider."""
    members = [
        {
            "account_id": f"40000000000000{number:02d}",
            "directory": "member",
            "alias": f"member-{number}",
            "folder": "/prod/eu" if number % 2 else "/",
            "tags": {"env": "prod" if number % 2 else "dev"},
        }
        for number in range(10, 22)
    ]
    members[0].update(status="InviteSuccess", join_method="invited")
    members[1].update(status="PromoteVerifying")
    users = [
        {
            "name": "administrator",
            "policies": [{"name": "AdministratorAccess", "type": "System"}],
            "access_keys": [{}],
        },
        {
            "name": "nobody",
            "access_keys": [{"access_key_id": "4000000000000001.nobody", "access_key_secret": "secret"}],
        },
    ]
    seed = {
        "accounts": [
            {"account_id": "4000000000000001", "directory": "management", "alias": "hub", "users": users},
            *members,
            {"account_id": "4000000000000002"},
        ]
    }
    listed = emulator.admin("accounts", "POST", seed)["accounts"]
    return listed[0], listed[1], listed[-1]


@pytest.fixture(name="directory")
def fixture_directory(emulator, directory_keys, client_class):
    """Its management account, a member, and an account outside of it."""
    return [Account(emulator, listed, client_class) for listed in directory_keys]


@pytest.fixture(name="account")
def fixture_account(new_account):
    """A new account with an administrator only."""
    return new_account()


@pytest.fixture(name="rules")
def fixture_rules(emulator):
    """Sets fault rules, and takes them away after the test."""
    yield emulator.set_rules
    emulator.admin("rules", "DELETE")
