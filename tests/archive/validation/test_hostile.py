"""What comes from outside can be anything: it becomes findings, never an exception, and stays in its place."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from diarium.archive.validation import Limits, Severity, validate_package
from diarium.archive.validation.compact_set import CompactSet
from diarium.archive.validation.model import MIB

from .builder import DATA, Package, check, rules, tarred, zipped

SHARED = Path(os.environ.get("DIARIUM_SHARED", Path(__file__).resolve().parents[4] / "shared"))
HOSTILE = SHARED / "hostile"
needs_hostile = pytest.mark.skipif(
    not HOSTILE.is_dir(), reason="the hostile files are not here: set DIARIUM_SHARED"
)
WEIGH = """
import pathlib, resource, sys
from diarium.archive.schema_set import SchemaSet
from diarium.archive.validation import validate_package
SchemaSet.own().validator("ERMS.xsd")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = validate_package(pathlib.Path(sys.argv[1]))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(",".join(sorted({f.rule for f in report.findings})), before, after)
"""
SOUND_METS = etree.tostring(Package().tree())


@needs_hostile
def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    report = check(HOSTILE / "bomb-300MB.zip")
    assert rules(report) == {"ARCHIVE-SIZE"}
    assert not report.is_usable
    assert list(tmp_path.rglob("*")) == []


@needs_hostile
def test_every_trick_of_a_traversal_archive_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    report = check(HOSTILE / "traversal.zip")
    assert rules(report) == {"ARCHIVE-NAME"}
    assert len(report.findings) == 6
    assert not report.is_usable
    assert list(tmp_path.rglob("*")) == []


@needs_hostile
@pytest.mark.parametrize("name", ["xml-bomb.xml", "xxe.xml"])
@pytest.mark.parametrize("where", ["METS.xml", f"{DATA}/ERMS.xml", "metadata/preservation/premis.xml"])
def test_entities_are_refused_wherever_they_stand(tmp_path: Path, name: str, where: str) -> None:
    root = Package().write(tmp_path)
    (root / where).write_bytes((HOSTILE / name).read_bytes())
    report = check(root)
    told = [finding for finding in report.findings if finding.rule == "XML"]
    assert [finding.place.file for finding in told] == [where]
    assert "root:" not in str(report.to_json())
    assert report.is_usable is (where != "METS.xml")


@pytest.mark.parametrize(
    "name",
    [
        "../ut.txt",
        "p/../../ut.txt",
        "/abs.txt",
        "C:/win.txt",
        "p\\ut.txt",
        "p/rad\nbrytning.txt",
        "p//dubbel.txt",
        "p/" + "n" * 300,
        "p/" + "d/" * 70 + "djup.txt",
    ],
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_bad_name_stops_the_archive(tmp_path: Path, name: str, kind: str) -> None:
    target = tmp_path / "paket.bin"
    if kind == "zip":
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("p/METS.xml", b"<mets/>")
            archive.writestr(name, b"x")
    else:
        with tarfile.open(target, "w") as tar:
            info = tarfile.TarInfo(name)
            info.size = 1
            tar.addfile(info, io.BytesIO(b"x"))
    report = check(target)
    assert rules(report) == {"ARCHIVE-NAME"}
    assert not report.is_usable


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("p/a.txt", "p/A.txt"),
        ("p/\u00e5.txt", "p/a\u030a.txt"),
        ("p/a.txt", "p/a.txt"),
        ("p/a", "p/a/b"),
        ("p/a/b", "P/a/c"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_fall_together_stop_the_archive(tmp_path: Path, first: str, second: str) -> None:
    target = tmp_path / "paket.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(first, b"1")
        archive.writestr(second, b"2")
    assert rules(check(target)) == {"ARCHIVE-NAME"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_a_link_or_device_stops_a_tar(tmp_path: Path, kind: bytes) -> None:
    target = tmp_path / "paket.tar"
    with tarfile.open(target, "w") as tar:
        info = tarfile.TarInfo("p/METS.xml")
        info.type = kind
        info.linkname = "/etc/passwd"
        tar.addfile(info)
    assert rules(check(target)) == {"ARCHIVE-NAME"}


def test_a_link_in_a_zip_stops_it(tmp_path: Path) -> None:
    target = tmp_path / "paket.zip"
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo("p/METS.xml")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert rules(check(target)) == {"ARCHIVE-NAME"}


@pytest.mark.parametrize("limits", [Limits(members=2), Limits(total_bytes=10), Limits(ratio=2, ratio_from=10)])
def test_an_archive_over_a_limit_is_refused(tmp_path: Path, limits: Limits) -> None:
    target = tmp_path / "paket.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"p/{number}.txt", b"x" * 10_000)
    assert rules(check(target, limits)) == {"ARCHIVE-SIZE"}


def test_a_zip_that_lies_about_its_sizes_is_found_out(tmp_path: Path) -> None:
    target = tmp_path / "paket.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p/METS.xml", b"x" * MIB)
    data = bytearray(target.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    target.write_bytes(data)
    report = check(target)
    assert not report.is_usable
    assert rules(report) == {"PACKAGE"}


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "paket.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("p/METS.xml", b"<mets/>")
    data = bytearray(target.read_bytes())
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.rindex(mark) + flags] |= 1
    target.write_bytes(data)
    assert rules(check(target)) == {"PACKAGE"}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"hej", None])
def test_what_is_no_package_is_not_usable(tmp_path: Path, content: bytes | None) -> None:
    target = tmp_path / "paket.zip"
    if content is not None:
        target.write_bytes(content)
    report = check(target)
    assert not report.is_usable
    assert rules(report) == {"PACKAGE"}


def test_too_many_files_in_a_folder_are_refused(tmp_path: Path) -> None:
    assert rules(check(Package().write(tmp_path), Limits(members=3))) == {"PACKAGE"}


def test_too_large_a_mets_is_not_read(tmp_path: Path) -> None:
    report = check(Package().write(tmp_path), Limits(mets_bytes=100))
    assert rules(report) == {"XML"}
    assert not report.is_usable


def test_a_pipe_in_a_package_does_not_block(tmp_path: Path) -> None:
    root = Package().write(tmp_path)
    os.mkfifo(root / "documentation/ror")
    assert rules(check(root)) == {"FILE-TYPE"}


def test_a_name_that_is_no_text_is_reported_as_text(tmp_path: Path) -> None:
    root = Package().write(tmp_path)
    Path(os.fsdecode(os.fsencode(root) + b"/documentation/\xff\xfe.txt")).write_bytes(b"x")
    report = check(root)
    assert rules(report) == {"FILE-NAME", "FILE-EXTRA"}
    str(report.to_json()).encode("utf-8")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=2000))
@example(content=b"\xff\xfe<\x00")
@example(content=b'<?xml version="1.0" encoding="utf-99"?><mets/>')
@example(content=b"<mets xmlns='http://www.loc.gov/METS/'/>")
def test_any_bytes_as_mets_give_a_report(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "METS.xml").write_bytes(content)
        report = validate_package(Path(folder))
        assert not report.is_valid
        (Path(folder) / "METS.xml").rename(Path(folder) / "sip.xml")
        validate_package(Path(folder))
        (Path(folder) / "arkiv.zip").write_bytes(content)
        assert not validate_package(Path(folder) / "arkiv.zip").is_usable


@settings(max_examples=60, deadline=None)
@given(end=st.integers(min_value=0, max_value=len(SOUND_METS) - 1))
def test_a_cut_off_mets_gives_a_report(end: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "METS.xml").write_bytes(SOUND_METS[:end])
        report = validate_package(Path(folder))
        assert rules(report) == {"XML"}
        assert not report.is_usable


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_damage_to_a_value_in_mets_gives_a_report(data: st.DataObject) -> None:
    tree = etree.fromstring(SOUND_METS)
    elements = [element for element in tree.iter() if element.attrib]
    element = data.draw(st.sampled_from(elements))
    name = data.draw(st.sampled_from(sorted(element.attrib)))
    odd = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs",), exclude_characters="\ufffe\uffff"))
    element.set(name, data.draw(odd | st.sampled_from(["", "%00", "%ff", "a" * 5000, "99" * 400, "²", "../x"])))
    with tempfile.TemporaryDirectory() as folder:
        root = Package(mets=tree).write(Path(folder))
        report = validate_package(root)
        assert report.is_usable
        str(report.to_json()).encode()


def test_a_large_erms_is_streamed_and_judged_the_same(tmp_path: Path) -> None:
    """Over `tree_bytes` nothing is read whole: same rules broken, only without line and XPath for the schema's."""
    package = Package()
    package.replace(f"{DATA}/ERMS.xml", "<title>Carport</title>", "<titel>Carport</titel>")
    package.replace(f"{DATA}/ERMS.xml", 'directionDefinition="incoming"', 'directionDefinition="other"')
    package.replace(f"{DATA}/ERMS.xml", 'systemIdentifier="r1"', 'systemIdentifier="a1"')
    root = package.write(tmp_path)
    whole, streamed = check(root), check(root, Limits(tree_bytes=100))
    assert rules(whole) == rules(streamed) == {"XSD", "ermsDirectionOther", "ERMS-SYSTEMID"}
    errors = [finding for finding in streamed.findings if finding.severity is Severity.ERROR]
    assert len(errors) == 3


def test_memory_does_not_grow_with_erms(tmp_path: Path) -> None:
    """The whole process is weighed, as the parser's memory is not Python's; in the long run by ten million."""
    root = Package().write(tmp_path)
    record = '<record systemIdentifier="r{n}"><objectId>{n}</objectId><title>t</title><note>x</note></record>'
    elements = 10_000_000 if os.environ.get("DIARIUM_EXHAUSTIVE") == "1" else 600_000
    erms = root / DATA / "ERMS.xml"
    head, tail = erms.read_text().split("</aggregation>\n")
    with erms.open("w") as out:
        out.write(head)
        out.writelines(record.format(n=number) for number in range(2, elements // 4))
        out.write("</aggregation>\n" + tail)
    told = subprocess.run([sys.executable, "-c", WEIGH, str(root)], capture_output=True, text=True, check=True)
    found, before, after = told.stdout.split()
    assert {"CSIP69", "CSIP71"} <= set(found.split(","))  # METS was written before the file grew
    assert int(after) - int(before) < 100 * 1024  # KiB; read whole it takes several hundred MiB


def test_a_mets_of_endless_small_elements_is_not_read(tmp_path: Path) -> None:
    package = Package()
    root = package.write(tmp_path)
    (root / "METS.xml").write_bytes(b"<mets xmlns='http://www.loc.gov/METS/'>" + b"<a/>" * 50_000 + b"</mets>")
    report = check(root, Limits(mets_nodes=40_000))
    assert rules(report) == {"XML"}
    assert "40000" in report.findings[0].message
    assert not report.is_usable


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_truncated_archive_is_refused_and_leaves_nothing(tmp_path: Path, kind: str, part: float) -> None:
    package = Package()
    package.files["documentation/brus.bin"] = os.urandom(200_000)
    root = package.write(tmp_path / "in")
    whole = (zipped if kind == "zip" else tarred)(root, tmp_path / "paket.bin").read_bytes()
    (tmp_path / "paket.bin").write_bytes(whole[: int(part * len(whole))])
    keep = tmp_path / "keep"
    keep.mkdir()
    report = validate_package(tmp_path / "paket.bin", keep=keep)
    assert rules(report) == {"PACKAGE"}
    assert list(keep.iterdir()) == []


def test_the_list_of_a_zip_is_weighed_before_it_is_read(tmp_path: Path) -> None:
    """A directory of any size would be read into memory whole, whatever number of entries it says it has."""
    target = tmp_path / "paket.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(2000):
            archive.writestr(f"p/{number}", b"")
    data = bytearray(target.read_bytes())
    at = data.rindex(b"PK\x05\x06")
    data[at + 8 : at + 12] = (1).to_bytes(2, "little") * 2  # it says that there is one
    target.write_bytes(data)
    assert rules(check(target, Limits(members=100))) == {"ARCHIVE-SIZE"}


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_tar_with_endless_facts_on_an_entry_is_refused(tmp_path: Path, kind: bytes) -> None:
    target = tmp_path / "paket.tar"
    with tarfile.open(target, "w") as tar:
        info = tarfile.TarInfo("p/METS.xml")
        info.type, info.size = kind, 3 * MIB
        tar.fileobj.write(info.tobuf(tarfile.GNU_FORMAT) + b"x" * 3 * MIB)  # type: ignore[union-attr]
        tar.addfile(tarfile.TarInfo("p/METS.xml"))
    assert rules(check(target)) == {"ARCHIVE-SIZE"}


def test_a_sparse_file_in_a_tar_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "paket.tar"
    info = tarfile.TarInfo("p/hal.bin")
    info.size = 0
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    head[156:157] = tarfile.GNUTYPE_SPARSE
    head[483:495] = b"%011o\0" % 10**9  # what it says that it is unpacked
    head[148:156] = b"%06o\0 " % (sum(head[:148]) + 8 * 32 + sum(head[156:]))
    target.write_bytes(bytes(head) + b"\0" * 1024)
    assert rules(check(target)) == {"ARCHIVE-NAME"}


@needs_hostile
def test_an_archive_in_a_package_is_a_file_like_others(tmp_path: Path) -> None:
    package = Package()
    package.files["documentation/bomb.zip"] = (HOSTILE / "bomb-300MB.zip").read_bytes()
    root = package.write(tmp_path / "in")
    assert check(root).is_valid
    assert check(zipped(root, tmp_path / "paket.zip")).is_valid


@needs_hostile
def test_no_hostile_file_passes_for_a_package() -> None:
    for path in sorted(HOSTILE.iterdir()):
        report = check(path)
        assert not report.is_usable, path.name
        assert report.findings, path.name
        str(report.to_json()).encode("utf-8")


@pytest.mark.parametrize(
    ("encoding", "declared", "is_read"),
    [
        ("utf-16", "UTF-16", True),
        ("utf-8-sig", "UTF-8", True),
        ("iso-8859-1", "ISO-8859-1", True),
        ("iso-8859-1", "UTF-8", False),
        ("cp1252", "UTF-8", False),
        ("utf-8", "UTF-16", False),
        ("utf-8", "hittepa-8", False),
    ],
)
@pytest.mark.parametrize("limits", [Limits(), Limits(tree_bytes=10)])
def test_an_encoding_is_what_the_document_says_or_it_is_refused(
    tmp_path: Path, encoding: str, declared: str, is_read: bool, limits: Limits
) -> None:
    package = Package()
    text = package.files[f"{DATA}/ERMS.xml"].decode().replace("Carport", "Växthus på ön")
    package.files[f"{DATA}/ERMS.xml"] = text.replace('encoding="UTF-8"', f'encoding="{declared}"').encode(encoding)
    report = check(package.write(tmp_path), limits)
    assert rules(report) == (set() if is_read else {"XML"})


def test_folders_whose_names_fall_together_are_told(tmp_path: Path) -> None:
    root = Package().write(tmp_path)
    (root / "Documentation").mkdir()
    (root / "documentation/\u00e5").mkdir()
    (root / "documentation/a\u030a").mkdir()
    report = check(root)
    assert rules(report) == {"FILE-COLLISION", "FILE-NAME"}
    assert [finding.rule for finding in report.findings].count("FILE-COLLISION") == 2


def test_a_path_that_is_too_long_for_others_is_told(tmp_path: Path) -> None:
    package = Package()
    package.files[f"documentation/{'d' * 100}/{'e' * 100}/{'f' * 50}.txt"] = b"x"
    assert rules(check(package.write(tmp_path))) == {"FILE-NAME"}


def test_findings_have_an_end(tmp_path: Path) -> None:
    package = Package()
    package.files |= {f"documentation/fil {number}.txt": b"x" for number in range(60)}
    report = check(package.write(tmp_path), Limits(findings_in_all=20))
    assert len(report.findings) == 21
    assert "40" in report.findings[-1].message


def test_many_texts_are_remembered_in_little_room() -> None:
    met = CompactSet(room=8)
    assert all(met.add(f"r{number}") for number in range(20_000))
    assert not any(met.add(f"r{number}") for number in range(20_000))
    assert len(met) == 20_000
