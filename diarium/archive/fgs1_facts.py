"""The facts of cases and records that FGS Ärendehantering 1.0 has no element for, or holds less exactly.

A moment in an element of that format is local time in whole seconds; here it is UTC, as exact as the register has
it. A party may have no element at all (a second sender), so parties stand here whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from diarium.archive.fgs1_own import Box, Fact, Kind
from diarium.archive.package_model import (
    PackageCase,
    PackageCaseDisposal,
    PackageDocument,
    PackageOrigin,
    PackageParty,
    PackageRecord,
    PackageRecordReference,
    PackageRelation,
    PackageRestriction,
    PackageReview,
    PackageShare,
    PackageUser,
    PackageWithdrawal,
)


def case_boxes(case: PackageCase) -> Iterable[Box]:
    """The case itself, and what belongs to it but for its work."""
    yield Box(Kind.CASE, _case(case))
    yield from map(_party, case.parties)
    yield from map(_relation, case.relations)
    yield from map(_restriction, case.restrictions)
    yield from map(_share, case.shares)
    yield from map(withdrawal, case.withdrawals)
    yield from map(_case_disposal, case.disposals)
    if case.origin is not None:
        yield _origin(case.origin)


def record_boxes(record: PackageRecord) -> Iterable[Box]:
    """The record itself, and what belongs to it but for its files and dispatches."""
    yield Box(Kind.RECORD, _record(record))
    yield from map(_party, record.parties)
    yield from map(_restriction, record.restrictions)
    yield from map(withdrawal, record.withdrawals)


def document_box(item: PackageDocument, kind: Kind = Kind.DOCUMENT) -> Box:
    """A file; `kind`: a file of the record, or the message of a dispatch."""
    facts: list[Fact] = [
        ("uid", str(item.uid)),
        ("position", item.position),
        ("file_name", item.file_name),
        ("description", item.description),
        ("sha256", item.sha256),
        ("size", item.size),
        ("mime", item.mime),
        ("puid", item.puid),
        ("format_name", item.format_name),
        ("format_version", item.format_version),
        ("is_released", item.is_released),
        ("added_at", item.added_at),
        *user_facts("added_by", item.added_by),
        ("stored_at", item.stored_at),
        ("examined_at", item.examined_at),
        *(("warning", warning) for warning in item.warnings),
    ]
    return Box(kind, facts, [withdrawal(taken) for taken in item.withdrawals])


def withdrawal(item: PackageWithdrawal) -> Box:
    """What was taken from the web: the case, record or file whose box this one stands beside or in."""
    facts: list[Fact] = [
        ("uid", str(item.uid)),
        ("reason", item.reason),
        ("made_at", item.made_at),
        ("made_by", item.made_by_name),
        *user_facts("made_by", item.made_by),
        ("ended_at", item.ended_at),
        ("ended_by", item.ended_by_name),
        ("end_reason", item.end_reason),
    ]
    return Box(Kind.WITHDRAWAL, facts)


def user_facts(name: str, user: PackageUser | None) -> list[Fact]:
    """Somebody of the staff; `name` is what they did."""
    if user is None:
        return []
    return [
        (f"{name}_uid", str(user.uid)),
        (f"{name}_username", user.username),
        (f"{name}_name", user.name),
        (f"{name}_email", user.email),
    ]


def reference_facts(name: str, record: PackageRecordReference | None) -> list[Fact]:
    """A record that something refers to; `name` is what it is to it."""
    return [] if record is None else [(name, str(record.uid)), (f"{name}_number", record.number_text)]


def uid_text(uid: UUID | None) -> str | None:
    """An identifier as it is written, where there is one."""
    return None if uid is None else str(uid)


def _case(case: PackageCase) -> list[Fact]:
    unit, who = case.unit, case.responsible
    return [
        ("series", case.series_code),
        ("year", case.year),
        ("number", case.number),
        ("public_title", case.public_title),
        ("status", case.status.value),
        ("initiative", case.initiative.value),
        ("opened_on", case.opened_on),
        ("decided_on", case.decided_on),
        ("closing_reason", case.closing_reason),
        ("cancel_reason", case.cancel_reason),
        ("unit", uid_text(unit.uid) if unit else None),
        ("responsible", uid_text(who.uid) if who else None),
        *user_facts("responsible", who),
        ("classification", uid_text(case.classification.uid) if case.classification else None),
        ("record_count", case.record_count),
        ("registered_at", case.registered_at),
        ("registered_by", uid_text(case.registered_by.uid) if case.registered_by else None),
        *user_facts("registered_by", case.registered_by),
        ("version", case.version),
    ]


def _record(record: PackageRecord) -> list[Fact]:
    return [
        ("running_number", record.running_number),
        ("direction", record.direction.value),
        ("public_title", record.public_title),
        ("official_on", record.official_on),
        ("received_at", record.received_at),
        ("document_date", record.document_date),
        ("medium", record.medium.value),
        ("status", record.status.value),
        ("cancel_reason", record.cancel_reason),
        *reference_facts("moved_to", record.moved_to),
        *reference_facts("moved_from", record.moved_from),
        ("registered_at", record.registered_at),
        ("registered_by", uid_text(record.registered_by.uid) if record.registered_by else None),
        *user_facts("registered_by", record.registered_by),
        ("version", record.version),
    ]


def _party(who: PackageParty) -> Box:
    facts: list[Fact] = [
        ("uid", str(who.uid)),
        ("role", who.role.value),
        ("kind", who.kind.value),
        ("name", who.name),
        ("identity_number", who.identity_number),
        ("organisation", who.organisation),
        ("address", who.address),
        ("postal_code", who.postal_code),
        ("city", who.city),
        ("country", who.country),
        ("email", who.email),
        ("phone", who.phone),
        ("is_protected", who.is_protected),
    ]
    return Box(Kind.PARTY, facts)


def _relation(relation: PackageRelation) -> Box:
    facts: list[Fact] = [
        ("kind", relation.kind.value),
        ("is_outgoing", relation.is_outgoing),
        ("case", str(relation.other_uid)),
        ("case_number", relation.other_number),
        ("authority", relation.other_authority),
    ]
    return Box(Kind.RELATION, facts)


def _restriction(mark: PackageRestriction) -> Box:
    facts: list[Fact] = [
        ("uid", str(mark.uid)),
        ("scope", mark.scope.value),
        ("document", uid_text(mark.document_uid)),
        ("provision", mark.citation),
        ("subject", mark.subject),
        ("max_years", mark.max_years),
        ("made_on", mark.made_on),
        ("made_at", mark.made_at),
        ("authority", mark.authority_code),
        ("made_by", mark.made_by_name),
        *user_facts("made_by", mark.made_by),
        ("note", mark.note),
        ("review_on", mark.review_on),
        ("lifted_at", mark.lifted_at),
        ("lifted_by", mark.lifted_by_name),
        ("lift_reason", mark.lift_reason),
    ]
    return Box(Kind.RESTRICTION, facts, [_review(review) for review in mark.reviews])


def _review(review: PackageReview) -> Box:
    facts: list[Fact] = [
        ("uid", str(review.uid)),
        ("reviewed_on", review.reviewed_on),
        ("made_at", review.made_at),
        ("reviewed_by", review.reviewed_by_name),
        *user_facts("reviewed_by", review.reviewed_by),
        ("occasion", review.occasion.value),
        ("outcome", review.outcome.value),
        ("reason", review.reason),
        ("scope_before", review.scope_before.value),
        ("scope_after", review.scope_after.value),
        ("document", uid_text(review.document_uid)),
        ("next_on", review.next_on),
    ]
    return Box(Kind.REVIEW, facts)


def _share(share: PackageShare) -> Box:
    facts: list[Fact] = [
        ("uid", str(share.uid)),
        ("to_authority", share.to_authority_code),
        ("with_marked", share.with_marked),
        ("legal_ground", share.legal_ground),
        ("reason", share.reason),
        ("until", share.until),
        ("made_at", share.made_at),
        ("made_by", share.made_by_name),
        *user_facts("made_by", share.made_by),
        ("revoked_at", share.revoked_at),
        ("revoked_by", share.revoked_by_name),
        ("revoke_reason", share.revoke_reason),
    ]
    return Box(Kind.SHARE, facts)


def _case_disposal(item: PackageCaseDisposal) -> Box:
    facts: list[Fact] = [
        ("uid", str(item.uid)),
        ("depth", item.depth.value),
        ("rule", item.rule),
        ("basis", item.basis),
        ("decision", item.decision),
        ("decided_on", item.decided_on),
        ("decided_by", item.decided_by_name),
        ("certificate", item.certificate),
        ("certificate_uid", str(item.certificate_uid)),
        ("disposed_at", item.disposed_at),
        ("record_count", item.record_count),
        ("file_count", item.file_count),
        *(("files_of_record", f"{number}: {count}") for number, count in item.files),
    ]
    return Box(Kind.CASE_DISPOSAL, facts)


def _origin(origin: PackageOrigin) -> Box:
    facts: list[Fact] = [
        ("package", origin.package_id),
        ("creator", origin.creator),
        ("system", origin.system),
        ("status", origin.status.value),
        ("is_read_only", origin.is_read_only),
        ("taken_over_at", origin.taken_over_at),
        ("taken_over_by", origin.taken_over_by_name),
    ]
    return Box(Kind.ORIGIN, facts)
