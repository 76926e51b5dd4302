"""The demo municipality in the register."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from diarium import reference
from diarium.audit.models import AuditEvent
from diarium.db.engine import Database, open_database
from diarium.demo import loading
from diarium.files.store import LocalBlobStore
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.register.models import Authority, Case, Document, Record
from diarium.register.vocabulary import CaseStatus
from tests import patterns

CASES = 40


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> LocalBlobStore:
    return LocalBlobStore(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, blobs: LocalBlobStore) -> Iterator[Database]:
    """A loaded demonstration that the tests only read."""
    url = f"sqlite:///{tmp_path_factory.mktemp('demo') / 'register.sqlite'}"
    patterns.empty(url)
    database = open_database(url)
    with database.unit_of_work() as session:
        reference.load_reference_data(session)
    assert loading.load(database, blobs, seed=7, cases=CASES).cases == CASES
    yield database
    database.close()


def test_everything_is_in_the_register_with_numbers_of_its_own_year(
    loaded: Database, blobs: LocalBlobStore
) -> None:
    with loaded.reading() as session:
        cases = session.scalars(select(Case)).all()
        assert len(cases) == CASES
        assert {case.year for case in cases} == set(range(today().year - 4, today().year + 1))
        for case in cases:
            assert case.number_text.startswith(f"{case.authority.code} {case.opened_on.year}/")
        assert (session.scalar(select(func.count()).select_from(Record)) or 0) >= CASES
        documents = session.scalars(select(Document)).all()
        assert documents
        assert all(blobs.verify(document.sha256) for document in documents)
        assert any(case.status is CaseStatus.CLOSED for case in cases)
        assert any(record.restrictions for case in cases for record in case.records) or any(
            case.restrictions for case in cases
        )


def test_it_came_through_the_use_cases(loaded: Database) -> None:
    with loaded.reading() as session:
        records = session.scalar(select(func.count()).select_from(Record))
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "record.registered")).all()
        assert len(events) == records
        assert {event.actor_name for event in events} == {"Berit Diarlund"}


@pytest.mark.parametrize("username", loading.LOGINS)
def test_each_login_works_and_has_its_role_at_every_authority(loaded: Database, username: str) -> None:
    with loaded.unit_of_work() as session:
        actor = identity.actor_of(identity.log_in(session, username, loading.PASSWORD))
        codes = set(session.scalars(select(Authority.code)))
    assert set(actor.roles) == codes
    assert len({frozenset(roles) for roles in actor.roles.values()}) == 1


def test_register_with_content_is_left_alone(loaded: Database, blobs: LocalBlobStore) -> None:
    with pytest.raises(loading.NotEmpty):
        loading.load(loaded, blobs, seed=7, cases=1)
    with loaded.reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == CASES
