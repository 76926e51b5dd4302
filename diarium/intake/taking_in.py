"""From bytes to items: messages are opened in the sandbox; what can't be opened becomes an item that says so."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.db.engine import Database
from diarium.files import service as files
from diarium.files.errors import EmptyFile, FileTooLarge, UnreadableMessage
from diarium.files.extraction.message import MailMessage
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.files.names import safe_file_name
from diarium.files.store import LocalBlobStore
from diarium.i18n import gettext as _
from diarium.i18n import show_size
from diarium.identity.permissions import Actor
from diarium.intake.envelope import MAX_HEADER_BYTES, Envelope, plausible, read_envelope
from diarium.intake.models import IntakeItem
from diarium.intake.receiving import Arrival, ArrivedFile, Received, find_by_reference, receive_once
from diarium.intake.vocabulary import Channel
from diarium.register import lookup

MOST_REPORT_BYTES = 5 * 1024 * 1024
MESSAGE_SUFFIXES = frozenset({".eml", ".msg"})
_OUTLOOKS_OWN = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_ENCRYPTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})


class Outcome(StrEnum):
    """What became of something that was taken in."""

    NEW = "new"
    DUPLICATE = "duplicate"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Taken:
    """The item, what it is, and whether all of it could be read."""

    uid: uuid.UUID
    outcome: Outcome
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something comes from. `received_at` None: the message itself tells, else it is now.

    `file_name`: of a file; of a message its subject does. `in_same_step` is called in the transaction that stores
    the item: what it notes and the item are there together, or neither.
    """

    authority: str
    channel: Channel
    received_at: dt.datetime | None = None
    reference_key: str | None = None
    file_name: str = ""
    mailbox_id: int | None = None
    scan_folder_id: int | None = None
    in_same_step: Callable[[Session], None] | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes in files and messages for `actor`. Contents larger than `max_bytes` are told of, not stored.

    `note_report` enters a delivery report on something that we sent and says in Swedish what it is about; nothing
    where a message is no such report.
    """

    database: Database
    blobs: LocalBlobStore
    sandbox: ExtractionSandbox
    actor: Actor
    max_bytes: int
    note_report: Callable[[Session, bytes], str | None] | None = None

    def file(self, path: Path, origin: Origin) -> Taken:
        """Takes in the file at `path`: a message where its name says so, else an item of one file.

        An empty or too large one becomes an item without it. Raises: OSError, NotAllowed, InvalidFact.
        """
        with path.open("rb") as stream:
            return self.stream(stream, origin)

    def stream(self, stream: BinaryIO, origin: Origin) -> Taken:
        """The same as `file` for bytes that are not in a file of their own; `origin.file_name` names them."""
        name = safe_file_name(origin.file_name)
        arrival = Arrival(
            authority=origin.authority,
            channel=origin.channel,
            received_at=origin.received_at or now(),
            subject=name,
        )
        try:
            sha256 = self._store(stream)
        except (EmptyFile, FileTooLarge) as problem:
            return self._receive(replace(arrival, remarks=(f"{name}: {problem.message}",)), origin, is_whole=False)
        if Path(name).suffix.lower() in MESSAGE_SUFFIXES:
            return self._stored_message(sha256, name, origin)
        return self._receive(replace(arrival, files=(ArrivedFile(name, sha256),)), origin)

    def message(self, content: bytes, origin: Origin, *, header_only: bool = False) -> Taken:
        """Takes in a message as a mail server gave it. With `header_only` its body and files are left closed.

        Raises: NotAllowed, InvalidFact.
        """
        if not content:
            remark = _("Meddelandet är tomt: servern gav inga byte.")
            return self._receive(_nameless(origin, remark), origin, is_whole=False)
        if len(content) > self.max_bytes:
            return self.too_large_message(content[:MAX_HEADER_BYTES], len(content), origin)
        sha256 = self._store(io.BytesIO(content))
        return self._stored_message(sha256, "", origin, header_only=header_only)

    def too_large_message(self, header: bytes, size: int, origin: Origin) -> Taken:
        """Takes in the header of a message of `size` bytes that is too large; the message stays on the server."""
        remark = _(
            "Meddelandet är %(size)s, mer än de %(most)s som får tas emot. Här finns bara dess huvud. Hämta "
            "meddelandet ur e-postlådan och registrera det för hand.",
            size=show_size(size),
            most=show_size(self.max_bytes),
        )
        arrival = _of_envelope(read_envelope(header), _nameless(origin, remark))
        if header:
            sha256 = self._store(io.BytesIO(header))
            arrival = replace(arrival, original=(sha256, _message_name(arrival.subject)))
        return self._receive(arrival, origin, is_whole=False)

    def message_not_given(self, number: int, origin: Origin) -> Taken:
        """Makes an item of a message that the mail server lists but does not give."""
        remark = _(
            "E-postservern lämnar inte ut meddelandet (nummer %(number)s i lådan). Titta efter i e-postlådan och "
            "registrera det för hand om det finns kvar.",
            number=number,
        )
        return self._receive(_nameless(origin, remark), origin, is_whole=False)

    def unreadable_file(self, origin: Origin, remark: str) -> Taken:
        """Makes an item of a file that can't be opened at all; `remark` says why."""
        arrival = replace(_nameless(origin, remark), subject=safe_file_name(origin.file_name))
        return self._receive(arrival, origin, is_whole=False)

    def known(self, origin: Origin) -> Taken | None:
        """What has been taken in under the same reference already."""
        with self.database.reading() as session:
            owner = lookup.authority(session, origin.authority)
            item = find_by_reference(session, owner.id, origin.reference_key)
            return Taken(item.uid, Outcome.KNOWN) if item is not None else None

    def _stored_message(self, sha256: str, name: str, origin: Origin, *, header_only: bool = False) -> Taken:
        path = self.blobs.path(sha256)
        with path.open("rb") as source:
            envelope = read_envelope(source.read(MAX_HEADER_BYTES))
        message: MailMessage | None = None
        problem = _("Meddelandet kunde inte öppnas. Originalet finns kvar som fil.")
        if not header_only:
            try:
                message = self.sandbox.read_message(path)
            except UnreadableMessage as unreadable:
                problem = f"{unreadable.message} {_('Originalet finns kvar som fil.')}"
        if message is None:
            arrival = _of_envelope(envelope, _nameless(origin, problem))
        else:
            arrival = self._of_message(message, envelope, origin)
        shown = name or _message_name(arrival.subject)
        subject = arrival.subject or ("" if message is not None else name)
        arrival = replace(arrival, subject=subject, original=(sha256, shown))
        return self._receive(arrival, origin, is_whole=message is not None, report=self._report(path))

    def _of_message(self, message: MailMessage, envelope: Envelope, origin: Origin) -> Arrival:
        received_at, remarks = _moment(message, envelope, origin)
        attachments: list[ArrivedFile] = []
        for one in message.attachments:
            try:
                attachments.append(ArrivedFile(one.name, self._store(io.BytesIO(one.content))))
            except (EmptyFile, FileTooLarge) as problem:
                remarks.append(f"{one.name}: {problem.message} {_('Den finns i originalet.')}")
        return Arrival(
            authority=origin.authority,
            channel=origin.channel,
            received_at=received_at,
            subject=message.subject,
            sender_name=message.sender.name or None if message.sender else None,
            sender_email=message.sender.address or None if message.sender else None,
            body=message.body,
            files=tuple(attachments),
            message_id=message.message_id or envelope.message_id,
            in_reply_to=envelope.in_reply_to,
            references=envelope.references,
            remarks=(*message.warnings, *_closed_parts(message), *remarks),
        )

    def _report(self, path: Path) -> bytes | None:
        """The message, where it may be a delivery report that somebody waits for."""
        if self.note_report is None or path.stat().st_size > MOST_REPORT_BYTES:
            return None
        content = path.read_bytes()
        return content if b"delivery-status" in content else None

    def _receive(
        self, arrival: Arrival, origin: Origin, *, is_whole: bool = True, report: bytes | None = None
    ) -> Taken:
        arrival = replace(
            arrival,
            reference_key=origin.reference_key,
            mailbox_id=origin.mailbox_id,
            scan_folder_id=origin.scan_folder_id,
        )
        with self.database.unit_of_work() as session:
            if report is not None and self.note_report is not None:
                about = self.note_report(session, report)
                arrival = replace(arrival, remarks=(*arrival.remarks, about)) if about else arrival
            renumbered = _renumbered(session, arrival)
            received = renumbered or receive_once(session, self.actor, arrival)
            if origin.in_same_step is not None:
                origin.in_same_step(session)
            return Taken(received.item.uid, _outcome(received), is_whole)

    def _store(self, stream: BinaryIO) -> str:
        """Each content in a transaction of its own: a large one must not hold up registrars."""
        with self.database.unit_of_work() as session:
            return files.take_in(session, self.blobs, stream, max_bytes=self.max_bytes)


def _outcome(received: Received) -> Outcome:
    if not received.is_new:
        return Outcome.KNOWN
    return Outcome.DUPLICATE if received.item.duplicate_of is not None else Outcome.NEW


def _renumbered(session: Session, arrival: Arrival) -> Received | None:
    """The item of the very same message in the same mailbox, taken in under another numbering.

    A server that is restored numbers its messages anew; each delivery has bytes and a moment of its own.
    """
    if arrival.mailbox_id is None or arrival.original is None or arrival.reference_key is None:
        return None
    numbering = arrival.reference_key.rpartition(":")[0]
    item = session.scalar(
        select(IntakeItem)
        .where(IntakeItem.mailbox_id == arrival.mailbox_id, IntakeItem.content_hash == arrival.original[0])
        .where(IntakeItem.received_at == arrival.received_at)
        .where(~IntakeItem.reference_key.startswith(f"{numbering}:", autoescape=True))
        .limit(1)
    )
    return Received(item, is_new=False) if item is not None else None


def _nameless(origin: Origin, remark: str) -> Arrival:
    return Arrival(origin.authority, origin.channel, origin.received_at or now(), remarks=(remark,))


def _of_envelope(envelope: Envelope, arrival: Arrival) -> Arrival:
    return replace(
        arrival,
        subject=envelope.subject,
        sender_name=envelope.sender_name,
        sender_email=envelope.sender_email,
        message_id=envelope.message_id,
        in_reply_to=envelope.in_reply_to,
        references=envelope.references,
    )


def _moment(message: MailMessage, envelope: Envelope, origin: Origin) -> tuple[dt.datetime, list[str]]:
    """When it was received: as the source says, as the server wrote into it, else the best there is, told so."""
    known = origin.received_at or envelope.received_at
    if known is not None:
        return known, []
    sent = plausible(message.date)
    if sent is not None:
        return sent, [
            _("Tiden då meddelandet kom in framgår inte. Datumet är när det skickades: kontrollera det.")
        ]
    return now(), [_("Tiden då meddelandet kom in framgår inte. Datumet är när filen lades in: kontrollera det.")]


def _closed_parts(message: MailMessage) -> list[str]:
    """What the registrar has to open with another program to read it all."""
    remarks = []
    if any(one.mime in _OUTLOOKS_OWN or one.name.lower() == "winmail.dat" for one in message.attachments):
        remarks.append(_("Meddelandets bilagor kan ligga i winmail.dat, Outlooks eget format: be om dem på nytt."))
    if any(one.mime in _ENCRYPTED for one in message.attachments):
        remarks.append(_("Meddelandet är krypterat och kan inte läsas här. Originalet finns kvar."))
    return remarks


def _message_name(subject: str) -> str:
    stem = subject.replace("/", " ").replace("\\", " ").strip()[:120] or _("meddelande")
    return safe_file_name(f"{stem}.eml")
