# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published JSON Schema of the report."""

from __future__ import annotations

import functools
import json
from typing import Any

import jsonschema

from ansible_collections.alicloud.ram.tests.lib.paths import COLLECTION


@functools.lru_cache(maxsize=1)
def _validator() -> Any:
    schema = json.loads((COLLECTION / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def check_report(report: dict[str, Any]) -> None:
    """Raise an error unless the report is as the schema says."""
    _validator().validate(report)
