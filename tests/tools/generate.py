#!/usr/bin/env python
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write everything that follows from the registry of kinds and from the modules' own documentation.

- Shared text, docs/shared/NAME.*, between ``# BEGIN shared: NAME`` and ``# END shared: NAME``. ansible-doc needs RETURN
  in full in every module; documentation fragments can carry options only. ``{name}`` in a shared text is a placeholder:
  its value is on the marker line, as in ``# BEGIN shared: NAME name="some text"``. ``{name=text}`` has a default.
  ``{module}`` and ``{kind}`` are the module, and the module without ``_info``.
- Text derived from other modules, between ``# BEGIN generated: NAME`` and ``# END generated: NAME``; see GENERATED.
- The info module of a kind that has none yet. It can be edited afterwards.
- plugins/action/MODULE.py, and the action group in meta/runtime.yml.

Usage: generate.py [--check]    (--check: change nothing, and fail if a file is not up to date)
"""

from __future__ import annotations

import ast
import functools
import importlib
import re
import shlex
import sys
import textwrap
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import yaml

ROOT = Path(__file__).resolve().parents[2]
HEADER = """\
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
ACTION = (
    HEADER
    + """
from __future__ import annotations

from ansible_collections.alicloud.ram.plugins.plugin_utils._action import RamAction


class ActionModule(RamAction):
    pass


main = ActionModule.validate_options  # for ansible-lint
"""
)
HOSTS_ACTION = ACTION.replace("_action import RamAction", "_hosts_action import HostsAction").replace(
    "(RamAction)", "(HostsAction)"
)
BLOCK = r"^(?P<indent> *)# BEGIN {}: (?P<name>\w+)(?P<arguments>[^\n]*)\n.*?^ *# END {}: (?P=name)$"
PLACEHOLDER = re.compile(r"(?<![${])\{(\w+)(?:=([^{}]*))?\}")


class GenerateError(Exception):
    """A mistake in a source; the message is for its author."""


# Text between markers


def fill_blocks(text: str, marker: str, write: Callable[[str, Mapping[str, str]], str]) -> str:
    """The text, with ``write(name, arguments)`` between each pair of markers, indented as the markers are."""

    def block(found: re.Match[str]) -> str:
        arguments = dict(argument.split("=", 1) for argument in shlex.split(found["arguments"]))
        begin = f"# BEGIN {marker}: {found['name']}{found['arguments']}"
        lines = f"{begin}\n{write(found['name'], arguments).rstrip()}\n# END {marker}: {found['name']}"
        return textwrap.indent(lines, found["indent"])

    return re.sub(BLOCK.format(marker, marker), block, text, flags=re.MULTILINE | re.DOTALL)


def with_shared(text: str, module: str, shared: Mapping[str, str]) -> str:
    """The text, with the shared parts that its markers name. They may contain others."""

    def write(name: str, arguments: Mapping[str, str]) -> str:
        if name not in shared:
            raise GenerateError(f"{module}: there is no docs/shared/{name}.*")
        values = {"module": module, "kind": module.removesuffix("_info"), **arguments}

        def value(found: re.Match[str]) -> str:
            default: str | None = found[2]
            if found[1] in values:
                return values[found[1]]
            if default is None:
                raise GenerateError(f"{module}: shared text {name} needs {found[1]}=... on its marker line")
            return default

        filled = re.sub(r" +$", "", PLACEHOLDER.sub(value, shared[name]), flags=re.MULTILINE)
        return with_shared(filled, module, shared)

    return fill_blocks(text, "shared", write)


# Documentation as data


class Dumper(yaml.SafeDumper):
    """YAML as the rest of the documentation is written."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


class FlowList(list):  # type: ignore[type-arg]
    """A list on one line."""


Dumper.add_representer(
    FlowList, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


def dump(data: Mapping[str, Any]) -> str:
    def styled(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: styled(part, name) for name, part in value.items()}
        return FlowList(value) if key == "choices" else value

    text: str = yaml.dump(styled(dict(data)), Dumper=Dumper, width=100, sort_keys=False, allow_unicode=True)
    return text


class Module:
    """The documentation of a module, from the text of its file."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._literals = {
            getattr(node.targets[0], "id", ""): node.value.value
            for node in ast.parse(text).body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        }

    @functools.cached_property
    def documentation(self) -> dict[str, Any]:
        return self._data("DOCUMENTATION")

    @property
    def is_on_hosts(self) -> bool:
        """Whether a task runs once for all hosts; its options are then not the shared ones."""
        return "bypass_host_loop" in self.documentation.get("attributes", ())

    @functools.cached_property
    def returned(self) -> dict[str, Any]:
        return self._data("RETURN")

    def _data(self, name: str) -> dict[str, Any]:
        try:
            return dict(yaml.safe_load(self._literals[name]))
        except yaml.YAMLError as error:
            raise GenerateError(f"plugins/modules/{self.name}.py: {name} is not YAML: {error}") from None

    def options(self, names: Iterable[str]) -> dict[str, Any]:
        """The documentation of these options, in this order."""
        documented = self.documentation.get("options") or {}
        missing = [name for name in names if name not in documented]
        if missing:
            raise GenerateError(f"plugins/modules/{self.name}.py does not document {', '.join(missing)}")
        return {name: documented[name] for name in names}


def in_section(value: Any, section: str, options: Iterable[str]) -> Any:
    """The documentation, with ``O(option)`` turned into ``O(section[].option)``."""
    if isinstance(value, dict):
        return {key: in_section(part, section, options) for key, part in value.items()}
    if isinstance(value, list):
        return [in_section(part, section, options) for part in value]
    if not isinstance(value, str):
        return value
    return re.sub(r"\bO\((\w+)", lambda found: f"O({section}[].{found[1]}" if found[1] in options else found[0], value)


def without_check_mode(value: Any) -> Any:
    """The documentation, without the sentences on check mode: an info module predicts nothing."""
    return without_sentences(value, "check mode")


def without_sentences(value: Any, words: str) -> Any:
    """The documentation, without the sentences that have these words."""
    if isinstance(value, dict):
        return {key: without_sentences(part, words) for key, part in value.items()}
    if isinstance(value, list):
        kept = [without_sentences(part, words) for part in value]
        return [part for part in kept if part != ""]
    if not isinstance(value, str):
        return value
    return " ".join(part for part in re.split(r"(?<=\.)\s+", value) if words not in part)


# What is derived from the sources: pure functions, each with what its marker line says


@dataclass(frozen=True)
class Sources:
    """The kinds, the documentation of the modules by their names, and what all managing modules return."""

    kinds: Sequence[Any]
    modules: Mapping[str, Module]
    common: Mapping[str, Any]


def sections(sources: Sources, module: str) -> str:
    """The options of ``baseline`` that list resources."""
    return dump({kind.section: _section(sources.modules[kind.name], kind.section, kind.spec) for kind in sources.kinds})


def info_sections(sources: Sources, module: str) -> str:
    """The options of ``baseline_info`` that list resources. Unlike in an info module, each has to be named."""
    found = {
        kind.section: _section(sources.modules[f"{kind.name}_info"], kind.section, kind.info_spec)
        for kind in sources.kinds
    }
    for kind in sources.kinds:
        selector = found[kind.section]["suboptions"][next(iter(kind.info_spec))]
        selector["description"] = without_sentences(selector["description"], "If omitted, all")
        selector["required"] = True
    return dump(found)


def _section(module: Module, section: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    what = module.documentation["short_description"]
    return {
        "description": f"{what}. Each entry has the options of M(alicloud.ram.{module.name}).",
        "type": "list",
        "elements": "dict",
        "default": [],
        "suboptions": in_section(module.options(spec), section, list(spec)),
    }


def task_options(sources: Sources, module: str) -> str:
    """The options of ``baseline`` that hold for all resources of a task."""
    found: dict[str, Any] = {}
    for kind in sources.kinds:
        for name, option in sources.modules[kind.name].options(kind.task_spec).items():
            found.setdefault(name, in_section(option, kind.section, list(kind.spec)))
    return dump(found)


def states(sources: Sources, module: str) -> str:
    """What ``baseline`` and ``baseline_info`` return of the resources."""
    suffix = "_info" if module.endswith("_info") else ""
    return dump(
        {
            kind.section: {
                "description": f"As RV(alicloud.ram.{kind.name}{suffix}#module:{kind.name}).",
                "type": "list",
                "elements": "dict",
            }
            for kind in sources.kinds
        }
    )


def failures(sources: Sources, module: str) -> str:
    """What ``baseline`` returns on the failure of a resource, beside what all managing modules return."""
    return dump(
        {
            name: {**part, "returned": part["returned"].replace("failure", "failure without O(accounts),", 1)}
            for name, part in _failures(sources).items()
        }
    )


def _failures(sources: Sources) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in sources.kinds:
        for name, part in sources.modules[kind.name].returned.items():
            if part["returned"].startswith("failure") and name not in sources.common:
                found.setdefault(name, in_section(part, kind.section, list(kind.spec)))
    return found


def account_results(sources: Sources, module: str, without: str = "") -> str:
    """What ``baseline`` returns of each account, beside what it documents by itself (``without``)."""
    return dump(
        {
            name: {
                "description": f"As RV({name}).",
                **{key: part[key] for key in ("returned", "type", "elements") if key in part},
            }
            for name, part in {**sources.common, **_failures(sources)}.items()
            if name not in without.split(",")
        }
    )


def state(sources: Sources, module: str) -> str:
    """What an info module returns: the same as the managing module."""
    name = module.removesuffix("_info")
    return dump({name: without_check_mode(sources.modules[name].returned[name])})


def listed(sources: Sources, module: str) -> str:
    """What an info module returns about all resources of a kind."""
    name = module.removesuffix("_info")
    kind = next(kind for kind in sources.kinds if kind.name == name)
    contains = sources.modules[name].returned[name]["contains"]
    keys = [re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower() for key in (kind.listing.name, *kind.listing.facts)]
    selector = next(iter(kind.info_spec))
    return dump(
        without_check_mode(
            {
                kind.section: {
                    "description": f"All that there are, or those that O(name_pattern) matches, sorted by name, with what RAM's "
                    f"list has of each. To get the rest, set O({selector}).",
                    "returned": f"success, if O({selector}) is not set",
                    "type": "list",
                    "elements": "dict",
                    "contains": {key: contains[key] for key in keys},
                }
            }
        )
    )


GENERATED: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (sections, info_sections, task_options, states, failures, account_results, state, listed)
}


def with_generated(text: str, module: str, sources: Sources) -> str:
    def write(name: str, arguments: Mapping[str, str]) -> str:
        if name not in GENERATED:
            raise GenerateError(f"{module}: nothing generates {name}")
        return GENERATED[name](sources, module, **arguments)

    return fill_blocks(text, "generated", write)


# Whole files


def info_module(kind: Any, module: Module) -> str:
    """The first text of a kind's info module."""
    what = module.documentation["short_description"]
    what = re.sub(r"^Manage ", "Get ", what)
    example = "\n".join(f"    {option}: ..." for option, spec in kind.info_spec.items() if spec.get("required"))
    documented = without_check_mode(module.options(kind.info_spec))
    if kind.listing:
        selector = next(iter(documented))
        documented[selector].pop("required", None)
        text = documented[selector]["description"]
        documented[selector]["description"] = f"{text} If omitted, all are returned, as RV({kind.section})."
        pattern = "What the names have to match, with C(*) for any text and C(?) for any character. Only without "
        documented["name_pattern"] = {"description": f"{pattern}O({selector}).", "type": "str"}
    options = textwrap.indent(dump(documented), "  ")
    listed_block = "\n# BEGIN generated: listed\n# END generated: listed" if kind.listing else ""
    return f'''#!/usr/bin/python
{HEADER}
from __future__ import annotations

DOCUMENTATION = r"""
---
module: {kind.name}_info
short_description: {what}
version_added: {module.documentation["version_added"]}
description:
  - Read-only. Returns the current state in the same format as M(alicloud.ram.{kind.name}).
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes.info
  - alicloud.ram._rights
options:
{options.rstrip()}
seealso:
  - module: alicloud.ram.{kind.name}
"""

EXAMPLES = r"""
---
- name: Read the current state
  alicloud.ram.{kind.name}_info:
{example or "    {}"}
  register: found

- name: Show it
  ansible.builtin.debug:
    var: found.{kind.name}
"""

RETURN = r"""
---
# BEGIN generated: state
# END generated: state{listed_block}
# BEGIN shared: return_failure
# END shared: return_failure
"""

# BEGIN shared: info_module
# END shared: info_module
'''


def with_action_group(runtime: str, modules: Iterable[str]) -> str:
    """meta/runtime.yml, with these modules in the group ``all``."""
    lines = "".join(f"    - {name}\n" for name in sorted(modules))
    return re.sub(r"(?<=^action_groups:\n  all:\n)(?:    - .*\n?)*", lines, runtime, flags=re.MULTILINE)


def generate(files: Mapping[str, str], kinds: Sequence[Any]) -> dict[str, str]:
    """All files that are generated or have generated parts, from the texts of the files that there are."""
    shared = {
        Path(path).name.split(".")[0]: re.sub(r"\A(?:---\n)?(?:#.*\n)*", "", text).rstrip("\n")
        for path, text in files.items()
        if path.startswith("docs/shared/")
    }
    texts = {Path(path).stem: text for path, text in files.items() if path.startswith("plugins/modules/")}
    for kind in kinds:
        if kind.name not in texts:
            raise GenerateError(f"plugins/modules/{kind.name}.py is missing: write its documentation first")
    texts = {name: with_shared(text, name, shared) for name, text in texts.items()}
    for kind in kinds:
        info = f"{kind.name}_info"
        if info not in texts:
            texts[info] = with_shared(info_module(kind, Module(kind.name, texts[kind.name])), info, shared)
    common = {name: part for key in ("return_changes", "return_failure") for name, part in _data(shared[key]).items()}
    sources = Sources(kinds, {name: Module(name, text) for name, text in texts.items()}, common)
    texts = {name: with_generated(text, name, sources) for name, text in texts.items()}
    on_hosts = {name for name, module in sources.modules.items() if module.is_on_hosts}
    return {
        **{f"plugins/modules/{name}.py": text for name, text in texts.items()},
        **{f"plugins/action/{name}.py": HOSTS_ACTION if name in on_hosts else ACTION for name in texts},
        "meta/runtime.yml": with_action_group(files["meta/runtime.yml"], texts.keys() - on_hosts),
    }


def _data(shared: str) -> dict[str, Any]:
    """A shared part as data, its placeholders with their defaults."""
    return dict(yaml.safe_load(PLACEHOLDER.sub(lambda found: found[2] or "", shared)))


def registered_kinds() -> Sequence[Any]:
    """The kinds of the registry, from this tree whether or not it lies where Ansible expects a collection."""
    package = "ansible_collections.alicloud.ram"
    if package not in sys.modules:
        parents = package.split(".")
        for end in range(1, len(parents) + 1):
            module = types.ModuleType(".".join(parents[:end]))
            module.__path__ = [str(ROOT)] if end == len(parents) else []
            sys.modules[module.__name__] = module
    registry = importlib.import_module(f"{package}.plugins.module_utils._resources.registry")
    return tuple(registry.KINDS)


def main() -> int:
    patterns = ("docs/shared/*", "plugins/modules/*.py", "plugins/action/*.py", "meta/runtime.yml")
    paths = sorted(path for pattern in patterns for path in ROOT.glob(pattern))
    files = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    try:
        wanted = generate(files, registered_kinds())
    except GenerateError as error:
        print(error)
        return 1
    stray = [name for name in files if name.startswith("plugins/action/") and name not in wanted]
    stale = [name for name, text in wanted.items() if files.get(name) != text] + stray
    if "--check" in sys.argv:
        if stale:
            print(f"Run make generate. Not up to date: {', '.join(sorted(stale))}")
        return 1 if stale else 0
    for name in stale:
        if name in stray:
            (ROOT / name).unlink()
        else:
            (ROOT / name).write_text(wanted[name], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
