"""Cases with letters, and the letter's form as a browser fills it in."""

from __future__ import annotations

import io
import uuid
from typing import Any

from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.composition import Diarium
from diarium.correspondence import templates
from diarium.correspondence.models import LetterTemplate, OutgoingMessage
from diarium.files import service as files
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.register import registration
from diarium.register.commands import DocumentFacts, NewCase, NewRecord, PartyFacts
from diarium.register.vocabulary import Direction, PartyKind, PartyRole


def add(
    services: Diarium, *, content: bytes = b"hej", records: int = 1, **facts: Any
) -> tuple[uuid.UUID, uuid.UUID]:
    """A case with records that came in from Anna; the identifiers of the case and of its last record."""
    sender = PartyFacts("Anna Ek", PartyKind.PERSON, PartyRole.SENDER, email="anna@bolaget.example")
    with services.database.unit_of_work() as session:
        case = registration.open_case(session, SYSTEM, NewCase(authority="KS", title="Skylt vid torget"))
        for number in range(records):
            sha256 = files.take_in(session, services.blobs, io.BytesIO(content), max_bytes=10_000)
            wanted: dict[str, Any] = {
                "direction": Direction.INCOMING,
                "official_on": today(),
                "title": f"Ansökan om skylt {number}",
                "case_uid": case.uid,
                "parties": (sender,),
                "documents": (DocumentFacts(sha256, f"Ansökan {number}.txt"),),
            }
            record = registration.register(session, SYSTEM, NewRecord(**(wanted | facts)))
        return case.uid, record.uid


def with_templates(services: Diarium) -> None:
    with services.database.unit_of_work() as session:
        templates.add_shipped(session, SYSTEM, "KS")


def page_of(client: FlaskClient, url: str) -> html.HtmlElement:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def filled(page: html.HtmlElement, **changed: Any) -> dict[str, Any]:
    """What a browser would send of the letter's form, with `changed` typed over it."""
    form = page.xpath("//form[.//input[@name='key']]")[0]
    return {**_pairs(form), **changed}


def _pairs(form: html.HtmlElement) -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    for name, value in form.form_values():
        if name == "step":
            continue
        pairs[name] = (
            [*pairs[name], value]
            if name in ("party", "file") and name in pairs
            else ([value] if name in ("party", "file") else value)
        )
    return pairs


def the_message(services: Diarium) -> OutgoingMessage:
    with services.database.reading() as session:
        return session.scalars(select(OutgoingMessage)).one()


def templates_of(services: Diarium) -> list[LetterTemplate]:
    with services.database.reading() as session:
        return list(session.scalars(select(LetterTemplate).order_by(LetterTemplate.id)))
