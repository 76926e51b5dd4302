"""Notices and decisions: written, printed, and followed until nobody can appeal any more."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.disclosure import deciding, queries
from diarium.disclosure.deciding import DecisionDates, DecisionFacts
from diarium.disclosure.views import RequestView
from diarium.disclosure.vocabulary import DECISION_LABELS, DecisionKind
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Permission
from diarium.register.schemas import day_or_error
from diarium.web import context
from diarium.web.disclosure.blueprint import blueprint
from diarium.web.disclosure.details import load, seen_version
from diarium.web.registration.form import tolerant_date

_DATES = ("told_on", "receipt_on", "appealed_on", "appeal_ended_on")


@blueprint.get("/<uuid:uid>/beslut/ny/<kind>")
@context.staff(Permission.DISCLOSE)
def decision_form(uid: uuid.UUID, kind: str) -> ResponseReturnValue:
    """A notice or decision with the texts that it begins with."""
    chosen = _kind(kind)
    with context.diarium().database.reading() as session:
        proposal = queries.proposal(session, context.actor(), uid, chosen)
    view = load(uid)
    values = {
        "decided_on": today().isoformat(),
        "decided_by": context.actor().name if chosen is DecisionKind.NOTICE else view.authority_name,
        "reasons": proposal.reasons,
        "instruction": proposal.instruction,
    }
    return _form(view, chosen, values, {})


@blueprint.post("/<uuid:uid>/beslut/ny/<kind>")
@context.staff(Permission.DISCLOSE)
def decide(uid: uuid.UUID, kind: str) -> ResponseReturnValue:
    """Keeps the notice or decision; on a mistake all that was typed comes back."""
    chosen = _kind(kind)
    form = request.form
    try:
        facts = DecisionFacts(
            kind=chosen.value,
            decided_on=day_or_error(tolerant_date(form.get("decided_on", "")), "decided_on"),
            decided_by=form.get("decided_by", ""),
            delegation_point=form.get("delegation_point", ""),
            reasons=form.get("reasons", ""),
            instruction=form.get("instruction", ""),
            told_on=day_or_error(tolerant_date(form.get("told_on", "")), "told_on"),
        )
        with context.diarium().database.unit_of_work() as session:
            made = deciding.decide(session, context.actor(), uid, facts, version=seen_version())
            decision_uid = made.uid
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _form(load(uid), chosen, form.to_dict(), {error.field or "": error.message}), 422
    flash(_("Texten är sparad. Skriv ut den eller läs upp den, och notera dagen då den lämnades."), "success")
    return redirect(url_for("disclosure.decision", uid=uid, decision_uid=decision_uid))


@blueprint.get("/<uuid:uid>/beslut/<uuid:decision_uid>")
@context.staff(Permission.DISCLOSE)
def decision(uid: uuid.UUID, decision_uid: uuid.UUID) -> ResponseReturnValue:
    """A notice or decision as it is printed, and what has become of it."""
    return _paper(uid, decision_uid, {}, {})


@blueprint.post("/<uuid:uid>/beslut/<uuid:decision_uid>")
@context.staff(Permission.DISCLOSE)
def note_dates(uid: uuid.UUID, decision_uid: uuid.UUID) -> ResponseReturnValue:
    """Notes when it was told and had, and what became of an appeal."""
    form = request.form
    try:
        days = {name: day_or_error(tolerant_date(form.get(name, "")), name) for name in _DATES}
        dates = DecisionDates(**days, appeal_outcome=form.get("appeal_outcome", ""))
        with context.diarium().database.unit_of_work() as session:
            deciding.note_dates(session, context.actor(), uid, decision_uid, dates, version=seen_version())
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _paper(uid, decision_uid, form, {error.field or "": error.message}), 422
    flash(_("Det är noterat."), "success")
    return redirect(url_for("disclosure.decision", uid=uid, decision_uid=decision_uid))


def _paper(uid: uuid.UUID, decision_uid: uuid.UUID, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    view = load(uid)
    found = next((item for item in view.decisions if item.uid == decision_uid), None)
    if found is None:
        abort(404)
    present = {name: getattr(found, name) or "" for name in (*_DATES, "appeal_outcome")}
    return context.page(
        "disclosure/decision.html", view=view, decision=found, values={**present, **typed}, errors=errors
    )


def _form(view: RequestView, kind: DecisionKind, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return context.page(
        "disclosure/decide.html",
        view=view,
        kind=kind,
        label=DECISION_LABELS[kind],
        values=values,
        errors=errors,
    )


def _kind(text: str) -> DecisionKind:
    if text not in list(DecisionKind):
        abort(404)
    return DecisionKind(text)
