# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The caller's rights, told before the first write: what preflight says is what the service then does."""

from __future__ import annotations

import itertools
import json
import uuid
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from ansible_collections.alicloud.ram.plugins.module_utils._cloud import client
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.operations import OPERATIONS
from ansible_collections.alicloud.ram.tests.lib import inprocess
from ansible_collections.alicloud.ram.tests.lib.accounts import Account
from ansible_collections.alicloud.ram.tests.lib.amounts import THOROUGH, amount
from ansible_collections.alicloud.ram.tests.lib.documents import (
    ADMINISTRATOR,
    SERVICE,
    allow,
    deny,
    document,
    statement,
    trust_accounts,
)

NUMBERS = itertools.count()
KEYS: dict[str, dict[str, dict[str, str]]] = {}
"""The keys of the caller and of the administrator, by account."""
READS = statement(["ram:Get*", "ram:List*"])
TRUST = trust_accounts("1")
PRESENT = {
    "service_linked_roles": [{"service_name": SERVICE}],
    "policies": [{"name": "publish", "document": allow("oss:PutObject"), "tags": {"team": "a"}}],
    "users": [{"name": "ci"}],
    "groups": [{"name": "ops", "members": ["ci"]}],
    "roles": [{"name": "runner", "trust_policy": TRUST}],
    "user_policies": [{"user_name": "ci", "policies": [{"name": "publish"}]}],
    "group_policies": [{"group_name": "ops", "policies": [{"name": "ReadOnlyAccess", "type": "System"}]}],
    "role_policies": [{"role_name": "runner", "policies": [{"name": "publish"}]}],
}
THERE = {
    "policies": [{"name": "publish", "document": allow("oss:GetObject"), "description": "old", "tags": {"team": "b"}},
                 {"name": "gone", "document": allow("oss:GetObject")}],
    "users": [{"name": "ci", "comments": "old"}, {"name": "leaver", "groups": ["ops"],
              "policies": [{"name": "gone", "type": "Custom"}]}],
    "groups": [{"name": "ops", "comments": "old"}],
    "roles": [{"name": "runner", "trust_policy": trust_accounts("2")}],
    "service_linked_roles": [{"service_name": SERVICE, "deletion": {"polls": 0}}],
}  # fmt: skip
CHANGED = {
    "policies": [{"name": "publish", "document": allow("oss:PutObject"), "tags": {"team": "a"}, "description": "new",
                  "adopt": True}, {"name": "gone", "state": "absent"}],
    "users": [{"name": "ci", "comments": "new"}, {"name": "leaver", "state": "absent", "detach": True}],
    "groups": [{"name": "ops", "comments": "new", "members": ["ci"]}],
    "roles": [{"name": "runner", "trust_policy": TRUST}],
    "service_linked_roles": [{"service_name": SERVICE, "state": "absent"}],
    "user_policies": [{"user_name": "leaver", "policies": [{"name": "gone"}], "state": "absent"}],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _endpoints(emulator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_constants", {})
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)


def with_caller(account: Any, *names: str, caller: Any = None, **there: Any) -> Account:
    """An account with an administrator, and a user who has these policies, and calls."""
    held = {"caller": [{"name": name, "type": "Custom"} for name in names], "boss": ADMINISTRATOR}
    keys = {
        user: {"access_key_id": f"LTAIpreflight{next(NUMBERS)}", "access_key_secret": uuid.uuid4().hex} for user in held
    }
    users = [{"name": user, "access_keys": [keys[user]], "policies": policies} for user, policies in held.items()]
    users[0].update(caller or {})
    made = account(**{**there, "users": [*there.get("users", []), *users]})
    KEYS[made.account_id] = keys
    return made


def world(account: Any, *documents: Any, **there: Any) -> Account:
    """An account, called by a user who may read all, and has these policies."""
    names = [f"own-{number}" for number in range(len(documents) + 1)]
    own = [{"name": name, "document": one} for name, one in zip(names, [document(READS), *documents])]
    return with_caller(account, *names, **{**there, "policies": [*there.get("policies", []), *own]})


def run(there: Account, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """The module baseline, as the caller."""
    return inprocess.run(
        "baseline", {**there.options, **KEYS[there.account_id]["caller"], "retry_timeout": 0, **options}, check_mode
    )


def grant(there: Account, policy: Any) -> None:
    """Give the caller one more policy, as the account's administrator."""
    declared = {
        "policies": [{"name": "granted", "document": policy}],
        "user_policies": [{"user_name": "caller", "policies": [{"name": "granted"}]}],
    }
    assert not inprocess.run("baseline", {**there.options, **KEYS[there.account_id]["boss"], **declared}).get("failed")
    there.calls()


def told(result: dict[str, Any], decision: str = "denied") -> set[str]:
    return {right["action"] for right in result["rights"][decision]}


@pytest.mark.parametrize("declared, seed", [(PRESENT, {}), (CHANGED, THERE)], ids=["from nothing", "changes"])
def test_each_write_that_is_not_granted(declared: dict[str, Any], seed: dict[str, Any], account: Any) -> None:
    """Preflight names exactly that write, before any. With the policy that it tells is missing, the run succeeds."""
    planned = run(world(account, allow("ram:*"), **seed), **declared, preflight="require", check_mode=True)
    assert not planned.get("failed") and planned["rights"]["denied"] == [], planned
    actions = {OPERATIONS[change["operation"]].action for change in planned["changes"]}
    assert len(actions) > 7
    for action in sorted(actions):
        there = world(account, allow(*sorted(actions - {action})), **seed)
        for check_mode in (True, False):
            result = run(there, **declared, preflight="require", check_mode=check_mode)
            assert result["failed"] and there.writes() == [], action
            assert told(result) == {action} and told(result, "undetermined") == set()
            assert f"user 'caller' lacks rights for what is planned: {action} on " in result["msg"]
            assert "Nothing was changed (preflight: require)." in result["msg"]
        grant(there, result["rights"]["missing_policy"])
        result = run(there, **declared, preflight="require")
        assert not result.get("failed") and result["changes"] and told(result) == set(), result


PATTERNS = st.sampled_from(
    [
        "ram:*",
        "ram:Create*",
        "ram:CreateUser",
        "ram:createuser",
        "ram:AttachPolicyTo*",
        "ram:AddUserToGroup",
        "ram:*Group",
        "*",
    ]
)
ANYWHERE = st.sampled_from(
    [
        "*",
        "acs:ram:*:*:*",
        "acs:ram:*:*:user/*",
        "acs:ram:*:*:group/ops",
        "acs:ram:*:*:policy/pub*",
        "acs:ram:*:system:*",
    ]
)
CONDITIONS = st.sampled_from(
    [{}, {}, {}, {"Bool": {"acs:SecureTransport": "true"}}, {"Bool": {"acs:SecureTransport": "false"}},
     {"StringEquals": {"ram:ServiceName": SERVICE}}, {"Bool": {"acs:MFAPresent": "false"}},
     {"DateLessThan": {"acs:CurrentTime": "2020-01-01T00:00:00Z"}}, {"IpAddress": {"acs:SourceIp": "127.0.0.0/8"}}]
)  # fmt: skip
STATEMENTS = st.builds(
    lambda effect, actions, resource, condition: statement(actions, resource, effect, Condition=condition),
    st.sampled_from(["Allow", "Allow", "Allow", "Deny"]), st.lists(PATTERNS, min_size=1, max_size=3), ANYWHERE, CONDITIONS,
)  # fmt: skip
DOCUMENTS = st.lists(st.lists(STATEMENTS, min_size=1, max_size=3).map(lambda items: document(*items)), max_size=2)


@hypothesis.settings(
    deadline=None,
    max_examples=amount(25, 1000),
    derandomize=not THOROUGH,
    suppress_health_check=list(hypothesis.HealthCheck),
)
@hypothesis.given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_any_policies_of_the_caller(account: Any, own: list[Any], of_group: list[Any], limited: list[Any]) -> None:
    """No write that the service refuses was told to be granted, and none that it admits to be denied."""
    named = {f"{who}-{number}": one for who, those in (("own", own), ("group", of_group), ("limited", limited))
             for number, one in enumerate(those)}  # fmt: skip
    held = {
        who: [{"name": name, "type": "Custom"} for name in named if name.startswith(who)]
        for who in ("own", "group", "limited")
    }
    there = with_caller(
        account,
        "reads",
        policies=[{"name": name, "document": one} for name, one in {"reads": document(READS), **named}.items()],
        groups=[
            {
                "name": "g",
                "policies": held["group"],
                "resource_group_policies": [{**one, "resource_group": "rg-2"} for one in held["limited"][1:]],
            }
        ],
        caller={
            "groups": ["g"],
            "policies": [{"name": "reads", "type": "Custom"}, *held["own"]],
            "resource_group_policies": [{**one, "resource_group": "rg-1"} for one in held["limited"][:1]],
        },
    )
    checked = run(there, **PRESENT, preflight="require", check_mode=True)
    if "rights" not in checked:
        hypothesis.event("the state may not be read")
        return
    made = run(there, **PRESENT)
    hypothesis.event("made" if not made.get("failed") else "refused")
    if not made.get("failed"):
        assert told(checked) == set()
    elif "operation" in made:
        refused = OPERATIONS[made["operation"]].action
        assert refused in told(checked) | told(checked, "undetermined"), made["msg"]


@hypothesis.settings(
    deadline=None,
    max_examples=amount(25, 1000),
    derandomize=not THOROUGH,
    suppress_health_check=list(hypothesis.HealthCheck),
)
@hypothesis.given(DOCUMENTS, DOCUMENTS, st.none() | st.lists(STATEMENTS, min_size=1, max_size=3))
def test_any_policies_of_a_role_and_its_session(
    account: Any, tmp_path_factory: Any, monkeypatch: Any, own: list[Any], limited: list[Any], session: Any
) -> None:
    """The same for a session of a role, which a policy of its own may limit further."""
    named = {f"{who}-{number}": one for who, those in (("own", own), ("limited", limited))
             for number, one in enumerate(those)}  # fmt: skip
    held = {
        who: [{"name": name, "type": "Custom"} for name in named if name.startswith(who)] for who in ("own", "limited")
    }
    hub = account()
    there = account(
        policies=[{"name": name, "document": one} for name, one in {"reads": document(READS), **named}.items()],
        roles=[
            {
                "name": "Caller",
                "trust_policy": trust_accounts(hub.account_id),
                "policies": [{"name": "reads", "type": "Custom"}, *held["own"]],
                "resource_group_policies": [{**one, "resource_group": "rg-1"} for one in held["limited"]],
            }
        ],
    )
    profile = {
        "name": "session", "mode": "RamRoleArn",
        **{name: hub.options[name] for name in ("access_key_id", "access_key_secret")},
        "ram_role_arn": f"acs:ram::{there.account_id}:role/Caller", "ram_session_name": "test",
    }  # fmt: skip
    if session is not None:
        profile["policy"] = json.dumps(document(READS, *session))
    path = tmp_path_factory.mktemp("profile") / "config.json"
    path.write_text(json.dumps({"current": "session", "profiles": [profile]}), encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("ALIBABA_CLOUD_CONFIG_FILE", str(path))
    options = {"profile": "session", "retry_timeout": 0, **PRESENT}
    checked = inprocess.run("baseline", {**options, "preflight": "require"}, True)
    if "rights" not in checked:
        hypothesis.event("the state may not be read")
        return
    made = inprocess.run("baseline", options)
    hypothesis.event("made" if not made.get("failed") else "refused")
    if not made.get("failed"):
        assert told(checked) == set(), made
    elif "operation" in made:
        refused = OPERATIONS[made["operation"]].action
        assert refused in told(checked) | told(checked, "undetermined"), made["msg"]


def test_limits_on_attachments(account: Any) -> None:
    policies = [{"name": f"p-{number}", "document": allow("oss:GetObject")} for number in range(11)]
    names = [{"name": one["name"]} for one in policies]
    there = world(account, allow("ram:*"), policies=policies, users=[{"name": "ci"}])
    declared = {"user_policies": [{"user_name": "ci", "policies": names, "exclusive": True}]}
    checked = run(there, **declared, preflight="require", check_mode=True)
    (limit,) = checked["rights"]["limits"]
    assert limit == (
        "user 'ci' would have 11 custom policies attached; RAM allows 10, unless the account's quota was raised."
    )
    assert f"preflight: {limit}" in checked["warnings"] and not checked.get("failed")
    assert "warnings" not in run(there, **declared, check_mode=True)
    declared["user_policies"][0]["policies"] = names[:10]
    assert run(there, **declared, preflight="require", check_mode=True)["rights"]["limits"] == []


@pytest.mark.parametrize("name", ["policy", "user", "user_policies", "service_linked_role"])
def test_preflight_of_one_resource(name: str, account: Any) -> None:
    options: dict[str, Any] = {
        "policy": {"name": "publish", "document": allow("oss:PutObject")}, "user": {"name": "ci"},
        "user_policies": {"user_name": "caller", "policies": [{"name": "ReadOnlyAccess", "type": "System"}]},
        "service_linked_role": {"service_name": SERVICE},
    }[name]  # fmt: skip
    there = world(account)
    shared = {**there.options, **KEYS[there.account_id]["caller"], "retry_timeout": 0, **options}
    refused = inprocess.run(name, {**shared, "preflight": "require", "preflight_undetermined": "stop"})
    (action,) = told(refused) or told(refused, "undetermined")
    assert action.startswith(("ram:Create", "ram:Attach")) and there.writes() == []
    assert refused["msg"].endswith("Nothing was changed (preflight: require).")
    if name == "user_policies":  # it would change the caller's own rights
        assert not refused["rights"]["denied"]
        return
    checked = inprocess.run(name, {**shared, "preflight": "warn"}, True)
    assert checked["changed"] and checked["rights"]["denied"] == refused["rights"]["denied"]
    assert checked["warnings"][0].startswith("preflight: user 'caller' lacks rights")
    (again,) = [
        inprocess.run(name, {**shared, "preflight": "require", "preflight_undetermined": "stop", "state": "absent"})
    ]
    assert again["changed"] is False and again["rights"]["granted"] == 0


def test_all_missing_rights_at_once(account: Any) -> None:
    there = world(
        account, allow("ram:CreateUser"), document(statement("oss:*"), *deny("ram:AttachPolicy*")["Statement"])
    )
    result = run(there, **PRESENT, preflight="require")
    needed = {"CreateServiceLinkedRole", "CreatePolicy", "CreateGroup", "AddUserToGroup", "CreateRole"}
    attached = {f"ram:AttachPolicyTo{kind}" for kind in ("User", "Group", "Role")}
    assert told(result) == {*(f"ram:{name}" for name in needed), *attached} and there.writes() == []
    explicit = {right["action"] for right in result["rights"]["denied"] if right["explicit_deny"]}
    assert explicit == attached
    # What is denied explicitly, no further policy grants.
    granted = {action for one in result["rights"]["missing_policy"]["Statement"] for action in one["Action"]}
    assert granted == told(result) - attached
    assert "denied by statement 2 of policy 'own-2'" in result["msg"] and "no policy allows it" in result["msg"]
    assert result["rights"]["granted"] == 1
    assert result["rights"]["not_read"] == ["control policies of the resource directory"]


def test_a_warning_only(account: Any) -> None:
    there = world(account, allow("ram:CreateUser"))
    declared = {"users": [{"name": "ci"}], "groups": [{"name": "ops"}]}
    result = run(there, **declared, preflight="warn")
    assert result["failed"] and there.writes() == ["CreateUser", "CreateGroup"]  # the second one is refused
    checked = run(world(account, allow("ram:CreateUser")), **declared, preflight="warn", check_mode=True)
    (warning,) = checked["warnings"]
    assert warning.startswith("preflight: user 'caller' lacks rights for what is planned: ram:CreateGroup on ")


def test_what_cannot_be_told(account: Any) -> None:
    guarded = allow("ram:*", Condition={"Bool": {"acs:MFAPresent": "true"}})
    declared = {"users": [{"name": "ci"}]}
    result = run(world(account, guarded), **declared, preflight="require", check_mode=True)
    assert not result.get("failed") and told(result, "undetermined") == {"ram:CreateUser"}
    there = world(account, guarded)
    result = run(there, **declared, preflight="require", preflight_undetermined="stop")
    assert result["failed"] and there.writes() == []
    assert result["msg"] == (
        "Whether user 'caller' has all rights for what is planned is not certain: ram:CreateUser on "
        f"acs:ram:*:{there.account_id}:user/* (the value of acs:MFAPresent is not known). Nothing was changed (preflight: "
        "require)."
    )
    result = run(there, **declared, preflight="warn", preflight_undetermined="stop")
    assert "preflight_undetermined: stop has a meaning only with preflight: require" in result["msg"]


def test_a_caller_that_may_not_look_at_itself(account: Any) -> None:
    reads = allow("ram:GetUser", "ram:CreateUser")
    there = with_caller(account, "own", policies=[{"name": "own", "document": reads}])
    result = run(there, users=[{"name": "ci"}], preflight="require", check_mode=True)
    (right,) = result["rights"]["undetermined"]
    assert (
        "the caller may not read the policies of user 'caller', which needs ram:ListPoliciesForUser" in right["reasons"]
    )


def test_writes_that_change_the_caller_s_own_rights(account: Any) -> None:
    """What the run grants itself is no missing right."""
    there = world(account, allow("ram:AttachPolicyToUser"), policies=[{"name": "more", "document": allow("ram:*")}])
    declared = {"user_policies": [{"user_name": "caller", "policies": [{"name": "more"}]}], "users": [{"name": "ci"}]}
    result = run(there, **declared, preflight="require", check_mode=True)
    assert told(result) == set() and told(result, "undetermined") == {"ram:AttachPolicyToUser", "ram:CreateUser"}
    assert "change the rights of user 'caller'" in json.dumps(result["rights"])


def test_nothing_is_read_if_nothing_is_planned(account: Any) -> None:
    there = account(users=[{"name": "ci"}])
    options = {**there.options, "users": [{"name": "ci"}], "account_id": there.account_id}
    inprocess.run("baseline", options)
    before = there.calls()
    result = inprocess.run("baseline", {**options, "preflight": "require"})
    assert there.calls() == before and result["rights"]["granted"] == 0 and result["rights"]["caller"] == ""


def test_the_calls_for_a_member_s_role(account: Any) -> None:
    """At most four more in each account, and a system policy is read once for all of them."""
    hub, members = account(), []
    trust = trust_accounts(hub.account_id)
    for dummy in range(3):
        held = [{"name": "manage", "type": "Custom"}, {"name": "ReadOnlyAccess", "type": "System"}]
        role = {"name": "Access", "trust_policy": trust, "policies": held}
        members.append(account(roles=[role], policies=[{"name": "manage", "document": allow("ram:*")}]))
    entries = [{"account_id": one.account_id, "assume_role": {"role_name": "Access"}} for one in members]
    calls = {}
    for name, preflight in (("a", "off"), ("b", "require")):
        result = inprocess.run(
            "baseline", {**hub.options, "accounts": entries, "users": [{"name": name}], "preflight": preflight}
        )
        assert result["counts"]["changed"] == 3
        calls[preflight] = [one.calls() for one in members]
        if preflight == "require":
            (rights,) = {json.dumps(one["rights"], sort_keys=True) for one in result["accounts"]}
            assert json.loads(rights)["granted"] == 1 and json.loads(rights)["caller"] == "role 'Access'"
    more = [len(those) - len(these) for these, those in zip(calls["off"], calls["require"])]
    assert max(more) <= 5 and sum(more) <= 3 * 4 + 1
    assert sum(one.count("GetPolicy") for one in calls["require"]) == 4


def test_the_playbooks(account: Any, playbook: Any) -> None:
    """The story of a run that stopped half done: it does not begin, and tells all that is missing; with it, it runs through."""
    hub = account()
    trust = trust_accounts(hub.account_id)
    hosts, members = {}, {}
    for name, actions in (("full", "ram:*"), ("half", "ram:Create*")):
        held = {"name": "manage", "document": document(READS, statement(actions))}
        role = {"name": "Access", "trust_policy": trust, "policies": [{"name": "manage", "type": "Custom"}]}
        members[name] = account(roles=[role], policies=[held])
        hosts[name] = {"alicloud_assume_role": {"account_id": members[name].account_id, "role_name": "Access"}}
    inventory = {"alicloud_accounts": {"hosts": hosts, "vars": {"alicloud_baseline": PRESENT}}}
    environment = {
        f"ALIBABA_CLOUD_{name.upper()}": hub.options[name] for name in ("access_key_id", "access_key_secret")
    }

    def writes() -> dict[str, int]:
        return {name: len(there.writes()) for name, there in members.items()}

    def failed(run: Any) -> dict[str, str]:
        return {item["host"]: item["result"]["msg"] for item in run.results if item["outcome"] == "failed"}

    for name, options in (("preflight", ()), ("apply", ("--check", "-e", "alicloud_preflight=require"))):
        run = playbook(f"alicloud.ram.{name}", *options, inventory=inventory, environment=environment, measured=True)
        assert run.status == 2 and set(failed(run)) == {"half"} and writes() == {"full": 0, "half": 0}
        assert all(
            f"ram:{one}" in failed(run)["half"]
            for one in ("AddUserToGroup", "AttachPolicyToUser", "AttachPolicyToRole")
        )
    run = playbook(
        "alicloud.ram.apply", "-e", "alicloud_preflight=require", inventory=inventory, environment=environment
    )
    made = writes()
    assert set(failed(run)) == {"half"} and made["half"] == 0 and made["full"] > 0
    (half,) = [one for one in run.of("Work on all accounts of the batch")["accounts"] if one["name"] == "half"]
    missing = half["rights"]["missing_policy"]
    give = {"policies": [{"name": "granted", "document": missing}],
            "role_policies": [{"role_name": "Access", "policies": [{"name": "granted"}]}]}  # fmt: skip
    assert not inprocess.run("baseline", {**members["half"].options, **give}).get("failed")
    playbook(
        "alicloud.ram.apply", "-e", "alicloud_preflight=require", inventory=inventory, environment=environment
    ).succeeded()
