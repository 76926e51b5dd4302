"""Tying cases together (*koppling*): one refers to, continues or replaces another. Shown from both sides."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import case as sql_case
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import journal, lookup
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.models import Authority, Case, CaseRelation
from diarium.register.rules import required_reason
from diarium.register.vocabulary import INVERSE_RELATION_LABELS, RELATION_LABELS, CaseStatus, RelationKind
from diarium.secrecy.models import Restriction


@dataclass(frozen=True, slots=True)
class RelatedCase:
    """The other case of a tie: its number always, its title where it is not marked and the actor reads it.

    `uid` leads to its page. `key` names a tie that was made in this case and can be undone here.
    """

    label: str
    number: str
    uid: uuid.UUID | None
    title: str | None
    key: int | None


def relate(
    session: Session, actor: Actor, case: Case, number: str, kind: RelationKind, *, version: int | None = None
) -> CaseRelation:
    """Ties `case` to the one with `number`, however it is written.

    Raises: NotAllowed; CaseNotFound where the actor may not know of the other; InvalidFact for the case itself or
    a tie that is there already; EditConflict; StatusConflict if the case is archived.
    """
    actor.require(Permission.CORRECT, case.authority.code)
    other = lookup.case_by_number(session, actor, number)
    journal.lock(session, case)
    journal.check_version(case.version, version)
    _check_not_archived(case)
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


def unrelate(session: Session, actor: Actor, case: Case, key: int, reason: str) -> None:
    """Undoes a tie that was made in `case`; the event keeps what it was.

    Raises: NotAllowed; NotFound; InvalidFact without a reason; StatusConflict if the case is archived.
    """
    actor.require(Permission.CORRECT, case.authority.code)
    reason = required_reason(reason)
    journal.lock(session, case)
    _check_not_archived(case)
    relation = session.scalar(
        select(CaseRelation).where(CaseRelation.id == key, CaseRelation.from_case_id == case.id)
    )
    if relation is None:
        raise NotFound(_("Kopplingen finns inte längre."))
    before = {"related": relation.to_case.number_text, "kind": relation.kind}
    session.delete(relation)
    case.version += 1
    journal.case_changed(session, actor, case, "case.unrelated", before=before, after={}, reason=reason)


def related_to(session: Session, actor: Actor, case: Case) -> tuple[RelatedCase, ...]:
    """The cases that `case` is tied to, from whichever side, in one query.

    Numbers alone of what the actor may not know: a tie must not tell what the other case is about.
    """
    made_here = CaseRelation.from_case_id == case.id
    other_id = sql_case((made_here, CaseRelation.to_case_id), else_=CaseRelation.from_case_id)
    is_marked = exists().where(Restriction.case_id == Case.id, Restriction.lifted_at.is_(None))
    rows = session.execute(
        select(
            CaseRelation.id,
            CaseRelation.kind,
            made_here.label("made_here"),
            Case.uid,
            Case.number_text,
            Case.title,
            Authority.code,
            is_marked.label("is_marked"),
        )
        .join(Case, Case.id == other_id)
        .join(Authority, Authority.id == Case.authority_id)
        .where(or_(made_here, CaseRelation.to_case_id == case.id))
        .order_by(CaseRelation.id)
    )
    return tuple(
        RelatedCase(
            label=str((RELATION_LABELS if row.made_here else INVERSE_RELATION_LABELS)[row.kind]),
            number=row.number_text,
            uid=row.uid if actor.may(Permission.READ, row.code) else None,
            title=row.title if actor.may(Permission.READ, row.code) and not row.is_marked else None,
            key=row.id if row.made_here else None,
        )
        for row in rows
    )


def _check_not_archived(case: Case) -> None:
    if case.status is CaseStatus.ARCHIVED:
        raise StatusConflict(_("Ärendet är arkiverat och kan inte ändras."))
