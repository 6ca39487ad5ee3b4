# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An account for the engine's unit tests: plain data, on which the emulator's table of operations works."""

from __future__ import annotations

import asyncio
import copy
import functools
import json
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

from alicloud_emulator import store
from alicloud_emulator.errors import ApiError as Refusal
from alicloud_emulator.faults import Plans, Verdict
from alicloud_emulator.registry import OPERATIONS, Call, Caller
from alicloud_emulator.server import perform
from alicloud_emulator.testing import STRICT
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import Parent
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ApiError
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import PolicyRef, Principal

ACCOUNT_ID = "1000000000000001"
SYSTEM = ["Admin", "ReadOnly"]
LINKED = Principal("role", "linked")
_SERVICE = store.Service("one.example.aliyuncs.com", LINKED.name, "Admin", "")
_QUOTAS = store.Quotas(custom_policies_attached=1000, system_policies_attached=1000)
_BEGIN = 1767225600.0  # 2026-01-01
_EMPTY = '{"Version":"1","Statement":[]}'


def document(meaning: str, wrapped: bool = False) -> dict[str, Any]:
    """A policy document; with ``wrapped``, another with the same meaning."""
    action = f"oss:{meaning}"
    statement = {"Effect": "Allow", "Action": [action] if wrapped else action, "Resource": "*"}
    return (
        {"Statement": [statement, statement], "Version": "1"} if wrapped else {"Version": "1", "Statement": [statement]}
    )


def refusal(code: str) -> ApiError:
    """The error of a client whose call is refused with a code of the services."""
    return _as_client(Refusal(code, status=404 if code.startswith("EntityNotExist") else 409))


def _as_client(error: Refusal) -> ApiError:
    return ApiError(f"{error.code}: {error}", error.code, error.status)


class Uncached:
    """``call_cached`` for stand-ins of the client, which answer ``call``."""

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        raise NotImplementedError

    async def call_cached(self, operation: str, part: str, may_lack: bool = False, **parameters: Any) -> Any:
        """As the client's, but with nothing kept, so that a test sees each time that something is asked for."""
        try:
            return (await self.call(operation, **parameters))[part]
        except ApiError as error:
            if may_lack and error.missing:
                return None
            raise


class Account(Uncached):
    """The client's interface for one account, whose state is plain data that tests set and compare.

    ``policies`` has description, versions (number: text), default (number) and tags of each custom policy. ``caller`` is
    ``user/<name>`` or ``role/<name>``; ``groups_of_caller`` are the groups of a user. ``writes`` lists the operations that
    changed anything or were refused. An operation can also be called as a method, without ``await``; setting an attribute
    of its name replaces it, and ``Get``, ``ListPoliciesFor``, ``AttachPolicyTo`` and ``DetachPolicyFrom``, which take a
    principal, replace those of all three kinds.
    """

    def __init__(self, caller: str = "user/administrator") -> None:
        self.settings: Any = SimpleNamespace(consistency_timeout=0, retry_timeout=0)
        self.clock: Any = SimpleNamespace(now=lambda: 0.0, sleep=lambda seconds: asyncio.sleep(0))
        self.policies: dict[str, dict[str, Any]] = {}
        self.principals: set[Principal] = set()
        self.attached: set[tuple[Principal, PolicyRef]] = set()
        self.groups_of_caller: list[str] = []
        self.caller = caller
        self.writes: list[str] = []
        self.assumed_role_arn = None
        self.report_progress = None
        self.parent = Parent()
        self.account_id = ACCOUNT_ID
        self._calls = 0

    @property
    def fresh(self) -> Account:
        return self

    def data(self) -> Any:
        return copy.deepcopy((self.policies, self.principals, self.attached))

    async def identity(self) -> Any:
        return SimpleNamespace(arn=f"acs:ram::{ACCOUNT_ID}:{self.caller}", account_id=ACCOUNT_ID)

    async def find_account_id(self) -> str:
        return ACCOUNT_ID

    async def callers(self) -> list[tuple[str, str]]:
        kind, _slash, name = (await self.identity()).arn.rsplit(":", 1)[-1].partition("/")
        return [(kind, name)]

    async def pages(self, operation: str, token: str, **parameters: Any) -> AsyncIterator[dict[str, Any]]:
        while True:
            page = getattr(self, operation)(**parameters)
            yield page
            if not page.get(token):
                return
            parameters[token] = page[token]

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        if not operation.startswith(("Get", "List")):
            self.writes.append(operation)
        kind = next((kind for kind in ("User", "Group", "Role") if operation.endswith(kind)), None)
        if kind and operation != "ListGroupsForUser":
            principal = Principal(kind.lower(), parameters.pop(f"{kind}Name"))
            return getattr(self, operation[: -len(kind)])(principal, **parameters)
        return getattr(self, operation)(**parameters)

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        if ("ram", name) not in OPERATIONS:
            raise AttributeError(name)
        return functools.partial(self._operate, name)

    # pylint: disable=invalid-name

    def Get(self, principal: Principal) -> dict[str, Any]:
        return self._operate(f"Get{principal.kind.title()}", principal.name)

    def ListPoliciesFor(self, principal: Principal) -> dict[str, Any]:
        return self._operate(f"ListPoliciesFor{principal.kind.title()}", **principal.parameters)

    def AttachPolicyTo(self, principal: Principal, PolicyName: str, PolicyType: str) -> dict[str, Any]:
        policy = PolicyRef(PolicyName, PolicyType)
        return self._operate(f"AttachPolicyTo{principal.kind.title()}", **policy.parameters, **principal.parameters)

    def DetachPolicyFrom(self, principal: Principal, PolicyName: str, PolicyType: str) -> dict[str, Any]:
        policy = PolicyRef(PolicyName, PolicyType)
        return self._operate(f"DetachPolicyFrom{principal.kind.title()}", **policy.parameters, **principal.parameters)

    # pylint: enable=invalid-name

    def _operate(self, name: str, *values: Any, **parameters: Any) -> dict[str, Any]:
        """Perform an operation of RAM on the data. Raises ApiError."""
        operation = OPERATIONS["ram", name]
        parameters.update(zip((parameter.name for parameter in operation.parameters), values))
        self._calls += operation.write
        world = self._world(with_caller=name == "ListGroupsForUser")
        account = world.accounts[ACCOUNT_ID]
        root = store.Credential("LTAI", "secret", ACCOUNT_ID, "root")
        call = Call(
            world=world,
            caller=Caller(root, account),
            account=account,
            raw={key: _on_the_wire(value) for key, value in parameters.items() if value not in (None, [])},
            now=_BEGIN + self._calls,  # so that no two creations are of the same time
            source_ip="127.0.0.1",
            request_id="",
        )
        try:
            body = perform(call, operation, Verdict(), Plans(), STRICT)
        except Refusal as error:
            raise _as_client(error) from None
        if operation.write:
            self._keep(account)
        return body

    # From the data to the emulator's store, and back

    def _world(self, with_caller: bool) -> store.World:
        """Return a world with the account. The caller exists to be asked for its groups, whether or not it is a principal."""
        system = [store.Policy("System", name, "", "", "") for name in SYSTEM]
        for policy in system:
            policy.add_version(_EMPTY, "")
        world = store.World([_SERVICE], system)
        account = world.accounts[ACCOUNT_ID] = store.Account(ACCOUNT_ID, quotas=_QUOTAS)
        for name, found in self.policies.items():
            stored = store.Policy(
                "Custom", name, found["description"], found.get("created", ""), found.get("updated", "")
            )
            stored.versions = {
                f"v{number}": store.Version(f"v{number}", text, "") for number, text in found["versions"].items()
            }
            stored.default, stored.tags = f"v{found['default']}", dict(found["tags"])
            stored.last_version = max(found["versions"])
            account.policies[name] = stored
        kind, _slash, name = self.caller.partition("/")
        groups = [Principal("group", group) for group in self.groups_of_caller if with_caller]
        for principal in {
            *self.principals,
            *groups,
            *([Principal("user", name)] if with_caller and kind == "user" else []),
        }:
            self._add(account, principal)
        for group in groups:
            account.users[name].groups[group.name] = account.groups[group.name].members[name] = ""
        for principal, policy in self.attached:
            title = principal.kind.title()
            account.attach(title, account.principal(title, principal.name), (policy.type, policy.name), "")
        return world

    def _add(self, account: store.Account, principal: Principal) -> None:
        name = principal.name
        if principal.kind == "user":
            account.users[name] = store.User(name, "2", "", "")
        elif principal.kind == "group":
            account.groups[name] = store.Group(name, "4", "", "")
        else:
            role = store.Role(name, "3", store.role_arn(ACCOUNT_ID, name), _EMPTY, "", "")
            if principal == LINKED:
                role.service_name, role.trust_policy = _SERVICE.name, _SERVICE.trust_policy
            account.roles[name.lower()] = role

    def _keep(self, account: store.Account) -> None:
        self.policies = {
            name: {
                "created": policy.created,
                "updated": policy.updated,
                "description": policy.description,
                "versions": {int(version.id[1:]): version.document for version in policy.versions.values()},
                "default": int(policy.default[1:]),
                "tags": dict(policy.tags),
            }
            for name, policy in account.policies.items()
        }
        self.attached = {
            (Principal(kind.lower(), name), PolicyRef(policy_name, policy_type))
            for (policy_type, policy_name), held in account.attachments.items()
            for kind, name in held
        }


def _on_the_wire(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
