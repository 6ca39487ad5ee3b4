# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAM users."""

from __future__ import annotations

from ..errors import ApiError, inferred, verified
from ..parameters import Param, Text, marker, max_items, user_name
from ..registry import Body, Call, operation, page_by_marker
from ..store import User

_RESOURCES = ["user/{UserName}"]
_ABSENT = verified("EntityNotExist.User")


def _details(prefix: str = "", default: str | None = "") -> tuple[Param, ...]:
    """What a user has besides its name; CreateUser's, and with the prefix New, UpdateUser's.

    unknown: the alphabet of display names. Pages differ, and names in any language are shown; control characters
    are refused. What a user has can be emptied (terraform's acceptance test), though the pages say 1-128.
    """
    low, or_empty = (0, "|") if prefix else (1, "")
    mobile, email = f"{prefix}MobilePhone", f"{prefix}Email"
    return (
        Text(f"{prefix}DisplayName", low=low, high=128, pattern=r"[^\x00-\x1f\x7f]*"),
        Text(f"{prefix}Comments", default=default, low=low, high=128),
        Text(
            mobile,
            default=default,
            low=low,
            high=64,
            pattern=rf"\+?[0-9]{{1,4}}-[0-9]{{4,20}}{or_empty}",
            code=f"InvalidParameter.{mobile}.Format",
        ),
        Text(
            email,
            default=default,
            low=low,
            high=128,
            pattern=rf"[^@\s]+@[^@\s]+{or_empty}",
            code=f"InvalidParameter.{email}.Format",
        ),
    )


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


def _full(user: User) -> Body:
    return {**_created(user), "UpdateDate": user.updated}


@operation("ram", "GetUser", user_name(), resources=_RESOURCES, errors=_ABSENT)
def get_user(call: Call) -> Body:
    user = call.account.user(call["UserName"])
    return {"User": {**_full(user), "LastLoginDate": user.last_login}}


@operation("ram", "ListUsers", marker(), max_items(), resources=["user/*"])
def list_users(call: Call) -> Body:
    page, body = page_by_marker(call, call.account.users.values(), lambda user: user.name)
    body["Users"] = {"User": [_full(user) for user in page]}
    return body


@operation(
    "ram",
    "CreateUser",
    user_name(),
    *_details(),
    resources=["user/*"],
    write=True,
    errors=verified("EntityAlreadyExists.User", "LimitExceeded.User"),
)
def create_user(call: Call) -> Body:
    """unknown: the display name where none is given. The user's name."""
    users, name = call.account.users, call["UserName"]
    if name in users:
        raise ApiError("EntityAlreadyExists.User")
    if len(users) >= call.account.quotas.users:
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


@operation(
    "ram",
    "UpdateUser",
    user_name(),
    user_name("NewUserName", required=False),  # an older page has it required; it is not in the SDK's model
    *_details("New", default=None),
    resources=_RESOURCES,
    write=True,
    errors=_ABSENT + inferred("EntityAlreadyExists.User"),
)
def update_user(call: Call) -> Body:
    """unknown: what an empty display name becomes. The user's name, as where none is given."""
    user = call.account.user(call["UserName"])
    if call["NewUserName"]:
        call.account.rename("User", user, call["NewUserName"])
        call.world.rename_credentials(call.account, user)
    for name, field in (
        ("NewDisplayName", "display_name"),
        ("NewComments", "comments"),
        ("NewMobilePhone", "mobile_phone"),
        ("NewEmail", "email"),
    ):
        if call[name] is not None:
            setattr(user, field, call[name])
    user.display_name = user.display_name or user.name
    user.updated = call.time
    return {"User": _full(user)}


@operation(
    "ram",
    "DeleteUser",
    user_name(),
    resources=_RESOURCES,
    write=True,
    errors=_ABSENT
    + verified(
        "DeleteConflict.User.AccessKey",
        "DeleteConflict.User.LoginProfile",
        "DeleteConflict.User.MFADevice",
        "DeleteConflict.User.Group",
        "DeleteConflict.User.Policy",
    ),
)
def delete_user(call: Call) -> Body:
    """Grants in resource groups hold it back, too (inferred). unknown: in which order conflicts are found."""
    account, user = call.account, call.account.user(call["UserName"])
    for held, conflict in (
        (user.access_keys, "AccessKey"),
        (user.login_profile, "LoginProfile"),
        (account.mfa_device(user), "MFADevice"),
        (user.groups, "Group"),
        (user.policies or account.is_scoped(("User", user.name)), "Policy"),
        (user.delete_conflict, user.delete_conflict),
    ):
        if held:
            raise ApiError(f"DeleteConflict.User.{conflict}", status=409)
    del call.account.users[user.name]
    return {}
