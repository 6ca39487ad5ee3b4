# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults by rule: throttling, errors, dropped connections, latency, broken answers, delayed visibility."""

from __future__ import annotations

from dataclasses import dataclass, field

from .errors import MESSAGES, ApiError

KINDS = (
    "throttle",
    "error",
    "drop_before",
    "drop_after",
    "latency",
    "malformed",
    "delay_visibility",
)
# The kinds that decide the answer; of several that match, the first rule wins.
_ANSWERS = ("throttle", "error", "drop_before", "drop_after", "malformed")


@dataclass
class Rule:
    """One rule. It fires on its matching calls from the nth on, count times; count 0 is for ever."""

    fault: str
    operation: str = "*"
    account_id: str = ""
    caller: str = ""
    nth: int = 1
    count: int = 1
    status: int = 0
    code: str = ""
    message: str = ""
    seconds: float = 0.0
    retry_after: int = 0
    body: str = "<html><body>502 Bad Gateway</body></html>"
    matched: int = 0

    def fires(self, operation: str, account_id: str, caller: str, write: bool) -> bool:
        """Whether it fires on this call; counts the call if it matches."""
        if self.fault == "delay_visibility" and not write:
            return False
        if self.operation not in ("*", operation):
            return False
        if self.account_id not in ("", account_id) or self.caller not in ("", caller):
            return False
        self.matched += 1
        return self.nth <= self.matched and (not self.count or self.matched < self.nth + self.count)

    def error(self) -> ApiError:
        """What a throttle or an error is answered with.

        unknown: the HTTP status of throttling (400 here; a rule can say 429), and whether x-acs-retry-after is sent.
        """
        if self.fault == "throttle":
            code, status = self.code or "Throttling.User", self.status or 400
        else:
            code, status = self.code or "InternalError", self.status or (0 if self.code in MESSAGES else 500)
        headers = {"x-acs-retry-after": str(self.retry_after)} if self.retry_after else {}
        return ApiError(code, self.message or None, status=status or None, headers=headers)


@dataclass
class Verdict:
    """What the rules ask for one call."""

    latency: float = 0.0
    hide: float = 0.0
    answer: Rule | None = None


@dataclass
class Faults:
    rules: list[Rule] = field(default_factory=list)

    def judge(self, operation: str, account_id: str, caller: str, write: bool) -> Verdict:
        """Every rule counts the call, also where another one decides the answer."""
        verdict = Verdict()
        for rule in self.rules:
            if not rule.fires(operation, account_id, caller, write):
                continue
            if rule.fault == "latency":
                verdict.latency += rule.seconds
            elif rule.fault == "delay_visibility":
                verdict.hide = max(verdict.hide, rule.seconds)
            elif verdict.answer is None and rule.fault in _ANSWERS:
                verdict.answer = rule
        return verdict
