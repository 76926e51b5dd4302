"""What pages are given: plain values, from which what the reader may not know has been taken away."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from diarium.archive.reading_room.labels import LABELS
from diarium.archive.reading_room.shapes import ITEM_KIND_LABELS, SHAPES, ItemKind


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's part in an item. `name` is None where the reader may not know it."""

    role: str
    name: str | None
    is_protected: bool


@dataclass(frozen=True, slots=True)
class Restriction:
    """A marking of an item. `ends`: the day from which it no longer counts, if there is one."""

    kind: str
    regulation: str
    reason: str
    ends: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A case, record, event or document. `title` is None where there is none or the reader may not know it.

    `line` and `place` (in bytes): where it begins in its file.
    """

    id: int
    parent_id: int | None
    kind: ItemKind
    name: str
    number: str | None
    title: str | None
    status: str
    first_day: str
    last_day: str
    file_id: int
    line: int
    place: int
    parts: int
    is_restricted: bool
    is_protected: bool
    is_title_hidden: bool
    people: tuple[Person, ...]
    restrictions: tuple[Restriction, ...]
    dates: tuple[tuple[str, str], ...]
    classes: tuple[str, ...]

    @property
    def kind_label(self) -> str:
        """What it is, in Swedish."""
        return str(ITEM_KIND_LABELS[self.kind])

    @property
    def label(self) -> str:
        """What people call it."""
        told = [text for text in (self.number, self.title) if text]
        return " – ".join(told) or (
            LABELS.element(self.name) if self.kind is ItemKind.DOCUMENT else self.kind_label
        )


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of the package. `name` is None where the reader may not know it; `size` None where it is missing.

    `is_closed`: the reader may not see what stands in it. `shape`: which kind of metadata it holds. `text` is the
    beginning of its text, `text_note` why there is none; `found_format`: what its own bytes say it is.
    """

    id: int
    folder_id: int | None
    path: str | None
    name: str | None
    original_name: str | None
    suffix: str
    size: int | None
    mime: str | None
    puid: str | None
    checksum: str | None
    checksum_type: str | None
    mets_id: str | None
    shape: str | None
    is_protected: bool
    is_restricted: bool
    is_closed: bool
    attributes: tuple[tuple[str, str, str], ...]
    text: str
    text_note: str | None
    is_read: bool
    found_format: str

    @property
    def shape_label(self) -> str:
        """Which kind of metadata it holds, in Swedish."""
        return str(SHAPES[self.shape].label) if self.shape else ""


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A folder of the package."""

    id: int
    parent_id: int | None
    path: str
    name: str


def item_row(row: sqlite3.Row, *, sees_protected: bool) -> ItemRow:
    """An item as a reader sees it."""
    facts: Mapping[str, list[list[str]]] = json.loads(row["facts"])
    is_title_hidden = bool(row["is_title_hidden"]) and not sees_protected
    remarks_hidden = bool(row["is_protected"]) and not sees_protected
    return ItemRow(
        id=row["id"],
        parent_id=row["parent_id"],
        kind=ItemKind(row["kind"]),
        name=row["name"],
        number=row["number"],
        title=None if is_title_hidden else row["title"],
        status=row["status"] or "",
        first_day=row["first_day"],
        last_day=row["last_day"],
        file_id=row["file_id"],
        line=row["line"],
        place=row["place"],
        parts=row["parts"],
        is_restricted=bool(row["is_restricted"]),
        is_protected=bool(row["is_protected"]),
        is_title_hidden=is_title_hidden,
        people=tuple(_person(one, sees_protected=sees_protected) for one in facts["people"]),
        restrictions=tuple(
            Restriction(kind, regulation, "" if remarks_hidden else reason, ends)
            for kind, regulation, reason, ends in facts["restrictions"]
        ),
        dates=tuple((kind, text) for kind, text in facts["dates"]),
        classes=tuple(str(one) for one in facts["classes"]),
    )


def file_row(row: sqlite3.Row, *, sees_protected: bool) -> FileRow:
    """A file as a reader sees it."""
    is_closed = bool(row["is_protected"]) and not sees_protected
    # The documents that describe the package have names of their own, which tell of nobody.
    is_nameless = is_closed and row["shape"] is None
    suffix = "." + row["name"].rpartition(".")[2] if "." in row["name"] else ""
    told = json.loads(row["attributes"] or "[]") if not is_nameless else []
    return FileRow(
        id=row["id"],
        folder_id=row["folder_id"],
        path=None if is_nameless else row["path"],
        name=None if is_nameless else row["name"],
        original_name=None if is_nameless else row["original_name"],
        suffix=suffix,
        size=row["size"],
        mime=row["mime"],
        puid=row["puid"],
        checksum=row["checksum"],
        checksum_type=row["checksum_type"],
        mets_id=row["mets_id"],
        shape=row["shape"],
        is_protected=bool(row["is_protected"]),
        is_restricted=bool(row["is_restricted"]),
        is_closed=is_closed,
        attributes=tuple((LABELS.attribute(name), value, LABELS.attribute_value("file", name, value))
                         for name, value in told),
        text=(row["text"] or "") if not is_closed else "",
        text_note=row["text_note"],
        is_read=bool(row["text_state"]),
        found_format=row["found_format"] or "",
    )  # fmt: skip


def _person(row: list[str], *, sees_protected: bool) -> Person:
    role, name, is_protected = row
    shown = sees_protected or not is_protected
    return Person(LABELS.attribute_value("agent", "agentType", role) or LABELS.element(role),
                  name if shown else None, bool(is_protected))  # fmt: skip
