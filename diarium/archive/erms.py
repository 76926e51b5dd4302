"""Writes ERMS.xml: the cases of a package as FGS Ärendehantering 2.0.

Source: E-ARK CITS ERMS 2.1.2 and 3.0; which fact goes where: `mapping_fgs2`. What has no element of its own goes
to `ownElement`, so that nothing of the register is lost.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from diarium.archive import erms_control, erms_dispatch, erms_secrecy, erms_work
from diarium.archive import erms_parts as parts
from diarium.archive.dialects import Dialect
from diarium.archive.package_files import PackagedFile
from diarium.archive.package_model import (
    PackageCase,
    PackageDocument,
    PackageInfo,
    PackageRecord,
    PackageRelation,
)
from diarium.archive.xml_writer import Value, XmlWriter, xml_document
from diarium.i18n import gettext as _
from diarium.register.vocabulary import CaseStatus, RecordStatus, RelationKind

NAMESPACE: Final = "https://DILCIS.eu/XML/ERMS"
_CASE_STATES: Final[Mapping[CaseStatus, str]] = {
    CaseStatus.OPEN: "open",
    CaseStatus.IN_PROGRESS: "in_progress",
    CaseStatus.ON_HOLD: "on_hold",
    CaseStatus.DECIDED: "in_progress",
    CaseStatus.CLOSED: "closed",
    CaseStatus.ARCHIVED: "ad_acta",
    CaseStatus.CANCELLED: "obliterated",
}
_RELATIONS: Final[Mapping[tuple[RelationKind, bool], Mapping[str, Value]]] = {
    (RelationKind.REFERS_TO, True): {"relationType": "reference"},
    (RelationKind.REFERS_TO, False): {"relationType": "referenced_by"},
    (RelationKind.REPLACES, True): {"relationType": "replaces"},
    (RelationKind.REPLACES, False): {"relationType": "is_replaced_with"},
    (RelationKind.PART_OF, True): {"relationType": "part_of"},
    (RelationKind.PART_OF, False): {"relationType": "contains"},
    (RelationKind.CONTINUES, True): {"relationType": "own_relation_definition", "otherRelationType": "fortsätter"},
    (RelationKind.CONTINUES, False): {
        "relationType": "own_relation_definition",
        "otherRelationType": "fortsätts av",
    },
}
Placed = tuple[PackageDocument, PackagedFile]


class ErmsWriter:
    """Writes one case after the other into an open ERMS.xml."""

    def __init__(self, xml: XmlWriter, folder: str, dialect: Dialect, schemes: frozenset[uuid.UUID]) -> None:
        self._xml = xml
        self._folder = folder
        self._dialect = dialect
        self._schemes = schemes

    @contextmanager
    def case(self, case: PackageCase) -> Iterator[None]:
        """A case; the block writes its records with `record`, in running order."""
        identity: dict[str, Value] = {"systemIdentifier": str(case.uid), "aggregationType": "caseFile"}
        scheme = case.classification.scheme_uid if case.classification else None
        if self._dialect.links_schemes and scheme in self._schemes:
            identity["classificationSchemaUsed"] = erms_control.scheme_id(scheme)
        with self._xml.element("aggregation", identity):
            _case_head(self._xml, case, self._dialect)
            yield

    def record(self, case: PackageCase, record: PackageRecord, files: Sequence[Placed]) -> None:
        """A record of `case` with the files that were put into the package for it."""
        xml = self._xml
        identity: dict[str, Value] = {
            "systemIdentifier": str(record.uid),
            "recordType": record.record_type,
            "recordPhysicalOrDigital": parts.medium(record.medium, self._dialect),
        }
        is_cancelled = record.status is RecordStatus.CANCELLED
        state = parts.DIRECTION_STATES[record.direction]
        with xml.element("record", identity):
            xml.required("objectId", record.number_text)
            xml.leaf("parentAggregationId", str(case.uid))
            xml.leaf("title", record.title)
            xml.leaf("otherTitle", record.public_title, {"titleType": "public_title"})
            xml.empty("status", {"value": "obliterated" if is_cancelled else state})
            xml.leaf("runningNumber", record.running_number)
            if record.moved_to:
                xml.leaf("relation", record.moved_to.number_text, {"relationType": "moved"})
            if record.moved_from:
                xml.leaf("relation", record.moved_from.number_text, {"relationType": "moved_from"})
            for mark in record.restrictions:
                erms_secrecy.restriction(xml, mark, self._dialect)
            xml.empty("direction", parts.DIRECTIONS[record.direction])
            _agents(xml, record, self._dialect)
            parts.dates(
                xml,
                [
                    (state, record.official_on),
                    ("mottagen", record.received_at),
                    ("originated", record.document_date),
                    ("captured", record.registered_at),
                ],
            )
            erms_dispatch.actions(xml, record, self._dialect)
            erms_dispatch.mode(xml, record)
            parts.locations(xml, record.physical_location)
            parts.notes(xml, [("anteckning", record.note, None), ("makulerad", record.cancel_reason, None)])
            with xml.element("additionalInformation"):
                for document, file in files:
                    _appendix(xml, document, self._seen_from_here(file))
                _record_facts(xml, record)
                for document in record.documents:
                    parts.own_box(xml, _("Uppgifter om filen"), _document_facts(document))
                    for taken in document.withdrawals:
                        erms_secrecy.withdrawal_box(xml, taken, document.uid)

    def _seen_from_here(self, file: PackagedFile) -> str:
        """The file's address relative to ERMS.xml, as any reader of XML resolves it."""
        return file.href.removeprefix(quote(self._folder) + "/")


@contextmanager
def document(path: Path, folder: str, schema: str, info: PackageInfo, dialect: Dialect) -> Iterator[ErmsWriter]:
    """A new ERMS.xml at `path`, which lies in `folder` of the package; the block writes the cases.

    `schema`: where its schema lies, as seen from there.
    """
    with xml_document(path, "erms", NAMESPACE, schema_locations={NAMESPACE: schema}) as xml:
        erms_control.write(xml, info, dialect)
        with xml.element("aggregations"):
            yield ErmsWriter(xml, folder, dialect, frozenset(scheme.uid for scheme in info.schemes))
        erms_control.write_delivery_facts(xml, info)


def _case_head(xml: XmlWriter, case: PackageCase, dialect: Dialect) -> None:
    """Everything of an aggregation before its records, in the order of the schema."""
    xml.required("objectId", case.number_text)
    xml.leaf("extraId", case.foreign_number, {"extraIdType": "foreign_number"})
    parts.classification(xml, case.classification)
    if case.case_type:
        with xml.element("keywords"):
            xml.leaf("keyword", case.case_type)
    xml.leaf("title", case.title)
    xml.leaf("otherTitle", case.public_title, {"titleType": "public_title"})
    xml.empty("status", {"value": _CASE_STATES[case.status]})
    for relation in case.relations:
        xml.leaf("relation", relation.other_number, _RELATIONS[relation.kind, relation.is_outgoing])
    with xml.element("additionalInformation"):
        _case_facts(xml, case)
    for mark in case.restrictions:
        erms_secrecy.restriction(xml, mark, dialect)
    parts.disposal(xml, case.classification.disposal if case.classification else None, case.closed_on)
    _case_agents(xml, case, dialect)
    parts.dates(
        xml,
        [
            ("opened", case.opened_on),
            ("decision", case.decided_on),
            ("closed", case.closed_on),
            ("captured", case.registered_at),
        ],
    )
    erms_work.actions(xml, case, dialect)
    erms_work.history(xml, case)
    parts.locations(xml, case.physical_location)
    parts.notes(
        xml,
        [
            ("anteckning", case.note, None),
            ("avslutat", case.closing_reason, None),
            ("makulerat", case.cancel_reason, None),
            *erms_work.notes(case),
        ],
    )


def _case_agents(xml: XmlWriter, case: PackageCase, dialect: Dialect) -> None:
    if case.responsible or case.unit or case.registered_by or case.parties:
        with xml.element("agents"):
            parts.staff(xml, dialect, "responsible_person", case.responsible, case.unit)
            parts.staff(xml, dialect, "creator", case.registered_by)
            for who in case.parties:
                parts.party(xml, who, dialect)


def _agents(xml: XmlWriter, record: PackageRecord, dialect: Dialect) -> None:
    if record.registered_by or record.parties:
        with xml.element("agents"):
            parts.staff(xml, dialect, "creator", record.registered_by)
            for who in record.parties:
                parts.party(xml, who, dialect)


def _case_facts(xml: XmlWriter, case: PackageCase) -> None:
    facts: list[tuple[str, Value]] = [
        ("series", case.series_code),
        ("year", case.year),
        ("number", case.number),
        ("status", case.status.value),
        ("initiative", case.initiative.value),
        ("unit", str(case.unit.uid) if case.unit else None),
        ("responsible", str(case.responsible.uid) if case.responsible else None),
        ("registered_by", str(case.registered_by.uid) if case.registered_by else None),
        ("record_count", case.record_count),
        ("version", case.version),
    ]
    parts.own_box(xml, _("Uppgifter om ärendet utan eget element"), facts)
    for relation in case.relations:
        parts.own_box(xml, _("Uppgifter om hänvisningen"), _relation_facts(relation))
    erms_secrecy.boxes(xml, case.restrictions)
    erms_work.boxes(xml, case)


def _record_facts(xml: XmlWriter, record: PackageRecord) -> None:
    facts: list[tuple[str, Value]] = [
        ("status", record.status.value),
        ("direction", record.direction.value),
        ("registered_by", str(record.registered_by.uid) if record.registered_by else None),
        *erms_work.reference_facts("moved_to", record.moved_to),
        *erms_work.reference_facts("moved_from", record.moved_from),
        ("version", record.version),
    ]
    parts.own_box(xml, _("Uppgifter om handlingen utan eget element"), facts)
    erms_secrecy.boxes(xml, record.restrictions)
    erms_dispatch.boxes(xml, record)
    for taken in record.withdrawals:
        erms_secrecy.withdrawal_box(xml, taken)


def _relation_facts(relation: PackageRelation) -> list[tuple[str, Value]]:
    return [
        ("kind", relation.kind.value),
        ("is_outgoing", relation.is_outgoing),
        ("case", str(relation.other_uid)),
        ("case_number", relation.other_number),
        ("authority", relation.other_authority),
    ]


def _appendix(xml: XmlWriter, item: PackageDocument, place: str) -> None:
    told = " ".join(part for part in (item.format_name, item.format_version) if part)
    xml.empty(
        "appendix",
        {
            "name": item.file_name,
            "path": place,
            "description": item.description,
            "fileFormat": " ".join(part for part in (told or item.mime, item.puid and f"({item.puid})") if part)
            or None,
        },
    )


def _document_facts(item: PackageDocument) -> list[tuple[str, Value]]:
    facts: list[tuple[str, Value]] = [
        ("uid", str(item.uid)),
        ("position", item.position),
        ("file_name", item.file_name),
        ("sha256", item.sha256),
        ("size", item.size),
        ("mime", item.mime),
        ("puid", item.puid),
        ("format_name", item.format_name),
        ("format_version", item.format_version),
        ("is_released", item.is_released),
        ("added_at", item.added_at),
        *parts.user_facts("added_by", item.added_by),
        ("stored_at", item.stored_at),
        ("examined_at", item.examined_at),
    ]
    return facts + [("warning", warning) for warning in item.warnings]
