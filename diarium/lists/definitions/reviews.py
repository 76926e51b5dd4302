"""The list of secrecy markings whose day to be looked at again has come."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, selectinload

from diarium.i18n import lazy_gettext as _l
from diarium.i18n import today
from diarium.identity.permissions import Actor
from diarium.lists import sight
from diarium.lists.definitions import options
from diarium.lists.definitions.cases import CASE_LOADS, by_number
from diarium.lists.filtering import Choice, Flag, Period
from diarium.lists.model import Column, Goes, ListDefinition, ListRow, Order
from diarium.register import following
from diarium.register.models import Case, Record
from diarium.register.views import sight_of_case, sight_of_record
from diarium.secrecy.models import SCOPE_LABELS, Restriction

_AUTHORITY = Choice("authority", _l("Myndighet"), options.at_authority, options.authorities)


def _by_review_day(_actor: Actor) -> Order:
    return Order((Restriction.review_on,), Restriction.review_on.is_(None))


def _by_making(_actor: Actor) -> Order:
    return Order((Restriction.made_on,))


def _due_for_review(_actor: Actor) -> ColumnElement[bool]:
    return Restriction.review_on <= today()


def _markings(session: Session, actor: Actor) -> Select[int]:
    """Markings in force, on cases and on records."""
    return (
        select(Restriction.id)
        .outerjoin(Record, Record.id == Restriction.record_id)
        .join(Case, Case.id == func.coalesce(Restriction.case_id, Record.case_id))
        .where(Restriction.lifted_at.is_(None), sight.readable(session, actor))
    )


def _marking_rows(session: Session, actor: Actor, ids: Sequence[int]) -> list[ListRow]:
    marks = {item.id: item for item in session.scalars(select(Restriction).where(Restriction.id.in_(ids)))}
    cases = session.scalars(
        select(Case)
        .where(Case.id.in_([mark.case_id for mark in marks.values() if mark.case_id]))
        .options(*CASE_LOADS)
    )
    records = session.scalars(
        select(Record)
        .where(Record.id.in_([mark.record_id for mark in marks.values() if mark.record_id]))
        .options(
            selectinload(Record.restrictions),
            selectinload(Record.parties),
            selectinload(Record.case).options(*CASE_LOADS, selectinload(Case.parties)),
        )
    ).all()
    following.load(session, records)
    of_cases, of_records = {item.id: item for item in cases}, {item.id: item for item in records}
    return [
        _marking_row(actor, mark, of_records[mark.record_id])
        if mark.record_id
        else _marking_row(actor, mark, of_cases[mark.case_id or 0])
        for mark in (marks[key] for key in ids)
    ]


def _marking_row(actor: Actor, mark: Restriction, target: Case | Record) -> ListRow:
    is_case = isinstance(target, Case)
    seen = sight_of_case(actor, target) if isinstance(target, Case) else sight_of_record(actor, target)
    return ListRow(
        id=mark.id,
        goes=Goes.CASE if is_case else Goes.RECORD,
        uid=target.uid,
        values=(
            target.number_text,
            mark.review_on,
            target.title if seen.title else options.hidden(),
            mark.provision.citation,
            str(SCOPE_LABELS[mark.scope]),
            mark.made_on,
            mark.made_by_name,
        ),
        marked_case=target.uid if is_case else None,
        marked_record=None if is_case else target.uid,
    )


REVIEWS = ListDefinition(
    name="granskning",
    label=_l("Sekretess att ompröva"),
    about=_l("Sekretessmarkeringar vars granskningsdag har kommit."),
    empty=_l("Inga markeringar väntar på granskning."),
    columns=(
        Column("number", _l("Nummer"), by_number, is_code=True),
        Column("review", _l("Granskas senast"), _by_review_day, is_code=True),
        Column("title", _l("Rubrik"), is_wide=True),
        Column("provision", _l("Lagrum"), is_code=True),
        Column("scope", _l("Omfattning")),
        Column("made", _l("Markerad"), _by_making, is_code=True),
        Column("maker", _l("Av")),
    ),
    filters=(
        _AUTHORITY,
        Period("review", _l("Granskas senast"), lambda: Restriction.review_on.expression),
        Flag("later", _l("Även kommande granskningar och markeringar utan dag"), otherwise=_due_for_review),
    ),
    default_sort="review",
    key=Restriction.id,
    base=_markings,
    rows=_marking_rows,
)
