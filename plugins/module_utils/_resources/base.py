# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every resource has in common: it observes itself, and it plans the changes from observed to declared."""

from __future__ import annotations

import asyncio
import enum
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Callable, TypeVar

from ansible_collections.alicloud.ram.plugins.module_utils._errors import ApiError, DeclarationError, quote
from ansible_collections.alicloud.ram.plugins.module_utils._text import foreign_letter, printable

T = TypeVar("T")

# Seconds between looks at a write that is not visible yet, growing from the first to the second.
VISIBILITY_PAUSES = (0.2, 2.0)


class Stage(enum.IntEnum):
    """The order of changes in one account: what others need comes first, what replaces comes before what it replaces."""

    PREPARE = 0
    ATTACH = 1
    DETACH = 2
    DELETE = 3
    WAIT = 4


@dataclass(frozen=True, eq=False)
class Change:
    """One API write.

    ``shows`` extracts from an observation of ``resource`` what the write sets; the write is visible once that equals
    ``wanted``. It raises ConflictError if the write started work that has failed. ``satisfied_by`` are error codes which
    say that the state may be as wanted already, because somebody else was first; ``retry_on`` are codes which an earlier
    write of the same plan causes as long as it is not visible everywhere. Codes are given by their beginnings. ``finish``
    is called with the write's answer, ``{}`` if that was lost, and waits for work that the write only started.
    ``removes`` names what the write deletes as a side effect.
    """

    operation: str
    target: str
    parameters: Mapping[str, Any]
    stage: Stage
    resource: Resource
    shows: Callable[[Any], Any]
    wanted: Any = True
    satisfied_by: tuple[str, ...] = ()
    retry_on: tuple[str, ...] = ()
    finish: Callable[[Any, dict[str, Any]], Awaitable[None]] | None = None
    removes: str | None = None

    def is_visible(self, observed: Any) -> bool:
        """Whether an observation of ``resource`` shows the effect. Raises ConflictError."""
        return bool(self.shows(observed) == self.wanted)

    def describe(self) -> dict[str, Any]:
        """For people and reports: the operation, its target, and the parameters, documents as data."""
        parameters = dict(self.parameters)
        if "PolicyDocument" in parameters:
            parameters["PolicyDocument"] = json.loads(parameters["PolicyDocument"])
        described = {"operation": self.operation, "target": printable(self.target), "parameters": parameters}
        return dict(described, removes=printable(self.removes)) if self.removes else described


@dataclass(frozen=True)
class Wait:
    """Work that somebody else started, awaited before the plan's changes of that stage; then the resource is planned again.

    ``run`` raises RamError.
    """

    stage: Stage
    run: Callable[[Any], Awaitable[Any]]


@dataclass(frozen=True)
class Plan:
    """The changes of one resource.

    ``after`` is the observation predicted once they are made; ``assumed`` what is assumed about earlier tasks. A plan
    without changes and waits says that the observed state is the declared one; ``warnings`` then say what could not be
    seen.
    """

    after: Any
    changes: Sequence[Change] = ()
    waits: Sequence[Wait] = ()
    assumed: Sequence[str] = ()
    warnings: Sequence[str] = ()


@dataclass(frozen=True)
class Effects:
    """What a resource means for the others of its declaration.

    ``provides`` and ``removes`` are the principals and policies that it declares present and absent; ``attaches`` and
    ``detaches`` the (principal, policy) pairs that it is about to attach and detach.
    """

    provides: frozenset[Any] = frozenset()
    removes: frozenset[Any] = frozenset()
    attaches: frozenset[tuple[Any, Any]] = frozenset()
    detaches: frozenset[tuple[Any, Any]] = frozenset()


@dataclass(frozen=True)
class References(Effects):
    """The effects of all resources that are declared together.

    ``assume``: a single task in check mode cannot see what the tasks before it would have done, so what is missing is
    assumed to come from them.
    """

    assume: bool = False

    @classmethod
    def collect(cls, effects: Iterable[Effects], assume: bool = False) -> References:
        found = list(effects)
        return cls(
            **{part.name: frozenset().union(*(getattr(one, part.name) for one in found)) for part in fields(Effects)},
            assume=assume,
        )


class Resource(ABC):
    """A declared resource. ``observe`` reads, everything else computes; each class has its own type of observation."""

    @property
    @abstractmethod
    def identity(self) -> tuple[str, ...]:
        """What no two declared resources may share."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What a message calls it, for example ``policy 'x'``."""

    @abstractmethod
    async def observe(self, api: Any) -> Any:
        """Read all that planning may need. Raises RamError."""

    @classmethod
    def share_reads(cls, resources: Sequence[Resource]) -> list[Resource]:
        """All resources of a declaration, those of this class observed in the way that costs the fewest calls."""
        return list(resources)

    @property
    def provides(self) -> frozenset[Any]:
        """The principals and policies that it declares present."""
        return frozenset()

    def effects(self, observed: Any) -> Effects:
        """What the others of the declaration have to know to be planned."""
        return Effects(self.provides)

    @abstractmethod
    def plan(self, observed: Any, references: References) -> Plan:
        """Compare and decide, changing neither argument. Raises DeclarationError and ConflictError."""

    @abstractmethod
    def result(self, observed: Any) -> Any:
        """What the task returns: the API's terms in snake_case, ``{}`` when absent."""

    @abstractmethod
    def diff_view(self, observed: Any) -> Any:
        """What a diff shows: the facts that can be declared, without what the service assigns."""


@dataclass(frozen=True)
class Kind:
    """A kind of resource, as modules and baselines know it.

    ``name`` is its module, ``section`` the option of a baseline that lists such resources. ``spec`` has the options of
    one resource, and ``task_spec`` those that hold for all resources of a task. ``documents`` are the options that take
    a policy document. ``declare(options, where, alone)`` builds what is declared: ``where`` begins its messages, and
    ``alone`` says that the resource is all that a task declares, so that the result has all of it. ``info_spec`` are the
    options that say which resource to return, and ``look_up(options, where)`` builds what is only read. Both raise
    DeclarationError, naming the option.
    """

    name: str
    section: str
    spec: Mapping[str, Any]
    info_spec: Mapping[str, Any]
    declare: Callable[[Mapping[str, Any], str, bool], Resource]
    look_up: Callable[[Mapping[str, Any], str], Resource]
    task_spec: Mapping[str, Any] = field(default_factory=dict)
    documents: tuple[str, ...] = ()


async def eventually(api: Any, condition: Callable[[Any], Awaitable[bool]]) -> bool:
    """Whether the condition holds within ``consistency_timeout``; it is looked at once at least."""
    started, pause = api.clock.now(), VISIBILITY_PAUSES[0]
    while not await condition(api):
        if api.clock.now() - started + pause > api.settings.consistency_timeout:
            return False
        await api.clock.sleep(pause)
        pause = min(pause * 1.5, VISIBILITY_PAUSES[1])
    return True


async def concurrently(*reads: Awaitable[T]) -> list[T]:
    """The results of independent reads, made side by side.

    All have ended when this returns. Raises the first error in the order of the reads.
    """
    if len(reads) < 2:
        return [await read for read in reads]
    tasks = [asyncio.ensure_future(read) for read in reads]
    await asyncio.gather(*tasks, return_exceptions=True)
    return [task.result() for task in tasks]


async def read_or_none(api: Any, operation: str, **parameters: Any) -> dict[str, Any] | None:
    """The answer of a read, None where what it asks for does not exist. Raises RamError."""
    try:
        return await api.call(operation, **parameters)
    except ApiError as error:
        if error.missing:
            return None
        raise


_PRINCIPAL = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NAMES = {
    "user": (_PRINCIPAL, "1 to 64 letters, digits, '.', '-' and '_'"),
    "group": (_PRINCIPAL, "1 to 64 letters, digits, '.', '-' and '_'"),
    "role": (_PRINCIPAL, "1 to 64 letters, digits, '.' and '-'"),
    "policy": (re.compile(r"[A-Za-z0-9-]{1,128}"), "1 to 128 letters, digits and '-'"),
    "service": (re.compile(r"[A-Za-z0-9.-]{1,255}"), "letters, digits, '.' and '-', for example ess.aliyuncs.com"),
}
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def checked_name(kind: str, name: Any, option: str) -> str:
    """A name that RAM can have. Raises DeclarationError, naming the option."""
    pattern, rule = _NAMES[kind]
    if not isinstance(name, str) or not pattern.fullmatch(name):
        letter = foreign_letter(name) if isinstance(name, str) else ""
        hint = f"; {letter} is none of these" if letter else ""
        raise DeclarationError(
            f"{option}: {quote(name)} is not the name of a {kind} ({rule}{hint}).{_name_hint(kind, name)}"
        )
    return str(name)


def _name_hint(kind: str, text: Any) -> str:
    """What somebody may have meant who gave this for a name."""
    if not isinstance(text, str):
        return ""
    pattern = _NAMES[kind][0]
    before, at, dummy = text.rpartition("@")
    if at and kind in ("user", "group", "role") and pattern.fullmatch(before):
        return f" It looks like a principal name; give only the part before the @: {before}."
    arn = re.fullmatch(rf"acs:ram:[^/]*:{kind}/(.*)", text)
    if arn and pattern.fullmatch(arn.group(1)):
        return f" It is an ARN; give only the name: {arn.group(1)}."
    if re.match(r"\s*[\[{]?\s*\"", text):
        return " If it is JSON, give it as data, with {{ ... | from_json }}."
    return ""


def split_texts(texts: Iterable[str]) -> list[str]:
    """Return the entries of a list of texts: Ansible splits a text at its commas, and leaves blanks and lines in."""
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]


def snake(key: str) -> str:
    """The API's key as a result key: ``CreateDate`` is ``create_date``."""
    return _WORD.sub("_", key).lower()
