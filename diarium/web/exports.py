"""The archivist's exports: ask for packages, follow them, read their validation, download them."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from diarium.archive import delivery_queries, exporting, selection_preview
from diarium.archive import queries as exports
from diarium.archive.criteria import PACKAGE_STATUS_LABELS
from diarium.archive.delivery_states import DELIVERY_STATE_LABELS
from diarium.archive.errors import ExportUnderWay
from diarium.archive.models import EXPORT_STATE_LABELS, Export, ExportPart
from diarium.archive.profiles.codes import PROFILE_LABELS
from diarium.archive.selection_preview import Preview
from diarium.archive.selection_problems import PROBLEM_LABELS
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import ngettext, show_time
from diarium.identity.permissions import Permission
from diarium.web import context, exports_form
from diarium.web.arguments import whole_number
from diarium.web.exports_form import MOST, FormErrors, Values

blueprint = Blueprint("exports", __name__, url_prefix="/intern")
REFRESH_SECONDS = 2
PAGE = 50


@blueprint.get("/arkiv")
@context.staff(Permission.EXPORT)
def listing() -> ResponseReturnValue:
    """The exports so far and the form for a new one; with a period, also what its packages would hold."""
    if "period_from" in request.args:
        return _previewed(request.args.copy())
    return _listing(exports_form.first_values(), {})


@blueprint.post("/arkiv")
@context.staff(Permission.EXPORT)
def create() -> ResponseReturnValue:
    """Freezes the selection and hands it to the worker, or first shows what the packages would hold."""
    values = request.form.copy()
    if values.get("step") == "preview":
        return redirect(f"{url_for('exports.listing')}?{urlencode(exports_form.asked_for(values))}#preview")
    try:
        asked = exports_form.read(values)
        with context.diarium().database.unit_of_work() as session:
            export = exporting.request_export(
                session,
                context.actor(),
                asked.criteria,
                profile=asked.profile,
                agreement_uid=asked.agreement_uid,
                record_status=asked.record_status,
                limits=asked.limits,
            )
    except FormErrors as found:
        return _listing(values, found.errors), 422
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _listing(values, {error.field or "": error.message}), 422
    return redirect(url_for("exports.details", uid=export.uid))


@blueprint.post("/arkiv/<uuid:uid>/avbryt")
@context.staff(Permission.EXPORT)
def cancel(uid: uuid.UUID) -> ResponseReturnValue:
    """Stops an export that waits or is being packaged."""
    return _act(uid, exporting.cancel_export, _("Uttaget är avbrutet."))


@blueprint.post("/arkiv/<uuid:uid>/fortsatt")
@context.staff(Permission.EXPORT)
def go_on(uid: uuid.UUID) -> ResponseReturnValue:
    """Has the packages made that are missing since the export was stopped."""
    return _act(uid, exporting.continue_export, _("Uttaget fortsätter."))


@blueprint.post("/arkiv/<uuid:uid>/gor-om")
@context.staff(Permission.EXPORT)
def repeat(uid: uuid.UUID) -> ResponseReturnValue:
    """The same cases once more, as a test, for real or as a replacement."""
    try:
        with context.diarium().database.unit_of_work() as session:
            _export(exports.export_by_uid(session, context.actor(), uid))
            again = exporting.repeat_export(
                session, context.actor(), uid, record_status=request.form.get("record_status", "")
            )
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        flash(error.message, "warning")
        return redirect(url_for("exports.details", uid=uid))
    return redirect(url_for("exports.details", uid=again.uid))


@blueprint.get("/arkiv/<uuid:uid>")
@context.staff(Permission.EXPORT)
def details(uid: uuid.UUID) -> ResponseReturnValue:
    """One export with its packages: progress while it runs, findings when it is done."""
    who = context.actor()
    with context.diarium().database.reading() as session:
        export = _export(exports.export_by_uid(session, who, uid))
        running = exports.is_under_way(export)
        progress = exports.progress_of(export)
        return context.page(
            "exports/details.html",
            export=export,
            parts=export.parts[: exports.PARTS_SHOWN],
            progress=progress,
            time_left=_in_words(progress.left) if progress.left is not None else None,
            agreement=exports.agreement_name(session, export),
            deliveries=delivery_queries.of_export(session, export),
            delivery_states=DELIVERY_STATE_LABELS,
            criteria=exporting.criteria_of(export),
            rules=exports.rule_names(session, export),
            may_download=lambda part: exports.may_download(who, part),
            states=EXPORT_STATE_LABELS,
            profiles=PROFILE_LABELS,
            record_statuses=PACKAGE_STATUS_LABELS,
            running=running,
            refresh_seconds=REFRESH_SECONDS if running else None,
            show_time=show_time,
        )


@blueprint.get("/arkiv/<uuid:uid>/paket/<int(max=1000000000):number>")
@context.staff(Permission.EXPORT)
def part(uid: uuid.UUID, number: int) -> ResponseReturnValue:
    """One package of an export: what the check of it found."""
    with context.diarium().database.reading() as session:
        found = _part(exports.part_by_number(session, context.actor(), uid, number))
        return context.page(
            "exports/part.html",
            part=found,
            export=found.export,
            may_download=exports.may_download(context.actor(), found),
            states=EXPORT_STATE_LABELS,
            show_time=show_time,
        )


@blueprint.get("/arkiv/<uuid:uid>/paket/<int(max=1000000000):number>/hamta")
@context.staff(Permission.EXPORT)
def download(uid: uuid.UUID, number: int) -> ResponseReturnValue:
    """The package. Downloading it is noted."""
    services = context.diarium()
    with services.database.unit_of_work() as session:
        found = _part(exports.part_by_number(session, context.actor(), uid, number))
        exports.require_download(session, context.actor(), found)
        if found.package_name is None:
            abort(404)
        path = services.settings.export_folder / found.package_name
        if not path.is_file():
            raise NotFound(_("Paketet %(name)s finns inte kvar på disken. Skapa det igen.", name=path.name))
        exports.note_download(session, context.actor(), found)
    return send_file(path, mimetype="application/zip", as_attachment=True, download_name=path.name)


def _act(uid: uuid.UUID, use_case: exports.UseCase, done: str) -> ResponseReturnValue:
    try:
        with context.diarium().database.unit_of_work() as session:
            _export(exports.export_by_uid(session, context.actor(), uid))
            use_case(session, context.actor(), uid)
        flash(done, "success")
    except ExportUnderWay as error:
        flash(error.message, "warning")
    return redirect(url_for("exports.details", uid=uid))


def _previewed(values: Values) -> ResponseReturnValue:
    services = context.diarium()
    try:
        asked = exports_form.read(values)
        context.actor().require(Permission.EXPORT, asked.criteria.authority_code.strip().upper())
        with services.database.reading() as session:
            limits = exports.limits_with(session, context.actor(), asked.agreement_uid, asked.limits)
            found = selection_preview.preview(session, asked.criteria, limits=limits, store=services.blobs)
    except FormErrors as wrong:
        return _listing(values, wrong.errors), 422
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _listing(values, {error.field or "": error.message}), 422
    return _listing(values, {}, found)


def _listing(values: Values, errors: dict[str, str], preview: Preview | None = None) -> str:
    who = context.actor()
    before = whole_number(request.args.get("fore"), 0, MOST) or None
    with context.diarium().database.reading() as session:
        rows = exports.recent_exports(session, who, limit=PAGE + 1, before=before)
        return context.page(
            "exports/listing.html",
            rows=rows[:PAGE],
            older=rows[PAGE - 1].export.id if len(rows) > PAGE else None,
            is_first=before is None,
            choices=exports_form.choices(session, who, values),
            states=EXPORT_STATE_LABELS,
            record_statuses=PACKAGE_STATUS_LABELS,
            values=values,
            errors=errors,
            preview=preview,
            problem_labels=PROBLEM_LABELS,
            show_time=show_time,
        )


def _in_words(left: dt.timedelta) -> str:
    minutes = round(left.total_seconds() / 60)
    if minutes < 1:
        return _("mindre än en minut")
    if minutes < 60:
        return ngettext("ungefär %(num)d minut", "ungefär %(num)d minuter", minutes)
    return _("ungefär %(hours)d tim %(minutes)d min", hours=minutes // 60, minutes=minutes % 60)


def _export(found: Export | None) -> Export:
    return found if found is not None else abort(404)


def _part(found: ExportPart | None) -> ExportPart:
    return found if found is not None else abort(404)
