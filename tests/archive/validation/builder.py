"""Makes packages for the tests: by default one that the engine finds nothing wrong with."""

from __future__ import annotations

import datetime as dt
import hashlib
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from diarium.archive.validation import Limits, ValidationReport, validate_package

METS = "http://www.loc.gov/METS/"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
SIP = "https://DILCIS.eu/XML/METS/SIPExtensionMETS"
XLINK = "http://www.w3.org/1999/xlink"
NS = {"m": METS, "csip": CSIP, "sip": SIP, "xlink": XLINK}
NAME = "leverans_1"
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
DATE = "2025-05-01T12:00:00+02:00"
DATA = "representations/rep_1/data"

AGENTS = """
<agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE"><name>Provprogram</name>
  <note csip:NOTETYPE="SOFTWARE VERSION">1.0</note></agent>
<agent ROLE="ARCHIVIST" TYPE="ORGANIZATION"><name>Byggnämnden</name>
  <note csip:NOTETYPE="IDENTIFICATIONCODE">ORG:212000-0001</note></agent>
<agent ROLE="CREATOR" TYPE="ORGANIZATION"><name>Kommunen</name>
  <note csip:NOTETYPE="IDENTIFICATIONCODE">ORG:212000-0001</note></agent>
<agent ROLE="CREATOR" TYPE="INDIVIDUAL"><name>Arkivarie</name><note>arkiv@example.se</note></agent>
<agent ROLE="PRESERVATION" TYPE="ORGANIZATION"><name>Arkivmyndigheten</name>
  <note csip:NOTETYPE="IDENTIFICATIONCODE">ORG:212000-0001</note></agent>
<altRecordID TYPE="SUBMISSIONAGREEMENT">ÖK 1</altRecordID>
<altRecordID TYPE="PREVIOUSSUBMISSIONAGREEMENT">ÖK 0</altRecordID>
<altRecordID TYPE="REFERENCECODE">SE/1</altRecordID>
<altRecordID TYPE="PREVIOUSREFERENCECODE">SE/0</altRecordID>
"""

ERMS = """<?xml version="1.0" encoding="UTF-8"?>
<erms xmlns="https://DILCIS.eu/XML/ERMS">
  <control>
    <identification identificationType="UUID">leverans_1</identification>
    <maintenanceInformation>
      <maintenanceStatus value="new"/>
      <maintenanceAgency><agencyName>Kommunen</agencyName></maintenanceAgency>
      <maintenanceHistory><maintenanceEvent><eventType value="created"/>
        <eventDateTime>2025-05-01T12:00:00</eventDateTime>
        <agent agentType="creator"><name>Provprogram</name></agent></maintenanceEvent></maintenanceHistory>
    </maintenanceInformation>
  </control>
  <aggregations>
    <aggregation systemIdentifier="a1" aggregationType="caseFile">
      <objectId>BN 2024-1</objectId>
      <title>Carport</title>
      <dates><date dateType="opened">2024-01-01T00:00:00</date><date dateType="closed">2024-02-01T00:00:00</date>
      </dates>
      <record systemIdentifier="r1">
        <objectId>BN 2024-1-1</objectId>
        <direction directionDefinition="incoming"/>
        <additionalInformation><appendix name="Ansökan" path="ansokan.txt"/></additionalInformation>
      </record>
    </aggregation>
  </aggregations>
</erms>
"""

SNA = """<?xml version="1.0" encoding="UTF-8"?>
<additionalPackageInfo xmlns="http://xml.ra.se/e-arkiv/implementation-IP/version10/SNAadditionalPackageInfo">
  <control><identification type="UUID">1</identification><status>NEW</status>
    <creationDate>2025-05-01T12:00:00</creationDate><creator><creatorName>Kommunen</creatorName></creator></control>
  <package id="leverans_1"><disposal disposable="false"/><accessRestrict restricted="false"/>
    <useRestrict restricted="false"/><audience publishable="true"/></package>
</additionalPackageInfo>
"""

PREMIS = """<?xml version="1.0" encoding="UTF-8"?>
<premis xmlns="http://www.loc.gov/premis/v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.0">
  <object xsi:type="intellectualEntity"><objectIdentifier><objectIdentifierType>local</objectIdentifierType>
    <objectIdentifierValue>leverans_1</objectIdentifierValue></objectIdentifier></object>
  <agent><agentIdentifier><agentIdentifierType>local</agentIdentifierType>
    <agentIdentifierValue>1</agentIdentifierValue></agentIdentifier></agent>
</premis>
"""

CONTENT = {
    "metadata/descriptive/ead.xml": b"<ead/>",
    "metadata/preservation/premis.xml": PREMIS.encode(),
    "documentation/additionalPackageInfo.xml": SNA.encode(),
    "schemas/own.xsd": b'<schema xmlns="http://www.w3.org/2001/XMLSchema"/>',
    f"{DATA}/ERMS.xml": ERMS.encode(),
    f"{DATA}/ansokan.txt": b"Jag vill bygga.\n",
}
GROUPS = {
    "Documentation": "documentation/",
    "Schemas": "schemas/",
    "Representations": "representations/",
}


@dataclass
class Package:
    """The parts of a package: change them before `write`; METS is made from `files` unless given."""

    files: dict[str, bytes] = field(default_factory=lambda: dict(CONTENT))
    mets: etree._Element | None = None
    name: str = NAME

    def tree(self) -> etree._Element:
        if self.mets is None:
            self.mets = make_mets(self.files)
        return self.mets

    def one(self, path: str) -> etree._Element:
        found = self.tree().xpath(path, namespaces=NS)
        assert found, path
        return found[0]

    def write(self, folder: Path) -> Path:
        root = folder / self.name
        mets = etree.tostring(self.tree(), xml_declaration=True, encoding="UTF-8", pretty_print=True)
        for name, content in {"METS.xml": mets, **self.files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return root

    def replace(self, name: str, old: str, new: str) -> None:
        """Changes a content file before METS is made, so that checksums stay right."""
        text = self.files[name].decode()
        assert old in text
        self.files[name] = text.replace(old, new).encode()


def check(path: Path, limits: Limits | None = None) -> ValidationReport:
    return validate_package(path, limits=limits, now=NOW)


def report_of(folder: Path, change: Callable[[Package], None] | None = None) -> ValidationReport:
    """Builds a package, changes it, and checks it."""
    package = Package()
    if change is not None:
        change(package)
    return check(package.write(folder))


def rules(report: ValidationReport) -> set[str]:
    return {finding.rule for finding in report.findings}


def make_mets(files: dict[str, bytes]) -> etree._Element:
    groups = []
    for order, (use, folder) in enumerate(GROUPS.items()):
        kind = ' csip:CONTENTINFORMATIONTYPE="citserms_v2_1"' if use == "Representations" else ""
        listed = [name for name in files if name.startswith(folder)]
        entries = "".join(_file(name, files[name], f"f{order}-{number}") for number, name in enumerate(listed))
        if entries:
            groups.append(f'<fileGrp ID="g-{use}" USE="{use}"{kind}>{entries}</fileGrp>')
    divisions = "".join(
        f'<div ID="d-{use}" LABEL="{use}"><fptr FILEID="g-{use}"/></div>'
        for use in GROUPS
        if any(name.startswith(GROUPS[use]) for name in files)
    )
    return etree.fromstring(
        f"""<mets xmlns="{METS}" xmlns:csip="{CSIP}" xmlns:sip="{SIP}" xmlns:xlink="{XLINK}"
        OBJID="{NAME}" LABEL="Bygglov 2024" TYPE="Datasets" csip:CONTENTINFORMATIONTYPE="citserms_v2_1"
        PROFILE="https://earksip.dilcis.eu/profile/E-ARK-SIP.xml">
        <metsHdr CREATEDATE="{DATE}" LASTMODDATE="{DATE}" RECORDSTATUS="NEW" csip:OAISPACKAGETYPE="SIP">
        {AGENTS}</metsHdr>
        <dmdSec ID="dmd-1" CREATED="{DATE}" STATUS="CURRENT">
        {_reference("metadata/descriptive/ead.xml", files, "EAD")}</dmdSec>
        <amdSec><digiprovMD ID="amd-1" STATUS="CURRENT">
        {_reference("metadata/preservation/premis.xml", files, "PREMIS")}</digiprovMD></amdSec>
        <fileSec ID="files">{"".join(groups)}</fileSec>
        <structMap ID="map" TYPE="PHYSICAL" LABEL="CSIP"><div ID="d-top" LABEL="{NAME}">
        <div ID="d-Metadata" LABEL="Metadata" ADMID="amd-1" DMDID="dmd-1"/>{divisions}</div></structMap></mets>"""
    )


def zipped(root: Path, target: Path) -> Path:
    """The folder as a ZIP with the folder itself as its only root."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            archive.write(path, path.relative_to(root.parent))
    return target


def tarred(root: Path, target: Path) -> Path:
    with tarfile.open(target, "w") as archive:
        archive.add(root, root.name)
    return target


def _facts(content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    return f'SIZE="{len(content)}" CREATED="{DATE}" CHECKSUM="{digest}" CHECKSUMTYPE="SHA-256"'


def _file(name: str, content: bytes, identifier: str) -> str:
    mime = "text/plain" if name.endswith(".txt") else "application/xml"
    return (
        f'<file ID="{identifier}" MIMETYPE="{mime}" {_facts(content)} OWNERID="{name.rsplit("/", 1)[-1]}"'
        ' sip:FILEFORMATNAME="text" sip:FILEFORMATVERSION="1" sip:FORMATREGISTRY="PRONOM"'
        ' sip:FORMATREGISTRYKEY="x-fmt/111">'
        f'<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="{name}"/></file>'
    )


def _reference(name: str, files: dict[str, bytes], kind: str) -> str:
    if name not in files:
        return ""
    return (
        f'<mdRef LOCTYPE="URL" xlink:type="simple" xlink:href="{name}" MDTYPE="{kind}"'
        f' MIMETYPE="application/xml" {_facts(files[name])}/>'
    )
