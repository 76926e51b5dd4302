"""Tying cases together (*koppling*): one refers to, continues or replaces another."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import journal, lookup
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.models import Case, CaseRelation
from diarium.register.vocabulary import CaseStatus, RelationKind


def relate(session: Session, actor: Actor, case: Case, number: str, kind: RelationKind) -> CaseRelation:
    """Ties `case` to the one with `number`, however it is written.

    Raises: NotAllowed; CaseNotFound where the actor may not know of the other; InvalidFact for the case itself or
    a tie that is there already; StatusConflict if the case is archived.
    """
    actor.require(Permission.CORRECT, case.authority.code)
    other = lookup.case_by_number(session, actor, number)
    journal.lock(session, case)
    if case.status is CaseStatus.ARCHIVED:
        raise StatusConflict(_("Ärendet är arkiverat och kan inte ändras."))
    if other.id == case.id:
        raise InvalidFact(_("Ett ärende kan inte kopplas till sig självt."), field="case")
    wanted = (CaseRelation.from_case_id == case.id, CaseRelation.to_case_id == other.id, CaseRelation.kind == kind)
    if session.scalar(select(CaseRelation.id).where(*wanted)) is not None:
        raise InvalidFact(_("Ärendena är redan kopplade."), field="case")
    relation = CaseRelation(from_case=case, to_case=other, kind=kind)
    session.add(relation)
    case.version += 1
    journal.case_changed(session, actor, case, "case.related", after={"related": other.number_text, "kind": kind})
    return relation
