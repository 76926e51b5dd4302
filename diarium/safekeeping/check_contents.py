"""The contents of files and the packages on disk against the rows that tell of them."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from diarium.archive import received
from diarium.archive.models import MADE, ExportPart
from diarium.archive.received_models import ReceivedPackage, ReceivedWay
from diarium.db.base import now
from diarium.files.models import Blob
from diarium.i18n import gettext as _
from diarium.register.models import Case, Document, Record
from diarium.safekeeping.findings import Finding, Severity
from diarium.safekeeping.installation import Installation
from diarium.safekeeping.progress import Progress

_BATCH = 500
_YOUNG = 3600.0


def contents(installation: Installation, progress: Progress) -> Iterator[Finding]:
    """Each content has its row and its checksum."""
    done, last = 0, ""
    while True:
        with installation.database.reading() as session:
            query = select(Blob.sha256, Blob.size).where(Blob.sha256 > last).order_by(Blob.sha256).limit(_BATCH)
            batch = session.execute(query).all()
        if not batch:
            break
        for sha256, size in batch:
            done += 1
            progress("contents", done, None)
            yield from _content(installation, sha256, size)
        last = batch[-1].sha256
    yield from _orphans(installation)


def packages(installation: Installation, progress: Progress) -> Iterator[Finding]:
    """Each package has the checksum that was noted when it was made or taken in."""
    with installation.database.reading() as session:
        parts = session.scalars(select(ExportPart).where(ExportPart.state.in_(MADE))).all()
        taken = session.scalars(select(ReceivedPackage).where(ReceivedPackage.way != ReceivedWay.FOLDER)).all()
    known: set[str] = set()
    for done, part in enumerate(parts, 1):
        progress("packages", done, len(parts) + len(taken))
        if part.package_name is None:
            continue  # disposed of with its cases
        known.add(part.package_name)
        yield from _package(installation.export_folder / part.package_name, part.package_sha256, part.package_size)
    for done, package in enumerate(taken, len(parts) + 1):
        progress("packages", done, len(parts) + len(taken))
        path = received.file_of(installation.export_folder, package)
        young = now() - package.received_at < dt.timedelta(seconds=_YOUNG)
        if not young and package.kept_until > now():
            yield from _package(path, package.sha256, package.size)
    if installation.export_folder.is_dir():
        for path in sorted(installation.export_folder.glob("*.zip")):
            if path.name not in known and time.time() - path.stat().st_mtime > _YOUNG:
                yield Finding(
                    "package.unknown",
                    Severity.NOTICE,
                    str(path),
                    _("Inget uttag hör till paketet."),
                    _("Ta bort filen om den inte behövs."),
                )


def _content(installation: Installation, sha256: str, size: int) -> Iterator[Finding]:
    store = installation.blobs
    if store.exists(sha256) and store.path(sha256).stat().st_size == size and store.verify(sha256):
        return
    with installation.database.reading() as session:
        if session.get(Blob, sha256) is None:
            return  # disposed of meanwhile
        if _is_going(session, sha256):
            yield Finding(
                "content.going",
                Severity.NOTICE,
                sha256,
                _("Innehållet gallras just nu."),
                _("Arbetaren gör klart det."),
            )
            return
        mend = _("Lägg tillbaka filen %(path)s från en säkerhetskopia.", path=store.path(sha256))
        users = _documents(session, sha256)
    place = f"{sha256} ({', '.join(users)})" if users else sha256
    if not store.exists(sha256):
        yield Finding("content.missing", Severity.ERROR, place, _("Filens innehåll saknas."), mend)
    else:
        yield Finding("content.damaged", Severity.ERROR, place, _("Filens innehåll är ändrat eller skadat."), mend)


def _is_going(session: Session, sha256: str) -> bool:
    """Whether a disposal waits to remove it. That room lies beside this one: its table is known by name."""
    going = table("disposal_content", column("sha256"))
    return session.scalar(select(going.c.sha256).where(going.c.sha256 == sha256)) is not None


def _documents(session: Session, sha256: str) -> Sequence[str]:
    """Numbers of the records with the file: never its name or title, as the findings may be kept anywhere."""
    query = (
        select(Case.number_text, Record.running_number)
        .join(Record.case)
        .join(Document, Document.record_id == Record.id)
        .where(Document.sha256 == sha256)
        .limit(5)
    )
    return [f"{number}-{running}" for number, running in session.execute(query)]


def _orphans(installation: Installation) -> Iterator[Finding]:
    batch: list[str] = []
    for sha256 in installation.blobs.iter_hashes():
        batch.append(sha256)
        if len(batch) >= _BATCH:
            yield from _without_row(installation, batch)
            batch = []
    yield from _without_row(installation, batch)


def _without_row(installation: Installation, batch: Sequence[str]) -> Iterator[Finding]:
    with installation.database.reading() as session:
        known = set(session.scalars(select(Blob.sha256).where(Blob.sha256.in_(batch))))
    for sha256 in batch:
        path = installation.blobs.path(sha256)
        if sha256 not in known and path.exists() and time.time() - path.stat().st_mtime > _YOUNG:
            yield Finding(
                "content.orphaned",
                Severity.NOTICE,
                sha256,
                _("Innehållet hör inte till någon rad, till exempel efter en avbruten registrering."),
                _("Det gör ingen skada. Ta bort %(path)s om du vill.", path=path),
            )


def _package(path: Path, sha256: str | None, size: int | None) -> Iterator[Finding]:
    mend = _("Lägg tillbaka paketet från en säkerhetskopia, eller gör uttaget på nytt.")
    if not path.is_file():
        yield Finding("package.missing", Severity.ERROR, str(path), _("Paketet saknas."), mend)
    elif (size is not None and path.stat().st_size != size) or (sha256 is not None and _digest(path) != sha256):
        yield Finding("package.damaged", Severity.ERROR, str(path), _("Paketet är ändrat eller skadat."), mend)


def _digest(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
