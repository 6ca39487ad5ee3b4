#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: caller_identity_info
short_description: Get the caller's identity
version_added: 1.0.0
description:
  - Read-only. Returns the account and the principal that the other modules of the collection use with the same options.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes.info
  - alicloud.ram._rights
seealso:
  - module: alicloud.ram.baseline_info
  - plugin: alicloud.ram.resource_directory
    plugin_type: inventory
"""

EXAMPLES = r"""
---
- name: Get the identity of the caller
  alicloud.ram.caller_identity_info:
  register: caller

- name: Show the account
  ansible.builtin.debug:
    var: caller.caller_identity.account_id

- name: Find out which account the credentials belong to
  alicloud.ram.caller_identity_info:
  register: caller

- name: Stop before anything is changed in a different account
  ansible.builtin.assert:
    that: caller.caller_identity.account_id == '1000000000000001'
    fail_msg: "The credentials belong to {{ caller.caller_identity.arn }}."

- name: Get the identity of a profile
  alicloud.ram.caller_identity_info:
    profile: platform
  register: caller

- name: Show who it is
  ansible.builtin.debug:
    var: caller.caller_identity.arn

- name: Check that the role can be assumed in each member account
  alicloud.ram.caller_identity_info:
    assume_role:
      account_id: "{{ item }}"
      role_name: ResourceDirectoryAccountAccessRole
  loop:
    - "1000000000000011"
    - "1000000000000012"
"""

RETURN = r"""
---
caller_identity:
  description: The caller's identity.
  returned: success
  type: dict
  contains:
    account_id:
      description: The account.
      type: str
      sample: "1000000000000001"
    arn:
      description: ARN of the user, or of the session of an assumed role.
      type: str
      sample: acs:ram::1000000000000001:user/ci-deployer
    identity_type:
      description: The kind of principal, as the service names it.
      type: str
      sample: RAMUser
    principal_id:
      description: ID of the principal.
      type: str
    user_id:
      description: ID of the user. Null if the caller is not a user.
      type: str
    role_id:
      description: ID of the assumed role. Null if the caller is not the session of a role.
      type: str
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

import dataclasses
from collections.abc import Mapping
from typing import Any

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._engine.module import ModuleTask
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import run_module

ARGUMENT_SPEC: dict[str, Any] = {}


def prepare(params: Mapping[str, Any]) -> ModuleTask:
    async def work(api: Api, check_mode: bool) -> dict[str, Any]:
        return {"changed": False, "caller_identity": dataclasses.asdict(await api.identity()), "warnings": []}

    return work


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
