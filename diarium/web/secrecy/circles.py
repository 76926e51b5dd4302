"""Closed circles for the administrator, who sees numbers alone and can name somebody into an empty one."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.register import circle_rescue
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.cases import frame
from diarium.web.secrecy.blueprint import blueprint
from diarium.web.secrecy.tabs import tabs

_MOST_ID = 2**63 - 1


@blueprint.get("/sekretess/kretsar")
@context.staff(Permission.ADMINISTER)
def circles() -> ResponseReturnValue:
    """Closed circles at the authorities that the actor administers: numbers and how many are in them."""
    before = whole_number(request.args.get("efter"), 0, _MOST_ID) or None
    with context.diarium().database.reading() as session:
        found = circle_rescue.page(session, context.actor(), before=before)
    address = url_for("secrecy.circles")
    return context.page(
        "secrecy/circles.html",
        tabs=tabs("circles"),
        found=found.circles,
        older_url=f"{address}?efter={found.older}" if found.older else None,
        first_url=address if before else None,
    )


@blueprint.route("/sekretess/kretsar/<uuid:uid>", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def name_into_circle(uid: uuid.UUID) -> ResponseReturnValue:
    """Names a person into a closed circle. The administrator sees nothing of what is in it."""
    if request.method == "GET":
        return _form(uid, {})
    try:
        with context.diarium().database.unit_of_work() as session:
            username, reason = request.form.get("username", ""), request.form.get("reason", "")
            circle_rescue.name_person(session, context.actor(), uid, username, reason)
    except DomainError as error:
        return _form(uid, frame.mistakes(error)), 422
    flash(_("Personen ingår nu i kretsen."), "success")
    return redirect(url_for("secrecy.circles"))


def _form(uid: uuid.UUID, errors: dict[str, str]) -> str:
    with context.diarium().database.reading() as session:
        circle, people = circle_rescue.circle_for(session, context.actor(), uid)
    return context.page("secrecy/circle.html", circle=circle, people=people, errors=errors, values=request.form)
