"""Taking in what came: every channel ends here, and nothing is ever dropped."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.db.base import now
from diarium.files.models import Blob
from diarium.files.names import safe_file_name
from diarium.files.store import BlobStore
from diarium.i18n import gettext as _
from diarium.i18n import local_date, show_time
from diarium.identity.permissions import Actor, Permission
from diarium.intake.message_text import store_text
from diarium.intake.models import MAX_MESSAGE_ID, IntakeFile, IntakeItem
from diarium.intake.vocabulary import CHANNEL_LABELS, Channel, FileKind
from diarium.register import lookup, rules
from diarium.register.errors import InvalidFact
from diarium.register.models import Authority
from diarium.register.vocabulary import PartyKind
from diarium.workdays import next_workday

_BY_HAND = frozenset({Channel.MANUAL, Channel.FILE_DROP})
MAX_BODY = 100_000
MAX_REFERENCES = 50
MAX_REMARKS = 20
MAX_FILES = 1_001
MAX_REFERENCE_KEY = 300


@dataclass(frozen=True, slots=True)
class ArrivedFile:
    """A file that came along; its bytes lie in the blob store already."""

    file_name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came in, as plain facts. Texts may be anything: they are cleaned and cut to what the register takes.

    `original`: the message as it came, checksum and file name; `files`: what came with it, or alone.
    `reference_key`: what its source calls it, unique there; the same one twice is the same thing.
    `content_hash`: of what came, where it is not kept whole. `case_number`: told by an e-service, not believed.
    """

    authority: str
    channel: Channel
    received_at: dt.datetime
    subject: str = ""
    sender_name: str | None = None
    sender_email: str | None = None
    sender_kind: PartyKind | None = None
    body: str = ""
    original: tuple[str, str] | None = None
    files: tuple[ArrivedFile, ...] = ()
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    reference_key: str | None = None
    content_hash: str | None = None
    record_type: str | None = None
    case_number: str | None = None
    remarks: tuple[str, ...] = ()
    mailbox_id: int | None = None
    scan_folder_id: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """The item, and whether it is new or was there before under the same `reference_key`."""

    item: IntakeItem
    is_new: bool


def receive(session: Session, actor: Actor, arrival: Arrival, *, store: BlobStore | None = None) -> IntakeItem:
    """Puts what came into the authority's inbox and returns it; see `receive_once`."""
    return receive_once(session, actor, arrival, store=store).item


def receive_once(session: Session, actor: Actor, arrival: Arrival, *, store: BlobStore | None = None) -> Received:
    """Puts what came into the authority's inbox; something with a known `reference_key` is not taken twice.

    The same message again (same Message-ID or same content at the same authority) becomes an item with
    `duplicate_of` set. The deadline is the next working day after the day it came in, in Sweden, whatever day that
    was. An item that an officer takes in by hand is theirs at once: else they would not see it.

    Where there is no original message, the text that was written is kept in `store` as one: whatever takes in what
    people write in forms must give it, or the text never reaches the record.

    Raises: NotAllowed; InvalidFact for an unknown authority or a file whose bytes are not in the store.
    Source: TF 2 kap. 9 § (received), OSL 5 kap. 1 § (registered as soon as it came in).
    """
    owner = lookup.authority(session, arrival.authority)
    actor.require(Permission.REGISTER, owner.code)
    _take_turns(session, owner)
    known = find_by_reference(session, owner.id, arrival.reference_key)
    if known is not None:
        return Received(known, is_new=False)
    if store is not None and arrival.original is None:
        arrival = _with_text(session, store, arrival)
    _check_files(session, arrival)
    item = _item(owner, arrival)
    item.files = _files(arrival)
    item.duplicate_of = _same(session, item)
    if arrival.channel in _BY_HAND and not actor.may(Permission.READ_RESTRICTED, owner.code):
        item.assigned_to_id = actor.user_id
    session.add(item)
    session.flush()
    audit.write(session, actor, "intake.received", subject_of(item), after=_facts(item))
    return Received(item, is_new=True)


def find_by_reference(session: Session, authority_id: int, key: str | None) -> IntakeItem | None:
    """The item that its source calls `key`, if it has been taken in. Raises: InvalidFact for one too long."""
    if key is None:
        return None
    if len(key) > MAX_REFERENCE_KEY:
        raise InvalidFact(_("Referensen är längre än %(most)s tecken.", most=MAX_REFERENCE_KEY), field="reference")
    query = select(IntakeItem).where(IntakeItem.authority_id == authority_id, IntakeItem.reference_key == key)
    return session.scalar(query)


def subject_of(item: IntakeItem) -> audit.Subject:
    """The item as audit events name it: without its subject line, which may be secret."""
    label = _(
        "Inkorgen, %(channel)s %(time)s",
        channel=CHANNEL_LABELS[item.channel],
        time=show_time(item.received_at),
    )
    return audit.Subject("intake", item.uid, label, item.authority.code)


def email_key(address: str | None) -> str | None:
    """The key by which senders are compared, the same as that of parties."""
    return address.casefold()[:254] if address else None


def _with_text(session: Session, store: BlobStore, arrival: Arrival) -> Arrival:
    """`arrival` with its text as the original. The same files again are the same thing, whenever they come."""
    email = f"<{arrival.sender_email}>" if arrival.sender_email else None
    original = store_text(
        session,
        store,
        arrival.body,
        subject=arrival.subject,
        sender=" ".join(part for part in (arrival.sender_name, email) if part),
        received_at=min(arrival.received_at, now()),
    )
    return replace(arrival, content_hash=_content_hash(arrival), original=original)


def _take_turns(session: Session, owner: Authority) -> None:
    """Two that arrive at the same time must see each other: one of them is the duplicate.

    No stronger lock than that: whatever refers to the authority, as registering does, need not wait.
    """
    session.flush()
    session.refresh(owner, with_for_update={"key_share": True})


def _check_files(session: Session, arrival: Arrival) -> None:
    wanted = {file.sha256: file.file_name for file in arrival.files}
    if arrival.original is not None:
        wanted[arrival.original[0]] = arrival.original[1]
    if len(arrival.files) > MAX_FILES:
        raise InvalidFact(_("Högst %(most)s filer kan tas emot på en gång.", most=MAX_FILES), field="files")
    stored = set(session.scalars(select(Blob.sha256).where(Blob.sha256.in_(list(wanted)))))
    for sha256, name in wanted.items():
        if sha256 not in stored:
            raise InvalidFact(_("Filen ”%(name)s” är inte uppladdad.", name=name), field="files")


def _item(owner: Authority, arrival: Arrival) -> IntakeItem:
    # A clock that goes ahead must not give a day that has not come yet.
    received_at = min(arrival.received_at, now())
    official_on = local_date(received_at)
    body = arrival.body
    remarks = list(arrival.remarks)
    if len(body) > MAX_BODY:
        body = body[:MAX_BODY]
        remarks.append(_("Texten är lång: bara början visas. Allt finns i originalet."))
    sender_email = _line(arrival.sender_email, 254)
    return IntakeItem(
        authority=owner,
        channel=arrival.channel,
        mailbox_id=arrival.mailbox_id,
        scan_folder_id=arrival.scan_folder_id,
        reference_key=arrival.reference_key,
        content_hash=_content_hash(arrival),
        received_at=received_at,
        official_on=official_on,
        deadline_on=next_workday(official_on),
        subject=_line(arrival.subject, rules.MAX_TITLE) or "",
        sender_name=_line(arrival.sender_name, 200),
        sender_email=sender_email,
        sender_email_key=email_key(sender_email),
        sender_kind=arrival.sender_kind,
        record_type=_line(arrival.record_type, 100),
        case_number=_line(arrival.case_number, 60),
        body=rules.clean_text(body),
        message_id=_line(arrival.message_id, MAX_MESSAGE_ID),
        in_reply_to=_line(arrival.in_reply_to, MAX_MESSAGE_ID),
        references=[
            line for item in arrival.references[-MAX_REFERENCES:] if (line := _line(item, MAX_MESSAGE_ID))
        ],
        remarks=[line for item in remarks[:MAX_REMARKS] if (line := _line(item, 1000))],
    )


def _content_hash(arrival: Arrival) -> str | None:
    """One file that came alone is known by its own checksum; several by all of theirs."""
    if arrival.content_hash is not None:
        return arrival.content_hash
    if arrival.original is not None:
        return arrival.original[0]
    sums = sorted(file.sha256 for file in arrival.files)
    if len(sums) < 2:
        return sums[0] if sums else None
    return hashlib.sha256("\n".join(sums).encode("ascii")).hexdigest()


def _files(arrival: Arrival) -> list[IntakeFile]:
    listed = [(FileKind.ATTACHMENT, file.sha256, file.file_name) for file in arrival.files]
    if arrival.original is not None:
        listed.insert(0, (FileKind.ORIGINAL, *arrival.original))
    return [
        IntakeFile(position=place, kind=kind, sha256=sha256, file_name=safe_file_name(name))
        for place, (kind, sha256, name) in enumerate(listed, start=1)
    ]


def _same(session: Session, item: IntakeItem) -> IntakeItem | None:
    """The first item of the same authority with the same Message-ID or the same content."""
    likenesses = []
    if item.message_id:
        likenesses.append(IntakeItem.message_id == item.message_id)
    if item.content_hash:
        likenesses.append(IntakeItem.content_hash == item.content_hash)
    if not likenesses:
        return None
    with session.no_autoflush:
        return session.scalar(
            select(IntakeItem)
            .where(IntakeItem.authority_id == item.authority.id, or_(*likenesses))
            .where(IntakeItem.split_from_id.is_(None))
            .order_by(IntakeItem.id)
            .limit(1)
        )


def _facts(item: IntakeItem) -> dict[str, object]:
    return {
        "channel": item.channel,
        "received_at": item.received_at,
        "official_on": item.official_on,
        "message_id": item.message_id,
        "content_hash": item.content_hash,
        "duplicate_of": str(item.duplicate_of.uid) if item.duplicate_of else None,
        "files": [{"file_name": file.file_name, "sha256": file.sha256} for file in item.files],
    }


def _line(value: str | None, most: int) -> str | None:
    return " ".join(rules.clean_text(value or "").split())[:most].strip() or None
