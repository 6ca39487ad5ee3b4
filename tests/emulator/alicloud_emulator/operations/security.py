# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The security settings of an account, which nothing here can change."""

from __future__ import annotations

from ..registry import Body, Call, operation


@operation("ram", "GetPasswordPolicy", resources=["*"])
def get_password_policy(call: Call) -> Body:
    """unknown: the defaults, but for the length (8). The spelling of MaxLoginAttemps is the service's own."""
    return {
        "PasswordPolicy": {
            "MinimumPasswordLength": 8,
            "RequireLowercaseCharacters": False,
            "RequireUppercaseCharacters": False,
            "RequireNumbers": False,
            "RequireSymbols": False,
            "HardExpiry": False,
            "MaxPasswordAge": 0,
            "PasswordReusePrevention": 0,
            "MaxLoginAttemps": 0,
        }
    }


@operation("ram", "GetSecurityPreference", resources=["*"])
def get_security_preference(call: Call) -> Body:
    """unknown: the defaults. PublicKeyPreference is on the site for Japan only."""
    return {
        "SecurityPreference": {
            "LoginProfilePreference": {
                "EnableSaveMFATicket": False,
                "AllowUserToChangePassword": True,
                "LoginSessionDuration": 6,
                "LoginNetworkMasks": "",
            },
            "AccessKeyPreference": {"AllowUserToManageAccessKeys": False},
            "MFAPreference": {"AllowUserToManageMFADevices": True},
        }
    }
