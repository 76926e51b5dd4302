"""The text found in a file, how it is gathered, and the limits of reading."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from diarium.i18n import gettext as _

MAX_CHARACTERS = 2_000_000
MAX_PAGES = 5_000
MAX_CELLS = 500_000
MAX_MESSAGE_BYTES = 150 * 1024 * 1024

# What neither XML 1.0 nor a reader can use: controls but tab and line feed, lone surrogates, noncharacters.
_UNUSABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """Text without control characters.

    `note` says in Swedish why there is none, or not all; `page_count` where the format has pages.
    """

    text: str
    note: str | None = None
    truncated: bool = False
    page_count: int | None = None


class CannotRead(Exception):
    """The file can't be read as what it claims to be; the message is the note for the user."""


class OutputFull(Exception):
    """The limit of characters is reached; what is gathered so far counts."""


class TextCollector:
    """Gathers text up to a limit of characters, cleaned on the way in."""

    def __init__(self, limit: int = MAX_CHARACTERS) -> None:
        self.page_count: int | None = None
        self._left = limit
        self._parts: list[str] = []
        self._notes: list[str] = []
        self._truncated = False

    def write(self, text: str) -> None:
        """Adds `text`. Raises: OutputFull when the limit is reached."""
        clean = clean_text(text)
        self._parts.append(clean[: self._left])
        if len(clean) > self._left:
            self._left = 0
            self.mark_truncated()
            raise OutputFull
        self._left -= len(clean)

    def line(self, text: str) -> None:
        """Adds `text` and a line break. Raises: OutputFull."""
        self.write(text + "\n")

    def note(self, message: str) -> None:
        """Remembers a remark for the user, once."""
        if message not in self._notes:
            self._notes.append(message)

    def mark_truncated(self) -> None:
        """Tells that there is more text than was gathered."""
        self._truncated = True
        self.note(_("Texten är lång: bara början har lästs."))

    def result(self) -> ExtractedText:
        """All that was gathered."""
        text = "".join(self._parts).strip()
        return ExtractedText(text, " ".join(self._notes) or None, self._truncated, self.page_count)


class Extractor(Protocol):
    """Reads one family of formats from a seekable source. Raises: CannotRead, OutputFull."""

    def __call__(self, source: BinaryIO, out: TextCollector) -> None: ...


def clean_text(text: str) -> str:
    """The text with line feeds only and without characters that XML or an index can't hold."""
    return _UNUSABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n"))
