"""Numbers and texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diarium.register import numbering, rules
from diarium.register.errors import InvalidFact
from diarium.register.vocabulary import PartyKind

SERIES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖ", min_size=1, max_size=5)
FORMATS = st.sampled_from(
    ["{series} {year}/{number}", "{series}.{year}.{number}", "{year}-{number:06}", "{series}-{year}-{number:05}"]
)


@given(FORMATS, SERIES, st.integers(1950, 2100), st.integers(1, 99_999))
def test_written_number_is_read_back(pattern: str, series: str, year: int, number: int) -> None:
    written = numbering.write(pattern, series, year, number)
    readings = numbering.read(written.lower())
    assert any((parts.year, parts.number) == (year, number) for parts in readings)


@given(st.text(max_size=80))
def test_reading_a_number_never_fails(text: str) -> None:
    assert isinstance(numbering.read(text), tuple)


@pytest.mark.parametrize(
    "pattern",
    [
        "{series}",
        "{year}",
        "{number}",
        "{series} {year}/{number!r}",
        "{x} {year} {number}",
        "{",
        "{year}{year}{number}",
        "{series.__class__} {year} {number}",
        "{year} {number:>9999999}",
    ],
)
def test_number_format_that_could_be_mistaken_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidFact):
        numbering.check_format(pattern)


@pytest.mark.parametrize(
    ("kind", "given_number", "kept"),
    [
        (PartyKind.PERSON, "640823-3234", "196408233234"),
        (PartyKind.PERSON, "19121212-1212", "191212121212"),
        (PartyKind.PERSON, "701063-2391", "197010632391"),
        (PartyKind.ORGANISATION, "162120001439", "212000-1439"),
        (PartyKind.ORGANISATION, "640823-3234", "196408233234"),
        (PartyKind.AUTHORITY, "2120001439", "212000-1439"),
        (PartyKind.PERSON, "  ", None),
    ],
)
def test_identity_number_is_kept_in_its_full_form(kind: PartyKind, given_number: str, kept: str | None) -> None:
    assert rules.identity_number(kind, given_number) == kept


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [(PartyKind.PERSON, "640823-3235"), (PartyKind.PERSON, "212000-1439"), (PartyKind.ORGANISATION, "212000-1438"),
     (PartyKind.PERSON, "641323-3234"), (PartyKind.PERSON, "abc")],
)  # fmt: skip
def test_identity_number_with_a_fault_is_refused(kind: PartyKind, wrong: str) -> None:
    with pytest.raises(InvalidFact):
        rules.identity_number(kind, wrong)


@given(st.text(max_size=60))
def test_identity_number_is_valid_or_refused_with_a_message(text: str) -> None:
    try:
        kept = rules.identity_number(PartyKind.PERSON, text)
    except InvalidFact as caught:
        refusal: InvalidFact | None = caught
    else:
        refusal = None
        assert kept is None or (len(kept) == 12 and kept.isdigit())
    assert refusal is None or (refusal.field == "identity_number" and refusal.message)


@given(st.text(max_size=700))
def test_title_is_clean_or_refused(text: str) -> None:
    try:
        title = rules.title(text)
    except InvalidFact as caught:
        refusal: InvalidFact | None = caught
    else:
        refusal = None
        assert 0 < len(title) <= rules.MAX_TITLE
        assert not any(ord(char) < 32 for char in title)
        assert rules.title(title) == title
    assert refusal is None or (refusal.field == "title" and refusal.message)
