# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents: validate declared ones, read observed ones, and compare the two by meaning.

There are two grammars: PERMISSION, of the policies that are attached to users, groups and roles, and TRUST, of the trust
policies of roles. They are the published ones: "Policy structure and syntax", "Basic elements of a permission policy",
"Conditional operators" and "Modify the trust policy of a RAM role" in Alibaba Cloud's RAM documentation. ``parse`` rejects
what contradicts them. What the documentation does not mention, but a later version may allow, is sent to the service;
``lint`` warns about it.
"""

from __future__ import annotations

import base64
import datetime
import difflib
import functools
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote_plus

from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    DeclarationError,
    quote,
    redact_patterns,
    replace_surrogates,
)
from ansible_collections.alicloud.ram.plugins.module_utils._text import (
    escaped,
    flaw_in_term,
    flaw_in_text,
    foreign_letter,
    how_to_write,
    is_hidden,
    printable,
    twin_of,
)

# The limit is in bytes for CreatePolicyVersion, in characters for CreatePolicy. A limit in bytes satisfies both.
MAX_BYTES = 6144
# A policy has 7 levels. Python and Ansible cannot handle data that is nested some hundred levels deep.
MAX_DEPTH = 32

# Warnings per document; a generated document could have a mistake in each statement.
MAX_WARNINGS = 10
# Characters that a message shows of a text that is not a document.
SHOWN = 20

_ACTION = re.compile(r"\*|[^\s:]+:[^\s:]+")
_TOP = ("Version", "Statement")
# IpAddressIncludeBorder is in the documentation of OSS; existing policies also use its negation.
_OPERATORS = (
    "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike "
    "NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals "
    "DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals "
    "Bool IpAddress NotIpAddress IpAddressIncludeBorder NotIpAddressIncludeBorder"
).split()
_FILE = re.compile(r"[^\s{}\[\]\"]+\.(json|ya?ml|j2|txt|tpl)")
# A vendor's own module uses this prefix; no other prefix or suffix is known to work.
_FOR_ALL = "ForAllValues:"
# Operators in policies of other clouds, with the corresponding operator of RAM.
_FOREIGN_OPERATORS = {
    "arnequals": "StringEquals",
    "arnlike": "StringLike",
    "arnnotequals": "StringNotEquals",
    "arnnotlike": "StringNotLike",
    "binaryequals": "StringEquals",
    "ipequal": "IpAddress",
    "ipnotequal": "NotIpAddress",
}
_KEYS = (
    "acs:AccessId acs:CurrentTime acs:MFAPresent acs:PrincipalARN acs:SecureTransport acs:SourceIp acs:SourceVpc "
    "acs:UserAgent acs:ResourceTag acs:RequestTag"
).split()


@dataclass(frozen=True)
class Grammar:
    """The elements of a statement that differ between permission policies and trust policies.

    ``needed`` is the element that every statement must have, and how to write it; ``refused`` are elements that belong
    elsewhere, with the reason; ``other`` is the element that only the other grammar needs, with the sentence for a document
    that is clearly of the other grammar.
    """

    elements: tuple[str, ...]
    needed: tuple[str, str]
    refused: Mapping[str, str]
    other: tuple[str, str]

    @property
    def documented(self) -> str:
        return ", ".join(self.elements).replace("Action, NotAction", "Action or NotAction")


_ONLY_IN_TRUST = "belongs to the trust policies of roles only; remove it"
PERMISSION = Grammar(
    elements=("Effect", "Action", "NotAction", "Resource", "Condition"),
    needed=("Resource", 'write "*" for every resource'),
    refused={
        "Principal": _ONLY_IN_TRUST,
        "NotPrincipal": _ONLY_IN_TRUST,
        "NotResource": "is no longer in RAM's documentation; use Resource",
    },
    other=(
        "Principal",
        "it looks like the trust policy of a role, which is the option trust_policy of the module role; a policy that is "
        "attached to users, groups and roles has Resource, and no Principal",
    ),
)
TRUST = Grammar(
    elements=("Effect", "Action", "Principal", "Condition"),
    needed=("Principal", 'name who may assume the role, for example {"Service": "ecs.aliyuncs.com"}'),
    refused={
        "NotPrincipal": "is not in RAM's documentation; use Principal",
        "NotAction": "is not in RAM's documentation of trust policies; use Action",
    },
    other=(
        "Resource",
        "it looks like a permission policy, which is the option document of the module policy; a trust policy says in "
        "Principal who may assume the role, and has no Resource",
    ),
)
# The documented forms of each kind of principal. A service may be qualified by an account: 1234@log.aliyuncs.com.
_PRINCIPALS = {
    "RAM": (
        re.compile(r"\*|acs:ram:\*?:(\*|[0-9]+):(root|\*|(user|role)/[A-Za-z0-9._*-]+)"),
        "acs:ram::<account ID>:root, acs:ram::<account ID>:user/<name> or acs:ram::<account ID>:role/<name>",
    ),
    "Service": (re.compile(r"([0-9]+@)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"), "for example ecs.aliyuncs.com"),
    "Federated": (
        re.compile(r"acs:ram:\*?:[0-9]+:(saml|oidc)-provider/[A-Za-z0-9._-]+"),
        "acs:ram::<account ID>:saml-provider/<name> or acs:ram::<account ID>:oidc-provider/<name>",
    ),
}
_ASSUME_ROLE = "sts:AssumeRole"


def parse(document: Mapping[Any, Any] | str, where: str, grammar: Grammar = PERMISSION) -> dict[str, Any]:
    """Validate a declared document, given as an object or as JSON text, and return a plain copy of it.

    The copy contains only JSON types. Raises DeclarationError, whose message begins with ``where`` and names the statement
    (counted from 1) and the element.
    """
    top = _object(load(document, where) if isinstance(document, str) else document, where)
    if "Effect" in top and "Statement" not in top:
        _refuse(where, "it looks like a single statement: put it into the list Statement of a document")
    for name in top:
        _check_element(name, _TOP, where)
    # The service rejects a number, and the version of another cloud.
    if top.get("Version") != "1":
        hint = " (2012-10-17 is another cloud's)" if top.get("Version") == "2012-10-17" else ""
        how = _how(1) if top.get("Version") == 1 else ""
        found = f"not {_show(top['Version'])}{how}" if "Version" in top else "and is missing"
        _refuse(f"{where}: Version", f'must be "1"{hint}, {found}')
    statements = top.get("Statement")
    if not isinstance(statements, (list, tuple)) or not statements:
        found = f"not {_show(statements)}" if "Statement" in top else "and is missing"
        _refuse(f"{where}: Statement", f"must be a list of one or more statements, {found}")
    if all(isinstance(one, Mapping) and _is_of_other(one, grammar) for one in statements):
        _refuse(where, grammar.other[1])
    copies = [_statement(item, f"{where}: statement {number}", grammar) for number, item in enumerate(statements, 1)]
    result = {
        name: "1" if name == "Version" else copies if name == "Statement" else _copy(item, f"{where}: {name}")
        for name, item in top.items()
    }
    size = len(render(result).encode("utf-8"))
    if size > MAX_BYTES:
        _refuse(where, f"the document is too long: {size} bytes as compact JSON, where RAM takes {MAX_BYTES} at most")
    return result


def parse_trust(document: Mapping[Any, Any] | str, where: str) -> dict[str, Any]:
    """Validate a declared trust policy, see ``parse``."""
    return parse(document, where, TRUST)


def lint(document: Any, where: str, grammar: Grammar = PERMISSION) -> list[str]:
    """Return warnings about parts of a declared document that are undocumented or most likely a mistake.

    The warnings begin with ``where``. A document that ``parse`` rejects may also have warnings. Texts that contain ``${``
    are not checked, because they are complete only for a specific account. Never raises.
    """
    try:
        found = list(_warnings(load(document, where) if isinstance(document, str) else document, grammar))
    except (DeclarationError, RecursionError):
        return []
    texts = [printable(f"{where}: {text}") for text in dict.fromkeys(found)]
    more = len(texts) - MAX_WARNINGS
    return texts[:MAX_WARNINGS] + ([f"{where}: there are {more} more warnings of this kind."] if more > 0 else [])


def render(document: Mapping[str, Any]) -> str:
    """Return the compact JSON text to send to the API; keys keep their order."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def read(text: str | None) -> Any:
    """Return an observed document: the parsed JSON, or the text itself if it is not usable as JSON. Never raises."""
    try:
        document = json.loads(text)  # type: ignore[arg-type]
    except (TypeError, ValueError, RecursionError):
        return text
    return document if _sound(document) else text


def _sound(value: Any, depth: int = 0) -> bool:
    """Return whether data is usable: valid Unicode, and nested no deeper than MAX_DEPTH."""
    if isinstance(value, str):
        return value == replace_surrogates(value)
    if isinstance(value, dict):
        return depth < MAX_DEPTH and all(_sound(key) and _sound(item, depth + 1) for key, item in value.items())
    return not isinstance(value, list) or (depth < MAX_DEPTH and all(_sound(item, depth + 1) for item in value))


def equal(a: Any, b: Any) -> bool:
    """Return whether two documents, as returned by ``parse`` or ``read``, have the same meaning. Never raises.

    Ignored differences: the order of keys; the order and repetition of statements, actions, resources, condition
    values and principals; a string or a list that contains only that string; an empty Condition or none. All other
    differences count.
    """
    try:
        return meaning(a) == meaning(b)
    except RecursionError:  # nested far deeper than any policy
        return a is b


def meaning(document: Any) -> str:
    """Return a text that is the same for all documents with the same meaning (see ``equal``)."""
    # JSON, because True, 1 and 1.0 are equal in Python.
    return json.dumps(_normal(document), sort_keys=True)


def trusted_accounts(document: Any) -> set[str]:
    """Return the accounts whose users or roles an observed or declared trust policy lets in without any condition.

    ``*`` stands for every account. Source: "Modify the trust policy of a RAM role".
    """
    statements = document.get("Statement") if isinstance(document, dict) else None
    found = set()
    for item in statements if isinstance(statements, list) else ():
        if not isinstance(item, dict) or item.get("Effect") != "Allow" or item.get("Condition"):
            continue
        principal = item.get("Principal")
        for text in _texts(principal.get("RAM") if isinstance(principal, dict) else principal):
            parts = text.split(":")
            found.add("*" if text == "*" else parts[3] if len(parts) > 4 else "")
    return found - {""}


def missing_actions(document: Any, actions: Iterable[str]) -> list[str]:
    """Return those of ``actions`` that an observed document does not allow unconditionally on all resources.

    A Deny that matches an action counts even if it has a Condition or applies only to some resources.
    """
    statements = document.get("Statement") if isinstance(document, dict) else None
    statements = [item for item in statements if isinstance(item, dict)] if isinstance(statements, list) else []
    denied = [item for item in statements if item.get("Effect") == "Deny"]
    allowed = [
        item
        for item in statements
        if item.get("Effect") == "Allow" and not item.get("Condition") and "*" in _texts(item.get("Resource"))
    ]
    return [
        action
        for action in actions
        if any(_concerns(item, action) for item in denied) or not any(_concerns(item, action) for item in allowed)
    ]


@functools.lru_cache(maxsize=4096)
def matches(pattern: str, text: str) -> bool:
    """Return whether a pattern matches the whole text: ``*`` is any text, also an empty one, and ``?`` any one character.

    After a mismatch, only the last ``*`` is tried with more text, so that no pattern takes long.
    """
    at = start = 0
    star = -1
    while at < len(text):
        here = pattern[start] if start < len(pattern) else ""
        if here == "*":
            star, resumed = start, at
            start += 1
        elif here and here in ("?", text[at]):
            start, at = start + 1, at + 1
        elif star >= 0:
            resumed += 1
            start, at = star + 1, resumed
        else:
            return False
    return not pattern[start:].strip("*")


def matches_action(pattern: str, action: str) -> bool:
    """Return whether a pattern matches an action. Actions are case-insensitive "in most cases", says RAM's documentation."""
    return matches(pattern.lower(), action.lower())


# Validation


def _refuse(place: str, problem: str) -> NoReturn:
    raise DeclarationError(f"{place}: {problem}.")


def load(text: str, where: str) -> Any:
    """Return the data of a document given as JSON text. Raises DeclarationError, whose message begins with ``where``.

    A byte order mark at the beginning is skipped: editors add it, and it has no meaning.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, value in pairs:
            if name in result:
                _refuse(where, f"the key {_show(name)} occurs more than once in the same object")
            result[name] = value
        return result

    def constant(name: str) -> NoReturn:
        _refuse(where, f"the text is not JSON: it holds {name}")

    text = text[1:] if text.startswith("\ufeff") else text
    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=constant)
    except json.JSONDecodeError as error:
        _refuse(where, _why_not_json(text, error))
    except (ValueError, RecursionError):
        _refuse(where, "the text is not a policy: it is nested too deeply or holds a number that is too long")


def _why_not_json(text: str, error: json.JSONDecodeError) -> str:
    content = text.strip()
    if not content:
        return "the text is empty, as is what it was read from"
    place = f"line {error.lineno}, column {error.colno}"
    if content.startswith(("{{", "{%", "{#")):
        return "the text is a template that was not rendered. Use lookup('ansible.builtin.template', ...) for its file"
    if content.startswith("{'"):
        return (
            f"the text is not JSON, which has double quotes ({place}), but looks like a mapping that was made a text. Give "
            "the mapping itself, or let its template end with | to_json"
        )
    if content.startswith(("{", "[")):
        if _has_trailing_comma(text, error.pos):
            return (
                f"the text is not JSON: there is a comma after the last item of a list or object ({place}). Remove it"
            )
        return f"the text is not one JSON object: {error.msg} ({place})"
    return f"the text is not JSON. {_what_it_is(content)}It begins with {_beginning(content)}"


def _has_trailing_comma(text: str, pos: int) -> bool:
    """Return whether the error is a trailing comma. Python's error position is the comma, or the bracket after it."""
    at = pos if text[pos : pos + 1] == "," else len(text[:pos].rstrip()) - 1
    before, after = text[:at].rstrip(), text[at + 1 :].lstrip()
    return text[at : at + 1] == "," and after.startswith(("}", "]")) and not before.endswith(("{", "[", ","))


def _what_it_is(text: str) -> str:
    """Return a sentence on what a text that is not JSON looks like, and what to do; empty if that is not clear."""
    if re.fullmatch(r"https?://\S+", text):
        return "It looks like a URL; to read what is there, use lookup('ansible.builtin.url', ...). "
    if _FILE.fullmatch(text) or re.fullmatch(r"(~|\.{0,2})/[^\n{}\[\]\"]+", text):
        return "It looks like the path of a file; to read that, use lookup('ansible.builtin.file', ...). "
    if re.match(r"(---|Version|Statement)[ \t]*(:|\n)", text):
        return "It looks like YAML; let its template end with | from_yaml. "
    if text.startswith(("%", "+")) and _begins_object(unquote_plus(text)):
        return "It is URL-encoded; let its template end with | urldecode. "
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except ValueError:
        decoded = ""
    return "It is Base64-encoded; let its template end with | b64decode. " if _begins_object(decoded) else ""


def _begins_object(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n").startswith("{")


def _beginning(text: str) -> str:
    """Return the first characters of a text, in quotes.

    Long words are shortened unless the text is a file name, because a file that was read by mistake may be a secret.
    """
    shown = redact_patterns(text)[:SHOWN]
    if not _FILE.fullmatch(text):
        shown = re.sub(r"\w{6,}", lambda word: f"{word.group()[:3]}***", shown)
    return quote(f"{shown}..." if len(text) > SHOWN else shown)


def _check_element(name: str, known: Iterable[str], place: str) -> None:
    """Raise DeclarationError if the name of an element is most likely misspelled.

    Other unknown elements are left to the service, because a later version of the grammar may allow them. But if the
    service ignored a misspelled Condition, the statement would apply unconditionally.
    """
    flaw = flaw_in_term(name)
    if flaw:
        _refuse(place, f"the name of the element {_show(name)} {flaw}")
    meant = _element_meant(name, known)
    if meant:
        _refuse(place, f"unknown element {_show(name)}; write {meant}")


def _element_meant(name: str, known: Iterable[str]) -> str:
    if name in known:
        return ""
    folded = {item.lower(): item for item in known}
    close = difflib.get_close_matches(name.lower(), folded, 1, 0.85)
    return folded[close[0]] if close else ""


def _is_of_other(statement: Mapping[Any, Any], grammar: Grammar) -> bool:
    return grammar.other[0] in statement and grammar.needed[0] not in statement


def _statement(value: Any, place: str, grammar: Grammar) -> dict[str, Any]:
    statement = _object(value, place)
    for name in statement:
        if name in grammar.refused:
            _refuse(place, f"{name} {grammar.refused[name]}")
        _check_element(name, grammar.elements, place)
    if statement.get("Effect") not in ("Allow", "Deny"):
        found = f"not {_show(statement['Effect'])}" if "Effect" in statement else "and is missing"
        _refuse(f"{place}: Effect", f"must be Allow or Deny, {found}")
    if "NotAction" in grammar.elements and ("Action" in statement) == ("NotAction" in statement):
        found = "has both" if "Action" in statement else "has neither"
        _refuse(place, f"exactly one of Action and NotAction is needed; this statement {found}")
    if "NotAction" not in grammar.elements and "Action" not in statement:
        _refuse(f"{place}: Action", f'is missing; write "{_ASSUME_ROLE}"')
    needed, how = grammar.needed
    if needed not in statement:
        _refuse(f"{place}: {needed}", f"is missing; {how}")
    return {name: _element(name, item, f"{place}: {name}", grammar) for name, item in statement.items()}


def _element(name: str, value: Any, place: str, grammar: Grammar) -> Any:
    if name == "Condition":
        return _condition(value, place)
    if name not in grammar.elements:
        return _copy(value, place)
    if name == "Principal":
        return _principal(value, place)
    result = _strings(value, place)
    for item in [result] if isinstance(result, str) else result:
        if not item:
            _refuse(place, "must not hold an empty string")
        if name in ("Action", "NotAction"):
            flaw = flaw_in_term(item)
            if flaw or not _ACTION.fullmatch(item):
                which = f", because it {flaw}" if flaw else ""
                _refuse(place, f'{_show(item)} is not an action{which}; write "<service code>:<action>" or "*"')
        if name == "Resource":
            flaw = _flaw_in_resource(item)[0]
            if flaw:
                _refuse(place, f"{_show(item)} {flaw}, so that it matches nothing")
    return result


def _principal(value: Any, place: str) -> dict[str, Any]:
    kinds = _object(value, place)
    if not kinds:
        _refuse(place, f"must have one of {', '.join(_PRINCIPALS)}")
    result = {}
    for kind, names in kinds.items():
        if kind not in _PRINCIPALS:
            meant = _element_meant(kind, _PRINCIPALS)
            hint = f"write {meant}" if meant else f"there are {', '.join(_PRINCIPALS)}"
            _refuse(place, f"{_show(kind)} is not a kind of principal; {hint}")
        pattern, forms = _PRINCIPALS[kind]
        result[kind] = _strings(names, f"{place}: {kind}")
        for name in _items(result[kind]):
            flaw = flaw_in_term(name)
            if flaw or not pattern.fullmatch(name):
                which = f", because it {flaw}" if flaw else ""
                _refuse(f"{place}: {kind}", f"{_show(name)} is not a principal{which}; write {forms}")
    return result


def _flaw_in_resource(text: str) -> tuple[str, str]:
    """Return the certain flaw and the likely flaw of a resource; each is empty if there is none.

    RAM's own objects have ASCII names, and so have the service, region and account of any resource. The rest is the name
    of a service's object, which can be anything. Blanks inside are visible, and a sample in RAM's documentation contains
    some, so only blanks at both ends are reported.
    """
    plain = "".join(twin_of(char) or ("" if is_hidden(char) else char) for char in text).strip().lower()
    if not (plain == "*" or plain.startswith("acs:")):
        return "", flaw_in_text(text)
    colons = [at for at, char in enumerate(text) if ":" in (char, twin_of(char))]
    rams_own = plain == "*" or plain.startswith("acs:ram:")
    head = text if rams_own or len(colons) < 4 else text[: colons[3] + 1]
    return flaw_in_text(head, strict=True), flaw_in_text(text)


def _condition(value: Any, place: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for operator, keys in _object(value, place).items():
        flaw = flaw_in_term(operator)
        if flaw:
            _refuse(place, f"the operator {_show(operator)} {flaw}")
        if not _is_known_operator(operator):
            hint = f"{_show(operator)} is in the place of an operator such as StringEquals, in which the keys are"
            if not isinstance(keys, Mapping) or any(isinstance(key, str) and _is_known_operator(key) for key in keys):
                _refuse(place, f"{hint}; known operators are {', '.join(_OPERATORS)}")
        keys = _object(keys, f"{place}: {operator}")
        if not keys:
            _refuse(f"{place}: {operator}", "must hold at least one condition key")
        for key in keys:
            # The part after the slash is the key of a tag, which can be anything.
            flaw = flaw_in_term(key.split("/", 1)[0])
            if flaw:
                _refuse(f"{place}: {operator}", f"the condition key {_show(key)} {flaw}")
        # An empty value can be intended: the prefix of a bucket's root, a tag without a value.
        result[operator] = {key: _strings(item, f"{place}: {operator}: {key}") for key, item in keys.items()}
    return result


def _is_known_operator(name: str) -> bool:
    return (name[len(_FOR_ALL) :] if name.startswith(_FOR_ALL) else name) in _OPERATORS


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        _refuse(place, f"must be an object, not {_show(value)}")
    for key in value:
        if not isinstance(key, str) or not key:
            _refuse(place, f"every key must be a string that is not empty, not {_show(key)}")
    return {_plain(key, place): item for key, item in value.items()}


def _strings(value: Any, place: str) -> str | list[str]:
    if isinstance(value, str):
        return _plain(value, place)
    if not isinstance(value, (list, tuple)):
        _refuse(place, f"must be a string or a list of strings, not {_show(value)}{_how(value)}")
    if not value:
        _refuse(place, "must not be an empty list")
    for item in value:
        if not isinstance(item, str):
            _refuse(place, f"every item must be a string, not {_show(item)}{_how(item)}")
    return [_plain(item, place) for item in value]


def _plain(text: str, place: str) -> str:
    """Return a plain str for an instance of a subclass, such as Ansible's tagged strings."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        _refuse(place, f"{_show(text)} is not valid Unicode")
    return str.__str__(text)


def _copy(value: Any, place: str, depth: int = 0) -> Any:
    """Return a plain copy of the content of an unknown element."""
    if depth > MAX_DEPTH:
        _refuse(place, f"it is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, str):
        return _plain(value, place)
    if isinstance(value, Mapping):
        return {key: _copy(item, place, depth + 1) for key, item in _object(value, place).items()}
    if isinstance(value, (list, tuple)):
        return [_copy(item, place, depth + 1) for item in value]
    if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return _refuse(place, f"{_show(value)} has no place in JSON")


def _show(value: Any) -> str:
    if isinstance(value, str):
        text = escaped(json.dumps(value, ensure_ascii=False))
        return text if len(text) <= 80 else f"{text[:76]}..."
    if isinstance(value, (bool, float)) or value is None or (isinstance(value, int) and abs(value) < 10**18):
        return json.dumps(value)
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    if isinstance(value, datetime.date):  # the YAML type of a date without quotes
        return "a date"
    return "an object" if isinstance(value, Mapping) else f"a value of type {type(value).__name__}"


def _how(value: Any) -> str:
    how = how_to_write(value)
    return f"; {how}" if how else ""


# Warnings


def _warnings(document: Any, grammar: Grammar) -> Iterator[str]:
    if not isinstance(document, Mapping):
        return
    yield from _unknown_elements(document, _TOP, "a document has Version and Statement")
    statements = document.get("Statement")
    for number, statement in enumerate(statements if isinstance(statements, (list, tuple)) else (), 1):
        if isinstance(statement, Mapping):
            for text in _warnings_of_statement(statement, grammar):
                yield f"statement {number}: {text}"


def _unknown_elements(mapping: Mapping[Any, Any], known: Iterable[str], documented: str) -> Iterator[str]:
    for name in mapping:
        if _is_judged(name) and name not in known and not _element_meant(name, known):
            yield (
                f"RAM's documentation has no element {_show(name)} ({documented}). It is sent as it is; RAM may refuse it, "
                "or leave it out, which would be a change at each run."
            )


def _warnings_of_statement(statement: Mapping[Any, Any], grammar: Grammar) -> Iterator[str]:
    known = (*grammar.elements, *grammar.refused)
    yield from _unknown_elements(statement, known, f"a statement has {grammar.documented}")
    if grammar is TRUST:
        yield from _warnings_of_trust(statement)
    for name in ("Action", "NotAction"):
        for item in filter(_is_judged, _items(statement.get(name))):
            if foreign_letter(item):
                yield f"{name}: {_show(item)} has {foreign_letter(item)}; documented actions are ASCII. It is sent as it is."
    for item in filter(_is_judged, _items(statement.get("Resource"))):
        flaw = _flaw_in_resource(item)[1]
        if flaw:
            yield f"Resource: {_show(item)} {flaw}. It is sent as it is, and matches only what is named exactly so."
    condition = statement.get("Condition")
    for operator, keys in condition.items() if isinstance(condition, Mapping) else ():
        if _is_judged(operator) and not _is_known_operator(operator):
            yield f"Condition: {_on_operator(operator)}"
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            for text in _warnings_of_key(key, values):
                yield f"Condition: {operator}: {text}"


def _warnings_of_trust(statement: Mapping[Any, Any]) -> Iterator[str]:
    actions = [item for item in _items(statement.get("Action")) if isinstance(item, str)]
    if actions and not any(matches_action(action, _ASSUME_ROLE) for action in actions):
        yield f"Action: a role is assumed with {_ASSUME_ROLE}, which is not listed, so the statement lets nobody in."
    if "*" in trusted_accounts({"Statement": [dict(statement)]}):
        yield "Principal: it lets the users and roles of every account assume the role, without any condition."


def _on_operator(name: str) -> str:
    letter = foreign_letter(name)
    text = f"RAM's documentation has no operator {_show(name)}{f' (with {letter})' if letter else ''}"
    bare = re.sub(r"(?i)^for_?(all|any)_?values?:|_?if_?exists?$", "", name)
    meant = _operator_meant(bare)
    if bare.lower() == "null":
        text += ", nor any other that finds out whether a key is there"
    elif meant:
        text += f"; {meant} is the nearest that it has"
    else:
        text += f"; it has {', '.join(_OPERATORS)}"
    return f"{text}. It is sent as it is, and RAM may refuse the document."


def _operator_meant(name: str) -> str:
    """Return the most similar known operator, but never one with the opposite meaning."""
    folded = {item.lower(): item for item in _OPERATORS if ("not" in item.lower()) == ("not" in name.lower())}
    plain = name.lower().replace("_", "")
    if plain in _FOREIGN_OPERATORS:
        return _FOREIGN_OPERATORS[plain]
    close = difflib.get_close_matches(plain, folded, 1, 0.7)
    return folded[close[0]] if close else ""


def _warnings_of_key(key: Any, values: Any) -> Iterator[str]:
    if _is_judged(key):
        name, _slash, tag = key.partition("/")
        known = {item.lower(): item for item in _KEYS}.get(name.lower(), name)
        if foreign_letter(name):
            yield f"the condition key {_show(key)} has {foreign_letter(name)}; documented keys are ASCII. It is sent as it is."
        elif ":" not in name:
            yield f"the condition key {_show(key)} is not of the documented form <service code>:<key>. It is sent as it is."
        elif known != name:
            yield f"the condition key {_show(key)} is {known} in RAM's documentation. It is sent as it is."
        flaw = flaw_in_text(tag)
        if flaw:
            yield f"the tag's key in the condition key {_show(key)} {flaw}. It is sent as it is."
    for item in filter(_is_judged, _items(values)):
        flaw = flaw_in_text(item)
        if flaw:
            yield f"{key}: {_show(item)} {flaw}. It is sent as it is, and matches nothing else."


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _is_judged(text: Any) -> bool:
    return isinstance(text, str) and "${" not in text


# Comparison

# Elements whose lists of strings are sets, with the number of objects in which these lists are nested.
_DEPTHS = {"Action": 0, "NotAction": 0, "Resource": 0, "NotResource": 0, "Principal": 1, "Condition": 2}


def _normal(document: Any) -> Any:
    """Return the document without meaningless differences; unknown elements are kept."""
    if not isinstance(document, dict) or not isinstance(document.get("Statement"), list):
        return document
    statements = {json.dumps(_normal_statement(item), sort_keys=True) for item in document["Statement"]}
    return {**document, "Statement": sorted(statements)}


def _normal_statement(statement: Any) -> Any:
    if not isinstance(statement, dict):
        return statement
    return {
        name: _normal_values(value, _DEPTHS[name]) if name in _DEPTHS else value
        for name, value in statement.items()
        if name != "Condition" or value != {}
    }


def _normal_values(value: Any, depth: int) -> Any:
    if depth:
        if not isinstance(value, dict):
            return value
        return {key: _normal_values(item, depth - 1) for key, item in value.items()}
    if isinstance(value, str):
        return [value]
    # Comparison is case-sensitive. RAM ignores the case of actions for most services, but not for all; an unnecessary
    # write does no harm, but an undetected difference does.
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return sorted(set(value))
    return value


# Evaluation


def _concerns(statement: dict[str, Any], action: str) -> bool:
    if "Action" in statement:
        return any(matches_action(pattern, action) for pattern in _texts(statement["Action"]))
    patterns = _texts(statement.get("NotAction"))
    return bool(patterns) and not any(matches_action(pattern, action) for pattern in patterns)


def _texts(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
