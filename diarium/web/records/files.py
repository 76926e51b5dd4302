"""Files of a record: added, downloaded, released for the open register."""

from __future__ import annotations

import uuid

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from diarium.audit import service as audit
from diarium.errors import DomainError
from diarium.files.errors import BlobMissing
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.public import warning
from diarium.register import correction, journal, lookup, queries, registration
from diarium.web import context, uploads
from diarium.web.cases import frame
from diarium.web.records import views
from diarium.web.records.views import blueprint


@blueprint.post("/handling/<uuid:uid>/filer")
@context.staff(Permission.REGISTER)
def add_files(uid: uuid.UUID) -> ResponseReturnValue:
    """Adds files to the record."""
    who = context.actor()
    kept, problem = uploads.collect()
    if problem or not kept:
        return views.show(uid, {"files": problem or _("Välj minst en fil.")}, kept), 422
    try:
        with context.diarium().database.unit_of_work() as session:
            record = lookup.record_by_uid(session, who, uid)
            registration.add_documents(session, who, record, uploads.as_documents(kept))
    except DomainError as error:
        return views.show(uid, frame.mistakes(error), kept), 422
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
        caution = warning.of_release(session, document) if released else None
        record_uid = document.record.uid
    if caution:
        flash(caution, "warning")
    else:
        done = _("Filen är släppt för det öppna diariet.") if released else _("Filen är tillbakadragen.")
        flash(done, "success")
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
