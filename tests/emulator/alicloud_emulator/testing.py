# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator in tests: started, asked, given accounts, and stopped. It needs no pytest.

with running("--strict") as emulator:
    account = emulator.account(users=[{"name": "alice"}])
    client = Client(Config(endpoint=emulator.endpoint, ca=emulator.ca_bundle, ...))
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from . import seed as seeding
from .__main__ import certificate
from .faults import Faults, Plans
from .registry import Choices
from .server import CallLog, Listener
from .server import Emulator as Server
from .store import to_plain

T = TypeVar("T")
STRICT = Choices(strict=True)
_account_ids = itertools.count(1100000000000001)


@dataclass
class Account:
    """An account of a running emulator, with the access key of its administrator or first user."""

    emulator: Emulator
    account_id: str
    access_key_id: str
    access_key_secret: str
    _mark: int = field(default=0, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make clients call the emulator as this account."""
        return {
            **self.emulator.environment,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.access_key_secret,
        }

    @property
    def state(self) -> dict[str, Any]:
        """Everything in the account, as plain data."""
        return self.emulator.state(self.account_id)

    def log(self) -> list[dict[str, Any]]:
        """The calls since the last time this was asked."""
        log = self.emulator.calls(self.account_id, self._mark)
        self._mark = max([call["seq"] for call in log], default=self._mark)
        return log

    def calls(self) -> list[str]:
        """The operations of these calls."""
        return [call["operation"] for call in self.log()]


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
    """A running emulator. Its URLs are those of the README."""

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

    def account(self, **seed: Any) -> Account:
        """Add one account: its seed without ``account_id``."""
        (added,) = self.add(seed)
        return Account(self, **added)

    def add(self, *accounts: dict[str, Any]) -> list[dict[str, str]]:
        """Add accounts in the seed's form, with a new ID where none is given; gives their keys."""
        named = [{"account_id": str(next(_account_ids)), **account} for account in accounts]
        return self.ask("accounts", {"accounts": named})["accounts"]


class EmulatorProcess(Emulator):
    """The emulator, started through its command line; it ends with this process at the latest.

    ``directory`` is needed for its start only, unless ``environment`` has the emulator keep its files there. ``seed`` is what a
    seed's file says, ``streams`` are those that it does not share with this process.
    """

    def __init__(
        self,
        directory: Path,
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
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **(environment or {})}
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

    def __init__(self, server: Server, endpoint: str, ca_bundle: str) -> None:
        super().__init__(endpoint, ca_bundle)
        self.server = server

    @property
    def clock(self) -> Any:
        return self.server.clock

    def restart(self, *accounts: dict[str, Any], **seed: Any) -> list[dict[str, str]]:
        """Put another world in the place of this one, now, with the rules of its seed; gives the keys of its accounts."""
        self.clock.ahead = 0.0
        world = seeding.new_world()
        added = seeding.apply(world, {**seed, "accounts": list(accounts)}, self.clock.now())
        self.server.world, self.server.plans, self.server.faults = world, Plans(), Faults(added.rules, 0)
        self.server.log = CallLog(100_000)
        return added.accounts

    def rule(self, *rules: dict[str, Any]) -> None:
        """Replace the rules."""
        self.server.faults.rules = [seeding.read_rule(seeding.Node(rule, "")) for rule in rules]

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        return [entry.plain() for entry in self.server.log.since(since, None, None, None)]

    def state(self, account_id: str) -> dict[str, Any]:
        world = self.server.world
        self.server.plans.advance(world, self.clock.now())
        return to_plain(world, world.accounts[account_id])


@contextlib.contextmanager
def in_process(choices: Choices = STRICT) -> Iterator[InProcess]:
    """Serve the emulator from a thread of this process for as long as the context lasts; strict, unless told otherwise."""
    with background() as run, tempfile.TemporaryDirectory(prefix="alicloud-emulator-") as directory:
        tls, bundle = certificate("127.0.0.1", Path(directory))
        server = Server(seeding.new_world(), Faults([], 0), Plans(), 100_000, admin=True, choices=choices)
        listener = Listener(server, tls)
        port = run(listener.start("127.0.0.1", 0))
        try:
            yield InProcess(server, f"127.0.0.1:{port}", str(bundle))
        finally:
            run(listener.stop())


@contextlib.contextmanager
def running(*options: str) -> Iterator[Emulator]:
    """Run the emulator for as long as the context, and this process, lasts."""
    with tempfile.TemporaryDirectory(prefix="alicloud-emulator-") as directory:
        emulator = EmulatorProcess(Path(directory), *options, stdout=subprocess.DEVNULL)
    try:
        yield emulator
    finally:
        emulator.stop()


@contextlib.contextmanager
def background() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Run an event loop in a thread; what the context gives runs a coroutine there, and returns its result."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
