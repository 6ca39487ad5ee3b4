# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules of the collection are capable of."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what would change, without changing anything.
    support: full
  diff_mode:
    description: Returns the difference between the current and the declared state in diff mode.
    support: full
  idempotent:
    description: When run twice in a row with the same arguments, the second run changes nothing.
    support: full
  action_group:
    description: Use C(group/alicloud.ram.all) in C(module_defaults) to set the shared options once.
    support: full
    membership: [alicloud.ram.all]
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode); it never changes anything.
    support: full
  diff_mode:
    description: The module changes nothing.
    support: N/A
  idempotent:
    description: Never changes anything.
    support: full
  action_group:
    description: Use C(group/alicloud.ram.all) in C(module_defaults) to set the shared options once.
    support: full
    membership: [alicloud.ram.all]
"""
