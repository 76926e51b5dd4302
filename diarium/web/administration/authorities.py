"""Authorities: the list, one of them, a new one, its facts, its open cases."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Permission
from diarium.register import numbering
from diarium.register.administration import authorities, series, units
from diarium.register.administration.authorities import AuthorityFacts, NewAuthority
from diarium.web import context
from diarium.web.administration import frame
from diarium.web.administration.frame import attempt, blueprint, day, edited, filled, text


@blueprint.get("/myndigheter")
@context.staff(Permission.ADMINISTER)
def authority_list() -> ResponseReturnValue:
    """The authorities that the actor administers."""
    with context.diarium().database.reading() as session:
        rows = authorities.listing(session, context.actor())
    return context.page("administration/authorities/list.html", rows=rows)


@blueprint.route("/myndigheter/ny", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def authority_new() -> ResponseReturnValue:
    """A new authority; the guided set-up goes on from there."""
    failure = None
    if request.method == "POST":
        made: list[str] = []
        failure = attempt(
            lambda session: made.append(authorities.add_authority(session, context.actor(), _new_authority()).code)
        )
        if failure is None:
            flash(_("Myndigheten är upplagd. Gå igenom stegen så att den kan börja registrera."), "success")
            return redirect(url_for("administration.set_up", code=made[0]))
    values = {"active_from": today().isoformat(), "number_format": numbering.DEFAULT_FORMAT}
    return filled("administration/authorities/new.html", values, failure)


@blueprint.get("/myndigheter/<code>")
@context.staff(Permission.ADMINISTER)
def authority(code: str) -> ResponseReturnValue:
    """One authority with its series and units."""
    who = context.actor()
    with context.diarium().database.reading() as session:
        found = authorities.administered(session, who, code)
        facts = authorities.facts_of(found)
        open_cases = authorities.open_cases(session, who, code, most=0)
        return context.page(
            "administration/authorities/details.html",
            authority=found,
            facts=facts,
            is_active=authorities.is_active(found, today()),
            series=series.listing(session, who, code),
            units=units.listing(session, who, code),
            open_count=open_cases.count,
            year=today().year + 1,
        )


@blueprint.route("/myndigheter/<code>/andra", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def authority_change(code: str) -> ResponseReturnValue:
    """Changes what is told of an authority, also until when it takes new cases."""
    who = context.actor()
    failure = None
    if request.method == "POST":
        seen = request.form.get("seen", "")
        failure = attempt(lambda session: authorities.change_authority(session, who, code, _facts(), seen=seen))
        if failure is None:
            flash(_("Uppgifterna är ändrade. Det öppna diariet följer efter inom kort."), "success")
            return redirect(url_for("administration.authority", code=code))
    with context.diarium().database.reading() as session:
        found = authorities.administered(session, who, code)
        present = authorities.facts_of(found)
        open_count = authorities.open_cases(session, who, code, most=0).count
    return edited(
        "administration/authorities/change.html", present, failure, authority=found, open_count=open_count
    )


@blueprint.get("/myndigheter/<code>/oppna-arenden")
@context.staff(Permission.ADMINISTER)
def authority_open_cases(code: str) -> ResponseReturnValue:
    """The cases of an authority that are not finished: numbers and officers, no content."""
    who = context.actor()
    with context.diarium().database.reading() as session:
        found = authorities.administered(session, who, code)
        open_cases = authorities.open_cases(session, who, code)
    hand_over = frame.link_to("cases.hand_over", authority=code) if who.may(Permission.CORRECT, code) else None
    return context.page(
        "administration/authorities/open_cases.html",
        authority=found,
        open_cases=open_cases,
        hand_over=hand_over,
        may_read=who.may(Permission.READ, code),
    )


def _facts() -> AuthorityFacts:
    return AuthorityFacts(
        name=text("name"),
        organisation_number=text("organisation_number") or None,
        email=text("email") or None,
        phone=text("phone") or None,
        postal_address=text("postal_address") or None,
        active_from=day("active_from"),
        active_to=day("active_to"),
    )


def _new_authority() -> NewAuthority:
    return NewAuthority(
        code=text("code"),
        name=text("name"),
        organisation_number=text("organisation_number") or None,
        email=text("email") or None,
        phone=text("phone") or None,
        postal_address=text("postal_address") or None,
        active_from=day("active_from"),
        number_format=text("number_format") or numbering.DEFAULT_FORMAT,
    )
