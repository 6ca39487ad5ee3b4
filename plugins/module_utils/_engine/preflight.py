# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is checked on the whole plan of an account before its first write: the number of writes, and the caller's rights."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api, caller_of
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.operations import OPERATIONS
from ansible_collections.alicloud.ram.plugins.module_utils._engine.access import (
    NOT_READ,
    described,
    policies_of,
    reason_in_words,
)
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ConflictError, DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._policy.evaluate import (
    Answer,
    Decision,
    Held,
    Request,
    evaluate,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import Principal

PREFLIGHT_SPEC: dict[str, Any] = {
    "preflight": {"type": "str", "choices": ["off", "warn", "require"], "default": "off"},
    "preflight_undetermined": {"type": "str", "choices": ["continue", "stop"], "default": "continue"},
}
GUARD_SPEC: dict[str, Any] = {"max_changes": {"type": "int"}, **PREFLIGHT_SPEC}
"""The options of a Guard; a task with one resource has no limit on the number of writes."""

# Writes, and resources of each action, that a message names.
_SHOWN, _SHOWN_RESOURCES = 10, 3


@dataclass(frozen=True)
class Guard:
    """The limits on what may be done in an account. ``max_changes`` is None for any number of writes.

    ``preflight`` is ``off``, ``warn`` or ``require``; ``stop_if_undetermined`` is whether ``require`` also stops at an
    undetermined right.
    """

    max_changes: int | None = None
    preflight: str = "off"
    stop_if_undetermined: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Guard:
        """Create the guard from a task's options. Raises DeclarationError, which names the option."""
        limit: int | None = params.get("max_changes")
        if limit is not None and limit < 0:
            raise DeclarationError(f"{option_name('max_changes')}: {limit} is not a number of changes, from 0 on.")
        stop = params.get("preflight_undetermined") == "stop"
        if stop and params.get("preflight") != "require":
            raise DeclarationError(
                f"{option_name('preflight_undetermined')}: stop has a meaning only with {option_name('preflight')}: require."
            )
        return cls(limit, params.get("preflight") or "off", stop)

    async def check(
        self, api: Api, planned: Sequence[dict[str, Any]], limits: Sequence[str], warnings: list[str]
    ) -> dict[str, Any] | None:
        """Return what is known of the caller's rights to make the planned writes, None if nobody asked.

        ``limits`` say which published limits the plan passes. They are warnings, because RAM raises them on request. Adds a warning
        about rights if ``preflight`` is ``warn``. Raises ConflictError otherwise, and if ``max_changes`` is passed; no write may be
        made then.
        """
        if self.max_changes is not None and len(planned) > self.max_changes:
            raise self._too_many(planned, self.max_changes)
        if self.preflight == "off":
            return None
        rights = {**await rights_of(api, planned), "limits": list(limits)}
        warnings += [f"preflight: {text}" for text in limits]
        texts = []
        if rights["denied"]:
            texts.append(f"{rights['caller']} lacks rights for what is planned: {_in_words(rights['denied'])}.")
        if rights["undetermined"] and (self.preflight == "warn" or self.stop_if_undetermined):
            doubts = _in_words(rights["undetermined"])
            texts.append(f"Whether {rights['caller']} has all rights for what is planned is not certain: {doubts}.")
        if texts:
            text = " ".join(texts)
            if self.preflight == "warn":
                warnings.append(f"preflight: {text}")
            else:
                raise ConflictError(f"{text} Nothing was changed ({option_name('preflight')}: require).", rights=rights)
        return rights

    def _too_many(self, planned: Sequence[dict[str, Any]], allowed: int) -> ConflictError:
        shown = ", ".join(f"{change['operation']} of {change['target']}" for change in planned[:_SHOWN])
        more = f" and {len(planned) - _SHOWN} more" if len(planned) > _SHOWN else ""
        return ConflictError(
            f"{len(planned)} changes are needed, but {option_name('max_changes')} allows {allowed}, so none was made: {shown}{more}.",
            planned=list(planned),
        )


def _in_words(rights: Sequence[Mapping[str, Any]]) -> str:
    """Return the rights, by action and reason, each with its first resources."""
    resources: dict[tuple[str, str], list[str]] = {}
    for right in rights:
        resources.setdefault((right["action"], reason_in_words(right)), []).append(right["resource"])
    shown = []
    for (action, why), those in resources.items():
        more = f" and {len(those) - _SHOWN_RESOURCES} more" if len(those) > _SHOWN_RESOURCES else ""
        shown.append(f"{action} on {', '.join(those[:_SHOWN_RESOURCES])}{more} ({why})")
    return "; ".join(shown)


async def rights_of(api: Api, planned: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the caller's own policies say of planned writes, as plain data. Raises RamError.

    Nothing is read if nothing is planned. A member's role with one custom policy takes at most four calls.
    """
    planned = list(planned)
    requests = list(dict.fromkeys(_requests(api, await api.find_account_id(), planned))) if planned else []
    caller, held, session, not_read = await _caller(api) if requests else ("", [], None, [])
    answers = [
        Answer(Decision.ALLOWED) if held is None else evaluate(request.request, held, session) for request in requests
    ]
    if held and _changes_own_rights(planned, caller, held):
        reason = f"the writes that are planned change the rights of {caller}"
        answers = [Answer(Decision.UNDETERMINED, answer.statements, reasons=(reason,)) for answer in answers]
    found: dict[str, list[dict[str, Any]]] = {"denied": [], "undetermined": []}
    for request, answer in zip(requests, answers):
        if answer.decision is not Decision.ALLOWED:
            about = {"action": request.request.action, "resource": request.request.resource}
            found[answer.decision.value].append({**about, **described(request.request, answer)})
    lacking = [right["would_allow"]["Statement"][0] for right in found["denied"] if right["would_allow"]]
    return {
        "caller": caller,
        "granted": sum(answer.decision is Decision.ALLOWED for answer in answers),
        **found,
        "missing_policy": {"Version": "1", "Statement": _folded(lacking)} if lacking else None,
        "not_read": not_read,
    }


@dataclass(frozen=True)
class _Wanted:
    """A request, which can be a key; its context depends on the action and the service alone."""

    action: str
    resource: str
    context: tuple[tuple[str, str], ...]

    @property
    def request(self) -> Request:
        return Request(self.action, self.resource, dict(self.context))


def _requests(api: Api, account_id: str, planned: Iterable[Mapping[str, Any]]) -> Iterable[_Wanted]:
    now = datetime.datetime.fromtimestamp(int(api.clock.wall()), datetime.timezone.utc)
    common = (("acs:SecureTransport", "true"), ("acs:CurrentTime", now.strftime("%Y-%m-%dT%H:%M:%SZ")))
    for change in planned:
        operation, parameters = OPERATIONS[change["operation"]], change["parameters"]
        service = parameters.get("ServiceName") if operation.name == "CreateServiceLinkedRole" else None
        context = (*common, *([("ram:ServiceName", service)] if service else ()))
        for resource in operation.resource_arns(account_id, parameters):
            yield _Wanted(operation.action, resource, context)


async def _caller(api: Api) -> tuple[str, list[Held] | None, list[Held] | None, list[str]]:
    """Return the caller in words, its policies, those that limit its session, and what was not read.

    The policies are None for an account's own (root) identity, to which nothing is denied.
    """
    arn = await api.caller_arn()
    kind, name = caller_of(arn)
    if kind == "root":
        return "the account's root identity", None, None, []
    if kind not in ("user", "role"):
        unknown = Held("", "", None, unread=f"whose policies apply to {arn} is not known")
        return arn, [unknown], None, list(NOT_READ)
    principal = Principal(kind, name)
    (held,) = await policies_of(api, principal)
    if held is None:
        held = [Held("", "", None, unread=f"RAM does not know {principal}")]
    if kind == "user":
        return str(principal), held, None, list(NOT_READ)
    if api.assumed_role_arn is None:
        return str(principal), held, None, [*NOT_READ, "the policy of the session, if it has one"]
    session = [Held("of the session", "", _document.read(api.session_policy))] if api.session_policy else None
    return str(principal), held, session, list(NOT_READ)


def _changes_own_rights(planned: Iterable[Mapping[str, Any]], caller: str, held: Sequence[Held]) -> bool:
    """Return whether a planned write changes the policies that the answers are based on."""
    policies = {policy.name for policy in held if policy.type == "Custom"}
    holders = {caller, *(policy.through for policy in held)}
    for change in planned:
        operation, parameters = change["operation"], change["parameters"]
        named = {f"{kind} {parameters[f'{kind.title()}Name']!r}" for kind in ("user", "group", "role")
                 if f"{kind.title()}Name" in parameters}  # fmt: skip
        if operation.startswith(("AttachPolicyTo", "DetachPolicyFrom", "AddUserTo", "RemoveUserFrom", "Delete")):
            if named & holders:
                return True
        if parameters.get("PolicyName") in policies and operation in (
            "CreatePolicyVersion",
            "SetDefaultPolicyVersion",
            "DeletePolicy",
        ):
            return True
    return False


def _folded(statements: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one Allow statement per set of resources, with all actions on them."""
    resources: dict[str, list[str]] = {}
    for statement in statements:
        resources.setdefault(statement["Action"], []).append(statement["Resource"])
    actions: dict[tuple[str, ...], list[str]] = {}
    for action, those in resources.items():
        actions.setdefault(tuple(those), []).append(action)
    return [
        {"Effect": "Allow", "Action": names, "Resource": those[0] if len(those) == 1 else list(those)}
        for those, names in actions.items()
    ]
