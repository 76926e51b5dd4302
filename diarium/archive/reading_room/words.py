"""Words into the catalogue and questions out of it: what SQLite's full-text search is told.

Å, ä and ö are letters of their own, so nothing is taken off them; the beginning of a word finds it.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata

_WORD = re.compile(r"\S+")
_MOST_WORDS = 20


def add_entry(
    connection: sqlite3.Connection,
    heading: str,
    body: str,
    *,
    item_id: int | None = None,
    part: int | None = None,
    file_id: int | None = None,
    is_protected: bool = False,
) -> None:
    """Makes a text findable. It belongs to an item or a file."""
    if not heading and not body:
        return
    query = "INSERT INTO entry (item_id, part, file_id, is_protected) VALUES (?, ?, ?, ?)"
    entry = connection.execute(query, (item_id, part, file_id, is_protected)).lastrowid
    texts = (unicodedata.normalize("NFC", text) for text in (heading, body))
    connection.execute("INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)", (entry, *texts))


def question_of(text: str) -> str:
    """What somebody typed as a question to the index: all the words, each as a beginning; "" if there is none."""
    words = _WORD.findall(unicodedata.normalize("NFC", text.replace("\0", " ")))
    asked = [word for word in words if any(char.isalnum() for char in word)][:_MOST_WORDS]
    return " ".join('"' + word.replace('"', '""') + '"*' for word in asked)
