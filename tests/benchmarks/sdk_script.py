#!/usr/bin/env python
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A contender: the same set-up by a script with the SDK's synchronous clients, an account at a time in each thread.

Usage: sdk_script.py ACCOUNTS_FILE THREADS [careless]

It makes the calls that the collection makes: looks before it writes, and reads in the end what it wrote. The careless one makes
the six calls that set up an account, takes it for success that something exists already, and verifies nothing. The SDK's
connections are pooled, opened before the threads start, and its repeating is off, as it comes.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as Ram
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_sts20150401.client import Client as Sts
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.utils_models import Config
from bench_accounts import ACTIONS, DESCRIPTION, GROUP, OWNER, POLICY, ROLE, SERVICE, USERS, document

NAMED = {"policy_name": POLICY, "policy_type": "Custom"}


def config(threads: int, **keys: Any) -> Config:
    return Config(
        endpoint=os.environ["ALIBABA_CLOUD_RAM_ENDPOINT"],
        ca=os.environ["ALIBABA_CLOUD_CA_BUNDLE"],
        protocol="HTTPS",
        max_idle_conns=threads,
        **keys,
    )


def there(call: Callable[[Any], Any], request: Any) -> Any:
    """The answer's body, None where what is asked for does not exist."""
    try:
        return call(request).body
    except ClientException as error:
        if str(error.code).startswith("EntityNotExist"):
            return None
        raise


class Script:
    def __init__(self, threads: int) -> None:
        self.threads = threads
        keys = {
            "access_key_id": os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            "access_key_secret": os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        }
        self.sts = Sts(config(threads, **keys))
        self.sts.get_caller_identity()
        self.template: Any = None
        self.asked = False

    def ram(self, account_id: str) -> Ram:
        request = sts_models.AssumeRoleRequest(
            role_arn=f"acs:ram::{account_id}:role/{ROLE}", role_session_name="script", duration_seconds=3600
        )
        keys = self.sts.assume_role(request).body.credentials
        return Ram(
            config(
                self.threads,
                access_key_id=keys.access_key_id,
                access_key_secret=keys.access_key_secret,
                security_token=keys.security_token,
            )
        )

    def set_up(self, account_id: str) -> None:
        ram = self.ram(account_id)
        if self.template is None:  # by the first account, before the threads
            request = ram_models.GetServiceLinkedRoleTemplateRequest(service_name=SERVICE)
            self.template = ram.get_service_linked_role_template(request).body.service_linked_role_template
        role_request = ram_models.GetRoleRequest(role_name=self.template.role_name_prefix)
        policy_request = ram_models.GetPolicyRequest(**NAMED)
        holders_request = ram_models.ListEntitiesForPolicyRequest(**NAMED)
        role = there(ram.get_role, role_request)
        policy = there(ram.get_policy, policy_request)
        holders = there(ram.list_entities_for_policy, holders_request) if policy else None
        held_by = set()
        if holders:
            held_by |= {user.user_name for user in holders.users.user}
            held_by |= {group.group_name for group in holders.groups.group}
        if policy and json.loads(policy.default_policy_version.policy_document) != document(account_id):
            raise RuntimeError(f"{account_id} has another policy")
        if not (role and policy) and not self.asked:  # by the first account, as for the template
            self.asked = True
            self.check_system_policies(ram)
        users = [name for name in USERS if name not in held_by]
        for name in users:
            ram.get_user(ram_models.GetUserRequest(user_name=name))
        if GROUP not in held_by:
            ram.get_group(ram_models.GetGroupRequest(group_name=GROUP))
        if role and policy and not users and GROUP in held_by:
            return
        if not role:
            ram.create_service_linked_role(ram_models.CreateServiceLinkedRoleRequest(service_name=SERVICE))
        if not policy:
            self.create_policy(ram, account_id)
        for name in users:
            ram.attach_policy_to_user(ram_models.AttachPolicyToUserRequest(user_name=name, **NAMED))
        if GROUP not in held_by:
            ram.attach_policy_to_group(ram_models.AttachPolicyToGroupRequest(group_name=GROUP, **NAMED))
        ram.get_role(role_request)
        ram.get_policy(policy_request)
        holders = ram.list_entities_for_policy(holders_request).body
        assert {user.user_name for user in holders.users.user} == set(USERS)
        assert [group.group_name for group in holders.groups.group] == [GROUP]

    def check_system_policies(self, ram: Ram) -> None:
        if there(ram.get_policy, ram_models.GetPolicyRequest(policy_name=POLICY, policy_type="System")):
            raise RuntimeError(f"{POLICY} is a system policy")
        name = self.template.system_policy_name
        answer = ram.get_policy(ram_models.GetPolicyRequest(policy_name=name, policy_type="System"))
        granted = set()
        for statement in json.loads(answer.body.default_policy_version.policy_document)["Statement"]:
            action = statement["Action"]
            granted |= {action} if isinstance(action, str) else set(action)
        if not granted.issuperset(ACTIONS):
            raise RuntimeError(f"{name} does not grant what is needed")

    def create_policy(self, ram: Ram, account_id: str) -> None:
        tags = [ram_models.CreatePolicyRequestTag(key=key, value=value) for key, value in OWNER.items()]
        ram.create_policy(
            ram_models.CreatePolicyRequest(
                policy_name=POLICY,
                description=DESCRIPTION,
                policy_document=json.dumps(document(account_id), separators=(",", ":")),
                tag=tags,
            )
        )

    def set_up_carelessly(self, account_id: str) -> None:
        ram = self.ram(account_id)
        careless(ram.create_service_linked_role, ram_models.CreateServiceLinkedRoleRequest(service_name=SERVICE))
        careless(lambda dummy: self.create_policy(ram, account_id), None)
        for name in USERS:
            careless(ram.attach_policy_to_user, ram_models.AttachPolicyToUserRequest(user_name=name, **NAMED))
        careless(ram.attach_policy_to_group, ram_models.AttachPolicyToGroupRequest(group_name=GROUP, **NAMED))


def careless(call: Callable[[Any], Any], request: Any) -> None:
    try:
        call(request)
    except ClientException as error:
        if not str(error.code).startswith("EntityAlreadyExist"):
            raise


def main() -> None:
    accounts, threads = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")), int(sys.argv[2])
    script = Script(threads)
    set_up = script.set_up_carelessly if sys.argv[3:] == ["careless"] else script.set_up
    set_up(accounts[0])
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(set_up, accounts[1:]))


if __name__ == "__main__":
    main()
