# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users, groups and roles may do: their policies are read, and evaluated as ``_policy.evaluate`` describes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Callable, TypeVar

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api, required
from ansible_collections.alicloud.ram.plugins.module_utils._engine.observe import Reads
from ansible_collections.alicloud.ram.plugins.module_utils._engine.placeholders import substituted
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ApiError, DeclarationError, quote
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._policy.evaluate import (
    Answer,
    Decision,
    Held,
    Match,
    Request,
    evaluate,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import (
    PolicyRef,
    Principal,
    groups_of,
    resource_group_grants,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    concurrently,
    read_or_none,
)

_T = TypeVar("_T")

NOT_READ = ("control policies of the resource directory",)
"""What can deny, and is never read here."""

REQUEST_SPEC: dict[str, Any] = {
    "actions": {"type": "list", "elements": "str", "required": True},
    "resources": {"type": "list", "elements": "str", "required": True},
    "context": {"type": "dict", "default": {}},
}
"""The options that say what is evaluated."""

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")


def checked_requests(params: Mapping[str, Any], where: str = "") -> Callable[[Mapping[str, str]], list[Request]]:
    """Check the options of REQUEST_SPEC. Return the function that gives the requests for an account's variables.

    Both raise DeclarationError, which names the option; ``where`` is the prefix of its messages.
    """
    for option in ("actions", "resources"):
        if not params[option]:
            raise DeclarationError(f"{where}{option}: the list is empty, so there is nothing to evaluate.")
    for action in params["actions"]:
        if not _ACTION.fullmatch(action):
            raise DeclarationError(
                f"{where}actions: {quote(action)} is not one action; write <service code>:<action>, such as "
                "ram:CreateServiceLinkedRole."
            )
    context = {str(key): _value_of(key, value, where) for key, value in (params["context"] or {}).items()}

    def requests(variables: Mapping[str, str]) -> list[Request]:
        resources = substituted(params["resources"], variables, f"{where}resources: ")
        for text in resources:
            if text != "*" and not text.startswith("acs:"):
                raise DeclarationError(
                    f"{where}resources: {quote(text)} is not a resource; write its ARN, such as "
                    "acs:ram:*:${account_id}:role/*, or *."
                )
        return [Request(action, resource, context) for action in params["actions"] for resource in resources]

    return requests


def _value_of(key: Any, value: Any, where: str) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, (str, int, float)):
        return None if value is None else str(value)
    raise DeclarationError(
        f"{where}context: the value of {quote(key)} is {quote(value)}, where a text, a number or null belongs."
    )


async def access_of(api: Api, principals: Sequence[Principal], requests: Sequence[Request]) -> list[dict[str, Any]]:
    """Return, for each principal and request, the decision as plain data. Raises RamError.

    Policies that the caller may not read make the answers undetermined.
    """
    return decisions(principals, await policies_of(api, *principals), requests)


def decisions(
    principals: Sequence[Principal], policies: Sequence[Sequence[Held] | None], requests: Sequence[Request]
) -> list[dict[str, Any]]:
    """Return the same for policies that were read, see ``policies_of``."""
    found = []
    for principal, held in zip(principals, policies):
        for request in requests:
            about = {
                "principal_type": principal.kind,
                "principal_name": principal.name,
                "action": request.action,
                "resource": request.resource,
                "exists": held is not None,
            }
            found.append({**about, **described(request, _answer(request, held))})
    return found


async def policies_of(api: Any, *principals: Principal) -> list[list[Held] | None]:
    """Return the policies of each principal, those of a user's groups among them; None if it does not exist.

    What the caller may not read is among them as a policy that says why. Raises RamError. Source: ListPoliciesForUser,
    ListPoliciesForGroup, ListPoliciesForRole, ListGroupsForUser, ListPolicyAttachments, GetPolicy.
    """
    reads = Reads(api)
    kinds = {principal.kind for principal in principals}
    kinds |= {"group"} if "user" in kinds else set()
    grants = await readable(resource_group_grants(reads, *sorted(kinds)), "the grants in resource groups")
    return await concurrently(*(_policies_of(reads, principal, grants) for principal in principals))


def _answer(request: Request, held: Sequence[Held] | None) -> Answer:
    answer = evaluate(request, held or ())
    service, _colon, action = request.action.lower().partition(":")
    doubt = ""
    if answer.decision is Decision.ALLOWED and (service, action) == ("sts", "assumerole"):
        doubt = "the trust policy of the role must allow it, too, and was not read"
    if answer.decision is Decision.ALLOWED and service == "oss":
        doubt = "a bucket policy may deny it, and was not read"
    if answer.decision is Decision.DENIED and not answer.is_explicit and service == "oss" and held is not None:
        doubt = "a bucket policy may allow it, and was not read"
    return replace(answer, decision=Decision.UNDETERMINED, reasons=(doubt,)) if doubt else answer


def described(request: Request, answer: Answer) -> dict[str, Any]:
    """Return an answer as plain data, with the smallest policy that would turn an implicit denial into an Allow."""
    lacking = answer.decision is Decision.DENIED and not answer.is_explicit
    would_allow = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": request.action, "Resource": request.resource}],
    }
    return {
        "decision": answer.decision.value,
        "explicit_deny": answer.is_explicit,
        "statements": [_statement(match) for match in answer.statements],
        "reasons": list(answer.reasons),
        "would_allow": would_allow if lacking else None,
    }


def _statement(match: Match) -> dict[str, Any]:
    policy = match.policy
    return {
        "policy_name": policy.name,
        "policy_type": policy.type,
        "statement": match.statement or None,
        "effect": match.effect or None,
        "through": policy.through or None,
        "resource_group": policy.resource_group or None,
    }


def access_in_words(access: Mapping[str, Any]) -> str:
    """Return one decision of ``access_of`` as a sentence without its period."""
    who = f"{access['principal_type']} {access['principal_name']!r}"
    if not access["exists"]:
        return f"{who} does not exist"
    may = {"allowed": "may", "denied": "may not", "undetermined": "may or may not"}[access["decision"]]
    return f"{who} {may} do {access['action']} on {access['resource']}: {reason_in_words(access)}"


def reason_in_words(answer: Mapping[str, Any]) -> str:
    """Return why an answer of ``described`` is what it is."""
    if answer["reasons"]:
        return "; ".join(answer["reasons"])
    if not answer["statements"]:
        return "no policy allows it"
    match = answer["statements"][0]
    through = f" of {match['through']}" if match["through"] else ""
    verb = "denied" if answer["explicit_deny"] else "allowed"
    return f"{verb} by statement {match['statement']} of policy {match['policy_name']!r}{through}"


@dataclass(frozen=True)
class Unread:
    """What the caller may not read, and which action that needs."""

    reason: str


async def _policies_of(api: Reads, principal: Principal, grants: Any) -> list[Held] | None:
    """Return the policies of a principal, those of a user's groups among them; None if the principal does not exist.

    ``grants`` are all grants in resource groups, or what stood in the way of reading them.
    """
    attached = await readable(principal.policies(api), f"the policies of {principal}")
    if attached is None:
        return None
    lists: list[tuple[Principal, Any]] = [(principal, attached)]
    unread = [grants] if isinstance(grants, Unread) else []
    if principal.kind == "user":
        names = await readable(groups_of(api, principal.name), f"the groups of {principal}")
        if isinstance(names, Unread):
            unread.append(names)
        else:
            groups = [Principal("group", name) for name in sorted(names)]
            found = await concurrently(*(readable(group.policies(api), f"the policies of {group}") for group in groups))
            lists += zip(groups, found)
    held = []
    for holder, policies in lists:
        through = "" if holder == principal else str(holder)
        if isinstance(policies, Unread):
            unread.append(policies)
        else:
            held += [_held(api, policy, through, "") for policy in policies or ()]
        if not isinstance(grants, Unread):
            held += [_held(api, policy, through, group) for who, policy, group in grants if who == holder]
    return [*await concurrently(*held), *(Held("", "", None, unread=one.reason) for one in unread)]


async def _held(api: Reads, policy: PolicyRef, through: str, group: str) -> Held:
    version = await readable(_default_version(api, policy), f"the {policy}")
    if version is None:  # deleted in this moment, so it no longer counts
        return Held(policy.name, policy.type, {"Statement": []}, through, group)
    if isinstance(version, Unread):
        return Held(policy.name, policy.type, None, through, group, version.reason)
    return Held(policy.name, policy.type, _document.read(version.get("PolicyDocument")), through, group)


async def _default_version(api: Reads, policy: PolicyRef) -> Any:
    """Source: GetPolicy. System policies are the same in every account, so they are read once."""
    if policy.type == "System":
        return await api.call_cached("GetPolicy", "DefaultPolicyVersion", may_lack=True, **policy.parameters)
    answer = await read_or_none(api, "GetPolicy", **policy.parameters)
    return None if answer is None else required(answer, "DefaultPolicyVersion", "GetPolicy")


async def readable(read: Awaitable[_T], what: str) -> _T | Unread:
    """Return what a read gives, or that the caller is denied it. Raises any other RamError."""
    try:
        return await read
    except ApiError as error:
        if error.denial is None:
            raise
        action = error.details.get("missing_action")
        needs = f", which needs {action}" if action else ""
        return Unread(f"the caller may not read {what}{needs}")
