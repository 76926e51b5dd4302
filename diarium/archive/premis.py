"""Writes PREMIS 3 for a package: each document's file with checksum, size and format, how it came in and went out.

Source: PREMIS Data Dictionary 3.0; CSIP 2.1.0 (preservation metadata in metadata/preservation).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from diarium.archive.package_files import FileGroup, FileList, PackagedFile, moment
from diarium.archive.package_model import PackageInfo
from diarium.archive.xml_writer import XmlWriter, xml_document
from diarium.i18n import gettext as _

NAMESPACE: Final = "http://www.loc.gov/premis/v3"
_XSI_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_SOFTWARE: Final = "diarium"


def write(path: Path, info: PackageInfo, package_id: str, files: FileList) -> None:
    """All of a package in one document at `path`; the documents of `files` are its objects."""
    with _document(path, "../../schemas/premis-v3-0.xsd") as xml:
        _package(xml, info, package_id)
        _contents(xml, files)
        _export(xml, info, package_id)
        _agent(xml, info)


def write_package(path: Path, info: PackageInfo, package_id: str, representation: str) -> None:
    """The package alone, whose `representation` has a document of its own."""
    with _document(path, "../../schemas/premis-v3-0.xsd") as xml:
        _package(xml, info, package_id, representation)
        _export(xml, info, package_id)
        _agent(xml, info)


def write_representation(
    path: Path, info: PackageInfo, package_id: str, representation: str, files: FileList
) -> None:
    """The representation with its documents."""
    with _document(path, "../../../../schemas/premis-v3-0.xsd") as xml:
        with xml.element("object", {_XSI_TYPE: "premis:representation"}):
            _identifier(xml, "objectIdentifier", "local", f"{package_id}/{representation}")
            _related(xml, "structural", "is part of", package_id)
        _contents(xml, files)
        _agent(xml, info)


@contextmanager
def _document(path: Path, schema: str) -> Iterator[XmlWriter]:
    with xml_document(
        path,
        "premis",
        NAMESPACE,
        {"version": "3.0"},
        nsmap={"premis": NAMESPACE},
        schema_locations={NAMESPACE: schema},
    ) as xml:
        yield xml


def _package(xml: XmlWriter, info: PackageInfo, package_id: str, representation: str | None = None) -> None:
    delivery = info.delivery
    with xml.element("object", {_XSI_TYPE: "premis:representation"}):
        _identifier(xml, "objectIdentifier", "local", package_id)
        xml.leaf("originalName", info.label)
        if delivery.replaces:
            adds = delivery.status == "SUPPLEMENT"
            kinds = ("logical", "adds to") if adds else ("replacement", "replaces")
            _related(xml, *kinds, delivery.replaces)
        if representation:
            _related(xml, "structural", "has part", f"{package_id}/{representation}")


def _contents(xml: XmlWriter, files: FileList) -> None:
    for file in _documents(files):
        _file(xml, file)
    for file in _documents(files):
        _ingestion(xml, file)


def _agent(xml: XmlWriter, info: PackageInfo) -> None:
    with xml.element("agent"):
        _identifier(xml, "agentIdentifier", "local", _SOFTWARE)
        xml.leaf("agentName", info.software[0])
        xml.leaf("agentType", "software")
        xml.leaf("agentVersion", info.software[1])


def _related(xml: XmlWriter, kind: str, sub_kind: str, identifier: str) -> None:
    with xml.element("relationship"):
        xml.leaf("relationshipType", kind)
        xml.leaf("relationshipSubType", sub_kind)
        _identifier(xml, "relatedObjectIdentifier", "local", identifier)


def _documents(files: FileList) -> Iterable[PackagedFile]:
    return (file for file in files.read(FileGroup.CONTENT) if file.origin is not None)


def _file(xml: XmlWriter, file: PackagedFile) -> None:
    with xml.element("object", {_XSI_TYPE: "premis:file"}):
        _identifier(xml, "objectIdentifier", "local", file.identifier)
        if file.origin:
            _identifier(xml, "objectIdentifier", "UUID", file.origin.document_uid)
        with xml.element("objectCharacteristics"):
            with xml.element("fixity"):
                xml.leaf("messageDigestAlgorithm", "SHA-256")
                xml.leaf("messageDigest", file.sha256)
            xml.leaf("size", file.size)
            with xml.element("format"):
                with xml.element("formatDesignation"):
                    xml.leaf("formatName", file.format_name or file.mime)
                    xml.leaf("formatVersion", file.format_version)
                if file.puid:
                    with xml.element("formatRegistry"):
                        xml.leaf("formatRegistryName", "PRONOM")
                        xml.leaf("formatRegistryKey", file.puid)
        xml.leaf("originalName", file.original_name)
        with xml.element("storage"), xml.element("contentLocation"):
            xml.leaf("contentLocationType", "relative path")
            xml.leaf("contentLocationValue", file.path)


def _ingestion(xml: XmlWriter, file: PackagedFile) -> None:
    """The file was taken into the register."""
    if file.origin is None:
        return
    with xml.element("event"):
        _identifier(xml, "eventIdentifier", "local", f"{file.identifier}-ingestion")
        xml.leaf("eventType", "ingestion")
        xml.leaf("eventDateTime", file.origin.added_at)
        detail = _("Inlagd i diariet under handling %(number)s.", number=file.origin.record_number)
        by = _("Av %(name)s.", name=file.origin.added_by) if file.origin.added_by else ""
        with xml.element("eventDetailInformation"):
            xml.leaf("eventDetail", f"{detail} {by}".strip())
        _identifier(xml, "linkingAgentIdentifier", "local", _SOFTWARE)
        _identifier(xml, "linkingObjectIdentifier", "local", file.identifier)


def _export(xml: XmlWriter, info: PackageInfo, package_id: str) -> None:
    with xml.element("event"):
        _identifier(xml, "eventIdentifier", "local", f"uuid-{info.uid}-export")
        xml.leaf("eventType", "export")
        xml.leaf("eventDateTime", moment(info.created_at))
        with xml.element("eventDetailInformation"):
            xml.leaf("eventDetail", _("Uttag för leverans, begärt av %(name)s.", name=info.requested_by))
        with xml.element("eventOutcomeInformation"):
            xml.leaf("eventOutcome", "success")
        _identifier(xml, "linkingAgentIdentifier", "local", _SOFTWARE)
        _identifier(xml, "linkingObjectIdentifier", "local", package_id)


def _identifier(xml: XmlWriter, name: str, kind: str, value: str) -> None:
    with xml.element(name):
        xml.leaf(f"{name}Type", kind)
        xml.leaf(f"{name}Value", value)
