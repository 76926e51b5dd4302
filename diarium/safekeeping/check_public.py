"""The open register against what would be shown now, and its copies of released files."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.public import projector as public_projector
from diarium.public import register_reading, writing
from diarium.public.models import PendingWork, PublicCase, PublicDocument, PublicRecord
from diarium.public.projection import ProjectedCase, project_case
from diarium.register.models import Case
from diarium.safekeeping import moving
from diarium.safekeeping.findings import Finding, Repair, Severity
from diarium.safekeeping.installation import Installation
from diarium.safekeeping.progress import Progress

_BATCH = 100
_MEND = _("diarium fsck --repair, eller diarium search rebuild --public")
# Of the tables alone: keys and counters.
_OWN = frozenset({"id", "case_id", "record_id", "revision"})


def projection(installation: Installation, progress: Progress) -> Iterator[Finding]:
    """What is shown of each case, and that nothing is shown of any other."""
    begun = moving.mark(installation.database, public_projector.CONSUMER)
    suspected: list[tuple[Finding, frozenset[uuid.UUID]]] = []
    last = done = 0
    while True:
        with installation.database.reading() as register:
            batch = register_reading.uids_after(register, last, _BATCH)
            if not batch:
                break
            uids = [uid for _key, uid in batch]
            expected, records = _expected(installation, register, uids)
        with installation.projector.tables.reading() as session:
            stored = {case.uid: _facts_of(case) for case in writing.stored_cases(session, uids)}
        for uid in uids:
            if expected.get(uid) != stored.get(uid):
                suspected.append((_difference(uid, expected.get(uid), stored.get(uid)), records[uid] | {uid}))
        last = batch[-1][0]
        done += len(batch)
        progress("projection", done, None)
    suspected += [(_difference(uid, None, {}), frozenset({uid})) for uid in _strangers(installation)]
    if suspected:
        now_moving = moving.since(installation.database, begun)
        yield from (found for found, uids in suspected if not any(uid in now_moving for uid in uids))
    yield from _waiting(installation)


def files(installation: Installation, progress: Progress) -> Iterator[Finding]:
    """Each released file has its copy, whole, and there is no other copy."""
    last, done = "", 0
    released = installation.released
    while True:
        with installation.projector.tables.reading() as session:
            query = (
                select(PublicDocument.sha256, func.min(PublicDocument.file_name).label("file_name"))
                .where(PublicDocument.sha256 > last)
                .group_by(PublicDocument.sha256)
                .order_by(PublicDocument.sha256)
                .limit(_BATCH)
            )
            batch = session.execute(query).all()
        if not batch:
            break
        for sha256, name in batch:
            done += 1
            progress("public_files", done, None)
            if not released.verify(sha256):
                what = _("Allmänhetens kopia av filen saknas eller är skadad.")
                kind = "public_file.damaged" if released.exists(sha256) else "public_file.missing"
                yield Finding(kind, Severity.ERROR, f"{sha256} ({name})", what, _MEND, Repair.PROJECTION, sha256)
        last = batch[-1].sha256
    yield from _extra(installation)


def _expected(
    installation: Installation, register: Session, uids: Sequence[uuid.UUID]
) -> tuple[dict[uuid.UUID, Mapping[str, object]], dict[uuid.UUID, frozenset[uuid.UUID]]]:
    """What is to be shown, and the records of each case."""
    cases = register_reading.cases_with(register, uids)
    text_of = register_reading.texts_of(register, cases)
    day = today()
    shown = [found for case in cases if (found := project_case(case, text_of, day)) is not None]
    facts = {case.uid: _facts_of(writing.case_row(_with_files(installation, case), 0)) for case in shown}
    return facts, {case.uid: frozenset(record.uid for record in case.records) for case in cases}


def _with_files(installation: Installation, case: ProjectedCase) -> ProjectedCase:
    """A file whose content is gone is not shown; that it is gone is a finding of its own."""
    missing = {
        document.uid
        for record in case.records
        for document in record.documents
        if not installation.blobs.exists(document.sha256) and not installation.released.exists(document.sha256)
    }
    return case.without_documents(missing) if missing else case


def _facts_of(case: PublicCase) -> Mapping[str, object]:
    return _columns(case) | {
        "records": [
            _columns(record)
            | {
                "documents": [
                    _columns(document) for document in sorted(record.documents, key=lambda each: each.place)
                ]
            }
            for record in sorted(case.records, key=lambda each: each.running_number)
        ]
    }


def _columns(row: PublicCase | PublicRecord | PublicDocument) -> dict[str, object]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key not in _OWN}


def _difference(uid: uuid.UUID, expected: object, stored: object) -> Finding:
    if expected is None:
        kind, what = "projection.extra", _("Ärendet visas för allmänheten men ska inte visas.")
    elif stored is None:
        kind, what = "projection.missing", _("Ärendet ska visas för allmänheten men visas inte.")
    else:
        kind, what = "projection.stale", _("Det som visas för allmänheten är inte som det ska vara.")
    return Finding(kind, Severity.ERROR, f"case:{uid}", what, _MEND, Repair.PROJECTION, str(uid))


def _strangers(installation: Installation) -> Iterator[uuid.UUID]:
    last = 0
    while True:
        with installation.projector.tables.reading() as session:
            query = select(PublicCase.id, PublicCase.uid).where(PublicCase.id > last).order_by(PublicCase.id)
            batch = session.execute(query.limit(_BATCH)).all()
        if not batch:
            return
        with installation.database.reading() as register:
            known = set(register.scalars(select(Case.uid).where(Case.uid.in_([row.uid for row in batch]))))
        yield from (row.uid for row in batch if row.uid not in known)
        last = batch[-1].id


def _waiting(installation: Installation) -> Iterator[Finding]:
    with installation.projector.tables.reading() as session:
        count = session.scalar(select(func.count()).select_from(PendingWork)) or 0
    if count:
        what = _("%(count)s följder av ändringar väntar på arbetaren.", count=count)
        yield Finding("projection.waiting", Severity.NOTICE, "pending_work", what, _("Arbetaren gör klart det."))


def _extra(installation: Installation) -> Iterator[Finding]:
    batch: list[str] = []
    for sha256 in [*installation.released.iter_hashes(), ""]:
        if sha256:
            batch.append(sha256)
        if len(batch) < _BATCH and sha256:
            continue
        with installation.projector.tables.reading() as session:
            used = set(session.scalars(select(PublicDocument.sha256).where(PublicDocument.sha256.in_(batch))))
            going = set(session.scalars(select(PendingWork.key).where(PendingWork.key.in_(batch))))
        for each in batch:
            if each not in used | going:
                what = _("Filen ligger hos allmänheten men är inte utlämnad.")
                yield Finding("public_file.extra", Severity.ERROR, each, what, _MEND, Repair.PROJECTION, each)
        batch = []
