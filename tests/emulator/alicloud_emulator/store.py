# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the emulator knows: plain data structures, one World with any number of accounts.

System policies and the catalogue of service-linked roles exist once, whatever the number of accounts.
"""

from __future__ import annotations

import collections
import itertools
import secrets
import string
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .errors import ApiError

PolicyKey = tuple[str, str]  # type, name
Holder = tuple[str, str]  # "User", "Group" or "Role"; name


@dataclass(frozen=True, slots=True)
class Quotas:
    """How many of each an account may have. Source: RAM documentation, "Limitations".

    The service adjusts only those of roles, custom policies and attachments; here all can be.
    """

    users: int = 5000
    groups: int = 300
    groups_of_user: int = 10
    roles: int = 1000
    policies: int = 1500
    versions: int = 5
    system_policies_attached: int = 20
    custom_policies_attached: int = 10
    access_keys: int = 2  # of a user
    tags: int = 20  # unknown: the published number is that of a user's tags

    def attached(self, policy_type: str) -> int:
        return self.system_policies_attached if policy_type == "System" else self.custom_policies_attached


QUOTAS = Quotas()

_ALPHABET = string.ascii_letters + string.digits


def iso(moment: float) -> str:
    """UTC, the form of every date in the APIs."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def random_text(length: int) -> str:
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(length))


@dataclass(slots=True)
class Version:
    id: str
    document: str
    created: str


@dataclass(slots=True)
class Policy:
    type: str
    name: str
    description: str
    created: str
    updated: str
    versions: dict[str, Version] = field(default_factory=dict)  # oldest first
    default: str = "v1"
    last_version: int = 0
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> PolicyKey:
        return (self.type, self.name)

    @property
    def document(self) -> str:
        return self.versions[self.default].document

    def add_version(self, document: str, now: str) -> Version:
        """Version IDs are never used twice (inferred)."""
        self.last_version += 1
        version = Version(f"v{self.last_version}", document, now)
        self.versions[version.id] = version
        return version


@dataclass(slots=True)
class LoginProfile:
    """That a user may log on to the console. No password is kept."""

    created: str
    password_reset_required: bool = False
    mfa_bind_required: bool = False


@dataclass(slots=True)
class MFADevice:
    serial_number: str
    type: str  # VMFA, a virtual one, or U2F
    activated: str
    user: str = ""  # of a bound one


@dataclass(slots=True)
class User:
    name: str
    id: str
    created: str
    updated: str
    display_name: str = ""
    comments: str = ""
    email: str = ""
    mobile_phone: str = ""
    groups: dict[str, str] = field(default_factory=dict)  # group name -> join date
    policies: dict[PolicyKey, str] = field(default_factory=dict)  # -> attach date
    access_keys: list[str] = field(default_factory=list)
    login_profile: LoginProfile | None = None
    last_login: str = ""
    delete_conflict: str = ""  # the last part of a code with which DeleteUser is refused, whatever else there is


@dataclass(slots=True)
class Group:
    name: str
    id: str
    created: str
    updated: str
    comments: str = ""
    members: dict[str, str] = field(default_factory=dict)  # user name -> join date
    policies: dict[PolicyKey, str] = field(default_factory=dict)


@dataclass(slots=True)
class RoleUsage:
    region: str
    resources: list[str]


@dataclass(slots=True)
class InUse:
    """Why the linked service does not let a role go."""

    message: str
    usages: list[RoleUsage]


@dataclass(slots=True)
class Deletion:
    """How every deletion task of a service-linked role goes."""

    polls: int = 1
    outcome: str = "SUCCEEDED"


@dataclass(slots=True)
class DeletionTask:
    id: str
    role: str
    created: str
    polls: int
    outcome: str
    polled: int = 0
    status: str = "NOT_STARTED"
    reason: InUse | None = None

    @property
    def running(self) -> bool:
        return self.status in ("NOT_STARTED", "IN_PROGRESS")


@dataclass(slots=True)
class Role:
    name: str
    id: str
    arn: str
    trust_policy: str
    created: str
    updated: str
    description: str = ""
    max_session_duration: int = 3600
    allow_console_login: bool = True
    policies: dict[PolicyKey, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    service_name: str = ""  # of a service-linked role
    in_use: InUse | None = None
    deletion: Deletion = field(default_factory=Deletion)
    latest_task: str = ""


Principal = User | Group | Role


@dataclass(slots=True)
class Account:
    id: str
    name: str = ""
    alias: str = ""
    quotas: Quotas = QUOTAS
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)  # by lower-case name, see role()
    policies: dict[str, Policy] = field(default_factory=dict)  # the custom ones
    attachments: dict[PolicyKey, dict[Holder, str]] = field(default_factory=dict)  # -> attach date
    scoped: dict[tuple[PolicyKey, Holder, str], str] = field(default_factory=dict)  # by resource group
    tasks: dict[str, DeletionTask] = field(default_factory=dict)
    mfa_devices: dict[str, MFADevice] = field(default_factory=dict)  # by serial number

    def is_scoped(self, holder: Holder) -> bool:
        """Whether a policy is attached to it in a resource group."""
        return any(one == holder for _key, one, _group in self.scoped)

    def mfa_device(self, user: User) -> MFADevice | None:
        """The device that is bound to a user."""
        return next((device for device in self.mfa_devices.values() if device.user == user.name), None)

    def role(self, name: str) -> Role:
        """Role names and ARNs are compared without regard to case: samples show ARNs in lower case (inferred)."""
        try:
            return self.roles[name.lower()]
        except KeyError:
            raise ApiError("EntityNotExist.Role") from None

    def user(self, name: str) -> User:
        # unknown: whether case counts in the names of users, groups and policies. Taken to count.
        try:
            return self.users[name]
        except KeyError:
            raise ApiError("EntityNotExist.User") from None

    def group(self, name: str) -> Group:
        try:
            return self.groups[name]
        except KeyError:
            raise ApiError("EntityNotExist.Group") from None

    def principal(self, kind: str, name: str) -> Principal:
        if kind == "User":
            return self.user(name)
        return self.group(name) if kind == "Group" else self.role(name)

    def custom_policy(self, name: str) -> Policy:
        try:
            return self.policies[name]
        except KeyError:
            raise ApiError("EntityNotExist.Policy") from None

    def attach(self, kind: str, principal: Principal, key: PolicyKey, now: str) -> None:
        principal.policies[key] = now
        self.attachments.setdefault(key, {})[(kind, principal.name)] = now

    def detach(self, kind: str, principal: Principal, key: PolicyKey) -> None:
        del principal.policies[key]
        holders = self.attachments[key]
        del holders[(kind, principal.name)]
        if not holders:
            del self.attachments[key]

    def rename(self, kind: str, principal: User | Group, name: str) -> None:
        """Give a user or a group another name, wherever the old one stands."""
        old = principal.name
        if name == old:
            return
        holders: dict[str, Any] = self.users if kind == "User" else self.groups
        if name in holders:
            raise ApiError(f"EntityAlreadyExists.{kind}")
        holders[name] = holders.pop(old)
        principal.name = name
        if isinstance(principal, User):
            for device in self.mfa_devices.values():
                device.user = name if device.user == old else device.user
            for group in principal.groups:
                members = self.groups[group].members
                members[name] = members.pop(old)
        else:
            for user in principal.members:
                groups = self.users[user].groups
                groups[name] = groups.pop(old)
        for key in principal.policies:
            attached = self.attachments[key]
            attached[(kind, name)] = attached.pop((kind, old))
        self.scoped = {
            (key, (kind, name) if holder == (kind, old) else holder, group): date
            for (key, holder, group), date in self.scoped.items()
        }

    def remove_role(self, role: Role) -> None:
        for key in list(role.policies):
            self.detach("Role", role, key)
        del self.roles[role.name.lower()]


@dataclass(slots=True)
class Service:
    """A service that has a service-linked role: what GetServiceLinkedRoleTemplate tells, and the role's policy."""

    name: str
    role_name_prefix: str
    system_policy_name: str
    description: str
    multiple_roles_allowed: bool = False

    @property
    def trust_policy(self) -> str:
        return (
            '{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow",'
            f'"Principal":{{"Service":["{self.name}"]}}}}],"Version":"1"}}'
        )


@dataclass(slots=True)
class Folder:
    id: str
    name: str
    parent: str
    created: str
    ancestry: str  # the IDs from the directory down to this folder, with slashes


@dataclass(slots=True)
class Member:
    account_id: str
    display_name: str
    folder: str
    join_method: str
    joined: str
    status: str
    tags: dict[str, str]


@dataclass(slots=True)
class Directory:
    """One Resource Directory: a management account, folders and members."""

    id: str
    management_account: str
    root: str
    created: str
    folders: dict[str, Folder] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)


@dataclass(slots=True)
class Credential:
    """An access key: of an account itself ("root"), of a RAM user ("user") or of a role session ("session")."""

    access_key_id: str
    secret: str
    account_id: str
    kind: str
    name: str = ""  # of the user or role
    role_id: str = ""
    session_name: str = ""
    token: str = ""
    expires: float = 0.0
    policy: str | None = None  # the session policy
    source_identity: str = ""
    created: str = ""
    active: bool = True
    last_used: float = 0.0


class World:
    """Everything that the emulator serves."""

    def __init__(self, services: Iterable[Service], system_policies: Iterable[Policy]) -> None:
        self.accounts: dict[str, Account] = {}
        self.credentials: dict[str, Credential] = {}
        self.services = {service.name: service for service in services}
        self.system_policies = {policy.name: policy for policy in system_policies}
        self.directory: Directory | None = None
        self._ids = itertools.count(1)
        self._issued: collections.deque[tuple[float, str]] = collections.deque()  # end, access key ID
        self._hidden: dict[str, list[tuple[float, Account]]] = {}

    def new_id(self, kind: str) -> str:
        """An 18-digit ID, unique in this world; the first digit tells users, roles and groups apart."""
        first = {"User": "2", "Role": "3", "Group": "4"}[kind]
        return f"{first}{next(self._ids):017d}"

    def policy(self, account: Account, policy_type: str, name: str) -> Policy:
        if policy_type == "System":
            try:
                return self.system_policies[name]
            except KeyError:
                raise ApiError("EntityNotExist.Policy") from None
        return account.custom_policy(name)

    def add_credential(self, credential: Credential) -> None:
        self.credentials[credential.access_key_id] = credential

    def rename_credentials(self, account: Account, user: User) -> None:
        for key in user.access_keys:
            self.credentials[key].name = user.name

    def issue_session(self, credential: Credential, now: float) -> None:
        """Keep a session, and forget those that ended long ago.

        Recently ended sessions stay, because their callers must hear that the token is expired.
        """
        while self._issued and self._issued[0][0] < now - 3600:
            self.credentials.pop(self._issued.popleft()[1], None)
        self._issued.append((credential.expires, credential.access_key_id))
        self.add_credential(credential)

    # Delayed visibility: reads see a copy of the account from before a write.

    def hide_write(self, before: Account, until: float) -> None:
        """Reads of an account see it as it was, until the given time; before is a copy from before a write."""
        self._hidden.setdefault(before.id, []).append((until, before))

    def view(self, account: Account, now: float) -> Account:
        """The account as reads see it: before the oldest write that is still hidden."""
        hidden = self._hidden.get(account.id)
        if not hidden:
            return account
        hidden[:] = [entry for entry in hidden if entry[0] > now]
        if not hidden:
            del self._hidden[account.id]
            return account
        return hidden[0][1]


def service_linked_arn(account_id: str, role_name: str) -> str:
    """Source: the samples of CreateServiceLinkedRole, where the name in the ARN is in lower case."""
    return f"acs:ram::{account_id}:role/{role_name.lower()}"


def role_arn(account_id: str, role_name: str) -> str:
    return f"acs:ram::{account_id}:role/{role_name}"


def new_service_linked_role(
    world: World, account: Account, service: Service, suffix: str, description: str, now: str
) -> Role:
    """The role as the service defines it, with its system policy attached; added to the account."""
    name = f"{service.role_name_prefix}_{suffix}" if suffix else service.role_name_prefix
    role = Role(
        name=name,
        id=world.new_id("Role"),
        arn=service_linked_arn(account.id, name),
        trust_policy=service.trust_policy,
        created=now,
        updated=now,
        description=description or service.description,
        allow_console_login=False,  # unknown: its value for service-linked roles
        service_name=service.name,
    )
    account.roles[name.lower()] = role
    account.attach("Role", role, ("System", service.system_policy_name), now)
    return role


def to_plain(world: World, account: Account) -> dict[str, Any]:
    """The whole account as JSON values, for tests that compare before and after. Holds no secrets."""

    def attached(principal: Principal) -> list[dict[str, str]]:
        return [{"type": key[0], "name": key[1], "attached": date} for key, date in sorted(principal.policies.items())]

    return {
        "account_id": account.id,
        "name": account.name,
        "alias": account.alias,
        "users": {
            user.name: {
                "id": user.id,
                "display_name": user.display_name,
                "comments": user.comments,
                "email": user.email,
                "mobile_phone": user.mobile_phone,
                "created": user.created,
                "updated": user.updated,
                "groups": dict(sorted(user.groups.items())),
                "policies": attached(user),
                "access_keys": list(user.access_keys),
                "login_profile": user.login_profile is not None,
                "mfa_devices": [one.serial_number for one in account.mfa_devices.values() if one.user == user.name],
            }
            for user in sorted(account.users.values(), key=lambda item: item.name)
        },
        "groups": {
            group.name: {
                "id": group.id,
                "comments": group.comments,
                "created": group.created,
                "updated": group.updated,
                "members": dict(sorted(group.members.items())),
                "policies": attached(group),
            }
            for group in sorted(account.groups.values(), key=lambda item: item.name)
        },
        "policies": {
            policy.name: {
                "description": policy.description,
                "default_version": policy.default,
                "created": policy.created,
                "updated": policy.updated,
                "tags": dict(sorted(policy.tags.items())),
                "versions": {
                    version.id: {"document": version.document, "created": version.created}
                    for version in policy.versions.values()
                },
                "attachments": [
                    {"kind": holder[0], "name": holder[1], "attached": date}
                    for holder, date in sorted(account.attachments.get(policy.key, {}).items())
                ],
            }
            for policy in sorted(account.policies.values(), key=lambda item: item.name)
        },
        "roles": {
            role.name: {
                "id": role.id,
                "arn": role.arn,
                "description": role.description,
                "trust_policy": role.trust_policy,
                "max_session_duration": role.max_session_duration,
                "created": role.created,
                "updated": role.updated,
                "service_name": role.service_name,
                "tags": dict(sorted(role.tags.items())),
                "policies": attached(role),
                "latest_deletion_task": role.latest_task,
            }
            for role in sorted(account.roles.values(), key=lambda item: item.name)
        },
        "resource_group_attachments": [
            {
                "type": key[0],
                "policy": key[1],
                "kind": holder[0],
                "name": holder[1],
                "resource_group": resource_group,
                "attached": date,
            }
            for (key, holder, resource_group), date in sorted(account.scoped.items())
        ],
        "mfa_devices": {
            device.serial_number: {"type": device.type, "user": device.user}
            for device in sorted(account.mfa_devices.values(), key=lambda item: item.serial_number)
        },
        "deletion_tasks": {
            task.id: {
                "role": task.role,
                "created": task.created,
                "status": task.status,
                "outcome": task.outcome,
                "polls": task.polls,
                "polled": task.polled,
            }
            for task in sorted(account.tasks.values(), key=lambda item: item.id)
        },
    }
