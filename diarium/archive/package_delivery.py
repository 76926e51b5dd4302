"""The package as a whole: whose archives, what the archives have agreed on, series, schemes."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace

from diarium.archive.package_people import Contact, Organisation, PackageUnit
from diarium.classification.models import PublishingRule, Retention


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the archives have agreed on with the receiving archive; all of it may be left out.

    `creator` delivers (default: the authority), `editor` prepares, `preserver` receives, `contact` answers
    questions (default: whoever asked for the export). `reference_code`: of the archives in the receiver's finding
    aids. `archival_name`: what the archives are called (default: the authority's name).
    `information_class`: how much protection it needs, in the receiver's words.

    `status`: of METS RECORDSTATUS (`RECORD_STATUSES`). `replaces`: identifier of the package that this one
    replaces or adds to. `package_number` of `package_count`: where a delivery is more than one package.
    """

    creator: Organisation | None = None
    editor: Organisation | None = None
    preserver: Organisation | None = None
    contact: Contact | None = None
    submission_agreement: str | None = None
    previous_submission_agreements: tuple[str, ...] = ()
    reference_code: str | None = None
    previous_reference_codes: tuple[str, ...] = ()
    archival_name: str | None = None
    information_class: str | None = None
    status: str = "NEW"
    replaces: str | None = None
    package_number: int | None = None
    package_count: int | None = None

    def with_contact(self, contact: Contact) -> Delivery:
        """The same with somebody to ask."""
        return replace(self, contact=contact)


RECORD_STATUSES = ("NEW", "TEST", "SUPPLEMENT", "REPLACEMENT", "VERSION", "DELETE", "OTHER")
"""What a delivery can be. Source: E-ARK SIP, vocabulary of RECORDSTATUS."""


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
        period = f"{self.authority.name}, ärenden avslutade {self.period_from} – {self.period_to}"
        number, count = self.delivery.package_number, self.delivery.package_count
        if number is None or count == 1:
            return period
        return f"{period}, del {number} av {count}" if count else f"{period}, del {number}"

    @property
    def archival_name(self) -> str:
        """What the archives are called."""
        return self.delivery.archival_name or self.authority.name

    @property
    def creator(self) -> Organisation:
        """Who delivers."""
        return self.delivery.creator or self.authority.as_organisation

    @property
    def contact(self) -> Contact:
        """Whom to ask."""
        return self.delivery.contact or Contact(self.requested_by, self.authority.email, self.authority.phone)
