"""Answers the form's helping buttons: finds, fills in, keeps, and shows the form again with all that was typed."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.assistance import drafts, templates
from diarium.contacts import queries as contacts
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.identity.permissions import Actor
from diarium.register import picking
from diarium.web import context
from diarium.web.registration import attached, helping
from diarium.web.registration.form import PARTY_ROWS, facts_of
from diarium.web.registration.page import FormState, open_suggestions, show, uid_of


def answer(state: FormState) -> ResponseReturnValue:
    """The form after the button that was pressed. Nothing is registered."""
    form = request.form
    try:
        if form.get("do") == "save_draft":
            return _save_draft(state)
        if form.get("choose_case"):
            state.values = helping.with_case(state.values, form["choose_case"])
        elif form.get("choose_party"):
            state.values = helping.with_party(state.values, form["choose_party"])
        elif form.get("use"):
            state.values = helping.with_pair(state.values, form["use"])
        elif form.get("move"):
            state.files = attached.moved_up(state.files, form["move"])
        else:
            _find(state, form.get("do", ""))
    except DomainError as error:
        state.errors[error.field or ""] = error.message
    return show(state)


def _find(state: FormState, wanted: str) -> None:
    name, _dash, row = wanted.partition("-")
    if name in _FINDERS:
        with context.diarium().database.reading() as session:
            _FINDERS[name](session, context.actor(), state, row)


def _find_case(session: Session, who: Actor, state: FormState, _row: str) -> None:
    text = state.values.get("case", "")
    state.case_hits = picking.find_cases(session, who, text)
    if not text.strip():
        state.errors["case"] = _("Skriv en del av numret, ärendemeningen eller en parts namn och sök igen.")
    elif not state.case_hits:
        state.errors["case"] = _("Inget ärende passar ”%(text)s”.", text=text.strip())


def _find_party(session: Session, who: Actor, state: FormState, row: str) -> None:
    state.party_row = int(row) if row.isdecimal() and int(row) in range(PARTY_ROWS) else 0
    field = f"party-{state.party_row}-name"
    text = state.values.get(field, "")
    state.party_hits = contacts.find(session, who, None, text)
    if not state.party_hits:
        state.errors[field] = _("Ingen känd avsändare passar ”%(text)s”. Fyll i uppgifterna.", text=text.strip())


def _use_suggestions(session: Session, who: Actor, state: FormState, _row: str) -> None:
    before = state.values
    state.values = helping.with_all(before, open_suggestions(session, who, before))
    count = sum(
        before.get(name, "") != value for name, value in state.values.items() if name in helping.FIELD_LABELS
    )
    state.said = ngettext("%(num)s förslag är ifyllt.", "%(num)s förslag är ifyllda.", count)


def _use_template(session: Session, who: Actor, state: FormState, _row: str) -> None:
    uid = uid_of(state.values.get("template"))
    if uid is None:
        state.errors["template"] = _("Välj en mall.")
        return
    state.values = helping.with_template(state.values, templates.values_of(session, who, uid))
    state.said = _("Mallen är ifylld. Det som redan stod i fälten är kvar.")


_FINDERS: dict[str, Callable[[Session, Actor, FormState, str], None]] = {
    "find_case": _find_case,
    "find_party": _find_party,
    "use_suggestions": _use_suggestions,
    "use_template": _use_template,
}


def _save_draft(state: FormState) -> ResponseReturnValue:
    with context.diarium().database.unit_of_work() as session:
        drafts.save(
            session,
            context.actor(),
            state.values.get("draft_key", ""),
            facts_of(state.values),
            attached.chosen_files(state.files),
            item=state.item_uid,
        )
    flash(_("Utkastet är sparat. Du hittar det här när du fortsätter."), "success")
    return redirect(url_for("registration.draft_list"))
