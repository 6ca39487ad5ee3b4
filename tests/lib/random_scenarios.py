# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts, declarations and faults as hypothesis chooses them, and what a declaration means.

That is worked out here a second time, on plain data, from the modules' documentation.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from ansible_collections.alicloud.ram.tests.lib import emulated

HUB = "1000000000000009"
MEMBERS = ("1000000000000001", "1000000000000002")
ONE = "connect-customer-vpc.cr.aliyuncs.com"
SEVERAL = "several.example.aliyuncs.com"
SERVICES = [
    {
        "service_name": SEVERAL,
        "role_name_prefix": "AliyunServiceRoleForSeveral",
        "system_policy_name": "AliyunServiceRolePolicyForSeveral",
        "multiple_roles_allowed": True,
    }
]
ROLES = {(ONE, None): "AliyunServiceRoleForContainerRegistryConnectCustomerVPC"}
ROLES.update({(SEVERAL, suffix): f"AliyunServiceRoleForSeveral_{suffix}" for suffix in ("x", "y")})
KINDS = {"user": ("alice", "bob"), "group": ("ops", "dev"), "role": ("runner", "builder")}
CUSTOM, SYSTEM = ("p", "q", "r"), ("ReadOnlyAccess", "AdministratorAccess")
OWNER = "somebody"
ENTITIES = {"users": "user", "groups": "group", "roles": "role", "policies": "policy"}
CONSISTENCY, RETRIES, TIMEOUT = 10, 30, 1  # seconds
# A fault of the name says that the call took effect.
EFFECTIVE = ("", "Fault.drop_after", "Fault.malformed", "Fault.hang")


# What accounts look like


def document(number: int, spelling: int = 0) -> Any:
    """One of several meanings, each spelt in several ways."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": [f"oss:Get{number}"], "Resource": ["*"]}
    if spelling:
        statement = {"Resource": "*", "Action": f"oss:Get{number}", "Effect": "Allow"}
    declared = {"Statement": [statement], "Version": "1"}
    return json.dumps(declared) if spelling == 2 else declared


def trust_policy(number: int, spelling: int = 0) -> Any:
    """The same for trust policies."""
    service = f"service{number}.aliyuncs.com"
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": service if spelling else [service]},
    }
    declared = {"Version": "1", "Statement": [statement]}
    return json.dumps(declared) if spelling == 2 else declared


def meaning(text: str) -> int | None:
    """The number of a document; None for a trust policy that is not one of these."""
    found = re.search(r"\boss:Get(\d+)|\bservice(\d+)\.aliyuncs", text)
    return int(found.group(1) or found.group(2)) if found else None


@dataclass
class View:
    """An account as far as these modules know it.

    ``attached``: (kind, principal, type, policy). ``principals``: (kind, name) and what it is. ``members``: (user, group).
    """

    policies: dict[str, dict[str, Any]]
    attached: set[tuple[str, str, str, str]]
    principals: dict[tuple[str, str], dict[str, Any]]
    members: set[tuple[str, str]]
    service_linked: dict[str, str]  # name: the ID of the deletion task under way, or empty
    other: Any = None

    @classmethod
    def of(cls, here: emulated.InProcess, account_id: str) -> View:
        state = here.state(account_id)
        tasks = here.server.world.accounts[account_id].tasks
        linked = {name: role for name, role in state["roles"].items() if role["service_name"]}
        found = cls({}, set(), {}, set(), {})
        for name, role in linked.items():
            task = tasks.get(role["latest_deletion_task"])
            found.service_linked[name] = task.id if task and task.running else ""
        for kind in KINDS:
            for name, principal in state[f"{kind}s"].items():
                if name in linked:
                    continue
                found.principals[kind, name] = PROPERTIES[kind](principal)
                found.attached |= {(kind, name, policy["type"], policy["name"]) for policy in principal["policies"]}
        found.members = {(user, name) for name, group in state["groups"].items() for user in group["members"]}
        for name, policy in state["policies"].items():
            versions = {key: meaning(version["document"]) for key, version in policy["versions"].items()}
            found.policies[name] = {
                "description": policy["description"],
                "tags": policy["tags"],
                "versions": list(versions.values()),
                "default": versions[policy["default_version"]],
            }
        found.other = {key: value for key, value in state.items() if key in ("account_id", "alias", "name")}
        return found

    def holders(self, policy: str) -> set[tuple[str, str]]:
        return {
            (kind, name) for kind, name, policy_type, held in self.attached if (policy_type, held) == ("Custom", policy)
        }


PROPERTIES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "user": lambda user: {
        "comments": user["comments"],
        "credentials": [*user["access_keys"], *["login profile"] * user["login_profile"], *user["mfa_devices"]],
    },
    "group": lambda group: {"comments": group["comments"]},
    "role": lambda role: {
        "description": role["description"],
        "trust": meaning(role["trust_policy"]),
        "tags": role["tags"],
    },
}


def tidy(view: View) -> Any:
    """For comparison, without what a declaration does not say: the other versions."""
    policies = {name: {**policy, "versions": None} for name, policy in view.policies.items()}
    return policies, view.attached, view.principals, view.members, view.service_linked, view.other


# What a declaration means


class Refused(Exception):
    """It cannot be so in this account."""


def meant(view: View, entries: list[tuple[str, dict[str, Any]]]) -> View:
    """The account as the entries, (section, entry), want it. Raises Refused."""
    new = copy.deepcopy(view)
    states = {
        state: {
            (ENTITIES[section], entry["name"])
            for section, entry in entries
            if section in ENTITIES and entry["state"] == state
        }
        for state in ("present", "absent")
    }
    for section, entry in entries:
        if section.endswith("_policies"):
            _attachments(section.split("_")[0], entry, view, new, states["present"], states["absent"])
    for section, entry in entries:
        if section == "groups":
            _members(entry, view, new, states["present"], states["absent"])
    for section, entry in entries:
        if ENTITIES.get(section) in KINDS:
            _principal(ENTITIES[section], entry, view, new)
    for section, entry in entries:
        if section == "service_linked_roles":
            name = ROLES[entry["service_name"], entry.get("custom_suffix")]
            new.service_linked.pop(name, None)
            if entry["state"] == "present":
                new.service_linked[name] = ""
        elif section == "policies":
            _policy(entry, view, new)
    return new


Names = set[tuple[str, str]]


def _attachments(kind: str, entry: dict[str, Any], view: View, new: View, creating: Names, deleting: Names) -> None:
    who = (kind, entry[f"{kind}_name"])
    listed = {(*who, policy["type"], policy["name"]) for policy in entry["policies"]}
    if entry["state"] == "absent":
        new.attached -= listed
        return
    if who in deleting or (who not in view.principals and who not in creating):
        raise Refused
    if any(("policy", name) in deleting for *dummy, policy_type, name in listed if policy_type == "Custom"):
        raise Refused
    for item in listed - view.attached:
        if item[2] == "Custom" and item[3] not in view.policies and ("policy", item[3]) not in creating:
            raise Refused
    if entry.get("exclusive"):
        new.attached -= {item for item in view.attached if item[:2] == who}
    new.attached |= listed


def _members(entry: dict[str, Any], view: View, new: View, creating: Names, deleting: Names) -> None:
    """What the group's entry says of its members."""
    group = entry["name"]
    if entry["state"] == "absent":
        if entry["detach"]:
            new.members = {pair for pair in new.members if pair[1] != group}
        return
    for user in entry.get("members", ()):
        if ("user", user) in deleting or (("user", user) not in view.principals and ("user", user) not in creating):
            raise Refused
    if entry.get("exclusive"):
        new.members = {pair for pair in new.members if pair[1] != group}
    new.members |= {(user, group) for user in entry.get("members", ())}


def _principal(kind: str, entry: dict[str, Any], view: View, new: View) -> None:
    who = (kind, entry["name"])
    old = view.principals.get(who)
    if entry["state"] == "absent":
        if old is None:
            return
        if entry.get("managed_by") and not entry["adopt"] and old["tags"].get("managed-by") != OWNER:
            raise Refused
        held = {item for item in new.attached if item[:2] == who}
        # A user leaves its groups; a group's members have to be taken from it by itself.
        members = view.members if kind == "group" else new.members
        memberships = {pair for pair in members if who in zip(("user", "group"), pair)}
        if (held or memberships) and not entry["detach"]:
            raise Refused
        if old.get("credentials") and not entry["delete_credentials"]:
            raise Refused
        new.attached -= held
        new.members -= memberships
        del new.principals[who]
        return
    declared = {key: entry[key] for key in ("comments", "description") if key in entry}
    if "meaning" in entry:
        declared["trust"] = entry["meaning"]
    if old is None:
        if kind == "role" and "meaning" not in entry:
            raise Refused
        empty: dict[str, Any] = {"description": ""} if kind == "role" else {"comments": ""}
        if kind == "user":
            empty["credentials"] = []
        if kind == "role":
            empty["tags"] = _new_tags(entry)
        new.principals[who] = {**empty, **declared}
        return
    new.principals[who] = {**old, **declared}
    if kind == "role":
        differs = {**old, **declared} != old
        new.principals[who]["tags"] = _changed_tags(entry, old["tags"], differs)


def _new_tags(entry: dict[str, Any]) -> dict[str, str]:
    return {**entry.get("tags", {}), **({"managed-by": OWNER} if "managed_by" in entry else {})}


def _changed_tags(entry: dict[str, Any], old: dict[str, str], differs: bool) -> dict[str, str]:
    """The tags of what exists; ``differs`` if anything else of it changes. Raises Refused if it belongs to another."""
    marks = "managed_by" in entry and (entry["adopt"] or differs)
    wanted = {**entry.get("tags", {}), **({"managed-by": OWNER} if marks else {})}
    tags = {**old, **wanted}
    if entry["purge_tags"] and "tags" in entry:
        tags = {key: value for key, value in tags.items() if key in wanted or key == "managed-by"}
    foreign = "managed_by" in entry and not entry["adopt"] and old.get("managed-by") != OWNER
    if foreign and (differs or tags != old):
        raise Refused
    return tags


def _policy(entry: dict[str, Any], view: View, new: View) -> None:
    name, old = entry["name"], view.policies.get(entry["name"])
    if entry["state"] == "absent":
        if old is None:
            return
        foreign = "managed_by" in entry and not entry["adopt"] and old["tags"].get("managed-by") != OWNER
        if foreign or (new.holders(name) and not entry["detach"]):
            raise Refused
        new.attached = {item for item in new.attached if item[2:] != ("Custom", name)}
        del new.policies[name]
        return
    wanted = entry["meaning"]
    if old is None:
        new.policies[name] = {
            "description": entry.get("description", ""), "tags": _new_tags(entry), "versions": [wanted], "default": wanted
        }  # fmt: skip
        return
    if wanted not in old["versions"] and len(old["versions"]) == 5 and not entry["rotate_versions"]:
        raise Refused
    description = entry.get("description", old["description"])
    tags = _changed_tags(entry, old["tags"], wanted != old["default"] or description != old["description"])
    new.policies[name] = {**old, "default": wanted, "description": description, "tags": tags}


def touched(entries: list[tuple[str, dict[str, Any]]], view: View) -> View:
    """The account without all that the entries are about."""
    left = copy.deepcopy(view)
    for section, entry in entries:
        name = entry.get("name")
        if section == "service_linked_roles":
            left.service_linked.pop(ROLES[entry["service_name"], entry.get("custom_suffix")], None)
        elif section == "policies":
            left.policies.pop(name, None)
            left.attached = {item for item in left.attached if item[2:] != ("Custom", name)}
        elif section in ("users", "groups", "roles"):
            kind, gone = ENTITIES[section], entry["state"] == "absent"
            left.principals.pop((kind, name), None)
            left.members -= {(user, name) for user in entry.get("members", ())}
            if gone:
                left.attached = {item for item in left.attached if item[:2] != (kind, name)}
            if gone or entry.get("exclusive"):
                left.members = {pair for pair in left.members if (kind, name) not in zip(("user", "group"), pair)}
        else:
            kind = section.split("_")[0]
            who = (kind, entry[f"{kind}_name"])
            listed = {(*who, policy["type"], policy["name"]) for policy in entry["policies"]}
            left.attached = {
                item
                for item in left.attached
                if item not in listed and not (entry.get("exclusive") and item[:2] == who)
            }
    return left


# What hypothesis chooses from

names_of = {kind: st.sampled_from(names) for kind, names in KINDS.items()}
references = st.one_of(
    st.fixed_dictionaries({"name": st.sampled_from(CUSTOM), "type": st.just("Custom")}),
    st.fixed_dictionaries({"name": st.sampled_from(SYSTEM), "type": st.just("System")}),
)
states = st.sampled_from(["present", "present", "absent"])
tags = st.dictionaries(st.sampled_from(["team", "cost"]), st.sampled_from(["a", "b"]), max_size=2)
descriptions = st.sampled_from(["one", "another"])


def unique(items: Any, key: Any, number: int) -> Any:
    return st.lists(items, min_size=number, max_size=number, unique_by=key)


@st.composite
def accounts(draw: Any, account_id: str) -> dict[str, Any]:
    """An account in the seed's form."""
    policies = []
    for name in draw(st.sampled_from([CUSTOM, CUSTOM[:2], CUSTOM[1:], CUSTOM[:1], ()])):
        versions = draw(st.lists(st.integers(0, 6), min_size=1, max_size=5, unique=True))
        tagged = draw(st.one_of(st.just({}), tags, st.just({"managed-by": OWNER}), st.just({"managed-by": "other"})))
        policies.append(
            {
                "name": name,
                "description": draw(st.sampled_from(["", "one"])),
                "versions": [{"document": document(number)} for number in versions],
                "default_version": f"v{draw(st.integers(1, len(versions)))}",
                "tags": tagged,
            }
        )
    there = {("Custom", policy["name"]) for policy in policies} | {("System", name) for name in SYSTEM}
    trust = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"RAM": [f"acs:ram::{HUB}:root"]}}]}  # fmt: skip
    administrator = [{"name": "AdministratorAccess", "type": "System"}]
    seed: dict[str, Any] = {"account_id": account_id, "policies": policies}
    for kind, names in KINDS.items():
        seed[f"{kind}s"] = []
        for name in draw(st.sampled_from([names, names, names, names[:1], ()])):
            held = draw(st.sets(st.sampled_from(sorted(there)), max_size=3))
            principal = {"name": name, "policies": [{"type": one, "name": other} for one, other in sorted(held)]}
            seed[f"{kind}s"].append({**principal, **draw(_properties(kind, f"{account_id}{name}"))})
    groups = [group["name"] for group in seed["groups"]]
    for user in seed["users"] if groups else ():
        user["groups"] = sorted(draw(st.sets(st.sampled_from(groups), max_size=2)))
    seed["roles"].append({"name": "Deployer", "trust_policy": trust, "policies": administrator})
    key = {"access_key_id": f"LTAI{account_id}", "access_key_secret": f"secret-of-{account_id}"}
    seed["users"].append({"name": "administrator", "policies": administrator, "access_keys": [key]})
    linked = sorted(ROLES, key=str)
    seed["service_linked_roles"] = [
        {
            "service_name": service,
            **({"custom_suffix": suffix} if suffix else {}),
            "deleting": draw(st.sampled_from([False, False, True])),
            "deletion": {"polls": draw(st.integers(1, 3)), "outcome": draw(st.sampled_from(["SUCCEEDED", "FAILED"]))},
        }
        for service, suffix in draw(st.sampled_from([linked, linked, linked[:1], linked[1:], []]))
    ]
    return seed


def _properties(kind: str, unique_id: str) -> Any:
    """What else a user, group or role of the seed has."""
    if kind == "group":
        return st.fixed_dictionaries({"comments": st.sampled_from(["", "one"])})
    if kind == "role":
        number = st.integers(0, 2).map(trust_policy)
        tagged = st.one_of(tags, st.just({"managed-by": OWNER}), st.just({"managed-by": "other"}))
        return st.fixed_dictionaries({"trust_policy": number, "tags": tagged})
    key = {"access_key_id": f"LTAI{unique_id}", "access_key_secret": f"secret-of-{unique_id}"}
    keys = st.sampled_from([[], [key]])
    credentials = {"access_keys": keys, "login_profile": st.just({}), "mfa_device": st.sampled_from(["VMFA", "U2F"])}
    return st.fixed_dictionaries({"comments": st.sampled_from(["", "one"])}, optional=credentials)


@st.composite
def policy_entries(draw: Any) -> dict[str, Any]:
    number = draw(st.integers(0, 7))
    entry: dict[str, Any] = {
        "name": draw(st.sampled_from(CUSTOM)),
        "state": draw(states),
        "rotate_versions": draw(st.sampled_from([True, True, True, False])),
        "detach": draw(st.booleans()),
        "purge_tags": draw(st.sampled_from([False, False, True])),
        "adopt": False,
    }
    if draw(st.booleans()):
        entry["description"] = draw(descriptions)
    if draw(st.booleans()):
        entry["tags"] = draw(tags)
    if draw(st.integers(0, 3)) == 0:
        entry.update(managed_by=OWNER, adopt=draw(st.booleans()))
    if entry["state"] == "present":
        entry.update(document=document(number, draw(st.integers(0, 2))), meaning=number)
    return entry


@st.composite
def principal_entries(draw: Any, kind: str) -> dict[str, Any]:
    numbers = st.sampled_from([1, 0, 2, 3])
    entry: dict[str, Any] = {
        f"{kind}_name": draw(names_of[kind]),
        "policies": draw(unique(references, lambda one: (one["name"], one["type"]), draw(numbers))),
        "state": draw(states),
    }
    if entry["state"] == "present" and draw(st.integers(0, 2)) == 0:
        entry.update(exclusive=True, allow_empty=True)
    return entry


@st.composite
def user_entries(draw: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": draw(names_of["user"]), "state": draw(states), "detach": draw(st.booleans())}
    if entry["state"] == "absent":
        entry["delete_credentials"] = draw(st.booleans())
    elif draw(st.booleans()):
        entry["comments"] = draw(descriptions)
    return entry


@st.composite
def group_entries(draw: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": draw(names_of["group"]), "state": draw(states), "detach": draw(st.booleans())}
    if entry["state"] == "present":
        if draw(st.booleans()):
            entry["comments"] = draw(descriptions)
        if draw(st.integers(0, 3)):
            entry["members"] = sorted(draw(st.sets(names_of["user"], max_size=2)))
            if draw(st.integers(0, 2)) == 0:
                entry.update(exclusive=True, allow_empty=True)
    return entry


@st.composite
def role_entries(draw: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": draw(names_of["role"]),
        "state": draw(states),
        "detach": draw(st.booleans()),
        "purge_tags": draw(st.sampled_from([False, False, True])),
        "adopt": False,
    }
    if draw(st.booleans()):
        entry["tags"] = draw(tags)
    if draw(st.integers(0, 3)) == 0:
        entry.update(managed_by=OWNER, adopt=draw(st.booleans()))
    if entry["state"] == "present":
        if draw(st.booleans()):
            entry["description"] = draw(descriptions)
        if draw(st.integers(0, 3)):
            number = draw(st.integers(0, 3))
            entry.update(trust_policy=trust_policy(number, draw(st.integers(0, 2))), meaning=number)
    return entry


@st.composite
def linked_entries(draw: Any) -> dict[str, Any]:
    service, suffix = draw(st.sampled_from(sorted(ROLES, key=str)))
    entry = {"service_name": service, "state": draw(states)}
    return {**entry, "custom_suffix": suffix} if suffix else entry


SECTIONS = {
    "service_linked_roles": (linked_entries(), lambda entry: (entry["service_name"], entry.get("custom_suffix"))),
    "policies": (policy_entries(), lambda entry: entry["name"]),
    "users": (user_entries(), lambda entry: entry["name"]),
    "groups": (group_entries(), lambda entry: entry["name"]),
    "roles": (role_entries(), lambda entry: entry["name"]),
    **{f"{kind}_policies": (principal_entries(kind), lambda entry, kind=kind: entry[f"{kind}_name"]) for kind in KINDS},
}
MODULES = {"service_linked_role": "service_linked_roles", "policy": "policies", "user_policies": "user_policies",
           "group_policies": "group_policies", "role_policies": "role_policies",
           "user": "users", "group": "groups", "role": "roles"}  # fmt: skip


@dataclass
class Declaration:
    """One task: the module, its entries, and the accounts that it is for."""

    module: str
    entries: list[tuple[str, dict[str, Any]]]
    accounts: tuple[str, ...]
    assume_role: bool

    def arguments(self) -> dict[str, Any]:
        plain = [
            (section, {key: value for key, value in entry.items() if key != "meaning"})
            for section, entry in self.entries
        ]
        account_id = self.accounts[0]
        role = {"account_id": account_id, "role_name": "Deployer"}
        if self.module != "baseline":
            arguments = plain[0][1]
        else:
            arguments = {section: [entry for of, entry in plain if of == section] for section in SECTIONS}
        if len(self.accounts) > 1:
            arguments["accounts"] = [
                {"assume_role": {"account_id": account_id, "role_name": "Deployer"}} for account_id in self.accounts
            ]
        elif self.assume_role:
            arguments["assume_role"] = role
        holder = HUB if self.assume_role else account_id
        return {
            "access_key_id": f"LTAI{holder}",
            "access_key_secret": f"secret-of-{holder}",
            "retry_timeout": RETRIES,
            "consistency_timeout": CONSISTENCY,
            "read_timeout": TIMEOUT,
            **arguments,
        }


@st.composite
def declarations(draw: Any) -> Declaration:
    module = draw(st.sampled_from(["baseline", "baseline", "baseline", *MODULES]))
    if module == "baseline":
        sizes = st.sampled_from([1, 0, 2])  # hypothesis takes the first more often
        drawn = {name: draw(unique(*SECTIONS[name], draw(sizes))) for name in SECTIONS}
        entries = [(section, entry) for section, found in drawn.items() for entry in found]
        chosen = draw(st.sampled_from([MEMBERS, MEMBERS[:1], MEMBERS[1:]]))
        return Declaration(module, entries, chosen, len(chosen) > 1 or draw(st.booleans()))
    section = MODULES[module]
    entry = draw(SECTIONS[section][0])
    return Declaration(module, [(section, entry)], (draw(st.sampled_from(MEMBERS)),), draw(st.booleans()))


# Nothing that is drawn may depend on what runs have done, for some of that depends on the time that calls take. So
# several declarations are drawn, and numbers in place of a fault, and what becomes of them is worked out here.
candidates = st.lists(declarations(), min_size=3, max_size=3)
numbers = st.lists(st.integers(0, 10**6), min_size=8, max_size=8)


def fitting(drawn: list[Declaration], views: dict[str, View]) -> Declaration:
    """The first of the declarations that changes something in the accounts as they are, or else the last as it is."""
    for declaration in drawn:
        there = [views[account_id] for account_id in declaration.accounts]
        entries = possible(there, declaration.entries)
        if any(tidy(meant(view, entries)) != tidy(view) for view in there):
            return replace(declaration, entries=entries)
    return drawn[-1]


def possible(views: list[View], entries: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    """Of the entries, as many as can be so in all the accounts at once."""
    kept: list[tuple[str, dict[str, Any]]] = []
    for entry in entries * 2:  # twice, because a policy can go only once what holds it is declared without it
        if entry not in kept:
            try:
                for view in views:
                    meant(view, [*kept, entry])
            except Refused:
                continue
            kept.append(entry)
    return kept


FAULTS = ("throttle", "error", "drop_before", "drop_after", "malformed", "delay_visibility", "expire", "deletion",
          "hang")  # fmt: skip


def fault(drawn: list[int], reads: list[str], writes: list[str]) -> dict[str, Any]:
    """A rule of the emulator for a run that is to make these calls, each operation given as often as it is called."""
    numbers_left = iter(drawn)

    def choice(items: Any) -> Any:
        return items[next(numbers_left) % len(items)]

    kinds = ["drop_after", "drop_before", "malformed", "error", "throttle", "denied"]
    if writes:
        kinds += ["drop_after", "malformed", "delay_visibility"]
    kinds += ["expire"] * 2 * ("AssumeRole" in reads) + ["deletion"] * 10 * ("DeleteServiceLinkedRole" in writes)
    if choice(range(20)) == 13 and writes:  # rare, because the wait is a real one
        kinds = ["hang"]
    kind = choice(kinds)
    rule: dict[str, Any] = {"fault": kind}
    if kind == "expire":
        return {**rule, "seconds": choice([0, 0.5, 1, 2, 5]), "count": choice([1, 2])}
    if kind == "deletion":
        usages = [{"region": "cn-hangzhou", "resources": ["acs:cr:cn-hangzhou:1:instance/cri-1"]}]
        outcome = choice([{"outcome": "SUCCEEDED"}, {"usages": usages}, {"outcome": "INTERNAL_ERROR"}])
        return {**rule, **outcome, **choice([{"polls": 0}, {"polls": 3}, {"seconds": 20}]), "count": 0}
    # Any of the calls, any of the writes, or a certain operation.
    only = writes if kind in ("delay_visibility", "hang") else sorted([*reads, *writes])
    operations = choice([only, writes or only, *([one] for one in [*only, *writes])])
    calls = [one for one in [*reads, *writes] if one in operations]
    rule.update(operation=sorted(set(operations)), nth=1 + choice(range(len(calls))))
    if kind == "hang":
        return {**rule, "seconds": TIMEOUT + 0.5, "effect": "after"}
    rule["count"] = choice([1, 1, 1, 2, 5, 0])
    if kind == "error":
        rule.update(choice([{"code": "InternalError", "status": 500}, {"code": "ServiceUnavailable", "status": 503}]))
    elif kind == "denied":
        rule.update(fault="error", code="NoPermission", status=403)
    elif kind == "malformed":
        rule.update(choice([{"status": 502}, {"body": "{}"}, {"body": ""}, {"body": '{"Role": null}'}]))
    elif kind == "delay_visibility":
        rule["seconds"] = choice([0.1, 1, 3, CONSISTENCY - 2])
    elif kind == "throttle":
        rule.update(choice([{}, {"status": 429, "retry_after": 2000}, {"code": "Throttling.Api"}]))
    return rule


def begin(here: emulated.InProcess, *accounts_: dict[str, Any]) -> None:
    """A world of these accounts and a hub that may enter them."""
    administrator = [{"name": "AdministratorAccess", "type": "System"}]
    key = {"access_key_id": f"LTAI{HUB}", "access_key_secret": f"secret-of-{HUB}"}
    hub = {"account_id": HUB, "users": [{"name": "hub", "policies": administrator, "access_keys": [key]}]}
    here.restart(hub, *accounts_, services=SERVICES)
