# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the emulator admits as the service most likely does, and refuses on request.

The requests are those of clients that nobody here wrote: Alibaba's earlier Ansible modules, the public Terraform provider and
security scanners, whose source was read for them.
"""

from __future__ import annotations

import pytest

from .clients import Account, Current, Earlier
from .signing import Key, v3

KEY = {"access_key_id": "LTAI.one", "access_key_secret": "secret"}
SEED = {
    "accounts": [
        {
            "account_id": "1000000000000001",
            "alias": "before",
            "root_access_key": {"access_key_id": "1000000000000001.root", "access_key_secret": "secret"},
            "users": [
                {
                    "name": "boss",
                    "access_keys": [KEY],
                    "policies": [{"name": "AdministratorAccess", "type": "System"}],
                }
            ],
            "roles": [{"name": "r", "description": "old", "trust_policy": {
                "Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                               "Principal": {"RAM": ["acs:ram::1000000000000001:root"]}}]},
                "tags": {"team": "a", "env": "b"}}],
            "policies": [{"name": "p", "description": "old", "document": {
                "Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:Get*", "Resource": "*"}]}}],
        }
    ]
}  # fmt: skip


@pytest.fixture(name="lenient")
def fixture_lenient(new_emulator):
    return new_emulator(SEED, "--admin")


def ask(emulator, action, parameters):
    """The status and the body of the answer to a request, with whatever parameters."""
    message = v3(Key(*KEY.values()), emulator.endpoint, action, parameters.items())
    status, dummy, body = emulator.http(message.target, message.method, headers=message.headers, data=message.body)
    return status, body


UNKNOWN = {
    "an action in the query, as an earlier client sends it": ("ListUsers", {"on": "ListUsers"}),
    "a page size of another service": ("ListPolicies", {"MaxResults": "10"}),
    "flattened keys beside the list": (
        "UntagResources",
        {"ResourceType": "role", "ResourceNames": '["r"]', "TagKeys": '["team"]', "TagKey.1": "team"},
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_parameters_are_ignored_and_logged(lenient, name):
    action, parameters = UNKNOWN[name]
    status, body = ask(lenient, action, parameters)
    assert status == 200, body
    (ignored,) = lenient.last_call()["ignored"]
    assert ignored in parameters and ignored not in lenient.last_call()["parameters"]


@pytest.mark.parametrize("name", UNKNOWN)
def test_strict_refuses_them(new_emulator, name):
    emulator = new_emulator(SEED, "--strict", "--admin")
    action, parameters = UNKNOWN[name]
    status, body = ask(emulator, action, parameters)
    assert (status, emulator.last_call()["code"]) == (400, "UnsupportedParameter"), body


def test_the_emulator_of_the_other_tests_is_strict(emulator, new_account):
    """So what the collection and the SDKs send is what the operations document."""
    account = new_account()
    with pytest.raises(Exception, match="UnsupportedParameter"):
        Earlier(emulator, account.keys["access_key_id"], account.keys["access_key_secret"]).ram(
            "ListUsers", on="ListUsers"
        )


@pytest.mark.parametrize("client_class", [Current, Earlier])
def test_what_a_user_has_can_be_emptied(lenient, client_class):
    account = Account(lenient, lenient.accounts[0], client_class)
    account.ram(
        "CreateUser", user_name="u", comments="c", display_name="d", email="a@b.c", mobile_phone="86-1381111111"
    )
    account.ram("UpdateUser", user_name="u", new_comments="", new_display_name="", new_email="", new_mobile_phone="")
    user = account.ram("GetUser", user_name="u")["User"]
    assert [user[name] for name in ("Comments", "Email", "MobilePhone", "DisplayName")] == ["", "", "", "u"]


@pytest.mark.parametrize("action, parameters", [
    ("UpdateRole", {"RoleName": "r", "NewDescription": ""}),
    ("UpdatePolicyDescription", {"PolicyName": "p", "NewDescription": ""}),
])  # fmt: skip
def test_empty_descriptions_are_admitted_on_request(new_emulator, action, parameters):
    emulator = new_emulator(SEED, "--admin", "--empty-descriptions")
    assert ask(emulator, action, parameters)[0] == 200
    state = emulator.state("1000000000000001")
    assert (state["roles"]["r"] if "Role" in action else state["policies"]["p"])["description"] == ""


@pytest.mark.parametrize("action, parameters", [
    ("UpdateRole", {"RoleName": "r", "NewDescription": ""}),
    ("UpdatePolicyDescription", {"PolicyName": "p", "NewDescription": ""}),
])  # fmt: skip
def test_empty_descriptions_are_refused_otherwise(lenient, action, parameters):
    assert ask(lenient, action, parameters)[0] == 400


def test_an_alias_replaces_the_one_before(lenient):
    account = Account(lenient, lenient.accounts[0], Current)
    account.ram("SetAccountAlias", account_alias="after")
    assert account.ram("GetAccountAlias")["AccountAlias"] == "after"
    account.ram("SetAccountAlias", account_alias="after")


def test_an_account_s_own_key_is_about_the_account(lenient):
    """A scanner that asks for the root identity's keys must not learn that there are none."""
    account = Account(lenient, lenient.accounts[0], Current)
    root = account.client("root")
    (own,) = root.ram("ListAccessKeys")["AccessKeys"]["AccessKey"]
    assert own["AccessKeyId"] == "1000000000000001.root"
    made = root.ram("CreateAccessKey")["AccessKey"]["AccessKeyId"]
    assert {key["AccessKeyId"] for key in root.ram("ListAccessKeys")["AccessKeys"]["AccessKey"]} == {
        own["AccessKeyId"],
        made,
    }
    root.ram("UpdateAccessKey", user_access_key_id=made, status="Inactive")
    root.ram("DeleteAccessKey", user_access_key_id=made)
    assert [key["AccessKeyId"] for key in root.ram("ListAccessKeys")["AccessKeys"]["AccessKey"]] == [own["AccessKeyId"]]
    # A user's own key likewise, and a user that is named is meant.
    (of_user,) = account.ram("ListAccessKeys")["AccessKeys"]["AccessKey"]
    assert of_user["AccessKeyId"] == KEY["access_key_id"]
    assert root.ram("ListAccessKeys", user_name="boss")["AccessKeys"]["AccessKey"] == [of_user]


def test_what_scanners_ask_of_every_account(lenient):
    account = Account(lenient, lenient.accounts[0], Current)
    assert account.ram("GetPasswordPolicy")["PasswordPolicy"]["MinimumPasswordLength"] == 8
    preference = account.ram("GetSecurityPreference")["SecurityPreference"]
    assert set(preference) == {"LoginProfilePreference", "AccessKeyPreference", "MFAPreference"}
    assert account.ram("ListVirtualMFADevices")["VirtualMFADevices"]["VirtualMFADevice"] == []
    with pytest.raises(Exception, match="EntityNotExist.User.LoginProfile"):
        account.ram("GetLoginProfile", user_name="boss")
    with pytest.raises(Exception, match="EntityNotExist.User.MFADevice"):
        account.ram("GetUserMFAInfo", user_name="boss")


@pytest.mark.parametrize("name", [
    "AliyunECSNetworkInterfaceManagementAccess", "AliyunNASFullAccess", "AliyunMNSFullAccess", "AliyunFCInvocationAccess",
    "AliyunKMSReadOnlyAccess", "AliyunKMSCryptoUserAccess",
])  # fmt: skip
def test_system_policies_that_public_code_names(lenient, name):
    account = Account(lenient, lenient.accounts[0], Current)
    assert account.ram("GetPolicy", policy_type="System", policy_name=name)["Policy"]["PolicyName"] == name
    account.ram("AttachPolicyToUser", policy_type="System", policy_name=name, user_name="boss")


def test_system_policies_of_a_seed(new_emulator):
    document = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "fancy:*", "Resource": "*"}]}
    emulator = new_emulator({**SEED, "system_policies": [{"name": "AliyunFancyFullAccess", "document": document}]})
    account = Account(emulator, emulator.accounts[0], Current)
    found = account.ram("GetPolicy", policy_type="System", policy_name="AliyunFancyFullAccess")
    assert "fancy:*" in found["DefaultPolicyVersion"]["PolicyDocument"]


def test_the_published_rates(new_emulator):
    emulator = new_emulator({**SEED, "rates": "published"}, "--admin")
    rates = {rule["operation"]: rule["per_second"] for rule in emulator.admin("rules")}
    assert (rates["GetUser"], rates["CreateUser"], rates["AttachPolicyToUser"], rates["AssumeRole"]) == (
        100,
        20,
        10,
        100,
    )
    assert "ListAccounts" not in rates
    account = Account(emulator, emulator.accounts[0], Current)
    account.ram("CreateGroup", group_name="g")
    with pytest.raises(Exception, match="Throttling"):
        for dummy in range(40):
            account.ram("UpdateGroup", group_name="g", new_comments="x")


def test_tag_keys_that_the_service_keeps_for_itself(lenient):
    account = Account(lenient, lenient.accounts[0], Current)
    for key in ("aliyun-x", "acs:x", "a http://b", "https://b"):
        with pytest.raises(Exception, match="InvalidParameter.Tag"):
            account.ram("TagResources", resource_type="role", resource_names=["r"], tag={key: "v"})
