"""Files to look at before they are published, and what has been taken from the web."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import show_time
from diarium.identity.permissions import Permission
from diarium.public import findings
from diarium.register import publishing, publishing_queries
from diarium.register.models import ReviewState
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.cases import frame
from diarium.web.publishing.blueprint import blueprint

_MOST = 2**53
_TABS = (
    ("reviews", ReviewState.WAITING, _l("Att granska")),
    ("reviews", ReviewState.APPROVED, _l("Godkända")),
    ("reviews", ReviewState.DECLINED, _l("Ska inte publiceras")),
    ("withdrawals", None, _l("Tillbakadraget")),
)


@blueprint.get("/publicering")
@context.staff(Permission.CORRECT)
def reviews() -> ResponseReturnValue:
    """Released files whose text holds what is seldom to be published."""
    return _reviews({})


@blueprint.post("/publicering/granskning/<uuid:uid>")
@context.staff(Permission.CORRECT)
def decide(uid: uuid.UUID) -> ResponseReturnValue:
    """Lets a file through, or keeps it from the web."""
    who = context.actor()
    approve = request.form.get("decision") == "approve"
    try:
        with context.diarium().database.unit_of_work() as session:
            review = publishing.review_by_uid(session, who, uid)
            reason, seen = request.form.get("reason", ""), request.form.get("seen", "")
            publishing.decide_review(session, who, review, approve=approve, reason=reason, seen=seen)
            case_uid = review.document.record.case.uid
    except DomainError as error:
        found = frame.mistakes(error)
        return _reviews({f"{uid}-{field}" if field else "": text for field, text in found.items()}), 422
    if approve:
        flash(_("Filen publiceras inom några sekunder, om inget annat hindrar."), "success")
    else:
        context.diarium().projector.hasten([case_uid])
        flash(_("Filen publiceras inte."), "success")
    return redirect(url_for("publishing.reviews"))


@blueprint.get("/publicering/tillbakadraget")
@context.staff(Permission.CORRECT)
def withdrawals() -> ResponseReturnValue:
    """What has been taken from the web."""
    place = whole_number(request.args.get("efter"), 0, _MOST) or None
    with context.diarium().database.reading() as session:
        page = publishing_queries.withdrawals(session, context.actor(), before=place)
    return context.page(
        "publishing/withdrawals.html",
        rows=page.rows,
        next_url=f"{url_for('publishing.withdrawals')}?efter={page.after}" if page.after else None,
        tabs=_tabs("withdrawals", None),
        show_time=show_time,
    )


def _reviews(errors: dict[str, str]) -> str:
    wanted = request.args.get("visa", ReviewState.WAITING.value)
    state = ReviewState(wanted) if wanted in list(ReviewState) else ReviewState.WAITING
    after = whole_number(request.args.get("efter"), 0, _MOST)
    with context.diarium().database.reading() as session:
        page = publishing_queries.reviews(session, context.actor(), state=state, after=after)
    next_url = None
    if page.after is not None:
        next_url = f"{url_for('publishing.reviews')}?visa={state.value}&efter={page.after}"
    return context.page(
        "publishing/reviews.html",
        rows=page.rows,
        next_url=next_url,
        state=state,
        tabs=_tabs("reviews", state),
        in_words=findings.in_words,
        errors=errors,
        values=request.form,
        show_time=show_time,
    )


def _tabs(endpoint: str, state: ReviewState | None) -> list[tuple[str, str, bool, None]]:
    return [
        (
            str(label),
            url_for(f"publishing.{name}", visa=of.value if of else None),
            (name, of) == (endpoint, state),
            None,
        )
        for name, of, label in _TABS
    ]
