"""The log and the outbox can only be added to."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.conftest import Municipality


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor_name = 'någon annan'",
        "DELETE FROM audit_event",
        "UPDATE change SET kind = 'x'",
    ],
)
def test_database_refuses_to_change_history(municipality: Municipality, statement: str) -> None:
    with municipality.database.unit_of_work() as session:
        municipality.case(session)
    with pytest.raises(DBAPIError, match="append-only"), municipality.database.unit_of_work() as session:
        session.execute(text(statement))


def test_replace_does_not_walk_round_the_triggers_of_sqlite(sqlite_municipality: Municipality) -> None:
    columns = "id, at, actor_name, action, entity_type, entity_uid, entity_label"
    statement = f"REPLACE INTO audit_event ({columns}) SELECT id, at, 'x', action, 'x', 'x', 'x' FROM audit_event"
    with pytest.raises(DBAPIError, match="append-only"), sqlite_municipality.database.unit_of_work() as session:
        session.execute(text(statement))
