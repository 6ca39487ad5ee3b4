#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: policy_info
short_description: Get RAM policies
version_added: 1.0.0
description:
  - Read-only. Returns a custom or system policy in the same format as M(alicloud.ram.policy).
  - The tags of a system policy are null.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes.info
  - alicloud.ram._rights
options:
  name:
    description: Name of the policy. If omitted, all policies of O(type) are returned, as RV(policies).
    type: str
  name_pattern:
    description: What the names have to match, with C(*) for any text and C(?) for any character. Only without
      O(name).
    type: str
  type:
    description: Type of the policy. A custom policy and a system policy of the same name are different policies.
    type: str
    choices: [Custom, System]
    default: Custom
seealso:
  - module: alicloud.ram.policy
"""

EXAMPLES = r"""
---
- name: Get the system policy of a service-linked role
  alicloud.ram.policy_info:
    name: AliyunServiceRolePolicyForContainerRegistryConnectCustomerVPC
    type: System
  register: found

- name: Show its document
  ansible.builtin.debug:
    var: found.policy.policy_document

- name: Get a custom policy
  alicloud.ram.policy_info:
    name: acr-connect-customer-vpc
  register: found

- name: Fail if the policy does not exist or is not attached to anybody
  ansible.builtin.assert:
    that: found.policy.attachment_count | default(0) > 0

- name: Get a policy that was created by hand
  alicloud.ram.policy_info:
    name: acr-connect-customer-vpc
  register: found

- name: Write its document to a file
  ansible.builtin.copy:
    content: "{{ found.policy.policy_document | to_nice_json }}\n"
    dest: acr-connect-customer-vpc.json
    mode: "0644"

- name: List all custom policies
  alicloud.ram.policy_info:
  register: policies

- name: Show those that are attached to nobody
  ansible.builtin.debug:
    msg: "{{ policies.policies | selectattr('attachment_count', 'equalto', 0) | map(attribute='policy_name') }}"

- name: Get a policy that another team manages
  alicloud.ram.policy_info:
    name: acr-connect-customer-vpc
  register: found

- name: Attach the policy to a group, if it exists
  alicloud.ram.group_policies:
    group_name: release-managers
    policies:
      - name: acr-connect-customer-vpc
  when: found.policy | length > 0
"""

RETURN = r"""
---
# BEGIN generated: state
policy:
  description: The policy. C({}) if the policy does not exist.
  returned: success
  type: dict
  contains:
    policy_name:
      description: Name of the policy.
      type: str
      sample: deploy-images
    policy_type:
      description: Type of the policy, V(Custom) or V(System).
      type: str
    description:
      description: Description of the policy.
      type: str
    policy_document:
      description: The document of the default version.
      type: dict
    default_version:
      description: The default version, which is in force.
      type: str
      sample: v2
    attachment_count:
      description: Number of users, groups and roles that the policy is attached to.
      type: int
    attached_to:
      description: The users, groups and roles that the policy is attached to. Null unless M(alicloud.ram.policy_info)
        returns the policy.
      type: list
      elements: dict
      contains:
        kind:
          description: V(user), V(group) or V(role).
          type: str
        name:
          description: Name of the user, group or role.
          type: str
    tags:
      description: Tags of the policy.
      type: dict
    create_date:
      description: When the policy was created, in UTC.
      type: str
    update_date:
      description: When the policy was last changed, in UTC.
      type: str
# END generated: state
# BEGIN generated: listed
policies:
  description: All that there are, or those that O(name_pattern) matches, sorted by name, with what RAM's
    list has of each. To get the rest, set O(name).
  returned: success, if O(name) is not set
  type: list
  elements: dict
  contains:
    policy_name:
      description: Name of the policy.
      type: str
      sample: deploy-images
    policy_type:
      description: Type of the policy, V(Custom) or V(System).
      type: str
    description:
      description: Description of the policy.
      type: str
    default_version:
      description: The default version, which is in force.
      type: str
      sample: v2
    attachment_count:
      description: Number of users, groups and roles that the policy is attached to.
      type: int
    create_date:
      description: When the policy was created, in UTC.
      type: str
    update_date:
      description: When the policy was last changed, in UTC.
      type: str
# END generated: listed
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

# BEGIN shared: info_module
from ansible_collections.alicloud.ram.plugins.module_utils._engine.module import info_module
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import run_module

# One by one, because ansible-doc warns of an assignment to several names.
_module = info_module("policy")
ARGUMENT_SPEC = _module[0]
prepare = _module[1]


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
# END shared: info_module
