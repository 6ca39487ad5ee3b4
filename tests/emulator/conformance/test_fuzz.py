# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests of all kinds over plain sockets: whatever comes in, the emulator answers, and changes nothing unsigned.

THOROUGH=1 tries 5000 requests, or more, for each of the tests.
"""

from __future__ import annotations

import dataclasses
import http.client
import itertools
import json
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

import hypothesis
import pytest
from hypothesis import strategies as st

from alicloud_emulator.operations import FAMILIES
from alicloud_emulator.registry import OPERATIONS, VERSIONS
from alicloud_emulator.server import MAX_LINE
from ansible_collections.alicloud.ram.tests.lib.amounts import amount

from . import signing
from .clients import camel
from .conftest import Emulator
from .sample_account import CALLS, SAMPLE, TRUST
from .signing import FORM, Key, Message
from .test_documents import any_json, damaged, documents

assert FAMILIES  # they fill the table of operations

# One account that calls change as they like, and one that nothing may change but what is signed.
ACCOUNT, QUIET = "1000000000000001", "1000000000000002"
ADMIN, READER = Key("LTAIadmin", "secret-a"), Key("STS.reader", "secret-r", "token-r")
NOBODY = Key("LTAInobody", "secret-n")
KEEPER, GUEST = Key("LTAIkeeper", "secret-k"), Key("STS.guest", "secret-g", "token-g")
TIMEOUT = 10  # seconds; an answer that takes longer is none


def given(*args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    """Hypothesis's own, without its judgement of time, and with as many examples as are asked for."""
    patient = hypothesis.settings(
        deadline=None,
        max_examples=amount(75, 5000),
        suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
    )
    return lambda test: patient(hypothesis.given(*args, **kwargs)(test))


# The wire


@dataclasses.dataclass
class Answer:
    status: int
    headers: Mapping[str, str]  # by lower-case name
    body: bytes

    def read(self) -> tuple[str, dict[str, Any]]:
        """The name of the XML's root, or nothing for JSON; and the values under the root."""
        if self.headers["content-type"] == "application/json;charset=utf-8":
            found: dict[str, Any] = json.loads(self.body)
            return "", found
        assert self.headers["content-type"] == "text/xml;charset=utf-8"
        root = ElementTree.fromstring(self.body)
        return root.tag, {child.tag: child.text or "" for child in root}


class Wire:
    """A connection to the emulator, made again whenever that has closed it."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self._socket: Any = None

    def close(self) -> None:
        if self._socket:
            self._socket.close()
        self._socket = None

    def exchange(self, data: bytes, method: str = "POST") -> Answer | None:
        """The answer to these bytes; none where the connection was closed instead."""
        if self._socket is None:
            host, port = self.emulator.endpoint.split(":")
            plain = socket.create_connection((host, int(port)), TIMEOUT)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = self.emulator.context.wrap_socket(plain, server_hostname=host)
        response = http.client.HTTPResponse(self._socket, method=method)
        try:
            self._socket.sendall(data)
            response.begin()
            body = response.read()
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException):
            self.close()
            return None
        headers = {name.lower(): value for name, value in response.getheaders()}
        if response.will_close:
            self.close()
        return Answer(response.status, headers, body)

    def send(self, message: Message) -> Answer:
        """The answer to a request that is good HTTP."""
        reused = self._socket is not None
        answer = self.exchange(raw(message), message.method)
        if answer is None and reused:  # the emulator may close a connection that was idle
            answer = self.exchange(raw(message), message.method)
        assert answer is not None
        return answer


def raw(message: Message) -> bytes:
    lines = [f"{message.method} {message.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in message.headers.items()]
    if message.body:
        lines.append(f"content-length: {len(message.body)}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + message.body


def seeded(key: Key) -> dict[str, str]:
    return {"access_key_id": key.id, "access_key_secret": key.secret}


def system(policy: str) -> list[dict[str, str]]:
    return [{"name": policy, "type": "System"}]


@pytest.fixture(name="emulator", scope="module")
def fixture_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator of its own. Afterwards its log must not know of any failure, nor of a success without a caller."""
    sample = json.loads(json.dumps(SAMPLE).replace("ACCOUNT", ACCOUNT))
    keys = {"administrator": seeded(ADMIN), "nobody": seeded(NOBODY), "keyed": {"access_key_id": f"{ACCOUNT}.keyed"}}
    for user in sample["users"]:
        user["access_keys"] = [keys[user["name"]]] if user["name"] in keys else []
    reader = {"name": "reader", "trust_policy": json.loads(TRUST), "policies": system("AliyunRAMReadOnlyAccess")}
    sample["roles"].append(reader)
    sessions = [{**seeded(READER), "security_token": READER.token, "role": "reader"}]
    quiet = {
        "users": [{"name": "u", "policies": system("AdministratorAccess"), "access_keys": [seeded(KEEPER)]}],
        "groups": [{"name": "g"}],
        "roles": [reader],
        "sessions": [{**seeded(GUEST), "security_token": GUEST.token, "role": "reader"}],
    }
    accounts = [
        {"account_id": ACCOUNT, "directory": "management", **sample, "sessions": sessions},
        {"account_id": QUIET, "directory": "member", **quiet},
    ]
    emulator = Emulator(tmp_path_factory.mktemp("fuzz"), {"accounts": accounts}, ["--admin", "--strict"])
    # It says something for each request that is no HTTP, and must not wait until somebody reads it.
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.extend(emulator.process.stderr))
    reader.start()
    yield emulator
    calls = emulator.calls()
    emulator.process.send_signal(signal.SIGTERM)
    assert emulator.process.wait(timeout=TIMEOUT) == 0
    reader.join()
    emulator.process.stdout.close()
    emulator.process.stderr.close()
    assert not [call for call in calls if call["code"] == "InternalError"]
    assert not [call for call in calls if call["status"] == 200 and not call["caller"]]
    assert not [line for line in said if "alicloud_emulator" in line]


@pytest.fixture(name="wire", scope="module")
def fixture_wire(emulator: Emulator) -> Iterator[Wire]:
    wire = Wire(emulator)
    yield wire
    wire.close()


@pytest.fixture(name="state", scope="module")
def fixture_state(emulator: Emulator) -> Iterator[Callable[[], Any]]:
    """A function that gives the quiet account's state."""
    wire = Wire(emulator)
    message = Message("GET", "/_emulator/state", [("account_id", QUIET)], {"host": emulator.endpoint}, [])

    def state() -> Any:
        answer = wire.send(message)
        assert answer.status == 200
        return json.loads(answer.body)

    yield state
    wire.close()


@pytest.fixture(name="restore", scope="module")
def fixture_restore(emulator: Emulator) -> Iterator[Callable[[], None]]:
    """A function that makes everything what it was at first."""
    wire = Wire(emulator)
    body = json.dumps(emulator.admin("snapshot")).encode()
    head = f"POST /_emulator/snapshot HTTP/1.1\r\nhost: {emulator.endpoint}\r\ncontent-length: {len(body)}\r\n\r\n"

    def restore() -> None:
        answer = wire.exchange(head.encode() + body)
        assert answer is not None and answer.status == 200

    yield restore
    wire.close()


def parameters_of(message: Message) -> dict[str, str]:
    """Those of the query and of what is declared to be a form, of which the last counts."""
    form = message.form if message.headers.get("content-type", "").startswith(FORM) else []
    return {**dict(message.query), **dict(form)}


def asks_for_xml(message: Message) -> bool:
    wanted = parameters_of(message).get("Format")
    return wanted.upper() != "JSON" if wanted else "application/json" not in message.headers.get("accept", "")


def check(answer: Answer, message: Message) -> dict[str, Any]:
    """Every answer is the operation's or a refusal, in the form that was asked for. Returns its values."""
    if message.method == "HEAD":
        assert 400 <= answer.status < 500 and not answer.body
        return {}
    root, values = answer.read()
    assert bool(root) is asks_for_xml(message)
    assert values["RequestId"] == answer.headers["x-acs-request-id"]
    if answer.status == 200:
        assert root in ("", f"{message.headers.get('x-acs-action') or dict(message.query).get('Action')}Response")
    else:
        assert 400 <= answer.status < 500
        assert root in ("", "Error")
        for name in ("HostId", "Code", "Message"):
            assert isinstance(values[name], str)
        assert values["Code"] and values["Code"] != "InternalError" and values["Message"]
    return values


# What is drawn

Call = tuple[str, str]  # service, operation
HUGE_TAG = "Tag." + "9" * 5000 + ".Key"
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
letters = st.text("abcXYZ019 -_./:*%+&=", max_size=12)
long_text = st.builds(
    lambda text, size: text * size,
    st.sampled_from("a é中\U0001f600\x00["),
    st.sampled_from([65, 129, 1025, 6145, 20000]),
)
json_texts = st.one_of(
    any_json.map(json.dumps),
    st.sampled_from(
        [
            '[{"Key":"\\ud800","Value":"\\udfff"}]',
            '[{"Key":"\\u0000","Value":"\\ufffe"}]',
            '[{"Key":"k"},{"Key":"k"}]',
            '[{"Key":null,"Value":1}]',
            '["\\ud800"]',
            '[{"key":"k","value":"v"}]',
            '{"Key":"k","Value":"v"}',
            "NaN",
            "[1e999]",
            "[" * 5000,
            "[" * 500 + "]" * 500,
            '{"a":' * 5000,
            "9" * 5000,
            "[" + ",".join(f'"{number}"' for number in range(51)) + "]",
        ]
    ),
)
numbers = st.one_of(
    st.integers().map(str),
    st.sampled_from(["-1", "0", "00", "+1", "1.0", "1e3", "nan", "٣", "1_0", " 1", "9" * 30, "-" + "9" * 5000]),
)
odd_values = st.one_of(
    any_text,
    letters,
    long_text,
    json_texts,
    numbers,
    st.sampled_from(
        ["", "True", "FALSE", "null", "System", "v0", "v" + "9" * 70, "=", "\n", "a\r\nb: c", "AA==", "////"]
    ),
)


def written(value: Any) -> str:
    """A parameter as the SDKs write it."""
    if isinstance(value, dict):
        value = [{"Key": key, "Value": text} for key, text in value.items()]
    return json.dumps(value) if isinstance(value, list) else str(value)


@pytest.fixture(name="good", scope="module")
def fixture_good(wire: Wire) -> dict[Call, dict[str, str]]:
    """Of each operation, parameters with which it succeeds at first."""

    def ask(key: Key, action: str, version: str = "2015-05-01") -> Any:
        return wire.send(signing.v3(key, wire.emulator.endpoint, action, version=version)).read()[1]

    told = {
        "TASK": next(iter(wire.emulator.state(ACCOUNT)["deletion_tasks"])),
        "MEMBER": ask(ADMIN, "ListAccounts", "2020-03-31")["Accounts"]["Account"][0]["AccountId"],
        "ROOT": ask(ADMIN, "GetResourceDirectory", "2020-03-31")["ResourceDirectory"]["RootFolderId"],
        "DIAGNOSIS": ask(NOBODY, "ListUsers")["AccessDeniedDetail"]["EncodedDiagnosticMessage"],
    }
    return {
        ({"rm": "resourcemanager"}.get(service, service), action): {
            camel(name): told.get(text := written(value), text.replace("ACCOUNT", ACCOUNT))
            for name, value in arguments.items()
        }
        for (service, action), arguments in CALLS.items()
    }


@st.composite
def parameters(draw: st.DrawFn, call: Call, good: dict[Call, dict[str, str]]) -> signing.Pairs:
    """What an operation may be called with, most of it good."""
    found = dict(good[call])
    names = [param.name for param in OPERATIONS[call].parameters]
    if any(param.owns("Tag.1.Key") for param in OPERATIONS[call].parameters):
        names += ["Tag.1.Key", "Tag.1.Value", "Tag.01.Key", HUGE_TAG]
    others = sorted({name for arguments in good.values() for name in arguments})
    for dummy in range(draw(st.integers(0, 3))):
        name = draw(
            st.sampled_from(names or others)
            if draw(st.integers(0, 5))
            else st.one_of(st.sampled_from(others), any_text)
        )
        how = draw(st.sampled_from(["odd", "odd", "other", "remove"]))
        if how == "remove":
            found.pop(name, None)
        elif how == "odd":
            found[name] = draw(odd_values)
        else:
            texts = sorted({arguments[name] for arguments in good.values() if name in arguments})
            found[name] = draw(st.sampled_from(texts or ["1"]))
    return list(found.items())


@st.composite
def signed(draw: st.DrawFn, host: str, service: str, action: str, pairs: signing.Pairs) -> Message:
    """A good request in one of the ways to make one."""
    key = draw(st.sampled_from([ADMIN, ADMIN, ADMIN, READER, NOBODY]))
    version = next(version for version, name in VERSIONS.items() if name == service)
    in_form = draw(st.booleans())
    where: Any = {"form" if in_form else "query": pairs}
    method = "POST" if in_form else draw(st.sampled_from(["GET", "POST"]))
    form = draw(st.sampled_from(["JSON", "XML"]))
    if draw(st.booleans()):
        return signing.rpc(key, host, action, version=version, method=method, common={"Format": form}, **where)
    accept = "application/json" if form == "JSON" else draw(st.sampled_from(["*/*", "text/xml", ""]))
    return signing.v3(key, host, action, version=version, method=method, headers={"accept": accept}, **where)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "\x00\x1b\ufffe",
        "a" * 70000,
        "[" * 5000,
        "9" * 5000,
        "٣",
        '["\\ud800"]',
        '[{"Key":"\\ud800","Value":"\\u0000"}]',
        "AA==",
    ],
    ids=["nothing", "control", "long", "deep", "number", "digit", "list", "tags", "marker"],
)
def test_an_odd_value_of_every_parameter(
    wire: Wire, restore: Callable[[], None], good: dict[Call, dict[str, str]], value: str
) -> None:
    """Of every operation, with all others good."""
    for number, ((service, action), operation) in enumerate(sorted(OPERATIONS.items())):
        names = [param.name for param in operation.parameters]
        if any(param.owns("Tag.1.Key") for param in operation.parameters):
            names += ["Tag.1.Key", HUGE_TAG]
        for name in names:
            restore()
            message = signing.rpc(
                ADMIN,
                wire.emulator.endpoint,
                action,
                version=next(version for version, found in VERSIONS.items() if found == service),
                form=list({**good[service, action], name: value}.items()),
                method="POST",
                common={"Format": ("JSON", "XML")[number % 2]},
            )
            check(wire.send(message), message)


@given(st.data())
def test_any_parameters(
    wire: Wire, restore: Callable[[], None], good: dict[Call, dict[str, str]], data: st.DataObject
) -> None:
    """Properly signed calls of every operation, with parameters that may be anything."""
    restore()
    service, action = call = data.draw(st.sampled_from(sorted(OPERATIONS)))
    message = data.draw(signed(wire.emulator.endpoint, service, action, data.draw(parameters(call, good))))
    check(wire.send(message), message)


def test_every_operation_is_tried_from_a_success(
    wire: Wire, restore: Callable[[], None], good: dict[Call, dict[str, str]]
) -> None:
    assert sorted(good) == sorted(OPERATIONS)
    for (service, action), arguments in good.items():
        restore()
        version = next(version for version, found in VERSIONS.items() if found == service)
        message = signing.v3(ADMIN, wire.emulator.endpoint, action, arguments.items(), version=version)
        answer = wire.send(message)
        assert answer.status == 200, (action, answer.body)
        check(answer, message)


@pytest.mark.parametrize(
    ("service", "action", "name", "refusals"),
    [
        (
            "ram",
            "CreatePolicy",
            "PolicyDocument",
            {"MalformedPolicyDocument", "InvalidParameter.PolicyDocument.Length"},
        ),
        (
            "ram",
            "CreateRole",
            "AssumeRolePolicyDocument",
            {"MalformedPolicyDocument", "InvalidParameter.AssumeRolePolicyDocument.Length"},
        ),
        ("sts", "AssumeRole", "Policy", {"InvalidParameter.PolicyGrammar", "InvalidParameter.PolicySize"}),
    ],
)
@given(st.data())
def test_any_document(
    wire: Wire, service: str, action: str, name: str, refusals: set[str], data: st.DataObject
) -> None:
    """A document is taken as it is, or refused as a document."""
    text = data.draw(st.one_of(documents(name.startswith("Assume")).map(json.dumps), damaged(), json_texts, odd_values))
    host = wire.emulator.endpoint
    who = {
        "CreatePolicy": [("PolicyName", "Fuzz")],
        "CreateRole": [("RoleName", "Fuzz")],
        "AssumeRole": [("RoleArn", f"acs:ram::{ACCOUNT}:role/spare"), ("RoleSessionName", "s1")],
    }[action]
    version = {"ram": "2015-05-01", "sts": "2015-04-01"}[service]
    message = signing.v3(ADMIN, host, action, version=version, form=[*who, (name, text)])
    answer = wire.send(message)
    found = check(answer, message)
    if answer.status != 200:
        assert found["Code"] in refusals
        return
    if service == "ram":
        reading, removal = {
            "CreatePolicy": ("GetPolicyVersion", "DeletePolicy"),
            "CreateRole": ("GetRole", "DeleteRole"),
        }[action]
        more = [("PolicyType", "Custom"), ("VersionId", "v1")] if action == "CreatePolicy" else []
        seen = check(wire.send(message := signing.v3(ADMIN, host, reading, [*who, *more])), message)
        assert (seen.get("PolicyVersion") or seen["Role"])[name] == text
        assert wire.send(signing.v3(ADMIN, host, removal, who)).status == 200


# Nothing counts but what is signed

counter = itertools.count()
other_text = st.one_of(any_text, letters, st.sampled_from(["u", "GetUser", "2015-04-01", "JSON"]))
places = st.integers(0, 2**16)  # modulo a length that may differ from one run to the next
header_text = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20).map(str.strip)


@st.composite
def changed_pairs(draw: st.DrawFn, pairs: signing.Pairs) -> signing.Pairs:
    """The same parameters with one changed, renamed, added, repeated or taken away, or in another order."""
    found = list(pairs)
    place = draw(st.integers(0, len(found) - 1)) if found else 0
    how = draw(st.sampled_from(["value", "name", "remove", "repeat", "order"] if found else ["add"]))
    if how == "value":
        found[place] = (found[place][0], draw(other_text))
    elif how == "name":
        found[place] = (draw(st.one_of(other_text, st.sampled_from([name for name, dummy in found]))), found[place][1])
    elif how == "remove":
        del found[place]
    elif how == "order":
        found = draw(st.permutations(found))
    else:
        name = found[place][0] if how == "repeat" else draw(other_text)
        found.insert(draw(st.integers(0, len(found))), (name, draw(other_text)))
    return found


@st.composite
def changed(draw: st.DrawFn, message: Message) -> Message:
    """A request with one thing changed after it was signed."""
    found = dataclasses.replace(message, headers=dict(message.headers))
    names = sorted(found.headers)
    how = draw(
        st.sampled_from(
            ["method", "path", "query", "query", "form", "header", "no header", "new header", "authorization"]
        )
    )
    if how == "method":
        found.method = draw(st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]))
    elif how == "path":
        found.path = draw(st.sampled_from(["//", "/.", "/%2f", "/x", "/;a"]))
    elif how == "query":
        found.query = draw(changed_pairs(found.query))
    elif how == "form":
        found.form = draw(changed_pairs(found.form))
        found.headers.setdefault("content-type", FORM)
    elif how == "header":
        found.headers[draw(st.sampled_from(names))] = draw(header_text)
    elif how == "no header":
        found.headers.pop(draw(st.sampled_from([name for name in names if name != "host"] or [""])), None)
    elif how == "new header":
        known = [
            "x-acs-action",
            "x-acs-version",
            "x-acs-security-token",
            "x-acs-x",
            "authorization",
            "X-HTTP-Method-Override",
        ]
        found.headers[draw(st.sampled_from(known))] = draw(st.one_of(header_text, st.just("DeleteGroup")))
    elif "authorization" in found.headers:
        text = found.headers["authorization"]
        place = draw(places) % len(text)
        found.headers["authorization"] = text[:place] + draw(st.text("abc019;=, -", max_size=2)) + text[place + 1 :]
    return found


def meaning(message: Message) -> Any:
    """What the signature must hold together; two requests that agree in it ask for the same by the same right."""
    headers = message.headers
    pairs = parameters_of(message)
    if "authorization" in headers:
        # Spaces may be before and after its parts.
        authorization = re.sub(r"(,| ) +", r"\1", headers["authorization"].strip())
        names = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        covered = {name: headers[name] for name in headers if name in names or name.startswith("x-acs-")}
        query = sorted(message.query, key=lambda pair: pair[0])
        return authorization, message.method, message.path, query, covered, pairs, message.body
    contradicted = {
        name
        for name in ("Action", "Version")
        if headers.get(f"x-acs-{name.lower()}", pairs.get(name)) != pairs.get(name)
    }
    return message.method, message.path, pairs, contradicted


@given(st.data())
def test_one_thing_changed_after_signing(wire: Wire, state: Callable[[], Any], data: st.DataObject) -> None:
    host, comments = wire.emulator.endpoint, f"c{next(counter)}"
    pairs = [("GroupName", "g"), ("NewComments", comments)]
    where: Any = {data.draw(st.sampled_from(["query", "form"])): pairs}
    sign = data.draw(st.sampled_from([signing.rpc, signing.v3]))
    message = sign(KEEPER, host, "UpdateGroup", method="POST", **where)
    spoiled = data.draw(changed(message))
    same = meaning(spoiled) == meaning(message)
    before = state()
    answer = wire.send(spoiled)
    check(answer, spoiled)
    assert (answer.status == 200) is same
    if not same:
        assert state() == before
        answer = wire.send(message)  # what was refused was refused for the change alone
        assert answer.status == 200, answer.body
    assert state()["groups"]["g"]["comments"] == comments
    again = check(wire.send(message), message)
    assert again["Code"] == "SignatureNonceUsed"


@given(st.data())
def test_a_good_request_at_the_wrong_time_or_by_the_wrong_key(
    wire: Wire, state: Callable[[], Any], data: st.DataObject
) -> None:
    host = wire.emulator.endpoint
    pairs = [("GroupName", "g"), ("NewComments", "never")]
    key, when = KEEPER, signing.stamp()
    how = data.draw(st.sampled_from(["date", "key", "secret", "token", "guest"]))
    if how == "date":
        far = st.one_of(st.integers(1000, 10**9), st.integers(-(10**9), -1000)).map(signing.stamp)
        when = data.draw(st.one_of(far, header_text))
    elif how == "key":
        key = dataclasses.replace(KEEPER, id=data.draw(st.text("aLTAI.5é", min_size=1)))
    elif how == "secret":
        key = dataclasses.replace(KEEPER, secret=data.draw(st.one_of(any_text, st.just(GUEST.secret))))
    elif how == "token":
        token = data.draw(header_text.filter(bool))
        key = data.draw(st.sampled_from([dataclasses.replace(key, token=token) for key in (KEEPER, GUEST)]))
    else:
        key = GUEST
    if data.draw(st.booleans()):
        message = signing.rpc(key, host, "UpdateGroup", pairs, common={"Timestamp": when})
    else:
        message = signing.v3(key, host, "UpdateGroup", pairs, headers={"x-acs-date": when})
    before = state()
    answer = wire.send(message)
    found = check(answer, message)
    assert answer.status == (403 if how == "guest" else 404 if how == "key" else 400)
    assert found["Code"] != "NoPermission" or how == "guest"
    assert state() == before


# Without a signature

header_bytes = st.binary(max_size=20).map(
    lambda data: re.sub(rb"[\x00-\x1f\x7f]", b"", data).decode("utf-8", "surrogateescape")
)
header_names = st.one_of(
    st.sampled_from(
        ["authorization", "x-acs-action", "x-acs-version", "x-acs-date", "accept", "content-type", "cookie"]
    ),
    st.text("abcxyz-", min_size=1, max_size=8),
)
authorizations = st.builds(
    "ACS3-HMAC-SHA256 Credential={},SignedHeaders={},Signature={}".format,
    st.sampled_from([ADMIN.id, "", "x"]),
    st.sampled_from(["", ";", "host", "host;host", "authorization", "a;b"]),
    st.sampled_from(["0" * 64, "", "g" * 64]),
)


@hypothesis.example("GET", "/", [("Action", "\U0001f600" * 20000)] * 3, {}, [])
@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND"]),
    st.sampled_from(["/", "/", "/x", "//", "/%00", "/_emulato"]),
    st.lists(
        st.tuples(
            st.sampled_from(["Action", "Version", "Format", "AccessKeyId", "Signature", "é", "Timestamp"]), odd_values
        ),
        max_size=6,
    ),
    st.dictionaries(
        header_names,
        st.one_of(header_bytes, authorizations, st.sampled_from(["GetUser", "2015-05-01", FORM])),
        max_size=5,
    ),
    st.lists(st.tuples(any_text, odd_values), max_size=2),
)
def test_anything_unsigned(
    wire: Wire,
    state: Callable[[], Any],
    method: str,
    path: str,
    query: signing.Pairs,
    headers: dict[str, str],
    form: signing.Pairs,
) -> None:
    """Good HTTP, and nothing more."""
    message = Message(method, path, query, {"host": "h", **headers}, form)
    before = state()
    answer = wire.send(message)
    if len(message.target) + 100 > MAX_LINE:  # refused as HTTP, so not in the form of the API
        assert 400 <= answer.status < 500
    else:
        check(answer, message)
    assert answer.status != 200
    assert state() == before


@given(st.data())
def test_what_is_no_http(wire: Wire, state: Callable[[], Any], data: st.DataObject) -> None:
    """Bytes that are no request, and requests of which some bytes are others. What is answered at all is a refusal."""
    host = wire.emulator.endpoint
    if data.draw(st.integers(0, 3)) == 0:
        sent = data.draw(st.binary(max_size=60))
    else:
        pairs = [("GroupName", "g"), ("NewComments", "signed")]
        message = data.draw(st.sampled_from([signing.v3, signing.rpc]))(
            KEEPER, host, "UpdateGroup", pairs, method="GET"
        )
        sent = raw(message)
        for dummy in range(data.draw(st.integers(1, 3))):
            start, length = data.draw(places) % (len(sent) + 1), data.draw(st.integers(0, 3))
            sent = sent[:start] + data.draw(st.binary(max_size=3)) + sent[start + length :]
    # A good request behind it, lest the emulator waits for more.
    after = raw(Message("GET", "/", [], {"host": host, "connection": "close"}, []))
    before = state()
    wire.close()
    answer = wire.exchange(sent + b"\r\n\r\n" + after, "GET")
    wire.close()
    assert answer is not None
    if answer.status != 200:
        assert 400 <= answer.status < 500
        assert state() == before
    else:
        # What was changed was not under the signature, e.g. the case of a header's name.
        found = state()
        assert found["groups"]["g"]["comments"] == "signed"
        before["groups"]["g"].update(comments="signed", updated=found["groups"]["g"]["updated"])
        assert found == before
