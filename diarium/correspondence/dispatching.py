"""Expediting: a letter becomes an outgoing record and is queued, all in one; what left by other means is noted."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.correspondence import composing, guarding, placeholders
from diarium.correspondence import material as materials
from diarium.correspondence.addresses import MAX_RECIPIENTS, Mailbox, is_address
from diarium.correspondence.composing import Attachment, Letter
from diarium.correspondence.drafting import sender_of, title_of
from diarium.correspondence.errors import InvalidLetter, MailNotConfigured
from diarium.correspondence.guarding import Addressee, Consent
from diarium.correspondence.material import Material
from diarium.correspondence.models import OutgoingMessage, OutgoingRecipient
from diarium.correspondence.placeholders import Placeholder
from diarium.correspondence.templates import checked_body, checked_subject
from diarium.correspondence.vocabulary import LetterKind, Means, MessageState
from diarium.db.base import now
from diarium.files import service as files
from diarium.files.names import safe_file_name
from diarium.files.store import BlobStore
from diarium.i18n import SOURCE_LOCALE, show_date, today, use_locale
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor
from diarium.register import closed_circles, deadlines, journal, lookup, registration
from diarium.register.commands import DocumentFacts, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.deadlines import DeadlineFacts
from diarium.register.models import Document, Record
from diarium.register.vocabulary import DeadlineKind, Direction, PartyKind, PartyRole
from diarium.secrecy.models import Scope
from diarium.settings import MailSettings

GIVE_UP_AFTER = dt.timedelta(hours=24)
_MOST_CONTENT = 2**31 - 1  # the attachments are weighed before


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """A letter to be sent. `key` tells a form that was sent twice from two letters.

    `record_uid`: the record that it answers, or the outgoing record that it is. `title` and `record_type` are
    those of the record that it becomes. `watch`: whether a deadline is set on `answer_by`.
    """

    key: uuid.UUID
    case_uid: uuid.UUID
    record_uid: uuid.UUID | None
    kind: LetterKind
    subject: str
    body: str
    title: str = ""
    record_type: str | None = None
    parties: tuple[uuid.UUID, ...] = ()
    others: tuple[Mailbox, ...] = ()
    files: tuple[uuid.UUID, ...] = ()
    answer_by: dt.date | None = None
    appeal: str = ""
    watch: bool = False
    consent: Consent = field(default_factory=Consent)


@dataclass(frozen=True, slots=True)
class _Checked:
    """A letter that may be sent."""

    sender: Mailbox
    reply_to: Mailbox | None
    addressees: tuple[Addressee, ...]
    files: tuple[Document, ...]
    subject: str
    body: str
    secrecy_reason: str | None


def preview(session: Session, mail: MailSettings, actor: Actor, facts: LetterFacts) -> tuple[str, str]:
    """Subject and text as they would be sent. Raises what `send_letter` raises; nothing is stored."""
    checked = _check(mail, actor, materials.load(session, actor, facts.case_uid, facts.record_uid), facts)
    return checked.subject, checked.body


def send_letter(
    session: Session, store: BlobStore, mail: MailSettings, actor: Actor, facts: LetterFacts
) -> OutgoingMessage:
    """Queues a letter, and registers it as an outgoing record of the case unless it is one already.

    The message is kept exactly as it will be sent. A letter whose key is known is not sent again.

    Raises: MailNotConfigured; CaseNotFound, RecordNotFound; NotAllowed; StatusConflict; SecretMaterial;
    InvalidLetter and InvalidFact with the field's name. Nothing is stored then.
    """
    journal.lock(session, lookup.case_by_uid(session, actor, facts.case_uid))
    material = materials.load(session, actor, facts.case_uid, facts.record_uid)
    known = session.scalar(select(OutgoingMessage).where(OutgoingMessage.uid == facts.key))
    if known is not None:
        return _same_again(actor, material, known)
    checked = _check(mail, actor, material, facts)
    content = composing.content_of(_letter(store, checked), facts.key)
    sha256 = files.take_in(session, store, io.BytesIO(content), max_bytes=_MOST_CONTENT)
    if material.is_redispatch and material.about is not None:
        record = material.about
    else:
        record = _register(session, actor, material, facts, checked, sha256)
    message = _queue(session, actor, record, facts, checked, sha256)
    after = {"message": message.uid, "means": Means.EMAIL, "recipients": len(checked.addressees)}
    journal.record_changed(
        session, actor, record, "record.dispatch_queued", after=after, reason=checked.secrecy_reason
    )
    if facts.watch:
        _watch(session, actor, material, facts, record)
    return message


def _same_again(actor: Actor, material: Material, known: OutgoingMessage) -> OutgoingMessage:
    if known.case_id != material.case.id or known.queued_by_id != actor.user_id:
        raise InvalidLetter(_("Öppna sidan igen och skriv brevet på nytt."))
    return known


def _check(mail: MailSettings, actor: Actor, material: Material, facts: LetterFacts) -> _Checked:
    case = material.case
    if not mail.is_configured:
        raise MailNotConfigured(
            _("E-post är inte inställd. Be den som sköter systemet, eller skicka på annat sätt.")
        )
    sender = sender_of(mail, case)
    if sender is None:
        raise MailNotConfigured(
            _("%(name)s har ingen e-postadress att skicka från. Be administratören lägga in den.",
              name=case.authority.name)
        )  # fmt: skip
    subject, body = _final_texts(facts)
    addressees = guarding.chosen_addressees(actor, material, facts.parties, facts.others)
    if len(addressees) > MAX_RECIPIENTS:
        raise InvalidLetter(
            _("Ett brev kan ha högst %(most)s mottagare. Dela upp utskicket.", most=MAX_RECIPIENTS), field="others"
        )
    chosen = guarding.chosen_files(actor, material, facts.files, mail.max_bytes)
    if material.is_redispatch and not chosen:
        raise InvalidLetter(_("Välj minst en av handlingens filer."), field="file")
    reason = guarding.require_consent(actor, material, addressees, chosen, facts.consent)
    reply_to = case.authority.email if is_address(case.authority.email) else None
    return _Checked(
        sender=Mailbox(sender, case.authority.name),
        reply_to=Mailbox(reply_to, case.authority.name) if reply_to else None,
        addressees=addressees,
        files=chosen,
        subject=subject,
        body=body,
        secrecy_reason=reason,
    )


def _final_texts(facts: LetterFacts) -> tuple[str, str]:
    """Subject and text with the last placeholders filled in. Raises: InvalidLetter."""
    subject, body = checked_subject(facts.subject), checked_body(facts.body)
    asked = placeholders.used(subject) | placeholders.used(body)
    if Placeholder.ANSWER_BY in asked or facts.watch:
        if facts.answer_by is None:
            raise InvalidLetter(_("Ange sista dag att svara."), field="answer_by")
        if facts.answer_by < today():
            raise InvalidLetter(_("Sista dag att svara har redan varit. Ange en senare dag."), field="answer_by")
    if Placeholder.APPEAL in asked and not facts.appeal.strip():
        raise InvalidLetter(_("Skriv hur beslutet överklagas."), field="appeal")
    with use_locale(SOURCE_LOCALE):
        given = {Placeholder.ANSWER_BY: show_date(facts.answer_by, "long"), Placeholder.APPEAL: facts.appeal}
    subject = checked_subject(placeholders.fill(subject, given))
    body = checked_body(placeholders.fill(body, given))
    placeholders.require_filled(subject, "subject")
    placeholders.require_filled(body, "body")
    return subject, body


def _letter(store: BlobStore, checked: _Checked) -> Letter:
    return Letter(
        sender=checked.sender,
        reply_to=checked.reply_to,
        recipients=tuple(item.box for item in checked.addressees),
        subject=checked.subject,
        body=checked.body,
        written_at=now(),
        attachments=tuple(_attachment(store, document) for document in checked.files),
    )


def _attachment(store: BlobStore, document: Document) -> Attachment:
    with store.open(document.sha256) as source:
        return Attachment(safe_file_name(document.file_name), document.blob.mime, source.read())


def _register(
    session: Session, actor: Actor, material: Material, facts: LetterFacts, checked: _Checked, sha256: str
) -> Record:
    title = facts.title.strip() or title_of(facts.kind, material)
    names = [f"{document.record.number_text} {document.file_name}" for document in checked.files]
    command = NewRecord(
        direction=Direction.OUTGOING,
        official_on=today(),
        title=title,
        case_uid=material.case.uid,
        record_type=facts.record_type,
        note=_("Bilagor: %(names)s", names="; ".join(names)) if names else None,
        parties=tuple(_party(item) for item in checked.addressees),
        restrictions=_inherited(material, checked.files),
        documents=(DocumentFacts(sha256, safe_file_name(f"{title[:100]}.eml")),),
    )
    record = registration.register(session, actor, command)
    for source in _sources(material, checked.files):
        closed_circles.inherit(session, actor, source, record)
    return record


def _party(item: Addressee) -> PartyFacts:
    kind = item.party.kind if item.party else PartyKind.PERSON
    name = item.party.name if item.party else item.box.name or item.box.address
    return PartyFacts(name, kind, PartyRole.RECIPIENT, email=item.box.address, is_protected=item.is_protected)


def _inherited(material: Material, chosen: Sequence[Document]) -> tuple[RestrictionFacts, ...]:
    """The markings of what the letter is about and takes along go with it. The case's own hold for it anyway."""
    found = [mark for record in _sources(material, chosen) for mark in record.restrictions if mark.is_in_force]
    # What hides a title or a name there is somewhere in the letter: only whole is it hidden here.
    wanted = {
        (mark.provision.citation, Scope.FILES if mark.scope is Scope.FILES else Scope.WHOLE) for mark in found
    }
    return tuple(RestrictionFacts(provision, scope) for provision, scope in sorted(wanted))


def _sources(material: Material, chosen: Sequence[Document]) -> list[Record]:
    """The records that the letter is about and takes along."""
    found = {document.record for document in chosen} | ({material.about} if material.about else set())
    return sorted(found, key=lambda record: record.id)


def _queue(
    session: Session, actor: Actor, record: Record, facts: LetterFacts, checked: _Checked, sha256: str
) -> OutgoingMessage:
    moment = now()
    message = OutgoingMessage(
        uid=facts.key,
        authority=record.case.authority,
        case=record.case,
        record=record,
        means=Means.EMAIL,
        state=MessageState.QUEUED,
        kind=facts.kind,
        message_id=composing.message_id(facts.key, checked.sender),
        sender_email=checked.sender.address,
        subject=checked.subject,
        content_sha256=sha256,
        attachment_names=[document.file_name for document in checked.files],
        secrecy_reason=checked.secrecy_reason,
        queued_at=moment,
        next_try_at=moment,
        give_up_at=moment + GIVE_UP_AFTER,
        queued_by_id=actor.user_id,
        queued_by_name=actor.name,
        recipients=[
            OutgoingRecipient(name=item.box.name, address=item.box.address, is_protected=item.is_protected)
            for item in checked.addressees
        ],
    )
    session.add(message)
    session.flush()
    return message


def _watch(session: Session, actor: Actor, material: Material, facts: LetterFacts, record: Record) -> None:
    if facts.answer_by is not None:
        wanted = DeadlineFacts(
            due_on=facts.answer_by,
            text=_("Svar på %(number)s", number=record.number_text),
            kind=DeadlineKind.ANSWER,
            record_uid=record.uid,
        )
        deadlines.add(session, actor, material.case, wanted)
