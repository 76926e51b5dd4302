"""The catalogue's file: SQLite, made once beside the package, read only after that but for the texts of files."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

VERSION: Final = "2"
"""Raised when the tables change: a catalogue of another version is made anew."""
NAME: Final = "catalogue.sqlite"
_WAIT_SECONDS = 20.0
_TABLES = """
CREATE TABLE fact (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE folder (id INTEGER PRIMARY KEY, parent_id INTEGER, path TEXT NOT NULL UNIQUE, name TEXT NOT NULL);
CREATE INDEX folder_parent ON folder (parent_id, name);
CREATE TABLE file (
  id INTEGER PRIMARY KEY, folder_id INTEGER, path TEXT NOT NULL UNIQUE, folded TEXT NOT NULL, name TEXT NOT NULL,
  size INTEGER, attributes TEXT, original_name TEXT, mime TEXT, puid TEXT, checksum TEXT, checksum_type TEXT,
  mets_id TEXT, shape TEXT, is_protected INTEGER NOT NULL DEFAULT 0, is_restricted INTEGER NOT NULL DEFAULT 0,
  text_state INTEGER NOT NULL DEFAULT 0, text_note TEXT, text TEXT, found_format TEXT
);
CREATE INDEX file_folder ON file (folder_id, name);
CREATE INDEX file_folded ON file (folded);
CREATE INDEX file_name ON file (name);
CREATE INDEX file_text ON file (text_state) WHERE text_state = 0;
CREATE TABLE item (
  id INTEGER PRIMARY KEY, parent_id INTEGER, kind TEXT NOT NULL, file_id INTEGER NOT NULL, line INTEGER NOT NULL,
  place INTEGER NOT NULL, name TEXT NOT NULL, number TEXT, title TEXT, status TEXT, first_day TEXT, last_day TEXT,
  facts TEXT NOT NULL, sought TEXT NOT NULL, parts INTEGER NOT NULL,
  is_restricted INTEGER NOT NULL, is_protected INTEGER NOT NULL,
  is_title_hidden INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX item_kind ON item (kind, id);
CREATE INDEX item_parent ON item (parent_id, kind, id);
CREATE TABLE part (
  item_id INTEGER NOT NULL, number INTEGER NOT NULL, context TEXT NOT NULL, lines BLOB NOT NULL,
  PRIMARY KEY (item_id, number)
) WITHOUT ROWID;
CREATE TABLE link (
  id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL, file_id INTEGER, name TEXT NOT NULL, href TEXT NOT NULL
);
CREATE INDEX link_item ON link (item_id, id);
CREATE INDEX link_file ON link (file_id);
CREATE TABLE reference (item_id INTEGER NOT NULL, identifier TEXT NOT NULL);
CREATE INDEX reference_identifier ON reference (identifier, item_id);
CREATE TABLE mark (
  file_id INTEGER NOT NULL, page INTEGER NOT NULL, offset INTEGER NOT NULL, line INTEGER NOT NULL,
  depth INTEGER NOT NULL, PRIMARY KEY (file_id, page)
) WITHOUT ROWID;
CREATE TABLE problem (id INTEGER PRIMARY KEY, file TEXT NOT NULL, message TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5 (title, body, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3');
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, item_id INTEGER, part INTEGER, file_id INTEGER, is_protected INTEGER NOT NULL
);
"""


def create(path: Path) -> sqlite3.Connection:
    """A new catalogue at `path`, to be filled in one go: a crash leaves a file that nobody takes for whole."""
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE", "cache_size = -16000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript(_TABLES)
    connection.execute("BEGIN")
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A finished catalogue. Raises: sqlite3.Error if it is none."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_WAIT_SECONDS)
    connection.row_factory = sqlite3.Row
    return connection


def open_for_texts(path: Path) -> sqlite3.Connection:
    """A finished catalogue to which the texts of files are added."""
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA cache_size = -8000")
    return connection
