"""Splitting an item, merging items, and taking back what was settled by mistake."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.intake import lookup
from diarium.intake.models import IntakeFile, IntakeItem
from diarium.intake.receiving import subject_of
from diarium.intake.vocabulary import FileKind, ItemState
from diarium.register import rules
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.vocabulary import RecordStatus

MAX_MERGED = 50
_COPIED = (
    "authority_id", "channel", "mailbox_id", "scan_folder_id", "content_hash", "received_at", "official_on",
    "deadline_on", "stored_at", "subject", "sender_name", "sender_email", "sender_email_key", "sender_kind",
    "record_type", "case_number", "body", "message_id", "in_reply_to", "references", "duplicate_of_id",
    "assigned_to_id",
)  # fmt: skip


def split(
    session: Session, actor: Actor, uid: uuid.UUID, file_uids: Collection[uuid.UUID], *, version: int
) -> IntakeItem:
    """Makes the chosen files an item of their own, with the same original message, sender and day; returns it.

    The rest stays where it is. Where nothing stays, neither text nor file, the old item is settled as split.

    Raises: ItemNotFound; NotAllowed; StatusConflict; EditConflict; InvalidFact for files that can't be chosen.
    """
    item = lookup.for_settling(session, actor, uid, version)
    chosen = _chosen(item, file_uids)
    new = IntakeItem(authority=item.authority, split_from=item, **{name: getattr(item, name) for name in _COPIED})
    originals = [file for file in item.files if file.kind is FileKind.ORIGINAL]
    for file in originals:
        new.files.append(_copy(file, len(new.files) + 1))
    session.add(new)
    session.flush()
    # Asked for before anything moves: loading it would write a file out that belongs nowhere.
    place = len(new.files)
    for file in chosen:
        place += 1
        item.files.remove(file)
        file.position = place
        new.files.append(file)
    item.version += 1
    is_empty = not item.body and all(file.kind is FileKind.ORIGINAL for file in item.files)
    if is_empty:
        item.state, item.settled_at, item.settled_by_id = ItemState.SPLIT, now(), actor.user_id
    session.flush()
    names = [file.file_name for file in chosen]
    audit.write(
        session, actor, "intake.split", subject_of(item), after={"into": str(new.uid), "file_names": names}
    )
    audit.write(
        session, actor, "intake.received", subject_of(new), after={"from": str(item.uid), "file_names": names}
    )
    return new


def merge(session: Session, actor: Actor, uid: uuid.UUID, others: Sequence[uuid.UUID], *, version: int) -> None:
    """Gathers the files of `others` in the item with `uid`; the others are settled and point to it.

    They keep their own files too, so that a merging can be taken back. Content that is there already is not added.

    Raises: ItemNotFound; NotAllowed; StatusConflict if any of them is settled; EditConflict; InvalidFact where
    nothing or something of another authority is chosen.
    """
    wanted = [other for other in dict.fromkeys(others) if other != uid]
    if not wanted or len(wanted) > MAX_MERGED:
        raise InvalidFact(
            _("Välj minst en och högst %(most)s andra poster att slå ihop.", most=MAX_MERGED), field="others"
        )
    item, *rest = lookup.all_for_settling(session, actor, [uid, *wanted], version=version)
    for other in rest:
        if other.authority_id != item.authority_id:
            raise InvalidFact(_("Bara poster hos samma myndighet kan slås ihop."), field="others")
        _take_over(item, other)
        other.state, other.merged_into = ItemState.MERGED, item
        other.settled_at, other.settled_by_id = now(), actor.user_id
        other.version += 1
        session.flush()
        audit.write(session, actor, "intake.merged", subject_of(other), after={"into": str(item.uid)})
    item.version += 1
    session.flush()
    audit.write(
        session, actor, "intake.merged", subject_of(item), after={"from": [str(other.uid) for other in rest]}
    )


def take_back(session: Session, actor: Actor, uid: uuid.UUID, reason: str) -> IntakeItem:
    """Makes an item that was set aside, returned or merged one to be registered again; returns it.

    So is an item whose record has been cancelled since. Its deadline stays what it was.

    Raises: ItemNotFound; NotAllowed; StatusConflict where it is too late; InvalidFact without a reason.
    """
    item = lookup.item(session, actor, uid)
    actor.require(Permission.REGISTER, item.authority.code)
    text = required_reason(reason)
    lock_with = [item, item.merged_into] if item.merged_into is not None else [item]
    lookup.lock(session, lock_with)
    _check_can_be_taken_back(item)
    before = item.state
    if item.merged_into is not None:
        _give_back(session, item.merged_into, item)
    item.state, item.settled_at, item.settled_by_id = ItemState.NEW, None, None
    item.merged_into, item.set_aside_reason, item.settled_note, item.record = None, None, None, None
    item.version += 1
    session.flush()
    audit.write(
        session,
        actor,
        "intake.taken_back",
        subject_of(item),
        before={"item_state": before},
        after={"item_state": item.state},
        reason=text,
    )
    return item


def required_reason(text: str) -> str:
    """A reason that says something. Raises: InvalidFact."""
    reason = rules.clean_text(text)[:2_000]
    if len(reason) < 3:
        raise InvalidFact(_("Skriv varför. Skälet syns i postens historik."), field="reason")
    return reason


def _chosen(item: IntakeItem, file_uids: Collection[uuid.UUID]) -> list[IntakeFile]:
    wanted = set(file_uids)
    own = [file for file in item.files if file.kind is FileKind.ATTACHMENT]
    chosen = [file for file in own if file.uid in wanted]
    if not chosen or len(chosen) != len(wanted):
        raise InvalidFact(_("Välj minst en av postens filer att dela av."), field="files")
    if len(chosen) == len(own) and len(own) == len(item.files) and not item.body:
        raise InvalidFact(_("Alla filer är valda: då finns inget kvar att dela från."), field="files")
    return chosen


def _copy(file: IntakeFile, position: int) -> IntakeFile:
    return IntakeFile(
        position=position, kind=file.kind, file_name=file.file_name, sha256=file.sha256, blob=file.blob
    )


def _take_over(item: IntakeItem, other: IntakeItem) -> None:
    present = {file.sha256 for file in item.files}
    last = max((file.position for file in item.files), default=0)
    for file in other.files:
        if file.sha256 not in present:
            last += 1
            copy = _copy(file, last)
            copy.from_item_id = other.id
            item.files.append(copy)
            present.add(file.sha256)


def _check_can_be_taken_back(item: IntakeItem) -> None:
    if item.state in (ItemState.SET_ASIDE, ItemState.RETURNED):
        return
    if item.state is ItemState.MERGED and item.merged_into is not None:
        if item.merged_into.state is ItemState.NEW:
            return
        message = _("Posten som den slogs ihop med är redan avklarad. Ta tillbaka den först.")
    elif item.record is not None:
        if item.record.status is RecordStatus.CANCELLED and item.record.moved_to_id is None:
            return
        message = _(
            "Posten är registrerad som %(number)s. Makulera handlingen först.", number=item.record.number_text
        )
    elif item.state is ItemState.NEW:
        message = _("Posten ligger redan i inkorgen.")
    else:
        message = _("En uppdelad post kan inte tas tillbaka. Slå i stället ihop delarna.")
    raise StatusConflict(message, field="state")


def _give_back(session: Session, gatherer: IntakeItem, item: IntakeItem) -> None:
    """What `gatherer` took over from `item` leaves it again; the places of the other files stay as they are."""
    taken = session.scalars(
        select(IntakeFile).where(IntakeFile.item_id == gatherer.id, IntakeFile.from_item_id == item.id)
    ).all()
    for file in taken:
        gatherer.files.remove(file)
        session.delete(file)
    gatherer.version += 1
