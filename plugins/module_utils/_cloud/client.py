# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls to RAM, STS and Resource Manager through the official SDKs, with common retries and errors.

Parameters and responses have the names and shapes of the API (``{"Role": {"RoleName": ...}}``).
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import math
import random
import re
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Callable

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.credentials import (
    AssumedRole,
    Credential,
    resolve_credentials,
)
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.denials import Denial, denial_of
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.operations import OPERATIONS, SERVICES
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import Parent
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import ACCOUNT_ID, AssumeRole, Settings
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ApiError,
    CredentialsError,
    RamError,
    UnreachableError,
    outcome_unknown,
    own_fault,
    raised_here,
    redact_patterns,
    redact_values,
    replace_surrogates,
)
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable

ProgressCallback = Callable[[str], None]
"""Reports one line on the progress of a long task to the user."""

# Prefixes of the error codes with which a service denies a call.
_DENIED = ("NoPermission", "Forbidden.RAM")

# Seconds between attempts: a random time up to FIRST_PAUSE, which doubles with each attempt, up to LONGEST_PAUSE.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 20.0
# Upper bound that stops an endless list; no list of these APIs has so many pages.
MAX_PAGES = 10000
# Seconds. A host that has never responded is most likely configured wrongly, so it is retried for a shorter time.
UNKNOWN_HOST_TIMEOUT = 10.0


class Clock:
    """The engine's source of time; tests replace it."""

    def now(self) -> float:
        """Return the seconds since an arbitrary point in time."""
        return time.monotonic()

    def wall(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True)
class Identity:
    """The identity of the caller. Source: STS GetCallerIdentity."""

    account_id: str
    arn: str
    identity_type: str
    principal_id: str
    user_id: str | None = None
    role_id: str | None = None


class Pacer:
    """A rate limiter that admits callers one at a time, evenly spaced."""

    def __init__(self, per_second: float, clock: Clock) -> None:
        self._interval = 1 / per_second
        self._clock = clock
        self._next = 0.0
        self._queue = asyncio.Lock()

    async def acquire(self) -> None:
        """Wait until the caller may proceed."""
        async with self._queue:
            now = self._clock.now()
            at = max(now, self._next)
            self._next = at + self._interval
            if at > now:
                await self._clock.sleep(at - now)


class AdaptiveThrottle(Pacer):
    """A limiter that slows down an account's calls when it is throttled, and speeds up with each success."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(math.inf, clock)
        self._since = -math.inf

    async def acquire(self) -> None:
        if self._interval:
            await super().acquire()

    def on_throttled(self, sent: float) -> None:
        """Slow down, unless the call was sent before the last slowdown: such a call says nothing about the new rate.

        ``sent`` is the time at which the call was sent.
        """
        if sent >= self._since:
            self._interval = min(0.5, 1.5 * self._interval) if self._interval else 0.1
            self._since = self._clock.now()

    def on_success(self) -> None:
        self._interval = 0.98 * self._interval if self._interval > 0.002 else 0.0


# Parts of responses that are the same in every account, by endpoint, operation, part and parameters.
_constants: dict[Any, Any] = {}


class Api:
    """Client for the operations of one account, with one credential.

    ``assume_role_pacer``, if set, limits the rate of AssumeRole calls. ``report_progress``, if set, receives lines on the
    progress and on each completed write. ``parent`` represents the processes that wait for the result.
    """

    def __init__(
        self,
        settings: Settings,
        credential: Credential,
        transport: Any,
        clock: Clock | None = None,
        parent: Parent | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self.assume_role_pacer: Pacer | None = None
        self.report_progress: ProgressCallback | None = None
        self.parent = parent or Parent()
        self._credential = credential
        self._transport = transport
        self._clients: dict[str, Any] = {}
        self._identity: Identity | None = None
        self._identity_lock = asyncio.Lock()
        self._throttle = AdaptiveThrottle(self.clock)

    def in_use(self) -> AbstractContextManager[None]:
        """Return a context in which the SDK's calls use this Api's connections."""
        used: AbstractContextManager[None] = self._transport.in_use()
        return used

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation and return its response.

        Throttled and failed calls are retried until ``retry_timeout`` has passed. A write whose outcome is unknown is not
        retried: its error is raised (see ``outcome_unknown``), and the caller has to read the state. Raises ApiError,
        UnreachableError, CredentialsError; RamError if this process is orphaned.
        """
        started, tries, renewed = self.clock.now(), 0, False
        while True:
            queued = self.clock.now()
            if self.assume_role_pacer and operation == "AssumeRole":
                await self.assume_role_pacer.acquire()
            await self._throttle.acquire()
            sent = self.clock.now()
            started += sent - queued  # waiting for the rate limit is not a failure
            is_read = not OPERATIONS[operation].is_write
            try:
                with self.parent.calling(is_read):
                    answer = await self._once(operation, parameters)
                self._throttle.on_success()
                return answer
            except (ApiError, UnreachableError) as error:
                if isinstance(error, ApiError) and error.throttled:
                    self._throttle.on_throttled(sent)
                if _session_ended(error) and not renewed and self._credential.expire():
                    renewed = True
                    pause = 0.0
                elif not is_retryable(error) or (outcome_unknown(error) and not is_read):
                    raise
                else:
                    pause = backoff_delay(tries + 1, error)
                patience = self.settings.retry_timeout
                if isinstance(error, UnreachableError) and self._endpoint(operation) not in self._transport.answered:
                    patience = min(patience, UNKNOWN_HOST_TIMEOUT)
                tries += 1
                if self.clock.now() + pause - started > patience:
                    error.message += f" Gave up after {tries} tries in {self.clock.now() - started:.0f} s."
                    raise
            await self.clock.sleep(pause)

    async def call_cached(self, operation: str, part: str, may_lack: bool = False, **parameters: Any) -> Any:
        """Return a part of a response that is the same in every account, with one call per process.

        With ``may_lack``, a missing entity is cached as None. Any other failure applies only to the account that made the
        call; the other accounts then make the call themselves, in parallel.
        """
        key = (self._endpoint(operation), operation, part, frozenset(parameters.items()))
        asked = self._transport.asked
        if key in asked:
            await asked[key].wait()
        if key not in _constants:
            first = asked.setdefault(key, asyncio.Event())
            try:
                _constants[key] = required(await self.call(operation, **parameters), part, operation)
            except ApiError as error:
                if not (may_lack and error.missing):
                    raise
                _constants[key] = None
            finally:
                first.set()
        return _constants[key]

    def assume_role(self, role: AssumeRole) -> Api:
        """Return an Api for the account of a role, called as that role, which this Api's caller assumes."""
        settings = replace(self.settings, assume_role=role, account_id=None)
        api = Api(settings, AssumedRole(self, role), self._transport, self.clock, self.parent)
        api.report_progress = self.report_progress
        return api

    async def verify_account(self, account_id: str | None) -> Api:
        """Return this Api after checking that it calls that account; None accepts any account.

        The only call made is the one that returns the account: AssumeRole, or else GetCallerIdentity. Raises
        CredentialsError.
        """
        credential = self._credential
        await credential.open()
        if account_id is None:
            return self
        actual = await self.find_account_id()
        if actual != account_id:
            raise CredentialsError(
                f"{option_name('account_id')} is {account_id}, but the credentials of {credential.source} are of account {actual}; "
                "nothing was done.",
                account_id=actual,
            )
        return self

    async def identity(self) -> Identity:
        """Return the identity of the caller, with one GetCallerIdentity call at most."""
        async with self._identity_lock:
            return await self._ask_identity()

    async def _ask_identity(self) -> Identity:
        if self._identity is None:
            answer = await self.call("GetCallerIdentity")
            account_id = required(answer, "AccountId", "GetCallerIdentity")
            if not ACCOUNT_ID.fullmatch(account_id):
                raise UnreachableError("GetCallerIdentity: AccountId in the answer is not an account ID.", sent=True)
            self._identity = Identity(
                account_id=account_id,
                arn=required(answer, "Arn", "GetCallerIdentity"),
                identity_type=answer.get("IdentityType") or "",
                principal_id=answer.get("PrincipalId") or "",
                user_id=answer.get("UserId"),
                role_id=answer.get("RoleId"),
            )
        return self._identity

    async def pages(self, operation: str, token: str, **parameters: Any) -> AsyncIterator[dict[str, Any]]:
        """Yield the responses of a list operation, page by page.

        ``token`` is the parameter that selects the next page: NextToken or PageNumber (with PageSize).
        """
        before, tokens = None, set()
        for dummy in range(MAX_PAGES):
            page = await self.call(operation, **parameters)
            yield page
            if token == "PageNumber":  # noqa: S105  the name of a parameter
                parameters[token] = parameters.get(token, 1) + 1
                if (parameters[token] - 1) * parameters["PageSize"] >= required(page, "TotalCount", operation):
                    return
            elif not page.get(token):
                return
            else:
                parameters[token] = page[token]
            content = {key: value for key, value in page.items() if key not in ("RequestId", "PageNumber")}
            if content == before or parameters[token] in tokens:
                raise UnreachableError(f"{operation}: page after page is the same one.", sent=True, repeat=False)
            before = content
            tokens.add(parameters[token])
        raise UnreachableError(f"{operation}: there is no end after {MAX_PAGES} pages.", sent=True, repeat=False)

    @property
    def assumed_role_arn(self) -> str | None:
        """The session's ARN from the response to AssumeRole; None if no role was assumed."""
        return self._credential.arn or None

    @property
    def session_policy(self) -> str | None:
        """The policy with which the role was assumed; None if there was none."""
        return self._credential.session_policy

    @property
    def account_id(self) -> str | None:
        """The account that is called; None if it is not known without a call."""
        return self._credential.account_id or (self._identity.account_id if self._identity else None)

    async def find_account_id(self) -> str:
        """Return the account that is called, with one GetCallerIdentity if it is not known. Raises RamError."""
        return self.account_id or (await self.identity()).account_id

    async def caller_arn(self) -> str:
        """Return the ARN of the caller, with one GetCallerIdentity at most if no role was assumed. Raises RamError."""
        return self.assumed_role_arn or (await self.identity()).arn

    async def callers(self) -> list[tuple[str, str]]:
        """Return the users and roles of this account that the run stands on, as pairs of kind and name.

        These are the caller, and whoever assumed its role, directly or through other roles. Makes one GetCallerIdentity
        call at most for the credentials that the first role was assumed with, or if none was assumed.
        """
        account_id, found = await self.find_account_id(), []
        api: Api | None = self
        while api is not None:
            arn = await api.caller_arn()
            parts = arn.split(":")
            kind, name = caller_of(arn)
            if len(parts) > 4 and parts[3] == account_id and name:
                found.append((kind, name))
            api = api._credential.assumed_by  # pylint: disable=protected-access
        return found

    async def _once(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        service = OPERATIONS[operation].service
        models, client = self._client(service)
        method = getattr(client, _method(operation))
        model = getattr(models, f"{operation}Request", None)
        arguments = []
        if model:
            request = model().from_map(parameters)
            for name, value in list(vars(request).items()):
                if value == []:  # from_map turns missing lists into empty ones, which would be sent
                    setattr(request, name, None)
            arguments = [request]
        try:
            answer = await method(*arguments, self._transport.sdk_runtime())
        except Exception as error:  # the SDK raises several unrelated types
            # The response, or that of a server in its place, may echo these secrets of the request.
            external_id = parameters.get("ExternalId")
            secrets = (*self._credential.secrets, external_id)
            raise self._translate(operation, error, secrets, bool(external_id)) from None
        body: Any = getattr(answer, "body", None)
        if not hasattr(body, "to_map"):
            return {}
        _fit(body, operation)
        found: dict[str, Any] = body.to_map()
        if _empty(found):  # every response has a RequestId
            raise UnreachableError(f"{operation}: the answer has nothing of what the API answers.", sent=True)
        return found

    def _endpoint(self, operation: str) -> str:
        return str(getattr(self.settings, f"{OPERATIONS[operation].service}_endpoint"))

    def _client(self, service: str) -> tuple[Any, Any]:
        if service not in self._clients:
            from alibabacloud_tea_openapi.utils_models import Config

            sdk = SERVICES[service]
            config = Config(
                credential=self._credential,
                endpoint=getattr(self.settings, f"{service}_endpoint"),
                protocol="HTTPS",
                user_agent="alicloud.ram (Ansible collection)",
                **self._transport.sdk_config(),
            )
            self._clients[service] = (
                importlib.import_module(f"{sdk}.models"),
                importlib.import_module(f"{sdk}.client").Client(config),
            )
        return self._clients[service]

    def _named(self, operation: str) -> str:
        """Return the operation's name for messages, with the account if it is known."""
        return f"{operation} in account {self.account_id}" if self.account_id else operation

    def _translate(
        self, operation: str, error: Exception, secrets: tuple[str | None, ...], external_id: bool
    ) -> RamError:
        inner = getattr(error, "inner_exception", None) or error
        if isinstance(inner, RamError):
            where = f"{self._named(operation)}: " if isinstance(inner, UnreachableError) else ""
            inner.message = redact_values(where + inner.message, secrets)
            inner.args = (inner.message,)
            return inner
        if raised_here(inner):
            return own_fault(inner)
        status = getattr(inner, "status_code", None)
        if status is None:
            # Their messages describe the SDK's code, or repeat the response, which may contain a session's keys.
            internal = isinstance(inner, (AttributeError, LookupError, RuntimeError, TypeError, ValueError))
            text = redact_values(redact_patterns(str(inner)), secrets) or type(inner).__name__
            text = "it is not JSON of the API's shape." if internal else text[:300]
            return UnreachableError(f"{self._named(operation)}: the answer could not be read: {text}", sent=True)
        return self._api_error(operation, inner, status, secrets, external_id)

    def _api_error(
        self, operation: str, error: Any, status: int, secrets: tuple[str | None, ...], external_id: bool
    ) -> ApiError:
        data = error.data if isinstance(error.data, dict) else {}
        code, request_id = _text(data.get("Code"), 128), _text(data.get("RequestId"), 128)
        # Redact before truncating, so that no part of a secret remains.
        text = redact_values(redact_patterns(_text(data.get("Message"), 100000)), secrets).strip()[:2000]
        details: dict[str, Any] = {"operation": operation, "request_id": request_id}
        message = f"{self._named(operation)} failed: {code or 'no error code'}" + (f": {text}" if text else "")
        message += f" (HTTP {status}, request ID {request_id or 'not given'})"
        hint = _hint(code, self._credential.source)
        denial = None
        if status == 403 and code.startswith(_DENIED):
            own = self._identity.arn.endswith(":root") if self._identity else False
            denial = Denial(
                operation,
                self._credential.source,
                OPERATIONS[operation].action,
                root=own,
                external_id=external_id,
                decode=self._diagnosis,
            )
            denial = denial_of(denial, data, text, _shown(secrets))
            hint = denial.hint()
            details.update(denial.details())
        # The SDK reads the header as milliseconds.
        retry_after = (getattr(error, "retry_after", None) or 0) / 1000
        failed = ApiError(message + (f". {hint}" if hint else "."), code, status, retry_after, **details)
        failed.denial = denial
        return failed

    async def _diagnosis(self, encoded: str) -> tuple[dict[str, Any], Any]:
        """Return the response of DecodeDiagnosticMessage, called once without retry, and the function that redacts it."""
        answer = await self._once("DecodeDiagnosticMessage", {"EncodedDiagnosticMessage": encoded})
        return answer, _shown(self._credential.secrets)


async def open_api(settings: Settings, transport: Any, clock: Clock | None = None, parent: Parent | None = None) -> Api:
    """Return an Api for the account that the settings select.

    Raises CredentialsError if ``account_id`` is set and the credentials belong to a different account. Before that, the
    only calls are those that return the account: AssumeRole, or else GetCallerIdentity.
    """
    credential, roles = resolve_credentials(settings)
    api = Api(replace(settings, account_id=None), credential, transport, clock, parent)
    for role in roles + ([settings.assume_role] if settings.assume_role else []):
        api = api.assume_role(role)
    return await api.verify_account(settings.account_id)


def caller_of(arn: str) -> tuple[str, str]:
    """Return the kind (user, role, root) and name in a caller's ARN; the name of an account's own identity is empty.

    GetCallerIdentity calls the session of a role assumed-role, AssumeRole calls it role.
    """
    kind, _slash, rest = arn.split(":")[-1].partition("/")
    return kind.lower().removeprefix("assumed-"), rest.split("/")[0]


def required(answer: Any, key: str, operation: str) -> Any:
    """Return ``answer[key]``; raise UnreachableError if it is missing.

    The SDK silently drops what does not fit its model.
    """
    value = answer.get(key) if isinstance(answer, dict) else None
    if value is None:
        raise UnreachableError(f"{operation}: the answer lacks {key}, so it cannot be relied on.", sent=True)
    return value


_TYPES: dict[str, tuple[type, str]] = {
    "str": (str, "a text"),
    "int": (int, "a whole number"),
    "bool": (bool, "true or false"),
}


def _fit(model: Any, place: str) -> None:
    """Check and convert the fields of a response to the types of the SDK's model, which accepts any type.

    For example, a number that was sent as text becomes a number. Raises UnreachableError, which names the field.
    """
    cls: Any = type(model)
    for name, kind in _fields(cls):
        value = getattr(model, name)
        if value is None:
            continue
        if kind in _TYPES:
            fitted = _fitted(value, kind, place, name)
            if fitted is not value:
                setattr(model, name, fitted)
        elif hasattr(value, "to_map"):
            _fit(value, f"{place} {_title(name)}")
        elif kind.startswith("List["):
            if not isinstance(value, list):
                raise _unfit(f"{place} {_title(name)}", "a list")
            for number, item in enumerate(value):
                if hasattr(item, "to_map"):
                    _fit(item, f"{place} {_title(name)}")
                else:
                    value[number] = _fitted(item, kind[5:-1], place, name)


@functools.cache
def _fields(model: Any) -> list[tuple[str, str]]:
    """Return the name and type of each field of an SDK model."""
    hints = {name: getattr(hint, "__name__", str(hint)) for name, hint in model.__init__.__annotations__.items()}
    return [(name, hint) for name, hint in hints.items() if name in vars(model())]


def _title(name: str) -> str:
    """Return the API's name for a field of a model."""
    return name.title().replace("_", "")


def _fitted(value: Any, kind: str, place: str, name: str) -> Any:
    expected, description = _TYPES.get(kind, (object, ""))
    if isinstance(value, expected) and isinstance(value, bool) == (expected is bool):
        if isinstance(value, str) and value != replace_surrogates(value):
            raise _unfit(f"{place} {_title(name)}", "valid Unicode")
        return value
    if value == "" and kind != "str":
        return None
    if kind == "int" and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    if kind == "bool" and value in ("true", "false"):
        return value == "true"
    if kind == "str" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if kind in _TYPES:
        raise _unfit(f"{place} {_title(name)}", description)
    return value


def _unfit(place: str, wanted: str) -> UnreachableError:
    operation, *path = place.split(" ")
    return UnreachableError(
        f"{operation}: {'.'.join(path)} in the answer is not {wanted}, so it cannot be relied on.", sent=True
    )


def _empty(value: Any) -> bool:
    """Return whether a response, or a part of it, contains only what the SDK fills in for missing values."""
    return value is None or value == [] or (isinstance(value, dict) and all(map(_empty, value.values())))


def _text(value: Any, length: int) -> str:
    """Return a text of a response, truncated, on one line and escaped; empty if it is not a text or a whole number."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return ""
    return printable(replace_surrogates(str(value)[:length]))


def _shown(secrets: tuple[str | None, ...]) -> Callable[[Any, int], str]:
    """Return a function that redacts and truncates a value of a response; its result is empty if that is not a text."""
    return lambda value, length: redact_values(redact_patterns(_text(value, 10000)), secrets)[:length]


@functools.cache
def _method(operation: str) -> str:
    """Return the name of the SDK's method: ``get_role_with_options_async`` for GetRole, ``unbind_mfadevice_...`` for UnbindMFADevice."""
    return re.sub(r"(?<!^)(?<![A-Z])(?=[A-Z])", "_", operation).lower() + "_with_options_async"


def backoff_delay(attempt: int, error: RamError) -> float:
    """Return the seconds to wait before a retry (attempt 1 is the first retry).

    The time is random and grows with each attempt; it is at least what the service asked for.
    """
    pause = random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)))  # noqa: S311  no secret
    return max(pause, error.retry_after if isinstance(error, ApiError) else 0)


def is_retryable(error: ApiError | UnreachableError) -> bool:
    if isinstance(error, UnreachableError):
        return error.repeat
    return error.throttled or error.status >= 500 or error.code == "ServiceUnavailable"


def _session_ended(error: RamError) -> bool:
    return isinstance(error, ApiError) and error.code.startswith("InvalidSecurityToken")


def _hint(code: str, source: str) -> str:
    if code.startswith("InvalidAccessKeyId.NotFound"):
        return f"The access key ID of {source} is not known to the service; check for a typing error or a deleted key."
    if code.startswith("InvalidAccessKeyId"):
        return f"The access key of {source} cannot be used; it may be disabled."
    if code.startswith("SignatureDoesNotMatch") or code == "IncompleteSignature":
        return f"The access key secret of {source} does not belong to its access key ID."
    if code.startswith("InvalidSecurityToken"):
        return f"The security token of {source} has expired or belongs to another key; obtain a new one."
    if code.startswith("InvalidTimeStamp"):
        return "This machine's clock differs from the service's; set it right."
    return ""
