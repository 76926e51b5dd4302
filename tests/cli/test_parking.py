"""`diarium parked`."""

from __future__ import annotations

import json
import uuid

from sqlalchemy import select

from diarium.changes import feed
from diarium.changes.models import Change, ParkedChange
from diarium.changes.worker import MAX_ATTEMPTS
from diarium.composition import Diarium
from tests.cli.conftest import Run


def test_what_is_parked_is_listed_replayed_and_discarded(run: Run, services: Diarium) -> None:
    with services.database.unit_of_work() as session:
        feed.publish(session, "case", uuid.uuid4(), "case.changed")
        session.flush()
        change = session.scalars(select(Change)).one()
        for consumer, attempts in (("search", MAX_ATTEMPTS), ("public", 1)):
            session.add(
                ParkedChange(consumer=consumer, change_id=change.id, error="ValueError: x", attempts=attempts)
            )
    found = {row["consumer"]: row for row in json.loads(run("parked", "list", "--json").output)}
    assert found["search"]["given_up"]
    assert not found["public"]["given_up"]
    assert "uppgiven" in run("parked", "list", "--consumer", "search").output
    assert run("parked", "replay").exit_code == 2
    assert "1 ändringar prövas igen" in run("parked", "replay", "--consumer", "search").output
    assert not json.loads(run("parked", "list", "--json", "--consumer", "search").output)[0]["given_up"]
    assert run("parked", "discard", str(found["public"]["id"])).exit_code == 0
    assert [row["consumer"] for row in json.loads(run("parked", "list", "--json").output)] == ["search"]
