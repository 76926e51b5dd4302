"""What lies about the desk of the demo municipality's registrar: inbox, contacts, templates, days, decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium import reference
from diarium.assistance import templates as registration_templates
from diarium.audit.models import AuditEvent
from diarium.contacts import queries as contacts
from diarium.correspondence.models import LetterTemplate, OutgoingMessage
from diarium.correspondence.vocabulary import Means
from diarium.db import migrate
from diarium.db.engine import Database, open_database
from diarium.demo import loading
from diarium.disclosure import queries as disclosure
from diarium.files.store import LocalBlobStore
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import Actor
from diarium.intake import prefilling, queries
from diarium.intake.models import IntakeItem
from diarium.intake.queries import InboxFilter
from diarium.intake.vocabulary import FileKind, ItemState
from diarium.lists import saving
from diarium.register.models import Authority, Case, Deadline, Decision
from diarium.register.models.authority import UnitMember
from diarium.workdays import is_workday

CASES = 60


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalBlobStore:
    return LocalBlobStore(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, store: LocalBlobStore) -> Iterator[Database]:
    """A loaded demonstration that the tests only read."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'register.sqlite'}")
    migrate.upgrade(database)
    with database.unit_of_work() as session:
        reference.load_reference_data(session)
    loading.load(database, store, seed=7, cases=CASES)
    yield database
    database.close()


def registrar(session: Session) -> Actor:
    return identity.actor_of(session.scalars(select(User).where(User.username == "registrator")).one())


def test_thirty_items_wait_and_what_was_settled_tells_how(loaded: Database, store: LocalBlobStore) -> None:
    with loaded.reading() as session:
        actor = registrar(session)
        counts = queries.counts(session, actor)
        states = Counter(session.scalars(select(IntakeItem.state)))
        kept = session.scalars(select(IntakeItem).where(IntakeItem.message_id.is_not(None))).all()

        assert counts.unregistered == 30
        # On a day off nothing is due: what came in last is due on the next working day.
        assert (counts.due_today + counts.overdue > 0) == is_workday(today())
        assert states == {ItemState.NEW: 30, ItemState.SET_ASIDE: 2, ItemState.REGISTERED: 1}
        for item in kept:
            assert item.files[0].kind is FileKind.ORIGINAL
            assert all(store.verify(file.sha256) for file in item.files)


def test_each_item_opens_in_the_registration_form_with_its_day(loaded: Database) -> None:
    with loaded.reading() as session:
        actor = registrar(session)
        rows = queries.inbox(session, actor, InboxFilter(), size=50).rows
        filled = {row.uid: prefilling.for_form(session, actor, row.uid) for row in rows}

        assert len(filled) == 30
        assert all(form.values["official_on"] < today().isoformat() for form in filled.values())
        whys = {case.why for form in filled.values() for case in form.cases}
        assert {"Numret står i ämnesraden", "Svar i samma konversation"} <= whys


def test_the_same_mail_in_two_mailboxes_is_seen_to_be_one(loaded: Database) -> None:
    with loaded.reading() as session:
        rows = queries.inbox(session, registrar(session), InboxFilter(), size=50).rows

        assert [row.subject.split(" längs")[0] for row in rows if row.is_duplicate and row.subject] == [
            "Skrivelse om gång- och cykelväg"
        ]


def test_contacts_and_templates_are_at_hand(loaded: Database) -> None:
    with loaded.reading() as session:
        actor = registrar(session)

        assert [hit.name for hit in contacts.find(session, actor, "KFN", "ekdala ridklubb")][:1] == [
            "Ekdala ridklubb"
        ]
        assert registration_templates.usable(session, actor)
        letters = session.execute(select(LetterTemplate.authority_id, func.count()).group_by("authority_id")).all()
        assert len(letters) == session.scalar(select(func.count()).select_from(Authority))


def test_days_are_watched_in_open_cases_by_somebody(loaded: Database) -> None:
    with loaded.reading() as session:
        watched = session.scalars(select(Deadline)).all()

        assert len(watched) >= 5
        for deadline in watched:
            assert deadline.due_on >= today()
            assert deadline.case.closed_on is None
            assert deadline.responsible is not None or deadline.unit is not None


def test_what_is_decided_has_a_decision_with_its_record(loaded: Database) -> None:
    with loaded.reading() as session:
        decided = session.scalars(select(Case).where(Case.decided_on.is_not(None))).all()
        final = {decision.case_id: decision for decision in session.scalars(select(Decision))}

        assert decided
        assert {case.id for case in decided} == set(final)
        for case in decided:
            decision = final[case.id]
            assert (decision.decided_on, decision.body) == (case.decided_on, case.authority.name)
            assert decision.record is not None
            assert decision.record.case_id == case.id


def test_some_letters_are_noted_as_sent_by_post(loaded: Database) -> None:
    with loaded.reading() as session:
        sent = session.scalars(select(OutgoingMessage)).all()

        assert sent
        for message in sent:
            assert message.means is Means.POST
            assert message.record is not None
            assert message.dispatched_on == message.record.official_on


def test_lists_are_saved(loaded: Database) -> None:
    with loaded.reading() as session:
        names = {saved.name for saved in saving.mine(session, registrar(session))}

        assert "Öppna byggärenden" in names


def test_every_officer_works_in_a_unit(loaded: Database) -> None:
    with loaded.reading() as session:
        members = set(session.scalars(select(UnitMember.user_id)))
        users = set(session.scalars(select(User.id)))

        assert members == users


def test_it_came_by_the_ways_that_real_things_take(loaded: Database) -> None:
    with loaded.reading() as session:
        actions = Counter(session.scalars(select(AuditEvent.action)))

        assert actions["intake.received"] == 33
        assert actions["intake.registered"] == 1
        assert actions["intake.set_aside"] == 2
        assert actions["case.deadline_added"] == session.scalar(select(func.count()).select_from(Deadline))


def test_requests_to_see_documents_wait_are_late_are_reviewed_and_are_answered(loaded: Database) -> None:
    with loaded.reading() as session:
        actor = registrar(session)
        counts = disclosure.counts(session, actor)
        closed = disclosure.queue(session, actor, disclosure.Box.CLOSED).rows
    assert (counts.open, counts.overdue, counts.mine, len(closed)) == (3, 1, 1, 1)
