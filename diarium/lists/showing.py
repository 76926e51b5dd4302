"""What restricted content the rows of a list showed, for the note in the log of events."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from diarium.identity.permissions import Actor
from diarium.lists.model import ListRow
from diarium.register import queries
from diarium.register.queries import Shown


def restricted_of(session: Session, actor: Actor, rows: Sequence[ListRow]) -> tuple[Shown, ...]:
    """The restricted cases and records whose content `rows` show, each once. Constant number of queries.

    Only what the list did not find out itself is asked of the register.
    """
    cases = {row.marked_case for row in rows if row.marked_case}
    records = {row.marked_record for row in rows if row.marked_record}
    found = [row.shown for row in sorted(rows, key=lambda row: row.id) if row.shown is not None]
    if cases or records:
        found += queries.restricted_shown(session, actor, cases=cases, records=records)
    return tuple({item.uid: item for item in found}.values())
