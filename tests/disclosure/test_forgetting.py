"""Who asked is forgotten in time, and what is asked for is kept as long."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select

from diarium.db.base import now
from diarium.disclosure import closing, handling, holding
from diarium.disclosure.erasing import KEPT, ContactEraser
from diarium.disclosure.errors import RequestConflict
from diarium.disclosure.models import DisclosureDelivery, DisclosureRequest
from diarium.disclosure.vocabulary import CloseReason, DecisionKind, DeliveryState, Means, ReviewOutcome
from diarium.i18n import today
from diarium.letterbox.letters import ContactWay, OrderedItem
from diarium.register import moving
from diarium.register.models import Record
from tests.counting import statements_of
from tests.disclosure.desk import ASKER, Desk
from tests.disclosure.test_giving_out import REFUSED, close, decide, hand_out, note_dates


def eraser(desk: Desk, days: int) -> ContactEraser:
    """The chore as it runs so many days from now."""
    return ContactEraser(desk.town.database, clock=lambda: now() + dt.timedelta(days=days))


def is_held(desk: Desk) -> bool:
    with desk.town.database.reading() as session:
        return holding.has_open_request(session, session.get_one(Record, desk.record.id))


def kept(desk: Desk, uid: uuid.UUID) -> str:
    """All that the request's rows hold, as one text."""
    with desk.town.database.reading() as session:
        request = session.scalars(select(DisclosureRequest).where(DisclosureRequest.uid == uid)).one()
        rows = [request, *request.items, *request.deliveries, *request.decisions]
        return " ".join(str(vars(row)) for row in rows)


def test_contact_is_erased_thirty_days_after_the_end_and_the_rest_stays(desk: Desk) -> None:
    wanted = (OrderedItem(desk.record.number_text, desk.record.uid, "KS"), OrderedItem("Annas eget brev"))
    (uid,) = desk.order(*wanted, message="Hälsar Anna Frågvis")
    with desk.town.database.unit_of_work() as session:
        request = session.scalars(select(DisclosureRequest).where(DisclosureRequest.uid == uid)).one()
        assert request.contact == ASKER
    desk.review(uid, ReviewOutcome.RELEASED)
    desk.review(uid, ReviewOutcome.NOT_HELD, item=1, reason="Har inte kommit in.")
    assert eraser(desk, 400).run() == 0
    hand_out(desk, uid, Means.ON_SPOT)
    with pytest.raises(RequestConflict, match=r"6 kap\. 3 §"):
        close(desk, uid)
    decide(desk, uid, DecisionKind.NOTICE, told_on=today())
    close(desk, uid)
    assert eraser(desk, KEPT.days - 1).run() == 0
    assert eraser(desk, KEPT.days + 1).run() == 1
    assert eraser(desk, KEPT.days + 1).run() == 0
    left = kept(desk, uid)
    for secret in (ASKER, "Frågvis", "Annas eget brev"):
        assert secret not in left
    view = desk.view(uid)
    assert view.erased_at is not None
    assert view.items[0].number == desk.record.number_text
    assert len(view.deliveries) == 1
    assert desk.actions(uid)[-1] == "disclosure.erased"
    assert ASKER not in desk.log()


def test_what_is_written_after_a_request_was_taken_up_again_is_erased_too(sqlite_desk: Desk) -> None:
    desk, registrar = sqlite_desk, sqlite_desk.town.registrar
    (uid,) = desk.order()
    close(desk, uid, CloseReason.WITHDRAWN, "Behövs inte.")
    assert eraser(desk, KEPT.days + 1).run() == 1
    with desk.town.database.unit_of_work() as session:
        closing.reopen(session, registrar, uid, "Behövs ändå.")
        handling.set_contact(session, registrar, uid, ContactWay.EMAIL, ASKER, "Anna Frågvis")
        request = session.scalars(select(DisclosureRequest).where(DisclosureRequest.uid == uid)).one()
        mailed = DisclosureDelivery(
            means=Means.EMAIL,
            state=DeliveryState.SENT,
            made_by_name="Rut",
            subject="Till Anna Frågvis",
            body="Hej",
        )
        request.deliveries.append(mailed)
    close(desk, uid, CloseReason.WITHDRAWN, "Behövs inte.")
    assert ASKER in kept(desk, uid)
    assert eraser(desk, KEPT.days + 1).run() == 1
    assert ASKER not in kept(desk, uid)
    assert "Frågvis" not in kept(desk, uid)


def test_while_a_refusal_can_be_appealed_against_the_asker_can_be_reached(desk: Desk) -> None:
    (uid,) = desk.order()
    desk.review(uid, ReviewOutcome.REFUSED, **REFUSED)
    formal = decide(desk, uid, DecisionKind.REFUSAL, told_on=today())
    close(desk, uid)
    assert eraser(desk, 60).run() == 0  # nobody knows when it was had
    note_dates(desk, uid, formal, told_on=today(), receipt_on=today(), appealed_on=today())
    assert eraser(desk, 1000).run() == 0  # the court has it
    assert is_held(desk)
    note_dates(
        desk, uid, formal, told_on=today(), receipt_on=today(), appealed_on=today(), appeal_ended_on=today(),
        appeal_outcome="Avslag.",
    )  # fmt: skip
    assert not is_held(desk)
    assert eraser(desk, KEPT.days - 1).run() == 0
    assert eraser(desk, KEPT.days + 1).run() == 1


def test_what_is_asked_for_is_held_until_it_is_answered(desk: Desk) -> None:
    assert not is_held(desk)
    uid = desk.request()
    assert is_held(desk)
    desk.review(uid, ReviewOutcome.RELEASED)
    hand_out(desk, uid)
    close(desk, uid)
    assert not is_held(desk)
    with desk.town.database.reading() as session:
        whole = session.get_one(Record, desk.record.id).case
        number = whole.number_text
    other = desk.request(wanted=(number,))
    assert is_held(desk)
    with desk.town.database.reading() as session:
        assert holding.is_case_held(session, session.get_one(Record, desk.record.id).case)
    close(desk, other, CloseReason.WITHDRAWN, "Behövs inte.")
    assert not is_held(desk)


def test_a_record_that_was_moved_after_it_was_asked_for_is_held_where_it_is(desk: Desk) -> None:
    desk.request()
    town = desk.town
    with town.database.unit_of_work() as session:
        record = session.get_one(Record, desk.record.id)
        target = town.case(session, title="Rätt ärende")
        moved = moving.move_record(session, town.registrar, record, target.number_text, "Fel ärende")
        assert holding.has_open_request(session, moved)
        other = town.record(session)
        many = [town.record(session).id for _turn in range(5)]
        session.flush()
        assert not holding.has_open_request(session, other)
        with statements_of(town.database.engine) as few:
            holding.held_records(session, [moved.id])
        with statements_of(town.database.engine) as more:
            assert holding.held_records(session, [moved.id, other.id, *many]) == {moved.id}
    assert len(more) == len(few)
