# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection takes for granted of the SDK that is installed, so that a change of it has a name.

What comes of it, calls that are served and answers that are understood, is tested in test_transport.py and test_api.py.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pathlib
import re
from importlib.metadata import version
from typing import Any

import pytest

from ansible_collections.alicloud.ram.plugins import module_utils
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.operations import SERVICES
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import Settings
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.transport import Transport

for package in SERVICES.values():
    pytest.importorskip(package)

NAMES = {"PolicyName": "p", "PolicyType": "Custom"}
TAGGED = {"ResourceType": "policy", "ResourceNames": ["p"]}
ABOUT_USER = {"DisplayName": "n", "Comments": "c", "Email": "e@example.com", "MobilePhone": "86-1"}
# Each operation in use, with all the parameters that are sent with it.
OPERATIONS: dict[str, dict[str, dict[str, Any]]] = {
    "sts": {
        "AssumeRole": {
            "RoleArn": "a", "RoleSessionName": "s", "DurationSeconds": 1800, "ExternalId": "e", "Policy": "{}"
        },
        "GetCallerIdentity": {},
    },
    "resourcemanager": {
        "GetResourceDirectory": {},
        "GetServiceLinkedRoleDeletionStatus": {"DeletionTaskId": "t"},
        "ListAccounts": {"PageNumber": 1, "PageSize": 100, "IncludeTags": True},
        "ListPolicyAttachments": {"PrincipalType": "IMSUser", "PageNumber": 1, "PageSize": 100},
        "ListFoldersForParent": {"ParentFolderId": "f", "PageNumber": 1, "PageSize": 100},
    },
    "ram": {
        "GetServiceLinkedRoleTemplate": {"ServiceName": "s"},
        "GetRole": {"RoleName": "r"},
        "CreateServiceLinkedRole": {"ServiceName": "s", "CustomSuffix": "x", "Description": "d"},
        "DeleteServiceLinkedRole": {"RoleName": "r"},
        "GetPolicy": NAMES,
        "ListPolicyVersions": NAMES,
        "ListEntitiesForPolicy": NAMES,
        "ListTagResources": {**TAGGED, "NextToken": "n", "PageSize": 100},
        "CreatePolicy": {
            "PolicyName": "p", "PolicyDocument": "{}", "Description": "d", "Tag": [{"Key": "k", "Value": "v"}]
        },
        "CreatePolicyVersion": {
            "PolicyName": "p", "PolicyDocument": "{}", "SetAsDefault": True, "RotateStrategy": "None"
        },
        "SetDefaultPolicyVersion": {"PolicyName": "p", "VersionId": "v1"},
        "UpdatePolicyDescription": {"PolicyName": "p", "NewDescription": "d"},
        "TagResources": {**TAGGED, "Tag": [{"Key": "k", "Value": "v"}]},
        "UntagResources": {**TAGGED, "TagKeys": ["k"]},
        "DeletePolicy": {"PolicyName": "p", "CascadingDelete": "true"},
        "DecodeDiagnosticMessage": {"EncodedDiagnosticMessage": "AQ=="},
        "ListRoles": {"Marker": "m", "MaxItems": 1000},
        "CreateRole": {
            "RoleName": "r", "AssumeRolePolicyDocument": "{}", "Description": "d", "MaxSessionDuration": 3600,
            "Tag": [{"Key": "k", "Value": "v"}],
        },
        "UpdateRole": {
            "RoleName": "r", "NewAssumeRolePolicyDocument": "{}", "NewDescription": "d", "NewMaxSessionDuration": 3600,
            "NewAllowConsoleLogin": True,
        },
        "DeleteRole": {"RoleName": "r"},
        "GetUser": {"UserName": "u"},
        "ListUsers": {"Marker": "m", "MaxItems": 1000},
        "CreateUser": {"UserName": "u", **ABOUT_USER},
        "UpdateUser": {"UserName": "u", **{f"New{name}": "" for name in ABOUT_USER}},
        **dict.fromkeys(
            ("DeleteUser", "ListAccessKeys", "GetLoginProfile", "DeleteLoginProfile", "GetUserMFAInfo", "UnbindMFADevice"),
            {"UserName": "u"},
        ),
        **dict.fromkeys(("DeleteAccessKey", "GetAccessKeyLastUsed"), {"UserName": "u", "UserAccessKeyId": "k"}),
        "UpdateAccessKey": {"UserName": "u", "UserAccessKeyId": "k", "Status": "Inactive"},
        "ListVirtualMFADevices": {},
        "DeleteVirtualMFADevice": {"SerialNumber": "s"},
        "GetGroup": {"GroupName": "g"},
        "ListGroups": {"Marker": "m", "MaxItems": 100},
        "CreateGroup": {"GroupName": "g", "Comments": "c"},
        "UpdateGroup": {"GroupName": "g", "NewComments": ""},
        "DeleteGroup": {"GroupName": "g"},
        "ListGroupsForUser": {"UserName": "u"},
        "ListUsersForGroup": {"GroupName": "g", "Marker": "m", "MaxItems": 1000},
        **dict.fromkeys(("AddUserToGroup", "RemoveUserFromGroup"), {"UserName": "u", "GroupName": "g"}),
        "ListPolicies": {"PolicyType": "Custom", "Marker": "m", "MaxItems": 1000},
        "ListPoliciesForUser": {"UserName": "u"},
        "ListPoliciesForGroup": {"GroupName": "g"},
        "ListPoliciesForRole": {"RoleName": "r"},
        **{
            f"{verb}Policy{word}{kind}": {**NAMES, f"{kind}Name": "n"}
            for verb, word in (("Attach", "To"), ("Detach", "From"))
            for kind in ("User", "Group", "Role")
        },
    },
}  # fmt: skip


def installed() -> str:
    names = ("darabonba-core", "alibabacloud-tea-openapi", *(name.replace("_", "-") for name in SERVICES.values()))
    return ", ".join(f"{name} {version(name)}" for name in names)


def method_of(service: str, operation: str) -> Any:
    client = importlib.import_module(f"{SERVICES[service]}.client").Client
    name = re.sub(r"(?<!^)(?<![A-Z])(?=[A-Z])", "_", operation).lower()
    return getattr(client, f"{name}_with_options_async", None)


def expect(holds: bool, what: str) -> None:
    assert holds, f"{what} is not as the collection expects it, with {installed()}"


def test_the_method_that_does_the_io() -> None:
    from alibabacloud_tea_openapi.client import Client
    from darabonba.core import DaraCore

    method = inspect.unwrap(DaraCore.async_do_action)
    expect(
        inspect.iscoroutinefunction(method)
        and list(inspect.signature(method).parameters) == ["request", "runtime_option"],
        "The signature of DaraCore.async_do_action(request, runtime_option)",
    )
    expect("async_do_action" in Client.do_request_async.__code__.co_names, "Client.do_request_async")


def test_requests_and_answers() -> None:
    from darabonba.core import DaraCore
    from darabonba.request import DaraRequest
    from darabonba.response import DaraResponse

    request, response = DaraRequest(), DaraResponse()
    for name in ("method", "headers", "body", "query", "protocol", "pathname"):
        expect(hasattr(request, name), f"DaraRequest.{name}")
    for name in ("status_code", "status_message", "headers", "body"):
        expect(hasattr(response, name), f"DaraResponse.{name}")
    request.protocol, request.pathname, request.query = "HTTPS", "/", {"A": "x y"}
    request.headers = {"host": "127.0.0.1:8443"}
    expect(DaraCore.compose_url(request) == "https://127.0.0.1:8443/?A=x+y", "DaraCore.compose_url")


def test_what_the_sdk_is_told() -> None:
    from alibabacloud_tea_openapi.utils_models import Config

    transport = Transport(Settings(ca_bundle="ca.pem", proxy="http://proxy", connect_timeout=1.5, read_timeout=2))
    for name, value in transport.sdk_config().items():
        expect(getattr(Config(**{name: value}), name, None) == value, f"Config.{name}")
    for name in ("credential", "endpoint", "protocol", "user_agent"):
        expect(getattr(Config(**{name: "x"}), name, None) == "x", f"Config.{name}")
    expect(transport.sdk_runtime().ignore_ssl is False, "RuntimeOptions.ignore_ssl")
    insecure = Transport(Settings(validate_certs=False))
    expect(insecure.sdk_runtime().ignore_ssl is True, "RuntimeOptions.ignore_ssl")


def test_credentials() -> None:
    from alibabacloud_credentials.models import CredentialModel

    given = {"access_key_id": "i", "access_key_secret": "s", "security_token": "t", "type": "sts", "provider_name": "p"}
    model = CredentialModel(**given)
    for name, value in given.items():
        expect(getattr(model, name, None) == value, f"CredentialModel.{name}")


@pytest.mark.parametrize("service, operation", [(one, name) for one, names in OPERATIONS.items() for name in names])
def test_an_operation(service: str, operation: str) -> None:
    method = method_of(service, operation)
    expect(inspect.iscoroutinefunction(method), f"The method of {operation}")
    models = importlib.import_module(f"{SERVICES[service]}.models")
    model = getattr(models, f"{operation}Request", None)
    expect(len(inspect.signature(method).parameters) == (3 if model else 2), f"The signature of {operation}'s method")
    parameters = OPERATIONS[service][operation]
    expect(bool(model) or not parameters, f"{operation}Request")
    if model:
        sent = model().from_map(parameters).to_map()
        expect({name: sent.get(name) for name in parameters} == parameters, f"{operation}Request")


def test_no_operation_is_forgotten() -> None:
    known = {operation for operations in OPERATIONS.values() for operation in operations}
    used = set()
    for path in pathlib.Path(module_utils.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and re.fullmatch("([A-Z][a-z]+){2,}", str(node.value)):
                used.add(node.value)
    used = {name for name in used if any(method_of(service, name) for service in SERVICES)}
    assert len(used) > 10 and used <= known


def test_the_family_of_errors_that_refusals_are() -> None:
    """What ``Api`` reads of a refusal; which class has what differs between versions."""
    from alibabacloud_tea_openapi.exceptions import ClientException, ServerException, ThrottlingException
    from darabonba.exceptions import UnretryableException
    from darabonba.policy.retry import RetryPolicyContext

    cause = ValueError("x")
    fault = UnretryableException(RetryPolicyContext(exception=cause))
    expect(fault.inner_exception is cause, "UnretryableException.inner_exception")
    for kind in (ClientException, ServerException, ThrottlingException):
        error = kind(status_code=400, code="c", message="m", data={"Code": "c"}, request_id="r")
        expect(error.status_code == 400 and error.data["Code"] == "c", kind.__name__)
    expect(ThrottlingException(retry_after=5).retry_after == 5, "ThrottlingException.retry_after")
