# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.alicloud.ram.plugins.plugin_utils._action import RamAction


class ActionModule(RamAction):
    pass


main = ActionModule.validate_options  # for ansible-lint
