"""One-line arrivals for tests of the inbox."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from diarium.identity.permissions import SYSTEM
from diarium.intake.models import IntakeItem
from diarium.intake.receiving import Arrival, ArrivedFile, receive
from diarium.intake.vocabulary import Channel
from diarium.register.commands import NewCase, NewRecord, PartyFacts
from diarium.register.vocabulary import Direction, PartyKind
from tests.conftest import Municipality

FRIDAY_EVENING = dt.datetime(2026, 11, 20, 22, 59, tzinfo=dt.UTC)
"""23:59 in Sweden, on a Friday."""


def arrive(municipality: Municipality, session: Session, **facts: Any) -> IntakeItem:
    """An e-mail to KS with a message and a file; `facts` are those of `Arrival`."""
    message = facts.pop("message", f"Subject: {facts.get('subject', 'Remiss')}\n\n{facts}".encode())
    wanted: dict[str, Any] = {
        "authority": "KS",
        "channel": Channel.EMAIL,
        "received_at": dt.datetime(2026, 11, 18, 9, 30, tzinfo=dt.UTC),
        "subject": "Remiss om kollektivtrafik",
        "sender_name": "Anna Ek",
        "sender_email": "Anna.Ek@example.se",
        "body": "Här kommer remissen.",
        "original": (municipality.store(session, message), "Remiss.eml"),
        "files": (ArrivedFile("yttrande.pdf", municipality.store(session, b"yttrande " + message)),),
    }
    return receive(session, SYSTEM, Arrival(**(wanted | facts)))


def in_new_case(item: IntakeItem, **facts: Any) -> NewRecord:
    """The command that registers `item` in a case of its own."""
    wanted: dict[str, Any] = {
        "direction": Direction.INCOMING,
        "official_on": item.official_on,
        "title": item.subject or "Utan ämne",
        "new_case": NewCase(authority="KS", title="Kollektivtrafik", classification="1"),
        "parties": (PartyFacts("Anna Ek", PartyKind.PERSON, email="anna.ek@example.se"),),
    }
    return NewRecord(**(wanted | facts))
