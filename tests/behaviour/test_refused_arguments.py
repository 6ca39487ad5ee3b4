# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be meant or done: one clear message, nothing changed, no secret shown."""

from __future__ import annotations

import json
import pathlib
import socket
import uuid
from typing import Any

import ansible.release
import pytest

from ansible_collections.alicloud.ram.tests.lib.documents import ROLE_NAME, SERVICE, allow, trust
from ansible_collections.alicloud.ram.tests.lib.playbooks import Case, Playbooks

MODERN = tuple(map(int, ansible.release.__version__.split(".")[:2])) >= (2, 19)
GOOD = allow("oss:*")
SECRET = "a-canary-that-must-not-be-shown"


def policy(document: Any) -> dict[str, Any]:
    return {"name": "p", "document": document}


def attach(kind: str, name: str, policy_name: str = "ReadOnlyAccess", policy_type: str = "System") -> dict[str, Any]:
    return {f"{kind}_name": name, "policies": [{"name": policy_name, "type": policy_type}]}


LONG = "x" * 200
STATEMENT = {"Effect": "Allow", "Action": "oss:*", "Resource": "*"}
HUGE = {"Version": "1", "Statement": [{**STATEMENT, "Action": [f"oss:Action{number:05}" for number in range(500)]}]}
MALFORMED = {
    "unknown service": ("service_linked_role", {"service_name": "nope.aliyuncs.com"}, ["service_name", "nope.aliyuncs.com"]),
    "suffix not allowed": ("service_linked_role", {"service_name": SERVICE, "custom_suffix": "x"}, ["custom_suffix", SERVICE]),
    "description not allowed": ("service_linked_role", {"service_name": SERVICE, "description": "x"}, ["description", SERVICE]),
    "suffix with bad characters": ("service_linked_role", {"service_name": SERVICE, "custom_suffix": "a b"}, ["custom_suffix"]),
    "suffix too long": (
        "service_linked_role",
        {"service_name": "several.example.aliyuncs.com", "custom_suffix": "x" * 60},
        ["custom_suffix", "64"],
    ),
    "service name with bad characters": ("service_linked_role", {"service_name": "a b"}, ["service_name"]),
    "policy name too long": ("policy", {**policy(GOOD), "name": LONG}, ["name", "128"]),
    "policy name with bad characters": ("policy", {**policy(GOOD), "name": "a_b"}, ["name", "a_b"]),
    "user name with bad characters": ("user_policies", attach("user", "al ice"), ["user_name", "al ice"]),
    "not JSON": ("policy", policy('{"Version": '), ["document", "JSON"]),
    "no document": ("policy", {"name": "p"}, ["document"]),
    "no statement": ("policy", policy({"Version": "1"}), ["document", "Statement"]),
    "unknown effect": ("policy", policy({"Version": "1", "Statement": [{**STATEMENT, "Effect": "allow"}]}),
                       ["statement 1", "Effect", "Allow"]),
    "over the size": ("policy", policy(HUGE), ["document", "6144"]),
    "like a system policy": ("policy", {**policy(GOOD), "name": "ReadOnlyAccess"}, ["name", "system policy"]),
    "missing user": ("user_policies", attach("user", "nobody"), ["user 'nobody'", "does not exist"]),
    "missing group": ("group_policies", attach("group", "nobody"), ["group 'nobody'", "does not exist"]),
    "missing role": ("role_policies", attach("role", "nobody"), ["role 'nobody'", "does not exist"]),
    "missing policy": ("user_policies", attach("user", "alice", "nope", "Custom"), ["'nope'", "does not exist"]),
    "missing system policy": ("user_policies", attach("user", "alice", "Nope"), ["'Nope'", "does not exist"]),
    "wrong type of policy": ("user_policies", attach("user", "alice", "ReadOnlyAccess", "Custom"), ["type: System"]),
    "exclusive and empty": ("user_policies", {"user_name": "alice", "policies": [], "exclusive": True}, ["allow_empty"]),
    "exclusive and absent": (
        "user_policies",
        {**attach("user", "alice"), "exclusive": True, "state": "absent"},
        ["exclusive", "state=absent"],
    ),
    "twice in a baseline": (
        "baseline",
        {"user_policies": [attach("user", "alice"), attach("user", "alice", "AdministratorAccess")]},
        ["user 'alice'", "twice"],
    ),
    "attached and deleted in a baseline": (
        "baseline",
        {"policies": [{"name": "p", "state": "absent"}], "user_policies": [attach("user", "alice", "p", "Custom")]},
        ["user 'alice'", "absent"],
    ),
    "missing user in a baseline": (
        "baseline",
        {"policies": [policy(GOOD)], "user_policies": [attach("user", "nobody", "p", "Custom")]},
        ["user 'nobody'", "does not exist"],
    ),
    "assume_role without a role": ("policy", {**policy(GOOD), "assume_role": {"account_id": "1"}}, ["role_name"]),
    "assume_role of another account": (
        "policy",
        {**policy(GOOD), "assume_role": {"role_arn": "acs:ram::1:role/r"}, "account_id": "2"},
        ["account_id is 2", "account 1"],
    ),
    "an endpoint without TLS": ("policy", {**policy(GOOD), "ram_endpoint": "http://ram.aliyuncs.com"}, ["ram_endpoint", "HTTPS"]),
    "a CA bundle that is not there": ("policy", {**policy(GOOD), "ca_bundle": "/nowhere.pem"}, ["ca_bundle", "/nowhere.pem"]),
}  # fmt: skip


def refused(run: Any, there: Any, expected: list[str]) -> str:
    """One failed task whose message has all that is expected, with no trace of Python, a secret or a write."""
    failed = [item["result"] for item in run.results if item["outcome"] == "failed"]
    assert len(failed) == 1, run.output
    message = failed[0]["msg"]
    assert all(text in message for text in expected), message
    shown = run.output + json.dumps(run.results)
    assert "Traceback" not in shown and SECRET not in shown
    assert there is None or there.access_key_secret not in shown
    assert failed[0]["changed"] is False
    assert there is None or there.writes() == []
    return message


def test_refused(account: Any, playbooks: Playbooks) -> None:
    cases = {
        case: Case(account(users=[{"name": "alice"}]), [{f"alicloud.ram.{module}": options}])
        for case, (module, options, _expected) in MALFORMED.items()
    }
    for case, run in playbooks.run_cases(cases, "-vvvv").items():
        refused(run, cases[case].account, MALFORMED[case][2])


def test_check_mode_assumes_what_earlier_tasks_may_make(account: Any, playbooks: Playbooks) -> None:
    cases = {}
    for case in ("missing user", "missing group", "missing role", "missing policy"):
        module, options, _expected = MALFORMED[case]
        cases[case] = Case(account(users=[{"name": "alice"}]), [{"name": "check", f"alicloud.ram.{module}": options}])
    for run in playbooks.run_cases(cases, "--check").values():
        result = run.succeeded().of("check")
        assert result["changed"] and len(result["assumed"]) == 1
        assert result["assumed"][0] in " ".join(result["warnings"])


def test_a_held_policy_is_kept(account: Any, playbook: Any) -> None:
    there = account(
        policies=[{"name": "p", "document": GOOD}],
        users=[{"name": "alice", "policies": [{"name": "p", "type": "Custom"}]}],
        groups=[{"name": "ops", "policies": [{"name": "p", "type": "Custom"}]}],
    )
    task = {"name": "delete", "alicloud.ram.policy": {"name": "p", "state": "absent"}}
    run = playbook([task], account=there)
    refused(run, there, ["user 'alice'", "group 'ops'", "detach"])
    assert run.of("delete")["attached_to"] == [{"kind": "group", "name": "ops"}, {"kind": "user", "name": "alice"}]
    checked = playbook([task], "--check", account=there).succeeded().of("delete")
    assert checked["changed"] and len(checked["assumed"]) == 2


def acting(**elements: Any) -> dict[str, Any]:
    return {"Version": "1", "Statement": [{**STATEMENT, **elements}]}


def test_what_may_be_right_is_sent_with_a_warning(account: Any, playbook: Any) -> None:
    old = {"Version": "1", "Statement": [{"Effect": "Deny", "Action": "oss:*", "NotResource": ["acs:oss:*:*:b", "*"]}]}
    there = account(policies=[{"name": "old", "document": old}])
    border = acting(Condition={"IpAddressIncludeBorder": {"acs:SourceIp": ["192.0.2.0/24"]}})
    foreign = acting(Condition={"ArnLike": {"acs:SourceIp": "x"}})
    blank = acting(Resource="acs:oss:*:*:b/x ")
    run = playbook(
        [
            {"name": "known", "alicloud.ram.policy": {"name": "known", "document": border}},
            {"name": "check", "alicloud.ram.policy": policy(foreign), "check_mode": True},
            {"name": "refused", "alicloud.ram.policy": policy(foreign), "ignore_errors": True},
            {"name": "blank", "alicloud.ram.baseline": {"policies": [policy(blank), {"name": "q", "document": GOOD}]}},
            {"name": "old", "alicloud.ram.policy_info": {"name": "old"}},
            {"name": "still", "alicloud.ram.policy": {"name": "old", "document": old}, "ignore_errors": True},
            {"name": "compare", "alicloud.ram.policy": {"name": "old", "document": GOOD}, "check_mode": True},
            {"name": "replace", "alicloud.ram.policy": {"name": "old", "document": GOOD}},
            {"name": "again", "alicloud.ram.policy": {"name": "old", "document": GOOD}},
        ],
        "--diff",
        account=there,
    ).succeeded()
    assert "warnings" not in run.of("known") and run.of("known")["changed"]
    operator = (
        "document of policy 'p': statement 1: Condition: RAM's documentation has no operator \"ArnLike\"; StringLike is"
    )
    for name in ("check", "refused"):
        (warning,) = run.of(name)["warnings"]
        assert warning.startswith(operator)
    assert run.of("check")["changed"] and "MalformedPolicyDocument" in run.of("refused")["msg"]
    (warning,) = run.of("blank")["warnings"]
    assert warning.startswith(
        "policies entry 1: document of policy 'p': statement 1: Resource: \"acs:oss:*:*:b/x \" ends with U+0020"
    )
    assert run.of("old")["policy"]["policy_document"] == old
    assert "NotResource is no longer in RAM's documentation" in run.of("still")["msg"]
    assert run.of("compare")["diff"]["before"]["policy_document"] == old and run.of("replace")["changed"]
    assert not run.of("again")["changed"]
    assert there.writes() == ["CreatePolicy"] * 4 + ["CreatePolicyVersion"]


def test_what_is_given_in_the_place_of_a_document(account: Any, playbook: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "empty.json").touch()
    (tmp_path / "mark.json").write_text("\ufeff" + json.dumps(GOOD), encoding="utf-8")
    (tmp_path / "key.txt").write_text(SECRET + "\n", encoding="utf-8")
    file = f"{{{{ lookup('ansible.builtin.file', '{tmp_path}/%s') }}}}"
    given = {
        "path": ("files/policy.json", ["looks like the path of a file", "lookup('ansible.builtin.file', ...)"]),
        "empty": (file % "empty.json", ["the text is empty"]),
        "encoded": ("{{ good | to_json | urlencode }}", ["URL-encoded", "| urldecode"]),
        "base64": ("{{ good | to_json | b64encode }}", ["Base64", "| b64decode"]),
        "secret": (file % "key.txt", ["It begins with 'a-can***-that-"]),
        "number": (acting(Condition={"NumericLessThan": {"x:days": "{{ days }}"}}), ["not 5", "| string"]),
        "text": (acting(Condition={"NumericLessThan": {"x:days": "{{ days | string }}"}}), []),
        "mark": (file % "mark.json", []),
    }  # fmt: skip
    tasks = [
        {"name": name, "alicloud.ram.policy": policy(declared), "ignore_errors": True}
        for name, (declared, dummy) in given.items()
    ]
    there = account()
    play = {"hosts": "all", "vars": {"good": GOOD, "days": 5}, "tasks": tasks}
    run = playbook([play], account=there).succeeded()
    assert SECRET not in run.output
    for name, (dummy, parts) in given.items():
        if name == "number" and not MODERN:
            continue  # all templates give texts
        message = run.of(name).get("msg", "")
        assert bool(message) == bool(parts) and all(part in message for part in parts), (name, message)
        assert not parts or message.startswith("document of policy 'p': ")


def test_a_sixth_version_without_rotation(account: Any, playbook: Any) -> None:
    versions = [{"document": {**GOOD, "Statement": [{**STATEMENT, "Action": f"oss:Get{n}"}]}} for n in range(5)]
    there = account(policies=[{"name": "p", "versions": versions, "default_version": "v5"}])
    task = {"alicloud.ram.policy": {**policy(GOOD), "rotate_versions": False}}
    refused(playbook([task], account=there), there, ["5 versions", "rotate_versions"])


def test_a_failed_deletion_tells_who_uses_the_role(account: Any, playbook: Any) -> None:
    usages = [
        {"region": "cn-hangzhou", "resources": ["acs:cr:cn-hangzhou:1:instance/cri-1", "acs:cr:cn-hangzhou:1:instance/cri-2"]},
        {"region": "cn-beijing", "resources": ["acs:cr:cn-beijing:1:instance/cri-3"]},
    ]  # fmt: skip
    there = account(service_linked_roles=[{"service_name": SERVICE, "in_use": {"usages": usages}}])
    task = {"name": "delete", "alicloud.ram.service_linked_role": {"service_name": SERVICE, "state": "absent"}}
    result = playbook([task], account=there).of("delete")
    for text in ("in use", "cn-hangzhou", "cri-1", "cri-2", "cn-beijing", "cri-3", "FAILED"):
        assert text in result["msg"]
    assert result["role_usages"] == usages
    # The write was made, though the role is still there.
    assert result["changed"] and [change["operation"] for change in result["changes"]] == ["DeleteServiceLinkedRole"]
    # A failed task is no running one: the next run starts another.
    there.calls()
    playbook([task], account=there)
    assert there.writes() == ["DeleteServiceLinkedRole"]


def test_a_deletion_that_takes_too_long(account: Any, playbook: Any) -> None:
    there = account(service_linked_roles=[{"service_name": SERVICE, "deletion": {"polls": 50, "outcome": "SUCCEEDED"}}])
    options = {"service_name": SERVICE, "state": "absent"}
    run = playbook(
        [
            {"name": "start", "alicloud.ram.service_linked_role": {**options, "wait": False}},
            {"name": "again", "alicloud.ram.service_linked_role": {**options, "wait": False}},
            {"name": "wait", "alicloud.ram.service_linked_role": {**options, "wait_timeout": 1}},
        ],
        account=there,
    )
    assert run.of("start")["changed"] and not run.of("again")["changed"]
    task = run.of("again")["service_linked_role"]["latest_deletion_task"]["deletion_task_id"]
    assert run.of("start")["service_linked_role"]["latest_deletion_task"]["deletion_task_id"] == task
    assert task in run.of("wait")["msg"] and "wait_timeout" in run.of("wait")["msg"]
    assert there.writes() == ["DeleteServiceLinkedRole"]


def test_a_role_that_is_not_the_services_own(account: Any, playbook: Any) -> None:
    there = account(roles=[{"name": ROLE_NAME, "trust_policy": trust("ecs.aliyuncs.com", kind="Service")}])
    for state in ("present", "absent"):
        task = {"alicloud.ram.service_linked_role": {"service_name": SERVICE, "state": state}}
        refused(playbook([task], account=there), there, ["not a service-linked role"])


def test_the_policies_of_a_service_linked_role(account: Any, playbook: Any) -> None:
    there = account(service_linked_roles=[{"service_name": SERVICE}])
    options = attach("role", "AliyunServiceRoleForContainerRegistryConnectCustomerVPC")
    refused(playbook([{"alicloud.ram.role_policies": options}], account=there), there, ["service-linked role"])


def test_the_caller_keeps_its_own_policies(account: Any, playbook: Any) -> None:
    admin = [{"name": "AdministratorAccess", "type": "System"}]
    there = account(
        users=[{"name": "boss", "groups": ["admins"], "access_keys": [{}]}],
        groups=[{"name": "admins", "policies": admin}],
    )
    options = {"group_name": "admins", "policies": admin, "state": "absent"}
    refused(
        playbook([{"alicloud.ram.group_policies": options}], account=there),
        there,
        ["group 'admins'", "caller", "allow_self"],
    )
    playbook([{"alicloud.ram.group_policies": {**options, "allow_self": True}}], account=there)
    assert there.writes() == ["DetachPolicyFromGroup"]


@pytest.mark.parametrize("how", ["assume_role", "token"])
def test_a_session_keeps_the_policies_of_its_own_role(how: str, account: Any, playbook: Any) -> None:
    admin = [{"name": "AdministratorAccess", "type": "System"}]
    hub = account()
    session = {
        "access_key_id": f"STS.{uuid.uuid4().hex}",
        "access_key_secret": "x" * 30,
        "security_token": uuid.uuid4().hex,
    }
    there = account(
        roles=[{"name": "Access", "policies": admin, "trust_policy": {"Version": "1", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{hub.account_id}:root"]}}]}}],
        sessions=[{**session, "role": "Access", "session_name": "token", "expires": "2099-01-01T00:00:00Z"}],
    )  # fmt: skip
    role = {"account_id": there.account_id, "role_name": "Access"}
    options = {"role_name": "access", "policies": admin, "state": "absent"}
    options.update({"assume_role": role} if how == "assume_role" else session)
    refused(playbook([{"alicloud.ram.role_policies": options}], account=hub), there, ["caller", "allow_self"])


def test_what_ram_denies(account: Any, playbook: Any) -> None:
    reads = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["ram:Get*", "ram:List*"], "Resource": "*"}]}
    there = account(
        users=[{"name": "reader", "policies": [{"name": "reads", "type": "Custom"}], "access_keys": [{}]}],
        policies=[{"name": "reads", "document": reads}],
    )
    run = playbook([{"name": "create", "alicloud.ram.policy": policy(GOOD)}], "-vvvv", account=there)
    result = run.of("create")
    assert "CreatePolicy" in result["msg"] and "NoPermission" in result["msg"] and "ram:CreatePolicy" in result["msg"]
    assert result["missing_action"] == "ram:CreatePolicy" and result["request_id"] in result["msg"]
    assert "Traceback" not in run.output and not result["changed"]


def credentials_error(playbook: Any, expected: list[str], environment: dict[str, str], **defaults: Any) -> Any:
    task = {"alicloud.ram.policy": policy(GOOD)}
    run = playbook([task], "-vvvv", defaults={"retry_timeout": 2, **defaults}, environment=environment)
    refused(run, None, expected)
    return run


def test_no_credentials(playbook: Any, emulator: Any) -> None:
    before = len(emulator.calls())
    credentials_error(playbook, ["No credentials were found", "ALIBABA_CLOUD_ACCESS_KEY_ID"], {})
    assert len(emulator.calls()) == before


@pytest.mark.parametrize("missing", ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"])
def test_half_credentials_do_not_fall_through_to_another_account(
    missing: str, account: Any, playbook: Any, emulator: Any, tmp_path: pathlib.Path
) -> None:
    other = account()
    profile = {
        "name": "default",
        "mode": "AK",
        "access_key_id": other.access_key_id,
        "access_key_secret": other.access_key_secret,
    }
    home = tmp_path / "home"
    (home / ".aliyun").mkdir(parents=True)
    (home / ".aliyun" / "config.json").write_text(json.dumps({"current": "default", "profiles": [profile]}))
    environment = {"HOME": str(home), "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIx", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}
    # It would work without the half key: the profile is found.
    task = {"name": "who", "alicloud.ram.caller_identity_info": {}}
    whole = playbook([task], environment={"HOME": str(home)}).succeeded()
    assert whole.of("who")["caller_identity"]["account_id"] == other.account_id
    other.calls()
    del environment[missing]
    credentials_error(playbook, ["incomplete", missing], environment)
    assert other.calls() == []


def test_half_an_option(playbook: Any) -> None:
    credentials_error(playbook, ["access_key_secret"], {}, access_key_id="LTAIx")


def test_an_unknown_profile(playbook: Any) -> None:
    credentials_error(playbook, ["profile", "'nope'"], {}, profile="nope")


def test_an_unknown_access_key(playbook: Any) -> None:
    options = {"access_key_id": "LTAInope", "access_key_secret": SECRET}
    credentials_error(playbook, ["InvalidAccessKeyId.NotFound", "access_key_id"], {}, **options)


def test_a_wrong_secret(account: Any, playbook: Any) -> None:
    there = account()
    environment = {"ALIBABA_CLOUD_ACCESS_KEY_ID": there.access_key_id, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}
    credentials_error(playbook, ["SignatureDoesNotMatch", "the environment"], environment)


def test_an_expired_token(account: Any, playbook: Any) -> None:
    there = account(
        roles=[{"name": "ci", "trust_policy": trust("ecs.aliyuncs.com", kind="Service")}],
        sessions=[{"access_key_id": "STS.old", "access_key_secret": SECRET, "security_token": SECRET + "-token",
                   "role": "ci", "session_name": "old", "expires": "2020-01-01T00:00:00Z"}],
    )  # fmt: skip
    options = {"access_key_id": "STS.old", "access_key_secret": SECRET, "security_token": SECRET + "-token"}
    credentials_error(playbook, ["InvalidSecurityToken.Expired", "has expired"], {}, **options)
    assert there.writes() == []


def test_credentials_of_another_account(account: Any, playbook: Any) -> None:
    here, there = account(), account()
    task = {"alicloud.ram.policy": {**policy(GOOD), "account_id": there.account_id}}
    refused(playbook([task], account=here), None, [here.account_id, there.account_id])
    assert here.calls() == ["GetCallerIdentity"]
    assert there.calls() == []


@pytest.mark.parametrize("module", ["policy", "user_policies", "user_policies_info", "service_linked_role"])
def test_a_missing_role_to_assume_is_not_a_missing_resource(module: str, account: Any, playbook: Any) -> None:
    hub, there = account(), account(users=[{"name": "alice"}], policies=[{"name": "p", "document": GOOD}])
    options: dict[str, Any] = {
        "policy": {"name": "p", "state": "absent"},
        "user_policies": {**attach("user", "alice"), "state": "absent"},
        "user_policies_info": {"user_name": "alice"},
        "service_linked_role": {"service_name": SERVICE, "state": "absent"},
    }[module]
    role = {"account_id": there.account_id, "role_name": "Nope"}
    run = playbook([{f"alicloud.ram.{module}": {**options, "assume_role": role}}], account=hub)
    refused(run, there, ["assume_role", "role/Nope", "EntityNotExist.Role"])


def test_a_role_that_cannot_be_assumed(account: Any, playbook: Any) -> None:
    there = account()
    task = {
        "alicloud.ram.policy": {**policy(GOOD), "assume_role": {"account_id": there.account_id, "role_name": "nope"}}
    }
    refused(
        playbook([task], account=there), there, ["assume_role", f"acs:ram::{there.account_id}:role/nope", "AssumeRole"]
    )


def test_an_endpoint_that_cannot_be_reached(account: Any, playbook: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{unused.getsockname()[1]}"
        task = {"alicloud.ram.policy": {**policy(GOOD), "ram_endpoint": endpoint, "retry_timeout": 1}}
        refused(playbook([task], "-vvvv", account=account()), None, [endpoint, "cannot be reached"])


def test_an_untrusted_certificate(account: Any, playbook: Any) -> None:
    there = account()
    run = playbook(
        [{"name": "who", "alicloud.ram.caller_identity_info": {}}],
        "-vvvv",
        account=there,
        environment={"ALIBABA_CLOUD_CA_BUNDLE": ""},
    )
    refused(run, there, ["certificate", "ca_bundle"])
    unverified = playbook(
        [{"name": "who", "alicloud.ram.caller_identity_info": {"validate_certs": False}}],
        account=there,
        environment={"ALIBABA_CLOUD_CA_BUNDLE": ""},
    ).succeeded()
    assert "validate_certs" in " ".join(unverified.of("who")["warnings"])


@pytest.mark.parametrize(
    "options", [{"tags": {"team": "a"}}, {"description": "Mine"}, {"tags": {}, "purge_tags": True}]
)
def test_what_somebody_else_manages_keeps_its_tags(options: Any, account: Any, playbook: Any) -> None:
    there = account(policies=[{"name": "p", "document": GOOD, "tags": {"managed-by": "other", "x": "y"}}])
    task = {"alicloud.ram.policy": {**policy(GOOD), "managed_by": "me", **options}}
    refused(playbook([task], account=there), there, ["'p'", "not managed by me", "'other'"])
