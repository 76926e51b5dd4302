"""What a package holds: the register's facts as plain values, independent of its tables and of any archive format.

Every profile (FGS 2.0, FGS 1.2 …) writes from these classes and nothing else; readers of packages make them again.
Days are law days, moments UTC. All of them are had from here.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from diarium.archive.package_delivery import (
    RECORD_STATUSES,
    Delivery,
    PackageAuthority,
    PackageClass,
    PackageDisposal,
    PackageInfo,
    PackageScheme,
    PackageSeries,
)
from diarium.archive.package_people import (
    Contact,
    Organisation,
    PackageParty,
    PackageUnit,
    PackageUser,
)
from diarium.archive.package_secrecy import (
    PackageRestriction,
    PackageReview,
    PackageShare,
    PackageWithdrawal,
)
from diarium.archive.package_work import (
    PackageCaseDisposal,
    PackageDeadline,
    PackageDecision,
    PackageDispatch,
    PackageDocument,
    PackageNote,
    PackageOrigin,
    PackageRecipient,
    PackageRecordReference,
)
from diarium.register.vocabulary import (
    CaseStatus,
    Direction,
    Initiative,
    Medium,
    RecordStatus,
    RelationKind,
)

__all__ = [
    "RECORD_STATUSES",
    "Contact",
    "Delivery",
    "Organisation",
    "PackageAuthority",
    "PackageCase",
    "PackageCaseDisposal",
    "PackageClass",
    "PackageDeadline",
    "PackageDecision",
    "PackageDispatch",
    "PackageDisposal",
    "PackageDocument",
    "PackageInfo",
    "PackageNote",
    "PackageOrigin",
    "PackageParty",
    "PackageRecipient",
    "PackageRecord",
    "PackageRecordReference",
    "PackageRelation",
    "PackageRestriction",
    "PackageReview",
    "PackageScheme",
    "PackageSeries",
    "PackageShare",
    "PackageUnit",
    "PackageUser",
    "PackageWithdrawal",
]


@dataclass(frozen=True, slots=True)
class PackageRelation:
    """A reference to another case. `is_outgoing`: from this case to the other, else from the other to this one."""

    kind: RelationKind
    is_outgoing: bool
    other_uid: uuid.UUID
    other_number: str
    other_authority: str


@dataclass(frozen=True, slots=True)
class PackageRecord:
    """A record, also a cancelled one. `moved_to`: what it became in another case; its files are there.

    `moved_from`: what it was in another case before.
    """

    uid: uuid.UUID
    number_text: str
    running_number: int
    direction: Direction
    title: str
    public_title: str | None
    record_type: str | None
    official_on: dt.date
    received_at: dt.datetime | None
    document_date: dt.date | None
    medium: Medium
    physical_location: str | None
    status: RecordStatus
    cancel_reason: str | None
    moved_to: PackageRecordReference | None
    moved_from: PackageRecordReference | None
    note: str | None
    registered_at: dt.datetime
    registered_by: PackageUser | None
    version: int
    parties: tuple[PackageParty, ...]
    restrictions: tuple[PackageRestriction, ...]
    documents: tuple[PackageDocument, ...]
    dispatches: tuple[PackageDispatch, ...] = ()
    withdrawals: tuple[PackageWithdrawal, ...] = ()


@dataclass(frozen=True, slots=True)
class PackageCase:
    """A case. `records` may be read again and again, but is fetched a page at a time where there are many."""

    uid: uuid.UUID
    number_text: str
    year: int
    number: int
    series_code: str
    foreign_number: str | None
    title: str
    public_title: str | None
    case_type: str | None
    status: CaseStatus
    initiative: Initiative
    opened_on: dt.date
    decided_on: dt.date | None
    closed_on: dt.date | None
    closing_reason: str | None
    cancel_reason: str | None
    responsible: PackageUser | None
    unit: PackageUnit | None
    classification: PackageClass | None
    physical_location: str | None
    note: str | None
    record_count: int
    registered_at: dt.datetime
    registered_by: PackageUser | None
    version: int
    parties: tuple[PackageParty, ...]
    restrictions: tuple[PackageRestriction, ...]
    relations: tuple[PackageRelation, ...]
    notes: tuple[PackageNote, ...]
    deadlines: tuple[PackageDeadline, ...]
    decisions: tuple[PackageDecision, ...]
    records: Iterable[PackageRecord]
    shares: tuple[PackageShare, ...] = ()
    withdrawals: tuple[PackageWithdrawal, ...] = ()
    disposals: tuple[PackageCaseDisposal, ...] = ()
    origin: PackageOrigin | None = None
