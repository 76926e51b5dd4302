"""What can be asked of the register, as plain facts. The doors build these; the use cases check them."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from diarium.register.vocabulary import Direction, Initiative, Medium, PartyKind, PartyRole
from diarium.secrecy.models import Scope


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """Somebody's part, as given on the document or by the person."""

    name: str
    kind: PartyKind = PartyKind.PERSON
    role: PartyRole = PartyRole.SENDER
    identity_number: str | None = None
    organisation: str | None = None
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None
    email: str | None = None
    phone: str | None = None
    is_protected: bool = False


@dataclass(frozen=True, slots=True)
class RestrictionFacts:
    """A marking to be made: provision as "26:1" or "OSL 26 kap. 1 §". `document`: the one file that it covers."""

    provision: str
    scope: Scope = Scope.WHOLE
    note: str | None = None
    review_on: dt.date | None = None
    document: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """A file already in the blob store."""

    sha256: str
    file_name: str
    description: str | None = None
    is_released: bool = False


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to be opened. `authority` and `series` are codes; the series defaults to the authority's first.

    `classification` is a class code of the scheme in force, `responsible` a user name, `unit` a unit's name.
    `opened_on` and `initiative`, where not given, follow the record that the case begins with: its day and whether
    it came in. Without a record the case is opened today, on something received.
    `register_year`: the year of the number, where old cases are brought in; only the system may give it.
    """

    authority: str
    title: str
    opened_on: dt.date | None = None
    public_title: str | None = None
    series: str | None = None
    case_type: str | None = None
    classification: str | None = None
    initiative: Initiative | None = None
    responsible: str | None = None
    unit: str | None = None
    physical_location: str | None = None
    foreign_number: str | None = None
    note: str | None = None
    parties: tuple[PartyFacts, ...] = ()
    restrictions: tuple[RestrictionFacts, ...] = ()
    register_year: int | None = None


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to be registered: in the case with number `case`, or in `new_case`."""

    direction: Direction
    official_on: dt.date
    title: str
    case: str | None = None
    case_uid: uuid.UUID | None = None
    new_case: NewCase | None = None
    authority: str | None = None
    public_title: str | None = None
    record_type: str | None = None
    received_at: dt.datetime | None = None
    document_date: dt.date | None = None
    medium: Medium = Medium.DIGITAL
    physical_location: str | None = None
    note: str | None = None
    parties: tuple[PartyFacts, ...] = ()
    restrictions: tuple[RestrictionFacts, ...] = ()
    documents: tuple[DocumentFacts, ...] = ()
