"""Writes sip.xml: the package's list of everything in it, in the form that municipal archives take in.

Source: FGS Paketstruktur 1.2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from diarium.archive.fgs1_content import FILE_URL
from diarium.archive.package_files import FileGroup, FileList, PackagedFile, moment
from diarium.archive.package_model import Delivery, Organisation, PackageInfo
from diarium.archive.xml_writer import Value, XmlWriter, text_of, xml_document

METS: Final = "http://www.loc.gov/METS/"
EXT: Final = "ExtensionMETS"
XLINK: Final = "http://www.w3.org/1999/xlink"
PROFILE: Final = "http://xml.ra.se/e-arkiv/METS/CommonSpecificationSwedenPackageProfile.xml"
CONTENT_SPECIFICATION: Final = "FGS Ärendehantering, version 1.0"
SYSTEM_TYPE: Final = "Ärendehanteringssystem"
NO_AGREEMENT: Final = "Uppgift saknas"
"""Stands as agreement where there is none, as the format demands one; AGREEMENTFORM then says Not specified."""
NO_STRUCTURE: Final = "No structMap defined in this information package"
_STATUSES: Final = frozenset({"NEW", "SUPPLEMENT", "REPLACEMENT", "TEST", "VERSION"})
_LOCATIONS: Final = {
    METS: "System/CSPackageMETS.xsd",
    EXT: "System/CSPackageExtensionMETS.xsd",
    XLINK: "System/xlink.xsd",
}
_SOFTWARE: Final = {"TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """What is true of the content as a whole."""

    first_day: dt.date | None
    last_day: dt.date | None
    is_disposable: bool
    is_secret: bool
    has_persons: bool


def write(path: Path, info: PackageInfo, facts: PackageFacts, files: FileList) -> None:
    """Writes the whole document at `path`; it lists every file of `files`."""
    prefixes: dict[str | None, str] = {"ext": EXT, "xlink": XLINK}
    with xml_document(path, "mets", METS, _root(info, facts), nsmap=prefixes, schema_locations=_LOCATIONS) as xml:
        _header(xml, info)
        with xml.element("fileSec"), xml.element("fileGrp", {"ID": "fgrp001", "USE": "FILES"}):
            for group in (FileGroup.CONTENT, FileGroup.SCHEMAS):
                for file in files.read(group):
                    _file(xml, file)
        with xml.element("structMap", {"LABEL": NO_STRUCTURE}):
            xml.empty("div", {"LABEL": "Empty"})


def _root(info: PackageInfo, facts: PackageFacts) -> dict[str, Value]:
    delivery = info.delivery
    return {
        "OBJID": f"UUID:{info.uid}",
        "LABEL": info.label,
        "TYPE": "ERMS",
        "PROFILE": PROFILE,
        **_ext("ACCESSRESTRICT", _access(facts)),
        **_ext("AGREEMENTFORM", "AGREEMENT" if _agreement(delivery) else "Not specified"),
        **_ext("APPRAISAL", "Yes" if facts.is_disposable else "No"),
        **_ext("ARCHIVALNAME", info.archival_name),
        **_ext("CONTENTTYPESPECIFICATION", CONTENT_SPECIFICATION),
        **_ext("STARTDATE", facts.first_day),
        **_ext("ENDDATE", facts.last_day),
        **_ext("INFORMATIONCLASS", delivery.information_class),
        **_ext("PACKAGENUMBER", str(delivery.package_number or 1)),
        **_ext("SYSTEMTYPE", SYSTEM_TYPE),
    }


def _access(facts: PackageFacts) -> str | None:
    """The value list has no "Secrecy and GDPR", and PuL is no longer law."""
    if facts.is_secret:
        return "Secrecy"
    return "GDPR" if facts.has_persons else None


def _header(xml: XmlWriter, info: PackageInfo) -> None:
    delivery = info.delivery
    status = delivery.status if delivery.status in _STATUSES else "OTHER"
    created: dict[str, Value] = {
        "CREATEDATE": moment(info.created_at),
        "RECORDSTATUS": status,
        **_ext("OAISSTATUS", "SIP"),
    }
    with xml.element("metsHdr", created):
        _agents(xml, info)
        _agreements(xml, delivery)
        xml.leaf("metsDocumentID", "sip.xml")


def _agents(xml: XmlWriter, info: PackageInfo) -> None:
    name, version = info.software
    delivery, authority, contact = info.delivery, info.authority.as_organisation, info.contact
    _organisation(xml, {"ROLE": "ARCHIVIST"}, authority)
    _agent(xml, {"ROLE": "ARCHIVIST", **_SOFTWARE}, name, [version])
    _organisation(xml, {"ROLE": "CREATOR"}, info.creator)
    ways = [way for way in (contact.phone, contact.email) if way]
    _agent(xml, {"ROLE": "CREATOR", "TYPE": "INDIVIDUAL"}, contact.name, ways)
    _agent(xml, {"ROLE": "CREATOR", **_SOFTWARE}, name, [version])
    if delivery.editor is not None:
        _organisation(xml, {"ROLE": "EDITOR"}, delivery.editor)
    if delivery.preserver is not None:
        _organisation(xml, {"ROLE": "PRESERVATION"}, delivery.preserver)
    _organisation(xml, {"ROLE": "IPOWNER"}, authority)
    _organisation(xml, {"ROLE": "OTHER", "OTHERROLE": "SUBMITTER"}, info.creator)
    _organisation(xml, {"ROLE": "OTHER", "OTHERROLE": "PRODUCER"}, delivery.editor or info.creator)


def _organisation(xml: XmlWriter, roles: dict[str, str], who: Organisation) -> None:
    _agent(xml, {**roles, "TYPE": "ORGANIZATION"}, who.name, [who.code] if who.code else [])


def _agent(xml: XmlWriter, roles: dict[str, str], name: str, notes: Sequence[str]) -> None:
    with xml.element("agent", roles):
        xml.required("name", name)
        for text in notes:
            xml.leaf("note", text)


def _agreements(xml: XmlWriter, delivery: Delivery) -> None:
    """The agreement stands first: some archives read no further."""

    def each(kind: str, texts: Iterable[str]) -> None:
        for text in texts:
            xml.leaf("altRecordID", text, {"TYPE": kind})

    each("SUBMISSIONAGREEMENT", [_agreement(delivery) or NO_AGREEMENT])
    each("PREVIOUSSUBMISSIONAGREEMENT", delivery.previous_submission_agreements)
    each("REFERENCECODE", [delivery.reference_code] if delivery.reference_code else [])
    each("PREVIOUSREFERENCECODE", delivery.previous_reference_codes)


def _agreement(delivery: Delivery) -> str:
    """The agreement as it can be written; empty where there is none."""
    return text_of(delivery.submission_agreement).strip()


def _file(xml: XmlWriter, file: PackagedFile) -> None:
    origin = file.origin
    attributes: dict[str, Value] = {
        "ID": file.identifier,
        "USE": PurePosixPath(file.path).suffix.removeprefix(".") or None,
        "MIMETYPE": file.mime,
        "SIZE": file.size,
        "CREATED": file.created,
        "CHECKSUM": file.sha256,
        "CHECKSUMTYPE": "SHA-256",
        **_ext("ORIGINALFILENAME", file.original_name or PurePosixPath(file.path).name),
        **_ext("FILEFORMATNAME", file.format_name),
        **_ext("FILEFORMATVERSION", file.format_version),
        **_ext("FORMATREGISTRY", "PRONOM" if file.puid else None),
        **_ext("FORMATREGISTRYKEY", file.puid),
        **_ext("ARCHIVALREFERENCECODE", origin.record_number if origin else None),
        **_ext("ARCHIVALRECORDTYPE", origin.record_type if origin else None),
    }
    with xml.element("file", attributes):
        link: dict[str, Value] = {"LOCTYPE": "URL", f"{{{XLINK}}}type": "simple"}
        xml.empty("FLocat", {**link, f"{{{XLINK}}}href": FILE_URL + file.href})


def _ext(name: str, value: Value) -> dict[str, Value]:
    """An attribute of the extension."""
    return {f"{{{EXT}}}{name}": value}
