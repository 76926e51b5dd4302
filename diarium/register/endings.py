"""Markings whose time runs out: secrecy that ends soon or has ended, and markings due to be looked at anew.

Nothing is lifted by itself: the list reminds, somebody judges. The longest time is counted from when the record
came into being, of what stands in the register itself from when it was entered; of a whole case from its newest
record. Source: OSL 7 kap. 5 §.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Date, Integer, Select, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, selectinload

from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.register import following
from diarium.register.errors import InvalidFact
from diarium.register.models import Authority, Case, Record
from diarium.register.views import place_of, sight_of
from diarium.secrecy import ending
from diarium.secrecy.models import Restriction, Scope

PAGE_SIZE = 50
MOST_DAYS = 36_500
_FAR = 99_991_231  # after every day that can come
_Other = aliased(Record)


class Ending(StrEnum):
    """Which markings the list shows."""

    SOON = "soon"
    ENDED = "ended"
    REVIEW = "review"


ENDING_LABELS: Mapping[Ending, str] = {
    Ending.SOON: _l("Sekretesstiden löper ut"),
    Ending.ENDED: _l("Sekretesstiden har löpt ut"),
    Ending.REVIEW: _l("Ska prövas på nytt"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which markings: `days` ahead, for what ends soon; at one authority or at all that the actor reads."""

    which: Ending = Ending.SOON
    days: int = 365
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class EndingView:
    """A marking with the day on which its secrecy ends at the latest. `title` is None where it is hidden."""

    restriction: uuid.UUID
    target: uuid.UUID
    is_case: bool
    number: str
    title: str | None
    citation: str
    max_years: str
    scope: Scope
    is_of_one_file: bool
    made_on: dt.date
    review_on: dt.date | None
    last_day: dt.date | None
    has_ended: bool
    may_review: bool


@dataclass(frozen=True, slots=True)
class EndingPage:
    """Markings, those whose day comes first at the top; `older`: the cursor of the page after it."""

    rows: tuple[EndingView, ...]
    older: str | None


def page(
    session: Session, actor: Actor, wanted: Wanted, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> EndingPage:
    """A page of the list. Constant number of statements; an odd cursor means the first page.

    Raises: InvalidFact for a number of days that can't be.
    """
    if not 0 <= wanted.days <= MOST_DAYS:
        raise InvalidFact(_("Ange högst %(most)s dagar.", most=MOST_DAYS), field="days")
    timed = ending.timed_provisions(session)
    key = _sort_key(wanted.which, timed)
    query = _markings(actor, wanted, timed)
    after = _read_cursor(cursor)
    if after is not None:
        place = literal(after[0], Integer)
        query = query.where(or_(key > place, (key == place) & (Restriction.id > after[1])))
    found = session.execute(
        query.with_only_columns(Restriction.id, key, ending.end_key(_begins_on(), timed))
        .order_by(key, Restriction.id)
        .limit(size + 1)
    ).all()
    shown = [(int(row[0]), int(row[1]), int(row[2]) if row[2] is not None else None) for row in found[:size]]
    older = _cursor(shown[-1][1], shown[-1][0]) if len(found) > size else None
    return EndingPage(_rows(session, actor, [(item[0], item[2]) for item in shown]), older)


def last_day_of(session: Session, restriction: Restriction) -> dt.date | None:
    """The last day of the secrecy that the marking names, at the latest; None where no years are given."""
    timed = ending.timed_provisions(session)
    query = _joined(select(ending.end_key(_begins_on(), timed))).where(Restriction.id == restriction.id)
    key = session.scalar(query)
    return ending.day_of(int(key)) if key is not None else None


def _markings(actor: Actor, wanted: Wanted, timed: Mapping[int, int]) -> Select[int]:
    query = _joined(select(Restriction.id)).join(Authority, Authority.id == Case.authority_id)
    query = query.where(Restriction.lifted_at.is_(None))
    if not actor.is_system:
        query = query.where(Authority.code.in_(actor.authorities(Permission.READ)))
    if wanted.authority:
        query = query.where(Authority.code == wanted.authority)
    if wanted.which is Ending.REVIEW:
        return query.where(Restriction.review_on <= today())
    key, day = ending.end_key(_begins_on(), timed), today()
    has_ended = key <= ending.key_of(day - dt.timedelta(days=1))
    if wanted.which is Ending.ENDED:
        return query.where(has_ended)
    return query.where(~has_ended, key <= ending.key_of(_later(day, wanted.days)))


def _later(day: dt.date, days: int) -> dt.date:
    return min(day + dt.timedelta(days=days), dt.date(9998, 12, 31))


def _joined(query: Select[int]) -> Select[int]:
    return query.outerjoin(Record, Record.id == Restriction.record_id).join(
        Case, Case.id == func.coalesce(Restriction.case_id, Record.case_id)
    )


def _sort_key(which: Ending, timed: Mapping[int, int]) -> ColumnElement[int]:
    """By the day that matters; what has none comes last."""
    if which is Ending.REVIEW:
        return func.coalesce(ending.number_of(Restriction.review_on.expression), _FAR, type_=Integer)
    return func.coalesce(ending.end_key(_begins_on(), timed), _FAR, type_=Integer)


def _begins_on() -> ColumnElement[dt.date]:
    """From when the time is counted, by the scope of the marking and by what is marked."""
    of_record = case(
        (Restriction.scope == Scope.FILES, func.coalesce(Record.document_date, Record.official_on)),
        else_=_day(Record.registered_at),
    )
    newest = (
        select(func.max(_day(_Other.registered_at), type_=Date))
        .where(_Other.case_id == Case.id)
        .correlate(Case)
        .scalar_subquery()
    )
    of_entry = Restriction.scope.in_((Scope.TITLE, Scope.PARTIES))
    opened = _day(Case.registered_at)
    of_case = case((of_entry, opened), else_=func.coalesce(newest, opened))
    return case((Restriction.record_id.is_not(None), of_record), else_=of_case)


def _day(moment: InstrumentedAttribute[dt.datetime]) -> ColumnElement[dt.date]:
    return func.date(moment, type_=Date)


def _rows(session: Session, actor: Actor, found: Sequence[tuple[int, int | None]]) -> tuple[EndingView, ...]:
    marks = {
        mark.id: mark
        for mark in session.scalars(select(Restriction).where(Restriction.id.in_([item[0] for item in found])))
    }
    targets = _targets(session, marks.values())
    return tuple(_row(actor, marks[number], targets[number], key) for number, key in found)


def _row(actor: Actor, mark: Restriction, target: Case | Record, key: int | None) -> EndingView:
    seen, last_day = sight_of(actor, target), ending.day_of(key) if key is not None else None
    code = place_of(target).authority
    return EndingView(
        restriction=mark.uid,
        target=target.uid,
        is_case=isinstance(target, Case),
        number=target.number_text,
        title=target.title if seen.title else None,
        citation=mark.provision.citation,
        max_years=mark.provision.max_years,
        scope=mark.scope,
        is_of_one_file=mark.document_id is not None,
        made_on=mark.made_on,
        review_on=mark.review_on,
        last_day=last_day,
        has_ended=last_day is not None and last_day < today(),
        may_review=seen.everything and actor.may(Permission.MARK, code),
    )


def _targets(session: Session, marks: Iterable[Restriction]) -> dict[int, Case | Record]:
    """What the markings are on, by the number of the marking, with what tells who may see it."""
    of_case = (selectinload(Case.authority), selectinload(Case.restrictions), selectinload(Case.parties))
    case_ids = {mark.case_id for mark in marks if mark.case_id is not None}
    record_ids = {mark.record_id for mark in marks if mark.record_id is not None}
    cases = session.scalars(select(Case).where(Case.id.in_(case_ids)).options(*of_case)).all()
    records = session.scalars(
        select(Record)
        .where(Record.id.in_(record_ids))
        .options(
            selectinload(Record.restrictions),
            selectinload(Record.parties),
            selectinload(Record.case).options(*of_case),
        )
    ).all()
    following.load(session, records)
    by_case: dict[int | None, Case | Record] = {item.id: item for item in cases}
    by_record: dict[int | None, Case | Record] = {item.id: item for item in records}
    return {
        mark.id: by_record[mark.record_id] if mark.record_id is not None else by_case[mark.case_id]
        for mark in marks
    }


def _cursor(key: int, number: int) -> str:
    return f"{key}.{number}"


def _read_cursor(text: str | None) -> tuple[int, int] | None:
    key, _dot, number = (text or "").partition(".")
    if not (key.isascii() and key.isdecimal() and number.isascii() and number.isdecimal()):
        return None
    return (int(key), int(number)) if len(key) <= 8 and len(number) <= 18 else None
