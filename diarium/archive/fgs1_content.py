"""Writes the content document of FGS Ärendehantering 1.0: a Leveransobjekt with the cases of a package.

What has no element goes to `EgnaElement` (`fgs1_own`), so that nothing of the register is lost.
Source: FGS Ärendehantering 1.0. `StatusArande` is spelt as published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from diarium.archive import fgs1_facts, fgs1_head, fgs1_work
from diarium.archive import fgs1_own as own
from diarium.archive import fgs1_parts as parts
from diarium.archive.fgs1_own import Kind
from diarium.archive.package_files import PackagedFile
from diarium.archive.package_model import (
    PackageCase,
    PackageCaseDisposal,
    PackageClass,
    PackageDocument,
    PackageInfo,
    PackageParty,
    PackageRecord,
)
from diarium.archive.xml_writer import Value, XmlWriter, xml_document
from diarium.classification.models import Retention
from diarium.register.vocabulary import CaseStatus, DecisionState, Direction, Initiative, Medium, PartyRole

NAMESPACE: Final = "http://xml.ra.se/e-arkiv/FGS-ERMS"
FILE_URL: Final = "file:///"
"""What stands before a path within the package, here and in sip.xml."""
_CASE_STATES: Final[Mapping[CaseStatus, str]] = {
    CaseStatus.OPEN: "Öppet",
    CaseStatus.IN_PROGRESS: "Öppet",
    CaseStatus.ON_HOLD: "Vilande",
    CaseStatus.DECIDED: "Öppet",
    CaseStatus.CLOSED: "Stängt",
    CaseStatus.ARCHIVED: "Ad Acta.",
    CaseStatus.CANCELLED: "Makulerat",
}
_RECORD_STATES: Final[Mapping[Direction, str]] = {
    Direction.INCOMING: "Inkommen",
    Direction.OUTGOING: "Expedierad",
    Direction.DRAWN_UP: "Upprättad",
}
_ACCESS: Final[Mapping[Medium, str]] = {
    Medium.DIGITAL: "Digital handling",
    Medium.PAPER: "Handling på papper",
    Medium.BOTH: "Handling på papper och digitalt",
}
_MOVED_TO: Final = ("Egen relationsdefinition", "flyttad till")
_MOVED_FROM: Final = ("Egen relationsdefinition", "flyttad från")
_CANCELLED: Final = "Makulerad."
_MESSAGE: Final = "Meddelandet som det skickades"


@dataclass(frozen=True, slots=True)
class PlacedRecord:
    """A record with its files, and the messages of its dispatches, as they lie in the package."""

    record: PackageRecord
    documents: Sequence[tuple[PackageDocument, PackagedFile]]
    messages: Sequence[tuple[PackageDocument, PackagedFile]]


class ContentWriter:
    """Writes one case after the other into an open content document. The list of cases begins with the first."""

    def __init__(self, xml: XmlWriter, stack: ExitStack) -> None:
        self._xml = xml
        self._stack = stack
        self._is_open = False

    def case(self, case: PackageCase, records: Iterator[PlacedRecord]) -> None:
        """A case with its records in running order; `records` is read once."""
        xml = self._xml
        if not self._is_open:
            self._stack.enter_context(xml.element("ArkivobjektListaArenden"))
            self._is_open = True
        with xml.element("ArkivobjektArende", {"Systemidentifierare": str(case.uid)}):
            _case(xml, case)
            first = next(records, None)
            if first is not None:
                with xml.element("ArkivobjektListaHandlingar"):
                    _record(xml, case, first)
                    for placed in records:
                        _record(xml, case, placed)


@contextmanager
def document(path: Path, schema: str, info: PackageInfo) -> Iterator[ContentWriter]:
    """A new content document at `path`; `schema`: where its schema lies seen from there."""
    locations = {NAMESPACE: schema}
    with xml_document(path, "Leveransobjekt", NAMESPACE, schema_locations=locations) as xml:
        fgs1_head.write(xml, info)
        with ExitStack() as stack:
            yield ContentWriter(xml, stack)


def _case(xml: XmlWriter, case: PackageCase) -> None:
    """Everything of a case before its records, in the order of the schema."""
    is_received = case.initiative is Initiative.RECEIVED
    xml.required("ArkivobjektID", case.number_text)
    if case.classification is not None:
        xml.leaf("KlassReferens", case.classification.code)
    xml.leaf("ExtraID", case.foreign_number, {"ExtraIDTyp": "motpartens diarienummer"})
    xml.leaf("ArendeTyp", case.case_type)
    xml.leaf("Avslutat", case.closed_on)
    xml.leaf("Beskrivning", " ".join(map(_disposed, case.disposals)))
    for day in _decision_days(case):
        xml.leaf("Beslutat", day)
    xml.leaf("Forvaringsplats", case.physical_location)
    parts.disposal(xml, case.classification, case.closed_on)
    parts.staff(xml, parts.HANDLER, case.responsible, case.unit)
    parts.staff(xml, parts.REGISTRAR, case.registered_by)
    if case.classification is not None:
        xml.leaf("Klass", case.classification.title)
    for mark in case.restrictions:
        parts.restriction(xml, mark)
    for who in case.parties:
        parts.party(xml, "Motpart", who)
    xml.leaf("Notering", case.note)
    for item in case.relations:
        parts.relation(xml, "ArendeRelation", parts.RELATIONS[item.kind, item.is_outgoing], item.other_number)
    xml.leaf("Skapad", parts.clock(case.registered_at))
    xml.leaf("Inkommen", case.opened_on if is_received else None)
    xml.leaf("StatusArande", _CASE_STATES[case.status])
    xml.leaf("Upprattad", None if is_received else case.opened_on)
    xml.required("Arendemening", case.title)
    own.write(xml, fgs1_facts.case_boxes(case))
    own.write(xml, fgs1_work.boxes(case))


def _disposed(item: PackageCaseDisposal) -> str:
    """Whoever reads no more than the elements must see that something is missing."""
    return (
        f"Gallrat före leveransen: {item.file_count} filer i {item.record_count} handlingar, "
        f"enligt {item.decision} {item.decided_on} ({item.certificate})."
    )


def _decision_days(case: PackageCase) -> list[str]:
    """The days of decisions that count, each once."""
    days = {item.decided_on for item in case.decisions if item.state is not DecisionState.CANCELLED}
    return [day.isoformat() for day in sorted(days | ({case.decided_on} if case.decided_on else set()))]


def _record(xml: XmlWriter, case: PackageCase, placed: PlacedRecord) -> None:
    record = placed.record
    official = {record.direction: record.official_on}
    sender, others = _sender(record)
    with xml.element("ArkivobjektHandling", {"Systemidentifierare": str(record.uid)}):
        xml.required("ArkivobjektID", record.number_text)
        if record.moved_from is not None:
            xml.leaf("ExtraID", record.moved_from.number_text, {"ExtraIDTyp": "tidigare nummer"})
        xml.leaf("Handlingstyp", record.record_type)
        if sender is not None:
            parts.party(xml, "Avsandare", sender)
        xml.leaf("Beskrivning", _no_longer_valid(record))
        xml.leaf("Expedierad", official.get(Direction.OUTGOING))
        parts.staff(xml, parts.REGISTRAR, record.registered_by)
        for who in others:
            if who.role is not PartyRole.RECIPIENT:
                parts.agent(xml, who)
        xml.leaf("Inkommen", official.get(Direction.INCOMING))
        number = record.running_number
        xml.leaf("Lopnummer", number if number <= parts.LARGEST_INT else None)
        for who in others:
            if who.role is PartyRole.RECIPIENT:
                parts.party(xml, "Mottagare", who)
        xml.leaf("Notering", record.note)
        _relations(xml, record)
        xml.leaf("Rubrik", record.title)
        xml.leaf("Skapad", parts.clock(record.registered_at))
        xml.leaf("StatusHandling", _RECORD_STATES[record.direction])
        xml.leaf("Upprattad", official.get(Direction.DRAWN_UP))
        xml.leaf("Atkomst", _ACCESS[record.medium])
        xml.leaf("Forvaringsplats", record.physical_location)
        for mark in record.restrictions:
            parts.restriction(xml, mark)
        _files(xml, case.classification, placed)
        own.write(xml, fgs1_facts.record_boxes(record))
        own.write(xml, map(fgs1_work.dispatch_box, record.dispatches))


def _sender(record: PackageRecord) -> tuple[PackageParty | None, list[PackageParty]]:
    """The one sender that the format has room for, and everybody else."""
    sender = next((who for who in record.parties if who.role is PartyRole.SENDER), None)
    return sender, [who for who in record.parties if who is not sender]


def _no_longer_valid(record: PackageRecord) -> str | None:
    """Whoever reads no more than the elements must see that a cancelled record does not count."""
    if record.moved_to is not None:
        return f"{_CANCELLED} Flyttad till {record.moved_to.number_text}. {record.cancel_reason or ''}".strip()
    return None if record.cancel_reason is None else f"{_CANCELLED} {record.cancel_reason}"


def _relations(xml: XmlWriter, record: PackageRecord) -> None:
    if record.moved_to is not None:
        parts.relation(xml, "HandlingRelation", _MOVED_TO, record.moved_to.number_text)
    if record.moved_from is not None:
        parts.relation(xml, "HandlingRelation", _MOVED_FROM, record.moved_from.number_text)


def _files(xml: XmlWriter, item: PackageClass | None, placed: PlacedRecord) -> None:
    is_kept = None if item is None or item.disposal is None else item.disposal.retention is Retention.PRESERVE
    taken: set[str] = set()
    for document, file in placed.documents:
        name = _own_name(file.original_name or "", taken)
        _file(xml, name, document.description, file, is_kept, fgs1_facts.document_box(document))
    for message, file in placed.messages:
        name = _own_name(file.original_name or "", taken)
        box = fgs1_facts.document_box(message, Kind.MESSAGE)
        _file(xml, name, message.description or _MESSAGE, file, is_kept, box)


def _own_name(name: str, taken: set[str]) -> str:
    """A name that no other file of the record has: some archives unpack files under the names told here."""
    path = PurePosixPath(name)
    own, number = name, 2
    while own.casefold() in taken:
        own = f"{path.stem} ({number}){path.suffix}"
        number += 1
    taken.add(own.casefold())
    return own


def _file(
    xml: XmlWriter, name: str, description: str | None, file: PackagedFile, is_kept: bool | None, box: own.Box
) -> None:
    attributes: dict[str, Value] = {
        "Namn": name,
        "Beskrivning": description or None,
        "Lank": FILE_URL + file.href,
        "Storlek": file.size if file.size <= parts.LARGEST_INT else None,
        "Mimetyp": file.mime,
        "Checksumma": file.sha256,
        "ChecksummaMetod": "SHA-256",
    }
    with xml.element("Bilaga", attributes):
        xml.leaf("Bevaras", is_kept)
        own.write(xml, [box])
