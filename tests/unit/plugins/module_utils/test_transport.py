# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SDK's calls over our connections, to servers and proxies on loopback: how many, how long, and to whom."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime
import gzip
import importlib.util
import inspect
import json
import os
import pathlib
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable
from typing import Any, Callable

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud import transport as _transport
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.credentials import StaticCredential
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.operations import SERVICES
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import CONNECTION_SPEC, Settings
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.transport import Transport, tls_context
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ApiError, DeclarationError, UnreachableError
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process, outcome_of

trustme = pytest.importorskip("trustme")
pytest.importorskip(SERVICES["ram"])

AUTHORITY, STRANGER = trustme.CA(), trustme.CA()
ANSWER = b'{"RequestId": "R", "User": {"UserName": "alice"}}'
IDENTITY = b'{"RequestId": "R", "AccountId": "1", "Arn": "acs:ram::1:user/alice"}'
READ = ("GetUser", {"UserName": "alice"})
WRITE = ("CreatePolicy", {"PolicyName": "p", "PolicyDocument": "{}"})


def server_tls(authority: Any = AUTHORITY) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "::1").configure_cert(context)
    return context


class Server:
    """Listens on loopback and hands each connection to ``serve``; ``open`` are the connections that are there."""

    def __init__(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.tls = tls
        self.host = host
        self.connections = 0
        self.most = 0
        self.open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Any:
        self._server = await asyncio.start_server(self._accept, self.host, 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self.endpoint = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        self._server.close()
        await self.drop_all()

    async def drop_all(self) -> None:
        """Close all connections, and give the other end the time to notice."""
        for writer in list(self.open):
            writer.close()
        await asyncio.sleep(0.1)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        self.most = max(self.most, len(self.open))
        try:
            await self.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open.discard(writer)
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


class Service(Server):
    """Answers every request alike. ``before`` is awaited before each answer."""

    def __init__(self, answer: bytes = ANSWER, status: int = 200, **options: Any) -> None:
        self.headers = options.pop("headers", {})
        self.before: Callable[[], Awaitable[Any]] | None = options.pop("before", None)
        super().__init__(**{"tls": server_tls(), **options})
        self.answer = answer
        self.status = status
        self.requests: list[str] = []

    @property
    def operations(self) -> list[str]:
        return [
            line.split(": ")[1]
            for request in self.requests
            for line in request.split("\r\n")
            if line.lower().startswith("x-acs-action:")
        ]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
            if self.before:
                await self.before()
            lines = [f"HTTP/1.1 {self.status} Status", f"content-length: {len(self.answer)}"]
            lines += [f"{name}: {value}" for name, value in self.headers.items()]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + self.answer)
            await writer.drain()


class Proxy(Server):
    """Serves CONNECT; with ``refusal``, answers that instead."""

    def __init__(self, refusal: bytes | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.refusal = refusal
        self.requests: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(head)
        if self.refusal is not None:
            writer.write(self.refusal)
            await writer.drain()
            return
        host, dummy, port = head.split()[1].rpartition(":")
        there = await asyncio.open_connection(host.strip("[]"), int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(self._relay(reader, there[1]), self._relay(there[0], writer))

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()


class Raw(Server):
    """Says what it has to say to whoever sends something, then waits."""

    def __init__(self, says: bytes = b"", **options: Any) -> None:
        super().__init__(**options)
        self.says = says

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(self.says)
        await writer.drain()
        while await reader.read(65536):
            pass


@pytest.fixture(scope="module", name="ca_bundle")
def _ca_bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture(name="opened")
def _opened(ca_bundle: str) -> Any:
    """A context: an Api that calls a server, as an account of its own, through an open transport that is in use."""

    @contextlib.asynccontextmanager
    async def opened(server: Server, **options: Any) -> AsyncIterator[Api]:
        settings = settings_for(server, **{"ca_bundle": ca_bundle, **options})
        async with Transport(settings) as transport:
            yield Api(settings, StaticCredential("LTAI", "canary", None, "a test"), transport)

    return opened


def settings_for(server: Server, **options: Any) -> Settings:
    hosts = dict.fromkeys(("ram_endpoint", "sts_endpoint", "resourcemanager_endpoint"), server.endpoint)
    return Settings(**{"retry_timeout": 0, **hosts, **options})


def run(main: Callable[[], Awaitable[Any]]) -> Any:
    """Nothing here may wait for long; what hangs is an error."""
    return asyncio.run(asyncio.wait_for(main(), 60))


async def call(api: Api, what: tuple[str, dict[str, Any]] = READ) -> dict[str, Any]:
    return await api.call(what[0], **what[1])


async def failure(api: Api, what: tuple[str, dict[str, Any]] = WRITE) -> UnreachableError:
    with pytest.raises(UnreachableError) as caught:
        await call(api, what)
    assert "canary" not in f"{caught.value.message} {caught.value!r} {caught.value.details}"
    return caught.value


# Connections


def test_all_accounts_share_connections(opened: Any) -> None:
    async def main() -> None:
        async with Service() as service, opened(service) as api:
            accounts = [
                Api(api.settings, StaticCredential(f"LTAI{n}", "s", None, "a test"), api._transport) for n in range(8)
            ]
            for account in accounts:
                await call(account)
                await call(account, WRITE)
            assert service.connections == 1
            for dummy in range(3):
                await asyncio.gather(*map(call, accounts))
            assert service.connections <= len(accounts) and len(service.requests) == 16 + 24

    run(main)


def test_no_more_connections_than_the_most(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transport, "MAX_CONNECTIONS", 3)

    async def main() -> None:
        async with Service(before=lambda: asyncio.sleep(0.01)) as service, opened(service) as api:
            await asyncio.gather(*(call(api) for dummy in range(20)))
            assert len(service.requests) == 20 and service.most == 3

    run(main)


def test_waiting_for_a_connection_counts_as_no_timeout(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transport, "MAX_CONNECTIONS", 1)

    async def main() -> None:
        async with Service(before=lambda: asyncio.sleep(1.5)) as service:
            async with opened(service, connect_timeout=1, read_timeout=20) as api:
                await asyncio.gather(call(api), call(api))
            assert service.connections == 1

    run(main)


@pytest.mark.parametrize("most_idle, connections", [(0.1, 2), (30.0, 1)])
def test_a_connection_that_was_idle_for_long_is_not_used_again(
    most_idle: float, connections: int, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_transport, "MAX_IDLE_SECONDS", most_idle)

    async def main() -> None:
        async with Service() as service, opened(service) as api:
            await call(api)
            await asyncio.sleep(0.3)
            await call(api)
            assert service.connections == connections

    run(main)


@pytest.mark.parametrize("what", [READ, WRITE])
def test_a_connection_that_was_dropped_between_calls_is_replaced(what: Any, opened: Any) -> None:
    async def main() -> None:
        async with Service() as service, opened(service) as api:
            await asyncio.gather(*(call(api) for dummy in range(4)))
            await service.drop_all()
            before = service.connections
            await call(api, what)
            assert service.connections == before + 1 and service.operations[4:] == [what[0]]

    run(main)


def test_a_call_that_is_cancelled_leaves_its_place_to_others(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transport, "MAX_CONNECTIONS", 1)

    async def main() -> None:
        never = asyncio.Event()
        async with Service(before=never.wait) as service, opened(service) as api:
            task = asyncio.ensure_future(call(api))
            while not service.requests:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            never.set()
            await call(api)
            assert service.connections == 2  # an answer to the first one may still be under way on its connection

    run(main)


def test_a_compressed_answer(opened: Any) -> None:
    async def main() -> None:
        async with Service(gzip.compress(ANSWER), headers={"content-encoding": "gzip"}) as service:
            async with opened(service) as api:
                assert (await call(api))["User"]["UserName"] == "alice"

    run(main)


def test_an_answer_without_end(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transport, "MAX_ANSWER_BYTES", 1000)

    async def main() -> None:
        async with Service(b"{" + b" " * 2000) as service, opened(service, retry_timeout=60) as api:
            error = await failure(api, READ)
            assert "more than 1000 bytes" in error.message and error.sent and len(service.requests) == 1

    run(main)


def test_ipv6(opened: Any) -> None:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("there is no IPv6 loopback")

    async def main() -> None:
        async with Service(host="::1") as service:
            async with opened(service) as api:
                await call(api)
            async with opened(service, proxy="http://127.0.0.1:9", no_proxy="example.com,::1") as api:
                await call(api)

    run(main)


# Timeouts


def test_no_tls_handshake(opened: Any) -> None:
    async def main() -> None:
        async with Raw() as server, opened(server, connect_timeout=0.2) as api:
            error = await failure(api)
            assert not error.sent and f"{server.endpoint} cannot be reached: it took too long" in error.message

    run(main)


def test_no_answer(opened: Any) -> None:
    async def main() -> None:
        async with Service(before=asyncio.Event().wait) as service, opened(service, read_timeout=0.2) as api:
            error = await failure(api)
            assert error.sent and f"{service.endpoint} did not answer: it took too long" in error.message
            assert service.operations == ["CreatePolicy"]

    run(main)


def test_an_answer_that_trickles(opened: Any) -> None:
    class Trickle(Server):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{")
            while not writer.is_closing():
                writer.write(b" ")
                await asyncio.sleep(0.02)

    async def main() -> None:
        async with Trickle(server_tls()) as server, opened(server, connect_timeout=1, read_timeout=0.3) as api:
            error = await failure(api)
            assert error.sent and "it took too long" in error.message

    run(main)


def test_a_host_that_does_not_exist(opened: Any) -> None:
    async def main() -> None:
        async with Service() as service, opened(service, ram_endpoint="a..b") as api:
            assert not (await failure(api)).sent

    run(main)


# Who it is


@pytest.mark.parametrize("options, connects", [({}, False), ({"validate_certs": False}, True)])
def test_the_certificate_of_a_stranger(options: Any, connects: bool, opened: Any) -> None:
    async def main() -> None:
        async with Service(tls=server_tls(STRANGER)) as service, opened(service, **options) as api:
            if connects:
                await call(api)
            else:
                assert "is not trusted" in (await failure(api)).message and service.requests == []

    run(main)


def test_a_certificate_of_another_host(opened: Any) -> None:
    async def main() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        AUTHORITY.issue_cert("example.com").configure_cert(context)
        async with Service(tls=context) as service, opened(service) as api:
            assert "is not trusted" in (await failure(api)).message and service.requests == []

    run(main)


def test_a_certificate_that_has_ended(opened: Any) -> None:
    async def main() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        now = datetime.datetime.now(datetime.timezone.utc)
        begin, end = now - datetime.timedelta(days=2), now - datetime.timedelta(days=1)
        AUTHORITY.issue_cert("127.0.0.1", not_before=begin, not_after=end).configure_cert(context)
        async with Service(tls=context) as service, opened(service) as api:
            assert "is not trusted (certificate has expired)" in (await failure(api)).message
            assert service.requests == []

    run(main)


def test_no_variable_of_the_environment_turns_verification_off(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither those of other programs, nor one of ours: the option alone does."""
    for name in ("PYTHONHTTPSVERIFY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "ALIBABA_CLOUD_VALIDATE_CERTS", "DEBUG"):
        monkeypatch.setenv(name, "0")
    assert CONNECTION_SPEC["validate_certs"] == {"type": "bool", "default": True}

    async def main() -> None:
        async with Service(tls=server_tls(STRANGER)) as service, opened(service) as api:
            assert "is not trusted" in (await failure(api)).message and service.requests == []

    run(main)


@pytest.mark.parametrize("bundle", [None, "strange"])
def test_only_the_bundle_is_trusted(bundle: str | None, opened: Any, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "strange.pem"
    STRANGER.cert_pem.write_to_path(path)

    async def main() -> None:
        async with Service() as service, opened(service, ca_bundle=bundle and str(path)) as api:
            assert "is not trusted" in (await failure(api)).message and service.requests == []

    run(main)


def test_a_bundle_is_read_once_for_as_long_as_it_is_the_same(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "ca.pem"
    STRANGER.cert_pem.write_to_path(path)
    os.utime(path, (1, 1))
    settings = Settings(ca_bundle=str(path))
    first = tls_context(settings)
    assert tls_context(Settings(ca_bundle=str(path), proxy="http://127.0.0.1:9")) is first
    assert tls_context(Settings(ca_bundle=str(path), validate_certs=False)) is not first
    AUTHORITY.cert_pem.write_to_path(path)
    renewed = tls_context(settings)
    assert renewed is not first and renewed.get_ca_certs() != first.get_ca_certs()


@contextlib.asynccontextmanager
async def speaking_old_tls() -> AsyncIterator[Service]:
    """A service that knows nothing newer than TLS 1.1. Skips where this OpenSSL cannot speak it."""
    server, client = server_tls(), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    AUTHORITY.configure_trust(client)
    for context in (server, client):
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
    server.maximum_version = ssl.TLSVersion.TLSv1_1
    async with Service(tls=server) as service:
        try:
            dummy, writer = await asyncio.open_connection("127.0.0.1", service.port, ssl=client)
        except ssl.SSLError:
            pytest.skip("this OpenSSL does not speak old TLS")
        writer.close()
        yield service


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_a_server_that_speaks_old_tls_only(opened: Any) -> None:
    async def main() -> None:
        async with speaking_old_tls() as service, opened(service, validate_certs=False) as api:
            assert "cannot be reached" in (await failure(api)).message and service.requests == []

    run(main)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_an_answer_cannot_move_the_endpoint(status: int, opened: Any) -> None:
    async def main() -> None:
        async with Service() as elsewhere:
            headers = {"location": f"https://{elsewhere.endpoint}/", "set-cookie": "a=b"}
            async with Service(status=status, headers=headers) as service, opened(service) as api:
                for what in (READ, WRITE):
                    assert f"HTTP {status}" in (await failure(api, what)).message
                assert "cookie:" not in service.requests[1].lower()
            assert elsewhere.connections == 0

    run(main)


@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_does_not_lead_out_of_tls(status: int, opened: Any) -> None:
    async def main() -> None:
        async with Service(tls=None) as plain:
            headers = {"location": f"http://{plain.endpoint}/"}
            async with Service(status=status, headers=headers) as service, opened(service) as api:
                for what in (READ, WRITE):
                    assert f"HTTP {status}" in (await failure(api, what)).message
            assert plain.connections == 0

    run(main)


@pytest.mark.parametrize("status", [200, 400])
def test_what_an_answer_says_of_other_hosts_is_not_followed(status: int, opened: Any) -> None:
    async def main() -> None:
        async with Service() as elsewhere:
            there = elsewhere.endpoint
            says = {"RequestId": "R", "Code": "Redirect", "Endpoint": there, "HostId": there, "Host": there, "RegionId": "cn-elsewhere",
                    "Recommend": f"https://{there}/", "Location": f"https://{there}/", "User": {"UserName": "alice"}}  # fmt: skip
            headers = {
                "alt-svc": f'h2="{there}"; ma=3600',
                "content-location": f"https://{there}/",
                "refresh": f"0; url=https://{there}/",
                "link": f"<https://{there}/>; rel=canonical",
            }
            async with Service(json.dumps(says).encode(), status, headers=headers) as service, opened(service) as api:
                for dummy in range(2):
                    for what in (READ, WRITE):
                        with contextlib.suppress(ApiError):
                            await call(api, what)
                assert len(service.requests) == 4
            assert elsewhere.connections == 0

    run(main)


@pytest.mark.parametrize("says", [b"no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nno header\r\n\r\n", b""])
def test_what_was_sent_is_not_shown(says: bytes, opened: Any) -> None:
    what = ("AssumeRole", {"RoleArn": "acs:ram::1:role/r", "RoleSessionName": "me", "ExternalId": "canary"})

    async def main() -> None:
        async with Raw(says, tls=server_tls()) as server, opened(server, read_timeout=0.2) as api:
            error = await failure(api, what)
            assert error.sent and "did not answer" in error.message and "RoleArn" not in error.message

    run(main)


# Proxies


def proxy_of(proxy: Proxy, user: str = "") -> str:
    return f"{'https' if proxy.tls else 'http'}://{user}{proxy.endpoint}"


@pytest.mark.parametrize("tls", [False, True])
def test_a_proxy(tls: bool, opened: Any) -> None:
    if tls and sys.version_info < (3, 11):
        pytest.skip("TLS within TLS came with Python 3.11")

    async def main() -> None:
        async with Service() as service, Proxy(tls=server_tls() if tls else None) as proxy:
            async with opened(service, proxy=proxy_of(proxy, "me:c%C3%A4nary%40home@")) as api:
                for what in (READ, WRITE, READ):
                    await call(api, what)
        (request,) = proxy.requests
        assert request.startswith(f"CONNECT {service.endpoint} HTTP/1.1\r\n")
        user = base64.b64encode("me:cänary@home".encode()).decode()
        assert f"proxy-authorization: basic {user}".lower() in request.lower()
        assert service.connections == 1 and len(service.requests) == 3
        assert "proxy" not in "".join(service.requests).lower()

    run(main)


def test_a_proxy_without_a_password(opened: Any) -> None:
    async def main() -> None:
        async with Service() as service, Proxy() as proxy, opened(service, proxy=proxy_of(proxy)) as api:
            await call(api)
            assert len(proxy.requests) == 1 and "authorization" not in proxy.requests[0].lower()

    run(main)


@pytest.mark.parametrize(
    "no_proxy, direct",
    [
        ("127.0.0.1", True),
        ("example.com, 127.0.0.1 ,", True),
        ("127.0.0.1:PORT", True),
        ("*", True),
        (".0.0.1", True),
        ("example.com", False),
        ("127.0.0.1:1", False),
        ("27.0.0.1", False),
        (None, False),
    ],
)
def test_hosts_without_a_proxy(no_proxy: str | None, direct: bool, opened: Any) -> None:
    async def main() -> None:
        async with Service() as service, Proxy() as proxy:
            names = no_proxy and no_proxy.replace("PORT", str(service.port))
            async with opened(service, proxy=proxy_of(proxy), no_proxy=names) as api:
                await call(api)
        assert len(proxy.requests) == (0 if direct else 1) and len(service.requests) == 1

    run(main)


def test_the_environment_is_not_asked_for_a_proxy(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def main() -> None:
        async with Service() as service, opened(service) as api:  # an empty option ``proxy`` ends up so
            await call(api)

    run(main)


def test_the_endpoint_is_verified_through_a_proxy_too(opened: Any) -> None:
    async def main() -> None:
        async with Service(tls=server_tls(STRANGER)) as service, Proxy() as proxy:
            async with opened(service, proxy=proxy_of(proxy)) as api:
                assert "is not trusted" in (await failure(api)).message
        assert len(proxy.requests) == 1 and service.requests == []

    run(main)


@pytest.mark.parametrize(
    "refusal, expected",
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n", "does not serve: HTTP 407"),
        (b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n", "does not serve: HTTP 502"),
        (b"HTTP/1.1 302 Found\r\nlocation: https://example.com/\r\ncontent-length: 0\r\n\r\n", "HTTP 302"),
        (b"no HTTP\r\n\r\n", "cannot be reached"),
        (b"", "cannot be reached"),
    ],
)
def test_a_proxy_that_refuses(refusal: bytes, expected: str, opened: Any) -> None:
    async def main() -> None:
        async with Service() as service, Proxy(refusal) as proxy:
            async with opened(service, proxy=proxy_of(proxy, "me:canary@")) as api:
                error = await failure(api)
                assert expected in error.message and not error.sent
        assert service.connections == 0

    run(main)


def test_a_proxy_that_hangs(opened: Any) -> None:
    async def main() -> None:
        async with Service() as service, Raw() as proxy:
            async with opened(service, proxy=f"http://me:canary@{proxy.endpoint}", connect_timeout=0.3) as api:
                error = await failure(api)
                assert "cannot be reached: it took too long" in error.message and not error.sent

    run(main)


# Whose calls are served


def sdk_client(server: Server, ca_bundle: str) -> Any:
    from alibabacloud_ram20150501.client import Client
    from alibabacloud_tea_openapi.utils_models import Config

    return Client(
        Config(access_key_id="LTAI", access_key_secret="s", endpoint=server.endpoint, protocol="HTTPS", ca=ca_bundle)
    )


def test_others_in_the_process_are_left_alone(opened: Any, ca_bundle: str) -> None:
    from alibabacloud_ram20150501.models import GetUserRequest

    async def main() -> None:
        async with Service() as ours, Service() as theirs:
            client, begin = sdk_client(theirs, ca_bundle), asyncio.Event()

            async def others() -> None:
                await begin.wait()
                for dummy in range(2):
                    await client.get_user_async(GetUserRequest(user_name="bob"))

            task = asyncio.ensure_future(others())
            async with opened(ours) as api:
                begin.set()
                await asyncio.gather(task, call(api))
            assert theirs.connections == 2  # as the SDK does it

    run(main)


def test_a_transport_that_is_open_but_not_in_use_serves_nobody(ca_bundle: str) -> None:
    from alibabacloud_ram20150501.models import GetUserRequest

    async def main() -> None:
        async with Service() as service:
            transport = Transport(settings_for(service, ca_bundle=ca_bundle))
            await transport.open()
            client = sdk_client(service, ca_bundle)
            for connections in (1, 2):
                await client.get_user_async(GetUserRequest(user_name="bob"))
                assert service.connections == connections
            for dummy in range(2):
                with transport.in_use():
                    await client.get_user_async(GetUserRequest(user_name="bob"))
                assert service.connections == 3
            await transport.close()

    run(main)


def test_transports_side_by_side(opened: Any) -> None:
    """Each task's calls go by its own settings."""

    async def main() -> None:
        async with Service() as service, Proxy() as proxy:

            async def by(**options: Any) -> None:
                async with opened(service, **options) as api:
                    for dummy in range(3):
                        await call(api)
                        await asyncio.sleep(0.01)

            async def strict() -> None:
                async with opened(service, ca_bundle=None) as api:
                    await failure(api)

            await asyncio.gather(by(), strict(), by(proxy=proxy_of(proxy)), strict(), by())
            assert len(proxy.requests) == 1 and service.connections >= 3 and len(service.requests) == 9

    run(main)


def test_a_second_copy_of_this_collection(opened: Any, ca_bundle: str) -> None:
    spec = importlib.util.spec_from_file_location("second_copy_of_transport", _transport.__file__)
    assert spec and spec.loader
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)

    async def main() -> None:
        async with Service() as service:
            async with opened(service) as api:
                await call(api)
            settings = settings_for(service, ca_bundle=ca_bundle)
            async with copy.Transport(settings) as transport:
                second = Api(settings, StaticCredential("LTAI", "s", None, "a test"), transport)
                for dummy in range(3):
                    await call(second)
            async with opened(service) as api:
                for dummy in range(3):
                    await call(api)
            assert service.connections == 3

    run(main)


# An SDK that is not known


@pytest.fixture(name="unknown_sdk")
def _unknown_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own method, as a later version could have it."""
    from darabonba.core import DaraCore

    own = inspect.unwrap(DaraCore.async_do_action)

    async def async_do_action(request: Any, runtime_option: Any = None, extra: Any = None) -> Any:
        return await own(request, runtime_option)

    monkeypatch.setattr(DaraCore, "async_do_action", staticmethod(async_do_action))


@pytest.mark.usefixtures("unknown_sdk")
def test_an_unknown_sdk_does_its_own_io(opened: Any) -> None:
    async def main() -> None:
        async with Service() as service, opened(service) as api:
            for what in (READ, WRITE):
                assert (await call(api, what))["RequestId"] == "R"
            assert service.operations == [READ[0], WRITE[0]] and service.connections == 2

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
def test_an_unknown_sdk_is_warned_of_once(ca_bundle: str) -> None:
    from ansible_collections.alicloud.ram.plugins.modules.caller_identity_info import prepare

    params = {name: option.get("default") for name, option in CONNECTION_SPEC.items()}
    keys = {"access_key_id": "LTAI", "access_key_secret": "s", "ca_bundle": ca_bundle}

    async def main() -> Any:
        async with Service(IDENTITY) as service:
            params.update(keys, sts_endpoint=service.endpoint)
            return await asyncio.get_running_loop().run_in_executor(None, task)

    def task() -> Any:
        with Process() as process:
            return outcome_of(process, prepare, params, check_mode=False, diff=False)

    result = run(main)
    assert result["caller_identity"]["account_id"] == "1" and not result["failed"]
    (warning,) = result["warnings"]
    assert "darabonba-core" in warning and "new connection for every call and follows redirects" in warning


@pytest.mark.usefixtures("unknown_sdk")
@pytest.mark.parametrize("options, connects", [({}, False), ({"validate_certs": False}, True)])
def test_an_unknown_sdk_verifies_certificates(options: Any, connects: bool, opened: Any) -> None:
    async def main() -> None:
        async with Service(tls=server_tls(STRANGER)) as service, opened(service, **options) as api:
            if connects:
                await call(api)
            else:
                await failure(api)
            assert len(service.requests) == connects

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
def test_an_unknown_sdk_verifies_host_names(opened: Any) -> None:
    async def main() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        AUTHORITY.issue_cert("example.com").configure_cert(context)
        async with Service(tls=context) as service, opened(service) as api:
            await failure(api)
            assert service.requests == []

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_an_unknown_sdk_does_not_speak_old_tls(opened: Any) -> None:
    async def main() -> None:
        async with speaking_old_tls() as service, opened(service) as api:
            await failure(api)
            assert service.requests == []

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
def test_an_unknown_sdk_uses_the_proxy(opened: Any) -> None:
    async def main() -> None:
        async with Service() as service, Proxy() as proxy:
            async with opened(service, proxy=proxy_of(proxy, "me:canary@")) as api:
                await call(api)
        assert len(proxy.requests) == 1 and "basic bWU6Y2FuYXJ5" in proxy.requests[0].replace("Basic", "basic")

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
def test_an_unknown_sdk_does_not_show_the_proxys_password(opened: Any) -> None:
    async def main() -> None:
        refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
        async with Service() as service, Proxy(refusal) as proxy:
            async with opened(service, proxy=proxy_of(proxy, "me:canary@")) as api:
                await failure(api)

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
def test_an_unknown_sdk_keeps_to_the_timeouts(opened: Any) -> None:
    async def main() -> None:
        async with Service(before=asyncio.Event().wait) as service:
            async with opened(service, read_timeout=0.2) as api:
                assert (await failure(api)).sent
        async with Raw() as server, opened(server, connect_timeout=0.2) as api:
            await failure(api)

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
def test_what_an_unknown_sdk_cannot_honour_is_refused(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(**options: Any) -> None:
        async with Service() as service:
            async with opened(service, **options) as api:
                await call(api)

    run(lambda: main(no_proxy="127.0.0.1"))  # without a proxy, it asks for nothing
    with pytest.raises(DeclarationError, match="no_proxy: .*darabonba-core.*requirements.txt"):
        run(lambda: main(proxy="http://127.0.0.1:9", no_proxy="127.0.0.1"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(DeclarationError, match="proxy: .*darabonba-core.*HTTPS_PROXY"):
        run(main)
