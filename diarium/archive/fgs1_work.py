"""The work in a case as own elements of FGS Ärendehantering 1.0: notes, decisions, watched days, dispatches."""

from __future__ import annotations

from collections.abc import Iterable

from diarium.archive.fgs1_facts import reference_facts, uid_text, user_facts
from diarium.archive.fgs1_own import Box, Fact, Kind
from diarium.archive.package_model import (
    PackageCase,
    PackageDeadline,
    PackageDecision,
    PackageDispatch,
    PackageNote,
    PackageRecipient,
)


def boxes(case: PackageCase) -> Iterable[Box]:
    """Notes, decisions and watched days, each kind in the order of its writing."""
    yield from map(_note, case.notes)
    yield from map(_decision, case.decisions)
    yield from map(_deadline, case.deadlines)


def dispatch_box(dispatch: PackageDispatch) -> Box:
    """A dispatch with its recipients. `content`: uid of the message where that is a file of its own."""
    facts: list[Fact] = [
        ("uid", str(dispatch.uid)),
        ("means", dispatch.means.value),
        ("state", dispatch.state.value),
        ("kind", dispatch.kind.value),
        ("message_id", dispatch.message_id),
        ("sender_email", dispatch.sender_email),
        ("subject", dispatch.subject),
        *(("attachment_name", name) for name in dispatch.attachment_names),
        ("secrecy_reason", dispatch.secrecy_reason),
        ("note", dispatch.note),
        ("last_error", dispatch.last_error),
        ("is_settled", dispatch.is_settled),
        ("answer", dispatch.answer),
        ("dispatched_on", dispatch.dispatched_on),
        ("sent_at", dispatch.sent_at),
        ("queued_at", dispatch.queued_at),
        ("queued_by", dispatch.queued_by_name),
        *user_facts("queued_by", dispatch.queued_by),
        ("content_sha256", dispatch.content_sha256),
        ("content", uid_text(dispatch.content.uid) if dispatch.content else None),
    ]
    return Box(Kind.DISPATCH, facts, [_recipient(who) for who in dispatch.recipients])


def _recipient(who: PackageRecipient) -> Box:
    facts: list[Fact] = [
        ("uid", str(who.uid)),
        ("name", who.name),
        ("address", who.address),
        ("is_protected", who.is_protected),
        ("state", who.state.value),
        ("answer", who.answer),
        ("report", who.report),
        ("reported_at", who.reported_at),
    ]
    return Box(Kind.RECIPIENT, facts)


def _note(note: PackageNote) -> Box:
    facts: list[Fact] = [
        ("uid", str(note.uid)),
        ("body", note.body),
        ("made_at", note.made_at),
        ("made_by", note.made_by_name),
        *user_facts("made_by", note.made_by),
        ("corrects", uid_text(note.corrects)),
    ]
    return Box(Kind.NOTE, facts)


def _decision(decision: PackageDecision) -> Box:
    facts: list[Fact] = [
        ("uid", str(decision.uid)),
        ("decision_kind", decision.kind.value),
        ("decision_state", decision.state.value),
        ("decided_on", decision.decided_on),
        ("body", decision.body),
        ("paragraph", decision.paragraph),
        ("delegation_point", decision.delegation_point),
        ("outcome", decision.outcome),
        ("is_final", decision.is_final),
        ("cancel_reason", decision.cancel_reason),
        *reference_facts("record", decision.record),
        ("registered_at", decision.registered_at),
        ("registered_by", decision.registered_by_name),
        *user_facts("registered_by", decision.registered_by),
        ("version", decision.version),
    ]
    return Box(Kind.DECISION, facts)


def _deadline(deadline: PackageDeadline) -> Box:
    who, unit = deadline.responsible, deadline.unit
    facts: list[Fact] = [
        ("uid", str(deadline.uid)),
        ("deadline_kind", deadline.kind.value),
        ("deadline_state", deadline.state.value),
        ("due_on", deadline.due_on),
        ("text", deadline.text),
        ("outcome", deadline.outcome),
        ("responsible", uid_text(who.uid) if who else None),
        *user_facts("responsible", who),
        ("unit", uid_text(unit.uid) if unit else None),
        ("unit_name", unit.name if unit else None),
        *reference_facts("record", deadline.record),
        ("made_at", deadline.made_at),
        ("made_by", deadline.made_by_name),
        ("settled_at", deadline.settled_at),
        ("settled_by", deadline.settled_by_name),
        ("version", deadline.version),
    ]
    return Box(Kind.DEADLINE, facts)
