"""Notes of a case: written, and corrected by another one."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Permission
from diarium.register import case_sheet, lookup, notes
from diarium.register.case_sheet import CaseFront
from diarium.register.models.work import MAX_NOTE
from diarium.register.work_views import NoteView
from diarium.web import context
from diarium.web.cases import frame
from diarium.web.cases.frame import blueprint


@blueprint.route("/arende/<uuid:uid>/anteckning", methods=["GET", "POST"])
@context.staff(Permission.REGISTER)
def add_note(uid: uuid.UUID) -> ResponseReturnValue:
    """Writes a note in the case."""
    who, errors = context.actor(), {}
    if request.method == "POST":
        try:
            with context.diarium().database.unit_of_work() as session:
                notes.add(session, who, lookup.case_by_uid(session, who, uid), request.form.get("body", ""))
            flash(_("Anteckningen är sparad."), "success")
            return redirect(url_for("cases.details", uid=uid, _anchor="timeline"))
        except DomainError as error:
            errors = frame.mistakes(error)
    with context.diarium().database.reading() as session:
        _case, front = frame.open_case(session, uid)
    return _page(front, None, errors)


@blueprint.route("/anteckning/<uuid:uid>/ratta", methods=["GET", "POST"])
@context.staff(Permission.REGISTER)
def correct_note(uid: uuid.UUID) -> ResponseReturnValue:
    """Corrects a note with another one; the first stays."""
    who, errors = context.actor(), {}
    if request.method == "POST":
        try:
            with context.diarium().database.unit_of_work() as session:
                case_uid = notes.correct(session, who, uid, request.form.get("body", "")).case.uid
            flash(_("Rättelsen är sparad som en ny anteckning. Den förra finns kvar."), "success")
            return redirect(url_for("cases.details", uid=case_uid, _anchor="timeline"))
        except DomainError as error:
            errors = frame.mistakes(error)
    with context.diarium().database.reading() as session:
        front, note = case_sheet.note_view(session, who, uid)
    return _page(front, note, errors)


def _page(front: CaseFront, former: NoteView | None, errors: dict[str, str]) -> tuple[str, int]:
    context.actor().require(Permission.REGISTER, front.view.authority_code)
    frame.note(front)
    html = context.page(
        "cases/note.html",
        view=front.view,
        former=former,
        errors=errors,
        values=request.form,
        most=MAX_NOTE,
        show_time=show_time,
    )
    return html, 422 if errors else 200
