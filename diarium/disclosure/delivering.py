"""What a review released is given out: read on the spot, handed over or posted (e-mail: see `sending`).

Only files that were reviewed leave, as the review says: masked copies instead of what they mask, nothing that is
withheld. A marking made after the review calls for another review. Source: TF 2 kap. 15–16 §§; OSL 6 kap. 3 §,
10 kap. 14 §.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.disclosure import fees, lookup, reviewing
from diarium.disclosure.errors import InvalidRequest
from diarium.disclosure.handling import begin, number_of
from diarium.disclosure.models import (
    DeliveredPart,
    DisclosureDelivery,
    DisclosureRequest,
    DisclosureReview,
    RequestedItem,
)
from diarium.disclosure.vocabulary import (
    BY_HAND,
    GIVEN,
    GIVES_OUT,
    ON_PAPER,
    DecisionKind,
    DeliveryState,
    Means,
    ReviewOutcome,
)
from diarium.disclosure.wording import kept_text
from diarium.i18n import gettext as _
from diarium.i18n import local_date
from diarium.identity.permissions import Actor
from diarium.register import journal, rules
from diarium.register.models import Document

MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What was given out by hand. `items`: which ones; `pages`: on paper, of all of it together."""

    means: str
    items: tuple[uuid.UUID, ...]
    day: dt.date | None
    pages: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file that leaves: its content, and what it is called."""

    sha256: str
    file_name: str


def note_handed_out(
    session: Session, actor: Actor, uid: uuid.UUID, facts: HandedOut, *, version: int | None = None
) -> DisclosureDelivery:
    """Notes that something was read on the spot, handed over, posted, or told on the phone; computes the fee.

    Raises: RequestNotFound, RequestConflict, EditConflict; HiddenMaterial; InvalidRequest, InvalidFact at `means`,
    `item`, `day`, `pages` or `note`.
    """
    request = lookup.locked(session, actor, uid, version)
    if facts.means not in [means.value for means in BY_HAND]:
        raise InvalidRequest(_("Välj hur det lämnades ut."), field="means")
    means = Means(facts.means)
    items = chosen_items(session, actor, request, facts.items)
    day = _day(request, facts.day)
    pages = _pages(means, facts.pages)
    delivery = DisclosureDelivery(
        means=means,
        state=DeliveryState.NOTED,
        delivered_on=day,
        pages=pages,
        fee=fee_of(request, means, pages or 0, day),
        note=kept_text(request, facts.note, "note"),
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        parts=parts_of(session, items),
    )
    request.deliveries.append(delivery)
    begin(session, actor, request)
    tell(session, actor, delivery)
    return delivery


def why_not_given(request: DisclosureRequest, item: RequestedItem) -> str | None:
    """What stands between the item and the asker, in words; nothing if nothing does."""
    made = item.review
    if not item.is_wanted:
        return _("%(number)s är struken.", number=number_of(item))
    if made is None or made.outcome not in GIVES_OUT:
        return _("%(number)s är inte prövad så att den kan lämnas ut.", number=number_of(item))
    if reviewing.is_outdated(made):
        return _("%(number)s har sekretessmarkerats eller fått skyddade personuppgifter sedan prövningen. "
                 "Pröva den igen.", number=number_of(item))  # fmt: skip
    if made.outcome is ReviewOutcome.RESERVATION and not _is_acknowledged(request, made):
        return _("%(number)s lämnas ut med förbehåll. Gör beslutet om förbehåll och notera att den som frågar har "
                 "tagit emot det.", number=number_of(item))  # fmt: skip
    return None


def files_of(session: Session, made: DisclosureReview) -> tuple[GivenFile, ...]:
    """The files that the review lets out: those it looked at, masked ones as their copies."""
    hidden = {*made.withheld_ids, *(copy.document_id for copy in made.masked_copies)}
    # A copy of the record as a whole stands for all of it.
    is_whole = any(copy.document_id is None for copy in made.masked_copies)
    wanted = [] if is_whole else [number for number in made.document_ids if number not in hidden]
    documents = session.scalars(select(Document).where(Document.id.in_(wanted)).order_by(Document.position)).all()
    given = [GivenFile(item.sha256, item.file_name) for item in documents]
    return (*given, *(GivenFile(copy.sha256, copy.file_name) for copy in made.masked_copies))


def fee_of(request: DisclosureRequest, means: Means, pages: int, day: dt.date) -> int:
    """The fee in kronor for so many more pages of the request."""
    before = sum(delivery.pages or 0 for delivery in request.deliveries if delivery.means in ON_PAPER)
    return fees.fee_for(fees.tariff_for(request.authority.code, day), means, pages, before=before)


def tell(session: Session, actor: Actor, delivery: DisclosureDelivery) -> None:
    """Notes on the request and on each record that it was given out, never to whom."""
    request = delivery.request
    items = list(dict.fromkeys(part.item for part in delivery.parts))
    session.flush()
    after: dict[str, object] = {
        "delivery": delivery.uid,
        "means": delivery.means,
        "pages": delivery.pages,
        "fee": delivery.fee,
        "numbers": [number_of(item) for item in items],
    }
    lookup.note(session, actor, request, f"given_{delivery.means}", after=after)
    for item in items:
        if item.record is not None:
            about = journal.record_subject(item.record)
            audit.write(session, actor, "record.disclosed", about, after={"disclosure": request.reference})


def given_reviews(request: DisclosureRequest) -> frozenset[int]:
    """The reviews whose files have reached the asker, by id."""
    return frozenset(part.review_id for item in request.deliveries if item.state in GIVEN for part in item.parts)


def chosen_items(
    session: Session, actor: Actor, request: DisclosureRequest, uids: Sequence[uuid.UUID]
) -> list[RequestedItem]:
    """The items with `uids`, which can be given out now. Raises: HiddenMaterial; InvalidRequest at `item`."""
    items = [item for item in request.items if item.uid in uids]
    if not items:
        raise InvalidRequest(_("Välj minst en handling att lämna ut."), field="item")
    for item in items:
        reviewing.require_sight(actor, item)
        why = why_not_given(request, item)
        if why is not None:
            raise InvalidRequest(why, field="item")
        reviewing.require_open_parts(session, item, "item")
    return items


def _is_acknowledged(request: DisclosureRequest, made: DisclosureReview) -> bool:
    return any(
        decision.kind is DecisionKind.RESERVATION
        and decision.receipt_on is not None
        and any(subject.get("review") == str(made.uid) for subject in decision.subjects)
        for decision in request.decisions
    )


def parts_of(session: Session, items: Sequence[RequestedItem]) -> list[DeliveredPart]:
    """What a delivery of the items holds, as their reviews say."""
    parts: list[DeliveredPart] = []
    for item in items:
        made = item.review
        if made is None:
            continue
        given = files_of(session, made)
        parts += [
            DeliveredPart(item=item, review=made, sha256=file.sha256, file_name=file.file_name) for file in given
        ]
        if not given:  # on paper only, or a case as a whole
            parts.append(DeliveredPart(item=item, review=made))
    return parts


def _day(request: DisclosureRequest, value: dt.date | None) -> dt.date:
    if value is None:
        raise InvalidRequest(_("Ange den dag då det lämnades ut."), field="day")
    rules.not_in_future(value, "day")
    if value < local_date(request.received_at):
        raise InvalidRequest(_("Dagen ligger före den dag då begäran kom in."), field="day")
    return value


def _pages(means: Means, pages: int | None) -> int | None:
    if means not in ON_PAPER:
        return None
    if pages is None or not 1 <= pages <= MOST_PAGES:
        raise InvalidRequest(_("Skriv hur många sidor det var."), field="pages")
    return pages
