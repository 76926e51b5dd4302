"""Cases and records of ERMS.xml as boxes.

Ours: each box of own elements is completed from the elements that tell the rest of its facts; the n-th marking,
action or file belongs to the n-th box of its kind. What others wrote is completed by `foreign`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from diarium.archive.reading import erms_boxes, xml
from diarium.archive.reading import erms_parts as parts
from diarium.archive.reading.erms_boxes import named
from diarium.archive.reading.errors import UnreadablePackage
from diarium.archive.reading.facts import Box
from diarium.archive.reading.xml import Element
from diarium.i18n import gettext as _
from diarium.register.vocabulary import Direction, Medium

Finder = Callable[[str], str | None]
"""Where in the package a link of the document leads."""
_MEDIA: Final = {
    "digitial": Medium.DIGITAL,
    "digital": Medium.DIGITAL,
    "physical": Medium.PAPER,
    "physcical_and_digital": Medium.BOTH,
    "physical_and_digital": Medium.BOTH,
}
_OFFICIAL: Final = {"incoming": "received", "outgoing": "expedited", "drawn_up": "prepared"}


def case_of(element: Element, find: Finder) -> Box:
    """A case with its records, from an aggregation of ours."""
    boxes = erms_boxes.boxes_in(xml.child(element, "additionalInformation"))
    case = _own(named(boxes, "case"), "case")
    _case_elements(case, element)
    case.parts += named(boxes, "relation")
    case.parts += _marks(element, boxes)
    case.parts += _parties(element)
    case.parts += _notes(element, named(boxes, "note"))
    case.parts += _work(element, boxes)
    for kind in ("withdrawal", "case_disposal", "origin"):
        case.parts += named(boxes, kind)
    case.parts += [record_of(item, find) for item in xml.children(element, "record")]
    return case


def record_of(element: Element, find: Finder) -> Box:
    """A record with its files, from a record of ours."""
    place = xml.child(element, "additionalInformation")
    boxes = erms_boxes.boxes_in(place)
    record = _own(named(boxes, "record"), "record")
    _record_elements(record, element)
    record.parts += _marks(element, boxes)
    record.parts += _parties(element)
    documents, messages = named(boxes, "document"), _dispatches(boxes)
    appendices = xml.children(place, "appendix")
    told = [*documents, *messages]
    if len(appendices) != len(told):
        raise _uneven("appendix")
    for box, appendix in zip(told, appendices, strict=True):
        _file(box, appendix, find)
    by_uid = {box.text("uid"): box for box in documents}
    for taken in named(boxes, "withdrawal"):
        of_file = by_uid.get(taken.text("document"))
        (of_file.parts if of_file is not None else record.parts).append(taken)
    record.parts += documents
    record.parts += named(boxes, "dispatch")
    return record


def _own(boxes: Sequence[Box], kind: str) -> Box:
    if len(boxes) != 1:
        raise _uneven(kind)
    return boxes[0]


def _case_elements(case: Box, element: Element) -> None:
    case.fill("uid", xml.attribute(element, "systemIdentifier"))
    case.fill("number_text", xml.text(element, "objectId"))
    case.fill("foreign_number", xml.text(element, "extraId"))
    case.fill("title", xml.text(element, "title"))
    case.fill("public_title", xml.text(element, "otherTitle"))
    case.fill("case_type", xml.text(element, "keywords", "keyword"))
    place = xml.child(element, "classification")
    case.fill("classification", None if place is None else xml.attribute(place, "classificationId"))
    for name, kind in (("opened_on", "opened"), ("decided_on", "decision"), ("closed_on", "closed")):
        case.fill(name, parts.day_of(element, kind))
    case.fill("registered_at", parts.day_of(element, "captured"))
    case.fill("physical_location", xml.text(element, "physicalLocations", "physicalLocation", "currentLocation"))
    for name, kind in (("note", "anteckning"), ("closing_reason", "avslutat"), ("cancel_reason", "makulerat")):
        case.fill(name, next(iter(parts.notes_of(element, kind)), None))
    officer = parts.agent(element, "responsible_person")
    parts.fill_user(case, "responsible", officer)
    case.fill("unit_name", xml.text(officer, "unitName"))
    parts.fill_user(case, "registered_by", parts.agent(element, "creator"))


def _record_elements(record: Box, element: Element) -> None:
    record.fill("uid", xml.attribute(element, "systemIdentifier"))
    record.fill("number_text", xml.text(element, "objectId"))
    record.fill("running_number", xml.text(element, "runningNumber"))
    record.fill("title", xml.text(element, "title"))
    record.fill("public_title", xml.text(element, "otherTitle"))
    record.fill("record_type", xml.attribute(element, "recordType"))
    medium = _MEDIA.get(xml.attribute(element, "recordPhysicalOrDigital") or "")
    record.fill("medium", medium.value if medium else None)
    record.fill("official_on", parts.day_of(element, _OFFICIAL[record.one_of("direction", Direction).value]))
    record.fill("received_at", parts.day_of(element, "", other="mottagen"))
    record.fill("document_date", parts.day_of(element, "originated"))
    record.fill("registered_at", parts.day_of(element, "captured"))
    record.fill("physical_location", xml.text(element, "physicalLocations", "physicalLocation", "currentLocation"))
    for name, kind in (("note", "anteckning"), ("cancel_reason", "makulerad")):
        record.fill(name, next(iter(parts.notes_of(element, kind)), None))
    parts.fill_user(record, "registered_by", parts.agent(element, "creator"))


def _marks(element: Element, boxes: Sequence[Box]) -> list[Box]:
    marks, elements = named(boxes, "restriction"), xml.children(element, "restriction")
    if len(marks) != len(elements):
        raise _uneven("restriction")
    for box, told in zip(marks, elements, strict=True):
        parts.fill_restriction(box, told)
        box.parts = [
            item for item in named(boxes, "review") if item.optional("restriction") == box.optional("uid")
        ]
    return marks


def _parties(element: Element) -> list[Box]:
    found = []
    for item in parts.agents(element):
        extending = xml.child(item, "agentExtendingInformation", "agentExtendingXMLInformation")
        for box in named(erms_boxes.boxes_in(extending), "party"):
            parts.fill_party(box, item)
            found.append(box)
    return found


def _notes(element: Element, boxes: list[Box]) -> list[Box]:
    texts = parts.notes_of(element, "tjänsteanteckning")
    if len(texts) != len(boxes):
        raise _uneven("note")
    for box, text in zip(boxes, texts, strict=True):
        box.fill("body", text)
    return boxes


def _work(element: Element, boxes: Sequence[Box]) -> list[Box]:
    """Decisions, then watched days, then shares: an action each, in that order."""
    filling = (
        ("decision", parts.fill_decision),
        ("deadline", parts.fill_deadline),
        ("share", parts.fill_share),
    )
    work = [(box, fill) for kind, fill in filling for box in named(boxes, kind)]
    actions = xml.children(element, "action")
    if len(work) != len(actions):
        raise _uneven("action")
    for (box, fill), action in zip(work, actions, strict=True):
        fill(box, action)
    return [box for box, _fill in work]


def _dispatches(boxes: Sequence[Box]) -> list[Box]:
    """Gives each dispatch its recipients and its message; returns the messages."""
    messages = []
    for box in named(boxes, "dispatch"):
        uid = box.optional("uid")
        box.parts = [who for who in named(boxes, "recipient") if who.optional("dispatch") == uid]
        message = parts.message_of(box)
        if message is not None:
            box.parts.append(message)
            messages.append(message)
    return messages


def _file(box: Box, appendix: Element, find: Finder) -> None:
    box.fill("description", xml.attribute(appendix, "description"))
    link = xml.attribute(appendix, "path")
    box.fill("path", find(link) if link else None)


def _uneven(what: str) -> UnreadablePackage:
    return UnreadablePackage(
        _("Elementen ”%(what)s” och de egna elementen om dem stämmer inte överens. Paketet är ändrat.", what=what)
    )
