"""A request as an actor may see it: plain values, in which nothing hidden can be reached.

Numbers, days and outcomes are shown to everybody who answers requests at the authority; titles, files and reasons
only where they may see the record; who asks only where `lookup.sees_asker` lets them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from diarium.disclosure.vocabulary import (
    DecisionKind,
    DeliveryState,
    Means,
    RequestState,
    ReviewOutcome,
)
from diarium.letterbox.letters import ContactWay


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request in the queue: numbers only, so that everybody may see that it waits."""

    uid: uuid.UUID
    reference: str
    order_reference: str | None
    authority_code: str
    received_at: dt.datetime
    due_on: dt.date
    age: int
    state: RequestState
    state_label: str
    channel_label: str
    handler: str | None
    numbers: tuple[str, ...]
    more: int
    is_overdue: bool
    is_due_today: bool
    closed_at: dt.datetime | None
    close_label: str | None


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of an item's record, or a masked copy of one. `findings`: what it still seemed to hold."""

    uid: uuid.UUID
    file_name: str
    size: int
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A review; `reason`, `terms` and files are empty where the actor may not see the record."""

    uid: uuid.UUID
    outcome: ReviewOutcome
    outcome_label: str
    citations: tuple[str, ...]
    reason: str | None
    terms: str | None
    masked: tuple[FileView, ...]
    withheld: tuple[str, ...]
    reviewed_at: dt.datetime
    reviewed_by: str
    is_outdated: bool


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item; `title` is None where it is hidden or where only the asker's words tell what is meant."""

    uid: uuid.UUID
    position: int
    number: str
    record_uid: uuid.UUID | None
    case_uid: uuid.UUID | None
    title: str | None
    description: str | None
    is_hidden: bool
    is_marked: bool
    is_wanted: bool
    documents: tuple[FileView, ...]
    reviews: tuple[ReviewView, ...]
    is_given: bool
    why_not_given: str | None

    @property
    def is_identified(self) -> bool:
        """Whether it is known which record or case is meant."""
        return self.record_uid is not None or self.case_uid is not None

    @property
    def review(self) -> ReviewView | None:
        """The review that counts."""
        return self.reviews[-1] if self.reviews else None


@dataclass(frozen=True, slots=True)
class SubjectView:
    """What a decision is about, as it was when it was made."""

    number: str
    outcome_label: str
    provisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A notice or decision; its texts are None where the actor may not see all that they tell of."""

    uid: uuid.UUID
    kind: DecisionKind
    label: str
    decided_on: dt.date
    decided_by: str
    delegation_point: str | None
    subjects: tuple[SubjectView, ...]
    reasons: str | None
    instruction: str | None
    told_on: dt.date | None
    receipt_on: dt.date | None
    appeal_until: dt.date | None
    appealed_on: dt.date | None
    is_late: bool
    appeal_ended_on: dt.date | None
    appeal_outcome: str | None
    made_by: str

    @property
    def is_formal(self) -> bool:
        """Whether it can be appealed against."""
        return self.kind is not DecisionKind.NOTICE


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """What was given out, or is on its way."""

    uid: uuid.UUID
    means: Means
    means_label: str
    state: DeliveryState
    state_label: str
    day: dt.date
    by: str
    pages: int | None
    fee: int
    note: str | None
    last_error: str | None
    numbers: tuple[str, ...]
    files: int
    needs_a_person: bool


@dataclass(frozen=True, slots=True)
class AskerView:
    """Who asks, as far as they chose to tell."""

    name: str | None
    way: ContactWay | None
    way_label: str | None
    contact: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """Something that was done with the request."""

    at: dt.datetime
    who: str
    action: str
    number: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request with all that belongs to it. `asker` is None where it is hidden; `left`: what has to be done."""

    uid: uuid.UUID
    version: int
    reference: str
    order_reference: str | None
    authority_code: str
    authority_name: str
    channel_label: str
    language: str
    state: RequestState
    state_label: str
    received_at: dt.datetime
    due_on: dt.date
    age: int
    is_overdue: bool
    is_due_today: bool
    waiting_for: str | None
    handler: str | None
    handler_username: str | None
    is_mine: bool
    asker: AskerView | None
    erased_at: dt.datetime | None
    items: tuple[ItemView, ...]
    decisions: tuple[DecisionView, ...]
    deliveries: tuple[DeliveryView, ...]
    pages: int
    fee: int
    left: tuple[str, ...]
    closed_at: dt.datetime | None
    closed_by: str | None
    close_label: str | None
    close_note: str | None
    history: tuple[HistoryLine, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it still has to be answered."""
        return self.state is not RequestState.CLOSED
