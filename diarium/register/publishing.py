"""What staff decide about the web register: taking something from it, putting it back, letting a file through.

None of it is a decision on secrecy: what is not on the web may still have to be given out (TF 2 kap. 15–16 §§).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit import revision
from diarium.db.base import now
from diarium.errors import NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import following, journal
from diarium.register.errors import StatusConflict
from diarium.register.models import Case, Document, FileReview, Record, ReviewState, Withdrawal
from diarium.register.rules import required_reason
from diarium.register.views import sight_of_case, sight_of_record

Target = Case | Record | Document


def withdraw(session: Session, actor: Actor, target: Target, reason: str) -> Withdrawal:
    """Takes a case, a record or a file from the web register at once; number and date stay, of a file nothing.

    Raises: NotAllowed; InvalidFact without a reason; StatusConflict if it is withdrawn already.
    """
    owner = _owner(target)
    actor.require(Permission.CORRECT, case_of(target).authority.code)
    reason = required_reason(reason)
    journal.lock(session, owner, without_files=True)
    session.refresh(target, ["withdrawals"])
    if in_force(target) is not None:
        raise StatusConflict(_("Uppgifterna är redan tillbakadragna från webben."))
    withdrawal = Withdrawal(reason=reason, made_by_id=actor.user_id, made_by_name=actor.name)
    target.withdrawals.append(withdrawal)
    _note(session, actor, target, "web_withdrawn", reason)
    return withdrawal


def publish_again(session: Session, actor: Actor, target: Target, reason: str) -> None:
    """Ends a withdrawal: what the other rules let through is shown again.

    Raises: NotAllowed, also for who may not see what would be shown; InvalidFact without a reason; StatusConflict
    if nothing is withdrawn.
    """
    owner = _owner(target)
    actor.require(Permission.CORRECT, case_of(target).authority.code)
    seen = sight_of_case(actor, owner) if isinstance(owner, Case) else sight_of_record(actor, owner)
    if not seen.everything:
        raise NotAllowed(_("Bara den som får se det som är markerat kan publicera igen."))
    reason = required_reason(reason)
    journal.lock(session, owner, without_files=True)
    session.refresh(target, ["withdrawals"])
    withdrawal = in_force(target)
    if withdrawal is None:
        raise StatusConflict(_("Uppgifterna är inte tillbakadragna från webben."))
    withdrawal.ended_at, withdrawal.ended_by_name, withdrawal.end_reason = now(), actor.name, reason
    _note(session, actor, target, "web_published_again", reason)


def in_force(target: Target) -> Withdrawal | None:
    """The withdrawal that keeps `target` itself from the web, if there is one."""
    return next((item for item in target.withdrawals if item.is_in_force), None)


def decide_review(
    session: Session, actor: Actor, review: FileReview, *, approve: bool, reason: str, seen: str
) -> None:
    """Lets a released file through as it is, or keeps it from the web. Can be decided anew at any time.

    `seen`: the fingerprint of `review.facts` as the page showed them.
    Raises: NotAllowed, also for who may not open the file; InvalidFact without a reason; Stale.
    """
    record = review.document.record
    actor.require(Permission.CORRECT, record.case.authority.code)
    if not sight_of_record(actor, record).shows(review.document_id):
        raise NotAllowed(_("Bara den som får öppna filen kan granska den."))
    reason = required_reason(reason)
    journal.lock(session, record, without_files=True)
    session.refresh(review, with_for_update=True)
    revision.require_seen(review.facts, seen)
    before = {"file_name": review.document.file_name, "review": review.state}
    review.state = ReviewState.APPROVED if approve else ReviewState.DECLINED
    review.approved = list(review.findings) if approve else []
    review.decided_at, review.decided_by_id, review.decided_by_name = now(), actor.user_id, actor.name
    review.reason = reason
    action = "record.file_approved" if approve else "record.file_declined"
    after = {"file_name": review.document.file_name, "review": review.state}
    journal.record_changed(session, actor, record, action, before=before, after=after, reason=reason)


def review_by_uid(session: Session, actor: Actor, uid: uuid.UUID) -> FileReview:
    """The review with `uid`. Raises: NotFound also for a file that the actor may not open."""
    found = session.scalar(select(FileReview).where(FileReview.uid == uid))
    record = found.document.record if found is not None else None
    if found is None or record is None or not actor.may(Permission.CORRECT, record.case.authority.code):
        raise NotFound(_("Filen finns inte bland dem som ska granskas."))
    if not sight_of_record(actor, record).shows(found.document_id):
        raise NotFound(_("Filen finns inte bland dem som ska granskas."))
    return found


def note_findings(session: Session, found: Mapping[int, tuple[str, Collection[str]]]) -> None:
    """Keeps what released files hold: by each document's key its checksum and findings, empty where none are.

    Derived from the register by the worker, so there is no event: the decision on it has one.
    """
    known = {
        review.document_id: review
        for review in session.scalars(
            select(FileReview)
            .where(FileReview.document_id.in_(found))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    for document_id, (sha256, findings) in found.items():
        review = known.get(document_id)
        if review is None and findings:
            session.add(FileReview(document_id=document_id, sha256=sha256, findings=sorted(findings)))
        elif review is not None:
            _update(session, review, sha256, findings)


def _update(session: Session, review: FileReview, sha256: str, findings: Collection[str]) -> None:
    if review.state is ReviewState.WAITING and not findings:
        session.delete(review)
        return
    is_new = sha256 != review.sha256 or not set(findings) <= set(review.approved)
    if review.state is ReviewState.APPROVED and is_new:
        review.state, review.found_at = ReviewState.WAITING, now()
    review.sha256, review.findings = sha256, sorted(findings)


def case_of(target: Target) -> Case:
    """The case that `target` is or belongs to."""
    owner = _owner(target)
    return owner if isinstance(owner, Case) else owner.case


def _owner(target: Target) -> Case | Record:
    return target.record if isinstance(target, Document) else target


def _note(session: Session, actor: Actor, target: Target, verb: str, reason: str) -> None:
    if isinstance(target, Case):
        target.version += 1
        journal.case_changed(session, actor, target, f"case.{verb}", reason=reason)
        following.publish_former(session, target, "record.publishing_followed")
        return
    record = _owner(target)
    assert isinstance(record, Record)
    record.version += 1
    after = {"file_name": target.file_name} if isinstance(target, Document) else None
    action = f"record.file_{verb}" if isinstance(target, Document) else f"record.{verb}"
    journal.record_changed(session, actor, record, action, after=after, reason=reason)
    following.publish_former(session, record, "record.publishing_followed")
