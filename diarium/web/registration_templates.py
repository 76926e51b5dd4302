"""Registration templates in the browser: made from nothing or from a record, changed, retired."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.assistance import template_values, templates
from diarium.assistance.errors import TemplateConflict
from diarium.assistance.templates import TemplateRow
from diarium.classification import queries as classes
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import ngettext, today
from diarium.identity.permissions import Permission
from diarium.register import queries
from diarium.register.vocabulary import DIRECTION_LABELS, MEDIUM_LABELS, PARTY_KIND_LABELS
from diarium.secrecy import queries as provisions
from diarium.secrecy.models import SCOPE_LABELS
from diarium.web import context, correcting

blueprint = Blueprint("registration_templates", __name__, url_prefix="/intern")
_CASE_CHOICES: Mapping[str, str] = {"new": _l("I ett nytt ärende"), "existing": _l("I ett ärende som finns")}
_SECRECY: Mapping[str, str] = {
    "open": _l("Bedöms offentlig"),
    "marked": _l("Kan omfattas av sekretess: markera"),
}
_LABELS: Mapping[str, Mapping[str, str]] = {
    "direction": {key.value: label for key, label in DIRECTION_LABELS.items()},
    "medium": {key.value: label for key, label in MEDIUM_LABELS.items()},
    "scope": {key.value: label for key, label in SCOPE_LABELS.items()},
    "party-0-kind": {key.value: label for key, label in PARTY_KIND_LABELS.items()},
    "case_choice": _CASE_CHOICES,
    "secrecy": _SECRECY,
}
_FIELD_NAMES: Mapping[str, str] = {
    "name": _l("Mallens namn"),
    "title": _l("Vad handlingen rör"),
    "case_title": _l("Ärendemening"),
    "record_type": _l("Handlingstyp"),
    "case_type": _l("Ärendetyp"),
    "note": _l("Anteckning"),
    "direction": _l("Riktning"),
    "case_choice": _l("Var handlingen hör hemma"),
    "medium": _l("Original"),
    "secrecy": _l("Bedömning"),
    "scope": _l("Markeringen omfattar"),
    "party-0-kind": _l("Slag av avsändare eller mottagare"),
    "party-0-name": _l("Avsändare eller mottagare"),
    "party-0-email": _l("E-post"),
    "classification": _l("Klass"),
    "responsible": _l("Handläggare"),
    "unit": _l("Enhet"),
    "provision": _l("Lagrum"),
}


@blueprint.get("/registreringsmallar")
@context.staff(Permission.CORRECT)
def listing() -> ResponseReturnValue:
    """The templates that the actor may change, and those that come with diarium."""
    with context.diarium().database.reading() as session:
        found = templates.manageable(session, context.actor())
        authorities = _authorities(queries.registration_choices(session, context.actor()))
    return context.page("registration_templates/listing.html", templates=found, authorities=authorities, errors={})


@blueprint.post("/registreringsmallar/medfoljande")
@context.staff(Permission.CORRECT)
def add_shipped() -> ResponseReturnValue:
    """Adds the templates that come with diarium to an authority."""
    with context.diarium().database.unit_of_work() as session:
        added = templates.add_shipped(session, context.actor(), request.form.get("authority", ""))
    flash(
        ngettext("%(num)s mall är tillagd.", "%(num)s mallar är tillagda.", added)
        if added
        else _("Myndigheten har redan alla mallar som följer med."),
        "success",
    )
    return redirect(url_for("registration_templates.listing"))


@blueprint.route("/registreringsmallar/ny", methods=["GET", "POST"])
@context.staff(Permission.CORRECT)
def add() -> ResponseReturnValue:
    """A new template, empty or from the record with the identifier `handling`."""
    values = request.form.to_dict()
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            with context.diarium().database.unit_of_work() as session:
                code, name = values.get("authority", ""), values.get("name", "")
                templates.create(session, context.actor(), code, name, _filled(values))
            flash(_("Mallen är tillagd."), "success")
            return redirect(url_for("registration_templates.listing"))
        except NotAllowed:
            raise
        except DomainError as error:
            errors = {error.field or "": error.message}
    else:
        values = _first_values()
    html = _form(values, errors, authority=None, row=None)
    return html, 422 if errors else 200


@blueprint.route("/registreringsmall/<uuid:uid>", methods=["GET", "POST"])
@context.staff(Permission.CORRECT)
def change(uid: uuid.UUID) -> ResponseReturnValue:
    """Changes a template; a change that somebody else made meanwhile is shown beside one's own."""
    row = _row(uid)
    values, errors = _values(row), dict[str, str]()
    conflict: list[tuple[str, str]] = []
    if request.method == "POST":
        values = {"version": "", **request.form.to_dict()}
        try:
            with context.diarium().database.unit_of_work() as session:
                version = correcting.version_of(values)
                templates.change(
                    session, context.actor(), uid, values.get("name", ""), _filled(values), version=version
                )
            flash(_("Mallen är ändrad."), "success")
            return redirect(url_for("registration_templates.listing"))
        except (NotAllowed, NotFound):
            raise
        except TemplateConflict as error:
            errors, row = {"": error.message}, _row(uid)
            conflict = _differences(_values(row), values)
            values["version"] = str(row.version)
        except DomainError as error:
            errors = {error.field or "": error.message}
    html = _form(values, errors, authority=row.authority_code, row=row, conflict=conflict)
    return html, 422 if errors else 200


@blueprint.post("/registreringsmall/<uuid:uid>/<step>")
@context.staff(Permission.CORRECT)
def take_step(uid: uuid.UUID, step: str) -> ResponseReturnValue:
    """Takes a template out of use, or into use again."""
    if step not in ("ur-bruk", "i-bruk"):
        raise NotFound(_("Sidan finns inte."))
    version = correcting.version_of(request.form)
    try:
        with context.diarium().database.unit_of_work() as session:
            if step == "ur-bruk":
                templates.retire(session, context.actor(), uid, version=version)
            else:
                templates.bring_back(session, context.actor(), uid, version=version)
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        row = _row(uid)
        return _form(_values(row), {"": error.message}, authority=row.authority_code, row=row), 422
    flash(_("Mallen är tagen ur bruk.") if step == "ur-bruk" else _("Mallen är i bruk igen."), "success")
    return redirect(url_for("registration_templates.listing"))


def _first_values() -> dict[str, str]:
    """An empty template, or what one may take over from a record. Looking at a marked one is noted."""
    begin = {"direction": "incoming", "case_choice": "new", "medium": "digital", "secrecy": "open"}
    written = request.args.get("handling")
    if not written:
        return begin
    try:
        uid = uuid.UUID(written)
    except ValueError:
        raise NotFound(_("Handlingen finns inte.")) from None
    with context.diarium().database.unit_of_work() as session:
        return begin | templates.values_from_record(session, context.actor(), uid)


def _row(uid: uuid.UUID) -> TemplateRow:
    with context.diarium().database.reading() as session:
        return templates.details(session, context.actor(), uid)


def _values(row: TemplateRow) -> dict[str, str]:
    return {**row.values, "name": row.name, "version": str(row.version)}


def _filled(values: Mapping[str, str]) -> dict[str, str]:
    """The fields of the form that a template holds."""
    return {name: values.get(name, "") for name in template_values.FIELDS}


def _differences(present: Mapping[str, str], typed: Mapping[str, str]) -> list[tuple[str, str]]:
    """(field, present value) of what now reads otherwise than what was typed."""
    return [
        (str(label), str(_LABELS.get(name, {}).get(present.get(name, ""), present.get(name, ""))) or _("tomt"))
        for name, label in _FIELD_NAMES.items()
        if present.get(name, "").strip() != typed.get(name, "").strip()
    ]


def _authorities(choices: queries.RegistrationChoices) -> list[tuple[str, str]]:
    codes = context.actor().authorities(Permission.CORRECT)
    return [pair for pair in choices.authorities if pair[0] in codes]


def _form(
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    authority: str | None,
    row: TemplateRow | None,
    conflict: list[tuple[str, str]] | None = None,
) -> str:
    with context.diarium().database.reading() as session:
        choices = queries.registration_choices(session, context.actor())
        class_options = classes.options(session, today())
        provision_options = provisions.options(session)
    return context.page(
        "registration_templates/form.html",
        values=values,
        errors=errors,
        row=row,
        conflict=conflict or [],
        choices=choices,
        authorities=_authorities(choices),
        class_options=class_options,
        provision_options=provision_options,
        labels=_LABELS,
        names=_FIELD_NAMES,
    )
