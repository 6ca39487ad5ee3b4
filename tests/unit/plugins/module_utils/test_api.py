# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls through the SDKs to a server on loopback that answers as it is told: what is repeated, refused and said."""

from __future__ import annotations

import asyncio
import json
import pathlib
import re
import ssl
from collections.abc import Awaitable
from dataclasses import replace
from importlib.metadata import version
from typing import Any, Callable

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud import client as _api
from ansible_collections.alicloud.ram.plugins.module_utils._cloud import denials as _denials
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import (
    Api,
    Clock,
    open_api,
    redact_patterns,
    required,
)
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.credentials import AssumedRole, StaticCredential
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.denials import Diagnoses
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import Parent
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import AssumeRole, Settings
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.transport import Transport, tls_context
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ApiError,
    CredentialsError,
    DeclarationError,
    RamError,
    UnreachableError,
    outcome_unknown,
)
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable
from ansible_collections.alicloud.ram.tests.lib.servers import DROP, Answer, Authority, Request, Server, authority

pytest.importorskip("alibabacloud_ram20150501")

SECRET, TOKEN = "canary-secret", "canary-token"
SOURCE = "the options access_key_id and access_key_secret"
ROLE = AssumeRole("acs:ram::1000000000000001:role/Access", "me")
USER = {"User": {"UserName": "alice"}, "RequestId": "R"}

HTML = b"<html><body>502 Bad Gateway</body></html>"


def page(status: int = 502, **headers: str) -> Answer:
    """What a proxy, or whatever else is in the API's place, answers."""
    return Answer(HTML, status, {"content-type": "text/html", **headers})


class OwnClock(Clock):
    """Time that passes by sleeping only."""

    def __init__(self) -> None:
        self.time = 1.0
        self.pauses: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.pauses.append(seconds)
        self.time += seconds


class Bench:
    """Runs work with an Api of the service; afterwards tells what the service and the clock saw."""

    def __init__(self) -> None:
        self.clock = OwnClock()
        self.service: Server
        self.settings: Settings

    def __call__(
        self,
        work: Callable[[Api], Awaitable[Any]],
        *script: Any,
        assume: bool = False,
        endpoint: str | None = None,
        **options: Any,
    ) -> Any:
        async def main() -> Any:
            async with Server(*(script or (USER,)), tls=authority().tls) as self.service:
                hosts = dict.fromkeys(
                    ("ram_endpoint", "sts_endpoint", "resourcemanager_endpoint"), endpoint or self.service.endpoint
                )
                self.settings = Settings(**{"ca_bundle": authority().bundle, "retry_timeout": 60, **hosts, **options})
                async with Transport(self.settings) as transport:
                    keys = StaticCredential("LTAI", SECRET, None, SOURCE)
                    api = Api(self.settings, keys, transport, self.clock)
                    if assume:
                        api = Api(self.settings, AssumedRole(api, ROLE), transport, self.clock)
                    return await work(api)

        return asyncio.run(main())

    def fails(self, kind: type[Any], work: Callable[[Api], Awaitable[Any]], *script: Any, **options: Any) -> Any:
        with pytest.raises(kind) as caught:
            self(work, *script, **options)
        shown = f"{caught.value.message} {caught.value!r} {caught.value.details}"
        assert "canary" not in shown
        assert caught.value.__context__ is None or caught.value.__suppress_context__  # a traceback would show it
        return caught.value


@pytest.fixture(name="bench")
def _bench() -> Bench:
    return Bench()


@pytest.fixture(name="longest_pauses")
def _longest_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance always gives the most."""
    monkeypatch.setattr("random.uniform", lambda low, high: high)


def refuse(code: str, status: int = 403, message: str = "no.", **more: Any) -> Answer:
    headers = more.pop("headers", {})
    return Answer({"Code": code, "Message": message, "RequestId": "R-1", **more}, status, headers)


async def read(api: Api) -> Any:
    return await api.call("GetUser", UserName="alice")


async def write(api: Api) -> Any:
    return await api.call("CreatePolicy", PolicyName="p", PolicyDocument="{}")


THROTTLED = refuse("Throttling.User", 400)
FAULT = refuse("InternalError", 500)
BUSY = refuse("ServiceUnavailable", 503)


def sessions(*answers: Any) -> Callable[[Request], Any]:
    """AssumeRole gives a session; everything else the next answer, and the last of them from then on."""
    rest, number = list(answers), iter(range(1, 100))

    def answer(request: Request) -> Any:
        if request.operation != "AssumeRole":
            return rest.pop(0) if len(rest) > 1 else rest[0]
        keys = {"AccessKeyId": f"STS.{next(number)}", "AccessKeySecret": SECRET, "SecurityToken": TOKEN}
        return {
            "Credentials": {**keys, "Expiration": "2099-01-01T00:00:00Z"},
            "AssumedRoleUser": {"Arn": f"{ROLE.role_arn}/me"},
            "RequestId": "R",
        }

    return answer


def key_ids(service: Server) -> list[str]:
    found = [re.search("Credential=([^,]+)", request.headers["authorization"]) for request in service.requests]
    return [match.group(1) for match in found if match]


ENDED = refuse("InvalidSecurityToken.Expired", 403)


# One call


def test_a_call(bench: Bench) -> None:
    assert bench(read) == USER
    (request,) = bench.service.requests
    assert request.operation == "GetUser" and request.parameters == {"UserName": "alice"}
    assert "Credential=LTAI" in request.headers["authorization"]
    assert "alicloud.ram" in request.headers["user-agent"]
    assert bench.clock.pauses == []


@pytest.mark.parametrize(
    "operation, parameters, version",
    [
        ("GetCallerIdentity", {}, "2015-04-01"),
        ("ListTagResources", {"ResourceType": "policy"}, "2015-05-01"),
        ("GetServiceLinkedRoleDeletionStatus", {"DeletionTaskId": "t"}, "2020-03-31"),
    ],
)
def test_the_service_of_an_operation(operation: str, parameters: Any, version: str, bench: Bench) -> None:
    assert bench(lambda api: api.call(operation, **parameters), {"RequestId": "R"})["RequestId"] == "R"
    (request,) = bench.service.requests
    # What was not given is not sent either.
    assert request.parameters == parameters and request.headers["x-acs-version"] == version


@pytest.mark.parametrize("calling", [read, write], ids=lambda calling: calling.__name__)
@pytest.mark.parametrize("answers_before", [0, 2])
def test_an_orphan_sends_nothing(calling: Any, answers_before: int, bench: Bench) -> None:
    """Not even what was throttled before Ansible was killed."""

    async def work(api: Api) -> None:
        api.parent = Parent(lambda: len(bench.service.requests) >= answers_before)
        await calling(api)

    error = bench.fails(RamError, work, THROTTLED)
    assert "ansible-playbook is no longer running" in error.message
    assert len(bench.service.requests) == answers_before


def test_lists_are_sent(bench: Bench) -> None:
    tags = [{"Key": "k", "Value": "v"}]
    bench(lambda api: api.call("TagResources", ResourceType="policy", ResourceNames=["p"], Tag=tags))
    assert "p" in str(bench.service.requests[0].parameters.values())
    assert "k" in str(bench.service.requests[0].parameters.values())


def test_pages(bench: Bench) -> None:
    async def work(api: Api) -> Any:
        return [page async for page in api.pages("ListTagResources", "NextToken", ResourceType="policy")]

    def page(key: str, **more: Any) -> Any:
        return {"TagResources": [{"TagKey": key}], "RequestId": "R", **more}

    found = bench(work, page("a", NextToken="two"), page("b", NextToken="three"), page("c", NextToken=""), page("d"))
    assert [item["TagResources"][0]["TagKey"] for item in found] == ["a", "b", "c"]
    assert [request.parameters.get("NextToken") for request in bench.service.requests] == [None, "two", "three"]


# What the service refuses


def test_a_refusal_is_told_in_full(bench: Bench) -> None:
    error = bench.fails(ApiError, read, refuse("EntityNotExist.User", 404, "The user does not exist."))
    assert error.message == (
        "GetUser failed: EntityNotExist.User: The user does not exist. (HTTP 404, request ID R-1)."
    )
    assert (error.code, error.status, error.retry_after, error.throttled) == ("EntityNotExist.User", 404, 0, False)
    assert error.details == {"code": "EntityNotExist.User", "operation": "GetUser", "request_id": "R-1"}
    assert bench.clock.pauses == [] and len(bench.service.requests) == 1


def test_a_refusal_that_tells_nothing(bench: Bench) -> None:
    error = bench.fails(ApiError, read, Answer({}, 400))
    assert error.message == "GetUser failed: no error code (HTTP 400, request ID not given)."


@pytest.mark.parametrize(
    "code, hint",
    [
        ("InvalidAccessKeyId.NotFound", f"access key ID of {SOURCE} is not known"),
        ("InvalidAccessKeyId.Inactive", f"access key of {SOURCE} cannot be used"),
        ("SignatureDoesNotMatch", f"secret of {SOURCE} does not belong to its access key ID"),
        ("IncompleteSignature", f"secret of {SOURCE} does not belong to its access key ID"),
        ("InvalidSecurityToken.Expired", f"security token of {SOURCE} has expired"),
        ("InvalidTimeStamp.Expired", "clock differs"),
    ],
)
def test_hints(code: str, hint: str, bench: Bench) -> None:
    error = bench.fails(ApiError, read, refuse(code, 403))
    assert hint in error.message and code in error.message and error.message.endswith(".")
    assert len(bench.service.requests) == 1


IDENTITY_POLICY = "AccountLevelIdentityBasedPolicy"
LAYERS = [
    IDENTITY_POLICY,
    "ResourceGroupLevelIdentityBasedPolicy",
    "IdentityBasedPolicy",
    "SessionPolicy",
    "ControlPolicy",
    "AssumeRolePolicy",
    "ResourceBasedPolicy",
    "Policy\u00a0of tomorrow",
]
KINDS = {"ImplicitDeny": False, "ExplicitDeny": True, "Other": None, None: None, 5: None}


async def assume(api: Api) -> Any:
    return await api.call("AssumeRole", RoleArn=ROLE.role_arn, RoleSessionName="me")


@pytest.mark.parametrize("call", [read, assume], ids=["GetUser", "AssumeRole"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layer", [*LAYERS, None, True, ["x"]], ids=str)
def test_no_cause_is_named_that_the_answer_does_not_name(layer: Any, kind: Any, call: Any, bench: Bench) -> None:
    """A missing grant is one of the causes, and the only one that more rights of the caller mend."""
    for action in ("ram:Told", None):
        detail = {"AuthAction": action, "PolicyType": layer, "NoPermissionType": kind}
        error = bench.fails(ApiError, call, refuse("NoPermission", 403, AccessDeniedDetail=detail))
        named = printable(layer) if isinstance(layer, str) else None
        explicit = KINDS[kind]
        own = named is not None and named.endswith("IdentityBasedPolicy")
        assert error.details.get("missing_action") == (action if own and explicit is False else None)
        assert ("lacks the RAM action" in error.message) == (own and explicit is False and action is not None)
        if action or named or explicit is not None:
            told = error.details["denied_by"]
            assert (told["policy_type"], told["explicit"], told["action"]) == (named, explicit, action)
        else:
            assert "denied_by" not in error.details
        assert ("likeliest first" in error.message) == (named is None)
        for text, layers in (
            ("trust policy", ["AssumeRolePolicy"]),
            ("control policy", ["ControlPolicy"]),
            ("session policy", ["SessionPolicy"]),
        ):
            if named is not None:
                assert (text in error.message.replace("policies", "policy")) == (named in layers), error.message
        assert f"credentials are those of {SOURCE}" in error.message and error.message.isprintable()
        assert (action or ("sts:AssumeRole" if call is assume else "ram:GetUser")) in error.message
        assert bench.service.requests and len(bench.service.requests) == 1


@pytest.mark.parametrize("detail", [None, {}, "?", [], 5])
@pytest.mark.parametrize("external_id", [None, "a-word"])
def test_where_the_answer_says_nothing_all_causes_are_listed(external_id: Any, detail: Any, bench: Bench) -> None:
    async def work(api: Api) -> Any:
        more = {"ExternalId": external_id} if external_id else {}
        return await api.call("AssumeRole", RoleArn=ROLE.role_arn, RoleSessionName="me", **more)

    more = {} if detail is None else {"AccessDeniedDetail": detail}
    text = "You are not authorized to do this action. You should be authorized by RAM."
    error = bench.fails(ApiError, work, refuse("NoPermission", 403, text, **more))
    causes = ["is not allowed sts:AssumeRole", "trust policy", "root", "control policy"]
    places = [error.message.index(cause) for cause in causes]
    assert places == sorted(places) and "caller_identity_info" in error.message
    assert ("another external ID" if external_id else "an external ID, of which none was sent") in error.message
    assert "missing_action" not in error.details and "denied_by" not in error.details
    error = bench.fails(ApiError, read, refuse("NoPermission", 403, **more))
    assert "trust policy" not in error.message and "is not allowed ram:GetUser" in error.message


def test_what_the_message_says_of_the_action(bench: Bench) -> None:
    text = "You are not authorized to do this action. Resource: acs:ram:*:1:role/* Action: ram:CreateRole"
    error = bench.fails(ApiError, read, refuse("NoPermission", 403, text))
    told = error.details["denied_by"]
    assert (told["action"], told["resource"]) == ("ram:CreateRole", "acs:ram:*:1:role/*")
    assert "is not allowed ram:CreateRole" in error.message and "missing_action" not in error.details


@pytest.mark.parametrize(
    "answer",
    [
        refuse("NoPermission", 403, "Roles may not be assumed by root accounts."),
        refuse("NoPermission", 403, AccessDeniedDetail={"AuthPrincipalType": "RootUser", "PolicyType": LAYERS[5]}),
    ],
)
def test_the_key_of_an_account_itself(answer: Any, bench: Bench) -> None:
    error = bench.fails(ApiError, assume, answer)
    assert "An account's own (root) access key cannot assume roles" in error.message
    assert "trust policy" not in error.message and "missing_action" not in error.details


def test_a_caller_that_is_known_to_be_an_account_itself(bench: Bench) -> None:
    async def work(api: Api) -> Any:
        await api.identity()
        return await assume(api)

    who = {"AccountId": "1000000000000002", "Arn": "acs:ram::1000000000000002:root", "RequestId": "R"}
    error = bench.fails(ApiError, work, who, refuse("NoPermission", 403))
    assert "An account's own (root) access key cannot assume roles" in error.message


# What DecodeDiagnosticMessage adds

DENIED = {"AuthAction": "ram:GetUser", "EncodedDiagnosticMessage": "AQ=="}
IMPLICIT = {**DENIED, "PolicyType": IDENTITY_POLICY, "NoPermissionType": "ImplicitDeny"}
MATCHED = {"Effect": "Deny", "PolicyType": "Custom", "PolicyIdentifier": "no-users", "PolicyVersion": "v2",
           "AttachedEntityType": "RamGroup", "AttachedScope": "Account"}  # fmt: skip


def diagnosis(**changes: Any) -> dict[str, Any]:
    found = {"ExplicitDeny": True, "NoPermissionPolicyType": IDENTITY_POLICY, "AuthAction": "ram:GetUser",
             "AuthResource": "acs:ram:*:1:user/alice", "MatchedPolicies": [MATCHED],
             "AuthPrincipal": {"AuthPrincipalType": "SubUser", "AuthPrincipalOwnerId": "1", "AuthPrincipalDisplayName": "2"},
             "AuthConditions": [{"ConditionKey": "sts:ExternalId", "ConditionValues": ["canary"]}]}  # fmt: skip
    return {"DecodedDiagnosticMessage": {**found, **changes}, "RequestId": "R"}


def explained(call: Any) -> Any:
    async def work(api: Api) -> Any:
        try:
            return await call(api)
        except RamError as error:
            await Diagnoses().explain(error)
            await Diagnoses().explain(error)
            raise

    return work


def test_a_refusal_is_explained(bench: Bench) -> None:
    refused = refuse("NoPermission", 403, AccessDeniedDetail=DENIED)
    error = bench.fails(ApiError, explained(read), refused, diagnosis())
    assert bench.service.operations == ["GetUser", "DecodeDiagnosticMessage"]
    assert bench.service.requests[1].parameters == {"EncodedDiagnosticMessage": "AQ=="}
    assert error.details["denied_by"] == {
        "policy_type": IDENTITY_POLICY,
        "explicit": True,
        "action": "ram:GetUser",
        "resource": "acs:ram:*:1:user/alice",
        "principal": {"type": "SubUser", "account_id": "1", "name": "2"},
        "policies": [
            {"name": "no-users", "type": "Custom", "version": "v2", "effect": "Deny", "attached_to": "RamGroup",
             "scope": "Account"}
        ],
    }  # fmt: skip
    assert "Denied by: 'no-users' (Custom, v2, attached to RamGroup)." in error.message
    assert "likeliest first" not in error.message and str(error) == error.message


def test_the_refused_caller_asks(bench: Bench) -> None:
    refused = refuse("NoPermission", 403, AccessDeniedDetail=IMPLICIT)
    bench.fails(ApiError, explained(read), sessions(refused, diagnosis()), assume=True)
    assert key_ids(bench.service) == ["LTAI", "STS.1", "STS.1"]
    error = bench.fails(CredentialsError, explained(read), refused, diagnosis(), assume=True)
    assert key_ids(bench.service) == ["LTAI", "LTAI"] and error.details["denied_by"]["policies"]


@pytest.mark.parametrize(
    "answer",
    [
        refuse("NoPermission", 403, AccessDeniedDetail=IMPLICIT),
        refuse("EntityNotExist", 404),
        refuse("NotSupport", 400),
        THROTTLED,
        FAULT,
        DROP,
        page(200),
        {},
        {"DecodedDiagnosticMessage": "x"},
        {"DecodedDiagnosticMessage": [1]},
        {"DecodedDiagnosticMessage": {"MatchedPolicies": "x"}},
        {"DecodedDiagnosticMessage": {"MatchedPolicies": [1, None, "x"]}},
        diagnosis(ExplicitDeny="maybe"),
        diagnosis(AuthAction={"a": 1}),
        ENDED,
    ],
    ids=lambda answer: str(answer)[:40],
)
def test_a_diagnosis_that_is_not_to_be_had(answer: Any, bench: Bench) -> None:
    refused = refuse("NoPermission", 403, "no.", AccessDeniedDetail=IMPLICIT)
    plain = bench.fails(ApiError, read, refused)
    error = bench.fails(ApiError, explained(read), refused, answer)
    assert bench.service.operations == ["GetUser", "DecodeDiagnosticMessage"] and bench.clock.pauses == []
    assert error.message == plain.message and error.code == "NoPermission"
    assert error.details["missing_action"] == plain.details["missing_action"] == "ram:GetUser"


def test_a_diagnosis_that_takes_too_long(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(self: Any, encoded: str) -> Any:
        await asyncio.sleep(60)

    monkeypatch.setattr(_denials, "DIAGNOSIS_TIMEOUT", 0.05)
    monkeypatch.setattr(Api, "_diagnosis", never)
    error = bench.fails(ApiError, explained(read), refuse("NoPermission", 403, AccessDeniedDetail=IMPLICIT))
    assert error.details["missing_action"] == "ram:GetUser"


def test_texts_of_a_diagnosis_are_not_trusted(bench: Bench) -> None:
    hostile = {key: f"{SECRET}\x1b[31m\ud800" + "x" * 5000 for key in MATCHED} | {"Effect": "Deny"}
    who = {"AuthPrincipalType": SECRET, "AuthPrincipalOwnerId": SECRET, "AuthPrincipalDisplayName": SECRET}
    answer = diagnosis(
        MatchedPolicies=[hostile] * 100, AuthPrincipal=who, AuthResource=f"AccessKeySecret={TOKEN}", AuthAction=SECRET
    )
    for text in (json.dumps(answer), json.dumps(answer).replace("\\ud800", "")):
        refused = refuse("NoPermission", 403, AccessDeniedDetail={"EncodedDiagnosticMessage": "AQ=="})
        error = bench.fails(ApiError, explained(read), refused, Answer(text.encode()))
        assert len(error.message) < 2500 and len(json.dumps(error.details)) < 20000
        json.dumps(error.details, ensure_ascii=False).encode()
    assert error.details["denied_by"]["resource"] == "AccessKeySecret=***"
    assert len(error.details["denied_by"]["policies"]) == 20


def test_many_that_fail_alike_are_explained_a_few_times(bench: Bench) -> None:
    async def work(api: Api) -> int:
        diagnoses, told = Diagnoses(), 0
        for dummy in range(20):
            with pytest.raises(ApiError) as caught:
                await read(api)
            await diagnoses.explain(caught.value)
            told += caught.value.details["denied_by"]["policies"] is not None
        return told

    refused = refuse("NoPermission", 403, AccessDeniedDetail=IMPLICIT)
    assert (
        bench(work, lambda request: refused if request.operation == "GetUser" else diagnosis()) == _denials.MOST_ALIKE
    )
    assert bench.service.operations.count("DecodeDiagnosticMessage") == _denials.MOST_ALIKE


@pytest.mark.parametrize(
    "text",
    [
        f"AccessKeySecret={SECRET}&x=y",
        f"access_key_secret: {SECRET}",
        f'{{"AccessKeySecret": "{SECRET}", "x": 1}}',
        f"{{'SecurityToken': '{TOKEN}'}}",
        f"SECURITYTOKEN={TOKEN}",
        f"security_token = {TOKEN}, AccessKeySecret = {SECRET}; more",
        f"the string is Signature={SECRET}",
    ],
)
def test_secrets_are_taken_out_of_an_echo(text: str, bench: Bench) -> None:
    assert "canary" not in redact_patterns(text) and "***" in redact_patterns(text)
    assert "***" in bench.fails(ApiError, read, refuse("InvalidParameter", 400, text)).message


@pytest.mark.parametrize("form", [SECRET, TOKEN, "canary/external+id=", "canary%2Fexternal%2Bid%3D"])
@pytest.mark.parametrize("status", [400, 403, 500])
def test_what_was_sent_is_taken_out_wherever_it_is(form: str, status: int, bench: Bench) -> None:
    async def assume(api: Api) -> Any:
        session = Api(api.settings, StaticCredential("STS.x", SECRET, TOKEN, SOURCE), api._transport, bench.clock)
        return await session.call("AssumeRole", ExternalId="canary/external+id=")

    error = bench.fails(
        ApiError, assume, refuse("NoPermission", status, f"Nothing is known of {form}."), retry_timeout=0
    )
    assert "Nothing is known of ***." in error.message


def test_other_text_is_left_as_it_is() -> None:
    text = "The parameter AccessKeyId=LTAI is not valid; the signature version is 1.0. Signature is not matched. See PolicyName=p."
    assert redact_patterns(text) == text


@pytest.mark.parametrize("answer", [None, {}, {"Key": None}, {"Other": 1}, [], "text"])
def test_an_answer_that_lacks_a_key(answer: Any) -> None:
    with pytest.raises(UnreachableError, match="GetUser: the answer lacks Key") as caught:
        required(answer, "Key", "GetUser")
    assert caught.value.sent and outcome_unknown(caught.value)


@pytest.mark.parametrize("value", [0, "", [], False, {"x": 1}])
def test_a_key_that_is_there_is_not_missed(value: Any) -> None:
    assert required({"Key": value}, "Key", "GetUser") is value


# What is repeated


@pytest.mark.parametrize("work", [read, write])
@pytest.mark.parametrize("status", [400, 429, 503])
def test_throttling_is_repeated_for_reads_and_writes(status: int, work: Any, bench: Bench) -> None:
    throttled = refuse("Throttling.Api", status)
    assert bench(work, throttled, refuse("Throttling", status), refuse("Rejected.Throttling", status), USER)
    assert len(bench.service.requests) == 4 and len(bench.clock.pauses) >= 3


@pytest.mark.parametrize("status, repeated", [(499, False), (500, True), (599, True)])
def test_a_fault_is_one_of_the_services_own(status: int, repeated: bool, bench: Bench) -> None:
    fault = refuse("Odd", status)
    if repeated:
        assert bench(read, fault, USER)
    else:
        assert bench.fails(ApiError, read, fault, USER).status == status
    assert len(bench.service.requests) == 1 + repeated


def test_calls_are_spaced_after_throttling_and_less_so_as_it_goes_well() -> None:
    async def main() -> None:
        slower = _api.AdaptiveThrottle(clock)
        await slower.acquire()
        assert clock.pauses == []
        slower.on_throttled(clock.now())
        for dummy in range(250):
            await slower.acquire()
            slower.on_success()

    clock = OwnClock()
    asyncio.run(main())
    assert abs(clock.pauses[0] - 0.1) < 0.003 and clock.pauses == sorted(clock.pauses, reverse=True)
    assert 100 < len(clock.pauses) < 220  # then the calls are not spaced any more


def test_a_burst_that_is_throttled_slows_the_calls_once() -> None:
    async def main(sent: Callable[[], float], *, times: int = 5) -> float:
        slower = _api.AdaptiveThrottle(clock)
        for dummy in range(times):
            clock.time += 1
            slower.on_throttled(sent())
        before = len(clock.pauses)
        await slower.acquire()
        await slower.acquire()
        return clock.pauses[before]

    clock = OwnClock()
    began = clock.now()
    assert abs(asyncio.run(main(lambda: began)) - 0.1) < 0.001
    assert abs(asyncio.run(main(clock.now, times=2)) - 0.15) < 0.001
    assert abs(asyncio.run(main(clock.now, times=50)) - 0.5) < 0.001


def test_who_waits_for_a_turn_sees_that_the_calls_go_well_again() -> None:
    async def main() -> float:
        slower, clock = _api.AdaptiveThrottle(Clock()), Clock()
        for dummy in range(3):
            slower.on_throttled(clock.now())

        async def call() -> None:
            await slower.acquire()
            for dummy in range(100):
                slower.on_success()

        began = clock.now()
        await asyncio.gather(*(call() for dummy in range(20)))
        return clock.now() - began

    assert asyncio.run(main()) < 3  # 4.3 at the first pace


def test_to_wait_for_a_turn_is_not_to_fail(bench: Bench) -> None:
    async def work(api: Api) -> Any:
        api.assume_role_pacer = _api.Pacer(0.01, bench.clock)
        parameters = {"RoleArn": ROLE.role_arn, "RoleSessionName": "me"}
        return [await api.call("AssumeRole", **parameters) for dummy in range(2)]

    assert bench(work, USER, BUSY, USER, retry_timeout=60)
    assert sum(bench.clock.pauses) > 199 and len(bench.service.requests) == 3


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_the_same_in_all_accounts_is_asked_for_once(fails: bool, bench: Bench) -> None:
    async def work(api: Api) -> Any:
        _api._constants.clear()
        apis = [
            Api(api.settings, StaticCredential("LTAI", SECRET, None, SOURCE), api._transport, bench.clock)
            for dummy in range(9)
        ]
        asking = (one.call_cached("GetUser", "User", UserName="alice") for one in apis)
        found = await asyncio.gather(*asking, return_exceptions=True)
        _api._constants.clear()
        return found

    found = bench(work, refuse("NoPermission"), USER) if fails else bench(work, USER)
    assert [isinstance(item, ApiError) for item in found] == [fails] + [False] * 8
    assert len(bench.service.requests) == (9 if fails else 1)


@pytest.mark.parametrize("code", ["EntityNotExist.User", "NoPermission"])
@pytest.mark.parametrize("may_lack", [True, False])
def test_that_something_does_not_exist_is_kept_where_it_may_lack(may_lack: bool, code: str, bench: Bench) -> None:
    async def work(api: Api) -> Any:
        _api._constants.clear()
        found = []
        for times in (9, 9):
            asking = (api.call_cached("GetUser", "User", may_lack=may_lack, UserName="alice") for dummy in range(times))
            found += await asyncio.gather(*asking, return_exceptions=True)
        _api._constants.clear()
        return found

    kept = may_lack and code.startswith("EntityNotExist")
    found = bench(work, refuse(code, 404))
    assert found == [None] * 18 if kept else all(isinstance(item, ApiError) for item in found)
    assert len(bench.service.requests) == (1 if kept else 18)


def test_what_is_kept_is_told_apart_by_what_was_asked(bench: Bench) -> None:
    async def work(api: Api) -> None:
        _api._constants.clear()
        for dummy in range(2):
            for name in ("alice", "bob"):
                for part in ("User", "RequestId"):
                    assert await api.call_cached("GetUser", part, UserName=name) == USER[part]
        _api._constants.clear()

    bench(work, USER)
    assert len(bench.service.requests) == 4


def test_who_asks_for_all_and_fails_does_not_hold_up_the_others(bench: Bench) -> None:
    async def work(api: Api) -> Any:
        _api._constants.clear()
        apis = [
            Api(api.settings, StaticCredential("LTAI", SECRET, None, SOURCE), api._transport, clock) for clock in clocks
        ]
        asking = (one.call_cached("GetUser", "User", UserName="alice") for one in apis)
        return await asyncio.gather(*asking, return_exceptions=True)

    clocks = [OwnClock() for dummy in range(5)]
    assert all(isinstance(item, ApiError) for item in bench(work, FAULT))
    # Each for itself, so none waited for more than its own tries.
    assert all(0 < sum(clock.pauses) <= 60 for clock in clocks)


@pytest.mark.usefixtures("longest_pauses")
def test_pauses_grow_up_to_the_longest(bench: Bench) -> None:
    error = bench.fails(ApiError, read, THROTTLED, retry_timeout=120)
    assert bench.clock.pauses == [0.5, 1, 2, 4, 8, 16, 20, 20, 20, 20]
    assert error.throttled and error.message.endswith(" Gave up after 11 tries in 112 s.")


def test_pauses_are_random_up_to_that(bench: Bench) -> None:
    bench.fails(ApiError, read, BUSY, retry_timeout=300)
    pauses = bench.clock.pauses
    for number, pause in enumerate(pauses):
        assert 0 <= pause <= min(_api.LONGEST_PAUSE, _api.FIRST_PAUSE * 2**number)
    assert len(set(pauses)) == len(pauses) and sum(pauses) <= 300


@pytest.mark.parametrize("timeout", [0, 0.4, 3, 30])
def test_retry_timeout_bounds_the_whole(timeout: float, bench: Bench) -> None:
    bench.fails(ApiError, read, BUSY, retry_timeout=timeout)
    assert sum(bench.clock.pauses) <= timeout
    assert len(bench.service.requests) == len(bench.clock.pauses) + 1
    assert timeout < 3 or len(bench.service.requests) > 1


def sdk_since(*release: int) -> pytest.MarkDecorator:
    current = tuple(int(part) for part in version("alibabacloud-tea-openapi").split(".")[:3])
    name = ".".join(map(str, release))
    return pytest.mark.skipif(current < release, reason=f"before {name}, the SDK reads the header if throttled only")


@pytest.mark.parametrize("code", ["Throttling.User", pytest.param("InternalError", marks=sdk_since(0, 4, 6))])
def test_the_server_says_when_in_milliseconds(code: str, bench: Bench) -> None:
    busy = refuse(code, 503, headers={"x-acs-retry-after": "2500"})
    bench(read, busy, busy, USER)
    assert bench.clock.pauses == [2.5, 2.5]


@pytest.mark.usefixtures("longest_pauses")
def test_a_retry_after_shorter_than_the_pause_does_not_shorten_it(bench: Bench) -> None:
    short = refuse("Throttling.User", 400, headers={"x-acs-retry-after": "700"})
    bench(read, short, short, short, USER)
    assert bench.clock.pauses == [0.7, 1, 2]


@pytest.mark.parametrize("value", ["", "0", "-5", "soon", "1.5"])
@pytest.mark.usefixtures("longest_pauses")
def test_a_retry_after_that_means_nothing(value: str, bench: Bench) -> None:
    bench(read, refuse("Throttling.User", 400, headers={"x-acs-retry-after": value}), USER)
    assert bench.clock.pauses == [0.5]


def test_a_retry_after_beyond_the_timeout_ends_it_at_once(bench: Bench) -> None:
    late = refuse("Throttling.User", 400, headers={"x-acs-retry-after": "61000"})
    error = bench.fails(ApiError, read, late)
    assert bench.clock.pauses == [] and len(bench.service.requests) == 1 and error.retry_after == 61


@pytest.mark.parametrize("fault", [FAULT, BUSY, DROP, page(), Answer(b'{"User": ')])
def test_a_read_is_repeated_after_a_fault(fault: Any, bench: Bench) -> None:
    assert bench(read, fault, fault, USER) == USER
    assert len(bench.service.requests) == 3


@pytest.mark.parametrize("fault", [FAULT, BUSY, DROP, page(), Answer(b'{"Policy": '), page(200)])
@pytest.mark.parametrize("first", [True, False])
def test_a_write_whose_outcome_is_unknown_is_not_repeated(first: bool, fault: Any, bench: Bench) -> None:
    async def work(api: Api) -> None:
        if not first:
            await write(api)  # then the connection is one that is used again
        await write(api)

    error = bench.fails((ApiError, UnreachableError), work, *(() if first else (USER,)), fault, USER)  # type: ignore[arg-type]
    assert outcome_unknown(error)
    assert bench.service.operations == ["CreatePolicy"] * (1 if first else 2) and bench.clock.pauses == []


@pytest.mark.parametrize(
    "operation", ["CreatePolicy", "DeletePolicy", "SetDefaultPolicyVersion", "DetachPolicyFromUser"]
)
def test_every_write_is_one(operation: str, bench: Bench) -> None:
    bench.fails(UnreachableError, lambda api: api.call(operation, PolicyName="p"), DROP)
    assert bench.service.operations == [operation]


def test_a_write_that_was_never_sent_is_repeated(bench: Bench) -> None:
    error = bench.fails(UnreachableError, write, endpoint="127.0.0.1:9")
    assert len(bench.clock.pauses) > 1 and not error.sent and not outcome_unknown(error)
    assert "127.0.0.1:9 cannot be reached" in error.message


def test_a_host_that_never_answered_gets_fewer_tries(bench: Bench) -> None:
    bench.fails(UnreachableError, read, endpoint="127.0.0.1:9", retry_timeout=1000)
    assert sum(bench.clock.pauses) <= _api.UNKNOWN_HOST_TIMEOUT


@pytest.mark.usefixtures("longest_pauses")
def test_a_host_that_has_answered_gets_all_of_them(bench: Bench) -> None:
    async def work(api: Api) -> None:
        await read(api)
        bench.service.close_port()
        bench.service.script[:] = [DROP]
        await read(api)

    bench.fails(UnreachableError, work, USER, retry_timeout=60)
    assert sum(bench.clock.pauses) > _api.UNKNOWN_HOST_TIMEOUT


@pytest.mark.parametrize(
    "code, status", [("EntityNotExist.User", 404), ("InvalidParameter", 400), ("NoPermission", 403)]
)
def test_what_will_not_change_is_not_repeated(code: str, status: int, bench: Bench) -> None:
    bench.fails(ApiError, read, refuse(code, status), USER)
    assert len(bench.service.requests) == 1


# What is not the API's answer


@pytest.mark.parametrize("status", [200, 403, 502])
def test_a_page_in_the_apis_place(status: int, bench: Bench) -> None:
    error = bench.fails(UnreachableError, read, page(status), retry_timeout=0)
    host = bench.service.endpoint
    expected = f"GetUser: {host} gave an answer that is not the API's (HTTP {status}, text/html, {len(HTML)} bytes)"
    assert error.message.startswith(expected) and "proxy" in error.message and "<html" not in error.message


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"true", b"\xff\xfe"])
def test_an_answer_that_is_no_object(body: bytes, bench: Bench) -> None:
    assert "not the API's" in bench.fails(UnreachableError, read, Answer(body), retry_timeout=0).message


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int, bench: Bench) -> None:
    async def work(api: Api) -> Any:
        headers = {"location": f"https://{bench.service.endpoint}/elsewhere"}
        bench.service.script[:] = [page(status, **headers), USER]
        return await write(api)

    error = bench.fails(UnreachableError, work)
    assert f"HTTP {status}" in error.message and bench.service.operations == ["CreatePolicy"]


def test_an_answer_cut_off(bench: Bench) -> None:
    error = bench.fails(UnreachableError, read, Answer(b'{"User": '), retry_timeout=0)
    assert "GetUser: the answer could not be read" in error.message and error.sent


def test_a_certificate_of_somebody_else(bench: Bench) -> None:
    other = Authority().bundle
    error = bench.fails(UnreachableError, write, ca_bundle=other)
    assert (
        "is not trusted" in error.message and "ca_bundle" in error.message and bench.service.endpoint in error.message
    )
    assert not error.sent and bench.clock.pauses == [] and bench.service.requests == []
    assert bench(read, ca_bundle=other, validate_certs=False) == USER


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_bundle_that_cannot_be_read(content: str | None, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(DeclarationError, match=f"^ca_bundle: '{re.escape(str(path))}' cannot be read"):
        tls_context(Settings(ca_bundle=str(path)))


def test_old_tls_is_not_spoken() -> None:
    context = tls_context(Settings(ca_bundle=authority().bundle))
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2 and context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_proxy_that_does_not_serve(bench: Bench) -> None:
    error = bench.fails(UnreachableError, read, proxy="http://me:canary@127.0.0.1:9", retry_timeout=0)
    assert "proxy" in error.message and not error.sent
    assert bench(read, proxy="http://127.0.0.1:9", no_proxy="localhost,127.0.0.1") == USER


# Sessions


@pytest.mark.parametrize("work", [read, write])
def test_a_session_that_has_ended_is_renewed_and_the_call_repeated(work: Any, bench: Bench) -> None:
    bench(work, sessions(ENDED, USER), assume=True)
    assert bench.service.operations[::2] == ["AssumeRole"] * 2
    assert key_ids(bench.service) == ["LTAI", "STS.1", "LTAI", "STS.2"]
    assert sum(bench.clock.pauses) == 0


def test_a_session_is_renewed_once_only(bench: Bench) -> None:
    error = bench.fails(ApiError, read, sessions(ENDED), assume=True)
    assert bench.service.operations == ["AssumeRole", "GetUser"] * 2
    assert error.code == "InvalidSecurityToken.Expired" and f"the session of {ROLE.role_arn}" in error.message


def test_keys_cannot_be_renewed(bench: Bench) -> None:
    bench.fails(ApiError, read, ENDED, USER)
    assert len(bench.service.requests) == 1


def test_a_session_serves_many_calls(bench: Bench) -> None:
    async def work(api: Api) -> None:
        await asyncio.gather(*(read(api) for dummy in range(5)))
        assert api.assumed_role_arn == f"{ROLE.role_arn}/me" and api.account_id == ROLE.account_id

    bench(work, sessions(USER), assume=True)
    assert sorted(bench.service.operations) == ["AssumeRole"] + ["GetUser"] * 5


def test_a_role_that_may_not_be_assumed(bench: Bench) -> None:
    error = bench.fails(CredentialsError, read, refuse("NoPermission", 403), assume=True)
    assert error.message.startswith(f"assume_role {ROLE.role_arn}: AssumeRole failed: NoPermission")
    assert "sts:AssumeRole" in error.message and bench.service.operations == ["AssumeRole"]


def test_a_throttled_assumption_is_repeated(bench: Bench) -> None:
    answer = sessions(USER)
    assert bench(read, THROTTLED, answer, assume=True) == USER
    assert bench.service.operations == ["AssumeRole", "AssumeRole", "GetUser"]


# Who it is

IDENTITY = {"AccountId": "1000000000000002", "Arn": "acs:ram::1000000000000002:user/Alice", "RequestId": "R"}


def test_the_identity_is_asked_for_once(bench: Bench) -> None:
    async def work(api: Api) -> Any:
        assert api.account_id is None and api.assumed_role_arn is None
        first, second = await api.identity(), await api.identity()
        assert first is second and api.account_id == "1000000000000002"
        assert await api.callers() == [("user", "Alice")]
        return first

    identity = bench(work, {**IDENTITY, "IdentityType": "RAMUser", "PrincipalId": "1", "UserId": "2"})
    assert (identity.account_id, identity.identity_type, identity.user_id, identity.role_id) == (
        "1000000000000002", "RAMUser", "2", None
    )  # fmt: skip
    assert bench.service.operations == ["GetCallerIdentity"]


def test_a_session_given_as_keys_is_its_role(bench: Bench) -> None:
    async def work(api: Api) -> None:
        ((kind, name),) = await api.callers()
        assert (kind, name.lower()) == ("role", "access")

    # AssumeRole's answer says role where GetCallerIdentity says assumed-role.
    bench(work, {**IDENTITY, "Arn": "acs:ram::1000000000000002:assumed-role/Access/me"})
    bench(work, {**IDENTITY, "Arn": "acs:ram::1000000000000002:role/access/me"})


@pytest.mark.parametrize("missing", ["AccountId", "Arn"])
def test_an_identity_that_lacks_something(missing: str, bench: Bench) -> None:
    answer = {key: value for key, value in IDENTITY.items() if key != missing}
    error = bench.fails(UnreachableError, lambda api: api.identity(), answer)
    assert f"lacks {missing}" in error.message


async def opened(api: Api) -> Api:
    return await open_api(api.settings, api._transport, api.clock)  # pylint: disable=protected-access


KEYS = {"access_key_id": "LTAI", "access_key_secret": SECRET}


def test_another_account_is_refused_before_anything_else(bench: Bench) -> None:
    error = bench.fails(CredentialsError, opened, IDENTITY, **KEYS, account_id="1000000000000001")
    assert "1000000000000001" in error.message and "1000000000000002" in error.message and SOURCE in error.message
    assert bench.service.operations == ["GetCallerIdentity"]
    assert bench(opened, IDENTITY, **KEYS, account_id="1000000000000002").account_id == "1000000000000002"


def test_nothing_is_asked_where_no_account_is_named(bench: Bench) -> None:
    assert bench(opened, IDENTITY, **KEYS).account_id is None
    assert bench.service.requests == []


def test_the_account_of_a_session_is_told_by_its_answer(bench: Bench) -> None:
    api = bench(opened, sessions(USER), **KEYS, assume_role=ROLE, account_id=ROLE.account_id)
    assert api.account_id == ROLE.account_id and bench.service.operations == ["AssumeRole"]
    error = bench.fails(CredentialsError, opened, sessions(USER), **KEYS, assume_role=ROLE, account_id="2")
    assert ROLE.account_id in error.message and bench.service.operations == ["AssumeRole"]


def test_a_session_that_ends_during_retries_is_renewed(bench: Bench) -> None:
    assert bench(read, sessions(THROTTLED, ENDED, USER), assume=True) == USER


def test_a_redirect_is_no_success(bench: Bench) -> None:
    bench.fails(UnreachableError, write, Answer({}, 302, {"location": "https://elsewhere.example.com/"}))


def test_the_password_of_a_proxy_is_not_shown(bench: Bench) -> None:
    async def work(api: Api) -> Any:
        async with Server(Answer(status=407)) as proxy:
            settings = replace(api.settings, proxy=f"http://me:canary@{proxy.endpoint}")
            async with Transport(settings) as transport:
                return await read(Api(settings, StaticCredential("LTAI", SECRET, None, SOURCE), transport, bench.clock))

    assert "HTTP 407" in bench.fails(UnreachableError, work, retry_timeout=0).message


@pytest.mark.parametrize(
    "text",
    [
        "AccessKeySecret is 'canary'",
        "AccessKeySecret%3Dcanary",
        "<AccessKeySecret>canary</AccessKeySecret>",
        '{\\"SecurityToken\\": \\"canary\\"}',
        "Authorization: Bearer canary",
        "http://me:canary@proxy.example.com",
    ],
)
def test_more_echoes(text: str) -> None:
    assert "canary" not in redact_patterns(text)
