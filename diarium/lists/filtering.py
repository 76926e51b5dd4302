"""Filters of lists: read from an address without trust, turned into conditions on what the actor may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor
from diarium.lists.errors import InvalidFilter
from diarium.register import rules

MAX_VALUE = 200
EARLIEST, LATEST = rules.EARLIEST, dt.date(2999, 12, 31)
Options = Sequence[tuple[str, str]]


class Kind(StrEnum):
    """How a filter is typed."""

    CHOICE = "choice"
    PERIOD = "period"
    DAY = "day"
    TEXT = "text"
    FLAG = "flag"


class Filter(Protocol):
    """One way to narrow a list."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def fields(self) -> tuple[str, ...]:
        """Its parameters in an address."""
        ...

    def condition(self, actor: Actor, values: Mapping[str, str]) -> ColumnElement[bool] | None:
        """What rows have to fulfil, nothing where it is not set. Raises: InvalidFilter."""
        ...

    def options(self, session: Session, actor: Actor) -> Options:
        """What can be chosen, where there is a choice."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values. `nothing`: what it is called if none is chosen ("Alla")."""

    name: str
    label: str
    where: Callable[[Actor, str], ColumnElement[bool]]
    offered: Callable[[Session, Actor], Options]
    help: str = ""
    nothing: str = ""
    kind: Kind = Kind.CHOICE

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.name,)

    def condition(self, actor: Actor, values: Mapping[str, str]) -> ColumnElement[bool] | None:
        value = values.get(self.name)
        return self.where(actor, value) if value else None

    def options(self, session: Session, actor: Actor) -> Options:
        return self.offered(session, actor)


@dataclass(frozen=True, slots=True)
class Text:
    """Words that somebody typed."""

    name: str
    label: str
    where: Callable[[Actor, str], ColumnElement[bool]]
    help: str = ""
    kind: Kind = Kind.TEXT

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.name,)

    def condition(self, actor: Actor, values: Mapping[str, str]) -> ColumnElement[bool] | None:
        value = values.get(self.name)
        return self.where(actor, value) if value else None

    def options(self, session: Session, actor: Actor) -> Options:
        return ()


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or nothing. `otherwise`: what holds while it is not set."""

    name: str
    label: str
    where: Callable[[Actor], ColumnElement[bool]] | None = None
    otherwise: Callable[[Actor], ColumnElement[bool]] | None = None
    help: str = ""
    kind: Kind = Kind.FLAG

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.name,)

    def condition(self, actor: Actor, values: Mapping[str, str]) -> ColumnElement[bool] | None:
        chosen = self.where if values.get(self.name) else self.otherwise
        return chosen(actor) if chosen else None

    def options(self, session: Session, actor: Actor) -> Options:
        return ()


@dataclass(frozen=True, slots=True)
class Period:
    """Days from … to …, both with; either may be left out."""

    name: str
    label: str
    day: Callable[[], ColumnElement[dt.date] | ColumnElement[dt.date | None]]
    help: str = ""
    kind: Kind = Kind.PERIOD

    @property
    def fields(self) -> tuple[str, ...]:
        return (f"{self.name}_from", f"{self.name}_to")

    def condition(self, actor: Actor, values: Mapping[str, str]) -> ColumnElement[bool] | None:
        first, last = (day_of(values.get(name), name) for name in self.fields)
        if first and last and last < first:
            raise InvalidFilter(_("Sista dagen ligger före den första."), field=self.fields[1])
        if first and last:
            return self.day().between(first, last)
        if first:
            return self.day() >= first
        return self.day() <= last if last else None

    def options(self, session: Session, actor: Actor) -> Options:
        return ()


@dataclass(frozen=True, slots=True)
class Day:
    """One day, today if none is given."""

    name: str
    label: str
    where: Callable[[dt.date, Mapping[str, str]], ColumnElement[bool]]
    help: str = ""
    kind: Kind = Kind.DAY

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.name,)

    def condition(self, actor: Actor, values: Mapping[str, str]) -> ColumnElement[bool] | None:
        return self.where(day_of(values.get(self.name), self.name) or today(), values)

    def options(self, session: Session, actor: Actor) -> Options:
        return ()


@dataclass(frozen=True, slots=True)
class Criteria:
    """What of a list is wanted, as an address or a saved list writes it: known parameters with a value."""

    values: Mapping[str, str] = field(default_factory=dict)


def read(filters: Sequence[Filter], given: Mapping[str, str]) -> Criteria:
    """The parameters of `given` that `filters` know, without blanks around them and what no database takes."""
    known = [name for item in filters for name in item.fields]
    cleaned = {name: clean(given.get(name, "")) for name in known}
    return Criteria({name: value for name, value in cleaned.items() if value})


def conditions(filters: Sequence[Filter], actor: Actor, criteria: Criteria) -> list[ColumnElement[bool]]:
    """The conditions of every filter. Raises: InvalidFilter for the first that can't be read."""
    found = [item.condition(actor, criteria.values) for item in filters]
    return [condition for condition in found if condition is not None]


def problems(filters: Sequence[Filter], actor: Actor, criteria: Criteria) -> dict[str, str]:
    """What can't be read, by field."""
    found: dict[str, str] = {}
    for item in filters:
        try:
            item.condition(actor, criteria.values)
        except InvalidFilter as error:
            found[error.field or item.name] = error.message
    return found


def day_of(text: str | None, field: str) -> dt.date | None:
    """The day written as 2024-05-01 or 20240501, or nothing. Raises: InvalidFilter."""
    if not text:
        return None
    digits = text.replace("-", "")
    try:
        if not (digits.isascii() and digits.isdigit() and len(digits) == 8):
            raise ValueError
        day = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        if not EARLIEST <= day <= LATEST:
            raise ValueError
    except ValueError:
        raise InvalidFilter(
            _("”%(text)s” är inget datum. Skriv som 2024-05-01.", text=text), field=field
        ) from None
    return day


def clean(text: str) -> str:
    """`text` without NUL and lone surrogates, which no database takes, folded and cut."""
    plain = text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
    return " ".join(plain.split())[:MAX_VALUE]
