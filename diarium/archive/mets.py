"""Writes METS.xml: the package's list of everything in it, and that of a representation which has its own.

In Riksarkivet's application there is one METS.xml, which lists every file; in plain E-ARK the package's lists the
METS.xml of the representation, and that one the content.
Source: E-ARK CSIP and SIP 2.1.0 and 2.2.0; requirement ids beside what they demand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypedDict
from urllib.parse import quote

from diarium.archive.dialects import Dialect
from diarium.archive.package_files import FileGroup, FileList, PackagedFile, moment
from diarium.archive.package_model import Organisation, PackageInfo
from diarium.archive.xml_writer import Value, XmlWriter, xml_document

METS: Final = "http://www.loc.gov/METS/"
CSIP: Final = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
SIP: Final = "https://DILCIS.eu/XML/METS/SIPExtensionMETS"
XLINK: Final = "http://www.w3.org/1999/xlink"
_SCHEMAS: Final = {
    METS: "mets.xsd",
    XLINK: "xlink.xsd",
    CSIP: "DILCISExtensionMETS.xsd",
    SIP: "DILCISExtensionSIPMETS.xsd",
}
_PREFIXES: Final[dict[str | None, str]] = {"csip": CSIP, "sip": SIP, "xlink": XLINK}


def write(path: Path, info: PackageInfo, package_id: str, files: FileList, dialect: Dialect) -> None:
    """The one METS.xml of a package; it lists every file of `files`."""
    content = {FileGroup.DOCUMENTATION: None, FileGroup.SCHEMAS: None, FileGroup.CONTENT: dialect.content_type}
    with xml_document(path, "mets", METS, _root(info, package_id, dialect), **_heading("schemas/")) as xml:
        lists = _Lists(xml, files)
        _header(xml, info)
        lists.preservation(FileGroup.METADATA, info)
        with lists.files():
            for group, content_type in content.items():
                lists.group(group, group.value, content_type)
        with lists.structure(package_id):
            for group in content:
                lists.division(group.value)  # CSIP93–104


def write_divided(
    path: Path, info: PackageInfo, package_id: str, files: FileList, dialect: Dialect, representation: str
) -> None:
    """The METS.xml of a package whose `representation` (a folder such as `representations/rep_1`) has its own."""
    label = f"Representations/{representation.rpartition('/')[2]}"  # CSIP107, CSIP114
    groups = (FileGroup.DOCUMENTATION, FileGroup.SCHEMAS)
    with xml_document(path, "mets", METS, _root(info, package_id, dialect), **_heading("schemas/")) as xml:
        lists = _Lists(xml, files)
        _header(xml, info)
        lists.preservation(FileGroup.METADATA, info)
        with lists.files():
            for group in groups:
                lists.group(group, group.value)
            lists.group(FileGroup.REPRESENTATION, label, dialect.content_type)
        with lists.structure(package_id):
            for group in groups:
                lists.division(group.value)
            lists.representation(label)


def write_representation(
    path: Path, info: PackageInfo, files: FileList, dialect: Dialect, representation: str
) -> None:
    """The METS.xml of `representation`; its paths are seen from that folder.

    Its IDs are none of the package's own METS.xml: CSIP 2.1 wants them unique in the package.
    """
    name = representation.rpartition("/")[2]
    with xml_document(path, "mets", METS, _root(info, name, dialect), **_heading("../../schemas/")) as xml:
        lists = _Lists(xml, files, folder=f"{representation}/", prefix=f"{name}-")
        with xml.element("metsHdr", _dates(info)):
            _creating_software(xml, info)
        lists.preservation(FileGroup.REPRESENTATION_METADATA, info)
        with lists.files():
            lists.group(FileGroup.REPRESENTATION_SCHEMAS, FileGroup.SCHEMAS.value)
            lists.group(FileGroup.CONTENT, FileGroup.CONTENT.value, dialect.content_type)
        with lists.structure(name):
            lists.division(FileGroup.SCHEMAS.value)
            lists.division(FileGroup.CONTENT.value)


class _Lists:
    """What a METS.xml lists. Addresses are seen from `folder` of the package; `prefix`: of every ID."""

    def __init__(self, xml: XmlWriter, files: FileList, *, folder: str = "", prefix: str = "") -> None:
        self._xml = xml
        self._files = files
        self._folder = folder
        self._prefix = prefix
        self._preservation = f"{prefix}digiprov-premis"

    def preservation(self, group: FileGroup, info: PackageInfo) -> None:
        """The preservation metadata, which are the files of `group`."""
        created = moment(info.created_at)
        with self._xml.element("amdSec", {"ID": f"{self._prefix}amdSec"}):  # CSIP31
            for number, file in enumerate(self._files.read(group)):
                identifier = self._preservation + (f"-{number + 1}" if number else "")
                section = {"ID": identifier, "CREATED": created, "STATUS": "CURRENT"}
                with self._xml.element("digiprovMD", section):  # CSIP32–34
                    kind = {"MDTYPE": "PREMIS", "MDTYPEVERSION": "3.0"}
                    self._xml.empty("mdRef", {**self._link(file), **kind, **_facts(file)})  # CSIP35–44

    @contextmanager
    def files(self) -> Iterator[None]:
        """The file section; the block writes its groups."""
        with self._xml.element("fileSec", {"ID": f"{self._prefix}fileSec"}):  # CSIP58, CSIP59
            yield

    def group(self, listed: FileGroup, use: str, content_type: str | None = None) -> None:
        """The files of `listed` as the group `use`."""
        attributes: dict[str, Value] = {
            "ID": self._group_id(use),  # CSIP65
            "USE": use,  # CSIP60, CSIP113, CSIP114, CSIP64
            f"{{{CSIP}}}CONTENTINFORMATIONTYPE": content_type,  # CSIP62
        }
        with self._xml.element("fileGrp", attributes):
            for file in self._files.read(listed):
                self._file(file)

    @contextmanager
    def structure(self, identifier: str) -> Iterator[None]:
        """The structural map; the block writes its divisions after that of the metadata."""
        xml, prefix = self._xml, self._prefix
        structure: dict[str, Value] = {
            "ID": f"{prefix}structMap",
            "TYPE": "PHYSICAL",
            "LABEL": "CSIP",
        }  # CSIP80–83
        package: dict[str, Value] = {"ID": f"{prefix}div-package", "LABEL": identifier}  # CSIP84, CSIP85
        with xml.element("structMap", structure), xml.element("div", package):
            metadata = {"ID": f"{prefix}div-metadata", "LABEL": "Metadata", "ADMID": self._preservation}
            xml.empty("div", metadata)  # CSIP88–91
            yield

    def division(self, use: str) -> None:
        """The division of the group `use`."""
        with self._xml.element("div", {"ID": f"{self._prefix}div-{use.lower()}", "LABEL": use}):
            self._xml.empty("fptr", {"FILEID": self._group_id(use)})

    def representation(self, use: str) -> None:
        """The division of a representation that has a METS.xml of its own, in the group `use`."""
        with self._xml.element("div", {"ID": f"{self._prefix}div-representation", "LABEL": use}):  # CSIP105–107
            for file in self._files.read(FileGroup.REPRESENTATION):
                title = {f"{{{XLINK}}}title": self._group_id(use)}
                self._xml.empty("mptr", {**self._link(file), **title})  # CSIP108–112

    def _file(self, file: PackagedFile) -> None:
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
            "ADMID": self._preservation if file.origin else None,  # CSIP74
            **formats,
        }
        with self._xml.element("file", attributes):
            self._xml.empty("FLocat", self._link(file))  # CSIP76

    def _link(self, file: PackagedFile) -> dict[str, Value]:
        """CSIP77–79."""
        href = quote(file.path.removeprefix(self._folder))
        return {"LOCTYPE": "URL", f"{{{XLINK}}}type": "simple", f"{{{XLINK}}}href": href}

    def _group_id(self, use: str) -> str:
        return f"{self._prefix}fileGrp-{use.replace('/', '-').lower()}"


def _root(info: PackageInfo, identifier: str, dialect: Dialect) -> dict[str, Value]:
    return {
        "OBJID": identifier,  # CSIP1
        "LABEL": info.label,  # SIP1
        "TYPE": "Datasets",  # CSIP2
        f"{{{CSIP}}}CONTENTINFORMATIONTYPE": dialect.content_type,  # CSIP4
        "PROFILE": dialect.profile,  # CSIP6, SIP2
    }


class _Heading(TypedDict):
    nsmap: Mapping[str | None, str]
    schema_locations: Mapping[str, str]


def _heading(schemas: str) -> _Heading:
    """`schemas`: the folder of the schemas as seen from the document."""
    return {
        "nsmap": _PREFIXES,
        "schema_locations": {uri: f"{schemas}{name}" for uri, name in _SCHEMAS.items()},
    }


def _dates(info: PackageInfo) -> dict[str, Value]:
    created = moment(info.created_at)
    return {
        "CREATEDATE": created,  # CSIP7
        "LASTMODDATE": created,  # CSIP8
        "RECORDSTATUS": info.delivery.status,  # SIP3
        f"{{{CSIP}}}OAISPACKAGETYPE": "SIP",  # CSIP9, SIP4
    }


def _creating_software(xml: XmlWriter, info: PackageInfo) -> None:
    name, version = info.software
    software = {"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}
    _agent(xml, software, name, [("SOFTWARE VERSION", version)])  # CSIP10–16


def _header(xml: XmlWriter, info: PackageInfo) -> None:
    delivery = info.delivery
    with xml.element("metsHdr", _dates(info)):
        _creating_software(xml, info)
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
        _agent(xml, producer, info.software[0], [("SOFTWARE VERSION", info.software[1])])
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


def _facts(file: PackagedFile) -> dict[str, Value]:
    """CSIP68–72 and their like for metadata."""
    return {
        "MIMETYPE": file.mime,
        "SIZE": file.size,
        "CREATED": file.created,
        "CHECKSUM": file.sha256,
        "CHECKSUMTYPE": "SHA-256",
    }
