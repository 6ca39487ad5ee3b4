# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of policies and roles: the options, reading tags, and planning changes to them."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import required
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ConflictError, DeclarationError, quote
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Change, Resource, Stage
from ansible_collections.alicloud.ram.plugins.module_utils._text import how_to_write

SPEC: dict[str, Any] = {
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": False},
}

MAX_TAGS = 20


def checked_tags(tags: Any, kind: str, where: str) -> dict[str, str] | None:
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
    return checked


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the tags as an API parameter."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


async def read_tags(api: Any, kind: str, name: str) -> dict[str, str]:
    """Return the tags of a policy or role. Source: ListTagResources."""
    tags: dict[str, str] = {}
    async for page in api.pages("ListTagResources", "NextToken", ResourceType=kind, ResourceNames=[name], PageSize=100):
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
