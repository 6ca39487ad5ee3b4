#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: group_policies_info
short_description: Tell the policies of a RAM group
version_added: 1.0.0
description:
  - Returns the policies that are attached to a group, in the shape that M(alicloud.ram.group_policies) returns.
  - Grants that are scoped to a resource group may not be visible in RAM's lists.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes.info
  - alicloud.ram._rights
options:
  group_name:
    description: Name of the group.
    type: str
    required: true
seealso:
  - module: alicloud.ram.group_policies
"""

EXAMPLES = r"""
---
- name: Read the policies of a group
  alicloud.ram.group_policies_info:
    group_name: release-managers
  register: found

- name: Show their names
  ansible.builtin.debug:
    msg: "{{ found.group_policies.policies | default([]) | map(attribute='policy_name') }}"

- name: Allow what this module needs
  alicloud.ram.policy:
    name: rights-for-group-policies-info
    document: |
      {
        "Version": "1",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": ["ram:ListPoliciesForGroup"],
            "Resource": "acs:ram:*:1000000000000001:group/release-managers"
          }
        ]
      }
"""

RETURN = r"""
---
group_policies:
  description: The policies that are attached to the group; C({}) where there is no such group.
  returned: success
  type: dict
  contains:
    group_name:
      description: Name of the group.
      type: str
    policies:
      description: All policies that are attached to the group itself, by name.
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
          description: When it was attached, in UTC.
          type: str
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

from ansible_collections.alicloud.ram.plugins.module_utils._engine.module import info_module
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import run_module

ARGUMENT_SPEC, prepare = info_module("group_policies")


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
