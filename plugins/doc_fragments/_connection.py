# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that all modules share, as they are in module_utils/_cloud/settings.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - python >= 3.9
  - alibabacloud-ram20150501 >= 1.3.0, < 2
  - alibabacloud-sts20150401 >= 1.2.0, < 2
  - alibabacloud-resourcemanager20200331 >= 2.6.0, < 3
  - alibabacloud-credentials >= 1.0.12, < 2
options:
  access_key_id:
    description:
      - The access key ID of the caller. Requires O(access_key_secret).
      - Without O(access_key_id) and O(profile), the SDK's default credential chain is used, in its order. These are the variables
        E(ALIBABA_CLOUD_ACCESS_KEY_ID), E(ALIBABA_CLOUD_ACCESS_KEY_SECRET) and E(ALIBABA_CLOUD_SECURITY_TOKEN); OIDC by
        E(ALIBABA_CLOUD_OIDC_PROVIDER_ARN), E(ALIBABA_CLOUD_OIDC_TOKEN_FILE) and E(ALIBABA_CLOUD_ROLE_ARN); the CLI's
        C(~/.aliyun/config.json); the file C(~/.alibabacloud/credentials.ini) or the one that
        E(ALIBABA_CLOUD_CREDENTIALS_FILE) names; the role of the ECS instance; the URI in
        E(ALIBABA_CLOUD_CREDENTIALS_URI).
      - OIDC, CloudSSO, OAuth and other providers of the SDK use the SDK's own connections, which ignore O(ca_bundle) and
        O(no_proxy), and follow redirects.
      - A source that exists but is incomplete is an error. The next source is not tried, because it may belong to a different
        account.
    type: str
  access_key_secret:
    description: The secret of O(access_key_id).
    type: str
  security_token:
    description: The security token, if O(access_key_id) belongs to an STS session.
    type: str
  profile:
    description:
      - A profile of the CLI's C(~/.aliyun/config.json), or else a section of the credentials file.
      - Supported modes of the CLI's profiles are V(AK), V(StsToken), V(RamRoleArn), V(ChainableRamRoleArn), V(EcsRamRole),
        V(OIDC), V(CredentialsURI), V(CloudSSO), V(OAuth) and V(External). Supported types of sections are V(access_key),
        V(sts), V(ram_role_arn), V(oidc_role_arn), V(ecs_ram_role) and V(rsa_key_pair).
      - In the default credential chain, E(ALIBABA_CLOUD_PROFILE) has the same meaning, but the keys in the environment come first.
    type: str
  assume_role:
    description:
      - A role to assume with the credentials, for example in a member account of a resource directory. All calls of the task are
        then made in the account of the role.
      - The account's own (root) access key cannot assume roles.
      - May be omitted if O(account_id) is set. See O(account_id) for what is refused.
    type: dict
    suboptions:
      role_arn:
        description: ARN of the role, as C(acs:ram::<account ID>:role/<name>).
        type: str
      account_id:
        description: The account that the role is in, together with O(assume_role.role_name) in place of
          O(assume_role.role_arn).
        type: str
      role_name:
        description: Name of the role, for example V(ResourceDirectoryAccountAccessRole).
        type: str
      session_name:
        description: Name of the session, as ActionTrail shows it.
        type: str
        default: alicloud-ram-ansible
      duration_seconds:
        description:
          - Duration of the session in seconds, from 900 to the role's maximum session duration.
          - The session is renewed as long as the task needs it.
        type: int
        default: 3600
      external_id:
        description: The external ID that the role's trust policy requires.
        type: str
  account_id:
    description:
      - The account that this task is meant for. If the credentials belong to a different account, the task fails before it does
        anything.
      - The check costs no call with O(assume_role), and one C(GetCallerIdentity) without.
      - If a task or its C(module_defaults) has O(account_id), O(assume_role) or C(accounts), and templating omits all of them, for
        example because a variable is misspelt and its default is C(omit), the task is refused. Null or empty values of these
        options, of keys, of O(profile) and of endpoints are always refused, and so is an O(account_id) that differs from that of
        C(module_defaults).
      - If all options of a task come from one template, write these options beside it, one by one.
    type: str
  ram_endpoint:
    description:
      - Host of RAM, with a port if it is not 443. In a VPC this may be V(ram.vpc-proxy.aliyuncs.com).
      - Falls back on E(ALIBABA_CLOUD_RAM_ENDPOINT).
    type: str
    default: ram.aliyuncs.com
  sts_endpoint:
    description:
      - Host of STS. OIDC uses it, too, unless a profile has a C(sts_region).
      - Falls back on E(ALIBABA_CLOUD_STS_ENDPOINT).
    type: str
    default: sts.aliyuncs.com
  resourcemanager_endpoint:
    description:
      - Host of Resource Manager, which reports the progress of deletions of service-linked roles.
      - Falls back on E(ALIBABA_CLOUD_RESOURCEMANAGER_ENDPOINT).
    type: str
    default: resourcemanager.aliyuncs.com
  ca_bundle:
    description:
      - File with the PEM certificates to trust, in place of those of the system and of the SDK.
      - Falls back on E(ALIBABA_CLOUD_CA_BUNDLE), then E(REQUESTS_CA_BUNDLE).
    type: path
  validate_certs:
    description: Whether to verify the certificates of the endpoints. If V(false), every run warns.
    type: bool
    default: true
  proxy:
    description:
      - URL of the proxy for HTTPS.
      - Falls back on E(HTTPS_PROXY), then E(https_proxy).
    type: str
  no_proxy:
    description:
      - Hosts that are called without the proxy, as a comma-separated list.
      - Falls back on E(NO_PROXY), then E(no_proxy).
    type: str
  connect_timeout:
    description:
      - Timeout for a connection in seconds, 86400 at most.
      - Falls back on E(ALIBABA_CLOUD_CONNECT_TIMEOUT).
    type: float
    default: 5
  read_timeout:
    description:
      - Timeout for an answer in seconds, 86400 at most.
      - Falls back on E(ALIBABA_CLOUD_READ_TIMEOUT).
    type: float
    default: 10
  retry_timeout:
    description:
      - Seconds for which a call is repeated after throttling or after an error of the service or the network, with growing random
        pauses. For a host that has never answered, ten seconds at most.
      - Waiting that is caused by a rate limit of the collection itself does not count.
      - Falls back on E(ALIBABA_CLOUD_RETRY_TIMEOUT).
      - A write whose outcome is unknown is repeated only after reading has shown that it had no effect.
    type: float
    default: 120
  consistency_timeout:
    description:
      - Seconds for which a task waits until its changes are visible, because the next task may need them. If they are still not
        visible, the task warns and lists them in C(pending).
      - Falls back on E(ALIBABA_CLOUD_CONSISTENCY_TIMEOUT).
    type: float
    default: 30
"""
