"""The preview tells what an export would hold and what stands in its way."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive import selection
from diarium.archive.selection import Preview, ProblemKind
from diarium.register.models import Authority, Case, Document, Party, Record
from tests.archive.register_examples import PERIOD, full_case, plain_case
from tests.conftest import Municipality


def _preview(town: Municipality, session: Session) -> Preview:
    authority = session.scalars(select(Authority).where(Authority.code == "KS")).one()
    return selection.preview(session, authority, *PERIOD, store=town.blobs)


def test_the_preview_counts_cases_records_and_files(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        full_case(municipality, session)
        plain_case(municipality, session)
    with municipality.database.reading() as session:
        found = _preview(municipality, session)
    assert (found.cases, found.records, found.documents) == (2, 6, 5)
    assert found.size > 0
    assert found.is_possible


def test_the_preview_names_what_should_be_known(sqlite_municipality: Municipality) -> None:
    town = sqlite_municipality
    with town.database.unit_of_work() as session:
        number = full_case(town, session).number_text
        plain = plain_case(town, session, files=0)
        assert plain.classification is not None
        plain.classification.retention_rule = None
    with town.database.reading() as session:
        found = _preview(town, session)
    told = {(problem.kind, problem.number) for problem in found.problems}
    assert (ProblemKind.FORMAT_UNKNOWN, f"{number}-1") in told
    assert (ProblemKind.RECORD_WITHOUT_FILE, f"{plain.number_text}-1") in told
    assert (ProblemKind.NO_RETENTION_RULE, plain.number_text) in told
    assert (ProblemKind.OPEN_DEADLINE, number) in told
    assert (ProblemKind.OPEN_DEADLINE, plain.number_text) not in told
    assert (ProblemKind.PROTECTED_IDENTITY, number) in told
    assert (ProblemKind.RESTRICTED, number) in told
    assert (ProblemKind.RESTRICTED, plain.number_text) not in told
    assert not any(problem.is_blocking for problem in found.problems)


def test_a_missing_file_blocks_and_is_told_first(sqlite_municipality: Municipality) -> None:
    town = sqlite_municipality
    with town.database.unit_of_work() as session:
        number = plain_case(town, session).number_text
        town.blobs.path(session.scalars(select(Document.sha256)).one()).unlink()
    with town.database.reading() as session:
        found = _preview(town, session)
    assert found.problems[0].kind is ProblemKind.FILE_MISSING
    assert found.problems[0].number == f"{number}-1"
    assert "Bilaga 1.txt" in found.problems[0].message
    assert not found.is_possible


def test_an_unsuitable_format_is_told_with_its_name(sqlite_municipality: Municipality) -> None:
    town = sqlite_municipality
    with town.database.unit_of_work() as session:
        plain_case(town, session)
        blob = session.scalars(select(Document)).one().blob
        blob.puid, blob.format_name = "fmt/999999", "Ordbehandling 97"
    with town.database.reading() as session:
        problem = next(p for p in _preview(town, session).problems if p.kind is ProblemKind.FORMAT_UNSUITABLE)
    assert "Ordbehandling 97" in problem.message
    assert not problem.is_blocking


def test_very_many_problems_are_counted_but_a_blocking_one_never_disappears(
    sqlite_municipality: Municipality, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MOST_PROBLEMS", 1)
    town = sqlite_municipality
    with town.database.unit_of_work() as session:
        plain_case(town, session, files=3)
        for sha256 in session.scalars(select(Document.sha256)):
            town.blobs.path(sha256).unlink()
    with town.database.reading() as session:
        found = _preview(town, session)
    assert [problem.kind for problem in found.problems] == [ProblemKind.FILE_MISSING, ProblemKind.MORE]
    assert found.problems[1].is_blocking


def test_other_authorities_cases_are_not_counted(sqlite_municipality: Municipality) -> None:
    town = sqlite_municipality
    with town.database.unit_of_work() as session:
        plain_case(town, session)
        other = session.scalars(select(Authority).where(Authority.code == "SN")).one()
        assert session.scalars(select(Case)).one().authority_id != other.id
        assert selection.preview(session, other, *PERIOD).cases == 0


def test_closed_circles_are_left_out_and_protected_files_are_not_named(sqlite_municipality: Municipality) -> None:
    town = sqlite_municipality
    with town.database.unit_of_work() as session:
        full_case(town, session)
        circle = plain_case(town, session)
        circle.is_closed_circle = True
        of_record = plain_case(town, session)
        of_record.records[0].is_closed_circle = True
        numbers = {circle.number_text, of_record.number_text}
        protected = select(Document.file_name).join(Document.record).join(Record.parties).where(Party.is_protected)
        hidden = set(session.scalars(protected))
    with town.database.reading() as session:
        found = _preview(town, session)
    told = {problem.number for problem in found.problems if problem.kind is ProblemKind.CLOSED_CIRCLE}
    assert told == numbers
    assert found.cases == 1
    assert hidden
    assert not any(name in problem.message for problem in found.problems for name in hidden)
