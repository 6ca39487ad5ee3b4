# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults by rule: throttling, errors, lost and late answers, delayed visibility, deletions that fail, dying tokens."""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .errors import MESSAGES, ApiError
from .registry import Body, Call, Operation
from .store import Account, Deletion, DeletionTask, InUse, RoleUsage, World, service_linked_arn

# The keys that say on which calls a rule fires.
SELECTORS = ("operation", "service", "account_id", "caller", "nth", "count", "probability")
# The kinds of faults, each with its own keys.
KINDS = {
    "throttle": ("status", "code", "message", "retry_after"),
    "rate": ("per_second", "burst", "per", "status", "code", "message", "retry_after"),
    "error": ("status", "code", "message", "retry_after"),
    "drop_before": (),
    "drop_after": (),
    "hang": ("seconds", "effect"),
    "latency": ("seconds", "jitter"),
    "malformed": ("status", "body"),
    "delay_visibility": ("seconds",),
    "deletion": ("polls", "seconds", "outcome", "message", "usages"),
    "expire": ("seconds",),
}
# The kinds that are about one operation only.
OPERATION_OF = {"deletion": "DeleteServiceLinkedRole", "expire": "AssumeRole"}
# What calls can be counted by, each for itself.
PER = ("account", "caller", "service", "operation")
_EXACT = "exact"


@dataclass
class Rule:
    """One rule. It fires on its matching calls from the nth on, count times; count 0 is for ever."""

    fault: str
    operation: str | list[str] = "*"
    service: str = ""
    account_id: str = ""  # the caller's
    caller: str = ""
    nth: int = 1
    count: int = 1
    probability: float = 1.0
    status: int = 0
    code: str = ""
    message: str = ""
    retry_after: int | str = 0  # milliseconds, or "exact"
    seconds: float = 0.0
    jitter: float = 0.0
    body: str = "<html><body>502 Bad Gateway</body></html>"
    per_second: float = 0.0
    burst: float = 0.0
    per: list[str] = field(default_factory=list)
    effect: str = ""
    polls: int = 1
    outcome: str = ""
    usages: list[RoleUsage] = field(default_factory=list)
    matched: int = 0
    fired: int = 0
    buckets: dict[tuple[str, ...], Bucket] = field(default_factory=dict)

    def matches(self, operation: Operation, account_id: str, caller: str) -> bool:
        if self.fault == "delay_visibility" and not operation.write:
            return False
        if operation.name != OPERATION_OF.get(self.fault, operation.name):
            return False
        if self.operation != "*" and operation.name not in _listed(self.operation):
            return False
        if self.service not in ("", operation.service) or self.account_id not in ("", account_id):
            return False
        if self.caller.endswith("*"):
            return caller.startswith(self.caller[:-1])
        return self.caller in ("", caller)

    def plain(self) -> dict[str, Any]:
        """Everything about it, as JSON values."""
        names = ("fault", *SELECTORS, *KINDS[self.fault], "matched", "fired")
        values = {name: getattr(self, name) for name in names}
        if "usages" in values:
            values["usages"] = [dataclasses.asdict(usage) for usage in self.usages]
        return values


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@dataclass(slots=True)
class Bucket:
    """The calls that are left, and when that was."""

    tokens: float
    filled: float

    def take(self, rule: Rule, clock: float) -> float:
        """Take one call, if one is left; otherwise the seconds until there is one."""
        self.tokens = min(rule.burst, self.tokens + (clock - self.filled) * rule.per_second)
        self.filled = clock
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / rule.per_second


@dataclass
class Verdict:
    """What the rules ask for one call. Times are in seconds."""

    latency: float = 0.0
    hide: float = 0.0
    expire: float | None = None
    deletion: Rule | None = None
    answer: Rule | None = None
    wait: float = 0.0  # until a throttled call would have been let through

    def before(self) -> None:
        """Refuse or lose a call that is not to take effect."""
        rule = self.answer
        if rule is None:
            return
        if rule.fault in ("throttle", "rate", "error"):
            raise self._error(rule)
        if rule.fault == "drop_before" or (rule.fault == "hang" and rule.effect == "before"):
            raise Lost(rule)

    def after(self) -> None:
        """Lose the answer to a call that took effect."""
        if self.answer and self.answer.fault in ("drop_after", "hang"):
            raise Lost(self.answer)

    def _error(self, rule: Rule) -> ApiError:
        """unknown: throttling's status (400 here; a rule can say 429), and whether x-acs-retry-after is sent."""
        if rule.fault == "error":
            code, status = rule.code or "InternalError", rule.status or (0 if rule.code in MESSAGES else 500)
        else:
            code, status = rule.code or "Throttling.User", rule.status or 400
        after = math.ceil(self.wait * 1000) if rule.retry_after == _EXACT else rule.retry_after
        headers = {"x-acs-retry-after": str(after)} if after else {}
        return ApiError(code, rule.message or None, status=status or None, headers=headers)


class Lost(Exception):
    """The call is not answered: after some seconds the connection is closed."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.fault)
        self.seconds = rule.seconds


class Faults:
    """The rules that are set, by their numbers from 0 on."""

    def __init__(self, rules: Iterable[Rule], random_seed: int) -> None:
        self.rules = list(rules)
        self._random_seed = random_seed

    def judge(self, operation: Operation, account_id: str, caller: str, clock: float) -> Verdict:
        """Every rule counts the call, also where another one decides the answer. clock: monotonic seconds."""
        verdict = Verdict()
        for number, rule in enumerate(self.rules):
            if not rule.matches(operation, account_id, caller):
                continue
            rule.matched += 1
            if rule.matched < rule.nth or (rule.count and rule.fired >= rule.count):
                continue
            chance = self._chance(number, rule)
            if chance is not None and chance.random() >= rule.probability:
                continue
            wait = 0.0
            if rule.fault == "rate":
                wait = _take(rule, operation, account_id, caller, clock)
                if not wait:
                    continue
            rule.fired += 1
            if rule.fault == "latency":
                verdict.latency += rule.seconds + (chance.uniform(0, rule.jitter) if chance else 0)
            elif rule.fault == "delay_visibility":
                verdict.hide = max(verdict.hide, rule.seconds)
            elif rule.fault == "expire":
                verdict.expire = rule.seconds if verdict.expire is None else min(verdict.expire, rule.seconds)
            elif rule.fault == "deletion":
                verdict.deletion = verdict.deletion or rule
            elif verdict.answer is None:
                verdict.answer, verdict.wait = rule, wait
        return verdict

    def _chance(self, number: int, rule: Rule) -> random.Random | None:
        """What is random about a call depends on the rule's number and on which of its calls it is, on nothing else."""
        if rule.probability >= 1 and not rule.jitter:
            return None
        return random.Random(f"{self._random_seed}/{number}/{rule.matched}")  # noqa: S311  it is to be repeatable


def _take(rule: Rule, operation: Operation, account_id: str, caller: str, clock: float) -> float:
    """inferred: the account whose calls are counted is the caller's, so one that assumes roles elsewhere counts here."""
    values = {
        "account": account_id,
        "caller": caller,
        "service": operation.service,
        "operation": f"{operation.service}:{operation.name}",
    }
    key = tuple(values[name] for name in rule.per)
    bucket = rule.buckets.get(key)
    if bucket is None:
        bucket = rule.buckets[key] = Bucket(rule.burst, clock)
    return bucket.take(rule, clock)


# Deletion tasks


@dataclass(slots=True)
class Plan:
    """How a rule wants a deletion task to end, besides its polls and outcome."""

    account_id: str
    in_use: InUse
    ends: float  # seconds since the epoch; 0: by polls


class Plans:
    """The plans of the deletion tasks under way, by the task's ID."""

    def __init__(self, running: dict[str, Plan] | None = None) -> None:
        self.running = running or {}

    def delete(self, call: Call, operation: Operation, rule: Rule) -> Body:
        """DeleteServiceLinkedRole, where a rule decides how the task goes. One that is under way goes on as it does."""
        account = call.account
        role = account.roles.get(call["RoleName"].lower())
        if role is None:
            return operation.handler(call)
        kept, latest = role.deletion, role.latest_task
        # A task by the clock must not end by polls; one that ends at once is ended here, with its reason.
        role.deletion = Deletion(10**9 if rule.seconds else max(1, rule.polls), rule.outcome)
        try:
            body = operation.handler(call)
        finally:
            role.deletion = kept
        if role.latest_task == latest:
            return body
        task = account.tasks[role.latest_task]
        arn = service_linked_arn(account.id, role.name)
        message = f"Service-Linked Role {arn} cannot be deleted as it is in use by {role.service_name}."
        in_use = role.in_use or InUse(message, [])
        if rule.message or rule.usages:
            in_use = InUse(rule.message or message, rule.usages)
        plan = Plan(account.id, in_use, call.now + rule.seconds if rule.seconds else 0.0)
        if rule.seconds or rule.polls:
            self.running[task.id] = plan
        else:
            _end(account, task, plan)
        return body

    def advance(self, world: World, now: float) -> None:
        """End the tasks whose time has come."""
        for task_id, plan in list(self.running.items()):
            if 0 < plan.ends <= now:
                self._finish(world.accounts[plan.account_id], task_id)

    def poll(self, account: Account, task_id: str) -> None:
        """Before a task is asked for: end it, if it was asked for often enough."""
        plan = self.running.get(task_id)
        if plan and plan.account_id == account.id and not plan.ends:
            task = account.tasks[task_id]
            if task.polled >= task.polls:
                self._finish(account, task_id)

    def _finish(self, account: Account, task_id: str) -> None:
        _end(account, account.tasks[task_id], self.running.pop(task_id))


def _end(account: Account, task: DeletionTask, plan: Plan) -> None:
    task.status = task.outcome
    if task.outcome == "SUCCEEDED":
        account.remove_role(account.role(task.role))  # it is there, because only its one running task takes it away
    elif task.outcome == "FAILED":
        task.reason = plan.in_use
