"""A received package is looked at, taken over, and followed until it is done."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.archive.import_models import IMPORT_MODE_LABELS, IMPORT_STATE_LABELS, ImportMode, ImportState
from diarium.archive.importing import desk, ordering
from diarium.archive.importing.desk import Desk
from diarium.archive.importing.errors import ImportUnderWay
from diarium.archive.importing.model import BASIS_LABELS, CONFLICT_LABELS, LEFT_OUT, Choices, Conflict, Counts
from diarium.archive.profiles.codes import PROFILE_LABELS
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Permission
from diarium.register.vocabulary import STATUS_LABELS
from diarium.web import context
from diarium.web.arguments import whole_number

blueprint = Blueprint("imports", __name__, url_prefix="/intern/arkiv")
REFRESH_SECONDS = 2
_RUNNING = (ImportState.WAITING, ImportState.RUNNING)
_FIELDS = ("mode", "authority", "new_code", "is_published", "keeps_incomplete", "accepts_errors")
_MOST = 1 << 62


@blueprint.get("/paket/<uuid:uid>/ta-over")
@context.staff(Permission.EXPORT)
def preview(uid: uuid.UUID) -> ResponseReturnValue:
    """What taking the package over would do, with the choices in the address or those that are likely meant."""
    chosen = _choices(request.args) if "mode" in request.args else None
    return _page(uid, chosen, request.args.to_dict(), {})


@blueprint.post("/paket/<uuid:uid>/ta-over")
@context.staff(Permission.EXPORT)
def create(uid: uuid.UUID) -> ResponseReturnValue:
    """Hands the package to the worker, or first shows what other choices would do."""
    values = request.form.to_dict()
    if values.get("step") == "preview":
        asked = {name: values[name] for name in _FIELDS if values.get(name)}
        return redirect(f"{url_for('imports.preview', uid=uid)}?{urlencode(asked)}#preview")
    services = context.diarium()
    try:
        order = desk.order(
            services.database,
            services.settings.export_folder,
            context.actor(),
            uid,
            _choices(values),
            accepts_errors=bool(values.get("accepts_errors")),
        )
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _page(uid, _choices(values), values, {error.field or "": error.message}), 422
    return redirect(url_for("imports.details", uid=order))


@blueprint.get("/overtaganden/<uuid:uid>")
@context.staff(Permission.EXPORT, Permission.ADMINISTER)
def details(uid: uuid.UUID) -> ResponseReturnValue:
    """One import: how far it has come, what came of it, the cases that came."""
    after = whole_number(request.args.get("efter"), 0, _MOST)
    with context.diarium().database.reading() as session:
        row = ordering.find(session, context.actor(), uid)
        running = row.state in _RUNNING
        cases = ordering.taken_cases(session, context.actor(), row, after=after)
        return context.page(
            "imports/details.html",
            row=row,
            running=running,
            refresh_seconds=REFRESH_SECONDS if running else None,
            counts=Counts.of_json(row.counts),
            conflicts=[Conflict.of_json(kept) for kept in row.conflicts],
            conflict_labels=CONFLICT_LABELS,
            left_out=LEFT_OUT,
            cases=cases.cases,
            next_url=url_for("imports.details", uid=uid, efter=cases.after) if cases.after else None,
            first_url=url_for("imports.details", uid=uid) if after else None,
            states=IMPORT_STATE_LABELS,
            modes=IMPORT_MODE_LABELS,
            profiles=PROFILE_LABELS,
            statuses=STATUS_LABELS,
            show_time=show_time,
        )


@blueprint.post("/overtaganden/<uuid:uid>/stoppa")
@context.staff(Permission.EXPORT, Permission.ADMINISTER)
def stop(uid: uuid.UUID) -> ResponseReturnValue:
    """Stops an import; what has come stays."""
    return _step(uid, is_stop=True)


@blueprint.post("/overtaganden/<uuid:uid>/fortsatt")
@context.staff(Permission.EXPORT, Permission.ADMINISTER)
def go_on(uid: uuid.UUID) -> ResponseReturnValue:
    """Goes on with an import that was stopped."""
    return _step(uid, is_stop=False)


def _step(uid: uuid.UUID, *, is_stop: bool) -> ResponseReturnValue:
    step = ordering.stop_import if is_stop else ordering.resume_import
    try:
        with context.diarium().database.unit_of_work() as session:
            step(session, context.actor(), uid)
        flash(_("Övertagandet är stoppat.") if is_stop else _("Övertagandet fortsätter."), "success")
    except ImportUnderWay as error:
        flash(error.message, "warning")
    return redirect(url_for("imports.details", uid=uid))


def _page(uid: uuid.UUID, chosen: Choices | None, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    services = context.diarium()
    seen = desk.look(services.database, services.settings.export_folder, context.actor(), uid, chosen)
    return context.page(
        "imports/preview.html",
        desk=seen,
        preview=seen.preview,
        values=_values(seen, values),
        errors=errors,
        modes=[
            (
                ImportMode.READ_ONLY.value,
                IMPORT_MODE_LABELS[ImportMode.READ_ONLY],
                _("Ärendena blir arkiverade, kan sökas och läsas av er personal, och kan inte ändras."),
            ),
            (
                ImportMode.REGISTER.value,
                IMPORT_MODE_LABELS[ImportMode.REGISTER],
                _("Ärendena lever vidare här som om de var registrerade här. Kräver också rollen administratör."),
            ),
        ],
        authorities=[*seen.authorities, ("", _("En ny myndighet"))],
        basis_labels=BASIS_LABELS,
        conflict_labels=CONFLICT_LABELS,
        profiles=PROFILE_LABELS,
        states=IMPORT_STATE_LABELS,
        mode_labels=IMPORT_MODE_LABELS,
        show_time=show_time,
    )


def _values(seen: Desk, values: Mapping[str, str]) -> dict[str, str]:
    """What stands in the form: what was typed, else what is likely meant."""
    if "mode" in values:
        return dict(values)
    code = seen.choices.authority
    is_here = code in {known for known, _name in seen.authorities}
    place = {"authority": code, "new_code": ""} if is_here else {"authority": "", "new_code": code}
    return {"mode": seen.choices.mode.value, **place}


def _choices(values: Mapping[str, str]) -> Choices:
    modes = {mode.value: mode for mode in ImportMode}
    return Choices(
        mode=modes.get(values.get("mode", ""), ImportMode.READ_ONLY),
        authority=(values.get("authority") or values.get("new_code") or "").strip().upper(),
        is_published=bool(values.get("is_published")),
        keeps_incomplete=bool(values.get("keeps_incomplete")),
    )
