"""Mails as a mail server has delivered them: with the marks of the way, any attachments, any form of text."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from diarium.demo.content.model import DemoItem

_SENT_BEFORE = dt.timedelta(seconds=40)
_RELAYED_BEFORE = dt.timedelta(seconds=3)
_TYPES = {
    "pdf": ("application", "pdf"),
    "docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "zip": ("application", "zip"),
    "msg": ("application", "vnd.ms-outlook"),
    "dat": ("application", "ms-tnef"),
}


def render(item: DemoItem, enclosed: Sequence[bytes]) -> bytes:
    """The mail as it lies in its mailbox; `enclosed` holds the bytes of `item.enclosures`."""
    message = EmailMessage(policy=SMTP)
    _trace(message, item)
    message["From"] = Address(display_name=_display_name(item), addr_spec=item.address)
    message["To"] = Address(addr_spec=item.mailbox)
    if item.subject:
        message["Subject"] = item.subject
    message["Date"] = item.received_at - _SENT_BEFORE
    message["Message-ID"] = item.message_id or ""
    if item.in_reply_to:
        message["In-Reply-To"] = item.in_reply_to
        message["References"] = " ".join(item.references)
    for name, value in item.headers:
        message[name] = value
    if item.is_html:
        message.set_content(_page(item.text), subtype="html", cte="quoted-printable")
    else:
        message.set_content(item.text + "\n", cte="quoted-printable")
    for enclosure, content in zip(item.enclosures, enclosed, strict=True):
        main, sub = _TYPES[enclosure.name.rpartition(".")[2]]
        message.add_attachment(content, maintype=main, subtype=sub, filename=enclosure.name)
    if item.enclosures:
        message.set_boundary(f"=_{_key(item)[:24]}")
    return message.as_bytes()


def _trace(message: EmailMessage, item: DemoItem) -> None:
    """What each server on the way wrote above what it got."""
    domain, here = item.address.partition("@")[2], item.mailbox.partition("@")[2]
    key = _key(item)[-12:]
    message["Return-Path"] = f"<{item.address}>"
    message["Delivered-To"] = item.mailbox
    message["Received"] = (
        f"from mx.{here} (mx.{here} [192.0.2.25]) by brevlador.{here} with LMTP id {key} "
        f"for <{item.mailbox}>; {format_datetime(item.received_at)}"
    )
    message["Received"] = (
        f"from ut.{domain} (ut.{domain} [198.51.100.7]) by mx.{here} with ESMTPS id {key[::-1]}; "
        f"{format_datetime(item.received_at - _RELAYED_BEFORE)}"
    )


def _display_name(item: DemoItem) -> str:
    """Nobody who is protected or wants to be unknown signs with a name."""
    return item.sender.name if item.sender and not item.sender.protected else ""


def _page(text: str) -> str:
    paragraphs = "\n".join(
        f'<p style="font-family:Calibri;font-size:11pt">{html.escape(part)}</p>' for part in text.split("\n\n")
    )
    return f"<html><head><style>p {{margin:0 0 1em}}</style></head><body>\n{paragraphs}\n</body></html>"


def _key(item: DemoItem) -> str:
    return hashlib.sha256(f"{item.message_id}{item.mailbox}".encode()).hexdigest()
