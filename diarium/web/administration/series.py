"""Number series of an authority, with the numbers that a format gives shown before it is saved."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.register import numbering
from diarium.register.administration import authorities, series
from diarium.register.administration.series import NewSeries, Preview, SeriesFacts
from diarium.register.models import DiarySeries
from diarium.web import context
from diarium.web.administration.frame import Failure, attempt, blueprint, day, edited, filled, text, ticked

PATTERNS = (
    "{series} {year}/{number}",
    "{series}.{year}.{number}",
    "{series} {year}-{number:04}",
    "{year}-{number:06}",
    "{series}{year2}-{number}",
)


@blueprint.get("/myndigheter/<code>/serier")
@context.staff(Permission.ADMINISTER)
def series_list(code: str) -> ResponseReturnValue:
    """The series of an authority, each with the number that comes next."""
    who = context.actor()
    with context.diarium().database.reading() as session:
        found = authorities.administered(session, who, code)
        rows = series.listing(session, who, code)
    return context.page("administration/series/list.html", authority=found, rows=rows)


@blueprint.route("/myndigheter/<code>/serier/ny", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def series_new(code: str) -> ResponseReturnValue:
    """A further series."""
    who = context.actor()
    failure, preview = None, None
    if request.method == "POST" and request.form.get("step") == "preview":
        preview, failure = _preview(code, text("code").upper() or code, None)
    elif request.method == "POST":
        failure = attempt(
            lambda session: series.add_series(
                session, who, code, NewSeries(text("code"), _facts(), ticked("restarts_yearly"))
            )
        )
        if failure is None:
            flash(_("Diarieserien är upplagd."), "success")
            return redirect(url_for("administration.series_list", code=code))
    with context.diarium().database.reading() as session:
        found = authorities.administered(session, who, code)
    values = {"number_format": numbering.DEFAULT_FORMAT, "restarts_yearly": "1"}
    if request.method == "POST":
        values = {"restarts_yearly": "", **request.form.to_dict()}
    return filled(
        "administration/series/new.html", values, failure, authority=found, preview=preview, patterns=PATTERNS
    )


@blueprint.route("/myndigheter/<code>/serier/<uuid:uid>", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def series_change(code: str, uid: uuid.UUID) -> ResponseReturnValue:
    """Changes a series; numbers that were given stay."""
    who = context.actor()
    failure, preview = None, None
    if request.method == "POST" and request.form.get("step") != "preview":
        seen = request.form.get("seen", "")
        failure = attempt(lambda session: series.change_series(session, who, code, uid, _facts(), seen=seen))
        if failure is None:
            flash(_("Diarieserien är ändrad."), "success")
            return redirect(url_for("administration.series_list", code=code))
    with context.diarium().database.reading() as session:
        found = series.series_of(session, who, code, uid)
        present = series.facts_of(found)
        (row,) = [item for item in series.listing(session, who, code) if item.uid == uid]
        authority = found.authority
    if request.form.get("step") == "preview":
        preview, failure = _preview(code, found.code, found)
        failure = failure or Failure()  # shows what was typed; nothing is saved
    return edited(
        "administration/series/change.html",
        present,
        failure,
        authority=authority,
        row=row,
        preview=preview,
        patterns=PATTERNS,
    )


@blueprint.post("/myndigheter/<code>/serier/<uuid:uid>/<act>")
@context.staff(Permission.ADMINISTER)
def series_act(code: str, uid: uuid.UUID, act: str) -> ResponseReturnValue:
    """Closes or opens a series."""
    acts = {"stang": series.close_series, "oppna": series.open_series}
    if act in acts:
        with context.diarium().database.unit_of_work() as session:
            acts[act](session, context.actor(), code, uid)
        flash(_("Serien är stängd.") if act == "stang" else _("Serien är öppen."), "success")
    return redirect(url_for("administration.series_list", code=code))


def _preview(code: str, series_code: str, found: DiarySeries | None) -> tuple[Preview | None, Failure | None]:
    """The next numbers that the typed format would give, or what is wrong with it."""
    try:
        with context.diarium().database.reading() as session:
            owner = authorities.administered(session, context.actor(), code)
            return series.preview(session, owner, text("number_format"), series_code, found), None
    except DomainError as error:
        return None, Failure({error.field or "number_format": error.message})


def _facts() -> SeriesFacts:
    return SeriesFacts(
        name=text("name"),
        number_format=text("number_format"),
        is_restricted=ticked("is_restricted"),
        opens_on=day("opens_on"),
        closes_on=day("closes_on"),
    )
