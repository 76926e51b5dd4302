"""Messages as mail programs make them, in one line each."""

from __future__ import annotations

import datetime as dt
from email.message import EmailMessage
from email.utils import format_datetime


def letter(
    subject: str = "Remiss om kollektivtrafik",
    *,
    message_id: str | None = None,
    body: str = "Här kommer remissen.\n\nMed vänlig hälsning\nAnna",
    sender: str = "Anna Ek <anna.ek@example.se>",
    files: tuple[tuple[str, bytes], ...] = (),
    headers: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A message with a text and files."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "kommunstyrelsen@ekdala.example"
    message["Subject"] = subject
    message["Date"] = format_datetime(dt.datetime(2001, 1, 1, 12, 0, tzinfo=dt.UTC))
    if message_id is not None:
        message["Message-ID"] = message_id
    for name, value in headers:
        message[name] = value
    message.set_content(body)
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()
