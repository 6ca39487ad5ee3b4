#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: baseline
short_description: Manage many RAM resources, in one account or in many, with one task
version_added: 1.0.0
description:
  - Manages any number of RAM resources together. Each list takes entries with the options of the module that manages one such
    resource. No two entries may be for the same resource.
  - The task reads everything before the first write, with independent reads in parallel. Then it creates, attaches, detaches and
    deletes, in this order.
  - An entry may refer to a resource that another entry creates, so check mode makes no assumptions.
  - With O(accounts), the same resources are managed in many accounts, a limited number at a time. A failure in one account does
    not affect the others.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - alicloud.ram._preflight
  - alicloud.ram._attributes
  - alicloud.ram._rights
  - alicloud.ram._variables
options:
  # BEGIN generated: sections
  service_linked_roles:
    description: Manage the service-linked roles of an account. Each entry has the options of M(alicloud.ram.service_linked_role).
    type: list
    elements: dict
    default: []
    suboptions:
      service_name:
        description:
          - The service that the role is linked to, as in its trust policy. RAM is asked for the names of
            the role and of its system policy.
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
          - The RAM actions that the role's system policy must grant on all resources, as the service documents
            them.
          - Checked when the role is created. The task fails if the policy does not grant all of them. If
            the policy exists before the role does, the task fails before it creates the role.
        type: list
        elements: str
        default: []
      verify:
        description: Whether to check O(service_linked_roles[].required_actions) at every run, which costs
          one call.
        type: bool
        default: false
      state:
        description:
          - V(present) creates the role if it does not exist. If the role is being deleted, the task waits
            for the deletion first.
          - V(absent) deletes the role. The service refuses the deletion while it uses the role; the task
            then fails with the reason and with the regions and resources that still use it. If the role
            is already being deleted, the task waits for that deletion.
        type: str
        choices: [present, absent]
        default: present
  users:
    description: Manage RAM users. Each entry has the options of M(alicloud.ram.user).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the user, without the part after the C(@).
        type: str
        required: true
      display_name:
        description: Display name of the user. If omitted, that of an existing user is kept. An empty text
          removes it; RAM may then return the name of the user instead.
        type: str
      comments:
        description: Comments on the user. If omitted, those of an existing user are kept. An empty text
          removes them.
        type: str
      email:
        description: E-mail address of the user. Only accounts of the China site have it. An empty text
          removes it.
        type: str
      mobile_phone:
        description: Mobile phone number of the user, as V(<country code>-<number>). Only accounts of the
          China site have it. An empty text removes it.
        type: str
      detach:
        description: With O(users[].state=absent), whether to detach all policies from the user and to remove
          it from all groups before it is deleted. Otherwise, deletion fails while it has any. In a baseline,
          policies that are declared absent for the user are detached in any case.
        type: bool
        default: false
      delete_credentials:
        description:
          - With O(users[].state=absent), whether to delete the user's access keys, login profile and MFA
            device before it is deleted. Otherwise, deletion fails while it has any. Whoever uses these
            credentials loses access at once.
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
  groups:
    description: Manage RAM groups and their members. Each entry has the options of M(alicloud.ram.group).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the group.
        type: str
        required: true
      comments:
        description: Comments on the group. If omitted, those of an existing group are kept. Whether RAM
          accepts an empty text for an existing group is not documented; the module sends it, and fails
          if RAM refuses it.
        type: str
      members:
        description:
          - Names of the users that belong to the group. They must exist, or be created by the same M(alicloud.ram.baseline).
          - Other members are kept, unless O(groups[].exclusive=true). If omitted, members are not changed.
        type: list
        elements: str
      exclusive:
        description: Whether to remove all members that are not in O(groups[].members). RV(changes) lists
          them, in check mode too.
        type: bool
        default: false
      allow_empty:
        description: Whether O(groups[].exclusive=true) may be used with an empty list, which removes every
          member from the group.
        type: bool
        default: false
      detach:
        description: With O(groups[].state=absent), whether to detach all policies from the group and to
          remove all its members before it is deleted. Otherwise, deletion fails while it has any. In a
          baseline, policies that are declared absent for the group are detached in any case.
        type: bool
        default: false
      state:
        description: V(present) creates or updates the group, V(absent) deletes it.
        type: str
        choices: [present, absent]
        default: present
  roles:
    description: Manage RAM roles. Each entry has the options of M(alicloud.ram.role).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the role.
        type: str
        required: true
      trust_policy:
        description:
          - The trust policy, which says who may assume the role, as a mapping or as JSON text. Required
            if the role does not exist yet. If omitted, that of an existing role is kept.
          - Each statement has C(Effect), C(Action), C(Principal) and optionally C(Condition). Principals
            are of the kinds C(RAM), C(Service) and C(Federated), in the forms that RAM documents. It has
            no C(Resource).
          - Trust policies are compared by meaning, as the documents of M(alicloud.ram.policy).
          - If it lets users or roles of another account, or of every account, assume the role without a
            condition, the task warns.
        type: raw
      description:
        description: Description of the role. If omitted, that of an existing role is kept. Whether RAM
          accepts an empty text for an existing role is not documented; the module sends it, and fails if
          RAM refuses it.
        type: str
      max_session_duration:
        description: The longest session of the role, in seconds, from 3600 to 43200. If omitted, that of
          an existing role is kept, and that of a new one is 3600.
        type: int
      tags:
        description:
          - Tags of the role. Other tags are kept, unless O(roles[].purge_tags=true).
          - Values are strings or integers. Put V(true), V(false) and decimal numbers in quotes.
        type: dict
      purge_tags:
        description:
          - Whether to remove tags that are not in O(roles[].tags). Has no effect without O(roles[].tags).
          - The tag C(managed-by) is never removed.
        type: bool
        default: false
      managed_by:
        description:
          - The owner of the role. It is written to the tag C(managed-by) when the role is created.
          - An existing role is changed or deleted only if its tag has this value, unless O(roles[].adopt=true).
        type: str
      adopt:
        description: Whether to take over an existing role whose tag C(managed-by) differs from O(roles[].managed_by),
          and to set the tag.
        type: bool
        default: false
      detach:
        description: With O(roles[].state=absent), whether to detach all policies from the role before it
          is deleted. Otherwise, deletion fails while it has any. In a baseline, policies that are declared
          absent for the role are detached in any case.
        type: bool
        default: false
      state:
        description: V(present) creates or updates the role, V(absent) deletes it.
        type: str
        choices: [present, absent]
        default: present
  policies:
    description: Manage custom RAM policies. Each entry has the options of M(alicloud.ram.policy).
    type: list
    elements: dict
    default: []
    suboptions:
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
          - The policy document, as a mapping or as JSON text. Required with O(policies[].state=present).
          - A byte order mark at the beginning of JSON text is ignored. To read a file, use P(ansible.builtin.file#lookup)
            or P(ansible.builtin.template#lookup).
          - A document that contradicts RAM's documentation is refused. An operator or element that RAM's
            documentation does not name is sent unchanged, with a warning, and RAM decides.
          - Invisible characters, such as a zero-width space, and characters that look like ASCII characters,
            such as a non-breaking hyphen, are refused in actions, operators, condition keys, and resources
            of RAM. In other values they cause a warning, as does a blank at the end.
          - Documents are compared by meaning. The order of keys, statements, actions, resources and values
            is ignored, and a single value equals a list of this value. Upper and lower case are different.
          - If an older version of the policy has the same meaning, that version becomes the default again.
        type: raw
      tags:
        description:
          - Tags of the policy. Other tags are kept, unless O(policies[].purge_tags=true).
          - Values are strings or integers. Put V(true), V(false) and decimal numbers in quotes.
        type: dict
      purge_tags:
        description:
          - Whether to remove tags that are not in O(policies[].tags). Has no effect without O(policies[].tags).
          - The tag C(managed-by) is never removed.
        type: bool
        default: false
      rotate_versions:
        description: Whether to delete the oldest version that is not the default if the policy already
          has five versions, the most that RAM keeps, and needs another one. If V(false), the task fails
          instead.
        type: bool
        default: true
      detach:
        description: With O(policies[].state=absent), whether to detach the policy from all users, groups
          and roles before it is deleted. Otherwise, deletion fails while the policy is attached.
        type: bool
        default: false
      managed_by:
        description:
          - The owner of the policy. It is written to the tag C(managed-by) when the policy is created.
          - An existing policy is changed or deleted only if its tag has this value, unless O(policies[].adopt=true).
        type: str
      adopt:
        description: Whether to take over an existing policy whose tag C(managed-by) differs from O(policies[].managed_by),
          and to set the tag.
        type: bool
        default: false
      state:
        description: V(present) creates or updates the policy, V(absent) deletes it.
        type: str
        choices: [present, absent]
        default: present
  user_policies:
    description: Manage the policies of a RAM user. Each entry has the options of M(alicloud.ram.user_policies).
    type: list
    elements: dict
    default: []
    suboptions:
      user_name:
        description: Name of the user. Policies of its groups are neither counted nor changed.
        type: str
        required: true
      policies:
        description: The policies to attach to the user, or to detach from it with O(user_policies[].state=absent).
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the policy.
            type: str
            required: true
          type:
            description: Type of the policy. A custom policy and a system policy of the same name are different
              policies.
            type: str
            choices: [Custom, System]
            default: Custom
      exclusive:
        description:
          - Whether to detach all policies that are not in O(user_policies[].policies). RV(changes) lists
            them, in check mode too.
          - Policies are attached first, then detached.
          - Not allowed with O(user_policies[].state=absent).
        type: bool
        default: false
      allow_empty:
        description: Whether O(user_policies[].exclusive=true) may be used with an empty list, which detaches
          every policy from the user.
        type: bool
        default: false
      state:
        description: V(present) attaches the policies, V(absent) detaches them.
        type: str
        choices: [present, absent]
        default: present
  group_policies:
    description: Manage the policies of a RAM group. Each entry has the options of M(alicloud.ram.group_policies).
    type: list
    elements: dict
    default: []
    suboptions:
      group_name:
        description: Name of the group. All members of the group have its policies.
        type: str
        required: true
      policies:
        description: The policies to attach to the group, or to detach from it with O(group_policies[].state=absent).
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the policy.
            type: str
            required: true
          type:
            description: Type of the policy. A custom policy and a system policy of the same name are different
              policies.
            type: str
            choices: [Custom, System]
            default: Custom
      exclusive:
        description:
          - Whether to detach all policies that are not in O(group_policies[].policies). RV(changes) lists
            them, in check mode too.
          - Policies are attached first, then detached.
          - Not allowed with O(group_policies[].state=absent).
        type: bool
        default: false
      allow_empty:
        description: Whether O(group_policies[].exclusive=true) may be used with an empty list, which detaches
          every policy from the group.
        type: bool
        default: false
      state:
        description: V(present) attaches the policies, V(absent) detaches them.
        type: str
        choices: [present, absent]
        default: present
  role_policies:
    description: Manage the policies of a RAM role. Each entry has the options of M(alicloud.ram.role_policies).
    type: list
    elements: dict
    default: []
    suboptions:
      role_name:
        description: Name of the role. A service-linked role is refused; a service owns its policies.
        type: str
        required: true
      policies:
        description: The policies to attach to the role, or to detach from it with O(role_policies[].state=absent).
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the policy.
            type: str
            required: true
          type:
            description: Type of the policy. A custom policy and a system policy of the same name are different
              policies.
            type: str
            choices: [Custom, System]
            default: Custom
      exclusive:
        description:
          - Whether to detach all policies that are not in O(role_policies[].policies). RV(changes) lists
            them, in check mode too.
          - Policies are attached first, then detached.
          - Not allowed with O(role_policies[].state=absent).
        type: bool
        default: false
      allow_empty:
        description: Whether O(role_policies[].exclusive=true) may be used with an empty list, which detaches
          every policy from the role.
        type: bool
        default: false
      state:
        description: V(present) attaches the policies, V(absent) detaches them.
        type: str
        choices: [present, absent]
        default: present
  # END generated: sections
  # BEGIN generated: task_options
  wait:
    description:
      - Whether to wait until a deletion has ended.
      - With V(false), O(service_linked_roles[].state=absent) only starts the deletion, and O(service_linked_roles[].state=present)
        fails if the role is being deleted.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for a deletion.
    type: float
    default: 300
  allow_self:
    description: Whether the task may take rights from whoever runs it, which are the caller, the groups
      that it belongs to, and users and roles of the same account with whose credentials its role was assumed.
      Otherwise, such a principal is not deleted, no policy is detached from it, no caller is removed from
      a group, and the trust policy of a role in use is not changed.
    type: bool
    default: false
  # END generated: task_options
  return_resources:
    description: Whether to return the state of each resource under RV(baseline). By default only without O(accounts), because
      the results of thousands of accounts are large.
    type: bool
  accounts:
    description:
      - The accounts in which to manage the resources. By default, the account of the credentials.
      - With O(accounts), O(assume_role) and O(account_id) of the task belong to the credentials that assume the roles of the
        accounts. If these credentials are invalid, the task fails at once.
      - An account that is in the list twice fails, and nothing is done in it.
      - One task manages all accounts, so run it on one host, such as C(localhost).
      - If templating omits this option, for example because a variable is misspelt and its default is C(omit), the task is
        refused, unless it also has O(account_id) or O(assume_role).
      - If Ansible stops the task, because of C(timeout) or Ctrl-C, it reports nothing about the accounts. Run the task again;
        changes that were made are not repeated.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the account in results and messages, beside its ID. By default its ID.
          - Several accounts may have the same name.
        type: str
      account_id:
        description:
          - ID of the account. Required without O(accounts[].assume_role); it must then be the account of the credentials
            themselves.
          - If the credentials belong to a different account, this account fails before anything is done.
        type: str
      assume_role:
        description: The role to assume in the account.
        type: dict
        suboptions:
          role_arn:
            description: ARN of the role. Set it, or O(accounts[].assume_role.role_name).
            type: str
          account_id:
            description: The account that the role is in. By default O(accounts[].account_id).
            type: str
          role_name:
            description: Name of the role, for example V(ResourceDirectoryAccountAccessRole).
            type: str
          session_name:
            description: Name of the session, as the account's audit logs show it.
            type: str
            default: alicloud-ram-ansible
          duration_seconds:
            description: Duration of a session in seconds, from 900 to the role's maximum session duration. Sessions are
              renewed as long as the task needs them.
            type: int
            default: 3600
          external_id:
            description: External ID that the role's trust policy requires.
            type: str
      variables:
        description:
          - Strings and integers of this account. C(${name}) in a string of the declared resources, including names and
            documents, is replaced with the variable of that name. Options with fixed choices, such as O(policies[].state), are
            the same for all accounts.
          - C(${account_id}) and C(${name}) are always defined. Without O(accounts), only C(${account_id}) is.
          - The value is inserted unchanged; a C(${) in it is not replaced. In a document that is given as JSON text, the value is
            always the contents of a string.
          - A C(${) that does not begin a variable of the account is an error. C($${) stands for C(${) itself.
        type: dict
        default: {}
      baseline:
        description:
          - Resources of this account alone, in addition to those of the task, as a mapping of the same lists, such as
            O(policies) and O(user_policies), with the same options.
          - The same resource in both, or twice in one of them, is an error that names both places.
        type: dict
  max_concurrency:
    description:
      - Maximum number of O(accounts) that are processed at the same time, from 1 to 1000. They share 100 connections.
      - More than 100 only help if service-linked roles are deleted, because most accounts then wait.
    type: int
    default: 50
  max_changes:
    description:
      - Maximum number of API writes in an account. If more are planned, the account fails before the first of them, also in check
        mode, and the result lists them under RV(planned).
      - By default, there is no limit.
    type: int
  access:
    description:
      - Requests that are evaluated after the run for the users and roles of the baseline, and for the members of its groups. They are
        those that are declared present, or to which a policy is declared to be attached.
      - RV(access) has the answers. One that is not V(allowed) is also a warning.
      - The caller needs what M(alicloud.ram.access_info) needs, and C(ram:ListUsersForGroup) for groups. In check mode, the policies
        are those before the run.
    type: list
    elements: dict
    default: []
    suboptions:
      actions:
        description: Actions, such as V(ram:CreateServiceLinkedRole).
        type: list
        elements: str
        required: true
      resources:
        description: Resources, each as an ARN, or V(*). C(${account_id}) stands for the ID of the account.
        type: list
        elements: str
        required: true
      context:
        description: What is known of the request, as in O(alicloud.ram.access_info#module:context).
        type: dict
        default: {}
  max_failures:
    description:
      - Number of O(accounts) that may fail, also as a percentage of all accounts, after which no more accounts are started.
        Accounts that are already started are finished.
      - The task fails if any account fails, whatever the number.
    type: str
    default: 100%
  assume_role_rate:
    description:
      - Maximum number of roles to assume per second. STS allows about 100 calls per second for all callers of one account.
      - V(0) sets no limit; calls that STS refuses are then repeated. Any other number must be V(0.01) or more.
    type: float
    default: 90
seealso:
  - module: alicloud.ram.baseline_info
"""

EXAMPLES = r"""
---
# The credentials are those of the environment, or of the CLI's current profile.
- name: Set up a deploy user, its group, the role that it enters, and what both may do
  alicloud.ram.baseline:
    users:
      - name: artifact-uploader
        display_name: Uploads build artifacts
    groups:
      - name: artifact-readers
        members: [artifact-uploader, ci-deployer]
    roles:
      - name: artifact-publisher
        trust_policy:
          Version: "1"
          Statement:
            - Effect: Allow
              Action: sts:AssumeRole
              Principal:
                RAM: acs:ram::${account_id}:user/artifact-uploader # the module inserts the ID of the account
        max_session_duration: 7200
    policies:
      - name: publish-artifacts
        document:
          Version: "1"
          Statement:
            - Effect: Allow
              Action: oss:PutObject
              Resource: acs:oss:*:${account_id}:artifacts/*
    group_policies:
      - group_name: artifact-readers
        policies:
          - name: AliyunOSSReadOnlyAccess
            type: System
    role_policies:
      - role_name: artifact-publisher
        policies:
          - name: publish-artifacts

- name: Remove them
  alicloud.ram.baseline:
    users:
      - name: artifact-uploader
        state: absent
        delete_credentials: true
    groups:
      - name: artifact-readers
        state: absent
        detach: true
    roles:
      - name: artifact-publisher
        state: absent
        detach: true
    policies:
      - name: publish-artifacts
        state: absent

- name: Set up everything that image import needs
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
              Resource: acs:ram:*:${account_id}:role/* # the module inserts the ID of the account
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

- name: Set up what a variables file declares
  alicloud.ram.baseline:
    account_id: "{{ declared.account_id }}"
    policies: "{{ declared.policies }}"
    group_policies: "{{ declared.group_policies }}"
  vars:
    declared: "{{ lookup('ansible.builtin.file', 'platform.yml') | from_yaml }}"

- name: Create the service-linked role and a policy with the account's own name in each member account
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

# In the inventory, the variable alicloud_account of each host is the host's entry for accounts, such as
# {account_id: "1000000000000011", assume_role: {role_name: ResourceDirectoryAccountAccessRole}}.
- name: Give the release managers access in all accounts of the inventory
  alicloud.ram.baseline:
    accounts: "{{ groups.alicloud_accounts | map('extract', hostvars, 'alicloud_account') }}"
    group_policies:
      - group_name: release-managers
        policies:
          - name: AliyunContainerRegistryFullAccess
            type: System

- name: Find out in which accounts the service-linked role is missing, without changing anything
  alicloud.ram.baseline:
    accounts: "{{ groups.alicloud_accounts | map('extract', hostvars, 'alicloud_account') }}"
    service_linked_roles:
      - service_name: connect-customer-vpc.cr.aliyuncs.com
  check_mode: true
  register: plan

- name: Report the accounts that would be changed
  ansible.builtin.debug:
    msg: >-
      {{ plan.counts.changed }} of {{ plan.counts.total }} accounts would be changed:
      {{ plan.accounts | selectattr('changed') | map(attribute='name') | join(', ') }}

- name: Remove everything that image import needed
  alicloud.ram.baseline:
    service_linked_roles:
      - service_name: connect-customer-vpc.cr.aliyuncs.com
        state: absent
    policies:
      - name: acr-connect-customer-vpc
        state: absent
        detach: true
"""

RETURN = r"""
---
baseline:
  description:
    - The declared resources. In check mode, the predicted ones.
    - Each list contains one entry for each entry of the option of the same name, in the same order and in the format of the
      module for it.
    - Without C(exclusive), a user, group or role has only those of the declared policies that are attached, whether or not it
      exists. The tags of a policy are null if none are declared.
  returned: success without O(accounts), unless O(return_resources=false)
  type: dict
  contains:
    account_id:
      description: The account. If neither O(account_id) nor O(assume_role) is set, finding it out costs one call.
      type: str
    # BEGIN generated: states
    service_linked_roles:
      description: As RV(alicloud.ram.service_linked_role#module:service_linked_role).
      type: list
      elements: dict
    users:
      description: As RV(alicloud.ram.user#module:user).
      type: list
      elements: dict
    groups:
      description: As RV(alicloud.ram.group#module:group).
      type: list
      elements: dict
    roles:
      description: As RV(alicloud.ram.role#module:role).
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
    # END generated: states
# BEGIN shared: return_access returned="if O(access) is not empty, without O(accounts); with it, in each account"
access:
  description: The decisions, for each user, group and role, each action and each resource.
  returned: if O(access) is not empty, without O(accounts); with it, in each account
  type: list
  elements: dict
  contains:
    principal_type:
      description: V(user), V(group) or V(role).
      type: str
    principal_name:
      description: Name of the user, group or role.
      type: str
    exists:
      description: Whether it exists. Whoever does not exist is denied everything.
      type: bool
    action:
      description: The action.
      type: str
    resource:
      description: The resource, with the ID of the account put in.
      type: str
    decision:
      description: V(allowed), V(denied) or V(undetermined).
      type: str
    explicit_deny:
      description: Whether a statement denies it. If V(false) and the decision is V(denied), no statement allows it.
      type: bool
    statements:
      description: The statements that decide, or that would decide if it were known whether they apply.
      type: list
      elements: dict
      contains:
        policy_name:
          description: Name of the policy; empty if it is not known which policies there are.
          type: str
        policy_type:
          description: V(Custom) or V(System).
          type: str
        statement:
          description: Number of the statement in the policy, from 1. Null if the policy could not be read.
          type: int
        effect:
          description: V(Allow) or V(Deny). Null if it is not known.
          type: str
        through:
          description: The group that has the policy. Null if it is attached to the principal itself.
          type: str
          sample: group 'operators'
        resource_group:
          description: ID of the resource group to which the attachment is limited. Null if it is for the whole account.
          type: str
    reasons:
      description: Why the decision is V(undetermined).
      type: list
      elements: str
    would_allow:
      description: The smallest policy that would allow it, without conditions. Null unless the decision is V(denied), and no
        statement denies it.
      type: dict
# END shared: return_access
planned:
  description: The API writes that would be needed, as in RV(changes), if they are more than O(max_changes).
  returned: failure because of O(max_changes), without O(accounts)
  type: list
  elements: dict
# BEGIN shared: return_changes only="; only without O(accounts)"
changes:
  description:
    - The API writes that were made, in order. In check mode, the writes that would be made.
    - A write that somebody else made at the same time is not included.
    - If the task fails, these are the writes that were made before the failure.
  returned: success, and failure once writing has begun; only without O(accounts)
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
  returned: success; only without O(accounts)
  type: list
  elements: dict
uncertain:
  description: Writes, as in RV(changes), of which it is not known whether they took effect.
  returned: failure during a write; only without O(accounts)
  type: list
  elements: dict
not_reached:
  description: The resources that are not as declared after all changes, for example because somebody else changed them at the
    same time. The task then fails.
  returned: failure, if the state after all changes is not as declared; only without O(accounts)
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
  returned: success; only without O(accounts)
  type: list
  elements: str
rights:
  description: What the caller's own policies say of the planned writes.
  returned: if O(preflight) is not V(off); only without O(accounts)
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
accounts:
  description:
    - The result of each account. Failed accounts come first, then accounts that were not started, then the others, each in the
      order of O(accounts).
    - If many accounts fail for the same reason, RV(denied_by) has the policies in a few of them only.
  returned: success and failure with O(accounts), unless the options or the task's own credentials are invalid
  type: list
  elements: dict
  contains:
    name:
      description: Name of the account. Its ID if it has no name.
      type: str
    account_id:
      description: ID of the account.
      type: str
    status:
      description: Status of the account. V(not_started) means that no more accounts were started; the task's C(msg) has the
        reason.
      type: str
      sample: ok
      choices: [ok, failed, not_started]
    changed:
      description: Whether anything was changed, or would be changed in check mode. A failed account may have been changed.
      type: bool
    msg:
      description: Why the account failed.
      returned: failure of the account
      type: str
    baseline:
      description: As RV(baseline). Not returned if any account fails, because Ansible prints the whole result of a failed task.
      returned: success of all accounts, with O(return_resources=true)
      type: dict
    pending:
      description: As RV(pending).
      returned: success, if there are any
      type: list
      elements: dict
    # BEGIN generated: account_results without=account_id,assumed,pending
    changes:
      description: As RV(changes).
      returned: success, and failure once writing has begun
      type: list
      elements: dict
    uncertain:
      description: As RV(uncertain).
      returned: failure during a write
      type: list
      elements: dict
    not_reached:
      description: As RV(not_reached).
      returned: failure, if the state after all changes is not as declared
      type: list
      elements: dict
    rights:
      description: As RV(rights).
      returned: if O(preflight) is not V(off)
      type: dict
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
      returned: failure because the caller was denied, if the service reported that no policy of the caller
        allows the action
      type: str
    denied_by:
      description: As RV(denied_by).
      returned: failure because the caller was denied, if the service reported anything about the reason
      type: dict
    deletion_task_id:
      description: As RV(deletion_task_id).
      returned: failure of a deletion
      type: str
    missing_actions:
      description: As RV(missing_actions).
      returned: failure because of O(service_linked_roles[].required_actions)
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
    in_the_way:
      description: As RV(in_the_way).
      returned: failure because of that
      type: list
      elements: str
    attached_to:
      description: As RV(attached_to).
      returned: failure because the policy is attached
      type: list
      elements: dict
    # END generated: account_results
counts:
  description: Numbers of accounts.
  returned: as for RV(accounts)
  type: dict
  contains:
    total:
      description: All accounts.
      type: int
    ok:
      description: Accounts that are as declared.
      type: int
    changed:
      description: Accounts in which anything was changed, including failed ones.
      type: int
    failed:
      description: Accounts that failed.
      type: int
    not_started:
      description: Accounts that were not started, because of O(max_failures) or because the task's own credentials failed.
      type: int
# BEGIN generated: failures
deletion_task_id:
  description: ID of the deletion task that failed or has not ended.
  returned: failure without O(accounts), of a deletion
  type: str
missing_actions:
  description: The actions of O(service_linked_roles[].required_actions) that the role's system policy
    does not grant.
  returned: failure without O(accounts), because of O(service_linked_roles[].required_actions)
  type: list
  elements: str
reason:
  description: Why the service did not delete the role, as the service says it. Null if it gave no reason.
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
      description: The resources in the region that use the role.
      type: list
      elements: str
in_the_way:
  description: What has to be removed before RAM deletes the user, one text for each thing.
  returned: failure without O(accounts), because of that
  type: list
  elements: str
attached_to:
  description: The users, groups and roles that the policy to delete is attached to.
  returned: failure without O(accounts), because the policy is attached
  type: list
  elements: dict
  contains:
    kind:
      description: V(user), V(group) or V(role).
      type: str
    name:
      description: Name of the user, group or role.
      type: str
# END generated: failures
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

from ansible_collections.alicloud.ram.plugins.module_utils._engine.baseline import argument_spec, prepare
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import run_module

ARGUMENT_SPEC = argument_spec()


def main() -> None:
    run_module(prepare, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
