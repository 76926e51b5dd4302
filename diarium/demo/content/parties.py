"""People, companies, associations and authorities outside the municipality."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from random import Random

from diarium.demo.content import numbers
from diarium.demo.content.archetypes import words
from diarium.demo.content.chance import chance
from diarium.demo.content.model import DemoParty
from diarium.demo.content.municipality import plain
from diarium.demo.content.slots import Slots
from diarium.register.vocabulary import PartyKind

# First digits of organisation numbers in ranges that are not in use.
_PREFIXES = {
    "association": "8029",
    "builder": "5599",
    "company": "5599",
    "eatery": "5599",
    "supplier": "5599",
}
_POST_TOWNS = (("999 10", "Ekdala"), ("999 21", "Björkvik"), ("999 32", "Sjöbonäs"), ("999 43", "Tallåsa"))


def cast(
    seed: int, rng: Random, actors: Mapping[str, str], slots: Slots, protected: float
) -> dict[str, DemoParty]:
    """The parties that play the `actors` of a case; no two are the same organisation.

    An actor is `person`, `anonymous` (leaves no trace: nobody is asked for a name), a kind of organisation of the
    word lists such as `association`, or with a fixed name `company:Name`, `organisation:Name`, `authority:Name`.
    """
    found: dict[str, DemoParty] = {}
    for role, wanted in actors.items():
        kind, _, name = wanted.partition(":")
        if kind == "anonymous":
            continue
        if kind == "person":
            found[role] = person(rng, protected=role == "applicant" and rng.random() < protected)
            continue
        taken = {party.name for party in found.values()}
        if not name:
            name = rng.choice([free for free in words().organisations[kind] if free not in taken])
        found[role] = organisation(seed, kind, slots.fill(name))
    # Only organisations may be named in titles.
    slots.update({role: party.name for role, party in found.items() if party.kind is not PartyKind.PERSON})
    return found


def person(rng: Random, *, protected: bool) -> DemoParty:
    """A private person with an invented name, a number that nobody has, and a telephone number out of use."""
    name = f"{rng.choice(words().first_names)} {rng.choice(words().last_names)}"
    postal_code, city = rng.choice(_POST_TOWNS)
    return DemoParty(
        kind=PartyKind.PERSON,
        name=name,
        number=numbers.personal_number(rng),
        address=f"{rng.choice(words().slots['street'])} {rng.randint(1, 88)}",
        postal_code=postal_code,
        city=city,
        email=f"{plain(name)}@post.example",
        phone=numbers.phone_number(rng),
        protected=protected,
    )


@lru_cache(maxsize=1000)
def organisation(seed: int, kind: str, name: str) -> DemoParty:
    """The organisation called `name`; the same each time it turns up."""
    rng = chance(seed, name)
    prefix = _PREFIXES.get(kind)
    number = numbers.organisation_number(f"{prefix}{rng.randrange(100_000):05d}") if prefix else None
    postal_code, city = rng.choice(_POST_TOWNS)
    is_local = prefix is not None
    return DemoParty(
        kind=PartyKind.AUTHORITY if kind == "authority" else PartyKind.ORGANISATION,
        name=name,
        number=number,
        address=f"{rng.choice(words().slots['street'])} {rng.randint(1, 88)}" if is_local else None,
        postal_code=postal_code if is_local else None,
        city=city if is_local else None,
        email=f"info@{plain(name).replace('.', '-')}.example",
        phone=numbers.switchboard_number(rng),
    )
