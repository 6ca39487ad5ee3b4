# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom policies: a policy with this name and meaning is present, or no policy with this name exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import required
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ConflictError, DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._names import entry_option, option_name
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._resources import tags
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import (
    SELF_SPEC,
    PolicyRef,
    Principal,
    callers_among,
    detachment,
    exists,
    holders,
    self_detachment,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    Change,
    Effects,
    Kind,
    Listing,
    Plan,
    References,
    Removal,
    Resource,
    Stage,
    checked_name,
    concurrently,
    read_or_none,
    snake,
)

# The options of one policy, in the module and in a baseline entry.
SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "description": {"type": "str"},
    "document": {"type": "raw"},
    **tags.SPEC,
    "rotate_versions": {"type": "bool", "default": True},
    "detach": {"type": "bool", "default": False},
    **tags.OWNER_SPEC,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}

MAX_VERSIONS = 5

_POLICY_FACTS = (
    "PolicyName",
    "PolicyType",
    "Description",
    "DefaultVersion",
    "AttachmentCount",
    "CreateDate",
    "UpdateDate",
)


@dataclass(frozen=True)
class Observed:
    """The observed state.

    ``policy`` is as returned by GetPolicy, None if it does not exist. Other fields keep their defaults if not needed.
    """

    policy: dict[str, Any] | None
    document: Any = None
    tags: Mapping[str, str] | None = None
    versions: tuple[tuple[str, Any], ...] | None = None
    """(version ID, document), oldest first."""
    holders: tuple[Principal, ...] = ()
    caller: frozenset[Principal] = frozenset()
    """Those holders that are the caller, or a group that contains the caller."""
    system_namesake: bool = False


@dataclass(frozen=True)
class Policy(Resource):
    """A declared custom policy.

    With ``managed_by``, the policy is created with the tag ``managed-by``. An existing policy without that tag value is
    never changed or deleted, unless ``adopt`` is set.
    """

    name: str
    document: dict[str, Any] | None = None
    description: str | None = None
    tags: dict[str, str] | None = None
    purge_tags: bool = False
    present: bool = True
    rotate_versions: bool = True
    detach: bool = False
    allow_self: bool = False
    managed_by: str | None = None
    adopt: bool = False
    type: str = "Custom"
    read_tags: bool = False
    in_full: bool = False
    """Whether to read all that the info module returns."""

    @classmethod
    def from_params(cls, params: Mapping[str, Any], where: str = "", alone: bool = False) -> Policy:
        """Create the policy from the options of a module or a baseline entry.

        Raises DeclarationError, which names the option.
        """
        name = checked_name("policy", params["name"], entry_option(where, "name"))
        present = params.get("state", "present") == "present"
        document, description = params.get("document"), params.get("description")
        if present and document is None:
            raise DeclarationError(f"{where}document: it is needed for policy {name!r} with state=present.")
        if description is not None and len(description) > 1024:
            raise DeclarationError(f"{where}description: it has {len(description)} characters; 1024 are allowed.")
        managed_by = tags.checked_owner(params.get("managed_by"), where)
        return cls(
            name=name,
            document=_document.parse(document, f"{where}document of policy {name!r}")
            if present and document is not None
            else None,
            description=description,
            tags=tags.checked_tags(params.get("tags"), "policy", where, managed_by),
            purge_tags=bool(params.get("purge_tags")),
            present=present,
            rotate_versions=params.get("rotate_versions", True),
            detach=bool(params.get("detach")),
            allow_self=bool(params.get("allow_self")),
            managed_by=managed_by,
            adopt=bool(params.get("adopt")),
            read_tags=alone,
        )

    @classmethod
    def for_info(cls, params: Mapping[str, Any], where: str = "") -> Policy:
        """Create a policy of either type that is only read. Raises DeclarationError, which names the option."""
        name = checked_name("policy", params["name"], entry_option(where, "name"))
        return cls(name, type=params["type"], read_tags=params["type"] == "Custom", in_full=True)

    @property
    def identity(self) -> tuple[str, ...]:
        return ("policy", self.name)

    @property
    def label(self) -> str:
        return f"policy {self.name!r}"

    async def observe(self, api: Any) -> Observed:
        observed = await self._read(api)
        if observed.policy is None:
            if self.document is not None:
                observed = replace(observed, system_namesake=await exists(api, PolicyRef(self.name, "System")))
            return observed
        reads: dict[str, Any] = {}
        if self._needs_tags(observed):
            reads["tags"] = tags.read_tags(api, "policy", self.name)
        if self.document is not None and not _document.equal(observed.document, self.document):
            reads["versions"] = self._read_versions(api)
        if not self.present or self.in_full:
            reads["holders"] = self._read_holders(api)
        observed = replace(observed, **dict(zip(reads, await concurrently(*reads.values()))))
        if not self.present and self.detach and not self.allow_self:
            observed = replace(observed, caller=await callers_among(api, observed.holders))
        return observed

    @property
    def provides(self) -> frozenset[PolicyRef]:
        return frozenset([self._reference] if self.present else [])

    def effects(self, observed: Observed) -> Effects:
        return Effects(self.provides, removes=frozenset([] if self.present else [self._reference]))

    def plan(self, observed: Observed, references: References) -> Plan:
        if not self.present:
            return self._plan_absent(observed, references)
        if observed.policy is None:
            if observed.system_namesake:
                raise ConflictError(
                    f"{option_name('name')}: {self.name!r} is the name of a system policy; a custom policy of the same name would be "
                    "mistaken for it. Choose another name."
                )
            plan = self._plan_creation()
        else:
            plan = self._plan_update(observed)
        attached = sum(policy == self._reference for dummy, policy in references.attaches)
        detached = sum(policy == self._reference for dummy, policy in references.detaches)
        plan.after.policy["AttachmentCount"] += attached - detached
        return plan

    @property
    def _reference(self) -> PolicyRef:
        return PolicyRef(self.name, self.type)

    def result(self, observed: Observed) -> dict[str, Any]:
        if observed.policy is None:
            return {}
        facts: dict[str, Any] = {snake(key): observed.policy.get(key) for key in _POLICY_FACTS}
        facts["policy_document"] = observed.document
        facts["tags"] = observed.tags if self.read_tags or self.tags is not None else None
        attached_to = [{"kind": holder.kind, "name": holder.name} for holder in observed.holders]
        facts["attached_to"] = attached_to if self.in_full else None
        return facts

    def diff_view(self, observed: Observed) -> dict[str, Any]:
        if observed.policy is None:
            return {}
        view: dict[str, Any] = {
            "policy_name": self.name,
            "description": observed.policy.get("Description") or "",
            "policy_document": observed.document,
        }
        if observed.tags is not None:
            view["tags"] = observed.tags
        if observed.holders:
            view["attached_to"] = [str(holder) for holder in observed.holders]
        return view

    # Reading

    async def _read(self, api: Any) -> Observed:
        answer = await read_or_none(api, "GetPolicy", PolicyName=self.name, PolicyType=self.type)
        if answer is None:
            return Observed(None)
        version = required(answer, "DefaultPolicyVersion", "GetPolicy")
        text = required(version, "PolicyDocument", "GetPolicy")
        return Observed(required(answer, "Policy", "GetPolicy"), _document.read(text))

    async def _read_holders(self, api: Any) -> tuple[Principal, ...]:
        return tuple(sorted(await holders(api, self._reference) or {}))

    async def _read_versions(self, api: Any) -> tuple[tuple[str, Any], ...]:
        answer = await api.call("ListPolicyVersions", PolicyName=self.name, PolicyType="Custom")
        found = required(answer, "PolicyVersions", "ListPolicyVersions").get("PolicyVersion") or []
        versions = [
            (required(version, "VersionId", "ListPolicyVersions"), _document.read(version.get("PolicyDocument")))
            for version in found
        ]
        # v10 comes after v9.
        return tuple(sorted(versions, key=lambda version: (len(version[0]), version[0])))

    def _needs_tags(self, observed: Observed) -> bool:
        if self.read_tags or (self.present and self.tags is not None):
            return True
        if not self.managed_by:
            return False
        return not self.present or self.adopt or self._differs(observed)

    def _differs(self, observed: Observed) -> bool:
        return not _document.equal(observed.document, self.document) or self._new_description(observed) is not None

    def _new_description(self, observed: Observed) -> str | None:
        current = (observed.policy or {}).get("Description") or ""
        return self.description if self.description is not None and self.description != current else None

    # Planning

    @property
    def _wanted_tags(self) -> dict[str, str]:
        return tags.with_owner(self.tags, self.managed_by)

    def _plan_creation(self) -> Plan:
        policy = {
            "PolicyName": self.name,
            "PolicyType": "Custom",
            "Description": self.description or "",
            "AttachmentCount": 0,
        }
        parameters: dict[str, Any] = {"PolicyName": self.name, "PolicyDocument": _document.render(self.document or {})}
        if self.description:
            parameters["Description"] = self.description
        wanted = self._wanted_tags
        if wanted:
            parameters["Tag"] = tags.tag_list(wanted)

        def shows(observed: Observed) -> Any:
            if observed.policy is None:
                return None
            # A policy that somebody else created meanwhile is not ours. If tags were not read, RAM accepted our creation.
            owned = not self.managed_by or observed.tags is None or observed.tags.get(tags.OWNER_TAG) == self.managed_by
            return _document.meaning(observed.document), owned

        change = Change(
            "CreatePolicy",
            self.label,
            parameters,
            Stage.PREPARE,
            replace(self, read_tags=True) if self.managed_by else self,
            shows,
            (_document.meaning(self.document), True),
            satisfied_by=("EntityAlreadyExists.Policy",),
        )
        return Plan(Observed(policy, self.document, wanted), [change])

    def _plan_update(self, observed: Observed) -> Plan:
        changes, after = [], observed
        policy = dict(observed.policy or {})
        policy["AttachmentCount"] = policy.get("AttachmentCount") or 0
        description = self._new_description(observed)
        if description == "":
            raise DeclarationError(
                f"description: RAM cannot empty the description of policy {self.name!r}; give one of at least one "
                "character, or leave description out to keep the present one."
            )
        if not _document.equal(observed.document, self.document):
            change = self._document_change(observed)
            changes.append(change)
            version = change.parameters.get("VersionId", "")
            policy["DefaultVersion"] = version or None  # RAM assigns the number of a new version
            after = replace(after, document=dict(observed.versions or ()).get(version, self.document))
        if description is not None:
            changes.append(self._description_change(description))
            policy["Description"] = description
        tag_changes, tags_after = self._tag_changes(observed)
        changes += tag_changes
        if changes:
            self.check_owner(observed)
            policy["UpdateDate"] = None
        return Plan(replace(after, policy=policy, tags=tags_after), changes)

    def _document_change(self, observed: Observed) -> Change:
        versions = observed.versions or ()
        older = [version for version, document in versions if _document.equal(document, self.document)]
        if older:
            return self._version_change("SetDefaultPolicyVersion", {"PolicyName": self.name, "VersionId": older[-1]})
        parameters: dict[str, Any] = {
            "PolicyName": self.name,
            "PolicyDocument": _document.render(self.document or {}),
            "SetAsDefault": True,
        }
        if len(versions) < MAX_VERSIONS:
            return self._version_change("CreatePolicyVersion", parameters)
        if not self.rotate_versions:
            raise ConflictError(
                f"Policy {self.name!r} has {len(versions)} versions ({', '.join(version for version, document in versions)}), "
                f"as many as RAM keeps. Set {option_name('rotate_versions')}: true to let the oldest that is not the default go, or "
                "delete one."
            )
        default = (observed.policy or {}).get("DefaultVersion")
        oldest = next((version for version, _document_ in versions if version != default), None)
        parameters["RotateStrategy"] = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
        return self._version_change("CreatePolicyVersion", parameters, removes=f"version {oldest}")

    def _version_change(self, operation: str, parameters: dict[str, Any], removes: str | None = None) -> Change:
        return Change(
            operation,
            self.label,
            parameters,
            Stage.PREPARE,
            self,
            lambda observed: _document.meaning(observed.document),
            _document.meaning(self.document),
            # Somebody else may have created the same version meanwhile, and reached the limit.
            satisfied_by=("LimitExceeded.Policy.Version",),
            removes=removes,
        )

    def _description_change(self, description: str) -> Change:
        return Change(
            "UpdatePolicyDescription",
            self.label,
            {"PolicyName": self.name, "NewDescription": description},
            Stage.PREPARE,
            self,
            lambda observed: (observed.policy or {}).get("Description"),
            description,
        )

    def _tag_changes(self, observed: Observed) -> tuple[list[Change], dict[str, str] | None]:
        if observed.tags is None:
            return [], None
        marks = self.managed_by and (self.adopt or self._differs(observed))
        wanted = self._wanted_tags if marks else dict(self.tags or {})
        # If the option tags is not set, the tags are not managed, so none are removed.
        purged = self.purge_tags and self.tags is not None
        return tags.tag_changes(self, "policy", self.name, observed.tags, wanted, purged, kept=(tags.OWNER_TAG,))

    def _plan_absent(self, observed: Observed, references: References) -> Plan:
        if observed.policy is None:
            return Plan(observed)
        self.check_owner(observed)
        policy = self._reference
        others = [holder for holder in observed.holders if (holder, policy) not in references.detaches]
        changes, assumed = [], []
        if others and self.detach:
            for holder in others:
                if holder in observed.caller:
                    raise self_detachment(holder, policy)
                changes.append(detachment(self, holder, policy, _is_held_by(holder)))
        elif others:
            held = f"Policy {self.name!r} is still attached to {', '.join(map(str, others))}"
            if not references.assume:
                raise ConflictError(
                    f"{held}, so it is kept. Detach it there, or set {option_name('detach')}: true to have it detached from all.",
                    attached_to=[{"kind": holder.kind, "name": holder.name} for holder in others],
                )
            assumed = [f"{self.label} is detached from {holder} by an earlier task" for holder in others]
        deletion = Change(
            "DeletePolicy",
            self.label,
            {"PolicyName": self.name, "CascadingDelete": True},
            Stage.DELETE,
            self,
            lambda observed: None if observed.policy is None else observed.policy.get("CreateDate") or "unknown",
            None,
            satisfied_by=("EntityNotExist.Policy",),
            retry_on=("DeleteConflict.",),
        )
        return Plan(Observed(None), [*changes, deletion], assumed=assumed)

    def check_owner(self, observed: Observed) -> None:
        if self.managed_by and not self.adopt:
            tags.check_owner(self.label, observed.tags, self.managed_by)


def _is_held_by(holder: Principal) -> Callable[[Observed], bool]:
    return lambda observed: holder in observed.holders


KIND = Kind(
    name="policy",
    section="policies",
    spec=SPEC,
    info_spec={
        "name": SPEC["name"],
        "type": {"type": "str", "choices": ["Custom", "System"], "default": "Custom"},
    },
    declare=Policy.from_params,
    look_up=Policy.for_info,
    task_spec=SELF_SPEC,
    listing=Listing(
        "ListPolicies",
        ("Policies", "Policy"),
        "PolicyName",
        ("PolicyType", "Description", "DefaultVersion", "AttachmentCount", "CreateDate", "UpdateDate"),
        parameters={"type": "PolicyType"},
    ),
    documents={"document": _document.PERMISSION},
    removal=Removal.OWNED,
)
