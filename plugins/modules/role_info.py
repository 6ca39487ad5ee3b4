#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: role_info
short_description: Get RAM roles
version_added: 1.0.0
description:
  - Read-only. Returns the current state in the same format as M(alicloud.ram.role).
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes.info
  - alicloud.ram._rights
options:
  name:
    description: Name of the role. If omitted, all are returned, as RV(roles).
    type: str
  name_pattern:
    description: What the names have to match, with C(*) for any text and C(?) for any character. Only without
      O(name).
    type: str
seealso:
  - module: alicloud.ram.role
"""

EXAMPLES = r"""
---
- name: Get a role with its trust policy
  alicloud.ram.role_info:
    name: ci-runner
  register: found

- name: Fail if the role trusts other accounts
  ansible.builtin.assert:
    that: found.role.trust_policy.Statement | selectattr('Principal.RAM', 'defined') | length == 0

- name: List the roles of all pipelines
  alicloud.ram.role_info:
    name_pattern: ci-*
  register: pipelines

- name: Show their ARNs
  ansible.builtin.debug:
    msg: "{{ pipelines.roles | map(attribute='arn') }}"

- name: List all roles that are not service-linked
  alicloud.ram.role_info:
  register: found
"""

RETURN = r"""
---
# BEGIN generated: state
role:
  description: The role. C({}) if the role does not exist.
  returned: success
  type: dict
  contains:
    role_name:
      description: Name of the role.
      type: str
      sample: image-builder
    role_id:
      description: ID of the role.
      type: str
    arn:
      description: ARN of the role.
      type: str
      sample: acs:ram::1000000000000001:role/image-builder
    trust_policy:
      description: The trust policy.
      type: dict
    description:
      description: Description of the role.
      type: str
    max_session_duration:
      description: The longest session of the role, in seconds.
      type: int
    tags:
      description: Tags of the role. Null if they were not read, which is so in M(alicloud.ram.baseline)
        without C(tags).
      type: dict
    create_date:
      description: When the role was created, in UTC.
      type: str
    update_date:
      description: When the role was last changed, in UTC.
      type: str
# END generated: state
# BEGIN generated: listed
roles:
  description: All that there are, or those that O(name_pattern) matches, sorted by name, with what RAM's
    list has of each. To get the rest, set O(name).
  returned: success, if O(name) is not set
  type: list
  elements: dict
  contains:
    role_name:
      description: Name of the role.
      type: str
      sample: image-builder
    role_id:
      description: ID of the role.
      type: str
    arn:
      description: ARN of the role.
      type: str
      sample: acs:ram::1000000000000001:role/image-builder
    description:
      description: Description of the role.
      type: str
    max_session_duration:
      description: The longest session of the role, in seconds.
      type: int
    create_date:
      description: When the role was created, in UTC.
      type: str
    update_date:
      description: When the role was last changed, in UTC.
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
_module = info_module("role")
ARGUMENT_SPEC = _module[0]
prepare = _module[1]


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
# END shared: info_module
