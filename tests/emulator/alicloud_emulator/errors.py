# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Error codes with their HTTP statuses and published messages, and how sure each is.

Source of codes, statuses and messages: the RAM API's error list and the operations' own pages. Codes that no page
gives are marked unknown where they are listed.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any


class Mark(enum.Enum):
    """How a fact is known. What is unknown is a guess of this emulator: nothing should be built on it."""

    VERIFIED = "verified"  # a page of the vendor's, the SDK's models, or an observed call says so
    INFERRED = "inferred"  # follows from what is verified
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Fact:
    """An error code that an operation can answer with."""

    code: str
    mark: Mark


Facts = tuple[Fact, ...]


def verified(*codes: str) -> Facts:
    return tuple(Fact(code, Mark.VERIFIED) for code in codes)


def inferred(*codes: str) -> Facts:
    return tuple(Fact(code, Mark.INFERRED) for code in codes)


def unknown(*codes: str) -> Facts:
    return tuple(Fact(code, Mark.UNKNOWN) for code in codes)


# What the gateway answers before an operation is reached. The statuses are inferred, but for the first one's.
PROTOCOL: Facts = (
    verified(
        "InvalidAccessKeyId.NotFound",
        "InvalidAccessKeyId.Inactive",
        "InvalidSecurityToken.Expired",
        "InvalidSecurityToken.Malformed",
        "SignatureDoesNotMatch",
    )
    + inferred("InvalidTimeStamp.Expired", "SignatureNonceUsed")
    + unknown(
        "IncompleteSignature",
        "InvalidAction.NotFound",
        "InvalidParameter",
        "InvalidParameter.SignatureMethod",
        "InvalidParameter.SignatureType",
        "InvalidParameter.SignatureVersion",
        "InvalidTimeStamp.Format",
        "InvalidVersion",
        "MissingAccessKeyId",
        "MissingSecurityToken",
        "MissingSignature",
        "MissingSignatureNonce",
        "MissingTimestamp",
        "Missingx-acs-content-sha256",
        "Missingx-acs-date",
        "Missingx-acs-signature-nonce",
        "UnsupportedHTTPMethod",
        "UnsupportedParameter",
    )
)

# The status of a family of codes; an entry of MESSAGES may override it.
_STATUSES = {
    "DeleteConflict": 409,
    "EntityAlreadyExists": 409,
    "EntityNotExist": 404,
    "IncompleteSignature": 400,
    "InternalError": 500,
    "InvalidAccessKeyId": 400,
    "InvalidAction": 404,
    "InvalidParameter": 400,
    "InvalidSecurityToken": 400,
    "InvalidTimeStamp": 400,
    "InvalidVersion": 400,
    "LimitExceeded": 409,
    "MalformedPolicyDocument": 400,
    "NoPermission": 403,
    "OperationDenied": 403,
    "ResourceDirectoryNotInUse": 404,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 400,
    "SignatureNonceUsed": 400,
    "Throttling": 400,
    "UnsupportedHTTPMethod": 405,
    "UnsupportedParameter": 400,
}

MESSAGES: dict[str, str] = {
    "DeleteConflict.Group.Policy": "The entity CAN NOT has any attached policy while deleting the group.",
    "DeleteConflict.Group.User": "The group CAN NOT has any user member while deleting the group.",
    "DeleteConflict.Policy.Group": "The policy CAN NOT been attached to any group while deleting the policy.",
    "DeleteConflict.Policy.Role": "The policy cannot be attached to any role when you delete it.",
    "DeleteConflict.Policy.User": "The policy CAN NOT been attached to any user while deleting the policy.",
    "DeleteConflict.Policy.Version": "The policy CAN NOT has any version except the default version.",
    "DeleteConflict.Policy.Version.Default": "The default policy version CAN NOT been deleted directly.",
    "DeleteConflict.Role.Policy": "The role CAN NOT has any attached policy while deleting the role.",
    "DeleteConflict.User.AccessKey": "The user CAN NOT has any access key while deleting the user.",
    "DeleteConflict.User.Group": "The user CAN NOT be in any group while deleting the user.",
    "DeleteConflict.User.Policy": "The user CAN NOT has any attached policy while deleting the user.",
    "EntityAlreadyExists.AccountAlias": "The account alias does already exist.",
    "EntityAlreadyExists.Group": "The group does already EXIST.",
    "EntityAlreadyExists.Group.Policy": "The group has already been attached this policy.",
    # The published message does name the group.
    "EntityAlreadyExists.Policy": "The group does already EXIST.",
    "EntityAlreadyExists.Role": "The role already exists.",
    "EntityAlreadyExists.Role.Policy": "The role has already been attached this policy.",
    "EntityAlreadyExists.User": "The user does already EXIST.",
    "EntityAlreadyExists.User.Group": "The user has already joined the group.",
    "EntityAlreadyExists.User.Policy": "The user has already been attached this policy.",
    "EntityNotExist.Group": "The group does not exist.",
    "EntityNotExist.Group.Policy": "The indicate policy attached to the group does not exist.",
    "EntityNotExist.Policy": "The policy does not exist.",
    "EntityNotExist.Policy.Version": "The policy version does not exist.",
    "EntityNotExist.Role": "The role does not exist.",
    "EntityNotExist.Role.Policy": "The indicate policy of the role does not exist.",
    "EntityNotExist.Service": "The service does not exist.",
    "EntityNotExist.ServiceLinkedRole": "This role exists but is not a Service Linked Role.",
    "EntityNotExist.ServiceLinkedRole.DeletionTask": "The deletion task does not exist.",
    "EntityNotExist.User": "The user does not exist.",
    "EntityNotExist.User.AccessKey": "The user access key does not exist.",
    "EntityNotExist.User.Group": "The user has not joined the group.",
    "EntityNotExist.User.Policy": "The indicate policy of the user does not exist.",
    # unknown: the messages of these two.
    "EntityNotExists.Folder": "The folder does not exist.",
    "EntityNotExists.ResourceDirectory": "The resource directory does not exist.",
    # unknown: the gateway's convention for a required signed header that is absent or not signed.
    "IncompleteSignature": "The request signature does not conform to Aliyun standards.",
    "InternalError": "An internal error occurred.",
    "InvalidAccessKeyId.Inactive": "Specified access key is disabled.",
    "InvalidAccessKeyId.NotFound": "Specified access key is not found.",
    # unknown: code and status for an operation that does not exist; the gateway's convention.
    "InvalidAction.NotFound": "Specified api is not found, please check your url and method.",
    "InvalidParameter.AccountAlias.Format": 'The format of parameter - "AccountAlias" is incorrect.',
    "InvalidParameter.AccountAlias.Length": 'The parameter - "AccountAlias" MUST be in the range of 3 and 63.',
    "InvalidParameter.CustomSuffix.NotAllowed": "Custom suffix is not allowed for this service linked role.",
    "InvalidParameter.DeletionTaskId": "The specified deletion task ID is invalid.",
    "InvalidParameter.Description.NotAllowed": "Custom description is not allowed for default service linked role.",
    "InvalidParameter.DurationSeconds": "The specified DurationSeconds is out of range.",
    "InvalidParameter.PolicyGrammar": "The parameter Policy has not passed grammar check.",
    "InvalidParameter.PolicySize": "The specified policy is too long.",
    "InvalidParameter.PolicyType": 'The parameter - "PolicyType" is incorrect.',
    "InvalidParameter.RoleArn": "The parameter RoleArn is wrongly formed.",
    "InvalidParameter.RoleSessionName": "The parameter RoleSessionName is wrongly formed.",
    "InvalidSecurityToken.Expired": "Specified SecurityToken is expired.",
    "InvalidSecurityToken.Malformed": "Specified SecurityToken is malformed.",
    "InvalidTimeStamp.Expired": "Specified time stamp or date value is expired.",
    # unknown: the code for a date that cannot be read; the gateway's convention.
    "InvalidTimeStamp.Format": "Specified time stamp or date value is not well formatted.",
    # unknown: the code for an API version that does not exist; the gateway's convention.
    "InvalidVersion": "Specified parameter Version is not valid.",
    "LimitExceeded.Group": "The count of groups beyond the current limits.",
    "LimitExceeded.Group.Policy": "The policy count of the group beyond the current limits.",
    "LimitExceeded.Policy": "The count of policy beyond the current limits.",
    "LimitExceeded.Policy.Version": "The count of policy version beyond the current limits.",
    "LimitExceeded.Role": "The count of roles beyond the current limits.",
    "LimitExceeded.Role.Policy": "The count of policies attached to the role beyond the current limits.",
    # unknown: code and message for too many tags on one resource.
    "LimitExceeded.Tag": "The count of tags beyond the current limits.",
    "LimitExceeded.User": "The count of users beyond the current limits.",
    "LimitExceeded.User.AccessKey": "The access key count of the user access keys beyond the current limits.",
    "LimitExceeded.User.Group": "The count of groups the target user joined beyond the current limits.",
    "LimitExceeded.User.Policy": "The policy count of the user attached policies beyond the current limits.",
    "NoPermission": "You are not authorized to do this action.",
    # unknown: what DeleteRole, AttachPolicyToRole and DetachPolicyFromRole answer for a service-linked role.
    "OperationDenied.ServiceLinkedRole": "The operation is not allowed on a service linked role.",
    "ResourceDirectoryNotInUse": "The specified account is not an Alibaba Cloud account or a member account of the resource directory.",
    "ServiceUnavailable": "The request has failed due to a temporary failure of the server.",
    "SignatureDoesNotMatch": "Specified signature is not matched with our calculation. Please refer to the signature rules.",
    "SignatureNonceUsed": "Specified signature nonce was used already.",
    "Throttling": "Request was denied due to request throttling.",
    "Throttling.Api": "Request was denied due to api flow control.",
    "Throttling.User": "Request was denied due to user flow control.",
    "UnsupportedHTTPMethod": "This HTTP method is not supported.",
}


class ApiError(Exception):
    """A refusal, as the service sends it."""

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        status: int | None = None,
        detail: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.code = code
        self.status = status or status_of(code)
        self.message = message or MESSAGES.get(code) or _generic_message(code)
        self.detail = detail
        self.headers = headers or {}
        super().__init__(f"{self.status} {self.code}: {self.message}")


def status_of(code: str) -> int:
    if code == "InvalidAccessKeyId.NotFound":
        return 404
    if code.startswith("EntityNotExist"):
        return 404
    if code.startswith("Missing"):
        return 400
    return _STATUSES.get(code.split(".", 1)[0], 400)


def _generic_message(code: str) -> str:
    """The wording that the RAM error list uses for every parameter."""
    parts = code.split(".")
    if parts[0] == "InvalidParameter" and len(parts) >= 2:
        if parts[-1] == "InvalidChars":
            return f'The parameter - "{parts[1]}" contains invalid chars.'
        if parts[-1] == "Length":
            return f'The parameter - "{parts[1]}" beyond the length limit.'
        if parts[-1] == "Format":
            return f'The format of the parameter - "{parts[1]}" is incorrect.'
        return f'The parameter - "{parts[1]}" is invalid.'
    return code


def missing(name: str) -> ApiError:
    """An absent required parameter.

    unknown: RAM's code for it. The gateway's convention is Missing<Name>.
    """
    return ApiError(f"Missing{name}", f"{name} is mandatory for this action.")
