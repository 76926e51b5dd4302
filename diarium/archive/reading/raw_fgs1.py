"""Cases of others' Leveransobjekt (FGS Ärendehantering 1.0 and municipal extensions of it) as raw boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from diarium.archive.reading import raw, xml
from diarium.archive.reading.facts import Box
from diarium.archive.reading.xml import Element
from diarium.register.vocabulary import PartyRole

Finder = Callable[[str], str | None]
_DATES: Final = {
    "Skapad": "created",
    "Inkommen": "received",
    "Upprattad": "prepared",
    "Expedierad": "expedited",
    "Beslutat": "decision",
    "Avslutat": "closed",
    "Arkiverat": "archived",
}
_USED: Final = frozenset(
    {"ArkivobjektID", "KlassReferens", "Klass", "ExtraID", "ArendeTyp", "Handlingstyp", "Forvaringsplats", "Agent"}
    | {"Restriktion", "Motpart", "Avsandare", "Mottagare", "Notering", "Beskrivning", "ArendeRelation", "Rubrik"}
    | {"HandlingRelation", "StatusArande", "StatusHandling", "Arendemening", "Bilaga", "Lopnummer"}
    | {"ArkivobjektListaHandlingar", *_DATES}
)
_OFFICERS: Final = frozenset({"handläggare", "ansvarig", "ansvarig handläggare", "huvudhandläggare"})
_REGISTRARS: Final = frozenset({"registrator", "skapare", "upprättare"})
_ROLES: Final = {
    "avsändare": PartyRole.SENDER,
    "mottagare": PartyRole.RECIPIENT,
    "part": PartyRole.PARTY,
    "motpart": PartyRole.COUNTERPART,
    "ombud": PartyRole.REPRESENTATIVE,
}
_PARTIES: Final = {
    "Motpart": PartyRole.COUNTERPART,
    "Avsandare": PartyRole.SENDER,
    "Mottagare": PartyRole.RECIPIENT,
}
_PERSON: Final = {
    "Namn": "name",
    "Organisation": "organisation",
    "Postadress": "address",
    "Postnummer": "postal_code",
    "Postort": "city",
    "Land": "country",
    "IDnummer": "identity_number",
    "Telefon": "phone",
    "EPost": "email",
}


def case_of(element: Element, find: Finder) -> Box:
    """A case with its records."""
    case = Box("case")
    _common(case, element, find)
    case.fill("title", raw.filled(xml.text(element, "Arendemening")))
    case.fill("case_type", raw.filled(xml.text(element, "ArendeTyp")))
    case.fill("status_word", raw.filled(xml.text(element, "StatusArande") or xml.text(element, "StatusArende")))
    for relation in xml.children(element, "ArendeRelation"):
        case.parts.append(_relation(relation))
    for item in xml.children(xml.child(element, "ArkivobjektListaHandlingar"), "ArkivobjektHandling"):
        case.parts.append(record_of(item, find))
    return case


def record_of(element: Element, find: Finder) -> Box:
    """A record with its files."""
    record = Box("record")
    _common(record, element, find)
    record.fill("title", raw.filled(xml.text(element, "Rubrik")))
    record.fill("record_type", raw.filled(xml.text(element, "Handlingstyp")))
    record.fill("running_number", raw.filled(xml.text(element, "Lopnummer")))
    record.fill("direction_word", raw.filled(xml.text(element, "StatusHandling")))
    for relation in xml.children(element, "HandlingRelation"):
        raw.keep(record, relation)
    return record


def _common(box: Box, element: Element, find: Finder) -> None:
    box.fill("system_id", raw.filled(xml.attribute(element, "Systemidentifierare")))
    box.fill("number_text", raw.filled(xml.text(element, "ArkivobjektID")))
    codes, titles = xml.children(element, "KlassReferens"), xml.children(element, "Klass")
    if box.kind == "case":
        box.fill("class_code", raw.filled(codes[0].text) if codes else None)
        box.fill("class_title", raw.filled(titles[0].text) if titles else None)
        codes, titles = codes[1:], titles[1:]
    for item in (*codes, *titles):
        raw.keep(box, item)
    for number, item in enumerate(xml.children(element, "ExtraID")):
        box.fill("foreign_number", raw.filled(item.text))
        if number or xml.attribute(item, "ExtraIDTyp"):
            raw.keep(box, item)
    for name, kind in _DATES.items():
        for item in xml.children(element, name):
            raw.date(box, kind, item.text)
    for name in ("Beskrivning", "Notering"):
        if told := raw.filled(xml.text(element, name)):
            box.add("note", told)
    places = [told for item in xml.children(element, "Forvaringsplats") if (told := raw.filled(item.text))]
    box.fill("physical_location", "; ".join(places) or None)
    for item in xml.children(element, "Agent"):
        _agent(box, item)
    for name, role in _PARTIES.items():
        for item in xml.children(element, name):
            box.parts.append(_party(item, role))
    for item in xml.children(element, "Restriktion"):
        box.parts.append(_restriction(item))
    for item in xml.children(element, "Bilaga"):
        box.parts.append(_file(box, item, find))
    for item in element:
        if xml.local(item) not in _USED:
            raw.keep(box, item)


def _agent(box: Box, item: Element) -> None:
    word = (raw.filled(xml.text(item, "Roll")) or "").casefold()
    if box.kind == "case" and word in _OFFICERS and not box.has("officer"):
        box.fill("officer", raw.filled(xml.text(item, "Namn")))
        box.fill("unit_name", raw.filled(xml.text(item, "Enhetsnamn")))
    elif word in _REGISTRARS and not box.has("registrar"):
        box.fill("registrar", raw.filled(xml.text(item, "Namn")))
    elif word in _ROLES:
        party = Box("party")
        party.fill("role", _ROLES[word].value)
        party.fill("name", raw.filled(xml.text(item, "Namn")))
        party.fill("organisation", raw.filled(xml.text(item, "Organisationsnamn")))
        party.fill("is_protected", "false")
        box.parts.append(party)
    else:
        raw.keep(box, item)


def _party(element: Element, role: PartyRole) -> Box:
    party = Box("party")
    party.fill("role", role.value)
    protected = (xml.text(element, "SkyddadIdentitet") or "").strip().lower() in ("true", "1", "ja")
    party.fill("is_protected", "true" if protected else "false")
    for item in element:
        name = xml.local(item)
        if name != "SkyddadIdentitet" and (told := raw.filled(item.text)):
            # What has no place of its own stays with the party, for it is hidden with the party.
            party.add(_PERSON.get(name, "address"), told if name in _PERSON else f"{name}: {told}")
    return party


def _relation(element: Element) -> Box:
    box = Box("relation")
    kind = xml.attribute(element, "Typ") or ""
    box.fill("word", (xml.attribute(element, "AnnanTyp") if kind.startswith("Egen") else None) or kind)
    box.fill("case_number", raw.filled(element.text))
    return box


def _restriction(element: Element) -> Box:
    box = Box("restriction")
    box.fill("provision", raw.filled(xml.text(element, "Lagrum")))
    box.fill("explanation", raw.filled(xml.text(element, "ForklarandeText")))
    box.fill("word", xml.attribute(element, "AnnanTyp") or xml.attribute(element, "Typ"))
    raw.date(box, "restriction", xml.text(element, "RestriktionsDatum"))
    for item in element:
        if xml.local(item) not in ("Lagrum", "ForklarandeText", "RestriktionsDatum"):
            raw.keep(box, item)
    return box


def _file(owner: Box, element: Element, find: Finder) -> Box:
    file = Box("document")
    link = xml.attribute(element, "Lank")
    file.fill("file_name", raw.filled(xml.attribute(element, "Namn")))
    file.fill("description", raw.filled(xml.attribute(element, "Beskrivning")))
    file.fill("link", link)
    file.fill("path", find(link) if link else None)
    file.fill("told_size", raw.filled(xml.attribute(element, "Storlek")))
    file.fill("told_mime", raw.filled(xml.attribute(element, "Mimetyp")))
    file.fill("checksum", raw.filled(xml.attribute(element, "Checksumma")))
    file.fill("checksum_method", raw.filled(xml.attribute(element, "ChecksummaMetod")))
    if len(element):
        raw.keep(owner, element)
    return file
