# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a refused caller may learn of the refusal: AccessDeniedDetail.EncodedDiagnosticMessage, sealed and opened."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import zlib

from .registry import Body

_KEY = secrets.token_bytes(32)  # a message is good in the process that wrote it
_SEAL = 32  # bytes before the compressed JSON


def _seal(packed: bytes) -> bytes:
    return hmac.new(_KEY, packed, hashlib.sha256).digest()


def encode_diagnosis(diagnosis: Body) -> str:
    """The opaque text for DecodedDiagnosticMessage."""
    packed = zlib.compress(json.dumps(diagnosis).encode())
    return base64.b64encode(_seal(packed) + packed).decode()


def decode_diagnosis(text: str) -> Body:
    """What encode_diagnosis was given; raises ValueError for any other text."""
    sealed = base64.b64decode(text, validate=True)
    packed = sealed[_SEAL:]
    if not hmac.compare_digest(_seal(packed), sealed[:_SEAL]):
        raise ValueError("not a message of this emulator")
    found: Body = json.loads(zlib.decompress(packed))
    return found
