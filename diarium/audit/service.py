"""Writes and reads audit events."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent

request_id: ContextVar[str | None] = ContextVar("diarium_request_id", default=None)


class Who(Protocol):
    """What an event needs to know of the actor."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about. `label` is how staff know it: a case number, a user name."""

    type: str
    uid: uuid.UUID
    label: str
    authority_code: str | None = None


def write(
    session: Session,
    actor: Who,
    action: str,
    subject: Subject,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str | None = None,
) -> AuditEvent:
    """Adds one event to the running transaction.

    `action` is `<entity>.<verb>` ("record.registered"); `before` and `after` hold the fields that changed.
    """
    event = AuditEvent(
        actor_id=actor.user_id,
        actor_name=actor.name,
        action=action,
        authority_code=subject.authority_code,
        entity_type=subject.type,
        entity_uid=str(subject.uid),
        entity_label=subject.label,
        before=None if before is None else plain(before),
        after=None if after is None else plain(after),
        reason=reason,
        request_id=request_id.get(),
    )
    session.add(event)
    return event


def history(session: Session, uids: Sequence[uuid.UUID], *, limit: int = 500) -> Sequence[AuditEvent]:
    """The newest events about any of `uids`, newest first."""
    query = select(AuditEvent).where(AuditEvent.entity_uid.in_([str(uid) for uid in uids]))
    return session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit)).all()


def plain(values: Mapping[str, object]) -> dict[str, Any]:
    """`values` in the JSON form in which events keep them."""
    return {key: _json(value) for key, value in values.items()}


def _json(value: object) -> object:
    if isinstance(value, enum.Enum):
        return _json(value.value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_json(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"no JSON form for {type(value).__name__}")
