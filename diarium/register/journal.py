"""Every change of the register leaves its audit event and its outbox row here, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.changes import feed
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor
from diarium.register.errors import EditConflict, StatusConflict
from diarium.register.models import Case, DisposalDepth, Record


def case_changed(
    session: Session,
    actor: Actor,
    case: Case,
    action: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str | None = None,
) -> None:
    """Notes `action` ("case.opened") on a case. Flushes, so that the case has its keys."""
    session.flush()
    audit.write(session, actor, action, case_subject(case), before=before, after=after, reason=reason)
    feed.publish(session, "case", case.uid, action)


def record_changed(
    session: Session,
    actor: Actor,
    record: Record,
    action: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str | None = None,
) -> None:
    """Notes `action` ("record.registered") on a record. Flushes, so that the record has its keys."""
    session.flush()
    audit.write(session, actor, action, record_subject(record), before=before, after=after, reason=reason)
    feed.publish(session, "record", record.uid, action)


def lock(session: Session, target: Case | Record, *, without_files: bool = False) -> None:
    """Makes others who would change `target` wait until this transaction ends, and reads it anew.

    To be called before anything is compared or counted up: what was read earlier may have changed since.
    Raises: StatusConflict for what is disposed of; `without_files`: the step may still be taken where only the
    files are.
    """
    session.flush()
    session.refresh(target, with_for_update=True)
    if isinstance(target, Case):
        require_kept(target, without_files=without_files)
    else:
        session.refresh(target.case, ["disposed"])
        require_kept(target.case, without_files=without_files)


def require_kept(case: Case, *, without_files: bool = False) -> None:
    """Raises: StatusConflict for a case that is disposed of; see `lock`."""
    if case.disposed is None or (without_files and case.disposed is DisposalDepth.FILES):
        return
    raise StatusConflict(_("%(number)s är gallrat och kan inte ändras.", number=case.number_text))


def check_version(current: int, seen: int | None) -> None:
    """Raises: EditConflict if somebody changed the object since it was `seen`; None asks for no check."""
    if seen is not None and current != seen:
        raise EditConflict(
            _("Någon annan har ändrat uppgifterna sedan du öppnade sidan. Läs igenom och ändra igen.")
        )


def case_subject(case: Case) -> audit.Subject:
    """The case as audit events name it."""
    return audit.Subject("case", case.uid, case.number_text, case.authority.code)


def record_subject(record: Record) -> audit.Subject:
    """The record as audit events name it."""
    return audit.Subject("record", record.uid, record.number_text, record.case.authority.code)
