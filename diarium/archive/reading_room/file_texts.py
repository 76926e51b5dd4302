"""Reads the texts of a package's files into its catalogue, in the sandbox: no file can do harm."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from diarium.archive.reading_room import schema
from diarium.archive.reading_room.limits import MIB, ReadingLimits
from diarium.archive.reading_room.words import add_entry
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.files.previews import MOST_CHARACTERS
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.i18n import gettext as _

_BATCH: Final = 20
_WAITING = "SELECT id, path, name, size, is_protected FROM file WHERE text_state = 0 ORDER BY id LIMIT ?"
_READ = "UPDATE file SET text_state = 1, text = ?, text_note = ?, found_format = ? WHERE id = ?"


def read_some(
    root: Path,
    catalogue: Path,
    sandbox: ExtractionSandbox,
    limits: ReadingLimits,
    *,
    keep_going: Callable[[], bool] = lambda: True,
) -> tuple[int, bool]:
    """Reads files as long as `keep_going` says so; returns how many, and whether none is left.

    Raises: SandboxUnavailable.
    """
    connection = schema.open_for_texts(catalogue)
    number = 0
    try:
        with use_locale(SOURCE_LOCALE):
            while True:
                rows = connection.execute(_WAITING, (_BATCH,)).fetchall()
                if not rows:
                    return number, True
                found = [(row, _read(root, row, sandbox, limits)) for row in rows]
                with connection:  # one short transaction: readers wait no longer than that
                    for row, (text, note, found_format) in found:
                        values = (text[:MOST_CHARACTERS], note, found_format, row["id"])
                        connection.execute(_READ, values)
                        add_entry(connection, "", text, file_id=row["id"], is_protected=bool(row["is_protected"]))
                number += len(rows)
                if not keep_going():
                    return number, False
    finally:
        connection.close()


def file_in(root: Path, path: str) -> Path | None:
    """The file at `path` of the package in folder `root`; None where there is none, or it leads out of there."""
    found = root / path
    try:
        inside = found.resolve(strict=True).is_relative_to(root.resolve(strict=True))
    except (OSError, ValueError):
        return None
    return found if inside and found.is_file() and not found.is_symlink() else None


def _read(root: Path, row: sqlite3.Row, sandbox: ExtractionSandbox, limits: ReadingLimits) -> tuple[str, str, str]:
    """(text, why there is none, what format it is)."""
    if row["size"] > limits.read_file_bytes:
        return "", _("Filen är större än %(size)d MB. Texten läses inte.", size=limits.read_file_bytes // MIB), ""
    path = file_in(root, row["path"])
    if path is None:
        return "", _("Filen finns inte kvar."), ""
    result = sandbox.process(path, row["name"])
    found = result.format
    told = " ".join(part for part in (found.name, found.version, f"({found.puid})" if found.puid else "") if part)
    return result.text.text, result.text.note or "", told
