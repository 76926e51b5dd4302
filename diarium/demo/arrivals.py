"""Brings what came in overnight to the inbox, by the ways that real things take."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterable

from sqlalchemy.orm import Session

from diarium.db.engine import Database
from diarium.demo.content import render_enclosure, render_mail
from diarium.demo.content.model import DemoItem, DemoSettlement
from diarium.demo.press import MAX_FILE_BYTES
from diarium.files import service as files
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.files.store import LocalBlobStore
from diarium.identity.permissions import Actor
from diarium.intake import queries, receiving, triage
from diarium.intake.receiving import Arrival, ArrivedFile
from diarium.intake.taking_in import Intake, Origin
from diarium.intake.vocabulary import Channel
from diarium.register.commands import DocumentFacts, NewRecord, PartyFacts
from diarium.register.vocabulary import Direction, PartyRole


def deliver(database: Database, blobs: LocalBlobStore, registrar: Actor, items: Iterable[DemoItem]) -> None:
    """Renders the items, puts them into the inboxes of their authorities, and settles those that were settled.

    Messages are opened in the sandbox, as those that come from a mail server.
    """
    with ExtractionSandbox() as sandbox:
        intake = Intake(database, blobs, sandbox, registrar, MAX_FILE_BYTES)
        for item in items:
            _deliver(intake, item)


def _deliver(intake: Intake, item: DemoItem) -> None:
    enclosed = [render_enclosure(item, enclosure) for enclosure in item.enclosures]
    if item.message_id is not None:
        mail = render_mail(item, enclosed)
        taken = intake.message(mail, Origin(item.authority, item.channel))
        if item.settled is not None:
            with intake.database.unit_of_work() as session:
                _settle(session, intake.actor, taken.uid, item, item.settled)
    elif item.channel is Channel.SCAN:
        origin = Origin(item.authority, item.channel, item.received_at, file_name=item.enclosures[0].name)
        intake.stream(io.BytesIO(enclosed[0]), origin)
    else:
        with intake.database.unit_of_work() as session:
            arrival = _arrival(session, intake, item, enclosed)
            receiving.receive(session, intake.actor, arrival, store=intake.blobs)


def _arrival(session: Session, intake: Intake, item: DemoItem, enclosed: list[bytes]) -> Arrival:
    """What somebody filled in: in an e-service, or a registrar at the counter."""
    stored = [
        files.take_in(session, intake.blobs, io.BytesIO(content), max_bytes=MAX_FILE_BYTES) for content in enclosed
    ]
    return Arrival(
        authority=item.authority,
        channel=item.channel,
        received_at=item.received_at,
        subject=item.subject,
        sender_name=item.sender.name if item.sender else None,
        sender_email=item.sender.email if item.sender and item.channel is Channel.E_SERVICE else None,
        sender_kind=item.sender.kind if item.sender else None,
        body=item.text,
        files=tuple(
            ArrivedFile(enclosure.name, sha256) for enclosure, sha256 in zip(item.enclosures, stored, strict=True)
        ),
        reference_key=item.reference,
    )


def _settle(
    session: Session, registrar: Actor, uid: uuid.UUID, item: DemoItem, settlement: DemoSettlement
) -> None:
    view = queries.item_details(session, registrar, uid)
    if settlement.reason is not None:
        triage.set_aside(session, registrar, uid, settlement.reason, "", version=view.version)
        return
    sender = item.sender
    triage.register_item(
        session,
        registrar,
        uid,
        NewRecord(
            direction=Direction.INCOMING,
            official_on=view.official_on,
            title=settlement.title,
            case=item.case_number,
            record_type=settlement.record_type,
            parties=(PartyFacts(sender.name, sender.kind, PartyRole.SENDER, email=sender.email),)
            if sender
            else (),
            documents=tuple(DocumentFacts(file.sha256, file.file_name) for file in view.files),
        ),
        version=view.version,
    )
