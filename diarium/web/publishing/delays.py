"""How long the web register waits with what was registered: by authority, and by class where it differs."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.classification import queries as classes
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.register import publishing_delays
from diarium.register.administration import authorities
from diarium.register.errors import InvalidFact
from diarium.register.models.publishing import MAX_PUBLISH_DELAY
from diarium.web import context
from diarium.web.administration.frame import Failure, attempt, edited
from diarium.web.publishing.blueprint import blueprint


@blueprint.get("/administration/publicering")
@context.staff(Permission.ADMINISTER)
def delays() -> ResponseReturnValue:
    """The delays as they are set."""
    with context.diarium().database.reading() as session:
        return context.page(
            "publishing/delays.html",
            authorities=publishing_delays.administered(session, context.actor()),
            classes=publishing_delays.of_classes(session),
        )


@blueprint.route("/administration/myndigheter/<code>/publicering", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def of_authority(code: str) -> ResponseReturnValue:
    """How long an authority waits."""
    who = context.actor()
    failure = None
    if request.method == "POST":
        seen = request.form.get("seen", "")
        failure = attempt(
            lambda session: publishing_delays.set_for_authority(session, who, code, _days() or 0, seen=seen)
        )
        if failure is None:
            return _saved(url_for("administration.authority", code=code))
    with context.diarium().database.reading() as session:
        found = authorities.administered(session, who, code)
        present = publishing_delays.facts_of_authority(found)
        name = found.name
    return _form(present, failure, name=name, back=url_for("administration.authority", code=code), is_class=False)


@blueprint.route("/administration/klasser/<uuid:uid>/publicering", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def of_class(uid: uuid.UUID) -> ResponseReturnValue:
    """How long the cases of a class wait, where that is not what their authority has set."""
    who = context.actor()
    failure = None
    if request.method == "POST":
        seen = request.form.get("seen", "")
        failure = attempt(lambda session: publishing_delays.set_for_class(session, who, uid, _days(), seen=seen))
        if failure is None:
            return _saved(url_for("publishing.delays"))
    with context.diarium().database.reading() as session:
        item = classes.class_by_uid(session, uid)
        present = publishing_delays.facts_of_class(item)
        name = f"{item.code} {item.title}"
    return _form(present, failure, name=name, back=url_for("publishing.delays"), is_class=True)


def _days() -> int | None:
    """The number that was typed, None for an empty field. Raises: InvalidFact."""
    text = request.form.get("publish_after_days", "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_PUBLISH_DELAY)):
        raise InvalidFact(
            _("Ange ett antal arbetsdagar från 0 till %(most)s.", most=MAX_PUBLISH_DELAY), field="days"
        )
    return int(text)


def _form(present: dict[str, object], failure: Failure | None, **values: object) -> ResponseReturnValue:
    if failure is not None and "days" in failure.errors:
        failure.errors["publish_after_days"] = failure.errors.pop("days")
    return edited("publishing/delay.html", present, failure, most=MAX_PUBLISH_DELAY, **values)


def _saved(address: str) -> ResponseReturnValue:
    flash(_("Fördröjningen är ändrad. Det öppna diariet följer efter inom kort."), "success")
    return redirect(address)
