"""How steps and proofs are shown."""

from __future__ import annotations

from collections.abc import Mapping

from diarium.archive.delivery_states import DeliveryStep
from diarium.archive.transport.port import Proof
from diarium.i18n import lazy_gettext as _l

PROOF_LABELS: Mapping[Proof, str] = {
    Proof.READ_BACK: _l("Läst tillbaka: SHA-256 stämmer"),
    Proof.CHECKSUM: _l("Mottagarens kontrollsumma stämmer"),
    Proof.SIZE: _l("Storleken stämmer"),
}
_LOOKS: Mapping[DeliveryStep, tuple[str, str]] = {
    DeliveryStep.CREATED: ("neutral", "edit"),
    DeliveryStep.CHECKED: ("success", "check"),
    DeliveryStep.BEGUN: ("info", "half"),
    DeliveryStep.RESUMED: ("info", "half"),
    DeliveryStep.TRIED: ("warning", "warning"),
    DeliveryStep.STOPPED: ("neutral", "pause"),
    DeliveryStep.SENT: ("info", "out"),
    DeliveryStep.FETCHED: ("info", "file"),
    DeliveryStep.RECEIVED: ("success", "check"),
    DeliveryStep.RECEIPT_FOUND: ("info", "in"),
    DeliveryStep.CONFIRMED: ("success", "check"),
    DeliveryStep.CASES_ARCHIVED: ("success", "archive"),
    DeliveryStep.REJECTED: ("danger", "error"),
    DeliveryStep.FAILED: ("danger", "error"),
    DeliveryStep.WITHDRAWN: ("neutral", "cross"),
}


def step_look(step: DeliveryStep) -> dict[str, object]:
    """Tone and icon of a step in the timeline."""
    tone, icon = _LOOKS.get(step, ("neutral", "circle"))
    return {"tone": tone, "icon": icon}
