"""The page of a case: its time line, its history, what it is tied to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.composition import Diarium
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.register import deadlines, decisions, notes, registration, relating
from diarium.register.commands import NewCase, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.deadlines import DeadlineFacts
from diarium.register.decisions import DecisionFacts
from diarium.register.models import Case, CaseRelation, Party
from diarium.register.vocabulary import (
    DecisionKind,
    Direction,
    RelationKind,
)
from tests.counting import statements_of
from tests.web.conftest import send
from tests.web.test_review_findings import add_case, events

LogIn = Callable[[str], FlaskClient]
MARKED = RestrictionFacts("26:1")
SOON = today() + dt.timedelta(days=14)


def page_of(case: Case) -> str:
    return f"/intern/arende/{case.uid}"


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return " ".join(html.fromstring(answer.text).find(".//main").text_content().split())


def fill(services: Diarium, case: Case, number: int) -> None:
    """Adds so many records, notes, deadlines, decisions and ties to the case."""
    with services.database.unit_of_work() as session:
        case = session.get_one(Case, case.id)
        for place in range(number):
            command = NewRecord(
                direction=Direction.INCOMING,
                official_on=today(),
                title=f"Handling {place}",
                case_uid=case.uid,
                parties=(PartyFacts("Bolaget AB"),),
                restrictions=(MARKED,),
            )
            registration.register(session, SYSTEM, command)
            notes.add(session, SYSTEM, case, f"Anteckning {place}")
            facts = DeadlineFacts(SOON, f"Svar {place}", responsible="hans", unit="Kansliet")
            deadlines.add(session, SYSTEM, case, facts)
            decided = DecisionFacts(DecisionKind.DELEGATION, today(), "Chefen", f"Bifall {place}")
            decisions.record_decision(session, SYSTEM, case, decided)
            other = registration.open_case(session, SYSTEM, NewCase("KS", f"Annat {place}"))
            relating.relate(session, SYSTEM, case, other.number_text, RelationKind.REFERS_TO)


@pytest.mark.parametrize(
    "address", ["", "?visa=event", "?visa=record", "/dagboksblad", "/close", "/assign", "/beslut"]
)
def test_case_page_asks_as_many_questions_of_much_as_of_little(
    services: Diarium, log_in: LogIn, address: str
) -> None:
    client = log_in("rut")
    counts = []
    for number in (3, 30):
        case = add_case(services, responsible="hans", unit="Kansliet")
        fill(services, case, number)
        with statements_of(services.database.engine) as sent:
            assert client.get(page_of(case) + address).status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert counts[0] < 40


def test_timeline_holds_every_kind_and_each_can_be_shown_alone(services: Diarium, log_in: LogIn) -> None:
    client, case = log_in("rut"), add_case(services)
    fill(services, case, 1)
    texts = {"record": "Handling 0", "note": "Anteckning 0", "deadline": "Svar 0", "decision": "Bifall 0",
             "event": "Ärendet öppnades"}  # fmt: skip
    whole = html.fromstring(client.get(page_of(case)).text).get_element_by_id("timeline").text_content()
    assert [text for text in texts.values() if text not in whole] == []
    for kind, text in texts.items():
        alone = html.fromstring(client.get(f"{page_of(case)}?visa={kind}").text)
        shown = alone.get_element_by_id("timeline").text_content()
        assert [other for other in texts.values() if other in shown] == [text]


def test_long_timeline_is_paged_without_losing_or_repeating_anything(services: Diarium, log_in: LogIn) -> None:
    client, case = log_in("rut"), add_case(services)
    with services.database.unit_of_work() as session:
        for place in range(230):
            notes.add(session, SYSTEM, session.get_one(Case, case.id), f"Nr {place}.")
    seen: list[str] = []
    address: str | None = page_of(case)
    while address:
        page = html.fromstring(client.get(address).text)
        seen += page.xpath("//*[@class='timeline__text']/text()")
        address = next(iter(page.xpath("//a[@rel='next']/@href")), None)
    assert [text for text in seen if text.startswith("Nr")] == [f"Nr {place}." for place in reversed(range(230))]


@pytest.mark.parametrize(
    "query", ["visa=x", "efter=x", "efter=~~", "efter=2024-01-01~1~1", "efter=%F0%9F%8F%A0~9~9"]
)
def test_odd_addresses_of_the_timeline_show_its_first_page(services: Diarium, log_in: LogIn, query: str) -> None:
    case = add_case(services)
    assert "Ärendet öppnades" in text_of(log_in("rut"), f"{page_of(case)}?{query}")


def test_history_names_party_events_and_hides_protected_names(services: Diarium, log_in: LogIn) -> None:
    case = add_case(services, parties=(PartyFacts("Eva Ek", city="Sjöstad"),))
    rut, hans = log_in("rut"), log_in("hans")
    with services.database.reading() as session:
        uid = session.scalars(select(Party.uid)).one()
    form = {
        "role": "party",
        "kind": "person",
        "name": "Eva Alm",
        "reason": "Bytte namn",
        "version": str(case.version),
    }
    assert send(rut, f"/intern/part/{uid}/ratta", form).status_code == 302
    assert "namn: ”Eva Ek” → ”Eva Alm”" in text_of(hans, page_of(case))
    guarded = form | {"is_protected": "1", "reason": "Skydd beviljat", "version": str(case.version + 1)}
    assert send(rut, f"/intern/part/{uid}/ratta", guarded).status_code == 302
    shown = text_of(hans, page_of(case))
    assert "Part rättades" in shown
    assert [secret for secret in ("Eva", "Alm", "Sjöstad", "Bytte namn") if secret in shown] == []
    assert "namn: ”Eva Ek” → ”Eva Alm”" in text_of(rut, page_of(case))


def test_looking_at_a_marked_case_is_noted_once_and_shown_as_a_reading(services: Diarium, log_in: LogIn) -> None:
    case = add_case(services, restrictions=(MARKED,))
    client = log_in("rut")
    client.get(page_of(case))
    assert [event.entity_uid for event in events(services, "case.read")] == [str(case.uid)]
    assert "Läste markerat ärende" in text_of(client, f"{page_of(case)}?visa=reading")


def test_related_cases_are_linked_both_ways_and_tell_only_numbers_of_what_is_hidden(
    services: Diarium, log_in: LogIn
) -> None:
    first, second = add_case(services), add_case(services, title="Något hemligt", restrictions=(MARKED,))
    rut = log_in("rut")
    step = f"{page_of(first)}/relate"
    assert send(rut, step, {"kind": "continues", "case": second.number_text}).status_code == 302
    tie = html.fromstring(log_in("hans").get(page_of(second)).text).get_element_by_id("related")
    assert f"Fortsätts av {first.number_text}" in tie.text_content()
    assert "Remiss" in tie.text_content()
    shown = text_of(log_in("hans"), page_of(first))
    assert f"Fortsätter {second.number_text}" in shown
    assert "hemligt" not in shown
    with services.database.reading() as session:
        key = session.scalars(select(CaseRelation.id)).one()
    undo = f"{page_of(first)}/koppling/{key}"
    assert send(rut, undo, {"reason": ""}, page_of(first)).status_code == 422
    assert send(rut, undo, {"reason": "Fel ärende"}, page_of(first)).status_code == 302
    assert "Koppling till ett annat ärende togs bort" in text_of(rut, page_of(first))
    assert send(rut, undo, {"reason": "Igen"}, page_of(first)).status_code == 404
