"""A plain guess of the media type from the first bytes, for contents that PRONOM does not know."""

from __future__ import annotations

import re

UNKNOWN_MIME = "application/octet-stream"

_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-elf"),
)
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_BY_EXTENSION = {
    "pdf": "application/pdf",
    "zip": "application/zip",
    "docx": _OPEN_XML + "wordprocessingml.document",
    "xlsx": _OPEN_XML + "spreadsheetml.sheet",
    "odt": _OPEN_DOCUMENT + "text",
    "ods": _OPEN_DOCUMENT + "spreadsheet",
    "odp": _OPEN_DOCUMENT + "presentation",
    "msg": "application/vnd.ms-outlook",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "rtf": "application/rtf",
    "exe": "application/vnd.microsoft.portable-executable",
    "svg": "image/svg+xml",
    "xml": "application/xml",
    "html": "text/html",
    "htm": "text/html",
    "eml": "message/rfc822",
    "csv": "text/csv",
    "json": "application/json",
    "md": "text/markdown",
    "log": "text/plain",
    "txt": "text/plain",
}
_IN_ZIP = (_OPEN_XML, _OPEN_DOCUMENT)
_IN_OLE = ("application/vnd.ms-outlook",)
_TEXT_ONLY = ("text/", "application/json")
_MARKUP = (
    (re.compile(rb"<svg[\s>]", re.I), "image/svg+xml"),
    (re.compile(rb"<(!doctype\s+html|html|head|body)[\s>]", re.I), "text/html"),
    (re.compile(rb"\A\s*<\?xml\s"), "application/xml"),
)
# XML may do without its declaration; then only the name tells it from other text.
_ELEMENT = re.compile(rb"\s*<[a-zA-Z_!]")
_MAIL_FIELD = re.compile(
    rb"^(from|to|subject|date|received|message-id|return-path|mime-version|delivered-to):", re.I | re.M
)
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
# Tab, line feed, form feed, carriage return and escape are common in text; other controls mean binary data.
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def guess_mime(head: bytes, extension: str) -> str:
    """The media type of a content that begins with `head`; the extension (lower case, no dot) only refines it.

    With an empty `head`: what the extension alone stands for.
    """
    expected = _BY_EXTENSION.get(extension, UNKNOWN_MIME)
    if not head:
        return expected
    for magic, mime in _MAGIC:
        if head.startswith(magic):
            return _refine(mime, expected)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return _guess_text(head.decode(encoding, errors="replace").encode(), expected)
    if _CONTROL.search(head):
        return UNKNOWN_MIME
    return _guess_text(head, expected)


def _refine(mime: str, expected: str) -> str:
    if mime == "application/zip" and expected.startswith(_IN_ZIP):
        return expected
    if mime == "application/x-ole-storage" and expected in _IN_OLE:
        return expected
    return mime


def _guess_text(head: bytes, expected: str) -> str:
    for pattern, mime in _MARKUP:
        if pattern.search(head[:1024]):
            return mime
    if expected.endswith("xml") and _ELEMENT.match(head):
        return expected
    top = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    if len({field.lower() for field in _MAIL_FIELD.findall(top)}) >= 2:
        return "message/rfc822"
    if expected.startswith(_TEXT_ONLY):
        return expected
    return "text/plain"
