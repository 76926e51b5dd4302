"""Taking files in: bytes into the blob store first, the row second."""

from __future__ import annotations

from typing import BinaryIO

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.files.models import Blob
from diarium.files.store import BlobStore


def take_in(session: Session, store: BlobStore, stream: BinaryIO, *, max_bytes: int) -> str:
    """Stores a content and returns its SHA-256. An orphan content is harmless, a row without one can't be.

    Raises: FileTooLarge (more than `max_bytes`), EmptyFile.
    """
    stored = store.put_stream(stream, max_bytes=max_bytes)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        insert(Blob)
        .values(sha256=stored.sha256, size=stored.size, stored_at=now(), warnings=[])
        .on_conflict_do_nothing()
    )
    return stored.sha256
