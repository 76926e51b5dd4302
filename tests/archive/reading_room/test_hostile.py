"""No package stops the reading: what is broken is told, the rest is shown."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from diarium.archive.reading_room import raw_xml
from diarium.archive.reading_room.catalogue import Catalogue
from diarium.archive.reading_room.limits import ReadingLimits
from diarium.archive.reading_room.searching import search
from diarium.archive.reading_room.shapes import ItemKind
from tests.archive.reading_room.shelf import all_items, read, told
from tests.archive.validation.builder import DATA, Package

ERMS = f"{DATA}/ERMS.xml"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE erms [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY x SYSTEM "file:///etc/passwd">]><erms xmlns="https://DILCIS.eu/XML/ERMS">&b;&x;</erms>'
)
UTF16 = """<?xml version="1.0" encoding="UTF-16"?><erms xmlns="https://DILCIS.eu/XML/ERMS"><aggregations>
<aggregation systemIdentifier="a" aggregationType="caseFile"><objectId>Åh 1</objectId></aggregation>
</aggregations></erms>"""


def broken(package: Package) -> None:
    text = package.files[ERMS].decode()
    package.files[ERMS] = text[: text.index("</record>")].encode()


def unescaped(package: Package) -> None:
    package.replace(ERMS, "<name>Provprogram</name>", "<name>Prov & program</name>")


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda package: package.files.__setitem__(ERMS, BOMB.encode()), "DOCTYPE"),
        (lambda package: package.files.__setitem__(ERMS, b"\x00\x01not xml"), "trasig"),
        (lambda package: package.files.__setitem__(ERMS, b""), "trasig"),
        (broken, "trasig"),
        (unescaped, "Rad"),
    ],
)
def test_what_is_wrong_with_a_document_is_told(
    tmp_path: Path, change: Callable[[Package], None], wanted: str
) -> None:
    package = Package()
    change(package)
    with read(package.write(tmp_path)) as catalogue:
        ((file, message),) = catalogue.problems()
        assert file == ERMS
        assert wanted in message
        assert "root:" not in "".join(text for item in all_items(catalogue) for text in told(catalogue, item))
        assert {"mets", "premis", "ead"} <= _names(catalogue)


def test_a_document_that_breaks_off_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    package = Package()
    broken(package)
    with read(package.write(tmp_path)) as catalogue:
        (record,) = catalogue.items(ItemKind.RECORD).rows
        assert record.number == "BN 2024-1-1"
        assert catalogue.files_of(record)[0][0].name == "ansokan.txt"
        assert search(catalogue, "Carport").hits


def test_a_document_that_could_not_be_read_to_its_end_is_closed_to_who_may_not_see_the_protected(
    tmp_path: Path,
) -> None:
    package = Package()
    agent = "<agent><name>Gunnel Gömd</name><protectedIdentity>true</protectedIdentity></agent>"
    package.replace(ERMS, "</record>", f"<broken & >{agent}</record>")
    root = package.write(tmp_path)
    for sees_protected in (True, False):
        with read(root, sees_protected=sees_protected) as catalogue:
            (document,) = [item for item in catalogue.documents() if item.name == "erms"]
            file = catalogue.file(document.file_id)
            assert file is not None
            assert file.is_closed is not sees_protected
            assert catalogue.items(ItemKind.RECORD).rows


def test_another_encoding_is_read_and_shown(tmp_path: Path) -> None:
    package = Package()
    package.files[ERMS] = UTF16.encode("utf-16")
    root = package.write(tmp_path)
    with read(root) as catalogue:
        (case,) = catalogue.items(ItemKind.CASE).rows
        assert case.number == "Åh 1"
        page = raw_xml.xml_page(catalogue.connection, root / ERMS, case.file_id, 1)
        assert page is not None
        assert "<objectId>Åh 1</objectId>" in page.text


def test_elements_without_end_of_depth_and_number_stop_at_the_limits(tmp_path: Path) -> None:
    package = Package()
    deep = "<x>" * 500 + "</x>" * 500
    package.replace(ERMS, "<title>Carport</title>", f"<title>Carport</title>{deep}")
    with read(package.write(tmp_path)) as catalogue:
        assert "nivåer" in catalogue.problems()[0][1]
        assert catalogue.items(ItemKind.CASE).rows[0].title == "Carport"
    with read(package.write(tmp_path / "few"), limits=ReadingLimits(elements=30)) as catalogue:
        assert any("fler än 30 element" in message for _file, message in catalogue.problems())


def test_a_text_without_end_is_cut(tmp_path: Path) -> None:
    package = Package()
    package.replace(ERMS, "<title>Carport</title>", f"<title>{'lång ' * 10_000}</title>")
    with read(package.write(tmp_path), limits=ReadingLimits(text=1000)) as catalogue:
        (case,) = catalogue.items(ItemKind.CASE).rows
        longest = max(told(catalogue, case), key=len)
        assert len(longest) < 1100
        assert longest.endswith("(resten står i XML-filen)")


def test_links_and_names_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "hemlig.txt"
    secret.write_text("utanför paketet", encoding="utf-8")
    package = Package()
    package.replace(ERMS, 'path="ansokan.txt"', 'path="../../../../hemlig.txt"')
    root = package.write(tmp_path)
    (root / DATA / "genväg.txt").symlink_to(secret)
    (root / DATA / "runt").symlink_to(root)
    with read(root) as catalogue:
        (record,) = catalogue.items(ItemKind.RECORD).rows
        assert catalogue.files_of(record) == ((), (("Ansökan", "../../../../hemlig.txt"),))
        assert sorted(file for file, _message in catalogue.problems()) == [f"{DATA}/genväg.txt", f"{DATA}/runt"]


def test_a_file_that_mets_lists_and_that_is_not_there_is_shown_as_missing(tmp_path: Path) -> None:
    package = Package()
    package.tree()
    del package.files[f"{DATA}/ansokan.txt"]
    with read(package.write(tmp_path)) as catalogue:
        (missing,) = catalogue.missing_files().rows
        assert (missing.path, missing.size) == (f"{DATA}/ansokan.txt", None)


def test_a_package_without_anything_to_read_is_a_list_of_files(tmp_path: Path) -> None:
    root = tmp_path / "tomt"
    root.mkdir()
    (root / "bild.png").write_bytes(b"\x89PNG")
    with read(root) as catalogue:
        assert catalogue.counts()["files"] == 1
        assert catalogue.documents() == ()
        top = catalogue.folder(None)
        assert top is not None
        assert [file.name for file in catalogue.files_in(top).rows] == ["bild.png"]


def test_signs_that_mean_something_to_the_index_are_only_signs(tmp_path: Path) -> None:
    with read(Package().write(tmp_path)) as catalogue:
        for text in (
            '"',
            '"" OR',
            "carport NOT",
            "title:carport",
            "*",
            "(",
            "a" * 5000,
            "\0",
            "%",
            "-",
            "NEAR(a b)",
        ):
            search(catalogue, text)
        assert search(catalogue, "carp").hits[0].heading[1].is_match
        assert search(catalogue, "arport").hits  # in the middle of a word: as it is written
        assert search(catalogue, "ansokan").hits
        assert not search(catalogue, "ansökån").hits  # å, ä and ö are letters of their own


def test_memory_does_not_grow_with_the_package(tmp_path: Path) -> None:
    _build_large(tmp_path / "warm", 300)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _build_large(tmp_path / "large", 6000)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 30 * 1024  # kilobytes


def _build_large(folder: Path, cases: int) -> None:
    package = Package()
    text = package.files[ERMS].decode()
    start, end = text.index("<aggregation "), text.index("</aggregation>") + len("</aggregation>")
    many = "".join(text[start:end].replace("2024-1", f"2024-{n}") for n in range(cases))
    package.files[ERMS] = (text[:start] + many + text[end:]).encode()
    with read(package.write(folder)) as catalogue:
        assert catalogue.counts()["cases"] == cases


def _names(catalogue: Catalogue) -> set[str]:
    return {one.name for one in catalogue.documents()}
