# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shared options: what is taken, what is refused and by which name, and what is never shown."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import (
    ASSUME_ROLE_SPEC,
    CONNECTION_SPEC,
    AssumeRole,
    Settings,
    account_id_of,
)
from ansible_collections.alicloud.ram.plugins.module_utils._engine.options import check_arguments
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError

ARN = "acs:ram::1000000000000001:role/Access"


def refusal(make: Any, params: dict[str, Any]) -> str:
    with pytest.raises(DeclarationError) as caught:
        make(params)
    return caught.value.message


# AssumeRole


def test_a_role_by_its_arn() -> None:
    role = AssumeRole.from_params({"role_arn": ARN})
    assert role == AssumeRole(ARN, "alicloud-ram-ansible", 3600, None)
    assert role.account_id == "1000000000000001"


def test_a_role_by_account_and_name() -> None:
    role = AssumeRole.from_params(
        {
            "account_id": " 1000000000000001 ",
            "role_name": "Access",
            "session_name": "me@host",
            "duration_seconds": 1800,
            "external_id": "shared:word",
        }
    )
    assert role == AssumeRole(ARN, "me@host", 1800, "shared:word")


@pytest.mark.parametrize(
    "params, names",
    [
        ({"role_arn": ""}, "role_arn"),
        ({"role_arn": "Access"}, "role_arn"),
        ({"role_arn": f"{ARN}/session"}, "role_arn"),
        ({"role_arn": f"{ARN}\n"}, "role_arn"),
        ({"role_arn": f"{ARN}{'x' * 60}"}, "role_arn"),
        ({"role_arn": "acs:ram::1:user/alice"}, "role_arn"),
        ({"role_arn": "acs:ram::one:role/Access"}, "role_arn"),
        ({"role_arn": "acs:ram:::role/Access"}, "role_arn"),
        ({"account_id": "hub", "role_name": "Access"}, "account_id"),
        ({"account_id": "", "role_name": "Access"}, "account_id"),
        ({"account_id": "1", "role_name": ""}, "role_name"),
        ({"account_id": "1", "role_name": None}, "role_name"),
        ({"account_id": "1", "role_name": "a/b"}, "role_name"),
        ({"account_id": "1", "role_name": "x" * 65}, "role_name"),
        ({"role_arn": ARN, "session_name": "x"}, "session_name"),
        ({"role_arn": ARN, "session_name": "x" * 65}, "session_name"),
        ({"role_arn": ARN, "session_name": "a b"}, "session_name"),
        ({"role_arn": ARN, "duration_seconds": 899}, "duration_seconds"),
        ({"role_arn": ARN, "duration_seconds": 43201}, "duration_seconds"),
        ({"role_arn": ARN, "duration_seconds": 0}, "duration_seconds"),
        ({"role_arn": ARN, "duration_seconds": -1}, "duration_seconds"),
        ({"role_arn": ARN, "external_id": "x"}, "external_id"),
        ({"role_arn": ARN, "external_id": "x" * 1225}, "external_id"),
        ({"role_arn": ARN, "external_id": "a b"}, "external_id"),
        ({"role_arn": ARN, "external_id": "\u00e9\u00e9"}, "external_id"),
    ],
)
def test_a_refused_role_names_its_option(params: dict[str, Any], names: str) -> None:
    assert refusal(AssumeRole.from_params, params).startswith(f"assume_role.{names}: ")


@pytest.mark.parametrize("params", [{}, {"role_name": "Access"}, {"account_id": None, "role_name": "Access"}])
def test_a_role_that_is_not_named(params: dict[str, Any]) -> None:
    assert refusal(AssumeRole.from_params, params).startswith("assume_role: role_arn is missing")


@pytest.mark.parametrize(
    "params",
    [
        {"role_arn": ARN, "duration_seconds": 43200},
        {"role_arn": ARN, "session_name": "ab", "external_id": "ab"},
        {"role_arn": ARN, "session_name": "a" * 64, "external_id": "b" * 1224},
        {"account_id": 1, "role_name": "x" * 64},
    ],
)
def test_the_bounds_themselves_are_allowed(params: dict[str, Any]) -> None:
    role = AssumeRole.from_params(params)
    for name, value in params.items():
        if name != "role_name":
            assert str(getattr(role, name)) == str(value)


def test_a_refusal_names_the_place_it_is_given() -> None:
    with pytest.raises(DeclarationError, match=r"^accounts entry 3\.role_name: "):
        AssumeRole.from_params({"account_id": "1", "role_name": "?"}, where="accounts entry 3")


# Settings


def test_defaults() -> None:
    settings = Settings.from_params({})
    assert settings == Settings()
    assert settings.ram_endpoint == "ram.aliyuncs.com"
    assert settings.sts_endpoint == "sts.aliyuncs.com"
    assert settings.resourcemanager_endpoint == "resourcemanager.aliyuncs.com"
    assert settings.validate_certs is True
    assert settings.assume_role is settings.account_id is settings.proxy is None


def test_the_specification_has_the_same_names_and_defaults() -> None:
    for spec, kind in ((CONNECTION_SPEC, Settings), (ASSUME_ROLE_SPEC, AssumeRole)):
        for field in dataclasses.fields(kind):
            if field.name == "policy":  # of the profiles alone
                continue
            default = None if field.default is dataclasses.MISSING else field.default
            assert spec[field.name].get("default") == default, field.name
    assert {field.name for field in dataclasses.fields(Settings)} == set(CONNECTION_SPEC)


def test_none_and_foreign_options_do_not_count() -> None:
    params = {**dict.fromkeys(CONNECTION_SPEC), "name": "p", "state": "present"}
    assert Settings.from_params(params) == Settings()


def test_every_option_arrives() -> None:
    values: dict[str, Any] = {
        "access_key_id": "LTAI",
        "access_key_secret": "s",
        "security_token": "t",
        "profile": "p",
        "account_id": "1000000000000001",
        "ram_endpoint": "one.example",
        "sts_endpoint": "two.example",
        "resourcemanager_endpoint": "three.example:8443",
        "ca_bundle": "/ca.pem",
        "validate_certs": False,
        "proxy": "http://proxy:3128",
        "no_proxy": "localhost",
        "connect_timeout": 0.5,
        "read_timeout": 1.5,
        "retry_timeout": 0.0,
        "consistency_timeout": 0.0,
    }
    settings = Settings.from_params({**values, "assume_role": {"role_arn": ARN}})
    assert {name: getattr(settings, name) for name in values} == values
    assert settings.assume_role == AssumeRole(ARN)


@pytest.mark.parametrize(
    "params, names",
    [
        ({"access_key_id": "", "access_key_secret": "s"}, "access_key_id"),
        ({"access_key_id": "LTAI", "access_key_secret": ""}, "access_key_secret"),
        ({"profile": ""}, "profile"),
        ({"account_id": ""}, "account_id"),
        ({"account_id": "my-account"}, "account_id"),
        ({"account_id": "1.0"}, "account_id"),
        ({"account_id": "\u0661"}, "account_id"),
        ({"account_id": "1" * 33}, "account_id"),
        ({"connect_timeout": 0}, "connect_timeout"),
        ({"read_timeout": -0.1}, "read_timeout"),
        ({"retry_timeout": -1}, "retry_timeout"),
        ({"consistency_timeout": -1}, "consistency_timeout"),
        ({"assume_role": {"role_arn": "x"}}, "assume_role.role_arn"),
    ],
)
def test_a_refusal_names_its_option(params: dict[str, Any], names: str) -> None:
    assert names in refusal(Settings.from_params, params).split(": ")[0]


ENDPOINTS = ["ram_endpoint", "sts_endpoint", "resourcemanager_endpoint"]


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize(
    "given, taken",
    [
        ("ram.aliyuncs.com", "ram.aliyuncs.com"),
        ("https://ram.aliyuncs.com", "ram.aliyuncs.com"),
        ("https://ram.aliyuncs.com/", "ram.aliyuncs.com"),
        (" ram-vpc.cn-hangzhou.aliyuncs.com ", "ram-vpc.cn-hangzhou.aliyuncs.com"),
        ("127.0.0.1:8443", "127.0.0.1:8443"),
        ("https://localhost:65535/", "localhost:65535"),
        ("[::1]:8443", "[::1]:8443"),
        ("[2001:db8::1]", "[2001:db8::1]"),
    ],
)
def test_endpoints(name: str, given: str, taken: str) -> None:
    assert getattr(Settings.from_params({name: given}), name) == taken


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize(
    "given",
    [
        "http://ram.aliyuncs.com",
        "ftp://ram.aliyuncs.com",
        "ram.aliyuncs.com/path",
        "ram.aliyuncs.com?x=y",
        "user:secret@ram.aliyuncs.com",
        "ram.aliyuncs.com:65536",
        "ram.aliyuncs.com:https",
        "ram.aliyuncs.com:",
        "ram aliyuncs.com",
        "::1",
        "a.example\nb.example",
    ],
)
def test_refused_endpoints(name: str, given: str) -> None:
    message = refusal(Settings.from_params, {name: given})
    assert message.startswith(f"{name}: ") and "HTTPS" in message


@pytest.mark.parametrize("name", ["proxy", "no_proxy", "ca_bundle"])
def test_an_empty_value_is_not_that_of_the_environment(name: str) -> None:
    assert Settings.from_params({name: ""}) == Settings()


FALLBACKS = [(name, option["fallback"][1]) for name, option in CONNECTION_SPEC.items() if "fallback" in option]


@pytest.mark.parametrize("name, variables", FALLBACKS)
def test_an_empty_environment_variable_is_not_set(
    name: str, variables: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in variables:
        monkeypatch.setenv(variable, "")
    validated = ArgumentSpecValidator(CONNECTION_SPEC).validate({}).validated_parameters
    assert validated[name] == CONNECTION_SPEC[name].get("default")
    monkeypatch.setenv(variables[-1], "7")
    validated = ArgumentSpecValidator(CONNECTION_SPEC).validate({}).validated_parameters
    assert str(validated[name]) in ("7", "7.0")


SPEC: dict[str, Any] = {
    **CONNECTION_SPEC,
    "accounts": {"type": "list", "elements": "dict", "options": {
        "name": {"type": "str"}, "account_id": {"type": "str"},
        "assume_role": {"type": "dict", "options": ASSUME_ROLE_SPEC}}},
}  # fmt: skip
NEVER_EMPTY = ["account_id", "access_key_id", "access_key_secret", "security_token", "profile", *ENDPOINTS,
               "accounts", "assume_role", "assume_role.role_arn", "assume_role.account_id",
               "assume_role.role_name"]  # fmt: skip


@pytest.mark.parametrize("value", [None, "", "  ", "\n"])
@pytest.mark.parametrize("name", NEVER_EMPTY)
def test_an_empty_value_never_means_a_default(name: str, value: str | None) -> None:
    parent, _dot, part = name.partition(".")
    arguments: dict[str, Any] = {parent: {part: value} if part else value}
    message = refusal(lambda given: check_arguments(given, SPEC), arguments)
    assert (
        message
        == f"{name}: the value is {'null' if value is None else 'an empty text'}. Give a value, or remove {name}."
    )
    if parent not in ("account_id", "assume_role"):
        return
    message = refusal(lambda given: check_arguments(given, SPEC), {"accounts": [{"account_id": "1"}, arguments]})
    assert message.startswith(f"accounts entry 2: {name}: the value is ")


def test_an_empty_mapping_or_list_is_no_target() -> None:
    for name, value in (("assume_role", {}), ("accounts", [])):
        message = refusal(lambda given: check_arguments(given, SPEC), {name: value})
        assert message == f"{name}: the value is empty. Give a value, or remove {name}."


@pytest.mark.parametrize("text", ["__omit_place_holder__1a2b", "acs:ram::1:role/__omit_place_holder__1a2b"])
@pytest.mark.parametrize(
    "arguments", [{"accounts": [{"name": "@"}]}, {"assume_role": {"role_arn": "@"}}, {"profile": "@"}]
)
def test_what_an_old_ansible_leaves_of_an_omitted_item_is_refused(arguments: dict[str, Any], text: str) -> None:
    arguments = json.loads(json.dumps(arguments).replace("@", text))
    assert "is omitted" in refusal(lambda given: check_arguments(given, SPEC), arguments)


@pytest.mark.parametrize(
    "url", ["http://proxy", "https://proxy:3128", "http://me:canary@proxy:3128/", "http://[::1]:1"]
)
def test_proxies(url: str) -> None:
    assert Settings.from_params({"proxy": url}).proxy == url


@pytest.mark.parametrize(
    "url", ["canary:3128", "canary", "socks5://canary", "http://", "http://:3128", "http://canary:x", "http://canary:0"]
)
def test_refused_proxies(url: str) -> None:
    message = refusal(Settings.from_params, {"proxy": url})
    assert message.startswith("proxy: ") and "http://host:port" in message and "canary" not in message


def test_account_and_role_must_agree() -> None:
    role = {"account_id": "1000000000000001", "role_name": "Access"}
    assert Settings.from_params({"assume_role": role, "account_id": 1000000000000001}).account_id == "1000000000000001"
    message = refusal(Settings.from_params, {"assume_role": role, "account_id": "1000000000000002"})
    assert "account_id" in message and "1000000000000001" in message and "1000000000000002" in message


def test_an_account_id_is_checked_where_it_is_said_to_be() -> None:
    assert account_id_of({"account_id": 1000000000000001}) == "1000000000000001"
    with pytest.raises(DeclarationError, match="^accounts entry 2: 'x' is not"):
        account_id_of({"account_id": "x"}, "accounts entry 2")


def test_secrets_are_not_shown() -> None:
    secrets = {
        "access_key_secret": "canary-one",
        "security_token": "canary-two",
        "proxy": "http://me:canary-three@proxy:3128",
    }
    settings = Settings.from_params({"access_key_id": "LTAI", **secrets})
    assert "LTAI" in repr(settings)
    assert "canary" not in repr(settings) and "canary" not in str(settings)
    for broken in ({"account_id": "x"}, {"ram_endpoint": "?"}, {"connect_timeout": 0}, {"access_key_id": ""}):
        assert "canary" not in refusal(Settings.from_params, {"access_key_id": "LTAI", **secrets, **broken})


@pytest.mark.parametrize("name", ["retry_timeout", "consistency_timeout", "connect_timeout", "read_timeout"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_timeout_is_a_number(name: str, value: float) -> None:
    with pytest.raises(DeclarationError, match=name):
        Settings.from_params({name: value})


def test_no_port_is_zero() -> None:
    with pytest.raises(DeclarationError, match="ram_endpoint"):
        Settings.from_params({"ram_endpoint": "ram.example.com:0"})
