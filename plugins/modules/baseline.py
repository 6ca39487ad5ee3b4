#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: baseline
short_description: Declare the RAM resources of an account, or of many, in one task
version_added: 1.0.0
description:
  - Declares any number of service-linked roles, custom policies and policies of users, groups and roles together.
  - All is read before anything is written, independent reads side by side. What others need is written first, and what
    replaces something before that is removed. Detaching comes before deleting.
  - References between the entries are resolved, so check mode needs to assume nothing.
  - With O(accounts), the same is declared for many accounts at once, a bounded number at a time. Each account's failure
    is its own.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._attributes
  - alicloud.ram._rights
  - alicloud.ram._variables
options:
  service_linked_roles:
    description: Service-linked roles, each as for M(alicloud.ram.service_linked_role).
    type: list
    elements: dict
    default: []
    suboptions:
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
        description: Whether to look at O(service_linked_roles[].required_actions) at every run, which costs one call.
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
  policies:
    description: Custom policies, each as for M(alicloud.ram.policy).
    type: list
    elements: dict
    default: []
    suboptions:
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
          - The policy document, as a mapping or as JSON text. Needed with O(policies[].state=present).
          - M(alicloud.ram.policy) describes what is refused, and what is sent with a warning.
          - Documents are compared by meaning. The order of keys, statements, actions, resources and values does not count,
            nor whether a single value is in a list; case does.
          - Where an older version of the policy has this meaning, it is made the default again.
        type: raw
      tags:
        description:
          - Tags that the policy has to have. Others are left alone, unless O(policies[].purge_tags).
          - Values are texts or whole numbers. Put V(true), V(false) and numbers with a point in quotes.
        type: dict
      purge_tags:
        description:
          - Whether to remove tags that are not in O(policies[].tags). Without O(policies[].tags) it has no effect.
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
        description: With O(policies[].state=absent), whether to detach the policy from all who hold it. Without, it is kept while held.
        type: bool
        default: false
      managed_by:
        description:
          - Who this policy belongs to. Written to the tag C(managed-by) when the policy is created.
          - An existing policy is changed or deleted only if its tag has this value, unless O(policies[].adopt).
        type: str
      adopt:
        description: Whether to take over an existing policy that is not marked with O(policies[].managed_by), and mark it.
        type: bool
        default: false
      state:
        description: Whether the policy exists.
        type: str
        choices: [present, absent]
        default: present
  user_policies:
    description: Policies of users, each as for M(alicloud.ram.user_policies). A user has one entry at most.
    type: list
    elements: dict
    default: []
    suboptions:
      user_name:
        description: Name of the user.
        type: str
        required: true
      policies:
        description: The policies to attach to the user, or with O(user_policies[].state=absent) to detach from it.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the policy.
            type: str
            required: true
          type:
            description: Type of the policy. A custom and a system policy are different policies.
            type: str
            choices: [Custom, System]
            default: Custom
      exclusive:
        description:
          - Whether the user has no other policies than those in O(user_policies[].policies). What is detached is in RV(changes), in check
            mode too. Attaching comes first.
          - Not with O(user_policies[].state=absent).
        type: bool
        default: false
      allow_empty:
        description: Whether O(user_policies[].exclusive=true) may come with an empty list, which takes every policy from the user.
        type: bool
        default: false
      state:
        description: Whether the policies are attached.
        type: str
        choices: [present, absent]
        default: present
  group_policies:
    description: Policies of groups, each as for M(alicloud.ram.group_policies). A group has one entry at most.
    type: list
    elements: dict
    default: []
    suboptions:
      group_name:
        description: Name of the group.
        type: str
        required: true
      policies:
        description: The policies to attach to the group, or with O(group_policies[].state=absent) to detach from it.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the policy.
            type: str
            required: true
          type:
            description: Type of the policy. A custom and a system policy are different policies.
            type: str
            choices: [Custom, System]
            default: Custom
      exclusive:
        description:
          - Whether the group has no other policies than those in O(group_policies[].policies). What is detached is in RV(changes), in check
            mode too. Attaching comes first.
          - Not with O(group_policies[].state=absent).
        type: bool
        default: false
      allow_empty:
        description: Whether O(group_policies[].exclusive=true) may come with an empty list, which takes every policy from the group.
        type: bool
        default: false
      state:
        description: Whether the policies are attached.
        type: str
        choices: [present, absent]
        default: present
  role_policies:
    description: Policies of roles, each as for M(alicloud.ram.role_policies). A role has one entry at most.
    type: list
    elements: dict
    default: []
    suboptions:
      role_name:
        description: Name of the role. A service-linked role is refused, because its policies are the service's own.
        type: str
        required: true
      policies:
        description: The policies to attach to the role, or with O(role_policies[].state=absent) to detach from it.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the policy.
            type: str
            required: true
          type:
            description: Type of the policy. A custom and a system policy are different policies.
            type: str
            choices: [Custom, System]
            default: Custom
      exclusive:
        description:
          - Whether the role has no other policies than those in O(role_policies[].policies). What is detached is in RV(changes), in check
            mode too. Attaching comes first.
          - Not with O(role_policies[].state=absent).
        type: bool
        default: false
      allow_empty:
        description: Whether O(role_policies[].exclusive=true) may come with an empty list, which takes every policy from the role.
        type: bool
        default: false
      state:
        description: Whether the policies are attached.
        type: str
        choices: [present, absent]
        default: present
  wait:
    description:
      - Whether to wait until a deletion has ended.
      - With V(false), it is only started, and declaring a role present that is being deleted is an error.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for a deletion.
    type: float
    default: 300
  allow_self:
    description: Whether policies may be detached from the caller itself, or from a group that it is in.
    type: bool
    default: false
  accounts:
    description:
      - The accounts to declare all this for. Without it, the account is that of the credentials.
      - O(assume_role) and O(account_id) of the task then belong to the credentials that assume the roles of the accounts.
        Where these credentials are not good, the task fails at once.
      - An account that is in the list twice fails, and nothing is done in it.
      - This is one task for all of them, so run it on one host, such as C(localhost).
      - If it is omitted, because a variable is misspelt and its default is C(omit), the task is refused, unless the task
        itself also has O(account_id) or O(assume_role).
      - Where Ansible ends the task, by C(timeout) or Ctrl-C, it tells nothing about its accounts. Run it again;
        what was done is not done again.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - What results and messages call the account, beside its ID. By default its ID.
          - Accounts may share a name. It is the ID that counts.
        type: str
      account_id:
        description:
          - The account. Needed without O(accounts[].assume_role); it then has to be the account of the credentials
            themselves.
          - Where the credentials turn out to be of another account, this account fails before anything is done.
        type: str
      assume_role:
        description: The role to assume in the account.
        type: dict
        suboptions:
          role_arn:
            description: The role's ARN. Give it, or O(accounts[].assume_role.role_name).
            type: str
          account_id:
            description: The account that the role is in. By default O(accounts[].account_id).
            type: str
          role_name:
            description: The role's name, for example V(ResourceDirectoryAccountAccessRole).
            type: str
          session_name:
            description: Name of the session, which the account's audit logs show.
            type: str
            default: alicloud-ram-ansible
          duration_seconds:
            description: Seconds that a session lasts, from 900 to the role's maximum session duration. Sessions are renewed
              as long as the task needs them.
            type: int
            default: 3600
          external_id:
            description: External ID that the role's trust policy asks for.
            type: str
      variables:
        description:
          - Texts and whole numbers of this account alone. C(${name}) in a text of the declared resources, in names and
            documents too, stands for the variable of that name. Options that have to be of certain values, such as
            O(policies[].state), are the same for all accounts.
          - C(${account_id}) and C(${name}) are always there. Without O(accounts), only C(${account_id}) is.
          - The value is put in as it is; a C(${) in it stands for nothing. In a document that is given as JSON text, it is
            always the contents of a string.
          - A C(${) that begins no variable of the account is an error; C($${) stands for C(${) itself.
        type: dict
        default: {}
  max_concurrency:
    description:
      - How many of O(accounts) are worked on at the same time, from 1 to 1000. They share 100 connections.
      - More than 100 are of use where service-linked roles are deleted, because most accounts then wait.
    type: int
    default: 50
  max_failures:
    description:
      - How many of O(accounts) may fail, as a number or as a per cent of all, before no further one is begun. Accounts under
        way are finished.
      - The task fails where any account failed, whatever the number.
    type: str
    default: 100%
  assume_role_rate:
    description:
      - How many roles are assumed a second at most. STS admits about 100 calls a second for all callers of one account.
      - V(0) sets no limit; what STS refuses is then repeated. Any other number has to be V(0.01) or more.
    type: float
    default: 90
seealso:
  - module: alicloud.ram.baseline_info
"""

EXAMPLES = r"""
---
- name: Everything that image import needs
  alicloud.ram.baseline:
    service_linked_roles:
      - service_name: connect-customer-vpc.cr.aliyuncs.com
    policies:
      - name: acr-connect-customer-vpc
        document:
          Version: "1"
          Statement:
            - Effect: Allow
              Action: ram:CreateServiceLinkedRole
              Resource: acs:ram:*:1000000000000001:role/*
              Condition:
                StringEquals:
                  ram:ServiceName: connect-customer-vpc.cr.aliyuncs.com
    user_policies:
      - user_name: ci-deployer
        policies:
          - name: acr-connect-customer-vpc
    group_policies:
      - group_name: release-managers
        policies:
          - name: acr-connect-customer-vpc
          - name: AliyunContainerRegistryFullAccess
            type: System

- name: The service-linked role and a policy of its own in each member account
  alicloud.ram.baseline:
    accounts:
      - name: payments
        account_id: "1000000000000011"
        assume_role:
          role_name: ResourceDirectoryAccountAccessRole
        variables:
          team: pay
      - name: logistics
        account_id: "1000000000000012"
        assume_role:
          role_name: ResourceDirectoryAccountAccessRole
        variables:
          team: log
    service_linked_roles:
      - service_name: connect-customer-vpc.cr.aliyuncs.com
    policies:
      - name: ${team}-image-import
        document:
          Version: "1"
          Statement:
            - Effect: Allow
              Action: ram:CreateServiceLinkedRole
              Resource: acs:ram:*:${account_id}:role/*
              Condition:
                StringEquals:
                  ram:ServiceName: connect-customer-vpc.cr.aliyuncs.com
    max_failures: 5%

# Leave out what is not declared.
# Only with service_linked_roles: ram:GetServiceLinkedRoleTemplate, ram:CreateServiceLinkedRole,
# ram:GetServiceLinkedRoleDeletionStatus.
# The system policy of the role is looked at only with required_actions.
# ram:GetServiceLinkedRoleDeletionStatus is for a role of which a deletion runs or was tried.
# Only with policies: ram:CreatePolicy, ram:ListPolicyVersions, ram:CreatePolicyVersion, ram:SetDefaultPolicyVersion.
# Only with description: ram:UpdatePolicyDescription.
# Only with tags or managed_by: ram:ListTagResources.
# Only with tags or adopt: ram:TagResources.
# Only with purge_tags: ram:UntagResources.
# Only with user_policies: ram:GetUser, ram:ListPoliciesForUser, ram:AttachPolicyToUser.
# Only with group_policies: ram:GetGroup, ram:ListPoliciesForGroup, ram:AttachPolicyToGroup.
# Only with role_policies: ram:ListPoliciesForRole, ram:AttachPolicyToRole.
# Only with user_policies, group_policies or role_policies: ram:ListEntitiesForPolicy.
# Only with exclusive: ram:DetachPolicyFromUser, ram:DetachPolicyFromGroup, ram:DetachPolicyFromRole,
# ram:ListGroupsForUser.
# ram:ListGroupsForUser is for the caller, where it is a user and allow_self is false.
# Only with accounts, the caller needs sts:AssumeRole on the roles of the accounts, and each of these the rights
# below.
# Which action GetServiceLinkedRoleTemplate needs, if any, is not published; the one of its name is taken for it.
# RAM grants actions on tags for all resources only.
- name: Allow what state=present needs
  alicloud.ram.policy:
    name: rights-for-baseline-present
    document: |
      {
        "Version": "1",
        "Statement": [
          {
            "Effect": "Allow",
            "Action": [
              "ram:GetServiceLinkedRoleTemplate",
              "ram:ListTagResources",
              "ram:TagResources",
              "ram:UntagResources"
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
            "Resource": [
              "acs:ram:*:system:policy/AliyunServiceRolePolicyForContainerRegistryConnectCustomerVPC",
              "acs:ram:*:system:policy/acr-connect-customer-vpc",
              "acs:ram:*:system:policy/AliyunContainerRegistryFullAccess"
            ]
          },
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
            "Action": [
              "ram:ListEntitiesForPolicy",
              "ram:AttachPolicyToUser",
              "ram:AttachPolicyToGroup",
              "ram:AttachPolicyToRole"
            ],
            "Resource": [
              "acs:ram:*:1000000000000001:policy/acr-connect-customer-vpc",
              "acs:ram:*:system:policy/AliyunContainerRegistryFullAccess"
            ]
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:GetUser",
              "ram:ListPoliciesForUser",
              "ram:AttachPolicyToUser",
              "ram:DetachPolicyFromUser"
            ],
            "Resource": "acs:ram:*:1000000000000001:user/ci-deployer"
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:GetGroup",
              "ram:ListPoliciesForGroup",
              "ram:AttachPolicyToGroup",
              "ram:DetachPolicyFromGroup"
            ],
            "Resource": "acs:ram:*:1000000000000001:group/release-managers"
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:GetRole",
              "ram:ListPoliciesForRole",
              "ram:AttachPolicyToRole",
              "ram:DetachPolicyFromRole"
            ],
            "Resource": "acs:ram:*:1000000000000001:role/ci-runner"
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:DetachPolicyFromUser",
              "ram:DetachPolicyFromGroup",
              "ram:DetachPolicyFromRole"
            ],
            "Resource": [
              "acs:ram:*:1000000000000001:policy/*",
              "acs:ram:*:system:policy/*"
            ]
          },
          {
            "Effect": "Allow",
            "Action": ["ram:ListGroupsForUser"],
            "Resource": "acs:ram:*:1000000000000001:user/ansible"
          }
        ]
      }

# Leave out what is not declared. With detach, whoever else may hold the policy has to be allowed too.
# Only with service_linked_roles: ram:GetServiceLinkedRoleTemplate, ram:DeleteServiceLinkedRole,
# ram:GetServiceLinkedRoleDeletionStatus.
# Only with policies: ram:GetPolicy, ram:DeletePolicy.
# Only with managed_by: ram:ListTagResources.
# Only with user_policies or detach: ram:ListPoliciesForUser, ram:DetachPolicyFromUser.
# Only with group_policies or detach: ram:ListPoliciesForGroup, ram:DetachPolicyFromGroup, ram:ListGroupsForUser.
# Only with role_policies or detach: ram:ListPoliciesForRole, ram:DetachPolicyFromRole.
# ram:ListGroupsForUser is for the caller, where it is a user and allow_self is false.
# Which action GetServiceLinkedRoleTemplate needs, if any, is not published; the one of its name is taken for it.
# RAM grants actions on tags for all resources only.
- name: Allow what state=absent needs
  alicloud.ram.policy:
    name: rights-for-baseline-absent
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
              "ram:DeleteServiceLinkedRole",
              "ram:GetServiceLinkedRoleDeletionStatus"
            ],
            "Resource": "acs:ram:*:1000000000000001:role/AliyunServiceRoleForContainerRegistryConnectCustomerVPC"
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:GetPolicy",
              "ram:DeletePolicy"
            ],
            "Resource": "acs:ram:*:1000000000000001:policy/acr-connect-customer-vpc"
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:ListEntitiesForPolicy",
              "ram:DetachPolicyFromUser",
              "ram:DetachPolicyFromGroup",
              "ram:DetachPolicyFromRole"
            ],
            "Resource": [
              "acs:ram:*:1000000000000001:policy/acr-connect-customer-vpc",
              "acs:ram:*:system:policy/AliyunContainerRegistryFullAccess"
            ]
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:ListPoliciesForUser",
              "ram:DetachPolicyFromUser"
            ],
            "Resource": "acs:ram:*:1000000000000001:user/ci-deployer"
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:ListPoliciesForGroup",
              "ram:DetachPolicyFromGroup"
            ],
            "Resource": "acs:ram:*:1000000000000001:group/release-managers"
          },
          {
            "Effect": "Allow",
            "Action": [
              "ram:GetRole",
              "ram:ListPoliciesForRole",
              "ram:DetachPolicyFromRole"
            ],
            "Resource": "acs:ram:*:1000000000000001:role/ci-runner"
          },
          {
            "Effect": "Allow",
            "Action": ["ram:ListGroupsForUser"],
            "Resource": "acs:ram:*:1000000000000001:user/ansible"
          }
        ]
      }
"""

RETURN = r"""
---
baseline:
  description:
    - The declared resources as they are, or in check mode as they will be.
    - Each list has the entries of the option of its name, in its order, in the shape that the module for it returns.
    - Of a principal that is not exclusive, the policies are the declared ones which are attached, whether or not it
      exists. The tags of a policy are null where none are declared.
  returned: success without O(accounts)
  type: dict
  contains:
    account_id:
      description: The account. Asking for it costs a call where neither O(account_id) nor O(assume_role) is given.
      type: str
    service_linked_roles:
      description: As RV(alicloud.ram.service_linked_role#module:service_linked_role).
      type: list
      elements: dict
    policies:
      description: As RV(alicloud.ram.policy#module:policy).
      type: list
      elements: dict
    user_policies:
      description: As RV(alicloud.ram.user_policies#module:user_policies).
      type: list
      elements: dict
    group_policies:
      description: As RV(alicloud.ram.group_policies#module:group_policies).
      type: list
      elements: dict
    role_policies:
      description: As RV(alicloud.ram.role_policies#module:role_policies).
      type: list
      elements: dict
changes:
  description:
    - The API writes that were made, in order, or that check mode predicts.
    - A write that somebody else made at the same time is not among them.
    - A failed task lists here what was done before it failed.
  returned: without O(accounts), success, and failure once writing has begun
  type: list
  elements: dict
  contains:
    operation:
      description: The API operation.
      type: str
      sample: CreateServiceLinkedRole
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
  returned: failure without O(accounts), during a write
  type: list
  elements: dict
not_reached:
  description:
    - What was observed after all changes, if it is not what was declared, because somebody else changed it at the same time for
      example. The task then fails.
  returned: failure without O(accounts), where the last observation is not as declared
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
  description: Always empty, because a baseline sees all that it declares.
  returned: success without O(accounts)
  type: list
  elements: str
accounts:
  description:
    - What became of each account. Failed ones come first, then those that were not begun; each of the three parts has the
      order of O(accounts).
  returned: with O(accounts), success or failure; not where the options or the task's own credentials were not good
  type: list
  elements: dict
  contains:
    name:
      description: The account's name, or its ID where it has none.
      type: str
    account_id:
      description: The account.
      type: str
    status:
      description: V(not_started) means that no further account was begun, for the reason in the task's C(msg).
      type: str
      sample: ok
      choices: [ok, failed, not_started]
    changed:
      description: Whether anything was changed, or in check mode would be. A failed account can have been changed.
      type: bool
    msg:
      description: Why the account failed.
      returned: where it failed
      type: str
    baseline:
      description: As RV(baseline). Left out where the task fails, because Ansible prints all of a failed task's result.
      returned: where no account failed
      type: dict
    changes:
      description: As RV(changes).
      returned: where all went well, or writing had begun
      type: list
      elements: dict
    uncertain:
      description: As RV(uncertain).
      returned: failure during a write
      type: list
      elements: dict
    not_reached:
      description: As RV(not_reached).
      returned: failure, where the last observation is not as declared
      type: list
      elements: dict
    code:
      description: As RV(code).
      returned: failure of a call
      type: str
    operation:
      description: As RV(operation).
      returned: failure of a call
      type: str
    request_id:
      description: As RV(request_id).
      returned: failure of a call
      type: str
    missing_action:
      description: As RV(missing_action).
      returned: failure because the caller was denied
      type: str
    denied_by:
      description: As RV(denied_by). The policies are asked for in a few accounts that fail alike, not in all.
      returned: failure because the caller was denied
      type: dict
    attached_to:
      description: As RV(attached_to).
      returned: failure because a policy is held
      type: list
      elements: dict
    deletion_task_id:
      description: As RV(deletion_task_id).
      returned: failure of a deletion
      type: str
    missing_actions:
      description: As RV(missing_actions).
      returned: failure of their verification
      type: list
      elements: str
    reason:
      description: As RV(reason).
      returned: failure of a deletion that has ended
      type: str
    role_usages:
      description: As RV(role_usages).
      returned: failure of a deletion that has ended
      type: list
      elements: dict
counts:
  description: How many accounts there are.
  returned: with O(accounts), success or failure
  type: dict
  contains:
    total:
      description: All.
      type: int
    ok:
      description: Those that are as declared.
      type: int
    changed:
      description: Those of which anything was changed, failed ones too.
      type: int
    failed:
      description: Those that failed.
      type: int
    not_started:
      description: Those that were not begun, because of O(max_failures) or because the task's own credentials failed.
      type: int
attached_to:
  description: Who holds the policy that was to be deleted.
  returned: failure without O(accounts), because a policy is held
  type: list
  elements: dict
  contains:
    kind:
      description: One of V(user), V(group) and V(role).
      type: str
    name:
      description: The name.
      type: str
deletion_task_id:
  description: The deletion task of a service-linked role that failed or has not ended.
  returned: failure without O(accounts), of a deletion
  type: str
missing_actions:
  description: Those of O(service_linked_roles[].required_actions) that the role's system policy does not grant.
  returned: failure without O(accounts), of their verification
  type: list
  elements: str
reason:
  description: Why the service did not delete a service-linked role, in its own words. Null where it gave none.
  returned: failure without O(accounts), of a deletion that has ended
  type: str
role_usages:
  description: Where the service still uses the role.
  returned: failure without O(accounts), of a deletion that has ended
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

from ansible_collections.alicloud.ram.plugins.module_utils._engine.baseline import argument_spec, prepare
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import run_module

ARGUMENT_SPEC = argument_spec()


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
