"""Requests to see documents at the demo municipality: new, late, under review, refused in part, answered."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Sequence

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.disclosure import closing, deciding, delivering, receiving, reviewing
from diarium.disclosure.deciding import DecisionFacts
from diarium.disclosure.delivering import HandedOut
from diarium.disclosure.masking import MaskedFile
from diarium.disclosure.models import DisclosureRequest
from diarium.disclosure.receiving import NewRequest
from diarium.disclosure.reviewing import ReviewFacts
from diarium.disclosure.vocabulary import Channel, CloseReason, DecisionKind, Means, ReviewOutcome
from diarium.files import service as files
from diarium.files.store import BlobStore
from diarium.identity.permissions import SYSTEM, Actor
from diarium.letterbox.letters import ContactWay, Order, OrderedItem
from diarium.register.models import Case, Record
from diarium.register.views import concerns_protected

_ORDER = uuid.UUID("0bde4000-0000-4000-8000-000000000001")
_SECOND_ORDER = uuid.UUID("0bde4000-0000-4000-8000-000000000002")
_MOST_BYTES = 1_000_000
_PROVISION = "31:16"


def ask(session: Session, store: BlobStore, registrar: Actor, cases: Sequence[Case], today: dt.date) -> int:
    """Brings in the requests, as far as there are open documents to ask for; how many there are."""
    records = [record for case in cases for record in case.records if record.documents and not _is_marked(record)]
    if len(records) < 3:
        return 0
    together = [item for item in records if item.case.authority is records[-1].case.authority]
    made = [
        *_order(session, together[-2:], _ORDER, now(), contact_way=ContactWay.VISIT),
        *_order(
            session,
            [],
            _SECOND_ORDER,
            now() - dt.timedelta(days=6),
            contact_way=ContactWay.EMAIL,
            contact="lokalredaktionen@ekdalabladet.example",
            message="Alla yttranden om stadsparken sedan i våras.",
        ),
    ]
    made.append(_in_part(session, store, registrar, records[0], today))
    made.append(_answered(session, registrar, records[1], today))
    return len(made)


def _order(
    session: Session,
    records: Sequence[Record],
    uid: uuid.UUID,
    placed_at: dt.datetime,
    *,
    contact_way: ContactWay,
    contact: str = "",
    message: str = "",
) -> tuple[DisclosureRequest, ...]:
    items = tuple(OrderedItem(record.number_text, record.uid, record.case.authority.code) for record in records)
    order = Order(items, contact_way, contact, message=message)
    reference = f"B-DEMO-{uid.hex[-4:].upper()}"
    return receiving.receive_order(session, SYSTEM, order, reference=reference, uid=uid, placed_at=placed_at)


def _in_part(
    session: Session, store: BlobStore, registrar: Actor, record: Record, today: dt.date
) -> DisclosureRequest:
    """Asked for on the phone, reviewed, masked, and the asker has been told what they can do."""
    request = _by_phone(session, registrar, record)
    sha256 = files.take_in(session, store, io.BytesIO(_masked_page()), max_bytes=_MOST_BYTES)
    copy = MaskedFile(record.documents[0].uid, sha256, "Maskad kopia.pdf")
    facts = ReviewFacts(
        ReviewOutcome.MASKED.value,
        provisions=(_PROVISION,),
        reason="Prisuppgifter per enhet är dolda. Leverantören lider skada om en konkurrent får se dem.",
        masked=(copy,),
    )
    reviewing.review(session, registrar, request.uid, request.items[0].uid, facts)
    proposal = deciding.propose(request, DecisionKind.NOTICE)
    notice = DecisionFacts(
        DecisionKind.NOTICE.value, today, registrar.name, proposal.reasons, proposal.instruction, told_on=today
    )
    deciding.decide(session, registrar, request.uid, notice)
    return request


def _answered(session: Session, registrar: Actor, record: Record, today: dt.date) -> DisclosureRequest:
    """Asked for on the phone and sent on paper."""
    request = _by_phone(session, registrar, record)
    item = request.items[0].uid
    reviewing.review(session, registrar, request.uid, item, ReviewFacts(ReviewOutcome.RELEASED.value))
    given = HandedOut(Means.POST.value, (item,), today, pages=12)
    delivering.note_handed_out(session, registrar, request.uid, given)
    return closing.close(session, registrar, request.uid, CloseReason.ANSWERED)


def _by_phone(session: Session, registrar: Actor, record: Record) -> DisclosureRequest:
    wanted = NewRequest(
        authority=record.case.authority.code,
        channel=Channel.PHONE,
        contact_way=ContactWay.POST,
        contact="Lindgatan 4\n123 45 Ekdala",
        wanted=(record.number_text,),
    )
    return receiving.register_request(session, registrar, wanted)


def _is_marked(record: Record) -> bool:
    marks = (*record.restrictions, *record.case.restrictions)
    return any(mark.is_in_force for mark in marks) or concerns_protected(record)


def _masked_page() -> bytes:
    target = io.BytesIO()
    # Without the moment in it: the same file each time.
    canvas = Canvas(target, pagesize=A4, invariant=1)
    canvas.drawString(72, 770, "Maskad kopia")
    for line in range(6):
        canvas.rect(72, 720 - 28 * line, 380, 14, fill=1)
    canvas.save()
    return target.getvalue()
