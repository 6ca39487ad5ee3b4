#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: role_policies
short_description: Manage the policies of a RAM role
version_added: 1.0.0
description:
  - Attaches system and custom policies to a role, or detaches them.
  - A role or policy that does not exist is an error with O(state=present). With O(state=absent) there is nothing to do.
  - Grants that are scoped to a resource group may not be visible in RAM's lists; they are neither seen nor changed.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes
  - alicloud.ram._rights
  - alicloud.ram._variables
  - alicloud.ram._principal_policies
options:
  role_name:
    description: Name of the role. A service-linked role is refused, because its policies are the service's own.
    type: str
    required: true
seealso:
  - module: alicloud.ram.role_policies_info
  - module: alicloud.ram.policy
"""

EXAMPLES = r"""
---
- name: Give a role read access and one policy of our own
  alicloud.ram.role_policies:
    role_name: ci-runner
    policies:
      - name: AliyunContainerRegistryReadOnlyAccess
        type: System
      - name: acr-connect-customer-vpc

- name: Make the list exact, so that anything else is detached
  alicloud.ram.role_policies:
    role_name: ci-runner
    exclusive: true
    policies:
      - name: acr-connect-customer-vpc

# Only with exclusive: ram:DetachPolicyFromRole.
# That no system policy has the name of a custom one is looked at only where the custom one does not exist.
- name: Allow what state=present needs
  alicloud.ram.policy:
    name: rights-for-role-policies-present
    document: |
      {
        "Version": "1",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": [
              "ram:GetRole",
              "ram:ListPoliciesForRole",
              "ram:AttachPolicyToRole",
              "ram:DetachPolicyFromRole"
            ],
            "Resource": "acs:ram:*:1000000000000001:role/ci-runner"
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:GetPolicy",
              "ram:AttachPolicyToRole"
            ],
            "Resource": [
              "acs:ram:*:1000000000000001:policy/acr-connect-customer-vpc",
              "acs:ram:*:system:policy/AliyunContainerRegistryReadOnlyAccess"
            ]
          },
          {
            "Effect": "Allow",
            "Action": ["ram:GetPolicy"],
            "Resource": "acs:ram:*:system:policy/acr-connect-customer-vpc"
          },
          {
            "Effect": "Allow",
            "Action": ["ram:DetachPolicyFromRole"],
            "Resource": [
              "acs:ram:*:1000000000000001:policy/*",
              "acs:ram:*:system:policy/*"
            ]
          }
        ]
      }

- name: Allow what state=absent needs
  alicloud.ram.policy:
    name: rights-for-role-policies-absent
    document: |
      {
        "Version": "1",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": [
              "ram:GetRole",
              "ram:ListPoliciesForRole",
              "ram:DetachPolicyFromRole"
            ],
            "Resource": "acs:ram:*:1000000000000001:role/ci-runner"
          },
          {
            "Effect": "Allow",
            "Action": ["ram:DetachPolicyFromRole"],
            "Resource": [
              "acs:ram:*:1000000000000001:policy/acr-connect-customer-vpc",
              "acs:ram:*:system:policy/AliyunContainerRegistryReadOnlyAccess"
            ]
          }
        ]
      }
"""

RETURN = r"""
---
role_policies:
  description: The policies that are attached to the role, or in check mode will be; C({}) where there is no such role.
  returned: success
  type: dict
  contains:
    role_name:
      description: Name of the role.
      type: str
    policies:
      description: All policies that are attached to the role itself, by name.
      type: list
      elements: dict
      contains:
        policy_name:
          description: Name of the policy.
          type: str
        policy_type:
          description: Type of the policy, V(Custom) or V(System).
          type: str
        attach_date:
          description: When it was attached, in UTC. Null where check mode predicts it.
          type: str
# BEGIN shared: return_changes
changes:
  description:
    - The API writes that were made, in order, or that check mode predicts.
    - A write that somebody else made at the same time is not among them.
    - A failed task lists here what was done before it failed.
  returned: success, and failure once writing has begun
  type: list
  elements: dict
  contains:
    operation:
      description: The API operation.
      type: str
      sample: AttachPolicyToUser
    target:
      description: What it is done to.
      type: str
    parameters:
      description: The operation's parameters, policy documents as data.
      type: dict
    removes:
      description: What goes with it, such as the oldest version of a policy that has five. Only where something does.
      type: str
uncertain:
  description: A write, as in RV(changes), of which it is not known whether it took effect.
  returned: failure during a write
  type: list
  elements: dict
not_reached:
  description:
    - What was observed after all changes, if it is not what was declared, because somebody else changed it at the same time for
      example. The task then fails.
  returned: failure, where the last observation is not as declared
  type: list
  elements: dict
  contains:
    resource:
      description: What it is about.
      type: str
    expected:
      description: The state that the changes lead to, in the form of the task's diff.
      type: dict
    observed:
      description: The state that was observed last, in the same form.
      type: dict
assumed:
  description:
    - What check mode took for granted, because it cannot see what the tasks before it would have done. Empty outside of
      check mode.
    - Where it is empty, a run on the account as it is now does what check mode predicts.
  returned: success
  type: list
  elements: str
# END shared: return_changes
# BEGIN shared: return_failure
code:
  description: The service's error code.
  returned: failure of a call
  type: str
  sample: NoPermission
operation:
  description: The API operation that failed.
  returned: failure of a call
  type: str
request_id:
  description: ID of the failed request, to ask the service's support with.
  returned: failure of a call
  type: str
account_id:
  description: The account that was called, or that of the role that could not be assumed.
  returned: failure, as far as the account is known
  type: str
missing_action:
  description: The RAM action that the caller has to be allowed.
  returned: failure because the caller was denied, if the service said that no policy of the caller allows the action
  type: str
  sample: ram:CreatePolicy
denied_by:
  description:
    - What the service said of why the caller was denied. What it did not say is null.
    - If the caller is allowed C(ram:DecodeDiagnosticMessage), one more call after the failure asks for the policies.
  returned: failure because the caller was denied, if the service said anything of the reason
  type: dict
  contains:
    policy_type:
      description: The kind of policy that decided. V(AssumeRolePolicy) is the trust policy of the role to assume,
        V(ControlPolicy) one of the resource directory, V(SessionPolicy) that of the caller's session. Those that end in
        V(IdentityBasedPolicy) are the caller's own and those of its groups or its role.
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
      description: The resource on which it was denied.
      type: str
    principal:
      description: The caller, with its C(type), C(account_id) and C(name). The name of a RAM user is its ID.
      type: dict
    policies:
      description: The policies that apply to the action and the resource, at most 20. Null if the service was not asked, or did not tell.
      type: list
      elements: dict
      contains:
        name:
          description: The policy's name, or the ID of a control policy.
          type: str
        type:
          description: V(Custom) or V(System), for example.
          type: str
        version:
          description: The version of a custom policy.
          type: str
        effect:
          description: V(Allow) or V(Deny).
          type: str
        attached_to:
          description: The kind of principal that the policy is attached to.
          type: str
          sample: RamUser
        scope:
          description: The scope of the attachment.
          type: str
          sample: Account
# END shared: return_failure
"""

from ansible_collections.alicloud.ram.plugins.module_utils._engine.module import managed_module
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import run_module

ARGUMENT_SPEC, prepare = managed_module("role_policies")


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
