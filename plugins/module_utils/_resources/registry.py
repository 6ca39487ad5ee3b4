# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of all kinds of resources. Each kind has one file in this folder and one entry here."""

from __future__ import annotations

from ansible_collections.alicloud.ram.plugins.module_utils._resources import (
    group,
    policy,
    principal_policies,
    role,
    service_linked_role,
    user,
)
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Kind

# In the order in which a baseline creates and returns them.
KINDS: tuple[Kind, ...] = (
    service_linked_role.KIND,
    user.KIND,
    group.KIND,
    role.KIND,
    policy.KIND,
    *principal_policies.KINDS,
)


def kind_named(name: str) -> Kind:
    """Return the kind that the module of this name manages."""
    return next(kind for kind in KINDS if kind.name == name)
