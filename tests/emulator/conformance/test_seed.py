# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The seed: what is refused, where, and what comes of what is accepted."""

from __future__ import annotations

import copy
import subprocess
import sys

import pytest

from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE, document, statement, trust_accounts
from ansible_collections.alicloud.ram.tests.lib.paths import EMULATOR

pytest.importorskip("yaml")

from alicloud_emulator import seed as seeding

ID = "1000000000000001"
POLICY = document(statement("oss:*"))
TRUST = trust_accounts(ID)
GOOD = {
    "accounts": [
        {
            "account_id": ID,
            "alias": "hub",
            "directory": "management",
            "users": [
                {"name": "reader", "groups": ["ops"]},
                {
                    "name": "deployer",
                    "display_name": "D",
                    "comments": "c",
                    "policies": [{"name": "AdministratorAccess", "type": "System"}],
                    "access_keys": [{"access_key_id": "LTAI1", "access_key_secret": "s"}, {}],
                },
            ],
            "groups": [{"name": "ops", "comments": "c", "policies": [{"name": "P", "type": "Custom"}]}],
            "policies": [
                {"name": "P", "description": "d", "document": POLICY, "tags": {"k": "v"}},
                {"name": "Q", "versions": [{"document": POLICY}, {"document": POLICY}], "default_version": "v2"},
            ],
            "roles": [
                {
                    "name": "R",
                    "trust_policy": TRUST,
                    "policies": [{"name": "P", "type": "Custom"}],
                    "max_session_duration": 7200,
                }
            ],
            "service_linked_roles": [
                {
                    "service_name": SERVICE,
                    "in_use": {"usages": [{"region": "cn-hangzhou", "resources": ["acs:x"]}]},
                    "deletion": {"polls": 2, "outcome": "FAILED"},
                    "deleting": True,
                },
                {"service_name": "several.aliyuncs.com", "custom_suffix": "a"},
            ],
            "root_access_key": {"access_key_id": "LTAIroot", "access_key_secret": "s"},
            "sessions": [
                {"access_key_id": "STS.x", "role": "r", "session_name": "old", "expires": "2020-01-01T00:00:00Z"}
            ],
        },
        {"account_id": "1000000000000002", "directory": "member", "folder": "/prod/eu", "tags": {"env": "prod"}},
    ],
    "rules": [{"fault": "throttle", "operation": "GetRole", "nth": 2, "count": 0}],
    "services": [
        {
            "service_name": "several.aliyuncs.com",
            "role_name_prefix": "AliyunServiceRoleForSeveral",
            "multiple_roles_allowed": True,
        }
    ],
}


def apply(values):
    world = seeding.new_world()
    return world, seeding.apply(world, values, 1.8e9)


def test_a_good_seed():
    world, seed = apply(GOOD)
    account = world.accounts[ID]
    assert account.users["reader"].groups.keys() == {"ops"} and account.groups["ops"].members.keys() == {"reader"}
    assert account.policies["Q"].default == "v2" and list(account.policies["Q"].versions) == ["v1", "v2"]
    assert account.attachments[("Custom", "P")].keys() == {("Group", "ops"), ("Role", "R")}
    linked = account.role("AliyunServiceRoleForContainerRegistryConnectCustomerVPC")
    assert account.tasks[linked.latest_task].running
    assert account.role("AliyunServiceRoleForSeveral_a").service_name == "several.aliyuncs.com"
    assert world.credentials["STS.x"].expires == 1577836800.0 and world.credentials["STS.x"].token
    assert world.credentials["LTAIroot"].kind == "root"
    folder = world.directory.folders[world.directory.members["1000000000000002"].folder]
    assert (folder.name, world.directory.folders[folder.parent].name) == ("eu", "prod")
    assert (seed.rules[0].nth, seed.rules[0].count) == (2, 0)


def test_the_accounts_of_the_ready_file():
    world, seed = apply(GOOD)
    assert seed.accounts[0] == {"account_id": ID, "access_key_id": "LTAI1", "access_key_secret": "s"}
    made = world.credentials[seed.accounts[1]["access_key_id"]]
    assert (made.account_id, made.name, made.secret) == (
        "1000000000000002",
        "administrator",
        seed.accounts[1]["access_key_secret"],
    )
    assert ("System", "AdministratorAccess") in world.accounts[made.account_id].users["administrator"].policies


def test_the_first_user_s_key_is_the_account_s():
    users = [{"name": name, "access_keys": [{"access_key_id": f"LTAI{name}"}]} for name in ("one", "two")]
    dummy, seed = apply({"accounts": [{"account_id": ID, "users": users}]})
    assert seed.accounts[0]["access_key_id"] == "LTAIone"


def put(path, value):
    """GOOD with a value at a path put in or, if None, taken out."""
    values = copy.deepcopy(GOOD)
    *parents, last = path
    target = values
    for step in parents:
        target = target[step]
    if value is None:
        del target[last]
    else:
        target[last] = value
    return values


A = ("accounts", 0)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("account",), [], "the seed: unknown key 'account'"),
        (("accounts",), {}, "accounts: must be a list"),
        ((*A, "acount_id"), ID, "accounts[0]: unknown key 'acount_id'"),
        ((*A, "account_id"), None, "accounts[0]: account_id is required"),
        ((*A, "account_id"), 1000000000000001, "accounts[0].account_id: must be text"),
        ((*A, "account_id"), "123", "accounts[0].account_id: '123' does not match"),
        (("accounts", 1, "account_id"), ID, "accounts[1].account_id: the account"),
        (("accounts", 1, "directory"), "management", "accounts[1].directory: there is one management account"),
        (("accounts", 1, "status"), "Gone", "accounts[1].status: must be one of"),
        (("accounts", 1, "folder"), "prod", "accounts[1].folder: 'prod' does not match"),
        ((*A, "directory"), None, "accounts[1].directory: a member needs"),
        ((*A, "folder"), "/x", "accounts[0].folder: only for members"),
        ((*A, "users", 1, "access_keys", 0, "access_key_secret"), "\ud800", "must be fit for UTF-8"),
        ((*A, "users", 0, "name"), "a b", "accounts[0].users[0].name: 'a b' does not match"),
        ((*A, "users", 0, "name"), "deployer", "accounts[0].users[1].name: the user deployer is there twice"),
        ((*A, "users", 0, "groups"), ["dev"], "accounts[0].users[0].groups[0]: there is no group 'dev'"),
        ((*A, "users", 1, "policies", 0, "name"), "Nope", "users[1].policies[0]: there is no System policy 'Nope'"),
        ((*A, "users", 1, "policies", 0, "type"), "system", "users[1].policies[0].type: must be one of"),
        ((*A, "users", 1, "access_keys", 1), {"access_key_id": "LTAI1"}, "access_keys[1].access_key_id: the access"),
        ((*A, "users", 1, "access_keys"), [{}, {}, {}], "users[1].access_keys: a user has 2"),
        ((*A, "groups", 0, "policies", 0, "name"), "N", "groups[0].policies[0]: there is no Custom policy 'N'"),
        ((*A, "policies", 0, "document"), None, "policies[0]: exactly one of document and versions"),
        ((*A, "policies", 0, "document"), 5, "policies[0].document: must be a mapping or JSON text"),
        ((*A, "policies", 0, "document"), "{", "policies[0].document: The document is not JSON"),
        ((*A, "policies", 0, "document", "Version"), "2", "policies[0].document: Version"),
        ((*A, "policies", 1, "versions"), [{"document": POLICY}] * 6, "policies[1].versions: a policy has 1 to 5"),
        ((*A, "policies", 1, "default_version"), "v3", "policies[1].default_version: there is no version 'v3'"),
        ((*A, "policies", 0, "tags"), {"k": 1}, "policies[0].tags: 'k': key and value must be text"),
        ((*A, "roles", 0, "trust_policy"), POLICY, "roles[0].trust_policy: Statement[0]: 'Resource'"),
        ((*A, "roles", 0, "max_session_duration"), 60, "roles[0].max_session_duration: must be between"),
        ((*A, "roles", 0, "max_session_duration"), True, "roles[0].max_session_duration: must be a whole number"),
        ((*A, "service_linked_roles", 0, "service_name"), "x", "service_linked_roles[0].service_name: there is no"),
        ((*A, "service_linked_roles", 0, "custom_suffix"), "x", "custom_suffix: " + SERVICE + " allows no suffix"),
        ((*A, "service_linked_roles", 0, "deletion", "outcome"), "SUCCEEDED", "service_linked_roles[0]: a role that"),
        ((*A, "service_linked_roles", 0, "deletion", "polls"), 0, "a deletion that is under way needs"),
        ((*A, "service_linked_roles", 0, "deleting"), "yes", "deleting: must be true or false"),
        ((*A, "sessions", 0, "role"), "S", "sessions[0].role: there is no role 'S'"),
        ((*A, "sessions", 0, "expires"), "soon", "sessions[0].expires: must be a time"),
        ((*A, "root_access_key", "access_key_id"), "LTAI1", "root_access_key.access_key_id: the access key"),
        (("rules", 0, "fault"), "fire", "rules[0].fault: must be one of"),
        (("rules", 0, "fault"), "latency", "rules[0]: seconds is required for latency"),
        (("rules", 0, "nth"), 0, "rules[0].nth: must be between"),
        (("rules", 0, "status"), 20, "rules[0].status: must be between"),
        (("rules", 0, "polls"), 2, "rules[0]: unknown key 'polls'"),
        (("rules", 0, "operation"), "GetRol", "rules[0].operation: there is no operation 'GetRol'"),
        (("rules", 0, "operation"), ["GetRole", 5], "rules[0].operation[1]: must be text"),
        (("rules", 0, "operation"), [], "rules[0].operation: must name an operation"),
        (("rules", 0, "service"), "sts", "rules[0].operation: there is no operation 'GetRole'"),
        (("rules", 0, "service"), "oss", "rules[0].service: must be one of"),
        (("rules", 0, "probability"), 1.5, "rules[0].probability: must be between"),
        (("rules", 0, "retry_after"), "exact", "rules[0].retry_after: must be a whole number"),
        (("rules", 0), {"fault": "rate"}, "rules[0]: per_second is required for rate"),
        (("rules", 0), {"fault": "rate", "per_second": 0}, "rules[0].per_second: must be between"),
        (("rules", 0), {"fault": "rate", "per_second": 1, "burst": 0.5}, "rules[0].burst: must be between"),
        (("rules", 0), {"fault": "rate", "per_second": 1, "per": ["region"]}, "rules[0].per[0]: must be one of"),
        (("rules", 0), {"fault": "hang", "seconds": 1, "effect": "during"}, "rules[0].effect: must be one of"),
        (("rules", 0), {"fault": "expire", "seconds": 1, "operation": "GetRole"}, "expire is for AssumeRole only"),
        (("rules", 0), {"fault": "deletion", "polls": 1, "seconds": 1}, "rules[0]: a task lasts for some polls or"),
        (("rules", 0), {"fault": "deletion", "message": "m", "outcome": "SUCCEEDED"}, "rules[0]: message and usages"),
        (("rules", 0), {"fault": "deletion", "usages": [{"region": "r"}]}, "rules[0].usages[0]: resources is"),
        (("services", 0, "role_name_prefix"), None, "services[0]: role_name_prefix is required"),
    ],
)
def test_errors_name_their_place(path, value, message):
    with pytest.raises(seeding.SeedError) as caught:
        apply(put(path, value))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bad_seed_changes_nothing():
    world, dummy = apply(GOOD)
    more = {
        "accounts": [
            {
                "account_id": "1000000000000003",
                "directory": "member",
                "folder": "/new",
                "users": [{"name": "u", "access_keys": [{"access_key_id": "LTAI3"}]}],
            },
            {"account_id": "1000000000000004", "users": [{"name": "bad name"}]},
        ],
        "services": [{"service_name": "more.aliyuncs.com", "role_name_prefix": "AliyunServiceRoleForMore"}],
    }
    before = (set(world.accounts), set(world.credentials), set(world.services), set(world.directory.folders))
    with pytest.raises(seeding.SeedError):
        seeding.apply(world, more, 1.8e9)
    assert before == (set(world.accounts), set(world.credentials), set(world.services), set(world.directory.folders))
    del more["accounts"][1]
    seeding.apply(world, more, 1.8e9)
    assert "1000000000000003" in world.directory.members and "more.aliyuncs.com" in world.services


def test_yaml_with_times(tmp_path):
    path = tmp_path / "seed.yml"
    path.write_text(
        "---\naccounts:\n"
        f"  - account_id: '{ID}'\n"
        f"    roles: [{{name: R, trust_policy: {TRUST!r}}}]\n"
        "    sessions: [{access_key_id: STS.y, role: R, expires: 2020-01-01T00:00:00Z}]\n",
        encoding="utf-8",
    )
    world, dummy = apply(seeding.load(str(path)))
    assert world.credentials["STS.y"].expires == 1577836800.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("accounts: [", "line "),
        ("accounts:\n  - account_id: 1000000000000001\n", "accounts[0].account_id: must be text"),
        ("[1, 2]\n", "the seed: must be a mapping"),
    ],
)
def test_the_command_line_with_a_bad_seed(tmp_path, text, message):
    pytest.importorskip("aiohttp")
    pytest.importorskip("trustme")

    path = tmp_path / "seed.yml"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "alicloud_emulator", "--seed", str(path)],
        cwd=EMULATOR,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"alicloud_emulator: {path}: ") and message in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_catalogue():
    world = seeding.new_world()
    assert len(world.services) == 151
    for service in world.services.values():
        assert len(service.role_name_prefix) <= 64 and len(service.system_policy_name) <= 64
        assert service.system_policy_name in world.system_policies
        assert not service.multiple_roles_allowed
    zone = world.services["access-customer-privatezone.cr.aliyuncs.com"]
    assert zone.role_name_prefix == "AliyunServiceRoleForContainerRegistryAccessCustomerPrivateZone"
    assert zone.system_policy_name == "AliyunServiceRolePolicyForContainerRegistryAccessCustomerPrivate"
    assert world.services["imp.aliyuncs.com"].role_name_prefix == "AliyunServiceRolePolicyForImp"
