"""Reading exports."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from diarium.archive.models import Export
from diarium.audit import service as audit
from diarium.identity.permissions import Actor, Permission
from diarium.register.models import Authority


def recent_exports(session: Session, actor: Actor, *, limit: int = 100) -> Sequence[Export]:
    """The newest exports of the authorities that the actor exports for."""
    query = (
        select(Export)
        .join(Export.authority)
        .where(Authority.code.in_(actor.authorities(Permission.EXPORT)))
        .options(joinedload(Export.authority))
        .order_by(Export.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def export_by_uid(session: Session, actor: Actor, uid: uuid.UUID) -> Export | None:
    """The export with `uid` if the actor exports for its authority, else None."""
    export = session.scalar(select(Export).where(Export.uid == uid).options(joinedload(Export.authority)))
    return export if export is not None and actor.may(Permission.EXPORT, export.authority.code) else None


def exportable_authorities(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """(code, name) of the authorities that the actor exports for."""
    codes = actor.authorities(Permission.EXPORT)
    rows = session.execute(select(Authority.code, Authority.name).where(Authority.code.in_(codes)))
    return sorted(((code, name) for code, name in rows), key=lambda row: row[1])


def note_download(session: Session, actor: Actor, export: Export) -> None:
    """Writes the audit event of a download."""
    subject = audit.Subject("export", export.uid, export.package_name or "", export.authority.code)
    audit.write(session, actor, "export.downloaded", subject, after={"sha256": export.package_sha256})
