"""Whatever is in a register, and wherever the program stops: what is due and free goes, once, and nothing else.

The rule is written here once more, as a lawyer would say it. DIARIUM_EXHAUSTIVE=1 tries many more registers.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, func, select, update
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.audit.redaction_models import AuditRedaction
from diarium.classification.models import Classification, Retention, RetentionRule
from diarium.db.engine import open_database
from diarium.disposal import executing, holds
from diarium.disposal.due import Wanted
from diarium.disposal.errors import InvalidDisposal
from diarium.disposal.models import ItemState, RetentionDay
from diarium.files.store import LocalBlobStore
from diarium.i18n import today
from diarium.register.commands import DocumentFacts
from diarium.register.models import Case, CaseDisposal, DisposalDepth
from diarium.register.vocabulary import CaseStatus
from tests import patterns
from tests.conftest import Municipality
from tests.disposal.conftest import Archive

IS_EXHAUSTIVE = bool(os.environ.get("DIARIUM_EXHAUSTIVE"))
pytestmark = pytest.mark.timeout(3600 if IS_EXHAUSTIVE else 300)
CLASSES = ("1", "2.1", "3", "4")
EVENTS = (None, "case_closed", "fiscal_year_end", "contract_end", "när domen vunnit laga kraft")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a class says of keeping."""

    disposes: bool
    years: int
    event: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """A case of the register to be."""

    class_code: str
    ago: int
    month: int
    noted_ago: int | None
    is_open: bool
    is_held: bool


rules = st.builds(Rule, st.booleans(), st.integers(0, 6), st.sampled_from(EVENTS))
cases = st.builds(
    Facts,
    class_code=st.sampled_from(CLASSES),
    ago=st.integers(0, 9),
    month=st.sampled_from((1, 6, 12)),
    noted_ago=st.none() | st.integers(0, 9),
    is_open=st.booleans(),
    is_held=st.booleans(),
)


def expected(facts: Facts, rule: Rule) -> bool:
    """Whether a case is disposed of, said in other words than the program's."""
    if facts.is_open or facts.is_held or not rule.disposes:
        return False
    counted = facts.noted_ago if rule.event not in EVENTS[:3] else facts.ago
    if counted is None:
        return False
    # The year of the event is not counted: so many whole years must have passed since.
    return counted - 1 >= rule.years


@settings(
    max_examples=200 if IS_EXHAUSTIVE else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    database=None,
)
@given(
    chosen=st.fixed_dictionaries(dict.fromkeys(CLASSES, rules)),
    wanted=st.lists(cases, min_size=1, max_size=6),
    depth=st.sampled_from(DisposalDepth),
)
def test_exactly_what_is_due_and_free_is_disposed_of(
    chosen: dict[str, Rule], wanted: list[Facts], depth: DisposalDepth
) -> None:
    with new_archive() as archive:
        with archive.database.unit_of_work() as session:
            _write_rules(session, chosen)
            keys = {_made(session, archive, facts): facts for facts in wanted}
        due = {key for key, facts in keys.items() if expected(facts, chosen[facts.class_code])}
        for _round in range(2):
            try:
                archive.approve(archive.propose(depth, Wanted("KS")))
            except InvalidDisposal:
                assert due == set() or _round == 1
            archive.carry_out()
            with archive.database.reading() as session:
                gone = set(session.scalars(select(Case.id).where(Case.disposed == depth)))
                rows = session.scalars(select(CaseDisposal.case_id)).all()
                assert gone == due
                assert sorted(rows) == sorted(due)


@pytest.mark.parametrize("seed", range(25 if IS_EXHAUSTIVE else 3))
def test_a_disposal_that_is_stopped_anywhere_goes_on_where_it_was(seed: int) -> None:
    """Stopped at every so manieth statement: a case is whole or wholly gone, and in the end each is, once."""
    with new_archive() as archive:
        with archive.database.unit_of_work() as session:
            for number in range(3):
                case = archive.town.case(session, classification="2.1")
                file = DocumentFacts(archive.town.store(session, b"fil %d" % number, text="text"), "fil.txt")
                archive.town.record(session, case, documents=(file,))
                archive.close(session, case)
        proposal = archive.propose()
        archive.approve(proposal)
        stops, limit = 0, 7 + 5 * seed
        while True:
            with stopping(archive, limit) as counted:
                try:
                    archive.carry_out()
                except _StoppedError:
                    stops += 1
            _assert_each_is_whole_or_gone(archive)
            if not counted.stopped:
                break
            limit += 11 + seed
        assert stops > 5
        assert set(archive.states(proposal).values()) == {ItemState.DISPOSED}
        assert list(archive.town.blobs.iter_hashes()) == []
        with archive.database.reading() as session:
            assert session.scalar(select(func.count()).select_from(CaseDisposal)) == 3
            told = select(func.count()).where(AuditEvent.action == "case.disposed")
            assert session.scalar(told) == 3
            assert (session.scalar(select(func.count()).select_from(AuditRedaction)) or 0) > 5


class _StoppedError(BaseException):
    """As if the program were killed: nothing catches it."""


@dataclass(slots=True)
class _Counter:
    left: int
    stopped: bool = False


@contextmanager
def stopping(archive: Archive, after: int) -> Iterator[_Counter]:
    """Stops the program at a statement: nothing of its transaction is there afterwards."""
    counter = _Counter(after)

    def count(_connection: Connection, *_more: object) -> None:
        counter.left -= 1
        if counter.left == 0:
            counter.stopped = True
            raise _StoppedError

    event.listen(archive.database.engine, "before_cursor_execute", count)
    try:
        yield counter
    finally:
        event.remove(archive.database.engine, "before_cursor_execute", count)


@contextmanager
def new_archive() -> Iterator[Archive]:
    """An archive in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="diarium-disposal-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'register.sqlite'}"
        patterns.town(url)
        database = open_database(url)
        town = Municipality(database, LocalBlobStore(folder / "files"))
        archive = Archive(town, folder, compact=executing.compacted)
        try:
            yield archive
        finally:
            archive.close_down()
            database.close()


def _write_rules(session: Session, chosen: dict[str, Rule]) -> None:
    for code, rule in chosen.items():
        kind = Retention.DISPOSE if rule.disposes else Retention.PRESERVE
        made = RetentionRule(
            retention=kind,
            years=rule.years if rule.disposes else None,
            event=rule.event if rule.disposes else None,
            basis="Nämnden",
        )
        session.add(made)
        session.flush()
        session.execute(
            update(Classification).where(Classification.code == code).values(retention_rule_id=made.id)
        )


def _made(session: Session, archive: Archive, facts: Facts) -> int:
    year = today().year
    # A day of this year may lie ahead: the first is always past or today.
    closed_on = dt.date(year - facts.ago, facts.month if facts.ago else 1, 1)
    case = archive.town.case(session, classification=facts.class_code)
    archive.close(session, case, closed_on)
    if facts.noted_ago is not None:
        noted = dt.date(year - facts.noted_ago, 1, 1)
        session.add(RetentionDay(case_id=case.id, happened_on=noted, noted_by_name="Arja"))
    if facts.is_held:
        holds.set_hold(session, archive.proposer, case.number_text, "KS", "Tvist i domstol")
    if facts.is_open:
        session.execute(update(Case).where(Case.id == case.id).values(status=CaseStatus.IN_PROGRESS))
    return case.id


def _assert_each_is_whole_or_gone(archive: Archive) -> None:
    with archive.database.reading() as session:
        for case in session.scalars(select(Case)):
            gone = case.disposed is not None
            assert (case.title == "Gallrat ärende") == gone
            assert [record.title == "Gallrad handling" for record in case.records] == [gone]
            assert len(case.disposals) == int(gone)
            for record in case.records:
                assert len(record.documents) == (0 if gone else 1)
                for document in record.documents:
                    assert archive.town.blobs.verify(document.sha256)
