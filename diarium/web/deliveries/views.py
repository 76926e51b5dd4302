"""The list of deliveries, one of them with all that happened, and its steps."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.archive import delivering, delivery_queries
from diarium.archive.agreement_models import TRANSPORT_LABELS
from diarium.archive.criteria import PACKAGE_STATUS_LABELS, PackageStatus
from diarium.archive.delivery_models import OUTCOME_LABELS, DeliveryEvent, PackageDelivery
from diarium.archive.delivery_queries import TAB_LABELS, Tab
from diarium.archive.delivery_states import (
    AWAITING_ANSWER,
    DELIVERY_STATE_LABELS,
    STEP_LABELS,
    WAITING,
    DeliveryState,
    DeliveryStep,
)
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import ngettext, show_time
from diarium.identity.permissions import Actor, Permission
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.deliveries.blueprint import MOST_VERSIONS, blueprint
from diarium.web.deliveries.looks import PROOF_LABELS, step_look

REFRESH_SECONDS = 3
_Step = Callable[[Session, Actor, uuid.UUID, int | None], str]


@blueprint.get("/leveranser")
@context.staff(Permission.EXPORT)
def listing() -> ResponseReturnValue:
    """The deliveries of the authorities that the actor exports for, the newest first."""
    who = context.actor()
    text = request.args.get("visa", "")
    tab = Tab(text) if text in list(Tab) else Tab.ALL
    with context.diarium().database.reading() as session:
        page = delivery_queries.page(session, who, tab, cursor=request.args.get("fore"))
        numbers = delivery_queries.counts(session, who)
        is_ready = bool(delivery_queries.deliverable(session, who, limit=1))
    tabs = [
        (label, url_for("deliveries.listing", visa=key.value), key is tab, numbers.get(key))
        for key, label in TAB_LABELS.items()
    ]
    return context.page(
        "deliveries/listing.html",
        page=page,
        tab=tab,
        tabs=tabs,
        is_ready=is_ready,
        states=DELIVERY_STATE_LABELS,
        statuses=PACKAGE_STATUS_LABELS,
        show_time=show_time,
    )


@blueprint.get("/leveranser/<uuid:uid>")
@context.staff(Permission.EXPORT)
def details(uid: uuid.UUID) -> ResponseReturnValue:
    """One delivery: how far it has come, what happened, and what to do next."""
    return _show(uid, {})


@blueprint.post("/leveranser/<uuid:uid>/<step>")
@context.staff(Permission.EXPORT)
def take_step(uid: uuid.UUID, step: str) -> ResponseReturnValue:
    """Approves, stops, withdraws, repeats, or asks for another package."""
    if step not in _STEPS:
        abort(404)
    version = whole_number(request.form.get("version"), 0, MOST_VERSIONS) or None
    try:
        with context.diarium().database.unit_of_work() as session:
            target = _STEPS[step](session, context.actor(), uid, version)
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        field = f"{step}-{error.field}" if error.field and error.field != "agreement" else ""
        return _show(uid, {field: error.message}, failed_step=step), 422
    return redirect(target)


@blueprint.post("/leveranser/<uuid:uid>/paket")
@context.staff(Permission.EXPORT)
def fetch(uid: uuid.UUID) -> ResponseReturnValue:
    """The package, for whoever carries it to the receiver. The first time the delivery counts as sent."""
    services = context.diarium()
    try:
        with services.database.unit_of_work() as session:
            path = delivering.fetch(session, context.actor(), uid, services.settings.export_folder)
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(uid, {"": error.message}), 422
    return _sent(path)


def _sent(path: Path) -> Response:
    answer = send_file(path, mimetype="application/zip", as_attachment=True, download_name=path.name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _show(uid: uuid.UUID, errors: Mapping[str, str], *, failed_step: str | None = None) -> str:
    who = context.actor()
    with context.diarium().database.reading() as session:
        found = delivery_queries.details(session, who, uid)
    delivery = found.delivery
    is_moving = delivery.state in WAITING and not (
        delivery.checked_at is not None and delivery.transport.value == "download"
    )
    is_archiving = (
        delivery.state is DeliveryState.CONFIRMED and delivery.archives_cases and not delivery.archived_at
    )
    return context.page(
        "deliveries/details.html",
        found=found,
        delivery=delivery,
        errors=errors,
        values=request.form,
        failed_step=failed_step,
        states=DELIVERY_STATE_LABELS,
        statuses=PACKAGE_STATUS_LABELS,
        transports=TRANSPORT_LABELS,
        proofs=PROOF_LABELS,
        outcomes=OUTCOME_LABELS,
        events=[_event(event) for event in found.events],
        misfits=delivering.misfits(delivery.part, delivery.agreement) if delivery.state in _BEFORE else [],
        can=_possible(delivery),
        packages=delivering.possible_packages(delivery),
        time_left=_in_words(delivery_queries.time_left(delivery)) if is_moving else None,
        percent=_percent(delivery),
        is_moving=is_moving,
        is_archiving=is_archiving,
        refresh_seconds=REFRESH_SECONDS if is_moving or is_archiving else None,
        show_time=show_time,
    )


_BEFORE = (DeliveryState.DRAFT, DeliveryState.FAILED)


def _possible(delivery: PackageDelivery) -> frozenset[str]:
    """The steps that the page offers."""
    state = delivery.state
    possible = {
        "approve": state in _BEFORE,
        "stop": state in WAITING,
        "fetch": delivery.transport.value == "download"
        and delivery.checked_at is not None
        and state not in (DeliveryState.DRAFT, DeliveryState.WITHDRAWN),
        "answer": state in AWAITING_ANSWER,
        "repeat": state in delivering.REPEATABLE,
        "withdraw": state in delivering.WITHDRAWABLE,
    }
    return frozenset(name for name, is_possible in possible.items() if is_possible)


def _event(event: DeliveryEvent) -> dict[str, object]:
    text = event.text
    if event.step is DeliveryStep.REPLACEMENT_ASKED and text in list(PackageStatus):
        text = str(PACKAGE_STATUS_LABELS[PackageStatus(text)])
    return {
        "title": STEP_LABELS[event.step],
        "when": show_time(event.happened_at),
        "datetime": event.happened_at.isoformat(),
        "who": event.actor_name,
        "text": text,
        **step_look(event.step),
    }


def _percent(delivery: PackageDelivery) -> int:
    return min(100, delivery.sent_bytes * 100 // delivery.total_bytes) if delivery.total_bytes else 0


def _in_words(left: dt.timedelta | None) -> str | None:
    if left is None:
        return None
    minutes = int(left.total_seconds() // 60)
    if minutes < 1:
        return _("mindre än en minut kvar")
    if minutes < 90:
        return ngettext("ungefär %(num)s minut kvar", "ungefär %(num)s minuter kvar", minutes)
    hours = round(minutes / 60)
    return ngettext("ungefär %(num)s timme kvar", "ungefär %(num)s timmar kvar", hours)


def _approve(session: Session, actor: Actor, uid: uuid.UUID, version: int | None) -> str:
    folder = context.diarium().settings.export_folder
    delivery = delivering.approve(session, actor, uid, folder, version=version)
    if delivery.transport.value == "download":
        flash(_("Paketet kontrolleras. Sedan kan du hämta det."), "success")
    else:
        flash(_("Paketet kontrolleras och sänds."), "success")
    return url_for("deliveries.details", uid=uid)


def _stop(session: Session, actor: Actor, uid: uuid.UUID, version: int | None) -> str:
    delivering.stop(session, actor, uid, version=None)  # the worker may have counted on meanwhile
    flash(_("Sändningen är stoppad. Sänder du igen fortsätter den där den slutade."), "success")
    return url_for("deliveries.details", uid=uid)


def _withdraw(session: Session, actor: Actor, uid: uuid.UUID, version: int | None) -> str:
    delivering.withdraw(session, actor, uid, request.form.get("reason", ""), version=version)
    flash(_("Leveransen är återkallad."), "success")
    return url_for("deliveries.details", uid=uid)


def _repeat(session: Session, actor: Actor, uid: uuid.UUID, version: int | None) -> str:
    added = delivering.repeat(session, actor, uid, version=version)
    flash(_("En ny leverans av samma paket är upplagd. Läs igenom och sänd."), "success")
    return url_for("deliveries.details", uid=added.uid)


def _package(session: Session, actor: Actor, uid: uuid.UUID, version: int | None) -> str:
    text = request.form.get("status", "")
    if text not in list(PackageStatus):
        abort(404)
    export = delivering.ask_for_package(session, actor, uid, PackageStatus(text), version=version)
    flash(_("Ett nytt paket med samma ärenden är begärt. Leverera det när det är klart."), "success")
    return url_for("exports.details", uid=export.uid)


_STEPS: Mapping[str, _Step] = {
    "approve": _approve,
    "stop": _stop,
    "withdraw": _withdraw,
    "repeat": _repeat,
    "package": _package,
}
