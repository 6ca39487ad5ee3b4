# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations, one file a family. Importing this package fills the table of operations."""

from __future__ import annotations

from ..registry import OPERATIONS
from . import (
    access_keys,
    account,
    attachments,
    diagnosis,
    directory,
    groups,
    login,
    policies,
    roles,
    security,
    service_linked_roles,
    sts,
    tags,
    users,
)

FAMILIES = (
    access_keys,
    account,
    attachments,
    diagnosis,
    directory,
    groups,
    login,
    policies,
    roles,
    security,
    service_linked_roles,
    sts,
    tags,
    users,
)

__all__ = ["FAMILIES", "OPERATIONS"]
