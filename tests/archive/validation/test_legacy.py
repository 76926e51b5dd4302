"""One fault in an FGS 1.2 package gives precisely the findings for that fault; hostile ones are refused."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from diarium.archive.validation import Limits, Severity, validate_package
from diarium.archive.validation.legacy_catalogue import LEGACY_RULES

from .legacy_builder import (
    CASES,
    EXT,
    HREF,
    LETTER,
    MAP,
    NOW,
    XLINK,
    Change,
    Legacy,
    attribute,
    cases_document,
    content,
    later,
    removed,
    renamed,
    report_of,
    rules,
    text,
)

ROOT = "/m:mets"
HEADER = "/m:mets/m:metsHdr"
ARCHIVIST = f"{HEADER}/m:agent[@ROLE='ARCHIVIST'][@TYPE='ORGANIZATION']"
SOURCE = f"{HEADER}/m:agent[@ROLE='ARCHIVIST'][@TYPE='OTHER']"
CREATOR = f"{HEADER}/m:agent[@ROLE='CREATOR'][@TYPE='ORGANIZATION']"
CONTACT = f"{HEADER}/m:agent[@TYPE='INDIVIDUAL']"
SUBMITTER = f"{HEADER}/m:agent[@ROLE='OTHER']"
AGREEMENT = f"{HEADER}/m:altRecordID[@TYPE='SUBMISSIONAGREEMENT']"
FILE = "/m:mets/m:fileSec/m:fileGrp/m:file[1]"
LINK = f"{FILE}/m:FLocat"


def last_agreement(package: Legacy) -> None:
    """The agreement stands after the reference code."""
    agreement = package.one(AGREEMENT)
    agreement.getnext().addnext(agreement)  # type: ignore[union-attr]


def two_agreements(package: Legacy) -> None:
    package.one(f"{HEADER}/m:altRecordID[@TYPE='REFERENCECODE']").set("TYPE", "SUBMISSIONAGREEMENT")


def same_id_twice(package: Legacy) -> None:
    package.one(FILE).set("ID", "f1")


def listed_twice(package: Legacy) -> None:
    package.one(LINK).set(HREF, f"file:///{MAP}")
    for name in ("SIZE", "CHECKSUM"):
        package.one(FILE).set(name, package.one(f"{FILE}/../m:file[2]").get(name, ""))


def weak_checksum(kind: str, name: str) -> Change:
    def change(package: Legacy) -> None:
        package.one(FILE).set("CHECKSUMTYPE", kind)
        package.one(FILE).set("CHECKSUM", hashlib.new(name, package.files[LETTER]).hexdigest())

    return change


PACKAGE: list[tuple[Change, set[str]]] = [
    (lambda package: setattr(package, "sip_name", "SIP.XML"), {"FGS12-SIP"}),
    (later("lost.txt", b"?"), {"FILE-EXTRA"}),
    (later("System/more.xsd", b"<x/>"), {"FGS12-UNLISTED"}),
    (later(MAP, b"Annan."), {"FILE-CHECKSUM", "FILE-SIZE", "ARENDE-CHECKSUMMA", "ARENDE-STORLEK"}),
    (later(MAP, None), {"FILE-MISSING", "ARENDE-BILAGA"}),
    (renamed(LETTER, "Content/1/Ansokan.txt"), {"FGS12-NAME"}),
    (renamed(LETTER, "Content/1/ansökan.txt"), {"FGS12-NAME", "FILE-NAME"}),
    (lambda package: package.files.pop("System/own.xsd"), {"FGS12-SYSTEM"}),
    (attribute(ROOT, "OBJID", ""), {"FGS12-OBJID"}),
    (attribute(ROOT, "OBJID", "leverans_1"), {"FGS12-UUID"}),
    (attribute(ROOT, "LABEL", None), {"FGS12-LABEL"}),
    (attribute(ROOT, "TYPE", "Ärenden"), {"FGS12-TYPE", "FGS12-TYPE-ERMS", "XSD"}),
    (attribute(ROOT, "TYPE", "Personnel"), {"FGS12-TYPE-ERMS"}),
    (attribute(ROOT, "PROFILE", "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml"), {"FGS12-PROFILE"}),
    (attribute(ROOT, f"{EXT}CONTENTTYPESPECIFICATION", None), {"FGS12-SPECIFICATION"}),
    (attribute(ROOT, f"{EXT}SYSTEMTYPE", None), {"FGS12-SYSTEMTYPE"}),
    (attribute(ROOT, f"{EXT}ARCHIVALNAME", " "), {"FGS12-ARCHIVALNAME"}),
    (attribute(ROOT, f"{EXT}ACCESSRESTRICT", "Sekretess"), {"FGS12-ACCESS", "XSD"}),
    (attribute(ROOT, f"{EXT}ACCESSRESTRICT", None), {"ARENDE-PROTECTED"}),
    (attribute(ROOT, f"{EXT}AGREEMENTFORM", "Avtal"), {"FGS12-AGREEMENTFORM", "XSD"}),
    (attribute(ROOT, f"{EXT}APPRAISAL", "Ja"), {"FGS12-APPRAISAL", "XSD"}),
    (attribute(ROOT, f"{EXT}STARTDATE", "2025-01-01"), {"FGS12-PERIOD"}),
    (attribute(ROOT, f"{EXT}ENDDATE", "2024-12-31T00:00:00"), {"FGS12-PERIOD", "XSD"}),
    (attribute(ROOT, f"{EXT}ARKIVNAMN", "x"), {"FGS12-EXTENSION"}),
]

HEAD: list[tuple[Change, set[str]]] = [
    (removed(HEADER), {"FGS12-HEADER", "XSD"}),
    (attribute(HEADER, "CREATEDATE", "igår"), {"FGS12-CREATED", "XSD"}),
    (attribute(HEADER, "CREATEDATE", "2031-01-01T00:00:00"), {"FGS12-CREATED"}),
    (attribute(HEADER, "LASTMODDATE", "2024-01-01T00:00:00"), {"FGS12-MODIFIED"}),
    (attribute(HEADER, "RECORDSTATUS", None), {"FGS12-STATUS"}),
    (attribute(HEADER, "RECORDSTATUS", "DELETE"), {"FGS12-STATUS", "XSD"}),
    (attribute(HEADER, f"{EXT}OAISSTATUS", None), {"FGS12-OAIS"}),
    (attribute(HEADER, f"{EXT}OAISSTATUS", "AIP"), {"FGS12-OAIS"}),
    (removed(ARCHIVIST), {"FGS12-ARCHIVIST"}),
    (removed(f"{ARCHIVIST}/m:note"), {"FGS12-ARCHIVIST-CODE"}),
    (text(f"{ARCHIVIST}/m:note", "2120001439"), {"FGS12-AGENT-CODE"}),
    (text(f"{ARCHIVIST}/m:note", "ORG:212000-1438"), {"FGS12-AGENT-CODE"}),
    (removed(SOURCE), {"FGS12-SOURCE"}),
    (removed(f"{SOURCE}/m:note"), {"FGS12-SOURCE-VERSION"}),
    (text(f"{CREATOR}/m:name", " "), {"FGS12-CREATOR", "FGS12-AGENT"}),
    (removed(CONTACT), {"FGS12-CONTACT"}),
    (attribute(SUBMITTER, "OTHERROLE", None), {"FGS12-OTHERROLE"}),
    (attribute(ARCHIVIST, "OTHERROLE", "PRODUCER"), {"FGS12-OTHERROLE"}),
    (attribute(SOURCE, "OTHERTYPE", None), {"FGS12-OTHERTYPE"}),
    (removed(AGREEMENT), {"FGS12-AGREEMENT"}),
    (text(AGREEMENT, ""), {"FGS12-AGREEMENT", "FGS12-RECORDID"}),
    (last_agreement, {"FGS12-AGREEMENT-FIRST"}),
    (two_agreements, {"FGS12-AGREEMENT-FIRST"}),
    (attribute(f"{HEADER}/m:altRecordID[2]", "TYPE", None), {"FGS12-RECORDID"}),
    (text(f"{HEADER}/m:metsDocumentID", "mets.xml"), {"FGS12-DOCUMENTID"}),
]

FILES: list[tuple[Change, set[str]]] = [
    (removed(FILE), {"FILE-EXTRA"}),
    (attribute(FILE, "MIMETYPE", "text"), {"FGS12-MIME"}),
    (attribute(FILE, "CREATED", "2031-01-01T00:00:00"), {"FGS12-FILE-CREATED"}),
    (attribute(FILE, "SIZE", "1"), {"FILE-SIZE"}),
    (attribute(FILE, "CHECKSUM", "0" * 64), {"FILE-CHECKSUM"}),
    (attribute(FILE, "CHECKSUM", "abc"), {"FILE-CHECKSUM", "FGS12-CHECKSUM-FORM"}),
    (attribute(FILE, "CHECKSUM", None), {"FGS12-CHECKSUM"}),
    (attribute(FILE, "CHECKSUMTYPE", None), {"FGS12-CHECKSUM"}),
    (weak_checksum("MD5", "md5"), {"FGS12-CHECKSUM-WEAK"}),
    (weak_checksum("SHA-1", "sha1"), {"FGS12-CHECKSUM-WEAK"}),
    (weak_checksum("SHA-512", "sha512"), set()),
    (attribute(FILE, f"{EXT}ORIGINALFILENAME", None), {"FGS12-ORIGINALNAME"}),
    (attribute(FILE, f"{EXT}FORMATREGISTRY", "PRONOM"), {"FGS12-FORMAT"}),
    (attribute(FILE, f"{EXT}FORMATREGISTRYKEY", "fmt/18"), {"FGS12-FORMAT"}),
    (attribute(LINK, "LOCTYPE", "URN"), {"FGS12-LINK"}),
    (attribute(LINK, f"{{{XLINK}}}type", None), {"FGS12-LINK"}),
    (attribute(LINK, HREF, None), {"FGS12-LINK", "FILE-EXTRA"}),
    (attribute(LINK, HREF, LETTER), {"FGS12-HREF"}),
    (attribute(LINK, HREF, f"file:///{LETTER}".replace("/ansokan", "/%61nsokan")), set()),
    (attribute(LINK, HREF, r"file:///Content\1\ansokan.txt"), {"FILE-HREF"}),
    (attribute(LINK, HREF, "file:///Content/1/Ansokan.txt"), {"FILE-CASE"}),
    (attribute(LINK, HREF, "file:///Content/1/saknas.txt"), {"FILE-MISSING", "FILE-EXTRA"}),
    (attribute(LINK, HREF, "file:///../../etc/passwd"), {"FILE-ESCAPE", "FILE-EXTRA"}),
    (attribute(LINK, HREF, "file:///%2e%2e/%2e%2e/etc/passwd"), {"FILE-ESCAPE", "FILE-EXTRA"}),
    (attribute(LINK, HREF, "/etc/passwd"), {"FGS12-HREF", "FILE-ESCAPE", "FILE-EXTRA"}),
    (attribute(LINK, HREF, "file:///C:/Windows/win.ini"), {"FILE-ESCAPE", "FILE-EXTRA"}),
    (attribute(LINK, HREF, "https://example.org/a.txt"), {"FGS12-HREF", "FILE-ESCAPE", "FILE-EXTRA"}),
    (same_id_twice, {"METS-ID"}),
    (attribute(FILE, "ADMID", "finns-inte"), {"METS-IDREF"}),
    (listed_twice, {"FILE-TWICE", "FILE-EXTRA"}),
    (removed("/m:mets/m:structMap"), {"FGS12-STRUCTMAP", "XSD"}),
    (removed("/m:mets/m:fileSec"), {"FGS12-FILES", "FGS12-UNLISTED", "FILE-EXTRA"}),
]

DOCUMENT: list[tuple[Change, set[str]]] = [
    (lambda package: package.files.pop(CASES), {"ARENDE-DOCUMENT"}),
    (content("http://xml.ra.se/e-arkiv/FGS-ERMS", "urn:eget"), {"ARENDE-NAMESPACE", "ARENDE-DOCUMENT"}),
    (content("<ArkivobjektID>BN 2024-1<", "<ArkivobjektID> <"), {"ARENDE-ID"}),
    (content("<ArkivobjektID>2<", "<ArkivobjektID>1<"), {"ARENDE-ID-TWICE"}),
    (content(' Systemidentifierare="22222222-2222-4222-8222-222222222222"', ""), {"ARENDE-SYSTEMID"}),
    (content("22222222-2222-4222-8222-222222222222", "4711"), {"ARENDE-SYSTEMID"}),
    (
        content("22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"),
        {"ARENDE-SYSTEMID-TWICE"},
    ),
    (content("<Arendemening>Carport<", "<Arendemening><"), {"ARENDE-MENING"}),
    (content("<Rubrik>Ansökan</Rubrik>", ""), {"ARENDE-RUBRIK"}),
    (content("<Namn>Åsa<", "<Namn><"), {"ARENDE-NAMN"}),
    (content("<Roll>Handläggare<", "<Roll><"), {"ARENDE-ROLL"}),
    (content("<StatusArande>Stängt</StatusArande>", ""), {"ARENDE-STATUS"}),
    (content("<StatusArande>Stängt<", "<StatusArande>Vilande<"), {"ARENDE-OPEN", "ARENDE-AVSLUTAT"}),
    (content("<StatusArande>Stängt<", "<StatusArande>Avslutat<"), {"XSD"}),
    (content("<Avslutat>2024-03-08</Avslutat>", ""), {"ARENDE-AVSLUTAT"}),
    (content("<Inkommen>2024-02-01</Inkommen>", ""), {"ARENDE-HANDLINGSDATUM"}),
    (content("2024-03-08", "2024-02-30"), {"ARENDE-DATE"}),
    (content("2024-03-08", "8 mars"), {"ARENDE-DATE", "XSD"}),
    (content("2024-03-08", "2024-01-08"), {"ARENDE-DATES"}),
    (content("2024-03-08", "2028-03-08"), {"ARENDE-DATES"}),
    (content("<Lopnummer>2<", "<Lopnummer>1<"), {"ARENDE-LOPNUMMER"}),
    (content("<Lopnummer>2<", "<Lopnummer>2147483648<"), {"XSD"}),
    (content("<KlassReferens>2.1</KlassReferens>", ""), {"ARENDE-KLASS"}),
    (content(' AnnanTyp="fortsätter"', ""), {"ARENDE-RELATION"}),
    (content('<Restriktion Typ="Sekretess">', '<Restriktion Typ="Annan typ">'), {"ARENDE-RESTRIKTION"}),
    (content("<Lagrum>OSL 31:16</Lagrum>", ""), {"ARENDE-LAGRUM"}),
    (content("<GallringsFrist>10 år</GallringsFrist>", ""), {"ARENDE-GALLRING"}),
    (content("191212121212", "19121212-1212"), {"ARENDE-IDNUMMER"}),
    (content("191212121212", "191212121213"), {"ARENDE-IDNUMMER"}),
    (content('Lank="file:///Content/1/karta.txt"', 'Lank="file:///Content/1/borta.txt"'),
     {"ARENDE-BILAGA", "ARENDE-UNUSED"}),
    (content('Lank="file:///Content/1/karta.txt"', 'Lank="karta.txt"'), {"ARENDE-LANK"}),
    (content('Lank="file:///Content/1/karta.txt"', 'Lank="../1/karta.txt"'), set()),
    (content('Lank="file:///Content/1/karta.txt"', 'Lank="1/karta.txt"'), set()),
    (content('Lank="file:///Content/1/karta.txt"', 'Lank="Content\\1\\karta.txt"'), {"FILE-HREF"}),
    (content('Lank="file:///Content/1/karta.txt"', 'Lank="Content/1/Karta.txt"'), {"FILE-CASE"}),
    (content('Lank="file:///Content/1/karta.txt"', 'Lank="../../../etc/passwd"'),
     {"FILE-ESCAPE", "ARENDE-UNUSED"}),
    (content('Lank="file:///Content/1/karta.txt"', 'Lank="https://example.org/karta.txt"'),
     {"FILE-ESCAPE", "ARENDE-UNUSED"}),
    (content('Lank="file:///Content/1/karta.txt"', 'Lank="file:///Content/1/ansokan.txt"'),
     {"ARENDE-BILAGA-TWICE", "ARENDE-UNUSED", "ARENDE-STORLEK", "ARENDE-CHECKSUMMA"}),
    (content('Storlek="7"', 'Storlek="8"'), {"ARENDE-STORLEK"}),
    (content('Storlek="7"', 'Storlek="3000000000"'), {"ARENDE-STORLEK", "XSD"}),
    (content('ChecksummaMetod="SHA256"', 'ChecksummaMetod="CRC"'), {"ARENDE-METOD"}),
    (content('ChecksummaMetod="SHA256"', 'ChecksummaMetod="sha-512"'), {"ARENDE-CHECKSUMMA"}),
    (content("</ArkivobjektHandling>\n      <Arkivobj", '<Bilaga Namn="ansokan.txt" Lank="../1/karta.txt"/>'
             "</ArkivobjektHandling>\n      <Arkivobj"), {"ARENDE-BILAGA-NAMN", "ARENDE-BILAGA-TWICE"}),
    (lambda package: package.files.update({"Content/1/extra.txt": b"?"}), {"ARENDE-UNUSED"}),
    (content("Carport", "Carport & garage"), {"XML"}),
]  # fmt: skip


def test_a_sound_package_is_valid_without_remarks(tmp_path: Path) -> None:
    report = report_of(tmp_path)
    assert [str(finding) for finding in report.findings] == []
    assert (report.profile, report.is_valid) == ("FGS Paketstruktur 1.2", True)


@pytest.mark.parametrize(("change", "expected"), [*PACKAGE, *HEAD, *FILES, *DOCUMENT])
def test_each_fault_gives_its_own_findings(change: Change, expected: set[str], tmp_path: Path) -> None:
    assert rules(report_of(tmp_path, change)) == expected


def test_every_rule_is_broken_by_some_fault() -> None:
    broken = set().union(*(expected for _change, expected in (*PACKAGE, *HEAD, *FILES, *DOCUMENT)))
    without_own_fault = {"FGS12-CONTENT", "FGS12-GROUP", "ARENDE-EMPTY"}  # below
    assert {rule.id for rule in LEGACY_RULES} - broken == without_own_fault


def test_a_document_without_cases_and_an_empty_group_are_told_of(tmp_path: Path) -> None:
    def emptied(package: Legacy) -> None:
        package.files.clear()
        package.files["arenden.xml"] = b'<Leveransobjekt xmlns="http://xml.ra.se/e-arkiv/FGS-ERMS"/>'
        package.one("/m:mets/m:fileSec").append(package.tree().makeelement("{http://www.loc.gov/METS/}fileGrp"))

    expected = {"FGS12-CONTENT", "FGS12-SYSTEM", "FGS12-GROUP", "ARENDE-EMPTY"}
    assert rules(report_of(tmp_path, emptied)) == expected


def test_every_finding_says_where_what_and_how_to_mend(tmp_path: Path) -> None:
    report = report_of(tmp_path, attribute(ROOT, "TYPE", "x"), content("<Namn>Åsa<", "<Namn><"))
    named = {finding.rule: finding for finding in report.findings}
    assert named["FGS12-TYPE"].place.file == "sip.xml"
    assert named["FGS12-TYPE"].place.xpath == "/mets/@TYPE"
    assert named["ARENDE-NAMN"].place.file == CASES
    assert named["ARENDE-NAMN"].place.line == 10
    for finding in report.findings:
        assert finding.message
        assert finding.mend
        assert finding.severity is {"MUST": Severity.ERROR, "SHOULD": Severity.WARNING}[finding.level.value]


def test_records_without_cases_are_judged_too(tmp_path: Path) -> None:
    def loose(package: Legacy) -> None:
        document = package.files[CASES].decode()
        start, end = document.index("<ArkivobjektListaHandlingar>"), document.index("  </ArkivobjektArende>")
        head = document[: document.index("<ArkivobjektListaArenden>")]
        package.files[CASES] = f"{head}{document[start:end]}</Leveransobjekt>".encode()

    assert rules(report_of(tmp_path, loose)) == set()
    assert rules(report_of(tmp_path / "b", content("<Rubrik>Ansökan<", "<Rubrik><"), loose)) == {"ARENDE-RUBRIK"}


def test_a_large_document_is_streamed_with_the_same_verdict(tmp_path: Path) -> None:
    change = content("<StatusArande>Stängt<", "<StatusArande>Avslutat<")
    limits = Limits(tree_nodes=10)
    assert rules(report_of(tmp_path, change, limits=limits)) == {"XSD"}
    assert rules(report_of(tmp_path / "b", limits=limits)) == set()


def test_a_package_as_home_made_tools_make_it_is_valid_with_remarks(tmp_path: Path) -> None:
    """Names alone as links, digests in capitals, GUID, versal names, a nameless editor, the schema nowhere."""

    def home_made(package: Legacy) -> None:
        package.files["Content/1/4711_BSN_1.PDF"] = package.files.pop(LETTER)
        package.replace(f'Lank="file:///{LETTER}"', 'Lank="4711_BSN_1.PDF"')
        package.replace(f'Lank="file:///{MAP}"', 'Lank="karta.txt"')
        root = package.one(ROOT)
        root.set("OBJID", "GUID:9bc10faa-3fff-4a8f-bf9a-638841061065")
        del root.attrib[f"{EXT}CONTENTTYPESPECIFICATION"]
        editor = package.one(CONTACT).makeelement(
            package.one(CONTACT).tag, {"ROLE": "EDITOR", "TYPE": "ORGANIZATION"}
        )
        editor.append(editor.makeelement("{http://www.loc.gov/METS/}name"))
        package.one(CONTACT).addnext(editor)
        for file in package.tree().iter("{http://www.loc.gov/METS/}file"):
            file.set("CHECKSUM", file.get("CHECKSUM", "").upper())

    report = report_of(tmp_path, home_made)
    assert report.is_valid
    assert rules(report) == {"FGS12-SPECIFICATION", "FGS12-AGENT", "FGS12-NAME", "ARENDE-LANK"}


@pytest.mark.parametrize("with_folder", [True, False])
def test_a_zip_may_have_the_package_with_or_without_a_folder_around_it(with_folder: bool, tmp_path: Path) -> None:
    root = Legacy().write(tmp_path)
    target = tmp_path / "leverans.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(root.rglob("*")):
            archive.write(path, path.relative_to(root.parent if with_folder else root))
    report = validate_package(target, now=NOW)
    assert (report.profile, rules(report)) == ("FGS Paketstruktur 1.2", set())
    assert report.package == ("leverans_1" if with_folder else "leverans")


# Hostile packages

BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>"""
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
BODY = b'<Leveransobjekt xmlns="http://xml.ra.se/e-arkiv/FGS-ERMS"><Informationsklass>&%s;</Informationsklass>'
SIP = b'<mets xmlns="http://www.loc.gov/METS/" OBJID="&%s;"/>'


@pytest.mark.parametrize(
    "sip",
    [
        BOMB + SIP % b"d",
        OUTSIDE + SIP % b"secret",
        b"",
        b"ingen xml",
        b'<?xml version="1.0" encoding="UTF-8"?><mets xmlns="http://www.loc.gov/METS/" LABEL="\xe5"/>',
        b'<?xml version="1.0" encoding="hittepa-8"?><mets/>',
        '<?xml version="1.0" encoding="UTF-8"?><mets/>'.encode("utf-16"),
        b"<mets xmlns='http://www.loc.gov/METS/'>" + b"<div>" * 5000,
        b'<mets xmlns="urn:annan"/>',
    ],
)
def test_a_sip_that_cannot_be_read_safely_is_refused_with_a_finding(sip: bytes, tmp_path: Path) -> None:
    report = report_of(tmp_path, later("sip.xml", sip))
    assert not report.is_usable
    assert rules(report) <= {"XML", "XSD"}
    assert "root:" not in str(report.to_json())


@pytest.mark.parametrize(
    "document",
    [
        BOMB + BODY % b"d" + b"</Leveransobjekt>",
        OUTSIDE + BODY % b"secret" + b"</Leveransobjekt>",
        BODY.replace(b"&%s;", b"\xe5") + b"</Leveransobjekt>",
        BODY.replace(b"&%s;", b"x"),
        BODY.replace(b"&%s;", b"x") + b"<EgnaElement>" * 5000,
    ],
)
@pytest.mark.parametrize("limits", [Limits(), Limits(tree_nodes=1)])
def test_a_document_that_cannot_be_read_safely_is_refused_with_a_finding(
    document: bytes, limits: Limits, tmp_path: Path
) -> None:
    report = report_of(tmp_path, lambda package: package.files.update({CASES: document}), limits=limits)
    assert "XML" in rules(report)
    assert not report.is_valid
    assert "root:" not in str(report.to_json())


def test_a_huge_document_is_read_within_its_limits(tmp_path: Path) -> None:
    def huge(package: Legacy) -> None:
        case = "<ArkivobjektArende><ArkivobjektID>1</ArkivobjektID><Arendemening/></ArkivobjektArende>"
        package.replace("</ArkivobjektListaArenden>", case * 30_000 + "</ArkivobjektListaArenden>")

    report = report_of(tmp_path, huge, limits=Limits(findings_per_rule=5))
    told = [finding for finding in report.findings if finding.rule == "ARENDE-MENING"]
    assert len(told) == 6
    assert "29" in told[-1].message
    assert rules(report_of(tmp_path / "b", limits=Limits(xml_bytes=100))) == {"XML"}


def test_links_that_are_no_files_are_not_followed(tmp_path: Path) -> None:
    package = Legacy()
    root = package.write(tmp_path)
    (root / LETTER).unlink()
    (root / LETTER).symlink_to("/etc/passwd")
    report = validate_package(root, now=NOW)
    assert rules(report) == {"FILE-TYPE", "FILE-MISSING", "ARENDE-BILAGA"}


def test_names_that_differ_in_case_alone_are_told_of(tmp_path: Path) -> None:
    def twins(package: Legacy) -> None:
        package.files["Content/1/KARTA.txt"] = package.files[MAP]

    assert rules(report_of(tmp_path, twins)) == {"FILE-COLLISION", "FGS12-NAME", "ARENDE-UNUSED"}


def test_the_sample_has_its_checksums_in_another_spelling_than_sip(tmp_path: Path) -> None:
    """So that the comparison is of what they mean."""
    digest = hashlib.sha256(b"Karta.\n").hexdigest()
    document = cases_document({LETTER: b"", MAP: b"Karta.\n"}).decode()
    assert digest.upper() in document
    assert digest not in document
