"""What is written to an index while a new one is built beside it, kept in a file until the new one has it too."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TypedDict

from diarium.search.port import IndexDocument

_TOGETHER = 500
_NAMES = ("number_forms", "parties", "senders", "recipients")


@dataclass(frozen=True, slots=True)
class Entry:
    """One writing: its updates and deletes; or that files were rewritten (`is_purge`)."""

    updates: tuple[IndexDocument, ...] = ()
    deletes: tuple[str, ...] = ()
    is_purge: bool = False


class _Line(TypedDict):
    updates: list[dict[str, object]]
    deletes: list[str]
    is_purge: bool


def append(
    path: Path, updates: Sequence[IndexDocument], deletes: Collection[str], *, is_purge: bool = False
) -> None:
    """Adds an entry. Only whoever holds the writer lock may."""
    line = _Line(updates=[asdict(document) for document in updates], deletes=sorted(deletes), is_purge=is_purge)
    with path.open("a", encoding="utf-8") as target:
        target.write(json.dumps(line, default=_plain) + "\n")


class Follower:
    """Reads a journal from the start, and later what has come since."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0

    def catch_up(self, take: Callable[[Entry], None]) -> int:
        """Hands what has come since the last time to `take`, many entries put together in one; tells how many."""
        count = 0
        end = self._path.stat().st_size
        while entries := list(islice(self._entries(end), _TOGETHER)):
            take(_together([entry for entry, _end in entries]))
            self._place = entries[-1][1]
            count += len(entries)
        return count

    def _entries(self, end: int) -> Iterator[tuple[Entry, int]]:
        place = self._place
        with self._path.open("rb") as source:
            source.seek(place)
            for line in source:
                place += len(line)
                if place > end or not line.endswith(b"\n"):
                    return
                yield _entry(json.loads(line)), place


def _together(entries: Sequence[Entry]) -> Entry:
    """One entry with the same outcome: the last writing of a key counts."""
    updates: dict[str, IndexDocument] = {}
    deletes: set[str] = set()
    for entry in entries:
        for key in entry.deletes:
            updates.pop(key, None)
        deletes.update(entry.deletes)
        updates.update({document.key: document for document in entry.updates})
    return Entry(tuple(updates.values()), tuple(deletes), is_purge=any(entry.is_purge for entry in entries))


def _entry(line: _Line) -> Entry:
    return Entry(
        tuple(_document(fields) for fields in line["updates"]), tuple(line["deletes"]), is_purge=line["is_purge"]
    )


def _document(fields: dict[str, object]) -> IndexDocument:
    given = dict(fields)
    for name in _NAMES:
        given[name] = tuple(_texts(given[name]))
    given["readers"] = frozenset(_texts(given["readers"]))
    if given["date"] is not None:
        given["date"] = dt.date.fromisoformat(str(given["date"]))
    return IndexDocument(**given)  # type: ignore[arg-type]  # what asdict gave, with its kinds restored


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError("a journal of another form")
    return [str(item) for item in value]


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"no place in a journal for {type(value).__name__}")
