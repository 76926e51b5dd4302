"""The page on which a proposal is decided: what goes, for ever, and by which decision of the authority."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.disposal import deciding, proposing, views
from diarium.disposal.deciding import Ruling
from diarium.disposal.models import DEPTH_TEXTS, ItemState
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.register.models import DEPTH_LABELS
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.confirming import confirmed
from diarium.web.disposal.blueprint import blueprint, mistakes, needed_day

_MOST_ID = 2**63 - 1


@blueprint.get("/<uuid:uid>/beslut")
@context.staff(Permission.DISPOSE)
def decide(uid: uuid.UUID) -> ResponseReturnValue:
    """What is decided, and the form for it."""
    return _page(uid, {})


@blueprint.post("/<uuid:uid>/beslut")
@context.staff(Permission.DISPOSE)
@confirmed
def approve(uid: uuid.UUID) -> ResponseReturnValue:
    """Decides it. From here on it can't be undone."""
    values, services = request.form, context.diarium()
    try:
        with services.database.unit_of_work() as session:
            ruling = Ruling(
                values.get("decision", ""), needed_day(values, "decided_on"), values.get("confirmed", "")
            )
            deciding.approve(
                session,
                context.actor(),
                uid,
                ruling,
                version=whole_number(values.get("version"), 0, _MOST_ID),
                four_eyes=services.settings.disposal_four_eyes,
            )
    except DomainError as error:
        return _page(uid, mistakes(error)), 422
    flash(_("Beslutet är noterat. Gallringen börjar nu och kan inte ångras."), "success")
    return redirect(url_for("disposal.details", uid=uid))


@blueprint.post("/<uuid:uid>/avsla")
@context.staff(Permission.DISPOSE)
def decline(uid: uuid.UUID) -> ResponseReturnValue:
    """Decides that nothing of it is disposed of."""
    services = context.diarium()
    try:
        with services.database.unit_of_work() as session:
            deciding.decline(
                session,
                context.actor(),
                uid,
                request.form.get("reason", ""),
                version=whole_number(request.form.get("version"), 0, _MOST_ID),
                four_eyes=services.settings.disposal_four_eyes,
            )
    except DomainError as error:
        return _page(uid, mistakes(error)), 422
    flash(_("Förslaget är avslaget. Ärendena står kvar."), "success")
    return redirect(url_for("disposal.details", uid=uid))


def _page(uid: uuid.UUID, errors: dict[str, str]) -> str:
    services, who = context.diarium(), context.actor()
    with services.database.reading() as session:
        proposal = proposing.by_uid(session, who, uid)
        proposing.require_undecided(proposal)
        return context.page(
            "disposal/decide.html",
            proposal=proposal,
            totals=views.totals(session, proposal, ItemState.PROPOSED),
            papers=views.paper_places(session, proposal),
            is_own=services.settings.disposal_four_eyes and proposal.proposed_by_id == who.user_id,
            depths=DEPTH_LABELS,
            depth_texts=DEPTH_TEXTS,
            errors=errors,
            values=request.form,
        )
