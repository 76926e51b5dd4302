"""From a proposal to the end: what is due goes, by decision, and what explains the number stays."""

from __future__ import annotations

import datetime as dt
import os
import time
import uuid
from dataclasses import replace
from threading import Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.db.base import now
from diarium.disclosure import receiving
from diarium.disclosure.models import RequestedItem
from diarium.disposal import deciding
from diarium.disposal.contents import ContentRemover
from diarium.disposal.deciding import Ruling
from diarium.disposal.errors import FourEyes
from diarium.disposal.models import DisposalContent, DisposalProposal, ItemState, ProposalState
from diarium.errors import DomainError
from diarium.files.models import Blob, BlobText
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.letterbox.letters import ContactWay, Order, OrderedItem
from diarium.register import closing, correction, moving, notes, publishing, secrecy_marks
from diarium.register.commands import DocumentFacts, RestrictionFacts
from diarium.register.correction import CaseCorrection, RecordCorrection
from diarium.register.errors import EditConflict, StatusConflict
from diarium.register.models import Case, DisposalDepth, Document, Party, Record
from diarium.secrecy.models import Scope
from tests.disposal.conftest import DECISION, Archive


def test_a_case_whose_time_is_out_is_disposed_of_and_its_number_explains_itself(archive: Archive) -> None:
    town = archive.town
    with archive.database.unit_of_work() as session:
        case = town.case(session, classification="2.1", title="Bygglov för carport")
        file = DocumentFacts(town.store(session, b"ritning", text="en ritning"), "ritning.txt")
        town.record(session, case, documents=(file,))
        notes.add(session, town.registrar, case, "Ringde om ritningen")
        archive.close(session, case)
        number, sha256 = case.number_text, file.sha256
    proposal = archive.dispose_all()
    assert proposal.state is ProposalState.DONE
    assert (proposal.contents_removed, proposal.bytes_removed) == (1, 7)
    assert not town.blobs.exists(sha256)
    with archive.database.reading() as session:
        case = session.scalars(select(Case).where(Case.number_text == number)).one()
        assert (case.title, case.disposed) == ("Gallrat ärende", DisposalDepth.EVERYTHING)
        (record,) = case.records
        assert (record.title, record.running_number, record.documents) == ("Gallrad handling", 1, [])
        (made,) = case.disposals
        assert (made.decision, made.decided_on, made.file_count) == (DECISION, dt.date(2026, 1, 15), 1)
        assert made.files == {"1": 1}
        for table in (Party, Document, Blob, BlobText, DisposalContent):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    with archive.database.unit_of_work() as session, pytest.raises(StatusConflict):
        closing.reopen(session, town.registrar, session.get_one(Case, case.id), "Mer att göra")


def test_what_is_not_due_is_not_proposed(sqlite_archive: Archive) -> None:
    archive, year = sqlite_archive, today().year
    with archive.database.unit_of_work() as session:
        due = archive.old_case(session, closed_on=dt.date(year - 11, 12, 31)).number_text
        archive.old_case(session, closed_on=dt.date(year - 10, 1, 1))
        archive.old_case(session, classification="1")
    proposal = archive.propose()
    assert archive.states(proposal) == {due: ItemState.PROPOSED}


def test_nobody_decides_alone(sqlite_archive: Archive) -> None:
    archive = sqlite_archive
    with archive.database.unit_of_work() as session:
        archive.old_case(session)
    proposal = archive.propose()
    ruling = Ruling(DECISION, today(), "1")
    with archive.database.unit_of_work() as session, pytest.raises(FourEyes):
        deciding.approve(session, archive.proposer, proposal.uid, ruling, version=1)
    with archive.database.unit_of_work() as session:
        deciding.approve(session, archive.proposer, proposal.uid, ruling, version=1, four_eyes=False)


def test_nothing_happens_before_somebody_has_typed_how_many_cases_go(sqlite_archive: Archive) -> None:
    archive = sqlite_archive
    with archive.database.unit_of_work() as session:
        for _number in range(2):
            archive.old_case(session)
    proposal = archive.propose()
    archive.carry_out()
    assert set(archive.states(proposal).values()) == {ItemState.PROPOSED}
    for wrong in (
        Ruling(DECISION, today(), "1"),
        Ruling(DECISION, today(), ""),
        Ruling(DECISION, today() + dt.timedelta(days=1), "2"),
        Ruling("  ", today(), "2"),
    ):
        with archive.database.unit_of_work() as session, pytest.raises(DomainError):
            deciding.approve(session, archive.decider, proposal.uid, wrong, version=1)
    archive.carry_out()
    assert set(archive.states(proposal).values()) == {ItemState.PROPOSED}
    with archive.database.unit_of_work() as session, pytest.raises(EditConflict):
        deciding.approve(session, archive.decider, proposal.uid, Ruling(DECISION, today(), "2"), version=7)


def test_a_case_that_is_left_out_stays_and_can_be_proposed_again(sqlite_archive: Archive) -> None:
    archive = sqlite_archive
    with archive.database.unit_of_work() as session:
        numbers = [archive.old_case(session).number_text for _number in range(2)]
    proposal = archive.propose()
    with archive.database.unit_of_work() as session:
        first = archive.items(session, proposal)[0]
        deciding.reject(session, archive.decider, proposal.uid, first.id, "Används i forskning", version=1)
    archive.approve(proposal)
    archive.carry_out()
    assert archive.states(proposal) == {numbers[0]: ItemState.REJECTED, numbers[1]: ItemState.DISPOSED}
    assert archive.states(archive.propose()) == {numbers[0]: ItemState.PROPOSED}


def test_a_case_that_has_changed_since_the_proposal_is_not_touched(archive: Archive) -> None:
    with archive.database.unit_of_work() as session:
        case = archive.old_case(session)
    proposal = archive.propose()
    archive.approve(proposal)
    with archive.database.unit_of_work() as session:
        wanted = CaseCorrection(title="En annan rubrik")
        case = session.get_one(Case, case.id)
        correction.correct_case(session, archive.town.registrar, case, wanted, "Fel rubrik", version=case.version)
    archive.carry_out()
    assert set(archive.states(proposal).values()) == {ItemState.HELD}
    with archive.database.reading() as session:
        assert session.get_one(Case, case.id).title == "En annan rubrik"
        assert session.get_one(DisposalProposal, proposal.id).state is ProposalState.DONE


def test_a_content_that_another_case_uses_is_kept(archive: Archive) -> None:
    town = archive.town
    with archive.database.unit_of_work() as session:
        file = DocumentFacts(town.store(session, b"mall", text="en mall"), "mall.txt")
        case = town.case(session, classification="2.1")
        town.record(session, case, documents=(file,))
        archive.close(session, case)
        other = town.case(session, classification="2.1")
        town.record(session, other, documents=(file,))
    proposal = archive.dispose_all()
    assert (proposal.contents_removed, proposal.contents_kept) == (0, 1)
    assert town.blobs.verify(file.sha256)
    with archive.database.reading() as session:
        assert session.get_one(BlobText, file.sha256).text == "en mall"


def test_a_content_that_was_stored_just_now_is_left_until_it_has_lain(sqlite_archive: Archive) -> None:
    archive, town = sqlite_archive, sqlite_archive.town
    with archive.database.unit_of_work() as session:
        case = town.case(session, classification="2.1")
        file = DocumentFacts(town.store(session, b"samma"), "a.txt")
        town.record(session, case, documents=(file,))
        archive.close(session, case)
    archive.disposer = replace(archive.disposer, remover=ContentRemover(archive.database, town.blobs))
    proposal = archive.dispose_all()
    assert proposal.state is ProposalState.EXECUTING
    assert town.blobs.exists(file.sha256)
    long_ago = time.time() - 2 * 3600
    os.utime(town.blobs.path(file.sha256), (long_ago, long_ago))
    with archive.database.unit_of_work() as session:
        town.store(session, b"samma")  # somebody is about to register it once more
    archive.carry_out()
    assert town.blobs.exists(file.sha256)
    os.utime(town.blobs.path(file.sha256), (long_ago, long_ago))
    archive.carry_out()
    assert not town.blobs.exists(file.sha256)


def test_what_is_disposed_of_by_files_alone_is_marked_and_withdrawn_still_but_not_corrected(
    sqlite_archive: Archive,
) -> None:
    archive, town = sqlite_archive, sqlite_archive.town
    with archive.database.unit_of_work() as session:
        key = archive.old_case(session).id
    archive.dispose_all(DisposalDepth.FILES)
    with archive.database.unit_of_work() as session:
        case = session.get_one(Case, key)
        secrecy_marks.mark(session, town.registrar, case, RestrictionFacts("26:1", Scope.TITLE))
        publishing.withdraw(session, town.registrar, case, "Behövs inte på webben")
    with archive.database.unit_of_work() as session:
        record, wanted = session.get_one(Case, key).records[0], RecordCorrection(title="Ny")
        with pytest.raises(StatusConflict):
            correction.correct_record(session, town.registrar, record, wanted, "Fel", version=record.version)


def test_a_registration_in_a_case_under_disposal_waits_and_is_refused(archive: Archive) -> None:
    """Or it comes first, and the case is left alone: never a record in a case that is gone."""
    town = archive.town
    with archive.database.unit_of_work() as session:
        case = archive.old_case(session)
    proposal = archive.propose()
    archive.approve(proposal)
    outcomes: list[str] = []

    def register() -> None:
        try:
            with archive.database.unit_of_work() as session:
                found = session.get_one(Case, case.id)
                closing.reopen(session, town.registrar, found, "Ny handling kom in")
                town.record(session, found)
            outcomes.append("registered")
        except StatusConflict:
            outcomes.append("refused")

    threads = [Thread(target=register), Thread(target=archive.disposer.run)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (state,) = archive.states(proposal).values()
    assert (outcomes, state) in ((["registered"], ItemState.HELD), (["refused"], ItemState.DISPOSED))
    with archive.database.reading() as session:
        records = session.get_one(Case, case.id).records
        assert len(records) == (2 if outcomes == ["registered"] else 1)


def test_a_request_to_see_a_case_holds_it_or_comes_too_late(archive: Archive) -> None:
    with archive.database.unit_of_work() as session:
        case = archive.old_case(session)
    proposal = archive.propose()
    archive.approve(proposal)

    def ask() -> None:
        with archive.database.unit_of_work() as session:
            order(session, archive, f"{case.number_text}-1")

    threads = [Thread(target=archive.disposer.run), Thread(target=ask)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (state,) = archive.states(proposal).values()
    with archive.database.reading() as session:
        disposed = session.get_one(Case, case.id).disposed
        assert session.scalar(select(func.count()).select_from(RequestedItem)) == 1
    assert (state, disposed) in (
        (ItemState.DISPOSED, DisposalDepth.EVERYTHING),
        (ItemState.HELD, None),
    )


def order(session: Session, archive: Archive, number: str) -> None:
    """Somebody asks to see a record."""
    wanted = Order(items=(OrderedItem(number),), contact_way=ContactWay.EMAIL, contact="a@exempel.se")
    receiving.receive_order(session, SYSTEM, wanted, reference="B-1", uid=uuid.uuid4(), placed_at=now())


def test_what_a_moved_record_left_behind_goes_with_it(archive: Archive) -> None:
    """The case that it was moved from lives on and says no longer what it was about."""
    town = archive.town
    with archive.database.unit_of_work() as session:
        first, second = (town.case(session, classification="2.1") for _number in range(2))
        record = town.record(session, first, title="Hemlig rubrik", note="Hemlig anteckning")
        moved = moving.move_record(session, town.registrar, record, second.number_text, "Fel ärende")
        town.record(session, first, title="En annan handling")
        session.flush()
        archive.close(session, second)
        key, trace = first.id, record.id
    archive.dispose_all()
    with archive.database.reading() as session:
        left = session.get_one(Record, trace)
        assert (left.title, left.note, left.parties) == ("Gallrad handling", None, [])
        assert left.moved_to_id == moved.id
        case = session.get_one(Case, key)
        assert case.disposed is None
        assert [found.title for found in case.records] == ["Gallrad handling", "En annan handling"]
        told = str([(event.before, event.after, event.reason) for event in session.scalars(select(AuditEvent))])
        assert "Hemlig" not in told
