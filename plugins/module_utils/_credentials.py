# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is calling: the credentials that were named, else the SDK's default chain; and roles assumed with them.

A credential here is what the SDK's clients take: an object whose ``get_credential_async`` answers with a key pair.
Each also has ``source``, which tells a user where it came from, and never its secret; and ``secrets``, those that are
known so far, which no error may show.
"""

from __future__ import annotations

import asyncio
import calendar
import configparser
import json
import os
import re
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ApiError,
    CredentialsError,
    DeclarationError,
    RamError,
    quoted,
    scrub,
)
from ansible_collections.alicloud.ram.plugins.module_utils._options import ACCOUNT_ID, AssumeRole, Settings
from ansible_collections.alicloud.ram.plugins.module_utils._transport import quiet_sdk_logging

# What the header of a request can carry.
_VISIBLE = re.compile(r"[!-~]+")
# A session is replaced this many seconds before it ends.
RENEW_BEFORE = 300

# Where texts of the SDK go on with what a server or a command said: it may hold anything, and only its code is told.
_SAID = re.compile(r"(?s),?\s*\b(?:result|response|stderr): (.*)")
_CODE = re.compile(r'"Code"\s*:\s*"([A-Za-z]+(?:\.[A-Za-z]+)*)"')
# The URL of such a server may have a secret in its path or query.
_URL = re.compile(r"(https?://[^/?#\s'\"]+)[^\s'\",]*")


class Keys:
    """A key pair, with its security token if it is a session's."""

    def __init__(self, access_key_id: str, access_key_secret: str, security_token: str | None, source: str) -> None:
        """Raises CredentialsError for what cannot be part of a key, such as the line break at the end of a file."""
        for name, value in (
            ("access_key_id", access_key_id),
            ("access_key_secret", access_key_secret),
            ("security_token", security_token),
        ):
            if value and not (isinstance(value, str) and _VISIBLE.fullmatch(value)):
                raise CredentialsError(
                    f"{_capitalised(source)}: {name} holds something else than visible ASCII characters, such as a blank or "
                    "a line break; take that out."
                )
        self.source = source
        self.access_key_id = access_key_id
        self._secret = access_key_secret
        self._token = security_token or None

    def __repr__(self) -> str:
        return f"<Keys of {self.source}>"

    @property
    def secrets(self) -> tuple[str | None, ...]:
        return self._secret, self._token

    async def get_credential_async(self) -> Any:
        from alibabacloud_credentials.models import CredentialModel

        return CredentialModel(
            access_key_id=self.access_key_id,
            access_key_secret=self._secret,
            security_token=self._token,
            type="sts" if self._token else "access_key",
            provider_name="static_sts" if self._token else "static_ak",
        )


class _Unreachable(CredentialsError):
    """The place that credentials come from is not there, which is no sign that it holds incomplete ones."""


class Provided:
    """Credentials that a provider of the SDK obtains and keeps fresh."""

    def __init__(self, provider: Any, source: str) -> None:
        self.source = source
        self.secrets: tuple[str | None, ...] = ()
        self._provider = provider

    async def get_credential_async(self) -> Any:
        from alibabacloud_credentials.exceptions import CredentialException
        from alibabacloud_credentials.models import CredentialModel

        quiet_sdk_logging()  # what was imported since may have attached its handlers again
        try:
            found = await self._provider.get_credentials_async()
        except CredentialException as error:
            if "HttpCode=404" in str(error.message):  # a metadata service without a role
                raise _Unreachable(f"{_capitalised(self.source)} is not there.") from None
            raise CredentialsError(
                f"{_capitalised(self.source)} gave no credentials: {_told(str(error.message))}"
            ) from None
        except Exception as error:  # the library's providers raise whatever their transport raises
            text = _told(str(error)) or type(error).__name__
            if isinstance(error, (AttributeError, LookupError, TypeError, ValueError)):  # at an answer of another shape
                raise CredentialsError(
                    f"{_capitalised(self.source)} gave no credentials that are understood ({type(error).__name__}: {text})."
                ) from None
            raise _Unreachable(f"{_capitalised(self.source)} cannot be reached: {text}") from None
        if found is None or not found.get_access_key_id() or not found.get_access_key_secret():
            raise CredentialsError(f"{_capitalised(self.source)} gave no complete credentials.")
        self.secrets = (found.get_access_key_secret(), found.get_security_token())
        return CredentialModel(
            access_key_id=found.get_access_key_id(),
            access_key_secret=found.get_access_key_secret(),
            security_token=found.get_security_token(),
            type="sts" if found.get_security_token() else "access_key",
            provider_name=found.get_provider_name(),
        )


class AssumedRole:
    """A session of a role, obtained from STS when first needed and replaced before it ends."""

    def __init__(self, sts: Any, role: AssumeRole) -> None:
        """``sts`` is an Api that calls with the credentials which assume the role."""
        self.source = f"the session of {role.role_arn}"
        self._sts = sts
        self._role = role
        self._keys: Keys | None = None
        self._ends = 0.0
        self._lock = asyncio.Lock()
        self.arn = self.account_id = ""

    @property
    def secrets(self) -> tuple[str | None, ...]:
        return self._keys.secrets if self._keys else ()

    def expire(self) -> None:
        """Forget the session, because the service said that it has ended."""
        self._keys = None

    async def get_credential_async(self) -> Any:
        async with self._lock:
            keys = self._keys
            if keys is None or self._sts.clock.wall() > self._ends - RENEW_BEFORE:
                keys = self._keys = await self._assume()
        return await keys.get_credential_async()

    async def _assume(self) -> Keys:
        role = self._role
        parameters: dict[str, Any] = {
            "RoleArn": role.role_arn,
            "RoleSessionName": role.session_name,
            "DurationSeconds": role.duration_seconds,
        }
        if role.external_id:
            parameters["ExternalId"] = role.external_id
        if role.policy:
            parameters["Policy"] = role.policy
        try:
            answer = await self._sts.call("AssumeRole", **parameters)
        except RamError as error:
            # Its code is of the role that was to be assumed, and must not be taken for one of what is called with it.
            refused = CredentialsError(f"assume_role {role.role_arn}: {error.message}", **error.details)
            refused.throttled = isinstance(error, ApiError) and error.throttled
            raise refused from None
        session, user = answer.get("Credentials") or {}, answer.get("AssumedRoleUser") or {}
        try:
            keys = Keys(session["AccessKeyId"], session["AccessKeySecret"], session["SecurityToken"], self.source)
            self._ends = _timestamp(session["Expiration"])
            arn = user["Arn"]
        except (KeyError, TypeError, ValueError):
            raise CredentialsError(
                f"assume_role {role.role_arn}: STS gave an incomplete answer to AssumeRole."
            ) from None
        # acs:ram::<account ID>:role/<role>/<session>
        parts = arn.split(":")
        if len(parts) < 5 or not ACCOUNT_ID.fullmatch(parts[3]):
            raise CredentialsError(
                f"assume_role {role.role_arn}: STS gave {quoted(arn)}, which is not the ARN of a session."
            )
        self.arn, self.account_id = arn, parts[3]
        return keys


def find(settings: Settings, environ: Mapping[str, str] | None = None) -> tuple[Any, list[AssumeRole]]:
    """The credentials to start from, and the roles to assume with them in turn.

    Order: the options (keys, or ``profile``); else the SDK's default chain: environment, OIDC, the CLI's
    configuration, the credentials file, the ECS instance's role, the credentials URI. Unlike the SDK's, the chain does
    not go past a source that is there but incomplete, because the next one may be of another account.

    Source: alibabacloud_credentials, provider/default.py. Raises CredentialsError.
    """
    environ = os.environ if environ is None else environ
    if settings.access_key_id or settings.access_key_secret:
        source = "the options access_key_id and access_key_secret"
        return _keys(settings.access_key_id, settings.access_key_secret, settings.security_token, source), []
    if settings.profile is not None:
        found = _cli_profile(settings.profile, environ) or _ini_profile(settings.profile, environ)
        if found is None:
            raise CredentialsError(
                f"profile: there is no profile {quoted(settings.profile)} in {_cli_file(environ)} or {_ini_file(environ)}."
            )
        return found
    found = (
        _environment(environ)
        or _oidc(settings, environ)
        or _cli_profile(environ.get("ALIBABA_CLOUD_PROFILE") or None, environ)
        or _ini_profile(environ.get("ALIBABA_CLOUD_PROFILE") or "default", environ)
    )
    if found is None and environ.get("ALIBABA_CLOUD_PROFILE"):
        raise CredentialsError(
            f"The environment variable ALIBABA_CLOUD_PROFILE names the profile {quoted(environ['ALIBABA_CLOUD_PROFILE'])}, "
            f"which is not in {_cli_file(environ)} or {_ini_file(environ)}."
        )
    return found or _machine(environ)


def fingerprint(settings: Settings, environ: Mapping[str, str] | None = None) -> tuple[Any, ...]:
    """What ``find`` looks at besides the settings: equal as long as it would find the same."""
    environ = os.environ if environ is None else environ
    if settings.access_key_id:
        return ()
    variables = tuple(sorted(item for item in environ.items() if item[0].startswith("ALIBABA_CLOUD_")))
    return variables + tuple(_stamp(path) for path in (_cli_file(environ), _ini_file(environ)))


def _stamp(path: str) -> tuple[str, int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return path, 0, 0
    return path, found.st_mtime_ns, found.st_size


class _FirstOf:
    """The last links of the chain, which can only be tried: the ECS instance's role, then the credentials URI."""

    def __init__(self, providers: list[Provided]) -> None:
        self._providers = providers
        self._chosen: Provided | None = None

    @property
    def source(self) -> str:
        return self._chosen.source if self._chosen else "the default credential chain"

    @property
    def secrets(self) -> tuple[str | None, ...]:
        return self._chosen.secrets if self._chosen else ()

    async def get_credential_async(self) -> Any:
        if self._chosen:
            return await self._chosen.get_credential_async()
        reasons = []
        for provider in self._providers:
            try:
                credential = await provider.get_credential_async()
            except _Unreachable as error:
                reasons.append(error.message)
                continue
            self._chosen = provider
            return credential
        raise CredentialsError(
            "No credentials were found. Give access_key_id and access_key_secret, or profile; or set "
            "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or any other source of the SDK's default "
            "credential chain. Tried: options, environment, OIDC, the CLI's configuration, the credentials file"
            + "".join(f", {provider.source}" for provider in self._providers)
            + "."
            + "".join(f" {reason}" for reason in reasons)
        )


def _machine(environ: Mapping[str, str]) -> tuple[Any, list[AssumeRole]]:
    if environ.get("ALIBABA_CLOUD_ECS_METADATA"):
        return _ecs(environ["ALIBABA_CLOUD_ECS_METADATA"], environ), []
    providers = []
    if environ.get("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "").lower() != "true":
        providers.append(_ecs(None, environ))
    if environ.get("ALIBABA_CLOUD_CREDENTIALS_URI"):
        from alibabacloud_credentials.provider import URLCredentialsProvider

        provider = URLCredentialsProvider(uri=environ["ALIBABA_CLOUD_CREDENTIALS_URI"])
        providers.append(Provided(provider, "the URI in ALIBABA_CLOUD_CREDENTIALS_URI"))
    return _FirstOf(providers), []


def _ecs(role_name: str | None, environ: Mapping[str, str]) -> Provided:
    from alibabacloud_credentials.provider import EcsRamRoleCredentialsProvider

    try:
        provider = EcsRamRoleCredentialsProvider(
            role_name=role_name or None,
            disable_imds_v1=environ.get("ALIBABA_CLOUD_IMDSV1_DISABLED", "").lower() == "true",
            async_update_enabled=False,  # it would start a thread
        )
    except ValueError:
        raise CredentialsError(
            "The ECS instance's role cannot be used, because ALIBABA_CLOUD_ECS_METADATA_DISABLED is true."
        ) from None
    return Provided(provider, "the ECS instance's role")


def _environment(environ: Mapping[str, str]) -> tuple[Any, list[AssumeRole]] | None:
    key_id = environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID")
    secret = environ.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    token = environ.get("ALIBABA_CLOUD_SECURITY_TOKEN")
    if not key_id and not secret and not token:
        return None
    for name, value in (("ID", key_id), ("SECRET", secret)):
        if not value:
            raise CredentialsError(
                f"The environment has incomplete credentials: ALIBABA_CLOUD_ACCESS_KEY_{name} is missing. Set it, or "
                "unset the other ALIBABA_CLOUD_ACCESS_KEY_* and ALIBABA_CLOUD_SECURITY_TOKEN; no other source is asked, "
                "because it may be of another account."
            )
    return Keys(key_id or "", secret or "", token, "the environment (ALIBABA_CLOUD_ACCESS_KEY_ID)"), []


def _oidc(settings: Settings, environ: Mapping[str, str]) -> tuple[Any, list[AssumeRole]] | None:
    provider_arn = environ.get("ALIBABA_CLOUD_OIDC_PROVIDER_ARN")
    token_file = environ.get("ALIBABA_CLOUD_OIDC_TOKEN_FILE")
    role_arn = environ.get("ALIBABA_CLOUD_ROLE_ARN")
    if not provider_arn and not token_file:
        return None
    if not (provider_arn and token_file and role_arn):
        raise CredentialsError(
            "The environment has incomplete OIDC credentials: ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN "
            "and ALIBABA_CLOUD_OIDC_TOKEN_FILE belong together."
        )
    from alibabacloud_credentials.http import HttpOptions
    from alibabacloud_credentials.provider import OIDCRoleArnCredentialsProvider

    provider = OIDCRoleArnCredentialsProvider(
        role_arn=role_arn,
        oidc_provider_arn=provider_arn,
        oidc_token_file_path=token_file,
        role_session_name=environ.get("ALIBABA_CLOUD_ROLE_SESSION_NAME"),
        sts_endpoint=settings.sts_endpoint,
        http_options=HttpOptions(
            proxy=settings.proxy,
            connect_timeout=int(settings.connect_timeout * 1000),
            read_timeout=int(settings.read_timeout * 1000),
        ),
    )
    return Provided(provider, "OIDC (ALIBABA_CLOUD_OIDC_PROVIDER_ARN)"), []


def _home(environ: Mapping[str, str], *path: str) -> str:
    return os.path.join(environ.get("HOME") or os.path.expanduser("~"), *path)


def _cli_file(environ: Mapping[str, str]) -> str:
    return _home(environ, ".aliyun", "config.json")


def _ini_file(environ: Mapping[str, str]) -> str:
    return environ.get("ALIBABA_CLOUD_CREDENTIALS_FILE") or _home(environ, ".alibabacloud", "credentials.ini")


def _cli_profile(name: str | None, environ: Mapping[str, str]) -> tuple[Any, list[AssumeRole]] | None:
    """A profile of the CLI's configuration, the current one where ``name`` is None."""
    path = _cli_file(environ)
    if environ.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() == "true" or not os.path.isfile(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        profiles = {profile["name"]: profile for profile in content.get("profiles") or []}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise CredentialsError(f"{path} cannot be read as the CLI's configuration.") from None
    chosen = name or content.get("current")
    if not isinstance(chosen, str) or chosen not in profiles:
        if name is None and (chosen or profiles):
            raise CredentialsError(f"{path} names {chosen!r} as its current profile, but has no such profile.")
        return None
    return _cli_chain(chosen, profiles, path, environ, ())


def _cli_chain(
    name: Any, profiles: Mapping[str, Any], path: str, environ: Mapping[str, str], seen: tuple[str, ...]
) -> tuple[Any, list[AssumeRole]]:
    source = f"the profile {name!r} of {path}"
    if not isinstance(name, str) or name in seen or name not in profiles:
        raise CredentialsError(f"{path}: source_profile {name!r} is {'in a circle' if name in seen else 'not there'}.")
    profile = profiles[name]
    mode = profile.get("mode")
    if mode in ("AK", "StsToken", "RamRoleArn"):
        token = profile.get("sts_token") if mode != "AK" else None
        if mode == "StsToken" and not token:
            raise CredentialsError(f"{_capitalised(source)} is incomplete: sts_token is missing.")
        keys = _keys(profile.get("access_key_id"), profile.get("access_key_secret"), token, source)
        return keys, [_profile_role(profile, source)] if mode == "RamRoleArn" else []
    if mode == "ChainableRamRoleArn":
        base, roles = _cli_chain(profile.get("source_profile"), profiles, path, environ, seen + (name,))
        return base, roles + [_profile_role(profile, source)]
    if mode == "EcsRamRole":
        return _ecs(profile.get("ram_role_name"), environ), []
    from alibabacloud_credentials.provider import CLIProfileCredentialsProvider

    return Provided(CLIProfileCredentialsProvider(profile_name=name, profile_file=path), source), []


def _profile_role(profile: Mapping[str, Any], source: str) -> AssumeRole:
    try:
        return AssumeRole.from_params(
            {
                "role_arn": profile.get("ram_role_arn") or profile.get("role_arn") or "",
                "session_name": profile.get("ram_session_name") or profile.get("role_session_name"),
                "duration_seconds": max(int(profile.get("expired_seconds") or 3600), 1800),
                "external_id": profile.get("external_id") or None,
                "policy": profile.get("policy") or None,
            },
            where=source,
        )
    except (DeclarationError, TypeError, ValueError) as error:
        raise CredentialsError(f"{_capitalised(source)} cannot be used: {error}") from None


def _ini_profile(name: str, environ: Mapping[str, str]) -> tuple[Any, list[AssumeRole]] | None:
    path = _ini_file(environ)
    if not os.path.exists(path):
        if environ.get("ALIBABA_CLOUD_CREDENTIALS_FILE"):
            raise CredentialsError(f"ALIBABA_CLOUD_CREDENTIALS_FILE names {path}, which does not exist.")
        return None
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=("#",))
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
    except (configparser.Error, OSError, UnicodeError):
        raise CredentialsError(f"{path} cannot be read as a credentials file.") from None
    if not parser.has_section(name):
        return None
    profile, source = dict(parser.items(name)), f"the profile {name!r} of {path}"
    kind = profile.get("type")
    if kind in ("access_key", "sts", "ram_role_arn"):
        token = profile.get("security_token") if kind != "access_key" else None
        if kind == "sts" and not token:
            raise CredentialsError(f"{_capitalised(source)} is incomplete: security_token is missing.")
        keys = _keys(profile.get("access_key_id"), profile.get("access_key_secret"), token, source)
        return keys, [_profile_role(profile, source)] if kind == "ram_role_arn" else []
    if kind == "ecs_ram_role":
        return _ecs(profile.get("role_name"), environ), []
    from alibabacloud_credentials.provider import ProfileCredentialsProvider

    return Provided(ProfileCredentialsProvider(profile_name=name, profile_file=path), source), []


def _keys(key_id: str | None, secret: str | None, token: str | None, source: str) -> Keys:
    if not key_id or not secret:
        missing = "access_key_secret" if key_id else "access_key_id"
        raise CredentialsError(f"{_capitalised(source)} has incomplete credentials: {missing} is missing.")
    return Keys(key_id, secret, token, source)


def _timestamp(text: str) -> float:
    return float(calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")))


def _told(text: str) -> str:
    """What a provider of the SDK says, as far as it can be shown."""
    said = _SAID.search(text)
    if said:
        code = _CODE.search(said.group(1))
        text = text[: said.start()] + (f", {code.group(1)}" if code else "")
    return scrub(_URL.sub(r"\1", text))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
