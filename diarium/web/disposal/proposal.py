"""One proposal: its cases, what became of them, the certificate."""

from __future__ import annotations

import io
import uuid

from flask import flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from diarium.db.base import now
from diarium.disposal import certificate_pdf, deciding, proposing, views
from diarium.disposal.certificate import certificate_of
from diarium.disposal.models import (
    DEPTH_TEXTS,
    GROUND_LABELS,
    ITEM_STATE_LABELS,
    PROPOSAL_STATE_LABELS,
    ItemState,
    ProposalState,
)
from diarium.disposal.obstacles import REMARK_LABELS
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Permission
from diarium.register.models import DEPTH_LABELS
from diarium.sheets.document import Print
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.disposal.blueprint import blueprint, mistakes

REFRESH_SECONDS = 5
_MOST_ID = 2**63 - 1


@blueprint.get("/<uuid:uid>")
@context.staff(Permission.DISPOSE)
def details(uid: uuid.UUID) -> ResponseReturnValue:
    """The proposal with its cases."""
    return page(uid, {})


@blueprint.post("/<uuid:uid>/undanta/<int:item>")
@context.staff(Permission.DISPOSE)
def leave_out(uid: uuid.UUID, item: int) -> ResponseReturnValue:
    """Leaves one case out before the decision."""
    version = whole_number(request.form.get("version"), 0, _MOST_ID)
    try:
        with context.diarium().database.unit_of_work() as session:
            reason = request.form.get("reason", "")
            deciding.reject(session, context.actor(), uid, item, reason, version=version)
    except DomainError as error:
        return page(uid, mistakes(error)), 422
    flash(_("Ärendet är undantaget och står kvar."), "success")
    return redirect(url_for("disposal.details", uid=uid))


@blueprint.post("/<uuid:uid>/aterkalla")
@context.staff(Permission.DISPOSE)
def withdraw(uid: uuid.UUID) -> ResponseReturnValue:
    """Takes the proposal back."""
    try:
        with context.diarium().database.unit_of_work() as session:
            proposing.withdraw(session, context.actor(), uid, request.form.get("reason", ""))
    except DomainError as error:
        return page(uid, mistakes(error)), 422
    flash(_("Förslaget är återkallat. Ärendena står kvar."), "success")
    return redirect(url_for("disposal.details", uid=uid))


@blueprint.get("/<uuid:uid>/bevis")
@context.staff(Permission.DISPOSE)
def certificate(uid: uuid.UUID) -> ResponseReturnValue:
    """The certificate on screen."""
    with context.diarium().database.reading() as session:
        proposal = proposing.by_uid(session, context.actor(), uid)
        return context.page(
            "disposal/certificate.html",
            proposal=proposal,
            certificate=certificate_of(session, proposal),
            show_time=show_time,
        )


@blueprint.get("/<uuid:uid>/bevis.pdf")
@context.staff(Permission.DISPOSE)
def certificate_as_pdf(uid: uuid.UUID) -> ResponseReturnValue:
    """The certificate to be signed."""
    services, who = context.diarium(), context.actor()
    with services.database.reading() as session:
        found = certificate_of(session, proposing.by_uid(session, who, uid))
        content = certificate_pdf.certificate_pdf(
            found, Print(services.settings.organisation_name, who.name, now())
        )
    name = f"gallringsbevis-{found.number.replace(' ', '-')}.pdf"
    return send_file(io.BytesIO(content), mimetype="application/pdf", download_name=name)


def page(uid: uuid.UUID, errors: dict[str, str]) -> str:
    """The proposal's page, with what was wrong in a form on it."""
    services, who = context.diarium(), context.actor()
    after = whole_number(request.args.get("efter"), 0, _MOST_ID) or None
    with services.database.reading() as session:
        proposal = proposing.by_uid(session, who, uid)
        rows, following = views.items(session, proposal, after)
        is_running = proposal.state is ProposalState.EXECUTING
        is_open = proposal.state is ProposalState.PROPOSED
        address = url_for("disposal.details", uid=uid)
        return context.page(
            "disposal/details.html",
            proposal=proposal,
            row=views.row_of(session, proposal),
            totals=views.totals(session, proposal),
            items=rows,
            papers=views.paper_places(session, proposal),
            is_open=is_open,
            is_own=services.settings.disposal_four_eyes and proposal.proposed_by_id == who.user_id,
            is_done=views.is_certain(proposal),
            running=is_running,
            refresh_seconds=REFRESH_SECONDS if is_running else None,
            states=PROPOSAL_STATE_LABELS,
            item_states=ITEM_STATE_LABELS,
            item_state=ItemState,
            remark_labels=REMARK_LABELS,
            grounds=GROUND_LABELS,
            depths=DEPTH_LABELS,
            depth_texts=DEPTH_TEXTS,
            errors=errors,
            next_url=f"{address}?efter={following}" if following else None,
            first_url=address if after else None,
            show_time=show_time,
        )
