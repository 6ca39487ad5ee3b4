# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers on loopback that answer as a test tells them to, and the authority that signs their certificates."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import inspect
import json
import pathlib
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from alicloud_emulator.testing import background

M = TypeVar("M", bound="Message")
S = TypeVar("S", bound="Server")


class Authority:
    """A certificate authority. ``bundle`` is the file for those who trust it, ``tls`` is for servers on loopback."""

    def __init__(self) -> None:
        import pytest

        self._authority = pytest.importorskip("trustme").CA()
        directory = tempfile.TemporaryDirectory(prefix="alicloud-authority-")
        atexit.register(directory.cleanup)
        self.bundle = str(pathlib.Path(directory.name, "ca.pem"))
        self._authority.cert_pem.write_to_path(self.bundle)
        self.tls = self.server_tls("127.0.0.1", "::1")

    def server_tls(self, *names: str, **options: Any) -> ssl.SSLContext:
        """A server's context with a new certificate for these names; ``options`` are those of trustme."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*names, **options).configure_cert(context)
        return context


@functools.cache
def authority() -> Authority:
    """The authority that the tests of a process share."""
    return Authority()


@dataclass(frozen=True)
class Message:
    """A request or an answer as it came; ``head`` is all before the body."""

    head: str
    body: bytes = b""

    @functools.cached_property
    def headers(self) -> dict[str, str]:
        """By names in lower case."""
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:] if line)
        return {name.lower(): value.strip() for name, dummy, value in lines}

    @property
    def raw(self) -> bytes:
        return self.head.encode("latin-1") + self.body


class Request(Message):
    @functools.cached_property
    def method(self) -> str:
        return self.head.split()[0]

    @functools.cached_property
    def target(self) -> str:
        """The path and the query, for a proxy the URL, with CONNECT the host and the port."""
        return self.head.split()[1]

    @functools.cached_property
    def parameters(self) -> dict[str, str]:
        """Those of the query and of a form."""
        return dict(parse_qsl(urlsplit(self.target).query) + parse_qsl(self.body.decode()))

    @property
    def operation(self) -> str:
        return self.headers.get("x-acs-action", "")


@dataclass(frozen=True)
class Answer:
    """An answer. What is neither bytes nor text becomes JSON."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        body = self.body if isinstance(self.body, (bytes, str)) else json.dumps(self.body)
        body = body.encode() if isinstance(body, str) else body
        headers = {"content-type": "application/json", "content-length": len(body), **self.headers}
        lines = [f"HTTP/1.1 {self.status} Status", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


DROP = b""  # the connection is closed without an answer
TUNNEL = object()  # what a proxy answers to CONNECT


async def read_message(reader: asyncio.StreamReader, kind: type[M]) -> M:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    return kind(head, await reader.readexactly(int(Message(head).headers.get("content-length", 0))))


class Server:
    """An HTTP server on loopback that keeps connections open. Each request gets the next of ``script``, the last for ever.

    An answer is an Answer; or what is sent as JSON; bytes, which are sent as they are before the connection is closed; TUNNEL;
    or a function of the request, which can be asynchronous, that returns one of these.

    ``connections`` counts all connections, ``most`` is how many there were at a time.
    """

    def __init__(self, *script: Any, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.script = list(script)
        self.tls = tls
        self.host = host
        self.port = 0
        self.requests: list[Request] = []
        self.connections = 0
        self.most = 0
        self._open: dict[asyncio.StreamWriter, asyncio.Task[Any] | None] = {}

    @property
    def endpoint(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.endpoint}"

    @property
    def operations(self) -> list[str]:
        return [request.operation for request in self.requests]

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, self.host, 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    def close_port(self) -> None:
        """Accept no more connections."""
        self._server.close()

    async def stop(self) -> None:
        self.close_port()
        tasks = [task for task in self._open.values() if task]
        for writer, task in list(self._open.items()):
            writer.transport.abort()
            if task:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def __aenter__(self: S) -> S:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        await self.stop()

    async def drop_all(self, abort: bool = False) -> None:
        """Close all connections, and give the other end the time to notice."""
        for writer in list(self._open):
            if abort:
                writer.transport.abort()
            else:
                writer.close()
        await asyncio.sleep(0.1)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open[writer] = asyncio.current_task()
        self.most = max(self.most, len(self._open))
        try:
            await self.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            del self._open[writer]
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection. A server that misbehaves has a method of its own."""
        while True:
            request = await read_message(reader, Request)
            self.requests.append(request)
            answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            while callable(answer) or inspect.isawaitable(answer):
                answer = await answer if inspect.isawaitable(answer) else answer(request)
            if answer is TUNNEL:
                await _tunnel(request, reader, writer)
                return
            if not isinstance(answer, (Answer, bytes)):
                answer = Answer(answer)
            writer.write(answer if isinstance(answer, bytes) else answer.encoded())
            await writer.drain()
            if isinstance(answer, bytes):
                return


async def _tunnel(request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    host, dummy, port = request.target.rpartition(":")
    from_host, to_host = await asyncio.open_connection(host.strip("[]"), int(port))
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    try:
        await asyncio.gather(_relay(reader, to_host), _relay(from_host, writer))
    finally:
        to_host.close()


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.contextmanager
def in_thread(server: S) -> Iterator[S]:
    """Serve from a thread, for a test that is not asynchronous."""
    with background() as run:
        run(server.start())
        try:
            yield server
        finally:
            run(server.stop())
