"""Webhooks: added, changed, stopped, given a new secret, tried. For administrators of the authority."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.audit import revision
from diarium.audit import service as audit
from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.identity import service as identity
from diarium.identity.permissions import Actor, Permission
from diarium.register import lookup
from diarium.webhooks import guard, signing
from diarium.webhooks.errors import InvalidWebhook, WebhookConflict, WebhookNotFound
from diarium.webhooks.guard import AddressPolicy
from diarium.webhooks.models import Webhook, WebhookDelivery
from diarium.webhooks.vocabulary import TEST_KIND, EventKind

MOST_AT_AN_AUTHORITY = 50


@dataclass(frozen=True, slots=True)
class WebhookFacts:
    """What is told of a webhook."""

    name: str
    url: str
    kinds: Collection[EventKind]


def add(session: Session, actor: Actor, authority: str, facts: WebhookFacts, policy: AddressPolicy) -> Webhook:
    """Adds a webhook, which is told of what happens from now on. Its secret: `signing.secret_of`.

    Raises: NotAllowed; InvalidFact, InvalidWebhook and InvalidText with the field's name.
    """
    identity.require_administrator(actor)
    owner = lookup.authority(session, authority)
    actor.require(Permission.ADMINISTER, owner.code)
    present = session.scalars(
        select(Webhook.id).where(Webhook.authority_code == owner.code).limit(MOST_AT_AN_AUTHORITY)
    ).all()
    if len(present) >= MOST_AT_AN_AUTHORITY:
        raise WebhookConflict(
            _("Myndigheten har redan %(most)s webhookar. Ta bort någon först.", most=MOST_AT_AN_AUTHORITY)
        )
    webhook = Webhook(
        authority_code=owner.code, salt=signing.new_salt(), created_by_name=actor.name, created_at=now()
    )
    _write(webhook, facts, policy)
    session.add(webhook)
    session.flush()
    audit.write(session, actor, "webhook.added", _subject(webhook), after=facts_of(webhook))
    return webhook


def change(
    session: Session, actor: Actor, uid: uuid.UUID, facts: WebhookFacts, policy: AddressPolicy, *, seen: str
) -> None:
    """Changes name, address and kinds; `seen` is the fingerprint of the facts that the page showed.

    Raises: NotAllowed; WebhookNotFound; InvalidWebhook and InvalidText with the field's name; Stale.
    """
    webhook = by_uid(session, actor, uid, lock=True)
    before = facts_of(webhook)
    revision.require_seen(before, seen)
    _write(webhook, facts, policy)
    if revision.note(session, actor, "webhook.changed", _subject(webhook), before, facts_of(webhook)):
        webhook.version += 1


def set_active(session: Session, actor: Actor, uid: uuid.UUID, *, active: bool) -> None:
    """Stops a webhook, or lets it go on: what waits is kept meanwhile, what happens meanwhile is not told.

    Raises: NotAllowed; WebhookNotFound.
    """
    webhook = by_uid(session, actor, uid, lock=True)
    if webhook.is_active != active:
        webhook.is_active = active
        webhook.version += 1
        action = "webhook.resumed" if active else "webhook.stopped"
        before, after = {"is_active": not active}, {"is_active": active}
        audit.write(session, actor, action, _subject(webhook), before=before, after=after)


def renew_secret(session: Session, actor: Actor, uid: uuid.UUID) -> Webhook:
    """Gives the webhook a new secret; the old one signs nothing any more. Raises: NotAllowed; WebhookNotFound."""
    webhook = by_uid(session, actor, uid, lock=True)
    webhook.salt = signing.new_salt()
    webhook.version += 1
    audit.write(session, actor, "webhook.secret_renewed", _subject(webhook))
    return webhook


def try_out(session: Session, actor: Actor, uid: uuid.UUID) -> WebhookDelivery:
    """Queues a delivery that tells of nothing, to see whether it arrives.

    Raises: NotAllowed; WebhookNotFound; WebhookConflict while it is stopped.
    """
    webhook = by_uid(session, actor, uid, lock=True)
    if not webhook.is_active:
        raise WebhookConflict(_("Webhooken är stoppad. Starta den först."))
    delivery = WebhookDelivery(
        webhook=webhook, kind=TEST_KIND, facts={"authority": webhook.authority_code}, occurred_at=now()
    )
    session.add(delivery)
    session.flush()
    return delivery


def listing(session: Session, actor: Actor) -> Sequence[Webhook]:
    """The webhooks of the authorities that the actor administers, by authority and name. Raises: NotAllowed."""
    identity.require_administrator(actor)
    query = select(Webhook)
    if not actor.is_system:
        query = query.where(Webhook.authority_code.in_(actor.authorities(Permission.ADMINISTER)))
    return session.scalars(query.order_by(Webhook.authority_code, Webhook.name, Webhook.id)).all()


def by_uid(session: Session, actor: Actor, uid: uuid.UUID, *, lock: bool = False) -> Webhook:
    """The webhook with `uid`. Raises: WebhookNotFound, also where the actor does not administer its authority."""
    query = select(Webhook).where(Webhook.uid == uid)
    webhook = session.scalar(query.with_for_update() if lock else query)
    if webhook is None or not actor.may(Permission.ADMINISTER, webhook.authority_code):
        raise WebhookNotFound(_("Webhooken finns inte."))
    return webhook


def facts_of(webhook: Webhook) -> dict[str, object]:
    """The facts as pages show and events keep them."""
    return {"name": webhook.name, "url": webhook.url, "kinds": [kind.value for kind in webhook.event_kinds]}


def _write(webhook: Webhook, facts: WebhookFacts, policy: AddressPolicy) -> None:
    webhook.name = texts.required_line(facts.name, 120, "name", _("Skriv vad webhooken är till för."))
    webhook.url = guard.checked_url(facts.url, policy)
    if not facts.kinds:
        raise InvalidWebhook(_("Välj minst en händelse."), field="kinds")
    webhook.kinds = " ".join(kind.value for kind in EventKind if kind in facts.kinds)


def _subject(webhook: Webhook) -> audit.Subject:
    return audit.Subject("webhook", webhook.uid, webhook.name, webhook.authority_code)
