# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a caller was denied: what the error response contains, and what DecodeDiagnosticMessage adds.

A cause is named only if the service names it. Otherwise all possible causes are listed, the likeliest first.
Source: AccessDeniedDetail and DecodeDiagnosticMessage of RAM.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._errors import RamError, quote

# Seconds that the diagnosis may take; it is optional, so nobody should wait long for it.
DIAGNOSIS_TIMEOUT = 5.0
# Diagnoses per kind of denial in a task; accounts that all fail the same way need no more.
MOST_ALIKE = 5
MOST_POLICIES = 20

_IDENTITY = (
    "IdentityBasedPolicy",
    "AccountLevelIdentityBasedPolicy",
    "ResourceGroupLevelIdentityBasedPolicy",
)
# By PolicyType: the name of the policy type in messages, and what to do.
_LAYERS = {
    **dict.fromkeys(_IDENTITY, ("policy of the caller, its groups or its role", "")),
    "SessionPolicy": (
        "session policy of the caller's session",
        " Rights of the role do not help; the session policy must allow it.",
    ),
    "ControlPolicy": (
        "control policy of the resource directory",
        " Rights of the caller do not help; the directory's management account must change the control policies.",
    ),
    "ResourceBasedPolicy": ("policy of the resource", ""),
}
_ACTION = re.compile(r"\bAction: ([A-Za-z0-9-]+:[A-Za-z0-9]+)")
_RESOURCE = re.compile(r"\bResource: (acs:\S+)")

Shown = Callable[[Any, int], str]
"""Redacts and truncates a value of a response; the result is empty if the value is not a text."""


@dataclass(frozen=True)
class Denial:
    """What is known about a denied call. Empty strings and None mean that the service did not say."""

    operation: str
    source: str
    """Where the caller's credentials come from."""
    probable_action: str
    action: str = ""
    resource: str = ""
    policy_type: str = ""
    explicit: bool | None = None
    """True if a statement denies the action, false if no statement allows it."""
    root: bool = False
    """Whether the caller used an account's own (root) access key to assume a role."""
    principal: Mapping[str, str] | None = None
    policies: tuple[Mapping[str, str], ...] | None = None
    """The matched policies, None as long as they are not known."""
    external_id: bool = False
    encoded: str = ""
    decode: Callable[[str], Any] | None = None
    """Calls DecodeDiagnosticMessage as the denied caller."""

    @property
    def missing_action(self) -> str:
        """The action that has to be granted; empty if a missing grant is not known to be the cause."""
        return self.action if self.policy_type in _IDENTITY and self.explicit is False and not self.root else ""

    def details(self) -> dict[str, Any]:
        """Return the keys to add to the result of the failed task."""
        said = {
            "policy_type": self.policy_type or None,
            "explicit": self.explicit,
            "action": self.action or None,
            "resource": self.resource or None,
            "principal": dict(self.principal) if self.principal else None,
            "policies": None if self.policies is None else [dict(policy) for policy in self.policies],
        }
        found: dict[str, Any] = {}
        if any(value is not None for value in said.values()):
            found["denied_by"] = said
        if self.missing_action:
            found["missing_action"] = self.missing_action
        return found

    def hint(self) -> str:
        """Return a text with the cause, or with the possible causes and how to find out."""
        who = f"; the caller's credentials are those of {self.source}."
        if self.root:
            return (
                f"An account's own (root) access key cannot assume roles{who} Use an access key of a RAM user of "
                "that account that is allowed sts:AssumeRole."
            )
        action = self.action or self.probable_action
        if self.policy_type == "AssumeRolePolicy":
            return self._trust(action) + who + self._named()
        if self.policy_type and self.explicit is not None:
            layer, more = _LAYERS.get(self.policy_type, (f"policy of the kind {quote(self.policy_type)}", ""))
            if self.missing_action:
                return f"The caller lacks the RAM action {action}: no {layer} allows it{who}"
            verb = "A {0} denies {1}" if self.explicit else "No {0} allows {1}"
            return verb.format(layer, action) + who + more + self._named()
        if self.policy_type:
            layer, more = _LAYERS.get(self.policy_type, (f"policy of the kind {quote(self.policy_type)}", ""))
            return f"{action} is either not allowed or denied by a {layer}{who}{more}"
        return self._possible(action) + who + " " + self._find_out()

    def _trust(self, action: str) -> str:
        given = (
            "the external ID that was sent is wrong"
            if self.external_id
            else "it asks for an external ID, and none was sent"
        )
        if self.explicit:
            return f"The role's trust policy denies {action} to the caller"
        return (
            f"The role's trust policy does not allow {action}: it does not name the caller, or {given} "
            "(assume_role.external_id), or another of its conditions does not hold. More rights of the caller do not help"
        )

    def _possible(self, action: str) -> str:
        if self.explicit:
            return (
                f"A policy denies {action}, and the service did not say which one. Possible, the likeliest first: "
                + (
                    "a policy of the caller, its groups or its role; a control policy of the resource directory; a session "
                    "policy"
                )
                + ("; the role's trust policy" if self.operation == "AssumeRole" else "")
            )
        own = f"the caller is not allowed {action} (no policy of it allows that, or one denies it)"
        if self.operation == "AssumeRole":
            external = "another external ID" if self.external_id else "an external ID, of which none was sent"
            return (
                f"The service did not say why. Possible causes, the likeliest first: {own}; the role's trust policy does "
                f"not name the caller, or asks for {external} (assume_role.external_id); the credentials are an account's "
                "own (root) access key, which cannot assume roles; a control policy of the role's account does not allow it"
            )
        return (
            f"The service did not say why. Possible causes, the likeliest first: {own}; a control policy of the resource "
            "directory does not allow it; the session was made with a session policy that does not allow it"
        )

    def _find_out(self) -> str:
        how = "Find out who the caller is with alicloud.ram.caller_identity_info and look at its policies in the RAM console"
        if self.operation == "AssumeRole":
            how += ", then at the role's trust policy"
        return how + ", then at the control policies of the directory."

    def _named(self) -> str:
        """Return a sentence that lists the denying policies; empty if none are known."""
        denying = [policy for policy in self.policies or () if policy.get("effect") == "Deny"]
        if not denying:
            return ""
        texts = []
        for policy in denying[:3]:
            more = [policy[key] for key in ("type", "version") if policy.get(key)]
            if policy.get("attached_to"):
                more.append(f"attached to {policy['attached_to']}")
            texts.append(quote(policy.get("name") or "") + (f" ({', '.join(more)})" if more else ""))
        return f" Denied by: {', '.join(texts)}."


def denial_of(denial: Denial, data: Mapping[str, Any], message: str, shown: Shown) -> Denial:
    """Return the denial with the details of an error response added."""
    told = data.get("AccessDeniedDetail")
    detail = told if isinstance(told, Mapping) else {}
    kind = detail.get("NoPermissionType")
    found = {pattern: pattern.search(message) for pattern in (_ACTION, _RESOURCE)}
    named = [match.group(1).rstrip(".,;") if match else "" for match in found.values()]
    encoded = detail.get("EncodedDiagnosticMessage")
    denial = replace(
        denial,
        action=shown(detail.get("AuthAction"), 128) or named[0],
        resource=named[1],
        policy_type=shown(detail.get("PolicyType"), 64),
        explicit={"ExplicitDeny": True, "ImplicitDeny": False}.get(kind) if isinstance(kind, str) else None,
        principal=_principal(detail, shown),
        encoded=encoded if isinstance(encoded, str) else "",
    )
    root = denial.root or "root account" in message or (denial.principal or {}).get("type") == "RootUser"
    return replace(denial, root=denial.operation == "AssumeRole" and root)


def _decoded(denial: Denial, answer: Mapping[str, Any], shown: Shown) -> Denial:
    """Return the denial with the details of DecodeDiagnosticMessage added.

    The details of the error response take precedence, except for the resource.
    """
    found = answer.get("DecodedDiagnosticMessage") or {}
    explicit = found.get("ExplicitDeny")
    policies = []
    for policy in (found.get("MatchedPolicies") or [])[:MOST_POLICIES]:
        fields = {
            "name": shown(policy.get("PolicyIdentifier"), 128),
            "type": shown(policy.get("PolicyType"), 64),
            "version": shown(policy.get("PolicyVersion"), 64),
            "effect": shown(policy.get("Effect"), 64),
            "attached_to": shown(policy.get("AttachedEntityType"), 64),
            "scope": shown(policy.get("AttachedScope"), 64),
        }
        policies.append({name: value for name, value in fields.items() if value})
    return replace(
        denial,
        action=denial.action or shown(found.get("AuthAction"), 128),
        resource=shown(found.get("AuthResource"), 300) or denial.resource,
        policy_type=denial.policy_type or shown(found.get("NoPermissionPolicyType"), 64),
        explicit=explicit if denial.explicit is None and isinstance(explicit, bool) else denial.explicit,
        principal=denial.principal or _principal(found.get("AuthPrincipal") or {}, shown),
        policies=tuple(policies),
    )


def _principal(said: Mapping[str, Any], shown: Shown) -> dict[str, str] | None:
    keys = {"type": "AuthPrincipalType", "account_id": "AuthPrincipalOwnerId", "name": "AuthPrincipalDisplayName"}
    found = {name: shown(said.get(key), 128) for name, key in keys.items()}
    return found if any(found.values()) else None


class Diagnoses:
    """Diagnoses of denied calls: one for each failure, and MOST_ALIKE for each kind of failure in a task."""

    def __init__(self) -> None:
        self._asked: Counter[Any] = Counter()

    async def explain(self, error: RamError) -> None:
        """Add the service's explanation to an error. If there is none, or not in time, the error stays as it is."""
        denial = error.denial
        if not isinstance(denial, Denial) or not denial.encoded or denial.decode is None:
            return
        kind = (denial.operation, denial.policy_type, denial.explicit)
        self._asked[kind] += 1
        error.denial = None  # do not ask twice
        if self._asked[kind] > MOST_ALIKE:
            return
        try:
            answer, shown = await asyncio.wait_for(denial.decode(denial.encoded), DIAGNOSIS_TIMEOUT)
            known = _decoded(denial, answer, shown)
            message = error.message.replace(denial.hint(), known.hint())
            details = known.details()
        except Exception:  # pylint: disable=broad-exception-caught
            return  # the original error must be reported
        error.message, error.args = message, (message,)
        error.details.pop("missing_action", None)
        error.details.update(details)
