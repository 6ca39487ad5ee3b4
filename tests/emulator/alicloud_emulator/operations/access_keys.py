# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access keys of RAM users, and of the account itself."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ApiError, Mark, missing, unknown, verified
from ..parameters import Choice, Text, user_name
from ..registry import Body, Call, operation
from ..store import Credential, User, iso, random_text

_USER = user_name(required=False)
# unknown: the code for a key ID of a wrong form. None is refused for its form.
_KEY = Text("UserAccessKeyId", True, high=128, mark=Mark.UNKNOWN)
# unknown: the code for an absent user name where the caller is no user.
_NO_USER = missing("UserName").code
_ABSENT = verified("EntityNotExist.User")
_ABSENT_KEY = _ABSENT + verified("EntityNotExist.User.AccessKey")


@dataclass
class _Owner:
    """Whose keys a call is about: a user, or None for the account itself. ``keys`` are their IDs."""

    user: User | None
    keys: list[str]


def _name(call: Call) -> str:
    """The user of a call: a RAM user who names none is meant itself."""
    key = call.caller.credential
    return call.raw.get("UserName") or (key.name if key.kind == "user" else "")


def _resource(call: Call) -> list[str]:
    return [f"user/{_name(call) or '*'}"]


def _owner(call: Call) -> _Owner:
    """Without a user name, the account's own key is about the account's keys (inferred from clients that list them so)."""
    name = _name(call)
    if name:
        user = call.account.user(name)
        return _Owner(user, user.access_keys)
    if call.caller.credential.kind != "root":
        raise missing("UserName")
    keys = call.world.credentials.values()
    return _Owner(None, [key.access_key_id for key in keys if key.kind == "root" and key.account_id == call.account.id])


def _find(call: Call) -> tuple[_Owner, Credential]:
    owner = _owner(call)
    if call["UserAccessKeyId"] not in owner.keys:
        raise ApiError("EntityNotExist.User.AccessKey")
    return owner, call.world.credentials[call["UserAccessKeyId"]]


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
    owner = _owner(call)
    if len(owner.keys) >= call.account.quotas.access_keys:  # unknown: how many an account has itself
        raise ApiError("LimitExceeded.User.AccessKey")
    key = Credential(
        access_key_id=f"LTAI5t{random_text(18)}",
        secret=random_text(30),
        account_id=call.account.id,
        kind="user" if owner.user else "root",
        name=owner.user.name if owner.user else "",
        created=call.time,
    )
    call.world.add_credential(key)
    if owner.user:
        owner.user.access_keys.append(key.access_key_id)
    return {"AccessKey": {**_shown(key), "AccessKeySecret": key.secret}}


@operation("ram", "ListAccessKeys", _USER, resources=[_resource], errors=_ABSENT + unknown(_NO_USER))
def list_access_keys(call: Call) -> Body:
    keys = call.world.credentials
    return {"AccessKeys": {"AccessKey": [_shown(keys[key_id]) for key_id in _owner(call).keys if key_id in keys]}}


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
    owner, key = _find(call)
    if owner.user:
        owner.user.access_keys.remove(key.access_key_id)
    del call.world.credentials[key.access_key_id]
    return {}


@operation("ram", "GetAccessKeyLastUsed", _USER, _KEY, resources=[_resource], errors=_ABSENT_KEY + unknown(_NO_USER))
def get_access_key_last_used(call: Call) -> Body:
    """unknown: the date of a key that was never used. Empty."""
    dummy, key = _find(call)
    return {"AccessKeyLastUsed": {"LastUsedDate": iso(key.last_used) if key.last_used else ""}}
