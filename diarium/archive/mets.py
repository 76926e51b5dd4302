"""Writes METS.xml: the package's one list of everything in it, as in Riksarkivet's application.

Source: E-ARK CSIP 2.1.0 and SIP 2.1.0; requirement ids beside what they demand.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from diarium.archive.package_files import FileGroup, FileList, PackagedFile, moment
from diarium.archive.package_model import Organisation, PackageInfo
from diarium.archive.xml_writer import Value, XmlWriter, xml_document

METS: Final = "http://www.loc.gov/METS/"
CSIP: Final = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
SIP: Final = "https://DILCIS.eu/XML/METS/SIPExtensionMETS"
XLINK: Final = "http://www.w3.org/1999/xlink"
PROFILE: Final = "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml"
CONTENT_TYPE: Final = "citserms_v2_1"
_GROUPS: Final = (FileGroup.DOCUMENTATION, FileGroup.SCHEMAS, FileGroup.CONTENT)
_LOCATIONS: Final = {
    METS: "schemas/mets.xsd",
    XLINK: "schemas/xlink.xsd",
    CSIP: "schemas/DILCISExtensionMETS.xsd",
    SIP: "schemas/DILCISExtensionSIPMETS.xsd",
}
_PRESERVATION_ID: Final = "digiprov-premis"


def write(path: Path, info: PackageInfo, package_id: str, files: FileList) -> None:
    """Writes the whole document at `path`; it lists every file of `files`."""
    root: dict[str, Value] = {
        "OBJID": package_id,  # CSIP1
        "LABEL": info.label,  # SIP1
        "TYPE": "Datasets",  # CSIP2
        f"{{{CSIP}}}CONTENTINFORMATIONTYPE": CONTENT_TYPE,  # CSIP4
        "PROFILE": PROFILE,  # CSIP6, SIP2
    }
    prefixes: dict[str | None, str] = {"csip": CSIP, "sip": SIP, "xlink": XLINK}
    with xml_document(path, "mets", METS, root, nsmap=prefixes, schema_locations=_LOCATIONS) as xml:
        _header(xml, info)
        _preservation(xml, files, moment(info.created_at))
        with xml.element("fileSec", {"ID": "fileSec"}):  # CSIP58, CSIP59
            for group in _GROUPS:
                _group(xml, group, files)
        _structure(xml, package_id)


def _header(xml: XmlWriter, info: PackageInfo) -> None:
    created = moment(info.created_at)
    name, version = info.software
    delivery = info.delivery
    attributes: dict[str, Value] = {
        "CREATEDATE": created,  # CSIP7
        "LASTMODDATE": created,  # CSIP8
        "RECORDSTATUS": delivery.status,  # SIP3
        f"{{{CSIP}}}OAISPACKAGETYPE": "SIP",  # CSIP9, SIP4
    }
    with xml.element("metsHdr", attributes):
        software = {"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}
        _agent(xml, software, name, [("SOFTWARE VERSION", version)])  # CSIP10–16
        _organisation(xml, "ARCHIVIST", info.authority.as_organisation)  # SIP9–14
        _organisation(xml, "CREATOR", info.creator)  # SIP15–20
        contact = info.contact
        notes = [(None, note) for note in (contact.email, contact.phone) if note]
        _agent(xml, {"ROLE": "CREATOR", "TYPE": "INDIVIDUAL"}, contact.name, notes)  # SIP21–25
        if delivery.preserver is not None:
            _organisation(xml, "PRESERVATION", delivery.preserver)  # SIP26–31
        if delivery.editor is not None:
            _organisation(xml, "EDITOR", delivery.editor)
        producer = {"ROLE": "OTHER", "OTHERROLE": "PRODUCER", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}
        _agent(xml, producer, name, [("SOFTWARE VERSION", version)])
        xml.leaf("altRecordID", delivery.submission_agreement, {"TYPE": "SUBMISSIONAGREEMENT"})  # SIP5
        for text in delivery.previous_submission_agreements:
            xml.leaf("altRecordID", text, {"TYPE": "PREVIOUSSUBMISSIONAGREEMENT"})  # SIP6
        xml.leaf("altRecordID", delivery.reference_code, {"TYPE": "REFERENCECODE"})  # SIP7
        for text in delivery.previous_reference_codes:
            xml.leaf("altRecordID", text, {"TYPE": "PREVIOUSREFERENCECODE"})  # SIP8


def _organisation(xml: XmlWriter, role: str, who: Organisation) -> None:
    notes = [("IDENTIFICATIONCODE", who.code)] if who.code else []
    _agent(xml, {"ROLE": role, "TYPE": "ORGANIZATION"}, who.name, notes)


def _agent(xml: XmlWriter, roles: dict[str, str], name: str, notes: Sequence[tuple[str | None, str]]) -> None:
    with xml.element("agent", roles):
        xml.required("name", name)
        for kind, text in notes:
            xml.leaf("note", text, {f"{{{CSIP}}}NOTETYPE": kind})


def _preservation(xml: XmlWriter, files: FileList, created: str) -> None:
    with xml.element("amdSec", {"ID": "amdSec"}):  # CSIP31
        for number, file in enumerate(files.read(FileGroup.METADATA)):
            identifier = _PRESERVATION_ID + (f"-{number + 1}" if number else "")
            with xml.element(
                "digiprovMD", {"ID": identifier, "CREATED": created, "STATUS": "CURRENT"}
            ):  # CSIP32–34
                xml.empty(
                    "mdRef",
                    {**_link(file), "MDTYPE": "PREMIS", "MDTYPEVERSION": "3.0", **_facts(file)},  # CSIP35–44
                )


def _group(xml: XmlWriter, group: FileGroup, files: FileList) -> None:
    content_type = CONTENT_TYPE if group is FileGroup.CONTENT else None
    attributes: dict[str, Value] = {
        "ID": _group_id(group),  # CSIP65
        "USE": group.value,  # CSIP60, CSIP113, CSIP114, CSIP64
        f"{{{CSIP}}}CONTENTINFORMATIONTYPE": content_type,  # CSIP62
    }
    with xml.element("fileGrp", attributes):
        for file in files.read(group):
            _file(xml, file)


def _file(xml: XmlWriter, file: PackagedFile) -> None:
    formats: dict[str, Value] = {
        f"{{{SIP}}}FILEFORMATNAME": file.format_name,  # SIP32
        f"{{{SIP}}}FILEFORMATVERSION": file.format_version,  # SIP33
        f"{{{SIP}}}FORMATREGISTRY": "PRONOM" if file.puid else None,  # SIP34
        f"{{{SIP}}}FORMATREGISTRYKEY": file.puid,  # SIP35
    }
    attributes: dict[str, Value] = {
        "ID": file.identifier,  # CSIP67
        **_facts(file),
        "OWNERID": file.original_name,  # CSIP73
        "ADMID": _PRESERVATION_ID if file.origin else None,  # CSIP74
        **formats,
    }
    with xml.element("file", attributes):
        xml.empty("FLocat", _link(file))  # CSIP76


def _facts(file: PackagedFile) -> dict[str, Value]:
    """CSIP68–72 and their like for metadata."""
    return {
        "MIMETYPE": file.mime,
        "SIZE": file.size,
        "CREATED": file.created,
        "CHECKSUM": file.sha256,
        "CHECKSUMTYPE": "SHA-256",
    }


def _link(file: PackagedFile) -> dict[str, Value]:
    """CSIP77–79."""
    return {"LOCTYPE": "URL", f"{{{XLINK}}}type": "simple", f"{{{XLINK}}}href": file.href}


def _structure(xml: XmlWriter, package_id: str) -> None:
    structure: dict[str, Value] = {"ID": "structMap", "TYPE": "PHYSICAL", "LABEL": "CSIP"}  # CSIP80–83
    package: dict[str, Value] = {"ID": "div-package", "LABEL": package_id}  # CSIP84, CSIP85
    with xml.element("structMap", structure), xml.element("div", package):
        xml.empty("div", {"ID": "div-metadata", "LABEL": "Metadata", "ADMID": _PRESERVATION_ID})  # CSIP88–91
        for group in _GROUPS:  # CSIP93–104
            with xml.element("div", {"ID": f"div-{group.value.lower()}", "LABEL": group.value}):
                xml.empty("fptr", {"FILEID": _group_id(group)})


def _group_id(group: FileGroup) -> str:
    return f"fileGrp-{group.value.lower()}"
