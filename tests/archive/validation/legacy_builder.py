"""Makes FGS 1.2 packages for the tests: by default one that the engine finds nothing wrong with."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from diarium.archive.validation import Limits, ValidationReport, validate_package

METS = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
EXT = "{ExtensionMETS}"
HREF = f"{{{XLINK}}}href"
NS = {"m": METS, "e": "http://xml.ra.se/e-arkiv/FGS-ERMS"}
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
DATE = "2025-05-01T12:00:00"
CASES = "Content/2/arenden.xml"
LETTER, MAP = "Content/1/ansokan.txt", "Content/1/karta.txt"

AGENTS = """
<agent ROLE="ARCHIVIST" TYPE="ORGANIZATION"><name>Byggnämnden</name><note>ORG:212000-1439</note></agent>
<agent ROLE="ARCHIVIST" TYPE="OTHER" OTHERTYPE="SOFTWARE"><name>Ärendesystemet</name><note>5.7</note></agent>
<agent ROLE="CREATOR" TYPE="ORGANIZATION"><name>Kommunen</name><note>VAT:SE212000143901</note></agent>
<agent ROLE="CREATOR" TYPE="INDIVIDUAL"><name>Arja Arkivarie</name><note>arkiv@example.se</note></agent>
<agent ROLE="OTHER" OTHERROLE="SUBMITTER" TYPE="ORGANIZATION"><name>Kommunen</name><note>Local:10002</note></agent>
<altRecordID TYPE="SUBMISSIONAGREEMENT">ÖK 1</altRecordID>
<altRecordID TYPE="REFERENCECODE">SE/1</altRecordID>
<metsDocumentID>sip.xml</metsDocumentID>
"""

CONTENT: dict[str, bytes] = {
    LETTER: b"Jag vill bygga.\n",
    MAP: b"Karta.\n",
    "System/own.xsd": b'<schema xmlns="http://www.w3.org/2001/XMLSchema"/>',
}


def cases_document(files: dict[str, bytes]) -> bytes:
    """A Leveransobjekt with one case and two records, a file each."""
    attached = {name: _attachment(name, files[name]) for name in (LETTER, MAP)}
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Leveransobjekt xmlns="http://xml.ra.se/e-arkiv/FGS-ERMS"><ArkivobjektListaArenden>
  <ArkivobjektArende Systemidentifierare="UUID:11111111-1111-4111-8111-111111111111">
    <ArkivobjektID>BN 2024-1</ArkivobjektID>
    <KlassReferens>2.1</KlassReferens>
    <Avslutat>2024-03-08</Avslutat>
    <Gallring Gallras="true"><GallringsFrist>10 år</GallringsFrist></Gallring>
    <Agent><Roll>Handläggare</Roll><Namn>Hans</Namn></Agent>
    <Restriktion Typ="Sekretess"><ForklarandeText>Pris</ForklarandeText><Lagrum>OSL 31:16</Lagrum></Restriktion>
    <Motpart><Namn>Åsa</Namn><Postort>Ekdala</Postort><IDnummer Typ="1">191212121212</IDnummer></Motpart>
    <ArendeRelation Typ="Egen relationsdefinition" AnnanTyp="fortsätter">BN 2023-7</ArendeRelation>
    <Skapad>2024-02-01T08:00:00</Skapad>
    <Inkommen>2024-02</Inkommen>
    <StatusArande>Stängt</StatusArande>
    <Arendemening>Carport</Arendemening>
    <ArkivobjektListaHandlingar>
      <ArkivobjektHandling Systemidentifierare="22222222-2222-4222-8222-222222222222">
        <ArkivobjektID>1</ArkivobjektID><Inkommen>2024-02-01</Inkommen><Lopnummer>1</Lopnummer>
        <Rubrik>Ansökan</Rubrik><StatusHandling>Inkommen</StatusHandling>{attached[LETTER]}
      </ArkivobjektHandling>
      <ArkivobjektHandling Systemidentifierare="33333333-3333-4333-8333-333333333333">
        <ArkivobjektID>2</ArkivobjektID><Beskrivning>Karta</Beskrivning><Lopnummer>2</Lopnummer>
        <StatusHandling>Upprättad</StatusHandling><Upprattad>2024</Upprattad>{attached[MAP]}
      </ArkivobjektHandling>
    </ArkivobjektListaHandlingar>
  </ArkivobjektArende>
</ArkivobjektListaArenden></Leveransobjekt>
""".encode()


@dataclass
class Legacy:
    """The parts of a package: change them before `write`; sip.xml is made from `files` unless given."""

    files: dict[str, bytes] = field(default_factory=lambda: {**CONTENT, CASES: cases_document(CONTENT)})
    sip: etree._Element | None = None
    after: dict[str, bytes | None] = field(default_factory=dict)
    sip_name: str = "sip.xml"

    def tree(self) -> etree._Element:
        if self.sip is None:
            self.sip = make_sip(self.files)
        return self.sip

    def one(self, path: str) -> etree._Element:
        found = self.tree().xpath(path, namespaces=NS)
        assert found, path
        return found[0]

    def replace(self, old: str, new: str) -> None:
        """Changes the content document before sip.xml is made, so that checksums stay right."""
        text = self.files[CASES].decode()
        assert old in text, old
        self.files[CASES] = text.replace(old, new).encode()

    def write(self, folder: Path) -> Path:
        root = folder / "leverans_1"
        sip = etree.tostring(self.tree(), xml_declaration=True, encoding="UTF-8", pretty_print=True)
        for name, content in {self.sip_name: sip, **self.files, **self.after}.items():
            if content is None:
                continue
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return root


Change = Callable[[Legacy], None]


def report_of(folder: Path, *changes: Change, limits: Limits | None = None) -> ValidationReport:
    """Builds a package, changes it, and checks it."""
    package = Legacy()
    for change in changes:
        change(package)
    return validate_package(package.write(folder), limits=limits, now=NOW)


def rules(report: ValidationReport) -> set[str]:
    return {finding.rule for finding in report.findings}


def attribute(path: str, name: str, value: str | None) -> Change:
    """Sets an attribute in sip.xml, or takes it away."""

    def change(package: Legacy) -> None:
        element = package.one(path)
        if value is None:
            del element.attrib[name]
        else:
            element.set(name, value)

    return change


def removed(path: str) -> Change:
    def change(package: Legacy) -> None:
        element = package.one(path)
        element.getparent().remove(element)

    return change


def text(path: str, value: str) -> Change:
    def change(package: Legacy) -> None:
        package.one(path).text = value

    return change


def content(old: str, new: str) -> Change:
    return lambda package: package.replace(old, new)


def later(name: str, value: bytes | None) -> Change:
    """A file that is changed, added or removed after sip.xml was made."""
    return lambda package: package.after.update({name: value})


def renamed(old: str, new: str) -> Change:
    """A file that has another name throughout the package."""

    def change(package: Legacy) -> None:
        package.files[new] = package.files.pop(old)
        package.replace(f"file:///{old}", f"file:///{new}")

    return change


def make_sip(files: dict[str, bytes]) -> etree._Element:
    listed = "".join(_file(name, content, f"f{number}") for number, (name, content) in enumerate(files.items()))
    return etree.fromstring(
        f"""<mets xmlns="{METS}" xmlns:ext="ExtensionMETS" xmlns:xlink="{XLINK}"
        OBJID="UUID:9bc10faa-3fff-4a8f-bf9a-638841061065" LABEL="Bygglov 2024" TYPE="ERMS"
        PROFILE="http://xml.ra.se/e-arkiv/METS/CommonSpecificationSwedenPackageProfile.xml"
        ext:ACCESSRESTRICT="Secrecy" ext:AGREEMENTFORM="AGREEMENT" ext:APPRAISAL="Yes"
        ext:CONTENTTYPESPECIFICATION="FGS Ärendehantering, version 1.0" ext:ARCHIVALNAME="Byggnämnden"
        ext:PACKAGENUMBER="1"
        ext:STARTDATE="2024-01-01" ext:ENDDATE="2024-12-31" ext:SYSTEMTYPE="Ärendehanteringssystem">
        <metsHdr CREATEDATE="{DATE}" RECORDSTATUS="NEW" ext:OAISSTATUS="SIP">{AGENTS}</metsHdr>
        <fileSec><fileGrp ID="fgrp001" USE="FILES">{listed}</fileGrp></fileSec>
        <structMap LABEL="No structMap defined in this information package"><div LABEL="Empty"/></structMap>
        </mets>"""
    )


def _file(name: str, content: bytes, identifier: str) -> str:
    mime = "text/plain" if name.endswith(".txt") else "application/xml"
    digest = hashlib.sha256(content).hexdigest()
    return (
        f'<file ID="{identifier}" USE="txt" MIMETYPE="{mime}" SIZE="{len(content)}" CREATED="{DATE}"'
        f' CHECKSUM="{digest}" CHECKSUMTYPE="SHA-256" ext:ORIGINALFILENAME="{name.rsplit("/", 1)[-1]}">'
        f'<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="file:///{name}"/></file>'
    )


def _attachment(name: str, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest().upper()
    return (
        f'<Bilaga Namn="{name.rsplit("/", 1)[-1]}" Lank="file:///{name}" Storlek="{len(content)}"'
        f' Checksumma="{digest}" ChecksummaMetod="SHA256"/>'
    )
