# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users log on to the console with: login profiles and MFA devices. No password and no seed is kept."""

from __future__ import annotations

from ..errors import ApiError, verified
from ..parameters import Boolean, Text, user_name
from ..registry import Body, Call, operation
from ..store import LoginProfile, MFADevice, User

_RESOURCES = ["user/{UserName}"]
_ABSENT = verified("EntityNotExist.User")
_PROFILE_ABSENT = _ABSENT + verified("EntityNotExist.User.LoginProfile")
_DEVICE_ABSENT = _ABSENT + verified("EntityNotExist.User.MFADevice")


def _profile(call: Call) -> tuple[User, LoginProfile]:
    user = call.account.user(call["UserName"])
    if user.login_profile is None:
        raise ApiError("EntityNotExist.User.LoginProfile")
    return user, user.login_profile


def _shown(user: User, profile: LoginProfile) -> Body:
    return {
        "LoginProfile": {
            "UserName": user.name,
            "CreateDate": profile.created,
            "PasswordResetRequired": profile.password_reset_required,
            "MFABindRequired": profile.mfa_bind_required,
        }
    }


@operation("ram", "GetLoginProfile", user_name(), resources=_RESOURCES, errors=_PROFILE_ABSENT)
def get_login_profile(call: Call) -> Body:
    return _shown(*_profile(call))


@operation(
    "ram",
    "CreateLoginProfile",
    user_name(),
    Text("Password", True, high=128),  # unknown: its limits, which are those of the account's policy
    Boolean("PasswordResetRequired"),
    Boolean("MFABindRequired"),
    resources=_RESOURCES,
    write=True,
    errors=_ABSENT + verified("EntityAlreadyExists.User.LoginProfile"),
)
def create_login_profile(call: Call) -> Body:
    user = call.account.user(call["UserName"])
    if user.login_profile is not None:
        raise ApiError("EntityAlreadyExists.User.LoginProfile")
    user.login_profile = LoginProfile(call.time, call["PasswordResetRequired"], call["MFABindRequired"])
    return _shown(user, user.login_profile)


@operation("ram", "DeleteLoginProfile", user_name(), resources=_RESOURCES, write=True, errors=_PROFILE_ABSENT)
def delete_login_profile(call: Call) -> Body:
    user, dummy = _profile(call)
    user.login_profile = None
    return {}


def _device(call: Call) -> MFADevice:
    device = call.account.mfa_device(call.account.user(call["UserName"]))
    if device is None:
        raise ApiError("EntityNotExist.User.MFADevice")
    return device


@operation("ram", "GetUserMFAInfo", user_name(), resources=_RESOURCES, errors=_DEVICE_ABSENT)
def get_user_mfa_info(call: Call) -> Body:
    device = _device(call)
    return {"MFADevice": {"SerialNumber": device.serial_number, "Type": device.type}}


@operation("ram", "UnbindMFADevice", user_name(), resources=_RESOURCES, write=True, errors=_DEVICE_ABSENT)
def unbind_mfa_device(call: Call) -> Body:
    device = _device(call)
    device.user = ""
    return {"MFADevice": {"SerialNumber": device.serial_number}}


@operation("ram", "ListVirtualMFADevices", resources=["mfa/*"])
def list_virtual_mfa_devices(call: Call) -> Body:
    """No pages. An unbound device has no user (inferred)."""
    found = []
    for device in sorted(call.account.mfa_devices.values(), key=lambda one: one.serial_number):
        if device.type == "VMFA":
            shown: Body = {
                "SerialNumber": device.serial_number,
                "ActivateDate": device.activated if device.user else "",
            }
            if device.user:
                user = call.account.user(device.user)
                shown["User"] = {"UserId": user.id, "UserName": user.name, "DisplayName": user.display_name}
            found.append(shown)
    return {"VirtualMFADevices": {"VirtualMFADevice": found}}


@operation(
    "ram",
    "DeleteVirtualMFADevice",
    Text("SerialNumber", True, high=256),
    resources=["{SerialNumber}"],
    write=True,
    errors=verified("EntityNotExist.VirtualMFADevice", "DeleteConflict.VirtualMFADevice.User"),
)
def delete_virtual_mfa_device(call: Call) -> Body:
    device = call.account.mfa_devices.get(call["SerialNumber"])
    if device is None or device.type != "VMFA":
        raise ApiError("EntityNotExist.VirtualMFADevice")
    if device.user:
        raise ApiError("DeleteConflict.VirtualMFADevice.User")
    del call.account.mfa_devices[device.serial_number]
    return {}
