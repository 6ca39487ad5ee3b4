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
import shutil
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
from ansible_collections.alicloud.ram.tests.lib.servers import TUNNEL, Answer, Authority, Request, Server, authority

pytest.importorskip(SERVICES["ram"])

AUTHORITY, STRANGER = authority(), Authority()
ANSWER = {"RequestId": "R", "User": {"UserName": "alice"}}
IDENTITY = {"RequestId": "R", "AccountId": "1", "Arn": "acs:ram::1:user/alice"}
READ = ("GetUser", {"UserName": "alice"})
WRITE = ("CreatePolicy", {"PolicyName": "p", "PolicyDocument": "{}"})


def service(answer: Any = None, tls: ssl.SSLContext | None = AUTHORITY.tls, **options: Any) -> Server:
    """A service that answers every request alike."""
    return Server(ANSWER if answer is None else answer, tls=tls, **options)


def after(wait: Callable[[], Awaitable[Any]]) -> Callable[[Request], Awaitable[Any]]:
    """The answer, after something that is awaited each time."""

    async def answer(request: Request) -> Any:
        await wait()
        return ANSWER

    return answer


def proxy(answer: Any = TUNNEL, tls: ssl.SSLContext | None = None) -> Server:
    return Server(answer, tls=tls)


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


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture(name="opened")
def _opened() -> Any:
    """A context: an Api that calls a server, as an account of its own, through an open transport that is in use."""

    @contextlib.asynccontextmanager
    async def opened(server: Server, **options: Any) -> AsyncIterator[Api]:
        settings = settings_for(server, **{"ca_bundle": AUTHORITY.bundle, **options})
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
        async with service() as there, opened(there) as api:
            accounts = [
                Api(api.settings, StaticCredential(f"LTAI{n}", "s", None, "a test"), api._transport) for n in range(8)
            ]
            for account in accounts:
                await call(account)
                await call(account, WRITE)
            assert there.connections == 1
            for dummy in range(3):
                await asyncio.gather(*map(call, accounts))
            assert there.connections <= len(accounts) and len(there.requests) == 16 + 24

    run(main)


def test_no_more_connections_than_the_most(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transport, "MAX_CONNECTIONS", 3)

    async def main() -> None:
        async with service(after(lambda: asyncio.sleep(0.01))) as there, opened(there) as api:
            await asyncio.gather(*(call(api) for dummy in range(20)))
            assert len(there.requests) == 20 and there.most == 3

    run(main)


def test_waiting_for_a_connection_counts_as_no_timeout(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transport, "MAX_CONNECTIONS", 1)

    async def main() -> None:
        async with service(after(lambda: asyncio.sleep(0.7))) as there:
            async with opened(there, connect_timeout=0.5, read_timeout=20) as api:
                await asyncio.gather(call(api), call(api))
            assert there.connections == 1

    run(main)


@pytest.mark.parametrize("most_idle, connections", [(0.1, 2), (30.0, 1)])
def test_a_connection_that_was_idle_for_long_is_not_used_again(
    most_idle: float, connections: int, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_transport, "MAX_IDLE_SECONDS", most_idle)

    async def main() -> None:
        async with service() as there, opened(there) as api:
            await call(api)
            await asyncio.sleep(0.3)
            await call(api)
            assert there.connections == connections

    run(main)


@pytest.mark.parametrize("what", [READ, WRITE])
def test_a_connection_that_was_dropped_between_calls_is_replaced(what: Any, opened: Any) -> None:
    async def main() -> None:
        async with service() as there, opened(there) as api:
            await asyncio.gather(*(call(api) for dummy in range(4)))
            await there.drop_all()
            before = there.connections
            await call(api, what)
            assert there.connections == before + 1 and there.operations[4:] == [what[0]]

    run(main)


def test_a_call_that_is_cancelled_leaves_its_place_to_others(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transport, "MAX_CONNECTIONS", 1)

    async def main() -> None:
        never = asyncio.Event()
        async with service(after(never.wait)) as there, opened(there) as api:
            task = asyncio.ensure_future(call(api))
            while not there.requests:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            never.set()
            await call(api)
            assert there.connections == 2  # an answer to the first one may still be under way on its connection

    run(main)


def test_a_compressed_answer(opened: Any) -> None:
    compressed = Answer(gzip.compress(json.dumps(ANSWER).encode()), headers={"content-encoding": "gzip"})

    async def main() -> None:
        async with service(compressed) as there:
            async with opened(there) as api:
                assert (await call(api))["User"]["UserName"] == "alice"

    run(main)


def test_an_answer_without_end(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transport, "MAX_ANSWER_BYTES", 1000)

    async def main() -> None:
        async with service(Answer(b"{" + b" " * 2000)) as there, opened(there, retry_timeout=60) as api:
            error = await failure(api, READ)
            assert "more than 1000 bytes" in error.message and error.sent and len(there.requests) == 1

    run(main)


def test_ipv6(opened: Any) -> None:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("there is no IPv6 loopback")

    async def main() -> None:
        async with service(host="::1") as there:
            async with opened(there) as api:
                await call(api)
            async with opened(there, proxy="http://127.0.0.1:9", no_proxy="example.com,::1") as api:
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
        async with service(after(asyncio.Event().wait)) as there, opened(there, read_timeout=0.2) as api:
            error = await failure(api)
            assert error.sent and f"{there.endpoint} did not answer: it took too long" in error.message
            assert there.operations == ["CreatePolicy"]

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
        async with Trickle(tls=AUTHORITY.tls) as server, opened(server, connect_timeout=0.3, read_timeout=0.15) as api:
            error = await failure(api)
            assert error.sent and "it took too long" in error.message

    run(main)


def test_a_host_that_does_not_exist(opened: Any) -> None:
    async def main() -> None:
        async with service() as there, opened(there, ram_endpoint="a..b") as api:
            assert not (await failure(api)).sent

    run(main)


# Who it is


@pytest.mark.parametrize("options, connects", [({}, False), ({"validate_certs": False}, True)])
def test_the_certificate_of_a_stranger(options: Any, connects: bool, opened: Any) -> None:
    async def main() -> None:
        async with service(tls=STRANGER.tls) as there, opened(there, **options) as api:
            if connects:
                await call(api)
            else:
                assert "is not trusted" in (await failure(api)).message and there.requests == []

    run(main)


def test_a_certificate_of_another_host(opened: Any) -> None:
    async def main() -> None:
        async with service(tls=AUTHORITY.server_tls("example.com")) as there, opened(there) as api:
            assert "is not trusted" in (await failure(api)).message and there.requests == []

    run(main)


def test_a_certificate_that_has_ended(opened: Any) -> None:
    async def main() -> None:
        now = datetime.datetime.now(datetime.timezone.utc)
        begin, end = now - datetime.timedelta(days=2), now - datetime.timedelta(days=1)
        expired = AUTHORITY.server_tls("127.0.0.1", not_before=begin, not_after=end)
        async with service(tls=expired) as there, opened(there) as api:
            assert "is not trusted (certificate has expired)" in (await failure(api)).message
            assert there.requests == []

    run(main)


def test_no_variable_of_the_environment_turns_verification_off(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither those of other programs, nor one of ours: the option alone does."""
    for name in ("PYTHONHTTPSVERIFY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "ALIBABA_CLOUD_VALIDATE_CERTS", "DEBUG"):
        monkeypatch.setenv(name, "0")
    assert CONNECTION_SPEC["validate_certs"] == {"type": "bool", "default": True}

    async def main() -> None:
        async with service(tls=STRANGER.tls) as there, opened(there) as api:
            assert "is not trusted" in (await failure(api)).message and there.requests == []

    run(main)


@pytest.mark.parametrize("bundle", [None, STRANGER.bundle], ids=["the system's", "a stranger's"])
def test_only_the_bundle_is_trusted(bundle: str | None, opened: Any) -> None:
    async def main() -> None:
        async with service() as there, opened(there, ca_bundle=bundle) as api:
            assert "is not trusted" in (await failure(api)).message and there.requests == []

    run(main)


def test_a_bundle_is_read_once_for_as_long_as_it_is_the_same(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "ca.pem"
    shutil.copy(STRANGER.bundle, path)
    os.utime(path, (1, 1))
    settings = Settings(ca_bundle=str(path))
    first = tls_context(settings)
    assert tls_context(Settings(ca_bundle=str(path), proxy="http://127.0.0.1:9")) is first
    assert tls_context(Settings(ca_bundle=str(path), validate_certs=False)) is not first
    shutil.copy(AUTHORITY.bundle, path)
    renewed = tls_context(settings)
    assert renewed is not first and renewed.get_ca_certs() != first.get_ca_certs()


@contextlib.asynccontextmanager
async def speaking_old_tls() -> AsyncIterator[Server]:
    """A service that knows nothing newer than TLS 1.1. Skips where this OpenSSL cannot speak it."""
    server, client = AUTHORITY.server_tls("127.0.0.1"), ssl.create_default_context(cafile=AUTHORITY.bundle)
    for context in (server, client):
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
    server.maximum_version = ssl.TLSVersion.TLSv1_1
    async with service(tls=server) as there:
        try:
            dummy, writer = await asyncio.open_connection("127.0.0.1", there.port, ssl=client)
        except ssl.SSLError:
            pytest.skip("this OpenSSL does not speak old TLS")
        writer.close()
        yield there


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_a_server_that_speaks_old_tls_only(opened: Any) -> None:
    async def main() -> None:
        async with speaking_old_tls() as there, opened(there, validate_certs=False) as api:
            assert "cannot be reached" in (await failure(api)).message and there.requests == []

    run(main)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_an_answer_cannot_move_the_endpoint(status: int, opened: Any) -> None:
    async def main() -> None:
        async with service() as elsewhere:
            headers = {"location": f"https://{elsewhere.endpoint}/", "set-cookie": "a=b"}
            async with service(Answer(ANSWER, status, headers)) as there, opened(there) as api:
                for what in (READ, WRITE):
                    assert f"HTTP {status}" in (await failure(api, what)).message
                assert "cookie" not in there.requests[1].headers
            assert elsewhere.connections == 0

    run(main)


@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_does_not_lead_out_of_tls(status: int, opened: Any) -> None:
    async def main() -> None:
        async with service(tls=None) as plain:
            headers = {"location": f"http://{plain.endpoint}/"}
            async with service(Answer(ANSWER, status, headers)) as there, opened(there) as api:
                for what in (READ, WRITE):
                    assert f"HTTP {status}" in (await failure(api, what)).message
            assert plain.connections == 0

    run(main)


@pytest.mark.parametrize("status", [200, 400])
def test_what_an_answer_says_of_other_hosts_is_not_followed(status: int, opened: Any) -> None:
    async def main() -> None:
        async with service() as elsewhere:
            host = elsewhere.endpoint
            says = {"RequestId": "R", "Code": "Redirect", "Endpoint": host, "HostId": host, "Host": host, "RegionId": "cn-elsewhere",
                    "Recommend": f"https://{host}/", "Location": f"https://{host}/", "User": {"UserName": "alice"}}  # fmt: skip
            headers = {
                "alt-svc": f'h2="{host}"; ma=3600',
                "content-location": f"https://{host}/",
                "refresh": f"0; url=https://{host}/",
                "link": f"<https://{host}/>; rel=canonical",
            }
            async with service(Answer(says, status, headers)) as there, opened(there) as api:
                for dummy in range(2):
                    for what in (READ, WRITE):
                        with contextlib.suppress(ApiError):
                            await call(api, what)
                assert len(there.requests) == 4
            assert elsewhere.connections == 0

    run(main)


@pytest.mark.parametrize("says", [b"no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nno header\r\n\r\n", b""])
def test_what_was_sent_is_not_shown(says: bytes, opened: Any) -> None:
    what = ("AssumeRole", {"RoleArn": "acs:ram::1:role/r", "RoleSessionName": "me", "ExternalId": "canary"})

    async def main() -> None:
        async with Raw(says, tls=AUTHORITY.tls) as server, opened(server, read_timeout=0.2) as api:
            error = await failure(api, what)
            assert error.sent and "did not answer" in error.message and "RoleArn" not in error.message

    run(main)


# Proxies


def proxy_of(server: Server, user: str = "") -> str:
    return server.url.replace("//", f"//{user}")


@pytest.mark.parametrize("tls", [False, True])
def test_a_proxy(tls: bool, opened: Any) -> None:
    if tls and sys.version_info < (3, 11):
        pytest.skip("TLS within TLS came with Python 3.11")

    async def main() -> None:
        async with service() as there, proxy(tls=AUTHORITY.tls if tls else None) as via:
            async with opened(there, proxy=proxy_of(via, "me:c%C3%A4nary%40home@")) as api:
                for what in (READ, WRITE, READ):
                    await call(api, what)
        (request,) = via.requests
        assert request.head.startswith(f"CONNECT {there.endpoint} HTTP/1.1\r\n")
        user = base64.b64encode("me:cänary@home".encode()).decode()
        assert request.headers["proxy-authorization"].split()[1:] == [user]
        assert there.connections == 1 and len(there.requests) == 3
        assert "proxy" not in "".join(request.head for request in there.requests).lower()

    run(main)


def test_a_proxy_without_a_password(opened: Any) -> None:
    async def main() -> None:
        async with service() as there, proxy() as via, opened(there, proxy=proxy_of(via)) as api:
            await call(api)
            assert len(via.requests) == 1 and "authorization" not in via.requests[0].head.lower()

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
        async with service() as there, proxy() as via:
            names = no_proxy and no_proxy.replace("PORT", str(there.port))
            async with opened(there, proxy=proxy_of(via), no_proxy=names) as api:
                await call(api)
        assert len(via.requests) == (0 if direct else 1) and len(there.requests) == 1

    run(main)


def test_the_environment_is_not_asked_for_a_proxy(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def main() -> None:
        async with service() as there, opened(there) as api:  # an empty option ``proxy`` ends up so
            await call(api)

    run(main)


def test_the_endpoint_is_verified_through_a_proxy_too(opened: Any) -> None:
    async def main() -> None:
        async with service(tls=STRANGER.tls) as there, proxy() as via:
            async with opened(there, proxy=proxy_of(via)) as api:
                assert "is not trusted" in (await failure(api)).message
        assert len(via.requests) == 1 and there.requests == []

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
        async with service() as there, proxy(refusal) as via:
            async with opened(there, proxy=proxy_of(via, "me:canary@")) as api:
                error = await failure(api)
                assert expected in error.message and not error.sent
        assert there.connections == 0

    run(main)


def test_a_proxy_that_hangs(opened: Any) -> None:
    async def main() -> None:
        async with service() as there, Raw() as via:
            async with opened(there, proxy=f"http://me:canary@{via.endpoint}", connect_timeout=0.3) as api:
                error = await failure(api)
                assert "cannot be reached: it took too long" in error.message and not error.sent

    run(main)


# Whose calls are served


def sdk_client(server: Server) -> Any:
    from alibabacloud_ram20150501.client import Client
    from alibabacloud_tea_openapi.utils_models import Config

    return Client(
        Config(
            access_key_id="LTAI", access_key_secret="s", endpoint=server.endpoint, protocol="HTTPS", ca=AUTHORITY.bundle
        )
    )


def test_others_in_the_process_are_left_alone(opened: Any) -> None:
    from alibabacloud_ram20150501.models import GetUserRequest

    async def main() -> None:
        async with service() as ours, service() as theirs:
            client, begin = sdk_client(theirs), asyncio.Event()

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


def test_a_transport_that_is_open_but_not_in_use_serves_nobody() -> None:
    from alibabacloud_ram20150501.models import GetUserRequest

    async def main() -> None:
        async with service() as there:
            transport = Transport(settings_for(there, ca_bundle=AUTHORITY.bundle))
            await transport.open()
            client = sdk_client(there)
            for connections in (1, 2):
                await client.get_user_async(GetUserRequest(user_name="bob"))
                assert there.connections == connections
            for dummy in range(2):
                with transport.in_use():
                    await client.get_user_async(GetUserRequest(user_name="bob"))
                assert there.connections == 3
            await transport.close()

    run(main)


def test_transports_side_by_side(opened: Any) -> None:
    """Each task's calls go by its own settings."""

    async def main() -> None:
        async with service() as there, proxy() as via:

            async def by(**options: Any) -> None:
                async with opened(there, **options) as api:
                    for dummy in range(3):
                        await call(api)
                        await asyncio.sleep(0.01)

            async def strict() -> None:
                async with opened(there, ca_bundle=None) as api:
                    await failure(api)

            await asyncio.gather(by(), strict(), by(proxy=proxy_of(via)), strict(), by())
            assert len(via.requests) == 1 and there.connections >= 3 and len(there.requests) == 9

    run(main)


def test_a_second_copy_of_this_collection(opened: Any) -> None:
    spec = importlib.util.spec_from_file_location("second_copy_of_transport", _transport.__file__)
    assert spec and spec.loader
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)

    async def main() -> None:
        async with service() as there:
            async with opened(there) as api:
                await call(api)
            settings = settings_for(there, ca_bundle=AUTHORITY.bundle)
            async with copy.Transport(settings) as transport:
                second = Api(settings, StaticCredential("LTAI", "s", None, "a test"), transport)
                for dummy in range(3):
                    await call(second)
            async with opened(there) as api:
                for dummy in range(3):
                    await call(api)
            assert there.connections == 3

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
        async with service() as there, opened(there) as api:
            for what in (READ, WRITE):
                assert (await call(api, what))["RequestId"] == "R"
            assert there.operations == [READ[0], WRITE[0]] and there.connections == 2

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
def test_an_unknown_sdk_is_warned_of_once() -> None:
    from ansible_collections.alicloud.ram.plugins.modules.caller_identity_info import prepare

    params = {name: option.get("default") for name, option in CONNECTION_SPEC.items()}
    keys = {"access_key_id": "LTAI", "access_key_secret": "s", "ca_bundle": AUTHORITY.bundle}

    async def main() -> Any:
        async with service(IDENTITY) as there:
            params.update(keys, sts_endpoint=there.endpoint)
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
        async with service(tls=STRANGER.tls) as there, opened(there, **options) as api:
            if connects:
                await call(api)
            else:
                await failure(api)
            assert len(there.requests) == connects

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
def test_an_unknown_sdk_verifies_host_names(opened: Any) -> None:
    async def main() -> None:
        async with service(tls=AUTHORITY.server_tls("example.com")) as there, opened(there) as api:
            await failure(api)
            assert there.requests == []

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_an_unknown_sdk_does_not_speak_old_tls(opened: Any) -> None:
    async def main() -> None:
        async with speaking_old_tls() as there, opened(there) as api:
            await failure(api)
            assert there.requests == []

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
def test_an_unknown_sdk_uses_the_proxy(opened: Any) -> None:
    async def main() -> None:
        async with service() as there, proxy() as via:
            async with opened(there, proxy=proxy_of(via, "me:canary@")) as api:
                await call(api)
        (request,) = via.requests
        assert request.headers["proxy-authorization"].split()[1].startswith("bWU6Y2FuYXJ5")

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
def test_an_unknown_sdk_does_not_show_the_proxys_password(opened: Any) -> None:
    async def main() -> None:
        refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
        async with service() as there, proxy(refusal) as via:
            async with opened(there, proxy=proxy_of(via, "me:canary@")) as api:
                await failure(api)

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
def test_an_unknown_sdk_keeps_to_the_timeouts(opened: Any) -> None:
    async def main() -> None:
        async with service(after(asyncio.Event().wait)) as there:
            async with opened(there, read_timeout=0.2) as api:
                assert (await failure(api)).sent
        async with Raw() as server, opened(server, connect_timeout=0.2) as api:
            await failure(api)

    run(main)


@pytest.mark.usefixtures("unknown_sdk")
def test_what_an_unknown_sdk_cannot_honour_is_refused(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(**options: Any) -> None:
        async with service() as there:
            async with opened(there, **options) as api:
                await call(api)

    run(lambda: main(no_proxy="127.0.0.1"))  # without a proxy, it asks for nothing
    with pytest.raises(DeclarationError, match="no_proxy: .*darabonba-core.*requirements.txt"):
        run(lambda: main(proxy="http://127.0.0.1:9", no_proxy="127.0.0.1"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(DeclarationError, match="proxy: .*darabonba-core.*HTTPS_PROXY"):
        run(main)
