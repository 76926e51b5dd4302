"""Stops (*gallringsstopp*) on cases, and days of events that the register can't know."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from diarium.audit import service as audit
from diarium.db.base import now
from diarium.disposal.errors import DisposalConflict, DisposalNotFound, InvalidDisposal
from diarium.disposal.models import LegalHold, RetentionDay
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.register import journal, lookup, rules
from diarium.register.models import Authority, Case, DisposalDepth

_MOST = 200


def set_hold(
    session: Session, actor: Actor, number: str, authority: str, reason: str, until: dt.date | None = None
) -> LegalHold:
    """Stops the disposal of a case, until a day or further notice; also one that is decided and not yet done.

    Raises: NotAllowed; CaseNotFound and InvalidFact at "case"; InvalidFact at "reason"; InvalidDisposal.
    """
    actor.require(Permission.DISPOSE, authority)
    case = lookup.case_by_number(session, actor, number, authority_code=authority)
    reason = rules.required_reason(reason)
    if until is not None and until < today():
        raise InvalidDisposal(_("Stoppets sista dag har redan varit."), field="until")
    session.refresh(case, with_for_update=True)
    if case.disposed is DisposalDepth.EVERYTHING:
        raise InvalidDisposal(_("Ärendet är redan gallrat."), field="case")
    made = LegalHold(
        case_id=case.id, reason=reason, until=until, made_by_id=actor.user_id, made_by_name=actor.name
    )
    session.add(made)
    session.flush()
    after = {"hold": made.uid, "until": until}
    audit.write(session, actor, "case.hold_set", journal.case_subject(case), after=after, reason=reason)
    return made


def end_hold(session: Session, actor: Actor, uid: uuid.UUID, reason: str) -> LegalHold:
    """Ends a stop. Raises: DisposalNotFound, NotAllowed, InvalidFact at "reason", DisposalConflict."""
    found = session.scalar(select(LegalHold).where(LegalHold.uid == uid))
    if found is None or not actor.may(Permission.DISPOSE, found.case.authority.code):
        raise DisposalNotFound(_("Stoppet finns inte."))
    reason = rules.required_reason(reason)
    session.refresh(found, with_for_update=True)
    if found.ended_at is not None:
        raise DisposalConflict(_("Stoppet är redan hävt."))
    found.ended_at, found.ended_by_name, found.end_reason = now(), actor.name, reason
    before = {"hold": found.uid, "until": found.until}
    subject = journal.case_subject(found.case)
    audit.write(session, actor, "case.hold_ended", subject, before=before, reason=reason)
    return found


def in_force(session: Session, actor: Actor, authority: str) -> Sequence[LegalHold]:
    """The stops that hold at the authority, the newest first. Raises: NotAllowed."""
    actor.require(Permission.DISPOSE, authority)
    query = (
        select(LegalHold)
        .join(LegalHold.case)
        .join(Case.authority)
        .where(Authority.code == authority, LegalHold.ended_at.is_(None))
        .where(or_(LegalHold.until.is_(None), LegalHold.until >= today()))
        .options(joinedload(LegalHold.case).joinedload(Case.authority))
    )
    return session.scalars(query.order_by(LegalHold.id.desc()).limit(_MOST)).all()


def note_day(session: Session, actor: Actor, number: str, authority: str, day: dt.date) -> RetentionDay:
    """Notes when the event of the case's rule happened, such as the end of a contract; replaces an earlier day.

    Raises: NotAllowed; CaseNotFound and InvalidFact at "case"; InvalidDisposal at "happened_on".
    """
    actor.require(Permission.DISPOSE, authority)
    case = lookup.case_by_number(session, actor, number, authority_code=authority)
    if not case.opened_on <= day <= today():
        message = _(
            "Dagen ska ligga mellan ärendets första dag (%(day)s) och i dag.", day=case.opened_on.isoformat()
        )
        raise InvalidDisposal(message, field="happened_on")
    session.refresh(case, with_for_update=True)
    if case.disposed is DisposalDepth.EVERYTHING:
        raise InvalidDisposal(_("Ärendet är redan gallrat."), field="case")
    found = session.get(RetentionDay, case.id)
    before = {"happened_on": found.happened_on} if found else None
    if found is None:
        found = RetentionDay(case_id=case.id)
        session.add(found)
    found.happened_on, found.noted_at, found.noted_by_name = day, now(), actor.name
    session.flush()
    subject = journal.case_subject(case)
    audit.write(session, actor, "case.retention_day", subject, before=before, after={"happened_on": day})
    return found
