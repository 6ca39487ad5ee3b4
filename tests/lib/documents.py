# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents, trust policies and names that the tests declare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SERVICE = "connect-customer-vpc.cr.aliyuncs.com"
ROLE_NAME = "AliyunServiceRoleForContainerRegistryConnectCustomerVPC"
ADMINISTRATOR = [{"name": "AdministratorAccess", "type": "System"}]


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "1", "Statement": list(statements)}


def statement(actions: str | Sequence[str], resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """A statement of a permission policy; ``more`` are further elements, such as Condition."""
    return {
        "Effect": effect,
        "Action": actions if isinstance(actions, str) else list(actions),
        "Resource": resource,
        **more,
    }


def allow(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A permission policy that allows actions."""
    return document(statement(actions, resource, **more))


def deny(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A permission policy that denies actions."""
    return document(statement(actions, resource, "Deny", **more))


def trust(*principals: str, kind: str = "RAM", **more: Any) -> dict[str, Any]:
    """A trust policy: the principals, of one kind (RAM, Service, Federated), may assume the role."""
    principal = {kind: list(principals)}
    return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **more})


def trust_accounts(*account_ids: str) -> dict[str, Any]:
    """A trust policy: whoever may assume roles in these accounts may assume the role."""
    return trust(*(f"acs:ram::{account_id}:root" for account_id in account_ids))
