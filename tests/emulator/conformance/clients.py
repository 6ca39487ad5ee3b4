# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's own clients of two generations, behind one face: a call by its operation and its parameters' names.

They check on the way that what the SDK gives out is what came over the wire. A refusal is the SDK's own exception,
with the answer's body as `data` and its status as `status_code`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, ClassVar

import pytest

# The earlier generation's names of the services, and their versions.
PRODUCTS = {"ram": ("Ram", "2015-05-01"), "sts": ("Sts", "2015-04-01"), "rm": ("ResourceManager", "2020-03-31")}
REGION = "cn-hangzhou"


def camel(name: str) -> str:
    """A parameter's name as the API has it."""
    name = name.replace("mfabind", "m_f_a_bind")
    return "".join(part.capitalize() for part in name.split("_"))


def snake(name: str) -> str:
    """An operation's or a parameter's name as the current SDK has it, e.g. unbind_mfadevice for UnbindMFADevice."""
    return re.sub(r"(?<!^)(?<![A-Z])([A-Z])", r"_\1", name).lower()


def tag_list(tags: Mapping[str, str] | list[dict[str, str]]) -> list[dict[str, str]]:
    """Tags as the API has them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()] if isinstance(tags, Mapping) else tags


class Client:
    """One key, and a service's operations by ram(), sts() and rm() (Resource Manager).

    Parameters are named as in the current SDK, e.g. role_name; tag is a mapping, or a list as the API has it; None
    stands for absence. A call returns the answer's body without the request's ID.
    """

    def __init__(self, emulator: Any, key_id: str, secret: str, token: str | None = None, **config: Any) -> None:
        self.emulator = emulator
        self._key = {"access_key_id": key_id, "access_key_secret": secret, "security_token": token}
        self._config = config

    def call(self, service: str, action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def ram(self, action: str, **arguments: Any) -> dict[str, Any]:
        return self.call("ram", action, arguments)

    def sts(self, action: str, **arguments: Any) -> dict[str, Any]:
        return self.call("sts", action, arguments)

    def rm(self, action: str, **arguments: Any) -> dict[str, Any]:
        return self.call("rm", action, arguments)


class Current(Client):
    """The current SDKs. Each call checks that the SDK's model takes in the whole answer."""

    more_config: ClassVar[dict[str, Any]] = {}

    def __init__(self, *key: Any, **config: Any) -> None:
        super().__init__(*key, **config)
        self._clients: dict[str, Any] = {}

    def sdk(self, service: str) -> tuple[Any, Any]:
        """The client and the models of a service."""
        from alibabacloud_tea_openapi.models import Config

        package = {
            "ram": "alibabacloud_ram20150501",
            "sts": "alibabacloud_sts20150401",
            "rm": "alibabacloud_resourcemanager20200331",
        }[service]
        models = importlib.import_module(f"{package}.models")
        if service not in self._clients:
            settings = {"endpoint": self.emulator.endpoint, "protocol": "HTTPS", "ca": self.emulator.ca_bundle}
            config = Config(**{**settings, **self._key, **self.more_config, **self._config})
            self._clients[service] = importlib.import_module(f"{package}.client").Client(config)
        return self._clients[service], models

    def call(self, service: str, action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        client, models = self.sdk(service)
        answers: list[Any] = []
        self._listen(client, answers)
        arguments = dict(arguments)
        if arguments.get("tag") is not None:
            tag = getattr(models, f"{action}RequestTag")
            arguments["tag"] = [tag(key=item["Key"], value=item["Value"]) for item in tag_list(arguments["tag"])]
        request = getattr(models, f"{action}Request", None)
        response = self._send(client, snake(action), [request(**arguments)] if request else [])
        body = response.body.to_map()
        assert body == answers[0]["body"]
        assert body.pop("RequestId") == answers[0]["headers"]["x-acs-request-id"]
        return body

    def _send(self, client: Any, name: str, request: list[Any]) -> Any:
        return getattr(client, name)(*request)

    def _listen(self, client: Any, answers: list[Any]) -> None:
        """Put down what the SDK's transport gives to the SDK's models."""
        plain = type(client).call_api

        def call_api(*arguments: Any) -> Any:
            answers.append(plain(client, *arguments))
            return answers[-1]

        client.call_api = call_api


class CurrentAsync(Current):
    """The current SDKs' asynchronous methods."""

    def _send(self, client: Any, name: str, request: list[Any]) -> Any:
        return asyncio.run(getattr(client, f"{name}_async")(*request))

    def _listen(self, client: Any, answers: list[Any]) -> None:
        plain: Callable[..., Awaitable[Any]] = type(client).call_api_async

        async def call_api_async(*arguments: Any) -> Any:
            answers.append(await plain(client, *arguments))
            return answers[-1]

        client.call_api_async = call_api_async


class CurrentRpc(Current):
    """The current SDKs with the RPC signature."""

    more_config: ClassVar[dict[str, Any]] = {"signature_algorithm": "v2"}


class Earlier(Client):
    """The SDKs of the earlier generation: the RPC signature, and requests as their packages write them.

    Parameters that a package's request has no setter for, and operations that it has no request for, are called
    through what the core offers for such.
    """

    method: ClassVar[str] = "POST"
    in_form: ClassVar[bool] = False  # the parameters travel in the body, not in the query

    @functools.cached_property
    def client(self) -> Any:
        """The SDK's client of all services; `self.answers` has the HTTP responses that it got."""
        from aliyunsdkcore.auth.credentials import StsTokenCredential
        from aliyunsdkcore.client import AcsClient

        key = (self._key["access_key_id"], self._key["access_key_secret"])
        token = self._key["security_token"]
        who = {"credential": StsTokenCredential(*key, token)} if token else dict(zip(("ak", "secret"), key))
        client = AcsClient(**who, region_id=REGION, auto_retry=False, verify=self.emulator.ca_bundle, **self._config)
        for product, dummy in PRODUCTS.values():
            client.add_endpoint(REGION, product, self.emulator.endpoint)
        self.answers: list[Any] = []
        client.session.hooks["response"].append(lambda response, **more: self.answers.append(response))
        return client

    def request(self, service: str, action: str, arguments: Mapping[str, Any]) -> Any:
        """The SDK's request of an operation."""
        from aliyunsdkcore.http.protocol_type import HTTPS
        from aliyunsdkcore.request import CommonRequest

        product, version = PRODUCTS[service]
        package = f"aliyunsdk{product.lower()}.request.v{version.replace('-', '')}.{action}Request"
        try:
            request = getattr(importlib.import_module(package), f"{action}Request")()
        except ModuleNotFoundError:
            request = CommonRequest(product=product, version=version, action_name=action)
        request.set_protocol_type(HTTPS)
        request.set_method(self.method)
        for name, value in arguments.items():
            if value is not None:
                self._set(request, camel(name), value)
        if self.in_form:
            for name, value in request.get_query_params().items():
                request.add_body_params(name, value)
            request.set_query_params({})
        return request

    def _set(self, request: Any, name: str, value: Any) -> None:
        if name == "Tag":
            value = tag_list(value)
        setter = getattr(request, f"set_{name}", None)
        if setter:
            setter(value)
        else:
            request.add_query_param(name, json.dumps(value) if isinstance(value, list) else value)

    def call(self, service: str, action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        from aliyunsdkcore.acs_exception.exceptions import ServerException

        client, request = self.client, self.request(service, action, arguments)
        try:
            text = client.do_action_with_exception(request)
        except ServerException as error:
            answer = self.answers[-1]
            error.data, error.status_code = answer.json(), answer.status_code
            assert error.get_http_status() == error.status_code
            # It tells a wrong secret from the string to sign in the answer.
            code = {"SignatureDoesNotMatch": "InvalidAccessKeySecret"}.get(error.data["Code"], error.data["Code"])
            assert (error.get_error_code(), error.get_request_id()) == (code, error.data["RequestId"])
            raise
        answer = self.answers[-1]
        assert (answer.request.method, bool(answer.request.body)) == (self.method, bool(request.get_body_params()))
        body = json.loads(text)
        assert body.pop("RequestId") == answer.headers["x-acs-request-id"]
        return body


class EarlierGet(Earlier):
    """The earlier generation with GET."""

    method: ClassVar[str] = "GET"


class EarlierForm(Earlier):
    """The earlier generation with the parameters in a form."""

    in_form: ClassVar[bool] = True


# The three that the tests of operations run under, and all of them.
CLIENTS = {"current": Current, "async": CurrentAsync, "earlier": Earlier}
ALL_CLIENTS = {**CLIENTS, "current-rpc": CurrentRpc, "earlier-get": EarlierGet, "earlier-form": EarlierForm}


@contextlib.contextmanager
def refusal(code: str, status: int | None = None) -> Iterator[Any]:
    """Expects a refusal with a code and a status, by any of the clients."""
    from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
    from aliyunsdkcore.acs_exception.exceptions import ServerException

    with pytest.raises((AlibabaCloudException, ServerException)) as caught:
        yield caught
    assert caught.value.data["Code"] == code, caught.value.data
    if status is not None:
        assert caught.value.status_code == status
    assert set(caught.value.data) >= {"RequestId", "HostId", "Code", "Message", "Recommend"}


class Account:
    """An account in the emulator, with its administrator's client."""

    def __init__(self, emulator: Any, listed: Mapping[str, str], client_class: type[Client] = Current) -> None:
        self.emulator = emulator
        self.keys = listed
        self.id = listed["account_id"]
        self.client_class = client_class
        self.admin = client_class(emulator, listed["access_key_id"], listed["access_key_secret"])
        self.ram, self.sts, self.rm = self.admin.ram, self.admin.sts, self.admin.rm

    def client(self, name: str, secret: str = "secret", token: str | None = None, **config: Any) -> Client:
        """A client with a key that the seed gave this account: its ID is the account's ID and a name."""
        return self.client_class(self.emulator, f"{self.id}.{name}", secret, token, **config)

    def state(self) -> dict[str, Any]:
        return self.emulator.state(self.id)

    def role_arn(self, name: str) -> str:
        return f"acs:ram::{self.id}:role/{name}"
