# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole world as one JSON value, and back. It holds the secrets of keys and sessions, since they must work again.

How each value is written follows from the type hints of store.py, so a field that is added there is kept too.
"""

from __future__ import annotations

import collections
import functools
import itertools
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from .documents import DocumentError, check_policy, check_trust_policy
from .faults import Plan
from .seed import NO_UTF8
from .store import Account, Credential, Directory, Policy, PolicyKey, Principal, Service, World

FORMAT = 1
# The attributes of a world by their names, with their types; the rest of it is written by itself, below.
_PARTS: dict[str, Any] = {
    "accounts": dict[str, Account],
    "credentials": dict[str, Credential],
    "services": dict[str, Service],
    "system_policies": dict[str, Policy],
    "directory": Directory | None,
}
_OTHERS: dict[str, Any] = {
    "next_id": int,
    "issued": list[tuple[float, str]],  # sessions: their end, access key ID
    "plans": dict[str, Plan],  # of deletion tasks under way, by task ID
}


class SnapshotError(ValueError):
    """Why a value is not a snapshot that can be restored."""


def take(world: World, plans: Mapping[str, Plan]) -> dict[str, Any]:
    """The world as it is; what delayed visibility hides is not hidden in it."""
    next_id = next(world._ids)
    world._ids = itertools.count(next_id)
    values = {name: _codec(kind).write(getattr(world, name)) for name, kind in _PARTS.items()}
    others = {"next_id": next_id, "issued": list(world._issued), "plans": dict(plans)}
    values.update({name: _codec(kind).write(others[name]) for name, kind in _OTHERS.items()})
    return {"format": FORMAT, **values}


def restore(values: Any) -> tuple[World, dict[str, Plan]]:
    """The world of a snapshot, apart from any other, and the plans of its deletion tasks."""
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise SnapshotError(f"not a snapshot of format {FORMAT}")
    kinds = {**_PARTS, **_OTHERS}
    if values.keys() != {"format", *kinds}:
        raise SnapshotError(f"must have the keys {', '.join(('format', *kinds))}, and no others")
    try:
        found = {name: _at(name, _codec(kind).read, values[name]) for name, kind in kinds.items()}
    except _Misfit as exc:
        raise SnapshotError(f"{'.'.join(reversed(exc.place))}: {exc}") from None
    world = World((), ())
    for name in _PARTS:
        setattr(world, name, found[name])
    if found["next_id"] < 1:
        raise SnapshotError("next_id: must be 1 or more")
    world._ids = itertools.count(found["next_id"])
    world._issued = collections.deque(found["issued"])
    _check(world, found["plans"])
    return world, found["plans"]


def list_accounts(world: World) -> list[dict[str, str]]:
    """The accounts as the ready file has them, each with the first access key of its users; without one it is left out.

    The seed's way of choosing the key is the same.
    """
    listed = []
    for account in world.accounts.values():
        key_id = next((key_id for user in account.users.values() for key_id in user.access_keys), None)
        if key_id is not None:
            secret = world.credentials[key_id].secret
            listed.append({"account_id": account.id, "access_key_id": key_id, "access_key_secret": secret})
    return listed


# Types


class _Misfit(Exception):
    """A value that is not of its type; the place is from the inside out."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.place: list[str] = []


def _at(place: str, read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except _Misfit as exc:
        exc.place.append(place)
        raise


class _Codec(typing.NamedTuple):
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


@functools.cache
def _codec(kind: Any) -> _Codec:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind in (str, int, bool, float):
        return _Codec(lambda value: value, functools.partial(_plain, kind))
    if origin in (types.UnionType, typing.Union) and len(inner) == 2 and type(None) in inner:
        return _optional(_codec(inner[0] if inner[1] is type(None) else inner[1]))
    if origin is list:
        return _list(_codec(inner[0]))
    if origin is tuple:
        return _tuple([_codec(item) for item in inner])
    if origin is dict:
        return _object(_codec(inner[1])) if inner[0] is str else _pairs(_codec(inner[0]), _codec(inner[1]))
    if is_dataclass(kind):
        return _record(kind)
    raise TypeError(f"no way to write {kind}")


def _plain(kind: Any, value: Any) -> Any:
    if kind is float and value.__class__ is int:
        value = float(value)
    if value.__class__ is not kind or (kind is float and not math.isfinite(value)):
        raise _Misfit(f"must be {kind.__name__}")
    return value


def _sized(value: Any, kind: Any, length: int | None = None) -> Any:
    if not isinstance(value, kind) or length not in (None, len(value)):
        raise _Misfit(f"must be {kind.__name__}" + (f" of {length}" if length is not None else ""))
    return value


def _optional(item: _Codec) -> _Codec:
    return _Codec(
        lambda value: None if value is None else item.write(value),
        lambda value: None if value is None else item.read(value),
    )


def _list(item: _Codec) -> _Codec:
    return _Codec(
        lambda value: [item.write(one) for one in value],
        lambda value: [_at(str(index), item.read, one) for index, one in enumerate(_sized(value, list))],
    )


def _tuple(items: list[_Codec]) -> _Codec:
    return _Codec(
        lambda value: [item.write(one) for item, one in zip(items, value)],
        lambda value: tuple(
            _at(str(index), items[index].read, one) for index, one in enumerate(_sized(value, list, len(items)))
        ),
    )


def _object(item: _Codec) -> _Codec:
    return _Codec(
        lambda value: {key: item.write(one) for key, one in value.items()},
        lambda value: {key: _at(key, item.read, one) for key, one in _sized(value, dict).items()},
    )


def _pairs(key: _Codec, item: _Codec) -> _Codec:
    """A mapping whose keys are not text is written as a list of key and value."""
    pair = _tuple([key, item])
    pairs = _list(pair)
    return _Codec(
        lambda value: [pair.write(one) for one in value.items()],
        lambda value: dict(pairs.read(value)),
    )


def _record(kind: Any) -> _Codec:
    """A dataclass. A field that has a default may be absent, so that older snapshots can be read."""
    hints = typing.get_type_hints(kind)
    codecs = {item.name: _codec(hints[item.name]) for item in fields(kind)}
    required = {item.name for item in fields(kind) if item.default is MISSING and item.default_factory is MISSING}

    def read(value: Any) -> Any:
        _sized(value, dict)
        if not required <= value.keys() <= codecs.keys():
            wrong = sorted(required - value.keys() or value.keys() - codecs.keys())
            raise _Misfit(f"{'lacks' if required - value.keys() else 'has unknown'} {', '.join(wrong)}")
        return kind(**{name: _at(name, codecs[name].read, one) for name, one in value.items()})

    return _Codec(lambda value: {name: codec.write(getattr(value, name)) for name, codec in codecs.items()}, read)


# References


def _check(world: World, plans: Mapping[str, Plan]) -> None:
    """Refuse a world in which something names what is not there: somebody wrote or cut it by hand."""
    _named(world.accounts, "id", "accounts")
    _named(world.credentials, "access_key_id", "credentials")
    _named(world.services, "name", "services")
    _named(world.system_policies, "name", "system_policies")
    for policy in world.system_policies.values():
        _check_policy(policy, "system_policies")
    for account in world.accounts.values():
        _check_account(world, account)
    for key in world.credentials.values():
        _check_credential(world, key)
    if world.directory:
        _check_directory(world, world.directory)
    for task_id, plan in plans.items():
        owner = world.accounts.get(plan.account_id)
        task = owner.tasks.get(task_id) if owner else None
        _require(task is not None and task.running, f"plans.{task_id}", "there is no such task under way")


def _require(good: bool, place: str, message: str) -> None:
    if not good:
        raise SnapshotError(f"{place}: {message}")


def _named(table: Mapping[str, Any], name: str, place: str, lower: bool = False) -> None:
    for key, item in table.items():
        own = getattr(item, name)
        _require(key == (own.lower() if lower else own), f"{place}.{key}", f"does not have the {name} that it is under")


def _document(check: Callable[[str], None], text: str, place: str) -> None:
    try:
        check(text)
    except DocumentError as exc:
        raise SnapshotError(f"{place}: {exc}") from None


def _check_policy(policy: Policy, place: str) -> None:
    place = f"{place}.{policy.name}"
    _named(policy.versions, "id", f"{place}.versions")
    _require(policy.default in policy.versions, place, "its default version is not there")
    for version in policy.versions.values():
        _document(check_policy, version.document, f"{place}.versions.{version.id}")


def _check_account(world: World, account: Account) -> None:
    place = f"accounts.{account.id}"
    for name in ("users", "groups", "policies"):
        _named(getattr(account, name), "name", f"{place}.{name}")
    _named(account.roles, "name", f"{place}.roles", lower=True)
    _named(account.tasks, "id", f"{place}.tasks")
    for policy in account.policies.values():
        _check_policy(policy, f"{place}.policies")
    attached: dict[PolicyKey, dict[tuple[str, str], str]] = {}
    tables: tuple[tuple[str, Mapping[str, Principal]], ...] = (
        ("User", account.users),
        ("Group", account.groups),
        ("Role", account.roles),
    )
    for kind, table in tables:
        for principal in table.values():
            for (policy_type, name), date in principal.policies.items():
                known = world.system_policies if policy_type == "System" else account.policies
                _require(name in known, f"{place}.{principal.name}", f"there is no {policy_type} policy {name}")
                attached.setdefault((policy_type, name), {})[(kind, principal.name)] = date
    _require(attached == account.attachments, f"{place}.attachments", "they are not those of the principals")
    for user in account.users.values():
        _require(user.groups.keys() <= account.groups.keys(), f"{place}.users.{user.name}", "a group is not there")
        keys = [world.credentials.get(key_id) for key_id in user.access_keys]
        good = all(key and (key.account_id, key.kind, key.name) == (account.id, "user", user.name) for key in keys)
        _require(good, f"{place}.users.{user.name}", "an access key is not there")
    for group in account.groups.values():
        members = {user.name: user.groups[group.name] for user in account.users.values() if group.name in user.groups}
        _require(group.members == members, f"{place}.groups.{group.name}", "its members are not those of the users")
    for role in account.roles.values():
        _document(check_trust_policy, role.trust_policy, f"{place}.roles.{role.name}")
    for task in account.tasks.values():
        found = account.roles.get(task.role.lower())
        good = not task.running or (found is not None and found.latest_task == task.id)
        _require(good, f"{place}.tasks.{task.id}", "its role is not there")


def _check_credential(world: World, key: Credential) -> None:
    place = f"credentials.{key.access_key_id}"
    account = world.accounts.get(key.account_id)
    if account is None:
        raise SnapshotError(f"{place}: its account is not there")
    _require(not NO_UTF8.search(key.secret + key.token), place, "its secret and its token must be fit for UTF-8")
    _require(key.kind in ("root", "user", "session"), place, "kind is root, user or session")
    _require(key.kind != "user" or key.name in account.users, place, "its user is not there")
    if key.policy is not None:
        _document(check_policy, key.policy, place)


def _check_directory(world: World, directory: Directory) -> None:
    _require(directory.management_account in world.accounts, "directory", "its management account is not there")
    _named(directory.folders, "id", "directory.folders")
    _named(directory.members, "account_id", "directory.members")
    _require(directory.root in directory.folders, "directory", "its root is not there")
    for member in directory.members.values():
        good = member.account_id in world.accounts and member.folder in directory.folders
        _require(good, f"directory.members.{member.account_id}", "its account or its folder is not there")
