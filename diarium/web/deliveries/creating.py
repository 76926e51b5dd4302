"""Laying up a delivery: which package, under which agreement."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.archive import agreements, delivering, delivery_queries
from diarium.archive.criteria import PACKAGE_STATUS_LABELS
from diarium.archive.delivery_errors import InvalidDelivery
from diarium.archive.models import ExportPart
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Permission
from diarium.web import context
from diarium.web.deliveries.blueprint import blueprint


@blueprint.route("/leveranser/ny", methods=["GET", "POST"])
@context.staff(Permission.EXPORT)
def create() -> ResponseReturnValue:
    """A form for a delivery; `paket` in the address names the package."""
    values = {"part": request.args.get("paket", ""), "agreement": "", **request.form.to_dict()}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            part, agreement = _uid(values, "part"), _uid(values, "agreement")
            with context.diarium().database.unit_of_work() as session:
                made = delivering.create(session, context.actor(), part, agreement)
            flash(_("Leveransen är upplagd. Läs igenom och sänd."), "success")
            return redirect(url_for("deliveries.details", uid=made.uid))
        except (NotAllowed, NotFound):
            raise
        except DomainError as error:
            errors = {error.field or "": error.message}
    return _form(values, errors)


def _form(values: dict[str, str], errors: dict[str, str]) -> ResponseReturnValue:
    who = context.actor()
    with context.diarium().database.reading() as session:
        parts = list(delivery_queries.deliverable(session, who))
        known = {str(part.uid) for part in parts}
        if values["part"] and values["part"] not in known and (uid := _known_uid(values["part"])):
            parts.insert(0, delivering.package(session, who, uid))
        rows = agreements.listing(session, who, only_active=True)
        chosen = next((part for part in parts if str(part.uid) == values["part"]), None)
        if chosen is not None and not values["agreement"]:
            fits = [row for row in rows if not delivering.misfits(chosen, row)]
            values["agreement"] = str(fits[0].uid) if len(fits) == 1 else ""
    html = context.page(
        "deliveries/create.html",
        values=values,
        errors=errors,
        parts=[(str(part.uid), _label(part)) for part in parts],
        agreements=[(str(row.uid), f"{row.name} ({row.number}, {row.authority.code})") for row in rows],
    )
    return html, 422 if errors else 200


def _label(part: ExportPart) -> str:
    export = part.export
    period = f"{export.authority.name} {export.period_from} – {export.period_to}"
    return f"{period}, {PACKAGE_STATUS_LABELS[export.record_status]}, {show_time(part.finished_at)}"


def _uid(values: dict[str, str], field: str) -> uuid.UUID:
    found = _known_uid(values.get(field, ""))
    if found is None:
        message = _("Välj ett paket.") if field == "part" else _("Välj en överenskommelse.")
        raise InvalidDelivery(message, field=field)
    return found


def _known_uid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
