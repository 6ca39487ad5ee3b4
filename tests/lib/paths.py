# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the files of the collection and of its tests are."""

from __future__ import annotations

import pathlib
import sys

COLLECTION = pathlib.Path(__file__).resolve().parents[2]
PLUGINS = COLLECTION / "plugins"
EMULATOR = COLLECTION / "tests" / "emulator"
LIB = COLLECTION / "tests" / "lib"
CALLBACKS = LIB / "callback"
# Those that run as a module, in one account or in those of a list; the others work on all hosts of a play.
MODULES = sorted(
    path.stem
    for path in (PLUGINS / "modules").glob("*.py")
    if "HostsAction" not in (PLUGINS / "action" / path.name).read_text(encoding="utf-8")
)
BIN = pathlib.Path(sys.executable).parent  # of ansible-playbook and the other programs
