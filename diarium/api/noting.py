"""Notes in the log of events who was shown, in a list, what is restricted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from diarium.api import context
from diarium.audit import service as audit
from diarium.register.queries import Shown

LISTS_UID = uuid.UUID("5ea2c400-0000-4000-8000-000000000001")
"""The identifier that lists on the pages have too: their events are found together, whoever looked and how."""


def note_list(shown: Sequence[Shown], where: str) -> None:
    """Notes the restricted cases and records that a list showed, in one event. `where`: the operation."""
    if not shown:
        return
    after = {"numbers": [item.number for item in shown], "uids": [item.uid for item in shown]}
    with context.diarium().database.unit_of_work() as session:
        subject = audit.Subject("search", LISTS_UID, where)
        audit.write(session, context.actor(), "search.restricted_shown", subject, after=after)
