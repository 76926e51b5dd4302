"""Reading classification schemes: the classes in force, a version as a tree, what a class says."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from diarium.classification.errors import UnknownClass
from diarium.classification.models import Classification, ClassificationScheme, PublishingRule, RetentionRule
from diarium.classification.rows import TYPES_ARE_PARTED_BY, ClassFacts, RetentionFacts
from diarium.classification.vocabulary import (
    EVENT_LABELS,
    PUBLISHING_LABELS,
    RETENTION_LABELS,
    RetentionEvent,
    SchemeState,
)
from diarium.i18n import gettext as _
from diarium.i18n import ngettext, today


@dataclass(frozen=True, slots=True)
class SchemeRow:
    """A version of a scheme in a list."""

    uid: uuid.UUID
    name: str
    version: str
    valid_from: dt.date
    valid_to: dt.date | None
    state: SchemeState
    classes: int


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class in the tree of its scheme; `level` is 1 at the top."""

    uid: uuid.UUID
    code: str
    title: str
    level: int
    publishing: PublishingRule
    retention: str
    record_types: tuple[str, ...]


def options(session: Session, day: dt.date) -> list[tuple[str, str]]:
    """(code, "code title") of every class in force on `day`, in the scheme's order."""
    scheme = _in_force(day).with_only_columns(ClassificationScheme.id).scalar_subquery()
    rows = session.execute(
        select(Classification.code, Classification.title)
        .where(Classification.scheme_id == scheme)
        .order_by(Classification.sort_key)
    )
    return [(code, f"{code} {title}") for code, title in rows]


def scheme_on(session: Session, day: dt.date) -> ClassificationScheme | None:
    """The version that is in force on `day`."""
    return session.scalar(_in_force(day))


def schemes(session: Session) -> tuple[SchemeRow, ...]:
    """All versions, the latest first. Constant number of queries."""
    count = (
        select(func.count())
        .select_from(Classification)
        .where(Classification.scheme_id == ClassificationScheme.id)
        .scalar_subquery()
    )
    found = session.execute(
        select(ClassificationScheme, count).order_by(
            ClassificationScheme.valid_from.desc(), ClassificationScheme.id.desc()
        )
    ).all()
    present = scheme_on(session, today())
    return tuple(scheme_row(scheme, present, classes) for scheme, classes in found)


def scheme_row(scheme: ClassificationScheme, present: ClassificationScheme | None, classes: int) -> SchemeRow:
    """The version as lists show it; `present` is the one in force today."""
    if scheme is present:
        state = SchemeState.IN_FORCE
    else:
        state = SchemeState.PLANNED if scheme.valid_from > today() else SchemeState.ENDED
    return SchemeRow(scheme.uid, scheme.name, scheme.version, scheme.valid_from, scheme.valid_to, state, classes)


def scheme_by_uid(session: Session, uid: uuid.UUID) -> ClassificationScheme:
    """The version with `uid`. Raises: UnknownClass."""
    found = session.scalar(select(ClassificationScheme).where(ClassificationScheme.uid == uid))
    if found is None:
        raise UnknownClass(_("Klassificeringsstrukturen finns inte."))
    return found


def class_by_uid(session: Session, uid: uuid.UUID) -> Classification:
    """The class with `uid`. Raises: UnknownClass."""
    found = session.scalar(select(Classification).where(Classification.uid == uid))
    if found is None:
        raise UnknownClass(_("Klassen finns inte."))
    return found


def tree(session: Session, scheme: ClassificationScheme) -> tuple[ClassRow, ...]:
    """The classes of a version in its order. Constant number of queries."""
    return tuple(
        ClassRow(
            uid=item.uid,
            code=item.code,
            title=item.title,
            level=item.code.count(".") + 1,
            publishing=item.publishing,
            retention=retention_in_words(_retention_facts(item.retention_rule)),
            record_types=tuple(kind.name for kind in item.record_types),
        )
        for item in _classes(session, scheme)
    )


def facts_of_scheme(session: Session, scheme: ClassificationScheme | None) -> tuple[ClassFacts, ...]:
    """What each class of a version says, in its order. Constant number of queries."""
    return tuple(facts_of_class(item) for item in _classes(session, scheme)) if scheme is not None else ()


def facts_of_class(item: Classification) -> ClassFacts:
    """What a class says."""
    return ClassFacts(
        code=item.code,
        title=item.title,
        description=item.description,
        publishing=item.publishing,
        retention=_retention_facts(item.retention_rule),
        record_types=tuple(kind.name for kind in item.record_types),
    )


def in_words(facts: ClassFacts) -> dict[str, str]:
    """What a class says, by the names of the table's columns, as staff read it."""
    kept = facts.retention
    return {
        "code": facts.code,
        "title": facts.title,
        "description": facts.description,
        "publishing": str(PUBLISHING_LABELS[facts.publishing]),
        "retention": str(RETENTION_LABELS[kept.retention]) if kept else "",
        "retention_years": str(kept.years) if kept and kept.years is not None else "",
        "retention_event": event_in_words(kept.event) if kept and kept.event else "",
        "retention_basis": kept.basis if kept else "",
        "record_types": TYPES_ARE_PARTED_BY.join(sorted(facts.record_types)),
    }


def retention_in_words(facts: RetentionFacts | None) -> str:
    """ "Bevaras", or "Gallras 10 år efter att …"; empty where nothing is decided."""
    if facts is None:
        return ""
    if facts.years is None:
        return str(RETENTION_LABELS[facts.retention])
    years = ngettext("Gallras efter %(num)s år", "Gallras efter %(num)s år", facts.years)
    return f"{years}, {event_in_words(facts.event)}" if facts.event else years


def event_in_words(event: str) -> str:
    """What a time of retention is counted from."""
    return str(EVENT_LABELS[RetentionEvent(event)]) if event in list(RetentionEvent) else event


def _in_force(day: dt.date) -> Select[ClassificationScheme]:
    return (
        select(ClassificationScheme)
        .where(ClassificationScheme.valid_from <= day)
        .where(or_(ClassificationScheme.valid_to.is_(None), ClassificationScheme.valid_to >= day))
        .order_by(ClassificationScheme.valid_from.desc(), ClassificationScheme.id.desc())
        .limit(1)
    )


def _classes(session: Session, scheme: ClassificationScheme) -> Sequence[Classification]:
    return session.scalars(
        select(Classification)
        .where(Classification.scheme_id == scheme.id)
        .options(selectinload(Classification.retention_rule), selectinload(Classification.record_types))
        .order_by(Classification.sort_key)
    ).all()


def _retention_facts(rule: RetentionRule | None) -> RetentionFacts | None:
    return RetentionFacts(rule.retention, rule.years, rule.event, rule.basis) if rule is not None else None


def labelled(events: Mapping[RetentionEvent, str] = EVENT_LABELS) -> list[tuple[str, str]]:
    """(code, label) of the events that a time of retention can be counted from."""
    return [(event.value, str(label)) for event, label in events.items()]
