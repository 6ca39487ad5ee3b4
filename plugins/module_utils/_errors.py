# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors that the collection reports, and removal of secrets from their messages."""

from __future__ import annotations

import contextlib
import re
import traceback
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote as url_quote

from ansible_collections.alicloud.ram.plugins.module_utils._text import escaped, flaw_in_text, printable

ISSUES = "https://github.com/alicloud-ram/alicloud.ram/issues"

# A word after "is" can be an ordinary one, so it counts as a secret only if it is quoted or contains a digit. Error codes
# such as MissingSecurityToken are not names of secrets.
_SECRETS = re.compile(
    r"(?i)((?<!Missing)(?<!Invalid)(?<!Incomplete)"
    r"(?:(?:access[_-]?key[_-]?)?secret|(?:security|access|refresh|sts|oidc|id)[_-]?token|password|signature|authorization)"
    r"[\\\"']*(?:\s*[=:]\s*|>|%3d|\s+is\s+(?=[\\\"']|[^\s&,;<]*[0-9]))(?:bearer\s+)?[\\\"']*)[^\s&\"',;\\}<]+"
)
_USERINFO = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^/@\s]*@")


def redact_patterns(text: str) -> str:
    """Redact secrets that an echoed request, a response or a proxy URL may contain."""
    return _USERINFO.sub(r"\1***@", _SECRETS.sub(r"\1***", text))


def quote(value: Any, length: int = 80, explain: bool = True) -> str:
    """Return a value as messages show it: quoted, on one line, truncated, and with invisible characters escaped.

    If ``explain`` is set, a character that is most likely a mistake is named as well.
    """
    text = escaped(repr(value))
    text = text if len(text) <= length + 20 else f"{text[:length]}... ({len(text)} characters)"
    flaw = flaw_in_text(value) if explain and isinstance(value, str) else ""
    return f"{text} (it {flaw})" if flaw else text


def replace_surrogates(text: str) -> str:
    """Return the text with unpaired surrogates, which cannot be encoded, replaced by question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def redact_values(text: str, secrets: Iterable[str | None]) -> str:
    """Return the text with these values replaced by ``***``, both as they are and URL-encoded."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***").replace(url_quote(secret, safe=""), "***")
    return text


Self = TypeVar("Self", bound="RamError")


class RamError(Exception):
    """Base class of all errors that this collection reports.

    ``message`` is one or two self-contained sentences for people, with invisible characters escaped, whatever their
    origin. ``details`` is plain data for machines; it is merged into the result of the failed task. ``warnings`` are the
    warnings that the run gave before it failed. ``denial`` describes why the service denied the call, if it did.
    """

    denial: Any = None

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.warnings: list[str] = []

    @property
    def message(self) -> str:
        return self._message

    @message.setter
    def message(self, text: str) -> None:
        self._message = printable(text, lines=True)

    def __str__(self) -> str:
        return self.message

    def __copy__(self: Self) -> Self:
        """Return an error of its own for another account; Python's own way calls ``__init__`` with the message alone."""
        other = type(self).__new__(type(self), *self.args)
        other.__dict__.update(self.__dict__, details=dict(self.details), warnings=list(self.warnings))
        return other


class DeclarationError(RamError):
    """The declaration is invalid. Raised before anything is changed."""


class CredentialsError(RamError):
    """No usable credentials, or credentials that belong to a different account than the declared one."""

    throttled = False
    """Whether the credentials are fine, but STS throttled the request for a session."""


class UnreachableError(RamError):
    """The endpoint returned no usable response: a connection, TLS or proxy error, or a response that is not the API's.

    ``sent`` is true if the request may have reached the service, so that a write may have taken effect. ``repeat`` is
    true if a retry may help.
    """

    def __init__(self, message: str, sent: bool, repeat: bool = True, **details: Any) -> None:
        super().__init__(message, **details)
        self.sent = sent
        self.repeat = repeat


class ApiError(RamError):
    """The service returned an error.

    ``code`` is the service's error code (``EntityNotExist.User``), ``status`` the HTTP status, ``retry_after`` is in
    seconds.
    """

    def __init__(self, message: str, code: str, status: int, retry_after: float = 0, **details: Any) -> None:
        super().__init__(message, code=code, **details)
        self.code = code
        self.status = status
        self.retry_after = retry_after

    @property
    def throttled(self) -> bool:
        """Whether the call was throttled, so that it had no effect.

        Sources differ in the HTTP status of a throttled call, so only the code counts.
        """
        return self.code.startswith("Throttling") or self.code == "Rejected.Throttling"

    @property
    def missing(self) -> bool:
        """Whether the service reports that the entity does not exist."""
        return self.code.startswith("EntityNotExist")


class ConflictError(RamError):
    """The current state makes the declared state impossible; the message explains why."""


class NotOwnedError(ConflictError):
    """The resource exists, but its tag does not name the declared owner. ``reason`` is that as part of a sentence."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class InternalError(RamError):
    """A bug in this collection. ``details`` contains a ``traceback``, which the action plugins show at -vvv."""


# The messages of these exceptions describe code. Those of other exceptions may contain any value, also a secret.
_ABOUT_CODE = (AttributeError, ImportError, IndexError, NameError, RecursionError, TypeError)


def own_fault(error: Exception) -> InternalError:
    """Return the error for an exception that the collection did not expect. It shows no values, only code."""
    text = ""
    if isinstance(error, _ABOUT_CODE) or (
        isinstance(error, KeyError) and re.fullmatch(r"'[A-Za-z_]{1,40}'", str(error))
    ):
        text = f": {redact_patterns(replace_surrogates(str(error))[:200])}"
    what = f"{type(error).__name__}{text}"
    frames = "".join(traceback.format_tb(error.__traceback__))
    return InternalError(
        f"This is a bug in alicloud.ram ({what}), not a mistake in your playbook. Please report it, with the traceback "
        f"that ansible shows with -vvv, at {ISSUES}.",
        traceback=f"Traceback (most recent call last):\n{replace_surrogates(frames)}{what}\n",
    )


def raised_here(error: BaseException) -> bool:
    """Return whether code of this collection raised the exception, and not a library that it called."""
    frames = [frame for frame, dummy in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and str(frames[-1].f_globals.get("__name__")).startswith(__name__.rsplit(".", 1)[0])


@contextlib.contextmanager
def carrying(warnings: Sequence[str]) -> Iterator[None]:
    """Add the warnings given so far to any error that leaves this block, before the error's own warnings.

    Other exceptions become an InternalError, so the block raises only RamError.
    """
    try:
        yield
    except Exception as caught:
        error = caught if isinstance(caught, RamError) else own_fault(caught)
        error.warnings = [*warnings, *error.warnings]
        if error is caught:
            raise
        raise error from caught


def outcome_unknown(error: RamError) -> bool:
    """Return whether a write that failed with this error may have taken effect."""
    if isinstance(error, UnreachableError):
        return error.sent
    return isinstance(error, ApiError) and error.status >= 500 and not error.throttled
