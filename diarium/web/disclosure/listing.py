"""The queue: what waits to be answered, the oldest first."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request, url_for
from flask.typing import ResponseReturnValue

from diarium.disclosure import queries
from diarium.disclosure.errors import InvalidRequest
from diarium.disclosure.queries import BOX_LABELS, Box, RequestCounts
from diarium.disclosure.views import RequestRow
from diarium.i18n import gettext as _
from diarium.i18n import ngettext, show_time
from diarium.identity.permissions import Permission
from diarium.web import context
from diarium.web.disclosure.blueprint import blueprint


@blueprint.get("")
@context.staff(Permission.DISCLOSE)
def listing() -> ResponseReturnValue:
    """The requests of a box, by default all that are open. They show numbers alone."""
    who = context.actor()
    text = request.args.get("visa", "")
    box = Box(text) if text in list(Box) else Box.OPEN
    authority = request.args.get("authority") or None
    with context.diarium().database.reading() as session:
        counts = queries.counts(session, who)
        try:
            page = queries.queue(session, who, box, authority=authority, cursor=request.args.get("efter"))
        except InvalidRequest:
            page = queries.queue(session, who, box, authority=authority)
        authorities = queries.answering_authorities(session, who)
    return context.page(
        "disclosure/listing.html",
        page=page,
        box=box,
        tabs=_tabs(box, authority, counts),
        authority=authority,
        authorities=authorities,
        age=_age,
        show_time=show_time,
    )


def lines_for_start(counts: RequestCounts) -> list[tuple[str, str]]:
    """(words, address) for the first page: how many requests wait, and whether any is late."""
    waiting = ngettext(
        "%(num)s begäran om utlämnande ska besvaras skyndsamt.",
        "%(num)s begäranden om utlämnande ska besvaras skyndsamt.",
        counts.open,
    )
    late = ngettext("%(num)s är försenad.", "%(num)s är försenade.", counts.overdue)
    rows = ((counts.open, waiting, Box.OPEN), (counts.overdue, late, Box.OVERDUE))
    return [(words, url_for("disclosure.listing", visa=box.value)) for count, words, box in rows if count]


def _tabs(box: Box, authority: str | None, counts: RequestCounts) -> Sequence[tuple[str, str, bool, int | None]]:
    numbers = {
        Box.OPEN: counts.open,
        Box.MINE: counts.mine,
        Box.UNASSIGNED: counts.unassigned,
        Box.OVERDUE: counts.overdue,
        Box.WAITING: counts.waiting,
    }
    return [
        (
            str(label),
            url_for("disclosure.listing", visa=key.value, authority=authority),
            key is box,
            numbers.get(key),
        )
        for key, label in BOX_LABELS.items()
    ]


def _age(row: RequestRow) -> str:
    """How long ago it came, in working days."""
    return ngettext("%(num)s arbetsdag", "%(num)s arbetsdagar", row.age) if row.age else _("I dag")
