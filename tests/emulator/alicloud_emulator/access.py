# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what: the caller's policies, and the refusal that a denied caller gets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .authorize import Decision, Policy, compile_text, evaluate
from .errors import ApiError
from .registry import Call, Caller, Operation
from .store import Account, World, iso


def identity_policies(world: World, caller: Caller) -> list[Policy]:
    """A user's own policies and those of its groups; a session's are its role's."""
    account, key = caller.account, caller.credential
    if key.kind == "user":
        user = account.user(key.name)
        keys = set(user.policies)
        for group in user.groups:
            keys.update(account.groups[group].policies)
    else:
        # unknown: what a session of a deleted role may do. Nothing.
        role = account.roles.get(key.name.lower())
        keys = set(role.policies) if role and role.id == key.role_id else set()
    return [compile_text(world.policy(account, *policy_key).document) for policy_key in keys]


def common_context(now: float, source_ip: str) -> dict[str, str]:
    return {"acs:CurrentTime": iso(now), "acs:SourceIp": source_ip, "acs:SecureTransport": "true"}


def authorise(world: World, caller: Caller, action: str, resources: Iterable[str], context: Mapping[str, str]) -> None:
    """Refuse what the caller's policies do not allow on every one of the resources.

    Source: RAM documentation, "Policy evaluation process": the session policy first, then the identity's.
    """
    key = caller.credential
    if key.kind == "root":
        return
    steps = [("AccountLevelIdentityBasedPolicy", identity_policies(world, caller))]
    if key.policy:
        steps.insert(0, ("SessionPolicy", [compile_text(key.policy)]))
    for resource in resources:
        for policy_type, policies in steps:
            decision = evaluate(policies, action, resource, context)
            if decision is not Decision.ALLOW:
                raise denied(caller, action, policy_type, decision)


def denied(caller: Caller, action: str, policy_type: str, decision: Decision, message: str | None = None) -> ApiError:
    """Keys and values of AccessDeniedDetail: other products' public samples; that RAM sends it is inferred."""
    key = caller.credential
    if key.kind == "user":
        principal, display = "SubUser", caller.account.user(key.name).id
    elif key.kind == "session":
        principal, display = "AssumedRoleUser", f"{key.name}:{key.session_name}"
    else:
        principal, display = "RootUser", key.account_id  # unknown: how the account's own key is called
    return ApiError(
        "NoPermission",
        message,
        detail={
            "AuthAction": action,
            "AuthPrincipalType": principal,
            "AuthPrincipalOwnerId": key.account_id,
            "AuthPrincipalDisplayName": display,
            "PolicyType": policy_type,
            "NoPermissionType": decision.value,
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
