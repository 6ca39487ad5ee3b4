# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signatures and the protocol around them, from requests that are built and signed here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from urllib.parse import quote, urlencode

import pytest

from alicloud_emulator.errors import PROTOCOL

EMPTY = hashlib.sha256(b"").hexdigest()


def encoded(text):
    return quote(text, safe="~")


def stamp(offset=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + offset))


class Signer:
    """Signs and sends requests with one key; a test spoils what it likes in between."""

    def __init__(self, emulator, key_id, secret, token=None):
        self.emulator = emulator
        self.key_id = key_id
        self.secret = secret
        self.token = token

    def of(self, key_id, token=None):
        """A signer with another key of the seed."""
        return Signer(self.emulator, key_id, "s", token)

    def v3(
        self,
        action="GetUser",
        query=None,
        version="2015-05-01",
        form=None,
        method="POST",
        headers=None,
        spoil=None,
        leave=(),
        path="/",
        plain_keys=False,
    ):
        """headers: more of them, signed. spoil: changed after signing. leave: names not to sign.

        plain_keys: sign the query's keys as they are, as the Python SDK does.
        """
        key_text = str if plain_keys else encoded
        body = urlencode(form).encode() if form else b""
        signed = {
            "host": self.emulator.endpoint,
            "accept": "application/json",
            "x-acs-action": action,
            "x-acs-version": version,
            "x-acs-date": stamp(),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        }
        if form:
            signed["content-type"] = "application/x-www-form-urlencoded"
        if self.token:
            signed["x-acs-security-token"] = self.token
        signed.update(headers or {})
        names = sorted(name for name in signed if name not in leave)
        query = query or {}
        canonical = "\n".join(
            [
                method,
                path,
                "&".join(f"{key_text(key)}={encoded(value)}" for key, value in sorted(query.items())),
                "".join(f"{name}:{signed[name]}\n" for name in names),
                ";".join(names),
                signed["x-acs-content-sha256"],
            ]
        )
        to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        signature = hmac.new(self.secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        signed["Authorization"] = (
            f"ACS3-HMAC-SHA256 Credential={self.key_id},SignedHeaders={';'.join(names)},Signature={signature}"
        )
        signed.update(spoil or {})
        signed = {name: value for name, value in signed.items() if value is not None}
        target = path + ("?" + urlencode(query) if query else "")
        # urllib adds a content type of its own where there is a body and none is given.
        return self.emulator.http(target, method, data=body if method == "POST" else None, headers=signed)

    def rpc(self, action="GetUser", query=None, form=None, method="GET", spoil=None, **common):
        parameters = {
            "Action": action,
            "Version": "2015-05-01",
            "Format": "JSON",
            "AccessKeyId": self.key_id,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": uuid.uuid4().hex,
            "Timestamp": stamp(),
            **(query or {}),
            **common,
        }
        if self.token:
            parameters["SecurityToken"] = self.token
        signed = {**parameters, **(form or {})}
        text = "&".join(f"{encoded(key)}={encoded(value)}" for key, value in sorted(signed.items()))
        to_sign = f"{method}&{encoded('/')}&{encoded(text)}"
        digest = hmac.new(f"{self.secret}&".encode(), to_sign.encode(), hashlib.sha1).digest()
        parameters["Signature"] = base64.b64encode(digest).decode()
        parameters.update(spoil or {})
        parameters = {name: value for name, value in parameters.items() if value is not None}
        headers = {"content-type": "application/x-www-form-urlencoded"} if form else {}
        data = urlencode(form).encode() if form else (b"" if method == "POST" else None)
        return self.emulator.http("/?" + urlencode(parameters), method, data=data, headers=headers)


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
    answer(signer.v3(query=USER, spoil={"Authorization": "ACS3-HMAC-SHA256 Credential=x"}), 400, "IncompleteSignature")
    answer(signer.v3(query=USER, spoil={"x-acs-date": None}), 400, "Missingx-acs-date")


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
    entries = seeded.calls(before)
    assert [entry["parameters"] for entry in entries] == [USER, USER]
    assert [entry["caller"] for entry in entries] == [
        "acs:ram::3000000000000001:user/deployer",
        "acs:ram::3000000000000001:role/R/night",
    ]
    assert "tnew" not in json.dumps(entries) and "hush" not in json.dumps(entries)
