# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret leaves a run, wherever it came from, whichever way a task ran, and however it ended.

Every source of credentials holds a canary, a text that nobody can guess. A run says and writes as much as Ansible and the
SDK can be told to. Then neither a canary nor a secret that the emulator handed out may be in anything that the run left.
What stands between Ansible and the modules is not tried: a playbook's own lines, which Ansible shows where a task fails.
"""

from __future__ import annotations

import base64
import collections
import json
import logging
import os
import pathlib
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import CONNECTION_SPEC
from ansible_collections.alicloud.ram.plugins.module_utils._task.run import Process, outcome_of
from ansible_collections.alicloud.ram.plugins.modules import caller_identity_info
from ansible_collections.alicloud.ram.tests.lib import emulated
from ansible_collections.alicloud.ram.tests.lib.documents import ADMINISTRATOR, SERVICE, allow, trust
from ansible_collections.alicloud.ram.tests.lib.paths import BIN
from ansible_collections.alicloud.ram.tests.lib.servers import TUNNEL, Answer, Request, Server, authority, in_thread

NOWHERE = "127.0.0.1:1"
LATER = "2099-01-01T00:00:00Z"
# As much as can be said. DEBUG=sdk is the SDK's own switch.
LOUD = {
    "DEBUG": "sdk",
    "PYTHONASYNCIODEBUG": "1",
    "ANSIBLE_DISPLAY_TRACEBACK": "always",
    "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
}


class Canaries:
    """Secrets by the names that the tests know them by; ``new`` makes one."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def new(self, name: str) -> str:
        assert name not in self.values
        self.values[name] = f"canary{uuid.uuid4().hex}"
        return self.values[name]

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def found_in(self, data: bytes) -> list[str]:
        """The names of those that are there, as they are or in a proxy's header."""
        forms = list(self.values.items())
        forms += [(f"{name} in base64", basic(value)) for name, value in self.values.items()]
        return [name for name, form in forms if form.encode() in data]


def basic(password: str) -> str:
    return base64.b64encode(f"me:{password}".encode()).decode()


class World:
    """Accounts, files and servers that hold canaries, below the one folder in which all ends up that a run leaves."""

    how = "good"

    def __init__(self, emulator: Any, account: Any, root: pathlib.Path) -> None:
        self.emulator, self.root = emulator, root
        self.canaries = canaries = Canaries()
        for name in ("proxy", "wrong", "metadata_token", "oidc_token", "uri"):
            canaries.new(name)
        self.hub_keys, self.echo_keys, self.odd_keys = (self.new_keys(name) for name in ("hub", "echo", "odd"))
        self.session, self.echo_session = (self.new_keys(f"{name}_session", token=True) for name in ("member", "echo"))
        self.hub = account(users=[self.user(self.hub_keys)])
        self.member = account(
            users=[
                {"name": "alice"},
                {
                    "name": "leaver",
                    "access_keys": [self.new_keys("leaver")],
                    "login_profile": {},
                    "mfa_device": "VMFA",
                },
            ],
            roles=[self.role("Access", self.hub, "external_id"), self.role("Open", self.hub)],
            sessions=[self.of_open(self.session)],
        )
        self.second = account(roles=[self.role("Access", self.member, "second_external_id")])
        # Their answers repeat secrets, in words by which these cannot be told for such, or where they do not belong.
        self.echo = account(
            users=[self.user(self.echo_keys)],
            roles=[self.role("Open", self.hub)],
            sessions=[self.of_open(self.echo_session)],
        )
        self.odd = account(users=[self.user(self.odd_keys)])
        self.bundle, self.other_bundle = root / "bundle.pem", pathlib.Path(authority().bundle)
        self.bundle.write_bytes(self.other_bundle.read_bytes() + pathlib.Path(emulator.ca_bundle).read_bytes())
        self.plain, self.tls = Server(self._answer), Server(self._answer, tls=authority().tls)

    @property
    def proxy(self) -> str:
        return self.plain.url.replace("//", f"//me:{self.canaries['proxy']}@")

    def _answer(self, request: Request) -> Any:
        """Be a proxy to loopback alone, and all that gives credentials: metadata service, CloudSSO, a URI, STS for OIDC.

        ``how`` says how. What is refused, is refused with all that was asked and all that there would have been.
        """
        if request.method == "CONNECT":
            if not request.target.startswith("127.0.0.1:"):
                return Answer(request.head, 403)
            known = request.headers.get("proxy-authorization") == f"Basic {basic(self.canaries['proxy'])}"
            return TUNNEL if known else Answer(request.head, 407)
        keys = self.keys()
        told = f"{request.target} {request.head} {request.body.decode()} {' '.join(keys.values())}"
        if request.target.endswith("/token"):  # the metadata service's own
            return Answer(self.canaries["metadata_token"])
        caller = {"AccountId": self.member.account_id, "Arn": arn(self.member, "Open")}
        good = {"Code": "Success", **keys, "CloudCredential": keys, "Credentials": keys, **caller}
        return {
            "good": Answer(good),
            "half": Answer({"Code": "Success", "AccessKeyId": told, "Credentials": {"AccessKeySecret": told}}),
            "typed": Answer({"Code": told, "CloudCredential": [told], "Credentials": [told]}),
            "page": Answer(f"<html>{told}</html>"),
            "refused": Answer(f"It is not to be had: {told}", 400),
            "coded": Answer({"Code": "Token.Expired", "Message": told}, 403),
            "away": Answer(good, 302, {"location": f"?{request.target}"}),
        }[self.how]

    def new_keys(self, name: str, token: bool = False) -> dict[str, str]:
        keys = {
            "access_key_id": f"LTAI{uuid.uuid4().hex}"[:24],
            "access_key_secret": self.canaries.new(f"{name}_secret"),
        }
        return {**keys, "security_token": self.canaries.new(f"{name}_token")} if token else keys

    def user(self, keys: dict[str, str]) -> dict[str, Any]:
        return {"name": "admin", "policies": ADMINISTRATOR, "access_keys": [keys]}

    def of_open(self, keys: dict[str, str]) -> dict[str, Any]:
        return {**keys, "role": "Open", "session_name": "given", "expires": LATER}

    def role(self, name: str, trusted: Any, external_id: str = "") -> dict[str, Any]:
        condition = {"StringEquals": {"sts:ExternalId": self.canaries.new(external_id)}} if external_id else None
        more = {"Condition": condition} if condition else {}
        policy = trust(f"acs:ram::{trusted.account_id}:root", **more)
        return {"name": name, "trust_policy": policy, "policies": ADMINISTRATOR}

    def keys(self) -> dict[str, str]:
        """The session's keys, as whatever gives credentials calls them."""
        names = ("AccessKeyId", "AccessKeySecret", "SecurityToken")
        return {**dict(zip(names, self.session.values())), "Expiration": LATER}

    def handed_out(self) -> None:
        """Have what the emulator handed out in this world's accounts among the canaries."""
        ours = {there.account_id for there in (self.hub, self.member, self.second, self.echo, self.odd)}
        for key_id, credential in self.emulator.ask("snapshot")["credentials"].items():
            if credential["account_id"] in ours:
                for part in ("secret", "token"):
                    if credential[part]:
                        self.canaries.values[f"{part} of {key_id}"] = credential[part]

    def files(self) -> dict[pathlib.Path, bytes]:
        return {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file() and not path.is_symlink()}

    def environment(self) -> dict[str, str]:
        """That of a run which is loud, and leaves all that it leaves below this world's folder."""
        for name in ("home", "tmp", "facts"):
            (self.root / name).mkdir(exist_ok=True)
        return {
            **LOUD,
            "HOME": str(self.root / "home"),
            "TMPDIR": str(self.root / "tmp"),
            "ANSIBLE_REMOTE_TMP": str(self.root / "remote"),
            "ANSIBLE_LOG_PATH": str(self.root / "ansible.log"),
            "ANSIBLE_CACHE_PLUGIN": "jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.root / "facts"),
            "ALIBABA_CLOUD_CA_BUNDLE": str(self.bundle),
            "ALIBABA_CLOUD_RETRY_TIMEOUT": "0",
            "HTTPS_PROXY": self.proxy,
            "SSL_CERT_FILE": str(self.bundle),
        }


@pytest.fixture(name="world")
def _world(emulator: Any, account: Any, tmp_path: pathlib.Path) -> Iterator[World]:
    world = World(emulator, account, tmp_path)
    with in_thread(world.plain), in_thread(world.tls):
        yield world


Expected = dict[str, tuple[Any, str]]
"""By name: a profile or a task, and what a failure says; where it says nothing, there is none."""


def cli_profiles(world: World) -> Expected:
    c, hub, session, home = world.canaries, world.hub_keys, world.session, world.root / "home"
    access = {"ram_role_arn": arn(world.member, "Access"), "ram_session_name": "profile"}
    sts, echo = (
        {"sts_token" if name == "security_token" else name: value for name, value in keys.items()}
        for keys in (session, world.echo_session)
    )
    (home / "good.json").write_text(json.dumps({"mode": "StsToken", **sts, "expiration": LATER}))
    (home / "bad.txt").write_text(f"It would be {c.new('command')}.")
    sso = {
        "mode": "CloudSSO",
        "cloud_sso_account_id": "1",
        "cloud_sso_access_config": "ac",
        "cloud_sso_access_token_expire": 2**32,
    }
    oauth = {
        "mode": "OAuth",
        "oauth_refresh_token": c.new("refresh_token"),
        "oauth_access_token": c.new("access_token"),
    }
    (home / "oidc").write_text(c["oidc_token"])
    return {
        "ak": ({"mode": "AK", **hub}, ""),
        "sts": ({"mode": "StsToken", **sts}, ""),
        "role": ({"mode": "RamRoleArn", **hub, **access, "external_id": c["external_id"]}, ""),
        "chain": (
            {"mode": "ChainableRamRoleArn", "source_profile": "role", "ram_role_arn": arn(world.second, "Access"),
             "ram_session_name": "chain", "external_id": c["second_external_id"]}, ""),
        "wrong-chain": ({"mode": "ChainableRamRoleArn", "source_profile": "ak", **access, "external_id": c["wrong"]}, "NoPermission"),
        "sso": ({**sso, "cloud_sso_sign_in_url": world.plain.url, "access_token": c.new("sso_token")}, ""),
        "sso-nowhere": ({**sso, "cloud_sso_sign_in_url": f"https://{NOWHERE}", "access_token": c.new("sso_token2")}, "cannot be reached"),
        "sso-expired": ({**sso, "cloud_sso_sign_in_url": world.plain.url, "cloud_sso_access_token_expire": 1,
                         "access_token": c.new("sso_token3")}, "expired"),
        "oauth": ({**oauth, **sts, "oauth_access_token_expire": 2**32, "sts_expiration": 2**32}, ""),
        "oauth-old": ({**oauth, "oauth_access_token_expire": 1}, "cannot be reached"),
        "oauth-nowhere": ({**oauth, "oauth_access_token_expire": 2**32}, "cannot be reached"),
        "external": ({"mode": "External", "process_command": f"cat {home}/good.json"}, ""),
        "external-garbage": ({"mode": "External", "process_command": f"cat {home}/bad.txt"}, "parse"),
        "external-failing": ({"mode": "External", "process_command": f"sh -c 'cat {home}/bad.txt >&2; exit 3'"}, "exit status 3"),
        "external-missing": ({"mode": "External", "process_command": f"/nowhere --password {c.new('argument')}"}, "failed to execute"),
        "external-open": ({"mode": "External", "process_command": f"'{c.new('open_quote')}"}, "failed to execute"),
        "oidc": ({"mode": "OIDC", **access, "oidc_provider_arn": "p", "oidc_token_file": f"{home}/oidc"}, "gave no credentials"),
        "ecs": ({"mode": "EcsRamRole", "ram_role_name": "ci"}, "ECS"),
        "no-mode": ({"mode": "Other", **hub, **sts}, "mode"),
        "half": ({"mode": "AK", "access_key_secret": c.new("half_secret")}, "access_key_id is missing"),
        "echo": ({"mode": "StsToken", **echo}, "XEcho"),
        "echo-role": ({"mode": "RamRoleArn", **world.echo_keys, **access, "external_id": c.new("echo_external_id")}, "XEcho"),
        "odd-role": ({"mode": "RamRoleArn", **world.odd_keys, **access, "external_id": c.new("odd_external_id")}, "AssumeRole"),
    }  # fmt: skip


def ini_profiles(world: World) -> Expected:
    c, hub, session, home = world.canaries, world.hub_keys, world.session, world.root / "home"
    (home / "key.pem").write_text(f"-----BEGIN PRIVATE KEY-----\n{c.new('private_key')}\n-----END PRIVATE KEY-----\n")
    return {
        "ini-ak": ({"type": "access_key", **hub}, ""),
        "ini-sts": ({"type": "sts", **session}, ""),
        "ini-role": ({"type": "ram_role_arn", **hub, "role_arn": arn(world.member, "Access"), "role_session_name": "ini",
                      "external_id": c["external_id"]}, ""),
        "ini-rsa": ({"type": "rsa_key_pair", "public_key_id": "p", "private_key_file": f"{home}/key.pem"}, "cannot be reached"),
        "ini-oidc": ({"type": "oidc_role_arn", "role_arn": arn(world.member, "Access"), "oidc_provider_arn": "p",
                      "oidc_token_file_path": f"{home}/oidc"}, "gave no credentials"),
        "ini-ecs": ({"type": "ecs_ram_role", "role_name": "ci"}, "ECS"),
        "ini-no-type": ({"type": "other", "access_key_secret": c.new("ini_secret")}, "type"),
    }  # fmt: skip


def arn(there: Any, name: str) -> str:
    return f"acs:ram::{there.account_id}:role/{name}"


def by_name(name: str) -> str:
    """A canary in a playbook, which does not hold it."""
    return f"{{{{ canaries['{name}'] }}}}"


def tasks(world: World) -> Expected:
    """Modules with their options."""
    who = "caller_identity_info"
    hub = {**world.hub_keys, "access_key_secret": by_name("hub_secret")}
    session = {
        **world.session,
        "access_key_secret": by_name("member_session_secret"),
        "security_token": by_name("member_session_token"),
    }
    access = {"role_arn": arn(world.member, "Access"), "external_id": by_name("external_id")}
    wrong = {**access, "external_id": by_name("wrong")}
    declared = {
        "policies": [{"name": "p", "document": allow("oss:*")}],
        "user_policies": [{"user_name": "alice", "policies": [{"name": "p"}]}],
        "users": [{"name": "joiner"}],
        "groups": [{"name": "joiners", "members": ["joiner"]}],
        "roles": [{"name": "joined", "trust_policy": trust("ecs.aliyuncs.com", kind="Service")}],
    }
    leaver = {"name": "leaver", "assume_role": access}
    gone = {**leaver, "state": "absent", "delete_credentials": True}
    echo = {"profile": "echo"}
    return {
        "environment": ({who: {}}, ""),
        "options": ({who: hub}, ""),
        "session": ({who: session}, ""),
        "wrong secret": ({who: {**hub, "access_key_secret": by_name("wrong")}}, "SignatureDoesNotMatch"),
        "wrong token": ({who: {**session, "security_token": by_name("wrong")}}, "InvalidSecurityToken"),
        "unknown key": ({who: {"access_key_id": "LTAInobody", "access_key_secret": by_name("wrong")}}, "InvalidAccessKeyId"),
        "key without ID": ({who: {"access_key_secret": by_name("wrong")}}, "access_key_id"),
        "role": ({who: {"assume_role": access}}, ""),
        "wrong external ID": ({who: {"assume_role": wrong}}, "NoPermission"),
        "bad external ID": ({who: {"assume_role": {**access, "external_id": f"{by_name('wrong')} {{}}"}}}, "external_id"),
        "external ID as text": ({who: {"assume_role": f"role_arn={arn(world.member, 'Access')} external_id={by_name('wrong')}"}}, "NoPermission"),
        "another account": ({who: {**hub, "account_id": "1"}}, "account_id is 1"),
        "refused by the proxy": ({who: {"proxy": f"http://me:{by_name('wrong')}@{world.plain.endpoint}"}}, "HTTP 407"),
        "no proxy there": ({who: {"proxy": f"http://me:{by_name('wrong')}@{NOWHERE}"}}, "proxy"),
        "no proxy": ({who: {"proxy": f"http://me:{by_name('wrong')}@"}}, "proxy"),
        "nothing there": ({who: {**hub, "sts_endpoint": NOWHERE, "no_proxy": "127.0.0.1"}}, "cannot be reached"),
        "nothing there through the proxy": ({who: {**session, "sts_endpoint": NOWHERE}}, "cannot be reached"),
        "no role there": ({who: {"assume_role": access, "sts_endpoint": NOWHERE, "no_proxy": "127.0.0.1"}}, "cannot be reached"),
        "wrong CA": ({who: {**session, "ca_bundle": str(world.other_bundle)}}, "not trusted"),
        "no API there": ({"policy_info": {**session, "name": "p", "ram_endpoint": world.tls.endpoint}}, "GetPolicy"),
        "400": ({"policy_info": {**echo, "name": "p"}}, "XEcho"),
        "403": ({"user_policies_info": {**echo, "user_name": "u"}}, "NoPermission"),
        "500": ({"group_policies_info": {**echo, "group_name": "g"}}, "XEcho"),
        "page": ({"role_policies_info": {**echo, "role_name": "Open"}}, "not the API's"),
        "text": ({"service_linked_role_info": {**echo, "service_name": SERVICE}}, "ServiceLinkedRoleTemplate"),
        **{f"odd role {number}": ({who: {"profile": "odd-role"}}, "AssumeRole") for number in range(len(ODD))},
        "checked": ({"baseline": {**declared, "assume_role": access}, "check_mode": True}, ""),
        "written": ({"baseline": {**declared, "assume_role": access}}, ""),
        "user": ({"user_info": leaver}, ""),
        "credentials kept": ({"user": {**leaver, "state": "absent"}}, "the access key"),
        "credentials to go": ({"user": gone, "check_mode": True}, ""),
        "credentials gone": ({"user": gone}, ""),
        "fleet": ({"baseline": {**declared, "accounts": [{"assume_role": access}]}}, ""),
        "refused in a fleet": ({"baseline": {**declared, "accounts": [{"assume_role": wrong}]}}, "NoPermission"),
    }  # fmt: skip


# Answers of AssumeRole that are JSON, but not such as the SDK can take.
ODD: list[Any] = [
    "CANARY",
    ["CANARY"],
    {"AccessKeySecret": "CANARY"},
    {"AccessKeyId": {"CANARY": "CANARY"}, "AccessKeySecret": ["CANARY"], "SecurityToken": 1},
]
# Where each task takes a second: those whose secrets come to their results on different ways.
AS_MODULES = (
    "environment", "options", "session", "wrong secret", "wrong token", "key without ID", "wrong external ID",
    "bad external ID", "external ID as text", "refused by the proxy", "no proxy", "nothing there through the proxy",
    "wrong CA", "400", "page", "text", "odd role 0", "written", "user", "credentials gone", "fleet", "refused in a fleet", "profile chain", "profile sso",
    "profile oauth-old", "profile external-failing", "profile echo-role", "profile ini-role", "profile ini-rsa",
)  # fmt: skip


def rules(world: World) -> list[dict[str, Any]]:
    c = world.canaries
    told = f"Nothing is known of {c['echo_session_secret']} or {c['echo_session_token']}."
    error = {
        "fault": "error",
        "account_id": world.echo.account_id,
        "count": 0,
        "message": told,
        "code": "XEcho",
        "status": 400,
    }
    body = {"fault": "malformed", "account_id": world.echo.account_id, "count": 0}
    odd = {"fault": "malformed", "account_id": world.odd.account_id, "operation": "AssumeRole"}
    return [
        {**error, "operation": ["GetPolicy", "GetCallerIdentity"]},
        {
            **error,
            "operation": "AssumeRole",
            "message": f"{c['echo_secret']} knows nothing of {c['echo_external_id']}.",
        },
        {**error, "operation": "ListPoliciesForUser", "status": 403, "code": "NoPermission"},
        {**error, "operation": "ListPoliciesForGroup", "status": 500},
        {**body, "operation": ["GetRole", "ListPoliciesForRole"], "body": f"<html>{told}</html>"},
        {
            **body,
            "operation": "GetServiceLinkedRoleTemplate",
            "body": json.dumps({"ServiceLinkedRoleTemplate": [told]}),
        },
        *(
            {
                **odd,
                "nth": number + 1,
                "body": json.dumps({"Credentials": answer}).replace("CANARY", c["odd_external_id"]),
            }
            for number, answer in enumerate(ODD)
        ),
    ]


def watched(process: subprocess.Popen[str], seen: set[bytes]) -> threading.Thread:
    """Collect the arguments of all processes of this machine for as long as that one runs.

    Those of a process are read ten times, because it may become another program first, and not for as long as it lives.
    """
    known: collections.Counter[str] = collections.Counter()

    def watch() -> None:
        while process.poll() is None:
            for name in os.listdir("/proc"):
                if not name.isdigit() or known[name] >= 10:
                    continue
                known[name] += 1
                try:
                    seen.add(pathlib.Path("/proc", name, "cmdline").read_bytes())
                except OSError:
                    pass  # it has ended
            time.sleep(0.01)  # a process that does anything takes longer

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("inside", [True, False], ids=["inside", "module"])
def test_a_run_keeps_its_secrets(inside: bool, world: World, playbook: Any, emulator: Any) -> None:
    canaries, environment = world.canaries, world.environment()
    home = world.root / "home"
    cli, ini = cli_profiles(world), ini_profiles(world)
    for folder in (".aliyun", ".alibabacloud"):
        (home / folder).mkdir()
    profiles = [{"name": name, **fields} for name, (fields, dummy) in cli.items()]
    (home / ".aliyun" / "config.json").write_text(json.dumps({"current": "ak", "profiles": profiles}))
    lines = [
        f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in fields.items())
        for name, (fields, dummy) in ini.items()
    ]
    (home / ".alibabacloud" / "credentials.ini").write_text("".join(lines))
    expected = {
        **tasks(world),
        **{
            f"profile {name}": ({"caller_identity_info": {"profile": name}}, says)
            for name, (dummy, says) in {**cli, **ini}.items()
        },
    }
    if not inside:
        expected = {name: expected[name] for name in expected if name in AS_MODULES}
    listed = [
        {"name": name, "register": f"kept_{number}", "ignore_errors": True,
         **{key if key == "check_mode" else f"alicloud.ram.{key}": value for key, value in task.items()}}
        for number, (name, (task, dummy)) in enumerate(expected.items())
    ]  # fmt: skip
    role = {"role_arn": arn(world.member, "Access"), "external_id": by_name("external_id")}
    defaults = {"group/alicloud.ram.all": {**world.session, "access_key_secret": by_name("member_session_secret"),
                "security_token": by_name("member_session_token")}}  # fmt: skip
    plays = [
        {"hosts": "localhost", "gather_facts": False, "tasks": [
            *listed,
            {"ansible.builtin.set_fact": {"cacheable": True, "kept": [f"{{{{ kept_{number} }}}}" for number in range(len(listed))]}},
            {"ansible.builtin.copy": {"dest": str(world.root / "kept.json"), "content": "{{ kept | to_json }}", "mode": "0600"}},
        ]},
        {"hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "tasks": [
            {"name": "defaults", "alicloud.ram.caller_identity_info": {}},
            {"ansible.builtin.include_role": {"name": "alicloud.ram.acr_vpc_access"},
             "vars": {"acr_vpc_access_account_id": world.member.account_id, "acr_vpc_access_users": ["alice"]}},
        ]},
        {"hosts": "localhost", "gather_facts": False, "tasks": [
            {"ansible.builtin.include_role": {"name": "alicloud.ram.acr_vpc_access"},
             "vars": {"acr_vpc_access_accounts": [{"assume_role": role}], "acr_vpc_access_users": ["alice"]}},
        ]},
        *({"ansible.builtin.import_playbook": "alicloud.ram.acr_setup", "vars": {"alicloud_hosts": group}}
          for group in ("right", "sessions", "wrong")),
    ]  # fmt: skip
    path = world.root / "play.yml"
    path.write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    emulator.ask("rules", rules(world))
    hosts = {
        "by-key": {"alicloud_account_id": world.hub.account_id, "alicloud_access_key_id": world.hub_keys["access_key_id"],
                   "alicloud_access_key_secret": canaries["hub_secret"]},
        "by-session": {"alicloud_account_id": world.member.account_id,
                       **{f"alicloud_{name}": value for name, value in world.session.items()}},
        "by-role": {"alicloud_assume_role": {"role_arn": role["role_arn"], "external_id": canaries["external_id"]}},
        "by-wrong-role": {"alicloud_assume_role": {"role_arn": role["role_arn"], "external_id": canaries["wrong"]}},
    }  # fmt: skip
    inventory = {
        "all": {
            "hosts": {"localhost": {}},
            "children": {
                "right": {"hosts": {name: hosts[name] for name in ("by-key", "by-role")}},
                "sessions": {"hosts": {"by-session": hosts["by-session"]}},
                "wrong": {"hosts": {"by-wrong-role": hosts["by-wrong-role"]}},
            },
            "vars": {"canaries": dict(canaries.values), "alicloud_ram_inside_worker": inside},
        }
    }
    environment.update({f"ALIBABA_CLOUD_{name.upper()}": value for name, value in world.hub_keys.items()})
    given = {path for path, data in world.files().items() if canaries.found_in(data)}
    arguments: set[bytes] = set()
    threads: list[threading.Thread] = []
    run = playbook(str(path), "-vvvv", "--diff", environment=environment, inventory=inventory,
                   meanwhile=lambda process: threads.append(watched(process, arguments)))  # fmt: skip
    threads[0].join()

    # It did all that it was to do.
    assert [item["task"] for item in run.results if item["task"] in expected] == list(expected)
    failed = {item["task"]: item["result"]["msg"] for item in run.results if item["outcome"] == "failed"}
    messages = {name: failed.get(name, "") for name in expected}
    wrong = {
        name: messages[name]
        for name, (dummy, says) in expected.items()
        if bool(says) != bool(messages[name]) or says not in messages[name]
    }
    assert wrong == {}
    assert run.of("defaults")["caller_identity"]["account_id"] == world.member.account_id
    assert len(json.loads((world.root / "kept.json").read_text())) == len(listed)
    assert any(b"ansible-playbook" in line for line in arguments)
    assert {item["host"] for item in run.results if item["outcome"] == "failed"} == {"localhost", "by-wrong-role"}
    assert (world.root / "ansible.log").stat().st_size > 10000 and list((world.root / "facts").iterdir())

    # And it kept its secrets.
    world.handed_out()
    left = {
        str(path): data for path, data in world.files().items() if path not in given and path.name != "inventory.yml"
    }
    left.update(
        {
            "standard output": run.stdout.encode(),
            "standard error": run.stderr.encode(),
            "arguments": b"\n".join(arguments),
        }
    )
    assert {name: found for name, data in left.items() if (found := canaries.found_in(data))} == {}


SOURCES = ("uri", "oidc", "metadata", "sso")


@pytest.mark.parametrize("source", SOURCES)
def test_what_gives_credentials_may_say_anything(
    source: str,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    c, home = world.canaries, world.root / "home"
    for name in [name for name in os.environ if name.startswith("ALIBABA_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    # The SDK reads this variable when it is imported, which may be here, or have been in another test.
    monkeypatch.setattr("alibabacloud_credentials.utils.auth_util.environment_ecs_metadata_disabled", "false")
    (home / ".aliyun").mkdir(parents=True)
    (home / "oidc").write_text(c["oidc_token"])
    variables = {
        "uri": {"CREDENTIALS_URI": f"{world.plain.url}/{c['uri']}?key={c['uri']}", "ECS_METADATA_DISABLED": "true"},
        "oidc": {"OIDC_PROVIDER_ARN": "p", "OIDC_TOKEN_FILE": f"{home}/oidc", "ROLE_ARN": arn(world.member, "Open")},
        "metadata": {"ECS_METADATA": "ci"},
        "sso": {},
    }[source]
    for name, value in {**LOUD, "HOME": str(home), "SSL_CERT_FILE": str(world.bundle)}.items():
        monkeypatch.setenv(name, value)
    for name, value in variables.items():
        monkeypatch.setenv(f"ALIBABA_CLOUD_{name}", value)
    if source == "metadata":  # which has an address that is not of this machine
        monkeypatch.setenv("HTTP_PROXY", world.proxy)
    if source == "sso":
        profile = {"name": "sso", "mode": "CloudSSO", "cloud_sso_sign_in_url": world.plain.url, "cloud_sso_account_id": "1",
                   "cloud_sso_access_config": "ac", "cloud_sso_access_token_expire": 2**32, "access_token": c.new("sso")}  # fmt: skip
        (home / ".aliyun" / "config.json").write_text(json.dumps({"current": "sso", "profiles": [profile]}))
    endpoints = {"ram_endpoint": world.emulator.endpoint, "sts_endpoint": world.emulator.endpoint}
    if source == "oidc":  # where the credentials come from is what is called with them
        endpoints["sts_endpoint"] = world.tls.endpoint
    params = {name: option.get("default") for name, option in CONNECTION_SPEC.items()}
    params.update(endpoints, ca_bundle=str(world.bundle), retry_timeout=0.0)
    caplog.set_level(logging.INFO)  # as Ansible does for its log
    for how in ("good", "half", "typed", "page", "refused", "coded", "away"):
        world.how = how
        with Process() as process:
            result = outcome_of(process, caller_identity_info.prepare, params, False, False)
        shown = json.dumps(result) + caplog.text + "".join(capfd.readouterr())
        assert (how, c.found_in(shown.encode())) == (how, [])
        assert (how, result["failed"]) == (how, how != "good"), result
        if how == "coded" and source != "metadata":
            assert "Token.Expired" in result["msg"] and "403" in result["msg"]
        if how == "good":
            assert result["caller_identity"]["account_id"] == world.member.account_id


def test_an_inventory_keeps_its_secrets(tmp_path: pathlib.Path) -> None:
    c = Canaries()
    for name in ("secret", "external_id", "proxy", "wrong"):
        c.new(name)
    condition = {"StringEquals": {"sts:ExternalId": c["external_id"]}}
    access = trust("acs:ram::1000000000000001:root", Condition=condition)
    keys = [{"access_key_id": "LTAIhub", "access_key_secret": c["secret"]}]
    seed = {"accounts": [
        {"account_id": "1000000000000001", "directory": "management",
         "users": [{"name": "admin", "policies": ADMINISTRATOR, "access_keys": keys}]},
        {"account_id": "1000000000000002", "directory": "member",
         "roles": [{"name": "Access", "trust_policy": access, "policies": ADMINISTRATOR}]},
    ]}  # fmt: skip
    (tmp_path / "seed.json").write_text(json.dumps(seed))
    source = tmp_path / "resource_directory.yml"
    options = {
        "plugin": "alicloud.ram.resource_directory",
        "access_key_id": "LTAIhub",
        "access_key_secret": "{{ lookup('ansible.builtin.env', 'THE_SECRET') }}",
        "role_name": "Access",
        "role_external_id": "{{ lookup('ansible.builtin.env', 'THE_EXTERNAL_ID') }}",
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    options_of_task = {
        **{name: options[name] for name in ("access_key_id", "access_key_secret")},
        "assume_role": "{{ alicloud_assume_role }}",
    }
    task = {"name": "who", "alicloud.ram.caller_identity_info": options_of_task}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))

    with emulated.running("--strict", "--admin", "--seed", str(tmp_path / "seed.json")) as emulator:

        def run(program: str, *arguments: str, **variables: str) -> str:
            command = [str(BIN / program), "-i", str(source), "-vvvv", *arguments]
            environment = {
                **emulated.clean_environment(tmp_path),
                **emulator.environment,
                **LOUD,
                "ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log"),
                "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
                "ALIBABA_CLOUD_RETRY_TIMEOUT": "0",
                "THE_SECRET": c["secret"],
                "THE_EXTERNAL_ID": c["external_id"],
                **variables,
            }
            done = subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
            )
            output = done.stdout + done.stderr
            assert c.found_in(output.encode()) == [], output
            return output

        source.write_text(yaml.safe_dump(options))
        assert "THE_EXTERNAL_ID" in run("ansible-inventory", "--list")
        assert list((tmp_path / "cache").iterdir())
        assert "/Access/" in run("ansible-playbook", "play.yml")
        source.write_text(yaml.safe_dump({**options, "cache": False}))
        assert "SignatureDoesNotMatch" in run("ansible-inventory", "--list", THE_SECRET=c["wrong"])
        assert "proxy" in run("ansible-inventory", "--list", HTTPS_PROXY=f"http://me:{c['proxy']}@{NOWHERE}")
    left = {
        path.name: found for path in tmp_path.rglob("*") if path.is_file() and (found := c.found_in(path.read_bytes()))
    }
    assert set(left) == {"seed.json"}
