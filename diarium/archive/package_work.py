"""The work in a case as a package holds it: files, notes, watched days, decisions, what was dispatched."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from diarium.archive.package_people import PackageUnit, PackageUser
from diarium.archive.package_secrecy import PackageWithdrawal
from diarium.correspondence.vocabulary import LetterKind, Means, MessageState, RecipientState
from diarium.register.models.disposal import DisposalDepth
from diarium.register.vocabulary import CaseStatus, DeadlineKind, DeadlineState, DecisionKind, DecisionState


@dataclass(frozen=True, slots=True)
class PackageRecordReference:
    """A record that something refers to, in the same case or in another."""

    uid: uuid.UUID
    number_text: str


@dataclass(frozen=True, slots=True)
class PackageNote:
    """A note in a case's file. `corrects`: the note that this one puts right."""

    uid: uuid.UUID
    body: str
    made_at: dt.datetime
    made_by: PackageUser | None
    made_by_name: str
    corrects: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class PackageDeadline:
    """A day watched in a case, also one that still is. `outcome`: what came of it, or why it was ended."""

    uid: uuid.UUID
    kind: DeadlineKind
    due_on: dt.date
    text: str
    responsible: PackageUser | None
    unit: PackageUnit | None
    record: PackageRecordReference | None
    state: DeadlineState
    outcome: str | None
    made_at: dt.datetime
    made_by_name: str
    settled_at: dt.datetime | None
    settled_by_name: str | None
    version: int


@dataclass(frozen=True, slots=True)
class PackageDecision:
    """A decision in a case, also one whose entry was cancelled. `body`: who decided."""

    uid: uuid.UUID
    kind: DecisionKind
    decided_on: dt.date
    body: str
    paragraph: str | None
    delegation_point: str | None
    outcome: str
    is_final: bool
    record: PackageRecordReference | None
    state: DecisionState
    cancel_reason: str | None
    registered_at: dt.datetime
    registered_by: PackageUser | None
    registered_by_name: str
    version: int


@dataclass(frozen=True, slots=True)
class PackageDocument:
    """A file of a record. `size` in bytes, `puid` of PRONOM."""

    uid: uuid.UUID
    position: int
    file_name: str
    description: str | None
    sha256: str
    size: int
    stored_at: dt.datetime
    mime: str | None
    puid: str | None
    format_name: str | None
    format_version: str | None
    warnings: tuple[str, ...]
    examined_at: dt.datetime | None
    is_released: bool
    added_at: dt.datetime
    added_by: PackageUser | None
    withdrawals: tuple[PackageWithdrawal, ...] = ()


@dataclass(frozen=True, slots=True)
class PackageRecipient:
    """Somebody whom a dispatch went to. `answer`: their server's word, `report`: what came back later."""

    uid: uuid.UUID
    name: str | None
    address: str | None
    is_protected: bool
    state: RecipientState
    answer: str | None
    report: str | None
    reported_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class PackageDispatch:
    """A dispatch of a record: an e-mail, or one by other means that was noted by hand.

    `content_sha256`: the message exactly as it was sent; `content`: that message as a file of its own, where it is
    none of the record's documents (its uid is the dispatch's).
    """

    uid: uuid.UUID
    means: Means
    state: MessageState
    kind: LetterKind
    message_id: str | None
    sender_email: str | None
    subject: str | None
    content_sha256: str | None
    content: PackageDocument | None
    attachment_names: tuple[str, ...]
    secrecy_reason: str | None
    note: str | None
    last_error: str | None
    is_settled: bool
    answer: str | None
    dispatched_on: dt.date | None
    sent_at: dt.datetime | None
    queued_at: dt.datetime
    queued_by: PackageUser | None
    queued_by_name: str
    recipients: tuple[PackageRecipient, ...]


@dataclass(frozen=True, slots=True)
class PackageCaseDisposal:
    """What was disposed of in a case before it came into the package, by which rule and decision.

    `files`: how many files each record lost, by its running number.
    """

    uid: uuid.UUID
    depth: DisposalDepth
    rule: str
    basis: str
    decision: str
    decided_on: dt.date
    decided_by_name: str
    certificate: str
    certificate_uid: uuid.UUID
    disposed_at: dt.datetime
    record_count: int
    file_count: int
    files: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PackageOrigin:
    """The package that a case was taken over from. `status`: it had there; `is_read_only`: kept as it came."""

    package_id: str
    creator: str
    system: str
    status: CaseStatus
    is_read_only: bool
    taken_over_at: dt.datetime
    taken_over_by_name: str
