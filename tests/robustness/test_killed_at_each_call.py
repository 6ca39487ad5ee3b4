# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook killed at any call of a whole set-up or its removal: nothing goes on without it, and the next run completes.

THOROUGH=1 goes through every call, before and after it took effect, in each way of running it, by each signal in turn: the
module inside the worker, as an ordinary module, and the task that works on all hosts of a batch.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pathlib
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
import yaml

from ansible_collections.alicloud.ram.tests.lib import emulated
from ansible_collections.alicloud.ram.tests.lib.amounts import THOROUGH
from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE, allow, trust

DOCUMENT = allow("ram:CreateServiceLinkedRole")
TRUST = trust("ecs.aliyuncs.com", kind="Service")
HANGS = 20  # seconds for which the call at which it is killed has no answer
SIGNALS = {"SIGKILL": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "Ctrl-C": signal.SIGINT}
# What the operations are told as begins with.
TOLD = {
    " attached to ": "AttachPolicyTo",
    " detached from ": "DetachPolicyFrom",
    " added to group ": "AddUserToGroup",
    " removed from group ": "RemoveUserFromGroup",
    " tagged ": "TagResources",
    " created": "Create",
    " deleted": "Delete",
    " changed": "Update",
}
MOST_CALLS = 40  # of a set-up or its removal
WRITES = 11
WAYS = ("inside", "outside", "hosts")

if THOROUGH:
    CASES = [
        (state, nth, effect, list(SIGNALS)[(nth + at) % len(SIGNALS)], way)
        for state, nth, effect, (at, way) in itertools.product(
            ("present", "absent"), range(1, MOST_CALLS + 1), ("before", "after"), enumerate(WAYS)
        )
    ]
else:
    CASES = [
        ("present", 9, "before", "SIGTERM", "outside"),  # a read
        ("present", 10, "after", "SIGKILL", "inside"),  # CreateServiceLinkedRole
        ("present", 13, "before", "Ctrl-C", "hosts"),  # CreateRole
        ("present", 16, "after", "Ctrl-C", "outside"),  # AddUserToGroup
        ("absent", 19, "after", "SIGTERM", "hosts"),  # DetachPolicyFromUser
        ("absent", 21, "before", "SIGKILL", "outside"),  # RemoveUserFromGroup
        ("absent", 25, "after", "Ctrl-C", "inside"),  # DeleteServiceLinkedRole
        ("absent", 29, "before", "Ctrl-C", "outside"),  # DeleteUser
    ]


def declared(state: str) -> dict[str, Any]:
    """A whole set-up, from nothing but the user alice, or its removal."""
    present = state == "present"
    policies = [{"name": "acr"}]
    attached = {"user": ("alice", "ci"), "group": ("ops",), "role": ("runner",)}
    gone = {"state": "absent", "detach": True}
    return {
        "service_linked_roles": [{"service_name": SERVICE, "state": state}],
        "policies": [{"name": "acr", **({"document": DOCUMENT} if present else {"state": "absent"})}],
        "users": [{"name": "ci", **({} if present else gone)}],
        "groups": [{"name": "ops", **({"members": ["alice", "ci"]} if present else gone)}],
        "roles": [{"name": "runner", **({"trust_policy": TRUST} if present else gone)}],
        **{
            f"{kind}_policies": [{f"{kind}_name": name, "policies": policies, "state": state} for name in names]
            for kind, names in attached.items()
        },
    }


def play(state: str, account: Any, way: str) -> str:
    options = {**account.options, "read_timeout": 3, "retry_timeout": 6}
    variables = {"ansible_python_interpreter": sys.executable, "alicloud_ram_inside_worker": way == "inside"}
    task = {"alicloud.ram.baseline": {**options, **declared(state)}}
    if way == "hosts":
        options["account_id"] = account.account_id
        variables.update({f"alicloud_{name}": value for name, value in options.items()})
        variables["alicloud_baseline"] = declared(state)
        task = {"alicloud.ram.inventory_baseline": {}}
    return yaml.safe_dump(
        [
            {
                "hosts": "localhost",
                "connection": "local",
                "gather_facts": False,
                "vars": variables,
                "tasks": [{"name": "declare", **task}],
            }
        ]
    )


def as_declared(state: str, found: dict[str, Any]) -> bool:
    """Of an account's state in the emulator."""
    held = {
        (kind, name): [policy["name"] for policy in holder["policies"]]
        for kind in ("users", "groups", "roles")
        for name, holder in found[kind].items()
        if name in ("alice", "ci", "ops", "runner")
    }
    members = sorted(found["groups"]["ops"]["members"]) if found["groups"] else []
    linked = [role for role in found["roles"].values() if role["service_name"] == SERVICE]
    versions = [list(policy["versions"]) for policy in found["policies"].values()]
    if state == "absent":
        return (held, members, linked, versions) == ({("users", "alice"): []}, [], [], [])
    everybody = [("users", "alice"), ("users", "ci"), ("groups", "ops"), ("roles", "runner")]
    return (held, members, len(linked), versions) == (dict.fromkeys(everybody, ["acr"]), ["alice", "ci"], 1, [["v1"]])


def descendants(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            for task in pathlib.Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found[1:]


def decided(call: list[dict[str, Any]]) -> bool:
    """Whether the emulator has come to what it does with the call, if there is one."""
    return any(one["code"] or one["status"] for one in call)


def hangs(call: list[dict[str, Any]]) -> bool:
    return any(one["code"] == "Fault.hang" for one in call)


def alive(pid: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Any) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Watched:
    """ansible-playbook on a terminal, as the leader of its own session."""

    def __init__(self, directory: pathlib.Path, text: str, emulator: Any) -> None:
        (directory / "play.yml").write_text(text, encoding="utf-8")
        self._terminal, end = pty.openpty()
        self.process = subprocess.Popen(
            [os.path.join(os.path.dirname(sys.executable), "ansible-playbook"), "play.yml", "-i", "localhost,"],
            cwd=directory,
            env={**emulated.clean_environment(directory), **emulator.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=end,
            start_new_session=True,
        )
        os.close(end)
        self._seen = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while piece := os.read(self._terminal, 4096):
                self._seen += piece

    def ended(self) -> str:
        """What was on the terminal."""
        self.process.wait(60)
        self._reader.join(60)
        os.close(self._terminal)
        return self._seen.decode()


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="looks at processes as Linux shows them")
@pytest.mark.parametrize("state, nth, effect, name, way", CASES)
def test_killed(
    state: str, nth: int, effect: str, name: str, way: str, account: Any, emulator: Any, tmp_path: pathlib.Path
) -> None:
    polls = {"deletion": {"polls": 1}}
    held = {"policies": [{"name": "acr", "type": "Custom"}]}
    already = {
        "policies": [{"name": "acr", "document": DOCUMENT}],
        "service_linked_roles": [{"service_name": SERVICE, **polls}],
        "users": [{"name": name, "groups": ["ops"], **held} for name in ("alice", "ci")],
        "groups": [{"name": "ops", **held}],
        "roles": [{"name": "runner", "trust_policy": TRUST, **held}],
    }
    there = account(**(already if state == "absent" else {"users": [{"name": "alice"}]}))
    hang = {"fault": "hang", "account_id": there.account_id, "nth": nth, "seconds": HANGS, "effect": effect}
    emulator.ask("rules", {"rules": [hang], "replace": True})
    watched = Watched(tmp_path, play(state, there, way), emulator)
    try:
        until(lambda: watched.process.poll() is not None or decided(emulator.calls(there.account_id)[nth - 1 : nth]))
        if not hangs(emulator.calls(there.account_id)[nth - 1 : nth]):
            # There is no such call, after all that are needed, or it is refused, so that nothing takes effect.
            watched.ended()
            call = (emulator.calls(there.account_id)[nth - 1 : nth] or [{"status": 404}])[0]
            assert THOROUGH and call["status"] == 404 and as_declared(state, there.state)
            return
        children = descendants(watched.process.pid)
        assert children
        if name == "Ctrl-C":
            os.killpg(watched.process.pid, SIGNALS[name])
        else:
            os.kill(watched.process.pid, SIGNALS[name])
        # Ctrl-C does not reach an ordinary module, which goes on until ansible-playbook has ended.
        until(lambda: watched.process.poll() is not None)
        ended_at = max(call["seq"] for call in emulator.calls(there.account_id))
        terminal = watched.ended()
        until(lambda: not any(map(alive, children)))
    finally:
        with contextlib.suppress(OSError):
            os.killpg(watched.process.pid, signal.SIGKILL)
    emulator.ask("rules", method="DELETE")

    assert nth < MOST_CALLS
    # Who watched has been told of all writes that were made before the call at which it ended.
    log = emulator.calls(there.account_id)
    made = [call["operation"] for call in log if call["write"] and call["status"] == 200]
    lines = re.findall(r"alicloud\.ram: (?:account [0-9]+: |localhost \([0-9]+\): )?([^\r\n]*)", terminal)
    lines = [line for line in lines if " accounts done" not in line and "is no longer running" not in line]
    told = [next(verb for words, verb in TOLD.items() if words in line) for line in lines]
    assert way != "outside" or told == []
    assert all(operation.startswith(verb) for operation, verb in zip(made, told)) and len(made) - len(told) <= (
        len(made) if way == "outside" else 1
    )
    # Nobody has written anything since.
    assert not [call for call in log if call["seq"] > ended_at and call["write"]]

    again = Watched(tmp_path, play(state, there, "inside"), emulator)
    terminal = again.ended()
    assert again.process.returncode == 0, terminal
    assert as_declared(state, there.state)
    writes = [call["operation"] for call in emulator.calls(there.account_id) if call["write"]]
    lost = [call["operation"] for call in log if call["write"] and call["code"] == "Fault.hang"]
    assert len(writes) <= WRITES + len(lost)
