# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signatures: ACS3-HMAC-SHA256 and the RPC signature 1.0 with HMAC-SHA1, recomputed from the request.

Source: the SDK's requests. Statuses are the gateway's convention.
"""

from __future__ import annotations

import base64
import calendar
import hashlib
import hmac
import re
import time
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from .errors import ApiError, missing
from .protocol import Request
from .store import Credential

WINDOW = 15 * 60  # seconds that a request's date may be away from now
_ALGORITHM = "ACS3-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    _ALGORITHM + r" +Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-fA-F]{64})"
)


class Nonces:
    """The nonces of the last half hour at least: as long as a date can be inside the window."""

    def __init__(self) -> None:
        self._new: set[tuple[str, str]] = set()
        self._old: set[tuple[str, str]] = set()
        self._turned = 0.0

    def use(self, access_key_id: str, nonce: str, now: float) -> None:
        if now - self._turned > 2 * WINDOW:
            self._old, self._new, self._turned = self._new, set(), now
        entry = (access_key_id, nonce)
        if entry in self._new or entry in self._old:
            raise ApiError("SignatureNonceUsed")
        self._new.add(entry)


def authenticate(
    request: Request, credentials: Mapping[str, Credential], nonces: Nonces, now: float, ahead: float = 0.0
) -> Credential:
    """The key that signed the request, or the error for it.

    ahead: seconds that ``now`` was put forward by. A client's clock was not, so its dates are judged by the real one.
    """
    verify = _verify_v3 if "authorization" in request.headers else _verify_rpc
    key = verify(request, credentials, nonces, now - ahead)
    if key.kind == "session" and key.expires <= now:
        raise ApiError("InvalidSecurityToken.Expired")
    return key


def _bytes(text: str) -> bytes:
    """Text of a request as it came over the wire, where what is not UTF-8 was read by surrogates."""
    return text.encode("utf-8", "surrogateescape")


def _encoded(text: str) -> str:
    """Percent-encoding of RFC 3986."""
    return quote(_bytes(text), safe="~")


# ACS3-HMAC-SHA256


def _verify_v3(request: Request, credentials: Mapping[str, Credential], nonces: Nonces, now: float) -> Credential:
    headers = request.headers
    found = _AUTHORIZATION.fullmatch(headers["authorization"].strip())
    if not found:
        raise ApiError("IncompleteSignature")
    access_key_id, names, signature = found.groups()
    signed = names.split(";")
    for name in ("x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"):
        if not headers.get(name):
            raise missing(name)  # unknown: the code
    # What decides about the call must be under the signature. The content type does where there is a body: it tells
    # whether that is a form.
    needed = {name for name in headers if name == "host" or name.startswith("x-acs-")}
    if request.body and "content-type" in headers:
        needed.add("content-type")
    if not needed <= set(signed) or not set(signed) <= set(headers):
        raise ApiError("IncompleteSignature")
    key = _find(credentials, access_key_id, headers.get("x-acs-security-token", ""))
    payload = headers["x-acs-content-sha256"]
    wanted = [
        v3_signature(request.method, request.path, query, headers, signed, payload, key.secret)
        for query in _canonical_queries(request.query)
    ]
    if hashlib.sha256(request.body).hexdigest() != payload or not any(
        hmac.compare_digest(signature.lower(), one) for one in wanted
    ):
        raise ApiError("SignatureDoesNotMatch")
    _check_date(headers["x-acs-date"], now)
    nonces.use(access_key_id, headers["x-acs-signature-nonce"], now)
    return key


def _canonical_queries(pairs: Iterable[tuple[str, str]]) -> set[str]:
    """The Python SDK leaves the keys of the query as they are; others encode them. Either is right.

    A key as it is must not be able to pass for other keys and values. Several values of one key stay in their order,
    because it tells which of them counts.
    """
    ordered = sorted(pairs, key=lambda pair: pair[0])
    queries = {"&".join(f"{_encoded(key)}={_encoded(value)}" for key, value in ordered)}
    if not any(mark in key for key, dummy in ordered for mark in "%&=\n"):
        queries.add("&".join(f"{key}={_encoded(value)}" for key, value in ordered))
    return queries


def v3_signature(
    method: str, path: str, query: str, headers: Mapping[str, str], signed: list[str], payload: str, secret: str
) -> str:
    """query: the canonical one. payload: the hash of the body."""
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(signed))
    canonical = "\n".join((method, path, query, lines, ";".join(signed), payload))
    to_sign = f"{_ALGORITHM}\n{hashlib.sha256(_bytes(canonical)).hexdigest()}"
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


# RPC signature 1.0


def _verify_rpc(request: Request, credentials: Mapping[str, Credential], nonces: Nonces, now: float) -> Credential:
    parameters = request.parameters
    for name in ("AccessKeyId", "Signature", "SignatureNonce", "Timestamp"):
        if not parameters.get(name):
            raise missing(name)  # unknown: the code, here and below
    # These headers of the other signature are not under this one.
    for header, name in (("x-acs-action", "Action"), ("x-acs-version", "Version")):
        if request.headers.get(header, parameters.get(name)) != parameters.get(name):
            raise ApiError("IncompleteSignature")
    # unknown: the codes for other methods and versions.
    if parameters.get("SignatureMethod", "HMAC-SHA1") != "HMAC-SHA1":
        raise ApiError("InvalidParameter.SignatureMethod")
    if parameters.get("SignatureVersion", "1.0") != "1.0":
        raise ApiError("InvalidParameter.SignatureVersion")
    if parameters.get("SignatureType"):
        raise ApiError("InvalidParameter.SignatureType")
    key = _find(credentials, parameters["AccessKeyId"], parameters.get("SecurityToken", ""))
    wanted = rpc_signature(request.method, parameters, key.secret)
    if not hmac.compare_digest(_bytes(parameters["Signature"]), wanted.encode()):
        # Clients of this signature look for the string in the message; the form is that of public samples.
        to_sign = rpc_string_to_sign(request.method, parameters)
        raise ApiError(
            "SignatureDoesNotMatch",
            f"Specified signature is not matched with our calculation. server string to sign is:{to_sign}",
        )
    _check_date(parameters["Timestamp"], now)
    nonces.use(key.access_key_id, parameters["SignatureNonce"], now)
    return key


def rpc_string_to_sign(method: str, parameters: Mapping[str, str]) -> str:
    """Of all parameters, of query and form, but the signature itself."""
    query = "&".join(
        f"{_encoded(key)}={_encoded(value)}" for key, value in sorted(parameters.items()) if key != "Signature"
    )
    return f"{method}&%2F&{_encoded(query)}"


def rpc_signature(method: str, parameters: Mapping[str, str], secret: str) -> str:
    to_sign = rpc_string_to_sign(method, parameters)
    digest = hmac.new(f"{secret}&".encode(), to_sign.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


# Common to both


def _find(credentials: Mapping[str, Credential], access_key_id: str, token: str) -> Credential:
    key = credentials.get(access_key_id)
    if key is None:
        raise ApiError("InvalidAccessKeyId.NotFound")
    if not key.active:
        raise ApiError("InvalidAccessKeyId.Inactive")
    if key.token and not token:
        # unknown: the code for a session's key without its token; the gateway's convention for absence.
        raise missing("SecurityToken")
    # unknown: whether a token with a key that has none, or another key's token, gives this code.
    if not hmac.compare_digest(key.token.encode(), _bytes(token)):
        raise ApiError("InvalidSecurityToken.Malformed")
    return key


def _check_date(text: str, now: float) -> None:
    try:
        moment = calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        raise ApiError("InvalidTimeStamp.Format") from None
    if abs(now - moment) > WINDOW:
        raise ApiError("InvalidTimeStamp.Expired")
