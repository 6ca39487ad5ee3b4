#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: baseline_info
short_description: Tell about many RAM resources of an account in one task
version_added: 1.0.0
description:
  - Returns the state of any number of RAM resources, each as the info module for it does. Independent reads are made side
    by side.
  - M(alicloud.ram.baseline) returns the same lists, but less of what it does not declare, namely neither other policies of a
    principal nor undeclared tags.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes.info
  - alicloud.ram._rights
options:
  service_linked_roles:
    description: Service-linked roles to look at.
    type: list
    elements: dict
    default: []
    suboptions:
      service_name:
        description: The service that the role is linked to.
        type: str
        required: true
      custom_suffix:
        description: Suffix of the role's name, for services that allow several roles.
        type: str
  policies:
    description: Custom policies to look at.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the policy.
        type: str
        required: true
  user_policies:
    description: The users whose policies to look at.
    type: list
    elements: dict
    default: []
    suboptions:
      user_name:
        description: Name of the user.
        type: str
        required: true
  group_policies:
    description: The groups whose policies to look at.
    type: list
    elements: dict
    default: []
    suboptions:
      group_name:
        description: Name of the group.
        type: str
        required: true
  role_policies:
    description: The roles whose policies to look at.
    type: list
    elements: dict
    default: []
    suboptions:
      role_name:
        description: Name of the role.
        type: str
        required: true
seealso:
  - module: alicloud.ram.baseline
"""

EXAMPLES = r"""
---
- name: Look at all that image import needs
  alicloud.ram.baseline_info:
    service_linked_roles:
      - service_name: connect-customer-vpc.cr.aliyuncs.com
    policies:
      - name: acr-connect-customer-vpc
    user_policies:
      - user_name: ci-deployer
  register: found

# Leave out what is not asked for.
# Only where a deletion of the role runs or was tried: ram:GetServiceLinkedRoleDeletionStatus.
# Which action GetServiceLinkedRoleTemplate needs, if any, is not published; the one of its name is taken for it.
# RAM grants actions on tags for all resources only.
- name: Allow what this module needs
  alicloud.ram.policy:
    name: rights-for-baseline-info
    document: |
      {
        "Version": "1",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": [
              "ram:GetServiceLinkedRoleTemplate",
              "ram:ListTagResources"
            ],
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
            "Action": ["ram:GetPolicy"],
            "Resource": "acs:ram:*:1000000000000001:policy/acr-connect-customer-vpc"
          },
          {
            "Effect": "Allow",
            "Action": ["ram:ListPoliciesForUser"],
            "Resource": "acs:ram:*:1000000000000001:user/ci-deployer"
          },
          {
            "Effect": "Allow",
            "Action": ["ram:ListPoliciesForGroup"],
            "Resource": "acs:ram:*:1000000000000001:group/release-managers"
          },
          {
            "Effect": "Allow",
            "Action": ["ram:ListPoliciesForRole"],
            "Resource": "acs:ram:*:1000000000000001:role/ci-runner"
          }
        ]
      }
"""

RETURN = r"""
---
baseline:
  description:
    - The resources as they are.
    - Each list has the entries of the option of its name, in its order, each as the info module for it returns it. What does
      not exist is C({}).
  returned: success
  type: dict
  contains:
    account_id:
      description: The account. Asking for it costs a call where neither O(account_id) nor O(assume_role) is given.
      type: str
    service_linked_roles:
      description: As RV(alicloud.ram.service_linked_role_info#module:service_linked_role).
      type: list
      elements: dict
    policies:
      description: As RV(alicloud.ram.policy_info#module:policy).
      type: list
      elements: dict
    user_policies:
      description: As RV(alicloud.ram.user_policies_info#module:user_policies).
      type: list
      elements: dict
    group_policies:
      description: As RV(alicloud.ram.group_policies_info#module:group_policies).
      type: list
      elements: dict
    role_policies:
      description: As RV(alicloud.ram.role_policies_info#module:role_policies).
      type: list
      elements: dict
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

from ansible_collections.alicloud.ram.plugins.module_utils._engine.baseline import info_argument_spec, prepare_info
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import run_module

ARGUMENT_SPEC = info_argument_spec()
prepare = prepare_info


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
