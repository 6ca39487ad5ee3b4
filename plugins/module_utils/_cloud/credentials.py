# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials: those given by the options, or else by the SDK's default chain, and the roles assumed with them."""

from __future__ import annotations

import asyncio
import calendar
import configparser
import json
import math
import os
import re
import time
from collections.abc import Mapping
from typing import Any, Callable
from urllib.parse import urlsplit

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import (
    ACCOUNT_ID,
    MAX_SESSION,
    MIN_SESSION,
    AssumeRole,
    Settings,
)
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.transport import quiet_sdk_logging
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ApiError,
    CredentialsError,
    DeclarationError,
    RamError,
    quote,
    redact_patterns,
    replace_surrogates,
)

# Characters that a request header can contain.
_VISIBLE = re.compile(r"[!-~]+")
# Seconds before its expiry at which a session is replaced, or the last third of its lifetime if that is shorter.
RENEW_BEFORE = 300
# Seconds during which no session is replaced, even if this machine's clock is wrong, unless the service reports it expired.
SHORTEST_LIFE = 60

# The part of an SDK message that repeats a server's or a command's output. It may contain secrets; only its code is shown.
_SAID = re.compile(r"(?s),?\s*\b(?:result|response|stderr): (.*)")
_CODE = re.compile(r'"Code"\s*:\s*"([A-Za-z]+(?:\.[A-Za-z]+)*)"')
# The URL of such a server may contain a secret in its path or query.
_URL = re.compile(r"(https?://[^/?#\s'\"]+)[^\s'\",]*")


def _renewal(now: float, ends: float, longest: float = math.inf) -> float:
    """Return when to replace a session that expires at ``ends`` and lasts no longer than ``longest`` seconds."""
    life = max(min(ends - now, longest), SHORTEST_LIFE)
    return now + max(life - RENEW_BEFORE, life * 2 / 3)


class _Place:
    """The place that the parts of credentials come from, such as a profile of a file.

    Messages name the place and the part. All methods raise CredentialsError, which never shows a value.
    """

    def __init__(self, source: str, values: Mapping[str, Any]) -> None:
        self.source = source
        self._values = values

    def fault(self, what: str) -> CredentialsError:
        return CredentialsError(f"{_capitalised(self.source)}: {what}")

    def text(self, key: str, more: str = "") -> str:
        """Return a required part of visible ASCII characters, which is what requests can contain.

        ``more`` is added to the message if the part is missing.
        """
        value = self.needed(key, more)
        _check_visible(self.source, key, value)
        return value

    def optional(self, key: str) -> str | None:
        """Return a part of visible ASCII characters, or None if it is missing or empty."""
        value = self.free(key)
        if value is not None:
            _check_visible(self.source, key, value)
        return value

    def free(self, key: str) -> str | None:
        """Return a part that may contain blanks and any letters, such as a path; None if it is missing or empty."""
        value = self._values.get(key)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise self.fault(f"{key} is not a text. Put it in quotes.")
        if not value.strip():
            raise self.fault(f"{key} is blank.")
        if "\0" in value or value != replace_surrogates(value):
            raise self.fault(f"{key} contains a character that no text can have.")
        return value

    def needed(self, key: str, more: str = "") -> str:
        """Return a required part that may contain blanks and any letters.

        ``more`` is added to the message if the part is missing.
        """
        value = self.free(key)
        if value is None:
            raise CredentialsError(f"{_capitalised(self.source)} is incomplete: {key} is missing.{more}")
        return value

    def seconds(self, key: str) -> int | None:
        """Return a number of seconds, None if it is missing, empty or 0."""
        value = self._values.get(key)
        if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value):
            value = int(value)
        if not value and not isinstance(value, bool):
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fault(f"{key} is not a whole number of seconds.")
        return value

    def number(self, key: str, needed: bool) -> None:
        """Raise CredentialsError if the part is not a number, because the SDK calculates with it."""
        value = self._values.get(key)
        if value is None and needed:
            raise CredentialsError(f"{_capitalised(self.source)} is incomplete: {key} is missing.")
        if value is not None and (not isinstance(value, (int, float)) or isinstance(value, bool)):
            raise self.fault(f"{key} is not a number.")

    def check_readable(self, key: str, path: str) -> None:
        """Raise CredentialsError if the file is missing, unreadable, empty or not text."""
        try:
            with open(path, encoding="utf-8") as file:
                empty = not file.read(1 << 20).strip()
        except FileNotFoundError:
            raise self.fault(f"{key} names the file {quote(path, 300)}, which does not exist.") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise self.fault(f"{key} names the file {quote(path, 300)}, which cannot be read: {reason}.") from None
        if empty:
            raise self.fault(f"{key} names the file {quote(path, 300)}, which is empty.")


def _check_visible(source: str, name: str, value: str) -> None:
    if not _VISIBLE.fullmatch(value):
        raise CredentialsError(
            f"{_capitalised(source)}: {name} contains something else than visible ASCII characters, such as a blank or a "
            "line break; remove that."
        )


class Credential:
    """The credential interface of the SDK's clients: ``get_credential_async`` returns a key pair.

    ``source`` describes for users where the credential comes from, without secrets. ``arn`` and ``account_id`` are those
    of an assumed session, empty as long as they are not known. ``assumed_by`` is the Api that assumed the role of a session,
    None if nobody did, with ``session_policy`` to limit the session. ``secrets`` are the secrets known so far, which errors must
    not show.
    """

    source: str
    arn = ""
    account_id = ""
    assumed_by: Any = None
    session_policy: str | None = None

    @property
    def secrets(self) -> tuple[str | None, ...]:
        raise NotImplementedError

    async def get_credential_async(self) -> Any:
        """Return the key pair. Raises RamError."""
        raise NotImplementedError

    async def open(self) -> None:
        """Obtain an assumed session, so that ``arn`` and ``account_id`` are known. Raises RamError."""

    def expire(self) -> bool:
        """Discard a session that the service reports as expired. Return whether a new one can be obtained."""
        return False


class StaticCredential(Credential):
    """A fixed key pair, with a security token if it belongs to a session."""

    def __init__(self, access_key_id: str, access_key_secret: str, security_token: str | None, source: str) -> None:
        """Raise CredentialsError for characters that a key cannot contain, such as the line break at the end of a file."""
        for name, value in (
            ("access_key_id", access_key_id),
            ("access_key_secret", access_key_secret),
            ("security_token", security_token),
        ):
            if value:
                _check_visible(source, name, str(value))
        self.source = source
        self.access_key_id = access_key_id
        self._secret = access_key_secret
        self._token = security_token or None

    def __repr__(self) -> str:
        return f"<StaticCredential of {self.source}>"

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
    """The source of credentials does not exist or cannot be reached, so the chain tries the next one.

    A source with incomplete credentials raises CredentialsError instead.
    """


class ProviderCredential(Credential):
    """Credentials obtained by a provider of the SDK. ``check``, if set, is called first and may raise an error."""

    def __init__(self, provider: Any, source: str, check: Callable[[], None] = lambda: None) -> None:
        self.source = source
        self._secrets: tuple[str | None, ...] = ()
        self._provider = provider
        self._check = check
        self._model: Any = None
        self._renew_at = 0.0

    @property
    def secrets(self) -> tuple[str | None, ...]:
        return self._secrets

    async def get_credential_async(self) -> Any:
        # Providers replace a session 15 minutes before it expires; for a 15-minute session, that is on every call.
        if self._model is None or time.time() >= self._renew_at:
            self._check()
            self._model, self._renew_at = await self._obtain()
        return self._model

    async def _obtain(self) -> tuple[Any, float]:
        """Return the credentials, and when to obtain new ones."""
        from alibabacloud_credentials.exceptions import CredentialException
        from alibabacloud_credentials.models import CredentialModel

        quiet_sdk_logging()  # packages imported since may have attached handlers
        try:
            found = await self._provider.get_credentials_async()
        except CredentialException as error:
            if "HttpCode=404" in str(error.message):  # a metadata service without a role
                raise _Unreachable(f"{_capitalised(self.source)} is not there.") from None
            raise CredentialsError(
                f"{_capitalised(self.source)} gave no credentials: {_without_secrets(str(error.message))}"
            ) from None
        except Exception as error:  # the library's providers raise whatever their transport raises
            text = _without_secrets(str(error)) or type(error).__name__
            if isinstance(error, (AttributeError, LookupError, TypeError, ValueError)):  # unexpected response
                raise CredentialsError(
                    f"{_capitalised(self.source)} gave no credentials that are understood ({type(error).__name__}: {text})."
                ) from None
            raise _Unreachable(f"{_capitalised(self.source)} cannot be reached: {text}") from None
        if found is None or not found.get_access_key_id() or not found.get_access_key_secret():
            raise CredentialsError(f"{_capitalised(self.source)} gave no complete credentials.")
        self._secrets = (found.get_access_key_secret(), found.get_security_token())
        model = CredentialModel(
            access_key_id=found.get_access_key_id(),
            access_key_secret=found.get_access_key_secret(),
            security_token=found.get_security_token(),
            type="sts" if found.get_security_token() else "access_key",
            provider_name=found.get_provider_name(),
        )
        expires = found.get_expiration()
        return model, _renewal(time.time(), expires) if isinstance(expires, (int, float)) and expires > 0 else 0.0


class AssumedRole(Credential):
    """A session of a role, obtained from STS when first needed and replaced before it expires."""

    def __init__(self, sts: Any, role: AssumeRole) -> None:
        """Create the credential. ``sts`` is an Api with the credentials that assume the role."""
        self.source = f"the session of {role.role_arn}"
        self._sts = self.assumed_by = sts
        self.session_policy = role.policy
        self._role = role
        self._keys: StaticCredential | None = None
        self._renew_at = 0.0
        self._lock = asyncio.Lock()

    @property
    def secrets(self) -> tuple[str | None, ...]:
        return self._keys.secrets if self._keys else ()

    async def open(self) -> None:
        await self.get_credential_async()

    def expire(self) -> bool:
        self._keys = None
        return True

    async def get_credential_async(self) -> Any:
        async with self._lock:
            keys = self._keys
            if keys is None or self._sts.clock.wall() >= self._renew_at:
                keys = self._keys = await self._assume()
        return await keys.get_credential_async()

    async def _assume(self) -> StaticCredential:
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
        asked = self._sts.clock.wall()
        try:
            answer = await self._sts.call("AssumeRole", **parameters)
        except RamError as error:
            # The error is about the role to assume; its code must not be mistaken for that of a call made with the role.
            details = {"account_id": role.account_id, **error.details}
            refused = CredentialsError(f"assume_role {role.role_arn}: {error.message}", **details)
            refused.throttled = isinstance(error, ApiError) and error.throttled
            refused.denial = error.denial
            raise refused from None
        session, user = answer.get("Credentials") or {}, answer.get("AssumedRoleUser") or {}
        try:
            keys = StaticCredential(
                session["AccessKeyId"], session["AccessKeySecret"], session["SecurityToken"], self.source
            )
            self._renew_at = _renewal(asked, _timestamp(session["Expiration"]), role.duration_seconds)
            arn = user["Arn"]
        except (KeyError, TypeError, ValueError):
            raise CredentialsError(
                f"assume_role {role.role_arn}: STS gave an incomplete answer to AssumeRole."
            ) from None
        # acs:ram::<account ID>:role/<role>/<session>
        parts = arn.split(":")
        if len(parts) < 5 or not ACCOUNT_ID.fullmatch(parts[3]):
            raise CredentialsError(
                f"assume_role {role.role_arn}: STS gave {quote(arn)}, which is not the ARN of a session."
            )
        self.arn, self.account_id = arn, parts[3]
        return keys


def resolve_credentials(
    settings: Settings, environ: Mapping[str, str] | None = None
) -> tuple[Credential, list[AssumeRole]]:
    """Return the initial credentials, and the roles to assume with them, one after the other.

    Order: the options (keys, or ``profile``); else the SDK's default chain: environment, OIDC, the CLI's
    configuration, the credentials file, the ECS instance's role, the credentials URI. Unlike the SDK's chain, this one
    does not skip an existing but incomplete source, because the next source may belong to a different account.

    Source: alibabacloud_credentials, provider/default.py. Raises CredentialsError.
    """
    environ = os.environ if environ is None else environ
    if settings.access_key_id or settings.access_key_secret:
        options = {name: getattr(settings, name) for name in _KEYS}
        return _keys(_Place("the options access_key_id and access_key_secret", options), *_KEYS), []
    if settings.profile is not None:
        found = _cli_profile(settings.profile, settings, environ) or _ini_profile(settings.profile, settings, environ)
        if found is None:
            raise CredentialsError(
                f"profile: there is no profile {quote(settings.profile)} in {_cli_file(environ)} or {_ini_file(environ)}."
            )
        return found
    named = environ.get("ALIBABA_CLOUD_PROFILE") or None
    found = (
        _environment(environ)
        or _oidc(settings, environ)
        or _cli_profile(named, settings, environ)
        or _ini_profile(named or "default", settings, environ)
    )
    if found is None and named:
        raise CredentialsError(
            f"The environment variable ALIBABA_CLOUD_PROFILE names the profile {quote(named)}, "
            f"which is not in {_cli_file(environ)} or {_ini_file(environ)}."
        )
    return found or _machine(environ)


def fingerprint(settings: Settings, environ: Mapping[str, str] | None = None) -> tuple[Any, ...]:
    """Return the inputs of ``resolve_credentials`` besides the settings; if they are equal, so is its result."""
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


class CredentialChain(Credential):
    """The last sources of the chain, which have to be tried out: the ECS instance's role, then the credentials URI."""

    def __init__(self, providers: list[ProviderCredential], misnamed: str) -> None:
        self._providers = providers
        self._misnamed = misnamed
        self._chosen: ProviderCredential | None = None

    @property
    def source(self) -> str:  # type: ignore[override]
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
            f"No credentials were found.{self._misnamed} Give access_key_id and access_key_secret, or profile; or set "
            "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or any other source of the SDK's default "
            "credential chain. Tried: options, environment, OIDC, the CLI's configuration, the credentials file"
            + "".join(f", {provider.source}" for provider in self._providers)
            + "."
            + "".join(f" {reason}" for reason in reasons)
        )


Found = tuple[Credential, list[AssumeRole]]
"""Credentials, and the roles to assume with them, one after the other."""

_KEYS = ("access_key_id", "access_key_secret", "security_token")
_KEY_VARIABLES = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")
# Names of these variables in other tools: Terraform, the CLI, older modules. The groups are in the order of _READ.
_MISNAMED = re.compile(
    r"(?i)(?:ALICLOUD|ALI_CLOUD|ALIBABACLOUD|ALIBABA_CLOUD|ALIBABA|ALIYUN)_"
    r"(?:(ACCESS_?KEY(?:_?ID)?)|(SECRET_?KEY|ACCESS_?KEY_?SECRET|SECRET_?ACCESS_?KEY|ACCESS_?SECRET)|"
    r"((?:SECURITY|STS|SESSION|ACCESS_KEY_STS)_?TOKEN)|(PROFILE)|(CREDENTIALS?_UR[IL]))"
)
_READ = (*_KEY_VARIABLES, "ALIBABA_CLOUD_PROFILE", "ALIBABA_CLOUD_CREDENTIALS_URI")


def _misnamed(environ: Mapping[str, str]) -> str:
    """Return a sentence that lists variables with similar names, which are not read; empty if there are none."""
    matches = {name: _MISNAMED.fullmatch(name) for name in sorted(environ) if environ[name] and name not in _READ}
    found = [
        f"{name} (here: {_READ[match.lastindex - 1]})" for name, match in matches.items() if match and match.lastindex
    ]
    return (
        f" These environment variables are set, but have other names than those that are read: {', '.join(found)}."
        if found
        else ""
    )


def _machine(environ: Mapping[str, str]) -> Found:
    place = _Place("the environment", environ)
    if environ.get("ALIBABA_CLOUD_ECS_METADATA"):
        return _ecs(place, "ALIBABA_CLOUD_ECS_METADATA", environ), []
    providers = []
    if environ.get("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "").lower() != "true":
        providers.append(_ecs(place, "ALIBABA_CLOUD_ECS_METADATA", environ))
    if environ.get("ALIBABA_CLOUD_CREDENTIALS_URI"):
        source = "the URI in ALIBABA_CLOUD_CREDENTIALS_URI"
        providers.append(_uri(place, "ALIBABA_CLOUD_CREDENTIALS_URI", source))
    return CredentialChain(providers, _misnamed(environ)), []


def _uri(place: _Place, key: str, source: str) -> ProviderCredential:
    from alibabacloud_credentials.provider import URLCredentialsProvider

    uri = place.text(key)
    try:
        parts = urlsplit(uri)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise place.fault(f"{key} is not a URL of the form http://host:port/path.")
    return ProviderCredential(URLCredentialsProvider(uri=uri), source)


def _ecs(place: _Place, key: str, environ: Mapping[str, str]) -> ProviderCredential:
    from alibabacloud_credentials.provider import EcsRamRoleCredentialsProvider

    role_name = place.optional(key)
    if role_name is not None and not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", role_name):
        raise place.fault(f"{key} is not the name of a role (1 to 64 letters, digits, '.', '_' and '-').")
    try:
        provider = EcsRamRoleCredentialsProvider(
            role_name=role_name,
            disable_imds_v1=environ.get("ALIBABA_CLOUD_IMDSV1_DISABLED", "").lower() == "true",
            async_update_enabled=False,  # it would start a thread
        )
    except ValueError:
        raise CredentialsError(
            "The ECS instance's role cannot be used, because ALIBABA_CLOUD_ECS_METADATA_DISABLED is true."
        ) from None
    return ProviderCredential(provider, "the ECS instance's role")


def _environment(environ: Mapping[str, str]) -> Found | None:
    if not any(environ.get(name) for name in _KEY_VARIABLES):
        return None
    more = (
        f"{_misnamed(environ)} Set it, or unset the other ALIBABA_CLOUD_ACCESS_KEY_* and ALIBABA_CLOUD_SECURITY_TOKEN; no "
        "other source is asked, because it may belong to a different account."
    )
    source = "the environment (ALIBABA_CLOUD_ACCESS_KEY_ID)"
    return _keys(_Place("the environment", environ), *_KEY_VARIABLES, source=source, more=more), []


def _oidc(settings: Settings, environ: Mapping[str, str]) -> Found | None:
    if not environ.get("ALIBABA_CLOUD_OIDC_PROVIDER_ARN") and not environ.get("ALIBABA_CLOUD_OIDC_TOKEN_FILE"):
        return None
    place = _Place("OIDC (ALIBABA_CLOUD_OIDC_PROVIDER_ARN)", environ)
    names = ("ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE")
    more = f" {', '.join(names[:2])} and {names[2]} belong together."
    return _oidc_provider(place, settings, *names, "ALIBABA_CLOUD_ROLE_SESSION_NAME", more=more), []


def _oidc_provider(
    place: _Place,
    settings: Settings,
    role_arn: str,
    provider_arn: str,
    token_file: str,
    session_name: str,
    more: str = "",
    **options: Any,
) -> ProviderCredential:
    """Return an OIDC credential. The texts are the names of its parts in ``place``; ``options`` go to the provider."""
    from alibabacloud_credentials.http import HttpOptions
    from alibabacloud_credentials.provider import OIDCRoleArnCredentialsProvider

    arns = place.text(role_arn, more), place.text(provider_arn, more)
    path = place.needed(token_file, more)
    provider = OIDCRoleArnCredentialsProvider(
        role_arn=arns[0],
        oidc_provider_arn=arns[1],
        oidc_token_file_path=path,
        # The provider takes missing arguments from the environment.
        role_session_name=place.optional(session_name) or AssumeRole.session_name,
        http_options=HttpOptions(
            proxy=settings.proxy,
            connect_timeout=int(settings.connect_timeout * 1000),
            read_timeout=int(settings.read_timeout * 1000),
        ),
        **{"sts_endpoint": settings.sts_endpoint, **options},
    )
    return ProviderCredential(provider, place.source, lambda: place.check_readable(token_file, path))


def _home(environ: Mapping[str, str], *path: str) -> str:
    return os.path.join(environ.get("HOME") or os.path.expanduser("~"), *path)


def _cli_file(environ: Mapping[str, str]) -> str:
    return _home(environ, ".aliyun", "config.json")


def _ini_file(environ: Mapping[str, str]) -> str:
    return environ.get("ALIBABA_CLOUD_CREDENTIALS_FILE") or _home(environ, ".alibabacloud", "credentials.ini")


def _cli_profile(name: str | None, settings: Settings, environ: Mapping[str, str]) -> Found | None:
    """Return a profile of the CLI's configuration, the current one if ``name`` is None."""
    path = _cli_file(environ)
    if environ.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() == "true" or not os.path.exists(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        profiles = {profile["name"]: profile for profile in content.get("profiles") or []}
        current = content.get("current")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CredentialsError(f"{path} cannot be read as the CLI's configuration.") from None
    if name is None and not current and not profiles:
        return None
    if name is None and not current:
        raise CredentialsError(f"{path} has profiles, but current does not name one. Set it, or the option profile.")
    if name is None and (not isinstance(current, str) or current not in profiles):
        raise CredentialsError(f"{path}: current names {quote(current)}, which is not a profile of that file.")
    chosen = current if name is None else name
    return _CliFile(path, profiles, settings, environ).found(chosen) if chosen in profiles else None


class _CliFile:
    """The profiles of the CLI's configuration."""

    # Modes that the SDK's provider handles, with the parts that it reads: required texts, then numbers.
    _SDK_PARTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "CloudSSO": (
            ("cloud_sso_sign_in_url", "cloud_sso_account_id", "cloud_sso_access_config", "access_token"),
            ("cloud_sso_access_token_expire",),
        ),
        "OAuth": (("oauth_access_token", "oauth_refresh_token"), ("oauth_access_token_expire", "sts_expiration")),
        "External": ((), ()),
    }
    MODES = (
        "AK", "StsToken", "RamRoleArn", "ChainableRamRoleArn", "EcsRamRole", "OIDC", "CredentialsURI", *_SDK_PARTS
    )  # fmt: skip

    def __init__(self, path: str, profiles: Mapping[str, Any], settings: Settings, environ: Mapping[str, str]) -> None:
        self._path = path
        self._profiles = profiles
        self._settings = settings
        self._environ = environ

    def found(self, name: str, seen: tuple[str, ...] = ()) -> Found:
        """Return the credentials of a profile. ``seen`` are the profiles that lead to it through source_profile."""
        source = f"the profile {quote(name)} of {self._path}"
        profile = self._profiles[name]
        place = _Place(source, profile)
        mode = place.optional("mode")
        if mode not in self.MODES:
            what = "mode is missing" if mode is None else f"mode {quote(mode)} is not supported"
            raise place.fault(f"{what}. Supported modes: {', '.join(self.MODES)}.")
        if mode in ("AK", "StsToken", "RamRoleArn"):
            if mode == "StsToken":
                place.text("sts_token")
            names = ("access_key_id", "access_key_secret", "" if mode == "AK" else "sts_token")
            roles = [_profile_role(place, "ram_role_arn", "ram_session_name")] if mode == "RamRoleArn" else []
            return _keys(place, *names), roles
        if mode == "ChainableRamRoleArn":
            role = _profile_role(place, "ram_role_arn", "ram_session_name")
            base = place.needed("source_profile")
            if base not in self._profiles:
                raise place.fault(f"source_profile names {quote(base)}, which is not a profile of that file.")
            if base in (*seen, name):
                raise place.fault(f"source_profile names {quote(base)}, which leads in a circle.")
            credential, roles = self.found(base, (*seen, name))
            return credential, [*roles, role]
        if mode == "EcsRamRole":
            return _ecs(place, "ram_role_name", self._environ), []
        if mode == "CredentialsURI":
            return _uri(place, "credentials_uri", source), []
        if mode == "OIDC":
            return self._oidc(place, profile), []
        return self._by_sdk(name, place, mode), []

    def _oidc(self, place: _Place, profile: Mapping[str, Any]) -> ProviderCredential:
        options: dict[str, Any] = {
            "duration_seconds": _duration(place, "expired_seconds"),
            "policy": place.free("policy"),
        }
        region = place.optional("sts_region")
        if region:
            vpc = profile.get("enable_vpc") is True
            options.update(sts_endpoint=None, sts_region_id=region, enable_vpc=vpc)
        session = "ram_session_name" if profile.get("ram_session_name") else "role_session_name"
        names = ("ram_role_arn", "oidc_provider_arn", "oidc_token_file", session)
        return _oidc_provider(place, self._settings, *names, **options)

    def _by_sdk(self, name: str, place: _Place, mode: str) -> ProviderCredential:
        from alibabacloud_credentials.provider import CLIProfileCredentialsProvider

        texts, numbers = self._SDK_PARTS[mode]
        cached = mode == "OAuth" and place.optional("sts_token")  # the other tokens are not needed yet
        for key in texts:
            if not cached or place.optional(key):
                place.text(key)
        for key in numbers:
            place.number(key, not cached and key != "sts_expiration")
        if mode == "External":
            place.needed("process_command")
        if mode == "OAuth" and (place.optional("oauth_site_type") or "CN").upper() not in ("CN", "INTL"):
            raise place.fault("oauth_site_type is neither CN nor INTL.")
        provider = CLIProfileCredentialsProvider(profile_name=name, profile_file=self._path)
        return ProviderCredential(provider, place.source)


def _duration(place: _Place, key: str) -> int:
    seconds = place.seconds(key)
    if seconds is not None and not MIN_SESSION <= seconds <= MAX_SESSION:
        raise place.fault(f"{key}: {seconds} is not between {MIN_SESSION} and {MAX_SESSION} seconds.")
    return seconds or AssumeRole.duration_seconds


def _profile_role(place: _Place, role_arn: str, session_name: str) -> AssumeRole:
    """Return the role of a profile, given the names of its parts in the profile."""
    names = {"role_arn": role_arn, "session_name": session_name, "external_id": "external_id"}
    values: dict[str, Any] = {
        "role_arn": place.text(role_arn),
        "session_name": place.optional(session_name),
        "duration_seconds": _duration(place, "expired_seconds"),
        "external_id": place.optional("external_id"),
        "policy": place.free("policy"),
    }
    try:
        return AssumeRole.from_params(values, where="")
    except DeclarationError as error:
        option, dummy, what = error.message.partition(": ")
        raise place.fault(f"{names.get(option.strip('.'), option)}: {what}") from None


_INI_TYPES = ("access_key", "sts", "ram_role_arn", "oidc_role_arn", "ecs_ram_role", "rsa_key_pair")


def _ini_profile(name: str, settings: Settings, environ: Mapping[str, str]) -> Found | None:
    path = _ini_file(environ)
    if not os.path.exists(path):
        if environ.get("ALIBABA_CLOUD_CREDENTIALS_FILE"):
            raise CredentialsError(f"ALIBABA_CLOUD_CREDENTIALS_FILE names {quote(path, 300)}, which does not exist.")
        return None
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=("#",))
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
    except (configparser.Error, OSError, UnicodeError):
        raise CredentialsError(f"{path} cannot be read as a credentials file.") from None
    if not parser.has_section(name):
        return None
    place = _Place(f"the profile {quote(name)} of {path}", dict(parser.items(name)))
    kind = place.optional("type")
    if kind not in _INI_TYPES:
        what = "type is missing" if kind is None else f"type {quote(kind)} is not supported"
        raise place.fault(f"{what}. Supported types: {', '.join(_INI_TYPES)}.")
    if kind in ("access_key", "sts", "ram_role_arn"):
        if kind == "sts":
            place.text("security_token")
        names = ("access_key_id", "access_key_secret", "" if kind == "access_key" else "security_token")
        roles = [_profile_role(place, "role_arn", "role_session_name")] if kind == "ram_role_arn" else []
        return _keys(place, *names), roles
    if kind == "ecs_ram_role":
        return _ecs(place, "role_name", environ), []
    if kind == "oidc_role_arn":
        parts = ("role_arn", "oidc_provider_arn", "oidc_token_file_path", "role_session_name")
        return _oidc_provider(place, settings, *parts, policy=place.free("policy")), []
    from alibabacloud_credentials.provider import ProfileCredentialsProvider

    place.text("public_key_id")
    key_file = place.needed("private_key_file")
    provider = ProfileCredentialsProvider(profile_name=name, profile_file=path)
    return ProviderCredential(provider, place.source, lambda: place.check_readable("private_key_file", key_file)), []


def _keys(
    place: _Place, key_id: str, secret: str, token: str, source: str | None = None, more: str = ""
) -> StaticCredential:
    """Return the keys of a place, given their names in it. ``more`` is added to the message if one is missing."""
    security_token = place.optional(token) if token else None
    return StaticCredential(place.text(key_id, more), place.text(secret, more), security_token, source or place.source)


def _timestamp(text: str) -> float:
    return float(calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")))


def _without_secrets(text: str) -> str:
    """Return the message of an SDK provider without the parts that may contain secrets."""
    said = _SAID.search(text)
    if said:
        code = _CODE.search(said.group(1))
        text = text[: said.start()] + (f", {code.group(1)}" if code else "")
    return redact_patterns(_URL.sub(r"\1", text))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
