"""Values are struck out of the sealed log by one door: the chain still fits, and nobody else can use it unseen."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import insert, null, select, text, update
from sqlalchemy.exc import DBAPIError

from diarium.audit import redacting, verifying
from diarium.audit import service as audit
from diarium.audit.models import AuditEvent
from diarium.audit.redaction_models import AuditRedaction
from diarium.audit.sealing import Sealer
from diarium.audit.seals import SealedEvent, SealKey, event_digest
from diarium.audit.verifying import Finding, Tampering
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.identity.permissions import SYSTEM
from tests.conftest import Municipality

GONE, KEPT = uuid.UUID(int=1), uuid.UUID(int=2)
DECISION = "KS 2026-01-15 § 7 (KS gallring 2026-1)"


@pytest.fixture
def sealer(municipality: Municipality, tmp_path: Path) -> Sealer:
    return Sealer(municipality.database, SealKey.from_text(SealKey.new_text()), tmp_path / "head.json")


def write(database: Database, uid: uuid.UUID, word: str) -> None:
    with database.unit_of_work() as session:
        subject = audit.Subject("case", uid, f"KS 2026/{uid.int}", "KS")
        audit.write(
            session, SYSTEM, "case.corrected", subject, before={"title": word}, after={"x": 1}, reason=word
        )


def strike(database: Database, key: SealKey) -> int:
    with database.unit_of_work() as session:
        return redacting.strike_out(session, key, [GONE], DECISION)


def findings(database: Database, sealer: Sealer) -> Sequence[Finding]:
    with database.reading() as session:
        return verifying.verify(session, [sealer.key.public]).findings


def test_what_is_struck_out_is_gone_and_the_chain_still_fits(sealer: Sealer) -> None:
    database = sealer.database
    for uid, word in ((GONE, "hemlig"), (KEPT, "öppen"), (GONE, "hemlig igen")):
        write(database, uid, word)
    sealer.run()
    write(database, GONE, "hemlig och inte förseglad")
    assert strike(database, sealer.key) == 3
    assert findings(database, sealer) == ()
    sealer.run()
    with database.reading() as session:
        verdict = verifying.verify(session, [sealer.key.public])
        assert (verdict.findings, verdict.unsealed, verdict.struck_out) == ((), 0, 3)
        events = session.scalars(select(AuditEvent).where(AuditEvent.entity_uid == str(GONE))).all()
        left = {(event.before, event.after, event.reason, event.salt) for event in events}
        assert left == {(None, None, None, None)}
        assert {event.action for event in events} == {"case.corrected"}
        assert {event.actor_name for event in events} == {"diarium"}
        assert set(redacting.redactions_of(session, [event.id for event in events]).values()) == {DECISION}
    assert strike(database, sealer.key) == 0


def test_struck_out_values_cannot_be_found_by_guessing(sealer: Sealer) -> None:
    """Who knows everything but the value and tries all values finds none: the salt is gone with it."""
    write(sealer.database, GONE, "19640823-3234")
    sealer.run()
    strike(sealer.database, sealer.key)
    with sealer.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.entity_uid == str(GONE))).one()
        kept = session.get_one(SealedEvent, event.id).digest
        event.before, event.after, event.reason = {"title": "19640823-3234"}, {"x": 1}, "19640823-3234"
        assert event_digest(event) != kept


def test_events_from_before_there_was_a_salt_are_as_they_were_sealed(sealer: Sealer) -> None:
    write(sealer.database, GONE, "gammal")
    with sealer.database.unit_of_work() as session:
        values = {
            "at": now(),
            "actor_name": "Rut",
            "action": "case.opened",
            "entity_type": "case",
            "entity_uid": str(GONE),
            "entity_label": "KS 2026/1",
            "after": {"title": "äldre"},
            "salt": None,
        }
        session.execute(insert(AuditEvent).values(values))
    sealer.run()
    assert findings(sealer.database, sealer) == ()
    assert strike(sealer.database, sealer.key) == 2
    assert findings(sealer.database, sealer) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET reason = NULL",
        "UPDATE audit_event SET reason = 'bättre skäl' WHERE id IN (SELECT event_id FROM audit_redaction)",
        "UPDATE audit_event SET actor_name = 'annan' WHERE id IN (SELECT event_id FROM audit_redaction)",
        "UPDATE audit_event SET entity_label = 'annan' WHERE id IN (SELECT event_id FROM audit_redaction)",
        "DELETE FROM audit_event WHERE id IN (SELECT event_id FROM audit_redaction)",
        "UPDATE audit_redaction SET decision = 'annat beslut'",
        "DELETE FROM audit_redaction",
    ],
)
def test_the_door_lets_nothing_else_through(sealer: Sealer, statement: str) -> None:
    write(sealer.database, GONE, "hemlig")
    write(sealer.database, KEPT, "öppen")
    strike(sealer.database, sealer.key)
    with pytest.raises(DBAPIError, match="append-only"), sealer.database.unit_of_work() as session:
        session.execute(text(statement))


def test_who_strikes_out_without_the_key_is_found(sealer: Sealer) -> None:
    database = sealer.database
    write(database, GONE, "obekväm")
    sealer.run()
    strike(database, SealKey.from_text(SealKey.new_text()))
    assert [found.kind for found in findings(database, sealer)] == [Tampering.FALSE_REDACTION]


def test_a_signed_redaction_of_another_event_strikes_nothing_out(sealer: Sealer) -> None:
    """Its signature moved to an event that somebody wants to be rid of."""
    database = sealer.database
    write(database, GONE, "hemlig")
    write(database, KEPT, "obekväm")
    sealer.run()
    strike(database, sealer.key)
    with database.unit_of_work() as session:
        signed = session.scalars(select(AuditRedaction)).one()
        event = session.scalars(select(AuditEvent).where(AuditEvent.entity_uid == str(KEPT))).one()
        columns = [column.name for column in AuditRedaction.__table__.columns]
        copy = {name: getattr(signed, name) for name in columns} | {"event_id": event.id}
        session.execute(insert(AuditRedaction).values(copy))
        session.execute(
            update(AuditEvent)
            .where(AuditEvent.id == event.id)
            .values(before=null(), after=null(), reason=None, salt=None)
            .execution_options(synchronize_session=False)
        )
    assert [found.kind for found in findings(database, sealer)] == [Tampering.FALSE_REDACTION]


def test_only_events_that_tell_of_a_file_are_struck_out_where_only_the_files_go(sealer: Sealer) -> None:
    database = sealer.database
    write(database, GONE, "ritning.pdf lades till")
    write(database, GONE, "ny rubrik")
    with database.unit_of_work() as session:
        telling = {"ritning.pdf"}
        assert redacting.strike_out(session, sealer.key, [GONE], DECISION, telling=telling) == 1
    with database.reading() as session:
        reasons = session.scalars(select(AuditEvent.reason).where(AuditEvent.entity_uid == str(GONE))).all()
    assert sorted(reasons, key=str) == sorted([None, "ny rubrik"], key=str)
