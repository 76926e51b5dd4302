"""Searching the open register: the public index finds, the public tables say what is shown."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType

from sqlalchemy.orm import Session

from diarium.db.engine import Database
from diarium.public import queries, vocabulary
from diarium.public.models import PublicCase, PublicRecord
from diarium.public.vocabulary import READERS
from diarium.register import numbering
from diarium.register.vocabulary import CaseStatus
from diarium.search.port import Facet, FacetCount, Hit, Kind, SearchIndex, SearchRequest, SearchResult, Sort

MOST_SUGGESTIONS = 8
STATUS_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "open": (CaseStatus.OPEN, CaseStatus.IN_PROGRESS, CaseStatus.ON_HOLD, CaseStatus.DECIDED),
        "closed": (CaseStatus.CLOSED, CaseStatus.ARCHIVED),
        "cancelled": (CaseStatus.CANCELLED,),
    }
)
"""What the public chooses between, and the states of a case in it."""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks. `filters`: values by facet name; dates are inclusive; `page` from 1."""

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    sort: Sort | None = None
    page: int = 1
    page_size: int = 20


@dataclass(frozen=True, slots=True)
class Found:
    """One row: a record with its case, or a case. `heading_html` and `snippet_html` are escaped, with `<mark>`."""

    case: PublicCase
    record: PublicRecord | None
    heading_html: str
    snippet_html: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A case, or one of its records, that a written number may mean."""

    case: PublicCase
    running_number: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """A value to filter on, with its label and how many hits have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found. `facets`: choices by facet name; `notes`: what of the question was not understood.
    `readings`: the cases and records that bear a number which is all of the question.
    """

    total: int
    found: tuple[Found, ...]
    page: int
    page_count: int
    facets: Mapping[str, tuple[Choice, ...]]
    notes: tuple[str, ...]
    suggestions: tuple[str, ...]
    readings: tuple[Reading, ...] = ()


def search(database: Database, index: SearchIndex, question: Question) -> Answer:
    """The answer to `question`. Raises: SearchError if a filter is unknown or the index can't be read."""
    result = index.search(
        SearchRequest(
            query=question.text,
            readers=READERS,
            filters=question.filters,
            date_from=question.date_from,
            date_to=question.date_to,
            sort=question.sort or (Sort.RELEVANCE if question.text.strip() else Sort.NEWEST),
            page=question.page,
            page_size=question.page_size,
        )
    )
    with database.reading() as session:
        return Answer(
            total=result.total,
            found=_found(session, result.hits),
            page=result.page,
            page_count=result.page_count,
            facets=_choices(session, result),
            notes=result.notes,
            suggestions=result.suggestions,
            readings=tuple(readings(session, question.text)),
        )


def suggest(index: SearchIndex, text: str) -> tuple[str, ...]:
    """How `text` may go on, made only from titles that are shown. Raises: SearchError."""
    return index.suggest(text, READERS, MOST_SUGGESTIONS)


def readings(session: Session, text: str) -> list[Reading]:
    """What somebody may mean who writes a number, in any spelling; empty if nothing fits."""
    text = text.strip()
    if not any(character.isdigit() for character in text):
        return []
    if exact := queries.cases_written(session, text):
        return [Reading(case, None) for case in exact]
    for parts in numbering.read(text):
        found = queries.cases_numbered(session, year=parts.year, number=parts.number, series=parts.series)
        if found:
            return [Reading(case, parts.record) for case in found]
    return []


def _found(session: Session, hits: Iterable[Hit]) -> tuple[Found, ...]:
    """The hits that the tables still show: the index may be a moment behind, the tables decide."""
    hits = list(hits)
    cases = queries.cases_by_uid(session, [_uid(hit) for hit in hits if hit.kind == Kind.CASE])
    records = queries.records_by_uid(session, [_uid(hit) for hit in hits if hit.kind == Kind.RECORD])
    rows = []
    for hit in hits:
        uid = _uid(hit)
        if record := records.get(uid):
            heading = vocabulary.record_heading(record.visibility, record.title)
            rows.append(_row(hit, record.case, record, heading, is_fresh=hit.version == record.revision))
        elif case := cases.get(uid):
            heading = vocabulary.case_heading(case.visibility, case.title)
            rows.append(_row(hit, case, None, heading, is_fresh=hit.version == case.revision))
    return tuple(rows)


def _row(hit: Hit, case: PublicCase, record: PublicRecord | None, heading: str, *, is_fresh: bool) -> Found:
    marked = hit.title_html if is_fresh and hit.title == heading else escape(heading)
    return Found(case, record, marked, hit.snippet_html if is_fresh else "")


def _choices(session: Session, result: SearchResult) -> Mapping[str, tuple[Choice, ...]]:
    names = {row.code: row.name for row in queries.authorities(session)}
    codes = [item.value for item in result.facets.get(Facet.CLASSIFICATION, ())]
    titles = queries.class_titles(session, codes)
    labels: dict[str, Callable[[str], str]] = {
        Facet.AUTHORITY: lambda value: names.get(value, value),
        Facet.CLASSIFICATION: lambda value: f"{value} {titles.get(value, '')}".strip(),
        Facet.DIRECTION: vocabulary.direction_label,
        Facet.STATUS: vocabulary.status_label,
        Facet.KIND: vocabulary.kind_label,
    }
    return {
        name: tuple(_choice(item, _label(labels, name, item.value)) for item in items if item.value)
        for name, items in result.facets.items()
    }


def _label(labels: Mapping[str, Callable[[str], str]], facet: str, value: str) -> str:
    return labels[facet](value) if facet in labels else value


def _choice(item: FacetCount, label: str) -> Choice:
    return Choice(item.value, label, item.count)


def _uid(hit: Hit) -> uuid.UUID:
    return uuid.UUID(hit.key.partition(":")[2])
