"""Drafts of registrations: what was typed survives a logout, a crash and a session that ran out.

A draft is its owner's working material (not an official document, TF 2 kap. 12 §): nothing of the register comes
to be or changes by it, and nobody else sees it. So it is not audited, and it may be deleted.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import CursorResult, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from diarium.assistance.errors import DraftNotFound, DraftSpent, DraftTooLarge, TooManyDrafts
from diarium.assistance.models import Draft
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.errors import NotAllowed
from diarium.files.tickets import UploadedFile
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission

KEPT = dt.timedelta(days=30)
SPENT_KEPT = dt.timedelta(days=1)
MOST_DRAFTS = 50
MOST_BYTES = 200_000
MOST_FILES = 500
_KEY_LENGTH = 100
# What belongs to the page that was open, not to what was typed.
_NOT_KEPT = frozenset({"csrf_token", "kept_file", "then"})


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft as its owner sees it. `values` are the form's flat fields; the files lie in the blob store."""

    uid: uuid.UUID
    key: str
    values: dict[str, str]
    files: tuple[UploadedFile, ...]
    item: uuid.UUID | None
    updated_at: dt.datetime

    @property
    def title(self) -> str:
        """What the draft is about, as far as it was written."""
        return (self.values.get("title") or self.values.get("case_title") or "").strip()


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft in a list. `case`: the case's number as it was typed; `files`: how many."""

    uid: uuid.UUID
    title: str
    case: str
    files: int
    item: uuid.UUID | None
    updated_at: dt.datetime


def save(
    session: Session,
    actor: Actor,
    key: str,
    values: Mapping[str, str],
    files: Sequence[UploadedFile],
    *,
    item: uuid.UUID | None = None,
) -> DraftView:
    """Keeps what was typed under the actor's own `key`; what was kept there before is replaced.

    The caller has checked that the actor uploaded `files` (their tickets). `item`: the item of the inbox that is
    being registered.

    Raises: NotAllowed; DraftSpent for what is registered already; DraftTooLarge; TooManyDrafts for a new key when
    the actor has `MOST_DRAFTS`.
    """
    owner = _owner(actor)
    if not actor.authorities(Permission.REGISTER):
        raise NotAllowed(_("Du har inte behörighet att registrera."))
    form = {name: _storable(value) for name, value in values.items() if name not in _NOT_KEPT}
    kept = [{"sha256": file.sha256, "file_name": file.file_name, "size": file.size} for file in files]
    if len(json.dumps(form, ensure_ascii=False).encode()) > MOST_BYTES or len(kept) > MOST_FILES:
        raise DraftTooLarge(
            _("Utkastet är för stort för att sparas. Korta anteckningen eller registrera handlingen nu.")
        )
    key = _storable(key)[:_KEY_LENGTH]
    _make_room(session, owner, key)
    facts = {"form": form, "files": kept, "item_uid": item, "updated_at": now()}
    session.execute(
        _insert(session)
        .values(uid=uuid.uuid4(), user_id=owner, key=key, **facts)
        .on_conflict_do_update(index_elements=["user_id", "key"], set_=facts, where=Draft.is_spent.is_(False))
    )
    draft = _of(session, owner, key)
    if draft.is_spent:
        raise DraftSpent(_("Det här formuläret är redan registrerat, så inget utkast sparas."))
    return _view(draft)


def load(session: Session, actor: Actor, uid: uuid.UUID) -> DraftView:
    """One of the actor's own drafts. Raises: DraftNotFound."""
    query = select(Draft).where(Draft.uid == uid, Draft.user_id == _owner(actor), Draft.is_spent.is_(False))
    found = session.scalar(query)
    if found is None:
        raise DraftNotFound(_("Utkastet finns inte längre. Det kan vara registrerat eller borttaget."))
    return _view(found)


def mine(session: Session, actor: Actor) -> tuple[DraftRow, ...]:
    """The actor's drafts, the latest first. What was typed stays in the database: it may be long."""
    title, case_title, case = (Draft.form[name].as_string() for name in ("title", "case_title", "case"))
    length = func.jsonb_array_length if _is_postgresql(session) else func.json_array_length
    rows = session.execute(
        select(Draft.uid, title, case_title, case, length(Draft.files), Draft.item_uid, Draft.updated_at)
        .where(Draft.user_id == _owner(actor), Draft.is_spent.is_(False))
        .order_by(Draft.updated_at.desc(), Draft.id.desc())
    )
    return tuple(
        DraftRow(uid, (own or of_case or "").strip(), number or "", files, item, updated_at)
        for uid, own, of_case, number, files, item, updated_at in rows
    )


def of_item(session: Session, actor: Actor, item_uid: uuid.UUID) -> DraftView | None:
    """What the actor began to write about an item of the inbox, the latest."""
    found = session.scalar(
        select(Draft)
        .where(Draft.user_id == _owner(actor), Draft.item_uid == item_uid, Draft.is_spent.is_(False))
        .order_by(Draft.updated_at.desc(), Draft.id.desc())
        .limit(1)
    )
    return None if found is None else _view(found)


def discard(session: Session, actor: Actor, uid: uuid.UUID) -> None:
    """Deletes one of the actor's own drafts; does nothing if it is gone already."""
    session.execute(delete(Draft).where(Draft.uid == uid, Draft.user_id == _owner(actor)))


def spend(session: Session, actor: Actor, key: str) -> None:
    """Deletes the draft of a form that has been registered. What is saved late under its `key` is refused.

    Only the key is remembered, for `SPENT_KEPT`.
    """
    key = _storable(key)[:_KEY_LENGTH]
    if not key:
        return
    facts: dict[str, object] = {"form": {}, "files": [], "item_uid": None, "updated_at": now(), "is_spent": True}
    session.execute(
        _insert(session)
        .values(uid=uuid.uuid4(), user_id=_owner(actor), key=key, **facts)
        .on_conflict_do_update(index_elements=["user_id", "key"], set_=facts)
    )


def delete_old(session: Session) -> int:
    """Deletes drafts that nobody touched for `KEPT`, and the keys of spent ones; returns how many."""
    untouched, spent = Draft.updated_at < now() - KEPT, Draft.updated_at < now() - SPENT_KEPT
    done = session.execute(delete(Draft).where(or_(untouched, Draft.is_spent & spent)))
    return done.rowcount if isinstance(done, CursorResult) else 0


class DraftCleaner:
    """A chore of the worker: drafts are not kept longer than `KEPT`."""

    name = "drafts"
    every = 6 * 3600.0

    def __init__(self, database: Database) -> None:
        self._database = database

    def run(self) -> int:
        """Deletes old drafts; returns how many."""
        with self._database.unit_of_work() as session:
            return delete_old(session)


def _owner(actor: Actor) -> int:
    if actor.user_id is None:
        raise NotAllowed(_("Bara den som är inloggad har utkast."))
    return actor.user_id


def _insert(session: Session) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(Draft) if _is_postgresql(session) else sqlite.insert(Draft)


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _of(session: Session, owner: int, key: str) -> Draft:
    query = select(Draft).where(Draft.user_id == owner, Draft.key == key)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _make_room(session: Session, owner: int, key: str) -> None:
    others = select(func.count()).select_from(Draft)
    others = others.where(Draft.user_id == owner, Draft.key != key, Draft.is_spent.is_(False))
    if (session.scalar(others) or 0) >= MOST_DRAFTS:
        raise TooManyDrafts(
            _("Du har %(most)s utkast, och fler sparas inte. Registrera eller ta bort något av dem.",
              most=MOST_DRAFTS)
        )  # fmt: skip


def _storable(text: str) -> str:
    """`text` without what no database takes as text: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def _view(draft: Draft) -> DraftView:
    return DraftView(
        uid=draft.uid,
        key=draft.key,
        values={name: str(value) for name, value in draft.form.items()},
        files=tuple(UploadedFile(file["sha256"], file["file_name"], file["size"]) for file in draft.files),
        item=draft.item_uid,
        updated_at=draft.updated_at,
    )
