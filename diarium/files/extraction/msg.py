"""Outlook messages (MS-OXMSG) in compound files."""

from __future__ import annotations

import datetime as dt
import io
from email.message import EmailMessage
from email.parser import HeaderParser

from olefile import OleFileIO  # type: ignore[import-untyped]
from oxmsg.domain import constants as c
from oxmsg.domain.model import ATTACH_HDR_OFFSET, MSG_HDR_OFFSET, RECIP_HDR_OFFSET
from oxmsg.properties import Properties
from oxmsg.storage import Storage

from diarium.files.errors import UnreadableMessage
from diarium.files.extraction.eml import (
    decode_field,
    impossible_date,
    parse_addresses,
    parse_field_date,
)
from diarium.files.extraction.markup import decode_html, html_to_text
from diarium.files.extraction.message import (
    MAX_ATTACHMENTS,
    MAX_NESTING,
    MAX_RECIPIENTS,
    MailAddress,
    MailAttachment,
    MailMessage,
)
from diarium.files.extraction.model import clean_text
from diarium.files.names import safe_file_name
from diarium.i18n import gettext as _

# Source: [MS-OXMSG] 2.4.1.2, the property stream of an embedded message has a shorter header than the outermost.
_EMBEDDED_OFFSET = 24
_EMBEDDED_STORAGE = "__substg1.0_3701000D"
_PROPERTIES = "__properties_version1.0"


def parse_msg(content: bytes) -> MailMessage:
    """The Outlook message in `content`. Raises: UnreadableMessage, and what its readers raise on damaged bytes."""
    with OleFileIO(io.BytesIO(content)) as compound:
        root = Storage.from_ole(compound)
    if not any(stream.name == _PROPERTIES for stream in root.streams):
        raise UnreadableMessage(_("Filen är inget Outlook-meddelande."))
    return _read(root, MSG_HDR_OFFSET, 0)


def _read(storage: Storage, offset: int, depth: int) -> MailMessage:
    properties = Properties(storage, properties_header_offset=offset)
    headers = HeaderParser().parsestr(_text(properties, c.PID_TRANSPORT_MESSAGE_HEADERS))
    date, warnings = _date(properties, str(headers.get("date", "")))
    attachments, attachment_warnings = _attachments(storage, depth)
    return MailMessage(
        subject=decode_field(_text(properties, c.PID_SUBJECT)),
        sender=_sender(properties, str(headers.get("from", ""))),
        recipients=_recipients(storage),
        date=date,
        message_id=decode_field(_text(properties, c.PID_INTERNET_MESSAGE_ID) or str(headers.get("message-id", "")))
        or None,
        body=clean_text(_body(properties)).strip(),
        attachments=tuple(attachments),
        warnings=tuple(warnings + attachment_warnings),
    )


def _text(properties: Properties, pid: int) -> str:
    """The text of a property; empty if it is missing or its stream is lost or damaged."""
    try:
        return properties.str_prop_value(pid) or ""
    except (KeyError, UnicodeError):
        return ""


def _bytes(properties: Properties, pid: int) -> bytes:
    try:
        return properties.binary_prop_value(pid) or b""
    except KeyError:
        return b""


def _date(properties: Properties, header: str) -> tuple[dt.datetime | None, list[str]]:
    for pid in (c.PID_CLIENT_SUBMIT_TIME, c.PID_MESSAGE_DELIVERY_TIME):
        try:
            moment = properties.date_prop_value(pid)
        except OverflowError:
            return None, [impossible_date()]
        if isinstance(moment, dt.datetime):
            return moment, []
    date = parse_field_date(header[:200]) if header else None
    return date, [impossible_date()] if header and date is None else []


def _sender(properties: Properties, header: str) -> MailAddress | None:
    """The SMTP address where there is one: inside an Exchange organisation the other is an X.500 name."""
    name = decode_field(_text(properties, c.PID_SENDER_NAME) or _text(properties, c.PID_SENT_REPRESENTING_NAME))
    address = _text(properties, c.PID_SENDER_SMTP_ADDRESS) or _text(properties, c.PID_SENDER_EMAIL_ADDRESS)
    from_header = parse_addresses(header) if header else ()
    if from_header and "@" not in address:
        return from_header[0]
    return MailAddress(name, decode_field(address)) if name or address else None


def _recipients(storage: Storage) -> tuple[MailAddress, ...]:
    found = []
    for one in list(storage.iter_recipient_storages())[:MAX_RECIPIENTS]:
        properties = Properties(one, properties_header_offset=RECIP_HDR_OFFSET)
        address = _text(properties, c.PID_SMTP_ADDRESS) or _text(properties, c.PID_EMAIL_ADDRESS)
        found.append(MailAddress(decode_field(_text(properties, c.PID_DISPLAY_NAME)), decode_field(address)))
    return tuple(found)


def _body(properties: Properties) -> str:
    plain = _text(properties, c.PID_BODY)
    if plain.strip():
        return plain
    page = _bytes(properties, c.PID_HTML)
    return html_to_text(decode_html(page) if page else _text(properties, c.PID_BODY_HTML))


def _attachments(storage: Storage, depth: int) -> tuple[list[MailAttachment], list[str]]:
    attachments: list[MailAttachment] = []
    warnings: list[str] = []
    storages = list(storage.iter_attachment_storages())
    if len(storages) > MAX_ATTACHMENTS:
        warnings.append(_("Meddelandet har för många bilagor: bara de första har lästs."))
    for number, one in enumerate(storages[:MAX_ATTACHMENTS], start=1):
        attachment = _embedded(one, depth) or _file(one, number)
        if attachment is None:
            warnings.append(_("En bilaga saknar innehåll i meddelandet, troligen är den bara en länk."))
        else:
            attachments.append(attachment)
    return attachments, list(dict.fromkeys(warnings))


def _file(storage: Storage, number: int) -> MailAttachment | None:
    properties = Properties(storage, properties_header_offset=ATTACH_HDR_OFFSET)
    try:
        content = properties.binary_prop_value(c.PID_ATTACH_DATA_BINARY)
    except KeyError:
        content = None
    if content is None:
        return None
    given = _text(properties, c.PID_ATTACH_LONG_FILENAME) or _text(properties, c.PID_ATTACH_FILENAME)
    name = safe_file_name(given or _("bilaga %(number)s", number=number))
    return MailAttachment(name, _text(properties, c.PID_ATTACH_MIME_TAG) or "application/octet-stream", content)


def _embedded(storage: Storage, depth: int) -> MailAttachment | None:
    """A message inside the message, written as EML: as a compound file it does not exist on its own."""
    inner = next((one for one in storage.storages if one.name == _EMBEDDED_STORAGE), None)
    if inner is None or depth >= MAX_NESTING:
        return None
    message = _read(inner, _EMBEDDED_OFFSET, depth + 1)
    stem = message.subject.replace("/", " ").replace("\\", " ")[:150] or _("meddelande")
    return MailAttachment(safe_file_name(f"{stem}.eml"), "message/rfc822", _as_eml(message))


def _as_eml(message: MailMessage) -> bytes:
    eml = EmailMessage()
    eml["Subject"] = message.subject
    if message.sender:
        eml["From"] = str(message.sender)
    if message.recipients:
        eml["To"] = ", ".join(str(recipient) for recipient in message.recipients)
    if message.date:
        eml["Date"] = message.date
    if message.message_id:
        eml["Message-ID"] = message.message_id
    eml.set_content(message.body)
    for attachment in message.attachments:
        main, _slash, sub = attachment.mime.partition("/")
        known = bool(sub) and main not in ("message", "multipart")
        eml.add_attachment(
            attachment.content,
            maintype=main if known else "application",
            subtype=sub if known else "octet-stream",
            filename=attachment.name,
        )
    return eml.as_bytes()
