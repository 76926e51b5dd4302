"""What the child found, as JSON and back; checked on its way back, since a file may have broken the child."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict

from diarium.files.extraction.message import MailAddress, MailAttachment, MailMessage
from diarium.files.extraction.model import ExtractedText
from diarium.files.guessing import UNKNOWN_MIME
from diarium.files.identification import FileFormat
from diarium.files.names import safe_file_name

Facts = dict[str, object]


def message_facts(message: MailMessage) -> Facts:
    """All of a message but the contents of its attachments, which go in frames of their own."""
    return {
        "subject": message.subject,
        "sender": asdict(message.sender) if message.sender else None,
        "recipients": [asdict(recipient) for recipient in message.recipients],
        "date": message.date.isoformat() if message.date else None,
        "message_id": message.message_id,
        "body": message.body,
        "attachments": [{"name": one.name, "mime": one.mime} for one in message.attachments],
        "warnings": list(message.warnings),
    }


def message_from(facts: Facts, contents: Sequence[bytes]) -> MailMessage:
    """The message again, given the contents of its attachments in order."""
    attachments = zip(section_list(facts, "attachments"), contents, strict=True)
    sender = facts.get("sender")
    return MailMessage(
        subject=_text(facts, "subject"),
        sender=_address(sender) if isinstance(sender, dict) else None,
        recipients=tuple(_address(one) for one in section_list(facts, "recipients")),
        date=_moment(_text(facts, "date")),
        message_id=_text(facts, "message_id") or None,
        body=_text(facts, "body"),
        attachments=tuple(
            MailAttachment(safe_file_name(_text(one, "name")), _text(one, "mime") or UNKNOWN_MIME, content)
            for one, content in attachments
        ),
        warnings=_texts(facts, "warnings"),
    )


def format_from(facts: Facts) -> FileFormat:
    """The format again."""
    return FileFormat(
        puid=_text(facts, "puid") or None,
        name=_text(facts, "name"),
        version=_text(facts, "version") or None,
        mime=_text(facts, "mime") or UNKNOWN_MIME,
        matches_extension=facts.get("matches_extension") is True,
        warnings=_texts(facts, "warnings"),
    )


def text_from(facts: Facts) -> ExtractedText:
    """The text again."""
    pages = facts.get("page_count")
    return ExtractedText(
        text=_text(facts, "text"),
        note=_text(facts, "note") or None,
        truncated=facts.get("truncated") is True,
        page_count=pages if isinstance(pages, int) else None,
    )


def section_list(facts: Facts, name: str) -> list[Facts]:
    """The objects in a list; what is no object is left out."""
    value = facts.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(facts: Facts, name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""


def _texts(facts: Facts, name: str) -> tuple[str, ...]:
    value = facts.get(name)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _address(facts: Facts) -> MailAddress:
    return MailAddress(_text(facts, "name"), _text(facts, "address"))


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
