"""Registering: opening a case and registering a record, the one way for web, API, command line and import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.files.models import Blob
from diarium.i18n import gettext as _
from diarium.i18n import local_date, ngettext, today
from diarium.identity.permissions import Actor, Permission
from diarium.register import journal, lookup, numbering, party_facts, rules, series
from diarium.register.commands import DocumentFacts, NewCase, NewRecord, RestrictionFacts
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.models import Authority, Case, Document, Record
from diarium.register.vocabulary import FINISHED, STATUS_LABELS, Direction, Initiative, PartyRole, RecordStatus
from diarium.secrecy import marking
from diarium.secrecy.models import Restriction

MAX_DOCUMENTS = 500


def open_case(session: Session, actor: Actor, command: NewCase) -> Case:
    """Opens a case and gives it its number.

    Raises: NotAllowed; InvalidFact with the field's name; UnknownProvision. Nothing is stored then and no number
    used. Source: OSL 5 kap. 1–2 §§.
    """
    owner = lookup.authority(session, command.authority)
    actor.require(Permission.REGISTER, owner.code)
    case = _new_case(session, actor, owner, command)
    party_facts.bind(case, command.parties)
    case.restrictions = _restrictions(session, actor, owner, command.restrictions)
    session.add(case)
    journal.case_changed(session, actor, case, "case.opened", after=case_facts(case))
    return case


def register(session: Session, actor: Actor, command: NewRecord) -> Record:
    """Registers a record in a case that exists or in a new one, with its parties, markings and files.

    The files' bytes already lie in the blob store. Nothing else happens here: text extraction, indexing and the
    open register follow the change feed.

    Raises: NotAllowed; CaseNotFound; StatusConflict for a case that takes no records; InvalidFact with the field's
    name; UnknownProvision. Nothing is stored then, no number used. Source: OSL 5 kap. 1–2 §§.
    """
    case = _target_case(session, actor, command)
    actor.require(Permission.REGISTER, case.authority.code)
    if case.status in FINISHED:
        raise StatusConflict(
            _("Ärendet %(number)s är %(status)s. Öppna det igen eller registrera i ett annat ärende.",
              number=case.number_text, status=STATUS_LABELS[case.status].lower()),
            field="case",
        )  # fmt: skip
    restrictions = _restrictions(session, actor, case.authority, command.restrictions)
    documents = _documents(session, actor, case.authority.code, command.documents)
    record = _new_record(actor, case, command)
    session.add(record)
    record.restrictions, record.documents = restrictions, documents
    party_facts.bind(record, command.parties)
    journal.record_changed(session, actor, record, "record.registered", after=record_facts(record))
    return record


def add_documents(
    session: Session, actor: Actor, record: Record, files: Iterable[DocumentFacts]
) -> list[Document]:
    """Adds files to a record that is already registered, behind those it has.

    Raises: NotAllowed; InvalidFact.
    """
    actor.require(Permission.REGISTER, record.case.authority.code)
    journal.lock(session, record)
    session.refresh(record, ["documents"])
    if record.case.status in FINISHED or record.status is RecordStatus.CANCELLED:
        raise StatusConflict(
            _("Filer kan bara läggas till i ett pågående ärende, till en handling som gäller."), field="files"
        )
    added = _documents(session, actor, record.case.authority.code, tuple(files), after=len(record.documents))
    record.documents.extend(added)
    record.version += 1
    journal.record_changed(
        session,
        actor,
        record,
        "record.documents_added",
        after={"documents": [document_facts(document) for document in added]},
    )
    return added


def case_facts(case: Case) -> dict[str, object]:
    """The case's facts as audit events keep them."""
    return {
        "number": case.number_text,
        "title": case.title,
        "public_title": case.public_title,
        "status": case.status,
        "case_type": case.case_type,
        "opened_on": case.opened_on,
        "classification": case.classification.code if case.classification else None,
        "responsible": case.responsible.username if case.responsible else None,
        "unit": case.unit.name if case.unit else None,
        "parties": [party.name for party in case.parties],
        "restrictions": [f"{r.provision.citation} ({r.scope})" for r in case.restrictions],
    }


def record_facts(record: Record) -> dict[str, object]:
    """The record's facts as audit events keep them."""
    return {
        "number": record.number_text,
        "direction": record.direction,
        "official_on": record.official_on,
        "title": record.title,
        "public_title": record.public_title,
        "record_type": record.record_type,
        "parties": [{"role": party.role, "name": party.name} for party in record.parties],
        "restrictions": [f"{r.provision.citation} ({r.scope})" for r in record.restrictions],
        "documents": [document_facts(document) for document in record.documents],
    }


def document_facts(document: Document) -> dict[str, object]:
    """A file's facts as audit events keep them."""
    return {"file_name": document.file_name, "sha256": document.sha256, "is_released": document.is_released}


def _target_case(session: Session, actor: Actor, command: NewRecord) -> Case:
    if command.new_case is not None:
        return open_case(session, actor, _opened_by(command, command.new_case))
    if command.case_uid is not None:
        case = lookup.case_by_uid(session, actor, command.case_uid)
    elif command.case:
        case = lookup.case_by_number(session, actor, command.case, authority_code=command.authority)
    else:
        raise InvalidFact(_("Välj ett ärende eller öppna ett nytt."), field="case")
    # The running number is counted on the case's row: locked, so that two registrars queue.
    journal.lock(session, case)
    return case


def _opened_by(command: NewRecord, case: NewCase) -> NewCase:
    """The case with what it takes over from the record that it begins with."""
    came_in = command.direction is Direction.INCOMING
    return replace(
        case,
        opened_on=case.opened_on or rules.not_in_future(command.official_on, "official_on"),
        initiative=case.initiative or (Initiative.RECEIVED if came_in else Initiative.OWN),
    )


def _new_case(session: Session, actor: Actor, owner: Authority, command: NewCase) -> Case:
    opened_on = rules.not_in_future(command.opened_on or today(), "opened_on")
    _check_authority_is_active(owner)
    diary = lookup.series(session, owner, command.series)
    title = rules.title(command.title, "case_title")
    fields = {
        "classification": lookup.classification(session, command.classification),
        "responsible": lookup.officer(session, owner, command.responsible),
        "unit": lookup.unit(session, owner, command.unit),
    }
    year = today().year
    if command.register_year is not None:
        if not actor.is_system:
            raise InvalidFact(_("Ärendets år sätts av systemet."), field="register_year")
        year = command.register_year
    number = series.next_number(session, diary, year)
    return Case(
        authority=owner,
        series=diary,
        year=year,
        number=number,
        number_text=numbering.write(diary.number_format, diary.code, year, number),
        title=title,
        public_title=command.public_title,
        case_type=rules.short_text(command.case_type, 100, "case_type"),
        initiative=command.initiative or Initiative.RECEIVED,
        opened_on=opened_on,
        physical_location=rules.short_text(command.physical_location, 200, "physical_location"),
        foreign_number=rules.short_text(command.foreign_number, 100, "foreign_number"),
        note=rules.clean_text(command.note or "") or None,
        registered_by_id=actor.user_id,
        **fields,
    )


def _new_record(actor: Actor, case: Case, command: NewRecord) -> Record:
    official_on = rules.not_in_future(command.official_on, "official_on")
    if command.received_at is not None and local_date(command.received_at) != official_on:
        raise InvalidFact(
            _("Tidpunkten för mottagandet är inte den %(day)s.", day=official_on.isoformat()),
            field="received_at",
        )
    case.record_count += 1
    return Record(
        case=case,
        running_number=case.record_count,
        direction=command.direction,
        title=rules.title(command.title),
        public_title=command.public_title,
        record_type=rules.short_text(command.record_type, 100, "record_type"),
        official_on=official_on,
        received_at=command.received_at,
        document_date=command.document_date,
        medium=command.medium,
        physical_location=rules.short_text(command.physical_location, 200, "physical_location"),
        note=rules.clean_text(command.note or "") or None,
        registered_by_id=actor.user_id,
    )


def _check_authority_is_active(owner: Authority) -> None:
    day: dt.date = today()
    if owner.active_from > day or (owner.active_to is not None and owner.active_to < day):
        raise InvalidFact(
            _("%(name)s är inte verksam i dag och kan inte få nya ärenden.", name=owner.name),
            field="authority",
        )


def _restrictions(
    session: Session, actor: Actor, owner: Authority, facts: Iterable[RestrictionFacts]
) -> list[Restriction]:
    made = []
    for item in facts:
        if item.document is not None:
            raise InvalidFact(_("En enda fil kan markeras först när handlingen är registrerad."), field="document")
        made.append(
            marking.new_restriction(
                session, actor, owner.code, item.provision, item.scope, note=item.note, review_on=item.review_on
            )
        )
    return made


def _documents(
    session: Session, actor: Actor, authority_code: str, files: tuple[DocumentFacts, ...], *, after: int = 0
) -> list[Document]:
    if any(file.is_released for file in files):
        # Whoever may release a file later may do so at once, nobody else.
        actor.require(Permission.CORRECT, authority_code)
    if after + len(files) > MAX_DOCUMENTS:
        raise InvalidFact(
            ngettext(
                "En handling kan ha högst %(num)s fil.", "En handling kan ha högst %(num)s filer.", MAX_DOCUMENTS
            ),
            field="files",
        )
    known = set(session.scalars(select(Blob.sha256).where(Blob.sha256.in_([file.sha256 for file in files]))))
    for file in files:
        if file.sha256 not in known:
            raise InvalidFact(_("Filen ”%(name)s” är inte uppladdad.", name=file.file_name), field="files")
    return [
        Document(
            position=after + place,
            file_name=file.file_name,
            description=rules.short_text(file.description, 300, "description"),
            sha256=file.sha256,
            is_released=file.is_released,
            added_by_id=actor.user_id,
        )
        for place, file in enumerate(files, start=1)
    ]


def default_party_role(direction: Direction) -> PartyRole:
    """Whom a record's other side is: the sender of what came in, the recipient of what went out."""
    return PartyRole.SENDER if direction is Direction.INCOMING else PartyRole.RECIPIENT
