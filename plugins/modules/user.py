#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: user
short_description: Manage RAM users
version_added: 1.0.0
description:
  - Creates, updates and deletes users. Their policies are managed by M(alicloud.ram.user_policies), their groups by
    M(alicloud.ram.group).
  - The module never creates a password or an access key, and never returns one.
  - A user that is deleted in the console stays in RAM's recycle bin for 30 days, with up to three of its access keys, and can be
    restored from there. Whether the same is true for a user that is deleted by the API is not documented. A user that is
    created again under the same name has another ID.
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
    description: Name of the user, without the part after the C(@).
    type: str
    required: true
  display_name:
    description: Display name of the user. If omitted, that of an existing user is kept. An empty text removes it; RAM may then
      return the name of the user instead.
    type: str
  comments:
    description: Comments on the user. If omitted, those of an existing user are kept. An empty text removes them.
    type: str
  email:
    description: E-mail address of the user. Only accounts of the China site have it. An empty text removes it.
    type: str
  mobile_phone:
    description: Mobile phone number of the user, as V(<country code>-<number>). Only accounts of the China site have it. An empty
      text removes it.
    type: str
  detach:
    description: With O(state=absent), whether to detach all policies from the user and to remove it from all groups before it is
      deleted. Otherwise, deletion fails while it has any. In a baseline, policies that are declared absent for the
      user are detached in any case.
    type: bool
    default: false
  delete_credentials:
    description:
      - With O(state=absent), whether to delete the user's access keys, login profile and MFA device before it is deleted.
        Otherwise, deletion fails while it has any. Whoever uses these credentials loses access at once.
      - Nothing is deleted if something else is in the way of the user's deletion.
      - In check mode, the diff lists the access keys and when each was last used.
      - It must be set in the task itself. C(module_defaults) cannot set it.
    type: bool
    default: false
  state:
    description: V(present) creates or updates the user, V(absent) deletes it.
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
  - module: alicloud.ram.user_info
  - module: alicloud.ram.user_policies
  - module: alicloud.ram.group
  - module: alicloud.ram.baseline
"""

EXAMPLES = r"""
---
- name: Create a user for a pipeline
  alicloud.ram.user:
    name: ci-deployer
    display_name: CI deployer
    comments: Imports images in the nightly pipeline.

- name: Create a user for each engineer
  alicloud.ram.user:
    name: "{{ item.name }}"
    display_name: "{{ item.full_name }}"
  loop:
    - {name: alice, full_name: Alice Li}
    - {name: bob, full_name: Bob Wang}

- name: Remove the comments of a user
  alicloud.ram.user:
    name: ci-deployer
    comments: ""

- name: Delete a user that has no policies, groups and credentials any more
  alicloud.ram.user:
    name: ci-builder
    state: absent

- name: Delete a user with everything that belongs to it
  alicloud.ram.user:
    name: former-contractor
    state: absent
    detach: true
    delete_credentials: true
"""

RETURN = r"""
---
user:
  description: The user. C({}) if the user does not exist. In check mode, the predicted user.
  returned: success
  type: dict
  contains:
    user_name:
      description: Name of the user.
      type: str
      sample: ci-deployer
    user_id:
      description: ID of the user. Null if check mode predicts the user.
      type: str
    display_name:
      description: Display name of the user. Null if check mode predicts a user without one.
      type: str
    comments:
      description: Comments on the user.
      type: str
    email:
      description: E-mail address of the user.
      type: str
    mobile_phone:
      description: Mobile phone number of the user.
      type: str
    last_login_date:
      description: When the user last logged on with a password, in UTC. Empty or null if it never has.
      type: str
    groups:
      description: Names of the groups of the user. Null unless M(alicloud.ram.user_info) returns the user.
      type: list
      elements: str
    access_keys:
      description: The access keys of the user, without secrets. Null unless M(alicloud.ram.user_info) returns the user.
      type: list
      elements: dict
      contains:
        access_key_id:
          description: ID of the access key.
          type: str
        status:
          description: V(Active) or V(Inactive).
          type: str
        create_date:
          description: When the access key was created, in UTC.
          type: str
        last_used_date:
          description: When the access key was last used, in UTC. Null if it never was.
          type: str
    login_profile:
      description: The settings with which the user logs on to the console. C({}) if it cannot. Null unless
        M(alicloud.ram.user_info) returns the user.
      type: dict
    mfa_device:
      description: The MFA device of the user, with its C(serial_number) and C(type). C({}) if it has none. Null unless
        M(alicloud.ram.user_info) returns the user.
      type: dict
    create_date:
      description: When the user was created, in UTC. Null if check mode predicts the user.
      type: str
    update_date:
      description: When the user was last changed, in UTC. Null if check mode predicts a change.
      type: str
in_the_way:
  description: What has to be removed before RAM deletes the user, one text for each thing.
  returned: failure because of that
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
_module = managed_module("user")
ARGUMENT_SPEC = _module[0]
prepare = _module[1]


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
# END shared: managed_module
