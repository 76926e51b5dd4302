"""A record is corrected, moved to another case, or cancelled."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.register import closing, correction, lookup, moving, queries
from diarium.register.errors import EditConflict
from diarium.register.schemas import RecordCorrectionSchema
from diarium.register.vocabulary import DIRECTION_LABELS, RECORD_STATUS_LABELS
from diarium.web import context, correcting, reading
from diarium.web.cases import frame
from diarium.web.records import views
from diarium.web.records.views import blueprint
from diarium.web.registration.form import tolerant_date

_SHOWN_LABELS = {"direction": {key.value: label for key, label in DIRECTION_LABELS.items()}}


@blueprint.post("/handling/<uuid:uid>/makulera")
@context.staff(Permission.CANCEL)
def cancel(uid: uuid.UUID) -> ResponseReturnValue:
    """Cancels the record; number and reason stay."""
    who = context.actor()
    try:
        with context.diarium().database.unit_of_work() as session:
            record = lookup.record_by_uid(session, who, uid)
            reason = request.form.get("reason", "")
            closing.cancel_record(session, who, record, reason, version=frame.seen_version())
    except EditConflict as error:
        return views.show(uid, {"": error.message}), 422
    except DomainError as error:
        found = frame.mistakes(error)
        return views.show(uid, {f"cancel-{field}" if field else "": text for field, text in found.items()}), 422
    flash(_("Handlingen är makulerad. Numret och skälet finns kvar."), "success")
    return redirect(url_for("records.details", uid=uid))


@blueprint.route("/handling/<uuid:uid>/flytta", methods=["GET", "POST"])
@context.staff(Permission.CORRECT)
def move(uid: uuid.UUID) -> ResponseReturnValue:
    """Moves the record to the case where it belongs; it gets a new number there."""
    who = context.actor()
    errors: dict[str, str] = {}
    is_overtaken = False
    if request.method == "POST":
        try:
            with context.diarium().database.unit_of_work() as session:
                record = lookup.record_by_uid(session, who, uid)
                number, reason = request.form.get("case", ""), request.form.get("reason", "")
                moved = moving.move_record(session, who, record, number, reason, version=frame.seen_version())
                message = _("Handlingen är flyttad och heter nu %(number)s.", number=moved.number_text)
                target = moved.uid
            flash(message, "success")
            return redirect(url_for("records.details", uid=target))
        except EditConflict as error:
            errors, is_overtaken = {"": error.message}, True
        except DomainError as error:
            errors = frame.mistakes(error)
    with context.diarium().database.reading() as session:
        record = lookup.record_by_uid(session, who, uid, Permission.CORRECT)
        view = queries.record_view(who, record)
        has_protected = any(party.is_protected for party in record.case.parties)
        reading.note(record)
    version = view.version if is_overtaken or "version" not in request.form else request.form["version"]
    html = context.page(
        "records/move.html",
        view=view,
        has_protected=has_protected,
        errors=errors,
        values=request.values,
        version=version,
        conflict=_standing(view) if is_overtaken else [],
    )
    return html, 422 if errors else 200


@blueprint.route("/handling/<uuid:uid>/ratta", methods=["GET", "POST"])
@context.staff(Permission.CORRECT)
def correct(uid: uuid.UUID) -> ResponseReturnValue:
    """Corrects facts of a record; the former values stay in the history."""
    errors: dict[str, str] = {}
    conflict: list[tuple[str, str]] = []
    view, present, choices = _correctable(uid)
    values: dict[str, Any] = dict(present)
    if request.method == "POST":
        typed = request.form.to_dict()
        for field in ("official_on", "document_date"):
            typed[field] = tolerant_date(typed.get(field, ""))
        values |= typed
        try:
            errors = _correct(uid, present, typed)
            if not errors:
                flash(_("Handlingen är rättad. Det gamla värdet finns kvar i historiken."), "success")
                return redirect(url_for("records.details", uid=uid))
        except EditConflict as error:
            errors = {"": error.message}
            view, present, choices = _correctable(uid)
            conflict = correcting.differences(present, values, _SHOWN_LABELS)
            values["version"] = view.version
        except DomainError as error:
            errors = frame.mistakes(error)
    html = context.page(
        "records/correct.html",
        view=view,
        values=values,
        errors=errors,
        conflict=conflict,
        directions=DIRECTION_LABELS,
        choices=choices,
        confirms_public=correcting.confirms_public(errors, values),
    )
    return html, 422 if errors else 200


def _correct(uid: uuid.UUID, present: dict[str, Any], typed: dict[str, str]) -> dict[str, str]:
    """Corrects as the form says, or returns what it says wrongly. Raises: DomainError."""
    who = context.actor()
    wanted, errors = RecordCorrectionSchema.from_form(typed)
    if not errors:
        with context.diarium().database.unit_of_work() as session:
            record = lookup.record_by_uid(session, who, uid)
            if errors := correcting.unseen_warning(session, record, present, typed):
                return errors
            version, reason = correcting.version_of(typed), typed.get("reason", "")
            correction.correct_record(session, who, record, wanted, reason, version=version)
    return errors


def _correctable(uid: uuid.UUID) -> tuple[queries.RecordView, dict[str, Any], queries.RegistrationChoices]:
    """The record as it is now, its correctable facts and what can be chosen. Looking at it is noted."""
    who = context.actor()
    with context.diarium().database.reading() as session:
        record = lookup.record_by_uid(session, who, uid, Permission.CORRECT)
        view = queries.record_view(who, record)
        choices = queries.registration_choices(session, who)
        reading.note(record)
    facts = {name: getattr(view, name) for name in RecordCorrectionSchema().fields}
    return view, facts | {"version": view.version}, choices


def _standing(view: queries.RecordView) -> list[tuple[str, str]]:
    """How the record stands now, for a form that was overtaken."""
    return [
        (_("Rubrik"), view.title or _("Sekretessmarkerad uppgift")),
        (_("Datum"), view.official_on.isoformat()),
        (_("Status"), str(RECORD_STATUS_LABELS[view.status])),
    ]
