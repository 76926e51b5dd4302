"""A sound package passes; a package with one fault gets precisely the finding for that fault."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from diarium.archive.validation import Level, Limits, Severity
from diarium.archive.validation.catalogue import RULES

from .builder import (
    CSIP,
    DATA,
    DATE,
    METS,
    NAME,
    SIP,
    XLINK,
    Package,
    check,
    make_mets,
    report_of,
    rules,
    tarred,
    zipped,
)

HREF = f"{{{XLINK}}}href"
SIP_HEADER = "/m:mets/m:metsHdr"
MDREF = "/m:mets/m:dmdSec/m:mdRef"
PROVENANCE = "/m:mets/m:amdSec/m:digiprovMD/m:mdRef"
FILE = "/m:mets/m:fileSec/m:fileGrp[1]/m:file[1]"
FLOCAT = f"{FILE}/m:FLocat"
TOP = "/m:mets/m:structMap/m:div"

Change = Callable[[Package], None]


def attribute(path: str, name: str, value: str | None) -> Change:
    """Sets an attribute in METS, or takes it away."""

    def change(package: Package) -> None:
        element = package.one(path)
        if value is None:
            del element.attrib[name]
        else:
            element.set(name, value)

    return change


def removed(path: str) -> Change:
    def change(package: Package) -> None:
        element = package.one(path)
        element.getparent().remove(element)

    return change


def text(path: str, value: str) -> Change:
    def change(package: Package) -> None:
        package.one(path).text = value

    return change


def added(path: str, xml: str) -> Change:
    """Puts one more METS element last in the element at `path`."""

    def change(package: Package) -> None:
        outer = f'<x xmlns="{METS}" xmlns:csip="{CSIP}" xmlns:xlink="{XLINK}">{xml}</x>'
        package.one(path).append(etree.fromstring(outer)[0])

    return change


def content(name: str, old: str, new: str) -> Change:
    return lambda package: package.replace(name, old, new)


def rights(*changes: tuple[str, str | None]) -> Change:
    """A rights section for the PREMIS file, with attributes of its mdRef changed."""

    def change(package: Package) -> None:
        source = package.one(PROVENANCE)
        section = etree.SubElement(
            package.one("/m:mets/m:amdSec"), f"{{{METS}}}rightsMD", ID="amd-2", STATUS="CURRENT"
        )
        package.one("/m:mets/m:amdSec").insert(0, section)
        reference = etree.SubElement(section, f"{{{METS}}}mdRef", dict(source.attrib))
        package.one(f"{TOP}/m:div[@LABEL='Metadata']").set("ADMID", "amd-1 amd-2")
        for name, value in changes:
            if value is None:
                del reference.attrib[name]
            else:
                reference.set(name, value)

    return change


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
    (attribute(FILE, f"{{{SIP}}}FILEFORMATNAME", ""), {"SIP32"}),
    (attribute(FILE, f"{{{SIP}}}FILEFORMATVERSION", ""), {"SIP33"}),
    (attribute(FILE, f"{{{SIP}}}FORMATREGISTRY", None), {"SIP34"}),
    (attribute(FILE, f"{{{SIP}}}FORMATREGISTRYKEY", None), {"SIP35"}),
]
METADATA: list[tuple[Change, set[str]]] = [
    (attribute("/m:mets/m:dmdSec", "CREATED", None), {"CSIP19"}),
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
    (attribute("/m:mets/m:fileSec", "ID", None), {"CSIP59"}),
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
    (content(ERMS_FILE, 'directionDefinition="incoming"', 'directionDefinition="other"'), {"SCH"}),
    (content(ERMS_FILE, "Carport", "Carport & garage"), {"XML"}),
    (content("documentation/additionalPackageInfo.xml", 'id="leverans_1"', 'id="annan"'), {"SNA-ID"}),
    (content("documentation/additionalPackageInfo.xml", "<status>NEW</status>", ""), {"XSD"}),
    (content("metadata/preservation/premis.xml", 'version="3.0"', ""), {"XSD"}),
    (content("metadata/preservation/premis.xml", "premis/v3", "premis/v2"), {"PREMIS-VERSION"}),
]


@pytest.mark.parametrize(
    ("change", "expected"), [*HEADER, *SIP_RULES, *METADATA, *FILES, *STRUCTMAP, *CONTENTS], ids=lambda value: ""
)
def test_one_fault_gives_just_the_finding_for_it(tmp_path: Path, change: Change, expected: set[str]) -> None:
    report = report_of(tmp_path, change)
    assert rules(report) == expected, [str(f.place) + " " + f.message for f in report.findings]
    for finding in report.findings:
        assert finding.message
        assert finding.mend
        assert finding.place.file or finding.rule == "CSIPSTR2"


def test_a_sound_package_has_no_findings(tmp_path: Path) -> None:
    report = report_of(tmp_path)
    assert report.findings == ()
    assert report.is_valid
    assert report.is_usable
    assert report.package == NAME
    assert report.profile == "FGS Paketstruktur 2.0 / E-ARK SIP 2.1.0"
    assert report.files == 7
    assert report.bytes == sum(path.stat().st_size for path in (tmp_path / NAME).rglob("*") if path.is_file())


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_sound_package_passes_as_archive_too(tmp_path: Path, pack: Callable[[Path, Path], Path]) -> None:
    root = Package().write(tmp_path)
    report = check(pack(root, tmp_path / "paket.bin"))
    assert report.findings == ()
    assert report.package == NAME


def test_an_archive_without_root_folder_breaks_the_first_rule_of_structure(tmp_path: Path) -> None:
    root = Package().write(tmp_path)
    packed = shutil.make_archive(str(tmp_path / NAME), "zip", root)
    assert rules(check(Path(packed))) == {"CSIPSTR1"}


@pytest.mark.parametrize("name", ["mets.xml", "METS1.xml", None])
def test_a_package_without_mets_is_not_usable(tmp_path: Path, name: str | None) -> None:
    root = Package().write(tmp_path)
    if name is None:
        (root / "METS.xml").unlink()
    else:
        (root / "METS.xml").rename(root / name)
    report = check(root)
    assert not report.is_usable
    assert not report.is_valid
    assert rules(report) == {"CSIPSTR4"}


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("documentation", {"CSIPSTR16", "CSIP64", "CSIP79"}),
        ("schemas", {"CSIPSTR15", "CSIP64", "CSIP79"}),
        ("metadata", {"CSIPSTR5", "CSIP17", "CSIP32", "CSIP24", "CSIP38"}),
        ("representations", {"CSIPSTR9", "CSIP64", "CSIP79", "ERMS-MISSING"}),
        (DATA, {"CSIPSTR11", "CSIP79", "ERMS-MISSING"}),
    ],
)
def test_a_folder_that_is_gone_is_missed(tmp_path: Path, folder: str, expected: set[str]) -> None:
    root = Package().write(tmp_path)
    shutil.rmtree(root / folder)
    assert rules(check(root)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("extra.txt", {"FILE-EXTRA"}),
        ("metadata/lapp.txt", {"FILE-EXTRA", "CSIPSTR8"}),
        ("metadata/preservation/till.xml", {"CSIP32"}),
        ("metadata/descriptive/till.xml", {"CSIP17"}),
        ("representations/los.txt", {"FILE-EXTRA", "CSIPSTR10"}),
        (f"{DATA}/till.txt", {"FILE-EXTRA", "ERMS-UNUSED"}),
        ("documentation/å ä.txt", {"FILE-EXTRA", "FILE-NAME"}),
        ("documentation/con.txt", {"FILE-EXTRA", "FILE-NAME"}),
        ("documentation/ADDITIONALpackageinfo.XML", {"FILE-EXTRA", "FILE-COLLISION", "XML"}),
    ],
)
def test_a_file_that_mets_does_not_list_is_told(tmp_path: Path, name: str, expected: set[str]) -> None:
    root = Package().write(tmp_path)
    (root / name).write_text("x")
    report = check(root)
    assert rules(report) == expected
    assert not report.is_valid


def test_a_file_listed_twice_is_told(tmp_path: Path) -> None:
    def change(package: Package) -> None:
        group = package.one("//m:fileGrp[1]")
        again = etree.fromstring(etree.tostring(group[0]))
        again.set("ID", "f0-igen")
        group.append(again)

    assert rules(report_of(tmp_path, change)) == {"FILE-TWICE"}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    root = Package().write(tmp_path)
    (root / "documentation/lank.txt").symlink_to("/etc/passwd")
    assert rules(check(root)) == {"FILE-TYPE"}


def test_changed_line_ends_are_told_apart_from_damage(tmp_path: Path) -> None:
    root = Package().write(tmp_path)
    letter = root / DATA / "ansokan.txt"
    letter.write_bytes(letter.read_bytes().replace(b"\n", b"\r\n"))
    assert rules(check(root)) == {"FILE-EOL"}
    letter.write_bytes(b"Jag vill inte.")
    assert rules(check(root)) == {"CSIP69", "CSIP71"}


@pytest.mark.parametrize("kind", ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"])
def test_every_checksum_in_use_is_checked(tmp_path: Path, kind: str) -> None:
    def change(package: Package) -> None:
        digest = hashlib.new(kind.replace("-", "").lower(), package.files["schemas/own.xsd"]).hexdigest()
        file = package.one("//m:fileGrp[2]/m:file")
        file.set("CHECKSUMTYPE", kind)
        file.set("CHECKSUM", digest.upper())

    report = report_of(tmp_path, change)
    assert report.findings == ()
    (tmp_path / NAME / "schemas/own.xsd").write_bytes(b"<schema/>")
    assert rules(check(tmp_path / NAME)) == {"CSIP69", "CSIP71"}


def test_severity_follows_the_level(tmp_path: Path) -> None:
    def change(package: Package) -> None:
        attribute(FILE, "CREATED", None)(package)
        attribute(SIP_HEADER, "LASTMODDATE", None)(package)
        attribute("/m:mets", "LABEL", None)(package)

    found = {finding.rule: finding for finding in report_of(tmp_path, change).findings}
    assert (found["CSIP70"].level, found["CSIP70"].severity) == (Level.MUST, Severity.ERROR)
    assert (found["CSIP8"].level, found["CSIP8"].severity) == (Level.SHOULD, Severity.WARNING)
    assert (found["SIP1"].level, found["SIP1"].severity) == (Level.MAY, Severity.INFO)


def test_a_finding_says_where(tmp_path: Path) -> None:
    [finding] = report_of(tmp_path, attribute("//m:fileGrp[3]/m:file[2]", "CREATED", None)).findings
    assert finding.place.file == "METS.xml"
    assert finding.place.xpath == "/mets/fileSec/fileGrp[3]/file[2]/@CREATED"
    line = (tmp_path / NAME / "METS.xml").read_text().splitlines()[(finding.place.line or 0) - 1]
    assert 'ID="f2-1"' in line


def test_the_report_is_json(tmp_path: Path) -> None:
    report = report_of(tmp_path, attribute(FILE, "CREATED", None))
    told = json.loads(json.dumps(report.to_json()))
    assert told["valid"] is False
    assert told["usable"] is True
    assert told["errors"] == 1
    assert told["findings"][0]["rule"] == "CSIP70"
    assert set(told["findings"][0]) == {"rule", "level", "severity", "file", "line", "xpath", "message", "mend"}


def test_the_same_fault_many_times_is_counted_not_listed(tmp_path: Path) -> None:
    def change(package: Package) -> None:
        for number in range(20):
            package.files[f"documentation/{number}.txt"] = b"x"
        for file in package.tree().iter(f"{{{METS}}}file"):
            file.attrib.pop("CREATED")

    package = Package()
    change(package)
    report = check(package.write(tmp_path), Limits(findings_per_rule=5))
    assert rules(report) == {"CSIP70"}
    assert len(report.findings) == 6
    assert "19" in report.findings[-1].message
    assert report.findings[-1].severity is Severity.ERROR


def test_a_package_in_parts_has_each_mets_judged(tmp_path: Path) -> None:
    """Plain E-ARK: METS.xml in the representation, pointed at by mptr."""
    mets = make_mets({"documentation/brev.txt": b"Hej"})
    mets.set("OBJID", "rep_1")
    for path in ("m:dmdSec", "m:amdSec"):
        element = mets.find(path, {"m": METS})
        mets.remove(element)
    ns = {"m": METS}
    location = mets.find(".//m:FLocat", ns)
    location.set(HREF, "data/brev.txt")
    top = mets.find("m:structMap/m:div", ns)
    top.set("LABEL", "rep_1")
    metadata = top[0]
    del metadata.attrib["ADMID"], metadata.attrib["DMDID"]
    whole = etree.tostring(mets)

    outer = Package()
    outer.files = {name: data for name, data in outer.files.items() if not name.startswith("representations/")}
    outer.files["representations/rep_1/METS.xml"] = whole
    tree = outer.tree()
    tree.set(f"{{{CSIP}}}CONTENTINFORMATIONTYPE", "MIXED")
    outer.one("//m:fileGrp[3]").set("USE", "Representations/rep_1")
    division = outer.one(f"{TOP}/m:div[4]")
    division.set("LABEL", "Representations/rep_1")
    division.remove(division[0])
    pointer = etree.SubElement(division, f"{{{METS}}}mptr", LOCTYPE="URL")
    pointer.set(f"{{{XLINK}}}type", "simple")
    pointer.set(f"{{{XLINK}}}title", "g-Representations")
    pointer.set(HREF, "representations/rep_1/METS.xml")
    outer.files["representations/rep_1/data/brev.txt"] = b"Hej"
    root = outer.write(tmp_path)
    report = check(root)
    assert rules(report) == {"CSIP31"}  # nothing administrative in the representation: an INFO

    for change, expected in (
        (attribute(f"{TOP}/m:div[4]/m:mptr", f"{{{XLINK}}}title", "g-Schemas"), {"CSIP108", "CSIP104", "CSIP119"}),
        (attribute(f"{TOP}/m:div[4]/m:mptr", f"{{{XLINK}}}type", None), {"CSIP111"}),
        (attribute(f"{TOP}/m:div[4]/m:mptr", "LOCTYPE", "URN"), {"CSIP112"}),
        (attribute(f"{TOP}/m:div[4]/m:mptr", HREF, "representations/rep_2/METS.xml"), {"CSIP110", "CSIP105"}),
        (attribute(f"{TOP}/m:div[4]", "LABEL", "Eget"), {"CSIP107", "CSIP101"}),
    ):
        changed = Package(files=outer.files, mets=etree.fromstring(etree.tostring(tree)))
        change(changed)
        again = check(changed.write(tmp_path / "igen"))
        assert rules(again) == {"CSIP31", *expected}
    (root / "representations/rep_1/data/brev.txt").write_bytes(b"Nej")
    assert rules(check(root)) == {"CSIP31", "CSIP71"}


def test_every_rule_of_the_specifications_is_in_the_catalogue() -> None:
    wanted = {f"CSIP{n}" for n in range(1, 120) if n not in (87, 115)}
    wanted |= {f"SIP{n}" for n in range(1, 36)} | {f"CSIPSTR{n}" for n in range(1, 17)}
    assert wanted <= set(RULES)
    assert all(str(rule.asks) for rule in RULES.values())


def test_the_1_2_generation_is_known_and_its_files_checked(tmp_path: Path) -> None:
    (tmp_path / "Content/1").mkdir(parents=True)
    (tmp_path / "Content/1/brev.txt").write_bytes(b"Hej")
    (tmp_path / "sip.xml").write_text(
        f'<mets xmlns="{METS}" xmlns:xlink="{XLINK}"><fileSec><fileGrp><file ID="a" SIZE="3" CREATED="{DATE}"'
        ' CHECKSUM="57DC06BA8F92E5B1BB58A4B1D1D9C5A3" CHECKSUMTYPE="MD5"><FLocat LOCTYPE="URL"'
        ' xlink:href="file:///Content/1/brev.txt"/></file><file ID="b"><FLocat LOCTYPE="URL"'
        ' xlink:href="file:///Content/1/saknas.txt"/></file></fileGrp></fileSec></mets>'
    )
    (tmp_path / "Content/1/extra.txt").write_bytes(b"x")
    report = check(tmp_path)
    assert report.profile == "FGS Paketstruktur 1.2"
    assert rules(report) == {"FGS12", "FILE-CHECKSUM", "FILE-MISSING", "FILE-EXTRA"}
