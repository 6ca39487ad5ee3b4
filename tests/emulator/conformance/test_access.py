# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""STS, and who may do what."""

from __future__ import annotations

import datetime
import json

import pytest

from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, ROLE_NAME, SERVICE, allow, deny, trust

from .clients import CLIENTS

ASSUME = [{"name": "AliyunSTSAssumeRoleAccess", "type": "System"}]


def assume(client, arn, **arguments):
    return client.sts("AssumeRole", role_arn=arn, **{"role_session_name": "night-run", **arguments})


def session(account, answer):
    """A client with the keys that AssumeRole gave."""
    keys = answer["Credentials"]
    client = account.client("x")
    return type(client)(account.emulator, keys["AccessKeyId"], keys["AccessKeySecret"], keys["SecurityToken"])


@pytest.fixture(name="client_class", params=list(CLIENTS))
def fixture_client_class(request):
    return CLIENTS[request.param]


# Identities


def test_identities(new_account):
    account = new_account(
        users=[{"name": "user"}],
        roles=[{"name": "Reader", "trust_policy": trust("acs:ram::ACCOUNT:root")}],
        root_access_key={"access_key_id": "ACCOUNT.root", "access_key_secret": "secret"},
        sessions=[
            {
                "access_key_id": "ACCOUNT.session",
                "access_key_secret": "secret",
                "security_token": "t",
                "role": "Reader",
                "session_name": "night",
            }
        ],
    )
    state = account.state()
    user_id, role_id = state["users"]["user"]["id"], state["roles"]["Reader"]["id"]
    assert account.client("user").sts("GetCallerIdentity") == {
        "AccountId": account.id,
        "Arn": f"acs:ram::{account.id}:user/user",
        "IdentityType": "RAMUser",
        "PrincipalId": user_id,
        "UserId": user_id,
    }
    assert account.client("root").sts("GetCallerIdentity") == {
        "AccountId": account.id,
        "Arn": f"acs:ram::{account.id}:root",
        "IdentityType": "Account",
        "PrincipalId": account.id,
    }
    assert account.client("session", token="t").sts("GetCallerIdentity") == {
        "AccountId": account.id,
        "Arn": f"acs:ram::{account.id}:assumed-role/Reader/night",
        "IdentityType": "AssumedRoleUser",
        "PrincipalId": f"{role_id}:night",
        "RoleId": role_id,
    }


def test_expired_sessions(new_account, refused):
    account = new_account(
        roles=[{"name": "R", "trust_policy": trust("acs:ram::ACCOUNT:root")}],
        sessions=[
            {
                "access_key_id": "ACCOUNT.old",
                "access_key_secret": "secret",
                "security_token": "t",
                "role": "R",
                "expires": "2020-01-01T00:00:00Z",
            }
        ],
    )
    with refused("InvalidSecurityToken.Expired", 400):
        account.client("old", token="t").sts("GetCallerIdentity")
    with refused("InvalidSecurityToken.Malformed", 400):
        account.client("old", token="u").sts("GetCallerIdentity")
    with refused("InvalidAccessKeyId.NotFound", 404):
        account.client("nobody").sts("GetCallerIdentity")


# AssumeRole


def test_assuming_a_role(new_account):
    account = new_account(
        users=[{"name": "user", "policies": ASSUME}],
        roles=[
            {
                "name": "Reader",
                "trust_policy": trust("acs:ram::ACCOUNT:root"),
                "max_session_duration": 7200,
                "policies": [{"name": "AliyunRAMReadOnlyAccess", "type": "System"}],
            }
        ],
    )
    answer = assume(account.client("user"), account.role_arn("Reader"), duration_seconds=7200, source_identity="me")
    keys = answer["Credentials"]
    assert keys["AccessKeyId"].startswith("STS.") and answer["SourceIdentity"] == "me"
    assert answer["AssumedRoleUser"] == {
        "Arn": f"{account.role_arn('Reader')}/night-run",
        "AssumedRoleId": f"{account.state()['roles']['Reader']['id']}:night-run",
    }
    ends = datetime.datetime.strptime(keys["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
    left = ends - datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    assert 7190 < left.total_seconds() <= 7200
    reader = session(account, answer)
    assert reader.sts("GetCallerIdentity")["Arn"] == f"acs:ram::{account.id}:assumed-role/Reader/night-run"
    assert reader.ram("GetUser", user_name="user")["User"]["UserName"] == "user"
    assert "SourceIdentity" not in assume(account.client("user"), account.role_arn("Reader"))
    # The role's name in its ARN may be in lower case.
    assume(account.client("user"), account.role_arn("reader"))


def test_a_role_decides_what_a_session_may(new_account, refused):
    account = new_account(
        users=[{"name": "user", "policies": ADMINISTRATOR}],
        roles=[
            {
                "name": "Reader",
                "trust_policy": trust("acs:ram::ACCOUNT:root"),
                "policies": [{"name": "AliyunRAMReadOnlyAccess", "type": "System"}],
            }
        ],
    )
    reader = session(account, assume(account.client("user"), account.role_arn("Reader")))
    reader.ram("ListUsers")
    with refused("NoPermission", 403) as caught:
        reader.ram("CreateGroup", group_name="g")
    detail = caught.value.data["AccessDeniedDetail"]
    assert detail.pop("EncodedDiagnosticMessage")
    assert detail == {
        "AuthAction": "ram:CreateGroup",
        "AuthPrincipalType": "AssumedRoleUser",
        "AuthPrincipalOwnerId": account.id,
        "AuthPrincipalDisplayName": "Reader:night-run",
        "PolicyType": "AccountLevelIdentityBasedPolicy",
        "NoPermissionType": "ImplicitDeny",
    }
    account.ram("DetachPolicyFromRole", policy_type="System", policy_name="AliyunRAMReadOnlyAccess", role_name="Reader")
    with refused("NoPermission", 403):
        reader.ram("ListUsers")


def test_a_session_of_a_deleted_role(new_account, refused):
    account = new_account(users=[{"name": "user", "policies": ADMINISTRATOR}])
    document = json.dumps(trust(f"acs:ram::{account.id}:root"))
    attachment = {"role_name": "R", "policy_type": "System", "policy_name": "AdministratorAccess"}
    account.ram("CreateRole", role_name="R", assume_role_policy_document=document)
    account.ram("AttachPolicyToRole", **attachment)
    inside = session(account, assume(account.client("user"), account.role_arn("R")))
    inside.ram("ListUsers")
    account.ram("DetachPolicyFromRole", **attachment)
    account.ram("DeleteRole", role_name="R")
    with refused("NoPermission", 403):
        inside.ram("ListUsers")
    # Another role of the same name is not the one that was assumed.
    account.ram("CreateRole", role_name="R", assume_role_policy_document=document)
    account.ram("AttachPolicyToRole", **attachment)
    with refused("NoPermission", 403):
        inside.ram("ListUsers")


def test_a_session_policy_narrows(new_account, refused):
    account = new_account(
        users=[{"name": "user", "policies": ADMINISTRATOR}],
        roles=[
            {"name": "Admin", "trust_policy": trust("acs:ram::ACCOUNT:root"), "policies": ADMINISTRATOR},
            {"name": "Empty", "trust_policy": trust("acs:ram::ACCOUNT:root")},
        ],
    )
    policy = json.dumps(allow("ram:GetUser"))
    narrow = session(account, assume(account.client("user"), account.role_arn("Admin"), policy=policy))
    narrow.ram("GetUser", user_name="user")
    with refused("NoPermission", 403) as caught:
        narrow.ram("ListUsers")
    assert caught.value.data["AccessDeniedDetail"]["PolicyType"] == "SessionPolicy"
    # It adds nothing to what the role may.
    empty = session(account, assume(account.client("user"), account.role_arn("Empty"), policy=policy))
    with refused("NoPermission", 403):
        empty.ram("GetUser", user_name="user")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"role_arn": None}, "MissingRoleArn"),
        ({"role_arn": "R"}, "InvalidParameter.RoleArn"),
        ({"role_arn": "acs:ram::1:role/R"}, "InvalidParameter.RoleArn"),
        ({"role_session_name": None}, "MissingRoleSessionName"),
        ({"role_session_name": "x"}, "InvalidParameter.RoleSessionName"),
        ({"role_session_name": "x" * 65}, "InvalidParameter.RoleSessionName"),
        ({"role_session_name": "a b"}, "InvalidParameter.RoleSessionName"),
        ({"duration_seconds": 899}, "InvalidParameter.DurationSeconds"),
        ({"duration_seconds": 3601}, "InvalidParameter.DurationSeconds"),
        ({"policy": "{"}, "InvalidParameter.PolicyGrammar"),
        ({"policy": "x" * 2049}, "InvalidParameter.PolicySize"),
        ({"external_id": "x"}, "InvalidParameter.ExternalId"),
        ({"external_id": "a b"}, "InvalidParameter.ExternalId"),
    ],
)
def test_parameters_of_assume_role(new_account, refused, arguments, code):
    account = new_account(
        users=[{"name": "user", "policies": ASSUME}],
        roles=[{"name": "R", "trust_policy": trust("acs:ram::ACCOUNT:root")}],
    )
    good = {"role_arn": account.role_arn("R"), "role_session_name": "session", "duration_seconds": 3600}
    account.client("user").sts("AssumeRole", **good)
    with refused(code, 400):
        account.client("user").sts("AssumeRole", **{**good, **arguments})


def test_who_may_not_assume(new_account, refused):
    account = new_account(
        users=[{"name": "user", "policies": ASSUME}, {"name": "nobody"}],
        root_access_key={"access_key_id": "ACCOUNT.root", "access_key_secret": "secret"},
        roles=[
            {"name": "Open", "trust_policy": trust("acs:ram::ACCOUNT:root")},
            {"name": "Nobody", "trust_policy": trust("acs:ram::ACCOUNT:user/nobody")},
            {"name": "Service", "trust_policy": trust("ecs.aliyuncs.com", kind="Service")},
            {"name": "Federated", "trust_policy": trust("acs:ram::ACCOUNT:root", kind="Federated")},
        ],
    )
    user = account.client("user")
    assume(user, account.role_arn("Open"))
    for name in ("Nobody", "Service", "Federated"):
        with refused("NoPermission", 403) as caught:
            assume(user, account.role_arn(name))
        assert caught.value.data["AccessDeniedDetail"]["PolicyType"] == "AssumeRolePolicy"
        assert caught.value.data["Message"] == (
            "You are not authorized to do this action. You should be authorized by RAM."
        )
    # The trust is there, the caller's own permission is not.
    with refused("NoPermission", 403) as caught:
        assume(account.client("nobody"), account.role_arn("Nobody"))
    assert caught.value.data["AccessDeniedDetail"]["PolicyType"] == "AccountLevelIdentityBasedPolicy"
    assert caught.value.data["AccessDeniedDetail"]["AuthAction"] == "sts:AssumeRole"
    with refused("NoPermission", 403) as caught:
        assume(account.client("root"), account.role_arn("Open"))
    assert caught.value.data["Message"] == "Roles may not be assumed by root accounts."
    for arn in (account.role_arn("Absent"), "acs:ram::9999999999999999:role/Open"):
        with refused("EntityNotExist.Role", 404) as caught:
            assume(user, arn)
        assert caught.value.data["Message"] == "The specified Role not exists."


def test_across_accounts_and_in_chains(new_account, refused):
    hub = new_account(
        users=[{"name": "user", "policies": [{"name": "Assume", "type": "Custom"}]}],
        policies=[
            {
                "name": "Assume",
                "document": allow("sts:AssumeRole", resource=["acs:ram:*:*:role/Member*", "acs:ram::ACCOUNT:role/Hop"]),
            }
        ],
        roles=[{"name": "Hop", "trust_policy": trust("acs:ram::ACCOUNT:user/user"), "policies": ASSUME}],
    )
    member = new_account(
        roles=[
            {"name": "MemberRoot", "trust_policy": trust(f"acs:ram::{hub.id}:root"), "policies": ADMINISTRATOR},
            {"name": "MemberHop", "trust_policy": trust(f"acs:ram::{hub.id}:role/Hop")},
            {"name": "MemberLower", "trust_policy": trust(f"acs:ram::{hub.id}:role/hop")},
            {"name": "MemberOwn", "trust_policy": trust("acs:ram::ACCOUNT:root")},
            {"name": "Other", "trust_policy": trust(f"acs:ram::{hub.id}:root")},
        ]
    )
    user = hub.client("user")
    inside = session(member, assume(user, member.role_arn("MemberRoot")))
    assert inside.sts("GetCallerIdentity")["AccountId"] == member.id
    inside.ram("CreateGroup", group_name="made-by-hub")
    assert "made-by-hub" in member.state()["groups"] and "made-by-hub" not in hub.state()["groups"]
    hop = session(hub, assume(user, hub.role_arn("Hop")))
    assume(hop, member.role_arn("MemberHop"))
    assume(hop, member.role_arn("MemberLower"))
    for name in ("MemberHop", "MemberOwn"):  # trusted is the role Hop, or the member itself
        with refused("NoPermission", 403) as caught:
            assume(user, member.role_arn(name))
        assert caught.value.data["AccessDeniedDetail"]["PolicyType"] == "AssumeRolePolicy"
    with refused("NoPermission", 403) as caught:  # trusted, but the hub's policy does not name it
        assume(user, member.role_arn("Other"))
    assert caught.value.data["AccessDeniedDetail"]["PolicyType"] == "AccountLevelIdentityBasedPolicy"


def test_external_ids(new_account, refused):
    account = new_account(
        users=[{"name": "user", "policies": ASSUME}],
        roles=[
            {
                "name": "R",
                "trust_policy": trust(
                    "acs:ram::ACCOUNT:root", Condition={"StringEquals": {"sts:ExternalId": ["abc", "def"]}}
                ),
            }
        ],
    )
    assume(account.client("user"), account.role_arn("R"), external_id="def")
    for external_id in ("xyz", None):
        with refused("NoPermission", 403):
            assume(account.client("user"), account.role_arn("R"), external_id=external_id)


def test_a_deny_in_a_trust_policy(new_account, refused):
    both = trust("acs:ram::ACCOUNT:root")
    both["Statement"].append(
        {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"RAM": "acs:ram::ACCOUNT:user/bad"}}
    )
    account = new_account(
        users=[{"name": "bad", "policies": ASSUME}, {"name": "good", "policies": ASSUME}],
        roles=[{"name": "R", "trust_policy": both}],
    )
    assume(account.client("good"), account.role_arn("R"))
    with refused("NoPermission", 403) as caught:
        assume(account.client("bad"), account.role_arn("R"))
    assert caught.value.data["AccessDeniedDetail"]["NoPermissionType"] == "ExplicitDeny"


# Authorisation


def test_who_has_which_policies(new_account, refused):
    no_delete = deny("ram:DeleteGroup")
    account = new_account(
        users=[
            {"name": "nobody"},
            {"name": "member", "groups": ["readers"]},
            {"name": "direct", "policies": [{"name": "AliyunRAMFullAccess", "type": "System"}]},
            {"name": "denied", "groups": ["no-delete"], "policies": ADMINISTRATOR},
        ],
        groups=[
            {"name": "readers", "policies": [{"name": "AliyunRAMReadOnlyAccess", "type": "System"}]},
            {"name": "no-delete", "policies": [{"name": "NoDelete", "type": "Custom"}]},
        ],
        policies=[{"name": "NoDelete", "document": no_delete}],
        root_access_key={"access_key_id": "ACCOUNT.root", "access_key_secret": "secret"},
    )
    with refused("NoPermission", 403) as caught:
        account.client("nobody").ram("ListUsers")
    assert caught.value.data["Message"] == "You are not authorized to do this action."
    detail = caught.value.data["AccessDeniedDetail"]
    assert detail.pop("EncodedDiagnosticMessage")
    assert detail == {
        "AuthAction": "ram:ListUsers",
        "AuthPrincipalType": "SubUser",
        "AuthPrincipalOwnerId": account.id,
        "AuthPrincipalDisplayName": account.state()["users"]["nobody"]["id"],
        "PolicyType": "AccountLevelIdentityBasedPolicy",
        "NoPermissionType": "ImplicitDeny",
    }
    account.client("nobody").sts("GetCallerIdentity")
    account.client("member").ram("ListUsers")
    with refused("NoPermission", 403):
        account.client("member").ram("CreateGroup", group_name="g")
    account.client("direct").ram("CreateGroup", group_name="g")
    with refused("NoPermission", 403) as caught:
        account.client("denied").ram("DeleteGroup", group_name="g")
    assert caught.value.data["AccessDeniedDetail"]["NoPermissionType"] == "ExplicitDeny"
    account.client("root").ram("DeleteGroup", group_name="g")
    # What is changed counts for the next call.
    account.client("root").ram("RemoveUserFromGroup", user_name="member", group_name="readers")
    with refused("NoPermission", 403):
        account.client("member").ram("ListUsers")


def test_the_default_version_counts(new_account, refused):
    account = new_account(
        users=[
            {"name": "user", "policies": [{"name": "P", "type": "Custom"}]},
            {"name": "a", "policies": ADMINISTRATOR},
        ],
        policies=[{"name": "P", "versions": [{"document": allow("ram:ListUsers")}, {"document": allow("ram:Get*")}]}],
    )
    account.client("user").ram("ListUsers")
    account.client("a").ram("SetDefaultPolicyVersion", policy_name="P", version_id="v2")
    with refused("NoPermission", 403):
        account.client("user").ram("ListUsers")


def test_the_policy_for_one_service(new_account, refused):
    """The policy of Container Registry's page: the condition on ram:ServiceName."""
    document = allow(
        "ram:CreateServiceLinkedRole",
        resource="acs:ram:*:ACCOUNT:role/*",
        Condition={"StringEquals": {"ram:ServiceName": [SERVICE]}},
    )
    account = new_account(
        users=[{"name": "user", "policies": [{"name": "P", "type": "Custom"}]}],
        policies=[{"name": "P", "document": document}],
    )
    user = account.client("user")
    with refused("NoPermission", 403) as caught:
        user.ram("CreateServiceLinkedRole", service_name="alb.aliyuncs.com")
    assert caught.value.data["AccessDeniedDetail"]["AuthAction"] == "ram:CreateServiceLinkedRole"
    assert user.ram("CreateServiceLinkedRole", service_name=SERVICE)["Role"]["RoleName"] == ROLE_NAME
    with refused("NoPermission", 403):
        user.ram("GetRole", role_name=ROLE_NAME)


@pytest.mark.parametrize(
    ("action", "resource", "service", "arguments"),
    [
        ("ram:GetRole", "role/Deploy", "ram", {"role_name": "deploy"}),
        ("ram:GetRole", "role/Deploy", "rm", {"role_name": "Deploy"}),
        ("ram:ListRoles", "role/*", "ram", {}),
        ("ram:GetServiceLinkedRoleTemplate", "role/*", "ram", {"service_name": SERVICE}),
        ("ram:GetPolicy", "policy/P", "ram", {"policy_type": "Custom", "policy_name": "P"}),
        ("ram:ListPolicies", "policy/*", "ram", {}),
        ("ram:GetUser", "user/user", "ram", {"user_name": "user"}),
        ("ram:GetGroup", "group/g", "ram", {"group_name": "g"}),
        (
            "ram:CreatePolicy",
            "policy/Q",
            "ram",
            {
                "policy_name": "Q",
                "policy_document": '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]}',
            },
        ),
        ("ram:ListPoliciesForUser", "user/user", "ram", {"user_name": "user"}),
    ],
)
def test_resources(new_account, refused, action, resource, service, arguments):
    """Allowed on exactly this resource, and on no other."""

    def client(name):
        account = new_account(
            users=[{"name": "user", "policies": [{"name": "P", "type": "Custom"}]}],
            policies=[{"name": "P", "document": allow(action, resource=f"acs:ram:*:ACCOUNT:{name}")}],
            roles=[{"name": "Deploy", "trust_policy": trust("acs:ram::1:root")}],
            groups=[{"name": "g"}],
        )
        return account.client("user")

    name = action.split(":")[1]
    getattr(client(resource), service)(name, **arguments)
    with refused("NoPermission", 403):
        getattr(client(resource.replace("/", "/x")), service)(name, **arguments)


def test_tags_need_all_resources(new_account, refused):
    named = {"resource_type": "policy", "resource_names": ["P"]}
    calls = {
        "TagResources": {**named, "tag": {"k": "v"}},
        "ListTagResources": named,
        "UntagResources": {**named, "tag_keys": ["k"]},
    }

    def user(resource):
        actions = [f"ram:{name}" for name in calls]
        return new_account(
            users=[{"name": "user", "policies": [{"name": "P", "type": "Custom"}]}],
            policies=[{"name": "P", "document": allow(*actions, resource=resource)}],
        ).client("user")

    every, one = user("*"), user("acs:ram:*:ACCOUNT:policy/P")
    for name, arguments in calls.items():
        every.ram(name, **arguments)
        with refused("NoPermission", 403):
            one.ram(name, **arguments)


def test_an_attachment_needs_both_resources(new_account, refused):
    def account(*resources):
        return new_account(
            users=[{"name": "user", "policies": [{"name": "P", "type": "Custom"}]}],
            policies=[{"name": "P", "document": allow("ram:AttachPolicyToGroup", resource=list(resources))}],
            groups=[{"name": "g"}],
        ).client("user")

    own = {"policy_type": "Custom", "policy_name": "P", "group_name": "g"}
    system = {"policy_type": "System", "policy_name": "ReadOnlyAccess", "group_name": "g"}
    group, policy = "acs:ram:*:ACCOUNT:group/g", "acs:ram:*:ACCOUNT:policy/P"
    account(group, policy).ram("AttachPolicyToGroup", **own)
    account(group, "acs:ram:*:system:policy/ReadOnlyAccess").ram("AttachPolicyToGroup", **system)
    for resources, arguments in (((group,), own), ((policy,), own), ((group, "acs:ram:*:ACCOUNT:policy/*"), system)):
        with refused("NoPermission", 403):
            account(*resources).ram("AttachPolicyToGroup", **arguments)


def test_deletion_tasks_are_the_role_s(new_account, refused):
    def user(resource):
        account = new_account(
            users=[{"name": "user", "policies": [{"name": "P", "type": "Custom"}]}],
            policies=[
                {
                    "name": "P",
                    "document": allow(
                        "ram:GetServiceLinkedRoleDeletionStatus", resource=f"acs:ram:*:ACCOUNT:role/{resource}"
                    ),
                }
            ],
            service_linked_roles=[{"service_name": SERVICE, "deleting": True}],
        )
        return account.client("user"), {"deletion_task_id": next(iter(account.state()["deletion_tasks"]))}

    client, arguments = user(ROLE_NAME)
    assert client.rm("GetServiceLinkedRoleDeletionStatus", **arguments)["Status"] == "IN_PROGRESS"
    client, arguments = user("Other")
    with refused("NoPermission", 403):
        client.rm("GetServiceLinkedRoleDeletionStatus", **arguments)


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"IpAddress": {"acs:SourceIp": "127.0.0.0/8"}}, True),
        ({"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}, False),
        ({"Bool": {"acs:SecureTransport": "true"}}, True),
        ({"Bool": {"acs:SecureTransport": "false"}}, False),
        ({"DateGreaterThan": {"acs:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"acs:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
    ],
)
def test_common_condition_keys(new_account, refused, condition, allowed):
    account = new_account(
        users=[{"name": "user", "policies": [{"name": "P", "type": "Custom"}]}],
        policies=[{"name": "P", "document": allow("ram:ListUsers", Condition=condition)}],
    )
    if allowed:
        account.client("user").ram("ListUsers")
    else:
        with refused("NoPermission", 403):
            account.client("user").ram("ListUsers")


def test_directory_permissions(new_account, refused):
    account = new_account(
        users=[{"name": "user", "policies": [{"name": "P", "type": "Custom"}]}, {"name": "other"}],
        policies=[{"name": "P", "document": allow("resourcemanager:ListAccounts")}],
    )
    with refused("EntityNotExists.ResourceDirectory", 404):
        account.client("user").rm("ListAccounts")
    with refused("NoPermission", 403) as caught:
        account.client("other").rm("ListAccounts")
    assert caught.value.data["AccessDeniedDetail"]["AuthAction"] == "resourcemanager:ListAccounts"


def test_accounts_do_not_see_each_other(new_account, refused):
    one, two = new_account(), new_account()
    one.ram("CreateGroup", group_name="g")
    with refused("EntityNotExist.Group", 404):
        two.ram("GetGroup", group_name="g")
