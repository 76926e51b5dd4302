"""Turns rows beside a case or record into the package model: work, secrecy, parties, files, dispatches."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from diarium.archive.package_model import (
    PackageCaseDisposal,
    PackageDeadline,
    PackageDecision,
    PackageDispatch,
    PackageDocument,
    PackageNote,
    PackageOrigin,
    PackageParty,
    PackageRecipient,
    PackageRecordReference,
    PackageRelation,
    PackageRestriction,
    PackageReview,
    PackageShare,
    PackageUnit,
    PackageUser,
    PackageWithdrawal,
)
from diarium.correspondence.models import OutgoingMessage, OutgoingRecipient
from diarium.files.models import Blob
from diarium.files.names import safe_file_name
from diarium.register.loose_references import LooseReference, Tie
from diarium.register.models import (
    CaseNote,
    CaseOrigin,
    Deadline,
    Decision,
    Document,
    Party,
    Record,
    Unit,
    Withdrawal,
)
from diarium.register.models.disposal import CaseDisposal
from diarium.register.vocabulary import RelationKind
from diarium.secrecy.models import Restriction
from diarium.secrecy.work_models import CaseShare, RestrictionReview

Users = Mapping[int, PackageUser]


def user(users: Users, key: int | None) -> PackageUser | None:
    """Somebody of the staff."""
    return None if key is None else users[key]


def unit(row: Unit) -> PackageUnit:
    """A unit."""
    return PackageUnit(row.uid, row.name, row.is_active)


def reference(record: Record | None) -> PackageRecordReference | None:
    """A record that something refers to."""
    return PackageRecordReference(record.uid, record.number_text) if record else None


def note(row: CaseNote, users: Users) -> PackageNote:
    """A note."""
    corrects = row.corrects.uid if row.corrects else None
    return PackageNote(row.uid, row.body, row.made_at, user(users, row.made_by_id), row.made_by_name, corrects)


def deadline(row: Deadline, users: Users) -> PackageDeadline:
    """A watched day."""
    return PackageDeadline(
        uid=row.uid,
        kind=row.kind,
        due_on=row.due_on,
        text=row.text,
        responsible=user(users, row.responsible_id),
        unit=unit(row.unit) if row.unit else None,
        record=reference(row.record),
        state=row.state,
        outcome=row.outcome,
        made_at=row.made_at,
        made_by_name=row.made_by_name,
        settled_at=row.settled_at,
        settled_by_name=row.settled_by_name,
        version=row.version,
    )


def decision(row: Decision, users: Users) -> PackageDecision:
    """A decision."""
    return PackageDecision(
        uid=row.uid,
        kind=row.kind,
        decided_on=row.decided_on,
        body=row.body,
        paragraph=row.paragraph,
        delegation_point=row.delegation_point,
        outcome=row.outcome,
        is_final=row.is_final,
        record=reference(row.record),
        state=row.state,
        cancel_reason=row.cancel_reason,
        registered_at=row.registered_at,
        registered_by=user(users, row.registered_by_id),
        registered_by_name=row.registered_by_name,
        version=row.version,
    )


def party(row: Party) -> PackageParty:
    """A party."""
    return PackageParty(
        uid=row.uid,
        role=row.role,
        kind=row.kind,
        name=row.name,
        identity_number=row.identity_number,
        organisation=row.organisation,
        address=row.address,
        postal_code=row.postal_code,
        city=row.city,
        country=row.country,
        email=row.email,
        phone=row.phone,
        is_protected=row.is_protected,
    )


def restriction(
    row: Restriction,
    users: Users,
    reviews: Iterable[RestrictionReview] = (),
    documents: Iterable[Document] = (),
) -> PackageRestriction:
    """A marking with its reviews; `documents`: the files of its record."""
    uids = {item.id: item.uid for item in documents}
    return PackageRestriction(
        uid=row.uid,
        scope=row.scope,
        document_uid=None if row.document_id is None else uids.get(row.document_id),
        citation=row.provision.citation,
        subject=row.provision.subject,
        max_years=row.provision.max_years,
        made_on=row.made_on,
        made_at=row.made_at,
        authority_code=row.authority_code,
        made_by=user(users, row.made_by_id),
        made_by_name=row.made_by_name,
        note=row.note,
        review_on=row.review_on,
        lifted_at=row.lifted_at,
        lifted_by_name=row.lifted_by_name,
        lift_reason=row.lift_reason,
        reviews=tuple(_review(item, users, uids) for item in reviews),
    )


def document(row: Document, users: Users) -> PackageDocument:
    """A file with what is known of its content."""
    blob = row.blob
    return PackageDocument(
        uid=row.uid,
        position=row.position,
        file_name=row.file_name,
        description=row.description,
        sha256=row.sha256,
        size=blob.size,
        stored_at=blob.stored_at,
        mime=blob.mime,
        puid=blob.puid,
        format_name=blob.format_name,
        format_version=blob.format_version,
        warnings=tuple(blob.warnings),
        examined_at=blob.examined_at,
        is_released=row.is_released,
        added_at=row.added_at,
        added_by=user(users, row.added_by_id),
        withdrawals=tuple(withdrawal(item, users) for item in row.withdrawals),
    )


def share(row: CaseShare, users: Users) -> PackageShare:
    """What another authority was shown."""
    return PackageShare(
        uid=row.uid,
        to_authority_code=row.to_authority_code,
        with_marked=row.with_marked,
        legal_ground=row.legal_ground,
        reason=row.reason,
        until=row.until,
        made_at=row.made_at,
        made_by=user(users, row.made_by_id),
        made_by_name=row.made_by_name,
        revoked_at=row.revoked_at,
        revoked_by_name=row.revoked_by_name,
        revoke_reason=row.revoke_reason,
    )


def withdrawal(row: Withdrawal, users: Users) -> PackageWithdrawal:
    """What was taken from the web."""
    return PackageWithdrawal(
        uid=row.uid,
        reason=row.reason,
        made_at=row.made_at,
        made_by=user(users, row.made_by_id),
        made_by_name=row.made_by_name,
        ended_at=row.ended_at,
        ended_by_name=row.ended_by_name,
        end_reason=row.end_reason,
    )


def dispatch(row: OutgoingMessage, users: Users, content: Blob | None) -> PackageDispatch:
    """A dispatch; `content`: the message, where it is none of the record's files."""
    return PackageDispatch(
        uid=row.uid,
        means=row.means,
        state=row.state,
        kind=row.kind,
        message_id=row.message_id,
        sender_email=row.sender_email,
        subject=row.subject,
        content_sha256=row.content_sha256,
        content=None if content is None else _message(row, content, users),
        attachment_names=tuple(row.attachment_names),
        secrecy_reason=row.secrecy_reason,
        note=row.note,
        last_error=row.last_error,
        is_settled=row.is_settled,
        answer=row.answer,
        dispatched_on=row.dispatched_on,
        sent_at=row.sent_at,
        queued_at=row.queued_at,
        queued_by=user(users, row.queued_by_id),
        queued_by_name=row.queued_by_name,
        recipients=tuple(_recipient(item) for item in row.recipients),
    )


def case_disposal(row: CaseDisposal) -> PackageCaseDisposal:
    """What was disposed of."""
    return PackageCaseDisposal(
        uid=row.uid,
        depth=row.depth,
        rule=row.rule,
        basis=row.basis,
        decision=row.decision,
        decided_on=row.decided_on,
        decided_by_name=row.decided_by_name,
        certificate=row.certificate,
        certificate_uid=row.certificate_uid,
        disposed_at=row.disposed_at,
        record_count=row.record_count,
        file_count=row.file_count,
        files=tuple(sorted((int(number), count) for number, count in row.files.items())),
    )


def origin(row: CaseOrigin) -> PackageOrigin:
    """The package that the case came from."""
    return PackageOrigin(
        package_id=row.package_id,
        creator=row.creator,
        system=row.system,
        status=row.status,
        is_read_only=row.is_read_only,
        taken_over_at=row.taken_over_at,
        taken_over_by_name=row.taken_over_by_name,
    )


def loose_relation(item: LooseReference) -> PackageRelation:
    """A reference between cases of which the other is not here."""
    kind = item.kind or RelationKind.REFERS_TO
    return PackageRelation(kind, item.is_outgoing, item.other_uid, item.other_number, item.authority or "")


def loose_record(items: Iterable[LooseReference], tie: Tie) -> PackageRecordReference | None:
    """The record at the other end of a move, which is not here."""
    found = next((item for item in items if item.tie is tie), None)
    return PackageRecordReference(found.other_uid, found.other_number) if found else None


def _recipient(row: OutgoingRecipient) -> PackageRecipient:
    return PackageRecipient(
        uid=row.uid,
        name=row.name,
        address=row.address,
        is_protected=row.is_protected,
        state=row.state,
        answer=row.answer,
        report=row.report,
        reported_at=row.reported_at,
    )


def _review(row: RestrictionReview, users: Users, document_uids: Mapping[int, uuid.UUID]) -> PackageReview:
    return PackageReview(
        uid=row.uid,
        reviewed_on=row.reviewed_on,
        made_at=row.made_at,
        reviewed_by=user(users, row.reviewed_by_id),
        reviewed_by_name=row.reviewed_by_name,
        occasion=row.occasion,
        outcome=row.outcome,
        reason=row.reason,
        scope_before=row.scope_before,
        scope_after=row.scope_after,
        document_uid=None if row.document_id is None else document_uids.get(row.document_id),
        next_on=row.next_on,
    )


def _message(row: OutgoingMessage, blob: Blob, users: Users) -> PackageDocument:
    """The message as a file: it belongs to the dispatch and has no place among the record's files (position 0)."""
    return PackageDocument(
        uid=row.uid,
        position=0,
        file_name=safe_file_name(f"{(row.subject or '')[:100]}.eml"),
        description=None,
        sha256=blob.sha256,
        size=blob.size,
        stored_at=blob.stored_at,
        mime=blob.mime,
        puid=blob.puid,
        format_name=blob.format_name,
        format_version=blob.format_version,
        warnings=tuple(blob.warnings),
        examined_at=blob.examined_at,
        is_released=False,
        added_at=row.queued_at,
        added_by=user(users, row.queued_by_id),
    )
