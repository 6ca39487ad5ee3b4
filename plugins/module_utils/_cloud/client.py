# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls to RAM, STS and Resource Manager through the official SDKs: one way to call, to repeat and to fail.

Parameters and answers have the API's own names and shapes (``{"Role": {"RoleName": ...}}``).
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
"""Gives a line on the progress of a long task to whoever watches."""

# How the codes begin with which a service refuses a caller.
_DENIED = ("NoPermission", "Forbidden.RAM")

# Seconds between tries: a random time up to FIRST_PAUSE, doubled each time up to LONGEST_PAUSE.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 20.0
# The most that a list can have; no list of this API has so many.
MAX_PAGES = 10000
# A host that has never answered is most likely a wrong setting: it gets fewer tries.
UNKNOWN_HOST_TIMEOUT = 10.0


class Clock:
    """Time as the engine sees it; tests bring their own."""

    def now(self) -> float:
        """Seconds since any moment."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True)
class Identity:
    """Who the credentials are. Source: STS GetCallerIdentity."""

    account_id: str
    arn: str
    identity_type: str
    principal_id: str
    user_id: str | None = None
    role_id: str | None = None


class Pacer:
    """Lets callers through one after the other, evenly, at no more than a rate."""

    def __init__(self, per_second: float, clock: Clock) -> None:
        self._interval = 1 / per_second
        self._clock = clock
        self._next = 0.0
        self._queue = asyncio.Lock()

    async def acquire(self) -> None:
        """Wait for one's turn."""
        async with self._queue:
            now = self._clock.now()
            at = max(now, self._next)
            self._next = at + self._interval
            if at > now:
                await self._clock.sleep(at - now)


class AdaptiveThrottle(Pacer):
    """Spaces the calls of one account where it was throttled, and less so with each call that was not."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(math.inf, clock)
        self._since = -math.inf

    async def acquire(self) -> None:
        if self._interval:
            await super().acquire()

    def on_throttled(self, sent: float) -> None:
        """``sent`` is when the call was: what was under way when the pace was slowed says nothing of the new one."""
        if sent >= self._since:
            self._interval = min(0.5, 1.5 * self._interval) if self._interval else 0.1
            self._since = self._clock.now()

    def on_success(self) -> None:
        self._interval = 0.98 * self._interval if self._interval > 0.002 else 0.0


# Parts of answers that are the same in every account, by endpoint, operation and parameters.
_constants: dict[Any, Any] = {}


class Api:
    """The operations of one account, called with one credential.

    ``assume_role_pacer``, where set, is asked before each AssumeRole that is called with it; ``report_progress``, where somebody
    watches, is given lines on progress and on each write that was made; ``parent`` is who waits for all this.
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

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation and give its answer.

        Throttling and faults are repeated until ``retry_timeout`` has passed; a write whose outcome is unknown is not,
        it is raised (see ``outcome_unknown``), and reading must tell. Raises ApiError, UnreachableError,
        CredentialsError; RamError if this process is orphaned.
        """
        started, tries, renewed = self.clock.now(), 0, False
        while True:
            queued = self.clock.now()
            if self.assume_role_pacer and operation == "AssumeRole":
                await self.assume_role_pacer.acquire()
            await self._throttle.acquire()
            sent = self.clock.now()
            started += sent - queued  # who waits for a turn has not failed
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
        """A part of an answer that is the same in every account, so it is asked for once in a process.

        With ``may_lack``, that it does not exist is remembered as None. Any other failure is the asking account's own;
        the others then ask for themselves, side by side.
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
        """The API of the account that a role is in, called as that role, which this one's caller assumes."""
        settings = replace(self.settings, assume_role=role, account_id=None)
        api = Api(settings, AssumedRole(self, role), self._transport, self.clock, self.parent)
        api.report_progress = self.report_progress
        return api

    async def verify_account(self, account_id: str | None) -> Api:
        """This API, once it is known to call that account; None accepts any.

        Raises CredentialsError before any call but the one that tells: AssumeRole's answer, else GetCallerIdentity.
        """
        credential = self._credential
        await credential.open()
        if account_id is None:
            return self
        actual = credential.account_id or (await self.identity()).account_id
        if actual != account_id:
            raise CredentialsError(
                f"{option_name('account_id')} is {account_id}, but the credentials of {credential.source} are of account {actual}; "
                "nothing was done.",
                account_id=actual,
            )
        return self

    async def identity(self) -> Identity:
        """Who the credentials are: of the assumed session where its answer told, else one call, made once."""
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
        """The answers of a list operation, page by page.

        ``token`` is the key that carries on to the next one: NextToken, or PageNumber (with PageSize).
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
        """The ARN that AssumeRole's answer gave for the session, None without one."""
        return self._credential.arn or None

    @property
    def account_id(self) -> str | None:
        """The account that is called, as far as it is known without a call."""
        return self._credential.account_id or (self._identity.account_id if self._identity else None)

    async def caller_is(self, kind: str, name: str) -> bool:
        """Whether the caller is that user or role of the account, at no cost for an assumed role."""
        arn = self.assumed_role_arn or (await self.identity()).arn
        # GetCallerIdentity calls a session assumed-role, AssumeRole's answer calls it role; case differs at times.
        resource = arn.rsplit(":", 1)[-1].lower().split("/")
        return resource[0] in (kind, f"assumed-{kind}") and resource[1:2] == [name.lower()]

    async def _once(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        service = OPERATIONS[operation].service
        models, client = self._client(service)
        method = getattr(client, _method(operation))
        model = getattr(models, f"{operation}Request", None)
        arguments = []
        if model:
            request = model().from_map(parameters)
            for name, value in list(vars(request).items()):
                if value == []:  # from_map makes an empty list of what was not given, which would be sent
                    setattr(request, name, None)
            arguments = [request]
        try:
            answer = await method(*arguments, self._transport.sdk_runtime())
        except Exception as error:  # the SDK raises several unrelated families
            # Of what was sent, a service or whoever answers in its place can repeat these.
            external_id = parameters.get("ExternalId")
            secrets = (*self._credential.secrets, external_id)
            raise self._translate(operation, error, secrets, bool(external_id)) from None
        body: Any = getattr(answer, "body", None)
        if not hasattr(body, "to_map"):
            return {}
        _fit(body, operation)
        found: dict[str, Any] = body.to_map()
        if _empty(found):  # every answer has a RequestId
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
        """The operation, as messages call it."""
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
            # These tell of the SDK's code, or repeat the answer, in which there may be a session's keys.
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
        # What is taken out of a text is taken out before it is cut.
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
        # The SDK takes the header as milliseconds, so it is read as such here.
        retry_after = (getattr(error, "retry_after", None) or 0) / 1000
        failed = ApiError(message + (f". {hint}" if hint else "."), code, status, retry_after, **details)
        failed.denial = denial
        return failed

    async def _diagnosis(self, encoded: str) -> tuple[dict[str, Any], Any]:
        """One call, without a second try, for the reasons of a refusal; and what makes its texts fit to be shown."""
        answer = await self._once("DecodeDiagnosticMessage", {"EncodedDiagnosticMessage": encoded})
        return answer, _shown(self._credential.secrets)


async def open_api(settings: Settings, transport: Any, clock: Clock | None = None, parent: Parent | None = None) -> Api:
    """The API of the account that the settings lead to.

    Where ``account_id`` is set and the credentials are of another account, raises CredentialsError before any call
    but the one that tells: AssumeRole's answer, else GetCallerIdentity.
    """
    credential, roles = resolve_credentials(settings)
    api = Api(replace(settings, account_id=None), credential, transport, clock, parent)
    for role in roles + ([settings.assume_role] if settings.assume_role else []):
        api = api.assume_role(role)
    return await api.verify_account(settings.account_id)


def required(answer: Any, key: str, operation: str) -> Any:
    """``answer[key]``. The SDK leaves out what does not fit its model, without an error: raises UnreachableError."""
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
    """Have the fields of an answer be what the SDK's model says, which takes whatever comes.

    A number that comes as text, and the like, is what it stands for. Raises UnreachableError, naming the field.
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
    """Name and type of each field of a model of the SDK."""
    hints = {name: getattr(hint, "__name__", str(hint)) for name, hint in model.__init__.__annotations__.items()}
    return [(name, hint) for name, hint in hints.items() if name in vars(model())]


def _title(name: str) -> str:
    """The API's name of a model's field."""
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
    """Whether there is nothing in an answer, or a part of it, but what the SDK puts where nothing was."""
    return value is None or value == [] or (isinstance(value, dict) and all(map(_empty, value.values())))


def _text(value: Any, length: int) -> str:
    """What an answer gave as text, cut to a length, in one line and with all of it visible; empty where it is no text."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return ""
    return printable(replace_surrogates(str(value)[:length]))


def _shown(secrets: tuple[str | None, ...]) -> Callable[[Any, int], str]:
    """What makes a value of an answer fit to be shown, cut to a length; empty if it is no text."""
    return lambda value, length: redact_values(redact_patterns(_text(value, 10000)), secrets)[:length]


@functools.cache
def _method(operation: str) -> str:
    """The name of the SDK's method: GetRole's is get_role_with_options_async."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower() + "_with_options_async"


def backoff_delay(attempt: int, error: RamError) -> float:
    """Seconds to wait before the attempt (1 is the second try): random, growing, and what the service asked for."""
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
