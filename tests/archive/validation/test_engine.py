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

from .builder import (
    DATA,
    DATE,
    METS,
    NAME,
    XLINK,
    Package,
    check,
    report_of,
    rules,
    tarred,
    zipped,
)
from .changes import FILE, SIP_HEADER, attribute


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
    assert set(told["findings"][0]) == {
        "rule",
        "level",
        "severity",
        "file",
        "line",
        "xpath",
        "message",
        "mend",
        "count",
    }


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
    assert report.count(Severity.ERROR) == 24
    assert report.findings[-1].severity is Severity.ERROR


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
    assert {"FILE-CHECKSUM", "FILE-MISSING", "FILE-EXTRA"} <= rules(report)
