"""The archivist's exports: ask for a package, follow it, read its validation, download it."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from diarium.archive import exporting, selection
from diarium.archive import queries as exports
from diarium.archive.errors import ExportUnderWay
from diarium.archive.models import EXPORT_STATE_LABELS, Export, ExportState
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import show_time, today
from diarium.identity.permissions import Permission
from diarium.register import lookup
from diarium.register.schemas import day_or_error
from diarium.web import context
from diarium.web.registration.form import tolerant_date

blueprint = Blueprint("exports", __name__, url_prefix="/intern")
RUNNING = (ExportState.REQUESTED, ExportState.PACKAGING)
REFRESH_SECONDS = 2


@blueprint.get("/arkiv")
@context.staff(Permission.EXPORT)
def listing() -> ResponseReturnValue:
    """The exports so far and the form for a new one; with a period, also what its package would hold."""
    if "period_from" in request.args:
        return _previewed(request.args.to_dict())
    last_year = today().year - 1
    return _listing({"period_from": f"{last_year}-01-01", "period_to": f"{last_year}-12-31"}, {})


@blueprint.post("/arkiv")
@context.staff(Permission.EXPORT)
def create() -> ResponseReturnValue:
    """Freezes the selection and hands it to the worker, or first shows what the package would hold."""
    values = request.form.to_dict()
    if values.get("step") == "preview":
        asked = {field: values.get(field, "") for field in ("authority", "period_from", "period_to")}
        return redirect(f"{url_for('exports.listing')}?{urlencode(asked)}#preview")
    try:
        start, end = (_day(values, field) for field in ("period_from", "period_to"))
        with context.diarium().database.unit_of_work() as session:
            export = exporting.request_export(session, context.actor(), values.get("authority", ""), start, end)
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _listing(values, {error.field or "": error.message}), 422
    return redirect(url_for("exports.details", uid=export.uid))


@blueprint.post("/arkiv/<uuid:uid>/avbryt")
@context.staff(Permission.EXPORT)
def cancel(uid: uuid.UUID) -> ResponseReturnValue:
    """Stops an export that waits or is being packaged."""
    try:
        with context.diarium().database.unit_of_work() as session:
            _export(exports.export_by_uid(session, context.actor(), uid))
            exporting.cancel_export(session, context.actor(), uid)
        flash(_("Uttaget är avbrutet."), "success")
    except ExportUnderWay as error:
        flash(error.message, "warning")
    return redirect(url_for("exports.details", uid=uid))


@blueprint.get("/arkiv/<uuid:uid>")
@context.staff(Permission.EXPORT)
def details(uid: uuid.UUID) -> ResponseReturnValue:
    """One export: progress while it runs, findings when it is done."""
    with context.diarium().database.reading() as session:
        export = _export(exports.export_by_uid(session, context.actor(), uid))
        return context.page(
            "exports/details.html",
            export=export,
            states=EXPORT_STATE_LABELS,
            running=export.state in RUNNING,
            refresh_seconds=REFRESH_SECONDS if export.state in RUNNING else None,
            show_time=show_time,
        )


@blueprint.get("/arkiv/<uuid:uid>/paket")
@context.staff(Permission.EXPORT)
def download(uid: uuid.UUID) -> ResponseReturnValue:
    """The package. Downloading it is noted."""
    services = context.diarium()
    with services.database.unit_of_work() as session:
        export = _export(exports.export_by_uid(session, context.actor(), uid))
        if export.package_name is None:
            abort(404)
        path = services.settings.export_folder / export.package_name
        if not path.is_file():
            raise NotFound(_("Paketet %(name)s finns inte kvar på disken. Skapa det igen.", name=path.name))
        exports.note_download(session, context.actor(), export)
    return send_file(path, mimetype="application/zip", as_attachment=True, download_name=path.name)


def _previewed(values: dict[str, str]) -> ResponseReturnValue:
    services, who = context.diarium(), context.actor()
    try:
        start, end = (_day(values, field) for field in ("period_from", "period_to"))
        with services.database.reading() as session:
            authority = lookup.authority(session, values.get("authority", ""))
            who.require(Permission.EXPORT, authority.code)
            found = selection.preview(session, authority, start, end, store=services.blobs)
    except NotAllowed:
        raise
    except DomainError as error:
        return _listing(values, {error.field or "": error.message}), 422
    return _listing(values, {}, found)


def _listing(values: dict[str, str], errors: dict[str, str], preview: selection.Preview | None = None) -> str:
    who = context.actor()
    with context.diarium().database.reading() as session:
        return context.page(
            "exports/listing.html",
            exports=exports.recent_exports(session, who),
            authorities=exports.exportable_authorities(session, who),
            states=EXPORT_STATE_LABELS,
            values=values,
            errors=errors,
            preview=preview,
            problem_labels=selection.PROBLEM_LABELS,
            show_time=show_time,
        )


def _export(found: Export | None) -> Export:
    return found if found is not None else abort(404)


def _day(values: dict[str, str], field: str) -> dt.date:
    day = day_or_error(tolerant_date(values.get(field, "")), field)
    if day is None:
        raise DomainError(_("Skriv datumet som 2024-05-01."), field=field)
    return day
