# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables in declarations: ``${name}`` stands for the value that an account has, ``$${`` for ``${`` itself.

The rule is the same in every module that manages resources, for one account and for many, so that no placeholder is
ever sent to the service.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping
from typing import Any, Callable, TypeVar

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, quote
from ansible_collections.alicloud.ram.plugins.module_utils._names import entry_option
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Kind

T = TypeVar("T")

NAME = "[A-Za-z_][A-Za-z0-9_]*"
ACCOUNT_ID = "account_id"
"""The variable that every account has."""

_PLACEHOLDER = re.compile(rf"\$\$\{{|\$\{{(?:({NAME})\}})?")
# In place of an account ID that is not known yet, and as long as one.
_UNKNOWN_ID = "0" * 16


def substituted(value: Any, variables: Mapping[str, str], where: str = "") -> Any:
    """A value with each ``${name}`` in its texts replaced; ``$${`` stands for ``${``. What is put in stays as it is.

    Raises DeclarationError for any other ``${``, and where two keys become one.
    """

    def one(found: re.Match[str]) -> str:
        text, name = found.group(), found.group(1)
        if text == "$${":
            return "${"
        if name is None:
            raise DeclarationError(
                f"{where}{quote(value)} has a ${{ that begins no ${{name}}. Write $${{ for ${{ itself."
            )
        if name not in variables:
            raise DeclarationError(
                f"{where}{text} is not a variable of this account, which has {', '.join(sorted(variables))}. "
                f"Write ${text} for the text itself."
            )
        return variables[name]

    if isinstance(value, str):
        return _PLACEHOLDER.sub(one, value)
    if isinstance(value, Mapping):
        result: dict[Any, Any] = {}
        for key, item in value.items():
            name = substituted(key, variables, where)
            if name in result:
                raise DeclarationError(f"{where}two keys are {quote(name)} once their variables are put in.")
            result[name] = substituted(item, variables, where)
        return result
    if isinstance(value, (list, tuple)):
        return [substituted(item, variables, where) for item in value]
    return value


def options_with(options: Mapping[str, Any], variables: Mapping[str, str], where: str = "") -> dict[str, Any]:
    """The options of one resource with the variables put in. Raises DeclarationError, naming the option."""
    return {name: substituted(value, variables, f"{entry_option(where, name)}: ") for name, value in options.items()}


def documents_as_data(kind: Kind, options: Mapping[str, Any], where: str = "") -> Mapping[str, Any]:
    """Documents that are given as JSON text are parsed first, so that a variable is always part of a string in them.

    Raises DeclarationError, naming the option.
    """
    if options.get("state") == "absent":
        return options
    title = f"{kind.name} {options[next(iter(kind.spec))]!r}"
    parsed = {
        name: _document.load(options[name], f"{where}{name} of {title}")
        for name in kind.documents
        if isinstance(options.get(name), str)
    }
    return {**options, **parsed}


def has_placeholder(value: Any) -> bool:
    """Whether a value has a text with ``${`` in it."""
    if isinstance(value, str):
        return "${" in value
    if isinstance(value, Mapping):
        return any(has_placeholder(item) for pair in value.items() for item in pair)
    return isinstance(value, (list, tuple)) and any(has_placeholder(item) for item in value)


def for_own_account(build: Callable[[Mapping[str, str]], T]) -> Callable[[Api], Awaitable[T]]:
    """What ``build`` makes of the variables of the account that the credentials belong to.

    It is built here already, so that what is wrong is refused before any call, and once more where it depends on the
    account's ID, which may take a call to know. Raises DeclarationError.
    """
    variables = _Noting({ACCOUNT_ID: _UNKNOWN_ID})
    try:
        declared = build(variables)
    except DeclarationError as error:
        raise DeclarationError(error.message.replace(_UNKNOWN_ID, f"${{{ACCOUNT_ID}}}"), **error.details) from None
    except RecursionError:
        raise DeclarationError("A document is nested far deeper than any policy.") from None

    async def built(api: Api) -> T:
        if not variables.used:
            return declared
        return build({ACCOUNT_ID: api.account_id or (await api.identity()).account_id})

    return built


class _Noting(dict[str, str]):
    """Variables that note whether any of them was used."""

    used = False

    def __getitem__(self, name: str) -> str:
        self.used = True
        return super().__getitem__(name)
