# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signatures and the protocol around them, from requests that are built and signed here."""

from __future__ import annotations

import hashlib
import json
import uuid

import pytest

from alicloud_emulator.errors import PROTOCOL

from . import signing
from .signing import FORM, stamp

EMPTY = hashlib.sha256(b"").hexdigest()


class Signer:
    """Signs and sends requests with one key; a test spoils what it likes in between."""

    def __init__(self, emulator, key_id, secret, token=None):
        self.emulator = emulator
        self.key = signing.Key(key_id, secret, token)

    def of(self, key_id, token=None):
        """A signer with another key of the seed."""
        return Signer(self.emulator, key_id, "s", token)

    def send(self, message):
        # urllib adds a content type of its own where there is a body and none is given.
        body = message.body if message.body or message.method == "POST" else None
        return self.emulator.http(message.target, message.method, data=body, headers=message.headers)

    def v3(self, action="GetUser", query=None, form=None, spoil=None, **more):
        """spoil: headers changed after signing; None takes one away."""
        message = signing.v3(
            self.key, self.emulator.endpoint, action, (query or {}).items(), form=(form or {}).items(), **more
        )
        message.headers = {
            name: value for name, value in {**message.headers, **(spoil or {})}.items() if value is not None
        }
        return self.send(message)

    def rpc(self, action="GetUser", query=None, form=None, method="GET", spoil=None, headers=None, **common):
        """spoil: parameters of the query changed after signing; None takes one away."""
        message = signing.rpc(
            self.key,
            self.emulator.endpoint,
            action,
            (query or {}).items(),
            form=(form or {}).items(),
            method=method,
            common=common,
        )
        spoiled = {**dict(message.query), **(spoil or {})}
        message.query = [(name, value) for name, value in spoiled.items() if value is not None]
        message.headers.update(headers or {})
        return self.send(message)


@pytest.fixture(name="seeded", scope="module")
def fixture_seeded(emulator):
    """An account with a user, an expired session and a good one."""
    sessions = [
        {
            "access_key_id": "STS.old",
            "access_key_secret": "s",
            "security_token": "told",
            "role": "R",
            "expires": "2020-01-01T00:00:00Z",
        },
        {
            "access_key_id": "STS.new",
            "access_key_secret": "s",
            "security_token": "tnew",
            "role": "R",
            "session_name": "night",
        },
    ]
    trusted = {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": "acs:ram::3000000000000001:root"}}
        ],
    }
    emulator.admin(
        "accounts",
        "POST",
        {
            "accounts": [
                {
                    "account_id": "3000000000000001",
                    "users": [
                        {
                            "name": "deployer",
                            "access_keys": [
                                {"access_key_id": "LTAIdeploy", "access_key_secret": "s"},
                                {"access_key_id": "LTAIasleep", "access_key_secret": "s"},
                            ],
                            "policies": [{"name": "AdministratorAccess", "type": "System"}],
                        }
                    ],
                    "roles": [
                        {
                            "name": "R",
                            "trust_policy": trusted,
                            "policies": [{"name": "AliyunRAMReadOnlyAccess", "type": "System"}],
                        }
                    ],
                    "sessions": sessions,
                }
            ]
        },
    )
    asleep = {"UserName": "deployer", "UserAccessKeyId": "LTAIasleep", "Status": "Inactive"}
    answer(Signer(emulator, "LTAIdeploy", "s").rpc("UpdateAccessKey", asleep), 200)
    return emulator


@pytest.fixture(name="signer")
def fixture_signer(seeded):
    return Signer(seeded, "LTAIdeploy", "s")


USER = {"UserName": "deployer"}
JSON = {"accept": "application/json"}
NONCE = uuid.uuid4().hex


def answer(response, status, code=None):
    """Check the status and, of a refusal, the code; returns the body."""
    body = json.loads(response[2])
    assert (response[0], body.get("Code")) == (status, code), body
    return body


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_v3_in_the_query(signer, method):
    assert answer(signer.v3(query=USER, method=method), 200)["User"]["UserName"] == "deployer"


def test_v3_in_a_form(signer):
    assert answer(signer.v3(form=USER), 200)["User"]["UserName"] == "deployer"


@pytest.mark.parametrize("media_type", [FORM, f"{FORM}; charset=utf-8"])
def test_v3_in_a_form_of_which_the_hash_is_signed(signer, media_type):
    """As the Go client sends it: nothing in the query, the content type under the signature."""
    found = signer.v3(form=USER, headers={"content-type": media_type})
    assert answer(found, 200)["User"]["UserName"] == "deployer"


def test_v3_with_awkward_values(signer):
    comments = "a b+c*d/e~f&g=h%i \u4e2d"
    found = answer(signer.v3("CreateGroup", {"GroupName": f"g{uuid.uuid4().hex}", "Comments": comments}), 200)
    assert found["Group"]["Comments"] == comments


@pytest.mark.parametrize("plain_keys", [True, False])
def test_v3_with_awkward_keys(signer, plain_keys):
    answer(signer.v3(query={**USER, "a b/c": "d"}, plain_keys=plain_keys), 400, "UnsupportedParameter")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_rpc_in_the_query(signer, method):
    assert answer(signer.rpc(query=USER, method=method), 200)["User"]["UserName"] == "deployer"


def test_rpc_in_a_form(signer):
    assert answer(signer.rpc(form=USER, method="POST"), 200)["User"]["UserName"] == "deployer"


def test_rpc_with_awkward_values(signer):
    comments = "a b+c*d/e~f&g=h%i \u4e2d"
    found = answer(signer.rpc("CreateGroup", {"GroupName": f"g{uuid.uuid4().hex}", "Comments": comments}), 200)
    assert found["Group"]["Comments"] == comments


@pytest.mark.parametrize("version", ["v3", "rpc"])
def test_a_session_s_token(seeded, version):
    def status(token, code, key="STS.new"):
        return answer(getattr(Signer(seeded, key, "s", token), version)(query=USER), 400 if code else 200, code)

    assert status("tnew", None)["User"]["UserName"] == "deployer"
    status("tother", "InvalidSecurityToken.Malformed")
    status("told", "InvalidSecurityToken.Expired", key="STS.old")
    status(None, "MissingSecurityToken")
    status("tnew", "InvalidSecurityToken.Malformed", key="LTAIdeploy")


@pytest.mark.parametrize("version", ["v3", "rpc"])
def test_wrong_keys(seeded, version):
    answer(getattr(Signer(seeded, "LTAInobody", "s"), version)(query=USER), 404, "InvalidAccessKeyId.NotFound")
    answer(getattr(Signer(seeded, "LTAIdeploy", "wrong"), version)(query=USER), 400, "SignatureDoesNotMatch")


@pytest.mark.parametrize(("offset", "code"), [(-800, None), (800, None), (-1000, "Expired"), (1000, "Expired")])
def test_the_date_window(signer, offset, code):
    status, code = (400, f"InvalidTimeStamp.{code}") if code else (200, None)
    answer(signer.v3(query=USER, headers={"x-acs-date": stamp(offset)}), status, code)
    answer(signer.rpc(query=USER, Timestamp=stamp(offset)), status, code)


def test_dates_that_are_none(signer):
    answer(signer.v3(query=USER, headers={"x-acs-date": "yesterday"}), 400, "InvalidTimeStamp.Format")
    answer(signer.rpc(query=USER, Timestamp="yesterday"), 400, "InvalidTimeStamp.Format")


def test_a_nonce_is_good_once(signer):
    nonce = uuid.uuid4().hex
    answer(signer.v3(query=USER, headers={"x-acs-signature-nonce": nonce}), 200)
    answer(signer.v3(query=USER, headers={"x-acs-signature-nonce": nonce}), 400, "SignatureNonceUsed")
    answer(signer.rpc(query=USER, SignatureNonce=nonce), 400, "SignatureNonceUsed")


@pytest.mark.parametrize(
    "spoil",
    [{"x-acs-action": "DeleteUser"}, {"x-acs-date": "2020-01-01T00:00:00Z"}, {"x-acs-content-sha256": "0" * 64}],
)
def test_v3_headers_changed_after_signing(signer, spoil):
    answer(signer.v3(query=USER, spoil=spoil), 400, "SignatureDoesNotMatch")


def test_v3_a_hash_that_is_not_the_body_s(signer):
    answer(signer.v3(form=USER, headers={"x-acs-content-sha256": EMPTY}), 400, "SignatureDoesNotMatch")


def test_v3_what_must_be_signed(signer):
    for name in ("host", "x-acs-action", "x-acs-signature-nonce"):
        answer(signer.v3(query=USER, leave=(name,)), 400, "IncompleteSignature")
    answer(signer.v3(query=USER, spoil={"x-acs-security-token": "t"}), 400, "IncompleteSignature")
    answer(signer.v3(query=USER, spoil={"authorization": "ACS3-HMAC-SHA256 Credential=x"}), 400, "IncompleteSignature")
    answer(signer.v3(query=USER, spoil={"x-acs-date": None}), 400, "Missingx-acs-date")


def test_v3_what_a_body_is_must_be_signed(signer):
    """Whoever could change the content type could make parameters of a body, or hide them."""
    answer(signer.v3(form=USER, leave=("content-type",)), 400, "IncompleteSignature")
    answer(signer.v3(form=USER, spoil={"content-type": "text/plain"}), 400, "SignatureDoesNotMatch")
    answer(signer.v3(form=USER, headers={"content-type": "text/plain"}), 400, "MissingUserName")
    answer(signer.v3(query=USER, spoil={"content-type": FORM}), 200)  # there is no body


def test_v3_an_empty_nonce(signer):
    answer(signer.v3(query=USER, headers={"x-acs-signature-nonce": ""}), 400, "Missingx-acs-signature-nonce")


@pytest.mark.parametrize("plain_keys", [True, False])
def test_v3_the_order_of_one_parameter_s_values(signer, plain_keys):
    """The last one counts, so their order is signed."""
    pairs = [("UserName", "deployer"), ("UserName", "nobody")]
    message = signing.v3(signer.key, signer.emulator.endpoint, "GetUser", pairs, plain_keys=plain_keys)
    message.query.reverse()
    answer(signer.send(message), 400, "SignatureDoesNotMatch")
    message.query.reverse()
    answer(signer.send(message), 404, "EntityNotExist.User")


@pytest.mark.parametrize(
    ("plain_keys", "signed", "sent"),
    [
        (True, [("UserName", "deployer"), ("a", "b")], [("UserName=deployer&a", "b")]),
        (False, [("UserName", "deployer"), ("a", "b")], [("UserName=deployer&a", "b")]),
        (False, [("UserName=deployer&a", "b")], [("UserName", "deployer"), ("a", "b")]),
        (False, [("a/b", "c")], [("a%2Fb", "c")]),
        (False, [("a%2Fb", "c")], [("a/b", "c")]),
    ],
)
def test_v3_a_key_cannot_pass_for_others(signer, plain_keys, signed, sent):
    message = signing.v3(signer.key, signer.emulator.endpoint, "GetUser", signed, plain_keys=plain_keys)
    message.query = sent
    answer(signer.send(message), 400, "SignatureDoesNotMatch")


def test_v3_the_parameters_of_the_other_signature(signer):
    """They are not looked at where there is an Authorization header, nor is that where they are."""
    other = dict(signing.rpc(signer.key, signer.emulator.endpoint, "GetUser", USER.items()).query)
    answer(signer.v3(query=USER, spoil={"authorization": None}), 400, "MissingAccessKeyId")
    answer(signer.v3("ListUsers", query={**other, "Signature": "x"}), 400, "UnsupportedParameter")
    answer(signer.rpc(query=USER, headers={"authorization": "Basic eDp5"}), 400, "IncompleteSignature")


@pytest.mark.parametrize(
    "headers",
    [
        {"x-acs-action": "DeleteUser"},
        {"x-acs-action": ""},
        {"x-acs-action": "ListAccounts", "x-acs-version": "2020-03-31"},
    ],
)
def test_rpc_with_headers_of_the_other_signature(signer, headers):
    """They are not under this one; a client that sends them says the same twice."""
    same = {"x-acs-action": "GetUser", "x-acs-version": "2015-05-01"}
    answer(signer.rpc(query=USER, headers=same), 200)
    answer(signer.rpc(query=USER, headers={**same, **headers}), 400, "IncompleteSignature")


def test_rpc_a_parameter_in_both_places(signer):
    """The form's counts, and is the one that is signed."""
    found = signer.rpc(query={"UserName": "nobody"}, form=USER, method="POST")
    assert answer(found, 200)["User"]["UserName"] == "deployer"
    found = signer.rpc(query={"UserName": "nobody"}, form=USER, method="POST", spoil={"UserName": "other"})
    assert answer(found, 200)["User"]["UserName"] == "deployer"
    answer(
        signer.rpc(query={"UserName": "nobody"}, form=USER, method="POST", headers={"content-type": "text/plain"}),
        400,
        "SignatureDoesNotMatch",
    )


def test_rpc_parameters_changed_after_signing(signer):
    answer(signer.rpc(query=USER, spoil={"UserName": "other"}), 400, "SignatureDoesNotMatch")
    answer(signer.rpc(query=USER, spoil={"Signature": None}), 400, "MissingSignature")
    answer(signer.rpc(query=USER, spoil={"AccessKeyId": None}), 400, "MissingAccessKeyId")
    answer(signer.rpc(query=USER, SignatureMethod="HMAC-SHA256"), 400, "InvalidParameter.SignatureMethod")
    answer(signer.rpc(query=USER, SignatureVersion="2.0"), 400, "InvalidParameter.SignatureVersion")


def test_operations_versions_and_methods(signer):
    answer(signer.v3("GetEverything"), 404, "InvalidAction.NotFound")
    answer(signer.v3("GetUser", USER, version="2020-03-31"), 404, "InvalidAction.NotFound")
    answer(signer.v3("GetUser", USER, version="2015-05-02"), 400, "InvalidVersion")
    answer(signer.v3("GetUser", USER, path="/other"), 404, "InvalidAction.NotFound")
    answer(signer.v3("GetUser", USER, method="PUT"), 405, "UnsupportedHTTPMethod")


def test_names_of_parameters(signer):
    answer(signer.v3("GetUser"), 400, "MissingUserName")
    answer(signer.v3("GetUser", {**USER, "UserId": "1"}), 400, "UnsupportedParameter")
    answer(signer.v3("GetUser", {**USER, "RegionId": "cn-hangzhou"}), 200)


# Each error of the protocol, with a request that gets it.
PROTOCOL_ERRORS = {
    "IncompleteSignature": (400, lambda signer: signer.v3(query=USER, leave=("host",))),
    "InvalidAccessKeyId.Inactive": (400, lambda signer: signer.of("LTAIasleep").v3(query=USER)),
    "InvalidAccessKeyId.NotFound": (404, lambda signer: signer.of("LTAInobody").v3(query=USER)),
    "InvalidAction.NotFound": (404, lambda signer: signer.v3("GetEverything")),
    "InvalidParameter": (400, lambda signer: signer.emulator.http("/?UserName=%ff", headers=JSON)),
    "InvalidParameter.SignatureMethod": (400, lambda signer: signer.rpc(query=USER, SignatureMethod="HMAC-SHA256")),
    "InvalidParameter.SignatureType": (400, lambda signer: signer.rpc(query=USER, SignatureType="BEARERTOKEN")),
    "InvalidParameter.SignatureVersion": (400, lambda signer: signer.rpc(query=USER, SignatureVersion="2.0")),
    "InvalidSecurityToken.Expired": (400, lambda signer: signer.of("STS.old", "told").v3(query=USER)),
    "InvalidSecurityToken.Malformed": (400, lambda signer: signer.of("STS.new", "tother").v3(query=USER)),
    "InvalidTimeStamp.Expired": (400, lambda signer: signer.rpc(query=USER, Timestamp=stamp(-1000))),
    "InvalidTimeStamp.Format": (400, lambda signer: signer.rpc(query=USER, Timestamp="yesterday")),
    "InvalidVersion": (400, lambda signer: signer.v3(query=USER, version="2015-05-02")),
    "MissingAccessKeyId": (400, lambda signer: signer.rpc(query=USER, spoil={"AccessKeyId": None})),
    "MissingSecurityToken": (400, lambda signer: signer.of("STS.new").v3(query=USER)),
    "MissingSignature": (400, lambda signer: signer.rpc(query=USER, spoil={"Signature": None})),
    "MissingSignatureNonce": (400, lambda signer: signer.rpc(query=USER, spoil={"SignatureNonce": None})),
    "MissingTimestamp": (400, lambda signer: signer.rpc(query=USER, spoil={"Timestamp": None})),
    "Missingx-acs-content-sha256": (400, lambda signer: signer.v3(query=USER, spoil={"x-acs-content-sha256": None})),
    "Missingx-acs-date": (400, lambda signer: signer.v3(query=USER, spoil={"x-acs-date": None})),
    "Missingx-acs-signature-nonce": (400, lambda signer: signer.v3(query=USER, spoil={"x-acs-signature-nonce": None})),
    "SignatureDoesNotMatch": (400, lambda signer: signer.v3(query=USER, spoil={"x-acs-action": "DeleteUser"})),
    "SignatureNonceUsed": (
        400,
        lambda signer: [signer.rpc(query=USER, SignatureNonce=NONCE) for dummy in range(2)][1],
    ),
    "UnsupportedHTTPMethod": (405, lambda signer: signer.v3(query=USER, method="PUT")),
    "UnsupportedParameter": (400, lambda signer: signer.v3(query={**USER, "UserId": "1"})),
}


@pytest.mark.parametrize("code", sorted(PROTOCOL_ERRORS))
def test_every_error_of_the_protocol(signer, code):
    status, send = PROTOCOL_ERRORS[code]
    body = answer(send(signer), status, code)
    assert body["HostId"] == signer.emulator.endpoint and body["Message"]
    if code == "InvalidAccessKeyId.NotFound":
        assert body["Message"] == "Specified access key is not found."


def test_there_is_a_request_for_every_error_of_the_protocol():
    assert set(PROTOCOL_ERRORS) == {fact.code for fact in PROTOCOL}


def test_xml_is_the_default(signer):
    status, headers, body = signer.rpc(query=USER, Format="XML")
    assert (status, headers["Content-Type"]) == (200, "text/xml;charset=utf-8")
    assert body.decode().startswith("<?xml version='1.0' encoding='UTF-8'?><GetUserResponse><RequestId>")
    assert "<User><UserId>" in body.decode()
    status, headers, body = signer.rpc("GetUser", {"UserName": "nobody"}, Format="XML")
    assert (status, headers["Content-Type"]) == (404, "text/xml;charset=utf-8")
    assert "<Error><RequestId>" in body.decode() and "<Code>EntityNotExist.User</Code>" in body.decode()
    assert signer.rpc("ListUsers", Format="XML")[2].decode().count("<User>") == 1


def test_the_envelope_of_errors(signer, seeded):
    response = signer.v3("GetUser", {"UserName": "nobody"})
    body = answer(response, 404, "EntityNotExist.User")
    assert body["Message"] == "The user does not exist."
    assert body["HostId"] == seeded.endpoint
    assert body["RequestId"] == response[1]["x-acs-request-id"]
    assert body["Recommend"].startswith("https://")
    assert set(body) == {"RequestId", "HostId", "Code", "Message", "Recommend"}


def test_text_that_is_not_utf_8(seeded):
    headers = {"accept": "application/json"}
    status, dummy, body = seeded.http("/?Action=GetUser&UserName=%ff", headers=headers)
    assert (status, json.loads(body)["Code"]) == (400, "InvalidParameter")


def test_the_log_has_no_secrets(signer, seeded):
    before = seeded.last_call()["seq"]
    answer(signer.rpc(query={**USER, "SecretThing": "hush"}), 400, "UnsupportedParameter")
    answer(Signer(seeded, "STS.new", "s", "tnew").rpc(query=USER), 200)
    entries = seeded.calls(since=before)
    assert [entry["parameters"] for entry in entries] == [USER, USER]
    assert [entry["caller"] for entry in entries] == [
        "acs:ram::3000000000000001:user/deployer",
        "acs:ram::3000000000000001:role/R/night",
    ]
    assert "tnew" not in json.dumps(entries) and "hush" not in json.dumps(entries)
