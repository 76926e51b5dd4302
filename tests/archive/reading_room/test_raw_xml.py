"""The XML of a document, page by page: all of it, once, in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from diarium.archive.reading_room import raw_xml
from diarium.archive.reading_room.searching import search
from tests.archive.reading_room.shelf import read
from tests.archive.validation.builder import DATA, Package

ERMS = f"{DATA}/ERMS.xml"


def many_cases(encoding: str) -> Package:
    package = Package()
    text = (
        package.files[ERMS]
        .decode()
        .replace("UTF-8", encoding)
        .replace("Carport", "Carport å & <![CDATA[<ö>]]>", 1)
    )
    text = text.replace(" & ", " &amp; ")
    start, end = text.index("<aggregation "), text.index("</aggregation>") + len("</aggregation>")
    cases = "".join(text[start:end].replace("2024-1", f"2024-{number}") for number in range(200))
    package.files[ERMS] = (text[:start] + cases + text[end:]).encode(encoding)
    return package


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1"])
def test_the_pages_together_are_the_whole_document(tmp_path: Path, encoding: str) -> None:
    package = many_cases(encoding)
    root = package.write(tmp_path)
    with read(root) as catalogue:
        file_id = search(catalogue, "ERMS.xml").hits[0].file
        assert file_id is not None
        first = raw_xml.xml_page(catalogue.connection, root / ERMS, file_id.id, 1)
        assert first is not None
        pages = [
            raw_xml.xml_page(catalogue.connection, root / ERMS, file_id.id, number)
            for number in range(1, first.pages + 1)
        ]
        texts = [page.text for page in pages if page is not None]
        assert len(texts) == first.pages > 5
        assert "".join("".join(texts).split()) == "".join(package.files[ERMS].decode(encoding).split())
        assert raw_xml.xml_page(catalogue.connection, root / ERMS, file_id.id, first.pages + 1) is None


def test_an_item_leads_to_its_page_even_where_all_stands_on_one_line(tmp_path: Path) -> None:
    package = many_cases("UTF-8")
    package.files[ERMS] = package.files[ERMS].replace(b"\n", b" ")
    root = package.write(tmp_path)
    with read(root) as catalogue:
        hits = search(catalogue, "2024-150").hits
        (item,) = [hit.item for hit in hits if hit.item and hit.item.number == "BN 2024-150"]
        number = raw_xml.page_at(catalogue.connection, item.file_id, item.place)
        pages = [
            raw_xml.xml_page(catalogue.connection, root / ERMS, item.file_id, one) for one in (number, number + 1)
        ]
        assert number > 1
        assert "BN 2024-150" in "".join(page.text for page in pages if page is not None)


def test_elements_stand_below_each_other() -> None:
    told = raw_xml.indented('<a x="1>2"><b>text</b><c/><d></d><!-- <e> --><f><g>h</g></f></a>', 0)
    assert told.split("\n") == [
        '<a x="1>2">',
        "  <b>text</b>",
        "  <c/>",
        "  <d></d>",
        "  <!-- <e> -->",
        "  <f>",
        "    <g>h</g>",
        "  </f>",
        "</a>",
    ]


def test_what_is_no_xml_is_shown_as_it_is() -> None:
    assert "".join(raw_xml.indented('<a b="< & <c', 0).split()) == '<ab="<&<c'
