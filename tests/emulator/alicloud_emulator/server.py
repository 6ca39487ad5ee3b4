# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTPS server: from a request to an answer, the call log, and the emulator's own endpoints."""

from __future__ import annotations

import asyncio
import collections
import copy
import itertools
import json
import logging
import ssl
import time
import uuid
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from . import attachments, directory, groups, policies, roles, service_linked_roles, sts, tags, users
from . import seed as seeding
from .access import authorise_call
from .errors import ApiError
from .faults import Faults, Rule, Verdict
from .protocol import Request, decode_pairs, encode, error_body
from .registry import OPERATIONS, Body, Call, Caller, Operation
from .signature import Nonces, authenticate
from .store import World, iso, to_plain

# Importing the families fills the table of operations.
FAMILIES = (attachments, directory, groups, policies, roles, service_linked_roles, sts, tags, users)

_ADMIN = "/_emulator/"
_LINE = 512 * 1024  # the SDKs send whole policy documents in the query string
_BODY = 256 * 1024 * 1024  # of the administrative endpoint: the seed of thousands of accounts
_log = logging.getLogger(__name__)


class CallLog:
    """The last calls, each with its number."""

    def __init__(self, limit: int) -> None:
        self._entries: collections.deque[dict[str, Any]] = collections.deque(maxlen=limit)
        self._numbers = itertools.count(1)

    def open(self, request: Request, operation: Operation | None, now: float) -> dict[str, Any]:
        """Begin an entry at the arrival of a call. Only parameters that the operation has are kept: no secrets."""
        declared = operation.parameters if operation else ()
        entry = {
            "seq": next(self._numbers),
            "time": f"{iso(now)[:-1]}.{int(now * 1000) % 1000:03d}Z",
            "account_id": None,
            "caller": None,
            "service": request.service or request.version,
            "operation": request.action,
            "parameters": {
                key: value
                for key, value in request.operation_parameters.items()
                if any(param.owns(key) for param in declared)
            },
            "write": bool(operation and operation.write),
            "status": None,
            "code": "",
        }
        self._entries.append(entry)
        return entry

    def since(self, number: int) -> list[dict[str, Any]]:
        """The entries after the one of this number."""
        return [entry for entry in self._entries if entry["seq"] > number]


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class Emulator:
    """One world, served."""

    def __init__(self, world: World, rules: list[Rule], log_limit: int, admin: bool) -> None:
        self.world = world
        self.faults = Faults(rules)
        self.log = CallLog(log_limit)
        self.admin = admin
        self._nonces = Nonces()

    # HTTP

    async def handle(self, http: web.BaseRequest) -> web.StreamResponse:
        path, dummy, query = http.raw_path.partition("?")
        if path.startswith(_ADMIN):
            return await self._administer(http, path[len(_ADMIN) :])
        try:
            return await self._serve(http, path, query)
        except Dropped:
            if http.transport is not None:
                http.transport.close()
            return web.Response(status=503)  # never seen: the connection is closed

    async def _serve(self, http: web.BaseRequest, path: str, query: str) -> web.Response:
        now = time.time()
        request = Request(
            method=http.method,
            path=path,
            query=[],
            form=[],
            headers=_headers(http),
            body=await http.read(),
            source_ip=http.remote or "127.0.0.1",
            request_id=str(uuid.uuid4()).upper(),
        )
        entry: dict[str, Any] | None = None
        try:
            request.query = decode_pairs(query)
            if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
                request.form = decode_pairs(request.body.decode("utf-8", "replace"))
            request.merge()
            operation = OPERATIONS.get((request.service, request.action))
            entry = self.log.open(request, operation, now)
            body, verdict = await self._answer(request, operation, entry, now)
            status, headers, failed = 200, {}, False
            if verdict.answer and verdict.answer.fault == "malformed":
                entry.update(status=verdict.answer.status or 200, code="Fault.malformed")
                return web.Response(
                    status=entry["status"], text=verdict.answer.body, content_type="text/html", charset="utf-8"
                )
        except ApiError as error:
            body, status, headers, failed = error_body(request, error), error.status, error.headers, True
            entry = entry or self.log.open(request, None, now)
            entry["code"] = error.code
        except Dropped as drop:
            if entry:
                entry["code"] = f"Fault.{drop}"
            raise
        except Exception:
            _log.exception("%s %s", request.service, request.action)
            body, status, headers, failed = error_body(request, ApiError("InternalError")), 500, {}, True
            if entry:
                entry["code"] = "InternalError"
        if entry:
            entry["status"] = status
        text, content_type = encode(request, body, failed)
        return web.Response(
            status=status,
            body=text,
            headers={"Content-Type": content_type, "x-acs-request-id": request.request_id, **headers},
        )

    # From request to answer

    async def _answer(
        self, request: Request, operation: Operation | None, entry: dict[str, Any], now: float
    ) -> tuple[Body, Verdict]:
        if request.path != "/":
            raise ApiError("InvalidAction.NotFound")
        if request.method not in ("GET", "POST"):
            raise ApiError("UnsupportedHTTPMethod")  # unknown: the code
        if not request.service:
            raise ApiError("InvalidVersion")
        if operation is None:
            raise ApiError("InvalidAction.NotFound")
        credential = authenticate(request, self.world.credentials, self._nonces, now)
        caller = Caller(credential, self.world.accounts[credential.account_id])
        entry.update(account_id=credential.account_id, caller=caller.arn)

        verdict = self.faults.judge(operation.name, credential.account_id, caller.arn, operation.write)
        if verdict.latency:
            await asyncio.sleep(verdict.latency)
            now = time.time()
        answer = verdict.answer
        if answer and answer.fault in ("throttle", "error"):
            raise answer.error()
        if answer and answer.fault == "drop_before":
            raise Dropped(answer.fault)
        body = self._perform(request, operation, caller, verdict, now)
        if answer and answer.fault == "drop_after":
            raise Dropped(answer.fault)
        return body, verdict

    def _perform(self, request: Request, operation: Operation, caller: Caller, verdict: Verdict, now: float) -> Body:
        """Everything here happens at once: no other call comes between."""
        world, raw = self.world, request.operation_parameters
        operation.check_names(raw)
        sees_hidden = operation.write or operation.live
        call = Call(
            world=world,
            caller=caller,
            account=caller.account if sees_hidden else world.view(caller.account, now),
            raw=raw,
            now=now,
            source_ip=request.source_ip,
            request_id=request.request_id,
        )
        authorise_call(call, operation)
        call.values = operation.read(raw)
        before = copy.deepcopy(caller.account) if verdict.hide else None
        body = operation.handler(call)
        if before is not None:
            world.hide_write(before, now + verdict.hide)
        return {"RequestId": request.request_id, **body}

    # The emulator's own endpoints

    async def _administer(self, http: web.BaseRequest, name: str) -> web.Response:
        try:
            if (http.method, name) == ("GET", "calls"):
                return _json(self.log.since(int(http.query.get("since", "0"))))
            if self.admin:
                return await self._change(http, name)
        except (ValueError, KeyError) as exc:  # a SeedError is a ValueError
            return _json({"error": str(exc)}, 400)
        return _json({"error": f"no such endpoint: {http.method} {_ADMIN}{name}"}, 404)

    async def _change(self, http: web.BaseRequest, name: str) -> web.Response:
        if (http.method, name) == ("GET", "state"):
            account = self.world.accounts.get(http.query.get("account_id", ""))
            if account is None:
                return _json({"error": "no such account"}, 404)
            return _json(to_plain(self.world, account))
        if (http.method, name) == ("POST", "accounts"):
            seed = seeding.apply(self.world, json.loads(await http.read()), time.time())
            self.faults.rules.extend(seed.rules)
            return _json({"accounts": seed.accounts})
        if (http.method, name) == ("GET", "rules"):
            return _json(self._rules())
        if (http.method, name) == ("POST", "rules"):
            return self._set_rules(json.loads(await http.read()))
        if (http.method, name) == ("DELETE", "rules"):
            self.faults.rules.clear()
            return _json(self._rules())
        return _json({"error": f"no such endpoint: {http.method} {_ADMIN}{name}"}, 404)

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
        return [
            {
                "fault": rule.fault,
                "operation": rule.operation,
                "account_id": rule.account_id,
                "caller": rule.caller,
                "nth": rule.nth,
                "count": rule.count,
                "matched": rule.matched,
            }
            for rule in self.faults.rules
        ]


def _headers(http: web.BaseRequest) -> Mapping[str, str]:
    """By lower-case name; several of one name in the order of signatures."""
    headers: dict[str, list[str]] = {}
    for name, value in http.headers.items():
        headers.setdefault(name.lower(), []).append(value)
    return {name: ",".join(sorted(values)) for name, values in headers.items()}


def _json(value: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, text=json.dumps(value), content_type="application/json")


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

        server = web.Server(
            self._emulator.handle, request_factory=make, access_log=None, max_line_size=_LINE, max_field_size=_LINE
        )
        self._runner = web.ServerRunner(server, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, ssl_context=self._tls, backlog=1024).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
