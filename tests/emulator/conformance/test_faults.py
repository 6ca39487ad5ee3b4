# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules: which calls they are for, rates, chance, and the faults that test_server.py has not."""

from __future__ import annotations

import itertools
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alicloud_emulator import operations
from alicloud_emulator.faults import Faults
from alicloud_emulator.registry import OPERATIONS
from alicloud_emulator.seed import Node, read_rule
from ansible_collections.alicloud.ram.tests.lib.documents import ROLE_NAME, SERVICE, trust

from .clients import Account, Current

assert operations.FAMILIES  # importing it has filled the table of operations

VPC_ARN = f"role/{ROLE_NAME.lower()}"
USER_FLOW = "Request was denied due to user flow control."


def outcome(call, *arguments, **named):
    """The code of a refusal; empty for success."""
    from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

    try:
        call(*arguments, **named)
    except AlibabaCloudException as error:
        return error.code
    return ""


def session(hub, role_arn):
    """A client with the session that AssumeRole gives, and when it is said to end."""
    key = hub.sts("AssumeRole", role_arn=role_arn, role_session_name="session")["Credentials"]
    emulator = hub.emulator
    return Current(emulator, key["AccessKeyId"], key["AccessKeySecret"], key["SecurityToken"]), key["Expiration"]


@pytest.fixture(name="assuming")
def fixture_assuming(new_account):
    """A function that makes an account with the user "hub", who may assume roles, and a role R that the account trusts."""

    def make():
        policies = [{"name": "AliyunSTSAssumeRoleAccess", "type": "System"}]
        return new_account(
            users=[{"name": "hub", "policies": policies}],
            roles=[
                {
                    "name": "R",
                    "trust_policy": trust("acs:ram::ACCOUNT:root"),
                    "policies": [{"name": "AliyunRAMReadOnlyAccess", "type": "System"}],
                }
            ],
        )

    return make


# Which calls a rule is for


def test_a_rule_for_one_service(account, rules, refused):
    account.ram("CreateServiceLinkedRole", service_name=SERVICE)
    rules({"fault": "error", "service": "resourcemanager", "operation": "GetRole", "account_id": account.id})
    account.ram("GetRole", role_name=ROLE_NAME)
    with refused("InternalError", 500):
        account.rm("GetRole", role_name=ROLE_NAME)
    rules({"fault": "error", "service": "ram", "account_id": account.id})
    account.rm("GetRole", role_name=ROLE_NAME)
    account.sts("GetCallerIdentity")
    with refused("InternalError", 500):
        account.ram("GetRole", role_name=ROLE_NAME)


def test_a_rule_for_several_operations(account, rules):
    rules({"fault": "error", "operation": ["ListUsers", "ListGroups"], "count": 0, "account_id": account.id})
    assert [outcome(account.ram, name) for name in ("ListUsers", "ListRoles", "ListGroups")] == [
        "InternalError",
        "",
        "InternalError",
    ]


def test_a_rule_for_callers_whose_arn_begins_alike(new_account, rules):
    account = new_account(users=[{"name": "ci-one"}, {"name": "ci-two"}, {"name": "person"}])
    rules({"fault": "error", "caller": f"acs:ram::{account.id}:user/ci-*", "count": 0})
    found = [outcome(account.client(name).sts, "GetCallerIdentity") for name in ("ci-one", "person", "ci-two")]
    assert found == ["InternalError", "", "InternalError"]


def test_everything_about_a_rule_is_listed(account, emulator, rules):
    rules(
        {
            "fault": "rate",
            "operation": ["ListUsers"],
            "service": "ram",
            "account_id": account.id,
            "caller": "acs:*",
            "nth": 2,
            "probability": 1,
            "per_second": 0.5,
            "per": [],
            "code": "Throttling.Api",
            "status": 429,
            "retry_after": "exact",
            "message": "Slowly.",
        }
    )
    for dummy in range(3):
        outcome(account.ram, "ListUsers")
    assert emulator.admin("rules") == [
        {
            "fault": "rate",
            "operation": ["ListUsers"],
            "service": "ram",
            "account_id": account.id,
            "caller": "acs:*",
            "nth": 2,
            "count": 0,
            "probability": 1,
            "per_second": 0.5,
            "burst": 1,
            "per": [],
            "code": "Throttling.Api",
            "status": 429,
            "retry_after": "exact",
            "message": "Slowly.",
            "matched": 3,
            "fired": 1,
        }
    ]


# Rates


def rate(**more):
    """So slow that in a test no call is let through again."""
    return {"fault": "rate", "per_second": 0.001, **more}


def test_a_rate_counts_each_account_and_operation(new_account, rules, refused):
    one, two = new_account(), new_account()
    rules(rate(burst=2))
    for account, operation in itertools.product((one, two), ("ListUsers", "ListGroups")):
        assert [outcome(account.ram, operation) for dummy in range(3)] == ["", "", "Throttling.User"]
    with refused("Throttling.User", 400) as caught:
        one.ram("ListUsers")
    assert caught.value.data["Message"] == USER_FLOW and caught.value.retry_after is None


def test_operations_of_one_name_are_counted_for_each_service(account, rules):
    account.ram("CreateServiceLinkedRole", service_name=SERVICE)
    rules(rate(account_id=account.id))
    for call in (account.ram, account.rm):
        assert [outcome(call, "GetRole", role_name=ROLE_NAME) for dummy in range(2)] == ["", "Throttling.User"]


@pytest.mark.parametrize(
    ("per", "expected"),
    [
        (["account"], ["", "Throttling.User", "", "Throttling.User"]),
        (["operation"], ["", "", "Throttling.User", "Throttling.User"]),
        (["caller"], ["", "Throttling.User", "", "Throttling.User"]),
        (["service"], ["", "Throttling.User", "Throttling.User", "Throttling.User"]),
        ([], ["", "Throttling.User", "Throttling.User", "Throttling.User"]),
    ],
)
def test_what_a_rate_is_counted_by(new_account, rules, per, expected):
    rules(rate(per=per))
    calls = itertools.product((new_account(), new_account()), ("ListUsers", "ListGroups"))
    assert [outcome(account.ram, operation) for account, operation in calls] == expected


def test_assume_role_is_counted_for_the_caller_s_account(assuming, rules, emulator):
    """However many accounts the roles are in."""
    hub, other, *targets = (assuming() for dummy in range(5))
    rules({**rate(burst=2), "operation": "AssumeRole", "per": ["account"]})

    def assume(who, target):
        # A refusal for want of trust is an answer as good as any: the call was counted.
        arn = target.role_arn("R")
        return outcome(who.client("hub").sts, "AssumeRole", role_arn=arn, role_session_name="session")

    assert [assume(hub, target) for target in targets] == ["NoPermission", "NoPermission", "Throttling.User"]
    assert assume(other, targets[0]) == "NoPermission"
    assert assume(other, other) == ""
    assert emulator.admin("rules")[0]["fired"] == 1


def test_the_time_until_a_call_is_let_through(account, rules, refused):
    rules({"fault": "rate", "per_second": 4, "burst": 1, "retry_after": "exact", "account_id": account.id})
    account.ram("ListUsers")
    with refused("Throttling.User") as caught:
        account.ram("ListUsers")
    assert 0 < caught.value.retry_after <= 250
    time.sleep(caught.value.retry_after / 1000)
    account.ram("ListUsers")


def rule_of(**values):
    return read_rule(Node(values, "rule"))


@given(
    st.lists(st.floats(0, 0.4), min_size=1, max_size=80),
    st.floats(0.5, 20),
    st.floats(1, 8),
)
def test_no_window_of_time_lets_more_calls_through(pauses, per_second, burst):
    faults = Faults([rule_of(fault="rate", per_second=per_second, burst=burst)], 0)
    operation, clock, passed, waits = OPERATIONS[("ram", "ListUsers")], 1000.0, [], []
    for pause in pauses:
        clock += pause
        verdict = faults.judge(operation, "1", "acs:1", clock)
        if verdict.answer:
            waits.append((clock, verdict.wait))
        else:
            passed.append(clock)
    for first, last in itertools.combinations(range(len(passed)), 2):
        allowed = burst + per_second * (passed[last] - passed[first])
        assert last - first + 1 <= allowed + 1e-6
    # After the time that it tells, a call is let through, if no other one took its place.
    if waits and waits[-1][0] == clock:
        assert not faults.judge(operation, "1", "acs:1", clock + waits[-1][1] + 1e-9).answer


# Chance


def pattern(emulator, other=()):
    """Which of 40 calls a rule hits, with calls of other operations between them."""
    account = Account(emulator, emulator.accounts[0])
    hits = []
    for number in range(40):
        hits.append(bool(outcome(account.ram, "ListUsers")))
        for name in other[: number % 3]:
            outcome(account.ram, name)
    return hits


def test_chance_is_the_same_in_every_run(new_emulator):
    rules = [
        {"fault": "error", "operation": "ListGroups", "probability": 0.7},
        {"fault": "error", "operation": "ListUsers", "probability": 0.5},
    ]
    seed = {"accounts": [{"account_id": "1000000000000001"}], "rules": rules}
    found = []
    for arguments, other in (((), ()), ((), ("ListGroups", "ListRoles")), (("--random-seed", "7"), ())):
        emulator = new_emulator(seed, "--admin", *arguments)
        found.append(pattern(emulator, other))
        listed = emulator.admin("rules")[1]
        assert (listed["matched"], listed["fired"]) == (40, sum(found[-1]))
        emulator.stop()
    assert found[0] == found[1] != found[2]
    assert 8 <= sum(found[0]) <= 32


def test_certain_and_impossible(account, rules):
    rules(
        {"fault": "error", "operation": "ListUsers", "probability": 0, "account_id": account.id},
        {"fault": "error", "operation": "ListUsers", "probability": 1, "count": 3, "account_id": account.id},
    )
    assert [outcome(account.ram, "ListUsers") for dummy in range(4)] == ["InternalError"] * 3 + [""]


@given(st.floats(0, 5), st.floats(0, 5), st.integers(), st.integers(1, 50))
def test_jitter_adds_up_to_so_much(seconds, jitter, random_seed, calls):
    operation = OPERATIONS[("ram", "ListUsers")]

    def latencies():
        faults = Faults([rule_of(fault="latency", seconds=seconds, jitter=jitter, count=0)], random_seed)
        return [faults.judge(operation, "1", "acs:1", 0.0).latency for dummy in range(calls)]

    found = latencies()
    assert found == latencies()
    assert all(seconds <= latency <= seconds + jitter for latency in found)
    if jitter > 0.1 and calls > 5:
        assert len(set(found)) > 1


# Answers that do not come


@pytest.mark.parametrize(("effect", "made"), [("before", False), ("after", True)])
def test_an_answer_that_does_not_come(account, emulator, rules, effect, made):
    from darabonba.exceptions import UnretryableException

    keys = account.keys["access_key_id"], account.keys["access_key_secret"]
    patient, hasty = Current(emulator, *keys), Current(emulator, *keys, read_timeout=300)
    hang = {"fault": "hang", "effect": effect, "operation": "CreateGroup", "account_id": account.id}
    rules({**hang, "seconds": 30})
    with pytest.raises(UnretryableException, match="timed out"):
        hasty.ram("CreateGroup", group_name="g")
    # Nobody else waits, and the call has been decided.
    assert ("g" in account.state()["groups"]) is made
    entry = emulator.last_call()
    assert (entry["operation"], entry["status"], entry["code"]) == ("CreateGroup", None, "Fault.hang")
    rules({**hang, "seconds": 0.2})
    with pytest.raises(UnretryableException) as caught:
        patient.ram("CreateGroup", group_name="h")
    assert "timed out" not in str(caught.value)
    assert ("h" in account.state()["groups"]) is made


def test_an_emulator_stops_while_calls_hang(new_emulator):
    from darabonba.exceptions import UnretryableException

    seed = {"accounts": [{"account_id": "1000000000000001"}], "rules": [{"fault": "hang", "seconds": 3600}]}
    emulator = new_emulator(seed, "--quiet")
    key = emulator.accounts[0]
    client = Current(emulator, key["access_key_id"], key["access_key_secret"], read_timeout=200)
    with pytest.raises(UnretryableException):
        client.sts("GetCallerIdentity")
    assert emulator.stop() == (0, "", "")


# Deletion tasks


@pytest.fixture(name="linked")
def fixture_linked(new_account, rules):
    """A function that sets a rule for deletion tasks in a new account with a service-linked role."""

    def make(role=None, **rule):
        account = new_account(service_linked_roles=[{"service_name": SERVICE, **(role or {})}])
        rules({"fault": "deletion", "account_id": account.id, **rule})
        return account

    return make


def delete(account, service="ram"):
    return getattr(account, service)("DeleteServiceLinkedRole", role_name=ROLE_NAME)["DeletionTaskId"]


def poll(account, task):
    return account.rm("GetServiceLinkedRoleDeletionStatus", deletion_task_id=task)


@pytest.mark.parametrize("service", ["ram", "rm"])
def test_a_deletion_that_takes_some_polls(linked, service):
    account = linked(polls=3)
    task = delete(account, service)
    assert delete(account) == task
    statuses = [poll(account, task)["Status"] for dummy in range(4)]
    assert statuses == ["NOT_STARTED", "IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"]
    assert ROLE_NAME not in account.state()["roles"]
    assert poll(account, task) == {"Status": "SUCCEEDED"}


def test_a_deletion_that_is_refused_once(linked, refused):
    usages = [{"region": "cn-hangzhou", "resources": ["acs:cr:*:1:instance/a", "acs:cr:*:1:instance/b"]}]
    account = linked(usages=usages, message="Still needed.")
    task = delete(account)
    assert [poll(account, task).get("Reason") for dummy in range(2)] == [
        None,
        {
            "Message": "Still needed.",
            "RoleUsages": {"RoleUsage": [{"Region": "cn-hangzhou", "Resources": {"Resource": usages[0]["resources"]}}]},
        },
    ]
    assert poll(account, task)["Status"] == "FAILED"
    # The rule was for one deletion; the next one goes as the role's own.
    task = delete(account)
    assert [poll(account, task)["Status"] for dummy in range(2)] == ["IN_PROGRESS", "SUCCEEDED"]
    with refused("EntityNotExist.Role", 404):
        account.ram("GetRole", role_name=ROLE_NAME)


def test_a_deletion_that_fails_at_once_and_says_little(linked):
    account = linked(polls=0, outcome="FAILED")
    body = poll(account, delete(account))
    assert body["Status"] == "FAILED" and VPC_ARN in body["Reason"]["Message"]
    assert body["Reason"]["RoleUsages"] == {"RoleUsage": []}
    assert ROLE_NAME in account.state()["roles"]


def test_a_rule_comes_before_what_the_seed_says(linked):
    role = {"in_use": {"message": "In use.", "usages": []}, "deletion": {"polls": 0}}
    account = linked(role, outcome="INTERNAL_ERROR")
    task = delete(account)
    assert [poll(account, task)["Status"] for dummy in range(2)] == ["IN_PROGRESS", "INTERNAL_ERROR"]
    account = linked(role, outcome="FAILED", polls=0)
    assert poll(account, delete(account))["Reason"]["Message"] == "In use."
    # Without the rule, it is as the seed says.
    assert poll(account, delete(account))["Status"] == "FAILED"
    account = linked(role)
    task = delete(account)
    assert [poll(account, task)["Status"] for dummy in range(2)] == ["IN_PROGRESS", "SUCCEEDED"]


def until(found, seconds=10):
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("outcome_of_task", ["SUCCEEDED", "FAILED"])
def test_a_deletion_that_takes_its_time(linked, outcome_of_task):
    account = linked(seconds=1.5, outcome=outcome_of_task)
    task = delete(account)
    assert {poll(account, task)["Status"] for dummy in range(5)} == {"NOT_STARTED", "IN_PROGRESS"}
    assert ROLE_NAME in account.state()["roles"]
    # It ends without being asked for.
    until(lambda: account.state()["deletion_tasks"][task]["status"] == outcome_of_task)
    assert (ROLE_NAME in account.state()["roles"]) is (outcome_of_task == "FAILED")
    assert poll(account, task)["Status"] == outcome_of_task


def test_a_role_goes_by_the_clock_though_nobody_asks(linked):
    account = linked(seconds=0.5)
    delete(account)
    until(lambda: outcome(account.ram, "GetRole", role_name=ROLE_NAME) == "EntityNotExist.Role")


def test_a_deletion_of_what_is_no_such_role(linked, account, rules, emulator, refused):
    document = json.dumps(trust(f"acs:ram::{account.id}:root"))
    account.ram("CreateRole", role_name="plain", assume_role_policy_document=document)
    rules({"fault": "deletion", "outcome": "FAILED", "count": 0, "account_id": account.id})
    with refused("EntityNotExist.ServiceLinkedRole", 404):
        account.ram("DeleteServiceLinkedRole", role_name="plain")
    with refused("EntityNotExist.Role", 404):
        account.ram("DeleteServiceLinkedRole", role_name="none")
    assert emulator.admin("rules")[0]["fired"] == 2


def test_a_task_under_way_is_not_changed(new_account, rules):
    account = new_account(service_linked_roles=[{"service_name": SERVICE, "deletion": {"polls": 2}, "deleting": True}])
    rules({"fault": "deletion", "outcome": "FAILED", "account_id": account.id})
    task = delete(account)
    assert [poll(account, task)["Status"] for dummy in range(3)] == ["NOT_STARTED", "IN_PROGRESS", "SUCCEEDED"]


# Tokens that die early


def test_a_token_that_dies_early(assuming, rules, refused):
    hub = assuming()
    rules({"fault": "expire", "seconds": 0, "account_id": hub.id})
    early, said = session(hub.client("hub"), hub.role_arn("R"))
    with refused("InvalidSecurityToken.Expired", 400):
        early.ram("ListUsers")
    later, also_said = session(hub.client("hub"), hub.role_arn("R"))
    later.ram("ListUsers")
    # Nothing in the answer told that the first would be different.
    seconds = [time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) for text in (said, also_said)]
    assert abs(seconds[1] - seconds[0]) < 60


def test_a_token_lives_until_then(assuming, rules, refused):
    hub = assuming()
    rules({"fault": "expire", "seconds": 1.5, "account_id": hub.id})
    client, dummy = session(hub.client("hub"), hub.role_arn("R"))
    client.ram("ListUsers")
    until(lambda: outcome(client.ram, "ListUsers") == "InvalidSecurityToken.Expired")
