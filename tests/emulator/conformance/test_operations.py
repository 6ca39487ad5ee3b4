# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every family of operations, called through the vendor's SDKs."""

from __future__ import annotations

import json

import pytest

from ansible_collections.alicloud.ram.tests.lib.documents import ROLE_NAME, SERVICE, document, statement, trust

from .clients import CLIENTS

DOCUMENT = json.dumps(document(statement("oss:Get*")), separators=(",", ":"))
OTHER = DOCUMENT.replace("Get", "List")
MANY = "many.example.aliyuncs.com"


def names(body, plural, singular, key):
    return [item[key] for item in body[plural][singular]]


@pytest.fixture(name="client_class", params=list(CLIENTS))
def fixture_client_class(request):
    return CLIENTS[request.param]


# Roles


def test_a_role_s_life(account, refused):
    document = json.dumps(trust(f"acs:ram::{account.id}:root"))
    made = account.ram(
        "CreateRole",
        role_name="Deploy.er-1",
        assume_role_policy_document=document,
        description="d",
        max_session_duration=7200,
        tag={"team": "a", "env": "x"},
    )["Role"]
    assert made["Arn"] == account.role_arn("Deploy.er-1")
    assert (made["MaxSessionDuration"], made["AssumeRolePolicyDocument"]) == (7200, document)
    assert set(made) == {
        "RoleId",
        "RoleName",
        "Arn",
        "Description",
        "AssumeRolePolicyDocument",
        "MaxSessionDuration",
        "CreateDate",
        "AllowConsoleLogin",
    }
    found = account.ram("GetRole", role_name="deploy.ER-1")["Role"]
    assert {**found, **made} == found
    assert (found["IsServiceLinkedRole"], found["RolePrincipalName"]) == (
        False,
        f"Deploy.er-1@role.{account.id}.onaliyunservice.com",
    )
    assert "LatestDeletionTask" not in found
    listed = account.ram("ListRoles")
    assert listed["IsTruncated"] is False and "Marker" not in listed
    assert listed["Roles"]["Role"][0]["Tags"]["Tag"] == [
        {"TagKey": "team", "TagValue": "a"},
        {"TagKey": "env", "TagValue": "x"},
    ]
    assert not {"AssumeRolePolicyDocument", "IsServiceLinkedRole"} & set(listed["Roles"]["Role"][0])
    with refused("EntityAlreadyExists.Role", 409):
        account.ram("CreateRole", role_name="DEPLOY.er-1", assume_role_policy_document=document)
    account.ram("AttachPolicyToRole", policy_type="System", policy_name="ReadOnlyAccess", role_name="Deploy.er-1")
    with refused("DeleteConflict.Role.Policy", 409):
        account.ram("DeleteRole", role_name="Deploy.er-1")
    account.ram("DetachPolicyFromRole", policy_type="System", policy_name="ReadOnlyAccess", role_name="Deploy.er-1")
    account.ram("DeleteRole", role_name="Deploy.er-1")
    for action in ("GetRole", "DeleteRole", "DeleteServiceLinkedRole", "ListPoliciesForRole"):
        with refused("EntityNotExist.Role", 404):
            account.ram(action, role_name="Deploy.er-1")
    with refused("EntityNotExist.Role", 404):
        account.rm("GetRole", role_name="Deploy.er-1")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"role_name": None}, "MissingRoleName"),
        ({"role_name": ""}, "InvalidParameter.RoleName.Length"),
        ({"role_name": "r" * 65}, "InvalidParameter.RoleName.Length"),
        ({"role_name": "a_b"}, "InvalidParameter.RoleName.InvalidChars"),
        ({"assume_role_policy_document": None}, "MissingAssumeRolePolicyDocument"),
        ({"assume_role_policy_document": "x" * 6145}, "InvalidParameter.AssumeRolePolicyDocument.Length"),
        ({"assume_role_policy_document": DOCUMENT}, "MalformedPolicyDocument"),
        ({"description": "d" * 1025}, "InvalidParameter.Description.Length"),
        ({"max_session_duration": 3599}, "InvalidParameter.MaxSessionDuration"),
        ({"max_session_duration": 43201}, "InvalidParameter.MaxSessionDuration"),
        ({"tag": {"k" * 129: "v"}}, "InvalidParameter.Tag.Length"),
    ],
)
def test_parameters_of_create_role(account, refused, arguments, code):
    good = {"role_name": "R", "assume_role_policy_document": json.dumps(trust("acs:ram::1:root"))}
    with refused(code, 400):
        account.ram("CreateRole", **{**good, **arguments})
    assert account.ram("ListRoles")["Roles"]["Role"] == []


def test_pages_of_roles(new_account, refused):
    account = new_account(
        roles=[{"name": f"r{number}", "trust_policy": trust("acs:ram::1:root")} for number in range(5)]
    )
    first = account.ram("ListRoles", max_items=2)
    assert first["IsTruncated"] is True
    # A role that goes between two pages does not shift the next one.
    account.ram("DeleteRole", role_name="r0")
    second = account.ram("ListRoles", max_items=2, marker=first["Marker"])
    third = account.ram("ListRoles", max_items=2, marker=second["Marker"])
    assert [names(page, "Roles", "Role", "RoleName") for page in (first, second, third)] == [
        ["r0", "r1"],
        ["r2", "r3"],
        ["r4"],
    ]
    assert third["IsTruncated"] is False and "Marker" not in third
    assert account.ram("ListRoles", max_items=4)["IsTruncated"] is False
    for value in (0, 1001):
        with refused("InvalidParameter.MaxItems", 400):
            account.ram("ListRoles", max_items=value)
    with refused("InvalidParameter.Marker", 400):
        account.ram("ListRoles", marker="%%%")


# Service-linked roles


def test_templates(account, refused):
    template = account.ram("GetServiceLinkedRoleTemplate", service_name=SERVICE)["ServiceLinkedRoleTemplate"]
    assert template["RoleNamePrefix"] == ROLE_NAME
    assert template["SystemPolicyName"] == "AliyunServiceRolePolicyForContainerRegistryConnectCustomerVPC"
    assert template["MultipleRolesAllowed"] is False
    assert template["RoleDescriptions"]["RoleDescription"][0]["Language"] == "en"
    many = account.ram("GetServiceLinkedRoleTemplate", service_name=MANY)["ServiceLinkedRoleTemplate"]
    assert (many["MultipleRolesAllowed"], many["SystemPolicyName"]) == (True, "AliyunServiceRolePolicyForMany")
    with refused("EntityNotExist.Service", 404):
        account.ram("GetServiceLinkedRoleTemplate", service_name="nothing.aliyuncs.com")


@pytest.mark.parametrize("service", ["ram", "rm"])
def test_creating_a_service_linked_role(account, refused, service):
    call = getattr(account, service)
    made = call("CreateServiceLinkedRole", service_name=SERVICE)["Role"]
    assert (made["RoleName"], made["Arn"]) == (ROLE_NAME, account.role_arn(ROLE_NAME.lower()))
    assert made["IsServiceLinkedRole"] is True
    assert ("RolePrincipalName" in made) is (service == "rm")
    assert json.loads(made["AssumeRolePolicyDocument"])["Statement"][0]["Principal"] == {"Service": [SERVICE]}
    found = call("GetRole", role_name=ROLE_NAME)["Role"]
    assert {**found, **made} == found
    policy = "AliyunServiceRolePolicyForContainerRegistryConnectCustomerVPC"
    assert names(account.ram("ListPoliciesForRole", role_name=ROLE_NAME), "Policies", "Policy", "PolicyName") == [
        policy
    ]
    document = account.ram("GetPolicy", policy_type="System", policy_name=policy)["DefaultPolicyVersion"]
    actions = [item["Action"] for item in json.loads(document["PolicyDocument"])["Statement"]]
    assert [len(item) for item in actions] == [5, 2] and "vpc:DescribeVSwitches" in actions[1]
    with refused("EntityAlreadyExists.Role", 409) as caught:
        call("CreateServiceLinkedRole", service_name=SERVICE)
    assert caught.value.data["Message"] == "The role already exists."
    for arguments, code, status in (
        ({"service_name": "nothing.aliyuncs.com"}, "EntityNotExist.Service", 404),
        ({"service_name": SERVICE, "custom_suffix": "x"}, "InvalidParameter.CustomSuffix.NotAllowed", 400),
        ({"service_name": SERVICE, "description": "x"}, "InvalidParameter.Description.NotAllowed", 400),
        ({}, "MissingServiceName", 400),
    ):
        with refused(code, status):
            call("CreateServiceLinkedRole", **arguments)


def test_several_roles_of_one_service(account, refused):
    made = account.ram("CreateServiceLinkedRole", service_name=MANY, custom_suffix="a", description="own")["Role"]
    assert (made["RoleName"], made["Description"]) == ("AliyunServiceRoleForMany_a", "own")
    assert account.ram("GetRole", role_name="AliyunServiceRoleForMany_a")["Role"]["Description"] == "own"
    account.ram("CreateServiceLinkedRole", service_name=MANY, custom_suffix="b")
    for arguments, code, status in (
        ({"custom_suffix": "a"}, "EntityAlreadyExists.Role", 409),
        ({"custom_suffix": "a_b"}, "InvalidParameter.CustomSuffix.InvalidChars", 400),
        ({"custom_suffix": "x" * 40}, "InvalidParameter.CustomSuffix.Length", 400),
        ({"custom_suffix": "c", "description": "d" * 1025}, "InvalidParameter.Description.Length", 400),
    ):
        with refused(code, status):
            account.ram("CreateServiceLinkedRole", service_name=MANY, **arguments)


def test_what_a_service_linked_role_refuses(new_account, refused):
    account = new_account(service_linked_roles=[{"service_name": SERVICE}])
    before = account.state()
    for action, arguments in (
        ("DeleteRole", {}),
        ("AttachPolicyToRole", {"policy_type": "System", "policy_name": "ReadOnlyAccess"}),
        (
            "DetachPolicyFromRole",
            {
                "policy_type": "System",
                "policy_name": "AliyunServiceRolePolicyForContainerRegistryConnectCustomerVPC",
            },
        ),
    ):
        with refused("OperationDenied.ServiceLinkedRole", 403):
            account.ram(action, role_name=ROLE_NAME, **arguments)
    with refused("NoPermission", 403):
        account.sts("AssumeRole", role_arn=account.role_arn(ROLE_NAME), role_session_name="session")
    assert account.state() == before


def statuses(account, task, count):
    return [account.rm("GetServiceLinkedRoleDeletionStatus", deletion_task_id=task) for dummy in range(count)]


@pytest.mark.parametrize("service", ["ram", "rm"])
def test_deleting_a_service_linked_role(new_account, refused, service):
    account = new_account(
        service_linked_roles=[{"service_name": SERVICE}],
        roles=[{"name": "R", "trust_policy": trust("acs:ram::1:root")}],
    )
    call = getattr(account, service)
    with refused("EntityNotExist.ServiceLinkedRole", 404) as caught:
        call("DeleteServiceLinkedRole", role_name="R")
    assert caught.value.data["Message"] == "This role exists but is not a Service Linked Role."
    task = call("DeleteServiceLinkedRole", role_name=ROLE_NAME)["DeletionTaskId"]
    assert task.startswith(f"task/acs-service-role/{SERVICE}/{ROLE_NAME}/")
    assert account.ram("GetRole", role_name=ROLE_NAME)["Role"]["LatestDeletionTask"]["DeletionTaskId"] == task
    assert call("DeleteServiceLinkedRole", role_name=ROLE_NAME) == {"DeletionTaskId": task}
    assert statuses(account, task, 1) == [{"Status": "IN_PROGRESS"}]
    account.ram("GetRole", role_name=ROLE_NAME)
    assert statuses(account, task, 2) == [{"Status": "SUCCEEDED"}] * 2
    with refused("EntityNotExist.Role", 404):
        call("DeleteServiceLinkedRole", role_name=ROLE_NAME)
    account.ram("CreateServiceLinkedRole", service_name=SERVICE)
    assert statuses(account, task, 1) == [{"Status": "SUCCEEDED"}]
    assert "LatestDeletionTask" not in account.ram("GetRole", role_name=ROLE_NAME)["Role"]


def test_a_role_in_use(new_account):
    account = new_account(
        service_linked_roles=[
            {
                "service_name": SERVICE,
                "in_use": {
                    "usages": [
                        {"region": "cn-hangzhou", "resources": ["acs:cr:cn-hangzhou:1:instance/cri-1", "acs:x"]},
                    ]
                },
            }
        ]
    )
    task = account.ram("DeleteServiceLinkedRole", role_name=ROLE_NAME)["DeletionTaskId"]
    running, ended = statuses(account, task, 2)
    assert running == {"Status": "IN_PROGRESS"}
    assert ended == {
        "Status": "FAILED",
        "Reason": {
            "Message": f"Service-Linked Role {account.role_arn(ROLE_NAME.lower())} cannot be deleted as it is in use by "
            f"{SERVICE}.",
            "RoleUsages": {
                "RoleUsage": [
                    {
                        "Region": "cn-hangzhou",
                        "Resources": {"Resource": ["acs:cr:cn-hangzhou:1:instance/cri-1", "acs:x"]},
                    },
                ]
            },
        },
    }
    # A task that has failed is not joined.
    again = account.ram("DeleteServiceLinkedRole", role_name=ROLE_NAME)["DeletionTaskId"]
    assert again != task
    assert account.ram("GetRole", role_name=ROLE_NAME)["Role"]["LatestDeletionTask"]["DeletionTaskId"] == again


def test_slow_and_broken_deletions(new_account, refused):
    account = new_account(
        service_linked_roles=[
            {"service_name": SERVICE, "deletion": {"polls": 3, "outcome": "INTERNAL_ERROR"}},
            {"service_name": MANY, "deletion": {"polls": 0}},
            {"service_name": MANY, "custom_suffix": "a", "deletion": {"polls": 2}, "deleting": True},
        ]
    )
    task = account.ram("DeleteServiceLinkedRole", role_name=ROLE_NAME)["DeletionTaskId"]
    assert [item["Status"] for item in statuses(account, task, 4)] == [
        "NOT_STARTED",
        "IN_PROGRESS",
        "IN_PROGRESS",
        "INTERNAL_ERROR",
    ]
    account.ram("GetRole", role_name=ROLE_NAME)
    account.ram("DeleteServiceLinkedRole", role_name="AliyunServiceRoleForMany")
    with refused("EntityNotExist.Role", 404):
        account.ram("GetRole", role_name="AliyunServiceRoleForMany")
    role = account.ram("GetRole", role_name="AliyunServiceRoleForMany_a")["Role"]
    task = role["LatestDeletionTask"]["DeletionTaskId"]
    assert [item["Status"] for item in statuses(account, task, 3)] == ["NOT_STARTED", "IN_PROGRESS", "SUCCEEDED"]


def test_deletion_tasks_that_are_not(account, new_account, refused):
    other = new_account(service_linked_roles=[{"service_name": SERVICE, "deleting": True}])
    theirs = next(iter(other.state()["deletion_tasks"]))
    for task, code, status in (
        ("short", "InvalidParameter.DeletionTaskId.Length", 400),
        ("t" * 256, "InvalidParameter.DeletionTaskId.Length", 400),
        ("t" * 50, "InvalidParameter.DeletionTaskId", 400),
        (theirs, "EntityNotExist.ServiceLinkedRole.DeletionTask", 404),
    ):
        with refused(code, status):
            account.rm("GetServiceLinkedRoleDeletionStatus", deletion_task_id=task)


# Policies


def test_a_policy_s_life(account, refused):
    made = account.ram("CreatePolicy", policy_name="P-1", policy_document=DOCUMENT, description="d", tag={"k": "v"})[
        "Policy"
    ]
    assert set(made) == {"PolicyName", "PolicyType", "Description", "DefaultVersion", "CreateDate"}
    assert (made["PolicyType"], made["DefaultVersion"]) == ("Custom", "v1")
    with refused("EntityAlreadyExists.Policy", 409):
        account.ram("CreatePolicy", policy_name="P-1", policy_document=DOCUMENT)
    found = account.ram("GetPolicy", policy_type="Custom", policy_name="P-1")
    assert {**found["Policy"], **made} == found["Policy"]
    assert found["Policy"]["AttachmentCount"] == 0
    assert found["DefaultPolicyVersion"]["PolicyDocument"] == DOCUMENT
    updated = account.ram("UpdatePolicyDescription", policy_name="P-1", new_description="new")["Policy"]
    assert updated["Description"] == "new"
    for text, code in (("", "InvalidParameter.NewDescription.Length"), (None, "MissingNewDescription")):
        with refused(code, 400):
            account.ram("UpdatePolicyDescription", policy_name="P-1", new_description=text)
    account.ram("DeletePolicy", policy_name="P-1")
    for action, arguments in (
        ("GetPolicy", {"policy_type": "Custom"}),
        ("ListPolicyVersions", {"policy_type": "Custom"}),
        ("ListEntitiesForPolicy", {"policy_type": "Custom"}),
        ("GetPolicyVersion", {"policy_type": "Custom", "version_id": "v1"}),
        ("CreatePolicyVersion", {"policy_document": DOCUMENT}),
        ("SetDefaultPolicyVersion", {"version_id": "v1"}),
        ("DeletePolicyVersion", {"version_id": "v1"}),
        ("UpdatePolicyDescription", {"new_description": "d"}),
        ("DeletePolicy", {}),
    ):
        with refused("EntityNotExist.Policy", 404):
            account.ram(action, policy_name="P-1", **arguments)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"policy_name": None}, "MissingPolicyName"),
        ({"policy_name": "p" * 129}, "InvalidParameter.PolicyName.Length"),
        ({"policy_name": "a.b"}, "InvalidParameter.PolicyName.InvalidChars"),
        ({"policy_document": ""}, "InvalidParameter.PolicyDocument.Length"),
        ({"policy_document": DOCUMENT + " " * 6144}, "InvalidParameter.PolicyDocument.Length"),
        ({"policy_document": "{}"}, "MalformedPolicyDocument"),
        ({"description": "d" * 1025}, "InvalidParameter.Description.Length"),
    ],
)
def test_parameters_of_create_policy(account, refused, arguments, code):
    with refused(code, 400):
        account.ram("CreatePolicy", **{"policy_name": "P", "policy_document": DOCUMENT, **arguments})
    assert account.state()["policies"] == {}


def test_versions(account, refused):
    account.ram("CreatePolicy", policy_name="P", policy_document=DOCUMENT)
    made = account.ram("CreatePolicyVersion", policy_name="P", policy_document=OTHER)["PolicyVersion"]
    assert (made["VersionId"], made["IsDefaultVersion"], made["PolicyDocument"]) == ("v2", False, OTHER)
    assert account.ram("GetPolicy", policy_type="Custom", policy_name="P")["Policy"]["DefaultVersion"] == "v1"
    made = account.ram("CreatePolicyVersion", policy_name="P", policy_document=OTHER, set_as_default=True)
    assert (made["PolicyVersion"]["VersionId"], made["PolicyVersion"]["IsDefaultVersion"]) == ("v3", True)
    found = account.ram("GetPolicyVersion", policy_type="Custom", policy_name="P", version_id="v2")["PolicyVersion"]
    assert (found["PolicyDocument"], found["IsDefaultVersion"]) == (OTHER, False)
    account.ram("SetDefaultPolicyVersion", policy_name="P", version_id="v2")
    account.ram("SetDefaultPolicyVersion", policy_name="P", version_id="v2")
    with refused("DeleteConflict.Policy.Version.Default", 409):
        account.ram("DeletePolicyVersion", policy_name="P", version_id="v2")
    account.ram("DeletePolicyVersion", policy_name="P", version_id="v3")
    for action in ("DeletePolicyVersion", "SetDefaultPolicyVersion"):
        with refused("EntityNotExist.Policy.Version", 404):
            account.ram(action, policy_name="P", version_id="v3")
        with refused("InvalidParameter.VersionId.Format", 400):
            account.ram(action, policy_name="P", version_id="3")
    # A version's ID is not used again.
    account.ram("CreatePolicyVersion", policy_name="P", policy_document=OTHER)
    listed = account.ram("ListPolicyVersions", policy_type="Custom", policy_name="P")
    assert names(listed, "PolicyVersions", "PolicyVersion", "VersionId") == ["v1", "v2", "v4"]
    assert [item["IsDefaultVersion"] for item in listed["PolicyVersions"]["PolicyVersion"]] == [False, True, False]


def test_the_limit_of_versions(account, refused):
    account.ram("CreatePolicy", policy_name="P", policy_document=DOCUMENT)
    for dummy in range(4):
        account.ram("CreatePolicyVersion", policy_name="P", policy_document=OTHER)
    more = {"policy_name": "P", "policy_document": OTHER}
    for strategy in (None, "None"):
        with refused("LimitExceeded.Policy.Version", 409):
            account.ram("CreatePolicyVersion", **more, rotate_strategy=strategy)
    with refused("InvalidParameter.RotateStrategy", 400):
        account.ram("CreatePolicyVersion", **more, rotate_strategy="Oldest")
    account.ram(
        "CreatePolicyVersion",
        **more,
        rotate_strategy="DeleteOldestNonDefaultVersionWhenLimitExceeded",
        set_as_default=True,
    )
    # The oldest that was not the default one is gone, not the oldest of all.
    assert list(account.state()["policies"]["P"]["versions"]) == ["v1", "v3", "v4", "v5", "v6"]
    account.ram("CreatePolicyVersion", **more, rotate_strategy="DeleteOldestNonDefaultVersionWhenLimitExceeded")
    assert list(account.state()["policies"]["P"]["versions"]) == ["v3", "v4", "v5", "v6", "v7"]
    with refused("DeleteConflict.Policy.Version", 409):
        account.ram("DeletePolicy", policy_name="P", cascading_delete=False)
    account.ram("DeletePolicy", policy_name="P", cascading_delete=True)
    assert account.state()["policies"] == {}


def test_a_version_s_size_is_in_bytes(account, refused):
    account.ram("CreatePolicy", policy_name="P", policy_document=DOCUMENT)
    wide = DOCUMENT.replace('"Resource":"*"', '"Resource":["*","acs:oss:*:*:' + "\u4e2d" * 2100 + '"]')
    account.ram("CreatePolicy", policy_name="Q", policy_document=wide)
    with refused("InvalidParameter.PolicyDocument.Length", 400):
        account.ram("CreatePolicyVersion", policy_name="P", policy_document=wide)
    with refused("MalformedPolicyDocument", 400):
        account.ram("CreatePolicyVersion", policy_name="P", policy_document="[]")


def test_lists_of_policies(account, refused):
    for name in ("B", "A"):
        account.ram("CreatePolicy", policy_name=name, policy_document=DOCUMENT, tag={"name": name, "team": "x"})
    custom = account.ram("ListPolicies", policy_type="Custom")
    assert names(custom, "Policies", "Policy", "PolicyName") == ["A", "B"]
    assert custom["Policies"]["Policy"][0]["Tags"]["Tag"][0] == {"TagKey": "name", "TagValue": "A"}
    tagged = account.ram("ListPolicies", tag={"team": "x", "name": "B"})
    assert names(tagged, "Policies", "Policy", "PolicyName") == ["B"]
    everything, marker = [], None
    while True:
        page = account.ram("ListPolicies", max_items=50, marker=marker)
        everything += [(item["PolicyType"], item["PolicyName"]) for item in page["Policies"]["Policy"]]
        if not page["IsTruncated"]:
            break
        marker = page["Marker"]
    assert len(everything) == len(set(everything)) > 150
    assert {("Custom", "A"), ("System", "AdministratorAccess"), ("System", "ReadOnlyAccess")} < set(everything)
    with refused("InvalidParameter.PolicyType", 400):
        account.ram("ListPolicies", policy_type="custom")


def test_system_policies_cannot_be_changed(account, refused):
    found = account.ram("GetPolicy", policy_type="System", policy_name="AdministratorAccess")
    assert found["Policy"]["AttachmentCount"] == 1
    with refused("EntityNotExist.Policy", 404):
        account.ram("GetPolicy", policy_type="Custom", policy_name="AdministratorAccess")
    with refused("EntityNotExist.Policy", 404):
        account.ram("DeletePolicy", policy_name="AdministratorAccess")
    with refused("EntityNotExist.Policy", 404):
        account.ram("CreatePolicyVersion", policy_name="AdministratorAccess", policy_document=DOCUMENT)
    with refused("InvalidParameter.PolicyType", 400):
        account.ram("GetPolicy", policy_type="Systems", policy_name="AdministratorAccess")


# Attachments


@pytest.fixture(name="principals")
def fixture_principals(new_account):
    """An account with one principal of each kind and a custom policy."""
    return new_account(
        users=[
            {
                "name": "user",
                "display_name": "The User",
                "policies": [{"name": "AdministratorAccess", "type": "System"}],
            }
        ],
        groups=[{"name": "group", "comments": "c"}],
        roles=[{"name": "role", "trust_policy": trust("acs:ram::ACCOUNT:root")}],
        policies=[{"name": "P", "document": json.loads(DOCUMENT)}],
    )


@pytest.mark.parametrize("kind", ["User", "Group", "Role"])
def test_attaching(principals, refused, kind):
    account, named = principals, {f"{kind.lower()}_name": kind.lower()}
    custom = {"policy_type": "Custom", "policy_name": "P"}
    assert account.ram(f"AttachPolicyTo{kind}", **custom, **named) == {}
    listed = account.ram(f"ListPoliciesFor{kind}", **named)["Policies"]["Policy"]
    assert [item["PolicyName"] for item in listed if item["PolicyType"] == "Custom"] == ["P"]
    assert set(listed[0]) == {"PolicyName", "PolicyType", "Description", "DefaultVersion", "AttachDate"}
    entities = account.ram("ListEntitiesForPolicy", **custom)
    assert [len(entities[f"{each}s"][each]) for each in ("User", "Group", "Role")] == [
        int(each == kind) for each in ("User", "Group", "Role")
    ]
    assert entities[f"{kind}s"][kind][0][f"{kind}Name"] == kind.lower()
    assert account.ram("GetPolicy", **custom)["Policy"]["AttachmentCount"] == 1
    with refused(f"EntityAlreadyExists.{kind}.Policy", 409):
        account.ram(f"AttachPolicyTo{kind}", **custom, **named)
    with refused(f"DeleteConflict.Policy.{kind}", 409):
        account.ram("DeletePolicy", policy_name="P", cascading_delete=True)
    account.ram(f"DetachPolicyFrom{kind}", **custom, **named)
    with refused(f"EntityNotExist.{kind}.Policy", 404):
        account.ram(f"DetachPolicyFrom{kind}", **custom, **named)
    for action in (f"AttachPolicyTo{kind}", f"DetachPolicyFrom{kind}"):
        with refused(f"EntityNotExist.{kind}", 404):
            account.ram(action, **custom, **{f"{kind.lower()}_name": "nobody"})
        with refused("EntityNotExist.Policy", 404):
            account.ram(action, policy_type="System", policy_name="P", **named)
        with refused("InvalidParameter.PolicyType", 400):
            account.ram(action, policy_type="Own", policy_name="P", **named)
        with refused(f"InvalidParameter.{kind}Name.InvalidChars", 400):
            account.ram(action, **custom, **{f"{kind.lower()}_name": "a b"})
        with refused("InvalidParameter.PolicyName.InvalidChars", 400):
            account.ram(action, policy_type="Custom", policy_name="P_", **named)
    with refused(f"EntityNotExist.{kind}", 404):
        account.ram(f"ListPoliciesFor{kind}", **{f"{kind.lower()}_name": "nobody"})
    account.ram("DeletePolicy", policy_name="P")


@pytest.mark.parametrize(("policy_type", "limit"), [("System", 20), ("Custom", 10)])
def test_quotas_of_attachments(new_account, refused, policy_type, limit):
    account = new_account(
        groups=[{"name": "g"}], policies=[{"name": f"P{n}", "document": json.loads(DOCUMENT)} for n in range(11)]
    )
    found = account.ram("ListPolicies", policy_type=policy_type)
    policies = names(found, "Policies", "Policy", "PolicyName")[: limit + 1]
    for name in policies[:-1]:
        account.ram("AttachPolicyToGroup", policy_type=policy_type, policy_name=name, group_name="g")
    with refused("LimitExceeded.Group.Policy", 409):
        account.ram("AttachPolicyToGroup", policy_type=policy_type, policy_name=policies[-1], group_name="g")
    # The other type has a quota of its own.
    other = {"System": ("Custom", "P0"), "Custom": ("System", "ReadOnlyAccess")}[policy_type]
    account.ram("AttachPolicyToGroup", policy_type=other[0], policy_name=other[1], group_name="g")


def test_attachments_in_a_resource_group(principals, refused):
    account = principals
    scoped = {"policy_type": "Custom", "policy_name": "P", "user_name": "user", "resource_group_id": "rg-1"}
    account.ram("AttachPolicyToUser", **scoped)
    assert names(account.ram("ListPoliciesForUser", user_name="user"), "Policies", "Policy", "PolicyName") == [
        "AdministratorAccess"
    ]
    with refused("EntityAlreadyExists.User.Policy", 409):
        account.ram("AttachPolicyToUser", **scoped)
    with refused("DeleteConflict.Policy.User", 409):
        account.ram("DeletePolicy", policy_name="P")
    account.ram("DetachPolicyFromUser", **scoped)
    with refused("EntityNotExist.User.Policy", 404):
        account.ram("DetachPolicyFromUser", **scoped)
    account.ram("DeletePolicy", policy_name="P")


# Users and groups


def test_users(account, refused):
    made = account.ram(
        "CreateUser",
        user_name="al_ice.b-1",
        display_name="Alice",
        comments="c",
        email="a@example.com",
        mobile_phone="86-18600001111",
    )["User"]
    assert set(made) == {
        "UserId",
        "UserName",
        "DisplayName",
        "MobilePhone",
        "Email",
        "Comments",
        "CreateDate",
    }
    found = account.ram("GetUser", user_name="al_ice.b-1")["User"]
    assert {**found, **made} == found and set(found) - set(made) == {"UpdateDate", "LastLoginDate"}
    assert names(account.ram("ListUsers"), "Users", "User", "UserName") == ["administrator", "al_ice.b-1"]
    page = account.ram("ListUsers", max_items=1)
    assert page["IsTruncated"] and names(page, "Users", "User", "UserName") == ["administrator"]
    with refused("EntityAlreadyExists.User", 409):
        account.ram("CreateUser", user_name="al_ice.b-1")
    for arguments, code in (
        ({"user_name": "a b"}, "InvalidParameter.UserName.InvalidChars"),
        ({"user_name": "u" * 65}, "InvalidParameter.UserName.Length"),
        ({"user_name": "u", "display_name": "d" * 129}, "InvalidParameter.DisplayName.Length"),
        ({"user_name": "u", "comments": "c" * 129}, "InvalidParameter.Comments.Length"),
        ({"user_name": "u", "email": "nowhere"}, "InvalidParameter.Email.Format"),
        ({"user_name": "u", "mobile_phone": "call me"}, "InvalidParameter.MobilePhone.Format"),
    ):
        with refused(code, 400):
            account.ram("CreateUser", **arguments)
    account.ram("DeleteUser", user_name="al_ice.b-1")
    for action in ("GetUser", "DeleteUser", "ListGroupsForUser", "ListPoliciesForUser"):
        with refused("EntityNotExist.User", 404):
            account.ram(action, user_name="al_ice.b-1")


def test_users_that_cannot_be_deleted(principals, refused):
    account = principals
    with refused("DeleteConflict.User.AccessKey", 409):
        account.ram("DeleteUser", user_name="user")
    account.ram("CreateUser", user_name="other")
    account.ram("AddUserToGroup", user_name="other", group_name="group")
    with refused("DeleteConflict.User.Group", 409):
        account.ram("DeleteUser", user_name="other")
    account.ram("RemoveUserFromGroup", user_name="other", group_name="group")
    account.ram("AttachPolicyToUser", policy_type="Custom", policy_name="P", user_name="other")
    with refused("DeleteConflict.User.Policy", 409):
        account.ram("DeleteUser", user_name="other")
    account.ram("DetachPolicyFromUser", policy_type="Custom", policy_name="P", user_name="other")
    account.ram("DeleteUser", user_name="other")


def test_groups(principals, refused):
    account = principals
    made = account.ram("CreateGroup", group_name="a_b", comments="c")["Group"]
    assert set(made) == {"GroupId", "GroupName", "Comments", "CreateDate"}
    found = account.ram("GetGroup", group_name="a_b")["Group"]
    assert {**found, **made} == found and set(found) - set(made) == {"UpdateDate"}
    assert names(account.ram("ListGroups", max_items=100), "Groups", "Group", "GroupName") == ["a_b", "group"]
    with refused("InvalidParameter.MaxItems", 400):
        account.ram("ListGroups", max_items=101)
    with refused("EntityAlreadyExists.Group", 409):
        account.ram("CreateGroup", group_name="a_b")
    with refused("InvalidParameter.Comments.Length", 400):
        account.ram("CreateGroup", group_name="c", comments="c" * 129)
    member = {"user_name": "user", "group_name": "a_b"}
    account.ram("AddUserToGroup", **member)
    with refused("EntityAlreadyExists.User.Group", 409):
        account.ram("AddUserToGroup", **member)
    users = account.ram("ListUsersForGroup", group_name="a_b")
    assert [set(item) for item in users["Users"]["User"]] == [{"UserName", "DisplayName", "JoinDate"}]
    assert users["Users"]["User"][0]["DisplayName"] == "The User" and users["IsTruncated"] is False
    groups = account.ram("ListGroupsForUser", user_name="user")["Groups"]["Group"]
    assert [set(item) for item in groups] == [{"GroupId", "GroupName", "Comments", "JoinDate"}]
    with refused("DeleteConflict.Group.User", 409):
        account.ram("DeleteGroup", group_name="a_b")
    account.ram("RemoveUserFromGroup", **member)
    with refused("EntityNotExist.User.Group", 404):
        account.ram("RemoveUserFromGroup", **member)
    account.ram("AttachPolicyToGroup", policy_type="Custom", policy_name="P", group_name="a_b")
    with refused("DeleteConflict.Group.Policy", 409):
        account.ram("DeleteGroup", group_name="a_b")
    account.ram("DetachPolicyFromGroup", policy_type="Custom", policy_name="P", group_name="a_b")
    account.ram("DeleteGroup", group_name="a_b")
    for action in ("GetGroup", "DeleteGroup", "ListUsersForGroup", "ListPoliciesForGroup"):
        with refused("EntityNotExist.Group", 404):
            account.ram(action, group_name="a_b")
    for action in ("AddUserToGroup", "RemoveUserFromGroup"):
        with refused("EntityNotExist.Group", 404):
            account.ram(action, **member)
        with refused("EntityNotExist.User", 404):
            account.ram(action, user_name="nobody", group_name="group")


def test_the_limit_of_a_user_s_groups(new_account, refused):
    account = new_account(
        users=[{"name": "user", "policies": [{"name": "AdministratorAccess", "type": "System"}]}],
        groups=[{"name": f"g{number}"} for number in range(11)],
    )
    for number in range(10):
        account.ram("AddUserToGroup", user_name="user", group_name=f"g{number}")
    with refused("LimitExceeded.User.Group", 409):
        account.ram("AddUserToGroup", user_name="user", group_name="g10")
    pages, marker = [], None
    for dummy in range(2):
        page = account.ram("ListGroups", max_items=6, marker=marker)
        pages.append(len(page["Groups"]["Group"]))
        marker = page.get("Marker")
    assert (pages, marker) == ([6, 5], None)


def test_quotas_of_an_account(new_account, refused):
    policy = json.loads(DOCUMENT)
    trusted = trust("acs:ram::1:root")
    account = new_account(
        groups=[{"name": f"g{number}"} for number in range(300)],
        policies=[{"name": f"p{number}", "document": policy} for number in range(1500)],
        roles=[{"name": f"r{number}", "trust_policy": trusted} for number in range(1000)],
        users=[{"name": f"u{number}", "access_keys": []} for number in range(4999)],
    )
    with refused("LimitExceeded.Group", 409):
        account.ram("CreateGroup", group_name="more")
    with refused("LimitExceeded.Policy", 409):
        account.ram("CreatePolicy", policy_name="more", policy_document=DOCUMENT)
    with refused("LimitExceeded.Role", 409):
        account.ram("CreateRole", role_name="more", assume_role_policy_document=json.dumps(trusted))
    with refused("LimitExceeded.User", 409):
        account.ram("CreateUser", user_name="more")
    # Service-linked roles can be created all the same.
    account.ram("CreateServiceLinkedRole", service_name=SERVICE)


# Tags


@pytest.mark.parametrize("kind", ["role", "policy"])
def test_tags(new_account, refused, kind):
    account = new_account(
        roles=[{"name": name, "trust_policy": trust("acs:ram::1:root")} for name in ("a", "b", "c")],
        policies=[{"name": name, "document": json.loads(DOCUMENT)} for name in ("a", "b", "c")],
    )

    def tagged(**arguments):
        body = account.ram("ListTagResources", resource_type=kind, **arguments)
        return [(item["ResourceName"], item["TagKey"], item["TagValue"]) for item in body["TagResources"]]

    both = {"resource_type": kind, "resource_names": ["a", "b"]}
    account.ram("TagResources", **both, tag={"k": "1", "l": "2"})
    account.ram("TagResources", resource_type=kind, resource_names=["b"], tag={"k": "3"})
    assert tagged() == [("a", "k", "1"), ("a", "l", "2"), ("b", "k", "3"), ("b", "l", "2")]
    assert tagged(resource_names=["b", "c"]) == [("b", "k", "3"), ("b", "l", "2")]
    assert tagged(tag={"k": "1"}) == [("a", "k", "1"), ("a", "l", "2")]
    page = account.ram("ListTagResources", resource_type=kind, page_size=3)
    assert len(page["TagResources"]) == 3
    rest = account.ram("ListTagResources", resource_type=kind, page_size=3, next_token=page["NextToken"])
    assert len(rest["TagResources"]) == 1 and "NextToken" not in rest
    account.ram("UntagResources", **both, tag_keys=["l", "unknown"])
    account.ram("UntagResources", resource_type=kind, resource_names=["a"], all=True)
    assert tagged() == [("b", "k", "3")]
    before = account.state()
    absent = "EntityNotExist.Role" if kind == "role" else "EntityNotExist.Policy"
    with refused(absent, 404):
        account.ram("TagResources", resource_type=kind, resource_names=["a", "z"], tag={"k": "9"})
    with refused(absent, 404):
        account.ram("UntagResources", resource_type=kind, resource_names=["a", "z"], all=True)
    for arguments, code in (
        ({"resource_names": [f"n{number}" for number in range(51)]}, "InvalidParameter.ResourceNames.Length"),
        ({"tag": {f"k{number}": "v" for number in range(21)}}, "InvalidParameter.Tag.Length"),
        ({"tag": {"k" * 129: "v"}}, "InvalidParameter.Tag.Length"),
        ({"tag": {"k": "v" * 257}}, "InvalidParameter.Tag.Length"),
        ({"tag": None}, "MissingTag"),
        ({"resource_type": "user"}, "InvalidParameter.ResourceType"),
    ):
        with refused(code, 400):
            account.ram("TagResources", **{**both, "tag": {"k": "v"}, **arguments})
    with refused("MissingTagKeys", 400):
        account.ram("UntagResources", **both)
    with refused("LimitExceeded.Tag", 409):
        account.ram(
            "TagResources", resource_type=kind, resource_names=["b"], tag={f"n{number}": "v" for number in range(20)}
        )
    assert account.state() == before


# The Resource Directory


def test_the_directory(directory, refused):
    hub, member, outsider = directory
    found = hub.rm("GetResourceDirectory")["ResourceDirectory"]
    assert (found["MasterAccountId"], found["MasterAccountName"]) == (hub.id, "hub")
    assert member.rm("GetResourceDirectory")["ResourceDirectory"] == found
    with refused("ResourceDirectoryNotInUse", 404):
        outsider.rm("GetResourceDirectory")
    for action in ("ListAccounts", "ListFoldersForParent"):
        with refused("EntityNotExists.ResourceDirectory", 404):
            outsider.rm(action)
    with refused("NoPermission", 403):
        member.rm("ListAccounts")


def test_members(directory, refused):
    hub = directory[0]
    first = hub.rm("ListAccounts")
    assert (first["PageNumber"], first["PageSize"], first["TotalCount"]) == (1, 10, 12)
    second = hub.rm("ListAccounts", page_number=2, page_size=10, include_tags=True)
    ids = [page_item["AccountId"] for page in (first, second) for page_item in page["Accounts"]["Account"]]
    assert ids == [f"40000000000000{number:02d}" for number in range(10, 22)] and hub.id not in ids
    assert "Tags" not in first["Accounts"]["Account"][0]
    assert second["Accounts"]["Account"][0]["Tags"] == {"Tag": [{"Key": "env", "Value": "dev"}]}
    invited, promoted, created = first["Accounts"]["Account"][:3]
    assert [invited[key] for key in ("Status", "JoinMethod", "Type")] == ["InviteSuccess", "invited", "CloudAccount"]
    assert [created[key] for key in ("Status", "JoinMethod", "Type")] == [
        "CreateSuccess",
        "created",
        "ResourceAccount",
    ]
    assert promoted["Status"] == "PromoteVerifying"
    path = promoted["ResourceDirectoryPath"].split("/")
    assert path[0] == promoted["ResourceDirectoryId"] and path[-2:] == [promoted["FolderId"], promoted["AccountId"]]
    assert len(path) == 5
    tagged = hub.rm("ListAccounts", tag={"env": "prod"}, page_size=100)
    assert tagged["TotalCount"] == len(tagged["Accounts"]["Account"]) == 6
    assert hub.rm("ListAccounts", page_number=3)["Accounts"]["Account"] == []
    for arguments, name in (({"page_size": 101}, "PageSize"), ({"page_number": 0}, "PageNumber")):
        with refused(f"InvalidParameter.{name}", 400):
            hub.rm("ListAccounts", **arguments)


def test_folders(directory, refused):
    hub = directory[0]
    root = hub.rm("GetResourceDirectory")["ResourceDirectory"]["RootFolderId"]
    top = hub.rm("ListFoldersForParent")
    assert top == hub.rm("ListFoldersForParent", parent_folder_id=root)
    assert (names(top, "Folders", "Folder", "FolderName"), top["TotalCount"]) == (["prod"], 1)
    prod = top["Folders"]["Folder"][0]["FolderId"]
    below = hub.rm("ListFoldersForParent", parent_folder_id=prod, query_keyword="E")
    assert names(below, "Folders", "Folder", "FolderName") == ["eu"]
    assert hub.rm("ListFoldersForParent", parent_folder_id=prod, query_keyword="us")["TotalCount"] == 0
    counts = [
        hub.rm("ListAccountsForParent", parent_folder_id=folder)["TotalCount"]
        for folder in (root, prod, below["Folders"]["Folder"][0]["FolderId"])
    ]
    assert counts == [6, 0, 6]
    found = hub.rm("ListAccountsForParent", parent_folder_id=root, query_keyword="MEMBER-12", include_tags=True)
    assert names(found, "Accounts", "Account", "DisplayName") == ["member-12"]
    assert "ResourceDirectoryPath" not in found["Accounts"]["Account"][0]
    with refused("MissingParentFolderId", 400):
        hub.rm("ListAccountsForParent")
    with refused("EntityNotExists.Folder", 404):
        hub.rm("ListAccountsForParent", parent_folder_id="fd-none")
