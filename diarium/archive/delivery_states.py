"""The life of a delivery: its states, what may follow on what, and what each step is called."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from diarium.archive.delivery_errors import DeliveryConflict
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l


class DeliveryState(StrEnum):
    """Where a delivery is in its life."""

    DRAFT = "draft"
    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    RECEIVED = "received"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    FAILED = "failed"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


DELIVERY_STATE_LABELS: Mapping[DeliveryState, str] = {
    DeliveryState.DRAFT: _l("Utkast"),
    DeliveryState.READY: _l("Klar att sändas"),
    DeliveryState.SENDING: _l("Sänds"),
    DeliveryState.SENT: _l("Sänd"),
    DeliveryState.RECEIVED: _l("Framme hos mottagaren"),
    DeliveryState.CONFIRMED: _l("Godkänd av mottagaren"),
    DeliveryState.REJECTED: _l("Avvisad av mottagaren"),
    DeliveryState.FAILED: _l("Kunde inte sändas"),
    DeliveryState.REPLACED: _l("Ersatt av en senare"),
    DeliveryState.WITHDRAWN: _l("Återkallad"),
}
DELIVERY_STATE_MEANINGS: Mapping[DeliveryState, str] = {
    DeliveryState.DRAFT: _l("Leveransen är upplagd och kan ändras, sändas eller återkallas."),
    DeliveryState.READY: _l("Paketet kontrolleras mot sin kontrollsumma och sänds, eller väntar på att hämtas."),
    DeliveryState.SENDING: _l("Paketet är på väg. En avbruten sändning fortsätter där den slutade."),
    DeliveryState.SENT: _l("Hela paketet har lämnat myndigheten, men ingen vet än om det är helt hos mottagaren."),
    DeliveryState.RECEIVED: _l("Paketet är helt hos mottagaren, som inte har svarat om det godtas."),
    DeliveryState.CONFIRMED: _l("Mottagaren har godkänt paketet. Ärendena kan vara arkiverade."),
    DeliveryState.REJECTED: _l("Mottagaren har avvisat paketet. En ny leverans kan ersätta den."),
    DeliveryState.FAILED: _l("Sändningen gav upp. Felet ska rättas innan den görs om."),
    DeliveryState.REPLACED: _l("En senare leverans har godkänts i stället."),
    DeliveryState.WITHDRAWN: _l("Leveransen blir inte av, eller gäller inte längre."),
}
S = DeliveryState
TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    S.DRAFT: frozenset({S.READY, S.WITHDRAWN}),
    S.READY: frozenset({S.DRAFT, S.SENDING, S.SENT, S.FAILED, S.WITHDRAWN}),
    S.SENDING: frozenset({S.DRAFT, S.SENT, S.FAILED}),
    S.SENT: frozenset({S.RECEIVED, S.CONFIRMED, S.REJECTED, S.REPLACED, S.WITHDRAWN}),
    S.RECEIVED: frozenset({S.CONFIRMED, S.REJECTED, S.REPLACED, S.WITHDRAWN}),
    S.CONFIRMED: frozenset({S.REPLACED}),
    S.REJECTED: frozenset({S.REPLACED, S.WITHDRAWN}),
    S.FAILED: frozenset({S.READY, S.REPLACED, S.WITHDRAWN}),
    S.REPLACED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
WAITING = (S.READY, S.SENDING)
"""The states in which the worker has something to do."""
AWAITING_ANSWER = (S.SENT, S.RECEIVED)
"""The states in which the receiver's answer is awaited."""
LIVE = (S.DRAFT, S.READY, S.SENDING, S.SENT, S.RECEIVED)
"""The states in which the same package is not delivered once more to the same receiver."""


class DeliveryStep(StrEnum):
    """What happened to a delivery. What is kept in tables: never change a value."""

    CREATED = "created"
    APPROVED = "approved"
    CHECKED = "checked"
    BEGUN = "begun"
    RESUMED = "resumed"
    TRIED = "tried"
    STOPPED = "stopped"
    SENT = "sent"
    FETCHED = "fetched"
    RECEIVED = "received"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    FAILED = "failed"
    CASES_ARCHIVED = "cases_archived"
    REPLACEMENT_ASKED = "replacement_asked"
    REPEATED = "repeated"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    RECEIPT_FOUND = "receipt_found"


STEP_LABELS: Mapping[DeliveryStep, str] = {
    DeliveryStep.CREATED: _l("Leveransen lades upp"),
    DeliveryStep.APPROVED: _l("Godkändes för sändning"),
    DeliveryStep.CHECKED: _l("Paketet kontrollerades: kontrollsumman stämmer"),
    DeliveryStep.BEGUN: _l("Sändningen började"),
    DeliveryStep.RESUMED: _l("Sändningen togs upp där den hade avbrutits"),
    DeliveryStep.TRIED: _l("Ett försök misslyckades"),
    DeliveryStep.STOPPED: _l("Sändningen stoppades"),
    DeliveryStep.SENT: _l("Paketet är sänt"),
    DeliveryStep.FETCHED: _l("Paketet hämtades"),
    DeliveryStep.RECEIVED: _l("Paketet är framme hos mottagaren"),
    DeliveryStep.CONFIRMED: _l("Mottagaren godkände paketet"),
    DeliveryStep.REJECTED: _l("Mottagaren avvisade paketet"),
    DeliveryStep.FAILED: _l("Sändningen gav upp"),
    DeliveryStep.CASES_ARCHIVED: _l("Ärendena arkiverades"),
    DeliveryStep.REPLACEMENT_ASKED: _l("Ett ersättande paket begärdes"),
    DeliveryStep.REPEATED: _l("Leveransen görs om"),
    DeliveryStep.REPLACED: _l("Ersattes av en senare leverans"),
    DeliveryStep.WITHDRAWN: _l("Återkallades"),
    DeliveryStep.RECEIPT_FOUND: _l("En kvittens kom in"),
}


def require_step(old: DeliveryState, new: DeliveryState) -> None:
    """Raises: DeliveryConflict if a delivery can't go from `old` to `new`."""
    if new not in TRANSITIONS[old]:
        raise DeliveryConflict(
            _(
                "Leveransens läge är nu ”%(state)s”, och då går det inte. Läs sidan igen.",
                state=DELIVERY_STATE_LABELS[old],
            )
        )
