"""Calls of the API that name themselves (Idempotency-Key): sent twice, done once.

A call is begun in a transaction of its own, so that a second one at the same time sees it. Its effect notes itself
as there in its own transaction (`note_effect`). So a call that was cut short may be begun anew if nothing came of
it, and is told apart from one that was done and whose answer is lost.

Source: the IETF draft The Idempotency-Key HTTP Header Field.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.db.engine import Database
from diarium.errors import Conflict, DomainError
from diarium.i18n import gettext as _
from diarium.identity.models import RepeatedCall

KEPT = dt.timedelta(hours=48)
GIVEN_UP_AFTER = dt.timedelta(minutes=10)
"""A call that has no answer after so long was cut short, by a crash for instance."""
MOST_CHARACTERS_KEPT = 1_000_000
_REMOVED_AT_ONCE = 1000
FIELD = "Idempotency-Key"


class KeyReused(DomainError):
    """The key was used for another call."""


class CallUnderway(Conflict):
    """The call with the key is not answered yet, or its answer was lost."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer that a call got the first time; `body` as it was given to be kept."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A call that was let through; its answer is still to be kept."""

    call_id: int


def begin(database: Database, token_id: int, key: str, fingerprint: str) -> Begun | KeptAnswer:
    """Lets a call through, or gives the answer that it got before.

    Raises: KeyReused; CallUnderway.
    """
    try:
        with database.unit_of_work() as session:
            call = RepeatedCall(token_id=token_id, key=key, fingerprint=fingerprint)
            found = session.scalar(_query(token_id, key).with_for_update())
            if found is None:
                session.add(call)
                session.flush()
                return Begun(call.id)
            return _again(found, fingerprint)
    except IntegrityError:
        # Begun at the same moment by another.
        raise _underway() from None


def note_effect(session: Session, begun: Begun) -> None:
    """Notes in the running transaction that what the call asked for is done with it."""
    session.execute(update(RepeatedCall).where(RepeatedCall.id == begun.call_id).values(is_committed=True))


def keep(database: Database, begun: Begun, answer: KeptAnswer) -> None:
    """Keeps the answer of a call that was done. A body too long to be kept is not: the call can't be repeated."""
    if len(answer.body) > MOST_CHARACTERS_KEPT:
        return
    values = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body, "is_committed": True}
    with database.unit_of_work() as session:
        session.execute(update(RepeatedCall).where(RepeatedCall.id == begun.call_id).values(**values))


def forget(database: Database, begun: Begun) -> None:
    """Forgets a call that was refused: with the same key it may be tried again. One that had an effect stays."""
    with database.unit_of_work() as session:
        session.execute(
            delete(RepeatedCall).where(RepeatedCall.id == begun.call_id, RepeatedCall.is_committed.is_(False))
        )


def lost() -> CallUnderway:
    """What to raise for a call that was done and whose answer can't be given again."""
    return CallUnderway(_("Anropet är utfört, men svaret finns inte kvar. Läs det som det gällde."), field=FIELD)


@dataclass(frozen=True, slots=True)
class RepeatedCallCleaner:
    """Removes the calls that need no longer be remembered."""

    database: Database
    name: str = "repeated calls"
    every: float = 3600.0

    def run(self) -> int:
        """Removes them; returns how many."""
        removed = 0
        while True:
            with self.database.unit_of_work() as session:
                old = select(RepeatedCall.id).where(RepeatedCall.begun_at < now() - KEPT).limit(_REMOVED_AT_ONCE)
                ids = session.scalars(old).all()
                session.execute(delete(RepeatedCall).where(RepeatedCall.id.in_(ids)))
            removed += len(ids)
            if len(ids) < _REMOVED_AT_ONCE:
                return removed


def _again(found: RepeatedCall, fingerprint: str) -> Begun | KeptAnswer:
    if found.fingerprint != fingerprint:
        raise KeyReused(_("Nyckeln är redan använd för ett annat anrop. Välj en ny."), field=FIELD)
    if found.status is not None:
        headers = {str(name): str(value) for name, value in (found.headers or {}).items()}
        return KeptAnswer(found.status, headers, found.body or "")
    is_given_up = found.begun_at < now() - GIVEN_UP_AFTER
    if is_given_up and not found.is_committed:
        found.begun_at = now()
        return Begun(found.id)
    raise lost() if is_given_up else _underway()


def _query(token_id: int, key: str) -> Select[RepeatedCall]:
    return select(RepeatedCall).where(RepeatedCall.token_id == token_id, RepeatedCall.key == key)


def _underway() -> CallUnderway:
    return CallUnderway(_("Samma anrop behandlas just nu. Vänta en stund och försök igen."), field=FIELD)
