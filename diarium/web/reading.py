"""Notes in the audit log who was shown what is restricted. Only where there is something to note, it writes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from diarium.audit import service as audit
from diarium.register import queries
from diarium.register.models import Case, Record
from diarium.register.views import CaseView
from diarium.web import context

SEARCH_UID = uuid.UUID("5ea2c400-0000-4000-8000-000000000001")
"""One identifier for all lists and searches: their events are found together, whoever looked."""


def note(target: Case | Record) -> None:
    """Notes that the actor looks at `target` if it is marked or about a protected person."""
    if queries.needs_note(target):
        with context.diarium().database.unit_of_work() as session:
            queries.note_reading(session, context.actor(), target)


def note_case(view: CaseView) -> None:
    """Notes that the actor looks at a case; the reading model has said that it is to be noted."""
    subject = audit.Subject("case", view.uid, view.number, view.authority_code)
    with context.diarium().database.unit_of_work() as session:
        audit.write(session, context.actor(), "case.read", subject)


def note_list(shown: Sequence[queries.Shown], where: str) -> None:
    """Notes the restricted cases and records that a list showed, in one event. `where`: the list's name."""
    if not shown:
        return
    after = {"numbers": [item.number for item in shown], "uids": [item.uid for item in shown]}
    subject = audit.Subject("search", SEARCH_UID, where)
    with context.diarium().database.unit_of_work() as session:
        audit.write(session, context.actor(), "search.restricted_shown", subject, after=after)
