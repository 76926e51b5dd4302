"""The closed lists of correspondence with their Swedish labels."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from diarium.i18n import lazy_gettext as _l


class LetterKind(StrEnum):
    """What a letter is for."""

    RECEIPT = "receipt"
    COMPLETION = "completion"
    DECISION = "decision"
    OTHER = "other"


class Means(StrEnum):
    """How something was dispatched."""

    EMAIL = "email"
    POST = "post"
    HANDED_OVER = "handed_over"
    OTHER = "other"


class MessageState(StrEnum):
    """Where a dispatch is in its life.

    `SENDING` lasts only while the server is being spoken to. `UNCERTAIN`: the line broke, or the program
    stopped, at a moment when the server may or may not have taken the message; a person decides.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    PARTLY_SENT = "partly_sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"
    NOTED = "noted"


class RecipientState(StrEnum):
    """What has become of a message at one recipient."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    REFUSED = "refused"
    BOUNCED = "bounced"


LETTER_KIND_LABELS: Mapping[LetterKind, str] = {
    LetterKind.RECEIPT: _l("Bekräftelse på mottagande"),
    LetterKind.COMPLETION: _l("Begäran om komplettering"),
    LetterKind.DECISION: _l("Expediering av beslut"),
    LetterKind.OTHER: _l("Annat brev"),
}
MEANS_LABELS: Mapping[Means, str] = {
    Means.EMAIL: _l("E-post"),
    Means.POST: _l("Post"),
    Means.HANDED_OVER: _l("Överlämnad"),
    Means.OTHER: _l("På annat sätt"),
}
MESSAGE_STATE_LABELS: Mapping[MessageState, str] = {
    MessageState.QUEUED: _l("Väntar på att skickas"),
    MessageState.SENDING: _l("Skickas just nu"),
    MessageState.SENT: _l("Skickat"),
    MessageState.PARTLY_SENT: _l("Skickat till en del"),
    MessageState.FAILED: _l("Kunde inte skickas"),
    MessageState.UNCERTAIN: _l("Oklart om det skickades"),
    MessageState.CANCELLED: _l("Avbrutet"),
    MessageState.NOTED: _l("Noterat för hand"),
}
RECIPIENT_STATE_LABELS: Mapping[RecipientState, str] = {
    RecipientState.WAITING: _l("Väntar"),
    RecipientState.ACCEPTED: _l("Mottaget av e-postservern"),
    RecipientState.DELIVERED: _l("Leverans bekräftad"),
    RecipientState.REFUSED: _l("Avvisat av e-postservern"),
    RecipientState.BOUNCED: _l("Kom i retur"),
}
# What somebody has to do something about.
NEEDS_A_PERSON = (MessageState.FAILED, MessageState.PARTLY_SENT, MessageState.UNCERTAIN)
