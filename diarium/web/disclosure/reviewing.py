"""The review of one item, with what earlier reviews of the same record said, and masked copies."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, cast

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from diarium.audit import service as audit
from diarium.disclosure import lookup, masking, queries
from diarium.disclosure import reviewing as reviews
from diarium.disclosure.masking import MaskedFile
from diarium.disclosure.queries import ReviewRow
from diarium.disclosure.reviewing import ReviewFacts
from diarium.disclosure.views import ItemView, RequestView
from diarium.disclosure.vocabulary import OUTCOME_LABELS, ReviewOutcome
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.files import service as files
from diarium.files.errors import BlobMissing
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.files.names import safe_file_name
from diarium.files.tickets import UploadedFile
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Permission
from diarium.register import journal
from diarium.register import lookup as register
from diarium.register import queries as registered
from diarium.secrecy import queries as secrecy
from diarium.web import context, uploads
from diarium.web.correspondence.form import uid_or_none
from diarium.web.disclosure.blueprint import blueprint
from diarium.web.disclosure.details import load, seen_version

_BETWEEN = re.compile(r"[;,\n]+")
_WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class _Uploads:
    """The masked copies of the form by what they are copies of, and what was wrong with one."""

    by_document: Mapping[str, UploadedFile]
    problem: str | None

    def as_masked(self) -> tuple[MaskedFile, ...]:
        return tuple(
            MaskedFile(uid_or_none(key), file.sha256, file.file_name) for key, file in self.by_document.items()
        )


@blueprint.get("/<uuid:uid>/prova/<uuid:item_uid>")
@context.staff(Permission.DISCLOSE)
def review_form(uid: uuid.UUID, item_uid: uuid.UUID) -> ResponseReturnValue:
    """The form, empty: an earlier review is shown beside it and never filled in."""
    return _show(uid, item_uid, {}, _Uploads({}, None))


@blueprint.post("/<uuid:uid>/prova/<uuid:item_uid>")
@context.staff(Permission.DISCLOSE)
def review(uid: uuid.UUID, item_uid: uuid.UUID) -> ResponseReturnValue:
    """Keeps the review; on a mistake all that was typed and uploaded comes back."""
    kept = _uploaded()
    if kept.problem is not None:
        return _show(uid, item_uid, {"masked": kept.problem}, kept), 422
    try:
        masked = _inspected(uid, item_uid, kept)
        with context.diarium().database.unit_of_work() as session:
            facts = _facts(masked)
            reviews.review(session, context.actor(), uid, item_uid, facts, version=seen_version())
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(uid, item_uid, {error.field or "": error.message}, kept), 422
    flash(_("Prövningen är sparad."), "success")
    return redirect(url_for("disclosure.details", uid=uid))


@blueprint.get("/maskad/<uuid:uid>")
@context.staff(Permission.DISCLOSE)
def masked_copy(uid: uuid.UUID) -> ResponseReturnValue:
    """A masked copy as a download. Of what is restricted it is noted who opened it."""
    services, who = context.diarium(), context.actor()
    with services.database.reading() as session:
        found = queries.masked_copy(session, who, uid)
        is_noted, subject = registered.needs_note(found.record), journal.record_subject(found.record)
    if not services.blobs.exists(found.sha256):
        raise BlobMissing(_("Filen ”%(name)s” saknas i fillagret. Den måste återställas från säkerhetskopian "
                            "av den som sköter systemet.", name=found.file_name))  # fmt: skip
    if is_noted:
        with services.database.unit_of_work() as session:
            audit.write(session, who, "record.file_opened", subject, after={"file_name": found.file_name})
    response: Response = send_file(
        services.blobs.path(found.sha256),
        mimetype=found.mime or "application/octet-stream",
        as_attachment=True,
        download_name=found.file_name,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _show(uid: uuid.UUID, item_uid: uuid.UUID, errors: Mapping[str, str], kept: _Uploads) -> str:
    view = load(uid)
    item = next((found for found in view.items if found.uid == item_uid), None)
    if item is None:
        abort(404)
    with context.diarium().database.reading() as session:
        reviews.require_sight(
            context.actor(), lookup.item_of(lookup.request(session, context.actor(), uid), item_uid)
        )
        provisions = secrecy.options(session)
    return context.page(
        "disclosure/review.html",
        view=view,
        item=item,
        earlier=_earlier(view, item),
        provisions=provisions,
        outcomes=[(key.value, str(OUTCOME_LABELS[key])) for key in _outcomes(item)],
        errors=errors,
        values=request.form,
        withheld=request.form.getlist("withheld"),
        masked=[(key, uploads.as_tickets([file])[0]) for key, file in kept.by_document.items()],
        show_time=show_time,
        max_bytes=context.diarium().settings.max_upload_bytes,
    )


def _earlier(view: RequestView, item: ItemView) -> tuple[ReviewRow, ...]:
    if item.record_uid is None:
        return ()
    who = context.actor()
    with context.diarium().database.reading() as session:
        return queries.reviews_of_record(session, who, register.record_by_uid(session, who, item.record_uid))


def _outcomes(item: ItemView) -> list[ReviewOutcome]:
    if not item.is_identified:
        return [ReviewOutcome.NOT_HELD]
    return [key for key in ReviewOutcome if key is not ReviewOutcome.MASKED or item.record_uid is not None]


def _facts(masked: tuple[MaskedFile, ...]) -> ReviewFacts:
    form = request.form
    withheld = (uid_or_none(text) for text in form.getlist("withheld"))
    return ReviewFacts(
        outcome=form.get("outcome", ""),
        provisions=tuple(part.strip() for part in _BETWEEN.split(form.get("provisions", "")) if part.strip()),
        reason=form.get("reason", ""),
        terms=form.get("terms", ""),
        withheld=tuple(found for found in withheld if found is not None),
        masked=masked,
        confirmed=form.get("confirmed") == "1",
        seen=tuple(found for found in map(uid_or_none, form["seen"].split()) if found) if "seen" in form else None,
    )


def _inspected(uid: uuid.UUID, item_uid: uuid.UUID, kept: _Uploads) -> tuple[MaskedFile, ...]:
    """The masked copies with what their text still holds."""
    masked = kept.as_masked()
    if not masked:
        return ()
    services, who = context.diarium(), context.actor()
    with services.database.reading() as session:
        words = masking.words_of(session, who, uid, item_uid)
    with ExtractionSandbox() as sandbox:
        return masking.inspect(sandbox, services.blobs, words, masked)


def _uploaded() -> _Uploads:
    """The files of the form, new ones or kept from an earlier try."""
    services, who = context.diarium(), context.actor()
    found: dict[str, UploadedFile] = {}
    problem: str | None = None
    for name in request.form:
        if name.startswith("kept-"):
            try:
                found[name.removeprefix("kept-")] = uploads.tickets().read(who.user_id, request.form[name])
            except DomainError as error:
                problem = error.message
    for name, upload in request.files.items():
        key = name.removeprefix("masked-")
        if not upload.filename or key == name or not (key == _WHOLE or uid_or_none(key)):
            continue
        file_name = safe_file_name(upload.filename)
        try:
            with services.database.unit_of_work() as session:
                most = services.settings.max_upload_bytes
                stream = cast(BinaryIO, upload.stream)
                sha256 = files.take_in(session, services.blobs, stream, max_bytes=most)
        except DomainError as error:
            problem = f"{file_name}: {error.message}"
            continue
        found[key] = UploadedFile(sha256, file_name, services.blobs.path(sha256).stat().st_size)
    return _Uploads(found, problem)
