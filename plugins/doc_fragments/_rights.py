# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules have to say on the rights of the caller. The policies are at the end of each module's examples."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
notes:
  - The examples end with the RAM policies of all that the caller needs, and no more. Their JSON can be pasted into RAM's console.
    In them V(1000000000000001) is the account and C(ansible) the calling user, and other names are those of the examples; put
    in your own.
  - If the caller is denied an action, the task fails and lists what it had done before. Its message and RV(denied_by) have
    what the service said of the reason, or else the message lists the possible causes. RV(missing_action) is set only if the
    service said that no policy of the caller allows the action.
  - With C(ram:DecodeDiagnosticMessage) on C(*), which is optional, a failed task also names the policies that denied the action.
    It asks as the caller that was denied, which for a refused C(AssumeRole) is the one that wanted to assume the role.
  - With O(assume_role), all this is what the role needs. The caller then needs C(sts:AssumeRole) on the role alone; the examples
    of M(alicloud.ram.caller_identity_info) have the policy.
  - C(GetCallerIdentity) is called where O(account_id) is given without O(assume_role), by M(alicloud.ram.baseline) and
    M(alicloud.ram.baseline_info) to tell the account, and before policies are detached, unless C(allow_self). Which action it
    needs is not published; as far as is known it needs none.
"""
