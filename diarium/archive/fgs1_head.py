"""The head of a Leveransobjekt: the delivery, the authority, its series and units, its schemes of classes.

Source: FGS Ärendehantering 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from diarium.archive import fgs1_own as own
from diarium.archive.fgs1_own import Box, Fact, Kind
from diarium.archive.package_model import (
    Delivery,
    Organisation,
    PackageAuthority,
    PackageClass,
    PackageInfo,
    PackageScheme,
    PackageSeries,
    PackageUnit,
)
from diarium.archive.xml_writer import XmlWriter

_NO_SCHEME: Final = "-"


def write(xml: XmlWriter, info: PackageInfo) -> None:
    """Everything of the document before its cases, in the order of the schema."""
    authority = info.authority
    with xml.element("ArkivbildarStruktur"), xml.element("Arkivbildare"):
        xml.required("Namn", authority.name)
        xml.leaf("VerksamhetstidFran", authority.active_from)
        xml.leaf("VerksamhetstidTill", authority.active_to)
    xml.leaf("Informationsklass", info.delivery.information_class)
    if info.schemes:
        with xml.element("VerksamhetsbaseradArkivredovisning"):
            xml.required("ArkivReferens", info.delivery.reference_code or authority.code)
            names = [f"{scheme.name} {scheme.version}" for scheme in info.schemes]
            xml.required("KlassificeringsstrukturNamn", "; ".join(names).strip() or _NO_SCHEME)
    own.write(xml, _boxes(info))


def _boxes(info: PackageInfo) -> Iterator[Box]:
    yield Box(Kind.PACKAGE, list(_package(info)))
    yield Box(Kind.AUTHORITY, _authority(info.authority))
    yield from (Box(Kind.SERIES, _series(series)) for series in info.series)
    yield from (Box(Kind.UNIT, _unit(unit)) for unit in info.units)
    for scheme in info.schemes:
        yield Box(Kind.SCHEME, _scheme(scheme))
        yield from (Box(Kind.CLASS, _class(item)) for item in scheme.classes)


def _package(info: PackageInfo) -> Iterator[Fact]:
    name, version = info.software
    yield "uid", str(info.uid)
    yield "period_from", info.period_from
    yield "period_to", info.period_to
    yield "created_at", info.created_at
    yield "requested_by", info.requested_by
    yield "software", name
    yield "software_version", version
    yield from _delivery(info.delivery)


def _delivery(delivery: Delivery) -> Iterator[Fact]:
    """What was agreed on; what was left out there is left out here, whatever else sip.xml says instead."""
    for role, who in (
        ("creator", delivery.creator),
        ("editor", delivery.editor),
        ("preserver", delivery.preserver),
    ):
        yield from _organisation(role, who)
    if delivery.contact is not None:
        yield "contact", delivery.contact.name
        yield "contact_email", delivery.contact.email
        yield "contact_phone", delivery.contact.phone
    yield "submission_agreement", delivery.submission_agreement
    yield from _each("previous_submission_agreement", delivery.previous_submission_agreements)
    yield "reference_code", delivery.reference_code
    yield from _each("previous_reference_code", delivery.previous_reference_codes)
    yield "archival_name", delivery.archival_name
    yield "information_class", delivery.information_class
    yield "status", delivery.status
    yield "replaces", delivery.replaces
    yield "package_number", delivery.package_number
    yield "package_count", delivery.package_count


def _organisation(role: str, who: Organisation | None) -> Iterator[Fact]:
    if who is not None:
        yield role, who.name
        yield f"{role}_code", who.code


def _each(name: str, values: Iterable[str]) -> Iterator[Fact]:
    return ((name, value) for value in values)


def _authority(authority: PackageAuthority) -> list[Fact]:
    return [
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


def _series(series: PackageSeries) -> list[Fact]:
    return [
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


def _unit(unit: PackageUnit) -> list[Fact]:
    return [("uid", str(unit.uid)), ("name", unit.name), ("is_active", unit.is_active)]


def _scheme(scheme: PackageScheme) -> list[Fact]:
    return [
        ("uid", str(scheme.uid)),
        ("name", scheme.name),
        ("version", scheme.version),
        ("valid_from", scheme.valid_from),
        ("valid_to", scheme.valid_to),
    ]


def _class(item: PackageClass) -> list[Fact]:
    rule = item.disposal
    facts: list[Fact] = [
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
    return [*facts, *_each("record_type", item.record_types)]
