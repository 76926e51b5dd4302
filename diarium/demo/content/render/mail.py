"""Mails as they lie in a mailbox (RFC 5322), some with a PDF."""

from __future__ import annotations

import datetime as dt
import hashlib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from zoneinfo import ZoneInfo

from diarium.demo.content.model import DemoFile
from diarium.demo.content.render import text

_ZONE = ZoneInfo("Europe/Stockholm")
_OFFICE_MINUTES = 9 * 60


def render(file: DemoFile, attached: bytes | None = None) -> bytes:
    """The mail with its headers; `attached` holds the bytes of `file.attachment`."""
    key = hashlib.sha256(f"{file.letterhead}{file.date}{file.title}{text.body(file)}".encode()).hexdigest()
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(file.letterhead, file.sender_email)
    message["To"] = _address("", file.recipient_email)
    message["Subject"] = file.title
    message["Date"] = _sent_at(file.date, int(key[:8], 16))
    message["Message-ID"] = f"<{key[:24]}@post.example>"
    message.set_content(text.body(file), cte="quoted-printable")
    if file.attachment is not None and attached is not None:
        message.add_attachment(attached, maintype="application", subtype="pdf", filename=file.attachment.name)
        message.set_boundary(f"=_{key[24:48]}")
    return message.as_bytes()


def _address(name: str, address: str) -> Address:
    return Address(display_name=name, addr_spec=address)


def _sent_at(day: dt.date, key: int) -> dt.datetime:
    minutes = 8 * 60 + key % _OFFICE_MINUTES
    return dt.datetime.combine(day, dt.time(minutes // 60, minutes % 60, key % 60), tzinfo=_ZONE)
