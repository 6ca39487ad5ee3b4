# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a play's hosts: templated for each host, and only once where they cannot differ.

A task that runs once is templated with the variables of one host. What differs by host must not be among its options, so
this reads it from each host's own variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable

import jinja2
import jinja2.nodes
from ansible.errors import AnsibleError

try:
    from ansible.errors import AnsibleValueOmittedError
except ImportError:  # until ansible-core 2.18

    class AnsibleValueOmittedError(Exception):  # type: ignore[no-redef]
        """Is never raised."""


from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import CONNECTION_SPEC
from ansible_collections.alicloud.ram.plugins.module_utils._engine.hosts import Host
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable

PREFIX = "alicloud_"
"""Host variables with this prefix are the shared options of the modules."""

# What templates can name whose value depends on more than the variables that they name.
_IMPURE = frozenset(("hostvars", "vars", "lookup", "query", "q", "now", "lipsum", "cycler", "joiner"))
_ABSENT = object()


class HostVariables:
    """The variables of hosts, as a task sees them if it runs on each of these hosts. ``convert`` is applied to all values."""

    def __init__(self, task: Any, templar: Any, task_vars: Mapping[str, Any], convert: Callable[[Any], Any]) -> None:
        self._task = task
        self._manager = task.get_variable_manager()
        self._play = task._parent._play
        self._names = list(task_vars["ansible_play_batch"])
        self._all = list(task_vars["ansible_play_hosts_all"])
        self._hostvars = task_vars["hostvars"]
        self._templates = Templates(templar, convert)
        self._read_from: set[str] = set()

    @property
    def files(self) -> list[str]:
        """The files that the declarations are from, as far as Ansible knows them."""
        return sorted(self._read_from)

    def host(self, name: str, variable: str) -> Host:
        """Return a host, with its declaration from this variable. What is wrong is in its ``error``."""
        variables = self._variables(name)
        place = variable
        options: dict[str, Any] = {}
        declared: dict[str, Any] = {}
        try:
            for option in CONNECTION_SPEC:
                place = f"{PREFIX}{option}"
                if place in variables:
                    options[option] = self._value(variables[place], variables, place)
            place = variable
            if variable not in variables:
                return Host(name, {}, {}, f"{name} has no variable {variable}, so nothing is declared for it.")
            self._read_from |= _files_of(variables[variable])
            declared = self._declared(variables[variable], variables, variable)
        except (AnsibleError, TypeError, ValueError, RecursionError) as error:
            return Host(name, {}, {}, f"{place}: {_reason(error)}")
        return Host(name, options, declared)

    def _declared(self, raw: Any, variables: Mapping[str, Any], place: str) -> dict[str, Any]:
        # Section by section, so that one that differs by host leaves the others shared.
        if not isinstance(raw, Mapping):
            raw = self._value(raw, variables, place)
            if not isinstance(raw, Mapping):
                raise ValueError(f"it is {type(raw).__name__}, where a mapping of lists, such as policies, is needed.")
            return dict(raw)
        declared = {}
        for section, value in raw.items():
            found = self._templates.value(value, variables)
            if found is not OMITTED:
                declared[str(section)] = found
        return declared

    def _value(self, raw: Any, variables: Mapping[str, Any], place: str) -> Any:
        value = self._templates.value(raw, variables)
        if value is OMITTED:
            raise ValueError("it is omitted. Give a value, or remove the variable.")
        return value

    def _variables(self, name: str) -> Mapping[str, Any]:
        host = self._manager._inventory.get_host(name)
        found: dict[str, Any] = self._manager.get_vars(
            play=self._play,
            host=host,
            task=self._task,
            include_hostvars=False,
            _hosts=self._names,
            _hosts_all=self._all,
        )
        found["hostvars"] = self._hostvars
        return found


def _files_of(value: Any) -> set[str]:
    """Return the file that a value was read from; none if Ansible does not say, or has a way of saying it that is not known."""
    try:
        from ansible._internal._datatag._tags import Origin
        from ansible.module_utils._internal._datatag import AnsibleTagHelper

        origin = AnsibleTagHelper.tags(value)
        return {str(tag.path) for tag in origin if isinstance(tag, Origin) and tag.path}
    except Exception:  # until ansible-core 2.18, or after a change of its internals
        path = (getattr(value, "ansible_pos", None) or ("",))[0]
        return {str(path)} if path else set()


class _Omitted:
    """Stands for a value that a template omits."""


OMITTED = _Omitted()


class Templates:
    """Evaluates values that contain templates.

    A value is evaluated once for all hosts for which it is the same object and all variables that it depends on are, too. Its
    result is then the same object, so that it is checked once as well.
    """

    def __init__(self, templar: Any, convert: Callable[[Any], Any]) -> None:
        self._templar = templar
        self._convert = convert
        self._names: dict[int, frozenset[str] | None] = {}
        self._results: dict[tuple[Any, ...], Any] = {}
        # Objects that keys name by their ID must not be replaced by others.
        self._kept: list[Any] = []

    def value(self, raw: Any, variables: Mapping[str, Any]) -> Any:
        """Return the value for a host with these variables; OMITTED if it is omitted. Raises AnsibleError and ValueError."""
        inputs = self._inputs(raw, variables)
        if inputs is None:
            return self._evaluated(raw, variables)
        values = [(name, variables.get(name, _ABSENT)) for name in sorted(inputs)]
        key = (id(raw), *((name, id(value)) for name, value in values))
        if key not in self._results:
            self._kept += [raw, values]
            self._results[key] = self._evaluated(raw, variables)
        return self._results[key]

    def _evaluated(self, raw: Any, variables: Mapping[str, Any]) -> Any:
        if self._direct(raw) == frozenset():  # it has no templates
            return self._convert(raw)
        templar = self._templar.copy_with_new_env(available_variables=variables)
        try:
            found = templar.template(raw)
        except AnsibleValueOmittedError:
            return OMITTED
        token = variables.get("omit")  # until ansible-core 2.18, a text stands for what is omitted
        if token is None:
            return self._convert(found)
        return OMITTED if found == token else self._convert(_without(token, found))

    def _inputs(self, raw: Any, variables: Mapping[str, Any]) -> set[str] | None:
        """Return the variables that the value depends on; None if that is not known, or if it depends on more."""
        found: set[str] = set()
        left = [raw]
        while left:
            names = self._direct(left.pop())
            if names is None or names & _IMPURE:
                return None
            left += [variables[name] for name in names - found if name in variables]
            found |= names
        return found

    def _direct(self, value: Any) -> frozenset[str] | None:
        """Return the variables that the templates in a value name."""
        if id(value) not in self._names:
            self._kept.append(value)
            names: set[str] | None = set()
            for text in _templates_in(value):
                own = _names_in(text)
                names = None if own is None or names is None else names | own
            self._names[id(value)] = None if names is None else frozenset(names)
        return self._names[id(value)]


def _without(token: str, value: Any) -> Any:
    """Return the value without the entries of mappings that are omitted."""
    if isinstance(value, Mapping):
        return {key: _without(token, item) for key, item in value.items() if item != token}
    if isinstance(value, list):
        return [_without(token, item) for item in value]
    return value


def _templates_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if "{" in value:
            yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _templates_in(key)
            yield from _templates_in(item)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for item in value:
            yield from _templates_in(item)


_parser = jinja2.Environment()  # noqa: S701  it renders nothing
_parsed: dict[str, frozenset[str] | None] = {}


def _names_in(text: str) -> frozenset[str] | None:
    if text not in _parsed:
        try:
            _parsed[text] = frozenset(node.name for node in _parser.parse(text).find_all(jinja2.nodes.Name))
        except jinja2.TemplateError:
            _parsed[text] = None
    return _parsed[text]


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply."
    return printable(str(error).strip() or type(error).__name__, lines=True)
