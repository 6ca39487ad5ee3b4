# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is taken out of messages, and what is not."""

from __future__ import annotations

import copy
import inspect

import pytest

from alicloud_emulator import errors
from alicloud_emulator.server import OPERATIONS
from ansible_collections.alicloud.ram.plugins.module_utils._errors import RamError, redact_patterns

# What the pages of RAM, STS and other services say, beside what the emulator answers.
PUBLISHED = {
    "NoPermission": [
        "You are not authorized to do this action. You should be authorized by RAM.",
        "You are not authorized to do this action. Resource: acs:ram:*:1000000000000001:role/* Action: ram:CreateRole",
        "No permission perform sts:AssumeRole on this Role. Maybe you are not authorized to perform sts:AssumeRole or the "
        "specified role does not trust you",
        "Roles may not be assumed by root accounts.",
    ],
    "MissingSecurityToken": ["SecurityToken is mandatory for this action."],
    "InvalidSecurityToken.Expired": ["Specified SecurityToken is expired."],
    "InvalidSecurityToken.Malformed": ["Specified SecurityToken is malformed."],
    "InvalidAccessKeyId.Inactive": ["Specified access key is disabled."],
    "SignatureDoesNotMatch": [
        "Specified signature is not matched with our calculation.",
        "The request signature we calculated does not match the signature you provided.",
    ],
    "IncompleteSignature": ["The request signature does not conform to Aliyun standards."],
    "InvalidParameter": [
        'The format of the parameter - "Password" is incorrect.',
        "The parameter SecurityToken is invalid.",
    ],
    "Inactive": ["Your ram service is inactive, please activate it."],
    "EntityNotExist.Role": ["The specified Role not exists."],
    "EntityNotExist.User.MFADevice": ["The user has not bound any MFA device."],
    "DeleteConflict": ["Service-Linked Role acs:ram::1:role/x cannot be deleted as it is in use by y."],
}


def documented() -> list[tuple[str, str]]:
    """Code and message of every error that the API is known to answer with."""
    found = [(code, message) for code, messages in PUBLISHED.items() for message in messages]
    found += errors.MESSAGES.items()
    codes = {fact.code for operation in OPERATIONS.values() for fact in operation.errors}
    codes |= {fact.code for fact in errors.PROTOCOL}
    found += [(code, errors.ApiError(code).message) for code in sorted(codes)]
    found += [(code, errors.missing(code[len("Missing") :]).message) for code in codes if code.startswith("Missing")]
    return sorted(set(found))


def test_documented_messages_are_left_as_they_are() -> None:
    found = documented()
    assert len(found) > 150
    for code, message in found:
        for text in (message, f"{code}: {message}", f"X failed: {code}: {message} (HTTP 400, request ID 1-A)."):
            assert redact_patterns(text) == text


# By the names that secrets go by, and by how these and their values are written.
NAMES = ("AccessKeySecret", "access_key_secret", "SecurityToken", "x-acs-security-token", "access_token", "password",
         "Signature", "OIDCToken", "refresh_token", "client_secret", "sts_token")  # fmt: skip
FORMS = ("{0}={1}", "{0}: {1}", '"{0}": "{1}"', "'{0}': '{1}'", "<{0}>{1}</{0}>", "{0}%3D{1}", "{0} is '{1}'", "{0} is {1}",
         'The {0} is "{1}".', '{{\\"{0}\\": \\"{1}\\"}}', "a=b&{0}={1}&c=d", "{0} = {1}, and more")  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_secrets_are_taken_out(name: str, form: str) -> None:
    for value in ("canary7", "LTAI5tcanary0123456789", "CAIS/canary+1==", "wJ4canary"):
        shown = redact_patterns(f"Before. {form.format(name, value)} After.")
        assert "canary" not in shown and "***" in shown and shown.startswith("Before. ") and "After." in shown


def subclasses(of: type[RamError]) -> list[type[RamError]]:
    return [of, *(one for direct in of.__subclasses__() for one in subclasses(direct))]


@pytest.mark.parametrize("kind", subclasses(RamError))
def test_a_copy_is_an_error_of_its_own(kind: type[RamError]) -> None:
    required = list(inspect.signature(kind).parameters.values())[1:]
    given = {one.name: 7 for one in required if one.default is one.empty and one.kind is not one.VAR_KEYWORD}
    error = kind("it failed", **given)
    error.warnings.append("before")
    other = copy.copy(error)
    assert type(other) is kind and str(other) == "it failed" and vars(other) == vars(error)
    other.warnings.append("after")
    other.details["more"] = 1
    other.message = "another"
    assert (error.message, error.warnings) == ("it failed", ["before"]) and "more" not in error.details
