#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: user_info
short_description: Get RAM users
version_added: 1.0.0
description:
  - Read-only. Returns the current state in the same format as M(alicloud.ram.user).
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes.info
  - alicloud.ram._rights
options:
  name:
    description: Name of the user, without the part after the C(@). If omitted, all are returned, as RV(users).
    type: str
  name_pattern:
    description: What the names have to match, with C(*) for any text and C(?) for any character. Only without
      O(name).
    type: str
seealso:
  - module: alicloud.ram.user
"""

EXAMPLES = r"""
---
- name: Get a user with its groups, access keys, login profile and MFA device
  alicloud.ram.user_info:
    name: ci-deployer
  register: found

- name: Fail if one of its access keys has never been used
  ansible.builtin.assert:
    that: found.user.access_keys | rejectattr('last_used_date') | length == 0

- name: List the users of all pipelines
  alicloud.ram.user_info:
    name_pattern: ci-*
  register: pipelines

- name: Show their names
  ansible.builtin.debug:
    msg: "{{ pipelines.users | map(attribute='user_name') }}"

- name: List all users
  alicloud.ram.user_info:
  register: found
"""

RETURN = r"""
---
# BEGIN generated: state
user:
  description: The user. C({}) if the user does not exist.
  returned: success
  type: dict
  contains:
    user_name:
      description: Name of the user.
      type: str
      sample: ci-deployer
    user_id:
      description: ID of the user.
      type: str
    display_name:
      description: Display name of the user.
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
      description: Names of the groups of the user. Null unless M(alicloud.ram.user_info) returns the
        user.
      type: list
      elements: str
    access_keys:
      description: The access keys of the user, without secrets. Null unless M(alicloud.ram.user_info)
        returns the user.
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
      description: The MFA device of the user, with its C(serial_number) and C(type). C({}) if it has
        none. Null unless M(alicloud.ram.user_info) returns the user.
      type: dict
    create_date:
      description: When the user was created, in UTC.
      type: str
    update_date:
      description: When the user was last changed, in UTC.
      type: str
# END generated: state
# BEGIN generated: listed
users:
  description: All that there are, or those that O(name_pattern) matches, sorted by name, with what RAM's
    list has of each. To get the rest, set O(name).
  returned: success, if O(name) is not set
  type: list
  elements: dict
  contains:
    user_name:
      description: Name of the user.
      type: str
      sample: ci-deployer
    user_id:
      description: ID of the user.
      type: str
    display_name:
      description: Display name of the user.
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
    create_date:
      description: When the user was created, in UTC.
      type: str
    update_date:
      description: When the user was last changed, in UTC.
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
_module = info_module("user")
ARGUMENT_SPEC = _module[0]
prepare = _module[1]


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
# END shared: info_module
