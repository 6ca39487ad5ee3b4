# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of operations, and what an operation gets when it is called."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .errors import ApiError, Fact, Facts, Mark, inferred, missing, verified
from .parameters import Description, Param
from .store import Account, Credential, World, iso

VERSIONS = {"2015-05-01": "ram", "2015-04-01": "sts", "2020-03-31": "resourcemanager"}
PRODUCTS = {"ram": "Ram", "sts": "Sts", "resourcemanager": "ResourceManager"}

Body = dict[str, Any]
_T = TypeVar("_T")


@dataclass(slots=True)
class Caller:
    """Who signed the call."""

    credential: Credential
    account: Account

    @property
    def arn(self) -> str:
        key = self.credential
        if key.kind == "root":
            return f"acs:ram::{key.account_id}:root"
        if key.kind == "user":
            return f"acs:ram::{key.account_id}:user/{key.name}"
        # AssumeRole gives this as AssumedRoleUser.Arn.
        return f"acs:ram::{key.account_id}:role/{key.name}/{key.session_name}"


@dataclass(slots=True)
class Call:
    """One call of an operation, authenticated and authorised."""

    world: World
    caller: Caller
    account: Account  # the caller's; for reads, as reads see it
    raw: Mapping[str, str]  # the parameters as sent
    now: float
    source_ip: str
    request_id: str
    values: dict[str, Any] = field(default_factory=dict)  # the parameters as read, with defaults

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def time(self) -> str:
        return iso(self.now)


Handler = Callable[[Call], Body]
Resource = str | Callable[[Call], list[str]]


@dataclass(frozen=True)
class Choices:
    """Where it is not known what the service does.

    ``strict`` refuses parameters that an operation does not know; the service most likely ignores them.
    ``empty_descriptions`` lets descriptions of roles and policies be emptied.
    """

    strict: bool = False
    empty_descriptions: bool = False


@dataclass(frozen=True)
class Operation:
    service: str
    name: str
    handler: Handler
    parameters: tuple[Param, ...]
    action: str | None  # None: needs no permission, or decides by itself
    resources: tuple[Resource, ...]
    write: bool
    live: bool  # sees hidden writes
    context: Callable[[Call], dict[str, str]] | None
    errors: Facts  # every code that it can answer with, besides those of the protocol
    source: str

    def unknown_names(self, raw: Mapping[str, str]) -> tuple[str, ...]:
        """The parameters of a request that the operation does not know."""
        return tuple(key for key in raw if not any(param.owns(key) for param in self.parameters))

    def check_names(self, raw: Mapping[str, str], strict: bool) -> None:
        """Refuse absent parameters, and if strict, before that, unknown ones.

        The service most likely ignores unknown ones (inferred from clients that send them with every call).
        """
        for key in self.unknown_names(raw) if strict else ():
            raise ApiError("UnsupportedParameter", f'The parameter - "{key}" is not supported.')
        for param in self.parameters:
            if param.required and not param.present(raw):
                raise missing(param.name)

    def read(self, raw: Mapping[str, str], empty_descriptions: bool) -> dict[str, Any]:
        """The values by name; ``empty_descriptions`` is whether descriptions can be emptied."""
        return {
            param.name: param.read_in(raw, empty_descriptions) if isinstance(param, Description) else param.read(raw)
            for param in self.parameters
        }


OPERATIONS: dict[tuple[str, str], Operation] = {}


def operation(
    service: str,
    name: str,
    *parameters: Param,
    resources: Iterable[Resource] = (),
    code: str = "ram",
    write: bool = False,
    live: bool = False,
    free: bool = False,
    context: Callable[[Call], dict[str, str]] | None = None,
    errors: Facts = (),
    source: str = "",
) -> Callable[[Handler], Handler]:
    """Register a function as an operation of a service.

    resources: the relative names that the caller's policies must allow, e.g. "role/{RoleName}", or a function that
    gives them; all must be allowed.
    code: the service code of the RAM action, e.g. "ram" for ram:GetRole.
    write: changes the account. live: a read that delayed visibility does not touch. free: needs no permission.
    context: condition keys besides the common ones.
    errors: the codes of the operation itself; those of its parameters and of permission are added.
    source: where its shape, limits and codes come from; by default the service's usual pages.
    """

    def register(handler: Handler) -> Handler:
        OPERATIONS[(service, name)] = Operation(
            service=service,
            name=name,
            handler=handler,
            parameters=parameters,
            action=None if free else f"{code}:{name}",
            resources=tuple(resources),
            write=write,
            live=live,
            context=context,
            errors=_all_errors(service, parameters, free, errors),
            source=source or _SOURCES[service],
        )
        return handler

    return register


_SOURCES = {
    "ram": "SDK's models; RAM documentation",
    "sts": "SDK's models; STS documentation",
    "resourcemanager": "SDK's models; Resource Manager help",
}


def _all_errors(service: str, parameters: Iterable[Param], free: bool, own: Facts) -> Facts:
    """Each code once, the operation's own mark first."""
    found = {fact.code: fact for fact in own}
    if not free:
        # Resource Manager's pages give it for some operations only.
        for fact in verified("NoPermission") if service == "ram" else inferred("NoPermission"):
            found.setdefault(fact.code, fact)
    for param in parameters:
        for fact in param.errors():
            found.setdefault(fact.code, fact)
        if param.required:
            code = missing(param.name).code
            found.setdefault(code, Fact(code, Mark.UNKNOWN))
    return tuple(found[code] for code in sorted(found))


# Paging


def page_by_marker(call: Call, items: Iterable[_T], key: Callable[[_T], str]) -> tuple[list[_T], Body]:
    """Marker and MaxItems: the page, and the keys of the response that tell whether there is more.

    unknown: the order of lists. By name here, so that the marker stays good while items come and go.
    """
    ordered = sorted(items, key=key)
    start = 0
    if call["Marker"]:
        last = decode_marker(call["Marker"], "Marker")
        start = next((index for index, item in enumerate(ordered) if key(item) > last), len(ordered))
    page = ordered[start : start + call["MaxItems"]]
    if start + len(page) < len(ordered):
        return page, {"IsTruncated": True, "Marker": encode_marker(key(page[-1]))}
    return page, {"IsTruncated": False}


def encode_marker(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def decode_marker(text: str, name: str) -> str:
    try:
        return base64.b64decode(text.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise ApiError(f"InvalidParameter.{name}") from None  # unknown: the code


def page_by_number(call: Call, items: list[_T]) -> tuple[list[_T], Body]:
    """PageNumber and PageSize of Resource Manager."""
    number, size = call["PageNumber"], call["PageSize"]
    page = items[(number - 1) * size : number * size]
    return page, {"PageNumber": number, "PageSize": size, "TotalCount": len(items)}
