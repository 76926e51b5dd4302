"""What the user asked for, as a tree that every engine can translate."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """Where to look. `TEXT` is everything: titles, names, file contents."""

    TEXT = "text"
    TITLE = "title"
    NUMBER = "number"
    SENDER = "senders"
    RECIPIENT = "recipients"
    PARTY = "parties"
    OFFICER = "officer"
    RECORD_TYPE = "record_type"
    CLASSIFICATION = "classification"


@dataclass(frozen=True, slots=True)
class Word:
    """A word in any inflection; several tokens in it (`e-post`) stand side by side."""

    text: str
    field: Field = Field.TEXT


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in this order, side by side."""

    text: str
    field: Field = Field.TEXT


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a word, folded."""

    text: str
    field: Field = Field.TEXT


@dataclass(frozen=True, slots=True)
class Number:
    """A case or record number: any of `keys`. Where `loose`, the series may be an ordinary word instead."""

    text: str
    keys: frozenset[str]
    series: str = ""
    loose: bool = False
    field: Field = Field.TEXT


@dataclass(frozen=True, slots=True)
class DateRange:
    """A date from `first` to `last`, both included; None is open."""

    first: dt.date | None
    last: dt.date | None


@dataclass(frozen=True, slots=True)
class YearRange:
    """The year of the number, both included; None is open."""

    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but `node`."""

    node: Node


@dataclass(frozen=True, slots=True)
class Everything:
    """No question: browse."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """A question that nothing can answer."""


Leaf = Word | Phrase | Prefix | Number | DateRange | YearRange
Node = Leaf | And | Or | Not | Everything | Nothing
