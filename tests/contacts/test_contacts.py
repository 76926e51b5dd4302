"""The party register: what is added, changed, protected and merged, and what the log keeps of it."""

from __future__ import annotations

import threading
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.contacts import queries, service
from diarium.contacts.errors import ContactConflict, ContactExists, ContactNotFound, InvalidContact
from diarium.contacts.models import Contact, ContactWord
from diarium.contacts.service import ContactFacts
from diarium.errors import NotAllowed
from diarium.register.commands import PartyFacts
from diarium.register.errors import InvalidFact
from diarium.register.vocabulary import PartyKind
from tests.conftest import Municipality


def add(m: Municipality, session: Session, name: str, **more: object) -> Contact:
    """Adds a contact of KS whatever else there is."""
    facts = ContactFacts(name, **{"kind": PartyKind.ORGANISATION, **more})  # type: ignore[arg-type]
    return service.add(session, m.registrar, "KS", facts, despite_similar=True)


def test_contact_is_kept_clean_and_its_numbers_in_full(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        contact = add(
            municipality,
            session,
            "  Trafik\u202ebolaget \x00 AB ",
            identity_number="5560360793",
            email="Info@Trafik.example",
        )
        uid = contact.uid
    with municipality.database.reading() as session:
        found = session.scalars(select(Contact).where(Contact.uid == uid)).one()
        assert (found.name, found.identity_number) == ("Trafikbolaget AB", "556036-0793")
        assert (found.email, found.email_key) == ("Info@Trafik.example", "info@trafik.example")


IMPOSSIBLE = [
    (ContactFacts(" \x00 "), "name"),
    (ContactFacts("A" * 201), "name"),
    (ContactFacts("Bolaget", identity_number="556036-0000"), "identity_number"),
    (ContactFacts("Bolaget", email="bolaget"), "email"),
    (ContactFacts("Bolaget", email="a@b.example, c@d.example"), "email"),
    (ContactFacts("Bolaget", phone="0" * 41), "phone"),
]
TWINS = [
    ContactFacts("Någon annan", identity_number="5560360793"),
    ContactFacts("Någon annan", email="INFO@trafik.example"),
    ContactFacts("Trafikbolaget Aktiebolag (publ)", postal_code="12345"),
    ContactFacts("TRAFIKBOLAGET AB"),
]


def test_what_can_not_be_a_fact_is_told_at_its_field(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    for facts, field in IMPOSSIBLE:
        with m.database.unit_of_work() as session, pytest.raises((InvalidContact, InvalidFact)) as failure:
            service.add(session, m.registrar, "KS", facts)
        assert failure.value.field == field


def test_somebody_who_is_there_already_is_told_of(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        number = {"identity_number": "556036-0793", "email": "info@trafik.example", "postal_code": "123 45"}
        add(m, session, "Trafikbolaget AB", **number)
    for twin in TWINS:
        with m.database.unit_of_work() as session, pytest.raises(ContactExists, match="Trafikbolaget AB"):
            service.add(session, m.registrar, "KS", twin)
    with m.database.unit_of_work() as session:
        service.add(session, m.registrar, "KS", TWINS[0], despite_similar=True)


def test_another_authority_has_its_own_contacts(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        contact = add(m, session, "Trafikbolaget AB")
        service.add(session, m.outsider, "SN", ContactFacts("Trafikbolaget AB"))
        with pytest.raises(NotAllowed):
            service.add(session, m.registrar, "SN", ContactFacts("Bolaget"))
        for act in (service.retire, service.bring_back, service.protect):
            with pytest.raises(ContactNotFound):
                act(session, m.outsider, contact.uid, version=1)
        with pytest.raises(NotAllowed):
            service.retire(session, m.officer, contact.uid, version=1)


def test_former_facts_stay_in_the_log(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        uid = add(m, session, "Trafikbolaget AB", phone="1").uid
    with m.database.unit_of_work() as session:
        service.change(session, m.registrar, uid, ContactFacts("Bussbolaget AB", phone="1"), version=1)
    with m.database.reading() as session:
        event = audit.history(session, [uid])[0]
        assert (event.action, event.actor_name) == ("contact.changed", "Rut Registrator")
        assert (event.before, event.after) == ({"name": "Trafikbolaget AB"}, {"name": "Bussbolaget AB"})
        assert [hit.name for hit in queries.find(session, m.registrar, "KS", "buss")] == ["Bussbolaget AB"]
        assert queries.find(session, m.registrar, "KS", "trafik") == ()


def test_change_that_changes_nothing_leaves_no_trace(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        contact = add(m, session, "Trafikbolaget AB")
        service.change(session, m.registrar, contact.uid, ContactFacts(" Trafikbolaget  AB "), version=1)
        assert contact.version == 1
        assert len(audit.history(session, [contact.uid])) == 1


def test_of_two_who_change_at_once_one_is_told(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        uid = add(m, session, "Trafikbolaget AB").uid
    told: list[str] = []

    def change(phone: str) -> None:
        try:
            with m.database.unit_of_work() as session:
                service.change(session, m.registrar, uid, ContactFacts("Trafikbolaget AB", phone=phone), version=1)
        except ContactConflict as error:
            told.append(error.message)

    both = [threading.Thread(target=change, args=(phone,)) for phone in ("1", "2")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    with m.database.reading() as session:
        assert session.scalars(select(Contact.version)).one() == 2
    assert len(told) == 1


def test_protected_person_is_refused_with_the_reason(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        uid = add(m, session, "Anna Ek", kind=PartyKind.PERSON).uid
        protected = ContactFacts("Anna Ek", PartyKind.PERSON, is_protected=True)
        with pytest.raises(InvalidContact, match="skyddade personuppgifter"):
            service.add(session, m.registrar, "KS", protected)
        with pytest.raises(InvalidContact, match="skyddade personuppgifter"):
            service.change(session, m.registrar, uid, protected, version=1)


def test_details_of_a_person_who_gets_protected_identity_are_emptied(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        uid = add(m, session, "Anna Ek", kind=PartyKind.PERSON, address="Gatan 1", email="anna@ek.example").uid
        service.protect(session, m.registrar, uid, version=1)
    with m.database.reading() as session:
        contact = session.scalars(select(Contact)).one()
        kept = {name: value for name, value in vars(contact).items() if isinstance(value, str)}
        assert not any("Anna" in value or "anna" in value or "Gatan" in value for value in kept.values())
        assert session.scalars(select(ContactWord)).all() == []
        assert queries.find(session, m.registrar, "KS", "anna") == ()
        history = queries.history(session, m.registrar, uid)
        assert [event.action for event in history] == ["contact.protected"]
        assert history[0].before is history[0].after is None
    with m.database.unit_of_work() as session, pytest.raises(InvalidContact):
        service.bring_back(session, m.registrar, uid, version=2)


def test_merged_contacts_are_one_with_the_facts_of_both(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        oldest = add(m, session, "Bygget", phone="9").uid
        other = add(m, session, "Bygg Plåt Aktiebolag", phone="2", email="bygg@plat.example").uid
        keep = add(m, session, "Bygg & Plåt AB", phone="1").uid
        service.merge(session, m.registrar, other, oldest, version=1, other_version=1)
    with m.database.unit_of_work() as session:
        service.merge(session, m.registrar, keep, other, version=1, other_version=2)
    with m.database.reading() as session:
        row = queries.details(session, m.registrar, keep)
        assert (row.name, row.phone, row.email) == ("Bygg & Plåt AB", "1", "bygg@plat.example")
        assert queries.details(session, m.registrar, other).merged_into == keep
        assert queries.details(session, m.registrar, oldest).merged_into == keep
        assert [hit.name for hit in queries.find(session, m.registrar, "KS", "bygg")] == ["Bygg & Plåt AB"]
        kept = audit.history(session, [keep])[0]
        gone = audit.history(session, [other])[0]
        assert (kept.action, kept.before["email"], kept.after["email"]) == (
            "contact.merged",
            None,
            "bygg@plat.example",
        )
        assert kept.after["merged"] == str(other)
        assert (gone.action, gone.before["phone"]) == ("contact.merged_into", "2")


def test_two_who_merge_crosswise_leave_one(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        pair = [add(m, session, name).uid for name in ("Bygg AB", "Bygget")]

    def merge(keep: uuid.UUID, other: uuid.UUID) -> None:
        try:
            with m.database.unit_of_work() as session:
                service.merge(session, m.registrar, keep, other, version=1, other_version=1)
        except ContactConflict:
            return

    both = [threading.Thread(target=merge, args=order) for order in (pair, pair[::-1])]
    for one in both:
        one.start()
    for one in both:
        one.join()
    with m.database.reading() as session:
        assert sorted(session.scalars(select(Contact.is_active))) == [False, True]


def test_contacts_of_two_authorities_are_not_merged(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        own = add(m, session, "Bygg AB").uid
        theirs = service.add(session, m.outsider, "SN", ContactFacts("Bygg AB")).uid
        with pytest.raises(ContactNotFound):
            service.merge(session, m.registrar, own, theirs, version=1, other_version=1)


def test_contacts_that_were_merged_into_a_protected_one_are_emptied_with_it(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        keep = add(m, session, "Frida Ek", kind=PartyKind.PERSON, email="f@ek.example", address="Gatan 1")
        merged = [
            add(m, session, name, kind=PartyKind.PERSON, address="Gatan 1", phone="070")
            for name in ("F. Ek", "F E")
        ]
        for other in merged:
            service.merge(
                session, m.registrar, keep.uid, other.uid, version=keep.version, other_version=other.version
            )
        with pytest.raises(InvalidContact, match="sammanslagen"):
            service.protect(session, m.registrar, merged[0].uid, version=merged[0].version)
        service.protect(session, m.registrar, keep.uid, version=keep.version)
    with m.database.reading() as session:
        assert queries.page(session, m.registrar, retired=True).rows == ()
        for uid in (keep.uid, *(other.uid for other in merged)):
            row = queries.details(session, m.registrar, uid)
            assert (row.name, row.address, row.email, row.phone) == ("Skyddade personuppgifter", None, None, None)
            assert [event.action for event in queries.history(session, m.registrar, uid)] == ["contact.protected"]
            contact = session.scalars(select(Contact).where(Contact.uid == uid)).one()
            assert not any("ek" in (key or "") for key in (contact.name_key, contact.email_key, contact.match_key))


def test_earlier_party_who_is_a_protected_contact_is_not_offered(municipality: Municipality) -> None:
    m = municipality
    anna, other = "19811228-9874", "19900101-2385"
    kind = PartyKind.PERSON
    with m.database.unit_of_work() as session:
        for party in (
            PartyFacts("Anna Ek", kind, address="Gatan 1"),
            PartyFacts("Anna Ek", kind, identity_number=other, address="Vägen 2"),
            PartyFacts("Anna Ek-Berg", kind, identity_number=anna, address="Gatan 1"),
            PartyFacts("Anna E", kind, email="Anna@ek.example", address="Gatan 1"),
            PartyFacts("Anna Berg", kind, address="Torget 3"),
        ):
            m.record(session, parties=(party,))
        contact = add(m, session, "Anna Ek", kind=kind, identity_number=anna, email="anna@ek.example")
        service.protect(session, m.registrar, contact.uid, version=contact.version)
    with m.database.reading() as session:
        found = queries.find(session, m.registrar, "KS", "anna")
        assert sorted(hit.address or "" for hit in found) == ["Torget 3", "Vägen 2"]
