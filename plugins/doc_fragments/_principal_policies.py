# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the modules that manage the policies of one principal."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  policies:
    description: The policies to attach to the principal, or with O(state=absent) to detach from it.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the policy.
        type: str
        required: true
      type:
        description: Type of the policy. A custom and a system policy are different policies.
        type: str
        choices: [Custom, System]
        default: Custom
  exclusive:
    description:
      - Whether the principal has no other policies than those in O(policies). What is detached is in RV(changes), in check
        mode too. Attaching comes first.
      - Not with O(state=absent).
    type: bool
    default: false
  allow_empty:
    description: Whether O(exclusive=true) may come with an empty list, which takes every policy from the principal.
    type: bool
    default: false
  state:
    description: Whether the policies are attached.
    type: str
    choices: [present, absent]
    default: present
  allow_self:
    description: Whether policies may be detached from the caller itself, or from a group that it is in.
    type: bool
    default: false
"""
