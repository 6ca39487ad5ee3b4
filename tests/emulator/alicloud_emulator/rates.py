# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAM's and STS's published rates, as rules.

Source: the pages "quota" of the two APIs. They count per API and account. Resource Manager's are not known.
"""

from __future__ import annotations

from .faults import Rule
from .operations import OPERATIONS
from .registry import Operation


def rate_of(operation: Operation) -> int:
    """Calls a second; 0 if not known. Of most operations of RAM it is inferred from others of the kind."""
    if operation.service == "sts":
        return 100
    if operation.service != "ram":
        return 0
    if operation.name.startswith(("AttachPolicy", "DetachPolicy")):
        return 10
    return 20 if operation.write else 100


def published_rates() -> list[Rule]:
    return [
        Rule(
            fault="rate",
            service=operation.service,
            operation=operation.name,
            count=0,
            per=["account", "operation"],
            per_second=rate_of(operation),
            burst=rate_of(operation),
        )
        for operation in OPERATIONS.values()
        if rate_of(operation)
    ]
