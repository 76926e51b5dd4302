"""Names and media types of released files. The original name may tell what must not be told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

UNKNOWN_TYPE = "application/octet-stream"
_EXTENSIONS: Mapping[str, str] = {
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/csv": ".csv",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/tiff": ".tif",
    "application/xml": ".xml",
    "text/html": ".html",
    "application/msword": ".doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "message/rfc822": ".eml",
    "application/zip": ".zip",
}
_TYPES = {extension: mime for mime, extension in _EXTENSIONS.items()} | {
    ".jpeg": "image/jpeg",
    ".tiff": "image/tiff",
    ".htm": "text/html",
}
# Shown in the browser; everything else, also PDF, which may hold scripts, is only saved.
SHOWABLE = frozenset({"text/plain", "image/png", "image/jpeg"})


def known_type(mime: str | None, file_name: str) -> str:
    """The media type if we know it: as identified, else by the extension, else `UNKNOWN_TYPE`."""
    identified = (mime or "").partition(";")[0].strip().lower()
    if identified in _EXTENSIONS:
        return identified
    return UNKNOWN_TYPE if identified else _TYPES.get(PurePath(file_name).suffix.lower(), UNKNOWN_TYPE)


def neutral_name(record_number: str, place: int, mime: str) -> str:
    """KS 2024-123-4 handling 1.pdf: the record's number and the place among its released files."""
    number = re.sub(r"[^\w .-]", "-", record_number)
    return f"{number} handling {place}{_EXTENSIONS.get(mime, '')}"
