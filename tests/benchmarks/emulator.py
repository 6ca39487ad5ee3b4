#!/usr/bin/env python
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the emulator takes to start with a seed of many accounts, and how many calls a second it answers.

Usage: emulator.py [--accounts N] [--calls N]

The emulator runs as its users run it, as a process of its own, and this process is the client; where the system can do
that, each has a core of its own. Requests are signed beforehand, and every answer is checked.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import hashlib
import hmac
import json
import os
import pathlib
import platform
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

EMULATOR = pathlib.Path(__file__).resolve().parents[1] / "emulator"
CONNECTIONS = (1, 16, 64)
ROLE = "Deployer"
_TRUST = {
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["acs:ram::1000000000000001:root"]}}
    ],
}
_POLICY = {
    "Version": "1",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "ram:CreateServiceLinkedRole",
            "Resource": "*",
            "Condition": {"StringEquals": {"ram:ServiceName": "connect-customer-vpc.cr.aliyuncs.com"}},
        }
    ],
}  # fmt: skip


def seed(accounts: int) -> dict[str, Any]:
    """Accounts of a directory; each has a user with a key, a group, a policy, a role and a service-linked role."""
    return {"accounts": [_account(number) for number in range(1, accounts + 1)]}


def _account(number: int) -> dict[str, Any]:
    account: dict[str, Any] = {
        "account_id": f"{10**15 + number}",
        "display_name": f"team-{number:05d}",
        "directory": "management" if number == 1 else "member",
        "users": [
            {
                "name": "ci",
                "groups": ["deployers"],
                "policies": [{"name": "AliyunRAMFullAccess", "type": "System"}],
                "access_keys": [{"access_key_id": f"LTAI{number:020d}", "access_key_secret": f"secret-{number}"}],
            }
        ],
        "groups": [{"name": "deployers", "policies": [{"name": "create-the-role", "type": "Custom"}]}],
        "policies": [{"name": "create-the-role", "document": _POLICY}],
        "roles": [{"name": ROLE, "trust_policy": _TRUST, "policies": [{"name": "ReadOnlyAccess", "type": "System"}]}],
        "service_linked_roles": [{"service_name": "connect-customer-vpc.cr.aliyuncs.com"}],
    }
    if number > 1:
        account["folder"] = f"/unit-{number % 20}"
    return account


class Server:
    """An emulator that runs."""

    def __init__(self, directory: pathlib.Path, seed_file: pathlib.Path, core: int | None) -> None:
        ready = directory / "ready.json"
        command = [sys.executable, "-m", "alicloud_emulator", "--seed", str(seed_file), "--ready-file", str(ready)]
        started = time.perf_counter()
        self.process = subprocess.Popen(command, cwd=EMULATOR, stdout=subprocess.DEVNULL)
        _pin(self.process.pid, core)
        while not ready.exists():
            if self.process.poll() is not None:
                raise SystemExit("the emulator did not start")
            time.sleep(0.01)
        self.start_seconds = time.perf_counter() - started
        content = json.loads(ready.read_text(encoding="utf-8"))
        self.endpoint: str = content["endpoint"]
        self.context = ssl.create_default_context(cafile=content["ca_bundle"])
        self.peak_rss = 0.0

    def cpu_seconds(self) -> float:
        """Processor time used until now; NaN where the system does not tell."""
        try:
            fields = (
                pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            )
        except OSError:
            return float("nan")
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        dummy, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        # In kilobytes, but on macOS in bytes.
        self.peak_rss = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _pin(process: int, core: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(process, {core})


@contextmanager
def running(values: dict[str, Any], suffix: str, core: int | None) -> Iterator[tuple[Server, float]]:
    """An emulator with a seed, and the megabytes of the seed's file."""
    with tempfile.TemporaryDirectory(prefix="alicloud-emulator-") as name:
        directory = pathlib.Path(name)
        path = directory / f"seed{suffix}"
        if suffix == ".json":
            text = json.dumps(values)
        else:
            import yaml

            class Plain(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
                def ignore_aliases(self, data: Any) -> bool:
                    return True

            text = yaml.dump(values, Dumper=Plain, sort_keys=False)
        path.write_text(text, encoding="utf-8")
        server = Server(directory, path, core)
        try:
            yield server, len(text) / 1e6
        finally:
            server.stop()


# The client


def signed(host: str, number: int) -> bytes:
    """GetRole by the key of the nth account, with ACS3-HMAC-SHA256, in the form in which the SDKs send it."""
    query = f"RoleName={ROLE}"
    payload = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host,
        "x-acs-action": "GetRole",
        "x-acs-content-sha256": payload,
        "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-version": "2015-05-01",
    }
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{payload}"
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(f"secret-{number}".encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential=LTAI{number:020d},SignedHeaders={names},Signature={signature}"
    )
    headers.update({"accept": "application/json", "user-agent": "benchmark", "content-length": "0"})
    text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /?{query} HTTP/1.1\r\n{text}\r\n".encode()


class Connection(asyncio.Protocol):
    """Sends requests one after the other, each when the one before it is answered.

    An HTTP client would need more time for a call than the emulator does, so this is no more than the test needs.
    """

    def __init__(self, requests: Iterator[bytes], done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._done = done
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        assert self._transport is not None
        request = next(self._requests, None)
        if request is not None:
            self._transport.write(request)
        elif not self._done.done():
            self._done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        if not blank or not length or len(body) < int(length[1]):
            return
        self._received = b""
        if not head.startswith(b"HTTP/1.1 200 ") or json.loads(body)["Role"]["RoleName"] != ROLE:
            self._done.set_exception(RuntimeError(body.decode()))
            return
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or RuntimeError("the connection was closed"))


async def call(server: Server, requests: list[bytes], connections: int) -> tuple[float, float]:
    """Seconds, and the server's processor seconds, for all the requests over some connections."""
    loop = asyncio.get_running_loop()
    host, port = server.endpoint.split(":")
    shared = iter(requests)
    done = [loop.create_future() for dummy in range(connections)]
    cpu, started = server.cpu_seconds(), time.perf_counter()
    opened = await asyncio.gather(
        *(
            loop.create_connection(functools.partial(Connection, shared, one), host, int(port), ssl=server.context)
            for one in done
        )
    )
    await asyncio.gather(*done)
    seconds, cpu = time.perf_counter() - started, server.cpu_seconds() - cpu
    for transport, dummy in opened:
        transport.close()
    await asyncio.sleep(0.1)
    return seconds, cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=5000, help="accounts of the seed (%(default)s)")
    parser.add_argument("--calls", type=int, default=10000, help="calls for each number of connections (%(default)s)")
    options = parser.parse_args()
    server_core = client_core = None
    if hasattr(os, "sched_setaffinity") and len(cores := sorted(os.sched_getaffinity(0))) > 1:
        client_core, server_core = cores[:2]
        os.sched_setaffinity(0, {client_core})
    print(
        f"Python {platform.python_version()}, aiohttp {version('aiohttp')}, {platform.system()} {platform.machine()},",
        end=" ",
    )
    print("a core for each process" if server_core is not None else "processes not pinned")
    values = seed(options.accounts)

    print(f"\nStart with {options.accounts} accounts")
    print(f"{'seed':8}{'file, MB':>12}{'seconds':>12}{'peak, MB':>12}")
    for suffix in (".json", ".yml"):
        with running(values, suffix, server_core) as (server, size):
            seconds = server.start_seconds
        print(f"{suffix[1:]:8}{size:12.1f}{seconds:12.2f}{server.peak_rss:12.0f}", flush=True)

    print(f"\nGetRole with {options.accounts} accounts, {options.calls} calls over HTTPS that is kept alive")
    print(f"{'connections':12}{'calls/s':>12}{'server CPU, us/call':>22}")
    with running(values, ".json", server_core) as (server, dummy):
        for connections in CONNECTIONS:
            requests = [signed(server.endpoint, 1 + number % options.accounts) for number in range(options.calls)]
            seconds, cpu = asyncio.run(call(server, requests, connections))
            print(f"{connections:<12}{options.calls / seconds:12.0f}{1e6 * cpu / options.calls:22.0f}", flush=True)


if __name__ == "__main__":
    main()
