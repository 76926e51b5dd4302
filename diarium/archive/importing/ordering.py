"""Asks for a package to be taken over, and finds what was asked for."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from diarium.archive.import_models import ImportState, PackageImport
from diarium.archive.importing import matching
from diarium.archive.importing.errors import ImportNotFound, ImportRefused, ImportUnderWay
from diarium.archive.importing.model import Choices
from diarium.archive.reading import ReadPackage
from diarium.audit import service as audit
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import taking_over
from diarium.register.models import Authority, Case, CaseOrigin

ENTITY_TYPE: Final = "import"
_CODE = re.compile(r"[A-ZÅÄÖ0-9]{1,10}")
_UNDER_WAY: Final = (ImportState.WAITING, ImportState.RUNNING)
_CASES_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class TakenCaseRow:
    """A case that came, as a list shows it: number and status tell nothing that is marked."""

    id: int
    uid: uuid.UUID
    number: str
    status: str


@dataclass(frozen=True, slots=True)
class TakenPage:
    """Some of the cases of an import; `after`: what to ask for next, None at the end."""

    cases: Sequence[TakenCaseRow]
    after: int | None


def check_choices(session: Session, actor: Actor, choices: Choices) -> Choices:
    """The choices with the code as it is written. Raises: ImportRefused with the field; NotAllowed."""
    code = choices.authority.strip().upper()
    if not code:
        raise ImportRefused(_("Välj vilken myndighet ärendena ska tas över till."), field="authority")
    owner = matching.authority_with(session, code)
    if owner is None and not _CODE.fullmatch(code):
        raise ImportRefused(
            _("Koden för en ny myndighet är 1–10 bokstäver och siffror, till exempel KS."), field="authority"
        )
    taking_over.require_right(actor, owner.code if owner else None, is_read_only=choices.is_read_only)
    return Choices(choices.mode, code, choices.is_published, choices.keeps_incomplete)


def request_import(
    session: Session,
    actor: Actor,
    package: ReadPackage,
    choices: Choices,
    *,
    source: str,
    received_uid: uuid.UUID | None = None,
) -> PackageImport:
    """Leaves a package to the worker to be taken over.

    `source`: how staff know the package, or where it lies. Asking twice for the same does no harm: what is here is
    not taken over again. Raises: NotAllowed; ImportRefused with the field; ImportUnderWay.
    """
    choices = check_choices(session, actor, choices)
    same = select(PackageImport.id).where(
        PackageImport.package_id == package.package_id[:255], PackageImport.state.in_(_UNDER_WAY)
    )
    if session.scalar(same.limit(1)) is not None:
        raise ImportUnderWay(_("Paketet håller redan på att tas över. Vänta tills det är klart."))
    row = PackageImport(
        received_uid=received_uid,
        source=source,
        package_id=package.package_id[:255],
        profile=package.profile,
        mode=choices.mode,
        choices=choices.written(),
        total=package.case_count,
        authority=matching.authority_with(session, choices.authority),
        requested_by_id=actor.user_id,
        requested_by_name=actor.name,
    )
    session.add(row)
    session.flush()
    after = {"package": row.package_id, "mode": row.mode, "cases": row.total, **choices.written()}
    audit.write(session, actor, "import.requested", subject(row), after=after)
    return row


def stop_import(session: Session, actor: Actor, uid: uuid.UUID) -> PackageImport:
    """Stops an import that waits or runs; what has come stays. Raises: ImportNotFound, ImportUnderWay."""
    row = find(session, actor, uid, lock=True)
    if row.state not in _UNDER_WAY:
        raise ImportUnderWay(_("Övertagandet är redan klart."))
    row.state, row.error = ImportState.FAILED, _("Övertagandet stoppades av %(name)s.", name=actor.name)
    audit.write(session, actor, "import.stopped", subject(row))
    return row


def resume_import(session: Session, actor: Actor, uid: uuid.UUID) -> PackageImport:
    """Goes on with an import that was stopped or failed. Raises: ImportNotFound, NotAllowed, ImportUnderWay."""
    row = find(session, actor, uid, lock=True)
    if row.state is not ImportState.FAILED:
        raise ImportUnderWay(_("Övertagandet pågår redan eller är klart."))
    check_choices(session, actor, Choices.read(row.mode, row.choices))
    row.state, row.error, row.finished_at = ImportState.WAITING, None, None
    audit.write(session, actor, "import.resumed", subject(row))
    return row


def unfinished(session: Session, actor: Actor, package_id: str, choices: Choices) -> PackageImport | None:
    """An import of a package on this machine that was cut off, if the same was chosen for it."""
    query = select(PackageImport).where(
        PackageImport.package_id == package_id[:255],
        PackageImport.mode == choices.mode,
        PackageImport.received_uid.is_(None),
        PackageImport.state.in_(_UNDER_WAY),
    )
    row = session.scalar(query.order_by(PackageImport.id.desc()).limit(1))
    wanted = replace(choices, authority=choices.authority.strip().upper()).written()
    return row if row is not None and row.choices == wanted and _may_know(actor, row) else None


def find(session: Session, actor: Actor, uid: uuid.UUID, *, lock: bool = False) -> PackageImport:
    """The import. Raises: ImportNotFound, also where the actor does not export for its authority."""
    query = select(PackageImport).where(PackageImport.uid == uid)
    row = session.scalar(query.with_for_update(of=PackageImport) if lock else query)
    if row is None or not _may_know(actor, row):
        raise ImportNotFound(_("Övertagandet finns inte."))
    return row


def imports_of(session: Session, actor: Actor, received_uid: uuid.UUID, package_id: str) -> list[PackageImport]:
    """The imports of a package so far, the latest first."""
    of_package = or_(PackageImport.received_uid == received_uid, PackageImport.package_id == package_id)
    rows = session.scalars(select(PackageImport).where(of_package).order_by(PackageImport.id.desc()).limit(20))
    return [row for row in rows if _may_know(actor, row)]


def taken_cases(session: Session, actor: Actor, row: PackageImport, *, after: int = 0) -> TakenPage:
    """The cases that came with an import, as far as the actor may know of them."""
    readable = actor.authorities(Permission.READ)
    query = (
        select(Case.id, Case.uid, Case.number_text, Case.status)
        .join(CaseOrigin, CaseOrigin.case_id == Case.id)
        .join(Authority, Authority.id == Case.authority_id)
        .where(CaseOrigin.import_uid == row.uid, Case.id > after)
    )
    if not actor.is_system:
        query = query.where(Authority.code.in_(readable))
    found = session.execute(query.order_by(Case.id).limit(_CASES_SHOWN + 1)).all()
    shown = [TakenCaseRow(item.id, item.uid, item.number_text, item.status) for item in found[:_CASES_SHOWN]]
    return TakenPage(shown, shown[-1].id if len(found) > _CASES_SHOWN else None)


def subject(row: PackageImport) -> audit.Subject:
    """The import as audit events name it."""
    return audit.Subject(ENTITY_TYPE, row.uid, row.package_id, row.authority.code if row.authority else None)


def _may_know(actor: Actor, row: PackageImport) -> bool:
    if row.authority is None:
        return actor.is_system or actor.is_administrator
    return actor.may(Permission.EXPORT, row.authority.code)
