"""The guided set-up of an authority and of a new year: steps that lead to ordinary pages, and what is missing."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.errors import DomainError, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Permission
from diarium.register import numbering
from diarium.register.administration import new_year as years
from diarium.register.administration import set_up as steps
from diarium.register.administration.series import NewSeries, SeriesFacts
from diarium.register.models import SetUpStep
from diarium.web import context
from diarium.web.administration import channels
from diarium.web.administration.frame import Failure, attempt, blueprint, filled, link_to, text


@blueprint.get("/myndigheter/<code>/uppsattning")
@context.staff(Permission.ADMINISTER)
def set_up(code: str) -> ResponseReturnValue:
    """How far the set-up has come: each step with its page, and what is missing."""
    return _show(code, None)


@blueprint.post("/myndigheter/<code>/uppsattning/<step>")
@context.staff(Permission.ADMINISTER)
def set_up_step(code: str, step: str) -> ResponseReturnValue:
    """Notes that a step is done."""
    if step not in list(SetUpStep):
        raise NotFound(_("Steget finns inte."))
    failure = attempt(lambda session: steps.mark_done(session, context.actor(), code, SetUpStep(step)))
    if failure is not None:
        return _show(code, failure)
    if step == SetUpStep.CHECK:
        flash(_("Uppsättningen är klar. Myndigheten kan registrera."), "success")
        return redirect(url_for("administration.authority", code=code))
    return redirect(url_for("administration.set_up", code=code))


@blueprint.route("/myndigheter/<code>/arsskifte/<int:year>", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def new_year(code: str, year: int) -> ResponseReturnValue:
    """What to look after before a new year, and the series that end or begin with it."""
    who = context.actor()
    years.require_near(year)
    failure = None
    if request.method == "POST":
        failure = attempt(lambda session: years.prepare(session, who, code, year, ends=_ends(), begins=_begins()))
        if failure is None:
            flash(_("%(year)s är förberett.", year=year), "success")
            return redirect(url_for("administration.new_year", code=code, year=year))
    with context.diarium().database.reading() as session:
        found = years.checklist(session, who, code, year)
    return filled(
        "administration/set_up/new_year.html",
        {"new_format": numbering.DEFAULT_FORMAT},
        failure,
        found=found,
        ends=request.form.getlist("ends"),
        hand_over=link_to("cases.hand_over"),
        show_time=show_time,
    )


def _show(code: str, failure: Failure | None) -> ResponseReturnValue:
    with context.diarium().database.reading() as session:
        count = channels.count(session, context.actor(), code)
        state = steps.state(session, context.actor(), code, channels=count)
    return filled(
        "administration/set_up/steps.html", {}, failure, state=state, links=_links(code), shipped=_shipped(code)
    )


def _links(code: str) -> dict[SetUpStep, list[tuple[str, str]]]:
    """The pages where each step is done."""
    wanted: dict[SetUpStep, list[tuple[str, str | None]]] = {
        SetUpStep.FACTS: [(_("Ändra uppgifterna"), url_for("administration.authority_change", code=code))],
        SetUpStep.UNITS: [(_("Lägg upp enheter"), url_for("administration.unit_list", code=code))],
        SetUpStep.SERIES: [(_("Serier och nummerformat"), url_for("administration.series_list", code=code))],
        SetUpStep.USERS: [
            (_("Lägg upp en användare"), url_for("administration.user_new", authority=code)),
            (_("Användare vid myndigheten"), url_for("administration.user_list", authority=code)),
        ],
        SetUpStep.CLASSIFICATION: [
            (_("Klassificeringsstrukturen"), url_for("administration.scheme_list")),
            (_("Registreringsmallar"), link_to("registration_templates.listing")),
            (_("Brevmallar"), link_to("letter_templates.listing")),
        ],
        SetUpStep.CHANNELS: [(_("Brevlådor och inläsningsmappar"), link_to("administration.channel_list"))],
        SetUpStep.CHECK: [],
    }
    return {step: [(label, url) for label, url in pages if url] for step, pages in wanted.items()}


def _shipped(code: str) -> list[tuple[str, str]]:
    """(label, address) of the templates that come with the program and that the actor may give the authority."""
    who = context.actor()
    found = [(_("Lägg till brevmallarna som följer med"), url_for("letter_templates.add_shipped"))]
    if who.may(Permission.CORRECT, code):
        url = url_for("registration_templates.add_shipped")
        found.append((_("Lägg till registreringsmallarna som följer med"), url))
    return found


def _ends() -> list[uuid.UUID]:
    try:
        return [uuid.UUID(given) for given in request.form.getlist("ends")]
    except ValueError:
        raise DomainError(_("Välj i listan."), field="ends") from None


def _begins() -> NewSeries | None:
    if not text("code"):
        return None
    return NewSeries(text("code"), SeriesFacts(text("name"), text("new_format") or numbering.DEFAULT_FORMAT))
