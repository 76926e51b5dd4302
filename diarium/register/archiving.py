"""Closed cases become archived: the receiving archive has accepted them, and they are changed here no more."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from diarium.identity.permissions import Actor, Permission
from diarium.register import journal
from diarium.register.models import Case
from diarium.register.vocabulary import CaseStatus


@dataclass(frozen=True, slots=True)
class ArchivedWith:
    """The delivery that took a case to the archive. `receiver`: where to ask for it from now on."""

    delivery: uuid.UUID
    reference: str
    receiver: str


def archive(session: Session, actor: Actor, case: Case, to: ArchivedWith) -> bool:
    """Makes a closed case archived; False and no change for one that is not closed, as when it was reopened.

    Source: arkivlagen 9 §. Raises: NotAllowed.
    """
    actor.require(Permission.EXPORT, case.authority.code)
    journal.lock(session, case)
    if case.status is not CaseStatus.CLOSED:
        return False
    before = {"status": case.status}
    case.status = CaseStatus.ARCHIVED
    case.version += 1
    after = {"status": case.status, "delivery": to.reference, "receiver": to.receiver}
    journal.case_changed(session, actor, case, "case.archived", before=before, after=after)
    return True
