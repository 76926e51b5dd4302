"""The register's rows against each other: what foreign keys and unique constraints can't say, and those too."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from diarium.db.base import Base
from diarium.i18n import gettext as _
from diarium.register.models import Case, CaseOrigin, DiarySeries, Record, SeriesCounter
from diarium.register.vocabulary import CaseStatus, RecordStatus
from diarium.safekeeping.findings import Finding, Severity
from diarium.safekeeping.installation import Installation
from diarium.safekeeping.progress import Progress

_BY_HAND = _("Registret ändras aldrig av sig självt. Läs docs/backup.md, ”När registret självt är skadat”.")


def database(installation: Installation, progress: Progress) -> Iterator[Finding]:
    """The database's own structure, and its references."""
    with installation.database.reading() as session:
        if installation.database.is_postgresql:
            yield from _references(session, progress)
            return
        for (message,) in session.connection().exec_driver_sql("PRAGMA integrity_check(100)"):
            if message != "ok":
                yield Finding("database.damaged", Severity.ERROR, "register.sqlite", message, _BY_HAND)
        for table, row, parent, _key in session.connection().exec_driver_sql("PRAGMA foreign_key_check"):
            yield _broken(table, row, parent)


def numbers(installation: Installation, progress: Progress) -> Iterator[Finding]:
    """Every number that was given is explained, and none is given twice."""
    with installation.database.reading() as session:
        counters = {(row.series_id, row.year): row.last_number for row in session.scalars(select(SeriesCounter))}
        series = {row.id: row for row in session.scalars(select(DiarySeries))}
        foreign = _foreign_numbers(session)
        period = case((DiarySeries.restarts_yearly, Case.year), else_=0)
        query = (
            select(Case.series_id, period.label("period"), Case.number)
            .join(Case.series)
            .order_by(Case.series_id, period, Case.number)
            .execution_options(yield_per=5000)
        )
        seen: set[tuple[int, int]] = set()
        for key, rows in groupby(session.execute(query), key=lambda row: (row.series_id, row.period)):
            seen.add(key)
            place = f"{series[key[0]].code} {key[1] or ''}".strip()
            progress("numbers", len(seen), None)
            taken = (row.number for row in rows)
            yield from _series(place, taken, counters.get(key), is_foreign=key in foreign)
        for key, last in counters.items():
            if key not in seen and last:
                place = f"{series[key[0]].code} {key[1] or ''}".strip()
                yield _gap(place, 1, last, is_foreign=False)


def records(installation: Installation, progress: Progress) -> Iterator[Finding]:
    """Each case has as many records as running numbers were given, and what is cancelled says why."""
    with installation.database.reading() as session:
        counted = (
            select(
                Record.case_id,
                func.count().label("found"),
                func.max(Record.running_number).label("highest"),
                func.min(Record.running_number).label("lowest"),
            )
            .group_by(Record.case_id)
            .subquery()
        )
        found, highest = func.coalesce(counted.c.found, 0), func.coalesce(counted.c.highest, 0)
        query = (
            select(Case.number_text, Case.record_count, found, highest)
            .outerjoin(counted, counted.c.case_id == Case.id)
            .where(or_(found != Case.record_count, highest != Case.record_count, counted.c.lowest < 1))
        )
        for number, told, count, last in session.execute(query):
            yield Finding(
                "record.numbers",
                Severity.ERROR,
                number,
                _("Ärendet har gett ut %(told)s löpnummer, men har %(count)s handlingar, den sista %(last)s.",
                  told=told, count=count, last=last),
                _BY_HAND,
            )  # fmt: skip
        yield from _unexplained(session)
        progress("records", 1, 1)


def _series(place: str, taken: Iterator[int], last: int | None, *, is_foreign: bool) -> Iterator[Finding]:
    before = 0
    for number in taken:
        if number == before:
            what = _("Numret %(number)s är givet två gånger.", number=number)
            yield Finding("number.duplicate", Severity.ERROR, place, what, _BY_HAND)
        elif number > before + 1:
            yield _gap(place, before + 1, number - 1, is_foreign=is_foreign)
        before = number
    if (last or 0) < before:
        yield Finding(
            "number.counter_behind",
            Severity.ERROR,
            place,
            _("Räknaren står på %(last)s, men numret %(number)s är taget: nästa registrering misslyckas.",
              last=last or 0, number=before),
            _BY_HAND,
        )  # fmt: skip
    elif (last or 0) > before:
        yield _gap(place, before + 1, last or 0, is_foreign=is_foreign)


def _gap(place: str, first: int, last: int, *, is_foreign: bool) -> Finding:
    numbers = str(first) if first == last else f"{first}–{last}"
    return Finding(
        "number.gap",
        Severity.NOTICE if is_foreign else Severity.WARNING,
        place,
        _("Numren %(numbers)s är utgivna men finns inte, inte ens som makulerade.", numbers=numbers),
        _("I serien finns ärenden från ett annat system: luckan kan vara därifrån.") if is_foreign else _BY_HAND,
    )


def _foreign_numbers(session: Session) -> set[tuple[int, int]]:
    period = case((DiarySeries.restarts_yearly, Case.year), else_=0)
    query = (
        select(Case.series_id, period).join(Case.series).join(CaseOrigin, CaseOrigin.case_id == Case.id).distinct()
    )
    return {(row[0], row[1]) for row in session.execute(query)}


def _unexplained(session: Session) -> Iterator[Finding]:
    what = _("Makulerad utan skäl.")
    query = select(Case.number_text).where(
        Case.status == CaseStatus.CANCELLED, Case.disposed.is_(None), _is_blank(Case.cancel_reason)
    )
    for number in session.scalars(query):
        yield Finding("case.cancelled_without_reason", Severity.WARNING, number, what, _BY_HAND)
    of_records = (
        select(Case.number_text, Record.running_number)
        .join(Record.case)
        .where(
            Record.status == RecordStatus.CANCELLED,
            and_(Case.disposed.is_(None), Record.moved_to_id.is_(None)),
            _is_blank(Record.cancel_reason),
        )
    )
    for number, running in session.execute(of_records):
        yield Finding("record.cancelled_without_reason", Severity.WARNING, f"{number}-{running}", what, _BY_HAND)


def _is_blank(column: object) -> ColumnElement[bool]:
    return func.coalesce(column, "") == ""


def _references(session: Session, progress: Progress) -> Iterator[Finding]:
    """PostgreSQL checks references when rows are written, never afterwards."""
    tables = Base.metadata.sorted_tables
    for done, table in enumerate(tables, 1):
        progress("references", done, len(tables))
        for key in table.foreign_keys:
            child, parent = key.parent, key.column
            other = parent.table.alias()
            query = (
                select(*table.primary_key.columns)
                .select_from(table.outerjoin(other, other.c[parent.name] == child))
                .where(child.is_not(None), other.c[parent.name].is_(None))
                .limit(100)
            )
            for row in session.execute(query):
                yield _broken(table.name, "/".join(str(part) for part in row), parent.table.name)


def _broken(table: str, row: object, parent: str) -> Finding:
    what = _("Raden hänvisar till en rad i %(parent)s som inte finns.", parent=parent)
    return Finding("reference.broken", Severity.ERROR, f"{table} {row}", what, _BY_HAND)
