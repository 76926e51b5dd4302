"""What follows from all that was read: which files are covered by what, the words to search in, the sums."""

from __future__ import annotations

import json
from collections.abc import Iterable

from diarium.archive.reading_room.covering import cover
from diarium.archive.reading_room.labels import LABELS
from diarium.archive.reading_room.lines import Line
from diarium.archive.reading_room.shapes import ItemKind
from diarium.archive.reading_room.words import add_entry
from diarium.archive.reading_room.writing import CatalogueWriter

# Metadata is searched in as such, and schemas are about no case.
_UNREADABLE = """
UPDATE file SET text_state = 1 WHERE shape IS NOT NULL OR size IS NULL OR size = 0
OR folded LIKE 'schemas/%' OR folded LIKE '%/schemas/%' OR folded LIKE 'system/%'
"""
_TECHNICAL = frozenset({"dataType", "DataTyp"})
_COUNTS = {
    "cases": "SELECT count(*) FROM item WHERE kind = 'case'",
    "records": "SELECT count(*) FROM item WHERE kind = 'record'",
    "events": "SELECT count(*) FROM item WHERE kind = 'event'",
    "objects": "SELECT count(*) FROM item WHERE kind = 'object'",
    "files": "SELECT count(*) FROM file WHERE size IS NOT NULL",
    "bytes": "SELECT coalesce(sum(size), 0) FROM file",
    "missing": "SELECT count(*) FROM file WHERE size IS NULL",
    "restricted": "SELECT count(*) FROM item WHERE is_restricted = 1",
    "protected": "SELECT count(*) FROM item WHERE is_protected = 1",
    "problems": "SELECT count(*) FROM problem",
}
_DAYS = """
SELECT min(nullif(first_day, '')), max(coalesce(nullif(last_day, ''), first_day)) FROM item WHERE kind = 'case'
"""


def finish(writer: CatalogueWriter) -> None:
    """Completes a catalogue into which everything has been read."""
    run = writer.connection.execute
    cover(writer)
    run(_UNREADABLE)
    _index_items(writer)
    _index_files(writer)
    for key, query in _COUNTS.items():
        writer.set_fact(key, run(query).fetchone()[0])
    for kind in (ItemKind.CASE, ItemKind.RECORD):
        statuses = run("SELECT DISTINCT status FROM item WHERE kind = ? AND status IS NOT NULL LIMIT 30", (kind,))
        writer.set_fact(f"statuses-{kind}", sorted(status for (status,) in statuses))
    writer.set_fact("days", list(run(_DAYS).fetchone()))


def _index_items(writer: CatalogueWriter) -> None:
    headings = writer.connection.cursor()
    for item_id, part, lines in writer.read_parts():
        query = "SELECT number, title, is_title_hidden FROM item WHERE id = ?"
        number, title, is_hidden = headings.execute(query, (item_id,)).fetchone()
        heading = " ".join(text for text in (number, None if is_hidden else title) if text) if part == 0 else ""
        hidden = [line for line in lines if line.is_protected]
        add_entry(writer.connection, heading, _words(line for line in lines if not line.is_protected),
                  item_id=item_id, part=part)  # fmt: skip
        if hidden:
            add_entry(writer.connection, "", _words(hidden), item_id=item_id, part=part, is_protected=True)


def _index_files(writer: CatalogueWriter) -> None:
    query = "SELECT id, path, original_name, attributes, is_protected AND shape IS NULL FROM file"
    for file_id, path, original_name, attributes, is_hidden in writer.connection.execute(query):
        told = [value for _name, value in json.loads(attributes)] if attributes else []
        words = " · ".join((path, *told))
        add_entry(writer.connection, original_name or "", words, file_id=file_id, is_protected=bool(is_hidden))


def _words(lines: Iterable[Line]) -> str:
    """The texts and values, with what a value stands for beside it."""
    parts = []
    for line in lines:
        parts.append(line.text)
        meaning = LABELS.value(line.name, line.text)
        parts += [meaning] if meaning else []
        for name, value in line.attributes:
            if name in _TECHNICAL:
                continue
            meaning = LABELS.attribute_value(line.name, name, value)
            parts.append(f"{value} {meaning}" if meaning else value)
    return " · ".join(part for part in parts if part)
