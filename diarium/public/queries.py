"""Reads the open register's tables. Each function takes the same number of statements whatever the data."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from diarium.public.models import (
    ProjectionState,
    PublicAuthority,
    PublicCase,
    PublicDocument,
    PublicRecord,
)
from diarium.public.vocabulary import Visibility

_BIGGEST = 10**9
_NOT_YET = (Visibility.WAITING, Visibility.WITHDRAWN)
_Query = TypeVar("_Query", bound="Select[*tuple[object, ...]]")


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """The numbers that a series shows of a year: how many, the first and the last."""

    series: str
    year: int
    count: int
    first: int
    last: int


def authorities(session: Session) -> Sequence[PublicAuthority]:
    """All authorities."""
    return session.scalars(select(PublicAuthority)).all()


def cases_numbered(
    session: Session, *, year: int, number: int, authority: str | None = None, series: str | None = None
) -> Sequence[PublicCase]:
    """The cases with a number, in all series and authorities that fit."""
    if max(year, number) > _BIGGEST or "\0" in f"{authority}{series}":
        return ()
    query = select(PublicCase).where(PublicCase.year == year, PublicCase.number == number)
    if authority is not None:
        query = query.where(PublicCase.authority_code == authority)
    if series is not None:
        query = query.where(PublicCase.series_code == series)
    return session.scalars(query.order_by(PublicCase.authority_code, PublicCase.series_code).limit(50)).all()


def cases_written(session: Session, number_text: str) -> Sequence[PublicCase]:
    """The cases whose number is written exactly so."""
    return session.scalars(select(PublicCase).where(PublicCase.number_text == number_text).limit(50)).all()


def neighbours(session: Session, case: PublicCase) -> tuple[PublicCase | None, PublicCase | None]:
    """The cases before and after in the same series and year."""
    query = select(PublicCase).where(
        PublicCase.authority_code == case.authority_code,
        PublicCase.series_code == case.series_code,
        PublicCase.year == case.year,
    )
    before = query.where(PublicCase.number < case.number).order_by(PublicCase.number.desc()).limit(1)
    after = query.where(PublicCase.number > case.number).order_by(PublicCase.number).limit(1)
    return session.scalar(before), session.scalar(after)


def spans(session: Session, authority: str, first_year: int, last_year: int) -> Sequence[NumberSpan]:
    """What the series of an authority show of some years, by series and year."""
    query = (
        select(
            PublicCase.series_code,
            PublicCase.year,
            func.count(),
            func.min(PublicCase.number),
            func.max(PublicCase.number),
        )
        .where(PublicCase.authority_code == authority, PublicCase.year.between(first_year, last_year))
        .group_by(PublicCase.series_code, PublicCase.year)
        .order_by(PublicCase.series_code, PublicCase.year)
    )
    return [NumberSpan(*row) for row in session.execute(query)]


def year_spans(session: Session) -> Mapping[str, tuple[int, int]]:
    """The first and the last year of each authority that shows cases."""
    # Looked up at both ends of the index, so that it costs the same whatever there is in between.
    first = select(func.min(PublicCase.year)).where(PublicCase.authority_code == PublicAuthority.code)
    last = select(func.max(PublicCase.year)).where(PublicCase.authority_code == PublicAuthority.code)
    query = select(PublicAuthority.code, first.scalar_subquery(), last.scalar_subquery())
    return {code: (start, end) for code, start, end in session.execute(query) if start is not None}


def cases_between(
    session: Session, authority: str, series: str, year: int, first: int, last: int
) -> Sequence[PublicCase]:
    """The cases of a series and year with numbers from `first` to `last`, in order."""
    query = (
        select(PublicCase)
        .where(
            PublicCase.authority_code == authority,
            PublicCase.series_code == series,
            PublicCase.year == year,
            PublicCase.number.between(first, last),
        )
        .order_by(PublicCase.number)
    )
    return session.scalars(query).all()


def highest_numbers(session: Session) -> Sequence[tuple[str, int, int]]:
    """Authority, year and highest number of all that is shown."""
    query = select(PublicCase.authority_code, PublicCase.year, func.max(PublicCase.number))
    query = query.group_by(PublicCase.authority_code, PublicCase.year)
    rows = session.execute(query.order_by(PublicCase.authority_code, PublicCase.year))
    return [(code, year, number) for code, year, number in rows]


def numbered_between(session: Session, authority: str, year: int, first: int, last: int) -> Sequence[PublicCase]:
    """The cases of an authority and year with numbers from `first` to `last`, in all series."""
    if max(year, last) > _BIGGEST:
        return ()
    query = select(PublicCase).where(PublicCase.authority_code == authority, PublicCase.year == year)
    query = query.where(PublicCase.number.between(first, last))
    return session.scalars(query.order_by(PublicCase.number, PublicCase.series_code)).all()


def entry(session: Session, uid: uuid.UUID) -> PublicCase | PublicRecord | None:
    """The case or record with an identifier; of a file its record."""
    case = session.scalar(select(PublicCase).where(PublicCase.uid == uid))
    if case is not None:
        return case
    of_file = select(PublicDocument.record_id).where(PublicDocument.uid == uid).scalar_subquery()
    return session.scalar(
        select(PublicRecord)
        .where((PublicRecord.uid == uid) | (PublicRecord.id == of_file))
        .options(joinedload(PublicRecord.case))
    )


def changed_at(session: Session) -> dt.datetime | None:
    """When anything that is shown was changed for the last time."""
    return session.scalar(select(ProjectionState.changed_at))


def records_of(session: Session, case: PublicCase, *, offset: int, limit: int) -> Sequence[PublicRecord]:
    """A part of a case's records with their files, in the order of their numbers."""
    query = (
        select(PublicRecord)
        .where(PublicRecord.case_id == case.id)
        .options(selectinload(PublicRecord.documents))
        .order_by(PublicRecord.running_number)
    )
    return session.scalars(query.offset(offset).limit(limit)).all()


def running_numbers(session: Session, case: PublicCase) -> Sequence[int]:
    """The running numbers that the case shows, in order."""
    query = select(PublicRecord.running_number).where(PublicRecord.case_id == case.id)
    return session.scalars(query.order_by(PublicRecord.running_number)).all()


def record(session: Session, case: PublicCase, running_number: int) -> PublicRecord | None:
    """A record of a case with its files."""
    if running_number > _BIGGEST:
        return None
    return session.scalar(
        select(PublicRecord)
        .where(PublicRecord.case_id == case.id, PublicRecord.running_number == running_number)
        .options(selectinload(PublicRecord.documents))
    )


def newest_records_of(session: Session, case: PublicCase, limit: int) -> Sequence[PublicRecord]:
    """The records of a case that were published last."""
    query = select(PublicRecord).where(PublicRecord.case_id == case.id, PublicRecord.visibility.not_in(_NOT_YET))
    query = query.order_by(PublicRecord.published_at.desc(), PublicRecord.id.desc())
    return session.scalars(query.limit(limit)).all()


def newest_records(session: Session, authority: str | None, limit: int) -> Sequence[PublicRecord]:
    """The records that were published last, with their cases."""
    query = select(PublicRecord).where(PublicRecord.visibility.not_in(_NOT_YET))
    query = query.options(joinedload(PublicRecord.case))
    query = query.order_by(PublicRecord.published_at.desc(), PublicRecord.id.desc())
    return session.scalars(_at(query, authority).limit(limit)).all()


def document(session: Session, uid: uuid.UUID) -> PublicDocument | None:
    """A released file."""
    return session.scalar(select(PublicDocument).where(PublicDocument.uid == uid))


def day_of_records(session: Session, authority: str | None, *, latest: dt.date) -> dt.date | None:
    """The last day with records, up to and including `latest`."""
    query = select(func.max(PublicRecord.official_on)).where(PublicRecord.official_on <= latest)
    return session.scalar(_at(query, authority))


def next_day_of_records(session: Session, authority: str | None, *, after: dt.date) -> dt.date | None:
    """The first day with records after `after`."""
    query = select(func.min(PublicRecord.official_on)).where(PublicRecord.official_on > after)
    return session.scalar(_at(query, authority))


def records_between(
    session: Session, authority: str | None, first: dt.date, last: dt.date, *, offset: int = 0, limit: int
) -> Sequence[PublicRecord]:
    """The records of some days with their cases, newest day first, then by number."""
    query = select(PublicRecord).join(PublicRecord.case).where(PublicRecord.official_on.between(first, last))
    query = query.options(contains_eager(PublicRecord.case), selectinload(PublicRecord.documents)).order_by(
        PublicRecord.official_on.desc(),
        PublicCase.authority_code,
        PublicCase.year.desc(),
        PublicCase.number.desc(),
        PublicRecord.running_number.desc(),
    )
    return session.scalars(_at(query, authority).offset(offset).limit(limit)).all()


def counts_by_day(session: Session, authority: str | None, first: dt.date, last: dt.date) -> Mapping[dt.date, int]:
    """How many records each of the days has; days without any are left out."""
    query = select(PublicRecord.official_on, func.count()).where(PublicRecord.official_on.between(first, last))
    rows = session.execute(_at(query, authority).group_by(PublicRecord.official_on))
    return {row[0]: row[1] for row in rows}


def count_records(session: Session, authority: str | None, first: dt.date, last: dt.date) -> int:
    """How many records the days have."""
    query = select(func.count()).select_from(PublicRecord).where(PublicRecord.official_on.between(first, last))
    return session.scalar(_at(query, authority)) or 0


def totals(session: Session) -> tuple[int, int]:
    """How many cases and records there are."""
    cases = select(func.count()).select_from(PublicCase).scalar_subquery()
    records = select(func.count()).select_from(PublicRecord).scalar_subquery()
    row = session.execute(select(cases, records)).one()
    return int(row[0]), int(row[1])


def cases_by_uid(session: Session, uids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, PublicCase]:
    """The cases with `uids`."""
    return {case.uid: case for case in session.scalars(select(PublicCase).where(PublicCase.uid.in_(uids)))}


def records_by_uid(session: Session, uids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, PublicRecord]:
    """The records with `uids`, with their cases and files."""
    query = (
        select(PublicRecord)
        .where(PublicRecord.uid.in_(uids))
        .options(joinedload(PublicRecord.case), selectinload(PublicRecord.documents))
    )
    return {record.uid: record for record in session.scalars(query)}


def class_titles(session: Session, codes: Collection[str]) -> Mapping[str, str]:
    """The titles of classes, as a case of each bears it."""
    if not codes:
        return {}
    # A look into the index for each code: reading every case of the classes would take longer the more there are.
    # As one value in JSON, so that the statement is the same, and compiled once, however many codes there are.
    listed = sorted(codes)
    if session.get_bind().dialect.name == "postgresql":
        wanted = func.jsonb_array_elements_text(cast(listed, JSONB)).table_valued("value", name="wanted")
    else:
        wanted = func.json_each(json.dumps(listed)).table_valued("value", name="wanted")
    title = (
        select(PublicCase.class_title).where(PublicCase.class_code == wanted.c.value).limit(1).scalar_subquery()
    )
    return {code: text for code, text in session.execute(select(wanted.c.value, title)) if text}


def _at(query: _Query, authority: str | None) -> _Query:
    return query.where(PublicRecord.authority_code == authority) if authority else query
