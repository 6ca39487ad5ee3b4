# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of an account: the operations that policies and principals use, on plain data."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import Parent
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ApiError
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import PolicyRef, Principal
from ansible_collections.alicloud.ram.plugins.module_utils._resources.policy import MAX_VERSIONS
from ansible_collections.alicloud.ram.plugins.module_utils._resources.tags import MAX_TAGS

SYSTEM = ["Admin", "ReadOnly"]
LINKED = Principal("role", "linked")


def document(meaning: str, wrapped: bool = False) -> dict[str, Any]:
    action = f"oss:{meaning}"
    statement = {"Effect": "Allow", "Action": [action] if wrapped else action, "Resource": "*"}
    return (
        {"Statement": [statement, statement], "Version": "1"} if wrapped else {"Version": "1", "Statement": [statement]}
    )


def refusal(code: str) -> ApiError:
    return ApiError(f"{code}.", code, 404 if code.startswith("EntityNotExist") else 409)


class Uncached:
    """``call_cached`` for stand-ins of the API, which answer ``call``."""

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        raise NotImplementedError

    async def call_cached(self, operation: str, part: str, may_lack: bool = False, **parameters: Any) -> Any:
        """As the real one, but with nothing kept, so that a test sees each time that something is asked for."""
        try:
            return (await self.call(operation, **parameters))[part]
        except ApiError as error:
            if may_lack and error.missing:
                return None
            raise


class Account(Uncached):
    """Policies, principals and who holds what. It refuses what RAM refuses, and keeps a list of the writes."""

    def __init__(self, caller: str = "user/administrator") -> None:
        self.settings = SimpleNamespace(consistency_timeout=0, retry_timeout=0)
        self.clock = SimpleNamespace(now=lambda: 0.0, sleep=lambda seconds: asyncio.sleep(0))
        self.policies: dict[str, dict[str, Any]] = {}
        self.principals: set[Principal] = set()
        self.attached: set[tuple[Principal, PolicyRef]] = set()
        self.groups_of_caller: list[str] = []
        self.caller = caller
        self.writes: list[str] = []
        self.created = 0
        self.assumed_role_arn = None
        self.report_progress = None
        self.parent = Parent()
        self.account_id = "1000000000000001"

    @property
    def fresh(self) -> Account:
        return self

    def data(self) -> Any:
        return copy.deepcopy((self.policies, self.principals, self.attached))

    async def identity(self) -> Any:
        return SimpleNamespace(arn=f"acs:ram::1000000000000001:{self.caller}")

    async def caller_is(self, kind: str, name: str) -> bool:
        return self.caller == f"{kind}/{name}"

    async def pages(self, operation: str, token: str, **parameters: Any) -> AsyncIterator[dict[str, Any]]:
        assert (operation, token) == ("ListTagResources", "NextToken") and parameters["PageSize"] <= 100
        tags = self.policies[parameters["ResourceNames"][0]]["tags"]
        yield {"TagResources": [{"TagKey": key, "TagValue": value} for key, value in tags.items()]}

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        if not operation.startswith(("Get", "List")):
            self.writes.append(operation)
        kind = next((kind for kind in ("User", "Group", "Role") if operation.endswith(kind)), None)
        if kind and operation != "ListGroupsForUser":
            principal = Principal(kind.lower(), parameters.pop(f"{kind}Name"))
            if principal not in self.principals:
                raise refusal(f"EntityNotExist.{kind}")
            return getattr(self, operation[: -len(kind)])(principal, **parameters)
        return getattr(self, operation)(**parameters)

    def custom(self, name: str) -> dict[str, Any]:
        if name not in self.policies:
            raise refusal("EntityNotExist.Policy")
        return self.policies[name]

    def exists(self, policy: PolicyRef) -> None:
        if policy.type == "Custom":
            self.custom(policy.name)
        elif policy.name not in SYSTEM:
            raise refusal("EntityNotExist.Policy")

    # pylint: disable=invalid-name

    def GetPolicy(self, PolicyName: str, PolicyType: str) -> dict[str, Any]:
        self.exists(PolicyRef(PolicyName, PolicyType))
        if PolicyType == "System":
            return {"Policy": {"PolicyName": PolicyName}, "DefaultPolicyVersion": {"PolicyDocument": "{}"}}
        found = self.policies[PolicyName]
        return {
            "Policy": {
                "PolicyName": PolicyName,
                "PolicyType": "Custom",
                "Description": found["description"],
                "DefaultVersion": f"v{found['default']}",
                "AttachmentCount": sum(held == PolicyRef(PolicyName, "Custom") for dummy, held in self.attached),
                "CreateDate": found.get("created"),
            },
            "DefaultPolicyVersion": {"PolicyDocument": found["versions"][found["default"]]},
        }

    def ListPolicyVersions(self, PolicyName: str, PolicyType: str) -> dict[str, Any]:
        versions = self.custom(PolicyName)["versions"]
        found = [{"VersionId": f"v{number}", "PolicyDocument": text} for number, text in versions.items()]
        return {"PolicyVersions": {"PolicyVersion": sorted(found, key=lambda version: version["VersionId"])}}

    def ListEntitiesForPolicy(self, PolicyName: str, PolicyType: str) -> dict[str, Any]:
        policy = PolicyRef(PolicyName, PolicyType)
        self.exists(policy)
        return {
            f"{kind}s": {
                kind: [
                    {f"{kind}Name": principal.name}
                    for principal, held in self.attached
                    if held == policy and principal.kind == kind.lower()
                ]
            }
            for kind in ("User", "Group", "Role")
        }

    def ListPoliciesFor(self, principal: Principal) -> dict[str, Any]:
        held = [policy.parameters for holder, policy in self.attached if holder == principal]
        return {"Policies": {"Policy": held}}

    def ListGroupsForUser(self, UserName: str) -> dict[str, Any]:
        return {"Groups": {"Group": [{"GroupName": name} for name in self.groups_of_caller]}}

    def Get(self, principal: Principal) -> dict[str, Any]:
        kind = principal.kind.title()
        return {kind: {f"{kind}Name": principal.name, "IsServiceLinkedRole": principal == LINKED}}

    def CreatePolicy(
        self, PolicyName: str, PolicyDocument: str, Description: str = "", Tag: Any = ()
    ) -> dict[str, Any]:
        if PolicyName in self.policies:
            raise refusal("EntityAlreadyExists.Policy")
        tags = {tag["Key"]: tag["Value"] for tag in Tag}
        self.created += 1
        self.policies[PolicyName] = {
            "created": f"2026-01-01T00:00:{self.created:02}Z",
            "description": Description,
            "versions": {1: PolicyDocument},
            "default": 1,
            "tags": tags,
        }
        return {}

    def CreatePolicyVersion(
        self, PolicyName: str, PolicyDocument: str, SetAsDefault: bool, RotateStrategy: str = ""
    ) -> dict[str, Any]:
        found = self.custom(PolicyName)
        if len(found["versions"]) >= MAX_VERSIONS:
            if not RotateStrategy:
                raise refusal("LimitExceeded.Policy.Version")
            del found["versions"][min(number for number in found["versions"] if number != found["default"])]
        number = max(found["versions"]) + 1
        found["versions"][number] = PolicyDocument
        assert SetAsDefault is True
        found["default"] = number
        return {}

    def SetDefaultPolicyVersion(self, PolicyName: str, VersionId: str) -> dict[str, Any]:
        assert int(VersionId[1:]) in self.custom(PolicyName)["versions"]
        self.policies[PolicyName]["default"] = int(VersionId[1:])
        return {}

    def UpdatePolicyDescription(self, PolicyName: str, NewDescription: str) -> dict[str, Any]:
        assert NewDescription
        self.custom(PolicyName)["description"] = NewDescription
        return {}

    def TagResources(self, ResourceType: str, ResourceNames: list[str], Tag: Any) -> dict[str, Any]:
        assert ResourceType == "policy" and Tag
        tags = {**self.custom(ResourceNames[0])["tags"], **{tag["Key"]: tag["Value"] for tag in Tag}}
        if len(tags) > MAX_TAGS:
            raise refusal("LimitExceeded.Tag")
        self.policies[ResourceNames[0]]["tags"] = tags
        return {}

    def UntagResources(self, ResourceType: str, ResourceNames: list[str], TagKeys: list[str]) -> dict[str, Any]:
        assert ResourceType == "policy" and TagKeys
        for key in TagKeys:
            del self.custom(ResourceNames[0])["tags"][key]
        return {}

    def DeletePolicy(self, PolicyName: str, CascadingDelete: bool) -> dict[str, Any]:
        if len(self.custom(PolicyName)["versions"]) > 1 and not CascadingDelete:
            raise refusal("DeleteConflict.Policy.Version")
        if any(policy == PolicyRef(PolicyName, "Custom") for dummy, policy in self.attached):
            raise refusal("DeleteConflict.Policy.User")
        del self.policies[PolicyName]
        return {}

    def AttachPolicyTo(self, principal: Principal, PolicyName: str, PolicyType: str) -> dict[str, Any]:
        policy = PolicyRef(PolicyName, PolicyType)
        self.exists(policy)
        if (principal, policy) in self.attached:
            raise refusal("EntityAlreadyExists.User.Policy")
        self.attached.add((principal, policy))
        return {}

    def DetachPolicyFrom(self, principal: Principal, PolicyName: str, PolicyType: str) -> dict[str, Any]:
        policy = PolicyRef(PolicyName, PolicyType)
        if (principal, policy) not in self.attached:
            raise refusal("EntityNotExist.User.Policy")
        self.attached.remove((principal, policy))
        return {}
