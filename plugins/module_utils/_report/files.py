# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the files of a report."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name


def check_writable(path: str, option: str) -> None:
    """Raise DeclarationError, which names the option, if no file can be written there. Creates its directory."""
    try:
        directory = os.path.dirname(os.path.abspath(path))
        os.makedirs(directory, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISDIR(os.stat(path).st_mode):  # unlike isdir, this raises for what can be no path
                raise IsADirectoryError(f"{path} is a directory")
        with tempfile.TemporaryFile(dir=directory):
            pass
    except (OSError, ValueError) as error:
        raise DeclarationError(f"{option_name(option)}: {path} cannot be written: {error}. Nothing was done.") from None


def write_file(path: str, text: str) -> str:
    """Replace a file as a whole, readable for its owner and group. Return a warning if that failed, else an empty text."""
    try:
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)), prefix=".alicloud-ram-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            os.chmod(temporary, 0o640)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        return f"{path} could not be written: {error}. The result of the task is complete."
    return ""


def as_json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n"
