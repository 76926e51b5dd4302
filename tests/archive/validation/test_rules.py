"""One fault in METS or in a content file gives precisely the finding for that fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .builder import CSIP, DATA, SIP, XLINK, report_of, rules
from .changes import (
    FILE,
    FLOCAT,
    HREF,
    MDREF,
    PROVENANCE,
    SIP_HEADER,
    TOP,
    Change,
    added,
    attribute,
    content,
    misnamed,
    removed,
    rights,
    text,
    without_agents,
)


def mdref_cases(first: int, change: Callable[..., Change], *, unlisted: str = "") -> list[tuple[Change, set[str]]]:
    """One fault for each rule of a reference to metadata; the rules are numbered from `first`."""
    ids = [f"CSIP{first + order}" for order in range(9)]
    return [
        (change("LOCTYPE", "URN"), {ids[0]}),
        (change(f"{{{XLINK}}}type", None), {ids[1]}),
        (change(HREF, "metadata/saknas.xml"), {ids[2], unlisted} - {""}),
        (change("MDTYPE", None), {ids[3], "XSD"}),
        (change("MIMETYPE", None), {ids[4]}),
        (change("MIMETYPE", "application/hittepa"), {ids[4]}),
        (change("MIMETYPE", "annat/xml"), {ids[4]}),
        (change("SIZE", "1"), {ids[5]}),
        (change("CREATED", None), {ids[6]}),
        (change("CHECKSUM", "00"), {ids[7]}),
        (change("CHECKSUMTYPE", None), {ids[8]}),
    ]


HEADER: list[tuple[Change, set[str]]] = [
    (attribute("/m:mets", "OBJID", "annat"), {"CSIP1", "CSIPSTR2", "CSIP86", "SNA-ID"}),
    (attribute("/m:mets", "TYPE", None), {"CSIP2"}),
    (attribute("/m:mets", "TYPE", "Hittepå"), {"CSIP2"}),
    (attribute("/m:mets", "TYPE", "OTHER"), {"CSIP2", "CSIP3"}),
    (attribute("/m:mets", f"{{{CSIP}}}CONTENTINFORMATIONTYPE", None), {"CSIP4"}),
    (attribute("/m:mets", f"{{{CSIP}}}CONTENTINFORMATIONTYPE", "x"), {"CSIP4", "XSD"}),
    (attribute("/m:mets", f"{{{CSIP}}}CONTENTINFORMATIONTYPE", "OTHER"), {"CSIP4", "CSIP5"}),
    (attribute("/m:mets", "PROFILE", "https://example.org/annan.xml"), {"SIP2"}),
    (attribute("/m:mets", "PROFILE", "ingen adress"), {"CSIP6", "SIP2"}),
    (attribute(SIP_HEADER, "CREATEDATE", None), {"CSIP7"}),
    (attribute(SIP_HEADER, "CREATEDATE", "2099-01-01T00:00:00"), {"CSIP7", "CSIP8"}),
    (attribute(SIP_HEADER, "LASTMODDATE", None), {"CSIP8"}),
    (attribute(SIP_HEADER, "LASTMODDATE", "2099-01-01T00:00:00"), {"CSIP8"}),
    (attribute(SIP_HEADER, "LASTMODDATE", "2020-01-01T00:00:00"), {"CSIP8"}),
    (attribute(SIP_HEADER, f"{{{CSIP}}}OAISPACKAGETYPE", None), {"CSIP9", "SIP4"}),
    (attribute(SIP_HEADER, f"{{{CSIP}}}OAISPACKAGETYPE", "AIP"), {"SIP4"}),
    (attribute(f"{SIP_HEADER}/m:agent[1]", "ROLE", "EDITOR"), {"CSIP11"}),
    (attribute(f"{SIP_HEADER}/m:agent[1]", "OTHERTYPE", "VERKTYG"), {"CSIP13"}),
    (text(f"{SIP_HEADER}/m:agent[1]/m:name", ""), {"CSIP14"}),
    (text(f"{SIP_HEADER}/m:agent[1]/m:note", ""), {"CSIP15"}),
    (removed(f"{SIP_HEADER}/m:agent[1]/m:note"), {"CSIP15"}),
    (attribute(f"{SIP_HEADER}/m:agent[1]", "TYPE", "ORGANIZATION"), {"CSIP12", "SIP20"}),
    (removed(SIP_HEADER), {"CSIP117"}),
    (without_agents(), {"CSIP10", "SIP9", "SIP15", "SIP21", "SIP26"}),
    (attribute(f"{SIP_HEADER}/m:agent[1]/m:note", f"{{{CSIP}}}NOTETYPE", None), {"CSIP16"}),
]
SIP_RULES: list[tuple[Change, set[str]]] = [
    (attribute("/m:mets", "LABEL", None), {"SIP1"}),
    (attribute(SIP_HEADER, "RECORDSTATUS", None), {"SIP3"}),
    (attribute(SIP_HEADER, "RECORDSTATUS", "GAMMAL"), {"SIP3"}),
    *((removed(f"{SIP_HEADER}/m:altRecordID[{n}]"), {f"SIP{4 + n}"}) for n in (1, 2, 3, 4)),
    *((text(f"{SIP_HEADER}/m:altRecordID[{n}]", " "), {f"SIP{4 + n}"}) for n in (1, 2, 3, 4)),
    (attribute(f"{SIP_HEADER}/m:altRecordID[2]", "TYPE", "SUBMISSIONAGREEMENT"), {"SIP5", "SIP6"}),
    (removed(f"{SIP_HEADER}/m:agent[2]"), {"SIP9"}),
    (attribute(f"{SIP_HEADER}/m:agent[2]", "TYPE", "OTHER"), {"SIP11"}),
    (text(f"{SIP_HEADER}/m:agent[2]/m:name", ""), {"SIP12"}),
    (removed(f"{SIP_HEADER}/m:agent[2]/m:note"), {"SIP13"}),
    (attribute(f"{SIP_HEADER}/m:agent[2]/m:note", f"{{{CSIP}}}NOTETYPE", None), {"SIP14"}),
    (text(f"{SIP_HEADER}/m:agent[3]/m:name", ""), {"SIP18"}),
    (removed(f"{SIP_HEADER}/m:agent[3]/m:note"), {"SIP19"}),
    (attribute(f"{SIP_HEADER}/m:agent[3]/m:note", f"{{{CSIP}}}NOTETYPE", None), {"SIP20"}),
    (removed(f"{SIP_HEADER}/m:agent[4]"), {"SIP21"}),
    (text(f"{SIP_HEADER}/m:agent[4]/m:name", ""), {"SIP24"}),
    (removed(f"{SIP_HEADER}/m:agent[4]/m:note"), {"SIP25"}),
    (removed(f"{SIP_HEADER}/m:agent[5]"), {"SIP26"}),
    (attribute(f"{SIP_HEADER}/m:agent[5]", "TYPE", "INDIVIDUAL"), {"SIP28"}),
    (text(f"{SIP_HEADER}/m:agent[5]/m:name", ""), {"SIP29"}),
    (removed(f"{SIP_HEADER}/m:agent[5]/m:note"), {"SIP30"}),
    (attribute(f"{SIP_HEADER}/m:agent[5]/m:note", f"{{{CSIP}}}NOTETYPE", None), {"SIP31"}),
    (without_agents(role="CREATOR", but="OTHER"), {"SIP15", "SIP21"}),
    (misnamed(2, ROLE="OTHER", OTHERROLE="Archival creator"), {"SIP9", "SIP10"}),
    (misnamed(3, ROLE="OTHER", OTHERROLE="SUBMITTER"), {"SIP16"}),
    (misnamed(3, TYPE="OTHER"), {"SIP17"}),
    (misnamed(4, ROLE="OTHER", OTHERROLE="CONTACT PERSON"), {"SIP21", "SIP22"}),
    (misnamed(4, TYPE="OTHER", OTHERTYPE="INDIVIDUAL"), {"SIP21", "SIP23"}),
    (misnamed(5, ROLE="OTHER", OTHERROLE="PRESERVATION"), {"SIP26", "SIP27"}),
    (attribute(FILE, f"{{{SIP}}}FILEFORMATNAME", ""), {"SIP32"}),
    (attribute(FILE, f"{{{SIP}}}FILEFORMATVERSION", ""), {"SIP33"}),
    (attribute(FILE, f"{{{SIP}}}FORMATREGISTRY", None), {"SIP34"}),
    (attribute(FILE, f"{{{SIP}}}FORMATREGISTRYKEY", None), {"SIP35"}),
]
METADATA: list[tuple[Change, set[str]]] = [
    (attribute("/m:mets/m:dmdSec", "ID", None), {"CSIP18", "METS-IDREF", "XSD"}),
    (attribute("/m:mets/m:dmdSec", "CREATED", None), {"CSIP19"}),
    (attribute("/m:mets/m:amdSec/m:digiprovMD", "ID", None), {"CSIP33", "METS-IDREF", "XSD"}),
    (removed("/m:mets/m:amdSec"), {"CSIP31", "CSIP32", "METS-IDREF"}),
    (added("/m:mets", "<amdSec/>"), {"CSIP31", "XSD"}),
    (added("/m:mets/m:amdSec", '<rightsMD STATUS="CURRENT"/>'), {"CSIP46", "CSIP48", "XSD"}),
    (attribute("/m:mets/m:dmdSec", "STATUS", None), {"CSIP20"}),
    (attribute("/m:mets/m:dmdSec", "STATUS", "current"), {"CSIP20"}),
    (removed(MDREF), {"CSIP21", "CSIP17"}),
    *mdref_cases(22, lambda name, value: attribute(MDREF, name, value), unlisted="CSIP17"),
    (attribute("/m:mets/m:amdSec/m:digiprovMD", "STATUS", "GAMMAL"), {"CSIP34"}),
    (removed(PROVENANCE), {"CSIP35", "CSIP32"}),
    *mdref_cases(36, lambda name, value: attribute(PROVENANCE, name, value), unlisted="CSIP32"),
    (rights(), set()),
    *mdref_cases(49, lambda name, value: rights((name, value))),
    (added("/m:mets/m:amdSec", '<rightsMD ID="amd-2"/>'), {"CSIP47", "CSIP48", "XSD"}),
    (attribute(MDREF, HREF, ""), {"FILE-HREF", "CSIP17"}),
]
FILES: list[tuple[Change, set[str]]] = [
    (
        removed("/m:mets/m:fileSec"),
        {"CSIP58", "CSIP96", "CSIP100", "CSIP104", "CSIP116", "CSIP118", "CSIP119", "FILE-EXTRA", "METS-IDREF"},
    ),
    (attribute("/m:mets/m:fileSec", "ID", None), {"CSIP59"}),
    (attribute("//m:fileGrp[1]", "ID", None), {"CSIP65", "CSIP96", "CSIP116", "METS-IDREF"}),
    (attribute(FILE, "ID", None), {"CSIP67", "XSD"}),
    (attribute("//m:fileGrp[1]", "USE", "Schemas"), {"CSIP60", "CSIP96", "CSIP116"}),
    (attribute("//m:fileGrp[2]", "USE", "Documentation"), {"CSIP113", "CSIP100", "CSIP118"}),
    (attribute("//m:fileGrp[3]", "USE", "Schemas"), {"CSIP114", "CSIP104", "CSIP119"}),
    (attribute("//m:fileGrp[1]", "ADMID", "finns-inte"), {"CSIP61"}),
    (attribute("//m:fileGrp[3]", f"{{{CSIP}}}CONTENTINFORMATIONTYPE", None), {"CSIP62"}),
    (attribute("//m:fileGrp[3]", f"{{{CSIP}}}CONTENTINFORMATIONTYPE", "x"), {"CSIP62", "XSD"}),
    (attribute("//m:fileGrp[3]", f"{{{CSIP}}}CONTENTINFORMATIONTYPE", "OTHER"), {"CSIP63"}),
    (
        attribute("//m:fileGrp[3]", "USE", "Representations/rep_2"),
        {"CSIP64"},
    ),
    (added("/m:mets/m:fileSec", '<fileGrp ID="g-x" USE="Metadata"/>'), {"CSIP66"}),
    (attribute(FILE, "MIMETYPE", None), {"CSIP68"}),
    (attribute(FILE, "MIMETYPE", "PDF"), {"CSIP68"}),
    (attribute(FILE, "MIMETYPE", "application/" + "x" * 300), {"CSIP68"}),
    (attribute(FILE, "SIZE", "1"), {"CSIP69"}),
    (attribute(FILE, "CREATED", None), {"CSIP70"}),
    (attribute(FILE, "CHECKSUM", "0" * 64), {"CSIP71"}),
    (attribute(FILE, "CHECKSUM", None), {"CSIP71"}),
    (attribute(FILE, "CHECKSUMTYPE", None), {"CSIP72"}),
    (attribute(FILE, "CHECKSUMTYPE", "CRC32"), {"CSIP71"}),
    (attribute(FILE, "OWNERID", ""), {"CSIP73"}),
    (attribute(FILE, "ADMID", "finns-inte"), {"CSIP74"}),
    (attribute(FILE, "DMDID", "finns-inte"), {"CSIP75"}),
    (removed(FLOCAT), {"CSIP76", "FILE-EXTRA"}),
    (attribute(FLOCAT, "LOCTYPE", "URN"), {"CSIP77"}),
    (attribute(FLOCAT, f"{{{XLINK}}}type", None), {"CSIP78"}),
    (attribute(FLOCAT, HREF, None), {"CSIP79", "FILE-EXTRA"}),
    (attribute(FLOCAT, HREF, "documentation/saknas.xml"), {"CSIP79", "FILE-EXTRA"}),
    (attribute(FLOCAT, HREF, "../../etc/passwd"), {"FILE-ESCAPE", "FILE-EXTRA"}),
    (attribute(FLOCAT, HREF, "https://example.org/a.xml"), {"FILE-ESCAPE", "FILE-EXTRA"}),
    (attribute(FLOCAT, HREF, "C:/a.xml"), {"FILE-ESCAPE", "FILE-EXTRA"}),
    (attribute(FLOCAT, HREF, "%2Fetc/passwd"), {"FILE-ESCAPE", "FILE-EXTRA"}),
    (attribute(FLOCAT, HREF, "documentation\\additionalPackageInfo.xml"), {"FILE-HREF"}),
    (attribute(FLOCAT, HREF, "documentation/Additionalpackageinfo.xml"), {"FILE-CASE"}),
    (attribute(FLOCAT, HREF, "./documentation/additional%50ackageInfo.xml"), set()),
    (attribute("//m:fileGrp[2]/m:file", "ID", "f0-0"), {"METS-ID"}),
]
STRUCTMAP: list[tuple[Change, set[str]]] = [
    (attribute("/m:mets/m:structMap", "LABEL", "Annan"), {"CSIP80", "CSIP82"}),
    (attribute("/m:mets/m:structMap", "TYPE", "LOGICAL"), {"CSIP81"}),
    (attribute("/m:mets/m:structMap", "ID", None), {"CSIP83"}),
    (added("/m:mets", '<structMap ID="m2" LABEL="CSIP"><div/></structMap>'), {"CSIP80"}),
    (removed(TOP), {"CSIP84", "XSD"}),
    (added("/m:mets/m:structMap", '<div ID="z"/>'), {"CSIP84", "XSD"}),
    (removed("/m:mets/m:structMap"), {"CSIP80", "XSD"}),
    (attribute(f"{TOP}/m:div[2]", "LABEL", "documentation"), {"CSIP93", "CSIP95"}),
    (attribute(f"{TOP}/m:div[3]", "LABEL", "SCHEMAS"), {"CSIP97", "CSIP99"}),
    (attribute(TOP, "ID", None), {"CSIP85"}),
    (attribute(TOP, "LABEL", "annat"), {"CSIP86"}),
    (removed(f"{TOP}/m:div[1]"), {"CSIP88", "CSIP90"}),
    (attribute(f"{TOP}/m:div[1]", "LABEL", "metadata"), {"CSIP88", "CSIP90"}),
    (attribute(f"{TOP}/m:div[1]", "ID", None), {"CSIP89"}),
    (attribute(f"{TOP}/m:div[1]", "ADMID", None), {"CSIP91"}),
    (attribute(f"{TOP}/m:div[1]", "DMDID", None), {"CSIP92"}),
    (attribute(f"{TOP}/m:div[1]", "DMDID", "dmd-1 finns-inte"), {"METS-IDREF"}),
    (removed(f"{TOP}/m:div[2]"), {"CSIP93", "CSIP96", "CSIP116"}),
    (attribute(f"{TOP}/m:div[2]", "ID", None), {"CSIP94"}),
    (removed(f"{TOP}/m:div[3]"), {"CSIP97", "CSIP100", "CSIP118"}),
    (attribute(f"{TOP}/m:div[3]", "ID", None), {"CSIP98"}),
    (attribute(f"{TOP}/m:div[3]/m:fptr", "FILEID", "g-Documentation"), {"CSIP100", "CSIP118"}),
    (removed(f"{TOP}/m:div[4]"), {"CSIP101", "CSIP104", "CSIP119"}),
    (attribute(f"{TOP}/m:div[4]", "ID", None), {"CSIP102"}),
    (attribute(f"{TOP}/m:div[4]", "LABEL", "representations"), {"CSIP101", "CSIP103"}),
    (added(TOP, '<div LABEL="Eget"/>'), {"CSIP106"}),
    (added(TOP, '<div ID="x"/>'), {"CSIP107"}),
]  # fmt: skip
ERMS_FILE = f"{DATA}/ERMS.xml"
CONTENTS: list[tuple[Change, set[str]]] = [
    (content(ERMS_FILE, 'path="ansokan.txt"', 'path="saknas.txt"'), {"ERMS-APPENDIX", "ERMS-UNUSED"}),
    (content(ERMS_FILE, 'path="ansokan.txt"', 'path="../../../../x"'), {"FILE-ESCAPE", "ERMS-UNUSED"}),
    (content(ERMS_FILE, 'path="ansokan.txt"', 'path=".\\ansokan.txt"'), {"FILE-HREF"}),
    (content(ERMS_FILE, 'systemIdentifier="r1"', 'systemIdentifier="a1"'), {"ERMS-SYSTEMID"}),
    (content(ERMS_FILE, "2024-02-01", "2023-02-01"), {"ERMS-DATES"}),
    (content(ERMS_FILE, "<title>Carport</title>", "<titel>Carport</titel>"), {"XSD"}),
    (content(ERMS_FILE, 'directionDefinition="incoming"', 'directionDefinition="other"'), {"ermsDirectionOther"}),
    (content(ERMS_FILE, "Carport", "Carport & garage"), {"XML"}),
    (content("documentation/additionalPackageInfo.xml", 'id="leverans_1"', 'id="annan"'), {"SNA-ID"}),
    (content("documentation/additionalPackageInfo.xml", "<status>NEW</status>", ""), {"XSD"}),
    (content("metadata/preservation/premis.xml", 'version="3.0"', ""), {"XSD"}),
    (content("metadata/preservation/premis.xml", "premis/v3", "premis/v2"), {"PREMIS-VERSION"}),
]


DAMAGES = [*HEADER, *SIP_RULES, *METADATA, *FILES, *STRUCTMAP, *CONTENTS]


@pytest.mark.parametrize(("change", "expected"), DAMAGES, ids=lambda value: "")
def test_one_fault_gives_just_the_finding_for_it(tmp_path: Path, change: Change, expected: set[str]) -> None:
    report = report_of(tmp_path, change)
    assert rules(report) == expected, [str(f.place) + " " + f.message for f in report.findings]
    for finding in report.findings:
        assert finding.message
        assert finding.mend
        assert finding.place.file or finding.rule == "CSIPSTR2"
