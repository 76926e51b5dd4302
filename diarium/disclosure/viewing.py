"""Makes the views of a request: what an actor may see of it, as plain values."""

from __future__ import annotations

from diarium.disclosure import closing, delivering, lookup, reviewing
from diarium.disclosure.appeals import appeal_until
from diarium.disclosure.handling import number_of
from diarium.disclosure.masking import MASK_FINDING_LABELS, MaskFinding
from diarium.disclosure.models import (
    DisclosureDecision,
    DisclosureDelivery,
    DisclosureRequest,
    DisclosureReview,
    RequestedItem,
)
from diarium.disclosure.views import (
    AskerView,
    DecisionView,
    DeliveryView,
    FileView,
    ItemView,
    RequestRow,
    RequestView,
    ReviewView,
    SubjectView,
)
from diarium.disclosure.vocabulary import (
    CHANNEL_LABELS,
    CLOSE_LABELS,
    CONTACT_WAY_LABELS,
    DECISION_LABELS,
    DELIVERY_STATE_LABELS,
    MEANS_LABELS,
    NEEDS_A_PERSON,
    OUTCOME_LABELS,
    STATE_LABELS,
    DecisionKind,
    RequestState,
    ReviewOutcome,
)
from diarium.i18n import gettext as _
from diarium.i18n import local_date, today
from diarium.identity.permissions import Actor
from diarium.register.views import sight_of_case, sight_of_record
from diarium.secrecy.access import Sight
from diarium.workdays import workdays_between

_ROW_NUMBERS = 3


def row_of(request: DisclosureRequest) -> RequestRow:
    """`request` as a line of the queue."""
    wanted = [item for item in request.items if item.is_wanted]
    return RequestRow(
        uid=request.uid,
        reference=request.reference,
        order_reference=request.order_reference,
        authority_code=request.authority.code,
        received_at=request.received_at,
        due_on=request.due_on,
        age=workdays_between(local_date(request.received_at), today()),
        state=request.state,
        state_label=str(STATE_LABELS[request.state]),
        channel_label=str(CHANNEL_LABELS[request.channel]),
        handler=request.handler.name if request.handler else None,
        numbers=tuple(_row_number(item) for item in wanted[:_ROW_NUMBERS]),
        more=max(0, len(wanted) - _ROW_NUMBERS),
        is_overdue=is_overdue(request),
        is_due_today=_is_running(request) and request.due_on == today(),
        closed_at=request.closed_at,
        close_label=str(CLOSE_LABELS[request.close_reason]) if request.close_reason else None,
    )


def view_of(actor: Actor, request: DisclosureRequest) -> RequestView:
    """`request` through the eyes of `actor`, without its history."""
    given = delivering.given_reviews(request)
    seen = {item.id: _sight(actor, item) for item in request.items}
    return RequestView(
        uid=request.uid,
        version=request.version,
        reference=request.reference,
        order_reference=request.order_reference,
        authority_code=request.authority.code,
        authority_name=request.authority.name,
        channel_label=str(CHANNEL_LABELS[request.channel]),
        language=request.language,
        state=request.state,
        state_label=str(STATE_LABELS[request.state]),
        received_at=request.received_at,
        due_on=request.due_on,
        age=workdays_between(local_date(request.received_at), today()),
        is_overdue=is_overdue(request),
        is_due_today=_is_running(request) and request.due_on == today(),
        waiting_for=request.waiting_for,
        handler=request.handler.name if request.handler else None,
        handler_username=request.handler.username if request.handler else None,
        is_mine=actor.user_id is not None and actor.user_id == request.handler_id,
        asker=_asker(actor, request),
        erased_at=request.erased_at,
        items=tuple(_item(actor, request, item, seen[item.id], given) for item in request.items),
        decisions=tuple(_decision(request, decision, seen) for decision in request.decisions),
        deliveries=tuple(_delivery(delivery) for delivery in request.deliveries),
        pages=sum(delivery.pages or 0 for delivery in request.deliveries),
        fee=sum(delivery.fee for delivery in request.deliveries),
        left=tuple(closing.what_is_left(request)) if request.state is not RequestState.CLOSED else (),
        closed_at=request.closed_at,
        closed_by=request.closed_by_name,
        close_label=str(CLOSE_LABELS[request.close_reason]) if request.close_reason else None,
        close_note=request.close_note,
    )


def is_overdue(request: DisclosureRequest) -> bool:
    """Whether it should have been answered before today. What waits for somebody outside is told as waiting."""
    return _is_running(request) and request.due_on < today()


def review_view(made: DisclosureReview, seen: Sight) -> ReviewView:
    """`made` for somebody who sees `seen` of what it is about."""
    shown = seen.everything
    withheld = set(made.withheld_ids) if shown else set()
    documents = made.record.documents if made.record is not None and withheld else []
    return ReviewView(
        uid=made.uid,
        outcome=made.outcome,
        outcome_label=str(OUTCOME_LABELS[made.outcome]),
        citations=tuple(made.citations),
        reason=made.reason if shown else None,
        terms=made.terms if shown else None,
        masked=tuple(
            FileView(copy.uid, copy.file_name, copy.blob.size, _findings(copy.findings))
            for copy in made.masked_copies
        )
        if shown
        else (),
        withheld=tuple(document.file_name for document in documents if document.id in withheld),
        reviewed_at=made.reviewed_at,
        reviewed_by=made.reviewed_by_name,
        is_outdated=reviewing.is_outdated(made),
    )


def _row_number(item: RequestedItem) -> str:
    is_known = item.record_id is not None or item.case_id is not None
    return number_of(item) if is_known else _("efter beskrivning")


def _sight(actor: Actor, item: RequestedItem) -> Sight:
    if item.record is not None:
        return sight_of_record(actor, item.record)
    return sight_of_case(actor, item.case) if item.case is not None else Sight(True, True, True)


def _item(
    actor: Actor, request: DisclosureRequest, item: RequestedItem, seen: Sight, given: frozenset[int]
) -> ItemView:
    record, case = item.record, item.case
    about = record if record is not None else case
    documents = [file for file in record.documents if seen.shows(file.id)] if record is not None else []
    return ItemView(
        uid=item.uid,
        position=item.position,
        number=number_of(item),
        record_uid=record.uid if record is not None else None,
        case_uid=case.uid if case is not None else None,
        title=about.title if about is not None and seen.title else None,
        description=item.description if lookup.sees_asker(actor, request) else None,
        is_hidden=not seen.everything,
        is_marked=reviewing.is_marked(item),
        is_wanted=item.is_wanted,
        documents=tuple(FileView(file.uid, file.file_name, file.blob.size) for file in documents),
        reviews=tuple(review_view(made, seen) for made in item.reviews),
        is_given=item.review is not None and item.review.id in given,
        why_not_given=delivering.why_not_given(request, item),
    )


def _asker(actor: Actor, request: DisclosureRequest) -> AskerView | None:
    if not lookup.sees_asker(actor, request):
        return None
    way = request.contact_way
    label = str(CONTACT_WAY_LABELS[way]) if way is not None else None
    return AskerView(request.asker_name, way, label, request.contact, request.message)


def _decision(request: DisclosureRequest, decision: DisclosureDecision, seen: dict[int, Sight]) -> DecisionView:
    about = {str(subject.get("review")) for subject in decision.subjects}
    items = [item for item in request.items if any(str(made.uid) in about for made in item.reviews)]
    shown = all(seen[item.id].everything for item in items)
    until = appeal_until(decision.receipt_on) if decision.receipt_on is not None else None
    return DecisionView(
        uid=decision.uid,
        kind=decision.kind,
        label=str(DECISION_LABELS[decision.kind]),
        decided_on=decision.decided_on,
        decided_by=decision.decided_by,
        delegation_point=decision.delegation_point,
        subjects=tuple(
            SubjectView(
                str(subject["number"]),
                str(OUTCOME_LABELS[ReviewOutcome(subject["outcome"])]),
                tuple(subject["provisions"]),
            )
            for subject in decision.subjects
        ),
        reasons=decision.reasons if shown else None,
        instruction=decision.instruction if shown else None,
        told_on=decision.told_on,
        receipt_on=decision.receipt_on,
        appeal_until=until if decision.kind is not DecisionKind.NOTICE else None,
        appealed_on=decision.appealed_on,
        is_late=until is not None and decision.appealed_on is not None and decision.appealed_on > until,
        appeal_ended_on=decision.appeal_ended_on,
        appeal_outcome=decision.appeal_outcome,
        made_by=decision.made_by_name,
    )


def _delivery(delivery: DisclosureDelivery) -> DeliveryView:
    return DeliveryView(
        uid=delivery.uid,
        means=delivery.means,
        means_label=str(MEANS_LABELS[delivery.means]),
        state=delivery.state,
        state_label=str(DELIVERY_STATE_LABELS[delivery.state]),
        day=delivery.delivered_on or local_date(delivery.made_at),
        by=delivery.made_by_name,
        pages=delivery.pages,
        fee=delivery.fee,
        note=delivery.note,
        last_error=delivery.last_error,
        numbers=tuple(dict.fromkeys(number_of(part.item) for part in delivery.parts)),
        files=sum(part.sha256 is not None for part in delivery.parts),
        needs_a_person=delivery.state in NEEDS_A_PERSON,
    )


def _findings(kept: list[str]) -> tuple[str, ...]:
    known = list(MaskFinding)
    return tuple(str(MASK_FINDING_LABELS[MaskFinding(name)]) if name in known else _("okänt") for name in kept)


def _is_running(request: DisclosureRequest) -> bool:
    return request.state in (RequestState.NEW, RequestState.IN_PROGRESS)
