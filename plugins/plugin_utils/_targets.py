# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect omitted options that would make a task act in a different account, or as a different caller.

Ansible removes an omitted option before a plugin or module sees the arguments. For most options, the default then applies.
For options that select the account, that would mean a different account, so such a task fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.mod_args import ModuleArgsParser

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import TARGETS
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, quote
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name

# Each of these options selects the credentials on its own.
_CALLERS = ("access_key_id", "profile")
# Options that only the task itself may set, because of what they delete.
_IN_TASK = ("delete_credentials",)
# Keys under which Ansible stores a single template for all options.
_WHOLE = ("_variable_params", "_raw_params")


def checked_arguments(task: Any, templar: Any, omit: Any) -> dict[str, Any]:
    """Return the task's arguments if no option that selects the account or the caller was omitted.

    ``omit`` is the value of Ansible's variable ``omit``. If the task omits ``account_id``, but ``module_defaults``
    contains it, that value is restored. Raises DeclarationError, and AnsibleError if a default cannot be templated.
    """
    arguments = dict(task.args)
    written, hidden = _written(task)
    defaults, defaults_hidden = _defaults(task)
    for name in _IN_TASK:
        if name in defaults and name not in written:
            raise DeclarationError(
                f"{option_name(name)}: set in module_defaults, which cannot set it. Write it in each task that needs it."
            )
    left = [name for name in TARGETS if name in arguments]
    if hidden:
        _refuse_hidden([name for name in left if name not in written and name not in defaults], bool(left))
    said = [name for name in TARGETS if name in written or name in defaults]
    if not left and (said or defaults_hidden):
        names = [option_name(name) for name in said]
        raise DeclarationError(
            f"{' and '.join(names) or 'module_defaults'}: omitted, so nothing says any more in which account to act. Check the "
            f"variables for a misspelt name. Give {' or '.join(names) or 'account_id'}, or remove "
            f"{'it' if len(said) < 2 else 'them'} from the task and its module_defaults to act in the account of the credentials."
        )
    if "accounts" in said and "accounts" not in left and not any(name in written for name in left):
        raise DeclarationError(
            f"{option_name('accounts')}: omitted, so the task would act in one account in place of many. Check the variable "
            f"for a misspelt name. To act in one account, write account_id or assume_role in the task itself, not in module_defaults "
            f"({', '.join(left)})."
        )
    own = _templated({name: defaults[name] for name in ("account_id", *_CALLERS) if name in defaults}, templar, omit)
    _keep_guard(arguments, own)
    lost = [name for name in _CALLERS if own.get(name)]
    if lost and not any(name in arguments for name in _CALLERS):
        raise DeclarationError(
            f"{option_name(lost[0])}: omitted in the task, but set in its module_defaults. The task would use other credentials. Remove "
            f"{lost[0]} from the task, or give a value."
        )
    return arguments


def _refuse_hidden(names: list[str], any_left: bool) -> None:
    if names:
        raise DeclarationError(
            f"{' and '.join(names)}: given by a template for all options of the task, which hides what it omits. Write "
            f'{names[0]} as an option of its own, for example {names[0]}: "{{{{ item.{names[0]} }}}}".'
        )
    if not any_left:
        raise DeclarationError(
            "The options of the task are one template, which hides whether it omits account_id, accounts or assume_role. "
            "Write account_id as an option of its own, or write all options one by one."
        )


def _keep_guard(arguments: dict[str, Any], defaults: Mapping[str, Any]) -> None:
    guard = defaults.get("account_id")
    if guard is None:
        return
    given = arguments.setdefault("account_id", guard)
    if str(given).strip() != str(guard).strip():
        raise DeclarationError(
            f"{option_name('account_id')} is {quote(str(given))} in the task, but {quote(str(guard))} in its module_defaults. They have "
            "to agree."
        )


def _written(task: Any) -> tuple[frozenset[str], bool]:
    """Return the options that are written in the task, and whether a template may hide some of them."""
    source = task.get_ds()
    if not isinstance(source, Mapping):
        return frozenset(), True
    try:
        parser = ModuleArgsParser(task_ds=dict(source), collection_list=task.collections)
        _action, arguments, _delegate_to = parser.parse(skip_action_validation=True)
    except AnsibleError:
        return frozenset(), True
    return frozenset(map(str, arguments)), any(name in arguments for name in _WHOLE)


def _defaults(task: Any) -> tuple[dict[str, Any], bool]:
    """Return the task's options from ``module_defaults``, and whether a template hides some of them.

    On some releases of Ansible, the values are not templated yet.
    """
    merged: dict[str, Any] = {}
    for default in task.module_defaults or ():
        merged.update(default)
    groups = (task._parent._play._action_groups or {}).get(task.resolved_action, ())
    found: dict[str, Any] = {}
    hidden = False
    names = [name for name in merged if name.startswith("group/") and name.split("group/")[-1] in groups]
    for name in (*names, task.resolved_action):
        value = merged.get(name)
        if isinstance(value, Mapping):
            found.update(value)
        else:
            hidden = hidden or value is not None
    return found, hidden


def _templated(values: Mapping[str, Any], templar: Any, omit: Any) -> dict[str, Any]:
    """Return the templated values without those that are omitted."""
    if not values:
        return {}
    result = templar.template(dict(values))
    return {name: value for name, value in result.items() if value is not None and value != omit}
