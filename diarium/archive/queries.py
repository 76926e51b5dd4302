"""Reading exports."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from diarium.archive import agreements, selection
from diarium.archive.agreement_models import DeliveryAgreement
from diarium.archive.criteria import PackageLimits
from diarium.archive.models import UNDER_WAY, Export, ExportPart, ExportState
from diarium.audit import service as audit
from diarium.classification import retention
from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register.models import Authority

UseCase = Callable[[Session, Actor, uuid.UUID], object]
"""Something that can be done to an export: `exporting.cancel_export` …"""
PARTS_SHOWN = 200
"""Packages of an export that a page shows; of more, the first."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export in a list. `size` in bytes: of its finished packages."""

    export: Export
    packages: int
    size: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an export has come, in all. Every byte is written, then read back: `done` of `work` counts both.

    `left`: how long it takes at the present rate; None while there is none.
    """

    files: int
    files_in_all: int
    done: int
    work: int
    files_per_second: int | None
    bytes_per_second: int | None
    left: dt.timedelta | None

    @property
    def percent(self) -> int:
        """Whole percent; 100 only when all is done."""
        return min(99, self.done * 100 // self.work) if self.done < self.work else 100


def recent_exports(
    session: Session, actor: Actor, *, limit: int = 50, before: int | None = None
) -> Sequence[ExportRow]:
    """The newest exports of the authorities that the actor exports for, older than the one with id `before`."""
    query = select(Export).join(Export.authority).options(joinedload(Export.authority))
    if not actor.is_system:
        query = query.where(Authority.code.in_(actor.authorities(Permission.EXPORT)))
    if before is not None:
        query = query.where(Export.id < before)
    found = session.scalars(query.order_by(Export.id.desc()).limit(limit)).all()
    counted = select(ExportPart.export_id, func.count(), func.coalesce(func.sum(ExportPart.package_size), 0))
    counted = counted.where(ExportPart.export_id.in_([export.id for export in found]))
    rows = session.execute(counted.group_by(ExportPart.export_id))
    parts = {key: (count, int(size or 0)) for key, count, size in rows}
    return [ExportRow(export, *parts.get(export.id, (0, 0))) for export in found]


def export_by_uid(session: Session, actor: Actor, uid: uuid.UUID) -> Export | None:
    """The export with `uid` and its parts if the actor exports for its authority, else None."""
    query = select(Export).where(Export.uid == uid)
    found = session.scalar(
        query.options(joinedload(Export.authority), joinedload(Export.replaces), selectinload(Export.parts))
    )
    return found if found is not None and actor.may(Permission.EXPORT, found.authority.code) else None


def part_by_number(session: Session, actor: Actor, export_uid: uuid.UUID, number: int) -> ExportPart | None:
    """The package `number` of an export if the actor exports for its authority, else None."""
    query = select(ExportPart).join(ExportPart.export).where(Export.uid == export_uid, ExportPart.number == number)
    found = session.scalar(query.options(joinedload(ExportPart.export).joinedload(Export.authority)))
    return found if found is not None and actor.may(Permission.EXPORT, found.export.authority.code) else None


def progress_of(export: Export) -> Progress:
    """How far `export`, whose parts are loaded, has come."""
    work = 2 * sum(part.byte_count for part in export.parts)
    done = sum(
        2 * part.byte_count if part.is_made else part.bytes_done + min(part.bytes_checked, part.byte_count)
        for part in export.parts
    )
    files = sum(part.file_count if part.is_made else part.files_done for part in export.parts)
    rate = export.bytes_per_second if export.state is ExportState.PACKAGING else None
    return Progress(
        files=files,
        files_in_all=sum(part.file_count for part in export.parts),
        done=done,
        work=work,
        files_per_second=export.files_per_second if rate else None,
        bytes_per_second=rate,
        left=dt.timedelta(seconds=-(-(work - done) // rate)) if rate and done < work else None,
    )


def require_download(session: Session, actor: Actor, part: ExportPart) -> None:
    """Whoever downloads a package with protected identities sees them, also those protected since it was made.

    Raises: NotAllowed unless the actor may do that at the authority.
    """
    code = part.export.authority.code
    actor.require(Permission.EXPORT, code)
    if actor.may(Permission.READ_PROTECTED, code):
        return
    if part.has_protected or selection.holds_protected(session, part.id):
        raise NotAllowed(
            _("Paketet har skyddade personuppgifter. Det krävs behörighet att läsa sådana för att hämta det.")
        )


def may_download(actor: Actor, part: ExportPart) -> bool:
    """Whether `require_download` lets the actor through, as far as the part itself tells."""
    code = part.export.authority.code
    return actor.may(Permission.EXPORT, code) and (
        not part.has_protected or actor.may(Permission.READ_PROTECTED, code)
    )


def is_under_way(export: Export) -> bool:
    """Whether it waits or is being made."""
    return export.state in UNDER_WAY


def exportable_authorities(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """(code, name) of the authorities that the actor exports for."""
    codes = actor.authorities(Permission.EXPORT)
    rows = session.execute(select(Authority.code, Authority.name).where(Authority.code.in_(codes)))
    return sorted(((code, name) for code, name in rows), key=lambda row: row[1])


def agreement_options(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """(uid, name with its authority) of the agreements in force that the actor may export under."""
    found = agreements.listing(session, actor, only_active=True)
    return [(str(item.uid), f"{item.authority.name}: {item.name}") for item in found]


def agreement_name(session: Session, export: Export) -> str | None:
    """The name of the export's agreement."""
    if export.agreement_id is None:
        return None
    found = session.get_one(DeliveryAgreement, export.agreement_id)
    return f"{found.name} ({found.number})"


def rule_names(session: Session, export: Export) -> list[str]:
    """The retention rules that the cases of `export` were chosen by, in words."""
    wanted = set(export.criteria.get("retention_rules", ()))
    return [text for uid, text in retention.options(session) if uid in wanted] if wanted else []


def limits_with(
    session: Session, actor: Actor, agreement_uid: uuid.UUID | None, limits: PackageLimits
) -> PackageLimits:
    """The limits that an export under an agreement would have. Raises: AgreementNotFound."""
    if agreement_uid is None:
        return limits
    return limits.narrowed(agreements.limits_of(agreements.find(session, actor, agreement_uid)))


def note_download(session: Session, actor: Actor, part: ExportPart) -> None:
    """Writes the audit event of a download."""
    export = part.export
    subject = audit.Subject("export", export.uid, part.package_name or "", export.authority.code)
    after = {"part": part.number, "sha256": part.package_sha256, "has_protected": part.has_protected}
    audit.write(session, actor, "export.downloaded", subject, after=after)
