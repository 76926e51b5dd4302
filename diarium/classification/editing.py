"""Changing the classes of a scheme: freely before it comes into force, then as a correction with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.audit import revision
from diarium.audit import service as audit
from diarium.changes import feed
from diarium.classification import authorising, queries, rows
from diarium.classification.errors import InvalidScheme, SchemeConflict
from diarium.classification.models import (
    Classification,
    ClassificationScheme,
    PublishingRule,
    RecordType,
    RetentionRule,
)
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.permissions import Actor

_SHOWN_TO_THE_PUBLIC = frozenset({"title", "publishing"})
_MAX_REASON = 1000
# From what shows least to what shows most.
_OPENNESS = tuple(PublishingRule)


@dataclass(frozen=True, slots=True)
class ClassEdit:
    """What can be changed of a class. `retention_rule`: the rule's identifier, or nothing decided."""

    title: str
    description: str = ""
    publishing: PublishingRule = PublishingRule.NUMBER_ONLY
    retention_rule: uuid.UUID | None = None
    record_types: tuple[str, ...] = ()


def change_class(
    session: Session,
    actor: Actor,
    uid: uuid.UUID,
    wanted: ClassEdit,
    *,
    seen: str,
    reason: str = "",
    publish_below: bool = False,
) -> int:
    """Changes a class; with `publish_below` the classes below it get its publishing rule too.

    The open register follows after the commit, case by case; until a case has had its turn it is shown as before.
    Returns how many classes were changed. Any administrator may narrow what is published and prepare texts of a
    planned version; all else takes one of every authority.

    Raises: NotAllowed; NeedsEveryAuthority; UnknownClass; InvalidText and InvalidScheme with the field's name;
    Stale.
    """
    identity.require_administrator(actor)
    item = _locked(session, uid)
    revision.require_seen(facts_of(item), seen)
    why = _reason(item.scheme, reason)
    changed = _write(session, actor, item, wanted, why)
    if publish_below:
        for below in _below(session, item):
            kept = replace(_edit_of(below), publishing=wanted.publishing)
            changed += _write(session, actor, below, kept, why)
    return changed


def add_class(
    session: Session, actor: Actor, scheme_uid: uuid.UUID, code: str, wanted: ClassEdit, *, reason: str = ""
) -> Classification:
    """Adds a class below the one that its code names. Raises: as `change_class`; InvalidScheme at "code"."""
    authorising.require_all(session, actor)
    scheme = queries.scheme_by_uid(session, scheme_uid)
    code = rows.checked_code(code)
    why = _reason(scheme, reason)
    known = {
        item.code: item
        for item in session.scalars(
            select(Classification).where(
                Classification.scheme_id == scheme.id, Classification.code.in_((code, rows.parent_code(code)))
            )
        )
    }
    if code in known:
        raise InvalidScheme(_("Klassen %(code)s finns redan.", code=code), field="code")
    if (above := rows.parent_code(code)) and above not in known:
        raise InvalidScheme(_("Lägg först till klassen %(code)s.", code=above), field="code")
    item = Classification(
        scheme=scheme,
        parent=known.get(above),
        code=code,
        sort_key=rows.sort_key(code),
        title="-",
        publishing=wanted.publishing,
    )
    with session.no_autoflush:
        _set(session, item, wanted)
    session.add(item)
    session.flush()
    audit.write(session, actor, "classification.added", subject(item), after=facts_of(item), reason=why)
    return item


def remove_class(session: Session, actor: Actor, uid: uuid.UUID) -> None:
    """Takes a class out of a version that has not come into force.

    Raises: NotAllowed; NeedsEveryAuthority; UnknownClass; SchemeConflict if it has, or if the class has others
    below it.
    """
    authorising.require_all(session, actor)
    item = _locked(session, uid)
    if is_settled(item.scheme):
        raise SchemeConflict(_("Versionen har börjat gälla. Gör en ny version utan klassen."))
    if _below(session, item):
        raise SchemeConflict(_("Klassen har underklasser. Ta bort dem först."))
    audit.write(session, actor, "classification.removed", subject(item), before=facts_of(item))
    item.record_types = []
    session.flush()
    session.delete(item)


def is_settled(scheme: ClassificationScheme) -> bool:
    """Whether the version is or was in force: a change is then a correction with a reason."""
    return scheme.valid_from <= today()


def facts_of(item: Classification) -> dict[str, object]:
    """What `change_class` changes, as pages show and events keep it."""
    rule = item.retention_rule
    return {
        "title": item.title,
        "description": item.description,
        "publishing": item.publishing,
        "retention_rule": rule.uid if rule is not None else None,
        "record_types": sorted(kind.name for kind in item.record_types),
    }


def subject(item: Classification) -> audit.Subject:
    """The class as audit events name it."""
    return audit.Subject("classification", item.uid, f"{item.code} {item.title} ({item.scheme.version})"[:300])


def _write(session: Session, actor: Actor, item: Classification, wanted: ClassEdit, reason: str | None) -> int:
    before = facts_of(item)
    _set(session, item, wanted)
    session.flush()
    after = facts_of(item)
    changed = revision.note(session, actor, "classification.changed", subject(item), before, after, reason)
    if (field := _common_field(item, before, after)) is not None:
        authorising.require_all(session, actor, field)
    if changed & _SHOWN_TO_THE_PUBLIC:
        feed.publish(session, "classification", item.uid, "classification.changed")
    return 1 if changed else 0


def _common_field(item: Classification, before: Mapping[str, object], after: Mapping[str, object]) -> str | None:
    """The field of a change that every authority has to stand behind, if there is one."""
    old, new = (_OPENNESS.index(PublishingRule(str(facts["publishing"]))) for facts in (before, after))
    if new > old:
        return "publishing"
    others = (
        ("retention_rule", "title", "description", "record_types")
        if is_settled(item.scheme)
        else ("retention_rule",)
    )
    return next((name for name in others if before[name] != after[name]), None)


def _set(session: Session, item: Classification, wanted: ClassEdit) -> None:
    item.title = texts.required_line(wanted.title, 300, "title", _("Skriv klassens rubrik."))
    item.description = texts.lines(wanted.description, 4000, "description")
    item.publishing = wanted.publishing
    item.retention_rule = _rule(session, wanted.retention_rule)
    item.record_types = _types(session, rows.types_of(wanted.record_types))


def _rule(session: Session, uid: uuid.UUID | None) -> RetentionRule | None:
    if uid is None:
        return None
    found = session.scalar(select(RetentionRule).where(RetentionRule.uid == uid))
    if found is None:
        raise InvalidScheme(_("Välj en regel i listan."), field="retention_rule")
    return found


def _types(session: Session, names: tuple[str, ...]) -> list[RecordType]:
    known = {kind.name: kind for kind in session.scalars(select(RecordType).where(RecordType.name.in_(names)))}
    if unknown := [name for name in names if name not in known]:
        message = _("Handlingstypen ”%(name)s” finns inte. Lägg till den först.", name=unknown[0])
        raise InvalidScheme(message, field="record_types")
    return [known[name] for name in names]


def _edit_of(item: Classification) -> ClassEdit:
    return ClassEdit(
        title=item.title,
        description=item.description,
        publishing=item.publishing,
        retention_rule=item.retention_rule.uid if item.retention_rule else None,
        record_types=tuple(kind.name for kind in item.record_types),
    )


def _below(session: Session, item: Classification) -> list[Classification]:
    query = select(Classification).where(
        Classification.scheme_id == item.scheme_id,
        Classification.sort_key.startswith(f"{item.sort_key}.", autoescape=True),
    )
    return list(session.scalars(query.order_by(Classification.sort_key).with_for_update()))


def _locked(session: Session, uid: uuid.UUID) -> Classification:
    item = queries.class_by_uid(session, uid)
    session.flush()
    session.refresh(item, with_for_update=True)
    return item


def _reason(scheme: ClassificationScheme, text: str) -> str | None:
    if not is_settled(scheme):
        return texts.lines(text, _MAX_REASON, "reason") or None
    missing = _("Versionen har börjat gälla. Skriv varför den rättas; skälet syns i ändringsloggen.")
    return texts.required_line(text, _MAX_REASON, "reason", missing)
