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
  - Creates and deletes the RAM role that a service needs to act in an account.
  - It is not an error if the role already exists, even if another run has just created it.
  - A role of the same name that is not service-linked, or that trusts another service, is never changed or deleted.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._preflight
  - alicloud.ram._attributes
  - alicloud.ram._rights
  - alicloud.ram._variables
options:
  service_name:
    description:
      - The service that the role is linked to, as in its trust policy. RAM is asked for the names of the role and of its system
        policy.
    type: str
    required: true
  custom_suffix:
    description: Suffix of the role's name, for services that allow several roles.
    type: str
  description:
    description:
      - Description of the role, for services that allow several roles.
      - Set when the role is created. RAM cannot change it later; if it differs, the task warns.
    type: str
  required_actions:
    description:
      - The RAM actions that the role's system policy must grant on all resources, as the service documents them.
      - Checked when the role is created. The task fails if the policy does not grant all of them. If the policy exists before
        the role does, the task fails before it creates the role.
    type: list
    elements: str
    default: []
  verify:
    description: Whether to check O(required_actions) at every run, which costs one call.
    type: bool
    default: false
  state:
    description:
      - V(present) creates the role if it does not exist. If the role is being deleted, the task waits for the deletion first.
      - V(absent) deletes the role. The service refuses the deletion while it uses the role; the task then fails with the reason
        and with the regions and resources that still use it. If the role is already being deleted, the task waits for that
        deletion.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description:
      - Whether to wait until a deletion has ended.
      - With V(false), O(state=absent) only starts the deletion, and O(state=present) fails if the role is being deleted.
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
- name: Create the role that Container Registry needs to import images over a VPC
  alicloud.ram.service_linked_role:
    service_name: connect-customer-vpc.cr.aliyuncs.com

- name: Create the role, and fail if its system policy does not grant all that image import needs
  alicloud.ram.service_linked_role:
    service_name: connect-customer-vpc.cr.aliyuncs.com
    required_actions:
      - ecs:CreateNetworkInterface
      - ecs:CreateNetworkInterfacePermission
      - ecs:DeleteNetworkInterfacePermission
      - ecs:DescribeNetworkInterfaces
      - ecs:DescribeSecurityGroups
      - vpc:DescribeVpcs
      - vpc:DescribeVSwitches
    verify: true # at every run, not only when the role is created

- name: Create the roles of several services
  alicloud.ram.service_linked_role:
    service_name: "{{ item }}"
  loop:
    - actiontrail.aliyuncs.com
    - ess.aliyuncs.com

- name: Delete the role of Auto Scaling, and wait for up to ten minutes
  alicloud.ram.service_linked_role:
    service_name: ess.aliyuncs.com
    state: absent
    wait_timeout: 600

- name: Delete the role, unless Container Registry still uses it
  alicloud.ram.service_linked_role:
    service_name: connect-customer-vpc.cr.aliyuncs.com
    state: absent
  register: deletion
  failed_when:
    - deletion is failed
    - not deletion.role_usages | default([])

- name: Show what still uses the role
  ansible.builtin.debug:
    var: deletion.role_usages
  when: deletion.role_usages is defined
"""

RETURN = r"""
---
service_linked_role:
  description: The role. In check mode, the predicted role. C({}) if the role does not exist.
  returned: success
  type: dict
  contains:
    role_name:
      description: Name of the role.
      type: str
      sample: AliyunServiceRoleForContainerRegistryConnectCustomerVPC
    role_id:
      description: ID of the role. Null if check mode predicts the role, as are all values that the service assigns in check mode.
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
deletion_task_id:
  description: ID of the deletion task that failed or has not ended.
  returned: failure of a deletion
  type: str
missing_actions:
  description: The actions of O(required_actions) that the role's system policy does not grant.
  returned: failure because of O(required_actions)
  type: list
  elements: str
reason:
  description: Why the service did not delete the role, as the service says it. Null if it gave no reason.
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
      description: The resources in the region that use the role.
      type: list
      elements: str
# BEGIN shared: return_changes
changes:
  description:
    - The API writes that were made, in order. In check mode, the writes that would be made.
    - A write that somebody else made at the same time is not included.
    - If the task fails, these are the writes that were made before the failure.
  returned: success, and failure once writing has begun
  type: list
  elements: dict
  contains:
    operation:
      description: The API operation.
      type: str
      sample: AttachPolicyToUser
    target:
      description: The resource that the operation changes.
      type: str
    parameters:
      description: The parameters of the operation. Policy documents are mappings.
      type: dict
    removes:
      description: What the operation also deletes, such as the oldest of five versions of a policy.
      returned: if something is deleted
      type: str
pending:
  description: Changes, as in RV(changes), that RAM acknowledged but that were not visible when consistency_timeout had passed.
  returned: success
  type: list
  elements: dict
uncertain:
  description: Writes, as in RV(changes), of which it is not known whether they took effect.
  returned: failure during a write
  type: list
  elements: dict
not_reached:
  description: The resources that are not as declared after all changes, for example because somebody else changed them at the
    same time. The task then fails.
  returned: failure, if the state after all changes is not as declared
  type: list
  elements: dict
  contains:
    resource:
      description: The resource.
      type: str
    expected:
      description: The expected state, in the format of the task's diff.
      type: dict
    observed:
      description: The state that was observed last, in the same format.
      type: dict
assumed:
  description:
    - What check mode assumed, because it cannot see what earlier tasks would have done. Empty outside check mode, and always
      empty in M(alicloud.ram.baseline).
    - If it is empty, a run does what check mode predicts, as long as nobody else changes the account.
  returned: success
  type: list
  elements: str
rights:
  description: What the caller's own policies say of the planned writes.
  returned: if O(preflight) is not V(off)
  type: dict
  contains:
    caller:
      description: The caller; empty if nothing is planned.
      type: str
      sample: role 'ResourceDirectoryAccountAccessRole'
    granted:
      description: Number of rights that the caller's policies grant.
      type: int
    denied:
      description: Rights that are missing. Each has C(action), C(resource) and what M(alicloud.ram.access_info) returns for it.
      type: list
      elements: dict
    undetermined:
      description: Undetermined rights, with C(reasons).
      type: list
      elements: dict
    missing_policy:
      description: The smallest policy that grants all that is missing, ready to attach. Null if nothing is missing that a
        policy could grant.
      type: dict
    limits:
      description: Published limits that the planned writes pass, as far as what was read shows it. They are also warnings, because
        some of them can be raised.
      type: list
      elements: str
    not_read:
      description: What can deny what the policies grant, and was not read.
      type: list
      elements: str
# END shared: return_changes
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

# BEGIN shared: managed_module
from ansible_collections.alicloud.ram.plugins.module_utils._engine.module import managed_module
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import run_module

# One by one, because ansible-doc warns of an assignment to several names.
_module = managed_module("service_linked_role")
ARGUMENT_SPEC = _module[0]
prepare = _module[1]


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
# END shared: managed_module
