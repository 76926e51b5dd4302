"""The closed lists of requests to see documents with their Swedish labels."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from diarium.i18n import lazy_gettext as _l
from diarium.letterbox.letters import ContactWay


class Channel(StrEnum):
    """How a request came."""

    WEB = "web"
    EMAIL = "email"
    PHONE = "phone"
    VISIT = "visit"
    POST = "post"


class RequestState(StrEnum):
    """Where a request is in its life. `WAITING`: for somebody outside, with the reason written down."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    CLOSED = "closed"


class ReviewOutcome(StrEnum):
    """What a review of a document came to (OSL 6 kap. 3 §, 10 kap. 14 §; TF 2 kap. 15 §)."""

    RELEASED = "released"
    MASKED = "masked"
    RESERVATION = "reservation"
    REFUSED = "refused"
    NOT_HELD = "not_held"


class CloseReason(StrEnum):
    """Why a request is over."""

    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    UNREACHABLE = "unreachable"
    FORWARDED = "forwarded"


class DecisionKind(StrEnum):
    """What is told or decided. `NOTICE`: an official's word, and that a formal decision can be asked for."""

    NOTICE = "notice"
    REFUSAL = "refusal"
    RESERVATION = "reservation"


class Means(StrEnum):
    """How something was given out."""

    ON_SPOT = "on_spot"
    HANDED_OVER = "handed_over"
    POST = "post"
    EMAIL = "email"
    BY_PHONE = "by_phone"


class DeliveryState(StrEnum):
    """Where a delivery is: noted by hand, or a message on its way. `UNCERTAIN`: it may or may not have left."""

    NOTED = "noted"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SETTLED = "settled"


CHANNEL_LABELS: Mapping[Channel, str] = {
    Channel.WEB: _l("Öppna diariet"),
    Channel.EMAIL: _l("E-post"),
    Channel.PHONE: _l("Telefon"),
    Channel.VISIT: _l("Besök"),
    Channel.POST: _l("Brev"),
}
STATE_LABELS: Mapping[RequestState, str] = {
    RequestState.NEW: _l("Ny"),
    RequestState.IN_PROGRESS: _l("Pågår"),
    RequestState.WAITING: _l("Väntar på svar utifrån"),
    RequestState.CLOSED: _l("Avslutad"),
}
OUTCOME_LABELS: Mapping[ReviewOutcome, str] = {
    ReviewOutcome.RELEASED: _l("Lämnas ut helt"),
    ReviewOutcome.MASKED: _l("Lämnas ut i en del"),
    ReviewOutcome.RESERVATION: _l("Lämnas ut med förbehåll"),
    ReviewOutcome.REFUSED: _l("Lämnas inte ut"),
    ReviewOutcome.NOT_HELD: _l("Finns inte här"),
}
CLOSE_LABELS: Mapping[CloseReason, str] = {
    CloseReason.ANSWERED: _l("Besvarad"),
    CloseReason.WITHDRAWN: _l("Återkallad av den som frågade"),
    CloseReason.UNREACHABLE: _l("Den som frågade går inte att nå"),
    CloseReason.FORWARDED: _l("Lämnad till rätt myndighet"),
}
DECISION_LABELS: Mapping[DecisionKind, str] = {
    DecisionKind.NOTICE: _l("Besked att handlingen inte lämnas ut"),
    DecisionKind.REFUSAL: _l("Myndighetens beslut att inte lämna ut"),
    DecisionKind.RESERVATION: _l("Beslut om förbehåll"),
}
MEANS_LABELS: Mapping[Means, str] = {
    Means.ON_SPOT: _l("Läst på plats"),
    Means.HANDED_OVER: _l("Kopia överlämnad"),
    Means.POST: _l("Kopia med post"),
    Means.EMAIL: _l("E-post"),
    Means.BY_PHONE: _l("Uppgift lämnad på telefon"),
}
DELIVERY_STATE_LABELS: Mapping[DeliveryState, str] = {
    DeliveryState.NOTED: _l("Noterat för hand"),
    DeliveryState.QUEUED: _l("Väntar på att skickas"),
    DeliveryState.SENDING: _l("Skickas just nu"),
    DeliveryState.SENT: _l("Skickat"),
    DeliveryState.FAILED: _l("Kunde inte skickas"),
    DeliveryState.UNCERTAIN: _l("Oklart om det skickades"),
    DeliveryState.SETTLED: _l("Löst på annat sätt"),
}
CONTACT_WAY_LABELS: Mapping[ContactWay, str] = {
    ContactWay.EMAIL: _l("E-post"),
    ContactWay.PHONE: _l("Telefon"),
    ContactWay.POST: _l("Brev"),
    ContactWay.VISIT: _l("Kommer själv och läser"),
}
OPEN: Final = (RequestState.NEW, RequestState.IN_PROGRESS, RequestState.WAITING)
# What the review lets out of the house, and what it does not or not whole.
GIVES_OUT: Final = frozenset({ReviewOutcome.RELEASED, ReviewOutcome.MASKED, ReviewOutcome.RESERVATION})
LIMITS: Final = frozenset({ReviewOutcome.MASKED, ReviewOutcome.RESERVATION, ReviewOutcome.REFUSED})
NEEDS_REASON: Final = LIMITS | {ReviewOutcome.NOT_HELD}
# Means that the fee is taken for: paper that leaves with somebody.
ON_PAPER: Final = frozenset({Means.HANDED_OVER, Means.POST})
BY_HAND: Final = (Means.ON_SPOT, Means.HANDED_OVER, Means.POST, Means.BY_PHONE)
# What has reached the asker.
GIVEN: Final = frozenset({DeliveryState.NOTED, DeliveryState.SENT})
EN_ROUTE: Final = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING})
# Somebody has to decide what becomes of these.
NEEDS_A_PERSON: Final = frozenset({DeliveryState.FAILED, DeliveryState.UNCERTAIN})
