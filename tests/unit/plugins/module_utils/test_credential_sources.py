# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every source of credentials with every fault in every one of its parts.

A message names the place in the user's words, shows no value, and no later source is used instead, although each is there.
"""

from __future__ import annotations

import asyncio
import json
import pathlib
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.credentials import resolve_credentials
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import Settings
from ansible_collections.alicloud.ram.plugins.module_utils._errors import CredentialsError

pytest.importorskip("alibabacloud_credentials")

CANARY = "canary"
ARN, PROVIDER = "acs:ram::1000000000000001:role/Access", "acs:ram::1000000000000001:oidc-provider/p"
KEYS = {"access_key_id": f"LTAI{CANARY}", "access_key_secret": f"{CANARY}-secret"}
ROLE = {"ram_role_arn": ARN}
ROLE_OPTIONS = {"ram_session_name": "me", "expired_seconds": 900, "external_id": f"{CANARY}-id", "policy": '{"a": 1}'}
SSO = {"cloud_sso_sign_in_url": "https://sso.example.com", "cloud_sso_account_id": "1", "cloud_sso_access_config": "ac"}


@dataclass(frozen=True)
class Source:
    """Parts that are needed and parts that are not; ``files`` and ``free`` may contain any letters."""

    kind: str
    needed: dict[str, Any]
    optional: dict[str, Any] = field(default_factory=dict)
    free: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    # Without these, in the environment, it is not this source that is meant.
    marks: tuple[str, ...] = ()

    @property
    def parts(self) -> dict[str, Any]:
        return {**self.needed, **self.optional}


def cli(mode: str, needed: dict[str, Any], optional: dict[str, Any] | None = None, **more: Any) -> Source:
    return Source("cli", {"mode": mode, **needed}, optional or {}, **more)


def ini(kind: str, needed: dict[str, Any], optional: dict[str, Any] | None = None, **more: Any) -> Source:
    return Source("ini", {"type": kind, **needed}, optional or {}, **more)


OIDC = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE"
VARIABLES = {f"ALIBABA_CLOUD_{name.upper()}": value for name, value in KEYS.items()}
SOURCES = {
    "options": Source("options", KEYS, {"security_token": f"{CANARY}-token"}),
    "environment": Source("environment", VARIABLES, {"ALIBABA_CLOUD_SECURITY_TOKEN": f"{CANARY}-token"}),
    "OIDC": Source(
        "environment",
        {OIDC[0]: PROVIDER, OIDC[1]: "FILE", "ALIBABA_CLOUD_ROLE_ARN": ARN},
        {"ALIBABA_CLOUD_ROLE_SESSION_NAME": "me"},
        files=(OIDC[1],),
    ),
    "AK": cli("AK", KEYS),
    "StsToken": cli("StsToken", {**KEYS, "sts_token": f"{CANARY}-token"}),
    "RamRoleArn": cli(
        "RamRoleArn", {**KEYS, **ROLE}, {**ROLE_OPTIONS, "sts_token": f"{CANARY}-token"}, free=("policy",)
    ),
    "ChainableRamRoleArn": cli(
        "ChainableRamRoleArn", {"source_profile": "base", **ROLE}, ROLE_OPTIONS, free=("policy", "source_profile")
    ),
    "EcsRamRole": cli("EcsRamRole", {}, {"ram_role_name": "ci"}),
    "OIDC profile": cli(
        "OIDC",
        {"oidc_provider_arn": PROVIDER, "oidc_token_file": "FILE", **ROLE},
        {"ram_session_name": "me", "expired_seconds": 900, "policy": "{}", "sts_region": "cn-hangzhou"},
        free=("policy",),
        files=("oidc_token_file",),
    ),
    "CredentialsURI": cli("CredentialsURI", {"credentials_uri": f"http://127.0.0.1:1/{CANARY}"}),
    "CloudSSO": cli("CloudSSO", {**SSO, "access_token": f"{CANARY}-token", "cloud_sso_access_token_expire": 2**32}),
    "OAuth": cli(
        "OAuth",
        {
            "oauth_access_token": f"{CANARY}-access",
            "oauth_refresh_token": f"{CANARY}-refresh",
            "oauth_access_token_expire": 2**32,
        },
        {"oauth_site_type": "CN", "sts_expiration": 1},
    ),
    "External": cli("External", {"process_command": f"echo {CANARY}"}, free=("process_command",)),
    "access_key": ini("access_key", KEYS),
    "sts": ini("sts", {**KEYS, "security_token": f"{CANARY}-token"}),
    "ram_role_arn": ini(
        "ram_role_arn", {**KEYS, "role_arn": ARN}, {"role_session_name": "me", "policy": "{}"}, free=("policy",)
    ),
    "oidc_role_arn": ini(
        "oidc_role_arn",
        {"role_arn": ARN, "oidc_provider_arn": PROVIDER, "oidc_token_file_path": "FILE"},
        {"role_session_name": "me", "policy": "{}"},
        free=("policy",),
        files=("oidc_token_file_path",),
    ),
    "ecs_ram_role": ini("ecs_ram_role", {}, {"role_name": "ci"}),
    "rsa_key_pair": ini(
        "rsa_key_pair", {"public_key_id": "p", "private_key_file": "FILE"}, files=("private_key_file",)
    ),
    "metadata": Source("environment", {}, {"ALIBABA_CLOUD_ECS_METADATA": "ci"}),
    "URI": Source("environment", {"ALIBABA_CLOUD_CREDENTIALS_URI": f"http://127.0.0.1:1/{CANARY}"}),
}
CASES = [(name, part) for name, source in SOURCES.items() for part in source.parts]

NUMBERS = ("expired_seconds",)
EXACT = ("cloud_sso_access_token_expire", "oauth_access_token_expire", "sts_expiration")
BLANK = (" ", "\t", "\u00a0")
INVISIBLE = ("a b", "a\n", "a\u00a0b", "a\u200bb", "\x1b[31ma", "a\0")
WRONG_TYPES = (7, 1.5, True, ["a"], {"a": "b"})
NEITHER_NUMBER = ("long", "-1", [1], {"a": 1}, True, 1.5)


@pytest.fixture(name="home", autouse=True)
def _home(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    # As the SDK read them when it was imported.
    for name in ("ecs_metadata", "role_arn", "oidc_provider_arn", "oidc_token_file", "role_session_name", "sts_region"):
        monkeypatch.setattr(f"alibabacloud_credentials.utils.auth_util.environment_{name}", None)
    monkeypatch.setattr("alibabacloud_credentials.utils.auth_util.environment_ecs_metadata_disabled", "false")
    (tmp_path / "file").write_text("a token", encoding="utf-8")
    return tmp_path


class Place:
    """A source with these parts, and complete ones after it in the chain."""

    def __init__(self, home: pathlib.Path, source: Source, parts: dict[str, Any]) -> None:
        parts = {key: str(home / "file") if value == "FILE" else value for key, value in parts.items()}
        self.environ: dict[str, str] = {"HOME": str(home)}
        self.options: dict[str, Any] = {}
        self.words: list[str] = []
        cli_file, ini_file = home / ".aliyun" / "config.json", home / ".alibabacloud" / "credentials.ini"
        complete = {"name": "base", "mode": "AK", "access_key_id": "later", "access_key_secret": "later"}
        profiles, sections = [complete], {"default": {"type": "access_key", **KEYS, "access_key_id": "later"}}
        if source.kind == "options":
            self.options = parts
        elif source.kind == "environment":
            self.environ.update(parts)
        elif source.kind == "cli":
            self.options = {"profile": "it"}
            profiles.append({**parts, "name": "it"})
            sections["it"] = sections["default"]
            self.words = ["'it'", str(cli_file)]
        else:
            self.options = {"profile": "it"}
            sections["it"] = parts
            self.words = ["'it'", str(ini_file)]
        last = not {"ALIBABA_CLOUD_ECS_METADATA", "ALIBABA_CLOUD_CREDENTIALS_URI"} & set(source.parts)
        for path in (cli_file, ini_file):
            path.parent.mkdir(exist_ok=True)
        if last:
            cli_file.write_text(json.dumps({"current": "base", "profiles": profiles}), encoding="utf-8")
            text = "".join(
                f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in section.items())
                for name, section in sections.items()
            )
            ini_file.write_text(text, encoding="utf-8")

    def find(self) -> Any:
        return resolve_credentials(Settings(**self.options), self.environ)

    def message(self) -> str:
        """Why it is refused, when it is looked for or when it is used."""
        with pytest.raises(CredentialsError) as caught:
            credential, dummy = self.find()
            pytest.fail(f"taken: {asyncio.run(credential.get_credential_async())}")
        shown = f"{caught.value.message} {caught.value.details}"
        assert CANARY not in shown and "later" not in shown
        for word in self.words:
            assert word in caught.value.message
        return caught.value.message


@pytest.mark.parametrize("name", SOURCES)
def test_a_complete_source_is_found(name: str, home: pathlib.Path) -> None:
    source = SOURCES[name]
    for parts in (source.parts, source.needed):
        if parts:
            credential, dummy = Place(home, source, parts).find()
            assert "later" != getattr(credential, "access_key_id", "") or name == "ChainableRamRoleArn"


@pytest.mark.parametrize("name, part", CASES)
def test_a_part_that_is_absent_or_empty(name: str, part: str, home: pathlib.Path) -> None:
    source = SOURCES[name]
    absent = {key: value for key, value in source.parts.items() if key != part}
    kinds = [absent, *([] if part in EXACT else [{**source.parts, part: ""}])] + (
        [{**source.parts, part: None}] if source.kind == "cli" else []
    )
    for parts in kinds:
        if part not in source.needed:
            Place(home, source, parts).find()
        elif source.needed.keys() - {part}:
            assert f"{part} is missing" in Place(home, source, parts).message()


def spoilt(source: Source, part: str) -> list[Any]:
    """Values that this part cannot have."""
    if part in NUMBERS:
        return [*NEITHER_NUMBER, 899, 43201, "899", 10**12]
    if part in EXACT:
        return ["1", "long", [1], {"a": 1}, True]
    values: list[Any] = list(BLANK)
    if part not in source.free + source.files:
        values += INVISIBLE
    if source.kind == "ini":
        # The parser takes what surrounds a value, and the next line is not its.
        return [value for value in values if value.strip() == value and not set(value) & set("\n\0")]
    if source.kind == "cli":
        values += WRONG_TYPES
    return [value for value in values if source.kind != "environment" or "\0" not in value]


@pytest.mark.parametrize("name, part", CASES)
def test_a_part_that_cannot_be_meant(name: str, part: str, home: pathlib.Path) -> None:
    source = SOURCES[name]
    for value in spoilt(source, part):
        message = Place(home, source, {**source.parts, part: value}).message()
        assert part in message, (value, message)
        assert message.isprintable(), message


@pytest.mark.parametrize("name", [name for name, source in SOURCES.items() if source.files])
def test_a_file_that_is_named(name: str, home: pathlib.Path) -> None:
    source = SOURCES[name]
    (part,) = source.files
    (home / "directory").mkdir()
    (home / "empty").touch()
    (home / "binary").write_bytes(b"\xff\xfe\x00")
    for path, reason in (
        ("nowhere", "does not exist"),
        ("nowhere/at/all", "does not exist"),
        ("directory", "cannot be read: Is a directory"),
        ("empty", "is empty"),
        ("binary", "it is not UTF-8 text"),
    ):
        message = Place(home, source, {**source.parts, part: str(home / path)}).message()
        assert f"{part} names the file '{home / path}'" in message and reason in message


@pytest.mark.parametrize("mode", ["", None, "ak", "RsaKeyPair", "BearerToken", "Anonymous", "NoSuchMode"])
def test_a_mode_that_is_not_supported(mode: str | None, home: pathlib.Path) -> None:
    message = Place(home, SOURCES["AK"], {**KEYS, "mode": mode}).message()
    assert ("mode is missing" if not mode else f"mode '{mode}' is not supported") in message
    assert "Supported modes: AK, StsToken, RamRoleArn, ChainableRamRoleArn, EcsRamRole, OIDC, CredentialsURI" in message


@pytest.mark.parametrize("kind", ["", "bearer", "AK"])
def test_a_type_that_is_not_supported(kind: str, home: pathlib.Path) -> None:
    message = Place(home, SOURCES["access_key"], {**KEYS, "type": kind}).message()
    assert ("type is missing" if not kind else f"type '{kind}' is not supported") in message
    assert "Supported types: access_key, sts, " in message


URIS = ("ftp://h/", "h/keys", "http://", "http://h:0/", "http://h:x/", "http://[::1/", "file:///etc/passwd")


@pytest.mark.parametrize("name", ["URI", "CredentialsURI"])
def test_what_is_no_uri_of_credentials(name: str, home: pathlib.Path) -> None:
    source = SOURCES[name]
    (part,) = [part for part in source.parts if "uri" in part.lower()]
    for uri in URIS:
        assert f"{part} is not a URL" in Place(home, source, {**source.parts, part: f"{uri}?{CANARY}"}).message()


@pytest.mark.parametrize("name", ["EcsRamRole", "ecs_ram_role", "metadata"])
def test_what_is_no_name_of_an_instance_role(name: str, home: pathlib.Path) -> None:
    source = SOURCES[name]
    (part,) = source.optional
    for value in ("../x", "a?b", "a/b", "%2e", "x" * 65):
        assert f"{part} is not the name of a role" in Place(home, source, {**source.parts, part: value}).message()


# What the parts of a role may be is checked as the options are, by the profile's names.
@pytest.mark.parametrize(
    "name, part, value",
    [
        ("RamRoleArn", "ram_role_arn", "Access"),
        ("ChainableRamRoleArn", "ram_role_arn", "acs:ram::x:role/a"),
        ("ram_role_arn", "role_arn", "Access"),
        ("RamRoleArn", "ram_session_name", "a/b"),
        ("ram_role_arn", "role_session_name", "x"),
        ("RamRoleArn", "external_id", "{"),
    ],
)
def test_a_role_of_a_profile_that_cannot_be(name: str, part: str, value: str, home: pathlib.Path) -> None:
    source = SOURCES[name]
    assert f": {part}: " in Place(home, source, {**source.parts, part: value}).message()


SHORTER = {
    "ALICLOUD_ACCESS_KEY": "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALICLOUD_SECRET_KEY": "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALICLOUD_ACCESS_KEY_ID": "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALICLOUD_ACCESS_KEY_SECRET": "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALICLOUD_SECURITY_TOKEN": "ALIBABA_CLOUD_SECURITY_TOKEN",
    "ALICLOUD_PROFILE": "ALIBABA_CLOUD_PROFILE",
    "ALIBABACLOUD_ACCESS_KEY_ID": "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABACLOUD_ACCESS_KEY_SECRET": "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABACLOUD_SECRET_ACCESS_KEY": "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABACLOUD_SECURITY_TOKEN": "ALIBABA_CLOUD_SECURITY_TOKEN",
    "ALIBABA_CLOUD_ACCESS_KEY": "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_SECRET_KEY": "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_STS_TOKEN": "ALIBABA_CLOUD_SECURITY_TOKEN",
    "ALIYUN_ACCESS_KEY_ID": "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "alibaba_cloud_access_key_id": "ALIBABA_CLOUD_ACCESS_KEY_ID",
}


@pytest.mark.parametrize("name", SHORTER)
def test_a_variable_that_other_tools_read(name: str, home: pathlib.Path) -> None:
    environ = {"HOME": str(home), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}

    def message(**more: str) -> str:
        credential, dummy = resolve_credentials(Settings(), {**environ, **more})
        with pytest.raises(CredentialsError, match="^No credentials were found") as caught:
            asyncio.run(credential.get_credential_async())
        assert CANARY not in caught.value.message
        return caught.value.message

    assert f"{name} (here: {SHORTER[name]})" in message(**{name: CANARY})
    assert name not in message(**{name: ""}).split(" Give access_key_id")[0]
    # So do half ones say it.
    half = {SHORTER[name]: ""} if "KEY" in SHORTER[name] else {}
    if half:
        other = {"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"} - set(half)
        with pytest.raises(CredentialsError) as caught:
            resolve_credentials(Settings(), {**environ, other.pop(): CANARY, name: CANARY})
        assert f"{SHORTER[name]} is missing" in caught.value.message and f"{name} (here: " in caught.value.message


def test_other_variables_are_not_taken_for_credentials(home: pathlib.Path) -> None:
    environ = {"HOME": str(home), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}
    for name in ("ALIBABA_CLOUD_REGION_ID", "ALICLOUD_REGION", "AWS_ACCESS_KEY_ID", "ALIBABA_CLOUD_RAM_ENDPOINT"):
        credential, dummy = resolve_credentials(Settings(), {**environ, name: "x"})
        with pytest.raises(CredentialsError) as caught:
            asyncio.run(credential.get_credential_async())
        assert "environment variables are set" not in caught.value.message


@pytest.mark.parametrize("content", ["directory", '{"profiles": [{"name": "p", "mode": "AK"}]}', '{"current": "p"}'])
def test_a_configuration_that_names_no_profile(content: str, home: pathlib.Path) -> None:
    place = Place(home, SOURCES["environment"], {})
    path = home / ".aliyun" / "config.json"
    path.unlink()
    if content == "directory":
        path.mkdir()
    else:
        path.write_text(content, encoding="utf-8")
    message = place.message()
    assert str(path) in message and ("current" in message or content == "directory")
