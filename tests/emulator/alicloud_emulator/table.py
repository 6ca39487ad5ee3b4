# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""python -m alicloud_emulator.table README: write the tables of operations into a Markdown file.

They stand between two comment lines, and are made from the code that serves the operations.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

from .errors import PROTOCOL, Fact, Mark, missing, status_of
from .operations import OPERATIONS
from .parameters import Param
from .registry import PRODUCTS, VERSIONS, Operation
from .store import QUOTAS

BEGIN = "<!-- made by python -m alicloud_emulator.table -->"
END = "<!-- end -->"
_SIGNS = {Mark.VERIFIED: "", Mark.INFERRED: "ⁱ", Mark.UNKNOWN: "ᵘ"}


def _code(fact: Fact, shown: str = "") -> str:
    return f"`{shown or fact.code}`{_SIGNS[fact.mark]}"


def _parameter(param: Param) -> str:
    """A parameter with its limits and the codes for bad values, the latter without what they share."""
    limits = param.limits().replace("|", "\\|")
    codes = [_code(fact, fact.code.replace(f"InvalidParameter.{param.name}", "…")) for fact in param.errors()]
    text = f"**{param.name}**" if param.required else param.name
    if limits:
        text += f" {limits}"
    if param.default not in (None, "", False):
        text += f", default {param.default}"
    return f"{text}: {', '.join(codes)}" if codes else text


def _own(operation: Operation) -> Iterator[Fact]:
    """The codes of an operation that no parameter accounts for."""
    of_parameters = {fact.code for param in operation.parameters for fact in param.errors()}
    of_parameters |= {missing(param.name).code for param in operation.parameters if param.required}
    return (fact for fact in operation.errors if fact.code not in of_parameters)


def _row(operation: Operation) -> str:
    own = ", ".join(f"{status_of(fact.code)} {_code(fact)}" for fact in _own(operation))
    parameters = "<br>".join(_parameter(param) for param in operation.parameters)
    kind = "write" if operation.write else "read"
    return f"| {operation.name} | {kind} | {parameters} | {own} | {operation.source} |"


def _tables() -> Iterator[str]:
    for version, service in VERSIONS.items():
        yield f"### {PRODUCTS[service]}, {version}"
        yield ""
        yield "| operation | | parameters | codes besides those of parameters | source |"
        yield "| --- | --- | --- | --- | --- |"
        yield from (_row(OPERATIONS[key]) for key in sorted(OPERATIONS) if key[0] == service)
        yield ""
    yield "### Before an operation is reached"
    yield ""
    yield _listed(PROTOCOL)
    yield ""
    yield "### Quotas"
    yield ""
    yield ", ".join(f"`{field.name}` {getattr(QUOTAS, field.name)}" for field in fields(QUOTAS))


def _listed(facts: Iterable[Fact]) -> str:
    return ", ".join(f"{status_of(fact.code)} {_code(fact)}" for fact in facts)


def updated(text: str) -> str:
    """The text with its tables made anew; ValueError where it has no place for them."""
    before, begin, rest = text.partition(BEGIN)
    dummy, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no lines {BEGIN} and {END}")
    return "\n".join((f"{before}{BEGIN}", "", *_tables(), "", f"{END}{after}"))


def main() -> None:
    path = Path(sys.argv[1])
    path.write_text(updated(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
