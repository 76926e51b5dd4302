"""What lists and headings show of an item, gathered while it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from diarium.archive.reading_room.lines import Line
from diarium.archive.reading_room.shapes import FIRST_DAYS, LAST_DAYS, Fact
from diarium.db.swedish import sort_key
from diarium.i18n import today

_MOST = 100
_LONGEST = 2_000


@dataclass(slots=True)
class ItemFacts:
    """The summary of one item. Dates are (kind, text), people (role, name, whether protected), restrictions
    (kind, regulation, reason, last day)."""

    number: str = ""
    title: str = ""
    status: str = ""
    classes: list[str] = field(default_factory=list)
    dates: list[tuple[str, str]] = field(default_factory=list)
    people: list[list[object]] = field(default_factory=list)
    restrictions: list[list[str]] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    _open: list[str] | None = None

    def note(self, fact: Fact, line: Line) -> None:
        """Takes an element into account. The first number and title count."""
        text = line.text[:_LONGEST]
        match fact:
            case Fact.NUMBER:
                self.number = self.number or text
            case Fact.TITLE:
                self.title = self.title or text
            case Fact.STATUS:
                self.status = self.status or line.get("value") or text
            case Fact.CLASS if len(self.classes) < _MOST:
                code = line.get("fullyQualifiedClassificationCode") or line.get("classificationCode")
                self.classes.append(" ".join(part for part in (code, text) if part))
            case Fact.DATE if len(self.dates) < _MOST:
                kind = line.get("dateType") or line.name
                self.dates.append((line.get("otherDateType") or kind, text))
            case Fact.REFERENCE if len(self.references) < _MOST:
                self.references.append(text)
            case _:
                self._note_restriction(fact, line, text)

    def begin_person(self, name: str) -> int:
        """Somebody begins; returns their place among the item's people, -1 where there is no more room."""
        if len(self.people) >= _MOST:
            return -1
        self.people.append([name, "", False])
        return len(self.people) - 1

    def name_person(self, index: int, text: str) -> None:
        """Their name, as it is first given."""
        if index >= 0:
            self.people[index][1] = self.people[index][1] or text[:_LONGEST]

    def give_role(self, index: int, text: str) -> None:
        """Their part in it, where it is an element of its own."""
        if index >= 0:
            self.people[index][0] = text[:_LONGEST]

    def end_person(self, index: int, line: Line, *, is_protected: bool) -> None:
        """They end: their role is known, and whether they are protected."""
        if index >= 0:
            role = line.get("otherAgentType") or line.get("agentType")
            self.people[index] = [role or self.people[index][0], self.people[index][1], is_protected]

    @property
    def is_restricted(self) -> bool:
        """Whether a restriction is in force: it has no last day, or that day is still to come."""
        day = today().isoformat()
        return any(not ends or ends[:10] > day for _kind, _regulation, _reason, ends in self.restrictions)

    @property
    def first_day(self) -> str:
        """The day it began, as written; "" where that is not told."""
        return self._day(FIRST_DAYS)

    @property
    def last_day(self) -> str:
        """The day it ended, as written; "" where that is not told."""
        return self._day(LAST_DAYS)

    @property
    def sought(self) -> str:
        """What the filter of a list looks in."""
        return sort_key(f"{self.number} {self.title}")

    def to_json(self) -> str:
        """The summary but for number, title and status, which have columns."""
        parts = {
            "classes": self.classes,
            "dates": self.dates,
            "people": self.people,
            "restrictions": self.restrictions,
        }
        return json.dumps(parts, ensure_ascii=False)

    def _note_restriction(self, fact: Fact, line: Line, text: str) -> None:
        # A restriction's parts end before the restriction itself does.
        row = self._open or ["", "", "", ""]
        match fact:
            case Fact.RESTRICTION:
                row[0] = line.get("otherRestrictionType") or line.get("restrictionType")
                row[0] = row[0] or line.get("AnnanTyp") or line.get("Typ")
                if len(self.restrictions) < _MOST:
                    self.restrictions.append(row)
                self._open = None
                return
            case Fact.REGULATION:
                row[1] = text
            case Fact.REASON:
                row[2] = text
            case Fact.RESTRICTION_DATE if line.get("dateType") == "end":
                row[3] = text
        self._open = row

    def _day(self, kinds: tuple[str, ...]) -> str:
        given = dict(reversed(self.dates))
        return next((given[kind][:10] for kind in kinds if given.get(kind)), "")


def hidden_facts(facts: str, tells: Callable[[str], bool]) -> str:
    """A summary in which nobody is named whose name `tells` of somebody protected, nor a reason that does."""
    parts = json.loads(facts)
    parts["people"] = [[role, name, hidden or tells(name)] for role, name, hidden in parts["people"]]
    parts["restrictions"] = [
        [kind, regulation, "" if tells(reason) else reason, ends]
        for kind, regulation, reason, ends in parts["restrictions"]
    ]
    return json.dumps(parts, ensure_ascii=False)
