"""Reads packages whose cases stand in a Leveransobjekt: FGS Ärendehantering 1.0, ours and others'.

Ours tells nearly everything in boxes of own elements; the few facts that only an element tells are filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from diarium.archive.package_model import PackageInfo, PackageScheme
from diarium.archive.reading import assembling, building, erms_head, places, xml
from diarium.archive.reading.assembling import Known
from diarium.archive.reading.erms import known_by
from diarium.archive.reading.facts import Box, only
from diarium.archive.reading.locating import Found
from diarium.archive.reading.model import ReadCase, ReadPackage
from diarium.archive.reading.xml import Element

_HEAD = frozenset({"SystemInfo", "ArkivbildarStruktur", "VerksamhetsbaseradArkivredovisning"})


@dataclass(slots=True)
class Head:
    """What a first pass over the document finds. `boxes`: our own; `facts`: what elements tell."""

    boxes: list[Box]
    facts: Box
    cases: int = 0
    records: int = 0

    @property
    def is_ours(self) -> bool:
        """Whether a diarium register wrote it."""
        return only(self.boxes, "authority") is not None and only(self.boxes, "package") is not None


@dataclass(frozen=True, slots=True)
class _Cases:
    """The cases of one document of ours, read anew by each call."""

    folder: Path
    content: str
    known: Known

    def __call__(self) -> Iterator[ReadCase]:
        base = self.content.rpartition("/")[0]
        for element in xml.stream(self.folder / self.content, "ArkivobjektArende"):
            yield assembling.read_case(_case(element, self.folder, base), self.known)


def read(folder: Path, found: Found) -> ReadPackage | None:
    """The package; None if no register of ours wrote it. Raises: UnreadablePackage."""
    head = read_head(folder / found.contents[0])
    if not head.is_ours or len(found.contents) > 1:
        return None
    info = _info(head)
    return ReadPackage(
        folder=folder,
        profile=found.profile,
        package_id=folder.name,
        is_ours=True,
        info=info,
        case_count=head.cases,
        record_count=head.records,
        reader=_Cases(folder, found.contents[0], known_by(info)),
    )


def read_head(path: Path) -> Head:
    """Raises: UnreadablePackage."""
    head = Head([], Box("package"))
    for element in xml.walk(path, frozenset({*_HEAD, "EgnaElement"})):
        name, parent = xml.local(element), element.getparent()
        if name == "ArkivobjektArende":
            head.cases += 1
        elif name == "ArkivobjektHandling":
            head.records += 1
        elif name == "EgnaElement" and parent is not None and parent.getparent() is None:
            head.boxes += _boxes(element)
        elif name == "ArkivbildarStruktur":
            head.facts.fill("authority_name", xml.text(element, "Arkivbildare", "Namn"))
            head.facts.fill("active_from", xml.text(element, "Arkivbildare", "VerksamhetstidFran"))
            head.facts.fill("active_to", xml.text(element, "Arkivbildare", "VerksamhetstidTill"))
        elif name == "VerksamhetsbaseradArkivredovisning":
            head.facts.fill("scheme_told", xml.text(element, "KlassificeringsstrukturNamn"))
    return head


def boxes_in(parent: Element) -> list[Box]:
    """The boxes of own elements that stand in an element, those of others too."""
    return [box for item in xml.children(parent, "EgnaElement") for box in _boxes(item)]


def _boxes(own: Element) -> list[Box]:
    return [_box(item) for item in xml.children(own, "EgetElement")]


def _box(element: Element) -> Box:
    """A box; what stands in it is a fact if it has a value, and another box if not."""
    box = Box(xml.attribute(element, "Namn") or "")
    for item in xml.children(element, "EgetElement"):
        value = xml.text(item, "Varde")
        if value is None:
            box.parts.append(_box(item))
        else:
            box.add(xml.attribute(item, "Namn") or "", value)
    return box


def _info(head: Head) -> PackageInfo:
    package = next(box for box in head.boxes if box.kind == "package")
    classes = [building.scheme_class(box) for box in head.boxes if box.kind == "class"]
    schemes: list[PackageScheme] = []
    for box in head.boxes:
        if box.kind == "scheme":
            uid = box.uid()
            schemes.append(building.scheme(box, tuple(item for item in classes if item.scheme_uid == uid)))
    return PackageInfo(
        uid=package.uid(),
        authority=building.authority(next(box for box in head.boxes if box.kind == "authority")),
        period_from=package.day("period_from"),
        period_to=package.day("period_to"),
        created_at=package.moment("created_at"),
        requested_by=package.text("requested_by"),
        software=(package.text("software"), package.text("software_version")),
        series=tuple(building.series(box) for box in head.boxes if box.kind == "series"),
        units=tuple(building.unit(box) for box in head.boxes if box.kind == "unit"),
        schemes=tuple(schemes),
        delivery=erms_head.delivery_of(package),
    )


def _case(element: Element, folder: Path, base: str) -> Box:
    boxes = boxes_in(element)
    case = next(iter(box for box in boxes if box.kind == "case"), Box("case"))
    case.fill("uid", xml.attribute(element, "Systemidentifierare"))
    case.fill("number_text", xml.text(element, "ArkivobjektID"))
    case.fill("foreign_number", xml.text(element, "ExtraID"))
    case.fill("title", xml.text(element, "Arendemening"))
    case.fill("case_type", xml.text(element, "ArendeTyp"))
    case.fill("closed_on", xml.text(element, "Avslutat"))
    case.fill("physical_location", xml.text(element, "Forvaringsplats"))
    case.fill("note", xml.text(element, "Notering"))
    agents = [item for item in xml.children(element, "Agent") if xml.text(item, "Enhetsnamn")]
    case.fill("unit_name", xml.text(agents[0], "Enhetsnamn") if agents else None)
    case.parts += [box for box in boxes if box is not case]
    records = xml.children(xml.child(element, "ArkivobjektListaHandlingar"), "ArkivobjektHandling")
    case.parts += [_record(item, folder, base) for item in records]
    return case


def _record(element: Element, folder: Path, base: str) -> Box:
    boxes = boxes_in(element)
    record = next(iter(box for box in boxes if box.kind == "record"), Box("record"))
    record.fill("uid", xml.attribute(element, "Systemidentifierare"))
    record.fill("number_text", xml.text(element, "ArkivobjektID"))
    record.fill("title", xml.text(element, "Rubrik"))
    record.fill("record_type", xml.text(element, "Handlingstyp"))
    record.fill("physical_location", xml.text(element, "Forvaringsplats"))
    record.fill("note", xml.text(element, "Notering"))
    record.parts += [box for box in boxes if box is not record]
    messages = {}
    for attachment in xml.children(element, "Bilaga"):
        link = xml.attribute(attachment, "Lank")
        for box in boxes_in(attachment):
            box.fill("path", places.find(folder, base, link) if link else None)
            if box.kind == "message":
                messages[box.text("uid")] = box
            else:
                record.parts.append(box)
    for box in record.of("dispatch"):
        message = messages.get(box.text("content"))
        box.parts += [message] if message is not None else []
    return record
