"""Adding to the inbox by hand: files that somebody has, and what came by post, telephone or over the counter."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from diarium.db.base import now
from diarium.errors import DomainError, NotAllowed
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.files.names import safe_file_name
from diarium.files.tickets import UploadedFile
from diarium.i18n import STOCKHOLM, ngettext, today
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.intake import receiving
from diarium.intake.receiving import Arrival, ArrivedFile
from diarium.intake.taking_in import Origin, Outcome, Taken
from diarium.intake.vocabulary import Channel
from diarium.register import queries, rules
from diarium.register.errors import InvalidFact
from diarium.register.schemas import day_or_error
from diarium.register.vocabulary import PARTY_KIND_LABELS, PartyKind
from diarium.web import context, uploads
from diarium.web.inbox.blueprint import blueprint
from diarium.web.registration.form import cleaned, tolerant_date

MOST_FILES = 200
_NOON = dt.time(12)


@dataclass(frozen=True, slots=True)
class _Added:
    """What was added, and what was not and why."""

    items: tuple[Taken, ...]
    problems: tuple[str, ...]


@blueprint.get("/lagg-till")
@context.staff(Permission.REGISTER)
def add() -> ResponseReturnValue:
    """The page with both ways of adding."""
    return _show({"official_on": today().isoformat()}, {})


@blueprint.post("/lagg-till/filer")
@context.staff(Permission.REGISTER)
def add_files() -> ResponseReturnValue:
    """Takes in files: a message becomes an item with its attachments, any other file an item of its own."""
    chosen = [upload for upload in request.files.getlist("dropped") if upload.filename]
    if not chosen:
        return _show(request.form.to_dict(), {"dropped": _("Välj minst en fil.")}), 422
    if len(chosen) > MOST_FILES:
        text = _("Välj högst %(most)s filer åt gången.", most=MOST_FILES)
        return _show(request.form.to_dict(), {"dropped": text}), 422
    added = _taken_in(request.form.get("authority", ""), chosen)
    if not added.items:
        return _show(request.form.to_dict(), {"dropped": " ".join(added.problems)}), 422
    _tell(added)
    return redirect(_target([taken.uid for taken in added.items]))


@blueprint.post("/lagg-till/post")
@context.staff(Permission.REGISTER)
def add_item() -> ResponseReturnValue:
    """Makes an item of what is told about it, with or without files."""
    values, errors = cleaned(request.form.to_dict())
    kept, problem = uploads.collect()
    if problem:
        errors["files"] = problem
    if not values.get("subject", "").strip():
        errors["subject"] = _("Skriv vad det rör.")
    try:
        day = day_or_error(tolerant_date(values.get("official_on", "")), "official_on")
        rules.not_in_future(day or today(), "official_on")
        rules.short_text(values.get("subject"), rules.MAX_TITLE, "subject")
    except InvalidFact as error:
        errors[error.field or ""] = error.message
    if errors:
        return _show(values, errors, kept), 422
    arrival = Arrival(
        authority=values.get("authority", ""),
        channel=Channel.MANUAL,
        received_at=_moment(day or today()),
        subject=values["subject"],
        sender_name=values.get("sender_name", "").strip() or None,
        sender_email=values.get("sender_email", "").strip() or None,
        sender_kind=PartyKind(values["sender_kind"]) if values.get("sender_kind") in list(PartyKind) else None,
        body=values.get("body", ""),
        files=tuple(ArrivedFile(item.file_name, item.sha256) for item in kept),
    )
    try:
        services = context.diarium()
        with services.database.unit_of_work() as session:
            item = receiving.receive(session, context.actor(), arrival, store=services.blobs)
            uid, is_duplicate = item.uid, item.duplicate_of_id is not None
    except DomainError as error:
        status = 403 if isinstance(error, NotAllowed) else 422
        return _show(values, {error.field or "": error.message}, kept), status
    flash(_("Posten ligger i inkorgen."), "success")
    if is_duplicate:
        flash(_("Samma filer har kommit in förut. Posten visar var de finns."), "warning")
    return redirect(url_for("inbox.item", uid=uid))


def _taken_in(authority: str, chosen: Sequence[FileStorage]) -> _Added:
    """Each file stands for itself: one that can't be taken in stops no other."""
    items: list[Taken] = []
    problems: list[str] = []
    with ExtractionSandbox() as sandbox:
        intake = context.diarium().intake(sandbox, context.actor())
        for upload in chosen:
            name = safe_file_name(upload.filename or "")
            origin = Origin(authority=authority, channel=Channel.FILE_DROP, file_name=name)
            try:
                items.append(intake.stream(cast(BinaryIO, upload.stream), origin))
            except DomainError as error:
                problems.append(f"{name}: {error.message}")
    return _Added(tuple(items), tuple(problems))


def _tell(added: _Added) -> None:
    count = len(added.items)
    flash(ngettext("%(num)s post ligger i inkorgen.", "%(num)s poster ligger i inkorgen.", count), "success")
    repeated = sum(taken.outcome is not Outcome.NEW for taken in added.items)
    if repeated:
        flash(
            ngettext("%(num)s post har kommit in förut.", "%(num)s poster har kommit in förut.", repeated),
            "warning",
        )
    if not all(taken.is_whole for taken in added.items):
        flash(_("Allt kunde inte läsas. Vad som saknas står i posten."), "warning")
    for problem in added.problems:
        flash(problem, "error")


def _target(uids: Sequence[uuid.UUID]) -> str:
    return url_for("inbox.item", uid=uids[0]) if len(uids) == 1 else url_for("inbox.listing")


def _moment(day: dt.date) -> dt.datetime:
    """The moment of something that came in on `day`: now, or noon of an earlier day, whose hour nobody noted."""
    return now() if day == today() else dt.datetime.combine(day, _NOON, STOCKHOLM)


def _show(values: dict[str, str], errors: dict[str, str], kept: Sequence[UploadedFile] = ()) -> str:
    who = context.actor()
    with context.diarium().database.reading() as session:
        authorities = queries.registration_choices(session, who).authorities
    return context.page(
        "inbox/add.html",
        values=values,
        errors=errors,
        kept=uploads.as_tickets(list(kept)),
        authorities=authorities,
        kinds=PARTY_KIND_LABELS,
        max_bytes=context.diarium().settings.max_upload_bytes,
    )
