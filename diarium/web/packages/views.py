"""Any package can be handed in to be checked: the list, the form, and the report of each."""

from __future__ import annotations

import io
import json
import re
import uuid
from typing import BinaryIO, cast
from urllib.parse import urlencode

from flask import Response, current_app, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from diarium.archive import received, received_intake
from diarium.archive.received_models import (
    RECEIVED_STATE_LABELS,
    RECEIVED_WAY_LABELS,
    ReceivedPackage,
    ReceivedState,
)
from diarium.archive.validation.report_view import show
from diarium.db.base import now
from diarium.errors import Conflict, DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import show_date, show_time
from diarium.identity.permissions import Permission
from diarium.sheets.document import Print
from diarium.sheets.package_report import MOST, PackageReport, package_report
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.packages.blueprint import blueprint

__all__ = ["blueprint"]

REFRESH_SECONDS = 2
_UNDER_WAY = (ReceivedState.WAITING, ReceivedState.CHECKING)


@blueprint.get("")
@context.staff(Permission.EXPORT)
def listing() -> ResponseReturnValue:
    """The packages that have been handed in, and the form for one more."""
    return _listing({}, {})


@blueprint.post("")
@context.staff(Permission.EXPORT)
def create() -> ResponseReturnValue:
    """Takes a package in and leaves it to the worker: an uploaded file, or one that lies on the server."""
    values = request.form.to_dict()
    services = context.diarium()
    export_folder, settings = services.settings.export_folder, services.settings.packages
    upload = request.files.get("package")
    try:
        if upload is not None and upload.filename:
            stream = cast(BinaryIO, upload.stream)
            uid = received_intake.take_in(
                services.database, export_folder, context.actor(), stream, upload.filename, settings
            )
        elif values.get("path", "").strip():
            uid = received_intake.take_from_server(
                services.database, export_folder, context.actor(), values["path"], settings
            )
        else:
            raise DomainError(_("Välj ett paket att kontrollera."), field="package")
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _listing(values, {error.field or "": error.message}), 422
    return redirect(url_for("packages.details", uid=uid))


@blueprint.get("/<uuid:uid>")
@context.staff(Permission.EXPORT)
def details(uid: uuid.UUID) -> ResponseReturnValue:
    """One package: how far its check has come, or its report."""
    package = _found(uid)
    running = package.state in _UNDER_WAY
    arguments = request.args
    return context.page(
        "packages/details.html",
        package=package,
        states=RECEIVED_STATE_LABELS,
        ways=RECEIVED_WAY_LABELS,
        running=running,
        refresh_seconds=REFRESH_SECONDS if running else None,
        severity=arguments.get("allvar", ""),
        rule=arguments.get("regel", ""),
        number=whole_number(arguments.get("sida"), 1, 100_000),
        address=lambda **chosen: f"{url_for('packages.details', uid=uid)}{_query(chosen)}#findings",
        links=_links(uid),
        show_time=show_time,
        show_date=show_date,
    )


@blueprint.get("/<uuid:uid>/rapport.json")
@context.staff(Permission.EXPORT)
def report_json(uid: uuid.UUID) -> ResponseReturnValue:
    """The whole report as JSON."""
    package = _reported(uid)
    content = json.dumps(package.report, ensure_ascii=False, indent=2).encode()
    return _download(content, "application/json", package, "json")


@blueprint.get("/<uuid:uid>/rapport.pdf")
@context.staff(Permission.EXPORT)
def report_pdf(uid: uuid.UUID) -> ResponseReturnValue:
    """The report for print."""
    package = _reported(uid)
    shown = show(package.report or {}, size=MOST)
    facts = [*shown.facts, (_("Fil"), package.name), (_("SHA-256"), package.sha256 or "")]
    facts.append((_("Kontrollerat"), show_time(package.checked_at) or ""))
    sheet = PackageReport(
        title=_("Kontroll av %(name)s", name=shown.package),
        verdict=shown.label,
        counts=shown.counts_text,
        facts=[fact for fact in facts if fact[1]],
        groups=shown.groups,
        total=shown.listed,
    )
    settings = context.diarium().settings
    content = package_report(sheet, Print(settings.organisation_name, context.actor().name, now()))
    return _download(content, "application/pdf", package, "pdf")


@blueprint.post("/<uuid:uid>/ta-bort")
@context.staff(Permission.EXPORT)
def remove(uid: uuid.UUID) -> ResponseReturnValue:
    """Takes the package and its report away."""
    services = context.diarium()
    try:
        with services.database.unit_of_work() as session:
            received_intake.remove(session, services.settings.export_folder, context.actor(), uid)
    except Conflict as error:
        flash(error.message, "warning")
        return redirect(url_for("packages.details", uid=uid))
    flash(_("Paketet är borttaget."), "success")
    return redirect(url_for("packages.listing"))


def _listing(values: dict[str, str], errors: dict[str, str]) -> str:
    services = context.diarium()
    settings = services.settings.packages
    before = whole_number(request.args.get("fore"), 0, 2**62) or None
    with services.database.reading() as session:
        page = received.listing(session, context.actor(), before=before)
    places = [(str(path), str(path)) for path in received_intake.offered(settings.folders)]
    return context.page(
        "packages/listing.html",
        page=page,
        older=url_for("packages.listing", fore=page.before) if page.before else None,
        newest=url_for("packages.listing") if before else None,
        places=places,
        has_folders=bool(settings.folders),
        max_bytes=settings.max_bytes,
        days_kept=settings.days_kept,
        values=values,
        errors=errors,
        states=RECEIVED_STATE_LABELS,
        show_time=show_time,
    )


def _found(uid: uuid.UUID) -> ReceivedPackage:
    with context.diarium().database.reading() as session:
        return received.find(session, context.actor(), uid)


def _reported(uid: uuid.UUID) -> ReceivedPackage:
    """Raises: NotFound where there is no report yet."""
    package = _found(uid)
    if package.report is None:
        raise NotFound(_("Paketet har ingen rapport ännu."))
    return package


def _links(uid: uuid.UUID) -> list[tuple[str, str]]:
    """What else can be done with the package, where those pages are."""
    others = ((_("Läs paketet"), "reading_room.tree"), (_("Ta över"), "imports.preview"))
    return [
        (label, url_for(endpoint, uid=uid)) for label, endpoint in others if endpoint in current_app.view_functions
    ]


def _query(chosen: dict[str, object]) -> str:
    """Arguments of the page's own address, without those that say nothing."""
    names = {"severity": "allvar", "rule": "regel", "page": "sida"}
    kept = {names[name]: value for name, value in chosen.items() if value and (name, value) != ("page", 1)}
    return f"?{urlencode(kept)}" if kept else ""


def _download(content: bytes, kind: str, package: ReceivedPackage, ending: str) -> Response:
    plain = re.sub(r"[^\w-]+", "-", package.name.rsplit(".", 1)[0]).strip("-") or "paket"
    return send_file(io.BytesIO(content), mimetype=kind, download_name=f"rapport-{plain}.{ending}")
