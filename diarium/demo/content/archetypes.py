"""Reads the kinds of case, the word lists and the sentence banks from `data/`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from diarium.demo.content.model import DemoRestriction, FileKind, Layout
from diarium.register.vocabulary import Direction, Initiative
from diarium.secrecy.models import Scope

Bank = tuple[str, ...]
_DIRECTIONS = {"in": Direction.INCOMING, "out": Direction.OUTGOING, "made": Direction.DRAWN_UP}
_ATTACHED = " +pdf"


@dataclass(frozen=True, slots=True)
class FilePlan:
    """A file to be: format, paper and name with {slots}; a mail may carry an attachment."""

    kind: FileKind
    layout: Layout
    name: str
    has_attachment: bool


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """A record to be. `gap` is least and most business days after the record before; shares are 0–1; `after` is
    a record type that the case must have already."""

    direction: Direction
    record_type: str
    title: str
    public_title: str | None
    by: str | None
    gap: tuple[int, int]
    share: float
    paper_share: float
    files: tuple[FilePlan, ...]
    restriction: DemoRestriction | None
    restriction_share: float
    is_decision: bool
    is_released: bool
    after: str | None


@dataclass(frozen=True, slots=True)
class Archetype:
    """A kind of case."""

    key: str
    weight: int
    authority: str
    unit: str
    class_code: str
    case_type: str
    initiative: Initiative
    title: str
    public_title: str | None
    actors: Mapping[str, str]
    protected_share: float
    topics: Bank
    slots: Mapping[str, Bank]
    together: tuple[Mapping[str, str], ...]
    restriction: DemoRestriction | None
    records: tuple[RecordPlan, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Names of people, organisations and things."""

    first_names: Bank
    last_names: Bank
    slots: Mapping[str, Bank]
    organisations: Mapping[str, Bank]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentence banks: by topic and purpose, by purpose for any topic, and headings by purpose."""

    topics: Mapping[str, Mapping[str, Bank]]
    general: Mapping[str, Bank]
    headings: Mapping[str, Bank]


@lru_cache(maxsize=1)
def archetypes() -> tuple[Archetype, ...]:
    """All kinds of case."""
    data = load("cases")
    return tuple(_archetype(row, data["step"]) for row in data["case"])


@lru_cache(maxsize=1)
def words() -> Words:
    """The word lists."""
    data = load("words")
    return Words(
        first_names=tuple(data["people"]["first"]),
        last_names=tuple(data["people"]["last"]),
        slots=_banks(data["slots"]),
        organisations=_banks(data["organisations"]),
    )


@lru_cache(maxsize=1)
def phrases() -> Phrases:
    """The sentence banks."""
    data = load("phrases")
    headings = _banks(data.pop("headings"))
    topics = {name: _banks(banks) for name, banks in load("topics").items()}
    return Phrases(topics=topics, general=_banks(data), headings=headings)


def load(name: str) -> dict[str, Any]:
    """One file of `data/`, as TOML reads it."""
    return tomllib.loads((Path(__file__).parent / "data" / f"{name}.toml").read_text(encoding="utf-8"))


def _banks(table: Mapping[str, list[str]]) -> Mapping[str, Bank]:
    return {name: tuple(values) for name, values in table.items()}


def _archetype(row: Mapping[str, Any], steps: Mapping[str, Mapping[str, Any]]) -> Archetype:
    applicant = {"applicant": row["applicant"]} if "applicant" in row else {}
    return Archetype(
        key=row["key"],
        weight=row["weight"],
        authority=row["authority"],
        unit=row["unit"],
        class_code=row["class"],
        case_type=row["type"],
        initiative=Initiative(row.get("initiative", "received")),
        title=row["title"],
        public_title=row.get("public"),
        actors={**applicant, **row.get("actors", {})},
        protected_share=row.get("protected", 0.0),
        topics=tuple(row["topics"]),
        slots=_banks(row.get("slots", {})),
        together=tuple(row.get("together", ())),
        restriction=_restriction(row.get("mark")),
        records=tuple(_record({**steps.get(record.get("use"), {}), **record}) for record in row["records"]),
    )


def _record(row: Mapping[str, Any]) -> RecordPlan:
    least, most = row.get("gap", (0, 0))
    mark = row.get("mark", "")
    return RecordPlan(
        direction=_DIRECTIONS[row["d"]],
        record_type=row["type"],
        title=row["title"],
        public_title=row.get("public"),
        by=row.get("by"),
        gap=(least, most),
        share=row.get("p", 1.0),
        paper_share=row.get("paper", 0.0),
        files=tuple(_file(text) for text in row["files"]),
        restriction=_restriction(mark),
        restriction_share=float(mark.split()[2]) if len(mark.split()) == 3 else 1.0,
        is_decision=row.get("decides", False),
        is_released=row.get("open", False),
        after=row.get("after"),
    )


def _file(text: str) -> FilePlan:
    kind, layout, name = text.split(" ", 2)
    return FilePlan(
        kind=FileKind(kind),
        layout=Layout(layout),
        name=name.removesuffix(_ATTACHED),
        has_attachment=name.endswith(_ATTACHED),
    )


def _restriction(mark: str | None) -> DemoRestriction | None:
    if not mark:
        return None
    provision, scope = mark.split()[:2]
    return DemoRestriction(provision=provision, scope=Scope(scope))
