"""The door to the open register: everything that the public site needs, and nothing of the register behind it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from diarium.db.engine import Database
from diarium.files.store import LocalBlobStore
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.public import queries
from diarium.public.errors import NotInOpenRegister, SeveralCasesFit
from diarium.public.models import PublicAuthority, PublicCase, PublicDocument, PublicRecord
from diarium.public.search import Answer, Question, search
from diarium.register import numbering
from diarium.search.port import SearchIndex

RECORDS_A_PAGE = 200
LATEST = 20
_SWEDISH_ORDER = str.maketrans("åäö", "{|}")


@dataclass(frozen=True, slots=True)
class Overview:
    """What the start page tells. `latest`: the records of the last week or, if there are none, the last ones."""

    cases: int
    records: int
    latest: Sequence[PublicRecord]
    is_last_week: bool


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """A case with a page of its records. `gaps`: running numbers that were given but stand for nothing here."""

    case: PublicCase
    records: Sequence[PublicRecord]
    record_total: int
    page: int
    page_count: int
    gaps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RecordSheet:
    """A record with its files, its case and the records beside it."""

    case: PublicCase
    record: PublicRecord
    previous: int | None
    following: int | None


@dataclass(frozen=True, slots=True)
class DailyList:
    """The records of one day (*postlista*)."""

    day: dt.date
    authority: str | None
    records: Sequence[PublicRecord]
    total: int
    page: int
    page_count: int
    previous: dt.date | None
    following: dt.date | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A case, or one of its records, that a written number may mean."""

    case: PublicCase
    running_number: int | None


@dataclass(frozen=True, slots=True)
class Download:
    """A released file, ready to be sent. `size` in bytes."""

    path: Path
    file_name: str
    mime: str
    sha256: str
    size: int


class PublicRegister:
    """Reads the open register: its tables (`database`), its index, its own copies of released files."""

    def __init__(self, database: Database, index: SearchIndex, released: LocalBlobStore) -> None:
        self.database = database
        self._index = index
        self._released = released

    def search(self, question: Question) -> Answer:
        """Searches cases and records. Raises: SearchError."""
        return search(self.database, self._index, question)

    def authorities(self) -> list[PublicAuthority]:
        """All authorities by name, in Swedish order."""
        with self.database.reading() as session:
            found = queries.authorities(session)
        return sorted(found, key=lambda row: row.name.casefold().translate(_SWEDISH_ORDER))

    def overview(self) -> Overview:
        """What the start page tells."""
        with self.database.reading() as session:
            cases, records = queries.totals(session)
            day = today()
            week = queries.records_between(session, None, day - dt.timedelta(days=7), day, limit=LATEST)
            latest = week or queries.records_between(session, None, dt.date.min, day, limit=LATEST)
        return Overview(cases, records, latest, bool(week))

    def case(
        self, authority: str, year: int, number: int, series: str | None = None, *, page: int = 1
    ) -> CaseSheet:
        """The case with a number; without `series` the one of the authority's own series is meant first.

        Raises: NotInOpenRegister; SeveralCasesFit.
        """
        with self.database.reading() as session:
            case = self._one_case(session, authority, year, number, series)
            numbers = queries.running_numbers(session, case)
            page, pages = _page(page, len(numbers))
            records = queries.records_of(session, case, offset=(page - 1) * RECORDS_A_PAGE, limit=RECORDS_A_PAGE)
        gaps = sorted(set(range(1, case.registered_count + 1)) - set(numbers))
        return CaseSheet(case, records, len(numbers), page, pages, tuple(gaps))

    def record(
        self, authority: str, year: int, number: int, running_number: int, series: str | None = None
    ) -> RecordSheet:
        """The record with a number. Raises: NotInOpenRegister; SeveralCasesFit."""
        with self.database.reading() as session:
            case = self._one_case(session, authority, year, number, series)
            record = queries.record(session, case, running_number)
            if record is None:
                raise _missing()
            numbers = queries.running_numbers(session, case)
        before = [other for other in numbers if other < running_number]
        after = [other for other in numbers if other > running_number]
        return RecordSheet(case, record, before[-1] if before else None, after[0] if after else None)

    def read_number(self, text: str) -> list[Reading]:
        """What somebody may mean who writes a number, in any spelling; empty if nothing fits."""
        with self.database.reading() as session:
            if exact := queries.cases_written(session, text.strip()):
                return [Reading(case, None) for case in exact]
            for parts in numbering.read(text):
                found = queries.cases_numbered(session, year=parts.year, number=parts.number, series=parts.series)
                if found:
                    return [Reading(case, parts.record) for case in found]
        return []

    def postlista(self, authority: str | None = None, day: dt.date | None = None, *, page: int = 1) -> DailyList:
        """The records of a day at an authority or at all; without `day` the last day that has any.

        Raises: NotInOpenRegister for an authority that is not here.
        """
        with self.database.reading() as session:
            if authority is not None and authority not in {row.code for row in queries.authorities(session)}:
                raise NotInOpenRegister(_("Det finns ingen myndighet med koden ”%(code)s”.", code=authority))
            if day is None:
                day = queries.day_of_records(session, authority, latest=today()) or today()
            total = queries.count_records(session, authority, day, day)
            page, pages = _page(page, total)
            return DailyList(
                day=day,
                authority=authority,
                records=queries.records_between(
                    session, authority, day, day, offset=(page - 1) * RECORDS_A_PAGE, limit=RECORDS_A_PAGE
                ),
                total=total,
                page=page,
                page_count=pages,
                previous=queries.day_of_records(session, authority, latest=_day_before(day)),
                following=queries.next_day_of_records(session, authority, after=day),
            )

    def document(self, uid: uuid.UUID) -> Download:
        """A released file. Raises: NotInOpenRegister, also from the moment when it is withdrawn."""
        with self.database.reading() as session:
            found: PublicDocument | None = queries.document(session, uid)
        if found is None or not self._released.exists(found.sha256):
            raise NotInOpenRegister(_("Filen finns inte i det öppna diariet."))
        path = self._released.path(found.sha256)
        return Download(path, found.file_name, found.mime, found.sha256, found.size)

    def close(self) -> None:
        """Gives the database's connections back; the index belongs to whoever gave it."""
        self.database.close()

    def _one_case(
        self, session: Session, authority: str, year: int, number: int, series: str | None
    ) -> PublicCase:
        found = queries.cases_numbered(session, year=year, number=number, authority=authority, series=series)
        own = [case for case in found if case.series_code == authority]
        if len(found) == 1 or own:
            return (own or found)[0]
        if found:
            raise SeveralCasesFit(_("Numret finns i flera serier. Välj det ärende du menar."), tuple(found))
        raise _missing()


def _page(wanted: int, total: int) -> tuple[int, int]:
    pages = max(1, -(-total // RECORDS_A_PAGE))
    return min(max(wanted, 1), pages), pages


def _day_before(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=1) if day > dt.date.min else day


def _missing() -> NotInOpenRegister:
    return NotInOpenRegister(_("Numret finns inte i det öppna diariet."))
