# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``${name}`` means in the strings of a declaration."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
notes:
  - C(${account_id}) in names, descriptions, tags and policy documents is replaced with the ID of the account, in keys as well as
    in values. C($${) stands for C(${) itself. Any other C(${) is refused before any call, so that no placeholder reaches RAM. It
    is not published whether RAM policies have variables of their own.
  - If C(${account_id}) is used, and neither O(account_id) nor O(assume_role) is set, C(GetCallerIdentity) is called to find out
    the account.
"""
