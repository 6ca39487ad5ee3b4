# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attaching policies to users, groups and roles, and listing what is attached.

The three kinds differ in their names only, so they share their functions.
"""

from __future__ import annotations

from ..errors import ApiError, unknown, verified
from ..parameters import Choice, Integer, Param, group_name, policy_name, policy_type, role_name, user_name
from ..registry import Body, Call, operation, page_by_number
from ..store import Account, Principal, Role

_PRINCIPALS = {"User": user_name(), "Group": group_name(), "Role": role_name()}


def _find(call: Call, kind: str) -> Principal:
    principal = call.account.principal(kind, call[f"{kind}Name"])
    if isinstance(principal, Role) and principal.service_name:
        raise ApiError("OperationDenied.ServiceLinkedRole")
    return principal


def _attach(call: Call, kind: str) -> Body:
    account = call.account
    principal = _find(call, kind)
    policy = call.world.policy(account, call["PolicyType"], call["PolicyName"])
    if call["ResourceGroupId"]:
        # Source: ListPoliciesForUser does not show what is attached in a resource group.
        # unknown: quotas of such attachments, and whether the resource group must exist. Not checked.
        scope = (policy.key, (kind, principal.name), call["ResourceGroupId"])
        if scope in account.scoped:
            raise ApiError(f"EntityAlreadyExists.{kind}.Policy")
        account.scoped[scope] = call.time
        return {}
    if policy.key in principal.policies:
        raise ApiError(f"EntityAlreadyExists.{kind}.Policy")
    attached = sum(1 for key in principal.policies if key[0] == policy.type)
    if attached >= account.quotas.attached(policy.type):
        raise ApiError(f"LimitExceeded.{kind}.Policy")
    account.attach(kind, principal, policy.key, call.time)
    return {}


def _detach(call: Call, kind: str) -> Body:
    account = call.account
    principal = _find(call, kind)
    policy = call.world.policy(account, call["PolicyType"], call["PolicyName"])
    if call["ResourceGroupId"]:
        if account.scoped.pop((policy.key, (kind, principal.name), call["ResourceGroupId"]), None) is None:
            raise ApiError(f"EntityNotExist.{kind}.Policy")
        return {}
    if policy.key not in principal.policies:
        raise ApiError(f"EntityNotExist.{kind}.Policy")
    account.detach(kind, principal, policy.key)
    return {}


def _list(call: Call, kind: str) -> Body:
    account = call.account
    principal = account.principal(kind, call[f"{kind}Name"])
    policies = []
    for (policy_kind, name), date in sorted(principal.policies.items()):
        policy = call.world.policy(account, policy_kind, name)
        policies.append(
            {
                "PolicyName": name,
                "PolicyType": policy_kind,
                "Description": policy.description,
                "DefaultVersion": policy.default,
                "AttachDate": date,
            }
        )
    return {"Policies": {"Policy": policies}}


_TYPES = {"User": "IMSUser", "Group": "IMSGroup", "Role": "ServiceRole"}


def _principal_name(account: Account, kind: str, name: str) -> str:
    """Source: samples for users and roles, with the account's default domain; that of groups is inferred."""
    domain = {"User": "onaliyun.com", "Group": "onaliyun.com", "Role": "onaliyunservice.com"}[kind]
    part = {"User": "", "Group": "group.", "Role": "role."}[kind]
    return f"{name}@{part}{account.id}.{domain}"


@operation(
    "resourcemanager",
    "ListPolicyAttachments",
    Param("ResourceGroupId"),
    policy_type(required=False),
    policy_name(required=False),
    Choice("PrincipalType", choices=tuple(_TYPES.values())),
    Param("PrincipalName"),
    Choice("Language", choices=("en", "zh-CN", "ja")),
    Integer("PageNumber", default=1, low=1),
    Integer("PageSize", default=10, low=1, high=100),
    resources=["*"],
)
def list_policy_attachments(call: Call) -> Body:
    """All scopes; a grant of the whole account has the account's ID as its resource group (inferred). unknown: the order."""
    account = call.account
    grants = [
        (key, holder, account.id, date)
        for key, holders in account.attachments.items()
        for holder, date in holders.items()
    ]
    grants += [(key, holder, group, date) for (key, holder, group), date in account.scoped.items()]
    found = []
    for (policy_kind, name), (kind, principal), group, date in sorted(grants):
        shown = {
            "PolicyName": name,
            "PolicyType": policy_kind,
            "Description": call.world.policy(account, policy_kind, name).description,
            "PrincipalName": _principal_name(account, kind, principal),
            "PrincipalType": _TYPES[kind],
            "ResourceGroupId": group,
            "AttachDate": date,
        }
        asked = ("ResourceGroupId", "PolicyType", "PolicyName", "PrincipalType", "PrincipalName")
        if all(call[parameter] in (None, "", shown[parameter]) for parameter in asked):
            found.append(shown)
    page, body = page_by_number(call, found)
    return {"PolicyAttachments": {"PolicyAttachment": page}, **body}


def _register(kind: str) -> None:
    """AttachPolicyToX, DetachPolicyFromX and ListPoliciesForX."""
    named = _PRINCIPALS[kind]
    parameters = (policy_type(), policy_name(), named, Param("ResourceGroupId"))
    own = f"{kind.lower()}/{{{kind}Name}}"
    absent = verified(f"EntityNotExist.{kind}")
    both_absent = absent + verified("EntityNotExist.Policy")
    if kind == "Role":
        both_absent += unknown("OperationDenied.ServiceLinkedRole")
    # Source: the operations' pages name both the principal and the policy as resources.
    both = [own, "policy/{PolicyName}"]
    operation(
        "ram",
        f"AttachPolicyTo{kind}",
        *parameters,
        resources=both,
        write=True,
        errors=both_absent + verified(f"EntityAlreadyExists.{kind}.Policy", f"LimitExceeded.{kind}.Policy"),
    )(lambda call: _attach(call, kind))
    operation(
        "ram",
        f"DetachPolicyFrom{kind}",
        *parameters,
        resources=both,
        write=True,
        errors=both_absent + verified(f"EntityNotExist.{kind}.Policy"),
    )(lambda call: _detach(call, kind))
    operation("ram", f"ListPoliciesFor{kind}", named, resources=[own], errors=absent)(lambda call: _list(call, kind))


for _kind in _PRINCIPALS:
    _register(_kind)
