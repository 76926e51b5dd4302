"""A town whose register is full of planted words."""

from __future__ import annotations

import dataclasses

from sqlalchemy.orm import Session, object_session

from diarium.files.models import BlobText
from diarium.identity import service as identity
from diarium.identity.permissions import SYSTEM, Role
from diarium.letterbox.letters import ContactWay, Order, OrderedItem
from diarium.register import closing, moving, notes, publishing
from diarium.register.commands import DocumentFacts, PartyFacts, RestrictionFacts
from diarium.register.models import Case, Record
from diarium.register.vocabulary import PartyKind, PartyRole
from diarium.secrecy.models import Scope
from tests.site.canaries import Canaries
from tests.site.conftest import PublicSite


def full_party(canaries: Canaries, **facts: object) -> PartyFacts:
    """A private person with a word in each field."""
    person = PartyFacts(
        name=f"{canaries.plant('given name')} {canaries.plant('surname')}",
        kind=PartyKind.PERSON,
        identity_number="196408233234",
        organisation=canaries.plant("organisation"),
        address=canaries.plant("address"),
        postal_code=canaries.plant("postal code"),
        city=canaries.plant("city"),
        country=canaries.plant("country"),
        email=f"{canaries.plant('e-mail')}@exempel.se",
        phone=canaries.plant("phone"),
    )
    return dataclasses.replace(person, **facts)  # type: ignore[arg-type]


def parties(canaries: Canaries) -> tuple[PartyFacts, ...]:
    """A private person, a protected one, a sole trader, and a company with words in what is not shown of it."""
    return (
        full_party(canaries),
        full_party(canaries, is_protected=True, role=PartyRole.PARTY),
        full_party(canaries, kind=PartyKind.ORGANISATION),
        full_party(canaries, kind=PartyKind.ORGANISATION, name="Trafikbolaget AB", identity_number="556036-0793"),
    )


def register(
    site: PublicSite,
    canaries: Canaries,
    *,
    classification: str | None,
    scope: Scope | None = None,
    with_protected: bool = True,
) -> int:
    """Registers a case with two records and files, a word in every field; returns the key of the case.

    The first file is released. It is public only in an open class, where nothing is marked and nobody protected.
    """
    municipality = site.municipality
    limited = classification in ("3", "4", None) or scope is Scope.WHOLE
    hides_title = limited or scope is Scope.TITLE
    marks = (RestrictionFacts("26:1", scope, note=canaries.plant("restriction note")),) if scope else ()
    with municipality.database.unit_of_work() as session:
        officer = identity.create_user(
            session, SYSTEM, canaries.plant("user name"), canaries.plant("officer"), {"KS": [Role.CASE_OFFICER]}
        )
        people = [person for person in parties(canaries) if with_protected or not person.is_protected]
        case = municipality.case(
            session,
            classification=classification,
            title=canaries.plant("case title"),
            public_title=canaries.plant("public title") if hides_title else canaries.allowed(),
            case_type=canaries.plant("case type") if hides_title else canaries.allowed(),
            responsible=officer.username,
            unit="Kansliet",
            physical_location=canaries.plant("location"),
            foreign_number=canaries.plant("foreign number"),
            note=canaries.plant("case note"),
            parties=tuple(people),
            restrictions=marks,
        )
        for released in (True, False):
            is_open = released and classification == "1.1" and scope is None and not with_protected
            text = canaries.allowed() if is_open else canaries.plant("file text")
            content = text if is_open else canaries.plant("file content")
            people = [person for person in parties(canaries) if with_protected or not person.is_protected]
            file = DocumentFacts(
                municipality.store(session, content.encode(), text=text),
                f"{canaries.plant('file name')}.txt",
                canaries.plant("description"),
                is_released=released,
            )
            municipality.record(
                session,
                case,
                title=canaries.plant("record title"),
                public_title=canaries.plant("public title") if hides_title else canaries.allowed(),
                record_type=canaries.plant("record type") if hides_title else canaries.allowed(),
                physical_location=canaries.plant("location"),
                note=canaries.plant("record note"),
                parties=tuple(people),
                documents=(file,),
            )
        return case.id


def shown_words(case: Case) -> list[str]:
    """The words of a case that are shown as long as nothing is marked."""
    records = case.records
    words = [case.public_title, case.case_type]
    for record in records:
        words += [record.public_title, record.record_type]
    return [word for word in words if word]


def open_text(record: Record) -> str:
    """The text of the record's released file."""
    session = object_session(record)
    assert session is not None
    return session.get_one(BlobText, record.documents[0].sha256).text


def in_every_state(site: PublicSite, canaries: Canaries) -> None:
    """Cases that are marked, cancelled, moved, withdrawn, held back and worked on, each with words of its own."""
    for classification in ("1", "3", "4", None):
        register(site, canaries, classification=classification)
    for scope in Scope:
        register(site, canaries, classification="1.1", scope=scope)
    _cancelled(site, canaries)
    _withdrawn(site, canaries)
    _moved(site, canaries)
    _waiting(site, canaries)
    _worked_on(site, canaries)


def _open_case(site: PublicSite, canaries: Canaries) -> int:
    return register(site, canaries, classification="1.1", with_protected=False)


def _forbid(session: Session, canaries: Canaries, case: Case, why: str) -> None:
    for word in [*shown_words(case), *(open_text(record) for record in case.records)]:
        canaries.forbid(word, why)


def _cancelled(site: PublicSite, canaries: Canaries) -> None:
    key, m = _open_case(site, canaries), site.municipality
    with m.database.unit_of_work() as session:
        case = session.get_one(Case, key)
        _forbid(session, canaries, case, "cancelled")
        closing.cancel_case(session, m.registrar, case, canaries.plant("cancel reason"))


def _withdrawn(site: PublicSite, canaries: Canaries) -> None:
    key, m = _open_case(site, canaries), site.municipality
    with m.database.unit_of_work() as session:
        case = session.get_one(Case, key)
        _forbid(session, canaries, case, "withdrawn")
        publishing.withdraw(session, m.registrar, case, canaries.plant("withdrawal reason"))
    key = _open_case(site, canaries)
    with m.database.unit_of_work() as session:
        record = session.get_one(Case, key).records[0]
        canaries.forbid(open_text(record), "withdrawn file")
        publishing.withdraw(session, m.registrar, record.documents[0], canaries.plant("withdrawal reason"))


def _moved(site: PublicSite, canaries: Canaries) -> None:
    """To a case of a class of which only numbers are shown."""
    key, m = _open_case(site, canaries), site.municipality
    with m.database.unit_of_work() as session:
        record = session.get_one(Case, key).records[0]
        for word in (record.public_title, record.record_type, open_text(record)):
            assert word
            canaries.forbid(word, "moved")
        target = m.case(session, classification="3", title=canaries.plant("title of the right case")).number_text
        moving.move_record(session, m.registrar, record, target, canaries.plant("reason of moving"))


def _waiting(site: PublicSite, canaries: Canaries) -> None:
    """Released, but its text holds a personal number: it waits for somebody to look at it."""
    m = site.municipality
    with m.database.unit_of_work() as session:
        text = f"{canaries.plant('text that waits')} 19640823-3234"
        file = DocumentFacts(m.store(session, text.encode(), text=text), "fil.txt", is_released=True)
        m.record(session, m.case(session, classification="1.1"), documents=(file,))


def _worked_on(site: PublicSite, canaries: Canaries) -> None:
    """An open case with a note in it, of which somebody has ordered a document."""
    key, m = _open_case(site, canaries), site.municipality
    with m.database.unit_of_work() as session:
        case = session.get_one(Case, key)
        notes.add(session, m.registrar, case, canaries.plant("case note"))
        number = case.records[0].number_text
    order = Order(
        items=(OrderedItem(number),),
        contact_way=ContactWay.EMAIL,
        contact=f"{canaries.plant('contact')}@exempel.se",
        name=canaries.plant("who orders"),
        message=canaries.plant("message"),
    )
    site.services.letterbox.drop(order)
