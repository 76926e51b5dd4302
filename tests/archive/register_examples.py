"""Registers to export: one case that uses every field, and a few that are odd."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.files.models import Blob
from diarium.identity.permissions import Actor
from diarium.register import closing, deadlines, decisions, moving, notes, registration, secrecy_marks
from diarium.register.commands import DocumentFacts, NewCase, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.deadlines import DeadlineFacts
from diarium.register.decisions import DecisionFacts
from diarium.register.models import Authority, Case, CaseRelation, Deadline, Record
from diarium.register.vocabulary import (
    DecisionKind,
    Direction,
    Initiative,
    Medium,
    PartyKind,
    PartyRole,
    RelationKind,
)
from diarium.secrecy import marking
from diarium.secrecy.models import Scope
from tests.archive.register_extras import add_extras
from tests.conftest import Municipality

DAY = dt.date(2024, 2, 29)
PERIOD = (dt.date(2024, 1, 1), dt.date(2024, 12, 31))
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

FULL_PARTY = PartyFacts(
    name="Åsa & Örjan <Öberg>",
    kind=PartyKind.PERSON,
    role=PartyRole.SENDER,
    identity_number="19121212-1212",
    organisation='Öbergs "Bygg" & Son',
    address="Storgatan 1 A",
    postal_code="123 45",
    city="Ekdala",
    country="Sverige",
    email="asa@example.org",
    phone="070-123 45 67",
)


def full_case(municipality: Municipality, session: Session) -> Case:
    """A closed case with every field, odd texts, files, and one of each kind of record."""
    registrar = municipality.registrar
    case = registration.open_case(session, registrar, _every_case_field())
    related = municipality.case(session, title="Det tidigare ärendet")
    for kind in RelationKind:
        session.add(CaseRelation(from_case=case, to_case=related, kind=kind))
        session.add(CaseRelation(from_case=related, to_case=case, kind=kind))
    session.flush()
    _every_kind_of_record(municipality, session, case)
    _mark_one_file(municipality, session, case)
    _moved_record(municipality, session, case, related)
    add_extras(municipality, session, case)
    marking.lift(case.restrictions[-1], registrar, "Beslutet har fått laga kraft & är offentligt")
    _every_kind_of_work(session, registrar, case)
    closing.close(session, registrar, case, day=dt.date(2024, 3, 8), reason="Bygglov beviljat & expedierat")
    # Closing asks for every deadline to be settled; a register that was brought in may hold what never was.
    session.add(Deadline(case=case, due_on=dt.date(2027, 5, 6), text="Laga kraft", made_by_name="Överföringen"))
    _know_formats(session)
    authority = session.get_one(Authority, case.authority_id)
    authority.email, authority.phone = "ks@ekdala.example", "0123-456 00"
    authority.postal_address = "Box 1 & 2\n123 45 Ekdala"
    case.series.opens_on, case.series.closes_on = dt.date(2000, 1, 1), dt.date(2099, 12, 31)
    assert case.responsible is not None
    assert case.classification is not None
    case.responsible.email = "hans@ekdala.example"
    case.classification.description = "Lov enligt plan- & bygglagen"
    session.flush()
    return case


def plain_case(
    municipality: Municipality,
    session: Session,
    title: str = "Enkelt ärende",
    *,
    files: int = 1,
    day: dt.date = DAY,
) -> Case:
    """A closed case with one incoming record and `files` files."""
    case = municipality.case(session, title=title, opened_on=day, classification="2.1")
    documents = tuple(
        DocumentFacts(municipality.store(session, f"{title} {number}".encode()), f"Bilaga {number}.txt")
        for number in range(1, files + 1)
    )
    municipality.record(session, case, official_on=day, documents=documents)
    closing.close(session, municipality.registrar, case, day=day)
    return case


def _every_case_field() -> NewCase:
    return NewCase(
        authority="KS",
        title="Ansökan om bygglov för Måsen 3 & Tärnan 4 <altan>",
        opened_on=DAY,
        public_title="Ansökan om bygglov",
        case_type="Bygglov",
        classification="2.1",
        initiative=Initiative.OWN,
        responsible="hans",
        unit="Kansliet",
        physical_location="Närarkivet, hylla 3",
        foreign_number="BN 2023-12",
        note="Första raden\nAndra raden & mer",
        parties=(
            PartyFacts("Grannen AB", PartyKind.ORGANISATION, PartyRole.COUNTERPART, identity_number="556016-0680"),
            PartyFacts("Ola Ombud", role=PartyRole.REPRESENTATIVE, phone="08-1"),
            PartyFacts("Petra Part", role=PartyRole.PARTY, address="Hemlig gata 2", is_protected=True),
        ),
        restrictions=(
            RestrictionFacts(
                "31:16", Scope.FILES, note="Affärsförhållanden & priser", review_on=dt.date(2030, 1, 1)
            ),
            RestrictionFacts("26:1", Scope.TITLE),
        ),
    )


def _every_kind_of_record(municipality: Municipality, session: Session, case: Case) -> None:
    registrar = municipality.registrar
    drawing = municipality.store(session, PDF)
    letter = municipality.store(session, "Bästa nämnd! & hälsningar".encode())
    register(
        session,
        registrar,
        case,
        direction=Direction.INCOMING,
        title="Ansökan om bygglov, inkommen med två ritningar",
        public_title="Ansökan",
        record_type="Ansökan",
        received_at=dt.datetime(2024, 2, 28, 23, 59, 59, tzinfo=dt.UTC),
        document_date=dt.date(2024, 2, 20),
        note="Saknar underskrift & datum",
        parties=(FULL_PARTY,),
        documents=(
            DocumentFacts(drawing, "Ritning våning 1 (åäö).pdf", "Planritning & fasad", is_released=True),
            DocumentFacts(letter, "Ritning våning 1 (åäö).pdf"),
            DocumentFacts(letter, "följebrev & mer.txt"),
        ),
    )
    register(
        session,
        registrar,
        case,
        direction=Direction.OUTGOING,
        title="Begäran om komplettering",
        medium=Medium.BOTH,
        physical_location="Pärm 7",
        parties=(PartyFacts("Åsa Öberg", role=PartyRole.RECIPIENT, is_protected=True, email="a@example.org"),),
        restrictions=(RestrictionFacts("21:3a", Scope.PARTIES),),
        documents=(DocumentFacts(drawing, "beslut.pdf"),),
    )
    register(
        session, registrar, case, direction=Direction.DRAWN_UP, title="Tjänsteanteckning", medium=Medium.PAPER
    )
    wrong = register(session, registrar, case, direction=Direction.INCOMING, title="Fel ärende")
    closing.cancel_record(session, registrar, wrong, "Hörde till ett annat ärende")


def _mark_one_file(municipality: Municipality, session: Session, case: Case) -> None:
    session.refresh(case, ["records"])
    record = next(record for record in case.records if record.documents)
    facts = RestrictionFacts("31:16", Scope.FILES, document=record.documents[0].uid)
    secrecy_marks.mark(session, municipality.registrar, record, facts)


def _moved_record(municipality: Municipality, session: Session, case: Case, to: Case) -> None:
    """A record that was registered in the wrong case, with a file that went along."""
    file = DocumentFacts(municipality.store(session, b"Kopia av karta"), "karta.txt")
    lost = register(
        session, municipality.registrar, case, direction=Direction.INCOMING, title="Karta", documents=(file,)
    )
    moving.move_record(
        session, municipality.registrar, lost, to.number_text, "Hörde till förra ansökan & dess karta"
    )
    found = register(session, municipality.registrar, to, direction=Direction.DRAWN_UP, title="Återfunnet svar")
    moving.move_record(session, municipality.registrar, found, case.number_text, "Hörde till den här ansökan")


def _every_kind_of_work(session: Session, registrar: Actor, case: Case) -> None:
    """Notes, one put right by another; decisions, one of them cancelled; days watched: done and cancelled."""
    first = notes.add(session, registrar, case, "Samtal med grannen:\n”inget att invända” & hälsade")
    notes.correct(session, registrar, first.uid, "Samtalet var med grannens dotter")
    holds = case.records[0].uid
    answer = deadlines.add(
        session,
        registrar,
        case,
        DeadlineFacts(
            dt.date(2027, 3, 4), "Svar på kompletteringen & ritning", responsible="hans", record_uid=holds
        ),
    )
    answer.unit = case.unit
    deadlines.complete(session, registrar, answer.uid, "Ritningen kom in & räckte", version=answer.version)
    visit = deadlines.add(session, registrar, case, DeadlineFacts(dt.date(2027, 4, 5), "Besök på plats"))
    deadlines.cancel(session, registrar, visit.uid, "Behövdes inte & ställdes in", version=visit.version)
    wrong = decisions.record_decision(
        session,
        registrar,
        case,
        DecisionFacts(DecisionKind.BOARD, DAY, "Kommunstyrelsens arbetsutskott", "Ansökan avslås", "14"),
    )
    reason = "Beslutet gällde ett annat ärende & skrevs in fel"
    decisions.cancel_decision(session, registrar, wrong.uid, reason, version=wrong.version)
    right = DecisionFacts(
        DecisionKind.DELEGATION,
        dt.date(2024, 3, 1),
        "Bygglovchef Åsa Ek",
        "Bygglov beviljas & startbesked lämnas",
        delegation_point="3.2 & 3.4",
        is_final=True,
        record_uid=holds,
    )
    decisions.record_decision(session, registrar, case, right)


def register(session: Session, actor: Actor, case: Case, **facts: object) -> Record:
    """Registers a record of `DAY`; `facts` are those of `NewRecord`."""
    wanted: dict[str, object] = {"official_on": DAY, "case_uid": case.uid, "parties": (FULL_PARTY,), **facts}
    return registration.register(session, actor, NewRecord(**wanted))  # type: ignore[arg-type]


def _know_formats(session: Session) -> None:
    """As the examination of files would have left them."""
    session.execute(
        update(Blob)
        .where(Blob.size == len(PDF))
        .values(
            mime="application/pdf",
            puid="fmt/18",
            format_name="Acrobat PDF 1.4 - Portable Document Format",
            format_version="1.4",
            warnings=["Filen är kort & ovanlig"],
            examined_at=now(),
        )
    )
