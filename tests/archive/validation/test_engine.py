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
    XLINK,
    Package,
    check,
    make_mets,
    report_of,
    rules,
    tarred,
    zipped,
)
from .changes import FILE, HREF, SIP_HEADER, TOP, attribute


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
