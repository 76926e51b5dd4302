"""Letter templates in the browser."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.correspondence import templates
from diarium.correspondence.errors import TemplateConflict
from diarium.correspondence.placeholders import PLACEHOLDER_LABELS
from diarium.correspondence.templates import MANAGERS, TemplateFacts, TemplateRow
from diarium.correspondence.vocabulary import LETTER_KIND_LABELS, LetterKind
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.web import context
from diarium.web.arguments import whole_number

blueprint = Blueprint("letter_templates", __name__, url_prefix="/intern")
_MOST_VERSIONS = 2**31 - 1


@blueprint.get("/brevmallar")
@context.staff(*MANAGERS)
def listing() -> ResponseReturnValue:
    """The templates of the authorities where the actor keeps them."""
    with context.diarium().database.reading() as session:
        rows = templates.listing(session, context.actor())
        authorities = templates.authorities(session, context.actor())
    return context.page(
        "correspondence/templates.html", rows=rows, authorities=authorities, kinds=LETTER_KIND_LABELS
    )


@blueprint.post("/brevmallar/startmallar")
@context.staff(*MANAGERS)
def add_shipped() -> ResponseReturnValue:
    """Gives an authority the letters that come with the program."""
    with context.diarium().database.unit_of_work() as session:
        added = templates.add_shipped(session, context.actor(), request.form.get("authority", ""))
    if added:
        flash(ngettext("%(num)s mall lades till.", "%(num)s mallar lades till.", added), "success")
    else:
        flash(_("Myndigheten har redan fått alla mallar som följer med."), "info")
    return redirect(url_for("letter_templates.listing"))


@blueprint.route("/brevmallar/ny", methods=["GET", "POST"])
@context.staff(*MANAGERS)
def create() -> ResponseReturnValue:
    """Adds a template; on a mistake all that was typed comes back."""
    values: dict[str, object] = {"kind": LetterKind.OTHER.value, **request.form.to_dict()}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            with context.diarium().database.unit_of_work() as session:
                code = request.form.get("authority", "")
                templates.create(session, context.actor(), code, _facts(request.form))
            flash(_("Mallen är sparad."), "success")
            return redirect(url_for("letter_templates.listing"))
        except (NotAllowed, NotFound):
            raise
        except DomainError as error:
            errors = {error.field or "": error.message}
    return _form(None, values, errors, None)


@blueprint.route("/brevmallar/<uuid:uid>", methods=["GET", "POST"])
@context.staff(*MANAGERS)
def change(uid: uuid.UUID) -> ResponseReturnValue:
    """Changes a template; where somebody else was faster, both versions are shown."""
    row, errors = _row(uid), {}
    values: dict[str, object] = {**_present(row), **request.form.to_dict()}
    conflict: TemplateRow | None = None
    if request.method == "POST":
        try:
            version = whole_number(request.form.get("version"), 0, _MOST_VERSIONS)
            with context.diarium().database.unit_of_work() as session:
                templates.change(session, context.actor(), uid, _facts(request.form), version=version)
            flash(_("Mallen är sparad."), "success")
            return redirect(url_for("letter_templates.listing"))
        except (NotAllowed, NotFound):
            raise
        except TemplateConflict as error:
            errors = {"": error.message}
            row = conflict = _row(uid)
            values["version"] = row.version
        except DomainError as error:
            errors = {error.field or "": error.message}
    return _form(row, values, errors, conflict)


@blueprint.post("/brevmallar/<uuid:uid>/bruk")
@context.staff(*MANAGERS)
def set_active(uid: uuid.UUID) -> ResponseReturnValue:
    """Takes a template out of use, or into it again."""
    active = request.form.get("active") == "1"
    version = whole_number(request.form.get("version"), 0, _MOST_VERSIONS)
    try:
        with context.diarium().database.unit_of_work() as session:
            templates.set_active(session, context.actor(), uid, active=active, version=version)
    except TemplateConflict as error:
        row = _row(uid)
        return _form(row, _present(row), {"": error.message}, None)
    flash(_("Mallen är i bruk igen.") if active else _("Mallen är tagen ur bruk."), "success")
    return redirect(url_for("letter_templates.listing"))


def _row(uid: uuid.UUID) -> TemplateRow:
    with context.diarium().database.reading() as session:
        return templates.details(session, context.actor(), uid)


def _present(row: TemplateRow) -> dict[str, object]:
    return {
        "kind": row.kind.value,
        "name": row.name,
        "subject": row.subject,
        "body": row.body,
        "version": row.version,
    }


def _facts(form: Mapping[str, str]) -> TemplateFacts:
    return TemplateFacts(*(form.get(name, "") for name in ("kind", "name", "subject", "body")))


def _form(
    row: TemplateRow | None, values: Mapping[str, object], errors: Mapping[str, str], conflict: TemplateRow | None
) -> ResponseReturnValue:
    authorities: tuple[tuple[str, str], ...] = ()
    if row is None:
        with context.diarium().database.reading() as session:
            authorities = templates.authorities(session, context.actor())
    html = context.page(
        "correspondence/template.html",
        row=row,
        values=values,
        errors=errors,
        conflict=conflict,
        authorities=authorities,
        kinds=LETTER_KIND_LABELS,
        placeholders=PLACEHOLDER_LABELS,
    )
    return html, 422 if errors else 200
