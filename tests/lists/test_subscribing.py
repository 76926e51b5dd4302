"""Subscriptions: the owner is told of what is new, once, and of nothing that they may not see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.changes.worker import Worker
from diarium.db.base import now
from diarium.identity import accounts
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Actor
from diarium.lists import notices, saving
from diarium.lists.models import SEARCH, Notice, SavedList, Subscription
from diarium.lists.saving import SavedFacts
from diarium.lists.subscribing import MOST_KEYS, Found, SubscriptionChore, new_rows
from diarium.register import closing
from tests.conftest import Municipality


@dataclass
class Postbox:
    """Takes e-mail, or refuses to for a while."""

    is_away: bool = False
    letters: list[tuple[str, str, str]] = field(default_factory=list)

    def __call__(self, to: str, subject: str, text: str) -> bool:
        if self.is_away:
            return False
        self.letters.append((to, subject, text))
        return True


def subscribe(
    municipality: Municipality,
    actor: Actor,
    target: str = "arenden",
    parameters: Mapping[str, Sequence[str]] | None = None,
    how: Subscription = Subscription.AT_ONCE,
    *,
    by_email: bool = False,
) -> None:
    """Saves a list with a subscription, and lets the worker see what is there already."""
    with municipality.database.unit_of_work() as session:
        facts = SavedFacts("Min lista", how, by_email)
        saving.save(session, actor, target, parameters or {}, facts)
    SubscriptionChore(municipality.database).run()


def told(municipality: Municipality, actor: Actor) -> list[int]:
    """The counts of the actor's unread notices."""
    with municipality.database.reading() as session:
        return [notice.count for notice in notices.unread(session, actor)]


def test_what_was_there_before_is_not_news_and_what_comes_is(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        municipality.case(session)
    subscribe(municipality, municipality.registrar)
    chore = SubscriptionChore(municipality.database)
    assert chore.run() == 0
    with municipality.database.unit_of_work() as session:
        municipality.case(session)
        municipality.case(session)
    assert chore.run() == 1
    assert told(municipality, municipality.registrar) == [2]
    assert chore.run() == 0, "told once"


def test_unread_notice_grows_and_a_read_one_begins_anew(municipality: Municipality) -> None:
    subscribe(municipality, municipality.registrar)
    chore = SubscriptionChore(municipality.database)
    for _time in range(2):
        with municipality.database.unit_of_work() as session:
            municipality.case(session)
        chore.run()
    assert told(municipality, municipality.registrar) == [2]
    with municipality.database.unit_of_work() as session:
        notices.mark_read(session, municipality.registrar)
    with municipality.database.unit_of_work() as session:
        municipality.case(session)
    chore.run()
    assert told(municipality, municipality.registrar) == [1]


def test_case_that_is_assigned_to_me_is_new_on_my_list(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        case = sqlite_municipality.case(session)
    subscribe(sqlite_municipality, sqlite_municipality.officer, "mina-arenden")
    with sqlite_municipality.database.unit_of_work() as session:
        closing.assign(session, sqlite_municipality.registrar, session.merge(case), "hans", None)
    assert SubscriptionChore(sqlite_municipality.database).run() == 1
    assert told(sqlite_municipality, sqlite_municipality.officer) == [1]


def test_subscription_sees_with_the_owners_present_roles(sqlite_municipality: Municipality) -> None:
    subscribe(sqlite_municipality, sqlite_municipality.officer)
    with sqlite_municipality.database.unit_of_work() as session:
        hans = accounts.user_by_name(session, "hans")
        accounts.set_roles(session, SYSTEM, hans, {"KS": []})
        sqlite_municipality.case(session)
    assert SubscriptionChore(sqlite_municipality.database).run() == 0
    assert told(sqlite_municipality, sqlite_municipality.officer) == []


def test_closed_account_is_told_nothing(sqlite_municipality: Municipality) -> None:
    subscribe(sqlite_municipality, sqlite_municipality.officer)
    with sqlite_municipality.database.unit_of_work() as session:
        accounts.disable(session, SYSTEM, accounts.user_by_name(session, "hans"))
        sqlite_municipality.case(session)
    assert SubscriptionChore(sqlite_municipality.database).run() == 0


def test_one_list_that_can_not_be_looked_into_does_not_stop_the_rest(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        facts = SavedFacts("Trasig", Subscription.AT_ONCE)
        saving.save(session, sqlite_municipality.registrar, "arenden", {"status": ["finns-inte"]}, facts)
    subscribe(sqlite_municipality, sqlite_municipality.registrar)
    with sqlite_municipality.database.unit_of_work() as session:
        sqlite_municipality.case(session)
    assert SubscriptionChore(sqlite_municipality.database).run() == 1


@pytest.mark.parametrize(
    ("how", "days", "is_due"),
    [(Subscription.DAILY, 0, False), (Subscription.DAILY, 1, True), (Subscription.WEEKLY, 0, False),
     (Subscription.WEEKLY, 7, True), (Subscription.AT_ONCE, 0, True), (Subscription.NONE, 30, False)],
)  # fmt: skip
def test_subscription_is_checked_as_often_as_it_says(
    sqlite_municipality: Municipality, how: Subscription, days: int, is_due: bool
) -> None:
    subscribe(sqlite_municipality, sqlite_municipality.registrar, how=how)
    with sqlite_municipality.database.unit_of_work() as session:
        saved = session.scalars(select(SavedList)).one()
        saved.last_checked = now() - dt.timedelta(days=days)
        if saved.seen is None:
            saved.seen = {"keys": [], "total": None}
        sqlite_municipality.case(session)
    assert SubscriptionChore(sqlite_municipality.database).run() == (1 if is_due else 0)


def test_subscription_that_begins_later_counts_from_then(municipality: Municipality) -> None:
    subscribe(municipality, municipality.registrar, how=Subscription.NONE)
    with municipality.database.unit_of_work() as session:
        municipality.case(session)
        uid = saving.mine(session, municipality.registrar)[0].uid
        facts = SavedFacts("Min lista", Subscription.AT_ONCE)
        saving.change(session, municipality.registrar, uid, facts, version=1)
    chore = SubscriptionChore(municipality.database)
    assert chore.run() == 0
    with municipality.database.unit_of_work() as session:
        municipality.case(session)
    assert chore.run() == 1
    assert told(municipality, municipality.registrar) == [1]


def test_saved_search_is_answered_by_the_searcher(sqlite_municipality: Municipality) -> None:
    answers = [Found(("case:a",), 1), Found(("case:b", "case:a"), 2), Found(("case:b", "case:a"), 5)]
    asked = []

    def searcher(_session: Session, actor: Actor, parameters: Mapping[str, Sequence[str]]) -> Found:
        asked.append((actor.name, dict(parameters)))
        return answers[min(len(asked) - 1, 2)]

    with sqlite_municipality.database.unit_of_work() as session:
        facts = SavedFacts("Sökning", Subscription.AT_ONCE)
        saving.save(session, sqlite_municipality.registrar, SEARCH, {"q": ["bygglov"]}, facts)
    chore = SubscriptionChore(sqlite_municipality.database, searcher)
    assert [chore.run() for _time in range(4)] == [0, 1, 1, 0]
    assert asked[0] == (sqlite_municipality.registrar.name, {"q": ["bygglov"]})
    assert told(sqlite_municipality, sqlite_municipality.registrar) == [1 + 3]


def test_email_tells_how_many_and_nothing_else_and_is_sent_once(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        session.scalars(select(User).where(User.username == "rut")).one().email = "rut@ekdala.example"
    subscribe(municipality, municipality.registrar, by_email=True)
    with municipality.database.unit_of_work() as session:
        municipality.case(session, title="Mycket hemlig sak")
    box = Postbox(is_away=True)
    chore = SubscriptionChore(municipality.database, mailer=box, address="https://diarium.ekdala.example/intern/")
    chore.run()
    assert box.letters == []
    box.is_away = False
    for _time in range(2):
        chore.run()
    [(to, subject, text)] = box.letters
    assert to == "rut@ekdala.example"
    assert subject.startswith("1 ny rad")
    assert "https://diarium.ekdala.example/intern/" in text
    assert "hemlig" not in subject + text
    assert "Min lista" not in subject + text


def test_no_email_without_asking_for_it_nor_about_old_news(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        session.scalars(select(User).where(User.username == "rut")).one().email = "rut@ekdala.example"
    subscribe(sqlite_municipality, sqlite_municipality.registrar)
    with sqlite_municipality.database.unit_of_work() as session:
        sqlite_municipality.case(session)
    box = Postbox()
    chore = SubscriptionChore(sqlite_municipality.database, mailer=box)
    chore.run()
    with sqlite_municipality.database.unit_of_work() as session:
        session.scalars(select(SavedList)).one().by_email = True
        session.scalars(select(Notice)).one().created_at = now() - dt.timedelta(days=2)
    chore.run()
    assert box.letters == []


def test_notices_are_read_by_their_owner_alone(sqlite_municipality: Municipality) -> None:
    subscribe(sqlite_municipality, sqlite_municipality.registrar)
    with sqlite_municipality.database.unit_of_work() as session:
        sqlite_municipality.case(session)
    Worker(sqlite_municipality.database, [], [SubscriptionChore(sqlite_municipality.database)]).drain()
    with sqlite_municipality.database.unit_of_work() as session:
        uid = saving.mine(session, sqlite_municipality.registrar)[0].uid
        notices.mark_read(session, sqlite_municipality.officer, uid)
        assert notices.unread_count(session, sqlite_municipality.registrar) == 1
        notices.mark_read(session, sqlite_municipality.registrar, uid)
        assert notices.unread_count(session, sqlite_municipality.registrar) == 0


def test_old_row_that_moves_into_view_is_not_news() -> None:
    before = Found(tuple(str(number) for number in range(MOST_KEYS + 10, 10, -1)))
    one_left = Found((*before.keys[1:], "10"))
    assert new_rows(before, one_left) == 0
    assert new_rows(before, Found((str(MOST_KEYS + 11), *before.keys[:-1]))) == 1
    assert new_rows(Found(("5", "3")), Found(("5", "4"))) == 1
    assert new_rows(Found(("a",), 400), Found(("a",), 390)) == 0
