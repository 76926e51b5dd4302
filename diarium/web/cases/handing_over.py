"""Handing over all open cases of a colleague: first what would go, then all of it in one step."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.identity.permissions import Permission
from diarium.register import handing_over, queries
from diarium.register.errors import InvalidFact
from diarium.register.handing_over import HandOverPreview
from diarium.register.vocabulary import STATUS_LABELS
from diarium.web import context, reading
from diarium.web.cases import frame
from diarium.web.cases.frame import blueprint


@blueprint.route("/overlamna", methods=["GET", "POST"])
@context.staff(Permission.CORRECT)
def hand_over() -> ResponseReturnValue:
    """Chooses who hands over, shows what would go, and hands it over."""
    if request.method == "GET":
        return _show({})
    who, form = context.actor(), request.form
    try:
        with context.diarium().database.unit_of_work() as session:
            count = handing_over.hand_over(
                session,
                who,
                form.get("from", ""),
                form.get("to", ""),
                authority=form.get("authority", ""),
                reason=form.get("reason", ""),
                seen=form.get("seen", ""),
            )
    except DomainError as error:
        return _show(frame.mistakes(error)), 422
    flash(ngettext("%(num)s ärende är överlämnat.", "%(num)s ärenden är överlämnade.", count), "success")
    return redirect(url_for("cases.hand_over", authority=form.get("authority", "")))


def _show(errors: dict[str, str]) -> str:
    who, values = context.actor(), request.values
    preview: HandOverPreview | None = None
    errors = {"to" if field == "responsible" else field: text for field, text in errors.items()}
    with context.diarium().database.reading() as session:
        codes = who.authorities(Permission.CORRECT)
        authorities = [item for item in queries.readable_authorities(session, who) if item[0] in codes]
        code = values.get("authority", "")
        if code not in codes:
            code = authorities[0][0]
        holders = handing_over.holders(session, who, code)
        staff = queries.staff_of(session, code)
        if values.get("from"):
            try:
                preview = handing_over.preview(session, who, values["from"], authority=code)
            except InvalidFact as error:
                errors = errors or {"from": error.message}
        marked = [case.uid for case in preview.cases if case.is_restricted] if preview else []
        reading.note_list(queries.restricted_shown(session, who, cases=marked), _("Överlämna ärenden"))
    return context.page(
        "cases/hand_over.html",
        authorities=authorities,
        authority=code,
        holders=holders,
        staff=staff,
        preview=preview,
        errors=errors,
        values=values,
        statuses=STATUS_LABELS,
    )
