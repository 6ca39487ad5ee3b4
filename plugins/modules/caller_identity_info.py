#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: caller_identity_info
short_description: Tell who the credentials are
version_added: 1.0.0
description:
  - Returns the account and the principal that the other modules of the collection would call as, with the same options.
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
- name: Ask who is calling
  alicloud.ram.caller_identity_info:
  register: caller

- name: Show the account
  ansible.builtin.debug:
    var: caller.caller_identity.account_id

# Which action GetCallerIdentity needs is not published. As far as is known it needs none, so that this policy is only
# for a caller that is denied it.
- name: Allow what this module needs
  alicloud.ram.policy:
    name: rights-for-caller-identity-info
    document: |
      {
        "Version": "1",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": ["sts:GetCallerIdentity"],
            "Resource": "*"
          }
        ]
      }

# For the option of every module; the role itself needs what that module needs.
- name: Allow what assume_role needs
  alicloud.ram.policy:
    name: rights-for-caller-identity-info-assume-role
    document: |
      {
        "Version": "1",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": ["sts:AssumeRole"],
            "Resource": "acs:ram:*:1000000000000011:role/ResourceDirectoryAccountAccessRole"
          }
        ]
      }
"""

RETURN = r"""
---
caller_identity:
  description: Who the credentials are.
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
      description: What kind of principal it is, in the service's own words.
      type: str
      sample: RAMUser
    principal_id:
      description: ID of the principal.
      type: str
    user_id:
      description: ID of the user, null for others.
      type: str
    role_id:
      description: ID of the role of a session, null for others.
      type: str
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
