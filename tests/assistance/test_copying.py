"""Copying from an earlier record: what the actor may see, and no more."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from diarium.assistance import copying
from diarium.audit.models import AuditEvent
from diarium.i18n import today
from diarium.register import closing
from diarium.register.commands import PartyFacts, RestrictionFacts
from diarium.register.errors import RecordNotFound
from diarium.register.vocabulary import Medium, PartyKind
from diarium.secrecy.models import Scope
from diarium.web.registration.form import to_command
from tests.conftest import Municipality

BOLAGET = PartyFacts("Trafikbolaget AB", PartyKind.ORGANISATION, email="info@trafik.example", city="Ekdala")


def test_copy_fills_the_form_so_that_it_can_be_registered(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, responsible="hans", unit="Kansliet", case_type="Remiss")
        record = m.record(
            session,
            case,
            record_type="Yttrande",
            parties=(BOLAGET,),
            document_date=dt.date(2024, 5, 1),
            medium=Medium.PAPER,
            physical_location="Hylla 7",
        )
        values = copying.values_of_record(session, m.registrar, record.uid)
        number = case.number_text
    assert values["case_choice"] == "existing"
    assert values["case"] == number
    assert {values[name] for name in ("party-0-name", "party-0-city")} == {"Trafikbolaget AB", "Ekdala"}
    assert {"official_on", "document_date", "physical_location", "note"}.isdisjoint(values)
    command = to_command({**values, "official_on": today().isoformat()})
    assert (command.title, command.record_type, command.medium) == (
        "Yttrande över remiss",
        "Yttrande",
        Medium.PAPER,
    )
    new = to_command({**values, "official_on": today().isoformat(), "case_choice": "new"}).new_case
    assert new is not None
    assert (new.authority, new.classification, new.responsible, new.unit, new.case_type) == (
        "KS",
        "1",
        "hans",
        "Kansliet",
        "Remiss",
    )


def test_copy_from_a_closed_case_is_meant_for_a_new_one(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session)
        closing.close(session, m.registrar, record.case, day=today(), reason="Klart")
        values = copying.values_of_record(session, m.registrar, record.uid)
    assert values["case_choice"] == "new"
    assert "case" not in values


def test_copy_of_what_is_marked_is_marked_and_hides_what_is_hidden(municipality: Municipality) -> None:
    m = municipality
    mark = RestrictionFacts("31:16", Scope.WHOLE, note="Affärshemlighet")
    with m.database.unit_of_work() as session:
        record = m.record(session, title="Hemlig offert", parties=(BOLAGET,), restrictions=(mark,))
        shown = copying.values_of_record(session, m.registrar, record.uid)
        hidden = copying.values_of_record(session, m.officer, record.uid)
    assert (shown["title"], shown["restriction_note"]) == ("Hemlig offert", "Affärshemlighet")
    for values in (shown, hidden):
        assert (values["secrecy"], values["provision"], values["scope"]) == ("marked", "31:16", "whole")
    assert {"title", "party-0-name", "restriction_note"}.isdisjoint(hidden)
    with m.database.reading() as session:
        readings = session.scalars(select(AuditEvent.actor_name).where(AuditEvent.action == "record.read")).all()
    assert sorted(readings) == ["Hans Handläggare", "Rut Registrator"]


def test_mark_of_the_case_follows_its_records(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, title="Hemligt ärende", restrictions=(RestrictionFacts("26:1", Scope.TITLE),))
        record = m.record(session, case)
        values = copying.values_of_record(session, m.officer, record.uid)
    assert (values["provision"], values["scope"]) == ("26:1", "title")
    assert {"case_title", "title"}.isdisjoint(values)


def test_protected_person_is_copied_only_for_those_who_see_them(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session, parties=(PartyFacts("Anna Ek", is_protected=True), BOLAGET))
        registrar = copying.values_of_record(session, m.registrar, record.uid)
        officer = copying.values_of_record(session, m.officer, record.uid)
    assert (registrar["party-0-name"], registrar["party-0-is_protected"]) == ("Anna Ek", "1")
    assert officer["party-0-name"] == "Trafikbolaget AB"
    assert not any("Anna" in value for value in officer.values())


def test_record_of_another_authority_can_not_be_copied(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session)
        with pytest.raises(RecordNotFound):
            copying.values_of_record(session, m.outsider, record.uid)
