"""What is registered today is shown when the authority says, and until then nothing of it but number and date."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from diarium.audit.revision import Stale, fingerprint
from diarium.classification import versions
from diarium.classification.errors import NeedsEveryAuthority
from diarium.classification.models import Classification
from diarium.errors import NotFound
from diarium.public import waiting
from diarium.public.models import PublicCase, PublicRecord
from diarium.register import publishing_delays
from diarium.register.commands import DocumentFacts
from diarium.register.errors import InvalidFact
from diarium.register.models import Authority, Case
from diarium.workdays import next_workday
from tests.conftest import Municipality
from tests.public.open_register import OpenRegister


def delay(municipality: Municipality, days: int) -> None:
    """Lets KS wait."""
    with municipality.database.unit_of_work() as session:
        authority = session.scalars(select(Authority).where(Authority.code == "KS")).one()
        seen = fingerprint(publishing_delays.facts_of_authority(authority))
        publishing_delays.set_for_authority(session, municipality.administrator, "KS", days, seen=seen)


def class_delay(municipality: Municipality, code: str, days: int | None) -> None:
    """Lets the cases of a class wait otherwise."""
    with municipality.database.unit_of_work() as session:
        item = session.scalars(select(Classification).where(Classification.code == code)).one()
        seen = fingerprint(publishing_delays.facts_of_class(item))
        publishing_delays.set_for_class(session, municipality.chief, item.uid, days, seen=seen)


def register(opened: OpenRegister, classification: str = "1.1", title: str = "Ny sporthall") -> None:
    """A case with a record and a released file."""
    municipality = opened.municipality
    with municipality.database.unit_of_work() as session:
        sha256 = municipality.store(session, b"Protokoll om broar", text="Protokoll om broar")
        case = municipality.case(session, classification=classification, title=title)
        file = DocumentFacts(sha256, "protokoll.txt", is_released=True)
        municipality.record(session, case, title="Justerat protokoll", documents=(file,))
    opened.catch_up()


def only_case(opened: OpenRegister) -> PublicCase:
    with opened.public.reading() as session:
        case = session.scalars(select(PublicCase)).one()
        assert case.records
        return case


def test_nothing_but_number_and_date_is_shown_until_the_working_days_have_passed(
    open_register: OpenRegister,
) -> None:
    delay(open_register.municipality, 2)
    register(open_register)
    case = only_case(open_register)
    record = case.records[0]
    assert (case.visibility, case.title, case.class_code, case.status) == ("waiting", None, None, None)
    assert (record.visibility, record.title, record.direction, record.parties) == ("waiting", None, "", [])
    assert open_register.found("sporthall") == []
    assert list(open_register.released.iter_hashes()) == []
    assert open_register.found(case.number_text) != []
    open_register.next_workday()
    assert only_case(open_register).title is None
    open_register.next_workday()
    case = only_case(open_register)
    assert (case.title, case.records[0].direction, case.due_on) == ("Ny sporthall", "incoming", None)
    assert open_register.found("broar") == [case.records[0].number_text]


def test_run_without_anything_due_does_nothing_and_a_repeated_one_no_harm(
    sqlite_open_register: OpenRegister,
) -> None:
    opened = sqlite_open_register
    delay(opened.municipality, 1)
    register(opened)
    assert opened.chore.run() == 0
    opened.day = next_workday(opened.day)
    assert opened.chore.run() == 1
    assert opened.chore.run() == 0
    opened.catch_up()
    assert only_case(opened).title == "Ny sporthall"


def test_day_found_by_the_projector_meanwhile_is_not_lost(sqlite_open_register: OpenRegister) -> None:
    opened, municipality = sqlite_open_register, sqlite_open_register.municipality
    delay(municipality, 1)
    register(opened)
    opened.day = next_workday(opened.day)
    opened.chore.run()
    delay(municipality, 3)
    opened.catch_up()
    assert only_case(opened).due_on is not None
    opened.next_workday()
    opened.next_workday()
    assert only_case(opened).title == "Ny sporthall"


def test_class_waits_otherwise_than_its_authority_and_the_next_version_keeps_it(
    sqlite_open_register: OpenRegister,
) -> None:
    opened, municipality = sqlite_open_register, sqlite_open_register.municipality
    delay(municipality, 1)
    class_delay(municipality, "1.1", 0)
    register(opened)
    assert only_case(opened).title == "Ny sporthall"
    class_delay(municipality, "1.1", 4)
    opened.catch_up()
    assert only_case(opened).visibility == "waiting"
    class_delay(municipality, "1.1", None)
    opened.next_workday()
    assert only_case(opened).visibility == "facts"
    class_delay(municipality, "2", 5)
    with municipality.database.unit_of_work() as session:
        scheme = versions.copy_version(
            session, municipality.chief, version="2", valid_from=opened.day + dt.timedelta(days=30)
        )
        kept = select(Classification.code, Classification.publish_after_days).where(
            Classification.scheme_id == scheme.id, Classification.publish_after_days.is_not(None)
        )
        assert session.execute(kept).all() == [("2", 5)]


def test_record_that_waits_in_an_old_case_does_not_hide_the_case(sqlite_open_register: OpenRegister) -> None:
    opened, municipality = sqlite_open_register, sqlite_open_register.municipality
    delay(municipality, 1)
    with municipality.database.unit_of_work() as session:
        case = municipality.case(session, title="Ny sporthall")
        case.registered_at -= dt.timedelta(days=30)
        municipality.record(session, case, title="Överklagande")
    opened.catch_up()
    case = only_case(opened)
    assert (case.visibility, case.title, case.records[0].visibility) == ("facts", "Ny sporthall", "waiting")
    assert case.due_on == next_workday(opened.day)


def test_delay_is_set_by_who_administers_and_never_over_somebody_elses_change(
    sqlite_municipality: Municipality,
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        authority = session.scalars(select(Authority).where(Authority.code == "KS")).one()
        seen = fingerprint(publishing_delays.facts_of_authority(authority))
        with pytest.raises(NotFound):
            publishing_delays.set_for_authority(session, m.registrar, "KS", 1, seen=seen)
        for days in (-1, 61):
            with pytest.raises(InvalidFact):
                publishing_delays.set_for_authority(session, m.administrator, "KS", days, seen=seen)
        publishing_delays.set_for_authority(session, m.administrator, "KS", 1, seen=seen)
        with pytest.raises(Stale):
            publishing_delays.set_for_authority(session, m.administrator, "KS", 2, seen=seen)
        item = session.scalars(select(Classification).where(Classification.code == "1")).one()
        of_class = fingerprint(publishing_delays.facts_of_class(item))
        with pytest.raises(NeedsEveryAuthority):
            publishing_delays.set_for_class(session, m.administrator, item.uid, 0, seen=of_class)


def test_since_when_facts_are_shown_is_kept_and_told_anew_when_they_come_back(
    sqlite_open_register: OpenRegister,
) -> None:
    opened, municipality = sqlite_open_register, sqlite_open_register.municipality
    register(opened)
    first = only_case(opened).published_at
    opened.projector.rebuild()
    assert only_case(opened).published_at == first
    delay(municipality, 1)
    opened.catch_up()
    with municipality.database.reading() as session:
        case = session.scalars(select(Case)).one()
        begun = waiting.beginning_of(waiting.first_day(case, 0))
    with opened.public.reading() as session:
        assert session.scalars(select(PublicRecord.published_at)).all() == [begun]
    opened.next_workday()
    assert only_case(opened).published_at > first
