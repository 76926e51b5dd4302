"""Reads the open register's tables. Each function takes the same number of statements whatever the data."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from diarium.public.models import PublicAuthority, PublicCase, PublicDocument, PublicRecord

_BIGGEST = 10**9
_Query = TypeVar("_Query", bound="Select[*tuple[object, ...]]")


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
    query = query.options(contains_eager(PublicRecord.case)).order_by(
        PublicRecord.official_on.desc(),
        PublicCase.authority_code,
        PublicCase.year.desc(),
        PublicCase.number.desc(),
        PublicRecord.running_number.desc(),
    )
    return session.scalars(_at(query, authority).offset(offset).limit(limit)).all()


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
    """The records with `uids`, with their cases."""
    query = select(PublicRecord).where(PublicRecord.uid.in_(uids)).options(joinedload(PublicRecord.case))
    return {record.uid: record for record in session.scalars(query)}


def class_titles(session: Session, codes: Collection[str]) -> Mapping[str, str]:
    """The titles of classes."""
    query = (
        select(PublicCase.class_code, func.max(PublicCase.class_title))
        .where(PublicCase.class_code.in_(codes))
        .group_by(PublicCase.class_code)
    )
    return {code: title for code, title in session.execute(query) if code and title}


def _at(query: _Query, authority: str | None) -> _Query:
    return query.where(PublicRecord.authority_code == authority) if authority else query
