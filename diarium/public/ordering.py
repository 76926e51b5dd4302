"""What the open register shows of numbers that somebody wants to order. It may show nothing: anything can be asked
for by its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from diarium.public.models import PublicCase, PublicRecord
from diarium.public.service import PublicRegister
from diarium.register import numbering

_PRINTED = re.compile(r"(?P<case>.+)-(?P<record>[0-9]{1,6})")
_BIGGEST = 10**9


@dataclass(frozen=True, slots=True)
class OrderedEntry:
    """A number as it was typed, and what it means here: a record, a case, both for a record, or nothing.

    With `case` and without `record`, though a record was meant (`running_number`), the open register does not show
    that record.
    """

    text: str
    case: PublicCase | None = None
    record: PublicRecord | None = None
    running_number: int | None = None

    @property
    def number(self) -> str:
        """The number as it is printed, where it is known, else as it was typed."""
        if self.record is not None:
            return self.record.number_text
        if self.case is None:
            return self.text
        return self.case.number_text if self.running_number is None else self.text


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a number: its case as printed, or year, number and series."""

    printed: str | None = None
    parts: numbering.NumberParts | None = None
    record: int | None = None

    def fits(self, case: PublicCase) -> bool:
        if self.parts is None:
            return case.number_text == self.printed
        same = (case.year, case.number) == (self.parts.year, self.parts.number)
        return same and self.parts.series in (None, case.series_code)


def read_numbers(register: PublicRegister, texts: Sequence[str]) -> tuple[OrderedEntry, ...]:
    """What each number means, in the same order. Two statements, however many numbers there are."""
    readings = {text: _readings(text) for text in texts}
    with register.database.reading() as session:
        cases = _cases(session, [reading for some in readings.values() for reading in some])
        meant = {text: _meant(readings[text], cases) for text in texts}
        records = _records(session, meant.values())
    return tuple(_entry(text, meant[text], records) for text in texts)


def looks_like_number(text: str) -> bool:
    """Whether somebody typed a number rather than words."""
    printed = _PRINTED.fullmatch(text.strip())
    return bool(numbering.read(text) or (printed and numbering.read(printed["case"])))


def _readings(text: str) -> list[_Reading]:
    text = text.strip()
    found = [_Reading(printed=text)]
    if printed := _PRINTED.fullmatch(text):
        found.append(_Reading(printed=printed["case"].strip(), record=int(printed["record"])))
    for parts in numbering.read(text):
        if parts.number <= _BIGGEST:
            found.append(_Reading(parts=parts, record=parts.record))
    return found


def _cases(session: Session, readings: Iterable[_Reading]) -> Sequence[PublicCase]:
    some = list(readings)
    printed = {reading.printed for reading in some if reading.printed}
    numbers = {(reading.parts.year, reading.parts.number) for reading in some if reading.parts}
    if not printed:
        return ()
    wanted: list[ColumnElement[bool]] = [PublicCase.number_text.in_(sorted(printed))]
    if numbers:
        wanted.append(
            or_(*(and_(PublicCase.year == year, PublicCase.number == no) for year, no in sorted(numbers)))
        )
    return session.scalars(select(PublicCase).where(or_(*wanted)).order_by(PublicCase.id)).all()


def _meant(readings: Iterable[_Reading], cases: Sequence[PublicCase]) -> tuple[PublicCase, int | None] | None:
    """The first reading that fits one case alone."""
    for reading in readings:
        fitting = [case for case in cases if reading.fits(case)]
        if len(fitting) == 1:
            return fitting[0], reading.record
    return None


def _records(
    session: Session, meant: Iterable[tuple[PublicCase, int | None] | None]
) -> dict[tuple[int, int], PublicRecord]:
    wanted = {(found[0].id, found[1]) for found in meant if found is not None and found[1] is not None}
    if not wanted:
        return {}
    query = select(PublicRecord).where(
        tuple_(PublicRecord.case_id, PublicRecord.running_number).in_(sorted(wanted))
    )
    rows = session.scalars(query.options(joinedload(PublicRecord.case)))
    return {(record.case_id, record.running_number): record for record in rows}


def _entry(
    text: str, meant: tuple[PublicCase, int | None] | None, records: dict[tuple[int, int], PublicRecord]
) -> OrderedEntry:
    if meant is None:
        return OrderedEntry(text)
    case, running = meant
    record = records.get((case.id, running)) if running is not None else None
    return OrderedEntry(text, case, record, running)
