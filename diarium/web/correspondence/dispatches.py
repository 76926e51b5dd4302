"""Dispatches in the browser: the list of what waits and what failed, one of them, what is noted by hand."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.correspondence import noting, queries, steering
from diarium.correspondence.noting import BY_HAND, Note
from diarium.correspondence.queries import BOX_LABELS, Box, DispatchView
from diarium.correspondence.vocabulary import MEANS_LABELS, Means
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.files.errors import BlobMissing
from diarium.i18n import gettext as _
from diarium.i18n import show_time, today
from diarium.identity.permissions import Actor, Permission
from diarium.register import journal, lookup
from diarium.register import queries as register
from diarium.register.schemas import day_or_error
from diarium.register.vocabulary import PartyRole
from diarium.web import context, reading
from diarium.web.registration.form import tolerant_date

blueprint = Blueprint("dispatches", __name__, url_prefix="/intern")


@blueprint.get("/utskick")
@context.staff(Permission.REGISTER)
def listing() -> ResponseReturnValue:
    """The dispatches of the authorities that the actor reads, the newest first."""
    who = context.actor()
    text = request.args.get("visa", "")
    box = Box(text) if text in list(Box) else Box.ALL
    with context.diarium().database.reading() as session:
        page = queries.page(session, who, box, cursor=request.args.get("fore"))
        counts = queries.counts(session, who)
        _note_shown(session, who, page.rows)
    numbers = {Box.WAITING: counts.waiting, Box.FAILED: counts.failed, Box.UNCERTAIN: counts.uncertain}
    tabs = [
        (label, url_for("dispatches.listing", visa=key.value), key is box, numbers.get(key))
        for key, label in BOX_LABELS.items()
    ]
    return context.page(
        "correspondence/listing.html",
        page=page,
        box=box,
        tabs=tabs,
        show_time=show_time,
        mail_is_configured=context.diarium().settings.mail.is_configured,
    )


@blueprint.get("/utskick/<uuid:uid>")
@context.staff(Permission.READ)
def details(uid: uuid.UUID) -> ResponseReturnValue:
    """One dispatch with what the mail servers have said. Looking at marked material is noted."""
    return _show(uid, {})


@blueprint.post("/utskick/<uuid:uid>/<step>")
@context.staff(Permission.REGISTER)
def take_step(uid: uuid.UUID, step: str) -> ResponseReturnValue:
    """Tries again, stops, or says what became of it."""
    if step not in _STEPS:
        abort(404)
    try:
        with context.diarium().database.unit_of_work() as session:
            message = _STEPS[step](session, context.actor(), uid)
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(uid, {f"{step}-{error.field}" if error.field else "": error.message}), 422
    flash(message, "success")
    return redirect(url_for("dispatches.details", uid=uid))


@blueprint.get("/utskick/<uuid:uid>/meddelande")
@context.staff(Permission.READ)
def content(uid: uuid.UUID) -> ResponseReturnValue:
    """The message exactly as it was sent, as a download."""
    who, services = context.actor(), context.diarium()
    with services.database.reading() as session:
        sha256 = queries.content_of(session, who, uid)
        record = queries.record_of(session, who, uid)
        if sha256 is None:
            abort(404)
        name = f"{record.number_text}.eml".replace("/", "-")
        if not services.blobs.exists(sha256):
            raise BlobMissing(_("Filen ”%(name)s” saknas i fillagret. Den måste återställas från säkerhetskopian "
                                "av den som sköter systemet.", name=name))  # fmt: skip
        is_noted, subject = register.needs_note(record), journal.record_subject(record)
    if is_noted:
        with services.database.unit_of_work() as session:
            audit.write(session, who, "record.file_opened", subject, after={"file_name": name})
    with services.blobs.open(sha256) as source:
        body = io.BytesIO(source.read())
    response: Response = send_file(body, mimetype="message/rfc822", as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.route("/handling/<uuid:uid>/notera-skickad", methods=["GET", "POST"])
@context.staff(Permission.REGISTER)
def note(uid: uuid.UUID) -> ResponseReturnValue:
    """Notes that a record left by post, was handed over or left in another way."""
    who = context.actor()
    values: Mapping[str, object] = request.form
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            facts = Note(
                means=request.form.get("means", ""),
                day=day_or_error(tolerant_date(request.form.get("day", "")), "day"),
                recipients=request.form.get("recipients", ""),
                note=request.form.get("note", ""),
            )
            with context.diarium().database.unit_of_work() as session:
                noting.note(session, who, uid, facts)
            flash(_("Det är noterat att handlingen har skickats."), "success")
            return redirect(url_for("records.details", uid=uid))
        except (NotAllowed, NotFound):
            raise
        except DomainError as error:
            errors = {error.field or "": error.message}
    with context.diarium().database.reading() as session:
        record = lookup.record_by_uid(session, who, uid, Permission.REGISTER)
        view = register.record_view(who, record)
        reading.note(record)
    if request.method == "GET":
        names = [party.name for party in view.parties if party.role is PartyRole.RECIPIENT and party.name]
        values = {"means": Means.POST.value, "day": today(), "recipients": "\n".join(names)}
    html = context.page(
        "correspondence/note.html",
        view=view,
        values=values,
        errors=errors,
        means=[(key.value, MEANS_LABELS[key]) for key in BY_HAND],
    )
    return html, 422 if errors else 200


def _show(uid: uuid.UUID, errors: dict[str, str]) -> str:
    who = context.actor()
    with context.diarium().database.reading() as session:
        view = queries.details(session, who, uid)
        if view.is_restricted:
            reading.note(queries.record_of(session, who, uid))
    return context.page(
        "correspondence/details.html",
        view=view,
        errors=errors,
        values=request.form,
        failed_step=(request.view_args or {}).get("step") if errors else None,
        show_time=show_time,
    )


def _note_shown(session: Session, who: Actor, rows: tuple[DispatchView, ...]) -> None:
    marked = [row.record_uid for row in rows if row.is_restricted]
    reading.note_list(register.restricted_shown(session, who, records=marked), _("Utskick"))


def _retry(session: Session, actor: Actor, uid: uuid.UUID) -> str:
    steering.retry(session, actor, uid)
    return _("Meddelandet skickas igen inom någon minut.")


def _cancel(session: Session, actor: Actor, uid: uuid.UUID) -> str:
    steering.cancel(session, actor, uid)
    return _("Utskicket är avbrutet. Makulera handlingen om den inte ska skickas alls.")


def _mark_sent(session: Session, actor: Actor, uid: uuid.UUID) -> str:
    steering.mark_sent(session, actor, uid, request.form.get("reason", ""))
    return _("Utskicket är markerat som skickat.")


def _settle(session: Session, actor: Actor, uid: uuid.UUID) -> str:
    steering.settle(session, actor, uid, request.form.get("reason", ""))
    return _("Utskicket är markerat som åtgärdat.")


_STEPS: Mapping[str, Callable[[Session, Actor, uuid.UUID], str]] = {
    "retry": _retry,
    "cancel": _cancel,
    "mark-sent": _mark_sent,
    "settle": _settle,
}
