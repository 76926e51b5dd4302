"""What a package holds: the register's facts as plain values, independent of its tables and of any archive format.

Every profile (FGS 2.0, FGS 1.2 …) writes from these classes and nothing else. Days are law days, moments UTC.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from diarium.classification.models import PublishingRule, Retention
from diarium.register.vocabulary import (
    CaseStatus,
    DeadlineKind,
    DeadlineState,
    DecisionKind,
    DecisionState,
    Direction,
    Initiative,
    Medium,
    PartyKind,
    PartyRole,
    RecordStatus,
    RelationKind,
)
from diarium.secrecy.models import Scope


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation as an agent. `code` with its kind before it, such as `ORG:212000-1439`."""

    name: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """The person to ask about the package."""

    name: str
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the archives have agreed on with the receiving archive; all of it may be left out.

    `creator` delivers (default: the authority), `editor` prepares, `preserver` receives, `contact` answers
    questions (default: whoever asked for the export). `status`: of METS RECORDSTATUS, NEW or TEST.
    """

    creator: Organisation | None = None
    editor: Organisation | None = None
    preserver: Organisation | None = None
    contact: Contact | None = None
    submission_agreement: str | None = None
    previous_submission_agreements: tuple[str, ...] = ()
    reference_code: str | None = None
    previous_reference_codes: tuple[str, ...] = ()
    status: str = "NEW"

    def with_contact(self, contact: Contact) -> Delivery:
        """The same with somebody to ask."""
        return replace(self, contact=contact)


@dataclass(frozen=True, slots=True)
class PackageAuthority:
    """The authority whose archives it is."""

    uid: uuid.UUID
    code: str
    name: str
    organisation_number: str | None
    email: str | None
    phone: str | None
    postal_address: str | None
    active_from: dt.date
    active_to: dt.date | None

    @property
    def as_organisation(self) -> Organisation:
        """The authority as an agent."""
        number = self.organisation_number
        return Organisation(self.name, f"ORG:{number}" if number else f"Local:{self.code}")


@dataclass(frozen=True, slots=True)
class PackageSeries:
    """A number series."""

    uid: uuid.UUID
    code: str
    name: str
    number_format: str
    restarts_yearly: bool
    is_restricted: bool
    is_active: bool
    opens_on: dt.date | None
    closes_on: dt.date | None


@dataclass(frozen=True, slots=True)
class PackageDisposal:
    """How long the documents of a class are kept, from which event, decided by what."""

    uid: uuid.UUID
    retention: Retention
    years: int | None
    event: str | None
    basis: str


@dataclass(frozen=True, slots=True)
class PackageClass:
    """A class of a classification scheme."""

    uid: uuid.UUID
    code: str
    title: str
    description: str
    publishing: PublishingRule
    parent_code: str | None
    disposal: PackageDisposal | None
    record_types: tuple[str, ...]
    scheme_uid: uuid.UUID


@dataclass(frozen=True, slots=True)
class PackageScheme:
    """A version of a classification scheme with all its classes."""

    uid: uuid.UUID
    name: str
    version: str
    valid_from: dt.date
    valid_to: dt.date | None
    classes: tuple[PackageClass, ...]


@dataclass(frozen=True, slots=True)
class PackageUser:
    """Somebody of the staff."""

    uid: uuid.UUID
    username: str
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class PackageUnit:
    """A part of the staff."""

    uid: uuid.UUID
    name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class PackageParty:
    """Somebody's part in a case or record, as given there."""

    uid: uuid.UUID
    role: PartyRole
    kind: PartyKind
    name: str
    identity_number: str | None
    organisation: str | None
    address: str | None
    postal_code: str | None
    city: str | None
    country: str | None
    email: str | None
    phone: str | None
    is_protected: bool


@dataclass(frozen=True, slots=True)
class PackageRestriction:
    """A secrecy marking, also one that was lifted. `citation`: the provision; `max_years`: of secrecy, as text.

    `document_uid`: the one file that it covers.
    """

    uid: uuid.UUID
    scope: Scope
    document_uid: uuid.UUID | None
    citation: str
    subject: str
    max_years: str
    made_on: dt.date
    made_at: dt.datetime
    authority_code: str
    made_by: PackageUser | None
    made_by_name: str
    note: str | None
    review_on: dt.date | None
    lifted_at: dt.datetime | None
    lifted_by_name: str | None
    lift_reason: str | None

    @property
    def is_in_force(self) -> bool:
        """Whether the marking still stands."""
        return self.lifted_at is None


@dataclass(frozen=True, slots=True)
class PackageRelation:
    """A reference to another case. `is_outgoing`: from this case to the other, else from the other to this one."""

    kind: RelationKind
    is_outgoing: bool
    other_uid: uuid.UUID
    other_number: str
    other_authority: str


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


@dataclass(frozen=True, slots=True)
class PackageRecord:
    """A record, also a cancelled one. `moved_to`: what it became in another case; its files are there."""

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
    note: str | None
    registered_at: dt.datetime
    registered_by: PackageUser | None
    version: int
    parties: tuple[PackageParty, ...]
    restrictions: tuple[PackageRestriction, ...]
    documents: tuple[PackageDocument, ...]


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


@dataclass(frozen=True, slots=True)
class PackageInfo:
    """The package as a whole. `created_at`: the moment written as its creation; `software`: name and version."""

    uid: uuid.UUID
    authority: PackageAuthority
    period_from: dt.date
    period_to: dt.date
    created_at: dt.datetime
    requested_by: str
    software: tuple[str, str]
    series: tuple[PackageSeries, ...]
    units: tuple[PackageUnit, ...]
    schemes: tuple[PackageScheme, ...]
    delivery: Delivery

    @property
    def label(self) -> str:
        """The package as people name it."""
        return f"{self.authority.name}, ärenden avslutade {self.period_from} – {self.period_to}"

    @property
    def creator(self) -> Organisation:
        """Who delivers."""
        return self.delivery.creator or self.authority.as_organisation

    @property
    def contact(self) -> Contact:
        """Whom to ask."""
        return self.delivery.contact or Contact(self.requested_by, self.authority.email, self.authority.phone)
