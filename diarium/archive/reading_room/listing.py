"""Lists a package folder into a catalogue. Follows no links, and opens nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from diarium.archive.reading_room.limits import ReadingLimits
from diarium.archive.reading_room.writing import CatalogueWriter
from diarium.i18n import gettext as _

_MOST_DEPTH = 64


def list_folder(root: Path, writer: CatalogueWriter, limits: ReadingLimits) -> None:
    """Enters every folder and file. What is neither, or can't be read, becomes a problem."""
    pending = [(writer.add_folder(None, "", root.name), "")]
    seen = 0
    while pending:
        folder_id, folder = pending.pop()
        try:
            with os.scandir(root / folder) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            writer.add_problem(
                shown(folder), _("Mappen kan inte läsas: %(reason)s", reason=error.strerror or error)
            )
            continue
        for entry in entries:
            seen += 1
            if seen > limits.listed:
                told = _(
                    "Paketet har fler än %(number)d filer och mappar. Resten visas inte.", number=limits.listed
                )
                writer.add_problem("", told)
                return
            path = f"{folder}/{entry.name}" if folder else entry.name
            below = _enter(entry, path, folder_id, writer)
            if below is not None:
                pending.append((below, path))


def shown(path: str) -> str:
    """A path fit for a page: bytes that are no text are written as numbers."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _enter(entry: os.DirEntry[str], path: str, folder_id: int, writer: CatalogueWriter) -> int | None:
    """Enters one thing; the id of a folder to go into."""
    if shown(path) != path:
        writer.add_problem(shown(path), _("Namnet är ingen giltig text. Filen visas inte."))
        return None
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        writer.add_problem(path, _("Filen kan inte läsas: %(reason)s", reason=error.strerror or error))
        return None
    if stat.S_ISDIR(status.st_mode):
        if path.count("/") >= _MOST_DEPTH:
            writer.add_problem(path, _("Mappen ligger för djupt och visas inte."))
            return None
        return writer.add_folder(folder_id, path, entry.name)
    if stat.S_ISREG(status.st_mode):
        writer.add_file(folder_id, path, status.st_size)
    else:
        writer.add_problem(path, _("En länk eller enhet, inte en vanlig fil. Den läses inte."))
    return None
