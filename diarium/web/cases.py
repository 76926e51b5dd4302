"""Cases in the browser: list, one case, and the steps of its life."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.classification import queries as classes
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import show_time, today
from diarium.identity.permissions import Actor, Permission
from diarium.register import closing, correction, lookup, queries
from diarium.register.models import Case
from diarium.register.schemas import CaseCorrectionSchema, day_or_error
from diarium.register.vocabulary import (
    DIRECTION_LABELS,
    PARTY_KIND_LABELS,
    PARTY_ROLE_LABELS,
    RECORD_STATUS_LABELS,
    STATUS_LABELS,
    CaseStatus,
)
from diarium.secrecy.models import SCOPE_LABELS
from diarium.web import context
from diarium.web.history import told
from diarium.web.registration.form import tolerant_date

blueprint = Blueprint("cases", __name__, url_prefix="/intern")


@blueprint.get("/arenden")
@context.staff(Permission.READ)
def listing() -> ResponseReturnValue:
    """The cases that the actor may know of, with filters."""
    who = context.actor()
    args = request.args
    wanted = queries.CaseFilter(
        authority=args.get("authority") or None,
        status=CaseStatus(args["status"]) if args.get("status") in list(CaseStatus) else None,
        responsible_id=who.user_id if args.get("mine") == "1" else None,
        year=int(args["year"]) if args.get("year", "").isdigit() and len(args["year"]) == 4 else None,
    )
    number = int(args["page"]) if args.get("page", "").isdigit() else 1
    with context.diarium().database.reading() as session:
        found = queries.case_page(session, who, wanted, page=min(number, 100_000))
        authorities = queries.readable_authorities(session, who)
    kept = {key: value for key, value in args.items() if key != "page" and value}

    def url_for_page(page: int) -> str:
        return f"{url_for('cases.listing')}?{urlencode({**kept, 'page': page})}"

    return context.page(
        "cases/listing.html",
        found=found,
        wanted=args,
        authorities=authorities,
        statuses=STATUS_LABELS,
        url_for_page=url_for_page,
    )


@blueprint.get("/arende/<uuid:uid>")
@context.staff(Permission.READ)
def details(uid: uuid.UUID) -> ResponseReturnValue:
    """One case with all that belongs to it. Looking at marked material is noted."""
    return _show(uid)


@blueprint.post("/arende/<uuid:uid>/<step>")
@context.staff(Permission.READ)
def take_step(uid: uuid.UUID, step: str) -> ResponseReturnValue:
    """A step of the case's life; on a mistake the page comes back with the message and what was typed."""
    if step not in _STEPS:
        return redirect(url_for("cases.details", uid=uid))
    try:
        with context.diarium().database.unit_of_work() as session:
            case = lookup.case_by_uid(session, context.actor(), uid)
            message = _STEPS[step](session, context.actor(), case)
    except DomainError as error:
        return _show(uid, {f"{step}-{error.field or 'reason'}": error.message}), 422
    flash(message, "success")
    return redirect(url_for("cases.details", uid=uid))


@blueprint.route("/arende/<uuid:uid>/ratta", methods=["GET", "POST"])
@context.staff(Permission.CORRECT)
def correct(uid: uuid.UUID) -> ResponseReturnValue:
    """Corrects facts of a case; the former values stay in its history."""
    who, database = context.actor(), context.diarium().database
    errors: dict[str, str] = {}
    with database.reading() as session:
        lookup.case_by_uid(session, who, uid, Permission.CORRECT)
        view = queries.case_details(session, who, uid)
        class_options = classes.options(session, today())
    values: dict[str, Any] = {
        "title": view.title,
        "public_title": view.public_title,
        "case_type": view.case_type,
        "classification": view.classification_code,
        "physical_location": view.physical_location,
        "version": view.version,
    }
    if request.method == "POST":
        values |= request.form.to_dict()
        wanted, errors = CaseCorrectionSchema.from_form(request.form)
        if not errors:
            try:
                with database.unit_of_work() as session:
                    case = lookup.case_by_uid(session, who, uid)
                    version = int(request.form.get("version", "0") or 0)
                    reason = request.form.get("reason", "")
                    correction.correct_case(session, who, case, wanted, reason, version=version)
                flash(_("Ärendet är rättat. Det gamla värdet finns kvar i historiken."), "success")
                return redirect(url_for("cases.details", uid=uid))
            except DomainError as error:
                errors = {error.field or "": error.message}
    html = context.page("cases/correct.html", view=view, values=values, errors=errors, class_options=class_options)
    return html, 422 if errors else 200


def _show(uid: uuid.UUID, errors: dict[str, str] | None = None) -> str:
    who, database = context.actor(), context.diarium().database
    with database.unit_of_work() as session:
        view = queries.case_details(session, who, uid)
        case = lookup.case_by_uid(session, who, uid)
        queries.note_reading(session, who, case)
        events = told(who, case, queries.history(session, case))
        shortcomings = closing.check(case)
        own = case.responsible_id is not None and case.responsible_id == who.user_id
        choices = queries.registration_choices(session, who)
    may = {permission.value: who.may(permission, view.authority_code) for permission in Permission}
    return context.page(
        "cases/details.html",
        view=view,
        events=events,
        shortcomings=shortcomings,
        may=may | {"close": may["close"] or own},
        errors=errors or {},
        values=request.form,
        choices=choices,
        directions=DIRECTION_LABELS,
        statuses=STATUS_LABELS,
        record_statuses=RECORD_STATUS_LABELS,
        roles=PARTY_ROLE_LABELS,
        kinds=PARTY_KIND_LABELS,
        scopes=SCOPE_LABELS,
        today=today(),
        show_time=show_time,
    )


def _close(session: Session, actor: Actor, case: Case) -> str:
    day = _day("closed_on")
    closing.close(session, actor, case, day=day, reason=request.form.get("reason", ""))
    return _("Ärendet är avslutat.")


def _decide(session: Session, actor: Actor, case: Case) -> str:
    closing.decide(session, actor, case, _day("decided_on") or today())
    return _("Beslutet är noterat.")


def _reopen(session: Session, actor: Actor, case: Case) -> str:
    closing.reopen(session, actor, case, request.form.get("reason", ""))
    return _("Ärendet är öppnat igen.")


def _cancel(session: Session, actor: Actor, case: Case) -> str:
    closing.cancel_case(session, actor, case, request.form.get("reason", ""))
    return _("Ärendet är makulerat. Numret och skälet finns kvar.")


def _assign(session: Session, actor: Actor, case: Case) -> str:
    closing.assign(session, actor, case, request.form.get("responsible"), request.form.get("unit"))
    return _("Handläggaren är ändrad.")


_STEPS: dict[str, Callable[[Session, Actor, Case], str]] = {
    "close": _close,
    "decide": _decide,
    "reopen": _reopen,
    "cancel": _cancel,
    "assign": _assign,
}


def _day(field: str) -> dt.date | None:
    return day_or_error(tolerant_date(request.form.get(field, "")), field)
