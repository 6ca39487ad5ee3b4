# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's own test support, and what this project's tests need besides."""

from __future__ import annotations

import os

from alicloud_emulator.testing import Emulator, EmulatorProcess, InProcess, in_process, running

__all__ = ["Emulator", "EmulatorProcess", "InProcess", "clean_environment", "create_role", "in_process", "running"]


def create_role(emulator: Emulator, key: dict[str, str], service: str) -> str:
    """Call CreateServiceLinkedRole with the SDK alone; gives ``created`` or the service's error code."""
    from alibabacloud_ram20150501.client import Client
    from alibabacloud_ram20150501.models import CreateServiceLinkedRoleRequest
    from alibabacloud_tea_openapi.exceptions import ClientException
    from alibabacloud_tea_openapi.utils_models import Config

    config = Config(
        endpoint=emulator.endpoint,
        protocol="HTTPS",
        ca=emulator.ca_bundle,
        access_key_id=key["access_key_id"],
        access_key_secret=key["access_key_secret"],
    )
    try:
        Client(config).create_service_linked_role(CreateServiceLinkedRoleRequest(service_name=service))
    except ClientException as error:
        return str(error.code)
    return "created"


def clean_environment(home: str | os.PathLike[str], measured: bool = False) -> dict[str, str]:
    """This process's environment without credentials, proxies or anything of the user's that a run could pick up.

    ``measured``: where this process's coverage is measured, so is that of what runs with this environment. It is slow.
    """
    foreign = ("ALIBABA", "ANSIBLE_", *([] if measured else ["COVERAGE_"]), "HTTP", "NO_PROXY", "REQUESTS_", "SSL_")
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(foreign)}
    kept.update(
        HOME=str(home),
        ALIBABA_CLOUD_ECS_METADATA_DISABLED="true",
        ANSIBLE_COLLECTIONS_PATH=os.environ.get("ANSIBLE_COLLECTIONS_PATH", ""),
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_NOCOLOR="true",
        ANSIBLE_RETRY_FILES_ENABLED="false",
        ANSIBLE_LOCAL_TEMP=os.path.join(str(home), "tmp"),
    )
    return kept
