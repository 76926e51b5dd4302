"""Record types (*handlingstyper*): the list that registrars choose from.

A record keeps the name that its type had when it was registered, so renaming or retiring a type changes no record.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.audit import revision
from diarium.audit import service as audit
from diarium.classification.errors import InvalidScheme, UnknownClass
from diarium.classification.models import ClassificationRecordType, RecordType
from diarium.db.swedish import sort_key
from diarium.i18n import gettext as _
from diarium.identity import service as identity
from diarium.identity.permissions import Actor

_NAMES = uuid.UUID("6f3c1f2e-5a67-4f0e-9b0e-3a1d2c4b5e60")


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A record type in a list; `classes`: how many classes name it as usual, in any version."""

    id: int
    name: str
    is_active: bool
    classes: int


def record_types(session: Session) -> tuple[TypeRow, ...]:
    """All record types in Swedish order. Constant number of queries."""
    classes = (
        select(func.count())
        .select_from(ClassificationRecordType)
        .where(ClassificationRecordType.record_type_id == RecordType.id)
        .scalar_subquery()
    )
    rows = session.execute(select(RecordType.id, RecordType.name, RecordType.is_active, classes))
    return tuple(sorted((TypeRow(*row) for row in rows), key=lambda row: sort_key(row.name)))


def add_type(session: Session, actor: Actor, name: str) -> RecordType:
    """Adds a record type. Raises: NotAllowed; InvalidText and InvalidScheme at "name"."""
    identity.require_administrator(actor)
    kind = RecordType(name=_free_name(session, name))
    session.add(kind)
    session.flush()
    audit.write(session, actor, "record_type.added", subject(kind), after=facts_of(kind))
    return kind


def rename_type(session: Session, actor: Actor, type_id: int, name: str, *, seen: str) -> None:
    """Gives a type another name from now on. Raises: as `add_type`; UnknownClass; Stale."""
    identity.require_administrator(actor)
    kind = type_by_id(session, type_id, lock=True)
    before = facts_of(kind)
    revision.require_seen(before, seen)
    kind.name = _free_name(session, name, but=kind)
    revision.note(session, actor, "record_type.changed", subject(kind), before, facts_of(kind))


def set_active(session: Session, actor: Actor, type_id: int, *, is_active: bool) -> None:
    """Takes a type out of the list that registrars choose from, or back. Raises: NotAllowed; UnknownClass."""
    identity.require_administrator(actor)
    kind = type_by_id(session, type_id, lock=True)
    before = facts_of(kind)
    kind.is_active = is_active
    action = "record_type.reopened" if is_active else "record_type.retired"
    revision.note(session, actor, action, subject(kind), before, facts_of(kind))


def type_by_id(session: Session, type_id: int, *, lock: bool = False) -> RecordType:
    """The record type with `type_id`. Raises: UnknownClass."""
    found = session.get(RecordType, type_id, with_for_update=True if lock else None)
    if found is None:
        raise UnknownClass(_("Handlingstypen finns inte."))
    return found


def facts_of(kind: RecordType) -> dict[str, object]:
    """What can be changed of a type, as pages show and events keep it."""
    return {"name": kind.name, "is_active": kind.is_active}


def subject(kind: RecordType) -> audit.Subject:
    """The type as audit events name it; it has no identifier of its own, so one is made of its key."""
    return audit.Subject("record_type", uuid.uuid5(_NAMES, str(kind.id)), kind.name)


def _free_name(session: Session, text: str, but: RecordType | None = None) -> str:
    name = texts.required_line(text, 100, "name", _("Skriv handlingstypens namn."))
    query = select(RecordType.id).where(func.lower(RecordType.name) == name.lower())
    if but is not None:
        query = query.where(RecordType.id != but.id)
    if session.scalar(query.limit(1)) is not None:
        raise InvalidScheme(_("Handlingstypen ”%(name)s” finns redan.", name=name), field="name")
    return name
