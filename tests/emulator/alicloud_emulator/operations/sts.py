# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""STS: GetCallerIdentity and AssumeRole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..access import authorise, common_context, denied
from ..authorize import Decision, Policy, compile_text, evaluate
from ..documents import DocumentError, check_policy
from ..errors import ApiError, Mark, verified
from ..parameters import Integer, Param, Text
from ..registry import Body, Call, Caller, operation
from ..store import Credential, Role, iso, random_text

_ACTION = "sts:AssumeRole"
_MESSAGE = "You are not authorized to do this action. You should be authorized by RAM."


@operation("sts", "GetCallerIdentity", free=True)
def get_caller_identity(call: Call) -> Body:
    """Source: the operation's page; the identity types are those it lists."""
    caller, key = call.caller, call.caller.credential
    body: Body = {"AccountId": key.account_id, "Arn": caller.arn}
    if key.kind == "root":
        # Source: the page says that UserId is not returned for an account's owner.
        return {**body, "IdentityType": "Account", "PrincipalId": key.account_id}
    if key.kind == "user":
        user = caller.account.user(key.name)
        return {**body, "IdentityType": "RAMUser", "PrincipalId": user.id, "UserId": user.id}
    # inferred, from transcripts of the CLI: the Arn says assumed-role where AssumedRoleUser's says role.
    # unknown: the PrincipalId. That of AssumedRoleUser.
    return {
        **body,
        "Arn": caller.arn.replace(":role/", ":assumed-role/", 1),
        "IdentityType": "AssumedRoleUser",
        "PrincipalId": f"{key.role_id}:{key.session_name}",
        "RoleId": key.role_id,
    }


@operation(
    "sts",
    "AssumeRole",
    Param("RoleArn", True),
    Text(
        "RoleSessionName",
        True,
        low=2,
        high=64,
        pattern="[A-Za-z0-9.@_-]+",
        code="InvalidParameter.RoleSessionName",
    ),
    Integer("DurationSeconds", default=3600, low=900, high=43200, mark=Mark.VERIFIED),
    Text("Policy", high=2048, code="InvalidParameter.PolicySize"),
    # unknown: the code for a bad ExternalId, and the limits of SourceIdentity.
    Text(
        "ExternalId", low=2, high=1224, pattern=r"[\w+=,.@:/-]*", code="InvalidParameter.ExternalId", mark=Mark.UNKNOWN
    ),
    Param("SourceIdentity"),
    free=True,
    errors=verified(
        "EntityNotExist.Role",
        "InvalidParameter.PolicyGrammar",
        "InvalidParameter.RoleArn",
        "NoPermission",
    ),
)
def assume_role(call: Call) -> Body:
    """Needs the caller's permission on the role, and the role's trust in the caller."""
    found = re.fullmatch(r"acs:ram::([0-9]{16}):role/([A-Za-z0-9._-]{1,64})", call["RoleArn"])
    if not found:
        raise ApiError("InvalidParameter.RoleArn")
    account_id, role_name = found.groups()
    if call["Policy"] is not None:
        try:
            check_policy(call["Policy"])
        except DocumentError:
            raise ApiError("InvalidParameter.PolicyGrammar") from None
    if call.caller.credential.kind == "root":
        # Source: FAQ about RAM roles and STS tokens: never with the account's own key.
        # Source of the message: OSS's list of STS errors. unknown: the detail, so none is given.
        raise ApiError("NoPermission", "Roles may not be assumed by root accounts.")
    account = call.world.accounts.get(account_id)
    account = call.world.view(account, call.now) if account else None
    role = account.roles.get(role_name.lower()) if account else None
    name = role.name if role else role_name
    try:
        authorise(
            call.world,
            call.caller,
            _ACTION,
            [f"acs:ram::{account_id}:role/{name}"],
            common_context(call.now, call.source_ip),
        )
    except ApiError as refusal:
        raise ApiError(refusal.code, _MESSAGE, detail=refusal.detail) from None
    if role is None:
        raise ApiError("EntityNotExist.Role", "The specified Role not exists.")
    _check_trust(call, role)
    duration = call["DurationSeconds"]
    if duration > role.max_session_duration:
        raise ApiError("InvalidParameter.DurationSeconds")
    key = Credential(
        access_key_id=f"STS.{random_text(24)}",
        secret=random_text(44),
        account_id=account_id,
        kind="session",
        name=role.name,
        role_id=role.id,
        session_name=call["RoleSessionName"],
        token=f"CAIS{random_text(120)}",
        expires=float(int(call.now) + duration),
        policy=call["Policy"],
        source_identity=call["SourceIdentity"] or "",
    )
    call.world.issue_session(key, call.now)
    body: Body = {
        "Credentials": {
            "AccessKeyId": key.access_key_id,
            "AccessKeySecret": key.secret,
            "SecurityToken": key.token,
            "Expiration": iso(key.expires),
        },
        "AssumedRoleUser": {
            "Arn": f"acs:ram::{account_id}:role/{role.name}/{key.session_name}",
            "AssumedRoleId": f"{role.id}:{key.session_name}",
        },
    }
    if call["SourceIdentity"]:
        body["SourceIdentity"] = call["SourceIdentity"]
    return body


def _check_trust(call: Call, role: Role) -> None:
    """The statements of the trust policy that name the caller decide."""
    names = set(_names(call.caller))
    trusted: Policy = tuple(
        statement
        for statement in compile_text(role.trust_policy)
        if any(kind == "RAM" and value in names for kind, value in statement.principals)
    )
    context = common_context(call.now, call.source_ip)
    if call["ExternalId"] is not None:
        context["sts:ExternalId"] = call["ExternalId"]
    decision = evaluate([trusted], _ACTION, None, context)
    if decision is not Decision.ALLOW:
        raise denied(
            call.caller, _ACTION, "AssumeRolePolicy", decision, _MESSAGE, resource=call["RoleArn"], context=context
        )


def _names(caller: Caller) -> Iterator[str]:
    """How a trust policy may name the caller: its account, itself or, for a session, its role.

    A role's ARN may be written in lower case, as the samples of service-linked roles are (inferred).
    """
    key = caller.credential
    yield f"acs:ram::{key.account_id}:root"
    if key.kind == "user":
        yield caller.arn
    elif key.kind == "session":
        yield f"acs:ram::{key.account_id}:role/{key.name}"
        yield f"acs:ram::{key.account_id}:role/{key.name.lower()}"
