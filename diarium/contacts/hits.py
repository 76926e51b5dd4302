"""Whom a search found, with what the registration form takes over."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from diarium.contacts.models import Contact
from diarium.i18n import gettext as _
from diarium.register.vocabulary import PartyKind


@dataclass(frozen=True, slots=True)
class ContactHit:
    """Somebody from the party register (`uid` is set) or from earlier records, and why they are offered."""

    uid: uuid.UUID | None
    name: str
    kind: PartyKind
    identity_number: str | None
    organisation: str | None
    address: str | None
    postal_code: str | None
    city: str | None
    country: str | None
    email: str | None
    phone: str | None
    why: str
    same_as: tuple[str, ...]

    def form_values(self, row: int = 0) -> dict[str, str]:
        """What the form's row of a party is filled with."""
        fields = ("name", "identity_number", "address", "postal_code", "city", "email", "phone")
        values = {f"party-{row}-{field}": getattr(self, field) or "" for field in fields}
        return {**values, f"party-{row}-kind": self.kind.value}

    @property
    def line(self) -> str:
        """What tells those of one name apart, in a line."""
        place = " ".join(part for part in (self.postal_code, self.city) if part)
        parts = (self.organisation, self.identity_number, self.address, place, self.email, self.phone)
        return " · ".join(part for part in parts if part)


def of_contact(contact: Contact) -> ContactHit:
    """The contact as a hit."""
    return ContactHit(
        uid=contact.uid,
        name=contact.name,
        kind=contact.kind,
        identity_number=contact.identity_number,
        organisation=contact.organisation,
        address=contact.address,
        postal_code=contact.postal_code,
        city=contact.city,
        country=contact.country,
        email=contact.email,
        phone=contact.phone,
        why=_("Kontaktregistret"),
        same_as=sameness(contact.name_key, contact.kind, contact.identity_number),
    )


def sameness(name_key: str, kind: PartyKind, identity_number: str | None) -> tuple[str, ...]:
    """What two hits have in common that are one: two persons of one name are told apart by their numbers."""
    return (kind.value, name_key, identity_number or "")
