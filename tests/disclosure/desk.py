"""Requests in one line, for the tests of this room."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.db.base import now
from diarium.disclosure import queries, receiving, reviewing
from diarium.disclosure.models import DisclosureRequest, DisclosureReview
from diarium.disclosure.receiving import NewRequest
from diarium.disclosure.reviewing import ReviewFacts
from diarium.disclosure.views import RequestView
from diarium.disclosure.vocabulary import Channel, ReviewOutcome
from diarium.identity.permissions import SYSTEM, Actor
from diarium.letterbox.letters import ContactWay, Order, OrderedItem
from diarium.register.commands import DocumentFacts
from diarium.register.models import Record
from tests.conftest import Municipality

ASKER = "anna@fragar.example"


@dataclass
class Desk:
    """The desk where requests are answered, at a small municipality."""

    town: Municipality
    record: Record = field(init=False)

    def __post_init__(self) -> None:
        with self.town.database.unit_of_work() as session:
            sha256 = self.town.store(session, b"%PDF-1.4 yttrande")
            files = (DocumentFacts(sha256, "yttrande.pdf"),)
            self.record = self.town.record(session, documents=files)
            assert self.record.number_text

    def order(self, *items: OrderedItem, nothing: bool = False, **facts: Any) -> tuple[uuid.UUID, ...]:
        """An order of the open register, by default of the desk's record, taken in. `nothing`: a message alone."""
        wanted = items if items or nothing else (OrderedItem(self.record.number_text, self.record.uid, "KS"),)
        letter = {"contact_way": ContactWay.EMAIL, "contact": ASKER, "name": "Anna Frågvis", **facts}
        uid, placed_at = letter.pop("uid", uuid.uuid4()), letter.pop("placed_at", now())
        with self.town.database.unit_of_work() as session:
            made = receiving.receive_order(
                session, SYSTEM, Order(wanted, **letter), reference="B-7KQ4-M2XD", uid=uid, placed_at=placed_at
            )
            return tuple(request.uid for request in made)

    def request(self, **facts: Any) -> uuid.UUID:
        """A request on the telephone for the desk's record."""
        wanted = {"authority": "KS", "channel": Channel.PHONE, "wanted": (self.record.number_text,), **facts}
        with self.town.database.unit_of_work() as session:
            return receiving.register_request(session, self.town.registrar, NewRequest(**wanted)).uid

    def review(self, uid: uuid.UUID, outcome: ReviewOutcome, *, item: int = 0, **facts: Any) -> DisclosureReview:
        """Reviews an item of the request, by default the first, as the registrar."""
        actor: Actor = facts.pop("actor", self.town.registrar)
        with self.town.database.unit_of_work() as session:
            found = session.scalars(select(DisclosureRequest).where(DisclosureRequest.uid == uid)).one()
            target = found.items[item].uid
            return reviewing.review(session, actor, uid, target, ReviewFacts(outcome.value, **facts))

    def view(self, uid: uuid.UUID, actor: Actor | None = None) -> RequestView:
        """The request as the registrar, or another, sees it."""
        with self.town.database.reading() as session:
            return queries.details(session, actor or self.town.registrar, uid)

    def actions(self, uid: uuid.UUID) -> list[str]:
        """What the audit log says was done with the thing, in order."""
        with self.town.database.reading() as session:
            query = select(AuditEvent.action).where(AuditEvent.entity_uid == str(uid)).order_by(AuditEvent.id)
            return list(session.scalars(query))

    def log(self) -> str:
        """All that the audit log keeps, as one text."""
        with self.town.database.reading() as session:
            events = session.scalars(select(AuditEvent)).all()
            return "\n".join(f"{e.action} {e.before} {e.after} {e.reason} {e.entity_label}" for e in events)

    def age(self, session: Session, uid: uuid.UUID, days: int) -> None:
        """Makes the request so many days older, and its end too."""
        request = session.scalars(select(DisclosureRequest).where(DisclosureRequest.uid == uid)).one()
        span = dt.timedelta(days=days)
        request.received_at -= span
        request.due_on -= span
        if request.closed_at is not None:
            request.closed_at -= span
