# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: what is printed, what is saved and restored, and how mistakes are told."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from ansible_collections.alicloud.ram.tests.lib.paths import EMULATOR

from .clients import Account

ID = "1000000000000001"
AWKWARD = 'it\'s $HOME; "quoted" `and` \\ more'


def seed_with(secret="s", **more):
    keys = [{"access_key_id": "LTAI1", "access_key_secret": secret}]
    policies = [{"name": "AdministratorAccess", "type": "System"}]
    return {
        "accounts": [{"account_id": ID, "users": [{"name": "u", "access_keys": keys, "policies": policies}]}],
        **more,
    }


def refused(*arguments):
    """The one line about a command line that cannot be served."""
    done = subprocess.run(
        [sys.executable, "-m", "alicloud_emulator", *arguments],
        cwd=EMULATOR,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("alicloud_emulator: ") and done.stderr.count("\n") == 1
    return done.stderr


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# What is printed


def test_a_shell_can_take_in_what_is_printed(new_emulator):
    emulator = new_emulator(seed_with(AWKWARD))
    status, out, err = emulator.stop()
    assert (status, err) == (0, "")
    shown = 'python3 -c "import json, os; print(json.dumps(dict(os.environ)))"'
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALIBABA_CLOUD_")}
    done = subprocess.run(
        ["sh", "-c", f"{out}{shown}"], env=environment, capture_output=True, text=True, timeout=20, check=True
    )
    found = {name: value for name, value in json.loads(done.stdout).items() if name.startswith("ALIBABA_CLOUD_")}
    assert found == {
        "ALIBABA_CLOUD_RAM_ENDPOINT": emulator.endpoint,
        "ALIBABA_CLOUD_STS_ENDPOINT": emulator.endpoint,
        "ALIBABA_CLOUD_RESOURCEMANAGER_ENDPOINT": emulator.endpoint,
        "ALIBABA_CLOUD_CA_BUNDLE": emulator.ca_bundle,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI1",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": AWKWARD,
    }
    last = out.splitlines()[-1]
    assert last.startswith("# ") and f"kill {emulator.process.pid}" in last


def test_the_environment_is_printed_before_the_ready_file_is_there(new_emulator):
    """So a script that waits for the file may read what was printed."""
    emulator = new_emulator()
    emulator.process.kill()
    assert emulator.process.communicate(timeout=10)[0].count("export ") == 6


def test_quiet(new_emulator):
    assert new_emulator(None, "--quiet").stop() == (0, "", "")


# When it ends


def test_it_stops_when_its_input_ends(new_emulator, tmp_path):
    emulator = new_emulator()
    assert list(tmp_path.glob("alicloud_emulator.*"))
    emulator.process.stdin.write("what is read does not matter")
    emulator.process.stdin.close()
    assert emulator.process.wait(timeout=10) == 0
    assert list(tmp_path.iterdir()) == []


def test_it_does_not_outlive_a_killed_test_run(tmp_path):
    run = """
from ansible_collections.alicloud.ram.tests.lib import emulated
with emulated.running() as emulator:
    print(emulator.ca_bundle, flush=True)
    input()
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", run]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert os.path.exists(process.stdout.readline().strip())
        process.kill()
    until(lambda: not list(tmp_path.iterdir()))


# Snapshots in files


def test_saved_and_restored(new_emulator, tmp_path):
    saved = tmp_path / "world.json"
    emulator = new_emulator(seed_with(), "--save", str(saved))
    Account(emulator, emulator.accounts[0]).ram("CreateGroup", group_name="g")
    listed = emulator.accounts
    assert not saved.exists()
    assert emulator.stop(signal.SIGINT)[::2] == (0, "")
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    emulator = new_emulator(None, "--restore", str(saved), "--save", str(saved), "--admin")
    assert emulator.accounts == listed
    account = Account(emulator, emulator.accounts[0])
    assert account.ram("GetGroup", group_name="g")["Group"]["GroupName"] == "g"
    account.ram("CreateGroup", group_name="h")
    emulator.stop()
    emulator = new_emulator(None, "--restore", str(saved), "--admin")
    assert set(emulator.state(ID)["groups"]) == {"g", "h"}
    # What the file has, the endpoint has too.
    assert emulator.admin("snapshot").keys() == json.loads(saved.read_text(encoding="utf-8")).keys()


def test_a_seed_adds_to_a_snapshot(new_emulator, tmp_path):
    saved = tmp_path / "world.json"
    new_emulator(seed_with(), "--save", str(saved)).stop()
    more = {
        "accounts": [{"account_id": "1000000000000002"}],
        "rules": [{"fault": "error", "operation": "GetCallerIdentity"}],
    }
    emulator = new_emulator(more, "--restore", str(saved), "--admin")
    assert [item["account_id"] for item in emulator.accounts] == [ID, "1000000000000002"]
    assert [rule["fault"] for rule in emulator.admin("rules")] == ["error"]
    emulator.stop()
    again = tmp_path / "again.json"
    again.write_text(json.dumps(seed_with()), encoding="utf-8")
    assert f"{again}: accounts[0].account_id: the account" in refused("--restore", str(saved), "--seed", str(again))


def test_a_crash_saves_nothing(new_emulator, tmp_path):
    saved = tmp_path / "world.json"
    saved.write_text("as it was", encoding="utf-8")
    emulator = new_emulator(seed_with(), "--save", str(saved))
    emulator.process.kill()
    emulator.process.communicate(timeout=10)
    assert saved.read_text(encoding="utf-8") == "as it was"


# Mistakes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Expecting"),
        ("{}", "not a snapshot of format 1"),
        ("[" * 100000, "recursion"),
        ('{"format": 1}', "must have the keys"),
        ("\udcff", "codec"),
    ],
)
def test_a_file_that_is_no_snapshot(tmp_path, text, message):
    path = tmp_path / "world.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    error = refused("--restore", str(path))
    assert str(path) in error and message in error


def test_files_that_are_not_there(tmp_path):
    none = tmp_path / "none" / "file.json"
    for option in ("--restore", "--seed", "--save", "--ready-file"):
        assert str(none) in refused(option, str(none))


def test_a_seed_whose_rules_are_wrong(tmp_path):
    path = tmp_path / "seed.yml"
    path.write_text("rules: [{fault: throttle, operation: GetRol}]\n", encoding="utf-8")
    assert f"{path}: rules[0].operation: there is no operation 'GetRol'" in refused("--seed", str(path))
