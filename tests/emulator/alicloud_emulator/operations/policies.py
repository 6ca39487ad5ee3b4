# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies and their versions."""

from __future__ import annotations

from ..documents import DocumentError, check_policy
from ..errors import ApiError, Mark, inferred, unknown, verified
from ..parameters import (
    Boolean,
    Choice,
    Description,
    JsonTags,
    Text,
    marker,
    matches_tags,
    max_items,
    policy_name,
    policy_type,
    version_id,
)
from ..registry import Body, Call, operation, page_by_marker
from ..store import Policy, Version

_RESOURCES = ["policy/{PolicyName}"]
_ABSENT = verified("EntityNotExist.Policy")
_ABSENT_VERSION = _ABSENT + verified("EntityNotExist.Policy.Version")
_ROTATE = "DeleteOldestNonDefaultVersionWhenLimitExceeded"


def _summary(policy: Policy) -> Body:
    return {
        "PolicyName": policy.name,
        "PolicyType": policy.type,
        "Description": policy.description,
        "DefaultVersion": policy.default,
        "CreateDate": policy.created,
        "UpdateDate": policy.updated,
    }


def _version(policy: Policy, version: Version) -> Body:
    """unknown: whether the service gives a document back as it was sent. It is given back as sent."""
    return {
        "VersionId": version.id,
        "IsDefaultVersion": version.id == policy.default,
        "PolicyDocument": version.document,
        "CreateDate": version.created,
    }


def _attachment_count(call: Call, policy: Policy) -> int:
    return len(call.account.attachments.get(policy.key, ()))


def _checked(document: str) -> str:
    try:
        check_policy(document)
    except DocumentError as exc:
        raise ApiError("MalformedPolicyDocument", str(exc)) from None
    return document


def _find(call: Call) -> Policy:
    return call.world.policy(call.account, call["PolicyType"], call["PolicyName"])


def _find_version(policy: Policy, version: str) -> Version:
    try:
        return policy.versions[version]
    except KeyError:
        raise ApiError("EntityNotExist.Policy.Version") from None


@operation(
    "ram",
    "CreatePolicy",
    policy_name(),
    Text("PolicyDocument", True, high=6144),
    Text("Description", default="", high=1024),
    JsonTags("Tag"),
    resources=_RESOURCES,  # Source: the operation's page; that of 2021 had policy/* here
    write=True,
    errors=verified("EntityAlreadyExists.Policy", "LimitExceeded.Policy", "MalformedPolicyDocument")
    + unknown("LimitExceeded.Tag"),
)
def create_policy(call: Call) -> Body:
    account, name = call.account, call["PolicyName"]
    document = _checked(call["PolicyDocument"])
    # unknown: whether a custom policy may have the name of a system policy. It may: the type tells them apart.
    if name in account.policies:
        raise ApiError("EntityAlreadyExists.Policy")
    if len(account.policies) >= account.quotas.policies:
        raise ApiError("LimitExceeded.Policy")
    tags = {key: value or "" for key, value in call["Tag"] or ()}
    if len(tags) > account.quotas.tags:
        raise ApiError("LimitExceeded.Tag")
    policy = Policy("Custom", name, call["Description"], call.time, call.time, tags=tags)
    policy.add_version(document, call.time)
    account.policies[name] = policy
    body = _summary(policy)
    del body["UpdateDate"]
    return {"Policy": body}


@operation(
    "ram",
    "CreatePolicyVersion",
    policy_name(),
    # CreatePolicy's limit is stated in characters, this one in bytes.
    Text("PolicyDocument", True, high=6144, in_bytes=True),
    Boolean("SetAsDefault"),
    Choice("RotateStrategy", default="None", choices=("None", _ROTATE)),
    resources=_RESOURCES,
    write=True,
    errors=_ABSENT + verified("LimitExceeded.Policy.Version", "MalformedPolicyDocument"),
)
def create_policy_version(call: Call) -> Body:
    """The same document again makes another version (inferred)."""
    policy = call.account.custom_policy(call["PolicyName"])
    document = _checked(call["PolicyDocument"])
    if len(policy.versions) >= call.account.quotas.versions:
        if call["RotateStrategy"] != _ROTATE:
            raise ApiError("LimitExceeded.Policy.Version")
        oldest = next(version for version in policy.versions if version != policy.default)
        del policy.versions[oldest]
    version = policy.add_version(document, call.time)
    if call["SetAsDefault"]:
        policy.default = version.id
    policy.updated = call.time
    return {"PolicyVersion": _version(policy, version)}


@operation("ram", "GetPolicy", policy_type(), policy_name(), resources=_RESOURCES, errors=_ABSENT)
def get_policy(call: Call) -> Body:
    """The document is in DefaultPolicyVersion; Policy.PolicyDocument is deprecated, and left out."""
    policy = _find(call)
    return {
        "Policy": {**_summary(policy), "AttachmentCount": _attachment_count(call, policy)},
        "DefaultPolicyVersion": _version(policy, policy.versions[policy.default]),
    }


@operation(
    "ram",
    "GetPolicyVersion",
    policy_type(),
    policy_name(),
    version_id(),
    resources=_RESOURCES,
    errors=_ABSENT_VERSION,
)
def get_policy_version(call: Call) -> Body:
    policy = _find(call)
    return {"PolicyVersion": _version(policy, _find_version(policy, call["VersionId"]))}


@operation(
    "ram",
    "ListPolicies",
    policy_type(required=False),
    marker(),
    max_items(),
    JsonTags("Tag"),
    resources=["policy/*"],
)
def list_policies(call: Call) -> Body:
    policies: list[Policy] = []
    if call["PolicyType"] != "System":
        policies += call.account.policies.values()
    if call["PolicyType"] != "Custom":
        policies += call.world.system_policies.values()
    policies = [policy for policy in policies if matches_tags(policy.tags, call["Tag"])]
    page, body = page_by_marker(call, policies, lambda policy: "/".join(policy.key))
    body["Policies"] = {
        "Policy": [
            {
                **_summary(policy),
                "AttachmentCount": _attachment_count(call, policy),
                "Tags": {"Tag": [{"TagKey": key, "TagValue": value} for key, value in policy.tags.items()]},
            }
            for policy in page
        ]
    }
    return body


@operation("ram", "ListPolicyVersions", policy_type(), policy_name(), resources=_RESOURCES, errors=_ABSENT)
def list_policy_versions(call: Call) -> Body:
    policy = _find(call)
    return {"PolicyVersions": {"PolicyVersion": [_version(policy, version) for version in policy.versions.values()]}}


@operation(
    "ram",
    "SetDefaultPolicyVersion",
    policy_name(),
    version_id(),
    resources=_RESOURCES,
    write=True,
    errors=_ABSENT_VERSION,
)
def set_default_policy_version(call: Call) -> Body:
    """Setting the present default again is a success (inferred)."""
    policy = call.account.custom_policy(call["PolicyName"])
    policy.default = _find_version(policy, call["VersionId"]).id
    policy.updated = call.time
    return {}


@operation(
    "ram",
    "DeletePolicyVersion",
    policy_name(),
    version_id(),
    resources=_RESOURCES,
    write=True,
    errors=_ABSENT_VERSION + verified("DeleteConflict.Policy.Version.Default"),
)
def delete_policy_version(call: Call) -> Body:
    policy = call.account.custom_policy(call["PolicyName"])
    version = _find_version(policy, call["VersionId"])
    if version.id == policy.default:
        raise ApiError("DeleteConflict.Policy.Version.Default")
    del policy.versions[version.id]
    policy.updated = call.time
    return {}


@operation(
    "ram",
    "DeletePolicy",
    policy_name(),
    Boolean("CascadingDelete"),
    resources=_RESOURCES,
    write=True,
    errors=_ABSENT
    + verified("DeleteConflict.Policy.User", "DeleteConflict.Policy.Group", "DeleteConflict.Policy.Version")
    + inferred("DeleteConflict.Policy.Role"),  # listed by Resource Manager; RAM's own list has none for roles
)
def delete_policy(call: Call) -> Body:
    """CascadingDelete deletes the versions too; it does not detach."""
    account = call.account
    policy = account.custom_policy(call["PolicyName"])
    holders = {kind for kind, dummy in account.attachments.get(policy.key, ())}
    # unknown: whether attachments in a resource group hold a policy back. They do.
    holders |= {holder[0] for key, holder, dummy in account.scoped if key == policy.key}
    for kind in ("User", "Group", "Role"):
        if kind in holders:
            raise ApiError(f"DeleteConflict.Policy.{kind}")
    if len(policy.versions) > 1 and not call["CascadingDelete"]:
        raise ApiError("DeleteConflict.Policy.Version")
    del account.policies[policy.name]
    return {}


@operation(
    "ram",
    "UpdatePolicyDescription",
    policy_name(),
    Description("NewDescription", True, high=1024, mark=Mark.INFERRED),
    resources=_RESOURCES,
    write=True,
    errors=_ABSENT,
)
def update_policy_description(call: Call) -> Body:
    policy = call.account.custom_policy(call["PolicyName"])
    policy.description = call["NewDescription"]
    policy.updated = call.time
    return {"Policy": _summary(policy)}


@operation("ram", "ListEntitiesForPolicy", policy_type(), policy_name(), resources=_RESOURCES, errors=_ABSENT)
def list_entities_for_policy(call: Call) -> Body:
    account = call.account
    users: list[Body] = []
    groups: list[Body] = []
    roles: list[Body] = []
    for (kind, name), date in sorted(account.attachments.get(_find(call).key, {}).items()):
        if kind == "User":
            user = account.user(name)
            users.append({"UserName": name, "UserId": user.id, "DisplayName": user.display_name, "AttachDate": date})
        elif kind == "Group":
            groups.append({"GroupName": name, "Comments": account.group(name).comments, "AttachDate": date})
        else:
            role = account.role(name)
            roles.append(
                {
                    "RoleName": name,
                    "RoleId": role.id,
                    "Arn": role.arn,
                    "Description": role.description,
                    "AttachDate": date,
                }
            )
    return {"Users": {"User": users}, "Groups": {"Group": groups}, "Roles": {"Role": roles}}
