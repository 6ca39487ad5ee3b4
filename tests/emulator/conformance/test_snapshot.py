# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots: a world comes back whole, goes on as it would have, and is refused where something is missing."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alicloud_emulator import snapshot
from alicloud_emulator.seed import new_world
from alicloud_emulator.store import World
from ansible_collections.alicloud.ram.tests.lib.documents import (
    ADMINISTRATOR,
    ROLE_NAME,
    SERVICE,
    document,
    statement,
    trust_accounts,
)

from .clients import Account, Current
from .conftest import Emulator

ID, MEMBER = "1000000000000001", "1000000000000002"
MANY = "AliyunServiceRoleForMany"
DOCUMENT = json.dumps(document(statement("oss:*")))
TRUST = json.dumps(trust_accounts(ID))
SEED = {
    "accounts": [
        {
            "account_id": ID,
            "alias": "hub",
            "directory": "management",
            "quotas": {"users": 4},
            "users": [
                {
                    "name": "administrator",
                    "policies": ADMINISTRATOR,
                    "access_keys": [{"access_key_id": "LTAI1", "access_key_secret": "it's é secret"}],
                },
                {"name": "old", "groups": ["staff"], "policies": [{"name": "P", "type": "Custom"}]},
            ],
            "groups": [{"name": "staff", "policies": [{"name": "ReadOnlyAccess", "type": "System"}]}],
            "policies": [{"name": "P", "versions": [{"document": DOCUMENT}] * 3, "default_version": "v2"}],
            "roles": [{"name": "Keeper", "trust_policy": TRUST, "policies": ADMINISTRATOR, "tags": {"k": "v"}}],
            "service_linked_roles": [
                {"service_name": SERVICE, "in_use": {"usages": [{"region": "cn-hangzhou", "resources": ["acs:x"]}]}},
                {"service_name": "many.example.aliyuncs.com", "custom_suffix": "a", "deletion": {"polls": 3}},
            ],
            "root_access_key": {"access_key_id": "LTAIroot", "access_key_secret": "s"},
        },
        {"account_id": MEMBER, "directory": "member", "folder": "/prod/eu", "tags": {"env": "prod"}},
    ],
    "services": [
        {
            "service_name": "many.example.aliyuncs.com",
            "role_name_prefix": MANY,
            "multiple_roles_allowed": True,
        }
    ],
}


@pytest.fixture(name="own", scope="module")
def fixture_own(tmp_path_factory):
    """An emulator for this module alone, since its world is replaced again and again; and its first snapshot."""
    emulator = Emulator(tmp_path_factory.mktemp("snapshots"), SEED, ["--admin"])
    account = Account(emulator, emulator.accounts[0])
    yield account, emulator.admin("snapshot")
    assert emulator.stop()[::2] == (0, "")


# A run of calls

NAMES = st.sampled_from(["one", "two", "old"])
POLICIES = st.sampled_from(["P", "Q"])
ROLES = st.sampled_from(["Keeper", "keeper", "Other"])
LINKED = st.sampled_from([ROLE_NAME, f"{MANY}_a", f"{MANY}_b"])


def op(service, action, **arguments):
    return st.tuples(st.just(service), st.just(action), st.fixed_dictionaries(arguments))


def attachments(kind, names):
    attached = {"policy_type": st.just("Custom"), "policy_name": POLICIES, f"{kind.lower()}_name": names}
    return op("ram", f"AttachPolicyTo{kind}", **attached) | op("ram", f"DetachPolicyFrom{kind}", **attached)


OPERATIONS = st.lists(
    op("ram", "CreateUser", user_name=NAMES)
    | op("ram", "DeleteUser", user_name=NAMES)
    | op("ram", "UpdateUser", user_name=NAMES, new_user_name=NAMES)
    | op("ram", "CreateAccessKey", user_name=NAMES)
    | op("ram", "CreateGroup", group_name=NAMES)
    | op("ram", "AddUserToGroup", user_name=NAMES, group_name=st.sampled_from(["staff", "one"]))
    | op("ram", "RemoveUserFromGroup", user_name=NAMES, group_name=st.just("staff"))
    | op("ram", "CreatePolicy", policy_name=POLICIES, policy_document=st.just(DOCUMENT))
    | op("ram", "CreatePolicyVersion", policy_name=POLICIES, policy_document=st.just(DOCUMENT))
    | op("ram", "DeletePolicyVersion", policy_name=POLICIES, version_id=st.sampled_from(["v1", "v3"]))
    | op("ram", "CreateRole", role_name=ROLES, assume_role_policy_document=st.just(TRUST))
    | op("ram", "DeleteRole", role_name=ROLES)
    | op("ram", "TagResources", resource_type=st.just("role"), resource_names=ROLES.map(lambda name: [name]),
         tag=st.just({"a": "b"}))
    | op("ram", "CreateServiceLinkedRole", service_name=st.just("many.example.aliyuncs.com"),
         custom_suffix=st.sampled_from(["a", "b"]))
    | op("ram", "DeleteServiceLinkedRole", role_name=LINKED)
    | op("rm", "GetServiceLinkedRoleDeletionStatus", deletion_task_id=LINKED)
    | op("sts", "AssumeRole", role_arn=st.just(f"acs:ram::{ID}:role/Keeper"), role_session_name=st.just("session"))
    | attachments("User", NAMES)
    | attachments("Group", st.sampled_from(["staff", "one"]))
    | attachments("Role", ROLES),
    max_size=12,
)  # fmt: skip
READS = [
    ("ram", "GetAccountAlias", {}),
    ("ram", "ListUsers", {}),
    ("ram", "ListGroups", {}),
    ("ram", "ListRoles", {}),
    ("ram", "ListPolicies", {"policy_type": "Custom"}),
    ("ram", "ListUsersForGroup", {"group_name": "staff"}),
    ("ram", "ListGroupsForUser", {"user_name": "old"}),
    ("ram", "ListPoliciesForUser", {"user_name": "old"}),
    ("ram", "ListAccessKeys", {"user_name": "administrator"}),
    ("ram", "ListPolicyVersions", {"policy_type": "Custom", "policy_name": "P"}),
    ("ram", "ListEntitiesForPolicy", {"policy_type": "System", "policy_name": "AdministratorAccess"}),
    ("ram", "GetPolicy", {"policy_type": "Custom", "policy_name": "P"}),
    ("ram", "GetRole", {"role_name": "Keeper"}),
    ("ram", "GetRole", {"role_name": ROLE_NAME}),
    ("rm", "ListAccounts", {"include_tags": True}),
    ("rm", "ListFoldersForParent", {}),
    ("sts", "GetCallerIdentity", {}),
]
# What is new each time that a call is made.
FRESH = {"AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration", "DeletionTaskId", "CreateDate", "UpdateDate",
         "AttachDate", "JoinDate", "Date"}  # fmt: skip


def stable(value):
    if isinstance(value, dict):
        return {key: "fresh" if key in FRESH else stable(item) for key, item in value.items()}
    return [stable(item) for item in value] if isinstance(value, list) else value


def run(account, calls):
    """The answers to some calls, or the codes and messages of refusals; tasks are named by their role."""
    from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

    answers = []
    for service, action, arguments in calls:
        if "deletion_task_id" in arguments:
            tasks = account.state()["deletion_tasks"]
            of_role = [key for key, task in tasks.items() if task["role"] == arguments["deletion_task_id"]]
            arguments = {"deletion_task_id": (of_role or ["none"])[-1]}
        try:
            answers.append(stable(account.admin.call(service, action, arguments)))
        except AlibabaCloudException as error:
            answers.append((error.data["Code"], error.data["Message"]))
    return answers


@settings(max_examples=15, deadline=None)
@given(OPERATIONS, OPERATIONS)
def test_a_world_comes_back_and_goes_on(own, before, after):
    account, first = own
    emulator = account.emulator
    emulator.admin("snapshot", "POST", first)
    run(account, before)
    taken, reads = emulator.admin("snapshot"), run(account, READS)
    went_on = run(account, after + READS)
    emulator.admin("snapshot", "POST", taken)
    assert {**emulator.admin("snapshot"), "credentials": None} == {**taken, "credentials": None}
    # Only when a key was used last is later than it was.
    emulator.admin("snapshot", "POST", taken)
    assert emulator.admin("snapshot") == taken
    assert run(account, READS) == reads
    assert run(account, after + READS) == went_on


def test_everything_in_a_world_is_in_a_snapshot():
    world = World((), ())
    written = snapshot.take(world, {}).keys() - {"format", "plans"}
    # The counter is next_id, the sessions' order is issued, and what is hidden is shown.
    assert written - {"next_id", "issued"} == vars(world).keys() - {"_ids", "_issued", "_hidden"}


def test_every_type_of_the_store_can_be_written():
    """Also those of which the worlds of these tests have none."""
    world = new_world()
    taken = json.loads(json.dumps(snapshot.take(world, {})))
    again, plans = snapshot.restore(taken)
    assert snapshot.take(again, plans) == taken and again.services == world.services


# What survives


@pytest.fixture(name="fresh")
def fixture_fresh(own):
    """The module's account in the world of the start, without rules, and a function that takes and restores a snapshot."""
    account, first = own
    account.emulator.admin("snapshot", "POST", first)
    account.emulator.admin("rules", "DELETE")

    def again():
        taken = account.emulator.admin("snapshot")
        account.emulator.admin("snapshot", "POST", first)
        return account.emulator.admin("snapshot", "POST", taken)

    return account, again


def test_keys_and_sessions_survive(fresh, refused):
    account, again = fresh
    made = account.ram("CreateAccessKey", user_name="administrator")["AccessKey"]
    arn = account.role_arn("Keeper")
    key = account.sts("AssumeRole", role_arn=arn, role_session_name="session")["Credentials"]
    account.ram("UpdateAccessKey", user_name="administrator", user_access_key_id="LTAI1", status="Inactive")
    with refused("InvalidAccessKeyId.Inactive"):
        account.ram("ListUsers")
    again()
    emulator = account.emulator
    with refused("InvalidAccessKeyId.Inactive"):
        account.ram("ListUsers")
    Current(emulator, made["AccessKeyId"], made["AccessKeySecret"]).ram("ListUsers")
    Current(emulator, key["AccessKeyId"], key["AccessKeySecret"], key["SecurityToken"]).ram("ListUsers")
    Current(emulator, "LTAIroot", "s").ram("ListUsers")


def test_the_accounts_are_told_as_at_the_start(fresh):
    account, again = fresh
    assert again()["accounts"] == account.emulator.accounts


def test_no_id_is_given_twice(fresh):
    account, again = fresh
    ids = set()
    for number in range(3):
        ids.add(account.ram("CreateGroup", group_name=f"g{number}")["Group"]["GroupId"])
        again()
    assert len(ids) == 3
    account.ram("DeleteGroup", group_name="g2")
    again()
    assert account.ram("CreateGroup", group_name="g2")["Group"]["GroupId"] not in ids


def test_deletions_under_way_survive(fresh):
    account, again = fresh
    task = account.ram("DeleteServiceLinkedRole", role_name=f"{MANY}_a")["DeletionTaskId"]

    def poll():
        again()
        return account.rm("GetServiceLinkedRoleDeletionStatus", deletion_task_id=task)["Status"]

    assert [poll() for dummy in range(5)] == ["NOT_STARTED", "IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED", "SUCCEEDED"]


@pytest.mark.parametrize("lasting", [{"polls": 1}, {"seconds": 1}])
def test_deletions_by_a_rule_survive(fresh, lasting):
    account, again = fresh
    rule = {"fault": "deletion", "message": "Not yet.", **lasting}
    account.emulator.set_rules(rule)
    task = account.ram("DeleteServiceLinkedRole", role_name=f"{MANY}_a")["DeletionTaskId"]
    again()
    account.emulator.admin("rules", "DELETE")
    body = {"Status": "IN_PROGRESS"}
    while body["Status"] in ("NOT_STARTED", "IN_PROGRESS"):
        body = account.rm("GetServiceLinkedRoleDeletionStatus", deletion_task_id=task)
    assert (body["Status"], body["Reason"]["Message"]) == ("FAILED", "Not yet.")


def test_what_was_hidden_is_seen(fresh, refused):
    account, again = fresh
    account.emulator.set_rules({"fault": "delay_visibility", "seconds": 600})
    account.ram("CreateGroup", group_name="g")
    with refused("EntityNotExist.Group"):
        account.ram("GetGroup", group_name="g")
    again()
    account.ram("GetGroup", group_name="g")


# What is refused


def spoiled(values, path, change):
    values = copy.deepcopy(values)
    target = values
    for step in path[:-1]:
        target = target[step]
    if change is KeyError:
        del target[path[-1]]
    else:
        target[path[-1]] = change
    return values


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        (("format",), 2, "not a snapshot of format 1"),
        (("format",), KeyError, "not a snapshot of format 1"),
        (("plans",), KeyError, "must have the keys"),
        (("more",), [], "must have the keys"),
        (("next_id",), "1", "next_id: must be int"),
        (("next_id",), 0, "next_id: must be 1 or more"),
        (("accounts", ID, "users", "old", "name"), 5, f"accounts.{ID}.users.old.name: must be str"),
        (("accounts", ID, "users", "old", "name"), "new", f"accounts.{ID}.users.old: does not have the name"),
        (("accounts", ID, "users", "old", "id"), KeyError, f"accounts.{ID}.users.old: lacks id"),
        (("accounts", ID, "users", "old", "age"), 5, f"accounts.{ID}.users.old: has unknown age"),
        (("accounts", ID, "groups", "staff"), KeyError, f"accounts.{ID}.attachments: they are not those"),
        (("accounts", ID, "policies", "P"), KeyError, f"accounts.{ID}.old: there is no Custom policy P"),
        (("accounts", ID, "policies", "P", "default"), "v9", f"accounts.{ID}.policies.P: its default version"),
        (("accounts", ID, "users", "old", "policies"), [["Custom", "P", "x"]], "policies.0: must be list of 2"),
        (("accounts", ID, "attachments"), [], f"accounts.{ID}.attachments: they are not those of the principals"),
        (("accounts", ID, "roles", "keeper", "trust_policy"), "{", f"accounts.{ID}.roles.Keeper: The document"),
        (("credentials", "LTAI1"), KeyError, f"accounts.{ID}.users.administrator: an access key is not there"),
        (("credentials", "LTAIroot", "account_id"), "1", "credentials.LTAIroot: its account is not there"),
        (("credentials", "LTAI1", "expires"), float("inf"), "credentials.LTAI1.expires: must be float"),
        (("credentials", "LTAI1", "secret"), "\ud800", "credentials.LTAI1: its secret and its token must be fit"),
        (("accounts", MEMBER), KeyError, "its account is not there"),
        (("directory", "root"), "r-none", "directory: its root is not there"),
        (("plans",), {"task/none": {"account_id": ID, "in_use": {"message": "", "usages": []}, "ends": 0.0}},
         "plans.task/none: there is no such task under way"),
    ],
)  # fmt: skip
def test_a_spoiled_snapshot_is_refused_and_changes_nothing(fresh, path, change, message):
    account, dummy = fresh
    emulator = account.emulator
    account.ram("CreateGroup", group_name="here")
    before = emulator.admin("snapshot")
    assert message in emulator.refused_admin("snapshot", "POST", spoiled(before, path, change))
    assert emulator.admin("snapshot") == before


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"[" * 100000])
def test_what_is_no_snapshot_is_refused(fresh, data):
    account, dummy = fresh
    status, dummy, text = account.emulator.http("/_emulator/snapshot", "POST", data=data)
    assert status == 400 and json.loads(text)["error"]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_snapshot_is_refused_or_serves(own, data):
    """Whatever a snapshot says, no call fails for the emulator's own sake."""
    account, first = own
    emulator = account.emulator
    path, value = [], {name: first[name] for name in ("accounts", "credentials", "directory", "issued")}
    while value and isinstance(value, (dict, list)) and (not path or data.draw(st.integers(0, 7))):
        path.append(data.draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value)))))
        value = value[path[-1]]
    change = data.draw(st.sampled_from([KeyError, None, "", "x", 0, -1, [], {}, "\ud800"]))
    values = json.dumps(spoiled(first, path, change)).encode()
    status, dummy, text = emulator.http("/_emulator/snapshot", "POST", data=values)
    assert status in (200, 400), text
    if status == 200:
        writes = [
            ("ram", "DetachPolicyFromUser", {"policy_type": "Custom", "policy_name": "P", "user_name": "old"}),
            ("ram", "RemoveUserFromGroup", {"user_name": "old", "group_name": "staff"}),
            ("ram", "CreatePolicyVersion", {"policy_name": "P", "policy_document": DOCUMENT}),
            ("ram", "DeleteServiceLinkedRole", {"role_name": f"{MANY}_a"}),
            ("sts", "AssumeRole", {"role_arn": account.role_arn("Keeper"), "role_session_name": "session"}),
        ]
        answers = run(account, READS + writes + READS)
        assert not [answer for answer in answers if isinstance(answer, tuple) and answer[0] == "InternalError"]
        emulator.admin("snapshot")


def test_snapshots_need_the_administrative_endpoint(new_emulator):
    emulator = new_emulator(SEED, "--quiet")
    assert emulator.http("/_emulator/snapshot")[0] == 404
    assert emulator.http("/_emulator/snapshot", "POST", {})[0] == 404
