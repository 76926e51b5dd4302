"""Deliveries as lists and pages show them. Constant number of statements, whatever the amount."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, selectinload

from diarium.archive.delivery_lookup import find, loaded, visible
from diarium.archive.delivery_models import DeliveryEvent, PackageDelivery, PackageReceipt, ReceiptState
from diarium.archive.delivery_states import LIVE, DeliveryState
from diarium.archive.models import Export, ExportItem, ExportPart, ExportState
from diarium.db.base import now
from diarium.i18n import lazy_gettext as _l
from diarium.identity.permissions import Actor, Permission
from diarium.register.models import Authority, Case

MOST_ROWS = 100
MOST_EVENTS = 200
S = DeliveryState


class Tab(StrEnum):
    """The deliveries of a list."""

    ALL = "alla"
    GOING = "pagar"
    AWAITED = "vantar"
    TROUBLE = "atgarda"
    ENDED = "klara"


TAB_LABELS: Mapping[Tab, str] = {
    Tab.ALL: _l("Alla"),
    Tab.GOING: _l("På gång"),
    Tab.AWAITED: _l("Väntar på svar"),
    Tab.TROUBLE: _l("Att åtgärda"),
    Tab.ENDED: _l("Avslutade"),
}
TAB_STATES: Mapping[Tab, tuple[DeliveryState, ...]] = {
    Tab.ALL: tuple(DeliveryState),
    Tab.GOING: (S.DRAFT, S.READY, S.SENDING),
    Tab.AWAITED: (S.SENT, S.RECEIVED),
    Tab.TROUBLE: (S.FAILED, S.REJECTED),
    Tab.ENDED: (S.CONFIRMED, S.REPLACED, S.WITHDRAWN),
}


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """A page of deliveries, the newest first; `next_cursor` leads to the older ones."""

    rows: Sequence[PackageDelivery]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class DeliveryDetails:
    """One delivery with all that is known of it. `replaced_by`: later deliveries that stand for it.

    `new_exports`: packages asked for instead of this one, whether they are made or not.
    """

    delivery: PackageDelivery
    events: Sequence[DeliveryEvent]
    receipts: Sequence[PackageReceipt]
    replaced_by: Sequence[PackageDelivery]
    new_exports: Sequence[Export]

    @property
    def waiting_receipt(self) -> PackageReceipt | None:
        """The newest returned file that nobody has entered."""
        return next((row for row in reversed(self.receipts) if row.state is ReceiptState.WAITING), None)


def page(
    session: Session, actor: Actor, tab: Tab = Tab.ALL, *, cursor: str | None = None, size: int = 50
) -> DeliveryPage:
    """A page of the deliveries of the authorities that the actor exports for."""
    query = visible(actor, loaded())
    if tab is not Tab.ALL:
        query = query.where(PackageDelivery.state.in_(TAB_STATES[tab]))
    if cursor is not None and cursor.isascii() and cursor.isdigit() and len(cursor) <= 18:
        query = query.where(PackageDelivery.id < int(cursor))
    size = max(1, min(size, MOST_ROWS))
    found = session.scalars(query.order_by(PackageDelivery.id.desc()).limit(size + 1)).all()
    return DeliveryPage(found[:size], str(found[size - 1].id) if len(found) > size else None)


def counts(session: Session, actor: Actor) -> Mapping[Tab, int]:
    """How many deliveries need something or somebody, by tab. One statement."""
    codes = actor.authorities(Permission.EXPORT)
    query = (
        select(PackageDelivery.state, func.count())
        .join(Authority, Authority.id == PackageDelivery.authority_id)
        .where(Authority.code.in_(codes))
        .group_by(PackageDelivery.state)
    )
    by_state = {state: number for state, number in session.execute(query)}  # noqa: C416
    wanted = (Tab.GOING, Tab.AWAITED, Tab.TROUBLE)
    return {tab: sum(by_state.get(state, 0) for state in TAB_STATES[tab]) for tab in wanted}


def details(session: Session, actor: Actor, uid: uuid.UUID) -> DeliveryDetails:
    """One delivery. Raises: DeliveryNotFound."""
    delivery = find(session, actor, uid)
    events = select(DeliveryEvent).where(DeliveryEvent.delivery_id == delivery.id)
    receipts = select(PackageReceipt).where(PackageReceipt.delivery_id == delivery.id)
    later = loaded().where(PackageDelivery.replaces_id == delivery.id)
    exports = select(Export).where(Export.replaces_id == delivery.part.export_id)
    return DeliveryDetails(
        delivery=delivery,
        events=session.scalars(events.order_by(DeliveryEvent.id.desc()).limit(MOST_EVENTS)).all(),
        receipts=session.scalars(receipts.order_by(PackageReceipt.id)).all(),
        replaced_by=session.scalars(later.order_by(PackageDelivery.id)).all(),
        new_exports=session.scalars(exports.order_by(Export.id.desc()).limit(10)).all(),
    )


def deliverable(session: Session, actor: Actor, *, limit: int = MOST_ROWS) -> Sequence[ExportPart]:
    """Approved packages that are neither on their way nor accepted, the newest first."""
    taken = exists().where(
        PackageDelivery.part_id == ExportPart.id, PackageDelivery.state.in_((*LIVE, S.CONFIRMED, S.REPLACED))
    )
    query = (
        select(ExportPart)
        .join(ExportPart.export)
        .join(Export.authority)
        .where(
            ExportPart.state == ExportState.VALIDATED,
            Authority.code.in_(actor.authorities(Permission.EXPORT)),
            ~taken,
        )
        .options(selectinload(ExportPart.export).selectinload(Export.authority))
        .order_by(ExportPart.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def of_export(session: Session, export: Export) -> Sequence[PackageDelivery]:
    """The deliveries of an export's packages, the newest first; the caller has asked whether the actor exports."""
    query = loaded().join(ExportPart, ExportPart.id == PackageDelivery.part_id)
    query = query.where(ExportPart.export_id == export.id)
    return session.scalars(query.order_by(PackageDelivery.id.desc()).limit(MOST_ROWS)).all()


def of_case(session: Session, case: Case) -> Sequence[PackageDelivery]:
    """The confirmed deliveries that a case has gone to an archive in, the newest first."""
    query = (
        loaded()
        .join(ExportItem, ExportItem.part_id == PackageDelivery.part_id)
        .where(ExportItem.case_id == case.id, PackageDelivery.state == S.CONFIRMED)
    )
    return session.scalars(query.order_by(PackageDelivery.id.desc()).limit(MOST_ROWS)).all()


def awaiting(session: Session, actor: Actor, agreement_id: int) -> Sequence[PackageDelivery]:
    """The deliveries under an agreement that an answer can be about, the newest first."""
    states = (S.SENT, S.RECEIVED)
    query = visible(actor, loaded()).where(
        PackageDelivery.agreement_id == agreement_id, PackageDelivery.state.in_(states)
    )
    return session.scalars(query.order_by(PackageDelivery.id.desc()).limit(MOST_ROWS)).all()


def time_left(delivery: PackageDelivery) -> dt.timedelta | None:
    """How long the sending goes on, at the rate so far; None while nothing can be said."""
    if delivery.begun_at is None or not delivery.sent_bytes:
        return None
    gone = now() - delivery.begun_at
    return gone * ((delivery.total_bytes - delivery.sent_bytes) / delivery.sent_bytes)
