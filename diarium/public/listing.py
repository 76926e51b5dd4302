"""Walks through the open register from place to place, for programs: never a page count, never an offset.

Each function takes a constant number of statements. What is withdrawn between two steps is not in the second.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from diarium.db.engine import Database
from diarium.i18n import gettext as _
from diarium.public import queries
from diarium.public.errors import NotInOpenRegister
from diarium.public.models import ProjectionState, PublicCase, PublicDocument, PublicRecord

MOST = 500
_BIGGEST = 10**9


@dataclass(frozen=True, slots=True)
class CaseWish:
    """Which cases are wanted; what is None does not matter. `class_code` takes in what lies below it."""

    authority: str | None = None
    year: int | None = None
    status: str | None = None
    class_code: str | None = None


@dataclass(frozen=True, slots=True)
class RecordWish:
    """Which records are wanted; what is None does not matter. Both days are within."""

    authority: str | None = None
    direction: str | None = None
    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the open register that can be fetched whole: the cases of an authority and a year."""

    authority: str
    authority_name: str
    year: int
    cases: int


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class that cases of the open register belong to."""

    code: str
    title: str
    cases: int


def cases(
    database: Database, wish: CaseWish, *, after: tuple[int, int, int] | None, limit: int
) -> Sequence[PublicCase]:
    """Cases by year and number, the newest first, behind the place `after` (year, number, id)."""
    query = select(PublicCase)
    if wish.authority is not None:
        query = query.where(PublicCase.authority_code == wish.authority)
    if wish.year is not None:
        query = query.where(PublicCase.year == min(wish.year, _BIGGEST))
    if wish.status is not None:
        query = query.where(PublicCase.status == wish.status)
    if wish.class_code is not None:
        below = PublicCase.class_code.startswith(f"{wish.class_code}.", autoescape=True)
        query = query.where((PublicCase.class_code == wish.class_code) | below)
    place = (PublicCase.year, PublicCase.number, PublicCase.id)
    if after is not None:
        query = query.where(tuple_(*place) < tuple_(*after))
    query = query.order_by(*(part.desc() for part in place)).limit(min(limit, MOST))
    with database.reading() as session:
        return session.scalars(query).all()


def records(
    database: Database, wish: RecordWish, *, after: tuple[dt.date, int] | None, limit: int
) -> Sequence[PublicRecord]:
    """Records by day, the newest first, behind the place `after` (day, id); with case and files."""
    query = _with_files(select(PublicRecord)).options(joinedload(PublicRecord.case))
    if wish.authority is not None:
        query = query.where(PublicRecord.authority_code == wish.authority)
    if wish.direction is not None:
        query = query.where(PublicRecord.direction == wish.direction)
    if wish.first is not None:
        query = query.where(PublicRecord.official_on >= wish.first)
    if wish.last is not None:
        query = query.where(PublicRecord.official_on <= wish.last)
    place = (PublicRecord.official_on, PublicRecord.id)
    if after is not None:
        query = query.where(tuple_(*place) < tuple_(*after))
    query = query.order_by(*(part.desc() for part in place)).limit(min(limit, MOST))
    with database.reading() as session:
        return session.scalars(query).all()


def records_of_case(
    database: Database, uid: uuid.UUID, *, after: int | None, limit: int
) -> tuple[PublicCase, Sequence[PublicRecord]]:
    """A case and its records by running number, behind the number `after`. Raises: NotInOpenRegister."""
    with database.reading() as session:
        case = session.scalar(select(PublicCase).where(PublicCase.uid == uid))
        if case is None:
            raise _missing()
        query = _with_files(select(PublicRecord)).where(PublicRecord.case_id == case.id)
        if after is not None:
            query = query.where(PublicRecord.running_number > after)
        found = session.scalars(query.order_by(PublicRecord.running_number).limit(min(limit, MOST)))
        return case, found.all()


def case(database: Database, uid: uuid.UUID) -> PublicCase:
    """The case with an identifier. Raises: NotInOpenRegister."""
    with database.reading() as session:
        found = session.scalar(select(PublicCase).where(PublicCase.uid == uid))
    if found is None:
        raise _missing()
    return found


def record(database: Database, uid: uuid.UUID) -> PublicRecord:
    """The record with an identifier, with case and files. Raises: NotInOpenRegister."""
    query = _with_files(select(PublicRecord).where(PublicRecord.uid == uid)).options(joinedload(PublicRecord.case))
    with database.reading() as session:
        found = session.scalar(query)
    if found is None:
        raise _missing()
    return found


def document(database: Database, uid: uuid.UUID) -> PublicDocument:
    """What is told of the released file with an identifier. Raises: NotInOpenRegister."""
    query = select(PublicDocument).where(PublicDocument.uid == uid)
    with database.reading() as session:
        found = session.scalar(query.options(joinedload(PublicDocument.record).joinedload(PublicRecord.case)))
    if found is None:
        raise _missing()
    return found


def neighbouring_days(
    database: Database, authority: str | None, day: dt.date
) -> tuple[dt.date | None, dt.date | None]:
    """The last day with records before `day`, and the first one after it."""
    with database.reading() as session:
        before = day - dt.timedelta(days=1) if day > dt.date.min else day
        previous = queries.day_of_records(session, authority, latest=before)
        return previous, queries.next_day_of_records(session, authority, after=day)


def last_day(database: Database, authority: str | None, latest: dt.date) -> dt.date | None:
    """The last day with records, up to and including `latest`."""
    with database.reading() as session:
        return queries.day_of_records(session, authority, latest=latest)


def classes(database: Database) -> Sequence[ClassRow]:
    """The classes that the shown cases belong to, by code."""
    query = (
        select(PublicCase.class_code, func.max(PublicCase.class_title), func.count())
        .where(PublicCase.class_code.is_not(None))
        .group_by(PublicCase.class_code)
    )
    with database.reading() as session:
        rows = session.execute(query).all()
    return sorted((ClassRow(code or "", title or "", count) for code, title, count in rows), key=_by_code)


def slices(database: Database) -> Sequence[Slice]:
    """What can be fetched whole, by authority and year, the newest year first."""
    query = select(PublicCase.authority_code, PublicCase.year, func.count()).group_by(
        PublicCase.authority_code, PublicCase.year
    )
    with database.reading() as session:
        names = {row.code: row.name for row in queries.authorities(session)}
        rows = session.execute(query.order_by(PublicCase.authority_code, PublicCase.year.desc())).all()
    return [Slice(code, names.get(code, code), year, count) for code, year, count in rows]


def revision(database: Database) -> int:
    """Rises with every change of what is shown."""
    with database.reading() as session:
        return session.scalar(select(ProjectionState.revision)) or 0


def all_cases(database: Database, authority: str, year: int) -> Iterator[Sequence[PublicCase]]:
    """All cases of a slice by number, some hundred at a time. Each step sees what is shown at that moment."""
    after = (-1, 0)
    while True:
        query = select(PublicCase).where(*_in_slice(authority, year))
        query = query.where(tuple_(PublicCase.number, PublicCase.id) > tuple_(*after))
        with database.reading() as session:
            batch = session.scalars(query.order_by(PublicCase.number, PublicCase.id).limit(MOST)).all()
        if not batch:
            return
        yield batch
        after = (batch[-1].number, batch[-1].id)


def all_records(database: Database, authority: str, year: int) -> Iterator[Sequence[PublicRecord]]:
    """All records of a slice's cases, case by case, some hundred at a time, with case and files."""
    place = (PublicCase.number, PublicCase.id, PublicRecord.running_number)
    for some in all_cases(database, authority, year):
        ids = [item.id for item in some]
        after = (-1, 0, -1)
        while True:
            query = _with_files(select(PublicRecord)).join(PublicRecord.case)
            query = query.options(contains_eager(PublicRecord.case)).where(PublicRecord.case_id.in_(ids))
            query = query.where(tuple_(*place) > tuple_(*after)).order_by(*place).limit(MOST)
            with database.reading() as session:
                batch = session.scalars(query).all()
            if not batch:
                break
            yield batch
            last = batch[-1]
            after = (last.case.number, last.case.id, last.running_number)


def _in_slice(authority: str, year: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return PublicCase.authority_code == authority, PublicCase.year == min(year, _BIGGEST)


def _with_files(query: Select[PublicRecord]) -> Select[PublicRecord]:
    return query.options(selectinload(PublicRecord.documents))


def _by_code(row: ClassRow) -> list[tuple[int, str]]:
    return [(int(part) if part.isdecimal() else _BIGGEST, part) for part in row.code.split(".")]


def _missing() -> NotInOpenRegister:
    return NotInOpenRegister(_("Det finns inte i det öppna diariet."))
