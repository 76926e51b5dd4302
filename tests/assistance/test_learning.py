"""The counts follow the register, whatever happens to it and however often a change comes."""

from __future__ import annotations

import threading

from sqlalchemy import select

from diarium.assistance import learning
from diarium.assistance.learning import UsageCounter
from diarium.assistance.models import UsageCount, UsageSource
from diarium.changes import feed
from diarium.changes.models import Change
from diarium.db.engine import Database
from diarium.register import closing, correction, secrecy_marks
from diarium.register.commands import RestrictionFacts
from diarium.register.correction import CaseCorrection, RecordCorrection
from diarium.register.models import Record
from tests.assistance.test_suggestions import learn, permit
from tests.conftest import Municipality

Counts = dict[tuple[str, str, str], int]


def counts(database: Database) -> Counts:
    """Everything that is counted."""
    with database.reading() as session:
        rows = session.scalars(select(UsageCount))
        return {(row.clue, row.field, row.value): row.count for row in rows}


def rebuilt(database: Database) -> Counts:
    """What is counted if it is all counted anew."""
    learning.rebuild(database)
    return counts(database)


def test_a_change_that_comes_twice_is_counted_once(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        permit(m, session)
        permit(m, session)
    with m.database.reading() as session:
        changes = feed.pending(session, "somebody else")
    counter = UsageCounter(m.database)
    counter.handle(changes)
    once = counts(m.database)
    counter.handle([*changes, *changes[::-1]])
    assert once == counts(m.database) == rebuilt(m.database)
    assert once["w:i:bygglov", "classification", "2.1"] == 2


def test_two_workers_with_the_same_changes_count_once(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        for _number in range(5):
            permit(m, session)
    with m.database.reading() as session:
        changes: list[Change] = list(feed.pending(session, "somebody else"))
    workers = [threading.Thread(target=UsageCounter(m.database).handle, args=(changes,)) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert counts(m.database)["w:i:bygglov", "classification", "2.1"] == 5


def test_corrected_marked_lifted_assigned_and_cancelled_records_count_as_they_are(
    municipality: Municipality,
) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        record = permit(m, session)
        other = permit(m, session)
    learn(m)
    steps = [
        lambda s, r: correction.correct_record(
            s, m.registrar, r, RecordCorrection(title="Anmälan", record_type="Anmälan"), "Fel", version=r.version
        ),
        lambda s, r: correction.correct_case(
            s, m.registrar, r.case, CaseCorrection(classification="1.1"), "Fel", version=r.case.version
        ),
        lambda s, r: closing.assign(s, m.registrar, r.case, "rut", None),
        lambda s, r: secrecy_marks.mark(s, m.registrar, r.case, RestrictionFacts("26:1")),
        lambda s, r: secrecy_marks.lift(s, m.registrar, r.case, r.case.restrictions[0].uid, "Prövat"),
        lambda s, r: closing.cancel_record(s, m.registrar, r, "Dubbel"),
    ]
    seen = [counts(m.database)]
    for step in steps:
        with m.database.unit_of_work() as session:
            step(session, session.get_one(Record, record.id))
        learn(m)
        seen.append(counts(m.database))
        assert seen[-1] == rebuilt(m.database)
        assert seen[-1] != seen[-2]
    assert ("w:i:anmälan", "classification", "1.1") in seen[2]
    assert not any(clue.startswith("w:i:anmäl") for clue, _field, _value in seen[4])
    with m.database.unit_of_work() as session:
        closing.cancel_record(session, m.registrar, session.get_one(Record, other.id), "Dubbel")
    learn(m)
    assert counts(m.database) == {}


def test_rebuilding_begins_from_nothing_and_leaves_the_feed_where_it_is(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        permit(m, session)
    learn(m)
    right = counts(m.database)
    with m.database.unit_of_work() as session:
        for row in session.scalars(select(UsageCount)):
            row.count += 7
        session.scalars(select(UsageSource)).one().counted = {}
    assert learning.rebuild(m.database) == 1
    assert counts(m.database) == right
    with m.database.reading() as session:
        assert feed.lag(session, learning.CONSUMER).waiting == 0
