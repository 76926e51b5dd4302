"""Which format a file has, by its content: PRONOM through siegfried, and a plain guess where PRONOM has none."""

from __future__ import annotations

import csv
import functools
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pygfried

from diarium.files.guessing import UNKNOWN_MIME, guess_mime
from diarium.i18n import gettext as _

if TYPE_CHECKING:
    from pygfried import Match

_TABLE = Path(__file__).parent / "preservation_formats.csv"
_EXTENSION = re.compile(r"[a-z0-9]{1,16}")
_HEAD_BYTES = 8192
_UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class FileFormat:
    """What a file is.

    `puid`: PRONOM identifier such as `fmt/95`, None if PRONOM does not know the content. `mime` is
    `application/octet-stream` if nothing is known. `matches_extension` is False when the content contradicts the
    extension of the name. `warnings`: for the registrar, in Swedish.
    """

    puid: str | None
    name: str
    version: str | None
    mime: str
    matches_extension: bool
    warnings: tuple[str, ...] = ()


def identify(path: Path, original_name: str, *, work_folder: Path | None = None) -> FileFormat:
    """The format of the file at `path`, whose own name may say nothing: `original_name` gives the extension.

    `work_folder`: an existing folder where a link may be made (a temporary one by default).
    Raises: OSError if the file can't be read.
    """
    extension = extension_of(original_name)
    with path.open("rb") as source:
        head = source.read(_HEAD_BYTES)
    if not head:
        return FileFormat(None, _("Tom fil"), None, UNKNOWN_MIME, True, (_("Filen är tom."),))
    match = _best_match(_matches(path, extension, work_folder))
    if match is None:
        return _unknown_to_pronom(head, extension)
    return _known(match, extension, head)


def extension_of(name: str) -> str:
    """The extension in lower case without its dot: letters and digits only, else an empty text."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    return extension if _EXTENSION.fullmatch(extension) else ""


def is_suitable_for_preservation(puid: str | None) -> bool:
    """Whether a file of this PRONOM format can be delivered to a long-term archive as it is.

    Source: RA-FS 2009:2; the table is `preservation_formats.csv`.
    """
    return puid in preservation_puids()


def unidentified() -> FileFormat:
    """The answer for a file whose content could not be examined."""
    return FileFormat(
        None, _("Okänt format"), None, UNKNOWN_MIME, True, (_("Filens format kunde inte undersökas."),)
    )


@functools.cache
def preservation_puids() -> frozenset[str]:
    """The formats that can be delivered to a long-term archive as they are."""
    with _TABLE.open(encoding="utf-8", newline="") as source:
        rows = csv.DictReader(line for line in source if not line.startswith("#"))
        return frozenset(row["puid"] for row in rows)


def _matches(path: Path, extension: str, work_folder: Path | None) -> list[Match]:
    """Siegfried takes the extension from the path, so a file stored by checksum is shown through a named link."""
    with tempfile.TemporaryDirectory(dir=work_folder) as folder:
        link = Path(folder) / (f"file.{extension}" if extension else "file")
        link.symlink_to(path.resolve())
        try:
            report = pygfried.identify(str(link), detailed=True)
        except pygfried.GoError:
            return []  # siegfried stumbles over the content: the plain guess is what is left
    return [match for file in report["files"] for match in file["matches"]]


def _best_match(matches: list[Match]) -> Match | None:
    return next((match for match in matches if match["id"] != _UNKNOWN), None)


def _known(match: Match, extension: str, head: bytes) -> FileFormat:
    name = match["format"] or match["id"]
    mismatch = bool(extension) and "extension mismatch" in match["warning"]
    warnings = []
    if mismatch:
        warnings.append(
            _("Filändelsen .%(extension)s stämmer inte med innehållet, som är %(format)s. "
              "Kontrollera filen innan den öppnas.", extension=extension, format=name)
        )  # fmt: skip
    # PRONOM leaves the media type out of some formats; the guess must then agree with the content, not the name.
    mime = match["mime"].split(",")[0].strip() or guess_mime(head, "" if mismatch else extension)
    return FileFormat(match["id"], name, match["version"] or None, mime, not mismatch, tuple(warnings))


def _unknown_to_pronom(head: bytes, extension: str) -> FileFormat:
    mime = guess_mime(head, extension)
    expected = guess_mime(b"", extension)
    contradicts = bool(extension) and expected != UNKNOWN_MIME and mime != expected
    if contradicts:
        warning = _(
            "Innehållet känns inte igen som det format som filändelsen .%(extension)s anger. "
            "Filen kan vara skadad eller ha fått fel namn.",
            extension=extension,
        )
    else:
        warning = _("Formatet finns inte i PRONOM eller gick inte att bekräfta.")
    return FileFormat(None, _("Okänt format"), None, mime, not contradicts, (warning,))
