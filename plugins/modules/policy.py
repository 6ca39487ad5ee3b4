#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: policy
short_description: Manage custom RAM policies
version_added: 1.0.0
description:
  - Creates, updates and deletes custom policies.
  - The module refuses an invalid document before any call, and names the statement and the element that are wrong.
  - System policies are never changed.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._preflight
  - alicloud.ram._attributes
  - alicloud.ram._rights
  - alicloud.ram._variables
options:
  name:
    description: Name of the policy. It must not be the name of a system policy.
    type: str
    required: true
  description:
    description:
      - Description of the policy. If omitted, the description of an existing policy is kept.
      - RAM cannot empty the description of an existing policy.
    type: str
  document:
    description:
      - The policy document, as a mapping or as JSON text. Required with O(state=present).
      - A byte order mark at the beginning of JSON text is ignored. To read a file, use P(ansible.builtin.file#lookup) or
        P(ansible.builtin.template#lookup).
      - A document that contradicts RAM's documentation is refused. An operator or element that RAM's documentation does not
        name is sent unchanged, with a warning, and RAM decides.
      - Invisible characters, such as a zero-width space, and characters that look like ASCII characters, such as a
        non-breaking hyphen, are refused in actions, operators, condition keys, and resources of RAM. In other values they
        cause a warning, as does a blank at the end.
      - Documents are compared by meaning. The order of keys, statements, actions, resources and values is ignored, and a single
        value equals a list of this value. Upper and lower case are different.
      - If an older version of the policy has the same meaning, that version becomes the default again.
    type: raw
  tags:
    description:
      - Tags of the policy. Other tags are kept, unless O(purge_tags=true).
      - Values are strings or integers. Put V(true), V(false) and decimal numbers in quotes.
    type: dict
  purge_tags:
    description:
      - Whether to remove tags that are not in O(tags). Has no effect without O(tags).
      - The tag C(managed-by) is never removed.
    type: bool
    default: false
  rotate_versions:
    description: Whether to delete the oldest version that is not the default if the policy already has five versions, the most
      that RAM keeps, and needs another one. If V(false), the task fails instead.
    type: bool
    default: true
  detach:
    description: With O(state=absent), whether to detach the policy from all users, groups and roles before it is deleted.
      Otherwise, deletion fails while the policy is attached.
    type: bool
    default: false
  managed_by:
    description:
      - The owner of the policy. It is written to the tag C(managed-by) when the policy is created.
      - An existing policy is changed or deleted only if its tag has this value, unless O(adopt=true).
    type: str
  adopt:
    description: Whether to take over an existing policy whose tag C(managed-by) differs from O(managed_by), and to set the tag.
    type: bool
    default: false
  state:
    description: V(present) creates or updates the policy, V(absent) deletes it.
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
  - module: alicloud.ram.policy_info
  - module: alicloud.ram.user_policies
  - module: alicloud.ram.group_policies
  - module: alicloud.ram.role_policies
  - module: alicloud.ram.baseline
"""

EXAMPLES = r"""
---
# The credentials are those of the environment, or of the CLI's current profile.
- name: Create a policy that allows creating one service-linked role
  alicloud.ram.policy:
    name: acr-connect-customer-vpc
    description: Allows creating the service-linked role that image import needs.
    document:
      Version: "1"
      Statement:
        - Effect: Allow
          Action: ram:CreateServiceLinkedRole
          Resource: acs:ram:*:${account_id}:role/* # the module inserts the ID of the account
          Condition:
            StringEquals:
              ram:ServiceName: connect-customer-vpc.cr.aliyuncs.com

- name: Create a policy from a JSON file
  alicloud.ram.policy:
    name: acr-connect-customer-vpc
    document: "{{ lookup('ansible.builtin.file', 'acr-connect-customer-vpc.json') }}"

- name: Create a policy for each JSON file in a directory
  alicloud.ram.policy:
    name: "{{ item | basename | splitext | first }}"
    document: "{{ lookup('ansible.builtin.file', item) }}"
  loop: "{{ query('ansible.builtin.fileglob', 'policies/*.json') }}"

- name: Create a policy for each team from one template
  alicloud.ram.policy:
    name: "{{ item }}-image-pull"
    document: "{{ lookup('ansible.builtin.template', 'image-pull.json.j2') }}"
  loop: [payments, logistics]

- name: Set the tags of a policy, and remove all others
  alicloud.ram.policy:
    name: acr-connect-customer-vpc
    document: "{{ lookup('ansible.builtin.file', 'acr-connect-customer-vpc.json') }}"
    tags:
      team: platform
      environment: production
    purge_tags: true

- name: Take over a policy that was created by hand, and mark it as managed by the platform team
  alicloud.ram.policy:
    name: acr-connect-customer-vpc
    document: "{{ lookup('ansible.builtin.file', 'acr-connect-customer-vpc.json') }}"
    managed_by: platform
    adopt: true

- name: Detach a policy from all users, groups and roles, and delete it
  alicloud.ram.policy:
    name: acr-connect-customer-vpc
    state: absent
    detach: true

- name: Create a policy in a member account, through a role of that account
  alicloud.ram.policy:
    assume_role:
      account_id: "1000000000000011"
      role_name: ResourceDirectoryAccountAccessRole
    name: acr-connect-customer-vpc
    document: "{{ lookup('ansible.builtin.file', 'acr-connect-customer-vpc.json') }}"

- name: Use one profile for several tasks, and fail if it belongs to a different account
  module_defaults:
    group/alicloud.ram.all:
      profile: platform
      account_id: "1000000000000001"
  block:
    - name: Create a policy
      alicloud.ram.policy:
        name: acr-connect-customer-vpc
        document: "{{ lookup('ansible.builtin.file', 'acr-connect-customer-vpc.json') }}"

    - name: Attach the policy to a user
      alicloud.ram.user_policies:
        user_name: ci-deployer
        policies:
          - name: acr-connect-customer-vpc
"""

RETURN = r"""
---
policy:
  description: The policy. In check mode, the predicted policy. C({}) if the policy does not exist.
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
      description: The default version, which is in force. Null if check mode predicts a new version.
      type: str
      sample: v2
    attachment_count:
      description: Number of users, groups and roles that the policy is attached to.
      type: int
    attached_to:
      description: The users, groups and roles that the policy is attached to. Null unless M(alicloud.ram.policy_info) returns
        the policy.
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
      description: When the policy was created, in UTC. Null if check mode predicts the policy.
      type: str
    update_date:
      description: When the policy was last changed, in UTC. Null if check mode predicts a change.
      type: str
attached_to:
  description: The users, groups and roles that the policy to delete is attached to.
  returned: failure because the policy is attached
  type: list
  elements: dict
  contains:
    kind:
      description: V(user), V(group) or V(role).
      type: str
    name:
      description: Name of the user, group or role.
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
_module = managed_module("policy")
ARGUMENT_SPEC = _module[0]
prepare = _module[1]


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
# END shared: managed_module
