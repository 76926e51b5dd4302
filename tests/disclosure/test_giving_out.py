"""What was released is given out, costs what the tariff says, and is refused with word of how to go on."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select

from diarium.disclosure import appeals, closing, deciding, delivering, fees, queries
from diarium.disclosure.deciding import DecisionDates, DecisionFacts
from diarium.disclosure.delivering import HandedOut
from diarium.disclosure.errors import HiddenMaterial, InvalidRequest, RequestConflict
from diarium.disclosure.models import DisclosureDecision
from diarium.disclosure.vocabulary import CloseReason, DecisionKind, Means, RequestState, ReviewOutcome
from diarium.errors import DomainError
from diarium.i18n import today
from diarium.register import registration, secrecy_marks
from diarium.register.commands import DocumentFacts, RestrictionFacts
from diarium.register.models import Record
from tests.disclosure.desk import Desk

REFUSED = {"provisions": ("26:1",), "reason": "Uppgift om hälsa."}


def hand_out(desk: Desk, uid: uuid.UUID, means: Means = Means.ON_SPOT, **facts: object) -> int:
    """Gives everything of the request out that can be; the fee."""
    items = tuple(item.uid for item in desk.view(uid).items if item.why_not_given is None)
    wanted = {"items": items, "day": today(), **facts}
    with desk.town.database.unit_of_work() as session:
        return delivering.note_handed_out(
            session,
            desk.town.registrar,
            uid,
            HandedOut(means.value, **wanted),  # type: ignore[arg-type]
        ).fee


def decide(desk: Desk, uid: uuid.UUID, kind: DecisionKind, **facts: object) -> uuid.UUID:
    """Makes a decision with the proposed texts."""
    with desk.town.database.unit_of_work() as session:
        proposal = queries.proposal(session, desk.town.registrar, uid, kind)
        wanted = {
            "kind": kind.value,
            "decided_on": today(),
            "decided_by": "Kommunstyrelsen",
            "reasons": proposal.reasons,
            "instruction": proposal.instruction,
            **facts,
        }
        return deciding.decide(session, desk.town.registrar, uid, DecisionFacts(**wanted)).uid  # type: ignore[arg-type]


def note_dates(desk: Desk, uid: uuid.UUID, decision: uuid.UUID, **days: object) -> None:
    with desk.town.database.unit_of_work() as session:
        deciding.note_dates(session, desk.town.registrar, uid, decision, DecisionDates(**days))  # type: ignore[arg-type]


def close(desk: Desk, uid: uuid.UUID, reason: CloseReason = CloseReason.ANSWERED, note: str = "") -> None:
    with desk.town.database.unit_of_work() as session:
        closing.close(session, desk.town.registrar, uid, reason, note)


def test_a_request_is_answered_when_all_of_it_is_reviewed_and_given_out(desk: Desk) -> None:
    uid = desk.request()
    with pytest.raises(RequestConflict, match="Pröva först"):
        close(desk, uid)
    desk.review(uid, ReviewOutcome.RELEASED)
    with pytest.raises(RequestConflict, match="Lämna ut"):
        close(desk, uid)
    assert hand_out(desk, uid) == 0
    close(desk, uid)
    view = desk.view(uid)
    assert (view.state, view.left, view.items[0].is_given) == (RequestState.CLOSED, (), True)
    assert desk.actions(uid) == [
        "disclosure.received",
        "disclosure.reviewed_released",
        "disclosure.given_on_spot",
        "disclosure.closed",
    ]
    assert desk.actions(desk.record.uid)[-1] == "record.disclosed"
    with desk.town.database.unit_of_work() as session:
        closing.reopen(session, desk.town.registrar, uid, "Fler filer.")
    assert desk.view(uid).is_open


def test_what_is_kept_of_a_delivery_is_exactly_what_was_reviewed(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    uid = desk.request()
    desk.review(uid, ReviewOutcome.RELEASED)
    with desk.town.database.unit_of_work() as session:
        record = session.get_one(Record, desk.record.id)
        later = DocumentFacts(desk.town.store(session, b"%PDF-1.4 senare"), "senare.pdf")
        registration.add_documents(session, desk.town.registrar, record, (later,))
    hand_out(desk, uid, Means.HANDED_OVER, pages=3)
    (delivery,) = desk.view(uid).deliveries
    assert (delivery.files, delivery.pages, delivery.fee) == (1, 3, 0)


def test_an_end_without_answer_needs_a_reason(sqlite_desk: Desk) -> None:
    uid = sqlite_desk.request()
    with pytest.raises(InvalidRequest) as caught:
        close(sqlite_desk, uid, CloseReason.WITHDRAWN)
    assert caught.value.field == "note"
    close(sqlite_desk, uid, CloseReason.WITHDRAWN, "Hittade det själv.")
    with pytest.raises(RequestConflict):
        sqlite_desk.review(uid, ReviewOutcome.RELEASED)


def test_refusal_is_over_only_when_the_asker_was_told_of_their_right(desk: Desk) -> None:
    uid = desk.request()
    desk.review(uid, ReviewOutcome.REFUSED, **REFUSED)
    with pytest.raises(RequestConflict, match=r"6 kap\. 3 §"):
        close(desk, uid)
    notice = decide(desk, uid, DecisionKind.NOTICE, decided_by="Rut Registrator")
    with pytest.raises(RequestConflict, match=r"6 kap\. 3 §"):
        close(desk, uid)
    note_dates(desk, uid, notice, told_on=today())
    # Another review after the notice is another matter to tell.
    desk.review(uid, ReviewOutcome.REFUSED, **REFUSED)
    with pytest.raises(RequestConflict, match=r"6 kap\. 3 §"):
        close(desk, uid)
    formal = decide(desk, uid, DecisionKind.REFUSAL, told_on=today())
    close(desk, uid)
    found = next(item for item in desk.view(uid).decisions if item.uid == formal)
    assert found.is_formal
    assert [(item.number, item.provisions) for item in found.subjects] == [
        (desk.record.number_text, ("OSL 26 kap. 1 §",))
    ]
    # What happens with it later is noted though the request is closed.
    note_dates(desk, uid, formal, told_on=today(), receipt_on=today(), appealed_on=today())
    found = next(item for item in desk.view(uid).decisions if item.uid == formal)
    assert (found.appealed_on, found.is_late) == (today(), False)


def test_a_decision_that_was_told_late_can_be_appealed_against_as_long(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    uid = desk.request()
    desk.review(uid, ReviewOutcome.REFUSED, **REFUSED)
    decide(desk, uid, DecisionKind.REFUSAL)
    with desk.town.database.reading() as session:
        (decision,) = session.scalars(select(DisclosureDecision)).all()
        decision.told_on = today() + dt.timedelta(days=80)
        assert appeals.is_unsettled(decision, today() + dt.timedelta(days=100))
        assert not appeals.is_unsettled(decision, today() + dt.timedelta(days=171))


def test_mistakes_in_decisions_are_told_at_the_field(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    uid = desk.request()
    with pytest.raises(RequestConflict):
        decide(desk, uid, DecisionKind.REFUSAL)
    desk.review(uid, ReviewOutcome.REFUSED, **REFUSED)
    tomorrow = today() + dt.timedelta(days=1)
    for facts, field in (
        ({"decided_on": None}, "decided_on"),
        ({"decided_on": tomorrow}, "decided_on"),
        ({"decided_on": today() - dt.timedelta(days=1)}, "decided_on"),
        ({"decided_by": " "}, "decided_by"),
        ({"reasons": ""}, "reasons"),
        ({"instruction": ""}, "instruction"),
        ({"told_on": today() - dt.timedelta(days=1)}, "told_on"),
    ):
        with pytest.raises(DomainError) as caught:
            decide(desk, uid, DecisionKind.REFUSAL, **facts)
        assert caught.value.field == field
    made = decide(desk, uid, DecisionKind.REFUSAL)
    for days, field in (
        ({"receipt_on": today() - dt.timedelta(days=1)}, "receipt_on"),
        ({"appeal_ended_on": today()}, "appealed_on"),
        ({"appealed_on": today(), "appeal_ended_on": today()}, "appeal_outcome"),
    ):
        with pytest.raises(DomainError) as caught:
            note_dates(desk, uid, made, **days)
        assert caught.value.field == field


def test_what_was_marked_after_the_review_has_to_be_reviewed_again(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    uid = desk.request()
    desk.review(uid, ReviewOutcome.RELEASED)
    with desk.town.database.unit_of_work() as session:
        record = session.get_one(Record, desk.record.id)
        secrecy_marks.mark(session, desk.town.registrar, record, RestrictionFacts("26:1"))
    assert "Pröva den igen" in (desk.view(uid).items[0].why_not_given or "")
    item = desk.view(uid).items[0].uid
    with desk.town.database.unit_of_work() as session:
        facts = HandedOut(Means.ON_SPOT.value, (item,), today())
        with pytest.raises(InvalidRequest):
            delivering.note_handed_out(session, desk.town.registrar, uid, facts)
        with pytest.raises(HiddenMaterial):
            delivering.note_handed_out(session, desk.town.officer, uid, facts)
        session.rollback()
    desk.review(uid, ReviewOutcome.RELEASED, reason="Går bra.")
    hand_out(desk, uid)


def test_a_reservation_has_to_be_decided_and_acknowledged_first(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    uid = desk.request()
    desk.review(uid, ReviewOutcome.RESERVATION, terms="Uppgifterna får inte spridas.", **REFUSED)
    assert "förbehåll" in (desk.view(uid).items[0].why_not_given or "")
    made = decide(desk, uid, DecisionKind.RESERVATION)
    assert desk.view(uid).items[0].why_not_given is not None
    note_dates(desk, uid, made, told_on=today(), receipt_on=today())
    hand_out(desk, uid, Means.HANDED_OVER, pages=1)
    close(desk, uid)


def test_pages_of_a_request_count_together_and_reading_is_free(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    uid = desk.request()
    desk.review(uid, ReviewOutcome.RELEASED)
    assert hand_out(desk, uid, Means.HANDED_OVER, pages=9) == 0
    assert hand_out(desk, uid, Means.POST, pages=3) == 50 + 2 * 2
    assert hand_out(desk, uid, Means.ON_SPOT) == 0
    view = desk.view(uid)
    assert (view.pages, view.fee) == (12, 54)
    with pytest.raises(InvalidRequest) as caught:
        hand_out(desk, uid, Means.POST)
    assert caught.value.field == "pages"
    with pytest.raises(DomainError) as caught_day:
        hand_out(desk, uid, day=today() + dt.timedelta(days=1))
    assert caught_day.value.field == "day"


def test_tariff_is_data_and_an_authoritys_own_goes_first() -> None:
    state = fees.tariff_for("KS", today())
    assert [state.fee(pages) for pages in (0, 9, 10, 11, 100)] == [0, 0, 50, 52, 230]
    assert fees.fee_for(state, Means.EMAIL, 500) == 0
    table = fees.read(
        [
            "authority,valid_from,first_charged_page,first_fee,page_fee,source",
            "*,2000-01-01,10,50,2,Staten",
            "KS,2020-01-01,1,3,3,Taxa 2020",
            "KS,2030-01-01,1,5,5,Taxa 2030",
        ]
    )
    day = dt.date(2026, 5, 1)
    assert fees.choose(table, "KS", day).source == "Taxa 2020"
    assert fees.choose(table, "SN", day).source == "Staten"
    assert fees.choose(table, "SN", dt.date(1990, 1, 1)).source == "Staten"


def test_time_for_an_appeal_ends_on_a_working_day() -> None:
    assert appeals.appeal_until(dt.date(2026, 4, 14)) == dt.date(2026, 5, 5)
    # Three weeks after the tenth of April is the first of May, a Friday and a holiday.
    assert appeals.appeal_until(dt.date(2026, 4, 10)) == dt.date(2026, 5, 4)
