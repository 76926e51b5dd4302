"""The list of what is to be registered."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from diarium.i18n import today
from diarium.intake import queries, triage
from diarium.intake.queries import InboxFilter, InvalidCursor
from diarium.intake.vocabulary import Channel, ItemState, SetAsideReason
from tests.conftest import Municipality
from tests.counting import statements_of
from tests.intake.arrivals import arrive, in_new_case


def fill(municipality: Municipality, count: int) -> list[str]:
    """As many items, each a working week older than the one before; their subjects, the oldest first."""
    with municipality.database.unit_of_work() as session:
        for number in range(count):
            moment = dt.datetime(2026, 11, 18, 9, 0, tzinfo=dt.UTC) - dt.timedelta(days=7 * number)
            subject = f"Nummer {number}"
            arrive(municipality, session, subject=subject, received_at=moment, message=subject.encode())
    return [f"Nummer {number}" for number in reversed(range(count))]


def test_oldest_deadline_comes_first_and_pages_follow_each_other_both_ways(municipality: Municipality) -> None:
    expected = fill(municipality, 7)
    with municipality.database.reading() as session:
        first = queries.inbox(session, municipality.registrar, InboxFilter(), size=3)
        second = queries.inbox(session, municipality.registrar, InboxFilter(), cursor=first.next_cursor, size=3)
        third = queries.inbox(session, municipality.registrar, InboxFilter(), cursor=second.next_cursor, size=3)
        shown = [row.subject for page in (first, second, third) for row in page.rows]
        assert shown == expected
        assert (first.previous_cursor, third.next_cursor) == (None, None)
        back = queries.inbox(session, municipality.registrar, InboxFilter(), cursor=third.previous_cursor, size=3)
        assert back == second
        start = queries.inbox(session, municipality.registrar, InboxFilter(), cursor=back.previous_cursor, size=3)
        assert start == first


def test_page_stays_in_place_when_items_before_it_are_settled(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    expected = fill(municipality, 6)
    with municipality.database.unit_of_work() as session:
        first = queries.inbox(session, municipality.registrar, InboxFilter(), size=3)
        for row in first.rows:
            triage.set_aside(
                session, municipality.registrar, row.uid, SetAsideReason.TRIVIAL, "", version=row.version
            )
        second = queries.inbox(session, municipality.registrar, InboxFilter(), cursor=first.next_cursor, size=3)
    assert [row.subject for row in second.rows] == expected[3:]


@pytest.mark.parametrize("cursor", ["x", "YXxiYXI", "!!!", "å", "A" * 500, "YXwyMDI2LTExLTE4fDIwMjYtMTEtMTh8MQ"])
def test_cursor_that_nobody_gave_out_is_refused(sqlite_municipality: Municipality, cursor: str) -> None:
    with sqlite_municipality.database.reading() as session, pytest.raises(InvalidCursor):
        queries.inbox(session, sqlite_municipality.registrar, InboxFilter(), cursor=cursor)


def test_counts_tell_what_waits_what_is_due_and_what_is_mine(municipality: Municipality) -> None:
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=30)
    with municipality.database.unit_of_work() as session:
        late = arrive(municipality, session, received_at=long_ago, message=b"1")
        fresh = arrive(municipality, session, received_at=dt.datetime.now(dt.UTC), message=b"2")
        due = arrive(municipality, session, received_at=long_ago, message=b"3")
        due.deadline_on = today()
        arrive(municipality, session, authority="SN", message=b"4")
        triage.assign(session, municipality.registrar, fresh.uid, "rut", version=1)
    with municipality.database.reading() as session:
        assert queries.counts(session, municipality.registrar) == queries.InboxCounts(3, 1, 1, 1)
        assert queries.counts(session, municipality.officer) == queries.InboxCounts(0, 0, 0, 0)
        assert queries.counts(session, municipality.outsider).unregistered == 1
        rows = queries.inbox(session, municipality.registrar, InboxFilter()).rows
        assert [(row.uid, row.is_overdue, row.is_due_today) for row in rows] == [
            (late.uid, True, False),
            (due.uid, False, True),
            (fresh.uid, False, False),
        ]
        assert rows[0].age >= 19


def test_list_is_narrowed(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        mail = arrive(municipality, session, message=b"1")
        scan = arrive(municipality, session, message=b"2", channel=Channel.SCAN)
        mine = arrive(municipality, session, message=b"3", received_at=dt.datetime.now(dt.UTC))
        triage.assign(session, municipality.registrar, mine.uid, "rut", version=1)
        done = arrive(municipality, session, message=b"4")
        triage.register_item(session, municipality.registrar, done.uid, in_new_case(done), version=1)
    cases = [
        (InboxFilter(), {mail.uid, scan.uid, mine.uid}),
        (InboxFilter(channel=Channel.SCAN), {scan.uid}),
        (InboxFilter(assigned_to_id=municipality.registrar.user_id), {mine.uid}),
        (InboxFilter(unassigned=True), {mail.uid, scan.uid}),
        (InboxFilter(overdue_only=True), {mail.uid, scan.uid} if mail.deadline_on < today() else set()),
        (InboxFilter(state=ItemState.REGISTERED), {done.uid}),
        (InboxFilter(state=None), {mail.uid, scan.uid, mine.uid, done.uid}),
        (InboxFilter(authority="SN"), set()),
        (InboxFilter(authority="KS", unassigned=True), {mail.uid, scan.uid}),
    ]
    with municipality.database.reading() as session:
        for wanted, expected in cases:
            page = queries.inbox(session, municipality.registrar, wanted)
            assert {row.uid for row in page.rows} == expected, wanted


def test_list_takes_the_same_number_of_statements_for_three_rows_and_thirty(
    sqlite_municipality: Municipality,
) -> None:
    municipality = sqlite_municipality
    taken = []
    for count in (3, 27):
        fill(municipality, count)
        with municipality.database.unit_of_work() as session:
            for row in queries.inbox(session, municipality.registrar, InboxFilter(), size=count // 3).rows:
                item = queries.item_details(session, municipality.registrar, row.uid)
                command = in_new_case(item)  # type: ignore[arg-type]
                triage.register_item(session, municipality.registrar, row.uid, command, version=row.version)
        with statements_of(municipality.database.engine) as statements, municipality.database.reading() as session:
            queries.inbox(session, municipality.registrar, InboxFilter(state=None))
            queries.counts(session, municipality.registrar)
        taken.append(len(statements))
    assert taken[0] == taken[1] <= 12


def test_next_one_is_the_first_that_is_nobodys_or_mine_and_goes_round(municipality: Municipality) -> None:
    fill(municipality, 4)
    with municipality.database.unit_of_work() as session:
        rows = queries.inbox(session, municipality.registrar, InboxFilter()).rows
        triage.assign(session, municipality.registrar, rows[1].uid, "hans", version=1)
    with municipality.database.reading() as session:
        actor = municipality.registrar
        assert queries.next_item(session, actor) == rows[0].uid
        assert queries.next_item(session, actor, after=rows[0].uid) == rows[2].uid
        assert queries.next_item(session, actor, after=rows[3].uid) == rows[0].uid
        assert queries.next_item(session, actor, after=uuid.uuid4()) == rows[0].uid
        assert queries.next_item(session, municipality.officer) == rows[1].uid
        assert queries.next_item(session, municipality.officer, after=rows[1].uid) is None
        assert queries.next_item(session, municipality.outsider) is None


def test_duplicates_are_shown_with_what_became_of_them(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        first = arrive(municipality, session, message_id="<a@x>", message=b"1")
        second = arrive(municipality, session, message_id="<a@x>", message=b"2")
        third = arrive(municipality, session, message_id="<a@x>", message=b"3")
        record = triage.register_item(session, municipality.registrar, first.uid, in_new_case(first), version=1)
        number = record.number_text
    with municipality.database.reading() as session:
        view = queries.item_details(session, municipality.registrar, third.uid)
        assert [(item.uid, item.record_number) for item in view.duplicates] == [
            (first.uid, number),
            (second.uid, None),
        ]
        rows = queries.inbox(session, municipality.registrar, InboxFilter()).rows
        assert [row.is_duplicate for row in rows] == [True, True]


def test_file_is_given_only_with_its_item(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        item, other = arrive(municipality, session, message=b"1"), arrive(municipality, session, message=b"2")
        file = item.files[1]
        assert queries.file_of(session, municipality.registrar, item.uid, file.uid) == (
            "yttrande.pdf",
            file.sha256,
        )
        assert queries.file_of(session, municipality.registrar, other.uid, file.uid) is None
        with pytest.raises(queries.lookup.ItemNotFound):
            queries.file_of(session, municipality.outsider, item.uid, file.uid)
