# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's clients, of two generations and in all their ways to send a request, and every operation by each."""

from __future__ import annotations

from xml.etree import ElementTree

import certifi
import pytest

from ansible_collections.alicloud.ram.tests.lib.documents import SERVICE, trust

from .clients import ALL_CLIENTS, Account, Current, Earlier, snake
from .sample_account import CALLS, OF_DIRECTORY, arguments_of, call, operations

KEYS = sorted(operations())
READS = [key for key in KEYS if not operations()[key].write]


def named(keys):
    return [pytest.param(key, id=".".join(key)) for key in keys]


@pytest.fixture(name="new_place")
def fixture_new_place(new_house, directory):
    """A function that gives an account where an operation's call succeeds."""
    return lambda key: directory[0] if key[1] in OF_DIRECTORY else new_house()


def shape(value):
    """A body with the types of its values in their place."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value)


# Operations


def test_there_is_a_call_of_every_operation():
    assert set(CALLS) == set(operations())


@pytest.mark.parametrize("key", named(KEYS))
def test_every_client_can_call_every_operation(emulator, new_place, key):
    write = operations()[key].write
    account, answers = new_place(key), {}
    arguments = arguments_of(account, key)
    for name, client_class in ALL_CLIENTS.items():
        if write and answers:
            account = new_place(key)
            arguments = arguments_of(account, key)
        account = Account(emulator, account.keys, client_class)
        answers[name] = call(account.admin, key, arguments)
        logged = emulator.last_call()
        assert (logged["operation"], logged["status"], logged["account_id"]) == (key[1], 200, account.id), name
        assert (logged["service"], logged["write"]) == (operations()[key].service, write), name
    for name, answer in answers.items():
        assert shape(answer) == shape(answers["current"]), name
        if not write and key[1] not in ("AssumeRole", "GetServiceLinkedRoleDeletionStatus"):
            assert answer == answers["current"], name


@pytest.mark.parametrize("key", named(KEYS))
def test_parameters_are_those_of_the_sdk(emulator, key):
    models = Current(emulator, "", "").sdk(key[0])[1]
    request = getattr(models, f"{key[1]}Request", None)
    fields = set(request().__dict__) if request else set()
    assert {snake(param.name) for param in operations()[key].parameters} == fields - {"_headers"}


# Ways to send


@pytest.mark.parametrize("client_class", list(ALL_CLIENTS.values()), ids=list(ALL_CLIENTS))
def test_awkward_values(emulator, new_account, client_class):
    account = new_account(users=[{"name": "user", "policies": [{"name": "AdministratorAccess", "type": "System"}]}])
    client = account.client("user")
    assert client.__class__ is client_class
    assert client.ram("GetUser", user_name="user")["User"]["UserName"] == "user"
    assert client.sts("GetCallerIdentity")["AccountId"] == account.id
    for number, text in enumerate(
        ("a b+c/~*&= \u4e2d", "100%25 'quoted' \"<&>\"", "\U0001f511 e\u0301 \t\n.", "%2F+%20")
    ):
        made = client.ram("CreateGroup", group_name=f"g{number}", comments=text)["Group"]
        assert made["Comments"] == text
        assert client.ram("GetGroup", group_name=f"g{number}")["Group"]["Comments"] == text


@pytest.mark.parametrize("client_class", list(ALL_CLIENTS.values()), ids=list(ALL_CLIENTS))
def test_a_session_s_token(new_account, refused, client_class):
    account = new_account(
        users=[{"name": "user", "policies": [{"name": "AliyunSTSAssumeRoleAccess", "type": "System"}]}],
        roles=[{"name": "R", "trust_policy": trust("acs:ram::ACCOUNT:root")}],
    )
    keys = account.client("user").sts("AssumeRole", role_arn=account.role_arn("R"), role_session_name="session")
    keys = keys["Credentials"]
    key = (keys["AccessKeyId"], keys["AccessKeySecret"])
    inside = client_class(account.emulator, *key, keys["SecurityToken"])
    assert inside.sts("GetCallerIdentity")["Arn"] == f"acs:ram::{account.id}:assumed-role/R/session"
    with refused("InvalidSecurityToken.Malformed", 400):
        client_class(account.emulator, *key, f"{keys['SecurityToken']}x").sts("GetCallerIdentity")
    with refused("InvalidAccessKeyId.NotFound", 404):
        client_class(account.emulator, f"{key[0]}x", key[1], keys["SecurityToken"]).sts("GetCallerIdentity")


@pytest.mark.parametrize("name", ["current", "async", "current-rpc"])
def test_a_wrong_secret(emulator, account, refused, name):
    client = ALL_CLIENTS[name](emulator, account.keys["access_key_id"], "wrong")
    with refused("SignatureDoesNotMatch", 400):
        client.sts("GetCallerIdentity")


@pytest.mark.parametrize("name", ["earlier", "earlier-get", "earlier-form"])
def test_a_wrong_secret_with_the_earlier_sdk(emulator, account, name):
    """From the string to sign in the message, that SDK finds that only the secret can be wrong."""
    from aliyunsdkcore.acs_exception.exceptions import ServerException

    client = ALL_CLIENTS[name](emulator, account.keys["access_key_id"], "wrong")
    with pytest.raises(ServerException) as caught:
        client.sts("GetCallerIdentity")
    assert (caught.value.get_error_code(), caught.value.get_http_status()) == ("InvalidAccessKeySecret", 400)
    assert client.answers[-1].json()["Code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("client_class", list(ALL_CLIENTS.values()), ids=list(ALL_CLIENTS))
def test_an_unknown_authority(new_emulator, client_class):
    """The clients do verify the emulator's certificate. The emulator is new, or a connection would be used again."""
    from aliyunsdkcore.acs_exception.exceptions import ClientException
    from darabonba.exceptions import UnretryableException

    emulator = new_emulator()
    trusted, emulator.ca_bundle = emulator.ca_bundle, certifi.where()
    key = (emulator, emulator.accounts[0]["access_key_id"], emulator.accounts[0]["access_key_secret"])
    with pytest.raises((ClientException, UnretryableException), match="(?i)certificate"):
        client_class(*key).ram("GetUser", user_name="administrator")
    emulator.ca_bundle = trusted
    client_class(*key).ram("GetAccountAlias")
    assert [entry["operation"] for entry in emulator.calls()] == ["GetAccountAlias"]


# XML


def same(element, value):
    """Whether an XML element says what a JSON value does; a list's items are elements of the list's own name."""
    if not isinstance(value, dict):
        text = {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
        return len(element) == 0 and (element.text or "") == text
    children = [(child.tag, child) for child in element]
    wanted = [(key, item) for key, one in value.items() for item in (one if isinstance(one, list) else [one])]
    return len(children) == len(wanted) and all(
        tag == key and same(child, item) for (tag, child), (key, item) in zip(children, wanted)
    )


@pytest.mark.parametrize("form", ["XML", None])
@pytest.mark.parametrize("key", named(key for key in READS if key[1] not in {"GetServiceLinkedRoleDeletionStatus"}))
def test_xml(emulator, new_place, key, form):
    """What a client gets that does not ask for JSON. Where no format is named, the earlier SDK sends Format=None."""
    account = new_place(key)
    client = Earlier(emulator, account.keys["access_key_id"], account.keys["access_key_secret"])
    arguments = arguments_of(account, key)
    body = call(client, key, arguments)
    request = client.request(*key, arguments)
    request.set_accept_format(form)
    with pytest.warns(DeprecationWarning, match="do_action"):
        text = client.client.do_action(request)
    answer = client.answers[-1]
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml;charset=utf-8")
    root = ElementTree.fromstring(text)
    assert root.tag == f"{key[1]}Response"
    if key[1] == "AssumeRole":
        assert root.find("Credentials/SecurityToken").text and body["Credentials"]["SecurityToken"]
    else:
        assert same(root, {"RequestId": answer.headers["x-acs-request-id"], **body})


def test_a_refusal_in_xml(emulator, account):
    client = Earlier(emulator, account.keys["access_key_id"], account.keys["access_key_secret"])
    client.ram("ListUsers")  # opens the connection, with warnings of its own
    request = client.request("ram", "GetUser", {"user_name": "nobody"})
    request.set_accept_format("XML")
    with pytest.warns(DeprecationWarning, match="do_action"):
        root = ElementTree.fromstring(client.client.do_action(request))
    assert client.answers[-1].status_code == 404
    assert root.tag == "Error"
    assert [child.tag for child in root][:4] == ["RequestId", "HostId", "Code", "Message"]
    assert root.find("Code").text == "EntityNotExist.User"


# Container Registry


def test_the_template_of_container_registry(account):
    """The name that a role will have, and its policy's, which is not always to be told from it."""
    prefix = "AliyunServiceRoleForContainerRegistry"
    for service, role, policy in (
        (SERVICE, f"{prefix}ConnectCustomerVPC", "AliyunServiceRolePolicyForContainerRegistryConnectCustomerVPC"),
        (
            "access-customer-privatezone.cr.aliyuncs.com",
            f"{prefix}AccessCustomerPrivateZone",
            "AliyunServiceRolePolicyForContainerRegistryAccessCustomerPrivate",
        ),
        ("access-cs.cr.aliyuncs.com", f"{prefix}AccessCS", "AliyunServiceRolePolicyForContainerRegistryAccessCS"),
    ):
        found = account.ram("GetServiceLinkedRoleTemplate", service_name=service)["ServiceLinkedRoleTemplate"]
        assert (found["RoleNamePrefix"], found["SystemPolicyName"]) == (role, policy)
        assert account.ram("CreateServiceLinkedRole", service_name=service)["Role"]["RoleName"] == role
