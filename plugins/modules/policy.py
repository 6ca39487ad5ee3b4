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
  - Makes sure that a custom policy with the declared meaning exists and is in force, or that none of the name exists.
  - An invalid document is refused before any call, with the statement and the element that are wrong.
  - System policies are never written.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes
  - alicloud.ram._rights
  - alicloud.ram._variables
options:
  name:
    description: Name of the policy. It must not be that of a system policy.
    type: str
    required: true
  description:
    description:
      - Description of the policy. Left as it is when not given.
      - RAM cannot make the description of an existing policy empty.
    type: str
  document:
    description:
      - The policy document, as a mapping or as JSON text. Needed with O(state=present).
      - A text is read as JSON; a byte order mark at its beginning is skipped. To read a file, use
        P(ansible.builtin.file#lookup) or P(ansible.builtin.template#lookup).
      - What contradicts RAM's documentation is refused. An operator or element that RAM's documentation does not name is
        sent as it is, with a warning, and RAM decides.
      - Characters that nobody sees, such as a zero-width space, and characters that look like ASCII ones, such as a
        non-breaking hyphen, are refused in actions, operators, condition keys, and resources of RAM. In other values, a
        warning names them, as it names a blank at the end.
      - Documents are compared by meaning. The order of keys, statements, actions, resources and values does not count,
        nor whether a single value is in a list; case does.
      - Where an older version of the policy has this meaning, it is made the default again.
    type: raw
  tags:
    description:
      - Tags that the policy has to have. Others are left alone, unless O(purge_tags).
      - Values are texts or whole numbers. Put V(true), V(false) and numbers with a point in quotes.
    type: dict
  purge_tags:
    description:
      - Whether to remove tags that are not in O(tags). Without O(tags) it has no effect.
      - The tag C(managed-by) is never removed.
    type: bool
    default: false
  rotate_versions:
    description:
      - RAM keeps five versions of a policy. Whether to let the oldest version that is not the default go when a sixth
        is needed.
    type: bool
    default: true
  detach:
    description: With O(state=absent), whether to detach the policy from all who hold it. Without, it is kept while held.
    type: bool
    default: false
  managed_by:
    description:
      - Who this policy belongs to. Written to the tag C(managed-by) when the policy is created.
      - An existing policy is changed or deleted only if its tag has this value, unless O(adopt).
    type: str
  adopt:
    description: Whether to take over an existing policy that is not marked with O(managed_by), and mark it.
    type: bool
    default: false
  state:
    description: Whether the policy exists.
    type: str
    choices: [present, absent]
    default: present
  allow_self:
    description: Whether policies may be detached from the caller itself, or from a group that it is in.
    type: bool
    default: false
seealso:
  - module: alicloud.ram.policy_info
  - module: alicloud.ram.user_policies
  - module: alicloud.ram.group_policies
  - module: alicloud.ram.role_policies
  - module: alicloud.ram.baseline
"""

EXAMPLES = r"""
---
- name: Allow creating the service-linked role of Container Registry, and no other
  alicloud.ram.policy:
    name: acr-connect-customer-vpc
    description: Lets its holders create the role that image import needs.
    document:
      Version: "1"
      Statement:
        - Effect: Allow
          Action: ram:CreateServiceLinkedRole
          Resource: acs:ram:*:1000000000000001:role/*
          Condition:
            StringEquals:
              ram:ServiceName: connect-customer-vpc.cr.aliyuncs.com
    tags:
      team: platform

- name: Remove a policy from all who hold it, and then from the account
  alicloud.ram.policy:
    name: acr-connect-customer-vpc
    state: absent
    detach: true

# Only with description: ram:UpdatePolicyDescription.
# Only with tags or adopt: ram:TagResources.
# Only with purge_tags: ram:UntagResources.
# RAM grants actions on tags for all resources only.
- name: Allow what state=present needs
  alicloud.ram.policy:
    name: rights-for-policy-present
    document: |
      {
        "Version": "1",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": [
              "ram:GetPolicy",
              "ram:CreatePolicy",
              "ram:ListPolicyVersions",
              "ram:CreatePolicyVersion",
              "ram:SetDefaultPolicyVersion",
              "ram:UpdatePolicyDescription"
            ],
            "Resource": "acs:ram:*:1000000000000001:policy/acr-connect-customer-vpc"
          },
          {
            "Effect": "Allow",
            "Action": ["ram:GetPolicy"],
            "Resource": "acs:ram:*:system:policy/acr-connect-customer-vpc"
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:ListTagResources",
              "ram:TagResources",
              "ram:UntagResources"
            ],
            "Resource": "*"
          }
        ]
      }

# Only with detach: ram:DetachPolicyFromUser, ram:DetachPolicyFromGroup, ram:DetachPolicyFromRole,
# ram:ListPoliciesForUser, ram:ListPoliciesForGroup, ram:ListPoliciesForRole, ram:ListGroupsForUser.
# ram:ListGroupsForUser is for the caller, where it is a user, a group holds the policy and allow_self is false.
# RAM grants actions on tags for all resources only.
- name: Allow what state=absent needs
  alicloud.ram.policy:
    name: rights-for-policy-absent
    document: |
      {
        "Version": "1",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": [
              "ram:GetPolicy",
              "ram:ListEntitiesForPolicy",
              "ram:DeletePolicy",
              "ram:DetachPolicyFromUser",
              "ram:DetachPolicyFromGroup",
              "ram:DetachPolicyFromRole"
            ],
            "Resource": "acs:ram:*:1000000000000001:policy/acr-connect-customer-vpc"
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:DetachPolicyFromUser",
              "ram:ListPoliciesForUser"
            ],
            "Resource": "acs:ram:*:1000000000000001:user/*"
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:DetachPolicyFromGroup",
              "ram:ListPoliciesForGroup"
            ],
            "Resource": "acs:ram:*:1000000000000001:group/*"
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:DetachPolicyFromRole",
              "ram:ListPoliciesForRole"
            ],
            "Resource": "acs:ram:*:1000000000000001:role/*"
          },
          {
            "Effect": "Allow",
            "Action": ["ram:ListGroupsForUser"],
            "Resource": "acs:ram:*:1000000000000001:user/ansible"
          },
          {
            "Effect": "Allow",
            "Action": ["ram:ListTagResources"],
            "Resource": "*"
          }
        ]
      }
"""

RETURN = r"""
---
policy:
  description: The policy as it is, or in check mode as it will be; C({}) when absent.
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
      description: Document of the default version.
      type: dict
    default_version:
      description: The version that is in force.
      type: str
      sample: v2
    attachment_count:
      description: How many users, groups and roles hold the policy.
      type: int
    tags:
      description: Tags of the policy.
      type: dict
    create_date:
      description: When the policy was created, in UTC. Null where check mode predicts a policy.
      type: str
    update_date:
      description: When the policy was last changed, in UTC.
      type: str
attached_to:
  description: Who holds the policy.
  returned: failure because the policy is held
  type: list
  elements: dict
  contains:
    kind:
      description: One of V(user), V(group) and V(role).
      type: str
    name:
      description: The name.
      type: str
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

ARGUMENT_SPEC, prepare = managed_module("policy")


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
