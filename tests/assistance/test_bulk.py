"""Bulk registration: many files, each a record, none lost and none twice."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from diarium.assistance import bulk
from diarium.assistance.bulk import BulkLine
from diarium.assistance.errors import BatchNotFound, TooManyRows
from diarium.audit.models import AuditEvent
from diarium.changes.models import Change
from diarium.i18n import today
from diarium.register.commands import DocumentFacts, NewCase, NewRecord, PartyFacts
from diarium.register.models import Case, Record
from diarium.register.vocabulary import Direction
from tests.conftest import Municipality


class PowerCut(Exception):
    """The process ends in the middle."""


def hundred(m: Municipality, count: int = 100) -> tuple[BulkLine, ...]:
    """As many files in one new case of KS."""
    with m.database.unit_of_work() as session:
        number = m.case(session).number_text
        sums = [m.store(session, f"Enkät {place}".encode()) for place in range(count)]
    common = NewRecord(
        direction=Direction.INCOMING,
        official_on=today(),
        title="",
        case=number,
        parties=(PartyFacts("Anna Ek"),),
    )
    return tuple(
        BulkLine(
            place,
            replace(common, title=f"Enkätsvar {place}", documents=(DocumentFacts(sha256, f"enkat{place}.txt"),)),
        )
        for place, sha256 in enumerate(sums, 1)
    )


def spoiled(rows: tuple[BulkLine, ...], **wrong: NewRecord) -> list[BulkLine]:
    """The rows with other commands at the places `r<number>`."""
    return [replace(row, command=wrong.get(f"r{row.row}", row.command)) for row in rows]


def test_hundred_files_become_a_hundred_records_and_pressing_twice_changes_nothing(
    municipality: Municipality,
) -> None:
    m, batch = municipality, uuid.uuid4()
    rows = hundred(m)
    first = bulk.register_all(m.database, m.registrar, rows, batch=batch)
    again = bulk.register_all(m.database, m.registrar, rows, batch=batch)
    assert [one.number for one in again] == [one.number for one in first]
    assert all(one.was_there and not other.was_there for one, other in zip(again, first, strict=True))
    with m.database.reading() as session:
        records = session.scalars(select(Record).order_by(Record.running_number)).all()
        assert [record.running_number for record in records] == list(range(1, 101))
        assert [record.documents[0].file_name for record in records][:2] == ["enkat1.txt", "enkat2.txt"]
        assert session.scalars(select(Case)).one().record_count == 100


def test_bad_rows_are_told_and_lose_no_others_and_can_be_mended(municipality: Municipality) -> None:
    m, batch = municipality, uuid.uuid4()
    rows = hundred(m, 5)
    good = rows[0].command
    wrong = spoiled(
        rows,
        r2=replace(good, title=" "),
        r3=replace(good, official_on=dt.date(2999, 1, 1)),
        r5=replace(good, documents=(DocumentFacts("0" * 64, "borta.pdf"),)),
    )
    done = bulk.register_all(m.database, m.registrar, wrong, batch=batch)
    assert [one.row for one in done if one.number] == [1, 4]
    problems = [one.problem for one in done if one.problem]
    assert [(one.row, one.field) for one in problems] == [(2, "title"), (3, "official_on"), (5, "files")]
    assert "borta.pdf" in problems[2].message
    mended = bulk.register_all(m.database, m.registrar, rows, batch=batch)
    assert [one.was_there for one in mended] == [True, False, False, True, False]
    with m.database.reading() as session:
        numbers = session.scalars(select(Record.running_number).order_by(Record.running_number)).all()
        assert numbers == [1, 2, 3, 4, 5]


def test_after_a_crash_in_the_middle_the_rest_is_registered_and_nothing_twice(municipality: Municipality) -> None:
    m, batch = municipality, uuid.uuid4()
    rows = hundred(m, 10)

    def cut() -> Iterator[BulkLine]:
        yield from rows[:4]
        raise PowerCut

    with pytest.raises(PowerCut):
        bulk.register_all(m.database, m.registrar, cut(), batch=batch)
    done = bulk.register_all(m.database, m.registrar, rows, batch=batch)
    assert [one.was_there for one in done] == [True] * 4 + [False] * 6
    with m.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 10


def test_button_pressed_twice_at_once_registers_once(municipality: Municipality) -> None:
    m, batch = municipality, uuid.uuid4()
    rows = hundred(m, 6)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _n: bulk.register_all(m.database, m.registrar, rows, batch=batch), range(2)))
    assert [one.number for one in both[0]] == [one.number for one in both[1]]
    with m.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 6


def test_checking_tells_what_registering_would_and_leaves_nothing(municipality: Municipality) -> None:
    m = municipality
    rows = hundred(m, 4)
    good = rows[0].command
    new = NewCase(authority="KS", title="Ärende", classification="99")
    wrong = spoiled(rows, r2=replace(good, title="x" * 501), r3=replace(good, case=None, new_case=new))
    with m.database.reading() as session:
        before = [session.scalar(select(func.count()).select_from(t)) for t in (Record, Case, AuditEvent, Change)]
    with m.database.unit_of_work() as session:
        problems = bulk.check(session, m.registrar, wrong)
    assert [(one.row, one.field) for one in problems] == [(2, "title"), (3, "classification")]
    with m.database.reading() as session:
        after = [session.scalar(select(func.count()).select_from(t)) for t in (Record, Case, AuditEvent, Change)]
        assert after == before
    done = bulk.register_all(m.database, m.registrar, rows, batch=uuid.uuid4())
    assert [(one.number or "").rpartition("-")[2] for one in done] == ["1", "2", "3", "4"]


def test_each_file_may_open_a_case_of_its_own(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    rows = hundred(m, 3)
    new = NewCase(authority="KS", title="Enkät")
    own = [replace(row, command=replace(row.command, case=None, new_case=new)) for row in rows]
    done = bulk.register_all(m.database, m.registrar, own, batch=uuid.uuid4())
    assert len({one.number for one in done if one.number}) == 3


def test_batch_of_somebody_else_and_too_many_rows_are_refused(sqlite_municipality: Municipality) -> None:
    m, batch = sqlite_municipality, uuid.uuid4()
    rows = hundred(m, 1)
    bulk.register_all(m.database, m.registrar, rows, batch=batch)
    with pytest.raises(BatchNotFound):
        bulk.register_all(m.database, m.officer, rows, batch=batch)
    many = [replace(rows[0], row=number) for number in range(bulk.MOST_ROWS + 1)]
    with pytest.raises(TooManyRows):
        bulk.register_all(m.database, m.registrar, many, batch=uuid.uuid4())
    with m.database.unit_of_work() as session, pytest.raises(TooManyRows):
        bulk.check(session, m.registrar, many)


def test_row_without_permission_is_told_and_registers_nothing(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    rows = hundred(m, 2)
    done = bulk.register_all(m.database, m.outsider, rows, batch=uuid.uuid4())
    assert [(one.problem.field if one.problem else None) for one in done] == ["case", "case"]
