"""The list of what came in and has not been registered in time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, selectinload

from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.intake import lookup
from diarium.intake.models import IntakeItem
from diarium.intake.vocabulary import CHANNEL_LABELS, Channel, ItemState
from diarium.lists.definitions import options
from diarium.lists.filtering import Choice, Flag, Options, Period
from diarium.lists.model import Column, Goes, ListDefinition, ListRow, Order


def _by_arrival(_actor: Actor) -> Order:
    return Order((IntakeItem.received_at,))


def _by_deadline(_actor: Actor) -> Order:
    return Order((IntakeItem.deadline_on,))


def _channels(_session: Session, _actor: Actor) -> Options:
    return options.labelled(CHANNEL_LABELS)


def _overdue(_actor: Actor) -> ColumnElement[bool]:
    """Older than one working day: the day by which it should have been registered has passed."""
    return IntakeItem.deadline_on < today()


def _items(_session: Session, actor: Actor) -> Select[int]:
    query = select(IntakeItem.id).join(IntakeItem.authority)
    return query.where(lookup.visible(actor), IntakeItem.state == ItemState.NEW)


def _rows(session: Session, actor: Actor, ids: Sequence[int]) -> list[ListRow]:
    found = session.scalars(
        select(IntakeItem).where(IntakeItem.id.in_(ids)).options(selectinload(IntakeItem.assigned_to))
    )
    made = {item.id: _row(item) for item in found}
    return [made[key] for key in ids]


def _row(item: IntakeItem) -> ListRow:
    return ListRow(
        id=item.id,
        goes=Goes.ITEM,
        uid=item.uid,
        values=(
            item.subject or _("Utan ämne"),
            item.sender_name or item.sender_email or "",
            item.received_at,
            item.deadline_on,
            str(CHANNEL_LABELS[item.channel]),
            item.assigned_to.name if item.assigned_to else "",
        ),
    )


UNREGISTERED = ListDefinition(
    name="oregistrerat",
    label=_l("Oregistrerat"),
    about=_l("Vad som har kommit in och inte registrerats inom en arbetsdag (OSL 5 kap. 1 §)."),
    empty=_l("Inget är försenat."),
    columns=(
        Column("subject", _l("Ämne"), is_wide=True),
        Column("sender", _l("Avsändare")),
        Column("received", _l("Kom in"), _by_arrival, is_code=True),
        Column("deadline", _l("Registreras senast"), _by_deadline, is_code=True),
        Column("channel", _l("Kanal")),
        Column("assigned", _l("Tilldelad")),
    ),
    filters=(
        Choice(
            "authority",
            _l("Myndighet"),
            lambda _actor, code: IntakeItem.authority_id.in_(options.authority_with(code)),
            options.authorities,
        ),
        Choice(
            "channel",
            _l("Kanal"),
            lambda _actor, text: IntakeItem.channel == options.of_closed_list(Channel, text, "channel"),
            _channels,
        ),
        Choice(
            "assigned",
            _l("Tilldelad"),
            lambda _actor, text: options.by_officer(IntakeItem.assigned_to_id, text),
            options.officers,
        ),
        Period("deadline", _l("Registreras senast"), lambda: IntakeItem.deadline_on.expression),
        Flag("all", _l("Även det som inte är försenat"), otherwise=_overdue),
    ),
    default_sort="deadline",
    key=IntakeItem.id,
    base=_items,
    rows=_rows,
    permission=Permission.REGISTER,
)
