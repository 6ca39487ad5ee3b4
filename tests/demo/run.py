# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection at work: four accounts are set up with one playbook, against the emulator.

Exit status 0 says that all of this held: check mode changed nothing and predicted what the run then did, a second run
changed nothing, with the policy a RAM user can create the one service-linked role and no other, and one task for all
accounts finds them as the playbook left them.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import Any

from ansible_collections.alicloud.ram.tests.lib import emulated
from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE
from ansible_collections.alicloud.ram.tests.lib.paths import CALLBACKS, COLLECTION

HERE = pathlib.Path(__file__).resolve().parent
OTHER_SERVICE = "ess.aliyuncs.com"
ACCOUNTS = ["has-the-role", "has-a-stale-policy", "has-nothing", "role-left-to-service"]
MANAGEMENT, LEFT_TO_SERVICE = "1000000000000001", "1000000000000014"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="alicloud-ram-demo-") as home:
        os.environ.update(clean := emulated.clean_environment(home))
        for name in set(os.environ) - set(clean):
            del os.environ[name]
        with emulated.running("--seed", str(HERE / "seed.yml")) as emulator:
            print(f"The emulator of RAM, STS and Resource Manager listens on {emulator.endpoint}.\n")
            return 0 if all(shown(emulator, home)) else 1


def shown(emulator: emulated.Emulator, home: str) -> list[bool]:
    keys = {account["account_id"]: account for account in emulator.accounts}
    importer = keys[LEFT_TO_SERVICE]
    held = [
        told(
            "Before: ci-deployer of role-left-to-service may not create the role",
            emulated.create_role(emulator, importer, SERVICE) == "NoPermission",
        )
    ]
    predicted = playbook(emulator, keys[MANAGEMENT], home, "--check", "--diff")
    held.append(told("Check mode wrote nothing", not writes(emulator)))
    changed = playbook(emulator, keys[MANAGEMENT], home)
    made = len(writes(emulator))
    held.append(
        told("The run did what check mode had predicted", predicted == changed and None not in changed.values())
    )
    again = playbook(emulator, keys[MANAGEMENT], home)
    held.append(told("The second run wrote nothing", len(writes(emulator)) == made and not any(again.values())))
    held.append(
        told(
            "After: it creates the role by itself, with the plain SDK",
            emulated.create_role(emulator, importer, SERVICE) == "created",
        )
    )
    held.append(
        told(
            "The role of another service stays denied to it",
            emulated.create_role(emulator, importer, OTHER_SERVICE) == "NoPermission",
        )
    )
    audited = playbook(emulator, keys[MANAGEMENT], home, "-e", f"alicloud_audit_directory={home}", name="acr_audit")
    held.append(
        told(
            "The audit found all four accounts as declared",
            len(writes(emulator)) == made and audited == {name: [] for name in ACCOUNTS},
        )
    )
    print()
    table(
        [("account", "predicted", "changed", "second run")]
        + [(name, summary(predicted[name]), summary(changed[name]), summary(again[name])) for name in ACCOUNTS]
    )
    return held


def playbook(
    emulator: emulated.Emulator, operator: dict[str, str], home: str, *options: str, name: str = "acr_setup"
) -> dict[str, Any]:
    """Run a playbook over the accounts; gives each account's changes, None where it failed."""
    results = pathlib.Path(home, "results.jsonl")
    results.write_text("", encoding="utf-8")
    command = ["ansible-playbook", f"playbooks/{name}.yml", "-i", "tests/demo/accounts.yml", *options]
    print("$ " + " ".join(command))
    completed = subprocess.run(
        command,
        cwd=COLLECTION,
        env={
            **os.environ,
            **emulator.environment,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": operator["access_key_id"],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": operator["access_key_secret"],
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "task_results",
            "TASK_RESULTS": str(results),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if completed.returncode or os.environ.get("DEMO_VERBOSE"):
        print(completed.stdout)
    for line in completed.stdout.splitlines():
        if line.startswith("alicloud.ram: "):
            print(f"        {line}")
    changes: dict[str, Any] = dict.fromkeys(ACCOUNTS)
    for line in results.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        for account in item["result"].get("accounts", ()):
            changes[account["name"]] = account["changes"] if account["status"] == "ok" else None
    return changes


def writes(emulator: emulated.Emulator) -> list[dict[str, Any]]:
    """The writes of the management account's sessions in the log."""
    reads = ("Get", "List", "AssumeRole")
    return [
        call
        for call in emulator.calls()
        if not call["operation"].startswith(reads) and "ResourceDirectoryAccountAccessRole" in str(call["caller"])
    ]


def told(sentence: str, held: bool) -> bool:
    print(f"{'ok' if held else 'NOT SO':>6}  {sentence}")
    return held


def summary(changes: list[dict[str, Any]] | None) -> str:
    if changes is None:
        return "failed"
    words = {
        "CreateServiceLinkedRole": "role created",
        "CreatePolicy": "policy created",
        "CreatePolicyVersion": "policy updated",
        "UpdatePolicyDescription": "description changed",
    }
    operations = [change["operation"] for change in changes]
    parts = [words[operation] for operation in operations if operation in words]
    attached = sum(operation.startswith("AttachPolicyTo") for operation in operations)
    parts += [f"{attached} attached"] if attached else []
    parts += [operation for operation in operations if operation not in words and not operation.startswith("Attach")]
    return ", ".join(parts) or "nothing"


def table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        if not number:
            print("  ".join("-" * width for width in widths))


if __name__ == "__main__":
    sys.exit(main())
