"""The closed lists of webhooks, with their Swedish labels."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from diarium.i18n import lazy_gettext as _l


class EventKind(StrEnum):
    """What other systems can be told of. The values are those of the change feed, and part of the API."""

    CASE_OPENED = "case.opened"
    CASE_CORRECTED = "case.corrected"
    CASE_ASSIGNED = "case.assigned"
    CASE_DECIDED = "case.decided"
    CASE_CLOSED = "case.closed"
    CASE_REOPENED = "case.reopened"
    CASE_CANCELLED = "case.cancelled"
    RECORD_REGISTERED = "record.registered"
    RECORD_CORRECTED = "record.corrected"
    RECORD_CANCELLED = "record.cancelled"
    RECORD_DOCUMENTS_ADDED = "record.documents_added"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    PARKED = "parked"


TEST_KIND = "webhook.test"
"""The kind of a delivery that an administrator asked for to try the address."""

KIND_LABELS: Mapping[EventKind, str] = {
    EventKind.CASE_OPENED: _l("Ärende öppnades"),
    EventKind.CASE_CORRECTED: _l("Ärende rättades"),
    EventKind.CASE_ASSIGNED: _l("Ärende fick handläggare eller enhet"),
    EventKind.CASE_DECIDED: _l("Ärende beslutades"),
    EventKind.CASE_CLOSED: _l("Ärende avslutades"),
    EventKind.CASE_REOPENED: _l("Ärende öppnades igen"),
    EventKind.CASE_CANCELLED: _l("Ärende makulerades"),
    EventKind.RECORD_REGISTERED: _l("Handling registrerades"),
    EventKind.RECORD_CORRECTED: _l("Handling rättades"),
    EventKind.RECORD_CANCELLED: _l("Handling makulerades"),
    EventKind.RECORD_DOCUMENTS_ADDED: _l("Filer lades till på handling"),
}
STATE_LABELS: Mapping[DeliveryState, str] = {
    DeliveryState.WAITING: _l("Väntar"),
    DeliveryState.DELIVERED: _l("Levererad"),
    DeliveryState.PARKED: _l("Åtgärd behövs"),
}


def kind_label(kind: str) -> str:
    """What pages call a kind."""
    if kind == TEST_KIND:
        return str(_l("Prov"))
    return str(KIND_LABELS[EventKind(kind)]) if kind in list(EventKind) else kind
