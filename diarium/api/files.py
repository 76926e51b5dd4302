"""Files over the API: in with a ticket, out as an attachment."""

from __future__ import annotations

import uuid
from typing import BinaryIO, cast

from flask import Response, request, send_file
from marshmallow import ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from diarium.api import answers, context
from diarium.errors import NotFound
from diarium.files import service as intake
from diarium.files.names import safe_file_name
from diarium.files.tickets import UploadedFile, UploadTickets
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.identity.scopes import TokenScope
from diarium.register import queries
from diarium.settings import session_secret

files = context.Resource("files", __name__, "Filer")

_BINARY = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": _BINARY["schema"]},
                }
            }
        },
    }
}
_CONTENT = {
    "responses": {
        "200": {"description": "The file's bytes", "content": {"application/octet-stream": _BINARY}},
        "default": {"$ref": "#/components/responses/DEFAULT_ERROR"},
    }
}


@files.operation(
    "POST",
    "/files",
    Permission.REGISTER,
    scope=(TokenScope.REGISTER_WRITE, TokenScope.INTAKE_WRITE),
    answer=answers.UploadSchema,
    status=201,
    takes_files=True,
    documentation=_UPLOAD,
)
def upload() -> dict[str, object]:
    """Uploads one file and answers with a ticket.

    The ticket binds the file to a record within a day; nobody but you can use it.
    """
    services, who = context.diarium(), context.actor()
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    given = request.files.get("file")
    if given is None or len(request.files) != 1 or len(request.files.getlist("file")) != 1:
        raise ValidationError({"file": [_("Skicka en fil i fältet file.")]})
    with context.change() as session:
        sha256 = intake.take_in(
            session,
            services.blobs,
            cast(BinaryIO, given.stream),
            max_bytes=services.settings.max_upload_bytes,
        )
    size = services.blobs.path(sha256).stat().st_size
    file = UploadedFile(sha256, safe_file_name(given.filename or ""), size)
    return {
        "ticket": tickets().issue(who.user_id, file),
        "sha256": file.sha256,
        "size": file.size,
        "file_name": file.file_name,
    }


@files.operation(
    "GET",
    "/documents/<uuid:uid>/content",
    Permission.READ,
    scope=TokenScope.REGISTER_READ,
    answer=None,
    documentation=_CONTENT,
)
def content(uid: uuid.UUID) -> Response:
    """Gives the bytes of a file, always as an attachment.

    Fetching a file of something that is marked is noted in the audit log.
    """
    services, who = context.diarium(), context.actor()
    with services.database.unit_of_work() as session:
        document = queries.document_for(session, who, uid)
        if document is None:
            raise NotFound(_("Filen finns inte."))
        queries.note_reading(session, who, document.record)
        sha256, name = document.sha256, safe_file_name(document.file_name)
    answer = send_file(
        services.blobs.open(sha256),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=name,
        etag=False,
        max_age=None,
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def tickets() -> UploadTickets:
    """Issues and reads this installation's tickets."""
    return UploadTickets(session_secret(context.diarium().settings))
