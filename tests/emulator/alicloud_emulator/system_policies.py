# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""System policies, which every account sees and none can change.

unknown: the exact documents of most of them. These are short ones that grant what the names say.
"""

from __future__ import annotations

import json
from typing import Any

from .catalogue import service_policy, system_policy
from .store import Policy, Service


def _allow(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Action": list(actions), "Resource": "*", "Effect": "Allow", **more}


def _create_service_linked_role(*services: str) -> dict[str, Any]:
    return _allow("ram:CreateServiceLinkedRole", Condition={"StringEquals": {"ram:ServiceName": list(services)}})


_POLICIES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "AdministratorAccess": (
        "Provides full access to Alibaba Cloud services and resources.",
        [{"Action": "*", "Resource": "*", "Effect": "Allow"}],
    ),
    "ReadOnlyAccess": (
        "Provides read-only access to Alibaba Cloud services and resources.",
        [_allow("*:Describe*", "*:List*", "*:Get*", "*:BatchGet*", "*:Query*", "*:Search*", "*:Check*")],
    ),
    "AliyunRAMFullAccess": (
        "Provides full access to Resource Access Management.",
        [_allow("ram:*", "ims:*")],
    ),
    "AliyunRAMReadOnlyAccess": (
        "Provides read-only access to Resource Access Management.",
        [_allow("ram:Get*", "ram:List*", "ims:Get*", "ims:List*")],
    ),
    "AliyunSTSAssumeRoleAccess": (
        "Provides access to the AssumeRole operation of Security Token Service.",
        [_allow("sts:AssumeRole")],
    ),
    "AliyunContainerRegistryFullAccess": (
        "Provides full access to Container Registry.",
        [_allow("cr:*")],
    ),
    "AliyunContainerRegistryReadOnlyAccess": (
        "Provides read-only access to Container Registry.",
        [_allow("cr:Get*", "cr:List*", "cr:Pull*")],
    ),
    "AliyunOSSFullAccess": ("Provides full access to Object Storage Service.", [_allow("oss:*")]),
    "AliyunOSSReadOnlyAccess": (
        "Provides read-only access to Object Storage Service.",
        [_allow("oss:Get*", "oss:List*")],
    ),
    "AliyunECSFullAccess": ("Provides full access to Elastic Compute Service.", [_allow("ecs:*", "vpc:Describe*")]),
    "AliyunECSReadOnlyAccess": (
        "Provides read-only access to Elastic Compute Service.",
        [_allow("ecs:Describe*", "vpc:Describe*")],
    ),
    "AliyunECSNetworkInterfaceManagementAccess": (
        "Provides access to manage elastic network interfaces.",
        [
            _allow(
                "ecs:CreateNetworkInterface",
                "ecs:DeleteNetworkInterface",
                "ecs:DescribeNetworkInterfaces",
                "ecs:CreateNetworkInterfacePermission",
                "ecs:DescribeNetworkInterfacePermissions",
                "ecs:DeleteNetworkInterfacePermission",
            )
        ],
    ),
    "AliyunNASFullAccess": ("Provides full access to File Storage NAS.", [_allow("nas:*")]),
    "AliyunMNSFullAccess": ("Provides full access to Message Service.", [_allow("mns:*")]),
    "AliyunFCInvocationAccess": (
        "Provides access to invoke functions of Function Compute.",
        [_allow("fc:InvokeFunction")],
    ),
    "AliyunKMSReadOnlyAccess": (
        "Provides read-only access to Key Management Service.",
        [_allow("kms:List*", "kms:Describe*", "kms:Get*")],
    ),
    "AliyunKMSCryptoUserAccess": (
        "Provides access to the cryptographic operations of Key Management Service.",
        [_allow("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")],
    ),
    "AliyunVPCFullAccess": ("Provides full access to Virtual Private Cloud.", [_allow("vpc:*")]),
    "AliyunVPCReadOnlyAccess": ("Provides read-only access to Virtual Private Cloud.", [_allow("vpc:Describe*")]),
    "AliyunLogFullAccess": ("Provides full access to Log Service.", [_allow("log:*")]),
    "AliyunLogReadOnlyAccess": (
        "Provides read-only access to Log Service.",
        [_allow("log:Get*", "log:List*", "log:Query*")],
    ),
    "AliyunResourceDirectoryFullAccess": (
        "Provides full access to Resource Directory.",
        [
            _allow("resourcemanager:*"),
            _create_service_linked_role("resourcemanager.aliyuncs.com"),
        ],
    ),
    "AliyunResourceDirectoryReadOnlyAccess": (
        "Provides read-only access to Resource Directory.",
        [_allow("resourcemanager:Get*", "resourcemanager:List*")],
    ),
}


def system_policies(services: list[Service]) -> list[Policy]:
    """All of them: those above and the policy of every service-linked role."""
    own = [
        system_policy(name, description, json.dumps({"Version": "1", "Statement": statements}, separators=(",", ":")))
        for name, (description, statements) in _POLICIES.items()
    ]
    return own + [service_policy(service) for service in services]
