# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decoding of AccessDeniedDetail.EncodedDiagnosticMessage."""

from __future__ import annotations

from ..diagnosis import decode_diagnosis
from ..errors import ApiError, verified
from ..parameters import Param
from ..registry import Body, Call, operation


@operation(
    "ram",
    "DecodeDiagnosticMessage",
    Param("EncodedDiagnosticMessage", True),
    resources=["*"],
    # The code for a damaged message: observed by others; its text is unknown.
    errors=verified("EntityNotExist"),
    source="SDK's models; the operation's page, which lists no codes",
)
def decode_diagnostic_message(call: Call) -> Body:
    """unknown: who besides the refused caller may decode a message. Whoever may call this operation."""
    try:
        return {"DecodedDiagnosticMessage": decode_diagnosis(call["EncodedDiagnosticMessage"])}
    except ValueError:
        raise ApiError("EntityNotExist") from None
