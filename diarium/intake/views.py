"""Items as an actor may see them: plain values for lists, pages and programs."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.intake.models import IntakeItem
from diarium.intake.suggesting import CaseSuggestion
from diarium.intake.vocabulary import (
    CHANNEL_LABELS,
    FILE_KIND_LABELS,
    REASON_LABELS,
    REASON_SOURCES,
    STATE_LABELS,
    Channel,
    FileKind,
    ItemState,
    SetAsideReason,
)
from diarium.workdays import workdays_between


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item in a list. `subject`, `sender` and `first_remark` are None where it became something that the actor
    may not see.

    `age`: working days since the day it came in; `file_count` without the message itself.
    """

    uid: uuid.UUID
    authority_code: str
    channel: Channel
    channel_label: str
    state: ItemState
    state_label: str
    subject: str | None
    sender: str | None
    received_at: dt.datetime
    official_on: dt.date
    deadline_on: dt.date
    age: int
    is_overdue: bool
    is_due_today: bool
    is_duplicate: bool
    first_remark: str | None
    file_count: int
    assigned_to: str | None
    assigned_username: str | None
    record_number: str | None
    version: int


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of an item."""

    uid: uuid.UUID
    kind: FileKind
    kind_label: str
    file_name: str
    sha256: str
    size: int

    @property
    def is_original(self) -> bool:
        """Whether it is the message as it came."""
        return self.kind is FileKind.ORIGINAL


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """Another item that this one has to do with. `record_number`: what it became, where it was registered."""

    uid: uuid.UUID
    state: ItemState
    state_label: str
    channel_label: str
    received_at: dt.datetime
    record_number: str | None
    record_uid: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """An event of an item. `action` as in the audit log: `intake.assigned`."""

    at: dt.datetime
    who: str
    action: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class RegisteredAs:
    """The record that an item became."""

    uid: uuid.UUID
    number: str
    case_uid: uuid.UUID


@dataclass(frozen=True, slots=True)
class Settled:
    """How an item was settled. `reason` and its label where it was set aside; `note`: what was written to it."""

    at: dt.datetime
    by: str
    note: str | None
    reason: SetAsideReason | None
    reason_label: str | None
    reason_source: str | None


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item with all that belongs to it.

    `duplicates`: other items with the same message or content; `parts`: those split from it or merged into it.
    `cases`: what can be suggested while it is new.
    """

    uid: uuid.UUID
    version: int
    authority_code: str
    authority_name: str
    channel: Channel
    channel_label: str
    state: ItemState
    state_label: str
    subject: str
    sender_name: str | None
    sender_email: str | None
    body: str
    remarks: tuple[str, ...]
    received_at: dt.datetime
    official_on: dt.date
    deadline_on: dt.date
    age: int
    is_overdue: bool
    is_due_today: bool
    assigned_to: str | None
    assigned_username: str | None
    files: tuple[FileView, ...]
    record: RegisteredAs | None
    settled: Settled | None
    duplicates: tuple[RelatedItem, ...] = ()
    cases: tuple[CaseSuggestion, ...] = ()
    parts: tuple[RelatedItem, ...] = ()
    merged_into: RelatedItem | None = None
    split_from: RelatedItem | None = None
    history: tuple[HistoryLine, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether it is still to be registered."""
        return self.state is ItemState.NEW

    @property
    def sender(self) -> str:
        """The sender in one line, empty where nobody is known."""
        return written_sender(self.sender_name, self.sender_email)


def row_of(item: IntakeItem, *, is_hidden: bool) -> ItemRow:
    """`item` for a list."""
    return ItemRow(
        uid=item.uid,
        authority_code=item.authority.code,
        channel=item.channel,
        channel_label=str(CHANNEL_LABELS[item.channel]),
        state=item.state,
        state_label=str(STATE_LABELS[item.state]),
        subject=None if is_hidden else item.subject,
        sender=None if is_hidden else written_sender(item.sender_name, item.sender_email),
        received_at=item.received_at,
        official_on=item.official_on,
        deadline_on=item.deadline_on,
        age=workdays_between(item.official_on, today()),
        is_overdue=is_overdue(item),
        is_due_today=is_due_today(item),
        is_duplicate=item.duplicate_of_id is not None,
        first_remark=item.remarks[0] if item.remarks and not is_hidden else None,
        file_count=sum(file.kind is FileKind.ATTACHMENT for file in item.files),
        assigned_to=item.assigned_to.name if item.assigned_to else None,
        assigned_username=item.assigned_to.username if item.assigned_to else None,
        record_number=item.record.number_text if item.record else None,
        version=item.version,
    )


def view_of(item: IntakeItem) -> ItemView:
    """`item` by itself: what else belongs to it is for the query to find."""
    return ItemView(
        uid=item.uid,
        version=item.version,
        authority_code=item.authority.code,
        authority_name=item.authority.name,
        channel=item.channel,
        channel_label=str(CHANNEL_LABELS[item.channel]),
        state=item.state,
        state_label=str(STATE_LABELS[item.state]),
        subject=item.subject,
        sender_name=item.sender_name,
        sender_email=item.sender_email,
        body=item.body,
        remarks=tuple(item.remarks),
        received_at=item.received_at,
        official_on=item.official_on,
        deadline_on=item.deadline_on,
        age=workdays_between(item.official_on, today()),
        is_overdue=is_overdue(item),
        is_due_today=is_due_today(item),
        assigned_to=item.assigned_to.name if item.assigned_to else None,
        assigned_username=item.assigned_to.username if item.assigned_to else None,
        files=files_of(item),
        record=_registered_as(item),
        settled=_settled(item),
    )


def files_of(item: IntakeItem) -> tuple[FileView, ...]:
    """The item's files, the message itself first."""
    return tuple(
        FileView(file.uid, file.kind, str(FILE_KIND_LABELS[file.kind]), file.file_name, file.sha256, file.size)
        for file in item.files
    )


def related(item: IntakeItem) -> RelatedItem:
    """`item` as another one refers to it."""
    return RelatedItem(
        uid=item.uid,
        state=item.state,
        state_label=str(STATE_LABELS[item.state]),
        channel_label=str(CHANNEL_LABELS[item.channel]),
        received_at=item.received_at,
        record_number=item.record.number_text if item.record else None,
        record_uid=item.record.uid if item.record else None,
    )


def written_sender(name: str | None, email: str | None) -> str:
    """A sender in one line: "Anna Ek <anna@example.se>"."""
    return f"{name} <{email}>" if name and email else name or email or ""


def is_overdue(item: IntakeItem) -> bool:
    """Whether it should have been registered before today."""
    return item.state is ItemState.NEW and item.deadline_on < today()


def is_due_today(item: IntakeItem) -> bool:
    """Whether today is the last day for registering it in time."""
    return item.state is ItemState.NEW and item.deadline_on == today()


def _registered_as(item: IntakeItem) -> RegisteredAs | None:
    record = item.record
    return RegisteredAs(record.uid, record.number_text, record.case.uid) if record is not None else None


def _settled(item: IntakeItem) -> Settled | None:
    if item.settled_at is None:
        return None
    reason = item.set_aside_reason
    return Settled(
        at=item.settled_at,
        by=item.settled_by.name if item.settled_by else SYSTEM.name,
        note=item.settled_note,
        reason=reason,
        reason_label=str(REASON_LABELS[reason]) if reason else None,
        reason_source=str(REASON_SOURCES[reason]) if reason else None,
    )
