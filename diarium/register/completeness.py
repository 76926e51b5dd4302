"""What is missing before a case can be closed (*avslutskontroll*), asked in a constant number of queries."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, object_session

from diarium.i18n import gettext as _
from diarium.i18n import ngettext, today
from diarium.register import deadlines
from diarium.register.models import Case, Decision, Document, Party, Record
from diarium.register.vocabulary import DecisionState, Direction, Medium, PartyRole, RecordStatus
from diarium.secrecy.models import Restriction

# Record types that ask for a decision, or hold one.
EXPECT_DECISION: Final = frozenset(
    {
        "Ansökan",
        "Beslut",
        "Delegationsbeslut",
        "Medborgarförslag",
        "Motion",
        "Protokollsutdrag",
        "Tilldelningsbeslut",
        "Överklagande",
    }
)
_MOST_NAMED = 20


class Missing(StrEnum):
    """What may be missing; tells a page where it is mended."""

    RECORDS = "records"
    CLASS = "class"
    FILES = "files"
    DEADLINES = "deadlines"
    REVIEW = "review"
    DECISION = "decision"
    PARTIES = "parties"
    DRAFTS = "drafts"


@dataclass(frozen=True, slots=True)
class Spot:
    """A thing that lacks something: a record by its number, or the case itself."""

    label: str
    record_uid: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """Something that should be in order before a case is closed. `is_blocking`: it must be. `spots`: where."""

    message: str
    is_blocking: bool
    missing: Missing
    spots: tuple[Spot, ...] = ()


def check(case: Case, *, open_drafts: int = 0) -> tuple[Shortcoming, ...]:
    """What is missing before `case` can be closed; what must be mended first.

    `open_drafts`: how many drafts wait to be registered in the case, which only the room of drafts knows.
    Constant number of queries.
    """
    session = object_session(case)
    if session is None:
        raise ValueError("the case belongs to no session")
    found = [
        *_without_records(session, case),
        *_without_class(case),
        *_open_deadlines(session, case),
        *_without_files(session, case),
        *_without_other_side(session, case),
        *_not_reviewed(session, case),
        *_undecided(session, case),
        *_drafts(open_drafts),
    ]
    return tuple(sorted(found, key=lambda item: not item.is_blocking))


def _registered(case: Case) -> tuple[ColumnElement[bool], ...]:
    return (Record.case_id == case.id, Record.status == RecordStatus.REGISTERED)


def _without_records(session: Session, case: Case) -> Iterable[Shortcoming]:
    if session.scalar(select(Record.id).where(*_registered(case)).limit(1)) is None:
        yield Shortcoming(_("Ärendet har ingen registrerad handling."), True, Missing.RECORDS)


def _without_class(case: Case) -> Iterable[Shortcoming]:
    if case.classification_id is None:
        message = _("Ärendet är inte klassificerat, så det går inte att veta vad som ska bevaras.")
        yield Shortcoming(message, True, Missing.CLASS)


def _open_deadlines(session: Session, case: Case) -> Iterable[Shortcoming]:
    open_ones = deadlines.open_of(session, case)
    if open_ones:
        days = ", ".join(item.due_on.isoformat() for item in open_ones[:_MOST_NAMED])
        message = ngettext(
            "%(num)s bevakning är öppen: %(days)s.",
            "%(num)s bevakningar är öppna: %(days)s.",
            len(open_ones),
            days=days,
        )
        yield Shortcoming(message, True, Missing.DEADLINES)


def _without_files(session: Session, case: Case) -> Iterable[Shortcoming]:
    bare = ~exists().where(Document.record_id == Record.id)
    query = select(Record.uid, Record.running_number).where(
        *_registered(case), Record.medium == Medium.DIGITAL, bare
    )
    rows = session.execute(query.order_by(Record.running_number)).all()
    if rows:
        numbers, spots = _named(case, [(row.uid, row.running_number) for row in rows])
        message = ngettext(
            "%(num)s digital handling saknar fil: %(numbers)s.",
            "%(num)s digitala handlingar saknar fil: %(numbers)s.",
            len(rows),
            numbers=numbers,
        )
        yield Shortcoming(message, False, Missing.FILES, spots)


def _without_other_side(session: Session, case: Case) -> Iterable[Shortcoming]:
    def lacks(role: PartyRole) -> ColumnElement[bool]:
        return ~exists().where(Party.record_id == Record.id, Party.role == role)

    wanting = or_(
        (Record.direction == Direction.INCOMING) & lacks(PartyRole.SENDER),
        (Record.direction == Direction.OUTGOING) & lacks(PartyRole.RECIPIENT),
    )
    query = select(Record.uid, Record.running_number).where(*_registered(case), wanting)
    rows = session.execute(query.order_by(Record.running_number)).all()
    if rows:
        numbers, spots = _named(case, [(row.uid, row.running_number) for row in rows])
        message = ngettext(
            "%(num)s handling saknar avsändare eller mottagare: %(numbers)s.",
            "%(num)s handlingar saknar avsändare eller mottagare: %(numbers)s.",
            len(rows),
            numbers=numbers,
        )
        yield Shortcoming(message, False, Missing.PARTIES, spots)


def _not_reviewed(session: Session, case: Case) -> Iterable[Shortcoming]:
    """Markings in force whose day of review has come, or that were never given one."""
    due = or_(Restriction.review_on.is_(None), Restriction.review_on <= today())
    marks = session.execute(
        select(Record.uid, Record.running_number)
        .select_from(Restriction)
        .outerjoin(Record, Record.id == Restriction.record_id)
        .where(Restriction.lifted_at.is_(None), due)
        .where(or_(Restriction.case_id == case.id, Record.case_id == case.id))
        .order_by(Record.running_number)
        .distinct()
    ).all()
    if marks:
        of_records = [(row.uid, row.running_number) for row in marks if row.uid is not None]
        numbers, spots = _named(case, of_records)
        if len(of_records) < len(marks):
            numbers, spots = (
                ", ".join([_("hela ärendet"), *([numbers] if numbers else [])]),
                (Spot(case.number_text), *spots),
            )
        message = _("Sekretessmarkeringar är inte omprövade: %(numbers)s.", numbers=numbers)
        yield Shortcoming(message, False, Missing.REVIEW, spots)


def _undecided(session: Session, case: Case) -> Iterable[Shortcoming]:
    if case.decided_on is not None:
        return
    expecting = select(Record.id).where(*_registered(case), Record.record_type.in_(EXPECT_DECISION)).limit(1)
    entered = select(Decision.id).where(
        Decision.case_id == case.id, Decision.state == DecisionState.REGISTERED, Decision.is_final
    )
    if session.scalar(expecting) is not None and session.scalar(entered.limit(1)) is None:
        message = _(
            "Inget beslut är inskrivet, fast ärendet har en handling som kräver eller innehåller ett beslut."
        )
        yield Shortcoming(message, False, Missing.DECISION)


def _drafts(count: int) -> Iterable[Shortcoming]:
    if count:
        message = ngettext(
            "%(num)s utkast till handling i ärendet är inte registrerat.",
            "%(num)s utkast till handlingar i ärendet är inte registrerade.",
            count,
        )
        yield Shortcoming(message, False, Missing.DRAFTS)


def _named(case: Case, rows: Sequence[tuple[uuid.UUID, int]]) -> tuple[str, tuple[Spot, ...]]:
    """The numbers in words and as spots; of many only the first."""
    spots = tuple(Spot(f"{case.number_text}-{number}", uid) for uid, number in rows[:_MOST_NAMED])
    more = ["…"] if len(rows) > _MOST_NAMED else []
    return ", ".join([*(spot.label for spot in spots), *more]), spots
