"""Files from forms: into the store at once, so that a mistake elsewhere in the form loses none."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import request

from diarium.errors import DomainError
from diarium.files import service as files
from diarium.files.names import safe_file_name
from diarium.files.tickets import UploadedFile, UploadTickets
from diarium.register.commands import DocumentFacts
from diarium.settings import session_secret
from diarium.web import context


def collect(field: str = "files") -> tuple[list[UploadedFile], str | None]:
    """The files of the form, kept from an earlier try or new; and what was wrong with one, if any."""
    services = context.diarium()
    who = context.actor()
    kept: list[UploadedFile] = []
    problem: str | None = None
    for ticket in request.form.getlist("kept_file"):
        try:
            kept.append(tickets().read(who.user_id, ticket))
        except DomainError as error:
            problem = error.message
    for upload in request.files.getlist(field):
        if not upload.filename:
            continue
        name = safe_file_name(upload.filename)
        try:
            with services.database.unit_of_work() as session:
                stream = cast(BinaryIO, upload.stream)
                sha256 = files.take_in(
                    session, services.blobs, stream, max_bytes=services.settings.max_upload_bytes
                )
        except DomainError as error:
            problem = f"{name}: {error.message}"
            continue
        kept.append(UploadedFile(sha256, name, services.blobs.path(sha256).stat().st_size))
    return kept, problem


def as_documents(uploads: list[UploadedFile]) -> tuple[DocumentFacts, ...]:
    """The uploads as facts of a record."""
    return tuple(DocumentFacts(item.sha256, item.file_name) for item in uploads)


def as_tickets(uploads: list[UploadedFile]) -> list[tuple[str, UploadedFile]]:
    """The uploads with tickets, for the form that is shown again."""
    who = context.actor()
    return [(tickets().issue(who.user_id, item), item) for item in uploads]


def tickets() -> UploadTickets:
    """Issues and reads this installation's tickets."""
    return UploadTickets(session_secret(context.diarium().settings))
