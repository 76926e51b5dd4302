"""Seals the events that have come since the last seal: beside the writers, never inside their transactions."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.audit.redaction_models import AuditRedaction
from diarium.audit.seals import FIRST_PREVIOUS, AuditSeal, SealedEvent, SealKey, event_digest, key_id, seal_digest
from diarium.db.base import now
from diarium.db.engine import Database

EVENTS_PER_SEAL = 1000
_PATIENCE_MS = 500


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What can be kept elsewhere: that the chain had this seal. A chain that was cut off later lacks it."""

    number: int
    digest: str
    signature: str

    def to_text(self) -> str:
        """As it is written to a file."""
        return json.dumps({"number": self.number, "digest": self.digest, "signature": self.signature}) + "\n"

    @classmethod
    def from_text(cls, text_: str) -> Checkpoint:
        """Reads what `to_text` wrote. Raises: ValueError if it is something else."""
        try:
            facts = json.loads(text_)
            return cls(int(facts["number"]), str(facts["digest"]), str(facts["signature"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("no checkpoint") from error


@dataclass(frozen=True, slots=True)
class Sealer:
    """The worker's chore: seals what has come, and notes the chain's head in a file outside the database."""

    database: Database
    key: SealKey
    head_file: Path
    name: str = "audit seals"
    every: float = 10.0

    def run(self) -> int:
        """Seals every event that is there. Returns how many."""
        total = 0
        while True:
            with self.database.unit_of_work() as session:
                seal = seal_next(session, self.key)
            if seal is None:
                return total
            write_head(self.head_file, Checkpoint(seal.number, seal.digest, seal.signature))
            total += seal.event_count


def seal_next(session: Session, key: SealKey) -> AuditSeal | None:
    """Seals up to `EVENTS_PER_SEAL` events behind the last seal; None where there are none.

    Nobody writes events meanwhile, so no event can turn up later with a lower id than one that is sealed: whatever
    then lies unsealed below the last seal was put there by other means.
    """
    _keep_writers_out(session)
    last = session.scalar(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1))
    events = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.id > (last.last_event_id if last else 0))
        .order_by(AuditEvent.id)
        .limit(EVENTS_PER_SEAL)
    ).all()
    return _seal(session, key, last, events) if events else None


def head(session: Session) -> Checkpoint | None:
    """The last seal, None where nothing is sealed."""
    last = session.scalar(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1))
    return Checkpoint(last.number, last.digest, last.signature) if last else None


def write_head(path: Path, checkpoint: Checkpoint) -> None:
    """Replaces the file of the chain's head, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}")
    with draft.open("w", encoding="ascii") as target:
        target.write(checkpoint.to_text())
        target.flush()
        os.fsync(target.fileno())
    draft.replace(path)


def _seal(session: Session, key: SealKey, last: AuditSeal | None, events: Sequence[AuditEvent]) -> AuditSeal:
    number, previous, moment = (last.number + 1, last.digest, now()) if last else (1, FIRST_PREVIOUS, now())
    # What was struck out before it came to be sealed is sealed as it was.
    known = {row.event_id: row.digest for row in session.execute(_redacted(events))}
    digests = [(event.id, known.get(event.id) or event_digest(event)) for event in events]
    digest = seal_digest(number, previous, moment, digests)
    seal = AuditSeal(
        number=number,
        previous=previous,
        event_count=len(events),
        last_event_id=events[-1].id,
        sealed_at=moment,
        digest=digest,
        key_id=key_id(key.public),
        signature=key.sign(digest),
    )
    session.add(seal)
    session.flush()
    session.add_all(
        SealedEvent(event_id=event, seal_number=number, position=place, digest=found)
        for place, (event, found) in enumerate(digests)
    )
    session.flush()
    return seal


def _redacted(events: Sequence[AuditEvent]) -> Select[int, str]:
    first, last = events[0].id, events[-1].id
    return select(AuditRedaction.event_id, AuditRedaction.digest).where(
        AuditRedaction.event_id.between(first, last)
    )


def _keep_writers_out(session: Session) -> None:
    """On SQLite a unit of work is the only writer. On PostgreSQL a lock for a moment, if it can be had."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SET LOCAL lock_timeout = {_PATIENCE_MS}"))
        session.execute(text("LOCK TABLE audit_event IN SHARE MODE"))
