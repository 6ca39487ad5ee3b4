# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
name: resource_directory
short_description: The accounts of a Resource Directory as hosts
version_added: 1.0.0
description:
  - Each account of an Alibaba Cloud Resource Directory is a host, with the variables by which the playbooks of this
    collection, or your own, assume a role in it.
  - The name of the file ends in C(resource_directory.yml) or C(resource_directory.yaml).
  - The members are read with C(ListAccounts), 100 a call, and the tree of folders with one C(ListFoldersForParent) a folder,
    after one C(GetResourceDirectory). The caller needs the RAM actions C(resourcemanager:GetResourceDirectory),
    C(resourcemanager:ListAccounts) and C(resourcemanager:ListFoldersForParent), in the directory's management account or in a
    delegated administrator account.
  - What the service returned, such as a display name or a tag, is never evaluated as a template.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - constructed
  - inventory_cache
options:
  plugin:
    description: Has to be V(alicloud.ram.resource_directory).
    type: str
    required: true
    choices: [alicloud.ram.resource_directory]
  hostnames:
    description:
      - What the hosts are named after.
      - Characters of display names other than letters, digits, C(.), C(_) and C(-) become C(_).
      - It is an error where two of the chosen accounts would be the same host, or one would be C(localhost) or a group; which
        C(host_vars) an account has must not depend on chance.
    type: str
    default: account_id
    choices: [account_id, display_name]
  group:
    description: The group that all accounts are in. The playbooks take V(alicloud_accounts) unless told otherwise.
    type: str
    default: alicloud_accounts
  role_name:
    description:
      - The role to assume in each member account, as C(alicloud_assume_role.role_name).
      - This option, and the others that begin with C(role_), may be templates. These are handed on as they are and evaluated for
        each host when a task uses them, so a secret in them is not in the inventory.
      - Accounts that the directory created have the default; whether those that were invited have it is not documented.
    type: str
    default: ResourceDirectoryAccountAccessRole
  role_session_name:
    description: The name of the sessions, as C(alicloud_assume_role.session_name). Without it, the modules' default.
    type: str
  role_duration_seconds:
    description:
      - How long the sessions last, as C(alicloud_assume_role.duration_seconds). Without it, the modules' default.
    type: str
  role_external_id:
    description: The external ID that the roles ask for, as C(alicloud_assume_role.external_id).
    type: str
  statuses:
    description:
      - Only members in one of these states. V(CreateSuccess), V(InviteSuccess) and V(PromoteSuccess) are those of usable accounts.
    type: list
    elements: str
    choices:
      - CreateSuccess
      - InviteSuccess
      - PromoteCancelled
      - PromoteExpired
      - PromoteFailed
      - PromoteSuccess
      - PromoteVerifying
    default: [CreateSuccess, InviteSuccess, PromoteSuccess]
  folders:
    description:
      - Only members in one of these folders or below. A folder is named by its ID, or by its path such as V(/prod/eu).
      - One that is not there is an error.
    type: list
    elements: str
  tags:
    description:
      - Only members that have all these tags.
      - Where the value is a list, any of its values will do.
    type: dict
    default: {}
  only_accounts:
    description:
      - Only the accounts with these IDs, as far as the other options choose them. An empty list means none.
      - One that is not in the directory is an error.
    type: list
    elements: str
  exclude_accounts:
    description: All but the accounts with these IDs. One that is not in the directory is an error.
    type: list
    elements: str
    default: []
  include_management_account:
    description:
      - Whether the management account is a host as well.
      - It has no C(alicloud_assume_role), because it is no member; tasks act in it with their own credentials, and fail if
        these are of another account.
      - O(statuses), O(folders) and O(tags) say nothing about it.
    type: bool
    default: false
  account_id:
    description:
      - The account that the inventory's own credentials are meant for. Where they are of another one, nothing is read.
      - Costs no call with O(assume_role), and one C(GetCallerIdentity) without.
  assume_role:
    description:
      - A role to assume for reading the directory. It is not handed on to the hosts, whose tasks begin with the credentials
        that they find.
  ram_endpoint:
    description: Not used here; accepted so that the same options serve everywhere.
    env:
      - name: ALIBABA_CLOUD_RAM_ENDPOINT
  sts_endpoint:
    env:
      - name: ALIBABA_CLOUD_STS_ENDPOINT
  resourcemanager_endpoint:
    description: Host of Resource Manager.
    env:
      - name: ALIBABA_CLOUD_RESOURCEMANAGER_ENDPOINT
  # Of several variables that are set, Ansible takes the last.
  ca_bundle:
    env:
      - name: REQUESTS_CA_BUNDLE
      - name: ALIBABA_CLOUD_CA_BUNDLE
  proxy:
    env:
      - name: https_proxy
      - name: HTTPS_PROXY
  no_proxy:
    env:
      - name: no_proxy
      - name: NO_PROXY
  connect_timeout:
    env:
      - name: ALIBABA_CLOUD_CONNECT_TIMEOUT
  read_timeout:
    env:
      - name: ALIBABA_CLOUD_READ_TIMEOUT
  retry_timeout:
    env:
      - name: ALIBABA_CLOUD_RETRY_TIMEOUT
  consistency_timeout:
    description: Not used here; accepted so that the same options serve everywhere.
    env:
      - name: ALIBABA_CLOUD_CONSISTENCY_TIMEOUT
notes:
  - Each host has C(alicloud_account_id), C(alicloud_display_name), C(alicloud_folder_id), C(alicloud_folder_path),
    C(alicloud_status), C(alicloud_join_method), C(alicloud_account_type), C(alicloud_tags),
    C(alicloud_resource_directory_id), C(alicloud_management_account), and the members C(alicloud_assume_role).
    C(ansible_connection) is C(local), since there is nothing to log in to.
  - Options that are texts or lists of texts may be templates, for example with the lookups C(env) and C(file). Extra variables
    can be used in them. Where a list is given as a text, its entries are between commas or in lines.
  - What is cached is the whole directory, whatever is chosen from it, and no credential. Another caller has another entry. Where
    the environment holds the keys of an STS session, each session is another caller.
  - Where no account is left by the options, a warning names these. A play for an empty group does nothing, and succeeds.
  - Ansible goes on without the hosts of a source that it failed to read, after a warning. With
    E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true) it stops.
"""

EXAMPLES = r"""
---
# All accounts below /prod, except one. The credentials are those of the environment, or of the CLI's current profile.
plugin: alicloud.ram.resource_directory
folders: [/prod]
exclude_accounts: ["1000000000000012"]

---
# Hosts by name, groups by tag and by folder (alicloud_env_prod, folder__prod_eu), and a profile for the inventory and the tasks.
plugin: alicloud.ram.resource_directory
profile: platform
hostnames: display_name
tags:
  env: [prod, staging]
keyed_groups:
  - prefix: alicloud_env
    key: alicloud_tags.env
  - prefix: folder
    key: alicloud_folder_path
groups:
  invited: alicloud_join_method == 'invited'
compose:
  alicloud_profile: "'platform'"
  acr_vpc_access_users: "['ci-deployer']"

---
# A role of another name in invited accounts, an external ID that is not kept in the inventory, and a cache.
plugin: alicloud.ram.resource_directory
role_name: "{{ 'platform-access' if alicloud_join_method == 'invited' else 'ResourceDirectoryAccountAccessRole' }}"
role_external_id: "{{ lookup('ansible.builtin.env', 'PLATFORM_EXTERNAL_ID') }}"
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/alicloud_accounts
cache_timeout: 3600
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleParserError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import Api
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.directory import (
    SELECTION_SPEC,
    Selection,
    cache_key,
    choose,
    explain_empty_selection,
    host_names,
    read,
)
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.requirements import unmet_requirements
from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import (
    CONNECTION_RULES,
    CONNECTION_SPEC,
    Settings,
    refuse_empty,
)
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, RamError
from ansible_collections.alicloud.ram.plugins.module_utils._names import environment_names, option_names
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import split_texts
from ansible_collections.alicloud.ram.plugins.module_utils._task.options import check_arguments
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import INSECURE, run
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable

try:
    # Since ansible-core 2.19, a text is a template only if it is trusted to be one.
    from ansible.template import trust_as_template as _trusted

    def _untrusted(text: str) -> str:
        return text

except ImportError:
    from ansible.utils.unsafe_proxy import wrap_var as _untrusted

    def _trusted(text: str) -> str:
        return text


ENDINGS = ("resource_directory.yml", "resource_directory.yaml")
# A text of these characters alone cannot be a template.
_PLAIN = re.compile(r"[\w ./:@+,=-]*")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "alicloud.ram.resource_directory"
    _given: Mapping[str, Any] = {}

    def verify_file(self, path: str) -> bool:
        if not super().verify_file(path):
            return False
        if not path.endswith(ENDINGS):
            # Ansible's plugin "auto" asks about files that name this plugin alone, and shows the error. Where this plugin
            # is enabled itself, Ansible takes an error for a no.
            raise AnsibleParserError(
                f"The name of an inventory file of {self.NAME} has to end in {' or '.join(ENDINGS)}: rename {path}."
            )
        return True

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Check first what the file and the environment give; Ansible's own messages do not say what would be right."""
        self._given = dict(direct or {})
        # What a template gives is checked once it is known.
        known = {name: value for name, value in self._given.items() if not _has_template(value)}
        options = {**CONNECTION_SPEC, **SELECTION_SPEC}
        spec = {name: option for name, option in options.items() if name in known or name not in self._given}
        try:
            with option_names(environment_names(self._given, spec)):
                check_arguments(known, spec)
                for name, value in known.items():
                    # A module takes a text for it, and Ansible's options of plugins do not.
                    if isinstance(value, str) and spec.get(name, {}).get("type") == "dict":
                        raise DeclarationError(f"{name}: it is a text, where a mapping is needed.")
        except RamError as error:
            raise AnsibleParserError(error.message) from None
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        written = self._read_config_data(path)
        unknown = sorted(str(key) for key in set(written) - set(self.option_definitions))
        if unknown:
            # Ansible would leave out a misspelt condition, and so list accounts that were not meant.
            raise AnsibleParserError(printable(f"Unsupported options: {', '.join(unknown)}."))
        self.templar.available_variables = self._vars
        try:
            with option_names(environment_names(self._given, CONNECTION_SPEC)):
                params = self._params(written)
                selection = Selection.from_params(params)
                directory = self._directory(params, path, cache)
            accounts = choose(directory, selection)
            names = host_names(accounts, params["hostnames"])
        except RamError as error:
            if "traceback" in error.details:
                self.display.vvv(error.details["traceback"])
            raise AnsibleParserError(error.message) from None
        if not accounts:
            text = (
                f"{explain_empty_selection(directory, selection)} A play for the accounts does nothing, and succeeds."
            )
            self.display.warning(printable(text))
        group = self.inventory.add_group(self.get_option("group"))
        self._refuse_taken(names)
        before = set(self.inventory.hosts)
        try:
            for name, account in zip(names, accounts):
                self.inventory.add_host(name, group)
                for variable, value in self._variables(account, directory).items():
                    self.inventory.set_variable(name, variable, value)
            self._construct(names)
            self._refuse_taken(names)
        except Exception:
            # Ansible goes on with what a failed source has left behind, and a host without its groups is half a host.
            for name in set(self.inventory.hosts) - before:
                self.inventory.remove_host(self.inventory.hosts[name])
            raise

    def _params(self, written: Mapping[str, Any]) -> dict[str, Any]:
        """The options, checked as those of a module are; ``written`` is the content of the file.

        Raises AnsibleParserError and DeclarationError, naming the option.
        """
        given = {}
        spec = {**CONNECTION_SPEC, **SELECTION_SPEC}
        for name, option in spec.items():
            value = self.get_option(name)
            if option["type"] == "list" and isinstance(self._given.get(name), str):
                # Ansible splits it at its commas, even those inside of a template.
                value = self.templar.template(self._given[name])
                value = split_texts(value.split(",")) if isinstance(value, str) else value
            elif value is not None:
                value = self.templar.template(value)
            if name in written and name in SELECTION_SPEC and None in (value, written[name]):
                refuse_empty(None, name)  # without the condition, more accounts would be chosen
            if name in written and written[name] is None:
                value = None  # not the default, nor that of the environment
            if name in written or value not in (None, ""):  # an empty variable of the environment counts as not set
                given[name] = value
        check_arguments(given, spec)
        checked = ArgumentSpecValidator(spec, **CONNECTION_RULES).validate(given)
        if checked.error_messages:
            kind = "Unsupported options: " if isinstance(checked.errors[0], UnsupportedError) else ""
            raise AnsibleParserError(printable(kind + checked.errors.msg))
        # Without what Ansible adds to its texts, such as where they came from.
        return json.loads(json.dumps(checked.validated_parameters))

    def _directory(self, params: Mapping[str, Any], path: str, cache: bool) -> Mapping[str, Any]:
        """The directory, from the cache where that is wanted and filled. Raises RamError."""
        key = f"{self.get_cache_key(path)}_{cache_key(Settings.from_params(params))}"
        if cache and self.get_option("cache"):
            try:
                return self._cache[key]
            except KeyError:
                pass
        unmet = unmet_requirements()
        if unmet:
            raise AnsibleParserError(unmet)
        if not params["validate_certs"]:
            self.display.warning(INSECURE)

        async def work(api: Api, check_mode: bool) -> dict[str, Any]:
            return await read(api)

        directory = run(lambda params: work, params, check_mode=True)
        for text in directory.pop("warnings"):
            self.display.warning(printable(text))
        if self.get_option("cache"):
            self._cache[key] = directory
        return directory

    def _variables(self, account: Mapping[str, Any], directory: Mapping[str, Any]) -> dict[str, Any]:
        found = {**account, "resource_directory_id": directory["resource_directory_id"]}
        variables = {f"alicloud_{key}": _inert(value) for key, value in found.items()}
        variables["ansible_connection"] = _trusted("local")
        variables["ansible_python_interpreter"] = _trusted("{{ ansible_playbook_python }}")
        if not account["management_account"]:
            role = {"account_id": variables["alicloud_account_id"]}
            for key in ("role_name", "session_name", "duration_seconds", "external_id"):
                value = self.get_option(key if key == "role_name" else f"role_{key}")
                if value is not None:
                    role[key] = _trusted(value)
            variables["alicloud_assume_role"] = role
        return variables

    def _refuse_taken(self, names: list[str]) -> None:
        """Ansible would take variables and members of a host for those of a group that has its name."""
        for name in names:
            if name in C.LOCALHOST or name in self.inventory.groups:
                raise AnsibleParserError(
                    f"hostnames: no account can be the host {name!r}, because that is a group or this machine. Rename the "
                    "account, leave it out, or use hostnames: account_id."
                )

    def _construct(self, names: list[str]) -> None:
        strict = self.get_option("strict")
        # Variables before groups, since a group that has the name of a host would get its variables.
        for name in names:
            variables = self.inventory.get_host(name).get_vars()
            self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        for name in names:
            variables = self.inventory.get_host(name).get_vars()
            self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)


def _has_template(value: Any) -> bool:
    return "{{" in str(value) or "{%" in str(value)


def _inert(value: Any) -> Any:
    """What the service said, so that no template in it is ever evaluated."""
    if isinstance(value, dict):
        return {_inert(key): _inert(item) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    if _PLAIN.fullmatch(value):
        # Ansible shows what it does not trust in an odd form, so only what needs it is left without trust.
        return _trusted(value)
    return _untrusted(value)
