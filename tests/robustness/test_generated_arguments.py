# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated bad values for every option there is: a clear error before any write, or done exactly as declared.

The options come from the argument specifications, so none is left out. ``HOSTILE_EXAMPLES`` in the environment sets
how many examples are tried for each module; as it comes, a few.
"""

from __future__ import annotations

import copy
import json
import math
import pathlib
import random
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import ansible.release
import hypothesis
import pytest
import yaml
from hypothesis import strategies as st

from ansible_collections.alicloud.ram.plugins.inventory import resource_directory
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import CONNECTION_SPEC
from ansible_collections.alicloud.ram.plugins.module_utils._engine.placeholders import substituted
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.tests.lib import emulated, inprocess
from ansible_collections.alicloud.ram.tests.lib.amounts import THOROUGH, amount
from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE, document, statement, trust
from ansible_collections.alicloud.ram.tests.lib.paths import COLLECTION, MODULES

EXAMPLES = amount(40, 1000)
MODERN = tuple(map(int, ansible.release.__version__.split(".")[:2])) >= (2, 19)
SEVERAL = "several.example.aliyuncs.com"
DOCUMENTS = ("document", "trust_policy")
PROSE = ("description", "comments", "display_name")
SECRETS = ("access_key_secret", "security_token", "external_id", "proxy")
# Whoever evaluates this says so, and leaves a file behind.
TRAP = "{{ lookup('ansible.builtin.pipe', 'touch trap; echo evalu' ~ 'ated') }}"
GOOD = document(statement("oss:*"))

SEED = {
    "users": [{"name": "alice"}],
    "groups": [{"name": "ops"}],
    "roles": [{"name": "ci", "trust_policy": trust("ecs.aliyuncs.com", kind="Service")}],
    "policies": [{"name": "held", "document": GOOD}],
}
# A good value for each option that a task needs.
FILL: dict[str, Any] = {
    "name": "p",
    "document": GOOD,
    "trust_policy": trust("ecs.aliyuncs.com", kind="Service"),
    "email": "a@example.com",
    "mobile_phone": "86-18600008888",
    "user_name": "alice",
    "group_name": "ops",
    "role_name": "ci",
    "service_name": SERVICE,
    "policies": [{"name": "held"}],
    "users": ["alice"],
    "actions": ["ram:GetRole"],
    "resources": ["acs:ram:*:${account_id}:role/ci"],
}


def deep(levels: int) -> Any:
    value: Any = "x"
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


TEXTS = [
    "", " ", "\n", "x\ny", "x\r\nInjected: y", "\x00", "a\x00b", "\x1b[31mred", "\x7f", "x" * 129, "x" * 1025, "x" * 70000,
    "\ud800", "a\udfff", "\u202eright to left", "שלום", "e\u0301", "\u200b", "p\u200b", "\ufeffp", "𝒑", "付款", "ｐ", "１",
    "{{ 7 * 7 }}", TRAP, "{% if true %}x{% endif %}", "{# x #}", "{{", "%}", "#jinja2:x:1\n", "${name}", "${account_id}",
    "${", "$${", "${ {", "$HOME", "~", "~nobody/x", "~\x00", "`id`", "$(id)", "; rm x", "../../etc/passwd", "/", "/dev/zero",
    "/dev/null", "/nowhere", ".", "..", "-", "--help", "'", '"', "\\", "null", "None", "true", "no", "0", "-1", "1e3", "nan",
    "inf", "-inf", "1e999999999", "0x10", "1" * 5000, "٣", "[]", "{}", '{"a": 1}', "[1", '{"Version": NaN}', "[" * 5000, "a,b",
    "http://", "https://x:99999", "http://[::1", "http://a b:1", "http://u:p\u00e9@h:1", "http://h\n:1", "[::1]", "[:::]", "a..b",
    "x" * 64 + ".y", "acs:ram::1:role/r", "acs:ram::1:role/\n", "Infinity", "100%", "101%", "%s%n", "\u2028", "a\tb", "p ", " p",
]  # fmt: skip
OTHERS = [
    None, True, False, 0, 1, -1, 2**31, 2**63, 10**18, -(10**18), 10**400, 0.0, -0.0, 1.5, -2.5, 5e-324, 1e308, 1e300,
    math.nan, math.inf, -math.inf, [], {}, [None], [[]], [{}], {"": ""}, {"a": None}, {"a": [{"b": 1}]}, ["x", 1, None, {}],
    {"{{ 7 * 7 }}": TRAP}, {"\ud800": "x"}, {"a": "\ud800"}, deep(40), deep(70), deep(400), deep(900), [[] for dummy in range(999)],
    {**GOOD, "Version": 1}, {"Version": "1", "Statement": deep(50)}, {"k": "v" * 257}, {"k" * 129: "v"}, {"ключ": "значение\u202e"},
]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(TEXTS),
    st.sampled_from(OTHERS),
    st.text(max_size=20),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Mn", "Lo"]), min_size=1, max_size=8),
    st.builds("".join, st.lists(st.sampled_from(TEXTS[:-20]), min_size=2, max_size=3)),
    st.lists(st.sampled_from(TEXTS + OTHERS), max_size=3),
    st.dictionaries(st.sampled_from(TEXTS), st.sampled_from(TEXTS + OTHERS), max_size=3),
    st.integers(),
    st.floats(),
)


def paths_of(spec: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where each option and suboption of a specification is."""
    for name, option in spec.items():
        yield (*above, name)
        yield from paths_of(option.get("options") or {}, (*above, name))


def options_of(
    spec: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Each option and suboption of a specification, with its path."""
    for name, option in spec.items():
        yield (*above, name), option
        yield from options_of(option.get("options") or {}, (*above, name))


def filled(spec: Mapping[str, Any], keep: Any = ()) -> dict[str, Any]:
    """The options that are required, with good values; of users, groups and roles to ask about, some are."""
    return {
        name: copy.deepcopy(FILL[name])
        for name, option in spec.items()
        if option.get("required") or name in keep or (name, option.get("elements")) == ("users", "str")
    }


def set_at(arguments: dict[str, Any], spec: Mapping[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Put a value where the path leads, with all around it good."""
    name, *rest = path
    if not rest:
        arguments[name] = value
        return
    options = spec[name]["options"]
    inner = arguments.get(name)
    if not inner:
        inner = filled(options, DOCUMENTS)
        inner = arguments[name] = [inner] if spec[name]["type"] == "list" else inner
    inner = inner[0] if isinstance(inner, list) else inner
    set_at(inner, options, tuple(rest), value)


@pytest.fixture(name="clean", autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """Nothing of the user's; a directory of its own, where a trap would show."""
    inprocess.forget_the_user(monkeypatch, tmp_path)
    resolve = socket.getaddrinfo

    def loopback_only(host: Any, *arguments: Any, **options: Any) -> Any:
        if host not in ("127.0.0.1", "::1"):
            raise socket.gaierror(socket.EAI_NONAME, "not in a test")
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", loopback_only)


def connection(there: Any) -> dict[str, Any]:
    """The shared options for an account, impatient."""
    endpoints = {f"{service}_endpoint": there.emulator.endpoint for service in ("ram", "sts", "resourcemanager")}
    key = {"access_key_id": there.access_key_id, "access_key_secret": there.access_key_secret}
    times = {"retry_timeout": 0, "consistency_timeout": 0, "connect_timeout": 5, "read_timeout": 5}
    return {**endpoints, **key, **times, "ca_bundle": there.emulator.ca_bundle}


def names(message: str, path: tuple[str, ...], value: Any) -> bool:
    """Whether a message says which option is meant, or shows the value that is."""
    said = {path[-1], path[-1].replace("_", " "), path[0], str(value)}
    if path[-1] in SECRETS:
        return True  # a secret of one letter takes that letter out of all texts
    if path[-1].endswith(("_endpoint", "_timeout")) and "cannot be reached: " in message:
        return True  # a good value, with which the endpoint that is told does not answer
    if isinstance(value, str) and value.strip():
        said |= {value, repr(value)[1:60]}
    return any(text in message for text in said)


def stored_as_declared(state: dict[str, Any], entry: Mapping[str, Any]) -> None:
    """What the service keeps of a custom policy is what was declared, to the byte."""
    entry = substituted(
        {name: entry.get(name) for name in ("name", "description", "tags", "managed_by")},
        {"account_id": state["account_id"]},
    )
    found = state["policies"][str(entry["name"])]
    if entry.get("description"):
        assert found["description"] == str(entry["description"])
    tags = entry.get("tags") or {}
    tags = {} if isinstance(tags, str) else tags  # JSON or key=value, which Ansible reads
    declared = {str(key): "" if value is None else str(value) for key, value in tags.items()}
    if entry.get("managed_by"):
        declared["managed-by"] = str(entry["managed_by"])
    assert declared.items() <= found["tags"].items()


@pytest.mark.parametrize("module", MODULES)
def test_any_value_of_any_option(module: str, account: Any, tmp_path: pathlib.Path) -> None:
    spec = inprocess.spec_of(module)
    paths = list(paths_of(spec))
    here = [account(**SEED)]

    @hypothesis.settings(
        deadline=None,
        max_examples=EXAMPLES,
        database=None,
        derandomize=not THOROUGH,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate, hypothesis.Phase.shrink],
    )
    @hypothesis.given(path=st.sampled_from(paths), value=VALUES)
    def refused_or_exact(path: tuple[str, ...], value: Any) -> None:
        there = here[0]
        arguments = {**connection(there), **filled(spec, DOCUMENTS)}
        if path[0] == "profile":
            del arguments["access_key_id"], arguments["access_key_secret"]
        set_at(arguments, spec, path, value)
        try:
            result = inprocess.run(module, arguments)
        except (RecursionError, ValueError, TypeError):
            # Arguments that are no JSON: the plugin leaves them to Ansible, or refuses them by name.
            assert not can_be_json(value)
            return
        assert not list(tmp_path.rglob("trap")) and "evaluated" not in json.dumps(result)
        assert there.access_key_secret not in json.dumps(result)
        if result.get("failed"):
            message = result["msg"]
            if not message.startswith(inprocess.OF_ANSIBLE):
                shown = message.replace(value, "") if isinstance(value, str) and value else message
                assert not inprocess.INTERNAL.search(shown) and len(message) < 3000, message[:3000]
            assert names(message, path, value), message
            assert not result.get("changed") and there.writes() == [], message
            return
        if there.writes():
            for entry in [arguments] if module == "policy" else arguments.get("policies") or []:
                if "document" in entry and entry.get("state") in (None, "present"):
                    stored_as_declared(there.state, entry)
            assert not inprocess.run(module, arguments)["changed"]
            here[0] = account(**SEED)

    refused_or_exact()


# Characters that nobody sees, one of each sort, and some that look like ASCII ones.
UNSEEN = [
    " ", "\n", "\t", "\x00", "\x1b", "\x7f", "\x85", "\x9b", "\xa0", "\xad", "\u034f", "\u061c", "\u115f", "\u1680", "\u17b4",
    "\u180b", "\u180e", "\u2003", "\u200b", "\u200d", "\u200e", "\u2028", "\u2029", "\u202e", "\u2060", "\u2066", "\u2800",
    "\u3000", "\u3164", "\ue000", "\ufe0f", "\ufeff", "\uffa0", "\ufff9", "\ufffe", "\uffff", "\U0001d173", "\U000e0001",
    "\U000e0041", "\U000e0100",
]  # fmt: skip
ALIKE = ["\u2010", "\u2011", "\u2013", "\u2212", "\u2018", "\u201d", "\u02bc", "\u2044", "\u2215", "\u2217", "\u2236",
         "\u2024", "\u3002", "\uff0a", "\uff0d", "\uff1a", "\uff1f", "\uff21", "\uff3f", "\ufe63"]  # fmt: skip
# Options that take any text: what is most likely a mistake there is warned of.
FREE = {*PROSE, "email", "mobile_phone", "managed_by", "tags", "variables"}


def some_of(place: str) -> list[str]:
    """A few of the characters, where each costs a run to the end."""
    every = UNSEEN + ALIKE
    return amount(random.Random(place).sample(every, 10), every)


def code_point(char: str) -> str:
    return f"U+{ord(char):04X} "


def spoilt(value: Any, char: str) -> str:
    """The value as text with the character in it, where it is one of a few that matter, and at its end else."""
    text = str(value)
    return text[:2] + char + text[2:] if char in ALIKE else text + char


def is_told(message: str, char: str, place: str) -> bool:
    """Whether a message names the place and the character, and shows nothing raw."""
    return code_point(char) in message and place in message and not inprocess.is_raw(message)


TEXT_PATHS = {
    (module, path): option
    for module in MODULES
    for path, option in options_of(inprocess.spec_of(module))
    # The shared options are those of any module.
    if path[0] not in CONNECTION_SPEC or module == "policy"
    if path[-1] not in (*SECRETS, "access_key_id", *DOCUMENTS) and option["type"] not in ("list", "dict", "path")
}


@pytest.mark.parametrize("module", MODULES)
def test_what_nobody_sees_in_any_option(module: str, account: Any) -> None:
    there, spec = account(**SEED), inprocess.spec_of(module)
    good = {"int": 5, "float": 5, "bool": "true", "account_id": there.account_id, "role_arn": "acs:ram::1:role/r",
            "type": "Custom", "max_failures": "10%", "state": "present"}  # fmt: skip
    for (dummy, path), option in ((key, option) for key, option in TEXT_PATHS.items() if key[0] == module):
        name = path[-1]
        free = name in FREE or (name == "name" and path[0] == "accounts")
        for char in some_of(str(path)) if free else UNSEEN + ALIKE:
            stripped = char in " \n\t" and (
                name.endswith(("_endpoint", "account_id", "max_failures")) or option["type"] != "str"
            )
            prose = char in ALIKE and name in PROSE
            if stripped or prose or (char in " \n\t" and (option.get("choices") or name == "profile")):
                continue  # is taken away, or meant, or in plain sight
            arguments = {**connection(there), **filled(spec, DOCUMENTS)}
            value = good.get(name) or good.get(option["type"]) or FILL.get(name, "word")
            if path[0] == "profile":
                del arguments["access_key_id"], arguments["access_key_secret"]
            set_at(arguments, spec, path, spoilt(value, char))
            if "assume_role" in path:
                beside = {"account_id": "role_name", "role_name": "account_id", "role_arn": "session_name"}.get(
                    name, "role_arn"
                )
                set_at(arguments, spec, (*path[:-1], beside), good.get(beside, "Access"))
            elif path[:-1] == ("accounts",) or name == "max_failures":
                arguments.setdefault("accounts", [{}])
                arguments["accounts"][0] = {"account_id": there.account_id, **arguments["accounts"][0]}
            result = inprocess.run(module, arguments, check_mode=True)
            if free and result.get("failed"):  # for another reason, so nothing is sent that could be warned of
                assert "warnings" not in result, (path, char, result)
            elif free:
                assert [is_told(text, char, name) for text in result["warnings"]] == [True], (path, char, result)
            else:
                assert result.get("failed"), (path, char, result)
            assert free or is_told(result["msg"], char, name.replace("_", " ")) or is_told(result["msg"], char, name), (
                result
            )
    assert there.writes() == []


# A place in a document, and whether a mistake there is refused.
PLACES: dict[str, tuple[Any, bool]] = {
    "Action": (lambda text: document(statement(text("oss:Get*"))), True),
    "NotAction": (lambda text: in_statement(Action=None, NotAction=["oss:*", text("oss:Get*")]), True),
    "RAM's resource": (lambda text: in_statement(Resource="acs:ram:*:*:" + text("role/x")), True),
    "every resource": (lambda text: in_statement(Resource=["acs:oss:*:*:x", text("*")]), True),
    "head of a resource": (lambda text: in_statement(Resource="acs:" + text("oss") + ":*:*:bucket/x"), True),
    "operator": (lambda text: in_statement(Condition={text("StringEquals"): {"acs:SourceIp": "x"}}), True),
    "operator with a prefix": (lambda text: in_statement(Condition={text("ForAllValues:Bool"): {"a:b": "x"}}), True),
    "condition key": (lambda text: in_statement(Condition={"StringLike": {text("acs:SourceIp"): "x"}}), True),
    "condition key of a tag": (lambda text: in_statement(Condition={"Bool": {text("ecs:tag") + "/x": "x"}}), True),
    "element": (lambda text: in_statement(**{text("Comment"): "x"}), True),
    "element of the document": (lambda text: {**GOOD, text("Comment"): "x"}, True),
    "Effect": (lambda text: in_statement(Effect=text("Allow")), True),
    "Version": (lambda text: {**GOOD, "Version": text("1")}, True),
    "object of a resource": (lambda text: in_statement(Resource="acs:oss:*:*:" + text("bucket/x")), False),
    "free resource": (lambda text: in_statement(Resource=[text("bucket")]), False),
    "tag of a condition key": (lambda text: in_statement(Condition={"Bool": {"ecs:tag/" + text("team"): "x"}}), False),
    "condition value": (lambda text: in_statement(Condition={"StringEquals": {"a:b": ["x", text("value")]}}), False),
}


def in_statement(**elements: Any) -> dict[str, Any]:
    changed = {**GOOD["Statement"][0], **elements}
    return document({key: item for key, item in changed.items() if item is not None})


@pytest.mark.parametrize("place", PLACES)
def test_what_nobody_sees_in_a_document(place: str) -> None:
    make, refused = PLACES[place]
    where = "document of policy 'p'"
    inner = where if place in ("element of the document", "Version") else f"{where}: statement 1"
    # A blank between two words can be seen; and what is no asterisk may be the name of an object.
    visible = {"head of a resource": [" "], "every resource": ALIKE}.get(place, [])
    for char in [*UNSEEN, *ALIKE]:
        if char in visible:
            continue
        declared = make(lambda text, char=char: spoilt(text, char))
        warnings = _document.lint(declared, where)
        try:
            _document.parse(declared, where)
        except DeclarationError as error:
            assert refused, (char, error.message)
            # The value is shown, with its escapes, beside the few that are right.
            escaped = place in ("Effect", "Version") and ("\\" in error.message or char == " ")
            assert escaped or is_told(error.message, char, inner), error.message
            assert error.message.isprintable() and error.message.startswith(inner)
        else:
            assert not refused, (place, char)
            assert [is_told(text, char, inner) for text in warnings] == [True], (place, char, warnings)


def test_what_nobody_sees_in_tags_and_variables(account: Any) -> None:
    there = account(**SEED)
    for char in some_of("tags"):
        text = spoilt("team", char)
        base = {**connection(there), "name": "p", "document": GOOD}
        told = inprocess.run("policy", {**base, "tags": {"x": text, text: "y"}}, check_mode=True)["warnings"]
        assert [is_told(warning, char, "tags: the ") for warning in told] == [True, True], (char, told)
        entry = {"account_id": there.account_id, "name": text, "variables": {"x": text}}
        fleet = {
            **connection(there),
            "accounts": [entry],
            "policies": [{"name": "p", "document": GOOD, "description": "${x}."}],
        }
        told = inprocess.run("baseline", fleet, check_mode=True)["warnings"]
        places = ["accounts entry 1: name: ", "accounts entry 1: variables: the value of 'x'"]
        assert [is_told(warning, char, place) for warning, place in zip(told, places)] == [True, True], (char, told)


def can_be_json(value: Any) -> bool:
    try:
        json.loads(json.dumps(value))
    except (RecursionError, ValueError, TypeError):
        return False
    return True


def test_all_options_are_tried() -> None:
    for module in MODULES:
        tried = set(paths_of(inprocess.spec_of(module)))
        assert {(name,) for name in CONNECTION_SPEC} <= tried and ("assume_role", "external_id") in tried
    assert ("accounts", "assume_role", "external_id") in set(paths_of(inprocess.spec_of("baseline")))
    assert ("user_policies", "policies", "type") in set(paths_of(inprocess.spec_of("baseline")))


# With ansible-playbook

# Half surrogate pairs are not among these: Ansible's own templating refuses them.
NASTY: list[tuple[str, str, dict[str, Any]]] = [
    # what the message begins with, or nothing where it is done exactly; the module; options
    ("", "policy", {"name": "p1", "document": GOOD, "description": TRAP, "tags": {"x": TRAP, "{{ 7 * 7 }}": "$${x}"}}),
    ("", "policy", {"name": "p2", "document": GOOD, "description": "a\x00\x1b[1m\r\n\t\u202e\u200be\u0301 𝒑 付款 {% x"}),
    ("", "policy", {"name": "p3", "document": json.dumps({**GOOD, "Statement": [{**GOOD["Statement"][0], "Resource": f"acs:oss:*:*:{TRAP}"}]})}),
    ("name: ", "policy", {"name": TRAP, "document": GOOD}),
    ("description: ${x} is not a variable", "policy", {"name": "p", "document": GOOD, "description": "${x}"}),
    ("document: it is nested", "policy", {"name": "p", "document": {"Version": "1", "Statement": deep(100)}}),
    ("tags: ", "policy", {"name": "p", "document": GOOD, "tags": {"a": ["b"]}}),
    ("managed_by: ", "policy", {"name": "p", "document": GOOD, "managed_by": ""}),
    ("assume_role: it is true or false, where a mapping", "policy", {"name": "p", "document": GOOD, "assume_role": True}),
    ("ca_bundle: 'a\\x00b' (it has U+0000 NUL as its character 2) cannot", "policy", {"name": "p", "document": GOOD, "ca_bundle": "a\x00b"}),
    ("ca_bundle: '/dev/zero' cannot", "policy", {"name": "p", "document": GOOD, "ca_bundle": "/dev/zero"}),
    ("connect_timeout: ", "policy", {"name": "p", "document": GOOD, "connect_timeout": 10**400}),
    ("proxy: ", "policy", {"name": "p", "document": GOOD, "proxy": "http://h\n:1"}),
    ("The options access_key_id and access_key_secret: access_key_id contains", "policy",
     {"name": "p", "document": GOOD, "access_key_id": "LTAI\nx"}),
    ("max_concurrency: inf is not", "baseline", {"accounts": [{"account_id": "1"}], "max_concurrency": math.inf}),
    ("assume_role_rate: 5e-324 is not", "baseline", {"accounts": [{"account_id": "1"}], "assume_role_rate": 5e-324}),
    ("policies entry 1: it is null", "baseline", {"policies": [None]}),
    ("user_policies: it is a number, where a list", "baseline", {"user_policies": 7}),
    ('document of policy \'p\': statement 1: Action: "cr\\u2011ee:*" is not an action, because it has U+2011', "policy",
     {"name": "p", "document": document(statement("cr\u2011ee:*"))}),
    ("policies entry 1: document of policy 'p': statement 1: Action: ", "baseline",
     {"policies": [{"name": "p", "document": json.dumps(document(statement("cr\u200b:*")))}]}),
    ("name: 'p\\xa0' (it ends with U+00A0 NO-BREAK SPACE) is not", "policy", {"name": "p\u00a0", "document": GOOD}),
    ("state: 'pre\\xadsent' has U+00AD SOFT HYPHEN", "policy", {"name": "p", "document": GOOD, "state": "pre\u00adsent"}),
    ("'na\\u200bme' (it has U+200B ZERO WIDTH SPACE as its character 3) is not the name of an option", "policy",
     {"name": "p", "na\u200bme": "q", "document": GOOD}),
]  # fmt: skip


@pytest.mark.skipif(not MODERN, reason="earlier releases evaluate what from_json gives")
def test_with_ansible_playbook(account: Any, playbook: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "nasty.json").write_text(json.dumps([options for dummy, dummy, options in NASTY]), encoding="utf-8")
    there = {host: account(**SEED) for host in ("inside", "outside")}
    hosts = {
        host: {"shared": key.options, "alicloud_ram_inside_worker": host == "inside"} for host, key in there.items()
    }
    tasks = [
        {
            "name": str(number),
            f"alicloud.ram.{module}": {
                name: f"{{{{ (nasty[{number}] | dict2items)[{at}].value }}}}" for at, name in enumerate(options)
            },
            "ignore_errors": True,
        }
        for number, (dummy, module, options) in enumerate(NASTY)
    ]
    # Texts that come from a file are data, as those of any lookup are.
    nasty = f"{{{{ lookup('ansible.builtin.file', '{tmp_path}/nasty.json') | from_json }}}}"
    play = {"tasks": tasks, "vars": {"nasty": nasty}}
    shared = {name: "" for name in there["inside"].options}
    run = playbook(
        [{"hosts": "all", **play}],
        inventory={"all": {"hosts": hosts}},
        defaults=shared,
        # From Python 3.13 on, an ordinary module cannot log a NUL, and Ansible fails.
        environment={"ANSIBLE_INJECT_FACT_VARS": "false", "ANSIBLE_NO_TARGET_SYSLOG": "true"},
    )
    assert "Traceback" not in run.output and not list(tmp_path.rglob("trap"))
    for number, (begins, dummy, dummy) in enumerate(NASTY):
        inside, outside = (run.of(str(number), host) for host in ("inside", "outside"))
        assert inside.get("msg") == outside.get("msg"), number
        assert {item["outcome"] for item in run.results if item["task"] == str(number)} == {
            "failed" if begins else "ok"
        }
        assert (inside.get("msg") or "").startswith(begins), (number, inside)
        assert inside["changed"] == outside["changed"] == (not begins), number
        assert inside.get("warnings") == outside.get("warnings"), number
    (warning,) = run.of("1", "inside")["warnings"]
    assert warning == "description: it has U+0000 NUL as its character 2. It is used as it is."
    shown = run.output.replace("\n", "")
    assert not any(inprocess.is_raw(line) for line in run.stderr.splitlines()) and "\x1b" not in shown
    for key in there.values():
        good = [options for begins, dummy, options in NASTY if not begins]
        for options in good:
            stored_as_declared(key.state, options)
        assert key.writes() == ["CreatePolicy"] * len(good)


ROLE = yaml.safe_load(
    (COLLECTION / "roles" / "acr_vpc_access" / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
)["argument_specs"]["main"]["options"]
# Of each kind that a variable can be, what is bad for it. Ansible's own validation of a role's variables does not survive
# infinity for a whole number, nor a number for a mapping; the role has no say in that.
BAD: dict[str, list[Any]] = {
    "str": ["", " ", TRAP, "x\ny", "a\x00b", "x" * 200, "付款", ["a"], {"a": "b"}],
    "list": [7, {"a": "b"}, [TRAP], [["x y"]], [{}], "a b"],
    "int": ["many", -1, 0, 1.5, 10**30, [], TRAP],
    "float": ["soon", -1, math.nan, [], TRAP],
    "bool": ["perhaps", 7, [], TRAP],
    "dict": ["x", ["a"]],
    # acr_vpc_access_accounts
    "raw": [7, "x", '[{"account_id": "1"}]', {"account_id": "1"}, [7], ["x"], [None], [{"acount_id": "1"}], [TRAP]],
}


def some(values: list[Any], name: str) -> list[Any]:
    return amount(random.Random(name).sample(values, 2), values)


def test_any_variable_of_the_role(account: Any, playbook: Any, tmp_path: pathlib.Path) -> None:
    there = account(**SEED)
    cases = [(name, value) for name, option in ROLE.items() for value in some(BAD[option["type"]], name)]
    cases += [("acr_vpc_access_accounts", [{"account_id": "1", name: value}])
              for name, option in ROLE["acr_vpc_access_accounts"]["options"].items()
              for value in some(BAD[option["type"]], name) if name != "name"]  # fmt: skip
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    there_is = f"{{{{ lookup('ansible.builtin.file', '{tmp_path}/cases.json') | from_json }}}}"
    tasks = [
        {
            "block": [
                {"ansible.builtin.include_role": {"name": "alicloud.ram.acr_vpc_access"}, "name": f"role {number}"}
            ],
            "rescue": [
                {"name": f"rescued {number}", "ansible.builtin.debug": {"msg": "{{ ansible_failed_result.msg }}"}}
            ],
            "vars": {name: f"{{{{ cases[{number}][1] }}}}"},
            "check_mode": True,
        }
        for number, (name, dummy) in enumerate(cases)
    ]
    run = playbook([{"hosts": "all", "tasks": tasks, "vars": {"cases": there_is, "alicloud_ram_inside_worker": True}}],
                   account=there)  # fmt: skip
    assert "Traceback" not in run.output and "evaluated" not in run.output and not list(tmp_path.rglob("trap"))
    assert there.writes() == []
    messages = {
        item["task"]: item["result"].get("msg", "") for item in run.results if item["task"].startswith("rescued")
    }
    refused = 0
    for number, (name, value) in enumerate(cases):
        message = messages.get(f"rescued {number}")
        if message is None:
            continue
        refused += 1
        shown = json.dumps(message, ensure_ascii=False)
        assert (name if name.startswith("acr_vpc_access_") else "acr_vpc_access_accounts entry 1") in message, message
        assert not inprocess.INTERNAL.search(shown.replace("<class ", "")), (name, value, message)
    assert refused > 0.7 * len(cases)


INVENTORY = yaml.safe_load(resource_directory.DOCUMENTATION)["options"]
# A text with braces is a template here, as the documentation says. A number beyond all bounds is one for Ansible, which
# converts the options before the plugin sees them.
ODD = [None, "", " ", "x\ny", "a\x00b", "x" * 200, "付款", "{{ 7 * ", 7, -1, 1.5, math.inf, math.nan, True, [], {}, ["a"],
       [None], [["a"]], {"a": "b"}, {"a": {"b": []}}, {1: 2}, deep(70)]  # fmt: skip
# Reads each inventory that it is given, and says what Ansible says of it.
READ = """
import contextlib, io, json, sys
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader([])
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
told = []
for path in sys.argv[1:]:
    text = io.StringIO()
    with contextlib.redirect_stderr(text), contextlib.redirect_stdout(text):
        try:
            hosts = list(InventoryManager(DataLoader(), sources=[path]).hosts)
        except Exception as error:
            hosts = []
            print(f"RAISED {type(error).__name__}: {error}")
    told.append([text.getvalue(), hosts])
print(json.dumps(told))
"""


def test_any_option_of_the_inventory(account: Any, emulator: Any, tmp_path: pathlib.Path) -> None:
    there = account()
    names = sorted({*INVENTORY, *CONNECTION_SPEC, "compose", "groups", "keyed_groups", "strict"} - {"plugin"})
    cases = [(name, value) for name in names for value in amount(some(ODD * 2, name), ODD)]
    good = {"plugin": "alicloud.ram.resource_directory", **connection(there)}
    paths = []
    for number, (name, value) in enumerate(cases):
        path = tmp_path / f"{number}.resource_directory.yml"
        path.write_text(yaml.safe_dump({**good, name: value}, allow_unicode=True), encoding="utf-8")
        paths.append(str(path))
    completed = subprocess.run(
        [sys.executable, "-c", READ, *paths],
        env={**emulated.clean_environment(tmp_path), "ALIBABA_CLOUD_RAM_ENDPOINT": emulator.endpoint},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert completed.returncode == 0, completed.stderr
    for (name, value), (text, hosts) in zip(cases, json.loads(completed.stdout.splitlines()[-1])):
        words = " ".join(text.split())
        assert hosts == [] and "Traceback" not in words and "RAISED" not in words, (name, value, words)
        clear = not inprocess.INTERNAL.search(words.replace("<class ", "")) or "unable to convert" in words
        assert clear or not MODERN, (name, value, words)  # earlier releases of Ansible have such words of their own
        assert name in words or "GetResourceDirectory" in words, (name, value, words)
    assert there.writes() == []
