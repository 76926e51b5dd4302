"""Stops on disposal, and days that the register can't know."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.disposal import holds
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Permission
from diarium.web import context
from diarium.web.disposal.blueprint import authorities, blueprint, chosen, day, mistakes, needed_day


@blueprint.get("/stopp")
@context.staff(Permission.DISPOSE)
def stops() -> ResponseReturnValue:
    """The stops in force, and the forms for a new one and for a day."""
    return _page({})


@blueprint.post("/stopp")
@context.staff(Permission.DISPOSE)
def set_stop() -> ResponseReturnValue:
    """Stops the disposal of a case."""
    values = request.form

    def do(session: Session) -> None:
        holds.set_hold(
            session,
            context.actor(),
            values.get("case", ""),
            chosen(values, authorities(session)),
            values.get("reason", ""),
            day(values, "until"),
        )

    return _done(do, _("Gallringsstoppet gäller."))


@blueprint.post("/stopp/<uuid:uid>/hav")
@context.staff(Permission.DISPOSE)
def end_stop(uid: uuid.UUID) -> ResponseReturnValue:
    """Ends a stop."""

    def do(session: Session) -> None:
        holds.end_hold(session, context.actor(), uid, request.form.get("reason", ""))

    return _done(do, _("Gallringsstoppet är hävt."))


@blueprint.post("/handelsedag")
@context.staff(Permission.DISPOSE)
def note_day() -> ResponseReturnValue:
    """Notes from which day a case's time is counted, where the register can't know it."""
    values = request.form

    def do(session: Session) -> None:
        authority = chosen(values, authorities(session))
        happened_on = needed_day(values, "happened_on")
        holds.note_day(session, context.actor(), values.get("case", ""), authority, happened_on)

    return _done(do, _("Dagen är antecknad."), prefix="day-")


def _done(do: Callable[[Session], None], message: str, prefix: str = "") -> ResponseReturnValue:
    try:
        with context.diarium().database.unit_of_work() as session:
            do(session)
    except DomainError as error:
        return _page({f"{prefix}{field}" if field else "": text for field, text in mistakes(error).items()}), 422
    flash(message, "success")
    return redirect(url_for("disposal.stops", authority=request.form.get("authority") or None))


def _page(errors: dict[str, str]) -> str:
    with context.diarium().database.reading() as session:
        offered = authorities(session)
        authority = chosen(request.values, offered)
        return context.page(
            "disposal/stops.html",
            authorities=offered,
            authority=authority,
            stops=holds.in_force(session, context.actor(), authority),
            values=request.form,
            errors=errors,
            show_time=show_time,
        )
