# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generic kind: an entity with fields that is created, read, updated and deleted by name."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as _field
from typing import Any, ClassVar, TypeVar

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.client import required
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    ConflictError,
    DeclarationError,
    quote,
)
from ansible_collections.alicloud.ram.plugins.module_utils._names import entry_option, option_name
from ansible_collections.alicloud.ram.plugins.module_utils._policy import document as _document
from ansible_collections.alicloud.ram.plugins.module_utils._resources import tags as _tags
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import KINDS as PRINCIPALS
from ansible_collections.alicloud.ram.plugins.module_utils._resources.attachment import Principal
from ansible_collections.alicloud.ram.plugins.module_utils._resources.base import (
    PRINCIPAL_NAME,
    Change,
    Effects,
    Kind,
    Listing,
    NameRule,
    Plan,
    References,
    Removal,
    Resource,
    Stage,
    checked_name,
    read_or_none,
    snake,
)

E = TypeVar("E", bound="Entity")


class FieldType(enum.Enum):
    """How the values of a field are declared and compared. The value is the Ansible type of the option."""

    TEXT = "str"
    NUMBER = "int"
    FLAG = "bool"
    DOCUMENT = "raw"
    """A policy document, compared by meaning."""


@dataclass(frozen=True)
class Field:
    """A property of an entity.

    ``option`` is the name of the option, ``name`` the API's name in responses and in the Create operation, ``update`` the
    parameter that changes the value, empty if the API cannot change it. ``default`` is the value if the entity was created
    without one; a ``required`` field has none. ``low`` and ``high`` limit a number, or the length of a text; a text whose
    ``low`` is above 0 cannot be emptied. ``pattern`` is what a text must match, with the same in words. ``grammar`` is that
    of a document.
    """

    option: str
    name: str
    type: FieldType = FieldType.TEXT
    update: str | None = None
    default: Any = None
    required: bool = False
    low: int = 0
    high: int | None = None
    pattern: NameRule | None = None
    grammar: _document.Grammar = _document.PERMISSION

    @property
    def update_parameter(self) -> str:
        return f"New{self.name}" if self.update is None else self.update

    def read(self, entity: Mapping[str, Any]) -> Any:
        """Return the value in a response."""
        value = entity.get(self.name)
        if self.type is FieldType.DOCUMENT:
            return _document.read(value)
        if value is None:
            return self.default
        return value

    def comparable(self, value: Any) -> Any:
        """Return what is equal for all values that mean the same."""
        if self.type is FieldType.DOCUMENT:
            return _document.meaning(value)
        return value or "" if self.type is FieldType.TEXT else value

    def render(self, value: Any) -> Any:
        """Return the value as an API parameter."""
        return _document.render(value) if self.type is FieldType.DOCUMENT else value

    def check(self, value: Any, where: str, title: str) -> Any:
        """Return the checked declared value. Raises DeclarationError, which names the option."""
        place = entry_option(where, self.option)
        if self.type is FieldType.DOCUMENT:
            return _document.parse(value, f"{place} of {title}", self.grammar)
        if self.type is FieldType.FLAG or value == "":
            return value
        if self.pattern and not self.pattern[0].fullmatch(value):
            raise DeclarationError(f"{place}: {quote(value)} is not {self.pattern[1]}.")
        if self.high is None:
            return value
        size, unit = (len(value), " characters") if self.type is FieldType.TEXT else (value, "")
        if not self.low <= size <= self.high:
            raise DeclarationError(f"{place}: {size}{unit}; {self.low} to {self.high} are allowed.")
        return value


@dataclass(frozen=True)
class Observed:
    """The observed state: ``entity`` as returned by the Get operation, None if it does not exist; its ``tags`` if read."""

    entity: Mapping[str, Any] | None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Entity(Resource):
    """A declared entity. ``values`` are the declared values, by option; other values are left as they are.

    A kind is a subclass that sets the class variables: ``noun`` is the name of its module and its name in messages,
    ``entity`` the API's name, which is part of the names of operations (CreateUser, GetUser, UpdateUser, DeleteUser),
    parameters and responses. ``facts`` are the API's names of further values to return, ``tagged`` is true if the entity
    can have tags, ``owned`` if such a tag may say who manages it. ``kept`` are the API's names of values that each update
    sends as they were read, because the documentation contradicts itself on what happens to values that are not sent.
    """

    noun: ClassVar[str]
    entity: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    facts: ClassVar[tuple[str, ...]] = ()
    kept: ClassVar[tuple[str, ...]] = ()
    tagged: ClassVar[bool] = False
    owned: ClassVar[bool] = False
    name_rule: ClassVar[NameRule | None] = PRINCIPAL_NAME
    task_spec: ClassVar[Mapping[str, Any]] = {}
    listing: ClassVar[Listing | None] = None

    name: str
    values: Mapping[str, Any] = _field(default_factory=dict)
    present: bool = True
    tags: Mapping[str, str] | None = None
    purge_tags: bool = False
    managed_by: str | None = None
    adopt: bool = False
    read_tags: bool = False
    in_full: bool = False
    """Whether to read all that the info module returns."""

    @classmethod
    def spec(cls) -> dict[str, Any]:
        """Return the options of one entity."""
        return {
            "name": {"type": "str", "required": True},
            **{field.option: {"type": field.type.value} for field in cls.fields},
            **(_tags.SPEC if cls.tagged else {}),
            **(_tags.OWNER_SPEC if cls.owned else {}),
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        }

    @classmethod
    def kind(cls, section: str) -> Kind:
        return Kind(
            name=cls.noun,
            section=section,
            spec=cls.spec(),
            info_spec={"name": cls.spec()["name"]},
            task_spec=cls.task_spec,
            declare=cls.from_params,
            look_up=cls.look_up,
            listing=cls.listing,
            removal=Removal.OWNED if cls.owned else Removal.LEAVE,
            documents={field.option: field.grammar for field in cls.fields if field.type is FieldType.DOCUMENT},
        )

    @classmethod
    def from_params(cls: type[E], options: Mapping[str, Any], where: str = "", alone: bool = False) -> E:
        """Create the entity from the options of a module or a baseline entry.

        Raises DeclarationError, which names the option.
        """
        name = checked_name(cls.noun, options["name"], entry_option(where, "name"), cls.name_rule)
        present = options.get("state", "present") == "present"
        values = {
            field.option: field.check(options[field.option], where, f"{cls.noun} {name!r}")
            for field in cls.fields
            if present and options.get(field.option) is not None
        }
        return cls(
            name=name,
            values=values,
            present=present,
            tags=_tags.checked_tags(options.get("tags"), cls.noun, where, options.get("managed_by")),
            purge_tags=bool(options.get("purge_tags")),
            managed_by=_tags.checked_owner(options.get("managed_by"), where),
            adopt=bool(options.get("adopt")),
            read_tags=alone and cls.tagged,
        )

    @classmethod
    def look_up(cls: type[E], options: Mapping[str, Any], where: str = "") -> E:
        """Create an entity that is only read. Raises DeclarationError, which names the option."""
        name = checked_name(cls.noun, options["name"], entry_option(where, "name"), cls.name_rule)
        return cls(name, read_tags=cls.tagged, in_full=True)

    @property
    def identity(self) -> tuple[str, ...]:
        return (self.noun, self.name)

    @property
    def label(self) -> str:
        return f"{self.noun} {self.name!r}"

    @property
    def provides(self) -> frozenset[Principal]:
        return self._principal if self.present else frozenset()

    def effects(self, observed: Any) -> Effects:
        return Effects(self.provides, removes=frozenset() if self.present else self._principal)

    @property
    def _principal(self) -> frozenset[Principal]:
        """What the attachments of a declaration call this entity, if policies can be attached to it."""
        return frozenset([Principal(self._api_kind, self.name)] if self._api_kind in PRINCIPALS else [])

    @property
    def _api_kind(self) -> str:
        """What the API calls the kind of entity as a principal and as a resource with tags."""
        return self.entity.lower()

    @property
    def _parameters(self) -> dict[str, Any]:
        return {f"{self.entity}Name": self.name}

    async def observe(self, api: Any) -> Any:
        answer = await read_or_none(api, f"Get{self.entity}", **self._parameters)
        if answer is None:
            return Observed(None)
        observed = Observed(required(answer, self.entity, f"Get{self.entity}"))
        if self._needs_tags(observed):
            return replace(observed, tags=await _tags.read_tags(api, self._api_kind, self.name))
        return observed

    def _needs_tags(self, observed: Observed) -> bool:
        if self.read_tags or (self.present and self.tags is not None):
            return True
        return bool(self.managed_by) and (not self.present or self.adopt or self._differs(observed))

    def _differs(self, observed: Observed) -> bool:
        return bool(self._shown(observed) != self._wanted)

    def plan(self, observed: Any, references: References) -> Plan:
        if not self.present:
            return Plan(observed) if observed.entity is None else self.plan_deletion(observed, references)
        if observed.entity is None:
            return self._plan_creation(observed)
        return self._plan_update(observed, observed.entity)

    def plan_deletion(self, observed: Any, references: References) -> Plan:
        """Return the plan to delete an existing entity. A kind whose deletion needs more steps overrides this."""
        self.check_owner(observed)
        return Plan(replace(observed, entity=None, tags=None), [self.deletion(("DeleteConflict.",))])

    def deletion(self, retry_on: tuple[str, ...]) -> Change:
        """Return the change that deletes the entity."""
        return Change(
            f"Delete{self.entity}",
            self.label,
            self._parameters,
            Stage.DELETE,
            self,
            lambda seen: None if seen.entity is None else seen.entity.get("CreateDate") or "unknown",
            None,
            satisfied_by=(f"EntityNotExist.{self.entity}",),
            retry_on=retry_on,
        )

    def _plan_creation(self, observed: Observed) -> Plan:
        for field in self.fields:
            if field.required and field.option not in self.values:
                raise DeclarationError(
                    f"{option_name(field.option)}: it is needed, because {self.label} does not exist yet."
                )
        declared = [field for field in self.fields if self.values.get(field.option, "") != ""]
        values = {field.name: field.render(self.values[field.option]) for field in declared}
        parameters = {**self._parameters, **values}
        if self._wanted_tags:
            parameters["Tag"] = _tags.tag_list(self._wanted_tags)
        creation = Change(
            f"Create{self.entity}",
            self.label,
            parameters,
            Stage.PREPARE,
            self,
            self._shown,
            self._wanted,
            satisfied_by=(f"EntityAlreadyExists.{self.entity}",),
        )
        return Plan(replace(observed, entity={**self._parameters, **values}, tags=self._wanted_tags), [creation])

    def _plan_update(self, observed: Observed, entity: Mapping[str, Any]) -> Plan:
        changes, after = [], dict(entity)
        parameters: dict[str, Any] = {}
        wanted, shown = self._wanted, self._shown(observed) or {}
        for field in self._declared:
            value = self.values[field.option]
            if shown[field.option] == wanted[field.option]:
                continue
            if not field.update_parameter:
                raise ConflictError(
                    f"{option_name(field.option)}: RAM cannot change it once the {self.label} exists; it is "
                    f"{field.read(entity)!r}. Leave it out to keep it, or delete the {self.noun} first."
                )
            if value == "" and field.low > 0:
                raise DeclarationError(
                    f"{option_name(field.option)}: RAM cannot empty it once the {self.label} has one; give at least one "
                    "character, or leave it out to keep the present one."
                )
            parameters[field.update_parameter] = after[field.name] = field.render(value)
        if parameters:
            for name in self.kept:
                if entity.get(name) is not None:
                    parameters.setdefault(f"New{name}", entity[name])
            changes.append(
                Change(
                    f"Update{self.entity}",
                    self.label,
                    {**self._parameters, **parameters},
                    Stage.PREPARE,
                    self,
                    self._shown,
                    self._wanted,
                )
            )
        more, tags_after = self._tag_changes(observed)
        changes += more
        if changes:
            self.check_owner(observed)
            if "UpdateDate" in after:
                after["UpdateDate"] = None
        return Plan(replace(observed, entity=after, tags=tags_after), changes)

    @property
    def _wanted_tags(self) -> dict[str, str]:
        return _tags.with_owner(self.tags, self.managed_by)

    def _tag_changes(self, observed: Observed) -> tuple[list[Change], Mapping[str, str] | None]:
        if observed.tags is None:
            return [], None
        marks = self.managed_by and (self.adopt or self._differs(observed))
        wanted = self._wanted_tags if marks else dict(self.tags or {})
        # If the option tags is not set, the tags are not managed, so none are removed.
        purged = self.purge_tags and self.tags is not None
        return _tags.tag_changes(self, self._api_kind, self.name, observed.tags, wanted, purged, (_tags.OWNER_TAG,))

    def check_owner(self, observed: Observed) -> None:
        if self.managed_by and not self.adopt:
            _tags.check_owner(self.label, observed.tags, self.managed_by)

    @property
    def _declared(self) -> list[Field]:
        return [field for field in self.fields if field.option in self.values]

    @property
    def _wanted(self) -> dict[str, Any]:
        """The declared values, by option, as they are compared."""
        return {field.option: field.comparable(self.values[field.option]) for field in self._declared}

    def _shown(self, observed: Observed) -> dict[str, Any] | None:
        """Return the observed values of the declared fields, in the same form; None if there is no such entity."""
        entity = observed.entity
        return (
            None if entity is None else {field.option: field.comparable(field.read(entity)) for field in self._declared}
        )

    def result(self, observed: Any) -> dict[str, Any]:
        if observed.entity is None:
            return {}
        names = (f"{self.entity}Name", *self.facts)
        result = {snake(name): observed.entity.get(name) for name in names}
        result.update({field.option: field.read(observed.entity) for field in self.fields})
        if self.tagged:
            result["tags"] = observed.tags if self.read_tags or self.tags is not None else None
        return result

    def diff_view(self, observed: Any) -> dict[str, Any]:
        if observed.entity is None:
            return {}
        view: dict[str, Any] = {snake(f"{self.entity}Name"): self.name}
        view.update({field.option: field.read(observed.entity) for field in self.fields})
        if observed.tags is not None:
            view["tags"] = dict(observed.tags)
        return view
