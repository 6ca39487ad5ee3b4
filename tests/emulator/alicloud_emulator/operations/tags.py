# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags of roles and custom policies. Tags of users are not in this API."""

from __future__ import annotations

from ..errors import ApiError, inferred, missing, unknown
from ..parameters import Boolean, Choice, Integer, JsonNames, JsonTags, marker, matches_tags
from ..registry import Body, Call, decode_marker, encode_marker, operation
from ..store import Policy, Role

# Source: the operations' pages, which give all resources for these permissions, so that nothing narrower than * allows.
_RESOURCES = ["*"]
_ABSENT = inferred("EntityNotExist.Role", "EntityNotExist.Policy")


def _type() -> Choice:
    return Choice("ResourceType", True, choices=("role", "policy"))


def _find(call: Call) -> list[Policy | Role]:
    """All the named resources; one that is absent is an error, and nothing is done (inferred)."""
    account = call.account
    if call["ResourceType"] == "role":
        return [account.role(name) for name in call["ResourceNames"]]
    return [account.custom_policy(name) for name in call["ResourceNames"]]


@operation(
    "ram",
    "TagResources",
    _type(),
    JsonNames("ResourceNames", True),
    JsonTags("Tag", True),
    resources=_RESOURCES,
    write=True,
    errors=_ABSENT + unknown("LimitExceeded.Tag"),
)
def tag_resources(call: Call) -> Body:
    tags = {key: value or "" for key, value in call["Tag"]}
    found = _find(call)
    for resource in found:
        if len(resource.tags.keys() | tags.keys()) > call.account.quotas.tags:
            raise ApiError("LimitExceeded.Tag")
    for resource in found:
        resource.tags.update(tags)
    return {}


@operation(
    "ram",
    "UntagResources",
    _type(),
    JsonNames("ResourceNames", True),
    JsonNames("TagKeys", high=20),
    Boolean("All"),
    resources=_RESOURCES,
    write=True,
    errors=_ABSENT + unknown(missing("TagKeys").code),
)
def untag_resources(call: Call) -> Body:
    """All counts only without TagKeys (inferred). A key that a resource does not carry is no error (inferred)."""
    if call["TagKeys"] is None and not call["All"]:
        raise missing("TagKeys")  # unknown: the code
    for resource in _find(call):
        for key in list(resource.tags) if call["TagKeys"] is None else call["TagKeys"]:
            resource.tags.pop(key, None)
    return {}


@operation(
    "ram",
    "ListTagResources",
    _type(),
    JsonNames("ResourceNames"),
    JsonTags("Tag"),
    marker("NextToken"),
    Integer("PageSize", default=20, low=1, high=100),  # unknown: the default
    resources=_RESOURCES,
)
def list_tag_resources(call: Call) -> Body:
    """unknown: whether an absent resource name is an error. It is passed over."""
    account = call.account
    resources: list[Policy | Role] = []
    if call["ResourceType"] == "role":
        resources.extend(account.roles.values())
    else:
        resources.extend(account.policies.values())
    if call["ResourceNames"] is not None:
        names = set(call["ResourceNames"])
        resources = [resource for resource in resources if resource.name in names]
    entries = sorted(
        (resource.name, key, value)
        for resource in resources
        if matches_tags(resource.tags, call["Tag"])
        for key, value in resource.tags.items()
    )
    if call["NextToken"]:
        last = decode_marker(call["NextToken"], "NextToken")
        entries = [entry for entry in entries if _position(entry) > last]
    page = entries[: call["PageSize"]]
    body: Body = {
        "TagResources": [
            {"ResourceType": call["ResourceType"], "ResourceName": name, "TagKey": key, "TagValue": value}
            for name, key, value in page
        ]
    }
    if len(page) < len(entries):
        body["NextToken"] = encode_marker(_position(page[-1]))
    return body


def _position(entry: tuple[str, str, str]) -> str:
    return f"{entry[0]}\n{entry[1]}"
