"""What the page for writing a letter shows: whom, what, from which template, and what the template says here."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from diarium.correspondence import material as materials
from diarium.correspondence import placeholders, templates
from diarium.correspondence.addresses import is_address, mailbox
from diarium.correspondence.errors import InvalidLetter
from diarium.correspondence.material import Material
from diarium.correspondence.placeholders import Placeholder
from diarium.correspondence.templates import TemplateRow
from diarium.correspondence.vocabulary import LETTER_KIND_LABELS, LetterKind
from diarium.i18n import SOURCE_LOCALE, show_date, today, use_locale
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor
from diarium.register.models import Case, Document, Party, Record
from diarium.register.views import sight_of_record
from diarium.register.vocabulary import PARTY_ROLE_LABELS, Direction, PartyRole
from diarium.settings import MailSettings
from diarium.workdays import is_workday, next_workday

MOST_FILES = 300
_ANSWER_DAYS = 21


@dataclass(frozen=True, slots=True)
class RecipientOption:
    """Somebody whom the letter can go to."""

    uid: uuid.UUID
    name: str
    address: str
    role: str
    is_protected: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FileOption:
    """A file that can go along."""

    uid: uuid.UUID
    file_name: str
    size: int
    record_number: str
    record_title: str
    is_marked: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Options:
    """All that can be chosen, and what stands in the way.

    `is_redispatch`: an outgoing record that is registered already is to leave; `is_answer`: the letter is about
    what came in. `marks`: the provisions of the markings in force. `shown_records`: those whose titles or parties
    stand among the choices.
    """

    case_uid: uuid.UUID
    case_number: str
    record_uid: uuid.UUID | None
    record_number: str | None
    is_redispatch: bool
    is_answer: bool
    authority_name: str
    sender: str | None
    reply_to: str | None
    recipients: tuple[RecipientOption, ...]
    files: tuple[FileOption, ...]
    has_more_files: bool
    withholds_files: bool
    marks: tuple[str, ...]
    templates: tuple[TemplateRow, ...]
    shown_records: frozenset[uuid.UUID]
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form begins with; `template`: what it was written from."""

    template: uuid.UUID | None
    kind: LetterKind
    title: str
    subject: str
    body: str
    answer_by: dt.date | None


def options(
    session: Session, actor: Actor, mail: MailSettings, case_uid: uuid.UUID, record_uid: uuid.UUID | None
) -> Options:
    """What can be sent from the case, or about or as the record. Constant number of queries.

    Raises: CaseNotFound, RecordNotFound, NotAllowed, StatusConflict.
    """
    material = materials.load(session, actor, case_uid, record_uid)
    case, about = material.case, material.about
    files = materials.attachable(actor, material)
    addressees = materials.addressees(actor, material)
    shown = {document.record.uid for document in files[:MOST_FILES]}
    shown |= {party.record.uid for party in addressees if party.record is not None}
    return Options(
        case_uid=case.uid,
        case_number=case.number_text,
        record_uid=about.uid if about else None,
        record_number=about.number_text if about else None,
        is_redispatch=material.is_redispatch,
        is_answer=about is not None and about.direction is Direction.INCOMING,
        authority_name=case.authority.name,
        sender=sender_of(mail, case),
        reply_to=case.authority.email if is_address(case.authority.email) else None,
        recipients=tuple(_recipient(material, party) for party in addressees),
        files=tuple(_file(actor, material, item) for item in files[:MOST_FILES]),
        has_more_files=len(files) > MOST_FILES,
        withholds_files=materials.withholds_files(material),
        marks=_citations(material),
        templates=templates.usable(session, case.authority),
        shown_records=frozenset(shown),
        max_bytes=mail.max_bytes,
    )


def draft(
    session: Session, actor: Actor, case_uid: uuid.UUID, record_uid: uuid.UUID | None, template: uuid.UUID | None
) -> Draft:
    """The letter as `template` has it, with what is known filled in; without one, an empty letter.

    Raises: InvalidLetter if there is no such template in use; and what `options` raises.
    """
    material = materials.load(session, actor, case_uid, record_uid)
    with use_locale(SOURCE_LOCALE):  # letters are Swedish, whatever language the staff member works in
        if template is None:
            kind = _usual_kind(material)
            return Draft(None, kind, title_of(kind, material), "", "", None)
        usable = templates.usable(session, material.case.authority)
        chosen = next((row for row in usable if row.uid == template), None)
        if chosen is None:
            raise InvalidLetter(_("Mallen används inte längre. Välj en annan."), field="template")
        values = values_of(material)
        asks = Placeholder.ANSWER_BY in placeholders.used(chosen.subject + chosen.body)
        return Draft(
            template=chosen.uid,
            kind=chosen.kind,
            title=title_of(chosen.kind, material),
            subject=placeholders.fill(chosen.subject, values),
            body=placeholders.fill(chosen.body, values),
            answer_by=usual_answer_day() if asks or chosen.kind is LetterKind.COMPLETION else None,
        )


def sender_of(mail: MailSettings, case: Case) -> str | None:
    """The address that letters of the case come from: the installation's, else the authority's own, if it has
    one.
    """
    address = mail.sender or case.authority.email or ""
    return mailbox(address).address if is_address(address) else None


def title_of(kind: LetterKind, material: Material) -> str:
    """The title of the record that a letter becomes: what it is, never what it says."""
    label = str(LETTER_KIND_LABELS[kind])
    if kind is LetterKind.RECEIPT and material.about is not None:
        return _("Bekräftelse på mottagande av %(number)s", number=material.about.number_text)
    return _("Brev") if kind is LetterKind.OTHER else label


def usual_answer_day() -> dt.date:
    """Three weeks from today, or the working day after."""
    day = today() + dt.timedelta(days=_ANSWER_DAYS)
    return day if is_workday(day) else next_workday(day)


def values_of(material: Material) -> dict[Placeholder, str]:
    """What is known for the placeholders. What is marked, or about a protected person, is left to the writer."""
    case, about = material.case, material.about
    contact = (case.authority.email, case.authority.phone)
    values = {
        Placeholder.CASE_NUMBER: case.number_text,
        Placeholder.CASE_TITLE: _title(case),
        Placeholder.TODAY: show_date(today(), "long"),
        Placeholder.OFFICER: case.responsible.name if case.responsible else _("inte utsedd än"),
        Placeholder.AUTHORITY: case.authority.name,
    }
    if about is not None:
        sender = next((party.name for party in about.senders if not party.is_protected), "")
        came_in = about.direction is Direction.INCOMING
        values |= {
            Placeholder.RECORD_NUMBER: about.number_text,
            Placeholder.RECORD_TITLE: _title(about),
            Placeholder.SENDER: "" if materials.marks(case, [about]) else sender,
            Placeholder.RECEIVED_ON: show_date(about.official_on, "long") if came_in else "",
        }
    known = {name: value for name, value in values.items() if value}
    # An authority without a telephone need not be asked for it in each letter.
    return known | {Placeholder.CONTACT: ", ".join(line for line in contact if line)}


def _title(target: Case | Record) -> str:
    case = target if isinstance(target, Case) else target.case
    records = [] if isinstance(target, Case) else [target]
    return (target.public_title or "") if materials.marks(case, records) else target.title


def _usual_kind(material: Material) -> LetterKind:
    incoming = material.about is not None and material.about.direction is Direction.INCOMING
    return LetterKind.RECEIPT if incoming else LetterKind.OTHER


def _recipient(material: Material, party: Party) -> RecipientOption:
    """The sender of what came in and the recipient of what goes out are chosen already; a protected one never."""
    other_side = PartyRole.RECIPIENT if material.is_redispatch else PartyRole.SENDER
    is_own = material.about is not None and party.record_id == material.about.id
    return RecipientOption(
        uid=party.uid,
        name=party.name,
        address=party.email or "",
        role=str(PARTY_ROLE_LABELS[party.role]),
        is_protected=party.is_protected,
        is_chosen=is_own and party.role is other_side and not party.is_protected,
    )


def _file(actor: Actor, material: Material, document: Document) -> FileOption:
    record = document.record
    sends_own_files = material.is_redispatch or record.direction is Direction.DRAWN_UP
    return FileOption(
        uid=document.uid,
        file_name=document.file_name,
        size=document.blob.size,
        record_number=record.number_text,
        record_title=record.title if sight_of_record(actor, record).title else "",
        is_marked=bool(materials.marks(material.case, [record])),
        is_chosen=record is material.about and sends_own_files,
    )


def _citations(material: Material) -> tuple[str, ...]:
    found = materials.marks(material.case, [material.about] if material.about else [])
    return tuple(dict.fromkeys(mark.provision.citation for mark in found))
