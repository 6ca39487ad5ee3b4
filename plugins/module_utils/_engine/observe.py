# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the state of several resources concurrently."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._errors import ApiError, CredentialsError, UnreachableError
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Resource, concurrently


class Reads:
    """The shared reads of one observation: each call is made once and its response cached; ``fresh`` is not cached."""

    def __init__(self, api: Api) -> None:
        self.fresh = api
        self.settings = api.settings
        self.clock = api.clock
        self._answers: dict[Any, asyncio.Future[dict[str, Any]]] = {}

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        key = (operation, frozenset(parameters.items()))
        if key not in self._answers:
            self._answers[key] = asyncio.ensure_future(self.fresh.call(operation, **parameters))
        return await self._answers[key]

    async def call_cached(self, operation: str, part: str, **parameters: Any) -> Any:
        return await self.fresh.call_cached(operation, part, **parameters)

    def pages(self, operation: str, token: str, **parameters: Any) -> AsyncIterator[dict[str, Any]]:
        return self.fresh.pages(operation, token, **parameters)

    async def find_account_id(self) -> str:
        return await self.fresh.find_account_id()

    async def callers(self) -> list[tuple[str, str]]:
        return await self.fresh.callers()


async def observe(api: Api, resources: Sequence[Resource], reads: Reads | None = None) -> list[Any]:
    """Return the observed state of each resource; independent reads run concurrently, and are shared in ``reads``.

    Raises the first RamError in the order of declaration.
    """
    reads = reads or Reads(api)
    return await concurrently(*(resource.observe(reads) for resource in resources))


async def try_observe(api: Api, resources: Sequence[Resource]) -> list[Any]:
    """Return the observed state of each resource, or the error if it cannot be read from the service.

    Raises any other RamError.
    """
    reads = Reads(api)

    async def one(resource: Resource) -> Any:
        try:
            return await resource.observe(reads)
        except (ApiError, CredentialsError, UnreachableError) as error:
            return error

    return await concurrently(*(one(resource) for resource in resources))
