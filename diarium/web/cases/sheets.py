"""Sheets for print: register sheet, case cover, labels."""

from __future__ import annotations

import io
import re
import uuid

from flask import Response, request, send_file, url_for
from flask.typing import ResponseReturnValue

from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.i18n import show_date, show_time
from diarium.identity.permissions import Permission
from diarium.register import case_sheet, lookup
from diarium.register.case_sheet import PaperRecord, RegisterSheet
from diarium.register.errors import InvalidFact
from diarium.register.vocabulary import DIRECTION_LABELS
from diarium.register.work_views import SeenEvent
from diarium.sheets import cover, labels, register_sheet
from diarium.sheets.document import Print
from diarium.sheets.labels import Label
from diarium.sheets.lines import lines_of
from diarium.web import context, history, reading
from diarium.web.arguments import whole_number
from diarium.web.cases import frame
from diarium.web.cases.frame import blueprint


@blueprint.get("/arende/<uuid:uid>/dagboksblad")
@context.staff(Permission.READ)
def sheet(uid: uuid.UUID) -> ResponseReturnValue:
    """Every entry of the case on one page, made to be printed."""
    found = _sheet(uid)
    return context.page(
        "cases/sheet.html",
        view=found.head.view,
        facts=register_sheet.facts_of(found.head),
        warnings=register_sheet.warnings_of(found),
        lines=lines_of(found.entries, _told),
        printed=_print(),
        show_time=show_time,
    )


@blueprint.get("/arende/<uuid:uid>/dagboksblad.pdf")
@context.staff(Permission.READ)
def sheet_pdf(uid: uuid.UUID) -> ResponseReturnValue:
    """The register sheet as PDF."""
    found = _sheet(uid)
    return _pdf(register_sheet.register_sheet(found, _told, _print()), register_sheet.title_of(found))


@blueprint.get("/arende/<uuid:uid>/omslag.pdf")
@context.staff(Permission.READ)
def cover_pdf(uid: uuid.UUID) -> ResponseReturnValue:
    """The cover of the case's paper file."""
    with context.diarium().database.reading() as session:
        head = case_sheet.head_of(session, context.actor(), uid)
    if head.needs_note:
        reading.note_case(head.view)
    address = url_for("cases.details", uid=uid, _external=True)
    return _pdf(cover.case_cover(head, address, _print()), f"Omslag {head.view.number}")


@blueprint.get("/arende/<uuid:uid>/etiketter")
@context.staff(Permission.READ)
def choose_labels(uid: uuid.UUID) -> ResponseReturnValue:
    """What labels to print: of the case and of its records on paper."""
    return _choose(uid, {})


@blueprint.get("/arende/<uuid:uid>/etiketter.pdf")
@context.staff(Permission.READ)
def labels_pdf(uid: uuid.UUID) -> ResponseReturnValue:
    """The chosen labels on A4 sheets of 3 × 8, from the place where the sheet has been begun."""
    with context.diarium().database.reading() as session:
        case, front = frame.open_case(session, uid)
        papers = case_sheet.paper_records(session, case)
    chosen = set(request.args.getlist("handling"))
    wanted = [_record_label(item, front.view.authority_name) for item in papers if str(item.uid) in chosen]
    if request.args.get("arende") == "1":
        wanted.insert(0, _case_label(front))
    if not wanted:
        return _choose(uid, {"arende": _("Välj minst en etikett.")}), 422
    try:
        content = labels.label_sheet(wanted, start=whole_number(request.args.get("start"), 1, 1000))
    except InvalidFact as error:
        return _choose(uid, {error.field or "": error.message}), 422
    return _pdf(content, f"Etiketter {front.view.number}")


@blueprint.get("/arende/<uuid:uid>/etikett.pdf")
@context.staff(Permission.READ)
def case_label_pdf(uid: uuid.UUID) -> ResponseReturnValue:
    """The label of the case, for a label printer."""
    with context.diarium().database.reading() as session:
        _case, front = frame.open_case(session, uid)
    return _pdf(labels.single_label(_case_label(front)), f"Etikett {front.view.number}")


@blueprint.get("/handling/<uuid:uid>/etikett.pdf")
@context.staff(Permission.READ)
def record_label_pdf(uid: uuid.UUID) -> ResponseReturnValue:
    """The label of one record, for a label printer."""
    with context.diarium().database.reading() as session:
        record = lookup.record_by_uid(session, context.actor(), uid)
        item = case_sheet.paper_record(record)
        authority = record.case.authority.name
    return _pdf(labels.single_label(_record_label(item, authority)), f"Etikett {item.number}")


def _sheet(uid: uuid.UUID) -> RegisterSheet:
    with context.diarium().database.reading() as session:
        found = case_sheet.register_sheet(session, context.actor(), uid)
    if found.head.needs_note:
        reading.note_case(found.head.view)
    return found


def _choose(uid: uuid.UUID, errors: dict[str, str]) -> str:
    with context.diarium().database.reading() as session:
        case, front = frame.open_case(session, uid)
        papers = case_sheet.paper_records(session, case)
    frame.note(front)
    return context.page(
        "cases/labels.html",
        view=front.view,
        papers=[(str(item.uid), f"{item.number} ({show_date(item.official_on)})") for item in papers],
        errors=errors,
        values=request.args,
        most=labels.PER_SHEET,
    )


def _case_label(front: case_sheet.CaseFront) -> Label:
    view = front.view
    address = url_for("cases.details", uid=view.uid, _external=True)
    return Label(
        view.number,
        (_("Ärende"), _("öppnat %(day)s", day=show_date(view.opened_on)), view.authority_name),
        address,
    )


def _record_label(item: PaperRecord, authority: str) -> Label:
    address = url_for("records.details", uid=item.uid, _external=True)
    return Label(
        item.number, (str(DIRECTION_LABELS[item.direction]), show_date(item.official_on), authority), address
    )


def _told(event: SeenEvent) -> tuple[str, str]:
    line = history.told(event)
    return line.title, line.text


def _print() -> Print:
    services = context.diarium()
    return Print(services.settings.organisation_name, context.actor().name, now())


def _pdf(content: bytes, name: str) -> Response:
    """The file to look at and print; its name says no more than a number."""
    plain = re.sub(r"[^\w-]+", "-", name).strip("-")
    return send_file(io.BytesIO(content), mimetype="application/pdf", download_name=f"{plain}.pdf")
