# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of one process share, what an interruption leaves, and what a task's result says."""

from __future__ import annotations

import asyncio
import os
import pathlib
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from alicloud_emulator.testing import background
from ansible_collections.alicloud.ram.plugins.module_utils._cloud import orphan as _parent
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.operations import SERVICES
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.orphan import Parent
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import CONNECTION_SPEC, Settings
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.transport import Transport
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ISSUES,
    ConflictError,
    DeclarationError,
    RamError,
    carrying,
)
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process, outcome_of
from ansible_collections.alicloud.ram.tests.lib.servers import Server, authority

pytest.importorskip(SERVICES["ram"])

KEY = {"access_key_id": "K", "access_key_secret": "a-secret"}
SETTINGS = Settings(**KEY)
NOTHING: dict[str, Any] = {"changed": False, "warnings": []}


@pytest.fixture(name="process")
def _process() -> Iterator[Process]:
    with Process() as process:
        yield process


async def nothing(api: Any, check_mode: bool) -> dict[str, Any]:
    return NOTHING


def api_of(process: Process, settings: Settings = SETTINGS) -> Any:
    async def work(api: Any, check_mode: bool) -> dict[str, Any]:
        return {**NOTHING, "api": api}

    return process.run(settings, work, False)["api"]


def test_equal_options_share_a_session(process: Process) -> None:
    assert api_of(process) is api_of(process, Settings(**KEY))
    for other in (
        {"access_key_id": "L"},
        {"access_key_secret": "another"},
        {"security_token": "t"},
        {"read_timeout": 3},
    ):
        assert api_of(process, Settings(**{**KEY, **other})) is not api_of(process)


@pytest.mark.parametrize(
    "variable, values",
    [
        ("ALIBABA_CLOUD_CREDENTIALS_FILE", ["one.ini", "two.ini"]),
        ("ALIBABA_CLOUD_CREDENTIALS_URI", ["http://127.0.0.1:1/one", "http://127.0.0.1:1/two"]),
        ("ALIBABA_CLOUD_ECS_METADATA", ["one", "two"]),
        ("ALIBABA_CLOUD_IMDSV1_DISABLED", ["true", "false"]),
    ],
)
def test_variables_that_lead_to_credentials_are_looked_at_each_time(
    variable: str, values: list[str], process: Process, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("ALIBABA_CLOUD_")]:
        monkeypatch.delenv(name)
    # The SDK reads this variable when it is imported.
    monkeypatch.setattr("alibabacloud_credentials.utils.auth_util.environment_ecs_metadata_disabled", "false")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        text = f"[default]\ntype = access_key\naccess_key_id = of-{name}\naccess_key_secret = s\n"
        (tmp_path / f"{name}.ini").write_text(text, encoding="utf-8")
    found = []
    for value in (*values, values[0]):
        monkeypatch.setenv(variable, value)
        found.append(api_of(process, Settings()))
    assert found[0] is found[2] and found[0] is not found[1]


def test_credentials_of_the_environment_are_looked_at_each_time(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_environment(key: str) -> Any:
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", key)
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s")
        return api_of(process, Settings())

    first = in_environment("K")
    assert in_environment("L") is not first
    assert in_environment("K") is first


def test_nothing_is_shared_with_another_process(process: Process) -> None:
    with Process() as other:
        assert api_of(other) is not api_of(process)


def test_a_closed_process_starts_anew(process: Process) -> None:
    before = api_of(process)
    process.close()
    assert api_of(process) is not before


@pytest.mark.parametrize("abort", [False, True], ids=["closed", "aborted"])
def test_a_connection_closed_meanwhile_is_not_used(abort: bool, process: Process) -> None:
    async def work(api: Any, check_mode: bool) -> dict[str, Any]:
        await api.call("GetUser", UserName="alice")
        return NOTHING

    with background() as run:
        server = Server({"RequestId": "R", "User": {"UserName": "alice"}}, tls=authority().tls)
        run(server.start())
        settings = Settings(**KEY, ram_endpoint=server.endpoint, ca_bundle=authority().bundle, retry_timeout=0)
        for dummy in range(5):
            process.run(settings, work, False)
            run(server.drop_all(abort))
        assert server.connections == len(server.requests) == 5
        run(server.stop())


class Interruption(BaseException):
    """As Ansible's timeouts are."""


@pytest.fixture(name="alarm")
def _alarm() -> Iterator[Any]:
    """Have an alarm's handler raise Interruption, soon."""

    def handler(signum: int, frame: Any) -> None:
        raise Interruption

    before = signal.signal(signal.SIGALRM, handler)
    try:
        yield lambda: signal.setitimer(signal.ITIMER_REAL, 0.1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert signal.signal(signal.SIGALRM, before) is handler


async def waits() -> None:
    await asyncio.sleep(60)


async def waits_for_a_child() -> None:
    await asyncio.gather(waits(), waits())


async def is_busy_in_a_callback() -> None:
    asyncio.get_running_loop().call_soon(time.sleep, 0.3)
    await waits()


async def goes_on_after_any_fault() -> None:
    while True:
        try:
            await asyncio.sleep(0.01)
        except Exception:  # pylint: disable=broad-exception-caught
            pass


@pytest.mark.parametrize(
    "doing",
    [waits, waits_for_a_child, is_busy_in_a_callback, goes_on_after_any_fault],
    ids=lambda doing: doing.__name__,
)
def test_an_alarm_ends_a_task_and_the_next_works(doing: Any, process: Process, alarm: Any) -> None:
    ended = []

    async def work(api: Any, check_mode: bool) -> dict[str, Any]:
        alarm()
        try:
            await doing()
        finally:
            ended.append(True)
        return NOTHING

    before = api_of(process)
    with pytest.raises(Interruption):
        process.run(SETTINGS, work, False)
    assert ended == [True]
    assert process.run(SETTINGS, nothing, False) == NOTHING and api_of(process) is not before


@pytest.mark.parametrize("doing", [waits, waits_for_a_child, goes_on_after_any_fault], ids=lambda doing: doing.__name__)
def test_an_orphaned_task_ends(doing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ended, exits, busy = [], [], True
    monkeypatch.setattr("os._exit", exits.append)
    monkeypatch.setattr(_parent, "GRACE", 0)
    monkeypatch.setattr(_parent, "INTERVAL", 0.01)

    async def work(api: Any, check_mode: bool) -> dict[str, Any]:
        nonlocal busy
        with api.parent.calling(is_read=False):
            orphaned.set()
            await asyncio.sleep(0.1)
            busy = False
        api.parent.changes["CreatePolicy of policy 'p'"] = True
        try:
            await doing()
        finally:
            ended.append(busy)
        return NOTHING

    orphaned = threading.Event()
    with Process(parent=Parent(orphaned.is_set)) as process:
        process.parent.watch()
        for expected in ([False], [False]):  # what follows does not even begin
            with pytest.raises(RamError, match="no longer running.* Changes made: CreatePolicy of policy 'p'.$"):
                process.run(SETTINGS, work, False)
            assert ended == expected
    for dummy in range(100):
        if not exits:
            time.sleep(0.01)
    assert exits == [1]


def test_a_task_that_ends_in_an_orphan_has_no_result() -> None:
    with Process(parent=Parent(lambda: True)) as process, pytest.raises(RamError, match="It made no changes."):
        process.run(SETTINGS, nothing, False)


def test_without_an_alarm_the_handler_is_not_called(process: Process, alarm: Any) -> None:
    assert process.run(SETTINGS, nothing, False) == NOTHING
    with pytest.raises(Interruption):
        alarm()
        time.sleep(1)


def test_an_interruption_goes_on_its_way(process: Process) -> None:
    async def work(api: Any, check_mode: bool) -> dict[str, Any]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        process.run(SETTINGS, work, False)
    assert process.run(SETTINGS, nothing, False) == NOTHING


def test_a_failure_leaves_nothing_under_way(process: Process) -> None:
    ended = []

    async def other() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def work(api: Any, check_mode: bool) -> dict[str, Any]:
        api.keep = asyncio.ensure_future(other())
        await asyncio.sleep(0)
        raise ConflictError("No.")

    with pytest.raises(ConflictError):
        process.run(SETTINGS, work, False)
    assert ended == [True]


def result(process: Process, work: Any, diff: bool = False, **options: Any) -> dict[str, Any]:
    params = ArgumentSpecValidator(CONNECTION_SPEC).validate({**KEY, **options}).validated_parameters
    return outcome_of(process, lambda params: work, params, False, diff)


def raising(error: Exception) -> Any:
    async def work(api: Any, check_mode: bool) -> dict[str, Any]:
        raise error

    return work


def test_a_result(process: Process) -> None:
    async def work(api: Any, check_mode: bool) -> dict[str, Any]:
        return {"changed": True, "diff": {"before": 1}, "warnings": ["Of the work."]}

    assert result(process, work) == {"failed": False, "changed": True, "warnings": ["Of the work."]}
    assert result(process, work, diff=True)["diff"] == {"before": 1}
    warnings = result(process, work, validate_certs=False)["warnings"]
    assert len(warnings) == 2 and "validate_certs" in warnings[0]


@pytest.mark.parametrize(
    "details, changed", [({}, False), ({"changes": []}, False), ({"changes": [1]}, True), ({"uncertain": [1]}, True)]
)
def test_a_failure_tells_what_it_changed(details: dict[str, Any], changed: bool, process: Process) -> None:
    expected = {"failed": True, "msg": "No.", "changed": changed, "warnings": [], **details}
    assert result(process, raising(RamError("No.", **details))) == expected


@pytest.mark.parametrize(
    "error, shown",
    [
        (KeyError("Role"), "KeyError: 'Role'"),
        (
            AttributeError("'NoneType' object has no attribute 'x'"),
            "AttributeError: 'NoneType' object has no attribute 'x'",
        ),
        (TypeError("string indices must be integers"), "TypeError: string indices must be integers"),
        # What may repeat a value is not shown.
        (KeyError("AccessKeySecret=canary"), "KeyError"),
        (KeyError("canary/secret+7"), "KeyError"),
        (ValueError("invalid literal: 'canary'"), "ValueError"),
        (RuntimeError("canary"), "RuntimeError"),
        (UnicodeDecodeError("utf-8", b"canary", 0, 1, "canary"), "UnicodeDecodeError"),
        (TypeError("AccessKeySecret=canary"), "TypeError: AccessKeySecret=***"),
    ],
    ids=str,
)
@pytest.mark.parametrize("where", ["prepare", "work"])
def test_a_fault_of_our_own_is_called_ours(where: str, error: Exception, shown: str, process: Process) -> None:
    def prepare(params: Any) -> Any:
        if where == "prepare":
            raise error
        return raising(error)

    params = ArgumentSpecValidator(CONNECTION_SPEC).validate(KEY).validated_parameters
    found = outcome_of(process, prepare, params, False, False)
    assert found["failed"] and not found["changed"] and "canary" not in str(found)
    assert found["msg"].startswith(f"This is a bug in alicloud.ram ({shown}), not a mistake in your playbook.")
    assert ISSUES in found["msg"] and "-vvv" in found["msg"]
    first, *dummy, last = found["traceback"].strip().split("\n")
    assert first == "Traceback (most recent call last):" and last == shown and "test_run.py" in found["traceback"]


def test_a_fault_below_the_sdk_is_ours_too(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the SDK calls is ours, and it passes on what that raises as if an answer could not be read."""

    async def work(api: Any, check_mode: bool) -> dict[str, Any]:
        return await api.call("GetUser", UserName="alice")

    source = compile("def broken(self, url): return {}['Proxy']", Transport.send.__code__.co_filename, "exec")
    names: dict[str, Any] = {"__name__": Transport.__module__}
    exec(source, names)  # as if it were a line of that file
    monkeypatch.setattr(Transport, "_proxy_for", names["broken"])
    found = result(process, work, ram_endpoint="127.0.0.1:9", retry_timeout=0)
    assert found["msg"].startswith("This is a bug in alicloud.ram (KeyError: 'Proxy')")


@pytest.mark.parametrize("error", [RamError("No."), KeyError("x")])
def test_a_failure_keeps_all_warnings(error: Exception, process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Transport.open

    async def warning(self: Transport) -> None:
        self.warnings.append("Of the transport.")
        await opened(self)

    async def work(api: Any, check_mode: bool) -> dict[str, Any]:
        with carrying(["Of the plan."]), carrying(["Of a write."]):
            raise error

    monkeypatch.setattr(Transport, "open", warning)
    found = result(process, work, validate_certs=False)
    assert found["failed"]
    assert [text.split(":")[0] for text in found["warnings"]] == [
        "validate_certs is false",
        "Of the transport.",
        "Of the plan.",
        "Of a write.",
    ]


def test_what_cannot_be_meant_is_refused_before_anything_is_opened() -> None:
    def prepare(params: Any) -> Any:
        raise DeclarationError("name: no.")

    class Untouched:
        """Fails the test where anything of it is used."""

    params = ArgumentSpecValidator(CONNECTION_SPEC).validate(KEY).validated_parameters
    found = outcome_of(Untouched(), prepare, params, False, False)  # type: ignore[arg-type]
    assert found == {"failed": True, "msg": "name: no.", "changed": False, "warnings": []}


def test_what_was_not_sent_is_not_said_to_be(process: Process) -> None:
    """A warning that a text is sent as it is belongs to what is sent."""
    options = {"description": "ends with a blank "}

    def refusing(params: Any) -> Any:
        raise DeclarationError("It cannot be meant.")

    params = {**ArgumentSpecValidator(CONNECTION_SPEC).validate(KEY).validated_parameters, **options}
    assert outcome_of(process, refusing, params, False, False)["warnings"] == []
    failed = outcome_of(process, lambda params: raising(ConflictError("Somebody else.")), params, False, False)
    (warning,) = failed["warnings"]
    assert failed["msg"] == "Somebody else." and warning.startswith("description: it ends with")
