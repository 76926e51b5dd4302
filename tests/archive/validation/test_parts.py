"""Plain E-ARK packages and damaged folders: each METS is judged, and what is not where it should be is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from .builder import METS, check, rules
from .changes import Change
from .folders import FOLDERS, FolderChange
from .parts import PARTS, divided


def test_a_package_in_parts_has_each_mets_judged(tmp_path: Path) -> None:
    root = divided().write(tmp_path)
    report = check(root)
    assert rules(report) == {"CSIP31"}  # nothing administrative in the representation: an INFO
    assert report.is_valid
    (root / "representations/rep_1/data/ansokan.txt").write_bytes(b"Nej")
    assert rules(check(root)) == {"CSIP31", "CSIP69", "CSIP71"}
    mets = root / "representations/rep_1/METS.xml"
    mets.write_bytes(mets.read_bytes().replace(b'OBJID="rep_1"', b'OBJID="rep_2"'))
    assert {"CSIP1", "CSIP69", "CSIP71"} <= rules(check(root))


@pytest.mark.parametrize(("change", "expected"), PARTS, ids=lambda value: "")
def test_one_fault_in_the_pointers_gives_just_the_finding_for_it(
    tmp_path: Path, change: Change, expected: set[str]
) -> None:
    package = divided()
    change(package)
    report = check(package.write(tmp_path))
    assert rules(report) == {"CSIP31", *expected}, [f"{f.place} {f.message}" for f in report.findings]


def test_ids_that_two_mets_files_share_are_told_of_in_2_1_but_not_in_2_2(tmp_path: Path) -> None:
    package = divided()
    inner = etree.fromstring(package.files["representations/rep_1/METS.xml"])
    inner.find(f"{{{METS}}}fileSec").set("ID", "files")
    inner.find(f"{{{METS}}}structMap/{{{METS}}}div").set("ID", "d-top")
    package.files["representations/rep_1/METS.xml"] = etree.tostring(inner)
    root = package.write(tmp_path)
    told = {finding.rule: finding for finding in check(root).findings if finding.place.xpath}
    assert {"CSIP59", "CSIP85"} <= set(told)
    assert told["CSIP59"].severity == "WARNING"
    text = (root / "METS.xml").read_text()
    (root / "METS.xml").write_text(text.replace("profile/E-ARK-SIP.xml", "profile/E-ARK-SIP-v2-2-0.xml"))
    assert not {"CSIP59", "CSIP85"} & rules(check(root))


@pytest.mark.parametrize(("change", "expected"), FOLDERS, ids=lambda value: "")
def test_a_folder_or_file_out_of_place_is_told(tmp_path: Path, change: FolderChange, expected: set[str]) -> None:
    report = check(change(tmp_path))
    assert rules(report) == expected, [f"{f.place} {f.message}" for f in report.findings]
