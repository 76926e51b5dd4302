"""Cases shown to another authority on purpose, and those that other authorities show.

The rows belong here; who may write them is the register's (`register.case_sharing`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.identity.permissions import Actor
from diarium.secrecy.work_models import CaseShare


@dataclass(frozen=True, slots=True)
class ShareFacts:
    """A share as it was decided; `legal_ground` only with what is marked."""

    to_authority: str
    reason: str
    until: dt.date | None = None
    with_marked: bool = False
    legal_ground: str | None = None


def new_share(actor: Actor, case_id: int, facts: ShareFacts) -> CaseShare:
    """The row of a share, not yet added to a session."""
    return CaseShare(
        case_id=case_id,
        to_authority_code=facts.to_authority,
        with_marked=facts.with_marked,
        legal_ground=facts.legal_ground,
        reason=facts.reason,
        until=facts.until,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
    )


def of_case(session: Session, case_id: int) -> Sequence[CaseShare]:
    """All shares of a case, ended ones too, the newest first."""
    query = select(CaseShare).where(CaseShare.case_id == case_id)
    return session.scalars(query.order_by(CaseShare.id.desc())).all()
