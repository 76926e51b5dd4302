"""What registrars do with what came in: register, assign, set aside, return, split, merge, take back.

Each takes the `version` that the actor saw; of two who take the same item at the same time, the second is told who
was first. Each leaves an audit event in the same transaction.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import Actor, Permission
from diarium.intake import lookup
from diarium.intake.models import IntakeItem
from diarium.intake.rearranging import merge, required_reason, split, take_back
from diarium.intake.receiving import subject_of
from diarium.intake.vocabulary import NOTE_REQUIRED, ItemState, SetAsideReason
from diarium.register import registration, rules
from diarium.register.commands import NewRecord
from diarium.register.errors import InvalidFact
from diarium.register.models import Record
from diarium.register.vocabulary import Direction

__all__ = ["assign", "merge", "register_item", "return_item", "set_aside", "split", "take_back"]

MAX_NOTE = 2_000


def register_item(session: Session, actor: Actor, uid: uuid.UUID, command: NewRecord, *, version: int) -> Record:
    """Registers the item as `command` says and settles it, both or neither.

    The moment at which it came in goes with the record, unless the registrar gave it another day. Which of its
    files become documents is the command's matter.

    Raises: ItemNotFound; NotAllowed; StatusConflict, EditConflict if somebody was faster; InvalidFact where the
    case belongs to another authority than the one that received it; and what `registration.register` raises.
    """
    item = lookup.for_settling(session, actor, uid, version)
    if (
        command.received_at is None
        and command.direction is Direction.INCOMING
        and command.official_on == item.official_on
    ):
        command = replace(command, received_at=item.received_at)
    if command.new_case is not None and command.new_case.authority.strip().upper() != item.authority.code:
        raise _wrong_authority(item, "authority")
    # A case number means a case of the authority that received it, also to those who work at several.
    record = registration.register(session, actor, replace(command, authority=item.authority.code))
    if record.case.authority_id != item.authority_id:
        raise _wrong_authority(item, "case")
    item.record = record
    _settle(session, actor, item, ItemState.REGISTERED, "intake.registered", {"number": record.number_text})
    return record


def assign(session: Session, actor: Actor, uid: uuid.UUID, username: str | None, *, version: int) -> None:
    """Gives the item to somebody who registers at its authority, or to nobody. It stays to be registered.

    Raises: ItemNotFound; NotAllowed; StatusConflict; EditConflict; InvalidFact if there is no such user.
    """
    item = lookup.for_settling(session, actor, uid, version)
    former = item.assigned_to.username if item.assigned_to else None
    item.assigned_to = _registering_user(session, item, username)
    item.version += 1
    session.flush()
    audit.write(
        session,
        actor,
        "intake.assigned",
        subject_of(item),
        before={"responsible": former},
        after={"responsible": item.assigned_to.username if item.assigned_to else None},
    )


def set_aside(
    session: Session,
    actor: Actor,
    uid: uuid.UUID,
    reason: SetAsideReason,
    note: str,
    *,
    version: int,
    is_secret: bool = False,
) -> None:
    """Settles the item without registering it; it stays readable with the reason, and can be taken back.

    What is secret must always be registered, also where it could be kept in order otherwise: an item told to be
    secret (`is_secret`) is not set aside. `note` must explain why something is no official document.

    Raises: ItemNotFound; NotAllowed; StatusConflict; EditConflict; InvalidFact at `is_secret` or `note`.
    Source: OSL 5 kap. 1 §; TF 2 kap. 4 and 8 §§.
    """
    item = lookup.for_settling(session, actor, uid, version)
    if is_secret:
        raise InvalidFact(
            _("Handlingar som omfattas av sekretess ska alltid registreras (OSL 5 kap. 1 §). Registrera posten."),
            field="is_secret",
        )
    text = rules.short_text(note, MAX_NOTE, "note")
    if text is None and reason in NOTE_REQUIRED:
        raise InvalidFact(_("Skriv varför posten inte är en allmän handling."), field="note")
    item.set_aside_reason, item.settled_note = reason, text
    _settle(session, actor, item, ItemState.SET_ASIDE, "intake.set_aside", {"set_aside_reason": reason}, text)


def return_item(session: Session, actor: Actor, uid: uuid.UUID, reason: str, *, version: int) -> None:
    """Settles the item as sent back, or on to where it belongs. `reason` says whereto and why.

    Raises: ItemNotFound; NotAllowed; StatusConflict; EditConflict; InvalidFact without a reason.
    Source: FL 6 § (service: what was sent to the wrong place is sent on).
    """
    item = lookup.for_settling(session, actor, uid, version)
    text = required_reason(reason)
    item.settled_note = text
    _settle(session, actor, item, ItemState.RETURNED, "intake.returned", {}, text)


def _settle(
    session: Session,
    actor: Actor,
    item: IntakeItem,
    state: ItemState,
    action: str,
    facts: dict[str, object],
    reason: str | None = None,
) -> None:
    item.state = state
    item.settled_at, item.settled_by_id = now(), actor.user_id
    item.version += 1
    session.flush()
    audit.write(
        session,
        actor,
        action,
        subject_of(item),
        before={"item_state": ItemState.NEW},
        after={"item_state": state, **facts},
        reason=reason,
    )


def _wrong_authority(item: IntakeItem, field: str) -> InvalidFact:
    return InvalidFact(
        _(
            "Posten kom in till %(name)s och ska registreras där. Varje nämnd är en egen myndighet.",
            name=item.authority.name,
        ),
        field=field,
    )


def _registering_user(session: Session, item: IntakeItem, username: str | None) -> User | None:
    if not username or not username.strip():
        return None
    found = session.scalar(select(User).where(User.username == username.strip().lower(), User.is_active))
    if found is None or not identity.actor_of(found).may(Permission.REGISTER, item.authority.code):
        raise InvalidFact(
            _(
                "%(owner)s har ingen användare ”%(name)s” som registrerar.",
                owner=item.authority.name,
                name=username,
            ),
            field="assigned_to",
        )
    return found
