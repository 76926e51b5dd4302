"""Webhooks over the API, for those who administer the authority."""

from __future__ import annotations

import uuid
from typing import Any

from flask import url_for
from marshmallow import fields, validate

from diarium.api import answers, context, requests
from diarium.api.paging import next_page
from diarium.identity.permissions import Permission
from diarium.identity.scopes import TokenScope
from diarium.webhooks import deliveries as log
from diarium.webhooks import service, signing
from diarium.webhooks.models import Webhook
from diarium.webhooks.service import WebhookFacts
from diarium.webhooks.vocabulary import DeliveryState

webhooks = context.Resource("webhooks", __name__, "Webhookar")
MANAGE = TokenScope.WEBHOOKS_MANAGE


class DeliveryQuerySchema(requests.QuerySchema):
    """Which deliveries to list. `cursor` is the `next_cursor` of the page before."""

    state = fields.Enum(DeliveryState, by_value=True, load_default=None)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))
    cursor = fields.String(load_default=None, validate=validate.Regexp("^[1-9][0-9]{0,17}$"))


@webhooks.operation("GET", "/webhooks", Permission.ADMINISTER, scope=MANAGE, answer=answers.WebhooksSchema)
def listing() -> dict[str, object]:
    """Lists the webhooks of the authorities that you administer."""
    with context.diarium().database.reading() as session:
        return {"webhooks": [_shown(item) for item in service.listing(session, context.actor())]}


@webhooks.operation(
    "POST",
    "/webhooks",
    Permission.ADMINISTER,
    scope=MANAGE,
    body=requests.WebhookRequestSchema,
    answer=answers.WebhookSchema,
    status=201,
)
def add(wanted: dict[str, Any]) -> tuple[dict[str, object], int, dict[str, str]]:
    """Adds a webhook. Its secret is in the answer, and told only this once."""
    services = context.diarium()
    facts = WebhookFacts(wanted["name"], wanted["url"], wanted["kinds"])
    with context.change() as session:
        made = service.add(session, context.actor(), wanted["authority"], facts, services.webhook_policy)
        secret = signing.secret_of(services.webhook_key, made)
    return {**_shown(made), "secret": secret}, 201, {"Location": url_for("api_webhooks.show", uid=made.uid)}


@webhooks.operation(
    "GET", "/webhooks/<uuid:uid>", Permission.ADMINISTER, scope=MANAGE, answer=answers.WebhookSchema
)
def show(uid: uuid.UUID) -> dict[str, object]:
    """Shows a webhook, without its secret."""
    with context.diarium().database.reading() as session:
        return _shown(service.by_uid(session, context.actor(), uid))


@webhooks.operation(
    "POST", "/webhooks/<uuid:uid>/stop", Permission.ADMINISTER, scope=MANAGE, answer=answers.WebhookSchema
)
def stop(uid: uuid.UUID) -> dict[str, object]:
    """Stops a webhook. What waits is kept; what happens meanwhile is not told."""
    return _set_active(uid, active=False)


@webhooks.operation(
    "POST", "/webhooks/<uuid:uid>/resume", Permission.ADMINISTER, scope=MANAGE, answer=answers.WebhookSchema
)
def resume(uid: uuid.UUID) -> dict[str, object]:
    """Lets a stopped webhook go on."""
    return _set_active(uid, active=True)


@webhooks.operation(
    "GET",
    "/webhooks/<uuid:uid>/deliveries",
    Permission.ADMINISTER,
    scope=MANAGE,
    query=DeliveryQuerySchema,
    answer=answers.DeliveriesSchema,
)
def deliveries(wanted: dict[str, Any], uid: uuid.UUID) -> tuple[dict[str, object], int, dict[str, str]]:
    """Lists what was delivered to a webhook and what waits, the newest first."""
    cursor = int(wanted["cursor"]) if wanted["cursor"] else None
    with context.diarium().database.reading() as session:
        page = log.page(session, context.actor(), uid, state=wanted["state"], cursor=cursor, size=wanted["limit"])
    following = str(page.next_cursor) if page.next_cursor else None
    return {"deliveries": page.deliveries, "next_cursor": following}, 200, next_page(following)


@webhooks.operation(
    "POST",
    "/webhooks/<uuid:uid>/deliveries/<uuid:delivery>/replay",
    Permission.ADMINISTER,
    scope=MANAGE,
    answer=answers.WebhookSchema,
)
def replay(uid: uuid.UUID, delivery: uuid.UUID) -> dict[str, object]:
    """Sends a delivery once more, with the identifier that it had."""
    with context.change() as session:
        log.replay(session, context.actor(), uid, delivery)
        return _shown(service.by_uid(session, context.actor(), uid))


def _set_active(uid: uuid.UUID, *, active: bool) -> dict[str, object]:
    with context.change() as session:
        service.set_active(session, context.actor(), uid, active=active)
        return _shown(service.by_uid(session, context.actor(), uid))


def _shown(webhook: Webhook) -> dict[str, object]:
    return {
        "uid": webhook.uid,
        "authority": webhook.authority_code,
        "name": webhook.name,
        "url": webhook.url,
        "kinds": webhook.event_kinds,
        "is_active": webhook.is_active,
        "created_at": webhook.created_at,
        "created_by": webhook.created_by_name,
        "version": webhook.version,
    }
