# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator as tests and the demo use it: started, asked, given accounts, and stopped."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.alicloud.ram.tests.lib.paths import EMULATOR
from ansible_collections.alicloud.ram.tests.lib.servers import background

_account_ids = itertools.count(1100000000000001)


class Served:
    """Where an emulator is."""

    def __init__(self, endpoint: str, ca_bundle: str) -> None:
        self.endpoint = endpoint
        self.ca_bundle = ca_bundle

    @property
    def environment(self) -> dict[str, str]:
        """What makes the SDKs' and the collection's clients talk to the emulator."""
        return {
            "ALIBABA_CLOUD_RAM_ENDPOINT": self.endpoint,
            "ALIBABA_CLOUD_STS_ENDPOINT": self.endpoint,
            "ALIBABA_CLOUD_RESOURCEMANAGER_ENDPOINT": self.endpoint,
            "ALIBABA_CLOUD_CA_BUNDLE": self.ca_bundle,
        }


class Emulator(Served):
    """A running emulator. Its URLs are those of tests/emulator/README.md."""

    def __init__(self, ready: dict[str, Any]) -> None:
        super().__init__(ready["endpoint"], ready["ca_bundle"])
        self.accounts: list[dict[str, str]] = ready["accounts"]
        self.context = ssl.create_default_context(cafile=self.ca_bundle)
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.context)
        )

    def http(
        self, path: str, method: str | None = None, body: Any = None, headers: Any = None, data: bytes | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer to a plain HTTPS request, with JSON or other data."""
        data = json.dumps(body).encode() if body is not None else data
        request = urllib.request.Request(
            f"https://{self.endpoint}{path}", method=method, data=data, headers=headers or {}
        )
        try:
            with self._opener.open(request, timeout=30) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        status, dummy, text = self.http(f"/_emulator/{path}", method, body, {"content-type": "application/json"})
        if status != 200:
            raise RuntimeError(f"{path}: {text.decode()}")
        return json.loads(text) if text else None

    def calls(self, account_id: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        """The log of calls, of one account or of all."""
        log = self.ask(f"calls?since={since}")
        return [call for call in log if account_id in (None, call["account_id"])]

    def state(self, account_id: str) -> dict[str, Any]:
        return self.ask(f"state?account_id={account_id}")

    def add(self, *accounts: dict[str, Any]) -> list[dict[str, str]]:
        """Add accounts in the seed's form, with a new ID where none is given; gives their keys."""
        named = [{"account_id": str(next(_account_ids)), **account} for account in accounts]
        return self.ask("accounts", {"accounts": named})["accounts"]

    def create_role(self, key: dict[str, str], service: str) -> str:
        """Call CreateServiceLinkedRole with the SDK alone; gives ``created`` or the service's error code."""
        from alibabacloud_ram20150501.client import Client
        from alibabacloud_ram20150501.models import CreateServiceLinkedRoleRequest
        from alibabacloud_tea_openapi.exceptions import ClientException
        from alibabacloud_tea_openapi.utils_models import Config

        config = Config(
            endpoint=self.endpoint,
            protocol="HTTPS",
            ca=self.ca_bundle,
            access_key_id=key["access_key_id"],
            access_key_secret=key["access_key_secret"],
        )
        try:
            Client(config).create_service_linked_role(CreateServiceLinkedRoleRequest(service_name=service))
        except ClientException as error:
            return str(error.code)
        return "created"


class EmulatorProcess(Emulator):
    """The emulator, started through its command line; it ends with this process at the latest.

    ``directory`` is needed for its start only, unless ``environment`` has the emulator keep its files there. ``seed`` is what a
    seed's file says, ``streams`` are those that it does not share with this process.
    """

    def __init__(
        self,
        directory: pathlib.Path,
        *options: str,
        seed: Any = None,
        environment: Mapping[str, str] | None = None,
        **streams: Any,
    ) -> None:
        self.ready_file = directory / "ready.json"
        command = [
            sys.executable,
            "-m",
            "alicloud_emulator",
            "--until-eof",
            "--ready-file",
            str(self.ready_file),
            *options,
        ]
        if seed is not None:
            path = directory / "seed.json"
            path.write_text(json.dumps(seed), encoding="utf-8")
            command += ["--seed", str(path)]
        environment = {**os.environ, "PYTHONPATH": str(EMULATOR), **(environment or {})}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, env=environment, **streams)
        deadline = time.monotonic() + 60
        while not self.ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError(f"the emulator did not start: {self.process.communicate()[1] or ''}")
            time.sleep(0.01)
        super().__init__(json.loads(self.ready_file.read_text(encoding="utf-8")))

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str | None, str | None]:
        """End it by a signal; gives the exit status and what it said."""
        self.process.send_signal(number)
        self.process.wait(timeout=30)  # by the signal: what follows closes the standard input
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


class InProcess(Served):
    """The emulator in a thread of this process, for one test: its world and its time are the test's to set."""

    def __init__(self, server: Any, seeding: Any, endpoint: str, ca_bundle: str) -> None:
        super().__init__(endpoint, ca_bundle)
        self.server = server
        self._seeding = seeding

    @property
    def clock(self) -> Any:
        return self.server.clock

    def restart(self, *accounts: dict[str, Any], **seed: Any) -> list[dict[str, str]]:
        """Put another world in the place of this one, now, without rules; gives the keys of its accounts."""
        from alicloud_emulator.faults import Faults, Plans
        from alicloud_emulator.server import CallLog

        self.clock.ahead = 0.0
        world = self._seeding.new_world()
        keys = self._seeding.apply(world, {**seed, "accounts": list(accounts)}, self.clock.now()).accounts
        self.server.world, self.server.plans, self.server.faults = world, Plans(), Faults([], 0)
        self.server.log = CallLog(100_000)
        return keys

    def rule(self, *rules: dict[str, Any]) -> None:
        """Replace the rules."""
        self.server.faults.rules = [self._seeding.read_rule(self._seeding.Node(rule, "")) for rule in rules]

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        return [entry.plain() for entry in self.server.log.since(since, None, None, None)]

    def state(self, account_id: str) -> dict[str, Any]:
        from alicloud_emulator.store import to_plain

        world = self.server.world
        self.server.plans.advance(world, self.clock.now())
        return to_plain(world, world.accounts[account_id])


@contextlib.contextmanager
def in_process() -> Iterator[InProcess]:
    """Serve the emulator from a thread of this process for as long as the context lasts."""
    from alicloud_emulator import seed as seeding
    from alicloud_emulator.__main__ import certificate
    from alicloud_emulator.faults import Faults, Plans
    from alicloud_emulator.server import Emulator as Server
    from alicloud_emulator.server import Listener

    with background() as run, tempfile.TemporaryDirectory(prefix="alicloud-emulator-") as directory:
        tls, bundle = certificate("127.0.0.1", pathlib.Path(directory))
        server = Server(seeding.new_world(), Faults([], 0), Plans(), 100_000, admin=True)
        listener = Listener(server, tls)
        port = run(listener.start("127.0.0.1", 0))
        try:
            yield InProcess(server, seeding, f"127.0.0.1:{port}", str(bundle))
        finally:
            run(listener.stop())


@contextlib.contextmanager
def running(*options: str) -> Iterator[Emulator]:
    """Run the emulator for as long as the context, and this process, lasts."""
    with tempfile.TemporaryDirectory(prefix="alicloud-emulator-") as directory:
        emulator = EmulatorProcess(pathlib.Path(directory), *options, stdout=subprocess.DEVNULL)
    try:
        yield emulator
    finally:
        emulator.stop()


def clean_environment(home: str | os.PathLike[str], measured: bool = False) -> dict[str, str]:
    """This process's environment without credentials, proxies or anything of the user's that a run could pick up.

    ``measured``: where this process's coverage is measured, so is that of what runs with this environment. It is slow.
    """
    foreign = ("ALIBABA", "ANSIBLE_", *([] if measured else ["COVERAGE_"]), "HTTP", "NO_PROXY", "REQUESTS_", "SSL_")
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(foreign)}
    kept.update(
        HOME=str(home),
        ALIBABA_CLOUD_ECS_METADATA_DISABLED="true",
        ANSIBLE_COLLECTIONS_PATH=os.environ.get("ANSIBLE_COLLECTIONS_PATH", ""),
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_NOCOLOR="true",
        ANSIBLE_RETRY_FILES_ENABLED="false",
        ANSIBLE_LOCAL_TEMP=os.path.join(str(home), "tmp"),
    )
    return kept
