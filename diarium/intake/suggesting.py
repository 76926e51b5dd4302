"""Which case an item may belong to: by a number that it names, its conversation, or its sender."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.intake.models import IntakeItem
from diarium.intake.subjects import FoundNumber, numbers_in, without_prefixes
from diarium.register import views
from diarium.register.models import Case, Party, Record
from diarium.register.vocabulary import FINISHED
from diarium.secrecy import access

MAX_SENDERS_CASES = 5
_SENDERS_CASES_LOOKED_AT = 25
_PARTIES_LOOKED_AT = 500
_BODY_START = 2_000


@dataclass(frozen=True, slots=True)
class CaseSuggestion:
    """A case that the item may belong to, and why. `title` is None where the actor may not see it.

    `is_strong`: the item itself points to it, by number or conversation; `is_open`: it takes records.
    """

    number: str
    uid: uuid.UUID
    title: str | None
    why: str
    is_strong: bool = False
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The cases, strongest first, and the numbers in the subject that are numbers of cases here."""

    cases: tuple[CaseSuggestion, ...]
    numbers: tuple[FoundNumber, ...]


def for_item(session: Session, actor: Actor, item: IntakeItem) -> Suggestions:
    """What can be suggested for `item` to `actor`. Constant number of queries."""
    if not actor.may(Permission.READ, item.authority.code):
        return Suggestions((), ())
    told = tuple(replace(number, is_marked=True) for number in numbers_in(item.case_number or ""))
    in_subject = numbers_in(without_prefixes(item.subject))
    in_body = numbers_in(item.body[:_BODY_START])
    cases = _by_numbers(session, item.authority_id, [*told, *in_subject, *in_body])
    found: dict[uuid.UUID, CaseSuggestion] = {}
    for numbers, why in (
        (told, _("Numret angavs i e-tjänsten")),
        (in_subject, _("Numret står i ämnesraden")),
        (in_body, _("Numret står i texten")),
    ):
        for number in numbers:
            _add(found, actor, _meant(number, cases, loosely=numbers is not in_body), why)
    _add(found, actor, _by_thread(session, item), _("Svar i samma konversation"))
    _add(found, actor, _of_sender(session, actor, item), _("Avsändarens öppna ärende"), is_strong=False)
    ordered = sorted(found.values(), key=lambda one: (not one.is_strong, not one.is_open))
    return Suggestions(tuple(ordered), _known(in_subject, cases))


def _add(
    found: dict[uuid.UUID, CaseSuggestion],
    actor: Actor,
    cases: Iterable[Case],
    why: str,
    *,
    is_strong: bool = True,
) -> None:
    for case in cases:
        title = case.title if views.sight_of_case(actor, case).title else None
        suggestion = CaseSuggestion(
            case.number_text, case.uid, title, why, is_strong=is_strong, is_open=case.status not in FINISHED
        )
        found.setdefault(case.uid, suggestion)


def _by_numbers(session: Session, authority_id: int, numbers: Sequence[FoundNumber]) -> Sequence[Case]:
    pairs = {(parts.year, parts.number) for number in numbers for parts in number.readings}
    if not pairs:
        return ()
    condition = or_(*(and_(Case.year == year, Case.number == number) for year, number in sorted(pairs)))
    return session.scalars(
        select(Case).where(Case.authority_id == authority_id, condition).options(*_LOADS).order_by(Case.id)
    ).all()


def _meant(number: FoundNumber, cases: Sequence[Case], *, loosely: bool) -> list[Case]:
    """The cases that `number` means. Without a series of the authority it must be marked or written as one.

    `loosely`: a slash is enough, where hardly anything but a case number is expected.
    """
    for parts in number.readings:
        fitting = [case for case in cases if (case.year, case.number) == (parts.year, parts.number)]
        by_series = [case for case in fitting if case.series.code == number.series]
        if by_series:
            return by_series
        if number.is_marked or (loosely and number.has_slash):
            return fitting
        if loosely and (as_written := [case for case in fitting if case.number_text == number.digits]):
            return as_written
    return []


def _known(numbers: Sequence[FoundNumber], cases: Sequence[Case]) -> tuple[FoundNumber, ...]:
    """Those of `numbers` that are cases here. A word before one that is no series is no part of it."""
    known = []
    for number in numbers:
        meant = _meant(number, cases, loosely=True)
        if any(case.series.code == number.series for case in meant) or (meant and number.series is None):
            known.append(number)
        elif meant:
            known.append(replace(number, start=number.digits_start))
    return tuple(known)


def _by_thread(session: Session, item: IntakeItem) -> list[Case]:
    """The cases of what was registered earlier in the same conversation, latest first."""
    ids = [one for one in dict.fromkeys([item.in_reply_to, *reversed(item.references)]) if one]
    if not ids:
        return []
    earlier = session.scalars(
        select(IntakeItem)
        .where(IntakeItem.authority_id == item.authority_id, IntakeItem.message_id.in_(ids))
        .where(IntakeItem.record_id.is_not(None))
        .options(*_THREAD_LOADS)
        .order_by(IntakeItem.id.desc())
        .limit(10)
    )
    records = [one.record for one in earlier if one.record is not None]
    return [(record.moved_to or record).case for record in records]


def _of_sender(session: Session, actor: Actor, item: IntakeItem) -> list[Case]:
    """The sender's open cases where the actor may see that they are a party, newest first."""
    if not item.sender_email_key:
        return []
    case_id = func.coalesce(Party.case_id, Record.case_id)
    theirs = Party.email_key == item.sender_email_key
    newest = session.scalars(
        select(case_id)
        .select_from(Party)
        .outerjoin(Record, Party.record_id == Record.id)
        .join(Case, Case.id == case_id)
        .where(theirs, Case.authority_id == item.authority_id, Case.status.not_in(FINISHED))
        .group_by(case_id)
        .order_by(case_id.desc())
        .limit(_SENDERS_CASES_LOOKED_AT)
    ).all()
    parts = session.scalars(
        select(Party)
        .outerjoin(Record, Party.record_id == Record.id)
        .where(theirs, case_id.in_(newest))
        .options(*_PARTY_LOADS)
        .order_by(case_id.desc(), Party.id)
        .limit(_PARTIES_LOOKED_AT)
    )
    cases = (_case_of(part) for part in parts if _may_see(actor, part, item.authority.code))
    return list(dict.fromkeys(cases))[:MAX_SENDERS_CASES]


def _case_of(part: Party) -> Case:
    if part.record is not None:
        return part.record.case
    if part.case is None:
        raise TypeError("a party belongs to a case or to a record")
    return part.case


def _may_see(actor: Actor, part: Party, authority_code: str) -> bool:
    """Whether the actor may see that this is a party: else the suggestion would tell it."""
    if part.is_protected and not access.may_see_protected(actor, authority_code):
        return False
    if part.record is not None:
        return views.sight_of_record(actor, part.record).parties
    return views.sight_of_case(actor, _case_of(part)).parties


_LOADS = (selectinload(Case.authority), selectinload(Case.series), selectinload(Case.restrictions))
_THREAD_LOADS = (
    selectinload(IntakeItem.record).selectinload(Record.case).options(*_LOADS),
    selectinload(IntakeItem.record).selectinload(Record.moved_to).selectinload(Record.case).options(*_LOADS),
)
_PARTY_LOADS = (
    selectinload(Party.case).options(*_LOADS),
    selectinload(Party.record).options(
        selectinload(Record.restrictions),
        selectinload(Record.parties),
        selectinload(Record.case).options(*_LOADS, selectinload(Case.parties)),
    ),
)
