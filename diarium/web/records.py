"""Records in the browser: one record, its files, its markings, corrections."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from diarium.audit import service as audit
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.files.errors import BlobMissing
from diarium.files.tickets import UploadedFile
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Permission
from diarium.register import closing, correction, journal, lookup, queries, registration, secrecy_marks
from diarium.register.errors import EditConflict
from diarium.register.schemas import RecordCorrectionSchema
from diarium.register.vocabulary import (
    DIRECTION_LABELS,
    MEDIUM_LABELS,
    PARTY_KIND_LABELS,
    PARTY_ROLE_LABELS,
    RECORD_STATUS_LABELS,
)
from diarium.secrecy import queries as provisions
from diarium.secrecy.models import SCOPE_LABELS
from diarium.web import context, correcting, marking, reading, uploads
from diarium.web.registration.form import tolerant_date

blueprint = Blueprint("records", __name__, url_prefix="/intern")
_SHOWN_LABELS = {"direction": {key.value: label for key, label in DIRECTION_LABELS.items()}}


@blueprint.get("/handling/<uuid:uid>")
@context.staff(Permission.READ)
def details(uid: uuid.UUID) -> ResponseReturnValue:
    """One record. Looking at marked material is noted."""
    return _show(uid)


@blueprint.post("/handling/<uuid:uid>/markera")
@context.staff(Permission.MARK)
def mark(uid: uuid.UUID) -> ResponseReturnValue:
    """Marks the record as holding what may be secret."""
    who = context.actor()
    try:
        facts = marking.facts_of(request.form)
        with context.diarium().database.unit_of_work() as session:
            secrecy_marks.mark(session, who, lookup.record_by_uid(session, who, uid), facts)
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(uid, {error.field or "": error.message}), 422
    flash(_("Markeringen är gjord. Det öppna diariet ändras inom några sekunder."), "success")
    return redirect(url_for("records.details", uid=uid))


@blueprint.post("/handling/<uuid:uid>/hav/<uuid:restriction>")
@context.staff(Permission.MARK)
def lift(uid: uuid.UUID, restriction: uuid.UUID) -> ResponseReturnValue:
    """Lifts a marking; it stays in the history."""
    who = context.actor()
    try:
        with context.diarium().database.unit_of_work() as session:
            record = lookup.record_by_uid(session, who, uid)
            secrecy_marks.lift(session, who, record, restriction, request.form.get("reason", ""))
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(uid, {"": error.message}), 422
    flash(_("Markeringen är hävd."), "success")
    return redirect(url_for("records.details", uid=uid))


@blueprint.post("/handling/<uuid:uid>/makulera")
@context.staff(Permission.CANCEL)
def cancel(uid: uuid.UUID) -> ResponseReturnValue:
    """Cancels the record; number and reason stay."""
    who = context.actor()
    try:
        with context.diarium().database.unit_of_work() as session:
            closing.cancel_record(
                session, who, lookup.record_by_uid(session, who, uid), request.form.get("reason", "")
            )
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(uid, {"": error.message}), 422
    flash(_("Handlingen är makulerad. Numret och skälet finns kvar."), "success")
    return redirect(url_for("records.details", uid=uid))


@blueprint.post("/handling/<uuid:uid>/filer")
@context.staff(Permission.REGISTER)
def add_files(uid: uuid.UUID) -> ResponseReturnValue:
    """Adds files to the record."""
    who = context.actor()
    kept, problem = uploads.collect()
    if problem or not kept:
        return _show(uid, {"files": problem or _("Välj minst en fil.")}, kept), 422
    try:
        with context.diarium().database.unit_of_work() as session:
            record = lookup.record_by_uid(session, who, uid)
            registration.add_documents(session, who, record, uploads.as_documents(kept))
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(uid, {error.field or "": error.message}, kept), 422
    flash(_("Filerna är tillagda."), "success")
    return redirect(url_for("records.details", uid=uid))


@blueprint.post("/fil/<uuid:uid>/slapp")
@context.staff(Permission.CORRECT)
def release(uid: uuid.UUID) -> ResponseReturnValue:
    """Releases a file for the open register, or takes it back."""
    released = request.form.get("released") == "1"
    with context.diarium().database.unit_of_work() as session:
        document = queries.document_for(session, context.actor(), uid)
        if document is None:
            abort(404)
        correction.release_document(session, context.actor(), document, released=released)
        record_uid = document.record.uid
    flash(_("Filen är släppt för det öppna diariet.") if released else _("Filen är tillbakadragen."), "success")
    return redirect(url_for("records.details", uid=record_uid))


@blueprint.get("/fil/<uuid:uid>")
@context.staff(Permission.READ)
def download(uid: uuid.UUID) -> ResponseReturnValue:
    """A file's bytes, always as a download: nothing that came from outside is shown inside our pages.

    A file of what is restricted is noted, but only once it is sure that there is something to send.
    """
    who, services = context.actor(), context.diarium()
    with services.database.reading() as session:
        document = queries.document_for(session, who, uid)
        if document is None:
            abort(404)
        sha256, name, mime = document.sha256, document.file_name, document.blob.mime
        if not services.blobs.exists(sha256):
            raise BlobMissing(_("Filen ”%(name)s” saknas i fillagret. Den måste återställas från säkerhetskopian "
                                "av den som sköter systemet.", name=name))  # fmt: skip
        is_noted = queries.needs_note(document.record)
        subject = journal.record_subject(document.record)
    if is_noted:
        with services.database.unit_of_work() as session:
            audit.write(session, who, "record.file_opened", subject, after={"file_name": name})
    response: Response = send_file(
        services.blobs.path(sha256),
        mimetype=mime or "application/octet-stream",
        as_attachment=True,
        download_name=name,
        etag=sha256,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.route("/handling/<uuid:uid>/ratta", methods=["GET", "POST"])
@context.staff(Permission.CORRECT)
def correct(uid: uuid.UUID) -> ResponseReturnValue:
    """Corrects facts of a record; the former values stay in the history."""
    who, database = context.actor(), context.diarium().database
    errors: dict[str, str] = {}
    conflict: list[tuple[str, str]] = []
    view, present, choices = _correctable(uid)
    values: dict[str, Any] = dict(present)
    if request.method == "POST":
        typed = request.form.to_dict()
        for field in ("official_on", "document_date"):
            typed[field] = tolerant_date(typed.get(field, ""))
        values |= typed
        wanted, errors = RecordCorrectionSchema.from_form(typed)
        if not errors:
            try:
                with database.unit_of_work() as session:
                    record = lookup.record_by_uid(session, who, uid)
                    version = correcting.version_of(typed)
                    reason = typed.get("reason", "")
                    correction.correct_record(session, who, record, wanted, reason, version=version)
                flash(_("Handlingen är rättad. Det gamla värdet finns kvar i historiken."), "success")
                return redirect(url_for("records.details", uid=uid))
            except (NotAllowed, NotFound):
                raise
            except EditConflict as error:
                errors = {"": error.message}
                view, present, choices = _correctable(uid)
                conflict = correcting.differences(present, values, _SHOWN_LABELS)
                values["version"] = view.version
            except DomainError as error:
                errors = {error.field or "": error.message}
    html = context.page(
        "records/correct.html",
        view=view,
        values=values,
        errors=errors,
        conflict=conflict,
        directions=DIRECTION_LABELS,
        choices=choices,
    )
    return html, 422 if errors else 200


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


def _show(uid: uuid.UUID, errors: dict[str, str] | None = None, kept: Sequence[UploadedFile] = ()) -> str:
    who = context.actor()
    with context.diarium().database.reading() as session:
        record = lookup.record_by_uid(session, who, uid)
        view = queries.record_view(who, record)
        code = record.case.authority.code
        provision_options = provisions.options(session)
        may_lift = who.may(Permission.MARK, code) and queries.sight_of_record(who, record).everything
        reading.note(record)
    return context.page(
        "records/details.html",
        view=view,
        may={permission.value: who.may(permission, code) for permission in Permission},
        may_lift=may_lift,
        errors=errors or {},
        values=request.form,
        kept=uploads.as_tickets(list(kept)),
        provision_options=provision_options,
        directions=DIRECTION_LABELS,
        record_statuses=RECORD_STATUS_LABELS,
        roles=PARTY_ROLE_LABELS,
        kinds=PARTY_KIND_LABELS,
        media=MEDIUM_LABELS,
        scopes=SCOPE_LABELS,
        show_time=show_time,
    )
