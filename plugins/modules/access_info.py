#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: access_info
short_description: Tell what users, groups and roles may do, and which policies decide
version_added: 1.0.0
description:
  - Read-only. For each named user, group and role, and each combination of the O(actions) and O(resources), returns whether the
    policies allow it, and names the statements that decide.
  - The policies of a user are its own and those of its groups. Policies that are attached in resource groups are read as well.
  - The answer is never guessed. If it depends on something that is not known or not documented, such as a condition key that is not
    in O(context), it is V(undetermined), with the reason. So it is if the caller is not allowed to read a policy.
  - Not read are the control policies of a resource directory, which can deny what is V(allowed) here, the trust policies of
    roles, and the policies of OSS buckets.
options:
  users:
    description: Names of RAM users. At least one of O(users), O(groups) and O(roles) must name somebody.
    type: list
    elements: str
    default: []
  groups:
    description: Names of groups.
    type: list
    elements: str
    default: []
  roles:
    description: Names of roles.
    type: list
    elements: str
    default: []
  actions:
    description: The actions, such as V(ram:CreateServiceLinkedRole). Wildcards are not possible.
    type: list
    elements: str
    required: true
  resources:
    description:
      - The resources, as ARNs. C(${account_id}) is the ID of the account. V(*) stands for a resource that only the pattern
        V(*) matches, as operations without a resource of their own have it.
      - The documentation of each API operation names the resource that it checks. For C(CreateServiceLinkedRole), it is
        V(acs:ram:*:${account_id}:role/*).
    type: list
    elements: str
    required: true
  context:
    description:
      - Condition keys of the request and their values, such as C(ram:ServiceName). A key with the value null is certainly not in
        the request. A key that is not named here may have any value.
    type: dict
    default: {}
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes.info
  - alicloud.ram._rights
seealso:
  - module: alicloud.ram.user_policies_info
  - module: alicloud.ram.service_linked_role
"""

EXAMPLES = r"""
---
- name: Find out why the service-linked role of Container Registry was not created for a user
  alicloud.ram.access_info:
    users: [alice]
    actions: [ram:CreateServiceLinkedRole]
    resources: ["acs:ram:*:${account_id}:role/*"]
    context:
      ram:ServiceName: connect-customer-vpc.cr.aliyuncs.com
  register: alice

- name: Show the decision and its statements
  ansible.builtin.debug:
    var: alice.access

- name: Find out what a group and a role may do with a policy
  alicloud.ram.access_info:
    groups: [developers]
    roles: [artifact-publisher]
    actions: [ram:CreatePolicyVersion, ram:DeletePolicy]
    resources: ["acs:ram:*:${account_id}:policy/publish-artifacts"]
  register: holders

- name: Make sure that neither may delete it
  ansible.builtin.assert:
    that: >-
      holders.access | selectattr('action', 'equalto', 'ram:DeletePolicy')
      | rejectattr('decision', 'equalto', 'denied') | length == 0

- name: Ask the same of all users
  alicloud.ram.user_info:
  register: all_users

- name: Find out who may write to the bucket of the artifacts
  alicloud.ram.access_info:
    users: "{{ all_users.users | map(attribute='user_name') }}"
    actions: [oss:PutObject]
    resources: ["acs:oss:*:${account_id}:artifacts/*"]
  register: writers
"""

RETURN = r"""
---
# BEGIN shared: return_access
access:
  description: The decisions, for each user, group and role, each action and each resource.
  returned: success
  type: list
  elements: dict
  contains:
    principal_type:
      description: V(user), V(group) or V(role).
      type: str
    principal_name:
      description: Name of the user, group or role.
      type: str
    exists:
      description: Whether it exists. Whoever does not exist is denied everything.
      type: bool
    action:
      description: The action.
      type: str
    resource:
      description: The resource, with the ID of the account put in.
      type: str
    decision:
      description: V(allowed), V(denied) or V(undetermined).
      type: str
    explicit_deny:
      description: Whether a statement denies it. If V(false) and the decision is V(denied), no statement allows it.
      type: bool
    statements:
      description: The statements that decide, or that would decide if it were known whether they apply.
      type: list
      elements: dict
      contains:
        policy_name:
          description: Name of the policy; empty if it is not known which policies there are.
          type: str
        policy_type:
          description: V(Custom) or V(System).
          type: str
        statement:
          description: Number of the statement in the policy, from 1. Null if the policy could not be read.
          type: int
        effect:
          description: V(Allow) or V(Deny). Null if it is not known.
          type: str
        through:
          description: The group that has the policy. Null if it is attached to the principal itself.
          type: str
          sample: group 'operators'
        resource_group:
          description: ID of the resource group to which the attachment is limited. Null if it is for the whole account.
          type: str
    reasons:
      description: Why the decision is V(undetermined).
      type: list
      elements: str
    would_allow:
      description: The smallest policy that would allow it, without conditions. Null unless the decision is V(denied), and no
        statement denies it.
      type: dict
# END shared: return_access
not_read:
  description: What can deny what is V(allowed), and was not read.
  returned: success
  type: list
  elements: str
# BEGIN shared: return_failure
code:
  description: The error code of the service.
  returned: failure of a call
  type: str
  sample: NoPermission
operation:
  description: The API operation that failed.
  returned: failure of a call
  type: str
request_id:
  description: ID of the failed request. Alibaba Cloud support asks for it.
  returned: failure of a call
  type: str
account_id:
  description: The account that was called, or the account of the role that could not be assumed.
  returned: failure, if the account is known
  type: str
missing_action:
  description: The RAM action that the caller needs.
  returned: failure because the caller was denied, if the service reported that no policy of the caller allows the action
  type: str
  sample: ram:CreatePolicy
denied_by:
  description:
    - What the service reported about the denial. What it did not report is null.
    - If the caller is allowed C(ram:DecodeDiagnosticMessage), one more call after the failure asks for the policies.
  returned: failure because the caller was denied, if the service reported anything about the reason
  type: dict
  contains:
    policy_type:
      description: The kind of policy that decided. V(AssumeRolePolicy) is the trust policy of the role to assume,
        V(ControlPolicy) is a control policy of the resource directory, and V(SessionPolicy) is the policy of the caller's
        session. Types that end in V(IdentityBasedPolicy) are policies of the caller itself, of its groups or of its role.
      type: str
      sample: AccountLevelIdentityBasedPolicy
    explicit:
      description: Whether a statement denies the action. If V(false), no statement allows it.
      type: bool
    action:
      description: The action that was denied.
      type: str
      sample: ram:CreatePolicy
    resource:
      description: The resource on which the action was denied.
      type: str
    principal:
      description: The caller, with its C(type), C(account_id) and C(name). The name of a RAM user is its ID.
      type: dict
    policies:
      description: The policies that apply to the action and the resource, at most 20. Null if the service was not asked, or
        did not answer.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the policy, or ID of a control policy.
          type: str
        type:
          description: Type of the policy, for example V(Custom) or V(System).
          type: str
        version:
          description: Version of a custom policy.
          type: str
        effect:
          description: V(Allow) or V(Deny).
          type: str
        attached_to:
          description: The kind of principal that the policy is attached to.
          type: str
          sample: RamUser
        scope:
          description: Scope of the attachment.
          type: str
          sample: Account
# END shared: return_failure
"""

from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._engine.access_info import SPEC, prepare
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import run_module

ARGUMENT_SPEC: dict[str, Any] = SPEC


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
