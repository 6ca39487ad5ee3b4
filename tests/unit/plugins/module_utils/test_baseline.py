# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of accounts; and the engine over many accounts, in one process with the emulator over HTTPS."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import CONNECTION_SPEC
from ansible_collections.alicloud.ram.plugins.module_utils._engine.baseline import argument_spec, prepare
from ansible_collections.alicloud.ram.plugins.module_utils._engine.options import check_arguments
from ansible_collections.alicloud.ram.plugins.module_utils._engine.placeholders import substituted
from ansible_collections.alicloud.ram.plugins.module_utils._errors import CredentialsError, DeclarationError
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import Kind
from ansible_collections.alicloud.ram.plugins.module_utils._resources.registry import KINDS
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process, run
from ansible_collections.alicloud.ram.tests.lib import emulated
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, SERVICE, allow, trust_accounts

TEMPLATE = "GetServiceLinkedRoleTemplate"

# Variables


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", ""),
        ("plain $ {a} $a }{", "plain $ {a} $a }{"),
        ("${a}", "1"),
        ("x${a}${b}y", "x1${a}y"),
        ("$${a}", "${a}"),
        ("$$${a}", "$${a}"),
        ("$${", "${"),
        ("$$ ${a}", "$$ 1"),
        ("{${a}}", "{1}"),
    ],
)
def test_what_texts_become(text: str, expected: str) -> None:
    assert substituted(text, {"a": "1", "b": "${a}"}) == expected


@pytest.mark.parametrize("text", ["${c}", "x${", "${}", "${ a}", "${a", "${a-b}", "${1}", "${A}", "${ü}", "${a:b}"])
def test_what_is_no_variable_is_refused(text: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        substituted({"k": ["ok", text]}, {"a": "1", "b": "2"}, "here: ")
    assert caught.value.message.startswith("here: ") and "$${" in caught.value.message


def test_keys_of_mappings() -> None:
    declared = {"${a}": [{"k${a}": "${a}"}], "n": 1, "b": True, "none": None}
    assert substituted(declared, {"a": "v"}) == {"v": [{"kv": "v"}], "n": 1, "b": True, "none": None}
    with pytest.raises(DeclarationError, match="two keys are 'same'"):
        substituted({"deep": {"${a}": 1, "same": 2}}, {"a": "same"})


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True)
VALUES = st.text(st.sampled_from('ab${}"\\:, \n'), max_size=12)


@given(st.dictionaries(NAMES, VALUES, min_size=1), st.lists(st.tuples(VALUES, st.booleans()), max_size=6), st.data())
@example({"a": "${a}"}, [("$", True)], None)
def test_values_come_out_as_they_went_in(variables: dict[str, str], parts: list[tuple[str, bool]], data: Any) -> None:
    text, expected = "", ""
    for literal, variable in parts:
        # A dollar before a placeholder would be an escape; what is literal is escaped otherwise.
        literal = literal.replace("$", "")
        text += literal
        expected += literal
        if variable:
            name = sorted(variables)[0] if data is None else data.draw(st.sampled_from(sorted(variables)))
            text += f"${{{name}}}"
            expected += variables[name]
    assert substituted(text, variables) == expected


@given(st.text(st.sampled_from("ab${}x"), max_size=20))
def test_every_text_can_be_written(text: str) -> None:
    """By putting ``$${`` for each ``${``, unless a dollar comes before it, which is a text that nobody needs."""
    if "$${" not in text:
        assert substituted(text.replace("${", "$${"), {}) == text


@given(VALUES)
def test_in_a_document_of_json_text_a_value_is_a_string(value: str) -> None:
    text = json.dumps(allow("*", resource="x${v}"))
    spec = {**params([{"account_id": "1", "variables": {"v": value}}]), "policies": [policy("p", text)]}
    prepare(spec)  # is valid whatever the value is
    with pytest.raises(DeclarationError, match="JSON"):
        prepare({**spec, "policies": [policy("p", text.replace('"x${v}"', "${v}"))]})


def test_a_key_that_is_twice_in_json_text_is_refused_as_for_one_account() -> None:
    text = '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "a", "Resource": "*"}]}'
    for accounts in (None, [{"account_id": "1"}]):
        with pytest.raises(DeclarationError, match="occurs more than once"):
            prepare({**params(accounts), "policies": [policy("p", text)]})


def test_a_document_nested_too_deeply_is_refused() -> None:
    for depth in (300, 900, 100_000):
        text = '{"Version": "1", "Statement": ' + "[" * depth + "]" * depth + "}"
        with pytest.raises(DeclarationError, match="nested|must be an object, not a list"):
            prepare({**params([{"account_id": "1"}]), "policies": [policy("p", text)]})


# Declarations

MINIMAL: dict[str, dict[str, Any]] = {
    "service_linked_role": {"service_name": SERVICE},
    "policy": {"name": "p", "document": allow("*")},
    "user_policies": {"user_name": "alice", "policies": [{"name": "p"}]},
    "group_policies": {"group_name": "ops", "policies": [{"name": "p"}]},
    "role_policies": {"role_name": "r", "policies": [{"name": "p"}]},
    "role": {"name": "r", "trust_policy": trust_accounts("1")},
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_declared_twice_is_refused_with_both_places(kind: Kind) -> None:
    entry = MINIMAL.get(kind.name, {"name": "x"})
    (checked,) = params(None, **{kind.section: [entry]})[kind.section]
    title = kind.declare(checked, "", False).label
    with pytest.raises(DeclarationError) as caught:
        prepare(params(None, **{kind.section: [entry, entry]}))
    assert caught.value.message.startswith(
        f"Declared twice: {title}, by {kind.section} entry 1 and by {kind.section} entry 2."
    )
    with pytest.raises(DeclarationError) as caught:
        prepare(params([{"account_id": "1", "baseline": {kind.section: [{**entry}]}}], **{kind.section: [entry]}))
    assert f"by {kind.section} entry 1 and by baseline.{kind.section} entry 1." in caught.value.message
    assert caught.value.message.startswith("accounts entry 1: Declared twice")


@pytest.mark.parametrize(
    "baseline, words",
    [
        ({"user_polices": []}, "baseline: 'user_polices' is not an option of it, .* Did you mean user_policies"),
        ({"accounts": []}, "baseline: 'accounts' is not an option of it"),
        ({"users": "alice"}, r"baseline\.users: it is a text, where a list of mappings is needed, .*name: alice"),
        ({"users": [{"nam": "alice"}]}, r"baseline\.users entry 1: 'nam' is not an option of it.* Did you mean name"),
        ({"users": [{"name": "a b"}]}, r"accounts entry 1: baseline\.users entry 1: name: 'a b' is not the name"),
        ({"users": [{"name": "${nobody}"}]}, r"baseline\.users entry 1: name: \$\{nobody\} is not a variable"),
        ({"policies": [{"name": "p", "document": "{"}]}, r"baseline\.policies entry 1: document of policy 'p'"),
        ('{"users": [{}]}', r"baseline\.users entry 1: name is missing"),
    ],
)
def test_what_one_account_declares_wrongly(baseline: Any, words: str) -> None:
    with pytest.raises(DeclarationError, match=words):
        prepare(params([{"account_id": "1", "baseline": baseline}]))


@pytest.mark.parametrize("baseline", [None, {}, "", " "])
def test_a_baseline_that_is_empty_is_refused(baseline: Any) -> None:
    with pytest.raises(DeclarationError, match="accounts entry 1: baseline: the value is"):
        check_arguments({"accounts": [{"account_id": "1", "baseline": baseline}]}, argument_spec())


@pytest.mark.parametrize("limit", [-1, -(10**17)])
def test_what_is_no_number_of_changes(limit: int) -> None:
    with pytest.raises(DeclarationError, match="max_changes: -1.* is not a number of changes"):
        prepare(params(None, max_changes=limit))


# The engine


def policy(name: str, document: Any) -> dict[str, Any]:
    return {"name": name, "document": document}


def params(accounts: Any, **options: Any) -> dict[str, Any]:
    checked = ArgumentSpecValidator({**CONNECTION_SPEC, **argument_spec()}).validate({"accounts": accounts, **options})
    assert not checked.error_messages
    return dict(checked.validated_parameters)


class Fleet:
    """A hub and accounts of the emulator which it may enter."""

    def __init__(self, emulator: emulated.Emulator, size: int) -> None:
        self.emulator = emulator
        (self.hub,) = emulator.add({})
        trusted = trust_accounts(self.hub["account_id"])
        role = {"name": "Access", "trust_policy": trusted, "policies": ADMINISTRATOR}
        seed = {"users": [{"name": "alice"}, {"name": "bob"}], "roles": [role]}
        self.ids = [account["account_id"] for account in emulator.add(*[seed] * size)]
        self._seen = 0
        self.calls()

    def calls(self) -> list[tuple[str, str]]:
        """(account, operation) since the last time that this was asked."""
        calls = self.emulator.calls(since=self._seen)
        self._seen = max((call["seq"] for call in calls), default=self._seen)
        return [(call["account_id"], call["operation"]) for call in calls]

    def params(self, **options: Any) -> dict[str, Any]:
        emulator, held = self.emulator, [{"name": "p"}]
        document = allow("oss:*", resource="acs:oss:*:${account_id}:*")
        declared = {
            "accounts": [{"account_id": one, "assume_role": {"role_name": "Access"}} for one in self.ids],
            "access_key_id": self.hub["access_key_id"],
            "access_key_secret": self.hub["access_key_secret"],
            "ca_bundle": emulator.ca_bundle,
            **{f"{service}_endpoint": emulator.endpoint for service in ("ram", "sts", "resourcemanager")},
            "retry_timeout": 20,
            "service_linked_roles": [{"service_name": SERVICE}],
            "policies": [policy("p", document)],
            "user_policies": [{"user_name": name, "policies": held} for name in ("alice", "bob")],
            "assume_role_rate": 0,
        }
        return params(**{**declared, **options})


def test_calls_grow_with_the_accounts_and_with_nothing_else(emulator: emulated.Emulator) -> None:
    fleet = Fleet(emulator, 40)
    predicted = run(prepare, fleet.params(), True)
    assert not [operation for dummy, operation in fleet.calls() if not operation.startswith(("Get", "List", "Assume"))]
    made = run(prepare, fleet.params(), False)
    assert "msg" not in made, made["msg"]
    assert [found["changes"] for found in predicted["accounts"]] == [found["changes"] for found in made["accounts"]]
    assert predicted["diff"] == made["diff"] and predicted["counts"] == made["counts"]
    assert made["counts"] == {"total": 40, "ok": 40, "changed": 40, "failed": 0, "not_started": 0}

    fleet.calls()
    with Process() as process:
        for size, known in ((40, 0), (7, 2), (1, 2)):
            few = fleet.params(accounts=fleet.params()["accounts"][:size])
            assert not run(prepare, few, False, process)["changed"]
            operations = Counter(operation for dummy, operation in fleet.calls())
            once = {"GetCallerIdentity": 0 if known else 1, TEMPLATE: operations[TEMPLATE]}
            each = dict.fromkeys(("AssumeRole", "GetRole", "GetPolicy", "ListEntitiesForPolicy"), size)
            assert operations == Counter({**each, **once}) and operations[TEMPLATE] <= 1


def test_accounts_with_baselines_of_their_own(emulator: emulated.Emulator) -> None:
    fleet = Fleet(emulator, 3)
    entries = fleet.params()["accounts"]
    entries[0]["baseline"] = {"users": [{"name": "own"}], "policies": [policy("q", allow("ecs:*"))]}
    entries[1]["baseline"] = {"users": [{"name": "${team}-own"}]}
    entries[1]["variables"] = {"team": "pay"}
    for again in (False, True):
        result = run(prepare, fleet.params(accounts=entries), False)
        assert result["counts"]["ok"] == 3 and result["changed"] is not again, result
        fleet.calls()
    there = [emulator.state(account) for account in fleet.ids]
    assert [sorted(state["users"]) for state in there] == [
        ["administrator", "alice", "bob", "own"],
        ["administrator", "alice", "bob", "pay-own"],
        ["administrator", "alice", "bob"],
    ]
    assert [sorted(state["policies"]) for state in there] == [["p", "q"], ["p"], ["p"]]


def test_more_changes_than_are_allowed_are_not_begun(emulator: emulated.Emulator) -> None:
    fleet = Fleet(emulator, 2)
    entries = fleet.params()["accounts"]
    entries[1]["baseline"] = {"users": [{"name": "one-more"}]}
    for check_mode in (True, False):
        result = run(prepare, fleet.params(accounts=entries, max_changes=4), check_mode)
        failed, done = result["accounts"]
        assert (failed["account_id"], failed["status"], failed["changed"]) == (fleet.ids[1], "failed", False)
        assert failed["msg"].startswith(
            "5 changes are needed, but max_changes allows 4, so none was made: CreateServiceL"
        )
        assert len(failed["planned"]) == 5 and len(done["changes"]) == 4
        written = {
            account for account, operation in fleet.calls() if not operation.startswith(("Get", "List", "Assume"))
        }
        assert written == (set() if check_mode else {fleet.ids[0]})
    # Nothing to do is within every limit.
    done = run(prepare, fleet.params(accounts=entries[:1], max_changes=0), False)
    assert done["counts"] == {"total": 1, "ok": 1, "changed": 0, "failed": 0, "not_started": 0}


def test_an_answer_that_is_not_understood_is_one_accounts_own(emulator: emulated.Emulator) -> None:
    fleet = Fleet(emulator, 3)
    run(prepare, fleet.params(), False)
    body = '{"Role": {"IsServiceLinkedRole": true, "AssumeRolePolicyDocument": 5}}'
    odd = {"fault": "malformed", "operation": "GetRole", "account_id": fleet.ids[1], "body": body}
    emulator.ask("rules", {"rules": [odd]})
    result = run(prepare, fleet.params(), False)
    emulator.ask("rules", method="DELETE")
    assert [found["status"] for found in result["accounts"]] == ["failed", "ok", "ok"]
    assert result["accounts"][0]["account_id"] == fleet.ids[1] and not result["changed"]


def test_what_sts_refuses_is_repeated(emulator: emulated.Emulator) -> None:
    fleet = Fleet(emulator, 12)
    rate = {"fault": "rate", "operation": "AssumeRole", "per": ["account"], "per_second": 8, "retry_after": "exact"}
    emulator.ask("rules", {"rules": [rate]})
    result = run(prepare, fleet.params(), True)
    emulator.ask("rules", method="DELETE")
    assert result["counts"]["ok"] == 12
    assert fleet.calls().count((fleet.hub["account_id"], "AssumeRole")) > 12


def test_bad_credentials_are_told_once_and_of_no_account(emulator: emulated.Emulator) -> None:
    fleet = Fleet(emulator, 3)
    with pytest.raises(CredentialsError, match="assume_role .*: AssumeRole failed: EntityNotExist.Role"):
        run(prepare, fleet.params(assume_role={"account_id": fleet.hub["account_id"], "role_name": "None"}), True)
    assert [operation for dummy, operation in fleet.calls()] == ["AssumeRole"]


def test_to_be_denied_the_question_is_no_sign_of_bad_credentials(emulator: emulated.Emulator) -> None:
    fleet = Fleet(emulator, 2)
    denied = {"fault": "error", "operation": "GetCallerIdentity", "code": "NoPermission", "status": 403, "count": 0}
    emulator.ask("rules", {"rules": [{**denied, "account_id": fleet.hub["account_id"]}]})
    result = run(prepare, fleet.params(), True)
    emulator.ask("rules", method="DELETE")
    assert result["counts"]["ok"] == 2


def test_a_session_of_the_hub_enters_the_accounts(emulator: emulated.Emulator) -> None:
    fleet = Fleet(emulator, 2)
    (middle,) = emulator.add({})
    trusted = trust_accounts(middle["account_id"])
    (there,) = emulator.add(
        {
            "users": [{"name": "alice"}, {"name": "bob"}],
            "roles": [{"name": "Gate", "trust_policy": trusted, "policies": ADMINISTRATOR}],
        }
    )
    role = {"account_id": there["account_id"], "role_name": "Gate"}
    options = fleet.params(
        access_key_id=middle["access_key_id"],
        access_key_secret=middle["access_key_secret"],
        assume_role=role,
        accounts=[{"account_id": there["account_id"]}, {"account_id": fleet.ids[0]}],
    )
    fleet.calls()
    result = run(prepare, options, True)
    assert [(found["account_id"], found["status"]) for found in result["accounts"]] == [
        (fleet.ids[0], "failed"),
        (there["account_id"], "ok"),
    ]
    operations = [operation for dummy, operation in fleet.calls()]
    assert operations[0] == "AssumeRole" and "GetCallerIdentity" not in operations
    assert re.search(f"which is {there['account_id']}", result["msg"])
