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
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import show_time, today
from diarium.identity.permissions import Actor, Permission
from diarium.register import closing, correction, lookup, queries, relating, secrecy_marks
from diarium.register.errors import EditConflict, InvalidFact
from diarium.register.models import Case
from diarium.register.schemas import CaseCorrectionSchema, day_or_error
from diarium.register.vocabulary import (
    DIRECTION_LABELS,
    PARTY_KIND_LABELS,
    PARTY_ROLE_LABELS,
    RECORD_STATUS_LABELS,
    RELATION_LABELS,
    STATUS_LABELS,
    CaseStatus,
    RelationKind,
)
from diarium.secrecy import queries as provisions
from diarium.secrecy.models import SCOPE_LABELS
from diarium.web import context, correcting, marking, reading
from diarium.web.arguments import whole_number
from diarium.web.history import told
from diarium.web.registration.form import tolerant_date

blueprint = Blueprint("cases", __name__, url_prefix="/intern")
MOST_PAGES = 100_000
_FILTERS = ("authority", "status", "year", "mine", "open")


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
        year=_year(args.get("year")),
        open_only=args.get("open") == "1",
    )
    number = whole_number(args.get("page"), 1, MOST_PAGES)
    with context.diarium().database.reading() as session:
        found = queries.case_page(session, who, wanted, page=number)
        marked = [case.uid for case in found.cases if case.is_restricted]
        reading.note_list(queries.restricted_shown(session, who, cases=marked), _("Ärenden"))
        authorities = queries.readable_authorities(session, who)
    kept = {key: value for key, value in args.items() if key in _FILTERS and value}

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
        if isinstance(error, NotAllowed) or (isinstance(error, NotFound) and error.field is None):
            raise  # the page's own case; what a field names is told at the field
        return _show(uid, {f"{step}-{error.field or 'reason'}": error.message}), 422
    flash(message, "success")
    return redirect(url_for("cases.details", uid=uid))


@blueprint.post("/arende/<uuid:uid>/markera")
@context.staff(Permission.MARK)
def mark(uid: uuid.UUID) -> ResponseReturnValue:
    """Marks the whole case as holding what may be secret."""
    who = context.actor()
    try:
        facts = marking.facts_of(request.form)
        with context.diarium().database.unit_of_work() as session:
            secrecy_marks.mark(session, who, lookup.case_by_uid(session, who, uid), facts)
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(uid, {error.field or "": error.message}), 422
    flash(_("Markeringen är gjord. Det öppna diariet ändras inom några sekunder."), "success")
    return redirect(url_for("cases.details", uid=uid))


@blueprint.post("/arende/<uuid:uid>/hav/<uuid:restriction>")
@context.staff(Permission.MARK)
def lift(uid: uuid.UUID, restriction: uuid.UUID) -> ResponseReturnValue:
    """Lifts a marking of the case; it stays in the history."""
    who = context.actor()
    try:
        with context.diarium().database.unit_of_work() as session:
            case = lookup.case_by_uid(session, who, uid)
            secrecy_marks.lift(session, who, case, restriction, request.form.get("reason", ""))
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(uid, {"": error.message}), 422
    flash(_("Markeringen är hävd."), "success")
    return redirect(url_for("cases.details", uid=uid))


@blueprint.route("/arende/<uuid:uid>/ratta", methods=["GET", "POST"])
@context.staff(Permission.CORRECT)
def correct(uid: uuid.UUID) -> ResponseReturnValue:
    """Corrects facts of a case; the former values stay in its history."""
    who, database = context.actor(), context.diarium().database
    errors: dict[str, str] = {}
    conflict: list[tuple[str, str]] = []
    view, present, class_options = _correctable(uid)
    values: dict[str, Any] = dict(present)
    if request.method == "POST":
        values |= request.form.to_dict()
        wanted, errors = CaseCorrectionSchema.from_form(request.form)
        if not errors:
            try:
                with database.unit_of_work() as session:
                    case = lookup.case_by_uid(session, who, uid)
                    version = correcting.version_of(request.form)
                    reason = request.form.get("reason", "")
                    correction.correct_case(session, who, case, wanted, reason, version=version)
                flash(_("Ärendet är rättat. Det gamla värdet finns kvar i historiken."), "success")
                return redirect(url_for("cases.details", uid=uid))
            except (NotAllowed, NotFound):
                raise
            except EditConflict as error:
                errors = {"": error.message}
                view, present, class_options = _correctable(uid)
                conflict = correcting.differences(present, values)
                values["version"] = view.version
            except DomainError as error:
                errors = {error.field or "": error.message}
    html = context.page(
        "cases/correct.html",
        view=view,
        values=values,
        errors=errors,
        conflict=conflict,
        class_options=class_options,
    )
    return html, 422 if errors else 200


def _correctable(uid: uuid.UUID) -> tuple[queries.CaseView, dict[str, Any], list[tuple[str, str]]]:
    """The case as it is now, its correctable facts and the classes to choose from. Looking at it is noted."""
    who = context.actor()
    with context.diarium().database.reading() as session:
        case = lookup.case_by_uid(session, who, uid, Permission.CORRECT)
        view = queries.case_view(who, case)
        class_options = classes.options(session, today())
        reading.note(case)
    facts = {
        "title": view.title,
        "public_title": view.public_title,
        "case_type": view.case_type,
        "classification": view.classification_code,
        "physical_location": view.physical_location,
        "version": view.version,
    }
    return view, facts, class_options


def _show(uid: uuid.UUID, errors: dict[str, str] | None = None) -> str:
    who, database = context.actor(), context.diarium().database
    with database.reading() as session:
        view = queries.case_details(session, who, uid)
        case = lookup.case_by_uid(session, who, uid)
        events = told(who, case, queries.history(session, case))
        shortcomings = closing.check(case)
        own = case.responsible_id is not None and case.responsible_id == who.user_id
        choices = queries.registration_choices(session, who)
        provision_options = provisions.options(session)
        may_lift = who.may(Permission.MARK, view.authority_code) and queries.sight_of_case(who, case).everything
        reading.note(case)
    may = {permission.value: who.may(permission, view.authority_code) for permission in Permission}
    return context.page(
        "cases/details.html",
        view=view,
        events=[event for event in events if not event.is_reading],
        readings=[event for event in events if event.is_reading],
        shortcomings=shortcomings,
        may=may | {"close": may["close"] or own},
        may_lift=may_lift,
        provision_options=provision_options,
        errors=errors or {},
        failed_step=(request.view_args or {}).get("step") if errors else None,
        values=request.form,
        choices=choices,
        directions=DIRECTION_LABELS,
        statuses=STATUS_LABELS,
        relations=RELATION_LABELS,
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


def _relate(session: Session, actor: Actor, case: Case) -> str:
    kind = request.form.get("kind", "")
    if kind not in list(RelationKind):
        raise InvalidFact(_("Välj hur ärendena hänger ihop."), field="kind")
    relating.relate(session, actor, case, request.form.get("case", ""), RelationKind(kind))
    return _("Ärendena är kopplade.")


_STEPS: dict[str, Callable[[Session, Actor, Case], str]] = {
    "close": _close,
    "decide": _decide,
    "reopen": _reopen,
    "cancel": _cancel,
    "assign": _assign,
    "relate": _relate,
}


def _day(field: str) -> dt.date | None:
    return day_or_error(tolerant_date(request.form.get(field, "")), field)


def _year(text: str | None) -> int | None:
    """A year of four digits, or nothing."""
    year = whole_number(text, 0, 9999)
    return year if year >= 1000 else None
