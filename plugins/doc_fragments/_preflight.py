# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  preflight:
    description:
      - Whether the planned writes are compared with the caller's own policies before the first of them, also in check mode. It reads
        nothing if nothing is to be changed.
      - With V(warn), missing and undetermined rights are a warning. With V(require), nothing is changed in an account in which a
        right is missing, and one message lists all missing rights.
      - Control policies of the resource directory can also deny a write. They are not read; C(rights.not_read) of the result says so.
      - The caller needs what M(alicloud.ram.access_info) needs to look at itself. What it may not read makes its rights undetermined.
        For a role with one custom policy, this takes three calls in each account that is changed; system policies are read once.
    type: str
    choices: ['off', 'warn', 'require']
    default: 'off'
  preflight_undetermined:
    description: With O(preflight=require), whether an account with an undetermined right is changed, or fails.
    type: str
    choices: [continue, stop]
    default: continue
"""
