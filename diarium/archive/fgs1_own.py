"""Own elements of FGS Ärendehantering 1.0: what has no element there, in boxes that a program can read back.

A box is one `EgnaElement` with one `EgetElement`, named by its kind; inside it stands one `EgetElement` for each
fact, typed, and one for each box that belongs to this one. A fact that is unknown is left out, an empty text is
written as such. The names of facts are those of the 2.x profiles, but for those that there tell kinds of boxes
apart (`review_reason` is `reason` in a box `review`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from diarium.archive.xml_writer import Value, XmlWriter

Fact = tuple[str, Value]
"""A name and its value. A name may come more than once: then the values are a list."""


class Kind(StrEnum):
    """What a box is about: the name of its `EgetElement`. Read back by importers: never change a value."""

    PACKAGE = "package"
    AUTHORITY = "authority"
    SERIES = "series"
    UNIT = "unit"
    SCHEME = "scheme"
    CLASS = "class"
    CASE = "case"
    RECORD = "record"
    PARTY = "party"
    RELATION = "relation"
    RESTRICTION = "restriction"
    REVIEW = "review"
    SHARE = "share"
    WITHDRAWAL = "withdrawal"
    CASE_DISPOSAL = "case_disposal"
    ORIGIN = "origin"
    NOTE = "note"
    DECISION = "decision"
    DEADLINE = "deadline"
    DOCUMENT = "document"
    DISPATCH = "dispatch"
    RECIPIENT = "recipient"
    MESSAGE = "message"


# The content of a package is Swedish whoever made it, and in whatever language they read the pages.
_DESCRIPTIONS: Final[Mapping[Kind, str]] = {
    Kind.PACKAGE: "Uppgifter om leveransen",
    Kind.AUTHORITY: "Myndigheten",
    Kind.SERIES: "Diarieserie",
    Kind.UNIT: "Enhet",
    Kind.SCHEME: "Klassificeringsstruktur",
    Kind.CLASS: "Klass",
    Kind.CASE: "Uppgifter om ärendet utan eget element",
    Kind.RECORD: "Uppgifter om handlingen utan eget element",
    Kind.PARTY: "Uppgifter om parten",
    Kind.RELATION: "Uppgifter om hänvisningen",
    Kind.RESTRICTION: "Uppgifter om sekretessmarkeringen",
    Kind.REVIEW: "Omprövning av sekretessmarkeringen",
    Kind.SHARE: "Uppgifter om att ärendet har visats för en annan myndighet",
    Kind.WITHDRAWAL: "Uppgifter om att något tagits bort från webbdiariet",
    Kind.CASE_DISPOSAL: "Gallring i ärendet före leveransen",
    Kind.ORIGIN: "Paketet som ärendet togs över från",
    Kind.NOTE: "Tjänsteanteckning",
    Kind.DECISION: "Uppgifter om beslutet",
    Kind.DEADLINE: "Uppgifter om bevakningen",
    Kind.DOCUMENT: "Uppgifter om filen",
    Kind.DISPATCH: "Uppgifter om expedieringen",
    Kind.RECIPIENT: "Mottagare av expedieringen",
    Kind.MESSAGE: "Uppgifter om meddelandet som fil",
}


@dataclass(frozen=True, slots=True)
class Box:
    """Facts about one thing; `parts`: the things that belong to it."""

    kind: Kind
    facts: Sequence[Fact]
    parts: Sequence[Box] = ()


def write(xml: XmlWriter, boxes: Iterable[Box]) -> None:
    """Each box as an element `EgnaElement`."""
    for box in boxes:
        with xml.element("EgnaElement"):
            xml.leaf("EgnaElementBeskrivning", _DESCRIPTIONS[box.kind])
            _box(xml, box)


def _box(xml: XmlWriter, box: Box) -> None:
    with xml.element("EgetElement", {"Namn": box.kind.value}):
        for name, value in box.facts:
            if value is not None:
                with xml.element("EgetElement", {"Namn": name, "DataTyp": _data_type(value)}):
                    xml.required("Varde", value)
        for part in box.parts:
            _box(xml, part)


def _data_type(value: Value) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, dt.datetime):
        return "dateTime"
    if isinstance(value, dt.date):
        return "date"
    return "integer" if isinstance(value, int) else "string"
