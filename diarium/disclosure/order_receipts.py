"""The receipt of an order by e-mail, for those who want to be answered that way."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum

from diarium.correspondence.addresses import Mailbox, is_address
from diarium.correspondence.composing import Letter, message_of
from diarium.correspondence.transport import Fate, MailTransport
from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.i18n import ngettext, use_locale
from diarium.letterbox.letters import ContactWay, Order


class Outcome(StrEnum):
    """What became of a receipt: nothing is left to do, to be tried later, or the mail server is away for all."""

    SETTLED = "settled"
    LATER = "later"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class OrderReceipts:
    """Sends receipts from `sender` in the name of `organisation`; answers go to `reply_to`."""

    transport: MailTransport
    organisation: str
    sender: str
    reply_to: str

    def is_wanted(self, order: Order) -> bool:
        """Whether whoever ordered wants to be answered by e-mail, and can be."""
        return order.contact_way is ContactWay.EMAIL and is_address(order.contact)

    def send(self, order: Order, reference: str, uid: uuid.UUID) -> Outcome:
        """Sends the receipt. What was ordered does not stand in it: e-mail is read by others."""
        with use_locale(order.language):
            letter = self._letter(order, reference)
        result = self.transport.send(message_of(letter, uid), [order.contact])
        if result.is_away:
            return Outcome.AWAY
        return Outcome.LATER if result.of(Fate.DEFERRED) else Outcome.SETTLED

    def _letter(self, order: Order, reference: str) -> Letter:
        count = len(order.items)
        received = _("Vi har tagit emot din beställning. Den har referensen %(reference)s.", reference=reference)
        if count:
            received += " " + ngettext(
                "Den gäller %(num)s handling eller ärende.", "Den gäller %(num)s handlingar eller ärenden.", count
            )
        parts = (
            _("Hej!"),
            received,
            _("En begäran om allmän handling behandlas skyndsamt. Innehåller handlingarna uppgifter som kan vara "
              "hemliga prövar vi först vad som kan lämnas ut. Nekas du något får du veta varför och hur du begär "
              "ett beslut som går att överklaga."),
            _("Kopior kan kosta enligt kommunens taxa. I så fall får du veta det innan."),
            _("Uppge referensen om du hör av dig. Var det inte du som beställde kan du bortse från det här."),
            self.organisation,
        )  # fmt: skip
        return Letter(
            sender=Mailbox(self.sender, self.organisation),
            recipients=(Mailbox(order.contact),),
            subject=_("Din beställning %(reference)s", reference=reference),
            body="\n\n".join(parts),
            written_at=now(),
            reply_to=Mailbox(self.reply_to) if self.reply_to else None,
            is_automatic=True,
        )
