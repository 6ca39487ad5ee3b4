# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A message on a wrong value names the place where the user set it, and says what would be right.

The options come from the argument specifications. Variables of the role are tried in test_hostile_input.py, too.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.directory import SELECTION_SPEC
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import CONNECTION_SPEC
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_names
from ansible_collections.alicloud.ram.tests.lib import emulated, inprocess
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, SERVICE, document, statement
from ansible_collections.alicloud.ram.tests.lib.paths import MODULES

POLICY = "acr-connect-customer-vpc"
GOOD = document(statement("oss:*"))
A_LIST, A_MAPPING = "where a list of {} is needed", "where a mapping is needed"

# For each type: wrong values, and what a message says of what would be right.
WRONG: dict[str, list[tuple[Any, str]]] = {
    "str": [(["a"], "where a text is needed"), ({"a": "b"}, "where a text is needed")],
    "path": [(["a"], "where a path is needed")],
    "bool": [("perhaps", "is not true or false"), (7, "is not true or false"), ([], "where true or false is needed")],
    "int": [("many", "is not a whole number"), (1.5, "is not a whole number"), ({}, "where a whole number is needed")],
    "float": [("soon", "is not a number"), ([1], "where a number is needed")],
    "dict": [("deploy", A_MAPPING), (True, A_MAPPING), (7, A_MAPPING), (["a"], A_MAPPING), ("[1", "from_json")],
    "list of texts": [({"a": 1}, A_LIST.format("texts")), ([None], "entry 1: it is null"), ([["a"]], "entry 1: it is a list")],
    "list of mappings": [
        ({"a": 1}, A_LIST.format("mappings")), (7, A_LIST.format("mappings")), (True, A_LIST.format("mappings")),
        ("deploy", ", for example [{"), ("deploy, other", ", for example [{"), ('[{"name": "a"}]', "from_json"),
        (["deploy"], ", for example {"), ([None], "entry 1: it is null, where a mapping is needed"), ([7], A_MAPPING),
        ([["a"]], A_MAPPING), ([{"nope": 1}], "'nope' is not an option of it, only "),
    ],
}  # fmt: skip


def kind_of(option: dict[str, Any]) -> str:
    if option["type"] != "list":
        return str(option["type"])
    return "list of mappings" if option["elements"] == "dict" else "list of texts"


def wrong_options(spec: dict[str, Any], place: str = "") -> Iterator[tuple[dict[str, Any], str, str]]:
    """Arguments with one wrong value, how the message begins, and what it says of what would be right."""
    for name, option in spec.items():
        where = f"{place}{name}"
        values = list(WRONG.get(kind_of(option), []))
        if option.get("choices") and option["type"] == "str":
            values.append(("nope", f"is not one of {', '.join(option['choices'])}"))
        if option["type"] == "dict" and option.get("options"):
            values.append(({"nope": 1}, "is not an option of it, only "))
        for value, right in values:
            yield {name: value}, where, right
        inner = option.get("options") or {}
        as_list = option["type"] == "list"
        for arguments, begins, right in wrong_options(inner, f"{where} entry 1: " if as_list else f"{where}."):
            yield {name: [arguments] if as_list else arguments}, begins, right


@pytest.mark.parametrize("module", MODULES)
def test_options(module: str, account: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    inprocess.forget_the_user(monkeypatch, tmp_path)
    there = account()
    cases = list(wrong_options(inprocess.spec_of(module)))
    assert len(cases) > 50
    for arguments, begins, right in cases:
        result = inprocess.run(module, {**there.options, **arguments})
        message = result["msg"]
        assert result["failed"] and message.startswith(begins) and right in message, (arguments, message)
        # As a role would call it.
        name = next(iter(arguments))
        with option_names({name: "my_variable"}):
            renamed = inprocess.run(module, {**there.options, **arguments})["msg"]
        assert renamed == message.replace(name, "my_variable", 1), (arguments, renamed)
    assert there.calls() == []


@pytest.mark.parametrize(
    "module, arguments, message",
    [
        ("user_policies", {"user_name": "alice", "policies": "deploy"},
         "policies: it is a text, where a list of mappings is needed, for example [{name: deploy}]."),
        ("user_policies", {"user_name": "alice", "policies": ["deploy"]},
         "policies entry 1: it is a text, where a mapping is needed, for example {name: deploy}."),
        ("user_policies", {"user_name": "alice", "policies": '[{"name": "deploy"}]'},
         "policies: it is a text, where a list of mappings is needed; if it is JSON, give it as data, with {{ ... | from_json }}."),
        ("baseline", {"accounts": "1"},
         "accounts: it is a text, where a list of mappings is needed, for example [{account_id: 1}]."),
        ("user_policies_info", {"user_name": "alice", "assume_role": {"arn": "acs:ram::1:role/r"}},
         "assume_role: 'arn' is not an option of it, only account_id, duration_seconds, external_id, role_arn, role_name, "
         "session_name are. Did you mean role_arn?"),
        ("user_policies_info", {"user_name": "ci@1000000000000001.onaliyun.com"},
         "user_name: 'ci@1000000000000001.onaliyun.com' is not the name of a user (1 to 64 letters, digits, '.', '-' and '_'). "
         "It looks like a principal name; give only the part before the @: ci."),
        ("role_policies_info", {"role_name": "acs:ram::1:role/r"}, "It is an ARN; give only the name: r."),
        ("service_linked_role", {"service_name": SERVICE, "required_actions": "ecs:RunInstances, vpc"},
         "required_actions: 'vpc' is not an action, which has the form <service code>:<action>."),
    ],
)  # fmt: skip
def test_examples(
    module: str, arguments: Any, message: str, account: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    inprocess.forget_the_user(monkeypatch, tmp_path)
    there = account()
    assert inprocess.run(module, {**there.options, **arguments})["msg"].endswith(message) and there.calls() == []


@pytest.mark.parametrize("text", ["ecs:Run, vpc:Describe", "ecs:Run\nvpc:Describe\n", " ecs:Run ,\r\n vpc:Describe,"])
def test_a_text_is_a_list_of_texts(text: str) -> None:
    from ansible_collections.alicloud.ram.plugins.module_utils._resources.service_linked_role import ServiceLinkedRole

    checked = inprocess.validated("service_linked_role", {"service_name": SERVICE, "required_actions": text})
    assert ServiceLinkedRole.from_params(checked).required_actions == ("ecs:Run", "vpc:Describe")


WRONG_VARIABLES: dict[str, list[tuple[str, str]]] = {
    "no_proxy": [],
    "endpoint": [("http://x", "is not an endpoint; give a host name"), ("a b", "is not an endpoint; give a host name")],
    "ca_bundle": [("/nowhere.pem", "cannot be read as PEM certificates")],
    "proxy": [("nonsense", "which has the form http://host:port")],
    "timeout": [("soon", "is not a number"), ("-1", "is not a number of seconds"), ("1e400", "is a number beyond all bounds"), ("nan", "is not a number")],
}  # fmt: skip


def environment_cases() -> Iterator[tuple[str, str, str, str]]:
    """The option, the environment variable, a wrong value, and what a message says of what would be right."""
    for name, option in CONNECTION_SPEC.items():
        for variable in option["fallback"][1] if "fallback" in option else ():
            for value, right in WRONG_VARIABLES.get(name, WRONG_VARIABLES.get(name.rpartition("_")[2], ())):
                yield name, variable, value, right


def test_environment(account: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    inprocess.forget_the_user(monkeypatch, tmp_path)
    there = account()
    options = {name: value for name, value in there.options.items() if not name.endswith("_timeout")}
    tried = set()
    for name, variable, value, right in environment_cases():
        tried.add(name)
        with monkeypatch.context() as patched:
            patched.setenv(variable, value)
            message = inprocess.run("caller_identity_info", options)["msg"]
            assert message.startswith(f"{variable} (environment variable): ") and right in message, message
            # What the task gives is called by its name.
            given = inprocess.run("caller_identity_info", {**options, name: value})["msg"]
            assert given.startswith(f"{name}: "), given
    assert tried == {name for name, option in CONNECTION_SPEC.items() if "fallback" in option} - {"no_proxy"}
    assert there.calls() == []


# With ansible-playbook


def owned(**more: Any) -> dict[str, Any]:
    return {"policies": [{"name": POLICY, "document": GOOD, **more}]}


HOLDS = [{"name": POLICY, "type": "Custom"}]
TAG = {"managed-by": "alicloud.ram/acr_vpc_access"}
# What the role finds, its variables, and what its message says.
ROLE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "detach": ({**owned(tags=TAG), "users": [{"name": "carol", "policies": HOLDS}]}, {"state": "absent"},
               "or set acr_vpc_access_detach_others: true to"),
    "adopt": ({**owned(), "users": [{"name": "alice"}]}, {"users": ["alice"]}, "or set acr_vpc_access_adopt: true to"),
    "self": ({**owned(tags=TAG), "users": [{"name": "boss", "policies": [*HOLDS, *ADMINISTRATOR],
                                            "access_keys": [{}]}]}, {"state": "absent", "users": ["boss"]},
             "Set acr_vpc_access_allow_self: true if"),
    "wait": ({"service_linked_roles": [{"service_name": SERVICE, "deletion": {"polls": 50, "outcome": "SUCCEEDED"}}]},
             {"state": "absent", "delete_service_linked_role": True, "wait_timeout": 0.1}, "a longer acr_vpc_access_wait_timeout."),
    "user": ({}, {"users": "nobody"}, "acr_vpc_access_users: user 'nobody' does not exist."),
    "weak": ({}, {"users": "ci-deployer, we ak"}, "acr_vpc_access_users: 'we ak' is not the name of a user"),
    "lines": ({}, {"groups": "ops\nde v\n"}, "acr_vpc_access_groups: 'de v' is not the name of a group"),
    # Until ansible-core 2.19, JSON text becomes data where a template yields it, so this one lacks its end.
    "json": ({}, {"users": '["alice", "bob"'}, "give it as data, with {{ ... | from_json }}"),
    "name": ({}, {"policy_name": "a b"}, "acr_vpc_access_policy_name: 'a b' is not the name of a policy"),
    "account": ({}, {"account_id": "1"}, "acr_vpc_access_account_id is 1, but"),
    "accounts": ({}, {"accounts": '[{"account_id": "1"}'}, "acr_vpc_access_accounts: it is a text, where a list of mappings is needed; if it is JSON"),
    "entry": ({}, {"accounts": [{"account_id": "1", "assume_role": {"arn": "x"}}]},
              "acr_vpc_access_accounts entry 1: assume_role: 'arn' is not an option of it"),
    "placeholder": ({}, {"accounts": [{"account_id": "1"}], "users": ["${who}"]},
                    "acr_vpc_access_users: ${who} is not a variable of this account"),
    "failures": ({}, {"accounts": [{"account_id": "1"}], "max_failures": "some"}, "acr_vpc_access_max_failures: 'some' is neither"),
}  # fmt: skip
# With ordinary modules, which take half a second each; all that differs is how the names get there.
OUTSIDE = ("detach",)


def test_the_role(account: Any, playbook: Any) -> None:
    accounts, hosts = {}, {}
    for case, (seed, variables, dummy) in ROLE.items():
        for way in ("inside", *(("outside",) if case in OUTSIDE else ())):
            accounts[f"{case}-{way}"] = there = account(**seed)
            hosts[f"{case}-{way}"] = {
                "shared": there.options,
                "alicloud_ram_inside_worker": way == "inside",
                **{f"acr_vpc_access_{name}": value for name, value in variables.items()},
            }
    include = {"name": "role", "ansible.builtin.include_role": {"name": "alicloud.ram.acr_vpc_access"}}
    told = {"name": "told", "ansible.builtin.debug": {"msg": "{{ ansible_failed_result.msg }}"}}
    keys = dict.fromkeys(account().options, "")
    run = playbook([{"block": [include], "rescue": [told]}], inventory={"all": {"hosts": hosts}}, defaults=keys)
    for host, there in accounts.items():
        case = host.partition("-")[0]
        assert ROLE[case][2] in run.of("told", host)["msg"], run.of("told", host)
        assert there.writes() == (["DeleteServiceLinkedRole"] if case == "wait" else []), case


MEMBER = {"account_id": "1", "role_name": "r"}
HOSTS: dict[str, tuple[dict[str, Any], str]] = {
    "profile": ({"alicloud_profile": ["p"]}, "alicloud_profile: it is a list, where a text is needed."),
    "key": ({"alicloud_access_key_id": {"a": 1}}, "alicloud_access_key_id: it is a mapping, where a text is needed."),
    "duration": ({"alicloud_assume_role": {**MEMBER, "duration_seconds": "long"}},
                 "alicloud_assume_role.duration_seconds: 'long' is not a whole number."),
    "short": ({"alicloud_assume_role": {**MEMBER, "duration_seconds": 1}}, "alicloud_assume_role.duration_seconds: 1 is not"),
    "session": ({"alicloud_assume_role": {**MEMBER, "session_name": "a b"}}, "alicloud_assume_role.session_name: 'a b' is not"),
    "unknown": ({"alicloud_assume_role": {**MEMBER, "external": "x"}}, "alicloud_assume_role: 'external' is not an option of it"),
    "both": ({"alicloud_assume_role": {**MEMBER, "role_arn": "acs:ram::1:role/r"}},
             "alicloud_assume_role: role_arn and account_id are not for use together."),
    "users": ({"acr_vpc_access_users": "a b"}, "acr_vpc_access_users: 'a b' is not the name of a user"),
}  # fmt: skip


def test_host_variables_of_the_playbooks(account: Any, playbook: Any) -> None:
    hub = account()
    hosts = {name: {"alicloud_assume_role": MEMBER, **variables} for name, (variables, dummy) in HOSTS.items()}
    environment = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": hub.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": hub.access_key_secret,
    }
    run = playbook("alicloud.ram.acr_setup", inventory={"alicloud_accounts": {"hosts": hosts}}, environment=environment)
    assert run.status == 2 and hub.calls() == []
    for name, (dummy, message) in HOSTS.items():
        shown = [item["result"]["msg"] for item in run.results if item["host"] == name and item["outcome"] == "failed"]
        assert len(shown) == 1 and message in shown[0], (name, shown)


def test_module_defaults_and_the_environment_of_a_task(account: Any, playbook: Any) -> None:
    there = account()
    timeouts = {"read_timeout": "soon", "retry_timeout": "{{ omit }}"}
    look: dict[str, Any] = {"alicloud.ram.caller_identity_info": {}, "ignore_errors": True}
    defaults = {"module_defaults": {"alicloud.ram.caller_identity_info": timeouts}}
    variable = {"alicloud.ram.caller_identity_info": {"retry_timeout": "{{ omit }}"}, "ignore_errors": True}
    run = playbook(
        [
            {"name": "defaults", "block": [{**look, "name": "from defaults"}], **defaults},
            {**variable, "name": "from the environment", "environment": {"ALIBABA_CLOUD_RETRY_TIMEOUT": "soon"}},
        ],
        account=there,
    )
    assert run.of("from defaults")["msg"] == "read_timeout: 'soon' is not a number."
    message = "ALIBABA_CLOUD_RETRY_TIMEOUT (environment variable): 'soon' is not a number."
    assert run.of("from the environment")["msg"] == message
    assert there.calls() == []


# The inventory

READ = """
import contextlib, io, json, os, sys
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader([])
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
told = []
for path, environment in json.load(sys.stdin):
    os.environ.update(environment)
    text = io.StringIO()
    with contextlib.redirect_stderr(text), contextlib.redirect_stdout(text):
        hosts = list(InventoryManager(DataLoader(), sources=[path]).hosts)
    for name in environment:
        del os.environ[name]
    told.append([text.getvalue(), hosts])
print(json.dumps(told))
"""


def test_the_inventory(account: Any, tmp_path: pathlib.Path) -> None:
    there = account()
    good = {"plugin": "alicloud.ram.resource_directory", "access_key_id": "x", "access_key_secret": "y"}
    cases: list[tuple[str, dict[str, Any], dict[str, str], list[str]]] = [
        ("accounts.yml", {}, {}, ["has to end in resource_directory.yml or resource_directory.yaml"])
    ]
    for arguments, begins, right in wrong_options({**CONNECTION_SPEC, **SELECTION_SPEC}):
        cases.append(("resource_directory.yml", arguments, {}, [f": {begins}", right]))
    for dummy, variable, value, right in environment_cases():
        cases.append(("resource_directory.yml", {}, {variable: value}, [f"{variable} (environment variable): ", right]))
    for option, value in (("statuses", "CreateSuccess, Gone"), ("only_accounts", "1\n2 3\n"), ("tags", "env=prod"),
                          ("only_accounts", "{{ '1,x' }}"), ("folders", '{{ {"a": lookup("env", "HOME")} }}')):  # fmt: skip
        cases.append(("resource_directory.yml", {option: value}, {}, [f": {option}: "]))
    jobs = []
    for number, (name, arguments, environment, dummy) in enumerate(cases):
        path = tmp_path / str(number) / name
        path.parent.mkdir()
        path.write_text(yaml.safe_dump({**good, **arguments}), encoding="utf-8")
        jobs.append([str(path), environment])
    completed = subprocess.run(
        [sys.executable, "-c", READ],
        input=json.dumps(jobs),
        env=emulated.clean_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert completed.returncode == 0, completed.stderr
    for case, (text, hosts) in zip(cases, json.loads(completed.stdout.splitlines()[-1])):
        words = " ".join(text.split())
        assert hosts == [] and all(expected in words for expected in case[3]), (case, words)
    assert there.calls() == []
