"""The first page of disposal: what falls due year by year, and earlier proposals."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from diarium.disposal import due, reckoning, views
from diarium.disposal.models import PROPOSAL_STATE_LABELS, ItemState
from diarium.i18n import show_time, today
from diarium.identity.permissions import Permission
from diarium.register.models import DEPTH_LABELS
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.disposal.blueprint import authorities, blueprint, chosen

_YEARS_AHEAD = 5
_MOST_ID = 2**63 - 1


@blueprint.get("")
@context.staff(Permission.DISPOSE)
def listing() -> ResponseReturnValue:
    """The calendar of an authority, and all proposals that the actor may see."""
    before = whole_number(request.args.get("fore"), 0, _MOST_ID) or None
    who, year = context.actor(), today().year
    with context.diarium().database.reading() as session:
        offered = authorities(session)
        authority = chosen(request.args, offered)
        who.require(Permission.DISPOSE, authority)
        rows, following = views.proposals(session, who, before)
        address = url_for("disposal.listing", authority=authority)
        return context.page(
            "disposal/listing.html",
            authorities=offered,
            authority=authority,
            calendar=due.calendar(session, authority, year, year + _YEARS_AHEAD),
            in_words=reckoning.in_words,
            proposals=rows,
            states=PROPOSAL_STATE_LABELS,
            depths=DEPTH_LABELS,
            disposed=ItemState.DISPOSED,
            older_url=f"{address}&fore={following}" if following else None,
            first_url=address if before else None,
            show_time=show_time,
        )
