"""New rows of what stands beside a case: notes, watched days, decisions, shares, dispatches."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from diarium.archive.package_model import (
    PackageDeadline,
    PackageDecision,
    PackageDispatch,
    PackageNote,
    PackageRecordReference,
    PackageShare,
)
from diarium.correspondence.models import OutgoingMessage, OutgoingRecipient
from diarium.correspondence.vocabulary import MessageState
from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.register.models import Case, CaseNote, Deadline, Decision, Record
from diarium.secrecy.work_models import CaseShare

if TYPE_CHECKING:
    from diarium.archive.importing.rows import Rests

Records = Mapping[uuid.UUID, Record]
# What waits to be sent where it comes from is not sent from here.
_UNDER_WAY = frozenset({MessageState.QUEUED, MessageState.SENDING})


def notes(items: Sequence[PackageNote], case: Case, rests: Rests) -> list[CaseNote]:
    """The notes in the case's file, each tied to the one that it puts right."""
    rows = {
        item.uid: CaseNote(
            uid=item.uid,
            case=case,
            body=item.body,
            made_at=item.made_at,
            made_by_id=rests.user(item.made_by),
            made_by_name=item.made_by_name,
        )
        for item in items
    }
    for item in items:
        rows[item.uid].corrects = rows.get(item.corrects) if item.corrects else None
    return list(rows.values())


def deadlines(items: Iterable[PackageDeadline], case: Case, records: Records, rests: Rests) -> list[Deadline]:
    """The days that were or are watched."""
    return [
        Deadline(
            uid=item.uid,
            case=case,
            record=_among(records, item.record),
            kind=item.kind,
            due_on=item.due_on,
            text=item.text,
            responsible_id=rests.user(item.responsible),
            unit=rests.unit(item.unit),
            state=item.state,
            outcome=item.outcome,
            made_at=item.made_at,
            made_by_name=item.made_by_name,
            settled_at=item.settled_at,
            settled_by_name=item.settled_by_name,
            version=item.version,
        )
        for item in items
    ]


def decisions(items: Iterable[PackageDecision], case: Case, records: Records, rests: Rests) -> list[Decision]:
    """The decisions, cancelled ones too."""
    return [
        Decision(
            uid=item.uid,
            case=case,
            record=_among(records, item.record),
            kind=item.kind,
            decided_on=item.decided_on,
            body=item.body,
            paragraph=item.paragraph,
            delegation_point=item.delegation_point,
            outcome=item.outcome,
            is_final=item.is_final,
            state=item.state,
            cancel_reason=item.cancel_reason,
            registered_at=item.registered_at,
            registered_by_id=rests.user(item.registered_by),
            registered_by_name=item.registered_by_name,
            version=item.version,
        )
        for item in items
    ]


def shares(items: Iterable[PackageShare], rests: Rests) -> list[CaseShare]:
    """What was shown to other authorities. Those of another house are no longer in force here."""
    rows = []
    for item in items:
        row = CaseShare(
            uid=item.uid,
            to_authority_code=rests.authority_code(item.to_authority_code),
            with_marked=item.with_marked,
            legal_ground=item.legal_ground,
            reason=item.reason,
            until=item.until,
            made_at=item.made_at,
            made_by_id=rests.user(item.made_by),
            made_by_name=item.made_by_name,
            revoked_at=item.revoked_at,
            revoked_by_name=item.revoked_by_name,
            revoke_reason=item.revoke_reason,
        )
        if row.revoked_at is None and not rests.keeps_shares():
            row.revoked_at, row.revoked_by_name = now(), _("Övertagandet")
            row.revoke_reason = _("Delningen gällde där ärendet kom ifrån.")
        rows.append(row)
    return rows


def dispatch(item: PackageDispatch, record: Record, content: str | None, rests: Rests) -> OutgoingMessage:
    """A dispatch of `record`. `content`: the checksum of the message, where it is here."""
    row = OutgoingMessage(
        uid=item.uid,
        authority=record.case.authority,
        case=record.case,
        record=record,
        means=item.means,
        state=item.state,
        kind=item.kind,
        message_id=item.message_id,
        sender_email=item.sender_email,
        subject=item.subject,
        content_sha256=content,
        attachment_names=list(item.attachment_names),
        secrecy_reason=item.secrecy_reason,
        note=item.note,
        last_error=item.last_error,
        is_settled=item.is_settled,
        answer=item.answer,
        dispatched_on=item.dispatched_on,
        sent_at=item.sent_at,
        queued_at=item.queued_at,
        queued_by_id=rests.user(item.queued_by),
        queued_by_name=item.queued_by_name,
        recipients=[
            OutgoingRecipient(
                uid=who.uid,
                name=who.name,
                address=who.address,
                is_protected=who.is_protected,
                state=who.state,
                answer=who.answer,
                report=who.report,
                reported_at=who.reported_at,
            )
            for who in item.recipients
        ],
    )
    if row.state in _UNDER_WAY:
        row.state = MessageState.CANCELLED
        row.last_error = _("Ärendet togs över innan brevet var skickat. Det skickas inte härifrån.")
    return row


def _among(records: Records, reference: PackageRecordReference | None) -> Record | None:
    return records.get(reference.uid) if reference is not None else None
