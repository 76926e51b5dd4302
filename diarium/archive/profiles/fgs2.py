"""FGS Paketstruktur 2.0 in Riksarkivet's application, with FGS Ärendehantering 2.0 inside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from diarium.archive import erms, mets, package_info, premis
from diarium.archive.package_files import FileGroup, PackagedFile
from diarium.archive.package_model import PackageCase, PackageDocument, PackageInfo, PackageRecord
from diarium.archive.packaging import PackageFolder
from diarium.archive.schema_set import SchemaSet
from diarium.files.names import package_file_name
from diarium.secrecy.models import Scope

DATA: Final = "representations/rep_1/data"
ERMS: Final = f"{DATA}/ERMS.xml"
PREMIS: Final = "metadata/preservation/premis.xml"
PACKAGE_INFO: Final = "documentation/additionalPackageInfo.xml"
SCHEMAS: Final = (
    "mets.xsd",
    "xlink.xsd",
    "DILCISExtensionMETS.xsd",
    "DILCISExtensionSIPMETS.xsd",
    "SNAadditionalPackageInfo.xsd",
    "ERMS.xsd",
    "erms.sch",
    "premis-v3-0.xsd",
)
# A marking of these scopes covers what stands in the files.
_COVERS_FILES: Final = frozenset({Scope.WHOLE, Scope.FILES})


class Fgs2:
    """The profile."""

    code = "fgs2"

    def package_id(self, info: PackageInfo) -> str:
        """Readable and unique: authority, period, UUID."""
        code = package_file_name(info.authority.code, frozenset())
        return f"{code}_{info.period_from}_{info.period_to}_{info.uid}"

    def write(self, folder: PackageFolder, info: PackageInfo, cases: Iterable[PackageCase]) -> None:
        """Content first, then what describes it, METS.xml last."""
        package_id = self.package_id(info)
        summary = package_info.ContentSummary()
        with erms.document(folder.place(ERMS), DATA, info) as content:
            for place, case in enumerate(cases, start=1):
                _case(folder, content, case, place, summary)
        folder.add_written(ERMS, FileGroup.CONTENT)
        premis.write(folder.place(PREMIS), info, package_id, folder.files)
        folder.add_written(PREMIS, FileGroup.METADATA)
        package_info.write(folder.place(PACKAGE_INFO), info, package_id, summary, folder.files)
        folder.add_written(PACKAGE_INFO, FileGroup.DOCUMENTATION)
        for name in SCHEMAS:
            folder.add_copy(SchemaSet.own().folder / name, f"schemas/{name}", FileGroup.SCHEMAS)
        mets.write(folder.place("METS.xml"), info, package_id, folder.files)


def _case(
    folder: PackageFolder,
    content: erms.ErmsWriter,
    case: PackageCase,
    place: int,
    summary: package_info.ContentSummary,
) -> None:
    name = package_file_name(case.number_text.replace("/", "-"), frozenset())
    summary.note_case(case)
    with content.case(case):
        for record in case.records:
            summary.note_record(record)
            content.record(case, record, _documents(folder, f"{DATA}/{place:06d}_{name}", case, record))


def _documents(
    folder: PackageFolder, path: str, case: PackageCase, record: PackageRecord
) -> list[tuple[PackageDocument, PackagedFile]]:
    """The record's files, each with the running number before its name, none twice the same."""
    marks = [mark for mark in (*case.restrictions, *record.restrictions) if mark.scope in _COVERS_FILES]
    taken: set[str] = set()
    placed = []
    for item in record.documents:
        name = package_file_name(item.file_name, taken)
        taken.add(name)
        of_file = [mark for mark in marks if mark.document_uid in (None, item.uid)]
        restricted_by = ", ".join(package_info.provisions_in_force(of_file)) or None
        file = folder.add_document(f"{path}/{record.running_number:04d}_{name}", record, item, restricted_by)
        placed.append((item, file))
    return placed
