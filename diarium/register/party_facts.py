"""The facts of a party, checked the same way whether they are registered, added or corrected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

from diarium.i18n import gettext as _
from diarium.register import columns, rules
from diarium.register.commands import PartyFacts
from diarium.register.errors import InvalidFact
from diarium.register.models import Case, Party, Record
from diarium.register.vocabulary import PartyRole

_TEXTS = ("organisation", "address", "postal_code", "city", "country", "email", "phone")


def bind(owner: Case | Record, parties: Iterable[PartyFacts]) -> list[Party]:
    """Adds the parties to `owner` and returns them. Raises: InvalidFact with the field's name."""
    added = [Party(**checked(facts)) for facts in parties]
    owner.parties.extend(added)
    return added


def facts_of(party: Party) -> PartyFacts:
    """The party's facts as they stand, for a form that corrects them."""
    return PartyFacts(**{field.name: getattr(party, field.name) for field in fields(PartyFacts)})


def checked(facts: PartyFacts) -> dict[str, Any]:
    """The facts by column, cleaned: as they may be stored. Raises: InvalidFact with the field's name."""
    values = asdict(facts)
    field = "sender" if facts.role is PartyRole.SENDER else "party"
    values["name"] = columns.text(Party, "name", facts.name, field)
    if values["name"] is None:
        raise InvalidFact(_("Skriv namnet."), field=field)
    values["identity_number"] = rules.identity_number(facts.kind, facts.identity_number)
    for name in _TEXTS:
        values[name] = columns.text(Party, name, values[name])
    return values
