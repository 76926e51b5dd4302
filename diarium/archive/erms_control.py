"""The head and the tail of ERMS.xml: the delivery, the authority, its schemes and series."""

from __future__ import annotations

from diarium.archive import erms_parts as parts
from diarium.archive.package_model import PackageClass, PackageInfo, PackageScheme
from diarium.archive.xml_writer import Value, XmlWriter
from diarium.i18n import gettext as _


def write(xml: XmlWriter, info: PackageInfo) -> None:
    """The element `control`."""
    authority = info.authority
    with xml.element("control"):
        xml.leaf("identification", str(info.uid), {"identificationType": "UUID"})
        _schemes(xml, info)
        parts.dates(xml, [("start", info.period_from), ("end", info.period_to)])
        with xml.element("maintenanceInformation"):
            xml.empty("maintenanceStatus", {"value": "new"})
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
    """What of the authority has no element of its own: at the end of the document."""
    authority = info.authority
    with xml.element("additionalInformation"):
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


def _schemes(xml: XmlWriter, info: PackageInfo) -> None:
    if not info.schemes:
        return
    with xml.element("classificationSchema"):
        with xml.element("textualDescriptionOfClassificationSchema"):
            for scheme in info.schemes:
                xml.leaf("p", _told(scheme))
        with xml.element("additionalInformation"):
            for scheme in info.schemes:
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
