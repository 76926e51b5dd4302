"""Formats by content, with the extension as a claim to check."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from diarium.files import identification
from diarium.files.identification import FileFormat, identify, is_suitable_for_preservation
from tests.files.builders import WORDS, email, opendocument_text, pdf, word, workbook, zipped
from tests.files.outlook import OutlookMessage, outlook_message


def identified(folder: Path, content: bytes, name: str) -> FileFormat:
    """Stored without extension, as the blob store does."""
    path = folder / "0123abcd"
    path.write_bytes(content)
    return identify(path, name)


@pytest.mark.parametrize(
    ("content", "name", "puid", "mime"),
    [
        (pdf(), "a.pdf", "fmt/17", "application/pdf"),
        (word(), "a.docx", "fmt/412", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (workbook(), "a.xlsx", "fmt/214", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (opendocument_text(), "a.odt", "fmt/291", "application/vnd.oasis.opendocument.text"),
        (email(), "a.eml", "fmt/950", "message/rfc822"),
        (outlook_message(OutlookMessage()), "a.msg", "x-fmt/430", "application/vnd.ms-outlook"),
        (WORDS.encode(), "a.TXT", "x-fmt/111", "text/plain"),
        (b"nr;titel\n1;Bygglov\n", "a.csv", "x-fmt/18", "text/csv"),
        (b'<?xml version="1.0"?><a/>', "a.xml", "fmt/101", "application/xml"),
    ],
)
def test_format_is_known_by_content_though_the_stored_file_has_no_extension(
    tmp_path: Path, content: bytes, name: str, puid: str, mime: str
) -> None:
    found = identified(tmp_path, content, name)

    assert (found.puid, found.mime) == (puid, mime)
    assert found.matches_extension
    assert found.warnings == ()
    assert found.name


def test_program_that_calls_itself_a_pdf_is_found_out(tmp_path: Path) -> None:
    found = identified(tmp_path, b"MZ\x90\x00" + bytes(200), "faktura.pdf")

    assert not found.matches_extension
    assert found.puid == "x-fmt/409"
    assert found.mime != "application/pdf"
    assert "Filändelsen .pdf stämmer inte med innehållet, som är MS-DOS Executable." in found.warnings[0]


def test_word_document_that_calls_itself_a_pdf_is_found_out(tmp_path: Path) -> None:
    found = identified(tmp_path, word(), "brev.pdf")

    assert not found.matches_extension
    assert found.puid == "fmt/412"


def test_name_without_extension_claims_nothing(tmp_path: Path) -> None:
    found = identified(tmp_path, pdf(), "faktura")

    assert found.matches_extension
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("content", "name", "mime", "matches"),
    [
        (b"Subject: x\nFrom: a@example.se\n\nHej", "a.eml", "message/rfc822", True),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "image/svg+xml", True),
        (b"<arende><nr>1</nr></arende>", "a.xml", "application/xml", True),
        (b"ingen xml alls", "a.xml", "text/plain", False),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a.png", "image/png", True),
        (b"bara text", "a.pdf", "text/plain", False),
        (b"\x01\x02\x03\x04", "a.txt", "application/octet-stream", False),
        (b"\x01\x02\x03\x04", "a.qqqq", "application/octet-stream", True),
    ],
)
def test_content_that_pronom_does_not_know_is_guessed_and_said_to_be_unconfirmed(
    tmp_path: Path, content: bytes, name: str, mime: str, matches: bool
) -> None:
    found = identified(tmp_path, content, name)

    assert found.puid is None
    assert (found.mime, found.matches_extension) == (mime, matches)
    assert len(found.warnings) == 1


def test_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    assert identified(tmp_path, b"", "a.pdf").warnings == ("Filen är tom.",)


def test_extension_is_no_way_into_the_file_system(tmp_path: Path) -> None:
    found = identified(tmp_path, pdf(), "a.pdf/../../../x\x00y.\u202efdp")

    assert found.puid == "fmt/17"
    assert [path.name for path in tmp_path.iterdir()] == ["0123abcd"]


def test_missing_file_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        identify(tmp_path / "nothing", "a.pdf")


@pytest.mark.parametrize("puid", ["fmt/95", "fmt/477", "fmt/353", "fmt/101", "x-fmt/111", "x-fmt/18"])
def test_archive_formats_are_suitable(puid: str) -> None:
    assert is_suitable_for_preservation(puid)


@pytest.mark.parametrize("puid", ["fmt/412", "fmt/17", "x-fmt/409", "", None])
def test_other_formats_are_not(puid: str | None) -> None:
    assert not is_suitable_for_preservation(puid)


def test_table_of_archive_formats_is_well_formed() -> None:
    table = Path(identification.__file__).parent / "preservation_formats.csv"
    lines = [line for line in table.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))

    assert len({row["puid"] for row in rows}) == len(rows)
    assert all(re.fullmatch(r"(x-)?fmt/\d+", row["puid"]) and row["name"] for row in rows)


def test_zip_is_not_taken_for_an_office_file_by_its_name_alone(tmp_path: Path) -> None:
    found = identified(tmp_path, zipped({"a.txt": "hej"}), "a.docx")

    assert found.puid == "x-fmt/263"
    assert not found.matches_extension
