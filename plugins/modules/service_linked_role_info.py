#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: service_linked_role_info
short_description: Tell about a service-linked role of an account
version_added: 1.0.0
description:
  - Returns the RAM role that is linked to a service, in the shape that M(alicloud.ram.service_linked_role) returns.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes.info
  - alicloud.ram._rights
options:
  service_name:
    description: The service that the role is linked to.
    type: str
    required: true
  custom_suffix:
    description: Suffix of the role's name, for services that allow several roles.
    type: str
seealso:
  - module: alicloud.ram.service_linked_role
"""

EXAMPLES = r"""
---
- name: Look for the role of Container Registry
  alicloud.ram.service_linked_role_info:
    service_name: connect-customer-vpc.cr.aliyuncs.com
  register: found

- name: Tell whether it is there
  ansible.builtin.debug:
    msg: "{{ 'there' if found.service_linked_role else 'not there' }}"

# Only where a deletion of the role runs or was tried: ram:GetServiceLinkedRoleDeletionStatus.
# Which action GetServiceLinkedRoleTemplate needs, if any, is not published; the one of its name is taken for it.
- name: Allow what this module needs
  alicloud.ram.policy:
    name: rights-for-service-linked-role-info
    document: |
      {
        "Version": "1",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": ["ram:GetServiceLinkedRoleTemplate"],
            "Resource": "*"
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:GetRole",
              "ram:GetServiceLinkedRoleDeletionStatus"
            ],
            "Resource": "acs:ram:*:1000000000000001:role/AliyunServiceRoleForContainerRegistryConnectCustomerVPC"
          }
        ]
      }
"""

RETURN = r"""
---
service_linked_role:
  description: The role as it is; C({}) when absent.
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
      description: ARN of the role. RAM may give it in lower case.
      type: str
    description:
      description: Description of the role.
      type: str
    service_name:
      description: The service that the role is linked to.
      type: str
      sample: connect-customer-vpc.cr.aliyuncs.com
    system_policy_name:
      description: The system policy that the role has.
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
      description: Longest session in seconds.
      type: int
    create_date:
      description: When the role was created, in UTC.
      type: str
    update_date:
      description: When the role was last changed, in UTC.
      type: str
    latest_deletion_task:
      description: The last attempt to delete the role, C({}) where there was none.
      type: dict
      contains:
        deletion_task_id:
          description: ID of the deletion task.
          type: str
        create_date:
          description: When it was started.
          type: str
        status:
          description:
            - V(NOT_STARTED), V(IN_PROGRESS), V(SUCCEEDED), V(FAILED) or V(INTERNAL_ERROR).
            - Null where RAM does not know the task any more.
          type: str
        reason:
          description: Why the deletion failed, null where it did not or nothing is told.
          type: str
        role_usages:
          description: Where the role was still in use, when that made the deletion fail.
          type: list
          elements: dict
          contains:
            region:
              description: The region.
              type: str
            resources:
              description: The resources there that use the role.
              type: list
              elements: str
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

ARGUMENT_SPEC, prepare = info_module("service_linked_role")


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
