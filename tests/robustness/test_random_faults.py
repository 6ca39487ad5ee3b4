# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any declaration, in any accounts, with any faults: what a run reports is so, and the next run completes it.

Hypothesis chooses accounts, declarations and faults. The modules' own function runs in this process, over HTTPS to an
emulator in a thread of it, and time passes at once for both.

THOROUGH=1 tries 600 sequences, of 10,000 runs, of runs in place of 20, and 50 of runs of ansible-playbook in place of one.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process
from ansible_collections.alicloud.ram.tests.lib import emulated, inprocess
from ansible_collections.alicloud.ram.tests.lib import random_scenarios as scenarios
from ansible_collections.alicloud.ram.tests.lib.amounts import THOROUGH, amount
from ansible_collections.alicloud.ram.tests.lib.random_scenarios import (
    EFFECTIVE,
    MEMBERS,
    Declaration,
    Refused,
    View,
    meant,
    tidy,
    touched,
)

PHASES = [phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.explain]
# As it comes, each run of the tests tries the same.
DERANDOMIZE = not THOROUGH


@dataclass
class Ran:
    """A run and what the emulator saw of it."""

    result: dict[str, Any]
    before: dict[str, View]
    after: dict[str, View]
    calls: list[dict[str, Any]]
    faulted: bool

    def of(self, declaration: Declaration, account_id: str) -> dict[str, Any]:
        if "accounts" not in declaration.arguments():
            return self.result
        found = [result for result in self.result.get("accounts", ()) if result["account_id"] == account_id]
        assert len(found) <= 1
        # Where the task itself failed, no account was entered.
        return {**found[0], "failed": found[0]["status"] != "ok"} if found else self.result

    def written(self, account_id: str) -> Counter[str]:
        """The writes that took effect."""
        return Counter(
            call["operation"]
            for call in self.calls
            if call["write"] and call["account_id"] == account_id and call["code"] in EFFECTIVE
            and not call["operation"].startswith("AssumeRole")
        )  # fmt: skip


TALLY: Counter[str] = Counter()  # what was run, for the report at the end


class AnyRun(RuleBasedStateMachine):
    """Runs, one after the other, in the same accounts and through the same process."""

    def __init__(self, server: emulated.InProcess) -> None:
        super().__init__()
        self.server = server

    @initialize(one=scenarios.accounts(MEMBERS[0]), other=scenarios.accounts(MEMBERS[1]))
    def begin(self, one: dict[str, Any], other: dict[str, Any]) -> None:
        scenarios.begin(self.server, one, other)
        self.process = Process(clock=inprocess.Passing(self.server))

    def teardown(self) -> None:
        if hasattr(self, "process"):
            self.process.close()

    # One rule, because hypothesis leaves some out of most sequences.
    @rule(
        candidates=scenarios.candidates,
        anything=st.sampled_from([False, False, False, True]),
        numbers=st.lists(scenarios.numbers, min_size=1, max_size=3),
        seconds=st.sampled_from([0, 0, 1, 30, 3500, 4000]),
        fresh=st.booleans(),
    )
    def declare(
        self, candidates: list[Declaration], anything: bool, numbers: list[list[int]], seconds: int, fresh: bool
    ) -> None:
        self.server.clock.advance(seconds)
        views = {account_id: View.of(self.server, account_id) for account_id in MEMBERS}
        declaration = candidates[0] if anything else scenarios.fitting(candidates, views)
        predicted = self.run(declaration, check_mode=True)
        self.judge(declaration, predicted, check_mode=True)
        told = [predicted.of(declaration, account_id) for account_id in declaration.accounts]
        rules = []
        if not all(result["failed"] for result in told):  # faults show more where something can be done
            reads = [call["operation"] for call in predicted.calls]
            writes = [change["operation"] for result in told for change in result.get("changes", ())]
            if reads or writes:  # an empty declaration in an open session makes no call
                rules = [scenarios.fault(drawn, reads, writes) for drawn in numbers]
        if fresh:
            self.process.close()
        ran = self.run(declaration, rules=rules)
        self.judge(declaration, ran)
        self.compare(declaration, predicted, ran)
        self.server.clock.advance(60)  # whatever was to become visible is
        again = self.run(declaration)
        self.judge(declaration, again)
        for account_id in declaration.accounts:
            if not ran.of(declaration, account_id)["failed"]:
                assert not again.of(declaration, account_id)["failed"], again.result
                assert not again.written(account_id) and not again.of(declaration, account_id)["changed"], again.result
        # What is left is what the first run wanted, however it ended.
        for account_id in declaration.accounts:
            if not again.of(declaration, account_id)["failed"]:
                assert tidy(again.after[account_id]) == tidy(meant(ran.before[account_id], declaration.entries))

    @invariant()
    def no_rules(self) -> None:
        self.server.rule()

    def run(self, declaration: Declaration, check_mode: bool = False, rules: Any = ()) -> Ran:
        before = {account_id: View.of(self.server, account_id) for account_id in MEMBERS}
        since = max((call["seq"] for call in self.server.calls()), default=0)
        self.server.rule(*rules)
        try:
            result = self.outcome(declaration, check_mode)
        finally:
            fired = [one.fault for one in self.server.server.faults.rules if one.fired]
            self.server.rule()
        after = {account_id: View.of(self.server, account_id) for account_id in MEMBERS}
        ended = "failed" if result["failed"] else "changed" if result["changed"] else "unchanged"
        TALLY.update(["runs", ended, *["with faults", f"{ended} with faults"] * bool(fired), *fired])
        # A busy machine makes faults of its own.
        faulted = bool(fired) or "took too long" in json.dumps(result)
        return Ran(result, before, after, self.server.calls(since), faulted)

    def outcome(self, declaration: Declaration, check_mode: bool) -> dict[str, Any]:
        return inprocess.outcome(self.process, declaration.module, declaration.arguments(), check_mode, diff=True)

    def judge(self, declaration: Declaration, ran: Ran, check_mode: bool = False) -> None:
        """That what the run says is so."""
        for account_id in set(MEMBERS) - set(declaration.accounts):
            assert ran.before[account_id] == ran.after[account_id]
        for account_id in declaration.accounts:
            self.judge_account(declaration, ran, account_id, check_mode)

    def judge_account(self, declaration: Declaration, ran: Ran, account_id: str, check_mode: bool) -> None:
        result, before, after = ran.of(declaration, account_id), ran.before[account_id], ran.after[account_id]
        written = ran.written(account_id)
        told = Counter(change["operation"] for change in result.get("changes", ()))
        uncertain = Counter(change["operation"] for change in result.get("uncertain", ()))
        try:
            wanted = meant(before, declaration.entries)
        except Refused:
            wanted = None
        if check_mode:
            assert not written, written
        else:
            assert touched(declaration.entries, before) == touched(declaration.entries, after)
            self.judge_versions(declaration, before, after)
            assert written["DeleteServiceLinkedRole"] <= sum(
                section == "service_linked_roles" for section, dummy in declaration.entries
            )
        if not result["failed"]:
            if check_mode and result.get("assumed"):
                assert declaration.module != "baseline"
                return
            assert wanted is not None, result
            if check_mode:
                assert result["changed"] == bool(told)
                return
            assert tidy(after) == tidy(wanted), result
            assert told == written and not uncertain, (result, ran.calls)
            assert result["changed"] == bool(written)
            return
        message = result["msg"]
        assert "Traceback" not in message and "bug in alicloud.ram" not in message, message
        if wanted is None and not ran.faulted:
            assert not written
        if wanted is not None and not check_mode and not ran.faulted:
            # Only a deletion that fails of itself is a failure without a fault.
            assert any(
                section == "service_linked_roles" and entry["state"] == "absent"
                for section, entry in declaration.entries
            )
            assert "delet" in message.lower(), message
        if check_mode:
            assert wanted is None, message
            return
        # All that took effect is told, and nothing else; what is uncertain may have taken effect or not.
        missing, invented = written - told - uncertain, told - written
        assert not missing and not invented, (result, ran.calls)
        assert result["changed"] == bool(told or uncertain)
        if len(declaration.accounts) > 1 and result is ran.result:  # it failed before it entered an account
            assert not any(call["account_id"] in MEMBERS for call in ran.calls)
        elif ran.faulted and wanted is not None and declaration.assume_role:
            assert account_id in json.dumps(result)

    def judge_versions(self, declaration: Declaration, before: View, after: View) -> None:
        for name, policy in after.policies.items():
            old = before.policies.get(name, {"versions": []})
            for number, times in Counter(policy["versions"]).items():
                assert times <= max(1, old["versions"].count(number)), (name, policy)
            if "default" in old:
                assert old["default"] in policy["versions"], (name, old, policy)
                assert len(set(old["versions"]) - set(policy["versions"])) <= 1

    def compare(self, declaration: Declaration, predicted: Ran, ran: Ran) -> None:
        """What check mode predicted is what a successful run did."""
        for account_id in declaration.accounts:
            done, foreseen = ran.of(declaration, account_id), predicted.of(declaration, account_id)
            if not done["failed"]:
                if declaration.module == "baseline":
                    assert not foreseen["failed"], foreseen
                # Whether a deletion that was under way would succeed, so that the role has to be made anew, nobody knew.
                deleting = {f"role {name}" for name, task in ran.before[account_id].service_linked.items() if task}
                made, expected = (
                    sorted(brief(change) for change in result["changes"] if change["target"] not in deleting)
                    for result in (done, foreseen)
                )
                assert made == expected


def brief(change: dict[str, Any]) -> str:
    return json.dumps([change["operation"], change["target"], change["parameters"]], sort_keys=True)


class AnyPlaybook(AnyRun):
    """The same through ansible-playbook, where time takes its time: all waiting is shorter."""

    def run(self, declaration: Declaration, check_mode: bool = False, rules: Any = ()) -> Ran:
        return super().run(declaration, check_mode, [shortened(one) for one in rules])

    def outcome(self, declaration: Declaration, check_mode: bool) -> dict[str, Any]:
        arguments = {**declaration.arguments(), "retry_timeout": 6, "consistency_timeout": 4}
        task = {"name": "declare", f"alicloud.ram.{declaration.module}": arguments, "register": "declared",
                "ignore_errors": True}  # fmt: skip
        keep = {"name": "keep", "ansible.builtin.copy": {"content": "{{ declared | to_json }}", "dest": "{{ file }}"},
                "check_mode": False}  # fmt: skip
        with tempfile.TemporaryDirectory() as name:
            directory = pathlib.Path(name)
            play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task, keep],
                    "vars": {"ansible_python_interpreter": sys.executable, "file": str(directory / "result.json")}}  # fmt: skip
            (directory / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
            ansible = os.path.join(os.path.dirname(sys.executable), "ansible-playbook")
            ended = subprocess.run(
                [ansible, "play.yml", "-i", "localhost,", "--diff", *["--check"] * check_mode],
                cwd=directory,
                env={**emulated.clean_environment(directory), **self.server.environment},
                capture_output=True,
                text=True,
                check=False,
            )
            assert ended.returncode == 0 and "Traceback" not in ended.stdout + ended.stderr, ended
            result: dict[str, Any] = json.loads((directory / "result.json").read_text(encoding="utf-8"))
        return {"failed": False, **result}


def shortened(fault: dict[str, Any]) -> dict[str, Any]:
    return {**fault, "seconds": min(2, fault["seconds"])} if "seconds" in fault else fault


# What is to be met by the runs that are tried as it comes. It is the same each time until the code changes; as this is
# written, twice as many runs change something under a fault.
LEAST: dict[type[AnyRun], dict[str, int]] = {
    AnyRun: {"changed with faults": 40, **dict.fromkeys(scenarios.FAULTS, 1)},
    AnyPlaybook: {"changed": 2, "with faults": 2},
}


@pytest.mark.parametrize(
    "machine, examples, steps",
    [
        (AnyRun, amount(20, 600), 7),
        (AnyPlaybook, amount(1, 50), 3),
    ],
)
def test_any_run_with_any_faults(machine: type[AnyRun], examples: int, steps: int, server: emulated.InProcess) -> None:
    TALLY.clear()
    settings = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        phases=PHASES,
        derandomize=DERANDOMIZE,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    try:
        run_state_machine_as_test(lambda: machine(server), settings=settings)
    finally:
        print(dict(TALLY))
    assert TALLY["runs"]
    if DERANDOMIZE:
        assert all(TALLY[what] >= number for what, number in LEAST[machine].items())


# Several at once


@st.composite
def several(draw: Any) -> tuple[dict[str, Any], list[Declaration]]:
    """An account, and two to four declarations for it: equal ones, or any."""
    account = draw(scenarios.accounts(MEMBERS[0]))
    for role in account["service_linked_roles"]:
        role["deletion"]["outcome"] = "SUCCEEDED"
    for_one = scenarios.declarations().filter(lambda declaration: declaration.accounts == MEMBERS[:1])
    first = draw(for_one)
    number = draw(st.integers(2, 4))
    equal = draw(st.booleans())
    return account, [first if equal else draw(for_one) for dummy in range(number)]


def test_several_at_once(server: emulated.InProcess) -> None:

    def run(declaration: Declaration) -> dict[str, Any]:
        with Process(clock=inprocess.Passing(server)) as process:
            return inprocess.outcome(process, declaration.module, declaration.arguments(), diff=True)

    @hypothesis.settings(
        max_examples=amount(20, 600),
        deadline=None,
        phases=PHASES,
        derandomize=DERANDOMIZE,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(several())
    def at_once(chosen: tuple[dict[str, Any], list[Declaration]]) -> None:
        account, declarations = chosen
        scenarios.begin(server, account, {"account_id": MEMBERS[1]})
        server.rule({"fault": "latency", "seconds": 0, "jitter": 0.004, "count": 0})
        before = View.of(server, MEMBERS[0])
        with ThreadPoolExecutor(len(declarations)) as pool:
            results = list(pool.map(run, declarations))
        after = View.of(server, MEMBERS[0])
        for result in results:
            assert not result["failed"] or "bug in alicloud.ram" not in result["msg"], result
        for name, policy in after.policies.items():
            old = before.policies.get(name, {"versions": []})["versions"]
            for number, times in Counter(policy["versions"]).items():
                assert times <= old.count(number) + len(declarations)
        if all(declaration is declarations[0] for declaration in declarations):
            try:
                wanted = meant(before, declarations[0].entries)
            except Refused:
                assert all(result["failed"] for result in results), results
                # A deletion that was under way goes on, the sooner the more often it is asked for.
                for name in [name for name, task in before.service_linked.items() if task]:
                    before.service_linked.pop(name)
                    after.service_linked.pop(name, None)
                assert tidy(after) == tidy(before)
            else:
                assert not any(result["failed"] for result in results), results
                assert tidy(after) == tidy(wanted)
        # Nobody's is left half done: each can still be had, or is refused for what the others want.
        server.rule()
        for declaration in declarations:
            now = View.of(server, MEMBERS[0])
            try:
                wanted = meant(now, declaration.entries)
            except Refused:
                continue
            assert not run(declaration)["failed"]
            assert tidy(View.of(server, MEMBERS[0])) == tidy(wanted)

    at_once()
