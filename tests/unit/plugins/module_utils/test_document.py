# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents by example: what is refused and how, what is equal, what is granted."""

from __future__ import annotations

import base64
import datetime
import json
import re
import urllib.parse
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._policy.document import (
    MAX_BYTES,
    MAX_DEPTH,
    equal,
    lint,
    missing_actions,
    parse,
    read,
    render,
)

WHERE = "policy 'X': document"

# The two listings of "Service-linked role for VPC access" in the vendor's documentation, as they are printed.
FAQ = """\
{
    "Statement": [
        {
            "Action": [
                "ram:CreateServiceLinkedRole"
            ],
            "Resource": "acs:ram:*:Alibaba Cloud account ID:role/*",
            "Effect": "Allow",
            "Condition": {
                "StringEquals": {
                    "ram:ServiceName": [
                        "connect-customer-vpc.cr.aliyuncs.com"
                    ]
                }
            }
        }
    ],
    "Version": "1"
}
"""
BARE_STATEMENTS = """\
{
  "Action": [
    "ecs:CreateNetworkInterfacePermission",
    "ecs:DeleteNetworkInterfacePermission",
    "ecs:CreateNetworkInterface",
    "ecs:DescribeNetworkInterfaces",
    "ecs:DescribeSecurityGroups"
  ],
  "Resource": "*",
  "Effect": "Allow"
},
{
  "Action": [
    "vpc:DescribeVSwitches",
    "vpc:DescribeVpcs"
  ],
  "Resource": "*",
  "Effect": "Allow"
}
"""
ROLE_ACTIONS = [
    "ecs:CreateNetworkInterfacePermission",
    "ecs:DeleteNetworkInterfacePermission",
    "ecs:CreateNetworkInterface",
    "ecs:DescribeNetworkInterfaces",
    "ecs:DescribeSecurityGroups",
    "vpc:DescribeVSwitches",
    "vpc:DescribeVpcs",
]

ABSENT = object()


def statement(**changes: Any) -> dict[str, Any]:
    """A valid statement with these elements changed, added or, if ABSENT, taken out."""
    elements = {"Effect": "Allow", "Action": "ecs:Start*", "Resource": "*", **changes}
    return {name: value for name, value in elements.items() if value is not ABSENT}


def document(*statements: Any, **changes: Any) -> dict[str, Any]:
    elements = {"Version": "1", "Statement": list(statements) or [statement()], **changes}
    return {name: value for name, value in elements.items() if value is not ABSENT}


def condition(value: Any, operator: str = "StringEquals") -> dict[str, Any]:
    return statement(Condition={operator: {"ram:ServiceName": value}})


def refusal(declared: Any) -> str:
    with pytest.raises(DeclarationError) as caught:
        parse(declared, WHERE)
    assert caught.value.message.startswith(f"{WHERE}: ")
    assert caught.value.message.endswith(".")
    return caught.value.message.removeprefix(f"{WHERE}: ")


# parse: what is accepted


def test_the_documented_policy_is_taken_as_it_is_printed() -> None:
    assert parse(FAQ, WHERE) == json.loads(FAQ)
    assert list(parse(FAQ, WHERE)) == ["Statement", "Version"]


@pytest.mark.parametrize(
    "declared",
    [
        pytest.param(document(statement(), statement(Effect="Deny")), id="two statements"),
        pytest.param(document(statement(Action="*")), id="every action"),
        pytest.param(document(statement(Action=["ecs:*", "*:Describe?pcs"])), id="wildcards"),
        pytest.param(document(statement(Action=ABSENT, NotAction=["ram:*"])), id="NotAction"),
        pytest.param(document(statement(Resource=["acs:ecs:*:*:instance/i-1", "*"])), id="resources"),
        pytest.param(document(statement(Condition={})), id="empty condition"),
        pytest.param(document(condition("a")), id="one value"),
        pytest.param(document(condition(["a", "b"])), id="values"),
        pytest.param(document(condition(["", "a/"], "StringLike")), id="empty value, as for oss:Prefix"),
        pytest.param(document(condition("5", "NumericLessThanEquals")), id="number"),
        pytest.param(document(condition("2026-01-01T00:00:00Z", "DateGreaterThan")), id="date"),
        pytest.param(document(condition("true", "Bool")), id="bool"),
        pytest.param(document(condition("192.0.2.0/24", "NotIpAddress")), id="address"),
        pytest.param(document(condition("a", "ForAllValues:StringLike")), id="for all"),
        pytest.param(document(condition("a", "ForAnyValue:StringEqualsIgnoreCase")), id="for any"),
        pytest.param(document(condition("a", "StringNotEqualsIfExists")), id="if exists"),
        pytest.param(document(condition("192.0.2.0/24", "IpAddressIncludeBorder")), id="border"),
        pytest.param(document(condition("a", "ArnLike")), id="unknown operator"),
        pytest.param(document(Id={"a": [1, 1.5, True, None, "x", {}]}), id="unknown element"),
        pytest.param(document(statement(Sid="x")), id="Sid"),
        pytest.param(document(statement(Resource="acs:ram:*:Alibaba Cloud account ID:role/*")), id="visible blanks"),
        pytest.param(document(statement(Resource="acs:log:*:*:日志\uff1aa:中")), id="colons in the name of an object"),
    ],
)
def test_valid_documents_come_back_as_they_are(declared: dict[str, Any]) -> None:
    assert parse(declared, WHERE) == declared
    assert parse(json.dumps(declared, indent=4), WHERE) == declared


class Tagged(str):
    """Like Ansible's tagged strings: a subclass of str, whose own conversion keeps the subclass."""

    def __str__(self) -> str:  # pylint: disable=invalid-str-returned
        return self


def test_the_copy_is_plain_and_deep() -> None:
    declared = MappingProxyType(
        {
            Tagged("Version"): Tagged("1"),
            Tagged("Statement"): (
                MappingProxyType(
                    {
                        Tagged("Effect"): Tagged("Allow"),
                        Tagged("Action"): (Tagged("ecs:*"),),
                        Tagged("Resource"): Tagged("*"),
                        Tagged("Condition"): {Tagged("Bool"): {Tagged("acs:MFAPresent"): [Tagged("true")]}},
                    }
                ),
            ),
        }
    )

    def kinds(value: Any) -> set[type]:
        inner = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
        return {type(value)}.union(*map(kinds, inner))

    result = parse(declared, WHERE)
    assert kinds(result) == {dict, list, str}
    assert result == document(
        {"Effect": "Allow", "Action": ["ecs:*"], "Resource": "*", "Condition": {"Bool": {"acs:MFAPresent": ["true"]}}}
    )


def test_the_copy_does_not_follow_the_original() -> None:
    declared = document(statement(Action=["ecs:*"]), condition(["a"]))
    result = parse(declared, WHERE)
    declared["Statement"][0]["Action"].append("ram:*")
    declared["Statement"][1]["Condition"]["StringEquals"]["ram:ServiceName"].append("b")
    declared["Statement"].pop()
    assert result == document(statement(Action=["ecs:*"]), condition(["a"]))


def sized(size: int) -> dict[str, Any]:
    empty = len(render(document(statement(Resource=""))).encode())
    return document(statement(Resource="é" + "x" * (size - empty - 2)))


def test_size_is_counted_in_bytes_of_the_compact_text() -> None:
    largest = sized(MAX_BYTES)
    assert MAX_BYTES == 6144
    assert parse(largest, WHERE) == largest
    assert parse(json.dumps(largest, indent=400), WHERE) == largest
    message = refusal(sized(MAX_BYTES + 1))
    assert "6145 bytes" in message
    assert "6144" in message


# What each level of a nested value is: objects alone, lists alone, or both in turn.
NESTINGS = {"objects": [True], "lists": [False], "both": [True, False]}


def nested(levels: int, kinds: list[bool]) -> Any:
    value: Any = "x"
    for level in range(levels):
        value = {"a": value} if kinds[level % len(kinds)] else [value]
    return value


@pytest.mark.parametrize("kinds", NESTINGS)
def test_an_unknown_element_is_nested_so_deeply_and_no_deeper(kinds: str) -> None:
    deepest = document(statement(x=nested(MAX_DEPTH, NESTINGS[kinds])), Id=nested(MAX_DEPTH, NESTINGS[kinds]))
    assert parse(deepest, WHERE) == deepest
    for declared, place in (
        (document(Id=nested(MAX_DEPTH + 1, NESTINGS[kinds])), "Id"),
        (document(statement(x=nested(MAX_DEPTH + 1, NESTINGS[kinds]))), "statement 1: x"),
    ):
        assert refusal(declared) == f"{place}: it is nested more than {MAX_DEPTH} levels deep."


# parse: what is refused


@pytest.mark.parametrize(
    ("declared", "parts"),
    [
        pytest.param(document(version="1"), ['unknown element "version"; write Version'], id="case"),
        pytest.param(document(Id=float("nan")), ["Id: ", "no place in JSON"], id="unknown and no JSON"),
        pytest.param(document(Id={1: "x"}), ["Id: ", "every key must be a string"], id="unknown with a key"),
        pytest.param(
            document(Id=["x", {1: "x"}]), ["Id: ", "every key must be a string"], id="unknown with a key in a list"
        ),
        pytest.param(document(Id=["x", ["\udfff"]]), ["Id: ", "is not valid Unicode"], id="surrogate in a list"),
        pytest.param(document(Version=ABSENT), ["Version: ", 'must be "1"', "missing"], id="no version"),
        pytest.param(
            document(Version=1),
            ["Version: ", 'must be "1", not 1; put it in quotes ("1"), or', "| string."],
            id="version as number",
        ),
        pytest.param(
            document(Version=1.0), ["Version: ", 'must be "1", not 1.0; put it in quotes'], id="version as float"
        ),
        pytest.param(document(Version="2012-10-17"), ["Version: ", 'must be "1"', "another cloud"], id="AWS version"),
        pytest.param(document(Version="2"), ["Version: ", 'must be "1", not "2".'], id="other version"),
        pytest.param(document(Version=["1"]), ["Version: ", 'must be "1", not a list.'], id="version in list"),
        pytest.param(document(Statement=ABSENT), ["Statement: ", "must be a list", "missing"], id="no statement"),
        pytest.param(document(Statement=[]), ["Statement: ", "one or more", "an empty list"], id="no statements"),
        pytest.param(document(Statement=statement()), ["Statement: ", "a list", "not an object"], id="bare statement"),
        pytest.param(document(Statement=None), ["Statement: ", "a list", "not null"], id="statement null"),
        pytest.param(
            statement(), ["looks like a single statement: put it into the list Statement"], id="only a statement"
        ),
        pytest.param({}, ["Version: ", "missing"], id="empty"),
        pytest.param({1: "1", **document()}, ["every key must be a string", "not 1"], id="number as key"),
        pytest.param({"": "1", **document()}, ["every key must be a string that is not empty"], id="empty key"),
        pytest.param(None, ["must be an object, not null"], id="null"),
        pytest.param([document()], ["must be an object, not a list"], id="list"),
        pytest.param(b"{}", ["must be an object, not a value of type bytes"], id="bytes"),
        pytest.param(10**5000, ["must be an object, not a value of type int"], id="huge number"),
    ],
)
def test_refused_documents(declared: Any, parts: list[str]) -> None:
    message = refusal(declared)
    for part in parts:
        assert part in message
    assert "statement 1" not in message


@pytest.mark.parametrize(
    ("second", "parts"),
    [
        pytest.param("x", ["must be an object", 'not "x"'], id="not an object"),
        pytest.param(statement(Principal={"RAM": "*"}), ["Principal", "trust policies"], id="principal"),
        pytest.param(statement(NotPrincipal={"RAM": "*"}), ["NotPrincipal", "trust policies"], id="not principal"),
        pytest.param(
            statement(Resource=ABSENT, NotResource="*"),
            ["NotResource is no longer in RAM's documentation", "use Resource"],
            id="NotResource",
        ),
        pytest.param(statement(Effect=ABSENT), ["Effect: ", "Allow or Deny", "missing"], id="no effect"),
        pytest.param(statement(Effect="allow"), ["Effect: ", "Allow or Deny", 'not "allow"'], id="effect's case"),
        pytest.param(statement(Effect=["Allow"]), ["Effect: ", "Allow or Deny", "not a list"], id="effects"),
        pytest.param(statement(Action=ABSENT), ["exactly one of Action and NotAction", "neither"], id="no action"),
        pytest.param(statement(NotAction="a:b"), ["exactly one of Action and NotAction", "both"], id="two actions"),
        pytest.param(statement(Action=[]), ["Action: ", "must not be an empty list"], id="empty actions"),
        pytest.param(statement(Action=""), ["Action: ", "empty string"], id="empty action"),
        pytest.param(statement(Action=["a:b", ""]), ["Action: ", "empty string"], id="empty action in list"),
        pytest.param(statement(Action=5), ["Action: ", "a string or a list of strings, not 5"], id="action as number"),
        pytest.param(statement(Action={"a": 1}), ["Action: ", "list of strings, not an object"], id="action object"),
        pytest.param(statement(Action=["a:b", None]), ["Action: ", "every item", "not null"], id="null in actions"),
        pytest.param(statement(Action=[["a:b"]]), ["Action: ", "every item", "not a list"], id="nested actions"),
        pytest.param(
            statement(Action=["a:b", "Start"]), ["Action: ", '"Start" is not', "<service code>:<action>"], id="no code"
        ),
        pytest.param(statement(Action="ecs:"), ["Action: ", '"ecs:" is not an action'], id="code alone"),
        pytest.param(statement(Action="ecs: *"), ["Action: ", '"ecs: *" is not an action'], id="space"),
        pytest.param(statement(Action="acs:ecs:*:*:x"), ["Action: ", "is not an action"], id="resource as action"),
        pytest.param(statement(Action="**"), ["Action: ", '"**" is not an action'], id="stars"),
        pytest.param(statement(Action="ecs:*\n"), ["Action: ", r'"ecs:*\n" is not an action'], id="line end"),
        pytest.param(
            statement(Action=ABSENT, NotAction=["ram"]), ["NotAction: ", '"ram" is not an action'], id="NotAction"
        ),
        pytest.param(statement(Action=ABSENT, NotAction=[]), ["NotAction: ", "an empty list"], id="empty NotAction"),
        pytest.param(statement(Resource=ABSENT), ["Resource: ", "missing", '"*"'], id="no resource"),
        pytest.param(statement(Resource=[]), ["Resource: ", "must not be an empty list"], id="empty resources"),
        pytest.param(statement(Resource=["*", ""]), ["Resource: ", "empty string"], id="empty resource"),
        pytest.param(statement(Resource=None), ["Resource: ", "a list of strings, not null"], id="resource null"),
        pytest.param(statement(Resource="\ud800"), ["Resource: ", r'"\ud800" is not valid Unicode'], id="surrogate"),
        pytest.param(
            statement(Resource="acs:log:*:*\uff1a日志"), ["Resource: ", "U+FF1A", "it matches nothing"], id="wide colon"
        ),
        pytest.param(statement(Condition=None), ["Condition: ", "must be an object, not null"], id="condition null"),
        pytest.param(statement(Condition=[]), ["Condition: ", "an object, not an empty list"], id="condition list"),
        pytest.param(
            statement(Condition={"ram:ServiceName": "x"}),
            ["Condition: ", '"ram:ServiceName" is in the place of an operator', "NumericLessThan", "NotIpAddress"],
            id="condition without operator",
        ),
        pytest.param(
            statement(Condition={"ram:ServiceName": {"StringEquals": "x"}}),
            ["Condition: ", '"ram:ServiceName" is in the place of an operator'],
            id="operator in condition key",
        ),
        pytest.param(
            condition({"a": "b"}, "ArnLike"),
            ["Condition: ArnLike: ram:ServiceName: ", "not an object"],
            id="unknown operator",
        ),
        pytest.param(
            statement(Condition={"StringEquals": "x"}),
            ["Condition: StringEquals: ", 'must be an object, not "x"'],
            id="condition without key",
        ),
        pytest.param(
            statement(Condition={"StringEquals": {}}),
            ["Condition: StringEquals: ", "at least one condition key"],
            id="operator without keys",
        ),
        pytest.param(
            statement(Condition={"Bool": {"": "true"}}), ["Condition: Bool: ", "every key", "not empty"], id="empty key"
        ),
        pytest.param(
            condition(True, "Bool"),
            [
                "Condition: Bool: ram:ServiceName: ",
                'not true; put it in quotes ("true"), or, if it is a template, let that end with | string | lower.',
            ],
            id="bool",
        ),
        pytest.param(
            condition(5),
            [
                "ram:ServiceName: ",
                "a string",
                'not 5; put it in quotes ("5"), or, if it is a template, let that end with | string.',
            ],
            id="number",
        ),
        pytest.param(
            condition(["a", False]),
            ["every item must be", 'not false; put it in quotes ("false"), or'],
            id="bool in list",
        ),
        pytest.param(condition(10**18 - 1), [f"not {10**18 - 1}; put it in quotes"], id="long number"),
        pytest.param(condition(10**18), ["not a value of type int"], id="longer number"),
        pytest.param(condition(float("nan")), ["ram:ServiceName: ", "not NaN"], id="NaN"),
        pytest.param(
            condition(datetime.date(2026, 1, 1)),
            ["ram:ServiceName: ", "not a date; put it in quotes, or, if it is a template, let that end with | string."],
            id="date",
        ),
        pytest.param(condition(None), ["ram:ServiceName: ", "not null; it is a key without a value, or a"], id="null"),
        pytest.param(condition([]), ["ram:ServiceName: ", "must not be an empty list"], id="no values"),
        pytest.param(condition({"a": "b"}), ["ram:ServiceName: ", "not an object"], id="object as value"),
    ],
)
def test_refused_statements(second: Any, parts: list[str]) -> None:
    message = refusal(document(statement(), second))
    assert message.startswith("statement 2: ")
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("{'Version': '1'}", ["line 1, column 2", "double quotes", "to_json"], id="Python"),
        pytest.param('{\n  "Version": "1"\n  "Statement": []\n}', ["line 3, column 3", "','"], id="no comma"),
        pytest.param(BARE_STATEMENTS, ["not one JSON object", "line 11, column 2"], id="bare statements"),
        pytest.param('{"Version": "1", "Version": "1"}', ['the key "Version" occurs more than once'], id="twice"),
        pytest.param(
            render(document(statement(Action="a:b"))).replace('"Effect"', '"Action":"c:d","Effect"'),
            ['the key "Action" occurs more than once'],
            id="twice in a statement",
        ),
        pytest.param('{"Version": NaN}', ["not JSON", "NaN"], id="NaN"),
        pytest.param('{"Version": -Infinity}', ["not JSON", "-Infinity"], id="infinity"),
        pytest.param('"{}"', ['must be an object, not "{}"'], id="text in text"),
        pytest.param("[]", ["must be an object, not an empty list"], id="list"),
        pytest.param("[" * 1_000_000, ["nested too deeply"], id="deep"),
        pytest.param(
            json.dumps(document(statement(Resource="\ud800"))), ["statement 1: Resource: ", "Unicode"], id="surrogate"
        ),
        pytest.param(
            json.dumps(document(statement(Condition={"Bool": {"\udfff": "a"}}))),
            ["statement 1: Condition: Bool: ", "Unicode"],
            id="surrogate in key",
        ),
    ],
)
def test_refused_texts(text: str, parts: list[str]) -> None:
    message = refusal(text)
    for part in parts:
        assert part in message


@pytest.mark.parametrize("number", [1, 2])
def test_each_of_the_bare_statements_is_told_from_a_policy(number: int) -> None:
    text = BARE_STATEMENTS.split("\n},\n")[number - 1] + ("\n}" if number == 1 else "")
    assert "looks like a single statement" in refusal(text)


def test_a_number_too_long_to_read_is_refused() -> None:
    # Pythons with a limit fail to read it, others read a number.
    refusal('{"Version": ' + "9" * 100_000 + "}")


# What is given in the place of JSON text, and what the message says of it.
JSON = json.dumps(document())
WRONG_TEXTS = {
    "empty": ("", ["the text is empty"]),
    "blank": (" \r\n\t", ["the text is empty"]),
    "byte order mark alone": ("\ufeff", ["the text is empty"]),
    "path": ("files/policy.json", ["looks like the path", "lookup('ansible.builtin.file', ...)", "files/policy.json'"]),
    "absolute path": ("/etc/ram/deploy policy", ["looks like the path", "lookup('ansible.builtin.file', ...)"]),
    "URL": ("https://example.com/policy.json", ["looks like a URL", "lookup('ansible.builtin.url', ...)"]),
    "URL-encoded": (urllib.parse.quote(JSON), ["URL-encoded", "| urldecode", "'%7B%22"]),
    "URL-encoded form": (urllib.parse.quote_plus(" " + JSON), ["URL-encoded", "| urldecode"]),
    "Base64": (base64.b64encode(JSON.encode()).decode(), ["Base64", "| b64decode"]),
    "Base64 in lines": (base64.encodebytes(JSON.encode()).decode(), ["Base64", "| b64decode"]),
    "YAML": ('Version: "1"\nStatement: []\n', ["YAML", "| from_yaml", "'Ver***"]),
    "YAML document": ("---\nVersion: '1'\n", ["YAML", "| from_yaml"]),
    "template": (
        "{{ policy | to_json }}",
        ["a template that was not rendered", "lookup('ansible.builtin.template', ...)"],
    ),
    "trailing comma in object": ('{"Version": "1",\n}', ["a comma after the last item", "Remove it"]),
    "trailing comma in list": ('{"Version": "1", "Statement": [1, \n]}', ["a comma after the last item", "line "]),
    "invisible beginning": ("\u200b" + JSON, ["It begins with '\\\\u200b{"]),
    "ESC": ("\x1b[2J" * 50, ["It begins with '\\\\x1b[2J"]),
    "a byte order mark read wrongly": ("\u00ef\u00bb\u00bf{}", ["It begins with '\u00ef\\\\xbb\u00bf{}'"]),
    "words": ("see the wiki", ["the text is not JSON. It begins with 'see the wiki'."]),
    "a comma where none is needed": ("{,}", ["the text is not one JSON object", "line 1, column 2"]),
}


@pytest.mark.parametrize("kind", WRONG_TEXTS)
def test_a_text_that_is_no_json_is_told_by_its_beginning(kind: str) -> None:
    text, parts = WRONG_TEXTS[kind]
    message = refusal(text)
    for part in parts:
        assert part.replace("\\\\", "\\") in message, message
    assert message.isprintable() and len(message) < 250 and "line 1, column 1)" not in message


@pytest.mark.parametrize("blanks", ["", " "])  # so that the place is an even one, and an odd one
@pytest.mark.parametrize("reported", [",", "]"])
def test_a_trailing_comma_is_found_wherever_python_reports_it(
    reported: str, blanks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pythons before 3.13 report the bracket."""
    text = f"[[1, 2]{blanks},\n ]"

    def loads(*args: Any, **options: Any) -> Any:
        raise json.JSONDecodeError("Illegal", text, text.rindex(reported))

    monkeypatch.setattr(json, "loads", loads)
    assert "there is a comma after the last item of a list or object" in refusal(text)


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjaSJ9.c2lnbmF0dXJl",
        "LTAI5tAbCdEfGhIjKlMnOpQr",
        "8fJ2kLmN9pQ4rStUvWxYz01234567a",
        "access_key_secret=8fJ2kLmN9pQ4rStUvWxYz01234567a",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
        "https://ci:8fJ2kLmN9pQ4rStUvWxYz0@git.example.com/policy.json",
        "password: correct horse battery",
    ],
)
def test_a_secret_that_was_read_by_mistake_is_not_shown(secret: str) -> None:
    message = refusal(secret)
    shown = message.split("It begins with ")[1]
    words = re.findall(r"[A-Za-z0-9]{7,}", secret.split("PRIVATE KEY-----")[-1])
    assert words and not any(word[:7] in shown for word in words), message


def test_a_byte_order_mark_before_the_document_is_skipped() -> None:
    assert parse("\ufeff" + FAQ, WHERE) == json.loads(FAQ)


def test_the_document_is_not_echoed() -> None:
    assert len(refusal(document(statement(Action="x" * 5000)))) < 300
    assert len(refusal('{"Version": "1", ' + "x" * 5000)) < 300


def test_text_of_any_script_is_readable_in_messages() -> None:
    assert '"创建" is not an action' in refusal(document(statement(Action="创建")))


# lint: what is sent as it is, with a warning


def warnings(declared: Any) -> list[str]:
    """The warnings of a document that is sent as it is, the same for its JSON text."""
    assert parse(declared, WHERE) == declared
    found = lint(declared, WHERE)
    assert lint(json.dumps(declared), WHERE) == found
    assert all(text.startswith(f"{WHERE}: ") and text.isprintable() for text in found)
    return [text.removeprefix(f"{WHERE}: ") for text in found]


OPERATORS = """
StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike NumericEquals
NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals DateEquals
DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals Bool IpAddress NotIpAddress
IpAddressIncludeBorder
""".split()


@pytest.mark.parametrize("operator", OPERATORS + [f"ForAllValues:{name}" for name in OPERATORS])
def test_documented_operators_have_no_warning(operator: str) -> None:
    assert warnings(document(condition("a", operator))) == []


@pytest.mark.parametrize(
    ("operator", "nearest"),
    [
        ("ArnLike", "StringLike"),
        ("ArnEquals", "StringEquals"),
        ("ArnNotLike", "StringNotLike"),
        ("BinaryEquals", "StringEquals"),
        ("StringEqual", "StringEquals"),
        ("stringEquals", "StringEquals"),
        ("StringNotEqual", "StringNotEquals"),
        ("string_equal", "StringEquals"),
        ("numeric_less_than_equal", "NumericLessThanEquals"),
        ("ip_not_equal", "NotIpAddress"),
        ("NumericLessThen", "NumericLessThan"),
        ("DateGreaterThanEqual", "DateGreaterThanEquals"),
        ("IPAddress", "IpAddress"),
        ("NotIpAdress", "NotIpAddress"),
        ("IpAddressIncludeBorders", "IpAddressIncludeBorder"),
        ("Boolean", "Bool"),
        ("ForAnyValue:StringEquals", "StringEquals"),
        ("for_any_value:string_equal", "StringEquals"),
        ("ForSomeValues:Bool", ""),
        ("Zone", ""),
        *((f"{name}IfExists", name) for name in OPERATORS),
    ],
)
def test_an_unknown_operator_is_sent_with_a_warning(operator: str, nearest: str) -> None:
    (text,) = warnings(document(statement(), condition("a", operator)))
    assert text.startswith(f'statement 2: Condition: RAM\'s documentation has no operator "{operator}"')
    assert f"; {nearest} is the nearest that it has. It is sent as it is" in text if nearest else OPERATORS[3] in text


@pytest.mark.parametrize("operator", ["Null", "null_if_exist"])
def test_what_finds_out_whether_a_key_is_there_has_nothing_near(operator: str) -> None:
    (text,) = warnings(document(condition("a", operator)))
    assert "nor any other that finds out whether a key is there" in text and "nearest" not in text


@settings(deadline=None)
@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=12), st.booleans())
def test_the_nearest_operator_is_never_the_contrary(name: str, negated: bool) -> None:
    name = f"{name[:6]}Not{name[6:]}" if negated else name
    for text in lint(document(condition("a", name)), WHERE):
        found = re.search(r"; (\w+) is the nearest", text)
        assert found is None or ("not" in found.group(1).lower()) == ("not" in name.lower())


@pytest.mark.parametrize(
    ("declared", "parts"),
    [
        (document(Id="x"), ['has no element "Id"', "Version and Statement"]),
        (document(statement(Sid="x")), ["statement 1: ", 'has no element "Sid"', "Effect, Action or NotAction"]),
        (
            document(statement(Action="ecs:\u0405tart*")),
            ["statement 1: Action: ", "U+0405 CYRILLIC CAPITAL LETTER DZE"],
        ),
        (
            document(condition("a", "\u0405tringEquals")),
            ["U+0405 CYRILLIC CAPITAL LETTER DZE", "StringEquals is the nearest"],
        ),
        (document(statement(Condition={"Bool": {"acs:mfapresent": "true"}})), ["Bool: ", "is acs:MFAPresent in RAM's"]),
        (
            document(statement(Condition={"Bool": {"acs:\u041cFAPresent": "true"}})),
            ["U+041C CYRILLIC CAPITAL LETTER EM"],
        ),
        (document(statement(Condition={"Bool": {"MFAPresent": "true"}})), ['"MFAPresent"', "<service code>:<key>"]),
        (document(statement(Resource="acs:oss:*:*:b/x ")), ["statement 1: Resource: ", "ends with U+0020 SPACE"]),
        (
            document(condition("connect\u2011vpc")),
            ["ram:ServiceName: ", "U+2011 NON-BREAKING HYPHEN, which looks like -"],
        ),
    ],
)
def test_what_else_is_sent_with_a_warning(declared: Any, parts: list[str]) -> None:
    (text,) = warnings(declared)
    for part in [*parts, "It is sent as it is"]:
        assert part in text


@pytest.mark.parametrize(
    "declared",
    [
        document(
            statement(Condition={"StringEquals": {"acs:ResourceTag/\u9879\u76ee\uff1aA": "\u4ed8\u6b3e\uff08x\uff09"}})
        ),
        document(statement(Condition={"StringLike": {"oss:Prefix": ["", "a b/*"], "ecs:tag/x y": "\u26a0\ufe0f"}})),
        document(statement(Resource="acs:oss:*:*:\u6587\u4ef6\u3001x")),
        json.loads(FAQ),
    ],
)
def test_other_scripts_have_their_own_punctuation(declared: Any) -> None:
    assert warnings(declared) == []


def test_what_differs_between_accounts_is_not_judged() -> None:
    assert (
        lint(document(condition("${zone} ", "${operator}"), statement(Resource="${bucket} ", Sid="x")), WHERE)[1:] == []
    )


def test_the_warnings_of_one_document_are_bounded() -> None:
    found = warnings(document(*(statement(Resource=f"acs:oss:*:*:{number} ") for number in range(50))))
    assert len(found) == 11 and found[-1].startswith("there are 40 more")
    assert len(warnings(document(statement(Resource=["acs:oss:*:*:a "] * 2)))) == 1


@pytest.mark.parametrize(
    "declared", [None, 5, "x", [], {"Statement": 5}, {"Statement": [5, {"Condition": {"Bool": 5}}]}]
)
def test_lint_takes_anything(declared: Any) -> None:
    assert lint(declared, WHERE) == []


# render, read


def test_render_is_compact_and_keeps_order_and_script() -> None:
    declared = {"Version": "1", "Statement": [{"Resource": "acs:oss:*:*:é/中", "Effect": "Deny", "Action": ["oss:*"]}]}
    assert render(declared) == (
        '{"Version":"1","Statement":[{"Resource":"acs:oss:*:*:é/中","Effect":"Deny","Action":["oss:*"]}]}'
    )


@pytest.mark.parametrize(
    ("text", "observed"),
    [
        (None, None),
        ("", ""),
        ("no JSON", "no JSON"),
        ('{"a": [1, true, null]}', {"a": [1, True, None]}),
        ('"x"', "x"),
        ("[" * 1_000_000, "[" * 1_000_000),
        (r'{"a": ["x", "\ud800"]}', r'{"a": ["x", "\ud800"]}'),
        (r'[{"\udfff": "x"}]', r'[{"\udfff": "x"}]'),
    ],
    ids=["none", "empty", "text", "object", "string", "deep", "surrogate in a list", "surrogate in a key"],
)
def test_read_gives_json_or_the_text_itself(text: str | None, observed: Any) -> None:
    assert read(text) == observed


@pytest.mark.parametrize("kinds", NESTINGS)
def test_what_is_read_is_nested_so_deeply_and_no_deeper(kinds: str) -> None:
    deepest = nested(MAX_DEPTH, NESTINGS[kinds])
    assert read(json.dumps(deepest)) == deepest
    text = json.dumps(nested(MAX_DEPTH + 1, NESTINGS[kinds]))
    assert read(text) == text


# equal


def test_all_spellings_of_the_documented_policy_are_equal() -> None:
    other = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "ram:CreateServiceLinkedRole",
                "Resource": ["acs:ram:*:Alibaba Cloud account ID:role/*"] * 2,
                "Condition": {"StringEquals": {"ram:ServiceName": "connect-customer-vpc.cr.aliyuncs.com"}},
            }
        ]
        * 2,
    }
    assert equal(parse(FAQ, WHERE), other)


def trust(principal: Any) -> dict[str, Any]:
    return document(statement(Action="sts:AssumeRole", Resource=ABSENT, Principal=principal))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(trust({"Service": "a"}), trust({"Service": ["a"]}), id="principal"),
        pytest.param(trust({"RAM": ["a", "b"]}), trust({"RAM": ["b", "a", "b"]}), id="principals"),
        pytest.param(
            document(statement(NotResource=["a", "b"])), document(statement(NotResource=["b", "a"])), id="NotResource"
        ),
        pytest.param(document(statement(Condition={})), document(), id="empty condition"),
        pytest.param(document(5, "x"), document("x", 5, 5), id="odd statements"),
        pytest.param("no JSON", "no JSON", id="text"),
        pytest.param(None, None, id="nothing"),
        pytest.param({"b": 1, "a": 2}, {"a": 2, "b": 1}, id="any object"),
        pytest.param(read("[NaN]"), read("[NaN]"), id="NaN"),
    ],
)
def test_equal(left: Any, right: Any) -> None:
    assert equal(left, right)
    assert equal(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(document(condition("true")), document(condition(True)), id="true in quotes"),
        pytest.param(document(condition(1)), document(condition(True)), id="one and true"),
        pytest.param(document(condition("1")), document(condition(1)), id="one in quotes"),
        pytest.param(document(condition([0])), document(condition([False])), id="zero and false in lists"),
        pytest.param(document(Version=1), document(Version=True), id="version"),
        pytest.param(document(1), document(True), id="odd statements"),
        pytest.param(document(Version="1"), document(Version=["1"]), id="list of version"),
        pytest.param(document(statement(Effect=["Allow"])), document(), id="list of effect"),
        pytest.param(document(Statement=statement()), document(statement()), id="statement out of its list"),
        pytest.param(document('{"a": 1}'), document({"a": 1}), id="statement as text"),
        pytest.param(
            document(statement(Action=["a:b", "c:d"])),
            document(statement(Action="a:b"), statement(Action="c:d")),
            id="statements are not joined",
        ),
        pytest.param(document(statement(Action="ecs:start*")), document(), id="case of action"),
        pytest.param(trust({"RAM": "a"}), trust({"Service": "a"}), id="kind of principal"),
        pytest.param(trust({"RAM": ["a"]}), trust({"RAM": ["a", "b"]}), id="one principal more"),
        pytest.param(document(statement(Condition={"Bool": {}})), document(), id="operator without keys"),
        pytest.param(document(statement(Condition=None)), document(), id="condition null"),
        pytest.param(document(statement(Condition=[])), document(), id="condition list"),
        pytest.param(document(statement(Resource=[])), document(statement(Resource=ABSENT)), id="empty list"),
        pytest.param(document(statement(Resource=None)), document(statement(Resource=ABSENT)), id="null"),
        pytest.param(["a", "b"], ["b", "a"], id="any list"),
        pytest.param(["a"], "a", id="any list of one"),
        pytest.param({"Action": "a"}, {"Action": ["a"]}, id="not within a statement"),
        pytest.param(document(), render(document()), id="document and its text"),
        pytest.param(None, "", id="none and empty"),
    ],
)
def test_not_equal(left: Any, right: Any) -> None:
    assert not equal(left, right)
    assert not equal(right, left)


def test_equal_survives_any_depth() -> None:
    deep: Any = "x"
    for dummy in range(200_000):
        deep = [deep]
    for value in (deep, {"a": deep}, document(deep), document(statement(Condition={"Bool": {"a": deep}}))):
        assert equal(value, value)
        assert not equal(value, document())
        assert not equal(document(), value)
    while isinstance(deep, list):  # taken apart by hand, for not every Python frees it safely
        deep = deep.pop()


# missing_actions


def test_the_documented_permissions_are_granted_once_they_are_statements_of_a_policy() -> None:
    whole = json.loads(f'{{"Version": "1", "Statement": [{BARE_STATEMENTS}]}}')
    assert missing_actions(whole, ROLE_ACTIONS) == []
    assert missing_actions(document(whole["Statement"][1]), ROLE_ACTIONS) == ROLE_ACTIONS[:5]


ASKED = ["ecs:StopInstance", "vpc:DescribeVpcs", "ecs:StartInstance"]


@pytest.mark.parametrize(
    ("observed", "missing"),
    [
        pytest.param(document(statement(Action="*")), [], id="all"),
        pytest.param(document(statement(Action=["*:*"])), [], id="all of all services"),
        pytest.param(document(statement(Action="ecs:*")), ASKED[1:2], id="service"),
        pytest.param(document(statement(Action="ECS:st??Instance")), ASKED[1:], id="question marks, case"),
        pytest.param(document(statement(Action="ecs:St*Inst*e")), ASKED[1:2], id="stars"),
        pytest.param(document(statement(Action="ecs:St?Instance")), ASKED, id="one question mark for two"),
        pytest.param(document(statement(Action="ecs:StopInstance*")), ASKED[1:], id="star for nothing"),
        pytest.param(document(statement(Action="ecs:Stop")), ASKED, id="prefix"),
        pytest.param(document(statement(Action="StopInstance")), ASKED, id="suffix"),
        pytest.param(document(statement(Action="ecs:[Ss]topInstance")), ASKED, id="brackets are letters"),
        pytest.param(document(statement(Action="ecs.StopInstance")), ASKED, id="dot is a dot"),
        pytest.param(document(statement(Action=ABSENT, NotAction=["vpc:*", "ecs:Stop*"])), ASKED[:2], id="NotAction"),
        pytest.param(document(statement(Action=ABSENT, NotAction=[])), ASKED, id="empty NotAction"),
        pytest.param(document(statement(Action=ABSENT)), ASKED, id="no action"),
        pytest.param(document(statement(Action=[5, None, "vpc:*"])), [ASKED[0], ASKED[2]], id="odd actions"),
        pytest.param(document(statement(Action="*", Resource=["a", "*"])), [], id="every resource among others"),
        pytest.param(document(statement(Action="*", Resource="acs:ecs:*:*:*")), ASKED, id="some resources"),
        pytest.param(document(statement(Action="*", Resource=ABSENT)), ASKED, id="no resource"),
        pytest.param(document(statement(Action="*", Condition={})), [], id="empty condition"),
        pytest.param(document(statement(Action="*", Condition={"Bool": {"a": "true"}})), ASKED, id="condition"),
        pytest.param(document(statement(Action="*", Effect="Deny")), ASKED, id="deny alone"),
        pytest.param(document(statement(Action="*", Effect="allow")), ASKED, id="effect's case"),
        pytest.param(
            document(statement(Action="*"), statement(Effect="Deny", Action="ECS:*")), [ASKED[0], ASKED[2]], id="deny"
        ),
        pytest.param(
            document(
                statement(Effect="Deny", Action="ecs:Stop*", Condition={"Bool": {"a": "b"}}), statement(Action="*")
            ),
            ASKED[:1],
            id="deny under a condition",
        ),
        pytest.param(
            document(statement(Action="*"), statement(Effect="Deny", Action="vpc:*", Resource="acs:vpc:*:*:vpc/x")),
            ASKED[1:2],
            id="deny for one resource",
        ),
        pytest.param(
            document(statement(Action="*"), statement(Effect="Deny", Action=ABSENT, NotAction="ecs:*")),
            ASKED[1:2],
            id="deny by NotAction",
        ),
        pytest.param(document(statement(Action="ecs:*"), statement(Action="vpc:*")), [], id="two statements"),
        pytest.param(document("x", None, statement(Action="*")), [], id="odd statements"),
        pytest.param(document(Statement=5), ASKED, id="no statements"),
        pytest.param({}, ASKED, id="empty"),
        pytest.param("no JSON", ASKED, id="text"),
        pytest.param(None, ASKED, id="nothing"),
    ],
)
def test_missing_actions(observed: Any, missing: list[str]) -> None:
    assert missing_actions(observed, iter(ASKED)) == missing


def test_patterns_of_many_stars_take_no_time() -> None:
    assert missing_actions(document(statement(Action="*a" * 50 + "b")), ["a" * 200]) == ["a" * 200]


# Trust policies

ECS = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs.aliyuncs.com"}}]}  # fmt: skip


def trusting(principal: Any, **more: Any) -> dict[str, Any]:
    return {"Version": "1", "Statement": [{**ECS["Statement"][0], "Principal": principal, **more}]}


@pytest.mark.parametrize(
    "principal",
    [
        {"RAM": "acs:ram::1000000000000001:root"},
        {"RAM": ["acs:ram::1000000000000001:user/a.b-c_d", "acs:ram::1000000000000001:role/r"]},
        {"RAM": "*"},
        {"RAM": "acs:ram::*:root"},
        {"Service": ["ecs.aliyuncs.com", "1000000000000001@log.aliyuncs.com"]},
        {"Federated": "acs:ram::1000000000000001:saml-provider/corp"},
        {"Federated": ["acs:ram::1000000000000001:oidc-provider/ci"]},
    ],
)
def test_principals_in_the_documented_forms(principal: dict[str, Any]) -> None:
    assert _document.parse_trust(trusting(principal), "trust_policy") == trusting(principal)
    assert _document.parse_trust(json.dumps(trusting(principal)), "trust_policy") == trusting(principal)


@pytest.mark.parametrize(
    "document, words",
    [
        (trusting({"RAM": "acs:ram::1000000000000001:user"}), 'RAM: "acs:ram::1000000000000001:user" is not a principal'),
        (trusting({"RAM": "acs:ram::1000000000000001:root\u200b"}), "U+200B"),
        (trusting({"Service": "ecs"}), 'Service: "ecs" is not a principal; write for example ecs.aliyuncs.com'),
        (trusting({"Federated": "corp"}), "saml-provider/<name>"),
        (trusting({"ram": "*"}), '"ram" is not a kind of principal; write RAM'),
        (trusting({"AWS": "*"}), '"AWS" is not a kind of principal; there are RAM, Service, Federated'),
        (trusting({}), "must have one of RAM, Service, Federated"),
        (trusting("*"), "must be an object"),
        (trusting({"RAM": []}), "must not be an empty list"),
        (trusting({"RAM": "*"}, NotPrincipal={}), "NotPrincipal is not in RAM's documentation"),
        (trusting({"RAM": "*"}, NotAction="x:y"), "NotAction is not in RAM's documentation of trust policies"),
        (trusting({"RAM": "*"}, Condtion={}), 'unknown element "Condtion"; write Condition'),
        ({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}, "Principal: is missing"),
        ({"Version": "1", "Statement": [{"Effect": "Allow", "Principal": {"RAM": "*"}}]}, 'Action: is missing; write "sts:AssumeRole"'),
        ({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]}, "it looks like a permission policy"),
    ],
)  # fmt: skip
def test_what_is_no_trust_policy(document: Any, words: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        _document.parse_trust(document, "trust_policy")
    assert caught.value.message.startswith("trust_policy") and words in caught.value.message


def test_a_trust_policy_given_as_permission_policy() -> None:
    with pytest.raises(DeclarationError, match="it looks like the trust policy of a role"):
        _document.parse(ECS, "document")


@pytest.mark.parametrize(
    "document, words",
    [
        (ECS, []),
        (trusting({"RAM": "acs:ram::1:root"}, Sid="x"), ["no element \"Sid\" (a statement has Effect, Action, Principal, Condition)"]),
        (trusting({"RAM": "*"}), ["lets the users and roles of every account assume the role"]),
        (trusting({"RAM": "acs:ram::*:root"}), ["every account"]),
        (trusting({"RAM": "*"}, Condition={"StringEquals": {"sts:ExternalId": "x"}}), []),
        (trusting({"RAM": "*"}, Effect="Deny"), []),
        (trusting({"Service": "ecs.aliyuncs.com"}, Action="oss:*"), ["the statement lets nobody in"]),
        (trusting({"Service": "ecs.aliyuncs.com"}, Action=["sts:SetSourceIdentity", "sts:AssumeRole"]), []),
        (trusting({"Service": "ecs.aliyuncs.com"}, Action="sts:*"), []),
    ],
)  # fmt: skip
def test_what_a_trust_policy_is_warned_of(document: Any, words: list[str]) -> None:
    found = _document.lint(document, "trust_policy", _document.TRUST)
    assert len(found) == len(words) and all(word in text for word, text in zip(words, found)), found


@pytest.mark.parametrize(
    "document, accounts",
    [
        (trusting({"RAM": ["acs:ram::1:root", "acs:ram::2:user/x"]}), {"1", "2"}),
        (trusting({"RAM": "acs:ram::1:root"}, Condition={"Bool": {"acs:MFAPresent": "true"}}), set()),
        (trusting({"RAM": "acs:ram::1:root"}, Effect="Deny"), set()),
        (trusting({"RAM": "*"}), {"*"}),
        (ECS, set()),
        ("no document", set()),
        (None, set()),
    ],
)
def test_which_accounts_are_trusted(document: Any, accounts: set[str]) -> None:
    assert _document.trusted_accounts(document) == accounts
