"""What other rooms keep of a case: the inbox, letters, requests to see it, drafts, answers of the API, packages.

Each function lets go of what it keeps, inside the transaction of the disposal, and tells whose events are to be
struck out of the log and which contents of files it has let go of. They come before the register's own tables, as
some of them point at its files.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session, aliased

from diarium.assistance.models import Draft
from diarium.changes.models import Change, ParkedChange
from diarium.correspondence.models import OutgoingMessage, OutgoingRecipient
from diarium.disposal import sweeping_requests
from diarium.disposal.models import LegalHold
from diarium.identity.models import RepeatedCall
from diarium.intake.models import IntakeFile, IntakeItem
from diarium.intake.vocabulary import ItemState
from diarium.register.disposing import Belongings, chunks
from diarium.register.models import Case, DisposalDepth, Record


@dataclass(slots=True)
class Swept:
    """What was let go of. `uids`: things whose events tell of the case."""

    uids: set[uuid.UUID] = field(default_factory=set)
    contents: set[str] = field(default_factory=set)

    def add(self, uids: Iterable[uuid.UUID] = (), contents: Iterable[str | None] = ()) -> None:
        """Adds identifiers and contents."""
        self.uids |= set(uids)
        self.contents |= {sha256 for sha256 in contents if sha256 is not None}


def sweep(session: Session, case: Case, owned: Belongings, depth: DisposalDepth) -> Swept:
    """Lets every room go of what it keeps of `case`: of the files, or of everything."""
    swept = Swept()
    for step in (_inbox, _letters, _requests, _drafts, _answers, _parked, _stops):
        step(session, case, owned, depth, swept)
    return swept


def _inbox(session: Session, _case: Case, owned: Belongings, depth: DisposalDepth, swept: Swept) -> None:
    """The items that became its records, with the same ones that came twice: their files, then their texts."""
    items = _items(session, owned.living_ids)
    for chunk in chunks(sorted(items)):
        of_items = IntakeFile.item_id.in_(chunk)
        files = session.execute(select(IntakeFile.uid, IntakeFile.sha256).where(of_items)).all()
        swept.add((row.uid for row in files), (row.sha256 for row in files))
        session.execute(delete(IntakeFile).where(of_items).execution_options(synchronize_session=False))
        values = _ITEM_TEXTS if depth is DisposalDepth.EVERYTHING else {"body": ""}
        session.execute(
            update(IntakeItem)
            .where(IntakeItem.id.in_(chunk))
            .values(values)
            .execution_options(synchronize_session=False)
        )
        swept.add(session.scalars(select(IntakeItem.uid).where(IntakeItem.id.in_(chunk))))


def _items(session: Session, record_ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for chunk in chunks(record_ids):
        found |= set(session.scalars(select(IntakeItem.id).where(IntakeItem.record_id.in_(chunk))))
    waiting = set(found)
    while waiting:
        more: set[int] = set()
        for chunk in chunks(sorted(waiting)):
            # One that still waits in the inbox is only like it: somebody has yet to say what it is.
            again = IntakeItem.duplicate_of_id.in_(chunk) & IntakeItem.state.in_(_PUT_AWAY)
            same = or_(again, IntakeItem.merged_into_id.in_(chunk))
            nowhere = IntakeItem.record_id.is_(None)
            more |= set(session.scalars(select(IntakeItem.id).where(same, nowhere)))
            more |= _divided(session, chunk, found)
        waiting = more - found
        found |= waiting
    return found


def _divided(session: Session, children: Sequence[int], found: set[int]) -> set[int]:
    """Items that were divided into others, all of which go now or have gone before."""
    parents = set(
        session.scalars(
            select(IntakeItem.split_from_id).where(
                IntakeItem.id.in_(children), IntakeItem.split_from_id.is_not(None)
            )
        )
    )
    child, owner, home = aliased(IntakeItem), aliased(Record), aliased(Case)
    alive = session.execute(
        select(child.split_from_id, child.id)
        .outerjoin(owner, owner.id == child.record_id)
        .outerjoin(home, home.id == owner.case_id)
        .where(child.split_from_id.in_(parents), or_(home.id.is_(None), home.disposed.is_(None)))
    )
    kept = {row.split_from_id for row in alive if row.id not in found}
    whole = select(IntakeItem.id).where(IntakeItem.id.in_(parents - kept), IntakeItem.record_id.is_(None))
    return set(session.scalars(whole))


def _letters(session: Session, _case: Case, owned: Belongings, depth: DisposalDepth, swept: Swept) -> None:
    """That something was dispatched, when and how, stays; what it said and to whom does not."""
    of_case = OutgoingMessage.case_id == owned.case_id
    letters = session.execute(
        select(OutgoingMessage.id, OutgoingMessage.uid, OutgoingMessage.content_sha256).where(of_case)
    ).all()
    swept.add((row.uid for row in letters), (row.content_sha256 for row in letters))
    values: dict[str, object] = {"content_sha256": None, "attachment_names": []}
    if depth is DisposalDepth.EVERYTHING:
        values |= _LETTER_TEXTS
        for chunk in chunks([row.id for row in letters]):
            recipients = OutgoingRecipient.message_id.in_(chunk)
            swept.add(session.scalars(select(OutgoingRecipient.uid).where(recipients)))
            session.execute(
                delete(OutgoingRecipient).where(recipients).execution_options(synchronize_session=False)
            )
    session.execute(
        update(OutgoingMessage).where(of_case).values(values).execution_options(synchronize_session=False)
    )


def _requests(session: Session, case: Case, owned: Belongings, depth: DisposalDepth, swept: Swept) -> None:
    uids, contents = sweeping_requests.let_go(session, case, owned, depth)
    swept.add(uids, contents)


def _drafts(session: Session, case: Case, _owned: Belongings, _depth: DisposalDepth, swept: Swept) -> None:
    """What somebody was about to write for it. A draft for another case stays, with the same file too."""
    for draft in session.execute(select(Draft.id, Draft.form, Draft.files, Draft.item_uid, Draft.key)):
        named = " ".join(str(draft.form.get("case") or "").split()).casefold() == case.number_text.casefold()
        if draft.item_uid in swept.uids or named or str(case.uid) in f"{draft.key} {draft.form}":
            swept.add(contents=[str(file["sha256"]) for file in draft.files if "sha256" in file])
            session.execute(delete(Draft).where(Draft.id == draft.id))


def _answers(session: Session, case: Case, owned: Belongings, _depth: DisposalDepth, _swept: Swept) -> None:
    """Answers that the API keeps for two days, for calls that are repeated."""
    kept = session.execute(select(RepeatedCall.id, RepeatedCall.body).where(RepeatedCall.body.is_not(None)))
    # A number ends where its digits end: KS 2026/1 is no part of KS 2026/12.
    number = rf"(?<!\w){re.escape(case.number_text)}(?!\w)"
    telling = re.compile("|".join((number, *(str(uid) for uid in owned.uids))))
    gone = [call.id for call in kept if telling.search(call.body or "")]
    for chunk in chunks(gone):
        session.execute(delete(RepeatedCall).where(RepeatedCall.id.in_(chunk)))


def _parked(session: Session, _case: Case, owned: Belongings, _depth: DisposalDepth, swept: Swept) -> None:
    """What failed for it once may stand in the words of the error."""
    for change, error in session.execute(
        select(Change.entity_uid, ParkedChange).join(Change, Change.id == ParkedChange.change_id)
    ):
        if change in owned.uids or change in swept.uids:
            error.error = ""


def _stops(session: Session, case: Case, _owned: Belongings, depth: DisposalDepth, swept: Swept) -> None:
    """That there was a stop, by whom and until when, stays; why, may tell of the matter."""
    if depth is DisposalDepth.EVERYTHING:
        of_case = LegalHold.case_id == case.id
        session.execute(update(LegalHold).where(of_case).values(reason="", end_reason=None))


_PUT_AWAY = (ItemState.SET_ASIDE, ItemState.RETURNED)
_ITEM_TEXTS: Mapping[str, object] = {
    "subject": "",
    "sender_name": None,
    "sender_email": None,
    "sender_email_key": None,
    "record_type": None,
    "case_number": None,
    "body": "",
    "message_id": None,
    "in_reply_to": None,
    "references": [],
    "remarks": [],
    "settled_note": None,
    "reference_key": None,
    "content_hash": None,
}
_LETTER_TEXTS: Mapping[str, object] = {
    "message_id": None,
    "sender_email": None,
    "subject": None,
    "secrecy_reason": None,
    "note": None,
    "last_error": None,
    "answer": None,
    "queued_by_name": "",
}
