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
  - Each account of an Alibaba Cloud Resource Directory becomes a host. Its variables are those with which the playbooks of
    this collection, or your own, assume a role in the account.
  - The name of the inventory file must end in C(resource_directory.yml) or C(resource_directory.yaml).
  - The plugin calls C(GetResourceDirectory) once, C(ListAccounts) once per 100 members, and C(ListFoldersForParent) once per
    folder. The caller needs the RAM actions C(resourcemanager:GetResourceDirectory),
    C(resourcemanager:ListAccounts) and C(resourcemanager:ListFoldersForParent), in the directory's management account or in a
    delegated administrator account.
  - Values that the service returns, such as display names and tags, are never evaluated as templates.
author:
  - the alicloud.ram contributors (@alicloud-ram)
extends_documentation_fragment:
  - alicloud.ram._connection
  - constructed
  - inventory_cache
options:
  plugin:
    description: Must be V(alicloud.ram.resource_directory).
    type: str
    required: true
    choices: [alicloud.ram.resource_directory]
  hostnames:
    description:
      - The value that is used as the name of a host.
      - In display names, characters other than letters, digits, C(.), C(_) and C(-) are replaced by C(_).
      - The plugin fails if two of the selected accounts have the same host name, or if a host name is C(localhost) or the name
        of a group, because an account could then get the C(host_vars) of another one.
    type: str
    default: account_id
    choices: [account_id, display_name]
  group:
    description: The group that contains all accounts. The playbooks use V(alicloud_accounts) by default.
    type: str
    default: alicloud_accounts
  role_name:
    description:
      - The role to assume in each member account. Sets C(alicloud_assume_role.role_name).
      - This option, and the others that begin with C(role_), may be templates. They are passed on without evaluation, and
        evaluated for each host when a task uses them, so that secrets do not appear in the inventory.
      - Accounts that were created in the directory have the default role. Whether invited accounts have it is not documented.
    type: str
    default: ResourceDirectoryAccountAccessRole
  role_session_name:
    description: The name of the sessions. Sets C(alicloud_assume_role.session_name). If not set, the modules' default applies.
    type: str
  role_duration_seconds:
    description:
      - The duration of the sessions. Sets C(alicloud_assume_role.duration_seconds). If not set, the modules' default applies.
    type: str
  role_external_id:
    description: The external ID that the roles require. Sets C(alicloud_assume_role.external_id).
    type: str
  statuses:
    description:
      - Select only members with one of these statuses. Usable accounts have V(CreateSuccess), V(InviteSuccess) or
        V(PromoteSuccess).
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
      - Select only members in one of these folders or their subfolders. Specify a folder by its ID, or by its path such as
        V(/prod/eu).
      - The plugin fails if a folder does not exist.
    type: list
    elements: str
  tags:
    description:
      - Select only members that have all these tags.
      - If a value is a list, a tag matches if it has one of these values.
    type: dict
    default: {}
  only_accounts:
    description:
      - Select only accounts with these IDs that the other options select as well. An empty list selects no accounts.
      - The plugin fails if an account is not in the directory.
    type: list
    elements: str
  exclude_accounts:
    description: Exclude the accounts with these IDs. The plugin fails if an account is not in the directory.
    type: list
    elements: str
    default: []
  include_management_account:
    description:
      - Whether to add the management account as a host.
      - The host has no C(alicloud_assume_role), because the account is not a member. Its tasks use their own credentials, and
        fail if the credentials belong to a different account.
      - O(statuses), O(folders) and O(tags) do not apply to it.
    type: bool
    default: false
  account_id:
    description:
      - The account that the inventory's credentials must belong to. If they belong to a different account, the plugin fails
        before it reads the directory.
      - The check needs no call with O(assume_role), and one call of C(GetCallerIdentity) without it.
  assume_role:
    description:
      - A role to assume for reading the directory. It is not passed on to the hosts, whose tasks start with their own
        credentials.
  ram_endpoint:
    description: Not used by this plugin; accepted so that all plugins and modules have the same options.
    env:
      - name: ALIBABA_CLOUD_RAM_ENDPOINT
  sts_endpoint:
    env:
      - name: ALIBABA_CLOUD_STS_ENDPOINT
  resourcemanager_endpoint:
    description: Host of Resource Manager.
    env:
      - name: ALIBABA_CLOUD_RESOURCEMANAGER_ENDPOINT
  # If several variables are set, Ansible uses the last one.
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
    description: Not used by this plugin; accepted so that all plugins and modules have the same options.
    env:
      - name: ALIBABA_CLOUD_CONSISTENCY_TIMEOUT
notes:
  - B(Warning:) if the plugin fails, Ansible only prints a warning and continues without its hosts. Set
    E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true) to make Ansible fail.
  - If the options select no accounts, the plugin prints a warning that names these options. A play for an empty group does
    nothing, and succeeds.
  - Each host has the variables C(alicloud_account_id), C(alicloud_display_name), C(alicloud_folder_id),
    C(alicloud_folder_path), C(alicloud_status), C(alicloud_join_method), C(alicloud_account_type), C(alicloud_tags),
    C(alicloud_resource_directory_id) and C(alicloud_management_account). Members also have C(alicloud_assume_role).
    C(ansible_connection) is C(local), because there is no machine to log in to.
  - Options that are strings or lists of strings may be templates, for example with the lookups C(env) and C(file). Templates
    can use extra variables. If a list is given as a string, its entries are separated by commas or line breaks.
  - The cache contains the whole directory, independent of the selection, and no credentials. Each caller has its own cache
    entry. If the environment contains the keys of an STS session, each session counts as a different caller.
"""

EXAMPLES = r"""
---
# All accounts below /prod except one. The credentials come from the environment, or from the CLI's current profile.
plugin: alicloud.ram.resource_directory
folders: [/prod]
exclude_accounts: ["1000000000000012"]

# Hosts named by display name, groups by tag and folder (alicloud_env_prod, folder__prod_eu), and a profile for the inventory
# and the tasks:
#
# plugin: alicloud.ram.resource_directory
# profile: platform
# hostnames: display_name
# tags:
#   env: [prod, staging]
# keyed_groups:
#   - prefix: alicloud_env
#     key: alicloud_tags.env
#   - prefix: folder
#     key: alicloud_folder_path
# groups:
#   invited: alicloud_join_method == 'invited'
# compose:
#   alicloud_profile: "'platform'"
#   acr_vpc_access_users: "['ci-deployer']"

# A different role in invited accounts, an external ID that is not stored in the inventory, and a cache:
#
# plugin: alicloud.ram.resource_directory
# role_name: "{{ 'platform-access' if alicloud_join_method == 'invited' else 'ResourceDirectoryAccountAccessRole' }}"
# role_external_id: "{{ lookup('ansible.builtin.env', 'PLATFORM_EXTERNAL_ID') }}"
# cache: true
# cache_plugin: ansible.builtin.jsonfile
# cache_connection: ~/.cache/alicloud_accounts
# cache_timeout: 3600
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
from ansible_collections.alicloud.ram.plugins.module_utils._engine.options import check_arguments
from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, RamError
from ansible_collections.alicloud.ram.plugins.module_utils._names import environment_names, option_names
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import split_texts
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import INSECURE, run
from ansible_collections.alicloud.ram.plugins.module_utils._text import printable

try:
    # Since ansible-core 2.19, a text is evaluated as a template only if it is marked as trusted.
    from ansible.template import trust_as_template as _trusted

    def _untrusted(text: str) -> str:
        return text

except ImportError:
    from ansible.utils.unsafe_proxy import wrap_var as _untrusted

    def _trusted(text: str) -> str:
        return text


ENDINGS = ("resource_directory.yml", "resource_directory.yaml")
# A text that consists of these characters cannot be a template.
_PLAIN = re.compile(r"[\w ./:@+,=-]*")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "alicloud.ram.resource_directory"
    _given: Mapping[str, Any] = {}

    def verify_file(self, path: str) -> bool:
        if not super().verify_file(path):
            return False
        if not path.endswith(ENDINGS):
            # Ansible's plugin "auto" calls this only for files that name this plugin, and shows the error. If this plugin
            # itself is enabled, Ansible treats an error as "not a file of this plugin".
            raise AnsibleParserError(
                f"The name of an inventory file of {self.NAME} has to end in {' or '.join(ENDINGS)}: rename {path}."
            )
        return True

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Check values of the file and the environment before Ansible, whose messages do not say what would be valid."""
        self._given = dict(direct or {})
        # The results of templates are checked after evaluation.
        known = {name: value for name, value in self._given.items() if not _has_template(value)}
        options = {**CONNECTION_SPEC, **SELECTION_SPEC}
        spec = {name: option for name, option in options.items() if name in known or name not in self._given}
        try:
            with option_names(environment_names(self._given, spec)):
                check_arguments(known, spec)
                for name, value in known.items():
                    # A module accepts a text for a mapping, but Ansible's plugin options do not.
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
            # Ansible would ignore a misspelled condition, so that more accounts would be selected.
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
            # Ansible keeps the hosts that a failed source has added; without their groups they are incomplete.
            for name in set(self.inventory.hosts) - before:
                self.inventory.remove_host(self.inventory.hosts[name])
            raise

    def _params(self, written: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options, checked in the same way as a module's; ``written`` is the content of the file.

        Raises AnsibleParserError and DeclarationError, which name the option.
        """
        given = {}
        spec = {**CONNECTION_SPEC, **SELECTION_SPEC}
        for name, option in spec.items():
            value = self.get_option(name)
            if option["type"] == "list" and isinstance(self._given.get(name), str):
                # Ansible splits a text at commas, even inside a template.
                value = self.templar.template(self._given[name])
                value = split_texts(value.split(",")) if isinstance(value, str) else value
            elif value is not None:
                value = self.templar.template(value)
            if name in written and name in SELECTION_SPEC and None in (value, written[name]):
                refuse_empty(None, name)  # without the condition, more accounts would be selected
            if name in written and written[name] is None:
                value = None  # neither the default nor the environment applies
            if name in written or value not in (None, ""):  # an empty environment variable counts as not set
                given[name] = value
        check_arguments(given, spec)
        checked = ArgumentSpecValidator(spec, **CONNECTION_RULES).validate(given)
        if checked.error_messages:
            kind = "Unsupported options: " if isinstance(checked.errors[0], UnsupportedError) else ""
            raise AnsibleParserError(printable(kind + checked.errors.msg))
        # Remove what Ansible adds to texts, such as their origin.
        return json.loads(json.dumps(checked.validated_parameters))

    def _directory(self, params: Mapping[str, Any], path: str, cache: bool) -> Mapping[str, Any]:
        """Return the directory, from the cache if it is enabled and filled. Raises RamError."""
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
        """Raise AnsibleParserError for host names that are also a group or localhost.

        Ansible would mix up the variables and members of a host and of a group with the same name.
        """
        for name in names:
            if name in C.LOCALHOST or name in self.inventory.groups:
                raise AnsibleParserError(
                    f"hostnames: no account can be the host {name!r}, because that is a group or this machine. Rename the "
                    "account, leave it out, or use hostnames: account_id."
                )

    def _construct(self, names: list[str]) -> None:
        strict = self.get_option("strict")
        # Variables are set before groups, because a group with the name of a host would get the host's variables.
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
    """Return a value of the service marked so that Ansible never evaluates it as a template."""
    if isinstance(value, dict):
        return {_inert(key): _inert(item) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    if _PLAIN.fullmatch(value):
        # Ansible displays untrusted texts in an unusual form, so only those that could be templates are left untrusted.
        return _trusted(value)
    return _untrusted(value)
