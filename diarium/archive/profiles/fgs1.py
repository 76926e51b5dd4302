"""FGS Paketstruktur 1.2 with FGS Ärendehantering 1.0 inside: what most municipal archives take in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from diarium.archive import fgs1_content, fgs1_mets
from diarium.archive.fgs1_content import PlacedRecord
from diarium.archive.package_files import FileGroup
from diarium.archive.package_info import ContentSummary
from diarium.archive.package_model import PackageCase, PackageInfo, PackageParty, PackageRecord
from diarium.archive.packaging import PackageFolder
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.profiles.content import documents, package_id
from diarium.archive.schema_set import SchemaSet
from diarium.register.vocabulary import PartyKind

SIP: Final = "sip.xml"
CONTENT: Final = "Content"
CASES: Final = f"{CONTENT}/arendehantering.xml"
SYSTEM: Final = "System"
SCHEMAS: Final = ("CSPackageMETS.xsd", "CSPackageExtensionMETS.xsd", "xlink.xsd", "Arendehantering.xsd")


class Fgs1:
    """The profile."""

    code = ProfileCode.FGS1.value

    def package_id(self, info: PackageInfo) -> str:
        """Readable and unique: authority, period, UUID. In sip.xml the package is named by the UUID alone."""
        return package_id(info)

    def write(self, folder: PackageFolder, info: PackageInfo, cases: Iterable[PackageCase]) -> None:
        """The files and what the register says of them first, sip.xml last."""
        summary = _Summary()
        schema = f"../{SYSTEM}/Arendehantering.xsd"
        with fgs1_content.document(folder.place(CASES), schema, info) as content:
            for number, case in enumerate(cases, start=1):
                summary.take_case(case)
                content.case(case, _records(folder, case, f"{CONTENT}/{number}", summary))
        folder.add_written(CASES, FileGroup.CONTENT)
        for name in SCHEMAS:
            folder.add_copy(SchemaSet.own().folder / name, f"{SYSTEM}/{name}", FileGroup.SCHEMAS)
        fgs1_mets.write(folder.place(SIP), info, summary.facts(), folder.files)


class _Summary:
    """What is true of the content as a whole, gathered while the cases pass by."""

    def __init__(self) -> None:
        self._content = ContentSummary()
        self._has_persons = False

    def take_case(self, case: PackageCase) -> None:
        self._content.note_case(case)
        self._take(case.parties)

    def take_record(self, record: PackageRecord) -> None:
        self._content.note_record(record)
        self._take(record.parties)

    def facts(self) -> fgs1_mets.PackageFacts:
        content = self._content
        # A register that was brought in may hold a case that was closed before it was opened.
        days = sorted(day for day in (content.first_day, content.last_day) if day is not None)
        return fgs1_mets.PackageFacts(
            next(iter(days), None),
            next(reversed(days), None),
            content.is_disposable,
            content.is_restricted,
            self._has_persons,
        )

    def _take(self, parties: Iterable[PackageParty]) -> None:
        self._has_persons |= any(who.kind is PartyKind.PERSON for who in parties)


def _records(folder: PackageFolder, case: PackageCase, path: str, summary: _Summary) -> Iterator[PlacedRecord]:
    """The case's records, the files of each brought into place when it is asked for."""
    for record in case.records:
        summary.take_record(record)
        placed = list(documents(folder, path, case, record))
        own = len(record.documents)
        yield PlacedRecord(record, placed[:own], placed[own:])
