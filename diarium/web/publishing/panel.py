"""What the page of a case or record tells in brief of how the public sees it.

What is shown is read from the open register itself. Only where something is missing there, the whole case is read
to tell why.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.classification.models import PublishingRule
from diarium.public import explaining, verdicts
from diarium.public.explaining import CaseExplanation, Fact, RecordExplanation
from diarium.public.models import PublicCase, PublicRecord
from diarium.public.vocabulary import Visibility
from diarium.register.models import Case, Record
from diarium.web import context

MOST_RECORDS = 200
"""The reasons need the whole case to be read; of a larger one they stand on a page of their own."""


@dataclass(frozen=True, slots=True)
class Brief:
    """How it stands. `is_new`: the worker has not brought it to the open register yet."""

    visibility: Visibility | None = None
    is_new: bool = False
    why: tuple[str, ...] = ()
    first_day: dt.date | None = None
    facts: tuple[Fact, ...] = ()


def of_case(session: Session, case: Case) -> Brief:
    """For the page of a case."""
    found = _told(session, case, PublicCase)
    return found if isinstance(found, Brief) else _brief(found)


def of_record(session: Session, record: Record) -> Brief:
    """For the page of a record."""
    found = _told(session, record, PublicRecord)
    return found if isinstance(found, Brief) else _brief(found.of_record(record.uid))


def _told(
    session: Session, target: Case | Record, table: type[PublicCase] | type[PublicRecord]
) -> Brief | CaseExplanation:
    case = target if isinstance(target, Case) else target.case
    with context.diarium().public.database.reading() as public:
        row = public.execute(select(table.visibility, table.title).where(table.uid == target.uid)).one_or_none()
    if row is None and verdicts.publishing_rule(case)[0] is not PublishingRule.NOTHING:
        return Brief(is_new=True)
    if row is not None and row.visibility is Visibility.FACTS and row.title is not None:
        return Brief(Visibility.FACTS)
    if case.record_count > MOST_RECORDS:
        return Brief(row.visibility if row is not None else None)
    return explaining.explain(session, context.actor(), case.uid)


def _brief(told: CaseExplanation | RecordExplanation) -> Brief:
    return Brief(told.visibility, False, told.why, told.first_day, told.facts)
