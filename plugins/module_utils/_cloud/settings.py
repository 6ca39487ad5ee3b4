# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that all modules share: credentials, account and connection."""

from __future__ import annotations

import ipaddress
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.common.parameters import AnsibleFallbackNotFound

from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, quote
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name
from ansible_collections.alicloud.ram.plugins.module_utils._text import flaw_in_text


def env_fallback(*names: str) -> str:
    """Return the value of the first of these environment variables that is not empty; an empty one counts as not set.

    Raises AnsibleFallbackNotFound.
    """
    for name in names:
        if os.environ.get(name):
            return os.environ[name]
    raise AnsibleFallbackNotFound


ASSUME_ROLE_SPEC: dict[str, Any] = {
    "role_arn": {"type": "str"},
    "account_id": {"type": "str"},
    "role_name": {"type": "str"},
    "session_name": {"type": "str", "default": "alicloud-ram-ansible"},
    "duration_seconds": {"type": "int", "default": 3600},
    "external_id": {"type": "str", "no_log": True},
}

CONNECTION_SPEC: dict[str, Any] = {
    "access_key_id": {"type": "str", "no_log": False},
    "access_key_secret": {"type": "str", "no_log": True},
    "security_token": {"type": "str", "no_log": True},
    "profile": {"type": "str"},
    "assume_role": {
        "type": "dict",
        "options": ASSUME_ROLE_SPEC,
        "required_together": [("account_id", "role_name")],
        "required_one_of": [("role_arn", "account_id")],
        "mutually_exclusive": [("role_arn", "account_id")],
    },
    "account_id": {"type": "str"},
    "ram_endpoint": {
        "type": "str",
        "default": "ram.aliyuncs.com",
        "fallback": (env_fallback, ["ALIBABA_CLOUD_RAM_ENDPOINT"]),
    },
    "sts_endpoint": {
        "type": "str",
        "default": "sts.aliyuncs.com",
        "fallback": (env_fallback, ["ALIBABA_CLOUD_STS_ENDPOINT"]),
    },
    "resourcemanager_endpoint": {
        "type": "str",
        "default": "resourcemanager.aliyuncs.com",
        "fallback": (env_fallback, ["ALIBABA_CLOUD_RESOURCEMANAGER_ENDPOINT"]),
    },
    "ca_bundle": {
        "type": "path",
        "fallback": (env_fallback, ["ALIBABA_CLOUD_CA_BUNDLE", "REQUESTS_CA_BUNDLE"]),
    },
    "validate_certs": {"type": "bool", "default": True},
    "proxy": {"type": "str", "no_log": True, "fallback": (env_fallback, ["HTTPS_PROXY", "https_proxy"])},
    "no_proxy": {"type": "str", "fallback": (env_fallback, ["NO_PROXY", "no_proxy"])},
    "connect_timeout": {
        "type": "float",
        "default": 5,
        "fallback": (env_fallback, ["ALIBABA_CLOUD_CONNECT_TIMEOUT"]),
    },
    "read_timeout": {"type": "float", "default": 10, "fallback": (env_fallback, ["ALIBABA_CLOUD_READ_TIMEOUT"])},
    "retry_timeout": {"type": "float", "default": 120, "fallback": (env_fallback, ["ALIBABA_CLOUD_RETRY_TIMEOUT"])},
    "consistency_timeout": {
        "type": "float",
        "default": 30,
        "fallback": (env_fallback, ["ALIBABA_CLOUD_CONSISTENCY_TIMEOUT"]),
    },
}

# Further arguments of AnsibleModule that belong to the specification.
CONNECTION_RULES: dict[str, Any] = {
    "required_together": [("access_key_id", "access_key_secret")],
    "mutually_exclusive": [("profile", "access_key_id")],
    "required_by": {"security_token": ("access_key_id",)},
}

TARGETS = ("accounts", "account_id", "assume_role")
"""The options that select the account in which a task acts."""

# For these options, an empty value must not fall back to the default: it could select other credentials, another account,
# host or object, or change an object that belongs to somebody else.
NEVER_EMPTY = frozenset(
    (
        *TARGETS,
        "role_arn",
        "role_name",
        "access_key_id",
        "access_key_secret",
        "security_token",
        "profile",
        "ram_endpoint",
        "sts_endpoint",
        "resourcemanager_endpoint",
        "custom_suffix",
        "managed_by",
        "baseline",
    )
)
# Seconds for one connection or one response. Without a limit, the sum of several timeouts could overflow.
MAX_TIMEOUT = 86400

# Session durations in seconds that STS accepts. A role may allow less.
MIN_SESSION, MAX_SESSION = 900, 43200

# Stripped from account IDs and endpoints, for example the line feed at the end of a file.
BLANKS = " \t\r\n"
ACCOUNT_ID = re.compile(r"[0-9]{1,32}")
_ROLE_ARN = re.compile(r"acs:ram::([0-9]{1,32}):role/([A-Za-z0-9.-]{1,64})", re.IGNORECASE)
_ROLE_NAME = re.compile(r"[A-Za-z0-9.-]{1,64}")
_SESSION_NAME = re.compile(r"[A-Za-z0-9.@_-]{2,64}")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_ENDPOINT = re.compile(r"(?:https://)?([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?/?")
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}")
_URL = re.compile(r"[!-~]+")


def refuse_empty(value: Any, place: str) -> None:
    """Raise DeclarationError, which names ``place``, if the value is null or empty.

    Ansible's validation cannot distinguish null from a missing option, so this check runs before it.
    """
    if isinstance(value, str):
        what = "" if value.strip() else "an empty text"
    else:
        what = "null" if value is None else "empty" if value in ([], {}) else ""
    if not what:
        return
    raise DeclarationError(f"{place}: the value is {what}. Give a value, or remove {place.rpartition(': ')[2]}.")


@dataclass(frozen=True)
class AssumeRole:
    """A role to assume before the calls. Source: the request of STS AssumeRole."""

    role_arn: str
    session_name: str = "alicloud-ram-ansible"
    duration_seconds: int = 3600
    external_id: str | None = field(default=None, repr=False)
    policy: str | None = None
    """A session policy; only profiles can set it."""

    @property
    def account_id(self) -> str:
        return self.role_arn.split(":")[3]

    @classmethod
    def from_params(cls, params: Mapping[str, Any], where: str = "assume_role") -> AssumeRole:
        """Create the role from the ``assume_role`` option. Raises DeclarationError, which names the suboption."""
        arn = params.get("role_arn")
        if arn is None and params.get("account_id") is None:
            raise DeclarationError(f"{where}: role_arn is missing, or account_id and role_name in its place.")
        if arn is None:
            account_id, role_name = account_id_of(params, f"{where}.account_id"), params.get("role_name") or ""
            if not _ROLE_NAME.fullmatch(role_name):
                raise DeclarationError(
                    f"{where}.role_name: {quote(role_name)} is not a role name (1 to 64 letters, digits, '.' and '-')."
                )
            arn = f"acs:ram::{account_id}:role/{role_name}"
        elif not _ROLE_ARN.fullmatch(arn):
            raise DeclarationError(
                f"{where}.role_arn: {quote(arn)} is not the ARN of a role; it has the form acs:ram::<account ID>:role/<name>."
            )
        session_name = params.get("session_name") or cls.session_name
        if not _SESSION_NAME.fullmatch(session_name):
            raise DeclarationError(
                f"{where}.session_name: {quote(session_name)} is not a session name "
                "(2 to 64 letters, digits, '.', '@', '-' and '_')."
            )
        duration = params.get("duration_seconds")
        duration = cls.duration_seconds if duration is None else duration
        if not MIN_SESSION <= duration <= MAX_SESSION:
            raise DeclarationError(
                f"{where}.duration_seconds: {duration} is not between {MIN_SESSION} and {MAX_SESSION} seconds."
            )
        external_id = params.get("external_id")
        if external_id is not None and not _EXTERNAL_ID.fullmatch(external_id):
            raise DeclarationError(
                f"{where}.external_id: 2 to 1224 letters, digits and any of '_+=,.@:/-' are allowed."
            )
        return cls(arn, session_name, duration, external_id, params.get("policy"))


@dataclass(frozen=True)
class Settings:
    """The validated shared options of one task."""

    access_key_id: str | None = None
    access_key_secret: str | None = field(default=None, repr=False)
    security_token: str | None = field(default=None, repr=False)
    profile: str | None = None
    assume_role: AssumeRole | None = None
    account_id: str | None = None
    ram_endpoint: str = "ram.aliyuncs.com"
    sts_endpoint: str = "sts.aliyuncs.com"
    resourcemanager_endpoint: str = "resourcemanager.aliyuncs.com"
    ca_bundle: str | None = None
    validate_certs: bool = True
    proxy: str | None = field(default=None, repr=False)
    no_proxy: str | None = None
    connect_timeout: float = 5
    read_timeout: float = 10
    retry_timeout: float = 120
    consistency_timeout: float = 30

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Settings:
        """Create the settings from a module's parameters. Raises DeclarationError, which names the option."""
        values: dict[str, Any] = {name: params.get(name) for name in CONNECTION_SPEC if params.get(name) is not None}
        for name in values.keys() & NEVER_EMPTY:
            refuse_empty(values[name], option_name(name))
        for name in ("proxy", "no_proxy", "ca_bundle"):  # an empty value disables that of the environment
            if values.get(name) == "":
                del values[name]
        where = option_name("assume_role")
        role = values.get("assume_role")
        values["assume_role"] = AssumeRole.from_params(role, where) if role is not None else None
        if params.get("account_id") is not None:
            values["account_id"] = account_id_of(params, option_name("account_id"))
        for name in ("ram_endpoint", "sts_endpoint", "resourcemanager_endpoint"):
            if name in values:
                values[name] = _endpoint(option_name(name), values[name])
        flaw = flaw_in_text(values.get("no_proxy") or "", strict=True)
        if flaw:
            raise DeclarationError(f"{option_name('no_proxy')}: {quote(values['no_proxy'], explain=False)} {flaw}.")
        if "proxy" in values:
            _check_proxy(values["proxy"])
        for name in ("connect_timeout", "read_timeout"):
            if not 0 < values.get(name, 1) <= MAX_TIMEOUT:
                raise DeclarationError(
                    f"{option_name(name)}: {values[name]} is not a number of seconds above 0, {MAX_TIMEOUT} at most."
                )
        for name in ("retry_timeout", "consistency_timeout"):
            if not 0 <= values.get(name, 1) < math.inf:
                raise DeclarationError(f"{option_name(name)}: {values[name]} is not a number of seconds.")
        settings = cls(**values)
        role = settings.assume_role
        if role and settings.account_id and role.account_id != settings.account_id:
            raise DeclarationError(
                f"{option_name('account_id')} is {settings.account_id}, but {where} is a role of account "
                f"{role.account_id}."
            )
        return settings


def account_id_of(params: Mapping[str, Any], where: str = "account_id") -> str:
    """Return the account ID in ``params``. Raises DeclarationError."""
    account_id = str(params["account_id"]).strip(BLANKS)
    if not ACCOUNT_ID.fullmatch(account_id):
        raise DeclarationError(f"{where}: {quote(account_id)} is not an account ID, which has digits only.")
    return account_id


def _check_proxy(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = bool(_URL.fullmatch(url)) and parts.scheme in ("http", "https") and _is_host(parts.hostname or "")
        good = good and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise DeclarationError(
            f"{option_name('proxy')}: it is not the URL of a proxy, which has the form http://host:port."
        )


def _endpoint(name: str, value: str) -> str:
    match = _ENDPOINT.fullmatch(value.strip(BLANKS))
    if not match or not _is_host(match.group(1).strip("[]")) or not 0 < int(match.group(2) or 443) <= 65535:
        raise DeclarationError(
            f"{name}: {quote(value)} is not an endpoint; give a host name, with a port if it is not 443. HTTPS is always used."
        )
    return match.group(1) + (f":{match.group(2)}" if match.group(2) else "")


def _is_host(name: str) -> bool:
    """Return whether the text is a host name or an IP address."""
    if ":" in name:
        try:
            return bool(ipaddress.IPv6Address(name))
        except ValueError:
            return False
    return len(name) <= 253 and all(map(_LABEL.fullmatch, name.split(".")))
