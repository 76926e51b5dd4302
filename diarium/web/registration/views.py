"""Registering a record in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.classification import queries as classes
from diarium.errors import DomainError, NotAllowed
from diarium.files.tickets import UploadedFile
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Permission
from diarium.register import queries, registration
from diarium.register.vocabulary import DIRECTION_LABELS, MEDIUM_LABELS, PARTY_KIND_LABELS
from diarium.secrecy import queries as provisions
from diarium.secrecy.models import SCOPE_LABELS
from diarium.secrecy.scanning import FINDING_LABELS, scan
from diarium.web import context, uploads
from diarium.web.registration.form import PARTY_ROWS, FormErrors, field_id, filled_rows, to_command

blueprint = Blueprint("registration", __name__, url_prefix="/intern")
PUBLIC_TEXTS = (("title", "public_title"), ("case_title", "case_public_title"))


@blueprint.get("/registrera")
@context.staff(Permission.REGISTER)
def form() -> ResponseReturnValue:
    """The empty form, or one for a case that was opened before."""
    values = {
        "direction": "incoming",
        "case_choice": "existing" if request.args.get("case") else "new",
        "case": request.args.get("case", "")[:60],
        "medium": "digital",
        "secrecy": "open",
    }
    return _show(values, {}, [])


@blueprint.post("/registrera")
@context.staff(Permission.REGISTER)
def submit() -> ResponseReturnValue:
    """Registers what the form says; on any mistake the form comes back with everything that was typed."""
    values = request.form.to_dict()
    kept, problem = uploads.collect()
    errors = {"files": problem} if problem else {}
    errors |= _unseen_warnings(values)
    if errors:
        return _show(values, errors, kept), 422
    try:
        command = replace(to_command(values), documents=uploads.as_documents(kept))
        with context.diarium().database.unit_of_work() as session:
            record = registration.register(session, context.actor(), command)
            number, case_uid = record.number_text, record.case.uid
    except FormErrors as failure:
        return _show(values, failure.errors, kept), 422
    except DomainError as error:
        status = 403 if isinstance(error, NotAllowed) else 422
        return _show(values, {field_id(error.field): error.message}, kept), status
    flash(_("Handlingen är registrerad med numret %(number)s.", number=number), "success")
    if values.get("then") == "next":
        return redirect(url_for("registration.form", case=number.rpartition("-")[0]))
    return redirect(url_for("cases.details", uid=case_uid))


def _unseen_warnings(values: Mapping[str, str]) -> dict[str, str]:
    """A text for the public with a personal number or the like is stopped once; ticking the box lets it pass."""
    if values.get("confirm_public") == "1":
        return {}
    warnings = {}
    for plain, public in PUBLIC_TEXTS:
        if plain == "case_title" and values.get("case_choice") != "new":
            continue
        field = public if values.get(public, "").strip() else plain
        found = {str(FINDING_LABELS[hit.finding]) for hit in scan(values.get(field, ""))}
        if found:
            warnings[field] = _(
                "Texten verkar innehålla %(what)s och utelämnas därför i det öppna diariet. Ändra den, skriv en "
                "egen offentlig rubrik eller bekräfta längst ned att den ska stå så.",
                what=", ".join(sorted(found)),
            )
    return warnings


def _show(values: Mapping[str, str], errors: Mapping[str, str], kept: list[UploadedFile]) -> str:
    who = context.actor()
    with context.diarium().database.reading() as session:
        choices = queries.registration_choices(session, who)
        class_options = classes.options(session, today())
        provision_options = provisions.options(session)
    needs_confirmation = bool(errors) and any(field in errors for pair in PUBLIC_TEXTS for field in pair)
    return context.page(
        "registration/form.html",
        values=values,
        errors=errors,
        kept=uploads.as_tickets(kept),
        choices=choices,
        class_options=class_options,
        provision_options=provision_options,
        directions=DIRECTION_LABELS,
        kinds=PARTY_KIND_LABELS,
        media=MEDIUM_LABELS,
        scopes=SCOPE_LABELS,
        party_rows=PARTY_ROWS,
        open_rows=filled_rows(values),
        needs_confirmation=needs_confirmation or values.get("confirm_public") == "1",
        today=today(),
        max_bytes=context.diarium().settings.max_upload_bytes,
    )
