"""The head and the tail of ERMS.xml: the delivery, the authority, its schemes and series."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Final

from diarium.archive import erms_parts as parts
from diarium.archive.dialects import Dialect
from diarium.archive.package_model import Delivery, PackageClass, PackageInfo, PackageScheme
from diarium.archive.xml_writer import Value, XmlWriter
from diarium.i18n import gettext as _

_MAINTENANCE: Final[Mapping[str, str]] = {
    "NEW": "new",
    "TEST": "new",
    "SUPPLEMENT": "updated",
    "REPLACEMENT": "revised",
    "VERSION": "revised",
    "DELETE": "deleted",
}


def scheme_id(uid: uuid.UUID) -> str:
    """What cases refer to a scheme by: an XML ID."""
    return f"scheme-{uid}"


def write(xml: XmlWriter, info: PackageInfo, dialect: Dialect) -> None:
    """The element `control`."""
    authority = info.authority
    with xml.element("control"):
        xml.leaf("identification", str(info.uid), {"identificationType": "UUID"})
        xml.leaf("informationClass", info.delivery.information_class)
        if dialect.links_schemes:
            for scheme in info.schemes:
                _scheme(xml, info, scheme)
        else:
            _schemes(xml, info)
        parts.dates(xml, [("start", info.period_from), ("end", info.period_to)])
        with xml.element("maintenanceInformation"):
            xml.empty("maintenanceStatus", {"value": _MAINTENANCE.get(info.delivery.status, "unknown")})
            with xml.element("maintenanceAgency"):
                xml.leaf("agencyCode", authority.organisation_number, {"type": "ORG"})
                xml.leaf("otherAgencyCode", authority.code, {"type": "Local"})
                xml.required("agencyName", authority.name)
            with xml.element("maintenanceHistory"), xml.element("maintenanceEvent"):
                xml.empty("eventType", {"value": "created"})
                xml.leaf("eventDateTime", info.created_at)
                with xml.element("agent", {"agentType": "creator"}):
                    xml.required("name", info.requested_by)
                    xml.leaf("organisation", info.creator.name)
        name, version = info.software
        system: dict[str, Value] = {"agentType": "other", "otherAgentType": "system"}
        with xml.element("systemInformation"), xml.element("agents"), xml.element("agent", system):
            xml.required("name", name)
            xml.leaf("idNumber", version, {"idNumberType": "version"})


def write_delivery_facts(xml: XmlWriter, info: PackageInfo) -> None:
    """What of delivery and authority has no element of its own: at the end of the document."""
    authority = info.authority
    with xml.element("additionalInformation"):
        parts.own_box(xml, _("Leveransen"), _agreed(info.delivery))
        facts: list[tuple[str, Value]] = [
            ("uid", str(authority.uid)),
            ("code", authority.code),
            ("name", authority.name),
            ("organisation_number", authority.organisation_number),
            ("email", authority.email),
            ("phone", authority.phone),
            ("postal_address", authority.postal_address),
            ("active_from", authority.active_from),
            ("active_to", authority.active_to),
        ]
        parts.own_box(xml, _("Myndigheten"), facts)
        for series in info.series:
            series_facts: list[tuple[str, Value]] = [
                ("uid", str(series.uid)),
                ("code", series.code),
                ("name", series.name),
                ("number_format", series.number_format),
                ("restarts_yearly", series.restarts_yearly),
                ("is_restricted", series.is_restricted),
                ("is_active", series.is_active),
                ("opens_on", series.opens_on),
                ("closes_on", series.closes_on),
            ]
            parts.own_box(xml, _("Diarieserie"), series_facts)
        for unit in info.units:
            unit_facts: list[tuple[str, Value]] = [
                ("uid", str(unit.uid)),
                ("name", unit.name),
                ("is_active", unit.is_active),
            ]
            parts.own_box(xml, _("Enhet"), unit_facts)


def _agreed(delivery: Delivery) -> list[tuple[str, Value]]:
    facts: list[tuple[str, Value]] = [
        ("record_status", delivery.status),
        ("replaces", delivery.replaces),
        ("package_number", delivery.package_number),
        ("package_count", delivery.package_count),
        ("submission_agreement", delivery.submission_agreement),
        ("reference_code", delivery.reference_code),
        ("archival_name", delivery.archival_name),
        ("information_class", delivery.information_class),
    ]
    facts += [("previous_submission_agreement", text) for text in delivery.previous_submission_agreements]
    facts += [("previous_reference_code", text) for text in delivery.previous_reference_codes]
    for role, who in (
        ("creator", delivery.creator),
        ("editor", delivery.editor),
        ("preserver", delivery.preserver),
    ):
        if who is not None:
            facts += [(role, who.name), (f"{role}_code", who.code)]
    if delivery.contact is not None:
        contact = delivery.contact
        facts += [("contact", contact.name), ("contact_email", contact.email), ("contact_phone", contact.phone)]
    return facts


def _schemes(xml: XmlWriter, info: PackageInfo) -> None:
    """ERMS 2.1 has one element for all schemes."""
    if not info.schemes:
        return
    with xml.element("classificationSchema"):
        with xml.element("textualDescriptionOfClassificationSchema"):
            for scheme in info.schemes:
                xml.leaf("p", _told(scheme))
        with xml.element("additionalInformation"):
            for scheme in info.schemes:
                _scheme_boxes(xml, scheme)


def _scheme(xml: XmlWriter, info: PackageInfo, scheme: PackageScheme) -> None:
    """ERMS 3 has one for each. It is current if it was in use when the package was made."""
    is_current = scheme.valid_to is None or scheme.valid_to >= info.created_at.date()
    attributes = {
        "classificationSchemaId": scheme_id(scheme.uid),
        "classificationSchemaStatus": "current" if is_current else "previous",
    }
    with xml.element("classificationSchema", attributes):
        with xml.element("useDatePeriod"):
            xml.leaf("fromDate", scheme.valid_from)
            xml.leaf("toDate", scheme.valid_to)
        with xml.element("textualDescriptionOfClassificationSchema"):
            xml.leaf("p", _told(scheme))
        with xml.element("additionalInformation"):
            _scheme_boxes(xml, scheme)


def _scheme_boxes(xml: XmlWriter, scheme: PackageScheme) -> None:
    facts: list[tuple[str, Value]] = [
        ("uid", str(scheme.uid)),
        ("name", scheme.name),
        ("version", scheme.version),
        ("valid_from", scheme.valid_from),
        ("valid_to", scheme.valid_to),
    ]
    parts.own_box(xml, _("Klassificeringsstruktur"), facts)
    for item in scheme.classes:
        parts.own_box(xml, _("Klass"), _class_facts(item))


def _told(scheme: PackageScheme) -> str:
    end = scheme.valid_to.isoformat() if scheme.valid_to else ""
    return _(
        "%(name)s, version %(version)s, gäller %(start)s – %(end)s",
        name=scheme.name,
        version=scheme.version,
        start=scheme.valid_from.isoformat(),
        end=end,
    ).rstrip()


def _class_facts(item: PackageClass) -> list[tuple[str, Value]]:
    rule = item.disposal
    facts: list[tuple[str, Value]] = [
        ("uid", str(item.uid)),
        ("scheme", str(item.scheme_uid)),
        ("code", item.code),
        ("parent_code", item.parent_code),
        ("title", item.title),
        ("description", item.description),
        ("publishing", item.publishing.value),
    ]
    if rule is not None:
        facts += [
            ("retention_rule", str(rule.uid)),
            ("retention", rule.retention.value),
            ("retention_years", rule.years),
            ("retention_event", rule.event),
            ("retention_basis", rule.basis),
        ]
    return facts + [("record_type", kind) for kind in item.record_types]
