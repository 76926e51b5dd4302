"""The list of deadlines to watch (*bevakningar*)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload

from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import today
from diarium.identity.models import User
from diarium.identity.permissions import Actor
from diarium.lists import sight
from diarium.lists.definitions import options
from diarium.lists.definitions.cases import CASE_LOADS, by_number
from diarium.lists.filtering import Choice, Flag, Options, Period
from diarium.lists.model import Column, Goes, ListDefinition, ListRow, Order
from diarium.register.models import Case, Deadline
from diarium.register.vocabulary import (
    DEADLINE_KIND_LABELS,
    DEADLINE_STATE_LABELS,
    DeadlineKind,
    DeadlineState,
)
from diarium.register.work_views import CaseEyes, eyes_of

_AUTHORITY = Choice("authority", _l("Myndighet"), options.at_authority, options.authorities)


def _by_due_day(_actor: Actor) -> Order:
    return Order((Deadline.due_on,))


def _by_watcher(_actor: Actor) -> Order:
    return Order(
        (User.name_key, User.id, Deadline.due_on),
        Deadline.responsible_id.is_(None),
        joins=(User, User.id == Deadline.responsible_id),
    )


def _deadline_kinds(_session: Session, _actor: Actor) -> Options:
    return options.labelled(DEADLINE_KIND_LABELS)


def _deadlines(session: Session, actor: Actor) -> Select[int]:
    return select(Deadline.id).join(Case, Case.id == Deadline.case_id).where(sight.readable(session, actor))


def _mine(actor: Actor) -> ColumnElement[bool]:
    return Deadline.responsible_id == (actor.user_id or -1)


def _overdue(_actor: Actor) -> ColumnElement[bool]:
    return (Deadline.state == DeadlineState.OPEN) & (Deadline.due_on < today())


def _deadline_rows(session: Session, actor: Actor, ids: Sequence[int]) -> list[ListRow]:
    found = session.scalars(
        select(Deadline)
        .where(Deadline.id.in_(ids))
        .options(
            joinedload(Deadline.responsible).lazyload(User.memberships),
            joinedload(Deadline.unit),
            joinedload(Deadline.record),
            joinedload(Deadline.case).options(*CASE_LOADS),
        )
    )
    items = found.all()
    eyes = eyes_of(session, actor, list({item.case.id: item.case for item in items}.values()))
    made = {item.id: _deadline_row(eyes[item.case.id], item) for item in items}
    return [made[key] for key in ids]


def _deadline_row(eyes: CaseEyes, deadline: Deadline) -> ListRow:
    case, view = deadline.case, eyes.deadline(deadline)
    title = case.title if eyes.sight.title else options.hidden()
    late = deadline.state is DeadlineState.OPEN and deadline.due_on < today()
    state = _("Försenad") if late else str(DEADLINE_STATE_LABELS[deadline.state])
    return ListRow(
        id=deadline.id,
        goes=Goes.CASE,
        uid=case.uid,
        values=(
            case.number_text,
            deadline.due_on,
            view.text or options.hidden(),
            str(DEADLINE_KIND_LABELS[deadline.kind]),
            title,
            deadline.responsible.name if deadline.responsible else "",
            deadline.unit.name if deadline.unit else "",
            state,
        ),
        note=title,
        is_struck=deadline.state is DeadlineState.CANCELLED,
        marked_case=case.uid if eyes.needs_note else None,
        marked_record=deadline.record.uid if deadline.record and eyes.needs_note and view.text else None,
    )


DEADLINES = ListDefinition(
    name="bevakningar",
    label=_l("Bevakningar"),
    about=_l("Dagar att bevaka i ärenden. Bara sådana som inte är klara, om du inte väljer annat."),
    empty=_l("Inga bevakningar passar urvalet. Nya läggs till i ärendet."),
    columns=(
        Column("number", _l("Ärende"), by_number, is_code=True),
        Column("due", _l("Senast"), _by_due_day, is_code=True),
        Column("text", _l("Vad som bevakas"), is_wide=True),
        Column("kind", _l("Slag")),
        Column("title", _l("Ärendemening"), on_page=False),
        Column("responsible", _l("Bevakas av"), _by_watcher),
        Column("unit", _l("Enhet")),
        Column("state", _l("Läge")),
    ),
    filters=(
        _AUTHORITY,
        Choice(
            "responsible",
            _l("Bevakas av"),
            lambda _actor, text: options.by_officer(Deadline.responsible_id, text),
            options.officers,
        ),
        Choice("unit", _l("Enhet"), lambda _a, text: options.by_unit(Deadline.unit_id, text), options.units),
        Choice(
            "kind",
            _l("Slag"),
            lambda _actor, text: Deadline.kind == options.of_closed_list(DeadlineKind, text, "kind"),
            _deadline_kinds,
        ),
        Period("due", _l("Senast"), lambda: Deadline.due_on.expression),
        Flag("mine", _l("Bara mina"), where=_mine),
        Flag("overdue", _l("Bara försenade"), where=_overdue),
        Flag("settled", _l("Även klara och avbrutna"), otherwise=lambda _a: Deadline.state == DeadlineState.OPEN),
    ),
    default_sort="due",
    key=Deadline.id,
    base=_deadlines,
    rows=_deadline_rows,
)
