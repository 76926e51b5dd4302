"""Taking a case, a record or a file from the web, and publishing it again."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.register import lookup, publishing, queries
from diarium.register.models import Document
from diarium.register.publishing import Target
from diarium.web import context
from diarium.web.cases import frame
from diarium.web.publishing import showing
from diarium.web.publishing.blueprint import blueprint

_Find = Callable[[Session], Target]


@blueprint.post('/arende/<uuid:uid>/webben/<any("dra-tillbaka", "publicera-igen"):act>')
@context.staff(Permission.CORRECT)
def of_case(uid: uuid.UUID, act: str) -> ResponseReturnValue:
    """Takes a case with all its records from the web, or puts it back."""
    try:
        _do(lambda session: lookup.case_by_uid(session, context.actor(), uid), act)
    except DomainError as error:
        return showing.show_case(uid, frame.mistakes(error)), 422
    return redirect(url_for("publishing.case", uid=uid))


@blueprint.post('/handling/<uuid:uid>/webben/<any("dra-tillbaka", "publicera-igen"):act>')
@context.staff(Permission.CORRECT)
def of_record(uid: uuid.UUID, act: str) -> ResponseReturnValue:
    """Takes a record with its files from the web, or puts it back."""
    try:
        _do(lambda session: lookup.record_by_uid(session, context.actor(), uid), act)
    except DomainError as error:
        return showing.show_record(uid, frame.mistakes(error)), 422
    return redirect(url_for("publishing.record", uid=uid))


@blueprint.post('/fil/<uuid:uid>/webben/<any("dra-tillbaka", "publicera-igen"):act>')
@context.staff(Permission.CORRECT)
def of_file(uid: uuid.UUID, act: str) -> ResponseReturnValue:
    """Takes a single file from the web, or puts it back."""
    with context.diarium().database.reading() as session:
        record_uid = _document(session, uid).record.uid
    try:
        _do(lambda session: _document(session, uid), act)
    except DomainError as error:
        errors = {f"file-{uid}-{field}" if field else "": text for field, text in frame.mistakes(error).items()}
        return showing.show_record(record_uid, errors), 422
    return redirect(url_for("publishing.record", uid=record_uid))


def _do(find: _Find, act: str) -> None:
    who, reason = context.actor(), request.form.get("reason", "")
    with context.diarium().database.unit_of_work() as session:
        target = find(session)
        if act == "dra-tillbaka":
            publishing.withdraw(session, who, target, reason)
        else:
            publishing.publish_again(session, who, target, reason)
        case_uid = publishing.case_of(target).uid
    is_done = context.diarium().projector.hasten([case_uid])
    if act == "publicera-igen":
        flash(_("Det publiceras igen inom några sekunder, om inget annat hindrar."), "success")
    elif is_done:
        flash(_("Borttaget från webben."), "success")
    else:
        flash(_("Det tas bort från webben så snart det öppna diariet är ledigt för ändringar."), "warning")


def _document(session: Session, uid: uuid.UUID) -> Document:
    found = queries.document_for(session, context.actor(), uid)
    if found is None:
        abort(404)
    return found
