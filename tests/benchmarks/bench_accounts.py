# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every contender finds and has to leave behind: a hub, and accounts that it sets up for image import."""

from __future__ import annotations

import json
from typing import Any

SERVICE = "connect-customer-vpc.cr.aliyuncs.com"
POLICY = "acr-connect-customer-vpc"
DESCRIPTION = "Allows creating the service-linked role with which Container Registry imports images over a VPC."
OWNER = {"managed-by": "alicloud.ram/acr_vpc_access"}
ACTIONS = (
    "ecs:CreateNetworkInterfacePermission",
    "ecs:DeleteNetworkInterfacePermission",
    "ecs:CreateNetworkInterface",
    "ecs:DescribeNetworkInterfaces",
    "ecs:DescribeSecurityGroups",
    "vpc:DescribeVSwitches",
    "vpc:DescribeVpcs",
)
USERS = ("ci", "release")
GROUP = "deployers"
HUB, HUB_KEY, HUB_SECRET = f"{10**15}", "LTAIhub", "secret-of-the-hub"
ROLE = "Deployer"
_TRUST = {
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{HUB}:root"]}},
    ],
}


def members(number: int) -> list[str]:
    return [f"{10**15 + index}" for index in range(1, number + 1)]


def seed(number: int, latency: float, rates: bool = False) -> dict[str, Any]:
    """The emulator's seed: a hub with a deployer, and accounts with a role that it can assume, two users and a group."""
    hub = {
        "account_id": HUB,
        "users": [
            {
                "name": "deployer",
                "policies": [{"name": "AliyunSTSAssumeRoleAccess", "type": "System"}],
                "access_keys": [{"access_key_id": HUB_KEY, "access_key_secret": HUB_SECRET}],
            }
        ],
    }
    accounts = [
        {
            "account_id": account_id,
            "users": [{"name": name, "access_keys": []} for name in USERS],
            "groups": [{"name": GROUP}],
            "roles": [
                {
                    "name": ROLE,
                    "trust_policy": _TRUST,
                    "policies": [{"name": "AliyunRAMFullAccess", "type": "System"}],
                }
            ],
        }
        for account_id in members(number)
    ]
    rules = [{"fault": "latency", "seconds": latency, "count": 0}] if latency else []
    return {"accounts": [hub, *accounts], "rules": rules, **({"rates": "published"} if rates else {})}


def document(account_id: str) -> dict[str, Any]:
    return {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "ram:CreateServiceLinkedRole",
                "Resource": f"acs:ram:*:{account_id}:role/*",
                "Condition": {"StringEquals": {"ram:ServiceName": SERVICE}},
            }
        ],
    }


def baseline() -> dict[str, Any]:
    """What the role declares, as a baseline."""
    held = [{"name": POLICY}]
    return {
        "service_linked_roles": [{"service_name": SERVICE, "required_actions": list(ACTIONS)}],
        "policies": [
            {
                "name": POLICY,
                "description": DESCRIPTION,
                "document": document("${account_id}"),
                "managed_by": OWNER["managed-by"],
            }
        ],
        "user_policies": [{"user_name": name, "policies": held} for name in USERS],
        "group_policies": [{"group_name": GROUP, "policies": held}],
    }


def unlike(snapshot: dict[str, Any], number: int) -> str:
    """What the emulator's snapshot shows not to be as declared in the first account that is not; empty if all are."""
    for account_id in members(number):
        account = snapshot["accounts"][account_id]
        policy = account["policies"].get(POLICY)
        if not policy:
            return f"{account_id} has no policy"
        found = json.loads(policy["versions"][policy["default"]]["document"])
        held = [account["users"][name]["policies"] for name in USERS] + [account["groups"][GROUP]["policies"]]
        services = [role["service_name"] for role in account["roles"].values() if role["service_name"]]
        if found != document(account_id) or policy["tags"] != OWNER or policy["description"] != DESCRIPTION:
            return f"{account_id} has another policy"
        if any([one for one, attached in policies] != [["Custom", POLICY]] for policies in held):
            return f"{account_id} has other attachments"
        if services != [SERVICE]:
            return f"{account_id} has other service-linked roles"
    return ""
