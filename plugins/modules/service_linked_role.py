#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: service_linked_role
short_description: Manage the service-linked roles of an account
version_added: 1.0.0
description:
  - Makes sure that the RAM role which a service needs to act in an account exists, or does not.
  - A role that exists already, or that another run created a moment ago, is no error.
  - A role of the same name that is not service-linked, or trusts another service, is never touched.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes
  - alicloud.ram._rights
  - alicloud.ram._variables
options:
  service_name:
    description:
      - The service that the role is linked to, as its trust policy names it. The name of the role and of its system
        policy are asked from RAM.
    type: str
    required: true
  custom_suffix:
    description: Suffix of the role's name, for services that allow several roles.
    type: str
  description:
    description:
      - Description of the role, for services that allow several roles.
      - Given when the role is created. RAM has no way to change it later; a difference is warned of.
    type: str
  required_actions:
    description:
      - The RAM actions that the role's system policy has to grant on all resources, as the service documents them.
      - Looked at when the role is created; the task fails where some are not granted, before creating it where RAM tells so early.
    type: list
    elements: str
    default: []
  verify:
    description: Whether to look at O(required_actions) at every run, which costs one call.
    type: bool
    default: false
  state:
    description:
      - V(present) creates the role where it does not exist. A deletion that runs is waited for first.
      - V(absent) deletes it. The service refuses as long as it uses the role; the task then fails with the reason and
        with each region and resource that still uses it. A deletion that runs already is joined.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description:
      - Whether to wait until a deletion has ended.
      - With V(false), O(state=absent) only starts it, and O(state=present) of a role that is being deleted is an error.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for a deletion.
    type: float
    default: 300
seealso:
  - module: alicloud.ram.service_linked_role_info
  - name: Service-linked role for VPC access
    description: What Container Registry needs before images can be imported into an Enterprise Edition instance.
    link: https://www.alibabacloud.com/help/en/acr/user-guide/service-linked-role-for-vpc-access
"""

EXAMPLES = r"""
---
- name: Let Container Registry reach the VPC for image import
  alicloud.ram.service_linked_role:
    service_name: connect-customer-vpc.cr.aliyuncs.com

- name: Remove the role of Auto Scaling, wait for up to ten minutes
  alicloud.ram.service_linked_role:
    service_name: ess.aliyuncs.com
    state: absent
    wait_timeout: 600

# Only with required_actions: ram:GetPolicy.
# Only where a deletion of the role runs or was tried: ram:GetServiceLinkedRoleDeletionStatus.
# Which action GetServiceLinkedRoleTemplate needs, if any, is not published; the one of its name is taken for it.
- name: Allow what state=present needs
  alicloud.ram.policy:
    name: rights-for-service-linked-role-present
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
          },
          {
            "Effect": "Allow",
            "Action": ["ram:CreateServiceLinkedRole"],
            "Resource": "acs:ram:*:1000000000000001:role/*",
            "Condition": {
              "StringEquals": {
                "ram:ServiceName": "connect-customer-vpc.cr.aliyuncs.com"
              }
            }
          },
          {
            "Effect": "Allow",
            "Action": ["ram:GetPolicy"],
            "Resource": "acs:ram:*:system:policy/AliyunServiceRolePolicyForContainerRegistryConnectCustomerVPC"
          }
        ]
      }

# Only with wait, or where a deletion of the role runs or was tried: ram:GetServiceLinkedRoleDeletionStatus.
# Which action GetServiceLinkedRoleTemplate needs, if any, is not published; the one of its name is taken for it.
- name: Allow what state=absent needs
  alicloud.ram.policy:
    name: rights-for-service-linked-role-absent
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
              "ram:DeleteServiceLinkedRole",
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
  description: The role as it is, or in check mode as it will be; C({}) when absent.
  returned: success
  type: dict
  contains:
    role_name:
      description: Name of the role.
      type: str
      sample: AliyunServiceRoleForContainerRegistryConnectCustomerVPC
    role_id:
      description: ID of the role. Null where check mode predicts a role, as for all that the service assigns.
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
deletion_task_id:
  description: The deletion task that failed or has not ended.
  returned: failure of a deletion
  type: str
missing_actions:
  description: Those of O(required_actions) that the role's system policy does not grant.
  returned: failure of their verification
  type: list
  elements: str
reason:
  description: Why the service did not delete the role, in its own words. Null where it gave none.
  returned: failure of a deletion that has ended
  type: str
role_usages:
  description: Where the service still uses the role.
  returned: failure of a deletion that has ended
  type: list
  elements: dict
  contains:
    region:
      description: The region.
      type: str
    resources:
      description: The resources in it.
      type: list
      elements: str
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

ARGUMENT_SPEC, prepare = managed_module("service_linked_role")


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
