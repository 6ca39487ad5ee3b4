# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The alias of an account."""

from __future__ import annotations

from ..errors import ApiError, verified
from ..parameters import Text
from ..registry import Body, Call, operation


@operation(
    "ram",
    "SetAccountAlias",
    # The error list has 3 to 63 characters, the SDK's model, which is newer, 3 to 32. The message is the list's.
    Text("AccountAlias", True, low=3, high=63, pattern="[a-z0-9]+(-[a-z0-9]+)*", pattern_code="Format"),
    resources=["*"],
    write=True,
    errors=verified("EntityAlreadyExists.AccountAlias"),
)
def set_account_alias(call: Call) -> Body:
    """It replaces the account's alias, as the public Terraform provider expects (inferred). Another account's is taken."""
    alias = call["AccountAlias"]
    others = (account for account in call.world.accounts.values() if account is not call.account)
    if any(account.alias == alias for account in others):
        raise ApiError("EntityAlreadyExists.AccountAlias")
    call.account.alias = alias
    return {}


@operation("ram", "GetAccountAlias", resources=["*"])
def get_account_alias(call: Call) -> Body:
    """unknown: what is answered where there is no alias. An empty one."""
    return {"AccountAlias": call.account.alias}


@operation("ram", "ClearAccountAlias", resources=["*"], write=True)
def clear_account_alias(call: Call) -> Body:
    """unknown: whether clearing what is not set is an error. It is a success."""
    call.account.alias = ""
    return {}
