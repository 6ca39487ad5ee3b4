# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every source of credentials, and the options that all modules share."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Iterator
from typing import Any, Callable

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process
from ansible_collections.alicloud.ram.tests.lib import inprocess
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, trust, trust_accounts
from ansible_collections.alicloud.ram.tests.lib.paths import MODULES
from ansible_collections.alicloud.ram.tests.lib.servers import Server, in_thread

WHO = {"name": "who", "alicloud.ram.caller_identity_info": {}}
EXTERNAL_ID = {"StringEquals": {"sts:ExternalId": "shared-word"}}


def member(account: Any, hub: Any, **role: Any) -> Any:
    return account(
        roles=[
            {
                "name": "Access",
                "trust_policy": trust_accounts(hub.account_id),
                "policies": ADMINISTRATOR,
                **role,
            }
        ]
    )


def home_with(tmp_path: pathlib.Path, **files: Any) -> dict[str, str]:
    home = tmp_path / "home"
    (home / ".aliyun").mkdir(parents=True)
    (home / ".alibabacloud").mkdir()
    if "cli" in files:
        (home / ".aliyun" / "config.json").write_text(json.dumps(files["cli"]))
    if "ini" in files:
        (home / ".alibabacloud" / "credentials.ini").write_text(files["ini"])
    return {"HOME": str(home)}


def account_of(run: Any) -> str:
    return run.succeeded().of("who")["caller_identity"]["account_id"]


def test_the_environment(account: Any, playbook: Any) -> None:
    there = account()
    environment = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": there.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": there.access_key_secret,
    }
    assert account_of(playbook([WHO], environment=environment)) == there.account_id


def test_options_come_before_the_environment(account: Any, playbook: Any) -> None:
    there, other = account(), account()
    environment = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": other.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": other.access_key_secret,
    }
    assert account_of(playbook([WHO], account=there, environment=environment)) == there.account_id


@pytest.mark.parametrize("how", ["option", "variable", "current"])
def test_a_profile_of_the_cli(how: str, account: Any, playbook: Any, tmp_path: pathlib.Path) -> None:
    there, other = account(), account()
    profiles = [
        {"name": name, "mode": "AK", "access_key_id": one.access_key_id, "access_key_secret": one.access_key_secret}
        for name, one in (("wanted", there), ("other", other))
    ]
    environment = home_with(tmp_path, cli={"current": "wanted" if how == "current" else "other", "profiles": profiles})
    if how == "variable":
        environment["ALIBABA_CLOUD_PROFILE"] = "wanted"
    defaults = {"profile": "wanted"} if how == "option" else {}
    assert account_of(playbook([WHO], defaults=defaults, environment=environment)) == there.account_id


def test_a_profile_that_assumes_a_role(account: Any, playbook: Any, tmp_path: pathlib.Path) -> None:
    hub = account()
    there = member(account, hub)
    profiles = [
        {"name": "hub", "mode": "AK", "access_key_id": hub.access_key_id, "access_key_secret": hub.access_key_secret},
        {"name": "member", "mode": "ChainableRamRoleArn", "source_profile": "hub", "expired_seconds": 900,
         "ram_role_arn": f"acs:ram::{there.account_id}:role/Access", "ram_session_name": "from-cli"},
    ]  # fmt: skip
    environment = home_with(tmp_path, cli={"current": "hub", "profiles": profiles})
    run = playbook([WHO], defaults={"profile": "member"}, environment=environment)
    assert account_of(run) == there.account_id
    assert run.of("who")["caller_identity"]["arn"].endswith("/from-cli")


def test_the_credentials_file(account: Any, playbook: Any, tmp_path: pathlib.Path) -> None:
    there = account()
    ini = f"[default]\ntype = access_key\naccess_key_id = {there.access_key_id}\naccess_key_secret = {there.access_key_secret}\n"
    assert account_of(playbook([WHO], environment=home_with(tmp_path, ini=ini))) == there.account_id


@pytest.fixture(name="credentials_uri")
def _credentials_uri(account: Any) -> Iterator[tuple[str, Any]]:
    """A server that gives the credentials of an account's session, as the credentials URI of a container does."""
    session = {
        "access_key_id": "STS.uri",
        "access_key_secret": "a-secret-of-a-session",
        "security_token": "a-token-of-a-session",
        "role": "ci",
        "session_name": "uri",
        "expires": "2099-01-01T00:00:00Z",
    }
    there = account(roles=[{"name": "ci", "trust_policy": trust_accounts("1000000000000001")}], sessions=[session])
    keys = {
        "AccessKeyId": session["access_key_id"],
        "AccessKeySecret": session["access_key_secret"],
        "SecurityToken": session["security_token"],
    }
    with in_thread(Server({"Code": "Success", **keys, "Expiration": session["expires"]})) as server:
        yield f"{server.url}/", there


def test_the_credentials_uri(credentials_uri: Any, playbook: Any) -> None:
    uri, there = credentials_uri
    assert account_of(playbook([WHO], environment={"ALIBABA_CLOUD_CREDENTIALS_URI": uri})) == there.account_id


def test_assume_role(account: Any, playbook: Any) -> None:
    hub = account()
    there = member(account, hub)
    role = {"account_id": there.account_id, "role_name": "Access", "session_name": "by-name"}
    run = playbook([WHO], account=hub, defaults={"assume_role": role, "account_id": there.account_id})
    assert account_of(run) == there.account_id
    assert run.of("who")["caller_identity"]["arn"].endswith("role/Access/by-name")
    assert hub.calls() == ["AssumeRole"] and there.calls() == ["GetCallerIdentity"]


def test_assume_role_with_an_external_id(account: Any, playbook: Any) -> None:
    hub = account()
    trust_policy = trust(f"acs:ram::{hub.account_id}:root", Condition=EXTERNAL_ID)
    there = member(account, hub, trust_policy=trust_policy)
    role = {"role_arn": f"acs:ram::{there.account_id}:role/Access"}
    assert playbook([WHO], account=hub, defaults={"assume_role": role}).status == 2
    role["external_id"] = "shared-word"
    assert account_of(playbook([WHO], account=hub, defaults={"assume_role": role})) == there.account_id


def test_a_proxy_is_used_unless_no_proxy_names_the_host(account: Any, playbook: Any) -> None:
    there = account()
    environment = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    run = playbook([WHO], account=there, defaults={"retry_timeout": 0}, environment=environment)
    assert "proxy" in run.of("who")["msg"]
    environment["NO_PROXY"] = "127.0.0.1"
    assert account_of(playbook([WHO], account=there, environment=environment)) == there.account_id


def test_every_module_is_in_the_action_group(account: Any, playbook: Any) -> None:
    needed: dict[str, Any] = {
        **{name: {"name": "p", "state": "absent"} for name in ("policy", "user", "group", "role")},
        "access_info": {"users": ["x"], "actions": ["ram:GetRole"], "resources": ["*"]},
        "policy_info": {"name": "p"},
        "service_linked_role": {"service_name": "ess.aliyuncs.com", "state": "absent"},
        "service_linked_role_info": {"service_name": "ess.aliyuncs.com"},
        **{
            f"{kind}_policies": {f"{kind}_name": "x", "policies": [], "state": "absent"}
            for kind in ("user", "group", "role")
        },
        **{f"{kind}_policies_info": {f"{kind}_name": "x"} for kind in ("user", "group", "role")},
    }
    names = MODULES
    # Without the group's credentials each of them would fail.
    playbook([{f"alicloud.ram.{name}": needed.get(name, {})} for name in names], account=account()).succeeded()


def test_an_empty_proxy_is_none(account: Any, playbook: Any) -> None:
    there = account()
    environment = {"HTTPS_PROXY": "", "NO_PROXY": ""}
    assert account_of(playbook([WHO], account=there, environment=environment)) == there.account_id


def test_what_a_source_answers_is_not_shown(playbook: Any) -> None:
    keys = {"AccessKeyId": "STS.x", "AccessKeySecret": "canary-a", "SecurityToken": "canary-b"}
    with in_thread(Server({"Code": "Success", **keys})) as server:
        run = playbook([WHO], "-vvvv", environment={"ALIBABA_CLOUD_CREDENTIALS_URI": f"{server.url}/"})
    assert run.status == 2 and "ALIBABA_CLOUD_CREDENTIALS_URI" in run.of("who")["msg"]
    assert "canary" not in run.output + json.dumps(run.results)


# Tasks of one process, which share what they can


@pytest.fixture(name="who")
def _who(emulator: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Iterator[Callable[..., str]]:
    """Ask who is calling, by task after task of one process: the ARN, or why it is not known."""
    inprocess.forget_the_user(monkeypatch, tmp_path)
    shared = {"ca_bundle": emulator.ca_bundle, "ram_endpoint": emulator.endpoint, "sts_endpoint": emulator.endpoint}
    with Process() as process:

        def ask(**options: Any) -> str:
            result = inprocess.outcome(process, "caller_identity_info", {**shared, **options})
            return str(result["msg"] if result["failed"] else result["caller_identity"]["arn"])

        yield ask


def keys(there: Any) -> dict[str, str]:
    return {"access_key_id": there.access_key_id, "access_key_secret": there.access_key_secret}


def cli_with(home: pathlib.Path, current: str, **accounts: Any) -> pathlib.Path:
    profiles = [{"name": name, "mode": "AK", **keys(there)} for name, there in accounts.items()]
    path = home / ".aliyun" / "config.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"current": current, "profiles": profiles}))
    return path


def test_each_task_has_its_profile(
    account: Any, who: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    one, two = account(), account()
    cli_with(tmp_path, "one", one=one, two=two)
    for name, there in (("one", one), ("two", two), ("one", one)):
        assert there.account_id in who(profile=name)
    for name, there in (("two", two), ("one", one), ("two", two), ("", one)):
        monkeypatch.setenv("ALIBABA_CLOUD_PROFILE", name)
        assert there.account_id in who()
    assert one.account_id in who(profile="one") and two.account_id in who(**keys(two))


@pytest.mark.parametrize("options", [{"profile": "one"}, {}], ids=["named", "current"])
def test_a_profile_whose_key_was_rotated(
    options: dict[str, str], account: Any, who: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    old, new = account(), account()
    before = cli_with(tmp_path, "one", one=old).stat()
    assert old.account_id in who(**options)
    path = cli_with(tmp_path, "one", one=new)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
    assert path.stat().st_size == before.st_size
    assert new.account_id in who(**options)


def test_each_task_has_its_role(account: Any, who: Callable[..., str]) -> None:
    hub = account()
    trust_policy = trust(f"acs:ram::{hub.account_id}:root", Condition=EXTERNAL_ID)
    access, other = ({"name": name, "trust_policy": trust_policy} for name in ("Access", "Other"))
    there = account(roles=[access, other])

    def arn(name: str, session: str) -> str:
        return f"acs:ram::{there.account_id}:assumed-role/{name}/{session}"

    def ask(**changes: str) -> str:
        role = {"account_id": there.account_id, "role_name": "Access", "external_id": "shared-word", **changes}
        return who(**keys(hub), assume_role=role)

    for dummy in range(2):
        assert ask() == arn("Access", "alicloud-ram-ansible")
        assert ask(role_name="Other") == arn("Other", "alicloud-ram-ansible")
        assert ask(session_name="nightly") == arn("Access", "nightly")
        assert hub.account_id in who(**keys(hub)) and "role" not in who(**keys(hub))
        assert "NoPermission" in ask(external_id="another-word")
    # Three sessions, and what was refused once in each turn.
    assert hub.calls().count("AssumeRole") == 5


def test_each_task_has_its_guard(account: Any, who: Callable[..., str]) -> None:
    there, other = account(), account()
    for dummy in range(2):
        for options in ({}, {"account_id": there.account_id}):
            assert there.account_id in who(**keys(there), **options)
        refused = who(**keys(there), account_id=other.account_id)
        assert f"account_id is {other.account_id}, but the credentials" in refused
