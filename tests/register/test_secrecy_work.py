"""Markings looked at anew, secrecy that ends, and who has read what: the same on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import today
from diarium.identity.models import Membership, User
from diarium.register import (
    case_sheet,
    circle_rescue,
    closed_circles,
    endings,
    queries,
    readings,
    registration,
    secrecy_marks,
    timeline,
)
from diarium.register.commands import DocumentFacts, RestrictionFacts
from diarium.register.endings import Ending, Wanted
from diarium.register.errors import StatusConflict
from diarium.register.models import Case, Record
from diarium.register.secrecy_marks import NewReview
from diarium.register.views import record_view
from diarium.secrecy import grants, reviewing
from diarium.secrecy.errors import InvalidReview, NotInForce
from diarium.secrecy.models import Restriction, Scope
from diarium.secrecy.work_models import Occasion, Outcome
from tests.conftest import Municipality
from tests.counting import statements_of

MARK = RestrictionFacts("26:1")
DAY = dt.timedelta(days=1)
KEPT = NewReview(Occasion.REQUEST, Outcome.KEPT, "Skadan kvarstår")


def with_files(m: Municipality, session: Session, record: Record, *names: str) -> Record:
    files = tuple(DocumentFacts(m.store(session, name.encode()), name) for name in names)
    registration.add_documents(session, m.registrar, record, files)
    session.refresh(record, ["documents"])
    return record


def test_reviews_are_kept_and_the_next_day_moves(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        record = m.record(session, restrictions=(RestrictionFacts("26:1", review_on=today()),))
        (mark,) = record.restrictions
        with pytest.raises(InvalidReview) as error:
            secrecy_marks.record_review(session, m.registrar, record, mark.uid, KEPT)
        assert error.value.field == "review_on", "its day has come: say when the next one is"
        ahead = today() + dt.timedelta(days=400)
        wanted = NewReview(Occasion.ROUTINE, Outcome.KEPT, "Prövad", next_on=ahead)
        secrecy_marks.record_review(session, m.registrar, record, mark.uid, wanted)
        secrecy_marks.record_review(session, m.registrar, record, mark.uid, KEPT)
        assert mark.review_on == ahead, "a request in between leaves the day as it is"
        secrecy_marks.lift(session, m.registrar, record, mark.uid, "Behövs inte")
        with pytest.raises(NotInForce):
            secrecy_marks.record_review(session, m.registrar, record, mark.uid, KEPT)
    with m.database.reading() as session:
        mark = session.scalars(select(Restriction)).one()
        rows = [(row.occasion, row.outcome, row.next_on) for row in reviewing.reviews_of(session, mark)]
        assert rows == [
            (Occasion.ROUTINE, Outcome.LIFTED, None),
            (Occasion.REQUEST, Outcome.KEPT, ahead),
            (Occasion.ROUTINE, Outcome.KEPT, ahead),
        ]
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "record.mark_reviewed")).first()
        assert event is not None
        assert event.before == {"scope": "whole", "review_on": today().isoformat()}


def test_marking_is_narrowed_step_by_step_and_never_widened(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = with_files(m, session, m.record(session, restrictions=(MARK,)), "a.txt", "b.txt")
        (mark,) = record.restrictions
        one = record.documents[0]

        def narrow(scope: Scope | None, document: object = None) -> None:
            wanted = NewReview(Occasion.ROUTINE, Outcome.NARROWED, "Mindre", scope=scope, document=document)  # type: ignore[arg-type]
            secrecy_marks.record_review(session, m.registrar, record, mark.uid, wanted)

        for scope, document, field in (
            (None, None, "scope"),
            (Scope.WHOLE, None, "scope"),
            (Scope.TITLE, one.uid, "document"),
        ):
            with pytest.raises(InvalidReview) as error:
                narrow(scope, document)
            assert error.value.field == field
        narrow(Scope.FILES)
        assert record_view(m.officer, record).documents == ()
        with pytest.raises(InvalidReview):
            narrow(Scope.FILES)
        narrow(Scope.FILES, one.uid)
        assert [item.file_name for item in record_view(m.officer, record).documents] == ["b.txt"]
        with pytest.raises(InvalidReview):
            narrow(Scope.FILES, record.documents[1].uid)
        for actor, failure in ((m.officer, NotAllowed), (m.archivist, NotAllowed), (m.outsider, NotAllowed)):
            with pytest.raises(failure):
                secrecy_marks.record_review(session, actor, record, mark.uid, KEPT)


def listed(m: Municipality, session: Session, which: Ending, days: int = 365) -> list[tuple[str, str, object]]:
    page = endings.page(session, m.registrar, Wanted(which, days))
    return [(row.number, row.citation, row.last_day) for row in page.rows]


def test_time_is_counted_from_the_record_or_from_its_entry(municipality: Municipality) -> None:
    m = municipality
    received = dt.date(2004, 2, 29)
    with m.database.unit_of_work() as session:
        case = m.case(session, restrictions=(RestrictionFacts("31:16", Scope.WHOLE),))
        record = m.record(session, case, official_on=dt.date(2020, 1, 1), document_date=received)
        for scope in (Scope.FILES, Scope.TITLE):
            secrecy_marks.mark(session, m.registrar, record, RestrictionFacts("31:16", scope))
        of_case, of_files, of_title = (
            endings.last_day_of(session, mark) for mark in (*case.restrictions, *record.restrictions)
        )
        assert of_files == dt.date(2024, 2, 28), "from when the document was drawn up"
        in_twenty = today().replace(year=today().year + 20, day=min(today().day, 28))
        assert of_title is not None
        assert abs(of_title - in_twenty) <= dt.timedelta(days=4), "from when it was entered in the register"
        assert of_case == of_title, "of a case from its newest record"
        assert [row[2] for row in listed(m, session, Ending.ENDED)] == [of_files]
        assert listed(m, session, Ending.SOON) == []
        assert len(listed(m, session, Ending.SOON, days=21 * 366)) == 2
        session.execute(update(Record).values(registered_at=dt.datetime(2003, 5, 1, 12, tzinfo=dt.UTC)))
        session.execute(update(Case).values(registered_at=dt.datetime(2001, 5, 1, 12, tzinfo=dt.UTC)))
        assert {row[2] for row in listed(m, session, Ending.ENDED)} == {of_files, dt.date(2023, 4, 30)}


def test_markings_that_end_are_paged_in_the_order_of_their_days(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        for year in (1990, 1985, 1995, 1988, 1991):
            facts = (RestrictionFacts("31:16", Scope.FILES, review_on=dt.date(year + 30, 1, 1)),)
            m.record(session, case, official_on=dt.date(year, 3, 1), restrictions=facts)
        secrecy_marks.mark(session, m.registrar, case, RestrictionFacts("26:1"))
    with m.database.reading() as session:
        for which, first in ((Ending.ENDED, 2005), (Ending.REVIEW, 2015)):
            found, cursor = [], None
            for _round in range(4):
                page = endings.page(session, m.registrar, Wanted(which), cursor=cursor, size=2)
                found += [row.last_day if which is Ending.ENDED else row.review_on for row in page.rows]
                cursor = page.older
                if cursor is None:
                    break
            assert found == sorted(found)
            assert [day.year - first for day in found] == [0, 3, 5, 6, 10]
        assert endings.page(session, m.outsider, Wanted(Ending.ENDED)).rows == ()
        assert endings.page(session, m.registrar, Wanted(Ending.ENDED, authority="SN")).rows == ()
        odd = endings.page(session, m.registrar, Wanted(Ending.ENDED), cursor="x.1", size=2)
        assert len(odd.rows) == 2
        hidden = endings.page(session, m.officer, Wanted(Ending.ENDED)).rows
        assert [(row.may_review, row.last_day is not None) for row in hidden] == [(False, True)] * 5


def test_list_of_endings_asks_as_many_questions_of_many(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality

    def fill(count: int) -> int:
        with m.database.unit_of_work() as session:
            for _number in range(count):
                case = m.case(session, restrictions=(RestrictionFacts("31:16", review_on=today()),))
                m.record(session, case, restrictions=(RestrictionFacts("31:16", review_on=today()),))
        with m.database.reading() as session, statements_of(m.database.engine) as statements:
            endings.page(session, m.registrar, Wanted(Ending.REVIEW))
        return len(statements)

    assert fill(3) == fill(12)


def test_readings_are_told_to_those_who_look_after_them(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, title="Hemligt", restrictions=(MARK,), responsible="hans")
        record = m.record(session, case, title="Bilagan")
        for actor in (m.registrar, m.officer, m.archivist, m.officer):
            queries.note_reading(session, actor, case)
        queries.note_reading(session, m.officer, record)
        case_uid, record_uid, hans = case.uid, record.uid, m.officer.user_id
    with m.database.reading() as session:
        subject = readings.of_case(session, m.registrar, case_uid)
        page = readings.page(session, m.registrar, subject, readings.Wanted(), size=3)
        assert [(row.reader, row.title) for row in page.readings] == [
            ("Hans Handläggare", "Bilagan"),
            ("Hans Handläggare", "Hemligt"),
            ("Arja Arkivarie", "Hemligt"),
        ]
        rest = readings.page(session, m.registrar, subject, readings.Wanted(), before=page.older)
        assert [row.reader for row in rest.readings] == ["Hans Handläggare", "Rut Registrator"]
        assert [name for _id, name in readings.readers_of(session, subject)] == [
            "Arja Arkivarie", "Hans Handläggare", "Rut Registrator",
        ]  # fmt: skip
        of_hans = readings.Wanted(reader_id=hans, first=today(), last=today())
        assert len(readings.page(session, m.registrar, subject, of_hans).readings) == 3
        earlier = readings.Wanted(last=today() - DAY)
        assert readings.page(session, m.registrar, subject, earlier).readings == ()
        alone = readings.of_record(session, m.registrar, record_uid)
        assert len(readings.page(session, m.registrar, alone, readings.Wanted()).readings) == 1
        for actor, failure in ((m.officer, NotAllowed), (m.archivist, NotAllowed), (m.outsider, NotFound)):
            with pytest.raises(failure):
                readings.of_case(session, actor, case_uid)
        by_admin = readings.by_person(session, m.administrator, readings.Wanted(reader_id=hans))
        assert [row.title for row in by_admin.readings] == [None, None, None], "an administrator reads no titles"
        assert sum(len(batch) for batch in readings.rows_by_person(session, m.administrator, of_hans)) == 3
        for actor, reader, failure in (
            (m.registrar, hans, NotAllowed),
            (m.administrator, m.outsider.user_id, NotFound),
            (m.administrator, None, NotFound),
        ):
            with pytest.raises(failure):
                readings.by_person(session, actor, readings.Wanted(reader_id=reader))


def test_registrar_outside_a_closed_circle_does_not_see_its_readings(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, restrictions=(MARK,), responsible="hans")
        closed_circles.close_circle(session, m.officer, case, "Känsligt")
        with pytest.raises(NotAllowed):
            readings.of_case(session, m.registrar, case.uid)
        assert readings.of_case(session, m.administrator, case.uid).title is None


def test_readings_of_a_closed_record_are_not_told_by_its_case(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, responsible="hans")
        record, other = (m.record(session, case, restrictions=(MARK,)) for _ in range(2))
        closed_circles.close_circle(session, m.officer, record, "Känsligt")
        for target in (record, other):
            queries.note_reading(session, m.officer, target)
        subject = readings.of_case(session, m.registrar, case.uid)
        page = readings.page(session, m.registrar, subject, readings.Wanted())
        assert [row.uid for row in page.readings] == [other.uid]
        told = {
            actor.name: [
                entry.event.event.entity_uid
                for entry in case_sheet.case_page(
                    session, actor, case.uid, kind=timeline.EntryKind.READING
                ).timeline.entries
                if entry.event
            ]
            for actor in (m.registrar, m.archivist, m.officer)
        }
        assert told == {m.registrar.name: [str(other.uid)], m.archivist.name: [], m.officer.name: []}


def test_circle_whose_people_no_longer_read_there_is_empty(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, restrictions=(MARK,), responsible="hans")
        closed_circles.close_circle(session, m.officer, case, "Känsligt")
        with pytest.raises(StatusConflict):
            circle_rescue.name_person(session, m.administrator, case.uid, "arja", "Nyfiken")
        session.execute(delete(Membership).where(Membership.user_id == m.officer.user_id))
        assert [item.left for item in circle_rescue.page(session, m.administrator).circles] == [0]
        assert circle_rescue.circle_for(session, m.administrator, case.uid)[0].left == 0
        circle_rescue.name_person(session, m.administrator, case.uid, "arja", "Ingen kvar")


def test_empty_circles_are_found_and_somebody_is_named(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, title="Hemligt", restrictions=(MARK,))
        other = m.case(session, restrictions=(MARK,), responsible="hans")
        record = m.record(session, other)
        closed_circles.close_circle(session, m.registrar, case, "Känsligt")
        closed_circles.close_circle(session, m.officer, record, "Känsligt")
        page = circle_rescue.page(session, m.administrator, size=1)
        assert page.older is not None
        rest = circle_rescue.page(session, m.administrator, before=page.older)
        found = {item.number: item.left for item in (*page.circles, *rest.circles)}
        assert found == {case.number_text: 1, record.number_text: 1}
        session.execute(update(User).where(User.username.in_(["rut", "hans"])).values(is_active=False))
        assert {item.left for item in circle_rescue.page(session, m.administrator).circles} == {0}
        for username, reason, field in (
            ("siv", "Ingen kvar", "username"),
            ("adam", "Ingen kvar", "username"),
            ("arja", "", "reason"),
        ):
            with pytest.raises(DomainError) as error:
                circle_rescue.name_person(session, m.administrator, case.uid, username, reason)
            assert error.value.field == field
        circle_rescue.name_person(session, m.administrator, case.uid, "arja", "Ingen kvar")
        with pytest.raises(StatusConflict, match="kvar i kretsen"):
            circle_rescue.name_person(session, m.administrator, case.uid, "rut", "Fler")
        arja = grants.actor_of(session, session.get_one(User, m.archivist.user_id))
        assert queries.case_view(arja, case).title == "Hemligt"
        for actor, uid in ((m.registrar, case.uid), (m.administrator, m.case(session).uid)):
            with pytest.raises(NotFound):
                circle_rescue.circle_for(session, actor, uid)
