"""Correcting the facts of a case: the former values stay in its history."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.classification import queries as classes
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Permission
from diarium.register import correction, lookup
from diarium.register.errors import EditConflict
from diarium.register.schemas import CaseCorrectionSchema
from diarium.register.views import CaseView
from diarium.web import context, correcting
from diarium.web.cases import frame
from diarium.web.cases.frame import blueprint


@blueprint.route("/arende/<uuid:uid>/ratta", methods=["GET", "POST"])
@context.staff(Permission.CORRECT)
def correct(uid: uuid.UUID) -> ResponseReturnValue:
    """Corrects facts of a case."""
    errors: dict[str, str] = {}
    conflict: list[tuple[str, str]] = []
    view, present, class_options = _correctable(uid)
    values: dict[str, Any] = dict(present)
    if request.method == "POST":
        values |= request.form.to_dict()
        try:
            errors = _correct(uid, present)
            if not errors:
                flash(_("Ärendet är rättat. Det gamla värdet finns kvar i historiken."), "success")
                return redirect(url_for("cases.details", uid=uid))
        except EditConflict as error:
            errors = {"": error.message}
            view, present, class_options = _correctable(uid)
            conflict = correcting.differences(present, values)
            values["version"] = view.version
        except DomainError as error:
            errors = frame.mistakes(error)
    html = context.page(
        "cases/correct.html",
        view=view,
        values=values,
        errors=errors,
        conflict=conflict,
        class_options=class_options,
        confirms_public=correcting.confirms_public(errors, values),
    )
    return html, 422 if errors else 200


def _correct(uid: uuid.UUID, present: dict[str, Any]) -> dict[str, str]:
    """Corrects as the form says, or returns what it says wrongly. Raises: DomainError."""
    who = context.actor()
    wanted, errors = CaseCorrectionSchema.from_form(request.form)
    if not errors:
        with context.diarium().database.unit_of_work() as session:
            case = lookup.case_by_uid(session, who, uid)
            if errors := correcting.unseen_warning(session, case, present, request.form):
                return errors
            version, reason = correcting.version_of(request.form), request.form.get("reason", "")
            correction.correct_case(session, who, case, wanted, reason, version=version)
    return errors


def _correctable(uid: uuid.UUID) -> tuple[CaseView, dict[str, Any], list[tuple[str, str]]]:
    """The case as it is now, its correctable facts and the classes to choose from. Looking at it is noted."""
    with context.diarium().database.reading() as session:
        case, front = frame.open_case(session, uid)
        context.actor().require(Permission.CORRECT, case.authority.code)
        class_options = classes.options(session, today())
    frame.note(front)
    view = front.view
    facts = {
        "title": view.title,
        "public_title": view.public_title,
        "case_type": view.case_type,
        "classification": view.classification_code,
        "physical_location": view.physical_location,
        "version": view.version,
    }
    return view, facts, class_options
