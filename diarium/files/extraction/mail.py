"""E-mail files, EML and MSG, as one kind of message: for registering and for search."""

from __future__ import annotations

from pathlib import Path

from diarium.files.errors import UnreadableMessage
from diarium.files.extraction.eml import parse_eml
from diarium.files.extraction.message import MailAddress, MailAttachment, MailMessage
from diarium.files.extraction.model import MAX_MESSAGE_BYTES
from diarium.files.extraction.msg import parse_msg
from diarium.i18n import gettext as _

__all__ = ["MailAddress", "MailAttachment", "MailMessage", "parse_message"]

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def parse_message(source: Path | bytes) -> MailMessage:
    """The message in an EML or MSG file; which of them it is shows in its first bytes.

    Odd parts of a readable message become `warnings`. Raises: UnreadableMessage if it is too large, damaged or no
    e-mail at all; OSError if the file can't be read.
    """
    content = source if isinstance(source, bytes) else _read(source)
    if len(content) > MAX_MESSAGE_BYTES:
        raise UnreadableMessage(_("E-postmeddelandet är för stort för att läsas."))
    try:
        return parse_msg(content) if content.startswith(_OLE_MAGIC) else parse_eml(content)
    except (UnreadableMessage, MemoryError):
        raise
    except Exception as error:
        # The parsers beneath fail in many ways on hostile bytes; to the caller they are one: it can't be read.
        raise UnreadableMessage(_("E-postmeddelandet är skadat och kunde inte läsas.")) from error


def _read(path: Path) -> bytes:
    with path.open("rb") as source:
        return source.read(MAX_MESSAGE_BYTES + 1)
