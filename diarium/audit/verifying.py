"""Checks the sealed chain against the events, and says what was changed, taken out, put in or moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.audit.redaction_models import AuditRedaction
from diarium.audit.sealing import Checkpoint
from diarium.audit.seals import (
    FIRST_PREVIOUS,
    AuditSeal,
    SealedEvent,
    event_digest,
    is_redaction_signed,
    is_signed,
    key_id,
    redaction_digest,
    seal_digest,
)
from diarium.i18n import gettext as _

_BATCH = 5000


class Tampering(StrEnum):
    """What was found."""

    CHANGED_EVENT = "changed_event"
    MISSING_EVENT = "missing_event"
    INSERTED_EVENT = "inserted_event"
    BROKEN_SEAL = "broken_seal"
    MISSING_SEAL = "missing_seal"
    FOREIGN_KEY = "foreign_key"
    FALSE_REDACTION = "false_redaction"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit, and where."""

    kind: Tampering
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at and what was found. `unsealed`: events newer than the last seal; that is in order.

    `struck_out`: events whose values a disposal has struck out; that is in order too where it is signed.
    """

    seals: int
    events: int
    unsealed: int
    findings: tuple[Finding, ...]
    struck_out: int = 0


def verify(session: Session, keys: Sequence[Ed25519PublicKey], checkpoints: Sequence[Checkpoint] = ()) -> Verdict:
    """Goes through the whole chain, a seal at a time. `keys`: those that may have signed.

    Without a checkpoint from outside the database nobody could tell that the newest seals and events are gone.
    """
    known = {key_id(key): key for key in keys}
    findings: list[Finding] = []
    previous, number, last_id, events = FIRST_PREVIOUS, 0, 0, 0
    digests: dict[int, str] = {}
    wanted = {point.number for point in checkpoints}
    for seal in _seals(session):
        findings += _check_place(seal, number, previous)
        sealed = _sealed(session, seal.number)
        findings += _check_seal(seal, sealed, known, last_id)
        findings += _check_events(session, sealed, known)
        events += len(sealed)
        previous, number, last_id = seal.digest, seal.number, max(last_id, seal.last_event_id)
        if number in wanted:
            digests[number] = seal.digest
    findings += _strays(session, last_id)
    findings += [found for point in checkpoints for found in _check_point(point, digests, known)]
    unsealed = session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.id > last_id)) or 0
    struck_out = session.scalar(select(func.count()).select_from(AuditRedaction)) or 0
    return Verdict(number, events, unsealed, tuple(findings), struck_out)


def _seals(session: Session) -> Iterator[AuditSeal]:
    query = select(AuditSeal).order_by(AuditSeal.number).execution_options(yield_per=100)
    yield from session.scalars(query)


def _sealed(session: Session, number: int) -> Sequence[SealedEvent]:
    return session.scalars(
        select(SealedEvent).where(SealedEvent.seal_number == number).order_by(SealedEvent.position)
    ).all()


def _check_place(seal: AuditSeal, number: int, previous: str) -> Iterator[Finding]:
    if seal.number != number + 1:
        message = _("Förseglingarna hoppar från %(old)s till %(new)s.", old=number, new=seal.number)
        yield Finding(Tampering.MISSING_SEAL, _("försegling %(number)s", number=number + 1), message)
    elif seal.previous != previous:
        message = _("Förseglingen hänger inte ihop med den före.")
        yield Finding(Tampering.BROKEN_SEAL, _("försegling %(number)s", number=seal.number), message)


def _check_seal(
    seal: AuditSeal, sealed: Sequence[SealedEvent], known: Mapping[str, Ed25519PublicKey], last_id: int
) -> Iterator[Finding]:
    where = _("försegling %(number)s", number=seal.number)
    key = known.get(seal.key_id)
    if key is None:
        yield Finding(Tampering.FOREIGN_KEY, where, _("Förseglingen är gjord med en okänd nyckel."))
    elif not is_signed(key, seal.digest, seal.signature):
        yield Finding(Tampering.BROKEN_SEAL, where, _("Underskriften stämmer inte."))
    ids = [item.event_id for item in sealed]
    digest = seal_digest(
        seal.number, seal.previous, seal.sealed_at, [(item.event_id, item.digest) for item in sealed]
    )
    in_order = ids == sorted(ids) and [item.position for item in sealed] == list(range(len(sealed)))
    counted = bool(ids) and seal.event_count == len(ids) and seal.last_event_id == ids[-1] and ids[0] > last_id
    if digest != seal.digest or not in_order or not counted:
        yield Finding(Tampering.BROKEN_SEAL, where, _("Förseglingens innehåll har ändrats."))


def _check_events(
    session: Session, sealed: Sequence[SealedEvent], known: Mapping[str, Ed25519PublicKey]
) -> Iterator[Finding]:
    ids = [item.event_id for item in sealed]
    # In one statement: an event that is struck out meanwhile is seen before it or after it, never in between.
    query = (
        select(AuditEvent, AuditRedaction)
        .outerjoin(AuditRedaction, AuditRedaction.event_id == AuditEvent.id)
        .where(AuditEvent.id.in_(ids))
        .execution_options(populate_existing=True)
    )
    present = {row.AuditEvent.id: row for row in session.execute(query)}
    for item in sealed:
        row, where = present.get(item.event_id), _("händelse %(number)s", number=item.event_id)
        event, redaction = (row.AuditEvent, row.AuditRedaction) if row is not None else (None, None)
        if event is None:
            yield Finding(Tampering.MISSING_EVENT, where, _("Händelsen är borttagen."))
        elif redaction is not None:
            yield from _check_redaction(item, event, redaction, known)
        elif event_digest(event) != item.digest:
            yield Finding(Tampering.CHANGED_EVENT, where, _("Händelsen är ändrad."))
    session.expunge_all()


def _check_redaction(
    sealed: SealedEvent, event: AuditEvent, redaction: AuditRedaction, known: Mapping[str, Ed25519PublicKey]
) -> Iterator[Finding]:
    """What is left of it is what was signed for, and what it was is what its seal covers."""
    where = _("händelse %(number)s", number=sealed.event_id)
    signed = redaction_digest(event.id, redaction.digest, redaction.remaining, redaction.decision, redaction.at)
    key = known.get(redaction.key_id)
    if key is None or not is_redaction_signed(key, signed, redaction.signature):
        message = _("Strykningen är inte underskriven med någon känd nyckel.")
        yield Finding(Tampering.FALSE_REDACTION, where, message)
    elif redaction.digest != sealed.digest or redaction.remaining != event_digest(event):
        yield Finding(Tampering.CHANGED_EVENT, where, _("Händelsen är ändrad."))


def _strays(session: Session, last_id: int) -> Iterator[Finding]:
    """Events below the last seal that no seal knows, and entries without a seal."""
    sealed = select(SealedEvent.event_id).where(SealedEvent.event_id == AuditEvent.id).exists()
    query = select(AuditEvent.id).where(AuditEvent.id <= last_id, ~sealed).order_by(AuditEvent.id)
    for number in session.scalars(query.execution_options(yield_per=_BATCH)):
        where = _("händelse %(number)s", number=number)
        yield Finding(Tampering.INSERTED_EVENT, where, _("Händelsen är insatt i efterhand."))
    home = select(AuditSeal.number).where(AuditSeal.number == SealedEvent.seal_number).exists()
    for number in session.scalars(select(SealedEvent.event_id).where(~home)):
        where = _("händelse %(number)s", number=number)
        yield Finding(Tampering.MISSING_SEAL, where, _("Händelsens försegling är borttagen."))


def _check_point(
    point: Checkpoint, digests: Mapping[int, str], known: Mapping[str, Ed25519PublicKey]
) -> Iterator[Finding]:
    where = _("kontrollpunkt %(number)s", number=point.number)
    if not any(is_signed(key, point.digest, point.signature) for key in known.values()):
        yield Finding(
            Tampering.FOREIGN_KEY, where, _("Kontrollpunkten är inte underskriven med någon känd nyckel.")
        )
    elif point.number not in digests:
        yield Finding(Tampering.MISSING_SEAL, where, _("Kedjan är avkortad: förseglingen finns inte längre."))
    elif digests[point.number] != point.digest:
        yield Finding(
            Tampering.BROKEN_SEAL, where, _("Förseglingen är en annan än den som kontrollpunkten visar.")
        )
