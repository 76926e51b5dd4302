"""Strikes the values out of sealed events: the one door by which anything of the log is ever changed.

Who did what kind of thing, when and to which number is left. The event's digest as it was is kept beside it and
signed, so that its seal still fits and nobody can strike out anything unnoticed (docs/decisions/0013).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import null, select, update
from sqlalchemy.orm import Session, make_transient

from diarium.audit.models import AuditEvent
from diarium.audit.redaction_models import AuditRedaction
from diarium.audit.seals import SealKey, event_digest, key_id, redaction_digest
from diarium.db.base import now

_BATCH = 500


def strike_out(
    session: Session,
    key: SealKey,
    uids: Collection[uuid.UUID],
    decision: str,
    *,
    sparing: Collection[str] = (),
    with_labels: bool = False,
    telling: Collection[str] | None = None,
) -> int:
    """Strikes out the values and reasons of all events about `uids`, by `decision`; returns of how many.

    `sparing`: kinds of events that are left as they are. `with_labels`: the labels too, where they may tell
    something. `telling`: only events in whose values one of these texts stands. What was struck out before, or
    holds no values, is passed over. It is part of the running transaction and for ever: nothing brings the values
    back.
    """
    session.flush()
    wanted = sorted(str(uid) for uid in uids)
    struck = 0
    for start in range(0, len(wanted), _BATCH):
        done = select(AuditRedaction.event_id).where(AuditRedaction.event_id == AuditEvent.id).exists()
        query = (
            select(AuditEvent)
            .where(AuditEvent.entity_uid.in_(wanted[start : start + _BATCH]), ~done)
            .where(AuditEvent.action.not_in(sparing))
            .order_by(AuditEvent.id)
        )
        found = (event for event in session.scalars(query) if _tells(event, with_labels=with_labels))
        events = [event for event in found if telling is None or _holds_one(event, telling)]
        _strike(session, key, events, decision, with_labels=with_labels)
        struck += len(events)
    return struck


def redactions_of(session: Session, event_ids: Collection[int]) -> dict[int, str]:
    """By event, the decision by which it was struck out. One statement."""
    if not event_ids:
        return {}
    rows = session.execute(
        select(AuditRedaction.event_id, AuditRedaction.decision).where(AuditRedaction.event_id.in_(event_ids))
    )
    return {row.event_id: row.decision for row in rows}


def _tells(event: AuditEvent, *, with_labels: bool) -> bool:
    labelled = with_labels and bool(event.entity_label)
    return event.before is not None or event.after is not None or event.reason is not None or labelled


def _holds_one(event: AuditEvent, texts: Collection[str]) -> bool:
    values = "\n".join((*_texts(event.before), *_texts(event.after), event.reason or ""))
    return any(text in values for text in texts)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _strike(
    session: Session, key: SealKey, events: Sequence[AuditEvent], decision: str, *, with_labels: bool
) -> None:
    if not events:
        return
    moment, signer = now(), key_id(key.public)
    for event in events:
        digest = event_digest(event)
        # The row is changed by the statement below alone.
        session.expunge(event)
        make_transient(event)
        event.before = event.after = event.reason = event.salt = None
        event.entity_label = "" if with_labels else event.entity_label
        remaining = event_digest(event)
        signed = redaction_digest(event.id, digest, remaining, decision, moment)
        session.add(
            AuditRedaction(
                event_id=event.id,
                digest=digest,
                remaining=remaining,
                decision=decision,
                at=moment,
                key_id=signer,
                signature=key.sign_redaction(signed),
            )
        )
    session.flush()
    ids = [event.id for event in events]
    values: dict[str, object] = {"before": null(), "after": null(), "reason": None, "salt": None}
    if with_labels:
        values["entity_label"] = ""
    session.execute(
        update(AuditEvent)
        .where(AuditEvent.id.in_(ids))
        .values(values)
        .execution_options(synchronize_session=False)
    )
