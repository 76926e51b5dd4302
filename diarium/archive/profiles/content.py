"""What every profile of the 2.x family has in common: ERMS.xml and the documents in the one representation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from diarium.archive import erms, package_info
from diarium.archive.dialects import Dialect
from diarium.archive.package_files import FileGroup, PackagedFile
from diarium.archive.package_model import (
    PackageCase,
    PackageDocument,
    PackageInfo,
    PackageRecord,
    PackageRestriction,
)
from diarium.archive.packaging import PackageFolder
from diarium.archive.schema_set import SchemaSet
from diarium.files.names import package_file_name
from diarium.secrecy.models import Scope

REPRESENTATION: Final = "representations/rep_1"
DATA: Final = f"{REPRESENTATION}/data"
ERMS: Final = f"{DATA}/ERMS.xml"
METS: Final = "METS.xml"
PREMIS: Final = "metadata/preservation/premis.xml"
PACKAGE_INFO: Final = "documentation/additionalPackageInfo.xml"
_PACKAGE_SCHEMAS: Final = (
    "mets.xsd",
    "xlink.xsd",
    "DILCISExtensionMETS.xsd",
    "DILCISExtensionSIPMETS.xsd",
    "SNAadditionalPackageInfo.xsd",
    "premis-v3-0.xsd",
)
# A marking of these scopes covers what stands in the files.
_COVERS_FILES: Final = frozenset({Scope.WHOLE, Scope.FILES})


def package_id(info: PackageInfo) -> str:
    """Readable and unique: authority, period, UUID."""
    code = package_file_name(info.authority.code, frozenset())
    return f"{code}_{info.period_from}_{info.period_to}_{info.uid}"


def write(
    folder: PackageFolder, info: PackageInfo, cases: Iterable[PackageCase], dialect: Dialect, schema: str
) -> package_info.ContentSummary:
    """The cases and their documents. `schema`: where that of ERMS.xml lies, as seen from there."""
    summary = package_info.ContentSummary()
    with erms.document(folder.place(ERMS), DATA, schema, info, dialect) as content:
        for place, case in enumerate(cases, start=1):
            _case(folder, content, case, place, summary)
    folder.add_written(ERMS, FileGroup.CONTENT)
    return summary


def add_schemas(folder: PackageFolder) -> None:
    """The schemas of what describes the package."""
    for name in _PACKAGE_SCHEMAS:
        folder.add_copy(SchemaSet.own().folder / name, f"schemas/{name}", FileGroup.SCHEMAS)


def add_content_schemas(folder: PackageFolder, dialect: Dialect, place: str, group: FileGroup) -> None:
    """The schema and the rules of ERMS.xml, under the names that they have in every version."""
    for ours, name in ((dialect.erms_schema, "ERMS.xsd"), (dialect.erms_rules, "erms.sch")):
        folder.add_copy(SchemaSet.own().folder / ours, f"{place}/{name}", group)


def documents(
    folder: PackageFolder, path: str, case: PackageCase, record: PackageRecord
) -> Iterator[tuple[PackageDocument, PackagedFile]]:
    """The record's files, each with the running number before its name, none twice the same.

    After them the messages that it was sent with, where they are none of its files.
    """
    marks = [mark for mark in (*case.restrictions, *record.restrictions) if mark.scope in _COVERS_FILES]
    messages = [sent.content for sent in record.dispatches if sent.content is not None]
    taken: set[str] = set()
    for item in (*record.documents, *messages):
        name = package_file_name(item.file_name, taken)
        taken.add(name)
        restricted_by = _provisions(marks, item)
        yield item, folder.add_document(f"{path}/{record.running_number:04d}_{name}", record, item, restricted_by)


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
            placed = documents(folder, f"{DATA}/{place:06d}_{name}", case, record)
            content.record(case, record, list(placed))


def _provisions(marks: Iterable[PackageRestriction], item: PackageDocument) -> str | None:
    of_file = [mark for mark in marks if mark.document_uid in (None, item.uid)]
    return ", ".join(package_info.provisions_in_force(of_file)) or None
