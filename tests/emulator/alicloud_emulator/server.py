# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTPS server: from a request to an answer, the call log, and the emulator's own endpoints."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import copy
import gc
import itertools
import json
import logging
import re
import ssl
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from . import seed as seeding
from . import snapshot
from .access import authorise_call
from .clock import Clock
from .errors import ApiError
from .faults import Faults, Lost, Plans, Verdict
from .operations import OPERATIONS
from .protocol import Request, decode_pairs, encode, error_body
from .registry import Body, Call, Caller, Choices, Operation
from .signature import Nonces, authenticate
from .store import World, iso, to_plain

LENIENT = Choices()

_ADMIN = "/_emulator/"
MAX_LINE = 512 * 1024  # the SDKs send whole policy documents in the query string
_API_BODY = 1024 * 1024
_BODY = 256 * 1024 * 1024  # of the administrative endpoint: the seed of thousands of accounts
_NAME = 128  # characters of an operation that does not exist, in the log
_LINGER = 5.0  # seconds, and
_LINGER_BYTES = 16 * 1024 * 1024  # for which what follows a refused request is still read
_NOTHING: Mapping[str, str] = MappingProxyType({})
_SECRET = re.compile("ExternalId|Password|Secret")
_log = logging.getLogger(__name__)
_http_log = logging.getLogger(f"{__name__}.http")
# What is no HTTP is answered with 400, and is not this program's mistake.
_NO_HTTP = (HttpProcessingError, web.RequestPayloadError)
_http_log.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], _NO_HTTP)))


@dataclass(slots=True)
class Entry:
    """One call in the log. A log may hold very many, so only reading it makes more of them than this."""

    seq: int
    time: float
    request_id: str
    account_id: str | None
    caller: str | None
    service: str
    operation: str
    parameters: Mapping[str, str]
    write: bool
    status: int | None
    code: str
    ignored: tuple[str, ...] = ()
    """The parameters that the operation does not know."""

    def plain(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self.__slots__}
        values["time"] = f"{iso(self.time)[:-1]}.{int(self.time * 1000) % 1000:03d}Z"
        values["parameters"], values["ignored"] = dict(self.parameters), list(self.ignored)
        return values


class CallLog:
    """The last calls, each with its number."""

    def __init__(self, limit: int) -> None:
        self._entries: collections.deque[Entry] = collections.deque(maxlen=limit)
        self._last = 0

    def open(self, request: Request, operation: Operation | None, now: float) -> Entry:
        """Begin an entry at the arrival of a call. Only parameters that the operation has are kept, no secrets."""
        self._last += 1
        entry = Entry(
            seq=self._last,
            time=now,
            request_id=request.request_id,
            account_id=None,
            caller=None,
            service=request.service or request.version[:_NAME],
            operation=request.action[:_NAME],
            parameters=_logged(request.operation_parameters, operation) if operation else _NOTHING,
            write=bool(operation and operation.write),
            status=None,
            code="",
        )
        self._entries.append(entry)
        return entry

    def since(self, number: int, account_id: str | None, operation: str | None, write: bool | None) -> list[Entry]:
        """The entries after the one of this number that are of an account, of an operation, and writes or not."""
        # Backwards, so that the last few are found at once, however long the log is.
        newer = itertools.takewhile(lambda entry: entry.seq > number, reversed(self._entries))
        found = [
            entry
            for entry in newer
            if account_id in (None, entry.account_id)
            and operation in (None, entry.operation)
            and write in (None, entry.write)
        ]
        return found[::-1]


def _logged(raw: Mapping[str, str], operation: Operation) -> Mapping[str, str]:
    kept = {
        key: "***" if _SECRET.search(key) else value
        for key, value in raw.items()
        if any(param.owns(key) for param in operation.parameters)
    }
    return kept or _NOTHING


class Emulator:
    """One world, served."""

    def __init__(
        self,
        world: World,
        faults: Faults,
        plans: Plans,
        log_limit: int,
        admin: bool,
        clock: Clock | None = None,
        choices: Choices = LENIENT,
    ) -> None:
        self.clock = clock or Clock()
        self.world = world
        self.faults = faults
        self.plans = plans
        self.log = CallLog(log_limit)
        self.admin = admin
        self.choices = choices
        self._nonces = Nonces()

    # HTTP

    async def handle(self, http: web.BaseRequest) -> web.StreamResponse:
        path, dummy, query = http.raw_path.partition("?")
        try:
            if http.headers.get("Expect", "").lower() == "100-continue":
                await http.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                http.writer.output_size = 0
            body = await http.read()
        except web.RequestPayloadError:
            return _json({"error": "the body cannot be read"}, 400)
        if path.startswith(_ADMIN):
            return self._administer(http, path[len(_ADMIN) :], body)
        try:
            return await self._serve(http, path, query, body)
        except Lost as loss:
            await asyncio.sleep(loss.seconds)
            if http.transport is not None:
                http.transport.close()
            return web.Response(status=503)  # never seen: the connection is closed

    async def _serve(self, http: web.BaseRequest, path: str, query: str, body: bytes) -> web.Response:
        now = self.clock.now()
        request = Request(
            method=http.method,
            path=path,
            query=[],
            form=[],
            headers=_headers(http),
            body=body,
            source_ip=http.remote or "127.0.0.1",
            request_id=str(uuid.uuid4()).upper(),
        )
        entry: Entry | None = None
        try:
            request.query = decode_pairs(query)
            if len(body) > _API_BODY:
                raise ApiError("InvalidParameter", "The body is too large.")  # unknown: the code
            if request.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
                request.form = decode_pairs(request.body)
            request.merge()
            operation = OPERATIONS.get((request.service, request.action))
            entry = self.log.open(request, operation, now)
            answer, verdict = await self._answer(request, operation, entry, now)
            status, headers, failed = 200, {}, False
            if verdict.answer and verdict.answer.fault == "malformed":
                entry.status, entry.code = verdict.answer.status or 200, "Fault.malformed"
                return web.Response(
                    status=entry.status, text=verdict.answer.body, content_type="text/html", charset="utf-8"
                )
        except ApiError as error:
            answer, status, headers, failed = error_body(request, error), error.status, error.headers, True
            entry = entry or self.log.open(request, None, now)
            entry.code = error.code
        except Lost as loss:
            if entry:
                entry.code = f"Fault.{loss}"
            raise
        except Exception:
            _log.exception("%s %s", request.service, request.action)
            answer, status, headers, failed = error_body(request, ApiError("InternalError")), 500, {}, True
            if entry:
                entry.code = "InternalError"
        if entry:
            entry.status = status
        text, content_type = encode(request, answer, failed)
        return web.Response(
            status=status,
            body=text,
            headers={"Content-Type": content_type, "x-acs-request-id": request.request_id, **headers},
        )

    # From request to answer

    async def _answer(
        self, request: Request, operation: Operation | None, entry: Entry, now: float
    ) -> tuple[Body, Verdict]:
        if request.path != "/":
            raise ApiError("InvalidAction.NotFound")
        if request.method not in ("GET", "POST"):
            raise ApiError("UnsupportedHTTPMethod")  # unknown: the code
        if not request.service:
            raise ApiError("InvalidVersion")
        if operation is None:
            raise ApiError("InvalidAction.NotFound")
        # A restored snapshot puts another world in the place of this one; a call stays in the one that it came to.
        world, plans = self.world, self.plans
        credential = authenticate(request, world.credentials, self._nonces, now, self.clock.ahead)
        caller = Caller(credential, world.accounts[credential.account_id])
        credential.last_used = now
        entry.account_id, entry.caller = credential.account_id, caller.arn

        verdict = self.faults.judge(operation, credential.account_id, entry.caller, self.clock.monotonic())
        if verdict.latency:
            await asyncio.sleep(verdict.latency)
            now = self.clock.now()
        verdict.before()
        sees_hidden = operation.write or operation.live
        call = Call(
            world=world,
            caller=caller,
            account=caller.account if sees_hidden else world.view(caller.account, now),
            raw=request.operation_parameters,
            now=now,
            source_ip=request.source_ip,
            request_id=request.request_id,
        )
        if not self.choices.strict:
            entry.ignored = operation.unknown_names(call.raw)
        body = perform(call, operation, verdict, plans, self.choices)
        verdict.after()
        return {"RequestId": request.request_id, **body}, verdict

    # The emulator's own endpoints

    def _administer(self, http: web.BaseRequest, name: str, body: bytes) -> web.Response:
        try:
            with without_collection():
                if (http.method, name) == ("GET", "calls"):
                    return _json([entry.plain() for entry in self._calls(http.query)])
                if self.admin:
                    return self._change(http, name, body)
        except (ValueError, KeyError, RecursionError) as exc:  # a SeedError or a SnapshotError is a ValueError
            return _json({"error": str(exc)}, 400)
        return _json({"error": f"no such endpoint: {http.method} {_ADMIN}{name}"}, 404)

    def _calls(self, query: Mapping[str, str]) -> list[Entry]:
        unknown = set(query) - {"since", "account_id", "operation", "write"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        write = query.get("write")
        if write not in (None, "true", "false"):
            raise ValueError("write must be true or false")
        return self.log.since(
            int(query.get("since", "0")),
            query.get("account_id"),
            query.get("operation"),
            None if write is None else write == "true",
        )

    def _change(self, http: web.BaseRequest, name: str, body: bytes) -> web.Response:
        method = http.method
        if (method, name) == ("GET", "state"):
            account = self.world.accounts.get(http.query.get("account_id", ""))
            if account is None:
                return _json({"error": "no such account"}, 404)
            self.plans.advance(self.world, self.clock.now())
            return _json(to_plain(self.world, account))
        if (method, name) == ("POST", "accounts"):
            seed = seeding.apply(self.world, json.loads(body), self.clock.now())
            self.faults.rules.extend(seed.rules)
            return _json({"accounts": seed.accounts})
        if (method, name) == ("GET", "snapshot"):
            return _json(self.snapshot())
        if (method, name) == ("POST", "snapshot"):
            world, running = snapshot.restore(json.loads(body))
            self.world, self.plans = world, Plans(running)
            return _json({"accounts": snapshot.list_accounts(world)})
        if (method, name) == ("POST", "clock"):
            node = seeding.Node(json.loads(body), "")
            node.mapping("advance", required=("advance",))
            self.clock.advance(node["advance"].number(0, whole=False))
            return _json({"ahead": self.clock.ahead})
        if (method, name) == ("GET", "rules"):
            return _json(self._rules())
        if (method, name) == ("POST", "rules"):
            return self._set_rules(json.loads(body))
        if (method, name) == ("DELETE", "rules"):
            self.faults.rules.clear()
            return _json(self._rules())
        return _json({"error": f"no such endpoint: {method} {_ADMIN}{name}"}, 404)

    def snapshot(self) -> dict[str, Any]:
        self.plans.advance(self.world, self.clock.now())
        return snapshot.take(self.world, self.plans.running)

    def _set_rules(self, values: Any) -> web.Response:
        """A list extends the rules; {"rules": [...], "replace": true} replaces them."""
        node = seeding.Node({"rules": values} if isinstance(values, list) else values, "")
        node.mapping("rules", "replace", required=("rules",))
        rules = [seeding.read_rule(item) for item in node.items("rules")]
        if node["replace"].boolean():
            self.faults.rules.clear()
        self.faults.rules.extend(rules)
        return _json(self._rules())

    def _rules(self) -> list[dict[str, Any]]:
        return [rule.plain() for rule in self.faults.rules]


def perform(call: Call, operation: Operation, verdict: Verdict, plans: Plans, choices: Choices) -> Body:
    """Check, authorise and make an authenticated call, and return the answer's body. Raises ApiError.

    Everything here happens at once: no other call comes between.
    """
    world = call.world
    plans.advance(world, call.now)
    operation.check_names(call.raw, choices.strict)
    authorise_call(call, operation)
    call.values = operation.read(call.raw, choices.empty_descriptions)
    if "DeletionTaskId" in call.values:
        plans.poll(call.account, call["DeletionTaskId"])
    before = copy.deepcopy(call.caller.account) if verdict.hide else None
    body = plans.delete(call, operation, verdict.deletion) if verdict.deletion else operation.handler(call)
    if verdict.expire is not None:
        world.credentials[body["Credentials"]["AccessKeyId"]].expires = call.now + verdict.expire
    if before is not None:
        world.hide_write(before, call.now + verdict.hide)
    return body


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """Much is made and nothing of it becomes garbage: to look for that again and again takes most of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _headers(http: web.BaseRequest) -> Mapping[str, str]:
    """By lower-case name; several of one name in the order of signatures."""
    single = {name.lower(): value for name, value in http.headers.items()}
    if len(single) == len(http.headers):
        return single
    headers: dict[str, list[str]] = {}
    for name, value in http.headers.items():
        headers.setdefault(name.lower(), []).append(value)
    return {name: ",".join(sorted(values)) for name, values in headers.items()}


def _json(value: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, text=json.dumps(value), content_type="application/json")


class _Connection(web.RequestHandler):
    """One that is not closed while a client may still be sending what was refused.

    To close a socket with something unread resets the connection: the client's next write fails, and the answer that
    was on its way is lost. So the rest is read and dropped until the client closes, within bounds.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refused = False
        self._dropped: int | None = None  # bytes
        self._over = asyncio.Event()

    def handle_error(self, *args: Any, **kwargs: Any) -> web.StreamResponse:
        self._refused = True
        return super().handle_error(*args, **kwargs)

    async def finish_response(self, request: web.BaseRequest, response: web.StreamResponse, *more: Any) -> Any:
        done = await super().finish_response(request, response, *more)
        unread = self._refused or request.content.exception() is not None
        if unread and not response.keep_alive and self.transport is not None:
            self._dropped = 0
            self.transport.resume_reading()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._over.wait(), _LINGER)
        return done

    def data_received(self, data: bytes) -> None:
        if self._dropped is None:
            super().data_received(data)
            return
        self._dropped += len(data)
        if self._dropped > _LINGER_BYTES:
            self._over.set()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._over.set()
        super().connection_lost(exc)


class _Server(web.Server):
    def __init__(self, handler: Any, **options: Any) -> None:
        super().__init__(handler, **options)
        self._options = {name: value for name, value in options.items() if name != "request_factory"}

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=asyncio.get_running_loop(), **self._options)


class Listener:
    """An emulator on a port."""

    def __init__(self, emulator: Emulator, tls: ssl.SSLContext) -> None:
        self._emulator = emulator
        self._tls = tls
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Returns the port, which is a free one if 0 was asked for."""
        loop = asyncio.get_running_loop()

        def make(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
            return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=_BODY)

        server = _Server(
            self._emulator.handle,
            request_factory=make,
            access_log=None,
            logger=_http_log,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
        )
        self._runner = web.ServerRunner(server, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, ssl_context=self._tls, backlog=1024).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
