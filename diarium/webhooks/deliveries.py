"""What was delivered to a webhook and what was not, and sending it again."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.webhooks import service
from diarium.webhooks.errors import WebhookConflict, WebhookNotFound
from diarium.webhooks.models import Webhook, WebhookDelivery
from diarium.webhooks.vocabulary import DeliveryState

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery in the log."""

    uid: uuid.UUID
    kind: str
    number: str | None
    occurred_at: dt.datetime
    state: DeliveryState
    attempts: int
    next_try_at: dt.datetime | None
    last_tried_at: dt.datetime | None
    last_status: int | None
    last_error: str | None
    delivered_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """A page of the log, newest first; `next_cursor` leads to what is older."""

    deliveries: tuple[DeliveryView, ...]
    next_cursor: int | None


def page(
    session: Session,
    actor: Actor,
    uid: uuid.UUID,
    *,
    state: DeliveryState | None = None,
    cursor: int | None = None,
    size: int = PAGE_SIZE,
) -> DeliveryPage:
    """A page of the deliveries of a webhook. Raises: WebhookNotFound."""
    webhook = service.by_uid(session, actor, uid)
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
    if state is not None:
        query = query.where(WebhookDelivery.state == state)
    if cursor is not None:
        query = query.where(WebhookDelivery.id < cursor)
    found = session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(size + 1)).all()
    rows = found[:size]
    return DeliveryPage(tuple(_view(row) for row in rows), rows[-1].id if len(found) > size else None)


def parked_count(session: Session, actor: Actor) -> dict[uuid.UUID, int]:
    """How many deliveries of each of the actor's webhooks were given up."""
    query = (
        select(Webhook.uid, func.count().label("parked"))
        .join(WebhookDelivery, WebhookDelivery.webhook_id == Webhook.id)
        .where(WebhookDelivery.state == DeliveryState.PARKED)
        .group_by(Webhook.uid)
    )
    if not actor.is_system:
        query = query.where(Webhook.authority_code.in_(actor.authorities(Permission.ADMINISTER)))
    return {row.uid: row.parked for row in session.execute(query)}


def replay(session: Session, actor: Actor, uid: uuid.UUID, delivery_uid: uuid.UUID) -> None:
    """Sends a delivery once more, with its identifier as before: whoever got it already can tell.

    Raises: WebhookNotFound; WebhookConflict while it waits anyway.
    """
    webhook = service.by_uid(session, actor, uid)
    delivery = session.scalar(
        select(WebhookDelivery)
        .where(WebhookDelivery.uid == delivery_uid, WebhookDelivery.webhook_id == webhook.id)
        .with_for_update()
    )
    if delivery is None:
        raise WebhookNotFound(_("Leveransen finns inte."))
    if delivery.state is DeliveryState.WAITING:
        raise WebhookConflict(_("Leveransen väntar redan på att skickas."))
    _wait_again(delivery)
    subject = audit.Subject("webhook", webhook.uid, webhook.name, webhook.authority_code)
    audit.write(session, actor, "webhook.replayed", subject, after={"delivery": delivery.uid})


def replay_parked(session: Session, actor: Actor, uid: uuid.UUID) -> int:
    """Sends everything once more that was given up. Raises: WebhookNotFound."""
    webhook = service.by_uid(session, actor, uid)
    parked = session.scalars(
        update(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.state == DeliveryState.PARKED)
        .values(state=DeliveryState.WAITING, attempts=0, next_try_at=now())
        .returning(WebhookDelivery.id)
    )
    count = len(parked.all())
    if count:
        subject = audit.Subject("webhook", webhook.uid, webhook.name, webhook.authority_code)
        audit.write(session, actor, "webhook.replayed", subject, after={"count": count})
    return count


def _wait_again(delivery: WebhookDelivery) -> None:
    delivery.state, delivery.attempts, delivery.next_try_at = DeliveryState.WAITING, 0, now()
    delivery.delivered_at = None


def _view(row: WebhookDelivery) -> DeliveryView:
    case, record = (row.facts.get(name) or {} for name in ("case", "record"))
    return DeliveryView(
        uid=row.uid,
        kind=row.kind,
        number=record.get("number") or case.get("number"),
        occurred_at=row.occurred_at,
        state=row.state,
        attempts=row.attempts,
        next_try_at=row.next_try_at if row.state is DeliveryState.WAITING else None,
        last_tried_at=row.last_tried_at,
        last_status=row.last_status,
        last_error=row.last_error,
        delivered_at=row.delivered_at,
    )
