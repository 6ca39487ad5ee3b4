# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests expect of pytest-xdist, which says nothing if it cannot do it."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("grouped")
def test_the_tests_of_a_group_stay_on_one_worker(request: pytest.FixtureRequest) -> None:
    """Otherwise each worker makes what they share, which takes minutes."""
    in_groups = bool(request.config.getoption("loadgroup", False))
    assert request.node.nodeid.endswith("@grouped") is in_groups
