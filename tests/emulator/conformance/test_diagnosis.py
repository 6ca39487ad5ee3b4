# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a refused caller learns of the refusal, and what DecodeDiagnosticMessage tells of it."""

from __future__ import annotations

import base64
import copy
import json
import zlib

import pytest

from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, SERVICE, allow, deny, trust

from .clients import CLIENTS

A = {"name": "a", "policies": ADMINISTRATOR}


@pytest.fixture(name="client_class", params=list(CLIENTS))
def fixture_client_class(request):
    return CLIENTS[request.param]


def told(caught):
    return caught.value.data["AccessDeniedDetail"]["EncodedDiagnosticMessage"]


def decoded(client, text):
    return client.ram("DecodeDiagnosticMessage", encoded_diagnostic_message=text)["DecodedDiagnosticMessage"]


def conditions(diagnosis):
    return {item["ConditionKey"]: item["ConditionValues"] for item in diagnosis["AuthConditions"]}


def test_nothing_allows(new_account, refused):
    account = new_account(users=[copy.deepcopy(A), {"name": "nobody"}])
    with refused("NoPermission", 403) as caught:
        account.client("nobody").ram("CreateServiceLinkedRole", service_name=SERVICE)
    found = decoded(account.admin, told(caught))
    assert {**found, "AuthConditions": None} == {
        "AuthAction": "ram:CreateServiceLinkedRole",
        "AuthResource": f"acs:ram:*:{account.id}:role/*",
        "AuthPrincipal": {
            "AuthPrincipalType": "SubUser",
            "AuthPrincipalOwnerId": account.id,
            "AuthPrincipalDisplayName": account.state()["users"]["nobody"]["id"],
        },
        "AuthConditions": None,
        "ExplicitDeny": False,
        "NoPermissionPolicyType": "AccountLevelIdentityBasedPolicy",
        "MatchedPolicies": [],
    }
    assert conditions(found)["ram:ServiceName"] == [SERVICE]
    assert conditions(found)["acs:SourceIp"] == ["127.0.0.1"]
    assert conditions(found)["acs:SecureTransport"] == ["true"]


def test_a_policy_denies(new_account, refused):
    """Of the policies that fit, the denying ones and the others are told."""
    no_delete = deny("ram:DeleteGroup", resource="acs:ram:*:ACCOUNT:group/g")
    account = new_account(
        users=[
            {
                "name": "user",
                "groups": ["g"],
                "policies": [
                    {"name": "AliyunRAMFullAccess", "type": "System"},
                    {"name": "AliyunOSSFullAccess", "type": "System"},
                ],
            }
        ],
        groups=[{"name": "g", "policies": [{"name": "Deny", "type": "Custom"}]}],
        policies=[
            {
                "name": "Deny",
                "versions": [{"document": allow("ecs:*")}, {"document": no_delete}],
                "default_version": "v2",
            }
        ],
    )
    user = account.client("user")
    with refused("NoPermission", 403) as caught:
        user.ram("DeleteGroup", group_name="g")
    found = decoded(user, told(caught))
    assert found["ExplicitDeny"] is True
    assert found["AuthResource"] == f"acs:ram:*:{account.id}:group/g"
    assert sorted(found["MatchedPolicies"], key=lambda item: item["PolicyIdentifier"]) == [
        {
            "PolicyIdentifier": "AliyunRAMFullAccess",
            "PolicyType": "System",
            "AttachedEntityType": "RamUser",
            "AttachedScope": "Account",
            "Effect": "Allow",
        },
        {
            "PolicyIdentifier": "Deny",
            "PolicyType": "Custom",
            "PolicyVersion": "v2",
            "AttachedEntityType": "RamGroup",
            "AttachedScope": "Account",
            "Effect": "Deny",
        },
    ]


def test_a_session(new_account, refused):
    account = new_account(
        users=[
            copy.deepcopy(A),
            {"name": "user", "policies": [{"name": "AliyunSTSAssumeRoleAccess", "type": "System"}]},
        ],
        roles=[
            {
                "name": "R",
                "trust_policy": trust("acs:ram::ACCOUNT:root"),
                "policies": [{"name": "AliyunRAMFullAccess", "type": "System"}],
            }
        ],
    )
    keys = account.client("user").sts(
        "AssumeRole",
        role_arn=account.role_arn("R"),
        role_session_name="night-run",
        policy=json.dumps(allow("ram:Get*")),
    )["Credentials"]
    session = account.client_class(
        account.emulator, keys["AccessKeyId"], keys["AccessKeySecret"], keys["SecurityToken"]
    )
    with refused("NoPermission", 403) as caught:
        session.ram("ListUsers")
    found = decoded(account.admin, told(caught))
    assert found["NoPermissionPolicyType"] == "SessionPolicy" and found["MatchedPolicies"] == []
    assert found["AuthPrincipal"] == {
        "AuthPrincipalType": "AssumedRoleUser",
        "AuthPrincipalOwnerId": account.id,
        "AuthPrincipalDisplayName": "R:night-run",
    }


def test_who_may_decode(new_account, refused):
    account = new_account(users=[copy.deepcopy(A), {"name": "nobody"}])
    with refused("NoPermission", 403) as caught:
        account.client("nobody").ram("ListUsers")
    with refused("NoPermission", 403) as again:
        decoded(account.client("nobody"), told(caught))
    assert decoded(account.admin, told(again))["AuthAction"] == "ram:DecodeDiagnosticMessage"


def test_what_is_no_message(new_account, refused):
    account = new_account(users=[copy.deepcopy(A), {"name": "nobody"}])
    with refused("NoPermission", 403) as caught:
        account.client("nobody").ram("ListUsers")
    message = told(caught)
    own = base64.b64encode(b"\0" * 32 + zlib.compress(b"{}")).decode()
    for text in (
        "x",
        "中",
        "AQEA",
        "=",
        own,
        message[:-4],
        f"A{message[1:]}" if message[0] != "A" else f"B{message[1:]}",
    ):
        with refused("EntityNotExist", 404):
            decoded(account.admin, text)
