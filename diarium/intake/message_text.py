"""What somebody wrote in a form, as a file: so that it goes into the record with whatever it is registered as."""

from __future__ import annotations

import datetime as dt
import io

from sqlalchemy.orm import Session

from diarium.files import service as files
from diarium.files.store import BlobStore
from diarium.i18n import STOCKHOLM
from diarium.register import rules

FILE_NAME = "meddelande.txt"
# More than the longest text takes, with all that stands above it.
_MOST_BYTES = 10_000_000


def store_text(
    session: Session, store: BlobStore, body: str, *, subject: str, sender: str, received_at: dt.datetime
) -> tuple[str, str] | None:
    """Stores the text with its subject, sender and moment as a file in UTF-8; returns its checksum and name.

    None where nothing was written. The file belongs to the record: it is Swedish whatever language the sender's
    program asks for. Source: OSL 5 kap. 1 § (the document itself is kept, not only what the register says of it).
    """
    text = rules.clean_text(body)
    if not text.strip():
        return None
    moment = received_at.astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M")
    head = [f"Ämne: {subject}", f"Från: {sender or 'okänd'}", f"Kom in: {moment}"]
    content = "\n".join([*(rules.clean_text(line) for line in head), "", text, ""]).encode("utf-8")
    return files.take_in(session, store, io.BytesIO(content), max_bytes=_MOST_BYTES), FILE_NAME
