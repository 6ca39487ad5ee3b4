# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of the action plugin that works on all hosts of a batch at once, each of which is an account."""

from __future__ import annotations

import copy
import datetime
import itertools
import json
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.callback import CallbackBase
from ansible.utils.display import Display

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.requirements import unmet_requirements
from ansible_collections.alicloud.ram.plugins.module_utils._engine.fleet import (
    FAILED,
    OK,
    count_by_status,
    failures_first,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.hosts import BASELINE, CONNECTION_OPTIONS, Earlier
from ansible_collections.alicloud.ram.plugins.module_utils._engine.options import check_arguments
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, RamError, own_fault
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_names
from ansible_collections.alicloud.ram.plugins.module_utils._report import files, lines
from ansible_collections.alicloud.ram.plugins.module_utils._report.html import as_html
from ansible_collections.alicloud.ram.plugins.module_utils._report.junit import as_junit
from ansible_collections.alicloud.ram.plugins.module_utils._report.model import Head, digest_of, report_of
from ansible_collections.alicloud.ram.plugins.module_utils._task.hosts import outcome_of_hosts
from ansible_collections.alicloud.ram.plugins.plugin_utils import _action
from ansible_collections.alicloud.ram.plugins.plugin_utils._action import RamAction, as_json, masked
from ansible_collections.alicloud.ram.plugins.plugin_utils._hosts import PREFIX, HostVariables

BATCHES, FAILURES, OTHERS = "alicloud_ram_batches", "alicloud_ram_failures", "alicloud_ram_others"
CHANGES = "alicloud_ram_changes"
"""The groups in which a play notes the first host of each batch, the hosts whose accounts failed, one other of each batch, and
the hosts whose accounts were changed.

A play in which all hosts fail ends the run, so the play that fails the hosts needs another host.
"""

# The files that show the report, by option.
_VIEWS = {"report": files.as_json, "junit": as_junit, "html": as_html}

_display = Display()


class HostsAction(RamAction):
    """Brings all hosts of a batch to their baselines, inside the worker that Ansible starts for the first of them."""

    BYPASS_HOST_LOOP = True

    _argument_rules: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def _argument_spec(cls) -> dict[str, Any]:
        return dict(cls._module.ARGUMENT_SPEC)

    def _run(self, tmp: str | None, task_vars: dict[str, Any]) -> dict[str, Any]:
        variable = str(self._task.args.get("variable", "alicloud_baseline"))
        names = {
            BASELINE: variable,
            f"{BASELINE}.account_id": f"{variable}.account_id",
            **self._option_names(task_vars),
        }
        names.update({option: f"{PREFIX}{option}" for option in (*CONNECTION_OPTIONS, "account_id", "assume_role")})
        try:
            with option_names(names):
                return self._on_hosts(task_vars)
        except Exception as caught:
            error = caught if isinstance(caught, RamError) else own_fault(caught)
            return {"failed": True, "changed": False, "msg": error.message, **error.details}

    def _on_hosts(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        params = self._checked_options(task_vars)
        head = task_vars["inventory_hostname"]
        batch: list[str] = list(task_vars["ansible_play_batch"])
        in_play: list[str] = list(task_vars["ansible_play_hosts_all"])
        earlier_batches = self._earlier_batches(task_vars)
        before = [result for one in earlier_batches for result in one["accounts"]]
        variables = HostVariables(self._task, self._templar, task_vars, as_json)
        hosts = [variables.host(name, params["variable"]) for name in batch]
        earlier = Earlier(
            {result["account_id"]: result["name"] for result in before if result["account_id"]},
            sum(result["status"] == FAILED for result in before),
        )
        process = _action._worker_process()
        process.report_progress = _action._report_progress if _action._WATCHED and not self._task.no_log else None
        began = min([_now(), *(one["began"] for one in earlier_batches)])
        audit = bool(params["fail_on_drift"] and self._task.check_mode)
        in_full = audit or any(params[option] is not None for option in _VIEWS)
        outcome = outcome_of_hosts(process, hosts, params, earlier, len(in_play), self._task.check_mode, in_full)
        if in_full:
            for host, result in zip(hosts, outcome.results):
                result["declaration_sha256"] = digest_of(host.declared)
        shown = {"accounts": outcome.results, "warnings": outcome.warnings, "diff": outcome.diff}
        of_all = [{"callers": outcome.callers, "files": variables.files}, *earlier_batches]
        about = Head(
            mode="audit" if audit else "check" if self._task.check_mode else "apply",
            state=params["state"],
            began=began,
            ended=_now(),
            collection_version=_collection_version(),
            callers=sorted({caller for one in of_all for caller in one["callers"]}),
            variable=params["variable"],
            files=sorted({file for one in of_all for file in one["files"]}),
        )
        result = self._result(masked(shown, outcome.secrets), before, params, head, about)
        self._show(result, last=batch[-1] == in_play[-1])
        return result

    def _checked_options(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Return the task's options. Raises DeclarationError, also if the task cannot be run here."""
        unmet = unmet_requirements()
        if unmet:
            raise DeclarationError(unmet)
        if self._task.async_val or self._task.loop or self._task.delegate_to:
            raise DeclarationError(
                "async, loop and delegate_to are not possible: this task works on all hosts of the play."
            )
        if any(self._task.environment or ()):
            raise DeclarationError(
                f"environment: this task does not see it. Set the environment of ansible-playbook, or variables such as {PREFIX}proxy."
            )
        spec = self._argument_spec()
        arguments = as_json(dict(self._task.args))
        check_arguments(arguments, spec)
        checked = ArgumentSpecValidator(spec).validate(arguments)
        if checked.error_messages:
            raise DeclarationError(f"Unsupported or missing options of {self._task.action}: {checked.errors.msg}")
        params: dict[str, Any] = checked.validated_parameters
        for option in (*_VIEWS, "failed_hosts"):
            if params[option] is not None:
                params[option] = os.path.abspath(params[option])
                files.check_writable(params[option], option)
        return params

    def _earlier_batches(self, task_vars: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the task's results for this play's earlier batches, from the variable that it registers."""
        register = self._task.register or ()
        variables = [register] if isinstance(register, str) else list(register)  # since ansible-core 2.21, a mapping
        found = []
        for host in task_vars["groups"].get(BATCHES, ()):
            for registered in (task_vars["hostvars"][host].get(variable) for variable in variables):
                if (
                    not isinstance(registered, Mapping)
                    or not {"play", "began", "accounts", "callers", "files"} <= registered.keys()
                ):
                    continue
                if registered["play"] == self._task._parent._play._uuid:
                    found.append(as_json(registered))
        return found

    def _result(
        self,
        outcome: Mapping[str, Any],
        before: Sequence[dict[str, Any]],
        params: Mapping[str, Any],
        head: str,
        about: Head,
    ) -> dict[str, Any]:
        results: list[dict[str, Any]] = outcome["accounts"]
        everything = [*before, *results]
        audit = about.mode == "audit"
        if audit:
            lines.mark_drift(results, params["unexpected_grants"] == "drift")
        behind = [result for result in everything if result["status"] != OK]
        warnings = list(outcome["warnings"])
        if any(params[option] is not None for option in _VIEWS):
            report = report_of(everything, about)
            for option, view in _VIEWS.items():
                if params[option] is not None:
                    warnings += filter(None, [files.write_file(params[option], view(report))])
        if params["failed_hosts"] is not None:
            text = "".join(f"{result['name']}\n" for result in behind)
            warnings += filter(None, [files.write_file(params["failed_hosts"], text)])
        failed = {result["name"]: result["msg"] for result in results if result["status"] != OK}
        others = [result["name"] for result in results if result["status"] == OK]
        changes: dict[str, str] = {}
        if params["note_changes"]:
            # The task itself is shown as changed for the first host.
            changed = [result for result in results if result["changed"] and result["name"] != head]
            changes = {result["name"]: lines.changes_in_words(result) for result in changed}
        groups = {
            BATCHES: [head],
            FAILURES: failed,
            CHANGES: changes,
            OTHERS: [head] if head in others else others[:1],
        }
        return {
            "play": self._task._parent._play._uuid,
            "began": about.began,
            "callers": list(about.callers),
            "files": list(about.files),
            "changed": any(result["changed"] for result in results if result["name"] == head),
            "counts": count_by_status(everything),
            "accounts": failures_first(results),
            "failed_hosts": [result["name"] for result in behind],
            "hosts_to_note": [
                {
                    "name": name,
                    "groups": [group for group, names in groups.items() if name in names],
                    "msg": failed.get(name, ""),
                    "changes": changes.get(name, ""),
                }
                for name in dict.fromkeys(itertools.chain.from_iterable(groups.values()))
            ],
            "report": lines.report_lines(everything, self._task.check_mode, audit),
            **({"warnings": warnings} if warnings else {}),
            **({"diff": outcome["diff"]} if self._task.diff and outcome["diff"] else {}),
        }

    def _show(self, result: Mapping[str, Any], last: bool) -> None:
        """Show the diff if Ansible does not, because the first host is unchanged; and the report after the last batch.

        Both go to the standard error, because the standard output may have to be JSON.
        """
        if self._task.no_log or _action._worker_process().parent.is_orphaned:
            return
        if result.get("diff") and not result["changed"]:
            _display.display(CallbackBase()._get_diff(copy.deepcopy(result["diff"])).rstrip("\n"), stderr=True)
        if last:
            for line in result["report"]:
                _display.display(f"alicloud.ram: {line}", stderr=True)


def _collection_version() -> str:
    """Return the version of the collection, or ``unknown``: an installed one has a manifest, a source tree has galaxy.yml."""
    root = pathlib.Path(__file__).parents[2]
    try:
        return str(json.loads((root / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        return str(yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))["version"])
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return "unknown"


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).isoformat()
