# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are not as they should be: a clear error that names the operation, and nothing that is evaluated.

A server stands between the tasks and the emulator and spoils one operation's answers: each field of each, as it comes
from the emulator, and the whole of it. A few are tried for each scenario; THOROUGH=1 tries all.
"""

from __future__ import annotations

import asyncio
import copy
import gzip
import itertools
import json
import pathlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Callable

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud import client as _api
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.directory import Selection, choose, host_names, read
from ansible_collections.alicloud.ram.plugins.module_utils._errors import RamError
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import run
from ansible_collections.alicloud.ram.tests.lib import emulated, inprocess
from ansible_collections.alicloud.ram.tests.lib.amounts import amount
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, SERVICE, allow, trust, trust_accounts
from ansible_collections.alicloud.ram.tests.lib.servers import (
    Message,
    Request,
    Server,
    authority,
    in_thread,
    read_message,
)

EXAMPLES = amount(6, 1000)
# Whoever evaluates this says so, and leaves a file behind.
TRAP = "{{ lookup('ansible.builtin.pipe', 'touch trap; echo evalu' ~ 'ated') }}"


HELD = [{"name": "held", "type": "Custom"}]
READS = [{"name": "ReadOnlyAccess", "type": "System"}]
DIRECTORY = "directory"


def seed(account_id: str) -> dict[str, Any]:
    """An account in which each scenario finds what it needs; ``boss`` is who calls."""
    return {
        "account_id": account_id,
        "policies": [
            {"name": "held", "description": "Held.", "tags": {"team": "a"},
             "versions": [{"document": allow("oss:Get*")}, {"document": allow("oss:*")}], "default_version": "v2"},
            {"name": "free", "document": allow("oss:*")},
        ],
        "users": [{"name": "boss", "groups": ["staff"], "policies": ADMINISTRATOR, "access_keys": [{}]},
                  {"name": "alice", "policies": HELD + READS}],
        "groups": [{"name": "ops", "policies": HELD}, {"name": "staff"}],
        "roles": [{"name": "ci", "trust_policy": trust("ecs.aliyuncs.com", kind="Service"), "policies": HELD},
                  {"name": "Access", "trust_policy": trust_accounts(account_id), "policies": ADMINISTRATOR}],
        "service_linked_roles": [{"service_name": SERVICE},
                                 {"service_name": "access-customer-privatezone.cr.aliyuncs.com", "deleting": True}],
    }  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """A task. ``writes``: whether it changes the account, so that each try needs another one."""

    module: str
    arguments: Callable[[str], dict[str, Any]]
    check_mode: bool = False
    writes: bool = False


def task(module: str, check_mode: bool = False, writes: bool = False, **arguments: Any) -> Scenario:
    return Scenario(module, lambda account_id: arguments, check_mode, writes)


def principal(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {f"{kind}_name": name, "policies": [{"name": "held"}], **more}


SCENARIOS = {
    "policy as declared": task("policy", name="held", document=allow("oss:*"), tags={"team": "a"}, managed_by="x", adopt=True,
                               check_mode=True),
    "policy of an older version": task("policy", name="held", document=allow("oss:Get*"), check_mode=True),
    "policy to delete": task("policy", name="held", state="absent", detach=True, check_mode=True),
    "policy made": task("policy", name="new", document=allow("oss:*"), tags={"a": "b"}, managed_by="me", writes=True),
    "policy changed": task("policy", name="held", document=allow("oss:Put*"), description="Other.", tags={"x": "y"},
                           purge_tags=True, writes=True),
    "policy set back": task("policy", name="held", document=allow("oss:Get*"), writes=True),
    "policy deleted": task("policy", name="held", state="absent", detach=True, allow_self=True, writes=True),
    "user": task("user_policies", **principal("user", "alice", exclusive=True), check_mode=True),
    "group": task("group_policies", **principal("group", "ops", state="absent"), check_mode=True),
    "role": task("role_policies", **principal("role", "ci", exclusive=True), check_mode=True),
    "role attached": task("role_policies", role_name="ci", policies=[{"name": "free"}, *READS], writes=True),
    "role made": task("service_linked_role", service_name="connect-customer-vpc.cr.aliyuncs.com", verify=True,
                      required_actions=["vpc:DescribeVpcs"]),
    "role deleted": task("service_linked_role", service_name=SERVICE, state="absent", wait_timeout=1, writes=True),
    "role being deleted": task("service_linked_role", service_name="access-customer-privatezone.cr.aliyuncs.com",
                               state="absent", wait=False, writes=True),
    "baseline": task("baseline", service_linked_roles=[{"service_name": SERVICE}],
                     policies=[{"name": "held", "document": allow("oss:*")}],
                     user_policies=[principal("user", "alice"), principal("user", "boss")],
                     group_policies=[principal("group", "ops")], check_mode=True),
    "fleet": Scenario("baseline", lambda account_id: {
        "accounts": [{"account_id": account_id, "assume_role": {"role_name": "Access"}}],
        "policies": [{"name": "held", "document": allow("oss:*")}]}),
    "guarded": Scenario("caller_identity_info", lambda account_id: {"account_id": account_id}),
    "assumed": Scenario("caller_identity_info", lambda account_id: {
        "assume_role": {"account_id": account_id, "role_name": "Access"}, "account_id": account_id}),
    "baseline told": task("baseline_info", service_linked_roles=[{"service_name": SERVICE}], policies=[{"name": "held"}],
                          user_policies=[{"user_name": "alice"}], group_policies=[{"group_name": "ops"}],
                          role_policies=[{"role_name": "ci"}]),
    "policy told": task("policy_info", name="ReadOnlyAccess", type="System"),
    "user told": task("user_policies_info", user_name="alice"),
    "service-linked role told": task("service_linked_role_info", service_name=SERVICE),
    DIRECTORY: task(DIRECTORY),
}  # fmt: skip

Spoil = Callable[[str, bytes], "bytes | None"]
"""Given an operation and the emulator's answer: all that is sent in its place, or None to let it pass."""


class Spoiler(Server):
    """An HTTPS server that answers as the emulator does, but for what ``spoil`` makes of it.

    ``seen`` are the operations and answers that went through.
    """

    def __init__(self, upstream: emulated.Emulator) -> None:
        super().__init__(tls=authority().tls)
        self._upstream = upstream
        self.seen: list[tuple[str, Any]] = []
        self.spoil: Spoil | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self._upstream.endpoint.split(":")
        from_emulator, to_emulator = await asyncio.open_connection(host, int(port), ssl=self._upstream.context)
        try:
            while True:
                request = await read_message(reader, Request)
                to_emulator.write(request.raw)
                answer = await read_message(from_emulator, Message)
                self.seen.append((request.operation, json.loads(answer.body)))
                good = " 200 " in answer.head.splitlines()[0]
                sent = self.spoil(request.operation, answer.body) if self.spoil and good else None
                writer.write(answer.raw if sent is None else sent)
                await writer.drain()
                if sent is not None:
                    return
        finally:
            to_emulator.close()


def answer(body: bytes, status: str = "200 OK", content_type: str = "application/json", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n"
    return head.encode("latin-1") + body


@pytest.fixture(scope="module", name="world")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulated.Emulator]:
    """An emulator with a Resource Directory of two members."""
    accounts = [
        {"account_id": "1000000000000001", "directory": "management", "display_name": "hub", "users": [
            {"name": "boss", "policies": ADMINISTRATOR, "access_keys": [{}]}]},
        {"account_id": "2000000000000001", "directory": "member", "display_name": "payments", "folder": "/prod/eu",
         "tags": {"env": "prod"}},
        {"account_id": "2000000000000002", "directory": "member", "display_name": "logistics", "folder": "/prod"},
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("seed") / "seed.json"
    path.write_text(json.dumps({"accounts": accounts}), encoding="utf-8")
    with emulated.running("--strict", "--admin", "--seed", str(path)) as emulator:
        yield emulator


@pytest.fixture(scope="module", name="spoiler")
def _spoiler(world: emulated.Emulator) -> Iterator[Spoiler]:
    with in_thread(Spoiler(world)) as spoiler:
        yield spoiler


@pytest.fixture(name="clean", autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    inprocess.forget_the_user(monkeypatch, tmp_path)


ACCOUNT_IDS = itertools.count(1300000000000001)


class Stage:
    """Where scenarios are tried, each in an account that it has to itself if it writes."""

    def __init__(self, world: emulated.Emulator, spoiler: Spoiler) -> None:
        self._world = world
        self._spoiler = spoiler
        self._key: dict[str, str] | None = None

    def attempt(self, scenario: Scenario, spoil: Spoil | None) -> dict[str, Any]:
        if scenario.module == DIRECTORY:
            self._key = self._world.accounts[0]
        elif self._key is None or scenario.writes:
            (self._key,) = self._world.add(seed(str(next(ACCOUNT_IDS))))
        options = {
            **{f"{service}_endpoint": self._spoiler.endpoint for service in ("ram", "sts", "resourcemanager")},
            **{name: self._key[name] for name in ("access_key_id", "access_key_secret")},
            "ca_bundle": authority().bundle,
            "retry_timeout": 0,
            "consistency_timeout": 0,
            "read_timeout": 5,
        }
        _api._constants.clear()  # a process asks for these once
        self._spoiler.seen.clear()
        self._spoiler.spoil = spoil
        try:
            if scenario.module == DIRECTORY:
                return listing(options)
            arguments = {**options, **scenario.arguments(self._key["account_id"])}
            return inprocess.run(scenario.module, arguments, scenario.check_mode)
        finally:
            self._spoiler.spoil = None

    @property
    def operations(self) -> list[str]:
        return [operation for operation, dummy in self._spoiler.seen]

    @property
    def answers(self) -> dict[str, Any]:
        """The first answer of each operation."""
        found: dict[str, Any] = {}
        for operation, body in self._spoiler.seen:
            found.setdefault(operation, copy.deepcopy(body))
        return found


def listing(options: dict[str, Any]) -> dict[str, Any]:
    """The accounts of the directory, as a task's result."""

    async def work(api: Any, check_mode: bool) -> dict[str, Any]:
        return await read(api)

    params = {"validate_certs": True, **options, "include_management_account": True}
    try:
        directory = run(lambda given: work, params, check_mode=True)
        chosen = choose(directory, Selection.from_params(params))
        names = [host_names(chosen, "account_id"), host_names(chosen, "display_name")]
    except RamError as error:
        return {"failed": True, "msg": error.message}
    json.dumps([directory, names], ensure_ascii=False).encode("utf-8")
    return {"changed": False, "directory": directory}


@pytest.fixture(name="stage")
def _stage(world: emulated.Emulator, spoiler: Spoiler) -> Stage:
    return Stage(world, spoiler)


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where each field of an answer is, and each item of a list."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*above, key)
        yield from places(item, (*above, key))


def nested(levels: int) -> Any:
    value: Any = TRAP
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


MISSING = object()
SPOILED = [
    MISSING, None, "", "x", TRAP, "\ud800", "a\x00\n\x1b[1m", "x" * 100000, "null", "-1", "[" * 2000, '{"a": ' * 400 + "1" + "}" * 400,
    json.dumps(nested(20)), '"\\ud800"', 0, -1, 1, 1.5, 10**18, 10**30, True, False, [], ["x"], [None], [[]], [{}], {},
    {"x": "y"}, {"x": {"y": []}}, nested(20), nested(300),
]  # fmt: skip


def spoiled(body: Any, place: tuple[Any, ...], value: Any) -> Any:
    result = copy.deepcopy(body)
    inner = result
    for key in place[:-1]:
        inner = inner[key]
    if value is MISSING:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return result


def in_a_field(operation: str, place: tuple[Any, ...], value: Any) -> Spoil:
    """Put the value in the place of a field, in all of an operation's answers that have it."""

    def spoil(called: str, body: bytes) -> bytes | None:
        try:
            return answer(json.dumps(spoiled(json.loads(body), place, value)).encode()) if called == operation else None
        except (KeyError, IndexError, TypeError):
            return None

    return spoil


def at(body: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        body = body[key]
    return body


def plausible(before: Any, value: Any) -> bool:
    """Whether the service might have meant it, so that what is told of it may be anything that is clear."""
    return (
        value in (MISSING, None, "") or not value or type(before) is type(value) or not isinstance(value, (dict, list))
    )


def told_well(result: dict[str, Any], operation: str, named: bool = True) -> None:
    """Either it went well all the same, or the message is one for people; whether the operation has to be in it."""
    assert "evaluated" not in json.dumps(result)
    if result.get("failed"):
        message = result["msg"]
        assert not inprocess.INTERNAL.search(message), message
        assert len(message) < 3000, message[:300]
        assert operation in message or not named, message


def chosen(every: list[Any], name: str) -> list[Any]:
    return random.Random(name).sample(every, min(EXAMPLES, len(every)))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_field_of_an_answer_is_not_as_it_should_be(name: str, stage: Stage, tmp_path: pathlib.Path) -> None:
    scenario = SCENARIOS[name]
    good = stage.attempt(scenario, None)
    assert not good.get("failed"), good
    answers = stage.answers
    every = [
        (operation, place, value) for operation, body in answers.items() for place in places(body) for value in SPOILED
    ]
    for operation, place, value in chosen(every, name):
        result = stage.attempt(scenario, in_a_field(operation, place, value))
        told_well(result, operation, named=not plausible(at(answers[operation], place), value))
        if scenario.check_mode:
            assert all(called.startswith(("Get", "List", "AssumeRole")) for called in stage.operations)
    assert not list(tmp_path.rglob("trap"))


PAGE = b"<html><head><title>403 {{ 7 * 7 }}</title></head><body>The proxy does not like this.</body></html>"
WHOLE: dict[str, Callable[[bytes], bytes]] = {
    "closed": lambda body: b"",
    "nothing": lambda body: answer(b""),
    "blanks": lambda body: answer(b" \r\n\t"),
    "a page": lambda body: answer(PAGE, content_type="text/html"),
    "a page as JSON": lambda body: answer(PAGE),
    "a page of a failure": lambda body: answer(PAGE, "503 Service Unavailable", "text/html"),
    "a page that forbids": lambda body: answer(PAGE, "403 Forbidden", "text/html"),
    "a redirect": lambda body: answer(body, "302 Found", more="Location: https://127.0.0.1:1/\r\n"),
    "half of it": lambda body: answer(body[: len(body) // 2]),
    "less than promised": lambda body: answer(body)[:-5],
    "no JSON": lambda body: answer(body[:-1] + b", }"),
    "more than one": lambda body: answer(body + body),
    "not UTF-8": lambda body: answer(body[:-1] + b', "x": "\xff\xfe"}'),
    "UTF-16": lambda body: answer(body.decode().encode("utf-16")),
    "with a mark": lambda body: answer(b"\xef\xbb\xbf" + body),
    "null": lambda body: answer(b"null"),
    "a list": lambda body: answer(b"[" + body + b"]"),
    "a text": lambda body: answer(json.dumps(body.decode()).encode()),
    "an empty object": lambda body: answer(b"{}"),
    "NaN": lambda body: answer(b'{"RequestId": NaN, "TotalCount": Infinity, "Policy": -Infinity}'),
    "nested without end": lambda body: answer(b'{"a":' * 100000 + b"1" + b"}" * 100000),
    "nested deeply": lambda body: answer(b'{"Policy":' * 500 + b"1" + b"}" * 500),
    "a long number": lambda body: answer(b'{"RequestId": ' + b"1" * 10000 + b"}"),
    "too much": lambda body: answer(b'{"x": "' + b"x" * (17 * 2**20) + b'"}'),
    "another type of content": lambda body: answer(body, content_type="text/plain; charset=utf-7"),
    "XML": lambda body: answer(b"<Error><Code>X</Code></Error>", "400 Bad Request", "text/xml;charset=utf-8"),
    "compressed, it says": lambda body: answer(body, more="Content-Encoding: gzip\r\n"),
    "compressed in part": lambda body: answer(gzip.compress(body)[:-12], more="Content-Encoding: gzip\r\n"),
    "a bomb": lambda body: answer(gzip.compress(b"{" + b" " * 2**25), more="Content-Encoding: gzip\r\n"),
    "no HTTP": lambda body: b"\x00\x01\x02 SSH-2.0-x\r\n\r\n",
    "a status of its own": lambda body: answer(body, "999 {{ 7 * 7 }}"),
    "an error that is no object": lambda body: answer(b'{"Code": [1], "Message": {"x": "{{ 7 * 7 }}"}, "RequestId": 5}', "400 Bad"),
    "an error without words": lambda body: answer(b"{}", "400 Bad"),
    "an error without end": lambda body: answer(
        json.dumps({"Code": "x" * 10**5, "Message": TRAP * 10**4, "RequestId": "y" * 10**5}).encode(), "400 Bad"
    ),
    "an error nested deeply": lambda body: answer(json.dumps({"Code": nested(300), "Message": nested(300)}).encode(), "409 X"),
    "a denial of another shape": lambda body: answer(
        b'{"Code": "NoPermission", "AccessDeniedDetail": {"AuthAction": {"x": 1}, "NoPermissionType": []}}', "403 Forbidden"
    ),
    "half a character": lambda body: answer(b'{"Code": "\\ud800", "Message": "\\udfff", "RequestId": "\\ud800"}', "404 X"),
    "a pause of words": lambda body: answer(
        b'{"Code": "Throttling.User"}', "429 X", more="x-acs-retry-after: soon\r\nRetry-After: -1\r\n"
    ),
    "a pause without end": lambda body: answer(
        b'{"Code": "Throttling.User"}', "429 X", more="x-acs-retry-after: 99999999999999999999\r\n"
    ),
}  # fmt: skip


def as_a_whole(operation: str, how: str) -> Spoil:
    return lambda called, body: WHOLE[how](body) if called == operation else None


HARMLESS = {"another type of content", "a status of its own", "NaN"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_answer_is_not_the_apis(name: str, stage: Stage, tmp_path: pathlib.Path) -> None:
    scenario = SCENARIOS[name]
    assert not stage.attempt(scenario, None).get("failed")
    every = [(operation, how) for operation in stage.answers for how in WHOLE]
    for operation, how in chosen(every, name):
        result = stage.attempt(scenario, as_a_whole(operation, how))
        told_well(result, operation)
        proves = (name, operation) == ("fleet", "GetCallerIdentity")  # where any refusal of the API's will do
        if operation.startswith(("Get", "List", "AssumeRole")) and how not in HARMLESS and not proves:
            # After the writes, what cannot be read is warned of.
            unverified = [text for text in result.get("warnings", ()) if "could not be verified" in text]
            words = result["msg"] if result.get("failed") else " ".join(unverified if result["changes"] else ())
            assert operation in words, (operation, how, result)
    assert not list(tmp_path.rglob("trap"))


# With ansible-playbook


def marked(value: Any) -> Any:
    """The answer with a trap in the place of each of its texts but those that decide what is done with it."""
    if isinstance(value, dict):
        kept = ("RequestId", "PolicyName", "PolicyType", "DefaultVersion", "VersionId", "PolicyDocument")
        return {key: item if key in kept else marked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [marked(item) for item in value]
    return TRAP if isinstance(value, str) else value


STATEMENT = {"Effect": "Allow", "Action": "oss:*", "Resource": TRAP}
POLICY = {
    "RequestId": "R",
    "Policy": {"PolicyName": "held", "PolicyType": "Custom", "Description": "", "CreateDate": "", "DefaultVersion": "v1"},
    "DefaultPolicyVersion": {"VersionId": "v1", "PolicyDocument": json.dumps({"Version": "1", "Statement": [STATEMENT]})},
}  # fmt: skip


@pytest.mark.parametrize("inside", [True, False])
def test_nothing_that_the_cloud_says_is_evaluated(
    inside: bool, account: Any, playbook: Any, tmp_path: pathlib.Path
) -> None:
    there = account(users=[{"name": "alice"}], policies=[{"name": "held", "document": allow("oss:*")}])
    there.emulator.ask("rules", {"rules": [
        {"fault": "malformed", "operation": "GetPolicy", "account_id": there.account_id, "body": json.dumps(marked(POLICY))},
        {"fault": "malformed", "operation": "ListTagResources", "account_id": there.account_id, "body": json.dumps(
            {"RequestId": "R", "TagResources": [{"TagKey": TRAP, "TagValue": TRAP}]})},
        {"fault": "error", "operation": "ListPoliciesForUser", "account_id": there.account_id, "code": "Odd", "status": 400,
         "count": 0, "message": TRAP},
    ]})  # fmt: skip
    looked = tmp_path / "looked.json"
    found = "found.policy"
    resource = f"{found}.policy_document.Statement[0].Resource"
    everything = f"{found}.description, {found}.tags, kept, text, failed.msg, {resource}"
    tasks = [
        {"name": "look", "alicloud.ram.policy_info": {"name": "held"}, "register": "found"},
        {"name": "show", "ansible.builtin.debug": {"var": "found"}},
        {"name": "say", "ansible.builtin.debug": {"msg": f"{{{{ {found}.description }}}} {{{{ {found} }}}}"}},
        {"name": "keep", "ansible.builtin.set_fact": {"kept": f"{{{{ {found}.tags }}}}", "text": f"<{{{{ {found}.description }}}}>"}},
        {"name": "when", "ansible.builtin.debug": {"msg": "x"}, "when": f"{found}.description == kept.values() | first"},
        {"name": "loop", "ansible.builtin.debug": {"msg": "{{ item }}"},
         "loop": f"{{{{ [{found}.description] + {found}.policy_document.Statement | map(attribute='Resource') | list }}}}"},
        {"name": "fail", "alicloud.ram.user_policies_info": {"user_name": "alice"}, "register": "failed", "ignore_errors": True},
        {"name": "message", "ansible.builtin.debug": {"msg": "{{ failed.msg }}"}},
        {"name": "write", "ansible.builtin.copy": {"dest": str(looked), "content": f"{{{{ [{everything}] | to_json }}}}"}},
        {"name": "pass on", "alicloud.ram.policy": {
            "name": "other", "description": f"{{{{ {found}.description }}}}", "tags": f"{{{{ {found}.tags }}}}",
            "document": allow("oss:*")}},
    ]  # fmt: skip
    hosts = {"all": {"hosts": {"localhost": {"alicloud_ram_inside_worker": inside}}}}
    run = playbook(tasks, account=there, inventory=hosts).succeeded()
    there.emulator.ask("rules", method="DELETE")
    assert "evaluated" not in run.output + json.dumps(run.results) and not list(tmp_path.rglob("trap"))
    told, tags, kept, text, message, resource = json.loads(looked.read_text(encoding="utf-8"))
    assert told == resource == TRAP and text == f"<{TRAP}>" and tags == kept == {TRAP: TRAP}
    assert TRAP in message and run.of("when")["msg"] == "x"
    stored = there.state["policies"]["other"]
    assert stored["description"] == TRAP and stored["tags"] == {TRAP: TRAP}


# What a terminal, a log, XML or a reader would not survive: controls of both sets, directions, joiners, no characters.
UNSEEN = "\x1b[2J\x07\x9b1m\x00\x7f\x85 \u202eevil\u2066 \u200b\u00ad\ufeff\ufffe\uffff\u2028\r\nfatal: [x]: ok\U000e0041\ue000"


def rules_of(account_id: str) -> list[dict[str, Any]]:
    """Hostile messages and names, for one account of the emulator."""
    entities = {"RequestId": "R", "Groups": {"Group": []}, "Roles": {"Role": []},
                "Users": {"User": [{"UserName": f"bob{UNSEEN}", "UserId": "1", "DisplayName": "b", "AttachDate": ""}]}}  # fmt: skip
    common = {"account_id": account_id, "count": 0}
    return [
        {"fault": "malformed", "operation": "ListEntitiesForPolicy", "body": json.dumps(entities), **common},
        {"fault": "error", "operation": "ListPoliciesForUser", "code": f"Odd{UNSEEN}", "status": 400,
         "message": f"said {UNSEEN}", **common},
    ]  # fmt: skip


def without_data(line: str) -> str:
    """A line of output without the names that a failed task gives as data, which Ansible shows as they are."""
    head, found, result = line.partition("FAILED! => ")
    if not found:
        return line
    told = {**json.loads(result), "attached_to": ""}
    for account in told.get("accounts", []):
        account["name"] = ""
    return head + json.dumps(told, ensure_ascii=False)


def test_nothing_that_the_cloud_says_reaches_a_terminal_unseen(
    account: Any, playbook: Any, tmp_path: pathlib.Path
) -> None:
    there = account(users=[{"name": "alice"}], policies=[{"name": "held", "document": allow("oss:*")}],
                    roles=[{"name": "Access", "trust_policy": trust("ecs.aliyuncs.com", kind="Service"), "policies": ADMINISTRATOR}])  # fmt: skip
    there.emulator.ask("rules", {"rules": rules_of(there.account_id)})
    (tmp_path / "data.json").write_text(json.dumps({"name": f"pay{UNSEEN}"}), encoding="utf-8")
    data = f"{{{{ lookup('ansible.builtin.file', '{tmp_path}/data.json') | from_json }}}}"
    users = [{"user_name": "alice", "policies": HELD}]
    plays = [
        {"hosts": "all", "vars": {"data": data}, "tasks": [
            {"name": "fail", "alicloud.ram.user_policies_info": {"user_name": "alice"}, "ignore_errors": True},
            {"name": "holders", "alicloud.ram.policy": {"name": "held", "state": "absent"}, "ignore_errors": True,
             "run_once": True},
            {"name": "assumed", "alicloud.ram.policy": {"name": "held", "state": "absent"}, "check_mode": True,
             "run_once": True},
            {"name": "detach", "alicloud.ram.policy": {"name": "held", "state": "absent", "detach": True, "allow_self": True},
             "check_mode": True, "run_once": True},
            {"name": "fleet", "alicloud.ram.baseline": {
                "accounts": [{"account_id": there.account_id, "name": "{{ data.name }}"}], "user_policies": users},
             "ignore_errors": True},
        ]},
    ]  # fmt: skip
    hosts = {name: {"alicloud_ram_inside_worker": name == "inside"} for name in ("inside", "outside")}
    run = playbook(plays, "--diff", account=there, inventory={"all": {"hosts": hosts}}).succeeded()
    there.emulator.ask("rules", method="DELETE")
    raw = [line for line in map(without_data, run.output.split("\n")) if inprocess.is_raw(line)]
    assert raw == []
    for name in ("fail", "holders", "assumed", "detach", "fleet"):
        result = run.of(name, "inside")
        texts = [result.get("msg", ""), *result.get("warnings", []), *result.get("assumed", [])]
        texts += [change["target"] for change in result.get("changes", [])]
        assert "\\x1b[2J\\x07\\x9b1m\\x00" in "".join(texts) and not any(map(inprocess.is_raw, texts)), name
    for name in ("fail", "fleet"):
        messages = {re.sub("request ID [0-9A-F-]+", "", run.of(name, host)["msg"]) for host in hosts}
        assert len(messages) == 1
    assert "said \\x1b" in run.of("fail", "inside")["msg"] and "\n" not in run.of("fail", "inside")["msg"]
    # Data stays as it came.
    assert run.of("holders", "inside")["attached_to"] == [{"kind": "user", "name": f"bob{UNSEEN}"}]
