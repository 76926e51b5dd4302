"""The closed lists of the inbox with their Swedish labels."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from diarium.i18n import lazy_gettext as _l


class Channel(StrEnum):
    """The way by which something came in."""

    EMAIL = "email"
    FILE_DROP = "file_drop"
    SCAN = "scan"
    E_SERVICE = "e_service"
    MANUAL = "manual"


class ItemState(StrEnum):
    """Where an item is: new until somebody has settled it. Settled items stay and can be read."""

    NEW = "new"
    REGISTERED = "registered"
    SET_ASIDE = "set_aside"
    RETURNED = "returned"
    MERGED = "merged"
    SPLIT = "split"


class FileKind(StrEnum):
    """What a file of an item is: the message as it came, or a file that came with it or alone."""

    ORIGINAL = "original"
    ATTACHMENT = "attachment"


class Security(StrEnum):
    """How the connection to a mail server is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class SetAsideReason(StrEnum):
    """Why something that came in is not registered. What is secret must always be registered (OSL 5 kap. 1 §)."""

    TRIVIAL = "trivial"
    ADVERTISING = "advertising"
    DUPLICATE = "duplicate"
    KEPT_ORDERED = "kept_ordered"
    NOT_OFFICIAL = "not_official"


CHANNEL_LABELS: Mapping[Channel, str] = {
    Channel.EMAIL: _l("E-post"),
    Channel.FILE_DROP: _l("Inlagd fil"),
    Channel.SCAN: _l("Skanning"),
    Channel.E_SERVICE: _l("E-tjänst"),
    Channel.MANUAL: _l("För hand"),
}
STATE_LABELS: Mapping[ItemState, str] = {
    ItemState.NEW: _l("Att registrera"),
    ItemState.REGISTERED: _l("Registrerad"),
    ItemState.SET_ASIDE: _l("Registreras inte"),
    ItemState.RETURNED: _l("Återsänd"),
    ItemState.MERGED: _l("Sammanslagen med en annan post"),
    ItemState.SPLIT: _l("Uppdelad i andra poster"),
}
FILE_KIND_LABELS: Mapping[FileKind, str] = {
    FileKind.ORIGINAL: _l("Meddelandet i original"),
    FileKind.ATTACHMENT: _l("Fil"),
}
SECURITY_LABELS: Mapping[Security, str] = {
    Security.TLS: _l("TLS"),
    Security.STARTTLS: _l("STARTTLS"),
    Security.NONE: _l("Okrypterad"),
}
REASON_LABELS: Mapping[SetAsideReason, str] = {
    SetAsideReason.TRIVIAL: _l("Uppenbart av ringa betydelse"),
    SetAsideReason.ADVERTISING: _l("Reklam eller massutskick"),
    SetAsideReason.DUPLICATE: _l("Dubblett av något som redan kommit in"),
    SetAsideReason.KEPT_ORDERED: _l("Hålls ordnad utan registrering"),
    SetAsideReason.NOT_OFFICIAL: _l("Inte allmän handling, till exempel privat brev"),
}
REASON_SOURCES: Mapping[SetAsideReason, str] = {
    SetAsideReason.TRIVIAL: _l("OSL 5 kap. 1 §, uppenbart av ringa betydelse"),
    SetAsideReason.ADVERTISING: _l("OSL 5 kap. 1 §, uppenbart av ringa betydelse"),
    SetAsideReason.DUPLICATE: _l("OSL 5 kap. 1 §, uppenbart av ringa betydelse"),
    SetAsideReason.KEPT_ORDERED: _l("OSL 5 kap. 1 §, hålls ordnad utan registrering"),
    SetAsideReason.NOT_OFFICIAL: _l("TF 2 kap. 4 och 8 §§"),
}
# Reasons that must be explained in words: others must be able to see afterwards why.
NOTE_REQUIRED = frozenset({SetAsideReason.NOT_OFFICIAL})
