"""Who stands in a package: organisations, staff, units, parties."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from diarium.register.vocabulary import PartyKind, PartyRole


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
