"""Whom the register finds while a name is typed, and whom it never shows."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from diarium.contacts import matching, queries, service
from diarium.contacts.service import ContactFacts
from diarium.errors import NotAllowed
from diarium.i18n import today
from diarium.register import closing, secrecy_marks
from diarium.register.commands import NewCase, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.registration import register
from diarium.register.vocabulary import Direction, PartyKind, PartyRole
from diarium.secrecy.models import Scope
from tests.conftest import Municipality
from tests.counting import statements_of

LIMIT = 3
"""So many statements find() may need, however much there is."""


def add(m: Municipality, session: Session, name: str, **more: str) -> None:
    """Adds a contact of KS."""
    service.add(session, m.registrar, "KS", ContactFacts(name, **more), despite_similar=True)  # type: ignore[arg-type]


def names(m: Municipality, text: str, *, authority: str | None = "KS") -> list[str]:
    """The names found by the registrar."""
    with m.database.reading() as session:
        return [hit.name for hit in queries.find(session, m.registrar, authority, text)]


FOUND = [
    ("trafik", ["Trafikbolaget AB", "Östra Trafik HB"]),
    ("ÖSTRA", ["Östra Trafik HB"]),
    ("trafik östra", ["Östra Trafik HB"]),
    ("bolaget", []),
    ("info@tra", ["Trafikbolaget AB"]),
    ("556036", ["Trafikbolaget AB"]),
    ("5560360793", ["Trafikbolaget AB"]),
    ("556036-07", ["Trafikbolaget AB"]),
    ("t", []),
    ("", []),
    ("%", []),
    ("tr_f", []),
    ("\x00\u202e", []),
]


def test_contact_is_found_by_the_beginning_of_a_word_an_address_or_a_number(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        add(municipality, session, "Trafikbolaget AB", email="info@trafik.example", identity_number="5560360793")
        add(municipality, session, "Östra Trafik HB")
    assert [(text, names(municipality, text)) for text, _found in FOUND] == FOUND


def test_contacts_come_before_earlier_parties_and_nobody_twice(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        add(m, session, "Trafikbolaget AB")
        for _number in range(4):
            m.record(
                session, parties=(PartyFacts("Trafikverket", PartyKind.AUTHORITY, email="trafik@verket.example"),)
            )
        m.record(session)  # from Trafikbolaget AB
        m.record(
            session,
            direction=Direction.OUTGOING,
            parties=(PartyFacts("Trafikanten", PartyKind.PERSON, PartyRole.RECIPIENT),),
        )
    with m.database.reading() as session:
        hits = queries.find(session, m.registrar, "KS", "trafik")
    assert [(hit.name, hit.why) for hit in hits] == [
        ("Trafikbolaget AB", "Kontaktregistret"),
        ("Trafikverket", "Avsändare i 4 tidigare handlingar"),
        ("Trafikanten", "Mottagare i 1 tidigare handling"),
    ]
    assert hits[1].form_values(2)["party-2-email"] == "trafik@verket.example"
    assert names(m, "trafik@verket.example") == ["Trafikverket"]


def test_earlier_party_has_the_details_of_its_latest_record(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        for phone in ("1", "2"):
            m.record(session, parties=(PartyFacts("Anna Ek", phone=phone),))
    with m.database.reading() as session:
        assert [hit.phone for hit in queries.find(session, m.registrar, "KS", "anna")] == ["2"]


def test_two_of_one_name_are_told_apart_by_their_numbers(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        m.record(session, parties=(PartyFacts("Anna Ek", identity_number="19640823-3234"),))
        m.record(session, parties=(PartyFacts("Anna Ek"),))
    assert names(m, "anna ek") == ["Anna Ek", "Anna Ek"]
    assert names(m, "19640823-3234") == ["Anna Ek"]


def test_nobody_is_found_through_what_is_marked_protected_or_cancelled(municipality: Municipality) -> None:
    m = municipality
    marked = RestrictionFacts("26:1", Scope.TITLE)
    with m.database.unit_of_work() as session:
        m.record(session, parties=(PartyFacts("Hemlig Markerad"),), restrictions=(marked,))
        m.record(session, case=m.case(session, restrictions=(marked,)), parties=(PartyFacts("Hemlig Iärendet"),))
        m.record(session, parties=(PartyFacts("Hemlig Skyddad", is_protected=True), PartyFacts("Hemlig Anhörig")))
        protected_case = m.case(
            session, parties=(PartyFacts("Part", is_protected=True), PartyFacts("Hemlig Part"))
        )
        m.record(session, case=protected_case, parties=(PartyFacts("Hemlig Intill"),))
        gone = m.record(session, parties=(PartyFacts("Hemlig Makulerad"),))
        closing.cancel_record(session, m.registrar, gone, "Fel")
    assert names(m, "hemlig") == []


def test_party_is_found_again_when_the_marking_is_lifted(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session, parties=(PartyFacts("Öppen Igen"),), restrictions=(RestrictionFacts("26:1"),))
        secrecy_marks.lift(session, m.registrar, record, record.restrictions[0].uid, "Prövat")
    assert names(m, "öppen") == ["Öppen Igen"]


def test_parties_and_contacts_of_another_authority_are_not_found(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        service.add(session, m.outsider, "SN", ContactFacts("Främmande kontakt"))
        record = NewRecord(
            direction=Direction.INCOMING,
            official_on=today(),
            title="Ansökan",
            new_case=NewCase(authority="SN", title="Ärende"),
            parties=(PartyFacts("Främmande part"),),
        )
        register(session, m.outsider, record)
    assert names(m, "främmande") == names(m, "främmande", authority=None) == []
    with m.database.reading() as session, pytest.raises(NotAllowed):
        queries.find(session, m.registrar, "SN", "främmande")
    with m.database.reading() as session:
        found = queries.find(session, m.outsider, None, "främmande")
        assert [hit.name for hit in found] == ["Främmande kontakt", "Främmande part"]


def test_finding_needs_three_statements_however_many_there_are(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        for number in range(60):
            add(m, session, f"Trafik {number}")
            m.record(session, case=case, parties=(PartyFacts(f"Trafikant {number // 2}"),))
    for text in ("trafik", "trafikant", "trafikant 7", "nobody", "info@trafik.example", "5560360793"):
        with m.database.reading() as session, statements_of(m.database.engine) as sent:
            queries.find(session, m.registrar, "KS", text)
        assert len([one for one in sent if not one.startswith("BEGIN")]) <= LIMIT, "\n".join(sent)


def test_sender_of_very_many_records_does_not_hide_others(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        for _number in range(45):
            m.record(session, case=case, parties=(PartyFacts("Trafikverket", PartyKind.AUTHORITY),))
        m.record(session, case=case, parties=(PartyFacts("Trafikverket Region Syd", PartyKind.AUTHORITY),))
    with m.database.reading() as session:
        hits = queries.find(session, m.registrar, "KS", "trafikv")
    assert [(hit.name, hit.why) for hit in hits] == [
        ("Trafikverket", "I minst 40 tidigare handlingar"),
        ("Trafikverket Region Syd", "Avsändare i 1 tidigare handling"),
    ]


def test_duplicates_share_a_number_an_address_or_name_and_postal_code(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        add(m, session, "Åre kommun", postal_code="830 05")
        add(m, session, "ÅRE KOMMUN", postal_code="83005")
        add(m, session, "Bolaget AB", identity_number="5560360793", email="a@b.example")
        add(m, session, "Bolaget (gamla)", identity_number="556036-0793", email="A@b.example")
        add(m, session, "Bolaget", postal_code="111 11")
        add(m, session, "Bolaget AB", postal_code="222 22")
    with m.database.reading() as session:
        groups = queries.duplicates(session, m.registrar, "KS")
    assert [(group.why, sorted(row.name for row in group.contacts)) for group in groups] == [
        ("Samma person- eller organisationsnummer", ["Bolaget (gamla)", "Bolaget AB"]),
        ("Samma namn och postnummer", ["ÅRE KOMMUN", "Åre kommun"]),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bygg & Plåt Aktiebolag", "BYGG PLÅT AB (publ)"),
        ("Stockholms stad", "Stockholm kommun"),
        ("Brf Björken, ekonomisk förening", "BRF Björken ek. för."),
        ("Handelsbolaget Kvisten", "Kvisten HB"),
    ],
)
def test_names_that_are_written_in_many_ways_are_alike(one: str, other: str) -> None:
    assert matching.plain_name(one) == matching.plain_name(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("Åkeri Norr AB", "Akeri Söder AB"), ("AB", "HB"), ("Ek AB", "Eken AB")]
)
def test_names_of_others_are_not_alike(one: str, other: str) -> None:
    assert matching.plain_name(one) != matching.plain_name(other)
