"""Looks into new files after they were registered: format, text. A consumer of the change feed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from diarium.changes import feed
from diarium.changes.models import Change
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.files.extraction.sandbox import ExtractionResult, ExtractionSandbox
from diarium.files.models import Blob, BlobText
from diarium.register.models import Document, Record


class LocalContents(Protocol):
    """A store whose contents can be read as files."""

    def path(self, sha256: str) -> Path: ...


class FileExaminer:
    """Examines the files of records, each content once, in a sandbox that a hostile file can't leave."""

    name = "files"

    def __init__(self, database: Database, contents: LocalContents, sandbox: ExtractionSandbox) -> None:
        self._database = database
        self._contents = contents
        self._sandbox = sandbox

    def handle(self, changes: Sequence[Change]) -> None:
        """Examines what the changed records hold and tells the feed when their text is there."""
        uids = {change.entity_uid for change in changes if change.entity_type == "record"}
        with self._database.reading() as session:
            rows = session.execute(
                select(Blob.sha256, Document.file_name)
                .join(Document, Document.sha256 == Blob.sha256)
                .join(Record)
                .outerjoin(BlobText, BlobText.sha256 == Blob.sha256)
                .where(Record.uid.in_(uids), or_(Blob.examined_at.is_(None), BlobText.sha256.is_(None)))
                .order_by(Document.id)
            ).all()
        for sha256, file_name in dict(rows).items():
            result = self._sandbox.process(self._contents.path(sha256), file_name)
            with self._database.unit_of_work() as session:
                keep(session, sha256, result)


def keep(session: Session, sha256: str, result: ExtractionResult) -> None:
    """Keeps what is known of a content, once, and tells the feed of the records that hold it.

    A content that came with a package may have been examined where it comes from; then only its text is new.
    """
    blob = session.get(Blob, sha256)
    if blob is None or (blob.examined_at is not None and session.get(BlobText, sha256) is not None):
        return  # disposed of meanwhile, or another worker was faster
    if blob.examined_at is None:
        blob.mime, blob.puid = result.format.mime, result.format.puid
        blob.format_name, blob.format_version = result.format.name, result.format.version
        blob.warnings = list(result.format.warnings)
        blob.examined_at = now()
    session.add(
        BlobText(
            sha256=sha256,
            text=result.text.text,
            note=result.text.note,
            is_truncated=result.text.truncated,
            page_count=result.text.page_count,
        )
    )
    for uid in session.scalars(select(Record.uid).join(Document).where(Document.sha256 == sha256).distinct()):
        feed.publish(session, "record", uid, "record.files_examined")
