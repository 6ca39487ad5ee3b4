# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users, groups and roles promise beyond the other kinds: deletion, self-protection, members, trust, lists."""

from __future__ import annotations

import json
import pathlib
from collections import Counter
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process
from ansible_collections.alicloud.ram.tests.lib import emulated, inprocess
from ansible_collections.alicloud.ram.tests.lib.amounts import amount
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, allow, trust, trust_accounts

OWN, OTHER = "1000000000000001", "1000000000000002"
KEY = {"access_key_id": "LTAI1", "access_key_secret": "secret-1"}
ECS = trust("ecs.aliyuncs.com", kind="Service")
READ = [{"name": "ReadOnlyAccess", "type": "System"}]
ABSENT = {"state": "absent"}
EVERYTHING = {**ABSENT, "detach": True, "delete_credentials": True}


class Account:
    """An account and its administrator, who may also enter it, and another account, through the role Access."""

    def __init__(self, server: emulated.InProcess) -> None:
        self.server = server
        self.writes: list[str] = []
        self.credentials: dict[str, str] = KEY

    def begin(self, **seed: Any) -> Account:
        admin = {"name": "admin", "policies": ADMINISTRATOR, "access_keys": [KEY], "groups": seed.pop("admin_in", [])}
        access = {"name": "Access", "trust_policy": trust_accounts(OWN), "policies": ADMINISTRATOR}
        users, roles = [admin, *seed.pop("users", [])], [access, *seed.pop("roles", [])]
        other = {"account_id": OTHER, "roles": [access], "users": [{"name": "admin"}]}
        self.server.restart({"account_id": OWN, "users": users, "roles": roles, **seed}, other)
        return self

    def run(self, module: str, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        since = max((call["seq"] for call in self.server.calls()), default=0)
        with Process(clock=inprocess.Passing(self.server)) as process:
            options = {**self.credentials, "consistency_timeout": 5, "retry_timeout": 5, **options}
            result = inprocess.outcome(process, module, options, check_mode, diff=True)
        calls = [call for call in self.server.calls(since) if call["write"] and call["operation"] != "AssumeRole"]
        self.writes = [call["operation"] for call in calls]
        return result

    def state(self, account_id: str = OWN) -> dict[str, Any]:
        return self.server.state(account_id)


@pytest.fixture(name="here")
def _here(server: emulated.InProcess) -> Account:
    return Account(server)


def refused(account: Account, *texts: str, module: str, **options: Any) -> dict[str, Any]:
    """The result of a task that fails with these texts and writes nothing, in check mode as well."""
    for check_mode in (True, False):
        result = account.run(module, check_mode, **options)
        assert result["failed"] and all(text in result["msg"] for text in texts), result
        assert account.writes == [] and not result["changed"]
    return result


# Deletion of users

FULL = {
    "name": "alice",
    "groups": ["ops"],
    "policies": READ,
    "access_keys": [{"access_key_id": "LTAIa"}, {"access_key_id": "LTAIb"}],
    "login_profile": {},
    "mfa_device": "VMFA",
}
GROUPS = [{"name": "ops"}]
KEYS = ["UpdateAccessKey", "DeleteAccessKey"] * 2
LOGON = ["DeleteLoginProfile", "UnbindMFADevice", "DeleteVirtualMFADevice"]


def test_all_that_is_in_the_way_is_told_with_what_clears_it(here: Account) -> None:
    here.begin(users=[FULL], groups=GROUPS)
    result = refused(
        here,
        "system policy 'ReadOnlyAccess', the membership in group 'ops' (set detach: true)",
        "the access key LTAIa, the access key LTAIb, a login profile, an MFA device (set delete_credentials: true)",
        module="user",
        name="alice",
        **ABSENT,
    )
    assert len(result["in_the_way"]) == 6
    refused(here, "set delete_credentials: true", module="user", name="alice", detach=True, **ABSENT)
    result = here.run("user", name="alice", delete_credentials=True, **ABSENT)
    assert result["failed"] and "set detach: true" in result["msg"] and here.writes == []
    # Check mode assumes that earlier tasks take policies and memberships.
    assert len(here.run("user", True, name="alice", delete_credentials=True, **ABSENT)["assumed"]) == 2


def test_the_whole_deletion(here: Account) -> None:
    here.begin(users=[FULL], groups=GROUPS)
    said = here.run("user", True, name="alice", **EVERYTHING)
    assert here.writes == [] and not said["failed"]
    keys = said["diff"]["before"]["access_keys"]
    assert [(key["access_key_id"], key["status"], key["last_used_date"]) for key in keys] == [
        ("LTAIa", "Active", None),
        ("LTAIb", "Active", None),
    ]
    did = here.run("user", name="alice", **EVERYTHING)
    assert did["changes"] == said["changes"] and did["diff"] == said["diff"] and did["pending"] == []
    assert here.writes == ["DetachPolicyFromUser", "RemoveUserFromGroup", *KEYS, *LOGON, "DeleteUser"]
    assert "alice" not in here.state()["users"] and here.state()["mfa_devices"] == {}
    assert not here.run("user", name="alice", **EVERYTHING)["changed"] and here.writes == []


def test_a_grant_in_a_resource_group_is_told_before_anything_goes(here: Account) -> None:
    scoped = [{"name": "ReadOnlyAccess", "type": "System", "resource_group": "rg-1"}]
    here.begin(
        users=[{**FULL, "resource_group_policies": scoped}, {"name": "bob", "resource_group_policies": scoped}],
        groups=GROUPS,
    )
    result = refused(
        here,
        "policy 'ReadOnlyAccess' in resource group rg-1 (no module can remove it",
        module="user",
        name="alice",
        **EVERYTHING,
    )
    assert result["in_the_way"] == ["policy 'ReadOnlyAccess' in resource group rg-1"]


def test_what_is_not_known_to_be_in_the_way(here: Account) -> None:
    here.begin(users=[{**FULL, "delete_conflict": "Passkey"}], groups=GROUPS)
    result = here.run("user", name="alice", **EVERYTHING)
    assert result["failed"] and "DeleteConflict.User.Passkey" in result["msg"]
    gone = [
        change["parameters"]["UserAccessKeyId"]
        for change in result["changes"]
        if change["operation"] == "DeleteAccessKey"
    ]
    assert gone == ["LTAIa", "LTAIb"] and result["changed"]


@pytest.mark.parametrize("fault, calls", [("drop_after", 10), ("drop_before", 11)])
@pytest.mark.parametrize("lost", [*KEYS[:2], *LOGON, "DeleteUser"])
def test_a_lost_answer_is_found_out_by_reading(lost: str, fault: str, calls: int, here: Account) -> None:
    here.begin(users=[FULL], groups=GROUPS)
    here.server.rule({"fault": fault, "operation": lost})
    result = here.run("user", name="alice", **EVERYTHING)
    assert not result["failed"] and "alice" not in here.state()["users"], result
    assert len(here.writes) == calls and len(result["changes"]) == 10
    assert here.server.server.world.accounts[OWN].mfa_devices == {}


def test_credentials_go_only_with_the_user(here: Account) -> None:
    here.begin(users=[FULL], groups=GROUPS)
    refused(here, "delete_credentials: it is for state=absent", module="user", name="alice", delete_credentials=True)


def test_the_defaults_of_a_module_delete_no_credentials(account: Any, playbook: Any) -> None:
    there = account(users=[{"name": "alice"}])
    task = {"name": "delete", "alicloud.ram.user": {"name": "alice", **ABSENT}}
    for name in ("alicloud.ram.user", "group/alicloud.ram.all"):
        defaults = {name: {**there.options, "delete_credentials": True}}
        run = playbook([{"hosts": "all", "tasks": [task], "module_defaults": defaults}])
        assert "delete_credentials: set in module_defaults" in run.of("delete")["msg"] and there.writes() == []


# What the run stands on


def test_the_callers_own_user(here: Account) -> None:
    here.begin()
    refused(here, "The caller is", "user 'admin'", "allow_self", module="user", name="admin", **EVERYTHING)
    assert here.run("user", True, name="admin", allow_self=True, **EVERYTHING)["changed"]


@pytest.mark.parametrize("how", ["delete", "member", "detach"])
def test_the_callers_group(how: str, here: Account) -> None:
    here.begin(groups=[{"name": "ops", "policies": READ}], admin_in=["ops"], users=[{"name": "bob"}])
    module, options = {
        "delete": ("group", {"name": "ops", "detach": True, **ABSENT}),
        "member": ("group", {"name": "ops", "members": ["bob"], "exclusive": True}),
        "detach": ("group_policies", {"group_name": "ops", "policies": READ, **ABSENT}),
    }[how]
    refused(here, "The caller", "allow_self", module=module, **options)
    assert here.run(module, True, allow_self=True, **options)["changed"]


IN = {"assume_role": {"account_id": OWN, "role_name": "Access"}}


@pytest.mark.parametrize("how", ["delete", "trust", "detach", "user", "group", "member"])
def test_the_role_in_use_and_who_entered_it(how: str, here: Account) -> None:
    here.begin(groups=GROUPS, admin_in=["ops"])
    module, options = {
        "delete": ("role", {"name": "access", "detach": True, **ABSENT}),
        "trust": ("role", {"name": "Access", "trust_policy": ECS}),
        "detach": ("role_policies", {"role_name": "Access", "policies": ADMINISTRATOR, **ABSENT}),
        "user": ("user", {"name": "admin", **EVERYTHING}),
        "group": ("group", {"name": "ops", "detach": True, **ABSENT}),
        "member": ("group", {"name": "ops", "members": [], "exclusive": True, "allow_empty": True}),
    }[how]
    refused(here, "The caller", "allow_self", module=module, **IN, **options)
    assert here.run(module, True, allow_self=True, **IN, **options)["changed"]
    # The hub's user of the same name in another account is somebody else.
    if how == "user":
        elsewhere = {"assume_role": {"account_id": OTHER, "role_name": "Access"}}
        assert here.run("user", True, name="admin", **elsewhere, **EVERYTHING)["changed"]


SESSION = {"access_key_id": "STS.1", "access_key_secret": "secret-2", "security_token": "token"}
ROOT = {"access_key_id": "LTAIroot", "access_key_secret": "secret-3"}
SECOND = {"assume_role": {"account_id": OWN, "role_name": "Second"}}
USER = ("user", {"name": "admin", **EVERYTHING})
ROLE = ("role", {"name": "Access", "detach": True, **ABSENT})
SECOND_ROLE = ("role_policies", {"role_name": "Second", "policies": ADMINISTRATOR, **ABSENT})


@pytest.mark.parametrize(
    "credentials, role, kept, lost",
    [
        # Who has assumed the role of a session that is handed in is not known.
        pytest.param(SESSION, {}, [ROLE], [USER, SECOND_ROLE], id="a session"),
        pytest.param(SESSION, SECOND, [ROLE, SECOND_ROLE], [USER], id="a role entered from a session"),
        pytest.param({"profile": "access"}, {}, [USER, ROLE], [SECOND_ROLE], id="a profile's role"),
        pytest.param({"profile": "access"}, SECOND, [USER, ROLE, SECOND_ROLE], [], id="a role entered from a role"),
        pytest.param(ROOT, {}, [], [USER, ROLE, SECOND_ROLE], id="the account itself"),
    ],
)
def test_other_kinds_of_callers(
    credentials: dict[str, str],
    role: dict[str, Any],
    kept: list[Any],
    lost: list[Any],
    here: Account,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profile = {"name": "access", "mode": "RamRoleArn", **KEY, "ram_session_name": "ci"}
    (tmp_path / ".aliyun").mkdir()
    config = {"current": "access", "profiles": [{**profile, "ram_role_arn": f"acs:ram::{OWN}:role/Access"}]}
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    second = {"name": "Second", "trust_policy": trust_accounts(OWN), "policies": ADMINISTRATOR}
    session = {**SESSION, "role": "Access", "session_name": "ci", "expires": "2099-01-01T00:00:00Z"}
    here.begin(roles=[second], sessions=[session], root_access_key=ROOT)
    here.credentials = credentials
    for module, options in kept:
        refused(here, "The caller is", "allow_self", module=module, **role, **options)
        assert here.run(module, True, allow_self=True, **role, **options)["changed"]
    for module, options in lost:
        assert here.run(module, True, **role, **options)["changed"]


def test_a_role_that_is_not_in_use_may_be_changed(here: Account) -> None:
    here.begin(roles=[{"name": "ci", "trust_policy": ECS, "policies": READ}])
    assert here.run("role", name="ci", trust_policy=trust("ess.aliyuncs.com", kind="Service"), **IN)["changed"]
    assert here.run("role", name="ci", detach=True, **ABSENT, **IN)["changed"]


# Groups


def test_a_member_that_does_not_exist(here: Account) -> None:
    here.begin()
    result = here.run("group", name="ops", members=["nobody"])
    assert result["failed"] and "members: the user 'nobody'" in result["msg"] and here.writes == []
    said = here.run("group", True, name="ops", members=["nobody"])
    assert said["assumed"] == ["user 'nobody' exists"]
    # A baseline that creates the user needs no assumption.
    declared = {"groups": [{"name": "ops", "members": ["new"]}], "users": [{"name": "new"}]}
    said = here.run("baseline", True, **declared)
    did = here.run("baseline", **declared)
    assert said["changes"] == did["changes"] and here.writes == ["CreateUser", "CreateGroup", "AddUserToGroup"]
    both = {"groups": [{"name": "ops", "members": ["new"]}], "users": [{"name": "new", "detach": True, **ABSENT}]}
    refused(here, "user 'new'", "cannot be both", module="baseline", **both)


@pytest.mark.parametrize(
    "members, texts",
    [
        (["bob", "bob"], ["'bob' is listed twice"]),
        (["bob", "Bob"], ["'Bob'", "'bob'", "case only"]),
        (["bob@1000000000000001.onaliyun.com"], ["the part before the @: bob"]),
        (["acs:ram::1000000000000001:user/bob"], ["only the name: bob"]),
    ],
)
def test_members_that_cannot_be_meant(members: list[str], texts: list[str], here: Account) -> None:
    here.begin(users=[{"name": "bob"}])
    refused(here, "members", *texts, module="group", name="ops", members=members)


def test_a_user_in_too_many_groups_is_named(here: Account) -> None:
    groups = [f"g{number}" for number in range(10)]
    here.begin(
        users=[{"name": "bob", "groups": groups}, {"name": "eve"}], groups=[{"name": name} for name in [*groups, "ops"]]
    )
    result = here.run("group", name="ops", members=["bob", "eve"])
    assert (
        result["failed"]
        and "user 'bob' in group 'ops'" in result["msg"]
        and "LimitExceeded.User.Group" in result["msg"]
    )


def test_members_are_read_in_pages(here: Account) -> None:
    names = [f"u{number:04}" for number in range(1001)]
    here.begin(users=[{"name": name, "groups": ["ops"]} for name in names], groups=GROUPS)
    result = here.run("group", name="ops", members=names[-1:])
    assert not result["changed"] and result["group"]["members"] == names


# Roles


def test_what_is_not_declared_is_sent_as_it_was_read(here: Account) -> None:
    here.begin(roles=[{"name": "ci", "trust_policy": ECS, "max_session_duration": 7200}])
    (change,) = here.run("role", name="ci", description="d")["changes"]
    assert change["parameters"]["NewMaxSessionDuration"] == 7200 and "NewAllowConsoleLogin" in change["parameters"]
    assert here.state()["roles"]["ci"]["max_session_duration"] == 7200


def test_service_linked_roles_are_left_alone(here: Account) -> None:
    here.begin(service_linked_roles=[{"service_name": "alb.aliyuncs.com"}])
    refused(here, "service_linked_role", module="role", name="AliyunServiceRoleForAlb", **ABSENT)


@pytest.mark.parametrize(
    "policy, warned",
    [
        (trust_accounts(OWN), ""),
        (ECS, ""),
        (trust_accounts(OTHER), OTHER),
        (trust_accounts(OWN, OTHER), OTHER),
        (trust("*"), "every account"),
        (trust(f"acs:ram::{OTHER}:root", Condition={"StringEquals": {"sts:ExternalId": "x"}}), ""),
    ],
)
def test_who_is_let_in(policy: dict[str, Any], warned: str, here: Account) -> None:
    here.begin()
    for check_mode in (True, False):
        result = here.run("role", check_mode, name="ci", trust_policy=policy)
        assert len(result["warnings"]) == bool(warned), result
        assert warned in " ".join(result["warnings"])


@pytest.mark.parametrize(
    "policy, texts",
    [
        (allow("oss:Get*"), ["it looks like a permission policy"]),
        (
            trust("1000000000000002"),
            ["Principal: RAM", '"1000000000000002" is not a principal', "acs:ram::<account ID>:root"],
        ),
        (trust("arn:aws:iam::1:root"), ["is not a principal"]),
        (trust("ecs", kind="Service"), ["Principal: Service", "for example ecs.aliyuncs.com"]),
        (trust("x", kind="Federated"), ["saml-provider"]),
        (trust("x", kind="Servise"), ["write Service"]),
        ({**ECS, "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}, ["Principal: is missing"]),
    ],
)
def test_trust_policies_that_cannot_be_meant(policy: dict[str, Any], texts: list[str], here: Account) -> None:
    here.begin()
    refused(here, "trust_policy of role 'ci'", *texts, module="role", name="ci", trust_policy=policy)


def test_a_trust_policy_is_no_permission_policy(here: Account) -> None:
    here.begin()
    refused(here, "it looks like the trust policy of a role", module="policy", name="p", document=ECS)


@pytest.mark.parametrize("seconds", [3599, 43201])
def test_a_session_that_is_too_short_or_too_long(seconds: int, here: Account) -> None:
    here.begin()
    refused(
        here,
        "max_session_duration",
        "3600 to 43200",
        module="role",
        name="ci",
        trust_policy=ECS,
        max_session_duration=seconds,
    )


def test_a_role_needs_a_trust_policy_only_to_be_created(here: Account) -> None:
    here.begin(roles=[{"name": "there", "trust_policy": ECS}])
    refused(here, "trust_policy: it is needed", module="role", name="ci", description="d")
    assert here.run("role", name="there", description="d")["changed"]


@pytest.mark.parametrize("module, seed", [("role", {"roles": [{"name": "x", "trust_policy": ECS}]})])
def test_what_somebody_else_manages(module: str, seed: dict[str, Any], here: Account) -> None:
    here.begin(**seed)
    refused(here, "not managed by me", "adopt", module=module, name="x", description="d", managed_by="me")
    refused(here, "not managed by me", "adopt", module=module, name="x", managed_by="me", **ABSENT)
    assert here.run(module, name="x", description="d", managed_by="me", adopt=True)["changed"]
    assert here.state()["roles"]["x"]["tags"] == {"managed-by": "me"}


# Lists


@pytest.mark.parametrize(
    "module, section, name",
    [
        ("user", "users", "user_name"),
        ("group", "groups", "group_name"),
        ("role", "roles", "role_name"),
        ("policy", "policies", "policy_name"),
    ],
)
def test_all_of_a_kind_in_pages(module: str, section: str, name: str, here: Account) -> None:
    names = [f"n{number:04}" for number in range(1002 if module != "group" else 250)]
    more = {"roles": {"trust_policy": ECS}, "policies": {"document": allow("oss:Get*")}}.get(section, {})
    here.begin(
        **{section: [{"name": one, **more} for one in names]},
        service_linked_roles=[{"service_name": "alb.aliyuncs.com"}],
    )
    found = [one[name] for one in here.run(f"{module}_info")[section]]
    assert set(found) - {"admin", "Access"} == set(names) and found == sorted(found)
    some = here.run(f"{module}_info", name_pattern="n000?")[section]
    assert [one[name] for one in some] == names[:10]


def test_all_service_linked_roles(here: Account) -> None:
    here.begin(service_linked_roles=[{"service_name": "alb.aliyuncs.com"}])
    found = here.run("service_linked_role_info")["service_linked_roles"]
    assert [one["role_name"] for one in found] == ["AliyunServiceRoleForAlb"]


def test_who_holds_a_policy_and_what_a_user_has(here: Account) -> None:
    held = [{"name": "p", "type": "Custom"}]
    here.begin(
        policies=[{"name": "p", "document": allow("oss:Get*")}],
        users=[{**FULL, "policies": held}],
        groups=[{"name": "ops", "policies": held}],
    )
    assert here.run("policy_info", name="p")["policy"]["attached_to"] == [
        {"kind": "group", "name": "ops"},
        {"kind": "user", "name": "alice"},
    ]
    user = here.run("user_info", name="alice")["user"]
    assert user["groups"] == ["ops"] and [key["status"] for key in user["access_keys"]] == ["Active", "Active"]
    assert user["login_profile"]["password_reset_required"] is False and user["mfa_device"]["type"] == "VMFA"
    assert "secret" not in str(user)


@pytest.mark.parametrize(
    "module, kind, read",
    [
        ("group", "Group", "ListUsersForGroup"),
        ("role", "Role", "ListTagResources"),
        ("role", "Role", "ListPoliciesForRole"),
    ],
)
def test_somebody_else_deletes_it_between_two_reads(module: str, kind: str, read: str, here: Account) -> None:
    here.begin(groups=GROUPS, roles=[{"name": "ops", "trust_policy": ECS}])
    gone = {"fault": "error", "code": f"EntityNotExist.{kind}", "status": 404}
    here.server.rule(
        {**gone, "operation": read},
        {**gone, "operation": f"Delete{kind}"},
        {**gone, "operation": f"Get{kind}", "nth": 2, "count": 0},
    )
    owner = {"managed_by": "us", "adopt": True} if module == "role" else {}
    result = here.run(module, name="ops", **owner, **ABSENT)
    assert not result["failed"] and not result["changed"] and result["changes"] == []


# A whole set-up


def attachments(**more: str) -> dict[str, Any]:
    return {
        f"{kind}_policies": [{f"{kind}_name": name, "policies": [{"name": "p"}], **more}]
        for kind, name in (("user", "ci"), ("group", "ops"), ("role", "runner"))
    }


WHOLE = {
    "users": [{"name": "ci", "display_name": "CI"}],
    "groups": [{"name": "ops", "members": ["ci"]}],
    "roles": [{"name": "runner", "trust_policy": trust("acs:ram::${account_id}:user/ci")}],
    "policies": [{"name": "p", "document": allow("oss:Get*")}],
    "service_linked_roles": [{"service_name": "alb.aliyuncs.com"}],
    **attachments(),
}
GONE = {
    "users": [{"name": "ci", "detach": True, **ABSENT}],
    "groups": [{"name": "ops", "detach": True, **ABSENT}],
    "roles": [{"name": "runner", "detach": True, **ABSENT}],
    "policies": [{"name": "p", **ABSENT}],
    "service_linked_roles": [{"service_name": "alb.aliyuncs.com", **ABSENT}],
}
GONE_ONE_BY_ONE = {
    **GONE,
    **attachments(**ABSENT),
    "users": [{"name": "ci", **ABSENT}],
    "roles": [{"name": "runner", **ABSENT}],
}


@pytest.mark.parametrize("way", ["one account", "many"])
def test_a_whole_set_up_and_its_removal(way: str, here: Account) -> None:
    here.begin()
    accounts = (
        {}
        if way == "one account"
        else {"accounts": [IN, {"assume_role": {"account_id": OTHER, "role_name": "Access"}}]}
    )
    before = [names_in(here.state(account_id)) for account_id in (OWN, OTHER)]
    for declared in (WHOLE, GONE, WHOLE, GONE_ONE_BY_ONE):
        said = here.run("baseline", True, **declared, **accounts)
        assert here.writes == [] and not said["failed"], said
        did = here.run("baseline", **declared, **accounts)
        assert not did["failed"] and changes_of(did) == changes_of(said)
        assert len(here.writes) == sum(map(len, changes_of(did)))
        again = here.run("baseline", **declared, **accounts)
        assert not again["changed"] and here.writes == []
    assert [names_in(here.state(account_id)) for account_id in (OWN, OTHER)] == before


def test_a_whole_set_up_over_many_accounts(account: Any, emulator: emulated.Emulator, playbook: Any) -> None:
    hub = account()
    access = {"name": "Access", "trust_policy": trust_accounts(hub.account_id), "policies": ADMINISTRATOR}
    members = [added["account_id"] for added in emulator.add(*[{"roles": [access]}] * amount(10, 100))]
    entries = [{"account_id": member, "assume_role": {"role_name": "Access"}} for member in members]
    before = {member: names_in(emulator.state(member)) for member in members}
    tasks = [
        {
            "name": f"{way} {what}",
            "check_mode": way == "predict",
            "alicloud.ram.baseline": {**declared, "accounts": entries},
        }
        for what, declared in (("set-up", WHOLE), ("removal", GONE_ONE_BY_ONE))
        for way in ("predict", "make", "repeat")
    ]
    run = playbook(tasks, account=hub).succeeded()
    writes = Counter(call["account_id"] for call in emulator.calls() if call["write"] and call["account_id"] in before)
    expected = 0
    for what in ("set-up", "removal"):
        predicted, made, again = (run.of(f"{way} {what}") for way in ("predict", "make", "repeat"))
        assert made["counts"]["changed"] == len(members) and not again["changed"]
        assert changes_of(predicted) == changes_of(made)
        assert len({len(changes) for changes in changes_of(made)}) == 1
        expected += len(changes_of(made)[0])
    assert writes == dict.fromkeys(members, expected)
    assert {member: names_in(emulator.state(member)) for member in members} == before


def names_in(state: dict[str, Any]) -> dict[str, list[str]]:
    return {kind: sorted(state[kind]) for kind in ("users", "groups", "roles", "policies")}


def changes_of(result: dict[str, Any]) -> list[Any]:
    return [one["changes"] for one in result.get("accounts", [result])]
