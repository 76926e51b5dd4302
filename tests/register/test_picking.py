"""Finding a case while typing: what fits, in which order, and nothing that the actor may not know."""

from __future__ import annotations

import pytest

from diarium.i18n import today
from diarium.identity.permissions import Actor
from diarium.register import closing, picking
from diarium.register.commands import NewCase, PartyFacts, RestrictionFacts
from diarium.register.registration import open_case
from diarium.register.vocabulary import PartyKind
from diarium.secrecy.models import Scope
from tests.conftest import Municipality

YEAR = today().year


def numbers(municipality: Municipality, actor: Actor, text: str) -> list[str]:
    """The numbers that `text` finds."""
    with municipality.database.reading() as session:
        return [hit.number for hit in picking.find_cases(session, actor, text)]


@pytest.fixture
def three(municipality: Municipality) -> Municipality:
    """Three cases at KS: a plain one, one that is closed, one that is marked as a whole."""
    with municipality.database.unit_of_work() as session:
        municipality.record(session, municipality.case(session, title="Tillbyggnad av Ängsskolan"))
        closed = municipality.case(session, title="Rivning av Ängsskolan")
        municipality.record(session, closed, parties=(PartyFacts("Åkes Schakt AB", PartyKind.ORGANISATION),))
        mark = (RestrictionFacts("26:1", Scope.WHOLE),)
        person = (PartyFacts("Östen Hemlig"),)
        municipality.case(session, title="Känslig placering", restrictions=mark, parties=person)
        closing.close(session, municipality.registrar, closed, day=today(), reason="Klart")
    return municipality


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"KS {YEAR}/2", [2]),
        (f"ks{YEAR}-0002", [2]),
        (f"{YEAR}/2", [2]),
        (f"KS {YEAR}", [1, 3, 2]),
        ("ängsskolan", [1, 2]),
        ("ANGSSKOLAN tillbygg", []),
        ("ÄNGSSKOLAN tillbygg", [1]),
        ("byggnad", [1]),
        ("trafikbolaget", [1]),
        ("schakt", [2]),
        ("chakt", []),
        ("100%", []),
        ("", []),
        ("\x00", []),
    ],
)
def test_case_is_found_by_number_title_and_party_open_ones_first(
    three: Municipality, text: str, found: list[int]
) -> None:
    assert sorted(numbers(three, three.registrar, text)) == sorted(f"KS {YEAR}/{number}" for number in found)


def test_closed_cases_come_last_and_say_that_they_take_nothing(three: Municipality) -> None:
    with three.database.reading() as session:
        hits = picking.find_cases(session, three.registrar, "ängsskolan")
    assert [(hit.number, hit.takes_records) for hit in hits] == [(f"KS {YEAR}/1", True), (f"KS {YEAR}/2", False)]
    assert {hit.why for hit in hits} == {"Ärendemeningen"}


def test_what_is_marked_is_found_by_its_number_alone(three: Municipality) -> None:
    for text in ("känslig", "östen"):
        assert numbers(three, three.officer, text) == []
        assert numbers(three, three.registrar, text) == [f"KS {YEAR}/3"]
        assert numbers(three, three.outsider, text) == []
    with three.database.reading() as session:
        hits = picking.find_cases(session, three.officer, f"KS {YEAR}/3")
    assert [(hit.number, hit.title) for hit in hits] == [(f"KS {YEAR}/3", None)]


def test_name_of_somebody_protected_finds_nothing_for_those_who_may_not_see_it(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        hidden = (PartyFacts("Vera Skyddad", is_protected=True),)
        municipality.record(session, municipality.case(session), parties=hidden)
    assert numbers(municipality, municipality.officer, "vera") == []
    assert numbers(municipality, municipality.registrar, "vera") == [f"KS {YEAR}/1"]


def test_at_most_ten_are_shown(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        for number in range(12):
            open_case(session, municipality.registrar, NewCase(authority="KS", title=f"Ansökan {number}"))
    assert len(numbers(municipality, municipality.registrar, "ansökan")) == 10
