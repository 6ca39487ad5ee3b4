# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAM users."""

from __future__ import annotations

from .errors import ApiError
from .parameters import Text, marker, max_items, user_name
from .registry import Body, Call, operation, page_by_marker
from .store import MAX_USERS, User

_RESOURCES = ["user/{UserName}"]


def _created(user: User) -> Body:
    return {
        "UserId": user.id,
        "UserName": user.name,
        "DisplayName": user.display_name,
        "MobilePhone": user.mobile_phone,
        "Email": user.email,
        "Comments": user.comments,
        "CreateDate": user.created,
    }


@operation("ram", "GetUser", user_name(), resources=_RESOURCES)
def get_user(call: Call) -> Body:
    user = call.account.user(call["UserName"])
    # Nobody logs on here with a password.
    return {"User": {**_created(user), "UpdateDate": user.updated, "LastLoginDate": ""}}


@operation("ram", "ListUsers", marker(), max_items(), resources=["user/*"])
def list_users(call: Call) -> Body:
    page, body = page_by_marker(call, call.account.users.values(), lambda user: user.name)
    body["Users"] = {"User": [{**_created(user), "UpdateDate": user.updated} for user in page]}
    return body


@operation(
    "ram",
    "CreateUser",
    user_name(),
    # unknown: the alphabet of display names, and the default of an absent one (the user name here).
    Text("DisplayName", low=1, high=128),
    Text("Comments", default="", low=1, high=128),
    Text(
        "MobilePhone",
        default="",
        high=64,
        pattern=r"\+?[0-9]{1,4}-[0-9]{4,20}",
        code="InvalidParameter.MobilePhone.Format",
    ),
    Text("Email", default="", high=128, pattern=r"[^@\s]+@[^@\s]+", code="InvalidParameter.Email.Format"),
    resources=["user/*"],
    write=True,
)
def create_user(call: Call) -> Body:
    users, name = call.account.users, call["UserName"]
    if name in users:
        raise ApiError("EntityAlreadyExists.User")
    if len(users) >= MAX_USERS:
        raise ApiError("LimitExceeded.User")
    users[name] = User(
        name=name,
        id=call.world.new_id("User"),
        created=call.time,
        updated=call.time,
        display_name=call["DisplayName"] or name,
        comments=call["Comments"],
        email=call["Email"],
        mobile_phone=call["MobilePhone"],
    )
    return {"User": _created(users[name])}


@operation("ram", "DeleteUser", user_name(), resources=_RESOURCES, write=True)
def delete_user(call: Call) -> Body:
    user = call.account.user(call["UserName"])
    for held, conflict in ((user.access_keys, "AccessKey"), (user.groups, "Group"), (user.policies, "Policy")):
        if held:
            raise ApiError(f"DeleteConflict.User.{conflict}")
    del call.account.users[user.name]
    return {}
