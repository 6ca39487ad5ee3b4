# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests as they go over the wire, with signatures that are made here and not by the emulator's code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

Pairs = list[tuple[str, str]]
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Key:
    id: str
    secret: str
    token: str | None = None


@dataclass
class Message:
    """A request. A test may change it after it was signed."""

    method: str
    path: str
    query: Pairs
    headers: dict[str, str]
    form: Pairs

    @property
    def target(self) -> str:
        return self.path + ("?" + urlencode(self.query) if self.query else "")

    @property
    def body(self) -> bytes:
        return urlencode(self.form).encode()


def encoded(text: str) -> str:
    """Percent-encoding of RFC 3986."""
    return quote(text, safe="~")


def stamp(offset: float = 0) -> str:
    """A time, in seconds from now."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + offset))


def v3(
    key: Key,
    host: str,
    action: str,
    query: Iterable[tuple[str, str]] = (),
    *,
    version: str = "2015-05-01",
    form: Iterable[tuple[str, str]] = (),
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    leave: Iterable[str] = (),
    path: str = "/",
    plain_keys: bool = False,
) -> Message:
    """ACS3-HMAC-SHA256. headers: more of them, signed. leave: names not to sign.

    plain_keys: sign the query's keys as they are, as the Python SDK does.
    """
    message = Message(method, path, list(query), {}, list(form))
    signed = {
        "host": host,
        "accept": "application/json",
        "x-acs-action": action,
        "x-acs-version": version,
        "x-acs-date": stamp(),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": hashlib.sha256(message.body).hexdigest(),
    }
    if form:
        signed["content-type"] = FORM
    if key.token:
        signed["x-acs-security-token"] = key.token
    signed.update(headers or {})
    names = sorted(name for name in signed if name not in leave)
    canonical = "\n".join(
        [
            method,
            path,
            "&".join(
                f"{name if plain_keys else encoded(name)}={encoded(value)}" for name, value in sorted(message.query)
            ),
            "".join(f"{name}:{signed[name]}\n" for name in names),
            ";".join(names),
            signed["x-acs-content-sha256"],
        ]
    )
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    signature = hmac.new(key.secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    signed["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={key.id},SignedHeaders={';'.join(names)},Signature={signature}"
    )
    message.headers = signed
    return message


def rpc(
    key: Key,
    host: str,
    action: str,
    query: Iterable[tuple[str, str]] = (),
    *,
    version: str = "2015-05-01",
    form: Iterable[tuple[str, str]] = (),
    method: str = "GET",
    common: Mapping[str, str] | None = None,
) -> Message:
    """The RPC signature 1.0 with HMAC-SHA1, in the query. common: other values for the protocol's parameters."""
    parameters = {
        "Action": action,
        "Version": version,
        "Format": "JSON",
        "AccessKeyId": key.id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": stamp(),
        **dict(query),
        **(common or {}),
    }
    if key.token:
        parameters["SecurityToken"] = key.token
    signed = {**parameters, **dict(form)}
    text = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in sorted(signed.items()))
    to_sign = f"{method}&{encoded('/')}&{encoded(text)}"
    digest = hmac.new(f"{key.secret}&".encode(), to_sign.encode(), hashlib.sha1).digest()
    parameters["Signature"] = base64.b64encode(digest).decode()
    headers = {"host": host, **({"content-type": FORM} if form else {})}
    return Message(method, "/", list(parameters.items()), headers, list(form))
