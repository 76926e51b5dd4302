"""Letters as Internet messages: finished bytes that are kept and sent exactly as they stand."""

from __future__ import annotations

import datetime as dt
import mimetypes
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from diarium.correspondence.addresses import Mailbox
from diarium.correspondence.smtp import WIRE_POLICY
from diarium.i18n import STOCKHOLM
from diarium.register import rules

_NOBODY_NAMED = "undisclosed-recipients:;"
# A message inside a message is sent as a plain file: as a message it could not be wrapped in 7-bit letters.
_WRAPPED = ("message", "multipart")
_BARE = ("application", "octet-stream")
_KIND = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a letter."""

    file_name: str
    mime: str | None
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """What a message says and to whom. `is_automatic`: written by the program, so that no answer is sent back."""

    sender: Mailbox
    recipients: tuple[Mailbox, ...]
    subject: str
    body: str
    written_at: dt.datetime
    reply_to: Mailbox | None = None
    attachments: tuple[Attachment, ...] = ()
    is_automatic: bool = False


def message_of(letter: Letter, uid: uuid.UUID) -> EmailMessage:
    """The letter as a message whose identifier is made of `uid` and the sender's domain.

    Several recipients are not told of each other.
    """
    message = EmailMessage(policy=WIRE_POLICY)
    message["From"] = _address(letter.sender)
    message["To"] = _address(letter.recipients[0]) if len(letter.recipients) == 1 else _NOBODY_NAMED
    if letter.reply_to is not None and letter.reply_to.key != letter.sender.key:
        message["Reply-To"] = _address(letter.reply_to)
    message["Subject"] = " ".join(rules.clean_text(letter.subject).split())
    message["Date"] = format_datetime(letter.written_at.astimezone(STOCKHOLM))
    message["Message-ID"] = message_id(uid, letter.sender)
    if letter.is_automatic:
        message["Auto-Submitted"] = "auto-generated"
    message.set_content(rules.clean_text(letter.body) + "\n", cte="quoted-printable")
    _attach(message, letter.attachments)
    return message


def content_of(letter: Letter, uid: uuid.UUID) -> bytes:
    """The letter as bytes: 7-bit, with the line ends of mail."""
    return message_of(letter, uid).as_bytes(policy=WIRE_POLICY)


def message_id(uid: uuid.UUID, sender: Mailbox) -> str:
    """The identifier of a message, in the sender's own domain."""
    return f"<{uid}@{sender.address.rpartition('@')[2]}>"


def _address(box: Mailbox) -> Address:
    return Address(" ".join(rules.clean_text(box.name or "").split()), addr_spec=box.address)


def _attach(message: EmailMessage, attachments: Sequence[Attachment]) -> None:
    for item in attachments:
        main, sub, parameters = _kind(item)
        message.add_attachment(
            item.content, maintype=main, subtype=sub, params=parameters, filename=item.file_name
        )


def _kind(item: Attachment) -> tuple[str, str, dict[str, str]]:
    """The content's type and its parameters; a text must say its letters, else it is read as ASCII."""
    kind = (item.mime or mimetypes.guess_type(item.file_name)[0] or "").partition(";")[0].strip().lower()
    main, _slash, sub = kind.partition("/")
    if not _KIND.fullmatch(kind) or main in _WRAPPED:
        return (*_BARE, {})
    if main != "text":
        return main, sub, {}
    try:
        item.content.decode("utf-8")
    except UnicodeDecodeError:
        return (*_BARE, {})
    return main, sub, {"charset": "utf-8"}
