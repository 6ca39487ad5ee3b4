# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of options in messages: the option's own name, or the name of the variable in which the user set the value.

Options are identified by paths such as ``account_id``, ``assume_role.role_arn`` and ``user_policies.user_name``.
"""

from __future__ import annotations

import contextlib
import contextvars
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.common.parameters import AnsibleFallbackNotFound

VARIABLE = "ALICLOUD_RAM_OPTION_NAMES"
"""The environment variable in which an action plugin passes the names to an ordinary module, as JSON."""

_names: contextvars.ContextVar[Mapping[str, str] | None] = contextvars.ContextVar("option_names", default=None)


@contextlib.contextmanager
def option_names(names: Mapping[str, str]) -> Iterator[None]:
    """Use these names, in addition to those already in use, in all messages created in this context."""
    token = _names.set({**(_names.get() or {}), **names})
    try:
        yield
    finally:
        _names.reset(token)


def option_name(path: str) -> str:
    """Return the name under which the user set an option."""
    return (_names.get() or {}).get(path, path)


def entry_option(where: str, name: str) -> str:
    """Return the name under which the user set an option of an entry.

    ``where`` is the entry, for example ``policies entry 2: ``, or empty.
    """
    section = where.partition(" entry ")[0]
    return (_names.get() or {}).get(f"{section}.{name}" if section else name, f"{where}{name}")


def fallback_values(arguments: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the environment variable and its value for each option that is not set and has a value from there."""
    found = {}
    for name, option in spec.items():
        if name in arguments or "fallback" not in option:
            continue
        fallback, variables = option["fallback"]
        with contextlib.suppress(AnsibleFallbackNotFound):
            value = fallback(*variables)
            set_to_it = [variable for variable in variables if value and os.environ.get(variable) == value]
            if set_to_it:
                found[name] = (set_to_it[0], value)
    return found


def environment_names(arguments: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, str]:
    """Return the names, for messages, of the options that take their values from environment variables."""
    values = fallback_values(arguments, spec)
    return {name: f"{variable} (environment variable)" for name, (variable, dummy) in values.items()}


def passed_on() -> dict[str, str]:
    """Return the names that an action plugin passed to this process."""
    try:
        names = json.loads(os.environ.get(VARIABLE, "{}"))
    except ValueError:
        return {}
    return names if isinstance(names, dict) else {}
