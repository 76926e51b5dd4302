"""Packages as other systems write them."""

from __future__ import annotations

import hashlib
from pathlib import Path

_SIP = """<?xml version="1.0" encoding="UTF-8"?>
<mets xmlns="http://www.loc.gov/METS/" xmlns:ext="ExtensionMETS" xmlns:xlink="http://www.w3.org/1999/xlink"
 OBJID="UUID:7c9e6679-7425-40de-944b-e07fc1f90ae7" LABEL="Bygglov" TYPE="ERMS"
 PROFILE="http://xml.ra.se/e-arkiv/METS/CommonSpecificationSwedenPackageProfile.xml">
 <metsHdr CREATEDATE="2020-03-04T05:06:07" RECORDSTATUS="NEW" ext:OAISSTATUS="SIP">
  <agent ROLE="ARCHIVIST" TYPE="ORGANIZATION"><name>Byggnadsnämnden</name><note>ORG:212000-1439</note></agent>
  <agent ROLE="ARCHIVIST" TYPE="OTHER" OTHERTYPE="SOFTWARE"><name>ByggReda</name><note>4.2</note></agent>
  <agent ROLE="CREATOR" TYPE="ORGANIZATION"><name>Sjöviks kommun</name></agent>
  <altRecordID TYPE="SUBMISSIONAGREEMENT">FM 12</altRecordID>
 </metsHdr>
 <fileSec><fileGrp>
  <file ID="F1" MIMETYPE="application/pdf" SIZE="{size}" CREATED="2020-03-04T05:06:07"
   CHECKSUM="{sha256}" CHECKSUMTYPE="SHA-256" ext:ORIGINALFILENAME="Ansökan åäö.pdf"
   ext:FORMATREGISTRYKEY="fmt/18"><FLocat LOCTYPE="URL" xlink:type="simple"
   xlink:href="file:///Content/1/ansokan.pdf"/></file>
 </fileGrp></fileSec>
 <structMap LABEL="No structMap defined in this information package"><div/></structMap>
</mets>
"""
_CASES = """<?xml version="1.0" encoding="UTF-8"?>
<Leveransobjekt xmlns="http://xml.ra.se/e-arkiv/FGS-ERMS">
 <ArkivbildarStruktur><Arkivbildare><Namn>Byggnadsnämnden</Namn>
  <VerksamhetstidFran>1971-01-01</VerksamhetstidFran></Arkivbildare></ArkivbildarStruktur>
 <VerksamhetsbaseradArkivredovisning><ArkivReferens>BN</ArkivReferens>
  <KlassificeringsstrukturNamn>Sjöviks plan</KlassificeringsstrukturNamn></VerksamhetsbaseradArkivredovisning>
 <ArkivobjektListaArenden>
 <ArkivobjektArende Systemidentifierare="4711">
  <ArkivobjektID>BN 2019-000123</ArkivobjektID><KlassReferens>3.2.1</KlassReferens>
  <ExtraID ExtraIDTyp="äldre diarienummer">B 45/19</ExtraID><ArendeTyp>Bygglov</ArendeTyp>
  <Avslutat>2019-12-24</Avslutat><Beslutat>2019-11-30T10:00:00</Beslutat>
  <Gallring Gallras="true"><GallringsFrist>10 år</GallringsFrist></Gallring>
  <Agent><Roll>Handläggare</Roll><Namn>Berit Bygg</Namn><Enhetsnamn>Bygglovsenheten</Enhetsnamn></Agent>
  <Agent><Roll>Granskare</Roll><Namn>Gunnar Gransk</Namn></Agent>
  <Klass>Pröva bygglov</Klass>
  <Restriktion Typ="Sekretess"><ForklarandeText>Grannens uppgifter</ForklarandeText>
   <Lagrum>21 kap 7 § OSL</Lagrum></Restriktion>
  <Restriktion Typ="Integritet"><Lagrum>PuL</Lagrum></Restriktion>
  <Motpart><Namn>-</Namn><Organisation>Grannen &amp; Co AB</Organisation><IDnummer>556016-0680</IDnummer></Motpart>
  <Motpart><Namn>Petra Skyddad</Namn><Postadress>Hemliga gatan 1</Postadress><IDnummer>okänt</IDnummer>
   <Fax>08-999</Fax><SkyddadIdentitet>true</SkyddadIdentitet></Motpart>
  <ArendeRelation Typ="Ersätter">BN 2018-000007</ArendeRelation>
  <Inkommen>2019-02-03</Inkommen><StatusArande>Avslutat</StatusArande>
  <Arendemening>Nybyggnad av enbostadshus på Måsen 3</Arendemening>
  <Fastighet><Fastighetsbeteckning>MÅSEN 3</Fastighetsbeteckning></Fastighet>
  <ArkivobjektListaHandlingar>
   <ArkivobjektHandling Systemidentifierare="h1"><ArkivobjektID>BN 2019-000123-1</ArkivobjektID>
    <Handlingstyp>Ansökan</Handlingstyp>
    <Avsandare><Namn>Åsa Öberg</Namn><IDnummer>191212121212</IDnummer></Avsandare>
    <Inkommen>2019-02-03</Inkommen><Lopnummer>1</Lopnummer><Rubrik>Ansökan om bygglov</Rubrik>
    <StatusHandling>Inkommen</StatusHandling>
    <Bilaga Namn="Ansökan" Lank="file:///Content\\1\\ansokan.pdf"/>
    <Bilaga Namn="brev.txt" Lank="Content\\1\\brev.txt" Storlek="4" Checksumma="{md5}" ChecksummaMetod="MD5"/>
    <EgnaElement><EgetElement Namn="Skannad av"><Varde>Vaktmästeriet</Varde></EgetElement></EgnaElement>
   </ArkivobjektHandling>
   <ArkivobjektHandling><ArkivobjektID>x</ArkivobjektID><Lopnummer>1</Lopnummer>
    <Expedierad>2019-12-01</Expedierad><Mottagare><Namn>Åsa Öberg</Namn></Mottagare>
    <HandlingRelation Typ="Maskad version">BN 2019-000123-1</HandlingRelation></ArkivobjektHandling>
  </ArkivobjektListaHandlingar>
 </ArkivobjektArende>
 <ArkivobjektArende Systemidentifierare="4712"><ArkivobjektID>Gamla pärmen</ArkivobjektID>
  <Arendemening>{long_title}</Arendemening><Bilaga Namn="pärm" Lank="Content/1/brev.txt"/></ArkivobjektArende>
 </ArkivobjektListaArenden>
</Leveransobjekt>
"""
PDF = b"%PDF-1.4 ansokan"
LETTER = b"brev"
LONG_TITLE = "Mycket lång ärendemening " * 30


def municipal_fgs1(folder: Path) -> Path:
    """An FGS 1.2 package as a municipal system exports it: backslashes, `UUID:`, few checksums, own elements."""
    content = folder / "Content" / "1"
    content.mkdir(parents=True)
    (content / "ansokan.pdf").write_bytes(PDF)
    (content / "brev.txt").write_bytes(LETTER)
    digest, md5 = hashlib.sha256(PDF).hexdigest(), hashlib.md5(LETTER, usedforsecurity=False).hexdigest()
    (folder / "sip.xml").write_text(_SIP.format(size=len(PDF), sha256=digest), encoding="utf-8")
    cases = _CASES.format(md5=md5, long_title=LONG_TITLE)
    (folder / "Content" / "arenden.xml").write_text(cases, encoding="utf-8")
    return folder


def around_erms(folder: Path, erms: bytes) -> Path:
    """A package with nothing but an ERMS.xml and METS around it."""
    data = folder / "representations" / "rep_1" / "data"
    data.mkdir(parents=True)
    (data / "ERMS.xml").write_bytes(erms)
    (folder / "METS.xml").write_text(
        '<mets xmlns="http://www.loc.gov/METS/" OBJID="annat-system-1">'
        '<metsHdr CREATEDATE="2020-01-02T03:04:05Z"/></mets>',
        encoding="utf-8",
    )
    return folder
