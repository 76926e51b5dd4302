"""Notes in a case's file (*tjänsteanteckningar*): never changed; a correction stands beside what it corrects.

Source: FL 27 § (what is told by word of mouth and may matter is written down), OSL 5 kap. 1 §.
"""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import journal, rules
from diarium.register.errors import StatusConflict
from diarium.register.models import Case, CaseNote
from diarium.register.models.work import MAX_NOTE
from diarium.register.vocabulary import CaseStatus


def add(session: Session, actor: Actor, case: Case, body: str) -> CaseNote:
    """Writes a note in `case`. Raises: NotAllowed; InvalidFact; StatusConflict if archived or cancelled."""
    return _add(session, actor, case, body, None)


def correct(session: Session, actor: Actor, uid: uuid.UUID, body: str) -> CaseNote:
    """Writes a note that corrects the one with `uid`, which stays as it is.

    Raises: NotFound; NotAllowed; InvalidFact; StatusConflict if archived or cancelled.
    """
    note = by_uid(session, actor, uid)
    return _add(session, actor, note.case, body, note)


def by_uid(session: Session, actor: Actor, uid: uuid.UUID) -> CaseNote:
    """The note with `uid`. Raises: NotFound also where the actor may not read the case's authority."""
    note = session.scalar(select(CaseNote).where(CaseNote.uid == uid))
    if note is None or not actor.may(Permission.READ, note.case.authority.code):
        raise NotFound(_("Anteckningen finns inte."))
    return note


def _add(session: Session, actor: Actor, case: Case, body: str, corrects: CaseNote | None) -> CaseNote:
    actor.require(Permission.REGISTER, case.authority.code)
    text = rules.long_text(body, MAX_NOTE, "body", _("Skriv vad som hände eller sades."))
    journal.lock(session, case)
    if case.status in (CaseStatus.ARCHIVED, CaseStatus.CANCELLED):
        raise StatusConflict(
            _("Ärendet är arkiverat eller makulerat och tar inte emot anteckningar."), field="body"
        )
    note = CaseNote(case=case, body=text, made_by_id=actor.user_id, made_by_name=actor.name, corrects=corrects)
    session.add(note)
    session.flush()
    action = "case.note_added" if corrects is None else "case.note_corrected"
    journal.case_changed(session, actor, case, action, after={"note": note.uid})
    return note
