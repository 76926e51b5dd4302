"""The letterbox: the only thing that the public process may write. It drops, the worker takes out."""

from __future__ import annotations

import datetime as dt
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, String, delete, func, insert, or_, select, type_coerce, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.db.engine import Database
from diarium.i18n import gettext as _
from diarium.letterbox import wire
from diarium.letterbox.database import FULL, MOST_OF_A_KIND, empty_log, ensure_letterbox, open_letterbox_database
from diarium.letterbox.errors import InvalidLetter, LetterboxClosed, LetterboxFull
from diarium.letterbox.letters import Letter, LetterKind, kind_of
from diarium.letterbox.models import WaitingRow
from diarium.letterbox.references import reference_of

FIRST_DELAY = dt.timedelta(minutes=1)
LONGEST_DELAY = dt.timedelta(hours=6)
RESERVED_FOR = dt.timedelta(minutes=15)
_SQLITE_DOUBLES = (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE)
_POSTGRESQL_DOUBLE = "23505"
# As text: a kind that is none must be set aside, and not stop everything that waits behind it.
_KIND = type_coerce(WaitingRow.kind, String)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WaitingLetter:
    """A letter with what it is called: `uid` in the house, `reference` towards whoever dropped it."""

    uid: uuid.UUID
    reference: str
    placed_at: dt.datetime
    letter: Letter


@dataclass(frozen=True, slots=True)
class BoxFigures:
    """How many letters wait, by kind; how many of all could not be handled yet; how many are none."""

    waiting: Mapping[LetterKind, int]
    tried: int
    unreadable: int


class Letterbox:
    """A letterbox in a database of its own. Opening it makes no connection."""

    def __init__(self, url: str) -> None:
        self._database = open_letterbox_database(url)
        self._is_clean = False  # what an earlier process took may still lie in the log

    @property
    def database(self) -> Database:
        """Where the letters lie."""
        return self._database

    def ensure(self) -> None:
        """Makes the table and its rights. The staff side does, never the public one."""
        ensure_letterbox(self._database)

    def drop(self, letter: Letter, *, key: uuid.UUID | None = None) -> str:
        """Puts a letter in; its reference. Raises: InvalidLetter; LetterboxFull; LetterboxClosed.

        `key`: of the form that was filled in. The very same letter with the same key is one letter, however often
        somebody presses the button.
        """
        kind, content = kind_of(letter), wire.written(letter)
        uid = uuid.uuid4() if key is None else uuid.uuid5(key, f"{kind}:{content}")
        reference = reference_of(uid, kind)
        row = {"uid": uid, "kind": kind, "reference": reference, "placed_at": now(), "content": content}
        try:
            with self._database.unit_of_work() as session:
                self._refuse_if_full(session, kind)
                session.execute(insert(WaitingRow).values(row))
        except DBAPIError as error:
            if _lies_there_already(error):
                return reference
            if FULL in str(error.orig):
                raise _full() from None
            log.error("letterbox closed", why=type(error.orig).__name__)  # its words may quote the letter
            raise LetterboxClosed(
                _("Det går inte att ta emot något här just nu. Försök igen om en stund.")
            ) from error
        return reference

    def waiting(self, limit: int = 100) -> tuple[WaitingLetter, ...]:
        """The letters whose turn it is, the oldest first. What is no letter is set aside, whoever put it in."""
        self._clean()
        query = (
            select(
                WaitingRow.uid, _KIND.label("kind"), WaitingRow.reference, WaitingRow.placed_at, WaitingRow.content
            )
            .where(~WaitingRow.is_unreadable, _is_free())
            .order_by(WaitingRow.placed_at, WaitingRow.uid)
            .limit(limit)
        )
        with self._database.reading() as session:
            rows = session.execute(query).all()
        found = []
        for row in rows:
            try:
                letter = wire.read(row.kind, row.content)
            except InvalidLetter:
                self._change(row.uid, is_unreadable=True)
            else:
                found.append(WaitingLetter(row.uid, row.reference, row.placed_at, letter))
        return tuple(found)

    def taken(self, uid: uuid.UUID) -> None:
        """Removes a letter that has been handled, its bytes too; no matter if it is gone already."""
        with self._database.unit_of_work() as session:
            session.execute(delete(WaitingRow).where(WaitingRow.uid == uid))
        self._is_clean = False

    def reserve(self, uid: uuid.UUID) -> bool:
        """Keeps other workers from a letter for some minutes; False if another has it, or has taken it."""
        mine = update(WaitingRow).where(WaitingRow.uid == uid, _is_free()).returning(WaitingRow.uid)
        with self._database.unit_of_work() as session:
            return session.scalar(mine.values(not_before=now() + RESERVED_FOR)) is not None

    def postpone(self, uid: uuid.UUID) -> None:
        """A letter that could not be handled comes again later, and later still the next time."""
        with self._database.reading() as session:
            attempts = session.scalar(select(WaitingRow.attempts).where(WaitingRow.uid == uid)) or 0
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(attempts, 20))
        self._change(uid, attempts=attempts + 1, not_before=now() + delay)

    def clean(self) -> bool:
        """Removes what was taken from the disk as well; False if the box is in use right now: to be done later."""
        self._clean()
        return self._is_clean

    def figures(self) -> BoxFigures:
        """How much lies in it: numbers only."""
        with self._database.reading() as session:
            rows = session.execute(
                select(_KIND, WaitingRow.is_unreadable, func.count()).group_by(_KIND, WaitingRow.is_unreadable)
            ).all()
            tried = session.scalar(
                select(func.count())
                .select_from(WaitingRow)
                .where(WaitingRow.attempts > 0, ~WaitingRow.is_unreadable)
            )
        waiting = {kind: sum(n for of, broken, n in rows if of == kind and not broken) for kind in LetterKind}
        return BoxFigures(waiting, tried or 0, sum(count for _kind, broken, count in rows if broken))

    def close(self) -> None:
        """Gives the connections back."""
        self._database.close()

    def _refuse_if_full(self, session: Session, kind: LetterKind) -> None:
        if self._database.is_postgresql:
            return  # the public role may not count: a trigger does
        count = session.scalar(select(func.count()).select_from(WaitingRow).where(WaitingRow.kind == kind))
        if (count or 0) >= MOST_OF_A_KIND:
            raise _full()

    def _change(self, uid: uuid.UUID, **values: object) -> None:
        with self._database.unit_of_work() as session:
            session.execute(update(WaitingRow).where(WaitingRow.uid == uid).values(values))

    def _clean(self) -> None:
        if not self._is_clean:
            self._is_clean = empty_log(self._database)


def _is_free() -> ColumnElement[bool]:
    return or_(WaitingRow.not_before.is_(None), WaitingRow.not_before <= now())


def _lies_there_already(error: DBAPIError) -> bool:
    """Whether the very same letter is in. What is refused for another reason is lost, and is not thanked for."""
    code = getattr(error.orig, "sqlite_errorcode", None) or getattr(error.orig, "sqlstate", None)
    return isinstance(error, IntegrityError) and code in (*_SQLITE_DOUBLES, _POSTGRESQL_DOUBLE)


def _full() -> LetterboxFull:
    return LetterboxFull(_("Just nu väntar så många beställningar att inga fler kan tas emot här."))
