"""The door to the open register: everything that the public site needs, and nothing of the register behind it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from diarium.db.engine import Database
from diarium.db.swedish import sort_key
from diarium.files.store import LocalBlobStore
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.public import queries
from diarium.public.daily import RECORDS_A_PAGE, DailyList, read_daily_list
from diarium.public.errors import NotInOpenRegister, SeveralCasesFit
from diarium.public.models import PublicAuthority, PublicCase, PublicDocument, PublicRecord
from diarium.public.search import Answer, Question, Reading, readings, search, suggest
from diarium.public.series import SeriesPage, read_series
from diarium.search.port import SearchIndex

LATEST = 20
FEED_LENGTH = 50
CASES_A_SITEMAP = 10_000


@dataclass(frozen=True, slots=True)
class Overview:
    """What the start page tells. `latest`: the records of the last week or, if there are none, the last ones."""

    cases: int
    records: int
    latest: Sequence[PublicRecord]
    is_last_week: bool


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """A case with a page of its records and the cases beside it in its series.

    `gaps`: running numbers that were given but stand for nothing here.
    """

    case: PublicCase
    records: Sequence[PublicRecord]
    record_total: int
    page: int
    page_count: int
    gaps: tuple[int, ...]
    previous: PublicCase | None
    following: PublicCase | None


@dataclass(frozen=True, slots=True)
class RecordSheet:
    """A record with its files, its case and the running numbers beside it."""

    case: PublicCase
    record: PublicRecord
    previous: int | None
    following: int | None


@dataclass(frozen=True, slots=True)
class Download:
    """A released file, ready to be sent. `size` in bytes."""

    path: Path
    file_name: str
    mime: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Suggestions:
    """How what is being typed may go on: words, and the cases and records with such a number."""

    words: tuple[str, ...]
    readings: tuple[Reading, ...]


class PublicRegister:
    """Reads the open register: its tables (`database`), its index, its own copies of released files."""

    def __init__(self, database: Database, index: SearchIndex, released: LocalBlobStore) -> None:
        self.database = database
        self._index = index
        self._released = released

    def search(self, question: Question) -> Answer:
        """Searches cases and records. Raises: SearchError."""
        return search(self.database, self._index, question)

    def suggest(self, text: str) -> Suggestions:
        """How `text` may go on, made only from what is shown. Raises: SearchError."""
        return Suggestions(suggest(self._index, text), tuple(self.read_number(text)))

    def authorities(self) -> list[PublicAuthority]:
        """All authorities by name, in Swedish order."""
        with self.database.reading() as session:
            found = queries.authorities(session)
        return sorted(found, key=lambda row: sort_key(row.name))

    def years(self) -> Mapping[str, tuple[int, int]]:
        """The first and the last year of each authority that shows cases, by its code."""
        with self.database.reading() as session:
            return queries.year_spans(session)

    def overview(self) -> Overview:
        """What the start page tells."""
        with self.database.reading() as session:
            cases, records = queries.totals(session)
            week_ago = today() - dt.timedelta(days=7)
            last = queries.day_of_records(session, None, latest=today()) or today()
            first = min(week_ago, last - dt.timedelta(days=7))
            latest = queries.records_between(session, None, first, last, limit=LATEST)
        return Overview(cases, records, latest, last >= week_ago)

    def case(
        self, authority: str, year: int, number: int, series: str | None = None, *, page: int = 1
    ) -> CaseSheet:
        """The case with a number; without `series` the one of the authority's own series is meant first.

        Raises: NotInOpenRegister; SeveralCasesFit.
        """
        with self.database.reading() as session:
            case = _one_case(session, authority, year, number, series)
            numbers = queries.running_numbers(session, case)
            pages = max(1, -(-len(numbers) // RECORDS_A_PAGE))
            page = min(max(page, 1), pages)
            records = queries.records_of(session, case, offset=(page - 1) * RECORDS_A_PAGE, limit=RECORDS_A_PAGE)
            before, after = queries.neighbours(session, case)
        gaps = sorted(set(range(1, case.registered_count + 1)) - set(numbers))
        return CaseSheet(case, records, len(numbers), page, pages, tuple(gaps), before, after)

    def record(
        self, authority: str, year: int, number: int, running_number: int, series: str | None = None
    ) -> RecordSheet:
        """The record with a number. Raises: NotInOpenRegister; SeveralCasesFit."""
        with self.database.reading() as session:
            case = _one_case(session, authority, year, number, series)
            record = queries.record(session, case, running_number)
            if record is None:
                raise _missing()
            numbers = queries.running_numbers(session, case)
        before = [other for other in numbers if other < running_number]
        after = [other for other in numbers if other > running_number]
        return RecordSheet(case, record, before[-1] if before else None, after[0] if after else None)

    def entry(self, uid: uuid.UUID) -> PublicCase | PublicRecord:
        """The case or record with an identifier; of a released file its record. Raises: NotInOpenRegister."""
        with self.database.reading() as session:
            found = queries.entry(session, uid)
        if found is None:
            raise NotInOpenRegister(_("Länken leder inte till något i det öppna diariet."))
        return found

    def read_number(self, text: str) -> list[Reading]:
        """What somebody may mean who writes a number, in any spelling; empty if nothing fits."""
        with self.database.reading() as session:
            return readings(session, text)

    def series(self, authority: str, year: int, series: str | None = None, *, page: int = 1) -> SeriesPage:
        """A page of the numbers of a year, by default of the authority's own series. Raises: NotInOpenRegister."""
        with self.database.reading() as session:
            return read_series(session, authority, year, series, page)

    def postlista(
        self, authority: str | None = None, day: dt.date | None = None, *, page: int = 1, whole_week: bool = False
    ) -> DailyList:
        """The records of a day or its week at an authority or at all; without `day` the last day that has any.

        Raises: NotInOpenRegister for an authority that is not here.
        """
        with self.database.reading() as session:
            return read_daily_list(session, authority, day, whole_week=whole_week, page=page)

    def newest(self, authority: str | None = None) -> Sequence[PublicRecord]:
        """The records that were published last. Raises: NotInOpenRegister for an authority that is not here."""
        with self.database.reading() as session:
            if authority is not None and authority not in {row.code for row in queries.authorities(session)}:
                raise NotInOpenRegister(_("Det finns ingen myndighet med koden ”%(code)s”.", code=authority))
            return queries.newest_records(session, authority, FEED_LENGTH)

    def newest_of_case(
        self, authority: str, year: int, number: int, series: str | None = None
    ) -> tuple[PublicCase, Sequence[PublicRecord]]:
        """A case, and the records of it that were published last. Raises: NotInOpenRegister; SeveralCasesFit."""
        with self.database.reading() as session:
            case = _one_case(session, authority, year, number, series)
            return case, queries.newest_records_of(session, case, FEED_LENGTH)

    def changed_at(self) -> dt.datetime | None:
        """When anything that is shown was changed for the last time."""
        with self.database.reading() as session:
            return queries.changed_at(session)

    def sitemap_parts(self) -> Iterator[tuple[str, int, int]]:
        """Authority, year and part of each list of `sitemap_part`."""
        with self.database.reading() as session:
            highest = queries.highest_numbers(session)
        for authority, year, number in highest:
            for part in range(number // CASES_A_SITEMAP + 1):
                yield authority, year, part

    def sitemap_part(self, authority: str, year: int, part: int) -> Sequence[PublicCase]:
        """The cases of an authority and year whose numbers are in the ten thousand of `part`, from 0."""
        first = part * CASES_A_SITEMAP
        with self.database.reading() as session:
            return queries.numbered_between(session, authority, year, first, first + CASES_A_SITEMAP - 1)

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


def _one_case(session: Session, authority: str, year: int, number: int, series: str | None) -> PublicCase:
    found = queries.cases_numbered(session, year=year, number=number, authority=authority, series=series)
    own = [case for case in found if case.series_code == authority]
    if len(found) == 1 or own:
        return (own or found)[0]
    if found:
        raise SeveralCasesFit(_("Numret finns i flera serier. Välj det ärende du menar."), tuple(found))
    raise _missing()


def _missing() -> NotInOpenRegister:
    return NotInOpenRegister(_("Numret finns inte i det öppna diariet."))
