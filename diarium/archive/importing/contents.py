"""Brings the files of a case into the store: each read once, checked against what the package says of it."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from diarium.archive.importing.model import Conflict, ConflictKind
from diarium.archive.package_model import PackageCase, PackageDispatch, PackageDocument, PackageRecord
from diarium.archive.reading.model import PackedFile, ReadCase, ReadPackage
from diarium.files.models import Blob
from diarium.files.store import BlobStore
from diarium.i18n import gettext as _
from diarium.i18n import ngettext

_NO_LIMIT: Final = 1 << 62
_ALGORITHMS: Final = {
    "SHA256": "sha256",
    "SHA1": "sha1",
    "SHA384": "sha384",
    "SHA512": "sha512",
    "MD5": "md5",
}


@dataclass(slots=True)
class Contents:
    """The files of a case in the store: checksum and size by document. `conflict`: why the case cannot come."""

    stored: dict[uuid.UUID, tuple[str, int]] = field(default_factory=dict)
    missing: set[uuid.UUID] = field(default_factory=set)
    conflict: Conflict | None = None

    @property
    def checksums(self) -> dict[uuid.UUID, str]:
        """The checksum of each document's content."""
        return {uid: sha256 for uid, (sha256, _size) in self.stored.items()}


def documents_of(case: PackageCase) -> Iterator[PackageDocument]:
    """Every file of the case, dispatched messages too."""
    for record in case.records:
        yield from record.documents
        yield from (sent.content for sent in record.dispatches if sent.content is not None)


def missing_in(package: ReadPackage, item: ReadCase) -> int:
    """How many files of the case are not in the package. Nothing is read."""
    files = (item.files.get(document.uid) for document in documents_of(item.case))
    return sum(1 for file in files if file is None or package.path_of(file) is None)


def take_in(package: ReadPackage, item: ReadCase, store: BlobStore, *, keeps_incomplete: bool) -> Contents:
    """Stores the files of a case. A file that is not what its checksum says is always in the way."""
    found = Contents()
    for document in documents_of(item.case):
        file = item.files.get(document.uid)
        path = package.path_of(file) if file is not None else None
        if file is None or path is None:
            found.missing.add(document.uid)
            continue
        stored = _store(store, path, file)
        if stored is None:
            message = _("En fil i ärendet stämmer inte med sin kontrollsumma. Ärendet tas inte över.")
            found.conflict = Conflict(ConflictKind.FILE_DAMAGED, message, item.case.number_text)
            return found
        found.stored[document.uid] = stored
    if found.missing and not keeps_incomplete:
        found.conflict = missing_conflict(item.case, len(found.missing))
    return found


def missing_conflict(case: PackageCase, count: int) -> Conflict:
    """Files of a case are not in the package."""
    told = ngettext("%(num)s fil saknas i paketet.", "%(num)s filer saknas i paketet.", count)
    return Conflict(ConflictKind.FILE_MISSING, told, case.number_text)


def add_rows(session: Session, case: PackageCase, contents: Contents) -> None:
    """The rows of the contents, with what the package knows of them; those that are here stay as they are."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for item in documents_of(case):
        if item.uid not in contents.stored:
            continue
        sha256, size = contents.stored[item.uid]
        values = {
            "sha256": sha256,
            "size": size,
            "stored_at": item.stored_at,
            "mime": item.mime,
            "puid": item.puid,
            "format_name": item.format_name,
            "format_version": item.format_version,
            "warnings": list(item.warnings),
            "examined_at": item.examined_at,
        }
        session.execute(insert(Blob).values(**values).on_conflict_do_nothing())


def without_missing(case: PackageCase, missing: set[uuid.UUID]) -> PackageCase:
    """The case without the files that are not in the package; the record's note says which."""
    if not missing:
        return case
    return dataclasses.replace(case, records=tuple(_without(record, missing) for record in case.records))


def _without(record: PackageRecord, missing: set[uuid.UUID]) -> PackageRecord:
    lost = [item.file_name for item in record.documents if item.uid in missing]
    if not lost and not any(sent.content and sent.content.uid in missing for sent in record.dispatches):
        return record
    told = [_("Filen ”%(name)s” saknades i paketet.", name=name) for name in lost]
    note = "\n".join([*([record.note] if record.note else []), *told]) or None
    documents = tuple(item for item in record.documents if item.uid not in missing)
    dispatches = tuple(_without_message(sent, missing) for sent in record.dispatches)
    return dataclasses.replace(record, documents=documents, dispatches=dispatches, note=note)


def _without_message(sent: PackageDispatch, missing: Iterable[uuid.UUID]) -> PackageDispatch:
    is_lost = sent.content is not None and sent.content.uid in missing
    return dataclasses.replace(sent, content=None) if is_lost else sent


class _Hashing(io.RawIOBase):
    """Hashes what is read through it."""

    def __init__(self, source: BinaryIO, algorithm: str) -> None:
        self._source = source
        self.digest = hashlib.new(algorithm, usedforsecurity=False)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(size)
        self.digest.update(chunk)
        return chunk


def _store(store: BlobStore, path: Path, file: PackedFile) -> tuple[str, int] | None:
    """Checksum and size; None where the content is not what the package says."""
    algorithm = _ALGORITHMS.get((file.method or "").upper().replace("-", ""))
    with path.open("rb") as source:
        reading = _Hashing(source, algorithm or "sha256")
        stored = store.put_stream(reading, max_bytes=_NO_LIMIT, allow_empty=True)  # type: ignore[arg-type]
    is_told = algorithm is not None and bool(file.checksum)
    is_wrong = is_told and reading.digest.hexdigest() != (file.checksum or "").strip().lower()
    if is_wrong or (file.size is not None and file.size != stored.size):
        return None
    return stored.sha256, stored.size
