#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: service_linked_role_info
short_description: Get the service-linked roles of an account
version_added: 1.0.0
description:
  - Read-only. Returns the RAM role that is linked to a service, in the same format as
    M(alicloud.ram.service_linked_role).
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes.info
  - alicloud.ram._rights
options:
  service_name:
    description: The service that the role is linked to. If omitted, all service-linked roles are returned, as
      RV(service_linked_roles).
    type: str
  name_pattern:
    description: What the names of the roles have to match, with C(*) for any text and C(?) for any character. Only without
      O(service_name).
    type: str
  custom_suffix:
    description: Suffix of the role's name, for services that allow several roles.
    type: str
seealso:
  - module: alicloud.ram.service_linked_role
"""

EXAMPLES = r"""
---
- name: Get the role of Container Registry
  alicloud.ram.service_linked_role_info:
    service_name: connect-customer-vpc.cr.aliyuncs.com
  register: found

- name: Show whether it exists
  ansible.builtin.debug:
    msg: "{{ 'exists' if found.service_linked_role else 'does not exist' }}"

- name: Get the role that image import needs
  alicloud.ram.service_linked_role_info:
    service_name: connect-customer-vpc.cr.aliyuncs.com
  register: found

- name: Stop before any image is imported if the role is missing
  ansible.builtin.assert:
    that: found.service_linked_role | length > 0
    fail_msg: "Ask the platform team for the service-linked role of connect-customer-vpc.cr.aliyuncs.com."

- name: List all service-linked roles
  alicloud.ram.service_linked_role_info:
  register: linked

- name: Show their names
  ansible.builtin.debug:
    msg: "{{ linked.service_linked_roles | map(attribute='role_name') }}"

- name: Get a role that could not be deleted
  alicloud.ram.service_linked_role_info:
    service_name: ess.aliyuncs.com
  register: found

- name: Show what used the role when its deletion failed
  ansible.builtin.debug:
    var: found.service_linked_role.latest_deletion_task.role_usages
  when: found.service_linked_role.latest_deletion_task.status | default('') == 'FAILED'
"""

RETURN = r"""
---
# BEGIN generated: state
service_linked_role:
  description: The role. C({}) if the role does not exist.
  returned: success
  type: dict
  contains:
    role_name:
      description: Name of the role.
      type: str
      sample: AliyunServiceRoleForContainerRegistryConnectCustomerVPC
    role_id:
      description: ID of the role.
      type: str
    arn:
      description: ARN of the role. RAM may return it in lower case.
      type: str
    description:
      description: Description of the role.
      type: str
    service_name:
      description: The service that the role is linked to.
      type: str
      sample: connect-customer-vpc.cr.aliyuncs.com
    system_policy_name:
      description: The system policy of the role.
      type: str
      sample: AliyunServiceRolePolicyForContainerRegistryConnectCustomerVPC
    assume_role_policy_document:
      description: The trust policy of the role.
      type: dict
    is_service_linked_role:
      description: Always true.
      type: bool
    role_principal_name:
      description: The role as a principal.
      type: str
    max_session_duration:
      description: Maximum session duration in seconds.
      type: int
    create_date:
      description: When the role was created, in UTC.
      type: str
    update_date:
      description: When the role was last changed, in UTC.
      type: str
    latest_deletion_task:
      description: The last attempt to delete the role, C({}) if there was none.
      type: dict
      contains:
        deletion_task_id:
          description: ID of the deletion task.
          type: str
        create_date:
          description: When the deletion was started, in UTC.
          type: str
        status:
          description:
            - V(NOT_STARTED), V(IN_PROGRESS), V(SUCCEEDED), V(FAILED) or V(INTERNAL_ERROR).
            - Null if the service no longer knows the task.
          type: str
        reason:
          description: Why the deletion failed. Null if it did not fail, or if the service gave no reason.
          type: str
        role_usages:
          description: Where the role was still in use, if the deletion failed because of that.
          type: list
          elements: dict
          contains:
            region:
              description: The region.
              type: str
            resources:
              description: The resources in the region that use the role.
              type: list
              elements: str
# END generated: state
# BEGIN generated: listed
service_linked_roles:
  description: All that there are, or those that O(name_pattern) matches, sorted by name, with what RAM's
    list has of each. To get the rest, set O(service_name).
  returned: success, if O(service_name) is not set
  type: list
  elements: dict
  contains:
    role_name:
      description: Name of the role.
      type: str
      sample: AliyunServiceRoleForContainerRegistryConnectCustomerVPC
    role_id:
      description: ID of the role.
      type: str
    arn:
      description: ARN of the role. RAM may return it in lower case.
      type: str
    description:
      description: Description of the role.
      type: str
    create_date:
      description: When the role was created, in UTC.
      type: str
    update_date:
      description: When the role was last changed, in UTC.
      type: str
    max_session_duration:
      description: Maximum session duration in seconds.
      type: int
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
_module = info_module("service_linked_role")
ARGUMENT_SPEC = _module[0]
prepare = _module[1]


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
# END shared: info_module
