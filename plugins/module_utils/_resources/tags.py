# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of policies and roles: the options, reading tags, and planning changes to them."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import required
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ConflictError,
    DeclarationError,
    NotOwnedError,
    quote,
)
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Change, Resource, Stage, pages_if_any
from ansible_collections.alicloud.ram.plugins.module_utils._text import how_to_write

SPEC: dict[str, Any] = {
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": False},
}

OWNER_SPEC: dict[str, Any] = {
    "managed_by": {"type": "str"},
    "adopt": {"type": "bool", "default": False},
}

MAX_TAGS = 20
OWNER_TAG = "managed-by"


def checked_owner(managed_by: str | None, where: str) -> str | None:
    """Return the declared owner, which becomes the value of a tag. Raises DeclarationError, which names the option."""
    if managed_by is not None and not 1 <= len(managed_by) <= 256:
        raise DeclarationError(
            f"{where}managed_by: it has {len(managed_by)} characters; as the value of a tag, it has 1 to 256."
        )
    return managed_by


def with_owner(tags: Mapping[str, str] | None, managed_by: str | None) -> dict[str, str]:
    """Return the declared tags, with the one that names the owner."""
    return dict(tags or {}, **({OWNER_TAG: managed_by} if managed_by else {}))


def check_owner(label: str, tags: Mapping[str, str] | None, managed_by: str) -> None:
    """Raise NotOwnedError if the observed tags do not name this owner. ``label`` is the resource's name in messages."""
    owner = (tags or {}).get(OWNER_TAG)
    if owner != managed_by:
        reason = f"its tag {OWNER_TAG} is {'not set' if owner is None else repr(owner)}"
        raise NotOwnedError(
            f"{label[:1].upper()}{label[1:]} exists but is not managed by {managed_by}: {reason}. It is left as it is. Choose "
            f"another name, or set {option_name('adopt')}: true to take it over.",
            f"{reason}, not {managed_by!r}",
        )


def checked_tags(tags: Any, kind: str, where: str, managed_by: str | None = None) -> dict[str, str] | None:
    """Return the declared tags as strings. Raises DeclarationError, which names the option."""
    if tags is None:
        return None
    for key, value in tags.items():
        # Do not guess how a float or a boolean should be written as text.
        if isinstance(value, (bool, float, dict, list)):
            how = how_to_write(value)
            raise DeclarationError(f"{where}tags: the value of {quote(key)} is not a text{'; ' if how else ''}{how}.")
    checked = {str(key): "" if value is None else str(value) for key, value in tags.items()}
    for key, value in checked.items():
        if not 1 <= len(key) <= 128 or len(value) > 256:
            raise DeclarationError(
                f"{where}tags: {quote(key, 40)}: a key has 1 to 128 characters and a value at most 256."
            )
    if len(checked) > MAX_TAGS:
        raise DeclarationError(f"{where}tags: {len(checked)} tags; RAM keeps {MAX_TAGS} on a {kind}.")
    if managed_by:
        if checked.get(OWNER_TAG, managed_by) != managed_by:
            raise DeclarationError(f"{where}tags: {OWNER_TAG} is set by managed_by; leave it out of tags.")
        if len(checked.keys() | {OWNER_TAG}) > MAX_TAGS:
            raise DeclarationError(
                f"{where}tags: {len(checked)} tags; RAM keeps {MAX_TAGS} on a {kind}, with {OWNER_TAG}."
            )
    return checked


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the tags as an API parameter."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


async def read_tags(api: Any, kind: str, name: str) -> dict[str, str]:
    """Return the tags of a policy or role. Source: ListTagResources."""
    tags: dict[str, str] = {}
    target = {"ResourceType": kind, "ResourceNames": [name]}
    for page in await pages_if_any(api, "ListTagResources", "NextToken", **target, PageSize=100):
        for tag in required(page, "TagResources", "ListTagResources"):
            tags[required(tag, "TagKey", "ListTagResources")] = tag.get("TagValue") or ""
    return tags


def tag_changes(
    resource: Resource,
    kind: str,
    name: str,
    current: Mapping[str, str],
    wanted: Mapping[str, str],
    purged: bool,
    kept: Container[str] = (),
) -> tuple[list[Change], dict[str, str]]:
    """Return the changes from the current to the wanted tags, and the tags after these changes.

    With ``purged``, tags that are neither wanted nor in ``kept`` are removed; this is done first, to stay below the limit.
    Observations of ``resource`` must have the attribute ``tags``. Raises ConflictError. Source: TagResources,
    UntagResources.
    """
    new = {key: value for key, value in wanted.items() if current.get(key) != value}
    old = [key for key in sorted(current) if purged and key not in wanted and key not in kept]
    after = {key: value for key, value in {**current, **new}.items() if key not in old}
    if new and len(after) > MAX_TAGS:
        raise ConflictError(
            f"tags: {kind} {name!r} would have {len(after)} tags with those that it has; RAM keeps {MAX_TAGS}. "
            f"Declare fewer, or set {option_name('purge_tags')}: true to remove those that are not declared."
        )

    def tagged(observed: Any) -> Any:
        return {key: (observed.tags or {}).get(key) for key in new}

    def left(observed: Any) -> Any:
        return [key for key in old if key in (observed.tags or {})]

    changes = []
    target: dict[str, Any] = {"ResourceType": kind, "ResourceNames": [name]}
    if old:
        parameters = dict(target, TagKeys=old)
        changes.append(Change("UntagResources", resource.label, parameters, Stage.PREPARE, resource, left, []))
    if new:
        parameters = dict(target, Tag=tag_list(new))
        changes.append(Change("TagResources", resource.label, parameters, Stage.PREPARE, resource, tagged, new))
    return changes, after
