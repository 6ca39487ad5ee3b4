# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process, its log, its administrative endpoint and its faults."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
import urllib.parse
from datetime import datetime, timezone

import pytest

from alicloud_emulator import seed, server
from alicloud_emulator.__main__ import certificate
from alicloud_emulator.faults import Faults, Plans
from ansible_collections.alicloud.ram.tests.lib.documents import ROLE_NAME, SERVICE, trust
from ansible_collections.alicloud.ram.tests.lib.paths import EMULATOR

from .clients import Account, Current

SEED = {
    "accounts": [
        {
            "account_id": "1000000000000001",
            "users": [
                {
                    "name": "deployer",
                    "policies": [{"name": "AdministratorAccess", "type": "System"}],
                    "access_keys": [{"access_key_id": "LTAI1", "access_key_secret": "hush-hush"}],
                }
            ],
        },
        {"account_id": "1000000000000002"},
    ]
}


def client_of(emulator, index=0):
    return Account(emulator, emulator.accounts[index])


# The process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_start_and_stop(new_emulator, tmp_path, number):
    emulator = new_emulator(SEED, "--quiet")
    assert emulator.accounts[0] == {
        "account_id": "1000000000000001",
        "access_key_id": "LTAI1",
        "access_key_secret": "hush-hush",
    }
    assert [item["account_id"] for item in emulator.accounts] == ["1000000000000001", "1000000000000002"]
    assert stat.S_IMODE(emulator.ready_file.stat().st_mode) == 0o600
    assert client_of(emulator, 1).sts("GetCallerIdentity")["AccountId"] == "1000000000000002"
    assert emulator.stop(number) == (0, "", "")
    # Nothing is left but the seed.
    assert [path.name for path in tmp_path.iterdir()] == ["seed.json"]


def test_without_a_seed_and_without_admin(new_emulator):
    emulator = new_emulator()
    account = client_of(emulator)
    assert account.sts("GetCallerIdentity")["Arn"] == f"acs:ram::{account.id}:user/administrator"
    account.ram("ListUsers")
    assert [call["operation"] for call in emulator.calls()] == ["GetCallerIdentity", "ListUsers"]
    for path, method in (("state", "GET"), ("rules", "POST"), ("rules", "DELETE"), ("accounts", "POST")):
        assert emulator.http(f"/_emulator/{path}?account_id={account.id}", method, [])[0] == 404
    # The port is taken.
    second = subprocess.run(
        [sys.executable, "-m", "alicloud_emulator", "--port", emulator.endpoint.split(":")[1]],
        cwd=EMULATOR,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert second.returncode == 1 and second.stderr.startswith("alicloud_emulator: ")
    assert second.stderr.count("\n") == 1


def test_the_certificate(new_emulator):
    emulator = new_emulator(None, "--host", "127.0.0.1")
    port = int(emulator.endpoint.split(":")[1])
    for name in ("localhost", "127.0.0.1", "::1"):
        with socket.create_connection(("127.0.0.1", port), 5) as plain:
            with emulator.context.wrap_socket(plain, server_hostname=name) as secured:
                assert secured.version() in ("TLSv1.2", "TLSv1.3")
    with socket.create_connection(("127.0.0.1", port), 5) as plain:
        with pytest.raises(ssl.SSLCertVerificationError):
            emulator.context.wrap_socket(plain, server_hostname="ram.aliyuncs.com")


def test_a_seed_that_is_not_there(tmp_path):
    pytest.importorskip("aiohttp")
    pytest.importorskip("trustme")
    done = subprocess.run(
        [sys.executable, "-m", "alicloud_emulator", "--seed", str(tmp_path / "none.yml")],
        cwd=EMULATOR,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 2 and "none.yml" in done.stderr and done.stderr.count("\n") == 1


def test_rules_of_the_seed(new_emulator, refused):
    emulator = new_emulator({**SEED, "rules": [{"fault": "error", "code": "ServiceUnavailable"}]})
    account = client_of(emulator)
    with refused("ServiceUnavailable", 503):
        account.ram("ListUsers")
    account.ram("ListUsers")


def test_the_log_is_capped(new_emulator):
    emulator = new_emulator(SEED, "--log-limit", "3")
    account = client_of(emulator)
    for dummy in range(5):
        account.ram("ListUsers")
    assert [call["seq"] for call in emulator.calls()] == [3, 4, 5]
    assert [call["seq"] for call in emulator.calls(since=4)] == [5]


# The log and the administrative endpoint


def test_the_log(new_account, emulator, refused):
    account = new_account(users=[{"name": "nobody"}])
    before = emulator.last_call()["seq"] if emulator.calls() else 0
    user = f"acs:ram::{account.id}:user/nobody"
    with refused("NoPermission", 403):
        account.client("nobody").ram("CreateServiceLinkedRole", service_name=SERVICE)
    with refused("MissingRoleName", 400):
        account.client("nobody").ram("GetRole")
    with refused("InvalidAccessKeyId.NotFound", 404):
        account.client("stranger").rm("ListAccounts", tag={"k": "v"})
    account.client("nobody").sts("GetCallerIdentity")
    entries = emulator.calls(since=before)
    assert [entry.pop("seq") for entry in entries] == [before + number for number in range(1, 5)]
    assert len({entry.pop("request_id") for entry in entries}) == 4
    for entry in entries:
        moment = datetime.strptime(entry.pop("time"), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
        assert abs(moment.timestamp() - time.time()) < 60
    assert entries == [
        {
            "account_id": account.id,
            "caller": user,
            "service": "ram",
            "operation": "CreateServiceLinkedRole",
            "parameters": {"ServiceName": SERVICE},
            "write": True,
            "status": 403,
            "code": "NoPermission",
            "ignored": [],
        },
        {
            "account_id": account.id,
            "caller": user,
            "service": "ram",
            "operation": "GetRole",
            "parameters": {},
            "write": False,
            "status": 400,
            "code": "MissingRoleName",
            "ignored": [],
        },
        {
            "account_id": None,
            "caller": None,
            "service": "resourcemanager",
            "operation": "ListAccounts",
            "parameters": {"Tag.1.Key": "k", "Tag.1.Value": "v"},
            "write": False,
            "status": 404,
            "code": "InvalidAccessKeyId.NotFound",
            "ignored": [],
        },
        {
            "account_id": account.id,
            "caller": user,
            "service": "sts",
            "operation": "GetCallerIdentity",
            "parameters": {},
            "write": False,
            "status": 200,
            "code": "",
            "ignored": [],
        },
    ]


def test_parts_of_the_log(new_account, emulator):
    one, two = new_account(), new_account()
    since = one.sts("GetCallerIdentity") and emulator.last_call()["seq"]
    for account in (one, two):
        account.ram("CreateGroup", group_name="g")
        account.ram("ListGroups")

    def found(**query):
        return [
            (call["account_id"], call["operation"])
            for call in emulator.admin("calls?" + urllib.parse.urlencode({"since": since, **query}))
        ]

    assert found(account_id=one.id) == [(one.id, "CreateGroup"), (one.id, "ListGroups")]
    assert found(operation="CreateGroup") == [(one.id, "CreateGroup"), (two.id, "CreateGroup")]
    assert found(write="false", account_id=two.id) == [(two.id, "ListGroups")]
    assert found(write="true") == found(operation="CreateGroup")
    assert found(account_id="0000000000000000") == []
    assert found(since=since + 3) == [(two.id, "ListGroups")]
    for query in ("since=x", "write=1", "acount_id=1"):
        assert emulator.refused_admin(f"calls?{query}")


def test_what_the_log_does_not_tell(new_account, emulator, refused):
    account = new_account(roles=[{"name": "R", "trust_policy": trust("acs:ram::ACCOUNT:root")}])
    account.sts("AssumeRole", role_arn=account.role_arn("R"), role_session_name="s1", external_id="shared-word")
    assert emulator.last_call()["parameters"] == {
        "RoleArn": account.role_arn("R"),
        "RoleSessionName": "s1",
        "ExternalId": "***",
    }
    key = account.sts("AssumeRole", role_arn=account.role_arn("R"), role_session_name="s2")["Credentials"]
    account.ram("CreateAccessKey", user_name="administrator")
    with refused("SignatureDoesNotMatch"):
        Current(emulator, account.keys["access_key_id"], "wrong-word").ram("ListUsers")
    text = json.dumps([emulator.calls(), account.state()])
    for secret in ("shared-word", "wrong-word", account.keys["access_key_secret"], key["SecurityToken"]):
        assert secret not in text


def test_adding_accounts(emulator):
    seed = {"accounts": [{"account_id": "5000000000000001"}]}
    added = emulator.admin("accounts", "POST", seed)["accounts"]
    assert [item["account_id"] for item in added] == ["5000000000000001"]
    assert "accounts[0].account_id: the account" in emulator.refused_admin("accounts", "POST", seed)
    assert "unknown key" in emulator.refused_admin("accounts", "POST", {"acounts": []})
    status, dummy, body = emulator.http("/_emulator/accounts", "POST", data=b"{")
    assert status == 400 and "error" in json.loads(body)


def test_the_state(new_account, emulator):
    account = new_account(service_linked_roles=[{"service_name": SERVICE, "deleting": True}])
    before = account.state()
    assert account.state() == before and ROLE_NAME in before["roles"]
    assert list(before["deletion_tasks"].values())[0]["status"] == "NOT_STARTED"
    account.ram("ListUsers")
    assert account.state() == before
    account.ram("CreateGroup", group_name="g")
    assert account.state() != before
    assert "access_key_secret" not in json.dumps(before)
    assert emulator.http("/_emulator/state?account_id=1")[0] == 404


# Faults


def test_throttling(account, rules, refused):
    rules(
        {"fault": "throttle", "operation": "ListUsers", "retry_after": 250},
        {"fault": "throttle", "operation": "ListUsers", "nth": 2, "status": 429, "code": "Throttling.Api"},
    )
    with refused("Throttling.User", 400) as caught:
        account.ram("ListUsers")
    assert caught.value.retry_after == 250
    assert caught.value.data["Message"] == "Request was denied due to user flow control."
    with refused("Throttling.Api", 429) as caught:
        account.ram("ListUsers")
    assert caught.value.retry_after is None
    account.ram("ListUsers")


def test_which_calls_a_rule_is_for(new_account, rules, refused):
    one, two = new_account(users=[{"name": "a"}, {"name": "b"}]), new_account()
    rules(
        {
            "fault": "error",
            "account_id": one.id,
            "operation": "GetCallerIdentity",
            "nth": 2,
            "count": 2,
            "caller": f"acs:ram::{one.id}:user/a",
            "message": "Broken.",
        }
    )
    a, b = one.client("a"), one.client("b")
    two.sts("GetCallerIdentity")
    for dummy in range(5):
        b.sts("GetCallerIdentity")
    a.sts("GetCallerIdentity")
    for dummy in range(2):
        with refused("InternalError", 500) as caught:
            a.sts("GetCallerIdentity")
        assert caught.value.data["Message"] == "Broken."
    a.sts("GetCallerIdentity")
    rules({"fault": "error", "account_id": one.id})
    two.sts("GetCallerIdentity")
    with refused("InternalError", 500):
        b.sts("GetCallerIdentity")


def test_a_rule_for_ever(account, emulator, rules, refused):
    rules({"fault": "error", "count": 0, "account_id": account.id})
    for dummy in range(3):
        with refused("InternalError", 500):
            account.ram("ListUsers")
    listed = emulator.admin("rules", "POST", [{"fault": "latency", "seconds": 0.1}])
    assert [(rule["fault"], rule["matched"]) for rule in listed] == [("error", 3), ("latency", 0)]
    assert emulator.admin("rules") == listed
    assert emulator.admin("rules", "DELETE") == []
    account.ram("ListUsers")
    assert "rules[0].fault" in emulator.refused_admin("rules", "POST", [{"fault": "none"}])


@pytest.mark.parametrize(("fault", "made"), [("drop_before", False), ("drop_after", True)])
def test_dropped_connections(account, emulator, rules, fault, made):
    from darabonba.exceptions import UnretryableException

    rules({"fault": fault, "operation": "CreateGroup"})
    with pytest.raises(UnretryableException):
        account.ram("CreateGroup", group_name="g")
    assert ("g" in account.state()["groups"]) is made
    entry = emulator.last_call()
    assert (entry["operation"], entry["status"], entry["code"]) == ("CreateGroup", None, f"Fault.{fault}")
    account.ram("CreateGroup", group_name="h")


def test_a_refusal_comes_before_a_drop_after(account, rules, refused):
    rules({"fault": "drop_after", "operation": "DeleteGroup"})
    with refused("EntityNotExist.Group", 404):
        account.ram("DeleteGroup", group_name="g")


def test_latency(account, rules):
    rules({"fault": "latency", "seconds": 0.3, "operation": "ListUsers"})
    started = time.monotonic()
    account.ram("ListUsers")
    assert 0.3 <= time.monotonic() - started < 2
    started = time.monotonic()
    account.ram("ListUsers")
    assert time.monotonic() - started < 0.25


def test_malformed_answers(account, rules, emulator):
    from darabonba.exceptions import UnretryableException

    rules({"fault": "malformed", "operation": "CreateGroup", "status": 502, "body": "<html>"})
    with pytest.raises(UnretryableException):
        account.ram("CreateGroup", group_name="g")
    assert "g" in account.state()["groups"]
    assert (emulator.last_call()["status"], emulator.last_call()["code"]) == (502, "Fault.malformed")


def test_delayed_visibility(new_account, emulator, rules, refused):
    account, other = new_account(), new_account()
    account.ram("CreateGroup", group_name="old")
    rules({"fault": "delay_visibility", "seconds": 1.2, "account_id": account.id})
    account.ram("GetGroup", group_name="old")
    assert emulator.admin("rules")[0]["matched"] == 0  # a read does not use the rule up
    account.ram("CreateGroup", group_name="new")
    written = time.monotonic()
    with refused("EntityNotExist.Group", 404):
        account.ram("GetGroup", group_name="new")
    account.ram("GetGroup", group_name="old")
    account.ram("CreateUser", user_name="later")  # hidden too: it came after the hidden write
    with refused("EntityNotExist.User", 404):
        account.ram("GetUser", user_name="later")
    # Writes see everything.
    with refused("EntityAlreadyExists.Group", 409):
        account.ram("CreateGroup", group_name="new")
    assert "new" in account.state()["groups"]
    other.ram("CreateGroup", group_name="new")
    other.ram("GetGroup", group_name="new")
    assert time.monotonic() - written < 1.2, "the machine was too slow for this test"
    time.sleep(1.25)
    account.ram("GetGroup", group_name="new")
    account.ram("GetUser", user_name="later")


def test_two_hidden_writes(account, rules, refused):
    rules({"fault": "delay_visibility", "seconds": 60, "count": 2, "account_id": account.id})
    for name in ("one", "two"):
        account.ram("CreateGroup", group_name=name)
        with refused("EntityNotExist.Group", 404):
            account.ram("GetGroup", group_name="one")


def test_a_hidden_deletion(new_account, rules):
    account = new_account(service_linked_roles=[{"service_name": SERVICE}])
    rules({"fault": "delay_visibility", "seconds": 60, "account_id": account.id})
    task = account.ram("DeleteServiceLinkedRole", role_name=ROLE_NAME)["DeletionTaskId"]
    for status in ("IN_PROGRESS", "SUCCEEDED"):
        assert account.rm("GetServiceLinkedRoleDeletionStatus", deletion_task_id=task)["Status"] == status
    assert account.ram("GetRole", role_name=ROLE_NAME)["Role"]["RoleName"] == ROLE_NAME
    assert ROLE_NAME not in account.state()["roles"]


def test_a_hidden_role_cannot_be_assumed(new_account, rules, refused):
    policies = [{"name": name, "type": "System"} for name in ("AliyunSTSAssumeRoleAccess", "AliyunRAMFullAccess")]
    account = new_account(users=[{"name": "user", "policies": policies}])
    rules({"fault": "delay_visibility", "seconds": 60, "account_id": account.id})
    user, document = account.client("user"), json.dumps(trust(f"acs:ram::{account.id}:root"))
    user.ram("CreateRole", role_name="R", assume_role_policy_document=document)
    with refused("EntityNotExist.Role", 404):
        user.sts("AssumeRole", role_arn=account.role_arn("R"), role_session_name="session")


def test_a_refused_write_hides_nothing(account, rules, refused):
    account.ram("CreateGroup", group_name="g")
    rules({"fault": "delay_visibility", "seconds": 60, "operation": "CreateGroup", "account_id": account.id})
    with refused("EntityAlreadyExists.Group", 409):
        account.ram("CreateGroup", group_name="g")
    account.ram("CreateUser", user_name="u")
    account.ram("GetUser", user_name="u")


def test_many_at_once(new_emulator):
    from concurrent.futures import ThreadPoolExecutor

    account = client_of(new_emulator(SEED))
    account.ram("CreateGroup", group_name="g0")
    client, models = account.admin.sdk("ram")
    with ThreadPoolExecutor(8) as pool:
        made = [
            pool.submit(client.create_group, models.CreateGroupRequest(group_name=f"g{number}"))
            for number in range(1, 100)
        ]
        assert len({answer.result().body.group.group_id for answer in made}) == 99
    assert len(account.ram("ListGroups")["Groups"]["Group"]) == 100


# Connections that misbehave


def connection(emulator):
    host, port = emulator.endpoint.split(":")
    plain = socket.create_connection((host, int(port)), 10)
    return emulator.context.wrap_socket(plain, server_hostname=host)


def answered(one):
    """The status of one answer, read as HTTP; by what it says, the connection is closed after it."""
    response = http.client.HTTPResponse(one)
    response.begin()
    response.read()
    assert response.will_close
    return response.status


def everything(one):
    """What comes until the other side closes the connection."""
    received = b""
    while chunk := one.recv(65536):
        received += chunk
    return received


HEAD = b"POST / HTTP/1.1\r\nhost: x\r\naccept: application/json\r\nconnection: close\r\n"
NO_HTTP = b"GET / HTTP/9.9\r\n\r\n"


def test_half_a_request_holds_nobody_up(new_emulator):
    emulator = new_emulator(SEED, "--quiet")
    account = client_of(emulator)
    host, port = emulator.endpoint.split(":")
    with contextlib.ExitStack() as stack:
        half = (b"", b"POS", b"POST / HTTP/1.1\r\nhost: x", HEAD + b"content-length: 10\r\n\r\nhalf")
        for sent in (*half, NO_HTTP):
            stack.enter_context(connection(emulator)).sendall(sent)
        # One does not even get to TLS, another has no TLS at all.
        stack.enter_context(socket.create_connection((host, int(port)), 10)).sendall(b"\x16\x03\x01")
        stack.enter_context(socket.create_connection((host, int(port)), 10)).sendall(b"GET / HTTP/1.1\r\n\r\n")
        for dummy in range(3):
            account.sts("GetCallerIdentity")
        assert emulator.stop() == (0, "", "")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 33000 + b"\r\n",
        HEAD + b"content-length: 3\r\ncontent-encoding: gzip\r\n\r\nabc",
        HEAD + b"transfer-encoding: chunked\r\n\r\nnot-a-length\r\n",
        HEAD + b"content-type: application/x-www-form-urlencoded\r\ncontent-length: 3\r\n\r\n%ff",
        HEAD + b"content-type: application/x-www-form-urlencoded\r\ncontent-length: 1\r\n\r\n\xff",
        HEAD + b"authorization: \xff\xfe\r\nx-acs-version: 2015-05-01\r\nx-acs-action: GetUser\r\n\r\n",
        HEAD + b"x-acs-version: 2015-05-01\r\nx-acs-action: " + b"A" * 100000 + b"\r\n\r\n",
        b"GET /?Action=%00%01&Version=2015-05-01 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"GET /?Action=ListUsers&Version=2015-05-01&AccessKeyId=\xff HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"GET /?" + b"a=b&" * 2000 + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"GET /_emulator/calls?since=%ff HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"POST /_emulator/accounts HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\n\r\n\xff",
        b"POST /_emulator/rules HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 9999\r\n\r\n" + b"[" * 9999,
    ],
)
def test_what_is_no_request_is_refused(emulator, sent):
    with connection(emulator) as one:
        one.sendall(sent)
        assert 400 <= answered(one) < 500


@pytest.mark.parametrize(
    "sent",
    [
        NO_HTTP,
        HEAD + b"transfer-encoding: chunked\r\n\r\nnot-a-length\r\n",
        HEAD + b"content-length: 9999999\r\ncontent-encoding: gzip\r\n\r\nabc",
    ],
)
def test_who_is_refused_while_still_sending_reads_why(emulator, sent):
    with connection(emulator) as one:
        one.sendall(sent)
        assert one.recv(12) in (b"HTTP/1.0 400", b"HTTP/1.1 400")
        for dummy in range(40):
            one.sendall(b"a" * 100_000)


def test_who_goes_on_sending_is_cut_off(emulator):
    with connection(emulator) as one:
        one.sendall(NO_HTTP)
        with pytest.raises(OSError):
            for dummy in range(1000):
                one.sendall(b"a" * 100_000)


def test_who_was_refused_and_stays_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "_LINGER", 0.2)

    async def stay():
        tls, bundle = certificate("127.0.0.1", tmp_path)
        listener = server.Listener(server.Emulator(seed.new_world(), Faults([], 0), Plans(), 10, admin=False), tls)
        port = await listener.start("127.0.0.1", 0)
        context = ssl.create_default_context(cafile=bundle)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(NO_HTTP)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        await listener.stop()
        return answer

    assert asyncio.run(stay()).startswith(b"HTTP/1.0 400 ")


def test_a_client_that_waits_to_be_told_to_go_on(emulator):
    with connection(emulator) as one:
        one.sendall(HEAD + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        assert one.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        one.sendall(b"{}")
        assert everything(one).startswith(b"HTTP/1.1 400 ")
