"""Which reader takes which format, and what becomes of a file that its reader can't take."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from diarium.files.errors import UnreadableMessage
from diarium.files.extraction.archives import locked
from diarium.files.extraction.mail import MailAttachment, MailMessage, parse_message
from diarium.files.extraction.markup import extract_html, extract_xml
from diarium.files.extraction.message import MAX_NESTING
from diarium.files.extraction.model import (
    MAX_MESSAGE_BYTES,
    CannotRead,
    ExtractedText,
    Extractor,
    OutputFull,
    TextCollector,
)
from diarium.files.extraction.opendocument import extract_opendocument
from diarium.files.extraction.pdf import extract_pdf
from diarium.files.extraction.plaintext import extract_plain_text
from diarium.files.extraction.safe_xml import raise_if_out_of_memory
from diarium.files.extraction.spreadsheet import extract_workbook
from diarium.files.extraction.word import extract_word
from diarium.files.guessing import UNKNOWN_MIME, guess_mime
from diarium.files.identification import FileFormat, extension_of
from diarium.i18n import gettext as _
from diarium.i18n import show_time

_MAX_READ_ATTACHMENTS = 100
_HEAD_BYTES = 8192
_MAIL_MIMES = frozenset({"message/rfc822", "application/vnd.ms-outlook"})
# PRONOM: Microsoft Office Encrypted Document; Acrobat's own passwords show when the file is opened.
_ENCRYPTED_PUIDS = frozenset({"fmt/494", "fmt/755"})
# Containers whose kind PRONOM could not tell: the name may be tried.
_UNTOLD_MIMES = frozenset({UNKNOWN_MIME, "application/zip", "application/x-ole-storage", ""})
_UNTOLD_PUIDS = frozenset({None, "x-fmt/263", "fmt/111"})
_OFFICE = "application/vnd.openxmlformats-officedocument."
_EXACT: dict[str, Extractor] = {
    "application/pdf": extract_pdf,
    "application/xml": extract_xml,
    "text/xml": extract_xml,
    "text/html": extract_html,
    "application/xhtml+xml": extract_html,
    "application/json": extract_plain_text,
    _OFFICE + "wordprocessingml.document": extract_word,
    _OFFICE + "wordprocessingml.template": extract_word,
    "application/vnd.ms-word.document.macroEnabled.12": extract_word,
    "application/vnd.ms-word.document.macroenabled.12": extract_word,
    _OFFICE + "spreadsheetml.sheet": extract_workbook,
    "application/vnd.ms-excel.sheet.macroEnabled.12": extract_workbook,
    "application/vnd.ms-excel.sheet.macroenabled.12": extract_workbook,
}
_BY_BEGINNING: tuple[tuple[str, Extractor], ...] = (
    ("application/vnd.oasis.opendocument.", extract_opendocument),
    ("text/", extract_plain_text),
)


def extract(path: Path, file_format: FileFormat, original_name: str) -> ExtractedText:
    """The text of the file at `path`; empty, without a note, for formats that hold no text we read.

    Never fails on content: what is wrong with it becomes the note. Raises: OSError if the file can't be read,
    MemoryError if it needs more memory than the process may have.
    """
    if path.stat().st_size == 0:
        return ExtractedText("", _("Filen är tom."))
    out = TextCollector()
    with path.open("rb") as source:
        reader = _Reader(out)
        with contextlib.suppress(OutputFull):  # the collector has marked it
            reader.read(source, _media_type(file_format, original_name), file_format.puid, 0)
    return out.result()


def _media_type(file_format: FileFormat, original_name: str) -> str:
    if file_format.puid in _UNTOLD_PUIDS and file_format.mime in _UNTOLD_MIMES:
        by_name = guess_mime(b"", extension_of(original_name))
        return by_name if by_name != UNKNOWN_MIME else file_format.mime
    return file_format.mime


class _Reader:
    """Reads one file and, for e-mail, the files inside it, into one collector."""

    def __init__(self, out: TextCollector) -> None:
        self._out = out
        self._attachments_left = _MAX_READ_ATTACHMENTS

    def read(self, source: BinaryIO, mime: str, puid: str | None, depth: int) -> None:
        """Reads `source`; a file that its reader can't take leaves a note. Raises: OutputFull, MemoryError."""
        try:
            if puid in _ENCRYPTED_PUIDS:
                raise locked()
            if mime in _MAIL_MIMES:
                self._read_mail(source, depth)
            else:
                extractor = _extractor(mime)
                if extractor is not None:
                    extractor(source, self._out)
        except (OutputFull, MemoryError):
            raise
        except CannotRead as refusal:
            self._out.note(str(refusal))
        except UnreadableMessage as refusal:
            self._out.note(refusal.message)
        except Exception as error:
            if isinstance(error, etree.XMLSyntaxError):
                raise_if_out_of_memory(error)
            # The libraries beneath fail in countless ways on damaged and hostile files. That is no fault of ours
            # and nothing to stop for: the file is kept and the user is told that its text is not searchable.
            self._out.note(_("Texten kunde inte läsas: filen är skadad eller följer inte sitt format."))

    def _read_mail(self, source: BinaryIO, depth: int) -> None:
        message = parse_message(source.read(MAX_MESSAGE_BYTES + 1))
        _write_message(message, self._out)
        for warning in message.warnings:
            self._out.note(warning)
        for attachment in message.attachments:
            self._read_attachment(attachment, depth + 1)

    def _read_attachment(self, attachment: MailAttachment, depth: int) -> None:
        self._out.line(attachment.name)
        if depth > MAX_NESTING or self._attachments_left <= 0:
            self._out.note(_("Meddelandet har många eller djupt liggande bilagor: texten i några har inte lästs."))
            return
        self._attachments_left -= 1
        pages = self._out.page_count
        mime = guess_mime(attachment.content[:_HEAD_BYTES], extension_of(attachment.name))
        if attachment.mime == "message/rfc822" and mime.startswith("text/"):
            mime = attachment.mime  # a short message may not look like one
        self.read(io.BytesIO(attachment.content), mime, None, depth)
        self._out.write("\n")
        self._out.page_count = pages


def _extractor(mime: str) -> Extractor | None:
    exact = _EXACT.get(mime)
    if exact is not None:
        return exact
    if mime.endswith("+xml"):
        return extract_xml
    return next((extractor for beginning, extractor in _BY_BEGINNING if mime.startswith(beginning)), None)


def _write_message(message: MailMessage, out: TextCollector) -> None:
    out.line(message.subject)
    if message.sender:
        out.line(str(message.sender))
    for recipient in message.recipients:
        out.line(str(recipient))
    if message.date:
        out.line(show_time(message.date))
    out.line(message.body)
