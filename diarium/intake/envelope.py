"""The few header fields of a message that the inbox needs and the message's reader does not give.

The header alone is read, its beginning at most, and by patterns: nothing here opens a body or an attachment.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from diarium.files.extraction.eml import decode_field, parse_addresses, parse_field_date
from diarium.files.extraction.message import MailAddress

MAX_HEADER_BYTES = 256 * 1024
MAX_IDS = 100
MAX_SENDER = 2_000
# Mail is younger than that; an earlier time, or one that has not come, is no time of receipt.
_EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_AHEAD = dt.timedelta(days=1)
_FIELD = re.compile(rb"^([!-9;-~]{1,76})[ \t]*:(.*)$", re.DOTALL)
_ID = re.compile(r"<[^<>\s]{1,990}>")
_WANTED = frozenset({"subject", "from", "sender", "message-id", "in-reply-to", "references", "received"})


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the header says. `received_at`: when the latest server on the way, ours, took it in."""

    subject: str = ""
    sender_name: str | None = None
    sender_email: str | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    received_at: dt.datetime | None = None


def read_envelope(content: bytes) -> Envelope:
    """The envelope of a message in the form of internet mail; an empty one for anything else."""
    fields = _fields(content[:MAX_HEADER_BYTES])
    sender = _sender(fields.get("from", "") or fields.get("sender", ""))
    replied = _ids(fields.get("in-reply-to", ""))
    own = _ids(fields.get("message-id", ""))
    return Envelope(
        subject=decode_field(fields.get("subject", "")),
        sender_name=sender.name or None if sender else None,
        sender_email=sender.address or None if sender else None,
        message_id=own[0] if own else fields.get("message-id", "").strip() or None,
        in_reply_to=replied[0] if replied else None,
        references=_ids(fields.get("references", "")),
        received_at=_receipt(fields.get("received", "")),
    )


def plausible(moment: dt.datetime | None) -> dt.datetime | None:
    """`moment`, if mail can have been received then."""
    if moment is None or not _EARLIEST <= moment <= dt.datetime.now(dt.UTC) + _AHEAD:
        return None
    return moment


def _fields(header: bytes) -> dict[str, str]:
    """The wanted fields, each as it stands first: servers put theirs on top, the first Received is the latest."""
    fields: dict[str, str] = {}
    lines = re.split(rb"\r\n|\n|\r", header)
    unfolded: list[bytes] = []
    for line in lines:
        if not line.strip():
            break
        if line[:1] in (b" ", b"\t") and unfolded:
            unfolded[-1] += b" " + line.strip()
        else:
            unfolded.append(line)
    for line in unfolded:
        found = _FIELD.match(line)
        if found is not None and (name := found[1].decode("ascii").lower()) in _WANTED:
            fields.setdefault(name, found[2].decode("utf-8", "surrogateescape").strip())
    return fields


def _sender(field: str) -> MailAddress | None:
    try:
        people = parse_addresses(field[:MAX_SENDER])
    except RecursionError:  # the parser beneath goes down one step for each bracket
        return None
    return people[0] if people else None


def _ids(text: str) -> tuple[str, ...]:
    return tuple(_ID.findall(text)[-MAX_IDS:])


def _receipt(field: str) -> dt.datetime | None:
    """The time stands behind the last semicolon. Source: RFC 5321 4.4."""
    _trace, semicolon, moment = field.rpartition(";")
    return plausible(parse_field_date(moment.strip()[:200])) if semicolon else None
