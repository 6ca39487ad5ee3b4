# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator as a process, started through its command line, and the real SDKs that call it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

EMULATOR = Path(__file__).resolve().parents[2] / "emulator"
if str(EMULATOR) not in sys.path:
    sys.path.insert(0, str(EMULATOR))

ALLOW_ALL = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def allow(*actions, resource="*", **more):
    """A policy that allows actions."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {"Version": "1", "Statement": [{**statement, **more}]}


def trust(*principals, kind="RAM", **more):
    """A trust policy that names principals."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {kind: list(principals)}}
    return {"Version": "1", "Statement": [{**statement, **more}]}


class Emulator:
    """A running emulator."""

    def __init__(self, directory, seed=None, arguments=()):
        self.ready_file = directory / "ready.json"
        command = [sys.executable, "-m", "alicloud_emulator", "--ready-file", str(self.ready_file), *arguments]
        if seed is not None:
            path = directory / "seed.json"
            path.write_text(json.dumps(seed), encoding="utf-8")
            command += ["--seed", str(path)]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(EMULATOR), "TMPDIR": str(directory)},
        )
        deadline = time.monotonic() + 15
        while not self.ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError(self.process.communicate()[1])
            time.sleep(0.01)
        ready = json.loads(self.ready_file.read_text(encoding="utf-8"))
        self.endpoint = ready["endpoint"]
        self.ca_bundle = ready["ca_bundle"]
        self.accounts = ready["accounts"]
        self.context = ssl.create_default_context(cafile=self.ca_bundle)

    def stop(self, number=signal.SIGTERM):
        """Returns the exit status, stdout and stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out, err

    def http(self, path, method="GET", body=None, headers=None, data=None):
        """Returns status, headers and body of a plain HTTPS request."""
        data = json.dumps(body).encode() if body is not None else data
        request = urllib.request.Request(
            f"https://{self.endpoint}{path}", method=method, data=data, headers=headers or {}
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.context)
        )
        try:
            with opener.open(request, timeout=10) as response:
                return response.status, dict(response.headers), response.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def admin(self, path, method="GET", body=None):
        status, dummy, text = self.http(f"/_emulator/{path}", method, body)
        assert status == 200, text
        return json.loads(text)

    def refused_admin(self, path, method="GET", body=None):
        status, dummy, text = self.http(f"/_emulator/{path}", method, body)
        assert status == 400, text
        return json.loads(text)["error"]

    def calls(self, since=0):
        return self.admin(f"calls?since={since}")

    def last_call(self):
        return self.calls()[-1]

    def state(self, account_id):
        return self.admin(f"state?account_id={account_id}")

    def set_rules(self, *rules):
        return self.admin("rules", "POST", {"rules": list(rules), "replace": True})


class Client:
    """The three SDKs with one key. Each call checks that the SDK's model takes in the whole answer."""

    def __init__(self, emulator, key_id, secret, token=None, **config):
        self._emulator = emulator
        self._key = {"access_key_id": key_id, "access_key_secret": secret, "security_token": token}
        self._config = config
        self._clients = {}

    def sdk(self, service):
        """The client and the models of a service."""
        import importlib

        from alibabacloud_tea_openapi.models import Config

        package = {
            "ram": "alibabacloud_ram20150501",
            "sts": "alibabacloud_sts20150401",
            "rm": "alibabacloud_resourcemanager20200331",
        }[service]
        models = importlib.import_module(f"{package}.models")
        if service not in self._clients:
            config = Config(
                endpoint=self._emulator.endpoint,
                protocol="HTTPS",
                ca=self._emulator.ca_bundle,
                **self._key,
                **self._config,
            )
            self._clients[service] = importlib.import_module(f"{package}.client").Client(config)
        return self._clients[service], models

    def _call(self, service, action, arguments):
        client, models = self.sdk(service)
        answers = []
        plain = type(client).call_api

        def call_api(*args):
            answers.append(plain(client, *args))
            return answers[-1]

        client.call_api = call_api
        method = getattr(client, re.sub(r"(?<!^)([A-Z])", r"_\1", action).lower())
        if isinstance(arguments.get("tag"), dict):
            tag = getattr(models, f"{action}RequestTag")
            arguments["tag"] = [tag(key=key, value=value) for key, value in arguments["tag"].items()]
        request = getattr(models, f"{action}Request", None)
        response = method(request(**arguments)) if request else method()
        body = response.body.to_map()
        assert body == answers[0]["body"]
        assert body.pop("RequestId") == answers[0]["headers"]["x-acs-request-id"]
        return body

    def ram(self, action, **arguments):
        return self._call("ram", action, arguments)

    def sts(self, action, **arguments):
        return self._call("sts", action, arguments)

    def rm(self, action, **arguments):
        return self._call("rm", action, arguments)


class Account:
    """An account in the emulator, with its administrator's client."""

    def __init__(self, emulator, listed):
        self.emulator = emulator
        self.id = listed["account_id"]
        self.admin = Client(emulator, listed["access_key_id"], listed["access_key_secret"])
        self.ram, self.sts, self.rm = self.admin.ram, self.admin.sts, self.admin.rm

    def client(self, name, secret="secret", token=None, **config):
        """A client with a key that the seed gave this account: its ID is the account's ID and a name."""
        return Client(self.emulator, f"{self.id}.{name}", secret, token, **config)

    def state(self):
        return self.emulator.state(self.id)

    def role_arn(self, name):
        return f"acs:ram::{self.id}:role/{name}"


_NUMBERS = itertools.count(2000000000000001)


@contextlib.contextmanager
def raises(code, status=None):
    """A refusal with a code and a status."""
    from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

    with pytest.raises(AlibabaCloudException) as caught:
        yield caught
    assert caught.value.data["Code"] == code, caught.value.data
    if status is not None:
        assert caught.value.status_code == status
    assert set(caught.value.data) >= {"RequestId", "HostId", "Code", "Message", "Recommend"}


@pytest.fixture(name="refused")
def fixture_refused():
    return raises


@pytest.fixture(name="allow")
def fixture_allow():
    return allow


@pytest.fixture(name="trust")
def fixture_trust():
    return trust


@pytest.fixture(scope="session", autouse=True)
def fixture_no_proxy():
    """The SDK asks a proxy even for loopback addresses."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            patch.delenv(name, raising=False)
            patch.delenv(name.upper(), raising=False)
        yield


@pytest.fixture(scope="session", name="emulator")
def fixture_emulator(tmp_path_factory):
    """One emulator with the administrative endpoint, for all tests that do not need their own."""
    pytest.importorskip("aiohttp")
    pytest.importorskip("trustme")
    pytest.importorskip("alibabacloud_ram20150501")
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
        ["--admin"],
    )
    yield emulator
    status, dummy, err = emulator.stop()
    assert (status, err) == (0, "")


@pytest.fixture(name="new_emulator")
def fixture_new_emulator(tmp_path):
    """A function that starts an emulator of the test's own."""
    pytest.importorskip("aiohttp")
    pytest.importorskip("trustme")
    started = []

    def start(seed=None, *arguments):
        started.append(Emulator(tmp_path, seed, arguments))
        return started[-1]

    yield start
    for emulator in started:
        if emulator.process.poll() is None:
            emulator.stop()


@pytest.fixture(name="new_account")
def fixture_new_account(emulator):
    """A function that adds an account; keys of its users are named for the user, with the secret "secret"."""

    def add(**seed):
        account_id = str(next(_NUMBERS))
        for user in seed.get("users", ()):
            user.setdefault(
                "access_keys", [{"access_key_id": f"{account_id}.{user['name']}", "access_key_secret": "secret"}]
            )
        text = json.dumps({"accounts": [{"account_id": account_id, **seed}]}).replace("ACCOUNT", account_id)
        return Account(emulator, emulator.admin("accounts", "POST", json.loads(text))["accounts"][0])

    return add


@pytest.fixture(name="account")
def fixture_account(new_account):
    """A new account with an administrator only."""
    return new_account()


@pytest.fixture(name="rules")
def fixture_rules(emulator):
    """Sets fault rules, and takes them away after the test."""
    yield emulator.set_rules
    emulator.admin("rules", "DELETE")
