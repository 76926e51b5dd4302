"""Copying from an earlier registration: the form's values, as far as the actor may see them."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from diarium.identity.permissions import Actor
from diarium.register import lookup, queries
from diarium.register.models import Case, Party, Record
from diarium.register.views import sight_of_case, sight_of_record
from diarium.register.vocabulary import FINISHED
from diarium.secrecy import access
from diarium.secrecy.models import Provision, Restriction

PARTY_ROWS = 3
PARTY_FIELDS = ("name", "kind", "identity_number", "address", "postal_code", "city", "email", "phone")


def values_of_record(session: Session, actor: Actor, record_uid: uuid.UUID) -> dict[str, str]:
    """What the form is filled with to register something like the record: not its day, number or files.

    What the actor may not see is left out, what is marked stays marked. In a case that takes records the copy is
    meant for the same case, else for a new one of the same kind; the values of both are there. Copying from what
    is marked is looking at it and noted, so the session is one of a unit of work.

    Raises: RecordNotFound.
    """
    record = _record(session, actor, record_uid)
    queries.note_reading(session, actor, record)
    values = _case_values(actor, record.case) | _record_values(actor, record)
    return {name: value for name, value in values.items() if value}


def is_sensitive(record: Record) -> bool:
    """Whether anything of the record or its case is marked, or somebody's identity is protected."""
    return queries.needs_note(record)


def provision_text(provision: Provision) -> str:
    """The provision as the form takes it: "26:1", with the law where it is another than OSL."""
    return provision.code if provision.law == "OSL" else f"{provision.law} {provision.code}"


def _record(session: Session, actor: Actor, uid: uuid.UUID) -> Record:
    found = lookup.record_by_uid(session, actor, uid)
    case = selectinload(Record.case)
    return session.scalars(
        select(Record)
        .where(Record.id == found.id)
        .options(
            selectinload(Record.parties),
            selectinload(Record.restrictions),
            case.selectinload(Case.parties),
            case.selectinload(Case.restrictions),
        )
        .execution_options(populate_existing=True)
    ).one()


def _case_values(actor: Actor, case: Case) -> dict[str, str | None]:
    takes_records = case.status not in FINISHED
    return {
        "authority": case.authority.code,
        "case_choice": "existing" if takes_records else "new",
        "case": case.number_text if takes_records else None,
        "case_title": case.title if sight_of_case(actor, case).title else None,
        "case_public_title": case.public_title,
        "case_type": case.case_type,
        "classification": case.classification.code if case.classification else None,
        "responsible": case.responsible.username if case.responsible else None,
        "unit": case.unit.name if case.unit else None,
    }


def _record_values(actor: Actor, record: Record) -> dict[str, str | None]:
    seen = sight_of_record(actor, record)
    values: dict[str, str | None] = {
        "direction": record.direction.value,
        "title": record.title if seen.title else None,
        "public_title": record.public_title,
        "record_type": record.record_type,
        "medium": record.medium.value,
        **_mark_values(record, shows_note=seen.everything),
    }
    if seen.parties:
        code = record.case.authority.code
        shown = [p for p in record.parties if not p.is_protected or access.may_see_protected(actor, code)]
        for row, party in enumerate(shown[:PARTY_ROWS]):
            values |= _party_values(row, party)
    return values


def _party_values(row: int, party: Party) -> dict[str, str | None]:
    values = {f"party-{row}-{field}": getattr(party, field) for field in PARTY_FIELDS if field != "kind"}
    protected = "1" if party.is_protected else None
    return {**values, f"party-{row}-kind": party.kind.value, f"party-{row}-is_protected": protected}


def _mark_values(record: Record, *, shows_note: bool) -> dict[str, str | None]:
    """The first marking in force: the record's own, else its case's, which a copy in another case would lose."""
    marks: list[Restriction] = [*record.restrictions, *record.case.restrictions]
    mark = next((item for item in marks if item.is_in_force), None)
    if mark is None:
        return {"secrecy": "open"}
    return {
        "secrecy": "marked",
        "provision": provision_text(mark.provision),
        "scope": mark.scope.value,
        "restriction_note": mark.note if shows_note else None,
    }
