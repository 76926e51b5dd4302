"""Names from outside: safe to show, and plain in packages."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diarium.files.names import package_file_name, safe_file_name

# Names as an attacker or an old system writes them: all of Unicode, and more of the dangerous characters.
NASTY = st.text(st.one_of(st.characters(), st.sampled_from("/\\. \u202e\u200b\x00\r\n:åÅ\u030a")), max_size=300)
HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u2028\u2029]")


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("Ansökan.pdf", "Ansökan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\evil.exe", "evil.exe"),
        ("C:\\Users\\åsa\\Bygglov.docx", "Bygglov.docx"),
        ("rtl-name \u202egpj.exe.pdf", "rtl-name gpj.exe.pdf"),
        ("no\u200bll\ufeff.txt", "noll.txt"),
        ("ra\r\nd.txt", "rad.txt"),
        ("A\u030angelholm.pdf", "Ångelholm.pdf"),
        ("slut. . .", "slut"),
        ("", "namnlös"),
        ("...", "namnlös"),
        ("\u202e", "namnlös"),
        ("mapp/", "mapp"),
        (".htaccess", ".htaccess"),
    ],
)
def test_original_name_is_shown_without_path_and_hidden_characters(given_name: str, shown: str) -> None:
    assert safe_file_name(given_name) == shown


def test_long_name_is_shortened_but_keeps_its_extension() -> None:
    name = safe_file_name("n" * 500 + ".docx")

    assert len(name) == 200
    assert name.endswith("n.docx")


@given(NASTY)
def test_shown_name_is_never_empty_dangerous_or_long(name: str) -> None:
    shown = safe_file_name(name)

    assert 0 < len(shown) <= 200
    assert not HIDDEN.search(shown)
    assert not set(shown) & set("/\\")
    assert shown not in {".", ".."}
    assert not shown.endswith((".", " "))
    assert unicodedata.is_normalized("NFC", shown)
    assert safe_file_name(shown) == shown


@pytest.mark.parametrize(
    ("given_name", "packed"),
    [
        ("Ansökan om bygglov.PDF", "ansokan_om_bygglov.pdf"),
        ("Ärende – Åsa & Co.docx", "arende_asa_co.docx"),
        ("résumé.txt", "resume.txt"),
        ("Ærø.pdf", "aero.pdf"),
        ("CON.txt", "fil_con.txt"),
        ("com1.tar.gz", "fil_com1.tar.gz"),
        ("文書.pdf", "fil.pdf"),
        ("???", "fil"),
        ("", "namnlos"),
    ],
)
def test_package_name_is_plain_ascii_in_lower_case(given_name: str, packed: str) -> None:
    assert package_file_name(given_name, set()) == packed


def test_package_names_that_fall_together_are_told_apart() -> None:
    taken: set[str] = set()
    for name in ("Bilaga.pdf", "bilaga.PDF", "bilagä.pdf"):
        taken.add(package_file_name(name, taken))

    assert taken == {"bilaga.pdf", "bilaga_2.pdf", "bilaga_3.pdf"}


@given(st.lists(NASTY, max_size=12))
def test_package_names_are_valid_and_unique(names: list[str]) -> None:
    taken: set[str] = set()
    for name in names:
        packed = package_file_name(name, taken)
        assert re.fullmatch(r"[a-z0-9_-][a-z0-9._-]{0,99}", packed)
        assert not re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", packed)
        assert packed not in taken
        taken.add(packed)
    assert len(taken) == len(names)


def test_long_package_names_stay_unique_within_their_length() -> None:
    taken: set[str] = set()
    for _ in range(12):
        taken.add(package_file_name("n" * 300 + ".pdf", taken))

    assert len(taken) == 12
    assert max(len(name) for name in taken) <= 100
    assert all(name.endswith(".pdf") for name in taken)
