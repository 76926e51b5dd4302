"""Cases of others' ERMS.xml as raw boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from diarium.archive.reading import erms_parts, raw, xml
from diarium.archive.reading.facts import Box
from diarium.archive.reading.xml import Element
from diarium.register.vocabulary import PartyRole

Finder = Callable[[str], str | None]
_USED: Final = frozenset(
    {
        "objectId",
        "parentAggregationId",
        "keywords",
        "title",
        "status",
        "relation",
        "restriction",
        "agents",
        "dates",
    }
    | {"notes", "description", "physicalLocations", "additionalInformation", "record", "aggregation", "extraId"}
    | {"classification", "otherTitle", "runningNumber", "direction"}
)
_OFFICERS: Final = frozenset({"responsible_person", "administrator", "agent"})
_ROLES: Final = {
    "sender": PartyRole.SENDER,
    "recipient": PartyRole.RECIPIENT,
    "receiver": PartyRole.RECIPIENT,
    "counterpart": PartyRole.COUNTERPART,
}
_OTHER_ROLES: Final = {
    "part": PartyRole.PARTY,
    "party": PartyRole.PARTY,
    "ombud": PartyRole.REPRESENTATIVE,
    "representative": PartyRole.REPRESENTATIVE,
}
_LINES: Final = {"postal_address", "post_box", "postal_code", "postal_city", "country"}


def case_of(element: Element, find: Finder) -> Box:
    """A case with its records."""
    case = Box("case")
    _common(case, element, find)
    for item in xml.children(element, "record"):
        case.parts.append(record_of(item, find))
    _above(case, element)
    return case


def record_of(element: Element, find: Finder) -> Box:
    """A record with its files."""
    record = Box("record")
    _common(record, element, find)
    record.fill("running_number", raw.filled(xml.text(element, "runningNumber")))
    record.fill("record_type", raw.filled(xml.attribute(element, "recordType")))
    record.fill("medium_word", xml.attribute(element, "recordPhysicalOrDigital"))
    direction = xml.child(element, "direction")
    if direction is not None:
        other = xml.attribute(direction, "otherDirectionDefinition")
        record.fill("direction_word", other or xml.attribute(direction, "directionDefinition"))
    return record


def _above(case: Box, element: Element) -> None:
    """What the case lies in: a class is its classification, another case it is a part of."""
    above = element.getparent()
    if above is None or xml.local(above) != "aggregation":
        return
    number, title = raw.filled(xml.text(above, "objectId")), raw.filled(xml.text(above, "title"))
    if xml.attribute(above, "aggregationType") != "class":
        relation = Box("relation")
        relation.fill("word", "part_of")
        relation.fill("case_number", number)
        case.parts.append(relation)
        return
    case.fill("class_code", number)
    case.fill("class_title", title or number)
    for item in above:
        if item is element:
            break
        if xml.local(item) == "aggregation":
            return  # an earlier case has told everything of the class
    for item in above:
        if xml.local(item) not in ("aggregation", "objectId", "title"):
            raw.keep(case, item, f"klass/{xml.local(item)}")


def _common(box: Box, element: Element, find: Finder) -> None:
    box.fill("system_id", raw.filled(xml.attribute(element, "systemIdentifier")))
    box.fill("number_text", raw.filled(xml.text(element, "objectId")))
    box.fill("title", raw.filled(xml.text(element, "title")))
    status = xml.child(element, "status")
    box.fill("status_word", None if status is None else xml.attribute(status, "value"))
    _identities(box, element)
    _dates(box, element)
    for relation in xml.children(element, "relation"):
        box.parts.append(_relation(relation))
    for mark in xml.children(element, "restriction"):
        box.parts.append(_restriction(mark))
    for agent in erms_parts.agents(element):
        _agent(box, agent)
    _texts(box, element)
    _additions(box, xml.child(element, "additionalInformation"), find)
    for item in element:
        if xml.local(item) not in _USED:
            raw.keep(box, item)


def _identities(box: Box, element: Element) -> None:
    for number, item in enumerate(xml.children(element, "extraId")):
        box.fill("foreign_number", raw.filled(item.text))
        if number or xml.attribute(item, "extraIdType"):
            raw.keep(box, item)
    for number, item in enumerate(xml.children(element, "classification")):
        code = xml.attribute(item, "fullyQualifiedClassificationCode", "classificationCode", "classificationId")
        if number or box.kind == "record":
            raw.keep(box, item)
            continue
        box.fill("class_code", raw.filled(code) or raw.filled(item.text))
        box.fill("class_title", raw.filled(item.text) or raw.filled(code))
    for number, item in enumerate(xml.children(xml.child(element, "keywords"), "keyword")):
        box.fill("case_type", raw.filled(item.text))
        if number or box.kind == "record":
            raw.keep(box, item)
    for item in xml.children(element, "otherTitle"):
        raw.keep(box, item)
    above, told = element.getparent(), xml.text(element, "parentAggregationId")
    if told and (above is None or told != xml.attribute(above, "systemIdentifier")):
        raw.keep_line(box, f"parentAggregationId: {told}")


def _dates(box: Box, element: Element) -> None:
    for item in xml.children(xml.child(element, "dates"), "date"):
        other = xml.attribute(item, "otherDateType")
        kind = xml.attribute(item, "dateType") or ""
        raw.date(box, other if other and kind == "other" else kind, item.text)


def _texts(box: Box, element: Element) -> None:
    for text in (xml.text(element, "description"), *(item.text for item in _notes(element))):
        if told := raw.filled(text):
            box.add("note", told)
    place = xml.child(element, "physicalLocations", "physicalLocation")
    box.fill("physical_location", raw.filled(xml.text(place, "currentLocation")))
    for number, item in enumerate(xml.children(xml.child(element, "physicalLocations"), "physicalLocation")):
        if number or xml.children(item, "homeLocation"):
            raw.keep(box, item)


def _notes(element: Element) -> list[Element]:
    return xml.children(xml.child(element, "notes"), "note")


def _relation(element: Element) -> Box:
    box = Box("relation")
    box.fill("word", xml.attribute(element, "otherRelationType") or xml.attribute(element, "relationType"))
    if xml.attribute(element, "relationType") != "own_relation_definition":
        box.values["word"] = [xml.attribute(element, "relationType") or ""]
    box.fill("case_number", raw.filled(element.text))
    return box


def _restriction(element: Element) -> Box:
    box = Box("restriction")
    box.fill("provision", raw.filled(xml.text(element, "regulation")))
    box.fill("explanation", raw.filled(xml.text(element, "explanatoryText")))
    box.fill("word", xml.attribute(element, "otherRestrictionType") or xml.attribute(element, "restrictionType"))
    box.fill("max_years", raw.filled(xml.text(element, "duration", "calculatedDuration")))
    for dates in xml.children(element, "dates"):
        for item in xml.children(dates, "date"):
            raw.date(box, xml.attribute(item, "dateType") or "", item.text)
    for item in element:
        if xml.local(item) not in ("regulation", "explanatoryText", "dates"):
            raw.keep(box, item)
    return box


def _agent(box: Box, item: Element) -> None:
    kind, other = xml.attribute(item, "agentType") or "", (xml.attribute(item, "otherAgentType") or "").casefold()
    role = _ROLES.get(kind) or _OTHER_ROLES.get(other)
    is_protected = (xml.text(item, "protectedIdentity") or "").strip() in ("true", "1")
    if role is None and not is_protected:
        _staff(box, item, kind)
        return
    party = Box("party")
    party.fill("role", (role or PartyRole.PARTY).value)
    party.fill("is_protected", "true" if is_protected else "false")
    for name, element in (("name", "name"), ("organisation", "organisation"), ("identity_number", "idNumber")):
        party.fill(name, raw.filled(xml.text(item, element)))
    lines = xml.child(item, "addressContactInformation")
    for line in xml.children(lines, "addressLine"):
        address = xml.attribute(line, "adressType", "addressType") or ""
        name = {"postal_code": "postal_code", "postal_city": "city", "country": "country"}.get(address, "address")
        party.add(name, raw.filled(line.text))
    for line in xml.children(lines, "contactLine"):
        way = xml.attribute(line, "contactType") or ""
        name = {"email": "email", "phonenumber": "phone", "mobilenumber": "phone"}.get(way, "address")
        party.add(name, raw.filled(line.text))
    for name in ("role", "unitName"):
        party.add("address", raw.filled(xml.text(item, name)))
    box.parts.append(party)


def _staff(box: Box, item: Element, kind: str) -> None:
    """An officer, a registrar; of anybody else, and of what else is told of these, lines."""
    understood = {"name"}
    if box.kind == "case" and kind in _OFFICERS and not box.has("officer"):
        box.fill("officer", raw.filled(xml.text(item, "name")))
        box.fill("officer_username", raw.filled(xml.text(item, "idNumber")))
        box.fill("unit_name", raw.filled(xml.text(item, "unitName")))
        understood |= {"idNumber", "unitName"}
    elif kind == "creator" and not box.has("registrar"):
        box.fill("registrar", raw.filled(xml.text(item, "name")))
    else:
        understood = set()
    if any(xml.local(part) not in {*understood, "protectedIdentity"} for part in item):
        raw.keep(box, item)


def _additions(box: Box, element: Element | None, find: Finder) -> None:
    if element is None:
        return
    for item in element:
        if xml.local(item) != "appendix":
            raw.keep(box, item)
            continue
        file = Box("document")
        link = xml.attribute(item, "path")
        file.fill("file_name", raw.filled(xml.attribute(item, "name")))
        file.fill("description", raw.filled(xml.attribute(item, "description")))
        file.fill("format_name", raw.filled(xml.attribute(item, "fileFormat")))
        file.fill("link", link)
        file.fill("path", find(link) if link else None)
        box.parts.append(file)
        if len(item):
            raw.keep(box, item)
