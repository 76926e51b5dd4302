"""The receivers' answers (kvittenser): written in by hand, dropped on a page, or found in the return folder.

A file never confirms anything by itself: what was read in it is shown, and a person enters it.
"""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from diarium import texts
from diarium.archive import receipt_reading
from diarium.archive.agreement_models import DeliveryAgreement
from diarium.archive.criteria import PackageStatus
from diarium.archive.delivery_errors import InvalidReceipt, ReceiptNotFound
from diarium.archive.delivery_lookup import go, loaded, locked, note, visible
from diarium.archive.delivery_models import PackageDelivery, PackageReceipt, ReceiptOutcome, ReceiptState
from diarium.archive.delivery_states import AWAITING_ANSWER, TRANSITIONS, DeliveryState, DeliveryStep
from diarium.archive.models import ExportPart
from diarium.archive.receipt_reading import FoundReceipt
from diarium.audit import service as audit
from diarium.db.base import now
from diarium.files import service as files
from diarium.files.names import safe_file_name
from diarium.files.store import BlobStore
from diarium.i18n import gettext as _
from diarium.i18n import local_date
from diarium.identity.permissions import Actor, Permission
from diarium.register import rules
from diarium.register.models import Authority

ARCHIVES = (PackageStatus.NEW, PackageStatus.REPLACEMENT)
"""What a confirmed package archives the cases of, where the agreement says so. Never a test."""
TextReader = Callable[[bytes, str], str]


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What a receipt says. `outcome`: a value of `ReceiptOutcome`. `archive`: whether the cases become archived;
    None: what the agreement says.
    """

    outcome: str
    receipt_on: dt.date | None
    receiver_reference: str = ""
    remark: str = ""
    archive: bool | None = None


def archives_by_default(delivery: PackageDelivery) -> bool:
    """Whether the cases become archived when the package is accepted, unless somebody says otherwise."""
    return delivery.record_status in ARCHIVES and delivery.agreement.archives_cases


def enter(
    session: Session,
    actor: Actor,
    delivery_uid: uuid.UUID,
    facts: ReceiptFacts,
    *,
    receipt_uid: uuid.UUID | None = None,
    upload: tuple[BlobStore, str, bytes] | None = None,
    version: int | None = None,
) -> PackageReceipt:
    """Enters the receiver's answer: the delivery becomes received, confirmed or rejected.

    `receipt_uid`: of a returned file that says so. `upload`: store, file name and content of one given here.
    Once confirmed, the worker archives the cases, and the delivery that this one stands for becomes replaced.
    Raises: DeliveryNotFound, DeliveryConflict, ReceiptNotFound; InvalidReceipt, InvalidFact, InvalidText,
    EmptyFile, FileTooLarge.
    """
    outcome = _outcome(facts.outcome)
    delivery = locked(session, actor, delivery_uid, version)
    day = _day(delivery, facts.receipt_on)
    receipt = _receipt(session, actor, delivery, receipt_uid)
    receipt.outcome, receipt.receipt_on = outcome, day
    receipt.receiver_reference = texts.line(facts.receiver_reference, 200, "receiver_reference") or None
    receipt.remark = texts.lines(facts.remark, 10_000, "remark") or None
    if outcome is ReceiptOutcome.REJECTED and receipt.remark is None:
        raise InvalidReceipt(_("Skriv varför mottagaren avvisade paketet."), field="remark")
    if upload is not None:
        _keep_file(session, receipt, *upload)
    _settle(receipt, actor, ReceiptState.ENTERED)
    _apply(session, actor, delivery, receipt, facts.archive)
    return receipt


def take_in(
    session: Session,
    actor: Actor,
    agreement: DeliveryAgreement,
    store: BlobStore,
    file_name: str,
    content: bytes,
    *,
    read_text: TextReader | None = None,
    remote_mark: str | None = None,
) -> PackageReceipt:
    """Takes in a returned file and says which delivery it seems to be about; a person enters it later.

    `read_text` takes the text out of documents such as PDF. Raises: EmptyFile, FileTooLarge.
    """
    name = safe_file_name(file_name)
    text = None
    if read_text is not None and not receipt_reading.is_plain(name, content):
        text = read_text(content, name)
    found = receipt_reading.read(content, name, text=text)
    receipt = PackageReceipt(agreement=agreement, state=ReceiptState.WAITING, remote_mark=remote_mark)
    session.add(receipt)
    _keep_file(session, receipt, store, name, content)
    receipt.found = found.to_json()
    delivery = meant(session, agreement, found)
    session.flush()
    if delivery is not None:
        receipt.delivery = delivery
        facts = {"receipt": receipt.uid, "sha256": receipt.sha256}
        note(session, actor, delivery, DeliveryStep.RECEIPT_FOUND, text=name, facts=facts)
    else:
        about = audit.Subject("receipt", receipt.uid, name, agreement.authority.code)
        audit.write(session, actor, "receipt.found", about, after={"agreement": agreement.uid})
    return receipt


def meant(session: Session, agreement: DeliveryAgreement, found: FoundReceipt) -> PackageDelivery | None:
    """The delivery under the agreement whose package the file names; the newest, one without an answer first."""
    if not found.uids:
        return None
    query = loaded().join(ExportPart, ExportPart.id == PackageDelivery.part_id)
    query = query.where(PackageDelivery.agreement_id == agreement.id, ExportPart.uid.in_(found.uids))
    rows = session.scalars(query.order_by(PackageDelivery.id.desc()).limit(20)).all()
    return next((row for row in rows if row.state in AWAITING_ANSWER), next(iter(rows), None))


def agreement_of(session: Session, actor: Actor, found: FoundReceipt) -> DeliveryAgreement | None:
    """The agreement of the newest delivery that a dropped file names, among those that the actor sees."""
    if not found.uids:
        return None
    query = visible(actor, loaded()).join(ExportPart, ExportPart.id == PackageDelivery.part_id)
    query = query.where(ExportPart.uid.in_(found.uids)).order_by(PackageDelivery.id.desc()).limit(1)
    delivery = session.scalar(query)
    return delivery.agreement if delivery is not None else None


def dismiss(session: Session, actor: Actor, uid: uuid.UUID, reason: str) -> PackageReceipt:
    """Says that a returned file is no receipt, or is about nothing of ours. The file is kept.

    Raises: ReceiptNotFound; InvalidFact at `reason`.
    """
    reason = rules.required_reason(reason)
    receipt = find(session, actor, uid)
    session.refresh(receipt, with_for_update=True)
    if receipt.state is not ReceiptState.WAITING:
        raise ReceiptNotFound(_("Kvittensen är redan hanterad."))
    receipt.remark = reason
    _settle(receipt, actor, ReceiptState.DISMISSED)
    about = audit.Subject("receipt", receipt.uid, receipt.file_name or "", receipt.agreement.authority.code)
    audit.write(session, actor, "receipt.dismissed", about, reason=reason)
    return receipt


def find(session: Session, actor: Actor, uid: uuid.UUID) -> PackageReceipt:
    """A receipt of an authority that the actor exports for. Raises: ReceiptNotFound."""
    query = select(PackageReceipt).where(PackageReceipt.uid == uid).options(
        selectinload(PackageReceipt.agreement).selectinload(DeliveryAgreement.authority),
        selectinload(PackageReceipt.delivery).selectinload(PackageDelivery.agreement),
    )  # fmt: skip
    found = session.scalar(query)
    if found is None or not actor.may(Permission.EXPORT, found.agreement.authority.code):
        raise ReceiptNotFound(_("Kvittensen finns inte."))
    return found


def waiting(session: Session, actor: Actor, *, limit: int = 100) -> Sequence[PackageReceipt]:
    """Returned files that nobody has seen to, the oldest first."""
    query = (
        select(PackageReceipt)
        .join(PackageReceipt.agreement)
        .join(DeliveryAgreement.authority)
        .where(
            PackageReceipt.state == ReceiptState.WAITING,
            Authority.code.in_(actor.authorities(Permission.EXPORT)),
        )
        .options(
            selectinload(PackageReceipt.agreement),
            selectinload(PackageReceipt.delivery).selectinload(PackageDelivery.agreement),
        )
        .order_by(PackageReceipt.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def _apply(
    session: Session, actor: Actor, delivery: PackageDelivery, receipt: PackageReceipt, archive: bool | None
) -> None:
    words = "\n".join(part for part in (receipt.receiver_reference, receipt.remark) if part) or None
    facts: dict[str, object] = {
        "receipt": receipt.uid,
        "receipt_on": receipt.receipt_on,
        "file": receipt.sha256,
    }
    if receipt.outcome is ReceiptOutcome.RECEIVED:
        if delivery.state is DeliveryState.RECEIVED:
            note(session, actor, delivery, DeliveryStep.RECEIVED, text=words, facts=facts)
        else:
            go(session, actor, delivery, DeliveryStep.RECEIVED, DeliveryState.RECEIVED, text=words, facts=facts)
        return
    delivery.answered_at = now()
    if receipt.outcome is ReceiptOutcome.REJECTED:
        go(session, actor, delivery, DeliveryStep.REJECTED, DeliveryState.REJECTED, text=words, facts=facts)
        return
    wanted = archives_by_default(delivery) if archive is None else archive
    # Whoever asks for it: the cases of a test stay where they are.
    delivery.archives_cases = wanted and delivery.record_status is not PackageStatus.TEST
    facts["archives_cases"] = delivery.archives_cases
    go(session, actor, delivery, DeliveryStep.CONFIRMED, DeliveryState.CONFIRMED, text=words, facts=facts)
    _replace_earlier(session, actor, delivery)


def _replace_earlier(session: Session, actor: Actor, delivery: PackageDelivery) -> None:
    earlier = delivery.replaces
    while earlier is not None:
        session.refresh(earlier, with_for_update=True)
        if DeliveryState.REPLACED in TRANSITIONS[earlier.state]:
            step, by = DeliveryStep.REPLACED, {"by": delivery.uid}
            go(session, actor, earlier, step, DeliveryState.REPLACED, text=delivery.reference, facts=by)
        earlier = earlier.replaces


def _receipt(session: Session, actor: Actor, delivery: PackageDelivery, uid: uuid.UUID | None) -> PackageReceipt:
    if uid is None:
        receipt = PackageReceipt(
            agreement=delivery.agreement, delivery=delivery, state=ReceiptState.WAITING, received_at=now()
        )
        session.add(receipt)
        return receipt
    receipt = find(session, actor, uid)
    session.refresh(receipt, with_for_update=True)
    if receipt.state is not ReceiptState.WAITING or receipt.agreement_id != delivery.agreement_id:
        raise ReceiptNotFound(_("Kvittensen är redan hanterad, eller gäller en annan överenskommelse."))
    receipt.delivery = delivery
    return receipt


def _keep_file(session: Session, receipt: PackageReceipt, store: BlobStore, name: str, content: bytes) -> None:
    receipt.sha256 = files.take_in(session, store, io.BytesIO(content), max_bytes=receipt_reading.MAX_BYTES)
    receipt.file_name = safe_file_name(name)


def _settle(receipt: PackageReceipt, actor: Actor, state: ReceiptState) -> None:
    receipt.state, receipt.settled_at = state, now()
    receipt.settled_by_id, receipt.settled_by_name = actor.user_id, actor.name


def _outcome(text: str) -> ReceiptOutcome:
    if text not in list(ReceiptOutcome):
        raise InvalidReceipt(_("Välj vad mottagaren svarade."), field="outcome")
    return ReceiptOutcome(text)


def _day(delivery: PackageDelivery, day: dt.date | None) -> dt.date:
    if day is None:
        raise InvalidReceipt(_("Ange kvittensens datum."), field="receipt_on")
    rules.not_in_future(day, "receipt_on")
    if delivery.sent_at is not None and day < local_date(delivery.sent_at):
        raise InvalidReceipt(_("Kvittensen är daterad innan paketet sändes."), field="receipt_on")
    return day
