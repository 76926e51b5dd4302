"""Ekdala kommun: boards, units and officers."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from diarium.demo.content import numbers
from diarium.demo.content.archetypes import load
from diarium.demo.content.chance import chance
from diarium.demo.content.model import DemoAuthority, DemoMunicipality, DemoUnit, DemoUser
from diarium.identity.permissions import Role


@lru_cache(maxsize=8)
def municipality(seed: int) -> DemoMunicipality:
    """The demo municipality. Names are the same for every seed; the telephone numbers are drawn."""
    data = load("municipality")
    rng = chance(seed, "municipality")
    number = numbers.organisation_number(data["organisation_number_base"])
    domain = data["domain"]
    authorities = tuple(
        DemoAuthority(
            code=row["code"],
            name=row["name"],
            organisation_number=number,
            email=f"{plain(row['name'])}@{domain}",
            phone=numbers.switchboard_number(rng),
        )
        for row in data["authorities"]
    )
    units = tuple(DemoUnit(row["code"], unit) for row in data["authorities"] for unit in row["units"])
    users = tuple(
        DemoUser(
            username=row["username"],
            name=row["name"],
            title=row["title"],
            email=f"{plain(row['name'])}@{domain}",
            phone=numbers.switchboard_number(rng),
            unit=row["unit"],
            role=Role(row["role"]),
            authorities=tuple(row.get("authorities", (row["authority"],))),
        )
        for row in data["users"]
    )
    return DemoMunicipality(name=data["name"], authorities=authorities, units=units, users=users)


def plain(name: str) -> str:
    """`name` as the local part of an e-mail address: "Åsa Öhrnevi" becomes "asa.ohrnevi"."""
    letters = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return ".".join("".join(c if c.isalnum() else " " for c in letters).split())
