# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, in the words a user reads."""

from __future__ import annotations

import contextlib
import re
import traceback
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote as url_quote

from ansible_collections.alicloud.ram.plugins.module_utils._text import escaped, flaw_in_text, printable

ISSUES = "https://github.com/alicloud-ram/alicloud.ram/issues"

# After "is" there may be an ordinary word, so it is a secret only in quotes or with a digit in it. Error codes such as
# MissingSecurityToken are no names of secrets.
_SECRETS = re.compile(
    r"(?i)((?<!Missing)(?<!Invalid)(?<!Incomplete)"
    r"(?:(?:access[_-]?key[_-]?)?secret|(?:security|access|refresh|sts|oidc|id)[_-]?token|password|signature|authorization)"
    r"[\\\"']*(?:\s*[=:]\s*|>|%3d|\s+is\s+(?=[\\\"']|[^\s&,;<]*[0-9]))(?:bearer\s+)?[\\\"']*)[^\s&\"',;\\}<]+"
)
_USERINFO = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^/@\s]*@")


def redact_patterns(text: str) -> str:
    """Take out what an echo of a request, an answer or a proxy's URL could show."""
    return _USERINFO.sub(r"\1***@", _SECRETS.sub(r"\1***", text))


def quote(value: Any, length: int = 80, explain: bool = True) -> str:
    """A value as messages show it: in quotes, in one line, not without end, and with nothing in it that is not seen.

    ``explain``: say which character is there that is most likely a mistake.
    """
    text = escaped(repr(value))
    text = text if len(text) <= length + 20 else f"{text[:length]}... ({len(text)} characters)"
    flaw = flaw_in_text(value) if explain and isinstance(value, str) else ""
    return f"{text} (it {flaw})" if flaw else text


def replace_surrogates(text: str) -> str:
    """The text with question marks in place of what cannot be encoded: halves of surrogate pairs."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def redact_values(text: str, secrets: Iterable[str | None]) -> str:
    """The text without these values, as they are or as part of a URL."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***").replace(url_quote(secret, safe=""), "***")
    return text


class RamError(Exception):
    """Base of every error that this collection reports.

    ``message`` is one self-contained sentence or two for people, in which everything can be seen, wherever its parts
    came from; ``details`` is plain data for machines and is merged into the result of the failed task; ``warnings`` are
    what the run had to warn of before it failed. ``denial`` is what is known of why the caller was refused, if it was.
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


class DeclarationError(RamError):
    """What was declared cannot be meant: raised before anything is changed."""


class CredentialsError(RamError):
    """No usable credentials, or credentials of another account than the declared one."""

    throttled = False
    """Whether nothing is wrong with them, but too many asked for a session at once."""


class UnreachableError(RamError):
    """The endpoint gave no usable answer: connection, TLS or proxy faults, or an answer that is not the API's.

    ``sent`` tells whether the request may have reached the service, so whether a write may have taken effect;
    ``repeat`` whether asking again may help.
    """

    def __init__(self, message: str, sent: bool, repeat: bool = True, **details: Any) -> None:
        super().__init__(message, **details)
        self.sent = sent
        self.repeat = repeat


class ApiError(RamError):
    """The service answered with an error.

    ``code`` is the service's (``EntityNotExist.User``), ``status`` the HTTP status, ``retry_after`` in seconds.
    """

    def __init__(self, message: str, code: str, status: int, retry_after: float = 0, **details: Any) -> None:
        super().__init__(message, code=code, **details)
        self.code = code
        self.status = status
        self.retry_after = retry_after

    @property
    def throttled(self) -> bool:
        """Refused before any work was done. The status of a throttled call differs between sources, so it is not asked."""
        return self.code.startswith("Throttling") or self.code == "Rejected.Throttling"

    @property
    def missing(self) -> bool:
        """Whether the service says that what was asked for does not exist."""
        return self.code.startswith("EntityNotExist")


class ConflictError(RamError):
    """The observed state forbids the declared one; the message says what stands in the way."""


class InternalError(RamError):
    """A fault of this collection. ``details`` has a ``traceback``, which the action plugins show at -vvv."""


# Their texts are about code. Those of others may repeat any value.
_ABOUT_CODE = (AttributeError, ImportError, IndexError, NameError, RecursionError, TypeError)


def own_fault(error: Exception) -> InternalError:
    """The error for an exception that none of our code expected. It shows no value that was worked with."""
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
    """Whether code of this collection raised it, and not a library that the code called."""
    frames = [frame for frame, dummy in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and str(frames[-1].f_globals.get("__name__")).startswith(__name__.rsplit(".", 1)[0])


@contextlib.contextmanager
def carrying(warnings: Sequence[str]) -> Iterator[None]:
    """Have any error that leaves this block carry the warnings given by then, ahead of its own. It raises RamError only."""
    try:
        yield
    except Exception as caught:
        error = caught if isinstance(caught, RamError) else own_fault(caught)
        error.warnings = [*warnings, *error.warnings]
        if error is caught:
            raise
        raise error from caught


def outcome_unknown(error: RamError) -> bool:
    """Whether a write that ended so may have taken effect all the same."""
    if isinstance(error, UnreachableError):
        return error.sent
    return isinstance(error, ApiError) and error.status >= 500 and not error.throttled
