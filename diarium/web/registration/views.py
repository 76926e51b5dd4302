"""Registering a record in the browser."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from diarium.assistance import drafts
from diarium.errors import Conflict, DomainError, NotAllowed
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.intake import queries as intake
from diarium.intake import triage
from diarium.public import warning
from diarium.register import lookup, registration
from diarium.register.commands import NewRecord
from diarium.register.errors import StatusConflict
from diarium.register.models import Record
from diarium.register.vocabulary import PartyKind
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.registration import answering, attached, bulk, draft_pages, helping, lookups, sources
from diarium.web.registration.blueprint import blueprint
from diarium.web.registration.form import FormErrors, cleaned, field_id, filled_rows, to_command
from diarium.web.registration.page import PUBLIC_TEXTS, FormState, show

__all__ = ["blueprint", "bulk", "draft_pages", "lookups"]

_MOST_VERSIONS = 2**31 - 1
_PLACE = "\N{OBJECT REPLACEMENT CHARACTER}"


@blueprint.get("")
@context.staff(Permission.REGISTER)
def form() -> ResponseReturnValue:
    """The form: empty, for a case, or filled from an item of the inbox, a template, a record or a draft."""
    try:
        return show(sources.state_for(request.args))
    except StatusConflict as error:
        flash(error.message, "info")
        return redirect(url_for("inbox.item", uid=request.args["post"]))


@blueprint.post("")
@context.staff(Permission.REGISTER)
def submit() -> ResponseReturnValue:
    """Registers what the form says; on any mistake the form comes back with everything that was typed."""
    values, unread = cleaned(request.form.to_dict())
    files, problem = attached.collect()
    state = FormState(values, files=files)
    if problem:
        state.errors["files"] = problem
    if helping.is_asked_for(request.form):
        return answering.answer(state)
    state.errors |= unread | _unseen_warnings(values)
    locked = attached.locked_warning(files) if values.get("confirm_locked") != "1" else None
    if locked:
        state.errors["files"] = locked
        values["locked"] = "1"
    if state.errors:
        return show(state), 422
    try:
        command = replace(to_command(values), documents=attached.as_documents(files))
        with context.diarium().database.unit_of_work() as session:
            record = _register(session, context.actor(), state, command)
            drafts.spend(session, context.actor(), values.get("draft_key", ""))
            number, address = record.number_text, url_for("records.details", uid=record.uid)
            target = _target(session, state, record)
    except FormErrors as failure:
        state.errors = failure.errors
        return show(state), 422
    except NotAllowed as error:
        state.errors = {field_id(error.field): error.message}
        return show(state), 403
    except DomainError as error:
        is_taken = isinstance(error, Conflict) and error.field in ("state", "version")
        state.errors = {"" if is_taken else field_id(error.field): error.message}
        return show(state), 409 if is_taken else 422
    link = Markup('<a href="{}">{}</a>').format(address, number)
    flash(_with_link(_("Handlingen är registrerad med numret %(number)s.", number=_PLACE), link), "success")
    return redirect(target)


def _register(session: Session, who: Actor, state: FormState, command: NewRecord) -> Record:
    if state.item_uid is None:
        return registration.register(session, who, command)
    version = whole_number(state.values.get("post_version"), 0, _MOST_VERSIONS)
    return triage.register_item(session, who, state.item_uid, command, version=version)


def _target(session: Session, state: FormState, record: Record) -> str:
    """Where to go on: to the next item of the inbox, to the same case, or to the case."""
    wanted = state.values.get("then")
    if wanted == "next":
        return url_for("registration.form", case=record.case.number_text)
    if wanted == "next_item":
        return _next_item(session, state.item_uid)
    return url_for("cases.details", uid=record.case.uid)


def _with_link(text: str, link: Markup) -> Markup:
    before, _place, after = text.partition(_PLACE)
    return escape(before) + link + escape(after)


def _next_item(session: Session, done: uuid.UUID | None) -> str:
    following = intake.next_item(session, context.actor(), after=done)
    if following is None:
        return url_for("inbox.listing")
    return url_for("registration.form", post=following)


def _unseen_warnings(values: Mapping[str, str]) -> dict[str, str]:
    """A text for the public with a personal number, a name or the like is stopped once; ticking lets it pass."""
    if values.get("confirm_public") == "1":
        return {}
    warnings = {}
    names = _private_names(values)
    for plain, public in PUBLIC_TEXTS:
        if plain == "case_title" and values.get("case_choice") != "new":
            continue
        field = public if values.get(public, "").strip() else plain
        if message := warning.of_title(values.get(field, ""), names):
            warnings[field] = message
    return warnings


def _private_names(values: Mapping[str, str]) -> tuple[str, ...]:
    """The private persons in the form, and those of the case that it names."""
    typed = [
        values.get(f"party-{row}-name", "")
        for row in sorted(filled_rows(values))
        if values.get(f"party-{row}-kind") == PartyKind.PERSON.value
    ]
    if values.get("case_choice") != "existing" or not values.get("case", "").strip():
        return tuple(typed)
    with context.diarium().database.reading() as session:
        try:
            case = lookup.case_by_number(session, context.actor(), values["case"])
        except DomainError:  # told at its field when it is registered
            return tuple(typed)
        return (*typed, *warning.names_in_case(session, case))
