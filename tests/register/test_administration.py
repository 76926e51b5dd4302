"""Authorities, units and series are changed by their administrators, and nothing is overwritten unseen."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.audit.revision import Stale, fingerprint
from diarium.errors import NotAllowed, NotFound
from diarium.i18n import today
from diarium.identity import accounts
from diarium.identity import service as identity
from diarium.identity.errors import InvalidUser
from diarium.identity.permissions import SYSTEM, Permission, Role
from diarium.register import administration, registration
from diarium.register.administration import authorities, log, new_year, series, set_up, units
from diarium.register.administration.authorities import AuthorityFacts
from diarium.register.administration.series import NewSeries, SeriesFacts
from diarium.register.commands import DocumentFacts, NewCase
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.models import Authority, Case, DiarySeries, SetUpStep, Unit, YearSetUp
from diarium.texts import InvalidText
from tests.conftest import Municipality
from tests.counting import statements_of

DAY = dt.timedelta(days=1)


def of(session: Session, code: str = "KS") -> Authority:
    return session.scalars(select(Authority).where(Authority.code == code)).one()


def facts(authority: Authority, **changes: object) -> AuthorityFacts:
    return AuthorityFacts(**(authorities.facts_of(authority) | changes))  # type: ignore[arg-type]


def seen(authority: Authority) -> str:
    return fingerprint(authorities.facts_of(authority))


def events(session: Session, action: str) -> list[AuditEvent]:
    return list(session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)))


def test_new_authority_registers_at_once_with_its_own_number_format(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    command = administration.NewAuthority("mn", "Miljönämnden", number_format="{series}.{year}.{number:04}")
    with m.database.unit_of_work() as session:
        administration.add_authority(session, SYSTEM, command)
        case = registration.open_case(session, SYSTEM, NewCase(authority="MN", title="Tillsyn"))
        assert case.number_text == f"MN.{case.year}.0001"


def test_code_is_given_once(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session, pytest.raises(InvalidFact) as refusal:
        administration.add_authority(session, SYSTEM, administration.NewAuthority("KS", "Dubblett"))
    assert refusal.value.field == "code"


def test_registrar_adds_no_authority(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session, pytest.raises(NotAllowed):
        administration.add_authority(session, m.registrar, administration.NewAuthority("XN", "X"))


def test_officer_can_not_release_a_file_by_registering_it(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        released = DocumentFacts(m.store(session, b"x"), "x.txt", is_released=True)
        record = m.record(session)
        with pytest.raises(NotAllowed):
            registration.add_documents(session, m.officer, record, [released])


def test_whoever_adds_an_authority_administers_it(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        administration.add_authority(session, m.administrator, administration.NewAuthority("MN", "Miljönämnden"))
        adam = identity.actor_of(accounts.user_by_name(session, "adam"))
        assert adam.may(Permission.ADMINISTER, "MN")
        assert [row.code for row in authorities.listing(session, adam)] == ["KS", "MN"]


def test_change_of_an_authority_tells_old_and_new(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        owner = of(session)
        wanted = facts(owner, name="Kommunstyrelsen i Ekdala", phone="0123-456 00", email="ks@ekdala.se")
        authorities.change_authority(session, m.administrator, "KS", wanted, seen=seen(owner))
        (event,) = events(session, "authority.changed")
        assert event.before == {"name": "Kommunstyrelsen", "email": None, "phone": None}
        assert event.after == {
            "name": "Kommunstyrelsen i Ekdala", "email": "ks@ekdala.se", "phone": "0123-456 00"
        }  # fmt: skip
        assert event.actor_name == "Adam Admin"


def test_two_administrators_who_change_the_same_overwrite_nothing(municipality: Municipality) -> None:
    m = municipality
    with m.database.reading() as session:
        page = seen(of(session))
    with m.database.unit_of_work() as session:
        wanted = facts(of(session), phone="111")
        authorities.change_authority(session, m.administrator, "KS", wanted, seen=page)
    with m.database.unit_of_work() as session:
        wanted = facts(of(session), phone="222")
        with pytest.raises(Stale):
            authorities.change_authority(session, m.administrator, "KS", wanted, seen=page)
    with m.database.reading() as session:
        assert of(session).phone == "111"


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " \u202e "), ("name", "x" * 201), ("email", "ks.ekdala.se"), ("phone", "1" * 41),
     ("organisation_number", "212000-1430"), ("active_to", dt.date(1999, 1, 1)), ("active_from", None)],
)  # fmt: skip
def test_bad_fact_of_an_authority_is_told_at_its_field(
    sqlite_municipality: Municipality, field: str, value: object
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        owner = of(session)
        wanted = facts(owner, **{field: value})
        with pytest.raises((InvalidFact, InvalidText, InvalidUser)) as refusal:
            authorities.change_authority(session, m.administrator, "KS", wanted, seen=seen(owner))
        assert refusal.value.field == field


def test_administrator_of_one_board_knows_of_no_other(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        for call in (
            lambda: authorities.administered(session, m.administrator, "SN"),
            lambda: units.add_unit(session, m.administrator, "SN", "Ny"),
            lambda: series.listing(session, m.administrator, "SN"),
            lambda: set_up.state(session, m.administrator, "SN"),
            lambda: new_year.checklist(session, m.administrator, "SN", today().year),
            lambda: authorities.open_cases(session, m.registrar, "KS"),
        ):
            with pytest.raises(NotFound):
                call()


def test_board_that_has_ended_takes_no_case_and_shows_what_is_open(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        m.case(session, responsible="hans")
        owner = of(session)
        wanted = facts(owner, active_to=today() - DAY)
        authorities.change_authority(session, m.administrator, "KS", wanted, seen=seen(owner))
        assert [item.is_active for item in owner.series] == [False]
        assert len(events(session, "series.closed")) == 1
    with m.database.unit_of_work() as session:
        with pytest.raises(InvalidFact):
            m.case(session)
        found = authorities.open_cases(session, m.administrator, "KS")
        assert [(item.officer, found.count) for item in found.cases] == [("Hans Handläggare", 1)]
        (row,) = authorities.listing(session, m.administrator)
        assert (row.is_active, row.open_cases, row.series) == (False, 1, ())


def test_board_ends_on_the_day_that_is_set_not_before(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        owner = of(session)
        wanted = facts(owner, active_to=today())
        authorities.change_authority(session, m.administrator, "KS", wanted, seen=seen(owner))
        assert m.case(session).number == 1


def test_unit_is_retired_only_when_another_takes_its_open_cases(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        new = units.add_unit(session, m.administrator, "KS", "Plan och bygg")
        old = session.scalars(
            select(Unit).where(Unit.name == "Kansliet", Unit.authority_id == new.authority_id)
        ).one()
        case = m.case(session, unit="Kansliet")
        with pytest.raises(StatusConflict) as refusal:
            units.retire_unit(session, m.administrator, "KS", old.uid)
        assert refusal.value.field == "move_to"
        with pytest.raises(InvalidFact):
            units.retire_unit(session, m.administrator, "KS", old.uid, move_to=old.uid)
        assert units.retire_unit(session, m.administrator, "KS", old.uid, move_to=new.uid) == 1
        assert (case.unit, case.version, old.is_active) == (new, 2, False)
        (moved,) = [item for item in events(session, "case.assigned") if item.entity_uid == str(case.uid)]
        assert (moved.before, moved.after) == ({"unit": "Kansliet"}, {"unit": "Plan och bygg"})
        with pytest.raises(InvalidFact):
            m.case(session, unit="Kansliet")
        units.reopen_unit(session, m.administrator, "KS", old.uid)
        assert m.case(session, unit="Kansliet").unit is old


def test_unit_has_a_name_of_its_own_and_members_of_its_authority(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        unit = session.scalars(select(Unit).join(Authority).where(Authority.code == "KS")).one()
        with pytest.raises(InvalidFact):
            units.add_unit(session, m.administrator, "KS", "kansliet")
        page = fingerprint(units.members_of(session, unit))
        units.set_members(session, m.administrator, "KS", unit.uid, ["hans", "rut"], seen=page)
        assert [person.username for person in units.people(session, unit) if person.is_member] == ["hans", "rut"]
        with pytest.raises(Stale):
            units.set_members(session, m.administrator, "KS", unit.uid, ["hans"], seen=page)
        page = fingerprint(units.members_of(session, unit))
        with pytest.raises(InvalidFact):
            units.set_members(session, m.administrator, "KS", unit.uid, ["siv"], seen=page)
        units.set_members(session, m.administrator, "KS", unit.uid, ["hans"], seen=page)
        _first, last = events(session, "unit.members_set")
        assert (last.before, last.after) == ({"members": ["hans", "rut"]}, {"members": ["hans"]})


def ks_series(session: Session) -> DiarySeries:
    return session.scalars(select(DiarySeries).join(Authority).where(Authority.code == "KS")).first()  # type: ignore[return-value]


def series_facts(item: DiarySeries, **changes: object) -> SeriesFacts:
    return SeriesFacts(**(series.facts_of(item) | changes))  # type: ignore[arg-type]


def test_preview_tells_the_next_numbers_of_the_series(sqlite_municipality: Municipality) -> None:
    m, year = sqlite_municipality, today().year
    with m.database.unit_of_work() as session:
        m.case(session)
        item = ks_series(session)
        shown = series.preview(session, item.authority, "{series}.{year2}.{number:04}", "KS", item)
        assert shown.numbers == tuple(f"KS.{year % 100}.000{number}" for number in (2, 3, 4))
        assert shown.is_found_freely
        odd = series.preview(session, item.authority, "{number}-{series}-{year}", "KS", item)
        assert not odd.is_found_freely


def test_format_changes_for_the_numbers_to_come_only(municipality: Municipality) -> None:
    m, year = municipality, today().year
    with m.database.unit_of_work() as session:
        first, item = m.case(session), ks_series(session)
        wanted = series_facts(item, number_format="{year}-{number:06}")
        page = fingerprint(series.facts_of(item))
        series.change_series(session, m.administrator, "KS", item.uid, wanted, seen=page)
        assert (first.number_text, m.case(session).number_text) == (f"KS {year}/1", f"{year}-000002")
        with pytest.raises(Stale):
            series.change_series(session, m.administrator, "KS", item.uid, wanted, seen=page)


@pytest.mark.parametrize("pattern", ["{year}/{number:06}", "{year}/{number}"])
def test_numbers_of_two_series_can_be_told_apart(municipality: Municipality, pattern: str) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        item = ks_series(session)
        wanted = series_facts(item, number_format="{year}/{number}")
        page = fingerprint(series.facts_of(item))
        series.change_series(session, m.administrator, "KS", item.uid, wanted, seen=page)
        new = NewSeries("KSX", SeriesFacts("Personal", pattern))
        with pytest.raises(InvalidFact) as refusal:
            series.add_series(session, m.administrator, "KS", new)
        assert refusal.value.field == "number_format"
        with pytest.raises(InvalidFact):
            series.add_series(
                session, m.administrator, "KS", NewSeries("ks", SeriesFacts("Igen", "{series} {year}/{number}"))
            )
        added = series.add_series(
            session, m.administrator, "KS", NewSeries("KSX", SeriesFacts("Personal", "{series} {year}/{number}"))
        )
        assert m.case(session, series="KSX").series is added


def test_number_that_was_given_before_is_not_given_again(sqlite_municipality: Municipality) -> None:
    m, year = sqlite_municipality, today().year
    with m.database.unit_of_work() as session:
        item = ks_series(session)
        session.add(Case(**_imported(item, f"A{year}-7")))
        session.flush()
        wanted = series_facts(item, number_format="A{year}-{number}")
        page = fingerprint(series.facts_of(item))
        with pytest.raises(InvalidFact) as refusal:
            series.change_series(session, m.administrator, "KS", item.uid, wanted, seen=page)
        assert f"A{year}-7" in refusal.value.message


def _imported(item: DiarySeries, number: str) -> dict[str, object]:
    return {
        "authority_id": item.authority_id, "series_id": item.id, "year": 1990, "number": 7, "number_text": number,
        "title": "Äldre ärende", "opened_on": dt.date(1990, 1, 1),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("opens", "closes", "is_open"),
    [(None, -1, False), (None, 0, True), (1, None, False), (0, None, True), (None, None, True)],
)
def test_series_gives_numbers_between_its_days(
    municipality: Municipality, opens: int | None, closes: int | None, is_open: bool
) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        item = ks_series(session)
        days = [None if days is None else today() + days * DAY for days in (opens, closes)]
        wanted = series_facts(item, opens_on=days[0], closes_on=days[1])
        page = fingerprint(series.facts_of(item))
        series.change_series(session, m.administrator, "KS", item.uid, wanted, seen=page)
        if is_open:
            assert m.case(session).number == 1
        else:
            with pytest.raises(InvalidFact):
                m.case(session)


def test_closed_series_takes_no_case_until_it_is_opened(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        item = ks_series(session)
        series.close_series(session, m.administrator, "KS", item.uid)
        with pytest.raises(InvalidFact):
            m.case(session)
        series.open_series(session, m.administrator, "KS", item.uid)
        series.open_series(session, m.administrator, "KS", item.uid)
        m.case(session)
        assert [len(events(session, f"series.{word}")) for word in ("closed", "opened")] == [1, 1]


def test_set_up_is_taken_up_where_it_was_left_and_ends_when_one_can_register(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        administration.add_authority(session, m.administrator, administration.NewAuthority("MN", "Miljönämnden"))
        adam = identity.actor_of(accounts.user_by_name(session, "adam"))
        set_up.mark_done(session, adam, "MN", SetUpStep.FACTS)
        set_up.mark_done(session, adam, "MN", SetUpStep.FACTS)
    with m.database.unit_of_work() as session:
        state = set_up.state(session, adam, "MN", channels=0)
        assert state.following is SetUpStep.UNITS
        assert state.missing[0].is_blocking
        with pytest.raises(StatusConflict):
            set_up.mark_done(session, adam, "MN", SetUpStep.CHECK)
        identity.create_user(session, adam, "mia", "Mia", {"MN": [Role.REGISTRAR]}, password="mia-hemligt-lösen")
        set_up.mark_done(session, adam, "MN", SetUpStep.CHECK)
        assert len(events(session, "set_up.finished")) == 1
        assert not any(item.is_blocking for item in set_up.state(session, adam, "MN").missing)


def test_new_year_ends_one_series_and_begins_another(municipality: Municipality) -> None:
    m, year = municipality, today().year + 1
    with m.database.unit_of_work() as session:
        m.case(session)
        item = ks_series(session)
        shown = new_year.checklist(session, m.administrator, "KS", year)
        assert [(s.last_number, s.first_number) for s in shown.series] == [(f"KS {year - 1}/1", f"KS {year}/1")]
        assert shown.open_by_year == ((year - 1, 1),)
        with pytest.raises(StatusConflict):
            new_year.prepare(session, m.administrator, "KS", year, ends=[item.uid])
        session.rollback()
    with m.database.unit_of_work() as session:
        item = ks_series(session)
        begins = NewSeries("KSN", SeriesFacts("Nytt diarium", "{series} {year}/{number}"))
        new_year.prepare(session, m.administrator, "KS", year, ends=[item.uid], begins=begins)
        first = dt.date(year, 1, 1)
        given = {
            s.code: s.gives_numbers_on(first) for s in session.scalars(select(DiarySeries)) if s.code[:2] == "KS"
        }
        assert given == {"KS": False, "KSN": True}
        assert m.case(session).series is item, "until the last day of the year nothing changes"
        assert session.scalars(select(YearSetUp)).one().done_by_name == "Adam Admin"
        (event,) = events(session, "set_up.year_prepared")
        assert event.after == {"year": year, "series_ended": ["KS"], "series_begun": "KSN"}
        with pytest.raises(NotFound):
            new_year.checklist(session, m.administrator, "KS", year + 1)


def test_log_tells_what_the_administrator_may_know_and_pages(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        for number in range(5):
            units.add_unit(session, m.administrator, "KS", f"Enhet {number}")
        units.add_unit(session, SYSTEM, "SN", "Hemlig enhet")
        accounts.set_password(session, SYSTEM, accounts.user_by_name(session, "siv"), "ett-nytt-lösenord")
        accounts.set_password(session, SYSTEM, accounts.user_by_name(session, "rut"), "ett-nytt-lösenord")
        identity.create_token(session, SYSTEM, accounts.user_by_name(session, "siv"), "Sivs nyckel")
        identity.create_token(session, SYSTEM, accounts.user_by_name(session, "rut"), "Ruts nyckel")
    with m.database.reading() as session:
        with statements_of(m.database.engine) as sent:
            shown = log.page(session, m.administrator, log.LogFilter(), size=200)
        assert sum(statement.startswith("SELECT") for statement in sent) == 1
        labels = [event.entity_label for event in shown.events]
        assert {"Enhet 4", "rut", "Ruts nyckel"} <= set(labels)
        assert not {"Hemlig enhet", "siv", "Sivs nyckel"} & set(labels)
        of_units = log.LogFilter(kind=log.LogKind.UNIT, person="adam")
        first = log.page(session, m.administrator, of_units, size=3)
        rest = log.page(session, m.administrator, of_units, size=3, cursor=first.next_cursor)
        assert [event.entity_label for event in (*first.events, *rest.events)] == [
            f"Enhet {number}" for number in (4, 3, 2, 1, 0)
        ]
        assert rest.next_cursor is None
        with pytest.raises(NotAllowed):
            log.page(session, m.registrar, log.LogFilter())


def test_thing_that_is_not_there_is_told(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        for call in (units.unit_of, series.series_of):
            with pytest.raises(NotFound):
                call(session, m.administrator, "KS", uuid.uuid4())


def test_registering_does_not_wait_while_the_authority_is_changed(municipality: Municipality) -> None:
    m = municipality
    if not m.database.is_postgresql:
        pytest.skip("SQLite has one writer at a time")
    with m.database.unit_of_work() as session:
        found = authorities.administered(session, m.administrator, "KS", lock=True)
        assert found.code == "KS"
        with m.database.unit_of_work() as other:
            other.execute(text("SET LOCAL lock_timeout = '3s'"))
            assert m.case(other).number_text
