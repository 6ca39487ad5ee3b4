#!/usr/bin/env python
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A contender that is only a measure: requests that were signed beforehand, sent with aiohttp, the answers not looked at.

Usage: bare_client.py LOG_FILE AT_A_TIME

The file has the calls that another contender made, as the emulator logged them. The same calls are made again: for each
account AssumeRole, then reads that follow each other at the same time, and one write after the other. What the other
contender had to find out is known here, so nothing that makes these calls can be faster, but by less work on the wire.

It assumes the roles and signs, prints "ready", waits for a line of input, sends, and prints what that took.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import os
import pathlib
import resource
import ssl
import sys
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from bench_accounts import HUB, ROLE
from yarl import URL

VERSIONS = {"ram": "2015-05-01", "sts": "2015-04-01", "resourcemanager": "2020-03-31"}
HOST = os.environ["ALIBABA_CLOUD_RAM_ENDPOINT"]
MAX_CONNECTIONS = 100
Keys = tuple[str, str, str]
Signed = tuple[URL, dict[str, str], int]
"""URL, headers and the expected status."""


def signed(keys: Keys, call: dict[str, Any]) -> Signed:
    """A call with ACS3-HMAC-SHA256, in the form in which the SDKs send it."""
    key_id, secret, token = keys
    query = "&".join(f"{quote(name)}={quote(value, safe='~')}" for name, value in sorted(call["parameters"].items()))
    payload = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": HOST,
        "x-acs-action": call["operation"],
        "x-acs-content-sha256": payload,
        "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-version": VERSIONS[call["service"]],
    }
    if token:
        headers.update({"x-acs-accesskey-id": key_id, "x-acs-security-token": token})
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{payload}"
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}"
    headers["accept"] = "application/json"
    url = URL(f"https://{HOST}/?{urlencode(call['parameters'])}", encoded=True)
    return url, headers, call["status"]


def by_account(log: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The calls made in each account, with AssumeRole among those of the account that it leads to."""
    found: dict[str, list[dict[str, Any]]] = {}
    for call in log:
        leads_to = call["parameters"].get("RoleArn", "::::").split(":")[3]
        found.setdefault(leads_to or call["account_id"], []).append(call)
    return found


def stages(calls: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The calls of one account, those of a stage to be made at the same time."""
    first = [call for call in calls if call["operation"] == "AssumeRole"]
    rest = [call for call in calls if call["operation"] != "AssumeRole"]
    yield first
    for is_write, stage in itertools.groupby(rest, key=lambda call: call["write"]):
        if is_write:
            yield from ([call] for call in stage)
        else:
            yield list(stage)


async def send(session: aiohttp.ClientSession, request: Signed) -> bytes:
    url, headers, status = request
    async with session.post(url, headers=headers, data=b"", allow_redirects=False) as answer:
        body = await answer.read()
    if answer.status != status:
        raise RuntimeError(body.decode())
    return body


async def assume(session: aiohttp.ClientSession, hub: Keys, account_id: str) -> Keys:
    parameters = {"RoleArn": f"acs:ram::{account_id}:role/{ROLE}", "RoleSessionName": "bare"}
    call = {"operation": "AssumeRole", "service": "sts", "parameters": parameters, "status": 200}
    keys = json.loads(await send(session, signed(hub, call)))["Credentials"]
    return keys["AccessKeyId"], keys["AccessKeySecret"], keys["SecurityToken"]


def client_session() -> aiohttp.ClientSession:
    context = ssl.create_default_context(cafile=os.environ["ALIBABA_CLOUD_CA_BUNDLE"])
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context, limit=MAX_CONNECTIONS), cookie_jar=aiohttp.DummyCookieJar()
    )


async def main(log_file: str, at_a_time: int) -> None:
    log = json.loads(pathlib.Path(log_file).read_text(encoding="utf-8"))
    calls = by_account(log)
    hub = (os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"], "")
    async with client_session() as session:
        others = [account_id for account_id in calls if account_id != HUB]
        keys = dict(zip(others, await asyncio.gather(*(assume(session, hub, one) for one in others))))
        keys[HUB] = hub
    work = [
        [
            [signed(hub if call["operation"] == "AssumeRole" else keys[account_id], call) for call in stage]
            for stage in stages(calls[account_id])
        ]
        for account_id in calls
    ]
    print("ready", flush=True)
    sys.stdin.readline()
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    waiting = iter(work)

    async def worker() -> None:
        for account in waiting:
            for stage in account:
                await asyncio.gather(*(send(session, request) for request in stage))

    async with client_session() as session:
        await asyncio.gather(*(worker() for dummy in range(at_a_time)))
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"wall": seconds, "cpu": cpu}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
