# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""User groups and their members."""

from __future__ import annotations

from ..errors import ApiError, verified
from ..parameters import Text, group_name, marker, max_items, user_name
from ..registry import Body, Call, operation, page_by_marker
from ..store import Group

_RESOURCES = ["group/{GroupName}"]
_MEMBERSHIP = ["user/{UserName}", "group/{GroupName}"]
_ABSENT = verified("EntityNotExist.Group")
_ABSENT_USER = verified("EntityNotExist.User")


def _created(group: Group) -> Body:
    return {
        "GroupId": group.id,
        "GroupName": group.name,
        "Comments": group.comments,
        "CreateDate": group.created,
    }


def _full(group: Group) -> Body:
    return {**_created(group), "UpdateDate": group.updated}


@operation("ram", "GetGroup", group_name(), resources=_RESOURCES, errors=_ABSENT)
def get_group(call: Call) -> Body:
    group = call.account.group(call["GroupName"])
    return {"Group": _full(group)}


@operation("ram", "ListGroups", marker(), max_items(100), resources=["group/*"])
def list_groups(call: Call) -> Body:
    page, body = page_by_marker(call, call.account.groups.values(), lambda group: group.name)
    body["Groups"] = {"Group": [_full(group) for group in page]}
    return body


@operation(
    "ram",
    "CreateGroup",
    group_name(),
    Text("Comments", default="", low=0, high=128),
    resources=["group/*"],
    write=True,
    errors=verified("EntityAlreadyExists.Group", "LimitExceeded.Group"),
)
def create_group(call: Call) -> Body:
    groups, name = call.account.groups, call["GroupName"]
    if name in groups:
        raise ApiError("EntityAlreadyExists.Group")
    if len(groups) >= call.account.quotas.groups:
        raise ApiError("LimitExceeded.Group")
    groups[name] = Group(name, call.world.new_id("Group"), call.time, call.time, comments=call["Comments"])
    return {"Group": _created(groups[name])}


@operation(
    "ram",
    "UpdateGroup",
    group_name(),
    group_name("NewGroupName", required=False),
    Text("NewComments", low=0, high=128),
    resources=_RESOURCES,
    write=True,
    errors=_ABSENT + verified("EntityAlreadyExists.Group"),
)
def update_group(call: Call) -> Body:
    account = call.account
    group = account.group(call["GroupName"])
    if call["NewGroupName"]:
        account.rename("Group", group, call["NewGroupName"])
    if call["NewComments"] is not None:
        group.comments = call["NewComments"]
    group.updated = call.time
    return {"Group": _full(group)}


@operation(
    "ram",
    "DeleteGroup",
    group_name(),
    resources=_RESOURCES,
    write=True,
    errors=_ABSENT + verified("DeleteConflict.Group.User", "DeleteConflict.Group.Policy"),
)
def delete_group(call: Call) -> Body:
    """Grants in resource groups hold it back, too (inferred)."""
    group = call.account.group(call["GroupName"])
    if group.members:
        raise ApiError("DeleteConflict.Group.User")
    if group.policies or call.account.is_scoped(("Group", group.name)):
        raise ApiError("DeleteConflict.Group.Policy")
    del call.account.groups[group.name]
    return {}


@operation("ram", "ListGroupsForUser", user_name(), resources=["user/{UserName}"], errors=_ABSENT_USER)
def list_groups_for_user(call: Call) -> Body:
    account = call.account
    return {
        "Groups": {
            "Group": [
                {
                    "GroupId": account.groups[name].id,
                    "GroupName": name,
                    "Comments": account.groups[name].comments,
                    "JoinDate": date,
                }
                for name, date in sorted(account.user(call["UserName"]).groups.items())
            ]
        }
    }


@operation("ram", "ListUsersForGroup", group_name(), marker(), max_items(), resources=_RESOURCES, errors=_ABSENT)
def list_users_for_group(call: Call) -> Body:
    group = call.account.group(call["GroupName"])
    page, body = page_by_marker(call, group.members.items(), lambda member: member[0])
    body["Users"] = {
        "User": [
            {"UserName": name, "DisplayName": call.account.users[name].display_name, "JoinDate": date}
            for name, date in page
        ]
    }
    return body


@operation(
    "ram",
    "AddUserToGroup",
    user_name(),
    group_name(),
    resources=_MEMBERSHIP,
    write=True,
    errors=_ABSENT_USER + _ABSENT + verified("EntityAlreadyExists.User.Group", "LimitExceeded.User.Group"),
)
def add_user_to_group(call: Call) -> Body:
    user = call.account.user(call["UserName"])
    group = call.account.group(call["GroupName"])
    if group.name in user.groups:
        raise ApiError("EntityAlreadyExists.User.Group")
    if len(user.groups) >= call.account.quotas.groups_of_user:
        raise ApiError("LimitExceeded.User.Group")
    user.groups[group.name] = group.members[user.name] = call.time
    return {}


@operation(
    "ram",
    "RemoveUserFromGroup",
    user_name(),
    group_name(),
    resources=_MEMBERSHIP,
    write=True,
    errors=_ABSENT_USER + _ABSENT + verified("EntityNotExist.User.Group"),
)
def remove_user_from_group(call: Call) -> Body:
    user = call.account.user(call["UserName"])
    group = call.account.group(call["GroupName"])
    if group.name not in user.groups:
        raise ApiError("EntityNotExist.User.Group")
    del user.groups[group.name]
    del group.members[user.name]
    return {}
