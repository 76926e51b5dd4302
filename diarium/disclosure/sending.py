"""What a review released is queued as an e-mail to the asker, and what becomes of one that failed.

The address stands in the request alone and in no dispatch of the register: who asked is not told to everybody who
reads the record, and is erased in one place. Source: TF 2 kap. 16 and 18 §§.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.correspondence.addresses import is_address, mailbox
from diarium.correspondence.errors import MailNotConfigured
from diarium.db.base import now
from diarium.disclosure import delivering, lookup
from diarium.disclosure.errors import InvalidRequest, RequestConflict, RequestNotFound
from diarium.disclosure.handling import begin, number_of
from diarium.disclosure.models import DisclosureDelivery, RequestedItem
from diarium.disclosure.vocabulary import NEEDS_A_PERSON, DeliveryState, Means, ReviewOutcome
from diarium.files.models import Blob
from diarium.i18n import gettext as _
from diarium.i18n import show_size, today
from diarium.identity.permissions import Actor
from diarium.letterbox.letters import ContactWay
from diarium.register.models import Authority
from diarium.register.views import concerns_protected
from diarium.settings import MailSettings

MAX_SUBJECT = 200
MAX_BODY = 8000


@dataclass(frozen=True, slots=True)
class MailOut:
    """What is to be sent by e-mail to the address that the asker gave."""

    items: tuple[uuid.UUID, ...]
    subject: str
    body: str


def queue_mail(
    session: Session,
    mail: MailSettings,
    actor: Actor,
    uid: uuid.UUID,
    facts: MailOut,
    *,
    version: int | None = None,
) -> DisclosureDelivery:
    """Queues the released files as an e-mail; the worker's round sends it (see `mailing`).

    Raises: MailNotConfigured; RequestNotFound, RequestConflict, EditConflict; HiddenMaterial; InvalidRequest,
    InvalidText at `item`, `subject` or `body`.
    """
    request = lookup.locked(session, actor, uid, version)
    sender = sender_of(mail, request.authority)
    if not lookup.sees_asker(actor, request):
        raise RequestConflict(_("Ta begäran först. Bara den som handlägger den ser hur svaret ska lämnas."))
    if request.contact_way is not ContactWay.EMAIL or not is_address(request.contact):
        raise InvalidRequest(_("Den som frågade har inte lämnat någon e-postadress."), field="item")
    items = delivering.chosen_items(session, actor, request, facts.items)
    for item in items:
        _require_mailable(item)
    moment = now()
    delivery = DisclosureDelivery(
        means=Means.EMAIL,
        state=DeliveryState.QUEUED,
        subject=texts.required_line(facts.subject, MAX_SUBJECT, "subject", _("Skriv en ämnesrad.")),
        body=_body(facts.body),
        sender_email=sender,
        next_try_at=moment,
        made_at=moment,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        parts=delivering.parts_of(session, items),
    )
    _require_size(session, delivery, mail.max_bytes)
    request.deliveries.append(delivery)
    begin(session, actor, request)
    lookup.note(session, actor, request, "mail_queued", after={"delivery": delivery.uid, "items": len(items)})
    return delivery


def settle(
    session: Session,
    actor: Actor,
    uid: uuid.UUID,
    delivery_uid: uuid.UUID,
    step: str,
    *,
    version: int | None = None,
) -> DisclosureDelivery:
    """Says what becomes of an e-mail that failed, or may have left: `retry`, `sent`, or `settled` in another way.

    Raises: RequestNotFound, RequestConflict, EditConflict; InvalidRequest for another step.
    """
    request = lookup.locked(session, actor, uid, version)
    delivery = next((item for item in request.deliveries if item.uid == delivery_uid), None)
    if delivery is None:
        raise RequestNotFound(_("Utlämnandet finns inte."))
    # The worker may be noting at this moment what came of it.
    session.refresh(delivery, with_for_update=True)
    if delivery.state not in NEEDS_A_PERSON:
        raise RequestConflict(_("Det brevet behöver ingen åtgärd."))
    if step == "retry":
        why = why_not(delivery)
        if why is not None:
            raise RequestConflict(why)
        delivery.state, delivery.attempts, delivery.made_at = DeliveryState.QUEUED, 0, now()
        delivery.next_try_at = now()
    elif step == "sent":
        delivery.state, delivery.delivered_on = DeliveryState.SENT, today()
        delivering.tell(session, actor, delivery)
    elif step == "settled":
        delivery.state = DeliveryState.SETTLED
    else:
        raise InvalidRequest(_("Välj vad som ska gälla för brevet."), field="step")
    after = {"delivery": delivery.uid, "step": step}
    lookup.note(session, actor, request, "mail_settled", after=after)
    return delivery


def why_not(delivery: DisclosureDelivery) -> str | None:
    """Why an e-mail that was queued may not leave any more, in words for a person; nothing if it still may."""
    for part in delivery.parts:
        if part.item.review is not part.review:
            return _("%(number)s har prövats på nytt sedan brevet skrevs. Skriv det på nytt.",
                     number=number_of(part.item))  # fmt: skip
        why = delivering.why_not_given(delivery.request, part.item)
        if why is not None:
            return why
    return None


def sender_of(mail: MailSettings, authority: Authority) -> str:
    """The address that e-mails of the authority come from. Raises: MailNotConfigured."""
    if not mail.is_configured:
        raise MailNotConfigured(
            _("E-post är inte inställd. Be den som sköter systemet, eller lämna ut på annat sätt.")
        )
    address = mail.sender or authority.email or ""
    if not is_address(address):
        raise MailNotConfigured(
            _("%(name)s har ingen e-postadress att skicka från. Be administratören lägga in den.",
              name=authority.name)
        )  # fmt: skip
    return mailbox(address).address


def _require_mailable(item: RequestedItem) -> None:
    """E-mail is not encrypted on its whole way (GDPR article 32), and a reservation has to be acknowledged."""
    made = item.review
    if made is not None and made.outcome is ReviewOutcome.RESERVATION:
        raise InvalidRequest(
            _("%(number)s lämnas ut med förbehåll och skickas inte med e-post.", number=number_of(item)),
            field="item",
        )
    is_whole = made is not None and made.outcome is ReviewOutcome.RELEASED
    if is_whole and item.record is not None and concerns_protected(item.record):
        raise InvalidRequest(
            _("%(number)s rör någon med skyddade personuppgifter och skickas inte med e-post.",
              number=number_of(item)),
            field="item",
        )  # fmt: skip


def _body(text: str) -> str:
    body = texts.lines(text, MAX_BODY, "body")
    if not body:
        raise InvalidRequest(_("Skriv brevets text."), field="body")
    return body


def _require_size(session: Session, delivery: DisclosureDelivery, most: int) -> None:
    sums = [part.sha256 for part in delivery.parts if part.sha256 is not None]
    if not sums:
        raise InvalidRequest(
            _("Det finns inga filer att skicka. Lämna ut papperskopior på annat sätt."), field="item"
        )
    rows = session.execute(select(Blob.sha256, Blob.size).where(Blob.sha256.in_(sums)))
    sizes = {row.sha256: row.size for row in rows}
    size = sum(sizes[item] for item in sums)
    if size > most:
        raise InvalidRequest(
            _("Filerna är %(size)s tillsammans. Ett brev tar högst %(most)s. Skicka färre åt gången.",
              size=show_size(size), most=show_size(most)),
            field="item",
        )  # fmt: skip
