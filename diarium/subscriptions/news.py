"""What is new for somebody who follows: read from the open register alone, so that nothing secret can be in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from diarium.letterbox.letters import FollowTarget
from diarium.public.models import PublicCase, PublicRecord
from diarium.public.search import Question
from diarium.public.service import PublicRegister
from diarium.search.port import Facet, Kind, Sort

MOST_ROWS = 50
_PAGE_SIZE = 100
_MOST_PAGES = 10
_MOST_SPANS = 12


@dataclass(frozen=True, slots=True)
class News:
    """What came: at most `MOST_ROWS` entries, the oldest first. `has_more`: there is more than that.

    `case`: the case that is followed, nothing where a search is.
    """

    case: PublicCase | None
    entries: tuple[PublicRecord | PublicCase, ...]
    has_more: bool


def read(register: PublicRegister, target: FollowTarget, since: dt.datetime, until: dt.datetime) -> News | None:
    """What of `target` was shown for the first time from `since` on, before `until`; nothing if there is none.

    Raises: SearchError if the search can't be answered.
    """
    if target.case_uid is not None:
        return _of_case(register, target, since, until)
    entries = list(_of_search(register, target, since, until))
    if not entries:
        return None
    entries.sort(key=lambda entry: (entry.published_at, entry.number_text))
    return News(None, tuple(entries[:MOST_ROWS]), len(entries) > MOST_ROWS)


def followed_case(register: PublicRegister, target: FollowTarget) -> PublicCase | None:
    """The case of `target` as the open register shows it now; nothing if it shows none."""
    with register.database.reading() as session:
        return session.scalar(select(PublicCase).where(PublicCase.uid == target.case_uid))


def _of_case(
    register: PublicRegister, target: FollowTarget, since: dt.datetime, until: dt.datetime
) -> News | None:
    query = (
        select(PublicRecord)
        .join(PublicRecord.case)
        .where(PublicCase.uid == target.case_uid)
        .where(PublicRecord.published_at >= since, PublicRecord.published_at < until)
        .options(joinedload(PublicRecord.case))
        .order_by(PublicRecord.running_number)
        .limit(MOST_ROWS + 1)
    )
    with register.database.reading() as session:
        records = session.scalars(query).all()
    if not records:
        return None
    return News(records[0].case, tuple(records[:MOST_ROWS]), len(records) > MOST_ROWS)


def _of_search(
    register: PublicRegister, target: FollowTarget, since: dt.datetime, until: dt.datetime
) -> Iterator[PublicRecord | PublicCase]:
    """The hits that were published in that time. The index can't be asked for it, only for days: those of what was
    published bound which hits are looked through.
    """
    filters: Mapping[str, tuple[str, ...]] = {Facet.KIND.value: (Kind.RECORD.value,), **target.filters}
    days = _days(register, since, until, of_cases=Kind.CASE.value in filters[Facet.KIND.value])
    for first, last in _spans(days):
        question = Question(
            text=target.query or "",
            filters=filters,
            date_from=max(target.date_from or first, first),
            date_to=min(target.date_to or last, last),
            sort=Sort.NEWEST,
            page_size=_PAGE_SIZE,
        )
        if (target.date_from or first) <= last and first <= (target.date_to or last):
            yield from (entry for entry in _hits(register, question) if since <= entry.published_at < until)


def _hits(register: PublicRegister, question: Question) -> Iterator[PublicRecord | PublicCase]:
    for page in range(1, _MOST_PAGES + 1):
        answer = register.search(replace(question, page=page))
        yield from (found.record or found.case for found in answer.found)
        if page >= answer.page_count:
            return


def _days(register: PublicRegister, since: dt.datetime, until: dt.datetime, *, of_cases: bool) -> list[dt.date]:
    """The days that what was published bears, in order."""
    published = PublicRecord.published_at
    queries = [select(PublicRecord.official_on).distinct().where(published >= since, published < until)]
    if of_cases:
        published = PublicCase.published_at
        queries.append(select(PublicCase.opened_on).distinct().where(published >= since, published < until))
    with register.database.reading() as session:
        return sorted({day for query in queries for day in session.scalars(query)})


def _spans(days: Sequence[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Few periods that hold all days, parted where most lies between: one old record must not bring years of
    others with it.
    """
    gaps = [(day - before, at) for at, (before, day) in enumerate(pairwise(days), start=1)]
    widest = sorted((gap for gap in gaps if gap[0] > dt.timedelta(days=1)), reverse=True)[: _MOST_SPANS - 1]
    cuts = [0, *sorted(at for _gap, at in widest), len(days)]
    return [(days[start], days[end - 1]) for start, end in pairwise(cuts) if start < end]
