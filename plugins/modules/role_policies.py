#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# BEGIN shared: principal_policies principal=role example=ci-runner other=ci-builder note="A service-linked role is refused; a service owns its policies."
from __future__ import annotations

DOCUMENTATION = r"""
---
module: role_policies
short_description: Manage the policies of a RAM role
version_added: 1.0.0
description:
  - Attaches system and custom policies to a role, or detaches them.
  - With O(state=present), the role and the policies must exist. With O(state=absent), there is nothing to do if they do
    not exist.
  - RAM's lists may not contain policies that are attached for a single resource group. The module does not change those.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._preflight
  - alicloud.ram._attributes
  - alicloud.ram._rights
  - alicloud.ram._variables
options:
  role_name:
    description: Name of the role. A service-linked role is refused; a service owns its policies.
    type: str
    required: true
  policies:
    description: The policies to attach to the role, or to detach from it with O(state=absent).
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the policy.
        type: str
        required: true
      type:
        description: Type of the policy. A custom policy and a system policy of the same name are different policies.
        type: str
        choices: [Custom, System]
        default: Custom
  exclusive:
    description:
      - Whether to detach all policies that are not in O(policies). RV(changes) lists them, in check mode too.
      - Policies are attached first, then detached.
      - Not allowed with O(state=absent).
    type: bool
    default: false
  allow_empty:
    description: Whether O(exclusive=true) may be used with an empty list, which detaches every policy from the role.
    type: bool
    default: false
  state:
    description: V(present) attaches the policies, V(absent) detaches them.
    type: str
    choices: [present, absent]
    default: present
  # BEGIN shared: option_allow_self
  allow_self:
    description: Whether the task may take rights from whoever runs it, which are the caller, the groups that it belongs to, and
      users and roles of the same account with whose credentials its role was assumed. Otherwise, such a principal is not deleted,
      no policy is detached from it, no caller is removed from a group, and the trust policy of a role in use is not changed.
    type: bool
    default: false
  # END shared: option_allow_self
seealso:
  - module: alicloud.ram.role_policies_info
  - module: alicloud.ram.policy
  - module: alicloud.ram.baseline
"""

EXAMPLES = r"""
---
- name: Attach a system policy and a custom policy to a role
  alicloud.ram.role_policies:
    role_name: ci-runner
    policies:
      - name: AliyunContainerRegistryReadOnlyAccess
        type: System
      - name: acr-connect-customer-vpc

- name: Attach a policy to several roles
  alicloud.ram.role_policies:
    role_name: "{{ item }}"
    policies:
      - name: acr-connect-customer-vpc
  loop: [ci-runner, ci-builder]

- name: Attach exactly these policies, and detach all others
  alicloud.ram.role_policies:
    role_name: ci-runner
    policies:
      - name: AliyunContainerRegistryReadOnlyAccess
        type: System
      - name: acr-connect-customer-vpc
    exclusive: true

- name: Detach a policy
  alicloud.ram.role_policies:
    role_name: ci-runner
    policies:
      - name: AdministratorAccess
        type: System
    state: absent

- name: Detach all policies before the role is deleted
  alicloud.ram.role_policies:
    role_name: ci-runner
    policies: []
    exclusive: true
    allow_empty: true

- name: Attach a policy to a role of a member account
  alicloud.ram.role_policies:
    assume_role:
      account_id: "1000000000000011"
      role_name: ResourceDirectoryAccountAccessRole
    role_name: ci-runner
    policies:
      - name: AliyunContainerRegistryReadOnlyAccess
        type: System
"""

RETURN = r"""
---
role_policies:
  description: The policies that are attached to the role. In check mode, those that would be attached. C({}) if the
    role does not exist.
  returned: success
  type: dict
  contains:
    role_name:
      description: Name of the role.
      type: str
      sample: ci-runner
    policies:
      description: All policies that are attached to the role itself, sorted by name.
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
          description: When the policy was attached, in UTC. Null if check mode predicts the attachment.
          type: str
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
_module = managed_module("role_policies")
ARGUMENT_SPEC = _module[0]
prepare = _module[1]


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
# END shared: managed_module
# END shared: principal_policies
