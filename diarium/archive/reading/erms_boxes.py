"""The own elements of ERMS.xml as boxes: which kind a box is, is told by the fact that only such a box has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from diarium.archive.reading import xml
from diarium.archive.reading.facts import Box
from diarium.archive.reading.xml import Element

# A box is of the first of these kinds whose fact it has.
_KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("disposal_depth", "case_disposal"),
    ("origin_package", "origin"),
    ("deadline_kind", "deadline"),
    ("decision_kind", "decision"),
    ("review_outcome", "review"),
    ("recipient_state", "recipient"),
    ("dispatch_means", "dispatch"),
    ("withdrawal_reason", "withdrawal"),
    ("shared_with", "share"),
    ("is_outgoing", "relation"),
    ("scope", "restriction"),
    ("publishing", "class"),
    ("number_format", "series"),
    ("valid_from", "scheme"),
    ("active_from", "authority"),
    ("record_status", "delivery"),
    ("sha256", "document"),
    ("initiative", "case"),
    ("direction", "record"),
    ("is_active", "unit"),
    ("made_at", "note"),
    ("kind", "party"),
)
# Facts that have another name in the box than everywhere else.
_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "review": {"review_outcome": "outcome", "review_occasion": "occasion", "review_reason": "reason"},
    "withdrawal": {"withdrawal_reason": "reason", "withdrawn_at": "made_at"},
    "share": {"shared_with": "to_authority"},
    "dispatch": {
        "dispatch_means": "means",
        "dispatch_state": "state",
        "letter_kind": "kind",
        "attachment": "attachment_name",
    },
    "recipient": {"recipient_state": "state"},
    "delivery": {"record_status": "status"},
    "case_disposal": {"disposal_depth": "depth"},
    "origin": {"origin_package": "package"},
}
FOREIGN: Final = "foreign"


def boxes_in(parent: Element | None) -> list[Box]:
    """The boxes that stand in an element, in their order. Those of others are of the kind `FOREIGN`."""
    return [_box(item) for item in xml.children(parent, "ownElement")]


def named(boxes: Iterable[Box], kind: str) -> list[Box]:
    """The boxes of a kind."""
    return [box for box in boxes if box.kind == kind]


def _box(element: Element) -> Box:
    box = Box(FOREIGN)
    for fact in xml.children(element, "ownElement"):
        box.add(xml.attribute(fact, "name") or "", xml.text(fact, "value") or "")
    box.kind = next((kind for name, kind in _KINDS if box.has(name)), FOREIGN)
    for name, usual in _NAMES.get(box.kind, {}).items():
        if name in box.values:
            box.values[usual] = box.values.pop(name)
    return box
