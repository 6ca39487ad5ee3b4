# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The RPC protocol of the APIs: what a request says, and how an answer is written.

Source: RAM documentation, "Request structure", "Common parameters", "Responses"; the SDKs' requests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from .errors import ApiError
from .registry import PRODUCTS, VERSIONS, Body

# Parameters of the protocol, which no operation sees.
COMMON = frozenset(
    (
        "AccessKeyId",
        "Action",
        "Format",
        "RegionId",
        "SecurityToken",
        "Signature",
        "SignatureMethod",
        "SignatureNonce",
        "SignatureType",
        "SignatureVersion",
        "Timestamp",
        "Version",
    )
)

_JSON = json.JSONEncoder(ensure_ascii=False)
# What XML has no way to write.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class Request:
    """One HTTP request, decoded."""

    method: str
    path: str
    query: list[tuple[str, str]]
    form: list[tuple[str, str]]
    headers: Mapping[str, str]  # by lower-case name; several of one name joined by commas
    body: bytes
    source_ip: str
    request_id: str
    parameters: dict[str, str] = field(default_factory=dict)  # of query and form
    operation_parameters: dict[str, str] = field(default_factory=dict)  # those of them that are not the protocol's
    action: str = ""
    version: str = ""
    service: str = ""

    def __post_init__(self) -> None:
        self.merge()

    def merge(self) -> None:
        """Find out what is asked for, from headers, query and form."""
        self.parameters = {**dict(self.query), **dict(self.form)}
        self.operation_parameters = {key: value for key, value in self.parameters.items() if key not in COMMON}
        self.action = self.headers.get("x-acs-action") or self.parameters.get("Action", "")
        self.version = self.headers.get("x-acs-version") or self.parameters.get("Version", "")
        self.service = VERSIONS.get(self.version, "")

    @property
    def wants_xml(self) -> bool:
        """XML is the default; Format=JSON or the accept header asks for JSON."""
        wanted = self.parameters.get("Format", "")
        if wanted:
            return wanted.upper() != "JSON"
        return "application/json" not in self.headers.get("accept", "")


def decode_pairs(text: str | bytes) -> list[tuple[str, str]]:
    """A query string or a form, by the rules of forms (+ is a space)."""
    try:
        if isinstance(text, bytes):
            text = text.decode()
        text.encode()  # aiohttp reads what is not UTF-8 into surrogates
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1000)
    except ValueError:
        raise ApiError("InvalidParameter", "The request is not in UTF-8, or has too many parameters.") from None


def error_body(request: Request, error: ApiError) -> Body:
    """Source of the keys: RAM documentation, "Responses"; Recommend from public samples."""
    body: Body = {
        "RequestId": request.request_id,
        "HostId": request.headers.get("host", ""),
        "Code": error.code,
        "Message": error.message,
        "Recommend": (
            f"https://api.aliyun.com/troubleshoot?q={error.code}"
            f"&product={PRODUCTS.get(request.service, '')}&requestId={request.request_id}"
        ),
    }
    if error.detail:
        body["AccessDeniedDetail"] = error.detail
    return body


def encode(request: Request, body: Body, failed: bool) -> tuple[bytes, str]:
    """The answer's text and content type."""
    if not request.wants_xml:
        # JSON text in parameters can bring surrogates in; here they become the escapes that they came as.
        return _JSON.encode(body).encode("utf-8", "backslashreplace"), "application/json;charset=utf-8"
    root = "Error" if failed else f"{request.action}Response"
    text = f"<?xml version='1.0' encoding='UTF-8'?><{root}>{_xml(body)}</{root}>"
    return _NOT_XML.sub("\ufffd", text).encode(), "text/xml;charset=utf-8"


def _xml(value: Any) -> str:
    """Lists repeat their element, which is why every list of RAM sits under an inner key."""
    if isinstance(value, dict):
        parts = []
        for key, item in value.items():
            for one in item if isinstance(item, list) else [item]:
                parts.append(f"<{key}>{_xml(one)}</{key}>")
        return "".join(parts)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape("" if value is None else str(value))
