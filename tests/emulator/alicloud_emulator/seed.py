# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The seed: accounts, rules and services from YAML or JSON, strictly validated.

Every error names its place, e.g. accounts[0].users[1].name.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timezone
from typing import Any

import yaml

from .authorize import parse_time
from .catalogue import service_policy, services, system_policy
from .documents import DocumentError, check_policy, check_trust_policy
from .faults import KINDS, OPERATION_OF, PER, SELECTORS, Rule
from .operations import OPERATIONS
from .operations.service_linked_roles import start_deletion
from .rates import published_rates
from .registry import PRODUCTS
from .store import (
    QUOTAS,
    Account,
    Credential,
    Deletion,
    Directory,
    Folder,
    Group,
    InUse,
    LoginProfile,
    Member,
    MFADevice,
    Policy,
    PolicyKey,
    Principal,
    Quotas,
    Role,
    RoleUsage,
    Service,
    User,
    World,
    iso,
    new_service_linked_role,
    random_text,
    role_arn,
)
from .system_policies import system_policies

_USER_NAME = "[A-Za-z0-9._-]{1,64}"
_ROLE_NAME = "[A-Za-z0-9.-]{1,64}"
_POLICY_NAME = "[A-Za-z0-9-]{1,128}"
# Source: the SDK's models and RAM's pages on Resource Directory.
MEMBER_STATUSES = (
    "CreateSuccess",
    "InviteSuccess",
    "PromoteSuccess",
    "PromoteVerifying",
    "PromoteFailed",
    "PromoteExpired",
    "PromoteCancelled",
)
NO_UTF8 = re.compile("[\ud800-\udfff]")  # half characters, which JSON can name
_OUTCOMES = ("SUCCEEDED", "FAILED", "INTERNAL_ERROR")  # of deletion tasks


class SeedError(ValueError):
    """Something in a seed that is not allowed."""


class Node:
    """A value of the seed that knows its place."""

    __slots__ = ("place", "value")

    def __init__(self, value: Any, place: str) -> None:
        self.value = value
        self.place = place

    def fail(self, message: str) -> SeedError:
        return SeedError(f"{self.place or 'the seed'}: {message}")

    def mapping(self, *allowed: str, required: tuple[str, ...] = ()) -> Node:
        """Check that it is a mapping with these keys only."""
        if not isinstance(self.value, dict):
            raise self.fail("must be a mapping")
        for key in self.value:
            if key not in allowed:
                raise self.fail(f"unknown key {key!r}; allowed: {', '.join(allowed)}")
        for key in required:
            if self.value.get(key) is None:
                raise self.fail(f"{key} is required")
        return self

    def __contains__(self, key: str) -> bool:
        return self.value.get(key) is not None

    def __getitem__(self, key: str) -> Node:
        return Node(self.value.get(key), f"{self.place}.{key}" if self.place else key)

    def items(self, key: str) -> Iterator[Node]:
        """The elements of the list under a key; none if it is absent."""
        value = self.value.get(key)
        if value is None:
            return
        place = f"{self.place}.{key}" if self.place else key
        if not isinstance(value, list):
            raise SeedError(f"{place}: must be a list")
        for index, item in enumerate(value):
            yield Node(item, f"{place}[{index}]")

    def text(self, default: str = "", pattern: str = "", low: int = 0, high: int = 6144) -> str:
        if self.value is None:
            return default
        if not isinstance(self.value, str):
            raise self.fail("must be text (in quotes, if it looks like a number)")
        if not low <= len(self.value) <= high:
            raise self.fail(f"must have {low} to {high} characters")
        if NO_UTF8.search(self.value):
            raise self.fail("must be fit for UTF-8")
        if pattern and not re.fullmatch(pattern, self.value):
            raise self.fail(f"{self.value!r} does not match {pattern}")
        return self.value

    def choice(self, *choices: str, default: str = "") -> str:
        value = self.text(default)
        if value not in choices:
            raise self.fail(f"must be one of {', '.join(choices)}")
        return value

    def number(self, default: float, low: float = 0, high: float = 10**9, whole: bool = True) -> Any:
        value = self.value if self.value is not None else default
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise self.fail("must be a number" if not whole else "must be a whole number")
        if not low <= value <= high:
            raise self.fail(f"must be between {low} and {high}")
        return value

    def boolean(self, default: bool = False) -> bool:
        if self.value is None:
            return default
        if not isinstance(self.value, bool):
            raise self.fail("must be true or false")
        return self.value

    def texts(self) -> dict[str, str]:
        """A mapping of text to text, as tags are."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise self.fail("must be a mapping")
        for key, value in self.value.items():
            if not isinstance(key, str) or not isinstance(value, str):
                raise self.fail(f"{key!r}: key and value must be text")
        return dict(self.value)

    def document(self, trust: bool = False) -> str:
        """A policy document, as a mapping or as JSON text."""
        if isinstance(self.value, dict):
            try:
                text = json.dumps(self.value, separators=(",", ":"))
            except TypeError as exc:
                raise self.fail(f"cannot be written as JSON: {exc}") from None
        elif isinstance(self.value, str):
            text = self.value
        else:
            raise self.fail("must be a mapping or JSON text")
        try:
            (check_trust_policy if trust else check_policy)(text)
        except DocumentError as exc:
            raise self.fail(str(exc)) from None
        return text

    def moment(self, default: float) -> float:
        """A time, in seconds since the epoch."""
        if self.value is None:
            return default
        try:
            if isinstance(self.value, datetime):
                found = self.value if self.value.tzinfo else self.value.replace(tzinfo=timezone.utc)
            elif isinstance(self.value, str):
                found = parse_time(self.value)
            else:
                raise ValueError
        except ValueError:
            raise self.fail("must be a time, e.g. 2030-01-01T00:00:00Z") from None
        return found.timestamp()


@dataclass
class Seed:
    """What a seed added to a world."""

    accounts: list[dict[str, str]] = field(default_factory=list)  # the list of the ready file
    rules: list[Rule] = field(default_factory=list)


def new_world() -> World:
    """A world without accounts."""
    catalogue = services()
    return World(catalogue, system_policies(catalogue))


def load(path: str) -> Any:
    """The values in a seed file. JSON is YAML, but JSON's own reader is much faster."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        if path.endswith(".json"):
            return json.loads(text)
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  both are safe
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise SeedError(f"{where}not valid YAML: {getattr(exc, 'problem', None) or exc}".replace("\n", " ")) from None
    except ValueError as exc:
        raise SeedError(f"not valid JSON: {exc}") from None


def apply(world: World, values: Any, now: float) -> Seed:
    """Add a seed to a world: all of it or, on an error, nothing."""
    root = Node(values, "").mapping("accounts", "rules", "rates", "services", "system_policies", "quotas")
    builder = _Builder(world, now, _quotas(root["quotas"], QUOTAS))
    seed = Seed(rules=[read_rule(node) for node in root.items("rules")])
    if root["rates"].choice("", "published"):
        seed.rules += published_rates()
    for node in root.items("services"):
        builder.add_service(node)
    for node in root.items("system_policies"):
        builder.add_system_policy(node)
    for node in root.items("accounts"):
        builder.add_account(node)
    builder.add_members()
    seed.accounts = builder.commit()
    return seed


def read_rule(node: Node) -> Rule:
    node.mapping("fault", *SELECTORS, *sorted({key for keys in KINDS.values() for key in keys}), required=("fault",))
    fault = node["fault"].choice(*KINDS)
    keys = KINDS[fault]
    node.mapping("fault", *SELECTORS, *keys)
    for key in ("per_second", *(() if fault == "deletion" else ("seconds",))):
        if key in keys and key not in node:
            raise node.fail(f"{key} is required for {fault}")
    per_second = float(node["per_second"].number(1, low=0.001, high=10**6, whole=False))
    retry_after = node["retry_after"]
    rule = Rule(
        fault=fault,
        service=node["service"].choice("", *PRODUCTS),
        operation=_operations(node, fault),
        account_id=node["account_id"].text(pattern="[0-9]{16}"),
        caller=node["caller"].text(),
        nth=node["nth"].number(1, low=1),
        count=node["count"].number(0 if fault == "rate" or "probability" in node else 1),
        probability=float(node["probability"].number(1, high=1, whole=False)),
        status=node["status"].number(0, low=100 if "status" in node else 0, high=599),
        code=node["code"].text(),
        message=node["message"].text(),
        retry_after="exact" if fault == "rate" and retry_after.value == "exact" else retry_after.number(0),
        seconds=float(node["seconds"].number(0, high=43200, whole=False)),
        jitter=float(node["jitter"].number(0, high=3600, whole=False)),
        per_second=per_second,
        burst=float(node["burst"].number(max(1, per_second), low=1, high=10**6, whole=False)),
        per=[item.choice(*PER) for item in node.items("per")] if "per" in node else ["account", "operation"],
        effect=node["effect"].choice("before", "after", default="before"),
        polls=node["polls"].number(1, high=10**6),
        outcome=node["outcome"].choice(*_OUTCOMES, default="FAILED" if _in_use(node) else "SUCCEEDED"),
        usages=_usages(node),
    )
    if "body" in node:
        rule.body = node["body"].text(high=10**6)
    if fault == "deletion":
        if _in_use(node) and rule.outcome != "FAILED":
            raise node.fail("message and usages go with the outcome FAILED")
        if "polls" in node and "seconds" in node:
            raise node.fail("a task lasts for some polls or for some seconds, not both")
    return rule


def _operations(node: Node, fault: str) -> str | list[str]:
    """The names of the operations that a rule is for, or *."""
    if "operation" not in node or node["operation"].value == "*":
        return "*"
    services = [node["service"].text()] if "service" in node else PRODUCTS
    names = list(node.items("operation")) if isinstance(node["operation"].value, list) else [node["operation"]]
    if not names:
        raise node["operation"].fail("must name an operation")
    for item in names:
        name = item.text(low=1)
        if not any((service, name) in OPERATIONS for service in services):
            raise item.fail(f"there is no operation {name!r}")
        if name != OPERATION_OF.get(fault, name):
            raise item.fail(f"{fault} is for {OPERATION_OF[fault]} only")
    found: str | list[str] = node["operation"].value
    return found


def _in_use(node: Node) -> bool:
    """Whether a rule of deletion says why the task fails."""
    return "message" in node or "usages" in node


def _usages(node: Node) -> list[RoleUsage]:
    usages = []
    for item in node.items("usages"):
        item.mapping("region", "resources", required=("region", "resources"))
        usages.append(
            RoleUsage(item["region"].text(low=1), [resource.text(low=1) for resource in item.items("resources")])
        )
    return usages


def _quotas(node: Node, base: Quotas) -> Quotas:
    """Those of a seed, for all its accounts or for one; what is not given is as in base."""
    if node.value is None:
        return base
    names = [item.name for item in fields(Quotas)]
    node.mapping(*names)
    return replace(base, **{name: node[name].number(0) for name in names if name in node})


class _Builder:
    """Makes accounts apart from the world, so that a seed with an error leaves the world as it was."""

    def __init__(self, world: World, now: float, quotas: Quotas) -> None:
        self.world = world
        self.quotas = quotas
        self.now = now
        self.time = iso(now)
        self.accounts: dict[str, Account] = {}
        self.credentials: dict[str, Credential] = {}
        self.services: dict[str, Service] = {}
        self.policies: dict[str, Policy] = {}
        self.listed: list[dict[str, str]] = []
        self.management: tuple[Node, Account] | None = None
        self.members: list[tuple[Node, Account]] = []
        self.directory: Directory | None = None

    def commit(self) -> list[dict[str, str]]:
        self.world.services.update(self.services)
        self.world.system_policies.update(self.policies)
        self.world.accounts.update(self.accounts)
        self.world.credentials.update(self.credentials)
        self.world.directory = self.directory
        return self.listed

    # Services

    def add_service(self, node: Node) -> None:
        node.mapping(
            "service_name",
            "role_name_prefix",
            "system_policy_name",
            "multiple_roles_allowed",
            "description",
            "policy_document",
            required=("service_name", "role_name_prefix"),
        )
        name = node["service_name"].text(low=1, high=256, pattern="[A-Za-z0-9.-]+")
        prefix = node["role_name_prefix"].text(pattern=_ROLE_NAME)
        if name in self.services:
            raise node.fail(f"the service {name} is there twice")
        service = Service(
            name=name,
            role_name_prefix=prefix,
            system_policy_name=node["system_policy_name"].text(
                prefix.replace("AliyunServiceRoleFor", "AliyunServiceRolePolicyFor")[:64], pattern=_POLICY_NAME
            ),
            description=node["description"].text(f"Service Linked Role for {prefix}."),
            multiple_roles_allowed=node["multiple_roles_allowed"].boolean(),
        )
        document = node["policy_document"].document() if "policy_document" in node else _NOTHING
        self.services[name] = service
        self.policies[service.system_policy_name] = service_policy(service, document)

    def add_system_policy(self, node: Node) -> None:
        node.mapping("name", "description", "document", required=("name", "document"))
        name = node["name"].text(pattern=_POLICY_NAME)
        if name in self.policies:
            raise node["name"].fail(f"the system policy {name} is there twice")
        self.policies[name] = system_policy(name, node["description"].text(high=1024), node["document"].document())

    # Accounts

    def add_account(self, node: Node) -> None:
        node.mapping(
            "account_id",
            "alias",
            "quotas",
            "display_name",
            "directory",
            "status",
            "folder",
            "join_method",
            "tags",
            "users",
            "groups",
            "policies",
            "roles",
            "service_linked_roles",
            "virtual_mfa_devices",
            "root_access_key",
            "sessions",
            required=("account_id",),
        )
        account_id = node["account_id"].text(pattern="[0-9]{16}")
        if account_id in self.accounts or account_id in self.world.accounts:
            raise node["account_id"].fail(f"the account {account_id} is there already")
        alias = node["alias"].text()
        account = Account(
            account_id,
            name=node["display_name"].text() or alias,
            alias=alias,
            quotas=_quotas(node["quotas"], self.quotas),
        )
        for item in node.items("policies"):
            self._add_policy(account, item)
        for item in node.items("groups"):
            self._add_group(account, item)
        first: Credential | None = None
        for item in node.items("users"):
            key = self._add_user(account, item)
            first = first or key
        for item in node.items("roles"):
            self._add_role(account, item)
        for item in node.items("service_linked_roles"):
            self._add_service_linked_role(account, item)
        for item in node.items("virtual_mfa_devices"):
            serial = f"acs:ram::{account_id}:mfa/{item.text(low=1, high=64)}"
            account.mfa_devices[serial] = MFADevice(serial, "VMFA", self.time)
        if "root_access_key" in node:
            self._add_key(account, node["root_access_key"], "root", "")
        for item in node.items("sessions"):
            self._add_session(account, item)
        key = first or self._add_administrator(account)
        self.accounts[account_id] = account
        self.listed.append(
            {"account_id": account_id, "access_key_id": key.access_key_id, "access_key_secret": key.secret}
        )
        self._note_membership(account, node)

    def _attach(self, account: Account, kind: str, principal: Principal, node: Node) -> None:
        for item in node.items("policies"):
            item.mapping("name", "type", required=("name", "type"))
            key = self._known_policy(account, item)
            if key in principal.policies:
                raise item.fail(f"{key[1]} is there twice")
            account.attach(kind, principal, key, self.time)
        for item in node.items("resource_group_policies"):
            item.mapping("name", "type", "resource_group", required=("name", "type", "resource_group"))
            key = self._known_policy(account, item)
            account.scoped[key, (kind, principal.name), item["resource_group"].text(low=1)] = self.time

    def _known_policy(self, account: Account, item: Node) -> PolicyKey:
        key = (item["type"].choice("System", "Custom"), item["name"].text())
        if key[0] == "Custom":
            known = key[1] in account.policies
        else:
            known = key[1] in self.policies or key[1] in self.world.system_policies
        if not known:
            raise item.fail(f"there is no {key[0]} policy {key[1]!r}")
        return key

    def _add_policy(self, account: Account, node: Node) -> None:
        node.mapping("name", "description", "document", "versions", "default_version", "tags", required=("name",))
        name = node["name"].text(pattern=_POLICY_NAME)
        if name in account.policies:
            raise node["name"].fail(f"the policy {name} is there twice")
        if ("document" in node) == ("versions" in node):
            raise node.fail("exactly one of document and versions is required")
        policy = Policy("Custom", name, node["description"].text(high=1024), self.time, self.time)
        if "document" in node:
            policy.add_version(node["document"].document(), self.time)
        for item in node.items("versions"):
            item.mapping("document", required=("document",))
            policy.add_version(item["document"].document(), self.time)
        if not 1 <= len(policy.versions) <= account.quotas.versions:
            raise node["versions"].fail(f"a policy has 1 to {account.quotas.versions} versions")
        policy.default = node["default_version"].text("v1")
        if policy.default not in policy.versions:
            raise node["default_version"].fail(f"there is no version {policy.default!r}")
        policy.tags = node["tags"].texts()
        account.policies[name] = policy

    def _add_group(self, account: Account, node: Node) -> None:
        node.mapping("name", "comments", "policies", "resource_group_policies", required=("name",))
        name = node["name"].text(pattern=_USER_NAME)
        if name in account.groups:
            raise node["name"].fail(f"the group {name} is there twice")
        group = Group(name, self.world.new_id("Group"), self.time, self.time, comments=node["comments"].text(high=128))
        account.groups[name] = group
        self._attach(account, "Group", group, node)

    def _add_user(self, account: Account, node: Node) -> Credential | None:
        """Returns the user's first access key."""
        node.mapping(
            "name",
            "display_name",
            "comments",
            "groups",
            "policies",
            "access_keys",
            "login_profile",
            "last_login",
            "mfa_device",
            "resource_group_policies",
            "delete_conflict",
            required=("name",),
        )
        name = node["name"].text(pattern=_USER_NAME)
        if name in account.users:
            raise node["name"].fail(f"the user {name} is there twice")
        user = User(
            name,
            self.world.new_id("User"),
            self.time,
            self.time,
            display_name=node["display_name"].text(name, high=128),
            comments=node["comments"].text(high=128),
        )
        account.users[name] = user
        for item in node.items("groups"):
            group = item.text(low=1)
            if group not in account.groups:
                raise item.fail(f"there is no group {group!r}")
            user.groups[group] = account.groups[group].members[name] = self.time
        self._attach(account, "User", user, node)
        self._add_logon(account, user, node)
        first = None
        for item in node.items("access_keys"):
            key = self._add_key(account, item, "user", name)
            user.access_keys.append(key.access_key_id)
            first = first or key
        if len(user.access_keys) > account.quotas.access_keys:
            raise node["access_keys"].fail(f"a user has {account.quotas.access_keys} access keys at most")
        return first

    def _add_logon(self, account: Account, user: User, node: Node) -> None:
        """What the user logs on with, and what else holds back its deletion."""
        if "login_profile" in node:
            profile = node["login_profile"]
            profile.mapping("password_reset_required", "mfa_bind_required")
            user.login_profile = LoginProfile(
                self.time, profile["password_reset_required"].boolean(), profile["mfa_bind_required"].boolean()
            )
        user.last_login = node["last_login"].text()
        user.delete_conflict = node["delete_conflict"].text()
        if "mfa_device" in node:
            kind = node["mfa_device"].choice("VMFA", "U2F")
            serial = f"acs:ram::{account.id}:mfa/{user.name}"
            account.mfa_devices[serial] = MFADevice(serial, kind, self.time, user.name)

    def _add_key(self, account: Account, node: Node, kind: str, name: str) -> Credential:
        node.mapping("access_key_id", "access_key_secret")
        return self._keep(
            node,
            Credential(
                access_key_id=node["access_key_id"].text(f"LTAI5t{random_text(18)}", low=1, high=128),
                secret=node["access_key_secret"].text(random_text(30), low=1, high=128),
                account_id=account.id,
                kind=kind,
                name=name,
                created=self.time,
            ),
        )

    def _keep(self, node: Node, key: Credential) -> Credential:
        if key.access_key_id in self.credentials or key.access_key_id in self.world.credentials:
            raise node["access_key_id"].fail("the access key is there already")
        self.credentials[key.access_key_id] = key
        return key

    def _add_administrator(self, account: Account) -> Credential:
        """For an account whose seed gives no user an access key."""
        name = "administrator" if "administrator" not in account.users else "emulator-administrator"
        node = Node(
            {"name": name, "policies": [{"name": "AdministratorAccess", "type": "System"}], "access_keys": [{}]},
            f"the administrator of {account.id}",
        )
        key = self._add_user(account, node)
        assert key is not None
        return key

    def _add_role(self, account: Account, node: Node) -> None:
        node.mapping(
            "name",
            "description",
            "trust_policy",
            "policies",
            "resource_group_policies",
            "max_session_duration",
            "tags",
            required=("name", "trust_policy"),
        )
        name = node["name"].text(pattern=_ROLE_NAME)
        if name.lower() in account.roles:
            raise node["name"].fail(f"the role {name} is there twice (case does not count)")
        role = Role(
            name=name,
            id=self.world.new_id("Role"),
            arn=role_arn(account.id, name),
            trust_policy=node["trust_policy"].document(trust=True),
            created=self.time,
            updated=self.time,
            description=node["description"].text(high=1024),
            max_session_duration=node["max_session_duration"].number(3600, low=3600, high=43200),
            tags=node["tags"].texts(),
        )
        account.roles[name.lower()] = role
        self._attach(account, "Role", role, node)

    def _add_service_linked_role(self, account: Account, node: Node) -> None:
        node.mapping("service_name", "custom_suffix", "in_use", "deletion", "deleting", required=("service_name",))
        name = node["service_name"].text()
        service = self.services.get(name) or self.world.services.get(name)
        if service is None:
            raise node["service_name"].fail(f"there is no service {name!r}")
        suffix = node["custom_suffix"].text(pattern="[A-Za-z0-9.-]+")
        if suffix and not service.multiple_roles_allowed:
            raise node["custom_suffix"].fail(f"{name} allows no suffix")
        role_name = f"{service.role_name_prefix}_{suffix}" if suffix else service.role_name_prefix
        if len(role_name) > 64:
            raise node["custom_suffix"].fail("the role's name would have more than 64 characters")
        if role_name.lower() in account.roles:
            raise node.fail(f"the role {role_name} is there twice")
        role = new_service_linked_role(self.world, account, service, suffix, "", self.time)
        if "in_use" in node:
            role.in_use = self._in_use(node["in_use"], role)
        if "deletion" in node:
            node["deletion"].mapping("polls", "outcome")
        deletion = node["deletion"] if "deletion" in node else Node({}, "")
        role.deletion = Deletion(
            polls=deletion["polls"].number(1, high=10**6),
            outcome=deletion["outcome"].choice(*_OUTCOMES, default="FAILED" if role.in_use else "SUCCEEDED"),
        )
        if role.in_use and role.deletion.outcome == "SUCCEEDED":
            raise node.fail("a role that is in use cannot be deleted: outcome must not be SUCCEEDED")
        if node["deleting"].boolean():
            if not role.deletion.polls:
                raise node.fail("a deletion that is under way needs at least one poll")
            start_deletion(account, role, self.time)

    def _in_use(self, node: Node, role: Role) -> InUse:
        """The default message is the sample's."""
        node.mapping("message", "usages")
        message = f"Service-Linked Role {role.arn} cannot be deleted as it is in use by {role.service_name}."
        return InUse(node["message"].text(message), _usages(node))

    def _add_session(self, account: Account, node: Node) -> None:
        node.mapping(
            "access_key_id",
            "access_key_secret",
            "security_token",
            "role",
            "session_name",
            "expires",
            required=("role",),
        )
        role = account.roles.get(node["role"].text().lower())
        if role is None:
            raise node["role"].fail(f"there is no role {node['role'].value!r}")
        self._keep(
            node,
            Credential(
                access_key_id=node["access_key_id"].text(f"STS.{random_text(24)}", low=1, high=128),
                secret=node["access_key_secret"].text(random_text(44), low=1, high=128),
                account_id=account.id,
                kind="session",
                name=role.name,
                role_id=role.id,
                session_name=node["session_name"].text("session", pattern="[A-Za-z0-9.@_-]{2,64}"),
                token=node["security_token"].text(f"CAIS{random_text(120)}", low=1),
                expires=node["expires"].moment(self.now + 3600),
            ),
        )

    # The Resource Directory

    def _note_membership(self, account: Account, node: Node) -> None:
        place = "directory" in node and node["directory"].choice("management", "member")
        if place == "management":
            if self.management or self.world.directory:
                raise node["directory"].fail("there is one management account only")
            self.management = (node, account)
        elif place == "member":
            self.members.append((node, account))
        for key in ("status", "folder", "join_method", "tags"):
            if key in node and place != "member":
                raise node[key].fail("only for members of the directory")

    def add_members(self) -> None:
        self.directory = self.world.directory
        if self.management:
            self.directory = _new_directory(self.management[1], self.time)
        if not self.members:
            return
        if self.directory is None:
            raise self.members[0][0]["directory"].fail("a member needs an account with directory: management")
        # A world's own directory must stay as it is if the seed turns out to be wrong, so these come last.
        found = [self._member(node, account) for node, account in self.members]
        for member, path in found:
            member.folder = _folder(self.directory, path, self.time)
            self.directory.members[member.account_id] = member

    def _member(self, node: Node, account: Account) -> tuple[Member, str]:
        status = node["status"].choice(*MEMBER_STATUSES, default="CreateSuccess")
        member = Member(
            account_id=account.id,
            display_name=account.name or account.id,
            folder="",
            join_method=node["join_method"].choice(
                "created", "invited", default="invited" if status.startswith("Invite") else "created"
            ),
            joined=self.time,
            status=status,
            tags=node["tags"].texts(),
        )
        return member, node["folder"].text("/", pattern="/|(/[^/]{1,24}){1,5}")


_NOTHING = '{"Version":"1","Statement":[{"Action":["ecs:DescribeRegions"],"Resource":"*","Effect":"Allow"}]}'


def _hashed(kind: str, text: str, length: int) -> str:
    """An ID that is the same in every run."""
    return f"{kind}-{hashlib.sha256(f'{kind}:{text}'.encode()).hexdigest()[:length]}"


def _new_directory(account: Account, now: str) -> Directory:
    directory = Directory(
        id=_hashed("rd", account.id, 6), management_account=account.id, root=_hashed("r", account.id, 6), created=now
    )
    directory.folders[directory.root] = Folder(directory.root, "Root", "", now, f"{directory.id}/{directory.root}")
    return directory


def _folder(directory: Directory, path: str, now: str) -> str:
    """The ID of the folder at a path; folders that are not there yet are made."""
    folder, walked = directory.folders[directory.root], ""
    for name in path.strip("/").split("/"):
        if not name:
            continue
        walked += f"/{name}"
        folder_id = _hashed("fd", f"{directory.id}{walked}", 10)
        if folder_id not in directory.folders:
            directory.folders[folder_id] = Folder(folder_id, name, folder.id, now, f"{folder.ancestry}/{folder_id}")
        folder = directory.folders[folder_id]
    return folder.id
