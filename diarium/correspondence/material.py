"""What a letter of a case can be made of: whom it can go to and which files it can take along, as the actor sees
it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from diarium.correspondence.addresses import is_address
from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import lookup
from diarium.register.errors import RecordNotFound, StatusConflict
from diarium.register.models import Case, Document, Party, Record
from diarium.register.views import concerns_protected, sight_of_case, sight_of_record
from diarium.register.vocabulary import Direction, RecordStatus
from diarium.secrecy import access
from diarium.secrecy.models import Restriction


@dataclass(frozen=True, slots=True)
class Material:
    """A case with what belongs to it, and the record that a letter is about, if it is about one."""

    case: Case
    about: Record | None

    @property
    def is_redispatch(self) -> bool:
        """Whether the letter is a record that is already registered as outgoing, and only has to leave."""
        return self.about is not None and self.about.direction is Direction.OUTGOING

    @property
    def records(self) -> list[Record]:
        """The case's records that hold, the one that the letter is about first, then the newest."""
        held = [record for record in self.case.records if record.status is RecordStatus.REGISTERED]
        return sorted(held, key=lambda record: (record is not self.about, -record.running_number))


def load(session: Session, actor: Actor, case_uid: uuid.UUID, record_uid: uuid.UUID | None) -> Material:
    """The material of a letter. Constant number of queries.

    Raises: CaseNotFound; RecordNotFound; NotAllowed, also where the actor may not see what is marked;
    StatusConflict for a record that is cancelled.
    """
    known = lookup.case_by_uid(session, actor, case_uid, Permission.REGISTER)
    query = (
        select(Case)
        .where(Case.id == known.id)
        .options(
            selectinload(Case.authority),
            selectinload(Case.responsible),
            selectinload(Case.restrictions),
            selectinload(Case.parties),
            selectinload(Case.records).options(
                selectinload(Record.parties), selectinload(Record.documents), selectinload(Record.restrictions)
            ),
        )
        .execution_options(populate_existing=True)
    )
    case = session.scalars(query).one()
    about = next((record for record in case.records if record.uid == record_uid), None)
    if record_uid is not None and about is None:
        raise RecordNotFound(_("Handlingen finns inte i ärendet."))
    if about is not None and about.status is RecordStatus.CANCELLED:
        raise StatusConflict(_("Handlingen är makulerad och kan inte skickas."))
    seen = [sight_of_case(actor, case), *([sight_of_record(actor, about)] if about else [])]
    if not all(sight.title and sight.parties for sight in seen):
        raise NotAllowed(_("Uppgifterna är sekretessmarkerade. Bara den som får se dem kan skicka dem."))
    return Material(case, about)


def addressees(actor: Actor, material: Material) -> tuple[Party, ...]:
    """The parties whom the actor may write to, each address once: those of the record first, then of the case."""
    may_see_protected = access.may_see_protected(actor, material.case.authority.code)
    candidates = list(material.about.parties) if material.about else []
    candidates += material.case.parties
    candidates += [
        party
        for record in material.records
        if record is not material.about and sight_of_record(actor, record).parties
        for party in record.parties
    ]
    found: dict[str, Party] = {}
    for party in candidates:
        if is_address(party.email) and (may_see_protected or not party.is_protected):
            found.setdefault((party.email or "").casefold(), party)
    return tuple(found.values())


def attachable(actor: Actor, material: Material) -> tuple[Document, ...]:
    """The files that can go along: those of the record that is dispatched, else all of the case that the actor may
    open. Never those that may tell where a person with protected identity lives.
    """
    records = [material.about] if material.is_redispatch and material.about else material.records
    open_ones = [r for r in records if not concerns_protected(r) and sight_of_record(actor, r).files]
    return tuple(document for record in open_ones for document in record.documents)


def withholds_files(material: Material) -> bool:
    """Whether files stay out because they are about somebody with protected identity."""
    records = [material.about] if material.is_redispatch and material.about else material.records
    return any(concerns_protected(record) and record.documents for record in records)


def protected_addresses(case: Case) -> frozenset[str]:
    """The addresses of those in the case who have protected identity."""
    parties = [*case.parties, *(party for record in case.records for party in record.parties)]
    return frozenset((party.email or "").casefold() for party in parties if party.is_protected and party.email)


def marks(case: Case, records: Iterable[Record]) -> tuple[Restriction, ...]:
    """The markings in force on the case and on `records`."""
    found = [*case.restrictions, *(mark for record in records for mark in record.restrictions)]
    return tuple(mark for mark in found if mark.is_in_force)
