#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: baseline_info
short_description: Get many RAM resources of an account in one task
version_added: 1.0.0
description:
  - Read-only. Returns the current state of any number of RAM resources, each in the format of its own info module.
    Independent reads are made in parallel.
  - M(alicloud.ram.baseline) returns the same lists, but only with the declared policies of a user, group or role, and only with
    tags that are declared.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes.info
  - alicloud.ram._rights
options:
  # BEGIN generated: info_sections
  service_linked_roles:
    description: Get the service-linked roles of an account. Each entry has the options of M(alicloud.ram.service_linked_role_info).
    type: list
    elements: dict
    default: []
    suboptions:
      service_name:
        description: The service that the role is linked to.
        type: str
        required: true
      custom_suffix:
        description: Suffix of the role's name, for services that allow several roles.
        type: str
  users:
    description: Get RAM users. Each entry has the options of M(alicloud.ram.user_info).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the user, without the part after the C(@).
        type: str
        required: true
  groups:
    description: Get RAM groups and their members. Each entry has the options of M(alicloud.ram.group_info).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the group.
        type: str
        required: true
  roles:
    description: Get RAM roles. Each entry has the options of M(alicloud.ram.role_info).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the role.
        type: str
        required: true
  policies:
    description: Get RAM policies. Each entry has the options of M(alicloud.ram.policy_info).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the policy.
        type: str
        required: true
      type:
        description: Type of the policy. A custom policy and a system policy of the same name are different
          policies.
        type: str
        choices: [Custom, System]
        default: Custom
  user_policies:
    description: Get the policies of a RAM user. Each entry has the options of M(alicloud.ram.user_policies_info).
    type: list
    elements: dict
    default: []
    suboptions:
      user_name:
        description: Name of the user.
        type: str
        required: true
  group_policies:
    description: Get the policies of a RAM group. Each entry has the options of M(alicloud.ram.group_policies_info).
    type: list
    elements: dict
    default: []
    suboptions:
      group_name:
        description: Name of the group.
        type: str
        required: true
  role_policies:
    description: Get the policies of a RAM role. Each entry has the options of M(alicloud.ram.role_policies_info).
    type: list
    elements: dict
    default: []
    suboptions:
      role_name:
        description: Name of the role.
        type: str
        required: true
  # END generated: info_sections
seealso:
  - module: alicloud.ram.baseline
"""

EXAMPLES = r"""
---
- name: Get everything that image import needs
  alicloud.ram.baseline_info:
    service_linked_roles:
      - service_name: connect-customer-vpc.cr.aliyuncs.com
    policies:
      - name: acr-connect-customer-vpc
    user_policies:
      - user_name: ci-deployer
  register: found

- name: Fail if the role or the policy is missing, or if the policy is not attached to the user
  ansible.builtin.assert:
    that:
      - found.baseline.service_linked_roles[0] | length > 0
      - found.baseline.policies[0] | length > 0
      - >-
        'acr-connect-customer-vpc' in
        found.baseline.user_policies[0].policies | default([]) | map(attribute='policy_name')

- name: Get the policies of several users
  alicloud.ram.baseline_info:
    user_policies:
      - user_name: ci-deployer
      - user_name: ci-builder
  register: found

- name: Show the policies of each user that exists
  ansible.builtin.debug:
    msg: "{{ item.user_name }} has {{ item.policies | map(attribute='policy_name') | join(', ') | default('no policies', true) }}"
  loop: "{{ found.baseline.user_policies | select }}"
  loop_control:
    label: "{{ item.user_name }}"

- name: Get the service-linked role in each member account
  alicloud.ram.baseline_info:
    assume_role:
      account_id: "{{ item }}"
      role_name: ResourceDirectoryAccountAccessRole
    service_linked_roles:
      - service_name: connect-customer-vpc.cr.aliyuncs.com
  loop:
    - "1000000000000011"
    - "1000000000000012"
  register: found

- name: Show the accounts in which the role is missing
  ansible.builtin.debug:
    msg: >-
      {{ found.results | map(attribute='baseline') | selectattr('service_linked_roles', 'equalto', [{}])
         | map(attribute='account_id') }}
"""

RETURN = r"""
---
baseline:
  description:
    - The current state of the resources.
    - Each list contains one entry for each entry of the option of the same name, in the same order. A resource that does not
      exist is C({}).
  returned: success
  type: dict
  contains:
    account_id:
      description: The account. If neither O(account_id) nor O(assume_role) is set, finding it out costs one call.
      type: str
    # BEGIN generated: states
    service_linked_roles:
      description: As RV(alicloud.ram.service_linked_role_info#module:service_linked_role).
      type: list
      elements: dict
    users:
      description: As RV(alicloud.ram.user_info#module:user).
      type: list
      elements: dict
    groups:
      description: As RV(alicloud.ram.group_info#module:group).
      type: list
      elements: dict
    roles:
      description: As RV(alicloud.ram.role_info#module:role).
      type: list
      elements: dict
    policies:
      description: As RV(alicloud.ram.policy_info#module:policy).
      type: list
      elements: dict
    user_policies:
      description: As RV(alicloud.ram.user_policies_info#module:user_policies).
      type: list
      elements: dict
    group_policies:
      description: As RV(alicloud.ram.group_policies_info#module:group_policies).
      type: list
      elements: dict
    role_policies:
      description: As RV(alicloud.ram.role_policies_info#module:role_policies).
      type: list
      elements: dict
    # END generated: states
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

from ansible_collections.alicloud.ram.plugins.module_utils._engine.baseline import info_argument_spec, prepare_info
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import run_module

ARGUMENT_SPEC = info_argument_spec()
prepare = prepare_info


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
