"""The head and the tail of ERMS.xml: the package, the authority, series, units, schemes; and how much it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from diarium.archive.package_model import (
    Contact,
    Delivery,
    Organisation,
    PackageInfo,
    PackageScheme,
)
from diarium.archive.reading import building, erms_boxes, xml
from diarium.archive.reading import erms_parts as parts
from diarium.archive.reading.erms_boxes import named
from diarium.archive.reading.facts import Box, only
from diarium.archive.reading.xml import Element

_KEPT: Final = frozenset({"control"})


@dataclass(slots=True)
class Head:
    """What a first pass over the document finds. `facts`: of the package itself, as its elements tell them.

    `boxes`: of schemes and classes; `tail`: of the authority, its series and units, and the delivery.
    """

    facts: Box
    boxes: list[Box] = field(default_factory=list)
    tail: list[Box] = field(default_factory=list)
    cases: int = 0
    records: int = 0

    @property
    def is_ours(self) -> bool:
        """Whether a diarium register wrote it: no other tells its own facts in these boxes."""
        return only(self.tail, "authority") is not None and only(self.tail, "delivery") is not None


def read(path: Path) -> Head:
    """Raises: UnreadablePackage."""
    head = Head(Box("package"))
    kept = frozenset({*_KEPT, "additionalInformation"})
    for element in xml.walk(path, kept):
        name, parent = xml.local(element), element.getparent()
        if name == "control":
            _control(head, element)
        elif name == "aggregation":
            head.cases += not is_group(element)
        elif name == "record":
            head.records += 1
        elif name == "additionalInformation" and parent is not None and parent.getparent() is None:
            head.tail = erms_boxes.boxes_in(element)
    return head


def is_group(aggregation: Element) -> bool:
    """Whether it is a class that holds other aggregations: an order of cases, and none itself."""
    is_class = xml.attribute(aggregation, "aggregationType") == "class"
    return is_class and bool(xml.children(aggregation, "aggregation"))


def info_of(head: Head) -> PackageInfo:
    """The package as a whole, as ours tell it. Raises: UnreadablePackage."""
    facts = head.facts
    classes = [building.scheme_class(box) for box in named(head.boxes, "class")]
    schemes: list[PackageScheme] = []
    for box in named(head.boxes, "scheme"):
        uid = box.uid()
        schemes.append(building.scheme(box, tuple(item for item in classes if item.scheme_uid == uid)))
    return PackageInfo(
        uid=facts.uid(),
        authority=building.authority(named(head.tail, "authority")[0]),
        period_from=facts.day("period_from"),
        period_to=facts.day("period_to"),
        created_at=facts.moment("created_at"),
        requested_by=facts.text("requested_by"),
        software=(facts.text("software"), facts.text("software_version")),
        series=tuple(map(building.series, named(head.tail, "series"))),
        units=tuple(map(building.unit, named(head.tail, "unit"))),
        schemes=tuple(schemes),
        delivery=delivery_of(named(head.tail, "delivery")[0]),
    )


def delivery_of(box: Box) -> Delivery:
    """What was agreed on."""
    return Delivery(
        creator=_organisation(box, "creator"),
        editor=_organisation(box, "editor"),
        preserver=_organisation(box, "preserver"),
        contact=_contact(box),
        submission_agreement=box.optional("submission_agreement"),
        previous_submission_agreements=box.many("previous_submission_agreement"),
        reference_code=box.optional("reference_code"),
        previous_reference_codes=box.many("previous_reference_code"),
        archival_name=box.optional("archival_name"),
        information_class=box.optional("information_class"),
        status=box.needed("status"),
        replaces=box.optional("replaces"),
        package_number=box.optional_number("package_number"),
        package_count=box.optional_number("package_count"),
    )


def _organisation(box: Box, role: str) -> Organisation | None:
    """ERMS's box has the name under the role itself, that of FGS 1 under `role_name`."""
    name = box.optional(role) or box.optional(f"{role}_name")
    return None if name is None else Organisation(name, box.optional(f"{role}_code"))


def _contact(box: Box) -> Contact | None:
    name = box.optional("contact") or box.optional("contact_name")
    return None if name is None else Contact(name, box.optional("contact_email"), box.optional("contact_phone"))


def _control(head: Head, control: Element) -> None:
    facts = head.facts
    facts.fill("uid", xml.text(control, "identification"))
    facts.fill("information_class", xml.text(control, "informationClass"))
    facts.fill("period_from", parts.day_of(control, "start"))
    facts.fill("period_to", parts.day_of(control, "end"))
    maintenance = xml.child(control, "maintenanceInformation")
    agency = xml.child(maintenance, "maintenanceAgency")
    facts.fill("authority_name", xml.text(agency, "agencyName"))
    facts.fill("organisation_number", xml.text(agency, "agencyCode"))
    facts.fill("authority_code", xml.text(agency, "otherAgencyCode"))
    event = xml.child(maintenance, "maintenanceHistory", "maintenanceEvent")
    facts.fill("created_at", xml.text(event, "eventDateTime"))
    facts.fill("requested_by", xml.text(event, "agent", "name"))
    system = xml.child(control, "systemInformation", "agents", "agent")
    facts.fill("software", xml.text(system, "name"))
    facts.fill("software_version", xml.text(system, "idNumber"))
    schemes: Sequence[Element] = xml.children(control, "classificationSchema")
    for scheme in schemes:
        head.boxes += erms_boxes.boxes_in(xml.child(scheme, "additionalInformation"))
        for line in xml.children(xml.child(scheme, "textualDescriptionOfClassificationSchema"), "p"):
            facts.add("scheme_told", line.text)
