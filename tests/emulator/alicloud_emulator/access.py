# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what: the caller's policies, and the refusal that a denied caller gets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from .authorize import Decision, compile_text, evaluate
from .diagnosis import encode_diagnosis
from .errors import ApiError
from .registry import Body, Call, Caller, Operation
from .store import Account, Policy, World, iso

# Source of these and of the decoded message's other values: DecodeDiagnosticMessage's page.
_IDENTITY, _SESSION = "AccountLevelIdentityBasedPolicy", "SessionPolicy"


def _held_policies(world: World, caller: Caller) -> Iterator[tuple[str, Policy]]:
    """A user's own policies and those of its groups, or the role's of a session, each with who holds it."""
    account, key = caller.account, caller.credential
    if key.kind == "user":
        user = account.user(key.name)
        holders = [("RamUser", user.policies), *(("RamGroup", account.groups[name].policies) for name in user.groups)]
    else:
        # unknown: what a session of a deleted role may do. Nothing.
        role = account.roles.get(key.name.lower())
        holders = [("RamRole", role.policies)] if role and role.id == key.role_id else []
    for holder, policy_keys in holders:
        for policy_key in policy_keys:
            yield holder, world.policy(account, *policy_key)


def common_context(now: float, source_ip: str) -> dict[str, str]:
    """The keys that every call carries. acs:MFAPresent tells of a logon, and calls by key have none (inferred)."""
    return {"acs:CurrentTime": iso(now), "acs:SourceIp": source_ip, "acs:SecureTransport": "true"}


def authorise(world: World, caller: Caller, action: str, resources: Iterable[str], context: Mapping[str, str]) -> None:
    """Refuse what the caller's policies do not allow on every one of the resources.

    Source: RAM documentation, "Policy evaluation process": the session policy first, then the identity's.
    """
    key = caller.credential
    if key.kind == "root":
        return
    held = list(_held_policies(world, caller))
    steps = [(_IDENTITY, [compile_text(policy.document) for dummy, policy in held])]
    if key.policy:
        steps.insert(0, (_SESSION, [compile_text(key.policy)]))
    for resource in resources:
        for policy_type, policies in steps:
            decision = evaluate(policies, action, resource, context)
            if decision is Decision.ALLOW:
                continue
            matched: list[Body] = []
            if policy_type == _IDENTITY:
                for (holder, policy), statements in zip(held, policies):
                    own = evaluate([statements], action, resource, context)
                    if own is not Decision.IMPLICIT_DENY:
                        matched.append(_matched(holder, policy, own))
            raise denied(caller, action, policy_type, decision, resource=resource, context=context, matched=matched)


def _matched(holder: str, policy: Policy, decision: Decision) -> Body:
    body = {
        "PolicyIdentifier": policy.name,
        "PolicyType": policy.type,
        "AttachedEntityType": holder,
        "AttachedScope": "Account",
        "Effect": "Allow" if decision is Decision.ALLOW else "Deny",
    }
    if policy.type == "Custom":
        body["PolicyVersion"] = policy.default
    return body


def denied(
    caller: Caller,
    action: str,
    policy_type: str,
    decision: Decision,
    message: str | None = None,
    *,
    resource: str = "*",
    context: Mapping[str, str] | None = None,
    matched: Iterable[Body] = (),
) -> ApiError:
    """Keys and values of AccessDeniedDetail: other products' public samples; that RAM sends it is inferred."""
    key = caller.credential
    if key.kind == "user":
        principal, display = "SubUser", caller.account.user(key.name).id
    else:
        principal, display = "AssumedRoleUser", f"{key.name}:{key.session_name}"
    who = {
        "AuthPrincipalType": principal,
        "AuthPrincipalOwnerId": key.account_id,
        "AuthPrincipalDisplayName": display,
    }
    diagnosis = {
        "AuthAction": action,
        "AuthResource": resource,
        "AuthPrincipal": who,
        "AuthConditions": [
            {"ConditionKey": name, "ConditionValues": [value]} for name, value in sorted((context or {}).items())
        ],
        "ExplicitDeny": decision is Decision.EXPLICIT_DENY,
        "NoPermissionPolicyType": policy_type,
        "MatchedPolicies": list(matched),
    }
    return ApiError(
        "NoPermission",
        message,
        detail={
            "AuthAction": action,
            **who,
            "PolicyType": policy_type,
            "NoPermissionType": decision.value,
            "EncodedDiagnosticMessage": encode_diagnosis(diagnosis),
        },
    )


def authorise_call(call: Call, operation: Operation) -> None:
    """Decide a call by its operation's action and resources."""
    if operation.action is None or call.caller.credential.kind == "root":
        return
    context = common_context(call.now, call.source_ip)
    if operation.context:
        context.update(operation.context(call))
    code = operation.action.split(":", 1)[0]
    resources = []
    for template in operation.resources:
        for name in [template] if isinstance(template, str) else template(call):
            if name == "{SerialNumber}":  # which is the device's ARN
                resources.append(call.raw.get("SerialNumber", ""))
                continue
            owner, relative = _expand(call, name)
            resources.append(f"acs:{code}:*:{owner}:{relative}")
    authorise(call.world, call.caller, operation.action, resources, context)


def _expand(call: Call, template: str) -> tuple[str, str]:
    """The owner and the relative name of the resource that a template stands for."""
    account, raw = call.account, call.raw
    kind, slash, name = template.partition("/")
    # Source: the operations' pages give acs:ram:*:system:policy/<name> for system policies.
    owner = "system" if name == "{PolicyName}" and raw.get("PolicyType") == "System" else account.id
    name = re.sub(r"{(\w+)}", lambda found: raw.get(found[1], ""), name)
    return owner, kind + slash + (_role_name(account, name) if kind == "role" else name)


def _role_name(account: Account, name: str) -> str:
    """A role's name as it is written, since resources are compared with regard to case and role names are not."""
    role = account.roles.get(name.lower())
    return role.name if role else name
