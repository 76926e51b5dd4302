"""Some days of a small municipality's life: registrations and everything that can happen to them afterwards."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from diarium.register import closing, correction, secrecy_marks
from diarium.register.commands import DocumentFacts, PartyFacts, RestrictionFacts
from diarium.register.models import Case
from diarium.register.vocabulary import Direction, PartyKind, PartyRole
from diarium.secrecy.models import Scope
from tests.endtoend.conftest import House

CASES = 12
DAY = dt.date(2024, 5, 2)


def register_cases(house: House) -> None:
    """Registers a dozen cases with three records each, one of them with a file; some are marked."""
    for place in range(CASES):
        with house.services.database.unit_of_work() as session:
            _register(house, session, place)


def change_cases(house: House) -> None:
    """Releases, corrects, marks, cancels, lifts and closes."""
    town = house.town
    with house.services.database.unit_of_work() as session:
        cases = [session.get_one(Case, number) for number in range(1, CASES + 1)]
        correction.release_document(session, town.registrar, cases[0].records[0].documents[0], released=True)
        correction.release_document(session, town.registrar, cases[2].records[0].documents[0], released=True)
        correction.release_document(session, town.registrar, cases[2].records[0].documents[0], released=False)
        secrecy_marks.mark(session, town.registrar, cases[4].records[1], RestrictionFacts("31:16", Scope.TITLE))
        secrecy_marks.mark(session, town.registrar, cases[5], RestrictionFacts("26:1"))
        secrecy_marks.lift(session, town.registrar, cases[3], cases[3].restrictions[0].uid, "Inte längre hemligt")
        closing.cancel_record(session, town.registrar, cases[6].records[2], "Registrerad två gånger")
        closing.cancel_case(session, town.registrar, cases[7], "Öppnat av misstag")
        for case in cases[8:]:
            closing.close(session, town.registrar, case, day=DAY + dt.timedelta(days=9))


def _register(house: House, session: Session, place: int) -> None:
    town = house.town
    restricted = (RestrictionFacts("26:1", Scope.WHOLE),) if place % 4 == 3 else ()
    case = town.case(
        session,
        title=f"Bygglov för hamnkontor {place}" if place % 2 else f"Detaljplan för kvarteret Ankaret {place}",
        classification="2.1" if place % 2 else "1.1",
        opened_on=DAY,
        restrictions=restricted,
    )
    text = f"Kommunens synpunkter på bullermätningar nummer {place} vid hamnen".encode()
    file = DocumentFacts(house.store(session, text), f"synpunkter {place}.txt")
    person = PartyFacts("Åsa Öberg", PartyKind.PERSON, is_protected=place == 1)
    town.record(session, case, title="Ansökan med bilaga", official_on=DAY, documents=(file,))
    town.record(session, case, title="Yttrande från granne", official_on=DAY, parties=(person,))
    reply = PartyFacts("Trafikbolaget AB", PartyKind.ORGANISATION, PartyRole.RECIPIENT)
    town.record(session, case, title="Beslut", official_on=DAY, direction=Direction.OUTGOING, parties=(reply,))
