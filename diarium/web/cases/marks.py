"""Markings of a whole case: made, judged anew, lifted."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.register import lookup, secrecy_marks
from diarium.secrecy import queries as provisions
from diarium.secrecy.models import SCOPE_LABELS
from diarium.web import context, marking
from diarium.web.cases import frame, views
from diarium.web.cases.frame import blueprint


@blueprint.route("/arende/<uuid:uid>/markera", methods=["GET", "POST"])
@context.staff(Permission.MARK)
def mark(uid: uuid.UUID) -> ResponseReturnValue:
    """Marks the whole case as holding what may be secret."""
    who = context.actor()
    if request.method == "GET":
        return _show(uid, {})
    try:
        facts = marking.facts_of(request.form)
        with context.diarium().database.unit_of_work() as session:
            secrecy_marks.mark(session, who, lookup.case_by_uid(session, who, uid), facts)
    except DomainError as error:
        return _show(uid, frame.mistakes(error)), 422
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
    except DomainError as error:
        return views.show(uid, marking.at_marking(frame.mistakes(error), restriction, "lift")), 422
    flash(_("Markeringen är hävd."), "success")
    return redirect(url_for("cases.details", uid=uid))


@blueprint.post("/arende/<uuid:uid>/omprova/<uuid:restriction>")
@context.staff(Permission.MARK)
def review(uid: uuid.UUID, restriction: uuid.UUID) -> ResponseReturnValue:
    """Notes that a marking of the case was judged anew and stands."""
    who = context.actor()
    try:
        day, reason = frame.needed_day("review_on"), request.form.get("reason", "")
        with context.diarium().database.unit_of_work() as session:
            case = lookup.case_by_uid(session, who, uid)
            secrecy_marks.review(session, who, case, restriction, day, reason)
    except DomainError as error:
        return views.show(uid, marking.at_marking(frame.mistakes(error), restriction, "review")), 422
    flash(_("Omprövningen är noterad."), "success")
    return redirect(url_for("cases.details", uid=uid))


def _show(uid: uuid.UUID, errors: dict[str, str]) -> str:
    with context.diarium().database.reading() as session:
        case, front = frame.open_case(session, uid)
        context.actor().require(Permission.MARK, case.authority.code)
        provision_options = provisions.options(session)
    frame.note(front)
    view = front.view
    return context.page(
        "secrecy/mark.html",
        number=view.number,
        title=view.title,
        action=url_for("cases.mark", uid=uid),
        back=url_for("cases.details", uid=uid),
        trail=[(view.number, url_for("cases.details", uid=uid))],
        errors=errors,
        values=request.form,
        provision_options=provision_options,
        scopes=SCOPE_LABELS,
    )
