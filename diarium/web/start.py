"""The first page after the login: what was registered, what is mine."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from diarium.changes import feed
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.register import queries
from diarium.register.vocabulary import DIRECTION_LABELS, STATUS_LABELS
from diarium.search.indexer import CONSUMER
from diarium.web import context, reading

blueprint = Blueprint("start", __name__, url_prefix="/intern")
MOST_OWN_CASES = 200


@blueprint.get("/")
@context.staff(Permission.READ, Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Records registered last, the actor's own open cases, and whether the search is up to date."""
    who = context.actor()
    with context.diarium().database.reading() as session:
        records = queries.recent_records(session, who)
        wanted = queries.CaseFilter(responsible_id=who.user_id or -1, open_only=True)
        own = queries.case_page(session, who, wanted, size=MOST_OWN_CASES)
        shown = queries.restricted_shown(
            session,
            who,
            cases=[case.uid for case in own.cases if case.is_restricted],
            records=[record.uid for record in records],
        )
        reading.note_list(shown, _("Start"))
        waiting = feed.lag(session, CONSUMER).waiting
    return context.page(
        "start/index.html",
        records=records,
        own=own,
        waiting=waiting,
        directions=DIRECTION_LABELS,
        statuses=STATUS_LABELS,
    )
