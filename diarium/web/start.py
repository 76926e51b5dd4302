"""The first page after the login: what waits, what is mine, what is new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.assistance import drafts
from diarium.assistance.drafts import DraftRow
from diarium.changes import feed
from diarium.correspondence import queries as correspondence
from diarium.correspondence.queries import Box, DispatchCounts
from diarium.disclosure import queries as disclosure
from diarium.i18n import gettext as _
from diarium.i18n import ngettext, today
from diarium.identity.permissions import Actor, Permission
from diarium.intake import queries as intake
from diarium.lists import catalogue, notices, paging, showing
from diarium.lists.filtering import Criteria
from diarium.lists.model import ListDefinition, ListRow
from diarium.search.indexer import CONSUMER
from diarium.web import context, reading
from diarium.web.disclosure.listing import lines_for_start
from diarium.web.lists.addresses import ListAddress
from diarium.web.lists.rows import cells, columns
from diarium.web.tables import Row

blueprint = Blueprint("start", __name__, url_prefix="/intern")
DAYS_AHEAD = 7
_SHOWN = 10
_MOST_DRAFTS = 5
# A backlog that a search notices.
_MANY_WAITING = 20


@blueprint.get("/")
@context.staff(Permission.READ, Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """What waits to be registered, the actor's work and news; without a register to read, the system's state."""
    who = context.actor()
    if not who.authorities(Permission.READ):
        return _system_state()
    may_register = bool(who.authorities(Permission.REGISTER))
    with context.diarium().database.reading() as session:
        own, recent = _part(session, who, "mina-arenden", {}), _part(session, who, "handlingar", {})
        soon = {"mine": "1", "due_to": (today() + dt.timedelta(days=DAYS_AHEAD)).isoformat()}
        deadlines = _part(session, who, "bevakningar", soon)
        news = notices.unread(session, who)
        kept = drafts.mine(session, who) if may_register else ()
        waiting = feed.lag(session, CONSUMER).waiting
        counts = context.inbox_counts(session, who) if may_register else None
        letters = correspondence.counts(session, who) if may_register else None
        asked = disclosure.counts(session, who) if who.authorities(Permission.DISCLOSE) else None
        _note(session, who, (own, recent, deadlines))
    return context.page(
        "start/index.html",
        figures_shown=_figures(counts) if counts else [],
        letters=_letters(letters) if letters else [],
        requests=lines_for_start(asked) if asked else [],
        own=own,
        deadlines=deadlines,
        recent=recent,
        news=news,
        drafts=[_draft(draft) for draft in kept[:_MOST_DRAFTS]],
        more_drafts=max(0, len(kept) - _MOST_DRAFTS),
        waiting=waiting if waiting > _MANY_WAITING else 0,
    )


@dataclass(frozen=True, slots=True)
class Part:
    """The beginning of a list: its rows as the table macro takes them, and the address of the whole."""

    columns: Sequence[dict[str, object]]
    rows: Sequence[Row]
    found: Sequence[ListRow]
    more_url: str | None
    url: str


def _part(session: Session, who: Actor, name: str, values: dict[str, str]) -> Part:
    definition: ListDefinition = catalogue.find(who, name)
    criteria = Criteria(values)
    found = paging.page(session, who, definition, criteria, size=_SHOWN)
    address = ListAddress(definition, criteria, found.sort)
    heads = [{**column, "sort_url": None, "sorted": None} for column in columns(address)]
    more = address.page() if found.next_cursor else None
    return Part(heads, cells(definition, found.rows), found.rows, more, address.page())


def _note(session: Session, who: Actor, parts: Sequence[Part]) -> None:
    """Notes what of all that is restricted and shown, in one event."""
    rows = [row for part in parts for row in part.found]
    reading.note_list(showing.restricted_of(session, who, rows), _("Start"))


def _figures(counts: intake.InboxCounts) -> list[dict[str, object]]:
    """The registrar's first question: how much is there, and is anything late?"""
    inbox = url_for("inbox.listing")
    return [
        {"value": counts.unregistered, "label": _("oregistrerade"), "href": inbox},
        {
            "value": counts.due_today,
            "label": _("ska registreras i dag"),
            "href": url_for("lists.show", name="oregistrerat", all=1, deadline_to=today().isoformat()),
            "tone": "warning" if counts.due_today else "neutral",
        },
        {
            "value": counts.overdue,
            "label": _("försenade"),
            "href": url_for("inbox.listing", overdue=1),
            "tone": "danger" if counts.overdue else "neutral",
            "note": _("Äldre än en arbetsdag") if counts.overdue else "",
        },
        {"value": counts.mine, "label": _("tilldelade mig"), "href": url_for("inbox.listing", who="mine")},
    ]


def _letters(counts: DispatchCounts) -> list[tuple[str, str]]:
    """(words, address) of the letters that somebody has to see to."""
    failed = ngettext("%(num)s brev kunde inte skickas.", "%(num)s brev kunde inte skickas.", counts.failed)
    uncertain = ngettext(
        "%(num)s brev väntar på att någon avgör om det har skickats eller ska skickas.",
        "%(num)s brev väntar på att någon avgör om de har skickats eller ska skickas.",
        counts.uncertain,
    )
    rows = ((counts.failed, failed, Box.FAILED), (counts.uncertain, uncertain, Box.UNCERTAIN))
    return [(words, url_for("dispatches.listing", visa=box.value)) for count, words, box in rows if count]


def _draft(draft: DraftRow) -> dict[str, object]:
    files = ngettext("%(num)s fil", "%(num)s filer", draft.files) if draft.files else ""
    return {
        "title": draft.title or _("Utkast utan rubrik"),
        "url": url_for("registration.form", utkast=draft.uid),
        "files": files,
        "updated_at": draft.updated_at,
    }


def _system_state() -> str:
    """For an administrator without a register to read: only whether the work in the background keeps up."""
    with context.diarium().database.reading() as session:
        waiting = feed.lag(session, CONSUMER).waiting
    return context.page("start/system.html", waiting=waiting if waiting > _MANY_WAITING else 0)
