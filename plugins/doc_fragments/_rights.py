# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules say about the rights of the caller. The policies are in docs/rights."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
notes:
  - RAM policies with the actions that the caller of each module needs are in the directory C(docs/rights) of the collection, and
    at U(https://github.com/alicloud-ram/alicloud.ram/tree/main/docs/rights). They can be pasted into RAM's console.
  - With O(assume_role), the role needs these actions. The caller only needs C(sts:AssumeRole) on the role.
  - If the caller is denied an action, the task fails and lists the changes that it made before. If the service reports the
    reason, the message and RV(denied_by) contain it; otherwise the message lists the possible causes. RV(missing_action) is set
    only if the service reports that no policy of the caller allows the action.
  - If the caller is allowed C(ram:DecodeDiagnosticMessage) on C(*), which is optional, a failed task also names the policies that
    denied the action. The call is made as the caller that was denied. If C(AssumeRole) was denied, that is the caller that
    wanted to assume the role.
  - C(GetCallerIdentity) is called if O(account_id) is set without O(assume_role), by M(alicloud.ram.baseline) and
    M(alicloud.ram.baseline_info) to find out the account, and before policies are detached, unless C(allow_self=true). It is not
    published which action this call needs. As far as is known, it needs none.
"""
