"""The archivist's exports: ask for a package, follow it, read its validation, download it."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import Blueprint, abort, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from diarium.archive import exporting
from diarium.archive import queries as exports
from diarium.archive.models import EXPORT_STATE_LABELS, Export, ExportState
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import show_time, today
from diarium.identity.permissions import Permission
from diarium.register.schemas import day_or_error
from diarium.web import context
from diarium.web.registration.form import tolerant_date

blueprint = Blueprint("exports", __name__, url_prefix="/intern")
RUNNING = (ExportState.REQUESTED, ExportState.PACKAGING)
REFRESH_SECONDS = 2


@blueprint.get("/arkiv")
@context.staff(Permission.EXPORT)
def listing() -> ResponseReturnValue:
    """The exports so far and the form for a new one."""
    last_year = today().year - 1
    return _listing({"period_from": f"{last_year}-01-01", "period_to": f"{last_year}-12-31"}, {})


@blueprint.post("/arkiv")
@context.staff(Permission.EXPORT)
def create() -> ResponseReturnValue:
    """Freezes the selection and hands it to the worker."""
    values = request.form.to_dict()
    try:
        start, end = (_day(values, field) for field in ("period_from", "period_to"))
        with context.diarium().database.unit_of_work() as session:
            export = exporting.request_export(session, context.actor(), values.get("authority", ""), start, end)
    except DomainError as error:
        return _listing(values, {error.field or "": error.message}), 422
    return redirect(url_for("exports.details", uid=export.uid))


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
        exports.note_download(session, context.actor(), export)
        path = services.settings.export_folder / export.package_name
    if not path.is_file():
        abort(404)
    return send_file(path, mimetype="application/zip", as_attachment=True, download_name=path.name)


def _listing(values: dict[str, str], errors: dict[str, str]) -> str:
    who = context.actor()
    with context.diarium().database.reading() as session:
        return context.page(
            "exports/listing.html",
            exports=exports.recent_exports(session, who),
            authorities=exports.exportable_authorities(session, who),
            states=EXPORT_STATE_LABELS,
            values=values,
            errors=errors,
            show_time=show_time,
        )


def _export(found: Export | None) -> Export:
    return found if found is not None else abort(404)


def _day(values: dict[str, str], field: str) -> dt.date:
    day = day_or_error(tolerant_date(values.get(field, "")), field)
    if day is None:
        raise DomainError(_("Skriv datumet som 2024-05-01."), field=field)
    return day
