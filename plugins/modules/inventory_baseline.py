#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: inventory_baseline
short_description: Manage the RAM resources of all accounts that are hosts of a play, in one run
version_added: 1.0.0
description:
  - Each host of the play is an account. The task runs once for each batch of hosts, and brings all of their accounts to their
    baselines side by side, each with its own credentials, its own role and its own declaration.
  - It does the same as M(alicloud.ram.baseline) on each host, many times faster.
  - What differs by host is never an option of this task, because Ansible evaluates the options with the variables of one host
    only. The task reads the variables of each host itself. These are C(alicloud_baseline), or the variable that O(variable)
    names, and the shared options of the modules with the prefix C(alicloud_), such as C(alicloud_assume_role),
    C(alicloud_account_id) and C(alicloud_profile).
  - C(alicloud_baseline) is a mapping of the lists that M(alicloud.ram.baseline) takes, such as C(policies) and
    C(user_policies), and of its options C(allow_self) and C(wait_timeout). A host on which it declares nothing fails.
  - Each host needs C(alicloud_account_id) or C(alicloud_assume_role). Two hosts that are the same account fail, and nothing
    is done in it.
  - The task does not fail if accounts fail, because that would fail all hosts of the batch. RV(hosts_to_note) names the hosts
    that failed, so that a later play can fail these hosts alone. The playbook C(alicloud.ram.apply) does that.
author:
  - the alicloud.ram contributors (@alicloud-ram)
options:
  variable:
    description: Name of the variable that has the baseline of each host.
    type: str
    default: alicloud_baseline
  state:
    description:
      - Whether the accounts are brought to their baselines, or what the baselines declare present is removed.
      - With V(absent), the declared attachments of policies are detached. Policies and roles that carry the tag C(managed-by) with
        the declared C(managed_by) are deleted. Everything else is left, and listed under RV(accounts[].left), such as users and
        groups, which carry no tag, and policies of the same name that somebody else made. If a policy or role cannot be
        deleted, because others hold it for example, nothing is changed in that account.
      - What a baseline declares absent has no part in its removal.
    type: str
    choices: [present, absent]
    default: present
  delete_service_linked_roles:
    description: With O(state=absent), whether the declared service-linked roles are deleted. Their services may stop working.
    type: bool
    default: false
  delete_unowned:
    description: With O(state=absent), names of declared policies and roles that are deleted whatever their tags are.
    type: list
    elements: str
    default: []
  max_concurrency:
    description: Maximum number of accounts that are processed at the same time, from 1 to 1000.
    type: int
    default: 50
  max_failures:
    description:
      - Number of accounts that may fail, also as a percentage of all hosts of the play, after which no more accounts are started.
      - All batches of the play count. If too many accounts failed in one, the accounts of later batches are not started.
    type: str
    default: 100%
  max_changes:
    description:
      - Maximum number of API writes in an account. If more are planned, the account fails before the first of them.
      - By default, there is no limit.
    type: int
  access:
    description:
      - Requests that are evaluated in each account after the run, as in O(alicloud.ram.baseline#module:access). RV(accounts[].access)
        and the reports have the answers. Answers are no warnings and no failures.
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
  unexpected_grants:
    description:
      - Whether to look for grants that nobody declared. These are other users, groups and roles that have a declared custom policy,
        and statements that allow all actions, or all actions of RAM, on everything, in any policy of a declared user, of its groups
        or of a declared role.
      - With V(warn), they are in RV(accounts[].unexpected_grants) and in the reports. With V(drift), they also count as drift if
        O(fail_on_drift=true).
      - The caller needs what M(alicloud.ram.access_info) needs, and C(ram:ListEntitiesForPolicy) on the declared policies.
        RV(accounts[].not_read) has what it may not read.
      - For two users and a custom policy, this takes seven calls in each account. System policies are read once.
    type: str
    choices: [ignore, warn, drift]
    default: ignore
  assume_role_rate:
    description:
      - Maximum number of roles that each caller assumes per second. STS allows about 100 calls per second for all callers of one
        account.
      - V(0) sets no limit; calls that STS refuses are then repeated. Any other number must be V(0.01) or more.
    type: float
    default: 90
  report:
    description:
      - A file for the report of the play so far, as JSON. Its directory is created. Its JSON Schema is in the collection as
        C(docs/report.schema.json).
      - The report has each account with its status, its resources as declared and as observed, its changes, and why it failed.
      - A relative path begins at the directory in which ansible-playbook was started.
    type: path
  junit:
    description:
      - A file for the same report as JUnit, for GitLab and others. Each account is a test suite, each resource a test case.
      - With O(fail_on_drift=true), a resource that is not as declared is a failure. An account that failed or was not started has an
        error in the test case C(account).
    type: path
  html:
    description:
      - A file for the same report as a page for people. It needs no network and no other file.
    type: path
  failed_hosts:
    description:
      - A file for the names of the hosts that failed or were not started, one per line. It is empty if there are none.
      - To try these hosts again, run with C(--limit @FILE).
    type: path
  note_changes:
    description:
      - Whether RV(hosts_to_note) also names the hosts whose accounts were changed, so that a later play can show them. Without it,
        only the first host of a batch can be shown as changed.
    type: bool
    default: false
  fail_on_drift:
    description:
      - In check mode, whether an account that would be changed counts as failed, with the status V(drift).
      - RV(hosts_to_note) and RV(failed_hosts) then have its host as well. O(max_failures) does not count it.
    type: bool
    default: false
attributes:
  action:
    description: Runs on the machine of ansible-playbook, with its Python. It cannot run as an ordinary module.
    support: full
  bypass_host_loop:
    description: Runs once for all hosts of a batch. It needs the strategy C(ansible.builtin.linear).
    support: full
  check_mode:
    description: Can run in C(check_mode) and return what would change, without changing anything.
    support: full
  diff_mode:
    description: Returns the difference between the current and the declared state of all accounts in diff mode.
    support: full
  idempotent:
    description: When run twice in a row with the same arguments, the second run changes nothing.
    support: full
extends_documentation_fragment:
  - alicloud.ram._preflight
notes:
  - The task cannot have C(async), C(loop), C(delegate_to) or C(environment). If it has a C(when), Ansible evaluates it with the
    variables of the first host.
  - A report is written to the standard error after the last batch of the play.
seealso:
  - module: alicloud.ram.baseline
"""

EXAMPLES = r"""
---
# The inventory has, for example in group_vars/alicloud_accounts.yml, the variable alicloud_baseline, and each host the
# variable alicloud_assume_role.
- name: Bring all accounts to their baselines
  alicloud.ram.inventory_baseline:
  register: alicloud_run

- name: Stop each account in which more than 20 writes are planned, and all of them after three failures
  alicloud.ram.inventory_baseline:
    max_changes: 20
    max_failures: "3"
    report: "{{ playbook_dir }}/reports/baseline.json"
    failed_hosts: "{{ playbook_dir }}/reports/failed.txt"
  register: alicloud_run

- name: Find out what the removal of the baselines would do
  alicloud.ram.inventory_baseline:
    state: absent
  check_mode: true
  register: alicloud_run

- name: Compare the accounts with another declaration, without changing anything
  alicloud.ram.inventory_baseline:
    variable: next_baseline
  check_mode: true
  register: alicloud_run
"""

RETURN = r"""
---
counts:
  description: Number of accounts by status, of all batches so far.
  returned: success
  type: dict
  contains:
    total:
      description: All accounts.
      type: int
    ok:
      description: Accounts that are as declared, including those that were changed.
      type: int
    changed:
      description: Accounts in which something was changed, or in check mode would be.
      type: int
    failed:
      description: Accounts that failed.
      type: int
    not_started:
      description: Accounts that were not started.
      type: int
    drift:
      description: Accounts that are not as declared.
      returned: if there are such accounts, with O(fail_on_drift=true)
      type: int
accounts:
  description:
    - The accounts of this batch, the failed ones first, then those that were not started.
    - Beside what is documented here, an account has what M(alicloud.ram.baseline) returns under C(accounts).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the host.
      type: str
    account_id:
      description: The account; empty if the host's variables do not say it.
      type: str
    status:
      description: V(ok), V(failed), V(not_started), or V(drift) with O(fail_on_drift=true).
      type: str
    changed:
      description: Whether something was changed, or in check mode would be.
      type: bool
    msg:
      description: Why the account failed or was not started, or what would be changed.
      returned: if the status is not V(ok)
      type: str
    rights:
      description: What the caller's own policies say of the planned writes, as M(alicloud.ram.baseline) returns it.
      returned: if O(preflight) is not V(off)
      type: dict
      contains:
        not_read:
          description: What can deny what the policies grant, and was not read.
          type: list
          elements: str
    left:
      description: What is left and why, with O(state=absent).
      returned: if something is left
      type: list
      elements: str
    unreachable:
      description: Whether the account failed because an endpoint gave no usable response.
      returned: if it is true
      type: bool
    resources:
      description: The declared resources, in full only if they are not as declared.
      returned: with O(fail_on_drift=true), O(report), O(junit) or O(html)
      type: list
      elements: dict
      contains:
        kind:
          description: The kind of resource, such as V(policy) or V(user_policies).
          type: str
        name:
          description: The name of the resource.
          type: str
        status:
          description: V(ok), V(missing), V(different), or V(unexpected) if it exists but is declared absent. It is the status before
            the run.
          type: str
        declared:
          description: The declared state, in the format of the diff. Null if the resource is declared absent.
          returned: if the status is not V(ok)
          type: dict
        observed:
          description: The observed state, in the same format. Null if the resource does not exist.
          returned: if the status is not V(ok)
          type: dict
        changes:
          description: The planned API writes.
          returned: if the status is not V(ok)
          type: list
          elements: dict
        warnings:
          description: What is dangerous in the observed documents, or cannot be understood.
          returned: if the status is not V(ok)
          type: list
          elements: str
    access:
      description: The answers to O(access), as RV(alicloud.ram.access_info#module:access).
      returned: if O(access) is not empty
      type: list
      elements: dict
    unexpected_grants:
      description: Grants that nobody declared.
      returned: if O(unexpected_grants) is not V(ignore)
      type: list
      elements: dict
      contains:
        reason:
          description: V(wide_grant) or V(undeclared_holder).
          type: str
        principal_type:
          description: V(user), V(group) or V(role).
          type: str
        principal_name:
          description: Who has the policy.
          type: str
        policy_name:
          description: The policy.
          type: str
        policy_type:
          description: V(Custom) or V(System).
          type: str
        through:
          description: The group that has the policy, of a V(wide_grant). Null if it is attached to the principal itself.
          type: str
        resource_group:
          description: ID of the resource group to which the attachment of a V(wide_grant) is limited, or null.
          type: str
        statement:
          description: Number of the statement, of a V(wide_grant).
          type: int
        actions:
          description: The patterns that cover all actions, of a V(wide_grant).
          type: list
          elements: str
        has_condition:
          description: Whether the statement of a V(wide_grant) has a condition.
          type: bool
    not_read:
      description: What the caller may not read, so that grants may be missing.
      returned: if there is something
      type: list
      elements: str
    warnings:
      description: The warnings about this account.
      returned: with O(fail_on_drift=true), O(report), O(junit) or O(html)
      type: list
      elements: str
    declaration_sha256:
      description: SHA-256 of what the host's variables declare.
      returned: with O(fail_on_drift=true), O(report), O(junit) or O(html)
      type: str
    declares_nobody:
      description: Whether the baseline has lists of users, groups and roles, or of their policies, and all of them are empty.
      returned: if it is true
      type: bool
failed_hosts:
  description: Names of the hosts that failed or were not started, of all batches so far.
  returned: success
  type: list
  elements: str
hosts_to_note:
  description: The hosts to add to groups with M(ansible.builtin.add_host), for this task in later batches and for later plays.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the host.
      type: str
    groups:
      description: V(alicloud_ram_batches) for the first host of the batch, V(alicloud_ram_failures) for one that failed or was not
        started, V(alicloud_ram_others) for one of the others, because a play in which all hosts fail ends the run, and
        with O(note_changes=true) V(alicloud_ram_changes) for one whose account was changed, or in check mode would be. The
        first host of the batch is not in that group, because the task itself is shown as changed for it.
      type: list
      elements: str
    msg:
      description: Why it failed or was not started; empty if it did not.
      type: str
    changes:
      description: For a host in the group V(alicloud_ram_changes), what was changed, in words; otherwise empty.
      type: str
play:
  description: ID of the play in this run of ansible-playbook, by which the task finds the results of earlier batches.
  returned: success
  type: str
began:
  description: When the first batch of the play began, in UTC.
  returned: success
  type: str
  sample: "2026-01-31T10:20:30.405060+00:00"
callers:
  description: ARNs of the credentials with which the accounts of all batches so far were entered.
  returned: success
  type: list
  elements: str
files:
  description: The files that the declarations of all batches so far are from, as far as Ansible knows them.
  returned: success
  type: list
  elements: str
report:
  description: The report for people, of all batches so far, line by line.
  returned: success
  type: list
  elements: str
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.alicloud.ram.plugins.module_utils._engine.hosts import HOSTS_SPEC

ARGUMENT_SPEC: dict[str, Any] = {
    "variable": {"type": "str", "default": "alicloud_baseline"},
    **HOSTS_SPEC,
    "report": {"type": "path"},
    "junit": {"type": "path"},
    "html": {"type": "path"},
    "failed_hosts": {"type": "path"},
    "note_changes": {"type": "bool", "default": False},
    "fail_on_drift": {"type": "bool", "default": False},
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    module.fail_json(
        msg="alicloud.ram.inventory_baseline cannot run as a module: it needs the variables of all hosts of a play."
    )


if __name__ == "__main__":
    main()
