"""A disposal takes what belongs to the case, and leaves what is only like it or tells of another one."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from diarium.archive.delivery_models import PackageDelivery
from diarium.archive.delivery_states import DeliveryState
from diarium.assistance.models import Draft
from diarium.audit.models import AuditEvent
from diarium.db.base import now
from diarium.disposal import executing, obstacles
from diarium.disposal.obstacles import Obstacle, Question
from diarium.identity.models import AccessToken, RepeatedCall
from diarium.intake.models import IntakeFile, IntakeItem
from diarium.intake.vocabulary import Channel, FileKind, ItemState, SetAsideReason
from diarium.register import moving
from diarium.register.commands import DocumentFacts
from diarium.register.models import Authority, Case, DisposalDepth
from tests.disposal.conftest import Archive
from tests.disposal.deliveries import deliver


def _item(session: Session, sha256: str, state: ItemState, **facts: object) -> IntakeItem:
    authority = session.scalars(select(Authority).where(Authority.code == "KS")).one()
    reason = SetAsideReason.DUPLICATE if state is ItemState.SET_ASIDE else None
    made = IntakeItem(
        authority=authority,
        channel=Channel.MANUAL,
        state=state,
        subject="Blankett",
        received_at=now(),
        official_on=dt.date(2014, 5, 1),
        deadline_on=dt.date(2014, 5, 2),
        set_aside_reason=reason,
        **facts,
    )
    made.files.append(IntakeFile(position=1, kind=FileKind.ATTACHMENT, file_name="b.txt", sha256=sha256))
    session.add(made)
    session.flush()
    return made


def test_the_same_form_that_waits_in_the_inbox_is_left_there(archive: Archive) -> None:
    with archive.database.unit_of_work() as session:
        sha256 = archive.town.store(session, b"En blankett")
        case = archive.town.case(session, classification="2.1")
        record = archive.town.record(session, case, documents=(DocumentFacts(sha256, "b.txt"),))
        first = _item(session, sha256, ItemState.REGISTERED, record=record)
        waiting = _item(session, sha256, ItemState.NEW, duplicate_of=first).id
        doubled = _item(session, sha256, ItemState.SET_ASIDE, duplicate_of=first).id
        archive.close(session, case)
        key = first.id
    archive.dispose_all()
    with archive.database.reading() as session:
        left = {item.id: (item.subject, len(item.files)) for item in session.scalars(select(IntakeItem))}
    assert left == {key: ("", 0), waiting: ("Blankett", 1), doubled: ("", 0)}
    assert archive.town.blobs.exists(sha256)


def test_what_came_in_goes_with_the_record_that_it_became_wherever_it_was_moved(sqlite_archive: Archive) -> None:
    archive, town = sqlite_archive, sqlite_archive.town
    with archive.database.unit_of_work() as session:
        sha256 = town.store(session, b"En blankett")
        source, target = (town.case(session, classification="2.1") for _place in range(2))
        record = town.record(session, source, title="Ritning", documents=(DocumentFacts(sha256, "b.txt"),))
        item = _item(session, sha256, ItemState.REGISTERED, record=record).id
        moving.move_record(session, town.registrar, record, target.number_text, "Fel ärende")
        town.record(session, source)
        archive.close(session, source)
        uid = str(record.uid)
    archive.dispose_all()
    with archive.database.unit_of_work() as session:
        assert session.get_one(Case, source.id).disposed is DisposalDepth.EVERYTHING
        assert len(session.get_one(IntakeItem, item).files) == 1
        assert _told(session, uid) > 1
        archive.close(session, session.get_one(Case, target.id))
    archive.dispose_all()
    with archive.database.reading() as session:
        assert (session.get_one(IntakeItem, item).subject, session.get_one(IntakeItem, item).files) == ("", [])
        assert _told(session, uid) == 0
    assert not town.blobs.exists(sha256)


def _told(session: Session, uid: str) -> int:
    """How many events about it still hold values."""
    events = session.scalars(select(AuditEvent).where(AuditEvent.entity_uid == uid)).all()
    return sum(event.after is not None or event.reason is not None for event in events)


def test_a_draft_and_an_answer_about_another_case_are_left(sqlite_archive: Archive) -> None:
    """KS 2026/1 stands in KS 2026/12 as well, and the same file may come twice."""
    archive = sqlite_archive
    with archive.database.unit_of_work() as session:
        sha256 = archive.town.store(session, b"En blankett")
        case = archive.town.case(session, classification="2.1")
        archive.town.record(session, case, documents=(DocumentFacts(sha256, "b.txt"),))
        archive.close(session, case)
        number, user = case.number_text, archive.proposer.user_id
        file = {"sha256": sha256, "name": "b.txt"}
        session.add_all(
            [
                Draft(user_id=user, key="own", form={"case": f" {number.lower()}"}, files=[]),
                Draft(user_id=user, key="longer", form={"case": f"{number}2"}, files=[file]),
                Draft(user_id=user, key="mention", form={"title": f"Fråga om {number}"}, files=[]),
            ]
        )
        token = AccessToken(user_id=user, name="e-tjänst", token_hash="0" * 64, expires_at=now())
        session.add(token)
        session.flush()
        answers = {
            "own": f'"{number}"',
            "longer": f'"{number}2"',
            "uid": f"{case.uid}",
            "other": f"{uuid.uuid4()}",
        }
        for name, body in answers.items():
            session.add(RepeatedCall(token_id=token.id, key=name, fingerprint="0" * 64, body=body))
    archive.dispose_all()
    with archive.database.reading() as session:
        assert set(session.scalars(select(Draft.key))) == {"longer", "mention"}
        assert set(session.scalars(select(RepeatedCall.key))) == {"longer", "other"}
    assert archive.town.blobs.exists(sha256)


def test_a_package_that_could_not_be_sent_holds_its_cases_until_it_is_withdrawn(sqlite_archive: Archive) -> None:
    archive = sqlite_archive
    with archive.database.unit_of_work() as session:
        case = archive.old_case(session)
        deliver(session, case, confirmed=False)
        for state, expected in ((DeliveryState.FAILED, (Obstacle.PACKAGED,)), (DeliveryState.WITHDRAWN, ())):
            session.execute(update(PackageDelivery).values(state=state))
            assert obstacles.obstacles_of(session, [case], Question())[case.id] == expected


def test_a_vacuum_that_fails_leaves_no_connection_without_transactions(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not archive.database.is_postgresql:
        pytest.skip("SQLite has no table by table")
    monkeypatch.setattr(executing, "_EMPTIED", ("no_such_table",))
    with pytest.raises(Exception, match="no_such_table"):
        executing.compacted(archive.database)
    connection = archive.database.engine.raw_connection()
    assert connection.driver_connection is not None
    assert not connection.driver_connection.autocommit
    connection.close()
