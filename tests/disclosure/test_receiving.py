"""Requests come in: from the open register, and by hand."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
from sqlalchemy import select

from diarium.db.base import now
from diarium.disclosure import queries
from diarium.disclosure.errors import InvalidRequest, RequestNotFound
from diarium.disclosure.models import DisclosureRequest
from diarium.disclosure.queries import Box
from diarium.disclosure.vocabulary import Channel, RequestState
from diarium.errors import DomainError, NotAllowed
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.letterbox.letters import ContactWay, OrderedItem
from diarium.register import moving, registration
from diarium.register.commands import NewCase
from diarium.workdays import next_workday
from tests.counting import statements_of
from tests.disclosure.desk import ASKER, Desk


def test_order_becomes_a_request_with_its_documents_and_the_way_to_answer(desk: Desk) -> None:
    (uid,) = desk.order(message="Gärna i dag.")
    view = desk.view(uid)
    assert view.reference == f"U KS {today().year}/1"
    assert view.order_reference == "B-7KQ4-M2XD"
    assert view.state is RequestState.NEW
    assert view.due_on == next_workday(today())
    assert [item.number for item in view.items] == [desk.record.number_text]
    assert view.items[0].title == "Yttrande över remiss"
    assert view.asker is not None
    assert (view.asker.contact, view.asker.way, view.asker.message) == (ASKER, ContactWay.EMAIL, "Gärna i dag.")


def test_the_same_order_taken_in_twice_is_one_request(desk: Desk) -> None:
    letter = uuid.uuid4()
    assert desk.order(uid=letter) == desk.order(uid=letter)
    assert desk.order() != desk.order()


def test_an_order_over_two_authorities_becomes_a_request_at_each(desk: Desk) -> None:
    with desk.town.database.unit_of_work() as session:
        other = registration.open_case(session, SYSTEM, NewCase(authority="SN", title="Riktlinjer"))
        number = other.number_text
    own, others = desk.order(
        OrderedItem(desk.record.number_text, desk.record.uid, "KS"), OrderedItem(number, None, "SN")
    )
    assert desk.view(own).authority_code == "KS"
    theirs = desk.view(others, desk.town.outsider)
    assert theirs.authority_code == "SN"
    assert [item.number for item in theirs.items] == [number]
    # Each authority is closed to the other.
    with pytest.raises(RequestNotFound):
        desk.view(others)


def test_what_is_not_found_by_its_number_is_kept_to_be_found_by_hand(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    (uid,) = desk.order(OrderedItem("KS 1999/4711-3", None, "KS"), OrderedItem("Något om skolan", None, "XX"))
    view = desk.view(uid)
    assert [item.description for item in view.items] == ["KS 1999/4711-3", "Något om skolan"]
    assert not any(item.is_identified for item in view.items)


def test_an_order_of_nothing_but_words_is_a_request_too(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    (uid,) = desk.order(nothing=True, contact_way=ContactWay.VISIT, contact="", name=None, message="Allt om bron")
    view = desk.view(uid)
    assert [item.description for item in view.items] == ["Allt om bron"]
    assert view.asker is not None
    assert (view.asker.name, view.asker.contact) == (None, None)


def test_who_asks_is_never_told_to_the_audit_log(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.order(message="Jag heter Anna Frågvis")
    desk.request(contact_way=ContactWay.PHONE, contact="070-123 45 67", name="Bo Nyfiken", message="Ring mig")
    log = desk.log()
    for secret in (ASKER, "Frågvis", "Nyfiken", "070-123", "Ring mig"):
        assert secret not in log
    assert log.count("disclosure.received") == 2


def test_an_anonymous_request_by_hand_needs_nothing_but_what_is_wanted(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    uid = desk.request(channel=Channel.VISIT)
    view = desk.view(uid)
    assert view.asker is not None
    assert (view.asker.name, view.asker.contact, view.asker.way) == (None, None, None)


def test_each_mistake_is_told_at_its_field(sqlite_desk: Desk) -> None:
    mistakes: list[tuple[dict[str, object], str]] = [
        ({"wanted": (), "message": " "}, "message"),
        ({"wanted": ("KS 1999/4711",)}, "wanted"),
        ({"wanted": ("hej",)}, "wanted"),
        ({"contact_way": ContactWay.EMAIL, "contact": "inte en adress"}, "contact"),
        ({"contact_way": ContactWay.POST, "contact": ""}, "contact"),
        ({"received_at": now() + dt.timedelta(days=1)}, "received_on"),
        ({"authority": "XX"}, "authority"),
        ({"name": "n" * 300}, "name"),
    ]
    for facts, field in mistakes:
        with pytest.raises(DomainError) as caught:
            sqlite_desk.request(**facts)
        assert caught.value.field == field
    with sqlite_desk.town.database.reading() as session:
        assert session.scalars(select(DisclosureRequest)).all() == []


def test_other_authorities_take_no_requests_here(sqlite_desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        sqlite_desk.request(authority="SN")


def test_a_moved_record_is_found_as_what_it_became(sqlite_desk: Desk) -> None:
    town = sqlite_desk.town
    with town.database.unit_of_work() as session:
        record = town.record(session)
        former = record.number_text
        target = town.case(session, title="Rätt ärende")
        moved = moving.move_record(session, town.registrar, record, target.number_text, "Fel ärende")
        present = moved.number_text
    uid = sqlite_desk.request(wanted=(former,))
    assert [item.number for item in sqlite_desk.view(uid).items] == [present]


def test_numbers_are_given_without_gap_also_to_many_at_once(desk: Desk) -> None:
    with pytest.raises(InvalidRequest):
        desk.request(wanted=("KS 1999/4711",))
    threads = [threading.Thread(target=desk.order) for _turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with desk.town.database.reading() as session:
        rows = queries.queue(session, desk.town.registrar).rows
    assert sorted(row.reference for row in rows) == [f"U KS {today().year}/{n}" for n in range(1, 5)]


def test_queue_is_by_age_paged_and_asks_the_same_for_many_as_for_few(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    with desk.town.database.unit_of_work() as session:
        records = [desk.town.record(session).number_text for _turn in range(3)]
    uids = [desk.request(wanted=tuple(records)) for _turn in range(3)]
    with desk.town.database.unit_of_work() as session:
        desk.age(session, uids[1], 20)

    def asked() -> int:
        with statements_of(desk.town.database.engine) as sent, desk.town.database.reading() as session:
            queries.queue(session, desk.town.registrar)
        return len(sent)

    few = asked()
    uids += [desk.request(wanted=tuple(records)) for _turn in range(9)]
    assert asked() == few
    with desk.town.database.reading() as session:
        first = queries.queue(session, desk.town.registrar, size=5)
        second = queries.queue(session, desk.town.registrar, size=50, cursor=first.next_cursor)
        late = queries.queue(session, desk.town.registrar, Box.OVERDUE).rows
        counts = queries.counts(session, desk.town.registrar)
        nothing = queries.queue(session, desk.town.outsider).rows
        with pytest.raises(InvalidRequest):
            queries.queue(session, desk.town.registrar, cursor="nonsense")
    assert [row.uid for row in (*first.rows, *second.rows)] == [uids[1], uids[0], *uids[2:]]
    assert [row.uid for row in late] == [uids[1]]
    assert (counts.open, counts.overdue, counts.unassigned, counts.mine) == (12, 1, 12, 0)
    assert first.rows[0].age > 10
    assert nothing == ()
