# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every error of every operation: what the table of operations declares is provoked, and is what documentation says.

That no operation answers with a code that it does not declare is checked when an emulator of the suite stops, on its
log of all calls; see conftest.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from alicloud_emulator import parameters
from alicloud_emulator.errors import Mark
from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE

from .clients import Account, Current, Earlier, snake
from .sample_account import DOCUMENT, LINKED, MANY, OF_DIRECTORY, TRUST, Key, arguments_of, call, operations

# By the first part of the code. Source: the error lists of RAM, STS and Resource Manager, and the gateway's samples;
# those of the codes that are themselves unknown are the emulator's.
STATUSES = {
    "DeleteConflict": 409,
    "EntityAlreadyExists": 409,
    "EntityNotExist": 404,
    "EntityNotExists": 404,
    "InvalidParameter": 400,
    "LimitExceeded": 409,
    "MalformedPolicyDocument": 400,
    "NoPermission": 403,
    "OperationDenied": 403,
    "ResourceDirectoryNotInUse": 404,
}

# Published messages, with the published grammar. Source: RAM's error list.
MESSAGES = {
    "DeleteConflict.Group.Policy": "The entity CAN NOT has any attached policy while deleting the group.",
    "DeleteConflict.Group.User": "The group CAN NOT has any user member while deleting the group.",
    "DeleteConflict.Policy.Group": "The policy CAN NOT been attached to any group while deleting the policy.",
    "DeleteConflict.Policy.User": "The policy CAN NOT been attached to any user while deleting the policy.",
    "DeleteConflict.Policy.Version": "The policy CAN NOT has any version except the default version.",
    "DeleteConflict.Policy.Version.Default": "The default policy version CAN NOT been deleted directly.",
    "DeleteConflict.Role.Policy": "The role CAN NOT has any attached policy while deleting the role.",
    "DeleteConflict.User.AccessKey": "The user CAN NOT has any access key while deleting the user.",
    "DeleteConflict.User.Group": "The user CAN NOT be in any group while deleting the user.",
    "DeleteConflict.User.Policy": "The user CAN NOT has any attached policy while deleting the user.",
    "EntityAlreadyExists.AccountAlias": "The account alias does already exist.",
    "EntityAlreadyExists.Group": "The group does already EXIST.",
    "EntityAlreadyExists.Group.Policy": "The group has already been attached this policy.",
    "EntityAlreadyExists.Policy": "The group does already EXIST.",
    "EntityAlreadyExists.User": "The user does already EXIST.",
    "EntityAlreadyExists.User.Group": "The user has already joined the group.",
    "EntityAlreadyExists.User.Policy": "The user has already been attached this policy.",
    "EntityNotExist.Group": "The group does not exist.",
    "EntityNotExist.Group.Policy": "The indicate policy attached to the group does not exist.",
    "EntityNotExist.Policy": "The policy does not exist.",
    "EntityNotExist.Policy.Version": "The policy version does not exist.",
    "EntityNotExist.User": "The user does not exist.",
    "EntityNotExist.User.AccessKey": "The user access key does not exist.",
    "EntityNotExist.User.Group": "The user has not joined the group.",
    "EntityNotExist.User.Policy": "The indicate policy of the user does not exist.",
    "InvalidParameter.AccountAlias.Format": 'The format of parameter - "AccountAlias" is incorrect.',
    "InvalidParameter.AccountAlias.Length": 'The parameter - "AccountAlias" MUST be in the range of 3 and 63.',
    "InvalidParameter.PolicyType": 'The parameter - "PolicyType" is incorrect.',
    "LimitExceeded.Group": "The count of groups beyond the current limits.",
    "LimitExceeded.Group.Policy": "The policy count of the group beyond the current limits.",
    "LimitExceeded.Policy": "The count of policy beyond the current limits.",
    "LimitExceeded.Policy.Version": "The count of policy version beyond the current limits.",
    "LimitExceeded.Role": "The count of roles beyond the current limits.",
    "LimitExceeded.Role.Policy": "The count of policies attached to the role beyond the current limits.",
    "LimitExceeded.User": "The count of users beyond the current limits.",
    "LimitExceeded.User.AccessKey": "The access key count of the user access keys beyond the current limits.",
    "LimitExceeded.User.Group": "The count of groups the target user joined beyond the current limits.",
    "LimitExceeded.User.Policy": "The policy count of the user attached policies beyond the current limits.",
    "NoPermission": "You are not authorized to do this action.",
}
# For every parameter alike.
MESSAGES_OF_FAULTS = {
    "Format": 'The format of the parameter - "{}" is incorrect.',
    "InvalidChars": 'The parameter - "{}" contains invalid chars.',
    "Length": 'The parameter - "{}" beyond the length limit.',
}
_NO_DIRECTORY = "The specified account is not an Alibaba Cloud account or a member account of the resource directory."
# Source: the operations' own pages.
MESSAGES_OF_OPERATIONS = {
    ("rm", "CreateServiceLinkedRole", "EntityAlreadyExists.Role"): "The role already exists.",
    ("rm", "CreateServiceLinkedRole", "EntityNotExist.Service"): "The service does not exist.",
    ("rm", "CreateServiceLinkedRole", "InvalidParameter.Description.NotAllowed"): (
        "Custom description is not allowed for default service linked role."
    ),
    ("rm", "DeleteServiceLinkedRole", "EntityNotExist.ServiceLinkedRole"): (
        "This role exists but is not a Service Linked Role."
    ),
    ("rm", "GetResourceDirectory", "ResourceDirectoryNotInUse"): _NO_DIRECTORY,
    ("sts", "AssumeRole", "EntityNotExist.Role"): "The specified Role not exists.",
    ("sts", "AssumeRole", "NoPermission"): (
        "You are not authorized to do this action. You should be authorized by RAM."
    ),
}


def message_of(key: Key, code: str) -> str | None:
    """The published message of a code, where there is one."""
    first, *more = code.split(".")
    if (*key, code) in MESSAGES_OF_OPERATIONS or code in MESSAGES:
        return MESSAGES_OF_OPERATIONS.get((*key, code)) or MESSAGES[code]
    if first == "InvalidParameter" and len(more) == 2 and more[1] in MESSAGES_OF_FAULTS:
        return MESSAGES_OF_FAULTS[more[1]].format(more[0])
    return None


# How each code comes about


@dataclass(frozen=True)
class Scenario:
    """A call of CALLS in the sample account, with a difference."""

    changes: Mapping[str, Any] = field(default_factory=dict)  # of the call's arguments
    caller: str = ""  # whose key; by default the administrator's
    token: str | None = None  # of a session's key
    more: Mapping[str, Any] = field(default_factory=dict)  # for the sample account's seed
    before: Callable[[Account], Any] = lambda account: None
    outside: bool = False  # of the Resource Directory


def changed(**changes: Any) -> Scenario:
    return Scenario(changes)


def again(key: Key) -> Scenario:
    """The same call for the second time."""
    return Scenario(before=lambda account: call(account.admin, key, arguments_of(account, key)))


def full(**quotas: int) -> Scenario:
    return Scenario(more={"quotas": quotas})


_SESSION = {"access_key_id": "ACCOUNT.session", "access_key_secret": "secret", "security_token": "t", "role": "spare"}


def _able(account: Account) -> None:
    """Let the role of the session do everything."""
    account.ram("AttachPolicyToRole", policy_type="System", policy_name="AdministratorAccess", role_name="spare")


def _taken_alias(account: Account) -> None:
    other = {"account_id": str(next(_NUMBERS)), "alias": f"a-{account.id}"}
    account.emulator.admin("accounts", "POST", {"accounts": [other]})


_NUMBERS = itertools.count(6100000000000001)

# Those that are the same for all operations with the code.
USUAL: dict[str, Scenario] = {
    "EntityNotExist.Group": changed(group_name="absent"),
    "EntityNotExist.Policy": changed(policy_name="absent"),
    "EntityNotExist.Policy.Version": changed(version_id="v9"),
    "EntityNotExist.Role": changed(role_name="absent"),
    "EntityNotExist.Service": changed(service_name="absent.aliyuncs.com"),
    "EntityNotExist.ServiceLinkedRole": changed(role_name="spare"),
    "EntityNotExist.User": changed(user_name="absent"),
    "EntityNotExist.User.LoginProfile": changed(user_name="spare"),
    "EntityNotExist.User.MFADevice": changed(user_name="spare"),
    "EntityNotExist.VirtualMFADevice": changed(serial_number="absent"),
    "EntityNotExist.User.AccessKey": changed(user_access_key_id="absent"),
    "EntityNotExists.Account": changed(account_id="1"),
    "EntityNotExists.Folder": changed(parent_folder_id="fd-absent"),
    "MissingUserName": Scenario(
        {"user_name": None}, caller="session", token="t", more={"sessions": [_SESSION]}, before=_able
    ),
    "NoPermission": Scenario(caller="nobody"),
    "OperationDenied.ServiceLinkedRole": changed(role_name=LINKED),
    "EntityNotExists.ResourceDirectory": Scenario(outside=True),
    "ResourceDirectoryNotInUse": Scenario(outside=True),
}
_SUFFIX = {"service_name": MANY}
OWN: dict[tuple[str, str, str], Scenario] = {
    ("ram", "AddUserToGroup", "EntityAlreadyExists.User.Group"): changed(user_name="member", group_name="team"),
    ("ram", "AddUserToGroup", "LimitExceeded.User.Group"): Scenario(
        {"user_name": "member"}, more={"quotas": {"groups_of_user": 1}}
    ),
    ("ram", "AttachPolicyToGroup", "EntityAlreadyExists.Group.Policy"): again(("ram", "AttachPolicyToGroup")),
    ("ram", "AttachPolicyToGroup", "LimitExceeded.Group.Policy"): Scenario(
        {"group_name": "holder"}, more={"quotas": {"custom_policies_attached": 1}}
    ),
    ("ram", "AttachPolicyToRole", "EntityAlreadyExists.Role.Policy"): again(("ram", "AttachPolicyToRole")),
    ("ram", "AttachPolicyToRole", "LimitExceeded.Role.Policy"): Scenario(
        {"role_name": "holder"}, more={"quotas": {"custom_policies_attached": 1}}
    ),
    ("ram", "AttachPolicyToUser", "EntityAlreadyExists.User.Policy"): again(("ram", "AttachPolicyToUser")),
    ("ram", "AttachPolicyToUser", "LimitExceeded.User.Policy"): Scenario(
        {"user_name": "holder"}, more={"quotas": {"custom_policies_attached": 1}}
    ),
    ("ram", "CreateAccessKey", "LimitExceeded.User.AccessKey"): Scenario(
        {"user_name": "keyed"}, more={"quotas": {"access_keys": 1}}
    ),
    ("ram", "CreateGroup", "EntityAlreadyExists.Group"): changed(group_name="team"),
    ("ram", "CreateGroup", "LimitExceeded.Group"): full(groups=3),
    ("ram", "CreateLoginProfile", "EntityAlreadyExists.User.LoginProfile"): changed(user_name="logon"),
    ("ram", "CreatePolicy", "EntityAlreadyExists.Policy"): changed(policy_name="S"),
    ("ram", "CreatePolicy", "LimitExceeded.Policy"): full(policies=5),
    ("ram", "CreatePolicy", "LimitExceeded.Tag"): Scenario({"tag": {"k": "1", "l": "2"}}, more={"quotas": {"tags": 1}}),
    ("ram", "CreatePolicy", "MalformedPolicyDocument"): changed(policy_document="{}"),
    ("ram", "CreatePolicyVersion", "LimitExceeded.Policy.Version"): Scenario(
        {"policy_name": "Versions"}, more={"quotas": {"versions": 2}}
    ),
    ("ram", "CreatePolicyVersion", "MalformedPolicyDocument"): changed(policy_document="{}"),
    ("ram", "CreateRole", "EntityAlreadyExists.Role"): changed(role_name="SPARE"),
    ("ram", "CreateRole", "LimitExceeded.Role"): full(roles=4),
    ("ram", "CreateRole", "LimitExceeded.Tag"): Scenario({"tag": {"k": "1", "l": "2"}}, more={"quotas": {"tags": 1}}),
    ("ram", "CreateRole", "MalformedPolicyDocument"): changed(assume_role_policy_document=DOCUMENT),
    ("ram", "CreateUser", "EntityAlreadyExists.User"): changed(user_name="spare"),
    ("ram", "CreateUser", "LimitExceeded.User"): full(users=9),
    ("ram", "DecodeDiagnosticMessage", "EntityNotExist"): changed(encoded_diagnostic_message="absent"),
    ("ram", "DeleteGroup", "DeleteConflict.Group.Policy"): changed(group_name="holder"),
    ("ram", "DeleteGroup", "DeleteConflict.Group.User"): changed(group_name="team"),
    ("ram", "DeletePolicy", "DeleteConflict.Policy.Group"): changed(policy_name="OfGroup"),
    ("ram", "DeletePolicy", "DeleteConflict.Policy.Role"): changed(policy_name="OfRole"),
    ("ram", "DeletePolicy", "DeleteConflict.Policy.User"): changed(policy_name="OfUser"),
    ("ram", "DeletePolicy", "DeleteConflict.Policy.Version"): changed(policy_name="Versions"),
    ("ram", "DeletePolicyVersion", "DeleteConflict.Policy.Version.Default"): changed(version_id="v1"),
    ("ram", "DeleteRole", "DeleteConflict.Role.Policy"): changed(role_name="holder"),
    ("ram", "DeleteUser", "DeleteConflict.User.AccessKey"): changed(user_name="keyed"),
    ("ram", "DeleteUser", "DeleteConflict.User.Group"): changed(user_name="member"),
    ("ram", "DeleteUser", "DeleteConflict.User.LoginProfile"): changed(user_name="logon"),
    ("ram", "DeleteUser", "DeleteConflict.User.MFADevice"): changed(user_name="bound"),
    ("ram", "DeleteUser", "DeleteConflict.User.Policy"): changed(user_name="holder"),
    ("ram", "DeleteVirtualMFADevice", "DeleteConflict.VirtualMFADevice.User"): changed(
        serial_number="acs:ram::ACCOUNT:mfa/bound"
    ),
    ("ram", "DetachPolicyFromGroup", "EntityNotExist.Group.Policy"): changed(group_name="spare"),
    ("ram", "DetachPolicyFromRole", "EntityNotExist.Role.Policy"): changed(role_name="spare"),
    ("ram", "DetachPolicyFromUser", "EntityNotExist.User.Policy"): changed(user_name="spare"),
    ("ram", "RemoveUserFromGroup", "EntityNotExist.User.Group"): changed(user_name="spare"),
    ("ram", "SetAccountAlias", "EntityAlreadyExists.AccountAlias"): Scenario(before=_taken_alias),
    ("ram", "TagResources", "EntityNotExist.Policy"): changed(resource_type="policy", resource_names=["S", "absent"]),
    ("ram", "TagResources", "EntityNotExist.Role"): changed(resource_names=["spare", "absent"]),
    ("ram", "TagResources", "LimitExceeded.Tag"): full(tags=1),
    ("ram", "UntagResources", "EntityNotExist.Policy"): changed(resource_type="policy", resource_names=["S", "absent"]),
    ("ram", "UntagResources", "EntityNotExist.Role"): changed(resource_names=["spare", "absent"]),
    ("ram", "UntagResources", "MissingTagKeys"): changed(tag_keys=None),
    ("ram", "UpdateGroup", "EntityAlreadyExists.Group"): changed(new_group_name="spare"),
    ("ram", "UpdateRole", "MalformedPolicyDocument"): changed(new_assume_role_policy_document=DOCUMENT),
    ("ram", "UpdateUser", "EntityAlreadyExists.User"): changed(new_user_name="member"),
    ("rm", "GetAccount", "EntityNotExists.ResourceDirectory"): Scenario({"account_id": "1"}, outside=True),
    ("rm", "ListAccountsForParent", "EntityNotExists.ResourceDirectory"): Scenario(
        {"parent_folder_id": "fd-1"}, outside=True
    ),
    ("rm", "GetServiceLinkedRoleDeletionStatus", "EntityNotExist.ServiceLinkedRole.DeletionTask"): changed(
        deletion_task_id=f"task/acs-service-role/{SERVICE}/{LINKED}/01234567-89ab-cdef-0123-456789abcdef"
    ),
    ("rm", "GetServiceLinkedRoleDeletionStatus", "InvalidParameter.DeletionTaskId"): changed(deletion_task_id="t" * 26),
    ("rm", "GetServiceLinkedRoleDeletionStatus", "InvalidParameter.DeletionTaskId.Length"): changed(
        deletion_task_id="t" * 25
    ),
    ("sts", "AssumeRole", "EntityNotExist.Role"): changed(role_arn="acs:ram::ACCOUNT:role/absent"),
    ("sts", "AssumeRole", "InvalidParameter.PolicyGrammar"): changed(policy="{}"),
    ("sts", "AssumeRole", "InvalidParameter.RoleArn"): changed(role_arn="acs:ram::ACCOUNT:user/spare"),
}
for _service in ("ram", "rm"):
    _key = (_service, "CreateServiceLinkedRole")
    OWN |= {
        (*_key, "EntityAlreadyExists.Role"): changed(service_name="alb.aliyuncs.com"),
        (*_key, "InvalidParameter.CustomSuffix.InvalidChars"): changed(**_SUFFIX, custom_suffix="a b"),
        (*_key, "InvalidParameter.CustomSuffix.Length"): changed(**_SUFFIX, custom_suffix="a" * 64),
        (*_key, "InvalidParameter.CustomSuffix.NotAllowed"): changed(custom_suffix="a"),
        (*_key, "InvalidParameter.Description.Length"): changed(**_SUFFIX, description="d" * 1025),
        (*_key, "InvalidParameter.Description.NotAllowed"): changed(description="d"),
    }


def bad_values(param: parameters.Param) -> Iterator[tuple[str, Any]]:
    """Values that a parameter's declared limits refuse, each with the code that its kind has for them."""
    name = f"InvalidParameter.{param.name}"
    if isinstance(param, parameters.Text):
        codes = [fact.code for fact in param.errors()]
        unit = "\u00e9" if param.in_bytes else "a"
        yield codes[0], unit * (param.high // len(unit.encode()) + 1)
        if param.low:
            yield codes[0], "a" * (param.low - 1)
        if param.pattern:
            yield codes[-1], [text for text in ("a\x00b", "\u0000 \u4e2d") if param.low <= len(text) <= param.high][0]
    elif isinstance(param, parameters.Choice):
        yield from ((name, value) for value in ("nonsense", param.choices[0].swapcase(), ""))
    elif isinstance(param, parameters.Integer):
        yield from ((name, value) for value in (param.low - 1, param.high + 1, "", "1.5", "many"))
    elif isinstance(param, parameters.Boolean):
        yield from ((name, value) for value in ("maybe", "1", ""))
    elif isinstance(param, parameters.JsonNames):
        yield from ((f"{name}.Length", value) for value in ([], [f"n{number}" for number in range(param.high + 1)]))
        yield from ((name, value) for value in ("a", [1]))
    elif isinstance(param, (parameters.JsonTags, parameters.FlatTags)):
        yield f"{name}.Length", {f"k{number}": "v" for number in range(21)}
        yield from ((f"{name}.Length", {key: value}) for key, value in (("k" * 129, "v"), ("k", "v" * 257), ("", "v")))
        yield name, [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]
    elif isinstance(param, parameters.Marker):
        yield from ((name, value) for value in ("%%%", "a"))


def scenarios(key: Key, code: str) -> list[Scenario]:
    """All the ways here to get a code from an operation."""
    found = [OWN[(*key, code)]] if (*key, code) in OWN else []
    for param in operations()[key].parameters:
        found += [changed(**{snake(param.name): value}) for one, value in bad_values(param) if one == code]
        if param.required and code == f"Missing{param.name}":
            found.append(changed(**{snake(param.name): None}))
    return found or ([USUAL[code]] if code in USUAL else [])


PAIRS = sorted((key, fact.code) for key, found in operations().items() for fact in found.errors)


# The tests


@pytest.mark.parametrize("client_class", [Current, Earlier], ids=["current", "earlier"])
@pytest.mark.parametrize(("key", "code"), [pytest.param(*pair, id=f"{'.'.join(pair[0])}-{pair[1]}") for pair in PAIRS])
def test_every_declared_error(new_house, directory, refused, key, code, client_class):
    ways = scenarios(key, code)
    assert ways, "the table of operations declares a code that no scenario provokes"
    status = STATUSES["InvalidParameter" if code.startswith("Missing") else code.split(".")[0]]
    for way in ways:
        account = directory[0] if key[1] in OF_DIRECTORY and not way.outside else new_house(**way.more)
        way.before(account)
        arguments = arguments_of(account, key, **way.changes)
        client = account.client(way.caller, token=way.token) if way.caller else account.admin
        before = account.state()
        with refused(code, status) as caught:
            call(client, key, arguments)
        assert message_of(key, code) in (None, caught.value.data["Message"])
        assert account.state() == before


def test_there_is_no_scenario_for_nothing():
    declared = {(*key, code) for key, code in PAIRS}
    assert set(OWN) <= declared
    assert set(USUAL) <= {code for dummy, code in PAIRS}


# What documentation says, written down apart from the emulator. Source: the operations' pages and the error list of
# RAM; for service-linked roles and the directory, Resource Manager's help.


def names(*parameter_names: str) -> str:
    """The two codes for a bad name, which every operation has that takes one."""
    return " ".join(
        f"InvalidParameter.{name}.{fault}" for name in parameter_names for fault in ("InvalidChars", "Length")
    )


_OF_POLICY = f"InvalidParameter.PolicyType {names('PolicyName')} EntityNotExist.Policy"
_LINKED = (
    "EntityAlreadyExists.Role EntityNotExist.Service InvalidParameter.CustomSuffix.NotAllowed"
    " InvalidParameter.CustomSuffix.InvalidChars InvalidParameter.CustomSuffix.Length"
    " InvalidParameter.Description.NotAllowed InvalidParameter.Description.Length"
)
DOCUMENTED: list[tuple[Mark, str, str, str]] = [
    (Mark.VERIFIED, "ram rm", "GetRole", f"{names('RoleName')} EntityNotExist.Role"),
    (Mark.VERIFIED, "ram", "ListPoliciesForRole", "EntityNotExist.Role"),
    (
        Mark.VERIFIED,
        "ram",
        "CreateRole",
        f"{names('RoleName')} InvalidParameter.AssumeRolePolicyDocument.Length MalformedPolicyDocument"
        " EntityAlreadyExists.Role LimitExceeded.Role",
    ),
    (Mark.VERIFIED, "ram", "DeleteRole", "EntityNotExist.Role DeleteConflict.Role.Policy"),
    (Mark.VERIFIED, "rm", "CreateServiceLinkedRole", _LINKED),
    (Mark.INFERRED, "ram", "CreateServiceLinkedRole", _LINKED),
    (Mark.VERIFIED, "rm", "DeleteServiceLinkedRole", "EntityNotExist.Role EntityNotExist.ServiceLinkedRole"),
    (Mark.INFERRED, "ram", "DeleteServiceLinkedRole", "EntityNotExist.Role EntityNotExist.ServiceLinkedRole"),
    (Mark.INFERRED, "ram", "GetServiceLinkedRoleTemplate", "EntityNotExist.Service"),
    (
        Mark.VERIFIED,
        "ram",
        "CreatePolicy",
        f"{names('PolicyName')} InvalidParameter.PolicyDocument.Length InvalidParameter.Description.Length"
        " MalformedPolicyDocument EntityAlreadyExists.Policy LimitExceeded.Policy",
    ),
    (
        Mark.VERIFIED,
        "ram",
        "CreatePolicyVersion",
        "EntityNotExist.Policy LimitExceeded.Policy.Version InvalidParameter.PolicyDocument.Length"
        " MalformedPolicyDocument",
    ),
    (Mark.VERIFIED, "ram", "GetPolicy ListPolicyVersions ListEntitiesForPolicy", _OF_POLICY),
    (
        Mark.VERIFIED,
        "ram",
        "GetPolicyVersion",
        f"{_OF_POLICY} InvalidParameter.VersionId.Format EntityNotExist.Policy.Version",
    ),
    (
        Mark.VERIFIED,
        "ram",
        "SetDefaultPolicyVersion",
        "InvalidParameter.VersionId.Format EntityNotExist.Policy EntityNotExist.Policy.Version",
    ),
    (
        Mark.VERIFIED,
        "ram",
        "DeletePolicyVersion",
        "EntityNotExist.Policy EntityNotExist.Policy.Version DeleteConflict.Policy.Version.Default",
    ),
    (
        Mark.VERIFIED,
        "ram",
        "DeletePolicy",
        "EntityNotExist.Policy DeleteConflict.Policy.User DeleteConflict.Policy.Group DeleteConflict.Policy.Version",
    ),
    (Mark.INFERRED, "ram", "DeletePolicy", "DeleteConflict.Policy.Role"),
    (Mark.VERIFIED, "ram", "UpdatePolicyDescription", "EntityNotExist.Policy"),
    (Mark.INFERRED, "ram", "UpdatePolicyDescription", "InvalidParameter.NewDescription.Length"),
    *(
        row
        for kind in ("User", "Group", "Role")
        for row in (
            (
                Mark.VERIFIED,
                "ram",
                f"AttachPolicyTo{kind}",
                f"{_OF_POLICY} {names(f'{kind}Name')} EntityNotExist.{kind} EntityAlreadyExists.{kind}.Policy"
                f" LimitExceeded.{kind}.Policy",
            ),
            (
                Mark.VERIFIED,
                "ram",
                f"DetachPolicyFrom{kind}",
                f"{_OF_POLICY} {names(f'{kind}Name')} EntityNotExist.{kind} EntityNotExist.{kind}.Policy",
            ),
            (Mark.VERIFIED, "ram", f"ListPoliciesFor{kind}", f"EntityNotExist.{kind}"),
        )
    ),
    (Mark.UNKNOWN, "ram", "AttachPolicyToRole DetachPolicyFromRole DeleteRole", "OperationDenied.ServiceLinkedRole"),
    (Mark.VERIFIED, "ram", "GetUser", f"{names('UserName')} EntityNotExist.User"),
    (
        Mark.VERIFIED,
        "ram",
        "CreateUser",
        f"{names('UserName', 'DisplayName')} InvalidParameter.Comments.Length InvalidParameter.Email.Format"
        " InvalidParameter.MobilePhone.Format EntityAlreadyExists.User LimitExceeded.User",
    ),
    (
        Mark.VERIFIED,
        "ram",
        "DeleteUser",
        "EntityNotExist.User DeleteConflict.User.AccessKey DeleteConflict.User.Group DeleteConflict.User.Policy",
    ),
    (Mark.VERIFIED, "ram", "GetGroup ListUsersForGroup", "EntityNotExist.Group"),
    (Mark.VERIFIED, "ram", "CreateGroup", "EntityAlreadyExists.Group LimitExceeded.Group"),
    (Mark.VERIFIED, "ram", "DeleteGroup", "DeleteConflict.Group.User DeleteConflict.Group.Policy"),
    (Mark.VERIFIED, "ram", "ListGroupsForUser", "EntityNotExist.User"),
    (
        Mark.VERIFIED,
        "ram",
        "AddUserToGroup",
        "EntityNotExist.User EntityNotExist.Group EntityAlreadyExists.User.Group LimitExceeded.User.Group",
    ),
    (
        Mark.VERIFIED,
        "ram",
        "RemoveUserFromGroup",
        "EntityNotExist.User EntityNotExist.Group EntityNotExist.User.Group",
    ),
    (
        Mark.VERIFIED,
        "sts",
        "AssumeRole",
        "InvalidParameter.RoleArn InvalidParameter.RoleSessionName InvalidParameter.DurationSeconds"
        " InvalidParameter.PolicyGrammar InvalidParameter.PolicySize NoPermission EntityNotExist.Role",
    ),
    (
        Mark.VERIFIED,
        "rm",
        "GetServiceLinkedRoleDeletionStatus",
        "InvalidParameter.DeletionTaskId InvalidParameter.DeletionTaskId.Length"
        " EntityNotExist.ServiceLinkedRole.DeletionTask",
    ),
    (Mark.VERIFIED, "rm", "GetResourceDirectory", "ResourceDirectoryNotInUse"),
    (Mark.VERIFIED, "rm", "ListAccounts", "EntityNotExists.ResourceDirectory"),
]


@pytest.mark.parametrize(
    ("key", "code", "mark"),
    [
        pytest.param((service, name), code, mark, id=f"{service}.{name}-{code}")
        for mark, services, operation_names, codes in DOCUMENTED
        for service in services.split()
        for name in operation_names.split()
        for code in codes.split()
    ],
)
def test_documented_errors_are_declared(key, code, mark):
    assert {fact.code: fact.mark for fact in operations()[key].errors}.get(code) is mark


def _text(length: int) -> str:
    return "a" * length


def _document(length: int) -> str:
    return DOCUMENT + " " * (length - len(DOCUMENT))


def _trust(length: int) -> str:
    return TRUST + " " * (length - len(TRUST.replace("ACCOUNT", "1" * 16)))


def _list(length: int) -> list[str]:
    return [f"n{number}" for number in range(length)]


def _tags(length: int) -> dict[str, str]:
    return {f"k{number}": "v" for number in range(length)}


def _key(length: int) -> dict[str, str]:
    return {"k" * length: "v"}


def _value(length: int) -> dict[str, str]:
    return {"k": "v" * length}


# The documented range of a parameter, how to make a value of a length, and what one beyond is answered with. Below 0
# nothing is tried. Source: the SDK's models.
LIMITS: list[tuple[str, str, str, int, int, Callable[[int], Any], str]] = [
    ("ram", "CreateRole", "RoleName", 1, 64, _text, "Length"),
    ("ram", "CreateRole", "AssumeRolePolicyDocument", 0, 6144, _trust, "Length"),
    ("ram", "CreateRole", "Description", 0, 1024, _text, "Length"),
    ("ram", "CreateRole", "MaxSessionDuration", 3600, 43200, int, ""),
    ("ram", "CreatePolicy", "PolicyName", 1, 128, _text, "Length"),
    ("ram", "CreatePolicy", "PolicyDocument", 0, 6144, _document, "Length"),
    ("ram", "CreatePolicy", "Description", 1, 1024, _text, "Length"),
    ("ram", "CreatePolicyVersion", "PolicyDocument", 0, 6144, _document, "Length"),
    ("ram", "UpdatePolicyDescription", "NewDescription", 1, 1024, _text, "Length"),
    ("ram", "CreateUser", "UserName", 1, 64, _text, "Length"),
    ("ram", "CreateUser", "DisplayName", 1, 128, _text, "Length"),
    ("ram", "CreateUser", "Comments", 1, 128, _text, "Length"),
    ("ram", "CreateGroup", "GroupName", 1, 64, _text, "Length"),
    ("ram", "CreateGroup", "Comments", 0, 128, _text, "Length"),
    ("ram", "ListRoles", "MaxItems", 1, 1000, int, ""),
    ("ram", "ListPolicies", "MaxItems", 1, 1000, int, ""),
    ("ram", "ListUsers", "MaxItems", 1, 1000, int, ""),
    ("ram", "ListUsersForGroup", "MaxItems", 1, 1000, int, ""),
    ("ram", "ListGroups", "MaxItems", 1, 100, int, ""),
    ("ram", "TagResources", "ResourceNames", 1, 50, _list, "Length"),
    ("ram", "TagResources", "Tag", 1, 20, _tags, "Length"),
    ("ram", "TagResources", "Tag", 1, 128, _key, "Length"),
    ("ram", "TagResources", "Tag", 0, 256, _value, "Length"),
    ("ram", "UntagResources", "ResourceNames", 1, 50, _list, "Length"),
    ("ram", "UntagResources", "TagKeys", 1, 20, _list, "Length"),
    ("ram", "ListTagResources", "ResourceNames", 1, 50, _list, "Length"),
    ("ram", "ListTagResources", "PageSize", 1, 100, int, ""),
    ("rm", "ListAccounts", "PageNumber", 1, 2**31, int, ""),
    ("rm", "ListAccounts", "PageSize", 1, 100, int, ""),
    ("rm", "ListAccountsForParent", "PageSize", 1, 100, int, ""),
    ("rm", "ListFoldersForParent", "PageSize", 1, 100, int, ""),
    ("rm", "GetServiceLinkedRoleDeletionStatus", "DeletionTaskId", 26, 255, _text, "Length"),
    ("sts", "AssumeRole", "RoleSessionName", 2, 64, _text, ""),
    ("sts", "AssumeRole", "DurationSeconds", 900, 3600, int, ""),
    ("sts", "AssumeRole", "ExternalId", 2, 1224, _text, ""),
]


@pytest.mark.parametrize(
    ("service", "name", "parameter", "low", "high", "make", "fault"),
    [pytest.param(*row, id=f"{row[1]}-{row[2]}-{row[4]}") for row in LIMITS],
)
def test_documented_limits(new_house, directory, service, name, parameter, low, high, make, fault):
    account = directory[0] if name in OF_DIRECTORY else new_house()
    code = ".".join(filter(None, ("InvalidParameter", parameter, fault)))

    def refusal_of(value: Any) -> str:
        arguments = arguments_of(account, (service, name), **{snake(parameter): value})
        try:
            call(account.admin, (service, name), arguments)
        except AlibabaCloudException as error:
            return error.data["Code"]
        return ""

    for length in (low, high):
        assert refusal_of(make(length)) != code
    for length in (low - 1, high + 1):
        if length >= 0:
            assert refusal_of(make(length)) == code


def test_what_is_documented_for_no_operation_is_not_called_verified():
    """The codes for absent parameters, and for numbers, lists and tags, are in no page."""
    for key, found in operations().items():
        for fact in found.errors:
            if fact.code.startswith("Missing") or any(
                fact.code.startswith(f"InvalidParameter.{param.name}")
                for param in found.parameters
                if isinstance(
                    param, (parameters.JsonNames, parameters.JsonTags, parameters.FlatTags, parameters.Boolean)
                )
            ):
                assert fact.mark is Mark.UNKNOWN, (key, fact)
