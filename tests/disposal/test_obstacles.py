"""What stands in the way of a disposal, each by the use case that makes it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from diarium.archive.delivery_models import PackageDelivery
from diarium.classification.models import Classification, Retention, RetentionRule
from diarium.db.base import now
from diarium.disclosure import receiving
from diarium.disposal import due, holds, obstacles, reckoning, views
from diarium.disposal.due import Wanted
from diarium.disposal.errors import DisposalNotFound, InvalidDisposal
from diarium.disposal.models import Ground, ItemState
from diarium.disposal.obstacles import OBSTACLE_LABELS, REMARK_LABELS, Obstacle, Question, Remark
from diarium.errors import NotAllowed
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.letterbox.letters import ContactWay, Order, OrderedItem
from diarium.register import closing, moving, relating, secrecy_marks
from diarium.register.commands import PartyFacts, RestrictionFacts
from diarium.register.models import Case, Deadline, DisposalDepth
from diarium.register.vocabulary import Medium, PartyKind, RelationKind
from diarium.secrecy.models import Scope
from tests.counting import statements_of
from tests.disposal.conftest import Archive
from tests.disposal.deliveries import deliver


def barred(session: Session, case: Case, **question: object) -> tuple[Obstacle, ...]:
    return obstacles.obstacles_of(session, [case], Question(**question))[case.id]  # type: ignore[arg-type]


def _hold(session: Session, archive: Archive, case: Case) -> None:
    holds.set_hold(session, archive.proposer, case.number_text, "KS", "Tvist i domstol")


def _ask(session: Session, _archive: Archive, case: Case) -> None:
    wanted = Order(
        items=(OrderedItem(f"{case.number_text}-1"),), contact_way=ContactWay.EMAIL, contact="a@exempel.se"
    )
    receiving.receive_order(session, SYSTEM, wanted, reference="B-1", uid=uuid.uuid4(), placed_at=now())


def _watch(session: Session, _archive: Archive, case: Case) -> None:
    session.add(Deadline(case_id=case.id, due_on=today(), text="Överklagas?", made_by_name="Rut"))
    session.flush()


def _close_circle(session: Session, archive: Archive, case: Case) -> None:
    session.execute(update(Case).where(Case.id == case.id).values(is_closed_circle=True))
    session.refresh(case)


def _reopen(session: Session, archive: Archive, case: Case) -> None:
    closing.reopen(session, archive.town.registrar, case, "Mer att göra")


def _package(session: Session, _archive: Archive, case: Case) -> None:
    deliver(session, case, confirmed=False)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (_hold, Obstacle.HELD),
        (_ask, Obstacle.REQUESTED),
        (_watch, Obstacle.WATCHED),
        (_close_circle, Obstacle.CLOSED_CIRCLE),
        (_reopen, Obstacle.OPEN),
        (_package, Obstacle.PACKAGED),
    ],
)
def test_what_stands_in_the_way_keeps_a_case_out_and_stops_one_that_is_decided(
    archive: Archive, make: Callable[[Session, Archive, Case], None], expected: Obstacle
) -> None:
    with archive.database.unit_of_work() as session:
        case = archive.old_case(session)
        assert barred(session, case) == ()
    proposal = archive.propose()
    archive.approve(proposal)
    with archive.database.unit_of_work() as session:
        case = session.get_one(Case, case.id)
        make(session, archive, case)
        assert expected in barred(session, case, proposal_id=proposal.id)
    archive.carry_out()
    assert set(archive.states(proposal).values()) == {ItemState.HELD}
    with archive.database.reading() as session:
        (item,) = archive.items(session, proposal)
        assert str(OBSTACLE_LABELS[expected]) in (item.reason or "")
        assert session.get_one(Case, case.id).disposed is None
    with pytest.raises(InvalidDisposal):
        archive.propose()


def test_rules_that_preserve_or_wait_keep_cases(sqlite_archive: Archive) -> None:
    archive, town = sqlite_archive, sqlite_archive.town
    with archive.database.unit_of_work() as session:
        preserved = archive.old_case(session, classification="1")
        early = archive.old_case(session, closed_on=dt.date(today().year - 10, 6, 1))
        bare = archive.old_case(session)
        bare.classification_id = None
        session.flush()
        session.expire(bare)
        contract = _with_rule(session, archive.old_case(session, classification="3"), "contract_end", 4)
        assert barred(session, preserved) == (Obstacle.PRESERVED,)
        assert barred(session, early) == (Obstacle.NOT_YET,)
        assert barred(session, bare) == (Obstacle.NO_RULE,)
        assert barred(session, contract) == (Obstacle.UNKNOWN_DAY,)
        tomorrow = today() + dt.timedelta(days=1)
        with pytest.raises(InvalidDisposal):
            holds.note_day(session, archive.proposer, contract.number_text, "KS", tomorrow)
        with pytest.raises(NotAllowed):
            holds.note_day(session, town.registrar, contract.number_text, "KS", contract.opened_on)
        holds.note_day(session, archive.proposer, contract.number_text, "KS", contract.opened_on)
        assert barred(session, contract) == ()
        assert due.page(session, Wanted("KS"))[0] == [contract]
        first = reckoning.due_on(_rule(contract), contract.opened_on)
        assert first == dt.date(contract.opened_on.year + 5, 1, 1)


def test_a_delivered_case_may_lose_its_own_copy_whatever_its_rule(archive: Archive) -> None:
    with archive.database.unit_of_work() as session:
        case = archive.old_case(session, classification="1")
        other = archive.old_case(session, classification="1")
        assert barred(session, case, ground=Ground.DELIVERED) == (Obstacle.NOT_DELIVERED,)
        deliver(session, case, confirmed=True)
        deliver(session, other, confirmed=True, is_test=True)
    with archive.database.reading() as session:
        assert barred(session, session.get_one(Case, case.id), ground=Ground.DELIVERED) == ()
        assert barred(session, session.get_one(Case, other.id), ground=Ground.DELIVERED) != ()
    proposal = archive.propose(wanted=Wanted("KS", Ground.DELIVERED))
    archive.approve(proposal)
    archive.carry_out()
    assert archive.states(proposal) == {case.number_text: ItemState.DISPOSED}
    with archive.database.reading() as session:
        assert session.scalars(select(PackageDelivery.state)).all() != []


def test_a_stop_ends_by_hand_or_by_its_day(sqlite_archive: Archive) -> None:
    archive = sqlite_archive
    with archive.database.unit_of_work() as session:
        case = archive.old_case(session)
        past = today() - dt.timedelta(days=1)
        with pytest.raises(InvalidDisposal):
            holds.set_hold(session, archive.proposer, case.number_text, "KS", "Tvist", past)
        stop = holds.set_hold(session, archive.proposer, case.number_text, "KS", "Tvist", today())
        assert barred(session, case) == (Obstacle.HELD,)
        assert barred(session, case, day=today() + dt.timedelta(days=1)) == ()
        with pytest.raises(DisposalNotFound):
            holds.end_hold(session, archive.town.registrar, stop.uid, "Klart")
        holds.end_hold(session, archive.decider, stop.uid, "Domen har vunnit laga kraft")
        assert barred(session, case) == ()
        assert holds.in_force(session, archive.proposer, "KS") == []


def test_what_is_left_of_a_case_whose_files_are_gone_can_be_kept_by_a_stop(sqlite_archive: Archive) -> None:
    archive = sqlite_archive
    with archive.database.unit_of_work() as session:
        case = archive.old_case(session)
    archive.dispose_all(DisposalDepth.FILES)
    with archive.database.unit_of_work() as session:
        case = session.get_one(Case, case.id)
        assert barred(session, case) == ()
        stop = holds.set_hold(session, archive.proposer, case.number_text, "KS", "Tvist")
        assert barred(session, case) == (Obstacle.HELD,)
        holds.end_hold(session, archive.proposer, stop.uid, "Klart")
    rest = archive.propose(wanted=Wanted("KS", with_files_gone=True))
    archive.approve(rest)
    archive.carry_out()
    with archive.database.unit_of_work() as session, pytest.raises(InvalidDisposal):
        holds.set_hold(session, archive.proposer, case.number_text, "KS", "Tvist")


def test_what_should_be_known_is_told_and_stops_nothing(sqlite_archive: Archive) -> None:
    archive, town = sqlite_archive, sqlite_archive.town
    with archive.database.unit_of_work() as session:
        case = town.case(session, classification="2.1")
        record = town.record(session, case, medium=Medium.PAPER)
        moved = town.record(session, case)
        target = town.case(session, classification="2.1")
        moving.move_record(session, town.registrar, moved, target.number_text, "Fel ärende")
        secrecy_marks.mark(session, town.registrar, record, RestrictionFacts("26:1", Scope.TITLE))
        relating.relate(session, town.registrar, target, case.number_text, RelationKind.REFERS_TO)
        town.record(session, case, parties=(PartyFacts("Skyddad Person", PartyKind.PERSON, is_protected=True),))
        archive.close(session, case)
        assert set(obstacles.remarks_of(session, [case.id])[case.id]) == set(Remark)
        assert barred(session, case) == ()
        (row,) = views.due_page(session, archive.proposer, Wanted("KS"), DisposalDepth.EVERYTHING, None).rows
        assert row.title is None
    assert set(REMARK_LABELS) == set(Remark)
    assert set(OBSTACLE_LABELS) == set(Obstacle)


def test_a_page_of_what_is_due_costs_the_same_whatever_there_is(sqlite_archive: Archive) -> None:
    archive = sqlite_archive

    def asked() -> int:
        with archive.database.reading() as session, statements_of(archive.database.engine) as statements:
            views.due_page(session, archive.proposer, Wanted("KS"), DisposalDepth.EVERYTHING, None)
            due.calendar(session, "KS", today().year, today().year + 5)
        return len(statements)

    with archive.database.unit_of_work() as session:
        for _number in range(3):
            archive.old_case(session)
    few = asked()
    with archive.database.unit_of_work() as session:
        for _number in range(12):
            archive.old_case(session)
    assert asked() == few
    with archive.database.reading() as session:
        (year,) = due.calendar(session, "KS", today().year, today().year + 5)
        assert (year.cases, year.class_code, year.is_due) == (15, "2.1", True)


def _rule(case: Case) -> RetentionRule:
    found = due.rule_of(case)
    assert found is not None
    return found


def _with_rule(session: Session, case: Case, event: str, years: int) -> Case:
    rule = RetentionRule(retention=Retention.DISPOSE, years=years, event=event, basis="Nämnden")
    session.add(rule)
    session.flush()
    item = session.scalars(select(Classification).where(Classification.id == case.classification_id)).one()
    item.retention_rule_id = rule.id
    session.flush()
    session.expire_all()
    return case
