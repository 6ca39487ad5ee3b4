# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placeholders in declarations: ``${name}`` is replaced by the account's variable; ``$${`` stands for ``${``.

The rule is the same in all modules that manage resources, for one account and for many, so that no placeholder is ever
sent to the service.
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
"""The name of the variable that every account has."""

_PLACEHOLDER = re.compile(rf"\$\$\{{|\$\{{(?:({NAME})\}})?")
# Stands for an account ID that is not known yet, and has the same length.
_UNKNOWN_ID = "0" * 16


def substituted(value: Any, variables: Mapping[str, str], where: str = "") -> Any:
    """Return a value with each ``${name}`` in its texts replaced; ``$${`` becomes ``${``.

    Placeholders in the substituted values are not replaced. Raises DeclarationError for any other ``${``, and if two keys
    become equal.
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
    """Return the options of one resource with the variables substituted. Raises DeclarationError, which names the option."""
    return {name: substituted(value, variables, f"{entry_option(where, name)}: ") for name, value in options.items()}


def documents_as_data(kind: Kind, options: Mapping[str, Any], where: str = "") -> Mapping[str, Any]:
    """Return the options with JSON documents parsed, so that variables are substituted only inside their strings.

    Raises DeclarationError, which names the option.
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
    """Return whether a value contains a text with ``${``."""
    if isinstance(value, str):
        return "${" in value
    if isinstance(value, Mapping):
        return any(has_placeholder(item) for pair in value.items() for item in pair)
    return isinstance(value, (list, tuple)) and any(has_placeholder(item) for item in value)


def for_own_account(build: Callable[[Mapping[str, str]], T]) -> Callable[[Api], Awaitable[T]]:
    """Return a function that calls ``build`` with the variables of the account that the credentials belong to.

    ``build`` is also called immediately, so that errors are raised before any call to the service. If its result does not
    depend on the account's ID, which may need a call, that result is reused. Raises DeclarationError.
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
        return build({ACCOUNT_ID: await api.find_account_id()})

    return built


class _Noting(dict[str, str]):
    """Variables that record whether any of them was used."""

    used = False

    def __getitem__(self, name: str) -> str:
        self.used = True
        return super().__getitem__(name)
