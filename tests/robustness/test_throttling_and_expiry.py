# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of the services and of sessions: a fleet that is throttled, and runs that take hours."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process
from ansible_collections.alicloud.ram.tests.lib import emulated, inprocess
from ansible_collections.alicloud.ram.tests.lib.amounts import amount
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, SERVICE

HUB = "1000000000000009"
KEY = {"access_key_id": f"LTAI{HUB}", "access_key_secret": "secret-of-the-hub"}
TRUST = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
         "Principal": {"RAM": [f"acs:ram::{HUB}:root"]}}]}  # fmt: skip
STATEMENT = {"Effect": "Allow", "Action": "ram:CreateServiceLinkedRole", "Resource": "*"}
POLICIES = [{"name": "acr"}]
DECLARED = {
    "service_linked_roles": [{"service_name": SERVICE}],
    "policies": [{"name": "acr", "document": {"Version": "1", "Statement": [STATEMENT]}}],
    "user_policies": [{"user_name": name, "policies": POLICIES} for name in ("alice", "bob")],
    "group_policies": [{"group_name": "ops", "policies": POLICIES}],
}


def members(server: emulated.InProcess, number: int, **seed: Any) -> list[str]:
    """A hub and accounts that it may enter; gives the IDs of these."""
    ids = [str(1100000000000001 + index) for index in range(number)]
    hub = {"account_id": HUB, "users": [{"name": "hub", "policies": ADMINISTRATOR, "access_keys": [KEY]}]}
    server.restart(
        hub,
        *(
            {
                "account_id": account_id,
                "users": [{"name": "alice"}, {"name": "bob"}],
                "groups": [{"name": "ops"}],
                "roles": [{"name": "Deployer", "trust_policy": TRUST, "policies": ADMINISTRATOR}],
            }
            for account_id in ids
        ),
        **seed,
    )
    return ids


def run(process: Process, module: str, **arguments: Any) -> dict[str, Any]:
    return inprocess.outcome(process, module, {**KEY, **arguments})


def fleet(process: Process, ids: list[str], **arguments: Any) -> dict[str, Any]:
    entries = [{"assume_role": {"account_id": account_id, "role_name": "Deployer"}} for account_id in ids]
    return run(process, "baseline", accounts=entries, **DECLARED, **arguments)


# Far below the published ones: as if others called at the same time.
LOW = [
    {"fault": "rate", "operation": "AssumeRole", "per": ["account"], "per_second": 100},
    {"fault": "rate", "service": "ram", "per": ["account"], "per_second": 10},
    {"fault": "rate", "service": "ram", "per": ["account", "operation"], "per_second": 5},
]


@pytest.mark.parametrize("rates", ["published", "low"])
def test_a_throttled_fleet(rates: str, server: emulated.InProcess) -> None:
    number = amount(75, 1000)
    ids = members(server, number, **({"rates": "published"} if rates == "published" else {"rules": LOW}))
    for state in ("nothing", "everything"):
        since = len(server.calls())
        started = time.monotonic()
        with Process() as process:
            result = fleet(process, ids)
        took = time.monotonic() - started
        calls = server.calls(since)
        assert not result["failed"] and result["counts"]["ok"] == number, result.get("msg")
        assert result["counts"]["changed"] == (number if state == "nothing" else 0)
        throttled = Counter(call["operation"] for call in calls if call["code"].startswith("Throttling"))
        needed = len(calls) - sum(throttled.values())
        print(
            f"{state}: {number} accounts in {took:.1f} s, {len(calls)} calls for {needed}, throttled {dict(throttled)}"
        )
        assert len(calls) <= 1.2 * needed


def documents() -> Iterator[dict[str, Any]]:
    number = 0
    while True:
        number += 1
        yield {"Version": "1", "Statement": [{**STATEMENT, "Action": f"oss:Get{number}"}]}


def test_hours(server: emulated.InProcess) -> None:
    (account_id,) = members(server, 1)
    role = {"account_id": account_id, "role_name": "Deployer", "duration_seconds": 3600}
    declared = documents()
    with Process(clock=inprocess.Passing(server)) as process:
        for dummy in range(24):
            result = run(process, "policy", name="p", document=next(declared), assume_role=role)
            assert result["changed"] and not result["failed"], result
            server.clock.advance(1200)
    calls = server.calls()
    # A session of an hour, renewed five minutes before its end, serves three runs that are 20 minutes apart.
    assert Counter(call["operation"] for call in calls)["AssumeRole"] == 8
    assert {call["code"] for call in calls} == {"", "EntityNotExist.Policy"}


@pytest.mark.parametrize("operation", ["GetPolicy", "CreatePolicyVersion", "DeletePolicy"])
def test_a_token_that_dies_early(operation: str, server: emulated.InProcess) -> None:
    (account_id,) = members(server, 1)
    role = {"account_id": account_id, "role_name": "Deployer"}
    declared = documents()
    with Process(clock=inprocess.Passing(server)) as process:
        assert run(process, "policy", name="p", document=next(declared), assume_role=role)["changed"]
        # The session ends when that call is made: what is asked before it takes its time.
        server.rule({"fault": "error", "operation": operation, "code": "InvalidSecurityToken.Expired", "status": 403})
        since = len(server.calls())
        task = {"state": "absent"} if operation == "DeletePolicy" else {"document": next(declared)}
        result = run(process, "policy", name="p", assume_role=role, **task)
    assert result["changed"] and not result["failed"], result
    calls = [(call["operation"], call["code"]) for call in server.calls(since)]
    ended = calls.index((operation, "InvalidSecurityToken.Expired"))
    assert calls[ended + 1 : ended + 3] == [("AssumeRole", ""), (operation, "")]
    assert sum(operation == "AssumeRole" for operation, dummy in calls) == 1


def test_tokens_that_go_on_dying(server: emulated.InProcess) -> None:
    (account_id,) = members(server, 1)
    role = {"account_id": account_id, "role_name": "Deployer"}
    server.rule({"fault": "expire", "seconds": 0, "count": 0})
    with Process(clock=inprocess.Passing(server)) as process:
        result = run(process, "policy", name="p", document=next(documents()), assume_role=role)
    assert result["failed"] and "InvalidSecurityToken" in result["msg"] and "GetPolicy" in result["msg"]
    calls = [call["operation"] for call in server.calls()]
    assert calls == ["AssumeRole", "GetPolicy", "AssumeRole", "GetPolicy"]
