"""Text out of each format, and what becomes of files that can't be read."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diarium.files.extraction.extractors import extract
from diarium.files.extraction.model import MAX_CELLS, MAX_CHARACTERS, ExtractedText, clean_text
from diarium.files.extraction.plaintext import decode_text
from diarium.files.identification import identify
from tests.files.builders import WORDS, email, opendocument_text, pdf, word, workbook, zipped
from tests.files.outlook import OutlookMessage, outlook_message

SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
DOCTYPE = '<!DOCTYPE a [<!ENTITY b "bomb"><!ENTITY f SYSTEM "file:///etc/hostname">]>'


def text_of(folder: Path, content: bytes, name: str) -> ExtractedText:
    path = folder / "0123abcd"
    path.write_bytes(content)
    return extract(path, identify(path, name), name)


def with_member(archive: bytes, name: str, content: str | bytes) -> bytes:
    """The archive with one member changed."""
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        members: dict[str, str | bytes] = {one.filename: source.read(one) for one in source.infolist()}
    return zipped(members | {name: content})


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (word(), "a.docx", [WORDS, "Fastighet", "Sjövik 1:2", "Byggnadsnämnden", "Komplettera ritningen"]),
        (opendocument_text(), "a.odt", ["Rubrik", WORDS, "två   ord\nrad"]),
        (workbook(), "a.xlsx", ["Avgifter", f"{WORDS}\t12\tSANT"]),
        (email(attachments=[("å.docx", word("bilagd"))]), "a.eml", ["Åsa Öberg", WORDS, "å.docx", "bilagd"]),
        (outlook_message(OutlookMessage()), "a.msg", ["Ansökan om bygglov", "Åsa Öberg", WORDS]),
        (f"<html><body>{WORDS}</body></html>".encode(), "a.html", [WORDS]),
        (f'<?xml version="1.0"?><a><b>{WORDS}</b></a>'.encode(), "a.xml", [WORDS]),
        (f"nr;titel\n1;{WORDS}".encode("cp1252"), "a.csv", [WORDS]),
        (WORDS.encode("utf-16"), "a.txt", [WORDS]),
        (b'{"titel": "Bygglov"}', "a.json", ["Bygglov"]),
    ],
)
def test_swedish_words_come_out_of_each_format(
    tmp_path: Path, content: bytes, name: str, words: list[str]
) -> None:
    found = text_of(tmp_path, content, name)

    assert [word for word in words if word not in found.text] == []
    assert found.note is None
    assert not found.truncated


def test_pages_of_a_pdf_are_read_in_order_and_counted(tmp_path: Path) -> None:
    found = text_of(tmp_path, pdf(["Första sidan", "Andra sidan: åäö"]), "a.pdf")

    assert found.text.splitlines() == ["Första sidan", "Andra sidan: åäö"]
    assert found.page_count == 2


def test_pdf_of_pictures_only_says_that_it_has_no_text(tmp_path: Path) -> None:
    found = text_of(tmp_path, pdf([""]), "a.pdf")

    assert found.text == ""
    assert found.note is not None
    assert "ingen text" in found.note


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (pdf(password="hemligt"), "a.pdf"),
        (opendocument_text(extra="<manifest:encryption-data/>"), "a.odt"),
    ],
)
def test_file_with_a_password_says_so(tmp_path: Path, content: bytes, name: str) -> None:
    found = text_of(tmp_path, content, name)

    assert found == ExtractedText("", "Texten kunde inte läsas: filen är skyddad med lösenord.")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (pdf()[:400], "a.pdf"),
        (word()[:2000], "a.docx"),
        (zipped({"a.xml": "<a/>"}), "a.xlsx"),
        (b"PK\x03\x04", "a.odt"),
    ],
)
def test_damaged_file_gives_a_note_and_no_text(tmp_path: Path, content: bytes, name: str) -> None:
    found = text_of(tmp_path, content, name)

    assert found.text == ""
    assert found.note is not None
    assert found.note.startswith("Texten kunde inte läsas")


def test_deleted_text_of_documents_does_not_come_back(tmp_path: Path) -> None:
    struck = (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:del>'
        "<w:r><w:delText>struket</w:delText></w:r></w:del><w:r><w:t>kvar</w:t></w:r></w:p></w:body></w:document>"
    )

    assert "struket" not in text_of(tmp_path, opendocument_text(), "a.odt").text
    docx = text_of(tmp_path, with_member(word(), "word/document.xml", struck), "a.docx").text
    assert "kvar" in docx
    assert "struket" not in docx


def test_scripts_styles_and_comments_of_a_page_are_left_out(tmp_path: Path) -> None:
    page = (
        "<html><head><title>Titel</title><style>p{color:red}</style></head><body><!-- dold --><p>Ett <b>fet</b>t"
        "</p><script>alert('x')</script><p>två</p></body></html>"
    )

    assert text_of(tmp_path, page.encode(), "a.html").text.splitlines() == ["Titel", "Ett fett", "två"]


def test_page_is_read_in_the_encoding_it_declares(tmp_path: Path) -> None:
    page = f'<html><head><meta charset="iso-8859-1"></head><body>{WORDS}</body></html>'.encode("latin-1")

    assert text_of(tmp_path, page, "a.html").text == WORDS


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (f"<?xml version='1.0'?>{DOCTYPE}<a>&b;&f;</a>".encode(), "a.xml"),
        (f"<?xml version='1.0' encoding='utf-16'?>{DOCTYPE}<a>&b;&f;</a>".encode("utf-16"), "a.xml"),
        (with_member(word(), "word/document.xml", f"{DOCTYPE}<a>&b;&f;</a>"), "a.docx"),
        (with_member(opendocument_text(), "content.xml", f"{DOCTYPE}<a>&b;&f;</a>"), "a.odt"),
        (with_member(workbook(), "xl/sharedStrings.xml", f"{DOCTYPE}<a>&b;&f;</a>"), "a.xlsx"),
    ],
)
def test_own_entities_are_refused_wherever_they_stand(tmp_path: Path, content: bytes, name: str) -> None:
    found = text_of(tmp_path, content, name)

    assert found.text == ""
    assert found.note is not None
    assert "entiteter" in found.note


def test_doctype_without_entities_is_no_reason_to_refuse(tmp_path: Path) -> None:
    drawing = f"<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'svg11.dtd'><svg>{WORDS}</svg>"

    assert text_of(tmp_path, drawing.encode(), "a.svg").text == WORDS


def test_broken_xml_is_read_up_to_the_error(tmp_path: Path) -> None:
    found = text_of(tmp_path, b'<?xml version="1.0"?><a><b>Bygglov</b><c>x</b></a>', "a.xml")

    assert found.text.startswith("Bygglov")
    assert found.note is not None
    assert "inte riktig XML" in found.note


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (with_member(opendocument_text(), "content.xml", b" " * 30_000_000), "a.odt"),
        (with_member(word(), "word/media/x.bin", bytes(30_000_000)), "a.docx"),
        (with_member(workbook(), "xl/media/x.bin", bytes(30_000_000)), "a.xlsx"),
    ],
)
def test_archive_that_swells_is_not_unpacked(tmp_path: Path, content: bytes, name: str) -> None:
    found = text_of(tmp_path, content, name)

    assert found.text == ""
    assert found.note is not None
    assert "zipbomb" in found.note


def test_cell_in_the_last_corner_of_a_sheet_does_not_fill_the_sheet(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>7</v></c></row><row r="1048576"><c r="XFD1048576"><v>8</v></c></row>'
    found = text_of(tmp_path, with_member(workbook(), "xl/worksheets/sheet1.xml", SHEET.format(rows)), "a.xlsx")

    assert found.text.splitlines() == ["Avgifter", "7"]
    assert MAX_CELLS < 1_048_576
    assert found.note == "Kalkylbladet är stort: bara de första cellerna har lästs."


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_long_text_is_cut_at_the_limit_and_says_so(tmp_path: Path, encoding: str) -> None:
    found = text_of(tmp_path, ("å" * 9 * MAX_CHARACTERS).encode(encoding), "a.txt")

    assert found.text == "å" * MAX_CHARACTERS
    assert found.truncated
    assert found.note == "Texten är lång: bara början har lästs."


def test_controls_are_removed_and_line_breaks_made_one_kind(tmp_path: Path) -> None:
    found = text_of(tmp_path, b"hej\x00d\x07\xc3\xa5\r\nd\xc3\xa5\rtabb\tkvar", "a.txt")

    assert found.text == "hejdå\ndå\ntabb\tkvar"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp850", "mac_roman"],
)
def test_swedish_text_is_decoded_in_every_encoding_that_was_in_use(encoding: str) -> None:
    assert decode_text(WORDS.encode(encoding)) == WORDS


def test_text_that_ends_in_a_latin_1_letter_is_not_cut() -> None:
    assert decode_text("Bara en å".encode("latin-1")) == "Bara en å"


def test_declared_encoding_that_does_not_fit_or_exist_is_passed_over() -> None:
    for declared in ("ascii", "x-unknown", "hex", "idna", "utf-16"):
        assert decode_text(WORDS.encode("cp1252"), declared) == WORDS


@given(st.binary(max_size=500))
def test_decoding_never_fails(content: bytes) -> None:
    assert isinstance(decode_text(content), str)


@given(st.text(st.characters(), max_size=200))
def test_clean_text_holds_only_what_xml_can_hold(text: str) -> None:
    clean = clean_text(text)

    assert re.fullmatch("[\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", clean)
    assert clean_text(clean) == clean


@pytest.mark.parametrize("name", ["a.png", "a.bin", "a.zip", "a"])
def test_formats_without_text_give_no_text_and_no_note(tmp_path: Path, name: str) -> None:
    assert text_of(tmp_path, b"\x89PNG\r\n\x1a\n\x00\x01\x02", name) == ExtractedText("")


SEEDS = {"a.pdf": pdf(), "a.docx": word(), "a.xlsx": workbook(), "a.odt": opendocument_text(),
         "a.eml": email(), "a.msg": outlook_message(OutlookMessage())}  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(SEEDS)), data=st.data())
def test_damaged_bytes_never_raise(tmp_path: Path, name: str, data: st.DataObject) -> None:
    content = bytearray(SEEDS[name])
    places = data.draw(st.lists(st.integers(0, len(content) - 1), max_size=20))
    for place in places:
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(content)))

    found = text_of(tmp_path, bytes(content[:cut]), name)

    assert len(found.text) <= MAX_CHARACTERS
