"""Correcting facts (*rättelse*): the former value, who, when and why are kept."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.errors import NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import columns, following, journal, lookup, party_facts
from diarium.register.commands import PartyFacts
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.models import Case, Document, Party, Record
from diarium.register.rules import required_reason
from diarium.register.views import require_insight, sight_of_case, sight_of_record
from diarium.register.vocabulary import CaseStatus, Direction
from diarium.secrecy import access


class _Unchanged:
    """Stands where a fact is left as it is (None is a value of its own)."""


UNCHANGED = _Unchanged()


@dataclass(frozen=True, slots=True)
class CaseCorrection:
    """The facts of a case that shall read otherwise."""

    title: str | _Unchanged = UNCHANGED
    public_title: str | _Unchanged | None = UNCHANGED
    case_type: str | _Unchanged | None = UNCHANGED
    classification: str | _Unchanged | None = UNCHANGED
    physical_location: str | _Unchanged | None = UNCHANGED


@dataclass(frozen=True, slots=True)
class RecordCorrection:
    """The facts of a record that shall read otherwise."""

    title: str | _Unchanged = UNCHANGED
    public_title: str | _Unchanged | None = UNCHANGED
    record_type: str | _Unchanged | None = UNCHANGED
    direction: Direction | _Unchanged = UNCHANGED
    official_on: dt.date | _Unchanged = UNCHANGED
    document_date: dt.date | _Unchanged | None = UNCHANGED
    physical_location: str | _Unchanged | None = UNCHANGED


def correct_case(
    session: Session, actor: Actor, case: Case, wanted: CaseCorrection, reason: str, *, version: int
) -> None:
    """Corrects a case that the actor saw in `version`.

    Raises: NotAllowed; InvalidFact; EditConflict if somebody changed it meanwhile; StatusConflict if archived.
    """
    actor.require(Permission.CORRECT, case.authority.code)
    reason = required_reason(reason)
    journal.lock(session, case)
    require_insight(actor, case)
    _check_editable(case, case.version, version)
    values = _given(wanted)
    if "classification" in values:
        code = values.pop("classification")
        found = lookup.classification(session, code if isinstance(code, str) else None)
        before, after = _replace(case, values)
        old = case.classification.code if case.classification else None
        if (found.code if found else None) != old:
            before["classification"], after["classification"] = old, found.code if found else None
            case.classification = found
    else:
        before, after = _replace(case, values)
    if after:
        case.version += 1
        journal.case_changed(session, actor, case, "case.corrected", before=before, after=after, reason=reason)


def correct_record(
    session: Session, actor: Actor, record: Record, wanted: RecordCorrection, reason: str, *, version: int
) -> None:
    """Corrects a record that the actor saw in `version`.

    Raises: NotAllowed; InvalidFact; EditConflict if somebody changed it meanwhile; StatusConflict if archived.
    """
    actor.require(Permission.CORRECT, record.case.authority.code)
    reason = required_reason(reason)
    journal.lock(session, record)
    require_insight(actor, record)
    _check_editable(record.case, record.version, version)
    before, after = _replace(record, _given(wanted))
    if after:
        record.version += 1
        journal.record_changed(
            session, actor, record, "record.corrected", before=before, after=after, reason=reason
        )


def correct_party(
    session: Session, actor: Actor, party_uid: uuid.UUID, facts: PartyFacts, reason: str, *, version: int
) -> Party:
    """Replaces all facts of a party, whose case or record the actor saw in `version`.

    The event holds what the facts were and have become, and whether the identity was and is protected.

    Raises: NotFound; NotAllowed, also where the identity is protected and the actor may not see it; InvalidFact;
    EditConflict if somebody changed the case or record meanwhile; StatusConflict if archived.
    """
    party, owner = _party(session, actor, party_uid)
    reason = required_reason(reason)
    journal.lock(session, owner)
    require_insight(actor, owner)
    session.refresh(party)
    if party.is_protected and not access.may_see_protected(actor, _case_of(owner).authority.code):
        raise NotAllowed(_("Bara den som får se skyddade personuppgifter kan rätta dem."))
    _check_editable(_case_of(owner), owner.version, version)
    values = party_facts.checked(facts)
    old = {name: getattr(party, name) for name in values}
    changed = [name for name, value in values.items() if value != old[name]]
    if changed:
        for name in changed:
            setattr(party, name, values[name])
        told = [*changed, *(name for name in ("name", "is_protected") if name not in changed)]
        before = {"party": party.uid, **{name: old[name] for name in told}}
        after = {"party": party.uid, **{name: values[name] for name in told}}
        _note_party(session, actor, owner, "party_corrected", before, after, reason)
    return party


def party_for_correction(session: Session, actor: Actor, uid: uuid.UUID) -> tuple[PartyFacts, Case | Record]:
    """The facts of a party as they stand and whose party it is, for who may correct them.

    Raises: NotFound; NotAllowed, also where the actor may not see who it is.
    """
    party, owner = _party(session, actor, uid)
    code = _case_of(owner).authority.code
    seen = sight_of_case(actor, owner) if isinstance(owner, Case) else sight_of_record(actor, owner)
    if not seen.parties or (party.is_protected and not access.may_see_protected(actor, code)):
        raise NotAllowed(_("Bara den som får se vem parten är kan rätta uppgifterna."))
    return party_facts.facts_of(party), owner


def add_party(
    session: Session,
    actor: Actor,
    target: Case | Record,
    facts: PartyFacts,
    reason: str,
    *,
    version: int | None = None,
) -> Party:
    """Adds a party that was forgotten when `target`, seen in `version`, was registered.

    Raises: NotAllowed; InvalidFact; EditConflict if somebody changed it meanwhile; StatusConflict if archived.
    """
    actor.require(Permission.CORRECT, _case_of(target).authority.code)
    reason = required_reason(reason)
    journal.lock(session, target)
    _check_not_archived(_case_of(target))
    journal.check_version(target.version, version)
    (party,) = party_facts.bind(target, [facts])
    session.flush()
    given = {name: value for name, value in party_facts.checked(facts).items() if value is not None}
    _note_party(session, actor, target, "party_added", None, {"party": party.uid, **given}, reason)
    return party


def release_document(session: Session, actor: Actor, document: Document, *, released: bool) -> None:
    """Releases a file for the open register after it was looked through, or takes it back.

    Raises: NotAllowed.
    """
    record = document.record
    actor.require(Permission.CORRECT, record.case.authority.code)
    journal.lock(session, record)
    require_insight(actor, record)
    if document.is_released == released:
        return
    document.is_released = released
    journal.record_changed(
        session,
        actor,
        record,
        "record.document_released" if released else "record.document_withdrawn",
        before={"file_name": document.file_name, "is_released": not released},
        after={"file_name": document.file_name, "is_released": released},
    )


def _party(session: Session, actor: Actor, uid: uuid.UUID) -> tuple[Party, Case | Record]:
    """The party and its owner, for who may correct it. Raises: NotFound, NotAllowed."""
    party = session.scalar(select(Party).where(Party.uid == uid))
    owner = None if party is None else party.case or party.record
    if party is None or owner is None or not actor.may(Permission.READ, _case_of(owner).authority.code):
        raise NotFound(_("Parten finns inte."))
    actor.require(Permission.CORRECT, _case_of(owner).authority.code)
    return party, owner


def _given(wanted: CaseCorrection | RecordCorrection) -> dict[str, object]:
    values = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    return {name: value for name, value in values.items() if not isinstance(value, _Unchanged)}


def _replace(target: Case | Record, values: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for name, value in values.items():
        is_text = isinstance(value, str) and columns.is_text(type(target), name)
        wanted = columns.text(type(target), name, str(value)) if is_text else value
        if name in ("title", "official_on", "direction") and wanted is None:
            raise InvalidFact(_("Uppgiften får inte lämnas tom."), field=name)
        old = getattr(target, name)
        if old != wanted:
            before[name], after[name] = old, wanted
            setattr(target, name, wanted)
    return before, after


def _note_party(
    session: Session,
    actor: Actor,
    owner: Case | Record,
    action: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
    reason: str,
) -> None:
    owner.version += 1
    if isinstance(owner, Case):
        journal.case_changed(session, actor, owner, f"case.{action}", before=before, after=after, reason=reason)
    else:
        journal.record_changed(
            session, actor, owner, f"record.{action}", before=before, after=after, reason=reason
        )
    following.publish_former(session, owner, "record.parties_followed")


def _case_of(owner: Case | Record) -> Case:
    return owner if isinstance(owner, Case) else owner.case


def _check_editable(case: Case, current: int, seen: int) -> None:
    _check_not_archived(case)
    journal.check_version(current, seen)


def _check_not_archived(case: Case) -> None:
    if case.status is CaseStatus.ARCHIVED:
        raise StatusConflict(_("Ärendet är arkiverat och kan inte ändras."))
