"""Packages are taken over into a living register: nothing twice, nothing overwritten, nothing seen too early."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.archive.import_models import ImportMode, ImportState, PackageImport
from diarium.archive.importing import ordering, surveying
from diarium.archive.importing.errors import ImportRefused
from diarium.archive.importing.model import BasisKind, Choices, ConflictKind
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.reading import read_package
from diarium.audit.models import AuditEvent
from diarium.changes.models import Change
from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.vocabulary import MessageState
from diarium.errors import DomainError, NotAllowed
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Actor, Role
from diarium.register import closing, correction, deadlines, notes, registration, series, taking_over
from diarium.register.commands import PartyFacts
from diarium.register.deadlines import DeadlineFacts
from diarium.register.errors import StatusConflict
from diarium.register.models import Case, CaseOrigin, Deadline, DiarySeries, Record
from diarium.register.vocabulary import CaseStatus, DeadlineState
from diarium.secrecy.models import Restriction
from tests.archive.importing.conftest import Installation
from tests.archive.made_packages import MadePackage, made_package
from tests.archive.reading.foreign_packages import municipal_fgs1
from tests.archive.register_examples import full_case, plain_case
from tests.conftest import Municipality


def test_the_same_package_twice_brings_nothing_new(made: MadePackage, empty_installation: Installation) -> None:
    first = empty_installation.take_over(made.root)
    assert first.counts["new"] == len(made.cases)
    again = empty_installation.take_over(made.root)
    assert (again.state, again.counts["new"], again.counts["left_out"]) == (ImportState.DONE, 0, len(made.cases))
    assert {one["kind"] for one in again.conflicts} == {ConflictKind.ALREADY_HERE.value}
    assert len(empty_installation.cases()) == len(made.cases)


def test_a_package_of_cases_that_never_left_says_that_they_are_here(made: MadePackage, home: Installation) -> None:
    with home.database.reading() as session:
        seen = surveying.preview(session, read_package(made.root), Choices(ImportMode.REGISTER, "KS"))
    assert seen.by_kind == {ConflictKind.ALREADY_HERE: len(made.cases)}
    assert not seen.is_possible


def test_a_case_that_was_changed_meanwhile_is_told_and_left_alone(made: MadePackage, home: Installation) -> None:
    with home.database.unit_of_work() as session:
        case = session.scalars(select(Case).where(Case.uid == made.cases[0].uid)).one()
        case.note = "Ny anteckning"
    done = home.take_over(made.root)
    kinds = [one["kind"] for one in done.conflicts]
    assert kinds == [ConflictKind.OTHER_CONTENT.value, *[ConflictKind.ALREADY_HERE.value] * (len(made.cases) - 1)]
    with home.database.reading() as session:
        assert session.scalars(select(Case.note).where(Case.uid == made.cases[0].uid)).one() == "Ny anteckning"


def test_a_number_that_a_taken_over_case_has_is_never_given_again(
    made: MadePackage, empty_installation: Installation
) -> None:
    empty_installation.take_over(made.root)
    highest = max(case.number for case in made.cases)
    with empty_installation.database.unit_of_work() as session:
        row = session.scalars(select(DiarySeries)).one()
        assert series.next_number(session, row, made.cases[0].year) == highest + 1


def test_what_another_case_is_numbered_is_left_out_and_told(
    municipality: Municipality, tmp_path: Path, empty_installation: Installation
) -> None:
    made = made_package(municipality, tmp_path / "first", ProfileCode.FGS1, plain_case)
    other = Installation(municipality.database, municipality.blobs)
    with municipality.database.unit_of_work() as session:
        for case in session.scalars(select(Case).where(Case.uid == made.cases[0].uid)):
            case.uid = uuid.UUID(int=7)
            for record in case.records:
                record.uid = uuid.UUID(int=record.running_number)
    done = other.take_over(made.root)
    assert [one["kind"] for one in done.conflicts] == [ConflictKind.NUMBER_TAKEN.value]
    assert done.counts["new"] == 0


def test_an_archive_to_read_cannot_be_changed_and_is_not_published(
    made: MadePackage, empty_installation: Installation
) -> None:
    empty_installation.take_over(made.root, ImportMode.READ_ONLY)
    actor = _somebody("KS")
    with empty_installation.database.unit_of_work() as session:
        case = session.scalars(select(Case).where(Case.uid == made.cases[0].uid)).one()
        assert case.status is CaseStatus.ARCHIVED
        assert any(item.is_in_force for item in case.withdrawals)
        origin = taking_over.origin_of(session, case)
        assert origin is not None
        assert (origin.is_read_only, origin.status, origin.system) == (True, CaseStatus.CLOSED, "diarium 1.0")
        assert not session.scalar(select(Deadline.id).where(Deadline.state == DeadlineState.OPEN).limit(1))
        for change in _changes(session, actor, case):
            with pytest.raises(StatusConflict):
                change()


def test_an_archive_to_read_is_published_if_somebody_says_so(
    made: MadePackage, empty_installation: Installation
) -> None:
    empty_installation.take_over(made.root, ImportMode.READ_ONLY, is_published=True)
    with empty_installation.database.reading() as session:
        plain = session.scalars(select(Case).where(Case.uid == made.cases[-1].uid)).one()
        assert not plain.withdrawals


def test_no_case_comes_a_moment_before_its_markings(made: MadePackage, empty_installation: Installation) -> None:
    """What is told of a case in the feed and what marks it are of one transaction: whoever reads the one sees the
    other."""
    seen: list[tuple[int, int]] = []

    def look(session: Session, case_uid: object) -> None:
        case = session.scalars(select(Case).where(Case.uid == case_uid)).one()
        marks = session.scalar(select(func.count(Restriction.id)).where(Restriction.case_id == case.id)) or 0
        told = session.scalar(select(func.count(Change.id)).where(Change.entity_uid == case.uid)) or 0
        seen.append((marks, told))

    done = empty_installation.take_over(made.root)
    with empty_installation.database.reading() as session:
        look(session, made.cases[0].uid)
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == taking_over.TAKEN_OVER)).all()
    assert seen == [(len(made.cases[0].restrictions), 1)]
    assert {event.entity_uid for event in events} == {str(case.uid) for case in made.cases}
    assert all("Ansökan" not in str(event.after) for event in events)
    assert done.progress == done.total == len(made.cases)


def test_accounts_that_are_made_let_nobody_in(made: MadePackage, empty_installation: Installation) -> None:
    empty_installation.take_over(made.root)
    with empty_installation.database.reading() as session:
        people = session.scalars(select(User)).all()
        assert {person.username for person in people} >= {"rut", "hans"}
        assert all(not who.is_active and who.password_hash is None and not who.memberships for who in people)


def test_nothing_that_waited_to_be_sent_is_sent_from_here(
    sqlite_municipality: Municipality, tmp_path: Path, empty_installation: Installation
) -> None:
    made = made_package(sqlite_municipality, tmp_path / "first", ProfileCode.FGS2, full_case, _queued)
    empty_installation.take_over(made.root)
    with empty_installation.database.reading() as session:
        states = set(session.scalars(select(OutgoingMessage.state)))
        assert MessageState.CANCELLED in states
        assert not states & {MessageState.QUEUED, MessageState.SENDING}


def test_a_missing_file_keeps_a_case_out_unless_somebody_wants_it_all_the_same(
    made: MadePackage, empty_installation: Installation, tmp_path: Path
) -> None:
    root = copy_of(made, tmp_path)
    next(path for path in sorted(root.rglob("*")) if path.name.endswith("bilaga_1.txt")).unlink()
    done = empty_installation.take_over(root)
    assert [one["kind"] for one in done.conflicts] == [ConflictKind.FILE_MISSING.value]
    again = empty_installation.take_over(root, keeps_incomplete=True)
    assert again.counts["new"] == 1
    with empty_installation.database.reading() as session:
        record = session.scalars(select(Record).join(Record.case).where(Case.title == "Enkelt ärende")).one()
        assert record.note is not None
        assert "saknades i paketet" in record.note


def test_a_file_that_is_not_what_its_checksum_says_never_comes_in(
    made: MadePackage, empty_installation: Installation, tmp_path: Path
) -> None:
    root = copy_of(made, tmp_path)
    changed = next(path for path in sorted(root.rglob("*")) if path.name.endswith("bilaga_1.txt"))
    changed.write_bytes(changed.read_bytes()[::-1])
    done = empty_installation.take_over(root, keeps_incomplete=True)
    assert [one["kind"] for one in done.conflicts] == [ConflictKind.FILE_DAMAGED.value]


def test_an_import_that_is_cut_off_goes_on_where_it_was(
    made: MadePackage, empty_installation: Installation
) -> None:
    class CutOff(BaseException):
        """The process ends."""

    def end(_done: int, _total: int) -> None:
        raise CutOff

    with pytest.raises(CutOff):
        empty_installation.take_over(made.root, on_case=end)
    with empty_installation.database.reading() as session:
        row = session.scalars(select(PackageImport)).one()
        assert (row.state, row.progress) == (ImportState.RUNNING, 1)
    assert len(empty_installation.cases()) == 1
    done = empty_installation.run(row.uid, made.root)
    assert (done.state, done.progress, done.counts["new"]) == (ImportState.DONE, len(made.cases), len(made.cases))
    assert len(empty_installation.cases()) == len(made.cases)


def test_an_import_can_be_stopped_and_gone_on_with(made: MadePackage, empty_installation: Installation) -> None:
    with empty_installation.database.unit_of_work() as session:
        choices = Choices(ImportMode.REGISTER, "KS")
        row = ordering.request_import(session, SYSTEM, read_package(made.root), choices, source="x")
        with pytest.raises(DomainError):
            ordering.request_import(session, SYSTEM, read_package(made.root), choices, source="x")
        uid = row.uid
        ordering.stop_import(session, SYSTEM, uid)
    assert empty_installation.run(uid, made.root).state is ImportState.FAILED
    assert empty_installation.cases() == []
    with empty_installation.database.unit_of_work() as session:
        ordering.resume_import(session, SYSTEM, uid)
    assert empty_installation.run(uid, made.root).state is ImportState.DONE


def test_only_those_who_answer_for_it_take_cases_over(
    made: MadePackage, sqlite_municipality: Municipality
) -> None:
    town, package = sqlite_municipality, read_package(made.root)
    both = dataclasses.replace(town.archivist, roles={"KS": frozenset({Role.ARCHIVIST, Role.ADMINISTRATOR})})
    register, archive = (Choices(mode, "KS") for mode in (ImportMode.REGISTER, ImportMode.READ_ONLY))
    with town.database.unit_of_work() as session:
        for actor, choices in (
            (town.registrar, archive),
            (town.outsider, archive),
            (town.administrator, register),
            (town.archivist, register),
            (town.archivist, dataclasses.replace(archive, authority="NYTT")),
        ):
            with pytest.raises(NotAllowed):
                ordering.request_import(session, actor, package, choices, source="x")
        with pytest.raises(ImportRefused) as refused:
            ordering.request_import(session, both, package, Choices(ImportMode.REGISTER, ""), source="x")
        assert refused.value.field == "authority"
        ordering.request_import(session, both, package, register, source="x")


def test_a_municipal_export_is_taken_over_beside_what_is_here(tmp_path: Path, municipality: Municipality) -> None:
    town = Installation(municipality.database, municipality.blobs)
    root = municipal_fgs1(tmp_path / "paket")
    with town.database.reading() as session:
        package = read_package(root)
        assert surveying.suggested(session, package).authority == "BN"
        seen = surveying.preview(session, package, Choices(ImportMode.READ_ONLY, "BN"))
    assert {line.kind for line in seen.basis if line.here is None} == {
        BasisKind.AUTHORITY,
        BasisKind.SERIES,
        BasisKind.UNIT,
        BasisKind.SCHEME,
        BasisKind.USER,
    }
    assert (seen.counts.cases, seen.counts.restricted, seen.counts.protected) == (2, 1, 1)
    done = town.take_over(root, ImportMode.READ_ONLY, authority="BN")
    assert (done.state, done.counts["new"]) == (ImportState.DONE, 2), (done.error, done.conflicts)
    first, second = (case for case in town.cases() if case.number_text in ("BN 2019-000123", "Gamla pärmen"))
    assert (second.series_code, second.number) == ("PAKET", 1)
    assert [mark.citation for mark in first.restrictions] == ["OSL 21 kap. 7 §", "Okänt 0 kap. 0 §"]
    with town.database.unit_of_work() as session:
        present = municipality.case(session)
        assert present.classification is not None
        assert present.classification.scheme.name == "Prov"  # the scheme in force is still ours
    again = town.take_over(root, ImportMode.READ_ONLY, authority="BN")
    assert (again.counts["new"], {one["kind"] for one in again.conflicts}) == (
        0,
        {ConflictKind.ALREADY_HERE.value},
    )


def test_what_referred_to_a_case_that_comes_later_is_tied_then(
    sqlite_municipality: Municipality, tmp_path: Path, empty_installation: Installation
) -> None:
    made = made_package(sqlite_municipality, tmp_path / "first", ProfileCode.FGS2, full_case)
    empty_installation.take_over(made.root)
    with empty_installation.database.reading() as session:
        assert session.scalars(select(CaseOrigin.loose_count)).all() != [0]
    with sqlite_municipality.database.unit_of_work() as session:
        related = session.scalars(select(Case).where(Case.title == "Det tidigare ärendet")).one()
        related.closed_on = related.opened_on
    both = made_package(sqlite_municipality, tmp_path / "second", ProfileCode.EARK)
    empty_installation.take_over(both.root)
    with empty_installation.database.reading() as session:
        assert set(session.scalars(select(CaseOrigin.loose_count))) == {0}
        lost = session.scalars(
            select(Record).where(Record.title == "Karta", Record.cancel_reason.is_not(None))
        ).one()
        assert lost.moved_to is not None
        assert lost.moved_to.case.title == "Det tidigare ärendet"


def copy_of(made: MadePackage, folder: Path) -> Path:
    """A package of this test's own."""
    return Path(shutil.copytree(made.root, folder / made.root.name))


def _changes(session: Session, actor: Actor, case: Case) -> list[Callable[[], object]]:
    """Steps that change what stands in a case."""
    wanted, reason = correction.CaseCorrection(title="Annat"), "Fel titel"
    with_files = next(record for record in case.records if record.documents)
    facts = PartyFacts("Ny part")
    return [
        lambda: notes.add(session, actor, case, "Något nytt"),
        lambda: correction.correct_case(session, actor, case, wanted, reason, version=case.version),
        lambda: correction.add_party(session, actor, case, facts, reason, version=case.version),
        lambda: closing.reopen(session, actor, case, reason),
        lambda: closing.cancel_record(session, actor, with_files, reason),
        lambda: registration.add_documents(session, actor, with_files, ()),
        lambda: deadlines.add(session, actor, case, DeadlineFacts(dt.date(2030, 1, 1), "Bevaka")),
    ]


def _somebody(authority: str) -> Actor:
    return Actor(None, "Prov", {authority: frozenset(Role)})


def _queued(municipality: Municipality, session: Session) -> None:
    for message in session.scalars(select(OutgoingMessage)):
        message.state = MessageState.QUEUED
