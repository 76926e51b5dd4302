"""Versions of the scheme: one is in force at a time, and a new one ends the one before it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.audit import revision
from diarium.audit import service as audit
from diarium.classification import authorising, queries
from diarium.classification.errors import InvalidScheme, SchemeConflict
from diarium.classification.models import (
    Classification,
    ClassificationRecordType,
    ClassificationScheme,
    RecordType,
    RetentionRule,
)
from diarium.classification.rows import ClassFacts, RetentionFacts, parent_code, sort_key
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.permissions import Actor

_DAY = dt.timedelta(days=1)


def copy_version(session: Session, actor: Actor, *, version: str, valid_from: dt.date) -> ClassificationScheme:
    """Makes a new version with the classes of the latest one, to be changed until it comes into force.

    Raises: NotAllowed; NeedsEveryAuthority; InvalidText and InvalidScheme with the field's name.
    """
    authorising.require_all(session, actor, "valid_from")
    latest = session.scalar(
        select(ClassificationScheme)
        .order_by(ClassificationScheme.valid_from.desc(), ClassificationScheme.id.desc())
        .limit(1)
    )
    facts = queries.facts_of_scheme(session, latest)
    scheme = added_next(session, version=version, valid_from=valid_from)
    write_classes(session, scheme, facts)
    note(session, actor, "scheme.added", scheme, after={**facts_of(scheme), "classes": len(facts)})
    return scheme


def change_version(
    session: Session, actor: Actor, uid: uuid.UUID, *, name: str, version: str, valid_from: dt.date, seen: str
) -> ClassificationScheme:
    """Renames a version, or moves the day from which one that is planned comes into force.

    Another day takes an administrator of every authority.

    Raises: NotAllowed; NeedsEveryAuthority; UnknownClass; SchemeConflict for another day of one that has been in
    force; InvalidText and InvalidScheme with the field's name; Stale.
    """
    identity.require_administrator(actor)
    scheme = _locked(session, uid)
    before = facts_of(scheme)
    revision.require_seen(before, seen)
    scheme.name = texts.required_line(name, 200, "name", _("Skriv strukturens namn."))
    scheme.version = _free_version(session, scheme.name, version, but=scheme)
    if valid_from != scheme.valid_from:
        if scheme.valid_from <= today():
            raise SchemeConflict(_("Versionen har redan börjat gälla. Dagen kan inte ändras."), field="valid_from")
        authorising.require_all(session, actor, "valid_from")
        _check_day(session, valid_from, but=scheme)
        _leave(session, scheme)
        scheme.valid_from = valid_from
        _enter(session, scheme)
    revision.note(session, actor, "scheme.changed", subject(scheme), before, facts_of(scheme))
    return scheme


def discard_version(session: Session, actor: Actor, uid: uuid.UUID) -> None:
    """Takes away a version that has not come into force; the one before it goes on.

    Raises: NotAllowed; NeedsEveryAuthority; UnknownClass; SchemeConflict for one that is or was in force.
    """
    authorising.require_all(session, actor)
    scheme = _locked(session, uid)
    if scheme.valid_from <= today():
        raise SchemeConflict(_("En version som har börjat gälla kan inte tas bort."))
    note(session, actor, "scheme.discarded", scheme, before=facts_of(scheme))
    _leave(session, scheme)
    ids = select(Classification.id).where(Classification.scheme_id == scheme.id)
    session.execute(delete(ClassificationRecordType).where(ClassificationRecordType.classification_id.in_(ids)))
    for item in session.scalars(ids.with_only_columns(Classification).order_by(Classification.sort_key.desc())):
        session.delete(item)
        session.flush()  # children first
    session.delete(scheme)


def added(session: Session, *, name: str, version: str, valid_from: dt.date) -> ClassificationScheme:
    """A version without classes, entered in the order of times."""
    scheme = ClassificationScheme(name=name, version=version, valid_from=valid_from)
    session.add(scheme)
    session.flush()
    _enter(session, scheme)
    return scheme


def added_next(session: Session, *, version: str, valid_from: dt.date) -> ClassificationScheme:
    """Like `added`, under the name of the latest version. Raises: InvalidText, InvalidScheme."""
    _lock_all(session)
    name = session.scalar(
        select(ClassificationScheme.name).order_by(ClassificationScheme.valid_from.desc()).limit(1)
    )
    _check_day(session, valid_from)
    name = name or _("Klassificeringsstruktur")
    return added(session, name=name, version=_free_version(session, name, version), valid_from=valid_from)


def write_classes(session: Session, scheme: ClassificationScheme, classes: Iterable[ClassFacts]) -> None:
    """Adds classes to a version that has none of them yet; each one's parent stands before it."""
    types = {kind.name: kind for kind in session.scalars(select(RecordType))}
    rules = known_rules(session)
    written: dict[str, Classification] = {}
    for facts in classes:
        written[facts.code] = Classification(
            scheme_id=scheme.id,
            parent=written.get(parent_code(facts.code)),
            code=facts.code,
            sort_key=sort_key(facts.code),
            title=facts.title,
            description=facts.description,
            publishing=facts.publishing,
            retention_rule=rule_for(session, rules, facts.retention),
            record_types=[_type(session, types, name) for name in facts.record_types],
        )
        session.add(written[facts.code])
    _keep_delays(session, scheme, written)
    session.flush()


def _keep_delays(session: Session, scheme: ClassificationScheme, classes: Mapping[str, Classification]) -> None:
    """A class waits with publishing as long as the class of the same code did in the version before."""
    former = (
        select(ClassificationScheme.id)
        .where(ClassificationScheme.id != scheme.id, ClassificationScheme.valid_from <= scheme.valid_from)
        .order_by(ClassificationScheme.valid_from.desc(), ClassificationScheme.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(Classification.code, Classification.publish_after_days).where(
        Classification.scheme_id == former, Classification.publish_after_days.is_not(None)
    )
    for code, days in session.execute(query):
        if code in classes:
            classes[code].publish_after_days = days


def known_rules(session: Session) -> dict[RetentionFacts, RetentionRule]:
    """The retention rules that there are, by what they say."""
    found = session.scalars(select(RetentionRule).order_by(RetentionRule.id.desc()))
    return {RetentionFacts(rule.retention, rule.years, rule.event, rule.basis): rule for rule in found}


def rule_for(
    session: Session, rules: dict[RetentionFacts, RetentionRule], facts: RetentionFacts | None
) -> RetentionRule | None:
    """The rule that says `facts`: one that there is, else a new one."""
    if facts is None:
        return None
    if facts not in rules:
        rules[facts] = RetentionRule(
            retention=facts.retention, years=facts.years, event=facts.event, basis=facts.basis
        )
        session.add(rules[facts])
    return rules[facts]


def facts_of(scheme: ClassificationScheme) -> dict[str, object]:
    """What `change_version` changes, as pages show and events keep it."""
    return {"name": scheme.name, "version": scheme.version, "valid_from": scheme.valid_from}


def note(
    session: Session,
    actor: Actor,
    action: str,
    scheme: ClassificationScheme,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Writes an event about a version."""
    session.flush()
    audit.write(session, actor, action, subject(scheme), before=before, after=after)


def subject(scheme: ClassificationScheme) -> audit.Subject:
    """The version as audit events name it."""
    return audit.Subject("scheme", scheme.uid, f"{scheme.name} {scheme.version}"[:300])


def _type(session: Session, types: dict[str, RecordType], name: str) -> RecordType:
    if name not in types:
        types[name] = RecordType(name=name)
        session.add(types[name])
    return types[name]


def _locked(session: Session, uid: uuid.UUID) -> ClassificationScheme:
    _lock_all(session)
    scheme = queries.scheme_by_uid(session, uid)
    session.refresh(scheme)
    return scheme


def _lock_all(session: Session) -> None:
    """Versions border on each other: who changes one waits for whoever changes another."""
    session.flush()
    session.execute(select(ClassificationScheme.id).order_by(ClassificationScheme.id).with_for_update())


def _free_version(session: Session, name: str, text: str, but: ClassificationScheme | None = None) -> str:
    version = texts.required_line(text, 40, "version", _("Skriv versionens beteckning, som 2027."))
    query = select(ClassificationScheme.id).where(
        ClassificationScheme.name == name, ClassificationScheme.version == version
    )
    if but is not None:
        query = query.where(ClassificationScheme.id != but.id)
    if session.scalar(query.limit(1)) is not None:
        raise InvalidScheme(_("Versionen ”%(version)s” finns redan.", version=version), field="version")
    return version


def _check_day(session: Session, day: dt.date, but: ClassificationScheme | None = None) -> None:
    if day < today():
        raise InvalidScheme(_("En ny version kan börja gälla tidigast i dag."), field="valid_from")
    query = select(ClassificationScheme.id).where(ClassificationScheme.valid_from == day)
    if but is not None:
        query = query.where(ClassificationScheme.id != but.id)
    if session.scalar(query.limit(1)) is not None:
        raise InvalidScheme(_("En annan version börjar gälla samma dag."), field="valid_from")


def _enter(session: Session, scheme: ClassificationScheme) -> None:
    """Puts a version into the row of times: it ends when the next begins, and ends the one before."""
    before, after = _neighbours(session, scheme)
    if before is not None and (before.valid_to is None or before.valid_to >= scheme.valid_from):
        before.valid_to = scheme.valid_from - _DAY
    scheme.valid_to = after.valid_from - _DAY if after is not None else None
    session.flush()


def _leave(session: Session, scheme: ClassificationScheme) -> None:
    before, after = _neighbours(session, scheme)
    if before is not None and before.valid_to == scheme.valid_from - _DAY:
        before.valid_to = after.valid_from - _DAY if after is not None else None
    session.flush()


def _neighbours(
    session: Session, scheme: ClassificationScheme
) -> tuple[ClassificationScheme | None, ClassificationScheme | None]:
    others = select(ClassificationScheme).where(ClassificationScheme.id != scheme.id).with_for_update()
    day = ClassificationScheme.valid_from
    before = session.scalar(others.where(day < scheme.valid_from).order_by(day.desc()).limit(1))
    after = session.scalar(others.where(day > scheme.valid_from).order_by(day).limit(1))
    return before, after
