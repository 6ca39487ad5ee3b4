# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users: a user with these properties is present, or no user with this name exists. Credentials are only ever deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import required
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ApiError, DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._names import entry_option
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import Principal, resource_group_grants
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    Change,
    Listing,
    Plan,
    References,
    Stage,
    concurrently,
    read_or_none,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.crud import Field, Observed
from ansible_collections.alicloud.ram.plugins.module_utils._resources.principal import (
    ObservedPrincipal,
    Obstacle,
    PrincipalEntity,
    membership_change,
)

_FACTS = ("UserId", "CreateDate", "UpdateDate", "LastLoginDate")
_DISPLAY_NAME = "display_name"


@dataclass(frozen=True)
class AccessKey:
    """An access key: its ID, whether it is active, and when it was created and last used."""

    key_id: str
    status: str
    created: str | None = None
    last_used: str | None = None

    def describe(self) -> dict[str, Any]:
        return {
            "access_key_id": self.key_id,
            "status": self.status,
            "create_date": self.created,
            "last_used_date": self.last_used,
        }


@dataclass(frozen=True)
class ObservedUser(ObservedPrincipal):
    """``scoped`` are the grants in resource groups; ``unread`` says what could not be read, and why."""

    keys: tuple[AccessKey, ...] = ()
    login_profile: Mapping[str, Any] | None = None
    mfa_device: Mapping[str, Any] | None = None
    virtual_devices: frozenset[str] = frozenset()
    scoped: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class User(PrincipalEntity):
    """A declared user. With ``delete_credentials``, its deletion also deletes its access keys, login profile and MFA device."""

    noun = "user"
    entity = "User"
    fields = (
        Field(_DISPLAY_NAME, "DisplayName", high=128),
        Field("comments", "Comments", high=128, default=""),
        Field("email", "Email", default="", pattern=(re.compile(r"[^@\s]+@[^@\s]+"), "an e-mail address")),
        Field(
            "mobile_phone",
            "MobilePhone",
            default="",
            pattern=(
                re.compile(r"\+?[0-9]+-[0-9]+"),
                "of the form <country code>-<number>, for example 86-18600008888",
            ),
        ),
    )
    facts = _FACTS
    listing = Listing(
        "ListUsers",
        ("Users", "User"),
        "UserName",
        ("UserId", "DisplayName", "Comments", "Email", "MobilePhone", "CreateDate", "UpdateDate"),
    )

    delete_credentials: bool = False
    reads_devices: bool = False
    """Whether to read the virtual MFA devices although the user has no MFA device (any more)."""

    @classmethod
    def spec(cls) -> dict[str, Any]:
        spec = super().spec()
        state = spec.pop("state")
        return {**spec, "delete_credentials": {"type": "bool", "default": False}, "state": state}

    @classmethod
    def from_params(cls, options: Mapping[str, Any], where: str = "", alone: bool = False) -> Any:
        user = super().from_params(options, where, alone)
        if options.get("delete_credentials") and user.present:
            raise DeclarationError(
                f"{entry_option(where, 'delete_credentials')}: it is for state=absent; {user.label} is to be present."
            )
        return replace(user, delete_credentials=bool(options.get("delete_credentials")))

    def observation(self, observed: Observed) -> ObservedUser:
        return ObservedUser(observed.entity, observed.tags)

    # RAM may show the name of a user without a display name as its display name.

    @property
    def _wanted(self) -> dict[str, Any]:
        return self._without_default(super()._wanted)

    def _shown(self, observed: Observed) -> dict[str, Any] | None:
        shown = super()._shown(observed)
        return None if shown is None else self._without_default(shown)

    def _without_default(self, values: dict[str, Any]) -> dict[str, Any]:
        is_default = values.get(_DISPLAY_NAME) == self.name
        return {**values, _DISPLAY_NAME: ""} if is_default else values

    # Reading

    async def observe(self, api: Any) -> ObservedUser:
        observed: Any = await super().observe(api)
        if self.in_full and observed.entity is not None:
            return await self._observe_credentials(api, observed, with_use=True)
        return observed

    async def observe_obstacles(self, api: Any, observed: Any) -> Any:
        observed = await self._observe_credentials(api, observed, with_use=self.delete_credentials)
        reads = [self._grants_in_resource_groups(api)]
        if self.reads_devices or (self.delete_credentials and observed.mfa_device):
            reads.append(self._virtual_devices(api))
        (scoped, unread), *devices = await concurrently(*reads)
        return replace(observed, scoped=scoped, unread=unread, virtual_devices=devices[0] if devices else frozenset())

    async def _observe_credentials(self, api: Any, observed: ObservedUser, with_use: bool) -> ObservedUser:
        """Return the observation with groups and credentials.

        Source: ListGroupsForUser, ListAccessKeys, GetAccessKeyLastUsed, GetLoginProfile, GetUserMFAInfo.
        """
        groups, keys, profile, device = await concurrently(
            read_or_none(api, "ListGroupsForUser", **self._parameters),
            read_or_none(api, "ListAccessKeys", **self._parameters),
            read_or_none(api, "GetLoginProfile", **self._parameters),
            read_or_none(api, "GetUserMFAInfo", **self._parameters),
        )
        found = [
            AccessKey(required(key, "AccessKeyId", "ListAccessKeys"), key.get("Status") or "", key.get("CreateDate"))
            for key in ((keys or {}).get("AccessKeys") or {}).get("AccessKey") or []
        ]
        if with_use:
            found = await concurrently(*(self._with_use(api, key) for key in found))
        return replace(
            observed,
            memberships=tuple(
                sorted(
                    required(group, "GroupName", "ListGroupsForUser")
                    for group in ((groups or {}).get("Groups") or {}).get("Group") or []
                )
            ),
            keys=tuple(found),
            login_profile=(profile or {}).get("LoginProfile"),
            mfa_device=(device or {}).get("MFADevice"),
        )

    async def _with_use(self, api: Any, key: AccessKey) -> AccessKey:
        answer = await read_or_none(api, "GetAccessKeyLastUsed", **self._parameters, UserAccessKeyId=key.key_id)
        used = ((answer or {}).get("AccessKeyLastUsed") or {}).get("LastUsedDate")
        return replace(key, last_used=used or None)

    async def _virtual_devices(self, api: Any) -> Any:
        answer = await api.call("ListVirtualMFADevices")
        devices = required(answer, "VirtualMFADevices", "ListVirtualMFADevices").get("VirtualMFADevice") or []
        return frozenset(required(device, "SerialNumber", "ListVirtualMFADevices") for device in devices)

    async def _grants_in_resource_groups(self, api: Any) -> Any:
        """Return descriptions of the policies that are attached in resource groups, and what could not be read."""
        try:
            grants = await resource_group_grants(api, "user")
        except ApiError as error:
            if self.delete_credentials:
                raise  # nothing is deleted as long as something unknown may be in the way
            return (), (
                f"{self.label}: whether policies are attached to it in resource groups could not be read; if there are any, "
                f"RAM may refuse its deletion. {error.message}",
            )
        found = [
            f"policy {policy.name!r} in resource group {group}"
            for who, policy, group in grants
            if who == self.principal
        ]
        return tuple(sorted(found)), ()

    # Planning

    def plan_deletion(self, observed: Any, references: References) -> Plan:
        plan = super().plan_deletion(observed, references)
        return replace(plan, warnings=[*plan.warnings, *observed.unread])

    def obstacles(self, observed: Any, references: References) -> Iterable[Obstacle]:
        for group in observed.memberships:
            # A group of the same declaration removes the user itself.
            if (self.principal, Principal("group", group)) not in references.detaches:
                leaves = membership_change(self, False, self.name, group, _is_in(group))
                yield Obstacle(
                    f"the membership in group {group!r}", "DeleteConflict.User.Group", "detach", [leaves], True
                )
        for key in observed.keys:
            yield Obstacle(
                f"the access key {key.key_id}",
                "DeleteConflict.User.AccessKey",
                "delete_credentials",
                self._key_changes(key),
            )
        if observed.login_profile is not None:
            yield Obstacle(
                "a login profile",
                "DeleteConflict.User.LoginProfile",
                "delete_credentials",
                [
                    self._credential_change(
                        "DeleteLoginProfile", "login profile", lambda seen: seen.login_profile is None
                    )
                ],
            )
        if observed.mfa_device is not None:
            yield Obstacle(
                "an MFA device", "DeleteConflict.User.MFADevice", "delete_credentials", self._device_changes(observed)
            )
        for grant in observed.scoped:
            yield Obstacle(grant, "DeleteConflict.User.Policy")

    def _key_changes(self, key: AccessKey) -> list[Change]:
        # Whether RAM deletes an active key is not documented; the console disables it first.
        target = f"access key {key.key_id}"
        parameters = {"UserAccessKeyId": key.key_id}

        def is_inactive(seen: ObservedUser) -> bool:
            return all(one.status != "Active" for one in seen.keys if one.key_id == key.key_id)

        disabling = self._credential_change("UpdateAccessKey", target, is_inactive, Status="Inactive", **parameters)
        deleting = self._credential_change(
            "DeleteAccessKey", target, lambda seen: key.key_id not in [one.key_id for one in seen.keys], **parameters
        )
        return [*([disabling] if key.status == "Active" else []), deleting]

    def _device_changes(self, observed: ObservedUser) -> list[Change]:
        device = observed.mfa_device or {}
        serial = device.get("SerialNumber")
        changes = [self._credential_change("UnbindMFADevice", "MFA device", lambda seen: seen.mfa_device is None)]
        if serial in observed.virtual_devices:
            changes.append(
                Change(
                    "DeleteVirtualMFADevice",
                    f"MFA device of {self.label}",
                    {"SerialNumber": serial},
                    Stage.DELETE,
                    replace(self, reads_devices=True),
                    lambda seen: serial not in seen.virtual_devices,
                    satisfied_by=("EntityNotExist.",),
                    retry_on=("DeleteConflict.",),
                )
            )
        return changes

    def _credential_change(self, operation: str, target: str, shows: Any, **parameters: str) -> Change:
        return Change(
            operation,
            f"{target} of {self.label}",
            {**self._parameters, **parameters},
            Stage.DELETE,
            self,
            shows,
            satisfied_by=("EntityNotExist.",),
        )

    def result(self, observed: Any) -> dict[str, Any]:
        result = super().result(observed)
        if result:
            full = self.in_full
            result["groups"] = list(observed.memberships) if full else None
            result["access_keys"] = [key.describe() for key in observed.keys] if full else None
            result["login_profile"] = _login_profile(observed.login_profile) if full else None
            result["mfa_device"] = _mfa_device(observed.mfa_device) if full else None
        return result

    def diff_view(self, observed: Any) -> dict[str, Any]:
        view = super().diff_view(observed)
        if view and not self.present:
            more = {
                "groups": list(observed.memberships),
                "access_keys": [key.describe() for key in observed.keys],
                "login_profile": _login_profile(observed.login_profile),
                "mfa_device": _mfa_device(observed.mfa_device),
            }
            view.update({name: value for name, value in more.items() if value})
        return view


def _is_in(group: str) -> Any:
    return lambda seen: group in seen.memberships


def _login_profile(profile: Mapping[str, Any] | None) -> dict[str, Any]:
    if profile is None:
        return {}
    return {
        "create_date": profile.get("CreateDate"),
        "password_reset_required": profile.get("PasswordResetRequired"),
        "mfa_bind_required": profile.get("MFABindRequired"),
    }


def _mfa_device(device: Mapping[str, Any] | None) -> dict[str, Any]:
    return {} if device is None else {"serial_number": device.get("SerialNumber"), "type": device.get("Type")}


KIND = User.kind("users")
