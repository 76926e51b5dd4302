"""Makes values of the package model from boxes that tell every fact: of what stands beside cases and records.

A reader of a format completes its boxes from the elements that tell some of their facts, and then calls these.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from diarium.archive.package_model import (
    PackageAuthority,
    PackageCaseDisposal,
    PackageClass,
    PackageDeadline,
    PackageDecision,
    PackageDispatch,
    PackageDisposal,
    PackageDocument,
    PackageNote,
    PackageOrigin,
    PackageParty,
    PackageRecipient,
    PackageRelation,
    PackageRestriction,
    PackageReview,
    PackageScheme,
    PackageSeries,
    PackageShare,
    PackageUnit,
    PackageWithdrawal,
)
from diarium.archive.reading.facts import Box
from diarium.classification.models import PublishingRule, Retention
from diarium.correspondence.vocabulary import LetterKind, Means, MessageState, RecipientState
from diarium.register.models.disposal import DisposalDepth
from diarium.register.vocabulary import (
    CaseStatus,
    DeadlineKind,
    DeadlineState,
    DecisionKind,
    DecisionState,
    PartyKind,
    PartyRole,
    RelationKind,
)
from diarium.secrecy.models import Scope
from diarium.secrecy.work_models import Occasion, Outcome

Units = Mapping[uuid.UUID, PackageUnit]


def authority(box: Box) -> PackageAuthority:
    """The authority."""
    return PackageAuthority(
        uid=box.uid(),
        code=box.needed("code"),
        name=box.needed("name"),
        organisation_number=box.optional("organisation_number"),
        email=box.optional("email"),
        phone=box.optional("phone"),
        postal_address=box.optional("postal_address"),
        active_from=box.day("active_from"),
        active_to=box.optional_day("active_to"),
    )


def series(box: Box) -> PackageSeries:
    """A number series."""
    return PackageSeries(
        uid=box.uid(),
        code=box.text("code"),
        name=box.text("name"),
        number_format=box.text("number_format"),
        restarts_yearly=box.flag("restarts_yearly"),
        is_restricted=box.flag("is_restricted"),
        is_active=box.flag("is_active"),
        opens_on=box.optional_day("opens_on"),
        closes_on=box.optional_day("closes_on"),
    )


def unit(box: Box) -> PackageUnit:
    """A unit."""
    return PackageUnit(box.uid(), box.text("name"), box.flag("is_active"))


def scheme(box: Box, classes: tuple[PackageClass, ...]) -> PackageScheme:
    """A scheme with its classes."""
    return PackageScheme(
        uid=box.uid(),
        name=box.text("name"),
        version=box.text("version"),
        valid_from=box.day("valid_from"),
        valid_to=box.optional_day("valid_to"),
        classes=classes,
    )


def scheme_class(box: Box) -> PackageClass:
    """A class with its retention rule."""
    return PackageClass(
        uid=box.uid(),
        code=box.text("code"),
        title=box.text("title"),
        description=box.text("description"),
        publishing=box.one_of("publishing", PublishingRule),
        parent_code=box.optional("parent_code"),
        disposal=_disposal(box),
        record_types=box.many("record_type"),
        scheme_uid=box.uid("scheme"),
    )


def party(box: Box) -> PackageParty:
    """A party."""
    return PackageParty(
        uid=box.uid(),
        role=box.one_of("role", PartyRole),
        kind=box.one_of("kind", PartyKind),
        name=box.text("name"),
        identity_number=box.optional("identity_number"),
        organisation=box.optional("organisation"),
        address=box.optional("address"),
        postal_code=box.optional("postal_code"),
        city=box.optional("city"),
        country=box.optional("country"),
        email=box.optional("email"),
        phone=box.optional("phone"),
        is_protected=box.flag("is_protected"),
    )


def relation(box: Box) -> PackageRelation:
    """A reference to another case."""
    return PackageRelation(
        kind=box.one_of("kind", RelationKind),
        is_outgoing=box.flag("is_outgoing"),
        other_uid=box.uid("case"),
        other_number=box.text("case_number"),
        other_authority=box.text("authority"),
    )


def restriction(box: Box) -> PackageRestriction:
    """A marking with its reviews."""
    return PackageRestriction(
        uid=box.uid(),
        scope=box.one_of("scope", Scope),
        document_uid=box.optional_uid("document"),
        citation=box.text("provision"),
        subject=box.text("subject"),
        max_years=box.text("max_years"),
        made_on=box.day("made_on"),
        made_at=box.moment("made_at"),
        authority_code=box.text("authority"),
        made_by=box.user("made_by"),
        made_by_name=box.text("made_by"),
        note=box.optional("note"),
        review_on=box.optional_day("review_on"),
        lifted_at=box.optional_moment("lifted_at"),
        lifted_by_name=box.optional("lifted_by"),
        lift_reason=box.optional("lift_reason"),
        reviews=tuple(map(_review, box.of("review"))),
    )


def share(box: Box) -> PackageShare:
    """What another authority was shown."""
    return PackageShare(
        uid=box.uid(),
        to_authority_code=box.text("to_authority"),
        with_marked=box.flag("with_marked"),
        legal_ground=box.optional("legal_ground"),
        reason=box.text("reason"),
        until=box.optional_day("until"),
        made_at=box.moment("made_at"),
        made_by=box.user("made_by"),
        made_by_name=box.text("made_by"),
        revoked_at=box.optional_moment("revoked_at"),
        revoked_by_name=box.optional("revoked_by"),
        revoke_reason=box.optional("revoke_reason"),
    )


def withdrawal(box: Box) -> PackageWithdrawal:
    """What was taken from the web register."""
    return PackageWithdrawal(
        uid=box.uid(),
        reason=box.text("reason"),
        made_at=box.moment("made_at"),
        made_by=box.user("made_by"),
        made_by_name=box.text("made_by"),
        ended_at=box.optional_moment("ended_at"),
        ended_by_name=box.optional("ended_by"),
        end_reason=box.optional("end_reason"),
    )


def note(box: Box) -> PackageNote:
    """A note in a case's file."""
    return PackageNote(
        uid=box.uid(),
        body=box.text("body"),
        made_at=box.moment("made_at"),
        made_by=box.user("made_by"),
        made_by_name=box.text("made_by"),
        corrects=box.optional_uid("corrects"),
    )


def deadline(box: Box, units: Units) -> PackageDeadline:
    """A watched day. A unit that the package does not list is no longer in use."""
    unit_uid = box.optional_uid("unit")
    return PackageDeadline(
        uid=box.uid(),
        kind=box.one_of("deadline_kind", DeadlineKind),
        due_on=box.day("due_on"),
        text=box.text("text"),
        responsible=box.user("responsible"),
        unit=None if unit_uid is None else unit_of(units, unit_uid, box.text("unit_name")),
        record=box.record("record"),
        state=box.one_of("deadline_state", DeadlineState),
        outcome=box.optional("outcome"),
        made_at=box.moment("made_at"),
        made_by_name=box.text("made_by"),
        settled_at=box.optional_moment("settled_at"),
        settled_by_name=box.optional("settled_by"),
        version=box.number("version"),
    )


def decision(box: Box) -> PackageDecision:
    """A decision."""
    return PackageDecision(
        uid=box.uid(),
        kind=box.one_of("decision_kind", DecisionKind),
        decided_on=box.day("decided_on"),
        body=box.text("body"),
        paragraph=box.optional("paragraph"),
        delegation_point=box.optional("delegation_point"),
        outcome=box.text("outcome"),
        is_final=box.flag("is_final"),
        record=box.record("record"),
        state=box.one_of("decision_state", DecisionState),
        cancel_reason=box.optional("cancel_reason"),
        registered_at=box.moment("registered_at"),
        registered_by=box.user("registered_by"),
        registered_by_name=box.text("registered_by"),
        version=box.number("version"),
    )


def document(box: Box) -> PackageDocument:
    """A file."""
    return PackageDocument(
        uid=box.uid(),
        position=box.number("position"),
        file_name=box.text("file_name"),
        description=box.optional("description"),
        sha256=box.needed("sha256"),
        size=box.number("size"),
        stored_at=box.moment("stored_at"),
        mime=box.optional("mime"),
        puid=box.optional("puid"),
        format_name=box.optional("format_name"),
        format_version=box.optional("format_version"),
        warnings=box.many("warning"),
        examined_at=box.optional_moment("examined_at"),
        is_released=box.flag("is_released"),
        added_at=box.moment("added_at"),
        added_by=box.user("added_by"),
        withdrawals=tuple(map(withdrawal, box.of("withdrawal"))),
    )


def dispatch(box: Box, content: PackageDocument | None) -> PackageDispatch:
    """A dispatch; `content`: the message, where it is a file of its own."""
    return PackageDispatch(
        uid=box.uid(),
        means=box.one_of("means", Means),
        state=box.one_of("state", MessageState),
        kind=box.one_of("kind", LetterKind),
        message_id=box.optional("message_id"),
        sender_email=box.optional("sender_email"),
        subject=box.optional("subject"),
        content_sha256=box.optional("content_sha256"),
        content=content,
        attachment_names=box.many("attachment_name"),
        secrecy_reason=box.optional("secrecy_reason"),
        note=box.optional("note"),
        last_error=box.optional("last_error"),
        is_settled=box.flag("is_settled"),
        answer=box.optional("answer"),
        dispatched_on=box.optional_day("dispatched_on"),
        sent_at=box.optional_moment("sent_at"),
        queued_at=box.moment("queued_at"),
        queued_by=box.user("queued_by"),
        queued_by_name=box.text("queued_by"),
        recipients=tuple(map(_recipient, box.of("recipient"))),
    )


def case_disposal(box: Box) -> PackageCaseDisposal:
    """What was disposed of in a case."""
    files = [text.partition(": ") for text in box.many("files_of_record")]
    return PackageCaseDisposal(
        uid=box.uid(),
        depth=box.one_of("depth", DisposalDepth),
        rule=box.text("rule"),
        basis=box.text("basis"),
        decision=box.text("decision"),
        decided_on=box.day("decided_on"),
        decided_by_name=box.text("decided_by"),
        certificate=box.text("certificate"),
        certificate_uid=box.uid("certificate_uid"),
        disposed_at=box.moment("disposed_at"),
        record_count=box.number("record_count"),
        file_count=box.number("file_count"),
        files=tuple((int(number), int(count)) for number, _colon, count in files),
    )


def origin(box: Box) -> PackageOrigin:
    """The package that a case was taken over from."""
    return PackageOrigin(
        package_id=box.text("package"),
        creator=box.text("creator"),
        system=box.text("system"),
        status=box.one_of("status", CaseStatus),
        is_read_only=box.flag("is_read_only"),
        taken_over_at=box.moment("taken_over_at"),
        taken_over_by_name=box.text("taken_over_by"),
    )


def unit_of(units: Units, uid: uuid.UUID, name: str) -> PackageUnit:
    """The unit with `uid`; one that the package does not list is no longer in use."""
    return units.get(uid) or PackageUnit(uid, name, is_active=False)


def _review(box: Box) -> PackageReview:
    return PackageReview(
        uid=box.uid(),
        reviewed_on=box.day("reviewed_on"),
        made_at=box.moment("made_at"),
        reviewed_by=box.user("reviewed_by"),
        reviewed_by_name=box.text("reviewed_by"),
        occasion=box.one_of("occasion", Occasion),
        outcome=box.one_of("outcome", Outcome),
        reason=box.text("reason"),
        scope_before=box.one_of("scope_before", Scope),
        scope_after=box.one_of("scope_after", Scope),
        document_uid=box.optional_uid("document"),
        next_on=box.optional_day("next_on"),
    )


def _recipient(box: Box) -> PackageRecipient:
    return PackageRecipient(
        uid=box.uid(),
        name=box.optional("name"),
        address=box.optional("address"),
        is_protected=box.flag("is_protected"),
        state=box.one_of("state", RecipientState),
        answer=box.optional("answer"),
        report=box.optional("report"),
        reported_at=box.optional_moment("reported_at"),
    )


def _disposal(box: Box) -> PackageDisposal | None:
    if not box.has("retention_rule"):
        return None
    return PackageDisposal(
        uid=box.uid("retention_rule"),
        retention=box.one_of("retention", Retention),
        years=box.optional_number("retention_years"),
        event=box.optional("retention_event"),
        basis=box.text("retention_basis"),
    )
