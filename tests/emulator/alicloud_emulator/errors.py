# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Error codes with their HTTP statuses and published messages.

Source of codes, statuses and messages: the RAM API's error list and the operations' own pages. Codes that no page
gives are marked unknown where they are listed.
"""

from __future__ import annotations

from typing import Any

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
    "DeleteConflict.Group.Policy": "The group has policies attached to it.",
    "DeleteConflict.Group.User": "The group has users in it.",
    "DeleteConflict.Policy.Group": "The policy is attached to one or more groups.",
    "DeleteConflict.Policy.Role": "The policy is attached to one or more roles.",
    "DeleteConflict.Policy.User": "The policy is attached to one or more users.",
    "DeleteConflict.Policy.Version": "The policy has versions that are not the default version.",
    "DeleteConflict.Policy.Version.Default": "The default version of a policy cannot be deleted.",
    "DeleteConflict.Role.Policy": "The role has policies attached to it.",
    "DeleteConflict.User.AccessKey": "The user has access keys.",
    "DeleteConflict.User.Group": "The user is a member of one or more groups.",
    "DeleteConflict.User.Policy": "The user has policies attached to it.",
    "EntityAlreadyExists.Group": "The group already exists.",
    "EntityAlreadyExists.Group.Policy": "The group has already been attached this policy.",
    # The published message does name the group.
    "EntityAlreadyExists.Policy": "The group does already EXIST.",
    "EntityAlreadyExists.Role": "The role already exists.",
    "EntityAlreadyExists.Role.Policy": "The role has already been attached this policy.",
    "EntityAlreadyExists.User": "The user already exists.",
    "EntityAlreadyExists.User.Group": "The user is already in the group.",
    "EntityAlreadyExists.User.Policy": "The user has already been attached this policy.",
    "EntityNotExist.Group": "The group does not exist.",
    "EntityNotExist.Group.Policy": "The indicate policy of the group does not exist.",
    "EntityNotExist.Policy": "The policy does not exist.",
    "EntityNotExist.Policy.Version": "The policy version does not exist.",
    "EntityNotExist.Role": "The role does not exist.",
    "EntityNotExist.Role.Policy": "The indicate policy of the role does not exist.",
    "EntityNotExist.Service": "The service does not exist.",
    "EntityNotExist.ServiceLinkedRole": "This role exists but is not a Service Linked Role.",
    "EntityNotExist.ServiceLinkedRole.DeletionTask": "The deletion task does not exist.",
    "EntityNotExist.User": "The user does not exist.",
    "EntityNotExist.User.Group": "The user is not in the group.",
    "EntityNotExist.User.Policy": "The indicate policy of the user does not exist.",
    # unknown: that the code exists for a folder; Resource Directory's convention.
    "EntityNotExists.ResourceFolder": "The resource folder does not exist.",
    # unknown: the gateway's convention for a required signed header that is absent or not signed.
    "IncompleteSignature": "The request signature does not conform to Aliyun standards.",
    "InternalError": "An internal error occurred.",
    "InvalidAccessKeyId.NotFound": "Specified access key is not found.",
    # unknown: code and status for an operation that does not exist; the gateway's convention.
    "InvalidAction.NotFound": "Specified api is not found, please check your url and method.",
    "InvalidParameter.CustomSuffix.NotAllowed": "Custom suffix is not allowed for this service linked role.",
    "InvalidParameter.DeletionTaskId": "The specified deletion task ID is invalid.",
    "InvalidParameter.Description.NotAllowed": "Custom description is not allowed for default service linked role.",
    "InvalidParameter.DurationSeconds": "The specified DurationSeconds is out of range.",
    "InvalidParameter.PolicyGrammar": "The specified policy is not in correct grammar.",
    "InvalidParameter.PolicySize": "The specified policy is too long.",
    "InvalidParameter.RoleArn": "The specified RoleArn is invalid.",
    "InvalidParameter.RoleSessionName": "The specified RoleSessionName is invalid.",
    "InvalidSecurityToken.Expired": "Specified SecurityToken is expired.",
    "InvalidSecurityToken.Malformed": "Specified SecurityToken is malformed.",
    "InvalidTimeStamp.Expired": "Specified time stamp or date value is expired.",
    # unknown: the code for a date that cannot be read; the gateway's convention.
    "InvalidTimeStamp.Format": "Specified time stamp or date value is not well formatted.",
    # unknown: the code for an API version that does not exist; the gateway's convention.
    "InvalidVersion": "Specified parameter Version is not valid.",
    "LimitExceeded.Group": "The count of groups beyond the current limits.",
    "LimitExceeded.Group.Policy": "The policy count of the group attached policies beyond the current limits.",
    "LimitExceeded.Policy": "The count of policies beyond the current limits.",
    "LimitExceeded.Policy.Version": "The count of policy version beyond the current limits.",
    "LimitExceeded.Role": "The count of roles beyond the current limits.",
    "LimitExceeded.Role.Policy": "The policy count of the role attached policies beyond the current limits.",
    # unknown: code and message for too many tags on one resource.
    "LimitExceeded.Tag": "The count of tags beyond the current limits.",
    "LimitExceeded.User": "The count of users beyond the current limits.",
    "LimitExceeded.User.Group": "The count of groups the user joined beyond the current limits.",
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
        self.status = status or _status(code)
        self.message = message or MESSAGES.get(code) or _generic_message(code)
        self.detail = detail
        self.headers = headers or {}
        super().__init__(f"{self.status} {self.code}: {self.message}")


def _status(code: str) -> int:
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
        return f'The parameter - "{parts[1]}" is invalid.'
    return code


def missing(name: str) -> ApiError:
    """An absent required parameter.

    unknown: RAM's code for it. The gateway's convention is Missing<Name>.
    """
    return ApiError(f"Missing{name}", f"{name} is mandatory for this action.")
