"""Webhooks: which other systems are told of what happens, and what was delivered to them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from urllib.parse import urlencode

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.errors import DomainError, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import ngettext, show_time
from diarium.identity.permissions import Permission
from diarium.register.administration import authorities
from diarium.web import context
from diarium.web.administration.frame import Failure, attempt, blueprint, edited, filled, text
from diarium.web.arguments import whole_number
from diarium.web.confirming import confirmed
from diarium.webhooks import deliveries, service, signing
from diarium.webhooks.service import WebhookFacts
from diarium.webhooks.vocabulary import KIND_LABELS, STATE_LABELS, DeliveryState, EventKind, kind_label

_MOST_IDS = 2**62
_KINDS = tuple((kind.value, label) for kind, label in KIND_LABELS.items())


@blueprint.route("/webhookar", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
@confirmed
def webhook_list() -> ResponseReturnValue:
    """The webhooks, and a form for another one, whose secret is shown this once."""
    who, failure = context.actor(), None
    if request.method == "POST":
        added: list[tuple[uuid.UUID, str]] = []
        failure = attempt(lambda session: added.append(_added(session)))
        if failure is None:
            return _show(added[0][0], None, secret=added[0][1])
    with context.diarium().database.reading() as session:
        rows = service.listing(session, who)
        parked = deliveries.parked_count(session, who)
        owners = authorities.listing(session, who)
    return filled(
        "administration/webhooks/list.html",
        {"authority": request.args.get("authority", "")},
        failure,
        rows=rows,
        parked=parked,
        authorities=[(row.code, row.name) for row in owners],
        kinds=_KINDS,
        chosen=request.form.getlist("kinds"),
    )


@blueprint.route("/webhookar/<uuid:uid>", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
@confirmed
def webhook(uid: uuid.UUID) -> ResponseReturnValue:
    """A webhook with its deliveries; posting changes its facts."""
    failure = None
    if request.method == "POST":
        who, seen, policy = context.actor(), request.form.get("seen", ""), context.diarium().webhook_policy
        failure = attempt(lambda session: service.change(session, who, uid, _facts(), policy, seen=seen))
        if failure is None:
            flash(_("Uppgifterna är ändrade."), "success")
            return redirect(url_for("administration.webhook", uid=uid))
    return _show(uid, failure)


@blueprint.post("/webhookar/<uuid:uid>/hemlighet")
@context.staff(Permission.ADMINISTER)
@confirmed
def webhook_secret(uid: uuid.UUID) -> ResponseReturnValue:
    """Gives a new secret, shown this once."""
    with context.diarium().database.unit_of_work() as session:
        found = service.renew_secret(session, context.actor(), uid)
        secret = signing.secret_of(context.diarium().webhook_key, found)
    return _show(uid, None, secret=secret)


@blueprint.post("/webhookar/<uuid:uid>/<act>")
@context.staff(Permission.ADMINISTER)
def webhook_act(uid: uuid.UUID, act: str) -> ResponseReturnValue:
    """Stops a webhook, lets it go on, tries it out, or sends again what was given up."""
    who = context.actor()
    acts: dict[str, tuple[Callable[[Session], object], Callable[[object], str]]] = {
        "stoppa": (
            lambda session: service.set_active(session, who, uid, active=False),
            lambda _result: _("Webhooken är stoppad. Det som väntar skickas när den startas igen."),
        ),
        "starta": (
            lambda session: service.set_active(session, who, uid, active=True),
            lambda _result: _("Webhooken är igång igen."),
        ),
        "prov": (
            lambda session: service.try_out(session, who, uid),
            lambda _result: _("Ett prov skickas inom kort. Ladda om sidan för att se hur det gick."),
        ),
        "skicka-om": (lambda session: deliveries.replay_parked(session, who, uid), _replayed),
    }
    if act not in acts:
        raise NotFound(_("Så kan en webhook inte ändras."))
    change, message = acts[act]
    return _done(uid, change, message)


@blueprint.post("/webhookar/<uuid:uid>/leveranser/<uuid:delivery>")
@context.staff(Permission.ADMINISTER)
def webhook_replay(uid: uuid.UUID, delivery: uuid.UUID) -> ResponseReturnValue:
    """Sends a delivery once more."""
    who = context.actor()
    return _done(
        uid,
        lambda session: deliveries.replay(session, who, uid, delivery),
        lambda _result: _("Leveransen skickas igen inom kort."),
    )


def _done(
    uid: uuid.UUID, change: Callable[[Session], object], message: Callable[[object], str]
) -> ResponseReturnValue:
    results: list[object] = []
    failure = attempt(lambda session: results.append(change(session)))
    if failure is None:
        flash(message(results[0]), "success")
    else:
        flash(next(iter(failure.errors.values())), "error")
    return redirect(url_for("administration.webhook", uid=uid))


def _replayed(count: object) -> str:
    number = count if isinstance(count, int) else 0
    return ngettext("%(num)s leverans skickas igen.", "%(num)s leveranser skickas igen.", number)


def _added(session: Session) -> tuple[uuid.UUID, str]:
    services = context.diarium()
    code = text("authority")
    if not code:
        raise DomainError(_("Välj myndighet."), field="authority")
    made = service.add(session, context.actor(), code, _facts(), services.webhook_policy)
    return made.uid, signing.secret_of(services.webhook_key, made)


def _facts() -> WebhookFacts:
    kinds = [EventKind(kind) for kind in request.form.getlist("kinds") if kind in list(EventKind)]
    return WebhookFacts(text("name"), text("url"), kinds)


def _show(uid: uuid.UUID, failure: Failure | None, *, secret: str | None = None) -> ResponseReturnValue:
    who, args = context.actor(), request.args
    state = DeliveryState(args["state"]) if args.get("state") in list(DeliveryState) else None
    cursor = whole_number(args.get("before"), 0, _MOST_IDS) or None
    with context.diarium().database.reading() as session:
        found = service.by_uid(session, who, uid)
        present = service.facts_of(found)
        page = deliveries.page(session, who, uid, state=state, cursor=cursor)
    here = url_for("administration.webhook", uid=uid)
    kept = {"state": state.value} if state else {}
    older = f"{here}?{urlencode(kept | {'before': str(page.next_cursor)})}"
    return edited(
        "administration/webhooks/details.html",
        present,
        failure,
        webhook=found,
        secret=secret,
        page=page,
        state=state.value if state else "",
        states=[(item.value, label) for item, label in STATE_LABELS.items()],
        state_labels=STATE_LABELS,
        kind_label=kind_label,
        kinds=_KINDS,
        next_url=older if page.next_cursor else None,
        first_url=here if cursor else None,
        show_time=show_time,
    )
