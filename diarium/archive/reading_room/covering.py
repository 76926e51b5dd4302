"""What a marking or a protected identity covers beyond the item that it stands in: files, and what names them."""

from __future__ import annotations

import sqlite3

from diarium.archive.reading_room.lines import Line, pack, unpack
from diarium.archive.reading_room.writing import CatalogueWriter

_UNDER = """
WITH RECURSIVE under (id) AS (
  SELECT id FROM item WHERE {flag} = 1 AND kind IN ('case', 'record')
  UNION SELECT item.id FROM item JOIN under ON item.parent_id = under.id
)
UPDATE file SET {flag} = 1 WHERE id IN (SELECT file_id FROM link WHERE item_id IN (SELECT id FROM under))
"""
_DOCUMENTS = "UPDATE file SET {flag} = 1 WHERE id IN (SELECT file_id FROM item WHERE {flag} = 1)"
# These name every file, also those whose names may tell of somebody.
_LISTS = "UPDATE file SET is_protected = 1 WHERE shape IS NOT NULL AND shape NOT IN ('erms', 'fgs1')"
_NAMES = "SELECT name, original_name FROM file WHERE is_protected = 1 AND shape IS NULL"
_TELLING = """
SELECT part.item_id, part.number, part.lines FROM part JOIN item ON item.id = part.item_id
JOIN file ON file.id = item.file_id WHERE file.shape NOT IN ('erms', 'fgs1') ORDER BY 1, 2
"""


def cover(writer: CatalogueWriter) -> None:
    """Marks the files of what is restricted or about somebody protected, and the documents that tell of it."""
    run = writer.connection.execute
    for flag in ("is_protected", "is_restricted"):
        run(_UNDER.format(flag=flag))
        run(_DOCUMENTS.format(flag=flag))
    names = {str(name).casefold() for row in run(_NAMES) for name in row if name}
    if names:
        run(_LISTS)
        _hide_names(writer.connection, names)


def _hide_names(connection: sqlite3.Connection, names: set[str]) -> None:
    changes = connection.cursor()
    for item_id, number, content in connection.execute(_TELLING):
        lines = unpack(content)
        telling = [line for line in lines if _tells(line, names)]
        if not telling:
            continue
        for line in telling:
            line.is_protected = True
        query = "UPDATE part SET lines = ? WHERE item_id = ? AND number = ?"
        changes.execute(query, (pack(lines), item_id, number))
        query = "UPDATE item SET is_protected = 1, is_title_hidden = 1 WHERE id = ? AND kind = 'object'"
        changes.execute(query, (item_id,))


def _tells(line: Line, names: set[str]) -> bool:
    """Whether the line gives the name of a file, alone or at the end of a path."""
    return any(text.replace("\\", "/").rsplit("/", 1)[-1].casefold() in names for text in line.texts() if text)
