"""Internet mail (RFC 5322, MIME) as it really looks: broken dates, raw 8-bit headers, huge fields."""

from __future__ import annotations

import binascii
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime

from diarium.files.errors import UnreadableMessage
from diarium.files.extraction.markup import html_to_text
from diarium.files.extraction.message import (
    MAX_ADDRESS_CHARACTERS,
    MAX_ATTACHMENTS,
    MAX_HEADER_CHARACTERS,
    MAX_RECIPIENTS,
    MailAddress,
    MailAttachment,
    MailMessage,
)
from diarium.files.extraction.model import clean_text
from diarium.files.extraction.plaintext import decode_text
from diarium.files.names import safe_file_name
from diarium.i18n import gettext as _

_MARKS_OF_MAIL = frozenset({"from", "to", "subject", "date", "message-id", "received", "sender"})
_MAX_MULTIPART_NESTING = 50
_MAX_COMMENTS = 50
_EXTENSIONS = {"text/plain": ".txt", "text/html": ".html", "message/rfc822": ".eml", "text/calendar": ".ics"}


def parse_eml(content: bytes) -> MailMessage:
    """The message in `content`. Raises: UnreadableMessage if it has no header field of a message."""
    # compat32 gives the fields as they stand; the newer policies parse them at each access and fail on bad ones.
    parsed = BytesParser(policy=policy.compat32).parsebytes(content)
    fields = _fields(parsed)
    if not _MARKS_OF_MAIL & fields.keys():
        raise UnreadableMessage(_("Filen är inget e-postmeddelande: avsändare, ärende och datum saknas."))
    parts = _Parts()
    body = parts.collect(parsed)
    date, warnings = _date(fields)
    senders = _addresses(fields, "from") or _addresses(fields, "sender")
    return MailMessage(
        subject=decode_field(_first(fields, "subject")),
        sender=senders[0] if senders else None,
        recipients=tuple(a for name in ("to", "cc", "bcc") for a in _addresses(fields, name))[:MAX_RECIPIENTS],
        date=date,
        message_id=decode_field(_first(fields, "message-id")) or None,
        body=clean_text(body).strip(),
        attachments=tuple(parts.attachments),
        warnings=tuple(warnings + parts.warnings),
    )


def decode_field(raw: str) -> str:
    """A header field as text on one line: encoded words and raw 8-bit characters decoded, length bounded."""
    text = _readable(raw)
    try:
        pieces = decode_header(text)
    except (MessageError, binascii.Error, ValueError):
        pieces = [(text, None)]
    return " ".join(clean_text("".join(_piece(*piece) for piece in pieces)).split())


def parse_field_date(raw: str) -> dt.datetime | None:
    """The moment in a Date field; None if there can't be such a moment. Without a zone it counts as UTC."""
    try:
        moment = parsedate_to_datetime(raw)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return aware.astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def parse_addresses(raw: str) -> tuple[MailAddress, ...]:
    """The people in an address field."""
    text = _readable(raw, MAX_ADDRESS_CHARACTERS)
    if text.count("(") > _MAX_COMMENTS:
        # Each comment in a comment is a call of the parser within a call. Nobody's address has that many.
        text = text.translate({ord("("): None, ord(")"): None})
    found = getaddresses([text])
    people = (MailAddress(decode_field(name), decode_field(address)) for name, address in found)
    return tuple(person for person in people if person.name or person.address)


def impossible_date() -> str:
    """The warning for a date that no calendar has."""
    return _("Meddelandets datum är omöjligt och har inte använts. Ange datum för hand.")


@dataclass(slots=True)
class _Parts:
    """Sorts the parts of a message into body and attachments."""

    attachments: list[MailAttachment] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def collect(self, message: Message) -> str:
        """The body; attachments are gathered on the way."""
        texts = [(kind, text) for kind, text in self._walk(message, 0) if text.strip()]
        return "\n\n".join(html_to_text(text) if kind == "text/html" else text for kind, text in texts)

    def _walk(self, part: Message, depth: int) -> Iterator[tuple[str, str]]:
        kind = part.get_content_type()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            if depth >= _MAX_MULTIPART_NESTING:
                self._warn(_("Meddelandet har för många nivåer: de djupaste delarna har inte lästs."))
                return
            yield from self._walk_multipart(part, kind, depth)
        elif kind in ("text/plain", "text/html") and not _is_attachment(part):
            charset = part.get_content_charset()
            yield kind, decode_text(_payload(part), charset)
        else:
            self._attach(part, kind)

    def _walk_multipart(self, part: Message, kind: str, depth: int) -> Iterator[tuple[str, str]]:
        children = part.get_payload()
        texts = [text for child in children if isinstance(child, Message) for text in self._walk(child, depth + 1)]
        if kind == "multipart/alternative":
            # The same text in several forms: the plain one says it all unless it is empty.
            plain = [(form, text) for form, text in texts if form == "text/plain" and text.strip()]
            texts = plain or texts
        yield from texts

    def _attach(self, part: Message, kind: str) -> None:
        if len(self.attachments) >= MAX_ATTACHMENTS:
            self._warn(_("Meddelandet har för många bilagor: bara de första har lästs."))
            return
        content = _payload(part)
        self.attachments.append(MailAttachment(_name(part, kind, len(self.attachments) + 1), kind, content))

    def _warn(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)


def _fields(message: Message) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        fields.setdefault(name.lower(), []).append(str(value))
    return fields


def _first(fields: dict[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]


def _addresses(fields: dict[str, list[str]], name: str) -> tuple[MailAddress, ...]:
    return tuple(person for raw in fields.get(name, []) for person in parse_addresses(raw))


def _date(fields: dict[str, list[str]]) -> tuple[dt.datetime | None, list[str]]:
    if "date" not in fields:
        return None, []
    date = parse_field_date(_readable(_first(fields, "date"), 200))
    return date, [] if date else [impossible_date()]


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _payload(part: Message) -> bytes:
    if part.is_multipart():
        inner = _inner_message(part)
        return inner.as_bytes() if inner else part.as_bytes()
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _inner_message(part: Message) -> Message | None:
    """The one message that a message/rfc822 part is about."""
    payload = part.get_payload()
    if isinstance(payload, list) and len(payload) == 1 and isinstance(payload[0], Message):
        return payload[0]
    return None


def _name(part: Message, kind: str, number: int) -> str:
    given = _given_name(part)
    if given:
        return safe_file_name(decode_field(given))
    stem = ""
    inner = _inner_message(part)
    if inner is not None:
        stem = decode_field(_first(_fields(inner), "subject")).replace("/", " ").replace("\\", " ")
    return safe_file_name((stem[:150] or _("bilaga %(number)s", number=number)) + _EXTENSIONS.get(kind, ""))


def _given_name(part: Message) -> str | None:
    """The file name in the part's fields, read from a copy without raw 8-bit characters, which hide it."""
    clean = Message()
    for name, values in _fields(part).items():
        if name in ("content-disposition", "content-type"):
            clean[name] = _readable(values[0])
    return clean.get_filename()


def _readable(raw: str, limit: int = MAX_HEADER_CHARACTERS) -> str:
    """Unfolded, bounded, and with the bytes that the parser kept as surrogates decoded."""
    text = re.sub(r"[\r\n]+[ \t]*", " ", raw[:limit])
    if text.isascii():
        return text
    return decode_text(text.encode("utf-8", errors="surrogateescape"))


def _piece(content: bytes | str, charset: str | None) -> str:
    if isinstance(content, str):
        return content
    if charset is None:  # the header module hands unencoded stretches over in this form
        return content.decode("raw-unicode-escape", errors="replace")
    return decode_text(content, charset)
