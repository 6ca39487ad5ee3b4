# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where credentials come from: the order of the sources, and what is refused in place of asking the next one."""

from __future__ import annotations

import asyncio
import inspect
import json
import pathlib
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any, Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Clock
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.credentials import (
    AssumedRole,
    StaticCredential,
    resolve_credentials,
)
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import AssumeRole, Settings
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ApiError, CredentialsError
from ansible_collections.alicloud.ram.tests.lib.servers import DROP, Answer, Request, Server, authority, in_thread

# Every secret in these tests has it in itself, so that one look tells whether any is shown.
CANARY = "canary"
SECRET, TOKEN = f"{CANARY}-secret", f"{CANARY}-token"
ENVIRONMENT = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "of-environment", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}
OIDC = {
    "ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/Pod",
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/cluster",
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "/nowhere/token",
}


def arn(name: str) -> str:
    return f"acs:ram::1000000000000001:role/{name}"


def ak(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "mode": "AK", "access_key_id": f"of-{name}", "access_key_secret": SECRET, **more}


def chained(name: str, source: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "mode": "ChainableRamRoleArn", "source_profile": source, "ram_role_arn": arn(name), **more}


class Home:
    """A home directory, and the environment of somebody who lives there."""

    def __init__(self, path: pathlib.Path) -> None:
        self.cli_file = path / ".aliyun" / "config.json"
        self.ini_file = path / ".alibabacloud" / "credentials.ini"
        self.environ = {"HOME": str(path)}

    def cli(self, *profiles: Any, current: Any = None) -> Home:
        return self.cli_text(json.dumps({"current": current, "profiles": profiles}))

    def cli_text(self, text: str) -> Home:
        self.cli_file.parent.mkdir(exist_ok=True)
        self.cli_file.write_text(text, encoding="utf-8")
        return self

    def ini(self, text: str) -> Home:
        self.ini_file.parent.mkdir(exist_ok=True)
        self.ini_file.write_text(text, encoding="utf-8")
        return self

    def set(self, **variables: str) -> Home:
        self.environ.update(variables)
        return self

    def find(self, **options: Any) -> tuple[Any, list[AssumeRole]]:
        found = resolve_credentials(Settings(**options), self.environ)
        assert CANARY not in repr(found) and CANARY not in found[0].source
        return found

    def refusal(self, **options: Any) -> str:
        with pytest.raises(CredentialsError) as caught:
            resolve_credentials(Settings(**options), self.environ)
        assert CANARY not in caught.value.message and CANARY not in str(caught.value.details)
        return caught.value.message


@pytest.fixture(name="home")
def _home(tmp_path: pathlib.Path) -> Home:
    return Home(tmp_path)


def model_of(credential: Any) -> Any:
    return asyncio.run(credential.get_credential_async())


INI = f"[default]\ntype = access_key\naccess_key_id = of-ini\naccess_key_secret = {SECRET}\n"


def everything(home: Home) -> Home:
    return home.cli(ak("current"), ak("named"), current="current").ini(INI).set(**ENVIRONMENT, **OIDC)


# The order


def test_the_order_of_the_sources(home: Home) -> None:
    everything(home)
    by_options, dummy = home.find(access_key_id="of-options", access_key_secret=SECRET, security_token=TOKEN)
    assert by_options.access_key_id == "of-options"
    assert home.find(profile="named")[0].access_key_id == "of-named"
    assert home.find()[0].access_key_id == "of-environment"
    for name in ENVIRONMENT:
        del home.environ[name]
    assert "OIDC" in home.find()[0].source
    for name in OIDC:
        del home.environ[name]
    assert home.find()[0].access_key_id == "of-current"
    home.cli_file.unlink()
    assert home.find()[0].access_key_id == "of-ini"
    home.ini_file.unlink()
    credential, roles = home.find()
    assert credential.source == "the default credential chain" and roles == []


def test_the_keys_are_handed_to_the_sdk() -> None:
    model = model_of(resolve_credentials(Settings(access_key_id="LTAI", access_key_secret=SECRET), {})[0])
    assert (model.access_key_id, model.access_key_secret, model.security_token) == ("LTAI", SECRET, None)
    assert model.type == "access_key"
    model = model_of(
        resolve_credentials(Settings(access_key_id="STS", access_key_secret=SECRET, security_token=TOKEN), {})[0]
    )
    assert (model.security_token, model.type) == (TOKEN, "sts")


def test_a_session_in_the_environment(home: Home) -> None:
    credential, dummy = home.set(**ENVIRONMENT, ALIBABA_CLOUD_SECURITY_TOKEN=TOKEN).find()
    assert model_of(credential).security_token == TOKEN


@pytest.mark.parametrize("variable", ["ALIBABA_CLOUD_PROFILE", None])
def test_a_profile_by_variable_or_the_current_one(variable: str | None, home: Home) -> None:
    home.cli(ak("named"), ak("current"), current="current")
    if variable:
        home.set(**{variable: "named"})
    credential, roles = home.find()
    assert (credential.access_key_id, roles) == ("of-named" if variable else "of-current", [])
    assert str(home.cli_file) in credential.source


def test_the_variable_names_a_section_of_the_credentials_file(home: Home) -> None:
    home.cli(ak("current"), current="current").ini(INI + INI.replace("default", "other").replace("of-ini", "of-other"))
    home.cli_file.unlink()
    assert home.set(ALIBABA_CLOUD_PROFILE="other").find()[0].access_key_id == "of-other"


def test_a_named_profile_is_looked_for_in_both_files(home: Home) -> None:
    home.cli(ak("one"), ak("both"), current="one")
    home.ini(INI + "\n" + INI.replace("default", "both") + "\n" + INI.replace("default", "two"))
    assert home.find(profile="one")[0].access_key_id == "of-one"
    assert home.find(profile="both")[0].access_key_id == "of-both"
    assert home.find(profile="two")[0].access_key_id == "of-ini"


def test_the_files_can_be_elsewhere_or_left_out(home: Home, tmp_path: pathlib.Path) -> None:
    home.cli(ak("current"), current="current").ini(INI)
    elsewhere = tmp_path / "elsewhere.ini"
    elsewhere.write_text(INI.replace("of-ini", "of-elsewhere"), encoding="utf-8")
    home.set(ALIBABA_CLOUD_CLI_PROFILE_DISABLED="TRUE")
    assert home.find()[0].access_key_id == "of-ini"
    home.set(ALIBABA_CLOUD_CREDENTIALS_FILE=str(elsewhere))
    assert home.find()[0].access_key_id == "of-elsewhere"


def test_nothing_anywhere(home: Home) -> None:
    home.set(ALIBABA_CLOUD_ECS_METADATA_DISABLED="true")
    with pytest.raises(CredentialsError, match="No credentials were found.*access_key_id.*ALIBABA_CLOUD_ACCESS_KEY_ID"):
        model_of(home.find()[0])


# Sources that are there but incomplete: later ones would do, and are not asked


@pytest.mark.parametrize(
    "options, missing",
    [
        ({"access_key_id": "LTAI"}, "access_key_secret"),
        ({"access_key_secret": SECRET}, "access_key_id"),
        ({"access_key_secret": SECRET, "security_token": TOKEN}, "access_key_id"),
    ],
)
def test_incomplete_options(options: dict[str, str], missing: str, home: Home) -> None:
    assert f"{missing} is missing" in everything(home).refusal(**options)


@pytest.mark.parametrize(
    "variables, missing",
    [
        ({"ALIBABA_CLOUD_ACCESS_KEY_ID": "x"}, "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
        (
            {"ALIBABA_CLOUD_ACCESS_KEY_ID": "x", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""},
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        ),
        ({"ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}, "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        ({"ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN}, "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        (
            {"ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN, "ALIBABA_CLOUD_ACCESS_KEY_ID": "x"},
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        ),
    ],
)
def test_an_incomplete_environment(variables: dict[str, str], missing: str, home: Home) -> None:
    home.cli(ak("current"), current="current").ini(INI).set(**OIDC, **variables)
    assert f"{missing} is missing" in home.refusal()


@pytest.mark.parametrize("missing", OIDC)
def test_incomplete_oidc(missing: str, home: Home) -> None:
    home.cli(ak("current"), current="current").ini(INI)
    home.set(**{name: value for name, value in OIDC.items() if name != missing})
    assert missing in home.refusal()


def test_a_role_alone_is_not_yet_oidc(home: Home) -> None:
    home.cli(ak("current"), current="current").set(ALIBABA_CLOUD_ROLE_ARN=OIDC["ALIBABA_CLOUD_ROLE_ARN"])
    assert home.find()[0].access_key_id == "of-current"


@pytest.mark.parametrize("how", ["option", "variable"])
def test_a_profile_that_is_not_there(how: str, home: Home) -> None:
    home.cli(ak("current"), current="current").ini(INI)
    if how == "variable":
        home.set(ALIBABA_CLOUD_PROFILE="typo")
    message = home.refusal(**({"profile": "typo"} if how == "option" else {}))
    assert "'typo'" in message and str(home.cli_file) in message and str(home.ini_file) in message


def test_a_current_profile_that_is_not_there(home: Home) -> None:
    assert "'typo'" in home.cli(ak("p"), current="typo").ini(INI).refusal()
    home.set(ALIBABA_CLOUD_PROFILE="p")
    assert home.find()[0].access_key_id == "of-p"


INCOMPLETE = {
    "AK without its secret": (ak("p", access_key_secret=""), "access_key_secret is missing"),
    "AK without its ID": (ak("p", access_key_id=None), "access_key_id is missing"),
    "StsToken without its token": (ak("p", mode="StsToken"), "sts_token is missing"),
    "StsToken without its secret": (
        ak("p", mode="StsToken", sts_token=TOKEN, access_key_secret=""),
        "access_key_secret",
    ),
    "RamRoleArn without its role": (ak("p", mode="RamRoleArn"), "role_arn"),
    "RamRoleArn with half a role": (ak("p", mode="RamRoleArn", ram_role_arn="Access"), "role_arn"),
    "RamRoleArn without its key": ({"name": "p", "mode": "RamRoleArn", "ram_role_arn": arn("p")}, "access_key_id"),
    "RamRoleArn with a bad session name": (
        ak("p", mode="RamRoleArn", ram_role_arn=arn("p"), ram_session_name="a b"),
        "session_name",
    ),
    "RamRoleArn with too long a session": (
        ak("p", mode="RamRoleArn", ram_role_arn=arn("p"), expired_seconds=43201),
        "expired_seconds: 43201 is not between 900 and 43200",
    ),
    "RamRoleArn whose time is no number": (
        ak("p", mode="RamRoleArn", ram_role_arn=arn("p"), expired_seconds="long"),
        "'p'",
    ),
    "a chain without a source": (chained("p", None), "source_profile is missing"),
    "a chain from nowhere": (chained("p", "typo"), "source_profile names 'typo', which is not a profile"),
    "a chain from itself": (chained("p", "p"), "source_profile names 'p', which leads in a circle"),
    "a chain without its role": (chained("p", "complete", ram_role_arn=""), "role_arn"),
}


@pytest.mark.parametrize("how", ["option", "variable", "current"])
@pytest.mark.parametrize("case", INCOMPLETE)
def test_an_incomplete_profile_of_the_cli(case: str, how: str, home: Home) -> None:
    profile, expected = INCOMPLETE[case]
    home.cli(profile, ak("complete"), current="p" if how == "current" else "complete")
    home.ini(INI + "\n" + INI.replace("default", "p"))
    if how == "variable":
        home.set(ALIBABA_CLOUD_PROFILE="p")
    message = home.refusal(**({"profile": "p"} if how == "option" else {}))
    assert expected in message and str(home.cli_file) in message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"x"',
        '{"profiles": [{"mode": "AK"}]}',
        '{"profiles": [[]]}',
        '{"profiles": ["x"]}',
        '{"profiles": 1}',
    ],
)
def test_a_cli_file_that_cannot_be_understood(text: str, home: Home) -> None:
    message = home.cli_text(text).ini(INI).refusal()
    assert message == f"{home.cli_file} cannot be read as the CLI's configuration."


def test_a_cli_file_that_is_not_text(home: Home) -> None:
    home.cli_text("").ini(INI)
    home.cli_file.write_bytes(b"\xff\xfe{}")
    assert str(home.cli_file) in home.refusal()


@pytest.mark.parametrize(
    "text, expected",
    [
        (INI.replace(SECRET, ""), "access_key_secret is missing"),
        ("[default]\ntype = access_key\n", "access_key_id is missing"),
        (INI.replace("access_key\n", "ram_role_arn\n", 1), "role_arn"),
        ("access_key_id = x\n", "cannot be read as a credentials file"),
        (INI + INI, "cannot be read as a credentials file"),
        ("[default\n", "cannot be read as a credentials file"),
        (f"[default]\n{SECRET}\n", "cannot be read as a credentials file"),
    ],
)
def test_an_incomplete_credentials_file(text: str, expected: str, home: Home) -> None:
    message = home.ini(text).refusal()
    assert expected in message and str(home.ini_file) in message


def test_a_credentials_file_that_is_not_text(home: Home) -> None:
    home.ini("")
    home.ini_file.write_bytes(b"[default]\ntype = \xff\n")
    assert str(home.ini_file) in home.refusal()


# Profiles of the CLI


def test_ak_ignores_a_token_left_over(home: Home) -> None:
    credential, roles = home.cli(ak("p", sts_token=TOKEN)).find(profile="p")
    assert roles == [] and model_of(credential).security_token is None


def test_sts_token(home: Home) -> None:
    credential, roles = home.cli(ak("p", mode="StsToken", sts_token=TOKEN)).find(profile="p")
    assert roles == [] and model_of(credential).security_token == TOKEN


def test_ram_role_arn(home: Home) -> None:
    profile = ak("p", mode="RamRoleArn", ram_role_arn=arn("p"), ram_session_name="me", expired_seconds=7200)
    credential, roles = home.cli({**profile, "external_id": "word", "policy": "{}"}).find(profile="p")
    assert credential.access_key_id == "of-p"
    assert roles == [AssumeRole(arn("p"), "me", 7200, "word", "{}")]


@pytest.mark.parametrize("seconds, duration", [(None, 3600), (0, 3600), (900, 900), (43200, 43200), ("7200", 7200)])
def test_the_length_of_a_session_of_a_profile(seconds: Any, duration: int, home: Home) -> None:
    profile = ak("p", mode="RamRoleArn", ram_role_arn=arn("p"), expired_seconds=seconds)
    dummy, (role,) = home.cli(profile).find(profile="p")
    assert role == AssumeRole(arn("p"), duration_seconds=duration)


def test_a_chain_of_roles_is_assumed_from_its_far_end(home: Home) -> None:
    hub = ak("hub", mode="RamRoleArn", ram_role_arn=arn("hub"))
    home.cli(chained("last", "middle"), chained("middle", "hub"), hub, ak("other"), current="other")
    credential, roles = home.find(profile="last")
    assert credential.access_key_id == "of-hub"
    assert [role.role_arn for role in roles] == [arn("hub"), arn("middle"), arn("last")]


def test_two_chains_may_share_their_source(home: Home) -> None:
    home.cli(ak("hub"), chained("one", "hub"), chained("two", "hub"))
    assert [role.role_arn for role in home.find(profile="one")[1]] == [arn("one")]
    assert [role.role_arn for role in home.find(profile="two")[1]] == [arn("two")]


@pytest.mark.parametrize("start", ["a", "b", "c"])
def test_a_circle_of_profiles(start: str, home: Home) -> None:
    home.cli(chained("a", "b"), chained("b", "c"), chained("c", "a"), ak("complete"), current="complete").ini(INI)
    assert f"source_profile names '{start}', which leads in a circle" in home.refusal(profile=start)


def test_a_chain_that_leads_into_a_circle(home: Home) -> None:
    home.cli(chained("a", "b"), chained("b", "c"), chained("c", "b"))
    assert "source_profile names 'b', which leads in a circle" in home.refusal(profile="a")


def test_a_chain_on_an_incomplete_source(home: Home) -> None:
    message = home.cli(ak("hub", access_key_secret=""), chained("member", "hub")).refusal(profile="member")
    assert "'hub'" in message and "access_key_secret is missing" in message


@pytest.mark.parametrize("script", ["cat FILE >&2; exit 3", "cat FILE"])
def test_what_a_command_says_is_not_shown(script: str, home: Home, tmp_path: pathlib.Path) -> None:
    said = tmp_path / "said"
    said.write_text(f"it would be {SECRET}")
    command = f"sh -c '{script.replace('FILE', str(said))}'"
    credential, dummy = home.cli({"name": "p", "mode": "External", "process_command": command}, current="p").find()
    with pytest.raises(CredentialsError, match="'p'.*external command") as caught:
        model_of(credential)
    assert CANARY not in str(caught.value)


def test_an_instance_whose_metadata_are_turned_off(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    # The SDK reads this variable when it is imported.
    monkeypatch.setattr("alibabacloud_credentials.utils.auth_util.environment_ecs_metadata_disabled", "true")
    with pytest.raises(CredentialsError, match="ECS instance's role.*ALIBABA_CLOUD_ECS_METADATA_DISABLED"):
        home.cli({"name": "p", "mode": "EcsRamRole"}, current="p").find()


# Profiles of the credentials file


def test_an_access_key_of_the_credentials_file(home: Home) -> None:
    text = "[default]\ntype=access_key # a comment\naccess_key_id=of%(ini\n"
    credential, roles = home.ini(f"{text}access_key_secret={SECRET}\nsecurity_token={TOKEN}\n").find()
    model = model_of(credential)
    assert (model.access_key_id, model.access_key_secret, model.security_token) == ("of%(ini", SECRET, None)
    assert roles == [] and str(home.ini_file) in credential.source


def test_a_session_of_the_credentials_file(home: Home) -> None:
    text = f"[default]\ntype = sts\naccess_key_id = x\naccess_key_secret = {SECRET}\nsecurity_token = {TOKEN}\n"
    credential, dummy = home.ini(text).find()
    assert model_of(credential).security_token == TOKEN


def test_a_role_of_the_credentials_file(home: Home) -> None:
    text = INI.replace("access_key\n", "ram_role_arn\n", 1) + f"role_arn = {arn('p')}\nrole_session_name = me\n"
    credential, roles = home.ini(text).find()
    assert credential.access_key_id == "of-ini"
    assert roles == [AssumeRole(arn("p"), "me", 3600)]


def test_a_file_without_the_section_is_no_source(home: Home) -> None:
    home.ini(INI.replace("default", "other"))
    assert home.find()[0].source == "the default credential chain"


# Providers of the SDK, by what they send


class Hosts(Server):
    """A server that answers each path as a test sets it; as the proxy for HTTP it is every host."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._answer, tls=tls)
        self.answers: dict[str, Any] = {}

    def _answer(self, request: Request) -> Any:
        return self.answers.get(urlsplit(request.target).path, MISSING)

    def urls(self, method: str = "GET") -> list[str]:
        return [request.target for request in self.requests if request.method == method]


async def slow(request: Request) -> Any:
    await asyncio.sleep(5)
    return {"Credentials": given("oidc")}


MISSING = Answer("", 404)
URI = "http://uri.example.com/keys"
METADATA = "/latest/meta-data/ram/security-credentials/"


def given(name: str, **changes: Any) -> dict[str, Any]:
    """An answer with the keys of a session."""
    keys = {"AccessKeyId": f"STS.{name}", "AccessKeySecret": SECRET, "SecurityToken": TOKEN}
    keys = {"Code": "Success", **keys, "Expiration": "2099-01-01T00:00:00Z", **changes}
    return {key: value for key, value in keys.items() if value is not None}


@pytest.fixture(name="hosts")
def _hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosts]:
    """All hosts: the metadata service with the role ``ci``, and the credentials URI."""
    for name in ("environment_ecs_metadata", "environment_ecs_metadata_disabled"):  # as they were at the import
        monkeypatch.setattr(f"alibabacloud_credentials.utils.auth_util.{name}", "" if "disabled" in name else None)
    with in_thread(Hosts()) as there:
        monkeypatch.setenv("HTTP_PROXY", there.url)
        there.answers = {
            "/latest/api/token": Answer("metadata-token"),
            METADATA: Answer("ci"),
            f"{METADATA}ci": given("ecs"),
            "/keys": given("uri"),
        }
        yield there


def test_the_role_of_an_instance_comes_before_the_uri(home: Home, hosts: Hosts) -> None:
    credential, roles = home.set(ALIBABA_CLOUD_CREDENTIALS_URI=URI).find()
    model = model_of(credential)
    assert (model.access_key_id, model.access_key_secret, model.security_token) == ("STS.ecs", SECRET, TOKEN)
    assert (model.type, roles, credential.source) == ("sts", [], "the ECS instance's role")
    assert URI not in hosts.urls() and set(credential.secrets) == {SECRET, TOKEN}
    tokens = {request.headers["x-aliyun-ecs-metadata-token"] for request in hosts.requests if request.method == "GET"}
    assert tokens == {"metadata-token"}


@pytest.mark.parametrize(
    "absent",
    [
        {METADATA: DROP},
        {METADATA: MISSING},
        {"/latest/api/token": DROP, METADATA: DROP},
        {f"{METADATA}ci": MISSING},
    ],
    ids=["unreachable", "no role", "nothing there", "role gone"],
)
def test_where_no_role_is_there_the_uri_is_asked(absent: dict[str, Any], home: Home, hosts: Hosts) -> None:
    hosts.answers.update(absent)
    credential, dummy = home.set(ALIBABA_CLOUD_CREDENTIALS_URI=URI).find()
    assert credential.source == "the default credential chain" and credential.secrets == ()
    assert model_of(credential).access_key_id == "STS.uri"
    assert "ALIBABA_CLOUD_CREDENTIALS_URI" in credential.source and set(credential.secrets) == {SECRET, TOKEN}
    # What was found is kept to.
    hosts.requests.clear()
    assert model_of(credential).access_key_id == "STS.uri" and hosts.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer("", 403), id="refuses"),
        pytest.param(Answer("", 500), id="fails"),
        pytest.param(Answer(""), id="nothing"),
        pytest.param(Answer("<html>"), id="no JSON"),
        pytest.param(Answer([]), id="a list"),
        pytest.param(Answer({}), id="without a code"),
        pytest.param(given("ecs", Code="Failed"), id="another code"),
        pytest.param(given("ecs", AccessKeyId=None), id="without the ID"),
        pytest.param(given("ecs", AccessKeySecret=""), id="without the secret"),
        pytest.param(given("ecs", Expiration=None), id="without an end"),
        pytest.param(given("ecs", Expiration="tomorrow"), id="an end that is no time"),
        pytest.param(given("ecs", Expiration="2020-01-01T00:00:00Z"), id="ended"),
    ],
)
def test_a_role_that_gives_no_keys_is_not_passed_over(answer: Any, home: Home, hosts: Hosts) -> None:
    hosts.answers[f"{METADATA}ci"] = answer
    credential, dummy = home.set(ALIBABA_CLOUD_CREDENTIALS_URI=URI).find()
    with pytest.raises(CredentialsError, match="The ECS instance's role gave no") as caught:
        model_of(credential)
    assert URI not in hosts.urls() and CANARY not in caught.value.message


def test_where_nothing_is_there_all_that_was_tried_is_told(home: Home, hosts: Hosts) -> None:
    hosts.answers = {"/keys": DROP}
    credential, dummy = home.set(ALIBABA_CLOUD_CREDENTIALS_URI=URI).find()
    with pytest.raises(CredentialsError, match="No credentials were found") as caught:
        model_of(credential)
    assert (
        "The ECS instance's role is not there. The URI in ALIBABA_CLOUD_CREDENTIALS_URI cannot" in caught.value.message
    )


@pytest.mark.parametrize("switch", ["true", "TRUE", "false", None])
def test_a_metadata_service_without_tokens(switch: str | None, home: Home, hosts: Hosts) -> None:
    hosts.answers["/latest/api/token"] = Answer("", 403)
    credential, dummy = home.set(**{"ALIBABA_CLOUD_IMDSV1_DISABLED": switch} if switch else {}).find()
    if str(switch).lower() == "true":
        with pytest.raises(CredentialsError, match="gave no credentials.*HttpCode=403"):
            model_of(credential)
        assert hosts.urls() == []
    else:
        assert model_of(credential).access_key_id == "STS.ecs"


@pytest.mark.parametrize("how", ["variable", "cli", "ini"])
def test_the_role_of_an_instance_can_be_named(how: str, home: Home, hosts: Hosts) -> None:
    hosts.answers[f"{METADATA}other"] = given("other")
    if how == "variable":
        home.set(ALIBABA_CLOUD_ECS_METADATA="other", ALIBABA_CLOUD_CREDENTIALS_URI=URI)
    elif how == "cli":
        home.cli({"name": "p", "mode": "EcsRamRole", "ram_role_name": "other"}, current="p")
    else:
        home.ini("[default]\ntype = ecs_ram_role\nrole_name = other\n")
    before = threading.enumerate()
    credential, roles = home.find()
    assert model_of(credential).access_key_id == "STS.other" and roles == []
    assert hosts.urls() == [f"http://100.100.100.200{METADATA}other"]
    assert threading.enumerate() == before  # none may be there when Ansible forks


@pytest.mark.parametrize("how", ["cli", "ini"])
def test_a_profile_of_an_instance_that_names_no_role(how: str, home: Home, hosts: Hosts) -> None:
    if how == "cli":
        home.cli({"name": "p", "mode": "EcsRamRole", "ram_role_name": ""}, current="p")
    else:
        home.ini("[default]\ntype = ecs_ram_role\n")
    assert model_of(home.find()[0]).access_key_id == "STS.ecs"


class Oidc:
    """STS, as a server that the SDK trusts, and what was asked of it."""

    def __init__(self, home: Home, there: Hosts) -> None:
        self.server = there
        self.endpoint = there.endpoint
        self._home = home

    def credential(self, **options: Any) -> Any:
        return self._home.find(**{"sts_endpoint": self.endpoint, **options})[0]

    def query(self) -> dict[str, list[str]]:
        (request,) = self.server.requests
        return parse_qs(urlsplit(request.target).query)


@pytest.fixture(name="oidc")
def _oidc(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Iterator[Oidc]:
    monkeypatch.setenv("SSL_CERT_FILE", authority().bundle)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    home.set(**{**OIDC, "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(tmp_path / "token")})
    with in_thread(Hosts(authority().tls)) as there:
        there.answers["/"] = {"Credentials": given("oidc")}
        yield Oidc(home, there)


@pytest.mark.parametrize("name", ["nightly", None])
def test_what_oidc_sends(name: str | None, home: Home, oidc: Oidc) -> None:
    if name:
        home.set(ALIBABA_CLOUD_ROLE_SESSION_NAME=name)
    model = model_of(oidc.credential())
    assert (model.access_key_id, model.access_key_secret, model.security_token) == ("STS.oidc", SECRET, TOKEN)
    sent = oidc.query()
    assert (sent["Action"], sent["OIDCToken"]) == (["AssumeRoleWithOIDC"], [TOKEN])
    assert sent["RoleArn"] == [OIDC["ALIBABA_CLOUD_ROLE_ARN"]]
    assert sent["OIDCProviderArn"] == [OIDC["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"]]
    assert sent["RoleSessionName"] == [name or "alicloud-ram-ansible"]


@pytest.mark.parametrize("how", ["cli", "ini"])
def test_oidc_of_a_profile(how: str, home: Home, oidc: Oidc, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes nothing of what the environment says, which is of another role."""
    for name in ("role_arn", "oidc_provider_arn", "role_session_name"):
        monkeypatch.setattr(f"alibabacloud_credentials.utils.auth_util.environment_{name}", "of-environment")
    path = home.environ["ALIBABA_CLOUD_OIDC_TOKEN_FILE"]
    parts = {"oidc_provider_arn": "acs:ram::1:oidc-provider/p"}
    if how == "cli":
        parts.update(name="p", mode="OIDC", ram_role_arn=arn("p"), oidc_token_file=path, expired_seconds=900)  # type: ignore[call-overload]
        home.cli(parts)
    else:
        parts.update(type="oidc_role_arn", role_arn=arn("p"), oidc_token_file_path=path)
        home.ini("[p]\n" + "".join(f"{key} = {value}\n" for key, value in parts.items()))
    assert model_of(oidc.credential(profile="p")).access_key_id == "STS.oidc"
    sent = oidc.query()
    assert sent["RoleArn"] == [arn("p")] and sent["OIDCProviderArn"] == ["acs:ram::1:oidc-provider/p"]
    assert sent["RoleSessionName"] == ["alicloud-ram-ansible"]
    assert sent["DurationSeconds"] == ["900" if how == "cli" else "3600"]


def test_a_session_of_oidc_is_not_renewed_at_each_call(oidc: Oidc, monkeypatch: pytest.MonkeyPatch) -> None:
    now = int(time.time())
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + 900))
    oidc.server.answers["/"] = {"Credentials": given("oidc", Expiration=ends)}
    credential = oidc.credential()
    asked = []
    for passed in (0, 1, 599, 601):
        monkeypatch.setattr("time.time", lambda passed=passed: now + passed)
        model_of(credential)
        asked.append(len(oidc.server.requests))
    assert asked == [1, 1, 1, 2]


def test_oidc_goes_through_the_proxy(oidc: Oidc) -> None:
    with in_thread(Hosts()) as proxy:
        credential = oidc.credential(proxy=proxy.url)
        with pytest.raises(CredentialsError, match="OIDC.*cannot be reached"):
            model_of(credential)
        assert proxy.urls("CONNECT") == [oidc.endpoint] and oidc.server.requests == []


def test_oidc_waits_for_an_answer_no_longer_than_it_is_told_to(oidc: Oidc) -> None:
    oidc.server.answers["/"] = slow
    with pytest.raises(CredentialsError, match="OIDC.*cannot be reached"):
        model_of(oidc.credential(read_timeout=0.2))


# Sessions of roles


class Sts:
    """The side of STS: it answers AssumeRole, and can be told to fail."""

    def __init__(self, lasts: float = 3600, **changes: Any) -> None:
        self.lasts = lasts
        self.changes = changes
        self.clock = Clock()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.error: Exception | None = None

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        self.calls.append((operation, parameters))
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        number = len(self.calls)
        answer: dict[str, Any] = {
            "Credentials": {
                "AccessKeyId": f"STS.{number}",
                "AccessKeySecret": SECRET,
                "SecurityToken": TOKEN,
                "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.lasts)),
            },
            "AssumedRoleUser": {"Arn": f"{ROLE.role_arn}/{ROLE.session_name}"},
        }
        for path, value in self.changes.items():
            part, dummy, key = path.partition("__")
            target = answer[part] if key else answer
            if value is None:
                del target[key or part]
            else:
                target[key or part] = value
        return answer


ROLE = AssumeRole(arn("Access"), "me", 7200)


def session(sts: Sts, work: Callable[[AssumedRole], Any], role: AssumeRole = ROLE) -> Any:
    async def main() -> Any:
        result = work(AssumedRole(sts, role))
        return await result if inspect.isawaitable(result) else result

    return asyncio.run(main())


async def ids(credential: AssumedRole, count: int) -> list[str]:
    return [(await credential.get_credential_async()).access_key_id for dummy in range(count)]


def test_a_role_is_assumed_once_and_late() -> None:
    sts = Sts()

    async def work(credential: AssumedRole) -> list[str]:
        assert sts.calls == [] and credential.arn == ""
        found = await ids(credential, 3)
        assert credential.arn == f"{ROLE.role_arn}/me"
        assert CANARY not in repr(credential) and CANARY not in credential.source
        return found

    assert session(sts, work) == ["STS.1"] * 3
    assert sts.calls == [("AssumeRole", {"RoleArn": ROLE.role_arn, "RoleSessionName": "me", "DurationSeconds": 7200})]


def test_the_session_is_what_the_sdk_gets() -> None:
    model = session(Sts(), lambda credential: credential.get_credential_async())
    assert (model.access_key_id, model.access_key_secret, model.security_token) == ("STS.1", SECRET, TOKEN)
    assert model.type == "sts"


def test_an_external_id_and_a_policy_are_sent() -> None:
    sts = Sts()
    session(sts, lambda credential: ids(credential, 1), AssumeRole(arn("Access"), external_id="word", policy="{}"))
    assert sts.calls[0][1]["ExternalId"] == "word" and sts.calls[0][1]["Policy"] == "{}"


def test_calls_at_once_share_one_session() -> None:
    sts = Sts()

    async def work(credential: AssumedRole) -> set[str]:
        models = await asyncio.gather(*(credential.get_credential_async() for dummy in range(10)))
        return {model.access_key_id for model in models}

    assert session(sts, work) == {"STS.1"} and len(sts.calls) == 1


@pytest.mark.parametrize(
    "asked, lasts, used",
    [
        (7200, 7200, 6900),
        (1800, 1800, 1500),
        (900, 900, 600),
        # STS gave less than was asked for, or this machine's clock is ahead.
        (3600, 90, 60),
        (3600, 0, 40),
        (3600, -7200, 40),
        # This machine's clock is behind: no session lives longer than was asked for.
        (900, 1740, 600),
    ],
)
def test_a_session_is_used_and_renewed_in_time(
    asked: int, lasts: float, used: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    sts, now = Sts(lasts=lasts), int(time.time())

    async def work(credential: AssumedRole) -> list[str]:
        found = []
        for passed in (0, 1, used - 1, used + 1, used + 2):
            monkeypatch.setattr("time.time", lambda passed=passed: now + passed)
            found += await ids(credential, 1)
        return found

    monkeypatch.setattr("time.time", lambda: now)
    role = AssumeRole(arn("Access"), duration_seconds=asked)
    assert session(sts, work, role) == ["STS.1", "STS.1", "STS.1", "STS.2", "STS.2"]


def test_a_session_said_to_have_ended_is_replaced() -> None:
    sts = Sts()

    async def work(credential: AssumedRole) -> list[str]:
        found = await ids(credential, 2)
        credential.expire()
        return found + await ids(credential, 2)

    assert session(sts, work) == ["STS.1", "STS.1", "STS.2", "STS.2"]


def test_a_role_that_cannot_be_assumed_is_named_and_asked_for_again() -> None:
    sts = Sts()
    sts.error = ApiError("the host is away.", "Busy", 503)

    async def work(credential: AssumedRole) -> list[str]:
        # Not of the error's own class: what failed is not the call that is made with the session.
        with pytest.raises(CredentialsError) as caught:
            await credential.get_credential_async()
        assert caught.value.details == {"code": "Busy", "account_id": ROLE.account_id}
        assert caught.value.message == f"assume_role {ROLE.role_arn}: the host is away."
        sts.error = None
        return await ids(credential, 1)

    assert session(sts, work) == ["STS.2"]


@pytest.mark.parametrize(
    "changes",
    [
        {"Credentials": None},
        {"Credentials": {}},
        {"Credentials__AccessKeyId": None},
        {"Credentials__AccessKeySecret": None},
        {"Credentials__SecurityToken": None},
        {"Credentials__Expiration": None},
        {"Credentials__Expiration": "tomorrow"},
        {"AssumedRoleUser": None},
        {"AssumedRoleUser__Arn": None},
    ],
    ids=lambda changes: "=".join(f"{name}={value}" for name, value in changes.items()),
)
def test_an_answer_that_lacks_something(changes: dict[str, Any]) -> None:
    with pytest.raises(CredentialsError, match="gave an incomplete answer") as caught:
        session(Sts(**changes), lambda credential: ids(credential, 1))
    assert ROLE.role_arn in caught.value.message and CANARY not in caught.value.message


@pytest.mark.parametrize(
    "wrong", ["", "x", "acs:ram::1000000000000001", "acs:ram::me:role/Access/me", "acs:ram:role/Access/me"]
)
def test_a_session_whose_arn_tells_no_account(wrong: str) -> None:
    with pytest.raises(CredentialsError, match="which is not the ARN of a session") as caught:
        session(Sts(AssumedRoleUser__Arn=wrong), lambda credential: ids(credential, 1))
    assert ROLE.role_arn in caught.value.message and repr(wrong) in caught.value.message


def test_a_session_tells_its_account() -> None:
    credential = AssumedRole(Sts(), ROLE)
    assert (credential.arn, credential.account_id) == ("", "")
    asyncio.run(credential.get_credential_async())
    assert (credential.arn, credential.account_id) == (
        f"{ROLE.role_arn}/{ROLE.session_name}",
        ROLE.role_arn.split(":")[3],
    )


def test_keys_do_not_show_themselves() -> None:
    keys = StaticCredential("LTAI", SECRET, TOKEN, "the options")
    assert CANARY not in repr(keys) + str(keys) + f"{keys}"
    assert repr(keys) == "<StaticCredential of the options>"


def test_settings_do_not_show_secrets() -> None:
    role = AssumeRole(arn("Access"), external_id=f"{CANARY}-id")
    settings = Settings(access_key_secret=SECRET, security_token=TOKEN, proxy=f"http://me:{CANARY}@p", assume_role=role)
    assert CANARY not in repr(settings) and "Access" in repr(settings)


# What is there, but not as it should be


def test_a_credentials_file_that_cannot_be_read_is_not_passed_over(home: Home) -> None:
    home.ini_file.parent.mkdir()
    home.ini_file.mkdir()
    assert str(home.ini_file) in home.refusal()


def test_a_credentials_file_that_is_named_but_missing(home: Home) -> None:
    assert "/nowhere.ini" in home.set(ALIBABA_CLOUD_CREDENTIALS_FILE="/nowhere.ini").refusal()


def test_a_session_of_the_credentials_file_without_its_token(home: Home) -> None:
    home.ini(f"[default]\ntype = sts\naccess_key_id = x\naccess_key_secret = {SECRET}\n")
    assert "security_token is missing" in home.refusal()


@pytest.mark.parametrize("current", [None, ["a"], {"a": 1}])
def test_profiles_without_a_current_one(current: Any, home: Home) -> None:
    assert "current" in home.cli(ak("a"), current=current).ini(INI).refusal()


def test_a_source_profile_that_is_no_name(home: Home) -> None:
    assert "source_profile is not a text" in home.cli(chained("a", ["b"]), current="a").refusal()
