# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report has of one account beside its changes: each resource as declared and as observed, and who may do what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._engine.access import (
    REQUEST_SPEC,
    Unread,
    access_in_words,
    checked_requests,
    decisions,
    policies_of,
    readable,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.converge import ResourceResult, RunResult
from ansible_collections.alicloud.ram.plugins.module_utils._engine.observe import Reads
from ansible_collections.alicloud.ram.plugins.module_utils._engine.placeholders import ACCOUNT_ID
from ansible_collections.alicloud.ram.plugins.module_utils._errors import RamError
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._policy.evaluate import Held, Request
from ansible_collections.alicloud.ram.plugins.module_utils._policy.wide import wide_grants
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import (
    PolicyRef,
    Principal,
    holders,
    members_of,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Resource, concurrently
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable

ACCESS_SPEC: dict[str, Any] = {"access": {"type": "list", "elements": "dict", "options": REQUEST_SPEC, "default": []}}
REVIEW_SPEC: dict[str, Any] = {
    **ACCESS_SPEC,
    "unexpected_grants": {"type": "str", "choices": ["ignore", "warn", "drift"], "default": "ignore"},
}
"""The options of a Review."""

AS_DECLARED, MISSING, DIFFERENT, UNEXPECTED = "ok", "missing", "different", "unexpected"
"""The status of a resource."""


@dataclass(frozen=True)
class Review:
    """What is returned of an account beside what a run does.

    ``resources`` is whether each resource is. ``requests`` give, for an account's variables, what is evaluated for the declared
    users, the members of the declared groups, and the declared roles. ``grants`` is whether grants are looked for that nobody
    declared. ``warns`` is whether access that is not allowed is a warning of the task, because no report shows it.
    """

    resources: bool = False
    requests: tuple[Callable[[Mapping[str, str]], list[Request]], ...] = ()
    grants: bool = False
    warns: bool = True

    @classmethod
    def from_params(cls, params: Mapping[str, Any], resources: bool = False, warns: bool = True) -> Review:
        """Create the review from a task's options. Raises DeclarationError, which names the option."""
        asked = [
            checked_requests(entry, f"access entry {number}: ")
            for number, entry in enumerate(params["access"] or (), 1)
        ]
        for one in asked:
            one({ACCOUNT_ID: "0"})
        return cls(resources, tuple(asked), params.get("unexpected_grants", "ignore") != "ignore", warns)

    async def of(self, api: Api, outcome: RunResult, check_mode: bool) -> dict[str, Any]:
        """Return what is to be returned of an account, after its run.

        What the caller may not read is under ``not_read``, or makes the access undetermined. Raises RamError in check mode; after a
        run that may have changed something, an error is a warning instead.
        """
        found: dict[str, Any] = {}
        if self.resources:
            found["resources"] = [_described(one) for one in outcome.results]
        if not (self.requests or self.grants):
            return found
        try:
            found.update(await self._grants(api, outcome))
        except RamError as error:
            if check_mode:
                raise
            outcome.warnings.append(f"access: it could not be evaluated: {error.message}")
        if self.warns:
            lacking = [access for access in found.get("access", ()) if access["decision"] != "allowed"]
            outcome.warnings += [f"access: {access_in_words(access)}." for access in lacking]
        return found

    async def _grants(self, api: Api, outcome: RunResult) -> dict[str, Any]:
        resources = [one.resource for one in outcome.results]
        account_id = await api.find_account_id()
        requests = [request for one in self.requests for request in one({ACCOUNT_ID: account_id})]
        reads, not_read = outcome.reads or Reads(api), []
        declared = _principals(resources)
        groups = [principal for principal in declared if principal.kind == "group"]
        members = await concurrently(
            *(readable(members_of(reads, group.name), f"the members of {group}") for group in groups)
        )
        not_read += [names.reason for names in members if isinstance(names, Unread)]
        users = [Principal("user", name) for names in members if not isinstance(names, Unread) for name in names]
        principals = sorted({*users, *(principal for principal in declared if principal.kind != "group")})
        # What a group has is looked at with its members, if there are any.
        alone = [group for group, names in zip(groups, members) if isinstance(names, Unread) or not names]
        looked_at = [*principals, *(alone if self.grants else ())]
        policies = await policies_of(reads, *looked_at) if looked_at else []
        found: dict[str, Any] = {}
        if requests:
            found["access"] = decisions(principals, policies[: len(principals)], requests)
        if self.grants:
            wide = _wide(looked_at, policies)
            others, unread = await _undeclared_holders(reads, resources)
            found["unexpected_grants"] = wide + others
            not_read += unread
            not_read += [policy.unread for held in policies for policy in held or () if policy.unread]
        return {**found, **({"not_read": list(dict.fromkeys(not_read))} if not_read else {})}


def _described(one: ResourceResult) -> dict[str, Any]:
    """Return a resource as plain data; one that is as declared without its state."""
    kind, *names = one.resource.identity
    head = {"kind": kind, "name": printable(" ".join(filter(None, names)))}
    if not (one.plan.changes or one.plan.waits):
        return {**head, "status": AS_DECLARED}
    observed, declared = one.resource.diff_view(one.planned_from), one.resource.diff_view(one.plan.after)
    status = DIFFERENT if observed and declared else UNEXPECTED if observed else MISSING
    return {
        **head,
        "status": status,
        "declared": declared or None,
        "observed": observed or None,
        "changes": [change.describe() for change in one.plan.changes],
        "warnings": _warnings(observed),
    }


def _warnings(observed: Any) -> list[str]:
    """Return what is to be said about the documents in an observed state."""
    found = []
    for option, value in observed.items() if isinstance(observed, Mapping) else ():
        if not option.endswith("_document"):
            continue
        if not isinstance(value, Mapping):
            found.append(f"The observed {option} cannot be understood; it is shown as it is.")
        found += [f"The observed {option} gives away the account: {grant}." for grant in wide_grants(value)]
        if "*" in _document.trusted_accounts(value):
            found.append(f"The observed {option} trusts every Alibaba Cloud account.")
    return found


def _principals(resources: Iterable[Resource]) -> list[Principal]:
    """Return the users, groups and roles that are declared present, or to which a policy is declared to be attached."""
    found = {one for resource in resources for one in resource.provides if isinstance(one, Principal)}
    return sorted(found | {principal for resource in resources for principal, _policy in resource.grants})


def _wide(principals: Sequence[Principal], policies: Sequence[Sequence[Held] | None]) -> list[dict[str, Any]]:
    return [
        {
            "reason": "wide_grant",
            "principal_type": principal.kind,
            "principal_name": principal.name,
            "policy_name": policy.name,
            "policy_type": policy.type,
            "through": policy.through or None,
            "resource_group": policy.resource_group or None,
            "statement": grant.statement,
            "actions": list(grant.actions),
            "has_condition": grant.has_condition,
        }
        for principal, held in zip(principals, policies)
        for policy in held or ()
        for grant in wide_grants(policy.document)
    ]


async def _undeclared_holders(api: Any, resources: Sequence[Resource]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return who else has a declared custom policy, and what could not be read."""
    policies = sorted({one for resource in resources for one in resource.provides if isinstance(one, PolicyRef)})
    declared = {grant for resource in resources for grant in resource.grants}
    found: list[dict[str, Any]] = []
    unread = []
    lists = await concurrently(*(readable(holders(api, policy), f"who has the {policy}") for policy in policies))
    for policy, those in zip(policies, lists):
        if isinstance(those, Unread):
            unread.append(those.reason)
            continue
        found += [
            {
                "reason": "undeclared_holder",
                "principal_type": principal.kind,
                "principal_name": principal.name,
                "policy_name": policy.name,
                "policy_type": policy.type,
            }
            for principal in sorted(those or ())
            if (principal, policy) not in declared
        ]
    return found, unread


def grant_in_words(grant: Mapping[str, Any]) -> str:
    """Return an entry of ``unexpected_grants`` as a sentence without its period."""
    who = f"{grant['principal_type']} {grant['principal_name']!r}"
    policy = f"policy {grant['policy_name']!r}"
    if grant["reason"] == "undeclared_holder":
        return f"{who} has {policy}, which is not declared for it"
    through = f" through {grant['through']}" if grant["through"] else ""
    limit = " under a condition" if grant["has_condition"] else ""
    return (
        f"{who} can give itself any right: statement {grant['statement']} of {policy}{through} allows "
        f"{', '.join(grant['actions'])} on everything{limit}"
    )
