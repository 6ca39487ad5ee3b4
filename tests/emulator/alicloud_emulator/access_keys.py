# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access keys of RAM users."""

from __future__ import annotations

from .errors import ApiError, Mark, missing, unknown, verified
from .parameters import Choice, Text, user_name
from .registry import Body, Call, operation
from .store import Credential, User, iso, random_text

_USER = user_name(required=False)
# unknown: the code for a key ID of a wrong form. None is refused for its form.
_KEY = Text("UserAccessKeyId", True, high=128, mark=Mark.UNKNOWN)
# unknown: the code for an absent user name where the caller is no user.
_NO_USER = missing("UserName").code
_ABSENT = verified("EntityNotExist.User")
_ABSENT_KEY = _ABSENT + verified("EntityNotExist.User.AccessKey")


def _name(call: Call) -> str:
    """The user of a call: a RAM user who names none is meant itself."""
    key = call.caller.credential
    return call.raw.get("UserName") or (key.name if key.kind == "user" else "")


def _resource(call: Call) -> list[str]:
    return [f"user/{_name(call) or '*'}"]


def _user(call: Call) -> User:
    name = _name(call)
    if not name:
        raise missing("UserName")
    return call.account.user(name)


def _find(call: Call) -> tuple[User, Credential]:
    user = _user(call)
    if call["UserAccessKeyId"] not in user.access_keys:
        raise ApiError("EntityNotExist.User.AccessKey")
    return user, call.world.credentials[call["UserAccessKeyId"]]


def _shown(key: Credential) -> Body:
    return {
        "AccessKeyId": key.access_key_id,
        "Status": "Active" if key.active else "Inactive",
        "CreateDate": key.created,
    }


@operation(
    "ram",
    "CreateAccessKey",
    _USER,
    resources=[_resource],
    write=True,
    errors=_ABSENT + verified("LimitExceeded.User.AccessKey") + unknown(_NO_USER),
)
def create_access_key(call: Call) -> Body:
    """The only answer that has the secret."""
    user = _user(call)
    if len(user.access_keys) >= call.account.quotas.access_keys:
        raise ApiError("LimitExceeded.User.AccessKey")
    key = Credential(
        access_key_id=f"LTAI5t{random_text(18)}",
        secret=random_text(30),
        account_id=call.account.id,
        kind="user",
        name=user.name,
        created=call.time,
    )
    call.world.add_credential(key)
    user.access_keys.append(key.access_key_id)
    return {"AccessKey": {**_shown(key), "AccessKeySecret": key.secret}}


@operation("ram", "ListAccessKeys", _USER, resources=[_resource], errors=_ABSENT + unknown(_NO_USER))
def list_access_keys(call: Call) -> Body:
    keys = call.world.credentials
    return {"AccessKeys": {"AccessKey": [_shown(keys[key_id]) for key_id in _user(call).access_keys if key_id in keys]}}


@operation(
    "ram",
    "UpdateAccessKey",
    _USER,
    _KEY,
    Choice("Status", True, choices=("Active", "Inactive")),
    resources=[_resource],
    write=True,
    errors=_ABSENT_KEY + unknown(_NO_USER),
)
def update_access_key(call: Call) -> Body:
    dummy, key = _find(call)
    key.active = call["Status"] == "Active"
    return {}


@operation(
    "ram", "DeleteAccessKey", _USER, _KEY, resources=[_resource], write=True, errors=_ABSENT_KEY + unknown(_NO_USER)
)
def delete_access_key(call: Call) -> Body:
    user, key = _find(call)
    user.access_keys.remove(key.access_key_id)
    del call.world.credentials[key.access_key_id]
    return {}


@operation("ram", "GetAccessKeyLastUsed", _USER, _KEY, resources=[_resource], errors=_ABSENT_KEY + unknown(_NO_USER))
def get_access_key_last_used(call: Call) -> Body:
    """unknown: the date of a key that was never used. Empty."""
    dummy, key = _find(call)
    return {"AccessKeyLastUsed": {"LastUsedDate": iso(key.last_used) if key.last_used else ""}}
