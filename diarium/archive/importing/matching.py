"""What a package calls things, and what they are here: by identifier first, then by what they are known by."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.archive.package_model import (
    PackageAuthority,
    PackageScheme,
    PackageSeries,
    PackageUnit,
    PackageUser,
)
from diarium.classification.models import Classification, ClassificationScheme
from diarium.identity.models import User
from diarium.register.models import Authority, DiarySeries, Unit
from diarium.secrecy.models import Provision

_CITATION = re.compile(r"(?P<law>\S{1,10}) (?P<chapter>\S{1,6}) kap\. (?P<paragraph>.{1,8}) §")
UNKNOWN_CITATION = "Okänt 0 kap. 0 §"
"""What a marking names whose provision could not be told."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A provision as its parts."""

    law: str
    chapter: str
    paragraph: str


def authority_suggested(session: Session, item: PackageAuthority) -> Authority | None:
    """The authority that the package's most likely is: the same, or one with the same code and number or name."""
    same = session.scalar(select(Authority).where(Authority.uid == item.uid))
    if same is not None:
        return same
    found = authority_with(session, item.code)
    if found is None:
        return None
    if item.organisation_number and found.organisation_number:
        is_likely = item.organisation_number == found.organisation_number
        return found if is_likely and found.name.casefold() == item.name.casefold() else None
    return found if found.name.casefold() == item.name.casefold() else None


def authority_with(session: Session, code: str) -> Authority | None:
    """The authority with that code."""
    return session.scalar(select(Authority).where(Authority.code == code.strip().upper()))


def series(rows: Iterable[DiarySeries], item: PackageSeries) -> DiarySeries | None:
    """Of an authority's series the one with the same identifier, else with the same code."""
    here = list(rows)
    same = next((row for row in here if row.uid == item.uid), None)
    return same or next((row for row in here if row.code == item.code), None)


def unit(rows: Iterable[Unit], item: PackageUnit) -> Unit | None:
    """Of an authority's units the one with the same identifier, else with the same name."""
    here = list(rows)
    same = next((row for row in here if row.uid == item.uid), None)
    return same or next((row for row in here if row.name.casefold() == item.name.casefold()), None)


def scheme(session: Session, item: PackageScheme) -> ClassificationScheme | None:
    """The same scheme; else one of the same name and version in which all its classes are, with their titles."""
    same = session.scalar(select(ClassificationScheme).where(ClassificationScheme.uid == item.uid))
    if same is not None:
        return same
    query = select(ClassificationScheme).where(
        ClassificationScheme.name == item.name, ClassificationScheme.version == item.version
    )
    found = session.scalar(query)
    if found is None:
        return None
    here = {row.code: row.title for row in found.classes}
    return found if all(here.get(one.code) == one.title for one in item.classes) else None


def class_in(session: Session, owner: ClassificationScheme, code: str) -> Classification | None:
    """The class with that code in a scheme."""
    query = select(Classification).where(Classification.scheme_id == owner.id, Classification.code == code)
    return session.scalar(query)


def users(session: Session, items: Collection[PackageUser]) -> dict[uuid.UUID, User]:
    """The accounts that are here, by the package's identifier: the same, else one with both user name and name.

    A name alone may be somebody else's.
    """
    same = select(User).where(User.uid.in_([item.uid for item in items]))
    found = {row.uid: row for row in session.scalars(same)}
    named = select(User).where(User.username.in_([item.username for item in items if item.uid not in found]))
    by_username = {row.username: row for row in session.scalars(named)}
    for item in items:
        row = by_username.get(item.username)
        if item.uid not in found and row is not None and row.name.casefold() == item.name.casefold():
            found[item.uid] = row
    return found


def free_username(session: Session, wanted: str) -> str:
    """`wanted`, or with a number behind it where somebody has it."""
    base = wanted[:70] or "okand"
    for number in range(1, 10_000):
        name = base if number == 1 else f"{base}-{number}"
        if session.scalar(select(User.id).where(User.username == name)) is None:
            return name
    raise LookupError(wanted)


def free_version(session: Session, name: str, version: str) -> str:
    """`version`, or with a number behind it where a scheme of that name has it."""
    taken = set(session.scalars(select(ClassificationScheme.version).where(ClassificationScheme.name == name)))
    wanted = version[:34]
    return next(text for n in range(1, 10_000) if (text := wanted if n == 1 else f"{wanted} ({n})") not in taken)


def cited(citation: str) -> Cited:
    """The parts of a citation as the register writes it."""
    found = _CITATION.fullmatch(citation) or _CITATION.fullmatch(UNKNOWN_CITATION)
    if found is None:  # the constant above always fits
        raise LookupError(citation)
    return Cited(found["law"], found["chapter"], found["paragraph"])


def provision(session: Session, citation: str) -> Provision | None:
    """The provision that a marking names, in force or not."""
    parts = cited(citation)
    return session.scalar(
        select(Provision).where(
            Provision.law == parts.law,
            Provision.chapter == parts.chapter,
            Provision.paragraph == parts.paragraph,
        )
    )


def has_provisions(session: Session) -> bool:
    """Whether somebody looks after a table of provisions here."""
    return bool(session.scalar(select(func.count(Provision.id))))


def has_schemes(session: Session) -> bool:
    """Whether there is a classification scheme here."""
    return bool(session.scalar(select(func.count(ClassificationScheme.id))))


def ended_before(first: dt.date, last: dt.date | None, day: dt.date) -> dt.date:
    """The last day of something from `first` that must not be in force on `day`."""
    latest = min(last or day, day - dt.timedelta(days=1))
    return max(first, latest)
